"""What a colorizer minimizes, and how colors are read from the distribution that it predicts.

The ab plane is cut into bins of 10 × 10 units. A network that predicts a probability for each
bin can say "red or blue, nothing between"; one number for a and one for b cannot.

References
----------
R. Zhang, P. Isola and A. A. Efros, Colorful image colorization, ECCV 2016,
https://arxiv.org/abs/1603.08511: the bins, the rebalancing and the annealed mean.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from scipy.spatial import Delaunay
from skimage.color import rgb2lab
from torch import Tensor
from torch.nn import functional

SPACING = 10.0  # ab units from bin to bin
EXTENT = 120  # the gamut of sRGB reaches from −108 to 98
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


@cache
def _grid() -> tuple[Tensor, Tensor]:
    """Return the bins' centers, (Q, 2), and their numbers on the whole grid, −1 where none is.

    A bin is kept when a corner of a cell that reaches into the convex hull of all sRGB colors:
    means of such colors, which pictures of half the size consist of, have all four corners then.
    """
    steps = np.linspace(0, 1, 17)
    rgb = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 1, 3)
    hull = Delaunay(rgb2lab(rgb)[:, 0, 1:])
    size = int(2 * EXTENT / SPACING)
    fine = 8  # points tried along each side of a cell
    offsets = (np.arange(size * fine + 1) / fine) * SPACING - EXTENT
    points = np.stack(np.meshgrid(offsets, offsets, indexing="ij"), axis=-1)
    inside = hull.find_simplex(points.reshape(-1, 2)).reshape(points.shape[:2]) >= 0
    used = np.zeros((size + 1, size + 1), dtype=bool)
    for i in range(size):
        for j in range(size):
            if inside[i * fine : (i + 1) * fine + 1, j * fine : (j + 1) * fine + 1].any():
                used[i : i + 2, j : j + 2] = True
    numbers = np.full(used.shape, -1, dtype=np.int64)
    numbers[used] = np.arange(used.sum())
    centers = np.argwhere(used) * SPACING - EXTENT
    # On the CPU whatever device is the default now: they are kept for later calls.
    return (
        torch.tensor(centers, dtype=torch.float32, device="cpu"),
        torch.tensor(numbers, device="cpu"),
    )


def ab_bins() -> Tensor:
    """Return the ab colors that distributions are over.

    Returns
    -------
    Tensor
        Shape (Q, 2): a and b, multiples of 10, as many as the colors of sRGB need.

    Examples
    --------
    >>> bins = ab_bins()
    >>> [0.0, 0.0] in bins.tolist(), float(bins.abs().max())
    (True, 110.0)
    """
    return _grid()[0].clone()


def encode(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Share each color among the four bins around it, so that their mean is the color itself.

    Parameters
    ----------
    ab
        Shape (N, 2, h, w), colors of sRGB or means of such colors.

    Returns
    -------
    indices : Tensor
        Integers of shape (N, 4, h, w): the numbers of the bins.
    shares : Tensor
        Shape (N, 4, h, w): not negative, and with the sum 1 at every pixel.

    Raises
    ------
    ValueError
        If a color lies where no bins are.

    Examples
    --------
    >>> indices, shares = encode(torch.tensor([12.0, -7.0]).reshape(1, 2, 1, 1))
    >>> for index, share in zip(indices.flatten(), shares.flatten()):
    ...     print(ab_bins()[index].tolist(), round(float(share), 2))
    [10.0, -10.0] 0.56
    [10.0, 0.0] 0.24
    [20.0, -10.0] 0.14
    [20.0, 0.0] 0.06
    """
    numbers = _grid()[1].to(ab.device)
    place = (ab.float() + EXTENT) / SPACING
    corner = place.floor().clamp(0, numbers.shape[0] - 2)
    right = place - corner
    i, j = corner.long().unbind(1)
    indices, shares = [], []
    for down, across in CORNERS:
        indices.append(numbers[i + down, j + across])
        share_a = right[:, 0] if down else 1 - right[:, 0]
        share_b = right[:, 1] if across else 1 - right[:, 1]
        shares.append(share_a * share_b)
    stacked = torch.stack(indices, dim=1)
    if (stacked < 0).any() or (right < 0).any() or (right > 1).any():
        worst = ab.abs().amax(dim=(0, 2, 3)).tolist()
        raise ValueError(
            f"encode: ab has colors outside sRGB; |a| reaches {worst[0]:.1f} and |b| {worst[1]:.1f}"
        )
    return stacked, torch.stack(shares, dim=1)


def classification_loss(logits: Tensor, ab: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean cross-entropy between the predicted distributions and the true colors.

    Parameters
    ----------
    logits
        Shape (N, Q, h, w).
    ab
        The true colors, shape (N, 2, h, w).
    weights
        Shape (Q,), how much a pixel of each bin's color counts, as from :func:`rebalancing`.

    Returns
    -------
    Tensor
        A number, in nats a pixel.
    """
    indices, shares = encode(ab)
    surprise = -functional.log_softmax(logits.float(), dim=1).gather(1, indices)
    loss = (shares * surprise).sum(dim=1)
    if weights is not None:
        loss = loss * (shares * weights.to(shares)[indices]).sum(dim=1)
    return loss.mean()


def frequencies(ab: Tensor) -> Tensor:
    """Return how often each bin's color occurs.

    Parameters
    ----------
    ab
        Shape (N, 2, h, w).

    Returns
    -------
    Tensor
        Shape (Q,), with the sum 1.
    """
    indices, shares = encode(ab)
    counts = torch.zeros(len(_grid()[0]), dtype=torch.float64)
    counts.index_add_(0, indices.flatten().cpu(), shares.flatten().double().cpu())
    return (counts / counts.sum()).float()


def rebalancing(frequencies: Tensor, mix: float = 0.5) -> Tensor:
    """Return weights that let rare colors count.

    Gray is so frequent that a network is rewarded for answering gray. A pixel of bin q gets a
    weight proportional to 1 / ((1 − mix)·p_q + mix/Q): with mix = 1 all weights are equal, with
    mix = 0 all bins count the same, however rare.

    Parameters
    ----------
    frequencies
        p, shape (Q,), with the sum 1.
    mix
        From 0 to 1.

    Returns
    -------
    Tensor
        Shape (Q,). The mean weight of a pixel, Σ p_q w_q, is 1.

    Raises
    ------
    ValueError
        If `mix` is not from 0 to 1, or is 0 where a bin never occurs.

    References
    ----------
    Zhang, Isola and Efros 2016, equation 4.

    Examples
    --------
    >>> [round(float(w), 2) for w in rebalancing(torch.tensor([0.9, 0.1]))]
    [0.88, 2.06]
    """
    if not 0 <= mix <= 1 or (mix == 0 and bool((frequencies == 0).any())):
        raise ValueError(
            f"rebalancing: mix is {mix}; it should be from 0 to 1, and above 0 where some bins "
            "never occur"
        )
    weights = 1 / ((1 - mix) * frequencies + mix / len(frequencies))
    return weights / (frequencies * weights).sum()


def rebalance(logits: Tensor, weights: Tensor) -> Tensor:
    """Multiply predicted probabilities by weights, and leave it to softmax that they sum to 1.

    Where every pixel has the color of one bin, a network trained with a loss in which bin q
    counts w_q predicts, at best, probabilities proportional to p(q | L)·w_q. One trained without
    weights predicts p(q | L), and this brings it to the same place. (Colors between bins, whose
    pixel gets one weight, make a small difference.) Dividing undoes the weights of a training:
    pass ``1 / weights``.

    Parameters
    ----------
    logits
        Shape (N, Q, h, w).
    weights
        Positive, shape (Q,).

    Returns
    -------
    Tensor
        Logits of shape (N, Q, h, w).

    Examples
    --------
    >>> logits = torch.log(torch.tensor([0.75, 0.25])).reshape(1, 2, 1, 1)
    >>> new = rebalance(logits, torch.tensor([1.0, 3.0])).softmax(dim=1)
    >>> [round(float(p), 2) for p in new.flatten()]
    [0.5, 0.5]
    """
    return logits + weights.to(logits).log().reshape(1, -1, 1, 1)


def mean(logits: Tensor) -> Tensor:
    """Return the mean color, Σ p_q · bin_q, of shape (N, 2, h, w): the least squared error."""
    return annealed_mean(logits, temperature=1.0)


def annealed_mean(logits: Tensor, temperature: float) -> Tensor:
    """Return the mean of sharpened distributions.

    Parameters
    ----------
    logits
        Shape (N, Q, h, w).
    temperature
        Probabilities are raised to the power 1/temperature first: 1 leaves them as they are, and
        toward 0 only the largest remains.

    Returns
    -------
    Tensor
        ab of shape (N, 2, h, w).

    Raises
    ------
    ValueError
        If the temperature is not positive.

    References
    ----------
    Zhang, Isola and Efros 2016, equation 5 (temperature 0.38).
    """
    if temperature <= 0:
        raise ValueError(f"annealed_mean: temperature is {temperature}; it should be above 0")
    return _means(functional.softmax(logits.float() / temperature, dim=1))


def argmax(logits: Tensor) -> Tensor:
    """Return the color of the most probable bin, of shape (N, 2, h, w)."""
    return _grid()[0].to(logits.device)[logits.argmax(dim=1)].permute(0, 3, 1, 2)


def sample(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Draw colors from the distributions, the same draw for all pixels of a picture.

    Drawn for each pixel on its own, the colors of a ball would be confetti. Here the bins are
    put in the order of their hue, one number u from 0 to 1 is drawn for a picture, and every
    pixel takes the color at which its probabilities, added up in that order, pass u. Each pixel
    then still has the colors of its own distribution with their own frequencies, and neighbors
    with the same distribution have the same color.

    Parameters
    ----------
    logits
        Shape (N, Q, h, w).
    generator
        Where u comes from.

    Returns
    -------
    Tensor
        ab of shape (N, 2, h, w).
    """
    bins = _grid()[0].to(logits.device)
    order = torch.atan2(bins[:, 1], bins[:, 0]).argsort(stable=True)
    sums = functional.softmax(logits.float(), dim=1)[:, order].cumsum(dim=1)
    u = torch.rand(len(logits), generator=generator).to(logits.device).reshape(-1, 1, 1, 1)
    passed = (sums < u * sums[:, -1:]).sum(dim=1).clamp(max=len(bins) - 1)
    return bins[order][passed].permute(0, 3, 1, 2)


def spread(logits: Tensor) -> Tensor:
    """Return how far from their mean the predicted colors lie.

    Parameters
    ----------
    logits
        Shape (N, Q, h, w).

    Returns
    -------
    Tensor
        Shape (N, 1, h, w), in ab units: the root of the mean squared distance, 0 where the
        network is sure.

    Examples
    --------
    >>> sure = torch.full((1, len(ab_bins()), 1, 1), -1e9)
    >>> sure[0, 7] = 0
    >>> float(spread(sure))
    0.0
    """
    probabilities = functional.softmax(logits.float(), dim=1)
    bins = _grid()[0].to(logits.device)
    squares = torch.einsum("nqhw,q->nhw", probabilities, bins.square().sum(dim=1))
    variance = squares - _means(probabilities).square().sum(dim=1)
    return variance.clamp(min=0).sqrt().unsqueeze(1)


def _means(probabilities: Tensor) -> Tensor:
    return torch.einsum("nqhw,qc->nchw", probabilities, _grid()[0].to(probabilities.device))
