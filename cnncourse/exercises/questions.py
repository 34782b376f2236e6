"""Concept questions as data: a prompt, choices, and an answer to every choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cnncourse.exercises._rendering import html_inline, html_paragraphs, plain

__all__ = ["Choice", "Question"]


@dataclass(frozen=True)
class Choice:
    """One choice of a question.

    Parameters
    ----------
    text : str
        The choice, in words with `code` and **bold**.
    response : str
        What is said when it is chosen: why it holds, or what the mistake is.
    correct : bool, optional
        Whether it is right.
    misconception : str, optional
        For a wrong choice, the stable name of the mistake, in kebab-case.
    """

    text: str
    response: str
    correct: bool = False
    misconception: str = ""


@dataclass(frozen=True, repr=False)
class Question:
    """A question with one right choice, that a reader can answer in the page.

    Displayed in a notebook it is the live figure of the same name; its text is complete without.

    Parameters
    ----------
    name : str
        The name it has in its module.
    label : str
        What stands above it ("Question 1").
    prompt : str
        The question, in words with `code` and **bold**.
    choices : sequence of Choice
        Exactly one of them correct.

    Examples
    --------
    >>> Question("shape", "Question 1", "How many rows has `np.zeros((2, 3))`?", [
    ...     Choice("2", "Yes: rows come first.", correct=True),
    ...     Choice("3", "That is the number of columns.", misconception="columns-first"),
    ... ])
    Question 1
    How many rows has `np.zeros((2, 3))`?
      (a) 2
      (b) 3
    """

    name: str
    label: str
    prompt: str
    choices: Sequence[Choice]

    def answer(self, letter: str) -> str:
        """Return the response to the choice with this letter.

        Raises
        ------
        ValueError
            If there is no choice with this letter.
        """
        letters = "abcdefgh"[: len(self.choices)]
        if len(letter) != 1 or letter not in letters:
            raise ValueError(f"answer: letter is {letter!r}; the choices are {', '.join(letters)}")
        return plain(self.choices[letters.index(letter)].response)

    def __repr__(self) -> str:
        choices = [
            f"  ({letter}) {plain(choice.text)}"
            for letter, choice in zip("abcdefgh", self.choices, strict=False)
        ]
        return "\n".join([self.label, plain(self.prompt), *choices])

    @cached_property
    def figure(self) -> Any:
        """The live figure: `cnncourse.figures.Question`."""
        from cnncourse.figures import Question as QuestionFigure

        return QuestionFigure(
            prompt=self.prompt,
            choices=[
                {"text": choice.text, "correct": choice.correct, "response": choice.response}
                for choice in self.choices
            ],
            label=self.label,
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        try:
            figure = self.figure
        except ImportError:  # the figures need anywidget; the question can be read without
            return {"text/plain": repr(self), "text/html": self._html()}
        return figure._repr_mimebundle_(include=include, exclude=exclude)

    def _html(self) -> str:
        choices = "".join(
            f"<li><p>{html_inline(choice.text)}</p><details><summary>Answer</summary>"
            f"<p>{html_inline(choice.response)}</p></details></li>"
            for choice in self.choices
        )
        return (
            f"<div><strong>{html_inline(self.label)}</strong>{html_paragraphs(self.prompt)}"
            f'<ol type="a">{choices}</ol></div>'
        )
