"""Programs with places: a graded task's solution, its planted bug and its wrong answers.

A variant's right program and the mistakes that people make in it differ in a line or two. So a
family writes its program once, with a `$place` for everything that a variant or a mistake changes.
"""

from __future__ import annotations

import re
import string
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnncourse.classroom.variants._edits import written_call
from cnncourse.exercises._given import function_from
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = ["Mistake", "Program", "mistake", "variant"]

Change = Mapping[str, str] | Callable[..., Any]
"""What makes a program wrong: other text at some of its places, or another function altogether."""

TIED = re.compile(r"`[^`]*`|\b\w+ [+−/·×] \w+\b")
"""What a line of a prompt is not broken in: code, and sums such as m + 2."""

PLACE = re.compile(r"^( *)\$(\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Mistake:
    """A misconception of a program, before it is known which program."""

    name: str
    hint: str
    changes: tuple[Change, ...]


def mistake(name: str, hint: str, *changes: Change) -> Mistake:
    """Return a mistake that one or more changes make."""
    return Mistake(name, hint, changes)


@dataclass(frozen=True)
class Program:
    r"""A function's text with a `$place` for each part that may be another one.

    A place that has a line for itself may take several lines, or none.

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
    parts: Mapping[str, str]

    def but(self, **parts: str) -> Program:
        """Return the program with other text at some places."""
        unknown = set(parts) - set(re.findall(r"\$(\w+)", self.text))
        if unknown:
            raise ValueError(f"the program has no place ${unknown.pop()}")
        return Program(self.text, {**self.parts, **parts})

    def source(self, **parts: str) -> str:
        """Return the text, with other text at some places."""
        filled = self.but(**parts).parts

        def lines(match: re.Match[str]) -> str:
            return textwrap.indent(filled[match[2]], match[1]) or "$gone"

        text = PLACE.sub(lines, self.text).replace("$gone\n", "")
        return string.Template(text).substitute(filled)

    def function(self, **parts: str) -> Callable[..., Any]:
        """Return the function, with other text at some places."""
        return function_from(self.source(**parts))

    def stub(self) -> str:
        """Return the head, the summary and three dots."""
        return "".join(self.source().splitlines(keepends=True)[:2]) + "    ...\n"


def _wrapped(prompt: str) -> str:
    """Return a prompt's paragraphs in lines of equal width; code and formulas stay in one piece."""

    def tied(match: re.Match[str]) -> str:
        return re.sub(r"\s+", "\0", match[0])

    return "\n\n".join(
        paragraph
        if paragraph.startswith("```")
        else textwrap.fill(TIED.sub(tied, paragraph), 100).replace("\0", " ")
        for paragraph in prompt.strip().split("\n\n")
    )


def variant(
    program: Program,
    *,
    name: str,
    title: str,
    stars: int,
    prompt: str,
    inputs: Callable[[np.random.Generator], Iterable[tuple[Any, ...]]],
    mistakes: Sequence[Mistake],
    success: str,
    bug: Mapping[str, str] | None = None,
    bug_hint: str = "",
    without: Collection[str] = (),
    shown: int | tuple[Any, ...] = 0,
    seed: int = 0,
) -> Exercise:
    """Return the exercise whose right answer is a program.

    Parameters
    ----------
    program : Program
        Its source is the solution.
    bug : mapping, optional
        The parts that make the stub of a task of repair, and `bug_hint` what is said where it was
        left as it is. Without it, the stub is empty.
    mistakes : sequence of Mistake
        Of the family and of this variant. A change that makes the right program, or the one with
        the planted bug, is none here.
    without : collection of str
        Names of the family's mistakes that are none in this variant.
    shown : int or tuple, optional
        The arguments of the prompt's worked example; or which of the inputs, drawn with another
        seed than the answers are tried on.

    The other parameters are those of :class:`~cnncourse.exercises.engine.Exercise`.
    """
    stub = program.stub() if bug is None else program.source(**bug)
    known = {program.source(), stub}
    misconceptions = []
    if bug is not None:
        misconceptions.append(Misconception("left-as-it-is", bug_hint, [function_from(stub)]))
    for each in mistakes:
        wrong = [
            change if callable(change) else program.function(**change)
            for change in each.changes
            if callable(change) or program.source(**change) not in known
        ]
        if wrong and each.name not in without:
            misconceptions.append(Misconception(each.name, each.hint, wrong))
    example = list(inputs(np.random.default_rng(2027)))[shown] if isinstance(shown, int) else shown
    call = written_call(program.function(), example)
    return Exercise(
        name=name,
        title=title,
        stars=stars,
        prompt=f"\n{_wrapped(prompt)}\n\nFor example:\n\n```python\n{call}\n```\n",
        stub=stub,
        reference=program.function(),
        source=program.source(),
        inputs=inputs,
        misconceptions=tuple(misconceptions),
        success=success,
        seed=seed,
    )
