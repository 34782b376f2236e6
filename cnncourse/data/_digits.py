"""Scikit-learn's handwritten digits in three named parts, and the same digits in a larger field."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

PARTS = {"train": 1097, "validation": 300, "test": 400}
"""How many of the 1,797 digits are in each part."""

BRIGHTEST = 16  # the largest value in scikit-learn's digits
SPLIT_SEED = 0


class Digits(NamedTuple):
    """Images and what they show."""

    images: Floats
    labels: Integers


def digits(part: str) -> Digits:
    """Load one part of scikit-learn's handwritten digits.

    The 1,797 digits are shuffled once, always in the same way, and cut into three parts: *train*
    (1,097), *validation* (300), for choosing settings, and *test* (400), for the final number. In
    the order of the file, digits of one writer stand together, and a network is tested on writers
    it never saw; shuffled, it knows them all. Accuracies differ by about two points, so name the
    split with the number.

    Parameters
    ----------
    part
        ``"train"``, ``"validation"`` or ``"test"``.

    Returns
    -------
    Digits
        `images`, float64 of shape (N, 8, 8) from 0 (paper) to 1 (ink), and `labels`, int64 of
        shape (N,) from 0 to 9.

    Raises
    ------
    ValueError
        If there is no such part.

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49.

    Examples
    --------
    >>> train = digits("train")
    >>> train.images.shape, train.labels.shape
    ((1097, 8, 8), (1097,))
    """
    if part not in PARTS:
        raise ValueError(f"digits: no part {part!r}; there are {', '.join(PARTS)}")
    from sklearn.datasets import load_digits

    everything = load_digits()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(everything.target))
    names = list(PARTS)
    ends = np.cumsum(list(PARTS.values()))
    end = ends[names.index(part)]
    chosen = order[end - PARTS[part] : end]
    images = everything.images[chosen] / BRIGHTEST
    return Digits(images, everything.target[chosen].astype(np.int64))


def place_digits(images: ArrayLike, places: ArrayLike, size: int = 16) -> Floats:
    """Put each image somewhere into an empty square field.

    Parameters
    ----------
    images
        Shape (N, h, w).
    places
        Row and column of each image's top left pixel in the field, integers of shape (N, 2), or
        of shape (2,) for one place that all share.
    size
        Side of the field in pixels.

    Returns
    -------
    numpy.ndarray
        Shape (N, size, size), float64; zero around the images.

    Raises
    ------
    ValueError
        If the shapes do not fit each other, or an image would reach over the field's border.

    Examples
    --------
    >>> place_digits([[[1, 2], [3, 4]]], [0, 1], size=3)
    array([[[0., 1., 2.],
            [0., 3., 4.],
            [0., 0., 0.]]])
    >>> place_digits([[[1, 2], [3, 4]]], [2, 0], size=3)
    Traceback (most recent call last):
    ...
    ValueError: place_digits: an image of 2 × 2 does not fit a field of 3 × 3 at place [2, 0]
    """
    pictures = np.asarray(images, dtype=np.float64)
    corners = np.asarray(places)
    if pictures.ndim != 3:
        raise ValueError(f"place_digits: images needs shape (N, h, w), got {pictures.shape}")
    count, height, width = pictures.shape
    if corners.shape not in {(2,), (count, 2)} or not np.issubdtype(corners.dtype, np.integer):
        raise ValueError(
            f"place_digits: places needs integers of shape ({count}, 2) or (2,), got "
            f"{corners.dtype} of shape {corners.shape}"
        )
    corners = np.broadcast_to(corners, (count, 2))
    last = size - np.array([height, width])
    outside = (corners < 0).any(axis=1) | (corners > last).any(axis=1)
    if outside.any():
        raise ValueError(
            f"place_digits: an image of {height} × {width} does not fit a field of "
            f"{size} × {size} at place {corners[outside][0].tolist()}"
        )
    fields = np.zeros((count, size, size))
    for field, picture, (row, column) in zip(fields, pictures, corners, strict=True):
        field[row : row + height, column : column + width] = picture
    return fields
