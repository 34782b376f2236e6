"""Running a student's code so that nothing it does can stop the notebook.

One call gives one `Outcome`: the numbers that came back, or the reason why there are none. What is
caught: every exception, `SystemExit` and endless recursion among them; values that are not
numbers; changes made to the arguments; and, where the platform has a timer, endless loops. What
cannot be caught in the same process: a crash of the interpreter.
"""

from __future__ import annotations

import copy
import inspect
import linecache
import numbers
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import numpy as np

LARGEST_KEPT = 100_000
"""Arrays with more values than this are never an answer here: only their shape is kept."""


class TimeUp(BaseException):
    """Raised by the timer. Not an `Exception`, so that `except Exception` does not swallow it."""


class Guard:
    """While a student's code runs: a time limit, and a way to know who interrupted.

    The stop button and Ctrl-C must interrupt as always, but a `KeyboardInterrupt` that the
    student's own code raises is one exception like any other. `interrupted` tells them apart.

    Both need signals, which Python gives to the main thread alone; elsewhere, and on Windows and
    in the browser (which have no timer), the code runs without a limit.

    Parameters
    ----------
    seconds : float
        Time for everything that runs inside the `with` block.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.interrupted = False
        self._armed = False
        self._previous: dict[int, Any] = {}
        self._timer = (0.0, 0.0)
        self._start = 0.0

    def __enter__(self) -> Guard:
        if threading.current_thread() is threading.main_thread():
            if callable(signal.getsignal(signal.SIGINT)):
                self._install(signal.SIGINT, self._interrupt)
            if hasattr(signal, "setitimer") and sys.platform != "emscripten":
                self._install(signal.SIGALRM, self._ring)
                self._start = time.monotonic()
                self._armed = True
                # It rings again and again, because a bare `except:` in a loop swallows the first.
                self._timer = signal.setitimer(signal.ITIMER_REAL, self.seconds, 0.05)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._armed:
            self._armed = False
            delay, interval = self._timer
            if delay:
                delay = max(delay - (time.monotonic() - self._start), 0.001)
            signal.setitimer(signal.ITIMER_REAL, delay, interval)
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _install(self, number: int, handler: Callable[[int, FrameType | None], None]) -> None:
        self._previous[number] = signal.signal(number, handler)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            raise TimeUp

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        self._previous[signal.SIGINT](number, frame)


@dataclass(frozen=True)
class Outcome:
    """What one call came to.

    Attributes
    ----------
    value : ndarray or None
        The numbers that came back; None if there is a problem.
    problem : str
        "" or why there is no value: "empty", "raised", "not-numbers", "complex", "too-large",
        "time-up".
    detail : str
        A few words on the problem: the error and its text, the type that came back.
    shape : tuple of int or None
        The shape of what came back, known even where the value is too large to keep.
    changed : tuple of str
        The arguments that the call changed.
    """

    value: np.ndarray | None = None
    problem: str = ""
    detail: str = ""
    shape: tuple[int, ...] | None = None
    changed: tuple[str, ...] = ()


def call(
    function: Callable[..., object],
    arguments: Sequence[object],
    names: Sequence[str] = (),
    guard: Guard | None = None,
    source: object = None,
) -> Outcome:
    """Call `function` on copies of `arguments`; whatever happens, return an `Outcome`.

    Raises
    ------
    KeyboardInterrupt
        Only if the user interrupted (see `Guard`).

    Examples
    --------
    >>> call(lambda x: x + 1, [2]).value
    array(3)
    >>> call(divmod, [1, 0]).problem
    'raised'
    """
    copies = [copy.deepcopy(argument) for argument in arguments]
    try:
        with np.errstate(all="ignore"):
            outcome = read(function(*copies))
    except TimeUp:
        return Outcome(problem="time-up")
    except NotImplementedError:
        return Outcome(problem="empty", detail="NotImplementedError")
    except BaseException as error:
        if guard is not None and guard.interrupted:
            raise
        outcome = Outcome(problem="raised", detail=describe_error(error, source or function))
    changed = tuple(
        name
        for name, before, after in zip(names, arguments, copies, strict=False)
        if isinstance(before, np.ndarray) and not np.array_equal(before, np.asarray(after))
    )
    return Outcome(outcome.value, outcome.problem, outcome.detail, outcome.shape, changed)


def read(returned: object) -> Outcome:
    """Read what a student's function returned as an array of numbers, if it is one.

    Lists, tuples, NumPy and torch arrays, single numbers and truth values all are. The array is a
    copy, so that a view of an argument or of a reused buffer cannot change later.

    Examples
    --------
    >>> read([[1, 2], [3, 4]]).shape
    (2, 2)
    >>> read("14").detail
    'a str'
    >>> read([[1, 2], [3]]).detail
    'rows of different lengths'
    """
    if returned is None or returned is Ellipsis:
        return Outcome(problem="empty", detail=str(returned))
    if isinstance(returned, str | bytes | dict | set | frozenset) or callable(returned):
        return Outcome(problem="not-numbers", detail=describe_type(returned))
    if type(returned).__module__.partition(".")[0] == "torch" and hasattr(returned, "detach"):
        returned = returned.detach().cpu()
    try:
        array = np.asarray(returned)
    except ValueError:
        return Outcome(problem="not-numbers", detail="rows of different lengths")
    if array.size > LARGEST_KEPT:
        return Outcome(problem="too-large", shape=array.shape)
    if array.dtype == object:
        entries = array.ravel().tolist()
        if entries and all(entry is None or entry is Ellipsis for entry in entries):
            return Outcome(problem="empty", detail="...", shape=array.shape)
        if not all(isinstance(entry, numbers.Real) for entry in entries):
            what = describe_type(returned) if array.ndim == 0 else "entries that are not numbers"
            return Outcome(problem="not-numbers", detail=what)
        array = array.astype(np.float64)
    if array.dtype.kind == "c":
        return Outcome(problem="complex", shape=array.shape)
    if array.dtype.kind not in "biuf":
        return Outcome(problem="not-numbers", detail="entries that are not numbers")
    return Outcome(value=np.array(array), shape=array.shape)


def describe_type(value: object) -> str:
    """Name the type of `value` with its article, without touching the value itself.

    Examples
    --------
    >>> describe_type({})
    'a dict'
    >>> describe_type(n for n in [1])
    'a generator'
    """
    name = shorten(type(value).__name__, 40)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def describe_error(error: BaseException, source: object) -> str:
    """Say which error it was, its text cut short, and the student's line where it arose."""
    if isinstance(error, RecursionError):
        return "RecursionError: the function calls itself without end"
    try:
        text = shorten(str(error), 120)
    except Exception:  # an exception's own __str__ may fail as well
        text = ""
    name = type(error).__name__
    line = student_line(error.__traceback__, source)
    return f"{name}{': ' + text if text else ''}{f', at the line `{line}`' if line else ''}"


def student_line(traceback: TracebackType | None, source: object) -> str:
    """Return the innermost line of the traceback that lies in the file or cell of `source`."""
    file = getattr(getattr(source, "__code__", None), "co_filename", None)
    line = ""
    while traceback is not None:
        if file is not None and traceback.tb_frame.f_code.co_filename == file:
            line = linecache.getline(file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return shorten(line.strip(), 80).replace("`", "'")


def shorten(text: str, length: int) -> str:
    """Cut `text` to one line of at most `length` characters.

    Examples
    --------
    >>> shorten("one, two, three", 9)
    'one, two…'
    """
    text = " ".join(text[: 4 * length].split())
    return text if len(text) <= length else text[: length - 1] + "…"


def fits(function: object, count: int) -> bool:
    """Say whether `function` can be called with `count` positional arguments.

    Functions that do not tell their signature, as some written in C, get the benefit of the doubt.

    Examples
    --------
    >>> fits(lambda x, kernel: 0, 2), fits(lambda x: 0, 2)
    (True, False)
    """
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except Exception:
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True
