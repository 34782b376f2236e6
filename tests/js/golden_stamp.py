"""Numbers and words for ``stamp.test.mjs``, worked out by Python.

``python tests/js/golden_stamp.py`` writes ``golden/stamp.json``; a test compares. Python takes the
output from `cnncourse.functional`; JavaScript adds up the stamps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures import stamp
from cnncourse.figures.stamp import Stamp

FILE = Path(__file__).parent / "golden" / "stamp.json"
NAMED: list[dict[str, Any]] = [
    {},
    {"stamped": 4},
    {"stamped": 0},
    {"stamped": 36, "view": "zeros"},
    {"input": [[1, 2, 3]], "kernel": [[0.5, 1, 0.5]]},
    {"input": [[1, 1, 1]], "kernel": [[1, 2, 3, 1]], "padding": 1},
    {"input": np.ones((3, 3)), "kernel": np.ones((4, 4)), "padding": 1},
    {"input": [[7]], "kernel": [[2]], "stride": 4, "output_padding": 3, "padding": 2},
    {"input": np.ones((2, 3)), "kernel": np.ones((2, 2)), "stride": 3, "output_padding": 2},
    {"input": np.ones((6, 6)), "kernel": np.ones((5, 5)), "stride": 1, "padding": 4},
]


def figures() -> list[Stamp]:
    """The named cases, and random ones that can be drawn."""
    rng = np.random.default_rng(3)
    found = [Stamp(**settings) for settings in NAMED]
    while len(found) < 50:
        height, width = (int(side) for side in rng.integers(1, 7, 2))
        kh, kw = (int(side) for side in rng.integers(1, 6, 2))
        stride = int(rng.integers(1, 5))
        settings: dict[str, Any] = {
            "input": rng.integers(-9, 10, (height, width)),
            "kernel": rng.integers(-9, 10, (kh, kw)),
            "stride": stride,
            "padding": int(rng.integers(0, 3)),
            "output_padding": int(rng.integers(0, stride)),
            "stamped": [None, int(rng.integers(0, height * width + 1))][int(rng.integers(2))],
        }
        try:
            found.append(Stamp(**settings))
        except ValueError:
            continue
    return found


def vector(figure: Stamp) -> dict[str, Any]:
    """Everything that the two sides must agree on for one transposed convolution."""
    return {
        "spec": figure.spec(),
        "output": figure.output().tolist(),
        "counts": figure.counts().tolist(),
        "phases": figure.phases().tolist(),
        "stuffed": figure.stuffed().tolist(),
        "resized": figure.resized().tolist(),
        "verdict": figure.verdict(),
        "size": figure.size_text(),
    }


def golden() -> dict[str, Any]:
    """All vectors, and the limits."""
    return {
        "limits": {
            "input": stamp.LARGEST_INPUT,
            "kernel": stamp.LARGEST_KERNEL,
            "stride": stamp.LARGEST_STRIDE,
            "stuffed": stamp.LARGEST_STUFFED,
        },
        "cases": [vector(figure) for figure in figures()],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
