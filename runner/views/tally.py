"""What happened in a run, counted: the sums from which the report is made.

Rules that live here and nowhere else:

* A call is counted once, by what came of it: executed, denied, rejected, interrupted, waiting, or none of these yet.
  One that was running when the run ended was interrupted. Calls of subagents count like all others; a call that began
  a subagent is executed when the subagent has returned.
* A hook is noted when it failed, objected or ended the run; what it decided about a call is told with the call.

Time worked and tokens follow the rules of `run.fold`, so that the report and the limits speak of the same numbers; a
test compares them.
"""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import assert_never

from runner.errors import JournalError
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
from runner.types import (
    Action,
    Decision,
    End,
    Ending,
    Execution,
    Mode,
    Occasion,
    Outcome,
    Probe,
    Propose,
    Reply,
    Rung,
    ToolCall,
    Usage,
    Verdict,
    Word,
)
from runner.views.visible import visible_name
from runner.views.wording import describe, describe_call, rule_text


class Rollback(Word, frozen=True, kw_only=True):
    """A call that was undone, and the snapshot that was brought back."""

    call_id: str
    what: str
    snapshot_id: str


class Fault(Word, frozen=True, kw_only=True):
    """Something of ours that failed."""

    ending: Ending
    error: str
    message: str
    hint: str


class Plan(Word, frozen=True, kw_only=True):
    """The latest plan the model handed over, and whether it was approved."""

    text: str
    approved: bool


class HookNote(Word, frozen=True, kw_only=True):
    """A hook that failed, objected or ended the run, when, and why."""

    hook: str
    occasion: Occasion
    why: str
    failed: bool
    ended: bool


class State(enum.Enum):
    """What came of a call."""

    OPEN = "open"
    RUNNING = "running"
    EXECUTED = "executed"
    DENIED = "denied"
    REJECTED = "rejected"
    INTERRUPTED = "interrupted"
    WAITING = "waiting"


@dataclass(slots=True)
class Counted:
    """A call, and what came of it so far."""

    call: ToolCall
    turn: int
    state: State = State.OPEN
    action: Action | None = None
    decision: Decision | None = None

    def what(self) -> str:
        """Return what it does, in one line."""
        return describe(self.action) if self.action else describe_call(self.call)


@dataclass(slots=True)
class Tally:
    """The sums while the entries are read.

    `pending`: the latest call of each id; `checking`: the check that runs; `depth`: how many subagents are at work.
    """

    begun: RunStarted
    started_at: dt.datetime
    last_at: dt.datetime
    modes: list[Mode]
    worked_ms: int = 0
    judging_musd: int = 0
    usage: Usage = field(default_factory=Usage)
    turns: int = 0
    answer: str = ""
    depth: int = 0
    subagents: int = 0
    plan: Plan | None = None
    rules: list[str] = field(default_factory=list)
    hooks: list[HookNote] = field(default_factory=list)
    calls: list[Counted] = field(default_factory=list)
    pending: dict[str, Counted] = field(default_factory=dict)
    checking: str | None = None
    results: dict[str, Execution] = field(default_factory=dict)
    snapshots: dict[str, None] = field(default_factory=dict)
    saved: str | None = None
    final: str | None = None
    rollbacks: list[Rollback] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    resumes: int = 0
    outcome: Outcome | None = None


def tally(entries: list[Entry]) -> Tally:
    """Return the sums of a run so far. Cost: one pass.

    Args:
        entries: the journal, from its beginning.

    Raises:
        JournalError: there is no run in these entries.
    """
    if not entries or not isinstance(entries[0].event, RunStarted):
        raise JournalError("a journal begins with RunStarted")
    first, begun = entries[0], entries[0].event
    sums = Tally(begun=begun, started_at=first.at, last_at=first.at, modes=[begun.task.mode])
    for entry in entries[1:]:
        if not _is_waiting(entry.event):
            sums.worked_ms += max(0, round((entry.at - sums.last_at).total_seconds() * 1000))
        sums.last_at = entry.at
        _count(sums, entry.event)
    return sums


def _is_waiting(event: Event) -> bool:
    """Whether the time before this event was nobody's work: the run stood still, or a person was thinking."""
    match event:
        case Resumed() | Parked() | Decided(decision=Decision(rung=Rung.APPROVER)):
            return True
        case ModeChanged() | ModeRefused() | RulesAdded():
            return True
        case _:
            return False


def _count(sums: Tally, event: Event) -> None:
    match event:
        case RunStarted() | BoxStarted() | ModeRefused() | Attended():
            pass
        case Resumed(mode=mode):
            sums.resumes += 1
            sums.modes.append(mode)
            sums.outcome = None
        case ModeChanged(mode=mode):
            sums.modes.append(mode)
        case RulesAdded(rules=rules):
            sums.rules += [rule_text(rule) for rule in rules]
        case Hooked():
            _note_hook(sums, event)
        case Delegated():
            sums.depth += 1
            sums.subagents += 1
        case Returned(call_id=call_id):
            sums.depth -= 1
            _settle(sums, call_id, State.EXECUTED)
        case Saved(snapshot=snapshot):
            sums.snapshots[snapshot.id] = None
            sums.saved = snapshot.id
        case Replied(reply=reply):
            _hear(sums, reply)
        case Rejected() | Decided() | Voided() | Parked() | Answered() | ExecStarted() | ExecEnded() | RolledBack():
            _count_call(sums, event)
        case Faulted(ending=ending, error=error, message=message, hint=hint, usage=usage):
            sums.usage += usage
            sums.faults.append(Fault(ending=ending, error=error, message=message, hint=hint))
        case RunEnded(outcome=outcome):
            sums.outcome = outcome
            for call in sums.calls:
                call.state = State.INTERRUPTED if call.state is State.RUNNING else call.state
        case _:
            assert_never(event)


OfCall = Rejected | Decided | Voided | Parked | Answered | ExecStarted | ExecEnded | RolledBack


def _count_call(sums: Tally, event: OfCall) -> None:
    match event:
        case Rejected(call_id=call_id):
            _settle(sums, call_id, State.REJECTED)
        case Decided(call_id=call_id, action=action, decision=decision):
            sums.judging_musd += decision.spend_musd
            denied = decision.verdict is Verdict.DENY
            _settle(sums, call_id, State.DENIED if denied else State.OPEN)
            if (call := sums.pending.get(call_id)) is not None:
                call.action, call.decision = action, decision
            if isinstance(action.operation, Propose):
                sums.plan = Plan(text=action.operation.plan, approved=decision.verdict is Verdict.ALLOW)
        case Answered(call_id=call_id):
            _settle(sums, call_id, State.EXECUTED)
        case Voided(call_id=call_id):
            _settle(sums, call_id, State.OPEN)
        case Parked(call_id=call_id):
            _settle(sums, call_id, State.WAITING)
        case ExecStarted(action=action, snapshot_id=snapshot_id):
            probing = isinstance(action.operation, Probe)
            sums.checking = action.call_id if probing else None
            if probing and sums.final is None:
                sums.final = snapshot_id
            if not probing:
                _settle(sums, action.call_id, State.RUNNING)
        case ExecEnded(call_id=call_id, execution=execution):
            lost = execution.end is End.LOST
            if call_id != sums.checking:
                _settle(sums, call_id, State.INTERRUPTED if lost else State.EXECUTED)
            elif not lost:
                sums.results[call_id] = execution
        case RolledBack(call_id=call_id, snapshot_id=snapshot_id):
            _roll_back(sums, call_id, snapshot_id)
        case _:
            assert_never(event)


def _hear(sums: Tally, reply: Reply) -> None:
    sums.usage += reply.usage
    sums.turns += 1
    sums.final, sums.results = None, {}  # an earlier conclusion did not stand
    sums.answer = reply.text if reply.text and not sums.depth else sums.answer
    calls = [Counted(call=call, turn=sums.turns) for call in reply.calls]
    sums.calls += calls
    sums.pending |= {call.call.id: call for call in calls}


def _note_hook(sums: Tally, said: Hooked) -> None:
    objected = said.verdict is Verdict.DENY and said.occasion not in {Occasion.BEFORE, Occasion.ASKED}
    if said.failed or objected or said.stop is not None:
        why = said.stop or said.why
        note = HookNote(
            hook=said.hook, occasion=said.occasion, why=why, failed=said.failed, ended=said.stop is not None
        )
        sums.hooks.append(note)


def _settle(sums: Tally, call_id: str, state: State) -> None:
    if (call := sums.pending.get(call_id)) is not None:
        call.state = state


def _roll_back(sums: Tally, call_id: str, snapshot_id: str) -> None:
    what = f"check {call_id.removeprefix('check:')}"
    if call_id != sums.checking:
        _settle(sums, call_id, State.INTERRUPTED)
        what = sums.pending[call_id].what() if call_id in sums.pending else visible_name(call_id)
    sums.rollbacks.append(Rollback(call_id=call_id, what=what, snapshot_id=snapshot_id))
