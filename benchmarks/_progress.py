"""Keep what a long measurement has found so far, so that it may be stopped and taken up again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Progress:
    """Values by name in a file of JSON lines; the first line says what they were measured with.

    Values measured with something else (other settings, other data) are thrown away.

    Parameters
    ----------
    path
        The file; its folder is made.
    conditions
        What all values depend on, as JSON.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "progress.jsonl"
    >>> Progress(path, {"epochs": 60})("score", max, 0.97, 0.98)
    0.98
    >>> Progress(path, {"epochs": 60})("score", max, 0.1, 0.2)
    0.98
    >>> Progress(path, {"epochs": 61})("score", max, 0.1, 0.2)
    0.2
    """

    def __init__(self, path: Path, conditions: Any) -> None:
        self.path = path
        first = json.dumps(conditions)
        # A line that was being written when the measurement was stopped has no end.
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        kept = lines[1:] if lines and lines[0] == first else []
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in [first, *kept]))
        self.values: dict[str, Any] = dict(json.loads(line) for line in kept)

    def __call__(self, name: str, measure: Callable[..., Any], *arguments: Any) -> Any:
        """Return the value of this name, `measure(*arguments)` unless it is known."""
        if name not in self.values:
            self.values[name] = measure(*arguments)
            with self.path.open("a") as file:
                file.write(json.dumps([name, self.values[name]]) + "\n")
        return self.values[name]
