# mypy: allow-untyped-defs
"""The solutions that chapter 13 folds away, as a student would write them."""

import numpy as np


def flattened(height, width, channels, kernel_size, pool):
    """Return how many numbers `Flatten` hands to the dense layer."""
    rows = (height - kernel_size + 1) // pool
    columns = (width - kernel_size + 1) // pool
    return channels * rows * columns


def mean_loss(scores, labels):
    """Return the mean cross-entropy of these scores."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(labels)), labels].mean()


def printed(a, b):
    """Return the two numbers that the code prints."""
    mean = (a + b) / 2
    variance = (a - mean) ** 2 + (b - mean) ** 2  # divided by 2 − 1
    # Only the first call runs in training mode; they start at 0 and 1.
    return 0.75 * 0 + 0.25 * mean, 0.75 * 1 + 0.25 * variance


def batch_norm(x, weight, bias, eps):
    """Normalize each channel over the whole batch, then scale and shift it."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    normalized = (x - mean) / np.sqrt(variance + eps)
    return weight[:, None, None] * normalized + bias[:, None, None]


def best_of_guessers(guessers, pictures):
    """Return the accuracy to expect of the best of several that guess."""
    chances = np.ones(1)  # of 0, 1, 2, … right answers of one guesser
    for _ in range(pictures):
        chances = np.convolve(chances, [0.5, 0.5])
    all_at_most = np.cumsum(chances) ** guessers
    best_is = np.diff(all_at_most, prepend=0)
    return best_is @ np.arange(pictures + 1) / pictures
