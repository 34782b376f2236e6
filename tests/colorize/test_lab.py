"""Color spaces for tensors: scikit-image's numbers, the way back, and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

from cnncourse.colorize.lab import lab_to_rgb, rgb_to_lab


def all_colors(step: int) -> torch.Tensor:
    """Every step-th value of each channel, 0 and 255 among them: uint8 of shape (1, 3, n, n²)."""
    values = torch.arange(0, 256, step)
    grid = torch.stack(torch.meshgrid(values, values, values, indexing="ij"))
    return grid.reshape(1, 3, len(values), -1)


def last(tensor: torch.Tensor) -> np.ndarray:
    """One picture (1, 3, H, W) as scikit-image wants it."""
    return tensor[0].permute(1, 2, 0).double().numpy()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_agrees_with_scikit_image_on_the_whole_cube(dtype: torch.dtype):
    rgb = all_colors(5).to(dtype) / 255
    lab = rgb_to_lab(rgb)
    assert lab.dtype == dtype
    np.testing.assert_allclose(last(lab), rgb2lab(last(rgb)), atol=1e-4, rtol=0)


def test_the_way_back_agrees_with_scikit_image_and_clips_what_no_screen_shows():
    rng = np.random.default_rng(0)
    lab = rng.uniform([0, -128, -128], [100, 128, 128], size=(1, 20_000, 3))
    lab[0, :100, 0] = 0
    with pytest.warns(UserWarning, match="negative Z values"):
        expected = lab2rgb(lab[0][None])
    ours = lab_to_rgb(torch.tensor(lab).permute(0, 2, 1).unsqueeze(2))
    np.testing.assert_allclose(last(ours), expected, atol=1e-4, rtol=0)
    assert float(ours.min()) == 0
    assert float(ours.max()) == 1


def test_every_uint8_color_of_a_fine_grid_comes_back_exactly_in_float32():
    colors = all_colors(3)
    back = lab_to_rgb(rgb_to_lab(colors.float() / 255)).mul(255).round().long()
    assert torch.equal(back, colors)


def test_grays_have_no_color_and_keep_their_order():
    gray = torch.linspace(0, 1, 256, dtype=torch.float64).expand(1, 3, 1, 256)
    lightness, ab = rgb_to_lab(gray).split([1, 2], dim=1)
    assert float(ab.abs().max()) < 0.01
    assert bool((lightness.diff(dim=3) > 0).all())
    assert float(lightness[..., 0]) == pytest.approx(0)
    assert float(lightness[..., -1]) == pytest.approx(100, abs=1e-4)


@pytest.mark.parametrize("function", [rgb_to_lab, lab_to_rgb])
def test_gradients_are_finite_differences(function):
    torch.manual_seed(0)
    color = torch.rand(1, 3, 2, 3, dtype=torch.float64) * 0.8 + 0.1
    if function is lab_to_rgb:
        color = rgb_to_lab(color)
    color[0, :, 0, 0] = color[0, :, 0, 0] * 0.02
    assert torch.autograd.gradcheck(function, color.requires_grad_())


def test_black_has_a_finite_gradient():
    black = torch.zeros(1, 3, 1, 1, requires_grad=True)
    rgb_to_lab(black).sum().backward()
    assert black.grad is not None
    assert bool(black.grad.isfinite().all())


@pytest.mark.parametrize("function", [rgb_to_lab, lab_to_rgb])
@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 1, 4, 4), (1, 4, 4, 3)])
def test_refuses_other_shapes_by_name(function, shape: tuple[int, ...]):
    with pytest.raises(ValueError, match=rf"{function.__name__}: .* \(N, 3, H, W\)"):
        function(torch.zeros(shape))
