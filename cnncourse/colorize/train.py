"""Train a colorizer, so that a training that was stopped goes on as if it had not been.

:func:`learn` is the arithmetic of a step. :func:`train` repeats it, and sees to everything
around it: checkpoints, early stopping, and the company of other processes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cnncourse.colorize import _checkpoints, lab, losses
from cnncourse.colorize._checkpoints import Keeper, State
from cnncourse.colorize._distributed import Workers
from cnncourse.colorize._interruption import Interruption

SAVE_EVERY = 300.0  # seconds that a crash may cost
ALONE = Workers()


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
    jitter
        The network sees each picture with another contrast and exposure: the distances of L from
        its mean are multiplied by 1 ± `jitter` at most, and L is moved by 40 · `jitter` at most.
        What should be answered stays.
    average
        If above 0, a running mean of the weights is kept, which changes by 1 − `average` of the
        way with each step. It is what is judged, and what the network ends with: steps in the
        directions of single batches cancel in it.
    bfloat16
        Whether convolutions are computed with 8 bits of precision (autocast).
    seed
        Of the pictures' order, of which ones are mirrored, of what is cut out, and of the jitter.
    float16
        Whether convolutions are computed with 11 bits of precision, for graphics cards that
        have no bfloat16. Its range is small, so the loss is multiplied by a large number that
        adapts (torch.amp.GradScaler).

    Raises
    ------
    ValueError
        If a value makes no sense.
    """

    epochs: int = 12
    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 1e-2
    classification: float = 0.1
    every: int = 1
    rebalancing: float = 0.5
    zoom: float = 1.0
    jitter: float = 0.0
    average: float = 0.0
    bfloat16: bool = False
    seed: int = 0
    float16: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "every"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"Settings: {name} is {getattr(self, name)}; it should be 1 or more"
                )
        for name in ("weight_decay", "classification", "rebalancing", "seed"):
            if not getattr(self, name) >= 0:
                raise ValueError(
                    f"Settings: {name} is {getattr(self, name)}; it should be 0 or more"
                )
        if not 0 < self.lr < math.inf:
            raise ValueError(f"Settings: lr is {self.lr}; it should be above 0")
        for name in ("jitter", "average"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"Settings: {name} is {getattr(self, name)}; it should be 0 or more, below 1"
                )
        if not 0 < self.zoom <= 1:
            raise ValueError(f"Settings: zoom is {self.zoom}; it should be above 0, and at most 1")
        if self.bfloat16 and self.float16:
            raise ValueError("Settings: bfloat16 and float16 are both set; choose one of them")


def targets(
    images: np.ndarray | Tensor, scale: int = 2, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor]:
    """Return what a network sees of color pictures, and what it should answer.

    Parameters
    ----------
    images
        uint8 of shape (N, H, W, 3).
    scale
        ab is averaged over squares of this many pixels on a side.
    dtype
        Of the results.

    Returns
    -------
    L : Tensor
        Shape (N, 1, H, W).
    ab : Tensor
        Shape (N, 2, H/scale, W/scale).
    """
    rgb = torch.as_tensor(images).permute(0, 3, 1, 2).to(dtype) / 255
    L, ab = lab.rgb_to_lab(rgb).split([1, 2], dim=1)
    return L, functional.avg_pool2d(ab, scale)


def batches(
    images: np.ndarray,
    settings: Settings,
    epoch: int,
    *,
    skip: int = 0,
    workers: Workers = ALONE,
    device: torch.device | str = "cpu",
) -> Iterator[Tensor]:
    """Yield the pictures in the order of this epoch, some mirrored.

    What is yielded depends on the seed and the epoch alone, so a training that was stopped goes
    on with what it would have seen. A last batch that is not full is left out.

    Parameters
    ----------
    images
        uint8 of shape (N, H, W, 3).
    settings
        Their seed, batch and zoom are used.
    epoch
        From 0.
    skip
        Batches that have been seen already.
    workers
        Each process gets its share of every batch.
    device
        Where the pictures are needed.

    Yields
    ------
    Tensor
        uint8 of shape (n, H, W, 3); n is `settings.batch`, or this process's share of it.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    order = rng.permutation(len(images))
    mirrored = rng.random(len(images)) < 0.5
    for number in range(len(images) // settings.batch):
        square = _random_square(images.shape[1], settings.zoom, rng)
        if number < skip:
            continue
        index = workers.share(order[number * settings.batch : (number + 1) * settings.batch])
        chosen = torch.as_tensor(images[index]).to(device)
        turned = torch.as_tensor(mirrored[index]).to(device)
        chosen[turned] = chosen[turned].flip(2)
        yield chosen if square is None else _enlarged(chosen, *square)


def _random_square(
    size: int, smallest: float, rng: np.random.Generator
) -> tuple[int, int, int] | None:
    """Return the top, left and side of a random square, in pixels."""
    if smallest == 1:
        return None
    side = int(rng.integers(round(smallest * size), size + 1))
    top, left = (int(place) for place in rng.integers(0, size - side + 1, 2))
    return top, left, side


def _enlarged(images: Tensor, top: int, left: int, side: int) -> Tensor:
    """Return a square of the pictures, enlarged to their size."""
    size = images.shape[1:3]
    part = images[:, top : top + side, left : left + side].permute(0, 3, 1, 2)
    enlarged = functional.interpolate(part.float(), size=size, mode="bilinear")
    return enlarged.round().to(torch.uint8).permute(0, 2, 3, 1)


def jittered(L: Tensor, settings: Settings, step: int, workers: Workers = ALONE) -> Tensor:
    """Change the contrast and the exposure of each picture of a batch at random.

    Parameters
    ----------
    L
        Shape (n, 1, H, W), a batch or this process's share of it.
    settings
        Their jitter, seed and batch are used.
    step
        From 0; the changes depend on it and on the seed alone.
    workers
        Who else has a share of the batch.

    Returns
    -------
    Tensor
        Shape (n, 1, H, W), from 0 to 100.
    """
    rng = np.random.default_rng([settings.seed, step, 1])
    draws = settings.jitter * rng.uniform(-1, 1, (settings.batch, 2))
    contrast, exposure = torch.as_tensor(draws[workers.share(np.arange(settings.batch))]).to(L).T
    mean = L.mean(dim=(2, 3), keepdim=True)
    changed = (L - mean) * (1 + contrast.reshape(-1, 1, 1, 1)) + mean
    return (changed + 40 * exposure.reshape(-1, 1, 1, 1)).clamp(0, 100)


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
    """Return the weights of the bins of ab, by how rare they are in some of the pictures.

    Parameters
    ----------
    images
        uint8 of shape (N, H, W, 3); about 5,000 of them are looked at, fewer if they are larger
        than 64 × 64.
    power
        0 makes all weights 1, and 1 gives those of :func:`cnncourse.colorize.losses.rebalancing`.

    Returns
    -------
    Tensor
        Shape (Q,). The mean weight of a pixel is 1.
    """
    larger = max(1.0, images.shape[1] * images.shape[2] / 64**2)
    few = images[:: max(1, int(len(images) * larger) // 5_000)]
    frequencies = losses.frequencies(targets(few)[1])
    weights = losses.rebalancing(frequencies) ** power
    return weights / (frequencies * weights).sum()


def loss(
    network: nn.Module, L: Tensor, ab: Tensor, settings: Settings, weights: Tensor, step: int
) -> Tensor:
    """Return the squared error, in units of 10 × 10 ab, plus its share of the cross-entropy.

    Parameters
    ----------
    network
        Such as :class:`cnncourse.colorize.models.Colorizer`.
    L, ab
        From :func:`targets`.
    settings
        Their classification, every, bfloat16 and float16 are used.
    weights
        From :func:`color_weights`.
    step
        From 0; it decides at which pixels the cross-entropy is taken.

    Returns
    -------
    Tensor
        A number: the mean over all pixels of all pictures.
    """
    half = torch.float16 if settings.float16 else torch.bfloat16
    with torch.autocast(L.device.type, half, enabled=settings.float16 or settings.bfloat16):
        predicted, logits = network(L.contiguous(memory_format=torch.channels_last))
    squared = functional.mse_loss(predicted.to(ab.dtype), ab) / 100
    if settings.classification == 0:
        return squared
    n = settings.every
    i, j = step % n, step // n % n
    some, colors = logits[:, :, i::n, j::n], ab[:, :, i::n, j::n]
    return squared + settings.classification * losses.classification_loss(some, colors, weights)


def learn(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    pictures: Tensor,
    settings: Settings,
    weights: Tensor,
    step: int,
    steps: int,
    workers: Workers = ALONE,
) -> float:
    """Take one step: look at pictures, predict, compare, and change the weights a little.

    Parameters
    ----------
    network
        In training mode; it is changed.
    optimizer, scaler
        They are changed, too.
    pictures
        A batch, uint8 of shape (N, H, W, 3), or this process's share of it.
    settings
        How to train.
    weights
        From :func:`color_weights`.
    step, steps
        Which one this is, from 0, and of how many.
    workers
        Who else has a share of the batch.

    Returns
    -------
    float
        What these pictures contribute to the mean loss of the batch: all of it, if no other
        process has a share.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step, steps, settings.lr)
    share = len(pictures) / settings.batch
    L, ab = targets(pictures, dtype=next(network.parameters()).dtype)
    if settings.jitter:
        L = jittered(L, settings, step, workers)
    current = loss(network, L, ab, settings, weights, step)
    optimizer.zero_grad()
    # Several processes take the mean of their gradients; the sum of the shares is wanted.
    scaler.scale(current * (share * workers.count)).backward()
    scaler.step(optimizer)
    scaler.update()
    return float(current.detach()) * share


def train(
    network: nn.Module,
    images: np.ndarray,
    settings: Settings,
    *,
    checkpoint: Path | None = None,
    report: Callable[[dict[str, Any]], None] = lambda _: None,
    judge: Callable[[nn.Module], dict[str, Any]] = lambda _: {},
    progress: Callable[[Sequence[float], Sequence[dict[str, Any]]], None] = lambda *_: None,
    patience: int | None = None,
    compiled: bool = False,
    save_every: float = SAVE_EVERY,
) -> list[dict[str, Any]]:
    """Train a colorizer.

    The same network, pictures and settings give the same losses, number for number, on the same
    machine with the same number of threads, however often the training was stopped and went on.
    On a graphics card that needs :func:`torch.use_deterministic_algorithms`, too.

    Started by `torchrun` in several processes that have joined
    (:func:`torch.distributed.init_process_group`), each learns from its share of every batch, and
    the result is that of one process but for rounding. The first process alone calls `judge`,
    `report` and `progress`, and writes.

    Parameters
    ----------
    network
        Such as :class:`cnncourse.colorize.models.Colorizer`, on the device that is to compute; it
        is changed, and in evaluation mode afterward.
    images
        uint8 of shape (N, H, W, 3).
    settings
        How to train.
    checkpoint
        Written after every epoch, and in between every `save_every` seconds. If it is there
        already, the training goes on from it. Asked to stop (Ctrl-C, SIGTERM), the training
        finishes its step, writes the checkpoint, and raises KeyboardInterrupt.
    report
        Called with each epoch's line of the history.
    judge
        Called with the network, in evaluation mode, after each epoch; what it returns joins the
        history. Plain numbers and strings, please.
    progress
        Called before the first step, and after every step and every epoch, with the losses of
        all steps so far, those before an interruption included, and the history.
    patience
        Stop when ``judge(…)["psnr"]`` has not been higher than before for so many epochs. The
        network ends with the weights that were best. Without it, with those of the last epoch,
        or their running mean.
    compiled
        Whether to let torch.compile write code for this network first. It takes a minute, and
        pays on graphics cards, in long trainings. Its rounding differs.
    save_every
        In seconds.

    Returns
    -------
    list of dict
        For each epoch its number, the mean loss, the seconds it took, and what `judge` found.

    Raises
    ------
    ValueError
        If the pictures do not fit, or the checkpoint is damaged or belongs to a training with
        other settings, another network or other pictures.
    FloatingPointError
        If the loss is no longer a number.
    KeyboardInterrupt
        If the training was asked to stop; the checkpoint is written then.
    """
    workers = Workers.here()
    _check(images, settings, workers, patience)
    device = next(network.parameters()).device
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(), settings.lr, weight_decay=settings.weight_decay
    )
    scaler = torch.amp.GradScaler(device.type, enabled=settings.float16)
    weights = color_weights(images, settings.rebalancing).to(device)
    per_epoch = len(images) // settings.batch
    steps = settings.epochs * per_epoch

    state = State(network, optimizer, scaler)
    if settings.average:
        mean_of = get_ema_multi_avg_fn(settings.average)
        state.average = AveragedModel(network, multi_avg_fn=mean_of, use_buffers=True)
    judged = network if state.average is None else state.average.module
    keeper = _keeper(checkpoint, state, images, settings, workers, save_every)
    model = workers.parallel(network, some_unused=settings.classification == 0)
    if compiled:
        model = torch.compile(model)  # type: ignore[assignment]
    if not workers.first:
        report = judge = progress = _nothing
    progress(state.curve, state.history)
    with Interruption(expected=checkpoint is not None, insistence=workers.count == 1) as asked:
        while not _finished(state.history, settings.epochs, patience):
            epoch = len(state.history)
            network.train()
            clock = time.perf_counter()
            seen = len(state.curve) - epoch * per_epoch
            for pictures in batches(
                images, settings, epoch, skip=seen, workers=workers, device=device
            ):
                step = len(state.curve)
                part = learn(
                    model, optimizer, scaler, pictures, settings, weights, step, steps, workers
                )
                if state.average is not None:
                    state.average.update_parameters(network)
                mean, requests = workers.total(part, asked.requested)
                if not math.isfinite(mean):
                    raise FloatingPointError(
                        f"train: the loss is {mean} in step {step + 1} of {steps}; try a lower "
                        f"learning rate than {settings.lr:g}"
                    )
                state.curve.append(mean)
                state.seconds += time.perf_counter() - clock
                clock = time.perf_counter()
                progress(state.curve, state.history)
                if requests:
                    keeper.save()
                    raise KeyboardInterrupt
                keeper.save_now_and_then()
            network.eval()
            judged.eval()
            line = {
                "epoch": epoch + 1,
                "loss": sum(state.curve[epoch * per_epoch :]) / per_epoch,
                "seconds": state.seconds,
            }
            line = workers.from_first(line | judge(judged))
            if patience is not None and "psnr" not in line:
                raise ValueError(
                    f"train: patience needs a judge that returns 'psnr'; it gave {sorted(line)}"
                )
            state.history.append(line)
            state.seconds = 0.0
            if patience is not None and _best(state.history) == epoch + 1:
                state.best = {name: x.clone() for name, x in judged.state_dict().items()}
            report(line)
            progress(state.curve, state.history)
            keeper.save()
    if state.best is not None and patience is not None:
        network.load_state_dict(state.best)
    elif state.average is not None:
        network.load_state_dict(judged.state_dict())
    network.eval()  # also where the checkpoint was finished, and no epoch has done it
    return state.history


def faithful_psnr(network: nn.Module, images: np.ndarray, batch: int = 250) -> float:
    """Return the PSNR of the faithful head, in dB, pooled over all pixels of all pictures.

    Parameters
    ----------
    network
        In evaluation mode, on any device.
    images
        uint8 of shape (N, H, W, 3), of a size that the network takes.
    batch
        Pictures that are colored at a time.
    """
    device = next(network.parameters()).device
    squares = 0.0
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            few = torch.as_tensor(images[start : start + batch]).to(device)
            L, _ = targets(few, dtype=next(network.parameters()).dtype)
            ab = functional.interpolate(network(L)[0], scale_factor=2.0, mode="bilinear")
            rgb = lab.lab_to_rgb(torch.cat([L, ab], dim=1)).mul(255).round()
            # Whole numbers below 2**24 are exact in float32; a picture's sum may be larger.
            errors = (rgb - few.permute(0, 3, 1, 2)).square().sum(dim=1)
            squares += float(errors.cpu().sum(dtype=torch.float64))
    return 10 * math.log10(255**2 * images.size / squares) if squares else math.inf


def _keeper(
    checkpoint: Path | None,
    state: State,
    images: np.ndarray,
    settings: Settings,
    workers: Workers,
    save_every: float,
) -> Keeper:
    """Return what writes checkpoints, and first go on from the one that is there."""
    if checkpoint is None:
        return Keeper(None, state, {}, save_every)
    belongs_to = {
        "settings": asdict(settings),
        "pictures": _checkpoints.fingerprint(images),
    }
    (others,) = workers.total(workers.from_first(belongs_to) != belongs_to)
    if others:
        raise ValueError(
            f"train: {others:g} of {workers.count} processes have other settings or other pictures "
            "than the first; they should be the same"
        )
    keeper = Keeper(checkpoint if workers.first else None, state, belongs_to, save_every)
    # The others may run where the file cannot be read.
    saved = workers.from_first(keeper.read())
    if saved is not None:
        _checkpoints.restore(state, saved)
    return keeper


def _nothing(*_: Any) -> Any:
    """Stand in for what the first process alone does."""
    return {}


def _finished(history: Sequence[dict[str, Any]], epochs: int, patience: int | None) -> bool:
    if len(history) >= epochs or patience is None:
        return len(history) >= epochs
    return len(history) - _best(history) >= patience


def _best(history: Sequence[dict[str, Any]]) -> int:
    """Return the number of the epoch with the highest PSNR, the first of equals; 0 before any."""
    return max(history, key=lambda line: line["psnr"])["epoch"] if history else 0


def _check(images: np.ndarray, settings: Settings, workers: Workers, patience: int | None) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            f"train: images are {images.dtype} of shape {images.shape}; they should be uint8 of "
            "shape (N, H, W, 3)"
        )
    if settings.zoom < 1 and images.shape[1] != images.shape[2]:
        raise ValueError(
            f"train: images are {images.shape[1]} × {images.shape[2]}; zoom {settings.zoom} needs "
            "squares"
        )
    if len(images) < settings.batch:
        raise ValueError(
            f"train: there are {len(images)} pictures and batch is {settings.batch}; it should be "
            f"{len(images)} or less"
        )
    if settings.batch < workers.count:
        raise ValueError(
            f"train: batch is {settings.batch} and there are {workers.count} processes; each "
            "should have a picture at least"
        )
    if patience is not None and patience < 1:
        raise ValueError(f"train: patience is {patience}; it should be 1 or more, or None")
