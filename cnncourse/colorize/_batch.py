"""Coloring many files: which ones, under which names, and going on after a bad one.

Needs no PyTorch: what colors a picture is handed in.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cnncourse.colorize.pictures import (
    JPEG_SUFFIXES,
    SUFFIXES,
    NotAPictureError,
    Picture,
    PictureError,
    read,
    shown,
    write,
)

RESULT = re.compile(r"(.+)-colorized(-\d+)?", re.DOTALL)

Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Job:
    """A file to color, and the result's path without its suffix."""

    source: Path
    target: Path
    found_in_folder: bool

    @property
    def may_be_no_picture(self) -> bool:
        """Whether nobody said that it is one: neither the user nor its own name."""
        return self.found_in_folder and self.source.suffix.lower() not in SUFFIXES


@dataclass(frozen=True)
class Outcome:
    """What became of a file: either it was written, or there is something to say."""

    written: Path | None = None
    message: str = ""
    failed: bool = False


def plan(inputs: Sequence[Path], folder: Path | None = None) -> tuple[list[Job], list[Outcome]]:
    """List the files to color, in order, each with a name of its own for the result.

    Of a folder, all its files are taken but hidden ones. A file that is named twice is taken
    once, and one that is the result of another in the list is left out: `*.jpg` matches those of
    last time, too.

    Parameters
    ----------
    inputs
        Files and folders. They need not exist.
    folder
        Where the results go; None for beside each file.

    Returns
    -------
    jobs : list of Job
        No two with the same target, also where the file system takes a and A for the same.
    notes : list of Outcome
        What is left out, and folders that cannot be listed.
    """
    files, notes = _files(inputs)
    places = {_place(path.parent, path.stem) for path, _ in files}
    kept = []
    for path, found_in_folder in files:
        made = RESULT.fullmatch(path.stem)
        if made and _place(path.parent, made[1]) in places:
            notes.append(Outcome(message=f"{shown(path)} is skipped: it is a result."))
        else:
            kept.append((path, found_in_folder))
    # A result is never put in the place of a picture that is to be colored itself.
    taken = {_place(path.parent, path.stem) for path, _ in kept}
    jobs = []
    for path, found_in_folder in kept:
        beside = path.parent if folder is None else folder
        stem, number = f"{path.stem}-colorized", 1
        while _place(beside, stem) in taken:
            number += 1
            stem = f"{path.stem}-colorized-{number}"
        taken.add(_place(beside, stem))
        jobs.append(Job(path, beside / stem, found_in_folder))
    return jobs, notes


def run(
    jobs: Sequence[Job], color: Callable[[Picture], np.ndarray], overwrite: bool = False
) -> Iterator[Outcome]:
    """Color one file after the other.

    JPEG files give JPEG files; all others give PNG files, which keep transparency. Folders for
    the results are made when the first one is written.

    Parameters
    ----------
    jobs
        As from :func:`plan`.
    color
        Returns the colored picture, uint8 of shape (H, W, 3).
    overwrite
        Whether results that exist already are replaced.

    Yields
    ------
    Outcome
        One for each job.
    """
    for job in jobs:
        try:
            yield Outcome(written=_color(job, color, overwrite))
        except NotAPictureError as problem:
            if job.may_be_no_picture:
                yield Outcome(message=f"{shown(job.source)} is skipped: not a picture.")
            else:
                yield Outcome(message=str(problem), failed=True)
        except PictureError as problem:
            yield Outcome(message=str(problem), failed=True)
        except MemoryError:
            message = f"{shown(job.source)} needs more memory than there is."
            yield Outcome(message=message, failed=True)


def _color(job: Job, color: Callable[[Picture], np.ndarray], overwrite: bool) -> Path:
    picture = read(job.source)
    suffix = ".png"
    if picture.kind == "JPEG":
        known = job.source.suffix.lower() in JPEG_SUFFIXES
        suffix = job.source.suffix if known else ".jpg"
    target = job.target.with_name(job.target.name + suffix)
    if os.path.lexists(target) and not overwrite:
        raise PictureError(f"{shown(target)} exists already; --force replaces it.")
    colored = color(picture)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        reason = problem.strerror
        raise PictureError(f"{shown(target.parent)} cannot be made ({reason}).") from problem
    write(target, colored, picture.alpha, overwrite)
    return target


def _files(inputs: Sequence[Path]) -> tuple[list[tuple[Path, bool]], list[Outcome]]:
    """Return the files, each with whether it was found in a folder, and what to say of others."""
    files: dict[tuple[str, str], tuple[Path, bool]] = {}
    notes = []
    for path in inputs:
        if not os.path.isdir(path):
            files.setdefault(_itself(path), (path, False))
            continue
        try:
            inside = sorted(path.iterdir())
        except OSError as problem:
            message = f"{shown(path)} cannot be listed ({problem.strerror})."
            notes.append(Outcome(message=message, failed=True))
            continue
        for file in inside:
            if file.name.startswith("."):
                continue
            if file.is_dir():
                notes.append(Outcome(message=f"{shown(file)} is skipped: a folder in a folder."))
            else:
                files.setdefault(_itself(file), (file, True))
    return list(files.values()), notes


def _itself(path: Path) -> tuple[str, str]:
    return os.path.realpath(path.parent), path.name


def _place(folder: Path, stem: str) -> Place:
    """Return what is the same for names that a file system may take for the same."""
    return os.path.realpath(folder), unicodedata.normalize("NFC", stem).casefold()
