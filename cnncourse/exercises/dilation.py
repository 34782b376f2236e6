"""Exercises and questions of chapter 07, dilation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from cnncourse.exercises import _solutions_dilation as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "after_a_stride",
    "blurred_twice",
    "densest_dilations",
    "exercises",
    "extent",
    "nine_weights",
    "pooled_maps",
    "questions",
    "read_the_code",
    "receptive_field",
    "repair_dilated_loop",
    "the_pixel_beside",
]

Array = np.ndarray
Pair = tuple[int, int]


def _extent_inputs(rng: np.random.Generator) -> Iterator[Pair]:
    yield from ((3, 1), (2, 2), (3, 2), (3, 3), (2, 4), (4, 2), (5, 3), (7, 4), (1, 6), (4, 8))


extent = Exercise(
    name="extent",
    title="From the first weight to the last",
    stars=1,
    prompt="""
Complete `extent(kernel_size, dilation)`: along one axis a kernel has `kernel_size` weights, and
neighboring weights are laid on pixels that are `dilation` apart. Over how many pixels does the
kernel stretch, its first and its last one included?
""",
    stub='''def extent(kernel_size, dilation):
    """Return how many pixels lie from the first weight to the last."""
    return ...
''',
    reference=solutions.extent,
    inputs=_extent_inputs,
    misconceptions=(
        Misconception(
            "multiplies-the-sizes",
            "You give every weight `dilation` pixels. Behind the last weight there is no next "
            "one, and so no distance to it.",
            [lambda kernel_size, dilation: kernel_size * dilation],
        ),
        Misconception(
            "forgets-the-last-weight",
            "You measure the distance from the first weight to the last. The pixel under the "
            "last one counts too.",
            [lambda kernel_size, dilation: dilation * (kernel_size - 1)],
        ),
        Misconception(
            "takes-dilation-for-the-holes",
            "You put `dilation` empty pixels between neighbors. Dilation is the **distance**: 1 "
            "means that there is no hole.",
            [lambda kernel_size, dilation: (dilation + 1) * (kernel_size - 1) + 1],
        ),
        Misconception(
            "ignores-the-dilation",
            "This is right at dilation 1. The more the weights are pulled apart, the farther they "
            "reach.",
            [lambda kernel_size, dilation: kernel_size],
        ),
        Misconception(
            "assumes-three-weights",
            "Right for kernels of three. With more weights there are more distances between them.",
            [lambda kernel_size, dilation: 2 * dilation + 1],
        ),
        Misconception(
            "one-distance-too-many",
            "You count as many distances as weights. How many pairs of neighbors are there?",
            [
                lambda kernel_size, dilation: dilation * kernel_size + 1,
                lambda kernel_size, dilation: kernel_size + kernel_size * (dilation - 1) + dilation,
            ],
        ),
    ),
    success="One distance less than weights, and the last pixel itself: 3 weights at dilation 2 "
    "stretch over 5 pixels.",
)


def _loop_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    for shape, kernel_shape, dilation in (
        ((3, 4), (2, 2), (1, 1)),
        ((4, 5), (2, 2), (2, 1)),
        ((4, 5), (2, 2), (1, 3)),
        ((5, 6), (2, 3), (2, 2)),
        ((6, 5), (3, 2), (2, 3)),
        ((7, 6), (2, 2), (3, 2)),
        ((6, 7), (2, 3), (4, 2)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -1, 3), dilation


def _loop(
    read: Callable[..., Array], reach: Callable[[int, int], int] = solutions.extent
) -> Callable[[Array, Array, Pair], Array]:
    """Make a dilated loop whose window at (i, j) is what `read` cuts out of the picture."""

    def dilated_loop(x: Array, kernel: Array, dilation: Pair) -> Array:
        shape = [
            size - reach(k, d) + 1
            for size, k, d in zip(x.shape, kernel.shape, dilation, strict=True)
        ]
        output = np.zeros(shape)
        for i, j in np.ndindex(*shape):
            output[i, j] = (read(x, i, j, kernel.shape, dilation) * kernel).sum()
        return output

    return dilated_loop


def _apart(x: Array, i: int, j: int, size: Pair, dilation: Pair) -> Array:
    (kh, kw), (dh, dw) = size, dilation
    return x[i : i + dh * (kh - 1) + 1 : dh, j : j + dw * (kw - 1) + 1 : dw]


def _one_axis_mended(axis: int) -> Callable[[Array, Array, Pair], Array]:
    def dilated_loop(x: Array, kernel: Array, dilation: Pair) -> Array:
        right = solutions.dilated_loop(x, kernel, dilation)
        rows, columns = (
            max(size - d * k + 1, 0)
            for size, k, d in zip(x.shape, kernel.shape, dilation, strict=True)
        )
        return right[:, :columns] if axis == 0 else right[:rows]

    return dilated_loop


def _moved_by_dilation(x: Array, kernel: Array, dilation: Pair) -> Array:
    (kh, kw), (dh, dw) = kernel.shape, dilation
    places = np.lib.stride_tricks.sliding_window_view(x, (kh, kw))[::dh, ::dw]
    return (places * kernel).sum(axis=(2, 3))


def _wrong_way_round(x: Array, kernel: Array, dilation: Pair) -> Array:
    result: Array = solutions.dilated_loop(x, kernel, dilation[::-1])
    return result


_LOOP_STUB = '''def dilated_loop(x, kernel, dilation):
    """Slide the kernel over x, its weights dilation = (dh, dw) pixels apart."""
    (H, W), (kh, kw), (dh, dw) = x.shape, kernel.shape, dilation
    rows, columns = dh * kh, dw * kw
    output = np.zeros((H - rows + 1, W - columns + 1))
    for i in range(H - rows + 1):
        for j in range(W - columns + 1):
            window = x[i : i + rows : dh, j : j + columns : dw]
            output[i, j] = (window * kernel).sum()
    return output
'''

repair_dilated_loop = Exercise(
    name="repair_dilated_loop",
    title="Repair the dilated loop",
    stars=2,
    prompt="""
`dilated_loop(x, kernel, dilation)` should lay neighboring weights `dh` rows and `dw` columns apart
and slide the kernel over `x`, one pixel at a time. Every value that it returns is right. But it
does not return all of them: some places at the far end are missing. Mend it.
""",
    stub=_LOOP_STUB,
    reference=solutions.dilated_loop,
    inputs=_loop_inputs,
    seed=6,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "Rows and columns at the far end are still missing, as the planted bug has it. How "
            "far does the kernel really stretch?",
            [function_from(_LOOP_STUB)],
        ),
        Misconception(
            "mends-the-rows-only",
            "All rows are there now. Columns at the far end are still missing.",
            [_one_axis_mended(0)],
        ),
        Misconception(
            "mends-the-columns-only",
            "All columns are there now. Rows at the far end are still missing.",
            [_one_axis_mended(1)],
        ),
        Misconception(
            "ignores-the-holes-in-the-size",
            "You let the window start wherever a kernel **without** holes would fit. There it "
            "hangs over the border.",
            [
                _loop(
                    lambda x, i, j, k, d: x[i : i + d[0] * k[0] : d[0], j : j + d[1] * k[1] : d[1]],
                    lambda k, d: k,
                )
            ],
        ),
        Misconception(
            "closes-the-holes",
            "The size is right now, but the window reads neighboring pixels. The weights should "
            "lie `dh` and `dw` pixels apart.",
            [_loop(lambda x, i, j, k, d: x[i : i + k[0], j : j + k[1]])],
        ),
        Misconception(
            "swaps-the-dilations",
            "Your weights lie `dw` rows and `dh` columns apart. The pair has the rows first.",
            [_wrong_way_round],
        ),
        Misconception(
            "moves-by-the-dilation",
            "Your window reads neighboring pixels and moves by `dh` and `dw`: that is a stride, "
            "chapter 05.",
            [_moved_by_dilation],
        ),
    ),
    success="The kernel stretches from its first weight to its last, and no farther: that is the "
    "room it needs.",
)


def _code_inputs(rng: np.random.Generator) -> Iterator[Pair]:
    yield from ((1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1), (2, 3), (2, 4), (3, 6), (4, 3))


def _paths(a: int, b: int) -> dict[int, int]:
    """Count the paths from one pixel to each output, by the output's place."""
    ends = [i * a + j * b for i in range(3) for j in range(3)]
    return {end: ends.count(end) for end in ends}


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
Which two numbers does this program print? Answer with a function `printed_numbers(a, b)`, without
running PyTorch; `a` and `b` are whole numbers, 1 or larger, and at most 10 together. `layer` makes
a kernel of one row with three weights, all of them 1.

```python
def layer(dilation):
    conv = torch.nn.Conv2d(1, 1, kernel_size=(1, 3), dilation=dilation, bias=False)
    torch.nn.init.ones_(conv.weight)
    return conv

x = torch.zeros(1, 1, 1, 41)
x[0, 0, 0, 20] = 1
y = layer(b)(layer(a)(x))
print(int(y.count_nonzero()), int(y.max()))
```
""",
    stub='''def printed_numbers(a, b):
    """Return the two numbers that the code prints."""
    return ...
''',
    reference=solutions.printed_numbers,
    inputs=_code_inputs,
    misconceptions=(
        Misconception(
            "counts-the-holes",
            "Your first number is the whole stretch, from the first output reached to the last. "
            "Those that stay 0 between them do not count.",
            [lambda a, b: (2 * a + 2 * b + 1, max(_paths(a, b).values()))],
        ),
        Misconception(
            "nine-separate-ends",
            "Nine paths lead away from the bright pixel. For some `a` and `b` several of them end "
            "at the same place.",
            [lambda a, b: (9, 1)],
        ),
        Misconception(
            "looks-only-for-equal-steps",
            "You let paths meet only where `a` and `b` are equal. Two short steps can also end "
            "where one long step does.",
            [lambda a, b: (5, 3) if a == b else (9, 1)],
        ),
        Misconception(
            "ignores-the-dilations",
            "This is what two layers without holes print. Do `a` and `b` make no difference?",
            [lambda a, b: (5, 3)],
        ),
        Misconception(
            "adds-all-paths",
            "Your second number is the sum of all outputs. `max` asks for the largest of them.",
            [lambda a, b: (len(_paths(a, b)), 9)],
        ),
        Misconception(
            "always-three-paths",
            "Your second number takes three paths for granted. They meet at one place only where "
            "their steps agree.",
            [lambda a, b: (len(_paths(a, b)), 3)],
        ),
        Misconception(
            "counts-every-output",
            "Your first number is the length of `y`. Most of its values are 0.",
            [lambda a, b: (41 - 2 * a - 2 * b, max(_paths(a, b).values()))],
        ),
        Misconception(
            "one-layer-only",
            "This is what the first layer alone would give. The second one spreads each of its "
            "three outputs again.",
            [lambda a, b: (3, 1)],
        ),
    ),
    success="Each pixel of the stretch that a path reaches, and how many paths reach it: with "
    "`a = b` the paths meet, and from 2 on they leave holes between.",
)


def _stack(*layers: Sequence[int]) -> tuple[Array]:
    return (np.array(layers, dtype=np.int64),)


def _stack_inputs(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    yield _stack((3, 1, 1))
    yield _stack((3, 2, 1))
    yield _stack((5, 1, 2))
    yield _stack((3, 1, 1), (3, 1, 1))
    yield _stack((3, 2, 1), (3, 1, 1))
    yield _stack((2, 2, 1), (3, 1, 2))
    yield _stack((3, 1, 2), (5, 3, 1), (3, 1, 1))
    yield _stack((5, 2, 1), (3, 2, 2), (2, 1, 3))
    yield _stack((3, 1, 1), (3, 1, 2), (3, 1, 4), (3, 2, 1))
    for _ in range(3):
        yield _stack(*(rng.integers((2, 1, 1), (5, 4, 4)).tolist() for _ in range(4)))


def _followed(
    layers: Array, step: Callable[[int, int, int, int, int], Pair], start: Pair = (1, 1)
) -> Pair:
    size, jump = start
    for kernel_size, stride, dilation in layers.tolist():
        size, jump = step(size, jump, kernel_size, stride, dilation)
    return size, jump


def _field(
    step: Callable[[int, int, int, int, int], Pair], start: Pair = (1, 1)
) -> Callable[[Array], Pair]:
    return lambda layers: _followed(layers, step, start)


receptive_field = Exercise(
    name="receptive_field",
    title="How far does a stack see?",
    stars=2,
    prompt="""
Write `receptive_field(layers)`. Each row of the array `layers` is one layer, the first one nearest
to the picture: its kernel size, its stride, its dilation, along one axis. Return two numbers: the
size of the receptive field after the last layer, in pixels of the picture, and its jump, the
distance in pixels between what two neighboring outputs see.
""",
    stub='''def receptive_field(layers):
    """Return (size, jump) after a stack of layers."""
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        ...
    return ...
''',
    reference=solutions.receptive_field,
    inputs=_stack_inputs,
    misconceptions=(
        Misconception(
            "ignores-the-jump",
            "You add what each kernel covers as if its inputs were pixels. Behind a stride they "
            "lie several pixels apart.",
            [_field(lambda size, jump, k, s, d: (size + d * (k - 1), jump * s))],
        ),
        Misconception(
            "takes-the-stride-too-early",
            "A layer's own stride says how far apart its **outputs** lie. What it reads are the "
            "outputs of the layer below.",
            [_field(lambda size, jump, k, s, d: (size + d * (k - 1) * jump * s, jump * s))],
        ),
        Misconception(
            "ignores-the-dilation",
            "Right where every dilation is 1. Holes make a kernel reach farther.",
            [_field(lambda size, jump, k, s, d: (size + (k - 1) * jump, jump * s))],
        ),
        Misconception(
            "starts-from-zero",
            "Your size is one too small. Before the first layer a unit is a pixel, and sees "
            "itself.",
            [_field(lambda size, jump, k, s, d: (size + d * (k - 1) * jump, jump * s), (0, 1))],
        ),
        Misconception(
            "multiplies-the-kernels",
            "You multiply the kernels' extents. Neighboring windows overlap, so that a layer adds "
            "only what sticks out.",
            [_field(lambda size, jump, k, s, d: (size * (d * (k - 1) + 1), jump * s))],
        ),
        Misconception(
            "adds-whole-kernels",
            "You add the whole kernel of every layer. One of its weights lies on what was already "
            "seen.",
            [_field(lambda size, jump, k, s, d: (size + d * k * jump, jump * s))],
        ),
        Misconception(
            "dilation-moves-the-outputs",
            "You let the dilation into the jump. It pulls the weights apart; the outputs stay as "
            "close as the stride has them.",
            [_field(lambda size, jump, k, s, d: (size + d * (k - 1) * jump, jump * s * d))],
        ),
        Misconception(
            "starts-from-the-last-layer",
            "You go through the layers from the last to the first. A stride widens the steps of "
            "the layers **behind** it.",
            [lambda layers: solutions.receptive_field(layers[::-1])],
        ),
    ),
    success="Size grows by what a kernel sticks out, in steps of the jump; the jump is the product "
    "of the strides so far.",
)


def _densest_inputs(rng: np.random.Generator) -> Iterator[Pair]:
    yield from ((3, 1), (3, 2), (2, 3), (3, 3), (4, 2), (5, 2), (2, 4), (3, 4), (5, 3), (7, 3))


densest_dilations = Exercise(
    name="densest_dilations",
    title="No hole, and as wide as can be",
    stars=3,
    prompt="""
A stack of `depth` layers has stride 1 and kernels of `kernel_size` weights along an axis. You
choose the dilation of each layer. Choose them so that an output depends on **every** pixel of its
receptive field, without a hole, and so that this field is as large as possible.

Write `densest_dilations(kernel_size, depth)`, which returns the dilations as a list, the smallest
one first. (Doubling, as in this chapter, leaves no hole. Is there nothing larger? Along how many
paths can a pixel reach the output?)
""",
    stub='''def densest_dilations(kernel_size, depth):
    """Return the dilations, smallest first, of the largest field without holes."""
    ...
''',
    reference=solutions.densest_dilations,
    inputs=_densest_inputs,
    misconceptions=(
        Misconception(
            "doubles",
            "Doubling leaves no hole. But with three weights or more, some pixels are reached "
            "along several paths, and fewer would do.",
            [lambda kernel_size, depth: [2**layer for layer in range(depth)]],
        ),
        Misconception(
            "stays-at-one",
            "Without dilation there is no hole, and the field grows only by the same small step "
            "with each layer.",
            [lambda kernel_size, depth: [1] * depth],
        ),
        Misconception(
            "grows-by-one",
            "1, 2, 3, … leaves no hole, but nor does it take the largest step: later layers could "
            "reach much farther.",
            [lambda kernel_size, depth: [layer + 1 for layer in range(depth)]],
        ),
        Misconception(
            "leaves-holes",
            "Your steps grow too fast: between what one weight and its neighbor bring in, pixels "
            "are left out.",
            [
                lambda kernel_size, depth: [(kernel_size + 1) ** layer for layer in range(depth)],
                lambda kernel_size, depth: [(2 * kernel_size - 1) ** i for i in range(depth)],
            ],
        ),
        Misconception(
            "starts-with-holes",
            "Your first layer has holes already, and no later layer fills them: all of its steps "
            "are even longer.",
            [lambda kernel_size, depth: [kernel_size ** (layer + 1) for layer in range(depth)]],
        ),
        Misconception(
            "one-for-all",
            "With one dilation for all layers, all paths step on the same grid. The pixels "
            "between are never read.",
            [lambda kernel_size, depth: [kernel_size] * depth],
        ),
        Misconception(
            "adds-instead-of-multiplying",
            "Each layer may step by the **size** of the field so far, and that grows faster "
            "than by the same amount each time.",
            [lambda kernel_size, depth: [1 + layer * (kernel_size - 1) for layer in range(depth)]],
        ),
        Misconception(
            "largest-first",
            "These are the right dilations. The list should begin with the smallest.",
            [lambda kernel_size, depth: [kernel_size**i for i in reversed(range(depth))]],
        ),
    ),
    success="Every pixel of the field is reached along exactly one path: no hole, and no path to "
    "spare. Doubling is the answer for two weights.",
)

exercises = (extent, repair_dilated_loop, read_the_code, receptive_field, densest_dilations)
"""The chapter's exercises, in order."""


pooled_maps = Question(
    name="pooled_maps",
    label="From chapter 06",
    prompt="Eight maps of 12×12 pixels go through `MaxPool2d(2)`. What comes out?",
    choices=(
        Choice(
            "8 maps of 6×6",
            "Yes: each map is pooled on its own, and the stride is the window's size unless you "
            "say otherwise.",
            correct=True,
        ),
        Choice(
            "1 map of 6×6",
            "Pooling takes the largest of four neighboring **places**, in each map for itself. It "
            "compares no map with another.",
            misconception="pools-over-channels",
        ),
        Choice(
            "4 maps of 6×6",
            "The 2 is the size of a window in the plane. The number of maps stays.",
            misconception="halves-the-channels",
        ),
        Choice(
            "8 maps of 11×11",
            "That is a window that moves one pixel at a time. A pooling layer's stride is its "
            "window's size unless you say otherwise.",
            misconception="pools-with-stride-one",
        ),
    ),
)

blurred_twice = Question(
    name="blurred_twice",
    label="From chapter 03",
    prompt="A picture is blurred by the mean over 3×3 pixels, and the result once more. Which "
    "single kernel does both at once?",
    choices=(
        Choice(
            "3×3, all weights equal",
            "Through the second window, pixels two places away count as well.",
            misconception="same-kernel-again",
        ),
        Choice(
            "5×5, all weights equal",
            "The size is right. But the pixel in the middle lies in all nine first windows, one in "
            "the corner in a single one.",
            misconception="composes-to-a-box",
        ),
        Choice(
            "5×5, the largest weight in the middle",
            "Yes: 1 2 3 2 1 in each direction. The middle is reached along nine paths, a corner "
            "along one.",
            correct=True,
        ),
        Choice(
            "6×6, the largest weights in the middle",
            "The two windows overlap in a pixel: 3 and 3 reach over 5.",
            misconception="adds-kernel-sizes",
        ),
    ),
)

nine_weights = Question(
    name="nine_weights",
    label="Question 1",
    prompt="A 3×3 kernel is used at dilation 4. Over how many pixels does it stretch, and how many "
    "weights are learned?",
    choices=(
        Choice(
            "12×12 pixels, 9 weights",
            "3 · 4 counts four pixels for each weight. Behind the last weight no hole follows.",
            misconception="multiplies-the-sizes",
        ),
        Choice(
            "11×11 pixels, 9 weights",
            "That leaves four pixels **between** neighbors. Dilation 4 puts the next weight on "
            "the fourth pixel, with three between.",
            misconception="takes-dilation-for-the-holes",
        ),
        Choice(
            "9×9 pixels, 81 weights",
            "The stretch is right. The 72 pixels in the holes have no weight: nothing is learned "
            "for them.",
            misconception="holes-have-weights",
        ),
        Choice(
            "9×9 pixels, 9 weights",
            "Yes: two distances of 4 and the last pixel itself, along each axis. The weights stay "
            "nine.",
            correct=True,
        ),
    ),
)

the_pixel_beside = Question(
    name="the_pixel_beside",
    label="Question 2",
    prompt="Three layers of 3×3, each at dilation 2 and stride 1. You change the pixel directly to "
    "the right of the one in the middle of an output's receptive field. What happens to this "
    "output?",
    choices=(
        Choice(
            "It changes more than for most other pixels.",
            "Near the middle many paths meet, but only on every second pixel. All steps are 0 or "
            "2 long, and this pixel is 1 away.",
            misconception="all-near-pixels-count",
        ),
        Choice(
            "It does not change.",
            "Yes: steps of 0 and 2 never add up to 1. The pixel lies in the receptive field, and "
            "in one of its holes.",
            correct=True,
        ),
        Choice(
            "It changes only through the third layer.",
            "The third layer reads outputs that are 2 apart, and so do the others. On no way do "
            "odd distances arise.",
            misconception="later-layers-fill-the-holes",
        ),
        Choice(
            "It does not change, because the pixel lies outside the field.",
            "The field stretches over 13×13 pixels, and this one is next to its middle. It is "
            "inside, but no path leads to it.",
            misconception="field-has-no-inside-holes",
        ),
    ),
)

after_a_stride = Question(
    name="after_a_stride",
    label="Question 3",
    prompt="A 3×3 layer with stride 2 is followed by a 3×3 layer with stride 1. How many pixels of "
    "the picture does one output of the second layer depend on, along an axis?",
    choices=(
        Choice(
            "3",
            "That is the extent of its own kernel, counted in outputs of the first layer. Each of "
            "those sees three pixels.",
            misconception="kernel-extent-for-receptive-field",
        ),
        Choice(
            "5",
            "That would be right without the stride. Here neighboring outputs of the first layer "
            "see pixels that are 2 apart.",
            misconception="ignores-the-jump",
        ),
        Choice(
            "7",
            "Yes: the first layer sees 3, and the second adds two steps of 2 pixels.",
            correct=True,
        ),
        Choice(
            "9",
            "That would need three windows side by side. At stride 2, windows of 3 overlap by one "
            "pixel.",
            misconception="multiplies-the-kernels",
        ),
    ),
)

questions = (pooled_maps, blurred_twice, nine_weights, the_pixel_beside, after_a_stride)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
