"""A concept question that is answered in the page, with a reply to every choice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import traitlets

from cnncourse.figures._figure import Figure, Setting, describe, truth
from cnncourse.figures._markup import marked_html, plain_text

MOST_CHOICES = 8


def _words(figure: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{figure}: {name} must be a text, got {describe(value)}")
    if not value.strip():
        raise ValueError(f"{figure}: {name} must not be empty")
    return value.strip()


def _choices(figure: str, name: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{figure}: {name} must be a list of choices, got {describe(value)}")
    if not 2 <= len(value) <= MOST_CHOICES:
        raise ValueError(
            f"{figure}: {name} must hold 2 to {MOST_CHOICES} choices, got {len(value)}"
        )
    cleaned = []
    for index, choice in enumerate(value):
        at = f"{name}[{index}]"
        if not isinstance(choice, dict) or not {"text", "response"} <= set(choice):
            raise TypeError(
                f"{figure}: {at} must be a dictionary with text and response (and correct=True "
                f"for the right one), got {describe(choice)}"
            )
        unknown = set(choice) - {"text", "correct", "response"}
        if unknown:
            raise TypeError(
                f"{figure}: {at} has {', '.join(sorted(unknown))}, which has no meaning"
            )
        cleaned.append(
            {
                "text": _words(figure, f"{at}['text']", choice["text"]),
                "correct": truth(figure, f"{at}['correct']", choice.get("correct", False)),
                "response": _words(figure, f"{at}['response']", choice["response"]),
            }
        )
    texts = [choice["text"] for choice in cleaned]
    if len(set(texts)) < len(texts):
        raise ValueError(f"{figure}: {name} must differ from one another, got {texts}")
    return cleaned


class Question(Figure):
    """A question with choices: check one, read why, try again.

    A wrong choice is answered by its own response; after two wrong tries the answer is offered.
    Without script the choices are a list, and the answers are folded below it.

    Parameters
    ----------
    prompt : str
        The question. It, the choices and the responses may carry ``code`` in backticks and
        ``**bold**``; an empty line begins a new paragraph of the prompt.
    choices : list of dict
        Two to eight, each with ``text``, ``response`` and, for the right one, ``correct=True``.
    label : str
        What stands above the question.
    multiple : bool
        Whether several choices can be right; if not, exactly one is.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a part is missing or of the wrong kind, or the number of right choices is wrong.

    Examples
    --------
    >>> Question(
    ...     prompt="How many rows has `np.zeros((2, 3))`?",
    ...     choices=[
    ...         {"text": "2", "correct": True, "response": "Rows come first."},
    ...         {"text": "3", "response": "That is the number of columns."},
    ...     ],
    ...     label="Question 1",
    ... )
    Question 1
    How many rows has np.zeros((2, 3))?
      (a) 2
      (b) 3
    """

    figure = traitlets.Unicode("question", read_only=True).tag(sync=True)
    label = Setting("Question", _words)
    prompt = Setting("", _words)
    choices = Setting([], _choices)
    multiple = Setting(False, truth)

    def __init__(self, prompt: str, choices: Sequence[dict[str, Any]], **settings: Any) -> None:
        super().__init__(**{"prompt": prompt, "choices": choices, **settings})
        self._count(self.choices, self.multiple)

    @traitlets.validate("choices", "multiple")
    def _right_choices(self, proposal: Any) -> Any:
        # While the figure is being made the two arrive one after the other.
        if self.choices:
            values = {"choices": self.choices, "multiple": self.multiple}
            values[proposal["trait"].name] = proposal["value"]
            self._count(values["choices"], values["multiple"])
        return proposal["value"]

    @staticmethod
    def _count(choices: list[dict[str, Any]], multiple: bool) -> None:
        right = sum(choice["correct"] for choice in choices)
        if right == 0:
            raise ValueError("Question: choices must have a right one (correct=True), got none")
        if right > 1 and not multiple:
            raise ValueError(
                f"Question: choices must have exactly one right one unless multiple=True, got "
                f"{right}"
            )

    def reading(self) -> str:
        """Return the question, its choices as an ordered list, and the folded answers."""
        paragraphs = [marked_html(part) for part in re.split(r"\n\s*\n", self.prompt)]
        paragraphs[0] = f"<strong>{marked_html(self.label)}</strong><br>\n{paragraphs[0]}"
        if self.multiple:
            paragraphs.append("More than one answer can be right.")
        choices = [f"<li>{marked_html(choice['text'])}</li>" for choice in self.choices]
        answers = [f"<li>{_verdict(choice)}</li>" for choice in self.choices]
        return "\n".join(
            [
                *(f"<p>{paragraph}</p>" for paragraph in paragraphs),
                '<ol type="a">',
                *choices,
                "</ol>",
                "<details>",
                "<summary>Answers</summary>",
                '<ol type="a">',
                *answers,
                "</ol>",
                "</details>",
            ]
        )

    def __repr__(self) -> str:
        choices = [
            f"  ({chr(97 + index)}) {plain_text(choice['text'])}"
            for index, choice in enumerate(self.choices)
        ]
        return "\n".join([self.label, plain_text(self.prompt), *choices])


def _verdict(choice: dict[str, Any]) -> str:
    response = choice["response"]
    if choice["correct"] and re.match(r"Yes\b", response):
        return f"<strong>Yes</strong>{marked_html(response[3:])}"
    word = "Right." if choice["correct"] else "Not quite."
    return f"<strong>{word}</strong> {marked_html(response)}"
