"""Telling how a training goes: a bar, tables, and TensorBoard where it is installed.

Everything here is a function of two lists, the losses of all steps so far and a line for each
epoch, which is how :func:`cnncourse.colorize.train.train` calls it. So what was written before an
interruption and what comes after it fit together: the first call after one holds it all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tqdm import tqdm

from cnncourse.colorize._checkpoints import written_whole

Curve: TypeAlias = Sequence[float]
History: TypeAlias = Sequence[dict[str, Any]]
Log: TypeAlias = Callable[[Curve, History], None]


class Bar:
    """A bar of the whole training, with pictures a second, time left, and the mean loss lately.

    Parameters
    ----------
    steps
        Of the whole training.
    batch
        Pictures in each.
    epochs
        Of the whole training.
    hidden
        None hides it where nobody can watch, as in a file.
    """

    def __init__(self, steps: int, batch: int, epochs: int, hidden: bool | None = None) -> None:
        self.steps, self.batch, self.epochs, self.hidden = steps, batch, epochs, hidden
        self.bar: tqdm | None = None
        self.lately = 0.0

    def __call__(self, curve: Curve, history: History) -> None:
        if self.bar is None:
            self.bar = tqdm(
                total=self.steps * self.batch,
                initial=len(curve) * self.batch,
                unit=" pictures",
                disable=self.hidden,
                dynamic_ncols=True,
            )
            self.lately = curve[-1] if curve else 0.0
        elif len(curve) * self.batch > self.bar.n:
            self.lately += (curve[-1] - self.lately) * (0.02 if len(curve) > 1 else 1.0)
            self.bar.set_postfix_str(f"loss {self.lately:.3f}", refresh=False)
            self.bar.update(self.batch)
        epoch = min(len(history) + 1, self.epochs)
        self.bar.set_description_str(f"epoch {epoch}/{self.epochs}", refresh=False)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


class Tables:
    """Two CSV files: history.csv, a row for each epoch, and steps.csv, a row for each step.

    Parameters
    ----------
    folder
        Where to; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: io.TextIOBase | None = None
        self.steps = self.epochs = 0

    def __call__(self, curve: Curve, history: History) -> None:
        if self.rows is None:
            # Rows that a crash has left behind, of steps that will be taken again, go away.
            path = self.folder / "steps.csv"
            _write(path, [["step", "loss"], *enumerate(curve, 1)])
            self.rows = path.open("a", newline="")
            self.epochs = -1
        else:
            csv.writer(self.rows).writerows(enumerate(curve[self.steps :], self.steps + 1))
        self.steps = len(curve)
        if len(history) != self.epochs:
            self.rows.flush()
            names = list(dict.fromkeys(name for line in history for name in line)) or ["epoch"]
            lines = [[line.get(name, "") for name in names] for line in history]
            _write(self.folder / "history.csv", [names, *lines])
            self.epochs = len(history)

    def close(self) -> None:
        if self.rows is not None:
            self.rows.close()


class TensorBoard:
    """TensorBoard's files, in which the loss of every step and the numbers of every epoch are.

    Parameters
    ----------
    folder
        Where to.

    Raises
    ------
    ImportError
        If TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        # PyTorch has the writer, and the writer needs the package tensorboard.
        from torch.utils.tensorboard import SummaryWriter

        self.open = lambda: SummaryWriter(str(folder), purge_step=0)
        self.writer: Any = None
        self.steps = self.epochs = 0

    def __call__(self, curve: Curve, history: History) -> None:
        if self.writer is None:
            # What an interrupted training has written is shown no more, and written again.
            self.writer = self.open()
        for step in range(self.steps, len(curve)):
            self.writer.add_scalar("loss", curve[step], step + 1)
        for line in history[self.epochs :]:
            for name, value in line.items():
                if name not in ("epoch", "seconds") and isinstance(value, int | float):
                    self.writer.add_scalar(f"epochs/{name}", value, line["epoch"])
        if len(history) != self.epochs:
            self.writer.flush()
        self.steps, self.epochs = len(curve), len(history)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


def _write(path: Path, rows: Iterable[Iterable[Any]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
