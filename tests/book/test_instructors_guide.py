"""The instructors' guide: its commands run as they stand, and its tables say what is so."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cnncourse._course_map import read_course
from cnncourse.classroom.report import summarize
from cnncourse.classroom.variants import ASSIGNMENTS, families, written

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "book/instructors.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.M | re.S)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Run every command of the guide, one after the other, from an empty folder."""
    folder = tmp_path_factory.mktemp("walk")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("bash"))],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "course", done


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_the_sandbox_works_and_the_commands_say_what_comes_next(walk):
    _, done = walk
    assert done.stdout.startswith("It works.\n")
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.heavy
def test_the_points_are_those_that_were_earned(walk):
    course, _ = walk
    points = {
        (row["assignment"], row["student_id"]): float(row["score"])
        for row in rows(course / "grades.csv")
    }
    assert points == {("padding", "ada"): 0, ("padding", "emmy"): 1, ("padding", "grace"): 10}


@pytest.mark.heavy
def test_moodle_and_canvas_get_their_columns(walk):
    course, _ = walk
    worksheet = {row["Identifier"]: row for row in rows(course / "moodle.csv")}
    ada, sofia = worksheet["Participant 1001"], worksheet["Participant 1002"]
    assert (ada["Full name"], ada["Email address"]) == ("Ada Lovelace", "ada@example.edu")
    assert float(ada["Grade"]) == float(ada["Maximum grade"]) == 10
    assert float(sofia["Grade"]) == 0
    possible, *students = rows(course / "canvas.csv")
    assert possible["locality"] == "10"
    points = {row["ID"]: row["locality"] for row in students if row["ID"]}
    assert {number: float(each) for number, each in points.items()} == {"204": 10, "205": 0}


@pytest.mark.heavy
def test_pages_of_feedback_carry_the_names_that_the_systems_gave(walk):
    course, _ = walk
    names = {}
    for assignment in ("convolution", "locality"):
        with zipfile.ZipFile(course / f"feedback/{assignment}.zip") as pages:
            names[assignment] = pages.namelist()
            assert all(b"<html" in pages.read(name) for name in pages.namelist())
    assert names == {
        "convolution": [
            "Ada Lovelace_1001_assignsubmission_file_/convolution.html",
            "Sofia Kovalevskaya_1002_assignsubmission_file_/convolution.html",
        ],
        "locality": [
            "hoppergrace_204_9001_locality.html",
            "noetheremmy_LATE_205_9002_locality-1.html",
        ],
    }


@pytest.mark.heavy
def test_feedback_and_report_are_there_and_keep_their_secrets(walk):
    course, _ = walk
    for student in ("ada", "emmy", "grace"):
        page = (course / f"feedback/{student}/padding/padding.html").read_text(encoding="utf-8")
        assert "BEGIN HIDDEN TESTS" not in page
        assert "marking import" not in page
    report = (course / "reports/padding.html").read_text(encoding="utf-8")
    assert "3 students" in report
    assert "mirrors-beside-the-border" in report
    assert not re.search("ada|emmy|grace", report, re.I)


@pytest.mark.heavy
def test_who_comes_late_is_graded_alone(walk):
    course, done = walk
    assert "padding: 3 graded." in done.stdout
    assert "padding: 1 graded, 3 graded before." in done.stdout
    assert "After the due date (1):\n    mary: 3 days late\n" in done.stdout
    graded = [path.stem for path in sorted((course / "grading/padding").glob("*.json"))]
    assert graded == ["ada", "emmy", "grace", "mary"]


@pytest.mark.heavy
def test_the_last_line_of_the_settings_is_the_one_for_late_work(walk):
    course, _ = walk
    last = (course / "nbgrader_config.py").read_text(encoding="utf-8").splitlines()[-1]
    assert last == '# c.LateSubmissionPlugin.penalty_method = "zero"'


@pytest.mark.heavy
def test_the_quizzes_are_where_the_guide_says(walk):
    course, _ = walk
    named = re.findall(r"`(quizzes/[^`]+)`", GUIDE)
    assert {course / name for name in named} == {*course.glob("quizzes/*")}


@pytest.mark.heavy
def test_git_ignores_what_must_stay_secret(walk):
    course, _ = walk
    subprocess.run(["git", "init", "--quiet"], cwd=course, check=True)
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=course,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for secret in ("submitted/", "source/", "gradebook", "grading/", "feedback/", "downloaded/"):
        assert f"?? {secret}" not in listed


def test_the_question_of_ones_own_is_marked_and_its_mistake_named():
    (source,) = blocks("python")
    lines = source.strip().splitlines()
    assert lines.pop(-1) == "### END HIDDEN TESTS"
    last = lines.pop(-1)
    answers = {
        "passed": lambda x: int(x[0, 0] + x[0, -1] + x[-1, 0] + x[-1, -1]),
        "adds-the-border": lambda x: x.sum() - x[1:-1, 1:-1].sum(),
    }
    for reason, answer in answers.items():
        names = {"corner_sum": answer}
        exec("\n".join(lines), names)
        mark = eval(last, names)
        assert mark.reason == reason
        assert repr(mark) == ("2" if reason == "passed" else "0")


def test_the_report_finds_the_question_of_ones_own_by_the_names_of_its_cells():
    (source,) = blocks("python")
    name = re.search(r'Family\(name="(\w+)"', source)[1]
    cells = re.findall(r"`([a-z-]+-(?:answer|examples|tests))`", GUIDE)
    assert len(cells) == 3
    finding = {"reason": "adds-the-border", "misconception": True, "message": "", "answer": ""}
    result = {
        "student": "ada",
        "ok": True,
        "scores": dict.fromkeys(cells[1:], 0),
        "possible": dict.fromkeys(cells[1:], 1),
        "findings": {name: finding},
    }
    (question,) = summarize("corners", [result]).questions
    assert [reason.name for reason in question.reasons] == ["adds-the-border"]


CHAPTERS = read_course(ROOT / "notebooks")


@pytest.mark.parametrize("weeks", [14, 10])
def test_a_plan_has_every_chapter_in_an_order_that_can_be_taught(weeks):
    heading = {14: "### Fourteen weeks", 10: "### Ten weeks"}[weeks]
    table = GUIDE.partition(heading)[2].partition("\n\n|")[2].partition("\n\n")[0]
    plan = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()[2:]]
    plan = [row if row[0] else row[1:-1] for row in plan]
    assert [int(row[0]) for row in plan] == list(range(1, weeks + 1))
    taught: list[int] = []
    for _, chapters, handed_in in plan:
        chapters, _, minutes = chapters.partition(" (")
        numbers = [int(number) for number in re.findall(r"\b\d\d\b", chapters)]
        if 16 not in numbers:
            assert minutes == f"{sum(CHAPTERS[number].minutes for number in numbers)} min)"
        for number in numbers:
            assert number == 16 or {*CHAPTERS[number].needs} <= {*taught, *numbers}
        taught += [number for number in numbers if number not in taught]
        for name in re.findall(r"`(\w+)`", handed_in):
            assert name in ASSIGNMENTS
            assert name == "project" or ORDER[name] in taught
    assert set(CHAPTERS) - set(taught) == ({7, 17} if weeks == 10 else set())


ORDER = {path.stem[3:]: int(path.stem[:2]) for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_the_project_takes_as_long_as_the_guide_says():
    stated = re.search(r"Chapter 16 takes (\d+) minutes, in (\w+) sittings", GUIDE)
    chapter = json.loads((ROOT / "notebooks/16_colorization.ipynb").read_text(encoding="utf-8"))
    assert f"{stated[2]} sittings, {stated[1]} minutes" in "".join(chapter["cells"][0]["source"])


def test_assignments_have_the_points_that_learning_systems_are_told():
    for name in ASSIGNMENTS:
        points = sum(family.points for family in families(name))
        points += sum(question.points for question in written(name)) if name == "project" else 0
        assert points == (30 if name == "project" else 10)
    assert GUIDE.count("10 (30 for the project)") == 2


def test_the_rubric_is_the_projects():
    for family in families("project"):
        assert f"\n| {family.skills} | {family.points} |\n" in GUIDE
    lines = []
    for question in written("project"):
        titles = [question.title, *[""] * (len(question.rubric) - 1)]
        lines += [
            f"| {title} | {line} | {points} |"
            for title, (line, points) in zip(titles, question.rubric, strict=True)
        ]
    assert "\n".join(lines) in GUIDE
