"""Exercises and questions of chapter 10, factorized."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.exercises import _solutions_factorized as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question
from cnncourse.functional import cross_correlate

__all__ = [
    "counted_and_timed",
    "depthwise_separable",
    "exercises",
    "joint_kernel",
    "middle_maps",
    "one_by_one_weights",
    "questions",
    "rank_one_slices",
    "read_the_code",
    "repair_unfolding",
    "two_in_a_row",
    "which_separates",
]

Array = np.ndarray


def _passes(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    yield np.array([1, 2]), np.array([3, 5])
    yield np.array([1, 2, 4]), np.array([-1, 0, 3])
    for rows, columns in ((2, 3), (3, 2), (4, 3), (3, 5)):
        sizes = (1, rows), (1, columns)
        yield matrix(rng, sizes[0], 1, 6)[0], matrix(rng, sizes[1], -3, 4)[0]


joint_kernel = Exercise(
    name="joint_kernel",
    title="Two passes, one kernel",
    stars=1,
    prompt="""
Complete `joint_kernel(column, row)`. The weights in `column`, written from top to bottom, slide
over a picture; then the weights in `row`, from left to right, slide over the result. Return the
**one** kernel that does in a single pass what both do in two.
""",
    stub='''def joint_kernel(column, row):
    """Return the kernel of one pass that does what both do."""
    return ...
''',
    reference=solutions.joint_kernel,
    inputs=_passes,
    misconceptions=(
        Misconception(
            "exchanges-rows-and-columns",
            "All the products are there, but the kernel lies on its side: `column` runs from top "
            "to bottom.",
            [lambda column, row: np.outer(row, column)],
        ),
        Misconception(
            "adds-the-weights",
            "You add the two weights. A pixel is multiplied by one of them in the first pass, and "
            "the result by the other in the second.",
            [lambda column, row: column[:, None] + row],
        ),
        Misconception(
            "like-meets-like",
            "You pair the first with the first, the second with the second. Every weight of the "
            "column meets every weight of the row.",
            [lambda column, row: column * row],
        ),
        Misconception(
            "one-number",
            "One number came back: the sum of the products in pairs. A kernel has as many rows as "
            "the column and as many columns as the row.",
            [lambda column, row: column @ row, lambda column, row: np.dot(row, column)],
        ),
        Misconception(
            "forgets-the-column",
            "The row is repeated as it stands, and the column only says how often. Its weights "
            "count as well.",
            [lambda column, row: np.tile(row, (len(column), 1))],
        ),
        Misconception(
            "turns-the-kernel",
            "This kernel is turned by 180°. Both passes lay their weights down as they stand.",
            [lambda column, row: np.outer(column[::-1], row[::-1])],
        ),
    ),
    success="Every weight of the column times every weight of the row: an outer product, and a "
    "kernel of rank one.",
)


def _weights(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape in ((1, 2, 2, 1), (2, 1, 1, 2), (2, 2, 2, 2), (2, 3, 3, 2), (3, 2, 2, 3)):
        yield (np.arange(1, np.prod(shape) + 1, dtype=np.int64).reshape(shape),)
    yield (matrix(rng, (4, 27), -5, 5).reshape(4, 3, 3, 3),)


def _unfold(order: tuple[int, int, int, int]) -> Callable[[Array], Array]:
    """Return a program that moves the axes into this order and joins them in pairs."""

    def program(weight: Array) -> Array:
        moved = weight.transpose(order)
        return moved.reshape(moved.shape[0] * moved.shape[1], -1)

    return program


_UNFOLDING_STUB = '''def unfolding(weight):
    """Return the matrix of shape (C_in · kh, C_out · kw)."""
    C_out, C_in, kh, kw = weight.shape
    return weight.reshape(C_in * kh, C_out * kw)
'''

repair_unfolding = Exercise(
    name="repair_unfolding",
    title="Repair the unfolding",
    stars=2,
    prompt="""
`unfolding(weight)` writes a layer's weight, of shape (C_out, C_in, kh, kw), as one matrix. The
weight at (`o`, `c`, `a`, `b`) belongs in row `c * kh + a` and column `o * kw + b`. The code below
gives a matrix of the right shape with the numbers in the wrong places. Mend it.
""",
    stub=_UNFOLDING_STUB,
    reference=solutions.unfolding,
    inputs=_weights,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still is what the planted bug does: `reshape` reads the numbers in the order "
            "of the old axes and cuts them anew.",
            [function_from(_UNFOLDING_STUB)],
        ),
        Misconception(
            "rows-of-the-kernel-first",
            "In the rows, the kernel's row changes slowest here. All rows of one input channel "
            "belong together.",
            [_unfold((2, 1, 0, 3))],
        ),
        Misconception(
            "columns-of-the-kernel-first",
            "In the columns, the kernel's column changes slowest here. All columns of one output "
            "channel belong together.",
            [_unfold((1, 2, 3, 0))],
        ),
        Misconception(
            "both-pairs-exchanged",
            "In rows and columns alike, the place in the kernel changes slowest here. The "
            "channel should.",
            [_unfold((2, 1, 3, 0))],
        ),
        Misconception(
            "lies-on-its-side",
            "The numbers are in their places, with rows and columns exchanged: input channels "
            "belong to the rows.",
            [_unfold((0, 3, 1, 2))],
        ),
        Misconception(
            "across-before-down",
            "You pair the input with the kernel's columns. That is the matrix for the other order "
            "of the passes, across first.",
            [_unfold((1, 3, 0, 2))],
        ),
        Misconception(
            "exchanges-in-and-out",
            "Here the output channels go with the kernel's rows. The first pass, down, reads the "
            "**input** channels.",
            [_unfold((0, 2, 1, 3))],
        ),
        Misconception(
            "one-row-a-filter",
            "One row for each filter: that is the matrix of an ordinary convolution as a matrix "
            "product.",
            [lambda weight: weight.reshape(len(weight), -1)],
        ),
    ),
    success="Axes moved first, then joined: rows say what the first pass reads, columns what the "
    "second one writes.",
)


def _separable_layers(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for filters, channels, (height, width), kernel_size in (
        (2, 2, (2, 2), (1, 2)),
        (2, 2, (3, 3), (2, 2)),
        (1, 2, (3, 4), (2, 3)),
        (3, 2, (4, 3), (2, 2)),
        (2, 3, (4, 5), (3, 2)),
        (3, 3, (5, 4), (3, 3)),
    ):
        x = matrix(rng, (channels, height * width), 0, 5)
        kernels = matrix(rng, (channels, kernel_size[0] * kernel_size[1]), -3, 3)
        yield (
            x.reshape(channels, height, width),
            kernels.reshape(channels, *kernel_size),
            matrix(rng, (filters, channels), -2, 3),
        )


def _maps(x: Array, depthwise: Array) -> Array:
    return np.stack([cross_correlate(a, k) for a, k in zip(x, depthwise, strict=False)])


def _pointwise_first(x: Array, depthwise: Array, pointwise: Array) -> Array:
    return _maps(np.tensordot(pointwise, x, axes=1), depthwise)


def _added_before_mixing(x: Array, depthwise: Array, pointwise: Array) -> Array:
    total = _maps(x, depthwise).sum(axis=0)
    return pointwise.sum(axis=1)[:, None, None] * total


depthwise_separable = Exercise(
    name="depthwise_separable",
    title="Depthwise, then pointwise",
    stars=2,
    prompt="""
Write `depthwise_separable(x, depthwise, pointwise)`. The picture `x` has the shape (C, H, W).
First each channel is filtered with its **own** kernel from `depthwise`, of shape (C, kh, kw), at
the places where it fits. Then every output channel is a sum of these maps, with the weights in one
row of `pointwise`, of shape (C_out, C). You may use `cross_correlate(x, kernel)`, for one channel
and one kernel.
""",
    stub='''def depthwise_separable(x, depthwise, pointwise):
    """Filter each channel with its own kernel, then mix the channels."""
    ...
''',
    reference=solutions.depthwise_separable,
    inputs=_separable_layers,
    seed=5,
    misconceptions=(
        Misconception(
            "adds-the-maps-before-mixing",
            "You add up the maps before they are mixed, as an ordinary filter does. Each map "
            "keeps to itself until the second step.",
            [_added_before_mixing],
        ),
        Misconception(
            "forgets-the-mixing",
            "These are the maps of the first step. The second one, which mixes the channels, is "
            "missing.",
            [lambda x, depthwise, pointwise: _maps(x, depthwise)],
        ),
        Misconception(
            "one-kernel-for-all",
            "You filter every channel with the first kernel. Each has its own.",
            [
                lambda x, depthwise, pointwise: np.tensordot(
                    pointwise, _maps(x, np.stack([depthwise[0]] * len(x))), axes=1
                )
            ],
        ),
        Misconception(
            "turns-the-kernels",
            "The kernels lie turned by 180°. A layer cross-correlates: it leaves them as they "
            "stand.",
            [
                lambda x, depthwise, pointwise: np.tensordot(
                    pointwise, _maps(x, depthwise[:, ::-1, ::-1]), axes=1
                )
            ],
        ),
        Misconception(
            "mixes-first",
            "You mix the channels first and filter then. That is another layer, and it fits only "
            "where there are as many channels after as before.",
            [_pointwise_first],
        ),
        Misconception(
            "takes-the-mixing-by-its-columns",
            "You read the mixing weights down the columns. The weights of one output channel "
            "stand in one row.",
            [
                lambda x, depthwise, pointwise: np.tensordot(
                    pointwise.T, _maps(x, depthwise), axes=1
                )
            ],
        ),
        Misconception(
            "products-not-summed",
            "Every map is weighted, and then they lie side by side. One output channel is their "
            "sum.",
            [
                lambda x, depthwise, pointwise: (
                    pointwise[:, :, None, None] * _maps(x, depthwise)[None]
                )
            ],
        ),
        Misconception(
            "averages-the-maps",
            "You take the mean of the weighted maps. A layer adds; there is no division in it.",
            [
                lambda x, depthwise, pointwise: (
                    np.tensordot(pointwise, _maps(x, depthwise), axes=1) / len(x)
                )
            ],
        ),
    ),
    success="First space, channel by channel; then channels, pixel by pixel: the two jobs of a "
    "convolution, done one after the other.",
)


def _blocks(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((1, 2), (1, 3), (2, 4), (3, 5), (4, 8), (8, 14), (16, 27))


def _count(
    c: int,
    n: int,
    *,
    middle: int | None = None,
    biases: int | None = None,
    channels: int | None = None,
    rows: int | None = None,
) -> tuple[int, int, int]:
    """Return the right answer, with some of its parts replaced."""
    middle = 54 * c if middle is None else middle
    biases = 2 * c if biases is None else biases
    return (
        18 * c * c + middle + biases,
        2 * c if channels is None else channels,
        (n + 1) // 2 if rows is None else rows,
    )


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
Here is a block on the plan of MobileNetV2, without its normalization, as it is written in PyTorch,
for `c` channels and a picture of `n` rows and `n` columns:

```python
block = nn.Sequential(
    nn.Conv2d(c, 6 * c, 1, bias=False),
    nn.ReLU6(),
    nn.Conv2d(6 * c, 6 * c, 3, stride=2, padding=1, groups=6 * c, bias=False),
    nn.ReLU6(),
    nn.Conv2d(6 * c, 2 * c, 1),
)
learned = sum(weight.numel() for weight in block.parameters())
_, channels, rows, _ = block(torch.zeros(1, c, n, n)).shape
```

Read it, do not run it. Write `what_it_has(c, n)`, which returns three numbers: `learned`,
`channels` and `rows`. (`ReLU6` cuts values off below 0 and above 6; it learns nothing.)
""",
    stub='''def what_it_has(c, n):
    """Return how many numbers it learns, and the output's channels and rows."""
    learned = ...
    channels = ...
    rows = ...
    return learned, channels, rows
''',
    reference=solutions.what_it_has,
    inputs=_blocks,
    misconceptions=(
        Misconception(
            "overlooks-the-groups",
            "You count the 3×3 layer as an ordinary one. With as many groups as channels, how "
            "many channels does one filter read?",
            [lambda c, n: _count(c, n, middle=36 * c * c * 9)],
        ),
        Misconception(
            "one-kernel-for-all",
            "You count nine weights for the whole 3×3 layer. Each of its channels has its own "
            "kernel.",
            [lambda c, n: _count(c, n, middle=9)],
        ),
        Misconception(
            "as-many-kernels-as-the-input-has",
            "You count the 3×3 layer for `c` channels. How many reach it?",
            [lambda c, n: _count(c, n, middle=9 * c)],
        ),
        Misconception(
            "overlooks-the-biases",
            "The weights are all there. One layer also has biases: a `Conv2d` has them unless "
            "told otherwise.",
            [lambda c, n: _count(c, n, biases=0)],
        ),
        Misconception(
            "biases-everywhere",
            "You give all three layers biases. Two of them are told to do without.",
            [lambda c, n: _count(c, n, biases=14 * c)],
        ),
        Misconception(
            "overlooks-the-stride",
            "As many rows come out as went in here. One of the layers moves its window by two.",
            [lambda c, n: _count(c, n, rows=n)],
        ),
        Misconception(
            "rounds-the-rows-down",
            "Even numbers of rows are right. For odd ones a window still fits after the last full "
            "pair.",
            [lambda c, n: _count(c, n, rows=n // 2)],
        ),
        Misconception(
            "channels-of-the-middle",
            "These are the channels in the middle of the block. Its last layer says how many "
            "come out.",
            [lambda c, n: _count(c, n, channels=6 * c)],
        ),
    ),
    success="Wide in the middle, and cheap all the same: of what it learns, the 3×3 layer has the "
    "smaller part, from three channels on.",
)


def _layered(
    rng: np.random.Generator, shape: tuple[int, int, int, int], maps: int, across: bool
) -> Array:
    """Return a weight that two passes with so many maps make exactly."""
    filters, channels, rows, columns = shape
    if across:
        first = matrix(rng, (maps, channels * columns), -2, 2).reshape(maps, channels, columns)
        second = matrix(rng, (filters, maps * rows), -2, 2).reshape(filters, maps, rows)
        return np.einsum("mib,oma->oiab", first, second)
    first = matrix(rng, (maps, channels * rows), -2, 2).reshape(maps, channels, rows)
    second = matrix(rng, (filters, maps * columns), -2, 2).reshape(filters, maps, columns)
    return np.einsum("mia,omb->oiab", first, second)


def _layers(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape, maps, across in (
        ((2, 1, 2, 2), 2, False),
        ((1, 2, 2, 2), 2, True),
        ((1, 2, 3, 2), 1, True),
        ((2, 2, 2, 2), 1, True),
        ((2, 2, 3, 3), 2, False),
        ((3, 2, 3, 2), 2, True),
        ((2, 3, 2, 3), 3, False),
        ((3, 3, 3, 3), 4, True),
        ((4, 2, 3, 3), 1, False),
    ):
        yield (_layered(rng, shape, maps, across),)
    yield (np.ones((2, 2, 2, 2), dtype=np.int64),)


def _rank(values: Array) -> int:
    return int(np.linalg.matrix_rank(values))


_DOWN, _ACROSS = _unfold((1, 2, 0, 3)), _unfold((1, 3, 0, 2))


def _ranks(weight: Array) -> tuple[int, int]:
    return _rank(_DOWN(weight)), _rank(_ACROSS(weight))


def _kernel_ranks(weight: Array) -> list[int]:
    return [_rank(kernel) for filter_ in weight for kernel in filter_]


def _reshaped_ranks(weight: Array) -> tuple[int, int]:
    filters, channels, rows, columns = weight.shape
    return (
        _rank(weight.reshape(channels * rows, filters * columns)),
        _rank(weight.reshape(channels * columns, filters * rows)),
    )


middle_maps = Exercise(
    name="middle_maps",
    title="Which way first?",
    stars=3,
    prompt="""
A layer has a weight of shape (C_out, C_in, kh, kw). Two thin layers, with nothing between them,
are to compute **exactly** the same: kh×1 and then 1×kw, with some number of maps in the middle, or
1×kw first and kh×1 after it. Does it matter which way you go first? Write `middle_maps(weight)`. It
returns two numbers: the fewest maps that do when the first pass goes **down**, and the fewest when
it goes **across**.
""",
    stub='''def middle_maps(weight):
    """Return how many maps each order of the two passes needs."""
    C_out, C_in, kh, kw = weight.shape
    ...
''',
    reference=solutions.middle_maps,
    inputs=_layers,
    seed=11,
    misconceptions=(
        Misconception(
            "same-for-both-orders",
            "Right for down first, and repeated for across first. Going across first joins other "
            "axes into rows and columns.",
            [lambda weight: (_ranks(weight)[0],) * 2],
        ),
        Misconception(
            "orders-exchanged",
            "Both numbers are right, for the other order each.",
            [lambda weight: _ranks(weight)[::-1]],
        ),
        Misconception(
            "kernel-by-kernel",
            "You look at one kernel at a time and take the largest rank. Maps in the middle are "
            "shared by all filters, which is harder.",
            [lambda weight: (max(_kernel_ranks(weight)),) * 2],
        ),
        Misconception(
            "adds-up-the-kernels",
            "You give every kernel maps of its own and add them up. That is enough, but kernels "
            "may share.",
            [lambda weight: (sum(_kernel_ranks(weight)),) * 2],
        ),
        Misconception(
            "reshapes-without-moving-axes",
            "Your matrices have the right shapes and the numbers in other places: axes must be "
            "moved before they are joined.",
            [_reshaped_ranks],
        ),
        Misconception(
            "rank-of-the-filters",
            "You write every filter as one row. That rank says how many **whole** filters would "
            "do, not how many thin ones.",
            [lambda weight: (_rank(weight.reshape(len(weight), -1)),) * 2],
        ),
        Misconception(
            "as-many-as-can-ever-be-needed",
            "So many always do, whatever the weights are. Yours may need fewer.",
            [
                lambda weight: (
                    min(_DOWN(weight).shape),
                    min(_ACROSS(weight).shape),
                )
            ],
        ),
    ),
    success="Two matrices from the same numbers, and two ranks: which way the first pass goes can "
    "decide whether a layer splits cheaply.",
)

exercises = (joint_kernel, repair_unfolding, depthwise_separable, read_the_code, middle_maps)
"""The chapter's exercises, in order."""


one_by_one_weights = Question(
    name="one_by_one_weights",
    label="From chapter 09",
    prompt="A 1×1 convolution turns 64 channels into 32, on a map of 28×28 pixels. How many "
    "weights has it, biases not counted?",
    choices=(
        Choice(
            "32",
            "That would be one weight for each filter. A filter is as deep as its input, and has "
            "a weight for each of the 64 channels.",
            misconception="one-weight-a-filter",
        ),
        Choice(
            "2,048",
            "Yes: 32 filters of 64 weights each, and the same ones at every pixel.",
            correct=True,
        ),
        Choice(
            "18,432",
            "That is a 3×3 convolution with the same channels: nine times as many.",
            misconception="counts-a-3x3",
        ),
        Choice(
            "1,605,632",
            "That is how many multiplications it takes. The weights are shared by all 784 pixels.",
            misconception="weights-of-its-own-for-each-pixel",
        ),
    ),
)

two_in_a_row = Question(
    name="two_in_a_row",
    label="From chapter 03",
    prompt="A 3×3 kernel filters a picture, and another 3×3 kernel filters the result. Neither "
    "pass pads. Which **one** kernel does the same in a single pass?",
    choices=(
        Choice(
            "A 3×3 kernel: the sum of the two.",
            "Adding kernels adds their results, as if both had read the picture. Here the second "
            "reads what the first has written.",
            misconception="passes-add-up",
        ),
        Choice(
            "A 5×5 kernel: the full convolution of the two.",
            "Yes. Each pass takes two rows and two columns off the picture; a 5×5 kernel takes "
            "four off at once.",
            correct=True,
        ),
        Choice(
            "A 9×9 kernel: every weight times every weight.",
            "Every weight does meet every weight, but many of the 81 products fall on the same "
            "pixel and are added.",
            misconception="sizes-multiply",
        ),
        Choice(
            "There is none: two passes can do more than one.",
            "A second pass is linear like the first. Only something that is not, such as a ReLU "
            "between them, would change that.",
            misconception="depth-alone-adds-power",
        ),
    ),
)

which_separates = Question(
    name="which_separates",
    label="Question 1",
    prompt="Which of these kernels equals a 3×1 pass followed by a 1×3 pass?",
    choices=(
        Choice(
            "`[[0, 1, 0], [1, -4, 1], [0, 1, 0]]`",
            "It is symmetric, which is something else. Its rows must all be multiples of one row, "
            "and the middle one is not a multiple of the first.",
            misconception="symmetric-means-separable",
        ),
        Choice(
            "`[[1, 0, 0], [0, 1, 0], [0, 0, 1]]`",
            "Few weights do not help. No row is a multiple of another: this line needs three pairs "
            "of passes, as many as there can be.",
            misconception="few-weights-means-separable",
        ),
        Choice(
            "`[[2, 0, -2], [4, 0, -4], [2, 0, -2]]`",
            "Yes: every row is a multiple of (1, 0, −1), and the multiples 2, 4, 2 are the column.",
            correct=True,
        ),
        Choice(
            "`[[1, 1, 1], [1, 0, 1], [1, 1, 1]]`",
            "The box of nine ones would. The hole in the middle makes the second row another row "
            "than the first.",
            misconception="nearly-a-box",
        ),
    ),
)

rank_one_slices = Question(
    name="rank_one_slices",
    label="Question 2",
    prompt="A layer has 8 channels in and 8 out. Each of its 64 kernels, 3×3, has rank one. It "
    "shall become a 3×1 layer and then a 1×3 layer, exactly. How many maps are needed between "
    "them?",
    choices=(
        Choice(
            "One, since every rank is one.",
            "One map would have to serve all 64 kernels: those of one input channel would all "
            "share a single column.",
            misconception="rank-kernel-by-kernel",
        ),
        Choice(
            "Eight, one for each channel.",
            "Eight maps make an unfolded weight of rank 8 at the most. Kernels that have nothing "
            "in common can make it 24.",
            misconception="one-map-a-channel",
        ),
        Choice(
            "Always 64, one for each kernel.",
            "That is enough, but too many: the unfolded weight has 24 rows, so no rank is above "
            "24.",
            misconception="one-map-a-kernel",
        ),
        Choice(
            "It depends on how much they share: up to 24.",
            "Yes: the rank of the 24×24 unfolding decides, and kernels of rank one can fill it "
            "completely.",
            correct=True,
        ),
    ),
)

counted_and_timed = Question(
    name="counted_and_timed",
    label="Question 3",
    prompt="A depthwise 3×3 layer on 128 channels needs 128 times fewer multiply-adds than an "
    "ordinary one. Timed, it is faster by a much smaller factor. Why?",
    choices=(
        Choice(
            "It reads and writes as many pixels as before, and does too little with each.",
            "Yes. What it saves is arithmetic; the pixels to be moved stay, and nine products for "
            "each of them are too few to keep a processor busy.",
            correct=True,
        ),
        Choice(
            "The library fills the missing weights with zeros and multiplies by them.",
            "That would make it no faster at all. It does skip them; something else is not "
            "skipped.",
            misconception="groups-are-computed-in-full",
        ),
        Choice(
            "The count leaves out the additions.",
            "A multiply-add is one of each, in both layers alike. A factor between two counts "
            "does not change by that.",
            misconception="additions-are-missing",
        ),
        Choice(
            "It has more weights to load: one kernel for each channel.",
            "It has 128 times fewer: 1,152 against 147,456. The pixels are what there is a lot of.",
            misconception="more-weights",
        ),
    ),
)

questions = (
    one_by_one_weights,
    two_in_a_row,
    which_separates,
    rank_one_slices,
    counted_and_timed,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
