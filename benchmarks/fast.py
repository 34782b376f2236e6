"""Time the ways to convolve beside each other: loop, windows, im2col, Winograd, Fourier, PyTorch.

`python -m benchmarks.fast` prints for 3×3 layers of 32 channels and more how long each way takes,
next to a matrix product that has its windows ready, and how many multiply-adds it needs; then from
how many channels on Winograd's filtering wins, and from which kernel size on the Fourier transform.
With --store it also writes cnncourse/data/results/fast.json, which chapter 17 reads.

Everything runs on one thread, in float32, and takes turns: in every round each contender runs once,
and a ratio is the median over the rounds of the ratio in a round. What is counted is the
processor's time for this thread, so that other programs disturb less. The loop is timed on a few
places and scaled up. Which core of OpenBLAS ran is printed; OPENBLAS_CORETYPE=Haswell (or SkylakeX,
where the processor has AVX-512) chooses another.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.convolution import Case, geometric_mean, naive, surroundings
from cnncourse import _fourier, _gemm, _winograd, functional
from cnncourse.windows import Slide, slide_over

try:
    import torch
    import torch.nn.functional as torch_functional
    import torch.nn.grad as torch_gradients
except ModuleNotFoundError:
    torch = None  # type: ignore[assignment]

RESULTS = Path(__file__).parents[1] / "cnncourse" / "data" / "results" / "fast.json"
TARGETS = {
    "conv2d / product": 0.85,
    "conv2d_input / product": 0.85,
    "conv2d / PyTorch": 1.6,
    "conv2d_input / PyTorch input gradient": 1.6,
}

# 3×3 layers that everybody meets, with 32 channels or more.
LAYERS = [
    Case("ResNet-20 on CIFAR, second stage", 64, 32, 16, 32, 3, padding=1),
    Case("ResNet-20 on CIFAR, third stage", 64, 64, 8, 64, 3, padding=1),
    Case("U-Net, one photograph, second level", 1, 64, 64, 64, 3, padding=1),
    Case("ResNet-18, first stage", 2, 64, 56, 64, 3, padding=1),
    Case("ResNet-18, second stage", 2, 128, 28, 128, 3, padding=1),
    Case("ResNet-18, third stage", 4, 256, 14, 256, 3, padding=1),
]
CHANNELS = (8, 16, 24, 32, 48, 64, 96, 128)
KERNELS = (3, 5, 7, 9, 11, 15, 21, 31)
CROSSINGS = {
    "channels": [Case("", 8, c, 28, c, 3, padding=1) for c in CHANNELS],
    "kernels, one picture": [Case("", 1, 1, 256, 1, k, padding=k // 2) for k in KERNELS],
    "kernels, depthwise": [Case("", 4, 32, 56, 32, k, padding=k // 2, groups=32) for k in KERNELS],
    "kernels, 16 channels": [Case("", 4, 16, 56, 16, k, padding=k // 2) for k in KERNELS],
}


def slide(case: Case) -> Slide:
    """Say where the windows of a case go."""
    kernel, places = (case.kernel, case.kernel), (case.places, case.places)
    return Slide(kernel, (1, 1), (1, 1), (case.padding, case.padding), places)


def winograd_multiply_adds(case: Case, outputs: int) -> dict[str, int]:
    """Count the products in the middle, and what the transforms multiply, zeros included."""
    axis = _winograd.strips(case.size, case.places, case.padding, outputs)
    entries = outputs + 2
    products = transforms = 0
    for rows in axis:
        for columns in axis:
            products += entries**2 * rows.tiles * columns.tiles
            height = rows.pixels.stop - rows.pixels.start
            read = columns.read.size * height + entries * rows.read.size * columns.tiles
            places = rows.places.stop - rows.places.start
            write = entries * rows.write.size * columns.tiles + columns.write.size * places
            transforms += read * case.in_channels + write * case.out_channels
    pairs = case.in_channels * case.out_channels
    return {
        "products": case.batch * products * pairs,
        "transforms": case.batch * transforms + 9 * entries**2 * pairs,
    }


def fourier_multiply_adds(case: Case) -> dict[str, int]:
    """Count four multiply-adds a frequency, and 5/4 n log₂ n for a real transform of n pixels."""
    depth = case.in_channels // case.groups
    kernel, places = (case.kernel, case.kernel), (case.places, case.places)
    _, size = _fourier.plan(kernel, places, case.batch, case.out_channels, depth, case.groups)
    tiles = case.batch * math.prod(
        math.ceil(case.places / (length - case.kernel + 1)) for length in size
    )
    pixels = math.prod(size)
    transforms = tiles * (case.in_channels + case.out_channels) + depth * case.out_channels
    frequencies = size[0] * (size[1] // 2 + 1)
    return {
        "products": 4 * frequencies * tiles * depth * case.out_channels,
        "transforms": round(1.25 * pixels * math.log2(pixels) * transforms),
    }


def contenders(case: Case, x: np.ndarray, weight: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Return the ways that compute a case's output."""
    where, groups = slide(case), case.groups
    ways: dict[str, Callable[[], Any]] = {
        "im2col": lambda: _gemm.correlate_windows(x, weight, where, groups)
    }
    if case.kernel == 3 and groups == 1:
        ways["Winograd F(2×2)"] = lambda: _winograd.correlate(x, weight, where, 2)
        ways["Winograd F(4×4)"] = lambda: _winograd.correlate(x, weight, where, 4)
    if case.kernel > 3 or case.in_channels <= 64:
        ways["Fourier"] = lambda: _fourier.correlate(x, weight, where, groups)
    ways["conv2d"] = lambda: functional.conv2d(x, weight, padding=case.padding, groups=groups)
    if torch is not None:
        tx, tw = torch.from_numpy(x), torch.from_numpy(weight)
        ways["PyTorch"] = lambda: torch_functional.conv2d(
            tx, tw, padding=case.padding, groups=groups
        )
    return ways


def interleaved(ways: dict[str, Callable[[], Any]], seconds: float) -> dict[str, list[float]]:
    """Run every way once in every round, for about so many seconds; return processor times."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for run in ways.values():
        run()
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        for name, run in ways.items():
            start = time.thread_time()
            run()
            times[name].append(time.thread_time() - start)
        rounds += 1
    return times


def ratio(times: dict[str, list[float]], name: str, peer: str) -> float:
    """Median over the rounds of the ratio of two ways in a round."""
    return statistics.median(a / b for a, b in zip(times[name], times[peer], strict=True))


def draw(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw images, filters and a gradient."""
    rng = np.random.default_rng(0)
    shapes = (
        (case.batch, case.in_channels, case.size, case.size),
        (case.out_channels, case.in_channels // case.groups, case.kernel, case.kernel),
        (case.batch, case.out_channels, case.places, case.places),
    )
    x, weight, gradient = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    return x, weight, gradient


def errors(case: Case, ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """How far each way is from double precision, as a share of the norm."""
    x, weight, _ = draw(case)
    exact = _gemm.correlate_windows(
        x.astype(np.float64), weight.astype(np.float64), slide(case), case.groups
    )
    norm = np.linalg.norm(exact)
    return {
        name: float(np.linalg.norm(np.asarray(run()) - exact) / norm) for name, run in ways.items()
    }


def slow_ways(case: Case, x: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Time the loop on a few rows of one filter, and `einsum` over windows on one image."""
    pad, channels, k = case.padding, case.in_channels, case.kernel
    image = np.pad(x[0], ((0, 0), (pad, pad), (pad, pad)))
    rows = max(1, 20_000 // (channels * k * k * case.places))
    start = time.thread_time()
    naive(image[:, : rows + k - 1], weight[:1], 1)
    loop = (time.thread_time() - start) / (rows * case.places * channels * k * k)
    patches = slide_over(x[:1], slide(case))
    start = time.thread_time()
    np.einsum("ncyxij,ocij->noyx", patches, weight)
    windows = (time.thread_time() - start) * case.batch
    return {"loop": loop * case.multiply_adds, "windows": windows}


def measure_layer(case: Case, seconds: float) -> dict[str, Any]:
    """Time all ways and the gradient for the input on one 3×3 layer."""
    x, weight, gradient = draw(case)
    ways = contenders(case, x, weight)
    wrong = errors(case, ways)
    matrix = weight.reshape(case.out_channels, -1)
    columns = np.random.default_rng(1).standard_normal(
        (case.batch, matrix.shape[1], case.places**2)
    )
    columns = columns.astype(np.float32)
    ways["product"] = lambda: matrix @ columns
    ways["conv2d_input"] = lambda: functional.conv2d_input(
        x.shape, weight, gradient, padding=case.padding
    )
    if torch is not None:
        tw, tg = torch.from_numpy(weight), torch.from_numpy(gradient)
        ways["PyTorch input gradient"] = lambda: torch_gradients.conv2d_input(
            x.shape, tw, tg, padding=case.padding
        )
    times = interleaved(ways, seconds)
    product = statistics.median(times["product"])
    against = {name: ratio(times, name, "product") for name in ways}
    against |= {name: value / product for name, value in slow_ways(case, x, weight).items()}
    ratios = {
        name: ratio(times, *name.split(" / ")) if name.split(" / ")[1] in times else None
        for name in TARGETS
    }
    return {
        "name": case.name,
        "what": case.what,
        "rounds": len(times["product"]),
        "product_ms": 1e3 * product,
        "against_product": against,
        "ratios": ratios,
        "errors": wrong,
        "multiply_adds": {
            "im2col": {"products": case.multiply_adds, "transforms": 0},
            "Winograd F(2×2)": winograd_multiply_adds(case, 2),
            "Winograd F(4×4)": winograd_multiply_adds(case, 4),
            "Fourier": fourier_multiply_adds(case),
        },
    }


def measure_crossing(case: Case, seconds: float) -> dict[str, Any]:
    """Time all ways on one case, next to im2col."""
    x, weight, _ = draw(case)
    ways = contenders(case, x, weight)
    times = interleaved(ways, seconds)
    return {
        "name": case.name,
        "channels": case.in_channels,
        "kernel": case.kernel,
        "im2col_ms": 1e3 * statistics.median(times["im2col"]),
        "against_im2col": {name: ratio(times, name, "im2col") for name in ways},
    }


def about() -> dict[str, Any]:
    """Return how, on what and with what this was measured."""
    found = surroundings()
    return {
        "script": "benchmarks/fast.py",
        "seed": 0,
        "settings": "float32, one thread, medians of ratios in interleaved rounds, no biases",
        "versions": {name: found[name] for name in ("python", "torch", "numpy", "blas")},
        "hardware": f"one thread of {found['processor']}, {platform.machine()}",
    }


def run(seconds: float) -> dict[str, Any]:
    """Measure everything on one thread."""
    with threadpool_limits(1):
        if torch is not None:
            torch.set_num_threads(1)
        layers = [measure_layer(case, seconds) for case in LAYERS]
        crossings = {
            what: [measure_crossing(case, seconds / 4) for case in cases]
            for what, cases in CROSSINGS.items()
        }
        found = about()
    means = {name: geometric_mean([layer["ratios"][name] for layer in layers]) for name in TARGETS}
    return {"about": found, "layers": layers, "crossings": crossings, "means": means}


def show(report: dict[str, Any]) -> None:
    """Print a report as tables."""
    versions = report["about"]["versions"]
    print(f"{report['about']['hardware']} · {report['about']['settings']}")
    cores = ", ".join(f"{blas['of']}: core {blas['core']}" for blas in versions["blas"])
    print(f"BLAS {cores} · torch {versions['torch'] or 'not installed'}\n")
    layers = report["layers"]
    width = max(len(layer["name"]) for layer in layers)
    names = ["loop", "windows", *layers[0]["against_product"]]
    names = [name for name in dict.fromkeys(names) if name != "product"]
    print("times the product of a matrix with all windows ready (columns: the layers)")
    for number, layer in enumerate(layers, 1):
        print(
            f"  [{number}] {layer['name']:{width}}  {layer['product_ms']:8.2f} ms  {layer['what']}"
        )
    head = "  ".join(f"{f'[{number}]':>8}" for number in range(1, len(layers) + 1))
    print(f"{'':22}{head}")
    for name in names:
        cells = [layer["against_product"].get(name) for layer in layers]
        row = "  ".join(f"{'—' if cell is None else f'{cell:.2f}':>8}" for cell in cells)
        print(f"{name:22}{row}")
    print("\nmultiply-adds next to im2col's: in products + in transforms")
    for name in layers[0]["multiply_adds"]:
        cells = [
            (layer["multiply_adds"][name], layer["multiply_adds"]["im2col"]["products"])
            for layer in layers
        ]
        texts = [f"{c['products'] / m:.2f}+{c['transforms'] / m:.2f}" for c, m in cells]
        print(f"{name:20}" + "".join(f"{text:>10}" for text in texts))
    print("\nerror as a share of the norm")
    for name in layers[0]["errors"]:
        cells = [layer["errors"].get(name) for layer in layers]
        row = "  ".join(f"{'—' if cell is None else f'{cell:.0e}':>8}" for cell in cells)
        print(f"{name:22}{row}")
    for what, cases in report["crossings"].items():
        axis = "channels" if what == "channels" else "kernel"
        print(f"\ntimes im2col, by {what}")
        print(f"{'':22}" + "".join(f"{case[axis]:8}" for case in cases))
        for name in dict.fromkeys(name for case in cases for name in case["against_im2col"]):
            cells = [case["against_im2col"].get(name) for case in cases]
            row = "".join(f"{'—' if cell is None else f'{cell:.2f}':>8}" for cell in cells)
            print(f"{name:22}{row}")
    print(f"\ngeometric means over the {len(layers)} layers")
    for name, mean in report["means"].items():
        found = "not measured" if mean is None else f"{mean:.2f}"
        verdict = "" if mean is None else "met" if mean <= TARGETS[name] else "missed"
        print(f"  {name:38} {found:>6}   target {TARGETS[name]}   {verdict}")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print tables, and store them where the chapter finds them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="for each of the layers")
    parser.add_argument("--store", action="store_true", help="write the chapter's results too")
    options = parser.parse_args(arguments)
    report = run(options.seconds)
    show(report)
    if options.store:
        text = json.dumps(report, indent=1, ensure_ascii=False)
        RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
