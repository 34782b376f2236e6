"""Train the networks of chapter 12 in NumPy, with several seeds, beside their baselines.

`python -m benchmarks.from_scratch` writes cnncourse/data/results/from_scratch.json. It takes about
10 minutes on one processor core; stopped and started again, it goes on where it was. The second
part reads MNIST through `cnncourse.data`, which fetches it unless it is in the cache.

The parts:

*fixed*       digits of 8×8 pixels, as they are
*mnist*       one epoch over all 60,000 images of 28×28 pixels, in float32, with its time
*anywhere*    the digits of 8×8 in a field of 16×16, each at a place drawn once; tested at all 81
              places (benchmarks/digit_anywhere.py has more networks and more ways to place them)

Settings are chosen alike for every network: those whose worse validation accuracy with two seeds,
neither of them one of the seeds that are tested, is the best. The test digits choose nothing.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import itertools
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks._progress import Progress
from benchmarks._tuning import best_by_the_worse_seed
from benchmarks.convolution import surroundings
from cnncourse.data import Digits, digits, mnist, place_digits
from cnncourse.layers import (
    SGD,
    Conv2d,
    CrossEntropyLoss,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "cnncourse" / "data" / "results" / "from_scratch.json"
PROGRESS = ROOT / "_build" / "from_scratch.jsonl"

SEEDS, TUNING_SEEDS = (0, 1, 2, 3, 4), (1000, 1001)
MOMENTUM = 0.9
LEARNING_RATES, WEIGHT_DECAYS = (0.03, 0.1, 0.3, 1.0), (1e-4, 1e-3)
PLACES = 9  # along one axis of the field
EVERYWHERE = list(np.ndindex(PLACES, PLACES))
MNIST_VALIDATION = 5_000  # the last of the training images, to choose a learning rate with

Array = np.ndarray


def dense(size: int, *widths: int, **draw: Any) -> Sequential:
    """Return dense layers on pictures of `size` pixels a side, with these hidden widths."""
    layers: list[Layer] = [Flatten()]
    before = size * size
    for width in widths:
        layers += [Linear(before, width, **draw), ReLU()]
        before = width
    return Sequential(*layers, Linear(before, 10, **draw))


def convolution_and_pooling(size: int, **draw: Any) -> Sequential:
    """Return eight filters of 3×3, 2×2 pooling and a dense layer."""
    side = (size - 2) // 2
    return Sequential(
        Conv2d(1, 8, 3, **draw), ReLU(), MaxPool2d(2), Flatten(), Linear(8 * side**2, 10, **draw)
    )


def two_convolutions(**draw: Any) -> Sequential:
    """Return two convolutions, 2×2 pooling and a dense layer, for 8×8 pixels."""
    return Sequential(
        Conv2d(1, 16, 3, **draw),
        ReLU(),
        Conv2d(16, 32, 3, **draw),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(32 * 2 * 2, 10, **draw),
    )


def two_convolutions_and_a_global_maximum(**draw: Any) -> Sequential:
    """Return two convolutions and the largest value of each map, for 16×16 pixels."""
    return Sequential(
        Conv2d(1, 8, 3, padding=1, **draw),
        ReLU(),
        Conv2d(8, 32, 5, padding=2, **draw),
        ReLU(),
        MaxPool2d(16),
        Flatten(),
        Linear(32, 10, **draw),
    )


NETWORKS: dict[str, dict[str, tuple[Callable[..., Sequential], int]]] = {
    "fixed": {
        "logistic": (functools.partial(dense, 8), 30),
        "mlp-128": (functools.partial(dense, 8, 128), 30),
        "conv-pool": (functools.partial(convolution_and_pooling, 8), 30),
        "two-conv": (two_convolutions, 30),
    },
    "mnist": {
        "logistic": (functools.partial(dense, 28), 1),
        "mlp-17": (functools.partial(dense, 28, 17), 1),
        "conv-pool": (functools.partial(convolution_and_pooling, 28), 1),
    },
    "anywhere": {
        "two-conv-global": (two_convolutions_and_a_global_maximum, 20),
        "mlp-128": (functools.partial(dense, 16, 128), 60),
    },
}
"""Networks by part and name: how to make one, and for how many epochs it is trained."""
PLACEMENTS = {"fixed": "fixed", "mnist": "fixed", "anywhere": "once"}
BATCH = {"fixed": 32, "anywhere": 32, "mnist": 64}


def inputs(part: str, images: Array, rng: np.random.Generator) -> Array:
    """Return what a network is trained on, shape (N, 1, H, W)."""
    if part == "anywhere":
        images = place_digits(images, rng.integers(0, PLACES, (len(images), 2)))
    return images[:, None]


def train(
    network: Sequential,
    images: Array,
    labels: Array,
    rng: np.random.Generator,
    *,
    epochs: int,
    batch: int,
    learning_rate: float,
    weight_decay: float,
) -> None:
    """Train in place, the learning rate falling to 0 along a line.

    A training that after a quarter of its epochs is no better than guessing is given up.
    """
    loss = CrossEntropyLoss()
    optimizer = SGD(network.parameters(), learning_rate, MOMENTUM, weight_decay)
    steps = epochs * -(-len(labels) // batch)
    rates = iter(learning_rate * (1 - np.arange(steps) / steps))
    for epoch in range(epochs):
        order = rng.permutation(len(labels))
        losses = []
        for first in range(0, len(labels), batch):
            chosen = order[first : first + batch]
            optimizer.lr = next(rates)
            losses.append(loss(network(images[chosen]), labels[chosen]))
            optimizer.zero_grad()
            network.backward(loss.backward(), input_gradient=False)
            optimizer.step()
        if epoch >= epochs // 4 and not np.mean(losses) < np.log(10):
            return


def accuracy(network: Sequential, part: str, data: Digits) -> float:
    """Return the fraction of right answers; in the field, over all digits at all places."""
    if part != "anywhere":
        answers = [network(some[:, None]).argmax(1) for some in in_pieces(data.images)]
        return float((np.concatenate(answers) == data.labels).mean())
    placed = (place_digits(data.images, place)[:, None] for place in EVERYWHERE)
    return float(np.mean([(network(some).argmax(1) == data.labels).mean() for some in placed]))


def in_pieces(images: Array, size: int = 1000) -> list[Array]:
    """Cut images into pieces that need little memory."""
    return [images[first : first + size] for first in range(0, len(images), size)]


@functools.cache
def data(part: str, purpose: str) -> Digits:
    """Return the digits of one part to "train", "choose" (train and validation) or "test"."""
    if part != "mnist":
        return digits("validation" if purpose == "choose" else purpose)
    images, labels, _ = mnist("test" if purpose == "test" else "train")
    return Digits((images / 255).astype(np.float32), labels)


def split(part: str, choosing: bool) -> tuple[Digits, Digits]:
    """Return what to train on and what to judge by."""
    train_on = data(part, "train")
    if not choosing:
        return train_on, data(part, "test")
    if part != "mnist":
        return train_on, data(part, "choose")
    rest = -MNIST_VALIDATION
    return (
        Digits(train_on.images[:rest], train_on.labels[:rest]),
        Digits(train_on.images[rest:], train_on.labels[rest:]),
    )


def run(
    part: str, name: str, settings: tuple[float, float], seed: int, choosing: bool
) -> tuple[float, float]:
    """Train once; return the accuracy, and the processor's seconds for the training."""
    train_on, judge_by = split(part, choosing)
    make, epochs = NETWORKS[part][name]
    rng = np.random.default_rng(seed)
    network = make(rng=rng, dtype=train_on.images.dtype)
    images = inputs(part, train_on.images, rng)
    start = time.process_time()
    train(
        network,
        images,
        train_on.labels,
        rng,
        epochs=epochs,
        batch=BATCH[part],
        learning_rate=settings[0],
        weight_decay=settings[1],
    )
    seconds = time.process_time() - start
    return round(accuracy(network, part, judge_by), 4), round(seconds, 2)


def measure(part: str, name: str, progress: Progress) -> dict[str, Any]:
    """Choose settings, train with several seeds and test; return one row of the results."""

    def remembered(settings: tuple[float, float], seed: int, choosing: bool) -> Any:
        trial = part, name, settings, seed, choosing
        return progress(str(trial), run, *trial)

    grid = itertools.product(LEARNING_RATES, WEIGHT_DECAYS)
    settings, validation = best_by_the_worse_seed(
        grid, lambda settings, seed: remembered(settings, seed, True)[0], TUNING_SEEDS
    )
    trainings = [remembered(settings, seed, False) for seed in SEEDS]
    make, epochs = NETWORKS[part][name]
    return {
        "part": part,
        "network": name,
        "parameters": sum(parameter.data.size for parameter in make().parameters()),
        "placements": PLACEMENTS[part],
        "epochs": epochs,
        "settings": {
            "learning_rate": settings[0],
            "weight_decay": settings[1],
            "validation": validation,
        },
        "accuracy": [accuracy for accuracy, _ in trainings],
        "cpu_seconds": [seconds for _, seconds in trainings],
    }


def sha256(*arrays: Array) -> str:
    """Return the SHA-256 of the arrays' bytes, one after the other."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


def about() -> dict[str, Any]:
    """Return how, on what and with what this was measured."""
    every_digit = [array for part in ("train", "validation", "test") for array in digits(part)]
    of_mnist = [array for part in ("train", "test") for array in mnist(part)[:2]]
    return {
        "script": "benchmarks/from_scratch.py",
        "seeds": SEEDS,
        "tuning_seeds": TUNING_SEEDS,
        "optimizer": f"SGD with momentum {MOMENTUM}, learning rate falling to 0 along a line",
        "batch": BATCH,
        "tried": {"learning_rate": LEARNING_RATES, "weight_decay": WEIGHT_DECAYS},
        "chosen": "the settings whose worse validation accuracy with two tuning seeds is the best; "
        "a training no better than guessing after a quarter of its epochs is given up",
        "data": "scikit-learn digits: 1,097 to train, 300 to choose settings, 400 to test; MNIST: "
        f"60,000 to train, of which the last {MNIST_VALIDATION:,} chose settings, 10,000 to test",
        "data_sha256": {"digits": sha256(*every_digit), "mnist": sha256(*of_mnist)},
        "versions": {"numpy": np.__version__},
        "hardware": f"one thread of {surroundings()['processor']}, {platform.system()}",
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    with threadpool_limits(1):
        found = about()
        progress = Progress(PROGRESS, found)
        rows = []
        for part, networks in NETWORKS.items():
            for name in networks:
                rows.append(measure(part, name, progress))
                print(json.dumps(rows[-1]), flush=True)
                # After each row, so that a measurement that is stopped has not been in vain.
                RESULTS.write_text(json.dumps({"about": found, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
