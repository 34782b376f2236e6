"""Feedback as learning systems take it back: every page under the name of what was handed in.

Moodle takes the archive as feedback files, Canvas as submissions that are uploaded again; both find
the student by the name.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from cnncourse.classroom.collect import CANVAS, MOODLE, collected
from cnncourse.classroom.course import CourseError

__all__ = ["pack"]


def pack(course: Path, assignment: str) -> tuple[Path, list[str]]:
    """Pack the pages of feedback, and say whose page is missing.

    Parameters
    ----------
    course : Path
    assignment : str

    Returns
    -------
    archive : Path
        `feedback/NAME.zip`.
    missing : list of str
        Students who handed in, and have no page.

    Raises
    ------
    CourseError
        If nothing was collected by `nbgrader zip_collect`, or nobody has a page.
    """
    hand_ins = collected(course, assignment)
    if not hand_ins:
        raise CourseError(
            f"Nothing was collected for {assignment}: the names come from the files that "
            f"students handed in. To take in a download: nbgrader zip_collect {assignment}"
        )
    pages: dict[str, Path] = {}
    missing = []
    for each in hand_ins:
        student = str(each["student"])
        page = course / "feedback" / student / assignment / f"{assignment}.html"
        if page.is_file():
            pages[_name(str(each["file"]))] = page
        else:
            missing.append(student)
    if not pages:
        raise CourseError(
            f"Nobody has a page of feedback yet: nbgrader generate_feedback {assignment}"
        )
    archive = course / "feedback" / f"{assignment}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, page in pages.items():
            packed.write(page, name)
    return archive, missing


def _name(file: str) -> str:
    """Return what a page is called: as the system called the file, or the archive it was in.

    Examples
    --------
    >>> _name("class.zip: Ada Lovelace_1001_assignsubmission_file_/mine.zip: mine/padding.ipynb")
    'Ada Lovelace_1001_assignsubmission_file_/mine.html'
    >>> _name("submissions.zip: hoppergrace_204_9001_padding.ipynb")
    'hoppergrace_204_9001_padding.html'
    >>> _name("grace.ipynb")
    'grace.html'
    """
    places = [PurePosixPath(place) for place in file.split(": ")]
    for place in places:
        if any(MOODLE.fullmatch(part) or CANVAS.fullmatch(part) for part in place.parts):
            return str(place.with_suffix(".html"))
    return str(places[-1].with_suffix(".html"))
