"""Exercises and questions, one module a chapter.

`from cnncourse.exercises import padding`, then `padding.same_size.check(same_padding)`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from cnncourse.exercises.engine import Design, Example, Exercise, Misconception, Result
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "CHAPTERS",
    "Choice",
    "Design",
    "Example",
    "Exercise",
    "Misconception",
    "Question",
    "Result",
    "all_exercises",
    "all_questions",
]

CHAPTERS = (
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
)
"""The modules with exercises, in the book's order."""


def all_exercises() -> dict[str, Exercise]:
    """Return every exercise by its full name.

    Examples
    --------
    >>> list(all_exercises())[:2]
    ['images.memory_offset', 'images.repair_channels']
    """
    return {
        f"{chapter}.{exercise.name}": exercise
        for chapter in CHAPTERS
        for exercise in _chapter(chapter).exercises
    }


def all_questions() -> dict[str, Question]:
    """Return every question by its full name.

    Examples
    --------
    >>> list(all_questions())[:2]
    ['images.too_bright', 'images.shuffled_for_all']
    """
    return {
        f"{chapter}.{question.name}": question
        for chapter in CHAPTERS
        for question in _chapter(chapter).questions
    }


def _chapter(name: str) -> ModuleType:
    return import_module(f"cnncourse.exercises.{name}")
