"""What came of a run, for people and CI, as one value and as JSON. `report_text` writes it for people.

Rules that live here and nowhere else:

* The outcome stands first. A run without an end has none: it is still going, or was killed.
* A check is what the task named, whether or not it has run.
* The JSON form is public: `v` goes up when a reader of the old one would be misled; fields are only added.

What is counted how stands in `tally.py`.

Not promised: that the model's words are true. They are its own account of what it did.
"""

import datetime as dt
import itertools

import msgspec

from runner.errors import EXIT_CODES
from runner.events import Entry
from runner.types import Change, Execution, Outcome, Rung, Task, Usage, Word
from runner.views.tally import Counted, Fault, HookNote, Plan, Rollback, State, Tally, tally
from runner.views.visible import escaped_json
from runner.views.wording import ended

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


class Report(Word, frozen=True, kw_only=True):
    """What people and CI read.

    Attributes:
        v: version of this form.
        outcome, exit_code: None while the run is going, and when it was killed.
        task: first line of the prompt.
        mode: the latest; `modes`: all of them, in order.
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
        plan: None when none was handed over.
        subagents: how many were begun.
        rules: those that were added on the way, as people write them.
        hooks: those that failed, objected or ended the run.
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
    modes: tuple[str, ...] = ()
    plan: Plan | None = None
    subagents: int = 0
    rules: tuple[str, ...] = ()
    hooks: tuple[HookNote, ...] = ()


# --- from the sums to the report --------------------------------------------------------------------------------------


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
    return _report(tally(entries), change, patch, stat)


def _report(sums: Tally, change: Change | None, patch: str | None, stat: str) -> Report:
    task = sums.begun.task
    outcome = sums.outcome
    return Report(
        run_id=sums.begun.run_id,
        runner_version=sums.begun.runner_version,
        outcome=outcome,
        exit_code=EXIT_CODES[outcome.ending] if outcome else None,
        task=next(iter(task.prompt.strip().split("\n"))),
        workspace=task.workspace,
        image=task.image,
        mode=sums.modes[-1].value,
        model=task.model,
        started_at=sums.started_at,
        last_at=sums.last_at,
        worked_ms=sums.worked_ms,
        turns=sums.turns,
        usage=sums.usage,
        judging_musd=sums.judging_musd,
        spend_musd=sums.usage.spend_musd + sums.judging_musd,
        calls=_counts(sums.calls),
        denials=tuple(_denials(sums.calls)),
        waiting=tuple(_waiting(sums.calls)),
        checks=_checks(task, sums.results),
        base=next(iter(sums.snapshots), None),
        final=sums.final or sums.saved,
        snapshots=len(sums.snapshots),
        change=change,
        patch=patch,
        stat=stat,
        rollbacks=tuple(sums.rollbacks),
        faults=tuple(sums.faults),
        resumes=sums.resumes,
        answer=sums.answer,
        modes=tuple(mode.value for mode, _ in itertools.groupby(sums.modes)),
        plan=sums.plan,
        subagents=sums.subagents,
        rules=tuple(sums.rules),
        hooks=tuple(sums.hooks),
    )


def _counts(calls: list[Counted]) -> CallCounts:
    def count(*states: State) -> int:
        return sum(call.state in states for call in calls)

    tools = sorted({call.call.tool for call in calls})
    return CallCounts(
        executed=count(State.EXECUTED),
        denied=count(State.DENIED),
        rejected=count(State.REJECTED),
        interrupted=count(State.INTERRUPTED),
        waiting=count(State.WAITING),
        open=count(State.OPEN, State.RUNNING),
        by_tool={tool: sum(call.call.tool == tool for call in calls) for tool in tools},
    )


def _denials(calls: list[Counted]) -> list[Denial]:
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
        if call.state is State.DENIED and call.decision is not None
    ]


def _waiting(calls: list[Counted]) -> list[Question]:
    return [
        Question(call_id=call.call.id, what=call.what(), why=call.decision.why if call.decision else "")
        for call in calls
        if call.state is State.WAITING
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
