"""Answers that learners give to the questions of chapters 13 to 17 and of the project.

Right ones, written from the prompts alone, pass, also in 32 bits. Wrong ones fail, and what is said
of them is true.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cnncourse.classroom.variants import families
from cnncourse.exercises._given import function_from

LATE = ("classifier", "transposed", "autoencoder", "colorization", "fast", "project")
TASKS = {task.name: task for name in LATE for each in families(name) for task in each.variants}


def said(name, answer):
    return TASKS[name].check(answer).reason


# The project's tools, found in another way.


def series_by(key, rule):
    def held_out(series, count):
        numbers = sorted(
            set(series.tolist()), key=lambda number: key(number, sum(series == number))
        )
        chosen, total = set(), 0
        for number in numbers:
            size = int(sum(series == number))
            if (total >= count) if rule == "at_least" else (total + size > count):
                if rule == "skipping":
                    continue
                break
            chosen.add(number)
            total += size
        return [int(number in chosen) for number in series]

    return held_out


def distances(truth, painted):
    return np.hypot(*(truth - painted).T)


def by_picture(truth, painted, picture):
    off = distances(truth, painted)
    return [off[picture == number].mean() for number in set(picture.tolist())]


def nearer_than_gray(truth, painted, picture):
    nearer = 0
    for number in set(picture.tolist()):
        mine = picture == number
        nearer += ((truth - painted)[mine] ** 2).sum() < (truth[mine] ** 2).sum()
    return nearer


def at_each_pixel(measure):
    def unsure(p, bins):
        places = np.ndindex(p.shape[1:])
        return np.reshape([measure(p[:, i, j], bins) for i, j in places], p.shape[1:])

    return unsure


def apart(p, bins):
    return np.linalg.norm(bins - p @ bins, axis=1)


PROJECT = {
    "oldest_at_least": series_by(lambda number, size: number, "at_least"),
    "newest_at_least": series_by(lambda number, size: -number, "at_least"),
    "largest_at_most": series_by(lambda number, size: (-size, number), "at_most"),
    "smallest_at_least": series_by(lambda number, size: (size, number), "at_least"),
    "newest_skipping": series_by(lambda number, size: -number, "skipping"),
    "largest_skipping": series_by(lambda number, size: (-size, number), "skipping"),
    "oldest_at_most": series_by(lambda number, size: number, "at_most"),
    "pooled_distance": lambda t, p, picture: distances(t, p).mean(),
    "mean_of_pictures": lambda t, p, picture: np.mean(by_picture(t, p, picture)),
    "worst_picture": lambda t, p, picture: max(by_picture(t, p, picture)),
    "share_within_ten": lambda t, p, picture: (((t - p) ** 2).sum(axis=1) <= 100).mean(),
    "pictures_nearer_than_gray": nearer_than_gray,
    "gain_over_gray": lambda t, p, picture: (2 * t * p - p**2).sum() / len(t),
    "picture_in_the_middle": lambda t, p, picture: np.median(by_picture(t, p, picture)),
    "root_mean_square": at_each_pixel(lambda p, bins: np.sqrt(p @ apart(p, bins) ** 2)),
    "mean_distance": at_each_pixel(lambda p, bins: p @ apart(p, bins)),
    "entropy": at_each_pixel(lambda p, bins: stats.entropy(p, base=2)),
    "not_the_favorite": at_each_pixel(lambda p, bins: np.sort(p)[:-2].sum()),
    "favorite_against_mean": at_each_pixel(lambda p, bins: apart(p, bins)[p.argmax()]),
    "two_draws": at_each_pixel(
        lambda p, bins: p @ np.hypot(*(bins[:, None] - bins).transpose(2, 0, 1)) @ p
    ),
    "colors_for_most": at_each_pixel(
        lambda p, bins: next(
            count for count in range(1, len(p) + 1) if np.sort(p)[-count:].sum() > 0.75 - 1e-9
        )
    ),
}


def test_every_tool_of_the_project_is_found_in_another_way():
    assert set(PROJECT) == {task.name for each in families("project") for task in each.variants}


@pytest.mark.parametrize("name", PROJECT)
def test_a_tool_found_in_another_way_is_right(name):
    assert said(name, PROJECT[name]) == "passed"


def test_the_examples_of_a_measure_tell_its_variants_apart():
    judge = next(each for each in families("project") if each.name == "judge_colors")
    shown = [task.prompt.split("judge(truth, painted, picture)  # ")[1] for task in judge.variants]
    assert len(set(shown)) == len(shown)


def small(value):
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("name", [name for name in TASKS if name.startswith(("vivid", "through"))])
def test_a_right_answer_in_32_bits_is_right(name):
    solution = function_from(TASKS[name].solution)
    assert said(name, lambda *given: small(np.asarray(solution(*map(small, given))))) == "passed"


# Wrong answers, each with what is said of it.


def parts_of_a_row(row, length, step, count, fill=0):
    long = np.append(row, np.full(length + step * count, fill))
    return np.array([long[step * i : step * i + length] for i in range(count)])


def stamps(x, kernel, s, empty=np.nan):
    """Return all values that stamps put on each place, one array for each pixel."""
    H, W = x.shape
    kh, kw = kernel.shape
    fields = np.full((H * W, (H - 1) * s + kh, (W - 1) * s + kw), empty)
    for field, (i, j) in zip(fields, np.ndindex(H, W), strict=True):
        field[i * s : i * s + kh, j * s : j * s + kw] = x[i, j] * kernel
    return fields


def mean_without_stamps_of_zero(x, kernel, s):
    fields = stamps(x, kernel, s)
    fields[x.ravel() == 0] = np.nan
    counts = (~np.isnan(fields)).sum(axis=0)
    return np.nansum(fields, axis=0) / np.maximum(counts, 1)


def stripes_that_forget_tall_kernels(kernel, s):
    table = np.zeros((2 * s, s))
    for (a, b), weight in np.ndenumerate(kernel[: 2 * s]):
        table[a, b % s] += weight
    return table


def groups(given, wanted):
    return [wanted[given == value] for value in set(given.tolist())]


def best_parted_at_the_widest_gap(given, wanted):
    total = 0
    for colors in map(np.sort, groups(given, wanted)):
        cut = np.diff(colors).argmax() + 1 if len(colors) > 1 else 1
        total += sum(
            ((each - each.mean()) ** 2).sum() for each in np.split(colors, [cut]) if each.size
        )
    return total / len(wanted)


def best_of_simulated(guessers, pictures):
    rng = np.random.default_rng(3)
    return (rng.binomial(pictures, 1 / 3, (5000, guessers)).max(axis=1) / pictures).mean()


def each_fits_by_itself(series, count):
    return [int(sum(series == number) <= count) for number in series]


def few_tiles(rows, columns):
    return np.prod(
        [min((-(-n // m), -(-n // m) * (m + 2)) for m in (2, 3, 4))[1] for n in (rows, columns)]
    )


def residuals_that_cancel(given, wanted):
    return sum((colors - colors.mean()).sum() for colors in groups(given, wanted)) / len(wanted)


def columns_for_components(pictures, size):
    centered = pictures - pictures.mean(axis=0)
    directions = np.linalg.svd(centered)[2][:, :size]
    return ((centered - centered @ directions @ directions.T) ** 2).sum(axis=1)


def normalized(x, weight, bias, eps, by=np.var, center=True):
    mean = x.mean(axis=(2, 3), keepdims=True) if center else 0
    y = (x - mean) / np.sqrt(by(x, axis=(2, 3), keepdims=True) + eps)
    return np.einsum("c,nchw->nchw", weight, y) + np.reshape(bias, (-1, 1, 1))


def log_softmax(scores):
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))


def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))


def annealed(logits, shares, temperature):
    powers = np.exp((logits - logits.max(axis=0)) / temperature) / shares[:, None, None]
    return powers / powers.sum(axis=0)


WRONG = {
    "a softmax to base 2": (
        "batch_loss_in_bits",
        lambda scores, labels: (
            -np.mean(np.log2((2**scores / (2**scores).sum(1)[:, None])[range(len(labels)), labels]))
        ),
        "powers-of-two",
    ),
    "a quarter on top": (
        "batch_loss_smoothed",
        lambda scores, labels: (
            -np.mean(
                log_softmax(scores)[range(len(labels)), labels]
                + log_softmax(scores).mean(axis=1) / 4
            )
        ),
        "shares-more-than-all",
    ),
    "a minus too few": (
        "batch_loss_of_one_score",
        lambda scores, labels: np.mean(
            -labels * np.log(sigmoid(scores)) + (1 - labels) * np.log(sigmoid(-scores))
        ),
        "one-minus-is-lost",
    ),
    "the root of a root": (
        "normalize_maps",
        lambda *given: normalized(*given, by=np.std),
        "takes-the-root-twice",
    ),
    "no mean taken away": (
        "normalize_maps",
        lambda *given: normalized(*given, center=False),
        "leaves-the-mean",
    ),
    "no bias": (
        "normalize_maps",
        lambda x, weight, bias, eps: normalized(x, weight, 0 * bias, eps),
        "does-not-shift",
    ),
    "a simulation": ("luck_of_three_classes", best_of_simulated, "close-and-not-exact"),
    "chances to a power": (
        "luck_of_three_classes",
        lambda guessers, pictures: (
            stats.binom.pmf(np.arange(pictures + 1), pictures, 1 / 3) ** guessers
            @ np.arange(pictures + 1)
            / pictures
        ),
        "raises-each-chance",
    ),
    "no number where no stamp lies": (
        "stamp_averaged",
        lambda *given: np.nanmean(stamps(*given), axis=0),
        "not-a-number",
    ),
    "no stamps of zero": (
        "stamp_averaged",
        mean_without_stamps_of_zero,
        "counts-no-stamps-of-zero",
    ),
    "no zero where no stamp lies": (
        "stamp_largest",
        lambda *given: stamps(*given, empty=-np.inf).max(axis=0),
        "keeps-what-it-began-with",
    ),
    "a kernel taller than the pattern": (
        "levels_of_stripes",
        stripes_that_forget_tall_kernels,
        "loses-what-comes-round",
    ),
    "no square": (
        "denoising_loss_of_holes",
        lambda clean, kept, weight: np.mean(weight * clean[kept == 1].mean() - clean[kept == 0]),
        "forgets-the-square",
    ),
    "no square of a relative error": (
        "denoising_loss_of_speckles",
        lambda clean, noise, weight: np.mean(weight * noise - 1),
        "forgets-the-square",
    ),
    "columns for rows": ("lost_of_each", columns_for_components, "columns-for-components"),
    "one component's loss": (
        "lost_around_zero",
        lambda pictures, size: (
            np.linalg.norm(pictures, 2) ** 2 if size == 0 else np.linalg.svd(pictures)[1][size] ** 2
        ),
        "only-the-next-one",
    ),
    "colors for examples": (
        "smallest_error_in_choosing",
        lambda given, wanted: (
            sum(len(set(each)) - 1 for each in groups(given, wanted)) / len(wanted)
        ),
        "counts-the-other-colors",
    ),
    "the widest gap": (
        "smallest_error_with_two_answers",
        best_parted_at_the_widest_gap,
        "splits-at-the-widest-gap",
    ),
    "the temperature in percent": (
        "vivid_in_the_other_order",
        lambda logits, counts, bins, percent: np.einsum(
            "qhw,qc->chw", annealed(logits, counts / counts.sum(), percent), bins
        ),
        "percent-for-temperature",
    ),
    "a tile too many": (
        "tiles_for_five_weights",
        lambda row, m: parts_of_a_row(row, m + 4, m, (len(row) - 4) // m + 1),
        "one-more-than-whole-tiles",
    ),
    "the fewest tiles": ("fewest_products_of_one_size_an_axis", few_tiles, "counts-the-tiles"),
    "series by themselves": ("largest_skipping", each_fits_by_itself, "does-not-add-up"),
    "one picture too many": (
        "oldest_at_least",
        lambda series, count: PROJECT["oldest_at_least"](series, count + 1),
        "misses-by-one-picture",
    ),
    "places for marks": (
        "oldest_at_least",
        lambda series, count: np.flatnonzero(PROJECT["oldest_at_least"](series, count)),
        "returns-the-places",
    ),
    "less than ten": (
        "share_within_ten",
        lambda t, p, picture: (distances(t, p) < 10).mean(),
        "less-than-ten",
    ),
    "distances for squares": (
        "pictures_nearer_than_gray",
        lambda t, p, picture: sum(
            distances(t, p)[picture == k].sum() < distances(t, 0 * p)[picture == k].sum()
            for k in set(picture)
        ),
        "gains-in-distance",
    ),
    "as far as gray": (
        "pictures_nearer_than_gray",
        lambda t, p, picture: sum(
            ((t - p)[picture == k] ** 2).sum() <= (t[picture == k] ** 2).sum() for k in set(picture)
        ),
        "counts-the-gray-ones",
    ),
    "second places": (
        "not_the_favorite",
        at_each_pixel(lambda p, bins: p[p < np.sort(p)[-2]].sum()),
        "drops-equal-ones",
    ),
    "more than enough": (
        "colors_for_most",
        at_each_pixel(lambda p, bins: 1 + (np.cumsum(np.sort(p)[::-1]) < 0.75 + 1e-9).sum()),
        "more-than-enough",
    ),
}


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize(("name", "answer", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_told_what_it_does(name, answer, reason):
    assert said(name, answer) == reason


@pytest.mark.parametrize("name", ["denoising_loss_of_holes", "denoising_loss_of_speckles"])
def test_errors_of_both_signs_tell_absolute_values_from_none(name):
    named = {each.name: each for each in TASKS[name].misconceptions}
    for reason in ("takes-absolute-differences", "forgets-the-square"):
        assert said(name, named[reason].wrong[0]) == reason


def test_who_forgets_the_square_is_not_told_to_believe_in_perfect_networks():
    hint = TASKS["smallest_error_through_a_code"].check(residuals_that_cancel).message
    assert hint.startswith("Your error is 0, and ")


def test_sizes_that_have_to_be_added_up_are_among_the_inputs():
    series = next(each for each in families("project") if each.name == "hold_out_series")
    for task in series.variants:
        forgetful = task.solution.replace("total += sizes[k]", "total = sizes[k]")
        assert forgetful != task.solution
        assert task.check(function_from(forgetful)).reason == "does-not-add-up"
