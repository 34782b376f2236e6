"""Time cheaper layers beside the ordinary 3×3 convolution that they stand for.

`python -m benchmarks.factorized` counts the multiply-adds of each and times PyTorch and the
course's own convolution, on one thread and in float32, and writes
cnncourse/data/results/factorized.json. The contenders take turns: in every round each runs once, so
that whatever slows the machine down for a while slows all of them. What is written is the shortest
time of each, because noise only adds. A bare copy of the input runs along: no layer that reads all
its input and writes as much can be expected to be faster. All of it takes about five minutes.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.convolution import surroundings
from cnncourse import functional, geometry

RESULTS = Path(__file__).parents[1] / "cnncourse" / "data" / "results" / "factorized.json"
SEED, BATCH = 0, 4
LIBRARIES = ("PyTorch", "NumPy")
LAYERS = ((64, 56), (128, 28), (256, 14))
"""Channels, in and out, and rows and columns: the 3×3 layers of the first stages of ResNet-18."""


@dataclass(frozen=True)
class Convolution:
    """One convolution that keeps rows and columns."""

    in_channels: int
    out_channels: int
    kernel: tuple[int, int]
    groups: int = 1

    @property
    def padding(self) -> tuple[int, int]:
        """Padding that keeps the size, per side."""
        return self.kernel[0] // 2, self.kernel[1] // 2

    @property
    def weights(self) -> int:
        """Weights, without biases."""
        return geometry.conv2d_parameters(
            self.in_channels, self.out_channels, self.kernel, self.groups, bias=False
        )

    def multiply_adds(self, size: int) -> int:
        """Multiply-adds for one image."""
        return geometry.conv2d_multiply_adds(
            self.in_channels, self.out_channels, self.kernel, size, self.groups
        )

    def moved(self, size: int) -> int:
        """Numbers that must be read or written at least once for one image: in, weights, out."""
        return (self.in_channels + self.out_channels) * size**2 + self.weights


def variants(channels: int) -> dict[str, list[Convolution]]:
    """Return the ordinary layer, first, and what may stand in its place."""
    c = channels
    return {
        "3×3": [Convolution(c, c, (3, 3))],
        "3×1 then 1×3, as many maps": [Convolution(c, c, (3, 1)), Convolution(c, c, (1, 3))],
        "3×1 then 1×3, half the maps": [
            Convolution(c, c // 2, (3, 1)),
            Convolution(c // 2, c, (1, 3)),
        ],
        "3×3 in 4 groups": [Convolution(c, c, (3, 3), groups=4)],
        "depthwise 3×3": [Convolution(c, c, (3, 3), groups=c)],
        "1×1": [Convolution(c, c, (1, 1))],
        "depthwise 3×3 then 1×1": [
            Convolution(c, c, (3, 3), groups=c),
            Convolution(c, c, (1, 1)),
        ],
    }


def runs(layers: list[Convolution], size: int) -> dict[str, Callable[[], Any]]:
    """Return a run of these layers in PyTorch and one in NumPy, on the same random numbers."""
    rng = np.random.default_rng(SEED)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    x = draw(BATCH, layers[0].in_channels, size, size)
    weights = [
        draw(layer.out_channels, layer.in_channels // layer.groups, *layer.kernel)
        for layer in layers
    ]
    tensor, tensors = torch.from_numpy(x), [torch.from_numpy(weight) for weight in weights]

    def in_torch() -> np.ndarray:
        y = tensor
        for layer, weight in zip(layers, tensors, strict=True):
            y = torch.nn.functional.conv2d(y, weight, padding=layer.padding, groups=layer.groups)
        return y.numpy()

    def in_numpy() -> np.ndarray:
        y = x
        for layer, weight in zip(layers, weights, strict=True):
            y = functional.conv2d(y, weight, padding=layer.padding, groups=layer.groups)
        return y

    return {"PyTorch": in_torch, "NumPy": in_numpy}


def shortest(contenders: dict[Any, Callable[[], Any]], seconds: float) -> dict[Any, float]:
    """Let the contenders take turns for so many seconds; return each one's shortest time."""
    best = dict.fromkeys(contenders, float("inf"))
    for run in contenders.values():
        run()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or min(best.values()) == float("inf"):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def measure(channels: int, size: int, seconds: float) -> dict[str, Any]:
    """Count and time one layer, all that may stand in its place, and a copy of its input."""
    layers = variants(channels)
    contenders: dict[tuple[str, str], Callable[[], Any]] = {
        (name, library): run
        for name, parts in layers.items()
        for library, run in runs(parts, size).items()
    }
    x = np.ones((BATCH, channels, size, size), dtype=np.float32)
    copies = np.empty_like(x), torch.empty(x.shape)
    tensor = torch.from_numpy(x)
    contenders["copy", "NumPy"] = lambda: np.copyto(copies[0], x)
    contenders["copy", "PyTorch"] = lambda: copies[1].copy_(tensor)
    best = shortest(contenders, seconds)
    ordinary = next(iter(layers))

    def against(name: str) -> dict[str, float]:
        return {
            library: round(best[ordinary, library] / best[name, library], 3)
            for library in LIBRARIES
        }

    most = sum(layer.multiply_adds(size) for layer in layers[ordinary])
    rows = []
    for name, parts in layers.items():
        multiply_adds = sum(layer.multiply_adds(size) for layer in parts)
        rows.append(
            {
                "name": name,
                "weights": sum(layer.weights for layer in parts),
                "multiply_adds": multiply_adds,
                "moved": sum(layer.moved(size) for layer in parts),
                "counted": round(most / multiply_adds, 3),
                "measured": against(name),
                "milliseconds": {
                    library: round(1e3 * best[name, library], 4) for library in LIBRARIES
                },
            }
        )
    return {"channels": channels, "size": size, "rows": rows, "copy": against("copy")}


def about() -> dict[str, Any]:
    """Return how, on what and with what this was measured."""
    found = surroundings()
    return {
        "script": "benchmarks/factorized.py",
        "seed": SEED,
        "batch": BATCH,
        "settings": "float32, one thread, shortest of many interleaved runs, no biases",
        "versions": {
            "python": found["python"],
            "torch": found["torch"],
            "numpy": found["numpy"],
            "blas": found["blas"],
        },
        "hardware": f"one thread of {found['processor']}, {platform.machine()}",
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=90.0, help="for each of the three layers")
    seconds = parser.parse_args().seconds
    torch.set_num_threads(1)
    with threadpool_limits(1), torch.inference_mode():
        layers = [measure(channels, size, seconds) for channels, size in LAYERS]
        report = {"about": about(), "layers": layers}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for layer in layers:
        print(f"{layer['channels']} channels, {layer['size']}×{layer['size']}")
        for row in layer["rows"]:
            measured = row["measured"]
            print(
                f"  {row['name']:28} counted {row['counted']:6.2f}×  "
                f"PyTorch {measured['PyTorch']:6.2f}×  NumPy {measured['NumPy']:6.2f}×"
            )
        copy = layer["copy"]
        print(f"  {'a bare copy':44} PyTorch {copy['PyTorch']:6.2f}×  NumPy {copy['NumPy']:6.2f}×")


if __name__ == "__main__":
    main()
