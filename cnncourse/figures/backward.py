"""A convolution forward and backward: every gradient as a sum, beside a finite difference."""

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
from cnncourse.geometry import effective_kernel, output_size

LARGEST_INPUT = 6
LARGEST_PADDED = 8
LARGEST_KERNEL = 4
LARGEST_STUFFED = 11
LARGEST_STEP = 3
CONTROLS = ("view", "size", "stride", "padding", "dilation")
VIEWS = ("output", "kernel", "input", "bias")
# Beyond so many products the sums of all elements are no longer a pleasure to read.
LONGEST_READING = 150


def matrix_or_none(figure: str, name: str, value: Any) -> Any:
    """Check a matrix of numbers, or none."""
    return None if value is None else matrix(LARGEST_PADDED)(figure, name, value)


def one_number(figure: str, name: str, value: Any) -> float:
    """Check one printable number."""
    return matrix(1)(figure, name, [[value]])[0][0]


class Backward(LargeFigure):
    """A convolution Y = X ⋆ K + b, the loss L = Σ G·Y, and the gradients of L for K, X and b.

    Below X, K, b and Y stands the gradient for each. Any element of a gradient is written out as
    a sum, and beside it the same number as a finite difference: L computed anew with that one
    number of X, K or b one larger and one smaller. L is linear in each of them, so that the
    difference is exact.

    Parameters
    ----------
    input : matrix, 1 to 6 rows and columns
        X; padded, at most 8 rows and columns.
    kernel : matrix, 1 to 4 rows and columns
        K, laid on X as it is written. Must fit into the padded input.
    upstream : matrix of the output's shape, or None
        G = ∂L/∂Y, what arrives from the layers above. None is all ones: L is the sum of Y.
    bias : number
        b, added to every output.
    stride : int, 1 to 3
        The step from one window to the next.
    padding : int, 0 to 3
        Zeros on each side.
    dilation : int, 1 to 3
        Distance between neighboring weights.
    view : {"kernel", "input", "bias", "output"}
        What is written out at first: an element of ∂L/∂K, of ∂L/∂X, ∂L/∂b, or of Y.
    position : [row, column]
        Which element of it.
    controls : list of {"view", "size", "stride", "padding", "dilation"}
        What the reader may change, besides the numbers themselves.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, the kernel does not fit, or `upstream` has not the
        output's shape.

    Examples
    --------
    >>> figure = Backward(input=[[1, 2, 3]], kernel=[[1, -1]], upstream=[[1, 10]])
    >>> figure.output()
    array([[-1, -1]])
    >>> figure.loss()
    -11
    >>> figure.kernel_gradient(), figure.input_gradient(), figure.bias_gradient()
    (array([[21, 32]]), array([[  1,   9, -10]]), 11)
    >>> figure.difference("kernel", 0, 1)
    (21, -43, 32)
    >>> Backward(input=[[1, 2, 3]], kernel=[[1, -1]], upstream=[[1]])
    Traceback (most recent call last):
    ValueError: Backward: upstream must have the output's shape (1, 2), got (1, 1)
    """

    figure = traitlets.Unicode("backward", read_only=True).tag(sync=True)
    input = Setting([[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1], [1, 1, 0, 2]], matrix(LARGEST_INPUT))
    kernel = Setting([[1, 2], [3, -1]], matrix(LARGEST_KERNEL))
    upstream = Setting(None, matrix_or_none)
    bias = Setting(0, one_number)
    stride = Setting(1, whole(1, LARGEST_STEP))
    padding = Setting(0, whole(0, LARGEST_STEP))
    dilation = Setting(1, whole(1, LARGEST_STEP))
    view = Setting("kernel", one_of(*VIEWS))
    position = Setting([0, 0], place)
    controls = Setting(["view", "stride", "padding", "dilation"], some_of(*CONTROLS))

    @traitlets.validate("input", "kernel", "upstream", "stride", "padding", "dilation")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "kernel", "upstream", "stride", "padding", "dilation")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        padding, dilation = values["padding"], values["dilation"]
        kernel = np.shape(values["kernel"])
        padded = [side + 2 * padding for side in np.shape(values["input"])]
        extent = [cast(int, effective_kernel(side, dilation)) for side in kernel]
        sizes = f"{padded[0]} × {padded[1]}"
        if max(padded) > LARGEST_PADDED:
            raise ValueError(
                f"Backward: input with padding {padding} is {sizes}; "
                f"at most {LARGEST_PADDED} rows and columns are drawn"
            )
        if extent[0] > padded[0] or extent[1] > padded[1]:
            raise ValueError(
                f"Backward: kernel is {kernel[0]} × {kernel[1]} at dilation {dilation} but the "
                f"padded input is {sizes}; take a smaller kernel, a larger input or more padding"
            )
        if max(room + reach - 1 for room, reach in zip(padded, extent, strict=True)) > (
            LARGEST_STUFFED
        ):
            raise ValueError(
                f"Backward: the upstream gradient among its zeros would have more than "
                f"{LARGEST_STUFFED} rows or columns; take less padding or a smaller dilation"
            )
        output = output_size(padded, kernel, values["stride"], 0, dilation)
        if values["upstream"] is not None and np.shape(values["upstream"]) != output:
            raise ValueError(
                f"Backward: upstream must have the output's shape {output}, "
                f"got {np.shape(values['upstream'])}"
            )
        return proposal["value"]

    def gradient(self) -> np.ndarray:
        """Return G, the gradient of L for the output, shape (H_out, W_out)."""
        if self.upstream is not None:
            return np.array(self.upstream)
        return np.ones(self._output_shape(), dtype=np.int64)

    def output(self) -> np.ndarray:
        """Return Y, shape (H_out, W_out)."""
        return shown(self._forward(np.array(self.input), np.array(self.kernel), self.bias))

    def loss(self) -> float:
        """Return L = Σ G·Y."""
        return exact((self.gradient() * self.output()).sum())

    def kernel_gradient(self) -> np.ndarray:
        """Return ∂L/∂K, shape (kh, kw): X cross-correlated with G, whose step is the stride."""
        image, gradient = (np.array(value)[None, None] for value in (self.input, self.gradient()))
        image, gradient = alike(image, gradient)
        size = (1, 1, *np.shape(self.kernel))
        result = functional.conv2d_weight(image, size, gradient, *self._geometry())
        return shown(result[0, 0])

    def input_gradient(self) -> np.ndarray:
        """Return ∂L/∂X, shape (H, W): every number of G times K, put back where K had read."""
        kernel, gradient = (np.array(value)[None, None] for value in (self.kernel, self.gradient()))
        kernel, gradient = alike(kernel, gradient)
        size = (1, 1, *np.shape(self.input))
        return shown(functional.conv2d_input(size, kernel, gradient, *self._geometry())[0, 0])

    def bias_gradient(self) -> float:
        """Return ∂L/∂b, the sum of G."""
        return exact(self.gradient().sum())

    def difference(self, of: str, row: int = 0, column: int = 0) -> tuple[float, float, float]:
        """Change one number by one and compute L anew.

        Parameters
        ----------
        of : {"output", "kernel", "input", "bias"}
            Y, K, X or b.
        row, column : int
            Which number of it.

        Returns
        -------
        tuple of three numbers
            L with the number one larger, L with it one smaller, and half their difference.
        """
        losses = []
        for step in (1, -1):
            changed = {
                "input": np.array(self.input),
                "kernel": np.array(self.kernel),
                "bias": np.array([[self.bias]]),
            }
            if of in changed:
                changed[of][row, column] += step
            output = self._forward(changed["input"], changed["kernel"], changed["bias"][0, 0])
            if of == "output":
                output[row, column] += step
            losses.append(exact((self.gradient() * output).sum()))
        return losses[0], losses[1], exact((losses[0] - losses[1]) / 2)

    def stuffed(self) -> np.ndarray:
        """Return G with zeros between and around, over which the turned kernel slides.

        Between its numbers are stride − 1 zeros, around them dilation · (k − 1), so that there is
        a window for every place of the padded input; below and on the right also what the floor
        of the output's size left out.
        """
        gradient = self.gradient()
        reach = [self.dilation * (side - 1) for side in np.shape(self.kernel)]
        size = [
            side + 2 * self.padding + more
            for side, more in zip(np.shape(self.input), reach, strict=True)
        ]
        result = np.zeros(size, dtype=gradient.dtype)
        rows, columns = gradient.shape
        result[
            reach[0] : reach[0] + self.stride * rows : self.stride,
            reach[1] : reach[1] + self.stride * columns : self.stride,
        ] = gradient
        return result

    def reading(self) -> str:
        """Return X, K, b, Y with their gradients, and the sums beside the finite differences."""
        gradient, kernel = self.gradient(), np.array(self.kernel)
        stuffed = self.stuffed()
        names = {"input": "X", "kernel": "K", "output": "Y"}
        shapes = {
            "input": np.shape(self.input),
            "kernel": kernel.shape,
            "output": gradient.shape,
        }
        size = {key: f"{names[key]} {rows} × {columns}" for key, (rows, columns) in shapes.items()}
        frame = f", padded with {self.padding} on each side" if self.padding else ""
        padded = np.pad(np.array(self.input), self.padding).tolist()
        parts = [
            paragraph(f"Y = X ⋆ K + b, with {self._settings()}. {loss_text(self.loss())}."),
            number_table(f"Input {size['input']}{frame}", padded),
            number_table("∂L/∂X", self.input_gradient().tolist()),
            number_table(f"Kernel {size['kernel']}", self.kernel),
            number_table("∂L/∂K", self.kernel_gradient().tolist()),
            number_table("Bias b", [[self.bias]]),
            number_table("∂L/∂b", [[self.bias_gradient()]]),
            number_table(f"Output {size['output']}", self.output().tolist()),
            number_table("G = ∂L/∂Y, from upstream", gradient.tolist()),
        ]
        for view in VIEWS:
            parts += [paragraph(self.sentence(view)), self._sums(view)]
            if view == self.view == "output":
                parts.append(paragraph(self.check(view, *self._place(view)) + "."))
            if view == "input":
                parts += [
                    number_table(
                        f"G among zeros {stuffed.shape[0]} × {stuffed.shape[1]}", stuffed.tolist()
                    ),
                    number_table("K turned by 180°", kernel[::-1, ::-1].tolist()),
                ]
        return "\n".join(parts)

    def sentence(self, view: str) -> str:
        """Say in words how Y, or the gradient for K, X or b, comes about."""
        apart = f", its numbers {self.stride} apart" if self.stride > 1 else ""
        return {
            "output": (
                "Forward: each output is a window of X times K, plus b. L adds the outputs, each "
                "times its number in G."
            ),
            "kernel": (
                f"A weight meets one pixel for each output, so ∂L/∂K is X cross-correlated with "
                f"G{apart}."
            ),
            "input": (
                "Each number of G stamps its multiple of K where its window had read; where stamps "
                "overlap they add. The same sums: K turned by 180°, slid over G among zeros."
            ),
            "bias": "b is added to every output, so ∂L/∂b is the sum of G.",
        }[view]

    def _settings(self) -> str:
        return f"stride {self.stride}, padding {self.padding} and dilation {self.dilation}"

    def _geometry(self) -> tuple[int, int, int]:
        return self.stride, self.padding, self.dilation

    def _output_shape(self) -> Pair:
        size = output_size(np.shape(self.input), np.shape(self.kernel), *self._geometry())
        return cast(Pair, size)

    def _forward(self, image: np.ndarray, kernel: np.ndarray, bias: float) -> np.ndarray:
        images, weight = alike(image[None, None], kernel[None, None])
        return functional.conv2d(images, weight, None, *self._geometry())[0, 0] + bias

    def _uses(self) -> list[Use]:
        padding = (self.padding, self.padding)
        shapes = np.shape(self.input), np.shape(self.kernel), self._output_shape()
        return uses(*shapes, self.stride, padding, self.dilation)

    def _shape(self, view: str) -> tuple[int, ...]:
        shapes = {"kernel": np.shape(self.kernel), "input": np.shape(self.input), "bias": (1, 1)}
        return shapes.get(view, self._output_shape())

    def _place(self, view: str) -> tuple[int, ...]:
        """Return the place that is explained at first, for other views the first of all."""
        at = self.position if view == self.view else (0, 0)
        return tuple(
            min(max(i, 0), side - 1) for i, side in zip(at, self._shape(view), strict=True)
        )

    def _sums(self, view: str) -> str:
        """Write the sums of one view as a list: all of them, or where too many the first shown."""
        places = list(np.ndindex(*self._shape(view)))
        if len(self._uses()) > LONGEST_READING and view != "bias":
            places = [self._place(view)]
        lines = [f"<li>{escape(self._sum(view, *at), quote=False)}</li>" for at in places]
        return "<ul>\n" + "\n".join(lines) + "\n</ul>"

    def _sum(self, view: str, row: int, column: int) -> str:
        image, kernel = np.ravel(self.input).tolist(), np.ravel(self.kernel).tolist()
        upstream = self.gradient().ravel().tolist()
        columns = self._shape(view)[1]
        at = row * columns + column
        found = self._uses()
        pairs = {
            "output": [(image[j], kernel[w]) for i, j, w in found if i == at]
            + ([(self.bias, 1)] if self.bias else []),
            "kernel": [(upstream[i], image[j]) for i, j, w in found if w == at],
            "input": [(upstream[i], kernel[w]) for i, j, w in found if j == at],
            "bias": [(value, 1) for value in upstream],
        }[view]
        total = written_sum(pairs, lambda value: number(value, 6))
        if view == "output":
            return f"{element(view, row, column)}: {total}"
        name = element(view, row, column)
        return f"∂L/∂{name}: {total}; {self.check(view, row, column)}"

    def check(self, view: str, row: int, column: int) -> str:
        """Write the finite difference for one element with its numbers."""
        name = element(view, row, column)
        above, below, half = self.difference(view, row, column)
        return (
            f"with {name} + 1, L is {number(above, 6)}; with {name} − 1, {number(below, 6)}: "
            f"{difference_text(above, below, half)}"
        )


def element(view: str, row: int, column: int) -> str:
    """Name an element: "K[0, 1]".

    >>> element("kernel", 0, 1), element("bias", 0, 0)
    ('K[0, 1]', 'b')
    """
    letter = {"output": "Y", "kernel": "K", "input": "X", "bias": "b"}[view]
    return letter if view == "bias" else f"{letter}[{row}, {column}]"


def loss_text(loss: float) -> str:
    """Write the loss.

    >>> loss_text(-3)
    'L = Σ G·Y = −3'
    """
    return f"L = Σ G·Y = {number(loss, 6)}"


def difference_text(above: float, below: float, half: float) -> str:
    """Write a central difference with a step of one.

    >>> difference_text(5, -1, 3)
    '(5 − (−1))/2 = 3'
    """
    second = number(below, 6)
    return f"({number(above, 6)} − {f'({second})' if below < 0 else second})/2 = {number(half, 6)}"


def exact(value: float) -> float:
    """Return a number without what binary fractions add; whole numbers as ints."""
    return plain(rounded(float(value), 6))


def shown(result: np.ndarray) -> np.ndarray:
    """Return a result rounded as the figures show it; integers stay integers."""
    if np.issubdtype(result.dtype, np.integer):
        return result
    return np.vectorize(rounded, otypes=[float])(result)


def alike(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both arrays in the dtype that holds both."""
    dtype = np.result_type(first, second)
    return first.astype(dtype), second.astype(dtype)
