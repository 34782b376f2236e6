"""Four ways to fill the border of an image, and what each does to the pixels near it."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from cnncourse import functional
from cnncourse.figures._figure import (
    Figure,
    Setting,
    matrix,
    number,
    one_of,
    paragraph,
    place,
    rounded,
    table,
    whole,
)
from cnncourse.geometry import padding_indices
from cnncourse.windows import pad, pad_adjoint, scatter, windows

LARGEST_PADDED = 12
LARGEST_KERNEL = 5
SENTENCES = {
    "zeros": "Mode zeros: the places around the image hold 0 and copy nothing.",
    "reflect": "Mode reflect: the image is mirrored at its border pixel, which is not repeated.",
    "replicate": "Mode replicate: the nearest border pixel is repeated outward.",
    "circular": "Mode circular: the image goes on at its other side, as if rolled into a tube.",
}


class PaddingModes(Figure):
    """A small image in its padding, beside what a kernel makes of it.

    Parameters
    ----------
    input : matrix, 1 to 12 rows and columns
        The image, as nested lists or an array of numbers with at most two decimals.
    padding : int
        Places on each side: for reflect less than the image's side, for circular at most that;
        the padded image has at most 12 rows and columns.
    mode : {"zeros", "reflect", "replicate", "circular"}
        Named as in torch.nn.Conv2d's `padding_mode`.
    kernel_size : int, 1 to 5
        Side of the kernel that reads the padded image.
    beside : {"counts", "blur", "edges"}
        What is shown beside the image: how often each pixel is read, copies counted; the mean of
        every window; or the right side of every window minus its left side.
    position : [row, column]
        The place explained at first, counted from the image's first pixel, so that −1 is the
        place before it.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or the mode cannot fill so wide a border.

    Examples
    --------
    >>> figure = PaddingModes(input=[[1, 2, 3], [4, 5, 6], [7, 8, 9]], mode="reflect")
    >>> figure.padded()[0].tolist()
    [5, 4, 5, 6, 5]
    >>> PaddingModes(mode="zeros").beside_values().tolist()[0]
    [4, 6, 6, 4]
    >>> PaddingModes(mode="reflect", padding=4)
    Traceback (most recent call last):
    ValueError: PaddingModes: reflect pads an image of 4 × 4 by at most 3, got padding 4
    """

    figure = traitlets.Unicode("padding-modes", read_only=True).tag(sync=True)
    input = Setting(
        [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]], matrix(LARGEST_PADDED)
    )
    padding = Setting(1, whole(0, LARGEST_PADDED // 2))
    mode = Setting("zeros", one_of(*SENTENCES))
    kernel_size = Setting(3, whole(1, LARGEST_KERNEL))
    beside = Setting("counts", one_of("counts", "blur", "edges"))
    position = Setting([-1, -1], place)

    @traitlets.validate("input", "padding", "mode", "kernel_size")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "padding", "mode", "kernel_size")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        padding, mode, kernel_size = (values[name] for name in names[1:])
        height, width = np.shape(values["input"])
        smaller, larger = sorted((height, width))
        limits = {"reflect": smaller - 1, "circular": smaller}
        if padding > limits.get(mode, padding):
            raise ValueError(
                f"PaddingModes: {mode} pads an image of {height} × {width} by at most "
                f"{limits[mode]}, got padding {padding}"
            )
        if larger + 2 * padding > LARGEST_PADDED:
            raise ValueError(
                f"PaddingModes: an image of {height} × {width} with padding {padding} has more "
                f"than {LARGEST_PADDED} rows or columns; take a smaller one or less padding"
            )
        if kernel_size > smaller + 2 * padding:
            raise ValueError(
                f"PaddingModes: kernel_size {kernel_size} does not fit an image of "
                f"{height} × {width} with padding {padding}"
            )
        return proposal["value"]

    def padded(self) -> np.ndarray:
        """Return the padded image, shape (H + 2·padding, W + 2·padding)."""
        return self._pad(np.array(self.input))

    def beside_values(self) -> np.ndarray:
        """Return what is shown beside the image: counts, shape (H, W), or a filter's output."""
        size = self.kernel_size
        if self.beside == "counts":
            read = np.ones_like(windows(self.padded(), size), dtype=np.int64)
            counts = scatter(read, self.padded().shape)
            return pad_adjoint(counts[None], [self.padding] * 4, self._mode())[0]
        padded = self.padded()
        if self.beside == "blur":
            sums = functional.cross_correlate(padded, np.ones((size, size), padded.dtype))
            return np.vectorize(lambda value: rounded(value / size**2), otypes=[float])(sums)
        weights = np.sign(2 * np.arange(size) - (size - 1)).astype(padded.dtype)
        return functional.cross_correlate(padded, np.tile(weights, (size, 1)))

    def reading(self) -> str:
        """Return the padded image with its indices, where every row copies from, and the rest."""
        height, width = np.shape(self.input)
        indices = [
            [number(i) for i in range(-self.padding, side + self.padding)]
            for side in (height, width)
        ]
        padded = self.padded()
        values = self.beside_values()
        size = f"{self.kernel_size} × {self.kernel_size}"
        titles = {
            "counts": f"How often a {size} kernel reads each pixel, copies counted",
            "blur": f"Mean of each {size} window",
            "edges": f"Right minus left of each {size} window",
        }
        shown = [[number(value, 2) for value in row] for row in values.tolist()]
        parts = [
            table(
                f"Image {height} × {width}, padded to {padded.shape[0]} × {padded.shape[1]}; "
                "rows and columns counted from the first pixel of the image",
                [[number(value) for value in row] for row in padded.tolist()],
                *indices,
            ),
            table(titles[self.beside], shown),
            paragraph(SENTENCES[self.mode]),
            self._index_map(),
            paragraph(self._place()),
            paragraph(self._summary(values)),
        ]
        return "\n".join(part for part in parts if part)

    def _mode(self) -> str:
        return "constant" if self.mode == "zeros" else self.mode

    def _pad(self, image: np.ndarray) -> np.ndarray:
        return pad(image[None], [self.padding] * 4, self._mode())[0]

    def _source(self, row: int, column: int) -> tuple[int, int] | None:
        sources = []
        for index, side in zip((row, column), np.shape(self.input), strict=True):
            source = padding_indices(side, self.padding, self.padding, self._mode())
            sources.append(source[index + self.padding])
        first, second = sources
        return None if first is None or second is None else (first, second)

    def _index_map(self) -> str:
        if self.padding == 0 or self.mode == "zeros":
            return ""
        rows = []
        for name, side in zip(("row", "column"), np.shape(self.input), strict=True):
            sources = padding_indices(side, self.padding, self.padding, self.mode)
            outside = [*range(-self.padding, 0), *range(side, side + self.padding)]
            pairs = [f"{number(i)} copies {sources[i + self.padding]}" for i in outside]
            rows.append((name, ", ".join(pairs)))
        names, copies = zip(*rows, strict=True)
        return table("Which index each border index copies", [[text] for text in copies], names)

    def _place(self) -> str:
        sides = np.shape(self.input)
        row, column = (
            min(max(index, -self.padding), side - 1 + self.padding)
            for index, side in zip(self.position, sides, strict=True)
        )
        where = f"Place [{number(row)}, {number(column)}]"
        source = self._source(row, column)
        if source is None:
            return f"{where} is outside the image and holds 0."
        value = number(self.input[source[0]][source[1]])
        return f"{where} shows x[{source[0]}, {source[1]}] = {value}."

    def _summary(self, values: np.ndarray) -> str:
        if self.beside == "counts":
            low, high = values.min(), values.max()
            times = f"{low} times" if low == high else f"between {low} and {high} times"
            return f"Every pixel is read {times}, copies counted."
        image = np.ones(np.shape(self.input), dtype=np.int64)
        framed = np.pad(image, self.padding)
        touching = windows(framed, self.kernel_size).min(axis=(-2, -1)) == 0
        return f"{touching.sum()} of {values.size} outputs read padding."
