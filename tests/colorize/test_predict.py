"""Coloring at any size: lightness stays, color lies where it belongs, memory stays bounded."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab
from torch import Tensor, nn
from torch.nn import functional

from cnncourse.colorize import losses, predict
from cnncourse.colorize.lab import lab_to_rgb, rgb_to_lab
from cnncourse.colorize.models import Colorizer, SeriesNet
from cnncourse.colorize.pictures import Picture
from cnncourse.colorize.predict import colorize, options, uncertainty

BINS = len(losses.ab_bins())


class Constant(nn.Module):
    """Answers one color everywhere, at half the size, and remembers what it was shown."""

    def __init__(self, color: tuple[float, float] = (20.0, -10.0), multiple: int = 8) -> None:
        super().__init__()
        self.color = color
        self.multiple = multiple
        self.seen: list[Tensor] = []

    def forward(self, L: Tensor) -> tuple[Tensor, Tensor]:
        assert L.shape[2] % self.multiple == L.shape[3] % self.multiple == 0
        self.seen.append(L)
        half = (len(L), 1, L.shape[2] // 2, L.shape[3] // 2)
        ab = torch.cat([torch.full(half, value) for value in self.color], dim=1)
        return ab, torch.zeros(1, BINS, *half[2:])


class Copies(Constant):
    """Answers a = L − 50 and b = 0 at half the size: color lies where lightness lies."""

    def forward(self, L: Tensor) -> tuple[Tensor, Tensor]:
        _, logits = super().forward(L)
        a = functional.avg_pool2d(L, 2) - 50
        return torch.cat([a, torch.zeros_like(a)], dim=1), logits


def ramp(height: int, width: int, low: int = 90, high: int = 160) -> np.ndarray:
    row = np.linspace(low, high, width).round().astype(np.uint8)
    return np.repeat(np.tile(row, (height, 1))[..., np.newaxis], 3, axis=-1)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def network() -> Colorizer:
    torch.manual_seed(0)
    return Colorizer(widths=(8, 16, 24))


@pytest.mark.parametrize("head", ["vivid", "faithful"])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, 2), (2, 1), (1, 700), (700, 1), (7, 5), (8, 8), (31, 33), (300, 211)]
)
def test_any_size(network: Colorizer, head: predict.Head, size: tuple[int, int]):
    picture = noise(*size)
    result = colorize(picture, network, head, size=64)
    assert result.shape == picture.shape
    assert result.dtype == np.uint8
    assert uncertainty(picture, network, size=64).shape == size


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(0, 99))
def test_lightness_stays(height: int, width: int, size: int, seed: int):
    # A weak color that sRGB can show at every medium lightness, so nothing is clipped.
    picture = noise(height, width, seed) // 3 + 90
    result = colorize(picture, Constant((4.0, -3.0)), "faithful", size=size)
    before, after = rgb2lab(picture), rgb2lab(result)
    # Rounding to 8 bits moves L by less than half a unit.
    assert np.abs(after[..., 0] - before[..., 0]).max() < 0.5
    assert np.abs(after[..., 1:] - (4, -3)).max() < 1.5


def test_clipping_is_the_only_other_thing_that_moves_lightness():
    picture = noise(20, 30)
    result = colorize(picture, Constant((60.0, 40.0)), "faithful")
    L = rgb_to_lab(torch.tensor(picture / 255.0).permute(2, 0, 1)[np.newaxis])[:, :1]
    ab = torch.tensor([60.0, 40.0]).reshape(1, 2, 1, 1).expand(1, 2, *picture.shape[:2])
    expected = lab_to_rgb(torch.cat([L, ab], dim=1))[0].permute(1, 2, 0) * 255
    assert np.abs(result - expected.numpy()).max() <= 0.501


def test_the_colors_of_the_picture_are_not_looked_at(network: Colorizer):
    gray = ramp(20, 30)
    lab = rgb2lab(gray)
    lab[..., 1:] = (6, -5)
    rgb = lab_to_rgb(torch.tensor(lab).permute(2, 0, 1)[np.newaxis])[0].permute(1, 2, 0) * 255
    tinted = rgb.round().to(torch.uint8).numpy()
    assert (tinted != gray).any()
    difference = colorize(tinted, network).astype(int) - colorize(gray, network)
    assert np.abs(difference).max() <= 3


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(24, 40, 99), (9, 41, 99), (31, 61, 99), (40, 600, 100), (33, 997, 80), (240, 250, 77)],
)
def test_color_lies_where_it_belongs(height: int, width: int, size: int, transposed: bool):
    # Along a ramp, linear interpolation is exact: a = L − 50 must hold at the full size, too,
    # whatever was shrunk, padded, halved, cropped and enlarged on the way.
    picture = ramp(height, width)
    lightness = rgb2lab(picture)[..., 0]
    if transposed:
        picture = np.ascontiguousarray(picture.transpose(1, 0, 2))
    result = colorize(picture, Copies(), "faithful", size=size)
    if transposed:
        result = result.transpose(1, 0, 2)
    a = rgb2lab(result)[..., 1]
    scale = max(1.0, np.sqrt(height * width) / size)
    inner = slice(int(3 * scale) + 1, -int(3 * scale) - 1)  # a border copies its last cell
    slope = (lightness.max() - lightness.min()) / width
    allowed = 1.0 + 0.5 * slope * scale
    assert np.abs(a - (lightness - 50))[:, inner].max() < allowed
    assert np.abs((a - (lightness - 50))[:, inner].mean()) < 0.25


def test_the_last_cell_at_a_border_comes_from_the_picture_not_from_the_padding():
    # 10 columns of a network that needs 8: the other 6 repeat the last one.
    class Edge(Constant):
        def forward(self, L: Tensor) -> tuple[Tensor, Tensor]:
            ab, logits = super().forward(L)
            ab[..., 5:] = 77.0
            return ab, logits

    network = Edge()
    result = colorize(ramp(8, 10), network, "faithful")
    assert network.seen[0].shape == (1, 1, 8, 16)
    assert (network.seen[0][..., 10:] == network.seen[0][..., 9:10]).all()
    assert (result == colorize(ramp(8, 10), Constant(), "faithful")).all()


def test_large_pictures_are_shrunk_to_the_working_size_without_aliasing():
    network = Constant()
    board = np.zeros((300, 480), dtype=np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    colorize(board, network, "faithful", size=64)
    (seen,) = network.seen
    height, width = 51, 81  # 64² pixels, 5 to 8
    assert seen.shape == (1, 1, 56, 88)
    # Half black, half white: a medium gray everywhere, not stripes.
    assert float(seen[..., :height, :width].std()) < 2
    assert abs(float(seen.mean()) - 50) < 1


@pytest.mark.parametrize("shape", [(5, 3), (40, 64), (64, 64)])
def test_small_pictures_are_seen_as_they_are(shape: tuple[int, int]):
    network = Constant()
    picture = noise(*shape)
    colorize(picture, network, "faithful", size=64)
    seen = network.seen[0][0, 0, : shape[0], : shape[1]].numpy()
    assert np.allclose(seen, rgb2lab(picture)[..., 0], atol=1e-3)


def test_strips_make_no_difference(network: Colorizer, monkeypatch: pytest.MonkeyPatch):
    picture = noise(97, 53)
    whole = colorize(picture, network, size=40)
    unsure = uncertainty(picture, network, size=40)
    monkeypatch.setattr(predict, "STRIP", 53 * 10)
    assert (colorize(picture, network, size=40) == whole).all()
    assert np.allclose(uncertainty(picture, network, size=40), unsure, atol=1e-4)
    monkeypatch.setattr(predict, "STRIP", 1)
    assert (colorize(picture, network, size=40) == whole).all()


def test_shrinking_in_two_steps_is_shrinking_at_once():
    picture = noise(120, 90)
    lightness = rgb_to_lab(torch.tensor(picture / 255.0).permute(2, 0, 1)[np.newaxis])[:, :1]
    small = predict._shrunk(picture, 32)
    assert small.shape == (1, 1, 37, 28)
    at_once = functional.interpolate(lightness, (37, 28), mode="bilinear", antialias=True)
    assert torch.allclose(small, at_once.float(), atol=1e-3)


def test_the_same_picture_gives_the_same_result(network: Colorizer):
    picture = noise(70, 90)
    results = [colorize(picture, network) for _ in range(2)]
    assert (results[0] == results[1]).all()


def test_a_gray_array_is_a_picture_too(network: Colorizer):
    picture = ramp(9, 14)
    assert (colorize(picture[..., 0], network) == colorize(picture, network)).all()
    read = Picture(rgb=picture, alpha=None, was_gray=True, kind="PNG")
    assert (colorize(read, network) == colorize(picture, network)).all()
    read_only = picture.copy()
    read_only.flags.writeable = False
    assert (colorize(read_only, network) == colorize(picture, network)).all()


def test_the_heads(network: Colorizer):
    # With what is known about this network, the steps by hand on a picture it sees as it is.
    picture = ramp(16, 24)
    L = rgb_to_lab(torch.tensor(picture / 255.0).float().permute(2, 0, 1)[np.newaxis])[:, :1]
    weights = torch.linspace(0.5, 1.5, BINS)
    with torch.inference_mode():
        ab, logits = network.eval()(L)
    colors = losses.annealed_mean(losses.rebalance(logits, weights), 0.2)
    for colored, expected in (
        (colorize(picture, network, "faithful"), ab),
        (colorize(picture, network, temperature=0.2, weights=weights), colors),
    ):
        large = functional.interpolate(expected, (16, 24), mode="bilinear")
        rgb = lab_to_rgb(torch.cat([L, large], dim=1))[0].permute(1, 2, 0) * 255
        assert np.abs(colored - rgb.numpy()).max() <= 0.51
    spread = functional.interpolate(losses.spread(logits), (16, 24), mode="bilinear")
    assert np.allclose(uncertainty(picture, network), spread[0, 0], atol=1e-3)


def test_a_network_is_left_as_it_was(network: Colorizer):
    mixed = Colorizer(widths=(8, 16))
    mixed.train()
    mixed.encoder[0].eval()
    before = [module.training for module in mixed.modules()]
    state = {name: value.clone() for name, value in mixed.state_dict().items()}
    first = colorize(noise(8, 8), mixed)
    assert [module.training for module in mixed.modules()] == before
    for name, value in mixed.state_dict().items():
        assert torch.equal(value, state[name])
    assert all(parameter.grad is None for parameter in mixed.parameters())
    assert (colorize(noise(8, 8), mixed.eval()) == first).all()


def test_a_network_without_a_distribution():
    network = SeriesNet()
    assert colorize(noise(20, 9), network, "faithful").shape == (20, 9, 3)
    with pytest.raises(ValueError, match="SeriesNet predicts no distribution, so it has no vivid"):
        colorize(noise(20, 9), network)
    with pytest.raises(ValueError, match="SeriesNet predicts no distribution, so it cannot say"):
        uncertainty(noise(20, 9), network)
    assert network.training


def test_half_precision_networks_are_fed_their_own_type():
    network = Colorizer(widths=(8, 16)).to(torch.bfloat16)
    assert colorize(noise(9, 9), network).shape == (9, 9, 3)


def test_options_are_what_the_metadata_say():
    weights = [1.0] * BINS
    found = options({"temperature": 0.3, "rebalancing": weights, "size": 96, "seed": 1})
    assert found.pop("weights").tolist() == weights
    assert found == {"temperature": 0.3, "size": 96}
    assert options({}) == {}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"head": "loud"}, ValueError, "head is 'loud'; it should be 'vivid' or 'faithful'"),
        ({"size": 0}, ValueError, "size is 0; it should be at least 1"),
        ({"temperature": 0.0}, ValueError, "temperature is 0.0"),
        ({"weights": torch.ones(3)}, ValueError, r"weights has shape \(3,\)"),
        ({"picture": np.zeros((4, 4, 3))}, TypeError, "picture is float64; it should be a uint8"),
        ({"picture": [[1, 2]]}, TypeError, "picture is list"),
        ({"picture": np.zeros((4, 4, 2), np.uint8)}, ValueError, r"has shape \(4, 4, 2\)"),
        ({"picture": np.zeros((0, 4, 3), np.uint8)}, ValueError, r"has shape \(0, 4, 3\)"),
        ({"picture": np.zeros((1, 4, 4, 3), np.uint8)}, ValueError, r"shape \(1, 4, 4, 3\)"),
    ],
)
def test_refusals(network: Colorizer, change: dict[str, Any], error: type[Exception], words: str):
    arguments: dict[str, Any] = {"picture": noise(4, 4), "network": network} | change
    with pytest.raises(error, match=f"^(colorize|annealed_mean): .*{words}"):
        colorize(**arguments)
    if not change.keys() & {"head", "temperature", "weights"}:
        with pytest.raises(error, match=f"^uncertainty: .*{words}"):
            uncertainty(**arguments)


LARGE = """
import resource, sys
import numpy as np, torch
from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.predict import colorize

torch.set_num_threads(1)
network = Colorizer(widths=(8, 16, 24))
picture = np.zeros((3000, 4000, 3), dtype=np.uint8)
picture[:] = np.arange(4000, dtype=np.uint8)[:, None]
colorize(picture[:200, :200], network)  # what libraries take once, they take here
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = colorize(picture, network)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert result.shape == picture.shape
print((after - before) * 1024 / result.nbytes)
"""


def test_twelve_million_pixels_take_little_more_memory_than_the_result():
    answer = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, check=True
    )
    # All of it at once would take three arrays of float32, twelve times the bytes each.
    assert float(answer.stdout) < 6
