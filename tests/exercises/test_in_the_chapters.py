"""What the chapters show of an exercise is what the exercise holds."""

import json
from pathlib import Path

import pytest

from cnncourse.exercises import all_exercises, all_questions

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FILES = {"convolution": "03_convolution.ipynb", "padding": "04_padding.ipynb"}
EXERCISES = all_exercises()


def cells(chapter):
    notebook = json.loads((NOTEBOOKS / FILES[chapter]).read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}


@pytest.mark.parametrize("name", EXERCISES)
def test_stub_and_solution_stand_in_the_chapter(name):
    chapter, exercise = name.split(".")[0], EXERCISES[name]
    sources, label = cells(chapter), exercise.name.replace("_", "-")
    assert sources[label] == name
    assert sources[f"{label}-answer"].startswith(exercise.stub)
    assert sources[f"{label}-solution"].startswith(exercise.solution)
    for part in ("answer", "solution"):
        assert f"{name}.check(" in sources[f"{label}-{part}"].splitlines()[-1]


@pytest.mark.parametrize("name", all_questions())
def test_a_question_stands_in_the_chapter(name):
    assert name in cells(name.split(".")[0]).values()
