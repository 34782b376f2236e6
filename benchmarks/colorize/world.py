"""Measure what networks make of the world whose best coloring is known.

`python -m benchmarks.colorize.world` writes cnncourse/data/results/colorize_world.json. It takes
about five minutes on one processor core. `--parts` measures some parts and keeps the others; a
training that was finished before the script was stopped is not repeated.

The parts:

*world*           how the variance of its colors splits, and what no network can beat
*squared_error*   an encoder–decoder trained with the squared error, three starts: the share of
                  the explainable variance as training goes on, and what becomes of balloons and
                  houses
*classification*  the same network with a distribution over the bins of ab that occur, three
                  starts, and once with weights for rare colors: cross-entropy, and all decoders
*speed*           scenes made in a second, and how that compares with painting them
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks._progress import Progress
from benchmarks.colorize._measuring import RESULTS, ROOT, keep, made_with, rounded
from cnncourse.colorize import losses, metrics, world

PROGRESS = ROOT / "_build" / "colorize_world.jsonl"
SEEDS = (0, 1, 2)
STEPS, BATCH, LR = 600, 32, 1e-2
MILESTONES = (100, 200, 300, 400, 500, 600)
TEST_SEED, TEST_COUNT = 0, 500  # trainings draw their scenes with seeds from 1 million on
TEMPERATURES = (0.7, 0.38, 0.2)
PIECE = 100  # scenes that are decoded at a time
NEAR = 10.0  # ab units within which a color counts as one of an object's own


def encoder_decoder(outputs: int) -> nn.Sequential:
    """Return the network of the chapter: (N, 1, 32, 32) to (N, outputs, 32, 32)."""
    layers: list[nn.Module] = [nn.BatchNorm2d(1)]
    for before, after in ((1, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
    for before, after in ((64, 32), (32, 16)):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(16, outputs, 4, 2, 1))


def train(
    network: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    seed: int,
    after: Callable[[int], None] = lambda step: None,
) -> float:
    """Train on scenes that are never shown twice; return the processor's seconds.

    What `after` does after each step is not counted.
    """
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=STEPS)
    network.train()
    seconds = 0.0
    for step in range(1, STEPS + 1):
        start = time.process_time()
        batch = world.scenes(BATCH, seed=(seed + 1) * 10**6 + step)
        error = loss(network(torch.from_numpy(batch.L)), torch.from_numpy(batch.ab))
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        schedule.step()
        seconds += time.process_time() - start
        after(step)
    network.eval()
    return seconds


@cache
def test_scenes() -> world.Scenes:
    return world.scenes(TEST_COUNT, TEST_SEED)


@torch.inference_mode()
def answers(network: nn.Module, decode: Callable[[Tensor], Tensor]) -> np.ndarray:
    """Return what is decoded from the network's answers to the test scenes."""
    was = network.training
    network.eval()
    pieces = [decode(network(L)) for L in torch.from_numpy(test_scenes().L).split(PIECE)]
    network.train(was)
    return torch.cat(pieces).numpy()


# Judging.


def judged(ab: np.ndarray) -> dict[str, Any]:
    """Return all measures of a prediction for the test scenes."""
    some = test_scenes()
    truth, painted = some.rgb(), some.rgb(ab)
    objects = world.ambiguous_objects(ab, some)
    of_kinds = {}
    for number in world.AMBIGUOUS:
        own = objects.kind == number
        near = own & (objects.distance <= NEAR)
        of_kinds[world.KINDS[number].name] = {
            "near": float((objects.distance[own] <= NEAR).mean()),
            "distance": float(objects.distance[own].mean()),
            "first_hue": float((objects.nearest[near] == 0).mean()) if near.any() else None,
        }
    return {
        "psnr": None if np.array_equal(truth, painted) else metrics.psnr(truth, painted),
        "colorfulness": metrics.colorfulness(painted),
        "explained": world.share_explained(ab, some),
        "chroma": chroma(ab),
        "near": float((objects.distance <= NEAR).mean()),
        "distance": float(objects.distance.mean()),
        "pixels_near": pixels_near(ab),
        "balloons_alike": balloons_alike(objects),
        **of_kinds,
    }


def chroma(ab: np.ndarray) -> float:
    """Return the mean chroma of the pixels of balloons and houses."""
    return float(np.hypot(ab[:, 0], ab[:, 1])[test_scenes().ambiguous].mean())


def pixels_near(ab: np.ndarray) -> float:
    """Return the share of the pixels of balloons and houses near a hue that they can have."""
    some = test_scenes()
    both = np.stack([replace(some, hues=np.full_like(some.hues, hue)).ab for hue in (0, 1)])
    distances = np.linalg.norm(both - ab, axis=2).min(axis=0)
    return float((distances[some.ambiguous] <= NEAR).mean())


def balloons_alike(objects: world.Objects) -> float | None:
    """Return in which share of scenes with two balloons, both near a hue, the hues are the same."""
    near = (objects.kind == world.NUMBERS["balloon"]) & (objects.distance <= NEAR)
    counts = np.bincount(objects.scene[near], minlength=TEST_COUNT)
    seconds = np.bincount(objects.scene[near], objects.nearest[near], minlength=TEST_COUNT)
    pairs = seconds[counts == 2]
    return float((pairs != 1).mean()) if len(pairs) else None


# The parts.


def measure_world(progress: Progress) -> dict[str, Any]:
    """Measure what no network can beat, and what needs none."""
    some = test_scenes()
    return {
        "test_scenes": TEST_COUNT,
        "test_seed": TEST_SEED,
        "ambiguous_pixels": float(some.ambiguous.mean()),
        "variance": world.variance(some)._asdict(),
        "entropy": float(some.entropy.mean(dtype=np.float64)),
        "best_psnr": metrics.psnr(some.rgb(), some.mean_rgb),
        "rows": {
            "the truth": judged(some.ab),
            "gray": judged(0 * some.ab),
            "best mean": judged(some.mean_ab),
            "painted anew": judged(some.repainted(1).ab),
        },
    }


def measure_squared_error(progress: Progress) -> dict[str, Any]:
    """Train with the squared error."""
    runs = [progress(f"squared error {seed}", squared_error_run, seed) for seed in SEEDS]
    parameters = sum(p.numel() for p in encoder_decoder(2).parameters())
    return {"parameters": parameters, "milestones": list(MILESTONES), "runs": runs}


def squared_error_run(seed: int) -> dict[str, Any]:
    """Train once; judge the answer, the answer doubled, and the way there."""
    torch.manual_seed(seed)
    network = encoder_decoder(2)
    shares = []

    def look(step: int) -> None:
        if step in MILESTONES:
            ab = answers(network, partial(torch.mul, 50))
            shares.append(world.share_explained(ab, test_scenes()))

    seconds = train(network, squared_error, seed, look)
    ab = answers(network, partial(torch.mul, 50))
    rows = {"squared error": judged(ab), "squared error, doubled": judged(2 * ab)}
    return rounded({"seconds": seconds, "shares": shares, "rows": rows})


def squared_error(answer: Tensor, ab: Tensor) -> Tensor:
    """Return the mean squared error in units of 50."""
    return functional.mse_loss(answer, ab / 50)


class Classes(NamedTuple):
    """The bins of ab that occur in the world, and the weights of rare ones."""

    used: Tensor
    number: Tensor
    weights: Tensor

    def of(self, ab: Tensor) -> Tensor:
        """Return the class of each pixel, (N, 2, H, W) to (N, H, W)."""
        return self.number[nearest_bins(ab)]

    def widened(self, logits: Tensor) -> Tensor:
        """Return logits over all bins: those that never occur have probability 0."""
        size = (len(logits), len(self.number), *logits.shape[2:])
        wide = torch.full(size, -torch.inf)
        wide[:, self.used] = logits
        return wide


def nearest_bins(ab: Tensor) -> Tensor:
    """Return the number of the bin with the largest share of each pixel."""
    indices, shares = losses.encode(ab)
    return indices.gather(1, shares.argmax(dim=1, keepdim=True))[:, 0]


@cache
def classes() -> Classes:
    """Find the bins that occur in some scenes of no training and no test."""
    ab = torch.from_numpy(world.scenes(2000, seed=999_999).ab)
    used = nearest_bins(ab).unique()
    number = torch.full((len(losses.ab_bins()),), -1)
    number[used] = torch.arange(len(used))
    return Classes(used, number, losses.rebalancing(losses.frequencies(ab))[used])


def decoders(seed: int) -> dict[str, Callable[[Tensor], Tensor]]:
    """Return all ways to read colors from logits over all bins."""
    annealed = {
        f"annealed mean {t}": partial(losses.annealed_mean, temperature=t) for t in TEMPERATURES
    }
    return {
        "mean": losses.mean,
        **annealed,
        "argmax": losses.argmax,
        "sampled": partial(losses.sample, generator=torch.Generator().manual_seed(seed)),
        "sampled pixel by pixel": partial(
            sample_pixels, generator=torch.Generator().manual_seed(seed)
        ),
    }


def sample_pixels(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Draw every pixel's color on its own."""
    probabilities = logits.softmax(dim=1).permute(0, 2, 3, 1)
    drawn = torch.multinomial(probabilities.flatten(0, 2), 1, generator=generator)
    return losses.ab_bins()[drawn.reshape(probabilities.shape[:3])].permute(0, 3, 1, 2)


def measure_classification(progress: Progress) -> dict[str, Any]:
    """Train with the cross-entropy, with and without weights."""
    found: dict[str, Any] = {"bins": len(losses.ab_bins()), "used": len(classes().used)}
    for name, seeds in (("plain", SEEDS), ("rebalanced", SEEDS[:1])):
        found[name] = [progress(f"{name} {seed}", classification_run, name, seed) for seed in seeds]
    return found


def classification_run(name: str, seed: int) -> dict[str, Any]:
    """Train once, with weights if *rebalanced*; judge the distributions and all decoders."""
    weights = classes().weights if name == "rebalanced" else None
    torch.manual_seed(seed)
    network = encoder_decoder(len(classes().used))
    seconds = train(network, partial(cross_entropy, weights=weights), seed)
    decode = decoders(seed)
    if name == "plain":
        rare = torch.ones(len(losses.ab_bins()))
        rare[classes().used] = classes().weights
        decode |= {
            f"{key}, rebalanced afterward": lambda wide, d=decode[key]: d(
                losses.rebalance(wide, rare)
            )
            for key in ("mean", "argmax", "sampled")
        }
    rows = {
        key: judged(answers(network, lambda x, d=one: d(classes().widened(x))))
        for key, one in decode.items()
    }
    return rounded({"seconds": seconds, **surprise(network), "rows": rows})


def cross_entropy(logits: Tensor, ab: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the cross-entropy over the bins that occur."""
    return functional.cross_entropy(logits, classes().of(ab), weights)


def surprise(network: nn.Module) -> dict[str, float]:
    """Return the mean cross-entropy, in nats a pixel, and the probability given to blue houses."""
    some = test_scenes()
    log_probabilities = answers(network, partial(functional.log_softmax, dim=1))
    numbers = classes().of(torch.from_numpy(some.ab)).numpy()[:, None]
    own = np.take_along_axis(log_probabilities, numbers, axis=1)[:, 0]
    blue = classes().of(torch.tensor(world.KINDS[-1].hues[0]).reshape(1, 2, 1, 1)).item()
    houses = some.ambiguous & (some.regions >= 4)  # balloons are up in the sky
    return {
        "cross_entropy": -float(own.mean(dtype=np.float64)),
        "sure_pixels": -float(own[~some.ambiguous].mean(dtype=np.float64)),
        "ambiguous_pixels": -float(own[some.ambiguous].mean(dtype=np.float64)),
        "best_on_ambiguous_pixels": float(some.entropy[some.ambiguous].mean(dtype=np.float64)),
        "blue_on_houses": float(np.exp(log_probabilities[:, blue])[houses].mean()),
    }


def measure_speed(progress: Progress) -> dict[str, Any]:
    """Time making scenes against painting them, in one run, one thread."""
    world.scenes(1, seed=0)
    making, painting = [], []
    for seed in range(7):
        start = time.process_time()
        some = world.scenes(1000, seed)
        _ = some.ab
        making.append(time.process_time() - start)
        start = time.process_time()
        some.rgb()
        painting.append(time.process_time() - start)
    return {
        "scenes_a_second": 1000 / float(np.median(making)),
        "painting_over_making": float(np.median(painting) / np.median(making)),
    }


PARTS: dict[str, Callable[[Progress], dict[str, Any]]] = {
    "world": measure_world,
    "squared_error": measure_squared_error,
    "classification": measure_classification,
    "speed": measure_speed,
}


def about() -> dict[str, Any]:
    """Return how, on what and with what this is measured."""
    some = test_scenes()
    return {
        "script": "benchmarks/colorize/world.py",
        "data": f"cnncourse.colorize.world: new scenes for every step, {TEST_COUNT} to test",
        "data_sha256": hashlib.sha256(some.L.tobytes() + some.ab.tobytes()).hexdigest(),
        "seeds": list(SEEDS),
        "steps": STEPS,
        "batch": BATCH,
        "optimizer": f"Adam, OneCycleLR with largest rate {LR}",
        **made_with(),
    }


def main() -> None:
    """Measure the parts asked for and write the results after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    torch.set_num_threads(1)
    described = about()
    progress = Progress(PROGRESS, described)
    for part in parser.parse_args().parts:
        keep(RESULTS / "colorize_world.json", described, part, rounded(PARTS[part](progress)))


if __name__ == "__main__":
    main()
