from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from classroom.hostile import assignment
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cnncourse.classroom.rebuild import rebuild


@pytest.fixture(scope="module")
def release() -> nbformat.NotebookNode:
    """The small course's release, without the way there."""
    notebook = assignment.source()
    for cell in notebook.cells:
        if cell.id in assignment.ANSWERS:
            cell.source = "# your code"
        elif cell.id.endswith("-tests"):
            cell.source = ""
    return notebook


def handed_in(release: nbformat.NotebookNode) -> dict[str, Any]:
    """Return what a student makes of the release: right answers."""
    notebook = json.loads(nbformat.writes(release))
    for cell in notebook["cells"]:
        cell["source"] = assignment.ANSWERS.get(cell["id"], "".join(cell["source"]))
    return notebook


def rebuilt(notebook: Any, release: nbformat.NotebookNode) -> nbformat.NotebookNode:
    made, _ = rebuild(json.dumps(notebook).encode(), release)
    nbformat.validate(made)
    return made


def ids(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.id for cell in notebook.cells]


def source(notebook: nbformat.NotebookNode, name: str) -> str:
    return next(cell.source for cell in notebook.cells if cell.id == name)


def test_an_honest_submission_stays_as_it_is(release):
    made, notes = rebuild(json.dumps(handed_in(release)).encode(), release)
    assert ids(made) == ids(release)
    assert source(made, "double") == assignment.DOUBLE
    assert made.metadata == release.metadata
    assert notes == ()


def test_cells_that_a_student_adds_stay_where_they_are(release):
    notebook = handed_in(release)
    place = assignment.position(notebook, "double-examples")
    notebook["cells"].insert(place, assignment.code("helper = 1"))
    notebook["cells"].append(
        {"cell_type": "markdown", "metadata": {}, "source": ["a\n", "<b>"], "id": "m"}
    )
    made = rebuilt(notebook, release)
    assert [cell.source for cell in made.cells][place] == "helper = 1"
    assert made.cells[-1].source == "a\n< b>"
    assert made.cells[place].metadata == {}


@pytest.mark.parametrize("field", ["id", "grade_id", "neither"])
def test_answers_are_found_by_either_name(release, field):
    notebook = handed_in(release)
    for cell in notebook["cells"]:
        if field != "id":
            cell["id"] = "other"
        if field != "grade_id":
            cell["metadata"].pop("nbgrader", None)
    made, notes = rebuild(json.dumps(notebook).encode(), release)
    assert (source(made, "double") == assignment.DOUBLE) == (field != "neither")
    assert any("missing" in note for note in notes) == (field == "neither")
    # An answer that no name leads to is still run, as a cell of the student's own.
    assert assignment.DOUBLE in [cell.source for cell in made.cells]


def test_answers_without_names_are_known_by_what_they_define(release):
    """Some programs keep neither name, and cells may have been merged."""
    release = copy.deepcopy(release)
    for cell in release.cells:
        if cell.id in assignment.ANSWERS:
            cell.source = assignment.ANSWERS[cell.id].replace("return", "... #")
    notebook = handed_in(release)
    for cell in notebook["cells"]:
        del cell["id"]
        cell["metadata"] = {}
    notebook["cells"].insert(2, {**assignment.code("double = 3"), "cell_type": "markdown"})
    place = [cell["source"] for cell in notebook["cells"]].index(assignment.TOTAL)
    notebook["cells"].insert(place, assignment.code("import math\nstart = 0"))
    made, notes = rebuild(json.dumps(notebook).encode(), release)
    assert source(made, "double") == assignment.DOUBLE
    assert source(made, "total") == assignment.TOTAL
    assert sum("known by what it defines" in note for note in notes) == 2
    order = [cell.source for cell in made.cells]
    assert order.index("import math\nstart = 0") < order.index(assignment.TOTAL)
    assert order.index(assignment.TOTAL) < ids(made).index("total-examples")
    # Merged into the cell above, which is locked.
    notebook = handed_in(release)
    place = assignment.position(notebook, "double")
    assert notebook["cells"].pop(place)["source"] == assignment.DOUBLE
    cell = notebook["cells"][assignment.position(notebook, "imports")]
    cell["source"] += "\n" + assignment.DOUBLE
    made = rebuilt(notebook, release)
    assert source(made, "double") == "import numpy as np\n" + assignment.DOUBLE
    assert source(made, "imports") == "import numpy as np"


def test_an_answer_with_a_name_is_no_other_answer(release):
    release = copy.deepcopy(release)
    for cell in release.cells:
        if cell.id in assignment.ANSWERS:
            cell.source = "def double(x): ..."
    notebook = handed_in(release)
    del notebook["cells"][assignment.position(notebook, "total")]
    made = rebuilt(notebook, release)
    assert source(made, "total") == "def double(x): ..."


def test_much_output_makes_no_blank_submission(release):
    """Printed lists have more commas than a notebook may have values."""
    notebook = handed_in(release)
    printed = {"output_type": "stream", "name": "stdout", "text": "1, [2], {3}, " * 50_000}
    lines = {**printed, "text": ['"[1, 2],\\\n'] * 500_000}
    shown = {"output_type": "display_data", "data": {"application/json": [[1, 2]] * 200_000}}
    for outputs in ([printed], [lines, shown], [shown, {"outputs": [], "x": "]"}]):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"] = outputs if cell["id"] == "double" else []
        made, notes = rebuild(json.dumps(notebook, indent=1).encode(), release)
        assert notes == ()
        assert source(made, "double") == assignment.DOUBLE
        assert source(made, "total") == assignment.TOTAL


def test_pictures_in_a_text_and_long_cells_cost_no_answer(release):
    notebook = handed_in(release)
    picture = f"![mine](data:image/png;base64,{'iVBOR' * 500_000}) seen"
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": picture})
    notebook["cells"].append(assignment.code("x = '" + "x" * 300_000 + "'"))
    made, notes = rebuild(json.dumps(notebook).encode(), release)
    assert source(made, "total") == assignment.TOTAL
    assert made.cells[-1].source == "![mine] () seen"
    assert notes == (f"cell {len(notebook['cells'])} is too long: left out",)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"cells": [{"outputs": [' + b"[]," * 1_000_000,
        b'{"cells": [{"outputs": [' + b'\\"' * 5_000_000,
        b'"\\"' * 4_000_000,
        b'{"cells": [{"source": [' + b'"x",' * 3_000_000 + b'""]}]}',
        b'{"outputs": [' * 1_000_000,
    ],
    ids=["open", "quotes", "ends", "lines", "deep"],
)
def test_what_is_made_to_read_slowly_is_refused_at_once(release, raw):
    start = time.process_time()
    _, notes = rebuild(raw, release)
    assert "unreadable" in notes[0]
    # In time that grows with the square of its length, it would take hours.
    assert time.process_time() - start < 60


def test_of_two_copies_the_original_counts_and_without_one_the_last(release):
    notebook = handed_in(release)
    original = assignment.position(notebook, "total")
    copied = {**notebook["cells"][original], "id": "copy", "source": "copied = 1"}
    notebook["cells"].insert(original, copied)
    assert source(rebuilt(notebook, release), "total") == assignment.TOTAL
    notebook["cells"][original + 1]["id"] = "another"
    made, notes = rebuild(json.dumps(notebook).encode(), release)
    assert source(made, "total") == assignment.TOTAL
    assert "copied = 1" in [cell.source for cell in made.cells]
    assert notes == ("2 copies of answer total: one is graded",)


def test_tests_come_after_what_they_test(release):
    notebook = handed_in(release)
    notebook["cells"].reverse()
    order = ids(rebuilt(notebook, release))
    for name in assignment.ANSWERS:
        assert order.index(name) < order.index(f"{name}-examples") < order.index(f"{name}-tests")


def test_nothing_but_answers_is_taken(release):
    notebook = handed_in(release)
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["x"]
        cell["attachments"] = {"x": {"text/html": "x"}}
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
        if cell["id"] not in assignment.ANSWERS:
            cell["source"] = "changed"
    notebook["metadata"] = {"kernelspec": {"name": "x"}}
    made = rebuilt(notebook, release)
    expected = rebuilt(handed_in(release), release)
    next(cell for cell in expected.cells if cell.id == "why").source = "changed"
    title = next(cell for cell in made.cells if cell.id == "title")
    assert title.source == "# Warm-up"
    assert made == expected


def test_plain_cells_of_the_release_are_the_students_to_change():
    release = new_notebook(
        cells=[new_code_cell("n = 1", id="try"), new_markdown_cell("Text.", id="text")]
    )
    notebook = json.loads(nbformat.writes(release))
    notebook["cells"][0]["source"] = "n = 2"
    assert [cell.source for cell in rebuilt(notebook, release).cells] == ["n = 2", "Text."]
    notebook["cells"].clear()
    assert [cell.source for cell in rebuilt(notebook, release).cells] == ["n = 1", "Text."]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "no cells"),
        (b'{"cells": 7}', "no cells"),
        (b"\xff\xfe\xfd", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[" * 500_000, "too many values"),
        (b" " * (21 << 20), "larger than"),
        (b'{"cells": [{"source": "' + b"x" * 300_000 + b'"}]}', "too long"),
        (b'{"cells": [' + b'{"source": "%s"},' % (b"x" * 150_000) * 20 + b"0]}", "too long"),
        (b"1" * 5000, "no JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_notebook_is_graded_as_blank(release, raw, said):
    made, notes = rebuild(raw, release)
    assert [cell.source for cell in made.cells] == [cell.source for cell in release.cells]
    assert len(notes) == 1
    assert said in notes[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=10,
)
FIELD = JSON | st.sampled_from(["code", "markdown", "double", "total-tests", {"nbgrader": {}}])
CELLS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "cell_type": FIELD,
            "id": FIELD,
            "source": FIELD,
            "metadata": FIELD
            | st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": FIELD})}),
        },
    )
    | JSON,
    max_size=6,
)


@given(CELLS)
def test_whatever_the_cells_are_the_tests_are_the_releases(cells):
    release = assignment.source()
    made = rebuilt({"cells": cells}, release)
    for cell in release.cells:
        found = [each for each in made.cells if each.id == cell.id]
        assert len(found) == 1
        assert found[0].metadata == cell.metadata
        if not cell.metadata.get("nbgrader", {}).get("solution"):
            assert found[0].source == cell.source
    free = [cell for cell in made.cells if cell.id not in ids(release)]
    assert all(cell.metadata == {} for cell in free)


@given(st.binary(max_size=300))
def test_noise_never_raises(noise):
    release = assignment.source()
    made, _ = rebuild(noise, release)
    assert len(made.cells) >= len(release.cells)


def test_the_folder_of_cases_is_a_course(tmp_path: Path):
    """The release that hostile submissions are made from holds no solution and no hidden test."""
    course = assignment.make(tmp_path)
    text = json.dumps(assignment.release(course))
    assert str(assignment.SECRET) not in text
    assert "return 2 * x" not in text
