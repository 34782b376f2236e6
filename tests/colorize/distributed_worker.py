"""What each process does that test_distributed.py starts: `torchrun … distributed_worker.py DIR`.

The first process leaves what all have found in DIR; the test compares it with what one finds.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import torch
from colorize.training_task import TASKS, Run, altered, judged, normalized, plain, task
from torch import distributed

from cnncourse import cli
from cnncourse.colorize._distributed import SharedBatchNorm2d, Workers, joined


def found_by_all(value: Any) -> list[Any]:
    values: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(values, value)
    return values


def ask_to_stop() -> None:
    signal.raise_signal(signal.SIGTERM)


def told(run: Run) -> dict[str, Any]:
    return {
        "curve": run.curve,
        "losses": run.losses(),
        "weights": run.weights,
        "calls": run.calls,
    }


def stopped(**options: Any) -> bool:
    """Return whether a training ended as one that was asked to stop; only the first is asked."""
    try:
        Run(at_step={3: ask_to_stop}, **options)
    except KeyboardInterrupt:
        return True
    return False


def trainings(folder: Path, workers: Workers, name: str) -> dict[str, Any]:
    """Train without a break; with one; and go on with what one process has begun."""
    # What the second process would write is given another name: it must not come to be.
    suffix = "" if workers.first else "-of-the-second"
    checkpoint = folder / f"{name}-stopped{suffix}.pt"
    return {
        "unbroken": told(Run(**task(name))),
        "stopped": stopped(checkpoint=checkpoint, **task(name)),
        "resumed": told(Run(checkpoint=checkpoint, **task(name, seed=5))),
        "taken over": told(
            Run(checkpoint=folder / f"{name}-begun{suffix}.pt", **task(name, seed=5))
        ),
        "to hand over": stopped(checkpoint=folder / f"{name}-left{suffix}.pt", **task(name)),
    }


def refused(workers: Workers, folder: Path) -> str:
    """Return what is said when one process has other pictures than the first."""
    images = altered(0 if workers.first else 1)
    try:
        Run(images=images, checkpoint=folder / "refused.pt")
    except ValueError as problem:
        return str(problem)
    return "nothing"


def main(folder: Path) -> None:
    with joined(torch.device("cpu")) as workers:
        judge, judgments = judged([20, 22, 21, 21])
        early = Run(settings=plain(epochs=7, average=0.0), judge=judge, patience=2)
        mine = {
            "normalized": normalized(SharedBatchNorm2d(3), workers),
            "early": {**told(early), "epochs": len(early.history), "judged": len(judgments)},
            "refused": refused(workers, folder),
            **{name: trainings(folder, workers, name) for name in TASKS},
        }
        found = found_by_all(mine)
        if workers.first:
            torch.save(found, folder / "found.pt")
        output = folder / ("command" if workers.first else "command-of-the-second")
        options = ["--widths", "4,8", "--size", "8", "--epochs", "2", "--device", "cpu"]
        arguments = ["train-colorizer", str(folder / "photographs"), "-o", str(output), *options]
        cli.app(arguments, standalone_mode=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
