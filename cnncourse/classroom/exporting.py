"""Grades as learning systems take them in: plugins for `nbgrader export`.

    nbgrader export --exporter=cnncourse.classroom.exporting.CanvasExporter --to canvas.csv
    nbgrader export --exporter=cnncourse.classroom.exporting.MoodleExporter \
        --assignment padding --to moodle.csv

Canvas's file goes to Grades → Import: a column for each assignment, students by Canvas's number.
Moodle's goes to the assignment → Upload grading worksheet, one assignment at a time, or to the
grader report's CSV import, which finds students by email.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, List

from cnncourse.classroom.collect import collected

__all__ = ["CanvasExporter", "MoodleExporter"]


MOST_NAMES = 20
"""Students who are named in one message."""


class _Exporter(ExportPlugin):
    include_missing = Bool(
        False, help="Give no points to those who handed in nothing, instead of an empty cell."
    ).tag(config=True)

    _waiting: list[str] = List()  # type: ignore[assignment]

    def _assignments(self, gradebook: Gradebook) -> list[Assignment]:
        wanted = [str(name) for name in self.assignment]
        known = {assignment.name: assignment for assignment in gradebook.assignments}
        missing = [name for name in wanted if name not in known]
        if missing:
            self.parent.fail(
                f"--assignment: the gradebook has no {', '.join(missing)}; "
                f"it has {', '.join(known) or 'none'}"
            )
        return [known[name] for name in wanted] if wanted else list(known.values())

    def _students(self, gradebook: Gradebook) -> list[Student]:
        wanted = {str(name) for name in self.student}
        return [each for each in gradebook.students if not wanted or each.id in wanted]

    def _points(self, gradebook: Gradebook, assignment: str, student: str) -> str:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return "0" if self.include_missing else ""
        if submission.needs_manual_grade:
            self._waiting.append(f"{student} ({assignment})")
        penalty = submission.late_submission_penalty or 0.0
        return f"{max(0.0, submission.score - penalty):g}"

    def _warn(self) -> None:
        """Tell of points that are not all there yet: they would look final in a learning system."""
        if self._waiting:
            more = len(self._waiting) - MOST_NAMES
            self.log.warning(
                "Not graded to the end, so points are missing: %s%s",
                ", ".join(self._waiting[:MOST_NAMES]),
                f" and {more} more" if more > 0 else "",
            )

    def _write(self, default: str, rows: Iterable[Sequence[str]]) -> None:
        path = self.to or default
        with open(path, "w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([_harmless(cell) for cell in row] for row in rows)
        self._warn()
        self.log.info("Wrote %s", path)


class CanvasExporter(_Exporter):
    """Canvas's gradebook: its header, the points possible, and a row for each student."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file; what `nbgrader export` calls."""
        assignments = self._assignments(gradebook)
        known = {
            each["student"]: each
            for assignment in assignments
            for each in collected(Path(self.parent.coursedir.root), assignment.name)
            if each.get("system") == "canvas"
        }
        titles = [assignment.name for assignment in assignments]
        possible = [f"{assignment.max_score:g}" for assignment in assignments]
        rows = [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles],
            ["    Points Possible", "", "", "", "", *possible],
        ]
        for student in self._students(gradebook):
            record = known.get(student.id, {})
            number = student.lms_user_id or record.get("identifier") or ""
            if not number and student.id.isdecimal():
                number = student.id
            name = _name(student, ", ", last_first=True) or record.get("full_name") or student.id
            points = [self._points(gradebook, title, student.id) for title in titles]
            rows.append([name, number, "", student.email or "", "", *points])
        self._write("canvas.csv", rows)


class MoodleExporter(_Exporter):
    """Moodle's grading worksheet of one assignment."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file; what `nbgrader export` calls."""
        assignments = self._assignments(gradebook)
        if len(assignments) != 1:
            name = assignments[0].name if assignments else "padding"
            self.parent.fail(
                "--assignment: Moodle takes the grades of one assignment at a time. Name one, "
                f"such as --assignment {name}"
            )
        (assignment,) = assignments
        known = {
            each["student"]: each
            for each in collected(Path(self.parent.coursedir.root), assignment.name)
            if each.get("system") == "moodle"
        }
        header = ["Identifier", "Full name", "Email address", "Grade", "Maximum grade"]
        rows = [[*header, "Last modified (grade)"]]
        for student in self._students(gradebook):
            record = known.get(student.id, {})
            number = record.get("identifier", "")
            email = (
                student.email or record.get("email") or (student.id if "@" in student.id else "")
            )
            rows.append(
                [
                    f"Participant {number}" if number else "",
                    _name(student, " ") or record.get("full_name") or student.id,
                    email,
                    self._points(gradebook, assignment.name, student.id),
                    f"{assignment.max_score:g}",
                    "-",
                ]
            )
        self._write("moodle.csv", rows)


def _name(student: Student, between: str, last_first: bool = False) -> str:
    names = [student.first_name or "", student.last_name or ""]
    return between.join(filter(None, reversed(names) if last_first else names))


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; names are the students' own."""
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell != "-" else cell
