"""Plain lines where there is no terminal. What they say is in `golden/lines.txt`."""

import io
import os
from pathlib import Path

import pytest
from typing_extensions import override

from runner.adapters.jsonl_journal import read_journal
from runner.adapters.line_view import WATCH_S, LineView
from runner.events import Entry, Resumed
from runner.ports import Sink
from runner.testing.sinks import SinkContract

GOLDEN = Path(__file__).parent / "golden" / "journal-v1.jsonl"


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return read_journal(GOLDEN)


class TestLineView(SinkContract):
    @override
    @pytest.fixture
    def sink(self) -> Sink:
        return LineView(io.StringIO())


class TestLineViewOnAClosedStream(SinkContract):
    @override
    @pytest.fixture
    def sink(self) -> Sink:
        stream = io.StringIO()
        stream.close()
        return LineView(stream)


def test_a_reader_that_went_away_is_no_reason_to_stop(entries: list[Entry]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", buffering=1)
    view = LineView(stream)
    for entry in entries:
        view.append(entry)
    view.watch("still here")
    with pytest.raises(BrokenPipeError):
        stream.close()  # what was in the buffer is lost, and that is all


def test_a_stream_that_cannot_show_a_character_shows_its_number() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    LineView(stream).watch("zwölf \udcff")
    assert raw.getvalue() == b"    ...  zw\\xf6lf \\udcff\n"


def test_a_passing_word_is_printed_at_most_every_ten_seconds() -> None:
    stream, now_s = io.StringIO(), [100.0]
    view = LineView(stream, clock=lambda: now_s[0])
    for after_s in (0.0, 1.0, WATCH_S - 1.1, 0.1, WATCH_S):
        now_s[0] += after_s
        view.watch(f"at {now_s[0] - 100:g} s\nmore \x1b[2J")
    assert stream.getvalue() == "    ...  at 0 s [+1 line]\n    ...  at 10 s [+1 line]\n    ...  at 20 s [+1 line]\n"


def test_a_resumed_run_counts_its_history_and_tells_only_what_is_new(entries: list[Entry]) -> None:
    place = next(place for place, entry in enumerate(entries) if isinstance(entry.event, Resumed))
    stream = io.StringIO()
    view = LineView(stream, history=entries[:place])
    for entry in entries[place:]:
        view.append(entry)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "   0:00  resumed in mode default"
    assert any("  turn 3: " in line for line in lines)
    assert not any("  turn 2: " in line for line in lines)
    assert any("check tests: pytest -q" in line for line in lines)


def test_without_its_history_a_resumed_run_is_told_as_well(entries: list[Entry]) -> None:
    place = next(place for place, entry in enumerate(entries) if isinstance(entry.event, Resumed))
    stream = io.StringIO()
    view = LineView(stream)
    for entry in entries[place:]:
        view.append(entry)
    assert "  turn 1: " in stream.getvalue()
    assert "check: pytest -q" in stream.getvalue()
