# mypy: allow-untyped-defs
"""The solutions that chapter 11 folds away, as a student would write them."""

import numpy as np

from cnncourse.functional import cross_correlate


def bias_gradient(upstream):
    """Return the gradient for the bias, one number for each filter."""
    return upstream.sum(axis=(0, 2, 3))


def kernel_gradient(x, kernel, bias, upstream):
    """Return the gradient for the kernel, back through ReLU and bias."""
    score = cross_correlate(x, kernel) + bias
    back = np.where(score > 0, upstream, 0)
    return cross_correlate(x, back)


def input_gradient(upstream, kernel, size, stride, padding):
    """Return the gradient for a picture of this size."""
    (H, W), (kh, kw) = size, kernel.shape
    padded = np.zeros((H + 2 * padding, W + 2 * padding))
    for i, j in np.ndindex(upstream.shape):
        top, left = i * stride, j * stride
        padded[top : top + kh, left : left + kw] += upstream[i, j] * kernel
    return padded[padding : padding + H, padding : padding + W]


def printed_gradient(picture):
    """Return the matrix that the code prints."""
    gradient = np.zeros(picture.shape)
    for i in range(picture.shape[0] - 1):
        for j in range(picture.shape[1] - 1):
            window = picture[i : i + 2, j : j + 2]
            if window.max() > 0:  # else ReLU lets nothing through
                a, b = divmod(window.argmax(), 2)  # the first of equal ones
                gradient[i + a, j + b] += 2  # backward ran twice
    return gradient


def room_to_move(x, kernel_size, stride):
    """Return how far each pixel may move before a window's winner changes."""
    (H, W), k = x.shape, kernel_size
    room = np.full((H, W), np.inf)
    for i in range(0, H - k + 1, stride):
        for j in range(0, W - k + 1, stride):
            window = x[i : i + k, j : j + k]
            for a, b in np.ndindex(k, k):
                others = np.delete(window, a * k + b)
                distance = abs(window[a, b] - others.max())
                room[i + a, j + b] = min(room[i + a, j + b], distance)
    return room
