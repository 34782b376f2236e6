# mypy: allow-untyped-defs
"""The solutions that chapter 14 folds away, as a student would write them."""

import numpy as np


def stamped_size(n, k, s, p, output_padding):
    """Return how many pixels a transposed convolution writes along an axis."""
    last = (n - 1) * s  # where the last stamp begins
    return last + k - 2 * p + output_padding


def stamp(x, kernel, s):
    """Put the kernel down once for each pixel, s places apart, and add."""
    H, W = x.shape
    kh, kw = kernel.shape
    y = np.zeros(((H - 1) * s + kh, (W - 1) * s + kw), x.dtype)
    for i in range(H):
        for j in range(W):
            rows = slice(i * s, i * s + kh)
            columns = slice(j * s, j * s + kw)
            y[rows, columns] += x[i, j] * kernel
    return y


def what_it_is(c, n):
    """Return the first two sizes of the weight, the rows, and what is learned."""
    rows = (n - 1) * 2 - 2 * 1 + 4
    rows = (rows - 1) * 3 - 2 * 1 + 5 + 2
    learned = 2 * c * c * 4 * 4 + c + c * 3 * 5 * 5 + 3
    return 2 * c, c, rows, learned


def levels(kernel, s):
    """Return the s × s values that a picture of ones takes inside."""
    table = np.zeros((s, s), kernel.dtype)
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            table[a % s, b % s] += kernel[a, b]
    return table


def smallest_row(y, kernel, s):
    """Return the smallest row of pixels whose convolution is y."""
    k = len(kernel)
    C = np.zeros((len(y), (len(y) - 1) * s + k))
    for i in range(len(y)):
        C[i, i * s : i * s + k] = kernel
    return np.linalg.pinv(C) @ y
