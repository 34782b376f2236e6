"""Grade a class with hostile submissions among it, kill a worker, and count what is lost.

`python -m benchmarks.classroom_scale` makes a course, hands in for 200 students (20 of them attack
the grader; the others solve all, two or one of the questions), grades them with
`cnncourse classroom grade`'s own function, kills a worker with SIGKILL on the way, and compares
every score with what the student earned. It prints times, memory and errors as JSON.

Memory is the largest sum of private memory that one look every half second found: of this process,
which schedules and writes; and of it together with the workers. What the sandboxes of students
hold is counted apart: it is bounded for each of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from cnncourse.classroom import course as courses
from cnncourse.classroom.gradebook import merge
from cnncourse.classroom.scheduling import grade_all, read_result

LOOK = 0.5

ATTACKS = {
    "loops": "while True:\n    pass",
    "allocates": "import numpy\nnumpy.ones(11 << 27)",
    "forks": "import os, time\nfor _ in range(150):\n    if not os.fork():\n"
    "        time.sleep(100)",
    "fills the disk": "with open('/tmp/x', 'wb') as f:\n    for _ in range(3000):\n"
    "        f.write(bytes(1 << 20))",
    "ends the kernel": "import os\nos._exit(0)",
    "kills": "import os\nos.kill(-1, 9)",
    "patches numpy": "import numpy\nnumpy.testing.assert_array_equal = lambda *_, **__: None",
    "prints 100 MB": "for _ in range(100):\n    print('x' * 10**6)",
    "uses the network": "import socket\nsocket.create_connection(('1.1.1.1', 80), 5)",
    "reads the home": "import pathlib\nlist(pathlib.Path.home().rglob('*'))",
}
"""Each in a cell after all answers: what was earned before stays earned."""


def memory(process: psutil.Process) -> int:
    """Return the bytes that a process shares with no other; 0 if it has ended."""
    try:
        return int(process.memory_full_info().uss)
    except (psutil.Error, OSError):
        return 0


def is_worker(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


class Watch:
    """Looks at the memory of this process and its workers until it is told to stop."""

    def __init__(self) -> None:
        self.me = psutil.Process()
        self.peak = {"coordinator": 0, "worker": 0, "coordinator and workers": 0, "sandboxes": 0}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK):
            workers = [each for each in self.me.children() if is_worker(each)]
            others = [each for each in self.me.children(recursive=True) if not is_worker(each)]
            here, there = memory(self.me), [memory(each) for each in workers]
            seen = {
                "coordinator": here,
                "worker": max(there, default=0),
                "coordinator and workers": here + sum(there),
                "sandboxes": sum(memory(each) for each in others),
            }
            for name, size in seen.items():
                self.peak[name] = max(self.peak[name], size)


def hand_in(course: Path, assignment: str, students: int, hostile: int) -> dict[str, float]:
    """Hand in for a class; return what each student earned."""
    paths = [course / step / assignment / f"{assignment}.ipynb" for step in ("source", "release")]
    source, release = (nbformat.read(path, as_version=4) for path in paths)
    solved = {
        cell.id: re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.MULTILINE)
        for cell in source.cells
    }
    answers = [cell.id for cell in release.cells if cell.metadata.nbgrader.get("solution")]
    points: dict[str, float] = {}
    question = ""
    for cell in release.cells:
        question = cell.id if cell.id in answers else question
        if cell.metadata.nbgrader.get("grade"):
            points[question] = points.get(question, 0) + float(cell.metadata.nbgrader.points)
    attacks = list(ATTACKS.values())
    earned = {}
    for number in range(students):
        notebook = nbformat.from_dict(json.loads(json.dumps(release)))
        attacks_here = number * hostile // students != (number + 1) * hostile // students
        wanted = answers if attacks_here else answers[: len(answers) - number % len(answers)]
        for cell in notebook.cells:
            if cell.id in wanted:
                cell.source = solved[cell.id]
        if attacks_here:
            place = number * hostile // students % len(attacks)
            notebook.cells.append(new_code_cell(attacks[place]))
        student = f"{'hostile' if attacks_here else 'honest'}-{number:04}"
        path = course / "submitted" / student / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        earned[student] = sum(points[answer] for answer in wanted)
    return earned


def killing(arriving: Iterable[Any], after: int, total: int) -> Iterator[Any]:
    """Kill a worker when some results have arrived."""
    started = time.perf_counter()
    for number, each in enumerate(arriving, 1):
        passed = time.perf_counter() - started
        print(f"{number}/{total} after {passed:.0f} s", flush=True)
        if number == after:
            worker = next(filter(is_worker, psutil.Process().children()))
            print(f"killing worker {worker.pid}", flush=True)
            os.kill(worker.pid, signal.SIGKILL)
        yield each


def measure(
    course: Path, assignment: str, students: int, hostile: int, workers: int
) -> dict[str, Any]:
    """Grade a class, and return what it took and what was lost."""
    earned = hand_in(course, assignment, students, hostile)
    with Watch() as watch:
        start = time.perf_counter()
        outcome = grade_all(
            course,
            assignment,
            workers=workers,
            progress=lambda arriving, total: killing(arriving, max(1, students // 3), total),
        )
        graded = time.perf_counter()
        merge(course, assignment, outcome.graded)
        merged = time.perf_counter()
    wrong = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submissions = gradebook.assignment_submissions(assignment)
        scores = {each.student_id: each.score for each in submissions}
    for student, points in earned.items():
        if scores.get(student) != points:
            wrong[student] = {"earned": points, "got": scores.get(student)}
    results = [read_result(course, assignment, student) for student in earned]
    seconds = {
        kind: [each.seconds for each in results if each and each.student.startswith(kind)]
        for kind in ("honest", "hostile")
    }
    return {
        "students": students,
        "hostile": hostile,
        "workers": workers,
        "killed workers": 1,
        "lost": [student for student in earned if student not in scores],
        "not graded": outcome.problems,
        "wrong scores": wrong,
        "seconds": {"grading": graded - start, "writing the gradebook": merged - graded},
        "submissions a minute": 60 * students / (graded - start),
        "minutes for 1,000": 1000 / students * (merged - start) / 60,
        "seconds of one, median": {
            kind: statistics.median(each) for kind, each in seconds.items() if each
        },
        "peak memory, MB": {name: round(size / 1e6) for name, size in watch.peak.items()},
        "machine": {
            "processors": os.cpu_count(),
            "load before and after": [*LOAD, *os.getloadavg()[:1]],
            "system": platform.platform(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("nbgrader", "distributed", "numpy")},
        },
    }


LOAD = os.getloadavg()[:1]


def main() -> None:
    """Measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--hostile", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--assignment", default="padding")
    parser.add_argument("--output", type=Path, help="a JSON file for the result")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        course, _ = courses.new(Path(name) / "course", seed=2027)
        courses.release(course, options.assignment)
        found = measure(
            course, options.assignment, options.students, options.hostile, options.workers
        )
    text = json.dumps(found, indent=1, ensure_ascii=False)
    print(text)
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
