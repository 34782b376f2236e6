"""Networks run by Python, for ``network.test.mjs``.

``python tests/js/golden_network.py`` writes ``golden/network.json``. The small networks have whole
weights and pictures, so that every number is exact.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures import LookInside

FILE = Path(__file__).parent / "golden" / "network.json"


def small_network(rng: np.random.Generator) -> tuple[dict[str, Any], tuple[int, int]]:
    """Return a network of odd geometry with whole weights, and the size of its picture."""

    def draw(*shape: int) -> list[Any]:
        return rng.integers(-3, 4, shape).tolist()

    height, width = (int(n) for n in rng.integers(11, 15, 2))
    kernel = [int(n) for n in rng.integers(1, 4, 2)]
    maps, outputs = (int(n) for n in rng.integers(1, 4, 2))
    first = {
        "type": "Conv2d",
        "weight": draw(maps, 1, *kernel),
        "stride": [int(n) for n in rng.integers(1, 3, 2)],
        "padding": [int(n) for n in rng.integers(0, 3, 2)],
        "dilation": [int(n) for n in rng.integers(1, 3, 2)],
    }
    if rng.random() < 0.7:
        first["bias"] = draw(maps)
    pooling = {"type": "MaxPool2d", "kernel_size": [2, 1]}
    if rng.random() < 0.5:
        pooling["stride"] = [1, 2]
    if rng.random() < 0.3:
        pooling = {"type": "AvgPool2d", "kernel_size": [1, 2]}
    second = {"type": "Conv2d", "weight": draw(outputs, maps, 2, 1), "bias": draw(outputs)}
    layers = [first, {"type": "ReLU"}, pooling, second, {"type": "Flatten"}]
    shape = (
        LookInside(
            network={"input": [1, height, width], "layers": layers}, image=np.zeros((height, width))
        )
        .maps()[-1]
        .shape
    )
    last = {"type": "Linear", "weight": draw(3, int(np.prod(shape))), "bias": draw(3)}
    return {"input": [1, height, width], "layers": [*layers, last]}, (height, width)


def exact(values: Any) -> list[Any]:
    """Return numbers without what binary fractions add: none here has more than ten digits."""
    written: list[Any] = (np.asarray(values).ravel().round(10) + 0).tolist()
    return [int(value) if value.is_integer() else value for value in written]


def seen(figure: LookInside, layer: int, unit: list[int]) -> dict[str, Any]:
    """Return what is explained of a unit."""
    figure.layer, figure.unit = layer, unit
    terms = figure.terms()
    return {
        "layer": layer,
        "unit": unit,
        "field": [list(axis) for axis in figure.receptive_field()],
        "values": [exact(each.values) for each in terms],
        "weights": [exact(each.weights) for each in terms],
        "sums": exact([each.sum for each in terms]),
        "text": figure.sums()[0] if len(figure.sums()) == 1 else None,
    }


def case(figure: LookInside, rng: np.random.Generator) -> dict[str, Any]:
    """Return all that a network computes from a picture, and some of its units."""
    maps = figure.maps()
    units = []
    flat = max(0, len(maps) - 2)
    for layer, values in enumerate(maps):
        for _ in range(0 if layer == flat else 2):
            units.append(seen(figure, layer, [int(rng.integers(n)) for n in values.shape]))
    units.append(seen(figure, len(maps), [1, 0, 0]))
    return {
        "image": [exact(row) for row in figure.picture()],
        "maps": [exact(values) for values in maps],
        "softmax": figure.probabilities().tolist(),
        "units": units,
    }


def golden() -> dict[str, Any]:
    """Return small networks, and the one that the figure carries."""
    rng = np.random.default_rng(12)
    small = []
    for _ in range(24):
        network, size = small_network(rng)
        figure = LookInside(network=network, image=rng.integers(0, 2, size))
        small.append({"network": figure.network, **case(figure, rng)})
    return {
        "small": small,
        "carried": [case(LookInside(image=digit), rng) for digit in (2, 5)],
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
