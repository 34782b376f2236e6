"""A course's folder, as nbgrader lays it out, with our assignments as its sources.

A course is a folder with `nbgrader_config.py`, the sources of its assignments in
`source/NAME/NAME.ipynb`, what students get in `release/`, what they handed in under
`submitted/STUDENT/NAME/`, and the gradebook. Only the gradebook's one writer
(:mod:`cnncourse.classroom.gradebook`) changes it after a release.
"""

from __future__ import annotations

import contextlib
import difflib
import itertools
import json
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from traitlets.config import Config

__all__ = [
    "CourseError",
    "alembic_in_path",
    "alone",
    "assign",
    "assignments",
    "check_released",
    "configuration",
    "configure",
    "find",
    "new",
    "release",
    "released",
    "seed_of",
    "submissions",
]

CONFIG_FILE = "nbgrader_config.py"
CONFIG = '''\
"""Settings of this course for nbgrader. What you set below the call of configure() wins."""

from cnncourse.classroom.course import configure

c = get_config()
configure(c)

# For instance: what comes after the due date gets no points.
# c.LateSubmissionPlugin.penalty_method = "zero"
'''

GITIGNORE = """\
# Students' work, grades and solutions: never public.
/autograded/
/downloaded/
/feedback/
/grading/
/source/
/reports/
/submitted/
/gradebook.db*
/*.csv
"""

LONGEST_STUDENT = 200
"""Bytes of a student's id; file systems take 255, and results put endings on it."""

SEEDS = 1_000_000
"""A seed that nobody chose is drawn below this number."""


class CourseError(ValueError):
    """Something about the course does not fit; the message says what would."""


def configure(config: Config) -> None:
    """Set what our assignments need from nbgrader; what `nbgrader_config.py` calls.

    Parameters
    ----------
    config : Config
        As nbgrader's `get_config()` returns it. Changed in place.
    """
    from cnncourse.classroom.assignments import CODE_STUB, TEXT_STUB

    config.ClearSolutions.code_stub = {"python": CODE_STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    config.ZipCollectApp.extractor_plugin = "cnncourse.classroom.collect.SafeExtractor"
    config.ZipCollectApp.collector_plugin = "cnncourse.classroom.collect.Collector"
    # So that Formgrader's button and `nbgrader autograde`, too, run students' code in a sandbox.
    config.Autograde.autograde_preprocessors = [
        "cnncourse.classroom.split.SplitExecute",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # Otherwise feedback shows the hidden tests, which graded notebooks hold.
    config.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]


def new(folder: Path, seed: int | None = None) -> tuple[Path, int]:
    """Make a course: its configuration, and all our assignments as sources.

    Parameters
    ----------
    folder : Path
        Made if missing, and then readable for nobody but its owner.
    seed : int, optional
        Picks the variants of the questions; without it, one is drawn.

    Returns
    -------
    course : Path
        The folder, absolute.
    seed : int

    Raises
    ------
    CourseError
        If the folder holds a course already, or cannot be made.
    """
    from cnncourse.classroom.assignments import write

    folder = Path(folder).absolute()
    for name in (CONFIG_FILE, "source", "gradebook.db"):
        if (folder / name).exists():
            raise CourseError(
                f"{folder} has a {name} already. Name another folder, or go on with this one: "
                "cnncourse classroom assign NAME"
            )
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
        write(folder / "source", seed=seed)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
        (folder / CONFIG_FILE).write_text(CONFIG, encoding="utf-8")
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise CourseError(f"{folder} cannot be made ({reason}).") from problem
    return folder, seed


def find(folder: Path | None = None) -> Path:
    """Return the course that a folder is.

    Parameters
    ----------
    folder : Path, optional
        Without it, the current one.

    Raises
    ------
    CourseError
        If it is none; the message names the way to one.
    """
    folder = Path.cwd() if folder is None else Path(folder).absolute()
    if (folder / CONFIG_FILE).is_file():
        return folder
    if not folder.is_dir():
        raise CourseError(
            f"There is no folder {folder}. Make a course: cnncourse classroom new DIR"
        )
    for parent in folder.parents:
        if (parent / CONFIG_FILE).is_file():
            raise CourseError(f"{folder} lies inside the course {parent}. First: cd {parent}")
    raise CourseError(
        f"{folder} is no course: it has no {CONFIG_FILE}. Go to the folder of your course, or make "
        "one: cnncourse classroom new DIR"
    )


def assignments(course: Path) -> list[str]:
    """Return the names of the assignments that have a source."""
    return sorted(
        path.parent.name
        for path in course.glob("source/*/*.ipynb")
        if path.stem == path.parent.name
    )


def assign(
    course: Path, assignment: str, seed: int | None = None, replace: bool = False
) -> tuple[Path, int]:
    """Write an assignment's source, with the variants that a seed picks.

    Parameters
    ----------
    course : Path
    assignment : str
        One of ours.
    seed : int, optional
        Without it, one is drawn.
    replace : bool
        Whether the source of an assignment that students have may be replaced.

    Returns
    -------
    path : Path
        The source.
    seed : int

    Raises
    ------
    CourseError
        If we have no such assignment, or students may be at work on it.
    """
    from cnncourse.classroom.assignments import write
    from cnncourse.classroom.variants import ASSIGNMENTS

    if assignment not in ASSIGNMENTS:
        raise CourseError(_unknown(assignment, ASSIGNMENTS, "The book has no assignment"))
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    handed_in = len(submissions(course, assignment)[0])
    if handed_in and not replace:
        raise CourseError(
            f"{handed_in} students have handed in {assignment}. Another seed asks other questions; "
            "their answers would be graded by these. If you want that: --force"
        )
    if released(course, assignment) and not replace and seed != seed_of(course, assignment):
        raise CourseError(
            f"{assignment} is released with the seed {seed_of(course, assignment)}. If no student "
            "has it yet, replace it with --force, and release it again."
        )
    (path,) = write(course / "source", [assignment], seed)
    return path, seed


def seed_of(course: Path, assignment: str) -> int | None:
    """Return the seed an assignment's source was written with; None for sources of your own."""
    path = _notebook(course, "source", assignment)
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        return int(metadata["cnncourse"]["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def release(course: Path, assignment: str) -> Path:
    """Make what students get: the source without solutions and hidden tests.

    Raises
    ------
    CourseError
        If there is no such source, or nbgrader refuses it; with nbgrader's words.
    """
    from nbgrader.apps import NbGraderAPI

    _needs_source(course, assignment)
    with alembic_in_path():
        outcome = NbGraderAPI(config=configuration(course)).generate_assignment(assignment)
    if not outcome["success"]:
        raise CourseError(_in_short(assignment, outcome))
    return check_released(course, assignment)


def released(course: Path, assignment: str) -> Path | None:
    """Return the notebook that students get, None before the release."""
    path = _notebook(course, "release", assignment)
    return path if path.is_file() else None


def submissions(course: Path, assignment: str) -> tuple[dict[str, Path], dict[str, str]]:
    """Return what was handed in for an assignment.

    Returns
    -------
    notebooks : dict
        From the student to the notebook.
    problems : dict
        From a student without a notebook of the right name to what there is instead.
    """
    notebooks, problems = {}, {}
    folder = course / "submitted"
    for student in sorted(folder.iterdir()) if folder.is_dir() else ():
        handed_in = student / assignment
        if student.name.startswith(".") or not handed_in.is_dir():
            continue
        if (problem := _unusable(student.name)) is not None:
            problems[student.name] = problem
            continue
        notebook = handed_in / f"{assignment}.ipynb"
        if notebook.exists() or notebook.is_symlink():
            notebooks[student.name] = notebook
        else:
            there = ", ".join(sorted(path.name for path in handed_in.iterdir())) or "nothing"
            problems[student.name] = f"no {notebook.name} in {handed_in}; there is {there}"
    return notebooks, problems


def configuration(course: Path) -> Any:
    """Return nbgrader's configuration of a course, whatever the current folder is.

    Raises
    ------
    CourseError
        If its file cannot be run; with Python's words.
    """
    from traitlets.config.loader import PyFileConfigLoader

    try:
        config = PyFileConfigLoader(CONFIG_FILE, path=str(course)).load_config()
    except Exception as problem:
        raise CourseError(
            f"{course / CONFIG_FILE} cannot be read: {type(problem).__name__}: {problem}"
        ) from problem
    config.CourseDirectory.root = str(course)
    return config


def check_released(course: Path, assignment: str) -> Path:
    """Return the release of an assignment.

    Raises
    ------
    CourseError
        If there is none; the message says which command makes it.
    """
    _needs_source(course, assignment)
    path = released(course, assignment)
    if path is None:
        raise CourseError(
            f"{assignment} is not released. First: cnncourse classroom release {assignment}"
        )
    return path


@contextlib.contextmanager
def alembic_in_path() -> Iterator[None]:
    """Let nbgrader find its tool alembic, which it calls by name for every new gradebook."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work in a folder.

    Where the system has no such locks (Windows without WSL), nobody is kept out.

    Raises
    ------
    CourseError
        If another is at work there.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(handle)
        raise CourseError(
            f"Another process is at work in {folder}. Wait for it, or stop it with Ctrl-C."
        ) from problem
    try:
        yield
    finally:
        os.close(handle)


def _unusable(student: str) -> str | None:
    """Return why a folder's name can be no student's id, or None."""
    if len(os.fsencode(student)) > LONGEST_STUDENT:
        return f"the folder's name is longer than {LONGEST_STUDENT} bytes: give it a shorter one"
    # Lone surrogates stand for bytes that are no UTF-8, as some programs unpack them.
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in student):
        return "the folder's name has letters that no name has: give it another one"
    return None


def _needs_source(course: Path, assignment: str) -> None:
    if not _notebook(course, "source", assignment).is_file():
        raise CourseError(
            _unknown(assignment, assignments(course), "This course has no assignment")
        )


def _notebook(course: Path, step: str, assignment: str) -> Path:
    # A name is one folder's, never a way out of the course.
    if not re.fullmatch(r"[\w-]+", assignment):
        raise CourseError(f"{assignment!r} is no name of an assignment: letters, digits, _ and -.")
    return course / step / assignment / f"{assignment}.ipynb"


def _unknown(name: str, known: Any, sentence: str) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{sentence} {name!r}.{hint} There are: {', '.join(known) or 'none'}."


def _in_short(assignment: str, outcome: dict[str, str]) -> str:
    """Return what nbgrader complained of, without its traceback."""
    said = [line for line in outcome.get("log", "").splitlines() if line.startswith("[ERROR]")]
    # What follows is a traceback, and a list of what failed because of it.
    reasons = itertools.takewhile(lambda line: "There was an error processing" not in line, said)
    words = [line.removeprefix("[ERROR] ") for line in reasons]
    if not words:
        words = outcome.get("error", "").strip().splitlines()[-1:]
    return f"nbgrader cannot release {assignment}: " + "\n".join(words)
