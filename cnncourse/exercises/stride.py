"""Exercises and questions of chapter 05, stride."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_stride as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "exercises",
    "fine_stripes",
    "left_of_the_border",
    "merge_layers",
    "neighborhood",
    "output_size",
    "questions",
    "read_the_code",
    "repair_strided_loop",
    "same_as_stride",
    "unread_pixels",
    "what_is_left_over",
]

Array = np.ndarray
Pair = tuple[int, int]


def _size_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    yield from ((5, 3, 2, 0), (6, 3, 2, 0), (7, 3, 3, 0), (8, 3, 3, 1), (8, 2, 3, 0), (9, 4, 2, 2))
    for _ in range(6):
        kernel_size = int(rng.integers(2, 8))
        size = int(rng.integers(kernel_size + 6, 40))
        yield size, kernel_size, int(rng.integers(2, 6)), int(rng.integers(0, kernel_size))


output_size = Exercise(
    name="output_size",
    title="How many places, in steps?",
    stars=1,
    prompt="""
Complete `output_size(size, kernel_size, stride, padding)`: along one axis of `size` pixels, with
`padding` pixels added on each side, in how many places does a window of `kernel_size` pixels
stand if it moves by `stride` pixels at a time?
""",
    stub='''def output_size(size, kernel_size, stride, padding):
    """Return how many places a window has along one axis."""
    return ...
''',
    reference=solutions.output_size,
    inputs=_size_inputs,
    misconceptions=(
        Misconception(
            "rounds-up",
            "You round up. A step that does not fit any more is not taken, so that what is left "
            "over stays unread.",
            [
                lambda size, kernel_size, stride, padding: (
                    -(-(size + 2 * padding - kernel_size) // stride) + 1
                )
            ],
        ),
        Misconception(
            "forgets-the-first-place",
            "You count the steps that the window takes. The place from which it starts counts too.",
            [
                lambda size, kernel_size, stride, padding: (
                    (size + 2 * padding - kernel_size) // stride
                )
            ],
        ),
        Misconception(
            "divides-the-places",
            "You divide the number of places at stride 1. Only the steps get longer: the first "
            "place needs no step.",
            [
                lambda size, kernel_size, stride, padding: (
                    (size + 2 * padding - kernel_size + 1) // stride
                )
            ],
        ),
        Misconception(
            "counts-padding-once",
            "You count the padding once. It is added at both ends of the axis.",
            [
                lambda size, kernel_size, stride, padding: (
                    (size + padding - kernel_size) // stride + 1
                )
            ],
        ),
        Misconception(
            "ignores-the-stride",
            "These are the places at stride 1. Longer steps reach the end sooner.",
            [lambda size, kernel_size, stride, padding: size + 2 * padding - kernel_size + 1],
        ),
        Misconception(
            "ignores-the-kernel",
            "You divide the whole axis by the stride. The window itself needs room before the "
            "first step is taken.",
            [
                lambda size, kernel_size, stride, padding: (size + 2 * padding) // stride,
                lambda size, kernel_size, stride, padding: -(-(size + 2 * padding) // stride),
            ],
        ),
        Misconception(
            "leaves-a-fraction",
            "Right wherever the steps come out even. Elsewhere you return part of a place, and a "
            "window stands or does not stand.",
            [
                lambda size, kernel_size, stride, padding: (
                    (size + 2 * padding - kernel_size) / stride + 1
                )
            ],
        ),
    ),
    success="One place to start from, and as many whole steps as the room behind it allows.",
)


def _loop(
    place: Callable[[int, int, Array, Pair], Array],
) -> Callable[[Array, Array, Pair], Array]:
    """Make a strided loop whose window at output (i, j) is cut out by `place`."""

    def strided_loop(x: Array, kernel: Array, stride: Pair) -> Array:
        (H, W), (kh, kw), (sh, sw) = x.shape, kernel.shape, stride
        output = np.zeros(((H - kh) // sh + 1, (W - kw) // sw + 1))
        for i, j in np.ndindex(output.shape):
            cut = x[place(i, j, kernel, stride)]
            output[i, j] = (cut * kernel).sum()
        return output

    return strided_loop


def _corner(rule: Callable[..., Pair]) -> Callable[[Array, Array, Pair], Array]:
    """Make a strided loop whose window at output (i, j) has its corner at `rule(i, j, …)`."""

    def place(i: int, j: int, kernel: Array, stride: Pair) -> Any:
        top, left = rule(i, j, kernel.shape, stride)
        return slice(top, top + kernel.shape[0]), slice(left, left + kernel.shape[1])

    return _loop(place)


def _spread(i: int, j: int, kernel: Array, stride: Pair) -> Any:
    (kh, kw), (sh, sw) = kernel.shape, stride
    return slice(i, i + sh * (kh - 1) + 1, sh), slice(j, j + sw * (kw - 1) + 1, sw)


def _loop_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    for shape, kernel_shape, stride in (
        ((3, 4), (2, 2), (1, 1)),
        ((4, 5), (2, 2), (2, 1)),
        ((4, 5), (2, 2), (1, 2)),
        ((5, 6), (2, 3), (2, 2)),
        ((6, 5), (3, 2), (3, 2)),
        ((6, 7), (3, 2), (2, 3)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -1, 3), stride


_LOOP_STUB = '''def strided_loop(x, kernel, stride):
    """Slide the kernel over x in steps of stride = (sh, sw)."""
    (H, W), (kh, kw), (sh, sw) = x.shape, kernel.shape, stride
    H_out = (H - kh) // sh + 1
    W_out = (W - kw) // sw + 1
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = x[i : i + kh, j : j + kw]
            output[i, j] = (window * kernel).sum()
    return output
'''

repair_strided_loop = Exercise(
    name="repair_strided_loop",
    title="Repair the strided loop",
    stars=2,
    prompt="""
`strided_loop(x, kernel, stride)` should slide the kernel over `x`, by `sh` rows and `sw` columns
at a time. Its output has the right size, and at stride (1, 1) it has the right values. Everywhere
else it has not. Find the line, and mend it.
""",
    stub=_LOOP_STUB,
    reference=solutions.strided_loop,
    inputs=_loop_inputs,
    seed=5,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "Your windows are still one pixel apart, as the planted bug has them. `i` and `j` "
            "count places of the output.",
            [function_from(_LOOP_STUB)],
        ),
        Misconception(
            "mends-the-rows-only",
            "Down the picture the windows are `sh` apart, as they should be. Across it they are "
            "still one pixel apart.",
            [_corner(lambda i, j, k, s: (i * s[0], j))],
        ),
        Misconception(
            "mends-the-columns-only",
            "Across the picture the windows are `sw` apart, as they should be. Down it they are "
            "still one pixel apart.",
            [_corner(lambda i, j, k, s: (i, j * s[1]))],
        ),
        Misconception(
            "swaps-the-strides",
            "Your rows are `sw` apart and your columns `sh`. The pair has the rows first.",
            [_corner(lambda i, j, k, s: (i * s[1], j * s[0]))],
        ),
        Misconception(
            "steps-by-the-kernel",
            "Your windows lie side by side: they move by the kernel's own size. How far they move "
            "is the stride.",
            [_corner(lambda i, j, k, s: (i * k[0], j * k[1]))],
        ),
        Misconception(
            "spreads-the-window",
            "Your windows are one pixel apart and read every `sh`-th row, every `sw`-th column. "
            "That is dilation, chapter 07.",
            [_loop(_spread)],
        ),
        Misconception(
            "adds-the-stride",
            "You shift every window by the stride once. The second window is one stride further "
            "on, the third two.",
            [
                _corner(lambda i, j, k, s: (i + s[0], j + s[1])),
                _corner(lambda i, j, k, s: (i + s[0] - 1, j + s[1] - 1)),
            ],
        ),
    ),
    success="Output place (i, j) belongs to the window whose corner is i·sh rows down and j·sw "
    "columns across.",
)


def _shape_inputs(rng: np.random.Generator) -> Iterator[Pair]:
    # With 9, 22 and 33 rows an odd number is left to be sliced.
    yield from ((7, 7), (8, 8), (9, 12), (12, 9), (15, 20), (20, 15), (22, 19), (28, 31), (33, 40))


def _printed(
    first: Callable[[int, int, int, int], int] = lambda n, k, s, p: (n + 2 * p - k) // s + 1,
    second_kernel: Pair = (3, 1),
    second_stride: Pair = (1, 3),
    keep: Callable[[int, int], Pair] = lambda rows, columns: ((rows + 1) // 2, columns),
) -> Callable[[int, int], tuple[int, int, int, int]]:
    """Make an answer from a rule for sizes, the second layer's pairs, and what the slice keeps."""

    def printed_shape(height: int, width: int) -> tuple[int, int, int, int]:
        rows, columns = (first(size, 5, 2, 2) for size in (height, width))
        rows = first(rows, second_kernel[0], second_stride[0], 0)
        columns = first(columns, second_kernel[1], second_stride[1], 0)
        return (1, 1, *keep(rows, columns))

    return printed_shape


def _single_padding(n: int, k: int, s: int, p: int) -> int:
    return (n + p - k) // s + 1


def _rounded_up(n: int, k: int, s: int, p: int) -> int:
    return -(-(n + 2 * p - k) // s) + 1


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
Which four numbers does this program print? Answer with a function
`printed_shape(height, width)`, without running PyTorch. A pair is (rows, columns), and `::2` keeps
the rows 0, 2, 4 and so on.

```python
smooth = torch.nn.Conv2d(1, 1, kernel_size=5, stride=2, padding=2)
edges = torch.nn.Conv2d(1, 1, kernel_size=(3, 1), stride=(1, 3))
x = torch.zeros(1, 1, height, width)
y = edges(smooth(x))[:, :, ::2]
print(*y.shape)
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
            "swaps-rows-and-columns",
            "You read the pairs of the second layer the other way round. Kernel and stride name "
            "the rows first.",
            [_printed(second_kernel=(1, 3), second_stride=(3, 1))],
        ),
        Misconception(
            "rounds-up",
            "You count a last window that hangs over the border. PyTorch takes only steps that "
            "fit.",
            [_printed(first=_rounded_up)],
        ),
        Misconception(
            "overlooks-the-slice",
            "Both layers are right. The slice at the end keeps only every second row of what "
            "they return.",
            [_printed(keep=lambda rows, columns: (rows, columns))],
        ),
        Misconception(
            "slices-the-columns",
            "The two colons before `::2` stand for the image and the channel. Which axis comes "
            "third?",
            [_printed(keep=lambda rows, columns: (rows, (columns + 1) // 2))],
        ),
        Misconception(
            "slices-both-axes",
            "You halve rows and columns. The slice names three axes and leaves the last one whole.",
            [_printed(keep=lambda rows, columns: ((rows + 1) // 2, (columns + 1) // 2))],
        ),
        Misconception(
            "drops-row-zero",
            "Right when the number of rows is even. When it is odd, the slice keeps one row more "
            "than half: it begins with row 0.",
            [_printed(keep=lambda rows, columns: (rows // 2, columns))],
        ),
        Misconception(
            "counts-padding-once",
            "You count the padding of the first layer once. It is added on each side.",
            [_printed(first=_single_padding)],
        ),
    ),
    success="Each layer is one use of the formula an axis, and a slice `::2` is a stride of 2.",
)


def _unread_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    yield from (
        (3, 4, 2, 2),
        (4, 4, 2, 3),
        (5, 6, 2, 3),
        (6, 5, 3, 2),
        (6, 8, 3, 2),
        (7, 9, 1, 3),
        (8, 7, 3, 4),
        (9, 12, 2, 4),
        (10, 13, 4, 3),
    )


def _covered(size: int, kernel_size: int, stride: int) -> int:
    """Count the lines of an axis that some window reads."""
    places = (size - kernel_size) // stride + 1
    return (places - 1) * min(stride, kernel_size) + kernel_size


def _span(size: int, kernel_size: int, stride: int) -> int:
    """Count the lines from the first one read to the last one."""
    return (size - kernel_size) // stride * stride + kernel_size


unread_pixels = Exercise(
    name="unread_pixels",
    title="Pixels that nobody reads",
    stars=2,
    prompt="""
Write `unread_pixels(height, width, kernel_size, stride)`. A square window of `kernel_size` pixels
moves over a picture without padding, `stride` pixels at a time in both directions. Return how many
pixels of the picture no window reads. The stride may be larger than the window.
""",
    stub='''def unread_pixels(height, width, kernel_size, stride):
    """Return how many pixels of the picture no window reads."""
    ...
''',
    reference=solutions.unread_pixels,
    inputs=_unread_inputs,
    misconceptions=(
        Misconception(
            "overlooks-the-gaps",
            "You count what is left over at the far border. Where the stride is larger than the "
            "window, there are gaps between windows too.",
            [
                lambda height, width, kernel_size, stride: (
                    height * width
                    - _span(height, kernel_size, stride) * _span(width, kernel_size, stride)
                )
            ],
        ),
        Misconception(
            "overlooks-the-far-border",
            "You count the gaps between windows. At the far border there can be pixels for which "
            "no whole step is left.",
            [
                lambda height, width, kernel_size, stride: (
                    _span(height, kernel_size, stride) * _span(width, kernel_size, stride)
                    - _covered(height, kernel_size, stride) * _covered(width, kernel_size, stride)
                )
            ],
        ),
        Misconception(
            "needs-both-unread",
            "You count a pixel only if its row and its column are both unread. One of the two is "
            "enough.",
            [
                lambda height, width, kernel_size, stride: (
                    (height - _covered(height, kernel_size, stride))
                    * (width - _covered(width, kernel_size, stride))
                )
            ],
        ),
        Misconception(
            "counts-crossings-twice",
            "You add whole rows and whole columns. Where an unread row and an unread column "
            "cross, the pixel is counted twice.",
            [
                lambda height, width, kernel_size, stride: (
                    (height - _covered(height, kernel_size, stride)) * width
                    + (width - _covered(width, kernel_size, stride)) * height
                )
            ],
        ),
        Misconception(
            "counts-lines",
            "You count unread rows and unread columns. How many pixels lie in them?",
            [
                lambda height, width, kernel_size, stride: (
                    height
                    - _covered(height, kernel_size, stride)
                    + width
                    - _covered(width, kernel_size, stride)
                )
            ],
        ),
        Misconception(
            "counts-what-is-read",
            "These are the pixels that are read. The others were asked for.",
            [
                lambda height, width, kernel_size, stride: (
                    _covered(height, kernel_size, stride) * _covered(width, kernel_size, stride)
                )
            ],
        ),
        Misconception(
            "counts-readings",
            "You subtract all readings. A pixel that lies in several windows is read several "
            "times, and still is one pixel.",
            [
                lambda height, width, kernel_size, stride: (
                    height * width
                    - ((height - kernel_size) // stride + 1)
                    * ((width - kernel_size) // stride + 1)
                    * kernel_size**2
                )
            ],
        ),
    ),
    success="Left over at the far border, or between windows that stand apart: a pixel is unread "
    "if its row or its column is.",
)


def _merge_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, Array]]:
    for first, stride, second in (
        ((1, 2), 2, (2, 1)),
        ((2, 2), 2, (1, 2)),
        ((2, 2), 1, (2, 2)),
        ((2, 3), 2, (2, 2)),
        ((3, 2), 2, (2, 3)),
        ((2, 2), 3, (3, 2)),
        ((3, 3), 2, (2, 2)),
    ):
        yield matrix(rng, first, 1, 5), stride, matrix(rng, second, 1, 5)


def _stamped(
    first: Array, stride: int, second: Array, apart: Pair | None = None, add: bool = True
) -> Array:
    """Stamp `first` once for every weight of `second`, `apart` rows and columns from each other."""
    (kh, kw), (rows, columns) = first.shape, second.shape
    down, across = apart or (stride, stride)
    merged = np.zeros((down * (rows - 1) + kh, across * (columns - 1) + kw), dtype=np.int64)
    for i, j in np.ndindex(rows, columns):
        place = slice(i * down, i * down + kh), slice(j * across, j * across + kw)
        stamp = second[i, j] * first
        merged[place] = merged[place] + stamp if add else stamp
    return merged


merge_layers = Exercise(
    name="merge_layers",
    title="Two layers, one window",
    stars=3,
    prompt="""
A layer with the kernel `first` and stride `stride` is followed by a layer with the kernel `second`
and stride 1. Neither has padding, and nothing stands between them. There is **one** kernel that,
used once with stride `stride`, gives the same output for every picture. Write
`merge_layers(first, stride, second)`, which returns it.

(How many pixels of the picture does one output of the second layer depend on? That is the size of
the merged kernel.)
""",
    stub='''def merge_layers(first, stride, second):
    """Return the kernel of the one layer that does the work of both."""
    ...
''',
    reference=solutions.merge_layers,
    inputs=_merge_inputs,
    seed=2,
    misconceptions=(
        Misconception(
            "ignores-the-stride",
            "This is right at stride 1. With longer steps, neighbors in the middle picture come "
            "from windows that are `stride` pixels apart.",
            [lambda first, stride, second: _stamped(first, stride, second, (1, 1))],
        ),
        Misconception(
            "exchanges-the-layers",
            "You treat `second` as the layer that comes first. The steps are taken by `first`, "
            "on the picture.",
            [lambda first, stride, second: _stamped(second, stride, first)],
        ),
        Misconception(
            "overwrites-where-stamps-overlap",
            "Where two windows of the first layer overlap, you keep the later one. A pixel that "
            "lies in both counts through both.",
            [lambda first, stride, second: _stamped(first, stride, second, add=False)],
        ),
        Misconception(
            "turns-a-kernel",
            "One of the two kernels is turned by 180° here. Layers lay their kernels down as "
            "they stand.",
            [
                lambda first, stride, second: _stamped(first, stride, second[::-1, ::-1]),
                lambda first, stride, second: _stamped(first[::-1, ::-1], stride, second),
            ],
        ),
        Misconception(
            "lays-stamps-side-by-side",
            "You put the copies of `first` side by side, a kernel's size apart. How far apart do "
            "its windows stand on the picture?",
            [lambda first, stride, second: np.kron(second, first)],
        ),
        Misconception(
            "exchanges-both-axes",
            "The merged kernel comes out with rows and columns exchanged.",
            [lambda first, stride, second: _stamped(first, stride, second).T],
        ),
        Misconception(
            "leaves-empty-rows",
            "The weights are right, and rows and columns of zeros follow them. The last copy of "
            "`first` needs no step behind it.",
            [
                lambda first, stride, second: np.pad(_stamped(first, stride, second), (0, stride)),
                lambda first, stride, second: np.pad(
                    _stamped(first, stride, second), (0, max(stride - 1, 1))
                ),
            ],
        ),
    ),
    success="Each weight of the second kernel stamps the first one, a stride apart: two layers "
    "without anything between them are one, with a larger window.",
)

exercises = (output_size, repair_strided_loop, read_the_code, unread_pixels, merge_layers)
"""The chapter's exercises, in order."""


left_of_the_border = Question(
    name="left_of_the_border",
    label="From chapter 04",
    prompt="A row of pixels reads 3 1 4. It is padded by 2 on each side in the mode `reflect`. "
    "Which two values stand before the 3?",
    choices=(
        Choice(
            "1 3",
            "That repeats the border pixel. The fold lies **on** it: the first value outside is "
            "the neighbor of the 3.",
            misconception="repeats-the-border-pixel",
        ),
        Choice(
            "3 3",
            "That is `replicate`: the last pixel goes on forever.",
            misconception="replicates",
        ),
        Choice(
            "4 1",
            "Yes: walking out from the 3 you meet the same pixels as walking in, 1 and then 4.",
            correct=True,
        ),
        Choice(
            "1 4",
            "That is `circular`: out on the left, in again on the right.",
            misconception="wraps-around",
        ),
    ),
)

neighborhood = Question(
    name="neighborhood",
    label="From chapter 02",
    prompt="A unit looks at its own pixel and at all pixels that are at most 2 rows and at most 2 "
    "columns away from it. How many weights does it have, for one channel?",
    choices=(
        Choice(
            "16",
            "That is 4 · 2², which counts 4 places an axis. From −2 to 2 there are 5: zero counts "
            "too.",
            misconception="four-delta-squared",
        ),
        Choice(
            "25",
            "Yes: 5 rows from −2 to 2, and as many columns.",
            correct=True,
        ),
        Choice(
            "9",
            "That is the neighborhood of distance 1, from −1 to 1. Here it reaches one pixel "
            "further on every side.",
            misconception="distance-for-width",
        ),
        Choice(
            "24",
            "Those are the neighbors. The unit also looks at its own pixel.",
            misconception="leaves-out-the-middle",
        ),
    ),
)

what_is_left_over = Question(
    name="what_is_left_over",
    label="Question 1",
    prompt="A 3×3 kernel moves over an 8×8 picture by 2 pixels at a time, without padding. What "
    "comes out, and what of the last row and column?",
    choices=(
        Choice(
            "4×4; the last windows hang over the border by one pixel.",
            "A window that does not fit is not placed. That would be rounding up, and `conv2d` "
            "rounds down.",
            misconception="rounds-up",
        ),
        Choice(
            "4×4; 8 divided by 2, and every pixel is read.",
            "Dividing the size by the stride forgets the window: the last one would have to start "
            "at pixel 6 and end at pixel 8, which is not there.",
            misconception="divides-the-size",
        ),
        Choice(
            "3×3; every pixel is read.",
            "The size is right. The windows start at 0, 2 and 4, so the last one ends at pixel 6. "
            "Pixel 7 is never read.",
            misconception="nothing-is-left-over",
        ),
        Choice(
            "3×3; no window reads them.",
            "Yes: the windows start at 0, 2 and 4. A picture of 7×7 would give the same output.",
            correct=True,
        ),
    ),
)

same_as_stride = Question(
    name="same_as_stride",
    label="Question 2",
    prompt="Which of these gives the same numbers as a convolution of `x` with stride 2?",
    choices=(
        Choice(
            "Convolve `x` with stride 1 and keep every second row and column of the result.",
            "Yes: the windows that are left are exactly those at even places. Only the work for "
            "the others is saved.",
            correct=True,
        ),
        Choice(
            "Keep every second row and column of `x` and convolve that with stride 1.",
            "Then neighbors under the kernel would be two pixels apart. Stride spreads the "
            "windows, not the pixels in them.",
            misconception="subsamples-the-input",
        ),
        Choice(
            "Convolve `x` with stride 1 and take the mean of each block of 2×2 results.",
            "Nothing is averaged: three of four results are never computed. (Averaging would be "
            "pooling, chapter 06.)",
            misconception="stride-averages",
        ),
        Choice(
            "Convolve `x` with stride 1, using every second weight of the kernel.",
            "All weights are used at every place. It is places that are left out.",
            misconception="thins-out-the-kernel",
        ),
    ),
)

fine_stripes = Question(
    name="fine_stripes",
    label="Question 3",
    prompt="A picture consists of vertical stripes, one pixel wide, black and white in turn. You "
    "keep every second row and column. What do you see?",
    choices=(
        Choice(
            "Stripes as before, at half the size.",
            "In the small picture, stripes one pixel wide would need both black and white "
            "columns. All columns kept have the same parity.",
            misconception="details-shrink-along",
        ),
        Choice(
            "An even gray.",
            "Gray is what an **average** would leave. No new value arises here: each pixel kept "
            "is black or white.",
            misconception="subsampling-averages",
        ),
        Choice(
            "All black or all white, depending on which columns you keep.",
            "Yes: even columns are of one color and odd ones of the other. Blurred first, the "
            "picture would be gray either way.",
            correct=True,
        ),
        Choice(
            "Stripes that are twice as wide.",
            "A wide stripe needs two columns of one color side by side, then two of the other. "
            "What is kept has one color only.",
            misconception="stripes-get-wider",
        ),
    ),
)

questions = (left_of_the_border, neighborhood, what_is_left_over, same_as_stride, fine_stripes)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""
