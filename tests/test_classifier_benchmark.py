"""The measurement behind chapter 13 keeps its own rules, and its results are those of its networks.

Nothing here needs the photographs: a few random ones in the same form are made on the spot.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import classifier
from cnncourse.data import results

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Thirty photographs of each class to train on and ten to test, each with a mark of its own."""
    monkeypatch.setattr(classifier, "VALIDATION", 8)
    rng = np.random.default_rng(0)
    found: dict[str, np.ndarray] = {"names": np.array(NAMES)}
    for part, count in (("train", 30), ("test", 10)):
        labels = rng.permutation(np.repeat(np.arange(10), count))
        images = rng.integers(0, 256, (len(labels), 32, 32, 3), dtype=np.uint8)
        found |= {f"x_{part}": images, f"y_{part}": labels}
    return found


def marks(pictures: classifier.Pictures) -> set[bytes]:
    return {image.numpy().tobytes() for image in pictures.images}


def test_the_three_parts_share_no_photograph(data):
    parts = classifier.task(("cat", "dog"), data)
    counts = [len(marks(part)) for part in parts]
    assert counts == [44, 16, 20]
    assert len(set().union(*map(marks, parts))) == sum(counts)
    for part in parts:
        assert part.labels.bincount().tolist() == [len(part.labels) // 2] * 2


def test_a_part_is_the_same_on_every_run_and_a_selection_has_as_many_of_each_class(data):
    first, again = (classifier.task(("cat", "dog"), data) for _ in range(2))
    assert torch.equal(first.train.images, again.train.images)
    few = classifier.some(first.train, 10)
    assert few.labels.bincount().tolist() == [5, 5]
    assert marks(few) <= marks(first.train)


def test_augmentation_only_mirrors_and_moves():
    rng = np.random.default_rng(3)
    images = torch.arange(1.0, 2 * 3 * 32 * 32 + 1).reshape(2, 3, 32, 32)
    seen = set()
    for _ in range(60):
        for before, after in zip(images, classifier.augment(images, rng), strict=True):
            wide = [nn.functional.pad(each, [4] * 4) for each in (before, before.flip(2))]
            [place] = [
                (mirrored, i, j)
                for mirrored, each in enumerate(wide)
                for i in range(9)
                for j in range(9)
                if torch.equal(each[:, i : i + 32, j : j + 32], after)
            ]
            seen.add(place)
    assert {mirrored for mirrored, *_ in seen} == {0, 1}
    assert {i for _, i, _ in seen} == {j for *_, j in seen} == set(range(9))


def test_a_setting_is_judged_by_the_worse_of_its_runs(data, monkeypatch):
    parts = classifier.task(("cat", "dog"), data)
    accuracies = {0.1: (0.9, 0.5), 0.2: (0.7, 0.6), 0.3: (0.4, 0.95)}

    def train(network, part, validation, settings, seed):
        first, second = accuracies[settings.learning_rate]
        score = first if seed == classifier.TUNING_SEEDS[0] else second
        return classifier.Run([classifier.Epoch(0, 0, 0, score)], {})

    monkeypatch.setattr(classifier, "train", train)
    grid = [classifier.Settings(1, rate) for rate in accuracies]
    build = classifier.seeded(classifier.dense)
    settings, score = classifier.choose(build, parts.train, parts.validation, grid)
    assert (settings.learning_rate, score) == (0.2, 0.6)


def test_training_keeps_the_weights_of_the_best_epoch_and_is_repeatable(data):
    parts = classifier.task(("cat", "dog"), data)
    build = classifier.seeded(classifier.dense)
    settings = classifier.Settings(6, 1e-2)
    first, again = build(0), build(0)
    run = classifier.train(first, parts.train, parts.validation, settings, seed=0)
    classifier.train(again, parts.train, parts.validation, settings, seed=0)
    assert classifier.judge(first, parts.validation)[1] == pytest.approx(run.best)
    assert 1 <= run.stopped <= 6
    for ours, theirs in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("frozen", range(4))
def test_frozen_blocks_stay_as_they_were_and_the_others_learn(data, frozen):
    parts = classifier.task(("cat", "dog"), data)
    torch.manual_seed(1)
    source = classifier.features(4)
    network = classifier.carried(source, frozen, seed=0)
    classifier.train(network, parts.train, parts.validation, classifier.Settings(1, 1e-2), seed=0)
    for index in range(3):
        taken, was = network[index][0].weight, source[index][0].weight
        assert torch.equal(taken, was) == (index < frozen)


def test_a_residual_connection_adds_no_parameters_and_batch_norm_two_a_channel():
    plain, residual = classifier.deep(), classifier.deep(residual=True)
    assert classifier.parameters(plain) == classifier.parameters(residual)
    added = classifier.parameters(classifier.deep(normalized=True)) - classifier.parameters(plain)
    channels = [m.out_channels for m in plain.modules() if isinstance(m, nn.Conv2d)]
    assert added == 2 * sum(channels)


def test_the_stored_results_belong_to_these_networks():
    stored = results("classifier")
    for row in stored["table"]["rows"]:
        build, _ = classifier.TABLE[row["network"]]
        assert row["parameters"] == classifier.parameters(build())
        assert len(row["accuracy"]) == len(stored["about"]["seeds"]) >= 3
    assert set(classifier.PARTS) <= set(stored)
    assert [row["added"] for row in stored["alone"]["rows"]] == list(classifier.ALONE)
    for row in stored["alone"]["rows"]:
        build, _ = classifier.ALONE[row["added"]]
        assert row["parameters"] == classifier.parameters(build())
    first = classifier.one_convolution(10)[0]
    assert np.shape(stored["filters"]["filters"]) == tuple(first.weight.shape)
