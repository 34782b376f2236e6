"""Train the networks that ship with the course.

python -m benchmarks.colorize.checkpoints cifar10 FOLDER
python -m benchmarks.colorize.checkpoints photographs FOLDER

Both read their pictures from the folder that CNNCOURSE_DATA names: cifar10.npz, as
`cnncourse.data.cifar10` keeps it, and tinyimagenet64.npz, Tiny ImageNet's 64×64 photographs as
JPEG files one behind the other (`data`, bytes; `off`, where each begins, and the end; `ntrain`,
how many at the front are for training). Each network also learns from the other set, at its own
size. FOLDER receives the state of the training after every
epoch (stopped, it goes on from there) and its history; benchmarks.colorize.photographs and
benchmarks.colorize.cifar measure what came out. One processor core takes about an hour for each.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

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
COMMON: dict[str, Any] = {"jitter": 0.25, "average": 0.999, "bfloat16": True}
SETTINGS = {
    "cifar10": Settings(epochs=12, weight_decay=0.05, zoom=0.7, **COMMON),
    "photographs": Settings(epochs=10, weight_decay=0.05, every=2, zoom=0.6, **COMMON),
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


def training_pictures(name: str) -> np.ndarray:
    """Return all pictures to learn from: also the other data set's, at this one's size.

    Either set alone is learned by heart before its colors are learned well.
    """
    own, _ = pictures(name)
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
    settings = SETTINGS[arguments.name]
    training = training_pictures(arguments.name)
    choosing = pictures(arguments.name)[1][:1_000]
    torch.manual_seed(settings.seed)
    network = Colorizer(WIDTHS[arguments.name])
    history = train(
        network,
        training,
        settings,
        checkpoint=arguments.folder / f"{arguments.name}.pt",
        report=lambda line: tqdm.write(json.dumps(line)),
        judge=lambda trained: {"psnr": faithful_psnr(trained, choosing)},
    )
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    record = {
        "about": surroundings() | {"commit": commit.strip(), "threads": torch.get_num_threads()},
        "settings": asdict(settings),
        "widths": WIDTHS[arguments.name],
        "history": history,
    }
    (arguments.folder / f"{arguments.name}.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
