"""The terminal as a place to ask at: what is shown, how it is laid out, and how a line is read.

Rules that live here and nowhere else:

* All that comes from the model stands behind a bar, at every piece of every line, with control characters written
  out: it cannot look like this question, nor clear or overwrite it. What stands before the bar is ours.
* What was typed before a question stood there is thrown away: it was meant for something else.
* The width is asked for anew each time; at least `NARROWEST`, so that a line says something.

Not promised: that a terminal which is made narrower afterwards does not break the lines once more.
"""

import os
import termios
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, TextIO

from runner.views.visible import hard_wrapped, visible_name, word_wrapped

WIDTH = 80
"""Columns when the stream does not tell, and the longest ruler."""

NARROWEST = 40
"""Columns that lines are laid out for at least; a narrower terminal breaks them itself. Our choice."""

REASON_CHARS = 2000
"""Longest line of a person's own words. Our choice: it becomes a part of the conversation."""


class Saying(NamedTuple):
    """Some words of ours about what the model wants. `mark` stands before it, behind the bar."""

    mark: str
    text: str


class Screen:
    """Shows lines on a stream and reads lines from another."""

    def __init__(self, input_stream: TextIO, output_stream: TextIO) -> None:
        """Read from the one, write to the other; both stay open."""
        self._input = input_stream
        self._output = output_stream
        self._awaited = ""

    @property
    def width(self) -> int:
        """The columns of the terminal, as it is now."""
        try:
            columns = os.get_terminal_size(self._output.fileno()).columns
        except (OSError, ValueError, AttributeError):  # not a terminal, or not even a file
            columns = 0
        return max(NARROWEST, columns or WIDTH)

    def show(self, lines: Sequence[str]) -> None:
        """Print the lines."""
        self._print("\n".join(lines) + "\n")

    def read(self, prompt: str, *, fresh: bool = True) -> str | None:
        """Return the next line without blanks at its ends; None at the end of input.

        Args:
            prompt: what is asked for.
            fresh: what was typed before is thrown away.

        Raises:
            OSError, termios.error: the terminal went away.
        """
        if fresh and self._input.isatty():
            termios.tcflush(self._input.fileno(), termios.TCIFLUSH)
        self._print(prompt)
        self._awaited = prompt
        try:
            line = self._input.readline()
        except UnicodeDecodeError:  # typed in another encoding: it answers nothing
            return ""
        finally:
            self._awaited = ""
        if not line:
            self._print("\n")
            return None
        return line.strip()

    def answer(self, keys: Iterable[str]) -> str | None:
        """Return what is answered where these keys, and maybe words, are possible; None at the end of input."""
        return self.read(_keys(keys, self.width))

    def choose(self, keys: Iterable[str]) -> str | None:
        """Return what is answered to a choice of keys, in lower case; None at the end of input."""
        line = self.answer(keys)
        return None if line is None else line.lower()

    def remind(self) -> None:
        """Show once more what is being waited for, if it is; for a signal handler, when the process goes on."""
        if self._awaited:
            with suppress(OSError, ValueError):
                os.write(self._output.fileno(), self._awaited.encode(errors="replace"))

    def _print(self, text: str) -> None:
        encoding = getattr(self._output, "encoding", None) or "utf-8"
        self._output.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._output.flush()


def ruler(title: str, width: int) -> str:
    """Return the line that a question begins with."""
    return f"-- {title} ".ljust(min(width, WIDTH) - 1, "-")


def barred(text: str, width: int, head: str = "  ", *, prose: bool = False) -> list[str]:
    """Return the lines of a text behind a bar; a colon marks the rest of a line that did not fit.

    Args:
        text: theirs.
        width: columns.
        head: ours, stands before the first line.
        prose: break lines between words, for text that is read and not run.
    """
    room = width - len(head) - 3
    rows: list[str] = []
    for line in text.split("\n"):
        texts = word_wrapped(line, room) if prose else [line]
        pieces = [piece for one in texts for found in hard_wrapped(one, room) for piece in found]
        for at, piece in enumerate(pieces):
            rows.append(f"{' ' * len(head) if rows else head}{':' if at else '|'} {piece}".rstrip())
    return rows


def said(head: str, sayings: Iterable[Saying], width: int) -> list[str]:
    """Return words of ours behind a bar, broken between words, with a head of ours before the first."""
    rows: list[str] = []
    for mark, text in sayings:
        room = width - len(head) - len(mark) - 4
        pieces = [piece for line in word_wrapped(text, room) for piece in hard_wrapped(line, room)[0]]
        for at, piece in enumerate(pieces):
            lead = " " * (len(mark) + 2) if at else mark
            rows.append(f"{' ' * len(head) if rows else head}| {lead}{piece}".rstrip())
    return rows


def cut(text: str, room: int) -> str:
    """Return a name or a command as one line of at most `room` columns; three dots stand for the rest."""
    pieces = hard_wrapped(visible_name(text), room)[0]
    return pieces[0] if len(pieces) == 1 else hard_wrapped(visible_name(text), room - 3)[0][0] + "..."


def _keys(keys: Iterable[str], width: int) -> str:
    """Return the keys as the line, or the lines, that ask for one."""
    rows = [""]
    for key in keys:
        if rows[-1] and len(rows[-1]) + 2 + len(key) > width - len(" > "):
            rows.append("")
        rows[-1] += f"  {key}" if rows[-1] else key
    return "\n".join(rows) + " > "
