"""Layers against torch's autograd, against finite differences, and against their own laws."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch

from cnncourse import functional
from cnncourse.layers import (
    SGD,
    AvgPool2d,
    Conv2d,
    ConvTranspose2d,
    CrossEntropyLoss,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    MSELoss,
    Parameter,
    ReLU,
    Sequential,
)

# Odd geometry on purpose: each meets two images of four channels and 9×8 pixels.
CONVOLUTIONS = [
    {"in_channels": 4, "out_channels": 6, "kernel_size": kernel, "stride": stride}
    | {"padding": padding, "dilation": dilation, "groups": groups, "bias": bias}
    for kernel, stride, padding, dilation, groups, bias in itertools.product(
        [1, 3, (2, 3)], [1, 2, (3, 1)], [0, (2, 1)], [1, (1, 2)], [1, 2], [True, False]
    )
]
TRANSPOSED = [
    settings | {"output_padding": output_padding}
    for settings in CONVOLUTIONS
    for output_padding in (0, (0, 1), (1, 0))
    if all(
        extra < max(stride, dilation)
        for extra, stride, dilation in zip(
            np.broadcast_to(output_padding, 2),
            np.broadcast_to(settings["stride"], 2),
            np.broadcast_to(settings["dilation"], 2),
            strict=True,
        )
    )
]
MAXIMA = [
    {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    | {"ceil_mode": ceil_mode}
    for kernel, stride, padding, dilation, ceil_mode in itertools.product(
        [2, 3, (2, 3)], [None, 1, (2, 3)], [0, 1], [1, 2], [False, True]
    )
]
MEANS = [
    {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    | {"count_include_pad": count, "divisor_override": divisor}
    for kernel, stride, padding, ceil_mode, count, divisor in itertools.product(
        [2, 3, (2, 3)], [None, 1, (2, 3)], [0, 1], [False, True], [True, False], [None, 5]
    )
]
CASES: list[tuple[type[Layer], dict[str, Any]]] = [
    *((Conv2d, settings) for settings in CONVOLUTIONS),
    *((ConvTranspose2d, settings) for settings in TRANSPOSED),
    *((MaxPool2d, settings) for settings in MAXIMA),
    *((AvgPool2d, settings) for settings in MEANS),
    (Linear, {"in_features": 8, "out_features": 5}),
    (Linear, {"in_features": 8, "out_features": 5, "bias": False}),
    (ReLU, {}),
    (Flatten, {}),
]


def name(case: Any) -> str:
    return case.__name__ if isinstance(case, type) else "-".join(map(str, case.values()))


def make(kind: type[Layer], settings: dict[str, Any], rng: np.random.Generator) -> Layer:
    learns = kind in (Conv2d, ConvTranspose2d, Linear)
    return kind(**settings, **({"rng": rng} if learns else {}))


def relative(ours: Any, theirs: Any) -> float:
    """Largest difference, relative to the largest number."""
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    assert ours.shape == theirs.shape
    return np.abs(ours - theirs).max(initial=0) / max(np.abs(theirs).max(initial=0), 1e-300)


@pytest.mark.parametrize(("kind", "settings"), CASES, ids=name)
def test_gradients_are_autograds(kind: type[Layer], settings: dict[str, Any]):
    rng = np.random.default_rng(0)
    layer = make(kind, settings, rng)
    x = rng.normal(size=(2, 4, 9, 8))
    module = layer.to_torch()
    theirs = torch.from_numpy(x.copy()).requires_grad_()
    expected = module(theirs)
    ours = layer(x)
    assert relative(ours, expected) < 1e-10

    gradient = rng.normal(size=ours.shape)
    expected.backward(torch.from_numpy(gradient))
    assert relative(layer.backward(gradient), theirs.grad) < 1e-10
    for parameter, twin in zip(layer.parameters(), module.parameters(), strict=True):
        assert relative(parameter.grad, twin.grad) < 1e-10


def finite_differences(values: np.ndarray, loss: Any, step: float = 1e-5) -> np.ndarray:
    """Change every number a little up and a little down, and see what the loss does."""
    slopes = np.empty_like(values)
    for index in np.ndindex(values.shape):
        middle = values[index]
        values[index] = middle + step
        above = loss()
        values[index] = middle - step
        slopes[index] = (above - loss()) / (2 * step)
        values[index] = middle
    return slopes


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Conv2d, CONVOLUTIONS[0]),
        (Conv2d, CONVOLUTIONS[-1]),
        (Conv2d, CONVOLUTIONS[len(CONVOLUTIONS) // 2]),
        (ConvTranspose2d, TRANSPOSED[0]),
        (ConvTranspose2d, TRANSPOSED[-1]),
        (MaxPool2d, {"kernel_size": 3, "stride": 2, "padding": 1}),
        (AvgPool2d, {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
        (Linear, {"in_features": 6, "out_features": 5}),
        (ReLU, {}),
        (Flatten, {}),
    ],
    ids=name,
)
def test_gradients_are_what_the_loss_does(kind: type[Layer], settings: dict[str, Any]):
    rng = np.random.default_rng(1)
    layer = make(kind, settings, rng)
    x = rng.normal(size=(2, 4, 5, 6))
    weights = rng.normal(size=layer(x).shape)

    def loss() -> float:
        return float((layer(x) * weights).sum())

    # The loss is piecewise linear in every number, so differences are exact up to rounding.
    back = layer.backward(weights)
    assert relative(back, finite_differences(x, loss)) < 1e-7
    for parameter in layer.parameters():
        assert relative(parameter.grad, finite_differences(parameter.data, loss)) < 1e-7


@pytest.mark.parametrize(
    ("kind", "settings"),
    [(Conv2d, CONVOLUTIONS[k]) for k in (0, 50, 100, 140)]
    + [(ConvTranspose2d, TRANSPOSED[k]) for k in (0, 80, 160, -1)]
    + [(MaxPool2d, MAXIMA[k]) for k in (0, 30, 70)]
    + [(AvgPool2d, MEANS[k]) for k in (0, 60, 140)]
    + [(ReLU, {}), (Linear, {"in_features": 8, "out_features": 3})],
    ids=name,
)
def test_a_single_image_is_a_batch_of_one(kind: type[Layer], settings: dict[str, Any]):
    rng = np.random.default_rng(2)
    layer = make(kind, settings, rng)
    x = rng.normal(size=(4, 9, 8))
    output = layer(x)
    gradient = rng.normal(size=output.shape)
    back = layer.backward(gradient)
    alone = [parameter.grad.copy() for parameter in layer.parameters()]
    layer.zero_grad()
    np.testing.assert_allclose(layer(x[None])[0], output, rtol=1e-12)
    np.testing.assert_allclose(layer.backward(gradient[None])[0], back, rtol=1e-12, atol=1e-12)
    for parameter, before in zip(layer.parameters(), alone, strict=True):
        np.testing.assert_allclose(parameter.grad, before, rtol=1e-12, atol=1e-12)


def test_equal_maxima_send_the_gradient_to_the_first_as_torch_does():
    rng = np.random.default_rng(3)
    for settings in MAXIMA:
        x = rng.integers(0, 3, (2, 2, 7, 8)).astype(np.float64)
        layer = MaxPool2d(**settings)
        gradient = rng.normal(size=layer(x).shape)
        theirs = torch.from_numpy(x).requires_grad_()
        layer.to_torch()(theirs).backward(torch.from_numpy(gradient))
        np.testing.assert_allclose(layer.backward(gradient), theirs.grad, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, -np.inf])
def test_the_padding_never_wins_the_maximum(value: float):
    layer = MaxPool2d(2, padding=1)
    layer(np.full((1, 2, 2), value))
    np.testing.assert_array_equal(layer.backward(np.ones((1, 2, 2))), np.ones((1, 2, 2)))


def test_a_nan_wins_the_maximum_and_gets_its_gradient():
    layer = MaxPool2d(2)
    layer(np.array([[[1.0, np.nan], [3.0, 4.0]]]))
    np.testing.assert_array_equal(layer.backward([[[7.0]]]), [[[0.0, 7.0], [0.0, 0.0]]])


class TestTorch:
    def network(self, rng: np.random.Generator) -> Sequential:
        return Sequential(
            Conv2d(2, 6, (3, 2), stride=(1, 2), padding=1, dilation=(2, 1), groups=2, rng=rng),
            ReLU(),
            MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
            ConvTranspose2d(6, 4, 3, stride=2, output_padding=1, rng=rng),
            Sequential(ReLU(), AvgPool2d((2, 3), padding=1, count_include_pad=False)),
            Flatten(),
            Linear(4 * 6 * 4, 10, rng=rng),
        )

    def test_weights_go_both_ways(self):
        rng = np.random.default_rng(4)
        here, there = self.network(rng), self.network(rng)
        x = rng.normal(size=(3, 2, 9, 10))
        module = here.to_torch()
        expected = module(torch.from_numpy(x)).detach().numpy()
        assert np.abs(here(x) - expected).max() < 1e-10
        assert np.abs(there(x) - expected).max() > 1e-3
        there.load_torch(module)
        assert np.abs(there(x) - expected).max() < 1e-10

    def test_weights_are_copies(self):
        rng = np.random.default_rng(5)
        network = self.network(rng)
        module = network.to_torch()
        before = [parameter.data.copy() for parameter in network.parameters()]
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 1
        for parameter, old in zip(network.parameters(), before, strict=True):
            np.testing.assert_array_equal(parameter.data, old)
        network.load_torch(module)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 1
        for parameter, old in zip(network.parameters(), before, strict=True):
            np.testing.assert_array_equal(parameter.data, old + 1)

    def test_float32_weights_of_torch_come_into_float64_unchanged(self):
        torch.manual_seed(0)
        module = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU())
        ours = Sequential(Conv2d(1, 3, 3), ReLU())
        ours.load_torch(module)
        x = np.random.default_rng(6).normal(size=(2, 1, 8, 8))
        expected = module.double()(torch.from_numpy(x)).detach().numpy()
        assert np.abs(ours(x) - expected).max() < 1e-10

    @pytest.mark.parametrize(
        ("layer", "module", "words"),
        [
            (Conv2d(1, 2, 3), torch.nn.Conv2d(1, 2, 5), "kernel_size=(3, 3), got (5, 5)"),
            (Conv2d(1, 2, 3), torch.nn.Conv2d(1, 2, 3, bias=False), "bias=True, got False"),
            (Conv2d(1, 2, 3), torch.nn.ConvTranspose2d(1, 2, 3), "must be a torch.nn.Conv2d"),
            (
                Conv2d(1, 2, 3, padding=1),
                torch.nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"),
                "pad with zeros, not in mode 'reflect'",
            ),
            (MaxPool2d(2), torch.nn.MaxPool2d(2, ceil_mode=True), "ceil_mode=False, got True"),
            (Linear(3, 4), torch.nn.Linear(4, 3), "in_features=3, got 4"),
            (Sequential(ReLU()), torch.nn.Sequential(), "a torch.nn.Sequential of 1 layers"),
            (Sequential(ReLU()), torch.nn.ReLU(), "a torch.nn.Sequential of 1 layers"),
        ],
    )
    def test_another_layer_is_refused(self, layer: Layer, module: Any, words: str):
        with pytest.raises(ValueError, match=r"load_torch: module must") as caught:
            layer.load_torch(module)
        assert words in str(caught.value)

    def test_same_padding_is_the_same_there(self):
        layer = Conv2d(1, 2, 5, padding="same", dilation=2)
        assert layer.padding == (4, 4)
        layer.load_torch(torch.nn.Conv2d(1, 2, 5, padding="same", dilation=2))
        assert Conv2d(1, 2, 5, padding="valid").padding == (0, 0)

    @pytest.mark.parametrize(
        "settings",
        [
            {"lr": 0.1},
            {"lr": 0.1, "momentum": 0.9},
            {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01},
        ],
        ids=str,
    )
    def test_training_takes_the_same_way(self, settings: dict[str, float]):
        rng = np.random.default_rng(7)
        x, labels = rng.normal(size=(20, 2, 9, 10)), rng.integers(0, 10, 20)
        network = self.network(rng)
        module = network.to_torch()
        loss, optimizer = CrossEntropyLoss(), SGD(network.parameters(), **settings)
        theirs = torch.optim.SGD(module.parameters(), **settings)
        for _ in range(10):
            value = loss(network(x), labels)
            optimizer.zero_grad()
            assert network.backward(loss.backward(), input_gradient=False) is None
            optimizer.step()
            expected = torch.nn.functional.cross_entropy(
                module(torch.from_numpy(x)), torch.from_numpy(labels)
            )
            theirs.zero_grad()
            expected.backward()
            theirs.step()
            assert math.isclose(value, expected.item(), rel_tol=1e-9)
        for parameter, twin in zip(network.parameters(), module.parameters(), strict=True):
            assert relative(parameter.data, twin) < 1e-8

    def test_first_weights_are_drawn_from_torchs_range(self):
        rng = np.random.default_rng(8)
        for layer in (
            Conv2d(4, 600, 3, groups=2, rng=rng),
            ConvTranspose2d(600, 4, 3, groups=2, rng=rng),
            Linear(18, 600, rng=rng),
        ):
            module = type(layer).to_torch(layer)
            module.reset_parameters()
            for parameter, twin in zip(layer.parameters(), module.parameters(), strict=True):
                limit = twin.abs().max().item()
                assert math.isclose(np.abs(parameter.data).max(), limit, rel_tol=0.25)
            assert math.isclose(layer.weight.data.std(), module.weight.std().item(), rel_tol=0.05)


def test_cross_entropy_is_torchs_and_survives_large_scores():
    rng = np.random.default_rng(9)
    for scale in (1, 100, 1e4):
        scores, labels = scale * rng.normal(size=(7, 5)), rng.integers(0, 5, 7)
        theirs = torch.from_numpy(scores).requires_grad_()
        expected = torch.nn.functional.cross_entropy(theirs, torch.from_numpy(labels))
        expected.backward()
        loss = CrossEntropyLoss()
        assert math.isclose(loss(scores, labels), expected.item(), rel_tol=1e-12)
        assert np.abs(loss.backward() - theirs.grad.numpy()).max() < 1e-15


def test_mean_squared_error_is_torchs():
    rng = np.random.default_rng(10)
    values, wanted = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 5))
    theirs = torch.from_numpy(values).requires_grad_()
    expected = torch.nn.functional.mse_loss(theirs, torch.from_numpy(wanted))
    expected.backward()
    loss = MSELoss()
    assert math.isclose(loss(values, wanted), expected.item(), rel_tol=1e-12)
    assert relative(loss.backward(), theirs.grad) < 1e-12


def test_gradients_add_up_until_they_are_set_to_zero():
    layer = Conv2d(1, 1, 2)
    gradient = np.ones_like(layer(np.arange(9.0).reshape(1, 3, 3)))
    layer.backward(gradient)
    once = layer.weight.grad.copy()
    layer.backward(gradient)
    np.testing.assert_array_equal(layer.weight.grad, 2 * once)
    layer.zero_grad()
    np.testing.assert_array_equal(layer.weight.grad, 0 * once)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Conv2d(1, 2, 3), ReLU(), Flatten(), Linear(32, 3)],
        lambda: [AvgPool2d(2), ReLU(), Sequential(Conv2d(1, 2, 3), Flatten()), Linear(2, 3)],
        lambda: [ReLU(), Flatten()],
    ],
)
def test_leaving_out_the_input_gradient_leaves_the_parameters_theirs(layers: Any):
    rng = np.random.default_rng(11)
    network = Sequential(*layers())
    gradient = rng.normal(size=network(rng.normal(size=(2, 1, 6, 6))).shape)
    assert network.backward(gradient).shape == (2, 1, 6, 6)
    expected = [parameter.grad.copy() for parameter in network.parameters()]
    network.zero_grad()
    assert network.backward(gradient, input_gradient=False) is None
    for parameter, grad in zip(network.parameters(), expected, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)


def test_what_nobody_uses_is_not_computed(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any) -> None:
        raise AssertionError("the gradient for the pictures was computed")

    network = Sequential(Conv2d(1, 2, 3), ReLU())
    gradient = np.ones_like(network(np.zeros((1, 1, 6, 6))))
    monkeypatch.setattr(functional, "conv2d_input", refuse)
    network.backward(gradient, input_gradient=False)


def test_nothing_given_is_changed():
    rng = np.random.default_rng(12)
    x = rng.normal(size=(2, 4, 9, 8))
    for kind, settings in CASES[:: len(CASES) // 40]:
        layer = make(kind, settings, rng)
        before = x.copy()
        gradient = rng.normal(size=layer(x).shape)
        kept = gradient.copy()
        layer.backward(gradient)
        np.testing.assert_array_equal(x, before)
        np.testing.assert_array_equal(gradient, kept)


@pytest.mark.parametrize(
    ("slip", "error", "words"),
    [
        (lambda: Conv2d(1, 2, 3).backward(np.zeros((1, 2, 4, 4))), RuntimeError, "call the layer"),
        (lambda: _after_call(np.zeros((1, 2, 5, 4))), ValueError, "shape of the output, (1, 2, 4"),
        (lambda: _after_call(np.zeros((1, 2, 4, 4), np.float32)), TypeError, "same dtype"),
        (lambda: Conv2d(1, 2, 3)(np.zeros((1, 3, 6, 6))), ValueError, "input has 3"),
        (lambda: Conv2d(1, 2, 3)(np.zeros((1, 1, 6, 6), int)), TypeError, "floats"),
        (lambda: Conv2d(3, 2, 3, groups=2), ValueError, "groups=2 must divide in_channels 3"),
        (lambda: Conv2d(1, 2, 2, padding="same"), ValueError, "Pad the input first"),
        (lambda: Conv2d(1, 2, 3, padding="full"), ValueError, "padding must be"),
        (lambda: Conv2d(0, 2, 3), ValueError, "in_channels must be at least 1"),
        (lambda: MaxPool2d(2, padding=2)(np.zeros((1, 6, 6))), ValueError, "at most half"),
        (lambda: Linear(3, 2)(np.zeros((1, 4))), ValueError, "linear"),
        (lambda: Flatten()(np.zeros(4)), ValueError, "batch axis"),
        (lambda: Sequential(ReLU), TypeError, "layers[0] must be a layer"),
        (lambda: CrossEntropyLoss()(np.zeros((2, 3)), [0, 3]), ValueError, "3"),
        (lambda: CrossEntropyLoss()(np.zeros((2, 3)), [0, -1]), ValueError, "-1"),
        (lambda: CrossEntropyLoss()(np.zeros((2, 3)), [0.0, 1.0]), TypeError, "integers"),
        (lambda: CrossEntropyLoss()(np.zeros(3), [0]), ValueError, "shape (N, C)"),
        (lambda: MSELoss()(np.zeros((2, 3)), np.zeros(3)), ValueError, "same shape"),
        (lambda: SGD([], lr=0.1), ValueError, "empty"),
        (lambda: SGD([Parameter(np.zeros(2))], lr=-1), ValueError, "lr must be at least 0"),
    ],
)
def test_slips_are_refused_in_words(slip: Any, error: type[Exception], words: str):
    with pytest.raises(error) as caught:
        slip()
    assert words in str(caught.value)


def _after_call(gradient: np.ndarray) -> None:
    layer = Conv2d(1, 2, 3)
    layer(np.zeros((1, 1, 6, 6)))
    layer.backward(gradient)
