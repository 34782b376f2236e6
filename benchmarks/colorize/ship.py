"""Make a checkpoint of the package from a training that has ended.

python -m benchmarks.colorize.ship cifar10 FOLDER
python -m benchmarks.colorize.ship photographs FOLDER

FOLDER is the one that benchmarks.colorize.checkpoints has written to. Three things happen on the
way. Batch norm's means and variances are taken anew over the training pictures as they are: those
of the training belong to jittered pictures and to weights before the last. The weights that rare
colors had in the loss are taken back (they are subtracted, as logarithms, from the last layer's
bias), so that the shipped network predicts how probable each color is, and not how much it
counted. And the vivid head's temperature and rebalancing are chosen on the pictures that were held
out of the training: the highest PSNR among the settings that are at least COLORFUL times as
colorful as the true pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, update_bn

from benchmarks.colorize import _measuring, checkpoints, cifar
from cnncourse.colorize import export, metrics
from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.train import Settings, color_weights, targets

COLORFUL = 0.83
JUDGED_ON = 500  # of the pictures that were held out
# The network sees a copy with about this many pixels on a side. For photographs it was chosen by
# benchmarks.colorize.photographs; at 32 CIFAR-10's pictures are seen as they are.
SIZES = {"cifar10": 32, "photographs": 96}
TERMS = (
    "CIFAR-10 has no explicit license, and research and teaching use is customary; Tiny ImageNet "
    "has ImageNet's terms: research and education, not commercial"
)
TRAINED_ON = {
    "cifar10": "CIFAR-10 and Tiny ImageNet",
    "photographs": "Tiny ImageNet and CIFAR-10",
}


def trained(name: str, folder: Path) -> tuple[Colorizer, dict[str, Any]]:
    """Return the network as it was after its last epoch, and the record of its training."""
    last = len(checkpoints.STAGES[name])
    saved = torch.load(folder / f"{name}.{last}.pt", weights_only=True)
    network = Colorizer(checkpoints.WIDTHS[name])
    network.load_state_dict(saved["network"])
    if saved["average"] is not None:
        averaged = AveragedModel(network, use_buffers=True)
        averaged.load_state_dict(saved["average"])
        network.load_state_dict(averaged.module.state_dict())
    record = {"settings": saved["settings"], "history": saved["history"]}
    finished = folder / f"{name}.json"
    if finished.exists():
        record = json.loads(finished.read_text())
    return network.eval(), record


def lightness(images: np.ndarray) -> Iterator[Tensor]:
    """Yield what a network sees of the pictures, every second batch mirrored."""
    for number, start in enumerate(range(0, len(images), _measuring.BATCH)):
        L, _ = targets(images[start : start + _measuring.BATCH])
        yield L.flip(3) if number % 2 else L


@torch.no_grad()
def take_back_weights(network: Colorizer, images: np.ndarray, settings: Settings) -> None:
    """Let the last layer predict plain probabilities, though rare colors counted more."""
    bias = network.distribution.bias
    assert bias is not None
    bias -= color_weights(images, settings.rebalancing).log()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name", choices=list(checkpoints.WIDTHS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, default=export.CHECKPOINTS)
    arguments = parser.parse_args()
    name = arguments.name
    network, record = trained(name, arguments.folder)
    settings = Settings(**record["settings"])
    everything, held_out = checkpoints.training_pictures(name), checkpoints.pictures(name)[1]
    mixed = checkpoints.STAGES[name][-1].mixed
    images = everything if mixed else checkpoints.training_pictures(name, mixed)
    update_bn(lightness(images), network)
    network.eval()
    take_back_weights(network, images, settings)
    choosing = held_out[:JUDGED_ON]
    rows = cifar.measure_grid(network, _measuring.Pictures(images, choosing, choosing), trained=0)
    wanted = COLORFUL * metrics.colorfulness(choosing)
    chosen = max(
        (row for row in rows if row["colorfulness"] >= wanted),
        key=lambda row: row["psnr"],
        default=max(rows, key=lambda row: row["colorfulness"]),
    )
    weights = color_weights(images, chosen["power"])
    arguments.output.mkdir(parents=True, exist_ok=True)
    metadata = {
        "name": name,
        "trained_on": TRAINED_ON[name],
        "terms": TERMS,
        "data_sha256": hashlib.sha256(everything.tobytes()).hexdigest(),
        **record,
        "size": SIZES[name],
        "temperature": chosen["temperature"],
        "power": chosen["power"],
        "rebalancing": [float(f"{weight:.4g}") for weight in weights.tolist()],
        "chosen": chosen | {"wanted": round(wanted, 2), "on": f"{JUDGED_ON} pictures held out"},
    }
    export.save(network, arguments.output / f"{name}.safetensors", metadata)
    print(json.dumps(chosen), json.dumps(record["history"][-1]))


if __name__ == "__main__":
    main()
