"""The command `cnncourse train-colorizer`: what it takes, and what it says."""

from __future__ import annotations

import os
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Device(StrEnum):
    """What computes."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Precision(StrEnum):
    """In what convolutions are computed."""

    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


def train_colorizer(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="A folder of color photographs of any size, or the word cifar10.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Where the trained network, the checkpoint and the logs go; made if missing.",
        ),
    ] = Path("colorizer"),
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the training in FOLDER, exactly where it stopped. All other options "
            "are those it was begun with; none need be given.",
        ),
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Begin with the weights of a trained network, such as the course's photographs, "
            "instead of random ones. Advisable with fewer than some thousand pictures.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Passes through all pictures. Without it, as many as show about 100,000 "
            "pictures: from 12 to 200.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Pictures in a step. Without it, an eighth of all, from 4 to 64.",
            show_default=False,
        ),
    ] = None,
    lr: Annotated[
        float | None,
        typer.Option(
            help="The highest learning rate. Without it 0.002, or 0.0005 with --start.",
            show_default=False,
        ),
    ] = None,
    widths: Annotated[
        str | None,
        typer.Option(
            metavar="W,W,…",
            help="Channels at a half, a quarter, … of the size. Without it 64,128,192 for CIFAR-10 "
            "and 32,64,128,176 for photographs, about 2 million weights each.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=8,
            metavar="PIXELS",
            help="Photographs are cut to squares and brought to PIXELS × PIXELS. Without it 64. "
            "Colors are predicted small anyway: larger is slower, not sharper.",
            show_default=False,
        ),
    ] = None,
    classification: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="What the vivid head's loss counts beside the faithful head's. Without it 0.1; "
            "0 trains the faithful head alone.",
            show_default=False,
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(
            help="The share of the pictures that is not learned from, but judged by. Without it "
            "0.1, at most 1,000 pictures.",
            show_default=False,
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Stop after so many epochs that are no better on those, and keep the best. "
            "Without it, a third of all epochs; 0 never stops.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, help="The same seed, the same result. Without it 0.", show_default=False
        ),
    ] = None,
    device: Annotated[
        Device,
        typer.Option(
            help="What computes: auto takes a CUDA card, else an Apple one (mps), else the cpu."
        ),
    ] = Device.auto,
    precision: Annotated[
        Precision | None,
        typer.Option(
            help="Without it, the fastest that the device computes well in.", show_default=False
        ),
    ] = None,
    compiled: Annotated[
        bool,
        typer.Option(
            "--compile", help="Let torch.compile make the network faster; it takes a minute."
        ),
    ] = False,
) -> None:
    """Train a network that colors, on your own photographs or on CIFAR-10.

    FOLDER receives colorizer.safetensors, with which `cnncourse colorize --checkpoint` colors;
    history.csv and steps.csv; a folder for TensorBoard, if that is installed; record.json, which
    says how it all came about; and checkpoint.pt, from which --resume goes on. Ctrl-C stops at any
    time, and nothing is lost.

    Several graphics cards or machines share the work if PyTorch starts the command:
    `torchrun --nproc-per-node 2 -m cnncourse.cli train-colorizer DATA`.
    """
    from cnncourse.cli import torch_needed

    with torch_needed():
        from cnncourse.colorize import _training_run

    given = {
        "data": data,
        "start": start,
        "epochs": epochs,
        "batch": batch,
        "lr": lr,
        "widths": widths,
        "size": size,
        "classification": classification,
        "validation": validation,
        "patience": patience,
        "seed": seed,
        "precision": None if precision is None else precision.value,
    }
    try:
        _training_run.run(
            {name: value for name, value in given.items() if value is not None},
            output,
            resume=resume,
            device=device.value,
            compiled=compiled,
        )
    except _training_run.Stopped as stopped:
        if os.environ.get("RANK", "0") == "0":
            _say(f"{stopped} Go on with\n    {_same_again(output)}")
        raise typer.Exit(130) from None
    except (ValueError, OSError, FloatingPointError) as problem:
        _say(str(problem))
        raise typer.Exit(1) from None


def _same_again(output: Path) -> str:
    """Return the command that goes on with a training."""
    count = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    program = f"torchrun --nproc-per-node {count} -m cnncourse.cli" if count > 1 else "cnncourse"
    return f"{program} train-colorizer --resume -o {shlex.quote(str(output))}"


def _say(text: str) -> Any:
    from tqdm import tqdm

    encoding = sys.stderr.encoding or "utf-8"
    tqdm.write(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)
