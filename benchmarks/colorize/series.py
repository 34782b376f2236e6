"""Rebuild the network of the series, find its weaknesses, and mend them one at a time.

`python -m benchmarks.colorize.series` reads cifar10.npz from the folder that CNNCOURSE_DATA names
and writes cnncourse/data/results/colorize_series.json. It takes about half an hour on one
processor core. Stopped and started again, it goes on where it was.

Every network is trained on the same pictures for the same processor time. So that a busy machine
treats all alike, the time is turned into a number of pictures first: how many pictures a second
each network learns from is measured in turns, a few steps of each, again and again. Then the
number of steps is fixed, and a training with the same seed gives the same network. Convolutions
are computed in bfloat16, which nearly doubles the pictures that fit into the time; a control says
what float32 gives in twice the time.

The steps go from the series' network to ours; each keeps what the steps before it changed. The
first of them mends the training: with a learning rate that stays, the colors of all pictures
still swing together from step to step at the end, by more than most repairs bring. What repairs
look like under that rate is among the controls, as is what three times the time brings. What a
step changes was settled before; on 500 of the training pictures set aside only the vivid head's
temperature and rebalancing are chosen, and each step's gain on all 2,000 of them is given beside
its gain on the test pictures. The first 5,000 test pictures judge.
"""

from __future__ import annotations

import argparse
import copy
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks._progress import Progress
from benchmarks.colorize import _measuring, cifar
from benchmarks.colorize._measuring import Pictures, Recipe
from cnncourse.colorize import metrics
from cnncourse.colorize.models import Colorizer, SeriesNet
from cnncourse.colorize.train import targets

RESULTS = _measuring.RESULTS / "colorize_series.json"
BUILD = _measuring.ROOT / "_build" / "colorize_series"
SECONDS, SEEDS, JUDGED = 40, [0, 1], 5_000
WIDTHS = (64, 128, 192)
SHOWN = 10  # pictures with errors that the network's author shows, and these errors
PUBLISHED = {"least": 0.0016, "mean": 0.0057, "most": 0.0155}
MODULI = (2, 4, 8, 16)
LEVELS = (20.0, 50.0, 80.0)  # of L, for even gray surfaces


class HalfSize(SeriesNet):
    """The series' network without its last layers: ab at half the size of L, by a 3×3 kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = self.decoder[:3]
        self.last = nn.Conv2d(64, 2, 3, padding=1)

    def forward(self, L: Tensor) -> Tensor:
        """Predict ab of shape (N, 2, H/2, W/2)."""
        x, maps = L / 100, []
        for layer in self.encoder:
            x = layer(x)
            maps.append(x)
        x = self.dilated(x)
        for layer in self.decoder:
            x = layer(torch.cat([x, maps.pop()], dim=1))
        return 100 * self.last(torch.cat([x, maps.pop()], dim=1))


def open_bottleneck() -> SeriesNet:
    """Let the two channels before the last layer be negative, too."""
    network = SeriesNet()
    network.decoder[-1] = nn.Sequential(*list(network.decoder[-1].children())[:2])
    return network


def undilated() -> HalfSize:
    """Leave the two dilated layers out."""
    network = HalfSize()
    network.dilated = nn.Sequential()
    return network


def resizing() -> HalfSize:
    """Enlarge by bilinear interpolation, then convolve, instead of a transposed convolution."""
    network = undilated()
    network.decoder = nn.ModuleList(
        nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"),
            SeriesNet._layer(nn.Conv2d(2 * width, after, 3, padding=1), after),
        )
        for width, after in zip((256, 128, 64), (128, 64, 32), strict=True)
    )
    return network


def one_head() -> Colorizer:
    """Return our network without the head that predicts distributions."""
    network = Colorizer(WIDTHS)
    network.distribution = nn.Identity()  # type: ignore[assignment]
    return network


def two_heads() -> Colorizer:
    """Return our network."""
    return Colorizer(WIDTHS)


@dataclass(frozen=True)
class Step:
    """A network and how it is trained.

    Attributes
    ----------
    name
        What is changed.
    build
        Makes the network.
    recipe
        How it is trained.
    after
        The name of the step that it is compared with; empty for the first.
    scale
        2 if it predicts ab at half the size.
    times
        How many times the usual processor time it is given.
    """

    name: str
    build: Callable[[], nn.Module]
    recipe: Recipe
    after: str
    scale: int = 2
    times: float = 1


ADAM = Recipe(bfloat16=True)
ADAMW = Recipe("AdamW", lr=2e-3, bfloat16=True)
SERIES, RATE = "the series' network", "AdamW, a rate that falls"
OPEN, HALF = "no ReLU on the last two channels", "ab of half size"
UNDILATED, RESIZING = "no dilated layers", "resize, then convolve"
RESIDUAL, HEADS = "residual blocks, added skips", "two heads"
CONSTANT, LONGER = "constant rate: ", "three times the time: "
STEPS = (
    Step(SERIES, SeriesNet, ADAM, "", scale=1),
    Step(RATE, SeriesNet, ADAMW, SERIES, scale=1),
    Step(OPEN, open_bottleneck, ADAMW, RATE, scale=1),
    Step(HALF, HalfSize, ADAMW, OPEN),
    Step(UNDILATED, undilated, ADAMW, HALF),
    Step(RESIZING, resizing, ADAMW, UNDILATED),
    Step(RESIDUAL, one_head, ADAMW, RESIZING),
    Step(HEADS, two_heads, replace(ADAMW, classification=0.1), RESIDUAL),
)
CONTROLS = (
    Step("float32, twice the time", SeriesNet, Recipe(), SERIES, scale=1, times=2),
    Step(CONSTANT + OPEN, open_bottleneck, ADAM, SERIES, scale=1),
    Step(CONSTANT + HALF, HalfSize, ADAM, CONSTANT + OPEN),
    Step(CONSTANT + UNDILATED, undilated, ADAM, CONSTANT + HALF),
    Step(CONSTANT + RESIZING, resizing, ADAM, CONSTANT + UNDILATED),
    Step(LONGER + RATE, SeriesNet, ADAMW, RATE, scale=1, times=3),
    Step(LONGER + RESIZING, resizing, ADAMW, RESIZING, times=3),
    Step(LONGER + RESIDUAL, one_head, ADAMW, RESIDUAL, times=3),
    Step(LONGER + HEADS, two_heads, STEPS[-1].recipe, HEADS, times=3),
)


def layers(network: nn.Module, size: int = 32) -> list[dict[str, Any]]:
    """Return for each convolution its kernel, channels, output size, parameters, multiply-adds.

    The parameters of the batch norm that follows are counted with the convolution. Padding is
    counted as if it were multiplied.
    """
    rows: list[dict[str, Any]] = []

    def note(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
            if isinstance(module, nn.BatchNorm2d):
                rows[-1]["parameters"] += 2 * module.num_features
                return
            assert isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
            transposed = isinstance(module, nn.ConvTranspose2d)
            places = (given[0] if transposed else made)[0, 0].numel()
            rows.append(
                {
                    "layer": name,
                    "kind": "transposed" if transposed else "convolution",
                    "kernel": module.kernel_size[0],
                    "stride": module.stride[0],
                    "dilation": module.dilation[0],
                    "channels": [module.in_channels, module.out_channels],
                    "size": made.shape[-1],
                    "parameters": sum(p.numel() for p in module.parameters()),
                    "multiply_adds": places * module.weight[None].numel(),
                }
            )

        return hook

    network = copy.deepcopy(network).to("meta").eval()
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.BatchNorm2d):
            module.register_forward_hook(note(name))
    with torch.no_grad():
        network(torch.empty(1, 1, size, size, device="meta"))
    return rows


def multiply_adds(network: nn.Module, size: int = 32) -> int:
    """Return how many multiply-adds a picture takes, as PyTorch counts them."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        # Tensors on this device have a shape and no numbers.
        copy.deepcopy(network).to("meta").eval()(torch.empty(1, 1, size, size, device="meta"))
    return counter.get_total_flops() // 2


def untouched(network: nn.Module, size: int) -> dict[str, float]:
    """Return for each convolution the share of its weights that never meet anything but padding.

    Such a weight has the gradient 0 whatever the picture. All inputs are made positive, and all
    weights, so that no other gradient is 0.
    """
    network = copy.deepcopy(network).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.forward = lambda input: input  # type: ignore[method-assign]
    for parameter in network.parameters():
        nn.init.constant_(parameter, 1e-3)
    answer = network.double()(torch.full((1, 1, size, size), 50.0, dtype=torch.float64))
    (answer[0] if isinstance(answer, tuple) else answer).sum().backward()
    return {
        name: float((module.weight.grad == 0).double().mean())
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and module.weight.grad is not None
    }


def by_phase(values: np.ndarray, modulus: int) -> float:
    """Return how much the mean depends on a pixel's place modulo a number.

    Parameters
    ----------
    values
        Shape (channels, H, W), H and W multiples of the modulus.
    modulus
        Pixels whose row and column leave the same remainders are averaged.

    Returns
    -------
    float
        The root of the mean squared distance of these averages from the mean of all, the
        channels added up: 0 without a pattern.
    """
    c, height, width = values.shape
    tiles = values.reshape(c, height // modulus, modulus, width // modulus, modulus)
    phases = tiles.mean(axis=(1, 3))
    departures = phases - phases.mean(axis=(1, 2), keepdims=True)
    return float(np.sqrt((departures**2).mean(axis=(1, 2)).sum()))


@torch.inference_mode()
def on_even_gray(
    network: nn.Module, levels: Sequence[float] = LEVELS, size: int = 384, kept: int = 64
) -> np.ndarray:
    """Return ab that a network gives to even gray surfaces, far from their borders.

    Shape (levels, 2, kept, kept). Whatever is not constant is the network's own pattern.
    """
    network.eval()
    cut = (size - kept) // 2
    pieces = []
    for level in levels:
        L = torch.full((1, 1, size, size), level)
        answer = network(L)
        ab = _measuring.enlarged(answer[0] if isinstance(answer, tuple) else answer, L)
        pieces.append(ab[0, :, cut : cut + kept, cut : cut + kept].numpy())
    return np.stack(pieces).astype(np.float64)


def pattern(network: nn.Module, levels: Sequence[float] = LEVELS) -> dict[str, Any]:
    """Measure the pattern on even gray surfaces, in units of ab, for each modulus."""
    surfaces = on_even_gray(network, levels)
    return {
        "by_phase": {
            str(m): float(np.mean([by_phase(surface, m) for surface in surfaces])) for m in MODULI
        }
    }


def look(network: nn.Module, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a network paints, and its mean error at each pixel.

    Returns
    -------
    painted : numpy.ndarray
        uint8 of the shape of the images.
    error : numpy.ndarray
        Predicted minus true ab, the mean of all pictures, shape (2, H, W). A network that
        minimizes the squared error and could answer anything has none anywhere.
    """
    painted: list[np.ndarray] = []
    total = torch.zeros(2, *images.shape[1:3], dtype=torch.float64)
    for L, ab, _ in _measuring.answers(network, images):
        start = len(painted) * _measuring.BATCH
        true = targets(images[start : start + len(L)], 1)[1]
        total += (_measuring.enlarged(ab, L) - true).double().sum(dim=0)
        painted.append(_measuring.paint(L, ab))
    return np.concatenate(painted), (total / len(images)).numpy()


def phases_of_error(error: np.ndarray) -> dict[str, Any]:
    """Return the pattern in the mean error, in the middle half of the pictures, and at the rim."""
    quarter = error.shape[1] // 4
    middle = error[:, quarter:-quarter, quarter:-quarter]
    rim = np.ones(error.shape[1:], dtype=bool)
    rim[1:-1, 1:-1] = False
    return {
        "by_phase": {str(m): by_phase(middle, m) for m in MODULI if middle.shape[1] // m >= 2},
        "middle": float(np.sqrt((middle**2).sum(axis=0).mean())),
        "rim": float(np.sqrt((error[:, rim] ** 2).sum(axis=0).mean())),
    }


def phase_sums(network: SeriesNet) -> list[float]:
    """Return, for each transposed layer, how unequal the four phase sums of its kernels are.

    It is the spread of a kernel's four sums over their root mean square, both taken over all
    kernels: 0 for kernels that leave a constant constant, 1 where the sums cancel.
    """
    found = []
    for layer in network.decoder:
        weight = layer[0].weight.detach()  # type: ignore[index]
        sums = weight.reshape(*weight.shape[:2], 2, 2, 2, 2).sum(dim=(2, 4)).flatten(2)
        spread = sums.var(dim=2, unbiased=False).mean().sqrt()
        found.append(float(spread / sums.square().mean().sqrt()))
    return found


@torch.inference_mode()
def bottleneck(network: SeriesNet, images: np.ndarray) -> dict[str, Any]:
    """Look at the two channels that pass a ReLU before the last layer.

    Returns
    -------
    dict
        `zero`: for each channel, at which share of all pixels it is 0. `both_zero`: at which
        share both are; color depends on lightness alone there. `dead`: how many are 0 everywhere.
        `directions`: for each channel, the ab that one unit of it adds where it is even.
        `degrees`: the angle between the two. `outside`: for how many pixels the true color is
        none that even maps can give, because a channel would have to be negative.
    """
    kept: list[Tensor] = []
    hook = network.decoder[-1].register_forward_hook(lambda *given: kept.append(given[2]))
    for _ in _measuring.answers(network, images):
        pass
    hook.remove()
    zero = torch.cat([maps == 0 for maps in kept])
    sums = 100 * network.last.weight.detach().sum(dim=(2, 3))
    L, ab = targets(images, 1)
    assert network.last.bias is not None
    offset = 100 * network.last.bias.detach()
    rest = ab - offset.reshape(1, 2, 1, 1) - sums[:, 2].reshape(1, 2, 1, 1) * L / 100
    needed = torch.linalg.solve(sums[:, :2], rest.permute(1, 0, 2, 3).flatten(1))
    shares = zero.double().mean(dim=(0, 2, 3))
    cosine = nn.functional.cosine_similarity(sums[:, 0], sums[:, 1], dim=0).clamp(-1, 1)
    return {
        "zero": shares.tolist(),
        "both_zero": float(zero.all(dim=1).double().mean()),
        "dead": int((shares == 1).sum()),
        "directions": sums[:, :2].T.tolist(),
        "degrees": float(cosine.acos().rad2deg()),
        "outside": float((needed < 0).any(dim=0).double().mean()),
    }


def seeded(step: Step, seed: int) -> nn.Module:
    """Build a step's network from a seed."""
    torch.manual_seed(seed)
    return step.build()


def as_fast(step: Step) -> Step:
    """Return the first step with the same network and precision: the optimizer costs nothing."""
    return next(
        other
        for other in (*STEPS, *CONTROLS)
        if (other.build, other.recipe.bfloat16) == (step.build, step.recipe.bfloat16)
    )


def measure_rates(images: np.ndarray, rounds: int = 4, steps: int = 5) -> dict[str, float]:
    """Return how many pictures a second of processor time each network learns from.

    Each trains for a few steps, then the next, and so on in rounds; the first step of a visit,
    in which memory is laid out, is not counted. The median of the rounds is taken.
    """
    timed = [step for step in (*STEPS, *CONTROLS) if as_fast(step) is step]
    found: dict[str, list[float]] = {step.name: [] for step in timed}
    for turn in range(rounds):
        for step in timed:
            start: list[float] = []

            def done(taken: int, start: list[float] = start) -> float:
                if taken == 1:
                    start.append(time.process_time())
                return taken / (steps + 1)

            network = seeded(step, turn)
            _measuring.train(network, images, step.recipe, turn, done, step.scale)
            seconds = time.process_time() - start[0]
            found[step.name].append(steps * step.recipe.batch / seconds)
    return {name: float(np.median(rates)) for name, rates in found.items()}


def run(step: Step, seed: int, images: np.ndarray, steps: int) -> dict[str, Any]:
    """Train a step's network for so many steps and keep its weights."""
    network = seeded(step, seed)
    start = time.process_time()
    seen = _measuring.train(
        network, images, step.recipe, seed, lambda taken: taken / steps, step.scale
    )
    seconds = time.process_time() - start
    path = weights_path(step, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), path)
    return {"pictures_seen": seen, "cpu_seconds": round(seconds, 1)}


def weights_path(step: Step, seed: int) -> Path:
    """Name the file in which a trained network's weights are."""
    return BUILD / f"{re.sub(r'[^A-Za-z0-9]+', '-', step.name)}-{seed}.pt"


def trained(step: Step, seed: int) -> nn.Module:
    """Return a step's network as it was trained."""
    network = step.build()
    network.load_state_dict(torch.load(weights_path(step, seed), weights_only=True))
    return network.eval()


def scores(truth: np.ndarray, made: np.ndarray) -> dict[str, float]:
    """Return the measures that the table of the steps has."""
    psnr = metrics.psnr(truth, made)
    return {
        "psnr": psnr,
        "rgb_mse": 10 ** (-psnr / 10),
        "ab_error": metrics.ab_error(truth, made),
        "colorfulness": metrics.colorfulness(made),
    }


def judge(step: Step, seed: int, pictures: Pictures) -> dict[str, Any]:
    """Judge a trained network, and measure the patterns that it makes."""
    network, test = trained(step, seed), pictures.test[:JUDGED]
    choosing = _measuring.painted(network, pictures.choosing)
    made, error = look(network, test)
    found = {
        "test": scores(test, made),
        "choosing_psnr": metrics.psnr(pictures.choosing, choosing),
        "on_even_gray": pattern(network),
        "mean_error": phases_of_error(error),
    }
    if step.recipe.classification:
        found["vivid"] = vivid(network, pictures, step.recipe.rebalancing)
    if step.build is SeriesNet:
        assert isinstance(network, SeriesNet)
        found["bottleneck"] = bottleneck(network, test[:2_000])
        found["phase_sums"] = phase_sums(network)
    return dict(_measuring.rounded(found))


def vivid(network: nn.Module, pictures: Pictures, power: float) -> dict[str, Any]:
    """Choose how to decode the distribution on the pictures set aside, and judge that."""
    few = pictures._replace(choosing=pictures.choosing[:500])
    chosen = cifar.choose(cifar.measure_grid(network, few, power))
    weights = cifar.rebalanced(pictures.train, chosen["power"], power)
    test = pictures.test[:JUDGED]
    made = _measuring.painted(network, test, cifar.decoder(weights, chosen["temperature"]))
    return {"chosen": chosen, "test": scores(test, made)}


def describe_networks() -> dict[str, Any]:
    """Count what the series' network and ours consist of, for pictures of 32×32."""
    described: dict[str, Any] = {
        name: {
            "layers": layers(network),
            "parameters": sum(p.numel() for p in network.parameters()),
            "multiply_adds": multiply_adds(network),
        }
        for name, network in (("SeriesNet", SeriesNet()), ("Colorizer", Colorizer(WIDTHS)))
    }
    described["untouched"] = {
        str(size): untouched(SeriesNet(), size)["dilated.0.0"] for size in (32, 64)
    }
    return described


def measure_frame(pictures: Pictures, tens: int = 20_000) -> dict[str, Any]:
    """Say what an error means on these pictures: gray's, that of ten pictures, the ceilings."""
    test = pictures.test[:JUDGED]
    gray = _measuring.gray(test)
    squares = ((gray.astype(np.float64) - test) ** 2).mean(axis=(1, 2, 3)) / 255**2
    rng = np.random.default_rng(0)
    means = squares[rng.integers(0, len(squares), (tens, SHOWN))].mean(axis=1)
    chosen_color = _measuring.mean_color(pictures.train)
    found = {
        "published": {"pictures": SHOWN, **PUBLISHED},
        "gray": scores(test, gray),
        "mean_ab": scores(test, _measuring.evenly(test, chosen_color)),
        "true_colorfulness": metrics.colorfulness(test),
        "true_ab_of_half_size": scores(test, _measuring.true_color(test, 2)),
        "gray_tens": {
            "drawn": tens,
            "rgb_mse_percentiles": dict(
                zip(("5", "50", "95"), np.percentile(means, [5, 50, 95]).tolist(), strict=True)
            ),
            "at_most_published_mean": float((means <= PUBLISHED["mean"]).mean()),
        },
    }
    return dict(_measuring.rounded(found))


def arrays() -> dict[str, Any]:
    """Return small arrays to draw: one pattern of the series' network, and of ours."""
    found = {}
    for step in (STEPS[0], STEPS[-1]):
        surface = on_even_gray(trained(step, SEEDS[0]), [50.0])[0, :, :32, :32]
        found[step.name] = np.round(surface - surface.mean(axis=(1, 2), keepdims=True), 2).tolist()
    return {"on_even_gray": found, "L": 50.0}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return mean, least and most."""
    return {"mean": float(np.mean(values)), "least": min(values), "most": max(values)}


def table(
    steps: Sequence[Step], progress: Progress, rates: dict[str, float]
) -> list[dict[str, Any]]:
    """Put what is measured so far into rows, with each one's gain over the one it comes after."""
    rows: list[dict[str, Any]] = []
    for step in steps:
        judged = judgments(step.name, progress)
        if not judged:
            continue
        runs = [progress.values[f"run {step.name} {seed}"] for seed in judged]
        before = judgments(step.after, progress)
        gains = {
            part: [
                _psnr(found, part) - _psnr(before[seed], part)
                for seed, found in judged.items()
                if seed in before
            ]
            for part in ("test", "choosing")
        }
        network = step.build()
        rows.append(
            {
                "step": step.name,
                "after": step.after,
                "recipe": asdict(step.recipe),
                "parameters": sum(p.numel() for p in network.parameters()),
                "multiply_adds": multiply_adds(network),
                "pictures_a_second": rates[as_fast(step).name],
                "pictures_seen": runs[0]["pictures_seen"],
                "cpu_seconds": [r["cpu_seconds"] for r in runs],
                "seeds": list(judged),
                "test": {
                    key: summary([found["test"][key] for found in judged.values()])
                    for key in ("psnr", "rgb_mse", "ab_error", "colorfulness")
                },
                "gain": {part: summary(values) for part, values in gains.items() if values},
                "on_even_gray": {
                    str(m): summary(
                        [found["on_even_gray"]["by_phase"][str(m)] for found in judged.values()]
                    )
                    for m in MODULI
                },
                "each": list(judged.values()),
            }
        )
    return list(_measuring.rounded(rows))


def judgments(name: str, progress: Progress) -> dict[int, dict[str, Any]]:
    """Return what is known of a step, by seed."""
    return {
        seed: progress.values[f"judge {name} {seed}"]
        for seed in SEEDS
        if f"judge {name} {seed}" in progress.values
    }


def _psnr(found: dict[str, Any], part: str) -> float:
    value: float = found["test"]["psnr"] if part == "test" else found["choosing_psnr"]
    return value


def measure(pictures: Pictures, progress: Progress, write: Callable[[str, Any], None]) -> None:
    """Measure everything, and write after each step."""
    write("networks", describe_networks())
    write("frame", progress("frame", measure_frame, pictures))
    rates = progress("rates", measure_rates, pictures.train)
    wanted = [(step, seed) for seed in SEEDS for step in STEPS]
    wanted += [(step, SEEDS[0]) for step in CONTROLS]
    for step, seed in wanted:
        pictures_seen = SECONDS * step.times * rates[as_fast(step).name]
        steps = max(1, int(pictures_seen / step.recipe.batch))
        progress(f"run {step.name} {seed}", run, step, seed, pictures.train, steps)
        progress(f"judge {step.name} {seed}", judge, step, seed, pictures)
        write("steps", table(STEPS, progress, rates))
        write("controls", table(CONTROLS, progress, rates))
        print(f"{step.name}, seed {seed}", flush=True)
        if step is STEPS[-1]:
            write("arrays", progress("arrays", arrays))


def main() -> None:
    """Measure, or go on with it."""
    argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0]).parse_args()
    torch.set_num_threads(1)
    pictures = _measuring.read()
    described = _measuring.about("benchmarks/colorize/series.py", pictures, SEEDS)
    described |= {"seconds": SECONDS, "judged": JUDGED}
    conditions = [described["data_sha256"], SECONDS, JUDGED, asdict(ADAM), asdict(ADAMW)]
    progress = Progress(BUILD / "progress.jsonl", conditions)
    measure(
        pictures,
        progress,
        lambda part, found: _measuring.keep(RESULTS, described, part, found),
    )


if __name__ == "__main__":
    main()
