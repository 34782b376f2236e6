"""Split execution: students' cells run in a sandbox, the tests run here.

Used in the place of nbgrader's `Execute`. All of a student's cells are run first, in order, then
the tests that students were given, then those with a hidden part. So no output of a student's can
hold anything that a hidden test told the code; what a name meant where the test stands is kept for
the test. In a test, the names that the assignment itself defines (imports, locked cells, earlier
tests) are the assignment's own; every other name is the student's, and stands for something in the
sandbox (see :mod:`cnncourse.classroom._submission`). Whatever a student's code redefines, it
redefines in the sandbox.
"""

from __future__ import annotations

import ast
import builtins
import ctypes
import functools
import io
import math
import numbers
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Bool, Dict, Unicode

from cnncourse.classroom._outputs import error, safe_text
from cnncourse.classroom._submission import (
    Missing,
    StudentError,
    StudentObject,
    Submission,
)
from cnncourse.classroom.marking import MARK_TYPE
from cnncourse.classroom.sandbox import Limits, SandboxUnavailableError, problem
from cnncourse.exercises._calls import TimeUp

__all__ = ["SplitExecute"]

LONGEST_PRINT = 10_000
PATIENCE = 5.0
"""Seconds that a test may still work after the submission's time is up."""

GENERAL = {
    "passed": "Right.",
    "empty-stub": "There is no answer yet.",
    "left-as-it-is": "This is still as it was given.",
    "raised": "Your code raised an error on one of the hidden inputs.",
    "time-up": "Your code took too long on one of the hidden inputs.",
    "solves-another-variant": "This answers a similar task, not this one.",
    "solves-a-published-exercise": "This answers an exercise of the book. The task here differs.",
}
"""What a hidden test tells the student where no misconception's hint does.

Nothing in it comes from the student's code, which knows the hidden inputs by then.
"""


class OverdueError(Exception):
    """Raised in a test that works on when the submission's time is up."""


class SplitExecute(NbGraderPreprocessor):
    """Run a submission: students' cells in the sandbox, tests in this process.

    In `nbgrader_config.py`::

        c.Autograde.autograde_preprocessors = [
            "cnncourse.classroom.split.SplitExecute", ...  # the others as they are
        ]
    """

    limits = Dict(help="Fields of `cnncourse.classroom.sandbox.Limits`.").tag(config=True)
    trusted = Bool(False, help="Run students' code without a sandbox.").tag(config=True)
    source = Unicode("", help="The instructor's notebook; found by itself.").tag(config=True)
    data = Unicode("", help="A folder of files for the notebook to read.").tag(config=True)
    hidden = Unicode("", help="A folder that must not be seen.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute all cells of a notebook in the order in which that is safe."""
        reason = None if self.trusted else problem()
        if reason is not None:
            raise SandboxUnavailableError(reason)
        source = nbformat.read(self._source(resources), as_version=4)
        submission = Submission(
            Limits(**self.limits),
            data=Path(self.data) if self.data else None,
            hidden=tuple(Path(each) for each in (self.hidden, self._exchange()) if each),
            trusted=self.trusted,
        )
        try:
            tests = _Tests(nb, source, submission)
            tests.hidden = ClearHiddenTests(config=self.config).begin_test_delimeter
            self._students_cells(nb, submission, tests)
            tests.run()
        finally:
            submission.close()
        return nb, resources

    def _exchange(self) -> str:
        """Return the folder in which this course's students hand in, if it has one of its own."""
        return str(self.config["Exchange"].get("root") or "")

    def _source(self, resources: dict[str, Any]) -> Path:
        """Return where the instructor's own notebook is."""
        if self.source:
            return Path(self.source)
        parent = self.parent
        while parent is not None and getattr(parent, "coursedir", None) is None:
            parent = parent.parent
        if parent is None:
            raise ValueError("SplitExecute: there is no course; say where the `source` is")
        names, course = resources["nbgrader"], parent.coursedir
        folder = course.format_path(course.source_directory, ".", names["assignment"])
        return Path(folder, f"{names['notebook']}.ipynb")

    @staticmethod
    def _students_cells(nb: NotebookNode, submission: Submission, tests: _Tests) -> None:
        """Run all cells but the tests, and put out what they put out."""
        steps: list[tuple[int, str | None]] = []
        for place, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                steps.append((place, None if tests.has(cell) else cell.source))
        for place, outputs in submission.run(steps).items():
            nb.cells[place].outputs = outputs
            nb.cells[place].execution_count = None


class _Tests:
    """The tests of one submission, and the names they know."""

    def __init__(self, nb: NotebookNode, source: NotebookNode, submission: Submission) -> None:
        self.nb = nb
        self.submission = submission
        self.hidden = ""
        cells = code_cells(source)
        self.tests = {grade_id(cell) for cell in cells if is_test(cell)}
        self.given = [cell for cell in cells if utils.is_locked(cell) and not is_test(cell)]
        self.imports = [
            statement
            for cell in cells
            for statement in statements(cell.source)
            if isinstance(statement, ast.Import | ast.ImportFrom)
        ]
        self.theirs = {
            name for cell in cells if utils.is_solution(cell) for name in defined(cell.source)
        }
        self.ours = {
            name
            for cell in cells
            if is_test(cell) or cell in self.given
            for name in defined(cell.source)
        } - self.theirs
        self.names: dict[str, Any] = {"__name__": "__tests__"}
        self.asked: set[str] = set()

    def has(self, cell: NotebookNode) -> bool:
        """Say whether a cell of the submission is a test of the assignment.

        A student can flag any cell as a test; only what the instructor's notebook has is one, and
        nbgrader has put that one's text into it.
        """
        return is_test(cell) and grade_id(cell) in self.tests

    def run(self) -> None:
        """Run the tests that students were given, then those with a hidden part."""
        tests = [(place, cell) for place, cell in enumerate(self.nb.cells) if self.has(cell)]
        self._prepare({name for _, cell in tests for name in used(cell.source)})
        for place, cell in sorted(tests, key=lambda test: self.hidden in test[1].source):
            cell.outputs = self._test(place, cell)
            cell.execution_count = None

    def _prepare(self, needed: set[str]) -> None:
        """Run what the assignment itself imports and defines, as far as the tests need it."""
        given: list[NotebookNode] = []
        for cell in reversed(self.given):
            if defined(cell.source) & needed - self.theirs:
                given.insert(0, cell)
                needed = needed | used(cell.source)
        for statement in self.imports:
            for alias in statement.names:
                name = (alias.asname or alias.name).partition(".")[0]
                if name in needed or name == "*":
                    self._import(statement, name)
        for cell in given:
            names = self._with_students_names(cell.source, self._place(grade_id(cell)))
            try:
                self._run(ast.parse(cell.source), names)
            except BaseException as problem_:
                self._raise_if_ours(problem_)
            self._keep(cell.source, names)

    def _import(self, statement: ast.Import | ast.ImportFrom, name: str) -> None:
        try:
            exec(compile(ast.Module([statement], []), "<imports>", "exec"), self.names)
        except Exception as problem_:
            self.names.setdefault(name, _unreadable(problem_))

    def _place(self, name: str) -> int:
        """Return the first test after a locked cell, where the student's names are known."""
        places = [at for at, cell in enumerate(self.nb.cells) if grade_id(cell) == name]
        tests = [at for at, cell in enumerate(self.nb.cells) if self.has(cell)]
        return next((at for at in tests if at >= (places or [0])[0]), tests[-1])

    def _with_students_names(self, source: str, place: int) -> dict[str, Any]:
        """Return the names for a test: the assignment's own, and those of the student it uses."""
        names = dict(self.names)
        self.asked = set()
        for name in sorted(used(source)):
            # What the answers are to define is the student's, whatever else has the name; what
            # the assignment defines is its own, even where it is not defined yet.
            if name not in self.theirs and (
                name in names or name in self.ours or hasattr(builtins, name)
            ):
                continue
            self.asked.add(name)
            try:
                names[name] = self.submission.get(place, name)
            except Missing:
                if name in self.theirs:
                    names[name] = _unreadable(NameError(f"name {name!r} is not defined"))
            except SandboxUnavailableError:
                raise
            except (Exception, TimeUp) as problem_:
                names[name] = _unreadable(problem_)
        return names

    def _keep(self, source: str, names: dict[str, Any]) -> None:
        """Let the names that a test defines be known to later tests."""
        for name in defined(source):
            if name in names and not isinstance(names[name], StudentObject):
                self.names[name] = names[name]

    def _run(self, tree: ast.Module, names: dict[str, Any]) -> Any:
        """Run a test; return the value of its last line."""
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        with overdue(self.submission.deadline + PATIENCE):
            exec(compile(tree, "<test>", "exec"), names)
            return None if last is None else eval(compile(last, "<test>", "eval"), names)

    def _test(self, place: int, cell: NotebookNode) -> list[NotebookNode]:
        hidden = self.hidden in cell.source
        printed = io.StringIO()
        self.submission.has_raised()
        names: dict[str, Any] = {}
        try:
            tree = ast.parse(cell.source)
            last = tree.body[-1] if tree.body else None
            names = self._with_students_names(cell.source, place)
            names["print"] = functools.partial(print, file=printed)
            value = self._run(tree, names)
            outputs = self._result(value, last, names, cell)
        except BaseException as problem_:
            self._raise_if_ours(problem_)
            outputs = [self._failure(problem_, hidden)]
        self._keep(cell.source, names)
        if printed.getvalue() and not hidden:
            text = safe_text(printed.getvalue(), LONGEST_PRINT)
            outputs.insert(0, new_output("stream", name="stdout", text=text))
        return outputs

    def _result(
        self, value: Any, last: ast.stmt | None, names: dict[str, Any], cell: NotebookNode
    ) -> list[NotebookNode]:
        """Return the outputs that say how many points a test gives."""
        if last is None or value is None or isinstance(value, StudentObject):
            return []
        possible = float(cell.metadata["nbgrader"]["points"])
        if callable(getattr(type(value), "_repr_mimebundle_", None)):
            data = value._repr_mimebundle_()
            mark = data.get(MARK_TYPE) if isinstance(data, dict) else None
            if isinstance(mark, dict):
                outputs = _points(data["text/plain"], possible, {MARK_TYPE: mark})
                message = new_output("stream", name="stdout", text=said(mark) + "\n")
                return [message, *outputs]
        if not isinstance(value, numbers.Real) or isinstance(value, bool):
            return []
        if self._hands_on(last, self.asked - defined(cell.source), names):
            return [error("NoPoints", "The test's last line is a number of the student's code.")]
        return _points(repr(float(value)), possible, {})

    def _hands_on(self, node: ast.AST, asked: set[str], names: dict[str, Any]) -> bool:
        """Say whether an expression's value may be a number that is the student's own.

        What a comparison says is the test's, and what a function of the assignment says too.
        """
        if isinstance(node, ast.Compare):
            return False
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in self.names:
            return False
        if isinstance(node, ast.Call | ast.Subscript | ast.Attribute) and root(node) in asked:
            return True
        if isinstance(node, ast.Name):
            return node.id in asked and not isinstance(names.get(node.id), StudentObject)
        return any(self._hands_on(child, asked, names) for child in ast.iter_child_nodes(node))

    def _failure(self, problem_: BaseException, hidden: bool) -> NotebookNode:
        """Return what a student is told of a failed test."""
        if hidden:
            by_student = self.submission.has_raised() or isinstance(problem_, StudentError)
            text = "A hidden test of this question did not pass."
            if isinstance(problem_, TimeUp):
                text = "Your code took too long in a hidden test."
            elif by_student:
                # Which error it was would be for the code to choose, and it knows the inputs.
                text = "Your code raised an error in a hidden test."
            return error("HiddenTestFailed", text)
        name = type(problem_).__name__
        return error(name, safe_text(str(problem_), 2000))

    @staticmethod
    def _raise_if_ours(problem_: BaseException) -> None:
        """Raise what means the grader and not the test."""
        if isinstance(problem_, SandboxUnavailableError):
            raise problem_
        if isinstance(problem_, KeyboardInterrupt | SystemExit | GeneratorExit):
            frames = traceback.extract_tb(problem_.__traceback__)
            if not (isinstance(problem_, SystemExit) and frames[-1].filename == "<test>"):
                raise problem_


def said(mark: dict[str, Any]) -> str:
    """Return what a student is told of a hidden test's mark."""
    share = f"{mark['points']:g} of {mark['possible']:g} points."
    if mark.get("misconception"):
        return f"{share} {mark['message']}"
    return f"{share} {GENERAL.get(str(mark['reason']), 'Your code gives other values than asked.')}"


def is_test(cell: NotebookNode) -> bool:
    """Say whether a cell is a test, which nobody but the instructor writes."""
    return bool(cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell))


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    """Return a notebook's cells of code."""
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def grade_id(cell: NotebookNode) -> str:
    """Return the name that nbgrader knows a cell by, or ""."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def statements(source: str) -> list[ast.stmt]:
    """Return a cell's statements; none if it is no plain Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return []


def defined(source: str) -> set[str]:
    r"""Return the names that a cell gives a meaning to at its top level.

    Examples
    --------
    >>> sorted(defined("import math\ndef area(r):\n    x = 1\na, b = 1, 2"))
    ['a', 'area', 'b']
    """
    found = set()
    for statement in statements(source):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(statement.name)
            continue
        found |= {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return found


def used(source: str) -> set[str]:
    """Return all names that occur in a cell."""
    return {
        node.id
        for statement in statements(source)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    }


def root(node: ast.AST) -> str:
    """Return the name that a call, an item or an attribute starts from, or "".

    Examples
    --------
    >>> root(ast.parse("layers[0].forward(x)", mode="eval").body)
    'layers'
    """
    while isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _points(text: str, possible: float, data: dict[str, Any]) -> list[NotebookNode]:
    """Return a number of points as nbgrader reads it, if it is one that can be given."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= possible:
        return [error("NoPoints", f"The test gave {text[:40]} of {possible:g} points.")]
    return [
        new_output(
            "execute_result", data={"text/plain": f"{number:g}", **data}, execution_count=None
        )
    ]


def _unreadable(problem_: BaseException) -> Any:
    """Return what stands for a student's name that could not be read: using it raises why."""

    def unreadable(*_: Any, **__: Any) -> Any:
        raise problem_

    return unreadable


@contextmanager
def overdue(deadline: float) -> Iterator[None]:
    """Raise `OverdueError` in a test that is still at work then, in whatever thread it runs.

    A student's value can make an honest test work without end, in this process.
    """
    thread, lock, done = threading.get_ident(), threading.Lock(), False

    def ring() -> None:
        with lock:
            if not done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread), ctypes.py_object(OverdueError)
                )

    timer = threading.Timer(max(deadline - time.monotonic(), 0.01), ring)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            done = True
        timer.cancel()
