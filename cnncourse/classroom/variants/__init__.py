"""The graded questions, one module a chapter, and the list of all assignments."""

from __future__ import annotations

import importlib
from types import ModuleType

from cnncourse.classroom.families import Family, Written

__all__ = ["ASSIGNMENTS", "families", "introduction", "written"]

ASSIGNMENTS: tuple[str, ...] = (
    "images",
    "neurons",
    "locality",
    "convolution",
    "padding",
    "stride",
    "pooling",
    "dilation",
    "channels",
    "one_by_one",
    "factorized",
    "backprop",
    "from_scratch",
    "classifier",
    "transposed",
    "autoencoder",
    "colorization",
    "fast",
    "project",
)
"""The names of the assignments, in the order of the book."""


def families(assignment: str) -> tuple[Family, ...]:
    """Return the graded questions of an assignment.

    Raises
    ------
    ValueError
        If there is no assignment of this name.
    """
    found: tuple[Family, ...] = _module(assignment).families
    return found


def written(assignment: str) -> tuple[Written, ...]:
    """Return the questions of an assignment that a person grades; most have none.

    Raises
    ------
    ValueError
        If there is no assignment of this name.
    """
    found: tuple[Written, ...] = getattr(_module(assignment), "written", ())
    return found


def introduction(assignment: str) -> str:
    """Return what stands at the beginning of an assignment's notebook; most have nothing.

    Raises
    ------
    ValueError
        If there is no assignment of this name.
    """
    return getattr(_module(assignment), "introduction", "")


def _module(assignment: str) -> ModuleType:
    if assignment not in ASSIGNMENTS:
        raise ValueError(f"no assignment {assignment!r}; there are {', '.join(ASSIGNMENTS)}")
    return importlib.import_module(f"{__name__}.{assignment}")
