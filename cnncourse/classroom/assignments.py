"""Assignments as nbgrader notebooks, generated from the same exercises that the chapters check.

Each question of an assignment makes four cells: the task, a cell for the answer, examples that
the student may run (1 point), and hidden tests (the other points). The seed decides which variant
of each question it is. In the source, the answer's cell also holds the solution and the last cell
the hidden tests; `nbgrader generate_assignment` takes both out of what students get.

    python -m cnncourse.classroom.assignments          write all of them into assignments/
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cnncourse.classroom.families import Family, Written, visible_cases
from cnncourse.classroom.variants import ASSIGNMENTS, families, introduction, written
from cnncourse.exercises.engine import Exercise

__all__ = ["CODE_STUB", "TEXT_STUB", "TITLES", "notebook", "write"]

CODE_STUB = (
    "# Your answer goes above this line. Functions that help it may stand in this cell, too."
)
"""What nbgrader puts in place of a solution: `c.ClearSolutions.code_stub`."""

TEXT_STUB = "*Write your answer here: click twice on this line and replace it.*"
"""What nbgrader puts in place of a written answer: `c.ClearSolutions.text_stub`."""

TITLES = {
    "images": "Images",
    "neurons": "Neurons",
    "locality": "Locality",
    "convolution": "Convolution",
    "padding": "Padding",
    "stride": "Stride",
    "pooling": "Pooling",
    "dilation": "Dilation",
    "channels": "Channels",
    "one_by_one": "One by one",
    "factorized": "Factorized",
    "backprop": "Backpropagation",
    "from_scratch": "From scratch",
    "classifier": "A classifier",
    "transposed": "Transposed convolution",
    "autoencoder": "Autoencoders",
    "colorization": "Colorization",
    "fast": "Fast convolution",
    "project": "The project",
}
"""What each assignment is called: as its chapter."""

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDTH = 88
"""A line of code longer than this is broken."""


def notebook(assignment: str, seed: int = 0) -> NotebookNode:
    """Return the nbgrader source of an assignment.

    Parameters
    ----------
    assignment : str
        One of `ASSIGNMENTS`.
    seed : int
        Picks a variant of each question. The variants of seed 0 are published.

    Raises
    ------
    ValueError
        If there is no assignment of this name.

    Examples
    --------
    >>> [cell.id for cell in notebook("locality", 2027).cells[:4]]
    ['start', 'imports', 'repair-window-task', 'repair-window-answer']
    """
    questions = families(assignment)
    by_hand = written(assignment)
    asked: list[Family | Written] = [*questions, *by_hand]
    points = sum(each.points for each in asked)
    cells = [
        _locked(new_markdown_cell(_beginning(assignment, points)), "start"),
        _locked(new_code_cell("import numpy as np"), "imports"),
    ]
    for number, family in enumerate(questions, 1):
        cells += _question(assignment, seed, number, family)
    for number, question in enumerate(by_hand, len(questions) + 1):
        cells += _written(number, question)
    cells.append(_locked(new_markdown_cell(_end(assignment)), "hand-in"))
    return new_notebook(
        cells=cells,
        metadata={
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
            "cnncourse": {
                "assignment": assignment,
                "seed": seed,
                "questions": [
                    {"name": each.name.replace("_", "-"), "points": each.points} for each in asked
                ],
            },
        },
    )


def write(folder: Path, assignments: Sequence[str] = ASSIGNMENTS, seed: int = 0) -> list[Path]:
    """Write assignments as nbgrader wants its sources, each in a folder of its own.

    Parameters
    ----------
    folder : Path
        Where to: the `source` folder of a course. It and its parents are made if missing.
    assignments : sequence of str
        Which.
    seed : int
        As in :func:`notebook`.

    Returns
    -------
    list of Path
        The files, `folder/NAME/NAME.ipynb`; what was there is replaced.
    """
    paths = []
    for name in assignments:
        path = Path(folder) / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook(name, seed)) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def _beginning(assignment: str, points: int) -> str:
    parts = [f"# {TITLES[assignment]}: graded questions\n\n*{_points(points)}*"]
    if introduction(assignment):
        parts.append(introduction(assignment))
    parts.append(HOW)
    if written(assignment):
        parts.append(HOW_WRITTEN)
    parts.append(LOCKED)
    return "\n\n".join(parts)


HOW = """\
Each question has four cells:

1. **The task.** Read it.
2. **Your answer.** Write it there, and run the cell (Shift + Enter). Python and NumPy are all you
   need. What a function is given stays as it is, unless the task says otherwise: work on a copy.
3. **Examples.** Run this cell, too. If all examples are right, it says so, and one point is yours.
4. **Further tests.** Leave this cell as it is. When you have handed in, tests run in it, on inputs
   that you do not see. A right answer gets all points; one that is right on some of the inputs gets
   up to half of them."""

HOW_WRITTEN = """\
The last questions are answered in words. A table below each task says what earns points. Click
twice on the line below it, write, and run the cell; it is Markdown, so lists and tables work."""

LOCKED = """\
Before grading, all tasks, examples and tests are put back as they were, so changing them changes
nothing. The last cell says how to hand in."""


def _end(assignment: str) -> str:
    file = f"{assignment}.ipynb"
    beside = ", and your PDF beside it" if written(assignment) else ""
    return f"""\
## Before you hand in

1. Choose *Restart Kernel and Run All Cells* (in Colab: *Restart session and run all*), look
   through the results, and save.
2. Let a copy of the notebook be checked: you are told what is right, what is missing, and whether
   it runs from top to bottom. In a terminal:

   ```
   cnncourse check {file}
   ```

   or, in Colab and wherever there is no terminal, in a new cell, which you delete afterwards:

   ```python
   from cnncourse.checking import check_notebook

   check_notebook("{file}")
   ```

3. Hand in **{file}**, under this name{beside}, where
   your instructor told you to."""


def _question(assignment: str, seed: int, number: int, family: Family) -> list[NotebookNode]:
    task = family.variant(seed)
    name = family.name.replace("_", "-")
    function = task.signature.partition("(")[0]
    hidden = family.points - 1
    prompt = f"## Question {number}: {task.title}\n\n*{_points(family.points)}*\n\n"
    answer = (
        f"{task.stub.strip()}\n\n\n### BEGIN SOLUTION\n{task.solution.strip()}\n### END SOLUTION"
    )
    tests = (
        f"# Further tests run here after you have handed in: {_points(hidden)}.\n"
        "### BEGIN HIDDEN TESTS\n"
        "from cnncourse.classroom.marking import mark\n\n"
        f'mark("{assignment}", "{family.name}", {seed}, {function}, {hidden})\n'
        "### END HIDDEN TESTS"
    )
    return [
        _locked(new_markdown_cell(prompt + task.prompt.strip()), f"{name}-task"),
        _graded(new_code_cell(answer), f"{name}-answer", solution=True),
        _graded(new_code_cell(_examples(task)), f"{name}-examples", points=1),
        _graded(new_code_cell(tests), f"{name}-tests", points=hidden),
    ]


def _written(number: int, question: Written) -> list[NotebookNode]:
    name = question.name.replace("_", "-")
    rubric = "\n".join(f"| {line} | {points} |" for line, points in question.rubric)
    prompt = (
        f"## Question {number}: {question.title}\n\n*{_points(question.points)}, read and graded "
        f"by a person*\n\n{question.prompt.strip()}\n\n| What earns points | Points |\n"
        f"|:--|--:|\n{rubric}"
    )
    answer = f"### BEGIN SOLUTION\n{question.guide.strip()}\n### END SOLUTION"
    return [
        _locked(new_markdown_cell(prompt), f"{name}-task"),
        _graded(new_markdown_cell(answer), f"{name}-answer", points=question.points, solution=True),
    ]


def _points(count: int) -> str:
    return f"{count} point{'' if count == 1 else 's'}"


def _locked(cell: NotebookNode, name: str) -> NotebookNode:
    return _marked(cell, name, grade=False, solution=False, locked=True)


def _graded(cell: NotebookNode, name: str, points: int = 0, solution: bool = False) -> NotebookNode:
    cell = _marked(cell, name, grade=bool(points), solution=solution, locked=not solution)
    if points:
        cell.metadata["nbgrader"]["points"] = points
    return cell


def _marked(cell: NotebookNode, name: str, **what: bool) -> NotebookNode:
    cell.id = name
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, "task": False, **what}
    return cell


def _examples(task: Exercise) -> str:
    """Return the cell of visible tests, in literal values: nothing but NumPy is needed for it."""
    function, tolerance = task.signature.partition("(")[0], task.tolerance
    lines = [
        "# Examples: 1 point.",
        "def compare(example, answer, expected):",
        '    assert answer is not None and answer is not ..., f"{example}: nothing came back."',
        "    same_shape = np.shape(answer) == np.shape(expected)",
        f"    assert same_shape and np.allclose(answer, expected, {tolerance}, {tolerance}), (",
        '        f"{example} should return\\n{expected}\\nand returns\\n{answer}"',
        "    )",
        "",
        "",
    ]
    for count, number in enumerate(visible_cases(task), 1):
        call = _call(function, [_literal(value) for value in task.cases[number]])
        expected = _literal(_plain(task.expected[number]))
        lines.append(_call("compare", [f'"Example {count}"', call, expected]))
    lines.append('print("All examples are right.")')
    return "\n".join(lines)


def _plain(value: np.ndarray) -> Any:
    if value.dtype.kind == "f":
        value = value.round(9) + 0.0  # no negative zeros
        if value.ndim and value.size and np.isfinite(value).all() and (value % 1 == 0).all():
            value = value.astype(np.int64)
    if value.ndim:
        return value
    return value.item()


def _call(function: str, arguments: Sequence[str]) -> str:
    """Return a call as code, on one line where it fits."""
    line = f"{function}({', '.join(arguments)})"
    if "\n" not in line and len(line) <= WIDTH:
        return line
    rows: list[str] = []
    for argument in arguments:
        joined = f"{rows[-1]}, {argument}" if rows else ""
        if rows and "\n" not in joined and len(joined) <= WIDTH // 4:
            rows[-1] = joined
        else:
            rows.append(argument)
    indented = (row.replace("\n", "\n    ") for row in rows)
    return "\n".join([f"{function}(", *(f"    {row}," for row in indented), ")"])


def _literal(value: Any) -> str:
    """Return the code of a value: a number, a text, an array, or tuples, lists and dicts of them.

    Examples
    --------
    >>> print(_literal(np.array([[1, 2], [3, 4]])))
    np.array([[1, 2],
              [3, 4]])
    >>> _literal(np.array([0.5, np.inf]))
    'np.array([0.5, np.inf])'
    """
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(_literal(item) for item in value)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        entries = (f"{_literal(key)}: {_literal(each)}" for key, each in value.items())
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {"inf": "np.inf", "-inf": "-np.inf"}.get(str(value), "np.nan")
    return repr(value)


def _array(value: np.ndarray) -> str:
    kind = "" if value.dtype in (np.int64, np.float64, np.bool_) else f", dtype=np.{value.dtype}"
    if not value.size:
        return f"np.zeros({value.shape}, dtype=np.{value.dtype})"
    formatter = {"float_kind": lambda number: _literal(round(float(number), 9))}
    text = np.array2string(
        value,
        separator=", ",
        prefix="np.array(",
        max_line_width=WIDTH,
        threshold=sys.maxsize,
        formatter=formatter if value.dtype.kind == "f" else None,  # type: ignore[arg-type]
    )
    # NumPy sets matrices of a stack apart by empty lines.
    text = "\n".join(line for line in text.splitlines() if line.strip())
    return f"np.array({text}{kind})"


def main() -> None:
    """Write all assignments into the folder named on the command line, else `assignments`."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "assignments")
    for path in write(folder):
        print(path)


if __name__ == "__main__":
    main()
