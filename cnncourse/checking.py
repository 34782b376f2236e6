"""Checking an assignment before it is handed in: `cnncourse check NOTEBOOK`.

A copy of the notebook runs from top to bottom in a fresh kernel, as it will when it is graded, and
each question's examples say whether they hold. The hidden tests are not in a student's notebook.
Only what runs notebooks is needed, which JupyterLab, Colab and Binder have: nbclient and ipykernel.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import textwrap
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Checked", "Question", "check_notebook"]

RUNNING = "CNNCOURSE_CHECKING"
"""Set in the kernel that runs the copy, so that a check within it does not begin another one."""

STATES = {"right": "✓", "different": "→", "raises": "→", "empty": "○", "written": "✓", "lost": "✗"}
"""What can be said of a question, and its sign."""

LONGEST = 12
"""Lines of a message that are shown."""


@dataclass(frozen=True)
class Question:
    """One question of an assignment.

    Attributes
    ----------
    title : str
        As its heading says it.
    state : str
        "right": the examples hold. "different": they do not. "raises": the answer's cell stops
        with an error. "empty": nothing was written. "written": there is an answer in words.
        "lost": a cell of the question is missing.
    message : str
        What was found, in words.
    """

    title: str
    state: str
    message: str = ""

    def __str__(self) -> str:
        lines = [f"{STATES[self.state]} {self.title}"]
        shown = self.message.splitlines()
        if len(shown) > LONGEST:
            shown = [*shown[: LONGEST - 1], "…"]
        return "\n".join([*lines, *(f"    {line}" for line in shown)])


@dataclass(frozen=True, repr=False)
class Checked:
    """What a check found. It prints itself, and is true if nothing is missing.

    Attributes
    ----------
    file : str
        The notebook's name.
    questions : tuple of Question
        In the notebook's order.
    notes : tuple of str
        What else there is to know: cells that were changed or that stop with an error.
    problem : str
        Why nothing could be checked at all, or "".
    seconds : float
        How long it took.
    """

    file: str
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0

    def __bool__(self) -> bool:
        done = all(question.state in ("right", "written") for question in self.questions)
        return not self.problem and done

    def __repr__(self) -> str:
        if self.problem:
            return textwrap.fill(f"{self.file}: {self.problem}", 96)
        lines = [f"{self.file}, run from top to bottom in {self.seconds:.0f} seconds", ""]
        lines += map(str, self.questions)
        if self.notes:
            lines += ["", *(textwrap.fill(f"! {note}", 96) for note in self.notes)]
        return "\n".join([*lines, "", textwrap.fill(self._verdict(), 96)])

    def _verdict(self) -> str:
        if self:
            return "Nothing is missing. Further tests run after you have handed in."
        count = len(self.questions)
        done = sum(question.state in ("right", "written") for question in self.questions)
        return (
            f"{done} of {count} questions {'is' if done == 1 else 'are'} ready. You may hand in "
            "all the same: an answer that is right in part may still get points."
        )


def check_notebook(path: str | Path | None = None, seconds: float = 30) -> Checked:
    """Run a copy of an assignment from top to bottom and say what is missing.

    Parameters
    ----------
    path : str or Path, optional
        The notebook. Save it first: what is in the file is checked. In Colab, where notebooks
        are no files, the open one is checked. Without it, the notebook that calls.
    seconds : float
        A cell that runs longer is stopped. Whole seconds are counted.

    Returns
    -------
    Checked
        Prints itself; true if every question is answered and all examples hold.

    Raises
    ------
    ValueError
        If there is no notebook to check, or what runs notebooks is not installed.
    """
    if RUNNING in os.environ:
        return Checked("this notebook", problem="is being checked already.")
    try:
        import nbformat
        from nbclient import NotebookClient  # noqa: F401  so that it is known to be there
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"A check runs the notebook, which needs {missing.name}. Install it with\n"
            "    pip install nbclient ipykernel"
        ) from missing
    file, text = _read(path)
    try:
        notebook = nbformat.reads(text, as_version=4)
    except Exception as problem:
        raise ValueError(f"{file} is no Jupyter notebook, or was damaged: {problem}") from problem
    titles = _titles(notebook)
    if not titles:
        raise ValueError(
            f"{file} is no assignment of this course: it has no questions. Name the notebook that "
            "you were given, for instance padding.ipynb."
        )
    start = time.monotonic()
    folder = Path(path).parent if path is not None and Path(path).exists() else Path.cwd()
    ran = _run(notebook, folder, seconds)
    questions = tuple(_question(ran, name, title) for name, title in titles.items())
    return Checked(
        file, questions, tuple(_notes(notebook, ran)), "", round(time.monotonic() - start, 2)
    )


def _read(path: str | Path | None) -> tuple[str, str]:
    """Return a notebook's name and text: of the file, or of what is open in Colab."""
    wanted = Path(path) if path is not None else Path(os.environ.get("JPY_SESSION_NAME", ""))
    if wanted.is_file():
        try:
            return wanted.name, wanted.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise ValueError(f"{wanted} cannot be read: {problem}") from problem
    if "google.colab" in sys.modules:
        return wanted.name or "the open notebook", _open_in_colab()
    if path is None:
        raise ValueError('Name the notebook, for instance check_notebook("padding.ipynb").')
    beside = sorted(each.name for each in wanted.parent.glob("*.ipynb"))
    there = f"There are {', '.join(beside)}." if beside else "There is no notebook in that folder."
    raise ValueError(f"There is no file {wanted}. {there}")


def _open_in_colab() -> str:
    import json
    from importlib import import_module

    message = import_module("google.colab._message")
    answer = message.blocking_request("get_ipynb", request="", timeout_sec=30)
    return json.dumps(answer["ipynb"])


def _of(cell: NotebookNode) -> dict[str, Any]:
    """Return what nbgrader wrote about a cell."""
    about = cell.get("metadata", {}).get("nbgrader", {})
    return about if isinstance(about, dict) else {}


def _titles(notebook: NotebookNode) -> dict[str, str]:
    """Return the questions' names, as the cells' have them, and their headings."""
    about = notebook.metadata.get("cnncourse", {})
    listed = about.get("questions", []) if isinstance(about, dict) else []
    names = (each.get("name") for each in listed if isinstance(each, dict))
    found = {name: name.replace("-", " ") for name in names if isinstance(name, str)}
    for cell in notebook.cells:
        match = re.fullmatch(r"(.+)-task", _of(cell).get("grade_id", ""))
        heading = re.match(r"#+ *(.+)", cell.source)
        if match and (heading or match[1] not in found):
            found[match[1]] = heading[1].replace(": ", " · ", 1) if heading else match[1]
    return found


def _run(notebook: NotebookNode, folder: Path, seconds: float) -> NotebookNode:
    """Run a copy in a fresh kernel of this Python, whatever stands in its cells."""
    import logging
    from copy import deepcopy

    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    class FreshKernel(AsyncKernelManager):
        """A kernel of the Python that checks, whatever kernels the computer knows by name."""

        @property
        def kernel_spec(self) -> KernelSpec:
            python = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            python.append("--log-level=40")  # only errors: students did not choose the transport
            return KernelSpec(argv=python, display_name="Python 3", language="python")

    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    stopped = f"It had not finished after {round(seconds)} s and was stopped."
    client = NotebookClient(
        copy,
        kernel_manager_class=FreshKernel,
        timeout=round(seconds),
        interrupt_on_timeout=True,
        error_on_timeout={"ename": "TimeUp", "evalue": stopped, "traceback": [stopped]},
        allow_errors=True,
        store_widget_state=False,
        log=logging.Logger("silent", logging.CRITICAL + 1),  # what happens is said in the result
        resources={"metadata": {"path": str(folder)}},
    )
    reached: list[int] = []
    client.on_cell_execute = lambda cell, cell_index: reached.append(cell_index)
    try:
        client.execute(env={**os.environ, RUNNING: "1"})
    except DeadKernelError:
        from nbformat.v4 import new_output

        died = "Python itself broke down in this cell: out of memory, or told to stop?"
        copy.cells[reached[-1]].outputs.append(new_output("error", ename="Died", evalue=died))
    for cell in copy.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename == "KeyboardInterrupt":
                output.ename, output.evalue = "TimeUp", stopped
    return copy


def _error(cell: NotebookNode) -> str:
    """Return the error that a cell stopped with, in a line or a few, or ""."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            name, text = output.ename, output.evalue.strip()
            return text if name in ("AssertionError", "TimeUp", "Died") else f"{name}: {text}"
    return ""


def _question(ran: NotebookNode, name: str, title: str) -> Question:
    cells: dict[str, list[NotebookNode]] = {}
    for cell in ran.cells:
        cells.setdefault(_of(cell).get("grade_id", ""), []).append(cell)
    answers = cells.get(f"{name}-answer", [])
    examples = cells.get(f"{name}-examples", [])
    if not answers:
        return Question(
            title,
            "lost",
            "The cell for your answer is missing. Take the notebook you were given "
            "and copy your answers into it.",
        )
    answer = answers[0]
    untouched = _of(answer).get("checksum") == _checksum(answer) or not answer.source.strip()
    if answer.cell_type == "markdown":
        if untouched:
            return Question(title, "empty", "Nothing is written here yet.")
        return Question(title, "written", "There is an answer; a person will read it.")
    if untouched:
        return Question(title, "empty", "The answer is still as you were given it.")
    if _error(answer):
        return Question(title, "raises", f"Your answer's cell: {_error(answer)}")
    if not examples:
        return Question(
            title,
            "lost",
            "The cell with the examples is missing, so nothing can be said about your answer "
            "here. It is put back before grading.",
        )
    problem = _error(examples[0])
    if problem:
        return Question(title, "different", problem)
    if examples[0].execution_count is None:
        return Question(title, "different", "The examples did not run: Python broke down before.")
    return Question(title, "right", "The examples are right.")


def _notes(notebook: NotebookNode, ran: NotebookNode) -> Iterable[str]:
    names = [_of(cell).get("grade_id") for cell in notebook.cells]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield f"There are {names.count(name)} cells named {name}: only the first one counts."
    for cell in notebook.cells:
        about = _of(cell)
        if about.get("locked") and "checksum" in about and about["checksum"] != _checksum(cell):
            yield (
                f"The cell {about.get('grade_id')} was changed. It is put back as it was before "
                "grading."
            )
    for cell in ran.cells:
        if cell.cell_type == "code" and not _of(cell) and _error(cell):
            first = (cell.source.strip().splitlines() or [""])[0]
            yield f"A cell of your own, which begins with {first!r}, stops with {_error(cell)}"


def _checksum(cell: NotebookNode) -> str:
    """Return nbgrader's checksum of a cell: it is the same as long as nobody changed the cell."""
    about = _of(cell)
    grade, solution = bool(about.get("grade")), bool(about.get("solution"))
    locked = not solution and (grade or bool(about.get("locked")))
    parts = [cell.source, cell.cell_type, str(grade), str(solution), str(locked)]
    parts.append(str(about.get("grade_id")))
    if grade:
        parts.append(str(float(about.get("points", 0))))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
