"""Measure how well CIFAR-10's test pictures are colored, by nothing, in a minute, and at best.

`python -m benchmarks.colorize.cifar` reads cifar10.npz from the folder that CNNCOURSE_DATA names
and writes cnncourse/data/results/colorize_cifar.json, part by part:

*baselines*    gray, the mean color of the training pictures, their true color at half the size
*minute*       our network, trained from nothing for 120 seconds of one processor core, which is
               60 seconds of two
*checkpoint*   the network that ships with the course: its faithful head, and its vivid head with
               the temperature and the rebalancing that benchmarks.colorize.ship has chosen on
               training pictures set aside; all ways to decode it, and as a control the faithful
               color multiplied by a number
*pictures*     which twelve test pictures to look at, by a rule

Numbers that are called *test* are of all 10,000 test pictures. Nothing was fitted to them or chosen
by them; but the shipped network's figure was looked at between the stages of its training, and
work went on because it was short of its gate.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.colorize import _measuring
from benchmarks.colorize._measuring import Pictures, Recipe
from cnncourse.colorize import export, losses, metrics
from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.train import color_weights, targets

RESULTS = _measuring.RESULTS / "colorize_cifar.json"
SECONDS, SEED = 120.0, 0
WIDTHS = (64, 128, 192)
RECIPE = Recipe("AdamW", lr=2e-3, batch=32, bfloat16=True, classification=0.1)
GATES = {
    "minute": {"psnr": 22.3},
    "faithful": {"psnr": 23.2},
    "vivid": {"psnr": 21.8, "colorfulness": 27.0},
}
TEMPERATURES = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2)
POWERS = (0.0, 0.25, 0.5, 0.75, 0.85, 1.0)
SCALES = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0)

Decoder = Callable[[Tensor, Tensor], Tensor]


def measure_baselines(pictures: Pictures) -> dict[str, Any]:
    """Judge pictures that no network has painted."""
    color = _measuring.mean_color(pictures.train)
    test = pictures.test
    rows = {
        "gray": _measuring.gray(test),
        "mean ab": _measuring.evenly(test, color),
        "true ab of half size": _measuring.true_color(test, 2),
    }
    return {
        "mean_ab": _measuring.rounded(color.tolist(), 3),
        "true_colorfulness": round(metrics.colorfulness(test), 3),
        "test": {name: _measuring.judged(test, made) for name, made in rows.items()},
    }


def passes(gate: str, found: dict[str, float]) -> dict[str, Any]:
    """Return what a gate asks for, and whether it was met."""
    wanted = GATES[gate]
    return {"gate": wanted, "met": all(found[key] >= least for key, least in wanted.items())}


def measure_minute(pictures: Pictures, seconds: float = SECONDS) -> dict[str, Any]:
    """Train our network for a while and judge its faithful head."""
    torch.manual_seed(SEED)
    network = Colorizer(WIDTHS)
    processor, wall = time.process_time(), time.perf_counter()
    seen = _measuring.train(
        network,
        pictures.train,
        RECIPE,
        SEED,
        lambda _: (time.process_time() - processor) / seconds,
    )
    spent = {
        "cpu_seconds": time.process_time() - processor,
        "wall_seconds": time.perf_counter() - wall,
    }
    found = _measuring.judged(pictures.test, _measuring.painted(network, pictures.test))
    return {
        "widths": WIDTHS,
        "parameters": sum(p.numel() for p in network.parameters()),
        "recipe": asdict(RECIPE),
        "pictures_seen": seen,
        **_measuring.rounded(spent, 1),
        "choosing": _measuring.judged(
            pictures.choosing, _measuring.painted(network, pictures.choosing)
        ),
        "test": found,
        **passes("minute", found),
    }


def decoder(weights: Tensor, temperature: float) -> Decoder:
    """Return the vivid head's way to a color: rebalance, sharpen, take the mean."""
    return lambda _, logits: losses.annealed_mean(losses.rebalance(logits, weights), temperature)


def rebalanced(images: np.ndarray, power: float, trained: float) -> Tensor:
    """Return what to multiply probabilities by, so that colors count as with another power.

    Parameters
    ----------
    images
        The pictures in which colors are rare or frequent.
    power
        Which power of the weights is wanted.
    trained
        Which power the network was trained with; its probabilities contain that one already.
    """
    return color_weights(images, power) / color_weights(images, trained)


def decoders(weights: Tensor, temperature: float, plain: Tensor) -> dict[str, Decoder]:
    """Return ways to turn both heads' answers into one color.

    Parameters
    ----------
    weights, temperature
        The vivid head's.
    plain
        What undoes the weights of the training: the distribution is then that of the colors.
    """
    generator = torch.Generator().manual_seed(SEED)

    def scaled(factor: float) -> Decoder:
        return lambda ab, _: factor * ab

    found: dict[str, Decoder] = {f"faithful × {factor:g}": scaled(factor) for factor in SCALES}
    for name, factors in (("plain", plain), ("rebalanced", weights)):
        for t in (1.0, temperature) if temperature != 1 else (1.0,):
            found[f"{name}, temperature {t:g}"] = decoder(factors, t)
        found[f"{name}, argmax"] = _after(factors, losses.argmax)
    found["plain, sample"] = _after(plain, lambda logits: losses.sample(logits, generator))
    return found


def _after(weights: Tensor, decode: Callable[[Tensor], Tensor]) -> Decoder:
    return lambda _, logits: decode(losses.rebalance(logits, weights))


def paint_all(
    answered: Iterator[tuple[Tensor, Tensor, Tensor]], ways: dict[str, Decoder]
) -> dict[str, np.ndarray]:
    """Paint the same answers of a network in several ways."""
    made: dict[str, list[np.ndarray]] = {name: [] for name in ways}
    for L, ab, logits in answered:
        for name, decode in ways.items():
            made[name].append(_measuring.paint(L, decode(ab, logits)))
    return {name: np.concatenate(pieces) for name, pieces in made.items()}


def point(truth: np.ndarray, made: np.ndarray) -> dict[str, float]:
    """Return where a way of decoding lies: how near to the truth, how colorful."""
    return {
        "psnr": round(metrics.psnr(truth, made), 3),
        "colorfulness": round(metrics.colorfulness(made), 3),
    }


def choose(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row with the highest PSNR among those as colorful as the gate asks, and 1 more.

    The margin is for what changes from the pictures of the choice to the test. If none is that
    colorful, the most colorful one is returned.
    """
    enough = [r for r in rows if r["colorfulness"] >= GATES["vivid"]["colorfulness"] + 1]
    if not enough:
        return max(rows, key=lambda row: row["colorfulness"])
    return max(enough, key=lambda row: row["psnr"])


def measure_grid(network: nn.Module, pictures: Pictures, trained: float) -> list[dict[str, Any]]:
    """Try temperatures and rebalancings of the vivid head on the pictures set aside."""
    settings = {f"{p} {t}": (p, t) for p in POWERS for t in TEMPERATURES}
    factors = {power: rebalanced(pictures.train, power, trained) for power in POWERS}
    ways = {name: decoder(factors[p], t) for name, (p, t) in settings.items()}
    made = paint_all(_measuring.answers(network, pictures.choosing), ways)
    return [
        {"power": p, "temperature": t, **point(pictures.choosing, made[name])}
        for name, (p, t) in settings.items()
    ]


def measure_checkpoint(pictures: Pictures, checkpoint: str | Path = "cifar10") -> dict[str, Any]:
    """Judge both heads of a network that was trained for long.

    Parameters
    ----------
    pictures
        To choose with and to be judged by.
    checkpoint
        A name or file, as :func:`cnncourse.colorize.export.load` takes it. Its distribution is
        taken to be that of the colors, without weights for rare ones, as
        benchmarks.colorize.ship leaves it; its metadata say how to decode the vivid color.
    """
    network, metadata = export.load(checkpoint)
    weights, temperature = torch.tensor(metadata["rebalancing"]), metadata["temperature"]
    ways = decoders(weights, temperature, torch.ones(len(weights)))
    test = pictures.test
    made = paint_all(_measuring.answers(network, test), ways)
    faithful = _measuring.judged(test, made["faithful × 1"])
    vivid = _measuring.judged(test, made[f"rebalanced, temperature {temperature:g}"])
    return {
        "widths": metadata["widths"],
        "parameters": sum(p.numel() for p in network.parameters()),
        "grid": measure_grid(network, pictures, trained=0.0),
        "chosen": {"power": metadata["power"], "temperature": temperature},
        "faithful": {"test": faithful, **passes("faithful", faithful)},
        "vivid": {"test": vivid, **passes("vivid", vivid)},
        "curve": [{"decoder": name, **point(test, made[name])} for name in ways],
        "scaled_as_colorful": as_colorful(test, vivid["colorfulness"], network),
        "mirrored": measure_mirrored(network, pictures),
    }


def as_colorful(truth: np.ndarray, wanted: float, network: nn.Module) -> dict[str, float]:
    """Multiply the faithful color until it is as colorful as the vivid one, and judge that.

    The factor is found on every eighth picture, by halving an interval.
    """
    few = truth[::8]
    predicted = [(L, ab) for L, ab, _ in _measuring.answers(network, few)]

    def made(factor: float) -> np.ndarray:
        return np.concatenate([_measuring.paint(L, factor * ab) for L, ab in predicted])

    low, high = 1.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        if metrics.colorfulness(made(middle)) < wanted:
            low = middle
        else:
            high = middle
    factor = (low + high) / 2
    whole = _measuring.painted(network, truth, lambda ab, _: factor * ab)
    return {"factor": round(factor, 3), **_measuring.judged(truth, whole)}


def measure_mirrored(network: nn.Module, pictures: Pictures) -> dict[str, float]:
    """Judge the mean of what is predicted for each picture and, turned back, for its mirror."""
    pieces = []
    for start in range(0, len(pictures.test), _measuring.BATCH):
        L = targets(pictures.test[start : start + _measuring.BATCH])[0]
        with torch.inference_mode():
            ab = (network(L)[0] + network(L.flip(3))[0].flip(3)) / 2
        pieces.append(_measuring.paint(L, ab))
    return _measuring.judged(pictures.test, np.concatenate(pieces))


def measure_pictures(pictures: Pictures, checkpoint: str | Path = "cifar10") -> dict[str, Any]:
    """Choose test pictures to look at: what a network gains over gray decides, and chance.

    Each picture's gain is gray's mean squared error minus the network's. The three with the
    largest gain, the three around the median, the three with the smallest (where color made it
    worse) and three drawn at random are named by their place among the test pictures.
    """
    network, _ = export.load(checkpoint)
    made, gray = _measuring.painted(network, pictures.test), _measuring.gray(pictures.test)

    def error(prediction: np.ndarray) -> np.ndarray:
        difference = (prediction.astype(np.float64) - pictures.test) / 255
        return np.asarray((difference**2).mean(axis=(1, 2, 3)))

    gain = error(gray) - error(made)
    order = np.argsort(gain, kind="stable")
    middle = len(order) // 2
    places = {
        "best": order[::-1][:3],
        "median": order[middle - 1 : middle + 2],
        "worst": order[:3],
        "random": np.random.default_rng(SEED).choice(len(gain), 3, replace=False),
    }
    return {
        "rule": "by gray's mean squared error minus the network's, and three by chance",
        "worse_than_gray": round(float((gain < 0).mean()), 4),
        "places": {name: index.tolist() for name, index in places.items()},
        "gain": {
            name: _measuring.rounded(gain[index].tolist(), 6) for name, index in places.items()
        },
    }


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "baselines": measure_baselines,
    "minute": measure_minute,
    "checkpoint": measure_checkpoint,
    "pictures": measure_pictures,
}


def main() -> None:
    """Measure the parts asked for and write the results after each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--checkpoint", default="cifar10", help="a name, or a .safetensors file")
    given = parser.parse_args()
    torch.set_num_threads(1)
    pictures = _measuring.read()
    described = _measuring.about("benchmarks/colorize/cifar.py", pictures, [SEED])
    for part in given.parts:
        more = (given.checkpoint,) if part in ("checkpoint", "pictures") else ()
        start = time.process_time()
        measured = PARTS[part](pictures, *more)
        measured["processor_seconds"] = round(time.process_time() - start, 1)
        _measuring.keep(RESULTS, described, part, measured)


if __name__ == "__main__":
    main()
