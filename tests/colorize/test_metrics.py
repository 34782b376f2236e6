"""Measures of colored pictures: small cases by hand, laws on random pictures, clear refusals."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import rgb2lab

from cnncourse.colorize import metrics

PAIRED = [
    metrics.psnr,
    metrics.mean_psnr,
    metrics.rgb_mse,
    metrics.ab_error,
    metrics.auc,
    metrics.scores,
]
RED, GRAY = (255, 0, 0), (127, 127, 127)


def plain(color: tuple[int, int, int], height: int = 2, width: int = 3) -> np.ndarray:
    return np.full((height, width, 3), color, dtype=np.uint8)


@st.composite
def batches(draw: Any, count: int = 1) -> list[np.ndarray]:
    """Draw as many arrays of one shape (N, H, W, 3) as asked for."""
    shape = (*draw(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))), 3)
    return [draw(arrays(np.uint8, shape)) for _ in range(count)]


def test_psnr_by_hand():
    # The second picture is right; in the first, one of 6 pixels is off by 51 in one channel.
    truth = np.stack([plain(GRAY), plain(RED)])
    wrong = truth.copy()
    wrong[0, 0, 0, 1] += 51
    assert metrics.rgb_mse(truth, wrong) == pytest.approx(0.2**2 / (2 * 6 * 3))
    assert metrics.psnr(truth, wrong) == pytest.approx(10 * math.log10(36 / 0.04))


def test_psnr_of_the_same_pictures_is_infinite():
    truth = plain(RED)[np.newaxis]
    assert metrics.psnr(truth, truth) == math.inf
    assert metrics.mean_psnr(truth, truth) == 60.0
    assert metrics.mean_psnr(truth, truth, ceiling=math.inf) == math.inf


def test_the_mean_of_the_pictures_ratios_is_decided_by_the_gray_ones():
    # Nine almost gray pictures, off by 1, and a red one: a network that learns to color the red
    # one rightly moves the pooled ratio far more than one that mends the gray ones a little.
    truth = [plain(GRAY)] * 9 + [plain(RED)]
    gray = [plain((128, 128, 128))] * 9 + [plain(GRAY)]
    colors_red = [*gray[:9], plain((200, 0, 0))]
    mends_gray = [*[plain(GRAY)] * 9, gray[9]]
    pooled = [metrics.psnr(truth, each) for each in (gray, colors_red, mends_gray)]
    alone = [metrics.mean_psnr(truth, each) for each in (gray, colors_red, mends_gray)]
    assert pooled[1] > pooled[0] + 5
    assert pooled[2] < pooled[0] + 0.01
    assert alone[2] > alone[1]


@given(batches(2))
def test_measures_are_symmetric_and_bounded(pair: list[np.ndarray]):
    truth, prediction = pair
    for measure in (metrics.rgb_mse, metrics.ab_error, metrics.psnr, metrics.mean_psnr):
        assert measure(truth, prediction) == pytest.approx(measure(prediction, truth))
    assert 0 <= metrics.rgb_mse(truth, prediction) <= 1
    assert 0 <= metrics.auc(truth, prediction) <= 1
    assert metrics.ab_error(truth, truth) == 0
    assert metrics.auc(truth, truth) == 1


@given(batches(3))
def test_the_ab_error_keeps_the_triangle_inequality(three: list[np.ndarray]):
    one, two, three_ = three
    around = metrics.ab_error(one, two) + metrics.ab_error(two, three_)
    assert metrics.ab_error(one, three_) <= around + 1e-9


@given(batches(2), st.integers(1, 4))
def test_pooled_means_every_pixel_the_same_wherever_it_is(pair: list[np.ndarray], times: int):
    # Cut into single pixels, pictures of 1×1, or repeated: nothing that is pooled changes.
    truth, prediction = pair
    for measure in (metrics.rgb_mse, metrics.ab_error, metrics.auc):
        whole = measure(truth, prediction)
        pixels = [list(batch.reshape(-1, 1, 1, 3)) for batch in (truth, prediction)]
        assert measure(*pixels) == pytest.approx(whole)
        repeated = [np.concatenate([batch] * times) for batch in (truth, prediction)]
        assert measure(*repeated) == pytest.approx(whole)


def test_pictures_of_different_sizes_count_by_their_pixels():
    truth = [plain(GRAY, 1, 1), plain(GRAY, 3, 3)]
    wrong = [truth[0] + np.uint8(51), truth[1]]
    assert metrics.rgb_mse(truth, wrong) == pytest.approx(0.04 / 10)
    assert metrics.mean_psnr(truth, wrong) == pytest.approx((10 * math.log10(25) + 60) / 2)


@pytest.mark.parametrize("measure", PAIRED)
def test_lists_and_arrays_give_the_same(measure: Callable[..., Any]):
    rng = np.random.default_rng(0)
    truth, prediction = rng.integers(0, 256, (2, 3, 5, 4, 3), dtype=np.uint8)
    expected = pytest.approx(measure(truth, prediction))
    assert measure(list(truth), list(prediction)) == expected
    assert measure(list(truth), prediction) == expected


def test_large_pictures_are_measured_in_pieces(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(1)
    truth, prediction = rng.integers(0, 256, (2, 2, 7, 9, 3), dtype=np.uint8)
    whole = metrics.scores(truth, prediction)
    monkeypatch.setattr(metrics, "PIECE", 10)
    assert metrics.scores(truth, prediction) == pytest.approx(whole)


def test_the_ab_error_is_the_distance_that_scikit_image_gives():
    rng = np.random.default_rng(2)
    truth, prediction = rng.integers(0, 256, (2, 2, 6, 5, 3), dtype=np.uint8)
    difference = (rgb2lab(truth) - rgb2lab(prediction))[..., 1:]
    distance = np.sqrt((difference**2).sum(axis=-1))
    assert metrics.ab_error(truth, prediction) == pytest.approx(distance.mean())
    # Lightness alone is no error.
    black, white = np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 255, np.uint8)
    assert metrics.ab_error(black, white) < 0.01


@given(batches(2))
def test_the_area_is_the_one_under_the_curve(pair: list[np.ndarray]):
    truth, prediction = pair
    thresholds = np.linspace(0, 150, 1501)
    curve = metrics.shares_within(truth, prediction, thresholds)
    assert (np.diff(curve) >= 0).all()
    lower, upper = curve[:-1].mean(), curve[1:].mean()
    assert lower - 1e-12 <= metrics.auc(truth, prediction) <= upper + 1e-12


def test_shares_within_by_hand():
    # Off by 0, 0, and red against gray, 104.55: two of three pixels are within 100.
    truth, gray = [plain(GRAY, 1, 2), plain(RED, 1, 1)], [plain(GRAY, 1, 2), plain(GRAY, 1, 1)]
    shares = metrics.shares_within(truth, gray, [-1, 0, 100, 104, 105])
    assert shares.tolist() == pytest.approx([0, 2 / 3, 2 / 3, 2 / 3, 1])
    assert metrics.auc(truth, gray, largest=100) == pytest.approx(2 / 3)


@given(batches(), st.permutations([0, 1, 2]))
def test_colorfulness_is_zero_for_gray_and_does_not_care_where_pixels_are(
    one: list[np.ndarray], order: list[int]
):
    pictures = one[0]
    value = metrics.colorfulness(pictures)
    assert value >= 0
    assert metrics.colorfulness(pictures[:, ::-1, ::-1]) == pytest.approx(value)
    assert metrics.colorfulness(255 - pictures) == pytest.approx(value)
    assert metrics.colorfulness(np.repeat(pictures[..., order[:1]], 3, axis=-1)) == 0


@pytest.mark.parametrize(
    ("color", "value"),
    [
        # rg = 255, yb = 127.5, nothing varies: 0.3 √(255² + 127.5²).
        (RED, 0.3 * math.sqrt(255**2 + 127.5**2)),
        # rg = 0, yb = −255.
        ((0, 0, 255), 0.3 * 255),
    ],
)
def test_colorfulness_by_hand(color: tuple[int, int, int], value: float):
    assert metrics.colorfulness([plain(color)]) == pytest.approx(value)
    # The mean of the pictures' values, whatever their sizes.
    assert metrics.colorfulness([plain(color, 9, 9), plain(GRAY)]) == pytest.approx(value / 2)


def test_scores_are_the_measures():
    truth, prediction = plain(RED)[np.newaxis], plain((0, 90, 200))[np.newaxis]
    assert metrics.scores(truth, prediction) == {
        "psnr": metrics.psnr(truth, prediction),
        "mean_psnr": metrics.mean_psnr(truth, prediction),
        "rgb_mse": metrics.rgb_mse(truth, prediction),
        "ab_error": metrics.ab_error(truth, prediction),
        "auc": metrics.auc(truth, prediction),
        "colorfulness": metrics.colorfulness(prediction),
    }


@pytest.mark.parametrize("measure", PAIRED)
@pytest.mark.parametrize(
    ("truth", "prediction", "error", "words"),
    [
        (plain(RED), plain(RED), ValueError, r"shape \(2, 3, 3\).*put a single picture into a"),
        ([], [], ValueError, "truth has no pictures"),
        (np.zeros((0, 2, 2, 3), np.uint8), [], ValueError, "truth has no pictures"),
        ([plain(RED)], [plain(RED)] * 2, ValueError, "1 pictures in truth and 2 in prediction"),
        ([plain(RED)], [plain(RED, 3)], ValueError, r"\(2, 3, 3\) in truth and \(3, 3, 3\)"),
        ([plain(RED)], [plain(RED) / 255], TypeError, "picture 0 of prediction is float64"),
        ([plain(RED)[..., 0]], [plain(RED)], ValueError, r"picture 0 of truth has shape \(2, 3\)"),
        ([[1, 2]], [plain(RED)], TypeError, "picture 0 of truth is list"),
        (3, [plain(RED)], TypeError, "truth is a int"),
        ([plain(RED, 0)], [plain(RED, 0)], ValueError, r"shape \(0, 3, 3\)"),
    ],
)
def test_refusals_name_what_was_seen(
    measure: Callable[..., Any],
    truth: Any,
    prediction: Any,
    error: type[Exception],
    words: str,
):
    with pytest.raises(error, match=words):
        measure(truth, prediction)


def test_a_last_threshold_of_zero_is_refused():
    with pytest.raises(ValueError, match="largest is 0; it should be above 0"):
        metrics.auc([plain(RED)], [plain(RED)], largest=0)
