"""Graded questions come in variants: another task of the same skills for another seed.

The chapters' exercises are published with their solutions. So a graded question is a `Family` of
tasks that examine the same skills: another convention, axis, border rule, geometry or planted bug,
each with a prompt, a reference and misconceptions of its own. A seed picks one of them.

What no test can judge, such as a choice and its reasons, is a `Written` question: a person reads
the answer and gives points line by line of a rubric that the students see beforehand.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from cnncourse.exercises._given import function_from
from cnncourse.exercises.engine import Exercise

__all__ = ["Family", "Written", "visible_cases"]

VISIBLE = 2
"""How many examples students see, if these tell the stub from a right answer."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """A graded question in several variants.

    Parameters
    ----------
    name : str
        The same for all variants, in snake_case: gradebook and report count by it.
    skills : str
        What it examines, as one sentence for instructors.
    points : int
        For a right answer; one of them is given by the tests that students see.
    variants : tuple of Exercise
        At least six. All ask for a function of one name with the same number of arguments, so
        that an answer to another variant is tried like any other, and fails.

    Examples
    --------
    >>> from cnncourse.exercises.padding import output_size, same_size
    >>> family = Family(name="sizes", skills="Computes sizes.", points=3,
    ...                 variants=(output_size, same_size))
    >>> family.variant(2027).name
    'output_size'
    """

    name: str
    skills: str
    points: int
    variants: tuple[Exercise, ...]

    def number(self, seed: int) -> int:
        """Return which variant a seed picks; the questions of an assignment vary independently."""
        digest = hashlib.sha256(f"{self.name}:{seed}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % len(self.variants)

    def variant(self, seed: int) -> Exercise:
        """Return the task that a seed picks."""
        return self.variants[self.number(seed)]


@dataclass(frozen=True, kw_only=True)
class Written:
    """A question that is answered in words and graded by a person.

    Parameters
    ----------
    name : str
        In snake_case: the gradebook counts by it.
    title : str
        What the student reads above it.
    prompt : str
        The task, in plain Markdown.
    rubric : tuple of (str, int)
        What earns points, and how many. The students see it.
    guide : str
        For the person who grades: what good and poor answers look like. Not in the release.

    Examples
    --------
    >>> why = Written(name="why", title="Why?", prompt="Say why.", guide="It depends.",
    ...               rubric=(("A reason is given", 2), ("It is true", 1)))
    >>> why.points
    3
    """

    name: str
    title: str
    prompt: str
    rubric: tuple[tuple[str, int], ...]
    guide: str

    @property
    def points(self) -> int:
        """All points to be had."""
        return sum(points for _, points in self.rubric)


def visible_cases(task: Exercise) -> tuple[int, ...]:
    """Return which of a task's inputs students see: the smallest, and one where the stub fails.

    Examples
    --------
    >>> from cnncourse.exercises.padding import output_size
    >>> visible_cases(output_size)
    (0, 1)
    """
    stub = function_from(task.stub)
    numbers = range(len(task.cases))
    failing = next(number for number in numbers if not _right(task, stub, number))
    return tuple(sorted({*numbers[: VISIBLE - 1], failing, *numbers[:VISIBLE]}))[: VISIBLE + 1]


def _right(task: Exercise, answer: object, number: int) -> bool:
    value = task.attempt(answer, task.cases[number]).value
    return value is not None and task.agree(np.asarray(value), task.expected[number])
