# mypy: allow-untyped-defs
"""The solutions that chapter 10 folds away, as a student would write them."""

import numpy as np

from cnncourse.functional import cross_correlate


def joint_kernel(column, row):
    """Return the kernel of one pass that does what both do."""
    return np.outer(column, row)


def unfolding(weight):
    """Return the matrix of shape (C_in · kh, C_out · kw)."""
    C_out, C_in, kh, kw = weight.shape
    return weight.transpose(1, 2, 0, 3).reshape(C_in * kh, C_out * kw)


def depthwise_separable(x, depthwise, pointwise):
    """Filter each channel with its own kernel, then mix the channels."""
    pairs = zip(x, depthwise, strict=True)
    maps = np.stack([cross_correlate(channel, kernel) for channel, kernel in pairs])
    return np.tensordot(pointwise, maps, axes=1)


def what_it_has(c, n):
    """Return how many numbers it learns, and the output's channels and rows."""
    learned = 6 * c * c + 6 * c * 9 + 12 * c * c + 2 * c
    rows = (n + 2 * 1 - 3) // 2 + 1
    return learned, 2 * c, rows


def middle_maps(weight):
    """Return how many maps each order of the two passes needs."""
    C_out, C_in, kh, kw = weight.shape
    down_first = weight.transpose(1, 2, 0, 3).reshape(C_in * kh, C_out * kw)
    across_first = weight.transpose(1, 3, 0, 2).reshape(C_in * kw, C_out * kh)
    return np.linalg.matrix_rank(down_first), np.linalg.matrix_rank(across_first)
