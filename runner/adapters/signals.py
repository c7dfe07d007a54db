"""Ctrl-C and SIGTERM as exceptions of ours, raised only where nothing is half done.

Rules that live here and nowhere else:

* In the main thread SIGINT raises `Interrupted`, SIGTERM and SIGHUP raise `Terminated`, at once: whatever waits is
  woken. Inside `shield()` they wait until it is left.
* The second signal of a kind while cleaning up is raised too: a person who insists wins; the box ends by itself.
* What this process ignores stays ignored, so that a run under `nohup` outlives its terminal; what is handled outside
  of Python, and could not be put back, stays as it is.
* Python gives signals to the main thread alone. In any other they are left as they are, and `interrupt` stands in for
  Ctrl-C there: the same exception, by the same rules.

Theory of `interrupt`: the interpreter raises an exception in another thread before that thread's next step in Python.
Whoever enters a shield takes one such step while nobody can interrupt, so that nothing is still on its way inside.

Not promised: that `interrupt` wakes what waits outside of Python. It comes when that wait is over, so waits must be
short or in pieces: a command in the box is looked at every second, a streaming reply whenever a piece of it comes.
"""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from runner.errors import Interrupted, Terminated

KINDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STOPPED = "stopped by the program that runs it"


class Stopped(Interrupted):
    """A program stopped the run that a thread of it drives. Takes no arguments: the interpreter gives none."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(STOPPED)


class Signals:
    """Turns signals into exceptions while it is installed."""

    def __init__(self) -> None:
        """Begin without a pending signal; nothing is installed yet."""
        self._shields = 0
        self._pending: Interrupted | None = None
        self._thread_id: int | None = None
        self._interrupting = threading.Lock()  # whoever interrupts holds it; a signal's handler never takes it

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While this is entered signals are ours, in the main thread; in any other, `interrupt` reaches it.

        Afterwards everything is as before.
        """
        if threading.current_thread() is threading.main_thread():
            with self._handled():
                yield
        else:
            with self._reachable(threading.get_ident()):
                yield

    @contextmanager
    def shield(self) -> Iterator[None]:
        """While this is entered nothing is raised; what came is raised when the outermost is left."""
        with self._interrupting:
            _take_a_step()
            self._shields += 1
        try:
            yield
        finally:
            with self._interrupting:
                self._shields -= 1
        if self._shields == 0 and self._pending is not None:
            pending, self._pending = self._pending, None
            raise pending

    def interrupt(self) -> None:
        """Raise `Stopped` in the thread in which this is installed. Nothing where it is not, or no longer."""
        with self._interrupting:
            if self._thread_id is None:
                return
            if self._shields:
                self._pending = Stopped()
            else:
                _raise_in(self._thread_id, Stopped)

    @contextmanager
    def _handled(self) -> Iterator[None]:
        found = {kind: signal.getsignal(kind) for kind in KINDS}
        before = {kind: handler for kind, handler in found.items() if handler not in {signal.SIG_IGN, None}}
        for kind in before:
            signal.signal(kind, self._handle)
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    @contextmanager
    def _reachable(self, thread_id: int) -> Iterator[None]:
        self._thread_id = thread_id
        _reachable[thread_id] = self
        try:
            yield
        finally:
            with self._interrupting:
                _reachable.pop(thread_id, None)
                self._thread_id = None
                _take_a_step()

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


def interrupt(thread_id: int) -> None:
    """Raise `Stopped` in a thread in which `Signals` are installed, as Ctrl-C does in the main one.

    Nothing happens where none are. Returns at once; the exception comes with that thread's next step in Python, or
    when its shield is left.
    """
    signals = _reachable.get(thread_id)
    if signals is not None:
        signals.interrupt()


_reachable: dict[int, Signals] = {}
"""Threads that drive a run, by their ids: whoever stops one knows the thread and nothing of what is driven there."""

_raise_in = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


def _take_a_step() -> None:
    """Take a step in Python: what another thread raised here arrives now, if it has not yet."""
    for _ in range(2):
        pass
