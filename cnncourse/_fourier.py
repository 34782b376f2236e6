"""Convolution through the Fourier transform, for large kernels over few channels.

The convolution theorem: a circular convolution is, frequency by frequency, one multiplication. So
each tile of an image is transformed, multiplied by the transformed kernel and transformed back, at
a cost that hardly depends on the kernel's size. A tile gives as many outputs as the kernel has
places in it; the others wrapped around and are dropped (overlap and save). Whether one tile covers
the image or many small ones do is a matter of cost: small ones make the transformed weights small.

Cross-correlation needs the conjugate of the transformed kernel.

Sources: Oppenheim and Schafer, *Discrete-Time Signal Processing*, section 8.7; Mathieu, Henaff and
LeCun, *Fast training of convolutional networks through FFTs*, 2014.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np

from cnncourse._arguments import Array
from cnncourse._integers import Pair
from cnncourse.windows import Slide, slide_over

# Tile sizes whose transform is fast.
LENGTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
# Kernels of fewer weights are not worth an estimate.
FEWEST_PIXELS = 25
# Nanoseconds that the parts take, measured: for each entry of a window, for each product with it;
# for each pixel of a tile that is transformed alone, or also put in the order of a matrix product.
COPY = 0.15
MULTIPLY_ADD = 0.022
PIXEL, DENSE_PIXEL = 3.0, 6.0
PRODUCT = 0.15
CALL = 1e5
# Spectra of so many images are held at a time.
BLOCK_BYTES = 2**22
# Transformed weights may be many times as large as weights: no tile is taken if they exceed this.
LARGEST_SPECTRA = 2**26


def correlate(x: Array, weight: Array, slide: Slide, groups: int) -> Array:
    """Multiply every window by every filter of its group, and add, at stride 1 and dilation 1.

    Shapes (N, C, H, W) and (O, C / groups, kh, kw) give (N, O, H_out, W_out). The error is that of
    rounding next to the largest values of a tile, not next to each result.
    """
    images, channels = x.shape[:2]
    filters, depth = weight.shape[:2]
    each = filters // groups
    _, size = plan(slide.kernel, slide.places, images, filters, depth, groups)
    steps = (size[0] - slide.kernel[0] + 1, size[1] - slide.kernel[1] + 1)
    tiles = (math.ceil(slide.places[0] / steps[0]), math.ceil(slide.places[1] / steps[1]))
    frequencies = size[0] * (size[1] // 2 + 1)

    # NumPy's transforms of float32 leave single precision unless they divide by the length: so
    # both forward ones do here, and the weights, which are small, make up for it.
    spectra = np.fft.rfft2(weight * np.float32((size[0] * size[1]) ** 2), size, norm="forward")
    spectra = np.conj(spectra, out=spectra).reshape(groups, each, depth, frequencies)
    dense = depth > 1 or each > 1
    if dense:
        # Frequency first: then the sum over channels is a matrix product.
        spectra = np.ascontiguousarray(np.moveaxis(spectra, -1, 1))

    patches = slide_over(x, Slide(size, steps, (1, 1), slide.origin, tiles))
    result = np.empty((images, filters, *slide.places), x.dtype)
    bytes_each = 8 * frequencies * math.prod(tiles) * max(channels, filters)
    together = max(BLOCK_BYTES // bytes_each, 1)
    for start in range(0, images, together):
        some = slice(start, min(start + together, images))
        seen = np.fft.rfft2(patches[some], norm="forward")
        count = len(seen)
        if dense:
            seen = seen.reshape(count, groups, depth, -1, frequencies)
            columns = np.ascontiguousarray(seen.transpose(1, 4, 2, 0, 3))
            columns = columns.reshape(groups, frequencies, depth, -1)
            products = (spectra @ columns).reshape(groups, frequencies, each, count, -1)
            product = np.ascontiguousarray(products.transpose(3, 0, 2, 4, 1))
        else:
            product = seen.reshape(count, groups, -1, frequencies)
            product *= spectra[:, 0]
        product = product.reshape(count, filters, *tiles, size[0], -1)
        found = np.fft.irfft2(product, size)[..., : steps[0], : steps[1]]
        whole = found.swapaxes(3, 4).reshape(count, filters, tiles[0] * steps[0], -1)
        result[some] = whole[..., : slide.places[0], : slide.places[1]]
    return result


def wins(images: int, weight: tuple[int, ...], slide: Slide, groups: int) -> bool:
    """Whether convolving so many images with a weight of this shape is estimated faster here."""
    pixels = math.prod(slide.kernel)
    if pixels < FEWEST_PIXELS or (slide.stride, slide.dilation) != ((1, 1), (1, 1)):
        return False
    filters, depth = weight[:2]
    windows = images * math.prod(slide.places) * groups * depth * pixels
    plain = windows * (COPY + filters / groups * MULTIPLY_ADD)
    here, _ = plan(slide.kernel, slide.places, images, filters, depth, groups)
    return here < 0.8 * plain


@lru_cache(256)
def plan(
    kernel: Pair, places: Pair, images: int, filters: int, depth: int, groups: int
) -> tuple[float, Pair]:
    """Estimate the nanoseconds that the cheapest tile takes; returns them and the tile's size.

    Infinitely many if there is no tile whose spectra fit into memory.
    """
    dense = depth > 1 or filters > groups
    fitting = [
        [length for length in LENGTHS if length >= 1.3 * k] or [2 * math.ceil(0.65 * k)]
        for k in kernel
    ]
    best: tuple[float, Pair] = (math.inf, (0, 0))
    for size in itertools.product(fitting[0], fitting[1]):
        tiles = images * math.prod(
            math.ceil(count / (length - k + 1))
            for count, length, k in zip(places, size, kernel, strict=True)
        )
        if 4 * math.prod(size) * filters * depth > LARGEST_SPECTRA:
            continue
        transforms = tiles * (groups * depth + filters) + filters * depth
        each = (DENSE_PIXEL if dense else PIXEL) * (1 + 16 / min(size))
        products = tiles * filters * depth
        estimate = CALL + math.prod(size) * (each * transforms + PRODUCT * products)
        best = min(best, (estimate, size))
    return best
