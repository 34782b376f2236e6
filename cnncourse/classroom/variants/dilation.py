"""Graded questions on chapter 07, dilation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import GRIDS, Edit, Mistake, edited, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray
Pair = tuple[int, int]


def _loop_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    for shape, kernel_shape, dilation in (
        ((3, 4), (2, 2), (1, 1)),
        ((4, 5), (2, 2), (2, 1)),
        ((4, 5), (2, 2), (1, 2)),
        ((5, 5), (2, 2), (1, 3)),
        ((6, 7), (2, 3), (2, 1)),
        ((7, 6), (3, 2), (2, 3)),
        ((6, 7), (2, 3), (3, 2)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -1, 3), dilation


def _holes_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    for x, kernel, (dh, dw) in _loop_inputs(rng):
        yield x, kernel, (dh - 1, dw - 1)


def _circle_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    yield from _loop_inputs(rng)
    # So far apart that a window goes around more than once, on both axes.
    yield matrix(rng, (5, 4), 0, 5), matrix(rng, (2, 3), -1, 3), (6, 4)


def _odd_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    for shape, kernel_shape, dilation in (
        ((3, 3), (1, 3), (1, 1)),
        ((2, 4), (1, 3), (1, 2)),
        ((3, 4), (3, 1), (1, 2)),
        ((4, 5), (3, 3), (1, 1)),
        ((5, 5), (3, 3), (2, 1)),
        ((5, 6), (1, 3), (2, 2)),
        ((6, 6), (3, 3), (1, 3)),
        ((6, 7), (5, 5), (1, 2)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -1, 3), dilation


_LOOP = '''def dilated(x, kernel, dilation):
    """Slide the kernel over x, its weights apart from each other."""
    (H, W), (kh, kw), (dh, dw) = x.shape, kernel.shape, dilation
    H_out, W_out = H - dh * (kh - 1), W - dw * (kw - 1)
    output = np.zeros((H_out, W_out))
    for i, j in np.ndindex(H_out, W_out):
        for a, b in np.ndindex(kh, kw):
            row, column = i + dh * a, j + dw * b
            output[i, j] += kernel[a, b] * x[row, column]
    return output
'''
_SIZES = "H_out, W_out = H - dh * (kh - 1), W - dw * (kw - 1)"
_CELL = "row, column = i + dh * a, j + dw * b"
_PICTURE = np.array([[1, 0, 2, 1, 3], [3, 1, 0, 2, 1], [0, 2, 1, 1, 0], [2, 0, 1, 3, 1]])
_SAME_SIZE = (_SIZES, "H_out, W_out = H, W")
_CENTERED = "row, column = i + dh * (a - kh // 2), j + dw * (b - kw // 2)"
_IF_INSIDE = (
    "            output[i, j] += kernel[a, b] * x[row, column]",
    "            if 0 <= row < H and 0 <= column < W:\n"
    "                output[i, j] += kernel[a, b] * x[row, column]",
)
_STEPPED = (
    (_SIZES, "H_out, W_out = (H - dh * (kh - 1) - 1) // dh + 1, (W - dw * (kw - 1) - 1) // dw + 1"),
    (_CELL, "row, column = (i + a) * dh, (j + b) * dw"),
)
_ROUND = "row, column = (i + dh * a) % H, (j + dw * b) % W"


def _mend(
    name: str,
    title: str,
    what: str,
    right: tuple[Edit, ...],
    planted: tuple[Edit, ...],
    still: str,
    wrong: tuple[Mistake, ...],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, Pair]]] = _loop_inputs,
    kernel: Sequence[Sequence[int]] = ((1, 2), (0, 1)),
    seed: int = 6,
) -> Exercise:
    """Make the task of mending `dilated`: what it should do, and what was planted in it."""
    source = edited(_LOOP, *right)
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            f"Mend `dilated(x, kernel, dilation)`, which lays the weights of the kernel apart from "
            f"each other, multiplies each with the pixel under it, and sums. {what} The code below "
            "has **one** bug: find it and mend it, and leave the rest as it is."
        ),
        shown=(_PICTURE, np.array(kernel), (2, 1)),
        source=source,
        planted=planted,
        still=f"This still does what the planted bug does. {still}",
        inputs=inputs,
        seed=seed,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_DISTANCES = (
    "`dilation` is (dh, dw): neighboring weights lie `dh` rows and `dw` columns apart, and 1 means "
    "without a hole."
)
_INSIDE = "The kernel stands at every place where it fits inside the picture, pixel by pixel."
_closes_the_holes = mistake(
    "closes-the-holes",
    "Your window reads neighboring pixels. The weights should lie apart from each other.",
    (_CELL, "row, column = i + a, j + b"),
)
_flips = mistake(
    "flips-the-kernel",
    "Your kernel lies turned by 180° on the window: that is true convolution. Here it lies as it "
    "stands.",
    ("kernel[a, b]", "kernel[kh - 1 - a, kw - 1 - b]"),
)
_loses_the_last = mistake(
    "loses-the-last-place",
    "The last row and the last column of the output are missing: the kernel fits in one more place "
    "than you count.",
    ("H - dh * (kh - 1), W - dw * (kw - 1)", "H - dh * (kh - 1) - 1, W - dw * (kw - 1) - 1"),
)

mend_the_holes = Family(
    name="mend_the_holes",
    skills="Follows which pixels a dilated kernel reads, and finds the line that reads others.",
    points=2,
    variants=(
        _mend(
            "columns_come_first",
            "Columns first",
            "Here `dilation` is (dw, dh), **the columns first**: neighboring weights lie `dw` "
            f"columns and `dh` rows apart, and 1 means without a hole. {_INSIDE}",
            (("(dh, dw) = x.shape", "(dw, dh) = x.shape"),),
            (("j + dw * b", "j + b"),),
            "How far apart do its weights lie, from left to right?",
            (
                mistake(
                    "swaps-the-dilations",
                    "You take the pair as (rows, columns). Here it has the columns first.",
                    ("(dw, dh) =", "(dh, dw) ="),
                ),
                mistake(
                    "mends-one-axis-and-breaks-the-other",
                    "From left to right the weights are apart now. From top to bottom they are "
                    "neighbors.",
                    ("i + dh * a", "i + a"),
                ),
                _closes_the_holes,
                mistake(
                    "moves-by-the-dilation",
                    "Your window reads neighboring columns and moves by `dw` of them: that is a "
                    "stride.",
                    ("j + dw * b", "min(j * dw + b, W - 1)"),
                ),
                _flips,
                _loses_the_last,
            ),
            "Each axis has its own distance, and the pair names the columns' one first.",
        ),
        _mend(
            "holes_between_weights",
            "Counted in holes",
            "Here `dilation` is the number of **empty pixels between** neighboring weights, "
            "(between rows, between columns): 0 means without a hole, and with 1 every second "
            f"pixel is read. {_INSIDE}",
            (
                (
                    "(kh, kw), (dh, dw) = x.shape, kernel.shape, dilation",
                    "(kh, kw) = x.shape, kernel.shape\n    dh, dw = dilation[0] + 1, "
                    "dilation[1] + 1",
                ),
            ),
            ((_SIZES, "H_out, W_out = H - dh * kh + 1, W - dw * kw + 1"),),
            "Does a hole follow behind the last weight?",
            (
                mistake(
                    "takes-holes-for-the-distance",
                    "You take the numbers for distances. With one empty pixel between them, "
                    "neighbors lie two pixels apart.",
                    (
                        ("dilation[0] + 1, dilation[1] + 1", "dilation[0], dilation[1]"),
                        ("dh * (kh - 1)", "max(dh, 1) * (kh - 1)"),
                        ("dw * (kw - 1)", "max(dw, 1) * (kw - 1)"),
                        ("dh * a", "max(dh, 1) * a"),
                        ("dw * b", "max(dw, 1) * b"),
                    ),
                    ("dilation[0] + 1, dilation[1] + 1", "dilation[0], dilation[1]"),
                ),
                mistake(
                    "mends-the-rows-only",
                    "All rows are there now. Columns at the far end are still missing.",
                    ("W - dw * (kw - 1)", "max(W - dw * kw + 1, 0)"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "All columns are there now. Rows at the far end are still missing.",
                    ("H - dh * (kh - 1)", "max(H - dh * kh + 1, 0)"),
                ),
                _closes_the_holes,
                _flips,
                _loses_the_last,
            ),
            "One distance less than weights: behind the last weight there is no hole.",
            inputs=_holes_inputs,
        ),
        _mend(
            "true_convolution",
            "True convolution with holes",
            f"It is a **true convolution**: the kernel is turned by 180° before it is laid down. "
            f"{_DISTANCES} {_INSIDE}",
            (("kernel[a, b]", "kernel[kh - 1 - a, kw - 1 - b]"),),
            (("kernel[kh - 1 - a, kw - 1 - b]", "kernel[kh - 1 - a, b]"),),
            "Where does the kernel's left column come to lie?",
            (
                mistake(
                    "does-not-turn-the-kernel",
                    "This is cross-correlation: your kernel lies as it stands.",
                    ("kernel[kh - 1 - a, kw - 1 - b]", "kernel[a, b]"),
                ),
                mistake(
                    "turns-left-to-right-only",
                    "Your kernel has left and right exchanged, and its top is at the top.",
                    ("kernel[kh - 1 - a, kw - 1 - b]", "kernel[a, kw - 1 - b]"),
                ),
                mistake(
                    "turns-the-picture",
                    "You turn the picture in place of the kernel. The right numbers appear, in the "
                    "opposite order.",
                    (
                        ("kernel[kh - 1 - a, kw - 1 - b]", "kernel[a, b]"),
                        ("x[row, column]", "x[::-1, ::-1][row, column]"),
                    ),
                ),
                _closes_the_holes,
                mistake(
                    "swaps-the-dilations",
                    "Your weights lie `dw` rows and `dh` columns apart. The pair has the rows "
                    "first.",
                    ("(dh, dw) = x.shape", "(dw, dh) = x.shape"),
                ),
                mistake(
                    "loses-the-last-place",
                    "The last row and the last column of the output are missing: the kernel fits "
                    "in one more place than you count.",
                    (
                        "H - dh * (kh - 1), W - dw * (kw - 1)",
                        "H - dh * (kh - 1) - 1, W - dw * (kw - 1) - 1",
                    ),
                ),
            ),
            "Turned on both axes, and pulled apart: the holes do not mind which way it lies.",
        ),
        _mend(
            "as_large_as_the_picture",
            "As large as the picture",
            f"The kernel's rows and columns are odd in number, and its **middle** weight stands on "
            f"every pixel of the picture in turn, so that the output is as large as the picture. "
            f"{_DISTANCES} Pixels outside the picture count as 0.",
            (_SAME_SIZE, (_CELL, _CENTERED), _IF_INSIDE),
            (("if 0 <= row < H and 0 <= column < W:", "if row < H and column < W:"),),
            "Which pixel is `x[-1, 0]`, for Python?",
            (
                mistake(
                    "mends-the-rows-only",
                    "Rows before the first one count as 0 now. Columns before the first one still "
                    "come in from the other side.",
                    ("0 <= column < W", "column < W"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "Columns before the first one count as 0 now. Rows before the first one still "
                    "come in from the other side.",
                    ("0 <= row < H", "row < H"),
                ),
                mistake(
                    "leaves-out-the-first-pixels",
                    "You count the picture's first row and column as 0 too. They lie inside.",
                    ("0 <= row < H and 0 <= column < W", "0 < row < H and 0 < column < W"),
                ),
                mistake(
                    "repeats-the-border",
                    "Outside the picture you repeat its border pixel. There it counts as 0.",
                    (
                        ("if 0 <= row < H and 0 <= column < W:", "if True:"),
                        (
                            "x[row, column]",
                            "x[min(max(row, 0), H - 1), min(max(column, 0), W - 1)]",
                        ),
                    ),
                ),
                mistake(
                    "goes-around",
                    "Outside the picture you read on at its other side. There it counts as 0.",
                    (
                        ("if 0 <= row < H and 0 <= column < W:", "if True:"),
                        ("x[row, column]", "x[row % H, column % W]"),
                    ),
                ),
                mistake(
                    "begins-at-the-corner",
                    "Your kernel stands with its top left weight on each pixel. It should be the "
                    "middle one.",
                    (("(a - kh // 2)", "a"), ("(b - kw // 2)", "b")),
                ),
                mistake(
                    "leaves-the-middle-closed",
                    "You move the kernel back by half its size, without its holes. Pulled apart, "
                    "its middle is farther from the corner.",
                    (
                        ("dh * (a - kh // 2)", "dh * a - kh // 2"),
                        ("dw * (b - kw // 2)", "dw * b - kw // 2"),
                    ),
                ),
            ),
            "A negative index counts from the other end in Python: both ends have to be looked at.",
            inputs=_odd_inputs,
            kernel=((1, 2, 0), (0, 1, 3), (1, 0, 1)),
        ),
        _mend(
            "steps_as_long_as_holes",
            "Steps as long as the distances",
            f"{_DISTANCES} The window **moves** by `dh` rows and by `dw` columns at a time as "
            "well: stride and dilation are the same. It never leaves the picture, and what is left "
            "over at the far end is not read.",
            _STEPPED,
            (("(i + a) * dh, (j + b) * dw", "i + a * dh, j + b * dw"),),
            "Where does the second window begin?",
            (
                mistake(
                    "mends-the-rows-only",
                    "Down the picture the windows are `dh` apart now. Across it they are still one "
                    "pixel apart.",
                    ("(j + b) * dw", "j + b * dw"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "Across the picture the windows are `dw` apart now. Down it they are still one "
                    "pixel apart.",
                    ("(i + a) * dh", "i + a * dh"),
                ),
                mistake(
                    "closes-the-holes",
                    "The windows are as far apart as they should be, and read neighboring pixels. "
                    "The weights lie apart too.",
                    ("(i + a) * dh, (j + b) * dw", "i * dh + a, j * dw + b"),
                ),
                mistake(
                    "steps-by-one",
                    "Your window moves by one pixel at a time, and so you return more than is "
                    "asked for.",
                    (
                        (
                            "(H - dh * (kh - 1) - 1) // dh + 1, (W - dw * (kw - 1) - 1) // dw + 1",
                            "H - dh * (kh - 1), W - dw * (kw - 1)",
                        ),
                        ("(i + a) * dh, (j + b) * dw", "i + a * dh, j + b * dw"),
                    ),
                ),
                _flips,
            ),
            "Stride and dilation alike: it is as if every other pixel were not there.",
        ),
        _mend(
            "around_a_circle",
            "Around in a circle",
            "The kernel's top left weight stands on every pixel of the picture in turn, so that "
            f"the output is as large as the picture. {_DISTANCES} Weights that come to lie below "
            "the picture or to the right of it read on at the **other side** (`circular`), and go "
            "around once more where that is needed.",
            (_SAME_SIZE, (_CELL, _ROUND)),
            (("(j + dw * b) % W", "min(j + dw * b, W - 1)"),),
            "What does a weight read that lies to the right of the last column?",
            (
                mistake(
                    "mends-one-axis-and-breaks-the-other",
                    "From left to right it goes around now. Below the last row you repeat it.",
                    ("(i + dh * a) % H", "min(i + dh * a, H - 1)"),
                ),
                mistake(
                    "reads-zeros-outside",
                    "Outside the picture you read zeros. The window goes on at the other side.",
                    ("x[row, column]", "x[row, column] * (i + dh * a < H) * (j + dw * b < W)"),
                ),
                mistake(
                    "comes-in-one-pixel-late",
                    "Behind the last column you come in again at the second one.",
                    ("(j + dw * b) % W", "(j + dw * b + (j + dw * b) // W) % W"),
                ),
                mistake(
                    "closes-the-holes",
                    "Your window reads neighboring pixels. The weights should lie apart from each "
                    "other.",
                    (("dh * a", "a"), ("dw * b", "b")),
                ),
                mistake(
                    "swaps-the-dilations",
                    "Your weights lie `dw` rows and `dh` columns apart. The pair has the rows "
                    "first.",
                    ("(dh, dw) = x.shape", "(dw, dh) = x.shape"),
                ),
                _flips,
            ),
            "On a circle every place has all its pixels, however far the weights lie apart.",
            inputs=_circle_inputs,
        ),
    ),
)


def _stack(*layers: Sequence[int]) -> tuple[Array]:
    return (np.array(layers, dtype=np.int64),)


def _stacks(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    """Yield stacks of (kernel size, stride, dilation), the first layer first."""
    yield _stack((3, 1, 1))
    yield _stack((3, 2, 1))
    yield _stack((5, 1, 2))
    yield _stack((2, 3, 4))
    yield _stack((2, 4, 1))
    yield _stack((3, 2, 1), (3, 1, 1))
    yield _stack((2, 2, 1), (3, 1, 2))
    yield _stack((5, 2, 3), (3, 3, 2))
    yield _stack((3, 1, 2), (5, 3, 1), (3, 1, 1))
    yield _stack((5, 2, 1), (3, 2, 2), (2, 1, 3))
    yield _stack((3, 1, 1), (3, 1, 2), (3, 1, 4), (3, 2, 1))
    for _ in range(2):
        yield _stack(*(rng.integers((2, 1, 1), (5, 4, 4)).tolist() for _ in range(4)))


def _reordered(*columns: int) -> Callable[[np.random.Generator], Iterator[tuple[Array]]]:
    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array]]:
        for (layers,) in _stacks(rng):
            yield (np.ascontiguousarray(layers[:, columns]),)

    return inputs


def _from_the_top(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for (layers,) in _stacks(rng):
        yield (np.ascontiguousarray(layers[::-1]),)


def _with_holes(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for (layers,) in _stacks(rng):
        yield (layers - np.array([0, 0, 1]),)


def _with_padding(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for (layers,) in _stacks(rng):
        padding = rng.integers(0, 4, size=len(layers), dtype=np.int64)
        yield (np.column_stack([layers, padding]),)


_FIELD = '''def field(layers):
    """Say how far a stack of layers sees."""
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump
'''
_GROWTH = "size += dilation * (kernel_size - 1) * jump"
_FOR = "for kernel_size, stride, dilation in layers"


def _see(
    name: str,
    title: str,
    what: str,
    source: str,
    wrong: tuple[Mistake, ...],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array]]] = _stacks,
    example: Sequence[Sequence[int]] = ((3, 2, 1), (2, 1, 3)),
) -> Exercise:
    """Make the task of writing `field`: how the layers are listed, and what is asked of them."""
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            "Write `field(layers)`. Each row of the array `layers` is one layer of a stack, along "
            f"one axis. {what}"
        ),
        shown=(np.array(example),),
        source=source,
        inputs=inputs,
        seed=3,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


def _grows(name: str, hint: str, growth: str) -> Mistake:
    return mistake(name, hint, (_GROWTH, growth))


_ignores_the_jump = _grows(
    "ignores-the-jump",
    "You add what each kernel covers as if its inputs were pixels. Behind a stride they lie "
    "several pixels apart.",
    "size += dilation * (kernel_size - 1)",
)
_too_early = _grows(
    "takes-the-stride-too-early",
    "A layer's own stride says how far apart its **outputs** lie. What it reads are the outputs of "
    "the layer below.",
    "size += dilation * (kernel_size - 1) * jump * stride",
)
_no_dilation = _grows(
    "ignores-the-dilation",
    "Right where no kernel has holes. Holes make a kernel reach farther.",
    "size += (kernel_size - 1) * jump",
)
_whole_kernels = _grows(
    "adds-whole-kernels",
    "You add the whole kernel of every layer. One of its weights lies on what was already seen.",
    "size += dilation * kernel_size * jump",
)
_whole_stretches = _grows(
    "adds-whole-stretches",
    "You add every kernel from its first weight to its last. One of the ends lies on what was "
    "already seen.",
    "size += (dilation * (kernel_size - 1) + 1) * jump",
)
_adds_the_strides = mistake(
    "adds-the-strides",
    "You add the strides up. A layer's stride multiplies the jump of the layer below.",
    ("jump *= stride", "jump += stride - 1"),
)
_last_stride_only = mistake(
    "last-stride-only",
    "Your jump is the stride of one layer. All layers below have moved things apart as well.",
    ("jump *= stride", "jump = stride"),
)
_dilates_the_jump = mistake(
    "dilates-the-jump",
    "Your jump grows with the dilation. Holes lie inside a kernel; only strides move outputs "
    "apart.",
    ("jump *= stride", "jump *= stride * dilation"),
)
_JUMPS = (_adds_the_strides, _last_stride_only, _dilates_the_jump)
_goes_downwards = mistake(
    "starts-from-the-last-layer",
    "You go through the rows from the last one to the first. The first row is the layer nearest to "
    "the picture.",
    ("in layers:", "in layers[::-1]:"),
)
_starts_from_zero = mistake(
    "starts-from-zero",
    "Your size is one too small. Before the first layer a unit is a pixel, and sees itself.",
    ("size, jump = 1, 1", "size, jump = 0, 1"),
)
_LISTED = "its kernel size, its stride, its dilation; the first row is nearest to the picture."
_SIZE_AND_JUMP = (
    "Return two numbers: the size of the receptive field of the whole stack's outputs, in pixels "
    "of the picture, and its jump, the distance in pixels between what two neighboring outputs see."
)
_TAPS = "for dilation, stride, kernel_size in layers"
_START = edited(
    _FIELD,
    ("size, jump = 1, 1", "start, size, jump = 0, 1, 1"),
    (_FOR, "for kernel_size, stride, dilation, padding in layers"),
    (f"    {_GROWTH}", f"    start -= padding * jump\n        {_GROWTH}"),
    ("return size, jump", "return start, start + size - 1"),
)
_EACH = edited(
    _FIELD,
    ("size, jump = 1, 1", "sizes = []\n    size, jump = 1, 1"),
    ("        jump *= stride", "        sizes.append(size)\n        jump *= stride"),
    ("return size, jump", "return sizes"),
)
_SHARED = edited(_FIELD, ("return size, jump", "return max(size - jump, 0), size + jump"))

see_through_layers = Family(
    name="see_through_layers",
    skills="Follows size and jump of the receptive field through a stack, by given conventions.",
    points=3,
    variants=(
        _see(
            "dilation_comes_first",
            "Dilation, stride, kernel",
            "The three numbers of a row are its **dilation**, its **stride**, its **kernel size**, "
            f"in this order; the first row is nearest to the picture. {_SIZE_AND_JUMP}",
            edited(_FIELD, (_FOR, _TAPS)),
            (
                mistake(
                    "takes-kernel-for-dilation",
                    "You take the first number for the kernel size and the last one for the "
                    "dilation. Here it is the other way round.",
                    (_TAPS, _FOR),
                ),
                _ignores_the_jump,
                _too_early,
                _no_dilation,
                _whole_kernels,
                _whole_stretches,
                *_JUMPS,
                _goes_downwards,
                _starts_from_zero,
            ),
            "Whatever the order of the columns: size grows by what sticks out, in steps of the "
            "jump.",
            inputs=_reordered(2, 1, 0),
            example=((1, 2, 3), (3, 1, 2)),
        ),
        _see(
            "from_the_top",
            "From the top down",
            "The three numbers of a row are its kernel size, its stride, its dilation; the "
            "**last** row is nearest to the picture, and the first row is the layer whose outputs "
            f"are asked about. {_SIZE_AND_JUMP}",
            edited(_FIELD, ("in layers", "in layers[::-1]")),
            (
                mistake(
                    "starts-from-the-last-layer",
                    "You go through the rows as they are listed. Here the last row is the layer "
                    "nearest to the picture.",
                    ("in layers[::-1]", "in layers"),
                ),
                _ignores_the_jump,
                _too_early,
                _no_dilation,
                _whole_kernels,
                _whole_stretches,
                *_JUMPS,
                _starts_from_zero,
            ),
            "From the picture upwards: a stride widens the steps of the layers behind it.",
            inputs=_from_the_top,
            example=((2, 1, 3), (3, 2, 1)),
        ),
        _see(
            "counted_in_holes",
            "Counted in holes",
            "The three numbers of a row are its kernel size, its stride, and how many **holes** "
            "lie between neighboring weights, 0 for an ordinary kernel; the first row is nearest "
            f"to the picture. {_SIZE_AND_JUMP}",
            edited(
                _FIELD,
                ("stride, dilation in", "stride, holes in"),
                ("dilation * (", "(holes + 1) * ("),
            ),
            (
                mistake(
                    "takes-holes-for-the-distance",
                    "You take the holes for the distance. With one hole between them, neighbors "
                    "lie two pixels apart.",
                    ("(holes + 1)", "holes"),
                ),
                mistake(
                    "adds-a-hole-behind",
                    "Behind each weight you count a hole, the last one too. There are fewer holes "
                    "than weights.",
                    (
                        "(holes + 1) * (kernel_size - 1) * jump",
                        "((holes + 1) * kernel_size - 1) * jump",
                    ),
                ),
                mistake(
                    "counts-holes-once",
                    "You count the holes of one gap only. There is one gap for each pair of "
                    "neighbors.",
                    ("(holes + 1) * (kernel_size - 1)", "(kernel_size - 1 + holes)"),
                ),
                mistake(
                    "ignores-the-jump",
                    "You add what each kernel covers as if its inputs were pixels. Behind a stride "
                    "they lie several pixels apart.",
                    ("(kernel_size - 1) * jump", "(kernel_size - 1)"),
                ),
                mistake(
                    "ignores-the-dilation",
                    "Right where no kernel has holes. Holes make a kernel reach farther.",
                    ("(holes + 1) * ", ""),
                ),
                mistake(
                    _too_early.name,
                    _too_early.hint,
                    ("(kernel_size - 1) * jump", "(kernel_size - 1) * jump * stride"),
                ),
                _adds_the_strides,
                _last_stride_only,
                mistake(
                    _dilates_the_jump.name,
                    _dilates_the_jump.hint,
                    ("jump *= stride", "jump *= stride * (holes + 1)"),
                ),
                _goes_downwards,
                _starts_from_zero,
            ),
            "One more than the holes is the distance, and one less than the weights the number of "
            "distances.",
            inputs=_with_holes,
            example=((3, 2, 0), (2, 1, 2)),
        ),
        _see(
            "first_and_last_pixel",
            "From which pixel to which",
            "The four numbers of a row are its kernel size, its stride, its dilation, and its "
            "padding, so many pixels **on each side**; the first row is nearest to the picture. "
            "Return two numbers: the first and the last pixel of the picture's axis that the "
            "**first** output of the last layer depends on. Pixels of the picture are numbered "
            "from 0. In every layer, padded places count as if the picture went on there: what "
            "lies before pixel 0 has negative numbers. The picture is long enough.",
            _START,
            (
                mistake(
                    "ignores-the-padding",
                    "Your first output begins at pixel 0. With padding, windows begin before the "
                    "picture.",
                    ("start -= padding * jump", "start -= 0"),
                ),
                mistake(
                    "padding-in-pixels",
                    "You count the padding of every layer in pixels. Behind a stride, a padded "
                    "place stands for several pixels.",
                    ("padding * jump", "padding"),
                ),
                mistake(
                    "one-pixel-too-many",
                    "You return the first pixel **behind** the field. The last one inside is "
                    "asked for.",
                    ("start + size - 1", "start + size"),
                ),
                mistake(
                    "returns-the-size",
                    "Your second number is the size of the field. Which pixel is its last?",
                    ("return start, start + size - 1", "return start, size"),
                ),
                mistake(
                    "padding-moves-it-forward",
                    "Your padding moves the first output to the right. It lets windows begin "
                    "earlier.",
                    ("start -= padding", "start += padding"),
                ),
                mistake(
                    "stops-at-the-picture",
                    "Your first number is never below 0. What lies before the picture counts, too.",
                    ("return start,", "return max(start, 0),"),
                ),
                _ignores_the_jump,
                _no_dilation,
                _too_early,
                *_JUMPS,
                _goes_downwards,
            ),
            "Padding moves the first window to the left, in steps of the jump.",
            inputs=_with_padding,
            example=((3, 2, 1, 1), (2, 1, 3, 1)),
        ),
        _see(
            "after_every_layer",
            "After every layer",
            f"The three numbers of a row are {_LISTED} Return a list with **one number for each "
            "layer**: the size of the receptive field of its outputs, in pixels of the picture.",
            _EACH,
            (
                mistake(
                    "counts-the-picture-too",
                    "Your list begins with the picture itself. There is one number for each layer.",
                    ("sizes = []", "sizes = [1]"),
                ),
                mistake(
                    "lists-the-growth",
                    "You list by how much the field grows with each layer. Its size is asked for.",
                    (
                        "sizes.append(size)",
                        "sizes.append(dilation * (kernel_size - 1) * jump)",
                    ),
                ),
                mistake(
                    "lists-each-layer-for-itself",
                    "You list over how many pixels each kernel stretches. What it reads are "
                    "outputs of the layer below.",
                    ("sizes.append(size)", "sizes.append(dilation * (kernel_size - 1) + 1)"),
                ),
                _ignores_the_jump,
                _too_early,
                _no_dilation,
                _whole_kernels,
                *_JUMPS,
                _goes_downwards,
                _starts_from_zero,
            ),
            "Layer by layer the field grows, and behind a stride it grows faster.",
        ),
        _see(
            "shared_by_neighbors",
            "Shared by neighbors",
            f"The three numbers of a row are {_LISTED} Take **two neighboring outputs** of the "
            "last layer, and the stretch from the first to the last pixel that each of them can "
            "see, its receptive field. Return two numbers: how many pixels lie in **both** "
            "stretches (0 if there are none), and how many pixels lie between the first pixel of "
            "the one and the last pixel of the other, both included.",
            _SHARED,
            (
                mistake(
                    "returns-size-and-jump",
                    "These are the size of one field and the jump. What do two neighbors share?",
                    ("max(size - jump, 0), size + jump", "size, jump"),
                ),
                mistake(
                    "negative-overlap",
                    "Where the fields stand apart, your first number is negative. Then no pixel is "
                    "shared.",
                    ("max(size - jump, 0)", "size - jump"),
                ),
                mistake(
                    "counts-shared-pixels-twice",
                    "You add the sizes of the two fields. What they share is counted twice then.",
                    ("size + jump", "2 * size"),
                ),
                mistake(
                    "neighbors-one-pixel-apart",
                    "You take neighboring outputs to see stretches that are one pixel apart. They "
                    "are a jump apart.",
                    ("max(size - jump, 0), size + jump", "size - 1, size + 1"),
                ),
                _ignores_the_jump,
                _too_early,
                _no_dilation,
                _whole_kernels,
                *_JUMPS,
                _goes_downwards,
                _starts_from_zero,
            ),
            "Size less jump is shared, size plus jump is seen in all.",
        ),
    ),
)


def _path_inputs(rng: np.random.Generator) -> Iterator[tuple[int, Array]]:
    for kernel_size, dilations in (
        (3, (1,)),
        (2, (3,)),
        (3, (2,)),
        (3, (1, 1)),
        (2, (1, 2)),
        (3, (1, 2)),
        (3, (2, 2)),
        (2, (2, 5)),
        (3, (1, 4)),
        (4, (2, 1)),
        (3, (2, 4, 2)),
        (2, (1, 3, 3)),
        (3, (1, 2, 5)),
        (3, (3, 5, 2)),
        (2, (1, 2, 4, 7)),
        (3, (2, 2, 9)),
    ):
        yield kernel_size, np.array(dilations, dtype=np.int64)


_PATHS = '''def heard(kernel_size, dilations):
    """Say what an output hears of the pixels in its receptive field."""
    paths = np.ones(1, dtype=int)
    for dilation in dilations:
        longer = np.zeros(len(paths) + dilation * (kernel_size - 1), dtype=int)
        for tap in range(kernel_size):
            longer[tap * dilation : tap * dilation + len(paths)] += paths
        paths = longer
    return ASKED
'''


def _hear(
    name: str,
    title: str,
    what: str,
    asked: str,
    wrong: tuple[tuple[str, str, str], ...],
    success: str,
    more: tuple[Mistake, ...] = (),
    before: str = "",
) -> Exercise:
    """Make the task of writing `heard`: what is asked about the paths from pixels to an output."""
    source = edited(_PATHS, ("    return ASKED", f"{before}    return {asked}"))
    return variant(
        name=name,
        title=title,
        stars=3,
        prompt=(
            "Write `heard(kernel_size, dilations)`. A stack of layers has stride 1 and kernels of "
            "`kernel_size` weights along an axis, none of them 0; the array `dilations` has the "
            "dilation of each layer. The receptive field of an output reaches from the first to "
            "the last pixel that it depends on; the output **hears** a pixel if some path leads "
            f"from it to the output, through one weight of each layer. {what}"
        ),
        shown=(3, np.array([2, 2, 7])),
        source=source,
        inputs=_path_inputs,
        mistakes=(
            *(
                mistake(label, hint, (f"return {asked}", f"return {code}"))
                for label, hint, code in wrong
            ),
            *more,
        ),
        success=success,
        style=GRIDS,
    )


_no_dilations = mistake(
    "ignores-the-dilations",
    "This is what layers without holes give. Do the dilations make no difference?",
    ("for dilation in dilations", "for dilation in np.ones_like(dilations)"),
)
_last_layer_only = mistake(
    "last-layer-only",
    "You look at one layer alone. The pixels are heard through all of them.",
    ("in dilations:", "in dilations[-1:]:"),
)
_holes_for_distances = mistake(
    "takes-dilation-for-the-holes",
    "You put `dilation` empty pixels between neighbors. Dilation is the **distance**: 1 means "
    "that there is no hole.",
    ("for dilation in dilations", "for dilation in dilations + 1"),
)
_RUN = """    longest = run = 0
    for count in paths:
        run = 0 if count else run + 1
        longest = max(longest, run)
"""

hear_through_holes = Family(
    name="hear_through_holes",
    skills="Combines receptive field and holes: counts the paths from pixels to an output.",
    points=5,
    variants=(
        _hear(
            "pixels_heard",
            "How many are heard",
            "Return how many pixels the output hears.",
            "np.count_nonzero(paths)",
            (
                (
                    "counts-the-holes",
                    "You count the whole field, from the first pixel to the last. Those that no "
                    "path reaches do not count.",
                    "len(paths)",
                ),
                (
                    "no-two-paths-meet",
                    "You count paths. Several of them may lead from the same pixel.",
                    "paths.sum()",
                ),
                (
                    "counts-the-unheard",
                    "You count the pixels that are not heard. The others are asked for.",
                    "(paths == 0).sum()",
                ),
                (
                    "adds-up-the-weights",
                    "You add up the weights of the layers. Through each weight of one layer, all "
                    "those of the next are reached.",
                    "kernel_size * len(dilations)",
                ),
            ),
            "The ends of all paths, each counted once: the field may be wide and full of holes.",
            (_no_dilations, _last_layer_only),
        ),
        _hear(
            "pixels_in_the_holes",
            "How many are not",
            "Return how many pixels of the receptive field the output does **not** hear.",
            "(paths == 0).sum()",
            (
                (
                    "counts-the-heard",
                    "You count the pixels that are heard. The others are asked for.",
                    "np.count_nonzero(paths)",
                ),
                (
                    "no-two-paths-meet",
                    "You subtract one pixel for each path. Several paths may lead from the same "
                    "pixel.",
                    "len(paths) - paths.sum()",
                ),
                (
                    "counts-holes-in-the-kernels",
                    "You add up the holes of the kernels. One layer's holes may be filled by "
                    "another layer.",
                    "((dilations - 1) * (kernel_size - 1)).sum()",
                ),
                (
                    "expects-no-holes",
                    "You expect that every pixel of the field is heard.",
                    "0",
                ),
                (
                    "counts-runs",
                    "You count the holes themselves. How many pixels lie in them?",
                    "((paths[1:] == 0) & (paths[:-1] > 0)).sum()",
                ),
            ),
            "What no sum of steps reaches is not heard, however near the middle it is.",
            (_last_layer_only, _holes_for_distances),
        ),
        _hear(
            "most_paths",
            "The pixel heard best",
            "Return by how many paths the pixel is heard from which the **most** paths lead to the "
            "output.",
            "paths.max()",
            (
                (
                    "no-two-paths-meet",
                    "You expect that only one path leads from each pixel.",
                    "1",
                ),
                (
                    "adds-all-paths",
                    "These are the paths from all pixels together. The most from one pixel are "
                    "asked for.",
                    "paths.sum()",
                ),
                (
                    "takes-the-middle",
                    "You take the pixel in the middle of the field. With holes, another one may be "
                    "heard better.",
                    "paths[len(paths) // 2]",
                ),
                (
                    "counts-pixels",
                    "You count the pixels that are heard. How many paths lead from one of them?",
                    "np.count_nonzero(paths)",
                ),
                (
                    "one-path-for-each-weight",
                    "You expect as many paths as a kernel has weights. They meet only where their "
                    "steps agree.",
                    "kernel_size",
                ),
            ),
            "Where steps of different layers add up to the same distance, paths meet.",
            (_no_dilations,),
        ),
        _hear(
            "heard_along_one_path",
            "Along one path only",
            "Return how many pixels are heard along **exactly one** path.",
            "(paths == 1).sum()",
            (
                (
                    "counts-the-heard",
                    "You count all pixels that are heard. Some of them are heard along several "
                    "paths.",
                    "np.count_nonzero(paths)",
                ),
                (
                    "counts-the-others",
                    "You count the pixels that are heard along several paths.",
                    "(paths > 1).sum()",
                ),
                (
                    "the-two-ends-only",
                    "You count the two ends of the field. Other pixels may be heard along one path "
                    "too.",
                    "2",
                ),
                (
                    "no-two-paths-meet",
                    "You count paths. Several of them may lead from the same pixel.",
                    "paths.sum()",
                ),
                (
                    "counts-the-holes-too",
                    "You count pixels that no path reaches as well. Exactly one path is asked for.",
                    "(paths < 2).sum()",
                ),
            ),
            "The two ends always, and as many others as the dilations allow.",
            (_no_dilations,),
        ),
        _hear(
            "longest_silence",
            "The longest silence",
            "Return how many pixels the **longest unbroken row** of pixels has, inside the "
            "receptive field, that the output does not hear: 0 if it hears all of them.",
            "longest",
            (
                (
                    "counts-all-unheard",
                    "You count all pixels that are not heard. The longest row of them without a "
                    "break is asked for.",
                    "(paths == 0).sum()",
                ),
                (
                    "largest-dilation",
                    "You look at the largest dilation alone. Other layers may fill part of its "
                    "holes.",
                    "max(dilations) - 1",
                ),
                (
                    "smallest-dilation",
                    "You look at the smallest dilation alone. Between what it reaches, larger gaps "
                    "may be left.",
                    "min(dilations) - 1",
                ),
                (
                    "counts-distances",
                    "You count the distance from one heard pixel to the next. Between them lies "
                    "one pixel less.",
                    "longest + 1",
                ),
                (
                    "longest-row-heard",
                    "You give the longest row of pixels that **are** heard.",
                    "max(map(len, ''.join('x' if count else ' ' for count in paths).split()))",
                ),
            ),
            "From one end of a path to the next: the widest gap that no layer fills.",
            (_last_layer_only,),
            _RUN,
        ),
        _hear(
            "silent_in_a_square",
            "In a square",
            "The picture has two axes, and all kernels are **square**, `kernel_size` × "
            "`kernel_size` weights, with the same dilation on both axes. Return how many pixels of "
            "the square receptive field the output does **not** hear.",
            "len(paths) ** 2 - np.count_nonzero(paths) ** 2",
            (
                (
                    "squares-the-holes",
                    "You count a pixel only if it lies in a hole on both axes. One axis is enough.",
                    "(paths == 0).sum() ** 2",
                ),
                (
                    "counts-one-axis",
                    "This is right for one axis. The receptive field is a square.",
                    "(paths == 0).sum()",
                ),
                (
                    "counts-the-heard",
                    "You count the pixels that are heard. The others are asked for.",
                    "np.count_nonzero(paths) ** 2",
                ),
                (
                    "counts-crossings-twice",
                    "You add whole rows and whole columns. Where two of them cross, the pixel is "
                    "counted twice.",
                    "2 * len(paths) * (paths == 0).sum()",
                ),
                (
                    "no-two-paths-meet",
                    "You subtract one pixel for each path. Several paths may lead from the same "
                    "pixel.",
                    "len(paths) ** 2 - paths.sum() ** 2",
                ),
            ),
            "A pixel is heard if its row and its column are: all others of the square are lost.",
            (_last_layer_only, _holes_for_distances),
        ),
    ),
)

families = (mend_the_holes, see_through_layers, hear_through_holes)
"""The graded questions, in order."""
