"""Measure the course's returning experiment: a digit somewhere in a field of 16 × 16 pixels.

`python -m benchmarks.digit_anywhere` trains each network, with settings chosen on the validation
digits, for several seeds, and writes cnncourse/data/results/digit_anywhere.json. It takes about
40 minutes on one processor core. Stopped and started again, it goes on where it was.

Settings are chosen alike for every network: those whose worse validation accuracy with two seeds,
neither of them one of the seeds that are tested, is the best.

A network is trained in one of these ways, always for the same number of epochs over the same 1,097
digits: *fixed*, all in the middle of the field; *once*, each digit at a place drawn once; *4* and
*16 places*, each digit has that many places, drawn once, and an epoch shows it at one of them;
*fresh*, every epoch draws new places. It is tested in the middle, one pixel off the middle (mean of
the four directions), and at all 81 places.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks._progress import Progress
from benchmarks._tuning import best_by_the_worse_seed
from cnncourse.data import Digits, digits, place_digits

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "cnncourse" / "data" / "results" / "digit_anywhere.json"
PROGRESS = ROOT / "_build" / "digit_anywhere.jsonl"
FIELD, DIGIT, MIDDLE = 16, 8, 4
PLACES = FIELD - DIGIT + 1  # along one axis
EPOCHS, BATCH, SEEDS = 60, 64, 5
LEARNING_RATES, WEIGHT_DECAYS = (1e-3, 3e-3, 1e-2, 3e-2), (1e-4, 1e-1)
TUNING_SEEDS = (1000, 1001)

FIXED, FRESH = "fixed", "fresh"
DRAWN = {"once": 1, "4 places": 4, "16 places": 16}  # places a digit, drawn before the training
WAYS = (FIXED, *DRAWN, FRESH)
# These take the settings of the way most like them: tuning each would take hours.
TUNED_LIKE = {"4 places": "once", "16 places": FRESH}


def dense(*widths: int) -> nn.Sequential:
    """Return a network of dense layers, `widths` hidden units each."""
    sizes = [FIELD * FIELD, *widths]
    hidden = [
        layer
        for before, after in itertools.pairwise(sizes)
        for layer in (nn.Linear(before, after), nn.ReLU())
    ]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(sizes[-1], 10))


def convolution_and_pooling() -> nn.Sequential:
    """Return one convolution, 2 × 2 pooling and a dense layer."""
    side = (FIELD - 2) // 2
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * side**2, 10)
    )


def two_convolutions_and_a_global_maximum(pooling_between: bool = False) -> nn.Sequential:
    """Return a network that keeps the largest value of each channel of its last map, not its place.

    Either second convolution sees 7 or 8 pixels of the field, as much as a digit.
    """
    second = [nn.MaxPool2d(2), nn.Conv2d(8, 32, 3, padding=1)]
    if not pooling_between:
        second = [nn.Conv2d(8, 32, 5, padding=2)]
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        *second,
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


NETWORKS: dict[str, Callable[[], nn.Sequential]] = {
    "logistic": dense,
    "mlp-128": lambda: dense(128),
    "mlp-2048": lambda: dense(2048),
    "conv-pool": convolution_and_pooling,
    "two-conv-pool-global": lambda: two_convolutions_and_a_global_maximum(pooling_between=True),
    "two-conv-global": two_convolutions_and_a_global_maximum,
}


def as_tensor(fields: np.ndarray) -> Tensor:
    """Return fields of shape (N, 16, 16) as float32 of shape (N, 1, 16, 16)."""
    return torch.tensor(fields[:, None], dtype=torch.float32)


def train(
    network: nn.Module, way: str, learning_rate: float, weight_decay: float, seed: int
) -> int:
    """Train in place; return how many different pairs of a digit and a place were shown."""
    rng = np.random.default_rng(seed)
    part = digits("train")
    labels = torch.tensor(part.labels)
    count = len(labels)
    drawn = rng.integers(0, PLACES, (count, DRAWN.get(way, 1), 2))
    shown: set[tuple[int, int, int]] = set()
    steps = EPOCHS * -(-count // BATCH)
    optimizer = torch.optim.AdamW(
        network.parameters(), learning_rate, weight_decay=weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        if way == FIXED:
            places = np.full((count, 2), MIDDLE)
        elif way == FRESH:
            places = rng.integers(0, PLACES, (count, 2))
        else:
            places = drawn[np.arange(count), rng.integers(0, DRAWN[way], count)]
        shown.update(zip(range(count), *places.T.tolist(), strict=True))
        fields = as_tensor(place_digits(part.images, places))
        for batch in np.array_split(rng.permutation(count), -(-count // BATCH)):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(network(fields[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            schedule.step()
    return len(shown)


@torch.no_grad()
def accuracy(network: nn.Module, part: Digits, places: list[tuple[int, int]]) -> float:
    """Return the fraction of right answers, over all digits at all these places."""
    labels = torch.tensor(part.labels)
    right = [
        (network(as_tensor(place_digits(part.images, place))).argmax(1) == labels).double().mean()
        for place in places
    ]
    return float(torch.stack(right).mean())


EVERYWHERE = [(row, column) for row in range(PLACES) for column in range(PLACES)]
TESTS: dict[str, list[tuple[int, int]]] = {
    "fixed": [(MIDDLE, MIDDLE)],
    "shifted": [(MIDDLE + a, MIDDLE + b) for a, b in ((-1, 0), (1, 0), (0, -1), (0, 1))],
    "anywhere": EVERYWHERE,
}


def validation(name: str, way: str, settings: tuple[float, float], seed: int) -> float:
    """Train once with a tuning seed and return the accuracy on the validation digits."""
    torch.manual_seed(seed)
    network = NETWORKS[name]()
    train(network, way, *settings, seed)
    places = TESTS["fixed"] if way == FIXED else EVERYWHERE
    return round(accuracy(network, digits("validation"), places), 4)


def choose(name: str, way: str, progress: Progress) -> dict[str, Any]:
    """Return the settings whose worse accuracy with the two tuning seeds is the best."""

    def score(settings: tuple[float, float], seed: int) -> float:
        trial = name, way, settings, seed
        return progress(f"tuning {trial}", validation, *trial)

    grid = itertools.product(LEARNING_RATES, WEIGHT_DECAYS)
    (learning_rate, weight_decay), scores = best_by_the_worse_seed(grid, score, TUNING_SEEDS)
    return {"learning_rate": learning_rate, "weight_decay": weight_decay, "validation": scores}


def measure(name: str, way: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Train with several seeds and test; return one row of the results."""
    accuracies: dict[str, list[float]] = {test: [] for test in TESTS}
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        network = NETWORKS[name]()
        seen = train(network, way, settings["learning_rate"], settings["weight_decay"], seed)
        for test, places in TESTS.items():
            accuracies[test].append(round(accuracy(network, digits("test"), places), 4))
    return {
        "network": name,
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "placements": way,
        "placements_seen": seen,
        "settings": settings,
        "accuracy": accuracies,
    }


def about() -> dict[str, Any]:
    """Return how, on what and with what this was measured."""
    contents = b"".join(
        np.ascontiguousarray(array).tobytes()
        for part in ("train", "validation", "test")
        for array in digits(part)
    )
    return {
        "script": "benchmarks/digit_anywhere.py",
        "seeds": list(range(SEEDS)),
        "epochs": EPOCHS,
        "batch": BATCH,
        "optimizer": "AdamW, learning rate falling to 0 along a cosine",
        "tried": {"learning_rate": LEARNING_RATES, "weight_decay": WEIGHT_DECAYS},
        "chosen": "the settings whose worse validation accuracy with two tuning seeds is the best; "
        "4 places take the settings of once, 16 places those of fresh",
        "tuning_seeds": TUNING_SEEDS,
        "data": "scikit-learn digits: 1,097 to train, 300 to choose settings, 400 to test",
        "data_sha256": hashlib.sha256(contents).hexdigest(),
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "hardware": f"one thread of {platform.machine()}, {platform.system()}",
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    names = parser.parse_args().networks
    torch.set_num_threads(1)
    progress = Progress(PROGRESS, about())
    rows = []
    for name in names:
        settings = {way: choose(name, way, progress) for way in WAYS if way not in TUNED_LIKE}
        for way in WAYS:
            chosen = settings[TUNED_LIKE.get(way, way)]
            rows.append(progress(f"{name}, {way}", measure, name, way, chosen))
            print(json.dumps(rows[-1]), flush=True)
    kept = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    rows += [row for row in kept if row["network"] not in names]
    rows.sort(key=lambda row: (list(NETWORKS).index(row["network"]), WAYS.index(row["placements"])))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"about": about(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
