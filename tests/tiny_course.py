"""A course with one small assignment, for tests that need no book and hardly any time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cnncourse.classroom import course as courses

NAME = "tiny"
ANSWER = "def double(x):\n    return 2 * x"

QUESTION = f"""\
def double(x):
    ### BEGIN SOLUTION
    {ANSWER.splitlines()[1].strip()}
    ### END SOLUTION
"""
EXAMPLES = "assert double(2) == 4"
HIDDEN = """\
### BEGIN HIDDEN TESTS
assert double(21) == 42
### END HIDDEN TESTS
"""


def source(by_hand: bool = True) -> NotebookNode:
    """Return a question with 1 + 2 points and, if wanted, one of 3 that a person grades."""
    cells = [
        _marked(new_code_cell(QUESTION), "double-answer", solution=True),
        _marked(new_code_cell(EXAMPLES), "double-examples", points=1),
        _marked(new_code_cell(HIDDEN), "double-tests", points=2),
    ]
    if by_hand:
        why = new_markdown_cell("### BEGIN SOLUTION\nBecause.\n### END SOLUTION")
        cells.append(_marked(why, "why", solution=True, points=3))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make(folder: Path, by_hand: bool = True) -> Path:
    """Make the course and release its assignment."""
    folder.mkdir(parents=True)
    (folder / courses.CONFIG_FILE).write_text(courses.CONFIG)
    path = folder / "source" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source(by_hand), path)
    courses.release(folder, NAME)
    return folder


def copy(course: Path, folder: Path) -> Path:
    """Return a copy that a test may change."""
    shutil.copytree(course, folder)
    return folder


def answered(course: Path, answer: str | None = ANSWER) -> bytes:
    """Return the release with an answer; None leaves it as it is."""
    notebook = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade_id == "double-answer" and answer is not None:
            cell.source = answer
    return json.dumps(notebook).encode()


def hand_in(course: Path, student: str, content: bytes, timestamp: str | None = None) -> Path:
    """Put a notebook where nbgrader collects it."""
    path = course / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if timestamp is not None:
        (path.parent / "timestamp.txt").write_text(timestamp)
    return path


def _marked(
    cell: NotebookNode, name: str, solution: bool = False, points: int | None = None
) -> NotebookNode:
    cell.id = name
    cell.metadata.nbgrader = {
        "schema_version": 3,
        "grade_id": name,
        "solution": solution,
        "grade": points is not None,
        "locked": not solution,
        "task": False,
    }
    if points is not None:
        cell.metadata.nbgrader["points"] = points
    return cell
