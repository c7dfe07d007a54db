"""All control flow: what is true now (`fold`), and what must happen next (`next_step`).

        events --fold--> Run --next_step--> Step
          ^                                  |
          +------- engine performs it <------+        (a circle in time, none in imports)

A run is a list of events. `fold` reads it into a `Run`, a value that is never stored; `next_step` is one table, read
from top to bottom, first row that applies. The engine performs the step and appends what came of it. Resuming is
`fold` on a file: there is no other code for it.

The promises are about order, and each is a row or the place of a row:

* Nothing runs undecided: `Execute` carries a `Permit`, and every call of a reply is judged before any of them runs.
* Nothing writes unsaved: `Save` stands before `Execute` and again after everything that may have written.
* Nothing continues past a limit: the limits stand above everything that costs.
* Nothing runs twice: a call whose end was never seen (`in_flight`) is restored and reported, not repeated. A check
  that was interrupted is undone and begun again; its result decides the run, so it must exist.
* Nothing happens after the end: `RunEnded` leaves no step, and only `Resumed` may follow it.

A field of `Run` that `next_step` does not read does not belong here but in a view.

Not promised: that the limits are exact. Spend and tokens are known when a reply is complete (overshoot: one reply),
time when an event is recorded (overshoot: one model request; a command's deadline is cut to what is left).
"""

import datetime as dt
from typing import assert_never

import msgspec

from runner.errors import JournalError
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
    WORKSPACE,
    Action,
    Decision,
    Effects,
    End,
    Ending,
    Execution,
    Limits,
    Mode,
    Outcome,
    Permit,
    Probe,
    Purpose,
    Reply,
    Rung,
    Snapshot,
    StopReason,
    Task,
    ToolCall,
    Verdict,
    Word,
)

IDLE_REPLIES = 5
"""So many replies in a row without a call or a conclusion mean that the model gave up. Our choice."""

BOX_LOSSES = 3
"""So many vanished boxes in one process mean that the engine is not fit. Our choice."""


class Pending(Word, frozen=True, kw_only=True):
    """A call of the latest reply and how far it has come."""

    call: ToolCall
    action: Action | None = None
    decision: Decision | None = None
    parked: bool = False
    done: bool = False


class Run(Word, frozen=True, kw_only=True):
    """All that is true now.

    Attributes:
        seq, at: number of entries so far; time of the last one.
        worked_ms: time spent on the run; not while stopped, not while a person was thinking.
        idle: replies in a row that neither called a tool nor concluded.
        concluded: the model says it is done.
        final: id of the snapshot that is the result; set once, after the conclusion, before the checks.
        dirty: a call may have written since the last snapshot.
        stale: something alive in the box may have written since the last snapshot.
        in_flight: id of the call whose end has not been seen.
        losses: boxes that vanished since the process began.
        checked: what came of the checks so far, in their order.
        fault: a door failed; the run must stop.
    """

    run_id: str
    task: Task
    limits: Limits
    mode: Mode
    seq: int
    at: dt.datetime
    worked_ms: int = 0
    turns: int = 0
    tokens: int = 0
    spend_musd: int = 0
    denials: int = 0
    calls: tuple[Pending, ...] = ()
    idle: int = 0
    refused: StopReason | None = None
    concluded: bool = False
    final: str | None = None
    snapshot: Snapshot | None = None
    dirty: bool = False
    stale: bool = False
    alive: int = 0
    box: Purpose | None = None
    cwd: str = WORKSPACE
    in_flight: str | None = None
    losses: int = 0
    checked: tuple[Execution, ...] = ()
    fault: Outcome | None = None
    outcome: Outcome | None = None


# --- what must happen next --------------------------------------------------------------------------------------------


class Start(Word, frozen=True, kw_only=True):
    """Put a fresh box around the workspace."""

    purpose: Purpose


class Save(Word, frozen=True, kw_only=True):
    """Make the workspace as it is now a state that can be brought back."""


class Restore(Word, frozen=True, kw_only=True):
    """Undo a call whose end was never seen."""

    call_id: str
    snapshot: Snapshot


class Think(Word, frozen=True, kw_only=True):
    """Ask the model."""


class Judge(Word, frozen=True, kw_only=True):
    """Compile a call to an action and let hooks and ladder decide."""

    call: ToolCall


class Consult(Word, frozen=True, kw_only=True):
    """Ask the classifier about all that is left to it."""

    actions: tuple[Action, ...]


class Ask(Word, frozen=True, kw_only=True):
    """Ask the person."""

    action: Action
    decision: Decision


class Execute(Word, frozen=True, kw_only=True):
    """Perform a permitted action."""

    permit: Permit
    snapshot: Snapshot
    deadline_s: float


class Stop(Word, frozen=True, kw_only=True):
    """End the run."""

    outcome: Outcome


Step = Start | Save | Restore | Think | Judge | Consult | Ask | Execute | Stop


def next_step(run: Run) -> Step | None:
    """Return what must happen next; None when the run has ended. First row that applies."""
    if run.outcome is not None:
        return None
    if run.fault is not None:
        return Stop(outcome=run.fault)
    if run.in_flight is not None:
        return _undo(run, run.in_flight)
    if run.losses >= BOX_LOSSES:
        return Stop(outcome=_too_many_losses(run))
    if run.snapshot is None or run.dirty:
        return Save()
    if (reached := _limit_reached(run, run.snapshot)) is not None:
        return Stop(outcome=reached)
    if run.refused is not None:
        return Stop(outcome=_refusal(run.refused))
    if run.concluded:
        return _conclude(run, run.snapshot)
    if run.idle >= IDLE_REPLIES:
        return Stop(outcome=_idle())
    if (step := _settle(run)) is not None:
        return step
    if run.box is not Purpose.WORK:
        return Start(purpose=Purpose.WORK)
    return _perform(run, run.snapshot) or Think()


def _undo(run: Run, call_id: str) -> Step:
    if run.snapshot is None:
        why = "a call was interrupted and there is no snapshot from before it"
        return Stop(outcome=Outcome(ending=Ending.UNCERTAIN, why=why, hint="Look at the workspace of the run."))
    return Restore(call_id=call_id, snapshot=run.snapshot)


def _settle(run: Run) -> Step | None:
    """Return what is still to be decided about the pending calls; None when each has its verdict."""
    open_calls = [pending for pending in run.calls if not pending.done]
    for pending in open_calls:
        if pending.decision is None:
            return Judge(call=pending.call)
    decided = [(p, p.action, p.decision) for p in open_calls if p.action is not None and p.decision is not None]
    classify = tuple(action for _, action, decision in decided if decision.verdict is Verdict.CLASSIFY)
    if classify:
        return Consult(actions=classify)
    for pending, action, decision in decided:
        if decision.verdict is Verdict.ASK and not pending.parked:
            return Ask(action=action, decision=decision)
    if any(pending.parked for pending in open_calls):
        hint = f"Answer it on a terminal: runner resume {run.run_id}"
        return Stop(outcome=Outcome(ending=Ending.WAITING, why="a call waits for a person's answer", hint=hint))
    return None


def _perform(run: Run, snapshot: Snapshot) -> Step | None:
    """Return the next permitted call, or the snapshot it needs first; None when all calls are done."""
    for pending in run.calls:
        if not pending.done and pending.action is not None and pending.decision is not None:
            if run.stale:
                return Save()
            permit = Permit(action=pending.action, decision=pending.decision)
            return Execute(permit=permit, snapshot=snapshot, deadline_s=_deadline_s(run))
    return None


def _conclude(run: Run, snapshot: Snapshot) -> Step:
    """Return the next step between "I am done" and the end.

    The agent's box goes first, with all that still runs in it, so that the result and what the checks see are the same.
    """
    unchecked = len(run.checked) < len(run.task.checks)
    if unchecked and run.box is not Purpose.CHECKS:
        return Start(purpose=Purpose.CHECKS)
    if run.final is None or (unchecked and run.stale):
        return Save()
    if not unchecked:
        return Stop(outcome=_verdict_of_checks(run))
    return Execute(permit=check_permit(run.task, len(run.checked)), snapshot=snapshot, deadline_s=_deadline_s(run))


def check_permit(task: Task, index: int) -> Permit:
    """Return the permit of a check: the user's own command, allowed by the task itself."""
    operation = Probe(command=task.checks[index].command)
    effects = Effects(opaque="a check of the task is not analysed")
    action = Action(call_id=f"check:{index}", tool="check", operation=operation, effects=effects)
    why = "The task names it as a check."
    return Permit(action=action, decision=action.decide(Verdict.ALLOW, rung=Rung.TASK, why=why))


def _deadline_s(run: Run) -> float:
    if run.limits.wall_s is None:
        return float(run.limits.exec_s)
    left_s = run.limits.wall_s - run.worked_ms / 1000
    return max(1.0, min(float(run.limits.exec_s), left_s))


def _limit_reached(run: Run, snapshot: Snapshot) -> Outcome | None:
    """Return why the run may not go on, if a limit is reached. After the conclusion only time and disk still count."""
    limits, costs = run.limits, not run.concluded
    rows: tuple[tuple[str, bool, float, float | None, Ending], ...] = (
        ("denials", costs, run.denials, limits.denials, Ending.DENIALS),
        ("turns", costs, run.turns, limits.turns, Ending.LIMIT),
        ("tokens", costs, run.tokens, limits.tokens, Ending.LIMIT),
        ("spend", costs, run.spend_musd / 1e6, _usd(limits.spend_musd), Ending.LIMIT),
        ("wall", len(run.checked) < len(run.task.checks) or costs, run.worked_ms / 1000, limits.wall_s, Ending.LIMIT),
        ("disk", True, snapshot.size_bytes, limits.disk_bytes, Ending.LIMIT),
    )
    for name, counts, used, limit, ending in rows:
        if counts and limit is not None and used >= limit:
            why = f"the limit `{name}` of {limit:,g} is reached ({used:,g} used)"
            hint = f"Raise it and go on: runner resume {run.run_id} --limit {name}=..."
            return Outcome(ending=ending, why=why, hint=hint)
    return None


def _usd(musd: int | None) -> float | None:
    return None if musd is None else musd / 1e6


def _verdict_of_checks(run: Run) -> Outcome:
    failed = [
        check.name for check, execution in zip(run.task.checks, run.checked, strict=True) if not execution.succeeded
    ]
    if failed:
        return Outcome(ending=Ending.CHECK_FAILED, why=", ".join(failed))
    count = len(run.checked)
    why = f"{count} check{'s' if count > 1 else ''} passed" if count else "the model says so; the task has no checks"
    return Outcome(ending=Ending.DONE, why=why)


def _refusal(stop: StopReason) -> Outcome:
    if stop is StopReason.CONTEXT_EXCEEDED:
        why = "the conversation does not fit into the model's context window any more"
        return Outcome(ending=Ending.LIMIT, why=why, hint="Split the task, or use a model with a larger window.")
    return Outcome(ending=Ending.GAVE_UP, why="the model refused to go on", hint="Its last words are in the report.")


def _idle() -> Outcome:
    why = f"{IDLE_REPLIES} replies in a row neither called a tool nor said that the task is done"
    return Outcome(ending=Ending.GAVE_UP, why=why)


def _too_many_losses(run: Run) -> Outcome:
    why = f"the box vanished {run.losses} times"
    hint = f"Look at the container engine, then: runner resume {run.run_id}"
    return Outcome(ending=Ending.SANDBOX, why=why, hint=hint)


# --- what is true now -------------------------------------------------------------------------------------------------


def fold_all(entries: tuple[Entry, ...] | list[Entry]) -> Run:
    """Return what is true after these entries.

    Raises:
        JournalError: they are not the history of a run.
    """
    run: Run | None = None
    for entry in entries:
        run = fold(run, entry)
    if run is None:
        raise JournalError("the journal is empty", hint="The run was killed before it began; start it again.")
    return run


def fold(run: Run | None, entry: Entry) -> Run:
    """Return what is true after one more entry.

    Raises:
        JournalError: the entry cannot follow: not a beginning, a gap, or something after the end.
    """
    event = entry.event
    if run is None:
        if not isinstance(event, RunStarted) or entry.seq != 0:
            raise JournalError("a journal begins with RunStarted")
        return Run(
            run_id=event.run_id,
            task=event.task,
            limits=event.task.limits,
            mode=event.task.mode,
            seq=1,
            at=entry.at,
        )
    if entry.seq != run.seq:
        raise JournalError(f"the journal has entry {entry.seq} where {run.seq} is due")
    if run.outcome is not None and not isinstance(event, Resumed):
        raise JournalError("the journal goes on after the end of the run")
    run = msgspec.structs.replace(
        run,
        seq=run.seq + 1,
        at=entry.at,
        worked_ms=run.worked_ms + _worked_ms(run, entry),
        stale=run.alive > 0,
    )
    return _apply(run, event)


def _worked_ms(run: Run, entry: Entry) -> int:
    match entry.event:
        case Resumed() | Parked():
            return 0
        case Decided(decision=Decision(rung=Rung.APPROVER)):
            return 0  # a person was thinking
        case _:
            return max(0, round((entry.at - run.at).total_seconds() * 1000))  # a clock may be set back


def _apply(run: Run, event: Event) -> Run:
    change = msgspec.structs.replace
    match event:
        case RunStarted():
            raise JournalError("a run begins only once")
        case Resumed(limits=limits, mode=mode):
            calls = tuple(_reopened(pending, anew=mode is not run.mode) for pending in run.calls)
            cleared = change(run, outcome=None, fault=None, box=None, losses=0, alive=0, stale=False)
            return change(cleared, dirty=run.dirty or run.alive > 0, limits=limits, mode=mode, calls=calls)
        case BoxStarted(box=box):
            return change(run, box=box.purpose, alive=0, stale=False, dirty=run.alive > 0, cwd=WORKSPACE)
        case Saved(snapshot=snapshot):
            final = snapshot.id if run.concluded and run.final is None else run.final
            return change(run, snapshot=snapshot, dirty=False, stale=False, final=final)
        case Replied(reply=reply):
            return _hear(run, reply)
        case Rejected(call_id=call_id):
            return _settled(run, call_id, done=True)
        case Decided(call_id=call_id, action=action, decision=decision):
            denied = decision.verdict is Verdict.DENY
            run = change(run, denials=run.denials + denied)
            return _settled(run, call_id, action=action, decision=decision, parked=False, done=denied)
        case Parked(call_id=call_id):
            return _settled(run, call_id, parked=True)
        case ExecStarted(action=action):
            return change(run, in_flight=action.call_id)
        case ExecEnded(call_id=call_id, execution=execution):
            return _ended(run, call_id, execution)
        case RolledBack(call_id=call_id):
            return _settled(change(run, in_flight=None, box=None, alive=0, stale=False), call_id, done=True)
        case Faulted(ending=ending, message=message, hint=hint, usage=usage):
            fault = Outcome(ending=ending, why=message, hint=hint)
            spent = change(run, tokens=run.tokens + usage.tokens, spend_musd=run.spend_musd + usage.spend_musd)
            return change(spent, fault=fault, box=None if ending is Ending.SANDBOX else run.box)
        case RunEnded(outcome=outcome):
            return change(run, outcome=outcome)
        case _:
            assert_never(event)


def _reopened(pending: Pending, *, anew: bool) -> Pending:
    """Return the call as a resumed run finds it: to be asked again, and under another mode to be judged anew."""
    if pending.done or not anew:
        return msgspec.structs.replace(pending, parked=False)
    return Pending(call=pending.call)


def _hear(run: Run, reply: Reply) -> Run:
    refused = reply.stop if reply.stop in {StopReason.REFUSAL, StopReason.CONTEXT_EXCEEDED} else None
    said_done = reply.stop in {StopReason.END_TURN, StopReason.STOP_SEQUENCE} and not reply.calls
    return msgspec.structs.replace(
        run,
        turns=run.turns + 1,
        tokens=run.tokens + reply.usage.tokens,
        spend_musd=run.spend_musd + reply.usage.spend_musd,
        calls=() if refused else tuple(Pending(call=call) for call in reply.calls),
        idle=0 if reply.calls else run.idle + 1,
        refused=refused,
        concluded=said_done and bool(reply.text),
    )


def _ended(run: Run, call_id: str, execution: Execution) -> Run:
    change = msgspec.structs.replace
    if execution.end is End.LOST:
        return change(run, box=None, losses=run.losses + 1)  # and still in flight
    action = next((pending.action for pending in run.calls if pending.call.id == call_id), None)
    wrote = action is None or not action.effects.only_reads or run.alive > 0 or execution.alive > 0
    run = change(run, in_flight=None, alive=execution.alive, cwd=execution.cwd or run.cwd, dirty=wrote)
    if run.concluded:
        return change(run, checked=(*run.checked, execution))
    return _settled(run, call_id, done=True)


def _settled(
    run: Run,
    call_id: str,
    *,
    action: Action | None = None,
    decision: Decision | None = None,
    parked: bool | None = None,
    done: bool | None = None,
) -> Run:
    """Return the run with what is now known about one pending call; what is not given stays."""
    calls = tuple(
        msgspec.structs.replace(
            pending,
            action=action or pending.action,
            decision=decision or pending.decision,
            parked=pending.parked if parked is None else parked,
            done=pending.done if done is None else done,
        )
        if pending.call.id == call_id
        else pending
        for pending in run.calls
    )
    return msgspec.structs.replace(run, calls=calls)
