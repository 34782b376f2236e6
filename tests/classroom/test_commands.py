"""The commands `cnncourse classroom …`: what they say, and that they work as the guide has them."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import tiny_course
from typer.testing import CliRunner

from cnncourse.classroom import gradebook, sandbox, scheduling
from cnncourse.classroom.gradebook import Merged
from cnncourse.classroom.scheduling import Outcome
from cnncourse.cli import app

NAME = tiny_course.NAME


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_course.make(tmp_path_factory.mktemp("course") / "course", by_hand=False)


@pytest.fixture
def course(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied = tiny_course.copy(released, tmp_path / "course")
    monkeypatch.chdir(copied)
    return copied


def classroom(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["classroom", *arguments])


def test_the_commands_are_there_without_nbgrader_dask_or_torch():
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in ('nbgrader', 'dask', 'distributed', 'torch'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from cnncourse.cli import app\n"
        "app(sys.argv[1:])\n"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    assert run("colorize", "--help").returncode == 0
    told = run("classroom", "--help")
    assert told.returncode == 0
    assert all(name in told.stdout for name in ("new", "assign", "grade", "report", "questions"))


@pytest.mark.parametrize("module", ["nbgrader", "distributed"])
def test_what_to_install_is_said(course, monkeypatch, module):
    def needs(*_: Any, **__: Any) -> None:
        raise ModuleNotFoundError(f"No module named '{module}'", name=f"{module}.api")

    monkeypatch.setattr(scheduling, "grade_all", needs)
    told = classroom("grade", NAME)
    assert told.exit_code == 1
    assert f"needs {module}, which is not installed" in told.output
    assert 'pip install "cnncourse[classroom]"' in told.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("assign", "padding"), "cnncourse classroom new DIR"),
        (("release", "padding"), "cnncourse classroom new DIR"),
        (("grade", "padding"), "cnncourse classroom new DIR"),
        (("report", "padding"), "cnncourse classroom new DIR"),
    ],
)
def test_no_course_here(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    told = classroom(*arguments)
    assert told.exit_code == 1
    assert words in told.output
    assert "Traceback" not in told.output


def test_nothing_handed_in_and_nothing_released(course):
    told = classroom("grade", NAME)
    assert told.exit_code == 1
    assert f"nbgrader zip_collect {NAME}" in told.output
    (course / "release" / NAME / f"{NAME}.ipynb").unlink()
    told = classroom("grade", NAME, "--course", str(course))
    assert f"cnncourse classroom release {NAME}" in told.output
    assert "no assignment 'tin'. Did you mean tiny?" in classroom("grade", "tin").output


def test_no_sandbox_is_refused_with_its_remedy(course, monkeypatch):
    tiny_course.hand_in(course, "anna", b"")
    monkeypatch.setattr(sandbox, "problem", lambda: "apt install bubblewrap, or see the guide.")
    told = classroom("grade", NAME)
    assert told.exit_code == 1
    assert "apt install bubblewrap" in told.output
    assert "--trusted" not in told.output  # nobody is led there


def finished(monkeypatch: pytest.MonkeyPatch, outcome: Outcome, merged: Merged) -> dict[str, Any]:
    """Let grading end at once, and return the options it was given."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        scheduling, "grade_all", lambda *_, **options: given.update(options) or outcome
    )
    monkeypatch.setattr(gradebook, "merge", lambda *_: merged)
    return given


def test_trusted_is_loud_and_only_when_asked_for(course, monkeypatch):
    given = finished(monkeypatch, Outcome(graded=["anna"]), Merged())
    assert "WARNING" not in classroom("grade", NAME).output
    assert given["trusted"] is False
    told = classroom("grade", NAME, "--trusted", "--workers", "8")
    assert "WARNING: --trusted runs the students' code on this machine as if it were" in told.output
    assert given["trusted"] is True
    assert given["workers"] == 8


def test_a_class_is_summed_up(course, monkeypatch):
    outcome = Outcome(["anna", "bo"], ["cleo"], {"dan": "no tiny.ipynb"})
    notes = {f"s{number}": ["a cell was missing"] for number in range(25)} | {"anna": []}
    merged = Merged(["anna"], {"bo": 7300.0}, ["anna"], notes)
    finished(monkeypatch, outcome, merged)
    told = classroom("grade", NAME)
    assert told.exit_code == 1  # for dan
    assert "2 graded, 1 graded before." in told.output
    assert "bo: 2 hours late" in told.output
    assert "dan: no tiny.ipynb" in told.output
    assert "… and 5 more" in told.output
    assert "1 have answers that a person grades" in told.output
    assert "nbgrader generate_feedback tiny" in told.output


def test_names_do_not_write_on_the_terminal(course, monkeypatch):
    outcome = Outcome(["anna"], [], {"\x1b[2Jdan\udcff": "no\u202etiny"})
    finished(monkeypatch, outcome, Merged())
    told = classroom("grade", NAME)
    assert told.exit_code == 1
    assert "\\x1b[2Jdan\\udcff: no\\u202etiny" in told.output
    assert "\x1b" not in told.output


def test_a_full_disk_is_said_in_a_line(course, monkeypatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")  # Python names no file here

    monkeypatch.setattr(scheduling, "grade_all", full)
    told = classroom("grade", NAME)
    assert told.exit_code == 1
    assert told.output.strip() == "No space left on device"


def test_ctrl_c_while_the_gradebook_is_written(course, monkeypatch):
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    finished(monkeypatch, Outcome(["anna"]), Merged())
    monkeypatch.setattr(gradebook, "merge", interrupted)
    told = classroom("grade", NAME)
    assert told.exit_code == 130
    assert "while writing the gradebook. The same command goes on" in told.output


def test_an_interrupted_class_goes_on_later(course, monkeypatch):
    finished(monkeypatch, Outcome(["anna"], ["bo"], interrupted=True), Merged())
    told = classroom("grade", NAME)
    assert told.exit_code == 130
    assert "2 results are kept; the same command goes on" in told.output


def test_the_concept_questions_as_quizzes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = classroom("questions", "quizzes", "--chapter", "padding", "--chapter", "stride")
    assert told.exit_code == 0
    assert all((tmp_path / line).is_file() for line in told.output.split())
    assert told.output.split()
    assert "there are" in classroom("questions", "quizzes", "--chapter", "paddin").output
    (tmp_path / "file").touch()
    told = classroom("questions", "file")
    assert told.exit_code == 1
    assert "file: File exists" in told.output


def solved(course: Path, assignment: str, wrong: bool = False) -> bytes:
    """Return the release with the source's solutions in it, or with answers that are wrong."""
    paths = [course / step / assignment / f"{assignment}.ipynb" for step in ("source", "release")]
    source, release = (nbformat.read(path, 4) for path in paths)
    solutions = {cell.id: cell.source for cell in source.cells}
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and not wrong:
            lines = solutions[cell.id].splitlines()
            cell.source = "\n".join(line for line in lines if "### " not in line)
    return nbformat.writes(release).encode()


def test_the_instructors_way_from_an_empty_folder(tmp_path):
    """Each line as it is typed; nbgrader's commands between ours, in processes of their own."""
    bin_folder = Path(sys.executable).parent
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")},
        "PATH": os.pathsep.join([str(bin_folder), os.environ["PATH"]]),
        "HOME": str(tmp_path / "home"),
    }
    (tmp_path / "home").mkdir()
    course = tmp_path / "course"

    def typed(line: str, folder: Path = course) -> str:
        done = subprocess.run(
            line, shell=True, cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    typed("cnncourse classroom new course", tmp_path)
    typed("cnncourse classroom assign locality --seed 2027")
    typed("nbgrader generate_assignment locality")
    archive = course / "downloaded" / "locality" / "archive"
    archive.mkdir(parents=True)
    (archive / "anna_locality.ipynb").write_bytes(solved(course, "locality"))
    (archive / "bo_locality.ipynb").write_bytes(solved(course, "locality", wrong=True))
    typed("nbgrader zip_collect locality")
    said = typed("cnncourse classroom grade locality --workers 2")
    assert "locality: 2 graded." in said
    assert "2 graded before" in typed("cnncourse classroom grade locality --workers 2")
    typed("nbgrader generate_feedback locality; nbgrader export")
    typed("cnncourse classroom report locality")
    with (course / "grades.csv").open() as stream:
        rows = {
            row["student_id"]: row
            for row in csv.DictReader(stream)
            if row["assignment"] == "locality"
        }
    assert float(rows["anna"]["score"]) == float(rows["anna"]["max_score"]) > 0
    assert float(rows["bo"]["score"]) == 0
    assert (course / "feedback" / "anna" / "locality" / "locality.html").exists()
    assert list((course / "reports").glob("locality.*"))
