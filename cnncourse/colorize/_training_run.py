"""All of a training: pictures, settings, network, logs, and the file with which others color."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skimage.color import lab2rgb, rgb2lab
from tqdm import tqdm

from cnncourse import __version__
from cnncourse.colorize import _hardware, export, metrics
from cnncourse.colorize._checkpoints import fingerprint, written_whole
from cnncourse.colorize._distributed import Workers, joined
from cnncourse.colorize._logs import Bar, Log, Tables, TensorBoard
from cnncourse.colorize._training_data import from_folder, split
from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.pictures import shown
from cnncourse.colorize.train import Settings, color_weights, faithful_psnr, train

CIFAR10 = "cifar10"
TEMPERATURE = 0.38  # of the vivid head, as in Zhang, Isola and Efros 2016
SHOWN = 100_000  # pictures that a training shows, unless the number of epochs is given
VALIDATION = (0.1, 1_000)  # a share, and how many at most


class Stopped(Exception):
    """A training was asked to stop, and can go on; the message says where it is."""


@dataclass(frozen=True)
class Options:
    """What a training is begun with; all of it is chosen, nothing is left to defaults.

    Attributes
    ----------
    data
        ``"cifar10"``, or the absolute path of a folder of pictures.
    start
        The name or path of the checkpoint whose weights it begins with.
    size
        Of the pictures, in pixels.
    widths
        Of the network.
    validation
        The share of the pictures that is kept aside.
    patience
        In epochs; 0 never stops.
    settings
        Of :func:`cnncourse.colorize.train.train`.
    """

    data: str
    start: str | None
    size: int
    widths: tuple[int, ...]
    validation: float
    patience: int
    settings: Settings


def run(
    given: Mapping[str, Any],
    folder: Path,
    *,
    resume: bool = False,
    device: str = "auto",
    compiled: bool = False,
) -> None:
    """Train a colorizer and leave it in a folder, with all that was noted on the way.

    Parameters
    ----------
    given
        Some of ``data``, ``start``, ``epochs``, ``batch``, ``lr``, ``widths``, ``size``,
        ``classification``, ``validation``, ``patience``, ``seed`` and ``precision``, as the command
        takes them; the rest is chosen.
    folder
        Made if missing.
    resume
        Go on with the training in the folder; what is not given is as it was.
    device
        As for :func:`cnncourse.colorize._hardware.choose_device`.
    compiled
        As for :func:`cnncourse.colorize.train.train`.

    Raises
    ------
    ValueError
        If something does not fit: the message is for whoever gave it.
    Stopped
        If it was interrupted.
    """
    machine = _hardware.choose_device(device)
    _hardware.make_repeatable(machine)
    with joined(machine) as workers:
        checkpoint = folder / "checkpoint.pt"
        say = _say if workers.first else _say_nothing
        known = workers.from_first(_begun_with(folder, resume) if workers.first else {})
        known.update(given)
        images, word = _pictures(known, say, workers)
        options = _choose(known, len(images), machine)
        settings = options.settings
        learned, aside = split(images, options.validation, settings.seed)
        weights = color_weights(learned, settings.rebalancing)
        network = _network(options, weights, fresh=not resume).to(machine)
        flops = _hardware.flops_a_picture(network, options.size)
        steps = settings.epochs * (len(learned) // settings.batch)
        if workers.first:
            folder.mkdir(parents=True, exist_ok=True)
            if not resume:
                _write_json(folder / "options.json", asdict(options))
        count = sum(parameter.numel() for parameter in network.parameters())
        say(
            f"{len(learned):,} pictures to learn from and {len(aside):,} to judge by, "
            f"{options.size} × {options.size}; a network of {count / 1e6:.2f} million weights; "
            f"{settings.epochs} epochs, {steps:,} steps; on {machine}, in {_precision(settings)}."
        )
        if len(learned) < 1_000 and options.start is None and not resume:
            say(
                "That is few for a network that knows nothing yet: --start photographs goes on "
                "from the course's own."
            )
        patience = options.patience if options.patience and len(aside) else None
        logs = _logs(folder, steps, settings, say) if workers.first else []
        try:
            history = train(
                network,
                learned,
                settings,
                checkpoint=checkpoint,
                progress=lambda curve, history: _tell(logs, curve, history),
                report=lambda line: say(_epoch(line, settings, len(learned))),
                judge=lambda trained: {"psnr": faithful_psnr(trained, aside)} if len(aside) else {},
                patience=patience,
                compiled=compiled,
            )
        except KeyboardInterrupt:
            if workers.first and not checkpoint.exists():
                raise
            raise Stopped(f"Stopped; {shown(checkpoint)} keeps what was learned.") from None
        finally:
            for log in logs:
                log.close()
        if not workers.first:
            return
        rate = _rate(history, settings, len(learned))
        record = {
            "data": word,
            "pictures": len(learned),
            "validation_pictures": len(aside),
            "data_sha256": fingerprint(images),
            "size": options.size,
            "start": options.start,
            "seed": settings.seed,
            "version": __version__,
            "commit": _commit(),
            "settings": asdict(settings),
            "processes": workers.count,
            "hardware": _hardware.describe(machine),
            "pictures_a_second": rate,
            "flops_a_picture": flops,
            **_utilization(machine, settings, rate * flops / workers.count),
        }
        if len(aside):
            record["psnr"] = faithful_psnr(network, aside)
            record["psnr_of_gray"] = _psnr_of_gray(aside)
        result = folder / "colorizer.safetensors"
        export.save(network, result, record | _take_back(network, weights, settings))
        _write_json(folder / "record.json", record | {"history": history})
        say(_summary(record, options, history, result))


def _begun_with(folder: Path, resume: bool) -> dict[str, Any]:
    """Return what the training in the folder was begun with, as it would be given again."""
    there = (folder / "checkpoint.pt").exists() and (folder / "options.json").exists()
    if there and not resume:
        raise ValueError(
            f"{shown(folder)} holds a training already; --resume goes on with it, and -o names "
            "another folder"
        )
    if not resume:
        return {}
    if not there:
        raise ValueError(f"{shown(folder)} holds no training that could be resumed")
    stored = json.loads((folder / "options.json").read_text())
    settings = Settings(**stored.pop("settings"))
    for name in ("epochs", "batch", "lr", "classification", "seed"):
        stored[name] = getattr(settings, name)
    stored["precision"] = _precision(settings)
    stored["widths"] = ",".join(str(width) for width in stored["widths"])
    return {name: value for name, value in stored.items() if value is not None}


def _pictures(
    known: dict[str, Any], say: Callable[[str], None], workers: Workers
) -> tuple[np.ndarray, str]:
    """Return all pictures, and a word for where they are from."""
    data = known.get("data")
    if data is None:
        raise ValueError("Name what to train with: a folder of color photographs, or cifar10")
    if data == CIFAR10:
        from cnncourse.data import cifar10

        if known.setdefault("size", 32) != 32:
            raise ValueError(f"size is {known['size']}, and CIFAR-10's pictures are 32 × 32")
        return cifar10("train").images, "CIFAR-10"
    folder = Path(data).expanduser().resolve()
    if not folder.is_dir():
        raise ValueError(
            f"{shown(Path(data))} is no folder; name a folder of color photographs, or cifar10"
        )
    known["data"] = str(folder)
    known.setdefault("size", 64)
    return from_folder(folder, known["size"], say, hidden=None if workers.first else True), (
        f"the folder {folder.name}"
    )


def _choose(known: Mapping[str, Any], count: int, machine: torch.device) -> Options:
    """Choose what was not given, for so many pictures."""
    photographs = known["data"] != CIFAR10
    share, most = VALIDATION
    validation = known.get("validation", min(share, most / count))
    # As many as `split` will leave.
    left = count - (max(1, round(validation * count)) if validation else 0)
    start = known.get("start")
    widths = _widths(known.get("widths"), start, photographs)
    size = known["size"]
    if size % 2 ** len(widths):
        raise ValueError(
            f"size is {size}, and a network of {len(widths)} widths needs a multiple of "
            f"{2 ** len(widths)}"
        )
    epochs = known.get("epochs", min(max(SHOWN // max(left, 1), 12), 200))
    batch = known.get("batch", min(max(2 ** int(math.log2(max(left, 8) / 8)), 4), 64))
    precision = _hardware.choose_precision(known.get("precision", "auto"), machine)
    settings = Settings(
        epochs=epochs,
        batch=batch,
        lr=known.get("lr", 2e-3 if start is None else 5e-4),
        classification=known.get("classification", 0.1),
        every=2 if size >= 64 else 1,
        zoom=0.6 if photographs else 1.0,
        bfloat16=precision == "bfloat16",
        float16=precision == "float16",
        seed=known.get("seed", 0),
    )
    patience = known.get("patience", math.ceil(epochs / 3))
    return Options(known["data"], start, size, widths, validation, patience, settings)


def _widths(text: str | None, start: str | None, photographs: bool) -> tuple[int, ...]:
    if text is not None:
        return _parsed(text)
    if start is not None:
        return tuple(export.load(start)[1]["widths"])
    return (32, 64, 128, 176) if photographs else (64, 128, 192)


def _parsed(text: str) -> tuple[int, ...]:
    try:
        widths = tuple(int(width) for width in text.split(","))
    except ValueError:
        widths = ()
    if not widths or min(widths) < 1:
        raise ValueError(f"widths are {text!r}; they should be whole numbers, such as 32,64,128")
    return widths


def _network(options: Options, weights: torch.Tensor, fresh: bool) -> Colorizer:
    """Return the network as it is before the first step; if not fresh, any of its kind."""
    torch.manual_seed(options.settings.seed)
    network = Colorizer(options.widths)
    if options.start is not None and fresh:
        found, metadata = export.load(options.start)
        if not isinstance(found, Colorizer) or found.widths != options.widths:
            raise ValueError(
                f"{options.start} holds a {metadata['model']} with widths {metadata['widths']}; it "
                f"should be a Colorizer with {list(options.widths)}"
            )
        network.load_state_dict(found.state_dict())
        _shift(network, weights.log())
    return network


def _take_back(network: Colorizer, weights: torch.Tensor, settings: Settings) -> dict[str, Any]:
    """Let the network predict probabilities, not how much they counted; say how to decode them.

    In the loss, rare colors weigh more. Whoever reads the distribution wants to know how probable
    a color is, so the weights are kept beside the network instead of in it.
    """
    if settings.classification == 0:
        return {}
    _shift(network, -weights.log())
    return {"temperature": TEMPERATURE, "rebalancing": weights.tolist()}


@torch.no_grad()
def _shift(network: Colorizer, logarithms: torch.Tensor) -> None:
    bias = network.distribution.bias
    assert bias is not None
    bias += logarithms.to(bias)


def _logs(folder: Path, steps: int, settings: Settings, say: Callable[[str], None]) -> list[Any]:
    logs: list[Any] = [Bar(steps, settings.batch, settings.epochs), Tables(folder)]
    try:
        logs.append(TensorBoard(folder / "tensorboard"))
    except ImportError:
        say(
            "TensorBoard is not installed, so history.csv and steps.csv are the only logs; "
            "'pip install tensorboard' changes that."
        )
    return logs


def _tell(logs: list[Log], curve: Any, history: Any) -> None:
    for log in logs:
        log(curve, history)


def _epoch(line: Mapping[str, Any], settings: Settings, count: int) -> str:
    judged = f", {line['psnr']:.2f} dB" if "psnr" in line else ""
    rate = _rate([line], settings, count)
    return (
        f"epoch {line['epoch']} of {settings.epochs}: loss {line['loss']:.3f}{judged}, "
        f"{rate:,.0f} pictures a second"
    )


def _rate(history: Any, settings: Settings, count: int) -> float:
    """Return how many pictures a second were learned from."""
    pictures = len(history) * (count // settings.batch) * settings.batch
    return pictures / sum(line["seconds"] for line in history)


def _utilization(machine: torch.device, settings: Settings, flops: float) -> dict[str, float]:
    """Measure a graphics card's peak here and now, and say what share of it was reached."""
    if machine.type != "cuda":
        return {}
    peak = _hardware.measured_peak(machine, _precision(settings))
    return {"measured_peak_flops": peak, "share_of_peak": flops / peak}


def _precision(settings: Settings) -> str:
    if settings.bfloat16:
        return "bfloat16"
    return "float16" if settings.float16 else "float32"


def _psnr_of_gray(images: np.ndarray) -> float:
    lab = rgb2lab(images)
    lab[..., 1:] = 0
    return metrics.psnr(images, (lab2rgb(lab) * 255).round().astype(np.uint8))


def _summary(record: Mapping[str, Any], options: Options, history: Any, result: Path) -> str:
    lines = []
    if len(history) < options.settings.epochs:
        lines.append(f"No better for {options.patience} epochs, so it ends here, with the best.")
    if "psnr" in record:
        lines.append(
            f"The faithful head is right to {record['psnr']:.2f} dB on the "
            f"{record['validation_pictures']:,} pictures kept aside; gray would be to "
            f"{record['psnr_of_gray']:.2f} dB."
        )
    if "share_of_peak" in record:
        lines.append(
            f"{record['pictures_a_second']:,.0f} pictures a second, "
            f"{100 * record['share_of_peak']:.1f} % of what the card does at best."
        )
    head = "" if options.settings.classification else " --head faithful"
    lines.append(f"Color with it:\n    cnncourse colorize PHOTO --checkpoint {result}{head}")
    return "\n".join(lines)


def _commit() -> str | None:
    """Return the commit of the course's code, if this is a clone of its repository."""
    with suppress(OSError):
        found = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
        )
        return found.stdout.strip() or None
    return None


def _write_json(path: Path, content: Any) -> None:
    with written_whole(path) as file:
        file.write((json.dumps(content, indent=1) + "\n").encode())


def _say(text: str) -> None:
    """Print above a progress bar."""
    tqdm.write(text)


def _say_nothing(text: str) -> None:
    """Stand in for printing, in all processes but the first."""
