"""Variants made from the text of their solution: the stub, and mistakes as edits of it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnncourse.exercises._given import function_from
from cnncourse.exercises.engine import Exercise, Misconception

Edit = tuple[str, str]
"""A piece of the solution that occurs once, and what stands in its place."""


@dataclass(frozen=True)
class Mistake:
    """A misconception as edits of a solution's text.

    Parameters
    ----------
    name, hint : str
        As in :class:`~cnncourse.exercises.engine.Misconception`.
    ways : tuple of tuple of (old, new)
        One or more ways to make it; each is a series of edits.
    """

    name: str
    hint: str
    ways: tuple[tuple[Edit, ...], ...]


def mistake(name: str, hint: str, *edits: Edit) -> Mistake:
    """Return a mistake that all these edits together make."""
    return Mistake(name, hint, (edits,))


def edited(source: str, edits: Sequence[Edit]) -> str:
    """Return a text with some pieces replaced.

    Raises
    ------
    ValueError
        If a piece does not occur exactly once: then the edit would do nothing, or too much.

    Examples
    --------
    >>> edited("return x + 1", [("+", "-")])
    'return x - 1'
    """
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} occurs {source.count(old)} times, not once, in\n{source}")
        source = source.replace(old, new)
    return source


def written_call(function: Callable[..., Any], arguments: Sequence[Any]) -> str:
    """Return a call and its result as lines of code that can be run.

    Examples
    --------
    >>> def total(x, bias):
    ...     return x.sum() + bias
    >>> print(written_call(total, (np.array([[1, 2]]), 3)))
    x = np.array([[1, 2]])
    total(x, 3)  # 6
    """
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    lines, shown = [], []
    for name, value in zip(names, arguments, strict=True):
        if isinstance(value, np.ndarray):
            kind = ", dtype=float)" if value.dtype == np.float64 else ")"
            lines.append(_hanging(f"{name} = np.array(", value) + kind)
            shown.append(name)
        else:
            shown.append(repr(value))
    call = f"{function.__name__}({', '.join(shown)})"
    beside = _hanging(f"{call}  # ", function(*arguments))
    if "\n" in beside:
        beside = f"{call}\n" + _hanging("# ", function(*arguments)).replace("\n ", "\n#")
    return "\n".join([*lines, beside])


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


def _filled(prompt: str) -> str:
    """Return a text with the lines of its paragraphs filled; code and lists stay as they are."""
    parts = []
    for part in prompt.strip().split("\n\n"):
        lines = part.splitlines()
        if not any(line.startswith(("- ", "```", " ")) for line in lines):
            # Code and what is bold stay on one line.
            held = re.sub(
                r"`[^`]*`|\*\*[^*]*\*\*", lambda m: m[0].replace(" ", "\0"), " ".join(lines)
            )
            part = textwrap.fill(held, 100, break_long_words=False, break_on_hyphens=False)
        parts.append(part.replace("\0", " "))
    return "\n\n".join(parts)


def variant(
    *,
    name: str,
    title: str,
    prompt: str,
    source: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple[Any, ...]]],
    mistakes: Sequence[Mistake],
    success: str,
    stars: int = 2,
    planted: str = "",
    shown: int | tuple[Any, ...] = 1,
    seed: int = 0,
) -> Exercise:
    """Return the task that a solution's text makes.

    Parameters
    ----------
    name, title, prompt, inputs, success, stars, seed
        As in :class:`~cnncourse.exercises.engine.Exercise`.
    source : str
        A solution in NumPy alone: one function with a docstring of one line.
    mistakes : sequence of Mistake
        What students may do in its place.
    planted : str, optional
        The name of the mistake that the stub makes; without it, the stub is empty.
    shown : int or tuple, optional
        The arguments of the worked example; or which of the inputs, drawn with another seed than
        the answers are tried on.
    """
    reference = function_from(source)
    found = [
        Misconception(
            each.name, each.hint, [function_from(edited(source, way)) for way in each.ways]
        )
        for each in mistakes
        if each.name != planted
    ]
    stub = "".join(source.splitlines(keepends=True)[:2]) + "    ...\n"
    if planted:
        bug = next(each for each in mistakes if each.name == planted)
        stub = edited(source, bug.ways[0])
        hint = f"The planted bug is still in it. {bug.hint}"
        found.insert(0, Misconception("left-as-it-is", hint, [function_from(stub)]))
    example = list(inputs(np.random.default_rng(2027)))[shown] if isinstance(shown, int) else shown
    call = written_call(reference, example)
    exact = np.asarray(reference(*example), dtype=float)
    rounded = (
        "" if np.allclose(exact, exact.round(3), atol=1e-9) else ", rounded to three decimal places"
    )
    return Exercise(
        name=name,
        title=title,
        stars=stars,
        prompt=f"\n{_filled(prompt)}\n\nFor example{rounded}:\n\n```python\n{call}\n```\n",
        stub=stub,
        source=source,
        reference=reference,
        inputs=inputs,
        misconceptions=found,
        success=success,
        seed=seed,
    )
