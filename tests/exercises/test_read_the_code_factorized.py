"""What the code to read says is what PyTorch does with that very code."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from cnncourse.exercises import factorized

CODE = re.search(r"```python\n(.*?)```", factorized.read_the_code.prompt, re.DOTALL)[1]


@pytest.mark.parametrize(("c", "n"), factorized.read_the_code.cases)
def test_the_reference_says_what_pytorch_does(c, n):
    names = {"torch": torch, "nn": nn, "c": c, "n": n}
    exec(CODE, names)
    found = tuple(names[name] for name in ("learned", "channels", "rows"))
    assert factorized.read_the_code.reference(c, n) == found


def test_the_3x3_layer_has_the_smaller_part_from_three_channels_on():
    learned = {c: factorized.read_the_code.reference(c, 8)[0] for c in range(1, 9)}
    smaller = {c: 54 * c < learned[c] - 54 * c for c in learned}
    assert [c for c in smaller if not smaller[c]] == [1, 2]


def test_the_numbers_in_the_questions_hold():
    """Each number that a question of the chapter states, computed."""
    assert (32 * 64, 32 * 64 * 9, 32 * 64 * 28 * 28) == (2_048, 18_432, 1_605_632)
    assert (128 * 9, 128 * 128 * 9) == (1_152, 147_456)
    ranks = [
        np.linalg.matrix_rank(kernel)
        for kernel in (
            [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[2, 0, -2], [4, 0, -4], [2, 0, -2]],
            [[1, 1, 1], [1, 0, 1], [1, 1, 1]],
        )
    ]
    assert ranks == [2, 3, 1, 2]


def test_kernels_of_rank_one_can_fill_the_unfolding():
    rng = np.random.default_rng(0)
    columns, rows = rng.normal(size=(2, 8, 8, 3))
    weight = np.einsum("oia,oib->oiab", columns, rows)
    assert {int(np.linalg.matrix_rank(kernel)) for kernel in weight.reshape(-1, 3, 3)} == {1}
    assert factorized.middle_maps.reference(weight) == (24, 24)
    one_map = np.einsum("ia,ob->oiab", columns[0], rows[0])
    assert factorized.middle_maps.reference(one_map)[0] == 1
