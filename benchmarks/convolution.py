"""Time our convolution beside its own matrix product, PyTorch, SciPy and a plain loop.

Run `python -m benchmarks.convolution` (or `make bench`). Everything runs on one thread, in float32,
and interleaved: in every round each contender is timed once, so that whatever slows the machine
down for a while slows all of them. A ratio is the median over the rounds of the ratio in a round.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import signal
from threadpoolctl import threadpool_info, threadpool_limits

if __package__ in (None, ""):
    # Run as a file: the repository's root is not on the path then.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cnncourse import functional, geometry

try:
    import torch
    import torch.nn.functional as torch_functional
    import torch.nn.grad as torch_gradients
except ModuleNotFoundError:
    torch = None  # type: ignore[assignment]

TARGETS = {
    "forward / matrix product": 1.2,
    "forward / torch": 2.2,
    "input gradient / torch": 2.2,
    "weight gradient / torch": 2.2,
}


@dataclass(frozen=True)
class Case:
    """One convolution: shapes and settings."""

    what: str
    batch: int
    in_channels: int
    size: int
    out_channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1

    @property
    def places(self) -> int:
        """Height and width of the output."""
        return geometry.output_size(self.size, self.kernel, self.stride, self.padding)

    @property
    def multiply_adds(self) -> int:
        """Multiplications for the whole batch."""
        return self.batch * geometry.conv2d_multiply_adds(
            self.in_channels, self.out_channels, self.kernel, self.places, self.groups
        )

    @property
    def name(self) -> str:
        """The shapes in one line."""
        stride = f" stride {self.stride}" if self.stride > 1 else ""
        groups = f" groups {self.groups}" if self.groups > 1 else ""
        return (
            f"{self.batch:2}×{self.in_channels}×{self.size}×{self.size} → {self.out_channels}, "
            f"{self.kernel}×{self.kernel}{stride}{groups}"
        )


# Layers of networks that everybody meets, with batches that take a millisecond or more.
EVERYDAY = [
    Case("PyTorch's MNIST example, first layer", 64, 1, 28, 32, 3),
    Case("cuda-convnet on CIFAR, first layer", 32, 3, 32, 32, 5, padding=2),
    Case("ResNet stem, half-size photographs", 4, 3, 112, 64, 7, stride=2, padding=3),
    Case("ResNet-20 on CIFAR, halving", 64, 16, 32, 32, 3, stride=2, padding=1),
    Case("ResNet-20 on CIFAR, second stage", 64, 32, 16, 32, 3, padding=1),
    Case("ResNet-18, first stage", 2, 64, 56, 64, 3, padding=1),
    Case("ResNet-18, second stage", 2, 128, 28, 128, 3, padding=1),
    Case("bottleneck", 8, 128, 28, 64, 1),
]
# Reported without a limit.
OTHERS = [
    Case("first layer of chapter 12", 32, 1, 28, 8, 3),
    Case("four groups", 4, 64, 28, 64, 3, padding=1, groups=4),
    Case("depthwise", 4, 128, 28, 128, 3, padding=1, groups=128),
]


def naive(x: np.ndarray, weight: np.ndarray, stride: int) -> np.ndarray:
    """Convolve a padded image with loops, as a definition would have it."""
    filters, channels, kh, kw = weight.shape
    rows = (x.shape[1] - kh) // stride + 1
    columns = (x.shape[2] - kw) // stride + 1
    output = np.zeros((filters, rows, columns), x.dtype)
    for o, r, c in itertools.product(range(filters), range(rows), range(columns)):
        total = 0.0
        for k, i, j in itertools.product(range(channels), range(kh), range(kw)):
            total += x[k, r * stride + i, c * stride + j] * weight[o, k, i, j]
        output[o, r, c] = total
    return output


def interleaved(contenders: dict[str, Callable[[], Any]], seconds: float) -> dict[str, list[float]]:
    """Call every contender once in every round, for about so many seconds; returns the times."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    end = time.perf_counter() + seconds
    # An odd number of rounds, at least three, so that each median is a measured one.
    while len(times["forward"]) % 2 == 0 or len(times["forward"]) < 3 or time.perf_counter() < end:
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return times


def ratio(times: dict[str, list[float]], ours: str, peer: str) -> float | None:
    """Median over the rounds of ours / peer; None if the peer is not there."""
    if peer not in times:
        return None
    return statistics.median(a / b for a, b in zip(times[ours], times[peer], strict=True))


def extra_memory(run: Callable[[], Any]) -> int:
    """Most bytes in use during a call, without those of its result."""
    run()
    tracemalloc.start()
    result = run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return max(peak - result.nbytes, 0)


def measure(case: Case, seconds: float) -> dict[str, Any]:
    """Time one case and return what the tables show."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    depth = case.in_channels // case.groups
    each = case.out_channels // case.groups
    x = draw(case.batch, case.in_channels, case.size, case.size)
    weight = draw(case.out_channels, depth, case.kernel, case.kernel)
    gradient = draw(case.batch, case.out_channels, case.places, case.places)
    settings = {"stride": case.stride, "padding": case.padding, "groups": case.groups}

    # The product that any convolution by matrices must compute, its operands ready.
    thickness = depth * case.kernel**2
    matrix = weight.reshape(case.groups, each, thickness)
    columns = draw(case.batch, case.groups, thickness, case.places**2)
    contenders: dict[str, Callable[[], Any]] = {
        "matrix product": lambda: matrix @ columns,
        "forward": lambda: functional.conv2d(x, weight, **settings),
        "input gradient": lambda: functional.conv2d_input(x.shape, weight, gradient, **settings),
        "weight gradient": lambda: functional.conv2d_weight(x, weight.shape, gradient, **settings),
    }
    if torch is not None:
        tx, tw, tg = (torch.from_numpy(array) for array in (x, weight, gradient))
        contenders |= {
            "torch forward": lambda: torch_functional.conv2d(tx, tw, **settings),
            "torch input gradient": lambda: torch_gradients.conv2d_input(
                x.shape, tw, tg, **settings
            ),
            "torch weight gradient": lambda: torch_gradients.conv2d_weight(
                tx, weight.shape, tg, **settings
            ),
        }
    times = interleaved(contenders, seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    slow = slow_peers(case, x, weight)
    return {
        **asdict(case),
        "name": case.name,
        "rounds": len(times["forward"]),
        "seconds": medians | slow,
        "ratios": {
            "forward / matrix product": ratio(times, "forward", "matrix product"),
            "forward / torch": ratio(times, "forward", "torch forward"),
            "input gradient / torch": ratio(times, "input gradient", "torch input gradient"),
            "weight gradient / torch": ratio(times, "weight gradient", "torch weight gradient"),
            "SciPy / forward": slow["SciPy"] / medians["forward"],
            "loop / forward": slow["loop"] / medians["forward"],
        },
        "extra_bytes": extra_memory(contenders["forward"]),
        "im2col_bytes": columns.nbytes,
    }


def slow_peers(case: Case, x: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Time SciPy on one image and one filter, and the loop on a few places; scale both up."""
    depth, pad = case.in_channels // case.groups, case.padding
    image = np.pad(x[0, :depth], ((0, 0), (pad, pad), (pad, pad)))
    start = time.perf_counter()
    signal.correlate(image, weight[0], mode="valid")[0, :: case.stride, :: case.stride]
    scipys = (time.perf_counter() - start) * case.batch * case.out_channels

    rows = min(case.places, max(1, 20_000 // (depth * case.kernel**2 * case.places)))
    strip = image[:, : (rows - 1) * case.stride + case.kernel]
    start = time.perf_counter()
    naive(strip, weight[:1], case.stride)
    seconds = time.perf_counter() - start
    timed = rows * case.places * depth * case.kernel**2
    return {"SciPy": scipys, "loop": seconds * case.multiply_adds / timed}


def surroundings() -> dict[str, Any]:
    """Name what the figures depend on: processor, libraries, the BLAS core that was picked."""
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    found: dict[str, Any] = {
        "processor": _processor(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": [
            {
                "name": f"{pool['internal_api']} {pool.get('version')}",
                "core": pool.get("architecture", "unknown"),
                "of": "SciPy" if "scipy.libs" in pool["filepath"] else "NumPy",
            }
            for pool in blas
        ],
        "torch": None,
    }
    if torch is not None:
        found["torch"] = f"{torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def geometric_mean(values: list[float | None]) -> float | None:
    """Geometric mean, or None where something was not measured."""
    present = [value for value in values if value is not None]
    if len(present) < len(values):
        return None
    return math.exp(sum(math.log(value) for value in present) / len(present))


def run(seconds: float) -> dict[str, Any]:
    """Measure all cases on one thread."""
    with threadpool_limits(1):
        if torch is not None:
            torch.set_num_threads(1)
        everyday = [measure(case, seconds) for case in EVERYDAY]
        others = [measure(case, seconds) for case in OTHERS]
        found = surroundings()
    means = {name: geometric_mean([case["ratios"][name] for case in everyday]) for name in TARGETS}
    return {
        "surroundings": found,
        "everyday": everyday,
        "others": others,
        "means": {
            name: {"mean": mean, "target": TARGETS[name], "met": mean and mean <= TARGETS[name]}
            for name, mean in means.items()
        },
    }


def show(report: dict[str, Any]) -> None:
    """Print a report as tables."""
    found = report["surroundings"]
    cores = ", ".join(
        f"{blas['of']}: {blas['name']}, core {blas['core']}" for blas in found["blas"]
    )
    print(f"{found['processor']} · Python {found['python']} · NumPy {found['numpy']}")
    print(f"BLAS {cores}")
    print(f"torch {found['torch'] or 'not installed'}")
    rounds = [case["rounds"] for case in report["everyday"]]
    print(f"one thread, float32, interleaved, medians of {min(rounds)} to {max(rounds)} rounds\n")
    width = max(len(case["name"]) for case in report["everyday"] + report["others"])

    def rows(title: str, heads: list[str], cells: Callable[[dict[str, Any]], list[str]]) -> None:
        print(f"{title:{width}}  " + "  ".join(f"{head:>9}" for head in heads))
        for case in report["everyday"] + report["others"]:
            print(f"{case['name']:{width}}  " + "  ".join(f"{cell:>9}" for cell in cells(case)))
        print()

    def milliseconds(case: dict[str, Any], name: str) -> str:
        seconds = case["seconds"].get(name)
        return "—" if seconds is None else f"{1e3 * seconds:.3f}"

    def times(case: dict[str, Any], name: str) -> str:
        value = case["ratios"][name]
        return "—" if value is None else f"{value:.2f}"

    names = ["matrix product", "forward", "input gradient", "weight gradient"]
    peers = ["torch forward", "torch input gradient", "torch weight gradient"]
    rows(
        "milliseconds",
        ["product", "conv2d", "∂input", "∂weight", "torch", "∂input", "∂weight"],
        lambda case: [milliseconds(case, name) for name in names + peers],
    )
    rows(
        "times as long as",
        ["product", "torch", "∂input", "∂weight"],
        lambda case: [times(case, name) for name in TARGETS],
    )
    rows(
        "slower peers and memory",
        ["SciPy ms", "loop ms", "extra MB", "im2col MB"],
        lambda case: [
            f"{1e3 * case['seconds']['SciPy']:.0f}",
            f"{1e3 * case['seconds']['loop']:.0f}",
            f"{case['extra_bytes'] / 1e6:.2f}",
            f"{case['im2col_bytes'] / 1e6:.2f}",
        ],
    )
    print(
        "SciPy (signal.correlate) is timed on one image and one filter, the loop on a few rows of"
    )
    print("one output channel; both are scaled up by the work. Extra memory is the most in use")
    print("during conv2d besides its output; im2col is what all windows would take.\n")
    print(f"geometric means over the first {len(report['everyday'])} shapes, the everyday ones")
    for name, mean in report["means"].items():
        value = "not measured" if mean["mean"] is None else f"{mean['mean']:.2f}"
        verdict = "" if mean["mean"] is None else "met" if mean["met"] else "missed"
        print(f"  {name:26} {value:>6}   target {mean['target']}   {verdict}")


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="measure a tenth as long")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args(arguments)
    report = run(0.15 if options.quick else 1.5)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)


if __name__ == "__main__":
    main()
