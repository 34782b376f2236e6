# mypy: allow-untyped-defs
"""The solutions that chapter 03 folds away, as a student would write them."""

import numpy as np

from cnncourse.functional import cross_correlate


def value_at(x, kernel, i, j):
    """Return the output value at row i, column j."""
    kh, kw = kernel.shape
    return (x[i : i + kh, j : j + kw] * kernel).sum()


def cross_correlate_loop(x, kernel):
    """Slide the kernel over x and sum the products at every place."""
    H, W = x.shape
    kh, kw = kernel.shape
    H_out = H - kh + 1
    W_out = W - kw + 1
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            output[i, j] = (x[i : i + kh, j : j + kw] * kernel).sum()
    return output


def convolve(x, kernel):
    """Return the true convolution, at the places where the kernel fits."""
    return cross_correlate(x, kernel[::-1, ::-1])


def learn_kernel(x, y, kernel_size):
    """Find the kernel that turns x into y, by gradient descent."""
    patches = np.lib.stride_tricks.sliding_window_view(x, kernel_size)
    kernel = np.zeros(kernel_size)
    for _ in range(500):
        error = (patches * kernel).sum(axis=(2, 3)) - y
        gradient = 2 * (patches * error[:, :, None, None]).mean(axis=(0, 1))
        kernel = kernel - 0.1 * gradient
    return kernel
