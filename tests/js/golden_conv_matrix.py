"""Numbers and words for ``conv-matrix.test.mjs``, worked out by Python.

``python tests/js/golden_conv_matrix.py`` writes ``golden/conv-matrix.json``; a test compares. C is
built here by convolving pictures with a single one, in JavaScript by asking every window where it
stands.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures.conv_matrix import LARGEST_KERNEL, LARGEST_SIDE, MOST_ENTRIES, ConvMatrix

FILE = Path(__file__).parent / "golden" / "conv-matrix.json"
NAMED: list[dict[str, Any]] = [
    {},
    {"input": np.ones((4, 4)), "kernel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]},
    {"input": [[1, 2, 0, 1, 3, 0, 2, 1]], "kernel": [[1, 2, -1]]},
    {"input": [[1, 2, 0, 1, 3]], "kernel": [[1, 2, -1]], "padding": 1},
    {"input": np.ones((5, 5)), "kernel": np.ones((3, 3))},
    {"input": np.ones((4, 4)), "kernel": np.ones((3, 3)), "padding": 1},
    {"input": np.ones((4, 4)), "kernel": [[5]], "stride": 2},
    {"input": [[1], [2], [3]], "kernel": [[1], [2]], "padding": 2},
    {"input": np.ones((5, 5)), "kernel": [[1, 2], [3, 4]], "dilation": 3, "stride": 2},
]


def figures() -> list[ConvMatrix]:
    """The named cases, and random ones that can be drawn."""
    rng = np.random.default_rng(5)
    found = [ConvMatrix(**settings) for settings in NAMED]
    while len(found) < 70:
        height, width, kh, kw = (int(side) for side in rng.integers(1, 6, 4))
        try:
            found.append(
                ConvMatrix(
                    input=rng.integers(-9, 10, (height, width)),
                    kernel=rng.integers(-9, 10, (kh, kw)),
                    stride=int(rng.integers(1, 4)),
                    padding=int(rng.integers(0, 3)),
                    dilation=int(rng.integers(1, 4)),
                )
            )
        except ValueError:
            continue
    return found


def vector(figure: ConvMatrix) -> dict[str, Any]:
    """Everything that the two sides must agree on for one convolution."""
    names = figure.names()
    spec = figure.spec()
    return {
        "spec": {key: spec[key] for key in ("input", "kernel", "stride", "padding", "dilation")},
        "matrix": figure.matrix().tolist(),
        "entries": [
            {"i": i, "j": j, "w": ord(name) - ord("a")}
            for i, row in enumerate(names)
            for j, name in enumerate(row)
            if name
        ],
        "output": figure.output().tolist(),
        "transposed": figure.transposed().tolist(),
        "summary": figure._summary(),
    }


def golden() -> dict[str, Any]:
    """All vectors, and the limits."""
    return {
        "limits": {"side": LARGEST_SIDE, "entries": MOST_ENTRIES, "kernel": LARGEST_KERNEL},
        "cases": [vector(figure) for figure in figures()],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
