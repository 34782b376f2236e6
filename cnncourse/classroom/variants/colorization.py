"""Graded questions of chapter 16, colorization."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Program, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray

_JOIN = Program(
    '''def join(L, ab):
    """$summary"""

    def enlarge(line, n):
        m = len(line)
        places = $places
        return $line

    tall = np.apply_along_axis(enlarge, $rows, ab, L.shape[0])
    large = np.apply_along_axis(enlarge, $columns, tall, L.shape[1])
    return $result
''',
    {
        "summary": "",
        "places": "(np.arange(n) + 0.5) * m / n - 0.5",
        "line": "np.interp(places, np.arange(m), line)",
        "rows": "1",
        "columns": "2",
        "result": "np.stack([L, large[0], large[1]])",
    },
)


def _halves(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, coarse in (
        ((1, 4), (1, 2)),
        ((2, 4), (1, 2)),
        ((4, 4), (2, 2)),
        ((2, 6), (1, 2)),
        ((6, 4), (2, 2)),
        ((4, 6), (2, 3)),
        ((3, 9), (1, 3)),
        ((6, 8), (2, 2)),
        ((9, 4), (3, 2)),
    ):
        a, b = (matrix(rng, coarse, -8, 8) * 8 for _ in range(2))
        a.flat[:2] = 16, -40
        yield matrix(rng, shape, 1, 9) * 10, np.stack([a, b])


def _halves_with_colors_last(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for L, ab in _halves(rng):
        yield L, ab.transpose(1, 2, 0).copy()


_EXCHANGES = mistake(
    "exchanges-a-and-b",
    "You have exchanged a and b: what was green to red is blue to yellow now.",
    {"result": "np.stack([L, large[1], large[0]])"},
)
_NO_LIGHTNESS = mistake(
    "color-without-lightness",
    "These are a and b alone. The picture has three channels, L first.",
    {"result": "large"},
)


def _places(name: str, hint: str, *ways: str) -> Any:
    return mistake(name, hint, *({"places": way} for way in ways))


_MIDDLES = _places(
    "middles-on-middles",
    "You lay the middles of the coarse pixels where the middles of their blocks are, as the "
    "chapter does. Here they lie elsewhere: read again where.",
    "(np.arange(n) + 0.5) * m / n - 0.5",
)
_ADDS_HALF = _places(
    "adds-half-and-keeps-it",
    "Your colors have slipped to the left, by half a coarse pixel.",
    "(np.arange(n) + 0.5) * m / n",
)
_OTHER_WAY = _places(
    "moves-the-other-way",
    "You move the colors in the wrong direction.",
    "(np.arange(n) - 0.5) * m / n + 0.5",
)
_TIES = _places(
    "ties-the-ends",
    "You tie the first and last pixels together, and stretch.",
    "np.linspace(0, m - 1, n)",
)
_CORNERS = _places(
    "corner-on-middle",
    "You lay the first fine pixel on the first coarse one and count from there.",
    "np.arange(n) * m / n",
)
_HALF_COARSE = _places(
    "takes-half-a-coarse-pixel-away",
    "You take half a coarse pixel away. Now the colors stand too far to the right.",
    "np.arange(n) * m / n - 0.5",
)
_REPEATS = mistake(
    "repeats-the-pixels",
    "Your colors come in blocks. Between two coarse pixels the color changes in a straight line.",
    {"places": "np.arange(n) * m // n"},
)

_SHAPES = """The network predicts `ab`, of shape (2, h, w), at a lower resolution.
`join(L, ab)` enlarges it and puts it together with the lightness `L`, of shape (H, W), into one
picture of shape (3, H, W); H is a multiple of h, and W of w."""
_BROKEN = "The code below has one mistake. Find it and mend it."


def _repair(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    shown = (
        np.array([[50, 60, 70, 80]]),
        np.array([[[0, 16]], [[-8, 8]]]),
    )
    return variant(
        program.but(summary=summary),
        name=f"join_{name}",
        title="Repair the enlarged color",
        stars=2,
        inputs=rest.pop("inputs", _halves),
        seed=3,
        shown=rest.pop("shown", shown),
        success="Every way of enlarging says where a coarse pixel lies on the fine grid, and what "
        "stands beyond the last one. Lightness stays as it was.",
        **rest,
    )


def _join_with_tied_ends() -> Exercise:
    return _repair(
        "with_tied_ends",
        "Return L and the color, enlarged between its outermost pixels.",
        _JOIN.but(places="np.linspace(0, m - 1, n)"),
        prompt=f"""
{_SHAPES} Here the **ends are tied**: along each axis, the first coarse pixel lies exactly on the
first fine pixel and the last coarse one exactly on the last fine one; all coarse pixels are equally
far apart, and between two of them the color changes in a straight line. (One coarse pixel alone
fills the whole axis.) {_BROKEN}
""",
        planted={"places": "np.arange(n) * (m - 1) / n"},
        still="This still does what the planted bug does: the last coarse pixel is never "
        "reached. How many steps are there from the first fine pixel to the last?",
        mistakes=(
            _MIDDLES,
            _CORNERS,
            _ADDS_HALF,
            _HALF_COARSE,
            _REPEATS,
            _EXCHANGES,
            _NO_LIGHTNESS,
        ),
    )


def _join_from_corners() -> Exercise:
    return _repair(
        "from_corners",
        "Return L and the color, whose pixels lie at the beginning of their blocks.",
        _JOIN.but(places="np.arange(n) * m / n"),
        prompt=f"""
{_SHAPES} Some video formats keep color in this way: along each axis, coarse pixel `i` lies exactly
on fine pixel **`i` times the enlargement** (W / w or H / h), so the first one on the first, and
between two coarse pixels the color changes in a straight line. Beyond the last coarse pixel its
color stays as it is. {_BROKEN}
""",
        planted={"places": "np.arange(n) * n / m"},
        still="This still does what the planted bug does: it goes in steps that are too long, "
        "and nearly all of the picture gets the last color. How far is a fine step in coarse "
        "pixels?",
        mistakes=(
            _MIDDLES,
            _TIES,
            _ADDS_HALF,
            _HALF_COARSE,
            _OTHER_WAY,
            _REPEATS,
            _EXCHANGES,
            _NO_LIGHTNESS,
        ),
    )


def _join_in_blocks() -> Exercise:
    return _repair(
        "in_blocks",
        "Return L and the color, each pixel of it repeated over its block.",
        _JOIN.but(places="np.arange(n) * m // n", line="line[places]"),
        prompt=f"""
{_SHAPES} Here nothing is blended: every coarse pixel **fills its block** of H / h rows and W / w
columns with its color, the first one the block at the upper left. {_BROKEN}
""",
        planted={"places": "np.arange(n) % m"},
        still="This still does what the planted bug does: the small picture is laid side by "
        "side with itself, as tiles.",
        mistakes=(
            mistake(
                "blends-instead",
                "Your colors change in a straight line. Here each fills its block.",
                {
                    "places": "(np.arange(n) + 0.5) * m / n - 0.5",
                    "line": "np.interp(places, np.arange(m), line)",
                },
                {
                    "places": "np.arange(n) * m / n",
                    "line": "np.interp(places, np.arange(m), line)",
                },
            ),
            mistake(
                "rounds-to-the-nearest",
                "You round to the next coarse pixel, up or down. A block begins where the coarse "
                "pixel does.",
                {
                    "places": "np.minimum(np.floor(np.arange(n) * m / n + 0.5), m - 1)",
                    "line": "line[places.astype(int)]",
                },
            ),
            mistake(
                "backward",
                "You begin with the last coarse pixel.",
                {"places": "m - 1 - np.arange(n) * m // n"},
            ),
            mistake(
                "one-place-late",
                "Your blocks begin one fine pixel late.",
                {"places": "np.maximum(np.arange(n) - 1, 0) * m // n"},
            ),
            mistake(
                "one-color-for-all",
                "You give the whole picture the mean color.",
                {"places": "np.zeros(n)", "line": "places + line.mean()"},
            ),
            _EXCHANGES,
            _NO_LIGHTNESS,
        ),
    )


def _join_with_colors_last() -> Exercise:
    last = "np.concatenate([L[..., None], large], axis=2)"
    return _repair(
        "with_colors_last",
        "Return L and the enlarged ab as one picture of shape (H, W, 3).",
        _JOIN.but(rows="0", columns="1", result=last),
        prompt=f"""
Here the channels come **last**. The network predicts `ab`, of shape (h, w, 2), at a lower
resolution. `join(L, ab)` enlarges it and puts it together with the lightness `L`, of shape (H, W),
into one picture of shape (H, W, 3); H is a multiple of h, and W of w. It enlarges bilinearly, as in
the chapter: the middle of a coarse pixel lies on the middle of its block, between two middles the
color changes in a straight line, and outside the outermost middles it stays as it is. {_BROKEN}
""",
        planted={"places": "(np.arange(n) + 0.5) * m / n"},
        still="This still does what the planted bug does: the colors have slipped to the left "
        "by half a coarse pixel. Where are the middles of the coarse pixels?",
        inputs=_halves_with_colors_last,
        shown=(np.array([[50, 60, 70, 80]]), np.array([[[0, -8], [16, 8]]])),
        mistakes=(
            _CORNERS,
            _TIES,
            _HALF_COARSE,
            _OTHER_WAY,
            _REPEATS,
            mistake(
                "channels-first",
                "Your picture has its channels first. Here they come last.",
                {"result": "np.stack([L, large[..., 0], large[..., 1]])"},
            ),
            mistake(
                "exchanges-a-and-b",
                "You have exchanged a and b: what was green to red is blue to yellow now.",
                {"result": "np.concatenate([L[..., None], large[..., ::-1]], axis=2)"},
            ),
            mistake(
                "lightness-last",
                "Your lightness comes last. It is the first of the three.",
                {"result": "np.concatenate([large, L[..., None]], axis=2)"},
            ),
            _NO_LIGHTNESS,
        ),
    )


def _join_around() -> Exercise:
    return _repair(
        "around",
        "Return L and the color of a picture that is laid side by side with itself.",
        _JOIN.but(line="np.interp(places, np.arange(m), line, period=m)"),
        prompt=f"""
{_SHAPES} The picture is a pattern that is to be laid **side by side with itself** in all
directions, like tiles. So it is enlarged bilinearly with the middle of each coarse pixel on the
middle of its block, as in the chapter, but beyond the outermost middles the color goes on toward
the coarse pixel at the **opposite end**, as if that stood there. (`np.interp` can do that, see its
`period`.) {_BROKEN}
""",
        planted={"line": "np.interp(places, np.arange(m), line, period=m + 1)"},
        still="This still does what the planted bug does: from the last coarse pixel to the "
        "first one again it takes two steps. After how many does the pattern begin anew?",
        mistakes=(
            mistake(
                "holds-the-border",
                "Outside the outermost middles your color stays as it is. There it goes on toward "
                "the opposite end.",
                {"line": "np.interp(places, np.arange(m), line)"},
            ),
            mistake(
                "fades-at-the-border",
                "Near the border you blend with zeros. The opposite end stands there.",
                {"line": "np.interp(places, np.arange(-1, m + 1), np.pad(line, 1))"},
            ),
            mistake(
                "period-in-fine-pixels",
                "You count the period in fine pixels. The places are counted in coarse ones.",
                {"line": "np.interp(places, np.arange(m), line, period=n)"},
            ),
            mistake(
                "mirrors-at-the-border",
                "You go on with the next coarse pixel inside, as in a mirror. It is the one at the "
                "opposite end.",
                {"line": "np.interp(places, np.arange(-1, m + 1), np.pad(line, 1, 'reflect'))"},
            ),
            _CORNERS,
            _ADDS_HALF,
            _OTHER_WAY,
            _EXCHANGES,
            _NO_LIGHTNESS,
        ),
    )


def _join_into_gray() -> Exercise:
    return _repair(
        "into_gray",
        "Return L and the color, which fades into gray at the border.",
        _JOIN.but(line="np.interp(places, np.arange(-1, m + 1), np.pad(line, 1))"),
        prompt=f"""
{_SHAPES} It is enlarged bilinearly with the middle of each coarse pixel on the middle of its block,
as in the chapter, but the picture **fades into gray** at its border: beyond the outermost middles
the color changes in a straight line toward 0, as if a frame of gray coarse pixels (a = b = 0) stood
all around. {_BROKEN}
""",
        planted={"line": "np.interp(places, np.arange(m + 2), np.pad(line, 1))"},
        still="This still does what the planted bug does: with the frame, all coarse pixels "
        "have moved on by one. At which place does the first one of the frame stand?",
        mistakes=(
            mistake(
                "holds-the-border",
                "Outside the outermost middles your color stays as it is. It fades to gray there.",
                {"line": "np.interp(places, np.arange(m), line)"},
            ),
            mistake(
                "gray-at-once",
                "Outside the outermost middles your color is gray at once. It changes in a "
                "straight line.",
                {"line": "np.interp(places, np.arange(m), line, left=0, right=0)"},
            ),
            mistake(
                "goes-around",
                "Your border goes on toward the opposite end. A frame of gray stands there.",
                {"line": "np.interp(places, np.arange(m), line, period=m)"},
            ),
            mistake(
                "fades-on-one-side-only",
                "Your color fades on one side only. The frame stands all around.",
                {"line": "np.interp(places, np.arange(-1, m), np.pad(line, (1, 0)))"},
                {"line": "np.interp(places, np.arange(m + 1), np.pad(line, (0, 1)))"},
            ),
            _CORNERS,
            _ADDS_HALF,
            _HALF_COARSE,
            _OTHER_WAY,
            _EXCHANGES,
            _NO_LIGHTNESS,
        ),
    )


_SHRINK = Program(
    '''def join(L, ab):
    """$summary"""
    h, w = ab.shape[1:]
    rows, columns = L.shape[0] // h, L.shape[1] // w
    small = $small
    return $result
''',
    {
        "summary": "",
        "small": "L.reshape(h, rows, w, columns).mean(axis=(1, 3))",
        "result": "np.stack([small, *ab])",
    },
)


def _join_small() -> Exercise:
    return _repair(
        "small",
        "Return ab and the lightness, made as small as ab by taking means of blocks.",
        _SHRINK,
        prompt=f"""
For a thumbnail the color is large enough, and it is the **lightness** that has to change. `ab` has
the shape (2, h, w) and the lightness `L` the shape (H, W); H is a multiple of h, and W of w.
`join(L, ab)` should return a picture of shape (3, h, w): the lightness of each of its pixels is the
**mean of the block** of H / h rows and W / w columns that the pixel stands for, and its color is
that of `ab`. {_BROKEN}
""",
        planted={"small": "L.reshape(rows, h, columns, w).mean(axis=(0, 2))"},
        still="This still does what the planted bug does: it takes means of pixels that lie far "
        "apart. The pixels of a block lie side by side.",
        mistakes=(
            mistake(
                "keeps-one-pixel",
                "You keep one pixel of each block. Its mean is asked for.",
                {"small": "L[::rows, ::columns]"},
                {"small": "L[rows - 1 :: rows, columns - 1 :: columns]"},
            ),
            mistake(
                "takes-the-largest",
                "You keep the brightest pixel of each block. Its mean is asked for.",
                {"small": "L.reshape(h, rows, w, columns).max(axis=(1, 3))"},
            ),
            mistake(
                "adds-up-the-block",
                "You add up the pixels of a block. Their mean is asked for.",
                {"small": "L.reshape(h, rows, w, columns).sum(axis=(1, 3))"},
            ),
            mistake(
                "cuts-a-corner-out",
                "You cut a corner out of the picture. The whole picture is made smaller.",
                {"small": "L[:h, :w]"},
            ),
            mistake(
                "rows-and-columns-exchanged",
                "Your blocks have as many rows as they should have columns, or stand in another "
                "order.",
                {
                    "small": "L.reshape(h, columns, w, rows).mean(axis=(1, 3))",
                },
                {"small": "L.reshape(w, columns, h, rows).mean(axis=(1, 3)).T"},
            ),
            mistake(
                "exchanges-a-and-b",
                "You have exchanged a and b: what was green to red is blue to yellow now.",
                {"result": "np.stack([small, ab[1], ab[0]])"},
            ),
            mistake(
                "color-without-lightness",
                "These are a and b alone. The picture has three channels, L first.",
                {"result": "ab"},
            ),
        ),
    )


repair_join = Family(
    name="repair_the_colors",
    skills="Lays a coarse map of color over a fine one of lightness: where its pixels lie, and "
    "what stands beyond the border.",
    points=2,
    variants=(
        _join_with_tied_ends(),
        _join_from_corners(),
        _join_in_blocks(),
        _join_with_colors_last(),
        _join_around(),
        _join_into_gray(),
        _join_small(),
    ),
)


_ENCODE = Program(
    '''def encode(a, b, n):
    """$summary"""
    centers = $centers
    $before
    for_a = $for_a
    for_b = $for_b
    return $result
''',
    {
        "summary": "",
        "centers": "10 * np.arange(-n, n + 1)",
        "before": "",
        "for_a": "np.maximum(0, 1 - abs(a - centers) / 10)",
        "for_b": "np.maximum(0, 1 - abs(b - centers) / 10)",
        "result": "np.outer(for_a, for_b)",
    },
)


def _colors(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from (
        (4, 0, 1),
        (7, 2, 1),
        (3, -8, 1),
        (-4, 0, 1),
        (-7, 12, 2),
        (18, -3, 2),
        (-16, -11, 2),
        (-20, 13, 3),
        (27, -28, 3),
    )


def _colors_between(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from (
        (4, 0, 1),
        (-3, 2, 1),
        (7, 11, 2),
        (-13, 4, 2),
        (3, -9, 2),
        (22, -18, 3),
        (-16, 7, 3),
        (-24, -23, 3),
    )


def _colors_apart(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from (
        (4, 0, 1),
        (14, 3, 1),
        (7, -18, 1),
        (-13, 26, 2),
        (33, -9, 2),
        (-27, -12, 2),
        (-42, 17, 3),
        (53, -49, 3),
    )


def _colors_beyond(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from (
        (4, 0, 1),
        (13, 2, 1),
        (3, -18, 1),
        (-24, 12, 2),
        (17, 31, 2),
        (-6, -13, 2),
        (-33, 4, 2),
        (5, 47, 3),
        (-34, 38, 3),
        (27, -28, 3),
    )


def _hues(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from (
        (12, 4, 1),
        (44, 7, 1),
        (100, 12, 2),
        (192, 3, 2),
        (340, 6, 1),
        (355, 18, 2),
        (271, 23, 3),
        (336, 29, 3),
    )


def _tents(
    name: str, hint: str, way: str, width: str = "10", centers: tuple[str, str] = ("centers",) * 2
) -> Any:
    """Return a mistake in the shares along both axes; `way` reads `distance` in steps."""
    parts = {
        f"for_{axis}": way.replace("distance", f"abs({axis} - {middle}) / {width}")
        for axis, middle in zip("ab", centers, strict=True)
    }
    return mistake(name, hint, parts)


def _share_mistakes(width: str = "10") -> tuple[Any, ...]:
    """Return the usual mistakes in the shares, for bins so far apart."""
    return (
        _tents(
            "nearest-bin-takes-all",
            "You give everything to the nearest bin. The mean is then that bin's center and not "
            "the color.",
            "(distance == (distance).min()) * 1.0",
            width,
        ),
        _tents(
            "four-equal-shares",
            "The four bins are the right ones, with a quarter each. A color closer to one of them "
            "has more to do with it.",
            "(distance < 1) / (distance < 1).sum()",
            width,
        ),
        _tents(
            "goes-on-falling",
            "Your shares go on falling beyond the next bin, and below zero. From there on they "
            "are 0.",
            "1 - distance",
            width,
        ),
        _tents(
            "reaches-past-the-next-bin",
            "Your shares reach past the next bin. Where it stands, the share of this one has come "
            "down to 0.",
            "np.maximum(0, 1 - distance / 2)",
            width,
        ),
        mistake(
            "shares-along-one-axis",
            "You share along one axis only. On the other, everything goes to one bin, and there "
            "the mean is not the color.",
            {"for_a": "(abs(a - centers) == abs(a - centers).min()) * 1.0"},
            {"for_b": "(abs(b - centers) == abs(b - centers).min()) * 1.0"},
        ),
    )


_ADDS_SHARES = mistake(
    "adds-the-two-shares",
    "You average the share for a and the share for b. A bin that is far off in one of them then "
    "gets some all the same.",
    {"result": "np.add.outer(for_a, for_b) / 2"},
)
_EXCHANGED_AXES = mistake(
    "exchanges-a-and-b",
    "You have exchanged the axes: rows stand for a, columns for b.",
    {"result": "np.outer(for_b, for_a)"},
)
_SHARED = """A color rarely lies on the center of a bin. Share it **bilinearly** among the four bins
around it: a share is the product of one that depends on a and one that depends on b, none is
negative, all add up to 1, and the mean of the bins' colors, each weighted by its share, is the
color itself."""
_TABLE = """The bins form a table of 2n + 1 rows and columns; the bin in row `i` and column `j`
stands for the color with a = 10(i − n) and b = 10(j − n)."""


def _write(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"encode_{name}",
        title="Share a color among bins",
        stars=2,
        inputs=rest.pop("inputs", _colors),
        seed=0,
        success="Shares instead of one bin: what the network is to learn changes as smoothly as "
        "the color does.",
        **rest,
    )


def _encode_between() -> Exercise:
    return _write(
        "between",
        "Return the shares of all bins, as a table of 2n rows and columns.",
        _ENCODE.but(centers="10 * np.arange(-n, n) + 5"),
        prompt=f"""
Write `encode(a, b, n)`. The bins form a table of **2n** rows and columns, and gray lies where four
of them meet: the bin in row `i` and column `j` stands for the color with a = 10(i − n) **+ 5** and
b = 10(j − n) **+ 5**. {_SHARED} Return the table of shares. (a and b lie between the outermost
centers.)
""",
        inputs=_colors_between,
        shown=(-2, 4, 1),
        mistakes=(
            mistake(
                "gray-in-a-bin",
                "Your bins have their centers at tens, with gray in the middle of one. Here the "
                "centers end in 5.",
                {"centers": "10 * np.arange(-n, n + 1)"},
                {"centers": "10 * np.arange(-n, n)"},
            ),
            *_share_mistakes(),
            _ADDS_SHARES,
            _EXCHANGED_AXES,
        ),
    )


def _encode_apart() -> Exercise:
    return _write(
        "apart",
        "Return the shares of all bins, which stand 20 apart.",
        _ENCODE.but(
            centers="20 * np.arange(-n, n + 1)",
            for_a="np.maximum(0, 1 - abs(a - centers) / 20)",
            for_b="np.maximum(0, 1 - abs(b - centers) / 20)",
            result="0.9 * np.outer(for_a, for_b) + 0.1 / (2 * n + 1) ** 2",
        ),
        prompt=f"""
Write `encode(a, b, n)`. The bins form a table of 2n + 1 rows and columns and stand **20** apart:
the bin in row `i` and column `j` stands for the color with a = **20**(i − n) and b = **20**(j − n).
{_SHARED} So far for the shares; since nobody is ever sure of a color, they are then **smoothed**:
nine tenths of each share stay, and the last tenth of everything is given to **all** bins, the same
to each. Return the smoothed table; it adds up to 1. (a and b lie between the outermost centers.)
""",
        inputs=_colors_apart,
        shown=(5, -8, 1),
        mistakes=(
            mistake(
                "forgets-to-smooth",
                "These are the shares before they are smoothed.",
                {"result": "np.outer(for_a, for_b)"},
            ),
            mistake(
                "a-tenth-to-each",
                "You add a tenth to every bin. All of them together get a tenth.",
                {"result": "0.9 * np.outer(for_a, for_b) + 0.1"},
            ),
            mistake(
                "adds-up-to-more-than-one",
                "You keep the whole shares and add a tenth to everything.",
                {"result": "np.outer(for_a, for_b) + 0.1 / (2 * n + 1) ** 2"},
            ),
            mistake(
                "smooths-only-the-four",
                "You give the last tenth to the four bins that have a share already. All bins get "
                "some of it.",
                {
                    "result": "0.9 * np.outer(for_a, for_b) + 0.1 * np.outer(for_a > 0, for_b > 0)"
                    " / np.outer(for_a > 0, for_b > 0).sum()"
                },
            ),
            mistake(
                "bins-ten-apart",
                "Your bins stand 10 apart. Here they stand 20 apart.",
                {
                    "centers": "10 * np.arange(-n, n + 1)",
                    "for_a": "np.maximum(0, 1 - abs(a - centers) / 10)",
                    "for_b": "np.maximum(0, 1 - abs(b - centers) / 10)",
                },
            ),
            mistake(
                "stops-before-the-next-bin",
                "Your shares have come down to 0 halfway to the next bin.",
                {
                    "for_a": "np.maximum(0, 1 - abs(a - centers) / 10)",
                    "for_b": "np.maximum(0, 1 - abs(b - centers) / 10)",
                },
            ),
            *_share_mistakes("20")[:1],
            mistake(
                "exchanges-a-and-b",
                "You have exchanged the axes: rows stand for a, columns for b.",
                {"result": "0.9 * np.outer(for_b, for_a) + 0.1 / (2 * n + 1) ** 2"},
            ),
        ),
    )


def _encode_as_on_a_map() -> Exercise:
    return _write(
        "as_on_a_map",
        "Return the shares of all bins, a to the right and b upward.",
        _ENCODE.but(result="np.outer(for_b[::-1], for_a)"),
        prompt=f"""
Write `encode(a, b, n)`. The bins form a table of 2n + 1 rows and columns that is drawn as on a map:
**a grows to the right** and **b grows upward**. So the bin in row `i` and column `j` stands for the
color with a = 10(j − n) and b = 10(**n − i**), and the middle one is gray. {_SHARED} Return the
table of shares. (a and b lie between −10n and 10n, ends left out.)
""",
        shown=(3, 8, 1),
        mistakes=(
            mistake(
                "rows-for-a",
                "Your rows stand for a, and grow downward, as in the chapter.",
                {"result": "np.outer(for_a, for_b)"},
            ),
            mistake(
                "b-grows-downward",
                "Your columns are right. b grows **upward**, so the first row is the one with the "
                "largest b.",
                {"result": "np.outer(for_b, for_a)"},
            ),
            mistake(
                "turns-both-axes",
                "a grows to the right, and yours to the left.",
                {"result": "np.outer(for_b[::-1], for_a[::-1])"},
                {"result": "np.outer(for_b, for_a[::-1])"},
            ),
            mistake(
                "rows-for-a-upward",
                "Your rows stand for a. Rows stand for b, columns for a.",
                {"result": "np.outer(for_a[::-1], for_b)"},
            ),
            *_share_mistakes(),
        ),
    )


_TRIANGLES = Program(
    '''def encode(a, b, n):
    """$summary"""
    i, j = $low
    s, t = a / 10 - i, b / 10 - j
    if $lower:
        corners = [(0, 0, 1 - s - t), (1, 0, s), (0, 1, t)]
    else:
        corners = [(1, 1, s + t - 1), (1, 0, 1 - t), (0, 1, 1 - s)]
    $before
    table = np.zeros((2 * n + 1, 2 * n + 1))
    for row, column, share in corners:
        table[i + n + row, j + n + column] = $share
    return $result
''',
    {
        "summary": "",
        "low": "a // 10, b // 10",
        "lower": "s + t <= 1",
        "before": "",
        "share": "share",
        "result": "table",
    },
)


def _encode_in_triangles() -> Exercise:
    four = "[(0, 0, {}), (1, 0, {}), (0, 1, {}), (1, 1, {})]"

    def shared(*shares: str) -> dict[str, str]:
        return {"before": f"corners = {four.format(*shares)}"}

    return _write(
        "in_triangles",
        "Return the shares of the three bins around a color, in the table of all bins.",
        _TRIANGLES,
        prompt=f"""
Write `encode(a, b, n)`. {_TABLE} A color rarely lies on the center of a bin. Here it is shared
among **three** bins, so that no share is negative, all add up to 1, and the mean of the bins'
colors, each weighted by its share, is the color itself. Which three? Four centers around the color
form a square. The diagonal from the center with the **smaller a and larger b** to the one with the
**larger a and smaller b** cuts it into two triangles; the three corners of the triangle in which
the color lies get the shares. (On the diagonal, two bins are enough.) Return the table. (a and b
lie between −10n and 10n, ends left out.)
""",
        shown=(2, 5, 1),
        mistakes=(
            mistake(
                "shares-among-four",
                "You share among four bins, as in the chapter. Here three are enough.",
                shared("(1 - s) * (1 - t)", "s * (1 - t)", "(1 - s) * t", "s * t"),
            ),
            mistake(
                "only-one-triangle",
                "Right in the triangle with the smaller a and b. In the other one, one of your "
                "shares falls below zero.",
                {"lower": "True"},
            ),
            mistake(
                "the-other-diagonal",
                "You cut the square along the other diagonal.",
                shared("1 - max(s, t)", "max(s - t, 0)", "max(t - s, 0)", "min(s, t)"),
            ),
            mistake(
                "nearest-bin-takes-all",
                "You give everything to the nearest bin. The mean is then that bin's center and "
                "not the color.",
                {"before": "corners = [(round(s), round(t), 1)]"},
            ),
            mistake(
                "equal-shares",
                "The bins are the right ones, with equal shares. A color closer to one of them "
                "has more to do with it.",
                {"share": "1 / 3"},
                {"result": "(table > 0) / (table > 0).sum()"},
            ),
            mistake(
                "exchanges-a-and-b",
                "You have exchanged the axes: rows stand for a, columns for b.",
                {"result": "table.T"},
            ),
            mistake(
                "cuts-toward-zero",
                "Right where a and b are positive. Below zero, the next lower center is farther "
                "from zero.",
                {"low": "int(a / 10), int(b / 10)"},
            ),
        ),
    )


def _encode_beyond() -> Exercise:
    return _write(
        "beyond",
        "Return the shares of all bins, also of a color beyond the outermost of them.",
        _ENCODE.but(before="a, b = np.clip([a, b], -10 * n, 10 * n)"),
        prompt=f"""
Write `encode(a, b, n)`. {_TABLE} A color may lie **beyond** the outermost centers: a below −10n
then counts as −10n, above 10n as 10n, and b in the same way. What remains rarely lies on the center
of a bin. Share it **bilinearly** among the four bins around it: a share is the product of one that
depends on a and one that depends on b, none is negative, all add up to 1, and the mean of the bins'
colors, each weighted by its share, is the color itself. Return the table of shares.
""",
        inputs=_colors_beyond,
        shown=(-13, 4, 1),
        mistakes=(
            mistake(
                "loses-what-lies-beyond",
                "Where a color lies beyond the outermost center, some of its shares are lost. It "
                "counts as if it lay on that center.",
                {"before": ""},
            ),
            mistake(
                "goes-to-gray",
                "A color beyond the outermost center becomes gray. It counts as if it lay on that "
                "center.",
                {"before": "a = a if abs(a) <= 10 * n else 0\nb = b if abs(b) <= 10 * n else 0"},
            ),
            mistake(
                "goes-around",
                "A color beyond the last center comes in again at the first one. It stays at the "
                "last one.",
                {
                    "before": "a, b = ((x + 10 * n) % (20 * n + 10) - 10 * n for x in (a, b))",
                },
            ),
            mistake(
                "scales-what-is-left",
                "You let the shares that are left add up to 1. Where a color lies far out, nothing "
                "is left to scale.",
                {
                    "before": "",
                    "result": "np.outer(for_a, for_b) / max(np.outer(for_a, for_b).sum(), 1e-9)",
                },
            ),
            mistake(
                "stops-only-above",
                "You hold a color back at one end only. Both ends have an outermost center.",
                {"before": "a, b = min(a, 10 * n), min(b, 10 * n)"},
                {"before": "a, b = max(a, -10 * n), max(b, -10 * n)"},
            ),
            *_share_mistakes()[:1],
            _EXCHANGED_AXES,
        ),
    )


def _encode_hue() -> Exercise:
    around = "(a - centers + 180) % 360 - 180"
    return _write(
        "hue",
        "Return the shares of twelve hues, each at n + 1 strengths.",
        _ENCODE.but(
            centers="30 * np.arange(12)",
            before=f"turn = {around}  # the shorter way round",
            for_a="np.maximum(0, 1 - abs(turn) / 30)",
            for_b="np.maximum(0, 1 - abs(b - 10 * np.arange(n + 1)) / 10)",
        ),
        prompt="""
A color can also be told by its hue and its strength. Write `encode(a, b, n)`, where `a` is the
**hue in degrees**, from 0 up to and without 360, and `b` the **strength**, between 0 and 10n. The
bins form a table of **12 rows** and **n + 1 columns**: the bin in row `i` and column `j` stands for
the hue 30i degrees and the strength 10j. Hues **close a circle**: after 330 degrees comes 0 again.
Share the color bilinearly among the four bins around it: a share is the product of one for the hue
and one for the strength; along each of the two it falls in a straight line from 1 at the bin's own
value to 0 at the next bin's. Return the table of shares.
""",
        inputs=_hues,
        shown=(40, 4, 1),
        mistakes=(
            mistake(
                "circle-not-closed",
                "Between 330 and 360 degrees some of your shares are lost: the next hue is that of "
                "0 degrees.",
                {"before": "turn = a - centers"},
            ),
            mistake(
                "last-hue-keeps-it",
                "Between 330 and 360 degrees you give everything to the last hue. The hue 0 is "
                "just as near.",
                {"before": "turn = np.minimum(a, 330) - centers"},
            ),
            mistake(
                "nearest-bin-takes-all",
                "You give everything to the nearest bin. A share falls in a straight line.",
                {
                    "for_a": "(abs(turn) == abs(turn).min()) * 1.0",
                    "for_b": "(abs(b - 10 * np.arange(n + 1)) == "
                    "abs(b - 10 * np.arange(n + 1)).min()) * 1.0",
                },
            ),
            mistake(
                "hues-ten-apart",
                "Your shares of the hue have come down to 0 after 10 degrees. The next hue is 30 "
                "degrees away.",
                {"for_a": "np.maximum(0, 1 - abs(turn) / 10)"},
            ),
            mistake(
                "shares-along-one-axis",
                "You share along one axis only. Hue and strength are shared both.",
                {"for_a": "(abs(turn) == abs(turn).min()) * 1.0"},
                {
                    "for_b": "(abs(b - 10 * np.arange(n + 1)) == "
                    "abs(b - 10 * np.arange(n + 1)).min()) * 1.0"
                },
            ),
            _ADDS_SHARES,
            mistake(
                "exchanges-a-and-b",
                "You have exchanged the axes: rows stand for the hue, columns for the strength.",
                {"result": "np.outer(for_b, for_a)"},
            ),
        ),
    )


write_encode = Family(
    name="write_the_shares",
    skills="Shares a color among bins so that its mean is kept, for bins that lie otherwise than "
    "in the chapter.",
    points=3,
    variants=(
        _encode_between(),
        _encode_apart(),
        _encode_as_on_a_map(),
        _encode_in_triangles(),
        _encode_beyond(),
        _encode_hue(),
    ),
)


_VIVID = Program(
    '''def vivid(logits, counts, bins, percent):
    """$summary"""
    share = counts / counts.sum()
    changed = $changed
    p = np.exp(changed - changed.max(axis=$axis, keepdims=True))
    p = p / p.sum(axis=$axis, keepdims=True)
    $after
    return $result
''',
    {
        "summary": "",
        "changed": "",
        "axis": "0",
        "after": "",
        "result": "np.tensordot(bins.T, p, 1)",
    },
)


def _predictions(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, int]]:
    yield (
        np.array([0, 1], dtype=np.float64).reshape(2, 1, 1),
        np.array([3, 1]),
        np.array([[0, 10], [20, 0]]),
        40,
    )
    for Q, H, W, percent in (
        (3, 1, 2, 40),
        (3, 2, 1, 30),
        (4, 2, 2, 38),
        (5, 2, 3, 60),
        (4, 3, 3, 55),
        (6, 2, 4, 25),
    ):
        logits = (
            matrix(rng, (Q, H * W), -2, 3).reshape(Q, H, W) + 0.25 * np.arange(Q)[:, None, None]
        )
        counts = rng.permutation(np.array([1, 2, 5, 12, 30, 60])[:Q])
        yield logits, counts, matrix(rng, (Q, 2), -6, 6) * 5, percent
    # Powers of these overflow, or vanish.
    large = np.array([[900, -900], [901, -901], [899, -900]], dtype=np.float64)
    yield large.reshape(3, 1, 2), np.array([6, 3, 1]), np.array([[0, 0], [30, 5], [-10, 25]]), 50


def _predictions_with_absent(
    rng: np.random.Generator,
) -> Iterator[tuple[Array, Array, Array, int]]:
    for position, (logits, counts, bins, percent) in enumerate(_predictions(rng)):
        if position:
            counts = counts.copy()
            counts[logits[:, 0, 0].argmax()] = 0
        yield logits, counts, bins, percent


def _predictions_with_bins_last(
    rng: np.random.Generator,
) -> Iterator[tuple[Array, Array, Array, int]]:
    for logits, counts, bins, percent in _predictions(rng):
        yield logits.transpose(1, 2, 0).copy(), counts, bins, percent


_HEAD = """`logits` has the shape (Q, H, W), one map for each of Q bins, and bin `q` stands for the
color `bins[q]`, its a and its b. In the training pictures it was seen `counts[q]` times; its
**share** is that number divided by the sum of all counts."""
_SAFE = "Logits may be large: 1,000 and more, so shift them before you take powers."
_ADD_UP = """Probabilities that have been changed are divided by their sum at the pixel, so that
they add up to 1 again."""


def _combine(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    exercise = variant(
        program.but(summary=summary),
        name=f"vivid_{name}",
        title="Read a color from a distribution",
        stars=3,
        inputs=rest.pop("inputs", _predictions),
        seed=1,
        success="One distribution, many ways to read a color from it. The network is the same; "
        "how vivid its pictures look is decided here.",
        **rest,
    )
    # Of large logits, 32 bits keep only few digits behind the point.
    return replace(exercise, tolerance=1e-4)


_EXCHANGED_BINS = mistake(
    "exchanges-a-and-b",
    "You have exchanged a and b: a comes first, as in `bins`.",
    {"result": "np.tensordot(bins.T[::-1], p, 1)"},
)
_OVER_PIXELS = mistake(
    "over-the-pixels",
    "Your softmax compares pixels with each other. It compares the bins of one pixel.",
    {"axis": "(1, 2)"},
    {"axis": "(0, 1, 2)"},
)
_PERCENT = (
    "percent-for-temperature",
    "You take the number itself for the temperature: 38 for 0.38. It comes in percent.",
)
_NOT_ONE = (
    "does-not-add-up-to-one",
    "What you take the mean with does not add up to 1 at a pixel.",
)
_PLAIN = mistake(
    "plain-mean",
    "This is the mean under the network's own probabilities. Nothing has been done to them yet.",
    {"changed": "logits", "after": ""},
)


def _vivid_by_roots() -> Exercise:
    return _combine(
        "by_roots",
        "Return the color, (2, H, W), after dividing by the roots of the bins' shares.",
        _VIVID.but(changed="(logits - np.log(share)[:, None, None] / 2) / (percent / 100)"),
        prompt=f"""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
{_HEAD} First **rebalance gently**: divide the probability of each bin by the **square root** of its
share (nothing is mixed in). Then **anneal** at the temperature T, which comes in percent: 38 means
T = 0.38; each probability is raised to the power 1/T. {_ADD_UP} Return the mean color under the
distribution that results, of shape (2, H, W). {_SAFE}
""",
        mistakes=(
            mistake(
                "forgets-to-rebalance",
                "This is the annealed mean alone. How common each bin is changes nothing in it "
                "yet.",
                {"changed": "logits / (percent / 100)"},
            ),
            mistake(
                "divides-by-the-share",
                "You divide by the share itself. Its square root is gentler.",
                {"changed": "(logits - np.log(share)[:, None, None]) / (percent / 100)"},
            ),
            mistake(
                "mixes-an-equal-share-in",
                "You mix half of an equal share in, as in the chapter. Here nothing is mixed in.",
                {
                    "changed": "(logits - np.log((share + 1 / len(share)) / 2)[:, None, None]) "
                    "/ (percent / 100)"
                },
                {
                    "changed": "(logits - np.log((share + 1 / len(share)) / 2)[:, None, None] / 2) "
                    "/ (percent / 100)"
                },
            ),
            mistake(
                "favors-the-common",
                "You multiply by the root of the share. That makes gray grayer; rare colors are to "
                "count for more.",
                {"changed": "(logits + np.log(share)[:, None, None] / 2) / (percent / 100)"},
            ),
            mistake(
                "anneals-first",
                "You anneal, and then rebalance. The order is the other one.",
                {"changed": "logits / (percent / 100) - np.log(share)[:, None, None] / 2"},
            ),
            mistake(
                "temperature-upside-down",
                "Your temperature works the other way round: below 1 it flattens. It is to sharpen "
                "there.",
                {"changed": "(logits - np.log(share)[:, None, None] / 2) * (percent / 100)"},
            ),
            mistake(
                "forgets-to-anneal",
                "This is the mean of the rebalanced distribution, at T = 1.",
                {"changed": "logits - np.log(share)[:, None, None] / 2"},
            ),
            mistake(
                *_PERCENT,
                {"changed": "(logits - np.log(share)[:, None, None] / 2) / percent"},
            ),
            mistake(
                *_NOT_ONE,
                {
                    "changed": "logits",
                    "after": "p = (p / np.sqrt(share)[:, None, None]) ** (100 / percent)",
                },
                {
                    "changed": "logits - np.log(share)[:, None, None] / 2",
                    "after": "p = p ** (100 / percent)",
                },
            ),
            mistake(
                "weights-the-logits",
                "You divide the logits by the roots as if they were probabilities. What is a "
                "quotient of probabilities, for logits?",
                {"changed": "logits / np.sqrt(share)[:, None, None] / (percent / 100)"},
            ),
            _PLAIN,
            _OVER_PIXELS,
            _EXCHANGED_BINS,
        ),
    )


def _vivid_in_the_other_order() -> Exercise:
    return _combine(
        "in_the_other_order",
        "Return the color, (2, H, W), after annealing and then rebalancing.",
        _VIVID.but(changed="logits / (percent / 100) - np.log(share)[:, None, None]"),
        prompt=f"""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
{_HEAD} **First anneal** at the temperature T, which comes in percent: 38 means T = 0.38; each
probability is raised to the power 1/T. **Then rebalance**: divide the probability of each bin by
its share (nothing is mixed in). {_ADD_UP} Return the mean color under the distribution that
results, of shape (2, H, W). {_SAFE}
""",
        mistakes=(
            mistake(
                "rebalances-first",
                "You rebalance, and then anneal, as in the chapter. Here the order is the other "
                "one.",
                {"changed": "(logits - np.log(share)[:, None, None]) / (percent / 100)"},
            ),
            mistake(
                "forgets-to-rebalance",
                "This is the annealed mean alone. How common each bin is changes nothing in it "
                "yet.",
                {"changed": "logits / (percent / 100)"},
            ),
            mistake(
                "mixes-an-equal-share-in",
                "You mix half of an equal share in, as in the chapter. Here nothing is mixed in.",
                {
                    "changed": "logits / (percent / 100) - "
                    "np.log((share + 1 / len(share)) / 2)[:, None, None]"
                },
            ),
            mistake(
                "favors-the-common",
                "You multiply by the share. That makes gray grayer; rare colors are to count for "
                "more.",
                {"changed": "logits / (percent / 100) + np.log(share)[:, None, None]"},
            ),
            mistake(
                "temperature-upside-down",
                "Your temperature works the other way round: below 1 it flattens. It is to sharpen "
                "there.",
                {"changed": "logits * (percent / 100) - np.log(share)[:, None, None]"},
            ),
            mistake(
                "forgets-to-anneal",
                "This is the mean of the rebalanced distribution, at T = 1.",
                {"changed": "logits - np.log(share)[:, None, None]"},
            ),
            mistake(
                *_PERCENT,
                {"changed": "logits / percent - np.log(share)[:, None, None]"},
            ),
            mistake(
                *_NOT_ONE,
                {
                    "changed": "logits / (percent / 100)",
                    "after": "p = p / share[:, None, None]",
                },
                {
                    "changed": "logits",
                    "after": "p = p ** (100 / percent) / share[:, None, None]",
                },
            ),
            _PLAIN,
            _OVER_PIXELS,
            _EXCHANGED_BINS,
        ),
    )


def _vivid_by_the_best() -> Exercise:
    mixed = "percent / 100 * share + (1 - percent / 100) / len(share)"
    return _combine(
        "by_the_best",
        "Return the color, (2, H, W), of the bin that is likeliest after rebalancing.",
        Program(
            _VIVID.text.replace("    changed =", "    common = $common\n    changed =").replace(
                "    p = np.exp(changed - changed.max(axis=$axis, keepdims=True))\n"
                "    p = p / p.sum(axis=$axis, keepdims=True)\n",
                "",
            ),
            {
                **_VIVID.parts,
                "common": mixed,
                "changed": "logits - np.log(common)[:, None, None]",
                "result": "bins.T[:, changed.argmax(axis=0)]",
            },
        ),
        prompt=f"""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
{_HEAD} How common a bin is, that is a **mixture**: `percent` percent of its share plus the rest, in
percent, of 1/Q. Divide the probability of each bin by how common the bin is. Then return in each
pixel the color of the **one bin** that is likeliest now (no mean is taken), as an array of shape
(2, H, W). {_SAFE}
""",
        mistakes=(
            mistake(
                "forgets-to-rebalance",
                "This is the bin that the network itself finds likeliest. How common each bin is "
                "changes nothing in it yet.",
                {"changed": "logits"},
            ),
            mistake(
                "mixes-nothing-in",
                "You divide by the bins' share of all that was seen. An equal share is mixed in, "
                "as much as `percent` leaves.",
                {"common": "share"},
            ),
            mistake(
                "mixture-the-other-way",
                "You take `percent` percent of the equal share. It is of the bin's own share.",
                {"common": "(1 - percent / 100) * share + percent / 100 / len(share)"},
            ),
            mistake(
                "favors-the-common",
                "You multiply by how common a bin is. Rare colors are to count for more.",
                {"changed": "logits + np.log(common)[:, None, None]"},
            ),
            mistake(
                "mean-for-the-best",
                "You take the mean over the bins. The color of a single one is asked for.",
                {
                    "after": "p = np.exp(changed - changed.max(axis=0))\np = p / p.sum(axis=0)",
                    "result": "np.tensordot(bins.T, p, 1)",
                },
            ),
            mistake(
                "weights-the-logits",
                "You divide the logits as if they were probabilities. What is a quotient of "
                "probabilities, for logits?",
                {"changed": "logits / common[:, None, None]"},
            ),
            mistake(
                "takes-the-least-likely",
                "This is the bin that is least likely.",
                {"result": "bins.T[:, changed.argmin(axis=0)]"},
            ),
            mistake(
                "exchanges-a-and-b",
                "You have exchanged a and b: a comes first, as in `bins`.",
                {"result": "bins.T[::-1, changed.argmax(axis=0)]"},
            ),
            mistake(
                "returns-the-bins",
                "You return the numbers of the bins. Their colors are asked for.",
                {"result": "changed.argmax(axis=0)"},
            ),
        ),
    )


def _vivid_of_the_strong() -> Exercise:
    keep = "p = np.where(p >= percent / 100 * p.max(axis=0), p, 0)"
    renew = "p = p / p.sum(axis=0)"
    return _combine(
        "of_the_strong",
        "Return the mean color, (2, H, W), of the bins that are nearly as likely as the best.",
        _VIVID.but(changed="logits - np.log(share)[:, None, None]", after=f"{keep}\n{renew}"),
        prompt=f"""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
{_HEAD} First **rebalance**: divide the probability of each bin by its share (nothing is mixed in).
Then keep, in each pixel, only the bins whose probability is **at least `percent` percent of the
largest one** there; all others are set to 0. {_ADD_UP} Return the mean color under the distribution
that results, of shape (2, H, W). {_SAFE}
""",
        mistakes=(
            mistake(
                "forgets-to-rebalance",
                "You keep and drop by the network's own probabilities. How common each bin is "
                "changes nothing in it yet.",
                {"changed": "logits"},
            ),
            mistake(
                "keeps-them-all",
                "This is the mean over all bins. Those that are too weak are to be left out.",
                {"after": ""},
            ),
            mistake(
                "does-not-add-up-to-one",
                "After the weak bins have gone, what you take the mean with does not add up to 1.",
                {"after": keep},
            ),
            mistake(
                "percent-of-everything",
                "You keep bins that have `percent` percent of the whole probability. It is of the "
                "**largest** one in the pixel.",
                {
                    "after": "p = np.where(p >= percent / 100, p, 0)\n"
                    "p = p / np.maximum(p.sum(axis=0), 1e-9)"
                },
            ),
            mistake(
                "largest-of-all-pixels",
                "You compare with the largest probability of the whole picture. Each pixel has its "
                "own.",
                {"after": f"p = np.where(p >= percent / 100 * p.max(), p, 0)\n{renew}"},
                {
                    "after": "p = np.where(p >= percent / 100 * p.max(), p, 0)\n"
                    "p = p / np.maximum(p.sum(axis=0), 1e-9)"
                },
            ),
            mistake(
                "drops-before-it-rebalances",
                "You drop the weak bins first and rebalance then. The order is the other one.",
                {
                    "changed": "logits",
                    "after": f"{keep}\np = p / share[:, None, None]\n{renew}",
                },
            ),
            mistake(
                "equal-votes",
                "All bins that you keep count the same. They count by their probability.",
                {"after": f"{keep}\np = (p > 0) * 1.0\n{renew}"},
            ),
            mistake(
                "favors-the-common",
                "You multiply by the share. Rare colors are to count for more.",
                {"changed": "logits + np.log(share)[:, None, None]"},
            ),
            _PLAIN,
            _EXCHANGED_BINS,
        ),
    )


def _vivid_halfway() -> Exercise:
    best = "bins.T[:, p.argmax(axis=0)]"
    mean = "np.tensordot(bins.T, p, 1)"
    return _combine(
        "halfway",
        "Return a color, (2, H, W), between the likeliest bin's and the mean.",
        _VIVID.but(
            changed="logits - np.log(share)[:, None, None]",
            after=f"best, mean = {best}, {mean}",
            result="percent / 100 * best + (1 - percent / 100) * mean",
        ),
        prompt=f"""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
{_HEAD} First **rebalance**: divide the probability of each bin by its share (nothing is mixed in).
{_ADD_UP} The distribution that results has a mean color, and it has a likeliest bin with a color of
its own. Return in each pixel **`percent` percent of the likeliest bin's color plus the rest, in
percent, of the mean color**, as an array of shape (2, H, W). {_SAFE}
""",
        mistakes=(
            mistake(
                "forgets-to-rebalance",
                "You mix the network's own mean and its own likeliest bin. How common each bin is "
                "changes nothing in it yet.",
                {"changed": "logits"},
            ),
            mistake(
                "rebalances-one-of-them",
                "The likeliest bin, or the mean, is still the network's own. Both come from the "
                "rebalanced distribution.",
                {
                    "after": f"best, mean = {best.replace('p.arg', 'logits.arg')}, {mean}",
                },
                {
                    "after": "q = np.exp(logits - logits.max(axis=0))\nq = q / q.sum(axis=0)\n"
                    f"best, mean = {best}, {mean.replace(' p,', ' q,')}",
                },
            ),
            mistake(
                "percent-of-the-mean",
                "You take `percent` percent of the mean. It is of the likeliest bin's color.",
                {"result": "(1 - percent / 100) * best + percent / 100 * mean"},
            ),
            mistake(
                "only-the-mean",
                "This is the mean color alone.",
                {"result": "mean"},
            ),
            mistake(
                "only-the-best",
                "This is the likeliest bin's color alone.",
                {"result": "best * 1.0"},
            ),
            mistake(
                "adds-both",
                "You add part of one to the whole other. The two parts make 100 percent.",
                {"result": "percent / 100 * best + mean"},
            ),
            mistake(
                "favors-the-common",
                "You multiply by the share. Rare colors are to count for more.",
                {"changed": "logits + np.log(share)[:, None, None]"},
            ),
            mistake(
                "exchanges-a-and-b",
                "You have exchanged a and b: a comes first, as in `bins`.",
                {"result": "(percent / 100 * best + (1 - percent / 100) * mean)[::-1]"},
            ),
        ),
    )


def _vivid_with_bins_last() -> Exercise:
    return _combine(
        "with_bins_last",
        "Return the color, (H, W, 2), of logits that have their bins last.",
        _VIVID.but(
            changed="(logits - np.log(share)) / (percent / 100)",
            axis="-1",
            result="p @ bins",
        ),
        prompt="""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
Here the bins come **last**: `logits` has the shape (H, W, Q). Bin `q` stands for the color
`bins[q]`, its a and its b, and was seen `counts[q]` times in the training pictures; its **share**
is that number divided by the sum of all counts. First **rebalance**: divide the probability of each
bin by its share (nothing is mixed in). Then **anneal** at the temperature T, which comes in
percent: 38 means T = 0.38; each probability is raised to the power 1/T. Probabilities that have
been changed are divided by their sum at the pixel, so that they add up to 1 again. Return the mean
color under the distribution that results, of shape **(H, W, 2)**. Logits may be large: 1,000 and
more, so shift them before you take powers.
""",
        inputs=_predictions_with_bins_last,
        mistakes=(
            mistake(
                "forgets-to-rebalance",
                "This is the annealed mean alone. How common each bin is changes nothing in it "
                "yet.",
                {"changed": "logits / (percent / 100)"},
            ),
            mistake(
                "mixes-an-equal-share-in",
                "You mix half of an equal share in, as in the chapter. Here nothing is mixed in.",
                {"changed": "(logits - np.log((share + 1 / len(share)) / 2)) / (percent / 100)"},
            ),
            mistake(
                "favors-the-common",
                "You multiply by the share. Rare colors are to count for more.",
                {"changed": "(logits + np.log(share)) / (percent / 100)"},
            ),
            mistake(
                "anneals-first",
                "You anneal, and then rebalance. The order is the other one.",
                {"changed": "logits / (percent / 100) - np.log(share)"},
            ),
            mistake(
                "temperature-upside-down",
                "Your temperature works the other way round: below 1 it flattens. It is to sharpen "
                "there.",
                {"changed": "(logits - np.log(share)) * (percent / 100)"},
            ),
            mistake(
                "forgets-to-anneal",
                "This is the mean of the rebalanced distribution, at T = 1.",
                {"changed": "logits - np.log(share)"},
            ),
            mistake(*_PERCENT, {"changed": "(logits - np.log(share)) / percent"}),
            mistake(
                "over-the-pixels",
                "Your softmax compares pixels with each other. It compares the bins of one pixel.",
                {"axis": "(0, 1)"},
                {"axis": "(0, 1, 2)"},
            ),
            mistake(
                "colors-first",
                "Your color comes first. Here it is the last axis.",
                {"result": "(p @ bins).transpose(2, 0, 1)"},
            ),
            mistake(
                "exchanges-a-and-b",
                "You have exchanged a and b: a comes first, as in `bins`.",
                {"result": "p @ bins[:, ::-1]"},
            ),
            mistake(
                "plain-mean",
                "This is the mean under the network's own probabilities.",
                {"changed": "logits"},
            ),
        ),
    )


def _vivid_without_the_unseen() -> Exercise:
    return _combine(
        "without_the_unseen",
        "Return the annealed mean, (2, H, W), over the bins that have been seen.",
        Program(
            _VIVID.text.replace("    share = counts / counts.sum()\n", ""),
            {
                **_VIVID.parts,
                "changed": "np.where(counts[:, None, None] > 0, logits, -np.inf) / (percent / 100)",
            },
        ),
        prompt=f"""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
`logits` has the shape (Q, H, W), one map for each of Q bins, and bin `q` stands for the color
`bins[q]`, its a and its b. In the training pictures it was seen `counts[q]` times. A bin that was
**never seen** (`counts[q]` is 0) stands for no real color, whatever the network says: its
probability is set to **0**. Otherwise counts do not matter. Then **anneal** at the temperature T,
which comes in percent: 38 means T = 0.38; each probability is raised to the power 1/T. {_ADD_UP}
Return the mean color under the distribution that results, of shape (2, H, W). At least one bin was
seen. {_SAFE}
""",
        inputs=_predictions_with_absent,
        shown=(
            np.array([[[0]], [[1]], [[2]]], dtype=np.float64),
            np.array([3, 1, 0]),
            np.array([[0, 10], [20, 0], [-30, 20]]),
            40,
        ),
        mistakes=(
            mistake(
                "keeps-the-unseen",
                "Bins that were never seen still have a say.",
                {"changed": "logits / (percent / 100)"},
            ),
            mistake(
                *_PERCENT,
                {"changed": "np.where(counts[:, None, None] > 0, logits, -np.inf) / percent"},
            ),
            mistake(
                "logit-zero-for-the-unseen",
                "You set the logits of unseen bins to 0. Their power is then 1, and not 0.",
                {"changed": "logits * (counts > 0)[:, None, None] / (percent / 100)"},
            ),
            mistake(
                "color-zero-for-the-unseen",
                "Unseen bins pull your color toward gray: they stand for (0, 0), or what is left "
                "without them does not add up to 1.",
                {
                    "changed": "logits / (percent / 100)",
                    "result": "np.tensordot((bins * (counts > 0)[:, None]).T, p, 1)",
                },
            ),
            mistake(
                "favors-the-rare",
                "You divide by the counts as well. Here they only say which bins were seen.",
                {
                    "changed": "np.where(counts[:, None, None] > 0, logits - "
                    "np.log(np.maximum(counts, 1))[:, None, None], -np.inf) / (percent / 100)"
                },
            ),
            mistake(
                "temperature-upside-down",
                "Your temperature works the other way round: below 1 it flattens. It is to sharpen "
                "there.",
                {
                    "changed": "np.where(counts[:, None, None] > 0, logits, -np.inf) "
                    "* (percent / 100)"
                },
            ),
            mistake(
                "forgets-to-anneal",
                "This is the mean over the bins that were seen, at T = 1.",
                {"changed": "np.where(counts[:, None, None] > 0, logits, -np.inf)"},
            ),
            mistake(
                "plain-mean",
                "This is the mean under the network's own probabilities.",
                {"changed": "logits"},
            ),
            _EXCHANGED_BINS,
        ),
    )


combine_vivid = Family(
    name="read_the_color",
    skills="Takes a network's logits to a color: changes the distribution in the right order, "
    "safely for large logits, and reads one color from it.",
    points=5,
    variants=(
        _vivid_by_roots(),
        _vivid_in_the_other_order(),
        _vivid_by_the_best(),
        _vivid_of_the_strong(),
        _vivid_halfway(),
        _vivid_with_bins_last(),
        _vivid_without_the_unseen(),
    ),
)

families = (repair_join, write_encode, combine_vivid)
"""Repair, write, combine."""
