"""What chapter 09's exercises and questions claim, against PyTorch and by brute force."""

import re

import numpy as np
import pytest
import torch

from cnncourse import geometry
from cnncourse.exercises import one_by_one
from cnncourse.functional import conv2d, max_pool2d

CODE = re.search(r"```python\n(.*?)```", one_by_one.read_the_code.prompt, re.S)[1]


def tensor(array):
    return torch.tensor(np.asarray(array), dtype=torch.float64)


@pytest.mark.parametrize(("C", "M", "K"), one_by_one.read_the_code.cases)
def test_the_code_gives_what_the_reference_says(C, M, K):
    names = {"torch": torch, "C": C, "M": M, "K": K}
    exec(CODE, names)
    assert names["answer"] == one_by_one.read_the_code.reference(C, M, K)


@pytest.mark.parametrize("case", one_by_one.with_a_matrix.cases)
def test_the_matrix_product_is_torchs_convolution(case):
    x, weight, bias = map(tensor, case)
    theirs = torch.nn.functional.conv2d(x, weight[:, :, None, None], bias).numpy()
    assert np.array_equal(one_by_one.with_a_matrix.reference(*case), theirs)


@pytest.mark.parametrize("case", one_by_one.repair_head.cases)
def test_a_dense_head_and_its_convolution_give_the_same_scores(case):
    weight, *shape = case
    maps = torch.tensor(np.random.default_rng(2).integers(-9, 10, (4, *shape)), dtype=float)
    dense = torch.nn.functional.linear(maps.flatten(1), tensor(weight))
    filters = tensor(one_by_one.repair_head.reference(*case))
    assert torch.equal(torch.nn.functional.conv2d(maps, filters)[:, :, 0, 0], dense)


@pytest.mark.parametrize("case", one_by_one.undo_transform.cases)
def test_the_undone_picture_gives_the_transformed_one(case):
    y, weight, bias = case
    x = one_by_one.undo_transform.reference(*case)
    assert np.allclose(conv2d(x, weight.astype(float)[:, :, None, None], bias.astype(float)), y)


@pytest.mark.parametrize("case", one_by_one.merge_layers.cases)
def test_the_merged_layer_is_both_layers_without_padding_and_not_with_it(case):
    first, first_bias, second, second_bias = map(tensor, case)
    rows = one_by_one.merge_layers.reference(*case)
    weight = tensor(rows[:, :-1]).reshape(len(rows), first.shape[1], *second.shape[2:])
    x = torch.tensor(np.random.default_rng(3).integers(-9, 10, (len(first[0]), 5, 6)), dtype=float)
    middle = torch.nn.functional.conv2d(x, first[:, :, None, None], first_bias)
    for padding in (0, 1):
        both = torch.nn.functional.conv2d(middle, second, second_bias, padding=padding)
        merged = torch.nn.functional.conv2d(x, weight, tensor(rows[:, -1]), padding=padding)
        assert torch.equal(both, merged) == (padding == 0)
        inside = slice(padding, -padding or None)
        assert torch.equal(both[:, inside, inside], merged[:, inside, inside])


def test_the_numbers_in_the_questions_hold():
    layer = torch.nn.Conv2d(6, 20, (5, 3))
    assert layer.weight.shape == (20, 6, 5, 3)
    assert max_pool2d(np.zeros((64, 28, 28)), 2).shape == (64, 14, 14)
    assert geometry.output_size(28, kernel=2) == 27
    assert torch.nn.Conv2d(256, 64, 1).weight[0].numel() == 256
    assert 14 * 14 == 196
    first, second = torch.nn.Conv2d(1, 32, 8), torch.nn.Conv2d(32, 10, 1)
    assert second(first(torch.zeros(1, 1, 16, 40))).shape == (1, 10, 9, 33)

    rng = np.random.default_rng(4)
    picture = rng.random((3, 4, 5))
    negative = conv2d(picture, -np.eye(3)[:, :, None, None], np.ones(3))
    assert np.allclose(negative, 1 - picture)
    exchanged = conv2d(picture, np.eye(3)[::-1][:, :, None, None])
    assert np.allclose(exchanged, picture[::-1])


def merge_by_probing(first, first_bias, second, second_bias):
    """Find the merged layer from outside: from its answers to single bright pixels."""
    (C_out, _, kh, kw), C = second.shape, first.shape[1]

    def both(x):
        middle = conv2d(x, first[:, :, None, None], first_bias)
        return conv2d(middle, second, second_bias)[:, 0, 0]

    bias = both(np.zeros((C, kh, kw), dtype=np.int64))
    rows = np.zeros((C_out, C * kh * kw + 1))
    rows[:, -1] = bias
    for place in range(C * kh * kw):
        x = np.zeros(C * kh * kw, dtype=np.int64)
        x[place] = 1
        rows[:, place] = both(x.reshape(C, kh, kw)) - bias
    return rows


def undo_by_solving(y, weight, bias):
    flat = y.reshape(len(y), -1) - bias[:, None]
    return np.linalg.solve(weight, flat).reshape(y.shape)


def test_right_answers_that_look_different_pass():
    assert one_by_one.merge_layers.check(merge_by_probing)
    assert one_by_one.undo_transform.check(undo_by_solving)
    assert one_by_one.with_a_matrix.check(
        lambda x, weight, bias: conv2d(x, weight[:, :, None, None], bias)
    )
    assert one_by_one.repair_head.check(
        lambda weight, channels, height, width: np.stack(
            [np.reshape(row, (channels, height, width)) for row in weight]
        )
    )
