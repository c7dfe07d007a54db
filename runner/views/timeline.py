"""What happened in a run, turn by turn and call by call, for `runner show`.

The journal tells it event by event; here everything about one call stands together: what it was, how it was judged
and by whom, how it ended, what it changed and under which snapshot that can be found.

Rules that live here and nowhere else:

* A section begins with a reply of the model, with a resume, and with the checks; what concerns a call of an earlier
  section appears in the section in which it happened.
* What a subagent does is told one step further in for each that is at work; its return begins a section too.
* What never came to an end is said in so many words: a call in flight, a journal without an end.

Readable without colour, in 80 columns where the text allows it; reasons are not cut.
"""

from dataclasses import dataclass, field
from typing import assert_never

from runner.events import (
    Answered,
    Attended,
    BoxStarted,
    Decided,
    Delegated,
    Entry,
    Event,
    ExecEnded,
    ExecStarted,
    Faulted,
    Hooked,
    ModeChanged,
    ModeRefused,
    Parked,
    Rejected,
    Replied,
    Resumed,
    Returned,
    RolledBack,
    RulesAdded,
    RunEnded,
    RunStarted,
    Saved,
    Voided,
)
from runner.types import Check, Decision, Outcome, Purpose, Reply, Task, Verdict
from runner.views.figures import counted, duration, money, size, stopwatch
from runner.views.visible import commandless, one_line, visible_name
from runner.views.wording import changed, describe, describe_call, ended, hooked, judged, rule_text, short_id

WIDTH = 80
"""Columns that descriptions are cut to."""

REASON = 500
"""Columns after which even a reason is cut. Our choice: a reason is a sentence."""


@dataclass(slots=True)
class _Item:
    """A line of a section with what belongs under it. `free`: it concerns no call."""

    title: str
    free: bool = False
    under: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Book:
    """The timeline while it is being written.

    `items` are those of the current section, by call id; `titles` are those of all calls so far. `current` is the
    place in `page` of the item that was written to last: what concerns no call is put behind it. `last` is the item of
    the call that ran last: a change is put down to it. `fault` is what was said last about a failure of ours. `depth`
    is how many subagents are at work.
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
    depth: int = 0
    over: bool = False

    @property
    def width(self) -> int:
        """Columns of a description of the current section."""
        return WIDTH - 2 - 4 * self.depth

    def begin(self, title: str) -> None:
        """Close the section and begin another."""
        self.close()
        if self.lines:
            self.lines.append("")
        self.say(title)

    def begin_outside(self, title: str) -> None:
        """Close the section and begin one that is the run's, whoever is at work."""
        self.close()
        depth, self.depth = self.depth, 0
        self.begin(title)
        self.depth = depth

    def say(self, line: str) -> None:
        """Write a line of the section, before its items."""
        self.lines.append(f"{'    ' * self.depth}{line}")

    def close(self) -> None:
        """Write the section down."""
        for item in self.page:
            self.say(f"  {item.title}")
            for line in item.under:
                self.say(f"      {line}")
        self.page, self.items, self.current, self.last = [], {}, -1, None

    def note(self, text: str) -> None:
        """Write something that concerns no call, behind what was written to last and what stands there already."""
        self.current += 1
        while self.current < len(self.page) and self.page[self.current].free:
            self.current += 1
        self.page.insert(self.current, _Item(title=text, free=True))

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
    if entries and not book.over:
        book.lines += ["", "no end: the run is still going, or was killed"]
    return commandless("".join(f"{line}\n" for line in book.lines))


def _write(book: _Book, event: Event, since: str) -> None:
    match event:
        case RunStarted(run_id=run_id, task=task, runner_version=version):
            book.checks = task.checks
            book.begin(f"run {visible_name(run_id)}, runner {visible_name(version)}")
            for line in _task(task):
                book.say(line)
        case Resumed(mode=mode):
            book.over = False
            book.begin_outside(f"resumed at {since}, mode {mode.value}")
        case ModeChanged() | ModeRefused() | RulesAdded():
            _changed_policy(book, event)
        case Hooked():
            _hooked(book, event)
        case Attended():
            pass
        case Delegated() | Returned():
            _talked(book, event, since)
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
            book.call(call_id, describe(action, width=book.width, checks=book.checks)).extend(_decision(decision))
        case Voided(call_id=call_id):
            book.call(call_id).append("judged anew: by now it would do something else")
        case Answered(call_id=call_id, text=text):
            book.call(call_id).append(f"answered: {one_line(text, REASON)}")
        case Parked(call_id=call_id):
            book.call(call_id).append("nobody was there to answer")
        case ExecStarted(action=action):
            book.in_flight = action.call_id
            book.call(action.call_id, describe(action, width=book.width, checks=book.checks))
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
        book.say(f"  {one_line(reply.text, book.width)}")
    if not reply.calls:
        book.say(f"  no call ({reply.stop.value})")
    for call in reply.calls:
        book.call(call.id, describe_call(call, width=book.width))
    book.current = -1


def _changed_policy(book: _Book, event: ModeChanged | ModeRefused | RulesAdded) -> None:
    match event:
        case ModeChanged(mode=mode, by=by):
            book.note(f"mode {mode.value} from now on, by {one_line(by, 60)}")
        case ModeRefused(mode=mode, by=by):
            book.note(f"mode {mode.value} is switched off, so nothing changed ({one_line(by, 60)})")
        case RulesAdded(rules=rules):
            for rule in rules:
                book.note(f"rule added: {rule_text(rule)}")
        case _:
            assert_never(event)


def _talked(book: _Book, event: Delegated | Returned, since: str) -> None:
    """Tell of a subagent that begins or returns."""
    match event:
        case Delegated(call_id=call_id, mode=mode):
            book.call(call_id).append(f"a subagent begins, in mode {mode.value}")
            book.close()
            book.depth += 1
        case Returned(call_id=call_id, text=text, is_error=is_error):
            book.close()
            book.depth = max(0, book.depth - 1)
            book.begin(f"subagent done at {since}")
            book.call(call_id).append(f"{'no result' if is_error else 'result'}: {one_line(text, REASON)}")
        case _:
            assert_never(event)


def _hooked(book: _Book, said: Hooked) -> None:
    """Tell what a hook said, under the call it is about."""
    verdict = {Verdict.ALLOW: "allows", Verdict.ASK: "asks", Verdict.DENY: "denies"}.get(
        said.verdict or Verdict.CLASSIFY
    )
    parts = [
        "failed" if said.failed else verdict,
        "changes the call" if said.rewrote else None,
        "adds a note for the model" if said.context else None,
        "ends the run" if said.stop is not None else None,
    ]
    why = said.stop or said.why or said.context
    text = f"{hooked(said.occasion, said.hook)} {', '.join(filter(None, parts)) or 'speaks'}"
    line = f"{text}: {one_line(why, REASON)}" if why else text
    if said.call_id is None:
        book.note(line)
    else:
        book.call(said.call_id).append(line)


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
    book.over = True
    book.begin_outside(f"end at {since}: {outcome.ending.value}")
    if outcome.why == book.fault:
        return  # said right above
    book.lines.append(f"  {one_line(outcome.why, REASON)}")
    if outcome.hint:
        book.lines.append(f"  {one_line(outcome.hint, REASON)}")
