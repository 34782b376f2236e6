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
FIRST_WITH_WARM_UP = 3  # before it, there is too little to look back on
FIRST_WITH_CODE_TO_READ = 5
EXERCISES = all_exercises()
QUESTIONS = all_questions()


def chapter_cells(name: str) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(FILES[name], as_version=4).cells}


def number(chapter: str) -> int:
    return int(FILES[chapter].stem[:2])


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
    parts = TEMPLATE + ["warm up"] * (number(chapter) >= FIRST_WITH_WARM_UP)
    missing = [part for part in parts if not any(part in heading for heading in headings)]
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
def test_a_chapter_asks_what_its_module_asks_in_the_same_order(chapter: str):
    questions = import_module(f"cnncourse.exercises.{chapter}").questions
    asked = [
        cell.source.removeprefix(f"{chapter}.")
        for cell in chapter_cells(chapter).values()
        if cell.cell_type == "code" and cell.source.startswith(f"{chapter}.")
    ]
    names = [name for name in asked if f"{chapter}.{name}" in QUESTIONS]
    assert names == [question.name for question in questions]
    assert len(names) == (5 if number(chapter) >= FIRST_WITH_WARM_UP else 3)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_five_exercises_up_to_three_stars(chapter: str):
    stars = [
        exercise.stars for exercise in import_module(f"cnncourse.exercises.{chapter}").exercises
    ]
    assert len(stars) == 5
    assert {1, 3} <= set(stars)


READING = [chapter for chapter in CHAPTERS if number(chapter) >= FIRST_WITH_CODE_TO_READ]


@pytest.mark.parametrize("chapter", READING)
def test_a_later_chapter_has_code_to_read_and_something_to_explain(chapter: str):
    assert "torch" in EXERCISES[f"{chapter}.read_the_code"].prompt
    proof = Path(__file__).parents[1] / "exercises" / f"test_read_the_code_{chapter}.py"
    assert proof.is_file()
    task, _, answer = chapter_cells(chapter)["explain-in-two-sentences"].source.partition(
        "<details>"
    )
    assert len(task) > 40
    assert "<summary>A model answer</summary>" in answer
    assert len(answer) > 150


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
