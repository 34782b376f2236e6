"""The map of the course says what the chapters say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from cnncourse._course_map import (
    Chapter,
    all_needs,
    direct_needs,
    draw,
    line,
    read_chapter,
    read_course,
)

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book/index.md").read_text(encoding="utf-8")
OPTIONS = yaml.safe_load(PAGE.split("```{course-map}\n")[1].split("```")[0])


def notebook(path: Path, text: str) -> Path:
    path.write_text(json.dumps({"cells": [{"source": [text]}]}), encoding="utf-8")
    return path


def test_a_chapter_is_read_from_its_first_cell(tmp_path: Path):
    text = (
        "# Stride\n\n*Chapter 05 · 70 minutes, in two · builds on padding (04) and images (00)*\n"
    )
    chapter = read_chapter(notebook(tmp_path / "05_stride.ipynb", text))
    assert chapter == Chapter(5, "Stride", (4, 0), 70, "notebooks/05_stride")


def test_a_first_cell_without_a_time_is_named(tmp_path: Path):
    path = notebook(tmp_path / "05_stride.ipynb", "# Stride\n\n*Chapter 05 · builds on (04)*")
    with pytest.raises(ValueError, match=r"05_stride\.ipynb: the first cell needs a title and"):
        read_chapter(path)


def test_the_course_is_whole_and_in_order():
    course = read_course(ROOT / "notebooks")
    assert sorted(course) == list(range(18))
    for chapter in course.values():
        assert all(need < chapter.number for need in chapter.needs), chapter
    assert {0, 1, 2, 3, 4, 5} < all_needs(course, 16)


def test_an_unknown_need_is_named(tmp_path: Path):
    text = "# Neurons\n\n*Chapter 01 · 60 minutes · builds on dilation (07)*"
    notebook(tmp_path / "01_neurons.ipynb", text)
    with pytest.raises(ValueError, match=r"chapter 01 needs \[7\], which are not there"):
        read_course(tmp_path)


def test_the_map_shows_the_courses_chapters():
    course = read_course(ROOT / "notebooks")
    drawn = draw(course, OPTIONS["rows"], str)
    assert re.findall(r'<li data-chapter="(\d\d)"', drawn) == [f"{n:02}" for n in range(18)]
    # The project takes six sittings, and the way to it adds up all of them.
    assert course[16].minutes >= 360


COURSE = {
    chapter.number: chapter
    for chapter in (
        Chapter(0, "Start", (), 30, "notebooks/00_start"),
        Chapter(1, "More & more", (0,), 45, "notebooks/01_more"),
        Chapter(2, "A project", (0, 1), 510, "notebooks/02_project"),
    )
}


def test_lines_show_only_what_other_lines_do_not_imply():
    assert direct_needs(COURSE, 2) == [1]
    drawn = draw(COURSE, [[0, 1], [None, 2]], lambda page: f"../{page}.html")
    assert re.findall(r'data-from="(\d+)" data-to="(\d+)"', drawn) == [("00", "01"), ("01", "02")]


def test_chapters_are_links_and_say_how_long_they_take():
    drawn = draw(COURSE, [[0, 1], [None, 2]], lambda page: f"../{page}.html")
    assert re.findall(r'href="([^"]+)"', drawn) == [
        "../notebooks/00_start.html",
        "../notebooks/01_more.html",
        "../notebooks/02_project.html",
    ]
    assert "More &amp; more" in drawn
    assert re.findall(r'course-map-time">([^<]+)<', drawn) == ["30 min", "45 min", "8.5 hours"]
    assert re.findall(r'data-minutes="(\d+)"', drawn) == ["30", "45", "510"]


def test_every_chapter_stands_on_the_map_once():
    with pytest.raises(ValueError, match=r"the map shows \[0, 1\], the chapters are \[0, 1, 2\]"):
        draw(COURSE, [[0, 1]], str)
    with pytest.raises(ValueError, match=r"the map shows \[0, 1, 1, 2\]"):
        draw(COURSE, [[0, 1], [1, 2]], str)


@pytest.mark.parametrize(
    ("start", "end"), [((0, 0), (3, 0)), ((0, 2), (2, 2)), ((1, 1), (4, 2)), ((0, 2), (5, 0))]
)
def test_a_long_line_passes_beside_the_boxes_between(start: tuple[int, int], end: tuple[int, int]):
    path = line(start, end, columns=3)
    rows = [float(number) for number in re.findall(r"V([\d.]+)", path)]
    beside = float(re.findall(r"H([\d.]+)", path)[0])
    assert start[0] + 0.8 < rows[0] < start[0] + 1.2
    assert end[0] - 0.2 < rows[1] < end[0] + 0.2
    assert abs(beside - round(beside)) < 0.1
    assert rows[-1] == end[0] + 0.5
