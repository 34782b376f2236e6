"""A convolution as a matrix: each row a window, each column all uses of one pixel."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any, cast

import numpy as np
import traitlets

from cnncourse import functional
from cnncourse._integers import Pair
from cnncourse.figures._figure import (
    LargeFigure,
    Setting,
    factor,
    matrix,
    number,
    number_table,
    paragraph,
    place,
    rounded,
    some_of,
    sum_text,
    table,
    truth,
    whole,
)
from cnncourse.geometry import output_size

# Of C: its cells can still be told apart, and the table answers at once.
LARGEST_SIDE = 25
MOST_ENTRIES = 256
CONTROLS = ("transpose", "example", "size", "padding", "stride", "dilation")
LARGEST_KERNEL = 5


def matrix_or_none(figure: str, name: str, value: Any) -> Any:
    """Check a matrix of numbers, or none."""
    return None if value is None else matrix(LARGEST_SIDE, 9999)(figure, name, value)


class ConvMatrix(LargeFigure):
    """The matrix C of a convolution, y = C·x, beside the picture that its columns stand for.

    The picture is read row after row into the vector x. Entry (i, j) of C is the weight under
    which output i reads pixel j, and 0 where it does not read it.

    Parameters
    ----------
    input : matrix of at most 25 numbers, such as 4 × 4, or one row
        The picture. C has a column for each of its pixels.
    kernel : matrix, 1 to 5 rows and columns
        The weights; named a, b, c, … in reading order. Must fit into the padded input.
    stride : int, 1 to 4
        The step from one window to the next.
    padding : int, 0 to 4
        Zeros on each side. A side of one pixel is not padded: one row stays one row.
    dilation : int, 1 to 4
        Distance between neighboring weights.
    transpose : bool
        False shows y = C·x, True shows Cᵀ·y: every output back to the pixels that it read.
    y : matrix or None
        What Cᵀ multiplies, of the shape of the convolution's output. None is the output itself.
    position : [row, column]
        What is explained at first: an output, or with `transpose` a pixel.
    controls : list of {"transpose", "example", "size", "padding", "stride", "dilation"}
        What the reader may change, besides the numbers themselves.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, the kernel does not fit, or C would have more than 25
        rows or 256 entries.

    Examples
    --------
    >>> figure = ConvMatrix(input=[[1, 2, 3, 4]], kernel=[[1, -1]])
    >>> figure.matrix()
    array([[ 1, -1,  0,  0],
           [ 0,  1, -1,  0],
           [ 0,  0,  1, -1]])
    >>> figure.output()
    array([[-1, -1, -1]])
    >>> figure.transposed()
    array([[-1,  0,  0,  1]])
    >>> figure.counts()
    (12, 6, 2)
    >>> ConvMatrix(input=[[1, 2, 3, 4]], kernel=[[1], [1]])
    Traceback (most recent call last):
    ValueError: ConvMatrix: kernel is 2 × 1 at dilation 1 but the padded input is 1 × 4; \
take a smaller kernel, a larger input or more padding
    """

    figure = traitlets.Unicode("conv-matrix", read_only=True).tag(sync=True)
    input = Setting([[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1], [1, 1, 0, 2]], matrix(LARGEST_SIDE))
    kernel = Setting([[1, 2], [3, -1]], matrix(LARGEST_KERNEL))
    stride = Setting(1, whole(1, 4))
    padding = Setting(0, whole(0, 4))
    dilation = Setting(1, whole(1, 4))
    transpose = Setting(False, truth)
    y = Setting(None, matrix_or_none)
    position = Setting([0, 0], place)
    controls = Setting(["example", "size", "padding"], some_of(*CONTROLS))

    @traitlets.validate("input", "kernel", "stride", "padding", "dilation", "y")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "kernel", "stride", "padding", "dilation", "y")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        image, kernel = np.shape(values["input"]), np.shape(values["kernel"])
        padded = [side + 2 * (values["padding"] if side > 1 else 0) for side in image]
        dilation = values["dilation"]
        if image[0] * image[1] > LARGEST_SIDE:
            raise ValueError(
                f"ConvMatrix: input must have at most {LARGEST_SIDE} pixels, "
                f"got {image[0]} × {image[1]}"
            )
        for side, room in zip(kernel, padded, strict=True):
            if dilation * (side - 1) + 1 > room:
                raise ValueError(
                    f"ConvMatrix: kernel is {kernel[0]} × {kernel[1]} at dilation {dilation} but "
                    f"the padded input is {padded[0]} × {padded[1]}; take a smaller kernel, a "
                    "larger input or more padding"
                )
        output = cast(Pair, output_size(padded, kernel, values["stride"], 0, dilation))
        outputs, pixels = np.prod(output), np.prod(image)
        if outputs > LARGEST_SIDE or outputs * pixels > MOST_ENTRIES:
            raise ValueError(
                f"ConvMatrix: C would be {outputs} × {pixels}; at most {LARGEST_SIDE} rows and "
                f"{MOST_ENTRIES} entries are drawn: take less padding or a smaller input"
            )
        if values["y"] is not None and np.shape(values["y"]) != output:
            raise ValueError(
                f"ConvMatrix: y must have the output's shape {output}, got {np.shape(values['y'])}"
            )
        return proposal["value"]

    def matrix(self) -> np.ndarray:
        """Return C, shape (H_out · W_out, H · W)."""
        height, width = np.shape(self.input)
        kernel = np.array(self.kernel)
        ones = np.eye(height * width, dtype=kernel.dtype).reshape(-1, 1, height, width)
        columns = functional.conv2d(ones, kernel[None, None], None, *self._geometry())
        return columns.reshape(height * width, -1).T

    def names(self) -> list[list[str]]:
        """Name the weight that each entry of C is; an entry that is always 0 has an empty name."""
        height, width = np.shape(self.input)
        order = 1 + np.arange(np.size(self.kernel)).reshape(np.shape(self.kernel))
        ones = np.eye(height * width, dtype=order.dtype).reshape(-1, 1, height, width)
        columns = functional.conv2d(ones, order[None, None], None, *self._geometry())
        entries = columns.reshape(height * width, -1).T.tolist()
        return [[ascii_lowercase[index - 1] if index else "" for index in row] for row in entries]

    def output(self) -> np.ndarray:
        """Return the convolution's output, shape (H_out, W_out): C times x."""
        product = self.matrix() @ np.array(self.input).ravel()
        return shown(product.reshape(self._output_shape()))

    def upstream(self) -> np.ndarray:
        """Return what Cᵀ multiplies, shape (H_out, W_out)."""
        return self.output() if self.y is None else np.array(self.y)

    def transposed(self) -> np.ndarray:
        """Return Cᵀ times y, shape (H, W)."""
        product = self.matrix().T @ self.upstream().ravel()
        return shown(product.reshape(np.shape(self.input)))

    def counts(self) -> tuple[int, int, int]:
        """Count the entries of C, those that hold a weight, and the different weights in it."""
        names = [name for row in self.names() for name in row]
        held = [name for name in names if name]
        return len(names), len(held), len(set(held))

    def reading(self) -> str:
        """Return picture, kernel and output, the matrix with its vectors, and every sum."""
        source = "y" if self.transpose else "Output y"
        target = "Cᵀ·y" if self.transpose else "Input x"
        output = self.upstream() if self.transpose else self.output()
        picture = self.transposed() if self.transpose else np.array(self.input)
        rows, columns = output.shape
        height, width = picture.shape
        kernel = np.array(self.kernel)
        letters = np.array(list(ascii_lowercase[: kernel.size])).reshape(kernel.shape)
        sums = range(picture.size if self.transpose else output.size)
        items = "\n".join(f"<li>{self._sum(index)}</li>" for index in sums)
        parts = [
            number_table(f"{target} {height} × {width}", picture.tolist()),
            table(
                f"Kernel {kernel.shape[0]} × {kernel.shape[1]}, each weight with its name",
                named(kernel.tolist(), letters.tolist()),
            ),
            number_table(f"{source} {rows} × {columns}", output.tolist()),
            table(
                f"C {output.size} × {picture.size}: a row for each output, a column for each pixel",
                named(self.matrix().tolist(), self.names()),
                [f"y[{i}, {j}]" for i in range(rows) for j in range(columns)],
                [f"x[{i}, {j}]" for i in range(height) for j in range(width)],
            ),
            paragraph(self._summary()),
            f"<ul>\n{items}\n</ul>",
        ]
        return "\n".join(parts)

    def _geometry(self) -> tuple[int, tuple[int, int], int]:
        height, width = np.shape(self.input)
        padding = (self.padding if height > 1 else 0, self.padding if width > 1 else 0)
        return self.stride, padding, self.dilation

    def _output_shape(self) -> Pair:
        stride, padding, dilation = self._geometry()
        size = output_size(np.shape(self.input), np.shape(self.kernel), stride, padding, dilation)
        return cast(Pair, size)

    def _summary(self) -> str:
        entries, held, different = self.counts()
        weights = "the one weight" if different == 1 else f"one of {different} weights"
        return (
            f"{held} of {entries} entries hold {weights}; the other {entries - held} are always "
            "zero."
        )

    def _sum(self, index: int) -> str:
        """Write one output's sum, or with `transpose` one pixel's, without the zeros of C."""
        if self.transpose:
            weights, values = self.matrix()[:, index].tolist(), self.upstream().ravel().tolist()
            names, result = [row[index] for row in self.names()], self.transposed()
            where = "Cᵀ·y"
        else:
            weights, values = self.matrix()[index].tolist(), np.array(self.input).ravel().tolist()
            names, result = self.names()[index], self.output()
            where = "y"
        row, column = divmod(index, result.shape[1])
        total = number(result[row, column])
        pairs = [
            (value, weight)
            for value, weight, name in zip(values, weights, names, strict=True)
            if name
        ]
        if not pairs:
            return f"{where}[{row}, {column}]: no terms, {total}"
        products = " + ".join(f"{factor(value)}·{factor(weight)}" for value, weight in pairs)
        terms = sum_text(rounded(value * weight) for value, weight in pairs)
        return f"{where}[{row}, {column}]: {products} = {terms} = {total}"


def named(weights: list[list[float]], names: list[list[str]]) -> list[list[str]]:
    """Write each weight with its name, "−1 (b)"; what has no name is 0."""
    return [
        [f"{number(weight)} ({name})" if name else "0" for weight, name in zip(*row, strict=True)]
        for row in zip(weights, names, strict=True)
    ]


def shown(result: np.ndarray) -> np.ndarray:
    """Return a result rounded as the figures show it; integers stay integers."""
    if np.issubdtype(result.dtype, np.integer):
        return result
    return np.vectorize(rounded, otypes=[float])(result)
