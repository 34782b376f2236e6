"""Exercises and questions of chapter 09, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.exercises import _solutions_one_by_one as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "exercises",
    "larger_field",
    "merge_layers",
    "not_one_by_one",
    "pooled_volume",
    "questions",
    "read_the_code",
    "repair_head",
    "shape_of_a_weight",
    "undo_transform",
    "what_it_sees",
    "with_a_matrix",
]

Array = np.ndarray


def _volume(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> Array:
    return rng.integers(low, high, size=shape, dtype=np.int64, endpoint=True)


def _mixed(x: Array, weight: Array, bias: Array) -> Array:
    return np.einsum("oc,cij->oij", weight, x) + bias[:, None, None]


def _mix_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for shape, filters in (
        ((1, 1, 2), 2),
        ((2, 1, 2), 2),
        ((2, 2, 3), 3),
        ((3, 2, 2), 2),
        ((3, 3, 2), 3),
        ((3, 2, 4), 4),
        ((2, 3, 5), 1),
    ):
        yield (
            _volume(rng, shape, 0, 5),
            matrix(rng, (filters, shape[0]), -2, 3),
            2 * _volume(rng, (filters,), -2, 2) + 1,  # odd, so that none is 0
        )


with_a_matrix = Exercise(
    name="with_a_matrix",
    title="One matrix product",
    stars=1,
    prompt="""
Complete `mix_channels(x, weight, bias)`, a 1×1 convolution written as a matrix product. `x` has the
shape (C_in, H, W), `weight` (C_out, C_in), and `bias` (C_out,). The first line lays the pixels of
every channel in a row and mixes the rows; what is left is to bring the result into its shape
(C_out, H, W), and the bias.
""",
    stub='''def mix_channels(x, weight, bias):
    """Apply a 1×1 convolution by one matrix product."""
    _, H, W = x.shape
    mixed = weight @ x.reshape(len(x), -1)
    return ...
''',
    reference=solutions.mix_channels,
    inputs=_mix_inputs,
    seed=1,
    misconceptions=(
        Misconception(
            "forgets-the-bias",
            "The channels are mixed as they should be. Each output channel still has its bias to "
            "add.",
            [lambda x, weight, bias: _mixed(x, weight, 0 * bias)],
        ),
        Misconception(
            "leaves-the-pixels-in-a-row",
            "The values are there, with all pixels of a channel in one row. They should stand in "
            "H rows and W columns.",
            [
                lambda x, weight, bias: _mixed(x, weight, bias).reshape(len(weight), -1),
                lambda x, weight, bias: _mixed(x, weight, 0 * bias).reshape(len(weight), -1),
            ],
        ),
        Misconception(
            "exchanges-height-and-width",
            "The result has the shape (C_out, W, H). A row of pixels was laid down row by row; "
            "cut it into H rows again.",
            [lambda x, weight, bias: _mixed(x, weight, bias).reshape(-1, x.shape[2], x.shape[1])],
        ),
        Misconception(
            "channels-last",
            "The output channels stand on the last axis here. PyTorch has them first.",
            [
                lambda x, weight, bias: np.moveaxis(_mixed(x, weight, bias), 0, -1),
                lambda x, weight, bias: _mixed(x, weight, bias).reshape(
                    x.shape[1], x.shape[2], len(weight)
                ),
            ],
        ),
        Misconception(
            "one-bias-for-all",
            "All output channels get the same bias here. Each filter has its own.",
            [
                lambda x, weight, bias: _mixed(x, weight, 0 * bias + bias[0]),
                lambda x, weight, bias: _mixed(x, weight, 0 * bias + bias.sum()),
            ],
        ),
        Misconception(
            "bias-before-the-mixing",
            "You add the bias to the input channels. It belongs to the output channels, after the "
            "mixing.",
            [
                lambda x, weight, bias: _mixed(
                    x + np.resize(bias, len(x))[:, None, None], weight, 0 * bias
                )
            ],
        ),
    ),
    success="Mix, bring into shape, add: a 1×1 convolution is a matrix product for all pixels at "
    "once.",
)


def _head_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int, int]]:
    for classes, channels, height, width in (
        (1, 1, 1, 2),
        (1, 2, 1, 2),
        (2, 2, 2, 2),
        (2, 2, 2, 3),
        (1, 3, 3, 2),
        (3, 2, 3, 4),
        (2, 4, 2, 2),
    ):
        count = classes * channels * height * width
        weight = rng.permutation(count).reshape(classes, -1).astype(np.int64)
        yield weight, channels, height, width


_HEAD_STUB = '''def dense_as_convolution(weight, channels, height, width):
    """Turn a dense layer's weight into that of a convolution."""
    classes = len(weight)
    return weight.reshape(classes, height, width, channels)
'''

repair_head = Exercise(
    name="repair_head",
    title="Repair the head",
    stars=2,
    prompt="""
A dense layer reads maps of shape (C, H, W) that were flattened: its weight has the shape
(classes, C·H·W). `dense_as_convolution(weight, channels, height, width)` should turn it into the
weight of a convolution that gives the same scores, of the shape (classes, C, H, W). It has a
planted bug: the scores come out scrambled, or not at all. Mend it.
""",
    stub=_HEAD_STUB,
    reference=solutions.dense_as_convolution,
    inputs=_head_inputs,
    seed=4,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: the channels are on the last axis. Which "
            "axis comes first in maps of shape (C, H, W)?",
            [function_from(_HEAD_STUB)],
        ),
        Misconception(
            "moves-the-axis-afterwards",
            "The shape is right, and the weights stand in other places. They must be cut as the "
            "maps were flattened: channels first.",
            [
                lambda weight, channels, height, width: np.moveaxis(
                    weight.reshape(len(weight), height, width, channels), -1, 1
                )
            ],
        ),
        Misconception(
            "exchanges-height-and-width",
            "The channels are in their place. Height and width are exchanged.",
            [
                lambda weight, channels, height, width: weight.reshape(
                    len(weight), channels, width, height
                )
            ],
        ),
        Misconception(
            "reads-column-by-column",
            "The shape is right, but each kernel is filled column by column. NumPy and PyTorch "
            "flatten row by row.",
            [
                lambda weight, channels, height, width: np.swapaxes(
                    weight.reshape(len(weight), channels, width, height), 2, 3
                )
            ],
        ),
        Misconception(
            "turns-the-kernels",
            "All weights are in the right channel, but each kernel is turned by 180°. "
            "Nothing is turned in a network.",
            [
                lambda weight, channels, height, width: weight.reshape(
                    len(weight), channels, height, width
                )[..., ::-1, ::-1]
            ],
        ),
        Misconception(
            "channels-before-classes",
            "The first two axes are exchanged: a weight has the filters first, and here each "
            "class is a filter.",
            [
                lambda weight, channels, height, width: np.swapaxes(
                    weight.reshape(len(weight), channels, height, width), 0, 1
                ),
                lambda weight, channels, height, width: weight.reshape(
                    channels, len(weight), height, width
                ),
            ],
        ),
    ),
    success="Each row of the dense layer is a filter that was lying flat: cut it as the maps were "
    "flattened.",
)


def _code_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from ((2, 1, 3), (3, 2, 5), (8, 4, 10), (64, 16, 10), (192, 16, 32), (256, 64, 1000))


def _reads(
    *,
    rows: int = 20,
    columns: int = 30,
    bias: tuple[int, int, int] = (1, 1, 0),
    deep: bool = True,
    tail: Callable[[int, int], list[int]] | None = None,
) -> Callable[[int, int, int], list[int]]:
    """Return the answer of a reader who reads one thing in another way."""

    def answer(C: int, M: int, K: int) -> list[int]:
        depth = (C, 9 * M, M) if deep else (1, 9, 1)
        count = sum(
            filters * (weights + extra)
            for filters, weights, extra in zip((M, M, K), depth, bias, strict=True)
        )
        classes = [2, K] if tail is None else tail(M, K)
        return [2, K, rows, columns, *classes, count]

    return answer


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
The end of a network in PyTorch, which names `K` classes without a dense layer:

```python
squeeze = torch.nn.Conv2d(C, M, kernel_size=1)
look = torch.nn.Conv2d(M, M, kernel_size=3, padding=1)
head = torch.nn.Conv2d(M, K, kernel_size=1, bias=False)
x = torch.zeros(2, C, 20, 30)
scores = head(look(squeeze(x)).relu())
classes = scores.mean(dim=(2, 3))
layers = (squeeze, look, head)
count = sum(p.numel() for layer in layers for p in layer.parameters())
answer = [*scores.shape, *classes.shape, count]
```

Do not run it: read it. Write `shapes_and_count(C, M, K)`, which returns the numbers in `answer`.
""",
    stub='''def shapes_and_count(C, M, K):
    """Return the numbers in `answer`."""
    return [..., ..., ..., ..., ..., ..., ...]
''',
    reference=solutions.shapes_and_count,
    inputs=_code_inputs,
    misconceptions=(
        Misconception(
            "shrinks-the-map",
            "Your 3×3 layer takes two rows and two columns away. It has a padding that keeps the "
            "size.",
            [_reads(rows=18, columns=28)],
        ),
        Misconception(
            "grows-at-one-by-one",
            "Your map grows: you seem to pad by 1 at a 1×1 layer as well. Only the 3×3 layer is "
            "padded.",
            [_reads(rows=22, columns=32), _reads(rows=24, columns=34)],
        ),
        Misconception(
            "gives-every-layer-a-bias",
            "The shapes are right. One of the three layers has been told to do without a bias.",
            [_reads(bias=(1, 1, 1))],
        ),
        Misconception(
            "forgets-the-biases",
            "The shapes are right, the count is not yet: two of the layers learn a bias for each "
            "filter.",
            [_reads(bias=(0, 0, 0))],
        ),
        Misconception(
            "one-weight-for-each-filter",
            "The shapes are right. In your count a 1×1 filter has one weight; it has one for "
            "every channel that it reads.",
            [_reads(deep=False)],
        ),
        Misconception(
            "averages-over-the-channels",
            "`dim=(2, 3)` are rows and columns. Your mean runs over the channels, so that the "
            "classes are gone and the places left.",
            [lambda C, M, K: [2, K, 20, 30, 2, 20, 30, M * (C + 1 + 9 * M + 1) + K * M]],
        ),
        Misconception(
            "keeps-the-averaged-axes",
            "`mean` takes the axes away over which it averages; with two axes left, `classes` "
            "needs two numbers.",
            [lambda C, M, K: [2, K, 20, 30, 2, K, 1, 1, M * (C + 1 + 9 * M + 1) + K * M]],
        ),
    ),
    success="A map of scores for every class, a mean over all places, and a count in which the "
    "1×1 layers are as deep as their input.",
)


# Whole numbers whose inverse is whole as well; none is its own inverse or its own mirror image.
_TRANSFORMS = (
    [[1, 2], [0, 1]],
    [[2, 1], [3, 2]],
    [[1, 1, 0], [0, 1, 2], [0, 0, 1]],
    [[1, 0, 2], [2, 1, 4], [0, 1, 1]],
    [[2, 1, 1], [1, 1, 0], [3, 1, 1]],
)


def _undo_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for rows, size in zip(_TRANSFORMS, ((1, 2), (2, 2), (1, 3), (2, 3), (3, 2)), strict=True):
        weight = np.array(rows, dtype=np.int64)
        channels = len(weight)
        bias = _volume(rng, (channels,), 1, 4)
        mixed = _mixed(_volume(rng, (channels, *size), 0, 5), weight, bias)
        # Floats, for the inverse of the weights has fractions and is to be mixed with them.
        yield mixed.astype(np.float64), weight.astype(np.float64), bias.astype(np.float64)


def _mix_back(y: Array, inverse: Array) -> Array:
    return np.einsum("oc,cij->oij", inverse, y)


undo_transform = Exercise(
    name="undo_transform",
    title="Undo a color transform",
    stars=2,
    prompt="""
A color transform made the picture `y` of shape (C, H, W) by a 1×1 convolution with the square
matrix `weight` and the `bias`. Nothing was clipped. Write `undo_transform(y, weight, bias)`, which
returns the picture it came from. `np.linalg.inv` inverts a matrix.
""",
    stub='''def undo_transform(y, weight, bias):
    """Return the picture from which the transform made y."""
    ...
''',
    reference=solutions.undo_transform,
    inputs=_undo_inputs,
    seed=6,
    misconceptions=(
        Misconception(
            "applies-it-again",
            "You apply the transform a second time. To undo it, the channels must be mixed the "
            "other way.",
            [_mixed],
        ),
        Misconception(
            "transposes-instead-of-inverting",
            "You mix with the transposed matrix. That undoes a rotation; other matrices need "
            "their inverse.",
            [lambda y, weight, bias: _mix_back(y - bias[:, None, None], weight.T)],
        ),
        Misconception(
            "forgets-the-bias",
            "The matrix is undone, the bias is still in the picture.",
            [lambda y, weight, bias: _mix_back(y, np.linalg.inv(weight))],
        ),
        Misconception(
            "undoes-them-in-the-same-order",
            "The bias was added last, so it must go first: you invert the matrix, and take the "
            "bias away after that.",
            [lambda y, weight, bias: _mix_back(y, np.linalg.inv(weight)) - bias[:, None, None]],
        ),
        Misconception(
            "adds-the-bias-again",
            "The bias is in the picture twice now: it was added, so take it away.",
            [lambda y, weight, bias: _mix_back(y + bias[:, None, None], np.linalg.inv(weight))],
        ),
        Misconception(
            "inverts-each-weight",
            "You invert each weight for itself. The inverse of a matrix undoes all of them "
            "together.",
            [
                lambda y, weight, bias: _mix_back(
                    y - bias[:, None, None], 1 / np.where(weight == 0, np.inf, weight)
                )
            ],
        ),
        Misconception(
            "mixes-along-the-columns",
            "The inverse is right, and used with rows and columns exchanged: output channel `o` "
            "takes its weights from row `o`.",
            [lambda y, weight, bias: _mix_back(y - bias[:, None, None], np.linalg.inv(weight).T)],
        ),
    ),
    success="Bias first, then the inverse matrix: the way back is a 1×1 convolution too.",
)


def _merge_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array]]:
    for c_in, middle, c_out, kernel_size in (
        (1, 1, 1, (1, 2)),
        (1, 2, 1, (1, 2)),
        (2, 2, 2, (1, 2)),
        (2, 3, 1, (2, 1)),
        (2, 2, 2, (2, 2)),
        (3, 2, 2, (1, 3)),
    ):
        yield (
            matrix(rng, (middle, c_in), -2, 3),
            _volume(rng, (middle,), 1, 4),
            _volume(rng, (c_out, middle, *kernel_size), -2, 3),
            _volume(rng, (c_out,), 1, 4),
        )


def _merged(first: Array, second: Array, bias: Array) -> Array:
    weight = np.einsum("omab,mc->ocab", second, first)
    return np.column_stack([weight.reshape(len(weight), -1), bias])


def _pushed(first_bias: Array, second: Array) -> Array:
    """Return what the first layer's bias comes to behind the second."""
    return second.sum(axis=(2, 3)) @ first_bias


def _exchanged(first: Array, first_bias: Array, second: Array, second_bias: Array) -> Array:
    weight = np.einsum("omab,cm->ocab", second, first)
    bias = _pushed(first_bias, second) + second_bias
    return np.column_stack([weight.reshape(len(weight), -1), bias])


merge_layers = Exercise(
    name="merge_layers",
    title="Two layers into one",
    stars=3,
    prompt="""
A 1×1 convolution with weight `first` of shape (M, C) and `first_bias` is followed **directly**,
with no activation in between, by a convolution with weight `second` of shape (O, M, kh, kw) and
`second_bias`. There is no padding. One convolution can do the work of both. Write
`merge(first, first_bias, second, second_bias)`, which finds its `weight`, of shape (O, C, kh, kw),
and its `bias`, and returns them with one row for each filter, the bias at its end:

```python
return np.column_stack([weight.reshape(len(weight), -1), bias])
```

When you are done: the second layer now gets a padding of zeros. Does the merged layer still do
the work of both? Where not, and why?
""",
    stub='''def merge(first, first_bias, second, second_bias):
    """Return the weights and the bias of each merged filter, a row each."""
    ...
''',
    reference=solutions.merge,
    inputs=_merge_inputs,
    seed=7,
    misconceptions=(
        Misconception(
            "loses-the-first-bias",
            "The merged weights are right. The first layer's bias goes through the second layer "
            "too, and must come out somewhere.",
            [lambda first, first_bias, second, second_bias: _merged(first, second, second_bias)],
        ),
        Misconception(
            "loses-both-biases",
            "The merged weights are right. Both biases are missing: the first goes through the "
            "second layer, the second is added as it is.",
            [
                lambda first, first_bias, second, second_bias: _merged(
                    first, second, 0 * second_bias
                )
            ],
        ),
        Misconception(
            "loses-the-second-bias",
            "The merged weights are right, and the first bias has come through. The second one is "
            "still to be added.",
            [
                lambda first, first_bias, second, second_bias: _merged(
                    first, second, _pushed(first_bias, second)
                )
            ],
        ),
        Misconception(
            "adds-the-biases",
            "You add the two biases as they are. The second layer multiplies the first one by its "
            "weights.",
            [
                lambda first, first_bias, second, second_bias: _merged(
                    first, second, second_bias + first_bias.sum()
                )
            ],
        ),
        Misconception(
            "bias-at-one-place-only",
            "The bias of the first layer stands at **every** place of the window; you count it at "
            "one of them.",
            [
                lambda first, first_bias, second, second_bias: _merged(
                    first, second, second[:, :, 0, 0] @ first_bias + second_bias
                ),
                lambda first, first_bias, second, second_bias: _merged(
                    first, second, second.mean(axis=(2, 3)) @ first_bias + second_bias
                ),
            ],
        ),
        Misconception(
            "pushes-the-second-bias-too",
            "The second layer's bias is added last: nothing multiplies it any more.",
            [
                lambda first, first_bias, second, second_bias: _merged(
                    first,
                    second,
                    _pushed(first_bias, second) + second_bias * second.sum(axis=(1, 2, 3)),
                )
            ],
        ),
        Misconception(
            "exchanges-rows-and-columns",
            "The first weight is used with rows and columns exchanged: row `m` of it makes middle "
            "channel `m`.",
            [_exchanged],
        ),
    ),
    success="One layer does the work of two. With padding it does not: at the border the first "
    "layer's bias is missing from the zeros.",
)

exercises = (with_a_matrix, repair_head, read_the_code, undo_transform, merge_layers)
"""The chapter's exercises, in order."""


shape_of_a_weight = Question(
    name="shape_of_a_weight",
    label="From chapter 08",
    prompt="The weight of a layer has the shape (20, 6, 5, 3). What does the layer do?",
    choices=(
        Choice(
            "It makes 6 channels from 20, with kernels of 5 rows and 3 columns.",
            "The filters come first: there are 20, and each is 6 kernels deep.",
            misconception="exchanges-filters-and-channels",
        ),
        Choice(
            "It makes 20 channels from 6, with kernels of 5 rows and 3 columns.",
            "Yes: 20 filters, each with 6 kernels of 5×3, and so 20 biases.",
            correct=True,
        ),
        Choice(
            "It makes 20 channels from 6, with kernels of 3 rows and 5 columns.",
            "As everywhere in arrays, rows come before columns: 5 rows and 3 columns.",
            misconception="width-first",
        ),
        Choice(
            "It makes 120 channels from 6: 20 from each.",
            "There are 120 kernels. The 6 of a filter are summed, so that 20 channels are left.",
            misconception="a-channel-for-each-kernel",
        ),
    ),
)

pooled_volume = Question(
    name="pooled_volume",
    label="From chapter 06",
    prompt="A volume of 64 channels with 28×28 pixels goes through max pooling, 2×2 with stride "
    "2. What comes out?",
    choices=(
        Choice(
            "32 channels of 14×14",
            "Pooling takes each channel for itself, so their number stays: only height and width "
            "are halved.",
            misconception="pools-the-channels-too",
        ),
        Choice(
            "1 channel of 14×14: the largest value of all channels",
            "That would be a maximum across channels. Pooling looks at one channel at a time.",
            misconception="maximum-across-channels",
        ),
        Choice(
            "64 channels of 27×27",
            "That is stride 1. With stride 2, the windows lie side by side.",
            misconception="forgets-the-stride",
        ),
        Choice(
            "64 channels of 14×14",
            "Yes: pooling works on each channel alone. It changes height and width; today's layer "
            "changes the depth.",
            correct=True,
        ),
    ),
)

what_it_sees = Question(
    name="what_it_sees",
    label="Question 1",
    prompt="A 1×1 convolution with 64 filters gets a volume of 256 channels with 14×14 pixels. "
    "On what does one output number depend?",
    choices=(
        Choice(
            "On one input number, which is multiplied by a weight",
            "That holds if there is one input channel. A filter is as deep as its input: here it "
            "reads 256 numbers.",
            misconception="only-scales",
        ),
        Choice(
            "On the 256 numbers at the same pixel",
            "Yes: one pixel, all channels. The neighbors are not seen, and the same weights serve "
            "all 196 pixels.",
            correct=True,
        ),
        Choice(
            "On all 196 pixels of one channel",
            "It is the other way round: all channels, one pixel.",
            misconception="pixels-for-channels",
        ),
        Choice(
            "On everything: it is a dense layer",
            "It is dense along the channels only. Each pixel is treated by itself, and all pixels "
            "by the same weights.",
            misconception="dense-over-the-whole-picture",
        ),
    ),
)

not_one_by_one = Question(
    name="not_one_by_one",
    label="Question 2",
    prompt="Three of these are 1×1 convolutions of a picture's red, green and blue. Which one "
    "is none?",
    choices=(
        Choice(
            "Gray, by a weighted sum of red, green and blue",
            "It is one: a single filter with three weights, the same at every pixel.",
            misconception="gray-is-no-convolution",
        ),
        Choice(
            "A negative: each channel becomes 1 minus its value",
            "It is one: the weights are −1 on the diagonal, and the bias is 1.",
            misconception="forgets-that-there-is-a-bias",
        ),
        Choice(
            "Red and blue exchanged",
            "It is one: each output channel has a weight of 1 for another input channel.",
            misconception="order-is-no-mixing",
        ),
        Choice(
            "Values above 1 cut off to 1",
            "Yes. Clipping bends the line: twice the input is not twice the output. No weight and "
            "no bias can do that.",
            correct=True,
        ),
    ),
)

larger_field = Question(
    name="larger_field",
    label="Question 3",
    prompt="A classifier for 8×8 digits was rewritten as an 8×8 convolution followed by 1×1 "
    "convolutions with 10 outputs. It gets a field of 16×40 pixels. What comes out?",
    choices=(
        Choice(
            "10 maps of 9×33 scores, one for each place of the 8×8 window",
            "Yes: the old classifier, moved over the field. It also answers where there is no "
            "digit, unless it has learned to say so.",
            correct=True,
        ),
        Choice(
            "Nothing: the layer was built for 8×8 pixels",
            "A dense layer would refuse. A convolution takes any size, from that of its kernel "
            "upwards.",
            misconception="fixed-input-size",
        ),
        Choice(
            "10 scores: those of the digit that is somewhere in the field",
            "10 scores come out at every place. To get one answer, something has to be chosen or "
            "averaged over the map.",
            misconception="one-answer-for-the-field",
        ),
        Choice(
            "10 maps of 16×40 scores, one for each pixel",
            "An 8×8 window without padding has 16 − 8 + 1 places down and 40 − 8 + 1 across.",
            misconception="output-keeps-the-size",
        ),
    ),
)

questions = (shape_of_a_weight, pooled_volume, what_it_sees, not_one_by_one, larger_field)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
