"""Networks that color: one from a published series, rebuilt, and ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnncourse.colorize.losses import ab_bins


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a path on which nothing happens: relu(x + f(x)).

    Parameters
    ----------
    channels
        Of the input and of the output; both have shape (N, channels, H, W).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        last = nn.BatchNorm2d(channels)
        # At first the block passes its input on: a deep stack then starts as a shallow one.
        nn.init.zeros_(last.weight)
        self.change = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return relu(x + f(x)), of the shape of x."""
        return functional.relu(x + self.change(x))


def halving(in_channels: int, out_channels: int) -> nn.Sequential:
    """Return a 4×4 convolution with stride 2: half the height, half the width, new channels."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


class Colorizer(nn.Module):
    """Our colorizer: predicts ab at half the size of L, as one color and as a distribution.

    The encoder halves the picture once for every width. The decoder doubles it again up to the
    first width's size, by bilinear interpolation, which leaves no checkerboard, and adds the
    encoder's map of that size. Two heads read the last map: the *faithful* one gives the color
    with the least squared error, the other a distribution over the bins of ab, from which the
    *vivid* color is decoded (:func:`cnncourse.colorize.losses.annealed_mean`).

    Parameters
    ----------
    widths
        Channels at a half, a quarter, an eighth … of the size.

    Examples
    --------
    >>> network = Colorizer(widths=(8, 16))
    >>> ab, logits = network(torch.rand(1, 1, 32, 24) * 100)
    >>> tuple(ab.shape), tuple(logits.shape) == (1, len(ab_bins()), 16, 12)
    ((1, 2, 16, 12), True)
    >>> network(torch.rand(1, 1, 30, 24))
    Traceback (most recent call last):
    ...
    ValueError: Colorizer: L has shape (1, 1, 30, 24); it should be (N, 1, H, W) with H and W multiples of 4
    """  # noqa: E501

    def __init__(self, widths: Sequence[int] = (64, 128, 192)) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.encoder = nn.ModuleList(
            nn.Sequential(halving(before, width), ResidualBlock(width))
            for before, width in zip((1, *self.widths[:-1]), self.widths, strict=True)
        )
        self.narrow = nn.ModuleList(
            nn.Conv2d(deep, shallow, 1)
            for shallow, deep in zip(self.widths[:-1], self.widths[1:], strict=True)
        )
        self.decoder = nn.ModuleList(ResidualBlock(width) for width in self.widths[:-1])
        self.color = nn.Conv2d(self.widths[0], 2, 3, padding=1)
        self.distribution = nn.Conv2d(self.widths[0], len(ab_bins()), 1)

    @property
    def multiple(self) -> int:
        """Height and width of L must be multiples of this number of pixels."""
        return 2 ** len(self.widths)

    def forward(self, L: Tensor) -> tuple[Tensor, Tensor]:
        """Predict color.

        Parameters
        ----------
        L
            Lightness from 0 to 100, shape (N, 1, H, W), H and W multiples of `multiple`.

        Returns
        -------
        ab : Tensor
            Shape (N, 2, H/2, W/2), in units of Lab.
        logits : Tensor
            Shape (N, Q, H/2, W/2): over the Q colors of :func:`~cnncourse.colorize.losses.ab_bins`.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        if (
            L.ndim != 4
            or L.shape[1] != 1
            or L.shape[2] % self.multiple
            or L.shape[3] % self.multiple
        ):
            raise ValueError(
                f"Colorizer: L has shape {tuple(L.shape)}; it should be (N, 1, H, W) with H and W "
                f"multiples of {self.multiple}"
            )
        x = L / 50 - 1
        maps = []
        for stage in self.encoder:
            x = stage(x)
            maps.append(x)
        for level in reversed(range(len(self.narrow))):
            wider = functional.interpolate(self.narrow[level](x), scale_factor=2.0, mode="bilinear")
            x = self.decoder[level](maps[level] + wider)
        # The head's numbers stay near 1 when ab is counted in steps of 50.
        return 50 * self.color(x), self.distribution(x)


class SeriesNet(nn.Module):
    """The network of the four-part series that this course follows, rebuilt from its description.

    Four 4×4 convolutions with stride 2, two dilated 4×4 ones, four transposed 4×4 ones with
    stride 2, each fed with the encoder's map of its size beside its input. The last one's two
    channels go through a ReLU, join the picture, and a 3×3 convolution makes ab of the three.
    Batch norm and ReLU follow every layer but the last.

    Examples
    --------
    >>> ab = SeriesNet()(torch.rand(1, 1, 32, 32) * 100)
    >>> tuple(ab.shape)
    (1, 2, 32, 32)
    """

    widths = (32, 64, 128, 256)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(
            self._layer(nn.Conv2d(before, width, 4, stride=2, padding=1), width)
            for before, width in zip((1, 32, 64, 128), self.widths, strict=True)
        )
        self.dilated = nn.Sequential(
            *(self._layer(nn.Conv2d(256, 256, 4, padding=3, dilation=2), 256) for _ in range(2))
        )
        # Each reads its input and the encoder's map of the same size, one above the other.
        self.decoder = nn.ModuleList(
            self._layer(nn.ConvTranspose2d(2 * width, after, 4, stride=2, padding=1), after)
            for width, after in zip((256, 128, 64, 32), (128, 64, 32, 2), strict=True)
        )
        self.last = nn.Conv2d(3, 2, 3, padding=1)

    @staticmethod
    def _layer(convolution: nn.Module, channels: int) -> nn.Sequential:
        return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU())

    def forward(self, L: Tensor) -> Tensor:
        """Predict ab.

        Parameters
        ----------
        L
            Lightness from 0 to 100, shape (N, 1, H, W), H and W multiples of 16.

        Returns
        -------
        Tensor
            ab of shape (N, 2, H, W), in units of Lab.
        """
        picture = L / 100
        x, maps = picture, []
        for layer in self.encoder:
            x = layer(x)
            maps.append(x)
        x = self.dilated(x)
        for layer in self.decoder:
            x = layer(torch.cat([x, maps.pop()], dim=1))
        return 100 * self.last(torch.cat([x, picture], dim=1))
