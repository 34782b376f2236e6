"""Exercises that know the usual mistakes.

An `Exercise` compares an answer with its reference on inputs that it generates, from a fixed seed
and smallest first. It also knows **misconceptions**: wrong answers that people give, each with a
name and a hint. An answer that agrees with one of them on all inputs is told so by name. Whatever
the answer is, `Exercise.check` returns a `Result`, which prints and renders itself; it never
raises.

Everything about an exercise is data that a function of parameters can make, so another border
rule, axis or geometry gives another exercise with its own prompt, reference and misconceptions.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnncourse.exercises._calls import Guard, Outcome, call, fits, read
from cnncourse.exercises._diagnosis import close, diagnose, wrong_shape
from cnncourse.exercises._given import function_from
from cnncourse.exercises._rendering import (
    beside,
    html_grid,
    html_inline,
    html_paragraphs,
    is_grid,
    plain,
    text_grid,
    words,
    wrapped,
)

__all__ = ["Design", "Example", "Exercise", "Misconception", "Result"]

Grid = tuple[str, np.ndarray, np.ndarray | None]
"""A matrix to show: its title, its values, and which cells to mark."""

LARGEST_STACK = 4
"""Arrays of more than two axes are shown matrix by matrix, up to this many of them."""


@dataclass(frozen=True)
class Misconception:
    """A plausible mistake: its stable name, what is said about it, and answers that make it.

    Parameters
    ----------
    name : str
        Stable, in kebab-case: the class report counts by it ("flips-the-kernel").
    hint : str
        One or two short, kind sentences. They say what the answer does, not the solution.
    wrong : sequence
        One or more answers that make this mistake, in different ways.
    recognize : callable, optional
        `recognize(returned, expected)` says whether one returned array shows the mistake; it must
        hold on every input. Without it, an answer shows the mistake if it agrees with one of
        `wrong` on every input.
    """

    name: str
    hint: str
    wrong: Sequence[Any]
    recognize: Callable[[np.ndarray, np.ndarray], bool] | None = None


@dataclass(frozen=True)
class Example:
    """The smallest input on which an answer differs, and both values there."""

    call: str
    given: tuple[tuple[str, np.ndarray], ...]
    returned: np.ndarray | str
    expected: np.ndarray | str
    tolerance: float = 1e-6

    def marks(self) -> np.ndarray | None:
        """Return where the returned values differ; None if the two cannot be laid on each other."""
        if isinstance(self.returned, str) or isinstance(self.expected, str):
            return None
        if self.returned.shape != self.expected.shape:
            return None
        return ~np.isclose(self.returned, self.expected, rtol=self.tolerance, atol=self.tolerance)

    def blocks(self) -> tuple[list[Grid], list[str]]:
        """Return the grids to show, as (title, matrix, marks), and the lines of words."""
        marks = self.marks()
        shown = [
            *((title, value, None) for title, value in self.given),
            ("yours", self.returned, marks),
            ("expected", self.expected, None),
        ]
        grids: list[Grid] = []
        lines = []
        for title, value, flags in shown:
            matrices = [] if isinstance(value, str) else matrices_of(title, value, flags)
            grids.extend(matrices)
            if not matrices:
                lines.append(f"{title}: {words(value)}")
        if marks is not None and marks.any() and any(is_compared(grid) for grid in grids):
            lines.append("(* differs from what is expected)")
        return grids, lines


@dataclass(frozen=True, repr=False)
class Result:
    """What `check` has to say. It prints as text, renders as HTML, and is true if passed.

    Attributes
    ----------
    heading : str
        The exercise's name and stars.
    passed : bool
        Whether the answer agrees with the reference.
    reason : str
        Stable, in kebab-case: "passed", the misconception's name, or a general one such as
        "empty-stub", "raised", "wrong-shape".
    message : str
        One or two sentences for the student.
    misconception : Misconception or None
        The mistake that explains the answer on all inputs, if there is one.
    example : Example or None
        The smallest input that shows the difference.
    """

    heading: str
    passed: bool
    reason: str
    message: str
    misconception: Misconception | None = None
    example: Example | None = None

    def __bool__(self) -> bool:
        return self.passed

    @property
    def verdict(self) -> str:
        """The one word that heads the result."""
        if self.passed:
            return "✓ Passed"
        return "○ Still empty" if self.reason == "empty-stub" else "→ Not yet"

    def __repr__(self) -> str:
        parts = [f"{self.verdict} · {self.heading}", wrapped(self.message)]
        if self.example is not None:
            grids, lines = self.example.blocks()
            parts.append(f"Smallest example: {self.example.call}")
            parts.extend(beside([text_grid(*grid) for grid in row]) for row in rows_of(grids))
            parts.extend(lines)
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        edge = "#2a8a4a" if self.passed else "#b8741a"
        parts = [
            f"<strong>{html.escape(self.verdict)}</strong> · {html.escape(self.heading)}",
            f'<p style="margin:.3em 0">{html_inline(self.message)}</p>',
        ]
        if self.example is not None:
            grids, lines = self.example.blocks()
            parts.append(
                '<p style="margin:.3em 0">Smallest example: '
                f"<code>{html.escape(self.example.call)}</code></p>"
            )
            if grids:
                tables = "".join(html_grid(*grid) for grid in grids)
                parts.append(f'<div style="overflow-x:auto">{tables}</div>')
            parts.extend(f'<p style="margin:.3em 0">{html.escape(line)}</p>' for line in lines)
        return (
            f'<div class="cnn-result" style="border-left:4px solid {edge};padding:.3em .9em;'
            f'margin:.4em 0;color:inherit">{"".join(parts)}</div>'
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Exercise:
    r"""A task whose answer is a function.

    Parameters
    ----------
    name : str
        The name it has in its module: `convolution.window_sum` has the name "window_sum".
    title : str
        What the reader sees above it.
    stars : int
        1 complete one line, 2 repair or write a little, 3 write it alone.
    prompt : str
        The task, in plain Markdown without math.
    stub : str
        The code that the reader starts from.
    reference : callable
        A right answer. Its source is the `solution` that the chapter folds away.
    inputs : callable
        `inputs(rng)` yields one tuple of arguments for every comparison, smallest first (those
        with larger arrays are sorted to the end). Small whole numbers keep the comparison exact
        and the examples readable.
    misconceptions : sequence of Misconception
        No two of them may agree on all inputs.
    success : str
        A sentence that says what a right answer has shown.
    source : str, optional
        The solution's text, where it cannot be read from the reference.
    seed : int, optional
        Seed of `inputs`.
    tolerance : float, optional
        Values closer than this, absolutely or relatively, count as equal.
    seconds : float, optional
        An answer that takes longer on all inputs together is stopped.

    Examples
    --------
    >>> def double(n):
    ...     return 2 * n
    >>> exercise = Exercise(
    ...     name="double", title="Twice", stars=1, prompt="Return twice `n`.",
    ...     stub="def double(n):\n    return ...\n", reference=double,
    ...     inputs=lambda rng: [(n,) for n in range(2, 6)],
    ...     misconceptions=[Misconception("squares", "You multiply `n` by itself.",
    ...                                   [lambda n: n * n])],
    ...     success="Twice is twice.")
    >>> exercise.check(lambda n: n + n)
    ✓ Passed · double ★
    Twice is twice.
    >>> exercise.check(lambda n: n**2)
    → Not yet · double ★
    You multiply `n` by itself.
    Smallest example: double(3)
    yours: 9
    expected: 6
    """

    name: str
    title: str
    stars: int
    prompt: str
    stub: str
    reference: Any
    inputs: Callable[[np.random.Generator], Iterable[tuple[Any, ...]]]
    misconceptions: Sequence[Misconception]
    success: str
    source: str = ""
    seed: int = 0
    tolerance: float = 1e-6
    seconds: float = 10.0

    def check(self, answer: object = None) -> Result:
        """Compare an answer with the reference; never raise, whatever the answer is.

        Parameters
        ----------
        answer : object
            The student's function (for a `Design`, the student's matrix).

        Returns
        -------
        Result
            Prints and renders itself.

        Raises
        ------
        KeyboardInterrupt
            Only if the user presses Ctrl-C or the stop button. One that the answer itself raises
            is reported like any other exception. See `Guard` for the platforms with a time limit.
        """
        try:
            refused = self.refuse(answer)
            return self._compare(answer) if refused is None else refused
        except Exception as error:  # an object may be built to fail wherever it is touched
            return self._result(
                "unreadable",
                f"Your answer could not be read: looking at it raised {type(error).__name__}.",
            )

    def refuse(self, answer: object) -> Result | None:
        """Return a result for an answer that cannot be tried at all, else None."""
        function = self.signature.partition("(")[0]
        if answer is None or answer is Ellipsis:
            return self._result(
                "empty-stub",
                f"There is nothing to check yet. Fill in the stub, then run `check({function})`.",
            )
        if not callable(answer):
            return self._result(
                "not-a-function",
                f"Pass the function itself, `check({function})`, not what it returns, "
                f"`check({function}(...))`.",
            )
        count = len(self.cases[0])
        if not fits(answer, count):
            arguments = f"{count} argument{'s' if count > 1 else ''}"
            return self._result(
                "wrong-arguments",
                f"Your function is called with {arguments}, as in `{self.signature}`. It takes "
                "another number of them.",
            )
        return None

    def attempt(self, answer: Any, case: tuple[Any, ...], guard: Guard | None = None) -> Outcome:
        """Try an answer on one input."""
        return call(answer, case, self.arguments, guard)

    def agree(self, returned: np.ndarray, expected: np.ndarray) -> bool:
        """Say whether two values count as the same."""
        return close(returned, expected, self.tolerance)

    def describe_expected(self, expected: np.ndarray) -> np.ndarray | str:
        """Return what is shown as expected: the reference's value, or words."""
        return expected

    def describe_call(self, arguments: Sequence[str]) -> str:
        """Return the text of a call with these arguments."""
        return f"{self.reference.__name__}({', '.join(arguments)})"

    @property
    def signature(self) -> str:
        """The call that the answer must allow, as text."""
        return self.describe_call(self.arguments)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the reference's arguments."""
        return tuple(inspect.signature(self.reference).parameters)

    @property
    def solution(self) -> str:
        """The source of a right answer."""
        return self.source or inspect.getsource(self.reference)

    @property
    def heading(self) -> str:
        """Name and stars."""
        return f"{self.name} {'★' * self.stars}"

    @cached_property
    def cases(self) -> list[tuple[Any, ...]]:
        """The inputs, smallest first."""
        cases = self.inputs(np.random.default_rng(self.seed))
        return sorted(cases, key=lambda case: sum(np.size(argument) for argument in case))

    @cached_property
    def expected(self) -> list[np.ndarray]:
        """What the reference returns on every input."""
        outcomes = [self.attempt(self.reference, case) for case in self.cases]
        values = [outcome.value for outcome in outcomes if outcome.value is not None]
        if len(values) != len(outcomes):
            raise ValueError(f"{self.name}: the reference fails on one of its own inputs")
        return values

    @cached_property
    def mistakes(self) -> list[tuple[Misconception, list[Outcome]]]:
        """Every wrong answer's misconception, and what that answer comes to on every input."""
        return [
            (misconception, [self.attempt(wrong, case) for case in self.cases])
            for misconception in self.misconceptions
            for wrong in misconception.wrong
        ]

    def _compare(self, answer: object) -> Result:
        outcomes: list[Outcome] = []
        with Guard(self.seconds) as guard:
            for case in self.cases:
                outcomes.append(self.attempt(answer, case, guard))
                if outcomes[-1].problem == "time-up":
                    break
        failing = next(
            (
                position
                for position, (outcome, expected) in enumerate(
                    zip(outcomes, self.expected, strict=False)
                )
                if outcome.value is None or not self.agree(outcome.value, expected)
            ),
            None,
        )
        if failing is None:
            return self._passed(outcomes)
        if outcomes[failing].problem == "empty":
            return self._empty(answer, outcomes, failing)
        if outcomes[-1].problem == "time-up":
            return self._result(
                "time-up",
                f"Your function was stopped: it had not finished after {self.seconds:g} seconds. "
                "Does a loop in it never end?",
                example=self._example(len(outcomes) - 1, "no value"),
            )
        misconception = self._recognize(outcomes)
        if misconception is not None:
            return self._result(
                misconception.name,
                misconception.hint,
                misconception=misconception,
                example=self._example(failing, self._returned(outcomes[failing])),
            )
        return self._differs(outcomes, failing)

    def _passed(self, outcomes: list[Outcome]) -> Result:
        changed = sorted({name for outcome in outcomes for name in outcome.changed})
        if changed:
            return self._result(
                "changes-its-input",
                f"The values are right. One thing is left: your function changes `{changed[0]}` "
                "itself, and with it the caller's array. Work on a copy.",
            )
        return self._result("passed", self.success)

    def _empty(self, answer: object, outcomes: list[Outcome], failing: int) -> Result:
        detail = outcomes[failing].detail
        if all(outcome.problem == "empty" for outcome in outcomes):
            if detail == "None" and not self._is_stub(answer):
                return self._result(
                    "nothing-returned", "Nothing came back. Does your function end with `return`?"
                )
            unwritten = "raise" if detail == "NotImplementedError" else "..."
            return self._result(
                "empty-stub",
                f"The stub is still empty: put your own code in place of the `{unwritten}`, and "
                "run the cell again.",
            )
        return self._result(
            "nothing-returned",
            f"On some inputs your function returns `{detail}`. Does every way through it end "
            "with `return`?",
            example=self._example(failing, detail),
        )

    def _is_stub(self, answer: object) -> bool:
        """Say whether a function is the stub, as far as its bytecode tells."""
        code, stub = getattr(answer, "__code__", None), function_from(self.stub).__code__
        return code is not None and (code.co_code, code.co_names) == (stub.co_code, stub.co_names)

    def _recognize(self, outcomes: list[Outcome]) -> Misconception | None:
        """Return the misconception that explains every outcome, if there is one."""
        for misconception, wrong_outcomes in self.mistakes:
            if misconception.recognize is None:
                pairs = zip(outcomes, wrong_outcomes, strict=True)
                if all(self._alike(outcome, wrong) for outcome, wrong in pairs):
                    return misconception
            elif all(
                outcome.value is not None and misconception.recognize(outcome.value, expected)
                for outcome, expected in zip(outcomes, self.expected, strict=True)
            ):
                return misconception
        return None

    def _alike(self, outcome: Outcome, wrong: Outcome) -> bool:
        """Say whether two calls came to the same: the same value, or an exception both."""
        if outcome.value is None or wrong.value is None:
            return outcome.problem == wrong.problem == "raised"
        return self.agree(outcome.value, wrong.value)

    def _differs(self, outcomes: list[Outcome], failing: int) -> Result:
        outcome, expected = outcomes[failing], self.expected[failing]
        example = self._example(failing, self._returned(outcome))
        if outcome.problem == "raised":
            reason, message = "raised", f"On this input it stopped with {outcome.detail}."
        elif outcome.problem == "not-numbers":
            reason = "not-numbers"
            message = f"{self._kind(expected)} is expected; {outcome.detail} came back."
        elif outcome.problem == "complex":
            reason = "complex"
            message = "The values came back as complex numbers; real ones are expected."
        elif outcome.value is None:
            reason = "wrong-shape"
            message = wrong_shape(outcome.shape or (), expected.shape)
        else:
            reason, message = self._general(outcomes, (outcome.value, expected))
        changed = sorted({name for each in outcomes for name in each.changed})
        if changed:
            message += f" It also changes its argument `{changed[0]}` itself; work on a copy."
        return self._result(reason, message, example=example)

    def _general(
        self, outcomes: list[Outcome], first: tuple[np.ndarray, np.ndarray]
    ) -> tuple[str, str]:
        pairs = [
            (outcome.value.astype(np.float64), expected)
            for outcome, expected in zip(outcomes, self.expected, strict=True)
            if outcome.value is not None
        ]
        # A pattern must hold on all inputs; with one missing, only the smallest example speaks.
        complete = len(pairs) == len(outcomes)
        with np.errstate(all="ignore"):
            return diagnose(pairs if complete else [], first, self.tolerance)

    @staticmethod
    def _kind(expected: np.ndarray) -> str:
        return {0: "A single number", 1: "A row of numbers"}.get(expected.ndim, "An array")

    @staticmethod
    def _returned(outcome: Outcome) -> np.ndarray | str:
        if outcome.value is not None:
            return outcome.value
        if outcome.shape is not None:
            return f"an array of shape {outcome.shape}"
        return "no value" if outcome.problem == "raised" else outcome.detail

    def _example(self, position: int, returned: np.ndarray | str) -> Example:
        case = self.cases[position]
        texts, given = [], []
        for name, argument in zip(self.arguments, case, strict=True):
            if isinstance(argument, np.ndarray):
                texts.append(name)
                given.append((name, argument))
            else:
                texts.append(str(argument))
        return Example(
            self.describe_call(texts),
            tuple(given),
            returned,
            self.describe_expected(self.expected[position]),
            self.tolerance,
        )

    def _result(
        self,
        reason: str,
        message: str,
        misconception: Misconception | None = None,
        example: Example | None = None,
    ) -> Result:
        return Result(self.heading, reason == "passed", reason, message, misconception, example)

    def __repr__(self) -> str:
        return f"{self.title} · {self.heading}\n\n{plain(self.prompt.strip())}"

    def _repr_html_(self) -> str:
        stars = f'<span role="img" aria-label="{self.stars} of 3 stars">{"★" * self.stars}</span>'
        return (
            '<div class="cnn-exercise" style="border-left:4px solid rgba(128,128,128,.6);'
            'padding:.3em .9em;margin:.4em 0;color:inherit">'
            f"<strong>{html_inline(self.title)}</strong> {stars}"
            f"{html_paragraphs(self.prompt)}</div>"
        )


def matrices_of(title: str, value: np.ndarray, marks: np.ndarray | None) -> list[Grid]:
    """Return the matrices that show a value: itself, or the few that lie on top of each other.

    Examples
    --------
    >>> [grid[0] for grid in matrices_of("x", np.zeros((2, 3, 3)), None)]
    ['x[0]', 'x[1]']
    >>> matrices_of("x", np.zeros((7, 3, 3)), None)
    []
    """
    if is_grid(value):
        return [(title, value, marks)]
    stack = value.shape[:-2]
    if value.ndim < 3 or value.size == 0 or np.prod(stack) > LARGEST_STACK:
        return []
    grids: list[Grid] = []
    for place in np.ndindex(stack):
        # The space must not break: a narrow matrix would break its title in a page.
        indices = ",\N{NO-BREAK SPACE}".join(map(str, place))
        name = f"{title}[{indices}]"
        grids.append((name, value[place], None if marks is None else marks[place]))
    return grids if all(is_grid(grid[1]) for grid in grids) else []


def is_compared(grid: Grid) -> bool:
    """Say whether a matrix shows what came back or what is expected, and not an input."""
    return grid[0].partition("[")[0] in ("yours", "expected")


def rows_of(grids: list[Grid]) -> list[list[Grid]]:
    """Set the grids in one row, or, where that gets too wide, in as many as it takes.

    The inputs never share a row with what came back unless all fit into one.
    """
    if fits_in_a_row(grids):
        return [grids] if grids else []
    rows: list[list[Grid]] = []
    for compared in (False, True):
        row: list[Grid] = []
        for grid in grids:
            if is_compared(grid) != compared:
                continue
            if row and not fits_in_a_row([*row, grid]):
                rows.append(row)
                row = []
            row.append(grid)
        rows.append(row)
    return [row for row in rows if row]


def fits_in_a_row(grids: list[Grid]) -> bool:
    """Say whether matrices may stand side by side: few columns, and no line too long to read."""
    columns = sum(np.atleast_2d(grid[1]).shape[1] for grid in grids)
    return columns <= 16 and len(beside([["x" * width_of(grid)] for grid in grids])) <= 96


def width_of(grid: Grid) -> int:
    """Count the characters of a matrix's longest line."""
    return max(len(line) for line in text_grid(*grid))


SIGNS_IN_WORDS = {
    "zero": "0 everywhere",
    "positive": "positive somewhere, negative nowhere",
    "negative": "negative somewhere, positive nowhere",
    "both signs": "positive at one place and negative at another",
    "not finite": "not finite",
}


def signs(values: np.ndarray) -> str:
    """Say in one word which signs the values have.

    Examples
    --------
    >>> [signs(np.array(values)) for values in ([0, 0], [0, 2], [-1, 0], [-1, 1])]
    ['zero', 'positive', 'negative', 'both signs']
    """
    # 0.1 + 0.2 − 0.3 is not exactly 0, in 32 bits less so.
    above, below = bool((values > 1e-5).any()), bool((values < -1e-5).any())
    if above and below:
        return "both signs"
    if not above and not below:
        return "zero" if np.isfinite(values).all() else "not finite"
    return "positive" if above else "negative"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Design(Exercise):
    """A task whose answer is a matrix of numbers, judged by what it does.

    Many answers are right: only the signs of the responses are compared with the reference's.

    Parameters
    ----------
    behavior : callable
        `behavior(matrix, *case)` gives the response of the matrix to one input, as an array.
    shape : tuple of int
        The matrix's shape.
    usage : str
        How the behavior is computed, as a line of code.
    """

    behavior: Callable[..., np.ndarray]
    shape: tuple[int, ...]
    usage: str

    def refuse(self, answer: object) -> Result | None:
        """Return a result for an answer that is no matrix of the right shape, else None."""
        size = "×".join(str(length) for length in self.shape)
        if callable(answer):
            return self._result(
                "not-a-matrix",
                f"Here a {size} matrix of numbers is asked for, not a function.",
            )
        with Guard(self.seconds) as guard:
            outcome = call(lambda: answer, (), guard=guard)
        if outcome.problem in ("raised", "time-up"):
            return self._result("not-a-matrix", "This could not be read as a matrix.")
        if outcome.problem == "empty":
            return self._result("empty-stub", f"Fill in the numbers of the {size} matrix first.")
        if outcome.value is None or outcome.value.shape != self.shape:
            what = outcome.detail or f"an array of shape {outcome.shape}"
            return self._result(
                "not-a-matrix", f"A {size} matrix of numbers is expected. Yours: {what}."
            )
        if not np.isfinite(outcome.value).all():
            return self._result("not-a-number", "One of the entries is not a finite number.")
        return None

    def attempt(self, answer: Any, case: tuple[Any, ...], guard: Guard | None = None) -> Outcome:
        """Compute the response of a matrix to one input."""
        matrix = read(answer).value
        return call(lambda *arguments: self.behavior(matrix, *arguments), case, self.arguments)

    def agree(self, returned: np.ndarray, expected: np.ndarray) -> bool:
        """Say whether two responses have the same signs."""
        return signs(returned) == signs(expected)

    def describe_expected(self, expected: np.ndarray) -> np.ndarray | str:
        """Say which signs the response should have."""
        return SIGNS_IN_WORDS[signs(expected)]

    def describe_call(self, arguments: Sequence[str]) -> str:
        """Return the text that uses the answer on these arguments."""
        return self.usage

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of what the matrix is tried on."""
        return tuple(inspect.signature(self.behavior).parameters)[1:]

    def _general(
        self, outcomes: list[Outcome], first: tuple[np.ndarray, np.ndarray]
    ) -> tuple[str, str]:
        response = SIGNS_IN_WORDS[signs(first[0])]
        return "wrong-response", f"On this picture the response is {response}."
