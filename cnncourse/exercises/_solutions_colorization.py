# mypy: allow-untyped-defs
"""The solutions that chapter 16 folds away, as a student would write them."""

import numpy as np


def pooled_psnr(mse, pixels):
    """Return the PSNR over all pixels of all pictures together, in decibels."""
    together = (mse * pixels).sum() / pixels.sum()
    return 10 * np.log10(255**2 / together)


def join(L, ab):
    """Return L and the enlarged ab as one picture of shape (3, H, W)."""

    def enlarge(line, n):
        m = len(line)
        places = (np.arange(n) + 0.5) * m / n - 0.5  # middles, in coarse pixels
        return np.interp(places, np.arange(m), line)

    tall = np.apply_along_axis(enlarge, 1, ab, L.shape[0])
    large = np.apply_along_axis(enlarge, 2, tall, L.shape[1])
    return np.stack([L, large[0], large[1]])


def what_it_is(c, n, d):
    """Return the rows, the pixels seen along an axis, and the count of parameters."""
    rows = n // 4  # two strides of 2; `dilated` keeps the size
    seen = 4 + 3 * 2 + 3 * d * 4  # extent less one, times the strides before
    learned = 9 * 3 * 2 + 2  # `last` reads two maps and L
    layers = [(1, c), (c, 2 * c), (2 * c, 2 * c), (4 * c, c), (2 * c, 2)]
    for before, after in layers:
        learned += 16 * before * after + after  # kernels of 4×4, and biases
        learned += 2 * after  # batch norm: a scale and a shift for each map
    return rows, seen, learned


def encode(a, b, n):
    """Return the shares of all bins, as a table of 2n + 1 rows and columns."""
    centers = 10 * np.arange(-n, n + 1)
    for_a = np.maximum(0, 1 - abs(a - centers) / 10)  # 0 from the next center on
    for_b = np.maximum(0, 1 - abs(b - centers) / 10)
    return np.outer(for_a, for_b)


def vivid(logits, counts, bins, percent):
    """Return the color, (2, H, W), that the vivid head makes of the logits."""
    share = counts / counts.sum()
    common = (share + 1 / len(counts)) / 2
    weighted = logits - np.log(common)[:, None, None]  # divides probabilities
    sharpened = weighted / (percent / 100)
    p = np.exp(sharpened - sharpened.max(axis=0))
    p = p / p.sum(axis=0)
    return np.tensordot(bins.T, p, 1)
