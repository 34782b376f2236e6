# mypy: allow-untyped-defs
"""The solutions that chapter 06 folds away, as a student would write them."""

import numpy as np


def l2_pool(x, k):
    """Pool blocks of k by k by their L2 norm."""
    H, W = x.shape
    blocks = x.reshape(H // k, k, W // k, k)
    return np.sqrt((blocks**2).sum(axis=(1, 3)))


def average_pool(x, k, padding):
    """Average windows side by side; padded zeros do not count."""
    padded = np.pad(x, padding)
    real = np.pad(np.ones(x.shape), padding)
    H_out, W_out = padded.shape[0] // k, padded.shape[1] // k
    y = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            rows, columns = slice(i * k, i * k + k), slice(j * k, j * k + k)
            y[i, j] = padded[rows, columns].sum() / real[rows, columns].sum()
    return y


def printed_shape(height, width):
    """Return the four numbers that the code prints."""
    sizes = []
    for size in (height, width):
        size = size // 2  # the stride is the kernel size, 2
        size = (size + 2 - 2) // 1 + 1  # padding 1 on each side, stride 1
        size = (size + 3) // 4  # stride 4, rounded up
        sizes.append(size)
    return 2, 3, *sizes


def max_pool(x, kernel_size, stride):
    """Return the largest value of every window."""
    H, W = x.shape
    H_out = (H - kernel_size) // stride + 1
    W_out = (W - kernel_size) // stride + 1
    y = np.zeros((H_out, W_out), dtype=x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            y[i, j] = x[top : top + kernel_size, left : left + kernel_size].max()
    return y


def unnoticed_shifts(x, kernel_size):
    """Mark the shifts to the right that the pooled row does not notice."""

    def pooled(row):
        return row.reshape(-1, kernel_size).max(axis=1)

    unnoticed = []
    for shift in range(kernel_size):
        same = np.array_equal(pooled(np.roll(x, shift)), pooled(x))
        unnoticed.append(int(same))
    return unnoticed
