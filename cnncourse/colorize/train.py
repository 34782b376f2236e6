"""Train a colorizer: in batches, with checkpoints from which a training goes on as if unbroken."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnncourse.colorize import lab, losses


@dataclass(frozen=True)
class Settings:
    """What a training depends on, besides the network and the pictures.

    Attributes
    ----------
    epochs
        Passes through all pictures.
    batch
        Pictures in a step.
    lr
        The highest learning rate: it rises to it during the first twentieth of all steps, and
        falls to zero along half a cosine wave.
    weight_decay
        AdamW's.
    classification
        What the cross-entropy counts beside the squared error, which is measured in units of
        10 × 10 ab. Zero trains the faithful head alone.
    every
        The cross-entropy is taken at every so many pixels along each axis: it is most of the
        work for large pictures, and neighboring pixels say much the same. Where the first one
        is changes from step to step.
    rebalancing
        The weights of rare colors are raised to this power: 0 counts all pixels alike, 1 uses
        :func:`cnncourse.colorize.losses.rebalancing` as it is.
    zoom
        Each batch is cut to a square of at least this share of the pictures' side, at a random
        place, and enlarged again: 1 leaves the pictures whole.
    bfloat16
        Whether convolutions are computed with 8 bits of precision (autocast).
    seed
        Of the pictures' order, of which ones are mirrored, and of what is cut out.
    """

    epochs: int = 12
    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 1e-2
    classification: float = 0.1
    every: int = 1
    rebalancing: float = 0.5
    zoom: float = 1.0
    bfloat16: bool = False
    seed: int = 0


def targets(images: np.ndarray | Tensor, scale: int = 2) -> tuple[Tensor, Tensor]:
    """Return what a network sees of color pictures, and what it should answer.

    Parameters
    ----------
    images
        uint8 of shape (N, H, W, 3).
    scale
        ab is averaged over squares of this many pixels on a side.

    Returns
    -------
    L : Tensor
        Shape (N, 1, H, W).
    ab : Tensor
        Shape (N, 2, H/scale, W/scale).
    """
    rgb = torch.as_tensor(images).permute(0, 3, 1, 2).float() / 255
    L, ab = lab.rgb_to_lab(rgb).split([1, 2], dim=1)
    return L, functional.avg_pool2d(ab, scale)


def batches(images: np.ndarray, settings: Settings, epoch: int) -> Iterator[np.ndarray]:
    """Yield the pictures in the order of this epoch, some mirrored.

    What is yielded depends on the seed and the epoch alone, so a training that was stopped goes
    on with what it would have seen. A last batch that is not full is left out.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    order = rng.permutation(len(images))
    mirrored = rng.random(len(images)) < 0.5
    for start in range(0, len(images) - settings.batch + 1, settings.batch):
        index = order[start : start + settings.batch]
        chosen = images[index]
        chosen[mirrored[index]] = chosen[mirrored[index], :, ::-1]
        yield zoomed(chosen, settings.zoom, rng) if settings.zoom < 1 else chosen


def zoomed(images: np.ndarray, smallest: float, rng: np.random.Generator) -> np.ndarray:
    """Return a random square of the pictures, the same of all, enlarged to their size."""
    size = images.shape[1]
    side = int(rng.integers(round(smallest * size), size + 1))
    top, left = rng.integers(0, size - side + 1, 2)
    part = torch.as_tensor(images[:, top : top + side, left : left + side]).permute(0, 3, 1, 2)
    enlarged = functional.interpolate(part.float(), size=(size, size), mode="bilinear")
    return enlarged.round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def learning_rate(step: int, steps: int, highest: float) -> float:
    """Return the rate of this step of so many.

    Examples
    --------
    >>> [round(learning_rate(step, 100, 1.0), 2) for step in (0, 4, 5, 52, 99)]
    [0.2, 1.0, 1.0, 0.51, 0.0]
    """
    rising = max(1, steps // 20)
    if step < rising:
        return highest * (step + 1) / rising
    return highest * (1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2


def color_weights(images: np.ndarray, power: float) -> Tensor:
    """Return the weights of the bins of ab, by how rare they are in some 5,000 of the pictures."""
    few = images[:: max(1, len(images) // 5_000)]
    frequencies = losses.frequencies(targets(few)[1])
    weights = losses.rebalancing(frequencies) ** power
    return weights / (frequencies * weights).sum()


def loss(
    network: nn.Module, L: Tensor, ab: Tensor, settings: Settings, weights: Tensor, step: int
) -> Tensor:
    """Return the squared error, in units of 10 × 10 ab, plus its share of the cross-entropy."""
    with torch.autocast(L.device.type, torch.bfloat16, enabled=settings.bfloat16):
        predicted, logits = network(L.contiguous(memory_format=torch.channels_last))
    squared = functional.mse_loss(predicted.float(), ab) / 100
    if settings.classification == 0:
        return squared
    n = settings.every
    i, j = step % n, step // n % n
    some, colors = logits[:, :, i::n, j::n], ab[:, :, i::n, j::n]
    return squared + settings.classification * losses.classification_loss(some, colors, weights)


def train(
    network: nn.Module,
    images: np.ndarray,
    settings: Settings,
    *,
    checkpoint: Path | None = None,
    report: Callable[[dict[str, Any]], None] = lambda _: None,
    judge: Callable[[nn.Module], dict[str, Any]] = lambda _: {},
) -> list[dict[str, Any]]:
    """Train a colorizer.

    Parameters
    ----------
    network
        Such as :class:`cnncourse.colorize.models.Colorizer`; it is changed.
    images
        uint8 of shape (N, H, W, 3).
    settings
        How to train.
    checkpoint
        Written after every epoch. If it is there already, the training goes on from it.
    report
        Called with each epoch's line of the history.
    judge
        Called with the network, in evaluation mode, after each epoch; what it returns joins the
        history.

    Returns
    -------
    list of dict
        For each epoch its number, the mean loss, the seconds it took, and what `judge` found.

    Raises
    ------
    ValueError
        If the checkpoint belongs to a training with other settings.
    """
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        network.parameters(), settings.lr, weight_decay=settings.weight_decay
    )
    weights = color_weights(images, settings.rebalancing)
    history: list[dict[str, Any]] = []
    if checkpoint is not None and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        if saved["settings"] != asdict(settings):
            raise ValueError(
                f"train: {checkpoint} was written with {saved['settings']}, not {asdict(settings)}"
            )
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        history = saved["history"]
    per_epoch = len(images) // settings.batch
    for epoch in range(len(history), settings.epochs):
        network.train()
        start, total = time.perf_counter(), 0.0
        for number, chosen in enumerate(batches(images, settings, epoch)):
            step = epoch * per_epoch + number
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, settings.epochs * per_epoch, settings.lr)
            current = loss(network, *targets(chosen), settings, weights, step)
            optimizer.zero_grad()
            current.backward()
            optimizer.step()
            total += float(current.detach())
        network.eval()
        line = {
            "epoch": epoch + 1,
            "loss": total / per_epoch,
            "seconds": time.perf_counter() - start,
            **judge(network),
        }
        history.append(line)
        report(line)
        if checkpoint is not None:
            unfinished = checkpoint.with_suffix(".unfinished")
            torch.save(
                {
                    "settings": asdict(settings),
                    "network": network.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                },
                unfinished,
            )
            unfinished.replace(checkpoint)
    return history
