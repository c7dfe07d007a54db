"""What came of a run, for people and CI, as one value and as JSON. `report_text` writes it for people.

Rules that live here and nowhere else:

* The outcome stands first. A run without an end has none: it is still going, or was killed.
* A call is counted once, by what came of it: executed, denied, rejected, interrupted, waiting, or none of these yet.
  One that was running when the run ended was interrupted.
* A check is what the task named, whether or not it has run.
* The JSON form is public: `v` goes up when a reader of the old one would be misled; fields are only added.

Time worked and tokens follow the rules of `run.fold`, so that the report and the limits speak of the same numbers; a
test compares them.

Not promised: that the model's words are true. They are its own account of what it did.
"""

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from runner.errors import EXIT_CODES, JournalError
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
from runner.types import (
    Action,
    Change,
    Decision,
    End,
    Ending,
    Execution,
    Outcome,
    Probe,
    Rung,
    Task,
    ToolCall,
    Usage,
    Verdict,
    Word,
)
from runner.views.visible import escaped_json, visible_name
from runner.views.wording import describe, describe_call, ended

TAIL_LINES = 20
"""So many last lines of a check's output are kept; the journal has all that was recorded. Our choice."""

TAIL_CHARS = 4000
"""So many last characters of them. Our choice."""


class CallCounts(Word, frozen=True, kw_only=True):
    """The model's calls by what came of them; `open`: none of the others, yet. `by_tool` adds up to the sum."""

    executed: int
    denied: int
    rejected: int
    interrupted: int
    waiting: int
    open: int
    by_tool: dict[str, int]


class Denial(Word, frozen=True, kw_only=True):
    """A call that was not allowed: what it would have done in one line, and why not."""

    call_id: str
    turn: int
    what: str
    why: str
    instead: str
    rung: Rung
    rule: str | None


class Question(Word, frozen=True, kw_only=True):
    """A call that waits for a person's answer."""

    call_id: str
    what: str
    why: str


class CheckResult(Word, frozen=True, kw_only=True):
    """What came of a check. `passed` None: it has not run to its end. `tail`: the last lines of its output."""

    name: str
    command: str
    passed: bool | None = None
    exit_code: int | None = None
    took_ms: int | None = None
    ended: str = ""
    tail: str = ""


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


class Report(Word, frozen=True, kw_only=True):
    """What people and CI read.

    Attributes:
        v: version of this form.
        outcome, exit_code: None while the run is going, and when it was killed.
        task: first line of the prompt.
        model: the one asked for.
        usage: the agent's model, failed attempts included.
        judging_musd: what deciding cost, apart from that.
        spend_musd: both together.
        worked_ms: not counting the time stopped, nor a person's thinking.
        base, final: ids of the first snapshot and of the one that is the result so far; None before the first.
        snapshots: how many different ones there are.
        change: from base to final, if it was computed.
        patch: where the patch is, if it was written; `stat`: what it touches, as lines.
        answer: the last words of the model.
    """

    v: int = 1
    run_id: str
    runner_version: str
    outcome: Outcome | None
    exit_code: int | None
    task: str
    workspace: str
    image: str
    mode: str
    model: str
    started_at: dt.datetime
    last_at: dt.datetime
    worked_ms: int
    turns: int
    usage: Usage
    judging_musd: int
    spend_musd: int
    calls: CallCounts
    denials: tuple[Denial, ...]
    waiting: tuple[Question, ...]
    checks: tuple[CheckResult, ...]
    base: str | None
    final: str | None
    snapshots: int
    change: Change | None
    patch: str | None
    stat: str
    rollbacks: tuple[Rollback, ...]
    faults: tuple[Fault, ...]
    resumes: int
    answer: str


# --- from events to the report ----------------------------------------------------------------------------------------


class _State(enum.Enum):
    OPEN = "open"
    RUNNING = "running"
    EXECUTED = "executed"
    DENIED = "denied"
    REJECTED = "rejected"
    INTERRUPTED = "interrupted"
    WAITING = "waiting"


@dataclass(slots=True)
class _Call:
    call: ToolCall
    turn: int
    state: _State = _State.OPEN
    action: Action | None = None
    decision: Decision | None = None

    def what(self) -> str:
        return describe(self.action) if self.action else describe_call(self.call)


@dataclass(slots=True)
class _Tally:
    """The sums while the entries are read. `pending`: the latest call of each id; `checking`: the check that runs."""

    begun: RunStarted
    started_at: dt.datetime
    last_at: dt.datetime
    mode: str
    worked_ms: int = 0
    judging_musd: int = 0
    usage: Usage = field(default_factory=Usage)
    replies: list[str] = field(default_factory=list)
    calls: list[_Call] = field(default_factory=list)
    pending: dict[str, _Call] = field(default_factory=dict)
    checking: str | None = None
    results: dict[str, Execution] = field(default_factory=dict)
    snapshots: dict[str, None] = field(default_factory=dict)
    saved: str | None = None
    final: str | None = None
    rollbacks: list[Rollback] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    resumes: int = 0
    outcome: Outcome | None = None


def report(entries: list[Entry], *, change: Change | None = None, patch: str | None = None, stat: str = "") -> Report:
    """Return what came of the run so far. Cost: one pass.

    Args:
        entries: the journal, from its beginning.
        change: from the report's `base` to its `final`; None when nobody computed it.
        patch: path of the written patch; None when there is none.
        stat: what the patch touches, as lines of text; empty when nobody computed it.

    Raises:
        JournalError: there is no run in these entries.
    """
    if not entries or not isinstance(entries[0].event, RunStarted):
        raise JournalError("a journal begins with RunStarted")
    first, begun = entries[0], entries[0].event
    tally = _Tally(begun=begun, started_at=first.at, last_at=first.at, mode=begun.task.mode.value)
    for entry in entries[1:]:
        if not _is_waiting(entry.event):
            tally.worked_ms += max(0, round((entry.at - tally.last_at).total_seconds() * 1000))
        tally.last_at = entry.at
        tally.outcome = None
        _count(tally, entry.event)
    return _report(tally, change, patch, stat)


def _is_waiting(event: Event) -> bool:
    """Whether the time before this event was nobody's work: the run stood still, or a person was thinking."""
    match event:
        case Resumed() | Parked() | Decided(decision=Decision(rung=Rung.APPROVER)):
            return True
        case _:
            return False


def _count(tally: _Tally, event: Event) -> None:
    match event:
        case RunStarted() | BoxStarted():
            pass
        case Resumed(mode=mode):
            tally.resumes += 1
            tally.mode = mode.value
        case Saved(snapshot=snapshot):
            tally.snapshots[snapshot.id] = None
            tally.saved = snapshot.id
        case Replied(reply=reply):
            tally.usage += reply.usage
            tally.replies.append(reply.text)
            calls = [_Call(call=call, turn=len(tally.replies)) for call in reply.calls]
            tally.calls += calls
            tally.pending |= {call.call.id: call for call in calls}
        case Rejected(call_id=call_id):
            _settle(tally, call_id, _State.REJECTED)
        case Decided(call_id=call_id, action=action, decision=decision):
            tally.judging_musd += decision.spend_musd
            denied = decision.verdict is Verdict.DENY
            _settle(tally, call_id, _State.DENIED if denied else _State.OPEN)
            if (call := tally.pending.get(call_id)) is not None:
                call.action, call.decision = action, decision
        case Parked(call_id=call_id):
            _settle(tally, call_id, _State.WAITING)
        case ExecStarted(action=action, snapshot_id=snapshot_id):
            probing = isinstance(action.operation, Probe)
            tally.checking = action.call_id if probing else None
            if probing and tally.final is None:
                tally.final = snapshot_id
            if not probing:
                _settle(tally, action.call_id, _State.RUNNING)
        case ExecEnded(call_id=call_id, execution=execution):
            lost = execution.end is End.LOST
            if call_id != tally.checking:
                _settle(tally, call_id, _State.INTERRUPTED if lost else _State.EXECUTED)
            elif not lost:
                tally.results[call_id] = execution
        case RolledBack(call_id=call_id, snapshot_id=snapshot_id):
            _roll_back(tally, call_id, snapshot_id)
        case Faulted(ending=ending, error=error, message=message, hint=hint, usage=usage):
            tally.usage += usage
            tally.faults.append(Fault(ending=ending, error=error, message=message, hint=hint))
        case RunEnded(outcome=outcome):
            tally.outcome = outcome
            for call in tally.calls:
                call.state = _State.INTERRUPTED if call.state is _State.RUNNING else call.state
        case _:
            assert_never(event)


def _settle(tally: _Tally, call_id: str, state: _State) -> None:
    if (call := tally.pending.get(call_id)) is not None:
        call.state = state


def _roll_back(tally: _Tally, call_id: str, snapshot_id: str) -> None:
    what = f"check {call_id.removeprefix('check:')}"
    if call_id != tally.checking:
        _settle(tally, call_id, _State.INTERRUPTED)
        what = tally.pending[call_id].what() if call_id in tally.pending else visible_name(call_id)
    tally.rollbacks.append(Rollback(call_id=call_id, what=what, snapshot_id=snapshot_id))


def _report(tally: _Tally, change: Change | None, patch: str | None, stat: str) -> Report:
    task = tally.begun.task
    outcome = tally.outcome
    return Report(
        run_id=tally.begun.run_id,
        runner_version=tally.begun.runner_version,
        outcome=outcome,
        exit_code=EXIT_CODES[outcome.ending] if outcome else None,
        task=next(iter(task.prompt.strip().split("\n"))),
        workspace=task.workspace,
        image=task.image,
        mode=tally.mode,
        model=task.model,
        started_at=tally.started_at,
        last_at=tally.last_at,
        worked_ms=tally.worked_ms,
        turns=len(tally.replies),
        usage=tally.usage,
        judging_musd=tally.judging_musd,
        spend_musd=tally.usage.spend_musd + tally.judging_musd,
        calls=_counts(tally.calls),
        denials=tuple(_denials(tally.calls)),
        waiting=tuple(_waiting(tally.calls)),
        checks=_checks(task, tally.results),
        base=next(iter(tally.snapshots), None),
        final=tally.final or tally.saved,
        snapshots=len(tally.snapshots),
        change=change,
        patch=patch,
        stat=stat,
        rollbacks=tuple(tally.rollbacks),
        faults=tuple(tally.faults),
        resumes=tally.resumes,
        answer=next((text for text in reversed(tally.replies) if text), ""),
    )


def _counts(calls: list[_Call]) -> CallCounts:
    def count(*states: _State) -> int:
        return sum(call.state in states for call in calls)

    tools = sorted({call.call.tool for call in calls})
    return CallCounts(
        executed=count(_State.EXECUTED),
        denied=count(_State.DENIED),
        rejected=count(_State.REJECTED),
        interrupted=count(_State.INTERRUPTED),
        waiting=count(_State.WAITING),
        open=count(_State.OPEN, _State.RUNNING),
        by_tool={tool: sum(call.call.tool == tool for call in calls) for tool in tools},
    )


def _denials(calls: list[_Call]) -> list[Denial]:
    return [
        Denial(
            call_id=call.call.id,
            turn=call.turn,
            what=call.what(),
            why=call.decision.why,
            instead=call.decision.instead,
            rung=call.decision.rung,
            rule=call.decision.rule,
        )
        for call in calls
        if call.state is _State.DENIED and call.decision is not None
    ]


def _waiting(calls: list[_Call]) -> list[Question]:
    return [
        Question(call_id=call.call.id, what=call.what(), why=call.decision.why if call.decision else "")
        for call in calls
        if call.state is _State.WAITING
    ]


def _checks(task: Task, results: dict[str, Execution]) -> tuple[CheckResult, ...]:
    checks: list[CheckResult] = []
    for index, check in enumerate(task.checks):
        result = CheckResult(name=check.name, command=check.command)
        if (execution := results.get(f"check:{index}")) is not None:
            tail = "\n".join(execution.output.rstrip().split("\n")[-TAIL_LINES:])[-TAIL_CHARS:]
            result = msgspec.structs.replace(
                result,
                passed=execution.succeeded,
                exit_code=execution.exit_code,
                took_ms=execution.took_ms,
                ended=ended(execution),
                tail=tail,
            )
        checks.append(result)
    return tuple(checks)


def report_json(report: Report) -> bytes:
    """Return the report as indented JSON. It may be printed: what cannot be seen is escaped."""
    return escaped_json(msgspec.json.format(msgspec.json.encode(report), indent=2))


def report_line(report: Report) -> bytes:
    """Return the same JSON in one line, without its line break."""
    return escaped_json(msgspec.json.encode(report))
