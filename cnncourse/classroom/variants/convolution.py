"""Graded questions on chapter 03, convolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import GRIDS, Edit, Mistake, edited, mistake, variant
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray

_FLIPS = (
    "Your kernel lies turned by 180° on the window: that is what true convolution does. The task "
    "says how it lies here."
)
_LOSES = (
    "The last row and the last column of the output are missing: the kernel fits in one more "
    "place than you count."
)

_PICTURE = np.array([[1, 0, 2, 1], [3, 1, 0, 2], [0, 2, 1, 1]])
_KERNEL = np.array([[1, 0, 2], [0, 3, 1]])
Inputs = Callable[[np.random.Generator], Iterator[tuple[Array, Array]]]


def _slide_inputs(low: int, high: int) -> Inputs:
    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
        for shape, kernel_shape in (
            ((2, 2), (2, 2)),
            ((2, 3), (2, 2)),
            ((3, 2), (2, 2)),
            ((3, 4), (1, 2)),
            ((4, 3), (2, 1)),
            ((4, 4), (3, 3)),
            ((3, 5), (2, 3)),
            ((6, 4), (3, 2)),
        ):
            yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, low, high)

    return inputs


_LOOP = '''def slide(x, kernel):
    """Return one number for every place of the kernel on the picture x."""
    (H, W), (kh, kw) = x.shape, kernel.shape
    H_out, W_out = H - kh + 1, W - kw + 1
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = x[i : i + kh, j : j + kw]
            output[i, j] = (window * kernel).sum()
    return output
'''
_SUM = "(window * kernel).sum()"
_VALID = "H - kh + 1, W - kw + 1"


def _mend(
    name: str,
    title: str,
    what: str,
    right: tuple[Edit, ...],
    planted: tuple[Edit, ...],
    still: str,
    wrong: tuple[Mistake, ...],
    success: str,
    weights: tuple[int, int] = (-2, 3),
    seed: int = 1,
) -> Exercise:
    """Make the task of mending `slide`: what it should do, and what was planted in it."""
    source = edited(_LOOP, *right)
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            f"Mend `slide(x, kernel)`. {what} Rows and columns may differ, in the picture and in "
            "the kernel. The code below has **one** bug: find it and mend it, and leave the rest "
            "as it is."
        ),
        shown=(_PICTURE, _KERNEL + (weights[0] > 0)),
        source=source,
        planted=planted,
        still=f"This still does what the planted bug does. {still}",
        inputs=_slide_inputs(*weights),
        seed=seed,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_loses_the_last_place = mistake(
    "loses-the-last-place",
    _LOSES,
    (_VALID, "H - kh, W - kw"),
)

_absolute_differences = _mend(
    name="absolute_differences",
    title="Mend the comparison",
    what="""It lays the kernel on every window of the picture that lies wholly inside, as it
stands, and says how much the two **differ**: it takes the difference of each pixel and the weight
that lies on it, without its sign, and adds these up. Where the window equals the kernel, the result
is 0, and only there.""",
    right=((_SUM, "np.abs(window - kernel).sum()"),),
    planted=(("np.abs(window - kernel).sum()", "np.abs((window - kernel).sum())"),),
    still="Differences up and down cancel each other before the sign is dropped.",
    wrong=(
        mistake(
            "forgets-the-absolute-value",
            "The differences keep their signs here, so that those up and down cancel.",
            ("np.abs(window - kernel)", "(window - kernel)"),
        ),
        mistake(
            "squares-the-differences",
            "You square the differences. That drops the sign too, but large ones count for more "
            "than they are.",
            ("np.abs(window - kernel)", "((window - kernel) ** 2)"),
        ),
        mistake(
            "averages",
            "You take the mean of the differences. Their sum is asked for, whatever the size of "
            "the kernel.",
            (".sum()", ".mean()"),
        ),
        mistake(
            "multiplies-instead",
            "You multiply what lies on top of each other. Here the two are compared: subtract.",
            ("np.abs(window - kernel).sum()", _SUM),
        ),
        mistake(
            "flips-the-kernel",
            _FLIPS,
            ("window - kernel", "window - kernel[::-1, ::-1]"),
        ),
        _loses_the_last_place,
    ),
    success="Each difference loses its sign before it is added: 0 only where window and kernel "
    "are the same.",
)

_upside_down = _mend(
    name="upside_down",
    title="Mend the turned kernel",
    what="""It lays the kernel **upside down** on every window of the picture that lies wholly
inside: the kernel's last row meets the window's first row, and so on; left and right stay where
they are. What lies on top of each other is multiplied, and the products are summed.""",
    right=((_SUM, "(window * kernel[::-1]).sum()"),),
    planted=(("kernel[::-1]", "kernel[:, ::-1]"),),
    still="Which axis of an array does a slice name first?",
    wrong=(
        mistake(
            "does-not-turn-the-kernel",
            "This is cross-correlation: your kernel lies as it stands. Its rows should change "
            "places.",
            ("kernel[::-1]", "kernel"),
        ),
        mistake(
            "flips-the-kernel",
            "Your kernel is turned by 180°: it is upside down, and its left and right have "
            "changed places as well.",
            ("kernel[::-1]", "kernel[::-1, ::-1]"),
        ),
        mistake(
            "turns-the-picture",
            "You turn the whole picture upside down. The rows of the output come in the opposite "
            "order then.",
            (("(window * kernel[::-1])", "(window * kernel)"), ("x[i", "x[::-1][i")),
        ),
        mistake(
            "averages",
            "You take the mean of the products. Their sum is asked for, whatever the size of the "
            "kernel.",
            (".sum()", ".mean()"),
        ),
        _loses_the_last_place,
    ),
    success="The first axis holds the rows: turning it around puts the kernel upside down and "
    "leaves left and right alone.",
)

_at_the_last_corner = _mend(
    name="at_the_last_corner",
    title="Mend where it writes",
    what="""It computes the cross-correlation at every place where the kernel fits inside the
picture, and writes the sum where the window's **bottom right** pixel is. The output is as large as
the picture, and is 0 where no window ends.""",
    right=(
        ("np.zeros((H_out, W_out))", "np.zeros((H, W))"),
        ("output[i, j]", "output[i + kh - 1, j + kw - 1]"),
    ),
    planted=(("[i + kh - 1, j + kw - 1]", "[i + kh // 2, j + kw // 2]"),),
    still="It writes where the middle of the window is.",
    wrong=(
        mistake(
            "mends-the-rows-only",
            "Each sum stands in the right row now. Its column is still the one of the middle of "
            "the window.",
            ("[i + kh - 1, j + kw - 1]", "[i + kh - 1, j + kw // 2]"),
        ),
        mistake(
            "mends-the-columns-only",
            "Each sum stands in the right column now. Its row is still the one of the middle of "
            "the window.",
            ("[i + kh - 1, j + kw - 1]", "[i + kh // 2, j + kw - 1]"),
        ),
        mistake(
            "writes-at-the-first-corner",
            "You write where the window begins, at its top left pixel.",
            ("[i + kh - 1, j + kw - 1]", "[i, j]"),
        ),
        mistake(
            "leaves-out-the-rim",
            "The sums are right. The output should be as large as the picture, with zeros where "
            "no window ends.",
            (("np.zeros((H, W))", "np.zeros((H_out, W_out))"), ("i + kh - 1, j + kw - 1", "i, j")),
        ),
        mistake(
            "flips-the-kernel",
            _FLIPS,
            ("window * kernel", "window * kernel[::-1, ::-1]"),
        ),
    ),
    success="The sum stands at the last row and the last column that its window covers.",
)

_weighted_mean = _mend(
    name="weighted_mean",
    title="Mend the weighted mean",
    what="""It lays the kernel as it stands on every window of the picture that lies wholly inside,
and returns the **weighted mean** of the pixels: the weights say how much each of them counts, so
that a flat picture comes out as bright as it was, whatever the weights. All weights are 1 or
larger.""",
    right=((_SUM, "(window * kernel).sum() / kernel.sum()"),),
    planted=(("kernel.sum()", "kernel.size"),),
    still="How often does a pixel count in all, if one weight is 2 and the others are 1?",
    wrong=(
        mistake(
            "forgets-to-divide",
            "These are sums: a flat picture comes out brighter. By what should you divide?",
            (" / kernel.sum()", ""),
        ),
        mistake(
            "divides-by-the-largest-weight",
            "You divide by the largest weight. All weights together say how much was added up.",
            ("kernel.sum()", "kernel.max()"),
        ),
        mistake(
            "divides-by-the-pixels",
            "You divide by the sum of the pixels. What counts is how much weight they got.",
            ("kernel.sum()", "max(window.sum(), 1)"),
        ),
        mistake(
            "divides-column-by-column",
            "You divide each column by its own weights, and add up the columns' means.",
            (
                "(window * kernel).sum() / kernel.sum()",
                "(window * kernel / kernel.sum(0)).sum()",
            ),
        ),
        mistake(
            "flips-the-kernel",
            _FLIPS,
            ("window * kernel", "window * kernel[::-1, ::-1]"),
        ),
        _loses_the_last_place,
    ),
    success="Divided by all the weight that was given out: a flat picture stays as bright as it "
    "was.",
    weights=(1, 3),
)

_brightness_blind = _mend(
    name="brightness_blind",
    title="Mend the one that ignores brightness",
    what="""It should not mind how bright a region is: from the pixels of each window it first
subtracts their **own mean**, and then lays the kernel on what is left, as it stands, multiplies and
sums. It stands at every place where the kernel fits inside the picture.""",
    right=((_SUM, "((window - window.mean()) * kernel).sum()"),),
    planted=(("window.mean()", "x.mean()"),),
    still="A window in a bright corner still answers otherwise than the same pattern in a dark "
    "one.",
    wrong=(
        mistake(
            "forgets-the-mean",
            "This is plain cross-correlation. The mean of the window should go first.",
            ("(window - window.mean())", "window"),
        ),
        mistake(
            "subtracts-from-the-products",
            "You subtract the mean from the products. It belongs to the pixels, before they meet "
            "the weights.",
            ("(window - window.mean()) * kernel", "window * kernel - window.mean()"),
        ),
        mistake(
            "subtracts-row-means",
            "Each row of the window loses a mean of its own. The window has one mean.",
            ("window.mean()", "window.mean(axis=1, keepdims=True)"),
        ),
        mistake(
            "subtracts-the-smallest",
            "You subtract the darkest pixel of the window. Its mean is asked for.",
            ("window.mean()", "window.min()"),
        ),
        mistake(
            "flips-the-kernel",
            _FLIPS,
            ("* kernel", "* kernel[::-1, ::-1]"),
        ),
        _loses_the_last_place,
    ),
    success="Each window is compared with itself only: the same pattern answers the same in the "
    "dark and in the light.",
)

_largest_product = _mend(
    name="largest_product",
    title="Mend the places",
    what="""It lays the kernel as it stands on every window of the picture that lies wholly inside,
multiplies what lies on top of each other, and returns the **largest** of the products. As it is, it
works for square pictures with square kernels only.""",
    right=((_SUM, "(window * kernel).max()"),),
    planted=((_VALID, "H - kh + 1, H - kh + 1"),),
    still="How many places has the kernel across, and how many down?",
    wrong=(
        mistake(
            "mends-the-picture-only",
            "Pictures of any shape work now. Kernels that are not square do not yet.",
            (_VALID, "H - kh + 1, W - kh + 1"),
            (_VALID, "H - kw + 1, W - kw + 1"),
        ),
        mistake(
            "mends-the-kernel-only",
            "Kernels of any shape work now. Pictures that are not square do not yet.",
            (_VALID, "H - kh + 1, H - kw + 1"),
            (_VALID, "W - kh + 1, W - kw + 1"),
        ),
        mistake(
            "sums-the-products",
            "The places are right, and you add the products up. The largest one is asked for.",
            (".max()", ".sum()"),
        ),
        mistake(
            "starts-at-zero",
            "Your largest product is never below 0. Where all products are negative, the largest "
            "one is negative too.",
            ("(window * kernel).max()", "max((window * kernel).max(), 0)"),
        ),
        _loses_the_last_place,
        mistake(
            "flips-the-kernel",
            _FLIPS,
            ("window * kernel", "window * kernel[::-1, ::-1]"),
        ),
    ),
    success="Each axis counts its own places, with its own size of the picture and of the kernel.",
    weights=(-4, 1),
    seed=2,
)

mend_the_loop = Family(
    name="mend_the_loop",
    skills="Reads a loop over windows, tells what it should do from what it does, and finds the "
    "line that differs.",
    points=2,
    variants=(
        _absolute_differences,
        _upside_down,
        _at_the_last_corner,
        _weighted_mean,
        _brightness_blind,
        _largest_product,
    ),
)


_TURNS = {
    "does-not-turn-the-kernel": (
        "kernel",
        "as it stands",
        "Your kernel lies as it stands. The picture of letters shows how it should lie.",
    ),
    "turns-upside-down-only": (
        "kernel[::-1]",
        "upside down",
        "Your kernel lies upside down, with left and right where they were. Compare the letters.",
    ),
    "turns-left-to-right-only": (
        "kernel[:, ::-1]",
        "with left and right exchanged",
        "Your kernel has left and right exchanged, and its top is at the top. Compare the letters.",
    ),
    "flips-the-kernel": (
        "kernel[::-1, ::-1]",
        "turned by 180°",
        "Your kernel lies turned by 180°, as in true convolution. Compare the letters.",
    ),
    "transposes-the-kernel": (
        "kernel.T",
        "with rows and columns exchanged",
        "You exchange the kernel's rows and columns, a mirror image along the diagonal. Compare "
        "the letters.",
    ),
    "mirrors-at-the-other-diagonal": (
        "kernel[::-1, ::-1].T",
        "mirrored at the diagonal from bottom left to top right",
        "Your kernel lies as a mirror image, along the diagonal from bottom left to top right. "
        "Compare the letters.",
    ),
    "quarter-turn-to-the-right": (
        "np.rot90(kernel, -1)",
        "after a quarter turn to the right",
        "Your kernel makes a quarter turn to the right, with the clock. Compare the letters.",
    ),
    "quarter-turn-to-the-left": (
        "np.rot90(kernel)",
        "after a quarter turn to the left",
        "Your kernel makes a quarter turn to the left, against the clock. Compare the letters.",
    ),
}
"""Ways to lay a kernel down: the misconception's name, the code, the words, the hint."""


def _letters(code: str) -> str:
    """Draw a kernel of letters, and how it lies after the turn that `code` makes."""
    kernel = np.array([["a", "b", "c"], ["d", "e", "f"]])
    turned = eval(code, {"np": np, "kernel": kernel})
    left = [" ".join(row) for row in kernel]
    right = [" ".join(row) for row in turned]
    lines = [f"{'kernel':<10}as it lies"]
    for row in range(max(len(left), len(right))):
        first = left[row] if row < len(left) else ""
        second = right[row] if row < len(right) else ""
        lines.append(f" {first:<10}{second}".rstrip())
    return "\n".join(lines)


def _filtered_source(code: str, report: str) -> str:
    turn = "" if code == "kernel" else f"    kernel = {code}\n"
    return f'''def filtered(x, kernel):
    """Return the answer of the kernel at every place where it fits."""
{turn}    kh, kw = kernel.shape
    output = np.zeros((x.shape[0] - kh + 1, x.shape[1] - kw + 1))
    for i, j in np.ndindex(output.shape):
        window = x[i : i + kh, j : j + kw]
        output[i, j] = {report}
    return output
'''


def _filtered_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, kernel_shape in (
        ((2, 2), (2, 2)),
        ((3, 3), (2, 2)),
        ((3, 4), (1, 2)),
        ((4, 3), (3, 1)),
        ((4, 4), (3, 3)),
        ((4, 5), (2, 3)),
        ((6, 4), (3, 2)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -2, 3)


def _filter(
    name: str,
    title: str,
    turn: str,
    report: str,
    what: str,
    wrong: tuple[tuple[str, str, str], ...],
    success: str,
    seed: int = 2,
) -> Exercise:
    """Make the task of writing `filtered`: how the kernel lies, and what is reported."""
    code, words, _ = _TURNS[turn]
    source = _filtered_source(code, report)
    other_turns = [each for each in _TURNS if each != turn]
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            f"Write `filtered(x, kernel)`. The kernel lies on the picture **{words}**, here in "
            "letters:\n\n"
            f"```text\n{_letters(code)}\n```\n\n"
            "Lying so, it stands at every place where it fits inside the picture; the places of "
            f"the output follow each other as those of the windows do. {what} Rows and columns "
            "may differ, in the picture and in the kernel."
        ),
        shown=(_PICTURE, _KERNEL),
        source=source,
        inputs=_filtered_inputs,
        seed=seed,
        mistakes=(
            *(
                mistake(
                    each,
                    _TURNS[each][2],
                    function_from(_filtered_source(_TURNS[each][0], report)),
                )
                for each in other_turns
            ),
            *(
                mistake(each, hint, function_from(_filtered_source(code, instead)))
                for each, hint, instead in wrong
            ),
            mistake(
                "loses-the-last-place",
                _LOSES,
                ("x.shape[0] - kh + 1, x.shape[1] - kw + 1", "x.shape[0] - kh, x.shape[1] - kw"),
            ),
        ),
        success=success,
        style=GRIDS,
    )


_averages = (
    "averages",
    "You take the mean of the products. Their sum is asked for, whatever the size of the kernel.",
    "(window * kernel).mean()",
)
_products_only = (
    "forgets-the-last-step",
    "These are the sums of the products. One more step was asked for, on each of them.",
    _SUM,
)

filter_the_picture = Family(
    name="filter_the_picture",
    skills="Writes the loop over windows for a kernel that lies otherwise than usual.",
    points=3,
    variants=(
        _filter(
            "turned_to_the_right",
            "A quarter turn to the right",
            "quarter-turn-to-the-right",
            _SUM,
            "Multiply what lies on top of each other, and sum.",
            (
                _averages,
                (
                    "takes-the-largest",
                    "You return the largest product. The sum of all of them is asked for.",
                    "(window * kernel).max()",
                ),
            ),
            "Turned with the clock, height and width of the kernel change places, and so the "
            "places where it fits.",
        ),
        _filter(
            "strength_to_the_left",
            "How strong, after a quarter turn to the left",
            "quarter-turn-to-the-left",
            "abs((window * kernel).sum())",
            "Multiply what lies on top of each other, sum, and return how **large** the sum is, "
            "without its sign.",
            (
                _products_only,
                (
                    "drops-the-signs-too-early",
                    "You drop the sign of each product. They should be added first, with their "
                    "signs.",
                    "np.abs(window * kernel).sum()",
                ),
                (
                    "cuts-off-negative-answers",
                    "Your negative answers become 0. Only their sign should go.",
                    "max((window * kernel).sum(), 0)",
                ),
            ),
            "Sum first, sign last: an edge answers as strongly from dark to bright as from bright "
            "to dark.",
        ),
        _filter(
            "mirrored_and_cut_off",
            "A mirror image, and no negative answers",
            "turns-left-to-right-only",
            "max((window * kernel).sum(), 0)",
            "Multiply what lies on top of each other and sum; a sum below 0 is returned as 0.",
            (
                _products_only,
                (
                    "cuts-off-too-early",
                    "You leave out the negative products. Only the sum should not be negative.",
                    "np.maximum(window * kernel, 0).sum()",
                ),
                (
                    "drops-the-sign",
                    "A negative sum comes out positive here. It should become 0.",
                    "abs((window * kernel).sum())",
                ),
            ),
            "Left and right exchanged, and silent where the pattern is the opposite of the kernel.",
        ),
        _filter(
            "mean_of_the_transposed",
            "Rows for columns, and the mean",
            "transposes-the-kernel",
            "(window * kernel).mean()",
            "Multiply what lies on top of each other, and return the **mean** of the products.",
            (
                (
                    "sums-the-products",
                    "You add the products up. Their mean is asked for here.",
                    _SUM,
                ),
                (
                    "divides-by-the-height-only",
                    "You divide by the number of the kernel's rows. How many products are there?",
                    "(window * kernel).sum() / kh",
                ),
                (
                    "mean-of-one-axis",
                    "You divide by the number of the kernel's columns. How many products are "
                    "there?",
                    "(window * kernel).sum() / kw",
                ),
            ),
            "The first row of the kernel lies down as the first column, and as many products are "
            "averaged as there are weights.",
        ),
        _filter(
            "added_to_the_corner",
            "True convolution, added to the picture",
            "flips-the-kernel",
            "x[i, j] + (window * kernel).sum()",
            "Multiply what lies on top of each other, sum, and add the sum to the pixel in the "
            "**top left** corner of the window.",
            (
                _products_only,
                (
                    "adds-the-last-corner",
                    "You add the pixel in the bottom right corner of the window, the last one "
                    "that it covers.",
                    "x[i + kh - 1, j + kw - 1] + (window * kernel).sum()",
                ),
                (
                    "adds-the-middle",
                    "You add the pixel in the middle of the window. The one in its top left "
                    "corner is asked for.",
                    "x[i + kh // 2, j + kw // 2] + (window * kernel).sum()",
                ),
                (
                    "adds-to-every-product",
                    "You add the pixel to each product. It is added once, to their sum.",
                    "(x[i, j] + window * kernel).sum()",
                ),
            ),
            "The half turn makes it a true convolution, and each answer changes the pixel at which "
            "its window begins.",
        ),
        _filter(
            "steps_of_upside_down",
            "Upside down, and compared with a flat window",
            "turns-upside-down-only",
            "(window * kernel).sum() - kernel.sum()",
            "Multiply what lies on top of each other and sum; then subtract what the kernel would "
            "answer if all pixels of the window were 1.",
            (
                _products_only,
                (
                    "subtracts-one",
                    "You subtract 1. What does the kernel answer where all pixels are 1?",
                    "(window * kernel).sum() - 1",
                ),
                (
                    "subtracts-the-window",
                    "You subtract what the window answers to a kernel of ones. The pixels, not "
                    "the weights, are set to 1.",
                    "(window * kernel).sum() - window.sum()",
                ),
                (
                    "subtracts-the-number-of-weights",
                    "You subtract how many weights there are. On pixels of 1 the kernel answers "
                    "with what its weights add up to.",
                    "(window * kernel).sum() - kernel.size",
                ),
            ),
            "On a window of ones a kernel answers with the sum of its weights, however it lies.",
        ),
    ),
)


def _pair_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for first, second in (
        ((1, 2), (2, 1)),
        ((2, 1), (1, 3)),
        ((2, 2), (2, 2)),
        ((2, 3), (2, 2)),
        ((3, 2), (2, 3)),
        ((2, 2), (3, 3)),
        ((3, 3), (2, 2)),
    ):
        yield matrix(rng, first, 1, 5), matrix(rng, second, 1, 5)


_CHAIN = '''def one_kernel(first, second):
    """Return the kernel of the one layer that does the work of both."""
    TURN
    (kh, kw), (rows, columns) = first.shape, second.shape
    merged = np.zeros((rows + kh - 1, columns + kw - 1))
    for i in range(rows):
        for j in range(columns):
            merged[i : i + kh, j : j + kw] += second[i, j] * first
    return merged
'''
_FIRST, _SECOND = "first = first[::-1, ::-1]", "second = second[::-1, ::-1]"
_BOTH = "first, second = first[::-1, ::-1], second[::-1, ::-1]"
_NONE = ("    TURN\n", "")


def _chain_of(turn: str, *edits: Edit) -> str:
    return edited(_CHAIN, ("TURN", turn) if turn else _NONE, *edits)


def _merge(
    name: str,
    title: str,
    what: str,
    source: str,
    wrong: tuple[Mistake, ...],
    success: str,
) -> Exercise:
    return variant(
        name=name,
        title=title,
        stars=3,
        prompt=(
            f"{what} Write `one_kernel(first, second)`, which returns it. Its size follows from "
            "the sizes of the two, and is as small as it can be for all kernels of these sizes."
        ),
        shown=(np.array([[1, 2], [0, 3]]), np.array([[1, 0, 4]])),
        source=source,
        inputs=_pair_inputs,
        seed=3,
        mistakes=wrong,
        success=success,
        style=GRIDS,
    )


_STAMP = "merged[i : i + kh, j : j + kw] += second[i, j] * first"
_SPREAD = (
    "merged = np.zeros((rows + kh - 1, columns + kw - 1))",
    "merged = np.zeros((rows * kh, columns * kw))",
)


def _stamping_mistakes(source: str) -> tuple[Mistake, ...]:
    return (
        mistake(
            "lays-stamps-side-by-side",
            "You put the copies of one kernel side by side, a kernel's size apart. How far "
            "apart do its windows stand on the picture?",
            (
                _SPREAD,
                (
                    _STAMP,
                    "merged[i * kh : i * kh + kh, j * kw : j * kw + kw] = second[i, j] * first",
                ),
            ),
        ),
        mistake(
            "overwrites-where-stamps-overlap",
            "Where two windows overlap, you keep the later one. A pixel that lies in both "
            "counts through both.",
            ("+= second", "= second"),
        ),
        mistake(
            "stamps-without-weights",
            "You put down copies of the first kernel as it is. How much does the second layer "
            "make of each?",
            ("second[i, j] * first", "first"),
        ),
    )


def _turned_chain(
    name: str, title: str, how: str, turn: str, confusions: dict[str, str], success: str
) -> Exercise:
    hints = {
        "turns-no-kernel": "You leave both kernels as they stand. A true convolution turns its "
        "kernel, and cross-correlation does not.",
        "turns-the-other-kernel": "You turn the kernel of the layer that is a cross-correlation, "
        "and leave the other one as it stands.",
        "turns-both-kernels": "Both kernels are turned by 180° here. Which of the two layers is a "
        "true convolution?",
        "turns-one-kernel-only": "One of the two kernels is turned by 180° here, and the other "
        "is not. Are the two layers not of one kind?",
    }
    source = _chain_of(turn)
    wrong: dict[str, list[Callable[..., Array]]] = {}
    for other, label in confusions.items():
        wrong.setdefault(label, []).append(function_from(_chain_of(other)))
    return _merge(
        name,
        title,
        f"""A picture passes through a layer with the kernel `first`, and what comes out of it
through a layer with the kernel `second`. {how} Each layer uses its kernel only where it fits
inside, and nothing stands between them. There is **one** kernel that, laid down as it stands, by
cross-correlation, gives the same output for every picture.""",
        source,
        (
            *(mistake(label, hints[label], *answers) for label, answers in wrong.items()),
            *_stamping_mistakes(source),
        ),
        success,
    )


_ROOM = "merged = np.zeros((max(kh, rows), max(kw, columns)))"
_PARALLEL = f'''def one_kernel(first, second):
    """Return the kernel of the one layer that does the work of both."""
    (kh, kw), (rows, columns) = first.shape, second.shape
    {_ROOM}
    merged[:kh, :kw] += first
    merged[:rows, :columns] += second
    return merged
'''
_AT_THE_END = (
    ("merged[:kh, :kw]", "merged[-kh:, -kw:]"),
    ("merged[:rows, :columns]", "merged[-rows:, -columns:]"),
)
_MIXED_ENDS = (("merged[:rows, :columns]", "merged[-rows:, -columns:]"),)
_PARALLEL_AT_THE_END = edited(_PARALLEL, *_AT_THE_END, ("+= second", "-= second"))
_MINUS_PICTURE = _chain_of("", ("return merged", "merged[0, 0] -= 1\n    return merged"))
_THRICE = _chain_of(
    "",
    (
        "    (kh, kw), (rows, columns) = first.shape, second.shape\n",
        """    (kh, kw), (rows, columns) = first.shape, second.shape
    twice = np.zeros((2 * kh - 1, 2 * kw - 1))
    for i in range(kh):
        for j in range(kw):
            twice[i : i + kh, j : j + kw] += first[i, j] * first
    kh, kw = twice.shape
""",
    ),
    ("second[i, j] * first", "second[i, j] * twice"),
)

one_for_two = Family(
    name="one_for_two",
    skills="Combines linearity with the geometry of windows: one kernel for two layers.",
    points=5,
    variants=(
        _turned_chain(
            "convolution_first",
            "Convolution, then cross-correlation",
            "The first layer is a **true convolution**, the second one a **cross-correlation**.",
            _FIRST,
            {"": "turns-no-kernel", _SECOND: "turns-the-other-kernel", _BOTH: "turns-both-kernels"},
            "The kernel of the convolution is turned once, and stamped at every weight of the "
            "other.",
        ),
        _turned_chain(
            "convolution_second",
            "Cross-correlation, then convolution",
            "The first layer is a **cross-correlation**, the second one a **true convolution**.",
            _SECOND,
            {"": "turns-no-kernel", _FIRST: "turns-the-other-kernel", _BOTH: "turns-both-kernels"},
            "The second layer meets its windows in turned order, so its kernel is turned before it "
            "places the stamps.",
        ),
        _turned_chain(
            "convolution_twice",
            "Two convolutions, one cross-correlation",
            "Both layers are **true convolutions**.",
            _BOTH,
            {
                "": "turns-no-kernel",
                _FIRST: "turns-one-kernel-only",
                _SECOND: "turns-one-kernel-only",
            },
            "Two half turns: the kernel that both make together is turned as well.",
        ),
        _merge(
            "minus_the_picture",
            "Two layers, less the picture",
            """A picture passes through a layer with the kernel `first`, and what comes out of it
through a layer with the kernel `second`. Both are cross-correlations, and use their kernels only
where they fit inside. In the end the **picture itself is subtracted**: from row `i`, column `j` of
the output, the pixel at row `i`, column `j` of the picture. There is one kernel that gives all
this for every picture, used once, by cross-correlation.""",
            _MINUS_PICTURE,
            (
                mistake(
                    "forgets-the-picture",
                    "This does the work of the two layers. The picture is still to be subtracted.",
                    ("    merged[0, 0] -= 1\n", ""),
                ),
                mistake(
                    "subtracts-in-the-middle",
                    "You subtract the pixel in the middle of the window. Row `i` and "
                    "column `j` are where the window begins.",
                    (
                        "merged[0, 0]",
                        "merged[merged.shape[0] // 2, merged.shape[1] // 2]",
                    ),
                ),
                mistake(
                    "subtracts-everywhere",
                    "You subtract 1 from every weight, and so the sum of all pixels of "
                    "the window. Only one of them is to be subtracted.",
                    ("merged[0, 0] -= 1", "merged -= 1"),
                ),
                mistake(
                    "adds-the-picture",
                    "You add the picture. It is to be subtracted.",
                    ("merged[0, 0] -= 1", "merged[0, 0] += 1"),
                ),
                mistake(
                    "subtracts-at-the-last-corner",
                    "You subtract the pixel in the bottom right corner of the window. Row "
                    "`i` and column `j` are where it begins.",
                    ("merged[0, 0]", "merged[-1, -1]"),
                ),
                *_stamping_mistakes(_MINUS_PICTURE),
            ),
            "A picture is its own response to a kernel with a single 1: so it can be subtracted in "
            "the kernel.",
        ),
        _merge(
            "side_by_side",
            "Two layers beside each other",
            """Two layers read the **same** picture, by cross-correlation, one with the kernel
`first` and one with the kernel `second`, at the places where **both** kernels fit when their **top
left** corners lie on the same pixel. Their outputs are **added**. There is one kernel that, used
once by cross-correlation, gives the same output for every picture.""",
            _PARALLEL,
            (
                mistake(
                    "aligns-the-last-corners",
                    "Your kernels lie with their bottom right corners on each other. Here "
                    "it is the top left ones.",
                    _AT_THE_END,
                ),
                mistake(
                    "aligns-opposite-corners",
                    "One of your kernels lies in the top left corner and the other in the "
                    "bottom right one.",
                    _MIXED_ENDS,
                    ("merged[:kh, :kw]", "merged[-kh:, -kw:]"),
                ),
                mistake(
                    "subtracts-the-second",
                    "You subtract the second layer's output. Here the two are added.",
                    ("+= second", "-= second"),
                ),
                mistake(
                    "overwrites-where-kernels-overlap",
                    "Where both kernels have a weight, you keep one of the two. The pixel "
                    "under it counts through both.",
                    ("+= second", "= second"),
                    (
                        "    merged[:kh, :kw] += first\n    merged[:rows, :columns] += second\n",
                        "    merged[:rows, :columns] = second\n    merged[:kh, :kw] = first\n",
                    ),
                ),
                mistake(
                    "leaves-empty-rows",
                    "The weights are right, and the kernel is larger than it needs to be: "
                    "both kernels begin at the same pixel.",
                    (_ROOM, "merged = np.zeros((kh + rows, kw + columns))"),
                    (_ROOM, "merged = np.zeros((kh + rows - 1, kw + columns - 1))"),
                ),
                mistake(
                    "puts-the-layers-in-a-chain",
                    "This is for two layers one after the other. Here both read the picture "
                    "itself.",
                    function_from(_chain_of("")),
                ),
            ),
            "Both kernels in one frame, corner on corner, and added: what is linear can be summed "
            "before it is used.",
        ),
        _merge(
            "difference_at_the_end",
            "The difference of two layers",
            """Two layers read the **same** picture, by cross-correlation, one with the kernel
`first` and one with the kernel `second`, at the places where **both** kernels fit when their
**bottom right** corners lie on the same pixel. The output is what the first says **minus** what the
second says. There is one kernel that, used once by cross-correlation, gives the same output for
every picture.""",
            _PARALLEL_AT_THE_END,
            (
                mistake(
                    "aligns-the-first-corners",
                    "Your kernels lie with their top left corners on each other. Here it "
                    "is the bottom right ones.",
                    tuple((new, old) for old, new in _AT_THE_END),
                ),
                mistake(
                    "aligns-opposite-corners",
                    "One of your kernels lies in the top left corner and the other in the "
                    "bottom right one.",
                    ("merged[-kh:, -kw:]", "merged[:kh, :kw]"),
                    ("merged[-rows:, -columns:]", "merged[:rows, :columns]"),
                ),
                mistake(
                    "adds-the-second",
                    "You add the second layer's output. Here it is subtracted.",
                    ("-= second", "+= second"),
                ),
                mistake(
                    "exchanges-the-layers",
                    "You subtract the first layer from the second. It is the other way round.",
                    (("+= first", "-= first"), ("-= second", "+= second")),
                ),
                mistake(
                    "overwrites-where-kernels-overlap",
                    "Where both kernels have a weight, you keep one of the two. The pixel "
                    "under it counts through both.",
                    ("-= second", "= -second"),
                ),
                mistake(
                    "puts-the-layers-in-a-chain",
                    "This is for two layers one after the other. Here both read the picture "
                    "itself.",
                    function_from(_chain_of("")),
                ),
            ),
            "Both kernels in one frame, their last corners on each other, one with the sign "
            "reversed.",
        ),
        _merge(
            "first_layer_twice",
            "Twice the first, once the second",
            """A picture passes **twice** through a layer with the kernel `first`, and what comes
out of it once through a layer with the kernel `second`. All are cross-correlations, which use their
kernels only where they fit inside, and nothing stands between them. There is one kernel that, used
once by cross-correlation, gives the same output for every picture.""",
            _THRICE,
            (
                mistake(
                    "one-pass-only",
                    "This is for one pass through the first layer. The picture goes through it "
                    "twice.",
                    function_from(_chain_of("")),
                ),
                mistake(
                    "doubles-the-weights",
                    "You double the weights of the first kernel. Passing twice through a layer is "
                    "not the same as answering twice as strongly.",
                    function_from(
                        edited(_chain_of(""), ("second[i, j] * first", "2 * second[i, j] * first"))
                    ),
                ),
                mistake(
                    "squares-the-weights",
                    "You square each weight of the first kernel. In the second pass, each weight "
                    "meets the others too.",
                    function_from(
                        edited(_chain_of(""), ("second[i, j] * first", "second[i, j] * first**2"))
                    ),
                ),
                mistake(
                    "repeats-the-second-layer",
                    "The picture passes twice through the second layer here, and once through the "
                    "first.",
                    lambda first, second: function_from(_THRICE)(second, first),
                ),
                mistake(
                    "overwrites-where-stamps-overlap",
                    "Where two windows overlap, you keep the later one. A pixel that lies "
                    "in both counts through both.",
                    (("+= first", "= first"), ("+= second", "= second")),
                    ("+= second", "= second"),
                    ("+= first", "= first"),
                ),
                mistake(
                    "turns-a-kernel",
                    "One of the kernels is turned by 180° here. These layers lay their "
                    "kernels down as they stand.",
                    ("second[i, j]", "second[rows - 1 - i, columns - 1 - j]"),
                    ("* twice", "* twice[::-1, ::-1]"),
                ),
            ),
            "First the kernel of two passes, then its stamps at the weights of the second layer: "
            "any number of layers becomes one.",
        ),
    ),
)

families = (mend_the_loop, filter_the_picture, one_for_two)
"""The graded questions, in order."""
