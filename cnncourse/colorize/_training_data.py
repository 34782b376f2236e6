"""Pictures to train with: cut to squares, of one size, some kept aside to judge by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from cnncourse.colorize._batch import plan
from cnncourse.colorize.pictures import NotAPictureError, PictureError, read, shown


def from_folder(
    folder: Path,
    size: int,
    say: Callable[[str], None] = lambda _: None,
    hidden: bool | None = None,
) -> np.ndarray:
    """Read the pictures in a folder.

    Of each the largest square in the middle is taken and brought to the size. Gray pictures are
    left out, since nothing is to be learned from them.

    Parameters
    ----------
    folder
        Its files are taken in the order of their names; folders in it are not looked into.
    size
        Of the squares, in pixels.
    say
        Called with a sentence for each file that cannot be read.
    hidden
        Of the progress bar; None hides it where nobody can watch.

    Returns
    -------
    numpy.ndarray
        uint8 of shape (N, size, size, 3).

    Raises
    ------
    ValueError
        If no picture with colors is found.
    """
    jobs, notes = plan([folder])
    for note in notes:
        say(note.message)
    found, gray = [], 0
    for job in tqdm(jobs, desc="reading", unit=" pictures", disable=hidden, leave=False):
        try:
            picture = read(job.source)
        except NotAPictureError as problem:
            say(
                f"{shown(job.source)} is skipped: not a picture."
                if job.may_be_no_picture
                else f"Skipped: {problem}"
            )
        except PictureError as problem:
            say(f"Skipped: {problem}")
        else:
            if picture.was_gray:
                gray += 1
                continue
            image = Image.fromarray(picture.rgb)
            square = ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC)
            found.append(np.asarray(square))
    if gray:
        say(f"{_number(gray, 'gray picture')} left out: nothing is to be learned from gray.")
    if not found:
        raise ValueError(f"{shown(folder)} has no pictures with colors in it")
    return np.stack(found)


def split(images: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Keep some pictures aside, drawn at random.

    Parameters
    ----------
    images
        Shape (N, …).
    share
        How many, as a share of all; at least one is kept, unless it is 0.
    seed
        Of the draw.

    Returns
    -------
    rest, aside : numpy.ndarray
        Each in the order in which they were.

    Raises
    ------
    ValueError
        If the share is not from 0 to below 1, or nothing would be left.

    Examples
    --------
    >>> rest, aside = split(np.arange(10), 0.2, seed=0)
    >>> len(rest), len(aside), sorted([*rest.tolist(), *aside.tolist()]) == list(range(10))
    (8, 2, True)
    """
    if not 0 <= share < 1:
        raise ValueError(f"validation is {share}; it should be from 0 to below 1")
    count = max(1, round(share * len(images))) if share else 0
    if count >= len(images):
        raise ValueError(
            f"of {_number(len(images), 'picture')} none would be left to learn from; validation "
            f"is {share}"
        )
    chosen = np.zeros(len(images), dtype=bool)
    chosen[np.random.default_rng(seed).permutation(len(images))[:count]] = True
    return images[~chosen], images[chosen]


def _number(count: int, name: str) -> str:
    return f"{count} {name}{'s' * (count != 1)}"
