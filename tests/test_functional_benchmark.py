"""The benchmark runs, measures what it says, and judges by its own figures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import convolution
from cnncourse import functional


@pytest.fixture(scope="module")
def report():
    return convolution.run(seconds=0.01)


def test_eight_everyday_shapes_within_the_stated_range():
    assert len(convolution.EVERYDAY) == 8
    assert {case.stride for case in convolution.EVERYDAY} == {1, 2}
    kernels = [case.kernel for case in convolution.EVERYDAY]
    channels = [case.in_channels for case in convolution.EVERYDAY]
    assert (min(kernels), max(kernels)) == (1, 7)
    assert (min(channels), max(channels)) == (1, 128)


def test_the_loop_computes_the_same(report):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 7, 6)), rng.standard_normal((3, 2, 3, 3))
    np.testing.assert_allclose(
        convolution.naive(x, w, 2), functional.conv2d(x, w, stride=2), atol=1e-12
    )


def test_the_report_holds_every_figure_and_is_json(report):
    again = json.loads(json.dumps(report))
    assert len(again["everyday"]) == 8
    for case in again["everyday"] + again["others"]:
        assert all(value > 0 for value in case["seconds"].values())
        assert set(convolution.TARGETS) <= set(case["ratios"])
        assert case["extra_bytes"] >= 0
    assert again["surroundings"]["blas"][0]["core"]
    for name, mean in again["means"].items():
        ratios = [case["ratios"][name] for case in again["everyday"]]
        assert mean["mean"] == pytest.approx(np.exp(np.mean(np.log(ratios))))
        assert mean["met"] == (mean["mean"] <= convolution.TARGETS[name])


def test_the_tables_are_printed(report, capsys):
    convolution.show(report)
    printed = capsys.readouterr().out
    assert printed.count("3×3 stride 2") == 3
    assert "core" in printed
    for name in convolution.TARGETS:
        assert name in printed


def test_ratios_are_medians_over_rounds():
    times = {"a": [2.0, 9.0, 3.0], "b": [1.0, 3.0, 3.0]}
    assert convolution.ratio(times, "a", "b") == 2.0
    assert convolution.ratio(times, "a", "c") is None
    assert convolution.geometric_mean([1.0, 4.0]) == 2.0
    assert convolution.geometric_mean([1.0, None]) is None
