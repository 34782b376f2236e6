# mypy: allow-untyped-defs
"""The solutions that chapter 02 folds away, as a student would write them."""

import numpy as np


def shared_weights(channels_in, channels_out, delta):
    """Return the number of weights of a local layer that shares them."""
    side = 2 * delta + 1
    return channels_in * channels_out * side * side


def local_layer(x, weights):
    """Sum every pixel's neighbors, with shared weights and zeros outside."""
    H, W = x.shape
    delta = len(weights) // 2
    y = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            for a in range(-delta, delta + 1):
                for b in range(-delta, delta + 1):
                    if 0 <= i + a < H and 0 <= j + b < W:
                        y[i, j] += weights[delta + a, delta + b] * x[i + a, j + b]
    return y


def shift_picture(x, rows, columns):
    """Move the picture down and to the right; zeros come in."""
    H, W = x.shape
    shifted = np.zeros_like(x)
    for i in range(H):
        for j in range(W):
            if 0 <= i - rows < H and 0 <= j - columns < W:
                shifted[i, j] = x[i - rows, j - columns]
    return shifted


def layer_matrix(weights, length):
    """Return the matrix of a layer with shared weights, for a row."""
    delta = len(weights) // 2
    matrix = np.zeros((length, length), dtype=int)
    for i in range(length):
        for a in range(-delta, delta + 1):
            if 0 <= i + a < length:
                matrix[i, i + a] = weights[delta + a]
    return matrix


def where_it_breaks(size, delta, rows, columns):
    """Mark the pixels where shifting first gives another output."""
    height, width = size

    def inside(i, j):
        return 0 <= i < height and 0 <= j < width

    breaks = np.zeros(size, dtype=int)
    for i, j in np.ndindex(height, width):
        for a, b in np.ndindex(2 * delta + 1, 2 * delta + 1):
            read = i + a - delta, j + b - delta
            came_from = read[0] - rows, read[1] - columns
            shift_first = inside(*read) and inside(*came_from)
            layer_first = inside(i - rows, j - columns) and inside(*came_from)
            breaks[i, j] |= shift_first != layer_first
    return breaks
