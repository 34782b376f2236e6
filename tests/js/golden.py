"""Write down what Python computes, for the figures' JavaScript to compute again.

``python tests/js/golden.py`` writes ``golden.json`` beside this file. Every number is an integer,
so the two sides must agree exactly. The cases come from a fixed seed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnncourse import functional, geometry
from cnncourse.windows import pad, pad_adjoint, scatter, windows

FILE = Path(__file__).with_name("golden.json")
MODES = ("zeros", "reflect", "replicate", "circular")


def integers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return small integers of either sign."""
    return rng.integers(-9, 10, shape)


def padded(image: np.ndarray, padding: int, mode: str) -> np.ndarray:
    """Pad (H, W) on every side; "zeros" is PyTorch's name in layers, "constant" in functions."""
    name = "constant" if mode == "zeros" else mode
    return pad(image[None], (padding,) * 4, name)[0]


def largest(mode: str, side: int) -> int:
    """Return how much a mode can pad a side, and 4 where it can pad without end."""
    return {"reflect": side - 1, "circular": side}.get(mode, 4)


def read_counts(height: int, width: int, kernel: int, padding: int, mode: str, stride: int) -> Any:
    """Count by reading: each pixel's number of window entries, its copies included."""
    name = "constant" if mode == "zeros" else mode
    image = padded(np.ones((height, width), np.int64), padding, mode)
    entries = np.ones_like(windows(image, kernel, stride))
    back = scatter(entries, image.shape, stride)
    return pad_adjoint(back[None], (padding,) * 4, name)[0].tolist()


def cases() -> dict[str, list[dict[str, Any]]]:
    """Return all cases, by the JavaScript function that they test."""
    rng = np.random.default_rng(3)
    found: dict[str, list[dict[str, Any]]] = {
        "crossCorrelate": [],
        "pad": [],
        "readCounts": [],
        "outputSize": [],
        "sourceIndex": [],
    }
    for _ in range(60):
        mode = MODES[rng.integers(4)]
        height, width = (int(side) for side in rng.integers(1, 9, 2))
        padding = int(rng.integers(0, min(3, largest(mode, min(height, width))) + 1))
        kernel_size = [
            int(rng.integers(1, min(7, side + 2 * padding) + 1)) for side in (height, width)
        ]
        stride = int(rng.integers(1, 4))
        dilation = int(rng.integers(1, 3))
        fits = all(
            dilation * (k - 1) + 1 <= side + 2 * padding
            for k, side in zip(kernel_size, (height, width), strict=True)
        )
        dilation = dilation if fits else 1
        image, kernel = integers(rng, height, width), integers(rng, *kernel_size)
        frame = padded(image, padding, mode)
        output = functional.conv2d(frame[None], kernel[None, None], None, stride, 0, dilation)[0]
        found["pad"].append(
            {"matrix": image.tolist(), "padding": padding, "mode": mode, "result": frame.tolist()}
        )
        found["crossCorrelate"].append(
            {
                "input": image.tolist(),
                "kernel": kernel.tolist(),
                "options": {
                    "stride": stride,
                    "padding": padding,
                    "mode": mode,
                    "dilation": dilation,
                },
                "result": output.tolist(),
            }
        )
        size = min(kernel_size)
        found["readCounts"].append(
            {
                "height": height,
                "width": width,
                "options": {"kernel": size, "padding": padding, "mode": mode, "stride": stride},
                "result": read_counts(height, width, size, padding, mode, stride),
            }
        )
    for side in range(1, 13):
        for kernel in range(1, 8):
            padding, stride, dilation = (int(n) for n in rng.integers((0, 1, 1), (4, 5, 4)))
            if dilation * (kernel - 1) + 1 <= side + 2 * padding:
                result = geometry.output_size(side, kernel, stride, padding, dilation)
                found["outputSize"].append(
                    {"arguments": [side, kernel, stride, padding, dilation], "result": result}
                )
    for mode in MODES:
        for side in range(1, 7):
            before = largest(mode, side)
            name = "constant" if mode == "zeros" else mode
            found["sourceIndex"].append(
                {
                    "size": side,
                    "mode": mode,
                    "first": -before,
                    "result": geometry.padding_indices(side, before, before, name),
                }
            )
    return found


def text() -> str:
    """Return the file's content: one case a line, so that a change reads well in a diff."""
    groups = []
    for name, items in cases().items():
        lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
        groups.append(f"{json.dumps(name)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(groups) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
