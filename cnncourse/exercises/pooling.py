"""Exercises and questions of chapter 06, pooling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_pooling as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "depth_of_a_pooling",
    "exercises",
    "max_pool",
    "one_pixel_further",
    "places_and_rest",
    "pool_by_l2",
    "questions",
    "read_the_code",
    "repair_average",
    "sum_of_two_patches",
    "unnoticed_shifts",
    "which_is_a_convolution",
]

Array = np.ndarray


def _block_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for shape, k in (((1, 2), 1), ((2, 2), 2), ((2, 4), 2), ((6, 3), 3), ((4, 6), 2), ((6, 9), 3)):
        yield matrix(rng, shape, -3, 5), k


def _blocks(x: Array, k: int) -> Array:
    return x.reshape(x.shape[0] // k, k, x.shape[1] // k, k)


pool_by_l2 = Exercise(
    name="pool_by_l2",
    title="Report the length",
    stars=1,
    prompt="""
Complete the last line of `l2_pool(x, k)`. It cuts the picture into blocks of `k` × `k` pixels and
reports the L2 norm of each block, as PyTorch's `lp_pool2d` does with norm 2. The array `blocks` has
four axes: which block row, which row inside the block, which block column, which column inside it.
""",
    stub='''def l2_pool(x, k):
    """Pool blocks of k by k by their L2 norm."""
    H, W = x.shape
    blocks = x.reshape(H // k, k, W // k, k)
    return ...
''',
    reference=solutions.l2_pool,
    inputs=_block_inputs,
    seed=1,
    misconceptions=(
        Misconception(
            "averages-the-squares",
            "You take the root of the **mean** of the squares. PyTorch adds them up and does not "
            "divide.",
            [lambda x, k: np.sqrt((_blocks(x, k) ** 2).mean(axis=(1, 3)))],
        ),
        Misconception(
            "forgets-the-root",
            "These are the sums of the squares. One step is left to make a length of them.",
            [lambda x, k: (_blocks(x, k) ** 2).sum(axis=(1, 3))],
        ),
        Misconception(
            "adds-absolute-values",
            "You add up how large the values are, without squaring: that is the L1 norm.",
            [lambda x, k: np.abs(_blocks(x, k)).sum(axis=(1, 3))],
        ),
        Misconception(
            "takes-the-largest",
            "You report the largest value of each block: that is maximum pooling.",
            [
                lambda x, k: _blocks(x, k).max(axis=(1, 3)),
                lambda x, k: np.abs(_blocks(x, k)).max(axis=(1, 3)),
            ],
        ),
        Misconception(
            "pools-across-the-blocks",
            "You combine pixels that have the same place in **different** blocks. Which two axes "
            "run inside a block?",
            [lambda x, k: np.sqrt((_blocks(x, k) ** 2).sum(axis=(0, 2)))],
        ),
        Misconception(
            "one-axis-only",
            "You sum along one axis of the block. Both its rows and its columns belong to the sum.",
            [
                lambda x, k: np.sqrt((_blocks(x, k) ** 2).sum(axis=1)),
                lambda x, k: np.sqrt((_blocks(x, k) ** 2).sum(axis=3)),
            ],
        ),
        Misconception(
            "one-number-for-all",
            "This is the length of the whole picture, a global pooling. Each block reports its "
            "own.",
            [lambda x, k: np.sqrt((x**2).sum())],
        ),
    ),
    success="Squared, summed, and the root: the sign of a value does not matter, and a flat block "
    "reports k times its value.",
)


def _average_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    for shape, k, padding in (
        ((2, 2), 2, 0),
        ((2, 2), 2, 1),
        ((1, 4), 3, 1),
        ((4, 2), 2, 1),
        ((4, 7), 3, 1),
        ((4, 4), 4, 2),
        ((6, 4), 2, 1),
    ):
        yield matrix(rng, shape, 0, 4), k, padding


_AVERAGE_STUB = '''def average_pool(x, k, padding):
    """Average windows side by side; padded zeros do not count."""
    padded = np.pad(x, padding)
    H_out, W_out = padded.shape[0] // k, padded.shape[1] // k
    y = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = padded[i * k : i * k + k, j * k : j * k + k]
            y[i, j] = window.sum() / k**2
    return y
'''


def _average_by(divisor: str, before: str = "") -> Any:
    source = _AVERAGE_STUB.replace("/ k**2", f"/ {divisor}")
    return function_from(source.replace("    y = np.zeros", f"{before}    y = np.zeros"))


_REAL = "    real = np.pad(np.ones(x.shape), padding)\n"

repair_average = Exercise(
    name="repair_average",
    title="Repair the mean at the border",
    stars=2,
    prompt="""
This average pooling should leave the padded zeros out of the mean, as PyTorch does with
`count_include_pad=False`: a window at the border divides by the number of pixels **of the picture**
that it covers. Find the line that does otherwise and mend it. Black pixels of the picture are
pixels as well. Windows lie side by side, and `padding` is at most half of `k`.
""",
    stub=_AVERAGE_STUB,
    reference=solutions.average_pool,
    inputs=_average_inputs,
    seed=3,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: every window divides by all its pixels, "
            "padded ones among them. Right inside, too small at the border.",
            [function_from(_AVERAGE_STUB)],
        ),
        Misconception(
            "leaves-black-pixels-out",
            "You divide by the pixels that are not zero. A black pixel of the picture is zero as "
            "well, and it counts.",
            [_average_by("max(np.count_nonzero(window), 1)")],
        ),
        Misconception(
            "counts-the-rows-only",
            "You leave padded rows out of the count, and padded columns in.",
            [
                _average_by(
                    "(real[i * k : i * k + k, j * k : j * k + k].max(axis=1).sum() * k)", _REAL
                )
            ],
        ),
        Misconception(
            "counts-the-columns-only",
            "You leave padded columns out of the count, and padded rows in.",
            [
                _average_by(
                    "(real[i * k : i * k + k, j * k : j * k + k].max(axis=0).sum() * k)", _REAL
                )
            ],
        ),
        Misconception(
            "does-not-pad",
            "You pool the picture without its padding, so the windows stand elsewhere. They "
            "should stay where they are, only the divisor changes.",
            [lambda x, k, padding: solutions.average_pool(x, k, 0)],
        ),
        Misconception(
            "reports-the-sum",
            "You no longer divide at all: these are sums.",
            [_average_by("1")],
        ),
        Misconception(
            "divides-by-the-side",
            "You divide by `k`. A window has `k` rows of `k` pixels, and at the border fewer that "
            "are real.",
            [_average_by("k")],
        ),
    ),
    success="Each window divides by the pixels that are really there: a flat picture stays flat up "
    "to its corners.",
)


def _shape_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((8, 13), (10, 9), (11, 16), (17, 12), (24, 31), (34, 29))


def _ceil_quarter(size: int) -> int:
    return (size + 3) // 4


def _printed(
    first: Callable[[int], int] = lambda size: size // 2,
    second: Callable[[int], int] = lambda size: size + 1,
    third: Callable[[int], int] = _ceil_quarter,
    channels: int = 3,
) -> Any:
    """Take the right reading of the program and replace one step of it."""

    def shape(height: int, width: int) -> tuple[int, ...]:
        return 2, channels, *(third(second(first(size))) for size in (height, width))

    return shape


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
Which four numbers does this program print? Answer with a function
`printed_shape(height, width)`, without running PyTorch.

```python
import torch.nn.functional as F

x = torch.zeros(2, 3, height, width)
x = F.max_pool2d(x, 2)
x = F.avg_pool2d(x, 2, stride=1, padding=1)
x = F.max_pool2d(x, 4, ceil_mode=True)
print(*x.shape)
```
""",
    stub='''def printed_shape(height, width):
    """Return the four numbers that the code prints."""
    return ...
''',
    reference=solutions.printed_shape,
    inputs=_shape_inputs,
    misconceptions=(
        Misconception(
            "stride-one-by-default",
            "Where no stride is given you move by one pixel, as a convolution would. What does a "
            "pooling take?",
            [_printed(first=lambda size: size - 1, third=lambda size: size - 3)],
        ),
        Misconception(
            "pools-the-channels",
            "You pool over the channels as well. Pooling goes over each channel by itself, and "
            "all of them come out.",
            [_printed(channels=1), _printed(channels=2)],
        ),
        Misconception(
            "overlooks-the-ceil-mode",
            "The last pooling rounds down in your answer. `ceil_mode=True` lets one more window "
            "take up the remainder.",
            [_printed(third=lambda size: size // 4)],
        ),
        Misconception(
            "rounds-up-everywhere",
            "You round up in the first pooling too. Only the last one has `ceil_mode=True`.",
            [_printed(first=lambda size: -(-size // 2))],
        ),
        Misconception(
            "overlooks-the-padding",
            "The second pooling is right but for its padding, which adds a pixel on each side.",
            [_printed(second=lambda size: size - 1)],
        ),
        Misconception(
            "counts-padding-once",
            "You count the padding of the second pooling once. It is added on both sides.",
            [_printed(second=lambda size: size)],
        ),
        Misconception(
            "overlooks-the-stride",
            "In the second pooling your windows lie side by side. There the stride is given, and "
            "it is 1.",
            [_printed(second=lambda size: (size + 2) // 2)],
        ),
    ),
    success="A stride that is not given is the kernel size, rounding is down unless told "
    "otherwise, and the channels stay.",
)


def _max_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    for shape, kernel_size, stride in (
        ((1, 2), 1, 1),
        ((2, 3), 2, 1),
        ((3, 5), 2, 2),
        ((4, 4), 2, 3),
        ((5, 4), 3, 1),
        ((5, 8), 3, 2),
        ((7, 6), 2, 3),
    ):
        yield matrix(rng, shape, -6, 4), kernel_size, stride


def _pool(
    x: Array, kernel_size: int, stride: int, report: Callable[[Array], Any] = np.max
) -> Array:
    starts = [range(0, size - kernel_size + 1, stride) for size in x.shape]
    rows = [
        [report(x[i : i + kernel_size, j : j + kernel_size]) for j in starts[1]] for i in starts[0]
    ]
    return np.array(rows)


def _by_output_index(x: Array, kernel_size: int, stride: int) -> Array:
    every = _pool(x, kernel_size, 1)
    rows, columns = _pool(x, kernel_size, stride).shape
    return every[:rows, :columns]


def _rounded_up(x: Array, kernel_size: int, stride: int) -> Array:
    rest = [(0, -(size - kernel_size) % stride) for size in x.shape]
    return _pool(np.pad(x, rest, constant_values=-99), kernel_size, stride)


max_pool = Exercise(
    name="max_pool",
    title="Write maximum pooling",
    stars=2,
    prompt="""
Write `max_pool(x, kernel_size, stride)`. A window of `kernel_size` × `kernel_size` pixels moves
over the picture in steps of `stride` and reports its largest value. There is no padding, and a
remainder at the far end is left out. The picture may have negative values.
""",
    stub='''def max_pool(x, kernel_size, stride):
    """Return the largest value of every window."""
    ...
''',
    reference=solutions.max_pool,
    inputs=_max_inputs,
    seed=6,
    misconceptions=(
        Misconception(
            "starts-at-zero",
            "Your largest value so far begins at 0, and wins where all pixels are negative. Begin "
            "with a pixel of the window.",
            [lambda x, kernel_size, stride: np.maximum(_pool(x, kernel_size, stride), 0)],
        ),
        Misconception(
            "compares-without-the-sign",
            "You look for the value farthest from 0. The largest of −7 and 1 is 1.",
            [
                lambda x, kernel_size, stride: _pool(np.abs(x), kernel_size, stride),
                lambda x, kernel_size, stride: _pool(
                    x, kernel_size, stride, lambda w: w.flat[np.abs(w).argmax()]
                ),
            ],
        ),
        Misconception(
            "steps-by-the-window",
            "Your windows lie side by side. That is the stride if none is given; here one is "
            "given.",
            [lambda x, kernel_size, stride: _pool(x, kernel_size, kernel_size)],
        ),
        Misconception(
            "ignores-the-stride",
            "Your window moves by one pixel, whatever the stride.",
            [lambda x, kernel_size, stride: _pool(x, kernel_size, 1)],
        ),
        Misconception(
            "indexes-by-the-output",
            "The size is right, but your windows start at the output's row and column. How far "
            "apart are they in the picture?",
            [_by_output_index],
        ),
        Misconception(
            "rounds-up",
            "There is one more window at the far end, where only part of it lies on the picture. "
            "It is left out here.",
            [_rounded_up],
        ),
        Misconception(
            "averages",
            "You report the mean of each window. The largest value is asked for.",
            [lambda x, kernel_size, stride: _pool(x, kernel_size, stride, np.mean)],
        ),
        Misconception(
            "takes-the-smallest",
            "You report the smallest value of each window.",
            [lambda x, kernel_size, stride: _pool(x, kernel_size, stride, np.min)],
        ),
    ),
    success="Steps, windows and maxima are right, for windows that overlap and for windows with "
    "gaps, and for negative values too.",
)


def _shift_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for row, kernel_size in (
        ([5, 0], 2),
        ([0, 0, 5, 0], 2),
        ([3, 5, 2, 0], 2),
        ([0, 4, 0, 0, 0, 0], 3),
        ([7, 1, 3, 0, 0, 0], 3),
        ([4, 0, 0, 5, 0, 0, 0, 0, 0], 3),
        ([2, 2, 2, 2, 2, 0, 0, 0], 4),
        ([0, 6, 0, 0, 3, 0, 0, 0], 4),
        ([1, 9, 2, 0, 4, 0, 0, 0, 0, 0], 5),
    ):
        yield np.array(row, dtype=np.int64), kernel_size


def _unnoticed(
    x: Array,
    kernel_size: int,
    report: Callable[[Array], Array] = lambda blocks: blocks.max(axis=1),
    same: Callable[[Array, Array], bool] = lambda a, b: bool(np.allclose(a, b)),
    direction: int = 1,
) -> Array:
    def pooled(row: Array) -> Array:
        return report(row.reshape(-1, kernel_size))

    shifts = range(kernel_size)
    return np.array(
        [same(pooled(np.roll(x, direction * shift)), pooled(x)) for shift in shifts], np.int64
    )


def _room_of_the_maxima(x: Array, kernel_size: int) -> Array:
    blocks = x.reshape(-1, kernel_size)
    room = min(kernel_size - 1 - int(block.argmax()) for block in blocks if block.max() > 0)
    return (np.arange(kernel_size) <= room).astype(np.int64)


def _moved_as_a_whole(a: Array, b: Array) -> bool:
    return any(np.array_equal(a, np.roll(b, by)) for by in (0, 1))


unnoticed_shifts = Exercise(
    name="unnoticed_shifts",
    title="Which shifts go unnoticed?",
    stars=3,
    prompt="""
"Maximum pooling does not mind small shifts." Does it? Write `unnoticed_shifts(x, kernel_size)`. The
row `x` is pooled by the maxima of blocks of `kernel_size` pixels, side by side. For each shift to
the right, by 0, 1, and so on up to `kernel_size - 1` pixels, say whether the pooled row stays
**exactly** as it was: 1 if it does, 0 if not. Return these `kernel_size` numbers. No value is
negative, the blocks fill the row, and enough zeros stand at its end that nothing is lost.
""",
    stub='''def unnoticed_shifts(x, kernel_size):
    """Mark the shifts to the right that the pooled row does not notice."""
    ...
''',
    reference=solutions.unnoticed_shifts,
    inputs=_shift_inputs,
    misconceptions=(
        Misconception(
            "pooling-is-invariant",
            "You expect that no shift within a block is noticed. It is as soon as a pixel crosses "
            "over into the next block.",
            [lambda x, kernel_size: np.ones(kernel_size, dtype=np.int64)],
        ),
        Misconception(
            "every-shift-is-noticed",
            "You expect that each shift is noticed. A maximum may move inside its block without "
            "changing anything.",
            [lambda x, kernel_size: (np.arange(kernel_size) == 0).astype(np.int64)],
        ),
        Misconception(
            "room-of-the-maxima-only",
            "You ask how far each maximum can move inside its block. Other pixels move too, and "
            "one may come into a block that had less.",
            [_room_of_the_maxima],
        ),
        Misconception(
            "lets-the-maxima-move",
            "You also accept a pooled row that has moved by a place. Moving along is equivariance; "
            "staying the same is asked for.",
            [
                lambda x, kernel_size: _unnoticed(x, kernel_size, same=_moved_as_a_whole),
            ],
        ),
        Misconception(
            "averages",
            "You pool by the mean, which notices nearly everything. Here the blocks report their "
            "largest value.",
            [
                lambda x, kernel_size: _unnoticed(
                    x, kernel_size, report=lambda blocks: blocks.mean(axis=1)
                )
            ],
        ),
        Misconception(
            "shifts-to-the-left",
            "You shift to the left. The shifts asked for go to the right.",
            [lambda x, kernel_size: _unnoticed(x, kernel_size, direction=-1)],
        ),
        Misconception(
            "one-pixel-at-most",
            "You mark what happens for shifts by 0 and 1, and nothing beyond. Larger ones may go "
            "unnoticed too.",
            [
                lambda x, kernel_size: (
                    _unnoticed(x, kernel_size) * (np.arange(kernel_size) < 2).astype(np.int64)
                )
            ],
        ),
    ),
    success="What goes unnoticed depends on the row: pooling forgives some shifts of some "
    "pictures, and promises none.",
)

exercises = (pool_by_l2, repair_average, read_the_code, max_pool, unnoticed_shifts)
"""The chapter's exercises, in order."""


places_and_rest = Question(
    name="places_and_rest",
    label="From chapter 05",
    prompt="A window of 5 pixels moves over a row of 13 pixels in steps of 3, without padding. In "
    "how many places does it stand?",
    choices=(
        Choice(
            "2",
            "That is how many whole steps fit into the 8 pixels behind the first window. The "
            "place where it starts counts too.",
            misconception="forgets-the-first-place",
        ),
        Choice(
            "4",
            "The fourth window would reach over the end of the row. A place counts only if all "
            "of the window fits.",
            misconception="rounds-up",
        ),
        Choice(
            "3",
            "Yes: one place, and two whole steps in the 8 pixels that are left. Two pixels at the "
            "end remain unread.",
            correct=True,
        ),
        Choice(
            "9",
            "Those are the places at a stride of 1.",
            misconception="ignores-the-stride",
        ),
    ),
)

sum_of_two_patches = Question(
    name="sum_of_two_patches",
    label="From chapter 03",
    prompt="A kernel answers 5 to one patch of pixels and −3 to another one. You add the two "
    "patches, pixel by pixel. What does the kernel answer to the sum?",
    choices=(
        Choice(
            "2",
            "Yes: a convolution is linear, so the answer to a sum is the sum of the answers.",
            correct=True,
        ),
        Choice(
            "5",
            "That is the larger of the two answers. A sum of products does not pick the largest; "
            "you will meet an operation that does in a moment.",
            misconception="keeps-the-larger-answer",
        ),
        Choice(
            "8",
            "The signs count: where the second patch pulls the answer down, it does so in the sum "
            "as well.",
            misconception="adds-without-signs",
        ),
        Choice(
            "It depends on the pixels.",
            "Each answer is a sum of weights times pixels. Add the pixels and you add the two "
            "sums, whatever the pixels are.",
            misconception="convolution-is-not-linear",
        ),
    ),
)

one_pixel_further = Question(
    name="one_pixel_further",
    label="Question 1",
    prompt="A map is pooled by 2×2 maxima with stride 2. The picture moves by one pixel, and the "
    "map with it. What becomes of the pooled map?",
    choices=(
        Choice(
            "It stays the same: that is what pooling is for.",
            "A maximum stays only if it stays in its block and nothing larger comes in. On "
            "photographs, the chapter counts, about a quarter of them do.",
            misconception="pooling-gives-invariance",
        ),
        Choice(
            "It moves by half a pixel.",
            "There are no half pixels. The blocks stand where they stood and have other pixels in "
            "them: other numbers come out.",
            misconception="half-a-pixel",
        ),
        Choice(
            "It moves by one pixel.",
            "That takes a shift by two pixels, the stride. By one pixel, no block finds the "
            "pixels of another block.",
            misconception="forgets-the-stride",
        ),
        Choice(
            "Some of its numbers stay and others change.",
            "Yes. A maximum that stays within its block goes unnoticed, one that crosses the "
            "border of its block does not.",
            correct=True,
        ),
    ),
)

depth_of_a_pooling = Question(
    name="depth_of_a_pooling",
    label="Question 2",
    prompt="16 maps of 32×32 go through `max_pool2d` with a kernel of 2. What comes out?",
    choices=(
        Choice(
            "16 maps of 16×16",
            "Yes: each map is pooled by itself, and without a stride given, windows lie side by "
            "side.",
            correct=True,
        ),
        Choice(
            "8 maps of 16×16",
            "The kernel has rows and columns only. It does not reach into the other maps, so "
            "their number stays.",
            misconception="pools-the-channels",
        ),
        Choice(
            "1 map of 16×16, the largest of all 16 maps",
            "A convolution with one filter would make one map of them. Pooling does not mix maps.",
            misconception="mixes-the-channels",
        ),
        Choice(
            "16 maps of 31×31",
            "That is stride 1, a convolution's default. A pooling takes its kernel size as the "
            "stride unless told otherwise.",
            misconception="stride-one-by-default",
        ),
    ),
)

which_is_a_convolution = Question(
    name="which_is_a_convolution",
    label="Question 3",
    prompt="Can a convolution with a stride do exactly what a 2×2 pooling does, if you may choose "
    "its weights?",
    choices=(
        Choice(
            "Yes, for the average and for the maximum.",
            "A convolution is linear, and the maximum is not: the largest value of a sum can be "
            "less than the sum of the largest values.",
            misconception="maximum-is-linear",
        ),
        Choice(
            "For the average, with one kernel of four quarters for each map, and not for the "
            "maximum.",
            "Yes: a mean is a weighted sum, taken for each map by itself. No weights give a "
            "maximum.",
            correct=True,
        ),
        Choice(
            "For the average, with an ordinary convolution whose weights are all one quarter.",
            "The quarters are right. But an ordinary convolution adds up all maps, and pooling "
            "keeps them apart.",
            misconception="forgets-depthwise",
        ),
        Choice(
            "For neither: a convolution has weights, and pooling has none.",
            "Weights need not be learned. Fixed at one quarter, they make a mean.",
            misconception="weights-must-be-learned",
        ),
    ),
)

questions = (
    places_and_rest,
    sum_of_two_patches,
    one_pixel_further,
    depth_of_a_pooling,
    which_is_a_convolution,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
