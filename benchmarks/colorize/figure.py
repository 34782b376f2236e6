"""Color the photographs that the figure `colorize` starts with, and make the page's graph.

python -m benchmarks.colorize.figure

From the checkpoint that ships, photographs.safetensors, it writes the graph with which a page runs
it, photographs.onnx beside it, and cnncourse/data/results/colorize_figure.json: each photograph as
a small JPEG, the network's predictions for it as maps of whole ab units (and half units of spread),
the scores, and small pictures for where no script runs. The same checkpoint gives the same files,
but for a unit here and there on another machine. `make figures` and `make notebooks` take the
results further.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import interpolate

from benchmarks.colorize import _measuring
from cnncourse.colorize import export, lab, losses, metrics
from cnncourse.data import PHOTOGRAPHS, photograph
from cnncourse.figures._png import png_url
from cnncourse.figures.colorize import LARGEST_SPREAD, spread_colors

CHECKPOINT = "photographs"
FILE = Path("cnncourse/data/results/colorize_figure.json")
SIDE = 288  # pixels of a stored photograph
SMALL = 144  # pixels of the pictures for where no script runs
WORKING_SIDE = 128  # pixels at which the network looks


@dataclass(frozen=True)
class Choice:
    """How a photograph is named, what it shows, and where the cursor stands at first."""

    label: str
    alt: str
    place: tuple[int, int]


CHOICES = {
    "astronaut": Choice(
        "Astronaut",
        "an astronaut in her suit smiles before a flag and the model of a rocket",
        (180, 157),
    ),
    "china": Choice(
        "Temple",
        "the curved roof of a temple before trees and a clear sky",
        (225, 70),
    ),
    "chelsea": Choice("Cat", "the face of a tabby cat fills the picture", (120, 100)),
    "coffee": Choice(
        "Coffee", "a cup of coffee on a saucer with a spoon, seen from above", (140, 140)
    ),
    "flower": Choice("Dahlia", "a dahlia in bloom, every petal sharp", (140, 140)),
    "camera": Choice(
        "Camera",
        "a photographer in a dark coat at his camera, on a lawn; the photograph was never in color",
        (230, 60),
    ),
}


def jpeg(rgb: np.ndarray, quality: int) -> bytes:
    """Encode 8-bit colors."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def url(content: bytes) -> str:
    """Return a JPEG file as a data: URL."""
    return "data:image/jpeg;base64," + base64.b64encode(content).decode("ascii")


def predict(
    network: nn.Module, metadata: dict[str, Any], L: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return faithful ab, vivid ab and spread at half the size at which the network looks."""
    with torch.inference_mode():
        small = interpolate(L, size=(WORKING_SIDE, WORKING_SIDE), mode="bilinear", antialias=True)
        faithful, logits = network(small)
        return faithful, export.vivid(logits, metadata), losses.spread(logits)


def levels(rgb: torch.Tensor) -> np.ndarray:
    """Return (1, 3, H, W) from 0 to 1 as uint8 of shape (H, W, 3)."""
    return rgb[0].permute(1, 2, 0).mul(255).round().to(torch.uint8).numpy()


def entry(name: str, network: nn.Module, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return all that the figure knows of a photograph."""
    chosen = CHOICES[name]
    pixels = photograph(name, size=(SIDE, SIDE))
    gray = bool((np.ptp(pixels, axis=2) == 0).all())
    file = jpeg((255 * pixels).round().astype(np.uint8), 80)
    truth = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    rgb = torch.tensor(truth).permute(2, 0, 1)[None] / 255
    L = lab.rgb_to_lab(rgb)[:, :1]
    faithful, vivid, spread = predict(network, metadata, L)
    maps = torch.cat([faithful + 128, vivid + 128, 2 * spread], dim=1)[0]
    rounded = maps.round().clamp(0, 255).to(torch.uint8)

    def colored(ab: torch.Tensor) -> np.ndarray:
        full = interpolate(ab, size=(SIDE, SIDE), mode="bilinear")
        return levels(lab.lab_to_rgb(torch.cat([L, full], dim=1)))

    stored = rounded.float()[None]
    pictures = {
        "gray": levels(lab.lab_to_rgb(torch.cat([L, 0 * L, 0 * L], dim=1))),
        "faithful": colored(stored[:, :2] - 128),
        "vivid": colored(stored[:, 2:4] - 128),
    }
    scores = {
        view: {
            "psnr": None if gray else round(metrics.psnr(truth[None], picture[None]), 2),
            "colorfulness": round(metrics.colorfulness(picture[None]), 1),
        }
        for view, picture in pictures.items()
    }
    if not gray:
        pictures["truth"] = truth
        scores["truth"] = {
            "psnr": None,
            "colorfulness": round(metrics.colorfulness(truth[None]), 1),
        }
    unsure = interpolate(stored[:, 4:] / 2, size=(SIDE, SIDE), mode="bilinear")[0, 0].numpy()
    steps = (255 * np.clip(unsure / LARGEST_SPREAD, 0, 1)).round().astype(np.uint8)
    pictures["spread"] = spread_colors()[steps]
    small = (SMALL, SMALL)
    return {
        "name": name,
        "label": chosen.label,
        "alt": chosen.alt,
        "credit": PHOTOGRAPHS[name].terms,
        "gray": gray,
        "place": list(chosen.place),
        "source": f'photograph("{name}", size=({SIDE}, {SIDE}))',
        "scores": scores,
        "spread": round(float(stored[:, 4:].mean()) / 2, 1),
        "size": list(rounded.shape[1:]),
        "maps": png_url(rounded.flatten(0, 1).numpy()),
        "src": url(file),
        "pictures": {
            view: url(jpeg(np.asarray(Image.fromarray(picture).resize(small)), 80))
            for view, picture in pictures.items()
        },
    }


def main() -> None:
    network, metadata = export.load(CHECKPOINT)
    file = export.checkpoint_path(CHECKPOINT)
    export.to_onnx(CHECKPOINT, file.with_suffix(".onnx"))
    found = {
        "about": {
            "script": "benchmarks/colorize/figure.py",
            "checkpoint_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "seed": metadata["settings"]["seed"],
            **_measuring.made_with(),
        },
        "photographs": [entry(name, network, metadata) for name in CHOICES],
    }
    FILE.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for each in found["photographs"]:
        print(f"{each['name']}: spread {each['spread']}, {each['scores']}")


if __name__ == "__main__":
    main()
