"""Ctrl-C and SIGTERM as exceptions of ours, raised only where nothing is half done.

Rules that live here and nowhere else:

* SIGINT raises `Interrupted`, SIGTERM and SIGHUP raise `Terminated`, in the main thread, at once: whatever waits is
  woken. Inside `shield()` they wait until it is left.
* The second signal of a kind while cleaning up is raised too: a person who insists wins; the box ends by itself.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from runner.errors import Interrupted, Terminated


class Signals:
    """Turns signals into exceptions while it is installed."""

    def __init__(self) -> None:
        """Begin without a pending signal; nothing is installed yet."""
        self._shields = 0
        self._pending: Interrupted | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While this is entered (main thread only), signals are ours; afterwards they are as before."""
        kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {kind: signal.signal(kind, self._handle) for kind in kinds}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """While this is entered no signal is raised; one that came is raised when the outermost is left."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._shields == 0 and self._pending is not None:
            pending, self._pending = self._pending, None
            raise pending

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        error: Interrupted
        if number == signal.SIGINT:
            error = Interrupted("interrupted by a person (Ctrl-C)")
        else:
            error = Terminated(f"told to end by {signal.Signals(number).name}")
        if self._shields:
            self._pending = error
        else:
            raise error
