"""Graded questions of chapter 14, transposed convolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Program, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray

_STAMP = Program(
    '''def stamp(x, kernel, s):
    """$summary"""
    H, W = x.shape
    kh, kw = kernel.shape
    y = $start
    $before
    for i, j in np.ndindex(H, W):
        for a, b in np.ndindex(kh, kw):
            r, c = $row, $column
            $put
    return $result
''',
    {
        "summary": "",
        "start": "np.zeros(((H - 1) * s + kh, (W - 1) * s + kw), x.dtype)",
        "before": "",
        "row": "i * s + a",
        "column": "j * s + b",
        "put": "y[r, c] += x[i, j] * kernel[a, b]",
        "result": "y",
    },
)


def _stamps(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, size, s in (
        ((1, 3), (1, 2), 1),
        ((2, 2), (2, 3), 2),
        ((2, 2), (3, 3), 2),
        ((3, 2), (2, 3), 1),
        ((2, 3), (4, 3), 2),
        ((3, 3), (4, 4), 3),
        ((3, 2), (4, 5), 2),
        ((3, 2), (2, 2), 3),  # no stamp lies between these
    ):
        kernel = matrix(rng, size, -3, 5)
        kernel[0, 0], kernel[-1, -1] = 2, -2
        yield matrix(rng, shape, 1, 5), kernel, s
    # The stamp of a pixel that is 0 is a stamp as well.
    yield np.array([[2, 0], [3, 1]]), matrix(rng, (3, 3), 1, 5), 2


def _large_stamps(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    """Yield stamps of which something is left when a row and a column are cut on each side."""
    for shape, size, s in (
        ((2, 2), (2, 2), 1),
        ((2, 2), (3, 3), 1),
        ((2, 2), (3, 3), 2),
        ((3, 2), (2, 3), 2),
        ((2, 3), (4, 3), 2),
        ((3, 3), (4, 4), 3),
    ):
        yield matrix(rng, shape, 1, 5), matrix(rng, size, -3, 5), s


_COVERS = mistake(
    "covers-the-earlier-stamps",
    "Where stamps overlap, the later one covers the earlier one. They add.",
    {"put": "y[r, c] = x[i, j] * kernel[a, b]"},
)
_TURNS = mistake(
    "turns-the-kernel",
    "The stamps are turned by 180°. A stamp is put down as it stands; only the view with zeros "
    "between the pixels turns it.",
    {"put": "y[r, c] += x[i, j] * kernel[kh - 1 - a, kw - 1 - b]"},
)
_WITHOUT_PIXEL = mistake(
    "stamps-without-the-pixel",
    "All your stamps are equally strong. Each is multiplied by its pixel.",
    {"put": "y[r, c] += kernel[a, b]"},
)
_ADDS_PIXEL = mistake(
    "adds-the-pixel",
    "You add the pixel to the weights. It multiplies them.",
    {"put": "y[r, c] += x[i, j] + kernel[a, b]"},
)
_STAMP_MISTAKES = (_COVERS, _TURNS, _WITHOUT_PIXEL, _ADDS_PIXEL)
_EACH = """For each pixel of `x` one stamp is put down, the kernel times the pixel"""
_BROKEN = "The code below has one mistake. Find it and mend it."


def _repair(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"stamp_{name}",
        title="Repair the stamps",
        stars=2,
        inputs=rest.pop("inputs", _stamps),
        seed=4,
        shown=(np.array([[1, 2]]), np.array([[1, 0, 3], [2, 1, 1], [0, 1, 4]]), 2),
        success="Each pixel a stamp. Where it goes, and what happens where two meet, is what "
        "makes one kind of layer or another.",
        **rest,
    )


def _stamps_that_wrap() -> Exercise:
    return _repair(
        "wrapping",
        "Put down a stamp for each pixel on a field that closes on itself, and add.",
        _STAMP.but(
            start="np.zeros((H * s, W * s), x.dtype)",
            row="(i * s + a) % (H * s)",
            column="(j * s + b) % (W * s)",
        ),
        prompt=f"""
A transposed convolution on a field that **closes on itself**. {_EACH}, `s` rows and columns from
one to the next; where stamps overlap they **add**. The field has `H * s` rows and `W * s` columns,
and what reaches beyond its last row or column goes on at its first one. `stamp(x, kernel, s)`
should return the field. {_BROKEN}
""",
        planted={"put": "y[r, c] = x[i, j] * kernel[a, b]"},
        still="This still does what the planted bug does: where stamps overlap, the later one "
        "covers the earlier one.",
        mistakes=(
            *_STAMP_MISTAKES,
            mistake(
                "cut-off-at-the-end",
                "What reaches beyond the last row or column is lost. It goes on at the first one.",
                {
                    "start": "np.zeros(((H + kh) * s, (W + kw) * s), x.dtype)",
                    "row": "i * s + a",
                    "column": "j * s + b",
                    "result": "y[: H * s, : W * s]",
                },
            ),
            mistake(
                "field-too-large",
                "Nothing wraps around: your field is as large as all stamps need.",
                {
                    "start": "np.zeros(((H - 1) * s + kh, (W - 1) * s + kw), x.dtype)",
                    "row": "i * s + a",
                    "column": "j * s + b",
                },
            ),
            mistake(
                "wraps-one-axis-only",
                "You let one axis close on itself and lose what goes beyond the other. Both close.",
                {
                    "start": "np.zeros(((H + kh) * s, W * s), x.dtype)",
                    "row": "i * s + a",
                    "result": "y[: H * s]",
                },
                {
                    "start": "np.zeros((H * s, (W + kw) * s), x.dtype)",
                    "column": "j * s + b",
                    "result": "y[:, : W * s]",
                },
            ),
        ),
    )


def _stamps_down_only() -> Exercise:
    size = "np.zeros(({} + kh, {} + kw), x.dtype)"
    far, near = "({} - 1) * s", "{} - 1"
    return _repair(
        "down",
        "Put down a stamp for each pixel, s rows and one column apart, and add.",
        _STAMP.but(start=size.format(far.format("H"), near.format("W")), column="j + b"),
        prompt=f"""
A transposed convolution that makes a picture taller and hardly wider. {_EACH}, **`s` rows** from
one to the next below it, but only **one column** from one to the next beside it. Where stamps
overlap they **add**. `stamp(x, kernel, s)` should return the field, just large enough for all
stamps. {_BROKEN}
""",
        planted={
            "start": size.format(near.format("H"), far.format("W")),
            "row": "i + a",
            "column": "j * s + b",
        },
        still="This still does what the planted bug does: the stride goes across, and it "
        "should go down.",
        mistakes=(
            mistake(
                "stride-along-both-axes",
                "Your stamps stand `s` columns apart as well. Beside each other they are one "
                "column apart.",
                {"start": size.format(far.format("H"), far.format("W")), "column": "j * s + b"},
            ),
            mistake(
                "forgets-the-stride",
                "Your stamps stand one row apart. Below each other they are `s` rows apart.",
                {"start": size.format(near.format("H"), near.format("W")), "row": "i + a"},
            ),
            *_STAMP_MISTAKES,
        ),
    )


def _stamps_with_holes() -> Exercise:
    return _repair(
        "with_holes",
        "Put down a stamp with holes for each pixel, and add.",
        _STAMP.but(
            start="np.zeros((H + (kh - 1) * s, W + (kw - 1) * s), x.dtype)",
            row="i + a * s",
            column="j + b * s",
        ),
        prompt=f"""
A transposed convolution with **dilation**. {_EACH}. From one stamp to the next it is **one** row or
column, but within a stamp the weights stand **`s` rows and columns apart**, with nothing in
between. Where stamps overlap they **add**. `stamp(x, kernel, s)` should return the field, just
large enough for all stamps. {_BROKEN}
""",
        planted={"put": "y[r, c] += x[i, j] * kernel[kh - 1 - a, kw - 1 - b]"},
        still="This still does what the planted bug does: the kernel lies turned by 180°, and a "
        "stamp is put down as it stands.",
        mistakes=(
            _COVERS,
            _WITHOUT_PIXEL,
            _ADDS_PIXEL,
            mistake(
                "stride-for-dilation",
                "Your stamps stand `s` apart and have no holes. Here it is the weights within a "
                "stamp that stand apart.",
                {
                    "start": "np.zeros(((H - 1) * s + kh, (W - 1) * s + kw), x.dtype)",
                    "row": "i * s + a",
                    "column": "j * s + b",
                },
            ),
            mistake(
                "stride-and-dilation",
                "Both the stamps and their weights stand `s` apart. Only the weights do.",
                {
                    "start": "np.zeros(((H + kh - 2) * s + 1, (W + kw - 2) * s + 1), x.dtype)",
                    "row": "(i + a) * s",
                    "column": "(j + b) * s",
                },
            ),
            mistake(
                "turns-one-axis-only",
                "The stamps are still turned along one axis. They are put down as they stand.",
                {"put": "y[r, c] += x[i, j] * kernel[kh - 1 - a, b]"},
                {"put": "y[r, c] += x[i, j] * kernel[a, kw - 1 - b]"},
            ),
        ),
    )


def _stamps_averaged() -> Exercise:
    return _repair(
        "averaged",
        "Put down a stamp for each pixel and take the mean where they overlap.",
        _STAMP.but(
            start="np.zeros(((H - 1) * s + kh, (W - 1) * s + kw))",
            before="count = np.zeros(y.shape)",
            put="y[r, c] += x[i, j] * kernel[a, b]\ncount[r, c] += 1",
            result="y / np.maximum(count, 1)",
        ),
        prompt=f"""
A relative of the transposed convolution, used to put overlapping tiles of a picture together.
{_EACH}, `s` rows and columns from one to the next. Where stamps overlap, the **mean** of their
values is taken: each place is divided by the number of stamps that lie on it, weights of zero
included. Places without a stamp are 0. `stamp(x, kernel, s)` should return the field. {_BROKEN}
""",
        planted={"result": "y / count.max()"},
        still="This still does what the planted bug does: every place is divided by the same "
        "number, the largest of all.",
        mistakes=(
            mistake(
                "forgets-to-average",
                "Where stamps overlap they add. Here their mean is asked for.",
                {"result": "y"},
            ),
            mistake(
                "divides-by-the-weights",
                "You divide by the sum of the weights on a place. Their number is what counts.",
                {
                    "put": "y[r, c] += x[i, j] * kernel[a, b]\ncount[r, c] += kernel[a, b]",
                    "result": "np.where(count == 0, 0, y / count)",
                },
            ),
            mistake(
                "counts-no-stamps-of-zero",
                "You do not count the stamp of a pixel that is 0. It lies there all the same.",
                {
                    "put": "y[r, c] += x[i, j] * kernel[a, b]\ncount[r, c] += x[i, j] != 0",
                },
            ),
            mistake(
                "leaves-zeros-uncounted",
                "You do not count a stamp where its weight is 0. It lies there all the same.",
                {
                    "put": "y[r, c] += x[i, j] * kernel[a, b]\ncount[r, c] += kernel[a, b] != 0",
                },
            ),
            mistake(
                "divides-by-the-kernel-s-size",
                "You divide by the number of weights in the kernel. How many stamps lie on a "
                "place differs.",
                {"result": "y / (kh * kw)"},
            ),
            mistake(
                "covers-the-earlier-stamps",
                "Where stamps overlap, only the last one is there.",
                {
                    "put": "y[r, c] = x[i, j] * kernel[a, b]\ncount[r, c] += 1",
                    "result": "y",
                },
            ),
            mistake(
                "turns-the-kernel",
                "The stamps are turned by 180°. A stamp is put down as it stands.",
                {
                    "put": "y[r, c] += x[i, j] * kernel[kh - 1 - a, kw - 1 - b]\ncount[r, c] += 1",
                },
            ),
        ),
    )


def _stamps_largest() -> Exercise:
    size = "((H - 1) * s + kh, (W - 1) * s + kw)"
    return _repair(
        "largest",
        "Put down a stamp for each pixel and keep the largest value where they overlap.",
        _STAMP.but(
            start=f"np.full({size}, -np.inf)",
            put="y[r, c] = max(y[r, c], x[i, j] * kernel[a, b])",
            result="np.where(np.isinf(y), 0, y)",
        ),
        prompt=f"""
A relative of the transposed convolution that works with maxima. {_EACH}, `s` rows and columns from
one to the next. On each place the **largest** of the values that stamps put there is kept; it may
be negative. Places on which no stamp lies are 0. `stamp(x, kernel, s)` should return the field.
{_BROKEN}
""",
        planted={"start": f"np.zeros({size})", "result": "y"},
        still="This still does what the planted bug does: the field begins with zeros, and no "
        "negative value is larger than that.",
        mistakes=(
            mistake(
                "adds-the-stamps",
                "Where stamps overlap they add. Here the largest value is kept.",
                {"start": f"np.zeros({size})", "put": "y[r, c] += x[i, j] * kernel[a, b]"},
            ),
            mistake(
                "covers-the-earlier-stamps",
                "Where stamps overlap, the last one is kept. It should be the largest.",
                {"put": "y[r, c] = x[i, j] * kernel[a, b]"},
            ),
            mistake(
                "keeps-what-it-began-with",
                "Where no stamp lies, your field still has the value that it began with. Such "
                "places are 0.",
                {"result": "y"},
            ),
            mistake(
                "takes-the-smallest",
                "You keep the smallest of the values.",
                {
                    "start": f"np.full({size}, np.inf)",
                    "put": "y[r, c] = min(y[r, c], x[i, j] * kernel[a, b])",
                },
            ),
            mistake(
                "takes-the-farthest-from-zero",
                "You keep the value that is farthest from zero. A negative one is smaller than "
                "any positive one.",
                {
                    "start": f"np.zeros({size})",
                    "put": "y[r, c] = max(y[r, c], x[i, j] * kernel[a, b], key=abs)",
                },
            ),
            mistake(
                "stamps-without-the-pixel",
                "All your stamps are equally strong. Each is multiplied by its pixel.",
                {"put": "y[r, c] = max(y[r, c], kernel[a, b])"},
            ),
            mistake(
                "turns-the-kernel",
                "The stamps are turned by 180°. A stamp is put down as it stands.",
                {"put": "y[r, c] = max(y[r, c], x[i, j] * kernel[kh - 1 - a, kw - 1 - b])"},
            ),
        ),
    )


def _stamps_cut() -> Exercise:
    return _repair(
        "cut",
        "Put down a stamp for each pixel, add, and cut off one row and column all around.",
        _STAMP.but(result="y[1:-1, 1:-1]"),
        prompt=f"""
A transposed convolution with padding 1, and no output padding. {_EACH}, `s` rows and columns from
one to the next; where stamps overlap they **add**. Then **one row is cut off at the top and one at
the bottom, one column at the left and one at the right**. `stamp(x, kernel, s)` should return what
is left. {_BROKEN}
""",
        planted={"result": "y[:-2, :-2]"},
        still="This still does what the planted bug does: the size is right, but both rows and "
        "both columns go at the far end.",
        inputs=_large_stamps,
        mistakes=(
            mistake(
                "cuts-the-near-end",
                "Now both rows and both columns go at the near end. One goes at each end.",
                {"result": "y[2:, 2:]"},
            ),
            mistake(
                "padding-on-one-side-only",
                "You cut the padding off at one end. It goes at both.",
                {"result": "y[1:, 1:]"},
                {"result": "y[:-1, :-1]"},
            ),
            mistake(
                "cuts-nothing-off",
                "Right but for the padding: a row and a column are cut off at each end.",
                {"result": "y"},
            ),
            mistake(
                "padding-is-added",
                "Your field has become larger: in a transposed convolution, padding is cut off.",
                {"result": "np.pad(y, 1)"},
            ),
            mistake(
                "cuts-one-axis-only",
                "You cut rows or columns. Both lose one at each end.",
                {"result": "y[1:-1]"},
                {"result": "y[:, 1:-1]"},
            ),
            *_STAMP_MISTAKES,
        ),
    )


def _stamps_turned() -> Exercise:
    return _repair(
        "turned",
        "Put down a turned stamp for each pixel, and add.",
        _STAMP.but(put="y[r, c] += x[i, j] * kernel[kh - 1 - a, kw - 1 - b]"),
        prompt="""
Somebody's convolution turns its kernel by 180° before it slides it. So the transposed convolution
that belongs to it puts down **turned** stamps: for each pixel of `x` the kernel, turned by 180°,
times the pixel, `s` rows and columns from one to the next. Where stamps overlap they **add**.
`stamp(x, kernel, s)` should return the field. The code below has one mistake. Find it and mend it.
""",
        planted={"put": "y[r, c] += x[i, j] * kernel[kh - 1 - a, b]"},
        still="This still does what the planted bug does: the stamps stand upside down. Turning "
        "by 180° exchanges left and right as well.",
        mistakes=(
            mistake(
                "does-not-turn",
                "Your stamps are put down as they stand. Here they are turned by 180°.",
                {"put": "y[r, c] += x[i, j] * kernel[a, b]"},
            ),
            mistake(
                "only-left-and-right",
                "Your stamps have left and right exchanged, and top and bottom not.",
                {"put": "y[r, c] += x[i, j] * kernel[a, kw - 1 - b]"},
            ),
            mistake(
                "turns-the-result-too",
                "You turn the field as a whole. Each stamp is turned where it lies.",
                {"put": "y[r, c] += x[i, j] * kernel[a, b]", "result": "y[::-1, ::-1]"},
            ),
            mistake(
                "covers-the-earlier-stamps",
                "Where stamps overlap, the later one covers the earlier one. They add.",
                {"put": "y[r, c] = x[i, j] * kernel[kh - 1 - a, kw - 1 - b]"},
            ),
            mistake(
                "stamps-without-the-pixel",
                "All your stamps are equally strong. Each is multiplied by its pixel.",
                {"put": "y[r, c] += kernel[kh - 1 - a, kw - 1 - b]"},
            ),
        ),
    )


repair_stamps = Family(
    name="repair_the_stamps",
    skills="Finds a planted bug in a transposed convolution with another geometry or another rule "
    "for overlaps.",
    points=2,
    variants=(
        _stamps_that_wrap(),
        _stamps_down_only(),
        _stamps_with_holes(),
        _stamps_averaged(),
        _stamps_largest(),
        _stamps_cut(),
        _stamps_turned(),
    ),
)


_LEVELS = Program(
    '''def levels(kernel, s):
    """$summary"""
    $before
    table = np.zeros(($rows, $columns))
    for a, b in np.ndindex(kernel.shape):
        $put
    return $result
''',
    {
        "summary": "",
        "before": "",
        "rows": "s",
        "columns": "s",
        "put": "table[a % s, b % s] += kernel[a, b]",
        "result": "table",
    },
)


def _kernels(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([[1, 2], [3, 5]]), 2
    for shape, s in (
        ((2, 3), 2),
        ((3, 3), 2),
        ((4, 3), 2),
        ((4, 4), 3),
        ((3, 4), 3),
        ((5, 4), 3),
        ((5, 6), 2),  # more than twice as many rows as `s`
        ((7, 4), 3),
    ):
        yield matrix(rng, shape, -2, 6), s


def _positive_kernels(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for kernel, s in _kernels(rng):
        yield matrix(rng, kernel.shape, 1, 6), s


_COUNTS = mistake(
    "overlap-counts-decide",
    "You count how many stamps fall on each place. What they **weigh** there is what adds up.",
    {"before": "kernel = np.ones_like(kernel)"},
)
_TURNED_LEVELS = mistake(
    "turns-the-kernel",
    "You turn the kernel first. A stamp is put down as it stands.",
    {"before": "kernel = kernel[::-1, ::-1]"},
)
_AT_ONCE = """The kernel has at least `s` rows and `s` columns, and the layer has no padding."""


def _write(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"levels_{name}",
        title="Flat or checkered?",
        stars=2,
        inputs=rest.pop("inputs", _kernels),
        seed=2,
        shown=(np.array([[1, 2, 1], [2, 4, 3], [5, 2, 1]]), 2),
        success="Which weights meet on a place is a matter of remainders. Add those up, and you "
        "know the pattern before any picture has gone through.",
        **rest,
    )


_PERIOD = """Away from the border the output repeats itself every `s` rows and columns"""


def _levels_down() -> Exercise:
    return _write(
        "down",
        "Return the s values that a picture of ones takes inside, from row to row.",
        _LEVELS.but(columns="1", put="table[a % s, 0] += kernel[a, b]", result="table[:, 0]"),
        prompt=f"""
A large picture of ones goes through a transposed convolution whose stamps stand **`s` rows** apart,
but only **one column** apart. Away from the border, all values of a row are equal, and the rows
repeat themselves every `s` rows. Write `levels(kernel, s)`, which returns these `s` values as a
vector: entry `q` is the value wherever the row leaves the remainder `q` when divided by `s`.
{_AT_ONCE}
""",
        mistakes=(
            mistake(
                "stride-along-both-axes",
                "Your stamps stand `s` columns apart as well. Beside each other they are one "
                "column apart, so all columns of the kernel meet.",
                {"columns": "s", "put": "table[a % s, b % s] += kernel[a, b]"},
            ),
            mistake(
                "stride-along-the-wrong-axis",
                "You take the stride for the columns. It is between the rows.",
                {"put": "table[b % s, 0] += kernel[a, b]"},
            ),
            _COUNTS,
            _TURNED_LEVELS,
            mistake(
                "averages-the-overlaps",
                "You take a mean over the columns. Stamps add.",
                {"result": "table[:, 0] / kernel.shape[1]"},
            ),
            mistake(
                "adds-up-neighbors",
                "You add up neighboring rows of the kernel. Stamps stand `s` rows apart: which "
                "rows of different stamps fall on the same place?",
                {"put": "table[a * s // kernel.shape[0], 0] += kernel[a, b]"},
            ),
            mistake(
                "looks-at-the-border",
                "You read the values at the upper left corner. At the border some stamps are "
                "missing. Look farther in.",
                {"result": "kernel[:s, 0]"},
            ),
        ),
    )


def _levels_of_stripes() -> Exercise:
    return _write(
        "of_stripes",
        "Return the 2s × s values that a striped picture takes inside.",
        _LEVELS.but(
            rows="2 * s",
            put="table[a % (2 * s), b % s] += kernel[a, b]  # only even rows put down stamps",
        ),
        prompt=f"""
A large **striped** picture goes through a transposed convolution with this kernel at stride `s`,
along both axes: its rows 0, 2, 4, … are ones and its rows 1, 3, 5, … are zeros. Away from the
border the output repeats itself every **`2 * s` rows** and every `s` columns. Write
`levels(kernel, s)`, which returns its values as a table of `2 * s` rows and `s` columns: entry
(`q`, `r`) is the value wherever the row leaves the remainder `q` when divided by `2 * s`, and the
column the remainder `r` when divided by `s`. {_AT_ONCE}
""",
        mistakes=(
            mistake(
                "as-if-all-were-ones",
                "You let every row put down stamps. The odd rows of this picture are zeros.",
                {
                    "put": "table[a % s, b % s] += kernel[a, b]\n"
                    "table[s + a % s, b % s] += kernel[a, b]"
                },
            ),
            mistake(
                "repeats-too-soon",
                "Your table has `s` rows. With stripes it takes twice as many until the output "
                "repeats itself.",
                {"rows": "s", "put": "table[a % s, b % s] += kernel[a, b]"},
                {
                    "rows": "s",
                    "put": "if a % (2 * s) < s:\n    table[a % s, b % s] += kernel[a, b]",
                },
            ),
            mistake(
                "stripes-along-the-wrong-axis",
                "Your stripes stand upright. It is whole rows of the picture that are zeros.",
                {
                    "rows": "s",
                    "columns": "2 * s",
                    "put": "table[a % s, b % (2 * s)] += kernel[a, b]",
                },
            ),
            mistake(
                "loses-what-comes-round",
                "You use the first `2 * s` rows of the kernel. Where it has more, they fall on the "
                "same places again.",
                {"put": "if a < 2 * s:\n    table[a, b % s] += kernel[a, b]"},
            ),
            mistake(
                "stripes-begin-with-zeros",
                "Your picture begins with a row of zeros. Row 0 is one of ones.",
                {"put": "table[(a + s) % (2 * s), b % s] += kernel[a, b]"},
            ),
            _COUNTS,
            _TURNED_LEVELS,
            mistake(
                "looks-at-the-border",
                "You read the values at the upper left corner. At the border some stamps are "
                "missing. Look farther in.",
                {
                    "put": "if a < 2 * s and b < s:\n    table[a, b] = kernel[a, b]",
                },
            ),
        ),
    )


def _levels_of_checkerboard() -> Exercise:
    return _write(
        "of_a_checkerboard",
        "Return the 2s × 2s values that a checkerboard takes inside.",
        _LEVELS.but(
            rows="2 * s",
            columns="2 * s",
            put="for i, j in np.ndindex(2, 2):\n"
            "    sign = (-1) ** (i + j)\n"
            "    table[(a + i * s) % (2 * s), (b + j * s) % (2 * s)] += sign * kernel[a, b]",
        ),
        prompt=f"""
A large **checkerboard** goes through a transposed convolution with this kernel at stride `s`: pixel
(`i`, `j`) of the picture is 1 where `i + j` is even and −1 where it is odd. Away from the border
the output repeats itself every **`2 * s`** rows and columns. Write `levels(kernel, s)`, which
returns its values as a table of `2 * s` × `2 * s`: entry (`q`, `r`) is the value wherever the row
leaves the remainder `q`, and the column the remainder `r`, when divided by `2 * s`. {_AT_ONCE}
""",
        mistakes=(
            mistake(
                "as-if-all-were-ones",
                "You leave the signs out, as if the picture were all ones.",
                {
                    "put": "for i, j in np.ndindex(2, 2):\n"
                    "    table[(a + i * s) % (2 * s), (b + j * s) % (2 * s)] += kernel[a, b]"
                },
            ),
            mistake(
                "repeats-too-soon",
                "Your table is `s` × `s`. The signs change from pixel to pixel, so the output "
                "takes twice as long until it repeats itself.",
                {"rows": "s", "columns": "s", "put": "table[a % s, b % s] += kernel[a, b]"},
            ),
            mistake(
                "only-the-even-pixels",
                "You let only every other row and column put down a stamp. The others do too, "
                "and their sign is another.",
                {"put": "table[a % (2 * s), b % (2 * s)] += kernel[a, b]"},
            ),
            mistake(
                "zeros-for-minus-ones",
                "Your dark pixels are 0. They are −1, and put down stamps as well.",
                {
                    "put": "for i in range(2):\n"
                    "    table[(a + i * s) % (2 * s), (b + i * s) % (2 * s)] += kernel[a, b]"
                },
            ),
            mistake(
                "wrong-sign",
                "All signs are the other way around: pixel (0, 0) is 1.",
                {
                    "put": "for i, j in np.ndindex(2, 2):\n"
                    "    sign = -((-1) ** (i + j))\n"
                    "    table[(a + i * s) % (2 * s), (b + j * s) % (2 * s)] += sign * kernel[a, b]"
                },
            ),
            mistake(
                "signs-of-the-output",
                "You sum as for ones and lay the checkerboard over the result. The signs belong "
                "to the picture's pixels, and each goes with its whole stamp.",
                {
                    "put": "for i, j in np.ndindex(2, 2):\n"
                    "    table[(a + i * s) % (2 * s), (b + j * s) % (2 * s)] += kernel[a, b]",
                    "result": "table * (-1) ** np.add.outer(np.arange(2 * s), np.arange(2 * s))",
                },
            ),
            _COUNTS,
            _TURNED_LEVELS,
        ),
    )


def _levels_with_holes() -> Exercise:
    return _write(
        "with_holes",
        "Return the s × s values that stamps with holes make of a picture of ones.",
        _LEVELS.but(put="table[2 * a % s, 2 * b % s] += kernel[a, b]"),
        prompt=f"""
A large picture of ones goes through a transposed convolution with this kernel at stride `s` and
**dilation 2**: the stamps stand `s` rows and columns apart, and within a stamp the weights stand
**two** rows and columns apart, with nothing in between. {_PERIOD}. Write `levels(kernel, s)`, which
returns its values as a table of `s` × `s`: entry (`q`, `r`) is the value wherever the row leaves
the remainder `q`, and the column the remainder `r`, when divided by `s`. (Where no weight falls, it
is 0.) {_AT_ONCE}
""",
        mistakes=(
            mistake(
                "forgets-the-dilation",
                "In your stamps the weights stand side by side. They are two rows and columns "
                "apart.",
                {"put": "table[a % s, b % s] += kernel[a, b]"},
            ),
            mistake(
                "dilation-along-one-axis",
                "Your weights are two apart along one axis only.",
                {"put": "table[2 * a % s, b % s] += kernel[a, b]"},
                {"put": "table[a % s, 2 * b % s] += kernel[a, b]"},
            ),
            mistake(
                "two-holes",
                "Your weights are three apart. Dilation 2 is a step of two: one hole between them.",
                {"put": "table[3 * a % s, 3 * b % s] += kernel[a, b]"},
            ),
            mistake(
                "dilation-for-stride",
                "You let the stamps stand `2 * s` apart. It is the weights within a stamp that "
                "dilation moves apart.",
                {
                    "rows": "2 * s",
                    "columns": "2 * s",
                    "put": "table[a % (2 * s), b % (2 * s)] += kernel[a, b]",
                },
            ),
            _COUNTS,
            _TURNED_LEVELS,
            mistake(
                "rows-and-columns-exchanged",
                "The sums are right, but rows and columns of your table are exchanged.",
                {"put": "table[2 * b % s, 2 * a % s] += kernel[a, b]"},
            ),
        ),
    )


def _levels_after_a_cut() -> Exercise:
    return _write(
        "after_a_cut",
        "Return the s × s values that a picture of ones takes inside, with padding 1.",
        _LEVELS.but(put="table[(a - 1) % s, (b - 1) % s] += kernel[a, b]"),
        prompt=f"""
A large picture of ones goes through a transposed convolution with this kernel at stride `s` and
**padding 1**: of what the stamps make, one row and one column are cut off on each side. Rows and
columns are counted in what is **left**. {_PERIOD}. Write `levels(kernel, s)`, which returns its
values as a table of `s` × `s`: entry (`q`, `r`) is the value wherever the row leaves the remainder
`q`, and the column the remainder `r`, when divided by `s`. The kernel has at least `s` rows and `s`
columns.
""",
        mistakes=(
            mistake(
                "forgets-the-padding",
                "You count rows and columns before anything is cut off. What was row 1 is row 0 "
                "afterwards.",
                {"put": "table[a % s, b % s] += kernel[a, b]"},
            ),
            mistake(
                "moves-the-other-way",
                "You move the pattern to the wrong side. What was row 1 is row 0 when the first "
                "one is cut off.",
                {"put": "table[(a + 1) % s, (b + 1) % s] += kernel[a, b]"},
            ),
            mistake(
                "moves-one-axis-only",
                "You move the pattern along one axis. A row and a column are cut off.",
                {"put": "table[(a - 1) % s, b % s] += kernel[a, b]"},
                {"put": "table[a % s, (b - 1) % s] += kernel[a, b]"},
            ),
            mistake(
                "cuts-the-kernel",
                "You cut rows and columns off the kernel. It is the result from which they are "
                "cut; far inside, all weights still count.",
                {
                    "before": "kernel = kernel[1:-1, 1:-1]",
                    "put": "table[a % s, b % s] += kernel[a, b]",
                },
            ),
            mistake(
                "turns-the-kernel",
                "You turn the kernel first. A stamp is put down as it stands.",
                {"before": "kernel = kernel[::-1, ::-1]"},
            ),
            _COUNTS,
        ),
    )


def _levels_mended() -> Exercise:
    return _write(
        "mended",
        "Return the kernel, changed so that a picture of ones stays one of ones.",
        _LEVELS.but(
            before="rows, columns = kernel.shape",
            result="kernel / table[np.arange(rows) % s][:, np.arange(columns) % s]",
        ),
        prompt=f"""
A large picture of ones goes through a transposed convolution with this kernel at stride `s`, and a
checkerboard comes out. Mend the kernel: write `levels(kernel, s)`, which returns a kernel of the
same size that makes of ones, away from the border, **ones everywhere**. All weights that meet on a
place when a picture of ones goes through are divided by the **same** number, and no other change is
made. All weights are positive. {_AT_ONCE}
""",
        inputs=_positive_kernels,
        mistakes=(
            mistake(
                "one-factor-for-all",
                "You divide the whole kernel by one number. The mean comes out right; the "
                "checkerboard stays.",
                {"result": "kernel * s * s / kernel.sum()"},
                {"result": "kernel / kernel.sum()"},
            ),
            mistake(
                "divides-by-the-overlaps",
                "You divide by the number of stamps on each place. What they weigh there is what "
                "has to come to 1.",
                {"put": "table[a % s, b % s] += 1"},
            ),
            mistake(
                "returns-the-levels",
                "Those are the values that the kernel makes now. The kernel that mends them is "
                "asked for.",
                {"result": "table"},
            ),
            mistake(
                "adds-up-neighbors",
                "You divide by sums of neighboring weights. Which weights of different stamps fall "
                "on the same place?",
                {
                    "put": "table[a * s // rows, b * s // columns] += kernel[a, b]",
                    "result": "kernel / table[np.arange(rows) * s // rows]"
                    "[:, np.arange(columns) * s // columns]",
                },
            ),
            mistake(
                "each-axis-by-itself",
                "You divide by the sums of rows that meet, or of columns that meet. Weights meet "
                "where both remainders agree.",
                {"result": "kernel / table.sum(axis=1)[np.arange(rows) % s][:, None]"},
                {"result": "kernel / table.sum(axis=0)[np.arange(columns) % s]"},
            ),
            mistake(
                "multiplies",
                "You multiply by the sums, which makes the pattern stronger.",
                {"result": "kernel * table[np.arange(rows) % s][:, np.arange(columns) % s]"},
            ),
        ),
    )


def _levels_as_a_gap() -> Exercise:
    return _write(
        "as_a_gap",
        "Return how far apart the values are that a picture of ones takes inside.",
        _LEVELS.but(result="table.max() - table.min()"),
        prompt=f"""
A large picture of ones goes through a transposed convolution with this kernel at stride `s`. How
strong is the checkerboard? Write `levels(kernel, s)`, which returns **one number**: the difference
between the largest and the smallest value of the output, away from the border. {_AT_ONCE}
""",
        mistakes=(
            mistake(
                "overlap-counts-decide",
                "You compare how many stamps fall on each place. What they **weigh** there is what "
                "adds up.",
                {"put": "table[a % s, b % s] += 1"},
            ),
            mistake(
                "flat-without-looking",
                "You say that it is flat. Is it?",
                {"result": "0.0"},
            ),
            mistake(
                "compares-the-weights",
                "You compare the kernel's weights. It is their sums, where they meet, that make "
                "the values.",
                {"result": "kernel.max() - kernel.min()"},
            ),
            mistake(
                "adds-up-neighbors",
                "You add up neighboring weights. Stamps stand `s` places apart: which weights of "
                "different stamps fall on the same place?",
                {
                    "put": "table[a * s // kernel.shape[0], b * s // kernel.shape[1]] += "
                    "kernel[a, b]"
                },
            ),
            mistake(
                "returns-the-levels",
                "Those are the values themselves. One number is asked for, how far they are apart.",
                {"result": "table"},
            ),
            mistake(
                "looks-at-the-border",
                "Your differences include the border, where stamps are missing.",
                {"result": "max(table.max(), kernel.max()) - min(table.min(), kernel.min())"},
                {"result": "table.max() - min(table.min(), 0)"},
            ),
        ),
    )


write_levels = Family(
    name="write_the_pattern",
    skills="Predicts from a kernel's weights which pattern a transposed convolution makes.",
    points=3,
    variants=(
        _levels_down(),
        _levels_of_stripes(),
        _levels_of_checkerboard(),
        _levels_with_holes(),
        _levels_after_a_cut(),
        _levels_mended(),
        _levels_as_a_gap(),
    ),
)


_BACK = Program(
    '''def back(y, kernel, s):
    """$summary"""
    k = len(kernel)
    C = np.zeros((len(y), $length))
    for i in range(len(y)):
        C[i, $window] = $weights
    $before
    return $result
''',
    {
        "summary": "",
        "length": "(len(y) - 1) * s + k",
        "window": "i * s : i * s + k",
        "weights": "kernel",
        "before": "",
        "result": "np.linalg.pinv(C) @ y",
    },
)


def _answers(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    yield np.array([6]), np.array([1, 2]), 1
    yield np.array([3, 5]), np.array([1, 2, 2]), 2
    for length, k, s in ((3, 2, 1), (3, 3, 2), (4, 3, 1), (3, 4, 2), (4, 3, 2), (4, 5, 3)):
        signs = np.where(np.arange(k) % 3 == 1, -1, 1)
        kernel = (rng.permutation(4)[:k] if k < 5 else rng.integers(0, 4, k)) + 1
        yield matrix(rng, (1, length), -4, 9)[0], kernel * signs, s


def _longer_answers(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for length, k, s in ((2, 3, 1), (2, 3, 2), (3, 4, 1), (3, 4, 2), (4, 4, 2), (4, 5, 3)):
        signs = np.where(np.arange(k) % 3 == 1, -1, 1)
        yield matrix(rng, (1, length), -4, 9)[0], matrix(rng, (1, k), 1, 4)[0] * signs, s


def _answers_around(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for length, k, s in ((2, 3, 2), (3, 2, 2), (3, 4, 2), (4, 3, 2), (3, 5, 3), (4, 5, 3)):
        kernel = np.r_[matrix(rng, (1, k - 1), 1, 3)[0], 5]
        yield matrix(rng, (1, length), -4, 9)[0], kernel, s


def _positive_answers(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for length, k, s in ((1, 2, 1), (2, 2, 1), (3, 3, 1), (3, 3, 2), (3, 4, 2), (4, 5, 3)):
        yield matrix(rng, (1, length), -4, 9)[0], np.r_[matrix(rng, (1, k - 1), 1, 3)[0], 4], s


def _stamped_fields(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for n, k, s in ((1, 2, 1), (2, 2, 1), (2, 3, 2), (3, 2, 1), (3, 4, 2), (4, 3, 2), (4, 5, 3)):
        kernel = np.r_[4, matrix(rng, (1, k - 1), 1, 3)[0]]
        yield matrix(rng, (1, (n - 1) * s + k), -4, 9)[0], kernel, s


_TRANSPOSED = mistake(
    "transposed-convolution-is-the-inverse",
    "This is the transposed convolution of `y`. The size is right; slide the kernel over it and "
    "see whether `y` comes out.",
    {"result": "C.T @ y"},
)
_FACTOR = mistake(
    "one-factor-for-all",
    "The transposed convolution, divided by the kernel's sum of squares. That is right only where "
    "no two windows share a pixel.",
    {"result": "C.T @ y / (kernel @ kernel)"},
)
_OVERLAPS = mistake(
    "divides-by-the-overlaps",
    "The transposed convolution, divided by the number of windows on each pixel. Slide the kernel "
    "over it: does `y` come out?",
    {"result": "C.T @ y / np.maximum((C != 0).sum(axis=0), 1)"},
)
_TURNED_WINDOWS = mistake(
    "turns-the-kernel",
    "Your row gives `y` if the kernel is turned around. It was slid over the pixels as it stands.",
    {"weights": "kernel[::-1]"},
)
_STEPS = mistake(
    "forgets-the-stride",
    "Your windows stand one pixel apart. They stand `s` pixels apart.",
    {"length": "len(y) - 1 + k", "window": "i : i + k"},
)
_SMALLEST = mistake(
    "smallest-sum-of-squares",
    "Your row does give `y`, and has the smallest sum of squares of all that do. Here another one "
    "of them is asked for.",
    {"result": "np.linalg.pinv(C) @ y", "before": ""},
)
_TOLD = """Somebody slid `kernel` over a row of pixels in steps of `s`, without padding and without
turning it, and tells you the result `y`. The row ended where the last window ended. Many rows give
this `y`."""


def _combine(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"back_{name}",
        title="Back to a row of pixels",
        stars=3,
        inputs=rest.pop("inputs", _answers),
        seed=8,
        success="Write the convolution as a matrix, say which of all rows you want, and the rest "
        "is linear algebra. The transposed convolution has the size, and other values.",
        **rest,
    )


def _back_near_ones() -> Exercise:
    return _combine(
        "near_ones",
        "Return the row nearest to a row of ones whose convolution is y.",
        _BACK.but(result="1 + np.linalg.pinv(C) @ (y - C.sum(axis=1))"),
        prompt=f"""
{_TOLD} Write `back(y, kernel, s)`, which returns the one that is **nearest to a row of ones**: the
sum of the squared differences of its pixels from 1 is the smallest. No weight of the kernel is
zero, and `s` is at most its length.
""",
        shown=1,
        mistakes=(
            _SMALLEST,
            _TRANSPOSED,
            _FACTOR,
            _OVERLAPS,
            mistake(
                "adds-ones-afterwards",
                "You add 1 to every pixel of the smallest row. Its convolution is no longer `y`.",
                {"result": "1 + np.linalg.pinv(C) @ y"},
            ),
            mistake(
                "takes-ones-from-y",
                "You take 1 from `y`. Take from it what the kernel makes of a row of ones.",
                {"result": "1 + np.linalg.pinv(C) @ (y - 1)"},
            ),
            mistake(
                "turns-the-kernel",
                "Your row gives `y` if the kernel is turned around. It was slid over the pixels as "
                "it stands.",
                {"weights": "kernel[::-1]"},
            ),
            _STEPS,
        ),
    )


def _back_without_sum() -> Exercise:
    return _combine(
        "without_sum",
        "Return the smallest row whose pixels add up to 0 and whose convolution is y.",
        _BACK.but(
            before="C = np.vstack([C, np.ones(C.shape[1])])",
            result="np.linalg.pinv(C) @ np.append(y, 0)",
        ),
        prompt=f"""
{_TOLD} One more thing is known: the pixels of the row **add up to 0**. Write `back(y, kernel, s)`,
which returns, of all rows that give `y` and add up to 0, the one with the smallest sum of squares.
`s` is at most the length of the kernel. (In all inputs there is such a row.)
""",
        inputs=_longer_answers,
        shown=1,
        mistakes=(
            mistake(
                "smallest-sum-of-squares",
                "This is the smallest of all rows that give `y`. Its pixels do not add up to 0.",
                {"before": "", "result": "np.linalg.pinv(C) @ y"},
            ),
            mistake(
                "takes-the-mean-away",
                "You take the mean from each pixel of the smallest row. Then they add up to 0, but "
                "the convolution is no longer `y`.",
                {
                    "before": "x = np.linalg.pinv(C) @ y",
                    "result": "x - x.mean()",
                },
            ),
            mistake(
                "transposed-convolution-is-the-inverse",
                "This is the transposed convolution of `y`. Slide the kernel over it and see "
                "whether `y` comes out.",
                {"before": "", "result": "C.T @ y"},
            ),
            mistake(
                "adds-up-to-one",
                "Your pixels add up to 1.",
                {"result": "np.linalg.pinv(C) @ np.append(y, 1)"},
            ),
            mistake(
                "y-without-its-mean",
                "You take the mean from `y`. It is the row whose pixels add up to 0.",
                {"before": "", "result": "np.linalg.pinv(C) @ (y - y.mean())"},
            ),
            _TURNED_WINDOWS,
            _STEPS,
        ),
    )


def _back_around() -> Exercise:
    return _combine(
        "around",
        "Return the smallest row whose convolution, which wraps around, is y.",
        _BACK.but(length="len(y) * s", window="(i * s + np.arange(k)) % (len(y) * s)"),
        prompt="""
A row of pixels **closes on itself**: after its last pixel comes its first one again. Somebody slid
`kernel` over it in steps of `s`, without turning it, until a full round was made, and tells you the
result `y`. So the row has `len(y) * s` pixels, window `i` begins at pixel `i * s`, and a window
that reaches beyond the last pixel goes on at the first one. Many rows give this `y`. Write
`back(y, kernel, s)`, which returns the one with the smallest sum of squares. The kernel is no
longer than the row.
""",
        inputs=_answers_around,
        mistakes=(
            mistake(
                "does-not-wrap",
                "Your row ends where the last window ends. Here it closes on itself and has "
                "`len(y) * s` pixels.",
                {"length": "(len(y) - 1) * s + k", "window": "i * s : i * s + k"},
            ),
            mistake(
                "cut-off-at-the-end",
                "Your row has the right length, but a window that reaches beyond its end loses "
                "weights. It goes on at the first pixel.",
                {
                    "length": "(len(y) + k) * s",
                    "window": "i * s : i * s + k",
                    "before": "C = C[:, : len(y) * s]",
                },
            ),
            _TRANSPOSED,
            _FACTOR,
            _OVERLAPS,
            _TURNED_WINDOWS,
            mistake(
                "windows-end-where-they-should-begin",
                "Your window `i` ends at pixel `i * s`. It begins there.",
                {"window": "(i * s - k + 1 + np.arange(k)) % (len(y) * s)"},
            ),
        ),
    )


def _back_through_holes() -> Exercise:
    return _combine(
        "through_holes",
        "Return the smallest row whose convolution with a dilated kernel is y.",
        _BACK.but(length="len(y) + (k - 1) * s", window="i : i + (k - 1) * s + 1 : s"),
        prompt="""
Somebody slid a kernel **with holes** over a row of pixels and tells you the result `y`: the weights
of `kernel` stood `s` pixels apart (dilation `s`), and from one window to the next it was **one**
pixel. There was no padding, the kernel was not turned, and the row ended where the last window
ended. Many rows give this `y`. Write `back(y, kernel, s)`, which returns the one with the smallest
sum of squares.
""",
        shown=1,
        mistakes=(
            mistake(
                "stride-for-dilation",
                "Your windows stand `s` pixels apart and have no holes. It is the other way "
                "around.",
                {"length": "(len(y) - 1) * s + k", "window": "i * s : i * s + k"},
            ),
            mistake(
                "forgets-the-dilation",
                "The weights of your kernel stand side by side. They are `s` pixels apart.",
                {"length": "len(y) - 1 + k", "window": "i : i + k"},
            ),
            mistake(
                "stride-and-dilation",
                "Both the windows and the weights stand `s` apart. Only the weights do.",
                {
                    "length": "(len(y) + k - 2) * s + 1",
                    "window": "i * s : (i + k - 1) * s + 1 : s",
                },
            ),
            _TRANSPOSED,
            _FACTOR,
            _OVERLAPS,
            _TURNED_WINDOWS,
        ),
    )


def _back_from_padding() -> Exercise:
    return _combine(
        "from_padding",
        "Return the smallest row whose convolution with padding 1 is y.",
        _BACK.but(before="C = C[:, 1:-1]  # the padding is zero"),
        prompt="""
Somebody put **one zero before** a row of pixels and **one behind** it (padding 1), slid `kernel`
over it in steps of `s`, without turning it, and tells you the result `y`. The row with its padding
ended where the last window ended. Many rows give this `y`. Write `back(y, kernel, s)`, which
returns the row **without its padding**: of all that give `y`, the one with the smallest sum of
squares. The kernel has at least three weights and is longer than `s`.
""",
        inputs=_longer_answers,
        shown=1,
        mistakes=(
            mistake(
                "forgets-the-padding",
                "Your row has a pixel at each end where the padding is.",
                {"before": ""},
            ),
            mistake(
                "cuts-the-padding-off-afterwards",
                "You find the smallest row as if the ends were free, and cut them off. They are "
                "zero; slide the kernel over your row with zeros around it.",
                {"before": "", "result": "(np.linalg.pinv(C) @ y)[1:-1]"},
            ),
            mistake(
                "keeps-the-padding",
                "Your row still has its padding, a zero at each end.",
                {"before": "C[:, [0, -1]] = 0"},
            ),
            mistake(
                "padding-on-one-side-only",
                "You take one zero away. There is one at each end.",
                {"before": "C = C[:, 1:]"},
                {"before": "C = C[:, :-1]"},
            ),
            _TRANSPOSED,
            _OVERLAPS,
            _TURNED_WINDOWS,
            _STEPS,
        ),
    )


def _back_flattest() -> Exercise:
    return _combine(
        "as_flat_as_can_be",
        "Return the row with the smallest steps whose convolution is y.",
        _BACK.but(
            before="n = C.shape[1]\n"
            "D = np.diff(np.eye(n), axis=0)  # steps from pixel to pixel\n"
            "M = np.block([[D.T @ D, C.T], [C, np.zeros((len(y), len(y)))]])",
            result="np.linalg.solve(M, np.append(np.zeros(n), y))[:n]",
        ),
        prompt=f"""
{_TOLD} Write `back(y, kernel, s)`, which returns the **flattest** of them: the sum of the squared
differences between neighboring pixels is the smallest. All weights of the kernel are positive, and
`s` is at most its length. (There are several ways. One is to say it with Lagrange multipliers,
which makes one larger system of equations of it; `np.diff` and `np.block` are of use.)
""",
        inputs=_positive_answers,
        shown=1,
        mistakes=(
            _SMALLEST,
            mistake(
                "nearest-to-a-constant",
                "Your row is as near as possible to one value everywhere. Here the **steps** from "
                "pixel to pixel are to be small.",
                {
                    "before": "n = C.shape[1]\nP = np.eye(n) - 1 / n\n"
                    "M = np.block([[P, C.T], [C, np.zeros((len(y), len(y)))]])",
                },
            ),
            mistake(
                "closes-on-itself",
                "You count a step from the last pixel back to the first. They are no neighbors.",
                {
                    "before": "n = C.shape[1]\n"
                    "D = np.eye(n) - np.roll(np.eye(n), 1, axis=1)\n"
                    "M = np.block([[D.T @ D, C.T], [C, np.zeros((len(y), len(y)))]])",
                },
            ),
            mistake(
                "zeros-outside",
                "You count steps from zeros outside the row as well. Only neighboring pixels of "
                "the row count.",
                {
                    "before": "n = C.shape[1]\n"
                    "D = np.diff(np.eye(n + 2), axis=0)[:, 1:-1]\n"
                    "M = np.block([[D.T @ D, C.T], [C, np.zeros((len(y), len(y)))]])",
                },
            ),
            mistake(
                "works-only-nearly",
                "Your row is flat, but the kernel does not make `y` of it: you trade one for the "
                "other. Giving `y` comes first.",
                {
                    "before": "D = np.diff(np.eye(C.shape[1]), axis=0)",
                    "result": "np.linalg.solve(C.T @ C + D.T @ D, C.T @ y)",
                },
            ),
            _TRANSPOSED,
            mistake(
                "turns-the-kernel",
                "Your row gives `y` if the kernel is turned around. It was slid over the pixels as "
                "it stands.",
                {"weights": "kernel[::-1]"},
            ),
            _STEPS,
        ),
    )


def _back_from_stamps() -> Exercise:
    return _combine(
        "from_stamps",
        "Return the row whose stamps come nearest to y.",
        Program(
            _BACK.text.replace(
                "C = np.zeros((len(y), $length))",
                "n = (len(y) - k) // s + 1\n    C = np.zeros((n, len(y)))",
            ).replace("range(len(y))", "range(n)"),
            {**_BACK.parts, "result": "np.linalg.pinv(C.T) @ y"},
        ),
        prompt="""
This time `y` is what comes out of a **transposed** convolution, without padding: each pixel of a
row put down the stamp `kernel` times the pixel, `s` places from one to the next, and where stamps
overlapped they added. Then some noise was added, so that **no** row gives exactly this `y`. Write
`back(y, kernel, s)`, which returns the row whose stamps come **nearest**: the sum of the squared
differences from `y` is the smallest. The last stamp ends where `y` ends.
""",
        inputs=_stamped_fields,
        shown=2,
        mistakes=(
            mistake(
                "convolution-is-the-inverse",
                "This is the convolution of `y` with the kernel. Put down its stamps, and see how "
                "near they come.",
                {"result": "C @ y"},
            ),
            mistake(
                "one-factor-for-all",
                "The convolution of `y`, divided by the kernel's sum of squares. That is right "
                "only where no two stamps overlap.",
                {"result": "C @ y / (kernel @ kernel)"},
            ),
            mistake(
                "one-stamp-after-the-other",
                "You choose each pixel so that its stamp's first weight fits, from the left. The "
                "other places have a say too.",
                {
                    "before": "rest, x = y.astype(float), []\n"
                    "for row in C:\n"
                    "    x.append(rest[row != 0][0] / kernel[0])\n"
                    "    rest = rest - x[-1] * row",
                    "result": "np.array(x)",
                },
            ),
            mistake(
                "reads-only-the-corners",
                "You read off `y` where each stamp begins, as if no other stamp lay there.",
                {"result": "y[: len(C) * s : s] / kernel[0]"},
            ),
            mistake(
                "turns-the-kernel",
                "Your stamps are turned around. They are put down as they stand.",
                {"weights": "kernel[::-1]"},
            ),
            mistake(
                "forgets-the-stride",
                "Your stamps stand one place apart. They stand `s` places apart.",
                {"window": "i : i + k"},
            ),
        ),
    )


combine_back = Family(
    name="back_to_the_pixels",
    skills="Writes a convolution or its transpose as a matrix, and finds the row that is asked for "
    "among all that fit.",
    points=5,
    variants=(
        _back_near_ones(),
        _back_without_sum(),
        _back_around(),
        _back_through_holes(),
        _back_from_padding(),
        _back_flattest(),
        _back_from_stamps(),
    ),
)

families = (repair_stamps, write_levels, combine_back)
"""Repair, write, combine."""
