"""Whatever a submission does, its student gets the points that were earned, and no more."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import nbformat
import pytest
from classroom.hostile import assignment
from classroom.hostile.cases import ALL, CASES, Case

from cnncourse.classroom.grading import Graded, grade
from cnncourse.classroom.sandbox import Limits

LIMITS = {
    "memory": 1 << 30,
    "storage": 128 << 20,
    "cell": 30.0,
    "call": 10.0,
    "total": 90.0,
    "output": 200_000,
}


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assignment.make(tmp_path_factory.mktemp("course"))


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def children() -> set[int]:
    text = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return {int(number) for number in text.split()}


def put_out(notebook: nbformat.NotebookNode) -> str:
    """Return all that the cells put out, as text."""
    return "\n".join(
        str(part)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for part in (
            output.get("text", ""),
            output.get("evalue", ""),
            output.get("ename", ""),
            *output.get("data", {}).values(),
        )
    )


def auto(graded: Graded) -> dict[str, float | None]:
    return {name: score for name, score in graded.scores.items() if name in ALL}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_submission_gets_what_it_earned(course: Path, case: Case):
    before, running = files(course), children()
    graded = grade(
        course,
        assignment.NAME,
        "../../mallory",
        case.raw(course),
        Limits(**{**LIMITS, **case.limits}),  # type: ignore[arg-type]
    )
    assert graded.ok, graded.problem
    notebook = nbformat.reads(graded.autograded.decode(), as_version=4)
    text = put_out(notebook)
    assert auto(graded) == case.points, text
    for said in case.says:
        assert said in text, text
    for cell in notebook.cells:
        assert cell.cell_type == "code" or "<script" not in cell.source
        for output in cell.get("outputs", []):
            assert set(output.get("data", {})) <= {"text/plain", "image/png"}
    for secret in case.silent:
        assert secret not in text
    assert files(course) == before
    assert children() <= running
    assert "<script" not in graded.feedback.decode()
    assert str(assignment.SECRET) not in graded.feedback.decode()
    assert len(graded.autograded) < 1_000_000
