"""Graded questions on chapter 00, images: axes, places in memory, and shuffled pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, Program, mistake, variant
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray
Inputs = Callable[[np.random.Generator], Iterator[tuple[Any, ...]]]


def _values(rng: np.random.Generator, *shape: int) -> Array:
    return rng.integers(0, 100, shape, dtype=np.int64)


def _color(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape in ((1, 2, 3), (2, 2, 3), (2, 4, 3), (3, 2, 3), (4, 5, 3)):
        yield (_values(rng, *shape),)


def _color_first(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape in ((3, 1, 2), (3, 2, 2), (3, 2, 4), (3, 3, 2), (3, 4, 5)):
        yield (_values(rng, *shape),)


def _color_batches(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape in ((1, 1, 2, 3), (2, 1, 2, 3), (2, 2, 2, 3), (2, 2, 4, 3), (4, 3, 2, 3)):
        yield (_values(rng, *shape),)


def _gray_batches(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for shape in ((2, 1, 2), (2, 2, 2), (2, 2, 3), (3, 2, 3), (2, 3, 4)):
        yield (_values(rng, *shape),)


_AXES = Program(
    '''def rearrange(x):
    """$summary"""
    $sizes = x.shape
    return $value
''',
    {"summary": "", "sizes": "", "value": ""},
)


def _axes(
    name: str,
    task: str,
    sizes: str,
    value: str,
    planted: str,
    still: str,
    inputs: Inputs,
    *mistakes: Mistake,
    summary: str = "Return the numbers in another order.",
) -> Exercise:
    """Make a task of repair from what should come back and what does."""
    return variant(
        _AXES.but(summary=summary, sizes=sizes, value=value),
        name=name,
        title="Repair the order",
        stars=1,
        prompt=f"""
{task} The code below returns the right shape, but numbers stand in the wrong places. Mend it.
""",
        inputs=inputs,
        mistakes=mistakes,
        success="Axes are moved, not cut anew: every pixel is where it should be.",
        planted={"value": planted},
        still=f"{still} This still is what the planted bug does.",
        shown=1,  # of several rows: with one, some of the planted bugs do no harm
    )


_CUTS = "`reshape` keeps the order in memory and only cuts it anew, so numbers change their place."
_UNCHANGED = mistake(
    "leaves-the-axes",
    "The axes are as they came. The task asks for another order.",
    {"value": "x.copy()"},
)
repair_axes = Family(
    name="repair_axes",
    skills="Moves the axes of pictures without taking the pictures to pieces.",
    points=2,
    variants=(
        _axes(
            "channels_last",
            "`rearrange(x)` takes a color picture of shape (C, H, W) and should return it as files "
            "hold it, (H, W, C): `result[i, j, c]` is `x[c, i, j]`.",
            "C, H, W",
            "np.moveaxis(x, 0, -1)",
            "x.reshape(H, W, C)",
            _CUTS,
            _color_first,
            mistake(
                "turns-the-picture",
                "The channels come last. But rows and columns are exchanged: the picture lies on "
                "its side.",
                {"value": "x.T"},
                {"value": "np.swapaxes(x, 0, 2)"},
            ),
            mistake(
                "reverses-the-colors",
                "Rows and columns are right. The channels come in the opposite order.",
                {"value": "np.moveaxis(x, 0, -1)[:, :, ::-1]"},
            ),
            mistake(
                "moves-the-wrong-axis",
                "An axis was moved, but it is not the channels that come last now.",
                {"value": "np.swapaxes(x, 0, 1)"},
            ),
            mistake(
                "moves-the-other-way",
                "You bring the last axis to the front. It is the first one that should come last.",
                {"value": "np.moveaxis(x, -1, 0)"},
            ),
            _UNCHANGED,
        ),
        _axes(
            "batch_channels_first",
            "`rearrange(x)` takes a batch of color pictures of shape (N, H, W, C) and should "
            "return it in PyTorch's order, (N, C, H, W): `result[n, c, i, j]` is `x[n, i, j, c]`.",
            "N, H, W, C",
            "np.moveaxis(x, -1, 1)",
            "x.reshape(N, C, H, W)",
            _CUTS,
            _color_batches,
            mistake(
                "turns-the-picture",
                "The channels are in their place. But rows and columns are exchanged: each picture "
                "lies on its side.",
                {"value": "np.swapaxes(x, 1, 3)"},
            ),
            mistake(
                "moves-the-channels-too-far",
                "The channels come before the batch. They belong inside each picture.",
                {"value": "np.moveaxis(x, -1, 0)"},
                {"value": "np.swapaxes(x, -1, 0)"},
            ),
            mistake(
                "reverses-the-axes",
                "All axes are reversed: the batch comes last.",
                {"value": "x.T"},
            ),
            mistake(
                "moves-the-other-way",
                "In each picture you bring the rows to the end. It is the last axis, the channels, "
                "that should come before the others.",
                {"value": "np.moveaxis(x, 1, -1)"},
            ),
            _UNCHANGED,
        ),
        _axes(
            "quarter_turn",
            "`rearrange(x)` takes a color picture of shape (H, W, C) and should return it **turned "
            "by a quarter clockwise**, shape (W, H, C): the first row becomes the last column, so "
            "`result[j, H - 1 - i]` is `x[i, j]`.",
            "H, W, C",
            "np.swapaxes(x, 0, 1)[:, ::-1]",
            "x.reshape(W, H, C)",
            _CUTS,
            _color,
            mistake(
                "turns-the-other-way",
                "Your picture is turned by a quarter the other way: its first row should become "
                "the last column.",
                {"value": "np.swapaxes(x, 0, 1)[::-1]"},
                {"value": "np.rot90(x)"},
            ),
            mistake(
                "only-mirrors-at-the-diagonal",
                "Rows have become columns, and the picture is mirrored: a turn does not mirror.",
                {"value": "np.swapaxes(x, 0, 1)"},
            ),
            mistake(
                "half-a-turn",
                "Your picture stands on its head. A quarter of a turn is asked for.",
                {"value": "x[::-1, ::-1]"},
            ),
            mistake(
                "mirrors-at-the-other-diagonal",
                "Both axes are reversed after the exchange, which is one reversal too many.",
                {"value": "np.swapaxes(x, 0, 1)[::-1, ::-1]"},
            ),
        ),
        _axes(
            "mirrored_and_blue_first",
            "`rearrange(x)` takes a color picture of shape (H, W, C) and should return it, in the "
            "same shape, **mirrored left to right** and with its channels in the **opposite "
            "order** (blue, green, red), the rows as they were.",
            "H, W, C",
            "x[:, ::-1, ::-1]",
            "x.ravel()[::-1].reshape(H, W, C)",
            "All numbers are read backwards, so the rows change their order as well.",
            _color,
            mistake(
                "upside-down",
                "Your picture is turned upside down. It should be mirrored left to right.",
                {"value": "x[::-1, :, ::-1]"},
            ),
            mistake(
                "keeps-the-colors",
                "The picture is mirrored. Its channels are in the order in which they came.",
                {"value": "x[:, ::-1]"},
            ),
            mistake(
                "keeps-left-and-right",
                "The channels are in the opposite order. The picture is not mirrored yet.",
                {"value": "x[:, :, ::-1]"},
            ),
            mistake(
                "exchanges-two-channels",
                "The picture is mirrored. Of three channels in opposite order the first is the "
                "old last one, and the middle one stays.",
                {"value": "x[:, ::-1][:, :, [1, 0, 2]]"},
                {"value": "x[:, ::-1][:, :, [2, 0, 1]]"},
            ),
            _UNCHANGED,
        ),
        _axes(
            "side_by_side",
            "`rearrange(x)` takes N gray pictures of one size, shape (N, H, W), and should return "
            "one picture in which they stand **side by side**, shape (H, N · W): the first "
            "picture leftmost.",
            "N, H, W",
            "np.swapaxes(x, 0, 1).reshape(H, N * W)",
            "x.reshape(H, N * W)",
            _CUTS,
            _gray_batches,
            mistake(
                "on-top-of-each-other",
                "Your pictures stand on top of each other. They should stand side by side.",
                {"value": "x.reshape(N * H, W)"},
            ),
            mistake(
                "alternates-the-columns",
                "Columns of all pictures take turns. Each picture should be in one piece.",
                {"value": "np.moveaxis(x, 0, -1).reshape(H, N * W)"},
            ),
            mistake(
                "last-picture-first",
                "The pictures are in one piece, and stand in the opposite order.",
                {"value": "np.swapaxes(x[::-1], 0, 1).reshape(H, N * W)"},
            ),
            _UNCHANGED,
        ),
        _axes(
            "pixel_by_pixel",
            "`rearrange(x)` takes N gray pictures of one size, shape (N, H, W), and should return "
            "a table of shape (H · W, N) with **one row for each pixel**, from left to right and "
            "then down, and one column for each picture.",
            "N, H, W",
            "x.reshape(N, H * W).T",
            "x.reshape(H * W, N)",
            _CUTS,
            _gray_batches,
            mistake(
                "one-row-for-each-picture",
                "Your table has one row for each picture. It should have one for each pixel.",
                {"value": "x.reshape(N, H * W)"},
            ),
            mistake(
                "walks-down-the-columns",
                "Your rows walk down the columns of the pictures. They should go from left to "
                "right first.",
                {"value": "x.T.reshape(H * W, N)"},
            ),
            mistake(
                "last-picture-first",
                "Each row holds one pixel of all pictures, and the pictures stand in the opposite "
                "order.",
                {"value": "x[::-1].reshape(N, H * W).T"},
            ),
            _UNCHANGED,
        ),
        _axes(
            "every_picture_upside_down",
            "`rearrange(x)` takes N gray pictures of one size, shape (N, H, W), and should return "
            "**each of them upside down**, in the same shape and in the same order of pictures; "
            "left and right stay.",
            "N, H, W",
            "x[:, ::-1]",
            "x.reshape(N * H, W)[::-1].reshape(N, H, W)",
            "All rows of all pictures are reversed together, so the pictures change their order.",
            _gray_batches,
            mistake(
                "reverses-the-pictures",
                "Your pictures stand in the opposite order, and each is as it was.",
                {"value": "x[::-1]"},
            ),
            mistake(
                "half-a-turn",
                "Each picture is turned by half: left and right should stay.",
                {"value": "x[:, ::-1, ::-1]"},
            ),
            mistake(
                "mirrors-left-to-right",
                "Each picture is mirrored left to right. Upside down exchanges its rows.",
                {"value": "x[:, :, ::-1]"},
            ),
            _UNCHANGED,
        ),
    ),
)


def _places(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int, int]]:
    yield from ((2, 4, 0, 0, 0), (2, 4, 0, 0, 3), (2, 5, 0, 1, 2), (3, 5, 1, 0, 0), (2, 6, 2, 1, 3))
    for _ in range(5):
        height, width = int(rng.integers(3, 9)), int(rng.integers(9, 20))
        c, i, j = (int(rng.integers(1, size)) for size in (3, height, width - 1))
        yield height, width, c, i, j


_PLACE = Program(
    '''def place(height, width, c, i, j):
    """Return the place in memory of one number of a color picture."""
    $before
    return $place
''',
    {"before": "", "place": ""},
)
_PLANES = "(c * height + i) * width + j"
_PIXELS = "(i * width + j) * 3 + c"
_PLACE_MISTAKES = (
    mistake(
        "channels-first",
        "This is where the number lies if the channels lie one after another, each in one piece.",
        {"before": "", "place": _PLANES},
    ),
    mistake(
        "channels-last",
        "This is where the number lies if the three channels of a pixel stand side by side, from "
        "the first row down.",
        {"before": "", "place": _PIXELS},
    ),
    mistake(
        "first-axis-fastest",
        "Here the channel changes first from one place to the next, and the column last.",
        {"before": "", "place": "c + 3 * (i + height * j)"},
    ),
    mistake(
        "forgets-the-channels",
        "This is the place in a gray picture. Every pixel here has three numbers.",
        {"before": "", "place": "i * width + j"},
    ),
)


def _memory(
    name: str, layout: str, right: Mapping[str, str], *mistakes: Mistake, without: str = ""
) -> Exercise:
    """Make the task of finding a number's place in a layout."""
    exchanged = mistake(
        "exchanges-i-and-j",
        "You take `i` for the column and `j` for the row. It is the other way round.",
        {"place": re.sub(r"\b[ij]\b", lambda name: "ji"[name[0] == "j"], right["place"])},
    )
    return variant(
        _PLACE.but(**right),
        name=name,
        title="Where does it lie?",
        stars=2,
        prompt=f"""
Write `place(height, width, c, i, j)`. A color picture with `height` rows, `width` columns and
three channels lies in memory, in one long row. {layout} At which place does the number of channel
`c`, row `i`, column `j` lie? All of them count from 0; row 0 is the topmost one, and the first
place is place 0.
""",
        inputs=_places,
        mistakes=(*mistakes, exchanged, *_PLACE_MISTAKES),
        success="An index becomes a place once you know what lies before it.",
        without=(without,),
        shown=(2, 5, 0, 1, 3),  # here the layouts give different places
    )


def _counts_pixels(row: str = "i", channel: str = "c") -> Mistake:
    """Make the mistake of counting a pixel as one number, from the row and the place in it."""
    return mistake(
        "counts-a-pixel-as-one",
        "Somewhere you count a pixel as one number. Each pixel that lies before takes three "
        "places.",
        {"place": f"{row} * width + j + {channel}"},
        {"place": f"{row} * width + 3 * j + {channel}"},
        {"place": f"3 * {row} * width + j + {channel}"},
    )


_LONG_ROWS = "To get to the next row you pass one whole row. How many numbers are in it?"
_FROM_ONE = "The first number of all lies at place 0. Here it is at 1."
memory_layout = Family(
    name="memory_layout",
    skills="Turns indices into a place in memory under a layout that is described in words.",
    points=3,
    variants=(
        _memory(
            "pixel_by_pixel",
            "It lies **pixel by pixel**: the three channels of a pixel stand side by side, pixels "
            "from left to right, rows from top to bottom.",
            {"place": _PIXELS},
            mistake(
                "rows-for-columns",
                _LONG_ROWS,
                {"place": "(i * height + j) * 3 + c"},
            ),
            _counts_pixels(),
            mistake("counts-from-one", _FROM_ONE, {"place": f"{_PIXELS} + 1"}),
        ),
        _memory(
            "line_by_line",
            "It lies **line by line**: first row 0 of channel 0, then row 0 of channel 1 and row 0 "
            "of channel 2, then row 1 of the three channels, and so on.",
            {"place": "(i * 3 + c) * width + j"},
            mistake(
                "rows-for-columns",
                "To get to the next line you pass one whole line. How many numbers are in it?",
                {"place": "(i * 3 + c) * height + j"},
            ),
            mistake(
                "counts-one-channel-a-row",
                "Before row `i` lie the rows above it of all three channels.",
                {"place": "(i + c) * width + j"},
            ),
            mistake("counts-from-one", _FROM_ONE, {"place": "(i * 3 + c) * width + j + 1"}),
        ),
        _memory(
            "column_by_column",
            "The channels lie one after the other, and each channel lies **column by column**: "
            "first its leftmost column from top to bottom.",
            {"place": "(c * width + j) * height + i"},
            mistake(
                "rows-for-columns",
                "To get to the next column you pass one whole column. How many numbers are in it?",
                {"place": "(c * width + j) * width + i"},
                {"place": "(c * height + j) * width + i"},
            ),
            mistake("counts-from-one", _FROM_ONE, {"place": "(c * width + j) * height + i + 1"}),
        ),
        _memory(
            "bottom_row_first",
            "It lies pixel by pixel, the three channels of a pixel side by side, from left to "
            "right, but the **bottom row comes first** and the topmost row last.",
            {"place": "((height - 1 - i) * width + j) * 3 + c"},
            mistake(
                "counts-rows-from-one",
                "You are one row off: below row `i` there are `height - 1 - i` rows.",
                {"place": "((height - i) * width + j) * 3 + c"},
            ),
            mistake(
                "reverses-all",
                "The whole memory is reversed here. Only the order of the rows should be.",
                {"place": "(height * width - 1 - (i * width + j)) * 3 + c"},
            ),
            mistake(
                "rows-for-columns",
                _LONG_ROWS,
                {"place": "((height - 1 - i) * height + j) * 3 + c"},
            ),
            _counts_pixels("(height - 1 - i)"),
        ),
        _memory(
            "padded_rows",
            "It lies pixel by pixel, the three channels of a pixel side by side, rows from top to "
            "bottom. But every row **begins at a multiple of 4**: after the 3 · `width` numbers of "
            "a row, places stay empty until the next multiple of 4.",
            {"before": "row = (3 * width + 3) // 4 * 4", "place": "i * row + 3 * j + c"},
            mistake(
                "adds-four-always",
                "Where a row is a multiple of 4 long already, no place stays empty after it.",
                {"before": "row = 3 * width // 4 * 4 + 4"},
            ),
            mistake(
                "rounds-the-row-down",
                "Your rows are too short: they overlap. The next multiple of 4 is not below.",
                {"before": "row = 3 * width // 4 * 4"},
            ),
            mistake(
                "rounds-the-width",
                "You round the number of pixels up. It is the 3 · `width` numbers that fill up.",
                {"before": "row = 3 * ((width + 3) // 4 * 4)"},
            ),
            mistake(
                "pads-each-pixel",
                "You leave a place empty after each pixel. They stay empty at the end of a row "
                "only.",
                {"place": "4 * (i * width + j) + c"},
            ),
            mistake(
                "counts-a-pixel-as-one",
                "You step by one place for a pixel. Each takes three.",
                {"place": "i * row + j + c"},
            ),
        ),
        _memory(
            "bytes_of_floats",
            "The channels lie one after the other, each row by row from the top. Every number "
            "takes **4 bytes**, and a place is asked for in bytes: where does the number begin?",
            {"place": f"4 * ({_PLANES})"},
            mistake(
                "counts-numbers-for-bytes",
                "You count numbers. Each of them takes 4 bytes.",
                {"place": _PLANES},
            ),
            mistake(
                "scales-the-column-only",
                "Four bytes are counted for the last axis only. Everything that lies before has "
                "4 bytes a number, too.",
                {"place": "(c * height + i) * width + 4 * j"},
            ),
            mistake(
                "ends-for-begins",
                "This is the number's last byte. Where does it begin?",
                {"place": f"4 * ({_PLANES}) + 3"},
            ),
            mistake(
                "rows-for-columns",
                _LONG_ROWS,
                {"place": "4 * ((c * height + i) * height + j)"},
                {"place": "4 * ((c * width + i) * height + j)"},
            ),
            without="channels-first",
        ),
        _memory(
            "blue_first",
            "It lies pixel by pixel, pixels from left to right and rows from top to bottom. Within "
            "a pixel, the channels stand in the **opposite order**: channel 2 first, channel 0 "
            "last.",
            {"place": "(i * width + j) * 3 + 2 - c"},
            mistake(
                "counts-channels-from-one",
                "You are one place off: channel 2 stands first, at place 0 of its pixel.",
                {"place": "(i * width + j) * 3 + 3 - c"},
            ),
            mistake(
                "reverses-all",
                "The whole row of numbers is reversed here. Only the channels should be, within "
                "each pixel.",
                {"place": f"3 * height * width - 1 - ({_PIXELS})"},
            ),
            mistake("rows-for-columns", _LONG_ROWS, {"place": "(i * height + j) * 3 + 2 - c"}),
            _counts_pixels(channel="2 - c"),
        ),
    ),
)


def _shuffles(extra: str) -> Inputs:
    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, tuple[int, int]]]:
        for shape in ((1, 3), (2, 3), (3, 2), (3, 3), (2, 5), (4, 3)):
            height, width = shape
            size = {"rows": height, "columns": width}.get(extra, height * width)
            order = rng.permutation(np.arange(size, dtype=np.int64))
            # A cycle longer than two tells a shuffle from its inverse.
            while size > 2 and (order[order] == np.arange(size)).all():
                order = rng.permutation(order)
            yield rng.permutation(np.arange(10, 10 + height * width)), order, shape

    return inputs


_UNSHUFFLE = Program(
    '''def unshuffle(pixels, order, shape):
    """Return the picture that was shuffled."""
    $before
    flat = np.empty_like(pixels)
    $undo
    $after
    return $picture
''',
    {"before": "", "undo": "flat[order] = pixels", "after": "", "picture": "flat.reshape(shape)"},
)
_AGAIN = {"undo": "flat[:] = pixels[order]"}
_DOWN = {"picture": "flat.reshape(shape[::-1]).T"}
_ROWS = {"before": "pixels = pixels.reshape(shape)"}
_UNSHUFFLE_MISTAKES = (
    mistake(
        "shuffles-again",
        "You take the pixels in this order a second time. Undo it: each pixel goes back to where "
        "it came from.",
        _AGAIN,
    ),
    mistake(
        "only-reshapes",
        "The shape is right, the pixels still stand in the shuffled order.",
        {"before": "", "undo": "flat[:] = pixels", "after": "", "picture": "flat.reshape(shape)"},
    ),
    mistake(
        "sorts-the-values",
        "You sort the pixels by their values. It is the places in `order` that count.",
        {
            "before": "",
            "undo": "flat[:] = np.sort(pixels)",
            "after": "",
            "picture": "flat.reshape(shape)",
        },
    ),
    mistake(
        "stays-flat",
        "The picture is still one long row; give it its rows back.",
        {"picture": "flat.ravel()"},
    ),
)


def _shuffled(
    name: str, how: str, right: Mapping[str, str], *mistakes: Mistake, extra: str = ""
) -> Exercise:
    """Make the task of undoing what was done to a picture."""
    return variant(
        _UNSHUFFLE.but(**right),
        name=name,
        title="Undo the shuffle",
        stars=3,
        prompt=f"""
{how} Write `unshuffle(pixels, order, shape)`, which returns the picture again, with
`shape = (H, W)`.
""",
        inputs=_shuffles(extra),
        mistakes=(*mistakes, *_UNSHUFFLE_MISTAKES),
        success="Step by step backwards, and every pixel is in its place again.",
        shown=2 if extra == "rows" else 1,  # three rows: two of them may stay where they were
    )


_BY_ROW = {"picture": "flat.reshape(shape)"}
_FILLS_ROWS = mistake(
    "fills-row-by-row",
    "The order is undone, but the picture is filled along its rows. It was read down its columns.",
    _BY_ROW,
)
_SENT = mistake(
    "mistakes-to-for-from",
    "You read `order` the other way round: it says where each pixel went, not where it came from.",
    {"undo": "flat[order] = pixels"},
)
undo_the_shuffle = Family(
    name="undo_the_shuffle",
    skills="Combines permutations, flattening and mirroring, and undoes them in reverse.",
    points=5,
    variants=(
        _shuffled(
            "columns_first",
            "A picture was read **column by column**, from top to bottom and from left to right, "
            "into a row `flat`, and shuffled: `pixels = flat[order]`.",
            _DOWN,
            _FILLS_ROWS,
            mistake(
                "height-and-width-exchanged",
                "The picture lies on its side: it should have H rows.",
                {"picture": "flat.reshape(shape[::-1])"},
            ),
        ),
        _shuffled(
            "sent_to_places_columns_first",
            "A picture was read **column by column**, from top to bottom and from left to right, "
            "into a row `flat`. Then pixel `k` of that row **went to** place `order[k]`: "
            "`pixels[order] = flat`.",
            {**_AGAIN, **_DOWN},
            _SENT,
            _FILLS_ROWS,
        ),
        _shuffled(
            "shuffled_twice",
            "A picture was flattened row by row and shuffled **twice** with one order: "
            "`once = picture.ravel()[order]`, then `pixels = once[order]`.",
            {"undo": "flat[order[order]] = pixels"},
            mistake(
                "undoes-one-of-two",
                "You undo one of the two shuffles. The other one is left.",
                {"undo": "flat[order] = pixels"},
            ),
            mistake(
                "fills-column-by-column",
                "Both shuffles are undone, but the picture is filled down its columns.",
                _DOWN,
            ),
        ),
        _shuffled(
            "reversed_afterwards",
            "A picture was flattened row by row, shuffled, and then the row was **reversed**: "
            "`pixels = picture.ravel()[order][::-1]`.",
            {"undo": "flat[order] = pixels[::-1]"},
            mistake(
                "forgets-to-reverse",
                "You undo the shuffle. The row was reversed after it.",
                {"undo": "flat[order] = pixels"},
            ),
            mistake(
                "undoes-in-the-wrong-order",
                "You undo both, the shuffle first. What was done last is undone first.",
                {"undo": "flat[order] = pixels\nflat = flat[::-1]"},
            ),
        ),
        _shuffled(
            "mirrored_before",
            "A picture was **mirrored left to right**, flattened row by row and shuffled: "
            "`pixels = picture[:, ::-1].ravel()[order]`.",
            {"picture": "flat.reshape(shape)[:, ::-1]"},
            mistake(
                "forgets-to-mirror",
                "You undo the shuffle. The picture was mirrored before it.",
                _BY_ROW,
            ),
            mistake(
                "turns-for-mirrors",
                "You reverse the whole row, which turns the picture by half. It was mirrored.",
                {"picture": "flat[::-1].reshape(shape)"},
            ),
            mistake(
                "mirrors-upside-down",
                "You turn the picture upside down. It was mirrored left to right.",
                {"picture": "flat.reshape(shape)[::-1]"},
            ),
        ),
        _shuffled(
            "whole_rows_and_mirrored",
            "Only the **rows** of a picture were shuffled, each row stayed in one piece, and then "
            "the picture was mirrored left to right and flattened: "
            "`pixels = picture[order][:, ::-1].ravel()`. So `order` has H numbers.",
            {**_ROWS, "undo": "flat[order] = pixels[:, ::-1]", "picture": "flat"},
            mistake(
                "forgets-to-mirror",
                "The rows are in their places. The picture was mirrored as well.",
                {"undo": "flat[order] = pixels"},
            ),
            mistake(
                "shuffles-the-rows-again",
                "You take the rows in this order a second time. Each should go back to where it "
                "came from.",
                {"undo": "flat[:] = pixels[order][:, ::-1]"},
            ),
            extra="rows",
        ),
        _shuffled(
            "whole_columns",
            "Only the **columns** of a picture were shuffled, each column stayed in one piece, and "
            "the result was flattened row by row: `pixels = picture[:, order].ravel()`. So `order` "
            "has W numbers.",
            {**_ROWS, "undo": "flat[:, order] = pixels", "picture": "flat"},
            mistake(
                "shuffles-the-columns-again",
                "You take the columns in this order a second time. Each should go back to where "
                "it came from.",
                {"undo": "flat[:] = pixels[:, order]"},
            ),
            mistake(
                "rows-for-columns",
                "You fill the columns one after another with what are rows.",
                {"before": "pixels = pixels.reshape(shape[::-1]).T", "undo": "flat[:] = pixels"},
            ),
            extra="columns",
        ),
    ),
)

families = (repair_axes, memory_layout, undo_the_shuffle)
"""The chapter's graded questions, in order."""
