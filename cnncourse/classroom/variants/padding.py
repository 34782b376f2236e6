"""Graded questions on chapter 04, padding."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import GRIDS, Edit, Mistake, edited, mistake, variant
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray
Case = tuple[int, int, int, int]


def _index_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    for size in (3, 4, 5):
        positions = [0, size - 1, -1, size, -2, size + 1]
        positions += list(range(-3, -size, -1)) + list(range(size + 2, 2 * size - 1))
        yield from ((i, size) for i in positions)


def _far_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    for size in (3, 4, 5):
        yield from ((i, size) for i in (0, size - 1, -1, size, -2, size + 1, 2 * size - 2))
        yield from ((i, size) for i in (2 * size, 3 * size, -size, -2 * size, -3 * size - 1))


def _index_source(before: str, after: str) -> str:
    return f'''def copied_index(i, size):
    """Return which position inside the axis position i copies."""
    if i < 0:
        return {before}
    if i >= size:
        return {after}
    return i
'''


_BEFORE = {"on": "-i", "beside": "-i - 1", "replicate": "0", "circular": "i + size"}
_AFTER = {
    "on": "2 * size - 2 - i",
    "beside": "2 * size - 1 - i",
    "replicate": "size - 1",
    "circular": "i - size",
}
_ENDS = {
    "on": "a mirror stands **on** the border pixel, which is not repeated",
    "beside": "a mirror stands **beside** the border pixel, so that this pixel appears twice",
    "replicate": "the border pixel goes on forever",
    "circular": "the picture comes in again from its **other** end",
}
_SAME_AT_BOTH_ENDS = {
    "on": (
        "mirrors-on-the-border",
        "Your mirrors stand on the border pixels, at both ends: that is `reflect`.",
    ),
    "beside": (
        "mirrors-beside-the-border",
        "Your mirrors stand beside the border pixels at both ends, so that both appear twice.",
    ),
    "replicate": (
        "repeats-the-border-pixel",
        "Every position outside copies the border pixel: that is `replicate`.",
    ),
    "circular": (
        "wraps-around",
        "Positions outside copy from the opposite end: that is `circular`.",
    ),
}


def _row_of(source: str, outside: int = 3, size: int = 4) -> str:
    """Write down which positions a row of four and its frame show."""
    copied = function_from(source)
    shown = [str(copied(i, size)) for i in range(-outside, size + outside)]
    parts = shown[:outside], shown[outside : outside + size], shown[outside + size :]
    return " | ".join(" ".join(part) for part in parts)


def _mend_ends(
    name: str,
    title: str,
    before: str,
    after: str,
    planted: Edit,
    still: str,
    extra: tuple[Mistake, ...],
    success: str,
) -> Exercise:
    """Make the task of mending `copied_index`, from the rules at the two ends."""
    source = _index_source(_BEFORE[before], _AFTER[after])
    wrong = list(extra)
    wrong += [
        mistake(label, hint, function_from(_index_source(_BEFORE[rule], _AFTER[rule])))
        for rule, (label, hint) in _SAME_AT_BOTH_ENDS.items()
        if not before == after == rule
    ]
    rules = f"At **both** ends, {_ENDS[before]}."
    if before != after:
        rules = f"**Before** the axis, {_ENDS[before]}. **Behind** it, {_ENDS[after]}."
        wrong.append(
            mistake(
                "exchanges-the-ends",
                "You do at the end what belongs to the beginning, and the other way round.",
                function_from(_index_source(_BEFORE[after], _AFTER[before])),
            )
        )
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            "Mend `copied_index(i, size)`. It says which pixel a position in the frame copies, "
            "along an axis of `size` pixels. Positions 0 to `size - 1` lie inside and copy "
            "themselves; negative ones lie before the axis, `size` and above behind it. "
            f"{rules} Positions are asked for up to `size - 1` pixels outside. For 4 pixels and "
            "three positions on either side:\n\n"
            f"```text\n{_row_of(source)}\n```\n\n"
            "The code below has **one** bug: find it and mend it."
        ),
        shown=(-2, 4),
        source=source,
        planted=planted,
        still=f"This still does what the planted bug does. {still}",
        inputs=_index_inputs,
        mistakes=tuple(wrong),
        success=success,
        style=GRIDS,
    )


_FOLD_ON = '''def copied_index(i, size):
    """Return which position inside the axis position i copies."""
    period = 2 * (size - 1)
    i = i % period
    if i >= size:
        i = period - i
    return i
'''
_FOLD_BESIDE = '''def copied_index(i, size):
    """Return which position inside the axis position i copies."""
    period = 2 * size
    i = i % period
    if i >= size:
        i = period - 1 - i
    return i
'''


def _mend_folds(
    name: str,
    title: str,
    rule: str,
    source: str,
    planted: Edit,
    still: str,
    extra: tuple[Mistake, ...],
    success: str,
) -> Exercise:
    """Make the task of mending `copied_index` where the picture is folded again and again."""
    once = _index_source(_BEFORE[rule], _AFTER[rule])
    far = {"replicate": "min(max(i, 0), size - 1)", "circular": "i % size"}
    head = source[: source.index("    period")]
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            "Mend `copied_index(i, size)`. It says which pixel a position in the frame copies, "
            "along an axis of `size` pixels. Positions 0 to `size - 1` lie inside and copy "
            f"themselves; negative ones lie before the axis, `size` and above behind it. At "
            f"**both** ends, {_ENDS[rule]}; and as there are two mirrors, the picture is folded "
            "**again and again**, however far out a position lies. For 4 pixels and nine "
            "positions on either side:\n\n"
            f"```text\n{_row_of(source, 9)}\n```\n\n"
            "The code below has **one** bug: find it and mend it."
        ),
        shown=(-7, 4),
        source=source,
        planted=planted,
        still=f"This still does what the planted bug does. {still}",
        inputs=_far_inputs,
        mistakes=(
            mistake(
                "folds-only-once",
                "Near the axis this is right. Further out a position meets the other mirror, and "
                "the next fold begins.",
                function_from(once),
            ),
            *extra,
            *(
                mistake(
                    *_SAME_AT_BOTH_ENDS[each],
                    function_from(f"{head}    return {index}\n"),
                )
                for each, index in far.items()
            ),
        ),
        success=success,
        style=GRIDS,
    )


mend_the_frame = Family(
    name="mend_the_frame",
    skills="Reads a border rule as a map of indices and finds where the code departs from it.",
    points=2,
    variants=(
        _mend_ends(
            "mirror_and_replicate",
            "A mirror before, a flat end behind",
            "on",
            "replicate",
            ("return size - 1", "return size"),
            "What is the index of the last pixel inside?",
            (
                mistake(
                    "skips-a-pixel",
                    "The mirror stands too far inside now: the neighbor of the first pixel is "
                    "passed over.",
                    ("return -i", "return -i + 1"),
                ),
                mistake(
                    "one-pixel-too-far-in",
                    "Behind the axis you copy the last pixel but one.",
                    ("return size - 1", "return size - 2"),
                ),
            ),
            "The last pixel has the index `size - 1`, and the mirror before the axis was right "
            "all along.",
        ),
        _mend_ends(
            "circular_at_both_ends",
            "Around in a circle",
            "circular",
            "circular",
            ("return i + size", "return i + size - 1"),
            "Which pixel is the neighbor of the first one, on a circle?",
            (
                mistake(
                    "mends-one-end-and-breaks-the-other",
                    "Before the axis it is right now. Behind it, the first pixel comes one "
                    "position too late.",
                    ("return i - size", "return i - size - 1"),
                ),
                mistake(
                    "one-pixel-too-far-round",
                    "Before the axis you come back in one pixel too late, on the first pixel "
                    "itself.",
                    ("return i + size", "return (i + size + 1) % size"),
                ),
            ),
            "One step out at the beginning is the last pixel, one step out at the end the first.",
        ),
        _mend_ends(
            "mirror_and_circle",
            "A mirror before, a circle behind",
            "beside",
            "circular",
            ("return -i - 1", "return -i"),
            "Does the first pixel appear twice?",
            (
                mistake(
                    "skips-a-pixel",
                    "The mirror stands too far inside now: the first pixel and its neighbor are "
                    "passed over.",
                    ("return -i - 1", "return -i + 1"),
                ),
            ),
            "Position −1 copies pixel 0: with the mirror beside the border, that pixel appears "
            "twice.",
        ),
        _mend_ends(
            "replicate_and_mirror",
            "A flat beginning, a mirror behind",
            "replicate",
            "beside",
            ("2 * size - 1 - i", "2 * size - i"),
            "At `i = size`, which pixel should come?",
            (
                mistake(
                    "skips-a-pixel",
                    "The mirror stands too far inside now: the last pixel is passed over and its "
                    "neighbor comes first.",
                    ("2 * size - 1 - i", "2 * size - 3 - i"),
                ),
                mistake(
                    "mirrors-on-the-last-pixel",
                    "Your mirror stands on the last pixel, which is then not repeated. It should "
                    "stand beside it.",
                    ("2 * size - 1 - i", "2 * size - 2 - i"),
                ),
            ),
            "At `i = size` the last pixel appears once more, and from there it goes backwards.",
        ),
        _mend_folds(
            "folded_on_the_border",
            "Between two mirrors, on the border",
            "on",
            _FOLD_ON,
            ("2 * (size - 1)", "2 * size - 1"),
            "After how many positions does the row of copies begin again?",
            (
                mistake(
                    "mirrors-beside-the-border",
                    "Your mirrors stand beside the border pixels, so that both appear twice.",
                    (
                        ("period = 2 * (size - 1)", "period = 2 * size"),
                        ("period - i", "period - 1 - i"),
                    ),
                ),
                mistake(
                    "never-turns-back",
                    "You never turn back: the second half of each round still counts upwards.",
                    ("i = period - i", "i = i - size"),
                ),
            ),
            "There and back, and neither border pixel twice: the copies begin again after "
            "`2 * (size - 1)` positions.",
        ),
        _mend_folds(
            "folded_beside_the_border",
            "Between two mirrors, beside the border",
            "beside",
            _FOLD_BESIDE,
            ("period - 1 - i", "period - i"),
            "At `i = size`, which pixel should come?",
            (
                mistake(
                    "mirrors-on-the-border",
                    "Your mirrors stand on the border pixels, so that neither is repeated: that "
                    "is `reflect`.",
                    (
                        ("period = 2 * size", "period = 2 * (size - 1)"),
                        ("period - 1 - i", "period - i"),
                    ),
                ),
                mistake(
                    "skips-a-pixel",
                    "Your mirror stands too far inside at the end: the last pixel's neighbor "
                    "comes first.",
                    ("period - 1 - i", "period - 2 - i"),
                ),
            ),
            "There and back, each border pixel twice: the copies begin again after `2 * size` "
            "positions.",
        ),
    ),
)


_MODES = {
    "replicate": 'mode="edge"',
    "reflect": 'mode="reflect"',
    "circular": 'mode="wrap"',
    "zeros": 'mode="constant"',
    "symmetric": 'mode="symmetric"',
    "darkest": 'mode="constant", constant_values=x.min()',
    "darkest of each line": 'mode="minimum"',
}
_FILLS = {
    "replicate": "copy the nearest border pixel, which goes on forever (`replicate`)",
    "reflect": "are folded over **on** the border pixel, which is not repeated (`reflect`)",
    "circular": "come in again from the opposite side (`circular`)",
    "zeros": "are 0 (`zeros`)",
    "symmetric": "are folded over **beside** the border pixel, which appears twice",
    "darkest": "have the value of the **darkest** pixel of the whole picture",
}
_MEANINGS = {
    "height first": (
        "top, bottom, left, right = first, first, second, second",
        "`padding` is (rows, columns): so many rows are added at the top and again at the bottom, "
        "so many columns at the left and again at the right.",
    ),
    "width first": (
        "top, bottom, left, right = second, second, first, first",
        "`padding` is (columns, rows), **in this order**: so many columns are added at the left "
        "and again at the right, so many rows at the top and again at the bottom.",
    ),
    "before and after": (
        "top, bottom, left, right = first, second, first, second",
        "`padding` is (before, after): `before` rows are added at the top and `before` columns at "
        "the left, `after` rows at the bottom and `after` columns at the right.",
    ),
    "beginning only": (
        "top, bottom, left, right = first, 0, second, 0",
        "`padding` is (rows, columns): so many rows are added at the top **only**, so many columns "
        "at the left **only**.",
    ),
    "end only": (
        "top, bottom, left, right = 0, first, 0, second",
        "`padding` is (rows, columns): so many rows are added at the bottom **only**, so many "
        "columns at the right **only**.",
    ),
    "in all": (
        "top, left = first // 2, second // 2\n    bottom, right = first - top, second - left",
        "`padding` is (rows, columns), how many are added **in all**: half of the rows at the top "
        "and half at the bottom, half of the columns at the left and half at the right. Where the "
        "number is odd, the larger half comes after, at the bottom or at the right.",
    ),
    "in all, more before": (
        "bottom, right = first // 2, second // 2\n    top, left = first - bottom, second - right",
        "",  # no task asks for it
    ),
}
_MISREADINGS = {
    "height first": (
        "takes-the-height-first",
        "You take the first number for rows, at the top and at the bottom, and the second for "
        "columns. Read what each of them is for.",
    ),
    "width first": (
        "takes-the-width-first",
        "You take the first number for columns, at the left and at the right, and the second for "
        "rows. Read what each of them is for.",
    ),
    "before and after": (
        "reads-the-pair-as-before-and-after",
        "You put the first number before each axis and the second one after. Read what each of "
        "them is for.",
    ),
    "beginning only": (
        "pads-one-side-only",
        "You add pixels at the beginning of each axis, and none at its end. Read where they "
        "belong.",
    ),
    "end only": (
        "pads-the-end-only",
        "You add pixels at the end of each axis, and none at its beginning. Read where they "
        "belong.",
    ),
    "in all": (
        "shares-the-padding-out",
        "You share each number out to both sides. Read how many pixels each side gets.",
    ),
    "in all, more before": (
        "larger-half-first",
        "Where a number is odd, your larger half lies before the picture. Read where it belongs.",
    ),
}
_BOTH_SIDES = (
    "pads-both-sides",
    "You add each number of pixels at both ends of its axis. Read where they belong, and how many.",
)
_EXCHANGED = (
    "swaps-height-and-width",
    "You take the two numbers of the pair the other way round. Which axis comes first here?",
)


def _frame_source(rows: str, columns: str, meaning: str) -> str:
    return f'''def framed(x, padding):
    """Return the picture x in its frame."""
    first, second = padding
    {_MEANINGS[meaning][0]}
    x = np.pad(x, ((top, bottom), (0, 0)), {_MODES[rows]})
    return np.pad(x, ((0, 0), (left, right)), {_MODES[columns]})
'''


def _frame_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, tuple[int, int]]]:
    for shape, padding in (
        ((3, 3), (1, 0)),
        ((3, 3), (0, 1)),
        ((3, 4), (2, 1)),
        ((4, 3), (1, 2)),
        ((4, 4), (2, 2)),
        ((3, 5), (2, 0)),
    ):
        yield matrix(rng, shape, 1, 9), padding


_PLACED_IN_THE_MIDDLE = '''def framed(x, padding):
    """Return the picture x in its frame."""
    first, second = padding
    MEANING
    H, W = x.shape
    corners = np.zeros((top + H + bottom, left + W + right), dtype=x.dtype)
    rows = np.pad(x, ((top, bottom), (0, 0)), ROWS)
    columns = np.pad(x, ((0, 0), (left, right)), COLUMNS)
    corners[:, left : left + W] = rows
    corners[top : top + H] = columns
    return corners
'''


def _frame(
    name: str,
    title: str,
    rows: str,
    columns: str,
    meaning: str,
    misread: tuple[str, ...],
    confused: dict[str, tuple[str, str, str]],
    success: str,
) -> Exercise:
    """Make the task of writing `framed`: rules for rows and columns, the meaning of the pair."""
    source = _frame_source(rows, columns, meaning)
    both_orders = {"height first", "width first"}
    if rows == columns:
        rules = f"All new pixels {_FILLS[rows]}."
    else:
        rules = (
            f"New **rows** {_FILLS[rows]}. New **columns** {_FILLS[columns]}. In the corners of "
            "the frame both rules hold, one after the other; the order makes no difference."
        )
    misreadings = dict(_MISREADINGS)
    if meaning in ("beginning only", "end only", "in all"):
        misreadings["height first"] = _BOTH_SIDES
    wrong = [
        mistake(
            *(_EXCHANGED if {each, meaning} == both_orders else misreadings[each]),
            function_from(_frame_source(rows, columns, each)),
        )
        for each in misread
    ]
    if rows != columns:
        wrong.append(
            mistake(
                "exchanges-the-rules",
                "You fill the new rows by the rule for the columns, and the new columns by the "
                "one for the rows.",
                function_from(_frame_source(columns, rows, meaning)),
            )
        )
    wrong += [
        mistake(label, hint, function_from(_frame_source(above, beside, meaning)))
        for label, (hint, above, beside) in confused.items()
    ]
    if "zeros" not in (rows, columns):
        corners = function_from(
            edited(
                _PLACED_IN_THE_MIDDLE,
                ("MEANING", _MEANINGS[meaning][0]),
                ("ROWS", _MODES[rows]),
                ("COLUMNS", _MODES[columns]),
            )
        )
        wrong.append(
            mistake(
                "leaves-the-corners-zero",
                "The four sides are right. The corners are still zeros: they belong to the frame "
                "as well.",
                corners,
            )
        )
    return variant(
        name=name,
        title=title,
        stars=2,
        prompt=(
            f"Write `framed(x, padding)`, which returns the picture `x` in a frame. {rules}\n\n"
            f"{_MEANINGS[meaning][1]} A number may be 0, and it is never too large for the rule. "
            "You may use `np.pad`; mind that NumPy has names of its own for the modes."
        ),
        shown=(np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), (2, 1)),
        source=source,
        inputs=_frame_inputs,
        seed=4,
        mistakes=tuple(wrong),
        success=success,
        style=GRIDS,
    )


_all_zeros = "The size is right, and all new pixels are zeros. Read by what they are filled."

fill_the_frame = Family(
    name="fill_the_frame",
    skills="Writes padding with a rule of its own for each axis, and reads what the pair means.",
    points=3,
    variants=(
        _frame(
            "panorama",
            "A panorama",
            "replicate",
            "circular",
            "height first",
            ("width first", "before and after", "beginning only", "in all"),
            {
                "wraps-around": (
                    "Your rows come in again from the other side too. A panorama closes at its "
                    "sides only.",
                    "circular",
                    "circular",
                ),
                "repeats-the-border-pixel": (
                    "Your columns copy their nearest pixel. A panorama goes on at its other side.",
                    "replicate",
                    "replicate",
                ),
                "pads-with-zeros": (_all_zeros, "zeros", "zeros"),
            },
            "Left and right are joined, top and bottom go on as they end.",
        ),
        _frame(
            "shelf",
            "Zeros above and below, a mirror at the sides",
            "zeros",
            "reflect",
            "before and after",
            ("height first", "width first", "beginning only"),
            {
                "mirrors-beside-the-border": (
                    "Your columns are folded beside the border pixel, so that it appears twice.",
                    "zeros",
                    "symmetric",
                ),
                "pads-with-zeros": (_all_zeros, "zeros", "zeros"),
                "mirrors-the-rows-too": (
                    "You fold the rows over as well. The new rows are 0.",
                    "reflect",
                    "reflect",
                ),
            },
            "Each axis has its own rule, and the pair is read as (before, after) on both.",
        ),
        _frame(
            "width_comes_first",
            "The width comes first",
            "reflect",
            "replicate",
            "width first",
            ("height first", "before and after", "beginning only", "in all"),
            {
                "mirrors-beside-the-border": (
                    "Your rows are folded beside the border pixel, so that it appears twice.",
                    "symmetric",
                    "replicate",
                ),
                "repeats-the-border-pixel": (
                    "Your rows copy their nearest pixel too. They should be folded over.",
                    "replicate",
                    "replicate",
                ),
                "pads-with-zeros": (_all_zeros, "zeros", "zeros"),
            },
            "Columns first, as `F.pad` has it, and each axis with its own rule.",
        ),
        _frame(
            "only_at_the_beginning",
            "Only above and at the left",
            "circular",
            "zeros",
            "beginning only",
            ("height first", "end only", "before and after"),
            {
                "wraps-around": (
                    "Your columns come in again from the other side too. The new columns are 0.",
                    "circular",
                    "circular",
                ),
                "pads-with-zeros": (_all_zeros, "zeros", "zeros"),
                "repeats-the-border-pixel": (
                    "Your rows copy their nearest pixel. They should come in from the other side.",
                    "replicate",
                    "zeros",
                ),
            },
            "Nothing is added at the end of an axis, and the rows at the top come from the bottom.",
        ),
        _frame(
            "dark_frame",
            "A dark frame",
            "darkest",
            "darkest",
            "in all",
            ("height first", "width first", "beginning only", "end only", "in all, more before"),
            {
                "takes-the-darkest-of-each-line": (
                    "Your frame has the darkest pixel of each row and column. It should be the "
                    "darkest of the whole picture.",
                    "darkest of each line",
                    "darkest of each line",
                ),
                "pads-with-zeros": (
                    "Your frame is 0. No pixel of the picture need be as dark as that.",
                    "zeros",
                    "zeros",
                ),
                "repeats-the-border-pixel": (
                    "Your frame copies the border. It should have one value everywhere.",
                    "replicate",
                    "replicate",
                ),
            },
            "One value for the whole frame, and an odd number leaves the larger half behind the "
            "axis.",
        ),
        _frame(
            "folded_at_the_end",
            "Folded over, at the far end",
            "symmetric",
            "reflect",
            "end only",
            ("height first", "beginning only", "before and after"),
            {
                "mirrors-on-the-border": (
                    "Your rows are folded on the border pixel. There it should appear twice.",
                    "reflect",
                    "reflect",
                ),
                "mirrors-beside-the-border": (
                    "Your columns are folded beside the border pixel. There it should not be "
                    "repeated.",
                    "symmetric",
                    "symmetric",
                ),
                "pads-with-zeros": (_all_zeros, "zeros", "zeros"),
            },
            "The last row appears twice, the last column does not: two mirrors, in two places.",
        ),
    ),
)


_READ = {
    "replicate": ("min(max(i, 0), height - 1)", "min(max(j, 0), width - 1)"),
    "circular": ("i % height", "j % width"),
    "reflect": (
        "height - 1 - abs(height - 1 - abs(i))",
        "width - 1 - abs(width - 1 - abs(j))",
    ),
}
_LOOPS = '''def readings(height, width, kernel_size, padding):
    """Count the readings."""
    counts = np.zeros((height, width), dtype=int)
    for top in range(-padding, height + padding - kernel_size + 1):
        for left in range(-padding, width + padding - kernel_size + 1):
            for i in range(top, top + kernel_size):
                for j in range(left, left + kernel_size):
                    LINE
    return counts
'''
_INSIDE = "if 0 <= i < height and 0 <= j < width:\n                        counts[i, j] += 1"


def _line(rows: str, columns: str) -> str:
    lines = (
        f"row = {_READ[rows][0]}",
        f"column = {_READ[columns][1]}",
        "counts[row, column] += 1",
    )
    return f"\n{' ' * 20}".join(lines)


def _reading_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    yield from (
        (3, 4, 2, 1),
        (4, 3, 3, 1),
        (3, 3, 2, 2),
        (4, 4, 3, 2),
        (5, 4, 2, 1),
        (4, 6, 3, 1),
        (5, 3, 3, 2),
        (6, 5, 4, 2),
    )


def _given(source: str, change: Callable[..., Case]) -> Callable[..., Array]:
    """Make an answer that hands changed arguments to a solution."""
    function = function_from(source)

    def readings(height: int, width: int, kernel_size: int, padding: int) -> Array:
        counts: Array = function(*change(height, width, kernel_size, padding))
        return counts

    return readings


def _count(
    name: str,
    title: str,
    what: str,
    source: str,
    wrong: tuple[Mistake, ...],
    success: str,
) -> Exercise:
    """Make the task of writing `readings` for one kind of frame."""
    swaps = mistake(
        "swaps-height-and-width",
        "Rows and columns are exchanged: what is as high as the picture comes out as wide as it.",
        _given(source, lambda height, width, k, padding: (width, height, k, padding)),
    )
    return variant(
        name=name,
        title=title,
        stars=3,
        prompt=(
            "Write `readings(height, width, kernel_size, padding)`. A square window of "
            "`kernel_size` pixels slides by one pixel at a time over a picture of `height` × "
            f"`width` pixels. {what}"
        ),
        shown=(3, 4, 3, 2),  # with less padding, some frames give the same counts
        source=source,
        inputs=_reading_inputs,
        mistakes=(*wrong, swaps),
        success=success,
        style=GRIDS,
    )


_ZERO_READINGS = edited(_LOOPS, ("LINE", _INSIDE))
_ignores_the_padding = mistake(
    "ignores-the-padding",
    "These are the counts without padding. Windows may also stand partly on the frame.",
    _given(_ZERO_READINGS, lambda height, width, k, padding: (height, width, k, 0)),
)
_every_pixel_alike = mistake(
    "every-pixel-alike",
    "Every pixel has the same count here. Is a corner read as often as the middle?",
    lambda height, width, kernel_size, padding: np.full((height, width), kernel_size**2),
)


def _misses_the_last_window(source: str) -> Mistake:
    return mistake(
        "misses-the-last-window",
        "The last row and the last column of windows are missing: there is one more place than "
        "you count.",
        function_from(source.replace(" - kernel_size + 1", " - kernel_size")),  # of both axes
    )


def _counts_window_starts(source: str) -> Mistake:
    body = source[source.index("            for i in range(top") : source.index("    return")]
    start = """            if 0 <= top < height and 0 <= left < width:
                counts[top, left] += 1
"""
    return mistake(
        "counts-window-starts",
        "You count each window at its top left cell only. It reads all the cells it covers.",
        (body, start),
    )


def _usual(source: str) -> tuple[Mistake, ...]:
    """Make the mistakes that all kinds of frame invite."""
    return (
        _ignores_the_padding,
        _every_pixel_alike,
        _misses_the_last_window(source),
        _counts_window_starts(source),
    )


_copies_do_not_count = mistake(
    "copies-do-not-count",
    "You count only what windows read inside the picture, as if the frame were zeros. A copy in "
    "the frame stands for its pixel.",
    function_from(_ZERO_READINGS),
)


def _other_frame(name: str, hint: str, rows: str, columns: str) -> Mistake:
    return mistake(name, hint, function_from(edited(_LOOPS, ("LINE", _line(rows, columns)))))


_replicates = _other_frame(
    "repeats-the-border-pixel",
    "Your frame copies the nearest border pixel: that is `replicate`.",
    "replicate",
    "replicate",
)
_wraps = _other_frame(
    "wraps-around-or-doubles-the-border",
    "Your counts are those of a frame that comes in again from the opposite side (`circular`), or "
    "of one that is folded over beside the border (`symmetric`).",
    "circular",
    "circular",
)
_reflects = _other_frame(
    "mirrors-the-border",
    "Your frame is folded over at the border pixel: that is `reflect`.",
    "reflect",
    "reflect",
)
_IN_A_FRAME = (
    "Around it stand `padding` pixels on each side, {how} Return a `height` × `width` array: for "
    "each pixel of the picture, how often it is read in all, **its copies in the frame included**. "
    "A window that covers a pixel and two of its copies reads it three times."
)

_REPLICATED = edited(_LOOPS, ("LINE", _line("replicate", "replicate")))
_REFLECTED = edited(_LOOPS, ("LINE", _line("reflect", "reflect")))
_WRAPPED = edited(_LOOPS, ("LINE", _line("circular", "circular")))
_CAUSAL = edited(
    _ZERO_READINGS,
    (
        "range(-padding, height + padding - kernel_size + 1)",
        "range(-padding, height - kernel_size + 1)",
    ),
    (
        "range(-padding, width + padding - kernel_size + 1)",
        "range(-padding, width - kernel_size + 1)",
    ),
)
_OVERHANGING = edited(
    _ZERO_READINGS,
    (
        "            for i in range(top, top + kernel_size):\n",
        """            below, right = top + kernel_size, left + kernel_size
            if top >= 0 and left >= 0 and below <= height and right <= width:
                continue
            for i in range(top, top + kernel_size):
""",
    ),
)
_CYLINDER_LINE = "if 0 <= j < width:\n                        counts[i % height, j] += 1"
_CYLINDER = edited(_LOOPS, ("LINE", _CYLINDER_LINE))
_COVERED = '''def readings(height, width, kernel_size, padding):
    """Count the readings."""
    inside = np.pad(np.ones((height, width), dtype=int), padding)
    H_out = height + 2 * padding - kernel_size + 1
    W_out = width + 2 * padding - kernel_size + 1
    counts = np.zeros((H_out, W_out), dtype=int)
    for i in range(H_out):
        for j in range(W_out):
            counts[i, j] = inside[i : i + kernel_size, j : j + kernel_size].sum()
    return counts
'''

_ONES_AROUND = "np.ones((height, width), dtype=int), padding, constant_values=1)"

count_the_readings = Family(
    name="count_the_readings",
    skills="Combines where windows may stand with what is in the frame, and counts.",
    points=5,
    variants=(
        _count(
            "copies_of_the_border",
            "Copies of the border",
            _IN_A_FRAME.format(how="which copy the nearest pixel of the picture (`replicate`)."),
            _REPLICATED,
            (_copies_do_not_count, _wraps, _reflects, *_usual(_REPLICATED)),
            "A corner has the most copies: what stands there counts most.",
        ),
        _count(
            "copies_in_the_mirror",
            "Copies in the mirror",
            _IN_A_FRAME.format(
                how="as in a mirror that stands on the border pixel, which is not repeated "
                "(`reflect`)."
            ),
            _REFLECTED,
            (_copies_do_not_count, _wraps, _replicates, *_usual(_REFLECTED)),
            "The border pixel itself has no copy; its neighbors have, and count for more.",
        ),
        _count(
            "copies_from_the_other_side",
            "Copies from the other side",
            _IN_A_FRAME.format(how="which come in again from the opposite side (`circular`)."),
            _WRAPPED,
            (_copies_do_not_count, _replicates, _reflects, *_usual(_WRAPPED)),
            "With the padding that keeps the size, all pixels are equal on a circle; with any "
            "other they are not.",
        ),
        _count(
            "padded_before_only",
            "Padding above and at the left",
            "It is padded by zeros **above and at the left only**, `padding` rows and columns; "
            "nothing is added below or at the right. Return a `height` × `width` array: for each "
            "pixel of the picture, how many windows read it.",
            _CAUSAL,
            (
                mistake(
                    "pads-both-ends",
                    "You pad at both ends of each axis. Here nothing is added below and at the "
                    "right.",
                    function_from(_ZERO_READINGS),
                ),
                mistake(
                    "pads-the-other-end",
                    "You pad below and at the right. Here the zeros stand above and at the left.",
                    ("return counts", "return counts[::-1, ::-1]"),
                ),
                mistake(
                    "pads-the-rows-only",
                    "You add rows above, and no columns at the left.",
                    ("left in range(-padding,", "left in range("),
                ),
                *_usual(_CAUSAL),
            ),
            "The picture is read most where the padding lets windows begin early, and least in the "
            "far corner.",
        ),
        _count(
            "over_the_border",
            "Windows that hang over",
            "Around it stand `padding` rings of zeros. Return a `height` × `width` array: for each "
            "pixel of the picture, how many of the windows that read it **hang over the border**, "
            "which means that they cover at least one of the zeros around the picture.",
            _OVERHANGING,
            (
                mistake(
                    "counts-all-windows",
                    "You count all windows that read a pixel. Only those that also cover a padded "
                    "zero are asked for.",
                    function_from(_ZERO_READINGS),
                ),
                mistake(
                    "counts-the-others",
                    "You count the windows that stay inside the picture. The others are asked for.",
                    *_ignores_the_padding.changes,
                ),
                mistake(
                    "over-both-borders",
                    "You count windows that hang over in both directions. One direction is enough.",
                    (
                        "if top >= 0 and left >= 0 and below <= height and right <= width",
                        "if (top >= 0 and below <= height) or (left >= 0 and right <= width)",
                    ),
                ),
                mistake(
                    "overlooks-the-far-border",
                    "You count windows that begin outside. One that ends outside hangs over as "
                    "well.",
                    (" and below <= height and right <= width", ""),
                ),
                _every_pixel_alike,
                _misses_the_last_window(_OVERHANGING),
                _counts_window_starts(_OVERHANGING),
            ),
            "All windows, less those that stay inside: in the middle of a large picture none is "
            "left.",
        ),
        _count(
            "on_a_cylinder",
            "On a cylinder",
            "Around it stand `padding` pixels on each side: **above and below**, the rows come in "
            "again from the opposite side (`circular`); **left and right** stand zeros, in the "
            "corners of the frame too. Return a `height` × `width` array: for each pixel of the "
            "picture, how often it is read in all, **its copies in the frame included**. A window "
            "that covers a pixel and one of its copies reads it twice.",
            _CYLINDER,
            (
                _copies_do_not_count,
                mistake(
                    "rolls-up-the-other-way",
                    "Your left and right sides are joined. Here it is the top and the bottom.",
                    (
                        ("if 0 <= j < width", "if 0 <= i < height"),
                        ("counts[i % height, j]", "counts[i, j % width]"),
                    ),
                ),
                _wraps,
                _replicates,
                *_usual(_CYLINDER),
            ),
            "Around the cylinder the windows go on; at its two rims they meet zeros.",
        ),
        _count(
            "pixels_in_each_window",
            "Pixels in each window",
            "Around it stand `padding` rings of zeros. Return an array with **one number for each "
            "place of the window**: how many pixels **of the picture** the window covers there. "
            "(By this number an average must divide that leaves the padding out.)",
            _COVERED,
            (
                mistake(
                    "counts-for-each-pixel",
                    "You count for each pixel how many windows read it. Here it is for each window "
                    "how many pixels it covers.",
                    function_from(_ZERO_READINGS),
                ),
                mistake(
                    "all-windows-alike",
                    "Every window covers all its cells here. Those that hang over the border "
                    "cover zeros too.",
                    ("np.ones((height, width), dtype=int), padding)", _ONES_AROUND),
                ),
                mistake(
                    "counts-the-padding",
                    "You count the zeros of the padding in each window. The pixels of the "
                    "picture are asked for.",
                    ("inside[i :", "(1 - inside)[i :"),
                ),
                mistake(
                    "counts-padding-once",
                    "Your output counts the padding once. It stands on both sides of each axis.",
                    (("height + 2 *", "height +"), ("width + 2 *", "width +")),
                ),
                mistake(
                    "ignores-the-padding",
                    "You let the window stand inside the picture only. It may also stand partly on "
                    "the padding.",
                    _given(_COVERED, lambda height, width, k, padding: (height, width, k, 0)),
                ),
                _misses_the_last_window(_COVERED),
            ),
            "A window in the corner covers few pixels of the picture, one inside all that it can.",
        ),
    ),
)

families = (mend_the_frame, fill_the_frame, count_the_readings)
"""The graded questions, in order."""
