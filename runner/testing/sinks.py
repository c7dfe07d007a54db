"""A fake sink and the contract suite of sinks."""

import datetime as dt

import pytest

from runner.events import SCHEMA, Entry, Event, Parked, RunEnded
from runner.ports import Sink
from runner.types import Ending, Outcome


class ListSink:
    """Keeps entries in `entries`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Keep it."""
        self.entries.append(entry)


def an_entry(seq: int, event: Event) -> Entry:
    """Return an entry a second after the one before it."""
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seq)
    return Entry(v=SCHEMA, seq=seq, at=at, event=event)


class SinkContract:
    """What every `Sink` does."""

    @pytest.fixture
    def sink(self) -> Sink:
        """Return a sink that has seen nothing yet."""
        raise NotImplementedError

    def test_it_takes_any_event_without_a_word(self, sink: Sink) -> None:
        sink.append(an_entry(0, Parked(call_id="\x1b[2Jé\n")))
        sink.append(an_entry(1, RunEnded(outcome=Outcome(ending=Ending.DONE, why="[bold]all[/bold] \u202e"))))
