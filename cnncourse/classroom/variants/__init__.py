"""The graded questions, one module a chapter, and the list of all assignments."""

from __future__ import annotations

import importlib

from cnncourse.classroom.families import Family

__all__ = ["ASSIGNMENTS", "families"]

ASSIGNMENTS = ()
"""The names of the assignments, in the order of the book."""


def families(assignment: str) -> tuple[Family, ...]:
    """Return the graded questions of an assignment.

    Raises
    ------
    ValueError
        If there is no assignment of this name.
    """
    if assignment not in ASSIGNMENTS:
        raise ValueError(f"no assignment {assignment!r}; there are {', '.join(ASSIGNMENTS)}")
    found: tuple[Family, ...] = importlib.import_module(f"{__name__}.{assignment}").families
    return found
