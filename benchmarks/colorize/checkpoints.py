"""Train the networks that ship with the course.

python -m benchmarks.colorize.checkpoints cifar10 FOLDER
python -m benchmarks.colorize.checkpoints photographs FOLDER

Both read their pictures from the folder that CNNCOURSE_DATA names: cifar10.npz, as
`cnncourse.data.cifar10` keeps it, and tinyimagenet64.npz, Tiny ImageNet's 64×64 photographs as
JPEG files one behind the other (`data`, bytes; `off`, where each begins, and the end; `ntrain`,
how many at the front are for training). A network learns in up to three stages. In the first it
also learns from the other set, at its own size, and sees it jittered; then it goes on with its own
pictures, nearly as they are, at a lower rate and mostly for the faithful head. FOLDER receives the
state of each stage after every epoch (stopped, it goes on from there) and the history;
benchmarks.colorize.photographs and benchmarks.colorize.cifar measure what came out. One processor
core takes about an hour and a half for each.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from tqdm import tqdm

from benchmarks.convolution import surroundings
from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.train import Settings, faithful_psnr, train
from cnncourse.data import cache_folder, cifar10

HELD_OUT = 2_000  # of CIFAR-10's training pictures: settings are chosen with them
WIDTHS = {"cifar10": (64, 128, 192), "photographs": (32, 64, 128, 176)}
COMMON: dict[str, Any] = {"average": 0.999, "weight_decay": 0.05, "bfloat16": True}


class Stage(NamedTuple):
    """A part of a training: with the other set's pictures or without, and how."""

    mixed: bool
    settings: Settings


STAGES = {
    "cifar10": (
        Stage(True, Settings(epochs=12, zoom=0.7, jitter=0.25, **COMMON)),
        Stage(
            False,
            Settings(
                epochs=8, lr=1e-3, zoom=0.85, jitter=0.1, classification=0.02, seed=1, **COMMON
            ),
        ),
        Stage(
            False,
            Settings(
                epochs=5, lr=6e-4, zoom=0.9, jitter=0.05, classification=0.02, seed=2, **COMMON
            ),
        ),
    ),
    "photographs": (Stage(True, Settings(epochs=10, every=2, zoom=0.6, jitter=0.25, **COMMON)),),
}


def tiny_imagenet() -> tuple[np.ndarray, np.ndarray]:
    """Return Tiny ImageNet's pictures for training and for choosing, uint8 (N, 64, 64, 3)."""
    with np.load(cache_folder() / "tinyimagenet64.npz") as file:
        packed, off, count = file["data"], file["off"], int(file["ntrain"])
    images = np.empty((len(off) - 1, 64, 64, 3), np.uint8)
    for number, (start, end) in enumerate(itertools.pairwise(off)):
        picture = Image.open(io.BytesIO(packed[start:end].tobytes()))
        images[number] = np.asarray(picture.convert("RGB"))
    return images[:count], images[count:]


def pictures(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures for training and those for choosing."""
    if name == "photographs":
        return tiny_imagenet()
    images = cifar10("train").images
    return images[:-HELD_OUT], images[-HELD_OUT:]


def training_pictures(name: str, mixed: bool = True) -> np.ndarray:
    """Return the pictures to learn from: if mixed, also the other data set's, at this one's size.

    Either set alone is learned by heart before its colors are learned well.
    """
    own, _ = pictures(name)
    if not mixed:
        return own
    if name == "cifar10":
        return np.concatenate([own, resized(tiny_imagenet()[0], 32)])
    return np.concatenate([own, resized(pictures("cifar10")[0][::2], 64)])


def resized(images: np.ndarray, size: int) -> np.ndarray:
    """Return square pictures at another size."""
    rgb = torch.as_tensor(images).permute(0, 3, 1, 2)
    pieces = [
        functional.interpolate(piece.float(), size=(size, size), mode="bicubic", antialias=True)
        .round()
        .clamp(0, 255)
        .to(torch.uint8)
        for piece in rgb.split(1_000)
    ]
    return torch.cat(pieces).permute(0, 2, 3, 1).contiguous().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name", choices=list(WIDTHS))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    stages = STAGES[arguments.name]
    choosing = pictures(arguments.name)[1][:1_000]
    torch.manual_seed(stages[0].settings.seed)
    network = Colorizer(WIDTHS[arguments.name])
    history: list[dict[str, Any]] = []
    for number, (mixed, settings) in enumerate(stages, start=1):
        epochs = train(
            network,
            training_pictures(arguments.name, mixed),
            settings,
            checkpoint=arguments.folder / f"{arguments.name}.{number}.pt",
            report=lambda line: tqdm.write(json.dumps(line)),
            judge=lambda trained: {"psnr": faithful_psnr(trained, choosing)},
        )
        history += [{"stage": number, **epoch} for epoch in epochs]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    record = {
        "about": surroundings() | {"commit": commit.strip(), "threads": torch.get_num_threads()},
        "settings": asdict(stages[-1].settings),
        "stages": [{"mixed": mixed, **asdict(settings)} for mixed, settings in stages],
        "widths": WIDTHS[arguments.name],
        "history": history,
    }
    (arguments.folder / f"{arguments.name}.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
