"""Numbers and words for ``pixels.test.mjs``, worked out by Python.

``python tests/js/golden_pixels.py`` writes ``golden/pixels.json``; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse.figures.pixels import Pixels, offset_text, shuffle_order, steps

FILE = Path(__file__).parent / "golden" / "pixels.json"


def picture(rng: np.random.Generator) -> dict[str, Any]:
    """Everything that the two sides must agree on for one random picture."""
    height, width = (int(side) for side in rng.integers(1, 13, 2))
    maximum = int(rng.choice([1, 16, 99, 255]))
    shape = (height, width) if rng.integers(2) else (3, height, width)
    image = rng.integers(0, maximum + 1, shape)
    index = tuple(int(rng.integers(side)) for side in shape)
    shown = Pixels(image=image, maximum=maximum, shuffled=True).shown()
    return {
        "planes": image.reshape(-1, height, width).tolist(),
        "reordered": shown.reshape(-1, height, width).tolist(),
        "steps": [steps(image), steps(shown)],
        "total": int(image.sum()),
        "pixel": [0, *index][-3:],
        "offset": offset_text(index, shape),
    }


def golden() -> dict[str, Any]:
    """All vectors."""
    rng = np.random.default_rng(5)
    values = [(value, maximum) for maximum in (1, 7, 16, 255) for value in range(maximum + 1)]
    return {
        "orders": [shuffle_order(count) for count in (1, 2, 3, 9, 64, 144)],
        "pictures": [picture(rng) for _ in range(20)],
        # Half a step up, as the page rounds.
        "levels": [
            [value, maximum, int(np.floor(255 * value / maximum + 0.5))]
            for value, maximum in values
        ],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
