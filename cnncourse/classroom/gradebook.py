"""The one writer of the gradebook: results on disk become what nbgrader's own grading would leave.

Afterwards `gradebook.db`, `autograded/` and `feedback/` are as `nbgrader autograde` and
`nbgrader generate_feedback` write them, so Formgrader, late penalties and exports work as ever.
What a person has done there, points or comments, is kept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SQLAlchemyError

from cnncourse.classroom import course as courses
from cnncourse.classroom.course import CourseError
from cnncourse.classroom.scheduling import Result, quiet, read_result, results_folder

__all__ = ["Merged", "given_by_hand", "merge"]


@dataclass
class Merged:
    """What came into the gradebook.

    Attributes
    ----------
    students : list of str
        Whose points are new or have changed.
    late : dict
        From a student to the seconds that the hand-in came late.
    by_hand : list of str
        Students with answers that a person has to grade.
    notes : dict
        From a student to what was unusual.
    """

    students: list[str] = field(default_factory=list)
    late: dict[str, float] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)


def merge(course: Path, assignment: str, students: Iterable[str]) -> Merged:
    """Write results into the gradebook. What has not changed since is left alone.

    Parameters
    ----------
    course : Path
    assignment : str
    students : iterable of str
        Whose results; one without a result on disk is passed over.

    Raises
    ------
    CourseError
        If the gradebook does not know the assignment, or another process writes it.
    """
    try:
        return _merge(course, assignment, students)
    except SQLAlchemyError as problem:
        raise _unreachable(problem) from problem


def given_by_hand(course: Path, assignment: str) -> dict[str, dict[str, float | None]]:
    """Return the points that the gradebook has, from a student to the points of each graded cell.

    None stands where a person has still to give them. Empty without a gradebook.

    Raises
    ------
    CourseError
        If the gradebook cannot be read.
    """
    if not (course / courses.CONFIG_FILE).is_file():
        return {}
    config = courses.configuration(course)
    address = _address(course, config)
    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).is_file():
        return {}
    try:
        with courses.alembic_in_path(), quiet(), _gradebook(course, config) as gradebook:
            return {
                submission.student_id: {
                    grade.name: grade.auto_score if grade.manual_score is None
                    else grade.manual_score
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                }
                for submission in gradebook.assignment_submissions(assignment)
            }  # fmt: skip
    except MissingEntry:
        return {}
    except SQLAlchemyError as problem:
        raise _unreachable(problem) from problem


def _unreachable(problem: SQLAlchemyError) -> CourseError:
    reason = getattr(problem, "orig", None) or problem
    return CourseError(
        f"The gradebook cannot be used ({reason}). If Formgrader or another command is at work on "
        "it, wait for it. All results are kept: the same command goes on."
    )


def _merge(course: Path, assignment: str, students: Iterable[str]) -> Merged:
    config = courses.configuration(course)
    merged = Merged()
    folder = course / "grading"
    folder.mkdir(exist_ok=True)
    with (
        courses.alone(folder),
        courses.alembic_in_path(),
        quiet(),
        _gradebook(course, config) as gradebook,
    ):
        try:
            gradebook.find_notebook(assignment, assignment)
        except MissingEntry as problem:
            raise CourseError(
                f"The gradebook does not know {assignment}. First: "
                f"cnncourse classroom release {assignment}"
            ) from problem
        for student in students:
            result = read_result(course, assignment, student)
            if result is not None and result.ok:
                _merge_one(course, config, gradebook, result, merged)
    return merged


def _gradebook(course: Path, config: Any) -> Gradebook:
    return Gradebook(_address(course, config), config.CourseDirectory.get("course_id", ""))


def _address(course: Path, config: Any) -> str:
    url = config.CourseDirectory.get("db_url")
    return str(url) if url else f"sqlite:///{course / 'gradebook.db'}"


def _merge_one(
    course: Path, config: Any, gradebook: Gradebook, result: Result, merged: Merged
) -> None:
    student, assignment = result.student, result.assignment
    submitted = course / "submitted" / student / assignment
    handed_in = _timestamp(submitted, merged.notes.setdefault(student, []))
    merged.notes[student] += result.notes
    gradebook.update_or_create_student(student)
    submission = gradebook.update_or_create_submission(assignment, student, timestamp=handed_in)
    (notebook,) = (each for each in submission.notebooks if each.name == assignment)
    source = results_folder(course, assignment) / f"{student}.ipynb"
    graded = course / "autograded" / student / assignment / f"{assignment}.ipynb"
    same_notebook = graded.is_file() and graded.read_bytes() == source.read_bytes()
    same_points = all(
        grade.auto_score == result.scores.get(grade.name) for grade in notebook.grades
    )
    changed = not (same_notebook and same_points)
    feedback = course / "feedback" / student / assignment
    if changed:
        # That the graded notebook is there says that all is done: it goes first and comes last.
        _replace_folder(graded.parent)
        _replace_folder(feedback, make=False)
        for grade in notebook.grades:
            grade.auto_score = result.scores.get(grade.name)
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        _comment(notebook, nbformat.read(source, as_version=4))
        gradebook.db.commit()
    if (submitted / "timestamp.txt").is_file():
        shutil.copyfile(submitted / "timestamp.txt", graded.parent / "timestamp.txt")
    if any(grade.needs_manual_grade for grade in notebook.grades):
        merged.by_hand.append(student)
    before = notebook.late_submission_penalty
    penalty = _penalize(course, config, gradebook, submission, notebook, merged)
    complete = not penalty and student not in merged.by_hand
    page = feedback / f"{assignment}.html"
    if changed or penalty != before or (complete and not page.is_file()):
        _put_feedback(course, student, assignment, complete)
    if changed:
        unfinished = graded.with_suffix(".unfinished")
        shutil.copyfile(source, unfinished)
        os.replace(unfinished, graded)
        merged.students.append(student)


def _timestamp(submitted: Path, notes: list[str]) -> datetime | None:
    path = submitted / "timestamp.txt"
    if not path.is_file() or path.is_symlink():
        return None
    said = path.read_text(encoding="utf-8", errors="replace").strip()[:100]
    try:
        when: datetime | None = parse_utc(said) if said else None
    except (ValueError, OverflowError):
        notes.append(f"timestamp.txt says {said!r}, which is no time; not counted as late")
        return None
    return when


def _comment(notebook: Any, graded: nbformat.NotebookNode) -> None:
    """Mark answers that were left as they were released, as nbgrader does."""
    comments = {comment.name: comment for comment in notebook.comments}
    for cell in graded.cells:
        if not utils.is_solution(cell) and not utils.is_task(cell):
            continue
        comment = comments.get(cell.metadata.nbgrader.get("grade_id"))
        if comment is not None:
            untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            empty = untouched and not utils.is_task(cell)
            comment.auto_comment = "No response." if empty else None


def _penalize(
    course: Path,
    config: Any,
    gradebook: Gradebook,
    submission: SubmittedAssignment,
    notebook: Any,
    merged: Merged,
) -> float | None:
    """Let the course's plugin for late work decide, as nbgrader's own grading does."""
    seconds = submission.total_seconds_late
    if seconds > 0:
        merged.late[submission.student_id] = seconds
    if seconds > 0 or notebook.late_submission_penalty is not None:
        names = {
            "notebook": notebook.name,
            "assignment": submission.name,
            "student": submission.student_id,
            "db_url": _address(course, config),
        }
        gradebook.db.commit()
        with utils.chdir(str(course)):
            AssignLatePenalties(config=config).preprocess(
                nbformat.v4.new_notebook(), {"nbgrader": names}
            )
        gradebook.db.expire_all()
    penalty: float | None = notebook.late_submission_penalty
    return penalty


def _put_feedback(course: Path, student: str, assignment: str, complete: bool) -> None:
    """Put the feedback in its place if it is complete; `nbgrader generate_feedback` makes others.

    What a person or a penalty still changes is not in the result's feedback, and nbgrader makes
    none where there is a folder already.
    """
    folder = course / "feedback" / student / assignment
    source = results_folder(course, assignment) / f"{student}.html"
    _replace_folder(folder, make=complete and source.is_file())
    if folder.is_dir():
        shutil.copyfile(source, folder / f"{assignment}.html")


def _replace_folder(folder: Path, make: bool = True) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
    if make:
        folder.mkdir(parents=True)
