"""Checks of a whole call: shapes and settings that must fit together.

Each function returns the settings in one form (pairs of ints, padding in the order of `pad`), or
raises an error that names the function and the argument and shows the shapes seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cnncourse._arguments import Array, array, arrays, check_images, check_rank, integers
from cnncourse._integers import (
    IntOrPair,
    Pair,
    choice,
    describe,
    flag,
    integer,
    is_sequence,
    pair,
)
from cnncourse.geometry import same_padding

Border = tuple[int, int, int, int]


class Convolution(NamedTuple):
    """Settings of a convolution, all checked."""

    stride: Pair
    border: Border
    dilation: Pair
    groups: int
    size: Pair
    """Height and width of the output."""


class Pooling(NamedTuple):
    """Settings of a pooling, all checked."""

    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    border: Border
    """Padding, and what windows of `ceil_mode` need beyond it."""


def picture(
    function: str, x: Any, kernel: Any, padding: str | IntOrPair
) -> tuple[Array, Array, Border]:
    """Check the arguments of the two teaching functions."""
    image, weights = arrays(function, x=x, kernel=kernel)
    check_rank(function, "x", image, {2: "(H, W)"})
    check_rank(function, "kernel", weights, {2: "(kh, kw)"})
    kh, kw = weights.shape
    if 0 in image.shape or 0 in weights.shape:
        raise ValueError(
            f"{function}: x and kernel must not be empty, got shapes {image.shape} and {kh, kw}"
        )
    if isinstance(padding, str):
        choice(function, "padding", padding, ("valid", "same", "full"))
        if padding == "same":
            border = _around(*same_padding((kh, kw)))
        else:
            reach = (kh - 1, kw - 1) if padding == "full" else (0, 0)
            border = _around(*((n, n) for n in reach))
    else:
        border = _around(*((n, n) for n in pair(function, "padding", padding, 0)))
    _places(function, image.shape, (kh, kw), (1, 1), (1, 1), border)
    return image, weights, border


def convolution(
    function: str,
    image: Array,
    weight: Array,
    bias: Array | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> Convolution:
    """Check a convolution of arrays."""
    check_images(function, "input", image)
    _check_weight(function, weight, "(C_out, C_in / groups, kh, kw)")
    return _convolution(
        function, image.shape, weight.shape, bias, stride, padding, dilation, groups
    )


def input_gradient(
    function: str,
    input_size: Any,
    weight: Array,
    gradient: Array,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> tuple[tuple[int, ...], Convolution]:
    """Check the gradient of a convolution for its input."""
    shape = _shape(function, "input_size", input_size, "(N, C_in, H, W)")
    if 0 in shape[1:]:
        raise ValueError(f"{function}: input_size may be zero only for the batch N, got {shape}")
    _check_weight(function, weight, "(C_out, C_in / groups, kh, kw)")
    setting = _convolution(function, shape, weight.shape, None, stride, padding, dilation, groups)
    _check_gradient(function, gradient, (shape[0], weight.shape[0], *setting.size))
    return shape, setting


def weight_gradient(
    function: str,
    image: Array,
    weight_size: Any,
    gradient: Array,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> tuple[tuple[int, ...], Convolution]:
    """Check the gradient of a convolution for its weight."""
    check_rank(function, "input", image, {4: "(N, C_in, H, W)"})
    check_images(function, "input", image)
    shape = _shape(function, "weight_size", weight_size, "(C_out, C_in / groups, kh, kw)")
    if 0 in shape:
        raise ValueError(f"{function}: weight_size must not hold zeros, got {shape}")
    setting = _convolution(function, image.shape, shape, None, stride, padding, dilation, groups)
    _check_gradient(function, gradient, (image.shape[0], shape[0], *setting.size))
    return shape, setting


def transposed_convolution(
    function: str,
    image: Array,
    weight: Array,
    bias: Array | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Convolution:
    """Check a transposed convolution."""
    check_images(function, "input", image)
    _check_weight(function, weight, "(C_in, C_out / groups, kh, kw)")
    parts = integer(function, "groups", groups, 1)
    steps = pair(function, "stride", stride, 1, one_for_both=True)
    amounts = pair(function, "padding", padding, 0, one_for_both=True)
    extra = pair(function, "output_padding", output_padding, 0, one_for_both=True)
    holes = pair(function, "dilation", dilation, 1, one_for_both=True)
    shapes = f"shapes input {image.shape}, weight {weight.shape}"
    channels = image.shape[-3]
    if weight.shape[0] % parts:
        raise ValueError(
            f"{function}: groups={parts} does not divide the {weight.shape[0]} input channels of "
            f"weight; {shapes}"
        )
    if weight.shape[0] != channels:
        raise ValueError(
            f"{function}: weight has {weight.shape[0]} input channels but input has {channels}; "
            f"{shapes}"
        )
    _check_bias(function, bias, weight.shape[1] * parts, shapes)
    size = []
    for n, k, s, p, e, d in zip(
        image.shape[-2:], weight.shape[2:], steps, amounts, extra, holes, strict=True
    ):
        if e >= s and e >= d:
            raise ValueError(
                f"{function}: output_padding must be smaller than stride or dilation, got "
                f"output_padding {extra}, stride {steps}, dilation {holes}"
            )
        written = (n - 1) * s + d * (k - 1) + 1 + e
        if written - 2 * p < 1:
            raise ValueError(
                f"{function}: padding {amounts} on each side removes all of the {written} rows or "
                f"columns written; {shapes}, stride {steps}, dilation {holes}"
            )
        size.append(written)
    (top, left), (height, width) = amounts, size
    return Convolution(steps, (left, left, top, top), holes, parts, (height, width))


def pooling(
    function: str,
    image: Array,
    kernel_size: Any,
    stride: Any,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: Any = False,
    *,
    one_for_both: bool = True,
) -> Pooling:
    """Check a pooling."""
    check_images(function, "input", image)
    kernel = pair(function, "kernel_size", kernel_size, 1, one_for_both=one_for_both)
    steps = kernel
    if stride is not None and not (is_sequence(stride) and len(stride) == 0):
        steps = pair(function, "stride", stride, 1, one_for_both=True)
    amounts = pair(function, "padding", padding, 0, one_for_both=True)
    holes = pair(function, "dilation", dilation, 1, one_for_both=True)
    if any(p > k // 2 for p, k in zip(amounts, kernel, strict=True)):
        raise ValueError(
            f"{function}: padding must be at most half of kernel_size, got padding {amounts} and "
            f"kernel_size {kernel}"
        )
    round_up = flag(function, "ceil_mode", ceil_mode)
    overhang = []
    for n, k, s, p, d in zip(image.shape[-2:], kernel, steps, amounts, holes, strict=True):
        covered = d * (k - 1) + 1
        places = (n + 2 * p - covered + (s - 1 if round_up else 0)) // s + 1
        # A window that would start beyond the input and its left padding is left out.
        if round_up and (places - 1) * s >= n + p:
            places -= 1
        if places < 1:
            raise ValueError(
                f"{function}: no window fits: kernel_size {kernel} at dilation {holes} covers "
                f"{covered} pixels along an axis of {n} with padding {p} on each side; "
                f"input {image.shape}"
            )
        overhang.append(max((places - 1) * s + covered - (n + 2 * p), 0))
    (top, left), (below, beside) = amounts, overhang
    border = (left, left + beside, top, top + below)
    return Pooling(kernel, steps, amounts, holes, border)


def sliding_blocks(
    function: str, size: Pair, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> tuple[Pair, Convolution]:
    """Check the settings of unfold and fold; returns the kernel too."""
    kernel = pair(function, "kernel_size", kernel_size, 1)
    holes = pair(function, "dilation", dilation, 1)
    amounts = pair(function, "padding", padding, 0)
    steps = pair(function, "stride", stride, 1)
    border = _around(*((n, n) for n in amounts))
    places = _places(function, size, kernel, steps, holes, border)
    return kernel, Convolution(steps, border, holes, 1, places)


def unpooled_size(
    function: str, image: Array, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Pair:
    """Check the settings of max_unpool2d; returns height and width of its output."""
    kernel = pair(function, "kernel_size", kernel_size, 1)
    steps = kernel if stride is None else pair(function, "stride", stride, 1)
    amounts = pair(function, "padding", padding, 0)
    default = [
        (n - 1) * s + k - 2 * p
        for n, k, s, p in zip(image.shape[-2:], kernel, steps, amounts, strict=True)
    ]
    asked: Sequence[Any] = default
    if output_size is not None:
        if not is_sequence(output_size):
            raise TypeError(
                f"{function}: output_size must be (H, W) or (N, C, H, W), "
                f"got {describe(output_size)}"
            )
        if len(output_size) not in (2, 4):
            raise ValueError(
                f"{function}: output_size must be (H, W) or (N, C, H, W), got {tuple(output_size)}"
            )
        asked = output_size[-2:]
    height, width = (integer(function, f"output_size[{i}]", n) for i, n in enumerate(asked))
    for n, usual, s in zip((height, width), default, steps, strict=True):
        if not usual - s < n < usual + s or n < 1:
            raise ValueError(
                f"{function}: output_size must lie less than one stride from {tuple(default)} and "
                f"be at least 1, got {height, width} with input {image.shape}, kernel_size "
                f"{kernel}, stride {steps}, padding {amounts}"
            )
    return height, width


def _convolution(
    function: str,
    image_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    bias: Array | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> Convolution:
    parts = integer(function, "groups", groups, 1)
    steps = pair(function, "stride", stride, 1, one_for_both=True)
    holes = pair(function, "dilation", dilation, 1, one_for_both=True)
    filters, depth, kh, kw = weight_shape
    channels = image_shape[-3]
    shapes = f"shapes input {tuple(image_shape)}, weight {tuple(weight_shape)}"
    if filters % parts:
        raise ValueError(
            f"{function}: groups={parts} does not divide the {filters} filters of weight; {shapes}"
        )
    if depth * parts != channels:
        each = f" in each of {parts} groups" if parts > 1 else ""
        raise ValueError(
            f"{function}: weight has {depth} input channels{each} but input has {channels} "
            f"(groups={parts}); {shapes}"
        )
    _check_bias(function, bias, filters, shapes)
    if isinstance(padding, str):
        choice(function, "padding", padding, ("valid", "same"))
        if padding == "same" and steps != (1, 1):
            raise ValueError(f"{function}: padding='same' needs stride 1, got stride {steps}")
        same: Any = same_padding((kh, kw), holes)
        border = _around(*same) if padding == "same" else (0, 0, 0, 0)
    else:
        try:
            amounts = pair(function, "padding", padding, 0, one_for_both=True)
        except TypeError as error:
            raise TypeError(f"{error}; 'same' and 'valid' are possible too") from None
        border = _around(*((n, n) for n in amounts))
    size = _places(function, image_shape[-2:], (kh, kw), steps, holes, border)
    return Convolution(steps, border, holes, parts, size)


def _around(vertical: Pair, horizontal: Pair) -> Border:
    """(before, after) of the two axes in the order of `pad`: the last axis first."""
    return (*horizontal, *vertical)


def _places(
    function: str,
    size: tuple[int, ...],
    kernel: Pair,
    stride: Pair,
    dilation: Pair,
    border: Border,
) -> Pair:
    left, right, top, bottom = border
    padded = (size[0] + top + bottom, size[1] + left + right)
    covered = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if covered[0] > padded[0] or covered[1] > padded[1]:
        raise ValueError(
            f"{function}: kernel {kernel} at dilation {dilation} covers {covered} pixels, more "
            f"than the padded input has: {padded} (input {tuple(size)}, padding (left, right, top, "
            f"bottom) {border})"
        )
    rows, columns = ((p - c) // s + 1 for p, c, s in zip(padded, covered, stride, strict=True))
    return rows, columns


def _check_weight(function: str, weight: Array, axes: str) -> None:
    check_rank(function, "weight", weight, {4: axes})
    if 0 in weight.shape:
        raise ValueError(f"{function}: weight must not be empty, got shape {weight.shape}")


def _check_bias(function: str, bias: Array | None, filters: int, shapes: str) -> None:
    if bias is not None and bias.shape != (filters,):
        raise ValueError(
            f"{function}: bias must have one number for each of {filters} output channels, "
            f"got shape {bias.shape}; {shapes}"
        )


def _check_gradient(function: str, gradient: Array, shape: tuple[int, ...]) -> None:
    if gradient.shape != shape:
        raise ValueError(
            f"{function}: grad_output must have the shape of the convolution's output, {shape}, "
            f"got {gradient.shape}"
        )


def _shape(function: str, name: str, value: Any, axes: str) -> tuple[int, ...]:
    if not is_sequence(value):
        raise TypeError(f"{function}: {name} must be a shape {axes}, got {describe(value)}")
    shape = tuple(integer(function, f"{name}[{i}]", n, 0) for i, n in enumerate(value))
    if len(shape) != 4:
        raise ValueError(f"{function}: {name} must be a shape {axes}, got {shape}")
    return shape


def interpolation(
    function: str,
    image: Array,
    size: Any,
    scale_factor: Any,
    recompute_scale_factor: Any,
) -> list[tuple[int, float | None]]:
    """Check what `interpolate` is asked for: the new size of each axis, and the factor if given."""
    axes = image.ndim - 2
    recompute = recompute_scale_factor is not None and flag(
        function, "recompute_scale_factor", recompute_scale_factor
    )
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"{function}: give either size or scale_factor, got size={size!r} and "
            f"scale_factor={scale_factor!r}"
        )
    if size is not None:
        if recompute:
            raise ValueError(
                f"{function}: recompute_scale_factor=True needs a scale_factor, but size is given"
            )
        sizes = _one_an_axis(function, "size", size, axes, image.shape)
        result: list[tuple[int, float | None]] = [
            (integer(function, "size", n, 1), None) for n in sizes
        ]
    else:
        factors = _one_an_axis(function, "scale_factor", scale_factor, axes, image.shape)
        result = []
        for n, factor in zip(image.shape[2:], factors, strict=True):
            number = _factor(function, factor)
            result.append((int(n * number), None if recompute else number))
    if min(n for n, _ in result) < 1:
        raise ValueError(
            f"{function}: scale_factor {scale_factor!r} leaves nothing of an image of shape "
            f"{image.shape}: size {tuple(n for n, _ in result)}"
        )
    return result


def _factor(function: str, value: Any) -> float:
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise TypeError(f"{function}: scale_factor must be a number, got {describe(value)}")
    if not np.isfinite(value) or value <= 0:
        raise ValueError(f"{function}: scale_factor must be positive and finite, got {value!r}")
    return float(value)


def _one_an_axis(
    function: str, name: str, value: Any, axes: int, shape: tuple[int, ...]
) -> Sequence[Any]:
    if not is_sequence(value):
        return [value] * axes
    if len(value) != axes:
        raise ValueError(
            f"{function}: {name} must be one number or one for each of the {axes} axes after "
            f"(N, C), got {len(value)}: {value!r}, for an input of shape {shape}"
        )
    return value


def reduction(function: str, size_average: Any, reduce: Any, value: Any) -> str:
    """Check how losses are combined; the two older arguments win, as in torch."""
    if size_average is None and reduce is None:
        return choice(function, "reduction", value, ("mean", "sum", "none"))
    mean = size_average is None or flag(function, "size_average", size_average)
    combine = reduce is None or flag(function, "reduce", reduce)
    return ("mean" if mean else "sum") if combine else "none"


def fraction(function: str, name: str, value: Any) -> float:
    """Check a number from 0 to 1."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise TypeError(f"{function}: {name} must be a number from 0 to 1, got {describe(value)}")
    if not 0 <= value <= 1:
        raise ValueError(f"{function}: {name} must lie between 0 and 1, got {value!r}")
    return float(value)


def labels(function: str, target: Any, scores: Array, axis: int, ignored: int) -> Array:
    """Check the targets of a classification: classes as int64, or probabilities as floats."""
    given = np.asarray(target) if target is not None else None
    shape, classes = scores.shape, scores.shape[axis]
    class_shape = shape[:axis] + shape[axis + 1 :]
    if given is not None and given.dtype.kind == "f" and given.shape == shape:
        if ignored != -100:
            raise ValueError(
                f"{function}: ignore_index needs classes in target, but target holds probabilities"
            )
        return array(function, "target", target, "floats")
    found = integers(function, "target", target)
    # torch also takes a single class as a list of one.
    single = scores.ndim == 1 and found.shape == (1,) and classes > 1
    if found.shape != class_shape and not single:
        raise ValueError(
            f"{function}: target must hold classes of shape {class_shape} or probabilities of "
            f"shape {shape}, got shape {found.shape} of {found.dtype}"
        )
    present = found[found != ignored]
    if present.size and not 0 <= present.min() <= present.max() < classes:
        raise ValueError(
            f"{function}: target must hold classes from 0 to {classes - 1} (or ignore_index "
            f"{ignored}), got {present.min()} to {present.max()}"
        )
    return found.reshape(class_shape)
