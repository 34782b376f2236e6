"""Chapter 02: right answers of another kind pass, and the numbers in its questions hold."""

import numpy as np
import pytest

from cnncourse.exercises import locality
from cnncourse.functional import cross_correlate


def shift_by_rolling(x, rows, columns):
    shifted = np.roll(x, (rows, columns), (0, 1))
    shifted[: max(rows, 0)] = 0
    shifted[:, : max(columns, 0)] = 0
    if rows < 0:
        shifted[rows:] = 0
    if columns < 0:
        shifted[:, columns:] = 0
    return shifted


def matrix_by_units(weights, length):
    row = np.array([weights])
    units = np.eye(length, dtype=np.int64)
    delta = len(weights) // 2
    return np.array([cross_correlate(unit[None], row, (0, delta))[0] for unit in units]).T


def breaks_by_trying(size, delta, rows, columns):
    """Compare both orders on pictures and weights that leave nothing to chance."""
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 2, size)
    weights = rng.uniform(1, 2, (2 * delta + 1, 2 * delta + 1))
    first = cross_correlate(shift_by_rolling(x, rows, columns), weights, delta)
    last = shift_by_rolling(cross_correlate(x, weights, delta), rows, columns)
    return ~np.isclose(first, last)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (locality.shared_weights, lambda c, d, delta: c * d * len(range(-delta, delta + 1)) ** 2),
        (
            locality.repair_local_layer,
            lambda x, weights: cross_correlate(x, weights, len(weights) // 2),
        ),
        (locality.shift_picture, shift_by_rolling),
        (locality.layer_matrix, matrix_by_units),
        (locality.where_it_breaks, breaks_by_trying),
    ],
)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_where_it_breaks_is_what_trying_finds():
    compared = 0
    for height, width, delta in [(5, 7, 1), (6, 5, 2), (8, 8, 1), (4, 9, 0)]:
        for rows in range(-height, height + 1):
            for columns in range(-3, 4):
                expected = breaks_by_trying((height, width), delta, rows, columns)
                found = locality.where_it_breaks.reference((height, width), delta, rows, columns)
                assert np.array_equal(found, expected), (height, width, delta, rows, columns)
                compared += 1
    assert compared == 7 * (11 + 13 + 17 + 9)


def test_the_numbers_in_the_questions_hold():
    window = locality.shared_weights.reference(1, 1, 2)
    assert window == 25
    assert window * 100 * 100 == 250_000
    assert 4 * 2**2 * 100 * 100 == 160_000
    assert (100 * 100) ** 2 == 100_000_000
