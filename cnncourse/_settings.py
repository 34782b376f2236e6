"""Checks of a whole call: shapes and settings that must fit together.

Each function returns the settings in one form, a `Slide` where windows slide, or raises an error
that names the function and the argument and shows the shapes seen.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cnncourse._arguments import (
    Array,
    array,
    arrays,
    check_images,
    check_rank,
    integers,
    read,
    widen,
)
from cnncourse._integers import (
    LONGEST,
    IntOrPair,
    Pair,
    choice,
    describe,
    flag,
    integer,
    is_sequence,
    pair,
)
from cnncourse.geometry import PADDING_MODES, same_padding
from cnncourse.windows import Slide, check_amounts


def picture(
    function: str, x: Any, kernel: Any, padding: str | IntOrPair, mode: str
) -> tuple[Array, Array, list[Pair]]:
    """Check the arguments of the two teaching functions; returns (before, after) for both axes."""
    image, weights = arrays(function, x=x, kernel=kernel)
    check_rank(function, "x", image, {2: "(H, W)"})
    check_rank(function, "kernel", weights, {2: "(kh, kw)"})
    kh, kw = weights.shape
    if 0 in image.shape or 0 in weights.shape:
        raise ValueError(
            f"{function}: x and kernel must not be empty, got shapes {image.shape} and {kh, kw}"
        )
    choice(function, "mode", mode, PADDING_MODES)
    around: Any
    if isinstance(padding, str):
        choice(function, "padding", padding, ("valid", "same", "full"))
        full = [(kh - 1, kh - 1), (kw - 1, kw - 1)]
        around = {"valid": [(0, 0), (0, 0)], "same": same_padding((kh, kw)), "full": full}[padding]
    else:
        around = [(n, n) for n in pair(function, "padding", padding, 0)]
    check_amounts(function, image.shape, around, mode)
    _slide(function, image.shape, (kh, kw), (1, 1), (1, 1), around)
    return image, weights, list(around)


def convolution(
    function: str,
    image: Array,
    weight: Array,
    bias: Array | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> tuple[Slide, int]:
    """Check a convolution; returns its geometry and the number of groups."""
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
) -> tuple[Slide, int, Pair]:
    """Check the gradient for the input; also returns the input's height and width."""
    shape = _shape(function, "input_size", input_size, "(N, C_in, H, W)")
    if 0 in shape[1:]:
        raise ValueError(f"{function}: input_size may be zero only for the batch N, got {shape}")
    _check_weight(function, weight, "(C_out, C_in / groups, kh, kw)")
    _refuse_text(function, padding)
    slide, parts = _convolution(
        function, shape, weight.shape, None, stride, padding, dilation, groups
    )
    _check_gradient(function, gradient, (shape[0], weight.shape[0], *slide.places))
    return slide, parts, (shape[2], shape[3])


def weight_gradient(
    function: str,
    image: Array,
    weight_size: Any,
    gradient: Array,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> tuple[Slide, int]:
    """Check the gradient for the weight."""
    check_rank(function, "input", image, {4: "(N, C_in, H, W)"})
    check_images(function, "input", image)
    shape = _shape(function, "weight_size", weight_size, "(C_out, C_in / groups, kh, kw)")
    if 0 in shape:
        raise ValueError(f"{function}: weight_size must not hold zeros, got {shape}")
    _refuse_text(function, padding)
    slide, parts = _convolution(
        function, image.shape, shape, None, stride, padding, dilation, groups
    )
    _check_gradient(function, gradient, (image.shape[0], shape[0], *slide.places))
    return slide, parts


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
) -> tuple[Slide, int, Pair]:
    """Check a transposed convolution; also returns its output's height and width."""
    check_images(function, "input", image)
    _check_weight(function, weight, "(C_in, C_out / groups, kh, kw)")
    parts = integer(function, "groups", groups, 1)
    steps = pair(function, "stride", stride, 1, one_for_both=True)
    amounts = pair(function, "padding", padding, 0, one_for_both=True)
    extra = pair(function, "output_padding", output_padding, 0, one_for_both=True)
    holes = pair(function, "dilation", dilation, 1, one_for_both=True)
    shapes = _Shapes(image.shape, weight.shape)
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
        size.append(written - 2 * p)
    kernel, places = weight.shape[2:], image.shape[-2:]
    return Slide(kernel, steps, holes, amounts, places), parts, (size[0], size[1])


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
) -> Slide:
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
    counts = []
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
        counts.append(places)
    return Slide(kernel, steps, holes, amounts, (counts[0], counts[1]))


def sliding_blocks(
    function: str, size: Pair, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Slide:
    """Check the settings of unfold and fold."""
    kernel = pair(function, "kernel_size", kernel_size, 1)
    holes = pair(function, "dilation", dilation, 1)
    top, left = pair(function, "padding", padding, 0)
    steps = pair(function, "stride", stride, 1)
    return _slide(function, size, kernel, steps, holes, ((top, top), (left, left)))


def columns(
    function: str,
    blocks: Array,
    output_size: Any,
    kernel_size: Any,
    dilation: Any,
    padding: Any,
    stride: Any,
) -> tuple[Slide, Pair]:
    """Check the columns given to fold; returns the windows and the image's height and width."""
    check_rank(function, "input", blocks, {3: "(N, C · kh · kw, L)", 2: "(C · kh · kw, L)"})
    size = pair(function, "output_size", output_size, 1)
    slide = sliding_blocks(function, size, kernel_size, dilation, padding, stride)
    (kh, kw), (rows, columns) = slide.kernel, slide.places
    thickness, length = blocks.shape[-2:]
    if thickness == 0 or thickness % (kh * kw) or length != rows * columns:
        raise ValueError(
            f"{function}: input must have a multiple of {kh} · {kw} rows and {rows} · {columns} "
            f"columns, one for each window of an image of size {size}; got shape {blocks.shape}"
        )
    return slide, size


def norm(function: str, value: Any) -> float:
    """Check the p of a p-norm."""
    p = _real(function, "norm_type", value)
    if p == 0:
        raise ValueError(f"{function}: norm_type must not be 0, because 1/0 is no exponent")
    return p


def divisor(function: str, value: Any) -> int | None:
    """Check what replaces the number of pixels in a mean."""
    if value is None:
        return None
    number = integer(function, "divisor_override", value)
    if number == 0:
        raise ValueError(f"{function}: divisor_override must not be zero")
    return number


def unpooling(
    function: str,
    image: Array,
    indices: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    output_size: Any,
) -> tuple[Array, Pair]:
    """Check max_unpool2d; returns the indices and the output's height and width."""
    check_images(function, "input", image)
    places = integers(function, "indices", indices)
    if places.shape != image.shape:
        raise ValueError(
            f"{function}: indices must have the shape of input, {image.shape}, got {places.shape}"
        )
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
    height, width = (
        integer(function, f"output_size[{i}]", n, maximum=LONGEST) for i, n in enumerate(asked)
    )
    for n, usual, s in zip((height, width), default, steps, strict=True):
        if not usual - s < n < usual + s or n < 1:
            raise ValueError(
                f"{function}: output_size must lie less than one stride from {tuple(default)} and "
                f"be at least 1, got {height, width} with input {image.shape}, kernel_size "
                f"{kernel}, stride {steps}, padding {amounts}"
            )
    if places.size and not 0 <= places.min() <= places.max() < height * width:
        raise ValueError(
            f"{function}: indices must lie between 0 and {height * width - 1}, because the output "
            f"has {height} × {width} pixels; got {places.min()} to {places.max()}"
        )
    return places, (height, width)


class _Shapes(NamedTuple):
    """The end of a message, put into words only if there is something to say."""

    image: tuple[int, ...]
    weight: tuple[int, ...]

    def __str__(self) -> str:
        return f"shapes input {tuple(self.image)}, weight {tuple(self.weight)}"


def _convolution(
    function: str,
    image_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    bias: Array | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> tuple[Slide, int]:
    parts = integer(function, "groups", groups, 1)
    steps = pair(function, "stride", stride, 1, one_for_both=True)
    holes = pair(function, "dilation", dilation, 1, one_for_both=True)
    filters, depth, kh, kw = weight_shape
    channels = image_shape[-3]
    shapes = _Shapes(image_shape, weight_shape)
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
        around = same_padding((kh, kw), holes) if padding == "same" else ((0, 0), (0, 0))
    else:
        try:
            top, left = pair(function, "padding", padding, 0, one_for_both=True)
        except TypeError as error:
            raise TypeError(f"{error}; 'same' and 'valid' are possible too") from None
        around = (top, top), (left, left)
    return _slide(function, image_shape, (kh, kw), steps, holes, around), parts


def _slide(
    function: str,
    shape: tuple[int, ...],
    kernel: Pair,
    stride: Pair,
    dilation: Pair,
    around: Any,
) -> Slide:
    """Count the windows over an image with `around` = (before, after) zeros for both axes."""
    counts = []
    for n, k, s, d, (before, after) in zip(
        shape[-2:], kernel, stride, dilation, around, strict=True
    ):
        covered, padded = d * (k - 1) + 1, before + n + after
        if covered > padded:
            raise ValueError(
                f"{function}: no window fits: kernel {kernel} at dilation {dilation} covers "
                f"{covered} pixels along an axis of {n}, padded to {padded}; input shape {shape}"
            )
        counts.append((padded - covered) // s + 1)
    origin = (around[0][0], around[1][0])
    return Slide(kernel, stride, dilation, origin, (counts[0], counts[1]))


def _refuse_text(function: str, padding: Any) -> None:
    if isinstance(padding, str):
        raise TypeError(
            f"{function}: padding must be an integer or a pair of integers, got {padding!r}; "
            f"cnncourse.geometry.same_padding says what 'same' is in numbers"
        )


def _check_weight(function: str, weight: Array, axes: str) -> None:
    check_rank(function, "weight", weight, {4: axes})
    if 0 in weight.shape:
        raise ValueError(f"{function}: weight must not be empty, got shape {weight.shape}")


def _check_bias(function: str, bias: Array | None, filters: int, shapes: _Shapes) -> None:
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
    input: Any,
    size: Any,
    scale_factor: Any,
    mode: Any,
    align_corners: Any,
    recompute_scale_factor: Any,
    antialias: Any,
) -> tuple[Array, list[tuple[int, float | None]], bool]:
    """Check interpolate.

    Returns the image, for each axis its new size and the factor to sample by if one is given, and
    whether corners are aligned.
    """
    choice(function, "mode", mode, ("nearest", "bilinear"))
    image = array(function, "input", input, "floats" if mode == "bilinear" else "computes")
    shapes = {4: "(N, C, H, W)"}
    if mode == "nearest":
        shapes |= {3: "(N, C, W)", 5: "(N, C, D, H, W)"}
    check_rank(function, "input", image, shapes)
    if 0 in image.shape[1:]:
        raise ValueError(
            f"{function}: input may be empty only along its batch axis N, got shape {image.shape}"
        )
    if flag(function, "antialias", antialias):
        raise ValueError(f"{function}: antialias=True is not supported; blur the input first")
    if align_corners is not None and mode == "nearest":
        raise ValueError(f"{function}: align_corners belongs to mode 'bilinear', not to 'nearest'")
    aligned = align_corners is not None and flag(function, "align_corners", align_corners)
    recompute = recompute_scale_factor is not None and flag(
        function, "recompute_scale_factor", recompute_scale_factor
    )
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"{function}: give either size or scale_factor, got size={size!r} and "
            f"scale_factor={scale_factor!r}"
        )
    if scale_factor is None:
        if recompute:
            raise ValueError(
                f"{function}: recompute_scale_factor=True needs a scale_factor, but size is given"
            )
        sizes = _one_an_axis(function, "size", size, image.shape)
        return image, [(integer(function, "size", n, 1, LONGEST), None) for n in sizes], aligned

    targets: list[tuple[int, float | None]] = []
    for n, value in zip(
        image.shape[2:],
        _one_an_axis(function, "scale_factor", scale_factor, image.shape),
        strict=True,
    ):
        factor = _real(function, "scale_factor", value)
        if not 0 < factor < math.inf:
            raise ValueError(f"{function}: scale_factor must be positive and finite, got {value!r}")
        targets.append((int(n * factor), None if recompute else factor))
    if max(n for n, _ in targets) > LONGEST:
        raise ValueError(
            f"{function}: scale_factor {scale_factor!r} makes an image of shape {image.shape} "
            f"longer than {LONGEST} pixels"
        )
    if min(n for n, _ in targets) < 1:
        raise ValueError(
            f"{function}: scale_factor {scale_factor!r} leaves nothing of an image of shape "
            f"{image.shape}: size {tuple(n for n, _ in targets)}"
        )
    return image, targets, aligned


def _real(function: str, name: str, value: Any) -> float:
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise TypeError(f"{function}: {name} must be a number, got {describe(value)}")
    return float(value)


def _one_an_axis(function: str, name: str, value: Any, shape: tuple[int, ...]) -> Sequence[Any]:
    axes = len(shape) - 2
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
    number = _real(function, name, value)
    if not 0 <= number <= 1:
        raise ValueError(f"{function}: {name} must lie between 0 and 1, got {value!r}")
    return number


def classification(
    function: str, scores: Array, target: Any, weights: Array | None, ignored: int
) -> tuple[Array, Array, int]:
    """Check scores, targets and weights of a loss.

    Returns the targets (classes as int64, or probabilities as floats), a weight for each class, and
    the axis of the classes.
    """
    if scores.ndim == 0:
        raise ValueError(f"{function}: input must have shape (N, C, ...) or (C,), got a number")
    axis = min(scores.ndim - 1, 1)
    shape, classes = scores.shape, scores.shape[axis]
    if classes == 0:
        raise ValueError(f"{function}: input must have at least one class, got shape {shape}")
    if weights is None:
        weights = np.ones(classes, scores.dtype)
    if weights.shape != (classes,):
        raise ValueError(
            f"{function}: weight must have one number for each of {classes} classes, "
            f"got shape {weights.shape}"
        )
    given = read(function, "target", target)
    if given is not None and given.dtype.kind == "f" and given.shape == shape:
        if ignored != -100:
            raise ValueError(
                f"{function}: ignore_index needs classes in target, but target holds probabilities"
            )
        return array(function, "target", target, "floats"), weights, axis

    found = integers(function, "target", target)
    class_shape = shape[:axis] + shape[axis + 1 :]
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
    return found.reshape(class_shape), weights, axis


def scores(function: str, input: Any, dim: Any, dtype: Any) -> tuple[Array, int, np.dtype[Any]]:
    """Check softmax; returns scores in the type to compute in, the axis, and the result's dtype."""
    if dtype is None:
        found = array(function, "input", input, "floats")
    else:
        try:
            wanted = np.dtype(dtype)
        except TypeError:
            wanted = np.dtype(np.object_)
        if wanted.kind != "f":
            raise TypeError(f"{function}: dtype must be a floating dtype, got {describe(dtype)}")
        found = array(function, "input", input).astype(wanted)
    if dim is None:
        dim = 0 if found.ndim in (0, 1, 3) else 1
        warnings.warn(f"{function}: give dim; dim={dim} is a guess", UserWarning, stacklevel=4)
    axis = integer(function, "dim", dim)
    axes = max(found.ndim, 1)
    if not -axes <= axis < axes:
        raise ValueError(
            f"{function}: dim must lie between {-axes} and {axes - 1} for an input of shape "
            f"{found.shape}, got {axis}"
        )
    wide, _ = widen(1, found)
    return wide, axis, found.dtype


def dense(function: str, x: Array, matrix: Array, offset: Array | None) -> None:
    """Check a dense layer."""
    shapes = f"shapes input {x.shape}, weight {matrix.shape}"
    if x.ndim == 0:
        raise ValueError(f"{function}: input must have shape (..., features_in); {shapes}")
    check_rank(function, "weight", matrix, {2: "(features_out, features_in)", 1: "(features_in,)"})
    if x.shape[-1] != matrix.shape[-1]:
        raise ValueError(
            f"{function}: weight takes {matrix.shape[-1]} features but input has {x.shape[-1]}; "
            f"{shapes}"
        )
    if offset is None:
        return
    if matrix.ndim == 1:
        raise ValueError(
            f"{function}: a bias needs a weight of shape (features_out, features_in), "
            f"such as (1, {matrix.shape[0]}); {shapes}"
        )
    shape = (*x.shape[:-1], *matrix.shape[:-1])
    fits = all(n in (1, m) for n, m in zip(offset.shape[::-1], shape[::-1], strict=False))
    if len(offset.shape) > len(shape) or not fits:
        raise ValueError(
            f"{function}: bias must broadcast to the output's shape {shape}, got {offset.shape}; "
            f"{shapes}"
        )
