"""What somebody who looks on is told: the lines an event is worth, and what is going on right now.

    (Progress, Entry) --advance--> (Progress, lines)

Both live views, the one on a terminal and the one without, print these lines; they differ in looks alone. Lines are
safe to print and in the order of the events. The timeline says the same afterwards, put together call by call.

Rules that live here and nowhere else:

* What went well is one quiet line. What was denied, undone or failed always says why.
* A question is not told: whoever asks it shows it. What came of it is.
* What a subagent does is told like everything else, one step further in for each that is at work.
* A hook is told when it changed, added or ended something, objected or failed; what it decided stands with the call.
* A run that was resumed is told from there on; history is counted and not told again.

Not promised: that `doing` is exact. Events say what was done; what is being done is concluded from the last of them.
"""

import enum
from typing import assert_never

import msgspec

from runner.events import (
    Answered,
    Attended,
    BoxStarted,
    Decided,
    Delegated,
    Entry,
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
    Check,
    End,
    Ending,
    Execution,
    Limits,
    Mode,
    Occasion,
    Outcome,
    Purpose,
    Reply,
    StopReason,
    Task,
    ToolCall,
    Verdict,
    Word,
)
from runner.views.figures import counted, duration, money, size
from runner.views.visible import one_line, visible_name
from runner.views.wording import changed, describe, describe_call, ended, hooked, judged, rule_text, short_id

WORDS_LINES = 3
"""So many lines of what the model says are shown. Our choice."""

TAIL_LINES = 5
"""So many last lines of a failed check's output are shown. Our choice."""


class Tone(enum.Enum):
    """What a line is, so that a view can colour it."""

    TITLE = "title"
    WORDS = "words"
    CALL = "call"
    NOTE = "note"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Line(Word, frozen=True, kw_only=True):
    """One line to show. `depth`: steps of indentation."""

    tone: Tone
    text: str
    depth: int = 0


class Talk(Word, frozen=True, kw_only=True):
    """A conversation that waits for its subagent: its latest calls, and the decisions on them."""

    calls: tuple[ToolCall, ...]
    decisions: tuple[Decided, ...]


class Progress(Word, frozen=True, kw_only=True):
    """What must be remembered to tell the next line, and what a status line shows.

    Attributes:
        limits: of the run; None until they are known. `mode`: the run's, not that of a subagent.
        turns, tokens, spend_musd: so far; from the beginning of the run when its history was given.
        doing: what is going on now, in one line; empty when the run has ended.
        calls: of the latest reply.
        decisions: the latest on each of these calls.
        suspended: the conversations that wait for a subagent.
        checking: what runs now, or ran last, is a check.
        concluded: the model says it is done.
        fault: what was said last about a failure of ours, so that the end need not say it again.
    """

    checks: tuple[Check, ...] = ()
    limits: Limits | None = None
    mode: Mode | None = None
    turns: int = 0
    tokens: int = 0
    spend_musd: int = 0
    doing: str = "preparing"
    calls: tuple[ToolCall, ...] = ()
    decisions: tuple[Decided, ...] = ()
    suspended: tuple[Talk, ...] = ()
    checking: bool = False
    concluded: bool = False
    fault: str = ""

    def decided(self, call_id: str) -> Decided | None:
        """The latest decision on a call of the latest reply."""
        return next((said for said in reversed(self.decisions) if said.call_id == call_id), None)


Told = tuple[Progress, tuple[Line, ...]]


def advance(progress: Progress, entry: Entry, *, width: int) -> Told:
    """Return the progress after one more entry and the lines it is worth, none if nobody needs to know.

    Args:
        progress: `Progress()` before the first entry.
        entry: the next one.
        width: columns that the view has, indentation included; 60 or more. Reasons may be longer: wrap them.
    """
    inside = len(progress.suspended)
    then, lines = _told(progress, entry, width - 2 * inside)
    inside = min(inside, len(then.suspended))
    return then, tuple(msgspec.structs.replace(line, depth=line.depth + inside) for line in lines)


def _told(progress: Progress, entry: Entry, width: int) -> Told:
    change = msgspec.structs.replace
    match entry.event:
        case RunStarted(run_id=run_id, task=task):
            known = change(progress, checks=task.checks, limits=task.limits, mode=task.mode)
            return change(known, doing="copying the workspace"), _beginning(run_id, task, width)
        case Resumed(limits=limits, mode=mode):
            title = Line(tone=Tone.TITLE, text=f"resumed in mode {mode.value}")
            return change(progress, limits=limits, mode=mode, doing="preparing"), (title,)
        case ModeChanged(mode=mode, by=by):
            text = f"mode {mode.value} from now on, by {one_line(by, 60)}"
            return change(progress, mode=mode), (Line(tone=Tone.WARN, text=text, depth=1),)
        case ModeRefused(mode=mode, by=by):
            text = f"mode {mode.value} is switched off by the settings, so nothing changed ({one_line(by, 60)})"
            return progress, (Line(tone=Tone.WARN, text=text, depth=1),)
        case RulesAdded(rules=rules):
            return progress, tuple(_note(f"rule added: {rule_text(rule)}") for rule in rules)
        case Hooked():
            return progress, _hooked(progress, entry.event, width)
        case Delegated() | Returned() | Answered():
            return _talked(progress, entry.event, width)
        case BoxStarted(box=box):
            checking = box.purpose is Purpose.CHECKS
            what = "a fresh box for the checks" if checking else "the box is ready"
            text = f"{what}: {short_id(box.id)}, {one_line(box.engine, 40)}"
            return change(progress, doing="checking" if checking else "thinking"), (_note(text),)
        case Saved():
            return _saved(progress, entry.event, width)
        case Replied(reply=reply):
            return _replied(progress, reply, width)
        case Rejected(call_id=call_id, why=why):
            reason = Line(tone=Tone.WARN, text=f"rejected: {one_line(why, 300)}", depth=2)
            return progress, (_call(progress, call_id, width), reason)
        case Decided():
            return _decided(progress, entry.event, width)
        case Voided(call_id=call_id):
            anew = _note("judged anew: by now it would do something else", depth=2)
            return progress, (_call(progress, call_id, width), anew)
        case Attended():
            return progress, ()
        case Parked(call_id=call_id):
            return change(progress, doing="stopping"), _parked(progress, call_id, width)
        case ExecStarted(action=action):
            checking = action.tool == "check"
            what = describe(action, width=width - 2, checks=progress.checks)
            return change(progress, doing=what, checking=checking), (Line(tone=Tone.CALL, text=what, depth=1),)
        case ExecEnded(call_id=call_id, execution=execution):
            return change(progress, doing="saving the workspace"), _ended(progress, call_id, execution)
        case RolledBack(snapshot_id=snapshot_id):
            text = f"undone, because its end was not seen; the workspace is as in {short_id(snapshot_id)}"
            return change(progress, doing="starting a new box"), (Line(tone=Tone.WARN, text=text, depth=2),)
        case Faulted(error=error, message=message, hint=hint, usage=usage):
            text = f"{visible_name(error)}: {one_line(message, 300)}"
            tokens, spend_musd = progress.tokens + usage.tokens, progress.spend_musd + usage.spend_musd
            progress = change(progress, tokens=tokens, spend_musd=spend_musd, doing="stopping", fault=message)
            return progress, _with_hint(Line(tone=Tone.BAD, text=text), hint)
        case RunEnded(outcome=outcome):
            return change(progress, doing="", fault=""), _end(outcome, told=outcome.why == progress.fault)
        case _:
            assert_never(entry.event)


def _talked(progress: Progress, event: Delegated | Returned | Answered, width: int) -> Told:
    """Tell of what needs no box: a subagent that begins or returns, a question or a plan that was answered."""
    change = msgspec.structs.replace
    match event:
        case Delegated(call_id=call_id, mode=mode):
            title = Line(tone=Tone.NOTE, text=f"a subagent begins, in mode {mode.value}", depth=2)
            talk = Talk(calls=progress.calls, decisions=progress.decisions)
            inner = change(progress, suspended=(*progress.suspended, talk), calls=(), decisions=(), doing="thinking")
            return inner, (_call(progress, call_id, width), title)
        case Returned(text=text, is_error=is_error):
            talk = progress.suspended[-1] if progress.suspended else Talk(calls=(), decisions=())
            outer = change(progress, suspended=progress.suspended[:-1], calls=talk.calls, decisions=talk.decisions)
            tone = Tone.WARN if is_error else Tone.GOOD
            line = Line(tone=tone, text=f"the subagent is done: {one_line(text, 300)}", depth=2)
            return change(outer, concluded=False, doing="thinking"), (line,)
        case Answered(call_id=call_id, text=text):
            line = Line(tone=Tone.GOOD, text=f"answered: {one_line(text, 300)}", depth=2)
            return change(progress, doing="thinking"), (_call(progress, call_id, width), line)
        case _:
            assert_never(event)


def _hooked(progress: Progress, said: Hooked, width: int) -> tuple[Line, ...]:
    """Tell what a hook did beside deciding about a call."""
    who, depth = hooked(said.occasion, said.hook), 1 if said.call_id is None else 2
    about = said.occasion in {Occasion.BEFORE, Occasion.ASKED}
    lines: list[Line] = []
    if said.rewrote:
        lines.append(Line(tone=Tone.WARN, text=f"{who} changes the call", depth=depth))
    if said.context:
        lines.append(_note(f"{who} tells the model: {one_line(said.context, 200)}", depth=depth))
    if said.failed and not about:
        lines.append(Line(tone=Tone.BAD, text=f"{who} failed: {one_line(said.why, 300)}", depth=depth))
    elif said.verdict is Verdict.DENY and not about:
        lines.append(Line(tone=Tone.WARN, text=f"{who} objects: {one_line(said.why, 300)}", depth=depth))
    if said.stop is not None:
        lines.append(Line(tone=Tone.BAD, text=f"{who} ends the run: {one_line(said.stop, 300)}", depth=depth))
    call = (_call(progress, said.call_id, width),) if lines and about and said.call_id is not None else ()
    return (*call, *lines)


def _call(progress: Progress, call_id: str, width: int) -> Line:
    """Return the line of a call: what it does if that is known, else as the model made it."""
    said = progress.decided(call_id)
    call = next((call for call in progress.calls if call.id == call_id), None)
    text = describe_call(call, width=width - 2) if call else visible_name(call_id)
    if said is not None:
        text = describe(said.action, width=width - 2, checks=progress.checks)
    return Line(tone=Tone.CALL, text=text, depth=1)


def _beginning(run_id: str, task: Task, width: int) -> tuple[Line, ...]:
    title = f"run {visible_name(run_id)}: "
    text = title + one_line(task.prompt, max(24, width - len(title)))
    names = (task.model, task.image, f"mode {task.mode.value}")
    return (Line(tone=Tone.TITLE, text=text), _note(", ".join(one_line(name, 60) for name in names)))


def _saved(progress: Progress, saved: Saved, width: int) -> Told:
    doing = "concluding" if progress.concluded else "thinking"
    progress = msgspec.structs.replace(progress, doing=doing)
    if saved.change is None:
        entries = counted(saved.snapshot.entries, "entry", "entries")
        took = duration(saved.took_ms)
        text = f"workspace copied: {entries}, {size(saved.snapshot.size_bytes)}, {took}; {short_id(saved.snapshot.id)}"
        return progress, (_note(text),)
    if saved.change.count == 0:
        return progress, ()
    name = f"; {short_id(saved.snapshot.id)}"
    text = changed(saved.change, names=3, width=width - len(name) - 4) + name
    return progress, (_note(text, depth=2),)


def _replied(progress: Progress, reply: Reply, width: int) -> Told:
    usage = reply.usage
    progress = msgspec.structs.replace(
        progress,
        turns=progress.turns + 1,
        tokens=progress.tokens + usage.tokens,
        spend_musd=progress.spend_musd + usage.spend_musd,
        calls=reply.calls,
        decisions=(),
        concluded=not reply.calls and bool(reply.text),
        doing="deciding" if reply.calls else "saving the workspace",
    )
    figures = f"{usage.tokens:,} tokens, {money(usage.spend_musd)}, {duration(reply.took_ms)}"
    lines = [Line(tone=Tone.TITLE, text=f"turn {progress.turns}: {figures}"), *_words(reply.text, width)]
    if (stopped := _STOPPED.get(reply.stop)) is not None:
        lines.append(Line(tone=Tone.WARN, text=stopped, depth=1))
    return progress, tuple(lines)


_STOPPED = {
    StopReason.MAX_TOKENS: "the answer was cut off at the output limit",
    StopReason.REFUSAL: "the model refused to go on",
    StopReason.CONTEXT_EXCEEDED: "the conversation does not fit into the model's window any more",
}


def _words(text: str, width: int) -> list[Line]:
    said = [line for line in text.split("\n") if line.strip()]
    kept = [one_line(line, width - 2) for line in said[:WORDS_LINES]]
    if len(said) > WORDS_LINES:
        kept.append(f"[+{counted(len(said) - WORDS_LINES, 'line')}]")
    return [Line(tone=Tone.WORDS, text=line, depth=1) for line in kept]


def _decided(progress: Progress, decided: Decided, width: int) -> Told:
    decision = decided.decision
    progress = msgspec.structs.replace(progress, decisions=(*progress.decisions, decided))
    match decision.verdict:
        case Verdict.ALLOW:
            return msgspec.structs.replace(progress, doing="deciding"), ()
        case Verdict.CLASSIFY:
            return msgspec.structs.replace(progress, doing="asking the classifier"), ()
        case Verdict.ASK:
            return msgspec.structs.replace(progress, doing="asking"), ()
        case Verdict.DENY:
            what = describe(decided.action, width=width - 2, checks=progress.checks)
            why = f"{judged(decision)}: {one_line(decision.why, 300)}"
            lines = (Line(tone=Tone.CALL, text=what, depth=1), Line(tone=Tone.BAD, text=why, depth=2))
            instead = (_note(f"instead: {one_line(decision.instead, 300)}", depth=2),) if decision.instead else ()
            return progress, lines + instead
        case _:
            assert_never(decision.verdict)


def _parked(progress: Progress, call_id: str, width: int) -> tuple[Line, ...]:
    said = progress.decided(call_id)
    why = f": {one_line(said.decision.why, 300)}" if said else ""
    return _call(progress, call_id, width), Line(tone=Tone.WARN, text=f"waits for a person's answer{why}", depth=2)


def _ended(progress: Progress, call_id: str, execution: Execution) -> tuple[Line, ...]:
    succeeded = execution.succeeded
    said = progress.decided(call_id)
    by = f", {judged(said.decision)}" if said else ""
    if not progress.checking:
        tone = Tone.GOOD if succeeded else Tone.BAD if execution.end is End.LOST else Tone.WARN
        return (Line(tone=tone, text=ended(execution) + by, depth=2),)
    text = f"{'passed' if succeeded else 'failed'}: {ended(execution)}"
    tail = () if succeeded else execution.output.rstrip().split("\n")[-TAIL_LINES:]
    shown = (_note("| " + one_line(line, 200), depth=2) for line in tail if line.strip())
    return (Line(tone=Tone.GOOD if succeeded else Tone.BAD, text=text, depth=2), *shown)


def _end(outcome: Outcome, *, told: bool) -> tuple[Line, ...]:
    tone = Tone.GOOD if outcome.ending is Ending.DONE else Tone.BAD
    if told:
        return (Line(tone=tone, text=outcome.ending.value),)
    text = f"{outcome.ending.value}: {one_line(outcome.why, 300)}"
    return _with_hint(Line(tone=tone, text=text), outcome.hint)


def _with_hint(line: Line, hint: str) -> tuple[Line, ...]:
    return (line, _note(one_line(hint, 300), depth=line.depth + 1)) if hint else (line,)


def _note(text: str, *, depth: int = 1) -> Line:
    return Line(tone=Tone.NOTE, text=text, depth=depth)
