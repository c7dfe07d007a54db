"""Asks the person at the terminal: what would be done, in full, why it is asked, and four ways to answer.

Rules that live here and nowhere else:

* A command is shown complete. Contents of files are shown in part, the part says so, and the rest is a key away.
* All that comes from the model stands behind a bar, at every piece of every line, with control characters written
  out: it cannot look like this question, nor clear or overwrite it.
* What was typed before the question stood there is thrown away: it was meant for something else.
* Only a clear yes is a yes. An empty line or anything else asks again; the end of input parks the question.

Not promised: that a person reads it. It waits for as long as the person does; unattended runs have another approver.
"""

import difflib
import os
import termios
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TextIO, assert_never

from runner.types import (
    Action,
    Create,
    Decision,
    Effects,
    Exec,
    Insert,
    Probe,
    Replace,
    Restart,
    Rung,
    Verdict,
    View,
)
from runner.views.visible import hard_wrapped, one_line, visible, visible_name, word_wrapped
from runner.views.wording import judged_by

PREVIEW_LINES = 40
"""So many lines of a file's new content are shown at first. Our choice: with the rest, one screen."""

DIFF_LINES = 2000
"""Longest edit, old and new lines together, that is compared; comparing takes quadratic time. Our choice."""

NAMES = 10
"""So many paths or hosts of a kind are listed. Our choice."""

REASON_CHARS = 2000
"""Longest reason. Our choice: it becomes a part of the conversation."""

TRIES = 10
"""So many answers that are none, and the question is parked. Our choice: it bounds a pipe that never ends."""

WIDTH = 80
"""Columns when the stream does not tell."""

YES = "A person said yes."
NO = "A person said no."


class TerminalApprover:
    """Asks on a stream and reads the answer from another."""

    def __init__(
        self,
        view_suspend: Callable[[], AbstractContextManager[None]],
        input_stream: TextIO,
        output_stream: TextIO,
    ) -> None:
        """Ask on `output_stream`, read from `input_stream`.

        Args:
            view_suspend: returns a context in which no live view draws on the same terminal.
            input_stream: where answers come from; discarded up to the question if it is a terminal.
            output_stream: where the question goes.
        """
        self._suspend = view_suspend
        self._input = input_stream
        self._output = output_stream

    def ask(self, action: Action, decision: Decision) -> Decision | None:
        """Return the person's ALLOW or DENY, or None to park: asked for, the end of input, or no sensible answer."""
        begun_s = time.monotonic()

        def answer(verdict: Verdict, why: str, instead: str = "") -> Decision:
            latency_ms = round((time.monotonic() - begun_s) * 1000)
            return action.decide(verdict, rung=Rung.APPROVER, why=why, instead=instead, latency_ms=latency_ms)

        with self._suspend(), suppress(OSError, ValueError):  # a terminal that went away answers nothing: parked
            self._show(action, decision, whole=False)
            for _ in range(TRIES):
                match self._answer(_is_long(action)):
                    case "y" | "yes":
                        return answer(Verdict.ALLOW, YES)
                    case "n" | "no":
                        return answer(Verdict.DENY, NO)
                    case "r" | "reason":
                        reason = self._reason()
                        return None if reason is None else answer(Verdict.DENY, NO, reason)
                    case "s" | "show":
                        self._show(action, decision, whole=True)
                    case None | "q" | "quit":
                        return None
                    case _:
                        self._print("Please answer with one of the letters.")
        return None

    def _show(self, action: Action, decision: Decision, *, whole: bool) -> None:
        width = _width(self._output)
        title, body = _sheet(action)
        shown = body if whole or isinstance(action.operation, Exec | Probe) else body[:PREVIEW_LINES]
        lines = ["", f"-- {title} ".ljust(min(width, WIDTH) - 1, "-")]
        lines += _barred(shown, width)
        if len(shown) < len(body):
            lines.append(f"  [{len(body) - len(shown):,} more lines; s shows them]")
        elif len(lines) > PREVIEW_LINES:
            lines.append(f"  [{len(body):,} lines; the first is further up]")
        why = f"{decision.why} [{judged_by(decision.rung, decision.rule)}]"
        for head, text in (("would ", _effects(action.effects)), ("asked ", why)):
            lines += _said(head, text, width) if text else []
        self._print("\n".join(lines))

    def _answer(self, long: bool) -> str | None:
        _discard_typed(self._input)
        show = "  [s] show all" if long else ""
        self._print(f"[y] yes  [n] no  [r] no, with a reason  [q] stop and park{show}", end=" > ")
        line = self._input.readline()
        if not line:
            self._print("")
            return None
        return line.strip().lower()

    def _reason(self) -> str | None:
        self._print("Reason, for the model", end=": ")
        line = self._input.readline()
        if not line:
            self._print("")
            return None
        return visible(line.strip()[:REASON_CHARS])

    def _print(self, text: str, end: str = "\n") -> None:
        encoding = getattr(self._output, "encoding", None) or "utf-8"
        self._output.write((text + end).encode(encoding, "backslashreplace").decode(encoding))
        self._output.flush()


def _sheet(action: Action) -> tuple[str, list[str]]:
    """Return a title of ours and the lines of theirs."""
    match action.operation:
        case Exec(command=command):
            return "Run this in the shell?", command.split("\n")
        case Probe(command=command):
            return "Run this check?", command.split("\n")
        case Restart():
            return "End the shell with all it started, and begin a new one?", []
        case View(path=path, first_line=first, last_line=last):
            lines = f", lines {first} to {last or 'the end'}" if first else ""
            return f"Show this{lines}?", [visible_name(path)]
        case Create(path=path, text=text):
            return "Write this file?", [visible_name(path), "", *_added(text)]
        case Insert(path=path, after_line=after_line, text=text):
            return f"Insert after line {after_line} of this file?", [visible_name(path), "", *_added(text)]
        case Replace(path=path, old=old, new=new):
            return "Edit this file?", [visible_name(path), "", *_difference(old, new)]
        case other:
            assert_never(other)


def _is_long(action: Action) -> bool:
    return not isinstance(action.operation, Exec | Probe) and len(_sheet(action)[1]) > PREVIEW_LINES


def _added(text: str) -> list[str]:
    return [f"+{line}" for line in text.removesuffix("\n").split("\n")]


def _difference(old: str, new: str) -> list[str]:
    before, after = old.split("\n"), new.split("\n")
    if len(before) + len(after) > DIFF_LINES:
        return [f"-{line}" for line in before] + [f"+{line}" for line in after]
    return list(difflib.unified_diff(before, after, lineterm=""))[3:]  # the two names and the line numbers of the piece


def _barred(lines: list[str], width: int) -> list[str]:
    """Return the lines behind a bar; a colon marks the rest of a line that did not fit."""
    barred: list[str] = []
    for pieces in hard_wrapped("\n".join(lines), width - 5) if lines else []:
        barred += [f"  {':' if at else '|'} {piece}".rstrip() for at, piece in enumerate(pieces)]
    return barred


def _said(head: str, text: str, width: int) -> list[str]:
    """Return a sentence behind a bar, broken between words, with a word of ours before it."""
    room = width - len(head) - 3
    pieces = [piece for line in word_wrapped(one_line(text, 1000), room) for piece in hard_wrapped(line, room)[0]]
    return [f"{'' if at else head:<{len(head)}}| {piece}" for at, piece in enumerate(pieces)]


def _effects(effects: Effects) -> str:
    kinds = (
        ("delete", effects.deletes),
        ("write", effects.writes),
        ("run", effects.executes),
        ("send to", effects.sends),
    )
    parts = [f"{verb} {_listed(names)}" for verb, names in kinds if names]
    if effects.opaque is not None:
        parts.append(f"do more than can be told: {effects.opaque}" if parts else f"cannot be told: {effects.opaque}")
    return "; ".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(visible_name(name) for name in names[:NAMES]) + more


def _width(stream: TextIO) -> int:
    """Return the columns of the terminal behind a stream, as it is now; at least 40."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):  # not a terminal, or not even a file
        columns = 0
    return max(40, columns or WIDTH)


def _discard_typed(stream: TextIO) -> None:
    if stream.isatty():
        termios.tcflush(stream.fileno(), termios.TCIFLUSH)
