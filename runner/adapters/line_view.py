"""Progress without a terminal: plain lines on stderr, one for everything worth knowing, each with the time it came.

Rules that live here and nowhere else:

* A line begins with the time since this process took up the run; nothing of a model's or a box's text ever stands at
  the beginning of a line, where a CI system looks for commands.
* What replaces itself on a terminal ("copying 12,000 files") is printed at most every ten seconds.
* A reader that went away is no reason to stop a run: its lines are dropped.

Not promised: that every line arrives. The journal is the record.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TextIO

from runner.events import Entry
from runner.views.figures import stopwatch
from runner.views.progress import Progress, advance
from runner.views.visible import commandless, one_line

WIDTH = 120
"""Columns that descriptions are cut to: what CI systems show without wrapping. Our choice."""

WATCH_S = 10.0
"""Least time between two transient lines. Our choice: often enough for CI systems that stop a silent job."""


class LineView:
    """A sink that prints lines."""

    def __init__(
        self,
        stream: TextIO,
        *,
        history: Iterable[Entry] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Print to this stream.

        Args:
            stream: where to; stays open.
            history: the entries that a resumed run has already; counted, not printed.
            clock: seconds of any origin, for `watch`.
        """
        self._stream = stream
        self._clock = clock
        self._began: dt.datetime | None = None
        self._watched_s: float | None = None
        self._progress = Progress()
        for entry in history:
            self._progress, _ = advance(self._progress, entry, width=WIDTH)

    def append(self, entry: Entry) -> None:
        """Print what the entry is worth. Never raises."""
        if self._began is None:
            self._began = entry.at
        since = stopwatch(round((entry.at - self._began).total_seconds() * 1000))
        self._progress, lines = advance(self._progress, entry, width=WIDTH - 9)
        for line in lines:
            self._print(f"{since:>7}  {'  ' * line.depth}{line.text}")

    def watch(self, text: str) -> None:
        """Print what is going on, unless something was printed this way within the last ten seconds. Never raises."""
        now_s = self._clock()
        if self._watched_s is None or now_s - self._watched_s >= WATCH_S:
            self._watched_s = now_s
            self._print(f"{'...':>7}  {one_line(text, WIDTH - 9)}")

    def _print(self, line: str) -> None:
        # OSError: the reader of a pipe went away, or the disk behind a redirect is full. ValueError: the stream was
        # closed. Either way nobody looks on any more, the journal has everything, and the task is worth finishing.
        with suppress(OSError, ValueError):
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            self._stream.write(commandless(line).encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self._stream.flush()
