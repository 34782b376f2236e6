"""Every function against PyTorch, over thousands of drawn calls: legal ones and illegal ones."""

from __future__ import annotations

import inspect
from collections import Counter

import parity
import pytest
import torch

from cnncourse import functional


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_grid_is_large_and_leaves_nothing_out(capsys):
    total = sum(parity.THEMES.values())
    with capsys.disabled():
        print(f"\ncomparing {total} configurations with torch {torch.__version__}")
    assert total >= 2000
    ours_alone = {"cross_correlate", "convolve"}
    assert set(parity.THEMES) == set(functional.__all__) - ours_alone


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("theme", parity.THEMES)
def test_equal_or_refused_as_in_torch(theme):
    outcomes = Counter(parity.compare(call) for call in parity.draw(theme))
    # A comparison that nearly always refuses would prove little.
    assert outcomes["equal"] >= parity.THEMES[theme] // 2, outcomes
    if theme != "relu":
        assert outcomes["refused"] >= parity.THEMES[theme] // 20, outcomes


def test_the_same_calls_on_every_run():
    assert [str(call) for call in parity.draw("conv2d")] == [
        str(call) for call in parity.draw("conv2d")
    ]


def test_a_wrong_result_is_noticed(monkeypatch):
    calls = (call for call in parity.draw("conv2d") if call.arguments["input"].dtype == "float32")
    call = next(call for call in calls if parity.compare(call) == "equal" and call.ours().any())
    right = functional.conv2d
    monkeypatch.setattr(functional, "conv2d", lambda **given: right(**given) * 1.001)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        parity.compare(call)


def torch_arguments(name: str) -> dict[str, object]:
    """Read names, order and defaults from torch's signature or its documentation."""
    home = torch.nn.grad if name in ("conv2d_input", "conv2d_weight") else torch.nn.functional
    name = "max_pool2d_with_indices" if name == "max_pool2d" else name
    function = getattr(home, name)
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        line = next(line for line in function.__doc__.splitlines() if line.startswith(name))
        stub: dict[str, object] = {}
        exec(f"def stub{line[len(name) : line.index(' ->')]}: pass", stub)
        parameters = inspect.signature(stub["stub"]).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters}


@pytest.mark.parametrize("name", parity.THEMES)
def test_arguments_have_the_names_the_order_and_the_defaults_of_torch(name):
    ours = inspect.signature(getattr(functional, name)).parameters.values()
    assert [(p.name, p.default) for p in ours] == list(torch_arguments(name).items())
