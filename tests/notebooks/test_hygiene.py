"""Every notebook is stored in the form that `make notebooks` gives it, and in no other."""

from __future__ import annotations

import ast
import base64
import io
import re
from pathlib import Path

import nbformat
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(ROOT.glob("notebooks/*.ipynb"))
NOTEBOOKS = [*CHAPTERS, ROOT / "book/misreadings.ipynb"]
CELL_KEYS = {"tags", "mystnb", "jupyter"}
OUTPUT_TYPES = {"text/plain", "text/html", "image/png"}
LINES = 20  # "about fifteen" in the style guide; exercise stubs and solutions need a little more

# Chapters whose subject torch is, or is compared with throughout.
ABOUT_TORCH = {"13_classifier", "16_colorization", "17_fast"}
# Cells whose stored output is not compared: they print a time, or what a torch training produced.
IGNORED: dict[str, set[str]] = {
    "12_from_scratch": {"faster"},
    "13_classifier": {"digit-anywhere", "table", "by-heart", "mended"},
    "16_colorization": {
        "world-squared",
        "world-chroma",
        "world-entropy",
        "world-odds",
        "world-gate",
        "world-frequencies",
        "world-pairs",
        "world-rebalanced",
    },
    "17_fast": {"measured"},
}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_there_are_chapters():
    assert [path.stem for path in CHAPTERS] == [
        "00_images",
        "01_neurons",
        "02_locality",
        "03_convolution",
        "04_padding",
        "05_stride",
        "06_pooling",
        "07_dilation",
        "08_channels",
        "09_one_by_one",
        "10_factorized",
        "11_backprop",
        "12_from_scratch",
        "13_classifier",
        "14_transposed",
        "15_autoencoder",
        "16_colorization",
        "17_fast",
    ]


def test_is_valid_and_small(notebook: nbformat.NotebookNode, request: pytest.FixtureRequest):
    nbformat.validate(notebook)
    path = request.node.callspec.params["notebook"]
    assert path.stat().st_size <= 500_000


def test_was_executed_from_top_to_bottom(notebook: nbformat.NotebookNode):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_metadata_is_normalized(notebook: nbformat.NotebookNode):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= CELL_KEYS, cell.id
        assert all("metadata" not in output or not output.metadata for output in outputs(notebook))


def test_cells_have_speaking_names(notebook: nbformat.NotebookNode):
    names = [cell.id for cell in notebook.cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name) for name in names)


def test_outputs_are_of_the_kinds_that_everyone_can_read(notebook: nbformat.NotebookNode):
    for output in outputs(notebook):
        assert output.output_type in {"stream", "display_data", "execute_result"}
        assert set(output.get("data", {})) <= OUTPUT_TYPES
        assert output.get("name") != "stderr"


def test_pictures_are_quantized_and_described(notebook: nbformat.NotebookNode):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            png = output.get("data", {}).get("image/png")
            if png is None:
                continue
            picture = Image.open(io.BytesIO(base64.b64decode(png)))
            assert picture.mode == "P"
            assert len(cell.metadata.mystnb.image.alt) >= 40, cell.id
            assert cell.metadata.mystnb.figure.caption, cell.id


def test_every_code_cell_is_led_by_a_sentence(notebook: nbformat.NotebookNode):
    for above, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code" and above.cell_type == "markdown":
            last = above.source.rstrip().splitlines()[-1]
            assert last[0] != "#", f"{cell.id} follows a bare heading"


def test_cells_are_short_and_whole(notebook: nbformat.NotebookNode):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= LINES, cell.id
        assert not cell.source.rstrip().endswith(";"), cell.id
        ast.parse(cell.source)


def test_ignored_outputs_are_counted():
    ignoring: dict[str, set[str]] = {}
    for path in NOTEBOOKS:
        for cell in code_cells(nbformat.read(path, as_version=4)):
            if ignores_its_output(cell):
                ignoring.setdefault(path.stem, set()).add(cell.id)
    assert ignoring == IGNORED


def ignores_its_output(cell: nbformat.NotebookNode) -> bool:
    return "NBVAL" in cell.source or any("nbval" in tag for tag in cell.metadata.get("tags", []))


def test_what_is_not_compared_is_bounded(notebook: nbformat.NotebookNode):
    cells = code_cells(notebook)
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if ignores_its_output(cell):
            beside = cell.source + (following.source if following else "")
            assert re.search(r"^\s*assert ", beside, re.M), cell.id


def test_no_cell_needs_torch_but_the_parity_cells(
    notebook: nbformat.NotebookNode, request: pytest.FixtureRequest
):
    if request.node.callspec.params["notebook"].stem in ABOUT_TORCH:
        return
    needing = [cell.id for cell in code_cells(notebook) if re.search(r"\btorch\b", cell.source)]
    assert all("parity" in name for name in needing)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_compares_with_torch(path: Path):
    cells = nbformat.read(path, as_version=4).cells
    assert any("parity" in cell.id and "torch" in cell.source for cell in cells)


def test_figures_have_names_of_their_own():
    names = [
        cell.metadata.mystnb.figure.name
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if "figure" in cell.metadata.get("mystnb", {})
    ]
    assert len(set(names)) == len(names)
