"""Numbers and words for ``receptive-field.test.mjs``, worked out by Python.

``python tests/js/golden_receptive_field.py`` writes ``golden/receptive-field.json``; a test
compares. Paths are counted here by multiplying matrices of zeros and ones, a matrix a layer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures.receptive_field import (
    LARGEST_INPUT,
    LIMITS,
    MOST_LAYERS,
    ReceptiveField,
    hint,
    name,
)
from cnncourse.geometry import output_size, receptive_field

FILE = Path(__file__).parent / "golden" / "receptive-field.json"
NAMED = [
    [(3, 1, 1)] * 3,
    [(3, 1, 1), (3, 1, 2), (3, 1, 4)],
    [(3, 2, 1)] * 3,
    [(3, 1, 2)] * 3,
    [(3, 2, 1)] * 4,
    [(3, 2, 1)] * 5,
    [(2, 2, 1)] * 6,
    [(1, 3, 1), (3, 1, 1)],
    [(1, 1, 1)],
    [(7, 1, 10)],
]


def stacks() -> list[list[dict[str, int]]]:
    """The named stacks, and random ones that can be drawn."""
    rng = np.random.default_rng(7)
    found = list(NAMED)
    while len(found) < 60:
        count = int(rng.integers(1, MOST_LAYERS + 1))
        layers = [
            (int(rng.integers(1, 6)), int(rng.integers(1, 4)), int(rng.integers(1, 5)))
            for _ in range(count)
        ]
        rows = [(kernel, stride, 0, dilation) for kernel, stride, dilation in layers]
        if receptive_field(rows)[-1].size <= LARGEST_INPUT:
            found.append(layers)
    return [[dict(zip(LIMITS, layer, strict=True)) for layer in layers] for layers in found]


def reads(layer: dict[str, int], below: int) -> np.ndarray:
    """The matrix of a layer: entry (upper, lower) is 1 where that unit reads that one."""
    kernel, stride, dilation = layer.values()
    rows = output_size(below, kernel, stride, 0, dilation)
    steps = np.arange(below)[None] - stride * np.arange(rows)[:, None]
    return ((steps >= 0) & (steps % dilation == 0) & (steps <= dilation * (kernel - 1))) * 1


def vector(layers: list[dict[str, int]], rng: np.random.Generator) -> dict[str, Any]:
    """Everything that the two sides must agree on for one stack and one of its units."""
    figure = ReceptiveField(layers=layers)
    units = figure.units()
    layer = int(rng.integers(0, len(units)))
    unit = int(rng.integers(0, units[layer]))
    figure.position = [layer, unit]
    matrices = [reads(settings, below) for settings, below in zip(layers, units, strict=False)]
    assert [len(m) for m in matrices] == units[1:]
    counts = [np.eye(units[layer], dtype=np.int64)[unit]]
    for down in reversed(matrices[:layer]):
        counts.insert(0, counts[0] @ down)
    for up in matrices[layer:]:
        counts.append(up @ counts[-1])
    size, jump = figure.fields()[layer]
    paths = counts[0][unit * jump : unit * jump + size].tolist()
    return {
        "layers": layers,
        "fields": [{"size": field.size, "jump": field.jump} for field in figure.fields()],
        "units": units,
        "place": [layer, unit],
        "counts": [row.tolist() for row in counts],
        "recurrence": [dict(zip(("size", "jump"), row, strict=True)) for row in recurrence(figure)],
        "name": name(layer, unit),
        "readers": figure._readers(layer, unit),
        "hint": hint(paths, unit * jump),
    }


def recurrence(figure: ReceptiveField) -> list[tuple[str, str]]:
    """Each layer's size and jump, written out."""
    return [figure._recurrence(index) for index in range(len(figure.layers))]


def golden() -> dict[str, Any]:
    """All vectors, and the limits."""
    rng = np.random.default_rng(11)
    return {
        "limits": {"input": LARGEST_INPUT, "layers": MOST_LAYERS, "each": LIMITS},
        "stacks": [vector(layers, rng) for layers in stacks()],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
