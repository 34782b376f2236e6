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
    shown = Pixels(image=image, maximum=maximum, shuffled=True).shown()
    offsets = [int(offset) for offset in rng.integers(0, image.size, 5)]
    places = [tuple(int(i) for i in np.unravel_index(offset, shape)) for offset in offsets]
    return {
        "size": [1, *shape][-3:],
        "values": image.ravel().tolist(),
        "shuffled": shown.ravel().tolist(),
        "steps": [steps(image), steps(shown)],
        "offsets": [
            {"offset": offset, "index": [0, *place][-3:], "text": offset_text(place, shape)}
            for offset, place in zip(offsets, places, strict=True)
        ],
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
