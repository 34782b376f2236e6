"""Numbers and words for ``placements.test.mjs``, worked out by Python.

``python tests/js/golden_placements.py`` writes ``golden/placements.json``; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnncourse.figures import OutputSize
from cnncourse.geometry import effective_kernel

FILE = Path(__file__).parent / "golden" / "placements.json"


def case(axis: dict[str, int]) -> dict[str, Any]:
    """Everything that the two sides must agree on for one geometry."""
    figure = OutputSize(**axis)
    return {
        "axis": axis,
        "count": figure.size(),
        "windows": figure.windows(),
        "unread": figure.unread(),
        "remainder": figure.remainder(),
        "same": figure.same_output(),
        "formula": figure.formula(),
        "sentences": figure.sentences(),
        "output": figure.output().tolist(),
    }


def golden() -> list[dict[str, Any]]:
    """A grid of geometries, those that do not fit left out."""
    found = []
    for size in (1, 2, 5, 7, 8, 10):
        for kernel in (1, 2, 3, 5):
            for padding in (0, 1, 2):
                for stride in (1, 2, 3, 5):
                    for dilation in (1, 2, 3):
                        padded = size + 2 * padding
                        if effective_kernel(kernel, dilation) <= padded <= 12:
                            axis = {
                                "input": size,
                                "kernel": kernel,
                                "padding": padding,
                                "stride": stride,
                                "dilation": dilation,
                            }
                            found.append(case(axis))
    return found[::7]


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
