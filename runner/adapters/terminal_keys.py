"""Keys pressed while a run goes on: Shift+Tab steps to the next mode.

Rules that live here and nowhere else:

* The terminal does not echo and does not wait for a line while keys are read; Ctrl-C and Ctrl-Z still do what they do.
  However this is left, the terminal is as it was; so it is while the process is stopped.
* While a question is asked (`suspend`) no key is taken: it is meant for the question.
* Nothing is read or changed while the process is in the background. Once it is back in the foreground the terminal is
  taken again, whatever the shell made of it meanwhile; that is looked at ten times a second.
* Any other key is thrown away.

Not promised: a terminal as it was after SIGKILL, which nobody can see coming.
"""

import os
import select
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self, TextIO

SHIFT_TAB = b"\x1b[Z"
"""What terminals send for Shift+Tab (terminfo `kcbt`; xterm, VTE, Linux console and tmux agree)."""

POLL_S = 0.1
"""How long leaving may wait for the reader, and how often the terminal is looked at. Our choice."""

LINES = termios.ICANON | termios.ECHO
"""What a terminal does for programs that read lines."""


class TerminalKeys:
    """Reads keys from a terminal while it is entered, in a thread of its own."""

    def __init__(
        self,
        stream: TextIO | None,
        shift_tab: Callable[[], object],
        *,
        let_go: Callable[[], object] = lambda: None,
        take_back: Callable[[], object] = lambda: None,
    ) -> None:
        """Read from this stream.

        Args:
            stream: where keys come from; left alone if it is no terminal.
            shift_tab: called, from another thread, whenever it is pressed.
            let_go: called from a signal handler before the process is stopped.
            take_back: called from a signal handler when it goes on in the foreground.
        """
        self._fd = _terminal(stream)
        self._shift_tab = shift_tab
        self._let_go = let_go
        self._take_back = take_back
        self._lock = threading.RLock()  # a signal handler may come while it is held
        self._wanted = threading.Event()
        self._ended = threading.Event()
        self._idle = threading.Event()
        self._before: list[Any] | None = None
        self._handles_stops = False
        self._thread = threading.Thread(target=self._read, name="terminal-keys", daemon=True)

    def __enter__(self) -> Self:
        """Begin to read."""
        if self._fd >= 0:
            main = threading.current_thread() is threading.main_thread()
            if main and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
                signal.signal(signal.SIGTSTP, self._stop)
                self._handles_stops = True
            self._wanted.set()
            self._take()
            self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop reading and give the terminal back."""
        self._ended.set()
        self._wanted.clear()
        self._give_back()
        if self._thread.is_alive():
            self._thread.join(timeout=10 * POLL_S)
        if self._handles_stops:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """While this is entered the terminal is as it was before, and no key is taken."""
        if not self._wanted.is_set():
            yield
            return
        self._idle.clear()
        self._wanted.clear()
        if self._thread.is_alive():
            self._idle.wait(timeout=10 * POLL_S)
        self._give_back()
        try:
            yield
        finally:
            self._wanted.set()
            self._take()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Stop the process as Ctrl-Z does, with the terminal as it was; go on where it was when it is continued."""
        wanted = self._wanted.is_set()
        self._wanted.clear()
        self._give_back()
        self._let_go()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)  # it is stopped here
        signal.signal(signal.SIGTSTP, self._stop)
        if _in_foreground(self._fd):
            self._take_back()
        if wanted:
            self._wanted.set()

    def _take(self) -> bool:
        """Make the terminal hand over single keys; whether it does."""
        with self._lock, suppress(termios.error):  # a terminal that went away sends no keys
            if not (self._fd >= 0 and self._wanted.is_set() and _in_foreground(self._fd)):
                return False
            now = termios.tcgetattr(self._fd)
            if not now[3] & LINES:
                return True
            mine = [*now[:3], now[3] & ~LINES, *now[4:6], [*now[6]]]
            mine[6][termios.VMIN], mine[6][termios.VTIME] = b"\x01", b"\x00"
            self._before = now
            termios.tcsetattr(self._fd, termios.TCSANOW, mine)
            return True
        return False

    def _give_back(self) -> None:
        with self._lock:
            before, self._before = self._before, None
            if before is not None and _in_foreground(self._fd):
                with suppress(termios.error):
                    termios.tcsetattr(self._fd, termios.TCSANOW, before)

    def _read(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})  # reading from the background is an error, no stop
        pressed = b""
        while not self._ended.is_set():
            if not self._wanted.is_set() or not self._take():
                self._idle.set()
                self._ended.wait(timeout=POLL_S)
                pressed = b""
                continue
            ready = self._is_ready()
            if ready is None:
                return
            if not ready or not self._wanted.is_set():
                pressed = b""  # an escape that nothing followed is no key of ours
                continue
            if (got := self._got()) is None:
                return
            pressed = (pressed + got)[-64:]
            while SHIFT_TAB in pressed:
                pressed = pressed.split(SHIFT_TAB, 1)[1]
                self._shift_tab()

    def _is_ready(self) -> bool | None:
        """Whether there is something to read; None when the terminal is closed."""
        try:
            ready, _, _ = select.select([self._fd], [], [], POLL_S)
        except (OSError, ValueError):
            return None
        return bool(ready)

    def _got(self) -> bytes | None:
        """Return what was pressed; None when the terminal went away."""
        try:
            return os.read(self._fd, 64) or None
        except OSError:
            return None if _in_foreground(self._fd) else b""


def _terminal(stream: TextIO | None) -> int:
    """Return the descriptor of a stream that is a terminal; -1 of one that is none."""
    try:
        return stream.fileno() if stream is not None and stream.isatty() else -1
    except (OSError, ValueError):  # closed, or not even a file
        return -1


def _in_foreground(fd: int) -> bool:
    """Whether the shell has given this process the terminal; so it is where no shell has a say."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return True
