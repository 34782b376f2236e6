"""What chapter 16 gives as the answer to "Read the code" is what PyTorch does."""

import re

import pytest
import torch
from torch import nn

from cnncourse.exercises import colorization

[CODE] = re.findall(r"```python\n(.*?)```", colorization.read_the_code.prompt, re.DOTALL)
CASES = colorization.read_the_code.cases


def run(c, n, d):
    """Run the very code of the prompt; return the names that it leaves."""
    names = {"torch": torch, "nn": nn, "c": c, "n": n, "d": d}
    exec(CODE, names)
    return names


def widest_gradient(network, size):
    """Return over how many columns of L the gradient of one number of `x3` is not zero."""
    for each in network.modules():
        if isinstance(each, nn.Conv2d):  # weights that no ReLU stops
            nn.init.constant_(each.weight, 0.1)
            nn.init.zeros_(each.bias)
    network.eval()
    L = torch.ones(1, 1, size, size, requires_grad=True)
    x3 = network.dilated(network.down2(network.down1(L)))
    middle = x3.shape[-1] // 2
    x3[0, 0, middle, middle].backward()
    touched = L.grad[0, 0].abs().sum(dim=0).nonzero().flatten()
    assert touched.min() > 0
    assert touched.max() < size - 1
    return int(touched.max() - touched.min()) + 1


@pytest.mark.parametrize(("c", "n", "d"), CASES)
def test_the_reference_counts_what_the_code_counts(c, n, d):
    names = run(c, n, d)
    network = names["network"]
    x3 = network.dilated(network.down2(network.down1(torch.zeros(1, 1, n, n))))
    rows, _, learned = colorization.read_the_code.reference(c, n, d)
    assert x3.shape[-2] == rows
    assert names["learned"] == learned
    assert names["ab"].shape == (1, 2, n, n)


@pytest.mark.parametrize(("c", "d"), sorted({(c, d) for c, _, d in CASES if c < 8}))
def test_the_reference_sees_as_far_as_the_code(c, d):
    network = run(c, 16, d)["network"]
    assert widest_gradient(network, 160) == colorization.read_the_code.reference(c, 16, d)[1]


def test_what_passes_to_the_last_layer_is_never_negative():
    """The answer to a right answer says so."""
    torch.manual_seed(0)
    network = run(4, 32, 2)["network"]
    passed = []
    network.up1.register_forward_hook(lambda layer, given, x5: passed.append(x5))
    network(100 * torch.rand(2, 1, 32, 32))
    assert passed[0].shape[1] == 2
    assert passed[0].min() == 0
