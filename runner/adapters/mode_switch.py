"""Another mode for a run that is going on: wished for from any thread, taken between two steps.

Rules that live here and nowhere else:

* A wish is a wish: the engine records it, or not where the policy has switched that mode off. A later wish replaces
  one that was not taken yet.
* Cycling goes through the modes a person steps through, without those that are switched off; bypassPermissions is
  among them only if the run began in it.
* What is true of the run is `fold` of what was told, as everywhere.
"""

import threading
from collections.abc import Iterable
from contextlib import suppress

from runner.errors import JournalError
from runner.events import Entry, ModeChanged, News, Resumed, RunStarted
from runner.run import Run, fold
from runner.types import Mode

CYCLE = (Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.PLAN, Mode.AUTO)
"""The order in which a key steps through the modes: that of the reference client."""


class ModeSwitch:
    """A sink that knows what a run is judged by, and a mailbox that asks for another mode."""

    def __init__(self, history: Iterable[Entry] = ()) -> None:
        """Begin with the entries that a resumed run has already."""
        self._lock = threading.Lock()
        self._run: Run | None = None
        self._began_in: Mode | None = None
        self._wish: ModeChanged | None = None
        for entry in history:
            self.append(entry)

    def append(self, entry: Entry) -> None:
        """Take note of an entry; of one that cannot follow, which the engine does not tell, nothing is learned."""
        with self._lock, suppress(JournalError):
            self._run = fold(self._run, entry)
            if isinstance(entry.event, RunStarted | Resumed):
                self._began_in = self._run.session_mode

    def run(self) -> Run:
        """Return the run as it is now.

        Raises:
            LookupError: it has not begun.
        """
        with self._lock:
            if self._run is None:
                raise LookupError("the run has not begun")
            return self._run

    def wish(self, mode: Mode, by: str) -> None:
        """Ask for this mode, from any thread, in somebody's name; people read it in the record."""
        with self._lock:
            self._wish = ModeChanged(mode=mode, by=by)

    def step(self, by: str) -> Mode | None:
        """Ask for the next mode of the cycle, from any thread, and return it; None before the run has begun."""
        with self._lock:
            if self._run is None:
                return None
            off = self._run.policy.modes_off
            bypass = (Mode.BYPASS,) if self._began_in is Mode.BYPASS else ()
            cycle = [mode for mode in (*CYCLE, *bypass) if mode is Mode.DEFAULT or mode not in off]
            now = self._wish.mode if self._wish else self._run.session_mode
            at = cycle.index(now) if now in cycle else -1
            self._wish = ModeChanged(mode=cycle[(at + 1) % len(cycle)], by=by)
            return self._wish.mode

    def take(self) -> tuple[News, ...]:
        """Return what was wished for since the last time."""
        with self._lock:
            wish, self._wish = self._wish, None
        return () if wish is None else (wish,)
