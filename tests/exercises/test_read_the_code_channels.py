"""What chapter 08's exercises and questions claim, against PyTorch and by brute force."""

import re

import numpy as np
import pytest
import torch

from cnncourse import geometry
from cnncourse.exercises import channels
from cnncourse.functional import conv2d

CODE = re.search(r"```python\n(.*?)```", channels.read_the_code.prompt, re.S)[1]


@pytest.mark.parametrize(("H", "W"), channels.read_the_code.cases)
def test_the_code_gives_what_the_reference_says(H, W):
    names = {"torch": torch, "H": H, "W": W}
    exec(CODE, names)
    assert names["answer"] == channels.read_the_code.reference(H, W)


@pytest.mark.parametrize("case", channels.conv_layer.cases)
def test_the_layer_written_alone_is_torch(case):
    x, weight, bias, stride = case
    tensors = [torch.tensor(array, dtype=torch.float64) for array in (x, weight, bias)]
    theirs = torch.nn.functional.conv2d(*tensors, stride=stride).numpy()
    assert np.array_equal(channels.conv_layer.reference(*case), theirs)


@pytest.mark.parametrize("case", channels.parameter_count.cases)
def test_the_parameters_are_those_of_torch(case):
    layer = torch.nn.Conv2d(case[0], case[1], case[2:])
    count = sum(p.numel() for p in layer.parameters())
    assert channels.parameter_count.reference(*case) == count


def test_no_other_filter_that_is_blind_to_gray_is_nearer():
    rng = np.random.default_rng(0)
    for (kernels,) in channels.blind_to_gray.cases:
        nearest = channels.blind_to_gray.reference(kernels)
        gray = np.broadcast_to(rng.normal(size=(1, 6, 7)), (len(kernels), 6, 7))
        assert np.allclose(conv2d(gray, nearest[None]), 0)
        distance = np.sum((nearest - kernels) ** 2)
        assert distance > 0
        for _ in range(20):
            step = rng.normal(size=kernels.shape)
            other = nearest + step - step.mean(axis=0)
            assert np.allclose(conv2d(gray, other[None]), 0)
            assert np.sum((other - kernels) ** 2) > distance


def test_the_numbers_in_the_questions_hold():
    assert geometry.effective_kernel(3, 3) == 7
    assert geometry.output_size(8, kernel=3, stride=2) == 3
    assert geometry.output_size(8, kernel=3) == 6
    read = {start + step for start in (0, 2, 4) for step in range(3)}
    assert set(range(8)) - read == {7}

    layer = torch.nn.Conv2d(3, 16, 5)
    assert layer.weight.shape[:2].numel() == 48
    assert layer(torch.zeros(1, 3, 9, 9)).shape[1] == 16

    small, large = (geometry.conv2d_multiply_adds(3, 8, 3, side) for side in (10, 20))
    assert large == 4 * small
    sobel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    opposite = np.stack([sobel, -sobel, 0 * sobel])
    gray = np.broadcast_to(np.random.default_rng(1).random((5, 8)), (3, 5, 8))
    assert np.abs(conv2d(gray, opposite[None])).max() == 0


def layer_by_matrices(x, weight, bias, stride):
    """Lay every window flat, and mix."""
    kh, kw = weight.shape[2:]
    rows = range(0, x.shape[1] - kh + 1, stride)
    columns = range(0, x.shape[2] - kw + 1, stride)
    flat = [x[:, i : i + kh, j : j + kw].ravel() for i in rows for j in columns]
    mixed = weight.reshape(len(weight), -1) @ np.array(flat).T + bias[:, None]
    return mixed.reshape(len(weight), len(rows), len(columns)).tolist()


def blind_by_projection(kernels):
    """Project each place's weights onto the plane of those that add up to 0."""
    C = len(kernels)
    projection = np.eye(C) - np.full((C, C), 1 / C)
    return np.tensordot(projection, kernels, axes=1)


def test_right_answers_that_look_different_pass():
    assert channels.conv_layer.check(layer_by_matrices)
    assert channels.blind_to_gray.check(blind_by_projection)
    assert channels.parameter_count.check(
        lambda c_in, c_out, kh, kw: sum(c_in * kh * kw + 1 for _ in range(c_out))
    )
    assert channels.repair_filter.check(
        lambda x, kernels, bias: conv2d(x.astype(float), kernels[None].astype(float), [bias])[0]
    )
