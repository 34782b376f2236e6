"""Where the time goes: sums over windows, computed as large matrix products.

Each of the three functions for the outside is one line on top of `windows`. That line is here too,
as a function named `_plain…`, for integers too large to be exact as floats. The rest makes the same
sums fast for floats:

- A matrix product wants windows as the columns of a matrix. Copying every window (im2col) writes
  each pixel kh · kw times. Here each pixel is written kw times: `_blocks` copies the rows of the
  image once for each column of the kernel, shifted by as much. What row i of the kernel meets is
  then no new copy, but the same memory read from i rows further on.
- So a convolution is kh matrix products, added up. Where they are too thin for that, their kh
  operands are stacked, a cheap copy in long runs, and multiplied at once.
- Output rows come in blocks whose copies stay in the processor's second-level cache.
- A stride s reads every s-th row. Rows are kept sorted by their remainder modulo s, so that what
  one row of the kernel meets is in one piece.
- Padding is no step of its own: copies are zero where they lie outside the image.
- The gradient for the input is such a convolution too, of the output's gradient with the turned
  filters: one for each remainder modulo the stride, each with its share of the weights.

Large convolutions in single precision take one of two other ways where those are faster:
`_winograd` for 3×3 filters over many channels, `_fourier` for large kernels. Both mix a tile's
pixels before they multiply, so their rounding is relative to the largest of them, and an infinity
would spread: what holds one is computed here.

Everything given here is known to fit together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cnncourse import _fourier, _winograd
from cnncourse._arguments import Array
from cnncourse._integers import Pair
from cnncourse.windows import Slide, slide_back, slide_over

# How much of an image is copied at a time: what today's second-level caches hold.
BLOCK_BYTES = 2**20
# Larger numbers than this might overflow in the middle of a transform.
MILD = 1e30


def correlate(x: Array, weight: Array, slide: Slide, groups: int) -> Array:
    """Multiply every window by every filter of its group, and add.

    Shapes (N, C, H, W) and (O, C / groups, kh, kw) give (N, O, H_out, W_out).
    """
    if x.dtype.kind != "f":
        return _plain_correlate(x, weight, slide, groups)
    if x.dtype == np.float32:
        if _winograd.wins(len(x), weight.shape, slide, groups) and _mild(x, weight):
            return _winograd.correlate(x, weight, slide)
        if _fourier.wins(len(x), weight.shape, slide, groups) and _mild(x, weight):
            return _fourier.correlate(x, weight, slide, groups)
    return correlate_windows(x, weight, slide, groups)


def correlate_windows(x: Array, weight: Array, slide: Slide, groups: int) -> Array:
    """`correlate` for floats by products with all windows, whatever the geometry."""
    images = len(x)
    filters, depth, kh, kw = weight.shape
    each = filters // groups
    rows, columns = slide.places
    result = np.empty((images, filters, rows, columns), x.dtype)
    flat = result.reshape(images, groups, each, rows * columns)
    # Weights in the order in which `_blocks` stacks what they meet: row, column, channel.
    # A copy, because BLAS takes no negative strides, and turned weights have them.
    matrix = np.ascontiguousarray(weight.transpose(0, 2, 3, 1))
    matrix = matrix.reshape(groups, each, kh * kw * depth)
    by_row = matrix.reshape(groups, each, kh, kw * depth)
    stack = _too_thin(each, kw * depth, kh)
    for some, places, operands in _blocks(x, slide, groups):
        target = flat[some, ..., places]
        if stack:
            np.matmul(matrix, _stacked(operands), out=target)
            continue
        np.matmul(by_row[:, :, 0], operands[0], out=target)
        for i in range(1, kh):
            target += by_row[:, :, i] @ operands[i]
    return result


def _plain_correlate(x: Array, weight: Array, slide: Slide, groups: int) -> Array:
    filters = weight.reshape(groups, len(weight) // groups, *weight.shape[1:])
    output = np.einsum("ngcyxij,gocij->ngoyx", _grouped_windows(x, slide, groups), filters)
    return output.reshape(len(x), len(weight), *slide.places)


def correlate_weight(x: Array, gradient: Array, slide: Slide, groups: int) -> Array:
    """Sum over all places what a weight met there times what came back: adjoint in the weight.

    Shapes (N, C, H, W) and (N, O, H_out, W_out) give (O, C / groups, kh, kw).
    """
    if x.dtype.kind != "f":
        return _plain_correlate_weight(x, gradient, slide, groups)
    images, channels = x.shape[:2]
    kh, kw = slide.kernel
    filters, depth = gradient.shape[1], channels // groups
    each = filters // groups
    flat = gradient.reshape(images, groups, each, math.prod(slide.places))
    matrix = np.zeros((groups, each, kh * kw * depth), x.dtype)
    by_row = matrix.reshape(groups, each, kh, kw * depth)
    stack = _too_thin(each, kw * depth, kh)
    for some, places, operands in _blocks(x, slide, groups):
        back = flat[some, ..., places]
        if stack:
            matrix += (back @ _stacked(operands).swapaxes(-1, -2)).sum(0)
            continue
        for i, operand in enumerate(operands):
            by_row[:, :, i] += (back @ operand.swapaxes(-1, -2)).sum(0)
    return matrix.reshape(filters, kh, kw, depth).transpose(0, 3, 1, 2).copy()


def _plain_correlate_weight(x: Array, gradient: Array, slide: Slide, groups: int) -> Array:
    back = gradient.reshape(len(x), groups, gradient.shape[1] // groups, *slide.places)
    result = np.einsum("ngoyx,ngcyxij->gocij", back, _grouped_windows(x, slide, groups))
    return result.reshape(-1, *result.shape[2:])


def correlate_input(gradient: Array, weight: Array, slide: Slide, groups: int, size: Pair) -> Array:
    """Scatter filter times gradient over an image of this size: adjoint in the image.

    Shapes (N, O, H_out, W_out) and (O, C / groups, kh, kw) give (N, C, H, W).
    """
    # A convolution multiplies weights by zeros beyond the border, which must not make NaN of ∞.
    if gradient.dtype.kind != "f" or not np.isfinite(weight).all():
        return _plain_correlate_input(gradient, weight, slide, groups, size)
    filters, depth, kh, kw = weight.shape
    turned = weight.reshape(groups, filters // groups, depth, kh, kw).swapaxes(1, 2)
    turned = turned.reshape(groups * depth, filters // groups, kh, kw)[:, :, ::-1, ::-1]

    def every(first: Pair) -> Array | None:
        """Gradient for every stride-th pixel from this one on; None if no window reads them."""
        vertical, horizontal = (_share(first[axis], axis, slide, size) for axis in (0, 1))
        if vertical is None or horizontal is None:
            return None
        part = turned[:, :, vertical[0], horizontal[0]]
        settings = zip(vertical[1:], horizontal[1:], strict=True)
        return correlate(gradient, part, Slide(part.shape[2:], (1, 1), *settings), groups)

    if slide.stride == (1, 1) and (result := every((0, 0))) is not None:
        return result
    sh, sw = slide.stride
    result = np.zeros((len(gradient), groups * depth, *size), gradient.dtype)
    for a in range(sh):
        for b in range(sw):
            if (share := every((a, b))) is not None:
                result[:, :, a::sh, b::sw] = share
    return result


def _share(first: int, axis: int, slide: Slide, size: Pair) -> tuple[slice, int, int, int] | None:
    """Which weights reach the pixels first, first + stride, … of an axis, and from where.

    Pixel first + stride · t was read by weight i of the window at t + (first + origin − dilation ·
    i) / stride, if that is whole. Returns those weights as a slice of the turned kernel, their
    dilation and origin as a convolution over the gradient, and the number of pixels; None if there
    are no such weights or pixels.
    """
    kernel, stride, dilation, origin, _ = (setting[axis] for setting in slide)
    weights = [i for i in range(kernel) if (first + origin - dilation * i) % stride == 0]
    pixels = len(range(first, size[axis], stride))
    if not weights or not pixels:
        return None
    step = weights[1] - weights[0] if len(weights) > 1 else 1
    farthest = (dilation * weights[-1] - first - origin) // stride
    turned = slice(kernel - 1 - weights[-1], kernel - weights[0], step)
    return turned, max(dilation * step // stride, 1), farthest, pixels


def _plain_correlate_input(
    gradient: Array, weight: Array, slide: Slide, groups: int, size: Pair
) -> Array:
    images, filters, rows, columns = gradient.shape
    _, depth, kh, kw = weight.shape
    matrix = weight.reshape(groups, filters // groups, depth * kh * kw).swapaxes(1, 2)
    products = matrix @ gradient.reshape(images, groups, filters // groups, rows * columns)
    patches = products.reshape(images, groups * depth, kh, kw, rows, columns)
    return slide_back(np.moveaxis(patches, (2, 3), (4, 5)), slide, size)


def _grouped_windows(x: Array, slide: Slide, groups: int) -> Array:
    """All windows, as (N, groups, C / groups, H_out, W_out, kh, kw)."""
    patches = slide_over(x, slide)
    return patches.reshape(len(x), groups, x.shape[1] // groups, *patches.shape[2:])


def _mild(x: Array, weight: Array) -> bool:
    """Whether all numbers are finite, and no sum of their products comes near the largest float."""
    lengths = [math.sqrt(np.vdot(array, array)) for array in (x, weight)]
    return max(*lengths, lengths[0] * lengths[1]) < MILD


def _too_thin(filters: int, thickness: int, kh: int) -> bool:
    """Whether kh products with `thickness` rows each take longer than one product of all rows.

    Adding up costs `filters` rows for each product but the first, stacking costs all rows once;
    measured, an added row costs about half a stacked one, and below eight rows the product itself
    is slow.
    """
    return kh > 1 and (thickness < 8 or (kh - 1) * filters > 2 * kh * thickness)


def _stacked(operands: list[Array]) -> Array:
    return np.concatenate(operands, axis=-2) if len(operands) > 1 else operands[0]


def _blocks(x: Array, slide: Slide, groups: int) -> Iterator[tuple[slice, slice, list[Array]]]:
    """Go through an image in blocks of output rows, and through the batch in blocks of images.

    Yields the images, the places (row · W_out + column) and, for each row i of the kernel, what its
    weights meet there, as matrices (images, groups, kw · C / groups, places). They are overwritten
    when the next block is asked for.
    """
    images, channels, height, width = x.shape
    (kh, kw), (sh, sw), (dh, dw), (top, left), (rows, columns) = slide
    depth = channels // groups
    grouped = x.reshape(images, groups, depth, height, width)
    if (kh, kw, sh, sw, top, left) == (1, 1, 1, 1, 0, 0) and slide.places == (height, width):
        yield slice(None), slice(None), [grouped.reshape(images, groups, depth, height * width)]
        return

    # Row i of the kernel meets rows of the padded image with this remainder, from this one on.
    remainders = [dh * i % sh for i in range(kh)]
    starts = [dh * i // sh for i in range(kh)]
    kept = sorted(set(remainders))
    row_bytes = max(channels * kw * len(kept) * columns * x.itemsize, 1)
    fitting = max(BLOCK_BYTES // row_bytes - starts[-1], 1)
    # Blocks of about equal height.
    block_rows = math.ceil(rows / math.ceil(rows / fitting))
    block_images = max(BLOCK_BYTES // (row_bytes * (block_rows + starts[-1])), 1)

    horizontal = [_inside(columns, sw, dw * j - left, width) for j in range(kw)]
    for first in range(0, rows, block_rows):
        count = min(block_rows, rows - first)
        stored = count + starts[-1]
        vertical = [_inside(stored, sh, sh * first + r - top, height) for r in kept]
        shape = (min(block_images, images), groups, kw, depth, len(kept), stored, columns)
        copies = np.empty(shape, x.dtype)
        # What lies outside the image is zero, at the same places for all images.
        for k, (into, _) in enumerate(vertical):
            copies[:, :, :, :, k, : into.start] = copies[:, :, :, :, k, into.stop :] = 0
        for j, (into, _) in enumerate(horizontal):
            copies[:, :, j, ..., : into.start] = copies[:, :, j, ..., into.stop :] = 0
        for start in range(0, images, block_images):
            some = slice(start, min(start + block_images, images))
            part, source = copies[: some.stop - start], grouped[some]
            for k, (into_rows, from_rows) in enumerate(vertical):
                for j, (into, across) in enumerate(horizontal):
                    part[:, :, j, :, k, into_rows, into] = source[:, :, :, from_rows, across]
            flat = part.reshape(len(part), groups, kw * depth, len(kept) * stored * columns)
            operands = []
            for remainder, row in zip(remainders, starts, strict=True):
                begin = (kept.index(remainder) * stored + row) * columns
                operands.append(flat[..., begin : begin + count * columns])
            yield some, slice(first * columns, (first + count) * columns), operands


def _inside(count: int, step: int, offset: int, size: int) -> tuple[slice, slice]:
    """Find which of the positions offset + step · (0 … count − 1) lie inside 0 … size − 1.

    Returns them as a slice of the numbers 0 … count − 1 and as a slice of the axis.
    """
    begin = min(max(-(offset // step), 0), count)
    end = max(min((size - 1 - offset) // step + 1, count), begin)
    start = offset + step * begin
    return slice(begin, end), slice(start, start + step * (end - begin), step)
