"""Measure classifiers of small photographs: cats against dogs, from CIFAR-10.

`python -m benchmarks.classifier` reads cifar10.npz from the folder that CNNCOURSE_DATA names and
writes cnncourse/data/results/classifier.json, part by part. It takes about half an hour on one
processor core.

The 10,000 training photographs of cats and dogs are split into 8,000 to train on and 2,000 to
choose with: settings, and the epoch at which to stop. Each setting is judged by the worse of two
training runs with seeds of their own. What was chosen is trained anew with other seeds, and only
then the 2,000 test photographs are looked at, once for each training.

The parts:

*table*         five networks, dense and convolutional, with their parameters
*alone*         a deep plain network, and four remedies, each added to it alone
*overfitting*   a network trained on 1,000 photographs for too long, and what helps
*transfer*      layers learned on other pictures, frozen, under new layers for cats and dogs
*filters*       the first layer of a network for all ten classes
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.convolution import surroundings

RESULTS = Path(__file__).parents[1] / "cnncourse" / "data" / "results" / "classifier.json"
TASK = ("cat", "dog")
VALIDATION = 1_000  # of each class, taken from the training photographs
SEEDS, TUNING_SEEDS = (0, 1, 2), (1000, 1001)
BATCH = 64
SHIFT = 4  # pixels that augmentation moves a photograph at most


class Pictures(NamedTuple):
    """Photographs of shape (N, 3, 32, 32), standardized, and their classes."""

    images: Tensor
    labels: Tensor

    def of(self, index: np.ndarray) -> Pictures:
        """Return those at these places."""
        return Pictures(self.images[index], self.labels[index])


class Task(NamedTuple):
    """The three parts of the pictures of one task."""

    train: Pictures
    validation: Pictures
    test: Pictures


@dataclass(frozen=True)
class Settings:
    """How a network is trained; the learning rate falls to 0 along a cosine."""

    epochs: int
    learning_rate: float
    weight_decay: float = 0.0
    optimizer: str = "Adam"
    augmented: bool = False
    watched: bool = True
    """Judge on the validation part after each epoch and keep the best; else after the last."""


class Epoch(NamedTuple):
    """Means over an epoch of training, and over the validation part after it."""

    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float


class Run(NamedTuple):
    """What happened in a training, and the weights at its very end."""

    history: list[Epoch]
    last: dict[str, Tensor]

    @property
    def stopped(self) -> int:
        """After how many epochs the weights were best on the validation part."""
        scores = [epoch.validation_accuracy for epoch in self.history]
        return scores.index(max(scores)) + 1

    @property
    def best(self) -> float:
        """The validation accuracy after that epoch."""
        return max(epoch.validation_accuracy for epoch in self.history)


def read() -> dict[str, np.ndarray]:
    """Return CIFAR-10 from the cache.

    Raises
    ------
    SystemExit
        If the cache does not have it.
    """
    path = Path(os.environ.get("CNNCOURSE_DATA", ".")) / "cifar10.npz"
    if not path.is_file():
        raise SystemExit(f"no {path}: CNNCOURSE_DATA must name the folder that holds cifar10.npz")
    with np.load(path) as stored:
        return dict(stored)


def task(classes: Sequence[str], data: dict[str, np.ndarray]) -> Task:
    """Return the photographs of some classes, each split in the same way on every run."""
    numbers = [list(data["names"]).index(name) for name in classes]
    mean = data["x_train"].mean(axis=(0, 1, 2))
    spread = data["x_train"].std(axis=(0, 1, 2))

    def pictures(part: str, index: np.ndarray) -> Pictures:
        images = (data[f"x_{part}"][index] - mean) / spread
        labels = [numbers.index(label) for label in data[f"y_{part}"][index]]
        return Pictures(
            torch.tensor(images, dtype=torch.float32).permute(0, 3, 1, 2).contiguous(),
            torch.tensor(labels),
        )

    rng = np.random.default_rng(0)
    places = [rng.permutation(np.flatnonzero(data["y_train"] == number)) for number in numbers]
    train = np.concatenate([place[VALIDATION:] for place in places])
    validation = np.concatenate([place[:VALIDATION] for place in places])
    test = np.flatnonzero(np.isin(data["y_test"], numbers))
    return Task(pictures("train", train), pictures("train", validation), pictures("test", test))


def augment(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Mirror each photograph or not, and move it by up to four pixels; zeros come in."""
    count, _, height, width = images.shape
    mirrored = torch.from_numpy(rng.random(count) < 0.5)[:, None, None, None]
    images = torch.where(mirrored, images.flip(3), images)
    padded = functional.pad(images, [SHIFT] * 4)
    top, left = torch.from_numpy(rng.integers(0, 2 * SHIFT + 1, (2, count)))
    rows = top[:, None] + torch.arange(height)
    columns = left[:, None] + torch.arange(width)
    number = torch.arange(count)[:, None, None]
    return padded[number, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


@torch.no_grad()
def judge(network: nn.Module, pictures: Pictures) -> tuple[float, float]:
    """Return the mean loss and the fraction of right answers."""
    network.eval()
    outputs = torch.cat([network(images) for images in pictures.images.split(500)])
    right = (outputs.argmax(1) == pictures.labels).double().mean()
    return float(functional.cross_entropy(outputs, pictures.labels)), float(right)


def train(
    network: nn.Module, train: Pictures, validation: Pictures, settings: Settings, seed: int
) -> Run:
    """Train in place, put back the weights of the best epoch, and return what happened."""
    rng = np.random.default_rng(seed)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    rate, decay = settings.learning_rate, settings.weight_decay
    optimizer: torch.optim.Optimizer
    if settings.optimizer == "Adam":
        optimizer = torch.optim.AdamW(weights, rate, weight_decay=decay)
    else:
        optimizer = torch.optim.SGD(weights, rate, momentum=0.9, weight_decay=decay)
    count = len(train.labels)
    batches = -(-count // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs * batches)
    history: list[Epoch] = []
    best: dict[str, Tensor] = {}
    for number in range(1, settings.epochs + 1):
        network.train()
        losses, right = 0.0, 0
        for index in np.array_split(rng.permutation(count), batches):
            images, labels = train.of(index)
            outputs = network(augment(images, rng) if settings.augmented else images)
            loss = functional.cross_entropy(outputs, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses += loss.item() * len(index)
            right += int((outputs.argmax(1) == labels).sum())
        if settings.watched or number == settings.epochs:
            history.append(Epoch(losses / count, right / count, *judge(network, validation)))
        else:
            continue
        last = {name: value.clone() for name, value in network.state_dict().items()}
        if all(history[-1].validation_accuracy > e.validation_accuracy for e in history[:-1]):
            best = last
    network.load_state_dict(best)
    return Run(history, last)


def choose(
    build: Callable[[int], nn.Module],
    part: Pictures,
    validation: Pictures,
    candidates: Iterable[Settings],
) -> tuple[Settings, float]:
    """Return the settings whose worse tuning run is best on the validation part, and its score."""
    chosen, score = Settings(0, 0.0), 0.0
    for settings in candidates:
        worse = 1.0
        for seed in TUNING_SEEDS:
            worse = min(worse, train(build(seed), part, validation, settings, seed).best)
            print(f"    {worse:.4f} {settings}", flush=True)
            if worse <= score:
                break  # another run cannot make it better
        if worse > score:
            chosen, score = settings, worse
    return chosen, score


def seeded(build: Callable[[], nn.Module]) -> Callable[[int], nn.Module]:
    """Return a program that builds the network with the random start of a seed."""

    def from_seed(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return build()

    return from_seed


def parameters(network: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(weight.numel() for weight in network.parameters())


# The networks of the table.


def dense(*widths: int) -> nn.Sequential:
    """Return a network of dense layers, `widths` hidden units each."""
    sizes = [3 * 32 * 32, *widths]
    hidden = [
        layer
        for before, after in itertools.pairwise(sizes)
        for layer in (nn.Linear(before, after), nn.ReLU())
    ]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(sizes[-1], 2))


def one_convolution(classes: int = 2) -> nn.Sequential:
    """Return one convolution, one pooling layer and a dense one."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(4),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, classes),
    )


def lenet() -> nn.Sequential:
    """Return a network with the layers of LeNet-5, and ReLU and maxima in place of its own."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 2),
    )


def blocks(*channels: int, normalized: bool = True, classes: int = 2) -> nn.Sequential:
    """Return blocks of convolution and pooling, and a dense layer on the 4 × 4 maps."""
    layers = []
    for before, after in itertools.pairwise((3, *channels)):
        layers += [
            nn.Sequential(
                nn.Conv2d(before, after, 3, padding=1),
                *([nn.BatchNorm2d(after)] if normalized else []),
                nn.ReLU(),
                nn.MaxPool2d(2),
            )
        ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * 4 * 4, classes))


TABLE: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "logistic": (dense, 10),
    "mlp": (lambda: dense(256, 64), 8),
    "one-conv": (one_convolution, 8),
    "lenet": (lenet, 6),
    "three-blocks": (lambda: blocks(16, 32, 32), 5),
}
DENSE = ("logistic", "mlp")


def measure_table(data: dict[str, np.ndarray], names: Sequence[str] = ()) -> dict[str, Any]:
    """Compare dense and convolutional networks on cats and dogs: all of them, or those named."""
    pictures = task(TASK, data)
    rows = []
    for name in names or TABLE:
        build, epochs = TABLE[name]
        # Dense networks may choose among more settings: ours gain nothing by tuning.
        rates, decays = [3e-4, 1e-3, 3e-3], [1e-4]
        if name in DENSE:
            rates, decays = [*rates, 1e-4], [1e-4, 1e-1]
        settings_of = itertools.product(rates, decays)
        grid = [Settings(epochs, rate, decay) for rate, decay in settings_of]
        build_from = seeded(build)
        settings, score = choose(build_from, pictures.train, pictures.validation, grid)
        accuracy, stopped, seconds = [], [], []
        for seed in SEEDS:
            network = build_from(seed)
            start = time.process_time()
            run = train(network, pictures.train, pictures.validation, settings, seed)
            seconds.append(round(time.process_time() - start, 1))
            stopped.append(run.stopped)
            accuracy.append(judge(network, pictures.test)[1])
        rows.append(
            {
                "network": name,
                "parameters": parameters(network),
                "settings": asdict(settings),
                "tried": len(grid),
                "validation": score,
                "stopped_after": stopped,
                "accuracy": [round(value, 4) for value in accuracy],
                "seconds": seconds,
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    return {"rows": rows}


# A deep network, and what makes it train.


class Pair(nn.Module):
    """Two 3 × 3 convolutions, with or without normalization and a connection around them."""

    def __init__(self, channels: int, normalized: bool, residual: bool) -> None:
        super().__init__()
        self.first = convolution(channels, channels, 1, normalized)
        self.second = convolution(channels, channels, 1, normalized)
        self.residual = residual
        if residual:
            # So that the pair begins by changing nothing: a sum of random maps would grow from
            # pair to pair.
            nn.init.zeros_(self.second[0].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        y = self.second(functional.relu(self.first(x)))
        return functional.relu(x + y if self.residual else y)


def convolution(before: int, after: int, stride: int, normalized: bool) -> nn.Sequential:
    """Return a 3 × 3 convolution whose weights start at the scale that suits ReLU."""
    layer = nn.Conv2d(before, after, 3, stride, padding=1)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return nn.Sequential(layer, *([nn.BatchNorm2d(after)] if normalized else []))


def deep(normalized: bool = False, residual: bool = False, pairs: int = 6) -> nn.Sequential:
    """Return 2 + 2 · `pairs` convolutions, most of them on 8 × 8 maps, and a mean over places."""
    return nn.Sequential(
        convolution(3, 16, 2, normalized),
        nn.ReLU(),
        convolution(16, 16, 2, normalized),
        nn.ReLU(),
        *(Pair(16, normalized, residual) for _ in range(pairs)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 2),
    )


ALONE: dict[str, tuple[Callable[[], nn.Module], dict[str, Any]]] = {
    "plain": (deep, {}),
    "batch norm": (lambda: deep(normalized=True), {}),
    "residual": (lambda: deep(residual=True), {}),
    "Adam": (deep, {"optimizer": "Adam"}),
    "augmentation": (deep, {"augmented": True}),
}
PHOTOGRAPHS_ALONE, EPOCHS_ALONE = 4_000, 8
RATES = {"SGD": (0.01, 0.03, 0.1), "Adam": (3e-4, 1e-3, 3e-3)}


def some(part: Pictures, count: int) -> Pictures:
    """Return a fixed selection of `count` photographs, as many of each class."""
    rng = np.random.default_rng(1)
    classes = part.labels.unique().tolist()
    index = [
        rng.permutation(np.flatnonzero(part.labels.numpy() == number))[: count // len(classes)]
        for number in classes
    ]
    return part.of(np.concatenate(index))


def measure_alone(data: dict[str, np.ndarray], names: Sequence[str] = ()) -> dict[str, Any]:
    """Add batch norm, residual connections, Adam and augmentation to a deep network, one each."""
    pictures = task(TASK, data)
    part = some(pictures.train, PHOTOGRAPHS_ALONE)
    rows = []
    for name in names or ALONE:
        build, changes = ALONE[name]
        plain = Settings(EPOCHS_ALONE, 0.0, optimizer="SGD")
        changed = replace(plain, **changes)
        grid = [replace(changed, learning_rate=rate) for rate in RATES[changed.optimizer]]
        build_from = seeded(build)
        settings, score = choose(build_from, part, pictures.validation, grid)
        accuracy, losses = [], []
        for seed in SEEDS:
            network = build_from(seed)
            run = train(network, part, pictures.validation, settings, seed)
            losses.append([round(epoch.loss, 4) for epoch in run.history])
            accuracy.append(round(judge(network, pictures.test)[1], 4))
        rows.append(
            {
                "added": name,
                "parameters": parameters(network),
                "settings": asdict(settings),
                "tried": len(grid),
                "validation": score,
                "accuracy": accuracy,
                "training_loss": losses,
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    return {
        "photographs": PHOTOGRAPHS_ALONE,
        "convolutions": sum(isinstance(m, nn.Conv2d) for m in deep().modules()),
        "rows": rows,
    }


# A network that learns its photographs by heart.

PHOTOGRAPHS_BY_HEART, EPOCHS_BY_HEART = 1_000, 30
DECAYS = (0.5, 2.0)


def measure_overfitting(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Train a LeNet on few photographs for long, with and without what helps."""
    pictures = task(TASK, data)
    part = some(pictures.train, PHOTOGRAPHS_BY_HEART)
    build = seeded(lenet)
    plain = Settings(EPOCHS_BY_HEART, 1e-3)
    decays = [replace(plain, weight_decay=decay) for decay in DECAYS]
    decayed, _ = choose(build, part, pictures.validation, decays)
    ways = {
        "nothing": plain,
        "weight decay": decayed,
        "augmentation": replace(plain, augmented=True),
        "both": replace(decayed, augmented=True),
    }
    rows = []
    for name, settings in ways.items():
        histories, last, best = [], [], []
        for seed in SEEDS:
            network = build(seed)
            run = train(network, part, pictures.validation, settings, seed)
            best.append(round(judge(network, pictures.test)[1], 4))
            network.load_state_dict(run.last)
            last.append(round(judge(network, pictures.test)[1], 4))
            histories.append([[round(value, 4) for value in epoch] for epoch in run.history])
        rows.append(
            {
                "way": name,
                "settings": asdict(settings),
                "history": histories[0],
                "training_accuracy": [epochs[-1][1] for epochs in histories],
                "last_epoch": last,
                "stopped_early": best,
            }
        )
        print(json.dumps({k: v for k, v in rows[-1].items() if k != "history"}), flush=True)
    return {"photographs": PHOTOGRAPHS_BY_HEART, "rows": rows}


# Layers learned on other pictures.

SOURCES = {
    "other animals": ("bird", "deer", "frog", "horse"),
    "vehicles": ("airplane", "automobile", "ship", "truck"),
}
PHOTOGRAPHS_TRANSFER, EPOCHS_TRANSFER = 400, 20
PHOTOGRAPHS_SOURCE, EPOCHS_SOURCE = 8_000, 5
CHANNELS = (16, 32, 32)


def features(classes: int) -> nn.Sequential:
    """Return three blocks without normalization, and a dense layer."""
    return blocks(*CHANNELS, normalized=False, classes=classes)


def carried(source: nn.Sequential | None, frozen: int, seed: int) -> nn.Sequential:
    """Return a network for two classes that starts with the blocks of another one.

    Parameters
    ----------
    source
        The network to take all blocks from; None for a random start.
    frozen
        How many blocks stay as they are. If any do, the blocks behind them start anew.
    seed
        For what starts at random.
    """
    torch.manual_seed(seed)
    network = features(2)
    taken = frozen or len(CHANNELS)
    if source is not None:
        for block in range(taken):
            network[block].load_state_dict(source[block].state_dict())
    for block in range(frozen):
        network[block].requires_grad_(False)
    return network


def measure_transfer(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Freeze blocks learned on other classes, and train the rest on few cats and dogs."""
    pictures = task(TASK, data)
    part = some(pictures.train, PHOTOGRAPHS_TRANSFER)
    sources: dict[str, dict[int, nn.Sequential | None]] = {"random": dict.fromkeys(SEEDS)}
    learned: dict[str, list[float]] = {}
    for name, classes in SOURCES.items():
        other = task(classes, data)
        some_of_it = some(other.train, PHOTOGRAPHS_SOURCE)
        sources[name], learned[name] = {}, []
        for seed in SEEDS:
            torch.manual_seed(seed)
            network = features(len(classes))
            settings = Settings(EPOCHS_SOURCE, 3e-3, 1e-4)
            run = train(network, some_of_it, other.validation, settings, seed)
            sources[name][seed] = network
            learned[name].append(round(run.best, 4))
        print(name, learned[name], flush=True)
    rows = []
    for (name, networks), frozen in itertools.product(sources.items(), range(len(CHANNELS) + 1)):
        # The same settings for all, not tuned: the rows differ in nothing but their first layers.
        settings = Settings(EPOCHS_TRANSFER, 1e-3, 1e-4, watched=False)
        accuracy = []
        for seed in SEEDS:
            network = carried(networks[seed], frozen, seed)
            train(network, part, pictures.validation, settings, seed)
            accuracy.append(round(judge(network, pictures.test)[1], 4))
        rows.append(
            {
                "source": name,
                "frozen": frozen,
                "settings": asdict(settings),
                "accuracy": accuracy,
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    return {
        "photographs": PHOTOGRAPHS_TRANSFER,
        "source_photographs": PHOTOGRAPHS_SOURCE,
        "source_classes": SOURCES,
        "source_validation": learned,
        "rows": rows,
    }


# What a first layer looks like that has seen many photographs.


def measure_filters(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Train one convolution on all ten classes, and keep its filters."""
    names = data["names"].tolist()
    pictures = task(names, data)
    torch.manual_seed(SEEDS[0])
    network = one_convolution(len(names))
    first = network[0]
    assert isinstance(first, nn.Conv2d)
    # A strong decay takes away the noise that the filters began with and nothing needs.
    settings = Settings(6, 2e-3, 0.5)
    run = train(network, pictures.train, pictures.validation, settings, SEEDS[0])
    filters = first.weight.detach().double().numpy()
    return {
        "classes": names,
        "photographs": len(pictures.train.labels),
        "settings": asdict(settings),
        "validation": run.best,
        "filters": np.round(filters, 3).tolist(),
    }


ROWS = {"table": ("network", list(TABLE)), "alone": ("added", list(ALONE))}
"""What a row is called in the parts that can be measured row by row, and all such names."""

PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "table": measure_table,
    "alone": measure_alone,
    "overfitting": measure_overfitting,
    "transfer": measure_transfer,
    "filters": measure_filters,
}


def about(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return how, on what and with what this was measured."""
    contents = hashlib.sha256()
    for key in ("x_train", "y_train", "x_test", "y_test"):
        contents.update(np.ascontiguousarray(data[key]).tobytes())
    return {
        "script": "benchmarks/classifier.py",
        "task": f"CIFAR-10, {TASK[0]} or {TASK[1]}: 8,000 to train, 2,000 to choose, 2,000 to test",
        "data_sha256": contents.hexdigest(),
        "seeds": list(SEEDS),
        "tuning_seeds": list(TUNING_SEEDS),
        "batch": BATCH,
        "chosen": "by the worse of two tuning runs, at its best epoch, on validation photographs",
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "hardware": f"one thread of {surroundings()['processor']}, {platform.system()}",
    }


def main() -> None:
    """Measure the parts asked for and write the results after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument(
        "--rows", nargs="*", help="of a part, *table* or *alone*, measure these and keep the others"
    )
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = read()
    for part in given.parts:
        measured = PARTS[part](data, given.rows) if given.rows else PARTS[part](data)
        found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        if given.rows:
            key, order = ROWS[part]
            kept = [row for row in found[part]["rows"] if row[key] not in given.rows]
            measured["rows"] = sorted(
                kept + measured["rows"], key=lambda row: order.index(row[key])
            )
        report = {"about": about(data), **{name: found[name] for name in PARTS if name in found}}
        report[part] = measured
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
