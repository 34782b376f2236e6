"""What the code to read says is what PyTorch does, and what the chapter's questions state holds."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from cnncourse import functional
from cnncourse.exercises import transposed
from cnncourse.geometry import output_size, transposed_output_size

CODE = re.search(r"```python\n(.*?)```", transposed.read_the_code.prompt, re.DOTALL)[1]


@pytest.mark.parametrize(("c", "n"), transposed.read_the_code.cases)
def test_the_reference_says_what_pytorch_does(c, n):
    names = {"torch": torch, "nn": nn, "c": c, "n": n}
    exec(CODE, names)
    found = tuple(names[name] for name in ("first", "second", "rows", "learned"))
    assert transposed.read_the_code.reference(c, n) == found


def stamp_by_package(x, kernel, s):
    return functional.conv_transpose2d(x[None], kernel[None, None], stride=s)[0]


def levels_by_stamping(kernel, s):
    y = stamp_by_package(np.ones((9, 9), np.int64), kernel, s)
    start = 5 * s  # inside, and a multiple of the stride
    return y[start : start + s, start : start + s]


def smallest_by_normal_equations(y, kernel, s):
    stamps = np.array([np.kron(row, np.eye(1, s)[0]) for row in np.eye(len(y))])
    C = np.array([np.convolve(row, kernel)[: (len(y) - 1) * s + len(kernel)] for row in stamps])
    return C.T @ np.linalg.solve(C @ C.T, y)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (transposed.stamped_size, transposed_output_size),
        (transposed.repair_stamps, stamp_by_package),
        (transposed.levels, levels_by_stamping),
        (transposed.smallest_row, smallest_by_normal_equations),
    ],
)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_rows_that_the_exercise_asks_for_give_y_and_are_the_smallest():
    for y, kernel, s in transposed.smallest_row.cases:
        row = transposed.smallest_row.reference(y, kernel, s)
        other = transposed._row_from_the_left(y, kernel, s)
        for each in (row, other):
            windows = np.lib.stride_tricks.sliding_window_view(each, len(kernel))[::s]
            assert np.allclose(windows @ kernel, y)
        assert row @ row < other @ other
        assert kernel.all()
        assert s <= len(kernel)


def by_steps(rate, steps):
    def smallest_row(y, kernel, s):
        x = np.zeros((len(y) - 1) * s + len(kernel))
        for _ in range(steps):
            windows = np.lib.stride_tricks.sliding_window_view(x, len(kernel))[::s]
            wrong = y - windows @ kernel  # of all windows, before any pixel moves
            for i, rest in enumerate(wrong):
                x[i * s : i * s + len(kernel)] += rate(kernel, y) * rest * kernel
        return x

    return smallest_row


def moved_by_what_the_kernel_does_not_see(y, kernel, s):
    row = transposed.smallest_row.reference(y, kernel, s)
    C = transposed._matrix_of(y, kernel, s)
    anything = np.arange(len(row)) ** 2 + 1.0
    return row + anything - np.linalg.pinv(C) @ (C @ anything)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (by_steps(lambda kernel, y: 1 / len(y) / np.sum(kernel**2), 30), "stops-too-early"),
        (by_steps(lambda kernel, y: 1 / len(y) / np.sum(kernel**2), 200), "passed"),
        (by_steps(lambda kernel, y: 0.04, 30), "runs-away"),
        (by_steps(lambda kernel, y: -0.04, 30), "runs-away"),
        (moved_by_what_the_kernel_does_not_see, "works-but-is-not-the-smallest"),
    ],
)
def test_what_is_said_of_rows_found_by_steps_and_of_other_rows_that_work(answer, reason):
    assert transposed.smallest_row.check(answer).reason == reason


def test_the_levels_of_the_exercise_are_told_for_even_and_uneven_overlaps():
    """Among the inputs are both kinds of kernel that the common rule gets the other way round."""

    def flat(table):
        return np.ptp(table) == 0

    seen = set()
    for kernel, s in transposed.levels.cases:
        overlaps = transposed.levels.reference(np.ones_like(kernel), s)
        seen.add((flat(overlaps), flat(transposed.levels.reference(kernel, s))))
    assert seen >= {(True, False), (False, True)}


def test_the_numbers_in_the_questions_hold():
    """Each number that a question of the chapter states, computed."""
    assert [output_size(n, 3, 2) for n in (7, 8)] == [3, 3]
    assert [output_size(n, 3) for n in (7, 8)] == [5, 6]
    inside = {
        weights: np.unique(
            stamp_by_package(np.ones((1, 9)), np.array([weights], float), 2)[0, 4:-4]
        )
        for weights in ((1, 2, 1), (1, 2, 3, 4), (1, 1, 1), (1, 3, 1))
    }
    assert {weights: len(values) == 1 for weights, values in inside.items()} == {
        (1, 2, 1): True,
        (1, 2, 3, 4): False,
        (1, 1, 1): False,
        (1, 3, 1): False,
    }
    assert output_size(9, 3, 2) == 4
    assert transposed_output_size(4, 3, 2) == 9
    assert transposed_output_size(4, 3, 2, 1) == 7
    assert transposed_output_size(4, 3, 2, 1, 1) == 8
    assert output_size(7, 3, 2, 1) == output_size(8, 3, 2, 1) == 4


def test_output_padding_keeps_what_padding_would_cut_off():
    """As question 3 says: with padding 1 the column that comes back holds stamps, not zeros."""
    x, kernel = np.arange(1.0, 17).reshape(1, 4, 4), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    whole = functional.conv_transpose2d(x, kernel, stride=2)[0]
    kept = functional.conv_transpose2d(x, kernel, stride=2, padding=1, output_padding=1)[0]
    assert np.array_equal(kept, whole[1:, 1:])
    assert kept[:, -1].all()
