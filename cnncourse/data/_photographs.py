"""The photographs that the chapters use, with their sources and terms."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Photograph:
    """Where a photograph comes from and on which terms it may be used."""

    package: str
    shows: str
    terms: str


PHOTOGRAPHS = {
    "astronaut": Photograph("skimage", "Eileen Collins, astronaut, in 1999", "NASA, public domain"),
    "camera": Photograph("skimage", "a photographer at work on a lawn", "CC0, Lav Varshney"),
    "chelsea": Photograph("skimage", "Chelsea, a tabby cat", "CC0, Stéfan van der Walt"),
    "coffee": Photograph("skimage", "a cup of coffee on a table", "CC0, Rachel Michetti"),
    "rocket": Photograph("skimage", "a Falcon 9 rocket at its launch", "public domain, SpaceX"),
    "china": Photograph("sklearn", "the roof of a Chinese temple", "CC BY 2.0, danielbuechele"),
    "flower": Photograph("sklearn", "a dahlia in bloom", "CC BY 2.0, vultilion"),
}
LUMA = (0.299, 0.587, 0.114)


def photograph(
    name: str,
    *,
    gray: bool = False,
    size: tuple[int, int] | None = None,
    grey: bool | None = None,
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Load one of the embedded photographs.

    Parameters
    ----------
    name
        A key of ``PHOTOGRAPHS``, such as ``"camera"``.
    gray
        Return one value a pixel, the luma of Rec. ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B).
    size
        Height and width to shrink to, in pixels. The largest centered part with these proportions
        is kept, then averaged down, so that nothing is distorted and nothing aliases.
    grey
        The name of `gray` in version 0.1.0. It still works, with a warning.

    Returns
    -------
    numpy.ndarray
        Shape (H, W, 3), or (H, W) if `gray`; float64 from 0 (black) to 1 (full brightness).

    Raises
    ------
    ValueError
        If there is no such photograph, or if `size` is not smaller than the photograph.

    Examples
    --------
    >>> photograph("camera", gray=True, size=(64, 96)).shape
    (64, 96)
    >>> photograph("mona lisa")
    Traceback (most recent call last):
    ...
    ValueError: photograph: no photograph 'mona lisa'; there are astronaut, camera, chelsea, ...
    """
    if grey is not None:
        warnings.warn("photograph: `grey` is called `gray` now", DeprecationWarning, stacklevel=2)
        gray = grey
    if name not in PHOTOGRAPHS:
        known = ", ".join(PHOTOGRAPHS)
        raise ValueError(f"photograph: no photograph {name!r}; there are {known}")
    pixels = _read(name)
    if pixels.ndim == 2 and not gray:
        pixels = np.stack([pixels] * 3, axis=-1)
    elif pixels.ndim == 3 and gray:
        pixels = pixels @ np.array(LUMA)
    return pixels if size is None else _shrink(pixels, size)


def _read(name: str) -> np.ndarray:
    if PHOTOGRAPHS[name].package == "sklearn":
        from sklearn.datasets import load_sample_image

        return load_sample_image(f"{name}.jpg") / 255.0
    from skimage import data

    return getattr(data, name)() / 255.0


def _shrink(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from skimage.transform import resize

    height, width = size
    factor = min(pixels.shape[0] / height, pixels.shape[1] / width)
    if min(height, width) < 1 or factor < 1:
        raise ValueError(
            f"photograph: size {size} does not fit into the photograph of {pixels.shape[:2]} pixels"
        )
    rows, columns = int(height * factor), int(width * factor)
    top, left = (pixels.shape[0] - rows) // 2, (pixels.shape[1] - columns) // 2
    part = pixels[top : top + rows, left : left + columns]
    return resize(part, size, anti_aliasing=True)
