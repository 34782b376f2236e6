"""A picture as an array of numbers, with an index, an offset in memory, and a shuffle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from cnncourse._integers import describe
from cnncourse.figures._figure import (
    Figure,
    Setting,
    paragraph,
    place,
    table,
    truth,
    whole,
)

LARGEST_SIDE = 12
LARGEST_VALUE = 255
CHANNELS = ("red", "green", "blue")
SEVEN = [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 9, 16, 16, 16, 16, 13, 0],
    [0, 4, 8, 8, 9, 16, 10, 0],
    [0, 0, 0, 0, 6, 16, 4, 0],
    [0, 0, 0, 1, 14, 11, 0, 0],
    [0, 0, 0, 7, 16, 4, 0, 0],
    [0, 0, 0, 13, 13, 0, 0, 0],
    [0, 0, 2, 16, 8, 0, 0, 0],
]


def _picture(figure: str, name: str, value: Any) -> list[Any]:
    """Check a gray (H, W) or color (3, H, W) picture of whole numbers, and return nested lists."""
    try:
        array = np.asarray(value)
        if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
            raise TypeError
        array = array.astype(np.float64, casting="same_kind")
    except (TypeError, ValueError):
        raise TypeError(
            f"{figure}: {name} must be an array of whole numbers, all rows equally long, "
            f"got {describe(value)}"
        ) from None
    shape = array.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[0] != len(CHANNELS)):
        advice = (
            "; np.moveaxis(picture, -1, 0) puts the channels first" if shape[-1:] == (3,) else ""
        )
        raise ValueError(
            f"{figure}: {name} must have shape (H, W) for gray or (3, H, W) for color, "
            f"got {shape}{advice}"
        )
    if not 1 <= min(shape[-2:]) <= max(shape[-2:]) <= LARGEST_SIDE:
        raise ValueError(
            f"{figure}: {name} must have 1 to {LARGEST_SIDE} rows and columns, got shape {shape}"
        )
    if not np.array_equal(array, np.clip(array.round(), 0, LARGEST_VALUE)):
        raise ValueError(
            f"{figure}: {name} must hold whole numbers from 0 to {LARGEST_VALUE}, "
            f"got {describe(value)}"
        )
    return array.astype(np.int64).tolist()


def _brush(figure: str, name: str, value: Any) -> int | None:
    return None if value is None else whole(0, LARGEST_VALUE)(figure, name, value)


def shuffle_order(count: int) -> list[int]:
    """Return the one shuffle that the figure uses for `count` pixels.

    The same in every page and every run: Fisher and Yates' shuffle, driven by a small generator
    of pseudo-random numbers that JavaScript computes exactly alike.

    Parameters
    ----------
    count : int
        Number of pixels.

    Returns
    -------
    list of int
        Pixel k of the shuffled picture is pixel ``order[k]`` of the picture.

    Examples
    --------
    >>> shuffle_order(9)
    [3, 8, 7, 0, 5, 2, 4, 6, 1]
    >>> sorted(shuffle_order(64)) == list(range(64))
    True
    """
    order = list(range(count))
    state = 1844
    for last in range(count - 1, 0, -1):
        state = (75 * state + 74) % 65537
        other = state % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def offset_text(index: Sequence[int], shape: Sequence[int]) -> str:
    """Write the place in memory of an index as a sum with its numbers.

    Parameters
    ----------
    index : sequence of int
        (row, column), or (channel, row, column).
    shape : sequence of int
        (H, W), or (C, H, W).

    Examples
    --------
    >>> offset_text((2, 5), (8, 8))
    '2·8 + 5 = 21'
    >>> offset_text((1, 2, 5), (3, 8, 8))
    '1·8·8 + 2·8 + 5 = 85'
    """
    *channel, row, column = index
    *_, height, width = shape
    planes = "".join(f"{c}·{height}·{width} + " for c in channel)
    offset = int(np.ravel_multi_index(tuple(index), tuple(shape)))
    return f"{planes}{row}·{width} + {column} = {offset}"


class Pixels(Figure):
    """A small picture beside its numbers, in the order in which memory holds them.

    Parameters
    ----------
    image : array of whole numbers, shape (H, W) or (3, H, W)
        Gray, or red, green and blue; 1 to 12 rows and columns; values from 0 to `maximum`. The
        default is a seven painted by hand.
    maximum : int, 1 to 255
        The value that is drawn white (or as the full color); 0 is drawn black.
    shuffled : bool
        Show the pixels in another order, always the same one; all channels alike.
    channel : int, 0 to 2
        The channel of a color picture that is shown as numbers and painted: red, green, blue.
    position : [row, column]
        The pixel explained at first, counted from zero.
    brush : int or None
        The value to paint with; None is the maximum.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or a value is larger than the maximum.

    Examples
    --------
    >>> figure = Pixels(image=[[0, 9], [4, 16]], position=[1, 0])
    >>> figure.shown().ravel()[figure.offset()]
    np.int64(4)
    >>> Pixels(shuffled=True).shown().sum() == Pixels().shown().sum()
    np.True_
    >>> Pixels(image=[[0, 200]])
    Traceback (most recent call last):
    ValueError: Pixels: image holds 200, but maximum is 16; values go from 0 to the maximum
    """

    figure = traitlets.Unicode("pixels", read_only=True).tag(sync=True)
    image = Setting(SEVEN, _picture)
    maximum = Setting(16, whole(1, LARGEST_VALUE))
    shuffled = Setting(False, truth)
    channel = Setting(0, whole(0, len(CHANNELS) - 1))
    position = Setting([2, 5], place)
    brush = Setting(None, _brush)

    @traitlets.validate("image", "maximum", "channel", "brush")
    def _fits(self, proposal: Any) -> Any:
        names = ("image", "maximum", "channel", "brush")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        image, maximum, channel, brush = (values[name] for name in names)
        for name, value in (("image", int(np.max(image))), ("brush", brush or 0)):
            if value > maximum:
                raise ValueError(
                    f"Pixels: {name} holds {value}, but maximum is {maximum}; "
                    "values go from 0 to the maximum"
                )
        if np.ndim(image) == 2 and channel > 0:
            raise ValueError(f"Pixels: a gray image has no channel {channel}, only channel 0")
        return proposal["value"]

    def shown(self) -> np.ndarray:
        """Return the picture in the order shown, shape (H, W) or (3, H, W)."""
        image = np.array(self.image, dtype=np.int64)
        return self._shuffle(image) if self.shuffled else image

    def index(self) -> tuple[int, ...]:
        """Return the index of the pixel explained: (row, column), or (channel, row, column)."""
        shape = np.shape(self.image)
        row, column = (
            min(max(at, 0), side - 1) for at, side in zip(self.position, shape[-2:], strict=True)
        )
        return (row, column) if len(shape) == 2 else (self.channel, row, column)

    def offset(self) -> int:
        """Return the place in memory of the pixel explained, counted from zero."""
        return int(np.ravel_multi_index(self.index(), np.shape(self.image)))

    def reading(self) -> str:
        """Return the numbers, the place in memory explained, and what a shuffle changes."""
        shown = self.shown()
        *_, height, width = shown.shape
        heads = [str(row) for row in range(height)], [str(column) for column in range(width)]
        order = ", its pixels shuffled" if self.shuffled else ""
        size = f"picture {height} × {width}{order}; 0 is black"
        if shown.ndim == 2:
            planes = [(f"Gray {size}, {self.maximum} is white", shown)]
        else:
            planes = [
                (f"Channel {c}, {name}, of a color {size}, {self.maximum} is full {name}", plane)
                for c, (name, plane) in enumerate(zip(CHANNELS, shown, strict=True))
            ]
        tables = [
            table(title, [[str(value) for value in row] for row in plane.tolist()], *heads)
            for title, plane in planes
        ]
        sentences = [self._explained(shown), self._rows(shown), self._facts()]
        return "\n".join([*tables, *map(paragraph, sentences)])

    def _shuffle(self, image: np.ndarray) -> np.ndarray:
        *_, height, width = image.shape
        order = shuffle_order(height * width)
        return image.reshape(*image.shape[:-2], -1)[..., order].reshape(image.shape)

    def _explained(self, shown: np.ndarray) -> str:
        index = self.index()
        rule = "i·W + j" if shown.ndim == 2 else "c·H·W + i·W + j"
        name = f"x[{', '.join(map(str, index))}]"
        return (
            f"{name} = {shown[index]}. Its offset in memory is {rule} = "
            f"{offset_text(index, shown.shape)}: x.flatten()[{self.offset()}] = {shown[index]}."
        )

    def _rows(self, shown: np.ndarray) -> str:
        *_, height, width = shown.shape
        starts = ", ".join(f"row {row} at {row * width}" for row in range(height))
        planes = (
            ""
            if shown.ndim == 2
            else f" Channel 1 begins at {height * width}, channel 2 at {2 * height * width}."
        )
        return f"Memory holds the rows one after the other: {starts}.{planes}"

    def _facts(self) -> str:
        image = np.array(self.image, dtype=np.int64)
        return (
            f"The {image.size} values add up to {image.sum()}, in any order. The steps between "
            f"neighboring pixels add up to {steps(image)}; in the shuffled picture, "
            f"to {steps(self._shuffle(image))}."
        )


def steps(image: np.ndarray) -> int:
    """Add up how much neighboring pixels differ: small where a picture is smooth.

    Parameters
    ----------
    image : array, shape (..., H, W)
        Neighbors are side by side or one above the other, within a channel.

    Examples
    --------
    >>> steps(np.array([[0, 2], [0, 5]]))
    10
    """
    return int(sum(np.abs(np.diff(image, axis=axis)).sum() for axis in (-2, -1)))
