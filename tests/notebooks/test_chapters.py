"""The chapters and the exercises tell the same story, and every chapter follows the template."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from cnncourse.exercises import CHAPTERS, all_exercises, all_questions

FOLDER = Path(__file__).parents[2] / "notebooks"
FILES = {path.stem.partition("_")[2]: path for path in FOLDER.glob("*.ipynb")}
TEMPLATE = [
    "warm up",
    "guess first",
    "the formula",
    "from scratch",
    "touch it",
    "limits, and mistakes people make",
    "in this chapter",
    "three questions",
    "exercises",
    "references",
]
EXERCISES = all_exercises()
QUESTIONS = all_questions()


def chapter_cells(name: str) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(FILES[name], as_version=4).cells}


def shown(cell: nbformat.NotebookNode) -> str:
    [output] = cell.outputs
    return output["data"]["text/plain"]


def test_every_chapter_with_exercises_is_there():
    assert set(CHAPTERS) <= set(FILES)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_all_parts_of_the_template(chapter: str):
    headings = [
        line.lstrip("# ").lower()
        for cell in chapter_cells(chapter).values()
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    missing = [part for part in TEMPLATE if not any(part in heading for heading in headings)]
    assert missing == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_says_what_it_is_for(chapter: str):
    cells = chapter_cells(chapter)
    title = cells["title"].source
    assert f"Chapter {FILES[chapter].stem[:2]} · " in title
    assert "minutes" in title
    assert "builds on" in title
    assert 3 <= title.partition("**After this chapter you can**")[2].count("\n- ") <= 5
    summary = cells["in-this-chapter"].source
    assert summary.count("\n- ") <= 5
    assert "*What our colorizer just gained:*" in summary


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_asks_two_questions_first_and_three_at_the_end(chapter: str):
    questions = import_module(f"cnncourse.exercises.{chapter}").questions
    asked = [
        cell.source
        for cell in chapter_cells(chapter).values()
        if cell.cell_type == "code" and cell.source.startswith(f"{chapter}.")
    ]
    names = [source.removeprefix(f"{chapter}.") for source in asked]
    assert [name for name in names if f"{chapter}.{name}" in QUESTIONS] == [
        question.name for question in questions
    ]
    assert len(questions) == 5


@pytest.mark.parametrize("name", EXERCISES)
def test_the_chapter_shows_the_stub_and_the_solution_as_the_exercise_has_them(name: str):
    chapter, _, short = name.partition(".")
    slug = short.replace("_", "-")
    cells = chapter_cells(chapter)
    assert cells[slug].source == name
    check = f"{name}.check("
    answer, solution = cells[f"{slug}-answer"], cells[f"{slug}-solution"]
    assert answer.source.startswith(EXERCISES[name].stub.rstrip())
    assert solution.source.startswith(EXERCISES[name].solution.rstrip())
    assert check in answer.source
    assert check in solution.source


@pytest.mark.parametrize("name", EXERCISES)
def test_the_stored_stub_is_answered_kindly_and_the_stored_solution_passes(name: str):
    chapter, _, short = name.partition(".")
    slug = short.replace("_", "-")
    cells = chapter_cells(chapter)
    assert "✓" not in shown(cells[f"{slug}-answer"])
    assert shown(cells[f"{slug}-solution"]).startswith("✓ Passed")
    assert "hide-cell" in cells[f"{slug}-solution"].metadata.tags
