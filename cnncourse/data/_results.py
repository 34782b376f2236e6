"""Measurements too long for a chapter: written by a script, read by the chapters."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def results(name: str) -> dict[str, Any]:
    """Load the measurements that a script under ``benchmarks/`` has written.

    Parameters
    ----------
    name
        Such as ``"digit_anywhere"``; the script has the same name.

    Returns
    -------
    dict
        `about` says how it was measured (seeds, data hash, versions, hardware); the rest is the
        script's own.

    Raises
    ------
    ValueError
        If there are no such measurements.

    Examples
    --------
    >>> results("nothing")
    Traceback (most recent call last):
    ...
    ValueError: results: no measurements 'nothing'; there are autoencoder, ...
    """
    folder = files("cnncourse.data") / "results"
    known = sorted(entry.name.removesuffix(".json") for entry in folder.iterdir())
    if name not in known:
        raise ValueError(f"results: no measurements {name!r}; there are {', '.join(known)}")
    loaded: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return loaded
