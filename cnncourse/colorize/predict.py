"""Coloring a picture of any size: color is predicted small, and joined with all of the detail.

Eyes see fine detail in lightness and only coarse detail in color, which is why JPEG and television
store color at half the size or less. So the network looks at a small copy of the picture and
predicts ab there; ab is enlarged and joined with the lightness L of the full size, which nobody
had to predict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnncourse.colorize import losses
from cnncourse.colorize.lab import lab_to_rgb, rgb_to_lab
from cnncourse.colorize.pictures import Picture

Head: TypeAlias = Literal["vivid", "faithful"]

WORKING_SIZE = 128
STRIP = 1 << 18  # pixels converted at a time


def colorize(
    picture: Picture | np.ndarray,
    network: nn.Module,
    head: Head = "vivid",
    *,
    size: int = WORKING_SIZE,
    temperature: float = 0.38,
    weights: Tensor | None = None,
) -> np.ndarray:
    """Color a picture.

    Only its lightness is looked at, so the colors of a picture that has some are replaced. The
    result has the same lightness, except where a screen cannot show a color that light or dark.
    The same picture and network always give the same result.

    Parameters
    ----------
    picture
        From :func:`cnncourse.colorize.pictures.read`, or an array: sRGB of shape (H, W, 3) or
        gray of shape (H, W), uint8.
    network
        A :class:`~cnncourse.colorize.models.Colorizer`, or another module that maps L to ab. It
        is used in ``eval`` mode, on the device where it is, and left as it was.
    head
        ``"faithful"``, the color with the least squared error, or ``"vivid"``, decoded from the
        predicted distribution.
    size
        The network sees a copy of about `size` × `size` pixels: with the picture's proportions,
        and as many pixels as that square. A picture with fewer is seen as it is.
    temperature
        Of the vivid head's :func:`~cnncourse.colorize.losses.annealed_mean`.
    weights
        With which the vivid head's distribution is rebalanced first, shape (Q,); None leaves it.

    Returns
    -------
    numpy.ndarray
        sRGB, shape (H, W, 3), uint8.

    Raises
    ------
    ValueError
        If a shape does not fit, `head` is unknown, or the network has no vivid head.
    TypeError
        If the picture is no uint8 array.

    Examples
    --------
    >>> from cnncourse.colorize.models import Colorizer
    >>> gray = np.tile(np.arange(0, 250, 10, dtype=np.uint8), (7, 1))
    >>> colorize(gray, Colorizer(widths=(8, 16)), "faithful").shape
    (7, 25, 3)
    """
    if head not in get_args(Head):
        raise ValueError(f"colorize: head is {head!r}; it should be 'vivid' or 'faithful'")
    rgb = _pixels("colorize", picture)

    def decode(ab: Tensor, logits: Tensor | None) -> Tensor:
        if head == "faithful":
            return ab
        if logits is None:
            raise ValueError(
                f"colorize: {type(network).__name__} predicts no distribution, so it has no vivid "
                "head; use head='faithful'"
            )
        if weights is not None:
            if weights.shape != logits.shape[1:2]:
                raise ValueError(
                    f"colorize: weights has shape {tuple(weights.shape)}; the network predicts "
                    f"probabilities of {logits.shape[1]} colors, so it should be "
                    f"({logits.shape[1]},)"
                )
            logits = losses.rebalance(logits, weights)
        return losses.annealed_mean(logits, temperature)

    small = _Enlarged(*_predict("colorize", rgb, network, size, decode), rgb.shape)
    result = np.empty(rgb.shape, dtype=np.uint8)
    for rows in _strips(rgb):
        lab = torch.cat([_lightness(rgb[rows]), small.rows(rows)], dim=1)
        colors = (lab_to_rgb(lab)[0] * 255).round().to(torch.uint8)
        result[rows] = colors.permute(1, 2, 0).numpy()
    return result


def uncertainty(
    picture: Picture | np.ndarray, network: nn.Module, *, size: int = WORKING_SIZE
) -> np.ndarray:
    """Return where a network is unsure of the color, and how much.

    Parameters
    ----------
    picture, network, size
        As for :func:`colorize`.

    Returns
    -------
    numpy.ndarray
        Shape (H, W), float32: the standard deviation of the predicted color, in units of Lab
        (:func:`cnncourse.colorize.losses.spread`).

    Raises
    ------
    ValueError
        If the shape does not fit, or the network predicts no distribution.
    TypeError
        If the picture is no uint8 array.

    Examples
    --------
    >>> from cnncourse.colorize.models import Colorizer
    >>> unsure = uncertainty(np.full((5, 9), 128, np.uint8), Colorizer(widths=(8, 16)))
    >>> unsure.shape, bool(unsure.min() > 30)  # not trained yet
    ((5, 9), True)
    """
    rgb = _pixels("uncertainty", picture)

    def decode(ab: Tensor, logits: Tensor | None) -> Tensor:
        if logits is None:
            raise ValueError(
                f"uncertainty: {type(network).__name__} predicts no distribution, so it cannot "
                "say how sure it is"
            )
        return losses.spread(logits)

    small = _Enlarged(*_predict("uncertainty", rgb, network, size, decode), rgb.shape)
    result = np.empty(rgb.shape[:2], dtype=np.float32)
    for rows in _strips(rgb):
        result[rows] = small.rows(rows)[0, 0].numpy()
    return result


def options(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a checkpoint says about its use, as arguments of :func:`colorize`.

    Parameters
    ----------
    metadata
        As from :func:`cnncourse.colorize.export.load`. Read are ``"size"``, ``"temperature"`` and
        ``"rebalancing"``, where they are there.

    Returns
    -------
    dict
        Some of ``size``, ``temperature`` and ``weights``.

    Examples
    --------
    >>> options({"seed": 3, "temperature": 0.5, "size": 64})
    {'size': 64, 'temperature': 0.5}
    """
    found: dict[str, Any] = {
        name: metadata[name] for name in ("size", "temperature") if name in metadata
    }
    if "rebalancing" in metadata:
        found["weights"] = torch.tensor(metadata["rebalancing"], dtype=torch.float32)
    return found


class _Enlarged:
    """A small map that is read at full size, some rows at a time, interpolated linearly.

    Parameters
    ----------
    small
        Shape (1, C, h, w), of a picture that was padded below and on the right.
    covered
        The height and width of the picture itself, in cells of the small map; need not be whole.
        What lies beyond is not looked at.
    shape
        The height and width of the full size, first of a shape.
    """

    def __init__(self, small: Tensor, covered: tuple[float, float], shape: tuple[int, ...]) -> None:
        self.above, self.below, self.share = _between(shape[0], covered[0])
        left, right, share = _between(shape[1], covered[1])
        # First along the rows: the map stays low, and the columns are ready for every strip.
        self.wide = torch.lerp(small[..., left], small[..., right], share)

    def rows(self, rows: slice) -> Tensor:
        above, below = (self.wide[:, :, index[rows]] for index in (self.above, self.below))
        return torch.lerp(above, below, self.share[rows].reshape(-1, 1))


def _between(length: int, covered: float) -> tuple[Tensor, Tensor, Tensor]:
    """Find between which two cells the centers of pixels lie, and how far from the first."""
    last = math.ceil(covered) - 1
    place = (torch.arange(length, dtype=torch.float64) + 0.5) * (covered / length) - 0.5
    place = place.clamp(0, last)
    before = place.floor().long()
    after = (before + 1).clamp(max=last)
    return before, after, (place - before).float()


def _predict(
    function: str, rgb: np.ndarray, network: nn.Module, size: int, decode: Any
) -> tuple[Tensor, tuple[float, float]]:
    """Return the decoded map, (1, C, h, w), and how many of its cells the picture covers."""
    if size < 1:
        raise ValueError(f"{function}: size is {size}; it should be at least 1 pixel")
    small = _shrunk(rgb, size)
    height, width = small.shape[2:]
    # SeriesNet halves four times.
    multiple = int(getattr(network, "multiple", 16))
    padding = (0, -width % multiple, 0, -height % multiple)
    padded = functional.pad(small, padding, mode="replicate")
    parameter = next(network.parameters(), padded)
    in_training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.inference_mode():
            answer = network(padded.to(parameter))
            ab, logits = answer if isinstance(answer, tuple) else (answer, None)
            decoded = decode(ab, logits).float().cpu()
    finally:
        for module in in_training:
            module.training = True
    cells = [
        length * decoded.shape[axis] / padded.shape[axis]
        for axis, length in ((2, height), (3, width))
    ]
    return decoded, (cells[0], cells[1])


def _shrunk(rgb: np.ndarray, size: int) -> Tensor:
    """Return L with about size² pixels, (1, 1, h, w), antialiased.

    The filter is separable, so the rows can be shortened strip by strip and the columns after:
    the result is the same as at once, and the full-size L is never whole in memory.
    """
    height, width = rgb.shape[:2]
    factor = min(1.0, size / math.sqrt(height * width))
    target = max(1, round(height * factor)), max(1, round(width * factor))
    shortened = []
    for rows in _strips(rgb):
        lightness = _lightness(rgb[rows])
        shortened.append(_resized(lightness, (lightness.shape[2], target[1])))
    return _resized(torch.cat(shortened, dim=2), target)


def _resized(image: Tensor, size: tuple[int, int]) -> Tensor:
    if image.shape[2:] == size:
        return image
    return functional.interpolate(image, size, mode="bilinear", antialias=True)


def _lightness(rgb: np.ndarray) -> Tensor:
    """Return L from 0 to 100, shape (1, 1, H, W), of uint8 sRGB of shape (H, W, 3)."""
    scaled = np.ascontiguousarray(rgb.transpose(2, 0, 1), dtype=np.float32)[np.newaxis] / 255
    return rgb_to_lab(torch.from_numpy(scaled))[:, :1]


def _strips(rgb: np.ndarray) -> Iterator[slice]:
    rows = max(1, STRIP // rgb.shape[1])
    for start in range(0, len(rgb), rows):
        yield slice(start, start + rows)


def _pixels(function: str, picture: Picture | np.ndarray) -> np.ndarray:
    rgb = picture.rgb if isinstance(picture, Picture) else picture
    expected = "it should be a uint8 array of shape (H, W, 3) or (H, W)"
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8:
        seen = getattr(rgb, "dtype", type(rgb).__name__)
        raise TypeError(f"{function}: picture is {seen}; {expected}")
    if rgb.ndim == 2:
        rgb = np.broadcast_to(rgb[..., np.newaxis], (*rgb.shape, 3))
    if rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
        raise ValueError(f"{function}: picture has shape {rgb.shape}; {expected}")
    return rgb
