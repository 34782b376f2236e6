"""What modules of variants share: worked examples, and answers made by editing a text."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cnncourse.exercises._given import function_from
from cnncourse.exercises._rendering import beside, number, text_grid
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = ["Edit", "Mistake", "answer", "edited", "mistakes", "prompt", "task", "worked_example"]

Edit = tuple[str, str]
"""A piece of a text, and what takes its place."""

Mistake = tuple[str, str, *tuple[tuple[Edit, ...], ...]]
"""A misconception's name, its hint, and for each of its answers the edits that make it."""


def edited(source: str, *edits: Edit) -> str:
    """Replace pieces of a text, one after the other, each wherever it occurs.

    Raises
    ------
    ValueError
        If a piece is not there: the mistake that it should plant would be none.

    Examples
    --------
    >>> edited("H - kh + 1", ("kh", "kw"), (" + 1", ""))
    'H - kw'
    """
    for old, new in edits:
        if old not in source:
            raise ValueError(f"edited: {old!r} does not occur in the text\n{source}")
        source = source.replace(old, new)
    return source


def answer(source: str, *edits: Edit) -> Callable[..., Any]:
    r"""Make the function that a text defines once it is edited.

    Examples
    --------
    >>> answer("def places(size):\n    return size - 2\n", ("- 2", "- 3"))(10)
    7
    """
    return function_from(edited(source, *edits))


def mistakes(source: str, *listed: Mistake) -> tuple[Misconception, ...]:
    r"""Make misconceptions by editing a solution.

    Examples
    --------
    >>> source = "def places(size):\n    return size - 2\n"
    >>> [found] = mistakes(source, ("forgets-the-window", "You count pixels.", ((" - 2", ""),)))
    >>> found.name, found.wrong[0](10)
    ('forgets-the-window', 10)
    """
    return tuple(
        Misconception(name, hint, [answer(source, *edits) for edits in ways])
        for name, hint, *ways in listed
    )


def task(
    *,
    name: str,
    title: str,
    stars: int,
    paragraphs: tuple[str, ...],
    example: tuple[Any, ...],
    source: str,
    inputs: Callable[[np.random.Generator], Iterable[tuple[Any, ...]]],
    misconceptions: tuple[Misconception, ...],
    success: str,
    planted: tuple[Edit, ...] = (),
    still: str = "",
    seed: int = 0,
) -> Exercise:
    """Make an exercise from its solution's text.

    Parameters
    ----------
    paragraphs : tuple of str
        The task; a worked example follows them.
    example : tuple
        The arguments of that example.
    source : str
        The solution.
    planted : tuple of (old, new), optional
        The edits of the solution that plant the bug to be mended. Without them the stub is the
        solution's first lines and `...`.
    still : str, optional
        What is said of an answer that still has the planted bug.
    name, title, stars, inputs, misconceptions, success, seed
        As in :class:`~cnncourse.exercises.engine.Exercise`.
    """
    reference = function_from(source)
    if planted:
        stub = edited(source, *planted)
        hint = f"This still does what the planted bug does. {still}"
        misconceptions = (
            Misconception("left-as-it-is", hint, [function_from(stub)]),
            *misconceptions,
        )
    else:
        stub = "".join(line + "\n" for line in [*source.splitlines()[:2], "    ..."])
    return Exercise(
        name=name,
        title=title,
        stars=stars,
        prompt=prompt(*paragraphs, worked_example(reference, *example)),
        stub=stub,
        source=source,
        reference=reference,
        inputs=inputs,
        seed=seed,
        misconceptions=misconceptions,
        success=success,
    )


def prompt(*paragraphs: str) -> str:
    r"""Set paragraphs in lines, without a break inside code or bold; fenced code stays as it is.

    Examples
    --------
    >>> print(prompt("Write `twice(n)`,\nwhich returns **twice `n`**.", "```text\n1  2\n```"))
    <BLANKLINE>
    Write `twice(n)`, which returns **twice `n`**.
    <BLANKLINE>
    ```text
    1  2
    ```
    <BLANKLINE>
    """
    blocks = []
    for paragraph in "\n\n".join(paragraphs).split("\n\n"):
        if not paragraph.startswith("```"):
            together = re.sub(
                r"`[^`]+`|\*\*.+?\*\*",
                lambda span: re.sub(r"\s+", "\0", span[0]),
                " ".join(paragraph.split()),
            )
            lines = textwrap.fill(together, 96, break_long_words=False, break_on_hyphens=False)
            paragraph = lines.replace("\0", " ")
        blocks.append(paragraph)
    return "\n{}\n".format("\n\n".join(blocks))


def worked_example(function: Callable[..., Any], *arguments: Any) -> str:
    r"""Show a call and what comes back, as plain Markdown.

    Examples
    --------
    >>> def last_place(size, kernel_size):
    ...     return size - kernel_size
    >>> worked_example(last_place, 5, 3)
    'For example, `last_place(5, 3)` returns `2`.'
    >>> def upside_down(x):
    ...     return x[::-1]
    >>> print(worked_example(upside_down, np.array([[1, 2], [3, 4]])))
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
