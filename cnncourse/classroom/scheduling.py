"""Grading a class: which submissions, on which workers, with every result on disk as it arrives.

Each result makes three files in `grading/NAME`: `STUDENT.json` with points and findings, and the
graded notebook and its feedback beside it. The JSON file comes last and names a fingerprint of all
that the result depends on. So a result that is there is whole, is not computed twice, and is
computed again as soon as the submission, the assignment or this package changed.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import hashlib
import json
import logging
import os
import signal
import stat
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncourse import __version__
from cnncourse.classroom import course as courses
from cnncourse.classroom.course import CourseError

if TYPE_CHECKING:
    from distributed import Client, Future

    from cnncourse.classroom.grading import Graded
    from cnncourse.classroom.sandbox import Limits

    Grader = Callable[[Path, str, str, bytes, Limits, bool], Graded]

__all__ = ["Outcome", "Result", "grade_all", "read_result", "results_folder"]

LARGEST = 20 << 20
"""Bytes of a submission that are read; of a larger one nothing is graded."""

AHEAD = 2
"""Submissions that wait at each worker while it grades another: it is never idle."""

ANSWERS_WITHIN = 10
"""Seconds for a scheduler to answer."""

PATIENCE = 300
"""Seconds beyond all limits after which a worker that does not answer ends itself."""


@dataclass(frozen=True)
class Result:
    """What a result on disk says, without the graded notebook and the feedback.

    Attributes
    ----------
    student, assignment : str
    ok : bool
        Whether it was graded; what could not be is tried again next time.
    problem : str
        Why not.
    notes : tuple of str
        What was unusual about the submission.
    scores : dict
        From a graded cell to its points; None where a person gives them.
    possible : dict
        From a graded cell to the points to be had.
    findings : dict
        From a question to what its hidden tests found.
    seconds : float
        That grading took.
    fingerprint : str
        Of all that the result depends on.
    """

    student: str
    assignment: str
    ok: bool
    problem: str
    notes: tuple[str, ...]
    scores: dict[str, float | None]
    possible: dict[str, float]
    findings: dict[str, dict[str, Any]]
    seconds: float
    fingerprint: str


@dataclass
class Outcome:
    """What became of a class.

    Attributes
    ----------
    graded : list of str
        The students whose work was graded now.
    kept : list of str
        Those whose results were on disk and still hold.
    problems : dict
        From a student to why there is no result.
    interrupted : bool
        Whether somebody stopped it; what had arrived is on disk.
    """

    graded: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False


@dataclass(frozen=True)
class _Task:
    course: str
    assignment: str
    student: str
    path: str
    content: str
    fingerprint: str


@dataclass(frozen=True)
class _Work:
    """What is the same for all submissions."""

    limits: Limits | None
    trusted: bool
    grader: Grader | None


def results_folder(course: Path, assignment: str) -> Path:
    """Return where the results of an assignment lie."""
    return course / "grading" / assignment


def read_result(course: Path, assignment: str, student: str) -> Result | None:
    """Return a result on disk; None if there is none, none that can be read, or another's."""
    path = results_folder(course, assignment) / f"{student}.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        result = Result(**{**fields, "notes": tuple(fields["notes"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # A file that was copied to another name would give one student's points to another.
    whose = (result.student, result.assignment) == (student, assignment)
    tables = (result.scores, result.possible, result.findings)
    return result if whose and all(isinstance(table, dict) for table in tables) else None


def grade_all(
    course: Path,
    assignment: str,
    *,
    students: Iterable[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    limits: Limits | None = None,
    trusted: bool = False,
    again: bool = False,
    progress: Callable[[Iterable[Any], int], Iterable[Any]] | None = None,
    grader: Grader | None = None,
) -> Outcome:
    """Grade what was handed in for an assignment; all results are on disk when it returns.

    Ctrl-C stops it and loses nothing that had arrived. A worker that dies loses nothing: what it
    had is graded by another.

    Parameters
    ----------
    course : Path
    assignment : str
    students : iterable of str, optional
        Only these.
    workers : int, optional
        How many submissions are graded at a time; without it, one for each processor or, with a
        scheduler, as many as its workers take.
    scheduler : str, optional
        Address of a running dask scheduler, whose workers see the course under the same path.
    limits : Limits, optional
        For each submission.
    trusted : bool
        Run students' code without a sandbox.
    again : bool
        Grade also what has a result.
    progress : callable, optional
        Wraps an iterable of a known length, for a progress bar.
    grader : callable, optional
        What grades one submission; without it, :func:`cnncourse.classroom.grading.grade`.

    Raises
    ------
    CourseError
        If the assignment is not released, nothing was handed in, or the cluster does not fit.
    """
    courses.check_released(course, assignment)
    notebooks, problems = courses.submissions(course, assignment)
    wanted = list(dict.fromkeys(students if students is not None else [*notebooks, *problems]))
    unknown = [name for name in wanted if name not in notebooks and name not in problems]
    if unknown or not wanted:
        whose = f" by {', '.join(unknown)}" if unknown else ""
        raise CourseError(
            f"Nothing is handed in for {assignment}{whose}: no folder "
            f"{course / 'submitted' / (unknown[0] if unknown else 'STUDENT') / assignment}. "
            f"To take in a download: nbgrader zip_collect {assignment}"
        )
    outcome = Outcome(problems={name: problems[name] for name in wanted if name in problems})
    folder = results_folder(course, assignment)
    folder.mkdir(parents=True, exist_ok=True)
    common = _common_fingerprint(course, assignment, limits, trusted)
    tasks = []
    with courses.alone(folder):
        for student in wanted:
            if student not in notebooks:
                continue
            try:
                content = hashlib.sha256(_read(notebooks[student])).hexdigest()
            except OSError as problem:
                outcome.problems[student] = f"{problem.filename}: {problem.strerror}"
                continue
            print_ = _fingerprint(common, content)
            known = read_result(course, assignment, student)
            whole = (folder / f"{student}.ipynb").is_file()
            is_same = known is not None and known.ok and known.fingerprint == print_
            if is_same and whole and not again:
                outcome.kept.append(student)
            else:
                path = str(notebooks[student])
                tasks.append(_Task(str(course), assignment, student, path, content, print_))
        if not tasks:
            return outcome
        show = progress or (lambda arriving, total: arriving)
        try:
            with _cluster(course, assignment, workers, scheduler, len(tasks), trusted) as client:
                window = _window(client, workers if scheduler else None)
                arriving = _run(client, tasks, window, _Work(limits, trusted, grader))
                for task, graded in show(_stored(folder, arriving), len(tasks)):
                    if graded.ok:
                        outcome.graded.append(task.student)
                    else:
                        outcome.problems[task.student] = graded.problem
        except KeyboardInterrupt:
            outcome.interrupted = True
        except CancelledError as problem:
            done = len(outcome.graded) + len(outcome.kept)
            raise CourseError(
                f"The connection to the dask scheduler{f' {scheduler}' if scheduler else ''} is "
                f"lost. {done} results are kept; the same command goes on with the rest."
            ) from problem
    return outcome


def _run(
    client: Client, tasks: list[_Task], window: int, work: _Work
) -> Iterator[tuple[_Task, Graded]]:
    """Yield each task with its result, also with one that says what went wrong, as they arrive.

    Only a few tasks are on their way at a time, so that neither the scheduler nor this process
    holds a class in memory. What lost several workers may have killed them, or been beside the one
    that did: it is graded once more, with nothing beside it.
    """
    from distributed import KilledWorker

    suspects = []
    for task, future in _windowed(client, tasks, window, work):
        problem = future.exception()
        if isinstance(problem, KilledWorker):
            suspects.append(task)
        elif problem is not None:
            yield task, _failed(task, f"{type(problem).__name__}: {problem}")
        else:
            yield task, future.result()
    for task, future in _windowed(client, suspects, 1, work):
        problem = future.exception()
        if problem is not None:
            yield task, _failed(task, f"The worker that graded it died, time and again: {problem}")
        else:
            yield task, future.result()


def _window(client: Client, at_once: int | None) -> int:
    """Return how many tasks may be on their way: as many as wanted, or as keep all busy."""
    return at_once or (1 + AHEAD) * sum(client.nthreads().values())


def _windowed(
    client: Client, tasks: list[_Task], window: int, work: _Work
) -> Iterator[tuple[_Task, Future]]:
    from distributed import as_completed

    waiting = iter(tasks)
    underway: dict[Any, _Task] = {}

    def submit() -> Future | None:
        task = next(waiting, None)
        if task is None:
            return None
        future = client.submit(_grade_one, task, work, pure=False)
        underway[future.key] = task
        return future

    arriving = as_completed([future for _ in range(window) if (future := submit())])
    for future in arriving:
        yield underway.pop(future.key), future
        following = submit()
        if following is not None:
            arriving.add(following)


_ONE_AT_A_TIME = threading.Lock()


def _grade_one(task: _Task, work: _Work) -> Graded:
    """Grade a submission; runs on a worker. One at a time, for nbgrader changes the folder."""
    from cnncourse.classroom.grading import grade
    from cnncourse.classroom.sandbox import Limits

    limits, grader = work.limits or Limits(), work.grader or grade
    with _ONE_AT_A_TIME, _ends_if_stuck(limits), quiet():
        try:
            raw = _read(Path(task.path))
            if hashlib.sha256(raw).hexdigest() != task.content:
                # Collected anew meanwhile, or a file server shows this worker an old state.
                return _failed(task, "The notebook is not what it was at the start: grade again.")
            course = Path(task.course)
            return grader(course, task.assignment, task.student, raw, limits, work.trusted)
        except Exception as problem:
            return _failed(task, f"{type(problem).__name__}: {problem}")


def _failed(task: _Task, problem: str) -> Graded:
    from cnncourse.classroom.grading import Graded

    return Graded(
        student=task.student,
        assignment=task.assignment,
        ok=False,
        problem=problem,
        notes=(),
        scores={},
        possible={},
        findings={},
        autograded=b"",
        feedback=b"",
        seconds=0.0,
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hush what SQLAlchemy says of nbgrader's own queries, for every submission again."""
    from sqlalchemy.exc import SAWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


@contextlib.contextmanager
def _ends_if_stuck(limits: Limits) -> Iterator[None]:
    """End this worker if grading does not return by itself; the scheduler then tells of it."""
    faulthandler.dump_traceback_later(limits.total + PATIENCE, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _read(path: Path) -> bytes:
    """Return a submission's bytes: none of a link, a pipe or a device.

    Raises
    ------
    OSError
        If it cannot be read: that is the machine's fault, and no empty notebook of a student.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except OSError as problem:
        # Of a link, and of a socket.
        if problem.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):
            return b""
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return b""
    with open(handle, "rb") as stream:
        return stream.read(LARGEST + 1)


@contextlib.contextmanager
def _cluster(
    course: Path,
    assignment: str,
    workers: int | None,
    scheduler: str | None,
    tasks: int,
    trusted: bool,
) -> Iterator[Client]:
    """Start workers on this machine, or reach those of a scheduler; yield a client of them."""
    import dask
    from distributed import Client, LocalCluster

    if scheduler is not None:
        try:
            client = _client(scheduler)
        except (OSError, ValueError) as problem:
            raise CourseError(f"No dask scheduler answers at {scheduler} ({problem}).") from problem
        with client:
            _check_workers(client, course, assignment, scheduler, trusted)
            yield client
        return
    if not trusted and (problem_here := _sandbox_problem()) is not None:
        raise CourseError(problem_here)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(
            n_workers=max(1, min(workers or os.cpu_count() or 1, tasks)),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            security=True,  # keys of its own: others on this machine could run code as this user
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(_deaf())
        yield client


def _client(scheduler: str) -> Client:
    """Connect to a scheduler; what could not connect is closed at once.

    Left to the garbage collector it is closed some time later, and if that is while another client
    starts, that one waits for ever for a lock which its own thread holds.
    """
    from distributed import Client

    class ClosesOnFailure(Client):
        def start(self, **options: Any) -> None:
            try:
                super().start(**options)
            except BaseException:
                self.close()
                raise

    return ClosesOnFailure(scheduler, timeout=ANSWERS_WITHIN)


def _deaf() -> Any:
    from distributed import WorkerPlugin

    class DeafToInterrupts(WorkerPlugin):
        """Ctrl-C is for the one who gave the command: a worker it reaches would grade wrongly."""

        def setup(self, worker: Any) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return DeafToInterrupts()


def _check_workers(
    client: Client, course: Path, assignment: str, scheduler: str, trusted: bool
) -> None:
    """Refuse a cluster whose workers lack the course, this version or a sandbox, and say which."""
    answers = client.run(_fitness, str(course), assignment, trusted)
    if not answers:
        raise CourseError(f"The scheduler {scheduler} has no workers.")
    # Whether there is a sandbox here does not matter: nothing runs here.
    _check_fitness(answers, _fitness(str(course), assignment, trusted=True), course)


def _check_fitness(
    answers: Mapping[str, Mapping[str, str | None]], here: Mapping[str, str | None], course: Path
) -> None:
    for worker, there in answers.items():
        if there["version"] != here["version"]:
            raise CourseError(
                f"The worker {worker} has cnncourse {there['version']}, here is {here['version']}: "
                "install the same on both."
            )
        if there["course"] != here["course"]:
            raise CourseError(
                f"The worker {worker} does not see this course in {course}, or an old state of it: "
                "workers need the same folder under the same path, for instance on a file server."
            )
        if there["numpy"] != here["numpy"]:
            raise CourseError(
                f"The worker {worker} has NumPy {there['numpy']}, here is {here['numpy']}: results "
                "may differ in the last digits. Install the same on both."
            )
        if there["sandbox"] is not None:
            raise CourseError(f"The worker {worker}: {there['sandbox']}")


def _fitness(course: str, assignment: str, trusted: bool) -> dict[str, str | None]:
    import numpy

    try:
        seen = _common_fingerprint(Path(course), assignment, None, False).hex()
    except OSError:
        seen = None
    return {
        "version": __version__,
        "numpy": numpy.__version__,
        "course": seen,
        "sandbox": None if trusted else _sandbox_problem(),
    }


def _sandbox_problem() -> str | None:
    from cnncourse.classroom import sandbox

    return sandbox.problem()


def _common_fingerprint(
    course: Path, assignment: str, limits: Limits | None, trusted: bool
) -> bytes:
    """Return a hash of what all results of an assignment depend on."""
    digest = hashlib.sha256(f"{__version__}\n{limits}\n{trusted}\n".encode())
    inputs = [course / courses.CONFIG_FILE]
    for step in ("source", "release"):
        inputs += sorted(path for path in (course / step / assignment).rglob("*") if path.is_file())
    for path in inputs:
        digest.update(f"{path.relative_to(course)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def _fingerprint(common: bytes, content: str) -> str:
    return hashlib.sha256(common + bytes.fromhex(content)).hexdigest()


def _stored(
    folder: Path, arriving: Iterable[tuple[_Task, Graded]]
) -> Iterator[tuple[_Task, Graded]]:
    """Put each result on disk before it is yielded: what a progress bar has counted is kept."""
    for task, graded in arriving:
        _store(folder, graded, task.fingerprint)
        yield task, graded


def _store(folder: Path, graded: Graded, fingerprint: str) -> None:
    """Put a result on disk; the file that says so goes first and comes last."""
    fields = asdict(graded)
    contents = {
        "ipynb": fields.pop("autograded"),
        "html": fields.pop("feedback"),
        "json": json.dumps({**fields, "fingerprint": fingerprint}, ensure_ascii=False).encode(),
    }
    (folder / f"{graded.student}.json").unlink(missing_ok=True)
    for suffix, content in contents.items():
        path = folder / f"{graded.student}.{suffix}"
        if not content:
            path.unlink(missing_ok=True)
            continue
        unfinished = folder / f".{os.getpid()}.unfinished"
        try:
            unfinished.write_bytes(content)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
