"""A course's folder: made, found, assigned from and released, or said why not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import tiny_course

from cnncourse.classroom import course as courses
from cnncourse.classroom.course import CourseError
from cnncourse.classroom.variants import ASSIGNMENTS

NAME = "locality"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course as `new` makes it, with one assignment released."""
    course, seed = courses.new(tmp_path_factory.mktemp("course") / "deep" / "course", seed=7)
    assert seed == 7
    courses.release(course, NAME)
    return course


@pytest.fixture
def course(made: Path, tmp_path: Path) -> Path:
    return tiny_course.copy(made, tmp_path / "course")


def question_cells(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, 4).cells if "-task" in cell.id]


def test_a_new_course_has_all_assignments_and_is_private(made):
    assert courses.assignments(made) == sorted(ASSIGNMENTS)
    assert all(courses.seed_of(made, name) == 7 for name in ASSIGNMENTS)
    assert made.stat().st_mode & 0o077 == 0
    ignored = (made / ".gitignore").read_text().split()
    assert {"/source/", "/submitted/", "/gradebook.db*", "/grading/"} <= set(ignored)


def test_without_a_seed_one_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("cnncourse.classroom.assignments.write", lambda *_, **__: [])
    seeds = {courses.new(tmp_path / str(number))[1] for number in range(5)}
    assert len(seeds) > 1


@pytest.mark.parametrize("name", ["nbgrader_config.py", "source", "gradebook.db"])
def test_nothing_that_is_there_is_overwritten(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(CourseError, match=f"has a {name} already"):
        courses.new(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="cannot be made"):
        courses.new(tmp_path / "file" / "course")


def test_the_course_is_found_or_the_way_to_it_is_told(made, tmp_path, monkeypatch):
    assert courses.find(made) == made
    monkeypatch.chdir(made)
    assert courses.find() == made
    with pytest.raises(CourseError, match=f"First: cd {made}"):
        courses.find(made / "source" / NAME)
    with pytest.raises(CourseError, match="cnncourse classroom new DIR"):
        courses.find(tmp_path)
    with pytest.raises(CourseError, match="There is no folder"):
        courses.find(tmp_path / "missing")


def test_a_seed_picks_the_questions(course):
    tasks = set()
    for seed in range(8):
        path, given = courses.assign(course, "padding", seed)
        assert given == seed
        tasks.add(tuple(question_cells(path)))
        assert courses.seed_of(course, "padding") == seed
    assert len(tasks) > 3
    assert tuple(question_cells(courses.assign(course, "padding", 7)[0])) in tasks


def test_questions_that_students_have_are_not_exchanged_by_mistake(course):
    courses.assign(course, NAME, 7)  # the same again: nothing changes
    with pytest.raises(CourseError, match="released with the seed 7"):
        courses.assign(course, NAME, 8)
    path = course / "submitted" / "anna" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(CourseError, match="1 students have handed in"):
        courses.assign(course, NAME, 7)
    assert courses.assign(course, NAME, 8, replace=True)[1] == 8


def test_assignments_that_do_not_exist(course):
    with pytest.raises(CourseError, match=r"no assignment 'paddin'. Did you mean padding\?"):
        courses.assign(course, "paddin")
    with pytest.raises(CourseError, match="This course has no assignment 'nonsense'"):
        courses.release(course, "nonsense")
    with pytest.raises(CourseError, match="no name of an assignment"):
        courses.release(course, "../../elsewhere")


def test_a_release_has_no_solutions_and_no_hidden_tests(made):
    path = courses.released(made, NAME)
    text = path.read_text(encoding="utf-8")
    assert "BEGIN" not in text
    source = (made / "source" / NAME / path.name).read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" in source
    assert "BEGIN HIDDEN TESTS" in source


def test_nbgraders_own_command_makes_the_same_release(course):
    ours = courses.released(course, NAME).read_bytes()
    courses.released(course, NAME).unlink()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", NAME, "--force"],
        cwd=course,
        env={"PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin", "HOME": str(course)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert courses.released(course, NAME).read_bytes() == ours


def test_what_nbgrader_refuses_is_said_in_its_words(course):
    path = course / "source" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, 4)
    answer = next(cell for cell in notebook.cells if cell.id.endswith("-answer"))
    answer.source = answer.source.replace("### END SOLUTION", "")
    nbformat.write(notebook, path)
    with pytest.raises(
        CourseError, match=f"nbgrader cannot release {NAME}: No end solution statement"
    ):
        courses.release(course, NAME)


def test_a_configuration_that_cannot_be_read(course):
    (course / courses.CONFIG_FILE).write_text("c = get_config(\n")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py cannot be read: SyntaxError"):
        courses.configuration(course)


def test_your_settings_win_over_ours(course):
    with (course / courses.CONFIG_FILE).open("a") as stream:
        stream.write('c.ClearSolutions.code_stub = {"python": "# yours"}\n')
    assert courses.configuration(course).ClearSolutions.code_stub == {"python": "# yours"}


def test_nbgraders_own_grading_is_contained_too(course):
    # Formgrader has a button for it.
    config = courses.configuration(course)
    first, *others = config.Autograde.autograde_preprocessors
    assert first == "cnncourse.classroom.split.SplitExecute"
    assert not any(name.endswith(".Execute") for name in others)


def test_assignments_of_your_own_are_released_too(course):
    path = course / "source" / tiny_course.NAME / f"{tiny_course.NAME}.ipynb"
    path.parent.mkdir()
    nbformat.write(tiny_course.source(), path)
    assert tiny_course.NAME in courses.assignments(course)
    assert courses.seed_of(course, tiny_course.NAME) is None
    assert "2 * x" not in courses.release(course, tiny_course.NAME).read_text()


def test_what_was_handed_in(course):
    assert courses.submissions(course, NAME) == ({}, {})
    tiny = course / "submitted"
    for student, file in (("anna", f"{NAME}.ipynb"), ("bo", "other.ipynb"), (".hidden", "x")):
        (tiny / student / NAME).mkdir(parents=True)
        (tiny / student / NAME / file).touch()
    (tiny / "cleo" / "another").mkdir(parents=True)
    (tiny / "dan" / NAME).mkdir(parents=True)
    notebooks, problems = courses.submissions(course, NAME)
    assert list(notebooks) == ["anna"]
    assert set(problems) == {"bo", "dan"}
    assert "there is other.ipynb" in problems["bo"]
    assert "there is nothing" in problems["dan"]


@pytest.mark.parametrize("name", [b"M\xfcller", b"a\nb", b"\x1b[2J", b"x" * 220])
def test_folders_that_are_no_names_are_problems_of_their_own(course, name):
    for student in (name, b"anna"):
        folder = Path(os.fsdecode(student))
        path = course / "submitted" / folder / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.touch()
    notebooks, problems = courses.submissions(course, NAME)
    assert list(notebooks) == ["anna"]
    assert list(problems) == [os.fsdecode(name)]
