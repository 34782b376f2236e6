"""Numbers and words for ``backward.test.mjs``, worked out by Python.

``python tests/js/golden_backward.py`` writes ``golden/backward.json``; a test compares. Python
takes the gradients from `cnncourse.functional`; JavaScript adds up every meeting of a pixel and a
weight.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures import backward
from cnncourse.figures.backward import VIEWS, Backward, difference_text, element, loss_text

FILE = Path(__file__).parent / "golden" / "backward.json"
NAMED: list[dict[str, Any]] = [
    {},
    {"input": [[1, 2, 3]], "kernel": [[1, -1]], "upstream": [[1, 10]], "bias": -3},
    {"kernel": [[1, 0, 2], [0, -1, 0], [3, 0, 1]], "padding": 1, "stride": 2},
    {"kernel": [[5]], "stride": 3, "padding": 2},
    {"input": np.ones((6, 6)), "kernel": np.ones((2, 2)), "dilation": 3, "stride": 3, "padding": 1},
    {"input": [[0.5, 1.25], [-0.1, 0.1]], "kernel": [[0.1, 0.2]], "upstream": [[0.3], [-0.25]]},
]


def figures() -> list[Backward]:
    """The named cases, and random ones that can be drawn."""
    rng = np.random.default_rng(11)
    found = [Backward(**settings) for settings in NAMED]
    while len(found) < 40:
        height, width = (int(side) for side in rng.integers(1, 7, 2))
        kh, kw = (int(side) for side in rng.integers(1, 5, 2))
        settings: dict[str, Any] = {
            "input": rng.integers(-9, 10, (height, width)),
            "kernel": rng.integers(-9, 10, (kh, kw)),
            "bias": int(rng.integers(-3, 4)),
            "stride": int(rng.integers(1, 4)),
            "padding": int(rng.integers(0, 3)),
            "dilation": int(rng.integers(1, 4)),
        }
        try:
            shape = Backward(**settings).gradient().shape
        except ValueError:
            continue
        found.append(Backward(**settings, upstream=rng.integers(-9, 10, shape)))
    return found


def vector(figure: Backward) -> dict[str, Any]:
    """Everything that the two sides must agree on for one convolution."""
    spec = figure.spec()
    keys = ("input", "kernel", "upstream", "bias", "stride", "padding", "dilation")
    last = {view: tuple(side - 1 for side in figure._shape(view)) for view in VIEWS}
    return {
        "spec": {key: spec[key] for key in keys},
        "output": figure.output().tolist(),
        "upstream": figure.gradient().tolist(),
        "gradients": {
            "kernel": figure.kernel_gradient().tolist(),
            "input": figure.input_gradient().tolist(),
            "bias": [[figure.bias_gradient()]],
        },
        "stuffed": figure.stuffed().tolist(),
        "loss": loss_text(figure.loss()),
        "sums": {view: figure._sum(view, *last[view]) for view in VIEWS},
        "checks": {view: figure.check(view, *last[view]) for view in VIEWS},
        "sentences": {view: figure.sentence(view) for view in VIEWS},
    }


def golden() -> dict[str, Any]:
    """All vectors, and the limits."""
    return {
        "limits": {
            "input": backward.LARGEST_INPUT,
            "padded": backward.LARGEST_PADDED,
            "kernel": backward.LARGEST_KERNEL,
            "stuffed": backward.LARGEST_STUFFED,
            "step": backward.LARGEST_STEP,
        },
        "cases": [vector(figure) for figure in figures()],
        "elements": {view: element(view, 1, 2) for view in VIEWS},
        "negative": difference_text(1, -2, 1.5),
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
