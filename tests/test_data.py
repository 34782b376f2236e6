"""The digits in their three parts, digits in a larger field, and the stored measurements."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from cnncourse.data import digits, photograph, place_digits, results

RESULTS = sorted(Path(__file__).parents[1].glob("cnncourse/data/results/*.json"))


def rows(images: np.ndarray) -> list[bytes]:
    return [np.round(image * 16).astype(np.uint8).tobytes() for image in images]


def test_the_three_parts_are_all_digits_once():
    parts = [digits(name) for name in ("train", "validation", "test")]
    assert [len(part.labels) for part in parts] == [1097, 300, 400]
    together = rows(np.concatenate([part.images for part in parts]))
    assert sorted(together) == sorted(rows(load_digits().images / 16))


def test_each_image_keeps_its_label():
    everything = load_digits()
    known = dict(zip(rows(everything.images / 16), everything.target, strict=True))
    part = digits("test")
    assert [known[row] for row in rows(part.images)] == part.labels.tolist()


def test_every_part_has_every_digit():
    for name in ("train", "validation", "test"):
        assert np.bincount(digits(name).labels, minlength=10).min() >= 20


def test_the_split_is_the_same_every_time():
    assert np.array_equal(digits("train").images, digits("train").images)
    assert digits("validation").labels[:10].tolist() == [5, 3, 4, 9, 1, 8, 8, 4, 3, 0]


def test_a_part_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="digits: no part 'all'; there are train, validation, te"):
        digits("all")


def test_a_placed_digit_is_there_and_nothing_else():
    rng = np.random.default_rng(0)
    images, places = rng.random((20, 8, 8)), rng.integers(0, 9, (20, 2))
    fields = place_digits(images, places)
    assert fields.shape == (20, 16, 16)
    for image, field, (row, column) in zip(images, fields, places, strict=True):
        assert np.array_equal(field[row : row + 8, column : column + 8], image)
        assert np.isclose(field.sum(), image.sum())


def test_one_place_may_serve_all():
    images = np.ones((3, 8, 8))
    assert np.array_equal(place_digits(images, [4, 4]), place_digits(images, [[4, 4]] * 3))


@pytest.mark.parametrize("place", [[-1, 0], [0, 9], [9, 0]])
def test_a_digit_over_the_border_is_refused(place: list[int]):
    with pytest.raises(ValueError, match="does not fit a field of 16 × 16"):
        place_digits(np.ones((1, 8, 8)), place)


@pytest.mark.parametrize("places", [[[1.5, 0]], [[1, 2, 3]], 4])
def test_places_of_another_kind_are_refused(places: object):
    with pytest.raises(ValueError, match="place_digits: places needs integers of shape"):
        place_digits(np.ones((1, 8, 8)), places)


def test_one_image_without_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"place_digits: images needs shape \(N, h, w\)"):
        place_digits(np.ones((8, 8)), [0, 0])


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_measurements_say_how_they_were_made(path: Path):
    about = results(path.stem)["about"]
    assert {"script", "versions", "hardware"} <= set(about)
    assert {"seed", "seeds"} & set(about)
    assert (Path(__file__).parents[1] / about["script"]).is_file()
    assert json.loads(path.read_text()) == results(path.stem)


def test_a_photograph_in_gray_may_still_be_asked_for_as_in_the_first_version():
    with pytest.warns(DeprecationWarning, match="called `gray` now"):
        old = photograph("coffee", size=(4, 6), grey=True)
    assert np.array_equal(old, photograph("coffee", size=(4, 6), gray=True))
