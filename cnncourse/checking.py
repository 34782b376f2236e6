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
from importlib import import_module
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

WIDTH = 92
"""A line of words that is longer is broken."""

IMPORTS = "import numpy as np"
"""What the first cell of code of every assignment holds."""


NO_NOTEBOOK = "{} is no Jupyter notebook, or it was damaged. Take a copy that opens in Jupyter."


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
        "lost": a cell of the question is missing or is not what it was.
    message : str
        What was found, in words.
    """

    title: str
    state: str
    message: str = ""

    def __str__(self) -> str:
        lines = [f"{STATES[self.state]} {self.title}"]
        shown = []
        for line in self.message.splitlines():
            words = len(line) > WIDTH and not line.lstrip().startswith("[")
            shown += textwrap.wrap(line, WIDTH) if words else [line]
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
    saved : str
        When the file was saved, or "" if what is open was checked.
    """

    file: str
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0
    saved: str = ""

    def __bool__(self) -> bool:
        done = all(question.state in ("right", "written") for question in self.questions)
        return not self.problem and done

    def __repr__(self) -> str:
        if self.problem:
            return textwrap.fill(f"{self.file}: {self.problem}", 96)
        took = max(round(self.seconds), 1)
        saved = f", saved {self.saved}" if self.saved else ""
        ran = f"run from top to bottom in {took} second{'' if took == 1 else 's'}"
        lines = [f"{self.file}{saved}, {ran}", ""]
        lines += map(str, self.questions)
        if self.notes:
            lines += ["", *(textwrap.fill(f"! {note}", 96) for note in self.notes)]
        return "\n".join([*lines, "", textwrap.fill(self._verdict(), 96)])

    def _verdict(self) -> str:
        if self:
            missing = "No answer" if self.notes else "Nothing"
            return f"{missing} is missing. Further tests run after you have handed in."
        count = len(self.questions)
        states = [question.state for question in self.questions]
        done = sum(state in ("right", "written") for state in states)
        said = [f"{done} of {count} questions {'is' if done == 1 else 'are'} ready."]
        if "different" in states:
            said.append(
                "An answer that is right on some inputs may still get points, so you may hand in "
                "all the same."
            )
        if "empty" in states:
            said.append("A question without an answer gets no points.")
        return " ".join(said)


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
        for each in ("nbformat", "nbclient", "ipykernel"):
            import_module(each)
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"A check runs the notebook, which needs {missing.name}. Install it with\n"
            "    pip install nbclient ipykernel"
        ) from missing
    import nbformat

    file, text, saved = _read(path)
    try:
        notebook = nbformat.reads(text, as_version=4)
    except Exception as problem:
        raise ValueError(NO_NOTEBOOK.format(file)) from problem
    titles = _titles(notebook)
    if not titles:
        raise ValueError(
            f"{file} is no assignment of this course: it has no questions. Name the notebook that "
            "you were given, for instance padding.ipynb."
        )
    start = time.monotonic()
    folder = Path(path).parent if path is not None and Path(path).exists() else Path.cwd()
    ran = _run(_put_back(notebook, titles), folder, seconds)
    questions = tuple(_question(ran, name, title) for name, title in titles.items())
    notes = (*_renamed(file, notebook), *_notes(notebook, ran, titles))
    return Checked(file, questions, notes, "", round(time.monotonic() - start, 2), saved)


def _read(path: str | Path | None) -> tuple[str, str, str]:
    """Return a notebook's name, its text and when it was saved: a file, or what Colab shows."""
    wanted = Path(path) if path is not None else Path(os.environ.get("JPY_SESSION_NAME", ""))
    if wanted.is_file():
        try:
            return wanted.name, wanted.read_text(encoding="utf-8"), _when(wanted)
        except UnicodeDecodeError as problem:
            raise ValueError(NO_NOTEBOOK.format(wanted.name)) from problem
        except OSError as problem:
            raise ValueError(f"{wanted} cannot be read: {problem}") from problem
    if "google.colab" in sys.modules:
        return wanted.name or "the open notebook", _open_in_colab(), ""
    if path is None:
        raise ValueError('Name the notebook, for instance check_notebook("padding.ipynb").')
    folder = wanted if wanted.is_dir() else wanted.parent
    names = sorted(each.name for each in folder.glob("*.ipynb"))
    # In a terminal, a name with a space in it needs quotation marks.
    named = ", ".join(f'"{name}"' if " " in name else name for name in names)
    if wanted.is_dir():
        there = f": {named}" if names else "; there is none yet"
        raise ValueError(f"{wanted} is a folder. Name the notebook in it{there}.")
    there = f"{'are' if len(names) > 1 else 'is'} {named or 'no notebook'}"
    raise ValueError(f"There is no file {wanted}. In that folder there {there}.")


def _when(file: Path) -> str:
    """Say when a file was saved: who forgets to save sees it."""
    saved = time.localtime(file.stat().st_mtime)
    today = time.strftime("%Y-%m-%d", saved) == time.strftime("%Y-%m-%d")
    return time.strftime("at %H:%M" if today else "on %Y-%m-%d at %H:%M", saved)


def _open_in_colab() -> str:
    import json

    message = import_module("google.colab._message")
    answer = message.blocking_request("get_ipynb", request="", timeout_sec=30)
    return json.dumps(answer["ipynb"])


def _of(cell: NotebookNode) -> dict[str, Any]:
    """Return what nbgrader wrote about a cell."""
    about = cell.get("metadata", {}).get("nbgrader", {})
    return about if isinstance(about, dict) else {}


def _name(cell: NotebookNode) -> str:
    """Return the name of a cell: what nbgrader wrote, or where that was lost, the cell's own id."""
    return str(_of(cell).get("grade_id") or cell.get("id") or "")


def _pick(notebook: NotebookNode, name: str) -> NotebookNode | None:
    """Return a cell by its name: of copies, the original one or else the last, as in grading."""
    cells = [cell for cell in notebook.cells if _name(cell) == name]
    return next((cell for cell in cells if cell.get("id") == name), cells[-1] if cells else None)


def _called(name: str, titles: dict[str, str]) -> str:
    """Return in words which cell a name belongs to."""
    given = {"start": "the first text", "imports": f"`{IMPORTS}`", "hand-in": "the last text"}
    question, _, kind = name.rpartition("-")
    title = titles.get(question, "").partition(" · ")[0]
    parts = {"task": "the task of", "answer": "your answer to", "examples": "the examples of"}
    parts["tests"] = "the further tests of"
    return f"{parts[kind]} {title}" if title and kind in parts else given.get(name, name)


def _is_text(answer: NotebookNode) -> bool:
    """Say whether an answer that should be code was turned into text, which is one key away."""
    by_hand = _of(answer).get("grade", False)
    return answer.cell_type == "markdown" and bool(_of(answer)) and not by_hand


def _put_back(notebook: NotebookNode, titles: dict[str, str]) -> NotebookNode:
    """Return a copy with what grading puts back, as far as a student's notebook tells."""
    from copy import deepcopy

    from nbformat.v4 import new_code_cell

    copy = deepcopy(notebook)
    for name in titles:
        answer = _pick(copy, f"{name}-answer")
        if answer is not None and _is_text(answer):
            kept = {"grade_id": f"{name}-answer", "checksum": ""}
            made = new_code_cell(answer.source, id=answer.get("id"), metadata={"nbgrader": kept})
            copy.cells[copy.cells.index(answer)] = made
    if _pick(copy, "imports") is None:
        copy.cells.insert(0, new_code_cell(IMPORTS, id="imports"))
    return copy


def _titles(notebook: NotebookNode) -> dict[str, str]:
    """Return the questions' names, as the cells' have them, and their headings."""
    about = notebook.metadata.get("cnncourse", {})
    listed = about.get("questions", []) if isinstance(about, dict) else []
    names = [each.get("name") for each in listed if isinstance(each, dict)]
    found = {
        name: f"Question {number} · {name.replace('-', ' ')}"
        for number, name in enumerate(names, 1)
        if isinstance(name, str)
    }
    for cell in notebook.cells:
        match = re.fullmatch(r"(.+)-task", _name(cell))
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
    stopped = f"had not finished after {round(seconds)} s and was stopped. Does a loop never end?"
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

        died = "was running when Python itself broke down: out of memory, or told to stop?"
        copy.cells[reached[-1]].outputs.append(new_output("error", ename="Died", evalue=died))
    for cell in copy.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename == "KeyboardInterrupt":
                output.ename, output.evalue = "TimeUp", stopped
    return copy


def _error(cell: NotebookNode) -> str:
    """Return what became of a cell that did not come to its end, as "stops with ...", or ""."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            name, text = output.ename, output.evalue.strip()
            if name in ("TimeUp", "Died"):
                return str(text)
            if name == "StdinNotImplementedError":
                return "waits for somebody to type something, and nobody does when it is graded."
            return f"stops with {name}: {_line(text, cell.source)}"
    return ""


def _line(text: str, source: str) -> str:
    """Return a message with the line that it speaks of, in place of a file that nobody knows."""
    found = re.search(r" \([^()]*\bline (\d+)\)$", text)
    lines = source.splitlines()
    if found is None or int(found[1]) > len(lines):
        return text
    return f"{text[: found.start()]}, in line {found[1]}:\n    {lines[int(found[1]) - 1].strip()}"


def _question(ran: NotebookNode, name: str, title: str) -> Question:
    answer = _pick(ran, f"{name}-answer")
    examples = _pick(ran, f"{name}-examples")
    if answer is None:
        return Question(
            title,
            "lost",
            "The cell for your answer is missing. Take the notebook you were given "
            "and copy your answers into it.",
        )
    untouched = _of(answer).get("checksum") == _checksum(answer) or not answer.source.strip()
    if answer.cell_type == "markdown":
        if untouched:
            return Question(title, "empty", "Nothing is written here yet.")
        return Question(title, "written", "There is an answer; a person will read it.")
    if untouched:
        return Question(title, "empty", "The answer is still as you were given it.")
    if _error(answer):
        return Question(title, "raises", f"Your answer's cell {_error(answer)}")
    if examples is None or _changed(examples):
        happened = "is missing" if examples is None else "was changed"
        return Question(
            title,
            "lost",
            f"The cell with the examples {happened}, so nothing can be said about your answer "
            "here. It is put back before grading.",
        )
    problem = _error(examples)
    if problem:
        return Question(title, "different", _different(problem, examples, ran))
    if examples.execution_count is None:
        return Question(title, "different", "The examples did not run: Python broke down before.")
    return Question(title, "right", "The examples are right.")


def _different(problem: str, examples: NotebookNode, ran: NotebookNode) -> str:
    """Say what the examples found."""
    expected = "stops with AssertionError: "
    if problem.startswith(expected):
        said = problem.removeprefix(expected)
        nothing = said.endswith("nothing came back.")
        return f"{said} Does your function return its result?" if nothing else said
    said = f"On the examples, your answer {problem}"
    unknown = re.search(r"NameError: name '(\w+)' is not defined", problem)
    if unknown is None:
        return said
    name = unknown[1]
    if re.search(rf"\b{name}\(", examples.source):
        return (
            f"The examples call {name}, and nothing has this name. Has your function another one?"
        )
    if name == "numpy":
        return f"{said}\nNumPy is imported as np here."
    defines = re.compile(rf"^(?:def|class)\s+{name}\b|^{name}\s*=", re.MULTILINE)
    if any(cell.cell_type == "code" and defines.search(cell.source) for cell in ran.cells):
        return (
            f"{said}\nIt is defined further down, and cells run from top to bottom: write it into "
            "your answer's cell."
        )
    return said


def _changed(cell: NotebookNode) -> bool:
    """Say whether a cell that should stay as it is was changed."""
    about = _of(cell)
    locked = about.get("locked") and "checksum" in about
    return bool(locked) and about["checksum"] != _checksum(cell)


def _renamed(file: str, notebook: NotebookNode) -> Iterable[str]:
    about = notebook.metadata.get("cnncourse", {})
    name = about.get("assignment") if isinstance(about, dict) else None
    if isinstance(name, str) and file.endswith(".ipynb") and file != f"{name}.ipynb":
        yield f"This file is called {file}. Hand it in under the name {name}.ipynb."


def _notes(notebook: NotebookNode, ran: NotebookNode, titles: dict[str, str]) -> Iterable[str]:
    names = [_name(cell) for cell in notebook.cells]
    given = ["imports", *(f"{name}-{kind}" for name in titles for kind in ("task", "tests"))]
    by_hand = {name for name in titles if f"{name}-examples" not in names}
    for name in given:
        if name not in names and name.rpartition("-")[0] not in by_hand:
            yield (
                f"A cell that you were given is missing: {_called(name, titles)}. It is put back "
                "before grading."
            )
    for name in sorted({name for name in names if names.count(name) > 1}):
        cell = _pick(notebook, name)
        if cell is not None and _of(cell):
            yield (
                f"There are {names.count(name)} cells with {_called(name, titles)}. Only the "
                "original one counts, or if it is gone, the last."
            )
    for cell in notebook.cells:
        if _name(cell).endswith("-answer") and _is_text(cell):
            yield (
                f"The cell with {_called(_name(cell), titles)} was turned into text. Click on it, "
                "press Esc, then Y, and it is code again."
            )
        elif _changed(cell):
            yield (
                f"A cell that you were given was changed: {_called(_name(cell), titles)}. It is "
                "put back before grading."
            )
    for cell in ran.cells:
        if cell.cell_type == "code" and not _of(cell) and _error(cell):
            first = (cell.source.strip().splitlines() or [""])[0]
            yield f"A cell of your own, which begins with {first!r}, {_error(cell)}"


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
