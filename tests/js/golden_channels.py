"""Layers of several channels for ``channels.test.mjs``, worked out by Python.

``python tests/js/golden_channels.py`` writes ``golden/channels.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse import functional

FILE = Path(__file__).parent / "golden" / "channels.json"
Layer = dict[str, Any]


def integers(rng: np.random.Generator, *shape: int) -> Any:
    """Return small integers of either sign, as nested lists."""
    return rng.integers(-9, 10, shape).tolist()


def layers(rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """Return layers with what every filter adds up."""
    found = []
    while len(found) < count:
        channels, filters = (int(n) for n in rng.integers(1, 5, 2))
        groups = int(rng.integers(1, 5))
        if channels % groups or filters % groups:
            continue
        height, width = (int(n) for n in rng.integers(3, 7, 2))
        kernel = [int(n) for n in rng.integers(1, 4, 2)]
        stride, padding = int(rng.integers(1, 4)), int(rng.integers(0, 2))
        depth = channels // groups
        image = np.array(integers(rng, channels, height, width))
        weight = np.array(integers(rng, filters, depth, *kernel))
        bias = np.array(integers(rng, filters))
        output = functional.conv2d(image, weight, bias, stride, padding, groups=groups)
        partials = []
        for each in range(filters):
            first = each // (filters // groups) * depth
            partials.append(
                functional.conv2d(
                    image[first : first + depth],
                    weight[each][:, None],
                    None,
                    stride,
                    padding,
                    groups=depth,
                ).tolist()
            )
        found.append(
            {
                "layer": {
                    "input": image.tolist(),
                    "weight": weight.tolist(),
                    "bias": bias.tolist(),
                    "groups": groups,
                },
                "stride": stride,
                "padding": padding,
                "partials": partials,
                "output": output.tolist(),
            }
        )
    return found


def kernel_of(layer: Layer, index: int, channel: int) -> list[list[int]] | None:
    """Return a filter's kernel for an input channel, or None where it does not read it."""
    if index >= len(layer["weight"]):
        return None
    stack = layer["weight"][index]
    group = index // (len(layer["weight"]) // layer["groups"])
    place = channel - group * len(stack)
    return stack[place] if 0 <= place < len(stack) else None


def entry(matrix: list[list[int]] | None, row: int, column: int) -> int | None:
    """Return a matrix's entry, or None where it has none."""
    if matrix is None or row >= len(matrix) or column >= len(matrix[0]):
        return None
    return matrix[row][column]


def reshaped(layer: Layer, start: Layer, change: dict[str, int]) -> Layer:
    """Change a layer's sizes as the docstring of `Channels` says it."""
    channels = change.get("channels", len(layer["input"]))
    filters = change.get("filters", len(layer["weight"]))
    wanted = change.get("groups", layer["groups"])
    groups = max(g for g in range(1, wanted + 1) if channels % g == 0 and filters % g == 0)
    depth = channels // groups
    height, width = np.shape(layer["input"][0])
    kernel = np.shape(layer["weight"][0][0])
    kh, kw = [change["kernel"]] * 2 if "kernel" in change else kernel

    def first_known(*entries: int | None) -> int:
        return next(value for value in entries if value is not None)

    def known(source: list[Any], index: int) -> Any:
        return source[index] if index < len(source) else None

    weight = []
    for o in range(filters):
        stack = []
        for c in range(o // (filters // groups) * depth, (o // (filters // groups) + 1) * depth):
            now, begun = kernel_of(layer, o, c), kernel_of(start, o, c)
            stack.append(
                [
                    [
                        first_known(
                            entry(now, i, j),
                            entry(begun, i, j),
                            [1, -1, 2, 0][(o + c + i + 2 * j + i * j) % 4],
                        )
                        for j in range(kw)
                    ]
                    for i in range(kh)
                ]
            )
        weight.append(stack)
    image = [
        [
            [
                first_known(
                    entry(known(layer["input"], c), i, j),
                    entry(known(start["input"], c), i, j),
                    (c + 3 * i + 5 * j + i * j) % 4,
                )
                for j in range(width)
            ]
            for i in range(height)
        ]
        for c in range(channels)
    ]
    bias = [
        first_known(known(layer["bias"], o), known(start["bias"], o), o % 3 - 1)
        for o in range(filters)
    ]
    return {"input": image, "weight": weight, "bias": bias, "groups": groups}


def changes(rng: np.random.Generator, starts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return walks of changes, each from what the one before it left, edited."""
    found = []
    limits = {"channels": 4, "filters": 4, "kernel": 3, "groups": 4}
    for case in starts:
        start = layer = case["layer"]
        for _ in range(4):
            name = list(limits)[rng.integers(4)]
            change = {name: int(rng.integers(1, limits[name] + 1))}
            result = reshaped(layer, start, change)
            found.append({"layer": layer, "start": start, "change": change, "result": result})
            # Edited in between, so that what is kept is not what the figure started with.
            layer = {
                "input": (np.array(result["input"]) + 1).tolist(),
                "weight": (np.array(result["weight"]) - 1).tolist(),
                "bias": (np.array(result["bias"]) + 2).tolist(),
                "groups": result["groups"],
            }
    return found


def text() -> str:
    """Return the file's content."""
    rng = np.random.default_rng(8)
    cases = layers(rng, 40)
    golden = {"layers": cases, "changes": changes(rng, cases[:25])}
    return json.dumps(golden, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
