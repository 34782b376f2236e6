"""Chapter 16: right answers of other kinds pass, and what prompts and questions say holds."""

import numpy as np
import pytest
import torch
from skimage.transform import resize

from cnncourse import functional, geometry
from cnncourse.colorize import losses
from cnncourse.exercises import colorization


def psnr_of_one_large_picture(mse, pixels):
    """Lay all pixels in one row, each with its own squared error."""
    return 10 * np.log10(255**2 / np.repeat(mse, pixels).mean())


def psnr_by_weighted_average(mse, pixels):
    return -10 * np.log10(np.average(mse / 255**2, weights=pixels))


def join_by_functional(L, ab):
    large = functional.interpolate(ab[None].astype(float), size=L.shape, mode="bilinear")[0]
    return np.concatenate([L[None], large])


def join_by_torch(L, ab):
    large = torch.nn.functional.interpolate(
        torch.tensor(ab)[None].double(), size=L.shape, mode="bilinear", antialias=False
    )
    return torch.cat([torch.tensor(L)[None], large[0]])


def join_by_scikit_image(L, ab):
    def enlarged(x):
        return resize(x.astype(float), L.shape, order=1, mode="edge", anti_aliasing=False)

    return [L, enlarged(ab[0]), enlarged(ab[1])]


def encode_by_corners(a, b, n):
    shares = np.zeros((2 * n + 1, 2 * n + 1))
    i, s = divmod(a, 10)
    j, t = divmod(b, 10)
    for down, share_a in ((0, 10 - s), (1, s)):
        for across, share_b in ((0, 10 - t), (1, t)):
            shares[i + n + down, j + n + across] = share_a * share_b / 100
    return shares.tolist()


def encode_by_package(a, b, n):
    indices, shares = losses.encode(torch.tensor([a, b]).double().reshape(1, 2, 1, 1))
    table = np.zeros((2 * n + 1, 2 * n + 1))
    for index, share in zip(indices.flatten(), shares.flatten(), strict=True):
        i, j = (losses.ab_bins()[index] / 10 + n).int().tolist()
        table[i, j] = share
    return table


def vivid_by_probabilities(logits, counts, bins, percent):
    p = torch.softmax(torch.tensor(logits), dim=0).numpy()
    share = counts / counts.sum()
    weights = 1 / (0.5 * share + 0.5 / len(counts))
    p = p * (weights / (share * weights).sum())[:, None, None]
    p = (p / p.sum(axis=0)) ** (100 / percent)
    return np.einsum("qc,qhw->chw", bins, p / p.sum(axis=0))


def vivid_by_pixels(logits, counts, bins, percent):
    _, H, W = logits.shape
    color = np.zeros((2, H, W), np.float32)
    for i, j in np.ndindex(H, W):
        scores = [
            (logits[q, i, j] - np.log(counts[q] / sum(counts) + 1 / len(bins))) * 100 / percent
            for q in range(len(bins))
        ]
        powers = [np.exp(score - max(scores)) for score in scores]
        for channel in range(2):
            total = sum(power * bin[channel] for power, bin in zip(powers, bins, strict=True))
            color[channel, i, j] = total / sum(powers)
    return color


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (colorization.pooled_psnr, psnr_of_one_large_picture),
        (colorization.pooled_psnr, psnr_by_weighted_average),
        (colorization.repair_join, join_by_functional),
        (colorization.repair_join, join_by_torch),
        (colorization.repair_join, join_by_scikit_image),
        (colorization.encode, encode_by_corners),
        (colorization.encode, encode_by_package),
        (colorization.vivid, vivid_by_probabilities),
        (colorization.vivid, vivid_by_pixels),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_vivid_is_what_the_package_decodes():
    rng = np.random.default_rng(0)
    bins = losses.ab_bins()
    logits = rng.integers(-4, 5, (len(bins), 3, 2)).astype(float)
    counts = rng.integers(1, 1000, len(bins))
    weights = losses.rebalancing(torch.tensor(counts / counts.sum()))
    rebalanced = losses.rebalance(torch.tensor(logits)[None], weights)
    theirs = losses.annealed_mean(rebalanced, 0.38)[0].numpy()
    ours = colorization.vivid.reference(logits, counts, bins.numpy(), 38)
    assert np.allclose(ours, theirs, atol=1e-3)


@pytest.mark.parametrize("case", colorization.encode.cases)
def test_the_shares_keep_the_mean(case):
    a, b, n = case
    shares = colorization.encode.reference(a, b, n)
    centers = 10 * np.arange(-n, n + 1)
    assert shares.min() >= 0
    assert (shares > 0).sum() <= 4
    assert shares.sum() == pytest.approx(1)
    assert (shares.sum(axis=1) @ centers, shares.sum(axis=0) @ centers) == pytest.approx((a, b))


def test_a_step_in_place_is_told():
    def answer(logits, counts, bins, percent):
        logits -= np.log(counts / counts.sum() + 1 / len(counts))[:, None, None]
        logits -= logits.max(axis=0)
        p = np.exp(logits * 100 / percent)
        return np.tensordot(bins.T, p / p.sum(axis=0), 1)

    assert colorization.vivid.check(answer).reason == "changes-its-input"


def test_nothing_but_a_number_that_is_none_is_no_overflow():
    result = colorization.vivid.check(lambda logits, *rest: np.full((2, *logits.shape[1:]), np.nan))
    assert result.reason == "not-a-number"


def test_what_the_questions_say_of_numbers_holds():
    assert geometry.output_size(20, 4, padding=3, dilation=2) == 20
    assert geometry.effective_kernel(4, 2) == 7
    assert geometry.effective_kernel(3, 2) == 5  # whose padding is 2

    # Of two equals, annealing prefers neither: red and blue make purple at every temperature.
    red_and_blue = np.array([[80, 67], [79, -108]])
    for percent in (1, 38, 100):
        color = colorization.vivid.reference(
            np.zeros((2, 1, 1)), np.array([1, 1]), red_and_blue, percent
        )
        assert np.allclose(color.ravel(), red_and_blue.mean(axis=0))


def test_weights_in_the_loss_and_in_the_decoder_have_one_optimum():
    true, weights = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.5, 2.0, 6.0])
    logits = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=100, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = -(true * weights * logits.log_softmax(dim=0)).sum()
        value.backward()
        return value

    optimizer.step(loss)
    decoded = true * weights / (true * weights).sum()
    assert torch.allclose(logits.softmax(dim=0), decoded, atol=1e-3)
