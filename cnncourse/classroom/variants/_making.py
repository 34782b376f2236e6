"""Graded tasks made from the text of their solution: mistakes, planted bugs, and worked examples.

A right program and the mistakes that people make in it differ in a line or two. So a variant is
written down as one text; a mistake and a planted bug are changes of it, and the stub, the prompt's
worked example and the wrong answers follow. Variants of one family that differ in several lines
share a `Program`, a text with a `$place` for each part that may be another one.
"""

from __future__ import annotations

import inspect
import re
import string
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnncourse.exercises._given import function_from
from cnncourse.exercises._rendering import beside, number, text_grid
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = [
    "CODE",
    "GRIDS",
    "Change",
    "Edit",
    "Mistake",
    "Program",
    "Style",
    "code_example",
    "edited",
    "grid_example",
    "mistake",
    "variant",
]

Edit = tuple[str, str]
"""A piece of a text that occurs once, and what stands in its place."""

Change = Edit | tuple[Edit, ...] | Mapping[str, str] | Callable[..., Any]
"""What makes a program wrong: an edit, several edits together, other text at some of its places, or
another function altogether."""

_PLACE = re.compile(r"^( *)\$(\w+)$", re.MULTILINE)
"""A place that has a line for itself."""

_WHOLE = re.compile(r"`[^`]*`|\b\w+ [+−/·×] \w+\b|\*\*.+?\*\*")
"""What a line of a prompt is not broken in: code, sums such as m + 2, and what is bold."""


@dataclass(frozen=True)
class Mistake:
    """A misconception, before it is known of which program.

    Parameters
    ----------
    name, hint : str
        As in :class:`~cnncourse.exercises.engine.Misconception`.
    changes : tuple of Change
        The ways to make it; each alone makes it.
    """

    name: str
    hint: str
    changes: tuple[Change, ...]


def mistake(name: str, hint: str, *changes: Change) -> Mistake:
    """Return a mistake that each of some changes makes.

    Parameters
    ----------
    name, hint : str
        As in :class:`~cnncourse.exercises.engine.Misconception`.
    *changes : Change
        The ways to make it. Edits that make it only together stand in a tuple.

    Returns
    -------
    Mistake

    Examples
    --------
    >>> mistake("doubles", "You take it twice.", ("n", "2 * n"), lambda n: n + n).changes[0]
    ('n', '2 * n')
    """
    return Mistake(name, hint, changes)


def edited(source: str, *edits: Edit) -> str:
    """Replace pieces of a text, one after the other.

    Parameters
    ----------
    source : str
        The text.
    *edits : tuple of (old, new)
        What is replaced, and by what.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a piece does not occur exactly once: then the edit would do nothing, or too much.

    Examples
    --------
    >>> edited("H - kh + 1", ("kh", "kw"), (" + 1", ""))
    'H - kw'
    """
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} occurs {source.count(old)} times, not once, in\n{source}")
        source = source.replace(old, new)
    return source


@dataclass(frozen=True)
class Program:
    r"""A function's text, with a `$place` for each part that may be another one.

    A place that has a line for itself may take several lines, or none. A text may also have no
    places at all.

    Parameters
    ----------
    text : str
        The function, with its places.
    parts : mapping of str to str, optional
        What stands at each place.

    Examples
    --------
    >>> double = Program("def double(n):\n    $before\n    return $factor * n\n",
    ...                  {"before": "", "factor": "2"})
    >>> print(double.source(factor="3"), end="")
    def double(n):
        return 3 * n
    >>> double.function()(4)
    8
    """

    text: str
    parts: Mapping[str, str] = field(default_factory=dict)

    def but(self, **parts: str) -> Program:
        """Return the program with other text at some places.

        Parameters
        ----------
        **parts : str
            The places by name, and what stands there.

        Returns
        -------
        Program

        Raises
        ------
        ValueError
            If the program has no such place.

        Examples
        --------
        >>> Program("return x $sign y", {"sign": "+"}).but(sign="-").source()
        'return x - y'
        """
        unknown = set(parts) - set(re.findall(r"\$(\w+)", self.text))
        if unknown:
            raise ValueError(f"the program has no place ${unknown.pop()}")
        return Program(self.text, {**self.parts, **parts})

    def source(self, **parts: str) -> str:
        r"""Return the text, with other text at some places, given as in `but`.

        Examples
        --------
        >>> Program("$before\nreturn x", {"before": ""}).source(before="x = 1\ny = 2")
        'x = 1\ny = 2\nreturn x'
        """
        filled = self.but(**parts).parts

        def lines(match: re.Match[str]) -> str:
            return textwrap.indent(filled[match[2]], match[1]) or "$gone"

        text = _PLACE.sub(lines, self.text).replace("$gone\n", "")
        return string.Template(text).substitute(filled)

    def function(self, **parts: str) -> Callable[..., Any]:
        r"""Return the function, with other text at some places, given as in `but`.

        Examples
        --------
        >>> Program("def double(n):\n    return $n * n", {"n": "2"}).function(n="3")(4)
        12
        """
        return function_from(self.source(**parts))

    def changed(self, change: Change) -> str:
        r"""Return the text after edits, or with other text at some places.

        Parameters
        ----------
        change : Edit, tuple of Edit or mapping
            An edit must hit exactly once in the text whose places are filled.

        Returns
        -------
        str

        Raises
        ------
        TypeError
            If the change is another function, which has no text here.

        Examples
        --------
        >>> double = Program("def double(n):\n    return $factor * n\n", {"factor": "2"})
        >>> double.changed({"factor": "3"}) == double.changed(("2", "3"))
        True
        """
        if isinstance(change, Mapping):
            return self.source(**change)
        if not isinstance(change, tuple):
            raise TypeError(f"change: edits or places of the program are needed, not {change!r}")
        return edited(self.source(), *_edits(change))

    def stub(self) -> str:
        r"""Return the head, the summary and three dots.

        Examples
        --------
        >>> print(Program("def one():\n    'Return one.'\n    return 1\n").stub(), end="")
        def one():
            'Return one.'
            ...
        """
        return "".join(self.source().splitlines(keepends=True)[:2]) + "    ...\n"


def _edits(change: Edit | tuple[Edit, ...]) -> tuple[Edit, ...]:
    return (change,) if isinstance(change[0], str) else change


def code_example(function: Callable[..., Any], arguments: Sequence[Any]) -> str:
    """Show a call and its result as lines of code that can be run.

    Parameters
    ----------
    function : callable
        What is called; its arguments are numbers, tuples or arrays of any shape.
    arguments : sequence
        What it is called with.

    Returns
    -------
    str
        Markdown. Results are rounded to three decimal places, and where that changes one it says
        so.

    Examples
    --------
    >>> def total(x, bias):
    ...     return x.sum() + bias
    >>> print(code_example(total, (np.array([[1, 2]]), 3)))
    For example:
    <BLANKLINE>
    ```python
    x = np.array([[1, 2]])
    total(x, 3)  # 6
    ```
    >>> def part(n, m):
    ...     return n / m
    >>> print(code_example(part, (2, 3)))
    For example, rounded to three decimal places:
    <BLANKLINE>
    ```python
    part(2, 3)  # 0.667
    ```
    """
    names = inspect.signature(function).parameters
    lines, shown = [], []
    for name, value in zip(names, arguments, strict=True):
        if isinstance(value, np.ndarray):
            kind = ", dtype=float)" if value.dtype == np.float64 else ")"
            lines.append(_hanging(f"{name} = np.array(", value) + kind)
            shown.append(name)
        else:
            shown.append(repr(value))
    call = f"{function.__name__}({', '.join(shown)})"
    returned = function(*arguments)
    result = _hanging(f"{call}  # ", returned)
    if "\n" in result:
        result = f"{call}\n" + _hanging("# ", returned).replace("\n ", "\n#")
    exact = np.asarray(returned, dtype=float)
    rounded = not np.allclose(exact, exact.round(3), rtol=0, atol=1e-9, equal_nan=True)
    how = ", rounded to three decimal places" * rounded
    return "For example{}:\n\n```python\n{}\n```".format(how, "\n".join([*lines, result]))


def _hanging(before: str, value: Any) -> str:
    """Return a number or an array behind a text, in one line if it is short."""
    rounded = np.round(np.asarray(value, dtype=float), 3) + 0.0
    whole = bool((rounded == rounded.round()).all())
    array = rounded.astype(int) if whole else rounded
    return before + _broken(array, len(before))


def _broken(array: np.ndarray, indent: int) -> str:
    """Return an array as nested lists, in one line if it fits, else in a line for each part."""
    text = str(array.tolist())
    if indent + len(text) <= 88 or array.ndim < 2:
        return text
    if array.ndim == 2:
        return np.array2string(array, separator=", ", max_line_width=200, prefix=" " * indent)
    parts = [_broken(part, indent + 1) for part in array]
    return "[" + (",\n" + " " * (indent + 1)).join(parts) + "]"


def grid_example(function: Callable[..., Any], arguments: Sequence[Any]) -> str:
    r"""Show a call and what comes back in words and as grids of numbers.

    Parameters
    ----------
    function : callable
        What is called; its arguments are numbers, tuples or arrays of at most two axes.
    arguments : sequence
        What it is called with.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> def last_place(size, kernel_size):
    ...     return size - kernel_size
    >>> grid_example(last_place, (5, 3))
    'For example, `last_place(5, 3)` returns `2`.'
    >>> def upside_down(x):
    ...     return x[::-1]
    >>> print(grid_example(upside_down, [np.array([[1, 2], [3, 4]])]))
    For example, `upside_down(x)` with
    <BLANKLINE>
    ```text
    x       returns
     1 2     3 4
     3 4     1 2
    ```
    """
    names = inspect.signature(function).parameters
    texts, blocks = [], []
    for name, argument in zip(names, arguments, strict=True):
        if isinstance(argument, np.ndarray):
            texts.append(name)
            blocks.append(text_grid(name, argument))
        else:
            texts.append(str(argument))
    call = f"`{function.__name__}({', '.join(texts)})`"
    returned = np.asarray(function(*arguments))
    if blocks:
        shown = beside([*blocks, text_grid("returns", returned)])
        return f"For example, {call} with\n\n```text\n{shown}\n```"
    listed = ", ".join(number(value) for value in returned.ravel().tolist())
    if returned.ndim == 0:
        return f"For example, {call} returns `{listed}`."
    if returned.ndim == 1:
        return f"For example, {call} returns `[{listed}]`."
    shown = "\n".join(text_grid("", returned)[1:])
    return f"For example, {call} returns\n\n```text\n{shown}\n```"


@dataclass(frozen=True)
class Style:
    r"""How a prompt is set.

    Parameters
    ----------
    example : callable
        `example(function, arguments)` returns the worked example, as Markdown.
    width : int, optional
        The longest line, in characters.

    Examples
    --------
    >>> style = Style(grid_example, width=40)
    >>> print(style.filled("Write `twice(n)`,\nwhich returns **twice `n`**.\n\n- Use no loop."))
    Write `twice(n)`, which returns
    **twice `n`**.
    <BLANKLINE>
    - Use no loop.
    """

    example: Callable[[Callable[..., Any], Sequence[Any]], str]
    width: int = 100

    def filled(self, text: str) -> str:
        """Return a text with its paragraphs set in lines; lists and fenced code stay as they are.

        Parameters
        ----------
        text : str
            Markdown, with empty lines between its paragraphs.

        Returns
        -------
        str
        """
        parts = []
        for part in text.strip().split("\n\n"):
            if not any(line.startswith(("- ", "```", " ")) for line in part.splitlines()):
                held = _WHOLE.sub(lambda span: span[0].replace(" ", "\0"), " ".join(part.split()))
                lines = textwrap.fill(
                    held, self.width, break_long_words=False, break_on_hyphens=False
                )
                part = lines.replace("\0", " ")
            parts.append(part)
        return "\n\n".join(parts)


CODE = Style(code_example)
"""The worked example is code."""

GRIDS = Style(grid_example, width=96)
"""The worked example shows pictures as grids of numbers."""


def variant(
    source: Program | str,
    *,
    name: str,
    title: str,
    prompt: str,
    inputs: Callable[[np.random.Generator], Iterable[tuple[Any, ...]]],
    mistakes: Iterable[Mistake],
    success: str,
    stars: int = 2,
    planted: str | Change = (),
    still: str = "",
    without: Collection[str] = (),
    shown: int | tuple[Any, ...] = 0,
    style: Style = CODE,
    seed: int = 0,
) -> Exercise:
    r"""Make the task whose solution is a text.

    Parameters
    ----------
    source : Program or str
        The solution, in NumPy alone: one function with a docstring of one line.
    name, title, inputs, success, stars, seed
        As in :class:`~cnncourse.exercises.engine.Exercise`.
    prompt : str
        The task; a worked example follows it.
    mistakes : iterable of Mistake
        What students may do in its place. Other text at a place that makes the solution itself, or
        the stub, is no mistake here and left out: so variants share those of their family.
    planted : str or Change, optional
        The bug that the stub has: a change of the solution, or the name of one of the mistakes,
        which is then no other one. Without it the stub is empty.
    still : str, optional
        What is said of an answer that has the planted bug; if the bug is one of the mistakes, its
        hint is told.
    without : collection of str, optional
        Names of shared mistakes that are none in this variant.
    shown : int or tuple, optional
        The arguments of the worked example; or which of the inputs, drawn with another seed than
        the answers are tried on.
    style : Style, optional
        How the prompt and its example are set.

    Returns
    -------
    Exercise

    Raises
    ------
    ValueError
        If an edit does not hit exactly once, or a place is not there.

    Examples
    --------
    >>> exercise = variant(
    ...     "def places(size):\n    'Count the places.'\n    return size - 2\n",
    ...     name="places", title="Places", prompt="Mend `places(size)`.",
    ...     inputs=lambda rng: [(size,) for size in (3, 5, 8)],
    ...     mistakes=[mistake("counts-pixels", "You count pixels.", (" - 2", ""))],
    ...     planted=("- 2", "- 3"), still="One place is lost.", success="As it should be.")
    >>> print(exercise.stub, end="")
    def places(size):
        'Count the places.'
        return size - 3
    >>> [(found.name, found.wrong[0](8)) for found in exercise.misconceptions]
    [('left-as-it-is', 5), ('counts-pixels', 8)]
    """
    program = Program(source) if isinstance(source, str) else source
    solution, stub = program.source(), program.stub()
    mistakes = [each for each in mistakes if each.name not in without]
    misconceptions = []
    if planted:
        if isinstance(planted, str):
            bug = next(each for each in mistakes if each.name == planted)
            mistakes = [each for each in mistakes if each.name != planted]
            planted, still = bug.changes[0], f"The planted bug is still in it. {bug.hint}"
        stub = program.changed(planted)
        misconceptions.append(Misconception("left-as-it-is", still, [function_from(stub)]))
    for each in mistakes:
        wrong = []
        for change in each.changes:
            if callable(change):
                wrong.append(change)
                continue
            text = program.changed(change)
            if not (isinstance(change, Mapping) and text in (solution, stub)):
                wrong.append(function_from(text))
        if wrong:
            misconceptions.append(Misconception(each.name, each.hint, wrong))
    reference = program.function()
    example = list(inputs(np.random.default_rng(2027)))[shown] if isinstance(shown, int) else shown
    text = style.filled(f"{prompt.strip()}\n\n{style.example(reference, example)}")
    return Exercise(
        name=name,
        title=title,
        stars=stars,
        prompt=f"\n{text}\n",
        stub=stub,
        source=solution,
        reference=reference,
        inputs=inputs,
        misconceptions=tuple(misconceptions),
        success=success,
        seed=seed,
    )
