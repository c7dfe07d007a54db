"""Performs steps: the only caller of the doors.

The loop asks `next_step` what must happen, makes it happen through one door, and records what came of it, until
nothing must happen any more. There are no decisions here: a requirement answered with an `if` in this file belongs
into the table in `run.py`. How somebody is asked about a call stands in `deciding.py`.

Rules that live here and nowhere else:

* An event is recorded (journal first) before anything that depends on it happens.
* What comes from outside (another mode, more rules) is taken between two steps, and before what somebody was asked
  is recorded: an answer to a question that is not the one to be asked any more is thrown away.
* What is performed is what was judged: an action that would do something else by now is not performed.
* A door's own error stops the run with its reason on record; any other exception is a bug and escapes.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import assert_never

from runner.deciding import deliberate, still_means, told
from runner.errors import DoorError, Interrupted, ModelError, SandboxError, SandboxLost
from runner.events import (
    SCHEMA,
    BoxStarted,
    Delegated,
    Entry,
    Event,
    ExecEnded,
    ExecStarted,
    Faulted,
    News,
    Rejected,
    Replied,
    Returned,
    RolledBack,
    RunEnded,
    Saved,
    Voided,
)
from runner.ports import Approver, Classifier, Hook, Model, Sandbox, Sink, SnapshotStore
from runner.run import (
    Ask,
    Attend,
    Consult,
    Enter,
    Execute,
    Judge,
    Leave,
    Reject,
    Restore,
    Run,
    Save,
    Start,
    Step,
    Stop,
    Tell,
    Think,
    fold,
    fold_all,
    heed,
    last_step,
    next_step,
)
from runner.tools import Resolve
from runner.types import WORKSPACE, End, Execution, Outcome, Usage
from runner.views.transcript import transcript

Deed = Start | Save | Restore | Think | Reject | Tell | Enter | Leave | Execute | Stop
"""The steps in which something is done; in the others somebody is asked."""

Clock = Callable[[], dt.datetime]
"""Tells the time in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Everything a run touches the world with.

    Attributes:
        sinks: the journal first, it alone may refuse.
        hooks: called at the moments that `RunStarted` or `Resumed` names as attended, and always before a call.
        mailbox: returns what came from outside since the last time; called between steps, never blocks.
        resolve: tells where a box path really is, as far as links of the workspace lead elsewhere.
        shield: a context in which no `Interrupted` is raised; one that comes due is raised when it is left.
    """

    model: Model
    sandbox: Sandbox
    store: SnapshotStore
    classifier: Classifier
    approver: Approver
    sinks: tuple[Sink, ...]
    hooks: tuple[Hook, ...]
    mailbox: Callable[[], tuple[News, ...]]
    resolve: Resolve
    clock: Clock
    shield: Callable[[], AbstractContextManager[None]]


def drive(entries: list[Entry], doors: Doors, *, first: Event) -> Run:
    """Return the run when it has ended, one way or another. The box is gone then.

    Args:
        entries: the history, extended in place; empty for a new run.
        doors: the world.
        first: `RunStarted` for a new run, `Resumed` for an old one.

    Raises:
        JournalError: an event could not be recorded. What stands in the journal is what happened.
    """
    history = _History(entries, doors)
    doors.sandbox.stop()
    history.record(first)
    try:
        _go_on(history, doors)
    except Interrupted as stop:
        hint = f"Go on with: runner resume {history.run().run_id}"
        history.end(Outcome(ending=stop.ending, why=str(stop), hint=hint))
    finally:
        with suppress(SandboxError):  # the outcome is on record; a box left behind ends when its channel closes
            doors.sandbox.stop()
    with suppress(Interrupted):  # who interrupts the last hooks does not want to wait for them
        while (step := last_step(history.run())) is not None:
            history.record_all(deliberate(step, history.run(), entries, doors))
    return history.run()


def _go_on(history: "_History", doors: Doors) -> None:
    """Take one step after the other until the run has ended."""
    while (step := history.next_step()) is not None:
        try:
            match step:
                case Judge() | Consult() | Ask() | Attend():
                    events = deliberate(step, history.run(), history.entries, doors)
                    if history.next_step() == step:
                        history.record_all(events)
                case _:
                    history.record_all(_perform(step, history.run(), history.entries, doors))
        except DoorError as error:
            history.record(_faulted(error))


class _History:
    """The entries so far and what they add up to."""

    def __init__(self, entries: list[Entry], doors: Doors) -> None:
        self.entries = entries
        self._doors = doors
        self._run = fold_all(entries) if entries else None

    def run(self) -> Run:
        """What is true now."""
        return self._run or fold_all(self.entries)

    def next_step(self) -> Step | None:
        """What must happen next, now that what came from outside is on record; None when the run has ended."""
        if self.run().outcome is None:
            for news in self._doors.mailbox():
                self.record_all(event for event in (heed(self.run(), news),) if event is not None)
        return next_step(self.run())

    def record_all(self, events: Iterable[Event]) -> None:
        """Append events, each before the next one is taken."""
        for event in events:
            self.record(event)

    def end(self, outcome: Outcome) -> None:
        """Append the end, unless it came in the same moment."""
        if self.run().outcome is None:
            self.record(RunEnded(outcome=outcome))

    def record(self, event: Event) -> None:
        """Append an event: journal, then everyone else, then our own view of things."""
        entry = Entry(v=SCHEMA, seq=len(self.entries), at=self._doors.clock(), event=event)
        run = fold(self._run, entry)  # an event that cannot follow must not reach the journal
        with self._doors.shield():  # journal and memory never differ by an entry
            self._doors.sinks[0].append(entry)
            self.entries.append(entry)
            self._run = run
            for sink in self._doors.sinks[1:]:
                sink.append(entry)


def _perform(step: Deed, run: Run, entries: list[Entry], doors: Doors) -> Iterator[Event]:
    """Make a step happen and yield what came of it. What is yielded is on record before the next line runs."""
    match step:
        case Start(purpose=purpose):
            yield BoxStarted(box=doors.sandbox.start(purpose))
        case Save():
            yield _save(run, doors)
        case Restore(call_id=call_id, snapshot=snapshot):
            doors.sandbox.stop()
            doors.store.restore(snapshot.id)
            yield RolledBack(call_id=call_id, snapshot_id=snapshot.id)
        case Think():
            yield Replied(reply=doors.model.reply(transcript(entries, workspace=WORKSPACE)))
        case Reject(call_id=call_id, why=why):
            yield Rejected(call_id=call_id, why=why)
        case Tell(permit=permit):
            yield from told(permit.action, run)
        case Enter(permit=permit, operation=operation, mode=mode):
            yield Delegated(call_id=permit.action.call_id, operation=operation, mode=mode)
        case Leave(call_id=call_id, text=text, is_error=is_error):
            yield Returned(call_id=call_id, text=text, is_error=is_error)
        case Execute():
            yield from _execute(step, run, doors)
        case Stop(outcome=outcome):
            yield RunEnded(outcome=outcome)
        case _:
            assert_never(step)


def _execute(step: Execute, run: Run, doors: Doors) -> Iterator[Event]:
    action = step.permit.action
    if not still_means(action, run, doors):
        yield Voided(call_id=action.call_id)
        return
    yield ExecStarted(action=action, snapshot_id=step.snapshot.id)
    try:
        execution = doors.sandbox.perform(step.permit, step.deadline_s)
    except SandboxLost as error:
        execution = Execution(end=End.LOST, exit_code=None, output=str(error), took_ms=0)
    yield ExecEnded(call_id=action.call_id, execution=execution)


def _save(run: Run, doors: Doors) -> Saved:
    begun = doors.clock()
    snapshot = doors.store.save()
    change = None if run.snapshot is None else doors.store.diff(run.snapshot.id, snapshot.id)
    return Saved(snapshot=snapshot, change=change, took_ms=_ms_since(begun, doors.clock))


def _faulted(error: DoorError) -> Faulted:
    usage = error.usage if isinstance(error, ModelError) else Usage()
    name = type(error).__name__
    return Faulted(ending=error.ending, error=name, message=str(error), hint=error.hint, usage=usage)


def _ms_since(begun: dt.datetime, clock: Clock) -> int:
    return max(0, round((clock() - begun).total_seconds() * 1000))
