"""Distributions over colors: sharing, losses, weights and decoders."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from cnncourse.colorize import losses
from cnncourse.colorize.lab import rgb_to_lab

BINS = losses.ab_bins()


def colors(seed: int, *shape: int) -> torch.Tensor:
    """Random sRGB colors as ab, shape (N, 2, h, w)."""
    count, height, width = shape
    generator = torch.Generator().manual_seed(seed)
    return rgb_to_lab(torch.rand(count, 3, height, width, generator=generator))[:, 1:]


def certain(*numbers: int) -> torch.Tensor:
    """Logits of shape (1, Q, 1, n) that are sure of these bins."""
    logits = torch.full((1, len(BINS), 1, len(numbers)), -1e9)
    for place, number in enumerate(numbers):
        logits[0, number, 0, place] = 0
    return logits


def number_of(a: float, b: float) -> int:
    return [[a, b] == pair for pair in BINS.tolist()].index(True)


def two_colors(share: float) -> torch.Tensor:
    """Logits of one pixel: red with this probability, else blue."""
    logits = certain(number_of(60, 40))
    logits[0, number_of(60, 40)] = math.log(share)
    logits[0, number_of(20, -60)] = math.log(1 - share)
    return logits


def test_the_corners_of_the_gamut_and_gray_have_bins():
    # Zhang, Isola and Efros count 313 as well.
    assert len(BINS) == 313
    assert len(BINS.unique(dim=0)) == len(BINS)
    assert bool((BINS % 10 == 0).all())
    assert number_of(0, 0) >= 0
    assert [110.0, 110.0] not in BINS.tolist()


@given(st.integers(0, 10_000))
def test_a_shared_colors_mean_is_the_color_itself(seed: int):
    ab = colors(seed, 2, 3, 5)
    indices, shares = losses.encode(ab)
    assert bool((shares >= 0).all())
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(2, 3, 5))
    mean = (shares.unsqueeze(-1) * BINS[indices]).sum(dim=1).permute(0, 3, 1, 2)
    torch.testing.assert_close(mean, ab, atol=1e-4, rtol=0)
    assert float((BINS[indices].permute(0, 1, 4, 2, 3) - ab.unsqueeze(1)).abs().max()) <= 10.0001


def test_means_of_any_colors_can_be_shared():
    ab = colors(1, 4, 32, 32)
    # The strongest colors of the screen, and means of two of them, lie on the hull.
    strongest = rgb_to_lab(
        torch.tensor(
            [[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1.0]]
        ).T.reshape(1, 3, 1, 6)
    )[:, 1:]
    halves = (strongest.unsqueeze(-1) + strongest.unsqueeze(-2)).div(2).flatten(2, 3)
    for each in (ab, functional.avg_pool2d(ab, 2), halves):
        assert bool((losses.encode(each)[0] >= 0).all())


@pytest.mark.parametrize("color", [(100.0, 100.0), (-119.0, 0.0), (500.0, 0.0), (-500.0, 0.0)])
def test_colors_that_no_screen_shows_are_refused(color: tuple[float, float]):
    with pytest.raises(ValueError, match="outside sRGB"):
        losses.encode(torch.tensor(color).reshape(1, 2, 1, 1))


def test_the_loss_of_the_true_distribution_is_its_entropy_and_the_smallest():
    ab = torch.tensor([15.0, 0.0]).reshape(1, 2, 1, 1)
    logits = torch.full((1, len(BINS), 1, 1), -1e9)
    logits[0, [number_of(10, 0), number_of(20, 0)]] = 0
    assert float(losses.classification_loss(logits, ab)) == pytest.approx(math.log(2), abs=1e-5)
    for _ in range(5):
        other = logits + torch.randn(logits.shape)
        assert float(losses.classification_loss(other, ab)) > math.log(2)


def test_the_loss_counts_pixels_by_the_weight_of_their_color():
    ab = torch.tensor([[60.0, 20.0], [40.0, -60.0]]).reshape(1, 2, 1, 2)
    logits = torch.randn(1, len(BINS), 1, 2, generator=torch.Generator().manual_seed(0))
    weights = torch.ones(len(BINS))
    weights[number_of(60, 40)] = 3.0
    surprise = -logits.log_softmax(dim=1)[0, :, 0]
    expected = (3 * surprise[number_of(60, 40), 0] + surprise[number_of(20, -60), 1]) / 2
    loss = losses.classification_loss(logits, ab, weights)
    assert float(loss) == pytest.approx(float(expected), rel=1e-6)


def test_frequencies_count_shares():
    ab = torch.tensor([[15.0, 0.0, 0.0], [0.0, 0.0, 0.0]]).reshape(1, 2, 1, 3)
    found = losses.frequencies(ab)
    assert float(found[number_of(0, 0)]) == pytest.approx(2 / 3)
    assert float(found[number_of(10, 0)]) == pytest.approx(1 / 6)
    assert float(found.sum()) == pytest.approx(1)


@pytest.mark.parametrize("mix", [0.1, 0.5, 1.0])
def test_rebalanced_pixels_count_one_on_average_and_rare_ones_more(mix: float):
    found = losses.frequencies(colors(2, 1, 50, 50) / 3)
    weights = losses.rebalancing(found, mix)
    assert float((found * weights).sum()) == pytest.approx(1, abs=1e-5)
    assert bool((weights[found.argsort()].diff() <= 1e-6).all())
    if mix == 1:
        torch.testing.assert_close(weights, torch.ones(len(BINS)))


@pytest.mark.parametrize("mix", [-0.1, 1.1, 0.0])
def test_a_mix_that_makes_no_weights_is_refused(mix: float):
    with pytest.raises(ValueError, match="mix is"):
        losses.rebalancing(torch.tensor([1.0, 0.0]), mix)


def test_weights_at_decoding_reach_what_weights_in_the_loss_reach():
    """One pixel, three of four times gray and else red; both ways end at the same probabilities."""
    gray, red = number_of(0, 0), number_of(60, 40)
    ab = torch.tensor([[0.0, 0.0, 0.0, 60.0], [0.0, 0.0, 0.0, 40.0]]).reshape(1, 2, 1, 4)
    weights = losses.rebalancing(losses.frequencies(ab))

    def fitted(with_weights: torch.Tensor | None) -> torch.Tensor:
        logits = torch.zeros(1, len(BINS), 1, 1, requires_grad=True)
        optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = losses.classification_loss(logits.expand(-1, -1, 1, 4), ab, with_weights)
            loss.backward()
            return loss

        optimizer.step(closure)
        return logits.detach()

    trained = fitted(weights).softmax(dim=1)[0, [gray, red], 0, 0]
    decoded = losses.rebalance(fitted(None), weights).softmax(dim=1)[0, [gray, red], 0, 0]
    torch.testing.assert_close(trained, decoded, atol=1e-3, rtol=0)
    assert float(decoded[1]) > 0.3 > 0.25


def test_decoders_agree_where_the_network_is_sure():
    numbers = [number_of(60, 40), number_of(-40, 30), number_of(0, 0)]
    logits, expected = certain(*numbers), BINS[numbers].T.reshape(1, 2, 1, 3)
    generator = torch.Generator().manual_seed(0)
    for decoded in (
        losses.mean(logits),
        losses.annealed_mean(logits, 0.38),
        losses.argmax(logits),
        losses.sample(logits, generator),
    ):
        torch.testing.assert_close(decoded, expected)
    assert float(losses.spread(logits).max()) == 0


def test_sharpening_goes_from_the_mean_to_the_likelier_color():
    logits = two_colors(0.6)
    assert losses.mean(logits).flatten().tolist() == pytest.approx([44.0, 0.0], abs=1e-3)
    half = losses.annealed_mean(logits, 0.5).flatten().tolist()
    p = 0.36 / (0.36 + 0.16)
    assert half == pytest.approx([60 * p + 20 * (1 - p), 40 * p - 60 * (1 - p)], abs=1e-3)
    torch.testing.assert_close(losses.annealed_mean(logits, 0.01), losses.argmax(logits))
    with pytest.raises(ValueError, match="temperature is 0"):
        losses.annealed_mean(logits, 0)


def test_spread_is_the_standard_deviation_in_ab_units():
    apart = math.dist((60, 40), (20, -60))
    assert float(losses.spread(two_colors(0.5))) == pytest.approx(apart / 2, rel=1e-4)
    assert float(losses.spread(two_colors(0.9))) == pytest.approx(apart * 0.3, rel=1e-4)


def test_a_sample_is_one_color_all_over_a_picture_and_has_the_right_frequency():
    logits = two_colors(0.7).expand(2_000, -1, 3, 4)
    drawn = losses.sample(logits, torch.Generator().manual_seed(0))
    assert torch.equal(drawn, drawn[:, :, :1, :1].expand_as(drawn))
    red = (drawn[:, 0, 0, 0] == 60).float().mean()
    # Three standard errors.
    assert float(red) == pytest.approx(0.7, abs=3 * math.sqrt(0.7 * 0.3 / 2_000))
    again = losses.sample(logits, torch.Generator().manual_seed(0))
    assert torch.equal(drawn, again)
