# mypy: allow-untyped-defs
"""The solutions that chapter 04 folds away, as a student would write them."""

import numpy as np


def output_size(size, kernel_size, padding):
    """Return how many places a window has along one axis."""
    return size + 2 * padding - kernel_size + 1


def same_padding(kernel_size):
    """Return the padding before and after that keeps the size."""
    total = kernel_size - 1
    before = total // 2
    return before, total - before


def reflect_index(i, size):
    """Return which position inside i copies under reflect padding."""
    if i < 0:
        i = -i
    if i >= size:
        i = 2 * (size - 1) - i
    return i


def pad_replicate(x, padding):
    """Pad x by repeating its border pixels."""
    ph, pw = padding
    H, W = x.shape
    rows = np.clip(np.arange(-ph, H + ph), 0, H - 1)
    columns = np.clip(np.arange(-pw, W + pw), 0, W - 1)
    return x[rows][:, columns]


def read_counts(height, width, kernel_size, padding):
    """Return how many windows read each pixel."""
    counts = np.zeros((height + 2 * padding, width + 2 * padding), dtype=int)
    for i in range(height + 2 * padding - kernel_size + 1):
        for j in range(width + 2 * padding - kernel_size + 1):
            counts[i : i + kernel_size, j : j + kernel_size] += 1
    return counts[padding : padding + height, padding : padding + width]
