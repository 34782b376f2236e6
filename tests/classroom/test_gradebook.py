"""The one writer: what it leaves is what nbgrader's own grading would have left."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import nbformat
import pytest
import tiny_course
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp, NbGraderAPI

from cnncourse.classroom import course as courses
from cnncourse.classroom import gradebook as gradebook_module
from cnncourse.classroom.course import CourseError
from cnncourse.classroom.gradebook import _replace_folder, given_by_hand, merge
from cnncourse.classroom.grading import Graded
from cnncourse.classroom.scheduling import _store, results_folder

NAME = tiny_course.NAME
FEEDBACK = b"<html>feedback</html>"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_course.make(tmp_path_factory.mktemp("course") / "course")


@pytest.fixture
def course(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied = tiny_course.copy(released, tmp_path / "course")
    monkeypatch.chdir(copied)
    return copied


def arrive(course: Path, student: str, **scores: Any) -> None:
    """Put a result on disk, as grading does."""
    content = tiny_course.answered(course, None if scores.get("blank") else tiny_course.ANSWER)
    tiny_course.hand_in(course, student, content, scores.get("timestamp"))
    results_folder(course, NAME).mkdir(parents=True, exist_ok=True)
    given = {"double-examples": 1.0, "double-tests": scores.get("tests", 2.0)}
    points = {**given, "why": scores.get("why")}
    graded = Graded(
        student=student,
        assignment=NAME,
        ok=scores.get("ok", True),
        problem="",
        notes=tuple(scores.get("notes", ())),
        scores=points,
        possible={"double-examples": 1.0, "double-tests": 2.0, "why": 3.0},
        findings={},
        autograded=content + scores.get("more", b""),
        feedback=FEEDBACK,
        seconds=1.0,
    )
    _store(results_folder(course, NAME), graded, "0" * 64)


def opened(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course}/gradebook.db")


def grade_of(gradebook: Gradebook, student: str, cell: str) -> Any:
    return gradebook.find_grade(cell, NAME, NAME, student)


def test_points_come_into_the_gradebook(course):
    arrive(course, "anna", why=0.0)
    arrive(course, "Жанна", tests=0.5, why=0.0)
    merged = merge(course, NAME, ["anna", "Жанна", "nobody"])
    assert merged.students == ["anna", "Жанна"]
    assert not merged.by_hand
    with opened(course) as gradebook:
        assert gradebook.find_submission(NAME, "anna").score == 3
        assert gradebook.find_submission(NAME, "Жанна").score == 1.5
        assert not grade_of(gradebook, "anna", "double-tests").needs_manual_grade
    for student in ("anna", "Жанна"):
        graded = course / "autograded" / student / NAME / f"{NAME}.ipynb"
        result = results_folder(course, NAME) / f"{student}.ipynb"
        assert graded.read_bytes() == result.read_bytes()
        assert (course / "feedback" / student / NAME / f"{NAME}.html").read_bytes() == FEEDBACK


def test_nbgraders_own_view_agrees(course):
    arrive(course, "anna")
    arrive(course, "bo", blank=True)
    merge(course, NAME, ["anna", "bo"])
    (one, two) = NbGraderAPI(config=courses.configuration(course)).get_submissions(NAME)
    assert [one["student"], two["student"]] == ["anna", "bo"]
    assert one["autograded"]
    assert one["needs_manual_grade"]
    assert one["score"] == 3
    with opened(course) as gradebook:
        comments = {
            student: gradebook.find_comment("double-answer", NAME, NAME, student).auto_comment
            for student in ("anna", "bo")
        }
    assert comments == {"anna": None, "bo": "No response."}


def test_what_a_person_gave_is_kept_and_asked_about_only_after_a_change(course):
    arrive(course, "anna")
    assert merge(course, NAME, ["anna"]).by_hand == ["anna"]
    assert given_by_hand(course, NAME)["anna"]["why"] is None
    assert not (course / "feedback" / "anna" / NAME).exists()  # nbgrader makes it, with the points
    with opened(course) as gradebook:
        grade = grade_of(gradebook, "anna", "why")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.find_comment("why", NAME, NAME, "anna").manual_comment = "Well said."
        gradebook.db.commit()

    assert given_by_hand(course, NAME)["anna"]["why"] == 2.5

    merged = merge(course, NAME, ["anna"])
    assert not merged.students
    assert not merged.by_hand
    with opened(course) as gradebook:
        assert gradebook.find_submission(NAME, "anna").score == 5.5

    arrive(course, "anna", tests=0.0)
    assert merge(course, NAME, ["anna"]).students == ["anna"]
    with opened(course) as gradebook:
        grade = grade_of(gradebook, "anna", "why")
        assert grade.manual_score == 2.5
        assert grade.needs_manual_grade
        assert gradebook.find_comment("why", NAME, NAME, "anna").comment == "Well said."
        assert gradebook.find_submission(NAME, "anna").score == 3.5


def test_a_lost_gradebook_is_filled_again(course):
    arrive(course, "anna", why=1.0)
    merge(course, NAME, ["anna"])
    (course / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="cnncourse classroom release tiny"):
        merge(course, NAME, ["anna"])
    courses.release(course, NAME)
    merge(course, NAME, ["anna"])
    with opened(course) as gradebook:
        assert gradebook.find_submission(NAME, "anna").score == 4


@pytest.mark.parametrize("step", range(8))
def test_ctrl_c_at_any_step_leaves_nothing_that_does_not_fit(course, monkeypatch, step):
    """Whatever was reached, the next merge leaves the new points, notebook and feedback."""
    monkeypatch.setattr(f"{__name__}.FEEDBACK", b"old")
    arrive(course, "anna", why=0.0, tests=2.0)
    merge(course, NAME, ["anna"])
    monkeypatch.setattr(f"{__name__}.FEEDBACK", b"new")
    arrive(course, "anna", why=0.0, tests=0.5, more=b"\n")
    steps = iter(range(100))

    def breaks(function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if next(steps) == step:
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(gradebook_module, "_replace_folder", breaks(_replace_folder))
        patched.setattr(shutil, "copyfile", breaks(shutil.copyfile))
        patched.setattr(os, "replace", breaks(os.replace))
        patched.setattr(gradebook_module, "_penalize", breaks(gradebook_module._penalize))
        if step < 7:
            with pytest.raises(KeyboardInterrupt):
                merge(course, NAME, ["anna"])
        else:
            merge(course, NAME, ["anna"])
    merge(course, NAME, ["anna"])
    with opened(course) as gradebook:
        assert gradebook.find_submission(NAME, "anna").score == 1.5
    graded = course / "autograded" / "anna" / NAME / f"{NAME}.ipynb"
    assert graded.read_bytes() == (results_folder(course, NAME) / "anna.ipynb").read_bytes()
    assert (course / "feedback" / "anna" / NAME / f"{NAME}.html").read_bytes() == b"new"
    assert len(list(graded.parent.iterdir())) == 1


def test_a_gradebook_that_another_holds_or_that_is_none_is_told_of(course):
    arrive(course, "anna")
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match=r"database is locked.*the same command goes on"):
            merge(course, NAME, ["anna"])
    merge(course, NAME, ["anna"])
    (course / "gradebook.db").write_text("this is no database, and long enough to be looked at")
    with pytest.raises(CourseError, match="The gradebook cannot be used"):
        merge(course, NAME, ["anna"])


def test_what_could_not_be_graded_stays_out(course):
    arrive(course, "anna", ok=False)
    assert not merge(course, NAME, ["anna"]).students
    with opened(course) as gradebook:
        assert not gradebook.students


LATE = """
from nbgrader.plugins import LateSubmissionPlugin
class HalfPoints(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2
c.AssignLatePenalties.plugin_class = HalfPoints
"""


@pytest.mark.parametrize(
    ("settings", "penalty"),
    [
        ("", None),
        ('c.LateSubmissionPlugin.penalty_method = "zero"', 4),
        (LATE, 2),
    ],
    ids=["none", "zero", "own plugin"],
)
def test_late_penalties_are_the_courses(course, settings, penalty):
    with (course / courses.CONFIG_FILE).open("a") as stream:
        stream.write(settings)
    with opened(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2027-03-14 12:00:00")
    arrive(course, "anna", why=1.0, timestamp="2027-03-14 13:00:00 UTC")
    arrive(course, "bo", why=1.0, timestamp="2027-03-14 11:00:00 UTC")
    arrive(course, "cleo", why=1.0)
    merged = merge(course, NAME, ["anna", "bo", "cleo"])
    assert merged.late == {"anna": 3600}
    with opened(course) as gradebook:
        penalties = {
            each.student_id: each.late_submission_penalty or None
            for each in gradebook.assignment_submissions(NAME)
        }
    assert penalties == {"anna": penalty, "bo": None, "cleo": None}
    assert (course / "feedback" / "anna" / NAME).exists() == (penalty is None)
    assert (course / "feedback" / "bo" / NAME).exists()
    timestamp = course / "autograded" / "anna" / NAME / "timestamp.txt"
    assert timestamp.read_text() == "2027-03-14 13:00:00 UTC"

    with opened(course) as gradebook:  # an extension after the grading takes the penalty back
        gradebook.grant_extension(NAME, "anna", hours=2)
    assert not merge(course, NAME, ["anna"]).late
    with opened(course) as gradebook:
        assert not gradebook.find_submission(NAME, "anna").late_submission_penalty
    assert (course / "feedback" / "anna" / NAME).exists()


def test_a_time_that_is_none_is_told_of(course):
    arrive(course, "anna", timestamp="yesterday evening, I think")
    merged = merge(course, NAME, ["anna"])
    assert "yesterday evening" in merged.notes["anna"][0]


def test_nbgrader_makes_the_feedback_that_a_person_completes(course):
    arrive(course, "anna")
    merge(course, NAME, ["anna"])
    with opened(course) as gradebook:
        gradebook.find_comment("why", NAME, NAME, "anna").manual_comment = "Well said."
        gradebook.db.commit()
    api = NbGraderAPI(config=courses.configuration(course))
    assert api.generate_feedback(NAME)["success"]
    page = (course / "feedback" / "anna" / NAME / f"{NAME}.html").read_text()
    assert "Well said." in page
    assert "double(21)" not in page


def exported(course: Path, *arguments: str) -> list[dict[str, str]]:
    app = ExportApp()
    app.initialize([*arguments, "--to=out.csv", "--log-level=ERROR"])
    app.start()
    with (course / "out.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def note_hand_ins(course: Path, *hand_ins: dict[str, Any]) -> None:
    path = course / "downloaded" / NAME / "collected.json"
    path.parent.mkdir(parents=True)
    kept = [{"kept": True, "email": "", **each} for each in hand_ins]
    path.write_text(json.dumps({"hand_ins": kept, "problems": []}))


def test_export_for_canvas(course):
    with opened(course) as gradebook:
        gradebook.add_student("cleo", first_name="Cleo", last_name="=1+1", lms_user_id="77")
    note_hand_ins(
        course, {"student": "204", "system": "canvas", "identifier": "204", "full_name": "lianna"}
    )
    arrive(course, "204", why=1.0)
    merge(course, NAME, ["204"])
    possible, anna, cleo = exported(
        course, "--exporter=cnncourse.classroom.exporting.CanvasExporter"
    )
    assert list(anna)[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert possible["Student"].strip() == "Points Possible"
    assert possible[NAME] == "6"
    assert (anna["Student"], anna["ID"], anna[NAME]) == ("lianna", "204", "4")
    assert (cleo["Student"], cleo["ID"], cleo[NAME]) == ("'=1+1, Cleo", "77", "")


def test_export_for_moodle(course, capfd):
    note_hand_ins(
        course,
        {
            "student": "li@example.org", "system": "moodle", "identifier": "101",
            "full_name": "Anna Li", "email": "li@example.org",
        },
    )  # fmt: skip
    arrive(course, "li@example.org", tests=0.5, why=None)
    merge(course, NAME, ["li@example.org"])
    exporter = "--exporter=cnncourse.classroom.exporting.MoodleExporter"
    (row,) = exported(course, exporter, "--assignment", NAME)
    assert row["Identifier"] == "Participant 101"
    assert row["Full name"] == "Anna Li"
    assert row["Email address"] == "li@example.org"
    assert row["Grade"] == "1.5"
    assert row["Maximum grade"] == "6"
    assert "Last modified (grade)" in row
    with opened(course) as gradebook:
        gradebook.add_assignment("second")
    for arguments, words in (
        (("--assignment", "other"), "the gradebook has no other; it has second, tiny"),
        ((), "one assignment at a time. Name one, such as --assignment second"),
    ):
        with pytest.raises(SystemExit):
            exported(course, exporter, *arguments)
        assert words in capfd.readouterr().err


def test_what_a_person_has_still_to_grade_is_told_before_it_is_uploaded(course, capfd):
    arrive(course, "anna", why=1.0)
    exporter = "--exporter=cnncourse.classroom.exporting.CanvasExporter"
    for student in ("anna", "bo"):
        arrive(course, student, why=1.0 if student == "anna" else None)
        merge(course, NAME, [student])
        app = ExportApp()
        app.initialize([exporter, "--to=out.csv", "--log-level=WARN"])
        app.start()
        told = capfd.readouterr().err
        assert ("points are missing: bo (tiny)" in told) == (student == "bo")
        assert "anna" not in told


@pytest.mark.parametrize("record", ["[]", '{"hand_ins": [1]}', '{"hand_ins": 1}', "{", '"x"'])
def test_a_record_that_cannot_be_read_stops_no_export(course, record):
    arrive(course, "anna", why=1.0)
    merge(course, NAME, ["anna"])
    path = course / "downloaded" / NAME / "collected.json"
    path.parent.mkdir(parents=True)
    path.write_text(record)
    (_, row) = exported(course, "--exporter=cnncourse.classroom.exporting.CanvasExporter")
    assert row[NAME] == "4"


def test_no_cell_is_a_formula(course):
    with opened(course) as gradebook:
        for number, start in enumerate("=+-@\t\n＝＠"):
            gradebook.add_student(f"s{number}", first_name="Bo", last_name=f"{start}1+1")
    for row in exported(course, "--exporter=cnncourse.classroom.exporting.CanvasExporter")[1:]:
        assert row["Student"].startswith("'")


def test_nbgraders_csv_goes_on_working(course):
    arrive(course, "anna", why=1.0)
    merge(course, NAME, ["anna"])
    (row,) = exported(course)
    assert (row["student_id"], row["score"], row["max_score"]) == ("anna", "4.0", "6.0")


def test_the_graded_notebook_can_be_read(course):
    arrive(course, "anna")
    merge(course, NAME, ["anna"])
    notebook = nbformat.read(course / "autograded" / "anna" / NAME / f"{NAME}.ipynb", 4)
    assert notebook.cells[0].source == tiny_course.ANSWER
