"""The state of a training in a file, complete enough to go on as if it had never stopped."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

FORMAT = 2  # of the file


@dataclass
class State:
    """All that changes during a training.

    Attributes
    ----------
    network, optimizer, scaler
        What learns. The scaler does nothing unless computing in float16.
    curve
        The loss of every step so far: as many as there are, so many steps are done.
    history
        A line for every finished epoch.
    best
        The weights of the best epoch so far, where there is a measure of it.
    seconds
        Spent so far on the epoch that is not finished.
    average
        The running mean of the weights, if one is kept.
    """

    network: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    curve: list[float] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Tensor] | None = None
    seconds: float = 0.0
    average: AveragedModel | None = None


@dataclass
class Keeper:
    """Writes the state of a training when it is time to.

    Attributes
    ----------
    path
        Where to; None writes nothing.
    state
        What is kept.
    belongs_to
        Plain data that say which training this is.
    every
        Seconds between checkpoints, at least.
    """

    path: Path | None
    state: State
    belongs_to: Mapping[str, Any]
    every: float
    _last: float = field(default_factory=time.monotonic, init=False)

    def read(self) -> dict[str, Any] | None:
        """Return what is there from before, for :func:`restore`."""
        if self.path is None or not self.path.exists():
            return None
        return read(self.path, self.state.network, self.belongs_to)

    def save(self) -> None:
        """Write a checkpoint."""
        if self.path is not None:
            write(self.path, self.state, self.belongs_to)
        self._last = time.monotonic()

    def save_now_and_then(self) -> None:
        """Write a checkpoint if the last one is old enough."""
        if time.monotonic() - self._last > self.every:
            self.save()


def fingerprint(images: np.ndarray) -> str:
    """Return the SHA-256 of pictures: of their shape, their type and all their pixels.

    Examples
    --------
    >>> pictures = np.zeros((2, 4, 4, 3), np.uint8)
    >>> fingerprint(pictures) == fingerprint(pictures.copy())
    True
    >>> fingerprint(pictures) == fingerprint(pictures.reshape(1, 8, 4, 3))
    False
    """
    found = hashlib.sha256(f"{images.dtype} {images.shape}".encode())
    found.update(np.ascontiguousarray(images).data)
    return found.hexdigest()


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its place only when all of it is on the disk."""
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, state: State, belongs_to: Mapping[str, Any]) -> None:
    """Write a checkpoint.

    Parameters
    ----------
    path
        The file; what it held before stays until the new one is complete.
    state
        What to keep.
    belongs_to
        Which training this is, what :func:`read` compares: ``settings`` and ``pictures``.
    """
    with written_whole(path) as file:
        torch.save(
            {
                "format": FORMAT,
                **_plain(belongs_to),
                "history": _plain(state.history),
                "seconds": state.seconds,
                "curve": torch.tensor(state.curve, dtype=torch.float64),
                "network": state.network.state_dict(),
                "optimizer": state.optimizer.state_dict(),
                "scaler": state.scaler.state_dict(),
                "best": state.best,
                "average": None if state.average is None else state.average.state_dict(),
            },
            file,
        )


def read(path: Path, network: nn.Module, belongs_to: Mapping[str, Any]) -> dict[str, Any]:
    """Read a checkpoint.

    Parameters
    ----------
    path
        The file.
    network
        What its weights are for.
    belongs_to
        As for :func:`write`.

    Returns
    -------
    dict
        For :func:`restore`.

    Raises
    ------
    ValueError
        If the file is damaged or no checkpoint, or belongs to another training.
    """
    try:
        # PyTorch's files are zip archives, and PyTorch itself does not look at their checksums.
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(
            f"train: {path} cannot be read as a checkpoint: it is damaged, or something else "
            f"({reason})"
        ) from None
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise ValueError(
            f"train: {path} is no checkpoint that this version of cnncourse has written"
        )
    different = differences(saved, _plain(belongs_to), network)
    if different:
        raise ValueError(
            f"train: {path} belongs to another training: {'; '.join(different)}. Train with what "
            "it was begun with, or write to another place"
        )
    return saved


def differences(there: Mapping[str, Any], here: Mapping[str, Any], network: nn.Module) -> list[str]:
    """Say in words in what a checkpoint differs from what should go on.

    Examples
    --------
    >>> network = nn.Linear(1, 2)
    >>> here = {"pictures": "ab", "settings": {"lr": 0.1, "seed": 0}}
    >>> there = here | {"settings": {"lr": 0.2, "seed": 0}, "network": network.state_dict()}
    >>> differences(there, here, network)
    ['lr is 0.2 there and 0.1 here']
    >>> differences(there, there, nn.Linear(1, 3))
    ['the networks differ, first in weight, of shape (2, 1) there and (3, 1) here']
    """
    found = []
    old, new = there["settings"], here["settings"]
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            found.append(f"{name} is {old.get(name)} there and {new.get(name)} here")
    old, new = (
        {name: tuple(tensor.shape) for name, tensor in weights.items()}
        for weights in (there["network"], network.state_dict())
    )
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) != new.get(name):
            found.append(
                f"the networks differ, first in {name}, of shape {old.get(name, 'none')} there "
                f"and {new.get(name, 'none')} here"
            )
            break
    if there["pictures"] != here["pictures"]:
        found.append(
            "it has seen other pictures (their SHA-256 begins with "
            f"{there['pictures'][:12]} there and {here['pictures'][:12]} here)"
        )
    return found


def restore(state: State, saved: Mapping[str, Any]) -> None:
    """Put a state where it was when the checkpoint was written."""
    state.network.load_state_dict(saved["network"])
    state.optimizer.load_state_dict(saved["optimizer"])
    state.scaler.load_state_dict(saved["scaler"])
    state.curve = saved["curve"].tolist()
    state.history = saved["history"]
    state.best = saved["best"]
    if state.average is not None:
        state.average.load_state_dict(saved["average"])
    state.seconds = saved["seconds"]


def _plain(value: Any) -> Any:
    """Return plain data, or refuse: nothing else is read back from a file."""
    return json.loads(json.dumps(value))
