"""Time the grading of one honest submission beside nbgrader's own autograding of it.

`python -m benchmarks.classroom` makes a course, releases an assignment, and hands in its solutions.
The two take turns, so that whatever slows the machine down for a while slows both. nbgrader runs
everything in one kernel and writes no feedback; ours contains the student's code, keeps the tests
outside, and writes the feedback as well. Wall-clock time is what an instructor waits for; processor
time is what a thousand submissions cost, and depends less on what else the machine does.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from nbgrader.converters import Autograde

from cnncourse.classroom import course as courses
from cnncourse.classroom import grading


def plain(course: Path, assignment: str, raw: bytes) -> dict[str, float | None]:
    """Let nbgrader grade a submission as it does by itself; return the points."""
    from nbgrader.api import Gradebook

    source, _ = grading._notebooks(course, assignment)
    gradebook = grading._skeleton(course, assignment, grading._stamp(course, source))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gradebook.db").write_bytes(gradebook)
        (folder / "source").symlink_to(course / "source")
        submitted = folder / "submitted" / grading.STUDENT / assignment / source.name
        submitted.parent.mkdir(parents=True)
        submitted.write_bytes(raw)
        before = os.getcwd()
        try:
            config = grading._config(course, folder, assignment)
            config.pop("Autograde", None)  # the course's own settings contain students' code
            grading._convert(Autograde, config, io.StringIO())
        finally:
            os.chdir(before)
        with Gradebook(f"sqlite:///{folder}/gradebook.db") as opened:
            submission = opened.find_submission(assignment, grading.STUDENT)
            return {
                grade.cell.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }


def ours(course: Path, assignment: str, raw: bytes) -> dict[str, float | None]:
    """Grade a submission in the sandbox, with feedback; return the points."""
    graded = grading.grade(course, assignment, "honest", raw)
    if not graded.ok:
        raise RuntimeError(graded.problem)
    return graded.scores


def spent() -> float:
    """Return processor seconds of this process and of all its children that have ended."""
    return sum(os.times()[:4])


def peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def answered(course: Path, assignment: str) -> bytes:
    """Return a submission that holds the instructor's solutions, and no test."""
    source, release = grading._notebooks(course, assignment)
    solved = {cell["id"]: cell for cell in json.loads(source.read_text("utf-8"))["cells"]}
    notebook = json.loads(release.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = solved[cell["id"]]["source"]
    return json.dumps(notebook).encode()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignment", default="padding")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # nbgrader's own, about its database
    with tempfile.TemporaryDirectory() as name:
        course, _ = courses.new(Path(name) / "course", seed=0)
        courses.release(course, options.assignment)
        raw = answered(course, options.assignment)
        contenders: dict[str, Callable[[Path, str, bytes], dict[str, float | None]]] = {
            "this package": ours,
            "nbgrader": plain,
        }
        # Once without the clock; nothing of nbgrader's own execution is loaded for the first.
        points, memory = {}, {}
        for label, grade in contenders.items():
            points[label] = grade(course, options.assignment, raw)
            memory[label] = peak()
        if points["this package"] != points["nbgrader"]:
            raise RuntimeError(f"the two do not agree: {points}")
        seconds: dict[str, list[tuple[float, float]]] = {label: [] for label in contenders}
        for _ in range(options.rounds):
            for label, grade in contenders.items():
                start, before = time.perf_counter(), spent()
                grade(course, options.assignment, raw)
                seconds[label].append((time.perf_counter() - start, spent() - before))
    print(f"{options.assignment}, median of {options.rounds}")
    for label, each in seconds.items():
        wall, processor = (statistics.median(values) for values in zip(*each, strict=True))
        print(
            f"{label:14} {wall:6.2f} s, processor {processor:6.2f} s, "
            f"memory of the grading process {memory[label]:4.0f} MB"
        )
    ratio = statistics.median(
        mine[0] / other[0]
        for mine, other in zip(seconds["this package"], seconds["nbgrader"], strict=True)
    )
    print(f"ratio of the times {ratio:.2f}")


if __name__ == "__main__":
    main()
