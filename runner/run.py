"""All control flow: what is true now (`fold`), and what must happen next (`next_step`).

        events --fold--> Run --next_step--> Step
          ^                                  |
          +------- engine performs it <------+        (a circle in time, none in imports)

A run is a list of events. `fold` reads it into a `Run`, a value that is never stored; `next_step` is one table, read
from top to bottom, first row that applies. The engine performs the step and appends what came of it. Resuming is
`fold` on a file: there is no other code for it.

The promises are about order, and each is a row or the place of a row:

* Nothing runs undecided: `Execute` carries a `Permit`, and every call of a reply is judged before any of them runs.
* No verdict outlives what it was given under: another mode, stricter rules or another policy void it, and the call is
  judged anew.
* Nothing writes unsaved: `Save` stands before `Execute` and again after everything that may have written.
* Nothing continues past a limit: the limits stand above everything that costs.
* Nothing runs twice: a call whose end was never seen (`in_flight`) is restored and reported, not repeated. A check
  that was interrupted is undone and begun again; its result decides the run, so it must exist.
* Nothing happens after the end: `RunEnded` leaves no step, and only `Resumed` may follow it. The hooks of the end are
  told afterwards and change nothing.
* Hooks are asked when their moment has come and before anything that depends on it; a moment that was cut short by a
  kill is had again. Runs at which nobody attends have no such steps.

A subagent is a conversation on top of the one that began it (`suspended`): until it returns, every row is about it.
Box, snapshots, limits and policy are the run's.

A field of `Run` that `next_step` does not read does not belong here but in a view.

Not promised: that the limits are exact. Spend and tokens are known when a reply is complete (overshoot: one reply),
time when an event is recorded (overshoot: one model request; a command's deadline is cut to what is left).
"""

import datetime as dt
from collections.abc import Callable
from typing import assert_never

import msgspec

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
    News,
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
    WORKSPACE,
    Action,
    Decision,
    Delegate,
    Effects,
    End,
    Ending,
    Execution,
    Foreign,
    Layer,
    Limits,
    Mode,
    Occasion,
    Outcome,
    Permit,
    Policy,
    Probe,
    Propose,
    Purpose,
    Question,
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

OBJECTIONS = 5
"""So many times hooks may keep a model going that says it is done; once more, and it gave up. Our choice."""

VOIDS = 3
"""A call whose meaning changed so many times between verdict and execution is rejected. Our choice."""


class Pending(Word, frozen=True, kw_only=True):
    """A call of the latest reply and how far it has come.

    Attributes:
        input_json: the arguments that were judged in the place of the model's, if they were others.
        attended: hooks had their chance to answer for the person.
        parked: nobody is there to answer.
        voids: how often its meaning changed after it was permitted.
        due: what hooks are still to be told of it, if any attends.
        done: it has its result.
    """

    call: ToolCall
    action: Action | None = None
    decision: Decision | None = None
    input_json: str | None = None
    attended: bool = False
    parked: bool = False
    voids: int = 0
    due: Occasion | None = None
    done: bool = False

    @property
    def made(self) -> ToolCall:
        """The call with the arguments that were judged."""
        return self.call if self.input_json is None else msgspec.structs.replace(self.call, input_json=self.input_json)


class Frame(Word, frozen=True, kw_only=True):
    """A conversation that waits for the subagent it began.

    Attributes:
        call_id: the call that began it.
        wish: the mode that was asked for it.
        mode, calls: of the waiting conversation.
    """

    call_id: str
    wish: Mode | None
    mode: Mode
    calls: tuple[Pending, ...]


class Run(Word, frozen=True, kw_only=True):
    """All that is true now.

    Attributes:
        policy: what is judged by, added rules included.
        mode: of the conversation that goes on; see `session_mode`.
        occasions: the moments at which a hook may have a say.
        seq, at: number of entries so far; time of the last one.
        worked_ms: time spent on the run; not while stopped, not while a person was thinking.
        suspended: the conversations that wait for a subagent, the run's own first; empty when none is at work.
        idle: replies in a row that neither called a tool nor concluded.
        concluded: the model says it is done.
        words: what it said last.
        greeted, prompted, agreed, parted: SessionStart, UserPromptSubmit, Stop, SessionEnd are behind us.
        objected: a hook objects to the conclusion.
        objections: how often hooks kept the model going; `objection`: the latest reason.
        halted: why a hook or a person wants the run to end here.
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
    policy: Policy
    mode: Mode
    occasions: tuple[Occasion, ...]
    seq: int
    at: dt.datetime
    worked_ms: int = 0
    turns: int = 0
    tokens: int = 0
    spend_musd: int = 0
    denials: int = 0
    suspended: tuple[Frame, ...] = ()
    calls: tuple[Pending, ...] = ()
    idle: int = 0
    refused: StopReason | None = None
    concluded: bool = False
    words: str = ""
    greeted: bool = False
    prompted: bool = False
    agreed: bool = False
    parted: bool = False
    objected: bool = False
    objections: int = 0
    objection: str = ""
    halted: str | None = None
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

    @property
    def session_mode(self) -> Mode:
        """The mode of the run's own conversation."""
        return self.suspended[0].mode if self.suspended else self.mode

    @property
    def closing(self) -> bool:
        """Whether the run itself is done and nobody objects: only checks are left."""
        return self.concluded and not self.suspended and (self.agreed or Occasion.STOP not in self.occasions)


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


class Attend(Word, frozen=True, kw_only=True):
    """Call the hooks of a moment. `pending` is what it is about; None where it is about no call."""

    occasion: Occasion
    pending: Pending | None = None


class Think(Word, frozen=True, kw_only=True):
    """Ask the model."""


class Judge(Word, frozen=True, kw_only=True):
    """Compile a call to an action and let hooks and ladder decide, in this mode and under this policy."""

    call: ToolCall
    mode: Mode
    policy: Policy


class Consult(Word, frozen=True, kw_only=True):
    """Ask the classifier about all that is left to it."""

    actions: tuple[Action, ...]


class Ask(Word, frozen=True, kw_only=True):
    """Ask the person."""

    pending: Pending
    action: Action
    decision: Decision


class Reject(Word, frozen=True, kw_only=True):
    """Give a call up."""

    call_id: str
    why: str


class Tell(Word, frozen=True, kw_only=True):
    """Give a permitted call that needs no box its result."""

    permit: Permit


class Enter(Word, frozen=True, kw_only=True):
    """Begin a subagent, in this mode."""

    permit: Permit
    operation: Delegate
    mode: Mode


class Leave(Word, frozen=True, kw_only=True):
    """End the innermost subagent; the text is the result of the call that began it."""

    call_id: str
    text: str
    is_error: bool


class Execute(Word, frozen=True, kw_only=True):
    """Perform a permitted action."""

    permit: Permit
    snapshot: Snapshot
    deadline_s: float


class Stop(Word, frozen=True, kw_only=True):
    """End the run."""

    outcome: Outcome


Step = Start | Save | Restore | Attend | Think | Judge | Consult | Ask | Reject | Tell | Enter | Leave | Execute | Stop


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
    if run.dirty:
        return Save()
    if run.halted is not None:
        return Stop(outcome=_halt(run, run.halted))
    if (moment := _beginning(run)) is not None:
        return moment
    if run.snapshot is None:
        return Save()
    if (moment := _owed(run)) is not None:
        return moment
    if (reached := _limit_reached(run, run.snapshot)) is not None:
        return Stop(outcome=reached)
    if run.refused is not None:
        return _give_up(run, _refusal(run.refused))
    if run.concluded:
        return _conclude(run, run.snapshot)
    if run.objections > OBJECTIONS:
        return Stop(outcome=_objection(run))
    if run.idle >= IDLE_REPLIES:
        return _give_up(run, _idle())
    if (step := _settle(run)) is not None:
        return step
    if run.box is not Purpose.WORK:
        return Start(purpose=Purpose.WORK)
    return _perform(run, run.snapshot) or Think()


def last_step(run: Run) -> Attend | None:
    """Return what is to be done when the run has ended; it changes nothing any more."""
    due = run.outcome is not None and Occasion.END in run.occasions and not run.parted
    return Attend(occasion=Occasion.END) if due else None


def heed(run: Run, news: News) -> Event | None:
    """Return what becomes of news from outside: recorded, refused, or nothing when it changes nothing."""
    match news:
        case ModeChanged(mode=mode) if mode is run.session_mode:
            return None
        case ModeChanged(mode=mode, by=by) if mode in run.policy.modes_off:
            return ModeRefused(mode=mode, by=by)
        case RulesAdded(rules=()):
            return None
        case _:
            return news


def _undo(run: Run, call_id: str) -> Step:
    if run.snapshot is None:
        why = "a call was interrupted and there is no snapshot from before it"
        return Stop(outcome=Outcome(ending=Ending.UNCERTAIN, why=why, hint="Look at the workspace of the run."))
    return Restore(call_id=call_id, snapshot=run.snapshot)


def _beginning(run: Run) -> Attend | None:
    """Return the moment before anything is copied or said that is still to be had."""
    if not run.greeted and Occasion.START in run.occasions:
        return Attend(occasion=Occasion.START)
    if not run.prompted and run.turns == 0 and Occasion.PROMPT in run.occasions:
        return Attend(occasion=Occasion.PROMPT)
    return None


def _owed(run: Run) -> Attend | None:
    """Return the next moment that hooks are still to be told of, about a call that has its result."""
    for pending in run.calls:
        if pending.due is not None and pending.due in run.occasions:
            return Attend(occasion=pending.due, pending=pending)
    return None


def _settle(run: Run) -> Step | None:
    """Return what is still to be decided about the pending calls; None when each has its verdict."""
    open_calls = [pending for pending in run.calls if not pending.done]
    for pending in open_calls:
        if pending.voids >= VOIDS:
            why = "What this call would do kept changing while it was judged. Nothing ran."
            return Reject(call_id=pending.call.id, why=why)
        if pending.decision is None:
            return Judge(call=pending.call, mode=run.mode, policy=run.policy)
    decided = [(p, p.action, p.decision) for p in open_calls if p.action is not None and p.decision is not None]
    classify = tuple(action for _, action, decision in decided if decision.verdict is Verdict.CLASSIFY)
    if classify:
        return Consult(actions=classify)
    for pending, action, decision in decided:
        if decision.verdict is Verdict.ASK and not pending.parked:
            if not pending.attended and Occasion.ASKED in run.occasions:
                return Attend(occasion=Occasion.ASKED, pending=pending)
            return Ask(pending=pending, action=action, decision=decision)
    if any(pending.parked for pending in open_calls):
        hint = f"Answer it on a terminal: runner resume {run.run_id}"
        return Stop(outcome=Outcome(ending=Ending.WAITING, why="a call waits for a person's answer", hint=hint))
    return None


def _perform(run: Run, snapshot: Snapshot) -> Step | None:
    """Return the next permitted call, or the snapshot it needs first; None when all calls are done."""
    for pending in run.calls:
        if not pending.done and pending.action is not None and pending.decision is not None:
            permit = Permit(action=pending.action, decision=pending.decision)
            match pending.action.operation:
                case Delegate() as operation:
                    return Enter(permit=permit, operation=operation, mode=run.mode.delegated(operation.mode))
                case Question() | Propose():
                    return Tell(permit=permit)
                case Foreign():
                    return Reject(call_id=pending.call.id, why=f"There is no tool `{pending.call.tool}`.")
                case _:
                    if run.stale:
                        return Save()
                    return Execute(permit=permit, snapshot=snapshot, deadline_s=_deadline_s(run))
    return None


def _conclude(run: Run, snapshot: Snapshot) -> Step:
    """Return the next step between "I am done" and the end.

    The agent's box goes first, with all that still runs in it, so that the result and what the checks see are the same.
    """
    if run.suspended:
        return Leave(call_id=run.suspended[-1].call_id, text=run.words, is_error=False)
    if not run.closing:
        return Attend(occasion=Occasion.STOP)
    unchecked = len(run.checked) < len(run.task.checks)
    if unchecked and run.box is not Purpose.CHECKS:
        return Start(purpose=Purpose.CHECKS)
    if run.final is None or (unchecked and run.stale):
        return Save()
    if not unchecked:
        return Stop(outcome=_verdict_of_checks(run))
    return Execute(permit=check_permit(run.task, len(run.checked)), snapshot=snapshot, deadline_s=_deadline_s(run))


def _give_up(run: Run, outcome: Outcome) -> Step:
    """Return the end of a conversation that leads nowhere: a subagent's is a failed call, the run's own is its end."""
    if run.suspended:
        text = f"The subagent came to no result: {outcome.why}."
        return Leave(call_id=run.suspended[-1].call_id, text=text, is_error=True)
    return Stop(outcome=outcome)


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


def _objection(run: Run) -> Outcome:
    why = f"the model said {run.objections} times that it is done, and a hook objected each time: {run.objection}"
    return Outcome(ending=Ending.GAVE_UP, why=why)


def _halt(run: Run, why: str) -> Outcome:
    return Outcome(ending=Ending.INTERRUPTED, why=why, hint=f"Go on with: runner resume {run.run_id}")


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
            policy=event.policy,
            mode=event.task.mode,
            occasions=event.occasions,
            seq=1,
            at=entry.at,
        )
    if entry.seq != run.seq:
        raise JournalError(f"the journal has entry {entry.seq} where {run.seq} is due")
    if run.outcome is not None and not _may_follow_the_end(event):
        raise JournalError("the journal goes on after the end of the run")
    run = msgspec.structs.replace(
        run,
        seq=run.seq + 1,
        at=entry.at,
        worked_ms=run.worked_ms + _worked_ms(run, entry),
        stale=run.alive > 0,
    )
    return _apply(run, event)


def _may_follow_the_end(event: Event) -> bool:
    match event:
        case Resumed() | Hooked(occasion=Occasion.END) | Attended(occasion=Occasion.END):
            return True
        case _:
            return False


def _worked_ms(run: Run, entry: Entry) -> int:
    match entry.event:
        case Resumed() | Parked():
            return 0
        case Decided(decision=Decision(rung=Rung.APPROVER)) | ModeChanged() | ModeRefused() | RulesAdded():
            return 0  # a person was thinking
        case _:
            return max(0, round((entry.at - run.at).total_seconds() * 1000))  # a clock may be set back


def _apply(run: Run, event: Event) -> Run:
    change = msgspec.structs.replace
    match event:
        case RunStarted():
            raise JournalError("a run begins only once")
        case Resumed():
            return _resumed(run, event)
        case ModeChanged(mode=mode):
            return _in_mode(run, mode)
        case RulesAdded(rules=rules):
            policy = change(run.policy, rules=(*run.policy.rules, *rules))
            loosened = all(rule.verdict is Verdict.ALLOW for rule in rules)
            return _reopened(change(run, policy=policy), _still_asked if loosened else _undone)
        case Hooked():
            return _hooked(run, event)
        case Attended(occasion=occasion, call_id=call_id):
            return _attended(run, occasion, call_id)
        case BoxStarted(box=box):
            return change(run, box=box.purpose, alive=0, stale=False, dirty=run.alive > 0, cwd=WORKSPACE)
        case Saved(snapshot=snapshot):
            final = snapshot.id if run.closing and run.final is None else run.final
            return change(run, snapshot=snapshot, dirty=False, stale=False, final=final)
        case Replied(reply=reply):
            return _hear(run, reply)
        case Rejected(call_id=call_id):
            return _settled(run, call_id, done=True)
        case Decided():
            return _decided(run, event)
        case Voided(call_id=call_id):
            return _reopened(run, lambda pending: pending.call.id == call_id, voids=1)
        case Parked(call_id=call_id):
            return _settled(run, call_id, parked=True)
        case Answered(call_id=call_id):
            return _settled(run, call_id, done=True, due=Occasion.AFTER)
        case Delegated():
            return _delegated(run, event)
        case Returned(call_id=call_id):
            return _returned(run, call_id)
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
        case ModeRefused():
            return run
        case RunEnded(outcome=outcome):
            return change(run, outcome=outcome)
        case _:
            assert_never(event)


def _resumed(run: Run, event: Resumed) -> Run:
    """Return the run as a new process finds it: parked questions are asked again, void verdicts given anew.

    Rules that were added on the way are the run's own, so they survive another policy.
    """
    added = tuple(rule for rule in run.policy.rules if rule.source.layer is Layer.SESSION)
    policy = run.policy
    if event.policy is not None:
        kept = tuple(rule for rule in event.policy.rules if rule not in added)
        policy = msgspec.structs.replace(event.policy, rules=(*kept, *added))
    same = (policy, event.mode, event.occasions) == (run.policy, run.session_mode, run.occasions)
    reopen = _unanswered if same and run.halted is None else _undone
    asked = msgspec.structs.replace(
        run,
        suspended=tuple(msgspec.structs.replace(frame, calls=_unparked(frame.calls)) for frame in run.suspended),
        calls=_unparked(run.calls),
        policy=policy,
        limits=event.limits,
        occasions=event.occasions,
        greeted=False,
        parted=False,
        objected=False,
        halted=None,
        outcome=None,
        fault=None,
        box=None,
        losses=0,
        alive=0,
        stale=False,
        dirty=run.dirty or run.alive > 0,
    )
    return _reopened(_in_mode(asked, event.mode), reopen)


def _unparked(calls: tuple[Pending, ...]) -> tuple[Pending, ...]:
    return tuple(msgspec.structs.replace(pending, parked=False) for pending in calls)


def _in_mode(run: Run, mode: Mode) -> Run:
    """Return the run in another mode, subagents in what becomes of it; verdicts of the old one are void."""
    if mode is run.session_mode:
        return run
    frames: list[Frame] = []
    for frame in run.suspended:
        frames.append(msgspec.structs.replace(frame, mode=mode))
        mode = mode.delegated(frame.wish)
    return _reopened(msgspec.structs.replace(run, suspended=tuple(frames), mode=mode), _undone)


def _undone(pending: Pending) -> bool:
    return not pending.done


def _still_asked(pending: Pending) -> bool:
    """Whether nobody has permitted the call yet: more permission can change that."""
    return not pending.done and (pending.decision is None or pending.decision.verdict is not Verdict.ALLOW)


def _unanswered(pending: Pending) -> bool:
    """Whether a permitted call stands as a kill may leave it: the answer lost, or judged by a version that read it
    otherwise.
    """
    if pending.done or pending.action is None or pending.decision is None:
        return False
    talks = isinstance(pending.action.operation, Question | Propose) and pending.decision.verdict is Verdict.ALLOW
    return talks or pending.decision.covers != pending.action.digest


def _reopened(run: Run, void: Callable[[Pending], bool], *, voids: int = 0) -> Run:
    """Return the run with void verdicts taken off, those of waiting conversations too."""

    def anew(calls: tuple[Pending, ...]) -> tuple[Pending, ...]:
        return tuple(
            Pending(call=pending.call, voids=pending.voids + voids) if void(pending) else pending for pending in calls
        )

    frames = tuple(msgspec.structs.replace(frame, calls=anew(frame.calls)) for frame in run.suspended)
    return msgspec.structs.replace(run, suspended=frames, calls=anew(run.calls))


def _hooked(run: Run, said: Hooked) -> Run:
    change = msgspec.structs.replace
    denied = said.verdict is Verdict.DENY
    match said.occasion:
        case Occasion.END:
            return run
        case Occasion.START | Occasion.PROMPT:
            ends = denied
        case Occasion.STOP:
            ends = said.failed  # nothing the model could do something about
            if denied and not said.failed:
                run = change(run, objected=True, objection=said.why)
        case _:
            ends = False
    if ends or said.stop is not None:
        return change(run, halted=f"a hook ended the run ({said.hook}): {said.stop or said.why or 'it gave no reason'}")
    return run


def _attended(run: Run, occasion: Occasion, call_id: str | None) -> Run:
    """Return the run with a moment behind it. What a hook ended is had again when the run goes on."""
    change = msgspec.structs.replace
    match occasion:
        case Occasion.START:
            return change(run, greeted=True)
        case Occasion.PROMPT:
            return change(run, prompted=run.halted is None)
        case Occasion.ASKED:
            return _settled(run, call_id, attended=True)
        case Occasion.DENIED | Occasion.AFTER:
            return _settled(run, call_id, due=None)
        case Occasion.STOP if run.objected:
            on = change(run, concluded=False, idle=0, final=None, checked=())  # hooks of a resume may come late
            return change(on, objected=False, objections=run.objections + 1)
        case Occasion.STOP:
            return change(run, agreed=run.halted is None)
        case Occasion.END:
            return change(run, parted=True)
        case Occasion.BEFORE:
            return run
        case _:
            assert_never(occasion)


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
        words=reply.text,
        agreed=False,
    )


def _decided(run: Run, event: Decided) -> Run:
    decision = event.decision
    denied = decision.verdict is Verdict.DENY
    run = msgspec.structs.replace(run, denials=run.denials + denied)
    if event.stop:
        run = msgspec.structs.replace(run, halted=f"whoever was asked ended the run: {decision.why}")
    return _settled(
        run,
        event.call_id,
        action=event.action,
        decision=decision,
        input_json=event.input_json,
        parked=False,
        done=denied,
        due=Occasion.DENIED if denied and decision.rung is Rung.CLASSIFIER else None,
    )


def _delegated(run: Run, event: Delegated) -> Run:
    frame = Frame(call_id=event.call_id, wish=event.operation.mode, mode=run.mode, calls=run.calls)
    return _speaking(run, (*run.suspended, frame), mode=event.mode, calls=())


def _returned(run: Run, call_id: str) -> Run:
    if not run.suspended or run.suspended[-1].call_id != call_id:
        raise JournalError("a subagent returns that is not at work")
    frame = run.suspended[-1]
    back = _speaking(run, run.suspended[:-1], mode=frame.mode, calls=frame.calls)
    return _settled(back, call_id, done=True, due=Occasion.AFTER)


def _speaking(run: Run, suspended: tuple[Frame, ...], *, mode: Mode, calls: tuple[Pending, ...]) -> Run:
    """Return the run with another conversation going on."""
    return msgspec.structs.replace(
        run, suspended=suspended, mode=mode, calls=calls, idle=0, refused=None, concluded=False, words=""
    )


def _ended(run: Run, call_id: str, execution: Execution) -> Run:
    change = msgspec.structs.replace
    if execution.end is End.LOST:
        return change(run, box=None, losses=run.losses + 1)  # and still in flight
    action = next((pending.action for pending in run.calls if pending.call.id == call_id), None)
    wrote = action is None or not action.effects.only_reads or run.alive > 0 or execution.alive > 0
    run = change(run, in_flight=None, alive=execution.alive, cwd=execution.cwd or run.cwd, dirty=wrote)
    if run.closing:
        return change(run, checked=(*run.checked, execution))
    return _settled(run, call_id, done=True, due=Occasion.AFTER)


def _settled(run: Run, call_id: str | None, **known: object) -> Run:
    """Return the run with what is now known about one pending call; what is not given stays."""
    calls = tuple(
        msgspec.structs.replace(pending, **known) if pending.call.id == call_id else pending for pending in run.calls
    )
    return msgspec.structs.replace(run, calls=calls)
