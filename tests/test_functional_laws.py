"""Laws that hold for every input: adjoints, linearity, shifts, derivatives, inverses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncourse import functional
from cnncourse.windows import windows

SEEDS = st.integers(0, 2**32)
SMALL = st.integers(1, 3)


@st.composite
def convolutions(draw):
    """Draw input shape, weight shape and settings of a legal convolution."""
    groups = draw(SMALL)
    kernel = (draw(SMALL), draw(SMALL))
    settings = {
        "stride": (draw(SMALL), draw(SMALL)),
        "padding": (draw(st.integers(0, 2)), draw(st.integers(0, 2))),
        "dilation": (draw(SMALL), draw(SMALL)),
        "groups": groups,
    }
    size = []
    for axis in (0, 1):
        covered = settings["dilation"][axis] * (kernel[axis] - 1) + 1
        least = max(covered - 2 * settings["padding"][axis], 1)
        size.append(draw(st.integers(least, least + 5)))
    depth, each = draw(SMALL), draw(SMALL)
    image = (draw(SMALL), groups * depth, *size)
    return image, (groups * each, depth, *kernel), settings


def integers(rng: np.random.Generator, shape) -> np.ndarray:
    """Small whole numbers as floats: sums of them are exact, whatever the order."""
    return rng.integers(-9, 10, shape).astype(np.float64)


@given(convolutions(), SEEDS)
def test_conv2d_is_every_window_times_every_filter(convolution, seed):
    image, weight, settings = convolution
    rng = np.random.default_rng(seed)
    x, w, b = integers(rng, image), integers(rng, weight), integers(rng, weight[0])
    (top, left), groups = settings["padding"], settings["groups"]
    padded = functional.pad(x, (left, left, top, top))
    patches = windows(padded, weight[2:], settings["stride"], settings["dilation"])
    patches = patches.reshape(image[0], groups, -1, *patches.shape[2:])
    filters = w.reshape(groups, -1, *weight[1:])
    expected = np.einsum("ngcyxij,gocij->ngoyx", patches, filters)
    expected = expected.reshape(image[0], weight[0], *expected.shape[-2:]) + b[:, None, None]
    np.testing.assert_array_equal(functional.conv2d(x, w, b, **settings), expected)


@given(convolutions(), SEEDS)
def test_the_gradients_of_conv2d_are_its_adjoints(convolution, seed):
    """⟨conv2d(x, w), y⟩ = ⟨x, conv2d_input(w, y)⟩ = ⟨w, conv2d_weight(x, y)⟩."""
    image, weight, settings = convolution
    rng = np.random.default_rng(seed)
    x, w = integers(rng, image), integers(rng, weight)
    output = functional.conv2d(x, w, **settings)
    y = integers(rng, output.shape)
    for_input = functional.conv2d_input(image, w, y, **settings)
    for_weight = functional.conv2d_weight(x, weight, y, **settings)
    assert np.vdot(output, y) == np.vdot(x, for_input) == np.vdot(w, for_weight)


@given(convolutions(), SEEDS)
def test_conv_transpose2d_is_the_adjoint_of_conv2d(convolution, seed):
    image, weight, settings = convolution
    rng = np.random.default_rng(seed)
    x, w = integers(rng, image), integers(rng, weight)
    output = functional.conv2d(x, w, **settings)
    y = integers(rng, output.shape)
    extra = tuple(
        (n + 2 * p - d * (k - 1) - 1) % s
        for n, k, p, d, s in zip(
            image[2:],
            weight[2:],
            settings["padding"],
            settings["dilation"],
            settings["stride"],
            strict=True,
        )
    )
    back = functional.conv_transpose2d(y, w, output_padding=extra, **settings)
    assert back.shape == x.shape
    assert np.vdot(output, y) == np.vdot(x, back)


@given(convolutions(), SEEDS)
def test_conv2d_is_linear_in_the_image_and_in_the_weight(convolution, seed):
    image, weight, settings = convolution
    rng = np.random.default_rng(seed)
    x, x2, w, w2 = (integers(rng, shape) for shape in (image, image, weight, weight))

    def conv(x, w):
        return functional.conv2d(x, w, **settings)

    np.testing.assert_array_equal(conv(3 * x - x2, w), 3 * conv(x, w) - conv(x2, w))
    np.testing.assert_array_equal(conv(x, 3 * w - w2), 3 * conv(x, w) - conv(x, w2))


@given(SEEDS, SMALL, SMALL)
def test_shifting_the_image_shifts_the_output_away_from_borders(seed, down, right):
    rng = np.random.default_rng(seed)
    x, w = integers(rng, (1, 2, 12, 12)), integers(rng, (3, 2, 3, 3))
    shifted = np.roll(x, (down, right), (2, 3))
    before, after = functional.conv2d(x, w), functional.conv2d(shifted, w)
    np.testing.assert_array_equal(after[..., down:, right:], before[..., :-down, :-right])


@given(convolutions(), SEEDS)
def test_gradients_are_finite_differences(convolution, seed):
    image, weight, settings = convolution
    rng = np.random.default_rng(seed)
    x, w = rng.standard_normal(image), rng.standard_normal(weight)
    y = rng.standard_normal(functional.conv2d(x, w, **settings).shape)

    def loss(x, w):
        return float((functional.conv2d(x, w, **settings) * y).sum())

    for array, gradient in (
        (x, functional.conv2d_input(image, w, y, **settings)),
        (w, functional.conv2d_weight(x, weight, y, **settings)),
    ):
        place = tuple(rng.integers(0, array.shape))
        step = 1e-3
        original = array[place]
        array[place] = original + step
        above = loss(x, w)
        array[place] = original - step
        below = loss(x, w)
        array[place] = original
        assert (above - below) / (2 * step) == pytest.approx(gradient[place], rel=1e-6, abs=1e-6)


PICTURES = st.tuples(st.integers(1, 6), st.integers(1, 6))


@given(PICTURES, PICTURES, SEEDS)
def test_convolution_is_commutative(size, kernel_size, seed):
    rng = np.random.default_rng(seed)
    x, kernel = rng.integers(-9, 10, size), rng.integers(-9, 10, kernel_size)
    np.testing.assert_array_equal(
        functional.convolve(x, kernel, "full"), functional.convolve(kernel, x, "full")
    )


@given(PICTURES, st.tuples(SMALL, SMALL), SEEDS)
def test_the_teaching_functions_are_conv2d_on_one_picture(size, kernel_size, seed):
    assume(size[0] >= kernel_size[0] and size[1] >= kernel_size[1])
    rng = np.random.default_rng(seed)
    x, kernel = rng.integers(-9, 10, size), rng.integers(-9, 10, kernel_size)
    for padding in ("valid", "same", 1, (0, 2)):
        expected = functional.conv2d(x[None], kernel[None, None], padding=padding)[0]
        found = functional.cross_correlate(x, kernel, padding)
        np.testing.assert_array_equal(found, expected)
        turned = functional.convolve(x, kernel[::-1, ::-1], padding)
        np.testing.assert_array_equal(turned, expected)


@given(SEEDS, st.sampled_from(["reflect", "replicate", "circular"]))
def test_the_teaching_functions_pad_as_they_are_told(seed, mode):
    rng = np.random.default_rng(seed)
    x, kernel = rng.integers(-9, 10, (5, 4)), rng.integers(-9, 10, (3, 4))
    padded = functional.pad(x[None], (1, 2, 1, 1), mode)[0]
    np.testing.assert_array_equal(
        functional.cross_correlate(x, kernel, "same", mode),
        functional.cross_correlate(padded, kernel),
    )


@given(SEEDS, st.integers(1, 3), st.integers(0, 1))
def test_pooling_what_was_unpooled_returns_it(seed, kernel, padding):
    """Positive maxima, put back where they were, are the maxima again."""
    assume(2 * padding <= kernel)
    x = np.random.default_rng(seed).uniform(1, 2, (2, 3, 7, 6))
    values, places = functional.max_pool2d(x, kernel, padding=padding, return_indices=True)
    flat = np.take_along_axis(x.reshape(2, 3, -1), places.reshape(2, 3, -1), -1)
    np.testing.assert_array_equal(flat.reshape(values.shape), values)
    sparse = functional.max_unpool2d(values, places, kernel, padding=padding, output_size=(7, 6))
    again = functional.max_pool2d(sparse, kernel, padding=padding)
    np.testing.assert_array_equal(again, values)


@given(SEEDS, SMALL, SMALL, SMALL, st.integers(0, 2))
def test_folding_what_was_unfolded_multiplies_by_the_counts(seed, kernel, stride, dilation, pad):
    x = integers(np.random.default_rng(seed), (2, 2, 7, 8))
    settings = {"kernel_size": kernel, "stride": stride, "dilation": dilation, "padding": pad}
    columns = functional.unfold(x, **settings)
    counts = functional.fold(functional.unfold(np.ones_like(x), **settings), (7, 8), **settings)
    np.testing.assert_array_equal(functional.fold(columns, (7, 8), **settings), x * counts)


@given(SEEDS, SMALL, st.integers(0, 1))
def test_average_pooling_is_a_depthwise_convolution(seed, kernel, padding):
    assume(2 * padding <= kernel)
    x = np.random.default_rng(seed).standard_normal((2, 3, 6, 7))
    weight = np.full((3, 1, kernel, kernel), 1 / kernel**2)
    np.testing.assert_allclose(
        functional.avg_pool2d(x, kernel, padding=padding),
        functional.conv2d(x, weight, stride=kernel, padding=padding, groups=3),
        atol=1e-12,
    )


@given(SEEDS, st.sampled_from([-1, 0, 1]))
def test_softmax_sums_to_one_and_ignores_what_is_added_to_all(seed, dim):
    x = np.random.default_rng(seed).normal(0, 50, (3, 4))
    np.testing.assert_allclose(functional.softmax(x, dim).sum(dim), 1)
    np.testing.assert_allclose(
        functional.softmax(x, dim), functional.softmax(x + 1e3, dim), atol=1e-9
    )
    np.testing.assert_allclose(
        functional.log_softmax(x, dim), np.log(functional.softmax(x, dim)), atol=1e-6, rtol=1e-6
    )


@given(SEEDS)
def test_classes_are_probabilities_that_are_certain(seed):
    rng = np.random.default_rng(seed)
    scores, classes = rng.standard_normal((5, 4)), rng.integers(0, 4, 5)
    certain = np.eye(4)[classes]
    for smoothing in (0.0, 0.3):
        found = functional.cross_entropy(scores, classes, label_smoothing=smoothing)
        assert found == pytest.approx(
            functional.cross_entropy(scores, certain, label_smoothing=smoothing)
        )
