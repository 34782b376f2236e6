"""The page of common claims: each is refuted by a cell, and trained by something that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from cnncourse.exercises import all_exercises, all_questions

PAGE = Path(__file__).parents[2] / "book" / "misreadings.ipynb"
LINES = 12

CLAIMS = {
    "networks-turn": "turns its kernel",
    "equal-pixels": "all pixels count the same",
    "pooling-invariant": "invariant",
    "convolution-saves": "fewer weights",
    "pooling-saves": "reduces the number of parameters",
    "transposed-inverse": "undoes a convolution",
    "filters-scales": "scales",
    "epoch": "epoch",
    "flattening": "Flattening loses information",
    "dilation-zero": "Dilation 0",
    "horizontal": "horizontal difference",
    "shift-left": "X[i, j+1]",
    "neighborhood": "4Δ²",
    "stride-loop": "stride",
    "checkerboards": "checkerboard",
}


@pytest.fixture(scope="module")
def cells() -> list[nbformat.NotebookNode]:
    return nbformat.read(PAGE, as_version=4).cells


def test_every_claim_is_a_heading_with_a_cell_and_the_truth_below(cells):
    names = [cell.id for cell in cells]
    for claim, words in CLAIMS.items():
        place = names.index(claim)
        heading, look, truth = cells[place : place + 3]
        assert re.match(rf"## “.*{re.escape(words)}.*”\n", heading.source), claim
        assert look.cell_type == "code"
        assert look.outputs, f"{look.id} shows nothing"
        assert truth.source.startswith("**What is true.** ")
        assert "*Read* " in truth.source
        assert "*Try* " in truth.source
    headings = [cell.source for cell in cells if cell.source.startswith("## “")]
    assert len(headings) == len(CLAIMS)


def test_the_number_of_claims_in_words_is_right(cells):
    assert len(CLAIMS) == 15
    assert "fifteen of them" in cells[0].source


def test_what_a_reader_is_told_to_try_exists(cells):
    known = {*all_exercises(), *all_questions()}
    for cell in cells:
        if cell.source.startswith("**What is true.**"):
            named = re.findall(r"`([a-z_]+\.[a-z_]+)`", cell.source.rpartition("*Try*")[2])
            assert set(named) <= known, cell.id


def test_links_to_chapters_name_a_heading_that_is_there(cells):
    for cell in cells:
        for text, path, anchor in re.findall(r"\[([^\]]+)\]\(([^)#]+)#([^)]+)\)", cell.source):
            chapter = nbformat.read(PAGE.parent / path, as_version=4)
            headings = [
                line.lstrip("#").strip()
                for each in chapter.cells
                if each.cell_type == "markdown"
                for line in each.source.splitlines()
                if line.startswith("#")
            ]
            assert text in headings, f"{cell.id}: no heading {text!r} in {path}"
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            assert slug == anchor


def test_cells_are_hand_sized_and_ask_torch_only_where_named(cells):
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        assert len(cell.source.splitlines()) <= LINES, cell.id
        ast.parse(cell.source)
        assert ("parity" in cell.id) == bool(re.search(r"\btorch\b", cell.source))
        assert all(set(output.get("data", {})) <= {"text/plain"} for output in cell.outputs)
        assert all(output.get("name") != "stderr" for output in cell.outputs)
