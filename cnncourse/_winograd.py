"""Winograd's minimal filtering: 3×3 convolutions with fewer multiplications, as matrix products.

F(m, 3) gives m outputs of a filter of three weights with m + 2 multiplications instead of 3 m:
y = Aᵀ[(G w) ∘ (Bᵀ x)], where x are m + 2 neighboring pixels. Two axes nest: a tile of (m + 2)²
pixels gives m² outputs. Between the transforms, each of the (m + 2)² entries is multiplied on its
own and summed over channels, which is one matrix product for each entry.

What is usual in C, a handful of additions for each tile, is slow in NumPy: the runs are short and
the tiles overlap. So a transform is a matrix product, too. The matrix `Strip.read` holds Bᵀ once
for each of about four neighboring tiles, shifted by m pixels, and turns a strip of pixels into all
entries of all its tiles at once; `Strip.write` does the same with Aᵀ. What reaches beyond the image
is left out of these matrices, and so is what is beyond the result: there is no padding to add and
none to cut off.

Channels are the last axis in between, so that rows are long; the products turn the axes on the way.

Sources: Winograd, *Arithmetic complexity of computations*, 1980; Lavin and Gray, *Fast algorithms
for convolutional neural networks*, 2016, section 4.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cnncourse._arguments import Array
from cnncourse.windows import Slide

# Bᵀ, G and Aᵀ of F(2, 3) and F(4, 3), for the points 0, 1, −1, (2, −2) and infinity.
PIXELS = {
    2: np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]),
    4: np.array(
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ]
    ),
}
WEIGHTS = {
    2: np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2,
    4: np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24,
}
OUTPUTS = {
    2: np.array([[1, 1, 1, 0], [0, 1, -1, -1]]),
    4: np.array(
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
    ),
}

# Measured: wider strips multiply by more zeros, narrower ones make products too small.
TILES_IN_STRIP = 4

# What the parts take, in multiply-adds of one large matrix product, measured.
WINDOW = 1.1
PRODUCT = 1.2
READ_TILE, WRITE_TILE = 1440, 1280
TRANSFORM_KERNEL = 1000
CALL = 2e6


class Strip(NamedTuple):
    """Some neighboring tiles along one axis."""

    tiles: int
    pixels: slice
    read: Array
    """Shape ((m + 2) · tiles, pixels): entry after entry, each for all tiles."""
    places: slice
    write: Array
    """Shape (places, (m + 2) · tiles)."""


def wins(images: int, weight: tuple[int, ...], slide: Slide, groups: int) -> bool:
    """Whether convolving so many images with a weight of this shape is estimated faster here."""
    if (slide.kernel, slide.stride, slide.dilation, groups) != ((3, 3), (1, 1), (1, 1), 1):
        return False
    filters, channels = weight[:2]
    windows = WINDOW * 9 * images * math.prod(slide.places) * channels * filters
    tiles, entries, length = images, 1, 0
    for count in slide.places:
        outputs = outputs_of_tile(count)
        along = math.ceil(count / outputs)
        tiles *= along
        entries *= outputs + 2
        length += outputs * min(along, TILES_IN_STRIP) + 2
    # The figures are those of F(4, 3) in strips of four tiles: 36 entries, 18 + 18 pixels.
    transforms = (READ_TILE * channels + WRITE_TILE * filters) * (entries / 36) * (length / 36)
    here = tiles * (PRODUCT * entries * channels * filters + transforms)
    here += TRANSFORM_KERNEL * (entries / 36) * channels * filters + CALL
    return here < 0.9 * windows


def correlate(x: Array, weight: Array, slide: Slide, outputs: int | None = None) -> Array:
    """Multiply every window by every filter, and add, for 3×3 filters at stride 1.

    Shapes (N, C, H, W) and (O, C, 3, 3) give (N, O, H_out, W_out). The error is that of rounding
    next to the largest values of a tile, not next to each result. `outputs` is m of F(m, 3), 2 or
    4; left out, it is chosen for each axis.
    """
    (images, channels, *size), filters = x.shape, len(weight)
    heights, widths = (outputs or outputs_of_tile(count) for count in slide.places)
    vertical = strips(size[0], slide.places[0], slide.origin[0], heights)
    horizontal = strips(size[1], slide.places[1], slide.origin[1], widths)
    weights = _transform(weight, heights, widths)

    tiles = max(strip.tiles for strip in vertical) * max(strip.tiles for strip in horizontal)
    # Enough tiles that reading all transformed weights once for each block pays.
    together = max(math.ceil(max(48, filters // 4) / tiles), 1)
    together = max(math.ceil(images / math.ceil(images / together)), 1) if images else 1
    entries = (heights + 2) * (widths + 2) * tiles * together * max(channels, filters)
    spaces = np.empty((2, entries), x.dtype)

    result = np.empty((images, filters, *slide.places), x.dtype)
    for start in range(0, images, together):
        some = slice(start, start + together)
        # Images and channels as one axis, the last: (H, W, N · C).
        source = x[some].reshape(-1, *size).transpose(1, 2, 0)
        target = result[some].reshape(-1, *slide.places).swapaxes(0, 1)
        for rows in vertical:
            for columns in horizontal:
                block = source[rows.pixels, columns.pixels]
                into = target[rows.places, :, columns.places]
                _multiply_tiles(block, weights, rows, columns, into, spaces)
    return result


def outputs_of_tile(count: int) -> int:
    """Choose F(2, 3) or F(4, 3) for so many outputs: fewer multiplications, or else less error."""
    return min((2, 4), key=lambda m: (m + 2) * math.ceil(count / m))


def _multiply_tiles(
    block: Array, weights: Array, rows: Strip, columns: Strip, into: Array, spaces: Array
) -> None:
    """Compute some tiles: a block (H, W, N · C) of images gives `into`, (H_out, N · O, W_out)."""
    across, down, channels, filters = weights.shape
    height, _, depth = block.shape
    images = depth // channels
    tiles = rows.tiles * columns.tiles * images

    def space(which: int, *shape: int) -> Array:
        return spaces[which, : math.prod(shape)].reshape(shape)

    # (H, entry · tile, N · C), then (entry, entry · tile, tile · N · C).
    read = space(0, height, across * columns.tiles, depth)
    np.matmul(columns.read, block, out=read)
    read = read.reshape(height, across, columns.tiles * depth).swapaxes(0, 1)
    entries = space(1, across, down * rows.tiles, columns.tiles * depth)
    np.matmul(rows.read, read, out=entries)

    products = space(0, across, down, tiles, filters)
    np.matmul(entries.reshape(across, down, tiles, channels), weights, out=products)

    # (entry, H_out, tile · N · O), then (H_out, N · O, W_out).
    products = products.reshape(across, down * rows.tiles, columns.tiles * images * filters)
    written = space(1, len(into), across, columns.tiles * images * filters)
    np.matmul(rows.write, products, out=written.swapaxes(0, 1))
    written = written.reshape(len(into), across * columns.tiles, images * filters)
    np.matmul(written.swapaxes(1, 2), columns.write.T, out=into)


def _transform(weight: Array, heights: int, widths: int) -> Array:
    """Transform filters (O, C, 3, 3) along both axes, to (entries across, down, C, O)."""
    filters, channels = weight.shape[:2]
    both = np.kron(WEIGHTS[widths], WEIGHTS[heights]).astype(weight.dtype)
    by_channel = weight.transpose(1, 3, 2, 0).reshape(channels, 9, filters)
    # Channels stay outermost in memory: a product reads rows that lie apart as fast as neighbors.
    transformed = np.matmul(both, by_channel)
    transformed = transformed.reshape(channels, widths + 2, heights + 2, filters)
    return transformed.transpose(1, 2, 0, 3)


@lru_cache(256)
def strips(size: int, count: int, before: int, outputs: int) -> list[Strip]:
    """Divide an axis of so many pixels and places into strips of about equally many tiles.

    `before` pixels are missing before the first one, `outputs` is m of F(m, 3).
    """
    tiles = math.ceil(count / outputs)
    parts = math.ceil(tiles / TILES_IN_STRIP)
    borders = [tiles * part // parts for part in range(parts + 1)]
    return [
        _strip(size, count, before, outputs, first, last)
        for first, last in itertools.pairwise(borders)
    ]


def _strip(size: int, count: int, before: int, outputs: int, first: int, last: int) -> Strip:
    entries, tiles = outputs + 2, last - first
    read = np.zeros((entries, tiles, outputs * tiles + 2), np.float32)
    write = np.zeros((outputs * tiles, entries, tiles), np.float32)
    for tile in range(tiles):
        pixel = outputs * tile
        read[:, tile, pixel : pixel + entries] = PIXELS[outputs]
        write[pixel : pixel + outputs, :, tile] = OUTPUTS[outputs]
    # Where the strip begins and ends in the image, and which part of it is inside.
    start, stop = outputs * first - before, outputs * last + 2 - before
    begin = min(max(start, 0), size)
    end = max(min(stop, size), begin)
    places = slice(outputs * first, min(outputs * last, count))
    inside = slice(begin - start, end - start) if end > begin else slice(0, 0)
    return Strip(
        tiles,
        slice(begin, end),
        np.ascontiguousarray(read.reshape(entries * tiles, -1)[:, inside]),
        places,
        np.ascontiguousarray(write[: places.stop - places.start].reshape(-1, entries * tiles)),
    )
