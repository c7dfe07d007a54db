"""What happened in a run, turn by turn and call by call, for `runner show`.

The journal tells it event by event; here everything about one call stands together: what it was, how it was judged
and by whom, how it ended, what it changed and under which snapshot that can be found.

Rules that live here and nowhere else:

* A section begins with a reply of the model, with a resume, and with the checks; what concerns a call of an earlier
  section appears in the section in which it happened.
* What never came to an end is said in so many words: a call in flight, a journal without an end.

Readable without colour, in 80 columns where the text allows it; reasons are not cut.
"""

from dataclasses import dataclass, field
from typing import assert_never

from runner.events import (
    BoxStarted,
    Decided,
    Entry,
    Event,
    ExecEnded,
    ExecStarted,
    Faulted,
    Parked,
    Rejected,
    Replied,
    Resumed,
    RolledBack,
    RunEnded,
    RunStarted,
    Saved,
)
from runner.types import Check, Decision, Outcome, Purpose, Reply, Task
from runner.views.figures import counted, duration, money, size, stopwatch
from runner.views.visible import commandless, one_line, visible_name
from runner.views.wording import changed, describe, describe_call, ended, judged, short_id

WIDTH = 80
"""Columns that descriptions are cut to."""

REASON = 500
"""Columns after which even a reason is cut. Our choice: a reason is a sentence."""


@dataclass(slots=True)
class _Item:
    """A line of a section with what belongs under it."""

    title: str
    under: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Book:
    """The timeline while it is being written.

    `items` are those of the current section, by call id; `titles` are those of all calls so far. `current` is the
    place in `page` of the item that was written to last: what concerns no call is put behind it. `last` is the item of
    the call that ran last: a change is put down to it. `fault` is what was said last about a failure of ours.
    """

    checks: tuple[Check, ...] = ()
    lines: list[str] = field(default_factory=list)
    page: list[_Item] = field(default_factory=list)
    items: dict[str, _Item] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    current: int = -1
    last: _Item | None = None
    in_flight: str | None = None
    turns: int = 0
    fault: str = ""

    def begin(self, title: str) -> None:
        """Close the section and begin another."""
        self.close()
        self.lines += ["", title] if self.lines else [title]

    def close(self) -> None:
        """Write the section down."""
        for item in self.page:
            self.lines.append(f"  {item.title}")
            self.lines += [f"      {line}" for line in item.under]
        self.page, self.items, self.current, self.last = [], {}, -1, None

    def note(self, text: str) -> None:
        """Write something that concerns no call."""
        self.current += 1
        self.page.insert(self.current, _Item(title=text))

    def call(self, call_id: str, title: str | None = None) -> list[str]:
        """Return where to write what concerns a call."""
        title = title or self.titles.get(call_id) or f"call {visible_name(call_id)}"
        self.titles[call_id] = title
        item = self.items.get(call_id)
        if item is None:
            item = self.items[call_id] = _Item(title=title)
            self.page.append(item)
        item.title = title
        self.current = next(index for index, known in enumerate(self.page) if known is item)
        return item.under


def timeline(entries: list[Entry]) -> str:
    """Return the run as text, ending in a newline; empty for no entries. Cost: one pass."""
    book = _Book()
    for entry in entries:
        since_ms = round((entry.at - entries[0].at).total_seconds() * 1000)
        _write(book, entry.event, stopwatch(since_ms))
    if book.in_flight is not None:
        book.call(book.in_flight).append("started; its end was not seen")
    book.close()
    if entries and not isinstance(entries[-1].event, RunEnded):
        book.lines += ["", "no end: the run is still going, or was killed"]
    return commandless("".join(f"{line}\n" for line in book.lines))


def _write(book: _Book, event: Event, since: str) -> None:
    match event:
        case RunStarted(run_id=run_id, task=task, runner_version=version):
            book.checks = task.checks
            book.begin(f"run {visible_name(run_id)}, runner {visible_name(version)}")
            book.lines += _task(task)
        case Resumed(mode=mode):
            book.begin(f"resumed at {since}, mode {mode.value}")
        case BoxStarted(box=box):
            text = f"box {short_id(box.id)} of image {short_id(box.image_id)}, {one_line(box.engine, 40)}"
            if box.purpose is Purpose.CHECKS:
                book.begin(f"checks at {since}")
            book.note(text)
        case Saved():
            _saved(book, event)
        case Replied(reply=reply):
            _replied(book, reply, since)
        case Rejected(call_id=call_id, why=why):
            book.call(call_id).append(f"rejected: {one_line(why, REASON)}")
        case Decided(call_id=call_id, action=action, decision=decision):
            book.call(call_id, describe(action, width=WIDTH - 2, checks=book.checks)).extend(_decision(decision))
        case Parked(call_id=call_id):
            book.call(call_id).append("nobody was there to answer")
        case ExecStarted(action=action):
            book.in_flight = action.call_id
            book.call(action.call_id, describe(action, width=WIDTH - 2, checks=book.checks))
        case ExecEnded(call_id=call_id, execution=execution):
            book.in_flight = None
            verdict = ("passed: " if execution.succeeded else "failed: ") if call_id.startswith("check:") else ""
            book.call(call_id).append(verdict + ended(execution))
            book.last = book.items[call_id]
        case RolledBack(call_id=call_id, snapshot_id=snapshot_id):
            book.in_flight = None
            text = f"undone: its end was not seen; the workspace is as in {short_id(snapshot_id)}"
            book.call(call_id).append(text)
        case Faulted(error=error, message=message, hint=hint, usage=usage):
            book.fault = message
            cost = f" ({money(usage.spend_musd)})" if usage.spend_musd else ""
            book.note(f"{visible_name(error)}: {one_line(message, REASON)}{cost}")
            if hint:
                book.page[book.current].under.append(one_line(hint, REASON))
        case RunEnded(outcome=outcome):
            _end(book, outcome, since)
        case _:
            assert_never(event)


def _task(task: Task) -> list[str]:
    rows = (
        ("task", task.prompt),
        ("with", f"{task.model} in {task.image}, mode {task.mode.value}"),
        ("on", task.workspace),
    )
    return [f"  {name:<6}{one_line(text, WIDTH - 8)}" for name, text in rows]


def _replied(book: _Book, reply: Reply, since: str) -> None:
    book.turns += 1
    figures = f"{reply.usage.tokens:,} tokens, {money(reply.usage.spend_musd)}, {duration(reply.took_ms)}"
    book.begin(f"turn {book.turns} at {since}: {figures}")
    if reply.text:
        book.lines.append(f"  {one_line(reply.text, WIDTH - 2)}")
    if not reply.calls:
        book.lines.append(f"  no call ({reply.stop.value})")
    for call in reply.calls:
        book.call(call.id, describe_call(call, width=WIDTH - 2))
    book.current = -1


def _decision(decision: Decision) -> list[str]:
    lines = [f"{judged(decision)}: {one_line(decision.why, REASON)}"]
    if decision.instead:
        lines.append(f"instead: {one_line(decision.instead, REASON)}")
    return lines


def _saved(book: _Book, saved: Saved) -> None:
    name = short_id(saved.snapshot.id)
    if saved.change is None:
        entries = counted(saved.snapshot.entries, "entry", "entries")
        took = duration(saved.took_ms)
        book.note(f"snapshot {name}: {entries}, {size(saved.snapshot.size_bytes)}, copied in {took}")
        return
    text = f"snapshot {name}: {changed(saved.change, names=3, width=WIDTH - 16 - len(name))}"
    if book.last is None:
        book.note(text)
    else:
        book.last.under.append(text)


def _end(book: _Book, outcome: Outcome, since: str) -> None:
    book.begin(f"end at {since}: {outcome.ending.value}")
    if outcome.why == book.fault:
        return  # said right above
    book.lines.append(f"  {one_line(outcome.why, REASON)}")
    if outcome.hint:
        book.lines.append(f"  {one_line(outcome.hint, REASON)}")
