"""Numbers for ``lab.test.mjs``, worked out by scikit-image, PyTorch and our metrics.

``python tests/js/golden_lab.py`` writes ``golden/lab.json``; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skimage.color import lab2rgb, rgb2lab
from torch.nn import functional

from cnncourse.colorize import metrics

FILE = Path(__file__).parent / "golden" / "lab.json"


def golden() -> dict[str, Any]:
    """All vectors."""
    rng = np.random.default_rng(16)
    ends = np.array(np.meshgrid(*[[0, 1, 10, 11, 128, 255]] * 3)).reshape(3, -1).T
    colors = np.vstack([ends, rng.integers(0, 256, (80, 3))]).astype(np.uint8)
    # Some of them beyond what a screen can show: they are clipped.
    wide = np.column_stack([rng.uniform(0, 100, 200), rng.uniform(-110, 110, (200, 2))]).round(2)
    wide = wide[(wide[:, 0] + 16) / 116 > wide[:, 2] / 200]  # the rest has no XYZ
    sizes = [((7, 5), (3, 2)), ((6, 6), (13, 9)), ((5, 12), (9, 4)), ((4, 4), (4, 4))]
    resized = []
    for before, after in sizes:
        plane = rng.integers(-100, 101, before)
        values = torch.tensor(plane, dtype=torch.float64)[None, None]
        result = functional.interpolate(values, after, mode="bilinear", antialias=True)[0, 0]
        resized.append(
            {
                "before": list(before),
                "after": list(after),
                "plane": plane.ravel().tolist(),
                "result": result.numpy().round(4).ravel().tolist(),
            }
        )
    pictures = rng.integers(0, 256, (2, 8, 9, 3)).astype(np.uint8)
    return {
        "lab": [[rgb.tolist(), rgb2lab(rgb / 255).round(3).tolist()] for rgb in colors],
        "rgb": [[lab.tolist(), (255 * lab2rgb(lab)).round(2).tolist()] for lab in wide],
        "resized": resized,
        "scores": {
            "pictures": pictures.reshape(2, -1, 3).tolist(),
            "psnr": round(metrics.psnr(pictures[:1], pictures[1:]), 6),
            "colorfulness": [round(metrics.colorfulness(picture[None]), 6) for picture in pictures],
        },
    }


def text() -> str:
    """The file's content."""
    return json.dumps(golden(), separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
