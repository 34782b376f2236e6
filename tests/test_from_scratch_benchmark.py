"""The returning experiment and chapter 12: how settings are chosen, and what is stored."""

from __future__ import annotations

import functools
import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import digit_anywhere, from_scratch
from benchmarks._progress import Progress
from benchmarks._tuning import best_by_the_worse_seed
from cnncourse.data import digits, results

STORED = {"from_scratch": from_scratch, "digit_anywhere": digit_anywhere}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_leaving_out_seeds_that_cannot_matter_chooses_as_trying_all(scores):
    asked = []

    def score(setting: int, seed: int) -> float:
        asked.append((setting, seed))
        return scores[setting][seed]

    chosen, found = best_by_the_worse_seed(range(len(scores)), score, (0, 1))
    assert min(found) == max(map(min, scores))
    assert found == list(scores[chosen])
    assert len(asked) == len(set(asked)) <= 2 * len(scores)


def test_a_setting_that_cannot_win_is_not_tried_again():
    asked = []
    scores = {"good": (0.9, 0.8), "poor": (0.7, 0.99)}

    def score(setting: str, seed: int) -> float:
        asked.append((setting, seed))
        return scores[setting][seed]

    assert best_by_the_worse_seed(scores, score, (0, 1)) == ("good", [0.9, 0.8])
    assert ("poor", 1) not in asked


def test_without_settings_nothing_can_be_chosen():
    with pytest.raises(ValueError, match="the grid is empty"):
        best_by_the_worse_seed([], lambda setting, seed: 0.0, (0, 1))


def test_a_measurement_that_was_stopped_goes_on(tmp_path: Path):
    path = tmp_path / "folder" / "progress.jsonl"
    first = Progress(path, {"epochs": 2})
    assert [first("a", int, 3), first("b", lambda: [1, 2])] == [3, [1, 2]]
    with path.open("a") as file:
        file.write('["c", 4')  # stopped while it was writing
    again = Progress(path, {"epochs": 2})
    assert again.values == {"a": 3, "b": [1, 2]}
    assert [again("a", int, 7), again("c", int, 7)] == [3, 7]
    assert Progress(path, {"epochs": 2}).values == {"a": 3, "b": [1, 2], "c": 7}


def test_what_was_measured_with_something_else_is_thrown_away(tmp_path: Path):
    path = tmp_path / "progress.jsonl"
    Progress(path, {"epochs": 2})("a", int, 3)
    assert Progress(path, {"epochs": 3}).values == {}


@pytest.mark.parametrize("name", STORED)
def test_the_stored_settings_were_tried_and_judged_by_two_seeds(name: str):
    stored, script = results(name), STORED[name]
    about = stored["about"]
    assert "worse validation accuracy with two tuning seeds" in about["chosen"]
    assert about["tuning_seeds"] == list(script.TUNING_SEEDS)
    assert not set(about["tuning_seeds"]) & set(about["seeds"])
    assert about["tried"] == {
        "learning_rate": list(script.LEARNING_RATES),
        "weight_decay": list(script.WEIGHT_DECAYS),
    }
    for row in stored["rows"]:
        settings = row["settings"]
        assert settings["learning_rate"] in script.LEARNING_RATES
        assert settings["weight_decay"] in script.WEIGHT_DECAYS
        assert len(settings["validation"]) == 2


def test_the_returning_experiment_is_complete():
    rows = results("digit_anywhere")["rows"]
    assert [(row["network"], row["placements"]) for row in rows] == list(
        itertools.product(digit_anywhere.NETWORKS, digit_anywhere.WAYS)
    )
    for row in rows:
        network = digit_anywhere.NETWORKS[row["network"]]()
        assert row["parameters"] == sum(weight.numel() for weight in network.parameters())
        assert {len(seeds) for seeds in row["accuracy"].values()} == {digit_anywhere.SEEDS}


def test_the_networks_of_chapter_12_are_all_stored():
    rows = {(row["part"], row["network"]): row for row in results("from_scratch")["rows"]}
    expected = [(part, name) for part, some in from_scratch.NETWORKS.items() for name in some]
    assert list(rows) == expected
    for (part, name), row in rows.items():
        make, epochs = from_scratch.NETWORKS[part][name]
        counted = sum(parameter.data.size for parameter in make().parameters())
        assert (row["parameters"], row["epochs"]) == (counted, epochs)
        assert len(row["accuracy"]) == len(row["cpu_seconds"]) == len(from_scratch.SEEDS)
    assert rows["fixed", "conv-pool"]["parameters"] == 810
    assert rows["mnist", "conv-pool"]["parameters"] == 13_610
    assert rows["anywhere", "two-conv-global"]["parameters"] == 6_842


def test_what_chapter_12_promises_was_measured():
    rows = {(row["part"], row["network"]): row for row in results("from_scratch")["rows"]}
    assert np.mean(rows["fixed", "two-conv"]["accuracy"]) >= 0.98
    assert max(rows["fixed", "two-conv"]["cpu_seconds"]) < 20
    assert np.mean(rows["anywhere", "two-conv-global"]["accuracy"]) >= 0.97
    assert min(rows["mnist", "conv-pool"]["accuracy"]) >= 0.955
    assert max(rows["mnist", "conv-pool"]["cpu_seconds"]) < 6


def test_the_digits_are_those_that_were_measured():
    arrays = [array for part in ("train", "validation", "test") for array in digits(part)]
    found = from_scratch.sha256(*arrays)
    assert results("from_scratch")["about"]["data_sha256"]["digits"] == found
    assert results("digit_anywhere")["about"]["data_sha256"] == found
    assert found == hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def test_training_starts_again_from_its_seed_and_learns():
    few = digits("train").images[:64, None], digits("train").labels[:64]
    runs = []
    for _ in range(2):
        rng = np.random.default_rng(3)
        network = functools.partial(from_scratch.convolution_and_pooling, 8)(rng=rng)
        from_scratch.train(
            network, *few, rng, epochs=30, batch=16, learning_rate=0.1, weight_decay=1e-4
        )
        runs.append(network(few[0]))
    assert np.array_equal(*runs)
    assert (runs[0].argmax(1) == few[1]).mean() > 0.95


def test_a_training_no_better_than_guessing_is_given_up():
    few = digits("train").images[:64, None], digits("train").labels[:64]
    orders = []

    class Counting:
        def permutation(self, count: int) -> np.ndarray:
            orders.append(count)
            return np.arange(count)

    for rate in (1000.0, 0.1):
        network = from_scratch.dense(8, rng=np.random.default_rng(3))
        settings = {"learning_rate": rate, "weight_decay": 0.0}
        from_scratch.train(network, *few, Counting(), epochs=40, batch=64, **settings)
        orders.append(-1)
    assert orders == [64] * 11 + [-1] + [64] * 40 + [-1]
