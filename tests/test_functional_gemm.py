"""The fast arithmetic equals the plain one wherever it goes ways of its own."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from cnncourse import _gemm, functional
from cnncourse.windows import Slide

SHAPES = [
    # images, channels, size, filters, kernel, stride, padding, dilation, groups
    (3, 4, (9, 8), 6, (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (3, 4, (9, 8), 6, (3, 2), (2, 3), (1, 0), (1, 1), 2),
    (2, 6, (13, 11), 6, (3, 3), (2, 2), (2, 2), (3, 2), 6),
    (2, 3, (10, 10), 40, (5, 5), (3, 2), (2, 2), (1, 1), 1),
    (5, 2, (7, 7), 3, (1, 1), (1, 1), (0, 0), (1, 1), 1),
    (5, 2, (7, 7), 3, (1, 1), (3, 2), (1, 0), (1, 1), 1),
    (2, 3, (4, 4), 2, (4, 4), (1, 1), (0, 0), (1, 1), 1),
    (2, 3, (3, 3), 2, (2, 2), (4, 4), (2, 2), (2, 2), 1),
    (1, 1, (1, 1), 1, (1, 1), (2, 2), (1, 1), (1, 1), 1),
]


def draw(shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float64)


@pytest.mark.parametrize("block_bytes", [1, 700, 5000, 2**20])
@pytest.mark.parametrize("shape", SHAPES)
def test_fast_and_plain_agree_for_every_size_of_block(shape, block_bytes, monkeypatch):
    monkeypatch.setattr(_gemm, "BLOCK_BYTES", block_bytes)
    images, channels, size, filters, kernel, stride, padding, dilation, groups = shape
    places = tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )
    slide = Slide(kernel, stride, dilation, padding, places)
    x, w = draw((images, channels, *size)), draw((filters, channels // groups, *kernel), 1)
    y = draw((images, filters, *places), 2)
    np.testing.assert_array_equal(
        _gemm.correlate(x, w, slide, groups), _gemm._plain_correlate(x, w, slide, groups)
    )
    np.testing.assert_array_equal(
        _gemm.correlate_input(y, w, slide, groups, size),
        _gemm._plain_correlate_input(y, w, slide, groups, size),
    )
    np.testing.assert_array_equal(
        _gemm.correlate_weight(x, y, slide, groups),
        _gemm._plain_correlate_weight(x, y, slide, groups),
    )


def test_both_ways_to_add_up_are_taken():
    """The shapes above reach the stacked product and the added-up ones."""
    ways = {
        _gemm._too_thin(filters // groups, kernel[1] * channels // groups, kernel[0])
        for _, channels, _, filters, kernel, *_, groups in SHAPES
    }
    assert ways == {True, False}


def test_large_images_are_copied_in_parts():
    """Windows of this image take 9 times its 4 MB; what is copied at a time is a quarter of it."""
    x = np.ones((1, 16, 256, 256), np.float32)
    w = np.ones((16, 16, 3, 3), np.float32)
    functional.conv2d(x, w, padding=1)
    tracemalloc.start()
    output = functional.conv2d(x, w, padding=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - output.nbytes < 9 * x.nbytes / 10


@pytest.mark.parametrize("weight", [np.inf, -np.inf, np.nan])
def test_one_bad_weight_reaches_only_the_pixels_that_it_is_scattered_to(weight):
    w = np.zeros((1, 1, 3, 3))
    w[0, 0, 0, 0] = weight
    y = np.ones((1, 1, 2, 2))
    found = functional.conv2d_input((1, 1, 5, 5), w, y, stride=2)
    touched = np.zeros((5, 5), bool)
    touched[:3:2, :3:2] = True
    np.testing.assert_array_equal(~np.isfinite(found[0, 0]), touched)


@pytest.mark.parametrize("pixel", [np.inf, np.nan])
def test_one_bad_pixel_reaches_only_its_windows(pixel):
    x = np.zeros((1, 2, 40, 40), np.float32)
    x[0, 1, 20, 20] = pixel
    found = functional.conv2d(x, np.ones((3, 2, 3, 3), np.float32), padding=1)
    bad = ~np.isfinite(found)
    assert bad.sum() == 3 * 9
    assert bad[0, :, 19:22, 19:22].all()
