from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from classroom.hostile import assignment
from classroom.hostile.assignment import SECRET, answered

from cnncourse.classroom import course as courses
from cnncourse.classroom import grading
from cnncourse.classroom.grading import Graded, grade
from cnncourse.classroom.sandbox import Limits, SandboxUnavailableError

LIMITS = Limits(memory=2 << 30, call=5.0, cell=20.0)
FULL = {
    "double-examples": 1.0,
    "double-tests": 2.0,
    "total-examples": 1.0,
    "total-tests": 2.0,
    "why": None,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assignment.make(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one of our own assignments."""
    folder, _ = courses.new(tmp_path_factory.mktemp("ours") / "course", seed=3)
    courses.release(folder, "padding")
    return folder


def raw(notebook) -> bytes:
    return json.dumps(notebook).encode()


@pytest.fixture(scope="module")
def honest(course: Path) -> Graded:
    notebook = answered(course, why="Because **2** < 3.")
    return grade(course, assignment.NAME, "zoë", raw(notebook), LIMITS)


def test_an_honest_submission_gets_its_points(honest):
    assert honest.ok
    assert honest.problem == ""
    assert honest.scores == FULL
    assert honest.possible == {**FULL, "why": 2.0}
    assert honest.notes == ()
    assert (honest.student, honest.assignment) == ("zoë", assignment.NAME)
    assert honest.seconds > 0


def test_what_comes_back_holds_no_hidden_test(honest):
    notebook = nbformat.reads(honest.autograded.decode(), as_version=4)
    nbformat.validate(notebook)
    for text in (honest.autograded.decode(), honest.feedback.decode()):
        assert str(SECRET) not in text
        assert "HIDDEN" not in text
        assert "return 2 * x" in json.dumps(text).replace("</span>", "") or "return" in text
    assert "Because" in honest.feedback.decode()


def test_feedback_can_run_and_load_nothing(honest):
    page = honest.feedback.decode()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert page.index("default-src 'none'") < page.index("<style")


@pytest.mark.browser
def test_feedback_cuts_no_line_and_no_word(ours, browser):
    released = (ours / "release" / "padding" / "padding.ipynb").read_bytes()
    graded = grade(ours, "padding", "x", released, LIMITS)
    page = browser.new_page(viewport={"width": 500, "height": 800})
    page.set_content(graded.feedback.decode())
    blocks = page.locator("pre").evaluate_all(
        """blocks => blocks.map((block) => [
            block.scrollWidth - block.clientWidth, getComputedStyle(block).wordBreak])"""
    )
    page.close()
    assert len(blocks) > 10
    assert all(block == [0, "normal"] for block in blocks)


def test_it_travels_as_text(honest):
    assert Graded.from_json(honest.to_json()) == honest


def test_nothing_stays_behind(course, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = os.getcwd()
    grade(course, assignment.NAME, "x", b"{}", LIMITS)
    assert list(tmp_path.iterdir()) == []
    assert os.getcwd() == before


def test_a_wrong_answer_gets_part_of_the_points(course):
    half = "def total(values):\n    return 10 if len(values) == 5 else 3"
    graded = grade(course, assignment.NAME, "x", raw(answered(course, total=half)), LIMITS)
    assert graded.scores == {**FULL, "total-tests": 1.0, "why": 0.0}


def test_an_empty_release_gets_none(course):
    graded = grade(course, assignment.NAME, "x", raw(assignment.release(course)), LIMITS)
    assert set(graded.scores.values()) == {0.0}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "has 0 notebooks"),
        ("../warmup", "can be no assignment's name"),
        ("*", "can be no assignment's name"),
        ("", "can be no assignment's name"),
        (".", "can be no assignment's name"),
    ],
)
def test_what_is_no_assignment_is_refused(course, name, said):
    with pytest.raises(ValueError, match=said):
        grade(course, name, "x", b"")


def test_what_is_not_released_is_refused(course, tmp_path):
    (tmp_path / "source").symlink_to(course / "source")
    with pytest.raises(ValueError, match="is not released"):
        grade(tmp_path, assignment.NAME, "x", b"")


def test_without_a_sandbox_nothing_of_a_students_is_run(course, monkeypatch):
    monkeypatch.setattr(grading, "problem", lambda: "there is none")
    with pytest.raises(SandboxUnavailableError, match="there is none"):
        grade(course, assignment.NAME, "x", raw(answered(course)))


def test_trusted_work_is_graded_without_one(course, monkeypatch):
    monkeypatch.setattr(grading, "problem", lambda: "there is none")
    graded = grade(course, assignment.NAME, "x", raw(answered(course)), LIMITS, trusted=True)
    assert graded.scores == {**FULL, "why": 0.0}


def test_a_failure_of_the_machine_is_no_zero(course, monkeypatch):
    monkeypatch.setattr("cnncourse.classroom.sandbox.AGENT", Path("/nowhere/agent.py"))
    graded = grade(course, assignment.NAME, "x", raw(answered(course)), LIMITS)
    assert not graded.ok
    assert graded.scores == {}
    assert "did not start" in graded.problem


def solved(course: Path) -> dict:
    """Return our assignment with the instructor's own solutions as answers."""
    return json.loads((course / "source" / "padding" / "padding.ipynb").read_text())


def test_our_assignments_say_why(ours):
    graded = grade(ours, "padding", "x", raw(solved(ours)), LIMITS)
    assert graded.ok, graded.problem
    assert graded.scores == graded.possible
    assert len(graded.findings) == 3
    for name, finding in graded.findings.items():
        assert finding["question"] == name
        assert finding["reason"] == "passed"
        assert finding["points"] == finding["possible"]
        assert "def " in finding["answer"]
        assert len(finding["answer"]) <= 4000


def test_a_misconception_is_found_and_told(ours):
    from cnncourse.classroom.variants import families

    family = families("padding")[1]
    task = family.variant(3)
    notebook = solved(ours)
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if "### BEGIN SOLUTION" in text and f"def {task.signature.partition('(')[0]}" in text:
            cell["source"] = task.stub
    graded = grade(ours, "padding", "x", raw(notebook), LIMITS)
    finding = graded.findings[family.name]
    assert finding["reason"] in ("empty-stub", "left-as-it-is")
    assert finding["points"] == 0
    assert "There is no answer yet." in graded.feedback.decode() or "as it was" in (
        graded.feedback.decode()
    )
    assert "application/vnd.cnncourse" not in graded.autograded.decode()


def test_two_courses_do_not_mix(course, ours):
    assert grade(course, assignment.NAME, "x", b"", LIMITS).possible.keys() == FULL.keys()
    assert grade(ours, "padding", "x", b"", LIMITS).possible.keys() != FULL.keys()
