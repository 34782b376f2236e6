"""Graded questions on chapter 05, stride."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import GRIDS, Edit, Mistake, edited, mistake, variant
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray
Pair = tuple[int, int]
Case = tuple[int, int, int, int]


def _loop_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Pair]]:
    for shape, kernel_shape, stride in (
        ((3, 4), (2, 2), (1, 1)),
        ((4, 5), (2, 2), (2, 1)),
        ((4, 5), (2, 2), (1, 2)),
        ((5, 6), (2, 3), (2, 2)),
        ((7, 5), (3, 2), (3, 2)),
        ((6, 8), (3, 2), (2, 4)),
        ((7, 7), (2, 2), (4, 3)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -1, 3), stride


_LOOP = '''def strided(x, kernel, stride):
    """Slide the kernel over x in steps."""
    (H, W), (kh, kw), (sh, sw) = x.shape, kernel.shape, stride
    H_out, W_out = (H - kh) // sh + 1, (W - kw) // sw + 1
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * sh, j * sw
            window = x[top : top + kh, left : left + kw]
            output[i, j] = (window * kernel).sum()
    return output
'''
_CORNER = "top, left = i * sh, j * sw"
_SIZES = "H_out, W_out = (H - kh) // sh + 1, (W - kw) // sw + 1"


def _mend(
    name: str,
    title: str,
    what: str,
    right: tuple[Edit, ...],
    planted: tuple[Edit, ...],
    still: str,
    wrong: tuple[Mistake, ...],
    success: str,
) -> Exercise:
    """Make the task of mending `strided`: what it should do, and what was planted in it."""
    source = edited(_LOOP, *right)
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            f"Mend `strided(x, kernel, stride)`, a cross-correlation in steps. {what} The code "
            "below has **one** bug: find it and mend it, and leave the rest as it is."
        ),
        shown=(
            np.array([[1, 0, 2, 1, 3, 0], [3, 1, 0, 2, 1, 1], [0, 2, 1, 1, 0, 4]]),
            np.array([[1, 2]]),
            (2, 3),
        ),
        source=source,
        planted=planted,
        still=f"This still does what the planted bug does. {still}",
        inputs=_loop_inputs,
        seed=5,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_STEPS = "`stride` is (sh, sw): the window moves by `sh` rows and by `sw` columns at a time."
_NO_PADDING = "It never leaves the picture, and nothing is padded."

mend_the_steps = Family(
    name="mend_the_steps",
    skills="Follows where the windows of a strided loop stand, and finds the line that puts them "
    "elsewhere.",
    points=2,
    variants=(
        _mend(
            "columns_come_first",
            "Columns first",
            "Here `stride` is (sw, sh), **the columns first**: the window moves by `sw` columns "
            f"and by `sh` rows at a time. {_NO_PADDING} The first window stands at the top left, "
            "and what is left over at the far end is not read.",
            (("(sh, sw) = x.shape", "(sw, sh) = x.shape"),),
            (("j * sw", "j"),),
            "How far apart do its windows stand, from left to right?",
            (
                mistake(
                    "swaps-the-strides",
                    "You take the pair as (rows, columns). Here it has the columns first.",
                    ("(sw, sh)", "(sh, sw)"),
                ),
                mistake(
                    "steps-by-the-kernel",
                    "From left to right your windows lie side by side. How far they move is the "
                    "stride.",
                    (("j * sw", "j * kw"), ("x[top", "np.pad(x, ((0, 9), (0, 9)))[top")),
                ),
                mistake(
                    "adds-the-stride",
                    "You shift every window by the stride once. The second window is one stride "
                    "further on, the third two.",
                    (("j * sw", "j + sw"), ("x[top", "np.pad(x, ((0, 9), (0, 9)))[top")),
                    (("j * sw", "j + sw - 1"), ("x[top", "np.pad(x, ((0, 9), (0, 9)))[top")),
                ),
                mistake(
                    "mends-one-axis-and-breaks-the-other",
                    "From left to right the steps are right now. From top to bottom the windows "
                    "are one pixel apart.",
                    ("i * sh", "i"),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your windows are one pixel apart in both directions.",
                    ("i * sh, j * sw", "i, j"),
                ),
            ),
            "Window (i, j) stands i·sh rows down and j·sw columns across, whichever of them the "
            "pair names first.",
        ),
        _mend(
            "ends_at_the_far_corner",
            "The last window ends at the last pixel",
            f"{_STEPS} {_NO_PADDING} The places are chosen so that the **last** window ends at the "
            "last row and the last column: what is left over lies at the **beginning**, at the top "
            "and at the left.",
            ((_CORNER, "top, left = (H - kh) % sh + i * sh, (W - kw) % sw + j * sw"),),
            (("(W - kw) % sw + j * sw", "j * sw"),),
            "Which columns does the last window of a row read?",
            (
                mistake(
                    "leaves-the-rest-at-the-far-end",
                    "Your first window stands at the top left, and the rest is left over at the "
                    "far end. Here it is the other way round.",
                    (("(H - kh) % sh + ", ""), ("(W - kw) % sw + ", "")),
                ),
                mistake(
                    "splits-the-rest",
                    "You share out what is left over to both ends. All of it lies at the beginning "
                    "here.",
                    (("% sh +", "% sh // 2 +"), ("% sw +", "% sw // 2 +")),
                ),
                mistake(
                    "mends-one-axis-and-breaks-the-other",
                    "The columns end as they should now. The rows no longer do.",
                    ("(H - kh) % sh + ", ""),
                ),
                mistake(
                    "mirrors-the-output",
                    "The windows are right, but the last one comes first in the output.",
                    (
                        "(H - kh) % sh + i * sh, (W - kw) % sw + j * sw",
                        "H - kh - i * sh, W - kw - j * sw",
                    ),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your windows are one pixel apart. They should be `sh` rows and `sw` columns "
                    "apart.",
                    (
                        ("(H - kh) % sh + i * sh", "i"),
                        ("(W - kw) % sw + j * sw", "j"),
                    ),
                ),
            ),
            "The remainder goes before the first window, on both axes.",
        ),
        _mend(
            "rest_on_both_sides",
            "What is left over, on both sides",
            f"{_STEPS} {_NO_PADDING} The rows and columns that are left over are shared out to "
            "**both** ends of their axis: half of them lie before the first window and half behind "
            "the last one. Where their number is odd, the **larger** half lies behind.",
            ((_CORNER, "top, left = (H - kh) % sh // 2 + i * sh, (W - kw) % sw // 2 + j * sw"),),
            (("% sh // 2", "% sh"), ("% sw // 2", "% sw")),
            "How many of the rows that are left over lie behind its last window?",
            (
                mistake(
                    "larger-half-first",
                    "The rest is shared out, and the larger half lies before the first window. "
                    "It belongs behind the last one.",
                    (
                        ("(H - kh) % sh // 2", "((H - kh) % sh + 1) // 2"),
                        ("(W - kw) % sw // 2", "((W - kw) % sw + 1) // 2"),
                    ),
                ),
                mistake(
                    "mends-the-rows-only",
                    "The rows that are left over are shared out now. The columns still lie before "
                    "the first window.",
                    ("% sw // 2", "% sw"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "The columns that are left over are shared out now. The rows still lie before "
                    "the first window.",
                    ("% sh // 2", "% sh"),
                ),
                mistake(
                    "leaves-the-rest-at-the-far-end",
                    "All that is left over lies at the far end here. Half of it belongs before the "
                    "first window.",
                    (("(H - kh) % sh // 2 + ", ""), ("(W - kw) % sw // 2 + ", "")),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your windows are one pixel apart. They should be `sh` rows and `sw` columns "
                    "apart.",
                    (
                        ("(H - kh) % sh // 2 + i * sh", "i"),
                        ("(W - kw) % sw // 2 + j * sw", "j"),
                    ),
                ),
            ),
            "The windows stand in the middle of the picture, as well as it goes.",
        ),
        _mend(
            "last_window_hangs_over",
            "The last window may hang over",
            f"{_STEPS} The first window stands at the top left. If rows or columns are left over "
            "at the far end, **one more** window stands one step further on and hangs over the "
            "border, even where all of it lies outside; outside the picture it reads zeros. If "
            "nothing is left over, no window is added.",
            (
                (_SIZES, "H_out, W_out = -(-(H - kh) // sh) + 1, -(-(W - kw) // sw) + 1"),
                (
                    "    output = np.zeros",
                    "    padded = np.pad(x, ((0, sh), (0, sw)))\n    output = np.zeros",
                ),
                ("window = x[", "window = padded["),
            ),
            (
                ("-(-(H - kh) // sh) + 1", "(H - kh) // sh + 2"),
                ("-(-(W - kw) // sw) + 1", "(W - kw) // sw + 2"),
            ),
            "Is a window added where nothing is left over?",
            (
                mistake(
                    "rounds-down",
                    "You take only the steps that fit, so that what is left over stays unread.",
                    (
                        ("-(-(H - kh) // sh)", "(H - kh) // sh"),
                        ("-(-(W - kw) // sw)", "(W - kw) // sw"),
                    ),
                ),
                mistake(
                    "mends-the-rows-only",
                    "The rows are right now. From left to right a window is added always.",
                    ("-(-(W - kw) // sw) + 1", "(W - kw) // sw + 2"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "The columns are right now. From top to bottom a window is added always.",
                    ("-(-(H - kh) // sh) + 1", "(H - kh) // sh + 2"),
                ),
                mistake(
                    "reads-the-border-again",
                    "Where a window hangs over, you repeat the border pixel. Zeros are asked for.",
                    ("(0, sw)))", "(0, sw)), mode='edge')"),
                ),
                mistake(
                    "pushes-the-last-window-back",
                    "You push the last window back until it fits. It should hang over, as far as "
                    "its step takes it.",
                    (_CORNER, "top, left = min(i * sh, H - kh), min(j * sw, W - kw)"),
                ),
            ),
            "Rounded up: one more window only where something is left to read.",
        ),
        _mend(
            "begins_after_a_step",
            "It begins one step late",
            f"{_STEPS} {_NO_PADDING} Of every `sh` neighboring places along the rows it keeps the "
            "**last** one, and of every `sw` along the columns likewise: the first window begins "
            "at row `sh - 1` and column `sw - 1`. What is left over at the far end is not read.",
            (
                (_SIZES, "H_out, W_out = (H - kh + 1) // sh, (W - kw + 1) // sw"),
                (_CORNER, "top, left = i * sh + sh - 1, j * sw + sw - 1"),
            ),
            ((" + sh - 1", " + sh // 2"), (" + sw - 1", " + sw // 2")),
            "Of three neighboring places, is the last one kept?",
            (
                mistake(
                    "begins-at-the-first-pixel",
                    "Your first window stands at the top left: you keep the first place of every "
                    "group. The last one is asked for.",
                    ((" + sh - 1", ""), (" + sw - 1", "")),
                ),
                mistake(
                    "mends-the-rows-only",
                    "The rows begin where they should now. The columns do not yet.",
                    (" + sw - 1", " + sw // 2"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "The columns begin where they should now. The rows do not yet.",
                    (" + sh - 1", " + sh // 2"),
                ),
                mistake(
                    "one-place-too-far",
                    "Your first window begins at row `sh` and column `sw`, one place behind the "
                    "one that is asked for.",
                    (
                        (" + sh - 1", " + sh"),
                        (" + sw - 1", " + sw"),
                        ("window = x[", "window = np.pad(x, ((0, 1), (0, 1)))["),
                    ),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your windows are one pixel apart. They should be `sh` rows and `sw` columns "
                    "apart.",
                    (("i * sh", "i"), ("j * sw", "j")),
                ),
            ),
            "The last of every group of places: with (H − kh + 1) // sh groups, all of them fit.",
        ),
        _mend(
            "written_where_it_stands",
            "Written where the window stands",
            f"{_STEPS} {_NO_PADDING} The output is **as large as the picture**: each sum is "
            "written at the pixel where its window begins, its top left one, and all other pixels "
            "of the output are 0.",
            (
                ("output = np.zeros((H_out, W_out))", "output = np.zeros((H, W))"),
                ("output[i, j]", "output[top, left]"),
            ),
            (("output[top, left]", "output[i, j]"),),
            "Where does the second window begin?",
            (
                mistake(
                    "mends-the-rows-only",
                    "Each sum stands in the right row now. The columns are still closed up.",
                    ("output[top, left]", "output[top, j]"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "Each sum stands in the right column now. The rows are still closed up.",
                    ("output[top, left]", "output[i, left]"),
                ),
                mistake(
                    "closes-the-gaps",
                    "You return the small output. It should be as large as the picture, with zeros "
                    "between.",
                    (("np.zeros((H, W))", "np.zeros((H_out, W_out))"), ("[top, left]", "[i, j]")),
                ),
                mistake(
                    "writes-at-the-last-pixel",
                    "You write each sum where its window ends. It belongs where the window begins.",
                    ("output[top, left]", "output[top + kh - 1, left + kw - 1]"),
                ),
                mistake(
                    "fills-the-whole-window",
                    "You write each sum into all pixels of its window. Only the first one gets it.",
                    ("output[top, left]", "output[top : top + kh, left : left + kw]"),
                ),
                mistake(
                    "ignores-the-stride",
                    "You place a window on every pixel. They should be `sh` rows and `sw` columns "
                    "apart.",
                    (
                        (_SIZES, "H_out, W_out = H - kh + 1, W - kw + 1"),
                        (_CORNER, "top, left = i, j"),
                    ),
                ),
            ),
            "Each sum stays where it was read, with zeros between: this is the output before the "
            "gaps are closed.",
        ),
    ),
)


def _place_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (4, 2, 1, 0),
        (5, 3, 2, 0),
        (6, 3, 2, 0),
        (6, 2, 3, 1),
        (7, 3, 2, 1),
        (8, 3, 3, 2),
        (9, 5, 4, 2),
        (8, 5, 3, 2),
        (11, 4, 3, 1),
        (10, 2, 4, 0),
        (12, 5, 3, 3),
    )


def _odd_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (4, 1, 1, 0),
        (5, 3, 2, 0),
        (6, 3, 2, 0),
        (6, 3, 3, 1),
        (7, 3, 2, 1),
        (8, 5, 3, 2),
        (9, 5, 4, 2),
        (11, 3, 3, 1),
        (10, 1, 4, 0),
        (12, 7, 3, 3),
    )


_PLACES = '''def window_places(size, kernel_size, stride, padding):
    """Return where the windows stand along an axis."""
    starts = range(FIRST, BEHIND, stride)
    return [PLACE for start in starts]
'''
_MORE = '''def window_places(size, kernel_size, stride, padding):
    """Return where the windows stand along an axis."""
    starts = list(range(-padding, size + padding - kernel_size + 1, stride))
    following = starts[-1] + stride
    if starts[-1] + kernel_size < size + padding and following < size:
        starts.append(following)
    return starts
'''
_BACKWARDS = '''def window_places(size, kernel_size, stride, padding):
    """Return where the windows stand along an axis."""
    last = size + padding - kernel_size
    return list(range(last, -padding - 1, -stride))[::-1]
'''
_LEFT_OVER = "if starts[-1] + kernel_size < size + padding"
_LAST = "size + padding - kernel_size + 1"


def _places(
    name: str,
    title: str,
    what: str,
    source: str,
    wrong: tuple[Mistake, ...],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[Case]] = _place_inputs,
    padding: str = "`padding` pixels are added on each side of it.",
    example: Case = (7, 3, 2, 1),
) -> Exercise:
    """Make the task of writing `window_places`: how the windows stand, and what is reported."""
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            "Write `window_places(size, kernel_size, stride, padding)`. An axis has `size` pixels, "
            f"numbered from 0; {padding} A window of `kernel_size` pixels moves along it by "
            f"`stride` pixels at a time. {what}"
        ),
        shown=example,
        source=source,
        inputs=inputs,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


def _list(place: str, first: str, behind: str) -> str:
    return edited(_PLACES, ("PLACE", place), ("FIRST", first), ("BEHIND", behind))


_STARTS = _list("start", "-padding", _LAST)
_ENDS = _list("start + kernel_size - 1", "0", "size + 2 * padding - kernel_size + 1")
_MIDDLES = _list("start + kernel_size // 2", "-padding", _LAST)
_BEFORE_ONLY = _list("start", "-padding", "size - kernel_size + 1")
_FIRST_FITS = (
    "The first window stands at the very beginning of the padding, and no window leaves the "
    "padded axis."
)
_ignores_the_stride = mistake(
    "ignores-the-stride",
    "Your windows are one pixel apart. They should be `stride` pixels apart.",
    (", stride)\n", ")\n"),
)
_steps_by_the_kernel = mistake(
    "steps-by-the-kernel",
    "Your windows lie side by side. How far they move is the stride.",
    (", stride)\n", ", kernel_size)\n"),
)
_ignores_the_padding = mistake(
    "ignores-the-padding",
    "You let windows stand on the axis itself only. They may also stand on the pixels that were "
    "added.",
    (("-padding", "0"), ("size + padding", "size")),
)

list_the_places = Family(
    name="list_the_places",
    skills="Says where windows stand from size, kernel, stride and padding, in given coordinates.",
    points=3,
    variants=(
        _places(
            "first_pixels",
            "Where each window begins",
            f"{_FIRST_FITS} Return the list of the pixels at which the windows begin, from left to "
            "right. Pixels of the padding before the axis have **negative** numbers.",
            _STARTS,
            (
                mistake(
                    "counts-from-the-padding",
                    "You number the pixels from the beginning of the padding. Number 0 is the "
                    "first pixel of the axis itself.",
                    ("[start", "[start + padding"),
                ),
                mistake(
                    "pads-one-side-only",
                    "You add pixels before the axis and none behind it.",
                    ("size + padding", "size"),
                ),
                mistake(
                    "forgets-the-last-place",
                    "A window that just fits is missing at the far end.",
                    ("kernel_size + 1", "kernel_size"),
                ),
                mistake(
                    "lets-windows-hang-over",
                    "Your last windows hang over the far end. A window that does not fit is not "
                    "placed.",
                    (_LAST, "size + padding"),
                    (_LAST, "size"),
                ),
                _ignores_the_padding,
                _ignores_the_stride,
                _steps_by_the_kernel,
            ),
            "From `-padding` on in steps of the stride, as long as the window fits.",
        ),
        _places(
            "last_pixels",
            "Where each window ends",
            f"{_FIRST_FITS} Return the list of the **last** pixels that the windows cover, from "
            "left to right. Here the pixels of the padded axis are counted: number 0 is the first "
            "pixel of the **padding**.",
            _ENDS,
            (
                mistake(
                    "gives-the-beginnings",
                    "These are the pixels at which the windows begin. Where do they end?",
                    ("start + kernel_size - 1 for", "start for"),
                ),
                mistake(
                    "ends-behind-the-window",
                    "You give the first pixel behind each window. Its own last pixel is one less.",
                    ("start + kernel_size - 1 for", "start + kernel_size for"),
                ),
                mistake(
                    "counts-from-the-axis",
                    "You number the pixels from the beginning of the axis itself. Here the padding "
                    "is counted too.",
                    ("kernel_size - 1 for", "kernel_size - 1 - padding for"),
                ),
                mistake(
                    "counts-padding-once",
                    "You count the padding once. It is added at both ends of the axis.",
                    ("2 * padding", "padding"),
                ),
                mistake(
                    "forgets-the-last-place",
                    "A window that just fits is missing at the far end.",
                    ("padding - kernel_size + 1", "padding - kernel_size"),
                ),
                mistake(
                    "lets-windows-hang-over",
                    "Your last windows hang over the far end. A window that does not fit is not "
                    "placed.",
                    ("padding - kernel_size + 1", "padding"),
                ),
                _ignores_the_stride,
                _steps_by_the_kernel,
            ),
            "A window ends `kernel_size - 1` pixels behind the one at which it begins.",
        ),
        _places(
            "one_more_at_the_end",
            "One more at the end",
            "The first window stands at the very beginning of the padding. If pixels of the padded "
            "axis are left over behind the last window that fits, **one more** window stands one "
            "step further on and hangs over, but only if it begins inside the picture or before "
            "it, **not** in the padding behind it. (PyTorch calls this `ceil_mode`.) Return the "
            "list of the pixels at which the windows begin, from left to right. Pixels of the "
            "padding before the axis have negative numbers.",
            _MORE,
            (
                mistake(
                    "rounds-down",
                    "You place only windows that fit. What is left over gets one more.",
                    (_LEFT_OVER + " and following < size", "if False"),
                ),
                mistake(
                    "begins-in-the-padding-behind",
                    "Your last window may begin in the padding behind the axis, where it would "
                    "read nothing of the picture.",
                    (" and following < size:", ":"),
                ),
                mistake(
                    "always-one-more",
                    "You add a window even where nothing is left over.",
                    (_LEFT_OVER + " and", "if"),
                ),
                mistake(
                    "overlooks-the-padding-behind",
                    "You add a window only if pixels of the picture are left over. Padding that is "
                    "left over counts as well.",
                    ("kernel_size < size + padding and", "kernel_size < size and"),
                ),
                mistake(
                    "counts-from-the-padding",
                    "You number the pixels from the beginning of the padding. Number 0 is the "
                    "first pixel of the axis itself.",
                    ("return starts", "return [start + padding for start in starts]"),
                ),
                mistake(
                    "ignores-the-padding",
                    "You let windows stand on the axis itself only. They may also stand on the "
                    "pixels that were added.",
                    (
                        ("-padding", "0"),
                        ("size + padding -", "size -"),
                        ("size + padding and", "size and"),
                    ),
                ),
            ),
            "One more window for what is left over, if it reads a pixel of the picture at all.",
            example=(8, 3, 2, 1),
        ),
        _places(
            "from_the_far_end",
            "Counted from the far end",
            "The **last** window ends at the very end of the padding behind the axis, and from "
            "there the windows go back in steps of `stride`, as long as none leaves the padded "
            "axis: what is left over lies at the beginning. Return the list of the pixels at which "
            "the windows begin, **from left to right**. Pixels of the padding before the axis have "
            "negative numbers.",
            _BACKWARDS,
            (
                mistake(
                    "begins-at-the-beginning",
                    "Your first window stands at the beginning of the padding. Here the last one "
                    "stands at its end.",
                    (
                        "list(range(last, -padding - 1, -stride))[::-1]",
                        "list(range(-padding, last + 1, stride))",
                    ),
                ),
                mistake(
                    "lists-from-right-to-left",
                    "The places are right. The list should go from left to right.",
                    ("[::-1]", ""),
                ),
                mistake(
                    "forgets-the-first-place",
                    "A window that just fits is missing at the beginning.",
                    ("-padding - 1", "-padding"),
                ),
                mistake(
                    "one-pixel-too-far",
                    "Your last window ends one pixel behind the padding.",
                    ("last = size", "last = 1 + size"),
                ),
                mistake(
                    "counts-from-the-padding",
                    "You number the pixels from the beginning of the padding. Number 0 is the "
                    "first pixel of the axis itself.",
                    (
                        ("last = size + padding", "last = size + 2 * padding"),
                        ("-padding - 1", "-1"),
                    ),
                ),
                mistake(
                    "ignores-the-padding",
                    "You let windows stand on the axis itself only. They may also stand on the "
                    "pixels that were added.",
                    (("size + padding", "size"), ("-padding - 1", "-1")),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your windows are one pixel apart. They should be `stride` pixels apart.",
                    ("-stride", "-1"),
                ),
            ),
            "Back from the end in whole steps: what is left over is left over in front.",
            example=(8, 3, 2, 1),
        ),
        _places(
            "padded_before_only",
            "Padding before the axis only",
            "The first window stands at the very beginning of the padding, and no window leaves "
            "the axis at its end. Return the list of the pixels at which the windows begin, from "
            "left to right. Pixels of the padding have **negative** numbers.",
            _BEFORE_ONLY,
            (
                mistake(
                    "pads-both-sides",
                    "You add pixels behind the axis too. Here nothing is added there.",
                    ("size - kernel_size", "size + padding - kernel_size"),
                ),
                mistake(
                    "counts-from-the-padding",
                    "You number the pixels from the beginning of the padding. Number 0 is the "
                    "first pixel of the axis itself.",
                    ("[start", "[start + padding"),
                ),
                mistake(
                    "forgets-the-last-place",
                    "A window that just fits is missing at the far end.",
                    ("kernel_size + 1", "kernel_size"),
                ),
                mistake(
                    "lets-windows-hang-over",
                    "Your last windows hang over the far end. A window that does not fit is not "
                    "placed.",
                    ("size - kernel_size + 1", "size"),
                ),
                mistake(
                    "ignores-the-padding",
                    "Your first window stands on the axis itself. It should stand at the beginning "
                    "of the padding.",
                    ("-padding", "0"),
                ),
                _ignores_the_stride,
                _steps_by_the_kernel,
            ),
            "Early starts and no late ends: a window ends at the latest with the axis.",
            padding="`padding` pixels are added **before** it, and none behind.",
        ),
        _places(
            "middle_pixels",
            "The pixel in the middle",
            f"{_FIRST_FITS} `kernel_size` is odd. Return the list of the pixels on which the "
            "**middle** of each window lies, from left to right. Pixels of the padding before the "
            "axis have negative numbers.",
            _MIDDLES,
            (
                mistake(
                    "gives-the-beginnings",
                    "These are the pixels at which the windows begin. Where is the middle of each?",
                    ("start + kernel_size // 2 for", "start for"),
                ),
                mistake(
                    "one-pixel-behind-the-middle",
                    "You count one pixel too many to the middle: in a window of 3 it is the "
                    "second pixel, one step from the first.",
                    ("kernel_size // 2 for", "kernel_size // 2 + 1 for"),
                ),
                mistake(
                    "counts-from-the-padding",
                    "You number the pixels from the beginning of the padding. Number 0 is the "
                    "first pixel of the axis itself.",
                    ("[start", "[padding + start"),
                ),
                mistake(
                    "forgets-the-last-place",
                    "A window that just fits is missing at the far end.",
                    ("kernel_size + 1", "kernel_size"),
                ),
                mistake(
                    "one-middle-for-each-step-on-the-axis",
                    "You begin with the middle on pixel 0. The first window stands at the "
                    "beginning of the padding, however much there is.",
                    (
                        ("start + kernel_size // 2 for", "start for"),
                        ("range(-padding", "range(0"),
                        (_LAST, "size"),
                    ),
                ),
                mistake(
                    "lets-windows-hang-over",
                    "Your last windows hang over the far end. A window that does not fit is not "
                    "placed.",
                    (_LAST, "size + padding"),
                ),
                _ignores_the_padding,
                _ignores_the_stride,
            ),
            "Half a kernel behind the pixel at which the window begins.",
            inputs=_odd_inputs,
        ),
    ),
)


_READS = '''def pixels(height, width, kernel_size, stride):
    """Count pixels by how the windows read them."""
    reads = np.zeros((height, width), dtype=int)
    for i in range(0, height - kernel_size + 1, stride):
        for j in range(0, width - kernel_size + 1, stride):
            reads[i : i + kernel_size, j : j + kernel_size] += 1
    return COUNTED
'''
_SPAN = (
    "    return",
    "    bottom, right = i + kernel_size, j + kernel_size\n    return",
)
_GAPS = edited(_READS, ("COUNTED", "(reads[:bottom, :right] == 0).sum()"), _SPAN)
_REST = edited(_READS, ("COUNTED", "height * width - bottom * right"), _SPAN)
_TWO_LAYERS = '''def pixels(height, width, kernel_size, stride):
    """Count pixels by how the windows read them."""

    def used(size, needed):
        read = np.zeros(size, dtype=bool)
        for place in range((size - kernel_size) // stride + 1):
            if needed is None or needed[place]:
                read[place * stride : place * stride + kernel_size] = True
        return read

    def used_by_both(size):
        return used(size, used((size - kernel_size) // stride + 1, None))

    rows, columns = used_by_both(height), used_by_both(width)
    return height * width - rows.sum() * columns.sum()
'''
_BOTH_LAYERS = "used(size, used((size - kernel_size) // stride + 1, None))"


def _read_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (3, 4, 2, 1),
        (3, 4, 3, 1),
        (4, 4, 2, 3),
        (5, 6, 2, 3),
        (6, 5, 3, 2),
        (6, 8, 3, 1),
        (7, 9, 1, 3),
        (8, 7, 3, 4),
        (9, 11, 4, 2),
        (10, 13, 4, 3),
        (9, 12, 5, 2),
    )


# An answer that returns one number whatever it is given should be right on few inputs: where
# windows leave gaps no pixel is read twice, and where they overlap there are no gaps.


def _overlapping_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (3, 4, 2, 1),
        (3, 4, 3, 1),
        (5, 6, 2, 3),
        (6, 5, 3, 2),
        (6, 8, 3, 1),
        (8, 7, 3, 4),
        (7, 9, 4, 2),
        (8, 10, 5, 1),
        (10, 13, 4, 3),
        (9, 12, 5, 2),
        (11, 9, 5, 3),
    )


def _gap_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (3, 4, 2, 1),
        (4, 5, 1, 2),
        (5, 6, 2, 3),
        (6, 5, 3, 2),
        (5, 9, 2, 3),
        (7, 9, 1, 3),
        (10, 6, 2, 4),
        (8, 7, 3, 4),
        (9, 12, 4, 2),
        (12, 9, 2, 5),
        (13, 11, 3, 5),
    )


def _leftover_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (3, 4, 2, 1),
        (4, 4, 2, 3),
        (6, 5, 3, 2),
        (5, 7, 2, 3),
        (7, 6, 1, 4),
        (8, 7, 3, 3),
        (8, 10, 3, 4),
        (9, 11, 4, 3),
        (10, 13, 4, 5),
        (9, 12, 5, 2),
        (12, 10, 3, 2),
    )


def _two_layer_inputs(rng: np.random.Generator) -> Iterator[Case]:
    yield from (
        (4, 5, 2, 2),
        (5, 6, 2, 2),
        (6, 5, 2, 3),
        (8, 7, 3, 2),
        (9, 12, 3, 2),
        (12, 11, 2, 3),
        (13, 10, 3, 3),
        (11, 14, 1, 3),
        (14, 13, 4, 2),
    )


def _count(
    name: str,
    title: str,
    what: str,
    source: str,
    wrong: tuple[Mistake, ...],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[Case]] = _read_inputs,
    example: Case = (6, 8, 3, 2),
    more: str = "moves over it without padding, `stride` pixels at a time in both directions.",
) -> Exercise:
    """Make the task of writing `pixels`: what is counted, and what is easily counted instead."""
    function = function_from(source)
    square = mistake(
        "takes-the-picture-for-square",
        "Your number depends on the height of the picture, or on its width, but not on both.",
        lambda height, width, kernel_size, stride: function(height, height, kernel_size, stride),
        lambda height, width, kernel_size, stride: function(width, width, kernel_size, stride),
    )
    return variant(
        name=name,
        title=title,
        stars=3,
        prompt=(
            "Write `pixels(height, width, kernel_size, stride)`. A picture has `height` × `width` "
            f"pixels. A square window of `kernel_size` × `kernel_size` pixels {more} The stride "
            f"may be smaller or larger than the window. {what}"
        ),
        shown=example,
        source=source,
        inputs=inputs,
        mistakes=(*wrong, square),
        success=success,
        style=GRIDS,
    )


def _counted(what: str) -> str:
    return edited(_READS, ("COUNTED", what))


def _by_line(old: str, new: str) -> tuple[Edit, ...]:
    """Count by how often rows and columns are read, each for itself."""
    starts = "    rows = np.zeros(height, dtype=int)\n    columns = np.zeros(width, dtype=int)\n"
    starts += "    for i in range(0, height - kernel_size + 1, stride):\n"
    starts += "        rows[i : i + kernel_size] += 1\n"
    starts += "    for j in range(0, width - kernel_size + 1, stride):\n"
    starts += "        columns[j : j + kernel_size] += 1\n"
    return ((f"    return {old}", f"{starts}    return {new}"),)


_ONCE, _OFTEN = "(reads == 1).sum()", "(reads > 1).sum()"
_AGAIN, _MOST = "(reads[reads > 0] - 1).sum()", "reads.max()"
_WINDOWS = "((height - kernel_size) // stride + 1) * ((width - kernel_size) // stride + 1)"

count_the_pixels = Family(
    name="count_the_pixels",
    skills="Combines places, overlaps, gaps and the remainder to say which pixels are read, and "
    "how often.",
    points=5,
    variants=(
        _count(
            "read_exactly_once",
            "Read exactly once",
            "Return how many pixels of the picture are read by **exactly one** window.",
            _counted(_ONCE),
            (
                mistake(
                    "counts-what-is-read",
                    "These are all pixels that are read. Some of them lie in several windows.",
                    (_ONCE, "(reads > 0).sum()"),
                ),
                mistake(
                    "counts-the-unread",
                    "These are the pixels that no window reads.",
                    (_ONCE, "(reads == 0).sum()"),
                ),
                mistake(
                    "one-direction-is-enough",
                    "You count a pixel if its row or its column lies in one window only. Both "
                    "must, or several windows read it.",
                    _by_line(
                        _ONCE,
                        "((rows[:, None] == 1) | (columns == 1))[rows > 0][:, columns > 0].sum()",
                    ),
                ),
                mistake(
                    "counts-lines",
                    "You count rows and columns. How many pixels lie where they cross?",
                    _by_line(_ONCE, "(rows == 1).sum() + (columns == 1).sum()"),
                ),
                mistake(
                    "counts-windows",
                    "This is the number of windows. How many pixels are in one of them only?",
                    (_ONCE, _WINDOWS),
                ),
                mistake(
                    "counts-readings",
                    "You count readings: a pixel that lies in several windows counts several "
                    "times.",
                    (_ONCE, "reads.sum()"),
                ),
            ),
            "Once down and once across: a pixel that lies in one window only.",
        ),
        _count(
            "read_more_than_once",
            "Read more than once",
            "Return how many pixels of the picture are read by **two or more** windows.",
            _counted(_OFTEN),
            (
                mistake(
                    "counts-exactly-twice",
                    "You count the pixels that lie in exactly two windows. More than two count "
                    "as well.",
                    (_OFTEN, "(reads == 2).sum()"),
                ),
                mistake(
                    "needs-both-directions",
                    "You count a pixel only if windows overlap there in both directions. One of "
                    "them is enough.",
                    _by_line(_OFTEN, "(rows > 1).sum() * (columns > 1).sum()"),
                ),
                mistake(
                    "counts-readings",
                    "You count readings: a pixel that lies in four windows counts four times.",
                    (_OFTEN, "reads[reads > 1].sum()"),
                ),
                mistake(
                    "counts-what-is-read",
                    "These are all pixels that are read. Some of them lie in one window only.",
                    (_OFTEN, "(reads > 0).sum()"),
                ),
                mistake(
                    "counts-what-is-read-once",
                    "These are the pixels that lie in one window only. The others were asked for.",
                    (_OFTEN, "(reads == 1).sum()"),
                ),
                mistake(
                    "counts-crossings-twice",
                    "You add whole rows and whole columns. Where two of them cross, the pixel is "
                    "counted twice.",
                    _by_line(
                        _OFTEN,
                        "(rows > 1).sum() * (columns > 0).sum() + (rows > 0).sum() * (columns > "
                        "1).sum()",
                    ),
                ),
            ),
            "Where windows overlap in one direction or in both, a pixel is read again.",
            inputs=_overlapping_inputs,
        ),
        _count(
            "gaps_between_windows",
            "In the gaps",
            "Return how many pixels lie in the **gaps between** windows: no window reads them, but "
            "they lie inside the rectangle that reaches from the first pixel of the first window "
            "to the last pixel of the last one. What is left over at the far end does not count.",
            _GAPS,
            (
                mistake(
                    "counts-all-unread",
                    "You count what is left over at the far end too. Only the gaps between windows "
                    "are asked for.",
                    ("reads[:bottom, :right]", "reads"),
                ),
                mistake(
                    "counts-the-far-border",
                    "You count what is left over at the far end. The gaps between windows are "
                    "asked for.",
                    ("(reads[:bottom, :right] == 0).sum()", "height * width - bottom * right"),
                ),
                mistake(
                    "needs-both-unread",
                    "You count a pixel only if its row and its column are both unread. One of the "
                    "two is enough.",
                    (
                        "(reads[:bottom, :right] == 0).sum()",
                        "((reads[:bottom, 0] == 0).sum() * (reads[0, :right] == 0).sum())",
                    ),
                ),
                mistake(
                    "counts-crossings-twice",
                    "You add whole rows and whole columns. Where an unread row and an unread "
                    "column cross, the pixel is counted twice.",
                    (
                        "(reads[:bottom, :right] == 0).sum()",
                        "((reads[:bottom, 0] == 0).sum() * right + "
                        "(reads[0, :right] == 0).sum() * bottom)",
                    ),
                ),
                mistake(
                    "counts-lines",
                    "You count unread rows and unread columns. How many pixels lie in them?",
                    (
                        "(reads[:bottom, :right] == 0).sum()",
                        "((reads[:bottom, 0] == 0).sum() + (reads[0, :right] == 0).sum())",
                    ),
                ),
                mistake(
                    "counts-what-is-read",
                    "These are the pixels that are read.",
                    ("reads[:bottom, :right] == 0", "reads > 0"),
                ),
            ),
            "Gaps run through the whole rectangle, and where two of them cross each pixel counts "
            "once.",
            example=(5, 7, 2, 3),
            inputs=_gap_inputs,
        ),
        _count(
            "left_over_at_the_end",
            "Left over at the end",
            "Return how many pixels are **left over at the far end**: those that lie below the "
            "last row or to the right of the last column that any window reads. Pixels in gaps "
            "between windows do not count.",
            _REST,
            (
                mistake(
                    "counts-the-gaps-too",
                    "You count the gaps between windows too. Only what is left over at the far end "
                    "is asked for.",
                    ("height * width - bottom * right", "(reads == 0).sum()"),
                ),
                mistake(
                    "needs-both-unread",
                    "You count only the corner, where rows and columns that are left over cross. "
                    "All their pixels count.",
                    (
                        "height * width - bottom * right",
                        "(height - bottom) * (width - right)",
                    ),
                ),
                mistake(
                    "counts-crossings-twice",
                    "You add whole rows and whole columns. Where they cross in the corner, the "
                    "pixel is counted twice.",
                    (
                        "height * width - bottom * right",
                        "(height - bottom) * width + (width - right) * height",
                    ),
                ),
                mistake(
                    "counts-lines",
                    "You count rows and columns that are left over. How many pixels lie in them?",
                    ("height * width - bottom * right", "height - bottom + width - right"),
                ),
                mistake(
                    "forgets-the-window",
                    "You measure from where the last window begins. It reads `kernel_size` pixels "
                    "from there on.",
                    ("i + kernel_size, j + kernel_size", "i, j"),
                ),
                mistake(
                    "divides-the-size",
                    "You take the remainder of the size by the stride. The first window needs "
                    "room before any step is taken.",
                    (
                        "height * width - bottom * right",
                        "height * width - (height - height % stride) * (width - width % stride)",
                    ),
                ),
            ),
            "All pixels less the rectangle down to the last pixel read.",
            inputs=_leftover_inputs,
        ),
        _count(
            "readings_to_spare",
            "Readings to spare",
            "Each window reads each of its pixels once. The first time that a pixel is read it is "
            "news; return how many readings there are **beyond the first** of their pixel, in all. "
            "(A pixel that lies in four windows adds 3, one that lies in none adds 0.)",
            _counted(_AGAIN),
            (
                mistake(
                    "counts-all-readings",
                    "These are all readings. The first of each pixel does not count.",
                    (_AGAIN, "reads.sum()"),
                ),
                mistake(
                    "subtracts-unread-pixels-too",
                    "You subtract one for every pixel of the picture. One that is never read has "
                    "no first reading.",
                    (_AGAIN, "reads.sum() - height * width"),
                ),
                mistake(
                    "counts-pixels",
                    "You count pixels that are read more than once. Each of them counts by its "
                    "further readings.",
                    (_AGAIN, "(reads > 1).sum()"),
                ),
                mistake(
                    "counts-first-readings-again",
                    "Where a pixel is read more than once, you count its first reading as well.",
                    (_AGAIN, "reads[reads > 1].sum()"),
                ),
                mistake(
                    "counts-what-is-read",
                    "These are the first readings. The others were asked for.",
                    (_AGAIN, "(reads > 0).sum()"),
                ),
                mistake(
                    "subtracts-the-windows",
                    "You subtract one for each window. A first reading belongs to a pixel.",
                    (_AGAIN, f"reads.sum() - {_WINDOWS}"),
                ),
            ),
            "All readings, less one for each pixel that is read at all.",
            inputs=_overlapping_inputs,
        ),
        _count(
            "read_most_often",
            "The pixel that is read most",
            "Return how many windows read the pixel that is read **most often**. The picture may "
            "be too small for as many windows as would meet at a pixel of a large one.",
            _counted(_MOST),
            (
                mistake(
                    "every-weight-meets-it",
                    "You count as many windows as the window has pixels. With longer steps, fewer "
                    "of them meet at a pixel.",
                    (_MOST, "kernel_size**2"),
                ),
                mistake(
                    "takes-the-picture-for-large",
                    "Right for large pictures. In a small one, not all of these windows exist.",
                    (_MOST, "(-(-kernel_size // stride)) ** 2"),
                ),
                mistake(
                    "rounds-down",
                    "You count how often the stride goes into the window, rounded down. The first "
                    "of these windows counts too.",
                    (_MOST, "(kernel_size // stride) ** 2"),
                ),
                mistake(
                    "one-direction-only",
                    "You count the windows that meet along one direction. Windows overlap down and "
                    "across.",
                    _by_line(_MOST, "max(rows.max(), columns.max())"),
                ),
                mistake(
                    "adds-the-directions",
                    "You add the windows down and the windows across. For each place down there "
                    "are all those across.",
                    _by_line(_MOST, "rows.max() + columns.max()"),
                ),
                mistake(
                    "counts-windows",
                    "This is the number of all windows. Do all of them meet at one pixel?",
                    (_MOST, _WINDOWS),
                ),
            ),
            "How many windows meet at a pixel down, times how many across, as far as they exist.",
            inputs=_overlapping_inputs,
        ),
        _count(
            "unused_by_two_layers",
            "Lost to two layers",
            "Return how many pixels of the picture **no** output of the second layer depends on. "
            "(A pixel is lost if no window reads it, or if only such outputs of the first layer "
            "see it as the second layer does not read.)",
            _TWO_LAYERS,
            (
                mistake(
                    "looks-at-the-first-layer-only",
                    "These are the pixels that the first layer does not read. The second layer may "
                    "leave out some of what the first one made.",
                    (_BOTH_LAYERS, "used(size, None)"),
                ),
                mistake(
                    "counts-unread-outputs",
                    "You count outputs of the first layer that the second one does not read. How "
                    "many pixels are lost?",
                    (
                        ("return used(size, used(", "return used("),
                        ("+ 1, None))\n\n", "+ 1, None)\n\n"),
                        ("height * width", "rows.size * columns.size"),
                    ),
                ),
                mistake(
                    "counts-what-is-used",
                    "These are the pixels on which some output depends. The others were asked for.",
                    ("height * width - rows", "rows"),
                ),
                mistake(
                    "needs-both-lost",
                    "You count a pixel only if its row and its column are both lost. One of the "
                    "two is enough.",
                    (
                        "height * width - rows.sum() * columns.sum()",
                        "(height - rows.sum()) * (width - columns.sum())",
                    ),
                ),
                mistake(
                    "counts-lines",
                    "You count rows and columns that are lost. How many pixels lie in them?",
                    (
                        "height * width - rows.sum() * columns.sum()",
                        "height - rows.sum() + width - columns.sum()",
                    ),
                ),
                mistake(
                    "counts-crossings-twice",
                    "You add whole rows and whole columns. Where a lost row and a lost column "
                    "cross, the pixel is counted twice.",
                    (
                        "height * width - rows.sum() * columns.sum()",
                        "(height - rows.sum()) * width + (width - columns.sum()) * height",
                    ),
                ),
            ),
            "What the second layer leaves out takes its pixels with it, unless another output "
            "sees them.",
            inputs=_two_layer_inputs,
            example=(5, 6, 2, 3),
            more="moves over it without padding, `stride` pixels at a time in both directions; "
            "this is the first layer. A second layer with the **same** window and the **same** "
            "stride moves over what comes out of the first one, without padding too.",
        ),
    ),
)

families = (mend_the_steps, list_the_places, count_the_pixels)
"""The graded questions, in order."""
