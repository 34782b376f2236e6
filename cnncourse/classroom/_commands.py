"""The commands `cnncourse classroom …`: thin, and quick to name what is missing.

nbgrader and dask are imported by the commands that need them, when they run.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cnncourse.classroom import course as courses

if TYPE_CHECKING:
    from cnncourse.classroom.gradebook import Merged
    from cnncourse.classroom.scheduling import Outcome

__all__ = ["app"]

app = typer.Typer(
    name="classroom",
    help="For instructors: assign, grade safely, and see what a class got wrong. nbgrader's own "
    "commands go with them: `nbgrader zip_collect`, `generate_feedback`, `export`.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

MOST_LINES = 20
"""How many students are named one by one in a list of what was unusual."""

TRUSTED = """\
WARNING: --trusted runs the students' code on this machine as if it were yours. It can read and
change whatever you can: the gradebook, other students' work, your files, your network.
Only for code that you know."""

Course = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="DIR",
        help="The course's folder. Without it, the current one.",
        show_default=False,
    ),
]
Assignment = Annotated[
    str, typer.Argument(metavar="NAME", help="The assignment, such as padding.", show_default=False)
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Picks the variants of the questions; the same seed gives the same ones. "
        "Without it, one is drawn. Those of seed 0 are published.",
        show_default=False,
    ),
]


@app.command()
def new(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="The course's folder, made if missing."),
    ],
    seed: Seed = None,
) -> None:
    """Make a course: nbgrader's configuration, and all assignments of the book as sources."""
    with told():
        course, seed = courses.new(folder, seed)
        names = courses.assignments(course)
    print(f"Made the course {course} with {len(names)} assignments, seed {seed}:")
    print(f"    {', '.join(names)}")
    print("Next, in that folder, for instance:")
    print(f"    cd {folder}")
    print(f"    cnncourse classroom assign {_example(names)} --seed 2027")
    print(f"    cnncourse classroom release {_example(names)}")


@app.command()
def assign(
    name: Assignment,
    seed: Seed = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also if students have another variant already.")
    ] = False,
    course: Course = None,
) -> None:
    """Write an assignment's source, in the variant that a seed picks."""
    with told():
        path, seed = courses.assign(courses.find(course), name, seed, replace=force)
    print(f"{_shown(path)} asks the questions of seed {seed}.")
    print(f"What students get: cnncourse classroom release {name}")


@app.command()
def release(name: Assignment, course: Course = None) -> None:
    """Make what students get: no solutions, no hidden tests; as nbgrader generate_assignment."""
    with told():
        path = courses.release(courses.find(course), name)
    print(f"Hand out {_shown(path)}")


@app.command()
def grade(
    name: Assignment,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Submissions graded at a time. Without it, one for each processor.",
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="A running dask scheduler, such as tcp://10.0.0.5:8786, whose workers see the "
            "course under the same path. Without it, this machine.",
            show_default=False,
        ),
    ] = None,
    student: Annotated[
        list[str] | None,
        typer.Option(help="Only this student; may be given several times.", show_default=False),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also what has been graded and has not changed.")
    ] = False,
    trusted: Annotated[
        bool,
        typer.Option(
            "--trusted",
            help="Run students' code WITHOUT a sandbox: it can do whatever you can.",
        ),
    ] = False,
    course: Course = None,
) -> None:
    """Grade what was handed in, each submission in a sandbox, and write the gradebook.

    Results are on disk as they arrive: after Ctrl-C or a crash, the same command goes on where it
    stopped. The exit status is 1 if something could not be graded.
    """
    if trusted:
        _say(TRUSTED)
    with told():
        from cnncourse.classroom import gradebook, scheduling

        folder = courses.find(course)
        outcome = scheduling.grade_all(
            folder,
            name,
            students=student or None,
            workers=workers,
            scheduler=scheduler,
            trusted=trusted,
            again=again,
            progress=_progress,
        )
        if outcome.interrupted:
            done = len(outcome.graded) + len(outcome.kept)
            _say(f"Stopped. {done} results are kept; the same command goes on with the rest.")
            raise typer.Exit(130)
        try:
            merged = gradebook.merge(folder, name, [*outcome.kept, *outcome.graded])
        except KeyboardInterrupt:
            _say("Stopped while writing the gradebook. The same command goes on with the rest.")
            raise typer.Exit(130) from None
    _summarize(name, outcome, merged)
    raise typer.Exit(1 if outcome.problems else 0)


@app.command()
def report(name: Assignment, course: Course = None) -> None:
    """Show what the class got wrong, by misconception: an HTML page and a CSV file."""
    with told():
        from cnncourse.classroom.report import write

        for path in write(courses.find(course), name):
            print(_shown(path))


@app.command()
def pages(name: Assignment, course: Course = None) -> None:
    """Pack the feedback for Moodle and Canvas, under the names of what students handed in."""
    with told():
        from cnncourse.classroom.returning import pack

        archive, missing = pack(courses.find(course), name)
    print(_shown(archive))
    _list("No page of feedback", dict.fromkeys(missing, f"nbgrader generate_feedback {name}"))


@app.command()
def questions(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Where to; made if missing."),
    ],
    chapter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this chapter, such as padding; may be given several times.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Export the chapters' concept questions, with their feedback, for Canvas and Moodle."""
    with told():
        from cnncourse.classroom.qti import write

        for path in write(folder, chapter or None):
            print(_shown(path))


@contextmanager
def told() -> Iterator[None]:
    """Turn what does not fit, and what is not installed, into a line and exit status 1."""
    try:
        yield
    except ModuleNotFoundError as problem:
        module = (problem.name or "").split(".")[0]
        if module in ("", "cnncourse"):
            raise
        _stop(
            f"This command needs {module}, which is not installed. Install it with\n"
            '    pip install "cnncourse[classroom]"'
        )
    except ValueError as problem:
        _stop(str(problem))
    except OSError as problem:
        # What the system refuses; of a full disk it does not say which file it was.
        if problem.strerror is None:
            raise
        where = f"{problem.filename}: " if problem.filename is not None else ""
        _stop(f"{where}{problem.strerror}")


def _progress(arriving: Iterable[Any], total: int) -> Iterable[Any]:
    from tqdm import tqdm

    return tqdm(arriving, total=total, unit="submission", smoothing=0.1, mininterval=0.5)


def _summarize(name: str, outcome: Outcome, merged: Merged) -> None:
    graded, kept = len(outcome.graded), len(outcome.kept)
    print(f"{name}: {graded} graded" + (f", {kept} graded before" if kept else "") + ".")
    notes = {student: "; ".join(said) for student, said in merged.notes.items() if said}
    _list("Unusual", notes)
    late = {student: f"{_length(seconds)} late" for student, seconds in merged.late.items()}
    _list("After the due date", late)
    if merged.by_hand:
        print(
            f"{len(merged.by_hand)} have answers that a person grades: in Formgrader, "
            "then nbgrader generate_feedback."
        )
    _list("Not graded", outcome.problems, sys.stderr)
    print("Next:")
    print(f"    nbgrader generate_feedback {name}")
    print("    nbgrader export")
    print(f"    cnncourse classroom report {name}")


def _list(title: str, lines: dict[str, str], stream: Any = None) -> None:
    if not lines:
        return
    _say(f"{title} ({len(lines)}):", stream or sys.stdout)
    for student, said in list(lines.items())[:MOST_LINES]:
        _say(f"    {student}: {said}", stream or sys.stdout)
    if len(lines) > MOST_LINES:
        _say(f"    … and {len(lines) - MOST_LINES} more", stream or sys.stdout)


def _length(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} second{'s' * (round(seconds) != 1)}"


def _example(names: list[str]) -> str:
    return "padding" if "padding" in names or not names else names[0]


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _say(text: str, stream: Any = None) -> None:
    """Print, also where the terminal lacks letters of a student's name, or would obey them."""
    stream = stream or sys.stderr
    text = "".join(
        each
        if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cf")
        else repr(each)[1:-1]
        for each in text
    )
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def _stop(message: str) -> NoReturn:
    _say(message)
    raise typer.Exit(1)
