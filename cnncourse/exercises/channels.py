"""Exercises and questions of chapter 08, channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_channels as solutions
from cnncourse.exercises._given import function_from
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question
from cnncourse.functional import conv2d

__all__ = [
    "blind_to_gray",
    "conv_layer",
    "dilated_extent",
    "exercises",
    "kernels_in_a_layer",
    "larger_picture",
    "parameter_count",
    "questions",
    "read_the_code",
    "repair_filter",
    "strided_row",
    "two_opposite_kernels",
]

Array = np.ndarray


def _volume(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> Array:
    return rng.integers(low, high, size=shape, dtype=np.int64, endpoint=True)


def _count_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    yield from (
        (1, 1, 1, 2),
        (1, 3, 2, 2),
        (2, 1, 3, 3),
        (3, 2, 1, 1),
        (1, 8, 3, 3),
        (3, 10, 5, 5),
        (6, 16, 5, 3),
        (64, 128, 3, 3),
    )


parameter_count = Exercise(
    name="parameter_count",
    title="What does the layer learn?",
    stars=1,
    prompt="""
Complete `parameter_count(in_channels, out_channels, kh, kw)`: how many numbers does a
convolutional layer learn, weights **and** biases, if its kernels have `kh` rows and `kw` columns?
""",
    stub='''def parameter_count(in_channels, out_channels, kh, kw):
    """Return how many numbers the layer learns."""
    return ...
''',
    reference=solutions.parameter_count,
    inputs=_count_inputs,
    misconceptions=(
        Misconception(
            "forgets-the-depth",
            "Each of your filters has one kernel. A filter has a kernel for every channel of its "
            "input.",
            [lambda in_channels, out_channels, kh, kw: out_channels * (kh * kw + 1)],
        ),
        Misconception(
            "forgets-the-biases",
            "All the weights are there. Each filter learns one more number.",
            [lambda in_channels, out_channels, kh, kw: out_channels * in_channels * kh * kw],
        ),
        Misconception(
            "one-bias-for-each-kernel",
            "You give every kernel a bias. The kernels of a filter are summed first, and then "
            "share one.",
            [lambda in_channels, out_channels, kh, kw: out_channels * in_channels * (kh * kw + 1)],
        ),
        Misconception(
            "one-bias-for-the-layer",
            "You count one bias for the whole layer. Each output channel has its own.",
            [lambda in_channels, out_channels, kh, kw: out_channels * in_channels * kh * kw + 1],
        ),
        Misconception(
            "one-bias-for-each-input-channel",
            "The weights are right. The biases belong to the output channels, and you count one "
            "for each input channel.",
            [lambda in_channels, out_channels, kh, kw: in_channels * (out_channels * kh * kw + 1)],
        ),
        Misconception(
            "counts-one-filter",
            "This is one filter with its bias. The layer has one for each output channel.",
            [lambda in_channels, out_channels, kh, kw: in_channels * kh * kw + 1],
        ),
        Misconception(
            "adds-the-channels",
            "You add the numbers of channels. Every output channel reads every input channel, so "
            "they multiply.",
            [
                lambda in_channels, out_channels, kh, kw: (
                    (in_channels + out_channels) * kh * kw + out_channels
                )
            ],
        ),
    ),
    success="A kernel for each pair of an input and an output channel, and a bias for each filter. "
    "The size of the picture does not appear.",
)


def _filter_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, kernel_size, bias in (
        ((1, 2, 2), (2, 2), 1),
        ((2, 2, 2), (2, 2), 3),
        ((2, 2, 3), (1, 2), -2),
        ((3, 3, 3), (2, 2), 2),
        ((2, 4, 3), (3, 2), 0),
        ((4, 4, 5), (2, 3), -1),
    ):
        yield _volume(rng, shape, 0, 5), _volume(rng, (shape[0], *kernel_size), -2, 3), bias


_FILTER_STUB = '''def filter_response(x, kernels, bias):
    """Apply one filter to all channels of x."""
    C, kh, kw = kernels.shape
    H_out = x.shape[1] - kh + 1
    W_out = x.shape[2] - kw + 1
    output = np.zeros((H_out, W_out))
    for c in range(C):
        for i in range(H_out):
            for j in range(W_out):
                window = x[c, i : i + kh, j : j + kw]
                output[i, j] += (window * kernels[c]).sum() + bias
    return output
'''


def _maps(x: Array, kernels: Array) -> Array:
    """Return what each kernel makes of its own channel, shape (C, H_out, W_out)."""
    return conv2d(x, kernels[:, None], groups=len(x))


repair_filter = Exercise(
    name="repair_filter",
    title="Repair the filter",
    stars=2,
    prompt="""
`filter_response(x, kernels, bias)` should apply **one** filter to an image `x` of shape
(C, H, W): one kernel for each channel, all results summed, and the filter's bias. It is right for
one channel and fails for more. Find the planted bug and mend it.
""",
    stub=_FILTER_STUB,
    reference=solutions.filter_response,
    inputs=_filter_inputs,
    seed=2,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: right for one channel only. How often is "
            "the bias added at one place?",
            [function_from(_FILTER_STUB)],
        ),
        Misconception(
            "drops-the-bias",
            "The sums over the channels are right now. The bias has gone; it belongs to every "
            "place once.",
            [lambda x, kernels, bias: _maps(x, kernels).sum(axis=0)],
        ),
        Misconception(
            "keeps-the-last-channel",
            "Each channel writes over the one before, so that only the last is left. All of them "
            "count.",
            [lambda x, kernels, bias: _maps(x, kernels)[-1] + bias],
        ),
        Misconception(
            "keeps-the-first-channel",
            "Only the first channel is read. The filter has a kernel for each of them.",
            [lambda x, kernels, bias: _maps(x, kernels)[0] + bias],
        ),
        Misconception(
            "averages-the-channels",
            "You take the mean over the channels. A filter adds them up.",
            [
                lambda x, kernels, bias: _maps(x, kernels).mean(axis=0) + bias,
                lambda x, kernels, bias: (_maps(x, kernels) + bias).mean(axis=0),
            ],
        ),
        Misconception(
            "keeps-the-channels-apart",
            "One map for each input channel comes back. The filter makes a single map: their sum.",
            [
                lambda x, kernels, bias: _maps(x, kernels) + bias,
                lambda x, kernels, bias: _maps(x, kernels),
            ],
        ),
        Misconception(
            "subtracts-the-bias",
            "The sums over the channels are right now. The bias is taken away here; it should be "
            "added.",
            [lambda x, kernels, bias: _maps(x, kernels).sum(axis=0) - bias],
        ),
    ),
    success="Kernels by the channel, one sum, one bias: the number of channels does not matter "
    "any more.",
)


def _code_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((9, 9), (8, 10), (12, 7), (15, 16), (32, 32), (64, 33), (33, 64), (224, 224))


def _both_layers(
    H: int,
    W: int,
    *,
    kernel: tuple[int, int] = (5, 3),
    sides: tuple[int, int] = (0, 2),
    stride: int = 2,
    channels: int = 4,
    count: int = 656,
    up: int = 0,
) -> list[int]:
    """Return what a reader gets who reads one setting in another way."""
    sizes = [
        (side + added - k + 1 - 3 + up) // stride + 1
        for side, added, k in zip((H, W), sides, kernel, strict=True)
    ]
    return [16, channels, *sizes, count]


def _reading(**changed: Any) -> Callable[[int, int], list[int]]:
    return lambda H, W: _both_layers(H, W, **changed)


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
This is PyTorch, as you will meet it in other people's programs:

```python
first = torch.nn.Conv2d(3, 8, kernel_size=(5, 3), padding=(0, 1))
second = torch.nn.Conv2d(8, 4, kernel_size=3, stride=2, bias=False)
x = torch.zeros(16, 3, H, W)
y = second(first(x))
layers = (first, second)
count = sum(p.numel() for layer in layers for p in layer.parameters())
answer = [*y.shape, count]
```

Do not run it: read it. Write `shape_and_count(H, W)`, which returns the five numbers in `answer`
for pictures of `H` rows and `W` columns.
""",
    stub='''def shape_and_count(H, W):
    """Return the five numbers in `answer`."""
    return [..., ..., ..., ..., ...]
''',
    reference=solutions.shape_and_count,
    inputs=_code_inputs,
    misconceptions=(
        Misconception(
            "reads-the-width-first",
            "You read (5, 3) and (0, 1) as width, height. The pairs in `Conv2d` have the height "
            "first.",
            [_reading(kernel=(3, 5), sides=(2, 0))],
        ),
        Misconception(
            "counts-the-padding-once",
            "A padding of 1 adds a column on **each** side, so two in all.",
            [_reading(sides=(0, 1))],
        ),
        Misconception(
            "forgets-the-stride",
            "The second layer moves by two pixels at a time; your map is as large as if it moved "
            "by one.",
            [_reading(stride=1)],
        ),
        Misconception(
            "rounds-up",
            "Where the steps do not come out even, you round up. A window that does not fit is "
            "left out.",
            [_reading(up=1)],
        ),
        Misconception(
            "gives-every-layer-a-bias",
            "The shape is right. Look at the arguments of the second layer once more: four "
            "numbers are too many.",
            [_reading(count=660)],
        ),
        Misconception(
            "forgets-the-biases",
            "The shape is right, the count is not yet: the first layer learns a bias for each of "
            "its filters.",
            [_reading(count=648)],
        ),
        Misconception(
            "forgets-the-depth",
            "The shape is right. In your count every filter has one kernel; a filter is as deep "
            "as its input.",
            [_reading(count=8 * 15 + 8 + 4 * 9), _reading(count=8 * 15 + 4 * 9)],
        ),
        Misconception(
            "channels-multiply",
            "In your answer the second layer makes four maps from each of the eight. A filter "
            "sums over its input channels.",
            [_reading(channels=32)],
        ),
    ),
    success="Shape and count read off without running anything: filters give channels, depth "
    "gives weights, and the pairs begin with the height.",
)


def _layer_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, int]]:
    for shape, filters, kernel_size, stride in (
        ((1, 2, 2), 1, (2, 2), 1),
        ((2, 2, 2), 2, (1, 1), 1),
        ((2, 3, 3), 2, (2, 2), 1),
        ((1, 3, 4), 2, (2, 1), 2),
        ((2, 4, 4), 3, (2, 2), 2),
        ((3, 5, 4), 2, (3, 2), 2),
        ((3, 5, 8), 3, (2, 3), 3),
    ):
        yield (
            _volume(rng, shape, 0, 4),
            _volume(rng, (filters, shape[0], *kernel_size), -2, 3),
            _volume(rng, (filters,), -3, 3) * 2 + 1,  # odd, so that none is 0
            stride,
        )


def _layer(x: Array, weight: Array, bias: Array, stride: int, depth: int | None = None) -> Array:
    return conv2d(x[:depth], weight[:, :depth], bias, stride)


def _exchanged(x: Array, weight: Array, bias: Array, stride: int) -> Array:
    return conv2d(x, np.swapaxes(weight, 0, 1), bias, stride)


conv_layer = Exercise(
    name="conv_layer",
    title="The whole layer",
    stars=2,
    prompt="""
Write `conv_layer(x, weight, bias, stride)` with loops and NumPy alone. `x` has the shape
(C_in, H, W), `weight` (C_out, C_in, kh, kw), `bias` (C_out,), and the window moves by `stride`
pixels, down and across. There is no padding. The result has the shape (C_out, H_out, W_out).
""",
    stub='''def conv_layer(x, weight, bias, stride):
    """Apply every filter to every window, with a stride."""
    C_out, _, kh, kw = weight.shape
    ...
''',
    reference=solutions.conv_layer,
    inputs=_layer_inputs,
    seed=5,
    misconceptions=(
        Misconception(
            "forgets-the-bias",
            "All the sums of products are right. Each filter adds its bias to them.",
            [lambda x, weight, bias, stride: conv2d(x, weight, None, stride)],
        ),
        Misconception(
            "one-bias-for-each-kernel",
            "The bias is in it once for every input channel. Sum over the channels first, then "
            "add it once.",
            [lambda x, weight, bias, stride: conv2d(x, weight, bias * len(x), stride)],
        ),
        Misconception(
            "ignores-the-stride",
            "Your window moves by one pixel. It should move by `stride` pixels.",
            [lambda x, weight, bias, stride: conv2d(x, weight, bias, 1)],
        ),
        Misconception(
            "strides-in-the-size-only",
            "The output has the right size, but your windows lie side by side at steps of one. "
            "Where does window (1, 1) begin?",
            [
                lambda x, weight, bias, stride: conv2d(x, weight, bias, 1)[
                    :,
                    : (x.shape[1] - weight.shape[2]) // stride + 1,
                    : (x.shape[2] - weight.shape[3]) // stride + 1,
                ]
            ],
        ),
        Misconception(
            "first-channel-only",
            "Your filters read the first channel only. They are as deep as the input.",
            [lambda x, weight, bias, stride: _layer(x, weight, bias, stride, 1)],
        ),
        Misconception(
            "exchanges-filters-and-channels",
            "Your filters are `weight[:, o]`: that collects the kernels for one **input** channel. "
            "The first axis counts the filters.",
            [_exchanged],
        ),
        Misconception(
            "turns-the-kernels",
            "Your kernels are turned by 180°. A layer lays them on the window as they stand.",
            [lambda x, weight, bias, stride: conv2d(x, weight[..., ::-1, ::-1], bias, stride)],
        ),
        Misconception(
            "adds-the-filters-together",
            "A single map comes back, the sum of all filters. Each filter makes a map of its own.",
            [lambda x, weight, bias, stride: conv2d(x, weight, bias, stride).sum(axis=0)],
        ),
    ),
    success="This is `conv2d` with channels, bias and stride, in your own words.",
)


def _kernels_inputs(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape in ((2, 1, 2), (2, 2, 2), (3, 1, 3), (3, 2, 2), (3, 3, 3), (4, 2, 3)):
        kernels = _volume(rng, shape, -4, 4)
        # The sum over the channels is made a multiple of C, so that its mean is whole, and not 0.
        kernels[-1] += (-kernels.sum(axis=0)) % len(kernels)
        kernels[-1, 0, 0] += len(kernels)
        yield (kernels.astype(np.float64),)


def _last_makes_up(kernels: Array) -> Array:
    changed = kernels.copy()
    changed[-1] = -kernels[:-1].sum(axis=0)
    return changed


def _first_makes_up(kernels: Array) -> Array:
    changed = kernels.copy()
    changed[0] = -kernels[1:].sum(axis=0)
    return changed


blind_to_gray = Exercise(
    name="blind_to_gray",
    title="A filter that sees only color",
    stars=3,
    prompt="""
In a gray picture all channels are equal. A filter that finds **color** edges should answer 0 to
every gray picture, whatever is drawn on it. Write `blind_to_gray(kernels)`: from a filter of shape
(C, kh, kw) it makes one that answers 0 to all gray pictures, and changes the filter as little as
possible, so that the sum of the squared changes of all weights is smallest. There is no bias.

What must hold for the kernels so that they cancel on **every** gray picture? And how is the change
best shared out?
""",
    stub='''def blind_to_gray(kernels):
    """Return the nearest filter that says 0 to every gray picture."""
    ...
''',
    reference=solutions.blind_to_gray,
    inputs=_kernels_inputs,
    seed=3,
    misconceptions=(
        Misconception(
            "blind-to-flat-regions",
            "Each of your kernels adds up to 0. That silences flat regions; an edge between gray "
            "and black still gets through.",
            [lambda kernels: kernels - kernels.mean(axis=(1, 2), keepdims=True)],
        ),
        Misconception(
            "only-the-total-is-zero",
            "All your weights together add up to 0. A gray edge still gets through: it meets only "
            "a part of them.",
            [lambda kernels: kernels - kernels.mean()],
        ),
        Misconception(
            "one-kernel-pays-for-all",
            "Blind to gray, yes. But one kernel carries the whole change: shared out among all, "
            "the squares are smaller.",
            [_last_makes_up, _first_makes_up],
        ),
        Misconception(
            "switches-the-filter-off",
            "Zeros are blind to gray, and to everything else. There is a filter much nearer to "
            "the one you were given.",
            [lambda kernels: np.zeros_like(kernels)],
        ),
        Misconception(
            "takes-away-the-sum",
            "From every kernel you take the sum of all of them, and that is too much: they no "
            "longer cancel.",
            [lambda kernels: kernels - kernels.sum(axis=0)],
        ),
        Misconception(
            "keeps-the-gray-part",
            "This is the part that you should take away: a filter with the same kernel for every "
            "channel sees gray.",
            [lambda kernels: np.broadcast_to(kernels.mean(axis=0), kernels.shape).copy()],
        ),
        Misconception(
            "returns-the-sum-of-the-kernels",
            "This single kernel is what the filter does to gray pictures. It should vanish; the "
            "answer has one kernel a channel.",
            [lambda kernels: kernels.sum(axis=0), lambda kernels: kernels.mean(axis=0)],
        ),
    ),
    success="The kernels add up to 0 place by place, and the change is shared out equally: the "
    "mean over the channels is what gray pictures see.",
)

exercises = (parameter_count, repair_filter, read_the_code, conv_layer, blind_to_gray)
"""The chapter's exercises, in order."""


dilated_extent = Question(
    name="dilated_extent",
    label="From chapter 07",
    prompt="A 3×3 kernel with dilation 3 stands on a picture. How large is the square from its "
    "first weight to its last, and how many weights does it have?",
    choices=(
        Choice(
            "9×9, with 9 weights",
            "Three times the size is too much: between three weights there are only two gaps.",
            misconception="multiplies-the-size",
        ),
        Choice(
            "7×7, with 49 weights",
            "The square is right. The places between the weights are holes, and holes are not "
            "learned.",
            misconception="counts-the-holes",
        ),
        Choice("7×7, with 9 weights", "Yes: 3 · (3 − 1) + 1 = 7, and still 9 weights.", True),
        Choice(
            "6×6, with 9 weights",
            "Two steps of 3 lead from the first weight to the last; both ends count, so it is "
            "one more.",
            misconception="forgets-one-end",
        ),
    ),
)

strided_row = Question(
    name="strided_row",
    label="From chapter 05",
    prompt="A row has 8 pixels. A window of 3 moves over it with stride 2, without padding. How "
    "many outputs are there, and is every pixel read?",
    choices=(
        Choice(
            "3 outputs, and the last pixel is never read",
            "Yes: the window starts at 0, 2 and 4 and ends at pixel 6. The pixel 7 is left over.",
            correct=True,
        ),
        Choice(
            "4 outputs, and every pixel is read",
            "A fourth window would start at 6 and reach to 8, one past the last pixel. Windows "
            "that do not fit are left out.",
            misconception="rounds-up",
        ),
        Choice(
            "3 outputs, and every pixel is read",
            "The count is right. Follow the last window to its end: it starts at 4. Which pixel "
            "comes after it?",
            misconception="all-pixels-are-read",
        ),
        Choice(
            "6 outputs, and every pixel is read",
            "That is stride 1: the window stops at every place. With stride 2 it takes every "
            "second one.",
            misconception="forgets-the-stride",
        ),
    ),
)

kernels_in_a_layer = Question(
    name="kernels_in_a_layer",
    label="Question 1",
    prompt="A color picture with 3 channels goes into a layer that has 16 filters of size 5×5. "
    "How many 5×5 kernels are there, and how many channels come out?",
    choices=(
        Choice(
            "16 kernels, 16 channels",
            "A filter is not one kernel. It has one for each of the 3 channels that it reads.",
            misconception="a-filter-is-a-kernel",
        ),
        Choice(
            "48 kernels, 48 channels",
            "48 kernels, yes. But the three of one filter are summed into a single map.",
            misconception="a-channel-for-each-kernel",
        ),
        Choice(
            "16 kernels, 3 channels",
            "The number of channels that come out is the number of filters; it need not be that "
            "of the input.",
            misconception="channels-stay-as-they-are",
        ),
        Choice(
            "48 kernels, 16 channels",
            "Yes: 16 stacks of 3 kernels, and each stack makes one channel.",
            correct=True,
        ),
    ),
)

two_opposite_kernels = Question(
    name="two_opposite_kernels",
    label="Question 2",
    prompt="A filter has the Sobel kernel for red, the same kernel with all signs reversed for "
    "green, zeros for blue, and no bias. A **gray** photograph comes in, in three equal channels. "
    "What comes out?",
    choices=(
        Choice(
            "The vertical edges of the photograph",
            "Red alone would give them. Green gives the same numbers with the other sign, and the "
            "two are added.",
            misconception="channels-do-not-cancel",
        ),
        Choice(
            "0 everywhere",
            "Yes. Red and green are equal, so the two partial sums cancel at every place: this "
            "filter sees only color.",
            correct=True,
        ),
        Choice(
            "The vertical edges twice as strong",
            "That would need the same sign in both kernels. Here what red adds, green takes away.",
            misconception="signs-do-not-matter",
        ),
        Choice(
            "Two maps, one positive and one negative",
            "The kernels' results are partial sums, and the filter adds them. One filter, one map.",
            misconception="a-channel-for-each-kernel",
        ),
    ),
)

larger_picture = Question(
    name="larger_picture",
    label="Question 3",
    prompt="A layer of 3×3 filters with padding 1 gets pictures that are twice as high and twice "
    "as wide as before. What happens to its parameters and to its multiply-adds?",
    choices=(
        Choice(
            "Both are four times as many.",
            "A dense layer's weights would grow. Here the same weights are used at four times as "
            "many places.",
            misconception="weights-belong-to-places",
        ),
        Choice(
            "Both stay the same: the layer is the same.",
            "The parameters do. But every weight is used once at every place, and there are more "
            "places now.",
            misconception="work-is-parameters",
        ),
        Choice(
            "The parameters stay, the multiply-adds are four times as many.",
            "Yes: the weights do not know how large the picture is, and there are four times as "
            "many windows.",
            correct=True,
        ),
        Choice(
            "The parameters stay, the multiply-adds double.",
            "Twice as high **and** twice as wide: both axes count.",
            misconception="one-axis-only",
        ),
    ),
)

questions = (
    dilated_extent,
    strided_row,
    kernels_in_a_layer,
    two_opposite_kernels,
    larger_picture,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
