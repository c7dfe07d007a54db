"""Performs steps: the only caller of the doors.

The loop asks `next_step` what must happen, makes it happen through one door, and records what came of it, until
nothing must happen any more. There are no decisions here: a requirement answered with an `if` in this file belongs
into the table in `run.py`.

Rules that live here and nowhere else:

* An event is recorded (journal first) before anything that depends on it happens.
* Deciding fails closed: whatever a hook, the ladder, a classifier or an approver raises is a DENY with rung FAULT. A
  classifier that says it is unavailable is not: that stops the run, and is never disguised as a denial.
* A door's own error stops the run with its reason on record; any other exception is a bug and escapes.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import assert_never

from runner.errors import DoorError, Interrupted, ModelError, SandboxError, SandboxLost
from runner.events import (
    SCHEMA,
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
    RolledBack,
    RunEnded,
    Saved,
)
from runner.policy.effects import shell_effects
from runner.policy.ladder import judge
from runner.ports import Approver, Classifier, Hook, Model, Sandbox, Sink, SnapshotStore
from runner.run import (
    Ask,
    Consult,
    Execute,
    Judge,
    Restore,
    Run,
    Save,
    Start,
    Step,
    Stop,
    Think,
    fold,
    fold_all,
    next_step,
)
from runner.tools import Rejection, compile_call
from runner.types import WORKSPACE, Action, Decision, End, Execution, Outcome, Rung, Usage, Verdict
from runner.views.evidence import evidence
from runner.views.transcript import transcript

Clock = Callable[[], dt.datetime]
"""Tells the time in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Everything a run touches the world with.

    Attributes:
        sinks: the journal first, it alone may refuse.
        shield: a context in which no `Interrupted` is raised; one that comes due is raised when it is left.
    """

    model: Model
    sandbox: Sandbox
    store: SnapshotStore
    classifier: Classifier
    approver: Approver
    sinks: tuple[Sink, ...]
    hooks: tuple[Hook, ...]
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
        while (step := next_step(history.run())) is not None:
            try:
                for event in _perform(step, history.run(), entries, doors):
                    history.record(event)
            except DoorError as error:
                history.record(_faulted(error))
    except Interrupted as stop:
        hint = f"Go on with: runner resume {history.run().run_id}"
        history.record(RunEnded(outcome=Outcome(ending=stop.ending, why=str(stop), hint=hint)))
    finally:
        with suppress(SandboxError):  # the outcome is on record; a box left behind ends when its channel closes
            doors.sandbox.stop()
    return history.run()


class _History:
    """The entries so far and what they add up to."""

    def __init__(self, entries: list[Entry], doors: Doors) -> None:
        self._entries = entries
        self._doors = doors
        self._run = fold_all(entries) if entries else None

    def run(self) -> Run:
        """What is true now."""
        return self._run or fold_all(self._entries)

    def record(self, event: Event) -> None:
        """Append an event: journal, then everyone else, then our own view of things."""
        entry = Entry(v=SCHEMA, seq=len(self._entries), at=self._doors.clock(), event=event)
        run = fold(self._run, entry)  # an event that cannot follow must not reach the journal
        with self._doors.shield():  # journal and memory never differ by an entry
            self._doors.sinks[0].append(entry)
            self._entries.append(entry)
            self._run = run
            for sink in self._doors.sinks[1:]:
                sink.append(entry)


def _perform(step: Step, run: Run, entries: list[Entry], doors: Doors) -> Iterator[Event]:
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
        case Judge():
            yield _judge(step, run, doors)
        case Consult(actions=actions):
            for action, decision in zip(actions, _consult(actions, entries, doors), strict=True):
                yield Decided(call_id=action.call_id, action=action, decision=decision)
        case Ask(action=action, decision=decision):
            yield _ask(action, decision, doors)
        case Execute(permit=permit, snapshot=snapshot, deadline_s=deadline_s):
            yield ExecStarted(action=permit.action, snapshot_id=snapshot.id)
            try:
                execution = doors.sandbox.perform(permit, deadline_s)
            except SandboxLost as error:
                execution = Execution(end=End.LOST, exit_code=None, output=str(error), took_ms=0)
            yield ExecEnded(call_id=permit.action.call_id, execution=execution)
        case Stop(outcome=outcome):
            yield RunEnded(outcome=outcome)
        case _:
            assert_never(step)


def _save(run: Run, doors: Doors) -> Saved:
    begun = doors.clock()
    snapshot = doors.store.save()
    change = None if run.snapshot is None else doors.store.diff(run.snapshot.id, snapshot.id)
    return Saved(snapshot=snapshot, change=change, took_ms=_ms_since(begun, doors.clock))


def _judge(step: Judge, run: Run, doors: Doors) -> Event:
    call = step.call
    try:
        action = compile_call(call, cwd=run.cwd, workspace=WORKSPACE, analyse=shell_effects)
    except Rejection as rejection:
        return Rejected(call_id=call.id, why=str(rejection))

    def climb() -> Decision:
        hooks = tuple(said for hook in doors.hooks if (said := hook(action)) is not None)
        return judge(action, mode=run.mode, workspace=WORKSPACE, hooks=hooks)

    return Decided(call_id=call.id, action=action, decision=_decide(action, climb) or _fault(action, "no verdict"))


def _ask(action: Action, decision: Decision, doors: Doors) -> Event:
    answer = _decide(action, lambda: doors.approver.ask(action, decision))
    if answer is None:
        return Parked(call_id=action.call_id)
    if answer.verdict not in {Verdict.ALLOW, Verdict.DENY}:
        answer = _fault(action, f"the approver answered {answer.verdict.value}")
    return Decided(call_id=action.call_id, action=action, decision=answer)


def _decide(action: Action, decider: Callable[[], Decision | None]) -> Decision | None:
    """Return what a decider says about this action; a decider that fails, or speaks of another, has denied."""
    try:
        decision = decider()
    except DoorError:
        raise
    except Exception as error:  # noqa: BLE001 - failing closed means: whatever goes wrong
        return _fault(action, f"{type(error).__name__}: {error}")
    if decision is not None and decision.covers != action.digest:
        return _fault(action, "it answered about another action")
    return decision


def _consult(actions: tuple[Action, ...], entries: list[Entry], doors: Doors) -> tuple[Decision, ...]:
    try:
        decisions = doors.classifier.judge(evidence(entries, actions))
    except DoorError:
        raise
    except Exception as error:  # noqa: BLE001 - failing closed means: whatever goes wrong
        return tuple(_fault(action, f"{type(error).__name__}: {error}") for action in actions)
    answers = {decision.covers: decision for decision in decisions if decision.verdict is not Verdict.CLASSIFY}
    return tuple(answers.get(action.digest) or _fault(action, "the classifier left it out") for action in actions)


def _fault(action: Action, what: str) -> Decision:
    why = f"Deciding failed, and what cannot be decided is denied ({what})."
    return action.decide(Verdict.DENY, rung=Rung.FAULT, why=why)


def _faulted(error: DoorError) -> Faulted:
    usage = error.usage if isinstance(error, ModelError) else Usage()
    name = type(error).__name__
    return Faulted(ending=error.ending, error=name, message=str(error), hint=error.hint, usage=usage)


def _ms_since(begun: dt.datetime, clock: Clock) -> int:
    return max(0, round((clock() - begun).total_seconds() * 1000))
