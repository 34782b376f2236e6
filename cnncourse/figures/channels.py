"""Channels: a filter is a stack of kernels, one for each input channel that it reads."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import traitlets

from cnncourse import functional, geometry
from cnncourse._integers import describe
from cnncourse.figures._figure import (
    Check,
    Figure,
    Setting,
    factor,
    number,
    number_table,
    paragraph,
    place,
    plain,
    rounded,
    whole,
)

LARGEST_COUNT = 4
LARGEST_PADDED = 6
LARGEST_KERNEL = 3
LARGEST_VALUE = 99


def _numbers(axes: str, *largest: int) -> Check:
    """Return a check for arrays of printable numbers with these axes, each 1 to `largest` long."""

    def check(figure: str, name: str, value: Any) -> Any:
        try:
            array = np.asarray(value)
            if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
                raise TypeError
            array = array.astype(np.float64, casting="same_kind")
        except (TypeError, ValueError):
            raise TypeError(
                f"{figure}: {name} must hold numbers in the shape {axes}, got {describe(value)}"
            ) from None
        fits = array.ndim == len(largest) and all(
            1 <= side <= limit for side, limit in zip(array.shape, largest, strict=True)
        )
        if not fits:
            limits = " × ".join(map(str, largest))
            raise ValueError(
                f"{figure}: {name} must have the shape {axes}, at most {limits}, "
                f"got shape {array.shape}"
            )
        if not np.isfinite(array).all() or abs(array).max() > LARGEST_VALUE:
            raise ValueError(
                f"{figure}: {name} must hold numbers from −{LARGEST_VALUE} to {LARGEST_VALUE}, "
                f"got {describe(value)}"
            )
        if not np.array_equal(array.round(2), array):
            raise ValueError(
                f"{figure}: {name} must hold numbers with at most two decimals, "
                f"got {describe(value)}"
            )
        return _plain(array.tolist())

    return check


class Channels(Figure):
    """A convolution over channels: kernels, partial sums, bias, and one map for each filter.

    Parameters
    ----------
    input : array, shape (C_in, H, W), at most 4 × 6 × 6
        The image, as nested lists or an array of numbers with at most two decimals.
    weight : array, shape (C_out, C_in / groups, kh, kw), at most 4 × 4 × 3 × 3
        The filters. Each is a stack of kernels, one for each input channel that it reads.
    bias : array, shape (C_out,)
        One number for each filter, added to every sum.
    stride : int, 1 to 4
        The step from one window to the next.
    padding : int, 0 to 2
        Zeros on each side. The padded input has at most 6 rows and columns.
    groups : int
        Into how many equal parts the channels are split; a filter reads only its own part.
        Divides both C_in and C_out.
    filter : int
        The filter shown at first, which makes the output channel of the same number.
    position : [row, column]
        The output cell explained at first, counted from zero.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or shapes do not fit together.

    Notes
    -----
    When the reader changes the number of channels, the groups or the kernel size, every number
    keeps its place: a filter keeps its kernel for each input channel that it still reads, from
    the kernel's top left. A place that is new takes the number the figure started with there. If
    it started with none, it is filled by a fixed pattern, so that the same steps always lead to
    the same numbers: with o the filter, c the input channel, i the row and j the column, the
    weight is entry (o + c + i + 2j + ij) mod 4 of 1, −1, 2, 0; the input value is
    (c + 3i + 5j + ij) mod 4; the bias is o mod 3 − 1.

    Examples
    --------
    >>> figure = Channels()
    >>> figure.output().shape
    (2, 2, 2)
    >>> figure.partial_sums()[:, 0, 0].tolist(), figure.bias[0], figure.output()[0, 0, 0].item()
    ([4, -2, 3], 1, 6)
    >>> Channels(input=[[[1, 2]], [[3, 4]]], weight=[[[[5]]], [[[6]]]], bias=[0, 1],
    ...          groups=2).output().tolist()
    [[[5, 10]], [[19, 25]]]
    >>> Channels(groups=2)
    Traceback (most recent call last):
    ValueError: Channels: groups must divide the 3 input channels and the 2 filters, got 2
    """

    figure = traitlets.Unicode("channels", read_only=True).tag(sync=True)
    input = Setting(
        [
            [[1, 0, 3, 0], [0, 3, 0, 0], [0, 0, 1, 0], [1, 2, 0, 0]],
            [[2, 2, 1, 3], [2, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 1]],
            [[3, 2, 2, 3], [2, 3, 2, 1], [2, 1, 0, 1], [0, 3, 1, 2]],
        ],
        _numbers("(C_in, H, W)", LARGEST_COUNT, LARGEST_PADDED, LARGEST_PADDED),
    )
    weight = Setting(
        [
            [
                [[1, -1, 0], [0, 1, -1], [0, -1, 0]],
                [[-1, 0, 1], [-1, 0, 1], [0, 0, 1]],
                [[0, 1, 0], [1, 0, 1], [-1, -1, 1]],
            ],
            [
                [[-1, 0, 0], [1, 1, -1], [0, 1, 0]],
                [[1, -1, -1], [0, 0, 0], [-1, 0, 1]],
                [[0, 1, 0], [1, 1, 1], [-1, -1, -1]],
            ],
        ],
        _numbers(
            "(C_out, C_in / groups, kh, kw)",
            LARGEST_COUNT,
            LARGEST_COUNT,
            LARGEST_KERNEL,
            LARGEST_KERNEL,
        ),
    )
    bias = Setting([1, -1], _numbers("(C_out,)", LARGEST_COUNT))
    stride = Setting(1, whole(1, 4))
    padding = Setting(0, whole(0, 2))
    groups = Setting(1, whole(1, LARGEST_COUNT))
    filter = Setting(0, whole(0, LARGEST_COUNT - 1))
    position = Setting([0, 0], place)

    @traitlets.validate("input", "weight", "bias", "padding", "groups", "filter")
    def _fits(self, proposal: Any) -> Any:
        names = ("input", "weight", "bias", "padding", "groups", "filter")
        values = {name: getattr(self, name) for name in names}
        values[proposal["trait"].name] = proposal["value"]
        padding, groups = values["padding"], values["groups"]
        in_channels, height, width = np.shape(values["input"])
        filters, depth, *kernel = np.shape(values["weight"])
        size = [side + 2 * padding for side in (height, width)]
        if in_channels % groups or filters % groups:
            raise ValueError(
                f"Channels: groups must divide the {in_channels} input channels and the "
                f"{filters} filters, got {groups}"
            )
        if depth * groups != in_channels:
            raise ValueError(
                f"Channels: weight has {depth} kernels a filter but input has {in_channels} "
                f"channels (groups={groups}); shapes input {np.shape(values['input'])}, "
                f"weight {np.shape(values['weight'])}"
            )
        if len(values["bias"]) != filters:
            raise ValueError(
                f"Channels: bias must have one number for each of the {filters} filters, "
                f"got {len(values['bias'])}"
            )
        if values["filter"] >= filters:
            raise ValueError(
                f"Channels: filter must be less than the {filters} filters of weight, "
                f"got {values['filter']}"
            )
        if max(size) > LARGEST_PADDED:
            raise ValueError(
                f"Channels: input with padding {padding} is {size[0]} × {size[1]}; "
                f"at most {LARGEST_PADDED} rows and columns are drawn"
            )
        if kernel[0] > size[0] or kernel[1] > size[1]:
            raise ValueError(
                f"Channels: the kernels are {kernel[0]} × {kernel[1]} but input with padding "
                f"{padding} is {size[0]} × {size[1]}; take smaller kernels, a larger input or "
                "more padding"
            )
        return proposal["value"]

    def read_channels(self) -> list[int]:
        """Return the input channels that the shown filter reads: those of its group."""
        depth = len(self.weight[0])
        group = self.filter // (len(self.weight) // self.groups)
        return list(range(group * depth, (group + 1) * depth))

    def output(self) -> np.ndarray:
        """Return the whole output, shape (C_out, H_out, W_out)."""
        bias = np.array(self.bias, np.float64)
        return self._convolve(self.input, self.weight, bias, self.groups)

    def partial_sums(self) -> np.ndarray:
        """Return what each kernel of the shown filter adds, shape (C_in / groups, H_out, W_out)."""
        image = [self.input[channel] for channel in self.read_channels()]
        kernels = [[kernel] for kernel in self.weight[self.filter]]
        return self._convolve(image, kernels, None, len(kernels))

    def reading(self) -> str:
        """Return tables of channels, kernels, partial sums and output, with the sums in words."""
        image = np.pad(np.array(self.input), [(0, 0)] + 2 * [(self.padding, self.padding)])
        kernels = self.weight[self.filter]
        partials = self.partial_sums()
        output = self.output()
        read = self.read_channels()
        filters, depth, kh, kw = np.shape(self.weight)
        _, rows, columns = output.shape
        height, width = np.shape(self.input)[1:]
        frame = f", padded with {self.padding} on each side" if self.padding else ""
        parts = [
            paragraph(
                f"Filter {self.filter} of {filters} filters is a stack of {_count(depth, 'kernel')}"
                f", one for each input channel that it reads. It makes output channel "
                f"{self.filter}. Channels, filters, rows and columns are counted from zero."
            )
        ]
        for channel, values in enumerate(image):
            if channel not in read:
                parts += [
                    number_table(
                        f"Input channel {channel}, {height} × {width}{frame}", values.tolist()
                    ),
                    paragraph(self._not_read(channel)),
                ]
                continue
            index = channel - read[0]
            parts += [
                number_table(
                    f"Input channel {channel}, {height} × {width}{frame}", values.tolist()
                ),
                number_table(f"Kernel weight[{self.filter}, {index}], {kh} × {kw}", kernels[index]),
                number_table(
                    f"Partial sums of input channel {channel}, {rows} × {columns}",
                    partials[index].tolist(),
                ),
            ]
        step = f", {self.stride} cells at a time" if self.stride > 1 else ""
        row, column = self._position()
        items = [
            self._channel_sum(image, channel, row, column)
            for channel in range(len(image))
            if channel in read
        ]
        items.append(f"Sum: {self._total(row, column)}")
        listed = "\n".join(f"<li>{escape(item, quote=False)}</li>" for item in items)
        parts += [
            paragraph(
                f"The bias of filter {self.filter} is {number(self.bias[self.filter])}. The "
                f"partial sums are added cell by cell, and the bias is added to every cell."
            ),
            number_table(
                f"Output channel {self.filter}, {rows} × {columns}", output[self.filter].tolist()
            ),
            paragraph(
                f"Every kernel slides over its channel{step}. At row {row}, column {column} of "
                f"output channel {self.filter}:"
            ),
            f"<ul>\n{listed}\n</ul>",
            paragraph(f"Parameters: {self._parameters()}, weights and biases of all filters."),
            paragraph(
                f"Multiply-adds: {self._multiply_adds()}, over all {filters} output channels of "
                f"{rows} × {columns}."
            ),
        ]
        return "\n".join(parts)

    def _convolve(self, image: Any, weight: Any, bias: Any, groups: int) -> np.ndarray:
        result = functional.conv2d(
            np.array(image, np.float64),
            np.array(weight, np.float64),
            bias,
            self.stride,
            self.padding,
            groups=groups,
        )
        values = _plain(result.tolist())
        whole_numbers = all(float(value).is_integer() for value in np.ravel(values))
        return np.array(values, dtype=np.int64 if whole_numbers else np.float64)

    def _position(self) -> tuple[int, int]:
        _, rows, columns = self.output().shape
        row, column = self.position
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def _not_read(self, channel: int) -> str:
        depth = len(self.weight[0])
        return (
            f"Input channel {channel} is not read by filter {self.filter}: it belongs to group "
            f"{channel // depth}, the filter to group {self.read_channels()[0] // depth}."
        )

    def _channel_sum(self, image: np.ndarray, channel: int, row: int, column: int) -> str:
        index = channel - self.read_channels()[0]
        kernel = np.array(self.weight[self.filter][index])
        top, left = row * self.stride, column * self.stride
        window = image[channel, top : top + kernel.shape[0], left : left + kernel.shape[1]]
        pairs = zip(window.ravel().tolist(), kernel.ravel().tolist(), strict=True)
        products = " + ".join(f"{factor(value)}·{factor(weight)}" for value, weight in pairs)
        result = number(self.partial_sums()[index, row, column])
        return f"x[{channel}] ⋆ weight[{self.filter}, {index}]: {products} = {result}"

    def _total(self, row: int, column: int) -> str:
        parts = [factor(value) for value in self.partial_sums()[:, row, column].tolist()]
        bias = factor(self.bias[self.filter])
        result = number(self.output()[self.filter, row, column])
        return f"{' + '.join(parts)} + bias {bias} = {result}"

    def _parameters(self) -> str:
        filters, _, kh, kw = np.shape(self.weight)
        channels = len(self.input)
        count = geometry.conv2d_parameters(channels, filters, (kh, kw), self.groups)
        return f"{filters}·({channels}/{self.groups})·{kh}·{kw} + {filters} = {count}"

    def _multiply_adds(self) -> str:
        filters, _, kh, kw = np.shape(self.weight)
        channels = len(self.input)
        _, rows, columns = self.output().shape
        count = geometry.conv2d_multiply_adds(
            channels, filters, (kh, kw), (rows, columns), self.groups
        )
        return f"{filters}·{rows}·{columns}·({channels}/{self.groups})·{kh}·{kw} = {count}"


def _count(items: int, name: str) -> str:
    return f"{items} {name}" if items == 1 else f"{items} {name}s"


def _plain(values: Any) -> Any:
    return [_plain(item) for item in values] if isinstance(values, list) else plain(rounded(values))
