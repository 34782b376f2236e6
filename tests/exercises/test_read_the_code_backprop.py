"""Chapter 11: the code to read prints what is given as the answer, and other claims hold."""

import ast
import contextlib
import io
import re

import numpy as np
import pytest
import torch

from cnncourse import functional
from cnncourse.exercises import backprop
from cnncourse.windows import windows

[CODE] = re.findall(r"```python\n(.*?)```", backprop.read_the_code.prompt, re.DOTALL)


@pytest.mark.parametrize("case", range(len(backprop.read_the_code.cases)))
def test_the_reference_tells_what_the_code_prints(case):
    [picture] = backprop.read_the_code.cases[case]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(CODE, {"torch": torch, "picture": picture})
    expected = np.array(ast.literal_eval(printed.getvalue()))
    assert np.array_equal(backprop.read_the_code.reference(picture), expected)


def package_kernel_gradient(x, kernel, bias, upstream):
    image, weight = x[None, None], kernel[None, None]
    score = functional.conv2d(image, weight, [bias])
    back = upstream * (score > 0)
    return functional.conv2d_weight(image, weight.shape, back)[0, 0]


def package_input_gradient(upstream, kernel, size, stride, padding):
    weight, gradient = kernel[None, None], upstream[None, None]
    return functional.conv2d_input((1, 1, *size), weight, gradient, stride, padding)[0, 0]


def zero_stuffed_input_gradient(upstream, kernel, size, stride, padding):
    """Spread the gradient with steps of `stride` and slide over it."""
    (rows, columns), (H, W) = upstream.shape, size
    stuffed = np.zeros(((rows - 1) * stride + 1, (columns - 1) * stride + 1))
    stuffed[::stride, ::stride] = upstream
    full = functional.convolve(stuffed, kernel, "full")
    padded = np.zeros((H + 2 * padding, W + 2 * padding))
    padded[: full.shape[0], : full.shape[1]] = full
    return padded[padding : padding + H, padding : padding + W]


def room_by_moving(x, kernel_size, stride):
    """Move each pixel in steps of one half until the winners are others."""

    def winners(picture):
        every = windows(picture, kernel_size, stride)
        return every == every.max(axis=(-2, -1), keepdims=True)

    room = np.zeros(x.shape)
    still = winners(x)
    for place in np.ndindex(x.shape):
        moved = x.astype(float)
        for step in np.arange(1, 41) / 2:
            for direction in (1, -1):
                moved[place] = x[place] + direction * step
                if not np.array_equal(winners(moved), still):
                    break
            else:
                continue
            # Whole numbers meet at whole steps: a change after one half means a tie at the start.
            room[place] = step if step > 0.5 else 0
            break
    return room


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (backprop.bias_gradient, lambda upstream: np.einsum("nchw->c", upstream)),
        (backprop.repair_kernel_gradient, package_kernel_gradient),
        (backprop.input_gradient, package_input_gradient),
        (backprop.input_gradient, zero_stuffed_input_gradient),
        (backprop.room_to_move, room_by_moving),
    ],
)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_the_repaired_gradient_lets_nothing_through_at_zero_as_torch():
    touched = 0
    for x, kernel, bias, upstream in backprop.repair_kernel_gradient.cases:
        weight = torch.tensor(kernel[None, None], dtype=torch.float64, requires_grad=True)
        image = torch.tensor(x[None, None], dtype=torch.float64)
        score = torch.nn.functional.conv2d(image, weight) + bias
        score.relu().backward(torch.tensor(upstream[None, None], dtype=torch.float64))
        ours = backprop.repair_kernel_gradient.reference(x, kernel, bias, upstream)
        assert np.array_equal(ours, weight.grad[0, 0].numpy())
        touched += int((score == 0).sum())
    assert touched > 0


def test_the_numbers_in_the_questions_hold():
    assert torch.nn.Conv2d(8, 12, 3, groups=4).weight.shape == (12, 2, 3, 3)

    def reads(stride):
        starts = range(0, 8 - 3 + 1, stride)
        return [sum(start <= pixel < start + 3 for start in starts) for pixel in (3, 4, 7)]

    assert (reads(2), reads(1), reads(3)) == ([1, 2, 0], [3, 3, 1], [1, 1, 0])

    window = torch.tensor([[[5.0, 5.0], [3.0, 1.0]]], requires_grad=True)
    torch.nn.functional.max_pool2d(window, 2).backward(torch.tensor([[[8.0]]]))
    assert window.grad.flatten().tolist() == [8, 0, 0, 0]
    [shared] = torch.autograd.grad(8 * window.amax(), window)
    assert shared.flatten().tolist() == [4, 4, 0, 0]

    kernel = np.arange(1, 7).reshape(1, 1, 2, 3)
    single = np.zeros((1, 1, 4, 4), dtype=np.int64)
    single[0, 0, 1, 2] = 1
    gradient = functional.conv2d_input((1, 1, 5, 6), kernel, single)[0, 0]
    assert np.array_equal(gradient[1:3, 2:5], kernel[0, 0])
    assert gradient.sum() == kernel.sum()
