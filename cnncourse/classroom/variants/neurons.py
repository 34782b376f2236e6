"""Graded questions on chapter 01, neurons: batches of an epoch, losses, and steps downhill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, Program, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray


def _epochs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((4, 2), (5, 2), (3, 3), (7, 3), (8, 3), (6, 4), (11, 4), (13, 5))


_BATCHES = Program(
    '''def batches(count, size):
    """Return for each batch of one epoch its two numbers."""
    bounds = []
    $before
    for $loop:
        bounds.append(($first, $second))
    $after
    return bounds
''',
    {
        "before": "",
        "loop": "first in range(0, count, size)",
        "first": "first",
        "second": "min(first + size, count)",
        "after": "",
    },
)
_LEFT_OUT = "Some examples are in no batch."
_BATCH_MISTAKES = (
    mistake(
        "counts-the-last-example-in",
        "Your second number is the last example itself. As in a slice, it should be the one after "
        "it.",
        {"after": "bounds = [(first, end - 1) for first, end in bounds]"},
    ),
    mistake(
        "moves-by-one",
        "Your batches overlap: each begins one example after the one before.",
        {
            "before": "",
            "loop": "first in range(count - size + 1)",
            "first": "first",
            "second": "first + size",
            "after": "",
        },
    ),
    mistake(
        "one-batch-is-an-epoch",
        "You return one batch. An epoch has as many as it takes.",
        {
            "before": "",
            "loop": "first in range(1)",
            "first": "0",
            "second": "count",
            "after": "",
        },
    ),
)


def _epoch(
    name: str,
    rule: str,
    symptom: str,
    right: Mapping[str, str],
    planted: Mapping[str, str],
    still: str,
    *mistakes: Mistake,
    without: tuple[str, ...] = (),
) -> Exercise:
    """Make a task of repair from a rule for the rest of an epoch."""
    return variant(
        _BATCHES.but(**right),
        name=name,
        title="Repair the epoch",
        stars=1,
        prompt=f"""
`batches(count, size)` cuts one epoch of `count` examples, numbered from 0, into batches. {rule}
The code below has a bug: {symptom} Mend it.
""",
        inputs=_epochs,
        mistakes=(*mistakes, *_BATCH_MISTAKES),
        success="The epoch comes out as it should, with a rest and without.",
        planted=planted,
        still=f"{still} This still is what the planted bug does.",
        without=without,
        shown=(7, 3),
    )


_TWO = "For each batch it returns two numbers, its first example and the one after its last."
_ALL = {"before": "", "after": ""}
_FULL = {
    "loop": "number in range(count // size)",
    "first": "number * size",
    "second": "(number + 1) * size",
    **_ALL,
}
_SMALLER_LAST = {
    "loop": "first in range(0, count, size)",
    "first": "first",
    "second": "min(first + size, count)",
    **_ALL,
}
_SMALL = mistake(
    "makes-a-small-batch",
    "The rest makes a smaller batch at the end. The task says what becomes of it.",
    _SMALLER_LAST,
)
_DROPS = mistake(
    "drops-the-rest",
    "The examples after the last full batch are left out. The task says what becomes of them.",
    _FULL,
)
repair_the_epoch = Family(
    name="repair_the_epoch",
    skills="Mends a loop over the batches of an epoch where they do not come out even.",
    points=2,
    variants=(
        _epoch(
            "full_batches_only",
            f"{_TWO} Every batch has exactly `size` examples; a rest at the end that is too small "
            "is **left out**.",
            "sometimes the last batch is too small.",
            _FULL,
            {
                "loop": "number in range(-(-count // size))",
                "second": "min(number * size + size, count)",
            },
            "The rest still makes a batch of its own.",
            mistake(
                "runs-over-the-end",
                "All batches have the right size, but the last one ends behind the last example.",
                {"loop": "number in range(-(-count // size))"},
            ),
            mistake(
                "loses-a-full-batch",
                "Where all comes out even, your last full batch is missing.",
                {"loop": "number in range((count - 1) // size)"},
            ),
        ),
        _epoch(
            "rest_joins_the_last",
            f"{_TWO} Batches have `size` examples; the rest that is left over **joins the last "
            "batch**, which gets larger by it.",
            "some examples are in no batch.",
            {**_FULL, "after": "bounds[-1] = (bounds[-1][0], count)"},
            {"after": ""},
            _LEFT_OUT,
            _SMALL,
            mistake(
                "one-batch-too-many",
                "The rest joins the last batch and makes a batch of its own as well.",
                {**_SMALLER_LAST, "after": "bounds[-1] = (bounds[-1][0] - size, count)"},
                {**_FULL, "after": "bounds.append((bounds[-1][1], count))"},
            ),
            mistake(
                "rest-joins-the-first",
                "Your first batch is the larger one. The rest should join the last.",
                {
                    **_FULL,
                    "before": "rest = count % size",
                    "first": "number * size + rest * (number > 0)",
                    "second": "(number + 1) * size + rest",
                },
            ),
        ),
        _epoch(
            "small_one_first",
            f"{_TWO} Batches have `size` examples; if they do not come out even, the **first** "
            "batch is the smaller one. Every example is in exactly one batch.",
            "the smaller batch stands at the end.",
            {
                "loop": "end in range(count, 0, -size)",
                "first": "max(end - size, 0)",
                "second": "end",
                "after": "bounds.reverse()",
            },
            _SMALLER_LAST,
            "It is still the last batch that is smaller.",
            mistake(
                "leaves-them-backwards",
                "The batches are right, and stand in the opposite order: the last one comes first.",
                {"after": ""},
            ),
            mistake(
                "begins-before-the-first",
                "Your first batch begins before the first example, at a negative number.",
                {"first": "end - size"},
            ),
            mistake(
                "begins-with-an-empty-batch",
                "Where all comes out even, a batch without any example stands first.",
                {
                    "before": "bounds.append((0, count % size))",
                    "loop": "first in range(count % size, count, size)",
                    "first": "first",
                    "second": "first + size",
                    "after": "",
                },
            ),
            _DROPS,
        ),
        _epoch(
            "last_one_overlaps",
            f"{_TWO} **Every** batch has exactly `size` examples, and every example is in one. If "
            "they do not come out even, the last batch begins earlier, so that it shares examples "
            "with the one before. (`size` is never larger than `count`.)",
            "the last batch may be too small.",
            {
                "first": "min(first, count - size)",
                "second": "min(first + size, count)",
            },
            {"first": "first"},
            "The last batch still is smaller where they do not come out even.",
            mistake(
                "runs-over-the-end",
                "All batches have the right size, but the last one ends behind the last example.",
                {"first": "first", "second": "first + size"},
            ),
            _DROPS,
            mistake(
                "takes-the-last-batch-twice",
                "Where all comes out even, the last batch comes twice.",
                {**_FULL, "after": "bounds.append((count - size, count))"},
            ),
            mistake(
                "moves-every-batch",
                "All batches end at the end of the data here. Only the last one should move.",
                {
                    "loop": "first in range(count % size, count, size)",
                    "first": "first",
                    "second": "first + size",
                },
            ),
        ),
        _epoch(
            "number_of_batches_given",
            f"Here `size` is **the number of batches**. {_TWO} They follow one another, and their "
            "sizes differ by at most one: the larger ones come **first**.",
            "all of the rest lands in the last batch.",
            {
                "before": "small, rest = divmod(count, size)",
                "loop": "number in range(size)",
                "first": "number * small + min(number, rest)",
                "second": "(number + 1) * small + min(number + 1, rest)",
            },
            {
                "first": "number * small",
                "second": "(number + 1) * small if number + 1 < size else count",
            },
            "The last batch still takes the whole rest.",
            mistake(
                "larger-ones-last",
                "The sizes are right, and the larger batches stand at the end.",
                {
                    "first": "number * small + max(number - (size - rest), 0)",
                    "second": "(number + 1) * small + max(number + 1 - (size - rest), 0)",
                },
            ),
            mistake(
                "drops-the-rest",
                "All batches are alike, and some examples are in none.",
                {"first": "number * small", "second": "(number + 1) * small"},
            ),
            mistake(
                "swaps-count-and-size",
                "You take `size` for the examples in a batch. Here it is how many batches there "
                "are.",
                _SMALLER_LAST,
            ),
            mistake(
                "rounds-each-bound",
                "The sizes differ by at most one, but larger and smaller batches are mixed.",
                {
                    "first": "number * count // size",
                    "second": "(number + 1) * count // size",
                },
            ),
            mistake(
                "rounds-the-size-up",
                "Your batches are as large as the largest one, so that too few examples are left "
                "for the last.",
                {
                    "before": "large = -(-count // size)",
                    "first": "min(number * large, count)",
                    "second": "min((number + 1) * large, count)",
                },
            ),
            without=("moves-by-one",),
        ),
        _epoch(
            "first_and_length",
            "For each batch it returns two numbers: its first example and **how many** examples "
            "it has. Batches have `size` examples; if they do not come out even, the last one is "
            "smaller.",
            "the last batch claims too many.",
            {"second": "min(size, count - first)"},
            {"second": "size"},
            "The last batch still counts `size` examples where fewer are left.",
            mistake(
                "returns-the-end",
                "Your second number is where the batch ends. How many examples it has is asked "
                "for.",
                {"second": "min(first + size, count)"},
            ),
            mistake(
                "counts-the-rest-wrongly",
                "Where all comes out even, the last batch is full: a rest of 0 is no batch of 0.",
                {"second": "size if first + size < count else count % size"},
            ),
            mistake(
                "drops-the-rest",
                "Only full batches come back. The rest makes a smaller one.",
                {"loop": "first in range(0, count - size + 1, size)", "second": "size"},
            ),
            without=("counts-the-last-example-in", "moves-by-one"),
        ),
        _epoch(
            "every_second_example",
            "Only the **even** examples 0, 2, 4, … are used. For each batch it returns the first "
            "example and the **last** one, itself even, that belong to it. Batches have `size` "
            "even examples; the last one may have fewer.",
            "the odd examples are counted too.",
            {
                "loop": "first in range(0, count, 2 * size)",
                "second": "min(first + 2 * size - 2, (count - 1) // 2 * 2)",
            },
            {"loop": "first in range(0, count, size)", "second": "min(first + size, count) - 1"},
            "Every example is counted. Only the even ones are used.",
            mistake(
                "ends-after-the-last",
                "Your second number is the first example of the next batch. The last one of this "
                "batch is asked for.",
                {"second": "min(first + 2 * size, (count + 1) // 2 * 2)"},
            ),
            mistake(
                "ends-on-an-odd-one",
                "A batch of yours ends on an odd example, and those are not used.",
                {"second": "min(first + 2 * size, count) - 1"},
                {"second": "min(first + 2 * size - 2, count - 1)"},
            ),
            mistake(
                "runs-over-the-end",
                "Your last batch ends behind the last example.",
                {"second": "first + 2 * size - 2"},
            ),
            without=("counts-the-last-example-in",),
        ),
    ),
)


def _scores(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([2, 1]), 0
    yield np.array([2, 1]), 1
    yield np.array([0, 0, 0]), 2
    yield np.array([3, 1, 2]), 1
    yield np.array([1, 4, 2, 2]), 3
    yield np.array([5, -1, 1, 3, -2]), 0
    yield np.array([-2, 3, 0, 1]), 1
    yield np.array([0, 2000, 1997, 2]), 2
    yield np.array([800, 0, 798, 1]), 2


_LOSS = Program(
    '''def loss(scores, label):
    """Return the loss of one row of scores."""
    $prepare
    return $loss
''',
    {"prepare": "", "loss": ""},
)
_SHIFT = "shifted = scores - scores.max()\nlog_p = shifted - np.log(np.exp(shifted).sum())"
_NAIVE = "log_p = np.log(np.exp(scores) / np.exp(scores).sum())"
_BREAKS = (
    "Right for small scores. `np.exp(1000)` is too large for a float: only differences of scores "
    "count, so subtract the largest score first."
)
_COMMON = (
    mistake("breaks-at-large-scores", _BREAKS, {"prepare": _NAIVE}),
    mistake(
        "returns-the-probability",
        "This is the probability of the right class. A loss is asked for.",
        {"prepare": _SHIFT, "loss": "np.exp(log_p[label])"},
    ),
    mistake(
        "plain-cross-entropy",
        "This is the cross-entropy of the chapter. Read again what is different here.",
        {"prepare": _SHIFT, "loss": "-log_p[label]"},
    ),
    mistake(
        "forgets-the-minus",
        "The sign is the other one: a loss is small when things go well.",
        {"prepare": _SHIFT, "loss": "log_p[label]"},
    ),
)


def _loss(
    name: str,
    rule: str,
    right: Mapping[str, str],
    *mistakes: Mistake,
    without: tuple[str, ...] = (),
) -> Exercise:
    """Make the task of writing a loss."""
    named = {each.name for each in mistakes}
    exercise = variant(
        _LOSS.but(**right),
        name=name,
        title="Another loss",
        stars=2,
        prompt=f"""
Write `loss(scores, label)` for one picture: `scores` holds one score a class, and `label` is the
number of the right class. {rule} It must also work for scores of 2000.
""",
        inputs=_scores,
        mistakes=(*mistakes, *(each for each in _COMMON if each.name not in named)),
        success="Small where the right class is ahead, large where it is behind, finite "
        "everywhere.",
        without=without,
        shown=(np.array([1, 3, 2, -3]), 0),
    )
    # How a loss breaks, as inf or as nan, depends on how it is written.
    return replace(
        exercise,
        misconceptions=[
            replace(each, recognize=_right_or_not_finite)
            if each.name == "breaks-at-large-scores"
            else each
            for each in exercise.misconceptions
        ],
    )


def _right_or_not_finite(returned: Array, expected: Array) -> bool:
    return bool(
        returned.shape == expected.shape
        and (np.allclose(returned, expected) or not np.isfinite(returned).all())
    )


_SOFTMAX = "softmax turns the scores into probabilities"
another_loss = Family(
    name="another_loss",
    skills="Writes a classification loss from its description, stable for large scores.",
    points=3,
    variants=(
        _loss(
            "in_bits",
            f"As in the chapter, {_SOFTMAX}, and the loss is minus the logarithm of the right "
            "class's probability, but the logarithm **to base 2**, so that the loss is in bits.",
            {"prepare": _SHIFT, "loss": "-log_p[label] / np.log(2)"},
            mistake(
                "uses-another-logarithm",
                "Off by a constant factor: this logarithm is neither natural nor to base 2.",
                {"loss": "-log_p[label] / np.log(10)"},
            ),
            mistake(
                "multiplies-for-divides",
                "To change the base of a logarithm, you divide by the logarithm of the new base.",
                {"loss": "-log_p[label] * np.log(2)"},
            ),
        ),
        _loss(
            "temperature_two",
            f"All scores are **divided by 2** first; then {_SOFTMAX}, and the loss is minus the "
            "natural logarithm of the right class's probability.",
            {"prepare": f"scores = scores / 2\n{_SHIFT}", "loss": "-log_p[label]"},
            mistake(
                "multiplies-for-divides",
                "You multiply the scores by 2. They should be divided.",
                {"prepare": f"scores = scores * 2\n{_SHIFT}"},
            ),
            mistake(
                "scales-the-loss",
                "You divide the loss by 2. It is the scores that are divided, before softmax.",
                {"prepare": _SHIFT, "loss": "-log_p[label] / 2"},
            ),
            mistake(
                "breaks-at-large-scores",
                _BREAKS,
                {"prepare": f"scores = scores / 2\n{_NAIVE}"},
            ),
        ),
        _loss(
            "smoothed_label",
            f"Here {_SOFTMAX}. The right class is wanted with probability 0.9 only; the other "
            "0.1 is shared out **evenly among all classes**, the right one included. The loss "
            "is the sum, over all classes, of minus the wanted probability times the natural "
            "logarithm of the softmax probability.",
            {"prepare": _SHIFT, "loss": "-0.9 * log_p[label] - 0.1 * log_p.mean()"},
            mistake(
                "shares-among-the-others",
                "You share the 0.1 among the other classes. The right class gets its part, too.",
                {
                    "loss": "-0.9 * log_p[label]"
                    " - 0.1 * (log_p.sum() - log_p[label]) / (len(scores) - 1)"
                },
            ),
            mistake(
                "forgets-the-others",
                "Only the right class counts in your loss, with 0.9. The others have a part.",
                {"loss": "-0.9 * log_p[label]"},
            ),
            mistake(
                "gives-everyone-a-tenth",
                "You give out a whole 0.1 several times. All classes together get 0.1.",
                {"loss": "-0.9 * log_p[label] - 0.1 * log_p.sum()"},
                {"loss": "-0.9 * log_p[label] - 0.1 * (log_p.sum() - log_p[label])"},
            ),
            mistake(
                "keeps-the-right-class-at-nine-tenths",
                "The others have their parts. The right class has 0.9 and gets its part as well.",
                {"loss": "-0.9 * log_p[label] - 0.1 * (log_p.sum() - log_p[label]) / len(scores)"},
            ),
        ),
        _loss(
            "margin",
            "No softmax here. Every **other** class should stay at least 1 below the right "
            "one: a class whose score is `s` adds `s - right + 1` to the loss if that is "
            "positive and nothing otherwise, where `right` is the right class's score.",
            {
                "prepare": "over = np.maximum(scores - scores[label] + 1, 0)",
                "loss": "over.sum() - over[label]",
            },
            mistake(
                "counts-the-right-class",
                "One too many: the right class is compared with itself, which always adds 1.",
                {"loss": "over.sum()"},
            ),
            mistake(
                "forgets-the-margin",
                "A class just below the right one adds something, too: it should stay 1 below.",
                {"prepare": "over = np.maximum(scores - scores[label], 0)"},
            ),
            mistake(
                "worst-class-only",
                "Only the worst of the other classes counts in your loss. All of them do.",
                {"loss": "np.delete(over, label).max()"},
            ),
            mistake(
                "lets-terms-be-negative",
                "Classes far below make your loss smaller. They should add nothing.",
                {"prepare": "over = scores - scores[label] + 1"},
                {
                    "prepare": "over = scores - scores[label] + 1",
                    "loss": "max(over.sum() - over[label], 0)",
                },
            ),
            mistake(
                "compares-the-other-way-round",
                "Your loss grows as the right class gets ahead. It should grow as others do.",
                {"prepare": "over = np.maximum(scores[label] - scores + 1, 0)"},
            ),
            mistake(
                "takes-the-margin-off",
                "A class adds something to your loss only where it is more than 1 above the right "
                "one. It should stay 1 below.",
                {
                    "prepare": "over = np.maximum(scores - scores[label] - 1, 0)",
                    "loss": "over.sum()",
                },
            ),
            without=("breaks-at-large-scores",),
        ),
        _loss(
            "worst_margin",
            "No softmax here. Only the **strongest of the other classes** counts: the loss is how "
            "far it comes above the point that lies 1 below the right class's score, and 0 if it "
            "stays below that.",
            {
                "prepare": "worst = np.delete(scores, label).max()",
                "loss": "max(0, worst - scores[label] + 1)",
            },
            mistake(
                "counts-the-right-class",
                "The right class is among those you compare with: it is no rival of itself.",
                {"prepare": "worst = scores.max()"},
            ),
            mistake(
                "adds-up-all-classes",
                "You add up all other classes. Only the strongest of them counts.",
                {
                    "prepare": "over = np.maximum(scores - scores[label] + 1, 0)",
                    "loss": "over.sum() - over[label]",
                },
            ),
            mistake(
                "forgets-the-margin",
                "A rival just below the right class counts, too: it should stay 1 below.",
                {"loss": "max(0, worst - scores[label])"},
            ),
            mistake(
                "compares-the-other-way-round",
                "Your loss grows as the right class gets ahead. It should grow as others do.",
                {"loss": "max(0, scores[label] - worst + 1)"},
            ),
            mistake(
                "takes-the-margin-off",
                "A rival adds something to your loss only where it is more than 1 above the right "
                "class. It should stay 1 below.",
                {"loss": "max(0, worst - scores[label] - 1)"},
            ),
            mistake(
                "lets-the-loss-be-negative",
                "Where the right class is far ahead, your loss is negative. It should be 0.",
                {"loss": "worst - scores[label] + 1"},
            ),
            without=("breaks-at-large-scores",),
        ),
        _loss(
            "focused",
            f"Here {_SOFTMAX}. With `p` the right class's probability, the loss is minus the "
            "natural logarithm of `p`, times the **square of `1 - p`**: what is learned already "
            "counts little.",
            {
                "prepare": _SHIFT,
                "loss": "-((1 - np.exp(log_p[label])) ** 2) * log_p[label]",
            },
            mistake(
                "forgets-the-square",
                "You multiply by `1 - p`. Its square is asked for.",
                {"loss": "-(1 - np.exp(log_p[label])) * log_p[label]"},
            ),
            mistake(
                "weighs-by-the-probability",
                "You multiply by the square of `p`, so that what is learned already counts most.",
                {"loss": "-(np.exp(log_p[label]) ** 2) * log_p[label]"},
            ),
        ),
        _loss(
            "each_class_alone",
            "Every class is a question of its own, yes or no: the right class should be a yes, "
            "each other one a no. The probability of a yes is `1 / (1 + exp(-s))` for a class "
            "with score `s`. The loss is the **sum over the classes** of minus the natural "
            "logarithm of the probability of the right answer.",
            {
                "prepare": "signed = -scores.astype(float)\nsigned[label] = scores[label]",
                "loss": "np.logaddexp(0, -signed).sum()",
            },
            mistake(
                "averages-over-the-classes",
                "This is the mean over the classes. Their sum is asked for.",
                {"loss": "np.logaddexp(0, -signed).mean()"},
            ),
            mistake(
                "right-class-only",
                "Only the right class is asked in your loss. The others should be a no.",
                {"loss": "np.logaddexp(0, -signed[label])"},
            ),
            mistake(
                "every-class-is-a-yes",
                "All classes should be a yes in your loss. Only the right one should.",
                {"prepare": "signed = scores.astype(float)"},
            ),
            mistake(
                "every-class-is-a-no",
                "All classes should be a no in your loss. The right one should be a yes.",
                {"prepare": "signed = -scores.astype(float)"},
            ),
            mistake(
                "exchanges-yes-and-no",
                "In your loss the right class should be a no, and each other one a yes.",
                {"prepare": "signed = scores.astype(float)\nsigned[label] = -scores[label]"},
            ),
            mistake(
                "breaks-at-large-scores",
                "Right for small scores. A probability so small that it becomes 0 has no "
                "logarithm.",
                {"loss": "-np.log(1 / (1 + np.exp(-signed))).sum()"},
            ),
        ),
    ),
)


def _steps(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, float]]:
    yield np.array([[1]]), np.array([1]), np.array([3]), 0
    yield np.array([[2], [1]]), np.array([0, 1]), np.array([1]), -1.5
    yield np.array([[1, 2], [3, 0]]), np.array([1, 0]), np.array([2, -1]), 0.5
    for shape in ((3, 2), (4, 3), (5, 4), (6, 2)):
        yield (
            matrix(rng, shape, -2, 3),
            rng.integers(0, 2, shape[0], dtype=np.int64),
            rng.integers(-1, 2, shape[1], dtype=np.int64),
            int(rng.integers(-3, 4)) / 2,
        )


_STEP = Program(
    '''def step(X, t, w, b):
    """Return weights and bias after one step of gradient descent."""
    y = X @ w + b
    $slope
    for_weights = $for_weights
    for_bias = $for_bias
    return [*(w - 0.5 * for_weights), b - 0.5 * for_bias]
''',
    {
        "slope": "",
        "for_weights": "X.T @ slope / len(t)",
        "for_bias": "slope.mean()",
    },
)
_STEP_MISTAKES = (
    mistake(
        "leaves-the-inputs-out",
        "Every weight moves as the bias does. A weight's slope also has its input as a factor.",
        {"for_weights": "slope.mean() * np.ones(len(w))"},
        {"for_weights": "slope.sum() * np.ones(len(w))"},
    ),
    mistake(
        "bias-does-not-count",
        "The weights are right, and the bias stays. Its input is always 1, so it moves as well.",
        {"for_bias": "0"},
    ),
    mistake(
        "averages-too-early",
        "You multiply two means. Multiply for each example first, and take the mean then.",
        {"for_weights": "X.mean(axis=0) * slope.mean()"},
    ),
)


def _astray(program: Program, no_two: str) -> tuple[Mistake, ...]:
    """Make the mistakes that can be made with any slope; `no_two` where it has no factor 2."""
    step = program.function()

    def up(X: Array, t: Array, w: Array, b: float) -> Array:
        return 2 * np.array([*w, b]) - np.array(step(X, t, w, b))

    def gradient(X: Array, t: Array, w: Array, b: float) -> Array:
        return 2 * (np.array([*w, b]) - np.array(step(X, t, w, b)))

    def twice(X: Array, t: Array, w: Array, b: float) -> Array:
        return 2 * np.array(step(X, t, w, b)) - np.array([*w, b])

    def bias_first(X: Array, t: Array, w: Array, b: float) -> Array:
        return np.roll(step(X, t, w, b), 1)

    def one_by_one(X: Array, t: Array, w: Array, b: float) -> list[float]:
        moved = step(X, t, w, b)[:-1]
        return [*moved, step(X, t, np.array(moved), b)[-1]]

    return (
        mistake(
            "goes-uphill",
            "Your step goes uphill: the gradient points up, and the step goes against it.",
            up,
        ),
        mistake(
            "returns-the-gradient",
            "These are the slopes. The weights and the bias after the step are asked for.",
            gradient,
        ),
        mistake(
            "steps-twice-as-far",
            f"Your step is twice as long as it should be. The learning rate is 0.5{no_two}.",
            twice,
        ),
        mistake(
            "puts-the-bias-first",
            "The numbers are right, and the bias stands first. It should be the last one.",
            bias_first,
        ),
        mistake(
            "moves-one-after-the-other",
            "The weights are right. Your bias moves by a slope that was taken at the new weights: "
            "take all slopes before anything moves.",
            one_by_one,
        ),
    )


def _step(
    name: str,
    loss: str,
    right: Mapping[str, str],
    *mistakes: Mistake,
    total: bool = False,
    no_two: str = "",
) -> Exercise:
    """Make the task of one step for a loss; `total` where the loss is a sum over the examples."""
    if total:
        right = {"for_weights": "X.T @ slope", "for_bias": "slope.sum()", **right}
        share = mistake(
            "shares-it-out",
            "You take the mean over the examples. The loss is their sum.",
            {"for_weights": "X.T @ slope / len(t)", "for_bias": "slope.mean()"},
        )
    else:
        share = mistake(
            "sums-over-the-examples",
            "You step by the slopes of a sum. The loss is a mean: share it out among the examples.",
            {"for_weights": "X.T @ slope", "for_bias": "slope.sum()"},
        )
    program = _STEP.but(**right)
    return variant(
        program,
        name=name,
        title="One step downhill",
        stars=3,
        prompt=f"""
A neuron has the scores `X @ w + b` for the examples in the rows of `X`; `t` holds a target for each
example, 0 or 1. {loss}

Write `step(X, t, w, b)`: one step of gradient descent with learning rate 0.5. Return a flat list or
array of `len(w) + 1` numbers, the new weights in order and last the new bias.
""",
        inputs=_steps,
        mistakes=(
            *mistakes,
            share,
            *_astray(program, no_two),
            *_STEP_MISTAKES,
        ),
        success="Each loss has another slope for the score; how it gets to weights and bias is "
        "always the same.",
        # One score is negative, one error small and one large: all losses differ here.
        shown=(np.array([[1, 2], [-1, 1]]), np.array([1, 0]), np.array([1, 0]), -0.5),
    )


_HALF = mistake(
    "forgets-the-two",
    "Every slope is half of what it should be. The slope of a square has a factor 2.",
    {"slope": "slope = y - t"},
)
one_step = Family(
    name="one_step",
    skills="Derives the slopes of a loss for a neuron and takes one step of gradient descent.",
    points=5,
    variants=(
        _step(
            "with_relu",
            "The neuron's answer is the **ReLU** of its score. The loss is the mean, over the "
            "examples, of the square of answer minus target. (Where a score is not positive, the "
            "slope of ReLU is 0.)",
            {"slope": "slope = 2 * (np.maximum(y, 0) - t) * (y > 0)"},
            mistake(
                "lets-everything-through",
                "Examples that ReLU cuts off move your weights. Where it is flat, its slope is 0.",
                {"slope": "slope = 2 * (np.maximum(y, 0) - t)"},
            ),
            mistake(
                "forgets-the-relu",
                "Your neuron answers with its score. ReLU comes after it.",
                {"slope": "slope = 2 * (y - t)"},
            ),
            mistake(
                "forgets-the-two",
                "Every slope is half of what it should be. The slope of a square has a factor 2.",
                {"slope": "slope = (np.maximum(y, 0) - t) * (y > 0)"},
            ),
        ),
        _step(
            "sum_of_squares",
            "The neuron answers with its score. The loss is the **sum**, over the examples, of the "
            "square of answer minus target.",
            {"slope": "slope = 2 * (y - t)"},
            _HALF,
            mistake(
                "takes-the-answer-for-the-error",
                "You weigh the inputs with the answers. It is the errors that count, answer minus "
                "target.",
                {"slope": "slope = 2 * y"},
            ),
            total=True,
        ),
        _step(
            "absolute_error",
            "The neuron answers with its score. The loss is the mean, over the examples, of the "
            "**absolute value** of answer minus target. (Where an answer hits its target, take "
            "the slope 0.)",
            {"slope": "slope = np.sign(y - t)"},
            mistake(
                "squares-the-error",
                "These are the slopes of a squared error. An absolute value has the slope 1 or −1.",
                {"slope": "slope = 2 * (y - t)"},
                {"slope": "slope = y - t"},
            ),
            mistake(
                "drops-the-sign",
                "All errors push your weights in the same direction. Where the answer is too "
                "small, the slope is −1.",
                {"slope": "slope = np.abs(np.sign(y - t))"},
            ),
            mistake(
                "steps-by-the-error",
                "You weigh the inputs with the sizes of the errors. The slope of an absolute "
                "value does not grow with them.",
                {"slope": "slope = np.abs(y - t)"},
            ),
            mistake(
                "moves-where-it-hits",
                "Where an answer hits its target, your slope is 1 or −1. It should be 0 there.",
                {"slope": "slope = np.where(y > t, 1, -1)"},
                {"slope": "slope = np.where(y < t, -1, 1)"},
            ),
        ),
        _step(
            "logistic",
            "The neuron answers with `p = 1 / (1 + exp(-score))`, the probability of a 1. The loss "
            "is the mean, over the examples, of the **cross-entropy**: minus the natural logarithm "
            "of `p` where the target is 1, and of `1 - p` where it is 0.",
            {"slope": "slope = 1 / (1 + np.exp(-y)) - t"},
            mistake(
                "forgets-the-probability",
                "You compare scores with targets. The answer is a probability.",
                {"slope": "slope = y - t"},
            ),
            mistake(
                "multiplies-by-the-slope-of-the-answer",
                "You have the slope of `p` as a factor. Against the logarithm's slope it cancels.",
                {"slope": "p = 1 / (1 + np.exp(-y))\nslope = (p - t) * p * (1 - p)"},
            ),
            mistake(
                "squares-the-error",
                "These are the slopes of the squared error of `p`. The loss is a cross-entropy.",
                {"slope": "p = 1 / (1 + np.exp(-y))\nslope = 2 * (p - t) * p * (1 - p)"},
            ),
            no_two=", and the slope of a cross-entropy has no factor 2",
        ),
        _step(
            "small_weights",
            "The neuron answers with its score. The loss is the mean, over the examples, of the "
            "square of answer minus target, **plus the sum of the squares of all weights**; the "
            "bias is not in that sum.",
            {"slope": "slope = 2 * (y - t)", "for_weights": "X.T @ slope / len(t) + 2 * w"},
            mistake(
                "forgets-the-penalty",
                "The weights' own squares have no part in your step.",
                {"for_weights": "X.T @ slope / len(t)"},
            ),
            mistake(
                "shrinks-the-bias-too",
                "Your bias is drawn to 0 as the weights are. Its square is not in the loss.",
                {"for_bias": "slope.mean() + 2 * b"},
            ),
            mistake(
                "forgets-the-two",
                "The slope of a square has a factor 2, that of a squared weight as well.",
                {"for_weights": "X.T @ slope / len(t) + w"},
                {"slope": "slope = y - t", "for_weights": "X.T @ slope / len(t) + 2 * w"},
            ),
            mistake(
                "shares-the-penalty-out",
                "You share the weights' squares out among the examples. They are added once.",
                {"for_weights": "(X.T @ slope + 2 * w) / len(t)"},
            ),
        ),
        _step(
            "ones_count_three_times",
            "The neuron answers with its score. The loss is the mean, over all examples, of the "
            "square of answer minus target, in which the square of an example with **target 1 is "
            "multiplied by 3**.",
            {"slope": "slope = 2 * (y - t) * np.where(t == 1, 3, 1)"},
            mistake(
                "all-examples-alike",
                "All examples count alike in your step. Those with target 1 count three times.",
                {"slope": "slope = 2 * (y - t)"},
            ),
            mistake(
                "weighs-the-zeros",
                "The examples with target 0 count three times in your step. It should be the "
                "others.",
                {"slope": "slope = 2 * (y - t) * np.where(t == 0, 3, 1)"},
            ),
            mistake(
                "forgets-the-two",
                "Every slope is half of what it should be. The slope of a square has a factor 2.",
                {"slope": "slope = (y - t) * np.where(t == 1, 3, 1)"},
            ),
            mistake(
                "scales-the-target",
                "You multiply the target by 3. It is the example's square that is multiplied.",
                {"slope": "slope = 2 * (y - 3 * t)"},
            ),
            mistake(
                "squares-the-three",
                "You multiply the error by 3 before it is squared. It is the square that is "
                "multiplied.",
                {"slope": "slope = 2 * (y - t) * np.where(t == 1, 9, 1)"},
            ),
            mistake(
                "divides-by-the-weights",
                "You divide by the sum of the threes and ones. The mean divides by the number of "
                "examples.",
                {
                    "for_weights": "X.T @ slope / (1 + 2 * t).sum()",
                    "for_bias": "slope.sum() / (1 + 2 * t).sum()",
                },
            ),
        ),
        _step(
            "large_errors_count_less",
            "The neuron answers with its score. The loss is the mean, over the examples, of the "
            "**half** square of answer minus target where that difference lies between −1 and 1. "
            "Beyond, the loss goes on as a straight line with the slope it has there.",
            {"slope": "slope = np.clip(y - t, -1, 1)"},
            mistake(
                "squares-large-errors-too",
                "Large errors pull with their full size. Beyond −1 and 1 the slope stays what it "
                "is there.",
                {"slope": "slope = y - t"},
            ),
            mistake(
                "forgets-the-sign",
                "Your large errors all push the same way. Beyond −1, the line falls: its slope is "
                "−1.",
                {"slope": "slope = np.where(np.abs(y - t) <= 1, y - t, 1)"},
            ),
            mistake(
                "forgets-large-errors",
                "Errors beyond −1 and 1 have no effect. There, the slope is constant, not 0.",
                {"slope": "slope = (y - t) * (np.abs(y - t) <= 1)"},
            ),
            mistake(
                "clips-the-answer",
                "You clip the answer. It is the difference from the target that is bounded.",
                {"slope": "slope = np.clip(y, -1, 1) - t"},
            ),
            no_two=", and a half square has the slope of its error, once",
        ),
    ),
)

families = (repair_the_epoch, another_loss, one_step)
"""The chapter's graded questions, in order."""
