"""The assignments as notebooks: current, well formed, and free of secrets once released."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from cnncourse.classroom import assignments, course
from cnncourse.classroom.assignments import notebook
from cnncourse.classroom.families import visible_cases
from cnncourse.classroom.variants import ASSIGNMENTS, families, written
from cnncourse.exercises import CHAPTERS
from cnncourse.exercises._given import function_from

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = {f"{name}.{each.name}": each for name in ASSIGNMENTS for each in families(name)}
VARIANTS = [
    pytest.param(task, id=f"{name}-{number}")
    for name, family in FAMILIES.items()
    for number, task in enumerate(family.variants)
]
every_assignment = pytest.mark.parametrize("name", ASSIGNMENTS)
every_variant = pytest.mark.parametrize("task", VARIANTS)


def cells_of(made, ending):
    return [cell for cell in made.cells if cell.id.endswith(ending)]


def test_there_is_one_for_each_chapter_with_exercises_and_one_for_the_project():
    assert (*CHAPTERS, "project") == ASSIGNMENTS


@every_assignment
def test_the_committed_notebook_is_current(name):
    path = ROOT / "assignments" / name / f"{name}.ipynb"
    said = "run: python -m cnncourse.classroom.assignments"
    assert path.read_text() == nbformat.writes(notebook(name)) + "\n", said


def test_no_committed_assignment_is_left_over():
    folders = {path.name for path in (ROOT / "assignments").iterdir() if path.is_dir()}
    assert folders == set(ASSIGNMENTS)


@every_assignment
def test_it_is_called_as_its_chapter(name):
    if name != "project":
        path = next((ROOT / "notebooks").glob(f"[0-9][0-9]_{name}.ipynb"))
        first = nbformat.read(path, 4).cells[0].source
        assert first.startswith(f"# {assignments.TITLES[name]}\n")


@every_assignment
def test_a_notebook_is_valid_and_nbgrader_understands_it(name):
    for seed in (0, 1):
        made = notebook(name, seed)
        nbformat.validate(made)
        MetadataValidator().validate_nb(made)
        ids = [cell.id for cell in made.cells]
        assert len(set(ids)) == len(ids)
        assert all(cell.metadata["nbgrader"]["grade_id"] == cell.id for cell in made.cells)
        about = made.metadata["cnncourse"]
        assert (about["assignment"], about["seed"]) == (name, seed)


@every_assignment
def test_the_points_add_up(name):
    made = notebook(name)
    given = sum(cell.metadata["nbgrader"].get("points", 0) for cell in made.cells)
    asked = sum(each.points for each in (*families(name), *written(name)))
    listed = sum(each["points"] for each in made.metadata["cnncourse"]["questions"])
    assert given == asked == listed
    assert f"*{asked} points*" in made.cells[0].source


@every_assignment
def test_a_seed_always_gives_the_same_and_another_seed_another_task(name):
    made = {seed: nbformat.writes(notebook(name, seed)) for seed in range(6)}
    assert made[3] == nbformat.writes(notebook(name, 3))
    assert len({re.sub(r'(seed": |, )\d+', "", text) for text in made.values()}) > 1


@every_assignment
def test_the_source_runs_from_top_to_bottom_and_its_solutions_get_all_points(name):
    names = {}
    for cell in notebook(name, 2).cells:
        if cell.cell_type == "code" and not cell.id.endswith("-tests"):
            exec(cell.source, names)
        elif cell.cell_type == "code":
            tree = ast.parse(cell.source)
            call = tree.body.pop()
            exec(compile(tree, "tests", "exec"), names)
            mark = eval(compile(ast.Expression(call.value), "tests", "eval"), names)
            assert mark.points == mark.possible == cell.metadata["nbgrader"]["points"]


@every_variant
def test_the_examples_need_numpy_alone_and_tell_the_stub_from_a_solution(task):
    source = assignments._examples(task)
    function = task.signature.partition("(")[0]
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)]
    assert not imported
    exec(source, {"np": np, function: function_from(task.solution)})
    with pytest.raises((AssertionError, TypeError, ValueError, IndexError)):
        exec(source, {"np": np, function: function_from(task.stub)})
    assert len(source.splitlines()) < 120
    assert max(map(len, source.splitlines())) <= 100
    assert 2 <= len(visible_cases(task)) <= 3
    assert len(visible_cases(task)) < len(task.cases)


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """Release all assignments with nbgrader, as an instructor does, and return the course."""
    folder = tmp_path_factory.mktemp("course") / "course"
    course.new(folder, seed=7)
    for name in ASSIGNMENTS:
        course.release(folder, name)
    return folder


def strings(value):
    """Yield every text in JSON: sources, outputs, and what metadata say, keys included."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from strings(each)
    elif isinstance(value, list):
        yield "".join(each for each in value if isinstance(each, str))
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def telling_lines(text):
    """Return the lines of a text that are long enough to be nobody else's."""
    return {line.strip() for line in text.splitlines() if len(line.strip()) > 14}


@every_assignment
def test_no_solution_and_no_hidden_test_occurs_in_a_release(name, released):
    path = released / "release" / name / f"{name}.ipynb"
    everything = "\n".join(strings(json.loads(path.read_text(encoding="utf-8"))))
    source = notebook(name, 7)
    secret = set()
    for cell in cells_of(source, "-answer"):
        before, _, after = cell.source.partition("### BEGIN SOLUTION")
        secret |= telling_lines(after) - telling_lines(before)
    for cell in cells_of(source, "-tests"):
        secret |= telling_lines(cell.source.partition("### BEGIN HIDDEN TESTS")[2])
    # What stands in a task or in a stub is open, though the solution has it as well.
    open_to_all = [cell.source for cell in source.cells if cell.id.endswith(("-task", "-examples"))]
    for cell in cells_of(source, "-answer"):
        open_to_all.append(cell.source.partition("### BEGIN SOLUTION")[0])
    known = "\n".join(open_to_all)
    secret = {line for line in secret if line not in known}
    assert len(secret) > 3
    for line in secret:
        assert line not in everything
    for word in ("BEGIN", "HIDDEN", "SOLUTION", "marking", "cnncourse.classroom", "mark("):
        assert word not in everything


@every_assignment
def test_a_release_holds_the_stubs_the_tasks_and_no_outputs(name, released):
    folder = released / "release" / name
    assert [path.name for path in folder.iterdir()] == [f"{name}.ipynb"]
    made = nbformat.read(folder / f"{name}.ipynb", 4)
    cells = {cell.id: cell for cell in made.cells}
    for family in families(name):
        task, question = family.variant(7), family.name.replace("_", "-")
        answer = cells[f"{question}-answer"].source
        assert answer.startswith(task.stub.strip())
        assert answer.endswith(assignments.CODE_STUB)
        assert task.prompt.strip() in cells[f"{question}-task"].source
        assert "Further tests run here" in cells[f"{question}-tests"].source
    for question in written(name):
        answer = cells[question.name.replace("_", "-") + "-answer"]
        assert answer.source == assignments.TEXT_STUB
        task = cells[question.name.replace("_", "-") + "-task"]
        assert all(f"| {line} | {points} |" in task.source for line, points in question.rubric)
    for cell in made.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
