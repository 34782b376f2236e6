"""Graded questions come in variants: another task of the same skills for another seed.

The chapters' exercises are published with their solutions. So a graded question is a `Family` of
tasks that examine the same skills: another convention, axis, border rule, geometry or planted bug,
each with a prompt, a reference and misconceptions of its own. A seed picks one of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cnncourse.exercises.engine import Exercise

__all__ = ["Family"]


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
