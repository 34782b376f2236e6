"""How many windows fit: every placement along one axis, and the pixels that none reads."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import traitlets

from cnncourse import functional, geometry
from cnncourse.figures._figure import (
    Figure,
    Setting,
    number,
    number_table,
    paragraph,
    place,
    table,
    whole,
)

LARGEST_PADDED = 12
LARGEST_STEP = 6


def placements(
    kernel: int, padding: int, stride: int, dilation: int, count: int
) -> list[list[int]]:
    """Return the places that each window reads along one axis.

    Parameters
    ----------
    kernel, padding, stride, dilation : int
        As in `cnncourse.geometry.output_size`.
    count : int
        How many windows there are.

    Returns
    -------
    list of list of int
        For each window the indices that it reads, counted from the first pixel of the input, so
        that padding has indices below 0 and from the input's size on.

    Examples
    --------
    >>> placements(kernel=3, padding=1, stride=2, dilation=1, count=2)
    [[-1, 0, 1], [1, 2, 3]]
    """
    return [
        [window * stride - padding + tap * dilation for tap in range(kernel)]
        for window in range(count)
    ]


class OutputSize(Figure):
    """Every placement of a window along one axis, and the same in two dimensions.

    The input holds ones and its padding zeros, the kernel holds ones: each output then says how
    many pixels its window reads.

    Parameters
    ----------
    input : int, 1 to 12
        Pixels along each axis.
    kernel : int, 1 to 12
        Weights along each axis.
    padding : int, 0 to 5
        Places on each side; the padded input has at most 12.
    stride : int, 1 to 6
        From one window to the next.
    dilation : int, 1 to 6
        From one weight to the next; 1 is a kernel without holes.
    position : [row, column]
        The output explained at first, counted from zero.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or the kernel does not fit the padded input.

    Examples
    --------
    >>> figure = OutputSize(input=8, kernel=3, stride=2)
    >>> figure.size(), figure.remainder(), figure.unread(), figure.same_output()
    (3, 1, [7], [7, 8])
    >>> OutputSize(input=4, kernel=3, dilation=2)
    Traceback (most recent call last):
    ValueError: OutputSize: kernel 3 at dilation 2 covers 5 pixels but input 4 with padding 0 has \
only 4; take a smaller kernel or dilation, a larger input or more padding
    """

    figure = traitlets.Unicode("output-size", read_only=True).tag(sync=True)
    input = Setting(7, whole(1, LARGEST_PADDED))
    kernel = Setting(3, whole(1, LARGEST_PADDED))
    padding = Setting(0, whole(0, (LARGEST_PADDED - 1) // 2))
    stride = Setting(2, whole(1, LARGEST_STEP))
    dilation = Setting(1, whole(1, LARGEST_STEP))
    position = Setting([0, 0], place)

    @traitlets.validate("input", "kernel", "padding", "dilation")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "kernel", "padding", "dilation")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        size, kernel, padding, dilation = (values[name] for name in names)
        padded = size + 2 * padding
        extent = geometry.effective_kernel(kernel, dilation)
        if padded > LARGEST_PADDED:
            raise ValueError(
                f"OutputSize: input {size} with padding {padding} has {padded} pixels; "
                f"at most {LARGEST_PADDED} are drawn"
            )
        if extent > padded:
            raise ValueError(
                f"OutputSize: kernel {kernel} at dilation {dilation} covers {extent} pixels but "
                f"input {size} with padding {padding} has only {padded}; take a smaller kernel or "
                "dilation, a larger input or more padding"
            )
        return proposal["value"]

    def size(self) -> int:
        """Return how many windows fit along an axis."""
        settings = (self.stride, self.padding, self.dilation)
        return cast(int, geometry.output_size(self.input, self.kernel, *settings))

    def windows(self) -> list[list[int]]:
        """Return the indices that each window reads along an axis, padding included."""
        return placements(self.kernel, self.padding, self.stride, self.dilation, self.size())

    def remainder(self) -> int:
        """Return what the floor takes away: places after the last window."""
        return self._room() % self.stride

    def unread(self) -> list[int]:
        """Return the places along an axis that no window reads, padding included."""
        read = {index for window in self.windows() for index in window}
        places = range(-self.padding, self.input + self.padding)
        return [index for index in places if index not in read]

    def same_output(self) -> list[int]:
        """Return all input sizes that give the same output size."""
        least = self.input - self.remainder()
        return [size for size in range(least, least + self.stride) if size > 0]

    def output(self) -> np.ndarray:
        """Return how many pixels each window reads, shape (n_out, n_out)."""
        ones = np.ones((1, self.input, self.input), dtype=np.int64)
        weight = np.ones((1, 1, self.kernel, self.kernel), dtype=np.int64)
        settings = (self.stride, self.padding, self.dilation)
        return functional.conv2d(ones, weight, None, *settings)[0]

    def formula(self) -> str:
        """Return the formula for the output size with its numbers, as a chain of equal terms.

        Examples
        --------
        >>> OutputSize().formula()
        '⌊(7 + 2·0 − 1·(3 − 1) − 1)/2⌋ + 1 = ⌊4/2⌋ + 1 = 2 + 1 = 3'
        """
        room, steps = self._room(), self.size() - 1
        return (
            f"⌊({self.input} + 2·{self.padding} − {self.dilation}·({self.kernel} − 1) − 1)"
            f"/{self.stride}⌋ + 1 = ⌊{room}/{self.stride}⌋ + 1 = {steps} + 1 = {self.size()}"
        )

    def reading(self) -> str:
        """Return every placement, the formula, what is not read, and the two matrices."""
        size, padding = self.size(), self.padding
        indices = [number(index) for index in range(-padding, self.input + padding)]
        padded = np.pad(np.ones((self.input, self.input), dtype=np.int64), padding)
        frame = f", padded to {len(indices)} × {len(indices)}" if padding else ""
        windows = [
            [number(window[0]), ", ".join(number(index) for index in window)]
            for window in self.windows()
        ]
        parts = [
            paragraph(f"n_out = ⌊(n + 2p − d·(k − 1) − 1)/s⌋ + 1 = {self.formula()}"),
            paragraph(" ".join(self.sentences())),
            table(
                "Every window along one axis, counted from zero; negative indices are padding",
                windows,
                [str(window) for window in range(size)],
                ["starts at", "reads"],
            ),
            table(
                f"Input {self.input} × {self.input} of ones{frame}",
                [[number(value) for value in row] for row in padded.tolist()],
                indices,
                indices,
            ),
            number_table(
                f"Output {size} × {size}: how many pixels each window reads",
                self.output().tolist(),
            ),
            paragraph(self._window()),
        ]
        return "\n".join(parts)

    def _room(self) -> int:
        extent = cast(int, geometry.effective_kernel(self.kernel, self.dilation))
        return self.input + 2 * self.padding - extent

    def sentences(self) -> list[str]:
        """Say what the floor loses, what no window reads, and which input sizes are alike.

        Examples
        --------
        >>> for sentence in OutputSize(input=8).sentences():
        ...     print(sentence)
        Remainder 1: the last pixel lies after the last window.
        Never read: index 7.
        Input sizes 7 and 8 both give 3.
        """
        rest = self.remainder()
        noun = "place" if self.padding else "pixel"
        left = f"{noun} lies" if rest == 1 else f"{rest} {noun}s lie"
        pixels = [index for index in self.unread() if 0 <= index < self.input]
        some = "index" if len(pixels) == 1 else "indices"
        *others, last = self.same_output()
        alike = f"{', '.join(map(str, others))} and {last} {'both' if len(others) == 1 else 'all'}"
        return [
            f"Remainder {rest}: the last {left} after the last window."
            if rest
            else "Remainder 0: the last window ends at the end.",
            f"Never read: {some} {', '.join(map(str, pixels))}."
            if pixels
            else "Every pixel is read.",
            f"Input sizes {alike} give {self.size()}."
            if others
            else f"Only input size {last} gives {self.size()}.",
        ]

    def _window(self) -> str:
        row, column = (min(max(index, 0), self.size() - 1) for index in self.position)
        rows, columns = (
            ", ".join(number(index) for index in self.windows()[at]) for at in (row, column)
        )
        return (
            f"Output at row {row}, column {column}: its window reads rows {rows} "
            f"and columns {columns}."
        )
