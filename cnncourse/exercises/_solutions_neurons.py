# mypy: allow-untyped-defs
# mypy: disable-error-code="var-annotated"
"""The solutions that chapter 01 folds away, as a student would write them."""

import numpy as np


def neuron(x, w, b):
    """Return what a neuron with ReLU answers."""
    return max(0, (w * x).sum() + b)


def batches(count, size):
    """Return for each batch of one epoch its first and its end."""
    bounds = []
    for first in range(0, count, size):
        bounds.append((first, min(first + size, count)))
    return bounds


def cross_entropy(scores, label):
    """Return the cross-entropy of one row of scores."""
    shifted = scores - scores.max()
    return np.log(np.exp(shifted).sum()) - shifted[label]


def gradient(X, t, w, b):
    """Return the slopes of the loss for all weights, then for the bias."""
    error = X @ w + b - t
    for_weights = 2 * (error[:, None] * X).mean(axis=0)
    for_bias = 2 * error.mean()
    return [*for_weights, for_bias]


def pieces(w, b, v):
    """Return how many straight pieces the graph of f has."""
    change = {}
    for weight, bias, out in zip(w, b, v, strict=True):
        if weight != 0:
            place = -bias / weight
            change[place] = change.get(place, 0) + out * abs(weight)
    return 1 + sum(steeper != 0 for steeper in change.values())
