"""Arithmetic on sizes: where a window may stand, and what that costs.

Nothing here touches an array. Sizes are integers, or pairs (height, width) where the two axes
differ; a function given only integers returns an integer, and one given a pair anywhere returns
a pair. Padding is counted per side, dilation 1 is a kernel without holes, and a stride divides
with floor, all as in PyTorch.

References
----------
Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016,
https://arxiv.org/abs/1603.07285.
Araujo, Norris and Sim, *Computing receptive fields of convolutional neural networks*, 2019,
https://doi.org/10.23915/distill.00021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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

__all__ = [
    "ReceptiveField",
    "conv2d_multiply_adds",
    "conv2d_parameters",
    "effective_kernel",
    "output_size",
    "padding_indices",
    "receptive_field",
    "same_padding",
    "transposed_output_size",
]

PADDING_MODES = ("constant", "reflect", "replicate", "circular")


def effective_kernel(kernel: IntOrPair, dilation: IntOrPair = 1) -> int | Pair:
    """Count the pixels from a kernel's first weight to its last, holes included.

    Parameters
    ----------
    kernel : int or pair of int
        Number of weights along an axis.
    dilation : int or pair of int
        Distance between neighboring weights, in pixels; 1 means no holes.

    Returns
    -------
    int or pair of int
        dilation · (kernel − 1) + 1.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer, or smaller than 1.

    Examples
    --------
    A 3×3 kernel at dilation 2 covers 5×5 pixels with 9 weights.

    >>> effective_kernel(3, dilation=2)
    5
    >>> effective_kernel((3, 2), dilation=(2, 1))
    (5, 2)
    """
    sizes = _axes("effective_kernel", {"kernel": (kernel, 1), "dilation": (dilation, 1)})
    return _each_axis(lambda k, d: d * (k - 1) + 1, sizes, kernel, dilation)


def output_size(
    input: IntOrPair,
    kernel: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> int | Pair:
    """Count the places where a window may stand.

    Parameters
    ----------
    input : int or pair of int
        Size of the input, before padding.
    kernel : int or pair of int
        Number of weights along an axis.
    stride : int or pair of int
        Distance between neighboring windows.
    padding : int or pair of int
        Pixels added on *each* side.
    dilation : int or pair of int
        Distance between neighboring weights.
    ceil_mode : bool
        Round up instead of down, so that a last window may reach past the padded input, as in
        pooling. It must still start inside the input or its left (upper) padding: a window that
        would start beyond them is left out.

    Returns
    -------
    int or pair of int
        floor((input + 2 · padding − dilation · (kernel − 1) − 1) / stride) + 1.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer or out of range, or if no window fits.

    References
    ----------
    Dumoulin and Visin 2016, relationships 5, 6 and 14.

    Examples
    --------
    >>> output_size(6, kernel=3)
    4
    >>> output_size(7, kernel=3, stride=2), output_size(8, kernel=3, stride=2)
    (3, 3)
    >>> output_size(8, kernel=3, stride=2, ceil_mode=True)
    4
    >>> output_size((28, 32), kernel=5, padding=(0, 2))
    (24, 32)
    """
    function = "output_size"
    round_up = flag(function, "ceil_mode", ceil_mode)
    sizes = _axes(
        function,
        {
            "input": (input, 1),
            "kernel": (kernel, 1),
            "stride": (stride, 1),
            "padding": (padding, 0),
            "dilation": (dilation, 1),
        },
    )

    def count(size: int, k: int, s: int, p: int, d: int) -> int:
        room = size + 2 * p - (d * (k - 1) + 1)
        windows = (room + (s - 1 if round_up else 0)) // s + 1
        if round_up and (windows - 1) * s >= size + p:
            windows -= 1
        if windows < 1:
            raise ValueError(
                f"{function}: no window fits: kernel {k} at dilation {d} covers "
                f"{d * (k - 1) + 1} pixels, but input {size} with padding {p} on each side "
                f"has {size + 2 * p}"
            )
        return windows

    return _each_axis(count, sizes, input, kernel, stride, padding, dilation)


def transposed_output_size(
    input: IntOrPair,
    kernel: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> int | Pair:
    """Size of what a transposed convolution writes.

    Several input sizes of a strided convolution share one output size; going back,
    `output_padding` says which of them is meant.

    Parameters
    ----------
    input : int or pair of int
        Size of the input.
    kernel, stride, padding, dilation : int or pair of int
        As for the convolution whose shape it undoes.
    output_padding : int or pair of int
        Rows and columns added at the lower and right side; smaller than stride or dilation.

    Returns
    -------
    int or pair of int
        (input − 1) · stride − 2 · padding + dilation · (kernel − 1) + output_padding + 1.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer or out of range, or if nothing would be left.

    References
    ----------
    Dumoulin and Visin 2016, relationship 14 and chapter 4.

    Examples
    --------
    Sizes 7 and 8 both become 3 under a kernel of 3 at stride 2; back again:

    >>> transposed_output_size(3, kernel=3, stride=2)
    7
    >>> transposed_output_size(3, kernel=3, stride=2, output_padding=1)
    8
    """
    function = "transposed_output_size"
    sizes = _axes(
        function,
        {
            "input": (input, 1),
            "kernel": (kernel, 1),
            "stride": (stride, 1),
            "padding": (padding, 0),
            "output_padding": (output_padding, 0),
            "dilation": (dilation, 1),
        },
    )

    def written(size: int, k: int, s: int, p: int, extra: int, d: int) -> int:
        if extra >= s and extra >= d:
            raise ValueError(
                f"{function}: output_padding must be smaller than stride or dilation, "
                f"got output_padding {extra}, stride {s}, dilation {d}"
            )
        result = (size - 1) * s - 2 * p + d * (k - 1) + extra + 1
        if result < 1:
            raise ValueError(
                f"{function}: padding {p} removes all of the output: input {size}, kernel {k}, "
                f"stride {s}, output_padding {extra} and dilation {d} leave {result}"
            )
        return result

    return _each_axis(written, sizes, input, kernel, stride, padding, output_padding, dilation)


def same_padding(kernel: IntOrPair, dilation: IntOrPair = 1) -> Pair | tuple[Pair, Pair]:
    """Pixels to add before and after so that a stride-1 convolution keeps its input's size.

    An even effective kernel has no middle: one more pixel then goes after than before, as
    PyTorch's ``padding="same"`` has it.

    Parameters
    ----------
    kernel : int or pair of int
        Number of weights along an axis.
    dilation : int or pair of int
        Distance between neighboring weights.

    Returns
    -------
    (before, after), or a pair of these
        Their sum is dilation · (kernel − 1).

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer, or smaller than 1.

    Examples
    --------
    >>> same_padding(3), same_padding(3, dilation=2), same_padding(4)
    ((1, 1), (2, 2), (1, 2))
    >>> same_padding((3, 5))
    ((1, 1), (2, 2))
    """
    sizes = _axes("same_padding", {"kernel": (kernel, 1), "dilation": (dilation, 1)})

    def split(k: int, d: int) -> Pair:
        total = d * (k - 1)
        return total // 2, total - total // 2

    return _each_axis(split, sizes, kernel, dilation)


def padding_indices(size: int, before: int, after: int, mode: str = "constant") -> list[int | None]:
    """For each pixel of a padded axis, the index of the pixel it copies.

    A padding mode is nothing but this list. Negative numbers crop.

    Parameters
    ----------
    size : int
        Length of the axis before padding.
    before, after : int
        Pixels added at its two ends.
    mode : {"constant", "reflect", "replicate", "circular"}
        What the added pixels copy: nothing (None in the list); the pixels mirrored at the border
        pixel, which is not repeated; the border pixel; the pixels of the other end.

    Returns
    -------
    list of int or None
        ``before + size + after`` entries.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer, if more is cropped than there is, or if a mode cannot
        reach that far: reflect takes less than `size` a side, circular at most `size`.

    Examples
    --------
    >>> padding_indices(4, 2, 2, "reflect")
    [2, 1, 0, 1, 2, 3, 2, 1]
    >>> padding_indices(4, 2, 2, "replicate")
    [0, 0, 0, 1, 2, 3, 3, 3]
    >>> padding_indices(4, 2, 2, "circular")
    [2, 3, 0, 1, 2, 3, 0, 1]
    >>> padding_indices(4, 1, -1)
    [None, 0, 1, 2]
    """
    function = "padding_indices"
    size = integer(function, "size", size, 0)
    before = integer(function, "before", before)
    after = integer(function, "after", after)
    choice(function, "mode", mode, PADDING_MODES)
    check_padding(function, size, before, after, mode)
    positions = range(-before, size + after)
    if mode == "reflect":
        last = size - 1
        # A mirror at each border pixel: distance to the nearer mirror stays, the side changes.
        return [last - abs(last - abs(i)) for i in positions]
    if mode == "replicate":
        return [min(max(i, 0), size - 1) for i in positions]
    if mode == "circular":
        # What is cropped is gone before the rest closes to a ring, as in PyTorch.
        first, length = max(-before, 0), size - max(-before, 0) - max(-after, 0)
        return [first + (i - first) % length for i in positions]
    return [i if 0 <= i < size else None for i in positions]


def check_padding(function: str, size: int, before: int, after: int, mode: str) -> None:
    """Refuse what a padding mode cannot do on an axis of `size` pixels."""
    asked = f"got ({before}, {after}) on an axis of {size}"
    cropped = max(-before, 0) + max(-after, 0)
    if before + size + after < 0 or (mode == "constant" and cropped > size):
        raise ValueError(f"{function}: padding removes more pixels than there are: {asked}")
    if mode == "constant":
        return
    if size == 0 or before + size + after == 0:
        raise ValueError(f"{function}: mode {mode!r} needs pixels to copy, and to copy to: {asked}")
    if mode == "reflect" and max(before, after) >= size:
        raise ValueError(
            f"{function}: reflect padding must be smaller than the axis, because the border "
            f"pixel is not repeated: {asked}"
        )
    if mode == "circular" and max(before, after) > size - cropped:
        raise ValueError(
            f"{function}: circular padding must be at most what is left of the axis, because it "
            f"goes around only once: {asked}"
        )


class ReceptiveField(NamedTuple):
    """The input pixels that units of a layer depend on, along one axis or as pairs for two.

    Unit u depends on the `size` pixels from ``offset + u * jump`` on.
    """

    size: int | Pair
    """How many input pixels one unit depends on."""
    jump: int | Pair
    """How far apart, in input pixels, neighboring units look."""
    offset: int | Pair
    """The first pixel of unit 0; negative where it lies in the padding."""


def receptive_field(layers: Sequence[IntOrPair | Sequence[IntOrPair]]) -> list[ReceptiveField]:
    """Follow size, jump and offset of the receptive field through a stack of layers.

    Parameters
    ----------
    layers : sequence
        One entry a layer, convolution or pooling: ``(kernel, stride, padding, dilation)``, where
        the last ones may be left out (stride 1, padding 0, dilation 1); a bare int is a kernel.
        Any of the four may itself be a pair (vertical, horizontal): then all results are pairs.

    Returns
    -------
    list of ReceptiveField
        One row a layer; the last describes the whole stack.

    Raises
    ------
    TypeError, ValueError
        If a layer is not of that form, or a number out of range.

    References
    ----------
    Araujo, Norris and Sim 2019, equations 1 and 2.

    Examples
    --------
    Plain 3×3 layers grow it linearly, strides and dilations exponentially.

    >>> [field.size for field in receptive_field([3, 3, 3, 3])]
    [3, 5, 7, 9]
    >>> [field.size for field in receptive_field([(3, 2)] * 4)]
    [3, 7, 15, 31]
    >>> [field.size for field in receptive_field([(3, 1, 0, d) for d in (1, 2, 4, 8)])]
    [3, 7, 15, 31]
    >>> receptive_field([(3, 1, 1), (2, 2)])[-1]
    ReceptiveField(size=4, jump=2, offset=-1)
    """
    function = "receptive_field"
    if not is_sequence(layers):
        raise TypeError(f"{function}: layers must be a list of layers, got {describe(layers)}")
    names, minima, defaults = ("kernel", "stride", "padding", "dilation"), (1, 1, 0, 1), (1, 0, 1)
    rows: list[list[Pair]] = []
    two_axes = False
    for index, layer in enumerate(layers):
        settings: list[IntOrPair] = list(layer) if is_sequence(layer) else [layer]  # type: ignore[arg-type, list-item]
        if not 1 <= len(settings) <= 4:
            raise ValueError(
                f"{function}: layers[{index}] must be (kernel, stride, padding, dilation), the "
                f"last ones optional; got {layer!r}"
            )
        two_axes = two_axes or any(is_sequence(setting) for setting in settings)
        settings += defaults[len(settings) - 1 :]
        rows.append(
            [
                pair(function, f"layers[{index}] {name}", setting, minimum)
                for name, setting, minimum in zip(names, settings, minima, strict=True)
            ]
        )

    def follow(axis: int) -> list[Any]:
        size, jump, offset = 1, 1, 0
        fields = []
        for row in rows:
            kernel, stride, padding, dilation = (setting[axis] for setting in row)
            size += dilation * (kernel - 1) * jump
            offset -= padding * jump
            jump *= stride
            fields.append(ReceptiveField(size, jump, offset))
        return fields

    if not two_axes:
        return follow(0)
    return [
        ReceptiveField((v.size, h.size), (v.jump, h.jump), (v.offset, h.offset))
        for v, h in zip(follow(0), follow(1), strict=True)
    ]


def conv2d_parameters(
    in_channels: int,
    out_channels: int,
    kernel_size: IntOrPair,
    groups: int = 1,
    bias: bool = True,
) -> int:
    """Count the numbers that a convolutional layer learns.

    Parameters
    ----------
    in_channels, out_channels : int
        Depth of input and output.
    kernel_size : int or pair of int
        Height and width of the kernels.
    groups : int
        Number of equal parts the channels are split into; divides both depths.
    bias : bool
        Whether each output channel has a bias.

    Returns
    -------
    int
        out_channels · (in_channels / groups) · kh · kw, plus out_channels for the biases.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer or out of range, or if `groups` does not divide.

    Examples
    --------
    Eight filters of 3×3 on one channel have 72 weights, 80 with their biases.

    >>> conv2d_parameters(1, 8, 3, bias=False), conv2d_parameters(1, 8, 3)
    (72, 80)
    """
    function = "conv2d_parameters"
    weights = _weights(function, in_channels, out_channels, kernel_size, groups)
    return weights + (out_channels if flag(function, "bias", bias) else 0)


def conv2d_multiply_adds(
    in_channels: int,
    out_channels: int,
    kernel_size: IntOrPair,
    output_size: IntOrPair,
    groups: int = 1,
) -> int:
    """Count the multiplications (each followed by an addition) of a convolution on one image.

    Parameters
    ----------
    in_channels, out_channels : int
        Depth of input and output.
    kernel_size : int or pair of int
        Height and width of the kernels.
    output_size : int or pair of int
        Height and width of the output: each weight is used once at every place.
    groups : int
        Number of equal parts the channels are split into; divides both depths.

    Returns
    -------
    int
        out_channels · (in_channels / groups) · kh · kw · H_out · W_out; padding counts as work.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer or out of range, or if `groups` does not divide.

    Examples
    --------
    >>> conv2d_multiply_adds(3, 10, 5, output_size=28)
    588000
    """
    function = "conv2d_multiply_adds"
    height, width = pair(function, "output_size", output_size, 1)
    return _weights(function, in_channels, out_channels, kernel_size, groups) * height * width


def _weights(
    function: str, in_channels: int, out_channels: int, kernel_size: IntOrPair, groups: int
) -> int:
    c_in = integer(function, "in_channels", in_channels, 1)
    c_out = integer(function, "out_channels", out_channels, 1)
    kh, kw = pair(function, "kernel_size", kernel_size, 1)
    parts = integer(function, "groups", groups, 1)
    if c_in % parts or c_out % parts:
        raise ValueError(
            f"{function}: groups must divide in_channels and out_channels, "
            f"got groups {parts}, in_channels {c_in}, out_channels {c_out}"
        )
    return c_out * (c_in // parts) * kh * kw


def _axes(function: str, settings: dict[str, tuple[IntOrPair, int]]) -> list[Pair]:
    """Check each (value, minimum) and return them as pairs."""
    return [pair(function, name, value, least) for name, (value, least) in settings.items()]


def _each_axis(rule: Callable[..., Any], sizes: list[Pair], *given: IntOrPair) -> Any:
    """Apply `rule` to the vertical and the horizontal sizes; one result if only ints were given."""
    vertical, horizontal = zip(*sizes, strict=True)
    if any(is_sequence(value) for value in given):
        return rule(*vertical), rule(*horizontal)
    return rule(*vertical)
