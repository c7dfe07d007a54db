"""The live view: what happened scrolls up and stays, what is going on stands at the bottom and moves.

Rules that live here and nowhere else:

* Text is never parsed as markup, and what cannot be seen is written out before it comes here: a model or a box can
  neither colour, move, clear nor hide anything.
* A line is one line: cut at the width of the terminal, except reasons, which are wrapped.
* While a question is asked nothing moves (`suspend`). However the view is left, the cursor is back.
* A terminal that went away is no reason to stop a run: its lines are dropped.

Colours follow NO_COLOR, FORCE_COLOR and TERM, which rich reads. The status is redrawn by rich's thread, a few times a
second, in one write each; it reads values that are replaced as a whole, so there is nothing to lock.

Not promised: a tidy status while the terminal is made narrower; the next permanent line is tidy again.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Self, TextIO, cast

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from runner.events import Entry, ModeChanged, ModeRefused, RunEnded
from runner.types import Mode
from runner.views.figures import money, stopwatch
from runner.views.progress import Line, Progress, Tone, advance
from runner.views.visible import one_line, shorten

REFRESH_HZ = 8
"""Redraws a second: a spinner moves smoothly enough. Measured: 0.6 % of one processor of a small VM."""

NARROWEST, WIDEST = 60, 160
"""Columns used: below, lines are laid out for 60 and broken by the terminal; above, they would be hard to read."""

STATUS_LINES = 4
"""Most lines of the status: the empty one, what is going on, what was spent, what an adapter says."""

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
"""As rich writes them."""

STYLES = {
    Tone.TITLE: "bold",
    Tone.WORDS: "italic",
    Tone.CALL: "cyan",
    Tone.NOTE: "dim",
    Tone.GOOD: "green",
    Tone.WARN: "yellow",
    Tone.BAD: "bold red",
}


class TerminalView:
    """A sink that draws on a terminal. A context manager: the status is alive while it is entered."""

    def __init__(
        self,
        stream: TextIO | Console,
        *,
        history: Iterable[Entry] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Draw on this stream.

        Args:
            stream: a terminal, or rich's idea of one; stays open.
            history: the entries that a resumed run has already; counted, not shown.
            clock: seconds of any origin.
        """
        self._console = stream if isinstance(stream, Console) else Console(file=stream)
        self._console.file = cast("IO[str]", _Patient(self._console.file))
        self._clock = clock
        self._live: Live | None = None
        self._progress = Progress()
        for entry in history:
            self._progress, _ = advance(self._progress, entry, width=WIDEST)
        self._status = _Status(self._progress, self._console, clock)

    def append(self, entry: Entry) -> None:
        """Show what the entry is worth. Never raises."""
        self._progress, lines = advance(self._progress, entry, width=self._width())
        if isinstance(entry.event, ModeChanged | ModeRefused):
            self._status.next_mode = None
        self._status.told(self._progress)
        if isinstance(entry.event, RunEnded):
            self._stop()
            self._console.print()
        for line in lines:
            self._show(line)

    def watch(self, text: str) -> None:
        """Show what an adapter is doing right now, until the next entry or the next such text. Never raises."""
        self._status.note = one_line(text, 200)

    def announce(self, mode: Mode | None) -> None:
        """Show which mode is asked for, until the run is in it or does not get it. Never raises."""
        self._status.next_mode = mode

    def let_go(self) -> None:
        """Leave the terminal as a shell needs it; for a signal handler, before the process is stopped."""
        if self._live is not None:
            self._raw(SHOW_CURSOR + "\n")

    def take_back(self) -> None:
        """Draw again below what a shell wrote meanwhile; for a signal handler, when the process goes on."""
        if self._live is not None:
            self._raw("\n" * STATUS_LINES + HIDE_CURSOR)

    def _raw(self, text: str) -> None:
        """Write at once, past what a stream may be in the middle of."""
        with suppress(OSError, ValueError):
            os.write(self._console.file.fileno(), text.encode())

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """While this is entered nothing is drawn but permanent lines, so that somebody else can use the terminal."""
        was_live = self._live is not None
        self._stop()
        try:
            yield
        finally:
            if was_live:
                self._start()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._console.show_cursor(show=True)  # a signal may have come in the middle of a `suspend`

    def _start(self) -> None:
        # A new one each time: a `Live` that was stopped remembers its height and would wipe out what came after it.
        self._live = Live(
            self._status,
            console=self._console,
            refresh_per_second=REFRESH_HZ,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _width(self) -> int:
        return max(NARROWEST, min(WIDEST, self._console.width))

    def _show(self, line: Line) -> None:
        if line.tone is Tone.TITLE:
            self._console.print()
        indent, text = "  " * line.depth, Text(line.text, style=STYLES[line.tone])
        room = self._width() - len(indent)
        if line.tone in {Tone.CALL, Tone.WORDS, Tone.TITLE}:
            text.truncate(room, overflow="ellipsis")
            pieces = [text]
        else:
            pieces = list(text.wrap(self._console, room, overflow="fold"))
        for piece in pieces:
            piece.rstrip()
            self._console.print(Text(indent) + piece, soft_wrap=True)


class _Status:
    """The lines at the bottom: what is going on, in which mode, what was spent so far, what an adapter says."""

    def __init__(self, progress: Progress, console: Console, clock: Callable[[], float]) -> None:
        """Begin to count the time."""
        self.note = ""
        self.next_mode: Mode | None = None
        self._progress = progress
        self._clock = clock
        self._began_s = self._since_s = clock()
        self._spinner = Spinner("dots" if console.encoding.startswith("utf") else "line", style="cyan")

    def told(self, progress: Progress) -> None:
        """Take over what is known now."""
        if progress.doing != self._progress.doing:
            self._since_s = self._clock()
        self._progress = progress
        self.note = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines as they are at this moment, each cut to the width."""
        now_s, progress, note = self._clock(), self._progress, self.note
        yield Text("")
        for_s = stopwatch(round((now_s - self._since_s) * 1000))
        doing = shorten(progress.doing, max(8, options.max_width - len(for_s) - 4))
        frame = self._spinner.render(now_s)
        yield Text.assemble(frame if isinstance(frame, Text) else "*", " ", doing, "  ", (for_s, "dim"), no_wrap=True)
        spent = ", ".join((*self._mode(), *_spent(progress), stopwatch(round((now_s - self._began_s) * 1000))))
        yield Text(f"  {spent}", style="dim", no_wrap=True, overflow="ellipsis")
        if note:
            yield Text(f"  {note}", style="dim", no_wrap=True, overflow="ellipsis")

    def _mode(self) -> tuple[str, ...]:
        """Return the run's mode and the one asked for; nothing while the first is not known."""
        now, then = self._progress.mode, self.next_mode
        if now is None:
            return ()
        return (f"mode {now.value}" if then is None or then is now else f"mode {now.value} (next: {then.value})",)


def _spent(progress: Progress) -> tuple[str, ...]:
    """Return what was spent, beside the limit where there is one."""
    limits = progress.limits
    turns = f" of {limits.turns:,}" if limits and limits.turns is not None else ""
    tokens = f" of {limits.tokens:,}" if limits and limits.tokens is not None else ""
    spend = f" of {money(limits.spend_musd)}" if limits and limits.spend_musd is not None else ""
    return (
        f"turn {progress.turns:,}{turns}",
        f"{progress.tokens:,}{tokens} tokens",
        f"{money(progress.spend_musd)}{spend}",
    )


class _Patient:
    """A stream that takes everything: what it cannot encode is written out, and what nobody reads is dropped.

    OSError: the terminal went away. ValueError: the stream was closed. Without this, rich would end the process.
    """

    def __init__(self, stream: IO[str]) -> None:
        """Write to this stream."""
        self._stream = stream
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether the stream is a terminal that is still there."""
        with suppress(OSError, ValueError):
            return self._stream.isatty()
        return False

    def fileno(self) -> int:
        """The stream's."""
        return self._stream.fileno()
