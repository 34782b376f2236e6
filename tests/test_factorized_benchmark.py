"""The benchmark times equal work in both libraries, and what chapter 10 reads is what it counts."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import torch

from benchmarks import factorized
from cnncourse.data import results


@pytest.mark.parametrize("name", factorized.variants(8))
def test_both_libraries_compute_the_same_and_keep_the_size(name):
    runs = factorized.runs(factorized.variants(8)[name], size=6)
    with torch.inference_mode():
        in_torch, in_numpy = runs["PyTorch"](), runs["NumPy"]()
    assert in_torch.shape == (factorized.BATCH, 8, 6, 6)
    np.testing.assert_allclose(in_torch, in_numpy, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", factorized.variants(8))
def test_the_counts_are_those_of_a_loop_over_all_weights_and_places(name):
    for layer in factorized.variants(8)[name]:
        weight = np.zeros((layer.out_channels, layer.in_channels // layer.groups, *layer.kernel))
        assert layer.weights == weight.size
        places = itertools.product(range(5), range(5))
        assert layer.multiply_adds(5) == sum(weight.size for _ in places)
        images = np.zeros((layer.in_channels, 5, 5)), np.zeros((layer.out_channels, 5, 5))
        assert layer.moved(5) == weight.size + sum(image.size for image in images)


def test_the_shortest_time_of_each_contender_is_kept():
    calls = []
    best = factorized.shortest({"a": lambda: calls.append("a"), "b": lambda: None}, seconds=0.01)
    assert set(best) == {"a", "b"}
    assert all(0 < seconds < float("inf") for seconds in best.values())
    assert len(calls) > 1


def test_a_measurement_is_json_and_compares_with_the_ordinary_layer():
    with torch.inference_mode():
        layer = json.loads(json.dumps(factorized.measure(channels=8, size=6, seconds=0.01)))
    ordinary, *others = layer["rows"]
    assert ordinary["counted"] == 1
    assert ordinary["measured"] == {"PyTorch": 1, "NumPy": 1}
    for row in others:
        assert row["counted"] == pytest.approx(
            ordinary["multiply_adds"] / row["multiply_adds"], abs=1e-3
        )
        for library, factor in row["measured"].items():
            times = ordinary["milliseconds"][library] / row["milliseconds"][library]
            assert factor == pytest.approx(times, rel=0.1)


def test_what_is_stored_was_counted_by_this_script():
    stored = results("factorized")
    assert {"seed", "batch", "settings", "versions", "hardware"} <= set(stored["about"])
    assert tuple((layer["channels"], layer["size"]) for layer in stored["layers"]) == (
        factorized.LAYERS
    )
    for layer in stored["layers"]:
        expected = factorized.variants(layer["channels"])
        assert [row["name"] for row in layer["rows"]] == list(expected)
        for row, parts in zip(layer["rows"], expected.values(), strict=True):
            assert row["weights"] == sum(part.weights for part in parts)
            assert row["multiply_adds"] == sum(part.multiply_adds(layer["size"]) for part in parts)
            assert row["moved"] == sum(part.moved(layer["size"]) for part in parts)


def test_what_chapter_10_says_about_the_measurements_holds():
    """Its words: thin kernels nearly keep their promise, the depthwise layer by far does not."""
    for layer in results("factorized")["layers"]:
        rows = {row["name"]: row for row in layer["rows"]}
        depthwise = rows["depthwise 3×3"]
        for library in factorized.LIBRARIES:
            assert depthwise["measured"][library] < depthwise["counted"] / 5
            assert layer["copy"][library] < depthwise["counted"]
            separable = rows["depthwise 3×3 then 1×1"]
            assert separable["measured"][library] < 0.7 * separable["counted"]
    [layer] = [each for each in results("factorized")["layers"] if each["channels"] == 128]
    rows = {row["name"]: row for row in layer["rows"]}
    assert all(4 < factor < 6 for factor in rows["depthwise 3×3 then 1×1"]["measured"].values())
    assert rows["1×1"]["measured"]["NumPy"] == pytest.approx(9, abs=0.5)
