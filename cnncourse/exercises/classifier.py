"""Exercises and questions of chapter 13, a classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_classifier as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "a_softmax_too_many",
    "around_a_block",
    "batch_norm",
    "best_of_guessers",
    "exercises",
    "flattened",
    "left_in_training_mode",
    "parameters_of_a_layer",
    "questions",
    "read_the_code",
    "repair_loss",
    "the_small_network",
]

Array = np.ndarray


def _network_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int, int]]:
    yield from (
        (4, 6, 2, 3, 2),
        (8, 9, 4, 3, 2),
        (12, 10, 6, 5, 2),
        (16, 13, 8, 4, 3),
        (20, 31, 5, 5, 4),
        (32, 28, 16, 7, 3),
    )


def _flattened(
    after: Callable[[int, int], int] = lambda size, kernel_size: size - kernel_size + 1,
    pooled: Callable[[int, int], int] = lambda size, pool: size // pool,
    channels_out: Callable[[int], int] = lambda channels: channels,
) -> Any:
    """Take the right count and replace one step of it."""

    def count(height: int, width: int, channels: int, kernel_size: int, pool: int) -> int:
        rows, columns = (pooled(after(size, kernel_size), pool) for size in (height, width))
        return channels_out(channels) * rows * columns

    return count


flattened = Exercise(
    name="flattened",
    title="How many inputs has the dense layer?",
    stars=1,
    prompt="""
Color pictures of `height` × `width` pixels go through `Conv2d(3, channels, kernel_size)`, `ReLU()`,
`MaxPool2d(pool)` and `Flatten()`. The layer that follows is `Linear(?, 2)`. Complete the line in
`flattened(height, width, channels, kernel_size, pool)` that returns the missing number.
""",
    stub='''def flattened(height, width, channels, kernel_size, pool):
    """Return how many numbers `Flatten` hands to the dense layer."""
    return ...
''',
    reference=solutions.flattened,
    inputs=_network_inputs,
    misconceptions=(
        Misconception(
            "keeps-the-size",
            "In your count the convolution keeps height and width. Without padding, a border gets "
            "lost.",
            [_flattened(after=lambda size, kernel_size: size)],
        ),
        Misconception(
            "forgets-the-pooling",
            "These are the numbers before the pooling.",
            [_flattened(pooled=lambda size, pool: size)],
        ),
        Misconception(
            "pools-once",
            "You divide by `pool` once. The pooling shortens the rows and the columns.",
            [
                lambda height, width, channels, kernel_size, pool: (
                    channels * ((height - kernel_size + 1) * (width - kernel_size + 1) // pool)
                ),
                lambda height, width, channels, kernel_size, pool: (
                    channels * ((height - kernel_size + 1) // pool) * (width - kernel_size + 1)
                ),
            ],
        ),
        Misconception(
            "forgets-the-channels",
            "This is one map flattened. How many maps are there?",
            [_flattened(channels_out=lambda channels: 1)],
        ),
        Misconception(
            "keeps-the-colors",
            "You multiply by the three colors as well. Each filter has added them up already.",
            [_flattened(channels_out=lambda channels: 3 * channels)],
        ),
        Misconception(
            "height-for-both-sides",
            "You use the height for the columns too. These pictures need not be square.",
            [
                lambda height, width, channels, kernel_size, pool: (
                    channels * ((height - kernel_size + 1) // pool) ** 2
                )
            ],
        ),
        Misconception(
            "rounds-up",
            "The pooling drops a remainder at the border; your count keeps it.",
            [_flattened(pooled=lambda size, pool: -(-size // pool))],
        ),
        Misconception(
            "one-place-short",
            "The window has one place more along each side than you count: the place where it "
            "starts.",
            [_flattened(after=lambda size, kernel_size: size - kernel_size)],
        ),
    ),
    success="Size after the convolution, size after the pooling, times the channels: this number "
    "ties a dense layer to the size of its pictures.",
)


def _score_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape in ((1, 2), (2, 3), (3, 2), (4, 3), (5, 4)):
        scores = matrix(rng, shape, -3, 4).astype(float)
        yield scores, rng.integers(0, shape[1], shape[0], dtype=np.int64)
    yield np.array([[2, 0, -1], [0, 0, 0], [-4, 3, 3]], dtype=float), np.array([1, 2, 0])


_LOSS_STUB = '''def mean_loss(scores, labels):
    """Return the mean cross-entropy of these scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    scores = powers / powers.sum(axis=1, keepdims=True)
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(labels)), labels].mean()
'''


def _logs(scores: Array, axis: int | None = 1) -> Array:
    shifted = scores - scores.max(axis=axis, keepdims=True)
    logs: Array = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return logs


def _of_right(values: Array, labels: Array) -> Array:
    right: Array = values[np.arange(len(labels)), labels]
    return right


def _one_hot(scores: Array, labels: Array) -> Array:
    return np.eye(scores.shape[1])[labels]


repair_loss = Exercise(
    name="repair_loss",
    title="Repair the loss",
    stars=2,
    prompt="""
`mean_loss(scores, labels)` should return what PyTorch's `CrossEntropyLoss` returns: `scores` has a
row for each picture and a column for each class, straight from the last layer, and `labels` holds
the right classes. The networks trained with the code below do learn, but slowly, and their loss
never comes near 0. Mend it.
""",
    stub=_LOSS_STUB,
    reference=solutions.mean_loss,
    inputs=_score_inputs,
    seed=2,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: softmax is taken twice, of the scores and "
            "of its own result.",
            [function_from(_LOSS_STUB)],
        ),
        Misconception(
            "softmax-over-the-batch",
            "Your softmax runs over the pictures. The classes of one picture compete, not the "
            "pictures.",
            [lambda scores, labels: -_of_right(_logs(scores, 0), labels).mean()],
        ),
        Misconception(
            "softmax-over-everything",
            "Your softmax makes all scores of all pictures add up to 1. Each picture has a "
            "softmax of its own.",
            [lambda scores, labels: -_of_right(_logs(scores, None), labels).mean()],
        ),
        Misconception(
            "adds-the-pictures",
            "You add up over the pictures. The mean is asked for, so that the size of a batch does "
            "not matter.",
            [lambda scores, labels: -_of_right(_logs(scores), labels).sum()],
        ),
        Misconception(
            "averages-all-classes",
            "You average over all classes. Only the logarithm of the right class counts.",
            [lambda scores, labels: -_logs(scores).mean()],
        ),
        Misconception(
            "leaves-the-logarithm-out",
            "You average the probabilities themselves. The loss is made of their logarithms.",
            [
                lambda scores, labels: -_of_right(np.exp(_logs(scores)), labels).mean(),
                lambda scores, labels: 1 - _of_right(np.exp(_logs(scores)), labels).mean(),
            ],
        ),
        Misconception(
            "squared-error",
            "This is the squared distance of the probabilities. Cross-entropy takes the logarithm "
            "of the right one.",
            [
                lambda scores, labels: (
                    ((np.exp(_logs(scores)) - _one_hot(scores, labels)) ** 2).sum(axis=1).mean()
                ),
                lambda scores, labels: (
                    (np.exp(_logs(scores)) - _one_hot(scores, labels)) ** 2
                ).mean(),
            ],
        ),
        Misconception(
            "takes-the-largest",
            "You take the class with the largest score. The loss asks for the class that is right.",
            [lambda scores, labels: -_logs(scores).max(axis=1).mean()],
        ),
    ),
    success="One softmax, inside the loss. The network hands over bare scores, and the loss can "
    "come as near to 0 as it likes.",
)


def _pairs_of_values(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((4, 8), (0, 12), (-6, 2), (10, 3), (5, 5))


def _running(mean: float, variance: float, share: float = 0.25) -> tuple[float, float]:
    return share * mean, (1 - share) + share * variance


def _half_squares(a: float, b: float) -> float:
    return (a - b) ** 2 / 2


def _updated_twice(a: float, b: float) -> tuple[float, float]:
    mean, variance = _running((a + b) / 2, _half_squares(a, b))
    return 0.75 * mean + 0.25 * b, 0.75 * variance


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
Which two numbers does this program print? Answer with a function `printed(a, b)` that returns both,
without running PyTorch.

```python
import torch
from torch import nn

norm = nn.BatchNorm2d(1, momentum=0.25)
norm(torch.tensor([a, b], dtype=torch.float32).reshape(2, 1, 1, 1))
norm.eval()
norm(torch.tensor([b, b], dtype=torch.float32).reshape(2, 1, 1, 1))
print(norm.running_mean.item(), norm.running_var.item())
```
""",
    stub='''def printed(a, b):
    """Return the two numbers that the code prints."""
    return ...
''',
    reference=solutions.printed,
    inputs=_pairs_of_values,
    misconceptions=(
        Misconception(
            "eval-updates-too",
            "You let the second call change the running numbers. It happens after `eval()`, which "
            "only uses them.",
            [_updated_twice],
        ),
        Misconception(
            "only-the-optimizer-learns",
            "These are the numbers before the first call. They are no weights: a forward pass in "
            "training mode changes them.",
            [lambda a, b: (0.0, 1.0)],
        ),
        Misconception(
            "momentum-the-other-way",
            "You keep a quarter of the old value and take three quarters of the new. In this layer "
            "`momentum` is the share of the new.",
            [lambda a, b: _running((a + b) / 2, _half_squares(a, b), share=0.75)],
        ),
        Misconception(
            "keeps-nothing-of-the-old",
            "These are the mean and the variance of the first batch. The running numbers move "
            "toward them by a quarter.",
            [lambda a, b: _running((a + b) / 2, _half_squares(a, b), share=1.0)],
        ),
        Misconception(
            "divides-by-all",
            "You divide the squares by 2. For its running variance PyTorch divides by one less "
            "than there are values.",
            [lambda a, b: _running((a + b) / 2, _half_squares(a, b) / 2)],
        ),
        Misconception(
            "variance-starts-at-zero",
            "Your mean is right. The running variance starts at 1, so that a fresh layer changes "
            "nothing.",
            [lambda a, b: (0.25 * (a + b) / 2, 0.25 * _half_squares(a, b))],
        ),
        Misconception(
            "spread-for-variance",
            "You keep the standard deviation. What PyTorch keeps is its square.",
            [lambda a, b: _running((a + b) / 2, np.sqrt(_half_squares(a, b)))],
        ),
    ),
    success="In training mode a forward pass moves the running numbers by `momentum`; after "
    "`eval()` they stay as they are.",
)


def _maps(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, int]]:
    for (N, C, H, W), eps in (
        ((2, 2, 1, 1), 1),
        ((2, 2, 1, 2), 3),
        ((3, 1, 2, 2), 2),
        ((2, 3, 2, 2), 5),
        ((4, 2, 2, 3), 1),
    ):
        x = matrix(rng, (N * C, H * W), -4, 9).reshape(N, C, H, W)
        weight, bias = rng.permutation(np.arange(2, 2 + 2 * C, dtype=np.int64)).reshape(2, C)
        # Floats, or a result written into np.zeros_like(x) would lose its fractions.
        yield x.astype(float), weight, -bias, eps


def _normalized(
    axes: tuple[int, ...] = (0, 2, 3),
    divisor: Callable[[Array, int], Array] = lambda variance, eps: np.sqrt(variance + eps),
    degrees: int = 0,
    scaled: Callable[[Array, Array, Array], Array] = lambda y, weight, bias: weight * y + bias,
) -> Any:
    """Take the right program and replace one step of it."""

    def program(x: Array, weight: Array, bias: Array, eps: int) -> Array:
        mean = x.mean(axis=axes, keepdims=True)
        values = int(np.prod([x.shape[axis] for axis in axes]))
        squares: Array = ((x - mean) ** 2).sum(axis=axes, keepdims=True)
        variance = squares / max(values - degrees, 1)
        y = (x - mean) / divisor(variance, eps)
        return scaled(y, weight[:, None, None], bias[:, None, None])

    return program


batch_norm = Exercise(
    name="batch_norm",
    title="Write batch normalization",
    stars=2,
    prompt="""
Write `batch_norm(x, weight, bias, eps)` as `BatchNorm2d` does it in training mode. `x` has the
shape (N, C, H, W). Each channel gets mean 0 and, but for `eps`, variance 1 over the whole batch.
Then each channel is multiplied by its number in `weight`, and its number in `bias` is added. For
the variance, the squares are divided by the number of values, and `eps` is added to it before the
root.
""",
    stub='''def batch_norm(x, weight, bias, eps):
    """Normalize each channel over the whole batch, then scale and shift it."""
    ...
''',
    reference=solutions.batch_norm,
    inputs=_maps,
    seed=4,
    misconceptions=(
        Misconception(
            "each-picture-alone",
            "You normalize the maps of each picture by themselves. The pictures of a batch share "
            "mean and variance.",
            [_normalized(axes=(2, 3))],
        ),
        Misconception(
            "each-place-alone",
            "You take mean and variance over the pictures only, for each place by itself. All "
            "places of a channel share them.",
            [_normalized(axes=(0,))],
        ),
        Misconception(
            "mixes-the-channels",
            "You take mean and variance over the channels too. Each channel has its own.",
            [_normalized(axes=(0, 1, 2, 3)), _normalized(axes=(1, 2, 3))],
        ),
        Misconception(
            "divides-by-the-variance",
            "You divide by the variance. The standard deviation, its root, brings the spread to 1.",
            [_normalized(divisor=lambda variance, eps: variance + eps)],
        ),
        Misconception(
            "eps-behind-the-root",
            "You add `eps` to the root. It belongs under it, added to the variance.",
            [_normalized(divisor=lambda variance, eps: np.sqrt(variance) + eps)],
        ),
        Misconception(
            "forgets-eps",
            "`eps` is missing. A channel that is the same everywhere would be divided by 0.",
            [_normalized(divisor=lambda variance, eps: np.sqrt(np.maximum(variance, 1e-12)))],
        ),
        Misconception(
            "one-value-less",
            "You divide the squares by one less than there are values. PyTorch does so for its "
            "running variance, not here.",
            [_normalized(degrees=1)],
        ),
        Misconception(
            "exchanges-weight-and-bias",
            "You multiply by `bias` and add `weight`.",
            [_normalized(scaled=lambda y, weight, bias: bias * y + weight)],
        ),
        Misconception(
            "shifts-before-it-scales",
            "You add `bias` first, so that it gets multiplied as well.",
            [_normalized(scaled=lambda y, weight, bias: weight * (y + bias))],
        ),
        Misconception(
            "does-not-scale",
            "The channels are normalized; `weight` and `bias` are still to come.",
            [_normalized(scaled=lambda y, weight, bias: y)],
        ),
        Misconception(
            "forgets-the-bias",
            "Normalized and scaled; `bias` is still to be added.",
            [_normalized(scaled=lambda y, weight, bias: weight * y)],
        ),
        Misconception(
            "forgets-the-weight",
            "Normalized and shifted; `weight` is still to be multiplied in.",
            [_normalized(scaled=lambda y, weight, bias: y + bias)],
        ),
    ),
    success="One mean and one variance for each channel, over pictures, rows and columns; then the "
    "network may scale and shift as it likes.",
)


def _guesser_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((1, 4), (2, 2), (2, 5), (3, 10), (5, 20), (20, 50), (20, 100))


def _chances(pictures: int) -> Array:
    chances = np.ones(1)
    for _ in range(pictures):
        chances = np.convolve(chances, [0.5, 0.5])
    return chances


def _expected(chances: Array, pictures: int) -> float:
    return float(chances @ np.arange(pictures + 1) / pictures)


def _worst(guessers: int, pictures: int) -> float:
    at_least = np.cumsum(_chances(pictures)[::-1]) ** guessers
    return _expected(np.diff(at_least, prepend=0)[::-1], pictures)


def _chances_added(guessers: int, pictures: int) -> float:
    at_least = np.cumsum(_chances(pictures)[::-1])[::-1]
    return float(np.minimum(guessers * at_least, 1)[1:].sum() / pictures)


def _weighed_by_at_most(guessers: int, pictures: int) -> float:
    return _expected(np.cumsum(_chances(pictures)) ** guessers, pictures)


def _most_likely(guessers: int, pictures: int) -> float:
    best_is = np.diff(np.cumsum(_chances(pictures)) ** guessers, prepend=0)
    return float(best_is.argmax() / pictures)


best_of_guessers = Exercise(
    name="best_of_guessers",
    title="How good does the best guesser look?",
    stars=3,
    prompt="""
Several networks have learned nothing: each picks one of two classes by tossing a coin, for each
picture anew. All are tried on the same test pictures, and only the best accuracy is reported.
Write `best_of_guessers(guessers, pictures)`: which accuracy is to be **expected** for the best of
so many guessers, on so many test pictures? Return the mean over all that may happen, computed and
not simulated. (`np.convolve` and `np.cumsum` are of use.)
""",
    stub='''def best_of_guessers(guessers, pictures):
    """Return the accuracy to expect of the best of several that guess."""
    ...
''',
    reference=solutions.best_of_guessers,
    inputs=_guesser_inputs,
    misconceptions=(
        Misconception(
            "choosing-is-free",
            "You expect one half. That is right for each guesser; the best of them was chosen for "
            "being above.",
            [lambda guessers, pictures: 0.5],
        ),
        Misconception(
            "one-of-them-knows",
            "You ask whether any guesser is right, picture by picture. One and the same guesser "
            "has to answer all pictures.",
            [lambda guessers, pictures: 1 - 0.5**guessers],
        ),
        Misconception(
            "adds-the-chances",
            "You add up the chances of the guessers. When several do well at once, that counts "
            "them more than once.",
            [_chances_added],
        ),
        Misconception(
            "at-most-for-exactly",
            "You weigh each accuracy with the chance that the best is **at most** that good. How "
            "likely is it exactly that good?",
            [_weighed_by_at_most],
        ),
        Misconception(
            "takes-the-worst",
            "This is what the worst guesser is to be expected to reach.",
            [_worst],
        ),
        Misconception(
            "most-likely-for-mean",
            "You return the accuracy that is most likely. The mean over all that may happen is "
            "asked for.",
            [_most_likely],
        ),
        Misconception(
            "counts-pictures",
            "This is how many pictures are right. An accuracy is a part of all.",
            [lambda guessers, pictures: pictures * solutions.best_of_guessers(guessers, pictures)],
        ),
    ),
    success="The best of twenty that know nothing gets far more than half of 50 pictures right. "
    "That is what choosing on the test set looks like.",
)

exercises = (flattened, repair_loss, read_the_code, batch_norm, best_of_guessers)
"""The chapter's exercises, in order."""


the_small_network = Question(
    name="the_small_network",
    label="From chapter 12",
    prompt="Chapter 12 trained a network of one convolution, pooling and softmax on digits that "
    "always stand in the same place: 810 parameters. How did it compare with logistic regression?",
    choices=(
        Choice(
            "It won by far.",
            "It wins by far only where the digit may stand anywhere, and only with a global "
            "maximum at its end.",
            misconception="convolution-always-wins",
        ),
        Choice(
            "It came out about even.",
            "Yes. Where everything stands in its place there is little for a convolution to save.",
            correct=True,
        ),
        Choice(
            "It lost by far: 810 parameters are too few.",
            "Logistic regression has fewer, 650. Few parameters are no disadvantage here.",
            misconception="few-parameters-lose",
        ),
        Choice(
            "The two cannot be compared: one of them has no convolution.",
            "Both answer the same question about the same digits. Their accuracies can be laid "
            "side by side.",
            misconception="only-alike-is-comparable",
        ),
    ),
)

parameters_of_a_layer = Question(
    name="parameters_of_a_layer",
    label="From chapter 08",
    prompt="A layer makes 64 maps of 32 maps with 3×3 kernels, and has biases. How many parameters "
    "has it?",
    choices=(
        Choice(
            "640",
            "That is one kernel of 9 weights for each filter, and its bias. A filter has a kernel "
            "for each of the 32 maps that it reads.",
            misconception="forgets-the-input-channels",
        ),
        Choice(
            "18,432",
            "Those are the weights, 64 · 32 · 9. The biases are missing.",
            misconception="forgets-the-biases",
        ),
        Choice(
            "18,496",
            "Yes: 64 · 32 · 9 weights and 64 biases. The size of the maps does not matter.",
            correct=True,
        ),
        Choice(
            "20,480",
            "You give each kernel a bias of its own. There is one for each filter.",
            misconception="a-bias-for-each-kernel",
        ),
    ),
)

a_softmax_too_many = Question(
    name="a_softmax_too_many",
    label="Question 1",
    prompt="A network for two classes ends in `nn.Softmax(dim=1)` and is trained with "
    "`nn.CrossEntropyLoss()`. What happens?",
    choices=(
        Choice(
            "It is as it should be: softmax belongs before cross-entropy.",
            "It does, and `CrossEntropyLoss` brings it along. Here softmax is taken twice.",
            misconception="softmax-before-the-loss",
        ),
        Choice(
            "PyTorch stops with a message.",
            "Probabilities are numbers like any others: nothing in their shape gives them away.",
            misconception="pytorch-would-notice",
        ),
        Choice(
            "It trains, with weaker gradients, and its loss stays above 0.31.",
            "Yes. Between scores of 0 and 1 a softmax cannot get beyond 0.73 to 0.27, and "
            "−log 0.73 is 0.31.",
            correct=True,
        ),
        Choice(
            "Nothing changes: the softmax of a softmax is the same softmax.",
            "Try it with scores 0 and 1: they are 0.27 and 0.73 after one softmax, and 0.39 and "
            "0.61 after two.",
            misconception="softmax-twice-is-once",
        ),
    ),
)

left_in_training_mode = Question(
    name="left_in_training_mode",
    label="Question 2",
    prompt="A network with batch norm is tested, and `eval()` was forgotten. What is the "
    "consequence?",
    choices=(
        Choice(
            "The answer for a picture depends on the other pictures of its batch.",
            "Yes: mean and variance come from the batch at hand. And they flow into the running "
            "numbers as well, which the test should leave alone.",
            correct=True,
        ),
        Choice(
            "The test takes longer, because gradients are computed.",
            "That is what `no_grad()` turns off. `eval()` says how layers compute.",
            misconception="eval-turns-gradients-off",
        ),
        Choice(
            "The weights are trained on the test pictures.",
            "Weights change in `optimizer.step()` alone. What does change are the running mean "
            "and variance.",
            misconception="forward-trains-weights",
        ),
        Choice(
            "None, as long as the batches are large.",
            "Large batches make the difference small. It does not vanish, and the last batch of a "
            "test may be a small one.",
            misconception="large-batches-cure-it",
        ),
    ),
)

around_a_block = Question(
    name="around_a_block",
    label="Question 3",
    prompt="A block halves the maps with stride 2 and doubles their number. You want to add its "
    "input to its output. What do you put on the connection around it?",
    choices=(
        Choice(
            "Nothing: adding needs no layer.",
            "Maps of 16×16 and of 8×8 cannot be added pixel by pixel. A residual connection needs "
            "equal shapes.",
            misconception="shapes-do-not-matter",
        ),
        Choice(
            "A pooling of 2×2.",
            "That makes the sizes fit. The number of maps still differs, and pooling does not "
            "change it.",
            misconception="pooling-changes-the-channels",
        ),
        Choice(
            "A 1×1 convolution with stride 2 and twice as many filters.",
            "Yes: its stride makes the sizes fit and its filters the number of maps.",
            correct=True,
        ),
        Choice(
            "`Flatten()`, so that all shapes are alike.",
            "Flattened, the two have different lengths, and their numbers no longer belong to the "
            "same places.",
            misconception="flatten-makes-shapes-alike",
        ),
    ),
)

questions = (
    the_small_network,
    parameters_of_a_layer,
    a_softmax_too_many,
    left_in_training_mode,
    around_a_block,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
