"""Many submissions on many workers: nothing is lost, nothing is graded twice."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
import tiny_course
from distributed import LocalCluster

from cnncourse.classroom import course as courses
from cnncourse.classroom import scheduling
from cnncourse.classroom.course import CourseError
from cnncourse.classroom.grading import Graded
from cnncourse.classroom.scheduling import grade_all, read_result, results_folder

NAME = tiny_course.NAME
# Workers do not see this file: they get its functions themselves.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def stand_in(
    course: Path, assignment: str, student: str, raw: bytes, limits: Any, trusted: bool
) -> Graded:
    """Grade as quickly as can be, count the gradings, and do what some students would do."""
    calls = course / "calls"
    calls.mkdir(exist_ok=True)
    with (calls / student).open("a") as stream:
        stream.write("graded\n")
    graded_before = len((calls / student).read_text().splitlines()) > 1
    if student.startswith("kills-always") or (student == "kills-once" and not graded_before):
        os.kill(os.getpid(), signal.SIGKILL)
    if student == "raises":
        raise RuntimeError("nbgrader is out of order")
    if student.startswith("slow"):
        time.sleep(1)
    scores = {"double-tests": float(len(raw))}
    return Graded(
        student, assignment, True, "", (), scores, {"double-tests": 1e9}, {}, raw, b"<p>", 0.1
    )


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_course.make(tmp_path_factory.mktemp("course") / "course")


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    return tiny_course.copy(released, tmp_path / "course")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Workers that are there already, as on a cluster; with two threads, as some have."""
    with LocalCluster(
        n_workers=2, threads_per_worker=2, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


def run(course: Path, scheduler: str | None = None, **options: Any) -> scheduling.Outcome:
    # No sandbox is needed for the stand-in, so these run wherever the rest of the suite does.
    options = {"trusted": True, "grader": stand_in, **options}
    return grade_all(course, NAME, scheduler=scheduler, **options)


def times_graded(course: Path) -> dict[str, int]:
    return {path.name: len(path.read_text().splitlines()) for path in (course / "calls").iterdir()}


def test_results_are_on_disk_and_made_once(course, scheduler):
    names = [f"student-{number}" for number in range(9)]
    for number, name in enumerate(names):
        tiny_course.hand_in(course, name, b"x" * number or b" ")
    seen = []

    def progress(arriving, total):
        seen.append(total)
        for each in arriving:
            folder = results_folder(course, NAME)
            # All that the bar shows is on disk already.
            assert len(list(folder.glob("*.json"))) == len(seen)
            seen.append(each)
            yield each

    outcome = run(course, scheduler, progress=progress)
    assert sorted(outcome.graded) == names
    assert not outcome.problems
    assert seen[0] == 9
    result = read_result(course, NAME, "student-4")
    assert result.scores == {"double-tests": 4.0}
    folder = results_folder(course, NAME)
    assert (folder / "student-4.ipynb").read_bytes() == b"xxxx"
    assert (folder / "student-4.html").read_bytes() == b"<p>"
    assert not list(folder.glob(".*"))

    again = run(course, "tcp://127.0.0.1:1")  # nobody is asked: there is nothing to do
    assert again.kept == names
    tiny_course.hand_in(course, "student-4", b"changed")
    tiny_course.hand_in(course, "new", b"")
    changed = run(course, scheduler)
    assert sorted(changed.graded) == ["new", "student-4"]
    assert times_graded(course)["student-4"] == 2
    assert times_graded(course)["student-5"] == 1

    assert run(course, scheduler, students=["student-5"], again=True).graded == ["student-5"]


@pytest.mark.parametrize("step", ["source", "release", "config", "version", "limits"])
def test_a_change_of_what_results_depend_on_makes_them_stale(course, step, monkeypatch):
    def fingerprint() -> bytes:
        return scheduling._common_fingerprint(course, NAME, limits, trusted=False)

    limits = None
    before = fingerprint()
    assert fingerprint() == before
    if step in ("source", "release"):
        with (course / step / NAME / f"{NAME}.ipynb").open("a") as stream:
            stream.write("\n")
    elif step == "config":
        with (course / courses.CONFIG_FILE).open("a") as stream:
            stream.write("# another setting\n")
    elif step == "version":
        monkeypatch.setattr(scheduling, "__version__", "99.0")
    else:
        limits = object()
    assert fingerprint() != before


def test_a_broken_result_on_disk_is_made_again(course, scheduler):
    tiny_course.hand_in(course, "anna", b"x")
    run(course, scheduler)
    path = results_folder(course, NAME) / "anna.json"
    path.write_text(path.read_text()[:50])
    assert run(course, scheduler).graded == ["anna"]
    assert read_result(course, NAME, "anna").ok


def test_what_could_not_be_graded_is_said_and_tried_again(course, scheduler):
    tiny_course.hand_in(course, "raises", b"x")
    tiny_course.hand_in(course, "anna", b"x")
    (course / "submitted" / "bo" / NAME).mkdir(parents=True)
    (course / "submitted" / "bo" / NAME / "homework.ipynb").write_text("")
    for kept in ([], ["anna"]):
        outcome = run(course, scheduler)
        assert outcome.kept == kept
        assert "nbgrader is out of order" in outcome.problems["raises"]
        assert "there is homework.ipynb" in outcome.problems["bo"]
        assert not read_result(course, NAME, "raises").ok
    assert times_graded(course) == {"raises": 2, "anna": 1}


def test_killed_workers_lose_nothing(course):
    names = [f"student-{number}" for number in range(6)]
    for name in (*names, "kills-once", "kills-always"):
        tiny_course.hand_in(course, name, b"x")
    outcome = run(course, workers=2)
    assert sorted(outcome.graded) == ["kills-once", *names]
    assert list(outcome.problems) == ["kills-always"]
    assert "died, time and again" in outcome.problems["kills-always"]
    assert all(read_result(course, NAME, name).ok for name in outcome.graded)


INTERRUPTED = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {here!r}]
from cnncourse.classroom.scheduling import grade_all, results_folder
import test_scheduling

course = Path({course!r})

def tell(arriving, total):
    for each in arriving:
        print(len(list(results_folder(course, "tiny").glob("*.json"))), "on disk", flush=True)
        yield each

outcome = grade_all(
    course, "tiny", workers=1, trusted=True, grader=test_scheduling.stand_in,
    progress=tell,
)
print("interrupted" if outcome.interrupted else "done", len(outcome.graded), flush=True)
"""


def test_ctrl_c_keeps_what_arrived(course, scheduler):
    names = [f"slow-{number:02}" for number in range(30)]
    for name in names:
        tiny_course.hand_in(course, name, b"x")
    here = Path(__file__).parent
    code = textwrap.dedent(INTERRUPTED).format(
        tests=str(here.parent), here=str(here), course=str(course)
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    for arrived in range(1, 4):
        assert process.stdout.readline() == f"{arrived} on disk\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    said = process.communicate(timeout=120)[0].splitlines()
    assert said[-1].startswith("interrupted")
    assert process.returncode == 0
    there = sorted(path.stem for path in results_folder(course, NAME).glob("*.json"))
    assert 3 <= len(there) < 30
    assert all(read_result(course, NAME, name).ok for name in there)
    rest = run(course, scheduler, students=there[:3])
    assert rest.kept == there[:3]


def test_links_pipes_and_huge_files_are_not_read(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    assert scheduling._read(secret) == b"secret"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    for name in ("link", "pipe", "socket"):
        assert scheduling._read(tmp_path / name) == b""
    with pytest.raises(FileNotFoundError):  # no blank notebook: somebody would get no points
        scheduling._read(tmp_path / "missing")
    assert scheduling._read(tmp_path) == b""
    monkeypatch.setattr(scheduling, "LARGEST", 3)
    assert len(scheduling._read(secret)) == 4  # one more than is graded: it shows


def test_what_the_machine_cannot_read_is_not_graded_as_blank(course, scheduler, monkeypatch):
    for name in ("anna", "bo"):
        tiny_course.hand_in(course, name, b"x")
    read = scheduling._read

    def fails_for_anna(path: Path) -> bytes:
        if "anna" in path.parts:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read(path)

    monkeypatch.setattr(scheduling, "_read", fails_for_anna)
    outcome = run(course, scheduler)
    assert outcome.graded == ["bo"]
    assert "Input/output error" in outcome.problems["anna"]


def test_a_worker_that_sees_another_state_of_a_notebook_does_not_grade_it(course):
    path = tiny_course.hand_in(course, "anna", b"new")
    old = hashlib.sha256(b"old").hexdigest()
    task = scheduling._Task(str(course), NAME, "anna", str(path), old, "0" * 64)
    graded = scheduling._grade_one(task, scheduling._Work(None, True, stand_in))
    assert not graded.ok
    assert "grade again" in graded.problem
    assert not (course / "calls").exists()


def test_a_result_that_is_another_students_or_incomplete_is_made_again(course, scheduler):
    for name in ("anna", "bo", "cleo"):
        tiny_course.hand_in(course, name, b"the same blank notebook")
    run(course, scheduler)
    folder = results_folder(course, NAME)
    (folder / "bo.json").write_bytes((folder / "anna.json").read_bytes())
    (folder / "cleo.ipynb").unlink()
    assert read_result(course, NAME, "bo") is None
    outcome = run(course, scheduler)
    assert (sorted(outcome.graded), outcome.kept) == (["bo", "cleo"], ["anna"])
    assert read_result(course, NAME, "bo").student == "bo"


@pytest.mark.parametrize("field", ["scores", "findings"])
def test_a_result_of_other_types_is_none(course, scheduler, field):
    tiny_course.hand_in(course, "anna", b"x")
    run(course, scheduler)
    path = results_folder(course, NAME) / "anna.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: [1]}))
    assert read_result(course, NAME, "anna") is None


def test_a_full_disk_leaves_no_result_that_looks_whole(course, scheduler, monkeypatch):
    tiny_course.hand_in(course, "anna", b"x")
    run(course, scheduler)
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        write(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        run(course, scheduler, again=True)
    monkeypatch.undo()
    assert read_result(course, NAME, "anna") is None
    assert not list(results_folder(course, NAME).glob(".*"))
    assert run(course, scheduler).graded == ["anna"]


def test_who_is_named_twice_is_graded_once(course, scheduler):
    tiny_course.hand_in(course, "anna", b"x")
    assert run(course, scheduler, students=["anna", "anna"]).graded == ["anna"]
    assert times_graded(course) == {"anna": 1}


def test_two_at_a_time_are_refused(course):
    tiny_course.hand_in(course, "anna", b"x")
    folder = results_folder(course, NAME)
    folder.mkdir(parents=True)
    with courses.alone(folder), pytest.raises(CourseError, match="Another process is at work"):
        run(course)


@pytest.mark.parametrize(
    ("prepare", "options", "words"),
    [
        ("not released", {}, "cnncourse classroom release tiny"),
        ("nothing", {}, "nbgrader zip_collect tiny"),
        ("anna", {"students": ["bo"]}, "Nothing is handed in for tiny by bo"),
        ("anna", {"scheduler": "tcp://127.0.0.1:1"}, "No dask scheduler answers at tcp://127.0"),
        ("anna", {"scheduler": "nonsense"}, "No dask scheduler answers at nonsense"),
    ],
)
def test_what_is_missing_is_said(course, prepare, options, words, monkeypatch):
    monkeypatch.setattr(scheduling, "ANSWERS_WITHIN", 1)
    if prepare == "not released":
        (course / "release" / NAME / f"{NAME}.ipynb").unlink()
    if prepare == "anna":
        tiny_course.hand_in(course, "anna", b"x")
    with pytest.raises(CourseError, match=words):
        run(course, **options)


def test_a_scheduler_that_dies_midway_is_said_in_a_line(course, scheduler, monkeypatch):
    for name in ("anna", "bo", "cleo"):
        tiny_course.hand_in(course, name, b"x")
    windowed = scheduling._windowed

    def lost(client, tasks, window, work):
        for number, (task, future) in enumerate(windowed(client, tasks, window, work)):
            if number == 1:  # as the client does for all futures when the connection is gone
                future.cancel()
                future._state.cancel()
            yield task, future

    monkeypatch.setattr(scheduling, "_windowed", lost)
    with pytest.raises(CourseError, match=r"is lost\. 1 results are kept; the same"):
        run(course, scheduler)
    monkeypatch.undo()
    assert len(run(course, scheduler).graded) == 2


def test_nobody_else_reaches_the_scheduler_of_this_machine(course):
    with scheduling._cluster(course, NAME, 1, None, 1, True) as client:
        assert client.submit(sum, [1, 2]).result() == 3
        address = client.scheduler.address
        for protocol in ("tls", "tcp"):
            stranger = address.replace("tls://", f"{protocol}://")
            with pytest.raises((OSError, TypeError)):
                scheduling._client(stranger).close()


def test_a_client_that_did_not_connect_is_closed_at_once(course):
    tiny_course.hand_in(course, "anna", b"x")
    before = set(threading.enumerate())
    with pytest.raises(CourseError) as refused:
        run(course, "nonsense")
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert "IO loop" not in left, refused  # its traceback keeps the client alive


def test_workers_of_another_version_are_refused(course, scheduler, monkeypatch):
    tiny_course.hand_in(course, "anna", b"x")
    monkeypatch.setattr(scheduling, "__version__", "99.0")
    with pytest.raises(CourseError, match=r"has cnncourse .*, here is 99\.0"):
        run(course, scheduler)


def test_workers_that_do_not_see_the_course_are_refused(course):
    here = scheduling._fitness(str(course), NAME, True)
    there = scheduling._fitness(str(course / "elsewhere"), NAME, True)
    with pytest.raises(CourseError, match="does not see this course"):
        scheduling._check_fitness({"tcp://far:1": there}, here, course)


def test_workers_that_see_an_old_state_of_the_hidden_tests_are_refused(course):
    there = scheduling._fitness(str(course), NAME, True)
    with (course / "source" / NAME / f"{NAME}.ipynb").open("a") as stream:
        stream.write("\n")
    here = scheduling._fitness(str(course), NAME, True)
    with pytest.raises(CourseError, match="or an old state of it"):
        scheduling._check_fitness({"tcp://far:1": there}, here, course)


def test_workers_with_another_numpy_are_refused(course):
    here = scheduling._fitness(str(course), NAME, True)
    there = {**here, "numpy": "0.1"}
    with pytest.raises(CourseError, match=r"tcp://far:1 has NumPy 0\.1"):
        scheduling._check_fitness({"tcp://far:1": there}, here, course)


def test_workers_without_a_sandbox_are_refused(course):
    here = scheduling._fitness(str(course), NAME, True)
    there = {**here, "sandbox": "bubblewrap is not installed there"}
    with pytest.raises(CourseError, match="tcp://far:1: bubblewrap is not installed there"):
        scheduling._check_fitness({"tcp://far:1": there}, here, course)


def test_untrusted_code_is_not_run_without_a_sandbox(course, monkeypatch):
    tiny_course.hand_in(course, "anna", b"x")
    monkeypatch.setattr(scheduling, "_sandbox_problem", lambda: "apt install bubblewrap")
    with pytest.raises(CourseError, match="apt install bubblewrap"):
        run(course, trusted=False)
    assert not (course / "calls").exists()


def test_no_more_are_on_their_way_than_wanted(course, scheduler, monkeypatch):
    for number in range(5):
        tiny_course.hand_in(course, f"student-{number}", b"x")
    windows = []
    windowed = scheduling._windowed

    def spy(client, tasks, window, work):
        windows.append(window)
        return windowed(client, tasks, window, work)

    monkeypatch.setattr(scheduling, "_windowed", spy)
    assert len(run(course, scheduler, workers=1).graded) == 5
    assert windows[0] == 1  # on a cluster that others use as well
    assert len(run(course, scheduler, again=True).graded) == 5
    assert windows[2] > 4


def test_a_result_says_all_but_the_notebook(course, scheduler):
    tiny_course.hand_in(course, "李安娜", b"\xff")
    run(course, scheduler)
    fields = json.loads((results_folder(course, NAME) / "李安娜.json").read_text(encoding="utf-8"))
    assert fields["student"] == "李安娜"
    assert {"scores", "possible", "findings", "notes", "ok", "problem", "seconds"} <= set(fields)
    assert not {"autograded", "feedback"} & set(fields)
