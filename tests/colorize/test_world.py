"""The world with a known answer: its laws, and that a gray picture tells what it says it tells."""

from __future__ import annotations

import hashlib
import time
from statistics import median

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

from benchmarks.colorize import world as script
from cnncourse.colorize import losses, world
from cnncourse.colorize.world import (
    AMBIGUOUS,
    KINDS,
    LIGHTNESS,
    NUMBERS,
    ambiguous_objects,
    scenes,
    share_explained,
    variance,
)
from cnncourse.data import results

BALLOON, HOUSE = NUMBERS["balloon"], NUMBERS["house"]


def kind_of_pixels(some: world.Scenes) -> np.ndarray:
    return np.take_along_axis(some.kinds, some.regions.reshape(len(some), -1), axis=1).reshape(
        some.regions.shape
    )


def test_shapes_and_seeds():
    some, again, other = scenes(7, seed=3), scenes(7, seed=3), scenes(7, seed=4)
    assert some.L.shape == (7, 1, 32, 32)
    assert some.ab.shape == some.mean_ab.shape == (7, 2, 32, 32)
    assert some.variance.shape == some.entropy.shape == some.ambiguous.shape == (7, 32, 32)
    assert some.L.dtype == some.ab.dtype == some.mean_ab.dtype == np.float32
    assert some.rgb().shape == (7, 32, 32, 3)
    assert some.rgb().dtype == np.uint8
    for name in ("L", "regions", "kinds", "hues", "ab"):
        assert np.array_equal(getattr(some, name), getattr(again, name))
    assert not np.array_equal(some.L, other.L)
    assert len(scenes(0, seed=0)) == 0


def test_the_gray_picture_does_not_depend_on_the_colors_drawn(monkeypatch):
    some = scenes(50, seed=0)
    monkeypatch.setattr(world, "_draw_hues", lambda kinds, seed: np.zeros_like(kinds))
    blue = scenes(50, seed=0)
    assert np.array_equal(some.L, blue.L)
    assert np.array_equal(some.regions, blue.regions)
    assert np.array_equal(some.kinds, blue.kinds)
    assert not np.array_equal(some.ab, blue.ab)


def test_repainting_changes_balloons_and_houses_and_nothing_else():
    some = scenes(50, seed=0)
    other = some.repainted(seed=1)
    assert other.L is some.L
    changed = (some.ab != other.ab).any(axis=1)
    assert changed.any()
    assert set(np.unique(kind_of_pixels(some)[changed])) == {BALLOON, HOUSE}
    assert (some.ambiguous == np.isin(kind_of_pixels(some), AMBIGUOUS)).all()
    assert np.array_equal(some.repainted(seed=0).ab, some.ab)


@pytest.mark.parametrize("number", AMBIGUOUS)
def test_hues_come_as_often_as_the_odds_say(number):
    some = scenes(10_000, seed=0)
    second = some.hues[some.kinds == number]
    share = KINDS[number].odds[1]
    deviation = np.sqrt(share * (1 - share) / len(second))
    assert abs(second.mean() - share) < 4 * deviation


def test_two_balloons_of_a_scene_are_painted_independently():
    some = scenes(10_000, seed=0)
    pairs = some.hues[(some.kinds[:, 2:4] == BALLOON).all(axis=1), 2:4]
    alike = (pairs[:, 0] == pairs[:, 1]).mean()
    assert abs(alike - 0.5) < 4 * np.sqrt(0.25 / len(pairs))


def test_every_hue_is_a_color_of_srgb_at_every_lightness():
    hues = [hue for kind in KINDS for hue in kind.hues]
    L = np.linspace(*LIGHTNESS, 51)
    lab = np.array([[(light, *hue) for light in L] for hue in hues])
    # Colors outside sRGB are clipped, and come back as others.
    assert np.abs(rgb2lab(lab2rgb(lab)) - lab).max() < 0.02
    some = scenes(1000, seed=0)
    assert LIGHTNESS[0] <= some.L.min() < LIGHTNESS[0] + 0.1
    assert LIGHTNESS[1] - 0.1 < some.L.max() <= LIGHTNESS[1]


def test_rounding_to_bytes_moves_lightness_and_color_by_less_than_one_unit():
    some = scenes(50, seed=0)
    lab = rgb2lab(some.rgb()).transpose(0, 3, 1, 2)
    # L is taken from the generator, not from rounded bytes: those know a little of the hue.
    assert 0.01 < np.abs(lab[:, :1] - some.L).max() < 0.3
    assert np.abs(lab[:, 1:] - some.ab).max() < 1


def test_hues_are_centers_of_bins():
    some = scenes(20, seed=0)
    indices, shares = losses.encode(torch.tensor(some.ab))
    best = shares.max(dim=1)
    assert (best.values == 1).all()
    bins = losses.ab_bins()[indices.gather(1, best.indices[:, None])[:, 0]]
    assert np.array_equal(bins.permute(0, 3, 1, 2).numpy(), some.ab)


def test_the_mean_over_many_paintings_is_the_mean_that_the_world_names():
    some, count = scenes(20, seed=0), 500
    paintings = np.stack([some.repainted(seed).ab for seed in range(count)])
    mean, spread = paintings.mean(axis=0), paintings.std(axis=0)
    assert np.all(np.abs(mean - some.mean_ab) <= 4.5 * spread / np.sqrt(count) + 1e-3)
    squares = np.square(paintings - some.mean_ab).sum(axis=2).mean(axis=0)
    # A house's distance from its mean color is 28 or 57: its square varies as well.
    assert np.allclose(squares, some.variance, rtol=0.2)
    assert np.array_equal(squares > 0, some.variance > 0)


def test_no_constant_of_a_kind_predicts_better_than_its_mean():
    some = scenes(2000, seed=0)
    best = np.square(some.ab - some.mean_ab).sum(axis=1).mean()
    pixels = kind_of_pixels(some)
    for number in AMBIGUOUS:
        mask = (pixels == number)[:, None]
        for step in ((6, 0), (-6, 0), (0, 6), (0, -6)):
            moved = some.mean_ab + mask * np.array(step, np.float32).reshape(1, 2, 1, 1)
            assert np.square(some.ab - moved).sum(axis=1).mean() > best


def test_the_mean_of_rgb_is_the_best_painting_in_rgb():
    some, count = scenes(10, seed=0), 200
    paintings = np.stack([some.repainted(seed).rgb() for seed in range(count)]).astype(float)
    spread = paintings.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(paintings.mean(axis=0) - some.mean_rgb) <= 4.5 * spread + 0.51)
    sure = ~some.ambiguous
    assert np.array_equal(some.mean_rgb[sure], some.rgb()[sure])
    errors = [
        np.square(paintings - best.astype(float)).mean()
        for best in (some.mean_rgb, some.rgb(some.mean_ab), some.rgb())
    ]
    assert errors[0] < errors[1] < errors[2]


def test_both_ambiguous_kinds_are_gray_on_average():
    some = scenes(20, seed=0)
    ambiguous = np.broadcast_to(some.ambiguous[:, None], some.ab.shape)
    assert np.abs(some.mean_ab[ambiguous]).max() < 1e-5
    assert np.abs(some.ab).max(axis=1)[some.ambiguous].min() == 20


def test_things_are_found_by_name():
    some = scenes(50, seed=0)
    pixels = kind_of_pixels(some)
    for number, kind in enumerate(KINDS):
        assert np.array_equal(some.where(kind.name), pixels == number)
    with pytest.raises(ValueError, match=r"Scenes\.where: no kind 'cloud'; there are sky, meadow"):
        some.where("cloud")


def test_entropy_is_that_of_the_odds():
    some = scenes(20, seed=0)
    pixels = kind_of_pixels(some)
    assert np.allclose(some.entropy[pixels == BALLOON], np.log(2))
    assert np.allclose(some.entropy[pixels == HOUSE], np.log(3) - 2 / 3 * np.log(2))
    assert np.array_equal(some.entropy > 0, some.ambiguous)


def test_the_variance_adds_up():
    some = scenes(500, seed=0)
    parts = variance(some)
    assert np.isclose(parts.total, parts.explainable + parts.irreducible)
    center = some.mean_ab.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64)
    totals = [np.square(some.repainted(seed).ab - center).sum(axis=1).mean() for seed in range(100)]
    deviation = np.std(totals) / np.sqrt(len(totals))
    assert abs(np.mean(totals) - parts.total) < 4 * deviation


def test_shares_of_the_explainable_variance():
    some = scenes(500, seed=0)
    center = some.mean_ab.mean(axis=(0, 2, 3), keepdims=True)
    assert share_explained(some.mean_ab, some) == 1
    assert np.isclose(share_explained(np.broadcast_to(center, some.ab.shape), some), 0, atol=1e-6)
    halfway = (some.mean_ab + center) / 2
    assert np.isclose(share_explained(halfway, some), 0.75, atol=1e-6)
    # Without the posterior, the colors themselves give nearly the same share.
    error = np.square(some.ab - halfway).sum(axis=1).mean()
    parts = variance(some)
    assert np.isclose((parts.total - error) / parts.explainable, 0.75, atol=0.01)


def test_brightness_alone_tells_little():
    some = scenes(1000, seed=0)
    level = np.clip(some.L[:, 0] - LIGHTNESS[0], 0, 22.9).astype(int)
    counts = np.bincount(level.ravel(), minlength=23)
    means = [np.bincount(level.ravel(), some.ab[:, i].ravel(), 23) / counts for i in (0, 1)]
    predicted = np.stack([mean[level] for mean in means], axis=1)
    assert 0 < share_explained(predicted, some) < 0.25


def fitted(L: np.ndarray, shade: np.ndarray) -> tuple[float, float, float]:
    """Return the contrast, the middle and the largest error of L = middle + contrast · shade."""
    centered = shade - shade.mean()
    contrast = float(L @ centered / (centered @ centered))
    middle = float(L.mean() - contrast * shade.mean())
    return contrast, middle, float(np.abs(middle + contrast * shade - L).max())


def read(L: np.ndarray) -> np.ndarray:
    """Find out what every pixel of a gray picture is, shape (32, 32), from nothing but L."""
    masks, shades = world._stamps()
    found = np.full(L.shape, NUMBERS["nothing"])
    for names, rows, columns in [
        (world.IN_THE_SKY, [6], (8, 23)),
        (world.ON_THE_GROUND, [22, 23, 24, 25], (8, 23)),
    ]:
        for middle in columns:
            best, covered = None, 0
            for number in {NUMBERS[name] for name in names} - {NUMBERS["nothing"]}:
                for mask, shade in zip(
                    masks[number].reshape(-1, 15, 15),
                    shades[number].reshape(-1, 15, 15),
                    strict=True,
                ):
                    for row in rows:
                        for column in range(middle - 1, middle + 2):
                            i, j = np.nonzero(mask)
                            place = i + row - 7, j + column - 7
                            if mask.sum() <= covered or place[0].max() > 31:
                                continue
                            contrast, _, error = fitted(L[place], shade[i, j])
                            if contrast > 1 and error < 1e-3:
                                best, covered = (number, place), mask.sum()
            if best:
                found[best[1]] = best[0]
    free = found == NUMBERS["nothing"]
    y = np.broadcast_to(np.arange(32)[:, None], L.shape)
    above = free & (y < 13)
    slope, start, error = fitted(L[above], y[above].astype(float))
    assert error < 1e-3
    other = [
        row for row in range(13, 32) if np.abs(L - start - slope * y)[row][free[row]].max() > 1e-3
    ]
    found[free & (y < other[0])] = NUMBERS["sky"]
    ground = free & (y >= other[0])
    textures = world._textures()
    matches = [
        NUMBERS[name]
        for name, texture in zip(world.GROUNDS, textures, strict=True)
        for down in range(12)
        for right in range(12)
        if fitted(L[ground], texture[down : down + 32, right : right + 32][ground])[2] < 1e-3
    ]
    assert len(set(matches)) == 1
    found[ground] = matches[0]
    return found


def test_the_gray_picture_tells_what_everything_is():
    some = scenes(40, seed=0)
    pixels = kind_of_pixels(some)
    assert set(np.unique(pixels)) == set(range(len(KINDS))) - {NUMBERS["nothing"]}
    for L, true in zip(some.L[:, 0].astype(float), pixels, strict=True):
        assert np.array_equal(read(L), true)


def test_no_object_touches_the_border_or_hides_another():
    some = scenes(2000, seed=0)
    masks, _ = world._stamps()
    sizes = masks.sum(axis=(3, 4))
    objects = some.regions >= 2
    assert not objects[:, 31].any()
    assert not objects[:, :, [0, 31]].any()
    assert not (some.regions[:, 13:] // 2 == 1).any()  # those in the sky stay above any horizon
    for place in range(2, 6):
        counts = (some.regions == place).sum(axis=(1, 2))
        for count, number in zip(counts, some.kinds[:, place], strict=True):
            assert count in sizes[number]


def test_objects_with_two_colors_are_held_against_both():
    some = scenes(300, seed=0)
    true = ambiguous_objects(some.ab, some)
    places = np.isin(some.kinds, AMBIGUOUS)
    assert np.array_equal(true.scene, np.nonzero(places)[0])
    assert np.array_equal(true.kind, some.kinds[places])
    assert np.array_equal(true.nearest, some.hues[places])
    assert not true.distance.any()
    moved = ambiguous_objects(some.ab + np.float32([3, 4]).reshape(1, 2, 1, 1), some)
    assert np.array_equal(moved.nearest, true.nearest)
    assert np.allclose(moved.distance, 5, atol=1e-4)
    gray = ambiguous_objects(some.mean_ab, some)
    assert np.allclose(gray.distance[gray.kind == BALLOON], 50, atol=1e-4)
    assert np.allclose(gray.distance[gray.kind == HOUSE], np.hypot(20, 20), atol=1e-4)


@pytest.mark.parametrize("function", [share_explained, ambiguous_objects])
def test_colors_of_a_wrong_shape_are_refused(function):
    some = scenes(3, seed=0)
    with pytest.raises(
        ValueError, match=r"ab has shape \(3, 32, 32\); it should be \(3, 2, 32, 32\)"
    ):
        function(some.ab[:, 0], some)
    with pytest.raises(ValueError, match=r"Scenes\.rgb: ab has shape \(2, 2, 32, 32\)"):
        some.rgb(some.ab[:2])


def test_a_count_that_is_none_is_refused():
    with pytest.raises(ValueError, match="scenes: count must be at least 0, got -1"):
        scenes(-1, seed=0)
    with pytest.raises(TypeError, match=r"scenes: count must be an integer, got 2\.5"):
        scenes(2.5, seed=0)


def test_making_scenes_takes_less_time_than_painting_them():
    scenes(1, seed=0)
    making, painting = [], []
    for seed in range(5):
        start = time.process_time()
        some = scenes(300, seed)
        _ = some.ab
        making.append(time.process_time() - start)
        start = time.process_time()
        some.rgb()
        painting.append(time.process_time() - start)
    assert median(making) < median(painting)


# What the benchmark has measured, and how it measures.


def test_the_cheap_figures_are_those_of_the_stored_test_scenes():
    stored = results("colorize_world")
    some = script.test_scenes()
    contents = hashlib.sha256(some.L.tobytes() + some.ab.tobytes()).hexdigest()
    assert stored["about"]["data_sha256"] == contents
    assert stored["world"]["test_scenes"] == len(some)
    assert stored["world"]["variance"] == pytest.approx(variance(some)._asdict(), abs=1e-3)
    assert stored["world"]["entropy"] == pytest.approx(float(some.entropy.mean()), abs=1e-4)
    for name, ab in [("gray", 0 * some.ab), ("best mean", some.mean_ab)]:
        row = stored["world"]["rows"][name]
        found = script.judged(ab)
        for key in ("psnr", "colorfulness", "explained", "chroma", "near", "distance"):
            assert row[key] == pytest.approx(found[key], abs=1e-3), (name, key)


def test_the_stored_measurements_pass_the_gates():
    stored = results("colorize_world")
    best = stored["world"]["rows"]["best mean"]
    true = stored["world"]["rows"]["the truth"]
    for run in stored["squared_error"]["runs"]:
        row = run["rows"]["squared error"]
        assert 0.85 <= row["explained"] < 1
        assert run["seconds"] < 30
        assert row["chroma"] < 0.25 * true["chroma"]
        assert row["near"] < 0.01
        assert row["psnr"] < best["psnr"]
        doubled = run["rows"]["squared error, doubled"]
        assert doubled["near"] < 0.05
        assert doubled["psnr"] < stored["world"]["rows"]["gray"]["psnr"]
    for run in stored["classification"]["plain"]:
        assert stored["world"]["entropy"] < run["cross_entropy"] < stored["world"]["entropy"] + 0.1
        assert run["rows"]["sampled"]["near"] > 0.8
        assert run["rows"]["mean"]["explained"] > 0.95
        assert abs(run["rows"]["sampled"]["house"]["first_hue"] - 2 / 3) < 0.1
        assert abs(run["rows"]["sampled"]["balloon"]["first_hue"] - 1 / 2) < 0.1


def test_the_benchmark_judges_the_truth_right():
    some = script.test_scenes()
    row = script.judged(some.ab)
    assert row["psnr"] is None
    assert row["near"] == row["pixels_near"] == 1
    houses = some.kinds == HOUSE
    assert row["house"]["first_hue"] == pytest.approx((some.hues[houses] == 0).mean())
    pairs = some.hues[(some.kinds[:, 2:4] == BALLOON).all(axis=1), 2:4]
    assert row["balloons_alike"] == pytest.approx((pairs[:, 0] == pairs[:, 1]).mean())


def test_the_benchmark_gives_the_network_the_bins_that_occur():
    classes = script.classes()
    hues = {hue for kind in KINDS for hue in kind.hues}
    assert {tuple(color) for color in losses.ab_bins()[classes.used].tolist()} == hues
    ab = torch.tensor(scenes(2, seed=0).ab)
    logits = torch.zeros(2, len(hues), 32, 32).scatter(1, classes.of(ab)[:, None], 50.0)
    wide = classes.widened(logits)
    assert wide.shape == (2, len(losses.ab_bins()), 32, 32)
    generator = torch.Generator().manual_seed(0)
    for decode in script.decoders(0).values():
        assert torch.allclose(decode(wide), ab, atol=1e-4)
    assert torch.equal(script.sample_pixels(wide, generator), ab)


def test_the_network_keeps_the_size_of_the_picture():
    assert script.encoder_decoder(5)(torch.zeros(3, 1, 32, 32)).shape == (3, 5, 32, 32)
