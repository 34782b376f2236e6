"""Being asked to stop, and finishing the step at hand first."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Notice Ctrl-C and polite requests to end, instead of breaking off where one happens to be.

    Parameters
    ----------
    expected
        Without it nothing is caught: who keeps no checkpoint has nothing to finish.
    insistence
        Whether a second Ctrl-C breaks off at once. (`torchrun` may pass the same one on twice.)

    Attributes
    ----------
    requested
        Whether somebody has asked to stop since the ``with`` block was entered.

    Examples
    --------
    >>> with Interruption() as interruption:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interruption.requested
    True
    """

    def __init__(self, expected: bool = True, insistence: bool = True) -> None:
        self.requested = False
        self.insistence = insistence
        # Only the main thread of a process may listen.
        self.listening = expected and threading.current_thread() is threading.main_thread()
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        if self.listening:
            for number in SIGNALS:
                self.before[number] = signal.signal(number, self._notice)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _notice(self, number: int, frame: FrameType | None) -> None:
        if self.requested and self.insistence and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested = True
