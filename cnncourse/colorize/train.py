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
    rebalancing
        The weights of rare colors are raised to this power: 0 counts all pixels alike, 1 uses
        :func:`cnncourse.colorize.losses.rebalancing` as it is.
    bfloat16
        Whether convolutions are computed with 8 bits of precision (autocast).
    seed
        Of the pictures' order and of which ones are mirrored.
    """

    epochs: int = 12
    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 1e-2
    classification: float = 0.1
    rebalancing: float = 0.5
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


def batches(count: int, settings: Settings, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the pictures' numbers, and whether each is mirrored, in the order of this epoch.

    The order depends on the seed and the epoch alone, so a training that was stopped goes on with
    the order it would have had. A last batch that is not full is left out.
    """
    generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
    order = torch.randperm(count, generator=generator)
    mirrored = torch.rand(count, generator=generator) < 0.5
    for start in range(0, count - settings.batch + 1, settings.batch):
        index = order[start : start + settings.batch]
        yield index, mirrored[index]


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
    """Return the weights of the bins of ab, by how rare they are in (up to 5,000 of) the pictures."""
    few = images[:: max(1, len(images) // 5_000)]
    frequencies = losses.frequencies(targets(few)[1])
    weights = losses.rebalancing(frequencies) ** power
    return weights / (frequencies * weights).sum()


def loss(network: nn.Module, L: Tensor, ab: Tensor, settings: Settings, weights: Tensor) -> Tensor:
    """Return the squared error, in units of 10 × 10 ab, plus its share of the cross-entropy."""
    with torch.autocast(L.device.type, torch.bfloat16, enabled=settings.bfloat16):
        predicted, logits = network(L.contiguous(memory_format=torch.channels_last))
    squared = functional.mse_loss(predicted.float(), ab) / 100
    if settings.classification == 0:
        return squared
    return squared + settings.classification * losses.classification_loss(logits, ab, weights)


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
        for number, (index, mirrored) in enumerate(batches(len(images), settings, epoch)):
            rate = learning_rate(
                epoch * per_epoch + number, settings.epochs * per_epoch, settings.lr
            )
            for group in optimizer.param_groups:
                group["lr"] = rate
            chosen = torch.as_tensor(images[index.numpy()])
            chosen = torch.where(mirrored.reshape(-1, 1, 1, 1), chosen.flip(2), chosen)
            current = loss(network, *targets(chosen), settings, weights)
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
