"""A small course to attack: two questions with hidden tests, and one that a person grades."""

from __future__ import annotations

import copy
import io
import json
import zlib
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "warmup"
SECRET = 7_654_321
"""Only the hidden tests know this number."""

DOUBLE = "def double(x):\n    return 2 * x"
TOTAL = "def total(values):\n    return sum(values)"
ANSWERS = {"double": DOUBLE, "total": TOTAL}

IMPORTS = "import numpy as np"
DOUBLE_EXAMPLES = "assert double(3) == 6"
DOUBLE_TESTS = f"""\
### BEGIN HIDDEN TESTS
assert double({SECRET}) == {2 * SECRET}
np.testing.assert_array_equal(double(np.arange(3)), [0, 2, 4])
### END HIDDEN TESTS"""
TOTAL_EXAMPLES = "assert total([1, 2]) == 3"
TOTAL_TESTS = f"""\
### BEGIN HIDDEN TESTS
points = int(total([1, {SECRET}]) == {SECRET + 1})
points += int(total(list(range(5))) == 10)
points
### END HIDDEN TESTS"""


def _cell(kind: str, source: str, name: str, **flags: Any) -> nbformat.NotebookNode:
    cell = (new_code_cell if kind == "code" else new_markdown_cell)(source, id=name)
    settings = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, **settings}
    return cell


def _solution(source: str) -> str:
    return f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"


def source() -> nbformat.NotebookNode:
    """Return the instructor's notebook."""
    test = {"grade": True, "locked": True}
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Warm-up", id="title"),
            _cell("code", IMPORTS, "imports", locked=True),
            _cell("markdown", "Double a number.", "double-task", locked=True),
            _cell("code", _solution(DOUBLE), "double", solution=True),
            _cell("code", DOUBLE_EXAMPLES, "double-examples", points=1, **test),
            _cell("code", DOUBLE_TESTS, "double-tests", points=2, **test),
            _cell("code", _solution(TOTAL), "total", solution=True),
            _cell("code", TOTAL_EXAMPLES, "total-examples", points=1, **test),
            _cell("code", TOTAL_TESTS, "total-tests", points=2, **test),
            _cell("markdown", "Say why.", "why", grade=True, solution=True, points=2),
        ]
    )
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata.kernelspec["language"] = "python"
    return notebook


def make(folder: Path) -> Path:
    """Make a course with the assignment, released, and with secrets of others in it."""
    from cnncourse.classroom.grading import _config, _convert

    (folder / "source" / NAME).mkdir(parents=True)
    nbformat.write(source(), folder / "source" / NAME / f"{NAME}.ipynb")
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")

    from nbgrader.converters import GenerateAssignment

    _convert(GenerateAssignment, _config(folder, folder, NAME), io.StringIO())
    (folder / "release" / NAME / "data.txt").write_text("1 2 3\n")
    other = folder / "submitted" / "other" / NAME
    other.mkdir(parents=True)
    (other / f"{NAME}.ipynb").write_text(f'"secret of another student {SECRET}"')
    return folder


def release(course: Path) -> dict[str, Any]:
    """Return the notebook that students get."""
    loaded: dict[str, Any] = json.loads((course / "release" / NAME / f"{NAME}.ipynb").read_text())
    return loaded


def answered(course: Path, **answers: str) -> dict[str, Any]:
    """Return a submission with the right answers, but for those that are given."""
    notebook = copy.deepcopy(release(course))
    for cell in notebook["cells"]:
        if cell["id"] in {**ANSWERS, **answers}:
            cell["source"] = {**ANSWERS, **answers}[cell["id"]]
    return notebook


def position(notebook: dict[str, Any], name: str) -> int:
    """Return where a cell stands."""
    return [cell["id"] for cell in notebook["cells"]].index(name)


def code(source_: str) -> dict[str, Any]:
    """Return a code cell as a student adds it."""
    return {
        "cell_type": "code",
        "id": f"mine-{zlib.crc32(source_.encode())}",
        "metadata": {},
        "source": source_,
        "outputs": [],
        "execution_count": None,
    }
