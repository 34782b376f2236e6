"""Whatever is handed in, `check` returns a result that can be read; it never raises."""

import contextlib
import functools
import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest

from cnncourse.exercises import Design, all_exercises, convolution, padding

EXERCISES = all_exercises()


class Explosive:
    """Fails wherever it is touched."""

    def _fail(self, *arguments, **keywords):
        raise RuntimeError("do not touch")

    __eq__ = __repr__ = __str__ = __len__ = __iter__ = __getitem__ = __bool__ = _fail
    __array__ = __float__ = __int__ = __index__ = __format__ = __getattr__ = __lt__ = _fail
    __hash__ = None


class ExplosiveFunction(Explosive):
    def __call__(self, *arguments):
        return Explosive()


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Verbose:
    def __repr__(self):
        return "<b>huge</b>" * 10**6


class StrangeArray(np.ndarray):
    def __eq__(self, other):
        raise RuntimeError("incomparable")

    def __array_ufunc__(self, *arguments, **keywords):
        raise RuntimeError("incalculable")


def raising(error):
    def answer(*arguments):
        raise error

    return answer


def endless(*arguments):
    return endless(*arguments)


def generator(*arguments):
    yield 1


async def coroutine(*arguments):
    return 1


def self_containing(*arguments):
    nested = []
    nested.append(nested)
    return nested


def vandal(*arguments):
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument.fill(-5)
            argument.shape = (argument.size,)
    return arguments[0]


def resizer(*arguments):
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument.resize((1, 1), refcheck=False)
    return 3


def chatty(*arguments):
    print("hello", arguments)
    warnings.warn("careful", UserWarning, stacklevel=2)
    return np.log(-1 * np.ones(3)) / np.zeros(3)


HOSTILE = {
    "nothing": None,
    "ellipsis": ...,
    "a number": 3,
    "a boolean": np.True_,
    "not a number": float("nan"),
    "text": "<script>alert(1)</script>",
    "an array": np.ones((3, 3)),
    "an empty array": np.zeros((0, 3)),
    "a wide array": np.ones((3, 4)),
    "an array of objects": np.array([[None, "a", 3]] * 3, dtype=object),
    "an array with infinity": np.full((3, 3), np.inf),
    "an array of text": np.array([["a"] * 3] * 3),
    "complex numbers": np.ones((3, 3)) * 1j,
    "dates": np.zeros((3, 3), "datetime64[s]"),
    "a ragged list": [[1, 2], [3]],
    "a list with holes": [[1, ..., 3]] * 3,
    "a list of strings": [["1", "2", "3"]] * 3,
    "a list in itself": self_containing(),
    "a dict": {"kernel": 1},
    "a type": int,
    "a module": np,
    "explosive": Explosive(),
    "an explosive function": ExplosiveFunction(),
    "an exception": ValueError("x"),
    "a strange array": np.ones((3, 3)).view(StrangeArray),
    "a builtin": print,
    "a partial": functools.partial(pow, 2),
    "no arguments": lambda: 1,
    "too many arguments": lambda a, b, c, d, e, f: 1,
    "keyword only": lambda *, x: x,
    "returns nothing": lambda *a: None,
    "returns dots": lambda *a: ...,
    "returns not implemented": lambda *a: NotImplemented,
    "returns text": lambda *a: "<img src=x onerror=alert(1)>",
    "returns a function": lambda *a: lambda: 1,
    "returns a huge array": lambda *a: np.broadcast_to(1.0, (10**6, 10**6)),
    "returns a huge list": lambda *a: [0] * 100_001,
    "returns a deep array": lambda *a: np.zeros((1,) * 30),
    "returns an empty array": lambda *a: np.zeros((0, 0)),
    "returns nan": lambda *a: np.nan,
    "returns the input": lambda *a: a[0],
    "returns a view": lambda *a: a[0][..., ::-1] if np.ndim(a[0]) else a[0],
    "returns all inputs": lambda *a: a,
    "returns a boolean": lambda *a: np.bool_(True),
    "returns a scalar array": lambda *a: np.array(3),
    "returns a list in itself": self_containing,
    "returns explosives": lambda *a: Explosive(),
    "returns a list of explosives": lambda *a: [Explosive(), Explosive()],
    "returns a verbose object": lambda *a: Verbose(),
    "returns a strange array": lambda *a: np.ones((2, 2)).view(StrangeArray),
    "returns a masked array": lambda *a: np.ma.masked_equal([[1, 2], [3, 4]], 2),
    "returns huge whole numbers": lambda *a: 10**400,
    "returns complex numbers": lambda *a: 1j * np.ones((2, 2)),
    "returns records": lambda *a: np.zeros(2, [("a", int), ("b", float)]),
    "returns bytes": lambda *a: b"abc",
    "returns an error class": lambda *a: ValueError,
    "a generator": generator,
    "a coroutine": coroutine,
    "endless recursion": endless,
    "prints and warns": chatty,
    "changes its input": vandal,
    "resizes its input": resizer,
    "divides by zero": raising(ZeroDivisionError("division by zero")),
    "exits": raising(SystemExit(3)),
    "interrupts": raising(KeyboardInterrupt()),
    "generator exit": raising(GeneratorExit()),
    "no memory": raising(MemoryError()),
    "stops iteration": raising(StopIteration(1)),
    "unspeakable": raising(UnspeakableError()),
    "long error": raising(ValueError("long " * 10_000)),
    "not implemented": raising(NotImplementedError()),
    "an assertion": raising(AssertionError()),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_check_never_raises(exercise, answer):
    result = exercise.check(answer)
    assert not result
    text, page = repr(result), result._repr_html_()
    assert result.message
    assert len(result.message) <= 330
    assert len(text) < 2500
    assert len(page) < 25_000
    assert "<script" not in page
    assert "<img" not in page
    assert "object at 0x" not in text
    assert result.reason == result.reason.lower()
    assert repr(exercise.check(answer)) == text


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (None, "empty-stub", "nothing to check yet"),
        (7, "not-a-function", "`check(value_at)`, not what"),
        (np.ones((2, 2)), "not-a-function", "not what it returns"),
        (lambda x, kernel: 0, "wrong-arguments", "called with 4 arguments"),
        (HOSTILE["not implemented"], "empty-stub", "in place of the `raise`"),
        (HOSTILE["returns nothing"], "nothing-returned", "end with `return`"),
        (HOSTILE["returns dots"], "empty-stub", "in place of the `...`"),
        (lambda *a: True, "wrong-value", "not the one expected yet"),
        (lambda *a: [3], "wrong-shape", "a row of 1 came back; a single number is expected"),
        (HOSTILE["returns text"], "not-numbers", "A single number is expected; a str came back"),
        (generator, "not-numbers", "a generator came back"),
        (HOSTILE["returns nan"], "not-a-number", "nan"),
        (HOSTILE["returns a huge array"], "wrong-shape", "1000000×1000000"),
        (HOSTILE["returns complex numbers"], "complex", "complex numbers"),
        (endless, "raised", "calls itself without end"),
        (HOSTILE["exits"], "raised", "SystemExit"),
        (HOSTILE["interrupts"], "raised", "KeyboardInterrupt"),
        (HOSTILE["unspeakable"], "raised", "UnspeakableError"),
        (HOSTILE["divides by zero"], "raised", "ZeroDivisionError: division by zero"),
        (HOSTILE["divides by zero"], "raised", "at the line `raise error`"),
    ],
)
def test_what_is_said(answer, reason, words):
    result = convolution.window_sum.check(answer)
    assert result.reason == reason
    assert words in " ".join(repr(result).split())


def test_what_is_said_of_a_matrix():
    check = convolution.edge_kernel.check
    assert "not a function" in check(lambda: [[1]]).message
    assert "Yours: an array of shape (3, 4)" in check(np.ones((3, 4))).message
    assert "rows of different lengths" in check([[1, 2], [3]]).message
    assert "not a finite number" in check(np.full((3, 3), np.nan)).message
    assert check([[...] * 3] * 3).reason == "empty-stub"
    assert check([[1, 2, 3], [...] * 3, [1, 2, 3]]).reason == "not-a-matrix"


def test_general_patterns_are_told():
    def ring(height, width):
        return np.pad(np.zeros((height - 2, width - 2)), 1, constant_values=1)

    counts, pad = padding.read_counts, padding.pad_replicate
    right, padded = counts.reference, pad.reference
    for exercise, answer, reason in (
        (convolution.convolve, lambda x, k: convolution.convolve.reference(x, k).T, "transposed"),
        (counts, lambda *a: -right(*a), "wrong-sign"),
        (counts, lambda *a: 3 * right(*a), "constant-factor"),
        (counts, lambda *a: right(*a) + 1, "constant-offset"),
        (counts, lambda *a: right(*a)[:-1], "wrong-shape"),
        (counts, lambda *a: np.zeros((a[1], a[0])), "height-and-width-exchanged"),
        (counts, lambda *a: right(*a) > 0, "some-values-differ"),
        (counts, lambda *a: (-right(*a)).astype(np.int8), "wrong-sign"),
        (counts, lambda *a: right(*a) + ring(*a[:2]), "border-differs"),
        (counts, lambda *a: right(*a) * 1.0 + np.eye(*a[:2]), "some-values-differ"),
        (pad, lambda x, p: np.full_like(padded(x, p), -1), "wrong-values"),
    ):
        result = exercise.check(answer)
        assert result.reason == reason, repr(result)
    assert "One row is missing" in counts.check(lambda *a: right(*a)[:-1]).message


def test_a_pattern_is_not_claimed_on_part_of_the_inputs():
    def answer(height, width, kernel_size, pad):
        if height > 5:
            raise ValueError("too high")
        return padding.read_counts.reference(height, width, kernel_size, pad) + 1

    assert padding.read_counts.check(answer).reason == "wrong-values"


def test_a_value_missing_on_some_ways_is_told():
    result = padding.repair_reflect.check(lambda i, size: -i if i < 0 else None)
    assert result.reason == "nothing-returned"
    assert "reflect_index(0, 3)" in repr(result)
    result = padding.repair_reflect.check(lambda i, size: i if 0 <= i < size else None)
    assert result.reason == "nothing-returned"
    assert "Does every way through it" in result.message


def test_a_changed_input_is_noticed():
    def answer(x, pads):
        padded = padding.pad_replicate.reference(x, pads)
        x[0, 0] = 0
        return padded

    result = padding.pad_replicate.check(answer)
    assert result.reason == "changes-its-input"
    assert "changes `x`" in result.message

    def worse(x, pads):
        return answer(x, pads) * 2

    assert "changes its argument `x`" in padding.pad_replicate.check(worse).message


def test_a_reused_buffer_is_read_at_once():
    buffers = {}

    def answer(x, pads):
        padded = padding.pad_replicate.reference(x, pads)
        buffer = buffers.setdefault("all", np.zeros((20, 20), int))
        view = buffer[: padded.shape[0], : padded.shape[1]]
        view[...] = padded
        return view

    assert padding.pad_replicate.check(answer)


def forever(*arguments):
    while True:
        pass


def stubborn(*arguments):
    """Swallow the first alarm, as a bare `except:` in a loop does, and go on for a while."""
    end = time.monotonic() + 2
    with contextlib.suppress(BaseException):
        while time.monotonic() < end:
            pass
    while time.monotonic() < end:
        pass
    return 0


def quick(exercise, seconds=0.2):
    """Return the same exercise with a shorter time limit."""
    settings = {name: getattr(exercise, name) for name in exercise.__dataclass_fields__}
    return type(exercise)(**{**settings, "seconds": seconds})


@pytest.mark.parametrize("answer", [forever, stubborn])
def test_an_endless_loop_is_stopped(answer):
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    result = quick(convolution.window_sum).check(answer)
    assert result.reason == "time-up"
    assert "0.2 seconds" in result.message
    assert "Smallest example: value_at(x, kernel, 0, 0)" in repr(result)
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == before


def test_a_loop_that_ends_on_small_inputs_only_is_stopped():
    def answer(x, kernel, i, j):
        while x.size > 4:
            pass
        return convolution.window_sum.reference(x, kernel, i, j)

    result = quick(convolution.window_sum).check(answer)
    assert result.reason == "time-up"
    assert "value_at(x, kernel, 0, 1)" in repr(result)


def test_a_timer_that_was_running_goes_on():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        assert quick(convolution.window_sum).check(forever).reason == "time-up"
        assert not rung
        time.sleep(0.3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert rung


def test_the_users_interrupt_interrupts():
    def answer(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    # A process started in the background ignores the signal; a notebook's kernel does not.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            convolution.window_sum.check(answer)
    finally:
        signal.signal(signal.SIGINT, before)


def test_checks_work_off_the_main_thread():
    results = []

    def work():
        results.append(convolution.window_sum.check(convolution.window_sum.reference))
        results.append(convolution.window_sum.check(raising(KeyboardInterrupt())))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [result.reason for result in results] == ["passed", "raised"]


def test_checks_work_without_a_timer(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    assert convolution.window_sum.check(convolution.window_sum.reference)
    assert convolution.window_sum.check(endless).reason == "raised"


def test_warnings_as_errors_do_no_harm():
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for exercise in EXERCISES.values():
            fresh = quick(exercise, 10)
            assert fresh.check(fresh.reference)
            for misconception in fresh.misconceptions:
                assert fresh.check(misconception.wrong[0]).misconception is misconception
            if not isinstance(fresh, Design):
                assert not fresh.check(lambda *a: np.inf * np.ones((2, 2)))


def test_markup_in_an_error_is_escaped():
    result = convolution.window_sum.check(raising(ValueError("<b>bold</b> & `code`")))
    page = result._repr_html_()
    assert "&lt;b&gt;bold&lt;/b&gt; &amp;" in page
    assert "<b>" not in page
