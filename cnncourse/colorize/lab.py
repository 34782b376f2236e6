"""sRGB to CIELAB and back, for tensors: what the networks see and what they answer.

On NumPy arrays use :func:`skimage.color.rgb2lab` and :func:`skimage.color.lab2rgb`; these are the
same functions, for batches of shape (N, 3, H, W) that gradients must pass through.

References
----------
CIE 15:2004, Colorimetry. IEC 61966-2-1:1999 (sRGB). White point D65, 2° observer.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Linear sRGB to CIE XYZ, a row for each of X, Y and Z, and the white that has L = 100.
XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
WHITE = (0.95047, 1.0, 1.08883)
# The cube root is replaced by a straight line near black, where its slope would be infinite.
DARK, SLOPE, OFFSET = 0.008856, 7.787, 16 / 116


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """Convert sRGB colors to CIELAB.

    Parameters
    ----------
    rgb
        Floating point, shape (N, 3, H, W), from 0 to 1.

    Returns
    -------
    Tensor
        Shape (N, 3, H, W): the lightness L from 0 (black) to 100 (white); a, from green (−) to
        red (+); b, from blue (−) to yellow (+). Grays have a = b = 0.

    Raises
    ------
    ValueError
        If there are not three channels.

    Examples
    --------
    >>> red = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    >>> [round(float(value), 1) for value in rgb_to_lab(red).flatten()]
    [53.2, 80.1, 67.2]
    """
    _check_channels("rgb_to_lab", "rgb", rgb)
    power = ((rgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    linear = torch.where(rgb > 0.04045, power, rgb / 12.92)
    matrix = torch.tensor(XYZ_FROM_RGB, dtype=rgb.dtype, device=rgb.device)
    xyz = torch.einsum("ij,njhw->nihw", matrix, linear) / _column(WHITE, rgb)
    # Where the root is not used its infinite slope at 0 would still spoil the gradient.
    root = torch.where(xyz > DARK, xyz.clamp(min=DARK) ** (1 / 3), SLOPE * xyz + OFFSET)
    x, y, z = root.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Convert CIELAB colors to sRGB; what no screen can show is clipped.

    Parameters
    ----------
    lab
        Floating point, shape (N, 3, H, W), as from :func:`rgb_to_lab`.

    Returns
    -------
    Tensor
        sRGB of shape (N, 3, H, W), from 0 to 1.

    Raises
    ------
    ValueError
        If there are not three channels.

    Examples
    --------
    >>> gray = torch.tensor([50.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    >>> [round(float(value), 3) for value in lab_to_rgb(gray).flatten()]
    [0.466, 0.466, 0.466]
    """
    _check_channels("lab_to_rgb", "lab", lab)
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    # Strong blues with little light ask for less than no light at all: none is what they get.
    root = torch.stack([y + a / 500, y, (y - b / 200).clamp(min=0)], dim=1)
    edge = SLOPE * DARK + OFFSET
    xyz = torch.where(root > edge, root**3, (root - OFFSET) / SLOPE) * _column(WHITE, lab)
    matrix = torch.tensor(XYZ_FROM_RGB, dtype=torch.float64).inverse()
    linear = torch.einsum("ij,njhw->nihw", matrix.to(lab), xyz)
    bright = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, bright, 12.92 * linear).clamp(0, 1)


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).reshape(1, -1, 1, 1)


def _check_channels(function: str, name: str, image: Tensor) -> None:
    if image.ndim != 4 or image.shape[1] != 3:
        raise ValueError(
            f"{function}: {name} has shape {tuple(image.shape)}; it should be (N, 3, H, W)"
        )
