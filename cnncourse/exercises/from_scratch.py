"""Exercises and questions of chapter 12, from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import comb

import numpy as np

from cnncourse import functional
from cnncourse.exercises import _solutions_from_scratch as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "all_filters_alike",
    "chance_of_luck",
    "exercises",
    "numbers_to_learn",
    "one_epoch",
    "one_window",
    "questions",
    "read_the_code",
    "repair_slope",
    "three_digits_apart",
    "uses_of_one_weight",
    "what_forgets_the_place",
]

Array = np.ndarray


def _windows(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for count, k in ((1, 1), (1, 2), (2, 2), (3, 2), (3, 3), (2, 3), (4, 3)):
        filters = matrix(rng, (count, k * k), -3, 4).reshape(count, k, k)
        yield matrix(rng, (k, k), 1, 6), filters, matrix(rng, (1, count), -9, -1)[0]


one_window = Exercise(
    name="one_window",
    title="One window, all filters",
    stars=1,
    prompt="""
Complete `one_window(region, filters, biases)`. The window `region` has the shape (k, k), `filters`
the shape (F, k, k): F filters for pictures of one channel. There are F `biases`. Return what the
filters answer to this window, F numbers, without a loop.
""",
    stub='''def one_window(region, filters, biases):
    """Return what all filters answer to one window."""
    return ...
''',
    reference=solutions.one_window,
    inputs=_windows,
    seed=2,
    misconceptions=(
        Misconception(
            "adds-up-the-filters",
            "You add along the axis of the filters. That axis must stay: rows and columns are "
            "added up.",
            [
                lambda region, filters, biases: (filters * region).sum(axis=0),
                lambda region, filters, biases: (filters * region + biases[:, None, None]).sum(
                    axis=0
                ),
            ],
        ),
        Misconception(
            "sums-the-wrong-two-axes",
            "You add along two axes, and the axis of the filters is one of them. Rows and columns "
            "are axes 1 and 2.",
            [
                lambda region, filters, biases: (filters * region).sum(axis=(0, 1)) + biases,
                lambda region, filters, biases: (filters * region).sum(axis=(0, 2)) + biases,
            ],
        ),
        Misconception(
            "one-axis-only",
            "You add along one axis of the window. Its rows and its columns both belong to the "
            "sum.",
            [
                lambda region, filters, biases: (filters * region).sum(axis=1) + biases[:, None],
                lambda region, filters, biases: (filters * region).sum(axis=2) + biases[:, None],
            ],
        ),
        Misconception(
            "one-number-for-all",
            "Everything was added up to one number, and the biases to that. Each filter gives a "
            "number of its own.",
            [lambda region, filters, biases: (filters * region).sum() + biases],
        ),
        Misconception(
            "forgets-the-biases",
            "The products are summed as they should be. Each filter also adds its bias.",
            [lambda region, filters, biases: (filters * region).sum(axis=(1, 2))],
        ),
        Misconception(
            "adds-the-bias-in-every-pixel",
            "You add the bias before the sum, so that it counts once for each pixel of the "
            "window. It counts once.",
            [
                lambda region, filters, biases: (filters * region + biases[:, None, None]).sum(
                    axis=(1, 2)
                )
            ],
        ),
        Misconception(
            "turns-the-filters",
            "The filters are laid on turned by 180°. A network lays them on as they stand.",
            [
                lambda region, filters, biases: (
                    (filters[:, ::-1, ::-1] * region).sum(axis=(1, 2)) + biases
                )
            ],
        ),
        Misconception(
            "takes-a-matrix-product",
            "`@` multiplies matrices, rows by columns. Here each pixel meets the weight that "
            "lies on it.",
            [lambda region, filters, biases: (filters @ region).sum(axis=(1, 2)) + biases],
        ),
    ),
    success="Broadcasting lays every filter on the window, the sum over rows and columns leaves "
    "one number for each.",
)


def _scored(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for count, classes, low, high in (
        (1, 2, 0, 3),
        (2, 2, 0, 3),
        (2, 3, -2, 3),
        (3, 3, -2, 3),
        (4, 3, -3, 3),
        (5, 4, -2, 2),
        (3, 4, 900, 904),
        (4, 5, -2, 3),
    ):
        scores = matrix(rng, (count, classes), low, high)
        labels = rng.permutation(np.arange(count) % classes).astype(np.int64)
        yield scores.astype(np.float64), labels
    # Rows of very different size: one number for the whole batch cannot shift them all.
    yield np.array([[2.0, 0, 1], [1500, 1502, 1499], [-1200, -1201, -1199]]), np.array([0, 1, 2])


_SLOPE_STUB = '''def cross_entropy_slope(scores, labels):
    """Return the gradient of the mean cross-entropy for the scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    slope = powers / powers.sum(axis=1, keepdims=True)
    slope[:, labels] -= 1
    return slope / len(labels)
'''


def _slope(
    shift: Callable[[Array], Array | float] = lambda scores: scores.max(axis=1, keepdims=True),
    axis: int = 1,
    truth: Callable[[Array, Array], Array] = lambda p, labels: np.eye(p.shape[1])[labels],
    divisor: Callable[[Array], float] = len,
) -> Callable[[Array, Array], Array]:
    """Return the right program with some of its parts replaced."""

    def program(scores: Array, labels: Array) -> Array:
        powers = np.exp(scores - shift(scores))
        p = powers / powers.sum(axis=axis, keepdims=True)
        return (p - truth(p, labels)) / divisor(scores)

    return program


def _not_a_number_or_right(returned: Array, expected: Array) -> bool:
    if returned.shape != expected.shape:
        return False
    return bool((np.isnan(returned) | np.isclose(returned, expected)).all())


def _pushed_by_one(p: Array, labels: Array) -> Array:
    return np.eye(p.shape[1])[(labels - 1) % p.shape[1]]


repair_slope = Exercise(
    name="repair_slope",
    title="Repair the slope of the loss",
    stars=2,
    prompt="""
`cross_entropy_slope(scores, labels)` should return the gradient of the mean cross-entropy for the
scores: probability less truth, divided by the number of pictures. `scores` has one row for each
picture and one column for each class. One line takes the truth away from more than it should. Find
it and mend it. Scores may be large: 1,000 and more.
""",
    stub=_SLOPE_STUB,
    reference=solutions.cross_entropy_slope,
    inputs=_scored,
    seed=4,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: every picture has 1 taken away for the "
            "labels of **all** pictures. Each has one label.",
            [function_from(_SLOPE_STUB)],
        ),
        Misconception(
            "softmax-without-the-shift",
            "Right for small scores, and not a number for large ones: their powers overflow. "
            "Shift each picture's scores first.",
            [_slope(shift=lambda scores: 0.0), _slope(shift=lambda scores: scores.max())],
            recognize=_not_a_number_or_right,
        ),
        Misconception(
            "not-divided-by-the-batch",
            "This is the gradient of the **sum** of the losses. The loss is their mean.",
            [_slope(divisor=lambda scores: 1)],
        ),
        Misconception(
            "divides-by-the-classes",
            "You divide by the number of classes. The mean runs over the pictures.",
            [_slope(divisor=lambda scores: scores.shape[1]), _slope(divisor=np.size)],
        ),
        Misconception(
            "softmax-down-the-pictures",
            "Your probabilities add up to 1 down each column, over the pictures. One picture's "
            "should, along its row.",
            [_slope(axis=0)],
        ),
        Misconception(
            "forgets-the-truth",
            "These are probabilities, divided by the number of pictures. The right class has 1 "
            "taken away first.",
            [_slope(truth=lambda p, labels: np.zeros(p.shape))],
        ),
        Misconception(
            "adds-the-truth",
            "You add 1 at the right class. Its slope must be negative, so that a step makes its "
            "score larger.",
            [_slope(truth=lambda p, labels: -np.eye(p.shape[1])[labels])],
        ),
        Misconception(
            "one-class-too-early",
            "The 1 is taken from the class before the right one. Labels count from 0, as indices "
            "do.",
            [_slope(truth=_pushed_by_one)],
        ),
    ),
    success="One number in each row, the one at the picture's own label: two lists of indices pick "
    "pairs.",
)


def _streams(rng: np.random.Generator) -> Iterator[tuple[int, Array, Array]]:
    for start, length in ((1, 2), (2, 3), (-1, 4), (3, 5), (0, 6), (2, 7)):
        yield (
            start,
            matrix(rng, (1, length), 1, 3)[0],
            matrix(rng, (1, length), -5, 9)[0],
        )


def _accumulated(
    *,
    every: int = 2,
    clears: bool = True,
    overwrites: bool = False,
    mean: bool = False,
    last: bool = False,
    sign: int = 1,
    factor: float = 1,
) -> Callable[[int, Array, Array], float]:
    """Return the right reading of the program with some of its parts replaced."""

    def program(start: int, inputs: Array, targets: Array) -> float:
        weight, gradient = float(start), 0.0
        for i, (x, target) in enumerate(zip(inputs, targets, strict=False)):
            new = factor * (weight * x - target) * x
            gradient = new if overwrites else gradient + new
            ends = last and i == len(inputs) - 1
            if i % every == every - 1 or ends:
                weight -= sign * 0.25 * gradient / (2 if mean else 1)
                gradient = 0.0 if clears else gradient
        return weight

    return program


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
`start` is a whole number; `inputs` and `targets` are equally long rows of whole numbers. Which
number does this program print? Answer with a function `last_weight(start, inputs, targets)`,
without running PyTorch.

```python
import torch

weight = torch.tensor(float(start), dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.25)
for i, (x, target) in enumerate(zip(inputs, targets)):
    loss = (weight * x - target).square() / 2
    loss.backward()
    if i % 2 == 1:
        optimizer.step()
        optimizer.zero_grad()
print(weight.item())
```
""",
    stub='''def last_weight(start, inputs, targets):
    """Return the number that the code prints."""
    ...
''',
    reference=solutions.last_weight,
    inputs=_streams,
    seed=1,
    misconceptions=(
        Misconception(
            "steps-every-time",
            "You take a step after every example. The code steps after the second, the fourth, "
            "and so on.",
            [_accumulated(every=1)],
        ),
        Misconception(
            "keeps-only-the-last-gradient",
            "At a step you use the gradient of the last example alone. `backward` adds to what is "
            "there, so a step sees two.",
            [_accumulated(overwrites=True)],
        ),
        Misconception(
            "averages-the-gradients",
            "You take the mean of the two gradients. `backward` adds, and nobody divides.",
            [_accumulated(mean=True)],
        ),
        Misconception(
            "never-clears",
            "The gradients of earlier steps are still in yours. `zero_grad` clears them after "
            "each step.",
            [_accumulated(clears=False)],
        ),
        Misconception(
            "steps-at-the-end",
            "You also take a step for the example that is left over at the end. In the code none "
            "comes after it.",
            [_accumulated(last=True)],
        ),
        Misconception(
            "adds-the-gradient",
            "You go up: the gradient is added. `step` subtracts it.",
            [_accumulated(sign=-1)],
        ),
        Misconception(
            "forgets-the-half",
            "Your gradient is twice as large. The slope of the square is halved by the `/ 2`.",
            [_accumulated(factor=2)],
        ),
        Misconception(
            "nothing-happens",
            "Your weight stays as it was. There are steps, after every second example.",
            [lambda start, inputs, targets: start],
        ),
    ),
    success="Two backward passes, one step: so a batch too large for the memory is seen in two "
    "halves. What is left over is never used.",
)


def _epochs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array, int]]:
    for count, pixels, classes, batch in (
        (2, 1, 2, 1),
        (3, 2, 2, 2),
        (3, 2, 3, 2),
        (4, 3, 2, 2),
        (5, 2, 3, 2),
        (7, 3, 3, 3),
        (8, 2, 4, 3),
    ):
        order = np.roll(rng.permutation(count), 1).astype(np.int64)
        if np.array_equal(order, np.arange(count)):
            order = order[::-1].copy()
        yield (
            matrix(rng, (classes, pixels), -1, 1).astype(np.float64),
            matrix(rng, (count, pixels), 0, 2).astype(np.float64),
            np.arange(count, dtype=np.int64) % classes,
            order,
            batch,
        )


def _epoch(
    *,
    labels_in_order: bool = False,
    images_in_order: bool = False,
    sign: int = 1,
    divisor: Callable[[Array, int, Array], float] = lambda chosen, batch, order: len(chosen),
    keeps: bool = False,
    whole_batches: bool = False,
    one_weight: bool = False,
    off_by: int = 0,
) -> Callable[[Array, Array, Array, Array, int], Array]:
    """Return the right program with some of its parts replaced."""

    def program(weight: Array, images: Array, labels: Array, order: Array, batch: int) -> Array:
        plain = np.arange(len(order))
        now, gradient = weight.astype(float), np.zeros(weight.shape)
        end = len(order) - len(order) % batch if whole_batches else len(order)
        for first in range(0, end, batch):
            part = slice(first, first + batch)
            seen = images[(plain if images_in_order else order)[part]].astype(float)
            truth = labels[(plain if labels_in_order else order)[part]] + off_by
            slope = functional.softmax(seen @ (weight if one_weight else now).T * 1.0, dim=1)
            slope[np.arange(len(seen)), truth % len(weight)] -= 1
            new = slope.T @ seen / divisor(seen, batch, order)
            gradient = gradient + new if keeps else new
            now = now - sign * 0.5 * gradient
        return now

    return program


one_epoch = Exercise(
    name="one_epoch",
    title="One epoch",
    stars=2,
    prompt="""
Write `one_epoch(weight, images, labels, order, batch)`: one epoch of training a single dense layer
without biases. `weight` has the shape (classes, pixels), `images` (N, pixels), `labels` (N,).
`order` is the shuffled order in which the examples come. Take them `batch` at a time, the last
batch may be smaller, and take one step for each batch, with the learning rate **0.5** and the mean
cross-entropy of the batch as the loss. Return the weight after the epoch, and leave the one that
was given as it is.
""",
    stub='''def one_epoch(weight, images, labels, order, batch):
    """Return the weight after one epoch of steps with a rate of 0.5."""
    ...
''',
    reference=solutions.one_epoch,
    inputs=_epochs,
    seed=3,
    misconceptions=(
        Misconception(
            "shuffles-images-without-labels",
            "The images come in the shuffled order and the labels in the old one. Each picture "
            "must keep its label.",
            [_epoch(labels_in_order=True)],
        ),
        Misconception(
            "does-not-shuffle",
            "You take the examples as they lie, and `order` is not used.",
            [_epoch(labels_in_order=True, images_in_order=True)],
        ),
        Misconception(
            "goes-uphill",
            "You add the gradient. It points up; a step goes against it.",
            [_epoch(sign=-1)],
        ),
        Misconception(
            "not-divided-by-the-batch",
            "Your gradient is that of the **sum** of the losses in a batch. The loss is their "
            "mean.",
            [_epoch(divisor=lambda seen, batch, order: 1)],
        ),
        Misconception(
            "divides-by-another-number",
            "The mean runs over the examples that are in this batch: fewer in the last one, and "
            "not all there are.",
            [
                _epoch(divisor=lambda seen, batch, order: batch),
                _epoch(divisor=lambda seen, batch, order: len(order)),
            ],
        ),
        Misconception(
            "forgets-to-clear",
            "The gradients of earlier batches are still in yours. Each batch starts from zero.",
            [_epoch(keeps=True)],
        ),
        Misconception(
            "drops-the-last-batch",
            "The last batch is left out where it is smaller. An epoch passes over all examples.",
            [_epoch(whole_batches=True)],
        ),
        Misconception(
            "always-from-the-first-weight",
            "Every batch computes its scores with the weight from the beginning. Each step starts "
            "where the last one ended.",
            [_epoch(one_weight=True)],
        ),
        Misconception(
            "one-class-too-early",
            "The truth sits at the class before the right one. Labels count from 0, as indices do.",
            [_epoch(off_by=-1)],
        ),
    ),
    success="Shuffle both alike, one step a batch, the mean of the batch, against the gradient: a "
    "network of any size is trained in this way.",
)


def _both_right(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for alike, only_first, only_second in (
        ((0, 0), 1, 0),
        ((1, 0), 1, 1),
        ((1, 1), 0, 2),
        ((2, 1), 3, 1),
        ((3, 0), 1, 4),
        ((4, 2), 5, 2),
        ((3, 1), 3, 3),
        ((2, 0), 6, 0),
        ((9, 1), 2, 8),
    ):
        pairs = [(1, 1)] * alike[0] + [(0, 0)] * alike[1]
        pairs += [(1, 0)] * only_first + [(0, 1)] * only_second
        first, second = rng.permutation(np.array(pairs, dtype=np.int64)).T
        yield first.copy(), second.copy()


def _tail(n: int, most: int) -> float:
    return sum(comb(n, k) for k in range(most + 1)) / 2**n


def _split(first: Array, second: Array) -> tuple[int, int]:
    """Return how many only the first got right, and only the second."""
    return int((first > second).sum()), int((second > first).sum())


def _by_split(rule: Callable[[int, int], float]) -> Callable[[Array, Array], float]:
    """Return a program that goes by the two counts, the smaller one first."""
    return lambda first, second: rule(*sorted(_split(first, second)))


def _all_right_answers(first: Array, second: Array) -> float:
    fewer, more = sorted((int(first.sum()), int(second.sum())))
    return min(1.0, 2 * _tail(fewer + more, fewer))


def _all_digits(first: Array, second: Array) -> float:
    return min(1.0, 2 * _tail(len(first), min(_split(first, second))))


chance_of_luck = Exercise(
    name="chance_of_luck",
    title="Better, or lucky?",
    stars=3,
    prompt="""
Two networks have looked at the same test pictures. `first` and `second` hold a 1 where a network
was right and a 0 where it was not. One has more right answers. Is it better, or was it lucky?
Pictures on which both are right, or neither, say nothing about it. On the others, suppose that a
fair coin decides who is right. Write `chance_of_luck(first, second)`: the probability that the coin
splits **these** pictures at least as unevenly as they are split, in favor of either network.
""",
    stub='''def chance_of_luck(first, second):
    """Return how often a fair coin would split as unevenly as this."""
    ...
''',
    reference=solutions.chance_of_luck,
    inputs=_both_right,
    seed=6,
    misconceptions=(
        Misconception(
            "in-favor-of-one-only",
            "You count splits in favor of the network that came out ahead. The other one might "
            "have been as lucky.",
            [_by_split(lambda fewer, more: _tail(fewer + more, fewer))],
        ),
        Misconception(
            "exactly-this-split",
            "This is the probability of just this split. Splits that are still more uneven count "
            "too.",
            [
                _by_split(lambda fewer, more: comb(fewer + more, fewer) / 2 ** (fewer + more)),
                _by_split(
                    lambda fewer, more: min(1, 2 * comb(fewer + more, fewer) / 2 ** (fewer + more))
                ),
            ],
        ),
        Misconception(
            "more-uneven-only",
            "You count the splits that are more uneven, and leave out the one that happened.",
            [_by_split(lambda fewer, more: min(1, 2 * _tail(fewer + more, fewer - 1)))],
        ),
        Misconception(
            "counts-the-even-split-twice",
            "Where both are ahead equally often, your probability is larger than 1: the split "
            "down the middle was counted for both sides.",
            [_by_split(lambda fewer, more: 2 * _tail(fewer + more, fewer))],
        ),
        Misconception(
            "compares-all-right-answers",
            "You split all right answers. Those that both networks got right belong to neither "
            "side.",
            [_all_right_answers],
        ),
        Misconception(
            "tosses-for-every-picture",
            "You toss a coin for every picture. Where the networks agree there is nothing to "
            "decide.",
            [_all_digits],
        ),
        Misconception(
            "difference-of-accuracies",
            "This is by how much one accuracy exceeds the other. How likely is that by luck?",
            [lambda first, second: abs(first.mean() - second.mean())],
        ),
        Misconception(
            "chance-of-no-luck",
            "This is one minus what is asked for: the probability of a split less uneven than "
            "this one.",
            [
                lambda first, second: 1 - solutions.chance_of_luck(first, second),
            ],
        ),
    ),
    success="Only the pictures on which they differ speak. Statisticians call this the sign test; "
    "for two classifiers it goes by the name of McNemar.",
)

exercises = (one_window, repair_slope, read_the_code, one_epoch, chance_of_luck)
"""The chapter's exercises, in order."""


uses_of_one_weight = Question(
    name="uses_of_one_weight",
    label="From chapter 11",
    prompt="A kernel of 3×3 slides over a picture of 8×8 without padding. How many terms does the "
    "gradient of the loss for **one** of its weights add up?",
    choices=(
        Choice(
            "1: each weight has one gradient.",
            "It is one number, but a sum: the weight is used in every window, and each use adds "
            "its share.",
            misconception="one-use-one-term",
        ),
        Choice(
            "9",
            "Nine is how many weights the kernel has, and how many terms one output adds up.",
            misconception="counts-the-weights",
        ),
        Choice(
            "36",
            "Yes: the window stands in 6 · 6 places, and in each the weight meets one pixel.",
            correct=True,
        ),
        Choice(
            "64",
            "That would be one for each pixel. A weight meets a pixel once for each place of the "
            "window.",
            misconception="counts-the-pixels",
        ),
    ),
)

numbers_to_learn = Question(
    name="numbers_to_learn",
    label="From chapter 08",
    prompt="A layer reads 16 channels and has 32 filters of 3×3, each with a bias. How many "
    "numbers does it learn?",
    choices=(
        Choice(
            "320",
            "That is 32 kernels and biases: one kernel a filter. A filter has a kernel for each "
            "of the 16 channels that it reads.",
            misconception="one-kernel-a-filter",
        ),
        Choice(
            "4,608",
            "The weights are all there, 32 · 16 · 9. Each filter also has a bias.",
            misconception="forgets-the-biases",
        ),
        Choice(
            "5,120",
            "Here each of the 512 kernels has a bias of its own. A bias belongs to a filter.",
            misconception="one-bias-a-kernel",
        ),
        Choice(
            "4,640",
            "Yes: 32 filters of 16 · 9 weights, and 32 biases.",
            correct=True,
        ),
    ),
)

all_filters_alike = Question(
    name="all_filters_alike",
    label="Question 1",
    prompt="A network starts with eight filters that are all the same, and so are their weights in "
    "the dense layer behind. What will the eight filters be after training?",
    choices=(
        Choice(
            "Eight different ones: each finds something of its own.",
            "What should make them differ? They give the same maps, so they get the same "
            "gradient, and take the same step.",
            misconception="training-tells-them-apart",
        ),
        Choice(
            "Still all the same.",
            "Yes: equal filters with equal weights behind them get equal gradients, step after "
            "step. That is why the first weights are drawn at random.",
            correct=True,
        ),
        Choice(
            "All zeros: they cancel each other.",
            "They do not cancel, they help each other: together they act like one filter with an "
            "eightfold weight behind it.",
            misconception="equal-filters-cancel",
        ),
        Choice(
            "As they were: the network cannot learn at all.",
            "It learns, but what one filter could learn as well. It has to be zero for nothing to "
            "happen.",
            misconception="equal-means-stuck",
        ),
    ),
)

what_forgets_the_place = Question(
    name="what_forgets_the_place",
    label="Question 2",
    prompt="Trained on digits that stand in the middle, one network still reads them anywhere in "
    "the field. Which part of it does this?",
    choices=(
        Choice(
            "The convolutions: they share their weights.",
            "They make the maps move along with the digit. Conv, pool and a dense layer has "
            "shared weights too, and failed.",
            misconception="equivariance-is-invariance",
        ),
        Choice(
            "The 2×2 pooling.",
            "It forgives a pixel here and there. The network that holds has none at all.",
            misconception="pooling-gives-invariance",
        ),
        Choice(
            "The global maximum behind the convolutions.",
            "Yes: maps that move along with the digit, and then one number for each map that "
            "does not know from where it came. Both are needed.",
            correct=True,
        ),
        Choice(
            "Its larger number of parameters.",
            "The dense network with 2,048 hidden units has eighty times as many, and fell behind.",
            misconception="more-parameters-help",
        ),
    ),
)

three_digits_apart = Question(
    name="three_digits_apart",
    label="Question 3",
    prompt="You trained two networks with one seed each. On 400 test digits one is right 394 "
    "times, the other 391 times. What may you say?",
    choices=(
        Choice(
            "That they tie, as far as this test can tell. More seeds, and more digits, would "
            "tell more.",
            "Yes. Three digits are less than what a change of seed does.",
            correct=True,
        ),
        Choice(
            "The first is the better network.",
            "Another seed moves the same network by as much, and so would 400 other digits.",
            misconception="one-seed-decides",
        ),
        Choice(
            "The first is better by 0.75 points, give or take nothing: the test set is fixed.",
            "The digits are fixed, but they are 400 of many that could have been taken, and the "
            "seed is one of many too.",
            misconception="the-test-set-has-no-chance",
        ),
        Choice(
            "Nothing, until the settings have been tuned on these 400 digits.",
            "Then the test set would have chosen, and could no longer report. Settings are "
            "chosen on the validation digits.",
            misconception="tunes-on-the-test-set",
        ),
    ),
)

questions = (
    uses_of_one_weight,
    numbers_to_learn,
    all_filters_alike,
    what_forgets_the_place,
    three_digits_apart,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
