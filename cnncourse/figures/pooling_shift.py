"""What pooling makes of a small pattern, and of the same pattern moved by a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import traitlets

from cnncourse import functional
from cnncourse._integers import describe, integer
from cnncourse.figures._figure import (
    Figure,
    Setting,
    factor,
    matrix,
    number,
    number_table,
    one_of,
    paragraph,
    place,
    rounded,
    sum_text,
    truth,
    whole,
)

LARGEST_FIELD = 8
# Longer windows are written out without their zeros, which add nothing to a sum.
LONGEST_WINDOW = 16
NAMES = {"max": "Largest value", "average": "Mean", "l2": "Root of the sum of squares"}


def _shift(figure: str, name: str, value: Any) -> list[int]:
    """Check a shift, `[rows down, columns to the right]`; negative is up and to the left."""
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise TypeError(
            f"{figure}: {name} must be a pair [rows down, columns right], got {describe(value)}"
        )
    return [integer(figure, f"{name}[{i}]", item) for i, item in enumerate(value)]


class PoolingShift(Figure):
    """A small pattern in a field, pooled before and after the pattern is shifted.

    Parameters
    ----------
    input : matrix, 2 to 8 rows and columns
        The field with the pattern in it, as nested lists or an array of numbers with at most two
        decimals.
    kernel_size : int, 1 to 8
        Side of the pooling window. Must fit into the field.
    stride : int, 1 to 8
        The step from one window to the next.
    mode : {"max", "average", "l2"}
        What a window reports: its largest value, its mean, or the root of the sum of its squares,
        as torch.nn.functional's `max_pool2d`, `avg_pool2d` and `lp_pool2d` with norm 2 do.
    shift : [rows, columns]
        How far the pattern is moved, down and to the right; negative is up and to the left.
        Zeros come in, and what leaves the field is lost. Less than the field's side.
    global_pool : bool
        One window as large as the whole field; `kernel_size` and `stride` do not matter then.
    position : [row, column]
        The output explained at first, counted from zero.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, the window does not fit, or nothing of the field would
        be left after the shift.

    Examples
    --------
    >>> figure = PoolingShift(shift=[0, 1])
    >>> figure.pooled().tolist()[1]
    [0, 8, 9, 0]
    >>> figure.pooled(after=True).tolist()[1]
    [0, 5, 9, 4]
    >>> figure.changed()
    4
    >>> PoolingShift(shift=[2, -1], global_pool=True).changed()
    0
    >>> PoolingShift(kernel_size=9)
    Traceback (most recent call last):
    ValueError: PoolingShift: kernel_size must be at most 8, got 9
    """

    figure = traitlets.Unicode("pooling-shift", read_only=True).tag(sync=True)
    input = Setting(
        [
            [0, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 5, 8, 9, 4, 0, 0],
            [0, 0, 0, 1, 7, 2, 0, 0],
            [0, 0, 0, 6, 3, 0, 0, 0],
            [0, 0, 3, 9, 1, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0],
        ],
        matrix(LARGEST_FIELD),
    )
    kernel_size = Setting(2, whole(1, LARGEST_FIELD))
    stride = Setting(2, whole(1, LARGEST_FIELD))
    mode = Setting("max", one_of(*NAMES))
    shift = Setting([0, 0], _shift)
    global_pool = Setting(False, truth)
    position = Setting([1, 1], place)

    @traitlets.validate("input", "kernel_size", "shift", "global_pool")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "kernel_size", "shift", "global_pool")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        height, width = np.shape(values["input"])
        if min(height, width) < 2:
            raise ValueError(
                f"PoolingShift: input must have at least 2 rows and columns, got {height} × {width}"
            )
        if values["kernel_size"] > min(height, width) and not values["global_pool"]:
            raise ValueError(
                f"PoolingShift: kernel_size {values['kernel_size']} does not fit an input of "
                f"{height} × {width}"
            )
        if any(abs(by) >= side for by, side in zip(values["shift"], (height, width), strict=True)):
            raise ValueError(
                f"PoolingShift: shift must move an input of {height} × {width} by less than its "
                f"sides, got {values['shift']}"
            )
        return proposal["value"]

    def field(self, after: bool = False) -> np.ndarray:
        """Return the field, shape (H, W), before the shift or after it."""
        before = np.array(self.input)
        if not after:
            return before
        moved = np.zeros_like(before)
        (top, rows), (left, columns) = (
            (max(by, 0), side - abs(by)) for by, side in zip(self.shift, before.shape, strict=True)
        )
        source = before[max(-self.shift[0], 0) :, max(-self.shift[1], 0) :][:rows, :columns]
        moved[top : top + rows, left : left + columns] = source
        return moved

    def pooled(self, after: bool = False) -> np.ndarray:
        """Return the outputs, shape (H_out, W_out), before the shift or after it."""
        image = self.field(after)[None]
        size, step = self._window()
        if self.mode == "max":
            return functional.max_pool2d(image, size, step)[0]
        image = image.astype(np.float64)
        if self.mode == "average":
            return functional.avg_pool2d(image, size, step)[0]
        return functional.lp_pool2d(image, 2, size, step)[0]

    def changed(self) -> int:
        """Return how many outputs are another number after the shift."""
        change = np.round(self.pooled(after=True) - self.pooled(), 4)
        return int(np.count_nonzero(change))

    def reading(self) -> str:
        """Return the fields and their outputs before and after, the change, and one output."""
        before, after = self.pooled(), self.pooled(after=True)
        (height, width), (rows, columns) = np.shape(self.input), before.shape
        down, right = self.shift
        window = (
            f"one window over the whole field, {height} × {width}"
            if self.global_pool
            else f"windows of {self.kernel_size} × {self.kernel_size}, stride {self.stride}"
        )
        row, column = (
            min(max(index, 0), side - 1)
            for index, side in zip(self.position, before.shape, strict=True)
        )
        parts = [
            number_table(f"Field {height} × {width} before the shift", self.field().tolist()),
            number_table(
                f"Field {height} × {width} after the shift", self.field(after=True).tolist()
            ),
            _short_table(f"Outputs {rows} × {columns} before the shift", before),
            _short_table(f"Outputs {rows} × {columns} after the shift", after),
            _short_table("Difference, after minus before", after - before),
            paragraph(
                f"{NAMES[self.mode]} of each window: {window}. The pattern is moved "
                f"{number(down)} down and {number(right)} to the right; zeros come in."
            ),
            paragraph(f"{self.changed()} of {before.size} outputs changed. {self._verdict()}"),
            paragraph(f"Output at row {row}, column {column}:"),
        ]
        items = [
            f"before: {self._formula(row, column)}",
            f"after: {self._formula(row, column, after=True)}",
        ]
        items = [f"<li>{escape(item, quote=False)}</li>" for item in items]
        parts.append("<ul>\n" + "\n".join(items) + "\n</ul>")
        if self.mode == "max":
            winners = (self._winner(row, column, after) for after in (False, True))
            parts.append(paragraph(" ".join(winners)))
        return "\n".join(parts)

    def _window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        height, width = np.shape(self.input)
        if self.global_pool:
            return (height, width), (height, width)
        return (self.kernel_size, self.kernel_size), (self.stride, self.stride)

    def _values(self, row: int, column: int, after: bool) -> np.ndarray:
        (rows, columns), (step, side_step) = self._window()
        top, left = row * step, column * side_step
        return self.field(after)[top : top + rows, left : left + columns]

    def _formula(self, row: int, column: int, after: bool = False) -> str:
        values = self._values(row, column, after).ravel().tolist()
        count = len(values)
        if count > LONGEST_WINDOW:
            values = [value for value in values if value != 0]
            if self.mode == "max" and len(values) < count:
                values.append(0)
            values = values or [0]
        exact = float(self.pooled(after)[row, column])
        result = f"{'=' if rounded(100 * exact) % 1 == 0 else '≈'} {number(exact, 2)}"
        if self.mode == "max":
            return f"max({', '.join(number(value) for value in values)}) {result}"
        if self.mode == "average":
            return f"({sum_text(values)}) / {count} {result}"
        return f"√({' + '.join(f'{factor(value)}²' for value in values)}) {result}"

    def _winner(self, row: int, column: int, after: bool) -> str:
        window = self._values(row, column, after)
        step, side_step = self._window()[1]
        best = np.argwhere(window == window.max())
        first = f"row {best[0][0] + row * step}, column {best[0][1] + column * side_step}"
        when = "After it" if after else "Before the shift"
        if len(best) == 1:
            return f"{when}, the winner is at {first}."
        return f"{when}, {len(best)} values tie; PyTorch takes the first of them, at {first}."

    def _verdict(self) -> str:
        before, after = (np.round(self.pooled(late), 4) for late in (False, True))
        if not any(self.shift):
            return "Nothing is shifted yet."
        left = ""
        if np.count_nonzero(self.field(after=True)) < np.count_nonzero(self.field()):
            left = " Part of the pattern has left the field."
        if np.array_equal(before, after):
            return f"No output notices the shift.{left}"
        move = self._move(before, after)
        if move:
            return f"The old outputs, moved {move}.{left}"
        return f"Not just moved: the values changed.{left}"

    def _move(self, before: np.ndarray, after: np.ndarray) -> str:
        step = self._window()[1]
        if any(by % each for by, each in zip(self.shift, step, strict=True)):
            return ""
        down, right = (by // each for by, each in zip(self.shift, step, strict=True))
        moved = np.zeros_like(before)
        for i, j in np.ndindex(before.shape):
            if 0 <= i - down < before.shape[0] and 0 <= j - right < before.shape[1]:
                moved[i, j] = before[i - down, j - right]
        if not np.array_equal(moved, after):
            return ""
        parts = [
            f"{abs(by)} {one if by > 0 else other}"
            for by, one, other in ((down, "down", "up"), (right, "right", "left"))
            if by
        ]
        return " and ".join(parts)


def _short_table(caption: str, values: np.ndarray) -> str:
    """Write a matrix with at most two decimals, as the figure's cells show it."""
    shown = [[rounded(value, 2) for value in row] for row in values.tolist()]
    return number_table(caption, shown)
