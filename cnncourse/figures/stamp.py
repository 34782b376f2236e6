"""Transposed convolution: every input stamps its multiple of the kernel, or zeros and a window."""

from __future__ import annotations

from html import escape
from typing import Any, cast

import numpy as np
import traitlets

from cnncourse import functional
from cnncourse._integers import Pair
from cnncourse.figures._figure import (
    LargeFigure,
    Setting,
    matrix,
    number,
    number_table,
    one_of,
    paragraph,
    place,
    plain,
    rounded,
    some_of,
    whole,
)
from cnncourse.figures._uses import Use, uses, written_sum
from cnncourse.geometry import transposed_output_size

LARGEST_INPUT = 6
LARGEST_KERNEL = 5
LARGEST_STRIDE = 4
# Of the input among its zeros, the largest table that is drawn.
LARGEST_STUFFED = 12
CONTROLS = ("view", "player", "kernel", "size", "stride", "padding")


def count_or_none(figure: str, name: str, value: Any) -> Any:
    """Check a number of stamps, or none."""
    return None if value is None else whole(0, LARGEST_INPUT**2)(figure, name, value)


class Stamp(LargeFigure):
    """A transposed convolution as stamps, or as a turned kernel that slides over spread-out inputs.

    Beside it: the kernel's weights summed by phase, which say whether a constant input stays
    constant; how many stamps lie on each output; and what enlarging first and convolving after
    makes of the same input and kernel.

    Parameters
    ----------
    input : matrix, 1 to 6 rows and columns
        Each of its numbers is multiplied with the kernel and stamped onto the output.
    kernel : matrix, 1 to 5 rows and columns
        The stamp.
    stride : int, 1 to 4
        The step from one stamp to the next.
    padding : int, smaller than the kernel
        Rows and columns cut off on each side of the output. A side on which both input and
        kernel have one row is left alone: one row stays one row.
    output_padding : int, smaller than the stride
        Rows below and columns on the right that are kept in addition.
    view : {"stamps", "zeros"}
        Stamps that add up, or the kernel turned by 180 degrees, slid over the input with
        stride − 1 zeros between its numbers.
    stamped : int or None
        How many stamps lie on the output at first; None is all of them. The window of "zeros"
        always sees all.
    position : [row, column]
        The output whose sum is written out at first.
    controls : list of {"view", "player", "kernel", "size", "stride", "padding"}
        What the reader may change, besides the numbers themselves.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or the output cannot be drawn.

    Examples
    --------
    >>> figure = Stamp(input=[[1, 2]], kernel=[[1, 1, 1]])
    >>> figure.output()
    array([[1, 1, 3, 2, 2]])
    >>> figure.counts()
    array([[1, 1, 2, 1, 1]])
    >>> figure.phases()
    array([[2, 1]])
    >>> print(figure.verdict())
    Inside, outputs lie under 1 or 2 stamps, and the sums by phase differ: a constant input \
becomes a checkerboard.
    >>> Stamp(input=[[1, 2]], kernel=[[0.5, 1, 0.5]]).verdict()
    'Inside, outputs lie under 1 or 2 stamps, yet the sums by phase are all 1: a constant input \
stays constant.'
    >>> Stamp(stride=2, output_padding=2)
    Traceback (most recent call last):
    ValueError: Stamp: output_padding must be smaller than the stride 2, got 2
    """

    figure = traitlets.Unicode("stamp", read_only=True).tag(sync=True)
    input = Setting([[1, 2, 0], [0, 3, 1], [2, 1, 1]], matrix(LARGEST_INPUT))
    kernel = Setting([[1, 1, 1], [1, 1, 1], [1, 1, 1]], matrix(LARGEST_KERNEL))
    stride = Setting(2, whole(1, LARGEST_STRIDE))
    padding = Setting(0, whole(0, LARGEST_KERNEL - 1))
    output_padding = Setting(0, whole(0, LARGEST_STRIDE - 1))
    view = Setting("stamps", one_of("stamps", "zeros"))
    stamped = Setting(None, count_or_none)
    position = Setting([0, 0], place)
    controls = Setting(
        ["view", "player", "kernel", "size", "stride", "padding"], some_of(*CONTROLS)
    )

    @traitlets.validate("input", "kernel", "stride", "padding", "output_padding")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "kernel", "stride", "padding", "output_padding")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        stride, padding, extra = (values[name] for name in names[2:])
        image, kernel = np.shape(values["input"]), np.shape(values["kernel"])
        if extra >= stride:
            raise ValueError(
                f"Stamp: output_padding must be smaller than the stride {stride}, got {extra}"
            )
        for side, taps in zip(image, kernel, strict=True):
            if side == taps == 1:
                continue
            if padding >= taps:
                raise ValueError(
                    f"Stamp: padding must be smaller than the kernel, which is {kernel[0]} × "
                    f"{kernel[1]}, got {padding}"
                )
            left = (side - 1) * stride - 2 * padding + taps + extra
            if left < 1:
                raise ValueError(
                    f"Stamp: padding {padding} on each side removes all that an input of "
                    f"{image[0]} × {image[1]} writes; take less padding or a larger input"
                )
            stuffed = left + taps - 1
            if stuffed > LARGEST_STUFFED:
                raise ValueError(
                    f"Stamp: the input among its zeros would have {stuffed} rows or columns; at "
                    f"most {LARGEST_STUFFED} are drawn: take a smaller input, kernel or stride"
                )
        return proposal["value"]

    def output(self) -> np.ndarray:
        """Return what the stamps put so far add up to, shape (H_out, W_out)."""
        image, kernel = alike(np.array(self._stamped()), np.array(self.kernel))
        result = functional.conv_transpose2d(
            image[None], kernel[None, None], None, *self._geometry()
        )
        return shown(result[0])

    def counts(self) -> np.ndarray:
        """Count the stamps that lie on each output, shape (H_out, W_out)."""
        ones = np.ones((1, *np.shape(self.input)), dtype=np.int64)
        kernel = np.ones((1, 1, *np.shape(self.kernel)), dtype=np.int64)
        return functional.conv_transpose2d(ones, kernel, None, *self._geometry())[0]

    def phases(self) -> np.ndarray:
        """Sum the weights whose places agree in both axes up to the stride, one sum a phase."""
        kernel, steps = np.array(self.kernel), self._steps()
        rows, columns = range(steps[0]), range(steps[1])
        return shown(
            np.array([[kernel[a :: steps[0], b :: steps[1]].sum() for b in columns] for a in rows])
        )

    def resized(self) -> np.ndarray:
        """Enlarge by repeating every pixel, then cross-correlate with the kernel.

        The enlarged input is padded by repeating its border, so that it keeps its size.
        """
        steps = self._steps()
        large = np.repeat(np.repeat(np.array(self._stamped()), steps[0], 0), steps[1], 1)
        sides = [((taps - 1) // 2, taps // 2) for taps in np.shape(self.kernel)]
        image, kernel = alike(np.pad(large, sides, mode="edge"), np.array(self.kernel))
        return shown(functional.cross_correlate(image, kernel))

    def stuffed(self) -> np.ndarray:
        """Return the input with zeros between and around, over which the turned kernel slides."""
        image = np.array(self._stamped())
        steps, cut, extra = self._geometry()
        before = [taps - 1 - side for taps, side in zip(np.shape(self.kernel), cut, strict=True)]
        size = [
            (side - 1) * step + 1 + 2 * margin + more
            for side, step, margin, more in zip(image.shape, steps, before, extra, strict=True)
        ]
        result = np.zeros(size, dtype=image.dtype)
        rows, columns = image.shape
        result[
            before[0] : before[0] + (rows - 1) * steps[0] + 1 : steps[0],
            before[1] : before[1] + (columns - 1) * steps[1] + 1 : steps[1],
        ] = image
        return result

    def verdict(self) -> str:
        """Say what becomes of a constant input, and whether the overlap counts tell."""
        ones = np.ones_like(self.kernel)
        steps = self._steps()
        inside = sorted(
            {
                int(ones[a :: steps[0], b :: steps[1]].sum())
                for a in range(steps[0])
                for b in range(steps[1])
            }
        )
        sums = set(self.phases().ravel().tolist())
        counts = " or ".join([", ".join(str(n) for n in inside[:-1]), str(inside[-1])])
        under = counts.removeprefix(" or ") + (" stamp" if inside[-1] == 1 else " stamps")
        word = "and" if (len(inside) == 1) == (len(sums) == 1) else "yet"
        if len(sums) == 1:
            end = (
                f"the sums by phase are all {number(sums.pop())}: a constant input stays constant."
            )
        else:
            end = "the sums by phase differ: a constant input becomes a checkerboard."
        return f"Inside, outputs lie under {under}, {word} {end}"

    def size_text(self) -> str:
        """Write the output's size with its numbers, one axis or both."""
        image, kernel = np.shape(self.input), np.shape(self.kernel)
        steps, cut, extra = self._geometry()
        texts = [
            f"({image[axis]} − 1)·{steps[axis]} − 2·{cut[axis]} + {kernel[axis]} + {extra[axis]} "
            f"= {size}"
            for axis, size in enumerate(self._output_shape())
        ]
        single = self._single()
        if texts[0] == texts[1] or any(single):
            text = texts[1] if single[0] else texts[0]
            return f"Size: (n − 1)·s − 2·p + k + output padding = {text}"
        return f"Rows: (n − 1)·s − 2·p + k + output padding = {texts[0]}; columns: {texts[1]}"

    def reading(self) -> str:
        """Return input, kernel and output, every stamp and sum, phases, counts, and the resize."""
        output, stuffed, resized = self.output(), self.stuffed(), self.resized()
        image, kernel = np.array(self.input), np.array(self.kernel)
        rows, columns = output.shape
        parts = [
            paragraph(f"{self._settings()}. {self.size_text()}."),
            number_table(f"Input X {size(image)}", image.tolist()),
            number_table(f"Kernel K {size(kernel)}", kernel.tolist()),
            number_table(f"Output Y {size(output)}", output.tolist()),
            paragraph(
                "Each number of X stamps its multiple of K onto Y, and where stamps overlap they "
                "add:"
            ),
            as_list([self._stamp(*at) for at in self._placed()]),
            paragraph("The same sums by a window, K turned by 180° slid over X among zeros:"),
            number_table(f"X among zeros {size(stuffed)}", stuffed.tolist()),
            number_table("K turned by 180°", kernel[::-1, ::-1].tolist()),
            as_list([self._sum(row, column) for row in range(rows) for column in range(columns)]),
            number_table("Weights summed by phase", self.phases().tolist()),
            number_table("Stamps on each output", self.counts().tolist()),
            paragraph(self.verdict()),
            number_table(
                f"Beside it: X enlarged by repeating pixels, then convolved {size(resized)}",
                resized.tolist(),
            ),
        ]
        return "\n".join(parts)

    def _settings(self) -> str:
        return f"Stride {self.stride}, padding {self.padding}, output padding {self.output_padding}"

    def _single(self) -> list[bool]:
        """Tell for each axis whether input and kernel have one row there, and so the output."""
        sides = zip(np.shape(self.input), np.shape(self.kernel), strict=True)
        return [side == taps == 1 for side, taps in sides]

    def _steps(self) -> Pair:
        steps = [1 if single else self.stride for single in self._single()]
        return steps[0], steps[1]

    def _geometry(self) -> tuple[Pair, Pair, Pair]:
        cut = [0 if single else self.padding for single in self._single()]
        extra = [0 if single else self.output_padding for single in self._single()]
        return self._steps(), (cut[0], cut[1]), (extra[0], extra[1])

    def _output_shape(self) -> Pair:
        shapes = np.shape(self.input), np.shape(self.kernel)
        return cast(Pair, transposed_output_size(*shapes, *self._geometry()))

    def _stamped(self) -> list[list[float]]:
        """Return the input without the numbers that are not stamped yet."""
        columns = len(self.input[0])
        return [
            [value if i * columns + j < self._count() else 0 for j, value in enumerate(row)]
            for i, row in enumerate(self.input)
        ]

    def _count(self) -> int:
        """Count the stamps that lie on the output."""
        size = np.size(self.input)
        return size if self.stamped is None or self.view == "zeros" else min(self.stamped, size)

    def _placed(self) -> list[tuple[int, ...]]:
        """List the places of the input that have been stamped."""
        return list(np.ndindex(*np.shape(self.input)))[: self._count()]

    def _uses(self) -> list[Use]:
        """List the meetings of the convolution that this one is the transpose of."""
        _, cut, _ = self._geometry()
        shapes = self._output_shape(), np.shape(self.kernel), np.shape(self.input)
        step = max(self._steps())
        found = uses(*shapes, step, cut)
        return [use for use in found if use.output < self._count()]

    def _stamp(self, row: int, column: int) -> str:
        steps, cut, _ = self._geometry()
        top, left = row * steps[0] - cut[0], column * steps[1] - cut[1]
        value = number(self.input[row][column])
        corner = f"row {number(top)}, column {number(left)}"
        return f"X[{row}, {column}] = {value}: {value}·K with its first weight at {corner}"

    def _sum(self, row: int, column: int) -> str:
        image, kernel = np.ravel(self.input).tolist(), np.ravel(self.kernel).tolist()
        at = row * self._output_shape()[1] + column
        pairs = [(image[i], kernel[w]) for i, j, w in self._uses() if j == at]
        return f"Y[{row}, {column}]: {written_sum(pairs)}"


def size(values: np.ndarray) -> str:
    """Write a matrix's size.

    >>> size(np.zeros((2, 3)))
    '2 × 3'
    """
    return f"{values.shape[0]} × {values.shape[1]}"


def as_list(lines: list[str]) -> str:
    """Write lines as an HTML list."""
    return "<ul>\n" + "\n".join(f"<li>{escape(line)}</li>" for line in lines) + "\n</ul>"


def shown(result: np.ndarray) -> np.ndarray:
    """Return a result rounded as the figures show it, whole numbers as integers."""
    values = [[plain(rounded(value)) for value in row] for row in result.tolist()]
    whole_numbers = all(isinstance(value, int) for row in values for value in row)
    return np.array(values, dtype=np.int64 if whole_numbers else np.float64)


def alike(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both arrays in the dtype that holds both."""
    dtype = np.result_type(first, second)
    return first.astype(dtype), second.astype(dtype)
