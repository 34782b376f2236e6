"""Pooled fields and shifts for ``pooling.test.mjs``, worked out by Python.

``python tests/js/golden_pooling.py`` writes ``golden/pooling.json``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures import PoolingShift
from cnncourse.figures._figure import rounded

FILE = Path(__file__).parent / "golden" / "pooling.json"
MODES = ("max", "average", "l2")


def shown(values: np.ndarray) -> list[list[float]]:
    """Round as the figures do."""
    return [[rounded(value) for value in row] for row in values.tolist()]


def golden() -> list[dict[str, Any]]:
    """Return fields of many sizes, with pooled outputs before and after, and what is said."""
    rng = np.random.default_rng(6)
    found = []
    for index in range(90):
        height, width = (int(n) for n in rng.integers(2, 9, 2))
        field = rng.integers(-9, 10, (height, width)) * (rng.random((height, width)) < 0.5)
        side = min(height, width)
        figure = PoolingShift(
            input=field,
            kernel_size=int(rng.integers(1, side + 1)),
            stride=int(rng.integers(1, 5)),
            mode=MODES[index % 3],
            shift=[int(rng.integers(1 - n, n)) for n in (height, width)],
            global_pool=bool(rng.random() < 0.15),
        )
        _, *items = re.findall(r"(?<=<li>)[^:]*: (.*)(?=</li>)", "<li>: </li>" + figure.reading())
        kernel, stride = figure._window()
        found.append(
            {
                "input": field.tolist(),
                "shift": figure.shift,
                "window": {"kernel": kernel, "stride": stride},
                "mode": figure.mode,
                "shifted": figure.field(after=True).tolist(),
                "before": shown(figure.pooled()),
                "after": shown(figure.pooled(after=True)),
                "changed": figure.changed(),
                "moved": "The old outputs, moved" in figure.reading(),
                "place": [min(1, n - 1) for n in figure.pooled().shape],
                "formulas": items,
            }
        )
    return found


def text() -> str:
    """Return the file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
