"""What chapter 12 gives as the answer to "Read the code" is what PyTorch prints."""

import contextlib
import io
import re

import numpy as np
import pytest
import torch

from cnncourse.exercises import from_scratch
from cnncourse.layers import Conv2d, Linear

[CODE] = re.findall(r"```python\n(.*?)```", from_scratch.read_the_code.prompt, re.DOTALL)


@pytest.mark.parametrize(("start", "inputs", "targets"), from_scratch.read_the_code.cases)
def test_the_reference_tells_what_the_code_prints(start, inputs, targets):
    printed = io.StringIO()
    names = {"torch": torch, "start": start, "inputs": inputs.tolist()}
    with contextlib.redirect_stdout(printed):
        exec(CODE, {**names, "targets": targets.tolist()})
    expected = float(printed.getvalue())
    assert from_scratch.read_the_code.reference(start, inputs, targets) == pytest.approx(expected)


def test_the_slope_of_the_repaired_loss_is_autograds():
    for scores, labels in from_scratch.repair_slope.cases:
        tensor = torch.tensor(scores, requires_grad=True)
        torch.nn.functional.cross_entropy(tensor, torch.tensor(labels)).backward()
        ours = from_scratch.repair_slope.reference(scores, labels)
        assert np.allclose(ours, tensor.grad.numpy())


def test_one_epoch_is_what_torchs_sgd_does():
    for weight, images, labels, order, batch in from_scratch.one_epoch.cases:
        tensor = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([tensor], lr=0.5)
        for chosen in torch.tensor(order).split(batch):
            scores = torch.tensor(images, dtype=torch.float64)[chosen] @ tensor.T
            loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels)[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        ours = from_scratch.one_epoch.reference(weight, images, labels, order, batch)
        assert np.allclose(ours, tensor.detach().numpy())


def test_the_chance_of_luck_is_what_throwing_coins_gives():
    rng = np.random.default_rng(0)
    for first, second in from_scratch.chance_of_luck.cases:
        apart = int((first != second).sum())
        seen = abs(int((first > second).sum()) - int((second > first).sum()))
        heads = rng.binomial(apart, 0.5, 20_000)
        thrown = np.mean(np.abs(2 * heads - apart) >= seen)
        ours = from_scratch.chance_of_luck.reference(first, second)
        assert ours == pytest.approx(thrown, abs=0.02)


def test_the_numbers_in_the_questions_hold():
    layer = Conv2d(16, 32, 3)
    assert sum(parameter.data.size for parameter in layer.parameters()) == 4_640
    assert (8 - 3 + 1) ** 2 == 36
    # "Eighty times as many" parameters as two convolutions and a global maximum.
    dense = [Linear(256, 2048), Linear(2048, 10)]
    global_maximum = [Conv2d(1, 8, 3), Conv2d(8, 32, 5), Linear(32, 10)]
    counts = [
        sum(parameter.data.size for each in network for parameter in each.parameters())
        for network in (dense, global_maximum)
    ]
    assert counts == [546_826, 6_842]
    assert round(counts[0] / counts[1], -1) == 80
