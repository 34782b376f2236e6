"""Marking one answer: points in part, and the misconception for the report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cnncourse.classroom.families import Family, visible_cases
from cnncourse.classroom.variants import families
from cnncourse.exercises import all_exercises
from cnncourse.exercises._calls import Guard
from cnncourse.exercises.engine import Exercise, Result

__all__ = ["MARK_TYPE", "Mark", "mark", "mark_answer"]

MARK_TYPE = "application/vnd.cnncourse.mark+json"
"""Under this type, a graded cell's output says why an answer got its points."""

STEP = 0.5
"""Points are given in halves."""

GIVE_NO_VALUE = ("empty-stub", "nothing-returned", "raised", "time-up")
"""Reasons with which no other task can be solved."""


@dataclass(frozen=True, repr=False)
class Mark:
    """The points of one answer, and why. Its text is the number that nbgrader reads.

    Attributes
    ----------
    question : str
        The family's name.
    points, possible : float
        Given, and to be had.
    reason : str
        As in :class:`~cnncourse.exercises.engine.Result`; also "solves-another-variant" and
        "solves-a-published-exercise".
    misconception : bool
        Whether the reason is the name of one of the task's misconceptions.
    message : str
        One or two sentences for the student.
    """

    question: str
    points: float
    possible: float
    reason: str
    misconception: bool
    message: str

    def __repr__(self) -> str:
        return f"{self.points:g}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": repr(self), MARK_TYPE: dict(vars(self))}


def mark(assignment: str, question: str, seed: int, answer: object, points: float) -> Mark:
    """Mark an answer to the variant that a seed picks; what the hidden tests call.

    Parameters
    ----------
    assignment, question : str
        The chapter's module and the family's name.
    seed : int
        Of the assignment.
    answer : object
        What the student wrote: a function, or a matrix.
    points : float
        For a right answer.

    Raises
    ------
    ValueError
        If there is no such assignment or question.
    """
    by_name = {family.name: family for family in families(assignment)}
    if question not in by_name:
        raise ValueError(f"no question {question!r} in {assignment}; it has {', '.join(by_name)}")
    return mark_answer(by_name[question], seed, answer, points)


def mark_answer(family: Family, seed: int, answer: object, points: float) -> Mark:
    """Mark an answer to a family's variant.

    A right answer gets all points. Another gets half of them at most: that half's share of the
    inputs on which it is right, in steps of half a point. The inputs that students see as examples
    do not count here, for their results can be copied. What was left as the stub has it, and what
    solves another task, gets none.

    Examples
    --------
    >>> from cnncourse.exercises.padding import output_size
    >>> family = Family(name="sizes", skills="Computes sizes.", points=3, variants=(output_size,))
    >>> mark_answer(family, 0, output_size.reference, 2)
    2
    >>> wrong = mark_answer(family, 0, lambda size, kernel, padding: size - kernel + 1, 2)
    >>> wrong.points, wrong.reason
    (0.0, 'ignores-the-padding')
    """
    task = family.variant(seed)
    result = task.check(answer)
    reason, message = result.reason, result.message
    given: float = points if result.passed else 0
    if not result.passed:
        other = _solves_another(family, task, answer, result)
        if other is not None:
            reason, message = other
        elif result.reason not in ("empty-stub", "left-as-it-is"):
            given = _in_part(task, answer, points)
    named = result.misconception is not None and result.misconception.name == reason
    return Mark(family.name, given, points, reason, named, message)


def _in_part(task: Exercise, answer: Any, points: float) -> float:
    if task.refuse(answer) is not None:
        return 0
    seen = visible_cases(task)
    unseen = [number for number in range(len(task.cases)) if number not in seen]
    right = 0
    with Guard(task.seconds) as guard:
        for number in unseen:
            outcome = task.attempt(answer, task.cases[number], guard)
            if outcome.problem == "time-up":
                break
            right += outcome.value is not None and task.agree(outcome.value, task.expected[number])
    return math.floor(points / 2 * right / max(len(unseen), 1) / STEP) * STEP


def _solves_another(
    family: Family, task: Exercise, answer: Any, result: Result
) -> tuple[str, str] | None:
    """Say so if the answer is right for another variant, or for an exercise of the book."""
    if result.misconception is not None or result.reason in GIVE_NO_VALUE:
        return None
    for reason, others, message in (
        (
            "solves-another-variant",
            lambda: iter(family.variants),
            "This answers a similar task, not this one. Read again what is asked for here.",
        ),
        (
            "solves-a-published-exercise",
            _published,
            "This answers an exercise of the book. The task here differs from it: read it again.",
        ),
    ):
        if any(
            other is not task and _passes(other, task, answer) for other in _alike(others, task)
        ):
            return reason, message
    return None


def _published() -> Iterator[Exercise]:
    return iter(all_exercises().values())


def _alike(others: Callable[[], Iterator[Exercise]], task: Exercise) -> Iterator[Exercise]:
    """Yield the exercises that are called as the task is, whatever the function's name."""
    for other in others():
        if type(other) is type(task) and other.arguments == task.arguments:
            yield other


def _passes(other: Exercise, task: Exercise, answer: Any) -> bool:
    return bool(other.check(answer))
