"""Chapter 06: right answers of another kind pass, and the numbers in its questions hold."""

import numpy as np
import pytest

from cnncourse import functional
from cnncourse.exercises import pooling
from cnncourse.geometry import output_size


def average_by_package(x, k, padding):
    stack = x[None].astype(float)
    return functional.avg_pool2d(stack, k, k, padding, count_include_pad=False)[0]


def shape_by_geometry(height, width):
    size = output_size((height, width), 2, 2)
    size = output_size(size, 2, 1, 1)
    return [2, 3, *output_size(size, 4, 4, ceil_mode=True)]


def unnoticed_by_loops(x, kernel_size):
    def pooled(row):
        return [max(row[i : i + kernel_size]) for i in range(0, len(row), kernel_size)]

    row = x.tolist()
    zeros = [0] * kernel_size
    return [pooled((zeros[:by] + row)[: len(row)]) == pooled(row) for by in range(kernel_size)]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (pooling.pool_by_l2, lambda x, k: functional.lp_pool2d(x[None].astype(float), 2, k)[0]),
        (
            pooling.pool_by_l2,
            lambda x, k: np.sqrt(np.add.reduce(x.reshape(len(x) // k, k, -1, k) ** 2, (1, 3))),
        ),
        (pooling.repair_average, average_by_package),
        (pooling.read_the_code, shape_by_geometry),
        (pooling.max_pool, lambda x, k, s: functional.max_pool2d(x[None], k, s)[0]),
        (pooling.unnoticed_shifts, unnoticed_by_loops),
    ],
)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_nothing_is_lost_in_the_shifts_of_the_exercise():
    for row, kernel_size in pooling.unnoticed_shifts.cases:
        assert len(row) % kernel_size == 0
        assert (row[len(row) - kernel_size + 1 :] == 0).all()
        assert (row >= 0).all()


def test_the_numbers_in_the_questions_hold():
    assert output_size(13, 5, 3) == 3
    assert output_size(13, 5, 3, ceil_mode=True) == 4
    assert output_size(13, 5) == 9
    maps = np.zeros((16, 32, 32))
    assert functional.max_pool2d(maps, 2).shape == (16, 16, 16)
    assert functional.max_pool2d(maps, 2, 1).shape == (16, 31, 31)
