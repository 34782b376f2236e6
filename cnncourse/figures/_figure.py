"""What every interactive figure shares: settings that are checked, and three ways to be shown."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from cnncourse._integers import choice, describe, flag, integer

STATIC = Path(__file__).parent / "static"

Check = Callable[[str, str, Any], Any]
Matrix = list[list[float]]


class Setting(traitlets.TraitType):
    """A part of a figure's spec: plain JSON data, synced with the page, checked by a function.

    Parameters
    ----------
    default : plain JSON data
        Copied for every figure.
    check : callable
        ``check(figure, name, value)`` returns the cleaned value, or raises a TypeError or
        ValueError that names the figure and the argument.
    """

    def __init__(self, default: Any, check: Check) -> None:
        super().__init__(default_value=default)
        self.check = check
        self.tag(sync=True, spec=True)

    def default(self, obj: Any = None) -> Any:
        """Return the figure's own copy of the default."""
        return copy.deepcopy(self.default_value)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value as plain data, or raise."""
        return self.check(type(obj).__name__, self.name or "", value)


class Figure(anywidget.AnyWidget):
    """An interactive figure, which also reads as tables and sentences.

    Subclasses set `figure` (the name of the JavaScript module), declare each setting as a
    `Setting`, and write `reading`.

    Parameters
    ----------
    caption : str
        Shown below the figure, in every home.
    **settings
        The settings of the figure; each is an attribute, too, and changes in the page arrive here.

    Raises
    ------
    TypeError
        If there is no setting of that name, or its value is of the wrong kind.
    ValueError
        If a value cannot be drawn.
    """

    _esm = STATIC / "figures.js"
    _css = STATIC / "figures.css"

    figure = traitlets.Unicode(read_only=True).tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        known = {*self.setting_names(), "caption", "layout"}
        for name in settings:
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__}: there is no setting {name!r}; "
                    f"there are {', '.join(sorted(known - {'layout'}))}"
                )
        super().__init__(**settings)

    @classmethod
    def setting_names(cls) -> list[str]:
        """Return the names of the settings, in the order in which the class declares them."""
        declared: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            for name, value in vars(base).items():
                if isinstance(value, traitlets.TraitType) and value.metadata.get("spec"):
                    declared[name] = None
        return list(declared)

    def spec(self) -> dict[str, Any]:
        """Return the settings as plain JSON data: what the page needs to draw the figure."""
        return {name: getattr(self, name) for name in self.setting_names()}

    def reading(self) -> str:
        """Return the HTML that says everything the figure shows before it is touched."""
        raise NotImplementedError

    def html(self) -> str:
        """Return the figure for a page without a kernel: its spec, its reading, its caption."""
        # In a script element only "<" could end the data too early; JSON can write it otherwise.
        spec = json.dumps(self.spec(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        caption = f"<figcaption>{escape(self.caption)}</figcaption>\n" if self.caption else ""
        return (
            f'<figure class="cnn-figure" data-figure="{self.figure}">\n'
            f'<script type="application/json">{spec.replace("<", chr(92) + "u003c")}</script>\n'
            '<div class="cnn-reading">\n'
            '<p class="cnn-note"><em>Run this cell to make the figure live.</em></p>\n'
            f"{self.reading()}\n"
            "</div>\n"
            f"{caption}"
            "</figure>"
        )

    def __repr__(self) -> str:
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name in self.setting_names()
            if getattr(self, name) != self.traits()[name].default_value
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self.html()}, metadata


class LargeFigure(Figure):
    """A figure that is large, or that few chapters show: its script is one of its own.

    A page loads it when it holds such a figure (js/src/registry-large.js lists them).
    """

    _esm = STATIC / "figures-large.js"
    _css = STATIC / "figures-large.css"


def matrix(largest_side: int, largest_value: float = 99) -> Check:
    """Return a check for matrices of printable numbers, given as lists or as an array.

    At most two decimals: more do not fit a cell, and rounding them would show wrong sums.
    """

    def check(figure: str, name: str, value: Any) -> Matrix:
        try:
            array = np.asarray(value)
            if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
                raise TypeError
            array = array.astype(np.float64, casting="same_kind")
        except (TypeError, ValueError):
            raise TypeError(
                f"{figure}: {name} must be a matrix of numbers, all rows equally long, "
                f"got {describe(value)}"
            ) from None
        if array.ndim != 2 or not 1 <= min(array.shape) <= max(array.shape) <= largest_side:
            raise ValueError(
                f"{figure}: {name} must be a matrix of 1 to {largest_side} rows and columns, "
                f"got shape {array.shape}"
            )
        if not np.isfinite(array).all() or abs(array).max() > largest_value:
            raise ValueError(
                f"{figure}: {name} must hold numbers from −{largest_value} to {largest_value}, "
                f"got {describe(value)}"
            )
        if not np.array_equal(array.round(2), array):
            raise ValueError(
                f"{figure}: {name} must hold numbers with at most two decimals, "
                f"got {describe(value)}"
            )
        return [[plain(item) for item in row] for row in array.tolist()]

    return check


def whole(low: int, high: int) -> Check:
    """Return a check for integers from `low` to `high`."""

    def check(figure: str, name: str, value: Any) -> int:
        number = integer(figure, name, value, low)
        if number > high:
            raise ValueError(f"{figure}: {name} must be at most {high}, got {number}")
        return number

    return check


def one_of(*choices: str) -> Check:
    """Return a check for a text out of a few."""

    def check(figure: str, name: str, value: Any) -> str:
        return choice(figure, name, value, choices)

    return check


def some_of(*choices: str) -> Check:
    """Return a check for a list of texts, each out of a few."""

    def check(figure: str, name: str, value: Any) -> list[str]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise TypeError(f"{figure}: {name} must be a list of texts, got {describe(value)}")
        return [choice(figure, f"{name}[{i}]", item, choices) for i, item in enumerate(value)]

    return check


def place(figure: str, name: str, value: Any) -> list[int]:
    """Check a place in a matrix, `[row, column]`, counted from zero."""
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise TypeError(f"{figure}: {name} must be a pair [row, column], got {describe(value)}")
    return [integer(figure, f"{name}[{i}]", item) for i, item in enumerate(value)]


truth: Check = flag


def plain(value: float) -> float:
    """Return an int where the number is whole, and never −0.

    >>> plain(2.0), plain(0.5), plain(-0.0)
    (2, 0.5, 0)
    """
    return int(value) if float(value).is_integer() else float(value)


def rounded(value: float, digits: int = 4) -> float:
    """Return the number as the figures show it: half away from zero upward, as JavaScript rounds.

    >>> rounded(0.1 * 3), rounded(2.00005), rounded(-4.0)
    (0.3, 2.0001, -4)
    """
    factor = 10**digits
    return plain(math.floor(value * factor + 0.5) / factor)


def number(value: float, digits: int = 4) -> str:
    """Write a number with a true minus sign and no needless zeros.

    >>> number(-4.0), number(0.25)
    ('−4', '0.25')
    """
    value = rounded(value, digits)
    text = str(abs(value))
    return f"−{text}" if value < 0 else text


def factor(value: float) -> str:
    """Write a factor of a product: a negative one in brackets.

    >>> factor(-2)
    '(−2)'
    """
    return f"({number(value)})" if value < 0 else number(value)


def sum_text(values: Iterable[float]) -> str:
    """Write a sum of numbers with the sign before each.

    >>> sum_text([1, -6, 2])
    '1 − 6 + 2'
    """
    text = ""
    for value in values:
        sign = "−" if value < 0 else "+"
        text += f" {sign} {number(abs(value))}" if text else number(value)
    return text


def table(
    caption: str,
    cells: Sequence[Sequence[str]],
    row_heads: Sequence[str] = (),
    column_heads: Sequence[str] = (),
) -> str:
    """Write a captioned HTML table; with heads it can be read by row and column.

    >>> print(table("Kernel", [["1", "0"]]))
    <table>
    <caption>Kernel</caption>
    <tbody>
    <tr><td>1</td><td>0</td></tr>
    </tbody>
    </table>
    """
    lines = ["<table>", f"<caption>{escape(caption)}</caption>"]
    if column_heads:
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in column_heads)
        corner = "<td></td>" if row_heads else ""
        lines += ["<thead>", f"<tr>{corner}{heads}</tr>", "</thead>"]
    lines.append("<tbody>")
    for index, row in enumerate(cells):
        head = f'<th scope="row">{escape(row_heads[index])}</th>' if row_heads else ""
        lines.append(f"<tr>{head}{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>")
    lines += ["</tbody>", "</table>"]
    return "\n".join(lines)


def number_table(caption: str, values: Iterable[Iterable[float]]) -> str:
    """Write a matrix of numbers as a captioned HTML table."""
    return table(caption, [[number(value) for value in row] for row in values])


def paragraph(text: str) -> str:
    """Write one paragraph.

    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    return f"<p>{escape(text, quote=False)}</p>"
