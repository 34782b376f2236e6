"""What the chapter says of photographs belongs to the network that ships, and can be repeated."""

from __future__ import annotations

import hashlib

import pytest
import torch

from benchmarks.colorize import photographs
from cnncourse.colorize import export, predict
from cnncourse.data import results

MEASURED = results("colorize_photographs")


def test_the_measured_network_is_the_one_that_ships():
    shipped = export.checkpoint_path("photographs").read_bytes()
    assert hashlib.sha256(shipped).hexdigest() == MEASURED["about"]["checkpoint_sha256"]


def test_the_course_s_photographs_are_painted_as_measured():
    network, metadata = export.load("photographs")
    given = predict.options(metadata) | {"size": MEASURED["size"]}
    photos = photographs.of_the_course()
    made = {
        "gray": photographs.evenly(photos, torch.zeros(2)),
        "faithful": [
            predict.colorize(photo.pixels, network, "faithful", **given) for photo in photos
        ],
        "vivid": [predict.colorize(photo.pixels, network, "vivid", **given) for photo in photos],
    }
    for name, painted in made.items():
        found = MEASURED["course"]["scores"][name]
        again = photographs.point(photos, painted)
        assert again == pytest.approx({key: found[key] for key in again}, abs=0.02)


def test_no_photograph_both_chose_and_judged():
    of_part = {
        part: {row["sha256"] for row in MEASURED["each"] if row["part"] == part}
        for part in ("choosing", "photographs", "course")
    }
    assert sum(map(len, of_part.values())) == len(set().union(*of_part.values()))
    assert len(of_part["photographs"]) == MEASURED["photographs"]["count"]


@pytest.mark.parametrize("part", ["held_out", "photographs", "course"])
def test_the_faithful_head_is_nearer_than_gray_and_the_ceiling_is_far_above(part):
    scores = MEASURED[part]["scores"]
    assert scores["faithful"]["psnr"] > scores["mean ab"]["psnr"] > scores["gray"]["psnr"]
    assert scores["true ab of half size"]["psnr"] > scores["faithful"]["psnr"] + 10
