"""The networks: sizes, what a pixel can see, and that nothing of a checkerboard is built in."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from cnncourse.colorize.losses import ab_bins
from cnncourse.colorize.models import Colorizer, ResidualBlock, SeriesNet


@pytest.mark.parametrize("widths", [(8,), (4, 8), (4, 6, 8, 10)])
@pytest.mark.parametrize("size", [(32, 32), (16, 48)])
def test_both_heads_answer_at_half_the_size(widths: tuple[int, ...], size: tuple[int, int]):
    network = Colorizer(widths).eval()
    ab, logits = network(torch.rand(2, 1, *size) * 100)
    half = size[0] // 2, size[1] // 2
    assert ab.shape == (2, 2, *half)
    assert logits.shape == (2, len(ab_bins()), *half)
    assert network.multiple == 2 ** len(widths)


@pytest.mark.parametrize("shape", [(1, 32, 32), (1, 3, 32, 32), (1, 1, 30, 32), (1, 1, 32, 30)])
def test_other_shapes_are_refused_with_the_multiple(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="multiples of 4"):
        Colorizer((4, 8))(torch.zeros(shape))


def test_a_block_passes_its_input_on_at_first():
    x = torch.rand(2, 6, 5, 5)
    torch.testing.assert_close(ResidualBlock(6)(x), x)


def test_every_parameter_learns():
    torch.manual_seed(0)
    network = Colorizer((4, 8, 8))
    nn.init.ones_(network.decoder[0].change[-1].weight)
    ab, logits = network(torch.rand(4, 1, 32, 32) * 100)
    (ab.square().mean() + logits.log_softmax(dim=1)[:, 0].mean()).backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None]
    assert silent == []
    torch.manual_seed(0)
    series = SeriesNet()
    series(torch.rand(4, 1, 32, 32) * 100).square().mean().backward()
    assert [name for name, p in series.named_parameters() if p.grad is None] == []


def test_a_gray_wall_has_one_color_in_ours_and_a_checkerboard_in_the_series():
    """Far from the border, where padding is not seen."""

    def unevenness(network: nn.Module) -> float:
        torch.manual_seed(1)
        # Batch norm as after training: no longer the identity.
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias, 0, 1)
        answer = network.eval()(torch.full((1, 1, 256, 256), 40.0))
        ab = (answer[0] if isinstance(answer, tuple) else answer).detach()
        middle = ab.shape[-1] // 2
        inside = ab[..., middle - 8 : middle + 8, middle - 8 : middle + 8]
        return float((inside.amax(dim=(2, 3)) - inside.amin(dim=(2, 3))).max() / ab.abs().max())

    torch.manual_seed(0)
    assert unevenness(Colorizer((4, 8))) < 1e-5
    assert unevenness(SeriesNet()) > 1e-3


def test_the_series_network_is_the_one_described():
    network = SeriesNet()
    layers = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    channels = [(layer.in_channels, layer.out_channels) for layer in layers]
    down = list(itertools.pairwise((1, 32, 64, 128, 256)))
    up = [(512, 128), (256, 64), (128, 32), (64, 2)]
    assert channels == [*down, (256, 256), (256, 256), *up, (3, 2)]
    assert [layer.kernel_size for layer in layers] == [(4, 4)] * 10 + [(3, 3)]
    assert [layer.stride for layer in layers] == [(2, 2)] * 4 + [(1, 1)] * 2 + [(2, 2)] * 4 + [
        (1, 1)
    ]
    assert [layer.dilation for layer in layers[4:6]] == [(2, 2)] * 2
    assert [layer.padding for layer in layers[4:6]] == [(3, 3)] * 2
    assert network(torch.rand(1, 1, 64, 48) * 100).shape == (1, 2, 64, 48)
