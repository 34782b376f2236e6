"""Numbers and words for ``kernels.test.mjs``, worked out by Python.

``python tests/js/golden_kernels.py`` writes ``golden/kernels.json``; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures import _filtering as filtering
from cnncourse.figures.kernel_bench import DISPLAYS, PRESETS
from cnncourse.functional import cross_correlate

FILE = Path(__file__).parent / "golden" / "kernels.json"
OWN: dict[str, tuple[list[list[float]], int]] = {
    "all zero": ([[0, 0, 0]] * 3, 1),
    "negative sum": ([[0, -3, 0], [0, 1, 0], [0, 0, 0]], 2),
    "decimals": ([[0.11, 0.11, 0.11]] * 3, 1),
    "two decimals and a divisor": ([[-0.25, 0, 1.5], [0, 2, 0], [7.75, 0, -3]], 7),
    "brightens by a third": ([[0, 1, 0], [1, 0, 1], [0, 1, 0]], 3),
    "largest": ([[999] * 5] * 5, 1),
    "darkens": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], 9999),
}


def vector(name: str, picture: np.ndarray, weights: Any, divisor: int) -> dict[str, Any]:
    """Everything that the two sides must agree on for one kernel."""
    whole_weights, over = filtering.whole(weights, divisor)
    sums = cross_correlate(picture, np.array(whole_weights, np.int64))
    row, column = sums.shape[0] // 2, sums.shape[1] // 3
    total = int(sums[row, column])
    displays = {}
    for display in DISPLAYS:
        seen = filtering.shown(sums, over, display)
        ends = (seen["low"], seen["high"])
        beyond = (seen["below"], seen["above"])
        displays[display] = {
            "levels": seen["levels"].ravel().tolist(),
            "ends": ends,
            "beyond": beyond,
            "sentence": filtering.beyond_scale(*beyond, sums.size, over, *ends),
            "drawn": filtering.drawn_as(total, over, display, *ends),
        }
    return {
        "name": name,
        "weights": weights,
        "divisor": divisor,
        "whole": {"weights": whole_weights, "divisor": over},
        "sums": sums.ravel().tolist(),
        "meaning": filtering.sum_meaning(weights, divisor),
        "fitting": "clip" if sum(map(sum, whole_weights)) else "signed",
        "place": {"row": row, "column": column},
        "equals": filtering.equals(total, over),
        "displays": displays,
    }


def golden() -> dict[str, Any]:
    """All vectors: every preset and some kernels that no preset is like, on one random picture."""
    picture = np.random.default_rng(3).integers(0, 256, (9, 12))
    picture[:3, :3] = [[0, 0, 0], [255, 255, 255], [0, 255, 0]]
    kernels = [(name, weights, divisor) for name, (_, weights, divisor, _) in PRESETS.items()]
    kernels += [(name, weights, divisor) for name, (weights, divisor) in OWN.items()]
    return {
        "picture": {"width": 12, "height": 9, "data": picture.ravel().tolist()},
        "kernels": [vector(name, picture, weights, divisor) for name, weights, divisor in kernels],
        "scale": filtering.diverging_scale().tolist(),
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
