"""A kernel that slides over an input: every window, every product, every sum."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import traitlets

from cnncourse import functional
from cnncourse.figures._figure import (
    Figure,
    Setting,
    factor,
    matrix,
    number,
    number_table,
    paragraph,
    place,
    plain,
    rounded,
    some_of,
    sum_text,
    truth,
    whole,
)

LARGEST_INPUT = 12
LARGEST_KERNEL = 7
# Beyond so many products the written-out sums of all positions are no longer a pleasure to read.
LONGEST_READING = 100


class SlidingWindow(Figure):
    """The sliding window on small integers, with an editable input and kernel.

    Parameters
    ----------
    input : matrix, 1 to 12 rows and columns
        The picture, as nested lists or an array of numbers with at most two decimals.
    kernel : matrix, 1 to 7 rows and columns
        The weights. Must fit into the padded input.
    flip : bool
        False computes the cross-correlation, as networks do; True turns the kernel by 180
        degrees first, which is the true convolution.
    padding : int
        Zeros on each side. The padded input has at most 12 rows and columns.
    stride : int, 1 to 4
        The step from one window to the next.
    position : [row, column]
        The output whose window is shown at first, counted from zero.
    controls : list of {"size", "flip", "player", "padding", "stride"}
        What the reader may change, besides the numbers themselves.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or the kernel does not fit.

    Examples
    --------
    >>> figure = SlidingWindow(input=[[1, 2, 0], [0, 1, 3]], kernel=[[1, 0], [0, 2]])
    >>> figure.output().tolist()
    [[3, 8]]
    >>> SlidingWindow(input=[[1, 2]], kernel=[[1], [1]])
    Traceback (most recent call last):
    ValueError: SlidingWindow: kernel is 2 × 1 but input with padding 0 is 1 × 2; \
take a smaller kernel, a larger input or more padding
    """

    figure = traitlets.Unicode("sliding-window", read_only=True).tag(sync=True)
    input = Setting([[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1], [1, 1, 0, 2]], matrix(LARGEST_INPUT))
    kernel = Setting([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], matrix(LARGEST_KERNEL))
    flip = Setting(False, truth)
    padding = Setting(0, whole(0, LARGEST_INPUT // 2))
    stride = Setting(1, whole(1, 4))
    position = Setting([0, 0], place)
    controls = Setting(
        ["size", "flip", "player"], some_of("size", "flip", "player", "padding", "stride")
    )

    @traitlets.validate("input", "kernel", "padding")
    def _fits(self, proposal: Any) -> Any:
        values = {name: getattr(self, name) for name in ("input", "kernel", "padding")}
        values[proposal["trait"].name] = proposal["value"]
        padding = values["padding"]
        size = [side + 2 * padding for side in np.shape(values["input"])]
        kernel = np.shape(values["kernel"])
        if max(size) > LARGEST_INPUT:
            raise ValueError(
                f"SlidingWindow: input with padding {padding} is {size[0]} × {size[1]}; "
                f"at most {LARGEST_INPUT} rows and columns are drawn"
            )
        if kernel[0] > size[0] or kernel[1] > size[1]:
            raise ValueError(
                f"SlidingWindow: kernel is {kernel[0]} × {kernel[1]} but input with padding "
                f"{padding} is {size[0]} × {size[1]}; take a smaller kernel, a larger input "
                "or more padding"
            )
        return proposal["value"]

    def used_kernel(self) -> np.ndarray:
        """Return the kernel as it is laid on the input, shape (kh, kw): turned if `flip`."""
        kernel = np.array(self.kernel)
        return kernel[::-1, ::-1] if self.flip else kernel

    def padded(self) -> np.ndarray:
        """Return the input with its zeros around it, shape (H + 2·padding, W + 2·padding)."""
        return np.pad(np.array(self.input), self.padding)

    def output(self) -> np.ndarray:
        """Return the output, shape (H_out, W_out)."""
        full = functional.cross_correlate(
            self.padded().astype(np.float64), self.used_kernel().astype(np.float64)
        )
        result = full[:: self.stride, :: self.stride]
        whole_numbers = all(isinstance(value, int) for row in result_list(result) for value in row)
        return np.array(result_list(result), dtype=np.int64 if whole_numbers else np.float64)

    def reading(self) -> str:
        """Return tables of input, kernel and output, and the sums written out."""
        output = self.output()
        rows, columns = output.shape
        name = "convolution" if self.flip else "cross-correlation"
        sizes = [f"{len(matrix)} × {len(matrix[0])}" for matrix in (self.input, self.kernel)]
        frame = f", padded with {self.padding} on each side" if self.padding else ""
        turned = ", turned by 180 degrees" if self.flip else ""
        parts = [
            number_table(f"Input {sizes[0]}{frame}", self.padded().tolist()),
            number_table(f"Kernel {sizes[1]}{turned}", self.used_kernel().tolist()),
            number_table(f"Output {rows} × {columns}, the {name}", output.tolist()),
        ]
        first = [min(self.position[0], rows - 1), min(self.position[1], columns - 1)]
        places = [(row, column) for row in range(rows) for column in range(columns)]
        if len(places) * np.size(self.kernel) > LONGEST_READING:
            places = [(max(first[0], 0), max(first[1], 0))]
        items = "\n".join(f"<li>{escape(self._sum(*at), quote=False)}</li>" for at in places)
        step = f", {self.stride} cells at a time" if self.stride > 1 else ""
        parts += [
            paragraph(
                f"The window slides over the input{step}. At every position its values are "
                "multiplied by the weights on them, and the products are added:"
            ),
            f"<ul>\n{items}\n</ul>",
        ]
        return "\n".join(parts)

    def _sum(self, row: int, column: int) -> str:
        kernel = self.used_kernel()
        top, left = row * self.stride, column * self.stride
        window = self.padded()[top : top + kernel.shape[0], left : left + kernel.shape[1]]
        pairs = list(zip(window.ravel().tolist(), kernel.ravel().tolist(), strict=True))
        products = " + ".join(f"{factor(value)}·{factor(weight)}" for value, weight in pairs)
        values = sum_text(value * weight for value, weight in pairs)
        total = number(self.output()[row, column])
        return f"Row {row}, column {column}: {products} = {values} = {total}"


def result_list(result: np.ndarray) -> list[list[float]]:
    """Return an output rounded as the figures show it, whole numbers as ints."""
    return [[plain(rounded(value)) for value in row] for row in result.tolist()]
