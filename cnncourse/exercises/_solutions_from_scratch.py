# mypy: allow-untyped-defs
"""The solutions that chapter 12 folds away, as a student would write them."""

import numpy as np


def one_window(region, filters, biases):
    """Return what all filters answer to one window."""
    return (filters * region).sum(axis=(1, 2)) + biases


def cross_entropy_slope(scores, labels):
    """Return the gradient of the mean cross-entropy for the scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    slope = powers / powers.sum(axis=1, keepdims=True)
    slope[np.arange(len(labels)), labels] -= 1
    return slope / len(labels)


def last_weight(start, inputs, targets):
    """Return the number that the code prints."""
    weight, gradient = start, 0
    for i, (x, target) in enumerate(zip(inputs, targets, strict=True)):
        gradient = gradient + (weight * x - target) * x
        if i % 2 == 1:
            weight = weight - 0.25 * gradient
            gradient = 0
    return weight


def one_epoch(weight, images, labels, order, batch):
    """Return the weight after one epoch of steps with a rate of 0.5."""
    for first in range(0, len(order), batch):
        chosen = order[first : first + batch]
        scores = images[chosen] @ weight.T
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        slope = powers / powers.sum(axis=1, keepdims=True)
        slope[np.arange(len(chosen)), labels[chosen]] -= 1
        weight = weight - 0.5 * slope.T @ images[chosen] / len(chosen)
    return weight


def chance_of_luck(first, second):
    """Return how often a fair coin would split as unevenly as this."""
    from math import comb

    only_first = np.sum((first == 1) & (second == 0))
    only_second = np.sum((first == 0) & (second == 1))
    n, fewer = int(only_first + only_second), int(min(only_first, only_second))
    one_side = sum(comb(n, k) for k in range(fewer + 1)) / 2**n
    return min(1, 2 * one_side)
