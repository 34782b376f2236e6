"""Feedback that goes back: under the names that a learning system finds students by."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cnncourse.classroom.course import CourseError
from cnncourse.classroom.returning import pack
from cnncourse.cli import app

HAND_INS = [
    ("ada", "class.zip: Ada Lovelace_1001_assignsubmission_file_/padding.ipynb", True),
    ("ada", "class.zip: Ada Lovelace_1001_assignsubmission_file_/first.ipynb", False),
    ("204", "class.zip: hoppergrace_204_9001_work.zip: work/padding.ipynb", True),
    ("emmy", "emmy.ipynb", True),
    ("bo", "bo.ipynb", True),
]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "nbgrader_config.py").write_text("")
    record = tmp_path / "downloaded" / "padding" / "collected.json"
    record.parent.mkdir(parents=True)
    entries = [{"student": who, "file": file, "kept": kept} for who, file, kept in HAND_INS]
    record.write_text(json.dumps({"hand_ins": entries, "problems": []}))
    for student in ("ada", "204", "emmy"):
        page = tmp_path / "feedback" / student / "padding" / "padding.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<html>{student}")
    return tmp_path


def test_each_page_has_the_name_of_what_was_handed_in(course):
    archive, missing = pack(course, "padding")
    with zipfile.ZipFile(archive) as packed:
        pages = {name: packed.read(name).decode() for name in packed.namelist()}
    assert pages == {
        "Ada Lovelace_1001_assignsubmission_file_/padding.html": "<html>ada",
        "hoppergrace_204_9001_work.html": "<html>204",
        "emmy.html": "<html>emmy",
    }
    assert missing == ["bo"]


def test_the_command_says_where_it_is_and_who_has_none(course, monkeypatch):
    monkeypatch.chdir(course)
    told = CliRunner().invoke(app, ["classroom", "pages", "padding"])
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "feedback/padding.zip",
        "No page of feedback (1):",
        "    bo: nbgrader generate_feedback padding",
    ]


@pytest.mark.parametrize(
    ("gone", "words"),
    [("downloaded", "nbgrader zip_collect padding"), ("feedback", "nbgrader generate_feedback")],
)
def test_what_has_to_come_first_is_said(course, gone, words):
    (course / gone).rename(course / "elsewhere")
    with pytest.raises(CourseError, match=words):
        pack(course, "padding")
    assert not list(course.rglob("*.zip"))
