"""One submission's cells in their sandbox, and what tests see of a student's names.

A test never holds what a student made. It holds copies of plain data, and stands-ins for the rest,
which send arguments into the sandbox and bring back copies of results. Nothing else comes back.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import inspect
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode

from cnncourse.classroom._outputs import clean, error, size
from cnncourse.classroom.sandbox import Limits, Sandbox, SandboxDiedError, SandboxUnavailableError
from cnncourse.exercises._calls import TimeUp
from cnncourse.exercises._calls import call as exercises_call

__all__ = ["Missing", "StudentError", "StudentFunction", "StudentObject", "Submission"]

SPARE = 500
"""Bytes of output that the sandbox leaves for saying that the rest is cut."""

ERRORS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, UnicodeError | StopIteration | StopAsyncIteration | ExceptionGroup)
}
"""The errors that a test gets as themselves when a student's code raises them."""


class StudentError(Exception):
    """What a student's code did instead of returning, if no built-in error says it."""


class StudentTimeUpError(TimeUp):
    """A call took too long. Known to the exercises as their own timer's."""


class Missing(Exception):
    """The student defines no such name."""


class StudentObject:
    """Stands for something of the student's that is no plain data."""

    def __init__(self, submission: Submission, started: int, number: int, place: int) -> None:
        self.__dict__.update(_submission=submission, _started=started, _number=number, _place=place)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._submission.ask(
            {"do": "attribute", "object": self, "name": name, "place": self._place},
            self._submission.limits.call,
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("what a student made cannot be changed from outside")

    def __repr__(self) -> str:
        return "<something of the student's>"


class StudentFunction(StudentObject):
    """Stands for a function of the student's: it runs in the sandbox."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._submission.call(self, arguments, keywords)

    def __repr__(self) -> str:
        return "<a function of the student's>"


class Submission:
    """Runs a notebook's cells in a sandbox, and starts it again if it dies.

    Parameters
    ----------
    limits : Limits
        For the submission as a whole.
    data, hidden, trusted
        As for :class:`~cnncourse.classroom.sandbox.Sandbox`.
    """

    def __init__(
        self,
        limits: Limits,
        data: Path | None = None,
        hidden: tuple[Path, ...] = (),
        trusted: bool = False,
    ) -> None:
        self.limits = limits
        self.deadline = time.monotonic() + limits.total
        self.problem = ""
        self._options = {"data": data, "hidden": hidden, "trusted": trusted}
        self._steps: list[tuple[int, str | None]] = []
        self._outputs: dict[int, list[NotebookNode]] = {}
        self._fatal: dict[int, str] = {}
        self._left = limits.output
        self._started = 0
        self._raised = False
        self._sandbox: Sandbox | None = None

    def run(self, steps: list[tuple[int, str | None]]) -> dict[int, list[NotebookNode]]:
        """Run cells in order; return what each put out, safe to show.

        Parameters
        ----------
        steps : list of tuple
            A cell's place and its source; None for the source where the names' meaning is to be
            kept for a test.
        """
        self._steps = steps
        with contextlib.suppress(StudentError):
            self._ready()
        return {
            place: [
                *self._outputs.get(place, []),
                *(
                    [error("SandboxEnded", f"Stopped: {self._fatal.get(place, self.problem)}.")]
                    if place in self._fatal or place not in self._outputs
                    else []
                ),
            ]
            for place, source in steps
            if source is not None
        }

    def get(self, place: int, name: str) -> Any:
        """Return what a name means at a place: a copy, or what stands for it.

        Raises
        ------
        Missing
            If the student has not defined it.
        StudentError
            If there is no sandbox left to ask.
        """
        self._ready()
        reply = self.ask({"do": "get", "place": place, "name": name}, self.limits.call, whole=True)
        if reply.get("missing") is True:
            raise Missing(name)
        return reply.get("value")

    def call(
        self, function: StudentFunction, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Call a student's function with copies of the arguments."""
        reply = self.ask(
            {
                "do": "call",
                "object": function,
                "arguments": list(arguments),
                "keywords": keywords,
                "place": function._place,
            },
            self.limits.call,
            whole=True,
        )
        changed = reply.get("changed")
        if isinstance(changed, dict) and _called_by_exercise():
            for place, value in changed.items():
                if type(place) is int and 0 <= place < len(arguments):
                    _write_back(arguments[place], value)
        return reply.get("value")

    def ask(self, message: dict[str, Any], seconds: float, whole: bool = False) -> Any:
        """Send a request, and raise what it raised.

        Raises
        ------
        StudentError
            If the sandbox is dead, or the student's code raised an error of its own.
        TimeUp
            If it took too long.
        Exception
            Of the built-in type that the student's code raised.
        """
        if self._sandbox is None or self._sandbox.dead:
            raise StudentError("the student's code ended the sandbox")
        try:
            resolve = functools.partial(self._resolve, place=message["place"])
            reply = self._sandbox.request(message, seconds, self._describe, resolve)
        except SandboxDiedError as error:
            self._raised = True
            if "too long" in str(error):
                raise StudentTimeUpError(str(error)) from None
            raise StudentError(str(error)) from None
        problem = reply.get("error")
        if problem is None:
            return reply if whole else reply.get("value")
        self._raised = True
        if problem == "time-up":
            raise StudentTimeUpError(f"no answer in {seconds:g} seconds")
        if problem == "too-large":
            raise StudentError("what it returned is too large, or too deep")
        raise _error(reply)

    def has_raised(self) -> bool:
        """Say whether student code has failed since this was last asked."""
        raised, self._raised = self._raised, False
        return raised

    def close(self) -> None:
        """Kill the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()

    def _ready(self) -> None:
        """Start a sandbox and run the cells in it, again if it dies, while that is worth it."""
        while not self.problem and (self._sandbox is None or self._sandbox.dead):
            if self._started > self.limits.restarts:
                self.problem = "the sandbox ended too often"
            elif time.monotonic() >= self.deadline:
                self.problem = f"the submission took longer than {self.limits.total:g} seconds"
            else:
                self._start()
        if self.problem:
            raise StudentError(self.problem)

    def _start(self) -> None:
        self._started += 1
        try:
            self._sandbox = Sandbox(self.limits, deadline=self.deadline, **self._options)  # type: ignore[arg-type]
        except SandboxDiedError as error:
            # The machine's fault, not the student's: nothing of the student's runs yet.
            raise SandboxUnavailableError(f"the sandbox did not start: {error}") from None
        crowd, suspects = self._sandbox.crowd(), list[int]()
        for place, source in self._steps:
            if place in self._fatal:
                continue
            try:
                if source is None:
                    self._sandbox.request({"do": "snapshot", "place": place}, self.limits.call)
                    continue
                reply = self._sandbox.request(
                    {"do": "run", "source": source, "output": max(self._left - SPARE, 0)},
                    self.limits.cell,
                )
            except SandboxDiedError as problem:
                # What an earlier cell left at work may be to blame: first it goes without those.
                if suspects or source is not None:
                    self._fatal.update(dict.fromkeys(suspects or [place], str(problem)))
                return
            before, crowd = crowd, self._sandbox.crowd()
            if reply.get("stopped") is True or crowd > before:
                suspects.append(place)
            if place not in self._outputs:
                self._outputs[place] = self._keep(reply)

    def _keep(self, reply: dict[Any, Any]) -> list[NotebookNode]:
        """Return what a cell put out, made safe, while there is room for it."""
        outputs = clean(reply.get("outputs"), self._left)
        self._left -= sum(map(size, outputs))
        if reply.get("stopped") is True:
            outputs.append(error("CellTimeoutError", f"No end after {self.limits.cell:g} seconds."))
        return outputs

    def _describe(self, value: Any) -> Any:
        """Say which of the sandbox's objects an argument is."""
        if isinstance(value, StudentObject) and value._started == self._started:
            return value._number
        raise StudentError(f"a {type(value).__name__} cannot be given to the student's code")

    def _resolve(self, given: Any, place: int) -> Any:
        """Make what stands for one of the sandbox's objects, as it was got at a place."""
        if not isinstance(given, list) or len(given) != 4 or type(given[0]) is not int:
            raise StudentError("the sandbox sent something unreadable")
        number, can_be_called, parameters, code = given
        if can_be_called is not True:
            return StudentObject(self, self._started, number, place)
        function = StudentFunction(self, self._started, number, place)
        with contextlib.suppress(Exception):
            function.__dict__["__signature__"] = _signature(parameters)
        with contextlib.suppress(Exception):
            # Exercises compare it with the stub's, to say that nothing was written yet.
            function.__dict__["__code__"] = types.SimpleNamespace(
                co_code=bytes.fromhex(code[0]), co_names=tuple(code[1]), co_filename=None
            )
        return function


def _signature(parameters: Any) -> inspect.Signature:
    """Return a signature from what the sandbox says; anything may be raised."""
    return inspect.Signature(
        [
            inspect.Parameter(
                name[:100],
                inspect._ParameterKind(kind),
                default=None if has_default is True else inspect.Parameter.empty,
            )
            for name, kind, has_default in parameters[:50]
        ]
    )


def _error(reply: dict[Any, Any]) -> Exception:
    """Make the error that a student's code raised, as far as it is a built-in one."""
    text = reply.get("text")
    text = text[:4000] if isinstance(text, str) else ""
    names = reply.get("names")
    for name in names[:20] if isinstance(names, list) else ():
        if isinstance(name, str) and name in ERRORS and name != "Exception":
            with contextlib.suppress(Exception):
                error: Exception = ERRORS[name](text)
                return error
    return StudentError(text)


def _called_by_exercise() -> bool:
    """Say whether it is an exercise that calls a student's function.

    An exercise hands out copies, and wants to see that they were changed. Anywhere else a change
    must not come back: `assert_array_equal(double(x), 2 * x)` would hold for a function that sets
    all of x to 0.
    """
    frame = sys._getframe(3)
    return frame.f_code is exercises_call.__code__


def _write_back(argument: Any, value: Any) -> None:
    """Do to an exercise's copy of an array what the student's function did to its own."""
    if (
        isinstance(argument, np.ndarray)
        and isinstance(value, np.ndarray)
        and argument.shape == value.shape
        and argument.dtype == value.dtype
    ):
        with contextlib.suppress(ValueError):
            argument[...] = value
