"""The script that trains look-inside's network draws as the figure does, and rounds as it says."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from browser import ROOT

from benchmarks import look_inside as script
from cnncourse.data import results
from cnncourse.figures import LookInside


def test_the_stored_drawings_are_the_scripts():
    assert results("look_inside")["drawings"] == [script.drawing(digit) for digit in range(10)]


def test_the_pen_is_the_figures():
    source = (ROOT / "js" / "src" / "core" / "network.js").read_text(encoding="utf-8")
    assert re.findall(r"^const pen = (.*);", source, re.M) == [str(script.PEN)]


def test_a_trained_network_is_stored_as_it_computes():
    torch.manual_seed(0)
    network = script.build()
    for layer in network:
        if hasattr(layer, "rounding"):
            layer.rounding = True
    figure = LookInside(network=script.described(network), image=LookInside(image=4).picture())
    pictures = torch.tensor(figure.picture(), dtype=torch.float32)[None, None]
    outputs = network(pictures).detach().numpy()[0]
    np.testing.assert_allclose(figure.maps()[-1].ravel(), outputs, atol=1e-5)
    weights = np.array(figure.network["layers"][0]["weight"])
    assert np.array_equal(weights, weights.round(1))
    assert len(np.unique(weights)) > 3


def test_the_gradient_passes_the_rounding():
    torch.manual_seed(0)
    layer = script.Linear(3, 2)
    layer.rounding = True
    layer(torch.ones(1, 3)).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.tolist() == [[1.0] * 3] * 2


def test_points_are_drawn_where_they_stand_with_ink_that_fades():
    points = torch.tensor([[[-0.5, 0.0], [0.5, 0.0]]])
    whole = torch.eye(2)[None]
    size, shift, pen = torch.tensor([4.0]), torch.tensor([[0.5, 0.5]]), torch.tensor([1.4])
    drawn = script.draw(points, whole, size, shift, pen)[0, 0]
    expected = torch.zeros(16, 16)
    for row in (6, 10):
        expected[row, 8] = 1
        for beside in ((row - 1, 8), (row + 1, 8), (row, 7), (row, 9)):
            expected[beside] = 0.4
    assert torch.allclose(drawn, expected, atol=1e-5)


def test_pictures_are_reduced_by_averaging():
    images = torch.zeros(1, 1, 28, 28)
    images[0, 0, 0, 0] = 1
    images[0, 0, 10:12, 20:22] = 0.5
    small = script.reduce(images)[0, 0]
    assert (small[1, 1], small[6, 11]) == (0.25, 0.5)
    assert float(small.sum()) == 0.75


@pytest.mark.parametrize("name", ["reduce_at_random", "draw_at_random"])
def test_chance_keeps_the_size_and_the_range(name):
    rng = torch.Generator().manual_seed(3)
    given = torch.rand(6, 1, 28, 28) if name.startswith("reduce") else torch.rand(6, 20, 2) - 0.5
    pictures = getattr(script, name)(given, rng)
    assert pictures.shape == (6, 1, 16, 16)
    assert 0 <= float(pictures.min()) < float(pictures.max()) <= 1
    assert len({float(picture.sum()) for picture in pictures}) == 6


def test_the_middle_of_a_bar_is_a_line():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 5:25, 12:17] = 255
    points = script.strokes(image)[0]
    assert np.ptp(points[:, 0]) == 1
    assert np.ptp(points[:, 1]) < 0.3
