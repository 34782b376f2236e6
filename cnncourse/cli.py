"""The command `cnncourse`: thin, every command calls what the package offers.

PyTorch is imported only by the commands that need it, when they run, so that `cnncourse --help`
is quick and works without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from cnncourse import __version__
from cnncourse.classroom import _commands as classroom
from cnncourse.colorize._train_command import train_colorizer

if TYPE_CHECKING:
    import numpy as np

    from cnncourse.colorize._batch import Outcome
    from cnncourse.colorize.pictures import Picture

app = typer.Typer(
    name="cnncourse",
    help="Convolution by Hand: the commands of the course.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


class Head(StrEnum):
    """Which of the network's two answers to take."""

    vivid = "vivid"
    faithful = "faithful"


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"cnncourse {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Convolution by Hand: the commands of the course."""


@app.command()
def colorize(
    photos: Annotated[
        list[Path],
        typer.Argument(
            metavar="PHOTO", help="Pictures, or folders of pictures.", show_default=False
        ),
    ],
    head: Annotated[
        Head,
        typer.Option(
            help="vivid: colorful, and sometimes boldly wrong. "
            "faithful: nearest to the true colors on average, and duller."
        ),
    ] = Head.vivid,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the results, made if missing. Without it, each lies beside its PHOTO.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        str,
        typer.Option(
            metavar="NAME|PATH", help="The trained network: one of the course's, or your own file."
        ),
    ] = "photographs",
    size: Annotated[
        int | None,
        typer.Option(
            min=16,
            max=1024,
            metavar="PIXELS",
            help="The network sees a copy of about PIXELS × PIXELS. Larger is slower and not "
            "always better. Without it, the size that suits the checkpoint.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace results that exist already.")
    ] = False,
) -> None:
    """Color gray photographs, of any size.

    NAME.jpg becomes NAME-colorized.jpg; pictures of other kinds become PNG files and keep their
    transparency. Place, time and other data about a photograph are not copied. The colors are
    invented: likely ones, not what was there. If PHOTO has colors, only its lightness is looked at.

    What cannot be colored is named in a line, the rest is done, and the exit status is 1.
    """
    from tqdm import tqdm

    from cnncourse.colorize import _batch

    jobs, outcomes = _batch.plan(photos, output)
    for outcome in outcomes:
        _report(outcome)
    if not jobs:
        _say("There is nothing to color.", sys.stderr)
    else:
        color = _colorizer(checkpoint, head, size)
        # One picture needs no bar; None shows it only where somebody can watch.
        hidden = True if len(jobs) == 1 else None
        done = _batch.run(jobs, color, overwrite=force)
        for outcome in tqdm(done, total=len(jobs), unit="picture", disable=hidden):
            _report(outcome)
            outcomes.append(outcome)
    raise typer.Exit(1 if any(outcome.failed for outcome in outcomes) else 0)


def _colorizer(checkpoint: str, head: Head, size: int | None) -> Callable[[Picture], np.ndarray]:
    import numpy as np

    with torch_needed():
        from cnncourse.colorize import export, predict

    def color(picture: Picture | np.ndarray) -> np.ndarray:
        return predict.colorize(picture, network, head.value, **options)

    try:
        network, metadata = export.load(checkpoint)
        options = predict.options(metadata)
        if size is not None:
            options["size"] = size
        color(np.zeros((1, 1), dtype=np.uint8))  # what does not fit together shows here
    except (OSError, ValueError) as problem:
        _stop(str(problem))
    return color


app.command("train-colorizer")(train_colorizer)
app.add_typer(classroom.app)


@app.command()
def check(
    notebook: Annotated[
        Path, typer.Argument(metavar="NOTEBOOK", help="The assignment, saved.", show_default=False)
    ],
    seconds: Annotated[
        float, typer.Option(min=1, help="A cell that runs longer is stopped.", metavar="SECONDS")
    ] = 30,
) -> None:
    """Check an assignment before you hand it in.

    A copy of NOTEBOOK runs from top to bottom in a fresh kernel, and each question's examples say
    whether they hold. The exit status is 1 if something is missing.
    """
    from cnncourse.checking import check_notebook

    try:
        checked = check_notebook(notebook, seconds)
    except ValueError as problem:
        _stop(str(problem))
    _say(repr(checked), sys.stdout)
    raise typer.Exit(0 if checked else 1)


@contextmanager
def torch_needed() -> Iterator[None]:
    """Say what to install where an import below it fails for want of PyTorch."""
    try:
        yield
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] not in ("torch", "safetensors", "onnx"):
            raise
        _stop(
            f"This command needs {problem.name}, which is not installed. Install it with\n"
            '    pip install "cnncourse[torch]"'
        )


def _report(outcome: Outcome) -> None:
    if outcome.written is not None:
        from cnncourse.colorize.pictures import shown

        _say(shown(outcome.written), sys.stdout)
    else:
        _say(outcome.message, sys.stderr)


def _say(text: str, stream: TextIO) -> None:
    """Print above a progress bar, also where the terminal lacks letters."""
    from tqdm import tqdm

    encoding = stream.encoding or "utf-8"
    tqdm.write(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def _stop(message: str) -> NoReturn:
    _say(message, sys.stderr)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
