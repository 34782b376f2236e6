"""Graded questions on chapter 02, locality: windows at the border, their matrix, and shifts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, Program, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray


def _pictures(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, side in (((2, 3), 3), ((3, 2), 3), ((3, 4), 3), ((5, 4), 3), ((5, 6), 5)):
        weights = matrix(rng, (side, side), -2, 3)
        # No two neighbors' weights alike: a window that is turned over shows.
        weights[0, 0], weights[0, -1], weights[-1, 0], weights[-1, -1] = 4, -3, 5, 1
        yield matrix(rng, shape, 1, 6), weights


_LOOP = Program(
    '''def local_layer(x, weights):
    """$summary"""
    H, W = x.shape
    side = len(weights)
    y = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            $before
            for a in range(side):
                for b in range(side):
                    row, column = $row, $column
                    $add
            $after
    return y
''',
    {
        "summary": "Sum every pixel's neighbors, with shared weights.",
        "before": "",
        "row": "i + a - side // 2",
        "column": "j + b - side // 2",
        "add": "y[i, j] += weights[a, b] * x[row, column]",
        "after": "",
    },
)
_ZEROS = "if 0 <= row < H and 0 <= column < W:\n    y[i, j] += weights[a, b] * x[row, column]"
_ADD = "y[i, j] += weights[a, b] * x[row, column]"
_CENTERED = "Each pixel stands in the middle of its window."

_LOOP_MISTAKES = (
    (
        "flips-the-kernel",
        "Your weights are turned over: the one at the upper left meets the pixel at the lower "
        "right.",
        ("[a, b]", "[-1 - a, -1 - b]"),
    ),
    (
        "rows-for-columns",
        "Your weights are mirrored at the diagonal: what belongs to a row is used for a column.",
        ("[a, b]", "[b, a]"),
    ),
    (
        "ignores-the-weights",
        "All neighbors count alike in your sum. Each has a weight.",
        ("weights[a, b] * ", ""),
    ),
    (
        "keeps-the-last-product",
        "Each product replaces the one before it. They should be added up.",
        ("+= weights", "= weights"),
    ),
)
"""Name, hint, and what changes in the line that adds a product."""


def _repair(
    name: str,
    rule: str,
    symptom: str,
    right: Mapping[str, str],
    planted: Mapping[str, str],
    still: str,
    *more: Mistake,
) -> Exercise:
    """Make a task of repair from a border rule and a bug that is planted in it."""
    program = _LOOP.but(**right)
    mistakes = [
        mistake(each, hint, {"add": program.parts["add"].replace(*edit)})
        for each, hint, edit in _LOOP_MISTAKES
    ]
    return variant(
        program,
        name=name,
        title="Repair the window",
        stars=2,
        prompt=f"""
`local_layer(x, weights)` should let every pixel of the picture `x` sum its neighbors, each times
its weight; `weights` is square and has an odd number of rows. {rule} The result has the shape of
`x`.

The code below has one bug: {symptom} Find it and mend it.
""",
        inputs=_pictures,
        mistakes=(*more, *mistakes),
        success="Every window reads what it should, at the border and at the corners too.",
        planted=planted,
        still=still,
    )


_UP_LEFT = {"row": "i + a - (side - 1)", "column": "j + b - (side - 1)", "add": _ZEROS}
_DOWN_RIGHT = {"row": "i + a", "column": "j + b", "add": _ZEROS}
_RING = {"row": "(i + a - side // 2) % H", "column": "(j + b - side // 2) % W"}
_EDGE = {
    "row": "min(max(i + a - side // 2, 0), H - 1)",
    "column": "min(max(j + b - side // 2, 0), W - 1)",
}
_PANORAMA = {
    "column": "(j + b - side // 2) % W",
    "add": "if 0 <= row < H:\n    y[i, j] += weights[a, b] * x[row, column]",
}
_COUNTED = {
    "before": "count = 0",
    "add": _ZEROS + "\n    count += 1",
    "after": "y[i, j] /= count",
}
_BLACK = mistake(
    "zeros-outside",
    "Outside the picture you take zeros. The task says what is read there.",
    {"row": _LOOP.parts["row"], "column": _LOOP.parts["column"], "add": _ZEROS},
)
_WRAPS = mistake(
    "wraps-around",
    "A window that leaves the picture comes in again on the other side. That is not asked for.",
    {**_RING, "add": _ADD},
)
_MIDDLE = mistake(
    "centers-the-window",
    "Your pixel stands in the middle of its window. The task puts it at another place.",
    {"row": _LOOP.parts["row"], "column": _LOOP.parts["column"], "add": _ZEROS},
)

repair_window = Family(
    name="repair_window",
    skills="Finds a bug in a loop over windows that leave the picture.",
    points=2,
    variants=(
        _repair(
            "looks_up_and_left",
            "Each pixel stands in the **lower right corner** of its window, so it looks at itself, "
            "up and to the left. Outside the picture there are zeros.",
            "the numbers in the first rows and columns are not right, although nothing complains.",
            _UP_LEFT,
            {"add": "if row < H and column < W:\n    " + _ADD},
            "A negative index is no complaint in Python: it counts from the end. This still is "
            "what the planted bug does.",
            _MIDDLE,
            mistake(
                "mends-the-rows-only",
                "The first rows are right now. The first columns still read the far side.",
                {"add": "if 0 <= row and column < W:\n    " + _ADD},
            ),
            mistake(
                "mends-the-columns-only",
                "The first columns are right now. The first rows still read the far side.",
                {"add": "if row < H and 0 <= column:\n    " + _ADD},
            ),
        ),
        _repair(
            "looks_down_and_right",
            "Each pixel stands in the **upper left corner** of its window, so it looks at itself, "
            "down and to the right. Outside the picture there are zeros.",
            "part of the picture is never read.",
            _DOWN_RIGHT,
            {"add": _ZEROS.replace("column < W", "column < W - 1")},
            "The last column of the picture is never read. This still is what the planted bug "
            "does.",
            _MIDDLE,
            mistake(
                "never-reads-the-last-row",
                "The last column is read now, and the last row is not.",
                {"add": _ZEROS.replace("row < H", "row < H - 1")},
            ),
            mistake(
                "never-reads-the-first-pixels",
                "The pixels with index 0 are never read in your loop.",
                {"add": _ZEROS.replace("0 <=", "0 <")},
                {"add": _ZEROS.replace("0 <= row", "0 < row")},
                {"add": _ZEROS.replace("0 <= column", "0 < column")},
            ),
        ),
        _repair(
            "ring",
            f"{_CENTERED} The picture is a **ring** in both directions: the row above the first is "
            "the last one, and the column after the last is the first one.",
            "it works for square pictures only.",
            _RING,
            {"column": "(j + b - side // 2) % H"},
            "Columns are counted around with the number of rows. This still is what the planted "
            "bug does.",
            _BLACK,
            mistake(
                "repeats-the-border-pixel",
                "Outside the picture you read its border pixels again. It should be a ring.",
                _EDGE,
            ),
            mistake(
                "starts-on-the-pixel",
                "Your window starts on its pixel. The pixel should stand in the middle.",
                {"row": "(i + a) % H", "column": "(j + b) % W"},
            ),
        ),
        _repair(
            "nearest_pixel",
            f"{_CENTERED} Outside the picture, the **nearest pixel** of the picture counts: its "
            "border goes on and on.",
            "what belongs to the right border comes out wrong.",
            _EDGE,
            {"column": "max(j + b - side // 2, 0) % W"},
            "To the right of the picture, you read its first column. This still is what the "
            "planted bug does.",
            _BLACK,
            _WRAPS,
            mistake(
                "starts-on-the-pixel",
                "Your window starts on its pixel. The pixel should stand in the middle.",
                {"row": "min(i + a, H - 1)", "column": "min(j + b, W - 1)"},
            ),
        ),
        _repair(
            "panorama",
            f"{_CENTERED} The picture is a panorama: to the left and right it goes **once "
            "around**, so the column after the last is the first one. Above and below it there "
            "are zeros.",
            "the sky in the first row sees the ground in the last.",
            _PANORAMA,
            {"row": "(i + a - side // 2) % H", "add": _ADD},
            "The picture still goes around from top to bottom, too. This still is what the "
            "planted bug does.",
            _BLACK,
            mistake(
                "turns-the-ring",
                "Your picture goes around from top to bottom and has zeros at the left and right. "
                "It should be the other way.",
                {
                    "row": "(i + a - side // 2) % H",
                    "column": "j + b - side // 2",
                    "add": "if 0 <= column < W:\n    " + _ADD,
                },
            ),
        ),
        _repair(
            "mean_of_what_is_there",
            f"{_CENTERED} Neighbors outside the picture do not exist: the sum over those that do "
            "is divided by **how many there are**.",
            "the border comes out too dark.",
            _COUNTED,
            {"after": "y[i, j] /= side * side"},
            "The sum is divided by the size of the whole window, also where part of it lies "
            "outside. This still is what the planted bug does.",
            mistake(
                "forgets-to-divide",
                "These are the sums. Each should be divided by the number of its neighbors.",
                {"after": ""},
            ),
            mistake(
                "divides-by-the-side",
                "You divide by the number of rows of the window. It has columns as well.",
                {"after": "y[i, j] /= side"},
            ),
            mistake(
                "divides-by-the-weights",
                "You divide by the sum of the weights that are used. Divide by their number.",
                {"add": _ZEROS + "\n    count += weights[a, b]"},
            ),
            mistake(
                "does-not-count-the-pixel",
                "You divide by one less: the pixel itself stands in its window and counts.",
                {"after": "y[i, j] /= count - 1"},
            ),
        ),
    ),
)


def _rows(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for weights, length in (
        ([2], 2),
        ([1, 2, 3], 3),
        ([4, 0, 1], 4),
        ([1, 2, 3, 4, 5], 5),
        ([3, -1, 2, 5, 1], 6),
        ([2, 1, -3], 7),
    ):
        yield np.array(weights, dtype=np.int64), length


_MATRIX = Program(
    '''def layer_matrix(weights, length):
    """Return the matrix of a layer with shared weights, for a row."""
    rows = $rows
    result = np.zeros((rows, length), dtype=int)
    for i in range(rows):
        for a in range(len(weights)):
            j = $place
            $set
    return $result
''',
    {
        "rows": "length",
        "place": "i + a - len(weights) // 2",
        "set": "if 0 <= j < length:\n    result[i, j] += weights[a]",
        "result": "result",
    },
)
_ALWAYS = "result[i, j] += weights[a]"
_INSIDE = _MATRIX.parts["set"]
_AROUND = "(i + a - len(weights) // 2) % length"
_NEAREST = "min(max(i + a - len(weights) // 2, 0), length - 1)"
_MIRROR = "length - 1 - abs(length - 1 - abs(i + a - len(weights) // 2))"

_MATRIX_MISTAKES = (
    mistake(
        "zeros-outside",
        "What lies outside the row has no part in your matrix. The task says what is read there.",
        {"place": _MATRIX.parts["place"], "set": _INSIDE},
    ),
    mistake(
        "drops-the-border-rows",
        "Rows are missing: you keep the windows that lie wholly inside. Here each pixel has one.",
        {"rows": "max(length - len(weights) + 1, 0)", "place": "i + a", "set": _ALWAYS},
    ),
    mistake(
        "middle-weight-only",
        "Only the diagonal is filled: each pixel sees itself and no neighbor.",
        lambda weights, length: weights[len(weights) // 2] * np.eye(length, dtype=np.int64),
    ),
    mistake(
        "keeps-the-last-weight",
        "Where several weights meet at one pixel, your matrix keeps the last. They add up.",
        {"set": "result[i, j] = weights[a]"},
    ),
)


def _row_matrix(
    name: str,
    rule: str,
    right: Mapping[str, str],
    *more: Mistake,
    without: tuple[str, ...] = (),
    use: str = "",
) -> Exercise:
    """Make the task of writing a layer's matrix under a rule."""
    program = _MATRIX.but(**right)
    place, put = program.parts["place"], program.parts["set"]
    around = [{"place": _AROUND, "set": _ALWAYS}]
    if put == _INSIDE:  # a negative index is no error in Python, and goes around
        around.append({"place": f"({place}) % length", "set": _ALWAYS})
    turned = "This is the transpose: what should stand in a row stands in a column"
    if "reverses-the-weights" in without:
        turned += ", or the weights run from right to left"
    usual = (
        mistake("rows-for-columns", f"{turned}.", {"result": "result.T"}),
        mistake(
            "reverses-the-weights",
            "Your weights run from right to left. The first one belongs to the leftmost neighbor.",
            {"set": put.replace("[a]", "[-1 - a]")},
        ),
        mistake(
            "starts-on-the-diagonal",
            "Your first weight stands on the diagonal. The diagonal is where a pixel meets itself.",
            {"place": "i + a", "set": _INSIDE},
            {"place": place.replace(" - len(weights) // 2", "")},
        ),
        mistake(
            "ends-on-the-diagonal",
            "Your last weight stands on the diagonal. The diagonal is where a pixel meets itself.",
            {"place": "i + a - len(weights) + 1", "set": _INSIDE},
            {"place": place.replace("len(weights) // 2", "len(weights) + 1")},
        ),
        mistake(
            "wraps-around",
            "In the corners of your matrix the row meets its other end, as if it were a ring.",
            *around,
        ),
    )
    use = use or (
        "Return the `length` × `length` matrix `M` for which `M @ x` is what the layer makes of "
        "the row `x`."
    )
    return variant(
        program,
        name=name,
        title="The matrix of a layer",
        stars=2,
        prompt=f"""
Write `layer_matrix(weights, length)`. A row of `length` pixels goes through a layer with shared
weights; there is an odd number of them, from the leftmost neighbor's to the rightmost one's.
{rule} {use}
""",
        inputs=_rows,
        shown=(np.array([1, 2, 3]), 4),
        mistakes=(*more, *usual, *_MATRIX_MISTAKES),
        success="The same few numbers along the diagonals, and the border rule at their ends.",
        without=without,
    )


_CENTERS = mistake(
    "centers-the-window",
    "Your middle weight stands on the diagonal. The task says which weight is the pixel's own.",
    {"place": "i + a - len(weights) // 2"},
)
_OWN = "The middle weight is the pixel's own."
layer_as_matrix = Family(
    name="layer_as_matrix",
    skills="Writes a local layer with shared weights as a matrix, under a rule for the border.",
    points=3,
    variants=(
        _row_matrix(
            "circulant",
            f"{_OWN} The row is a **ring**: the last pixel is the left neighbor of the first, and "
            "where a window goes around so far that a pixel comes twice, both weights count.",
            {"place": _AROUND, "set": _ALWAYS},
            without=("reverses-the-weights", "keeps-the-last-weight"),
        ),
        _row_matrix(
            "nearest",
            f"{_OWN} Outside the row, the **nearest pixel** of the row is read, so several weights "
            "may meet the same pixel.",
            {"place": _NEAREST, "set": _ALWAYS},
        ),
        _row_matrix(
            "mirrored",
            f"{_OWN} Outside, the row is **mirrored at its border pixel**, which is not repeated: "
            "left of `x[0]` come `x[1]`, `x[2]` and so on, and right of `x[-1]` come `x[-2]`, "
            "`x[-3]`.",
            {"place": _MIRROR, "set": _ALWAYS},
        ),
        _row_matrix(
            "to_the_left",
            "The **last** weight is the pixel's own, so a pixel looks at itself and to its left. "
            "Outside the row there are zeros.",
            {"place": "i + a - len(weights) + 1"},
            _CENTERS,
            without=("zeros-outside", "keeps-the-last-weight"),
        ),
        _row_matrix(
            "to_the_right",
            "The **first** weight is the pixel's own, so a pixel looks at itself and to its right. "
            "Outside the row there are zeros.",
            {"place": "i + a"},
            _CENTERS,
            without=("zeros-outside", "keeps-the-last-weight"),
        ),
        _row_matrix(
            "row_on_the_left",
            f"{_OWN} Outside the row there are zeros.",
            {"result": "result.T"},
            mistake(
                "row-on-the-right",
                "This is the matrix for `M @ x`. Here the row stands on the left: `x @ M`.",
                {"result": "result"},
            ),
            without=("reverses-the-weights", "zeros-outside", "keeps-the-last-weight"),
            use="Return the `length` × `length` matrix `M` for which **`x @ M`** is what the layer "
            "makes of the row `x`; the row stands on the left here.",
        ),
        _row_matrix(
            "every_second_neighbor",
            f"{_OWN} The window has **gaps**: neighboring weights belong to pixels that are two "
            "apart. Outside the row there are zeros.",
            {"place": "i + 2 * (a - len(weights) // 2)"},
            mistake(
                "closes-the-gaps",
                "Your weights belong to neighbors side by side. They should be two apart.",
                {"place": "i + a - len(weights) // 2"},
            ),
            without=("reverses-the-weights", "zeros-outside", "keeps-the-last-weight"),
        ),
    ),
)


def _shifts(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int, int]]:
    for shape, side, rows, columns in (
        ((3, 3), 3, 1, 0),
        ((3, 4), 3, 0, -1),
        ((4, 3), 3, -1, 1),
        ((4, 5), 3, 2, 1),
        ((5, 4), 3, -2, -1),
        ((6, 6), 5, 1, -2),
    ):
        yield matrix(rng, shape, 1, 6), matrix(rng, (side, side), -2, 3), rows, columns


_ORDERS = Program(
    '''def orders_differ(x, weights, rows, columns):
    """Return what shifting first gives, minus what the layer first gives."""
    H, W = x.shape
    half = len(weights) // 2
    far = max(abs(rows), abs(columns))

    def shift(picture):
        padded = np.pad(picture, far, mode="$shift")
        return padded[$top : $top + H, $left : $left + W]

    def layer(picture):
        padded = np.pad(picture, half, mode="$border")
        windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape)
        return (windows * $weights).sum(axis=(2, 3))

    return $result
''',
    {
        "shift": "constant",
        "border": "constant",
        "top": "far - rows",
        "left": "far - columns",
        "weights": "weights",
        "result": "layer(shift(x)) - shift(layer(x))",
    },
)
_ORDER_MISTAKES = (
    mistake(
        "subtracts-the-other-way",
        "Every number has the opposite sign: you take the second order minus the first.",
        {"result": "shift(layer(x)) - layer(shift(x))"},
    ),
    mistake(
        "opposite-sides",
        "Your picture moves up and to the left. Positive numbers move it down and to the right.",
        {"top": "far + rows", "left": "far + columns"},
    ),
    mistake(
        "rows-for-columns",
        "Rows and columns of the shift are exchanged: `rows` moves the picture down.",
        {"top": "far - columns", "left": "far - rows"},
    ),
    mistake(
        "flips-the-kernel",
        "Your weights are turned over: the one at the upper left meets the pixel at the lower "
        "right.",
        {"weights": "weights[::-1, ::-1]"},
    ),
    mistake(
        "zeros-outside-the-layer",
        "Your layer reads zeros outside the picture. The task says what it reads there.",
        {"border": "constant"},
    ),
    mistake(
        "zeros-come-in",
        "In your shift zeros come in. The task says what comes in.",
        {"shift": "constant"},
    ),
    mistake(
        "the-shift-wraps-around",
        "In your shift, what leaves the picture comes in again on the other side.",
        {"shift": "wrap"},
    ),
    mistake(
        "the-layer-wraps-around",
        "Your layer reads the far side of the picture where a window leaves it.",
        {"border": "wrap"},
    ),
    mistake(
        "finds-no-difference",
        "In your answer the order never matters. It would not if both rules went around, as on a "
        "ring; here the border makes a difference.",
        {"result": "np.zeros((H, W))"},
    ),
    mistake(
        "drops-the-signs",
        "Your differences have no signs. The first result may also be the smaller one.",
        {"result": "np.abs(layer(shift(x)) - shift(layer(x)))"},
    ),
    mistake(
        "lets-signs-cancel",
        "You add up differences with their signs, so that they cancel. Their sizes count.",
        {"result": "(layer(shift(x)) - shift(layer(x))).sum()"},
    ),
    mistake(
        "one-order-only",
        "You compare with the layer's output before any shift. Both sides should be shifted, and "
        "both should have gone through the layer.",
        {"result": "layer(shift(x)) - layer(x)"},
        {"result": "shift(layer(x)) - layer(x)"},
    ),
    mistake(
        "leaves-the-layer-out",
        "You take away the shifted picture itself. It should have gone through the layer first.",
        {"result": "layer(shift(x)) - shift(x)"},
    ),
)
_COMES_IN = {
    "constant": "**zeros** come in",
    "wrap": "what leaves on one side **comes in on the other**",
    "edge": "the **border pixel** is repeated in what becomes free",
}
_READS = {
    "constant": "**zeros**",
    "wrap": "the pixels **on the far side**, as on a ring",
    "edge": "the **nearest pixel** of the picture",
}


def _orders(shift: str, border: str, total: bool = False) -> Exercise:
    """Make the task of comparing both orders, for a rule of the shift and one of the layer."""
    result: dict[str, Any] = {}
    if total:
        result["result"] = "np.abs(layer(shift(x)) - shift(layer(x))).sum()"
    program = _ORDERS.but(shift=shift, border=border, **result)
    asked = (
        "one number: the absolute differences between the two results, added up over all pixels"
        if total
        else "the result of the first minus that of the second, an array of the shape of `x`"
    )
    # Where one rule goes around, an answer in which both do finds no difference anywhere.
    none = {"the-shift-wraps-around", "the-layer-wraps-around"} if "wrap" in (shift, border) else ()
    of_signs = {"subtracts-the-other-way", "drops-the-signs"} if total else {"lets-signs-cancel"}
    mistakes: list[Mistake] = []
    for each in _ORDER_MISTAKES:
        if each.name in {*none, *of_signs}:
            continue
        changes = [dict(change) for change in each.changes if isinstance(change, Mapping)]
        for change in changes:
            if total and "result" in change and each.name != "lets-signs-cancel":
                change["result"] = f"np.abs({change['result']}).sum()"
        mistakes.append(mistake(each.name, each.hint, *changes))
    # The two rules show in these: no mistake with one of them gives the same.
    picture = np.array([[1, 2, 3], [4, 5, 6]])
    weights = np.array([[0, 0, 0], [1, 0, 2], [0, 0, 0]])
    return variant(
        program,
        name=f"shift_{shift}_layer_{border}{'_added_up' if total else ''}",
        title="Does the order matter?",
        stars=3,
        prompt=f"""
Write `orders_differ(x, weights, rows, columns)`. The picture `x` is shifted down by `rows` and to
the right by `columns` (negative numbers shift up and left), and it goes through a local layer with
shared `weights`; these are square, and the pixel's own weight is in the middle. Compare two orders:
the **first** is to shift and then send the result through the layer, the **second** is to send `x`
through the layer and then shift what comes out.

In the shift, {_COMES_IN[shift]}. In the layer, a window that leaves the picture reads
{_READS[border]}. Return {asked}.
""",
        inputs=_shifts,
        shown=(picture, weights, 0, 1),
        mistakes=mistakes,
        success="Away from the border the two orders agree, whatever the rules; you have measured "
        "where these two rules let them differ.",
    )


order_of_shift_and_layer = Family(
    name="order_of_shift_and_layer",
    skills="Combines a shift and a local layer and measures where equivariance fails.",
    points=5,
    variants=(
        _orders("constant", "constant"),
        _orders("constant", "wrap"),
        _orders("constant", "edge"),
        _orders("wrap", "constant"),
        _orders("wrap", "edge"),
        _orders("edge", "constant"),
        _orders("edge", "edge", total=True),
        _orders("edge", "wrap", total=True),
    ),
)

families = (repair_window, layer_as_matrix, order_of_shift_and_layer)
"""The chapter's graded questions, in order."""
