"""Exercises and questions of chapter 01, neurons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_neurons as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "all_zero_start",
    "best_on_the_test",
    "cross_entropy",
    "exercises",
    "gradient",
    "neuron",
    "pieces",
    "questions",
    "repair_batches",
    "two_layers_no_relu",
]

Array = np.ndarray


def _row(rng: np.random.Generator, length: int, low: int, high: int) -> Array:
    return rng.integers(low, high, length, dtype=np.int64, endpoint=True)


def _neuron_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for x, w, b in (
        ([2], [3], 1),
        ([3], [1], -1),
        ([1, 2], [1, -3], 2),
        ([4, 1], [-1, 2], 1),
        ([2, 3], [2, 1], -4),
        ([1, 0, 2], [2, -1, 1], -5),
    ):
        yield np.array(x), np.array(w), b
    for length in (3, 4, 6):
        yield _row(rng, length, 0, 4), _row(rng, length, -1, 3), int(rng.integers(-4, 5))


neuron = Exercise(
    name="neuron",
    title="One neuron",
    stars=1,
    prompt="""
Complete the last line of `neuron(x, w, b)`. `x` holds the inputs, `w` their weights and `b` is the
bias. Return what the neuron answers, with ReLU.
""",
    stub='''def neuron(x, w, b):
    """Return what a neuron with ReLU answers."""
    return ...
''',
    reference=solutions.neuron,
    inputs=_neuron_inputs,
    misconceptions=(
        Misconception(
            "forgets-the-relu",
            "This is the score before ReLU. What is below zero should become zero.",
            [lambda x, w, b: (w * x).sum() + b],
        ),
        Misconception(
            "forgets-the-bias",
            "The weighted sum is cut off at zero. The bias has no part in it yet.",
            [lambda x, w, b: max(0, (w * x).sum())],
        ),
        Misconception(
            "adds-the-bias-last",
            "You cut off at zero first and add the bias then. The bias belongs to the score; ReLU "
            "comes last.",
            [lambda x, w, b: max(0, (w * x).sum()) + b],
        ),
        Misconception(
            "subtracts-the-bias",
            "Here the bias is subtracted, as if it were a threshold. It is added.",
            [lambda x, w, b: max(0, (w * x).sum() - b)],
        ),
        Misconception(
            "cuts-off-each-product",
            "You cut off each product at zero. Negative products count; only the whole score is "
            "cut off.",
            [lambda x, w, b: max(0, np.maximum(w * x, 0).sum() + b)],
        ),
        Misconception(
            "drops-the-sign",
            "Negative scores become positive. ReLU makes them zero.",
            [lambda x, w, b: abs((w * x).sum() + b)],
        ),
        Misconception(
            "answers-yes-or-no",
            "You answer 1 where the score is positive. ReLU lets a positive score pass as it is.",
            [lambda x, w, b: int((w * x).sum() + b > 0)],
        ),
        Misconception(
            "adds-the-bias-to-every-product",
            "The bias is added once for each input. A neuron has one bias, added once.",
            [lambda x, w, b: max(0, (w * x + b).sum())],
        ),
    ),
    success="Multiply, add up, add the bias, cut off at zero: that is all a neuron does.",
)


def _batch_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((4, 2), (5, 2), (3, 1), (6, 4), (7, 3), (2, 5), (10, 4))


_BATCHES_STUB = '''def batches(count, size):
    """Return for each batch of one epoch its first and its end."""
    bounds = []
    for number in range(count // size):
        first = number * size
        bounds.append((first, first + size))
    return bounds
'''

repair_batches = Exercise(
    name="repair_batches",
    title="Repair the epoch",
    stars=1,
    prompt="""
`batches(count, size)` cuts one epoch of `count` examples into batches of `size`. For each batch it
returns two numbers, its first example and the one after its last, as in a slice. **Every** example
belongs to exactly one batch of the epoch; if they do not come out even, the last batch is smaller:
`batches(5, 2)` is `[(0, 2), (2, 4), (4, 5)]`.
The code below leaves some out. Mend it.
""",
    stub=_BATCHES_STUB,
    reference=solutions.batches,
    inputs=_batch_inputs,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "The examples after the last full batch are never seen, in no epoch. This still is "
            "what the planted bug does.",
            [function_from(_BATCHES_STUB)],
        ),
        Misconception(
            "runs-over-the-end",
            "There are enough batches now. The last one ends behind the last example.",
            [lambda count, size: [(k, k + size) for k in range(0, count, size)]],
        ),
        Misconception(
            "adds-an-empty-batch",
            "Right where a rest is left over. Where all comes out even, your last batch is empty.",
            [
                lambda count, size: [
                    (k * size, min((k + 1) * size, count)) for k in range(count // size + 1)
                ]
            ],
        ),
        Misconception(
            "swells-the-last-batch",
            "The rest is put into the last full batch, which gets too large. It should make a "
            "smaller batch of its own.",
            [
                lambda count, size: [
                    (k * size, (k + 1) * size if k + 1 < count // size else count)
                    for k in range(max(1, count // size))
                ]
            ],
        ),
        Misconception(
            "moves-by-one",
            "Your batches overlap: each begins one example after the one before. Here an example "
            "would be seen many times.",
            [
                lambda count, size: [
                    (k, min(k + size, count)) for k in range(max(1, count - size + 1))
                ]
            ],
        ),
        Misconception(
            "one-batch-is-an-epoch",
            "You return one batch. An epoch is one pass over all examples.",
            [lambda count, size: [(0, min(size, count))], lambda count, size: [(0, count)]],
        ),
        Misconception(
            "counts-the-last-example-in",
            "Your second number is the last example itself. As in a slice, it should be the one "
            "after it.",
            [lambda count, size: [(k, min(k + size, count) - 1) for k in range(0, count, size)]],
        ),
        Misconception(
            "swaps-count-and-size",
            "You make `size` batches. `size` is how many examples are in one.",
            [
                lambda count, size: [
                    (k * count // size, (k + 1) * count // size) for k in range(size)
                ]
            ],
        ),
    ),
    success="Every example once: that is an epoch, however large the batches are.",
)


def _score_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([2, 1]), 0
    yield np.array([2, 1]), 1
    yield np.array([0, 0, 0]), 2
    yield np.array([3, 1, 2]), 1
    yield np.array([1, 4, 2, 2]), 3
    yield np.array([5, 1, 1, 3, 2]), 0
    yield np.array([0, 1000, 999, 2]), 2
    yield np.array([800, 0, 799, 1]), 1


def _probabilities(scores: Array) -> Array:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _right_or_not_finite(returned: Array, expected: Array) -> bool:
    return bool(
        returned.shape == expected.shape
        and (np.allclose(returned, expected) or not np.isfinite(returned).all())
    )


def _naive_cross_entropy(scores: Array, label: int) -> float:
    return -np.log(np.exp(scores)[label] / np.exp(scores).sum())


def _log_probability(scores: Array, label: int) -> float:
    shifted = scores - scores.max()
    return shifted[label] - np.log(np.exp(shifted).sum())


cross_entropy = Exercise(
    name="cross_entropy",
    title="Cross-entropy that does not break",
    stars=2,
    prompt="""
Write `cross_entropy(scores, label)` for one picture: `scores` holds one score a class, `label` is
the number of the right class. The loss is minus the natural logarithm of the probability that
softmax gives to the right class. It must also work for scores of 1000.
""",
    stub='''def cross_entropy(scores, label):
    """Return the cross-entropy of one row of scores."""
    ...
''',
    reference=solutions.cross_entropy,
    inputs=_score_inputs,
    misconceptions=(
        Misconception(
            "breaks-at-large-scores",
            "Right for small scores. `np.exp(1000)` is too large for a float: only differences of "
            "scores count, so subtract the largest score from all first.",
            [_naive_cross_entropy],
            recognize=_right_or_not_finite,
        ),
        Misconception(
            "forgets-the-minus",
            "This is the logarithm of the probability, which is never positive. A loss is small "
            "when things go well.",
            [_log_probability],
        ),
        Misconception(
            "returns-the-probability",
            "This is the probability of the right class. The loss is minus its logarithm.",
            [lambda scores, label: _probabilities(scores)[label]],
        ),
        Misconception(
            "takes-one-minus-the-probability",
            "You return how much probability the other classes got. The loss is minus a logarithm.",
            [lambda scores, label: 1 - _probabilities(scores)[label]],
        ),
        Misconception(
            "uses-another-logarithm",
            "Off by a constant factor: this logarithm has another base. `np.log` is the natural "
            "one.",
            [
                lambda scores, label: -_log_probability(scores, label) / np.log(2),
                lambda scores, label: -_log_probability(scores, label) / np.log(10),
            ],
        ),
        Misconception(
            "squares-the-difference",
            "This is the squared difference between the probabilities and the right answer, "
            "another loss.",
            [
                lambda scores, label: float(
                    ((_probabilities(scores) - np.eye(len(scores))[label]) ** 2).sum()
                ),
                lambda scores, label: float(
                    ((_probabilities(scores) - np.eye(len(scores))[label]) ** 2).mean()
                ),
            ],
        ),
        Misconception(
            "adds-up-all-classes",
            "You add up the logarithms of all classes. Only the right class has a part in this "
            "loss.",
            [lambda scores, label: -sum(_log_probability(scores, k) for k in range(len(scores)))],
        ),
        Misconception(
            "takes-the-margin",
            "You return how far the largest score is above the right one. Softmax looks at the "
            "other scores too.",
            [lambda scores, label: scores.max() - scores[label]],
        ),
    ),
    success="Shifted by the largest score, no power overflows, and the loss is the same: softmax "
    "sees differences only.",
)


def _gradient_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, int]]:
    yield np.array([[1]]), np.array([1]), np.array([3]), 0
    yield np.array([[2], [1]]), np.array([1, 5]), np.array([1]), 2
    for shape in ((2, 2), (3, 2), (4, 3), (5, 4)):
        yield (
            matrix(rng, shape, 0, 4),
            _row(rng, shape[0], -3, 6),
            _row(rng, shape[1], -2, 2),
            int(rng.integers(1, 4)),
        )


def _slopes(X: Array, t: Array, w: Array, b: int) -> Array:
    return np.array(solutions.gradient(X, t, w, b))


def _error_alone(X: Array, t: Array, w: Array, b: int) -> Array:
    error = X @ w + b - t
    return np.full(len(w) + 1, 2 * error.mean())


def _mean_inputs(X: Array, t: Array, w: Array, b: int) -> Array:
    error = (X @ w + b - t).mean()
    return np.array([*(2 * error * X.mean(axis=0)), 2 * error])


def _bias_forgotten(X: Array, t: Array, w: Array, b: int) -> Array:
    return np.array([*_slopes(X, t, w, b)[:-1], 0])


gradient = Exercise(
    name="gradient",
    title="The slopes of the squared error",
    stars=2,
    prompt="""
A neuron without ReLU answers `y = X @ w + b` for the examples in the rows of `X`. Its loss is the
mean, over the examples, of the square of `y - t`. Write `gradient(X, t, w, b)`, which returns a
flat list or array of `len(w) + 1` slopes: the loss's slope for each weight, in order, and last the
slope for the bias.
""",
    stub='''def gradient(X, t, w, b):
    """Return the slopes of the loss for all weights, then for the bias."""
    ...
''',
    reference=solutions.gradient,
    inputs=_gradient_inputs,
    misconceptions=(
        Misconception(
            "forgets-the-two",
            "Every slope is half of what it should be. The slope of a square has a factor 2.",
            [lambda X, t, w, b: _slopes(X, t, w, b) / 2],
        ),
        Misconception(
            "sums-over-the-examples",
            "These are the slopes of a sum. The loss is a mean: share it out among the examples.",
            [lambda X, t, w, b: _slopes(X, t, w, b) * len(t)],
        ),
        Misconception(
            "points-downhill",
            "Every slope has the opposite sign: this is the way down. The gradient points up; the "
            "minus comes with the step.",
            [lambda X, t, w, b: -_slopes(X, t, w, b)],
        ),
        Misconception(
            "leaves-the-inputs-out",
            "Every weight gets the slope of the bias. A weight's slope also has its input as a "
            "factor.",
            [_error_alone],
        ),
        Misconception(
            "averages-too-early",
            "You multiply two means. Multiply for each example first, what it is off by times its "
            "input, and then take the mean.",
            [_mean_inputs],
        ),
        Misconception(
            "bias-does-not-count",
            "The weights are right. The bias changes the loss as well: its input is always 1.",
            [_bias_forgotten],
        ),
        Misconception(
            "answers-without-the-bias",
            "Your errors are those of a neuron without its bias.",
            [lambda X, t, w, b: _slopes(X, t, w, 0)],
        ),
        Misconception(
            "takes-the-answer-for-the-error",
            "You weigh the inputs with the answers. What drives the slopes is how far the answers "
            "are off: answer minus target.",
            [lambda X, t, w, b: _slopes(X, 0 * t, w, b)],
        ),
    ),
    success="Error times input, averaged and doubled: this pattern returns in every layer of every "
    "network.",
)


def _piece_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for w, b, v in (
        ([1], [0], [1]),
        ([0], [2], [1]),
        ([1, -1], [0, 0], [1, 1]),
        ([1, -1], [0, 0], [1, -1]),
        ([1, 1], [-1, -2], [1, 1]),
        ([1, 2], [-1, -4], [1, 0]),
        ([0, 1], [3, -1], [1, 1]),
        ([2, 1], [-4, -2], [1, 3]),
        ([2, 1], [-4, -2], [1, -2]),
        ([1, 1, 1], [0, -1, -2], [1, -2, 1]),
        ([2, -1, 3, 0], [-2, 1, -6, 1], [1, 2, 0, 5]),
        ([1, -2, 1, 3], [0, 0, -1, -3], [2, -1, 3, 1]),
    ):
        yield np.array(w), np.array(b), np.array(v)


def _distinct(places: Any) -> int:
    return len({float(place) for place in places})


def _signed_change(w: Array, b: Array, v: Array) -> int:
    change: dict[float, int] = {}
    for weight, bias, out in zip(w, b, v, strict=True):
        if weight != 0:
            change[-bias / weight] = change.get(-bias / weight, 0) + out * weight
    return 1 + sum(value != 0 for value in change.values())


pieces = Exercise(
    name="pieces",
    title="How many straight pieces?",
    stars=3,
    prompt="""
A network has one number `x` as its input, one hidden layer with ReLU and one output:
`f(x) = v[0] * relu(w[0] * x + b[0]) + v[1] * relu(w[1] * x + b[1]) + ...`. Its graph is made of
straight pieces that meet at bends. Write `pieces(w, b, v)`, which returns how many pieces there
are, **exactly**. A place where nothing bends does not part two pieces, whatever neurons sit there.
""",
    stub='''def pieces(w, b, v):
    """Return how many straight pieces the graph of f has."""
    ...
''',
    reference=solutions.pieces,
    inputs=_piece_inputs,
    misconceptions=(
        Misconception(
            "one-piece-a-neuron",
            "You count the neurons. One neuron alone already makes two pieces.",
            [lambda w, b, v: len(w)],
        ),
        Misconception(
            "every-neuron-bends",
            "You count one bend for each neuron. Some never bend, some share a place, some are "
            "not heard.",
            [lambda w, b, v: len(w) + 1],
        ),
        Misconception(
            "counts-the-bends",
            "These are the bends. Between them and outside, there is one piece more.",
            [lambda w, b, v: solutions.pieces(w, b, v) - 1],
        ),
        Misconception(
            "counts-a-place-twice",
            "Neurons that bend at the same place make one bend together. You count each.",
            [lambda w, b, v: 1 + int(((w != 0) & (v != 0)).sum())],
        ),
        Misconception(
            "overlooks-that-bends-cancel",
            "Two bends at one place can cancel, as in relu(x) − relu(−x), which is a straight "
            "line.",
            [lambda w, b, v: 1 + _distinct(-b[(w != 0) & (v != 0)] / w[(w != 0) & (v != 0)])],
        ),
        Misconception(
            "ignores-the-output-weights",
            "You look at `w` and `b` only. A neuron with output weight 0 is not heard, and others "
            "may cancel.",
            [lambda w, b, v: 1 + _distinct(-b[w != 0] / w[w != 0])],
        ),
        Misconception(
            "mistakes-the-direction",
            "A neuron with a negative `w` bends in the same sense as one with a positive `w`: at "
            "its bend the slope grows from left to right.",
            [_signed_change],
        ),
    ),
    success="Each place counts once, and only if the changes of slope there do not cancel. With n "
    "neurons there can be n + 1 pieces, and no more.",
)

exercises = (neuron, repair_batches, cross_entropy, gradient, pieces)
"""The chapter's exercises, in order."""


two_layers_no_relu = Question(
    name="two_layers_no_relu",
    label="Question 1",
    prompt="A network has a layer from 64 numbers to 100, then one from 100 to 10, and nothing in "
    "between: no ReLU. What can it compute?",
    choices=(
        Choice(
            "More than a single layer, for it has more weights.",
            "It has more weights, but multiplied out they are one table of 10 × 64 and 10 biases.",
            misconception="more-weights-more-functions",
        ),
        Choice(
            "Just what one layer from 64 to 10 can compute.",
            "Yes: a weighted sum of weighted sums is a weighted sum. It takes something like ReLU "
            "in between to get further.",
            correct=True,
        ),
        Choice(
            "Any function, if only the hidden layer is large enough.",
            "That is said of networks with a nonlinear step between the layers. Here nothing "
            "bends, however many neurons there are.",
            misconception="size-replaces-nonlinearity",
        ),
        Choice(
            "Less than one layer, as information is lost on the way.",
            "The 100 numbers in between are more than enough for 10 scores. Nothing has to get "
            "lost; nothing is gained either.",
            misconception="linear-layers-lose",
        ),
    ),
)

best_on_the_test = Question(
    name="best_on_the_test",
    label="Question 2",
    prompt="You train 20 networks with different settings. Which accuracy do you report?",
    choices=(
        Choice(
            "The highest of the 20 accuracies on the test set.",
            "The highest of 20 is partly luck, and now the luck is in your report. The test set "
            "has been used for choosing.",
            misconception="chooses-on-the-test",
        ),
        Choice(
            "The accuracy on the training set of the network that fits best.",
            "A network can learn its training examples by heart. It says nothing about pictures it "
            "has not seen.",
            misconception="trusts-the-training-set",
        ),
        Choice(
            "The validation accuracy of the network with the best validation accuracy.",
            "The right network, but this number helped to choose it and is a little too good. One "
            "set is still untouched.",
            misconception="reports-the-validation",
        ),
        Choice(
            "The test accuracy of the network with the best validation accuracy.",
            "Yes: the validation set chooses, the test set is used once, at the very end.",
            correct=True,
        ),
    ),
)

all_zero_start = Question(
    name="all_zero_start",
    label="Question 3",
    prompt="A network with one hidden layer and ReLU starts with **all** weights and biases at "
    "zero. What does gradient descent make of it?",
    choices=(
        Choice(
            "It learns as usual, only more slowly at first.",
            "That happens with small weights. At exactly zero the weights' slopes are zero too, "
            "and stay so.",
            misconception="zero-is-just-small",
        ),
        Choice(
            "Nothing at all changes, for every slope is zero.",
            "Nearly. The slopes of the last biases are not zero: they learn how frequent each "
            "class is.",
            misconception="no-slope-at-all",
        ),
        Choice(
            "Only the last biases learn; every picture gets the same scores.",
            "Yes. Hidden neurons answer 0, so the last weights have no slope; the last weights "
            "are 0, so the first ones have none.",
            correct=True,
        ),
        Choice(
            "The neurons soon go different ways, because the pictures differ.",
            "They all see the same pictures with the same weights and get the same slopes. "
            "Nothing tells them apart.",
            misconception="data-break-the-symmetry",
        ),
    ),
)

questions = (two_layers_no_relu, best_on_the_test, all_zero_start)
"""Three concept questions for the end of the chapter."""
