"""What the measurements of colorizers share: pictures, training for a while, painting, judging."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.colorize import checkpoints
from benchmarks.convolution import surroundings
from cnncourse.colorize import lab, losses, metrics
from cnncourse.colorize.train import color_weights, learning_rate, targets
from cnncourse.data import cifar10

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "cnncourse" / "data" / "results"
BATCH = 250  # pictures that are painted at a time


class Pictures(NamedTuple):
    """Color pictures, uint8 of shape (N, H, W, 3): to learn from, to choose with, to be judged."""

    train: np.ndarray
    choosing: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    optimizer
        "Adam" at a constant rate, or "AdamW" with a rate that rises during the first twentieth
        of the training and falls to zero along half a cosine wave.
    lr
        The learning rate, AdamW's highest.
    batch
        Pictures in a step.
    bfloat16
        Whether convolutions are computed with 8 bits of precision (autocast), channels last.
    classification
        What the cross-entropy counts beside the squared error in units of 10 × 10 ab.
    rebalancing
        The weights of rare colors in the cross-entropy are raised to this power.
    """

    optimizer: str = "Adam"
    lr: float = 1e-3
    batch: int = 32
    bfloat16: bool = False
    classification: float = 0.0
    rebalancing: float = 0.5


def read() -> Pictures:
    """Return CIFAR-10, the last training pictures set aside for choosing."""
    return Pictures(*checkpoints.pictures("cifar10"), cifar10("test").images)


def made_with() -> dict[str, Any]:
    """Return the commit, the versions and the hardware that a measurement is made with."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    found = surroundings()
    threads = torch.get_num_threads()
    return {
        "commit": commit.strip(),
        "threads": threads,
        "versions": {name: found[name] for name in ("python", "numpy", "torch", "blas")},
        "hardware": f"{threads} thread{'s' * (threads > 1)} of {found['processor']}",
    }


def about(script: str, pictures: Pictures, seeds: list[int]) -> dict[str, Any]:
    """Return how, on what and with what something is measured."""
    contents = hashlib.sha256()
    for part in pictures:
        contents.update(np.ascontiguousarray(part).tobytes())
    return {
        "script": script,
        "data": f"CIFAR-10: {len(pictures.train):,} pictures to train, {len(pictures.choosing):,} "
        f"to choose, {len(pictures.test):,} to test",
        "data_sha256": contents.hexdigest(),
        "seeds": seeds,
        **made_with(),
    }


def keep(path: Path, described: Mapping[str, Any], part: str, measured: Any) -> None:
    """Write one part of the results beside those that are there."""
    found = json.loads(path.read_text()) if path.exists() else {}
    found.pop("about", None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"about": described, **found, part: measured}) + "\n")


def rounded(values: Any, digits: int = 5) -> Any:
    """Return numbers with so many digits behind the point, also those inside lists and dicts."""
    if isinstance(values, dict):
        return {key: rounded(value, digits) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [rounded(value, digits) for value in values]
    return round(values, digits) if isinstance(values, float) else values


def batches(images: np.ndarray, size: int, seed: int) -> Iterator[np.ndarray]:
    """Yield batches without end, in a new order after each pass, half of them mirrored."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(images))
        for start in range(0, len(order) - size + 1, size):
            chosen = images[order[start : start + size]]
            yield chosen[:, :, ::-1] if rng.random() < 0.5 else chosen


def train(
    network: nn.Module,
    images: np.ndarray,
    recipe: Recipe,
    seed: int,
    done: Callable[[int], float],
    scale: int = 2,
) -> int:
    """Train until `done`, asked before every step with the steps taken, answers 1 or more.

    Returns
    -------
    int
        How many pictures were seen.
    """
    network.train()
    if recipe.bfloat16:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = getattr(torch.optim, recipe.optimizer)(network.parameters(), recipe.lr)
    weights = color_weights(images, recipe.rebalancing) if recipe.classification else None
    for step, chosen in enumerate(batches(images, recipe.batch, seed)):
        share = done(step)
        if share >= 1:
            break
        if recipe.optimizer == "AdamW":
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(int(share * 10_000), 10_000, recipe.lr)
        loss = _loss(network, *targets(chosen.copy(), scale), recipe, weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    return step * recipe.batch


def _loss(
    network: nn.Module, L: Tensor, ab: Tensor, recipe: Recipe, weights: Tensor | None
) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
        answer = network(L.contiguous(memory_format=torch.channels_last) if recipe.bfloat16 else L)
    predicted, logits = answer if isinstance(answer, tuple) else (answer, None)
    squared = functional.mse_loss(predicted.float(), ab) / 100
    if weights is None or logits is None:
        return squared
    return squared + recipe.classification * losses.classification_loss(logits, ab, weights)


def paint(L: Tensor, ab: Tensor) -> np.ndarray:
    """Join lightness with color, enlarged to its size where it is smaller; uint8 (N, H, W, 3)."""
    rgb = lab.lab_to_rgb(torch.cat([L, enlarged(ab, L)], dim=1))
    return rgb.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def enlarged(ab: Tensor, L: Tensor) -> Tensor:
    """Return ab at the size of L."""
    if ab.shape[2:] == L.shape[2:]:
        return ab
    return functional.interpolate(ab, size=L.shape[2:], mode="bilinear")


@torch.inference_mode()
def answers(network: nn.Module, images: np.ndarray) -> Iterator[tuple[Tensor, Tensor, Any]]:
    """Yield L, the predicted ab and, of a network with two heads, the logits, batch by batch."""
    network.eval()
    for start in range(0, len(images), BATCH):
        L = targets(images[start : start + BATCH])[0]
        answer = network(L)
        yield (L, *answer) if isinstance(answer, tuple) else (L, answer, None)


def painted(
    network: nn.Module,
    images: np.ndarray,
    decode: Callable[[Tensor, Any], Tensor] = lambda ab, logits: ab,
) -> np.ndarray:
    """Return what the network makes of the pictures' lightness."""
    return np.concatenate(
        [paint(L, decode(ab, logits)) for L, ab, logits in answers(network, images)]
    )


def judged(truth: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """Return all measures of colored pictures."""
    found: dict[str, float] = rounded(metrics.scores(truth, prediction))
    return found


def gray(images: np.ndarray) -> np.ndarray:
    """Return the pictures' lightness alone."""
    return evenly(images, torch.zeros(2))


def evenly(images: np.ndarray, color: Tensor) -> np.ndarray:
    """Return the pictures with one and the same ab, of shape (2,), at every pixel."""
    pieces = []
    for start in range(0, len(images), BATCH):
        L = targets(images[start : start + BATCH])[0]
        pieces.append(paint(L, color.reshape(1, 2, 1, 1).expand(len(L), 2, *L.shape[2:])))
    return np.concatenate(pieces)


def true_color(images: np.ndarray, scale: int) -> np.ndarray:
    """Return the pictures with their own ab, averaged over squares of `scale` pixels a side."""
    pieces = []
    for start in range(0, len(images), BATCH):
        L, ab = targets(images[start : start + BATCH], scale)
        pieces.append(paint(L, ab))
    return np.concatenate(pieces)


def mean_color(images: np.ndarray) -> Tensor:
    """Return the mean ab of the pictures, shape (2,)."""
    total = torch.zeros(2, dtype=torch.float64)
    for start in range(0, len(images), BATCH):
        ab = targets(images[start : start + BATCH], 1)[1]
        total += ab.double().mean(dim=(2, 3)).sum(dim=0)
    return (total / len(images)).float()
