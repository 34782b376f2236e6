"""A stack of layers, and the pixels that any of its units depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np
import traitlets

from cnncourse import geometry
from cnncourse._integers import describe, integer, is_sequence
from cnncourse.figures._figure import Figure, Setting, paragraph, place, table

# The size of the field, too: what a unit sees must fit the row of pixels that is drawn.
LARGEST_INPUT = 64
MOST_LAYERS = 6
LIMITS = {"kernel_size": 7, "stride": 4, "dilation": 16}
# So many units of the last layer are drawn where their pixels stay wide, and so many if they fit.
UNITS, WIDE_INPUT = (7, 5, 3), 33
# Longer lists of pixels are cut: the table beside them has them all.
LONGEST_LIST = 8

Layer = dict[str, int]


class Field(NamedTuple):
    """What the units of a layer see: so many pixels each, neighbors so many pixels apart."""

    size: int
    jump: int


def stack(figure: str, name: str, value: Any) -> list[Layer]:
    """Check a list of layers, each with its kernel size, stride and dilation."""
    if not is_sequence(value) or not all(isinstance(layer, Mapping) for layer in value):
        raise TypeError(
            f"{figure}: {name} must be a list of layers such as "
            f'{{"kernel_size": 3, "stride": 1, "dilation": 1}}, got {describe(value)}'
        )
    if not 1 <= len(value) <= MOST_LAYERS:
        raise ValueError(f"{figure}: {name} must have 1 to {MOST_LAYERS} layers, got {len(value)}")
    layers = []
    for index, layer in enumerate(value):
        here = f"{name}[{index}]"
        unknown = [key for key in layer if key not in LIMITS]
        if unknown or "kernel_size" not in layer:
            raise ValueError(
                f"{figure}: {here} must have a kernel_size, and may have a stride and a dilation, "
                f"got {describe(dict(layer))}"
            )
        clean = {}
        for key, most in LIMITS.items():
            clean[key] = integer(figure, f"{here} {key}", layer.get(key, 1), 1)
            if clean[key] > most:
                raise ValueError(f"{figure}: {here} {key} must be at most {most}, got {clean[key]}")
        layers.append(clean)
    size = follow(layers)[-1].size
    if size > LARGEST_INPUT:
        raise ValueError(
            f"{figure}: a unit of the last layer of {name} sees {size} pixels; at most "
            f"{LARGEST_INPUT} are drawn: take fewer layers, smaller kernels, strides or dilations"
        )
    return layers


def follow(layers: list[Layer]) -> list[Field]:
    """Return size and jump of the input, and after each layer; the offset without padding is 0."""
    rows = [(layer["kernel_size"], layer["stride"], 0, layer["dilation"]) for layer in layers]
    fields = [cast(Field, field) for field in geometry.receptive_field(rows)]
    return [Field(1, 1), *(Field(field.size, field.jump) for field in fields)]


def place_or_none(figure: str, name: str, value: Any) -> list[int] | None:
    """Check a place in the pyramid, `[layer, unit]`, or none."""
    return None if value is None else place(figure, name, value)


class ReceptiveField(Figure):
    """The pyramid of a stack of layers: from any unit back to pixels, and forward again.

    Drawn along one axis, without padding: as many units of the last layer as there is room for,
    and below them all that they read, down to the pixels. Unit u of a layer sees `size` pixels
    from pixel u · jump on.

    Parameters
    ----------
    layers : list of dict
        One a layer, from the input on: ``{"kernel_size": 3, "stride": 1, "dilation": 1}``, where
        stride and dilation may be left out. At most 6 layers, kernel sizes up to 7, strides up to
        4, dilations up to 16; a unit of the last layer sees at most 64 pixels.
    position : [layer, unit] or None
        The unit explained at first. Layer 0 is the input, whose units are the pixels; units are
        counted from zero. None is the middle unit of the last layer.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind, or the field is too large to be drawn.

    Examples
    --------
    >>> figure = ReceptiveField()
    >>> [field.size for field in figure.fields()]
    [1, 3, 5, 7]
    >>> figure.paths(3).tolist()
    [1, 3, 6, 7, 6, 3, 1]

    Three layers at dilation 2 leave holes: of the 13 pixels below a unit it reads 7.

    >>> gridded = ReceptiveField(layers=[{"kernel_size": 3, "dilation": 2}] * 3)
    >>> gridded.paths(3).tolist()
    [1, 0, 3, 0, 6, 0, 7, 0, 6, 0, 3, 0, 1]
    >>> gridded.units()
    [19, 15, 11, 7]
    >>> ReceptiveField(layers=[{"kernel_size": 7, "stride": 4}] * 3)
    Traceback (most recent call last):
    ValueError: ReceptiveField: a unit of the last layer of layers sees 127 pixels; \
at most 64 are drawn: take fewer layers, smaller kernels, strides or dilations
    """

    figure = traitlets.Unicode("receptive-field", read_only=True).tag(sync=True)
    layers = Setting([{"kernel_size": 3, "stride": 1, "dilation": 1}] * 3, stack)
    position = Setting(None, place_or_none)

    def fields(self) -> list[Field]:
        """Return size and jump of the input, which come first, and after each layer."""
        return follow(self.layers)

    def units(self) -> list[int]:
        """Count the units drawn of each layer; the first count is that of the pixels."""
        top = self.fields()[-1]
        spans = [(count, top.size + (count - 1) * top.jump) for count in UNITS]
        wide = [count for count, span in spans if span <= WIDE_INPUT]
        small = [count for count, span in spans if span <= LARGEST_INPUT]
        counts = [wide[0] if wide else small[-1] if small else 1]
        for layer in reversed(self.layers):
            reach = layer["dilation"] * (layer["kernel_size"] - 1) + 1
            counts.append((counts[-1] - 1) * layer["stride"] + reach)
        return counts[::-1]

    def paths(self, layer: int) -> np.ndarray:
        """Count the paths from each pixel of its field to a unit of this layer, shape (size,).

        Were every weight 1, these would be the derivatives of the unit by its pixels. A pixel of
        the field that no path leads to, a hole, has 0.
        """
        counts = np.ones(1, dtype=np.int64)
        for settings in reversed(self.layers[:layer]):
            spread = np.zeros((len(counts) - 1) * settings["stride"] + 1, dtype=np.int64)
            spread[:: settings["stride"]] = counts
            weights = np.zeros(
                settings["dilation"] * (settings["kernel_size"] - 1) + 1, dtype=np.int64
            )
            weights[:: settings["dilation"]] = 1
            counts = np.convolve(spread, weights)
        return counts

    def reading(self) -> str:
        """Return the recurrence, the rows of the pyramid, and all that belongs to one unit."""
        fields, units = self.fields(), self.units()
        layer, unit = self._selected()
        field, paths = fields[layer], self.paths(layer)
        first = unit * field.jump
        rows = [
            [str(settings[key]) for key in LIMITS] + [*self._recurrence(index)]
            for index, settings in enumerate(self.layers)
        ]
        below = ", ".join(
            f"{units[index]} of layer {index}" for index in reversed(range(1, len(units) - 1))
        )
        read = int((paths > 0).sum())
        parts = [
            table(
                "Receptive field, a row a layer; at the input size and jump are 1",
                rows,
                [f"layer {index}" for index in range(1, len(units))],
                ["kernel size", "stride", "dilation", "size", "jump"],
            ),
            paragraph(
                f"Drawn are units of layer {len(units) - 1}: {units[-1]}; below them what they "
                f"read: {below + ', ' if below else ''}{units[0]} pixels."
            ),
            paragraph(
                f"{name(layer, unit)}: first pixel {unit}·{field.jump} = {first}, last pixel "
                f"{first} + {field.size} − 1 = {first + field.size - 1}; reads {read} of "
                f"{field.size} pixels; paths {self._kernels(layer)} = {paths.sum()}."
            ),
            paragraph(f"Read by: {self._readers(layer, unit)}."),
            paragraph(hint(paths.tolist(), first)),
            paragraph(
                f"Paths from pixels {first} to {first + field.size - 1}: "
                f"{', '.join(str(count) for count in paths.tolist())}."
            ),
            paragraph(
                f"In two dimensions {read}·{read} = {read**2} of "
                f"{field.size}·{field.size} = {field.size**2} pixels are read."
            ),
        ]
        return "\n".join(parts)

    def _selected(self) -> tuple[int, int]:
        units = self.units()
        if self.position is None:
            return len(units) - 1, units[-1] // 2
        layer = min(max(self.position[0], 0), len(units) - 1)
        return layer, min(max(self.position[1], 0), units[layer] - 1)

    def _recurrence(self, index: int) -> tuple[str, str]:
        """Write how layer `index` (the first is 0) changes size and jump."""
        before, after = self.fields()[index : index + 2]
        kernel, stride, dilation = (self.layers[index][key] for key in LIMITS)
        return (
            f"{before.size} + ({kernel} − 1)·{dilation}·{before.jump} = {after.size}",
            f"{before.jump}·{stride} = {after.jump}",
        )

    def _kernels(self, layer: int) -> str:
        return "·".join(str(settings["kernel_size"]) for settings in self.layers[:layer]) or "1"

    def _readers(self, layer: int, unit: int) -> str:
        """Say how many units of each later layer a unit reaches."""
        found, reached = {unit}, []
        for index, settings in enumerate(self.layers[layer:], start=layer + 1):
            steps = [settings["dilation"] * a for a in range(settings["kernel_size"])]
            found = {
                upper
                for upper in range(self.units()[index])
                if any(upper * settings["stride"] + step in found for step in steps)
            }
            reached.append(str(len(found)))
        if not reached:
            return "no later layer"
        last = len(self.layers)
        layers = f"layers {layer + 1}–{last}" if len(reached) > 1 else f"layer {last}"
        return f"{layers}: {', '.join(reached)}"


def name(layer: int, unit: int) -> str:
    """Name a unit of the pyramid; the units of layer 0 are the pixels.

    >>> name(0, 4), name(2, 1)
    ('Pixel 4', 'Layer 2, unit 1')
    """
    return f"Layer {layer}, unit {unit}" if layer else f"Pixel {unit}"


def hint(paths: list[int], first: int) -> str:
    """Say what is worth seeing in a unit's paths, whose first pixel has this index.

    >>> hint([1, 2, 3, 2, 1], 4)
    '3 paths start at pixel 6, 1 at pixel 4: the nearer the middle, the more a pixel counts.'
    >>> hint([1, 2, 1, 2, 1], 4)
    'Between 1 and 2 paths start at a pixel: not all that it sees counts alike.'
    >>> hint([1, 0, 1], 0)
    'Not read: pixel 1. No path leads there, whatever the weights are.'
    """
    holes = [str(first + index) for index, count in enumerate(paths) if count == 0]
    if holes:
        more = len(holes) - LONGEST_LIST
        listed = ", ".join(holes[:LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")
        pixels = "pixel" if len(holes) == 1 else "pixels"
        return f"Not read: {pixels} {listed}. No path leads there, whatever the weights are."
    most = max(paths)
    if len(paths) == 1:
        return "A pixel sees itself; the layers above it see it in turn."
    if most == min(paths):
        return f"Paths that start at each pixel: {most}. All that it sees counts alike."
    half = (len(paths) + 1) // 2
    for side in (paths[:half], paths[::-1][:half]):
        if side != sorted(side):
            return (
                f"Between {min(paths)} and {most} paths start at a pixel: "
                "not all that it sees counts alike."
            )
    return (
        f"{most} paths start at pixel {first + half - 1}, {paths[0]} at pixel {first}: "
        "the nearer the middle, the more a pixel counts."
    )
