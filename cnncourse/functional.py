"""NumPy twins of `torch.nn.functional`: same names, argument order, defaults and meaning.

Everything here is a line or a few on top of `windows`, which reads, and its adjoint `scatter`,
which writes back. So a convolution is every window times every filter; its gradient for the
filters is the same windows times what flows back; its gradient for the image scatters filter
times what flows back, and that is also the transposed convolution. Pooling reduces the windows.

Rules that hold for all functions
---------------------------------
- Arrays or nested lists; a list takes the dtype of the other arguments. Arrays of different
  dtypes are refused, as torch refuses them; so are booleans and complex numbers.
- Floats keep their dtype; float16 is computed in float32 and rounded once. Integers give exact
  integers of their dtype, computed so that nothing can overflow on the way; a result that the
  dtype cannot hold is refused, where torch would wrap around.
- Large convolutions in float32 take a faster way where there is one: Winograd's filtering for 3×3
  filters at stride 1 with many channels, Fourier transforms for large kernels. Their rounding is
  relative to the largest values nearby: within 1e-4 of the norm of the result, typically 3e-6.
  Float64 and integers are always summed product by product.
- Images are (N, C, H, W) or a single (C, H, W). Only the batch may be empty.
- Nothing given is modified, and what is returned shares no memory with it.
- What torch refuses is refused with a ValueError or a TypeError that says what would fit.

`cross_correlate` and `convolve` are not torch's: they are the same sum for one plain picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnncourse import _gemm, _settings
from cnncourse._arguments import (
    Array,
    array,
    arrays,
    check_images,
    narrow,
    quietly,
    widen,
)
from cnncourse._integers import IntOrPair, flag, integer
from cnncourse.windows import Slide, add_border, extend, pad, slide_back, slide_over, view

__all__ = [
    "avg_pool2d",
    "conv2d",
    "conv2d_input",
    "conv2d_weight",
    "conv_transpose2d",
    "convolve",
    "cross_correlate",
    "cross_entropy",
    "fold",
    "interpolate",
    "linear",
    "log_softmax",
    "lp_pool2d",
    "max_pool2d",
    "max_unpool2d",
    "pad",
    "relu",
    "softmax",
    "unfold",
]


def cross_correlate(
    x: ArrayLike, kernel: ArrayLike, padding: str | IntOrPair = "valid", mode: str = "constant"
) -> Array:
    """Slide a kernel over a picture; at each place, multiply and add.

    This is what convolutional networks compute. The kernel is not turned; see `convolve`.

    Parameters
    ----------
    x : array, shape (H, W)
        The picture.
    kernel : array, shape (kh, kw)
        The weights.
    padding : {"valid", "same", "full"}, int or pair of int
        Pixels added on each side first: none; as many as keep the size; as many as let the
        kernel touch the picture with a single pixel; or a number.
    mode : {"constant", "reflect", "replicate", "circular"}
        What the added pixels are, as in `pad`; "constant" means zeros.

    Returns
    -------
    array, shape (H_out, W_out)
        ``out[r, c] = Σ x[r + i, c + j] · kernel[i, j]``, over the padded picture.

    Raises
    ------
    TypeError, ValueError
        If an argument is no picture, the dtypes differ, or the kernel does not fit.

    Examples
    --------
    >>> x = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]])
    >>> cross_correlate(x, [[1, 0], [0, 2]])
    array([[3, 8],
           [0, 3]])
    """
    return _sum_of_products("cross_correlate", x, kernel, padding, mode)


def convolve(
    x: ArrayLike, kernel: ArrayLike, padding: str | IntOrPair = "valid", mode: str = "constant"
) -> Array:
    """Slide a kernel turned by 180° over a picture: the convolution of mathematics.

    Turning is what makes it commutative: with "full" padding, ``convolve(x, kernel, "full")``
    equals ``convolve(kernel, x, "full")``.

    Parameters
    ----------
    x, kernel, padding, mode
        As for `cross_correlate`.

    Returns
    -------
    array, shape (H_out, W_out)
        For "full", ``out[r, c] = Σ x[r − i, c − j] · kernel[i, j]``.

    Raises
    ------
    TypeError, ValueError
        As `cross_correlate`.

    Examples
    --------
    >>> x = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]])
    >>> convolve(x, [[1, 0], [0, 2]])
    array([[3, 7],
           [0, 3]])
    """
    return _sum_of_products("convolve", x, kernel, padding, mode, turned=True)


@quietly
def conv2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: IntOrPair = 1,
    padding: str | IntOrPair = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """Slide filters over images: a convolutional layer (which cross-correlates).

    Parameters
    ----------
    input : array, shape (N, C_in, H, W) or (C_in, H, W)
        The images.
    weight : array, shape (C_out, C_in / groups, kh, kw)
        The filters.
    bias : array, shape (C_out,), optional
        Added to each output channel.
    stride : int or pair of int
        Step of the window, (vertical, horizontal).
    padding : int, pair of int, "valid" or "same"
        Zeros added on each side. "same" keeps the size, for stride 1 only; where the sum is odd,
        one more goes below and to the right.
    dilation : int or pair of int
        Distance between neighboring weights.
    groups : int
        Into how many equal parts the channels are split; each part sees only its own inputs.

    Returns
    -------
    array, shape (N, C_out, H_out, W_out) or (C_out, H_out, W_out)
        H_out as `cnncourse.geometry.output_size` counts.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit together, a setting is out of range, or the kernel is larger than
        the padded image.

    References
    ----------
    LeCun et al., *Gradient-based learning applied to document recognition*, 1998, section II.

    Examples
    --------
    >>> x = np.array([[[1, 2, 0], [0, 1, 3], [2, 0, 1]]])
    >>> w = np.array([[[[1, 0], [0, 2]]]])
    >>> conv2d(x, w, bias=[10])
    array([[[13, 18],
            [10, 13]]])
    >>> conv2d(x, w, stride=2, padding=1)
    array([[[2, 0],
            [4, 3]]])
    """
    function = "conv2d"
    image, filters, offsets = arrays(function, input=input, weight=weight, bias=bias)
    slide, parts = _settings.convolution(
        function, image, filters, offsets, stride, padding, dilation, groups
    )
    terms = filters[0].size
    wide, wide_filters, wide_offsets = widen(terms, _batch(image), filters, plus=offsets)
    output = _gemm.correlate(wide, wide_filters, slide, parts)
    if wide_offsets is not None:
        output += wide_offsets[:, None, None]
    return narrow(function, _unbatch(output, image), image.dtype)


@quietly
def conv_transpose2d(
    input: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    groups: int = 1,
    dilation: IntOrPair = 1,
) -> Array:
    """Stamp filters, weighted by the input, onto a larger image: the adjoint of `conv2d`.

    It undoes the shape of a convolution, not its values.

    Parameters
    ----------
    input : array, shape (N, C_in, H, W) or (C_in, H, W)
        The images.
    weight : array, shape (C_in, C_out / groups, kh, kw)
        The stamps; as the weight of a convolution from C_out to C_in channels.
    bias : array, shape (C_out,), optional
        Added to each output channel.
    stride : int or pair of int
        Step between stamps, (vertical, horizontal).
    padding : int or pair of int
        Rows and columns cut off on each side of the output.
    output_padding : int or pair of int
        Rows below and columns on the right that are kept in addition; smaller than stride or
        dilation.
    groups : int
        Into how many equal parts the channels are split.
    dilation : int or pair of int
        Distance between neighboring weights.

    Returns
    -------
    array, shape (N, C_out, H_out, W_out) or (C_out, H_out, W_out)
        H_out as `cnncourse.geometry.transposed_output_size` counts.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit together, a setting is out of range, or nothing would be left.

    References
    ----------
    Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, chapter 4.

    Examples
    --------
    >>> x = np.array([[[1, 2]]])
    >>> stamp = np.array([[[[1, 1, 1]]]])
    >>> conv_transpose2d(x, stamp, stride=2)
    array([[[1, 1, 3, 2, 2]]])
    """
    function = "conv_transpose2d"
    image, stamps, offsets = arrays(function, input=input, weight=weight, bias=bias)
    slide, parts, size = _settings.transposed_convolution(
        function, image, stamps, offsets, stride, padding, output_padding, groups, dilation
    )
    terms = stamps[:, 0].size
    wide, wide_stamps, wide_offsets = widen(terms, _batch(image), stamps, plus=offsets)
    output = _gemm.correlate_input(wide, wide_stamps, slide, parts, size)
    if wide_offsets is not None:
        output += wide_offsets[:, None, None]
    return narrow(function, _unbatch(output, image), image.dtype)


@quietly
def conv2d_input(
    input_size: Sequence[int],
    weight: ArrayLike,
    grad_output: ArrayLike,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """Gradient of `conv2d` for its input, the twin of `torch.nn.grad.conv2d_input`.

    Each window sends back filter times gradient: ``scatter(weight * grad_output)``.

    Parameters
    ----------
    input_size : (N, C_in, H, W)
        Shape of the input.
    weight : array, shape (C_out, C_in / groups, kh, kw)
        The filters.
    grad_output : array, shape (N, C_out, H_out, W_out)
        Gradient of the loss for the output.
    stride, padding, dilation, groups
        As given to `conv2d`; padding in numbers.

    Returns
    -------
    array, shape (N, C_in, H, W)
        Gradient of the loss for the input.

    Raises
    ------
    TypeError, ValueError
        As `conv2d`; also if `grad_output` has not the shape of that convolution's output.

    Examples
    --------
    Which outputs does each pixel reach, and how strongly?

    >>> conv2d_input((1, 1, 1, 4), [[[[1, 2]]]], np.array([[[[1, 10, 100]]]]))
    array([[[[  1,  12, 120, 200]]]])
    """
    function = "conv2d_input"
    filters, gradient = arrays(function, weight=weight, grad_output=grad_output)
    slide, parts, size = _settings.input_gradient(
        function, input_size, filters, gradient, stride, padding, dilation, groups
    )
    wide, wide_filters, _ = widen(filters[:, 0].size, gradient, filters)
    result = _gemm.correlate_input(wide, wide_filters, slide, parts, size)
    return narrow(function, result, gradient.dtype)


@quietly
def conv2d_weight(
    input: ArrayLike,
    weight_size: Sequence[int],
    grad_output: ArrayLike,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """Gradient of `conv2d` for its weight, the twin of `torch.nn.grad.conv2d_weight`.

    Each weight collects what it met times what came back: the input cross-correlated with
    `grad_output`, summed over the batch.

    Parameters
    ----------
    input : array, shape (N, C_in, H, W)
        The images.
    weight_size : (C_out, C_in / groups, kh, kw)
        Shape of the filters.
    grad_output : array, shape (N, C_out, H_out, W_out)
        Gradient of the loss for the output.
    stride, padding, dilation, groups
        As given to `conv2d`; padding in numbers.

    Returns
    -------
    array, shape (C_out, C_in / groups, kh, kw)
        Gradient of the loss for the weight.

    Raises
    ------
    TypeError, ValueError
        As `conv2d`; also if `grad_output` has not the shape of that convolution's output.

    Examples
    --------
    >>> x = np.array([[[[1, 2, 3, 4]]]])
    >>> conv2d_weight(x, (1, 1, 1, 2), [[[[1, 10, 100]]]])
    array([[[[321, 432]]]])
    """
    function = "conv2d_weight"
    image, gradient = arrays(function, input=input, grad_output=grad_output)
    slide, parts = _settings.weight_gradient(
        function, image, weight_size, gradient, stride, padding, dilation, groups
    )
    wide, wide_gradient, _ = widen(gradient[:, 0].size, image, gradient)
    result = _gemm.correlate_weight(wide, wide_gradient, slide, parts)
    return narrow(function, result, image.dtype)


def unfold(
    input: ArrayLike,
    kernel_size: IntOrPair,
    dilation: IntOrPair = 1,
    padding: IntOrPair = 0,
    stride: IntOrPair = 1,
) -> Array:
    """Copy every window into a column (im2col).

    Parameters
    ----------
    input : array, shape (N, C, H, W) or (C, H, W)
        The images.
    kernel_size, dilation, padding, stride : int or pair of int
        The windows, (vertical, horizontal); padding adds zeros on each side.

    Returns
    -------
    array, shape (N, C · kh · kw, L) or (C · kh · kw, L)
        One column for each of the L = H_out · W_out windows, row by row.

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range or no window fits.

    Examples
    --------
    >>> unfold([[[1, 2, 3], [4, 5, 6]]], 2)
    array([[1, 2],
           [2, 3],
           [4, 5],
           [5, 6]])
    """
    function = "unfold"
    image = array(function, "input", input, "moves")
    check_images(function, "input", image)
    slide = _settings.sliding_blocks(
        function, image.shape[-2:], kernel_size, dilation, padding, stride
    )
    patches = slide_over(image, slide)
    channels, rows, columns, kh, kw = patches.shape[-5:]
    columns_of_windows = np.moveaxis(patches, (-2, -1), (-4, -3)).copy()
    return columns_of_windows.reshape(*image.shape[:-3], channels * kh * kw, rows * columns)


@quietly
def fold(
    input: ArrayLike,
    output_size: IntOrPair,
    kernel_size: IntOrPair,
    dilation: IntOrPair = 1,
    padding: IntOrPair = 0,
    stride: IntOrPair = 1,
) -> Array:
    """Put columns back as windows and add where they overlap: the adjoint of `unfold`.

    Parameters
    ----------
    input : array, shape (N, C · kh · kw, L) or (C · kh · kw, L)
        The columns.
    output_size : int or pair of int
        Height and width (H, W) of the image.
    kernel_size, dilation, padding, stride : int or pair of int
        As given to `unfold`.

    Returns
    -------
    array, shape (N, C, H, W) or (C, H, W)
        The sums.

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range, or if an image of that size has another number of windows.

    Examples
    --------
    >>> fold([[1, 2], [2, 3], [4, 5], [5, 6]], (2, 3), 2)
    array([[[ 1,  4,  3],
            [ 4, 10,  6]]])
    """
    function = "fold"
    blocks = array(function, "input", input)
    slide, size = _settings.columns(
        function, blocks, output_size, kernel_size, dilation, padding, stride
    )
    *images, thickness, _ = blocks.shape
    (kh, kw), (rows, columns) = slide.kernel, slide.places
    patches = blocks.reshape(*images, thickness // (kh * kw), kh, kw, rows, columns)
    wide, _ = widen(kh * kw, np.moveaxis(patches, (-4, -3), (-2, -1)))
    return narrow(function, slide_back(wide, slide, size), blocks.dtype)


def max_pool2d(
    input: ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array | tuple[Array, Array]:
    """Report the largest value of every window.

    Parameters
    ----------
    input : array, shape (N, C, H, W) or (C, H, W)
        The images.
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Step of the window; `kernel_size` if not given.
    padding : int or pair of int
        Pixels added on each side, which are never the largest; at most half the kernel.
    dilation : int or pair of int
        Distance between the pixels that a window reads.
    ceil_mode : bool
        Also keep a last window that reaches past the padded input, if it starts inside the input
        or its left padding.
    return_indices : bool
        Also return where each maximum was, as ``row * W + column`` in the unpadded image.

    Returns
    -------
    array, shape (N, C, H_out, W_out) or (C, H_out, W_out)
        The maxima. NaN counts as larger than everything.
    array of int64, same shape
        Only with `return_indices`. The first of equal maxima; the last of several NaN, as torch.

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range, if no window fits, or if indices are asked for and a
        (dilated) window reads nothing but padding.

    Examples
    --------
    >>> x = np.array([[[1, 2, 3, 0], [4, 0, 3, 3]]])
    >>> values, indices = max_pool2d(x, 2, return_indices=True)
    >>> values, indices
    (array([[[4, 3]]]), array([[[4, 2]]]))
    """
    function = "max_pool2d"
    image = array(function, "input", input)
    slide = _settings.pooling(function, image, kernel_size, stride, padding, dilation, ceil_mode)
    with_indices = flag(function, "return_indices", return_indices)
    lowest = -np.inf if image.dtype.kind == "f" else np.iinfo(image.dtype).min
    patches = slide_over(image, slide, lowest)
    if not with_indices:
        return _reduce(np.maximum, patches)

    # The windows of a picture of indices, in which padding is −1, tell where each value was.
    height, width = image.shape[-2:]
    numbered = np.arange(height * width, dtype=np.int64).reshape(height, width)
    best = np.full(patches.shape[:-2], lowest, image.dtype)
    where = np.full(best.shape, -1, np.int64)
    for values, indices in zip(
        _positions(patches), _positions(slide_over(numbered, slide, -1)), strict=True
    ):
        better = (indices >= 0) & ((where < 0) | (values > best) | np.isnan(values))
        best, where = np.where(better, values, best), np.where(better, indices, where)
    if np.any(where < 0):
        raise ValueError(
            f"{function}: a window of kernel_size {slide.kernel} at dilation {slide.dilation} "
            f"reads nothing but padding, so its maximum has no index; input {image.shape}, "
            f"padding {slide.origin}"
        )
    return best, where


@quietly
def avg_pool2d(
    input: ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Report the mean of every window.

    Parameters
    ----------
    input : array, shape (N, C, H, W) or (C, H, W)
        The images.
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Step of the window; `kernel_size` if not given.
    padding : int or pair of int
        Zeros added on each side; at most half the kernel.
    ceil_mode : bool
        Also keep a last window that reaches past the padded input, if it starts inside the input
        or its left padding. What lies past the padding is not counted.
    count_include_pad : bool
        Whether padded zeros count as pixels of the mean.
    divisor_override : int, optional
        Divide all sums by this instead.

    Returns
    -------
    array, shape (N, C, H_out, W_out) or (C, H_out, W_out)
        The means; those of integers are cut toward zero, as torch cuts them.

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range or no window fits.

    Examples
    --------
    >>> x = np.array([[[1.0, 2.0], [3.0, 6.0]]])
    >>> avg_pool2d(x, 2)
    array([[[3.]]])
    >>> avg_pool2d(x, 2, padding=1, count_include_pad=False)
    array([[[1., 2.],
            [3., 6.]]])
    """
    function = "avg_pool2d"
    image = array(function, "input", input)
    slide = _settings.pooling(function, image, kernel_size, stride, padding, 1, ceil_mode)
    include = flag(function, "count_include_pad", count_include_pad)
    divisor = _settings.divisor(function, divisor_override)
    wide, _ = widen(math.prod(slide.kernel), image)
    sums = _reduce(np.add, slide_over(wide, slide))
    counts = _pixels_in_windows(image.shape[-2:], slide, include) if divisor is None else divisor
    return narrow(function, _divide(sums, counts, image.dtype), image.dtype)


@quietly
def lp_pool2d(
    input: ArrayLike,
    norm_type: float,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    ceil_mode: bool = False,
) -> Array:
    """Report the p-norm of every window: (Σ xᵖ)^(1/p), summed and not averaged.

    As in torch, powers keep their sign: with odd p a window may sum to a negative number, whose
    root is NaN for p other than 1, and windows that `ceil_mode` lets reach past the image are
    scaled up as if they were full.

    Parameters
    ----------
    input : array, shape (N, C, H, W) or (C, H, W)
        The images, as floats.
    norm_type : float
        The p; 2 for Euclidean length, infinity for the largest absolute value.
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Step of the window; `kernel_size` if not given.
    ceil_mode : bool
        Also keep a last window that reaches past the image, if it starts inside.

    Returns
    -------
    array, shape (N, C, H_out, W_out) or (C, H_out, W_out)
        The norms.

    Raises
    ------
    TypeError, ValueError
        If `norm_type` is no number or zero, a setting is out of range, or no window fits.

    Examples
    --------
    >>> lp_pool2d(np.array([[[1.0, 1.0], [1.0, 1.0]]]), 2, 2)
    array([[[2.]]])
    """
    function = "lp_pool2d"
    image = array(function, "input", input, "floats")
    p = _settings.norm(function, norm_type)
    slide = _settings.pooling(
        function, image, kernel_size, stride, ceil_mode=ceil_mode, one_for_both=False
    )
    wide, _ = widen(1, image)
    if math.isinf(p):
        sign = math.copysign(1, p)
        largest = _reduce(np.maximum, slide_over(sign * np.abs(wide), slide, -np.inf))
        return narrow(function, sign * largest, image.dtype)
    sums = _reduce(np.add, slide_over(wide**p, slide))
    counts = _pixels_in_windows(image.shape[-2:], slide, include_padding=True)
    full = sums * (math.prod(slide.kernel) / counts).astype(wide.dtype)
    return narrow(function, full ** (1 / p), image.dtype)


def max_unpool2d(
    input: ArrayLike,
    indices: ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    output_size: Sequence[int] | None = None,
) -> Array:
    """Put maxima back where `max_pool2d` found them, zeros elsewhere.

    Parameters
    ----------
    input : array, shape (N, C, H, W) or (C, H, W)
        The values.
    indices : array of int, same shape
        Where each belongs, as ``row * W_out + column``. If an index repeats, the last value stays.
    kernel_size, stride, padding : int or pair of int
        As given to `max_pool2d`.
    output_size : (H_out, W_out) or (N, C, H_out, W_out), optional
        Which of the sizes that pool to this shape is meant; less than one stride from
        (H − 1) · stride − 2 · padding + kernel_size, the default.

    Returns
    -------
    array, shape (N, C, H_out, W_out) or (C, H_out, W_out)
        The sparse image.

    Raises
    ------
    TypeError, ValueError
        If shapes differ, a setting is out of range, or an index lies outside the output.

    Examples
    --------
    >>> max_unpool2d([[[7]]], [[[2]]], kernel_size=2)
    array([[[0, 0],
            [7, 0]]])
    """
    function = "max_unpool2d"
    values = array(function, "input", input)
    check_images(function, "input", values)
    places, (height, width) = _settings.unpooling(
        function, values, indices, kernel_size, stride, padding, output_size
    )
    pictures = math.prod(values.shape[:-2])
    sparse = np.zeros((pictures, height * width), values.dtype)
    each = math.prod(values.shape[-2:])
    picture = np.arange(pictures, dtype=np.intp)[:, None]
    sparse[picture, places.reshape(pictures, each)] = values.reshape(pictures, each)
    return sparse.reshape(*values.shape[:-2], height, width)


@quietly
def interpolate(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Array:
    """Enlarge or shrink images by copying the nearest pixel or blending the nearest four.

    Parameters
    ----------
    input : array, shape (N, C, H, W); "nearest" also takes (N, C, W) and (N, C, D, H, W)
        The images.
    size : int or sequence of int, optional
        New height and width.
    scale_factor : float or sequence of float, optional
        Or how many times larger; sizes are rounded down.
    mode : {"nearest", "bilinear"}
        Copy one pixel, or blend 2×2 pixels by distance (floats only).
    align_corners : bool, optional
        For "bilinear": whether the centers of the corner pixels stay in the corners, rather than
        the corners of the image.
    recompute_scale_factor : bool, optional
        Whether to sample by the ratio of the (rounded) sizes instead of by `scale_factor`.
    antialias : bool
        Only False is supported.

    Returns
    -------
    array, shape (N, C, H_out, W_out)
        The new images.

    Raises
    ------
    TypeError, ValueError
        If not exactly one of `size` and `scale_factor` is given or they do not fit, if the mode
        is another, or if an option does not belong to it.

    Examples
    --------
    >>> x = np.array([[[[0.0, 4.0]]]])
    >>> interpolate(x, scale_factor=(1, 2))
    array([[[[0., 0., 4., 4.]]]])
    >>> interpolate(x, scale_factor=(1, 2), mode="bilinear")
    array([[[[0., 1., 3., 4.]]]])
    >>> interpolate(x, size=(1, 3), mode="bilinear", align_corners=True)
    array([[[[0., 2., 4.]]]])
    """
    function = "interpolate"
    image, targets, aligned = _settings.interpolation(
        function,
        input,
        size,
        scale_factor,
        mode,
        align_corners,
        recompute_scale_factor,
        antialias,
    )
    if mode == "nearest":
        for axis, (new_size, factor) in enumerate(targets, start=2):
            image = np.take(image, _nearest(image, axis, new_size, factor), axis)
        return image
    blended, _ = widen(1, image)
    for axis, (new_size, factor) in enumerate(targets, start=2):
        before, share = _position(blended, axis, new_size, factor, aligned)
        after = np.minimum(before + 1, blended.shape[axis] - 1)
        share = share.reshape([-1 if a == axis else 1 for a in range(blended.ndim)])
        blended = np.take(blended, before, axis) * (1 - share) + (
            np.take(blended, after, axis) * share
        )
    return narrow(function, blended, image.dtype)


def relu(input: ArrayLike, inplace: bool = False) -> Array:
    """Replace negative numbers by zero.

    Parameters
    ----------
    input : array, any shape
        Numbers; NaN stays NaN.
    inplace : bool
        Only False: what is given is never modified here.

    Returns
    -------
    array, shape of `input`
        max(x, 0) for each x.

    Raises
    ------
    TypeError, ValueError
        If `input` holds no floats or integers, or `inplace` is not False.

    Examples
    --------
    >>> relu(np.array([-2, 0, 3]))
    array([0, 0, 3])
    """
    function = "relu"
    x = array(function, "input", input)
    if flag(function, "inplace", inplace):
        raise ValueError(f"{function}: inplace=True would modify input; use the returned array")
    return np.asarray(np.maximum(x, x.dtype.type(0)))


@quietly
def linear(input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None) -> Array:
    """Multiply by a matrix and add a bias: a dense layer.

    Parameters
    ----------
    input : array, shape (..., features_in)
        The inputs, one in each row.
    weight : array, shape (features_out, features_in) or (features_in,)
        One row of weights for each output; a single row gives a single output without an axis,
        and takes no bias.
    bias : array, shape (features_out,) or broadcast to the output, optional
        Added to the outputs.

    Returns
    -------
    array, shape (..., features_out) or (...)
        x Wᵀ + b.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit together.

    Examples
    --------
    >>> linear(np.array([1, 2]), [[3, 4], [0, 1]], [10, 20])
    array([21, 22])
    """
    function = "linear"
    x, matrix, offset = arrays(function, input=input, weight=weight, bias=bias)
    _settings.dense(function, x, matrix, offset)
    x_wide, matrix_wide, offset_wide = widen(x.shape[-1], x, matrix, plus=offset)
    output = np.asarray(x_wide @ matrix_wide.T)
    if offset_wide is not None:
        output = output + offset_wide
    return narrow(function, output, x.dtype)


@quietly
def softmax(
    input: ArrayLike, dim: int | None = None, _stacklevel: int = 3, dtype: DTypeLike | None = None
) -> Array:
    """Turn numbers into probabilities: eˣ / Σ eˣ along one axis.

    Parameters
    ----------
    input : array, any shape
        The scores, as floats.
    dim : int
        The axis along which the results sum to 1. Left out, it is guessed as torch guesses, with
        a warning.
    _stacklevel : int
        Ignored; there so that positional arguments mean what they mean in torch.
    dtype : floating dtype, optional
        Convert `input` to this first; with it integers are taken too.

    Returns
    -------
    array, shape of `input`
        Numbers from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If `input` holds no floats and no `dtype` is given, or if there is no axis `dim`.

    Examples
    --------
    >>> softmax(np.log([1.0, 2.0, 5.0]), dim=0)
    array([0.125, 0.25 , 0.625])
    """
    scores, axis, result = _settings.scores("softmax", input, dim, dtype)
    powers = np.exp(_below_largest(scores, axis))
    return narrow("softmax", powers / powers.sum(axis, keepdims=True), result)


@quietly
def log_softmax(
    input: ArrayLike, dim: int | None = None, _stacklevel: int = 3, dtype: DTypeLike | None = None
) -> Array:
    """Logarithms of `softmax`, exact also where its results would round to 0.

    Parameters
    ----------
    input, dim, _stacklevel, dtype
        As for `softmax`.

    Returns
    -------
    array, shape of `input`
        x − log Σ eˣ along one axis.

    Raises
    ------
    TypeError, ValueError
        As `softmax`.

    Examples
    --------
    >>> log_softmax(np.array([0.0, 1000.0]), dim=0)
    array([-1000.,     0.])
    """
    scores, axis, result = _settings.scores("log_softmax", input, dim, dtype)
    return narrow("log_softmax", _log_softmax(scores, axis), result)


@quietly
def cross_entropy(
    input: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Measure how surprising the targets are under the softmax of the scores.

    Parameters
    ----------
    input : array, shape (N, C), (C,) or (N, C, d1, …, dK)
        Scores of the C classes, as floats, before any softmax.
    target : array of int, shape (N,), () or (N, d1, …, dK); or of float, shape of `input`
        The right classes, or a probability for each class.
    weight : array, shape (C,), optional
        A weight for each class.
    size_average, reduce : bool, optional
        Older ways to say `reduction`; if one is given it wins, as in torch.
    ignore_index : int
        Targets of this class count neither in the sum nor in the mean.
    reduction : {"mean", "sum", "none"}
        Mean over targets (for classes weighted by `weight`), their sum, or each on its own.
    label_smoothing : float
        From 0 to 1: how much of each target is spread evenly over all classes.

    Returns
    -------
    array, shape (), or that of the classes in `target` for "none"
        −Σ target · log softmax(input). The mean over no targets is NaN.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit together, a class does not exist, or a setting is out of range.

    Examples
    --------
    Two equal scores leave both classes equally likely: log 2.

    >>> print(cross_entropy(np.array([[5.0, 5.0]]), [1]).round(4))
    0.6931
    """
    function = "cross_entropy"
    reduction = _settings.reduction(function, size_average, reduce, reduction)
    smoothing = _settings.fraction(function, "label_smoothing", label_smoothing)
    ignored = integer(function, "ignore_index", ignore_index)
    scores, weights = arrays(function, "floats", "weight", input=input, weight=weight)
    labels, weights, axis = _settings.classification(function, scores, target, weights, ignored)
    wide, importance, _ = widen(1, scores, weights)
    log_probabilities = np.moveaxis(_log_softmax(wide, axis), axis, -1)
    classes = len(importance)

    if labels.dtype.kind == "f":
        wanted = np.moveaxis(labels, axis, -1) * (1 - smoothing) + smoothing / classes
        losses = -(log_probabilities * importance * wanted).sum(-1)
        total = losses.size
    else:
        counts = labels != ignored
        labels = np.where(counts, labels, 0)
        right = np.take_along_axis(log_probabilities, labels[..., None], -1)[..., 0]
        shares = np.where(counts, importance[labels], 0)
        losses = np.where(counts, -right * shares, 0)
        if smoothing:
            spread = np.where(counts, -(log_probabilities * importance).sum(-1), 0)
            losses = (1 - smoothing) * losses + smoothing / classes * spread
        total = shares.sum()
    if reduction != "none":
        losses = losses.sum()
    if reduction == "mean":
        losses = losses / np.asarray(total, wide.dtype)
    result = np.result_type(scores, labels) if labels.dtype.kind == "f" else scores.dtype
    return narrow(function, losses, result)


@quietly
def _sum_of_products(
    function: str, x: Any, kernel: Any, padding: Any, mode: str, *, turned: bool = False
) -> Array:
    x, kernel, around = _settings.picture(function, x, kernel, padding, mode)
    if turned:
        kernel = kernel[::-1, ::-1]
    padded, weights, _ = widen(kernel.size, extend(x, around, mode), kernel)
    return narrow(function, np.tensordot(view(padded, kernel.shape), weights, axes=2), x.dtype)


def _batch(image: Array) -> Array:
    """(C, H, W) as a batch of one; (N, C, H, W) as it is."""
    return image[None] if image.ndim == 3 else image


def _unbatch(output: Array, image: Array) -> Array:
    return output[0] if image.ndim == 3 else output


def _positions(patches: Array) -> Iterator[Array]:
    """For each position in the window, the picture of all values that stand there."""
    kh, kw = patches.shape[-2:]
    return (patches[..., i, j] for i in range(kh) for j in range(kw))


def _reduce(operation: Callable[..., Array], patches: Array) -> Array:
    """Combine the values of every window, as `operation.reduce` would, but over large arrays."""
    first, *others = _positions(patches)
    return reduce(lambda sofar, values: operation(sofar, values, out=sofar), others, first.copy())


def _pixels_in_windows(size: tuple[int, ...], slide: Slide, include_padding: bool) -> Array:
    """Count the pixels in every window; what lies past the padding never counts."""
    top, left = slide.origin
    around = (left, left, top, top)
    past = tuple(b - a for b, a in zip(slide.border(size), around, strict=True))
    inside = np.ones(size, np.int64)
    counted = add_border(add_border(inside, around, int(include_padding)), past)
    return _reduce(np.add, view(counted, slide.kernel, slide.stride))


def _divide(sums: Array, counts: int | Array, dtype: np.dtype[Any]) -> Array:
    """Divide, cutting quotients of integers toward zero as torch (that is, C) does."""
    counts = np.asarray(counts, np.int64)
    if dtype.kind == "f":
        return sums / counts.astype(sums.dtype)
    whole = sums.astype(np.int64 if sums.dtype.kind == "f" else sums.dtype)
    return np.abs(whole) // np.abs(counts) * np.sign(whole) * np.sign(counts)


def _nearest(image: Array, axis: int, new_size: int, factor: float | None) -> Array:
    """Find the pixel that each new pixel copies."""
    old_size = image.shape[axis]
    # Whatever the factor says, torch copies an axis that keeps its size; in 4-D images only.
    if factor is None or (new_size == old_size and image.ndim == 4):
        step = np.float32(old_size) / np.float32(new_size)
    else:
        step = np.float32(1 / factor)
    # In single precision, as torch: which pixel it is can hang on the last bit.
    positions = np.arange(new_size, dtype=np.float32) * step
    return np.minimum(positions.astype(np.intp), old_size - 1)


def _position(
    image: Array, axis: int, new_size: int, factor: float | None, aligned: bool
) -> tuple[Array, Array]:
    """Find the pixel before each new pixel, and how far on the way to the next pixel it lies."""
    old_size, number = image.shape[axis], image.dtype.type
    new = np.arange(new_size, dtype=image.dtype)
    if new_size == old_size:
        positions = new
    elif aligned:
        positions = new * (number(old_size - 1) / number(max(new_size - 1, 1)))
    else:
        # Pixel centers lie at halves: −½ is the image's edge.
        step = number(1 / factor) if factor else number(old_size) / number(new_size)
        positions = np.maximum((new + number(0.5)) * step - number(0.5), 0)
    before = np.minimum(positions.astype(np.intp), old_size - 1)
    return before, np.clip(positions - before.astype(image.dtype), 0, 1)


def _below_largest(scores: Array, axis: int) -> Array:
    """Subtract the largest score, so that no power overflows; all-equal infinities give NaN."""
    if scores.size == 0:
        return scores
    if scores.ndim == 0:
        return scores - scores
    return scores - scores.max(axis, keepdims=True)


def _log_softmax(scores: Array, axis: int) -> Array:
    shifted = _below_largest(scores, axis)
    if scores.ndim == 0:
        return shifted
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
