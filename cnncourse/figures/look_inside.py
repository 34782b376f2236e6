"""A trained network on a picture: every layer's maps, and any unit's sum written out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import traitlets

from cnncourse import functional
from cnncourse._integers import Pair, describe, integer, pair
from cnncourse.data import results
from cnncourse.figures._figure import (
    LargeFigure,
    Matrix,
    Setting,
    factor,
    number,
    number_table,
    paragraph,
    plain,
    rounded,
    sum_text,
    table,
    whole,
)
from cnncourse.figures._png import png_url

Array = np.ndarray[Any, np.dtype[np.float64]]

CARRIED = "digits"
LARGEST_SIDE = 32
MOST_MAPS = 64
MOST_SAMPLES = 12
MOST_CLASSES = 12
MOST_BYTES = 100_000
# A longer window is reported row by row.
LONGEST_LIST = 25
# More digits would make a page longer and show nothing more.
SIGNIFICANT = 6
NAMES = {
    "Conv2d": "Convolution",
    "ReLU": "ReLU",
    "MaxPool2d": "Max pooling",
    "AvgPool2d": "Average pooling",
    "Flatten": "Flatten",
    "Linear": "Linear",
}
SOFTMAX = "Softmax"
# The figure draws these on the page's own surface; here it is white.
NEGATIVE, POSITIVE = (150, 90, 200), (34, 150, 84)


class Step(NamedTuple):
    """One layer of the network, ready to be computed."""

    type: str
    weight: Array | None = None
    bias: Array | None = None
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)


class Terms(NamedTuple):
    """What a unit reads of one channel: values and weights, shape (kh, kw), and what they add."""

    values: Array
    weights: Array
    sum: float


def _network(figure: str, name: str, value: Any) -> Any:
    """Check a network in the form of plain data."""
    if isinstance(value, str) and value == CARRIED:
        return value
    if not isinstance(value, dict) or set(value) != {"input", "layers"}:
        raise TypeError(
            f"{figure}: {name} must be {CARRIED!r}, a Sequential, or a dict with 'input' and "
            f"'layers', got {describe(value)}"
        )
    size = [integer(figure, "input", side, 1, LARGEST_SIDE) for side in value["input"]]
    if len(size) != 3 or size[0] != 1:
        raise ValueError(
            f"{figure}: the network must read pictures of one channel, input [1, H, W], got {size}"
        )
    layers = [_layer(figure, i, layer) for i, layer in enumerate(value["layers"])]
    cleaned = {"input": size, "layers": layers}
    _steps(figure, cleaned)
    if (written := len(json.dumps(cleaned))) > MOST_BYTES:
        raise ValueError(
            f"{figure}: the network takes {written:,} bytes in the page, at most {MOST_BYTES:,}; "
            "take fewer weights, about ten thousand fit"
        )
    return cleaned


def _layer(figure: str, index: int, layer: Any) -> dict[str, Any]:
    """Write one layer as plain data: a dict, or a layer of cnncourse.layers or torch.nn."""
    given = dict(layer) if isinstance(layer, dict) else None
    kind = given.pop("type", None) if given is not None else type(layer).__name__
    where = f"layer {index}"
    if kind not in NAMES:
        raise ValueError(
            f"{figure}: {where} must be one of {', '.join(NAMES)}, got {kind or describe(layer)}"
        )
    known = {
        "Conv2d": ("weight", "bias", "stride", "padding", "dilation"),
        "MaxPool2d": ("kernel_size", "stride"),
        "AvgPool2d": ("kernel_size", "stride"),
        "Linear": ("weight", "bias"),
    }.get(kind, ())
    if given is None:
        usual: dict[str, Any] = {"groups": 1, "ceil_mode": False, "count_include_pad": True}
        usual |= {"divisor_override": None, "padding_mode": "zeros"}
        usual |= {} if kind == "Conv2d" else {"padding": 0, "dilation": 1}
        for name, only in usual.items():
            if np.any(np.not_equal(getattr(layer, name, only), only)):
                raise ValueError(
                    f"{figure}: {where}: {name}={getattr(layer, name)} is not drawn, only {only}"
                )
        given = {name: getattr(layer, name) for name in known}
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{figure}: {where}: {kind} takes {', '.join(known)}, not {unknown[0]}")
    written: dict[str, Any] = {"type": kind}
    for name in known:
        value = given.get(name)
        if value is None:
            continue
        if name in ("weight", "bias"):
            axes = 1 if name == "bias" else 4 if kind == "Conv2d" else 2
            written[name] = _weights(figure, f"{where}: {name}", value, axes)
        else:
            least = 0 if name == "padding" else 1
            both = pair(figure, f"{where}: {name}", value, least)
            if name == "kernel_size" or both != ((0, 0) if name == "padding" else (1, 1)):
                written[name] = list(both)
    if kind in ("MaxPool2d", "AvgPool2d") and given.get("stride") is not None:
        written["stride"] = list(pair(figure, f"{where}: stride", given["stride"], 1))
    missing = {"Conv2d": "weight", "Linear": "weight"}.get(
        kind, "kernel_size" if "Pool" in kind else None
    )
    if missing and missing not in written:
        raise ValueError(f"{figure}: {where}: {kind} needs {missing}")
    return written


def _weights(figure: str, name: str, value: Any, axes: int) -> Any:
    data = value if isinstance(value, np.ndarray) else getattr(value, "data", value)
    try:
        array = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{figure}: {name} must hold numbers, got {describe(value)}") from None
    if array.ndim != axes or not array.size or not np.isfinite(array).all():
        raise ValueError(
            f"{figure}: {name} must hold finite numbers along {axes} "
            f"{'axis' if axes == 1 else 'axes'}, got shape {array.shape}"
        )
    return _nested(np.vectorize(lambda item: float(f"{item:.{SIGNIFICANT}g}"))(array).tolist())


def _nested(values: Any) -> Any:
    return [_nested(item) for item in values] if isinstance(values, list) else plain(values)


def _steps(figure: str, network: dict[str, Any]) -> tuple[list[Step], list[tuple[int, int, int]]]:
    """Make the layers ready; return them and the shapes (C, H, W) before and after each."""
    shapes: list[tuple[int, int, int]] = [tuple(network["input"])]
    steps: list[Step] = []
    if not network["layers"]:
        raise ValueError(f"{figure}: the network has no layers")
    for index, layer in enumerate(network["layers"]):
        step = _step(layer, shapes[-1])
        channels, *sides = shapes[-1]
        if step.weight is not None and step.weight.shape[1:] != (
            channels,
            *(step.kernel if step.type == "Conv2d" else sides),
        ):
            reads = step.weight.shape[1] if step.type == "Conv2d" else step.weight[0].size
            comes = channels if step.type == "Conv2d" else np.prod(shapes[-1])
            raise ValueError(
                f"{figure}: layer {index}: its weight reads {reads} "
                f"{'channels' if step.type == 'Conv2d' else 'numbers'}, but {comes} come in, "
                f"shape {shapes[-1]}"
            )
        biases = 0 if step.bias is None else len(step.bias)
        if step.weight is not None and biases not in (0, len(step.weight)):
            raise ValueError(
                f"{figure}: layer {index}: {len(step.weight)} filters and {biases} biases"
            )
        for axis in range(2):
            extent = step.dilation[axis] * (step.kernel[axis] - 1) + 1
            room = sides[axis] + 2 * step.padding[axis] - extent
            if room < 0:
                raise ValueError(
                    f"{figure}: layer {index}: its window is {extent} long but its input only "
                    f"{sides[axis] + 2 * step.padding[axis]}, shape {shapes[-1]}"
                )
            sides[axis] = room // step.stride[axis] + 1
        if step.weight is not None:
            channels = len(step.weight)
        if channels > MOST_MAPS:
            raise ValueError(
                f"{figure}: layer {index} has {channels} maps, at most {MOST_MAPS} are drawn"
            )
        steps.append(step)
        shapes.append((channels, sides[0], sides[1]))
    return steps, shapes


def _step(layer: dict[str, Any], shape: tuple[int, int, int]) -> Step:
    kind = layer["type"]
    bias = np.array(layer["bias"], np.float64) if "bias" in layer else None
    if kind == "Conv2d":
        weight = np.array(layer["weight"], np.float64)
        geometry = (
            pair("", name, layer.get(name, usual))
            for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
        )
        return Step(kind, weight, bias, weight.shape[2:], *geometry)
    if kind == "Linear":
        # One window as large as the map: so a unit reads a dense layer's weights by channel.
        weight = np.array(layer["weight"], np.float64)
        fits = weight.shape[1] == np.prod(shape)
        weight = weight.reshape(len(weight), *shape) if fits else weight[:, :, None, None]
        return Step(kind, weight, bias, shape[1:])
    if "kernel_size" in layer:
        kernel = pair("", "kernel_size", layer["kernel_size"])
        return Step(kind, None, None, kernel, pair("", "stride", layer.get("stride", kernel)))
    return Step(kind)


def _image(figure: str, name: str, value: Any) -> Any:
    """Check a picture, or the number of one among the samples."""
    if isinstance(value, bool | str):
        raise TypeError(f"{figure}: {name} must be a matrix or a number, got {describe(value)}")
    if np.ndim(value) == 0:
        return whole(0, MOST_SAMPLES - 1)(figure, name, value)
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"{figure}: {name} must be a matrix of numbers, got {describe(value)}"
        ) from None
    if array.ndim != 2 or not 1 <= min(array.shape) <= max(array.shape) <= LARGEST_SIDE:
        raise ValueError(
            f"{figure}: {name} must be a matrix of 1 to {LARGEST_SIDE} rows and columns, "
            f"got shape {array.shape}"
        )
    if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            f"{figure}: {name} must hold ink from 0 (paper) to 1, got numbers from "
            f"{array.min():g} to {array.max():g}"
        )
    return [[rounded(item) for item in row] for row in array.tolist()]


def _samples(figure: str, name: str, value: Any) -> list[Matrix]:
    """Check the pictures to pick from."""
    if len(value) > MOST_SAMPLES:
        raise ValueError(f"{figure}: {name} can be at most {MOST_SAMPLES}, got {len(value)}")
    return [_image(figure, f"{name}[{i}]", np.asarray(item)) for i, item in enumerate(value)]


def _unit(figure: str, name: str, value: Any) -> list[int]:
    """Check the place of a unit, `[map, row, column]`."""
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 3:
        raise TypeError(f"{figure}: {name} must be [map, row, column], got {describe(value)}")
    return [integer(figure, f"{name}[{i}]", item, 0) for i, item in enumerate(value)]


class LookInside(LargeFigure):
    """A trained network at work on a picture that the reader draws.

    Every layer's maps are drawn, and of any unit what it reads, product by product. The network
    that the figure carries recognizes handwritten digits on 16 × 16 pixels: two convolutions of
    3 × 3, each with ReLU and 2 × 2 max pooling, and a linear layer. All of its weights and all ink
    are multiples of 0.1, so that every sum is exact as it is printed.

    Parameters
    ----------
    network : "digits", Sequential or dict, fixed when the figure is made
        The network that the figure carries; or a network of one's own, a `cnncourse.layers` or
        `torch.nn` Sequential of Conv2d, ReLU, MaxPool2d, AvgPool2d, Flatten and Linear; or the
        same as plain data, such as ``{"input": [1, 4, 4], "layers": [{"type": "Conv2d", "weight":
        …, "bias": …, "padding": 1}, {"type": "ReLU"}, {"type": "MaxPool2d", "kernel_size": 2},
        {"type": "Flatten"}, {"type": "Linear", "weight": …, "bias": …}]}``. Weights are kept to
        six significant digits; about ten thousand fit. At most 64 maps in a layer.
    image : int or matrix
        What it looks at first: the number of a sample, or a picture of ink from 0 (paper) to 1, of
        the size that the network reads. The carried network also takes scikit-learn's digits of
        8 × 8, which are enlarged (it was not trained on them, and recognizes 264 of the 300 for
        validation); its picture is rounded to tenths.
    samples : list of matrices
        Pictures to pick from, at most 12; the carried network has a drawing of each digit. Their
        size is the size that a Sequential reads.
    layer : int
        Whose unit is explained at first, counted as in the Sequential: ``network[layer]``. One
        more than the last is the softmax.
    unit : [map, row, column]
        The unit explained at first. Of a linear layer, [number, 0, 0].
    channel : int
        The channel that the unit reads whose products are shown at first.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or network and picture do not fit.

    Examples
    --------
    >>> figure = LookInside(image=3)
    >>> [maps.shape for maps in figure.maps()][:4]
    [(8, 16, 16), (8, 16, 16), (8, 8, 8), (16, 8, 8)]
    >>> figure.probabilities().argmax()
    np.int64(3)
    >>> corners = {"input": [1, 2, 2], "layers": [
    ...     {"type": "Conv2d", "weight": [[[[1, -2]]], [[[0, 3]]]]}]}
    >>> figure = LookInside(network=corners, image=[[1, 0], [0.5, 1]], layer=0, unit=[0, 1, 0])
    >>> figure.maps()[0].tolist()
    [[[1.0], [-1.5]], [[0.0], [3.0]]]
    >>> figure.sums()[0]
    '0.5·1 + 1·(−2) = 0.5 − 2 = −1.5'
    >>> LookInside(network=corners, image=[[1, 0, 0]])
    Traceback (most recent call last):
    ValueError: LookInside: image must have the size that the network reads, 2 × 2, got 1 × 3
    """

    figure = traitlets.Unicode("look-inside", read_only=True).tag(sync=True)
    network = Setting(CARRIED, _network)
    samples = Setting([], _samples)
    image = Setting(3, _image)
    layer = Setting(3, whole(0, 99))
    unit = Setting([3, 5, 5], _unit)
    channel = Setting(4, whole(0, LARGEST_SIDE**2))
    # What a page loads when it has this figure, and a notebook gets with the widget.
    carried = traitlets.Dict().tag(sync=True)
    _complete = False

    def __init__(self, network: Any = CARRIED, **settings: Any) -> None:
        if not isinstance(network, str | dict):
            network = {"input": _input_size(network, settings), "layers": list(network)}
        if isinstance(network, str) and network == CARRIED:
            settings["image"] = _enlarged(settings.get("image", 3))
            settings["samples"] = [_enlarged(each) for each in settings.get("samples", ())]
        else:
            settings.setdefault("layer", 0)
        super().__init__(network=network, **settings)
        if self.network == CARRIED:
            self.carried = _carried()
        elif "image" not in settings and not self.samples:
            self.image = np.zeros(self.network["input"][1:])
        self._check()

    def _check(self) -> None:
        """Check what the settings are to each other, once all are there."""
        for i, sample in enumerate(self._pictures()):
            self._check_picture(f"samples[{i}]", sample)
        self._check_picture("image", self.image)
        last = len(self._data()["layers"])
        if self.layer > last:
            raise ValueError(f"LookInside: layer must be at most {last}, got {self.layer}")
        self._complete = True

    def _check_picture(self, name: str, image: Any) -> None:
        height, width = self._data()["input"][1:]
        if isinstance(image, int):
            if image >= len(self._pictures()):
                raise ValueError(
                    f"LookInside: {name}={image}, but there are {len(self._pictures())} samples; "
                    f"give a matrix of {height} × {width}"
                )
        elif np.shape(image) != (height, width):
            raise ValueError(
                f"LookInside: {name} must have the size that the network reads, "
                f"{height} × {width}, got {' × '.join(map(str, np.shape(image)))}"
            )

    @traitlets.validate("image")
    def _fits(self, proposal: Any) -> Any:
        if self._complete:
            self._check_picture("image", proposal["value"])
        return proposal["value"]

    def picture(self) -> Array:
        """Return the picture that the network reads, shape (H, W)."""
        image = self._pictures()[self.image] if isinstance(self.image, int) else self.image
        return np.array(image, np.float64)

    def maps(self) -> list[Array]:
        """Return what each layer computes, each of shape (C, H, W)."""
        return self._forward()[1:]

    def probabilities(self) -> Array:
        """Return the softmax of the last layer's numbers."""
        return functional.softmax(self._forward()[-1].ravel(), 0)

    def receptive_field(self) -> list[tuple[int, int]]:
        """Return the first and the last row of the picture that the unit sees, and columns."""
        steps, shapes = _steps("LookInside", self._data())
        layer, unit = self._place()
        layer = min(layer, len(steps) - 1)  # softmax sees what all outputs see
        box = [(at, at) for at in unit[1:]]
        for step, shape in zip(steps[layer::-1], shapes[layer::-1], strict=True):
            box = [
                (
                    max(0, low * s - p),
                    min(side - 1, high * s - p + d * (k - 1)),
                )
                for (low, high), side, k, s, p, d in zip(
                    box,
                    shape[1:],
                    step.kernel,
                    step.stride,
                    step.padding,
                    step.dilation,
                    strict=True,
                )
            ]
        return box

    def terms(self) -> list[Terms]:
        """Return what the unit reads, channel by channel; without weights, of its own channel."""
        steps, _ = _steps("LookInside", self._data())
        layer, (index, row, column) = self._place()
        if layer == len(steps):
            return []
        step, before = steps[layer], self._forward()[layer]
        (top, left), (down, right) = step.padding, step.stride
        padded = np.pad(before, ((0, 0), (top, top), (left, left)))
        rows = row * down + step.dilation[0] * np.arange(step.kernel[0])
        columns = column * right + step.dilation[1] * np.arange(step.kernel[1])
        window = padded[:, rows[:, None], columns]
        if step.weight is None:
            return [Terms(window[index], np.ones(step.kernel), float(window[index].sum()))]
        return [
            Terms(values, weights, float((values * weights).sum()))
            for values, weights in zip(window, step.weight[index], strict=True)
        ]

    def sums(self) -> list[str]:
        """Write out how the unit comes to its number: a line for each channel, then the total."""
        steps, _ = _steps("LookInside", self._data())
        layer, (index, row, column) = self._place()
        before = self._forward()
        if layer == len(steps):
            return [_softmax_text(before[-1].ravel(), index)]
        step, value = steps[layer], before[layer + 1][index, row, column]
        terms = self.terms()
        if step.weight is None:
            return [_report_text(step.type, terms[0].values, float(value))]
        bias = 0.0 if step.bias is None else float(step.bias[index])
        lines = [_products_text(each) for each in terms]
        if len(terms) > 1 or bias:
            ends = [each.sum for each in terms] + ([bias] if bias else [])
            lines.append(_chain([(sum_text(map(rounded, ends)), ends), (number(value), [value])]))
        return lines

    def reading(self) -> str:
        """Return the picture, the layers with their maps, the unit's sum and the probabilities."""
        steps, shapes = _steps("LookInside", self._data())
        picture, maps = self.picture(), self.maps()
        height, width = picture.shape
        layer, unit = self._place()
        parts = [
            _png(
                np.floor(255.5 - 255 * picture),
                f"The picture, {height} × {width} pixels, dark ink on white paper.",
                14,
            ),
            number_table(f"Picture {height} × {width}: ink from 0 (paper) to 1", picture.tolist()),
            table(
                "The network",
                [
                    [NAMES[step.type], " × ".join(map(str, _size(step, shape))), str(_count(step))]
                    for step, shape in zip(steps, shapes[1:], strict=True)
                ],
                [str(i) for i in range(len(steps))],
                ["Layer", "Output", "Parameters"],
            ),
        ]
        for index, (step, values) in enumerate(zip(steps, maps, strict=True)):
            if step.type != "Flatten" and not (index == len(steps) - 1 and self._has_classes()):
                parts.append(_maps_png(index, step, values))
        parts += [paragraph(self._summary(steps, layer, unit))]
        lines = self.sums()
        titles = [f"map {i}: " for i in range(len(self.terms()))] if len(lines) > 1 else [""]
        titles += ["all maps and the bias: "] * (len(lines) - len(titles))
        items = "\n".join(
            f"<li>{title}{line}</li>" for title, line in zip(titles, lines, strict=True)
        )
        parts += [f"<ul>\n{items}\n</ul>", self._classes()]
        return "\n".join(parts)

    def __repr__(self) -> str:
        data = self._data()
        count = sum(_count(step) for step in _steps("LookInside", data)[0])
        name = repr(CARRIED) if self.network == CARRIED else f"{len(data['layers'])} layers"
        height, width = self.picture().shape
        return f"LookInside({name}, {count} parameters; {height} × {width} pixels)"

    def _data(self) -> dict[str, Any]:
        data = self.carried["network"] if self.network == CARRIED else self.network
        return dict(data)

    def _pictures(self) -> list[Matrix]:
        if self.samples or self.network != CARRIED:
            return list(self.samples)
        return list(self.carried["drawings"])

    def _place(self) -> tuple[int, list[int]]:
        """Return the layer and the unit, or the nearest that is drawn."""
        steps, shapes = _steps("LookInside", self._data())
        drawn = [i for i, step in enumerate(steps) if step.type != "Flatten"]
        if self._has_classes():
            drawn.append(len(steps))
        layer = self.layer if self.layer in drawn else drawn[0]
        size = shapes[min(layer + 1, len(steps))]
        return layer, [min(at, side - 1) for at, side in zip(self.unit, size, strict=True)]

    def _has_classes(self) -> bool:
        """Return whether the last numbers are few and have no place: then they are classes."""
        count, *sides = _steps("LookInside", self._data())[1][-1]
        return sides == [1, 1] and count <= MOST_CLASSES

    def _forward(self) -> list[Array]:
        """Return the picture and what each layer computes from it."""
        steps, shapes = _steps("LookInside", self._data())
        values = [self.picture()[None]]
        for step, shape in zip(steps, shapes[1:], strict=True):
            values.append(_compute(step, values[-1]).reshape(shape))
        return values

    def _summary(self, steps: list[Step], layer: int, unit: list[int]) -> str:
        name = SOFTMAX if layer == len(steps) else NAMES[steps[layer].type]
        index, row, column = unit
        (top, bottom), (left, right) = self.receptive_field()
        many = (bottom - top + 1) * (right - left + 1)
        place = f"map {index}, row {row}, column {column}"
        if layer == len(steps) or steps[layer].type == "Linear":
            place = f"number {index}"
        return (
            f"One unit of layer {layer}, {name}: {place}. It sees rows {top} to {bottom} and "
            f"columns {left} to {right} of the picture, {many} "
            f"{'pixel' if many == 1 else 'pixels'}. How it comes to its number:"
        )

    def _classes(self) -> str:
        if not self._has_classes():
            return ""
        outputs, chances = self._forward()[-1].ravel(), self.probabilities()
        best = int(chances.argmax())
        rows = [
            [number(output), number(chance)]
            for output, chance in zip(outputs, chances, strict=True)
        ]
        heads = [str(i) for i in range(len(rows))]
        told = table("Output and softmax of each class", rows, heads, ["Output", SOFTMAX])
        return f"{told}\n" + paragraph(
            f"The largest is {best}, with probability {number(chances[best])}."
        )


def _carried() -> dict[str, Any]:
    stored = results("look_inside")
    return {
        "network": stored["network"],
        "drawings": [_drawing(each) for each in stored["drawings"]],
    }


def _drawing(rows: list[str]) -> Matrix:
    """Read a drawing: a digit a pixel, its ink in tenths; the letter a is ten."""
    return [[plain(int(tenths, 11) / 10) for tenths in row] for row in rows]


def _input_size(network: Iterable[Any], settings: dict[str, Any]) -> list[int]:
    """Find the size of the pictures that a Sequential is given."""
    given = settings.get("image")
    if given is None or np.ndim(given) != 2:
        given = next(iter(settings.get("samples", ())), None)
    if given is None or np.ndim(given) != 2:
        raise ValueError(
            "LookInside: a network of your own needs a picture: give image=, a matrix of the size "
            "that the network reads"
        )
    return [1, *np.shape(given)]


def _enlarged(image: Any) -> Any:
    """Bring scikit-learn's 8 × 8 to 16 × 16, and any picture to tenths, for the carried network."""
    if np.ndim(image) != 2:
        return image
    array = np.asarray(image)
    if array.shape == (8, 8) and np.issubdtype(array.dtype, np.number):
        larger = functional.interpolate(
            array.astype(np.float64)[None, None], (11, 11), mode="bilinear"
        )
        array = np.pad(larger[0, 0], (2, 3))
    return array.round(1) if np.issubdtype(array.dtype, np.floating) else array


def _compute(step: Step, values: Array) -> Array:
    if step.type == "Conv2d" and step.weight is not None:
        geometry = (step.stride, step.padding, step.dilation)
        return functional.conv2d(values[None], step.weight, step.bias, *geometry)[0]
    if step.type == "Linear" and step.weight is not None:
        rows = step.weight.reshape(len(step.weight), -1)
        return functional.linear(values.ravel(), rows, step.bias)
    if step.type == "MaxPool2d":
        return np.asarray(functional.max_pool2d(values[None], step.kernel, step.stride))[0]
    if step.type == "AvgPool2d":
        return functional.avg_pool2d(values[None], step.kernel, step.stride)[0]
    return functional.relu(values) if step.type == "ReLU" else values


def _count(step: Step) -> int:
    return sum(part.size for part in (step.weight, step.bias) if part is not None)


def _size(step: Step, shape: tuple[int, int, int]) -> tuple[int, ...]:
    flat = step.type in ("Flatten", "Linear")
    return (int(np.prod(shape)),) if flat else shape


def _chain(sides: list[tuple[str, list[float]]]) -> str:
    """Join sides that are equal: with ≈ where a number is not exactly what is printed."""
    exact = all(abs(rounded(value) - value) < 1e-9 for _, values in sides for value in values)
    return (" = " if exact else " ≈ ").join(text for text, _ in sides)


def _products_text(terms: Terms) -> str:
    pairs = list(zip(terms.values.ravel().tolist(), terms.weights.ravel().tolist(), strict=True))
    products = [value * weight for value, weight in pairs]
    return _chain(
        [
            (
                " + ".join(f"{factor(value)}·{factor(weight)}" for value, weight in pairs),
                [each for both in pairs for each in both],
            ),
            (sum_text(map(rounded, products)), products),
            (number(terms.sum), [terms.sum]),
        ]
    )


def _report_text(kind: str, window: Array, result: float) -> str:
    values = window.ravel()
    if window.size > LONGEST_LIST:
        values = window.max(1) if kind == "MaxPool2d" else window.sum(1)
    listed = ", ".join(map(number, values.tolist()))
    text = {
        "ReLU": f"max(0, {listed})",
        "MaxPool2d": f"max({listed})",
        "AvgPool2d": f"({sum_text(map(rounded, values.tolist()))}) / {window.size}",
    }.get(kind, listed)
    return _chain([(text, values.tolist()), (number(result), [result])])


def _softmax_text(outputs: Array, index: int) -> str:
    chance = functional.softmax(outputs, 0)[index]
    powers = " + ".join(f"e^{factor(value)}" for value in outputs.tolist())
    return f"e^{factor(float(outputs[index]))} / ({powers}) ≈ {number(chance)}"


def _png(levels: Array, alt: str, pixel: int, palette: Any = None) -> str:
    height, width = levels.shape
    src = png_url(levels.astype(np.uint8), palette)
    size = f'width="{pixel * width}" height="{pixel * height}"'
    return f'<img src="{src}" alt="{escape(alt)}" {size} style="image-rendering: pixelated">'


def _maps_png(index: int, step: Step, values: Array) -> str:
    """Draw a layer's maps side by side, eight in a row, with a pixel between them."""
    count, height, width = values.shape
    limit = float(abs(values).max()) or 1.0
    columns = min(count, 8)
    rows = -(-count // columns)
    # Half-way between two levels a machine may round either way: four digits decide.
    shares = np.vectorize(rounded, otypes=[float])(values) / limit
    # Bent, so that small numbers are seen beside large ones.
    levels = np.floor(128.5 + 127 * np.sign(shares) * abs(shares) ** 0.7)
    picture = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), 128.0)
    for each, level in enumerate(levels):
        row, column = divmod(each, columns)
        top, left = row * (height + 1), column * (width + 1)
        picture[top : top + height, left : left + width] = level
    alt = (
        f"Layer {index}, {NAMES[step.type]}: {count} maps of {height} × {width}. Green is "
        f"positive, purple negative, white zero; the largest magnitude is {number(limit)}."
    )
    return _png(picture, alt, max(1, 48 // width), _palette())


def _palette() -> Any:
    ends = np.array([NEGATIVE, (255, 255, 255), POSITIVE], np.float64)
    t = np.clip((np.arange(256) - 128) / 127, -1, 1)[:, None]
    return np.floor(ends[1] + abs(t) * (np.where(t < 0, ends[0], ends[2]) - ends[1]) + 0.5)
