"""The benchmark of the fast ways compares equal work, counts right, and chapter 17 can read it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from benchmarks import fast
from benchmarks.convolution import Case
from cnncourse import _winograd
from cnncourse.data import results

SMALL = Case("small", 2, 3, 13, 4, 3, padding=1)
LARGE_KERNEL = Case("large kernel", 2, 4, 15, 4, 7, padding=3, groups=2)


@pytest.mark.parametrize("case", [SMALL, LARGE_KERNEL], ids=lambda case: case.what)
def test_all_contenders_compute_the_same(case):
    x, weight, _ = fast.draw(case)
    found = {name: np.asarray(run()) for name, run in fast.contenders(case, x, weight).items()}
    assert {"im2col", "Fourier", "conv2d", "PyTorch"} <= set(found)
    assert ("Winograd F(4×4)" in found) == (case.kernel == 3)
    for name, output in found.items():
        np.testing.assert_allclose(output, found["im2col"], atol=1e-4, err_msg=name)
    assert max(fast.errors(case, fast.contenders(case, x, weight)).values()) < 1e-5


@pytest.mark.parametrize("outputs", [2, 4])
def test_products_are_counted_tile_by_tile(outputs):
    # 13 outputs: 7 tiles of 2, or 4 tiles of 4, along each axis.
    tiles = math.ceil(13 / outputs) ** 2
    counted = fast.winograd_multiply_adds(SMALL, outputs)
    assert counted["products"] == 2 * 3 * 4 * tiles * (outputs + 2) ** 2


def test_transforms_are_counted_as_they_are_computed(monkeypatch):
    case = Case("", 1, 1, 12, 1, 3)
    done = []
    original = np.matmul

    def counting(a, b, out=None):
        done.append(
            math.prod(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]))
            * a.shape[-2]
            * a.shape[-1]
            * b.shape[-1]
        )
        return original(a, b, out=out)

    monkeypatch.setattr(np, "matmul", counting)
    x, weight, _ = fast.draw(case)
    _winograd.correlate(x, weight, fast.slide(case), 4)
    counted = fast.winograd_multiply_adds(case, 4)
    assert sum(done) == counted["products"] + counted["transforms"]


def test_spectra_are_counted():
    case = Case("", 1, 1, 16, 1, 9)
    counted = fast.fourier_multiply_adds(case)
    # One tile of 16×16 and the kernel in: two transforms, and one back.
    assert counted == {"products": 4 * 16 * 9, "transforms": round(1.25 * 256 * 8 * 3)}


def test_the_report_has_what_is_printed_and_read(monkeypatch, capsys):
    monkeypatch.setattr(fast, "LAYERS", [SMALL])
    monkeypatch.setattr(fast, "CROSSINGS", {"channels": [SMALL], "kernels, large": [LARGE_KERNEL]})
    report = json.loads(json.dumps(fast.run(0.01)))
    fast.show(report)
    printed = capsys.readouterr().out
    for name in (*fast.TARGETS, "loop", "windows", "Winograd F(2×2)", "Fourier", "core"):
        assert name in printed
    stored = results("fast")
    assert set(stored) == set(report)
    assert set(stored["layers"][0]) == set(report["layers"][0])
    assert [layer["name"] for layer in stored["layers"]] != [SMALL.name]


def test_the_stored_results_are_those_of_the_listed_layers():
    stored = results("fast")
    listed = [case.name for case in fast.LAYERS]
    assert [layer["name"] for layer in stored["layers"]] == listed
    assert all(min(case.in_channels, case.out_channels) >= 32 for case in fast.LAYERS)
    assert {(case.kernel, case.stride) for case in fast.LAYERS} == {(3, 1)}
    channels = [row["channels"] for row in stored["crossings"]["channels"]]
    assert channels == [8, 16, 24, 32, 48, 64, 96, 128]
    for what, rows in stored["crossings"].items():
        if what != "channels":
            assert [row["kernel"] for row in rows] == [3, 5, 7, 9, 11, 15, 21, 31]
    for name, mean in stored["means"].items():
        ratios = [layer["ratios"][name] for layer in stored["layers"]]
        assert mean == pytest.approx(np.exp(np.mean(np.log(ratios))))


def test_a_ratio_is_the_median_of_the_rounds():
    times = {"a": [2.0, 9.0, 3.0], "b": [1.0, 3.0, 3.0]}
    assert fast.ratio(times, "a", "b") == 2.0
