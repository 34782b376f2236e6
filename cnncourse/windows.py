"""The one idea underneath: a window slides over an image, and its adjoint puts everything back.

`windows` reads: it arranges all windows of an image in one array, without copying a pixel.
`scatter` writes: it puts every window back where it was read, and adds where windows overlap.
`pad` and `pad_adjoint` are the same kind of pair for the border. In each pair the second is the
transpose of the first as a matrix, ⟨windows(x), y⟩ = ⟨x, scatter(y)⟩, and therefore also its
gradient. Convolution, pooling, their gradients and the transposed convolution are a line of
arithmetic on top of these four.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from cnncourse import geometry
from cnncourse._arguments import Array, array, check_rank, narrow, quietly, widen
from cnncourse._integers import (
    LONGEST,
    IntOrPair,
    Pair,
    choice,
    describe,
    integer,
    is_sequence,
    pair,
)

__all__ = ["pad", "pad_adjoint", "scatter", "windows"]


class Slide(NamedTuple):
    """Where a window of kernel (kh, kw) goes over an image, for settings known to be good."""

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    origin: Pair = (0, 0)
    """How far above and to the left of the image the first window starts: the padding."""
    places: Pair = (1, 1)
    """Number of windows, vertically and horizontally."""

    def border(self, size: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Pixels (left, right, top, bottom) that the windows need around an image of this size.

        Negative where they do not reach its end.
        """
        (top, bottom), (left, right) = (
            (before, (count - 1) * stride + dilation * (k - 1) + 1 - before - n)
            for n, k, stride, dilation, before, count in zip(size, *self, strict=True)
        )
        return left, right, top, bottom


def windows(
    x: ArrayLike, kernel_size: IntOrPair, stride: IntOrPair = 1, dilation: IntOrPair = 1
) -> Array:
    """View every window of an image, without copying it.

    Parameters
    ----------
    x : array, shape (N, C, H, W), (C, H, W) or (H, W)
        The image. Any number of axes may come before the last two.
    kernel_size : int or pair of int
        Height and width (kh, kw) of the window, in pixels read.
    stride : int or pair of int
        Rows and columns between neighboring windows.
    dilation : int or pair of int
        Rows and columns between the pixels that a window reads.

    Returns
    -------
    array, shape (N, C, H_out, W_out, kh, kw), or with the leading axes of `x`
        A read-only view: entry ``[..., r, c, i, j]`` is
        ``x[..., r * stride + i * dilation, c * stride + j * dilation]``.

    Raises
    ------
    TypeError, ValueError
        If `x` is no array of numbers with at least two axes, if a setting is out of range, or if
        no window fits.

    See Also
    --------
    scatter : the adjoint.

    Examples
    --------
    >>> x = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    >>> patches = windows(x, 2)
    >>> patches.shape
    (2, 2, 2, 2)
    >>> patches[0, 1]
    array([[2, 3],
           [5, 6]])
    >>> np.shares_memory(patches, x)
    True
    """
    function = "windows"
    x = array(function, "x", x, "moves")
    kernel = pair(function, "kernel_size", kernel_size, 1)
    steps = pair(function, "stride", stride, 1)
    holes = pair(function, "dilation", dilation, 1)
    _output_size(function, _height_width(function, "x", x), kernel, steps, holes)
    return view(x, kernel, steps, holes)


def view(x: Array, kernel: Pair, stride: Pair = (1, 1), dilation: Pair = (1, 1)) -> Array:
    """`windows` for arguments known to be good."""
    covered = (dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1)
    contiguous = sliding_window_view(x, covered, axis=(-2, -1))
    return contiguous[..., :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def slide_over(x: Array, slide: Slide, value: Any = 0) -> Array:
    """View the windows of an image, filled up with `value` where they reach beyond it."""
    padded = add_border(x, slide.border(x.shape[-2:]), value)
    return view(padded, slide.kernel, slide.stride, slide.dilation)


@quietly
def scatter(
    patches: ArrayLike, size: IntOrPair, stride: IntOrPair = 1, dilation: IntOrPair = 1
) -> Array:
    """Put every window back where it was read, and add: the adjoint of `windows`.

    Parameters
    ----------
    patches : array, shape (N, C, H_out, W_out, kh, kw), or with other leading axes
        One window a place, arranged as `windows` returns them.
    size : int or pair of int
        Height and width (H, W) of the image they were read from.
    stride, dilation : int or pair of int
        As for `windows`.

    Returns
    -------
    array, shape (N, C, H, W), or with the leading axes of `patches`
        Each pixel is the sum of all window entries that were read there, 0 where none was.

    Raises
    ------
    TypeError, ValueError
        If `patches` is no array of numbers with at least four axes, if an image of `size` has
        another number of windows, or if an integer sum does not fit the dtype.

    See Also
    --------
    windows : its adjoint, ⟨windows(x), y⟩ = ⟨x, scatter(y)⟩.

    Examples
    --------
    Scattering the windows of ones counts how often each pixel is read.

    >>> scatter(windows(np.ones((3, 3)), 2), size=3)
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    function = "scatter"
    patches = array(function, "patches", patches)
    if patches.ndim < 4:
        raise ValueError(
            f"{function}: patches must have shape (..., H_out, W_out, kh, kw), "
            f"got {patches.ndim} axes: shape {patches.shape}"
        )
    target = pair(function, "size", size, 1)
    steps = pair(function, "stride", stride, 1)
    holes = pair(function, "dilation", dilation, 1)
    places, kernel = patches.shape[-4:-2], patches.shape[-2:]
    if 0 in kernel:
        raise ValueError(f"{function}: patches holds empty windows, got shape {patches.shape}")
    expected = _output_size(function, target, kernel, steps, holes)
    if places != expected:
        raise ValueError(
            f"{function}: an image of size {target} has {expected} windows of {kernel} at stride "
            f"{steps} and dilation {holes}, but patches has {places}: shape {patches.shape}"
        )
    wide, _ = widen(kernel[0] * kernel[1], patches)
    return narrow(function, add_back(wide, target, steps, holes), patches.dtype)


def add_back(patches: Array, size: Pair, stride: Pair = (1, 1), dilation: Pair = (1, 1)) -> Array:
    """`scatter` for arguments known to be good.

    The sum runs over the kernel's few positions, not over the many places: all entries that stand
    at one position of their window land on different pixels, so each position is one addition.
    """
    rows, columns, kh, kw = patches.shape[-4:]
    image = np.zeros((*patches.shape[:-4], *size), patches.dtype)
    for i in range(kh):
        for j in range(kw):
            top, left = i * dilation[0], j * dilation[1]
            image[
                ...,
                top : top + stride[0] * rows : stride[0],
                left : left + stride[1] * columns : stride[1],
            ] += patches[..., i, j]
    return image


def slide_back(patches: Array, slide: Slide, size: Pair) -> Array:
    """Scatter over an image of this size and drop what falls beyond it: `slide_over`'s adjoint."""
    left, right, top, bottom = (max(n, 0) for n in slide.border(size))
    height, width = size
    padded = (top + height + bottom, left + width + right)
    image = add_back(patches, padded, slide.stride, slide.dilation)
    return image[..., top : top + height, left : left + width]


def pad(input: ArrayLike, pad: Any, mode: str = "constant", value: float | None = None) -> Array:
    """Add pixels around an image, or crop it, as `torch.nn.functional.pad` does.

    Parameters
    ----------
    input : array, any shape
        Usually (N, C, H, W) or (C, H, W).
    pad : sequence of int
        ``(left, right)``, ``(left, right, top, bottom)`` and so on: two numbers an axis, the last
        axis first. Negative numbers crop.
    mode : {"constant", "reflect", "replicate", "circular"}
        What the added pixels are: `value`; the image mirrored at its border pixels, which are not
        repeated; copies of the border pixels; the opposite end of the image. The last three take
        2 numbers for 2 or 3 axes, 4 for 3 or 4, and 6 for 4 or 5.
    value : float, optional
        What "constant" fills in, 0 by default.

    Returns
    -------
    array
        A new array with the dtype of `input`.

    Raises
    ------
    TypeError, ValueError
        If `pad` is no sequence of an even number of integers or too long, if more is cropped than
        there is, if reflect padding is not smaller than its axis or circular padding larger than
        it, if the mode is unknown or takes no `value`, or if the dtype cannot hold `value`.

    See Also
    --------
    pad_adjoint : the adjoint; cnncourse.geometry.padding_indices : the modes as lists of indices.

    Examples
    --------
    >>> x = np.array([[1, 2, 3], [4, 5, 6]])
    >>> pad(x, (1, 1))
    array([[0, 1, 2, 3, 0],
           [0, 4, 5, 6, 0]])
    >>> pad(x, (2, -1), mode="reflect")
    array([[3, 2, 1, 2],
           [6, 5, 4, 5]])
    """
    function = "pad"
    image = array(function, "input", input, "moves")
    amounts = _amounts(function, image.shape, pad, mode)
    if mode != "constant" and value is not None and value != 0:
        raise ValueError(
            f"{function}: only mode 'constant' takes a value, got {value!r} for {mode!r}"
        )
    return extend(image, amounts, mode, _fill_value(image.dtype, value))


def extend(image: Array, amounts: list[Pair], mode: str, value: Any = 0) -> Array:
    """Pad each axis by its (before, after), for arguments known to be good; always a new array."""
    if mode == "constant":
        return _fill_border(image, amounts, value)
    extended = image
    for axis, (before, after) in enumerate(amounts):
        if before or after:
            indices = geometry.padding_indices(image.shape[axis], before, after, mode)
            extended = np.take(extended, np.array(indices, np.intp), axis)
    return image.copy() if extended is image else extended


@quietly
def pad_adjoint(padded: ArrayLike, pad: Any, mode: str = "constant") -> Array:
    """Bring every added pixel back to the pixel it was copied from: the adjoint of `pad`.

    Parameters
    ----------
    padded : array, any shape
        An array of the shape that `pad` returns, such as a gradient.
    pad : sequence of int
        The numbers that were given to `pad`.
    mode : {"constant", "reflect", "replicate", "circular"}
        The mode that was given to `pad`; for "constant" the added pixels are dropped (they were
        copied from nowhere) and cropped ones become 0.

    Returns
    -------
    array
        Shape of what was padded.

    Raises
    ------
    TypeError, ValueError
        As `pad`; also if nothing can have been padded to that shape.

    Examples
    --------
    With replicate padding the two border pixels are read three times each.

    >>> pad_adjoint(np.ones((1, 8)), (2, 2), mode="replicate")
    array([[3., 1., 1., 3.]])
    >>> pad_adjoint(np.ones((1, 8)), (2, 2))
    array([[1., 1., 1., 1.]])
    """
    function = "pad_adjoint"
    gradient = array(function, "padded", padded)
    numbers = _numbers(function, pad)
    shape = list(gradient.shape)
    for axis, (before, after) in enumerate(_by_axis(function, gradient.ndim, numbers)):
        shape[axis] -= before + after
    if min(shape, default=0) < 0:
        raise ValueError(
            f"{function}: padding by {tuple(numbers)} leads to no such shape as {gradient.shape}"
        )
    amounts = _amounts(function, tuple(shape), numbers, mode)
    if mode == "constant":
        zero = gradient.dtype.type(0)
        return _fill_border(gradient, [(-before, -after) for before, after in amounts], zero)
    dtype = gradient.dtype
    (wide, _) = widen(max(gradient.size, 1), gradient)
    for axis, (before, after) in enumerate(amounts):
        if before or after:
            indices = geometry.padding_indices(shape[axis], before, after, mode)
            moved = np.moveaxis(wide, axis, 0)
            sums = np.zeros((shape[axis], *moved.shape[1:]), moved.dtype)
            np.add.at(sums, np.array(indices, np.intp), moved)
            wide = np.moveaxis(sums, 0, axis)
    return (
        np.ascontiguousarray(narrow(function, wide, dtype)) if wide is not gradient else wide.copy()
    )


def add_border(image: Array, border: tuple[int, ...], value: Any = 0) -> Array:
    """Fill (left, right, top, bottom) with `value`, for arguments known to be good."""
    if not any(border):
        return image
    left, right, top, bottom = border
    amounts = [(0, 0)] * (image.ndim - 2) + [(top, bottom), (left, right)]
    return _fill_border(image, amounts, value)


def _fill_border(image: Array, amounts: list[Pair], value: Any) -> Array:
    """Copy an image into a larger (or, where negative, smaller) array filled with `value`."""
    # np.pad does the same several times slower.
    shape, into, source = [], [], []
    for size, (before, after) in zip(image.shape, amounts, strict=True):
        length = before + size + after
        start, stop = max(0, -before), min(size, length - before)
        shape.append(length)
        source.append(slice(start, max(start, stop)))
        into.append(slice(start + before, max(start, stop) + before))
    result = np.full(shape, value, image.dtype)
    result[tuple(into)] = image[tuple(source)]
    return result


def _fill_value(dtype: np.dtype[Any], value: Any) -> Any:
    """Return the number that fills the border as `dtype`, cut toward zero as torch cuts it."""
    if value is None:
        return dtype.type(0)
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, (int, float)):
        raise TypeError(f"pad: value must be a number, got {describe(value)}")
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if not limits.min <= value <= limits.max:
            raise ValueError(
                f"pad: value {value} does not fit {dtype}, the dtype of input "
                f"(from {limits.min} to {limits.max})"
            )
        return dtype.type(int(value))
    with np.errstate(over="ignore"):
        return dtype.type(value)


def _numbers(function: str, pad: Any) -> list[int]:
    if not is_sequence(pad):
        raise TypeError(
            f"{function}: pad must be a sequence of integers, two an axis, last axis first, "
            f"got {describe(pad)}"
        )
    return [integer(function, f"pad[{i}]", number, maximum=LONGEST) for i, number in enumerate(pad)]


def _by_axis(function: str, axes: int, numbers: list[int]) -> list[Pair]:
    """Turn torch's order, last axis first, into one (before, after) an axis."""
    if len(numbers) % 2:
        raise ValueError(
            f"{function}: pad needs two numbers an axis, got {len(numbers)}: {tuple(numbers)}"
        )
    if len(numbers) > 2 * axes:
        raise ValueError(
            f"{function}: pad has {len(numbers)} numbers, but an array of {axes} axes takes at "
            f"most {2 * axes}"
        )
    pairs = [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), 2)]
    return [(0, 0)] * (axes - len(pairs)) + pairs[::-1]


def _amounts(function: str, shape: tuple[int, ...], pad: Any, mode: str) -> list[Pair]:
    """Check a padding against the shape it pads."""
    choice(function, "mode", mode, geometry.PADDING_MODES)
    numbers = _numbers(function, pad)
    amounts = _by_axis(function, len(shape), numbers)
    if mode != "constant":
        padded_axes = len(numbers) // 2
        if len(shape) not in (padded_axes + 1, padded_axes + 2) or padded_axes not in (1, 2, 3):
            raise ValueError(
                f"{function}: mode {mode!r} takes 2 numbers for 2 or 3 axes, 4 for 3 or 4, "
                f"6 for 4 or 5; got {len(numbers)} numbers for shape {shape}"
            )
        batched = len(shape) == padded_axes + 2
        if 0 in shape[batched:]:
            raise ValueError(
                f"{function}: in mode {mode!r} only the batch, the first of {padded_axes + 2} "
                f"axes, may be empty; got shape {shape}"
            )
    check_amounts(function, shape, amounts, mode)
    return amounts


def check_amounts(function: str, shape: tuple[int, ...], amounts: list[Pair], mode: str) -> None:
    """Refuse what a mode cannot do on one of the axes."""
    for size, (before, after) in zip(shape, amounts, strict=True):
        if before or after:
            geometry.check_padding(function, size, before, after, mode)


def _height_width(function: str, name: str, x: Array) -> Pair:
    if x.ndim < 2:
        check_rank(function, name, x, {2: "(..., H, W)"})
    height, width = x.shape[-2:]
    return height, width


def _output_size(function: str, size: Pair, kernel: Any, stride: Pair, dilation: Pair) -> Pair:
    if 0 in size:
        raise ValueError(f"{function}: an image of size {size} has no pixels")
    counts = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        covered = d * (k - 1) + 1
        if covered > n:
            raise ValueError(
                f"{function}: no window fits: kernel_size {tuple(kernel)} at dilation {dilation} "
                f"covers {covered} pixels along an axis of {n}; image size {size}"
            )
        counts.append((n - covered) // s + 1)
    return counts[0], counts[1]
