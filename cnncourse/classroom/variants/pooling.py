"""Graded questions on chapter 06, pooling."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import GRIDS, Edit, Mistake, edited, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray


def _border_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    for shape, k, padding in (
        ((2, 2), 2, 0),
        ((2, 2), 2, 1),
        ((2, 4), 2, 1),
        ((4, 3), 3, 1),
        ((3, 5), 2, 0),
        ((4, 7), 3, 1),
        ((5, 4), 4, 2),
        ((6, 4), 2, 1),
    ):
        yield matrix(rng, shape, -5, 4), k, padding


def _bright_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    for x, k, padding in _border_inputs(rng):
        yield x + 6, k, padding


_POOL = '''def pool(x, k, padding):
    """Pool windows that lie side by side."""
    padded = np.pad(x, padding)
    H_out, W_out = padded.shape[0] // k, padded.shape[1] // k
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = padded[i * k : i * k + k, j * k : j * k + k]
            output[i, j] = window.max()
    return output
'''
_ZEROS = "np.pad(x, padding)"
_DARKEST = "np.pad(x, padding, constant_values=x.min())"
_BRIGHTEST = "np.pad(x, padding, constant_values=x.max())"
_ROUNDED_UP = (
    ("np.pad(x, padding)", "np.pad(x, ((padding, k), (padding, k)))"),
    (
        "padded.shape[0] // k, padded.shape[1] // k",
        "-(-(x.shape[0] + padding) // k), -(-(x.shape[1] + padding) // k)",
    ),
    ("window.max()", "window.sum()"),
)
_INDEXED = (
    (_ZEROS, "np.pad(x, padding, constant_values=x.min() - 1)"),
    (
        "output[i, j] = window.max()",
        "row, column = divmod(window.argmax(), k)\n"
        "            row, column = i * k + row - padding, j * k + column - padding\n"
        "            output[i, j] = row * x.shape[1] + column",
    ),
)


def _mend(
    name: str,
    title: str,
    what: str,
    right: tuple[Edit, ...],
    planted: tuple[Edit, ...],
    still: str,
    wrong: tuple[Mistake, ...],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, int, int]]] = _border_inputs,
    around: str = "is padded by `padding` pixels on each side, at most half of `k`, and is",
    left_over: str = "What is left over at the far end is not read.",
    seed: int = 1,
) -> Exercise:
    """Make the task of mending `pool`: what it should report, and what was planted in it."""
    source = edited(_POOL, *right)
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            f"Mend `pool(x, k, padding)`. The picture {around} cut into windows of `k` × `k` "
            f"pixels, side by side. {left_over} {what} The code below has **one** bug: find it and "
            "mend it, and leave the rest as it is."
        ),
        shown=(np.array([[-3, -1, 4], [-2, -5, 2]]) + (inputs is _bright_inputs) * 6, 2, 1),
        source=source,
        planted=planted,
        still=f"This still does what the planted bug does. {still}",
        inputs=inputs,
        seed=seed,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_does_not_pad = mistake(
    "does-not-pad",
    "You pool the picture without its padding, so that the windows stand elsewhere.",
    ("padded = np.pad(x, padding", "padded = np.pad(x, 0"),
)

mend_the_border = Family(
    name="mend_the_border",
    skills="Says what a pooling reports at the border and how, and finds the line that does "
    "otherwise.",
    points=2,
    variants=(
        _mend(
            "largest_of_real_pixels",
            "The largest of the real pixels",
            "Each window reports its **largest** value, and a padded pixel **never wins**: not "
            "even where all pixels of the picture are negative. (The pixels are whole numbers, and "
            "no whole number is infinite.)",
            ((_ZEROS, _DARKEST),),
            ((_DARKEST, _ZEROS),),
            "Which value wins at the border of a picture whose values are all negative?",
            (
                mistake(
                    "padding-always-wins",
                    "Your padding is as large as the largest pixel, and wins at the border. It "
                    "should never win.",
                    (_DARKEST, _BRIGHTEST),
                ),
                mistake(
                    "compares-without-the-sign",
                    "You compare how far the values are from 0. The largest of −7 and 1 is 1.",
                    ((_DARKEST, _ZEROS), ("window.max()", "np.abs(window).max()")),
                ),
                mistake(
                    "starts-at-zero",
                    "Your largest value is never below 0, inside the picture too.",
                    ("window.max()", "max(window.max(), 0)"),
                ),
                mistake(
                    "averages",
                    "You report the mean of each window. The largest value is asked for.",
                    ("window.max()", "window.mean()"),
                ),
                mistake(
                    "does-not-pad",
                    "You pool the picture without its padding, so that the windows stand "
                    "elsewhere.",
                    (_DARKEST, "x"),
                ),
            ),
            "Padding that is never larger than a pixel never wins.",
        ),
        _mend(
            "smallest_of_real_pixels",
            "The smallest of the real pixels",
            "Each window reports its **smallest** value, and a padded pixel **never wins**. (The "
            "pixels are whole numbers, and no whole number is infinite.)",
            ((_ZEROS, _BRIGHTEST), ("window.max()", "window.min()")),
            ((_BRIGHTEST, _DARKEST),),
            "Which value wins at the border?",
            (
                mistake(
                    "pads-with-zeros",
                    "Your padding is 0. Where all pixels are larger, it wins.",
                    (_BRIGHTEST, _ZEROS),
                ),
                mistake(
                    "takes-the-largest",
                    "You report the largest value of each window. The smallest is asked for.",
                    (("window.min()", "window.max()"), (_BRIGHTEST, _DARKEST)),
                ),
                mistake(
                    "compares-without-the-sign",
                    "You compare how far the values are from 0. The smallest of −7 and 1 is −7.",
                    ("window.min()", "np.abs(window).min()"),
                ),
                mistake(
                    "averages",
                    "You report the mean of each window. The smallest value is asked for.",
                    ("window.min()", "window.mean()"),
                ),
                mistake(
                    "does-not-pad",
                    "You pool the picture without its padding, so that the windows stand "
                    "elsewhere.",
                    (_BRIGHTEST, "x"),
                ),
            ),
            "For a minimum the padding must be large, where for a maximum it must be small.",
            seed=2,
        ),
        _mend(
            "root_of_the_mean_square",
            "The root of the mean square",
            "The padding is zeros, and they count as pixels. Each window reports the root of the "
            "**mean** of its squared values, so that a flat region of value 3 reports 3, inside "
            "the picture. (PyTorch's `lp_pool2d` takes the sum instead.)",
            (("window.max()", "np.sqrt((window**2).mean())"),),
            ((".mean()", ".sum()"),),
            "What does a flat region of value 3 report?",
            (
                mistake(
                    "forgets-the-root",
                    "These are the means of the squares. The root is still missing.",
                    ("np.sqrt((window**2).mean())", "(window**2).mean()"),
                ),
                mistake(
                    "divides-behind-the-root",
                    "You divide the root of the sum by the number of pixels. The mean comes first, "
                    "then the root.",
                    ("np.sqrt((window**2).mean())", "np.sqrt((window**2).sum()) / k**2"),
                ),
                mistake(
                    "squares-the-mean",
                    "You take the mean first, with its signs, and square it. The squares come "
                    "first.",
                    ("np.sqrt((window**2).mean())", "np.sqrt(window.mean() ** 2)"),
                ),
                mistake(
                    "averages-absolute-values",
                    "You take the mean of the values without their signs. Large values should "
                    "count for more: they are squared.",
                    ("np.sqrt((window**2).mean())", "np.abs(window).mean()"),
                ),
                mistake(
                    "divides-by-the-side",
                    "You divide the sum of the squares by `k`. A window has `k` rows of `k` "
                    "pixels.",
                    ("(window**2).mean()", "(window**2).sum() / k"),
                ),
                _does_not_pad,
            ),
            "Square, mean, root, in this order: a flat region keeps its size.",
        ),
        _mend(
            "where_the_largest_is",
            "Where the largest pixel is",
            "Each window reports **where** its largest pixel is, and a padded pixel never wins: "
            "the pixels of the picture, **without the padding**, are numbered from 0, row by row "
            "from left to right. Of equal pixels the first one in this order counts.",
            _INDEXED,
            (("* x.shape[1] + column", "* x.shape[0] + column"),),
            "How many pixels lie between one and the next below it?",
            (
                mistake(
                    "numbers-the-padded-pixels",
                    "You number the pixels of the padded picture. The padding has no numbers here.",
                    (
                        ("row - padding", "row"),
                        ("column - padding", "column"),
                        ("x.shape[1]", "padded.shape[1]"),
                    ),
                ),
                mistake(
                    "numbers-inside-the-window",
                    "You number the pixels of each window. The numbers go over the whole picture.",
                    (
                        "row * x.shape[1] + column",
                        "window.argmax()",
                    ),
                ),
                mistake(
                    "reports-the-value",
                    "You report the largest value itself. Where it is was asked for.",
                    (
                        "row * x.shape[1] + column",
                        "window.max()",
                    ),
                ),
                mistake(
                    "steps-in-padded-rows",
                    "You leave the padding out of rows and columns, but count padded pixels from "
                    "one row to the next.",
                    ("* x.shape[1]", "* padded.shape[1]"),
                ),
                mistake(
                    "numbers-down-the-columns",
                    "You number the pixels column by column. Here they are numbered row by row.",
                    (
                        "row * x.shape[1] + column",
                        "column * x.shape[0] + row",
                    ),
                ),
            ),
            "Row times width plus column, in the picture's own coordinates.",
        ),
        _mend(
            "sums_with_the_remainder",
            "Sums, and the remainder too",
            "Each window reports the **sum** of the pixels of the picture that it covers.",
            _ROUNDED_UP,
            (
                ("-(-(x.shape[0] + padding) // k)", "(x.shape[0] + padding) // k + 1"),
                ("-(-(x.shape[1] + padding) // k)", "(x.shape[1] + padding) // k + 1"),
            ),
            "Is there a window more where nothing is left over?",
            (
                mistake(
                    "rounds-down",
                    "What is left over at the far end is not read. Here it gets windows of its "
                    "own.",
                    (
                        ("-(-(x.shape[0] + padding) // k)", "(x.shape[0] + padding) // k"),
                        ("-(-(x.shape[1] + padding) // k)", "(x.shape[1] + padding) // k"),
                    ),
                ),
                mistake(
                    "mends-the-rows-only",
                    "The rows are right now. From left to right there is a window more always.",
                    ("-(-(x.shape[1] + padding) // k)", "(x.shape[1] + padding) // k + 1"),
                ),
                mistake(
                    "mends-the-columns-only",
                    "The columns are right now. From top to bottom there is a window more always.",
                    ("-(-(x.shape[0] + padding) // k)", "(x.shape[0] + padding) // k + 1"),
                ),
                mistake(
                    "averages",
                    "You report the mean of each window. The sum is asked for.",
                    ("window.sum()", "window.mean()"),
                ),
                mistake(
                    "overlooks-the-padding",
                    "You count the windows as if there were no padding. It takes up room at the "
                    "beginning.",
                    (
                        ("x.shape[0] + padding", "x.shape[0]"),
                        ("x.shape[1] + padding", "x.shape[1]"),
                    ),
                ),
            ),
            "Rounded up, a row of pixels that is left over gets a window, and none is added where "
            "nothing is.",
            around="is padded by `padding` rows of zeros at the **top** and as many columns at the "
            "**left**, none at the other sides, and is",
            left_over="What is left over at the far end gets windows of its own, which hang over; "
            "if nothing is left over, no window is added.",
        ),
        _mend(
            "mean_of_the_row_maxima",
            "The mean of the row maxima",
            "The padding is zeros, and they count as pixels. Each window takes the largest value "
            "of each of its **rows** and reports the mean of these.",
            (("window.max()", "window.max(axis=1).mean()"),),
            (("axis=1", "axis=0"),),
            "Along which axis does NumPy go to find the largest value of a row?",
            (
                mistake(
                    "takes-the-largest",
                    "You report the largest value of the whole window. Each row has one.",
                    (".max(axis=1).mean()", ".max()"),
                ),
                mistake(
                    "maximum-of-the-means",
                    "You take the mean of each row, and report the largest. It is the other way "
                    "round.",
                    (".max(axis=1).mean()", ".mean(axis=1).max()"),
                ),
                mistake(
                    "averages",
                    "You report the mean of all values. Only the largest of each row counts.",
                    (".max(axis=1).mean()", ".mean()"),
                ),
                mistake(
                    "sums-the-row-maxima",
                    "You add up the rows' largest values. Their mean is asked for.",
                    (".max(axis=1).mean()", ".max(axis=1).sum()"),
                ),
                _does_not_pad,
            ),
            "Along axis 1 the columns run, and a row's largest value is found.",
        ),
    ),
)


def _report_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    for shape, kernel_size, stride in (
        ((2, 3), 2, 1),
        ((3, 4), 2, 2),
        ((3, 5), 2, 2),
        ((4, 4), 2, 3),
        ((5, 4), 3, 1),
        ((5, 8), 3, 2),
        ((7, 6), 2, 3),
    ):
        yield matrix(rng, shape, -6, 5), kernel_size, stride


_REPORT = '''def report(x, kernel_size, stride):
    """Return what each window reports."""
    (H, W), k = x.shape, kernel_size
    rows, columns = range(0, H - k + 1, stride), range(0, W - k + 1, stride)
    output = np.zeros((len(rows), len(columns)))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            window = x[top : top + k, left : left + k]
            output[i, j] = window.max()
    return output
'''
_RANGES = "range(0, H - k + 1, stride), range(0, W - k + 1, stride)"
_EVERY_START = "range(0, H, stride), range(0, W, stride)"
_WINDOW = "x[top : top + k, left : left + k]"
_AROUND = 'np.pad(x, ((0, k), (0, k)), mode="wrap")'


def _write(
    name: str,
    title: str,
    where: str,
    what: str,
    right: tuple[Edit, ...],
    wrong: tuple[Mistake, ...],
    success: str,
    seed: int = 2,
) -> Exercise:
    """Make the task of writing `report`: where the windows stand, and what they report."""
    source = edited(_REPORT, *right)
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            "Write `report(x, kernel_size, stride)`. A window of `kernel_size` × `kernel_size` "
            f"pixels moves over the picture `x`, without padding. {where} {what}"
        ),
        shown=(np.array([[1, -4, 3, 0, 2], [2, 0, -1, 5, -6], [-3, 1, 4, 1, 0]]), 2, 2),
        source=source,
        inputs=_report_inputs,
        seed=seed,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_USUAL = (
    "It moves by `stride` pixels at a time in both directions; what is left over at the far end is "
    "not read."
)
_steps_by_the_window = mistake(
    "steps-by-the-window",
    "Your windows lie side by side. That is the stride if none is given; here one is given.",
    (_RANGES, "range(0, H - k + 1, k), range(0, W - k + 1, k)"),
)
_ignores_the_stride = mistake(
    "ignores-the-stride",
    "Your window moves by one pixel, whatever the stride.",
    (_RANGES, "range(0, H - k + 1), range(0, W - k + 1)"),
)


def _reports(name: str, hint: str, code: str, instead: str) -> Mistake:
    return mistake(name, hint, (code, instead))


_SIZE = "high if high >= -low else low"
_SECOND = "np.sort(window, axis=None)[-2]"
_LENGTH = "np.sqrt((window**2).sum())"
_OUTPUT = "output[i, j] = window.max()"
_EXTENT = "window.max() - window.min()"

report_each_window = Family(
    name="report_each_window",
    skills="Writes a pooling: where the windows stand, what happens to the remainder, what is "
    "reported.",
    points=3,
    variants=(
        _write(
            "range_of_values",
            "How much the values differ",
            _USUAL,
            "It reports how far its values lie apart: the largest less the smallest.",
            (("window.max()", _EXTENT),),
            (
                _reports(
                    "takes-the-largest",
                    "You report the largest value. How far is it from the smallest?",
                    _EXTENT,
                    "window.max()",
                ),
                _reports(
                    "compares-without-the-sign",
                    "You drop the signs before you compare. Between −6 and 5 lie 11.",
                    _EXTENT,
                    "np.abs(window).max() - np.abs(window).min()",
                ),
                _reports(
                    "largest-and-smallest-added",
                    "You add the largest and the smallest value. How far do they lie apart?",
                    _EXTENT,
                    "window.max() + window.min()",
                ),
                _reports(
                    "wrong-way-round",
                    "You subtract the largest value from the smallest.",
                    _EXTENT,
                    "window.min() - window.max()",
                ),
                _reports(
                    "range-of-each-column",
                    "You take the differences of each column, and report the largest. The window "
                    "is one.",
                    _EXTENT,
                    "np.ptp(window, axis=0).max()",
                ),
                _steps_by_the_window,
                _ignores_the_stride,
            ),
            "Large where something changes, 0 where the picture is flat: this pooling finds edges.",
        ),
        _write(
            "smallest_from_the_far_end",
            "The smallest, from the far end",
            "It moves by `stride` pixels at a time in both directions, and the **last** window "
            "ends at the last row and the last column: what is left over lies at the "
            "**beginning** and is not read.",
            "It reports its smallest value.",
            (
                (
                    "    rows, columns = " + _RANGES,
                    "    rows = range((H - k) % stride, H - k + 1, stride)\n"
                    "    columns = range((W - k) % stride, W - k + 1, stride)",
                ),
                ("window.max()", "window.min()"),
            ),
            (
                mistake(
                    "leaves-the-rest-at-the-far-end",
                    "Your first window stands at the top left, and the rest is left over at the "
                    "far end. Here it is the other way round.",
                    (("(H - k) % stride", "0"), ("(W - k) % stride", "0")),
                ),
                mistake(
                    "mirrors-the-output",
                    "The windows are right, but the last one comes first in the output.",
                    ("return output", "return output[::-1, ::-1]"),
                ),
                mistake(
                    "takes-the-largest",
                    "You report the largest value of each window. The smallest is asked for.",
                    ("window.min()", "window.max()"),
                ),
                mistake(
                    "compares-without-the-sign",
                    "You look for the value nearest to 0. The smallest of −7 and 1 is −7.",
                    ("window.min()", "np.abs(window).min()"),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your window moves by one pixel, whatever the stride.",
                    (
                        ("(H - k) % stride, H - k + 1, stride", "0, H - k + 1"),
                        ("(W - k) % stride, W - k + 1, stride", "0, W - k + 1"),
                    ),
                ),
                mistake(
                    "rounds-up",
                    "You read what is left over as well, with a window that is only partly there.",
                    (
                        (
                            "(H - k) % stride, H",
                            "(H - k) % stride - stride * bool((H - k) % stride), H",
                        ),
                        (
                            "(W - k) % stride, W",
                            "(W - k) % stride - stride * bool((W - k) % stride), W",
                        ),
                        (_WINDOW, "x[max(top, 0) : top + k, max(left, 0) : left + k]"),
                        ("window.min()", "window.min(initial=99)"),
                    ),
                ),
            ),
            "Counted from the far end, the remainder goes before the first window.",
        ),
        _write(
            "means_of_what_is_there",
            "Means of what is there",
            "It begins at every `stride`-th row and every `stride`-th column **of the picture**, "
            "from the first one on, even where part of it hangs over the far end.",
            "It reports the mean of the pixels that it covers, and those that would lie outside "
            "are **left out** of the mean.",
            ((_RANGES, _EVERY_START), ("window.max()", "window.mean()")),
            (
                mistake(
                    "rounds-down",
                    "You leave out the windows that hang over the far end.",
                    (_EVERY_START, _RANGES),
                ),
                mistake(
                    "counts-what-is-not-there",
                    "You divide by all pixels of a whole window. One that hangs over has fewer.",
                    ("window.mean()", "window.sum() / k**2"),
                ),
                mistake(
                    "takes-the-largest",
                    "You report the largest value of each window. The mean is asked for.",
                    ("window.mean()", "window.max()"),
                ),
                mistake(
                    "sums",
                    "You report sums. By how many pixels should each be divided?",
                    ("window.mean()", "window.sum()"),
                ),
                mistake(
                    "steps-by-the-window",
                    "Your windows lie side by side. That is the stride if none is given; here one "
                    "is given.",
                    (_EVERY_START, "range(0, H, k), range(0, W, k)"),
                ),
                mistake(
                    "repeats-the-border",
                    "Where a window hangs over, you repeat the border pixel. What lies outside is "
                    "left out.",
                    (
                        _WINDOW,
                        "np.pad(x, ((0, k), (0, k)), mode='edge')[top : top + k, left : left + k]",
                    ),
                ),
            ),
            "A slice that ends behind the picture just gets shorter, and the mean divides by what "
            "is left.",
        ),
        _write(
            "second_largest",
            "The second largest",
            "It moves **down** by `kernel_size` rows at a time, so that windows lie side by side, "
            "and **across** by `stride` columns at a time; what is left over at the far end is not "
            "read.",
            "It reports its **second largest** value; where the largest value occurs twice, that "
            "is the second largest too.",
            (
                (_RANGES, "range(0, H - k + 1, k), range(0, W - k + 1, stride)"),
                ("window.max()", _SECOND),
            ),
            (
                _reports(
                    "takes-the-largest",
                    "You report the largest value. The second largest is asked for.",
                    _SECOND,
                    "window.max()",
                ),
                _reports(
                    "leaves-out-equal-values",
                    "Where the largest value occurs twice, you take the next smaller one. Equal "
                    "values count each for itself.",
                    _SECOND,
                    "np.sort(np.r_[[window.min()] * 2, np.unique(window)])[-2]",
                ),
                _reports(
                    "second-smallest",
                    "You report the second smallest value. Which end of the order is asked for?",
                    _SECOND,
                    "np.sort(window, axis=None)[1]",
                ),
                mistake(
                    "exchanges-the-directions",
                    "Your windows move down by the stride and lie side by side across. It is the "
                    "other way round.",
                    (
                        "range(0, H - k + 1, k), range(0, W - k + 1, stride)",
                        "range(0, H - k + 1, stride), range(0, W - k + 1, k)",
                    ),
                ),
                mistake(
                    "strides-in-both-directions",
                    "You step by the stride in both directions. Down, the windows lie side by "
                    "side.",
                    ("range(0, H - k + 1, k)", "range(0, H - k + 1, stride)"),
                ),
                mistake(
                    "steps-by-the-window",
                    "Your windows lie side by side in both directions. Across, they move by the "
                    "stride.",
                    ("range(0, W - k + 1, stride)", "range(0, W - k + 1, k)"),
                ),
            ),
            "Sorted, the last but one; and each direction has its own step.",
            seed=5,
        ),
        _write(
            "length_around_the_circle",
            "The length, on a circle",
            "It begins at every `stride`-th row and every `stride`-th column of the picture, from "
            "the first one on; where it hangs over the far end, it goes on at the **beginning** of "
            "the picture (`circular`).",
            "It reports the L2 norm of its values, as PyTorch's `lp_pool2d` does with norm 2: the "
            "root of the sum of their squares.",
            (
                (_RANGES, _EVERY_START),
                ("    output = ", f"    around = {_AROUND}\n    output = "),
                (_WINDOW, "around[top : top + k, left : left + k]"),
                ("window.max()", _LENGTH),
            ),
            (
                mistake(
                    "rounds-down",
                    "You leave out the windows that hang over the far end.",
                    (_EVERY_START, _RANGES),
                ),
                mistake(
                    "reads-zeros-outside",
                    "Where a window hangs over, you read zeros. It goes on at the beginning of the "
                    "picture.",
                    ('mode="wrap"', 'mode="constant"'),
                ),
                mistake(
                    "reads-the-border-again",
                    "Where a window hangs over, you repeat the border pixel. It goes on at the "
                    "beginning of the picture.",
                    ('mode="wrap"', 'mode="edge"'),
                ),
                mistake(
                    "averages-the-squares",
                    "You take the root of the **mean** of the squares. They are added up here.",
                    (".sum()", ".mean()"),
                ),
                mistake(
                    "forgets-the-root",
                    "These are the sums of the squares. One step is left to make a length of them.",
                    (_LENGTH, "(window**2).sum()"),
                ),
                mistake(
                    "adds-absolute-values",
                    "You add up how large the values are, without squaring: that is the L1 norm.",
                    (_LENGTH, "np.abs(window).sum()"),
                ),
            ),
            "Every window is whole on a circle, and reports its length.",
        ),
        _write(
            "farthest_from_zero",
            "The farthest from zero",
            _USUAL,
            "It reports the value that is **farthest from 0**, with its sign; where a number and "
            "its opposite are equally far, the positive one.",
            (
                (
                    _OUTPUT,
                    f"high, low = window.max(), window.min()\n            output[i, j] = {_SIZE}",
                ),
            ),
            (
                _reports(
                    "takes-the-largest",
                    "You report the largest value. Of −7 and 1, −7 is farther from 0.",
                    _SIZE,
                    "window.max()",
                ),
                _reports(
                    "drops-the-sign",
                    "You report how far the value is from 0. Its sign belongs to it.",
                    _SIZE,
                    "np.abs(window).max()",
                ),
                _reports(
                    "takes-the-negative-of-two",
                    "Where a number and its opposite are equally far from 0, you report the "
                    "negative one.",
                    _SIZE,
                    "high if high > -low else low",
                ),
                _reports(
                    "takes-the-first-of-two",
                    "Where a number and its opposite are equally far from 0, you report the one "
                    "that comes first in the window.",
                    _SIZE,
                    "window.flat[np.abs(window).argmax()]",
                ),
                _reports(
                    "takes-the-nearest",
                    "You report the value nearest to 0.",
                    _SIZE,
                    "window.flat[np.abs(window).argmin()]",
                ),
                _steps_by_the_window,
                _ignores_the_stride,
            ),
            "The strongest answer of each window, whichever sign it has.",
            seed=11,
        ),
    ),
)


def _row_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for row, kernel_size in (
        ([5, 0, 1, 2], 2),
        ([0, 0, 5, 3, 0, 0], 2),
        ([3, 5, 5, 0, 2, 2], 2),
        ([4, 4, 0, 3, 0, 3], 3),
        ([7, 1, 3, 0, 0, 0], 3),
        ([1, 4, 4, 2, 0, 5, 5, 3, 0], 3),
        ([2, 2, 2, 2, 2, 0, 0, 0], 4),
        ([0, 6, 0, 6, 3, 0, 6, 0], 4),
        ([9, 1, 2, 0, 4, 0, 0, 9, 0, 1], 5),
        ([3, 3, 3, 3, 3, 3], 2),
        ([1, 1, 2, 3, 0, 3, 2, 1], 2),
    ):
        yield np.array(row, dtype=np.int64), kernel_size


def _pooled_source(body: str) -> str:
    return f'''def noticed(x, kernel_size):
    """Say what the pooled row notices."""

    def pooled(row):
        return row.reshape(-1, kernel_size).max(axis=1)

{body}'''


_SHIFTS = _pooled_source(
    """    marks = []
    for shift in range(kernel_size):
        moved = np.roll(x, -shift)
        marks.append(int(np.array_equal(pooled(moved), pooled(x))))
    return marks
"""
)
_MINIMA = edited(_SHIFTS, (".max(", ".min("), ("-shift", "shift"))
_CHANGED = edited(
    _SHIFTS,
    ("int(np.array_equal(pooled(moved), pooled(x)))", "(pooled(moved) != pooled(x)).sum()"),
    ("-shift", "shift"),
)
_AS_A_WHOLE = _pooled_source(
    """    before = pooled(x)
    marks = []
    for shift in range(len(x)):
        after = pooled(np.roll(x, shift))
        along = [np.roll(before, by) for by in range(len(before))]
        marks.append(int(any(np.array_equal(after, row) for row in along)))
    return marks
"""
)
_MOVED = "int(any(np.array_equal(after, row) for row in along))"
_SET_TO_ZERO = _pooled_source(
    """    marks = []
    for i in range(len(x)):
        without = x.copy()
        without[i] = 0
        marks.append(int(np.array_equal(pooled(without), pooled(x))))
    return marks
"""
)
_ROOM_TO_GROW = '''def noticed(x, kernel_size):
    """Say what the pooled row notices."""
    blocks = x.reshape(-1, kernel_size)
    room = blocks.max(axis=1, keepdims=True) - blocks
    return room.ravel()
'''
_REPORTED = '''def noticed(x, kernel_size):
    """Say what the pooled row notices."""
    counts = np.zeros(len(x), dtype=int)
    for start in range(len(x) - kernel_size + 1):
        window = x[start : start + kernel_size]
        counts[start + window.argmax()] += 1
    return counts
'''


def _row(
    name: str,
    title: str,
    what: str,
    source: str,
    wrong: tuple[Mistake, ...],
    success: str,
    pooling: str = "is cut into blocks of `kernel_size` pixels, side by side, and each block "
    "reports its **largest** value. No value is negative, and the blocks fill the row.",
) -> Exercise:
    """Make the task of writing `noticed`: what is done to a row, and what is asked about it."""
    return variant(
        name=name,
        title=title,
        stars=3,
        prompt=(f"Write `noticed(x, kernel_size)`. The row of pixels `x` {pooling} {what}"),
        shown=(np.array([3, 0, 4, 4, 1, 0]), 3),
        source=source,
        inputs=_row_inputs,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_SAME = "int(np.array_equal(pooled(moved), pooled(x)))"
_is_invariant = mistake(
    "pooling-is-invariant",
    "You expect that no shift within a block is noticed. It is as soon as a pixel that matters "
    "crosses over into another block.",
    (_SAME, "1"),
)
_all_are_noticed = mistake(
    "every-shift-is-noticed",
    "You expect that each shift is noticed. What is reported may move inside its block without "
    "changing anything.",
    (_SAME, "int(shift == 0)"),
)
_marks_what_is_noticed = mistake(
    "marks-what-is-noticed",
    "You give 1 where the pooled row changes. Here 1 says that it stays as it was.",
    (_SAME, "int(not np.array_equal(pooled(moved), pooled(x)))"),
)
_averages = mistake(
    "averages",
    "You pool by the mean, which notices nearly everything. Read what the blocks report.",
    (".max(axis=1)", ".mean(axis=1)"),
)
_ANY_SHIFT = "What leaves the row at one end comes in again at the **other** end."

what_pooling_notices = Family(
    name="what_pooling_notices",
    skills="Finds out by trying, in code, what a pooled row keeps and what it loses.",
    points=5,
    variants=(
        _row(
            "shifts_to_the_left",
            "Shifts to the left",
            f"Now the row is shifted to the **left**, by 0, 1, and so on up to `kernel_size - 1` "
            f"pixels. {_ANY_SHIFT} Return for each of these shifts 1 if the pooled row stays "
            "exactly as it was, and 0 if not.",
            _SHIFTS,
            (
                mistake(
                    "shifts-to-the-right",
                    "You shift to the right. The shifts asked for go to the left.",
                    ("-shift", "shift"),
                ),
                mistake(
                    "lets-zeros-come-in",
                    "You let zeros come in at the right. Here what leaves the row comes in again.",
                    ("np.roll(x, -shift)", "np.append(x[shift:], [0] * shift)"),
                ),
                mistake(
                    "lets-the-maxima-move",
                    "You also accept a pooled row that holds the same values in another order. "
                    "Each has to stay where it was.",
                    (
                        "np.array_equal(pooled(moved), pooled(x))",
                        "np.array_equal(np.sort(pooled(moved)), np.sort(pooled(x)))",
                    ),
                ),
                mistake(
                    "one-pixel-at-most",
                    "You mark what happens for shifts by 0 and 1, and nothing beyond.",
                    (_SAME, f"(shift < 2) * {_SAME}"),
                ),
                _is_invariant,
                _all_are_noticed,
                _marks_what_is_noticed,
                _averages,
            ),
            "What goes unnoticed depends on the row and on the direction.",
        ),
        _row(
            "smallest_values",
            "The smallest values",
            f"Now the row is shifted to the **right**, by 0, 1, and so on up to `kernel_size - 1` "
            f"pixels. {_ANY_SHIFT} Return for each of these shifts 1 if the pooled row stays "
            "exactly as it was, and 0 if not.",
            _MINIMA,
            (
                mistake(
                    "pools-by-the-maximum",
                    "You pool by the largest values. Here the blocks report their smallest ones.",
                    (".min(", ".max("),
                ),
                mistake(
                    "shifts-to-the-left",
                    "You shift to the left. The shifts asked for go to the right.",
                    ("np.roll(x, shift)", "np.roll(x, -shift)"),
                ),
                mistake(
                    "lets-the-minima-move",
                    "You also accept a pooled row that holds the same values in another order. "
                    "Each has to stay where it was.",
                    (
                        "np.array_equal(pooled(moved), pooled(x))",
                        "np.array_equal(np.sort(pooled(moved)), np.sort(pooled(x)))",
                    ),
                ),
                mistake(
                    "lets-zeros-come-in",
                    "You let zeros come in at the left. Here what leaves the row comes in again.",
                    ("np.roll(x, shift)", "np.append([0] * shift, x)[: len(x)]"),
                ),
                _is_invariant,
                _all_are_noticed,
                _marks_what_is_noticed,
                mistake(
                    "averages",
                    "You pool by the mean, which notices nearly everything. Read what the blocks "
                    "report.",
                    (".min(axis=1)", ".mean(axis=1)"),
                ),
            ),
            "Minima are as forgiving as maxima, for other rows.",
            pooling="is cut into blocks of `kernel_size` pixels, side by side, and each block "
            "reports its **smallest** value. The blocks fill the row.",
        ),
        _row(
            "how_many_values_change",
            "How many values change",
            f"Now the row is shifted to the **right**, by 0, 1, and so on up to `kernel_size - 1` "
            f"pixels. {_ANY_SHIFT} Return for each of these shifts **how many** values of the "
            "pooled row differ from what was at their place before.",
            _CHANGED,
            (
                mistake(
                    "counts-what-stays",
                    "You count the values that stay. Those that change are asked for.",
                    ("!= pooled(x)", "== pooled(x)"),
                ),
                mistake(
                    "marks-instead-of-counting",
                    "You mark the shifts that are noticed. How many values do they change?",
                    (
                        "(pooled(moved) != pooled(x)).sum()",
                        "int((pooled(moved) != pooled(x)).any())",
                    ),
                ),
                mistake(
                    "counts-pixels",
                    "You count pixels of the row that change. Those of the pooled row are asked "
                    "for.",
                    ("pooled(moved) != pooled(x)", "moved != x"),
                ),
                mistake(
                    "shifts-to-the-left",
                    "You shift to the left. The shifts asked for go to the right.",
                    ("np.roll(x, shift)", "np.roll(x, -shift)"),
                ),
                mistake(
                    "adds-up-the-changes",
                    "You add up by how much the values change. How many of them change?",
                    (
                        "(pooled(moved) != pooled(x)).sum()",
                        "np.abs(pooled(moved) - pooled(x)).sum()",
                    ),
                ),
                mistake(
                    "lets-zeros-come-in",
                    "You let zeros come in at the left. Here what leaves the row comes in again.",
                    ("np.roll(x, shift)", "np.append([0] * shift, x)[: len(x)]"),
                ),
                _averages,
            ),
            "From no value to all of them: how much a shift changes is a matter of the row.",
        ),
        _row(
            "moves_as_a_whole",
            "Moved as a whole",
            "Now the row is shifted to the right, by 0, 1, and so on up to one pixel less than its "
            f"length. {_ANY_SHIFT} Return for each of these shifts 1 if the pooled row **moves as "
            "a whole**, and 0 if not: if it is the pooled row from before, shifted in the same "
            "manner by some number of places, which may also be 0.",
            _AS_A_WHOLE,
            (
                mistake(
                    "whole-blocks-only",
                    "You expect this for shifts by whole blocks only. For some rows it happens for "
                    "others too.",
                    (_MOVED, "int(shift % kernel_size == 0)"),
                ),
                mistake(
                    "stays-the-same-only",
                    "You mark the shifts that change nothing. The pooled row may also move along.",
                    (_MOVED, "int(np.array_equal(after, before))"),
                ),
                mistake(
                    "always-moves-along",
                    "You expect that the pooled row always moves along. There is no half place to "
                    "which it could move.",
                    (_MOVED, "1"),
                ),
                mistake(
                    "accepts-any-order",
                    "You accept the same values in any order. Moved as a whole, they keep their "
                    "order.",
                    (_MOVED, "int(np.array_equal(np.sort(after), np.sort(before)))"),
                ),
                mistake(
                    "marks-what-does-not",
                    "You give 1 where the pooled row does not move as a whole. It should be 0 "
                    "there.",
                    (_MOVED, _MOVED.replace("any", "not any")),
                ),
                mistake(
                    "one-place-at-most",
                    "You let the pooled row move by one place at most. It may move by several.",
                    (_MOVED, _MOVED.replace("along", "along[:2]")),
                ),
                mistake(
                    "first-block-only",
                    "You stop at `kernel_size` shifts. The row can be shifted farther.",
                    ("range(len(x))", "range(kernel_size)"),
                ),
            ),
            "Whole blocks always, other shifts only if the row lets them: pooling moves along in "
            "steps of its stride.",
        ),
        _row(
            "pixels_that_may_go_dark",
            "Pixels that may go dark",
            "Return for **each pixel** 1 if the pooled row stays exactly as it is when this pixel "
            "alone is set to 0, and 0 if the pooled row changes.",
            _SET_TO_ZERO,
            (
                mistake(
                    "forgets-equal-pixels",
                    "You let no pixel go that is the largest of its block. Where two are equally "
                    "large, one of them may go.",
                    (
                        "int(np.array_equal(pooled(without), pooled(x)))",
                        "int(x[i] < pooled(x)[i // kernel_size])",
                    ),
                ),
                mistake(
                    "every-pixel-matters",
                    "You expect that each pixel that is not 0 already matters. That would be so "
                    "for means.",
                    (".max(axis=1)", ".mean(axis=1)"),
                ),
                mistake(
                    "compares-with-the-whole-row",
                    "You keep the largest pixel of the whole row only. Each block reports one.",
                    (".reshape(-1, kernel_size).max(axis=1)", ".max()"),
                ),
                mistake(
                    "marks-the-others",
                    "You mark the pixels that matter. The others are asked for.",
                    ("int(np.array_equal", "int(not np.array_equal"),
                ),
                mistake(
                    "leaves-pixels-dark",
                    "You set one pixel after the other to 0, and none gets its value back before "
                    "the next one's turn.",
                    (
                        ("    marks = []\n", "    marks = []\n    without = x.copy()\n"),
                        (
                            "        without = x.copy()\n        without[i] = 0",
                            "        without[i] = 0",
                        ),
                    ),
                ),
                mistake(
                    "takes-pixels-out",
                    "You take the pixel out, so that the others close up. It should stay, with the "
                    "value 0.",
                    (
                        "without = x.copy()\n        without[i] = 0",
                        "without = np.append(np.delete(x, i), 0)",
                    ),
                ),
                mistake(
                    "one-pixel-a-block",
                    "In each block you let all pixels go but the first of the largest. Where two "
                    "are equally large, either may go.",
                    (
                        "int(np.array_equal(pooled(without), pooled(x)))",
                        "int(i % kernel_size != x.reshape(-1, kernel_size)[i // kernel_size]"
                        ".argmax())",
                    ),
                ),
            ),
            "Only a pixel that is alone the largest of its block, and not 0, is missed.",
        ),
        _row(
            "room_to_grow",
            "Room to grow",
            "Return for **each pixel** by how much this pixel alone could **grow** without any "
            "change in the pooled row: the largest such number, 0 if there is no room.",
            _ROOM_TO_GROW,
            (
                mistake(
                    "compares-with-the-whole-row",
                    "You let each pixel grow up to the largest of the whole row. Each block has "
                    "its own.",
                    ("blocks.max(axis=1, keepdims=True)", "x.max()"),
                ),
                mistake(
                    "stops-one-short",
                    "You stop one short. A pixel as large as the largest one changes nothing yet.",
                    ("    return room.ravel()", "    return np.maximum(room - 1, 0).ravel()"),
                ),
                mistake(
                    "one-too-many",
                    "Your pixels grow one larger than the largest of their block. That is noticed.",
                    ("- blocks\n", "- blocks + 1\n"),
                ),
                mistake(
                    "room-to-shrink",
                    "You give how much larger each pixel is than the smallest of its block.",
                    (
                        "blocks.max(axis=1, keepdims=True) - blocks",
                        "blocks - blocks.min(axis=1, keepdims=True)",
                    ),
                ),
                mistake(
                    "one-number-a-block",
                    "You give one number for each block. Each pixel has a room of its own.",
                    ("room.ravel()", "room.max(axis=1)"),
                ),
                mistake(
                    "pools-across-the-blocks",
                    "You compare pixels that have the same place in **different** blocks.",
                    ("blocks.max(axis=1, keepdims=True)", "blocks.max(axis=0)"),
                ),
            ),
            "Up to the largest of its own block, and not beyond: that is all a maximum lets pass.",
        ),
        _row(
            "how_often_reported",
            "How often it is reported",
            "Return for **each pixel** by how many windows it is the one reported. Where several "
            "pixels of a window are equally large, the **first** of them is reported.",
            _REPORTED,
            (
                mistake(
                    "windows-side-by-side",
                    "Your windows lie side by side. Here they move by one pixel, so that they "
                    "overlap.",
                    (
                        "range(len(x) - kernel_size + 1)",
                        "range(0, len(x) - kernel_size + 1, kernel_size)",
                    ),
                ),
                mistake(
                    "counts-every-window",
                    "You count all windows in which a pixel lies. In how many is it the largest?",
                    ("counts[start + window.argmax()]", "counts[start : start + kernel_size]"),
                ),
                mistake(
                    "takes-the-last-of-equal-pixels",
                    "Of equal pixels you report the last one. The first one is reported here.",
                    (
                        "window.argmax()",
                        "kernel_size - 1 - window[::-1].argmax()",
                    ),
                ),
                mistake(
                    "counts-all-equal-pixels",
                    "Where several pixels are equally large, you count all of them. The first one "
                    "alone is reported.",
                    (
                        "counts[start + window.argmax()] += 1",
                        "counts[start : start + kernel_size] += window == window.max()",
                    ),
                ),
                mistake(
                    "forgets-where-the-window-starts",
                    "You count places inside the window. Which pixel of the row is that?",
                    ("start + window", "window"),
                ),
                mistake(
                    "misses-the-last-window",
                    "The last window is missing: there is one more place than you count.",
                    ("- kernel_size + 1)", "- kernel_size)"),
                ),
            ),
            "A large pixel is reported by every window that covers it, a small one by none.",
            pooling="is pooled by windows of `kernel_size` pixels that move by **one** pixel at a "
            "time and never leave the row; each window reports its largest pixel.",
        ),
    ),
)

families = (mend_the_border, report_each_window, what_pooling_notices)
"""The graded questions, in order."""
