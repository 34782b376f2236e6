"""Runs inside the sandbox: executes a notebook's cells, and answers what tests ask of its names.

It works for the student's side. Nothing that it says is believed: whatever a student's code does
to it, it can only say what the student's functions could have returned.

It is started as a program, with `wire.py` beside it and without the rest of the package.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import inspect
import io
import json
import numbers
import os
import signal
import sys
import types
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import wire  # type: ignore[import-not-found]
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

LONGEST_ERROR = 4_000
LONGEST_TRACEBACK = 20_000
MOST_PARAMETERS = 50
LARGEST_CODE = 2_000
PYTHONS = frozenset(dir(builtins))


class CellTimeoutError(BaseException):
    """Raised by the timer. Not an `Exception`, so that `except Exception` does not swallow it."""


class Timer:
    """Rings in the main thread when a request's time is up, again and again."""

    def __init__(self) -> None:
        self.on = False
        signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, *_: object) -> None:
        if self.on:
            raise CellTimeoutError("the time for this was up")

    @contextlib.contextmanager
    def __call__(self, seconds: float) -> Iterator[None]:
        self.on = True
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), 0.05)
        try:
            yield
        finally:
            self.on = False
            signal.setitimer(signal.ITIMER_REAL, 0)


class Record:
    """The outputs of the cell that runs, in the form of a notebook, up to a number of bytes."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] | None = None
        self.left = 0

    @contextlib.contextmanager
    def __call__(self, size: int) -> Iterator[list[dict[str, Any]]]:
        self.outputs, self.left = [], size
        try:
            yield self.outputs
        finally:
            self.outputs = None

    def stream(self, name: str, text: str) -> None:
        if self.outputs is None or self.left <= 0 or not text:
            return
        kept = text[: self.left]
        self.left -= len(kept)
        if len(kept) < len(text):
            kept += "\n… (the output is cut here)\n"
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["parts"].append(kept)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "parts": [kept]})

    def data(self, kind: str, data: dict[str, Any]) -> None:
        if self.outputs is None:
            return
        kept = {}
        for name in ("text/plain", "image/png", "image/jpeg"):
            content = data.get(name)
            if isinstance(content, str | bytes) and len(content) <= self.left:
                kept[name] = content
                self.left -= len(content)
        if kept:
            self.outputs.append({"output_type": kind, "data": kept})

    def error(self, name: str, text: str, traceback: list[str]) -> None:
        if self.outputs is not None:
            lines = "\n".join(traceback)[:LONGEST_TRACEBACK].splitlines()
            self.outputs.append(
                {
                    "output_type": "error",
                    "ename": name[:80],
                    "evalue": text[:LONGEST_ERROR],
                    "traceback": lines,
                }
            )


RECORD = Record()


class Stream(io.TextIOBase):
    """A `sys.stdout` whose text becomes output of the cell."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.called = name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """Return an open file for those that want one; what is written there is not shown."""
        return 2 if self.called == "stderr" else 1

    def write(self, text: str) -> int:
        RECORD.stream(self.called, str(text))
        return len(text)


class Publisher(DisplayPublisher):
    """Takes what `display` shows."""

    def publish(self, data: Any, *_: Any, **__: Any) -> None:
        RECORD.data("display_data", data)


class Hook(DisplayHook):
    """Takes the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        RECORD.data("execute_result", format_dict)

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):
    """IPython without a terminal."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        try:
            text = str(evalue)
        except Exception:
            text = ""
        RECORD.error(etype.__name__, text, stb)

    def system(self, cmd: str) -> None:
        self.system_piped(cmd)

    def enable_gui(self, gui: Any = None) -> None:
        pass

    def enable_matplotlib(self, gui: Any = None) -> Any:
        """Show pictures in the notebook: there is no other place, whatever a student's has."""
        return super().enable_matplotlib("inline")


def limit(settings: dict[str, Any]) -> None:
    """Become nobody, and set the limits of this process and its children for good."""
    import resource

    if settings["user"] is not None:
        os.setgroups([])
        os.setresgid(*[settings["user"]] * 3)
        os.setresuid(*[settings["user"]] * 3)
    for name, most in (
        ("RLIMIT_AS", settings["memory"]),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", int(settings["total"]) + 1),
        ("RLIMIT_FSIZE", settings["file_size"]),
        ("RLIMIT_MEMLOCK", 0),
        ("RLIMIT_MSGQUEUE", 0),
        ("RLIMIT_NOFILE", settings["open_files"]),
        ("RLIMIT_NPROC", settings["processes"]),
        ("RLIMIT_STACK", 8 << 20),
    ):
        number = getattr(resource, name, None)
        if number is not None:
            resource.setrlimit(number, (most, most))
    # Writing beyond the largest file is an error that Python shows, not the end of the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def as_numbers(value: Any) -> np.ndarray | None:
    """Return what the exercises read as numbers, but is no plain data, as an array; else None.

    That are fractions, arrays of objects, queues, memory views and the arrays of other libraries.
    A class of the student's own stays an object: a test may use what else it has.
    """
    kind = type(value)
    if not isinstance(value, numbers.Real | np.ndarray | memoryview | array | deque) and (
        kind.__module__ == "__main__" or not hasattr(kind, "__array__")
    ):
        return None
    made = np.asarray(value)
    if made.dtype == object and all(isinstance(each, numbers.Real) for each in made.flat):
        made = made.astype(np.float64)
    return made if made.dtype.kind in "biufc" else None


class Agent:
    """Answers requests until the pipe is closed."""

    def __init__(self, requests: int, replies: int) -> None:
        self.requests = requests
        self.replies = replies
        self.timer = Timer()
        self.objects: list[Any] = []
        self.snapshots: dict[int, dict[str, Any]] = {}
        self.left: dict[int | None, dict[str, Any]] = {}
        self.place: int | None = None
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.display_pub_class = f"{__name__}.Publisher"
        self.shell = Shell.instance(
            config=config, display_pub_class=Publisher, displayhook_class=Hook, user_ns={}
        )
        sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")

    def serve(self) -> None:
        """Greet, then answer one request after the other."""
        self._send({"ready": True})
        while True:
            head = self._receive(wire.HEADER)
            if not head:
                return
            sizes = wire.header(head)
            request = wire.unpack(self._receive(sum(sizes)), *sizes, self._resolve)
            try:
                with self.timer(request["seconds"]):
                    reply = getattr(self, f"_{request['do']}")(request)
                    packed = self._pack(reply, request)
            except CellTimeoutError:
                packed = self._pack({"error": "time-up"}, request)
            except wire.NotPlainError:
                packed = self._pack({"error": "too-large"}, request)
            except BaseException as error:
                packed = self._pack(self._problem(error), request)
            self._write(packed)

    def _pack(self, reply: dict[str, Any], request: dict[str, Any]) -> bytes:
        packed: bytes = wire.pack({**reply, "number": request["number"]}, self._describe)
        return packed

    def _problem(self, error: BaseException) -> dict[str, Any]:
        names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
        text = ""
        with contextlib.suppress(BaseException), self.timer(0.2):
            text = str(error)[:LONGEST_ERROR]
        return {"error": "raised", "names": names, "text": text}

    def _run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Execute a cell."""
        with RECORD(request["output"]) as outputs:
            try:
                result = self.shell.run_cell(request["source"], store_history=True)
                stopped = isinstance(result.error_in_exec, CellTimeoutError)
            except CellTimeoutError:
                stopped = True
        for output in outputs:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))
        return {"outputs": outputs, "stopped": stopped}

    def _snapshot(self, request: dict[str, Any]) -> dict[str, Any]:
        """Keep what the names mean now."""
        self.snapshots[request["place"]] = dict(self.shell.user_ns)
        return {}

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what a name meant at a place in the notebook."""
        names = self.snapshots[request["place"]]
        if request["name"] not in names:
            return {"missing": True}
        self._go(request["place"])
        return {"value": self.shell.user_ns.get(request["name"], names[request["name"]])}

    def _go(self, place: int) -> None:
        """Let all names mean what they meant at a place in the notebook.

        A function looks its helpers up when it is called, and a later answer may have helpers of
        the same names. What was not defined yet at the place keeps its later meaning, unless that
        hides something of Python's: a `sum = 0` further down is no concern of this place.
        """
        if place == self.place:
            return
        names = self.shell.user_ns
        self.left[self.place] = dict(names)
        self.place = place
        there = self.left.get(place)
        if there is None:
            later = {name: value for name, value in self.left[None].items() if name not in PYTHONS}
            there = {**later, **self.snapshots[place]}
        names.update(there)
        for name in names.keys() - there.keys():
            del names[name]

    def _attribute(self, request: dict[str, Any]) -> dict[str, Any]:
        self._go(request["place"])
        return {"value": getattr(request["object"], request["name"])}

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function; return also the arrays among its arguments that it changed."""
        self._go(request["place"])
        arguments = request["arguments"]
        before = {
            place: argument.copy()
            for place, argument in enumerate(arguments)
            if isinstance(argument, np.ndarray)
        }
        value = request["object"](*arguments, **request["keywords"])
        changed = {
            place: arguments[place]
            for place, copy in before.items()
            if arguments[place].tobytes() != copy.tobytes()
        }
        return {"value": value, "changed": changed}

    def _describe(self, value: Any) -> Any:
        with contextlib.suppress(Exception):
            made = as_numbers(value)
            if made is not None:
                return wire.Instead(made)
        self.objects.append(value)
        return [len(self.objects) - 1, callable(value), self._signature(value), self._code(value)]

    def _resolve(self, given: Any) -> Any:
        return self.objects[given]

    @staticmethod
    def _signature(value: Any) -> list[list[Any]] | None:
        try:
            parameters = inspect.signature(value).parameters.values()
        except Exception:
            return None
        if len(parameters) > MOST_PARAMETERS:
            return None
        return [[each.name, int(each.kind), each.default is not each.empty] for each in parameters]

    @staticmethod
    def _code(value: Any) -> list[Any] | None:
        """Return what tells whether a function is still as it was given."""
        code = getattr(value, "__code__", None)
        if type(code) is not types.CodeType or len(code.co_code) > LARGEST_CODE:
            return None
        return [code.co_code.hex(), list(code.co_names)]

    def _receive(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            chunk = os.read(self.requests, min(size - len(received), 1 << 20))
            if not chunk:
                return b""
            received += chunk
        return bytes(received)

    def _send(self, message: dict[str, Any]) -> None:
        self._write(wire.pack(message))

    def _write(self, packed: bytes) -> None:
        left = memoryview(packed)
        while left:
            left = left[os.write(self.replies, left) :]


def close_all(descriptors: list[int]) -> None:
    """Close files, once: their numbers can be others' files later."""
    while descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptors.pop())


def main(arguments: list[str]) -> None:
    """Start: limits first, then everything else."""
    requests, replies = int(arguments[0]), int(arguments[1])
    settings = json.loads(arguments[2])
    sys.path[0] = ""  # as in a notebook: modules come from beside it
    os.set_inheritable(requests, False)
    os.set_inheritable(replies, False)
    # A child that comes to the end of a cell is not to answer for it.
    os.register_at_fork(after_in_child=functools.partial(close_all, [requests, replies]))
    if not settings["trusted"]:
        limit(settings)
    agent = Agent(requests, replies)
    # Until here, what goes wrong can be read from the standard error.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    agent.serve()
    os._exit(0)


if __name__ == "__main__":
    run: Callable[[list[str]], None] = main
    run(sys.argv[1:])
