"""The live view: text stays text, the cursor comes back, and nothing moves while a question is asked."""

import io
import os
import re
from pathlib import Path

import pytest
from rich.console import Console
from typing_extensions import override

from runner.adapters.jsonl_journal import read_journal
from runner.adapters.terminal_view import TerminalView
from runner.events import Entry, ExecStarted, ModeChanged, ModeRefused
from runner.ports import Sink
from runner.testing.sinks import SinkContract, an_entry
from runner.types import Mode

GOLDEN = Path(__file__).parent / "golden" / "journal-v1.jsonl"

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
OURS = re.compile(r"\x1b\[(?:\?25[hl]|[\d;]*m|2K|\d*A|H)|\r")
"""What rich writes to draw: cursor on and off, style, erase line, cursor up."""


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return read_journal(GOLDEN)


def terminal(width: int = 80, **environment: str) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    environ = {"TERM": "xterm-256color"} | environment
    return Console(file=stream, width=width, height=40, force_terminal=True, _environ=environ), stream


def drawn(width: int, entries: list[Entry], **environment: str) -> str:
    console, stream = terminal(width, **environment)
    with TerminalView(console, clock=lambda: 0.0) as view:
        for entry in entries:
            view.append(entry)
            view.watch("copying [bold]12,000[/bold] files \x1b[2J")
    return stream.getvalue()


def is_hidden(stream: io.StringIO) -> bool:
    """Whether the cursor is: the live status hides it."""
    return stream.getvalue().rfind(HIDE_CURSOR) > stream.getvalue().rfind(SHOW_CURSOR)


class TestTerminalView(SinkContract):
    @override
    @pytest.fixture
    def sink(self) -> Sink:
        return TerminalView(terminal()[0])


class TestTerminalViewOnAClosedStream(SinkContract):
    @override
    @pytest.fixture
    def sink(self) -> Sink:
        stream = io.StringIO()
        stream.close()
        return TerminalView(stream)


# --- text stays text --------------------------------------------------------------------------------------------------


def test_nothing_of_a_model_or_a_box_reaches_the_terminal_as_a_command(entries: list[Entry]) -> None:
    rest = OURS.sub("", drawn(100, entries))
    assert "\x1b" not in rest
    assert all(char == "\n" or char.isprintable() for char in rest)


def test_markup_is_shown_and_not_obeyed(entries: list[Entry]) -> None:
    shown = OURS.sub("", drawn(160, entries))
    assert "[bold red]not markup[/]" in shown
    assert r"\x1b[2J\x1b]0;title\x07" in shown


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(entries: list[Entry], width: int) -> None:
    rows = re.split(r"[\r\n]", drawn(width, entries))
    assert max(len(OURS.sub("", row)) for row in rows) <= width


def test_no_color_is_obeyed(entries: list[Entry]) -> None:
    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])m")
    assert colour.search(drawn(80, entries))
    assert not colour.search(drawn(80, entries, NO_COLOR="1"))


def test_what_happened_scrolls_up_complete(entries: list[Entry]) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=200, force_terminal=False)
    view = TerminalView(console)  # not entered: permanent lines only
    for entry in entries:
        view.append(entry)
    lines = [line[9:] for line in (GOLDEN.parent / "lines.txt").read_text().splitlines()]
    shown = stream.getvalue()
    assert [line for line in lines if len(line) < 100 and line not in shown] == []


# --- the status -------------------------------------------------------------------------------------------------------


def test_the_status_says_what_is_going_on_what_it_cost_and_for_how_long(entries: list[Entry]) -> None:
    console, stream = terminal()
    now_s = [50.0]
    view = TerminalView(console, clock=lambda: now_s[0])
    place = next(place for place, entry in enumerate(entries) if isinstance(entry.event, ExecStarted))
    for entry in entries[: place + 1]:
        view.append(entry)
    view.watch("pulling 43 %\nand more")
    now_s[0] += 134
    stream.truncate(0)
    console.print(view._status)
    status = OURS.sub("", stream.getvalue())
    assert "$ cd /workspace && pytest -q 2>&1 | tail -50  2:14\n" in status
    assert "  mode default, turn 1 of 50, 2,300 tokens, $0.0124 of $10.00, 2:14\n" in status
    assert "  pulling 43 % [+1 line]\n" in status


def test_the_status_shows_the_mode_and_the_one_that_was_asked_for(entries: list[Entry]) -> None:
    console, stream = terminal()
    view = TerminalView(console)
    view.append(entries[0])

    def status() -> str:
        stream.truncate(0)
        console.print(view._status)
        return OURS.sub("", stream.getvalue())

    view.announce(Mode.PLAN)
    assert "  mode default (next: plan), turn " in status()
    view.announce(Mode.DEFAULT)  # once round the cycle: nothing will change
    assert "  mode default, turn " in status()
    view.announce(Mode.PLAN)
    view.append(an_entry(1, ModeChanged(mode=Mode.PLAN, by="somebody")))
    assert "  mode plan, turn " in status()
    view.announce(Mode.AUTO)
    view.append(an_entry(2, ModeRefused(mode=Mode.AUTO, by="somebody")))
    assert "  mode plan, turn " in status()


def test_a_stopped_process_shows_the_cursor_and_hides_it_again_below_what_a_shell_wrote(entries: list[Entry]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", buffering=1) as stream:
        console = Console(file=stream, width=80, force_terminal=True, _environ={"TERM": "xterm-256color"})
        view = TerminalView(console)
        view.let_go()
        view.take_back()
        with view:
            view.append(entries[0])
            view.let_go()
            view.take_back()
    with os.fdopen(reading, "rb") as file:
        shown = file.read().decode()
    assert shown.count(SHOW_CURSOR + "\n") == 1
    assert shown.count("\n\n\n\n" + HIDE_CURSOR) == 1
    assert shown.rfind(SHOW_CURSOR) > shown.rfind(HIDE_CURSOR)


def test_the_next_event_replaces_a_passing_word(entries: list[Entry]) -> None:
    console, stream = terminal()
    view = TerminalView(console)
    view.watch("copying")
    view.append(entries[0])
    console.print(view._status)
    assert "copying" not in stream.getvalue().split("mode default")[-1].replace("copying the workspace", "")


def test_a_resumed_run_goes_on_counting(entries: list[Entry]) -> None:
    console, stream = terminal()
    console.print(TerminalView(console, history=entries)._status)
    assert "turn 12 of 50, 27,700 tokens" in stream.getvalue()


# --- how it is left ---------------------------------------------------------------------------------------------------


def test_the_cursor_is_back_however_the_view_is_left(entries: list[Entry]) -> None:
    console, stream = terminal()

    def watched_until_interrupted() -> None:
        with TerminalView(console) as view:
            view.append(entries[0])
            assert is_hidden(stream)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watched_until_interrupted()
    assert not is_hidden(stream)


def test_nothing_moves_while_a_question_is_asked(entries: list[Entry]) -> None:
    console, stream = terminal()
    with TerminalView(console) as view:
        view.append(entries[0])
        with view.suspend():
            assert not is_hidden(stream)
            before = stream.getvalue()
            view.watch("not now")
            assert stream.getvalue() == before
        assert is_hidden(stream)


def test_what_was_written_while_suspended_is_not_wiped_out(entries: list[Entry]) -> None:
    console, stream = terminal()
    with TerminalView(console) as view:
        view.append(entries[0])
        with view.suspend():
            stream.write("May this run?\n")
            at = stream.tell()
        first = stream.getvalue()[at:].split("deciding")[0].split("copying")[0]
        assert "\x1b[2K" not in first
        assert not re.search(r"\x1b\[\d*A", first)


def test_a_view_that_is_not_entered_can_be_suspended_all_the_same() -> None:
    console, stream = terminal()
    with TerminalView(console).suspend():
        pass
    assert stream.getvalue() == ""


def test_a_terminal_that_went_away_is_no_reason_to_stop(entries: list[Entry]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", buffering=1)
    environ = {"TERM": "xterm-256color"}
    with TerminalView(Console(file=stream, width=80, force_terminal=True, _environ=environ)) as view:
        for entry in entries:
            view.append(entry)
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_stream_that_cannot_show_a_character_shows_its_number() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    with TerminalView(Console(file=stream, width=80, force_terminal=True, _environ={"TERM": "xterm"})) as view:
        view.append(an_entry(0, read_journal(GOLDEN)[0].event))
        view.watch("zwölf …")
    assert b"run r-20260102-3f9c" in raw.getvalue()
    raw.getvalue().decode("ascii")
