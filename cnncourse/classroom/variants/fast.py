"""Graded questions of chapter 17, fast convolution."""

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

_SPECTRA = Program(
    '''def through_spectra(x, kernel):
    """$summary"""
    H, W = x.shape
    kh, kw = kernel.shape
    size = $size
    spectrum = $spectrum
    whole = np.fft.ifft2(spectrum).real
    return $result
''',
    {
        "summary": "",
        "size": "H, W",
        "spectrum": "np.fft.fft2(x, size) * np.conj(np.fft.fft2(kernel, size))",
        "result": "whole",
    },
)
_PRODUCT = "np.fft.fft2(x, size) * np.fft.fft2(kernel, size)"
_ON_PICTURE = "np.conj(np.fft.fft2(x, size)) * np.fft.fft2(kernel, size)"
_LARGER = "H + kh - 1, W + kw - 1"


def _pictures(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    yield np.array([[1, 2, 0], [0, 1, 3], [2, 0, -1]]), np.array([[1, 0], [-2, 3]])
    for (height, width), (kh, kw) in (
        ((4, 5), (2, 3)),
        ((6, 4), (3, 2)),
        ((5, 7), (3, 3)),
        ((8, 9), (5, 2)),
        ((7, 7), (4, 6)),
    ):
        yield matrix(rng, (height, width), -4, 9), matrix(rng, (kh, kw), -5, 4)


def _odd_kernels(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for (height, width), (kh, kw) in (
        ((2, 3), (1, 3)),
        ((4, 3), (3, 1)),
        ((4, 5), (3, 3)),
        ((5, 7), (5, 3)),
        ((6, 6), (3, 5)),
    ):
        yield matrix(rng, (height, width), -4, 9), matrix(rng, (kh, kw), -5, 4)


def _rows_and_kernels(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for rows, length, k in ((1, 4, 2), (2, 4, 2), (2, 5, 3), (3, 6, 2), (3, 8, 5)):
        yield matrix(rng, (rows, length), -4, 9), matrix(rng, (rows, k), -5, 4)


def _spectrum(name: str, hint: str, *ways: str) -> Any:
    return mistake(name, hint, *({"spectrum": way} for way in ways))


_TURNS = _spectrum(
    "turns-the-kernel",
    "The kernel lies turned by 180°: a product of spectra is a **convolution**. Here nothing is "
    "turned.",
    _PRODUCT,
)
_PICTURE = _spectrum(
    "conjugates-the-picture",
    "The conjugate is on the picture, which turns the result around. It belongs to the kernel.",
    _ON_PICTURE,
)
_BOTH = _spectrum(
    "conjugates-both",
    "With both conjugated it is a convolution again, turned around. Only the kernel needs the "
    "conjugate.",
    f"np.conj({_PRODUCT})",
)


def _magnitude(result: str) -> Any:
    return mistake(
        "takes-the-magnitude",
        "The sizes are right, and every minus is gone. After the way back, take the real part, not "
        "the magnitude.",
        {"result": f"np.abs({result})"},
    )


_BROKEN = """It transforms both, multiplies and transforms back. The code below has one mistake.
Find it and mend it. (`np.conj` gives the conjugate; `np.fft.fft2(x, size)` fills `x` up with zeros
to `size` before it transforms.)"""


def _repair(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    shown = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]]), np.array([[1, 2, 3]])
    exercise = variant(
        program.but(summary=summary),
        name=f"through_spectra_{name}",
        title="Repair the product of spectra",
        stars=2,
        inputs=rest.pop("inputs", _pictures),
        shown=rest.pop("shown", shown),
        success="A conjugate decides what is turned, zeros decide what wraps around, and what is "
        "kept decides the rest.",
        **rest,
    )
    # A transform adds up the whole picture; in 32 bits the zeros it leaves are no zeros.
    return replace(exercise, tolerance=1e-4)


def _spectra_for_a_full_convolution() -> Exercise:
    return _repair(
        "full",
        "Return the convolution of x with the kernel, at all places where they touch.",
        _SPECTRA.but(size=_LARGER, spectrum=_PRODUCT),
        prompt=f"""
`through_spectra(x, kernel)` should return the true **convolution**, with the kernel turned by 180°,
at **all places where picture and kernel touch**: it has H + kh − 1 rows and W + kw − 1 columns, as
if zeros stood all around the picture, and nothing wraps around. Its upper left number is
`x[0, 0] * kernel[0, 0]`. {_BROKEN}
""",
        planted={"size": "H, W"},
        still="This still does what the planted bug does: there is too little room, and the end "
        "of the result wraps around and adds to its beginning.",
        mistakes=(
            mistake(
                "one-too-small",
                "One row and one column are missing in your size, and just those wrap around.",
                {"size": "H + kh - 2, W + kw - 2"},
            ),
            mistake(
                "one-too-large",
                "Your result has rows and columns too many, of zeros.",
                {"size": "H + kh, W + kw"},
            ),
            _spectrum(
                "does-not-turn",
                "With the conjugate nothing is turned: this is a cross-correlation, partly moved "
                "to the end. A convolution is asked for.",
                "np.fft.fft2(x, size) * np.conj(np.fft.fft2(kernel, size))",
            ),
            mistake(
                "keeps-where-it-fits",
                "You keep only the places where the kernel fits. All where the two touch are asked "
                "for.",
                {"result": "whole[kh - 1 : H, kw - 1 : W]"},
            ),
            mistake(
                "keeps-the-picture-s-size",
                "You cut the result to the picture's size. It is larger.",
                {"result": "whole[:H, :W]"},
            ),
            _magnitude("whole"),
        ),
    )


def _spectra_around() -> Exercise:
    return _repair(
        "around",
        "Return the cross-correlation of x with the kernel, wrapped around.",
        _SPECTRA,
        prompt=f"""
`through_spectra(x, kernel)` should return the **cross-correlation that wraps around**: nothing is
turned, the window stands with its upper left corner on each pixel of the picture in turn, and where
it reaches beyond the last row or column, it reads the first ones. So the result is as large as the
picture. {_BROKEN}
""",
        planted={"spectrum": _ON_PICTURE},
        still="This still does what the planted bug does: the conjugate is on the picture, "
        "which turns the result around.",
        mistakes=(
            _TURNS,
            _BOTH,
            mistake(
                "keeps-where-it-fits",
                "You keep only the places where the window fits into the picture. Here it wraps "
                "around, and all places count.",
                {"result": "whole[: H - kh + 1, : W - kw + 1]"},
            ),
            mistake(
                "reads-zeros-beyond",
                "Beyond the last row and column your window reads zeros. It reads the first ones.",
                {"size": _LARGER, "result": "whole[:H, :W]"},
            ),
            mistake(
                "window-ends-on-the-pixel",
                "Your window stands with its lower right corner on each pixel. It is the upper "
                "left one.",
                {"result": "np.roll(whole, (kh - 1, kw - 1), (0, 1))"},
            ),
            mistake(
                "window-centered-on-the-pixel",
                "Your window stands with its middle on each pixel. It is its upper left corner.",
                {"result": "np.roll(whole, (kh // 2, kw // 2), (0, 1))"},
            ),
            _magnitude("whole"),
        ),
    )


def _spectra_that_turn_around() -> Exercise:
    correlated = "np.fft.fft2(x, size) * np.conj(np.fft.fft2(kernel, size))"
    return _repair(
        "turning_around",
        "Return the convolution of x with the kernel, wrapped around.",
        _SPECTRA.but(spectrum=_PRODUCT),
        prompt=f"""
`through_spectra(x, kernel)` should return the true **convolution that wraps around**: place
(r, c) of the result is the sum, over all weights, of `kernel[a, b]` times the pixel
(r **−** a, c **−** b) of the picture, and before row 0 comes the last row again, before column 0
the last column. So the result is as large as the picture. {_BROKEN}
""",
        planted={"size": _LARGER, "result": "whole[:H, :W]"},
        still="This still does what the planted bug does: before row 0 and column 0 it reads "
        "zeros. There the picture wraps around.",
        mistakes=(
            _spectrum(
                "does-not-turn",
                "Nothing is turned in your result: it is the cross-correlation. A convolution is "
                "asked for.",
                correlated,
            ),
            mistake(
                "keeps-too-much",
                "You keep the larger result, with zeros read all around. It is as large as the "
                "picture.",
                {"size": _LARGER, "result": "whole"},
            ),
            mistake(
                "keeps-the-far-end",
                "You keep the end of the larger result. Nothing has wrapped around in it.",
                {"size": _LARGER, "result": "whole[kh - 1 :, kw - 1 :]"},
            ),
            mistake(
                "keeps-where-it-fits",
                "You keep only the places where the kernel fits into the picture. Here it wraps "
                "around, and all places count.",
                {"result": "whole[kh - 1 :, kw - 1 :]"},
                {"result": "whole[: H - kh + 1, : W - kw + 1]"},
            ),
            mistake(
                "moves-by-the-kernel",
                "Your numbers are right and stand at other places: you have moved them by the "
                "kernel, or half of it.",
                {"result": "np.roll(whole, (1 - kh, 1 - kw), (0, 1))"},
                {"result": "np.roll(whole, (-(kh // 2), -(kw // 2)), (0, 1))"},
            ),
            _PICTURE,
            _magnitude("whole"),
        ),
    )


def _spectra_for_the_same_size() -> Exercise:
    moved = "np.roll(whole, (kh // 2, kw // 2), (0, 1))[:H, :W]"
    return _repair(
        "of_the_same_size",
        "Return the cross-correlation of x, padded with zeros, as large as x.",
        _SPECTRA.but(size=_LARGER, result=moved),
        prompt=f"""
`through_spectra(x, kernel)` should return the cross-correlation, nothing turned, that is **as large
as the picture**: the window stands with its **middle** on each pixel in turn, and beyond the
picture it reads **zeros**. Kernels have odd height and width. {_BROKEN}
""",
        planted={"result": "np.roll(whole, (-(kh // 2), -(kw // 2)), (0, 1))[:H, :W]"},
        still="This still does what the planted bug does: it moves the result the wrong way. "
        "Place 0 of `whole` belongs to a window whose corner, not middle, stands on pixel 0.",
        inputs=_odd_kernels,
        shown=(np.array([[1, 2, 0], [0, 1, 3]]), np.array([[1, 2, 3]])),
        mistakes=(
            mistake(
                "window-begins-on-the-pixel",
                "Your window stands with its upper left corner on each pixel. It is its middle.",
                {"result": "whole[:H, :W]"},
            ),
            mistake(
                "wraps-around",
                "Beyond the picture your window reads the opposite side. It reads zeros.",
                {"size": "H, W"},
            ),
            mistake(
                "moves-one-axis-only",
                "You move the result along one axis only.",
                {"result": "np.roll(whole, kh // 2, 0)[:H, :W]"},
                {"result": "np.roll(whole, kw // 2, 1)[:H, :W]"},
            ),
            mistake(
                "moves-a-whole-kernel",
                "You move the result by the whole kernel, less one. Its middle is half as far.",
                {"result": "np.roll(whole, (kh - 1, kw - 1), (0, 1))[:H, :W]"},
            ),
            mistake(
                "turns-the-kernel",
                "The kernel lies turned by 180°: this is a convolution.",
                {
                    "spectrum": _PRODUCT,
                    "result": "whole[kh // 2 : kh // 2 + H, kw // 2 : kw // 2 + W]",
                },
            ),
            mistake(
                "keeps-where-it-fits",
                "You keep only the places where the window fits into the picture.",
                {"result": "whole[: H - kh + 1, : W - kw + 1]"},
            ),
            _magnitude(moved),
        ),
    )


def _spectra_everywhere() -> Exercise:
    moved = "np.roll(whole, (kh - 1, kw - 1), (0, 1))"
    return _repair(
        "everywhere",
        "Return the cross-correlation of x with the kernel, at all places where they touch.",
        _SPECTRA.but(size=_LARGER, result=moved),
        prompt=f"""
`through_spectra(x, kernel)` should return the cross-correlation, nothing turned, at **all places
where picture and window touch**, as if zeros stood all around the picture: it has H + kh − 1 rows
and W + kw − 1 columns. The upper left number belongs to the window whose **lower right** corner
stands on pixel (0, 0), and is `x[0, 0] * kernel[-1, -1]`. {_BROKEN}
""",
        planted={"result": "whole"},
        still="This still does what the planted bug does: the windows that begin before the "
        "picture have been put at the end.",
        mistakes=(
            mistake(
                "moves-the-other-way",
                "You move the result the wrong way.",
                {"result": "np.roll(whole, (1 - kh, 1 - kw), (0, 1))"},
            ),
            mistake(
                "moves-one-axis-only",
                "You move the result along one axis only.",
                {"result": "np.roll(whole, kh - 1, 0)"},
                {"result": "np.roll(whole, kw - 1, 1)"},
            ),
            mistake(
                "moves-half-a-kernel",
                "You move the result by half a kernel. The first window reaches into the picture "
                "with its last row and column only.",
                {"result": "np.roll(whole, (kh // 2, kw // 2), (0, 1))"},
            ),
            mistake(
                "wraps-around",
                "There is too little room: the end of the result adds to its beginning.",
                {"size": "H, W"},
            ),
            mistake(
                "turns-the-kernel",
                "The kernel lies turned by 180°: this is a convolution.",
                {"spectrum": _PRODUCT, "result": "whole"},
            ),
            mistake(
                "keeps-where-it-fits",
                "You keep only the places where the window fits into the picture.",
                {"result": "whole[: H - kh + 1, : W - kw + 1]"},
            ),
            _magnitude(moved),
        ),
    )


def _spectra_in_steps() -> Exercise:
    kept = "whole[: H - kh + 1 : 2, : W - kw + 1 : 2]"
    return _repair(
        "in_steps",
        "Return the cross-correlation of x with the kernel at stride 2, where it fits.",
        _SPECTRA.but(result=kept),
        prompt=f"""
`through_spectra(x, kernel)` should return the cross-correlation, nothing turned, at **stride 2**
and without padding: the window goes in steps of two rows and two columns, beginning at the upper
left, and only places where it **fits into the picture** count. {_BROKEN}
""",
        planted={"result": "whole[::2, ::2]"},
        still="This still does what the planted bug does: it also keeps places at which the "
        "window has wrapped around.",
        mistakes=(
            mistake(
                "forgets-the-stride",
                "Your window goes in steps of one.",
                {"result": "whole[: H - kh + 1, : W - kw + 1]"},
            ),
            mistake(
                "steps-along-one-axis",
                "Your steps are of two along one axis only.",
                {"result": "whole[: H - kh + 1 : 2, : W - kw + 1]"},
                {"result": "whole[: H - kh + 1, : W - kw + 1 : 2]"},
            ),
            mistake(
                "begins-at-the-second-place",
                "You begin at the second place. The first one counts, then the third.",
                {"result": "whole[1 : H - kh + 1 : 2, 1 : W - kw + 1 : 2]"},
            ),
            _TURNS,
            _PICTURE,
            mistake(
                "keeps-the-wrapped-part",
                "The places that wrapped around are kept. With the conjugate they lie at the end.",
                {"result": "whole[kh - 1 :: 2, kw - 1 :: 2]"},
            ),
            _magnitude(kept),
        ),
    )


_ROWS = Program(
    '''def through_spectra(x, kernel):
    """$summary"""
    n, k = x.shape[1], kernel.shape[1]
    spectrum = $spectrum
    whole = np.fft.ifft(spectrum).real
    return $result
''',
    {
        "summary": "",
        "spectrum": "np.fft.fft(x) * np.conj(np.fft.fft(kernel, n))",
        "result": "whole[:, : n - k + 1]",
    },
)


def _spectra_of_rows() -> Exercise:
    return _repair(
        "of_rows",
        "Return the cross-correlation of each row of x with the same row of the kernel.",
        _ROWS,
        prompt="""
Here each **row** is a signal by itself: row `i` of `x` has n numbers, and row `i` of `kernel` has
the k weights that belong to it. `through_spectra(x, kernel)` should return a matrix in which row
`i` is the cross-correlation of the two, nothing turned, at each place where the weights **fit into
the row**: n − k + 1 numbers. It transforms the rows, multiplies and transforms back. The code below
has one mistake. Find it and mend it. (`np.fft.fft` transforms each row; with a second argument, it
fills the rows up with zeros to that length first.)
""",
        planted={"result": "whole[:, k - 1 :]"},
        still="This still does what the planted bug does: it keeps places that have wrapped "
        "around. With the conjugate on the weights they lie at the end.",
        inputs=_rows_and_kernels,
        shown=(np.array([[1, 2, 0], [0, 1, 3]]), np.array([[1, 2], [0, -1]])),
        mistakes=(
            mistake(
                "turns-the-kernel",
                "The weights lie turned around: a product of spectra is a **convolution**.",
                {
                    "spectrum": "np.fft.fft(x) * np.fft.fft(kernel, n)",
                    "result": "whole[:, k - 1 :]",
                },
            ),
            mistake(
                "turned-and-wrapped",
                "The weights lie turned around, and part of what is kept has wrapped around.",
                {"spectrum": "np.fft.fft(x) * np.fft.fft(kernel, n)"},
            ),
            mistake(
                "conjugates-the-picture",
                "The conjugate is on the signals, which turns the result around. It belongs to the "
                "weights.",
                {"spectrum": "np.conj(np.fft.fft(x)) * np.fft.fft(kernel, n)"},
            ),
            mistake(
                "keeps-everything",
                "All places came back, those that wrapped around as well.",
                {"result": "whole"},
            ),
            mistake(
                "first-row-for-all",
                "You use the first row's weights for all rows. Each row has its own.",
                {"spectrum": "np.fft.fft(x) * np.conj(np.fft.fft(kernel[:1], n))"},
            ),
            _magnitude("whole[:, : n - k + 1]"),
        ),
    )


repair_spectra = Family(
    name="repair_the_spectra",
    skills="Knows what a product of spectra computes: what is turned, what wraps around, and which "
    "part is to be kept.",
    points=2,
    variants=(
        _spectra_for_a_full_convolution(),
        _spectra_around(),
        _spectra_that_turn_around(),
        _spectra_for_the_same_size(),
        _spectra_everywhere(),
        _spectra_in_steps(),
        _spectra_of_rows(),
    ),
)


_TILES = Program(
    '''def tiles(row, outputs):
    """$summary"""
    count = $count
    starts = $starts
    places = starts[:, None] + np.arange($length)
    $before
    return $result
''',
    {
        "summary": "",
        "count": "-(-(len(row) - 2) // outputs)",
        "starts": "outputs * np.arange(count)",
        "length": "outputs + 2",
        "before": "filled = np.pad(row, (0, outputs))",
        "result": "filled[places]",
    },
)
_ROOM = "filled = np.pad(row, (0, 9 * outputs + 9))"


def _lines(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([3, 1, 4, 1, 5, 9]), 2
    for length, outputs in ((7, 2), (8, 3), (9, 2), (9, 4), (10, 4), (11, 4), (12, 3), (13, 5)):
        yield matrix(rng, (1, length), 1, 9)[0], outputs


_ONE_MORE = (
    "one-more-than-whole-tiles",
    "You always add a tile to the whole ones. Where the outputs fill these exactly, it gives "
    "nothing new.",
)


def _tile_mistakes(length: str, room: str = _ROOM, step: str = "1") -> tuple[Any, ...]:
    """Return the usual mistakes, for tiles of this many pixels."""
    return (
        mistake(
            "does-not-overlap",
            "Your tiles lie side by side. A tile gives fewer outputs than it has pixels, so the "
            "next one starts before it ends.",
            {"starts": f"({length}) * np.arange(count)", "before": room},
        ),
        mistake(
            "one-tile-a-pixel",
            "You start a tile at every place of the window. A tile stands for several windows at "
            "once.",
            {
                "count": "len(row)",
                "starts": f"{step} * np.arange(count)",
                "before": room,
            },
            {"starts": f"{step} * np.arange(count)", "before": room},
        ),
        mistake(
            "tiles-of-m-pixels",
            "Your tiles have m pixels. For m outputs it takes more.",
            {"length": "outputs", "before": room},
        ),
        mistake(
            "lies-on-its-side",
            "The tiles are right and stand in columns. Put one in each row.",
            {"result": "filled[places].T"},
        ),
    )


_CUT = """Write `tiles(row, outputs)`. A row of n pixels is cut into tiles for a fast convolution
with m outputs each, where m is `outputs`"""


def _write(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"tiles_{name}",
        title="Tiles that overlap",
        stars=2,
        inputs=rest.pop("inputs", _lines),
        seed=0,
        shown=(np.array([3, 1, 4, 1, 5, 9, 2]), 2),
        success="Outputs lie side by side and tiles overlap. How much, and what happens at the "
        "end of the row, is where such programs go wrong.",
        **rest,
    )


def _tiles_for_five_weights() -> Exercise:
    return _write(
        "for_five_weights",
        "Return the tiles of F(outputs, 5), one in each row.",
        _TILES.but(count="-(-(len(row) - 4) // outputs)", length="outputs + 4"),
        prompt=f"""
{_CUT}, and with **five** weights: the tiles of F(m, 5). Each tile has m + 4 pixels and gives m
outputs, and the next tile starts where the next m outputs start. Return a matrix with one tile in
each row, as many as it takes for **all** outputs of the row (there are n − 4), and no more. Where
the last tile reaches beyond the row, fill it with zeros. The row has at least five pixels.
""",
        mistakes=(
            mistake(
                "three-weights",
                "These are the tiles for three weights.",
                {"count": "-(-(len(row) - 2) // outputs)", "length": "outputs + 2"},
                {"length": "outputs + 2"},
            ),
            mistake(
                "outputs-of-three-weights",
                "Your tiles have the right size, and there are as many as three weights would "
                "need. Five weights have fewer outputs.",
                {"count": "-(-(len(row) - 2) // outputs)", "before": _ROOM},
            ),
            mistake(
                "drops-the-last-outputs",
                "Where the row does not end with a tile, the last outputs are missing. Add one "
                "more tile and fill it up with zeros.",
                {"count": "(len(row) - 4) // outputs"},
            ),
            mistake(*_ONE_MORE, {"count": "(len(row) - 4) // outputs + 1"}),
            mistake(
                "one-tile-too-many",
                "You go on until the pixels are used up. What counts are the outputs, n − 4 of "
                "them.",
                {"count": "-(-len(row) // outputs)", "before": _ROOM},
            ),
            mistake(
                "repeats-the-last-pixel",
                "Beyond the row you repeat the last pixel. Fill with zeros.",
                {"before": "filled = np.pad(row, (0, outputs), 'edge')"},
            ),
            *_tile_mistakes("outputs + 4"),
        ),
    )


def _tiles_for_the_same_size() -> Exercise:
    return _write(
        "for_the_same_size",
        "Return the tiles of F(outputs, 3) for a row with a zero at each end.",
        _TILES.but(
            count="-(-len(row) // outputs)", before="filled = np.pad(row, (1, outputs + 1))"
        ),
        prompt=f"""
{_CUT}, and with three weights and **padding 1**: one zero stands before the row and one behind it,
so that there are as many outputs as pixels, **n**. Each tile has m + 2 pixels and gives m outputs;
the first tile **begins with the zero before the row**, and the next tile starts where the next m
outputs start. Return a matrix with one tile in each row, as many as it takes for **all** outputs,
and no more. Whatever lies beyond the row is zero.
""",
        mistakes=(
            mistake(
                "forgets-the-padding",
                "Your first tile begins with the first pixel. A zero stands before it.",
                {"count": "-(-(len(row) - 2) // outputs)", "before": _ROOM},
                {"before": _ROOM},
            ),
            mistake(
                "outputs-without-padding",
                "You count n − 2 outputs. With padding there are n.",
                {"count": "-(-(len(row) - 2) // outputs)"},
            ),
            mistake(
                "two-zeros-in-front",
                "Two zeros stand before your row. It is one on each side.",
                {"before": "filled = np.pad(row, (2, outputs + 1))"},
            ),
            mistake(
                "drops-the-last-outputs",
                "Where the row does not end with a tile, the last outputs are missing. Add one "
                "more tile.",
                {"count": "len(row) // outputs"},
            ),
            mistake(
                *_ONE_MORE,
                {
                    "count": "len(row) // outputs + 1",
                    "before": "filled = np.pad(row, (1, 2 * outputs + 1))",
                },
            ),
            mistake(
                "one-tile-too-many",
                "You count the zeros as pixels, and there is a tile too many at times. There are n "
                "outputs.",
                {
                    "count": "-(-(len(row) + 2) // outputs)",
                    "before": "filled = np.pad(row, (1, 9 * outputs))",
                },
            ),
            mistake(
                "repeats-the-outer-pixels",
                "Beyond the row you repeat its outer pixels. There are zeros.",
                {"before": "filled = np.pad(row, (1, outputs + 1), 'edge')"},
            ),
            *_tile_mistakes("outputs + 2", "filled = np.pad(row, (1, 9 * outputs + 9))"),
        ),
    )


def _tiles_around() -> Exercise:
    return _write(
        "around",
        "Return the tiles of F(outputs, 3) for a row that closes on itself.",
        _TILES.but(count="-(-len(row) // outputs)", before="", result="row[places % len(row)]"),
        prompt=f"""
{_CUT}, and with three weights. The row **closes on itself**: after its last pixel comes its first
one again, so that there are as many outputs as pixels, **n**; output `i` reads the pixels `i`,
`i + 1` and `i + 2`. Each tile has m + 2 pixels and gives m outputs, and the next tile starts where
the next m outputs start. Return a matrix with one tile in each row, as many as it takes for **all**
outputs, and no more. A tile that reaches beyond the last pixel **goes on at the first one**.
""",
        mistakes=(
            mistake(
                "zeros-beyond-the-row",
                "Beyond the row you fill with zeros. It goes on at the first pixel.",
                {"before": _ROOM, "result": "filled[places]"},
            ),
            mistake(
                "row-that-ends",
                "Your outputs end where the window would leave the row. Here it goes on at the "
                "first pixel, and there are n outputs.",
                {"count": "-(-(len(row) - 2) // outputs)"},
                {
                    "count": "-(-(len(row) - 2) // outputs)",
                    "before": _ROOM,
                    "result": "filled[places]",
                },
            ),
            mistake(
                "repeats-the-last-pixel",
                "Beyond the row you repeat the last pixel. It goes on at the first one.",
                {"result": "row[np.minimum(places, len(row) - 1)]"},
            ),
            mistake(
                "mirrors-at-the-end",
                "Beyond the row you go back as in a mirror. It goes on at the first pixel.",
                {
                    "before": "filled = np.pad(row, (0, outputs + 1), 'reflect')",
                    "result": "filled[places]",
                },
            ),
            mistake(
                "drops-the-last-outputs",
                "Where the row does not end with a tile, the last outputs are missing. Add one "
                "more tile.",
                {"count": "len(row) // outputs"},
            ),
            mistake(*_ONE_MORE, {"count": "len(row) // outputs + 1"}),
            mistake(
                "one-pixel-early",
                "Your first tile begins with the last pixel. Output 0 reads the pixels 0, 1 and 2.",
                {"result": "row[(places - 1) % len(row)]"},
            ),
            mistake(
                "does-not-overlap",
                "Your tiles lie side by side. A tile gives fewer outputs than it has pixels, so "
                "the next one starts before it ends.",
                {"starts": "(outputs + 2) * np.arange(count)"},
            ),
            mistake(
                "lies-on-its-side",
                "The tiles are right and stand in columns. Put one in each row.",
                {"result": "row[places % len(row)].T"},
            ),
        ),
    )


def _tiles_moved_back() -> Exercise:
    return _write(
        "moved_back",
        "Return the tiles of F(outputs, 3), the last one moved back into the row.",
        _TILES.but(
            starts="np.minimum(outputs * np.arange(count), len(row) - outputs - 2)",
            before="",
            result="row[places]",
        ),
        prompt=f"""
{_CUT}, and with three weights: the tiles of F(m, 3). Each tile has m + 2 pixels and gives m
outputs, and the next tile starts where the next m outputs start. Nothing is filled up: if the last
tile would reach beyond the row, it is **moved back** until it ends with the row, although it then
gives some outputs once more. Return a matrix with one tile in each row, as many as it takes for
**all** outputs of the row (there are n − 2), and no more. The row has at least m + 2 pixels.
""",
        mistakes=(
            mistake(
                "fills-with-zeros",
                "You fill the last tile up with zeros. Here it is moved back until it ends with "
                "the row.",
                {
                    "starts": "outputs * np.arange(count)",
                    "before": _ROOM,
                    "result": "filled[places]",
                },
            ),
            mistake(
                "drops-the-last-outputs",
                "Where the row does not end with a tile, the last outputs are missing.",
                {"count": "(len(row) - 2) // outputs"},
            ),
            mistake(
                "always-moves-one-back",
                "You add a tile that ends with the row even where the one before it does so "
                "already.",
                {"count": "(len(row) - 2) // outputs + 1"},
            ),
            mistake(
                "spreads-them-evenly",
                "You spread all tiles evenly over the row. Only the last one is moved.",
                {
                    "starts": "np.linspace(0, len(row) - outputs - 2, count).round().astype(int)",
                },
            ),
            mistake(
                "moves-the-first",
                "You begin so that the last tile ends with the row, and it is the first one that "
                "is moved.",
                {
                    "starts": "np.maximum(len(row) - outputs - 2 - outputs * np.arange(count), 0)"
                    "[::-1]",
                },
            ),
            mistake(
                "one-tile-too-many",
                "You go on until the pixels are used up. What counts are the outputs, n − 2 of "
                "them.",
                {"count": "-(-len(row) // outputs)"},
            ),
            mistake(
                "does-not-overlap",
                "Your tiles lie side by side. A tile gives fewer outputs than it has pixels, so "
                "the next one starts before it ends.",
                {
                    "starts": "np.minimum((outputs + 2) * np.arange(count), "
                    "len(row) - outputs - 2)",
                },
            ),
            mistake(
                "lies-on-its-side",
                "The tiles are right and stand in columns. Put one in each row.",
                {"result": "row[places].T"},
            ),
        ),
    )


def _tiles_in_columns() -> Exercise:
    return _write(
        "in_columns",
        "Return the whole tiles of F(outputs, 3), one in each column.",
        _TILES.but(
            count="(len(row) - 2) // outputs",
            before="",
            result="row[places].T",
        ),
        prompt=f"""
{_CUT}, and with three weights: the tiles of F(m, 3). Each tile has m + 2 pixels and gives m
outputs, and the next tile starts where the next m outputs start. **Only whole tiles** are wanted:
outputs that are left over at the end of the row are computed in another way, so nothing is filled
up. Return a matrix with one tile in each **column**. The row has at least m + 2 pixels.
""",
        mistakes=(
            mistake(
                "lies-on-its-side",
                "The tiles are right and stand in rows. Put one in each column.",
                {"result": "row[places]"},
            ),
            mistake(
                "fills-with-zeros",
                "You add a tile for the outputs that are left over. Only whole tiles are wanted.",
                {
                    "count": "-(-(len(row) - 2) // outputs)",
                    "before": _ROOM,
                    "result": "filled[places].T",
                },
                {
                    "count": "-(-(len(row) - 2) // outputs)",
                    "before": _ROOM,
                    "result": "filled[places]",
                },
            ),
            mistake(
                "does-not-overlap",
                "Your tiles lie side by side. A tile gives fewer outputs than it has pixels, so "
                "the next one starts before it ends.",
                {
                    "count": "len(row) // (outputs + 2)",
                    "starts": "(outputs + 2) * np.arange(count)",
                },
            ),
            mistake(
                "one-tile-a-pixel",
                "You start a tile at every pixel. A tile stands for several windows at once.",
                {"count": "len(row) - outputs - 1", "starts": "np.arange(count)"},
            ),
            mistake(
                "one-tile-too-few",
                "One more whole tile fits into the row, at times.",
                {"count": "(len(row) - 3) // outputs"},
            ),
            mistake(
                "counts-pixels-for-outputs",
                "You count as if there were n outputs. There are n − 2.",
                {
                    "count": "len(row) // outputs",
                    "before": _ROOM,
                    "result": "filled[places].T",
                },
            ),
            mistake(
                "tiles-of-m-pixels",
                "Your tiles have m pixels. For m outputs of three weights it takes m + 2.",
                {"length": "outputs"},
            ),
        ),
    )


def _tiles_in_steps() -> Exercise:
    return _write(
        "in_steps",
        "Return tiles that give so many outputs of three weights at stride 2, one in each row.",
        _TILES.but(
            count="-(-((len(row) - 1) // 2) // outputs)",
            starts="2 * outputs * np.arange(count)",
            length="2 * outputs + 1",
            before="filled = np.pad(row, (0, 2 * outputs))",
        ),
        prompt=f"""
{_CUT}, and with three weights at **stride 2**: output `i` reads the pixels `2 * i`, `2 * i + 1` and
`2 * i + 2`, as long as these are in the row. Each tile has exactly the pixels that its m outputs
read, and the next tile starts where the next m outputs start. Return a matrix with one tile in each
row, as many as it takes for **all** outputs of the row, and no more. Where the last tile reaches
beyond the row, fill it with zeros. The row has at least three pixels.
""",
        mistakes=(
            mistake(
                "forgets-the-stride",
                "These are the tiles at stride 1.",
                {
                    "count": "-(-(len(row) - 2) // outputs)",
                    "starts": "outputs * np.arange(count)",
                    "length": "outputs + 2",
                },
            ),
            mistake(
                "starts-as-at-stride-one",
                "Your tiles are long enough and start m pixels apart. The next m outputs start "
                "2m pixels further.",
                {"starts": "outputs * np.arange(count)"},
            ),
            mistake(
                "one-pixel-too-long",
                "Your tiles end with a pixel that no output reads.",
                {"length": "2 * outputs + 2", "before": _ROOM},
            ),
            mistake(
                "one-pixel-too-short",
                "Your tiles lack the last pixel that their last output reads.",
                {"length": "2 * outputs"},
            ),
            mistake(
                "drops-the-last-outputs",
                "Where the row does not end with a tile, the last outputs are missing. Add one "
                "more tile and fill it up with zeros.",
                {"count": "(len(row) - 1) // 2 // outputs"},
            ),
            mistake(
                "one-tile-too-many",
                "There is a tile too many, at times: for an output that reaches beyond the row, or "
                "behind outputs that fill whole tiles exactly.",
                {"count": "-(-(-(-len(row) // 2)) // outputs)", "before": _ROOM},
                {"count": "-(-(len(row) - 2) // outputs)", "before": _ROOM},
            ),
            mistake(
                "does-not-overlap",
                "Your tiles lie side by side. The last pixel of a tile is also the first one of "
                "the next.",
                {"starts": "(2 * outputs + 1) * np.arange(count)", "before": _ROOM},
            ),
            mistake(
                "lies-on-its-side",
                "The tiles are right and stand in columns. Put one in each row.",
                {"result": "filled[places].T"},
            ),
        ),
    )


def _tiles_with_edges() -> Exercise:
    return _write(
        "with_edges",
        "Return the tiles of F(outputs, 3), filled up with the last pixel, each with its start.",
        _TILES.but(
            before="filled = np.pad(row, (0, outputs), 'edge')",
            result="np.append(filled[places], places[:, :1], axis=1)",
        ),
        prompt=f"""
{_CUT}, and with three weights: the tiles of F(m, 3). Each tile has m + 2 pixels and gives m
outputs, and the next tile starts where the next m outputs start. Return a matrix with one tile in
each row, as many as it takes for **all** outputs of the row (there are n − 2), and no more. Where
the last tile reaches beyond the row, **repeat the last pixel**. Behind its pixels, each row of the
matrix has **one more number**: the place in `row` where the tile starts, counted from 0.
""",
        mistakes=(
            mistake(
                "fills-with-zeros",
                "Beyond the row you fill with zeros. The last pixel is repeated.",
                {"before": "filled = np.pad(row, (0, outputs))"},
            ),
            mistake(
                "forgets-the-start",
                "The tiles are right. Behind each, the place where it starts is still missing.",
                {"result": "filled[places]"},
            ),
            mistake(
                "numbers-the-tiles",
                "Behind the pixels you put the number of the tile. The place of its first pixel is "
                "asked for.",
                {"result": "np.append(filled[places], np.arange(count)[:, None], axis=1)"},
            ),
            mistake(
                "counts-from-one",
                "Your places are counted from 1.",
                {"result": "np.append(filled[places], places[:, :1] + 1, axis=1)"},
            ),
            mistake(
                "start-in-front",
                "The place comes first in your rows. It stands behind the pixels.",
                {"result": "np.append(places[:, :1], filled[places], axis=1)"},
            ),
            mistake(
                "drops-the-last-outputs",
                "Where the row does not end with a tile, the last outputs are missing. Add one "
                "more tile.",
                {"count": "(len(row) - 2) // outputs"},
            ),
            mistake(*_ONE_MORE, {"count": "(len(row) - 2) // outputs + 1"}),
            mistake(
                "one-tile-too-many",
                "You go on until the pixels are used up. What counts are the outputs, n − 2 of "
                "them.",
                {
                    "count": "-(-len(row) // outputs)",
                    "before": "filled = np.pad(row, (0, 3 * outputs), 'edge')",
                },
            ),
            mistake(
                "does-not-overlap",
                "Your tiles lie side by side. A tile gives fewer outputs than it has pixels, so "
                "the next one starts before it ends.",
                {
                    "starts": "(outputs + 2) * np.arange(count)",
                    "before": "filled = np.pad(row, (0, 9 * outputs), 'edge')",
                },
            ),
        ),
    )


write_tiles = Family(
    name="write_the_tiles",
    skills="Cuts a row into overlapping tiles for another kernel, stride or border than the "
    "chapter's.",
    points=3,
    variants=(
        _tiles_for_five_weights(),
        _tiles_for_the_same_size(),
        _tiles_around(),
        _tiles_moved_back(),
        _tiles_in_columns(),
        _tiles_in_steps(),
        _tiles_with_edges(),
    ),
)


_FEWEST = Program(
    '''def fewest_products(rows, columns):
    """$summary"""

    def along(n$weights):
        $along

    return $result
''',
    {
        "summary": "",
        "weights": "",
        "along": "",
        "result": "along(rows) * along(columns)",
    },
)


def _mixing(tiles: str, cost: str, which: str = "") -> str:
    """Return the body of `along` that tries every last tile, for all lengths up to n."""
    return (
        "fewest = [0]  # for no outputs\n"
        "for left in range(1, n + 1):\n"
        f"    fewest.append(min(fewest[max(left - m, 0)] + {cost} for m in {tiles}{which}))\n"
        "return fewest[n]"
    )


def _sizes(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from (
        *((1, 1), (2, 2), (3, 2), (4, 3), (2, 5), (6, 2), (4, 4)),
        *((5, 5), (7, 9), (6, 10), (13, 14), (8, 3), (11, 18), (21, 4)),
    )


def _along(name: str, hint: str, *bodies: str) -> Any:
    return mistake(name, hint, *({"along": body} for body in bodies))


_ADDS_AXES = mistake(
    "adds-the-axes",
    "Each axis is right, and then you add. Every entry down meets every entry across.",
    {"result": "along(rows) + along(columns)"},
)
_NEST = """The last tile may reach beyond the outputs; its products still count. Down and across
nest: the products of the two axes multiply."""
_ASK = """Write `fewest_products(rows, columns)`, the fewest products for an output of that size
(one channel, one filter)."""


def _combine(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"fewest_products_{name}",
        title="The fewest products",
        stars=3,
        inputs=_sizes,
        shown=rest.pop("shown", (5, 2)),
        success="Large tiles are cheap for each output, and dear where they reach beyond the end. "
        "The best plan weighs the two.",
        **rest,
    )


def _fewest_of_two_and_three() -> Exercise:
    return _combine(
        "of_two_and_three",
        "Return the fewest products for so many outputs, with tiles of 2 and 3 mixed.",
        _FEWEST.but(along=_mixing("(2, 3)", "m + 2")),
        prompt=f"""
Along one axis, a tile of F(2, 3) gives **2** outputs for 4 products and a tile of F(3, 3) gives
**3** outputs for 5. Tiles of both sizes may be mixed along an axis. {_NEST} {_ASK}
""",
        mistakes=(
            _along(
                "only-large-tiles",
                "You cover everything with tiles of 3. Where one or two outputs are left over, a "
                "tile of 2 is cheaper.",
                "return 5 * -(-n // 3)",
            ),
            _along(
                "only-small-tiles",
                "You cover everything with tiles of 2. A tile of 3 costs less for each output.",
                "return 4 * -(-n // 2)",
            ),
            _along(
                "one-size-for-an-axis",
                "You take the better size for each axis. The two sizes may also be mixed within "
                "one.",
                "return min(5 * -(-n // 3), 4 * -(-n // 2))",
            ),
            _along(
                "fills-up-with-small-tiles",
                "You take as many tiles of 3 as fit, and fill up with one of 2. Where one output "
                "is left, two tiles of 2 in place of one of 3 may be cheaper.",
                "return 5 * (n // 3) + 4 * (n % 3 > 0)",
            ),
            _along(
                "parts-of-tiles",
                "You count products for each output, as if a tile could be cut. It costs the same "
                "when it reaches beyond the outputs.",
                "return 5 * n / 3",
            ),
            _along(
                "every-window-on-its-own",
                "That is what windows need, three products an output and axis. The tiles need "
                "fewer.",
                "return 3 * n",
            ),
            _along(
                "tiles-of-the-chapter",
                "You take tiles of 2 and 4, as the chapter does. Here they are of 2 and 3.",
                _mixing("(2, 4)", "m + 2"),
            ),
            _ADDS_AXES,
        ),
    )


def _fewest_of_five_weights() -> Exercise:
    return _combine(
        "of_five_weights",
        "Return the fewest products of a 5×5 kernel, with tiles of 2 and 4 mixed.",
        _FEWEST.but(along=_mixing("(2, 4)", "m + 4")),
        prompt=f"""
This time the kernel has **5×5** weights. Along one axis, F(m, 5) gives m outputs for m + 4
products; there are tiles of F(2, 5) and of F(4, 5). Tiles of both sizes may be mixed along an axis.
{_NEST} {_ASK}
""",
        mistakes=(
            _along(
                "three-weights",
                "These are the products for three weights along an axis. There are five.",
                _mixing("(2, 4)", "m + 2"),
            ),
            _along(
                "only-large-tiles",
                "You cover everything with tiles of 4. Where one or two outputs are left over, a "
                "tile of 2 is cheaper.",
                "return 8 * -(-n // 4)",
            ),
            _along(
                "only-small-tiles",
                "You cover everything with tiles of 2. Four outputs cost 12 products in this way, "
                "and 8 in a tile of 4.",
                "return 6 * -(-n // 2)",
            ),
            _along(
                "one-size-for-an-axis",
                "You take the better size for each axis. The two sizes may also be mixed within "
                "one.",
                "return min(8 * -(-n // 4), 6 * -(-n // 2))",
            ),
            _along(
                "fills-up-with-small-tiles",
                "What is left after the tiles of 4 you cover with tiles of 2. When three are left, "
                "compare with one more large tile.",
                "return 8 * (n // 4) + 6 * -(-(n % 4) // 2)",
            ),
            _along(
                "parts-of-tiles",
                "You count two products for each output, as if a tile could be cut. It costs the "
                "same when it reaches beyond the outputs.",
                "return 2 * n",
            ),
            _along(
                "every-window-on-its-own",
                "That is what windows need, five products an output and axis. The tiles need "
                "fewer.",
                "return 5 * n",
            ),
            _ADDS_AXES,
        ),
    )


def _fewest_without_overhang() -> Exercise:
    right = _mixing("(1, 2, 4)", "m + 2", " if m <= left")
    return _combine(
        "without_overhang",
        "Return the fewest products where no tile may reach beyond the outputs.",
        _FEWEST.but(along=right.replace("max(left - m, 0)", "left - m")),
        prompt=f"""
Along one axis, a tile of F(2, 3) gives 2 outputs for 4 products and a tile of F(4, 3) gives 4
outputs for 6; a single output, by a window of its own, costs 3. All of these may be mixed along an
axis, but here **no tile may reach beyond the outputs**: there is no room in memory for more. Down
and across nest: the products of the two axes multiply. {_ASK}
""",
        mistakes=(
            _along(
                "reaches-beyond",
                "Your last tile reaches beyond the outputs at times. Here it must not.",
                _mixing("(1, 2, 4)", "m + 2"),
                _mixing("(2, 4)", "m + 2"),
            ),
            _along(
                "single-outputs-in-tiles-of-two",
                "You pay for a whole tile of 2 where one output is left. By a window of its own it "
                "costs 3.",
                "return 6 * (n // 4) + 4 * -(-(n % 4) // 2)",
            ),
            _along(
                "leaves-outputs-out",
                "Where one output is left over, you do not count it.",
                "return 6 * (n // 4) + 4 * (n % 4 // 2)",
            ),
            _along(
                "only-small-tiles",
                "You use tiles of 2 and single outputs. Four outputs cost 8 products in this way, "
                "and 6 in a tile of 4.",
                "return 4 * (n // 2) + 3 * (n % 2)",
            ),
            _along(
                "no-tiles-of-two",
                "You use tiles of 4 and single outputs. Two outputs cost 6 products in this way, "
                "and 4 in a tile of 2.",
                "return 6 * (n // 4) + 3 * (n % 4)",
            ),
            _along(
                "one-product-for-a-single-output",
                "You count one product for a single output. Three weights are multiplied for it.",
                "return 6 * (n // 4) + 4 * (n % 4 // 2) + n % 2",
            ),
            _along(
                "every-window-on-its-own",
                "That is what windows need, three products an output and axis.",
                "return 3 * n",
            ),
            _ADDS_AXES,
        ),
    )


def _fewest_of_an_oblong_kernel() -> Exercise:
    oblong = "along(rows, 3) * along(columns, 5)"
    return _combine(
        "of_an_oblong_kernel",
        "Return the fewest products of a kernel of 3 rows and 5 columns, tiles of 2 and 4 mixed.",
        _FEWEST.but(
            weights=", weights",
            along=_mixing("(2, 4)", "m + weights - 1"),
            result=oblong,
        ),
        prompt=f"""
The kernel has **3 rows and 5 columns**. Along an axis with w weights, F(m, w) gives m outputs for
m + w − 1 products; there are tiles of 2 and of 4 outputs, and both may be mixed along an axis.
{_NEST} {_ASK}
""",
        mistakes=(
            mistake(
                "rows-and-columns-exchanged",
                "You take five weights down and three across. The kernel has 3 rows and 5 columns.",
                {"result": "along(rows, 5) * along(columns, 3)"},
            ),
            mistake(
                "three-weights",
                "You take three weights along both axes.",
                {"result": "along(rows, 3) * along(columns, 3)"},
            ),
            mistake(
                "five-weights",
                "You take five weights along both axes.",
                {"result": "along(rows, 5) * along(columns, 5)"},
            ),
            _along(
                "only-large-tiles",
                "You cover everything with tiles of 4. Where one or two outputs are left over, a "
                "tile of 2 is cheaper.",
                "return (weights + 3) * -(-n // 4)",
            ),
            _along(
                "only-small-tiles",
                "You cover everything with tiles of 2. A tile of 4 costs less for each output.",
                "return (weights + 1) * -(-n // 2)",
            ),
            _along(
                "one-size-for-an-axis",
                "You take the better size for each axis. The two sizes may also be mixed within "
                "one.",
                "return min((weights + 3) * -(-n // 4), (weights + 1) * -(-n // 2))",
            ),
            _along(
                "every-window-on-its-own",
                "That is what windows need, as many products as weights for each output.",
                "return weights * n",
            ),
            mistake(
                "adds-the-axes",
                "Each axis is right, and then you add. Every entry down meets every entry across.",
                {"result": "along(rows, 3) + along(columns, 5)"},
            ),
        ),
    )


_ONE_SIZE = Program(
    '''def fewest_products(rows, columns):
    """$summary"""

    def along(n, m):
        return $cost * -(-n // m)

    return $result
''',
    {
        "summary": "",
        "cost": "(m + 2)",
        "result": "min(along(rows, m) * along(columns, m) for m in (2, 4, 6))",
    },
)


def _fewest_of_square_tiles() -> Exercise:
    return _combine(
        "of_square_tiles",
        "Return the fewest products with square tiles of one size.",
        _ONE_SIZE,
        prompt=f"""
Two-dimensional tiles are **square**: F(2×2, 3×3) gives 2×2 outputs for 16 products, F(4×4, 3×3)
gives 4×4 outputs for 36, and F(6×6, 3×3) gives 6×6 outputs for 64. For one layer, **one** of these
sizes is chosen, and all its tiles have that size. At the right and at the bottom tiles may reach
beyond the outputs; their products still count. {_ASK}
""",
        mistakes=(
            mistake(
                "each-axis-its-own-size",
                "You choose a size for each axis. The tiles are square.",
                {
                    "result": "min(along(rows, m) for m in (2, 4, 6)) * "
                    "min(along(columns, m) for m in (2, 4, 6))"
                },
            ),
            mistake(
                "forgets-the-largest",
                "You compare tiles of 2×2 and of 4×4. There are also tiles of 6×6.",
                {"result": "min(along(rows, m) * along(columns, m) for m in (2, 4))"},
            ),
            mistake(
                "only-large-tiles",
                "You always take tiles of 6×6. Where they reach far beyond the outputs, smaller "
                "ones are cheaper.",
                {"result": "along(rows, 6) * along(columns, 6)"},
            ),
            mistake(
                "only-small-tiles",
                "You always take tiles of 2×2. Larger ones cost less for each output.",
                {"result": "along(rows, 2) * along(columns, 2)"},
            ),
            mistake(
                "counts-outputs-for-tiles",
                "You divide the number of all outputs by that of a tile. Rows and columns are "
                "covered each by itself.",
                {"result": "min((m + 2) ** 2 * -(-rows * columns // m**2) for m in (2, 4, 6))"},
            ),
            mistake(
                "counts-the-tiles",
                "You count the tiles, or choose the size with the fewest of them. Their products "
                "are asked for.",
                {"result": "min(-(-rows // m) * -(-columns // m) for m in (2, 4, 6))"},
            ),
            mistake(
                "every-window-on-its-own",
                "That is what windows need, nine products an output.",
                {"result": "9 * rows * columns"},
            ),
        ),
    )


def _fewest_of_one_size_an_axis() -> Exercise:
    return _combine(
        "of_one_size_an_axis",
        "Return the fewest products where each axis has tiles of one size.",
        _ONE_SIZE.but(
            result="min(along(rows, m) * along(columns, k) for m in (2, 3, 4) for k in (2, 3, 4))"
        ),
        prompt=f"""
Along one axis, F(m, 3) gives m outputs for m + 2 products; there are tiles of 2, of **3** and of 4
outputs. **Along each axis all tiles have one size**, and the two axes may have different sizes.
{_NEST} {_ASK}
""",
        mistakes=(
            mistake(
                "one-size-for-everything",
                "You take one size for both axes. Each axis may choose.",
                {"result": "min(along(rows, m) * along(columns, m) for m in (2, 3, 4))"},
            ),
            mistake(
                "forgets-the-size-in-between",
                "You compare tiles of 2 and of 4. There are also tiles of 3.",
                {
                    "result": "min(along(rows, m) * along(columns, k) for m in (2, 4) for k in "
                    "(2, 4))"
                },
            ),
            mistake(
                "mixes-within-an-axis",
                "You mix sizes within an axis. Here all tiles along an axis have one size.",
                lambda rows, columns: _mixed(rows) * _mixed(columns),
            ),
            mistake(
                "only-large-tiles",
                "You always take tiles of 4. Where they reach far beyond the outputs, smaller ones "
                "are cheaper.",
                {"result": "along(rows, 4) * along(columns, 4)"},
            ),
            mistake(
                "only-small-tiles",
                "You always take tiles of 2. Larger ones cost less for each output.",
                {"result": "along(rows, 2) * along(columns, 2)"},
            ),
            mistake(
                "adds-the-axes",
                "Each axis is right, and then you add. Every entry down meets every entry across.",
                {
                    "result": "min(along(rows, m) for m in (2, 3, 4)) + "
                    "min(along(columns, m) for m in (2, 3, 4))"
                },
            ),
            mistake(
                "counts-the-tiles",
                "You take the size with the fewest tiles. It is their products that are to be few.",
                lambda rows, columns: _few_tiles(rows) * _few_tiles(columns),
            ),
            mistake(
                "every-window-on-its-own",
                "That is what windows need, nine products an output.",
                {"result": "9 * rows * columns"},
            ),
        ),
    )


def _few_tiles(n: int) -> int:
    count, m = min((-(-n // m), m) for m in (2, 3, 4))
    return count * (m + 2)


def _mixed(n: int) -> int:
    fewest = [0]
    for left in range(1, n + 1):
        fewest.append(min(fewest[max(left - m, 0)] + m + 2 for m in (2, 3, 4)))
    return fewest[n]


def _fewest_as_savings() -> Exercise:
    mixed = _mixing("(2, 4)", "m + 2")
    return _combine(
        "as_savings",
        "Return how many products the best mixture of tiles of 2 and 4 saves.",
        _FEWEST.but(along=mixed, result="9 * rows * columns - along(rows) * along(columns)"),
        prompt=f"""
Along one axis, a tile of F(2, 3) gives 2 outputs for 4 products and a tile of F(4, 3) gives 4
outputs for 6. Tiles of both sizes may be mixed along an axis. {_NEST} A 3×3 window on its own takes
9 products. Write `fewest_products(rows, columns)`, which returns **how many products are saved**,
compared with windows, when the tiles are chosen as well as can be (one channel, one filter; the
number may be negative).
""",
        mistakes=(
            mistake(
                "products-that-remain",
                "This is how many products remain. How many are saved?",
                {"result": "along(rows) * along(columns)"},
            ),
            mistake(
                "wrong-sign",
                "You take the windows from the tiles. What is saved is the other way around.",
                {"result": "along(rows) * along(columns) - 9 * rows * columns"},
            ),
            mistake(
                "saves-along-each-axis",
                "You multiply what is saved along the axes. The products of the axes multiply, and "
                "the difference comes last.",
                {"result": "(3 * rows - along(rows)) * (3 * columns - along(columns))"},
            ),
            _along(
                "only-large-tiles",
                "Your tiles are all of 4. Where one or two outputs are left over, a tile of 2 is "
                "cheaper.",
                "return 6 * -(-n // 4)",
            ),
            _along(
                "only-small-tiles",
                "Your tiles are all of 2. Four outputs cost 8 products in this way, and 6 in a "
                "tile of 4.",
                "return 4 * -(-n // 2)",
            ),
            _along(
                "one-size-for-an-axis",
                "You take the better size for each axis. The two sizes may also be mixed within "
                "one.",
                "return min(6 * -(-n // 4), 4 * -(-n // 2))",
            ),
            _along(
                "parts-of-tiles",
                "You count one and a half products for each output, as if a tile could be cut.",
                "return 1.5 * n",
            ),
        ),
    )


def _fewest_for_two() -> Exercise:
    mixed = _mixing("(2, 4)", "m + 2")
    halves = "along(columns // 2) + along(columns - columns // 2)"
    return _combine(
        "for_two",
        "Return the fewest products where two processors share the columns.",
        _FEWEST.but(along=mixed, result=f"along(rows) * ({halves})"),
        prompt=f"""
Along one axis, a tile of F(2, 3) gives 2 outputs for 4 products and a tile of F(4, 3) gives 4
outputs for 6. Tiles of both sizes may be mixed along an axis. {_NEST} Here **two processors** share
the work: one has the left half of the columns, the other the right half (if their number is odd,
one has a column more), and each covers its own half with tiles of its own. Write
`fewest_products(rows, columns)`, the fewest products of **both together** for an output of that
size (one channel, one filter).
""",
        shown=(5, 6),
        mistakes=(
            mistake(
                "one-processor",
                "You cover all columns with one row of tiles. Each half has tiles of its own, and "
                "each may reach beyond its end.",
                {"result": "along(rows) * along(columns)"},
            ),
            mistake(
                "two-equal-halves",
                "You give both processors the same number of columns. If it is odd, one has a "
                "column more.",
                {"result": "2 * along(rows) * along(columns // 2)"},
                {"result": "2 * along(rows) * along(columns - columns // 2)"},
            ),
            mistake(
                "halves-of-both-axes",
                "You halve the rows as well. Only the columns are shared.",
                {"result": f"(along(rows // 2) + along(rows - rows // 2)) * ({halves})"},
            ),
            mistake(
                "halves-the-rows",
                "You halve the rows. The columns are shared.",
                {"result": "(along(rows // 2) + along(rows - rows // 2)) * along(columns)"},
            ),
            mistake(
                "only-one-of-them",
                "This is what one of the processors has to do. Both together are asked for.",
                {"result": "along(rows) * along(columns - columns // 2)"},
                {"result": "along(rows) * along(columns // 2)"},
            ),
            _along(
                "only-large-tiles",
                "Your tiles are all of 4. Where one or two outputs are left over, a tile of 2 is "
                "cheaper.",
                "return 6 * -(-n // 4)",
            ),
            _along(
                "one-size-for-an-axis",
                "You take the better size for each part. The two sizes may also be mixed within "
                "one.",
                "return min(6 * -(-n // 4), 4 * -(-n // 2))",
            ),
        ),
    )


combine_products = Family(
    name="the_fewest_products",
    skills="Plans a fast convolution: weighs tile sizes against what reaches beyond the outputs, "
    "under rules that differ from the chapter's.",
    points=5,
    variants=(
        _fewest_of_two_and_three(),
        _fewest_of_five_weights(),
        _fewest_without_overhang(),
        _fewest_of_an_oblong_kernel(),
        _fewest_of_square_tiles(),
        _fewest_of_one_size_an_axis(),
        _fewest_as_savings(),
        _fewest_for_two(),
    ),
)

families = (repair_spectra, write_tiles, combine_products)
"""Repair, write, combine."""
