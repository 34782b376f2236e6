"""How good a colored picture is: how near to the true colors, and how colorful.

All measures take 8-bit sRGB pictures: one array of shape (N, H, W, 3), or a list of arrays of
shape (H, W, 3) that may differ in size. Where a measure is said to be *pooled*, every pixel of
every picture counts the same, so a large picture counts more than a small one. Needs no PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from skimage.color import rgb2lab
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

Pictures: TypeAlias = np.ndarray | Sequence[np.ndarray]

LARGEST_ERROR = 150.0  # ab units, where the curve of Zhang, Isola and Efros ends
PIECE = 1 << 18  # pixels converted at a time, so that large pictures do not need large memory


def psnr(truth: Pictures, prediction: Pictures) -> float:
    """Return the peak signal-to-noise ratio, pooled: −10 log₁₀ of :func:`rgb_mse`.

    This is the course's main measure of how near two pictures are. 3 dB more are half the mean
    squared error.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).

    Returns
    -------
    float
        In dB; infinite where all pixels agree.

    Raises
    ------
    ValueError
        If there are no pictures, or their numbers or shapes differ.
    TypeError
        If something is no uint8 array.

    Examples
    --------
    One of three channels is off by 255, the largest error there is: the mean squared error is 1/3.

    >>> black = np.zeros((1, 1, 1, 3), dtype=np.uint8)
    >>> red = np.array([255, 0, 0], dtype=np.uint8).reshape(1, 1, 1, 3)
    >>> round(psnr(red, black), 2)  # 10 log₁₀ 3
    4.77
    """
    error = _rgb_mse("psnr", truth, prediction)
    return math.inf if error == 0 else -10 * math.log10(error)


def mean_psnr(truth: Pictures, prediction: Pictures, ceiling: float = 60.0) -> float:
    """Return the mean of the pictures' own peak signal-to-noise ratios.

    It is often printed, and it misleads about color. A picture that is almost gray has a small
    error whatever is done, so its ratio is high, and such pictures decide the mean: painting
    everything gray looks good. Going from 10 to 15 dB on a colorful picture removes three thousand
    times the squared error that going from 45 to 50 dB on a dull one removes, and counts no more.
    Use :func:`psnr`, in which squared errors are added before the logarithm is taken.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).
    ceiling
        The most that one picture can count, in dB. Without it, one gray picture that is exactly
        right would make the mean infinite. (Rounding to uint8 alone leaves 58.9 dB.)

    Returns
    -------
    float
        In dB.

    Raises
    ------
    ValueError
        If there are no pictures, or their numbers or shapes differ.
    TypeError
        If something is no uint8 array.

    Examples
    --------
    A gray picture that is off by 1, and a red one that is painted gray: every value is off by
    half of all there is. The mean of the two ratios still looks decent.

    >>> truth = [np.full((2, 2, 3), 128, np.uint8), np.full((2, 2, 3), (255, 0, 0), np.uint8)]
    >>> gray = [np.full((2, 2, 3), 127, np.uint8), np.full((2, 2, 3), 127, np.uint8)]
    >>> round(mean_psnr(truth, gray), 1), round(psnr(truth, gray), 1)
    (27.1, 9.0)
    """
    ratios = []
    for true, predicted in _pairs("mean_psnr", truth, prediction):
        # The logarithm of 0 is expected here.
        with np.errstate(divide="ignore"):
            ratio = peak_signal_noise_ratio(true, predicted, data_range=255)
        ratios.append(min(float(ratio), ceiling))
    return sum(ratios) / len(ratios)


def rgb_mse(truth: Pictures, prediction: Pictures) -> float:
    """Return the mean squared error of red, green and blue, pooled, each counted from 0 to 1.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).

    Returns
    -------
    float
        From 0 (the same pictures) to 1.

    Raises
    ------
    ValueError
        If there are no pictures, or their numbers or shapes differ.
    TypeError
        If something is no uint8 array.

    Examples
    --------
    >>> truth = np.full((1, 4, 4, 3), 200, dtype=np.uint8)
    >>> round(rgb_mse(truth, truth - 51), 4)  # (51 / 255)²
    0.04
    """
    return _rgb_mse("rgb_mse", truth, prediction)


def ab_error(truth: Pictures, prediction: Pictures) -> float:
    """Return the mean distance of the colors in the ab plane of CIELAB, pooled.

    Errors in lightness do not count. It is a distance and not a square: it forgives one large
    error more than :func:`rgb_mse` does.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).

    Returns
    -------
    float
        The mean of √(Δa² + Δb²), in units of Lab (CIE 15:2004).

    Raises
    ------
    ValueError
        If there are no pictures, or their numbers or shapes differ.
    TypeError
        If something is no uint8 array.

    Examples
    --------
    Pure red has a = 80.1 and b = 67.2, gray has 0 and 0.

    >>> red = np.full((1, 2, 2, 3), (255, 0, 0), dtype=np.uint8)
    >>> gray = np.full((1, 2, 2, 3), 127, dtype=np.uint8)
    >>> round(ab_error(red, gray), 1)
    104.6
    """
    return _mean(_ab_distances("ab_error", truth, prediction))


def shares_within(
    truth: Pictures, prediction: Pictures, thresholds: Sequence[float] | np.ndarray
) -> np.ndarray:
    """Return the share of all pixels whose color is off by no more than each threshold.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).
    thresholds
        Distances in the ab plane, shape (T,), in units of Lab.

    Returns
    -------
    numpy.ndarray
        Shape (T,), float64, from 0 to 1: a curve that only rises.

    Raises
    ------
    ValueError
        If there are no pictures, or their numbers or shapes differ.
    TypeError
        If something is no uint8 array.

    Examples
    --------
    >>> red = np.full((1, 1, 1, 3), (255, 0, 0), dtype=np.uint8)
    >>> gray = np.full((1, 1, 1, 3), 127, dtype=np.uint8)
    >>> shares_within([red[0], gray[0]], [gray[0], gray[0]], [1, 50, 150]).tolist()
    [0.5, 0.5, 1.0]
    """
    wanted = np.asarray(thresholds, dtype=np.float64)
    counts = np.zeros(wanted.shape, dtype=np.int64)
    pixels = 0
    for distances in _ab_distances("shares_within", truth, prediction):
        counts += np.searchsorted(np.sort(distances), wanted, side="right")
        pixels += distances.size
    return counts / pixels


def auc(truth: Pictures, prediction: Pictures, largest: float = LARGEST_ERROR) -> float:
    """Return the area under the curve of :func:`shares_within`, from 0 to `largest`, pooled.

    The area is divided by `largest`. It needs no steps: a pixel that is off by d adds what lies
    right of d, so the area is the mean of 1 − d / `largest`, where no d counts more than
    `largest`.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).
    largest
        The last threshold, in units of Lab.

    Returns
    -------
    float
        From 0 to 1 (all colors exactly right).

    Raises
    ------
    ValueError
        If there are no pictures, their numbers or shapes differ, or `largest` is not positive.
    TypeError
        If something is no uint8 array.

    References
    ----------
    A. Deshpande, J. Rock and D. Forsyth, Learning large-scale automatic image colorization, ICCV
    2015, draw the curve; R. Zhang, P. Isola and A. A. Efros, Colorful image colorization, ECCV
    2016, section 3.1, take the area under it with thresholds from 0 to 150.

    Examples
    --------
    Pure red painted gray is off by 104.6.

    >>> red = np.full((1, 2, 2, 3), (255, 0, 0), dtype=np.uint8)
    >>> gray = np.full((1, 2, 2, 3), 127, dtype=np.uint8)
    >>> round(auc(red, gray), 3)  # 1 − 104.6 / 150
    0.303
    """
    if not largest > 0:
        raise ValueError(f"auc: largest is {largest}; it should be above 0")
    kept = (np.minimum(d, largest) for d in _ab_distances("auc", truth, prediction))
    return 1 - _mean(kept) / largest


def colorfulness(pictures: Pictures) -> float:
    """Return how colorful pictures look: the mean of the pictures' own values.

    With rg = R − G and yb = (R + G) / 2 − B, a picture's value is √(σ²_rg + σ²_yb) +
    0.3 √(μ²_rg + μ²_yb), where σ and μ are standard deviation and mean over its pixels. People
    asked by the authors called pictures of about 15 slightly, 33 moderately, 59 quite and 109
    extremely colorful.

    Parameters
    ----------
    pictures
        uint8, shape (N, H, W, 3) or a list of shapes (H, W, 3). It compares with nothing: a
        picture in wrong and wild colors has a high value too.

    Returns
    -------
    float
        0 for gray pictures; R, G and B count from 0 to 255.

    Raises
    ------
    ValueError
        If there are no pictures or a shape does not fit.
    TypeError
        If something is no uint8 array.

    References
    ----------
    D. Hasler and S. Süsstrunk, Measuring colourfulness in natural images, Human Vision and
    Electronic Imaging VIII, 2003.

    Examples
    --------
    A pixel is red, the other cyan: rg is ±255, so σ = 255 and μ = 0; yb is ±127.5.

    >>> pair = np.array([[[255, 0, 0], [0, 255, 255]]], dtype=np.uint8)
    >>> round(colorfulness([pair]), 1)  # √(255² + 127.5²)
    285.1
    """
    values = []
    for picture in _pictures("colorfulness", "pictures", pictures):
        red, green, blue = (picture[..., channel].astype(np.float64) for channel in range(3))
        rg, yb = red - green, (red + green) / 2 - blue
        values.append(
            math.hypot(rg.std(), yb.std()) + 0.3 * math.hypot(float(rg.mean()), float(yb.mean()))
        )
    return sum(values) / len(values)


def scores(truth: Pictures, prediction: Pictures) -> dict[str, float]:
    """Return all measures at once.

    Parameters
    ----------
    truth, prediction
        Pictures, uint8: shape (N, H, W, 3) or a list of shapes (H, W, 3).

    Returns
    -------
    dict
        ``psnr``, ``mean_psnr``, ``rgb_mse``, ``ab_error``, ``auc`` of the two, and the
        ``colorfulness`` of the prediction.

    Raises
    ------
    ValueError
        If there are no pictures, or their numbers or shapes differ.
    TypeError
        If something is no uint8 array.

    Examples
    --------
    >>> truth = np.full((1, 2, 2, 3), (255, 0, 0), dtype=np.uint8)
    >>> gray = np.full((1, 2, 2, 3), 127, dtype=np.uint8)
    >>> {name: round(value, 2) for name, value in scores(truth, gray).items()}
    ... # doctest: +NORMALIZE_WHITESPACE
    {'psnr': 6.03, 'mean_psnr': 6.03, 'rgb_mse': 0.25, 'ab_error': 104.55, 'auc': 0.3,
     'colorfulness': 0.0}
    """
    return {
        "psnr": psnr(truth, prediction),
        "mean_psnr": mean_psnr(truth, prediction),
        "rgb_mse": rgb_mse(truth, prediction),
        "ab_error": ab_error(truth, prediction),
        "auc": auc(truth, prediction),
        "colorfulness": colorfulness(prediction),
    }


def _rgb_mse(function: str, truth: Pictures, prediction: Pictures) -> float:
    total, pixels = 0.0, 0
    for true, predicted in _pieces(function, truth, prediction):
        total += float(mean_squared_error(true, predicted)) * len(true)
        pixels += len(true)
    return total / pixels / 255**2


def _ab_distances(function: str, truth: Pictures, prediction: Pictures) -> Iterator[np.ndarray]:
    for true, predicted in _pieces(function, truth, prediction):
        difference = rgb2lab(true)[:, 1:] - rgb2lab(predicted)[:, 1:]
        yield np.hypot(difference[:, 0], difference[:, 1])


def _mean(pieces: Iterator[np.ndarray]) -> float:
    total, pixels = 0.0, 0
    for piece in pieces:
        total += float(piece.sum())
        pixels += piece.size
    return total / pixels


def _pieces(
    function: str, truth: Pictures, prediction: Pictures
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the pixels of all pictures in pairs of arrays of shape (n, 3), n at most `PIECE`."""
    for true, predicted in _pairs(function, truth, prediction, whole=True):
        pixels, others = true.reshape(-1, 3), predicted.reshape(-1, 3)
        for start in range(0, len(pixels), PIECE):
            yield pixels[start : start + PIECE], others[start : start + PIECE]


def _pairs(
    function: str, truth: Pictures, prediction: Pictures, whole: bool = False
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pair the pictures. If `whole`, two arrays of many pictures stay as they are, one pair."""
    true, predicted = (
        _pictures(function, "truth", truth),
        _pictures(function, "prediction", prediction),
    )
    if len(true) != len(predicted):
        raise ValueError(
            f"{function}: there are {len(true)} pictures in truth and {len(predicted)} in "
            "prediction; they should be as many"
        )
    for index, (one, other) in enumerate(zip(true, predicted, strict=True)):
        if one.shape != other.shape:
            raise ValueError(
                f"{function}: picture {index} has shape {one.shape} in truth and {other.shape} in "
                "prediction; it should be the same"
            )
    if whole and isinstance(truth, np.ndarray) and isinstance(prediction, np.ndarray):
        return [(truth, prediction)]
    return list(zip(true, predicted, strict=True))


def _pictures(function: str, name: str, pictures: Pictures) -> list[np.ndarray]:
    expected = (
        "it should be a uint8 array of shape (N, H, W, 3), or a list of uint8 arrays of shape "
        "(H, W, 3)"
    )
    if isinstance(pictures, np.ndarray) and pictures.ndim != 4:
        hint = "; put a single picture into a list" if pictures.ndim == 3 else ""
        raise ValueError(f"{function}: {name} has shape {pictures.shape}; {expected}{hint}")
    try:
        found = list(pictures)
    except TypeError:
        raise TypeError(f"{function}: {name} is a {type(pictures).__name__}; {expected}") from None
    if not found:
        raise ValueError(f"{function}: {name} has no pictures")
    for index, picture in enumerate(found):
        if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
            seen = getattr(picture, "dtype", type(picture).__name__)
            raise TypeError(f"{function}: picture {index} of {name} is {seen}; {expected}")
        if picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise ValueError(
                f"{function}: picture {index} of {name} has shape {picture.shape}; {expected}"
            )
    return found
