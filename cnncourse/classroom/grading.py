"""Grading one submission, from the bytes that were handed in to points, reasons and feedback.

nbgrader does the grading, in a folder of its own that is thrown away: the gradebook of the course
is neither read nor written, so any number of processes can do this at a time, on any machine that
sees the course's folder. Students' code runs in a sandbox (:mod:`cnncourse.classroom.split`).
"""

from __future__ import annotations

import base64
import functools
import io
import json
import logging
import math
import os
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cnncourse.classroom.rebuild import rebuild
from cnncourse.classroom.sandbox import Limits, SandboxUnavailableError, problem

__all__ = ["Graded", "grade"]

STUDENT = "student"
"""The name that nbgrader knows everybody by here: whatever a student is called, no path has it."""

LONGEST_ANSWER = 4_000
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
"""Lets a browser run nothing, load nothing and send nothing when it shows feedback."""
WRAPPED = (
    "<style>pre { white-space: pre-wrap !important; word-break: normal !important; "
    "overflow-wrap: anywhere }</style>"
)
"""Breaks the long lines of feedback, which nbgrader's page cuts."""


@dataclass(frozen=True)
class Graded:
    """What became of one submission; plain data.

    Attributes
    ----------
    student, assignment : str
    ok : bool
        Whether it was graded. Whatever a student hands in is; only the machine can fail.
    problem : str
        Why it was not.
    notes : tuple of str
        What was unusual in the submission, for the instructor.
    scores : dict
        Points for each graded cell; None where a person must grade.
    possible : dict
        Points to be had for each graded cell.
    findings : dict
        For each question, why it got its points: the fields of a
        :class:`~cnncourse.classroom.marking.Mark`, and the student's `answer`.
    autograded : bytes
        The notebook with all outputs, without hidden tests, safe to open.
    feedback : bytes
        A page for the student.
    seconds : float
        That grading took.
    """

    student: str
    assignment: str
    ok: bool
    problem: str
    notes: tuple[str, ...]
    scores: dict[str, float | None]
    possible: dict[str, float]
    findings: dict[str, dict[str, Any]]
    autograded: bytes
    feedback: bytes
    seconds: float

    def to_json(self) -> str:
        """Return all of it as text.

        Examples
        --------
        >>> graded = Graded("ada", "padding", True, "", (), {"sizes": 2.0}, {"sizes": 2.0}, {},
        ...                 b"{}", b"", 0.9)
        >>> Graded.from_json(graded.to_json()) == graded
        True
        """
        fields = asdict(self)
        for name in ("autograded", "feedback"):
            fields[name] = base64.b64encode(fields[name]).decode()
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> Graded:
        """Return what :meth:`to_json` wrote."""
        fields = json.loads(text)
        for name in ("autograded", "feedback"):
            fields[name] = base64.b64decode(fields[name])
        return cls(**{**fields, "notes": tuple(fields["notes"])})


def grade(
    course: Path,
    assignment: str,
    student: str,
    raw: bytes,
    limits: Limits | None = None,
    trusted: bool = False,
) -> Graded:
    """Grade one submission.

    It changes the current folder while it runs, as nbgrader does: one at a time in a process.

    Parameters
    ----------
    course : Path
        A course's folder with `source/`, `release/` and `nbgrader_config.py`; only read.
    assignment : str
        Its name. It has one notebook.
    student : str
        Who handed it in; any text.
    raw : bytes
        What was handed in; anything at all.
    limits : Limits, optional
        What the student's code may use.
    trusted : bool, optional
        Run the student's code without a sandbox, as yourself. It can do then what you can do.

    Raises
    ------
    SandboxUnavailableError
        If there is no sandbox on this machine; says what to do.
    ValueError
        If there is no such assignment, or it is not released.
    """
    start = time.monotonic()
    limits = Limits() if limits is None else limits
    reason = None if trusted else problem()
    if reason is not None:
        raise SandboxUnavailableError(reason)
    course = Path(course).absolute()
    source, release = _notebooks(course, assignment)
    gradebook = _skeleton(course, assignment, _stamp(course, source))
    graded = Graded(student, assignment, False, "", (), {}, {}, {}, b"", b"", 0.0)
    with tempfile.TemporaryDirectory(prefix="cnncourse-grading-") as name, _same_folder():
        folder = Path(name)
        notebook, notes = rebuild(raw, nbformat.read(release, as_version=4))
        submitted = folder / "submitted" / STUDENT / assignment / source.name
        submitted.parent.mkdir(parents=True)
        nbformat.write(notebook, submitted)
        (folder / "gradebook.db").write_bytes(gradebook)
        (folder / "source" / assignment).mkdir(parents=True)
        shutil.copyfile(source, folder / "source" / assignment / source.name)
        log = io.StringIO()
        try:
            _autograde(course, folder, assignment, source, release, limits, trusted, log)
            graded = _collect(folder, graded, source.name, course, log)
        except Exception as failure:
            said = log.getvalue().strip().splitlines()
            graded = replace(graded, problem="\n".join([*said[-20:], repr(failure)])[-4000:])
    return replace(graded, notes=notes, seconds=time.monotonic() - start)


def _notebooks(course: Path, assignment: str) -> tuple[Path, Path]:
    """Return where the source and the release of an assignment are."""
    if not re.fullmatch(r"[^/\\*?\[\]{}+]+", assignment) or assignment.startswith("."):
        raise ValueError(f"assignment: {assignment!r} can be no assignment's name")
    found = sorted((course / "source" / assignment).glob("*.ipynb"))
    if len(found) != 1:
        raise ValueError(
            f"assignment: {course / 'source' / assignment} has {len(found)} notebooks; "
            "an assignment has one"
        )
    release = course / "release" / assignment / found[0].name
    if not release.is_file():
        raise ValueError(
            f"assignment: {assignment} is not released: cnncourse classroom release {assignment}"
        )
    return found[0], release


def _stamp(course: Path, source: Path) -> tuple[float, ...]:
    """Return what tells whether a source, or the configuration, has changed."""
    paths = [source, course / "nbgrader_config.py"]
    return tuple(
        value
        for path in paths
        if path.exists()
        for value in (path.stat().st_mtime_ns, path.stat().st_size)
    )


@functools.lru_cache(maxsize=4)
def _skeleton(course: Path, assignment: str, stamp: tuple[float, ...]) -> bytes:
    """Return a gradebook that knows the assignment and no student, as a file's bytes.

    nbgrader makes it from the source, as it makes the release.
    """
    from nbgrader.converters import GenerateAssignment

    log = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="cnncourse-skeleton-") as name, _same_folder():
        folder = Path(name)
        (folder / "source").mkdir()
        copied = folder / "source" / assignment
        copied.mkdir()
        for path in (course / "source" / assignment).glob("*.ipynb"):
            shutil.copyfile(path, copied / path.name)
        try:
            _convert(GenerateAssignment, _config(course, folder, assignment), log)
        except Exception as failure:
            raise ValueError(
                f"assignment: nbgrader cannot read {assignment}: "
                f"{log.getvalue().strip()[-2000:]} ({failure})"
            ) from failure
        return (folder / "gradebook.db").read_bytes()


def _config(course: Path, folder: Path, assignment: str) -> Any:
    """Return the course's configuration, for a folder that stands in for the course."""
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    config = Config()
    if (course / "nbgrader_config.py").is_file():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    # Folders and database are the stand-in's, whatever the course calls its own.
    config.pop("CourseDirectory", None)
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    config.CourseDirectory.course_id = ""
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = STUDENT
    return config


def _convert(kind: Any, config: Any, log: io.StringIO) -> None:
    """Run one of nbgrader's converters."""
    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy.exc import SAWarning

    logger = logging.Logger("cnncourse.classroom.grading", logging.INFO)
    logger.addHandler(logging.StreamHandler(log))
    # nbgrader calls its tool alembic by name.
    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), path])
    try:
        with warnings.catch_warnings():
            # nbgrader's own, about the order in which it fills its database.
            warnings.simplefilter("ignore", SAWarning)
            converter = kind(coursedir=CourseDirectory(config=config), config=config, log=logger)
            converter.force = True
            converter.start()
    finally:
        os.environ["PATH"] = path


def _autograde(
    course: Path,
    folder: Path,
    assignment: str,
    source: Path,
    release: Path,
    limits: Limits,
    trusted: bool,
    log: io.StringIO,
) -> None:
    """Let nbgrader autograde what lies in a folder, with split execution."""
    from nbconvert.preprocessors import ClearMetadataPreprocessor
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import (
        ClearOutput,
        IgnorePattern,
        LimitOutput,
        OverwriteCells,
        OverwriteKernelspec,
        SaveAutoGrades,
    )

    from cnncourse.classroom.split import SplitExecute

    config = _config(course, folder, assignment)
    # Names and metadata are the release's already: checking them takes a tenth of the time.
    config.Autograde.sanitize_preprocessors = [ClearOutput, OverwriteKernelspec, OverwriteCells]
    config.Autograde.autograde_preprocessors = [
        SplitExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
    ]
    config.SplitExecute.limits = asdict(limits)
    config.SplitExecute.trusted = trusted
    config.SplitExecute.source = str(source)
    config.SplitExecute.data = str(release.parent)
    config.SplitExecute.hidden = str(course)
    _convert(Autograde, config, log)


def _collect(folder: Path, graded: Graded, name: str, course: Path, log: io.StringIO) -> Graded:
    """Read what nbgrader left in the folder, and make the feedback."""
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateFeedback
    from nbgrader.preprocessors import ClearHiddenTests

    scores, possible = {}, {}
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(graded.assignment, STUDENT)
        for notebook in submission.notebooks:
            for each in notebook.grades:
                scores[each.cell.name] = each.auto_score
                possible[each.cell.name] = float(each.cell.max_score)
    if any(
        score is not None and not (math.isfinite(score) and 0 <= score <= possible[cell])
        for cell, score in scores.items()
    ):
        raise ValueError(f"impossible points: {scores}")
    path = folder / "autograded" / STUDENT / graded.assignment / name
    executed = nbformat.read(path, as_version=4)
    findings = _findings(executed)
    config = _config(course, folder, graded.assignment)
    config.GenerateFeedback.exporter_class = _exporter()
    executed, _ = ClearHiddenTests(config=config).preprocess(executed, {})
    path.chmod(0o644)
    nbformat.write(executed, path)
    _convert(GenerateFeedback, config, log)
    page = folder / "feedback" / STUDENT / graded.assignment / Path(name).with_suffix(".html")
    return replace(
        graded,
        ok=True,
        scores=scores,
        possible=possible,
        findings=findings,
        autograded=path.read_bytes(),
        feedback=_safe(page.read_text("utf-8")).encode(),
    )


@functools.cache
def _exporter() -> Any:
    """Return the exporter of feedback pages, with templates that are compiled once a process."""
    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket
    from nbconvert.exporters import HTMLExporter

    class Compiled(BytecodeCache):
        def __init__(self) -> None:
            self.kept: dict[str, bytes] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            if bucket.key in self.kept:
                bucket.bytecode_from_string(self.kept[bucket.key])

        def dump_bytecode(self, bucket: Bucket) -> None:
            self.kept[bucket.key] = bucket.bytecode_to_string()

    compiled = Compiled()

    class Exporter(HTMLExporter):
        def _create_environment(self) -> Environment:
            environment = super()._create_environment()
            environment.bytecode_cache = compiled
            return environment

    return Exporter


def _findings(executed: NotebookNode) -> dict[str, dict[str, Any]]:
    """Return why each question got its points, and take that out of the notebook."""
    from nbgrader import utils

    from cnncourse.classroom.marking import MARK_TYPE

    findings, answer = {}, ""
    for cell in executed.cells:
        if cell.cell_type == "code" and utils.is_solution(cell):
            answer = cell.source
        if not utils.is_grade(cell) or utils.is_solution(cell):
            continue
        for output in cell.get("outputs", []):
            mark = output.get("data", {}).pop(MARK_TYPE, None)
            if isinstance(mark, dict):
                findings[str(mark["question"])] = {**mark, "answer": answer[:LONGEST_ANSWER]}
    return findings


def _safe(page: str) -> str:
    """Return a page that runs and loads nothing when it is opened, and cuts no line."""
    page = re.sub(r"(?is)<script\b.*?</script\s*>", "", page)
    return re.sub(r"(?i)<head\b[^>]*>", lambda head: head[0] + POLICY + WRAPPED, page, count=1)


@contextmanager
def _same_folder() -> Iterator[None]:
    """Come back to the current folder."""
    before = os.getcwd()
    try:
        yield
    finally:
        os.chdir(before)
