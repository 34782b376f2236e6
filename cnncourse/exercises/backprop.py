"""Exercises and questions of chapter 11, backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.exercises import _solutions_backprop as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question
from cnncourse.functional import cross_correlate

__all__ = [
    "a_single_one",
    "bias_gradient",
    "exercises",
    "grouped_weight",
    "how_often_read",
    "input_gradient",
    "questions",
    "read_the_code",
    "repair_kernel_gradient",
    "room_to_move",
    "two_winners",
    "what_slides",
]

Array = np.ndarray


def _upstreams(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for n, c, height, width in (
        (1, 2, 1, 2),
        (2, 1, 1, 2),
        (1, 2, 2, 2),
        (2, 2, 2, 2),
        (2, 2, 2, 3),
        (3, 4, 2, 3),
        (2, 3, 4, 5),
    ):
        yield (matrix(rng, (n * c, height * width), -4, 6).reshape(n, c, height, width),)


bias_gradient = Exercise(
    name="bias_gradient",
    title="The gradient for the bias",
    stars=1,
    prompt="""
Complete `bias_gradient(upstream)`. A layer has one bias for each filter. The gradient that arrives
at its output, `upstream`, has the shape (N, C_out, H_out, W_out): images, filters, rows, columns.
Return the gradient of the loss for the biases, an array of shape (C_out,).
""",
    stub='''def bias_gradient(upstream):
    """Return the gradient for the bias, one number for each filter."""
    return ...
''',
    reference=solutions.bias_gradient,
    inputs=_upstreams,
    misconceptions=(
        Misconception(
            "takes-the-mean",
            "You take the mean. The bias acts at every place of every image, and what these ways "
            "bring back is added up.",
            [lambda upstream: upstream.mean(axis=(0, 2, 3))],
        ),
        Misconception(
            "averages-over-the-batch",
            "You sum over the places and average over the images. If the loss is a mean, that "
            "division is in `upstream` already.",
            [lambda upstream: upstream.sum(axis=(2, 3)).mean(axis=0)],
        ),
        Misconception(
            "averages-over-the-places",
            "You average over the places and sum over the images. Both are added.",
            [lambda upstream: upstream.mean(axis=(2, 3)).sum(axis=0)],
        ),
        Misconception(
            "sums-the-batch-only",
            "You sum over the images and keep the places. A filter has one bias for all its "
            "places.",
            [lambda upstream: upstream.sum(axis=0)],
        ),
        Misconception(
            "sums-the-places-only",
            "You sum over the places and keep the images apart. All images share the bias.",
            [lambda upstream: upstream.sum(axis=(2, 3))],
        ),
        Misconception(
            "sums-over-the-filters",
            "You sum over the filters and keep the images. Which axis of `upstream` belongs to "
            "the filters?",
            [lambda upstream: upstream.sum(axis=(1, 2, 3))],
        ),
        Misconception(
            "one-number-for-all",
            "One number came back, for all filters together. Each filter has a bias of its own.",
            [lambda upstream: upstream.sum()],
        ),
        Misconception(
            "counts-the-places",
            "You count the places. Each of them passes on the number that arrives there, and "
            "these numbers are added.",
            [lambda upstream: np.full(upstream.shape[1], upstream[:, 0].size)],
        ),
    ),
    success="Everything but the filters is summed: a bias is used at every place of every image, "
    "and each use brings back its share.",
)


def _layers_with_relu(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int, Array]]:
    for shape, kernel_size, bias in (
        ((1, 3), (1, 2), -1),
        ((2, 3), (1, 2), 1),
        ((3, 3), (2, 2), -2),
        ((3, 4), (2, 2), 3),
        ((4, 3), (2, 1), -1),
        ((4, 5), (2, 3), 2),
        ((6, 5), (3, 2), -3),
    ):
        size = (shape[0] - kernel_size[0] + 1, shape[1] - kernel_size[1] + 1)
        x, kernel = matrix(rng, shape, 0, 3), matrix(rng, kernel_size, -2, 2)
        yield x, kernel, bias, matrix(rng, size, -3, 3)


_KERNEL_STUB = '''def kernel_gradient(x, kernel, bias, upstream):
    """Return the gradient for the kernel, back through ReLU and bias."""
    score = cross_correlate(x, kernel) + bias
    back = np.where(upstream > 0, upstream, 0)
    return cross_correlate(x, back)
'''


def _back_by(rule: Callable[[Array, Array], Array], with_bias: bool = True) -> Callable[..., Array]:
    """Return the right program with another way through ReLU."""

    def program(x: Array, kernel: Array, bias: int, upstream: Array) -> Array:
        score = cross_correlate(x, kernel) + bias * with_bias
        return cross_correlate(x, rule(score, upstream))

    return program


repair_kernel_gradient = Exercise(
    name="repair_kernel_gradient",
    title="Repair the way through ReLU",
    stars=2,
    prompt="""
A layer with a bias and ReLU has made `relu(cross_correlate(x, kernel) + bias)`, and `upstream`
arrives **at the output of ReLU**. The function should return the gradient for the kernel. One line
sends the gradient through ReLU by the wrong rule. Find it and mend it. Where a score is exactly 0,
let nothing through, as PyTorch does.
""",
    stub=_KERNEL_STUB,
    reference=solutions.kernel_gradient,
    inputs=_layers_with_relu,
    seed=2,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: it stops negative gradients. ReLU stopped "
            "negative **scores**, on the way forward.",
            [function_from(_KERNEL_STUB, cross_correlate=cross_correlate)],
        ),
        Misconception(
            "forgets-the-relu",
            "All of the gradient passes. Where ReLU put out a zero, a small change of the score "
            "changes nothing.",
            [_back_by(lambda score, upstream: upstream)],
        ),
        Misconception(
            "forgets-what-arrives",
            "You send back the score (or a 1). What goes back is what has **arrived**, where the "
            "score was positive.",
            [
                _back_by(lambda score, upstream: np.where(score > 0, score, 0)),
                _back_by(lambda score, upstream: np.where(score > 0, 1, 0)),
            ],
        ),
        Misconception(
            "multiplies-by-the-output",
            "You multiply by how large the output was. The slope of ReLU is 1 or 0, however large "
            "the score.",
            [
                _back_by(lambda score, upstream: upstream * np.maximum(score, 0)),
                _back_by(lambda score, upstream: upstream * score),
            ],
        ),
        Misconception(
            "multiplies-by-the-sign",
            "Below zero your slope is −1, the slope of the absolute value. ReLU is flat there.",
            [_back_by(lambda score, upstream: upstream * np.sign(score))],
        ),
        Misconception(
            "asks-twice",
            "You let through what is positive on both ways. Backward, a negative gradient passes "
            "too; only the score decides.",
            [_back_by(lambda score, upstream: upstream * ((score > 0) & (upstream > 0)))],
        ),
        Misconception(
            "passes-at-zero",
            "Where the score is exactly 0 you let the gradient through. PyTorch's convention, and "
            "ours, is that nothing passes.",
            [_back_by(lambda score, upstream: np.where(score >= 0, upstream, 0))],
        ),
        Misconception(
            "forgets-the-bias",
            "You ask for the sign of the score before the bias is added. ReLU saw it after that.",
            [_back_by(lambda score, upstream: np.where(score > 0, upstream, 0), with_bias=False)],
        ),
        Misconception(
            "passes-where-silent",
            "You let through where the neuron was silent and stop where it spoke: the other way "
            "round.",
            [_back_by(lambda score, upstream: np.where(score > 0, 0, upstream))],
        ),
    ),
    success="The score of the forward pass decides what comes back, whatever sign the gradient "
    "has. That is why a layer remembers what it saw.",
)


def _strided_layers(
    rng: np.random.Generator,
) -> Iterator[tuple[Array, Array, tuple[int, int], int, int]]:
    for size, kernel_size, stride, padding in (
        ((1, 3), (1, 2), 1, 0),
        ((2, 3), (2, 2), 1, 0),
        ((3, 4), (2, 2), 2, 0),
        ((3, 3), (2, 2), 2, 1),
        ((4, 4), (3, 2), 1, 1),
        ((5, 6), (3, 3), 2, 1),
        ((6, 5), (2, 3), 3, 0),
    ):
        places = [
            (n + 2 * padding - k) // stride + 1 for n, k in zip(size, kernel_size, strict=True)
        ]
        upstream = matrix(rng, (places[0], places[1]), -3, 4)
        kernel = matrix(rng, kernel_size, -3, 4)
        # Floats, so that an answer may add into np.zeros and into np.zeros_like(kernel) alike.
        yield upstream.astype(float), kernel.astype(float), size, stride, padding


def _stamp(
    upstream: Array,
    kernel: Array,
    size: tuple[int, int],
    stride: int,
    padding: int,
    *,
    overwrite: bool = False,
) -> Array:
    """Stamp the kernel onto the padded picture, without cropping."""
    padded = np.zeros((size[0] + 2 * padding, size[1] + 2 * padding))
    for i, j in np.ndindex(upstream.shape):
        top, left = i * stride, j * stride
        place = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
        place[...] = upstream[i, j] * kernel + (0 if overwrite else place)
    return padded


def _cropped(padded: Array, size: tuple[int, int], padding: int) -> Array:
    return padded[padding : padding + size[0], padding : padding + size[1]]


def _stamped_otherwise(
    change: Callable[[Array], Array] = lambda kernel: kernel,
    step: Callable[[int], int] = lambda stride: stride,
    overwrite: bool = False,
) -> Callable[..., Array]:
    """Return the right program with another kernel, step or way to add."""

    def program(
        upstream: Array, kernel: Array, size: tuple[int, int], stride: int, padding: int
    ) -> Array:
        stamped = _stamp(upstream, change(kernel), size, step(stride), padding, overwrite=overwrite)
        return _cropped(stamped, size, padding)

    return program


def _averaged(
    upstream: Array, kernel: Array, size: tuple[int, int], stride: int, padding: int
) -> Array:
    total = _stamp(upstream, kernel, size, stride, padding)
    count = _stamp(np.ones(upstream.shape), np.ones(kernel.shape), size, stride, padding)
    return _cropped(total / np.maximum(count, 1), size, padding)


def _without_the_rest(
    upstream: Array, kernel: Array, size: tuple[int, int], stride: int, padding: int
) -> Array:
    spans = [
        (places - 1) * stride + k - 2 * padding
        for places, k in zip(upstream.shape, kernel.shape, strict=True)
    ]
    whole = _cropped(_stamp(upstream, kernel, size, stride, padding), size, padding)
    return whole[: spans[0], : spans[1]]


input_gradient = Exercise(
    name="input_gradient",
    title="The gradient for the picture",
    stars=2,
    prompt="""
Write `input_gradient(upstream, kernel, size, stride, padding)`. A kernel has moved over a picture
of `size` = (rows, columns), in steps of `stride` pixels, with `padding` rings of zeros around the
picture. `upstream` is the gradient of the loss for the output. Return the gradient for the
**picture**, without its padding. Pixels that no window has read get 0.
""",
    stub='''def input_gradient(upstream, kernel, size, stride, padding):
    """Return the gradient for a picture of this size."""
    ...
''',
    reference=solutions.input_gradient,
    inputs=_strided_layers,
    seed=4,
    misconceptions=(
        Misconception(
            "turns-the-stamp",
            "The kernel is turned once too often. A stamp puts each weight where it was read; "
            "only a sliding window needs the turned kernel.",
            [_stamped_otherwise(lambda kernel: kernel[::-1, ::-1])],
        ),
        Misconception(
            "forgets-the-stride",
            "You put neighboring windows one pixel apart. Forward they stood `stride` pixels "
            "apart, and there they must go back.",
            [_stamped_otherwise(step=lambda stride: 1)],
        ),
        Misconception(
            "forgets-to-crop",
            "This is the gradient for the padded picture. Its rings belong to nobody: cut them "
            "off.",
            [_stamp],
        ),
        Misconception(
            "crops-one-side-only",
            "The size is right, but the first rows and columns still belong to the padding: it "
            "lies on all four sides.",
            [
                lambda upstream, kernel, size, stride, padding: _stamp(
                    upstream, kernel, size, stride, padding
                )[: size[0], : size[1]]
            ],
        ),
        Misconception(
            "crops-with-minus-zero",
            "`[p:-p]` is empty where `p` is 0. Count from the front: `p : p + rows`.",
            [
                lambda upstream, kernel, size, stride, padding: _stamp(
                    upstream, kernel, size, stride, padding
                )[padding:-padding, padding:-padding]
            ],
        ),
        Misconception(
            "overwrites",
            "Where windows overlap, the last one wins. A pixel that several windows have read "
            "gets the sum of what they send.",
            [_stamped_otherwise(overwrite=True)],
        ),
        Misconception(
            "averages-the-overlaps",
            "You divide by how often a pixel was read. The ways from a pixel to the loss are "
            "added, not averaged.",
            [_averaged],
        ),
        Misconception(
            "forgets-the-weights",
            "Every pixel of a window gets the same share. The share is the gradient times the "
            "weight that the pixel met.",
            [_stamped_otherwise(np.ones_like)],
        ),
        Misconception(
            "leaves-the-rest-out",
            "At the far end, rows or columns that no window reads are missing. They are part of "
            "the picture: their gradient is 0.",
            [_without_the_rest],
        ),
    ),
    success="Every window went back to where it was read, and was added: the adjoint of sliding. "
    "Chapter 14 calls it a transposed convolution.",
)


def _pictures(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    yield (np.array([[1, 3], [3, 2]], dtype=np.int64),)
    yield (np.array([[-1, -2], [-3, -1]], dtype=np.int64),)
    yield (np.array([[0, -2], [-1, 0]], dtype=np.int64),)
    yield (np.array([[2, 2, 1], [0, 2, 2]], dtype=np.int64),)
    for shape in ((2, 3), (3, 3), (3, 4), (4, 4), (5, 4)):
        yield (matrix(rng, shape, -2, 3),)


def _sent_back(
    *,
    times: int = 2,
    stride: int = 1,
    ties: str = "first",
    lowest: float = 0.5,
    once: bool = False,
) -> Callable[[Array], Array]:
    """Return a reading of the program in which some step may be another.

    A winner below `lowest` gets nothing.
    """

    def program(picture: Array) -> Array:
        rectified = np.maximum(picture, 0) if lowest >= 0 else picture
        gradient = np.zeros(picture.shape)
        for i in range(0, picture.shape[0] - 1, stride):
            for j in range(0, picture.shape[1] - 1, stride):
                window = rectified[i : i + 2, j : j + 2]
                equal = np.argwhere(window == window.max())
                winners = {"first": equal[:1], "last": equal[-1:]}.get(ties, equal)
                for a, b in winners:
                    if picture[i + a, j + b] >= lowest:
                        gradient[i + a, j + b] += times / (len(equal) if ties == "share" else 1)
        return np.minimum(gradient, times) if once else gradient

    return program


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
`picture` is a matrix of whole numbers. Which matrix does this program print? Answer with a function
`printed_gradient(picture)`, without running PyTorch.

```python
import torch
import torch.nn.functional as F

x = torch.tensor(picture, dtype=torch.float64, requires_grad=True)
for _ in range(2):
    y = F.max_pool2d(F.relu(x)[None], 2, stride=1)
    y.sum().backward()
print(x.grad.tolist())
```
""",
    stub='''def printed_gradient(picture):
    """Return the matrix that the code prints."""
    return ...
''',
    reference=solutions.printed_gradient,
    inputs=_pictures,
    seed=3,
    misconceptions=(
        Misconception(
            "starts-afresh",
            "You count one backward pass. Nobody sets the gradient back to zero, so the second "
            "pass adds to the first.",
            [_sent_back(times=1)],
        ),
        Misconception(
            "pays-every-tie",
            "Where several pixels are the largest, you give each of them the whole gradient. "
            "PyTorch gives it to one of them.",
            [_sent_back(ties="all")],
        ),
        Misconception(
            "shares-among-ties",
            "Where several pixels are the largest, you divide the gradient among them. PyTorch "
            "gives it to one.",
            [_sent_back(ties="share")],
        ),
        Misconception(
            "takes-the-last-tie",
            "Where several pixels are the largest, you take the last. The search runs in reading "
            "order and keeps the first.",
            [_sent_back(ties="last")],
        ),
        Misconception(
            "forgets-the-relu",
            "A winner that is negative gets its gradient too. On its way back it must pass ReLU.",
            [_sent_back(lowest=-99)],
        ),
        Misconception(
            "passes-at-zero",
            "You let a pixel that is exactly 0 have a gradient. ReLU lets nothing through there.",
            [_sent_back(lowest=0)],
        ),
        Misconception(
            "windows-side-by-side",
            "Your windows lie side by side. That is the stride if none is given; here it is 1.",
            [_sent_back(stride=2)],
        ),
        Misconception(
            "counts-a-winner-once",
            "A pixel may win in several windows. Each of them sends it a gradient, and they add "
            "up.",
            [_sent_back(once=True)],
        ),
    ),
    success="One winner a window, the first of equals, none where ReLU was shut; and gradients "
    "pile up until somebody clears them.",
)


def _pools(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    yield np.array([[1, 4], [6, 2]], dtype=np.int64), 2, 2
    yield np.array([[3, 3], [0, 1]], dtype=np.int64), 2, 2
    for shape, kernel_size, stride in (
        ((2, 3), 2, 1),
        ((2, 4), 2, 2),
        ((3, 3), 2, 1),
        ((3, 3), 3, 1),
        ((4, 4), 2, 2),
        ((5, 5), 3, 2),
        ((4, 5), 2, 1),
    ):
        yield matrix(rng, shape, 0, 9), kernel_size, stride


def _room(
    distance: Callable[[float, Array], float],
    combine: Callable[[list[float]], float] = min,
) -> Callable[[Array, int, int], Array]:
    """Return a program that measures one distance a window and combines those of a pixel."""

    def program(x: Array, kernel_size: int, stride: int) -> Array:
        k = kernel_size
        found: dict[tuple[int, int], list[float]] = {}
        for i in range(0, x.shape[0] - k + 1, stride):
            for j in range(0, x.shape[1] - k + 1, stride):
                window = x[i : i + k, j : j + k]
                for a, b in np.ndindex(k, k):
                    others = np.delete(window, a * k + b)
                    each = found.setdefault((i + a, j + b), [])
                    each.append(distance(float(window[a, b]), others))
        room = np.zeros(x.shape)
        for place, distances in found.items():
            room[place] = combine(distances)
        return room

    return program


def _to_the_best(value: float, others: Array) -> float:
    return float(abs(value - others.max()))


def _to_the_best_of_all(x: Array, kernel_size: int, stride: int) -> Array:
    room = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        others = np.delete(x, place[0] * x.shape[1] + place[1])
        room[place] = abs(x[place] - others.max())
    return room


room_to_move = Exercise(
    name="room_to_move",
    title="How far does the gradient hold?",
    stars=3,
    prompt="""
A gradient says what happens for **small** changes. How small is small? The loss is the sum of the
maxima of windows of `kernel_size` × `kernel_size` pixels in steps of `stride`. It is straight as
long as every window keeps its winner, and there a finite difference is exact. Write
`room_to_move(x, kernel_size, stride)`: for each pixel, the largest distance such that this pixel
**alone** may move by any less, **up or down**, and no window gets another winner. A pixel that
shares the first place in one of its windows has no room: 0. Every pixel lies in some window, and
`kernel_size` is at least 2.
""",
    stub='''def room_to_move(x, kernel_size, stride):
    """Return how far each pixel may move before a window's winner changes."""
    ...
''',
    reference=solutions.room_to_move,
    inputs=_pools,
    seed=5,
    misconceptions=(
        Misconception(
            "winners-have-no-room",
            "You measure to the largest value of the window, which for the winner is itself. It "
            "may fall until another one overtakes it.",
            [_room(lambda value, others: float(max(0, others.max() - value)))],
        ),
        Misconception(
            "winners-never-lose",
            "You let a winner move without end. Upwards that is so; downwards it loses its place "
            "at the value of the next.",
            [
                _room(
                    lambda value, others: (
                        99.0 if value > others.max() else float(others.max() - value)
                    )
                ),
                _room(
                    lambda value, others: (
                        np.inf if value > others.max() else float(others.max() - value)
                    )
                ),
            ],
        ),
        Misconception(
            "losers-never-win",
            "You let a pixel that does not win move without end. It may rise only until it does.",
            [
                _room(
                    lambda value, others: (
                        99.0 if value < others.max() else float(value - others.max())
                    )
                ),
                _room(
                    lambda value, others: (
                        np.inf if value < others.max() else float(value - others.max())
                    )
                ),
            ],
        ),
        Misconception(
            "to-the-nearest-value",
            "You stop at the nearest value of any other pixel. Overtaking a pixel that does not "
            "win changes nothing.",
            [_room(lambda value, others: float(np.abs(value - others).min()))],
        ),
        Misconception(
            "largest-of-its-rooms",
            "You take the largest of a pixel's rooms, or their sum. The smallest counts: the first "
            "winner to change already bends the loss.",
            [_room(_to_the_best, max), _room(_to_the_best, sum)],
        ),
        Misconception(
            "first-window-only",
            "You look at the first window that holds the pixel. Those that come later have a say "
            "as well.",
            [_room(_to_the_best, lambda distances: distances[0])],
        ),
        Misconception(
            "last-window-only",
            "A later window replaces what an earlier one found. All windows that hold the pixel "
            "have a say.",
            [_room(_to_the_best, lambda distances: distances[-1])],
        ),
        Misconception(
            "forgets-the-stride",
            "You also look at windows that the layer never opens. They stand `stride` pixels "
            "apart.",
            [lambda x, kernel_size, stride: _room(_to_the_best)(x, kernel_size, 1)],
        ),
        Misconception(
            "meets-halfway",
            "You let the two meet halfway. Here one pixel moves and all others stay.",
            [_room(lambda value, others: _to_the_best(value, others) / 2)],
        ),
        Misconception(
            "one-window-for-all",
            "You compare with the largest value of the whole picture. A pixel competes within its "
            "windows.",
            [_to_the_best_of_all],
        ),
    ),
    success="That is how small is small, pixel by pixel. A finite difference with a longer step "
    "crosses a bend and measures something else.",
)

exercises = (bias_gradient, repair_kernel_gradient, input_gradient, read_the_code, room_to_move)
"""The chapter's exercises, in order."""


grouped_weight = Question(
    name="grouped_weight",
    label="From chapter 10",
    prompt="A layer reads 8 channels and has 12 filters of 3×3, in 4 groups. What is the shape of "
    "its weight?",
    choices=(
        Choice(
            "(12, 8, 3, 3)",
            "That is the layer without groups. In groups, a filter reads only the channels of its "
            "own group.",
            misconception="forgets-the-groups",
        ),
        Choice(
            "(3, 2, 3, 3)",
            "Those are the filters of one group. The weight holds the filters of all four.",
            misconception="one-group-only",
        ),
        Choice(
            "(12, 4, 3, 3)",
            "Four is the number of groups. How many of the 8 channels are in each?",
            misconception="takes-groups-for-channels",
        ),
        Choice(
            "(12, 2, 3, 3)",
            "Yes: 12 filters, and each reads the 8/4 = 2 channels of its group.",
            correct=True,
        ),
    ),
)

how_often_read = Question(
    name="how_often_read",
    label="From chapter 05",
    prompt="A window of 3 pixels moves over a row of 8 in steps of 2, without padding. In how many "
    "windows are the pixels 3, 4 and 7, counted from 0?",
    choices=(
        Choice(
            "3, 3 and 1",
            "Those are the counts at a stride of 1. In steps of 2 the windows start at 0, 2 and 4.",
            misconception="ignores-the-stride",
        ),
        Choice(
            "1, 2 and 0",
            "Yes: the windows start at 0, 2 and 4. Two of them overlap at pixel 4, and no window "
            "reaches pixel 7.",
            correct=True,
        ),
        Choice(
            "1, 2 and 1",
            "A window that starts at 6 would reach over the end. Pixel 7 is not read.",
            misconception="rounds-up",
        ),
        Choice(
            "1, 1 and 0",
            "That is so for windows side by side. A step of 2 is shorter than the window, so "
            "neighbors share a pixel.",
            misconception="windows-side-by-side",
        ),
    ),
)

what_slides = Question(
    name="what_slides",
    label="Question 1",
    prompt="A 3×3 kernel has made a map of 30×30 from a picture of 32×32. A gradient arrives at "
    "every pixel of the map. How do you get the gradient for the kernel?",
    choices=(
        Choice(
            "Slide the kernel over the gradient that has arrived.",
            "That leaves 28×28 numbers, and a kernel has nine. The kernel slides when you want "
            "the gradient for the picture.",
            misconception="slides-the-kernel",
        ),
        Choice(
            "Slide the gradient that has arrived over the picture, and turn the 3×3 numbers by "
            "180°.",
            "Without the turn. The weight in the top left corner has met the pixels that start "
            "in the top left corner.",
            misconception="turns-the-result",
        ),
        Choice(
            "Slide the gradient that has arrived over the picture.",
            "Yes: a window of 30×30 stands in 3×3 places, one for each weight, and collects what "
            "that weight has met.",
            correct=True,
        ),
        Choice(
            "Compute it for each of the 900 places, and take the mean of the 900 kernels.",
            "Nearly: the 900 are added. All places share the kernel, and every use of it counts "
            "in full.",
            misconception="averages-the-uses",
        ),
    ),
)

a_single_one = Question(
    name="a_single_one",
    label="Question 2",
    prompt="The gradient that arrives is 0 everywhere but for a single 1. Stride 1, no padding. "
    "What is the gradient for the picture?",
    choices=(
        Choice(
            "The kernel as it stands, where that window stood, and 0 elsewhere.",
            "Yes: each pixel of the window gets back the weight that it met.",
            correct=True,
        ),
        Choice(
            "The kernel turned by 180°, where that window stood, and 0 elsewhere.",
            "Sliding over the gradient takes the turned kernel. What it leaves behind around a "
            "single 1 is turned once more.",
            misconception="turns-the-stamp",
        ),
        Choice(
            "The pixels of that window, and 0 elsewhere.",
            "That is the gradient for the kernel: a weight gets the pixel that it met, and a "
            "pixel gets the weight.",
            misconception="exchanges-kernel-and-picture",
        ),
        Choice(
            "A single 1 in the middle of that window, and 0 elsewhere.",
            "All pixels of the window had a part in that output, each as large as its weight.",
            misconception="middle-pixel-only",
        ),
    ),
)

two_winners = Question(
    name="two_winners",
    label="Question 3",
    prompt="A window of maximum pooling has read 5, 5, 3 and 1, in this order, and a gradient of 8 "
    "arrives. What does PyTorch's `max_pool2d` send to the four pixels?",
    choices=(
        Choice(
            "8, 8, 0 and 0",
            "Then 16 would go out where 8 has come in. Raise both pixels together, and the "
            "maximum rises once.",
            misconception="pays-every-tie",
        ),
        Choice(
            "4, 4, 0 and 0",
            "A fair choice too, and its sum is right: `amax` shares so. `max_pool2d` keeps one "
            "winner, the first that it found.",
            misconception="shares-among-ties",
        ),
        Choice(
            "2, 2, 2 and 2",
            "That is how average pooling sends it back. The 3 and the 1 had no part in the "
            "maximum.",
            misconception="spreads-like-the-average",
        ),
        Choice(
            "8, 0, 0 and 0",
            "Yes: the first of equal winners gets it all. At a tie there is no derivative, only a "
            "convention.",
            correct=True,
        ),
    ),
)

questions = (grouped_weight, how_often_read, what_slides, a_single_one, two_winners)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
