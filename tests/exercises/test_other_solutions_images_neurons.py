"""Chapters 00 and 01: other right answers pass, and the numbers in the questions hold."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from cnncourse.exercises import images, neurons


def offset_by_walking(height, width, c, i, j):
    x = np.arange(3 * height * width).reshape(3, height, width)
    return int(x[c, i, j])


def channels_by_stacking(image):
    return np.stack([image[:, :, c] for c in range(image.shape[2])])


def brighten_pixel_by_pixel(image, amount):
    return [[min(max(int(pixel) + amount, 0), 255) for pixel in row] for row in image]


def brighten_as_floats(image, amount):
    return np.clip(image / 255 + amount / 255, 0, 1) * 255


def unshuffle_by_loop(pixels, order, shape):
    picture = np.zeros(shape)
    for pixel, place in zip(pixels, order, strict=True):
        picture[divmod(int(place), shape[1])] = pixel
    return picture


def neighbors_by_products(pictures):
    x = pictures.astype(float)
    squares = (x**2).sum(axis=0)
    distance = squares[:, None] + squares - 2 * x.T @ x
    return (distance + np.diag(np.full(len(squares), 1e9))).argmin(axis=1).tolist()


def batches_by_splitting(count, size):
    ends = [*range(size, count, size), count]
    return np.stack([[0, *ends[:-1]], ends], axis=1)


def cross_entropy_by_logaddexp(scores, label):
    return np.logaddexp.reduce(scores.astype(float)) - scores[label]


def gradient_by_nudging(X, t, w, b):
    def loss(parameters):
        return np.mean((X @ parameters[:-1] + parameters[-1] - t) ** 2)

    at = np.append(w, b).astype(float)
    nudges = np.eye(len(at)) * 0.5  # exact for a parabola, however large
    return [loss(at + nudge) - loss(at - nudge) for nudge in nudges]


def gradient_by_matrices(X, t, w, b):
    with_ones = np.column_stack([X, np.ones(len(t))])
    return 2 / len(t) * with_ones.T @ (with_ones @ np.append(w, b) - t)


def pieces_by_slopes(w, b, v):
    """Compare the slope of f left and right of every place where a neuron bends."""
    neurons = [
        (Fraction(int(a)), Fraction(int(c)), Fraction(int(out)))
        for a, c, out in zip(w, b, v, strict=True)
    ]
    places = sorted({-c / a for a, c, _ in neurons if a != 0})

    def slope(x):
        return sum(out * a for a, c, out in neurons if a * x + c > 0)

    ends = [places[0] - 1, *places, places[-1] + 1] if places else [Fraction(0), Fraction(1)]
    slopes = [slope((left + right) / 2) for left, right in pairwise(ends)]
    return 1 + sum(one != other for one, other in pairwise(slopes))


ALTERNATIVES = [
    (images.memory_offset, offset_by_walking),
    (images.memory_offset, lambda h, w, c, i, j: np.ravel_multi_index((c, i, j), (3, h, w))),
    (images.repair_channels, channels_by_stacking),
    (images.repair_channels, lambda image: image.transpose(2, 0, 1)),
    (images.repair_channels, lambda image: np.rollaxis(image, 2)),
    (images.repair_brighten, brighten_pixel_by_pixel),
    (images.repair_brighten, brighten_as_floats),
    (images.unshuffle, unshuffle_by_loop),
    (images.unshuffle, lambda p, order, shape: p[np.argsort(order)].reshape(shape)),
    (images.likely_neighbors, neighbors_by_products),
    (neurons.neuron, lambda x, w, b: np.maximum(w @ x + b, 0)),
    (neurons.neuron, lambda x, w, b: float(sum([*(x * w), b])) if x @ w > -b else 0.0),
    (neurons.repair_batches, batches_by_splitting),
    (neurons.cross_entropy, cross_entropy_by_logaddexp),
    (neurons.gradient, gradient_by_nudging),
    (neurons.gradient, gradient_by_matrices),
    (neurons.pieces, pieces_by_slopes),
]


@pytest.mark.parametrize(("exercise", "answer"), ALTERNATIVES)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_torch_agrees_on_loss_and_slopes():
    import torch

    def cross_entropy(scores, label):
        return torch.nn.functional.cross_entropy(torch.tensor(scores) * 1.0, torch.tensor(label))

    def gradient(X, t, w, b):
        w = torch.tensor(w.astype(float), requires_grad=True)
        b = torch.tensor(float(b), requires_grad=True)
        answers = torch.tensor(X).double() @ w + b
        torch.nn.functional.mse_loss(answers, torch.tensor(t).double()).backward()
        return [*w.grad.tolist(), b.grad.item()]

    def batches(count, size):
        loader = torch.utils.data.DataLoader(range(count), batch_size=size)
        return [(int(batch[0]), int(batch[-1]) + 1) for batch in loader]

    assert neurons.cross_entropy.check(cross_entropy)
    assert neurons.gradient.check(gradient)
    assert neurons.repair_batches.check(batches)


def test_pieces_are_counted_right_on_random_networks():
    rng = np.random.default_rng(0)
    for _ in range(300):
        count = int(rng.integers(1, 7))
        w, b, v = (rng.integers(-2, 3, count) for _ in range(3))
        assert neurons.pieces.reference(w, b, v) == pieces_by_slopes(w, b, v)


def test_the_numbers_in_the_questions_hold():
    with np.errstate(over="ignore"):
        assert (np.array([200], np.uint8) + np.array([100], np.uint8))[0] == 44
    assert (6 - 1) * (8 - 1) * 4 == 140
    assert (6 - 2 + 1, 8 - 2 + 1) == (5, 7)
    assert (6 // 2, 8 // 2) == (3, 4)


def test_a_zero_start_moves_only_the_last_biases():
    """The answer to the question of that name, in torch."""
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    descent = torch.optim.SGD(net.parameters(), 0.1)
    pictures, labels = torch.rand(9, 4), torch.tensor([0] * 6 + [1] * 3)
    for _ in range(5):
        descent.zero_grad()
        torch.nn.functional.cross_entropy(net(pictures), labels).backward()
        descent.step()
    moved = [bool(parameter.abs().sum() > 0) for parameter in net.parameters()]
    assert moved == [False, False, False, True]
