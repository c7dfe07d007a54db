"""The report as a person reads it: the outcome first, then what it cost, then what needs a look.

Rules that live here and nowhere else:

* 80 columns, no colour. What others said (the model, a check, a rule) stands behind a bar, so that it cannot be taken
  for the report's own words.
* A section that has nothing to say is left out; one that is too long says how much is missing.
"""

from collections.abc import Sequence

from runner.views.figures import counted, duration, money
from runner.views.report import CheckResult, Denial, Question, Report
from runner.views.tally import Fault, HookNote, Plan, Rollback
from runner.views.visible import commandless, one_line, visible_name, word_wrapped
from runner.views.wording import hooked, judged_by, short_id, spelled_out

WIDTH = 80
"""Columns."""

TAIL_LINES = 8
"""So many last lines of a failed check are shown; the JSON has more. Our choice."""

ROWS = 20
"""So many denials, and so many of anything else that repeats, are shown. Our choice."""

MODES = 3
"""So many modes are told one after the other; of a run with more, the last one. Our choice."""

ANSWER_LINES = 60
"""So many lines of the model's last words are shown; the JSON has all. Our choice."""


def report_text(report: Report) -> str:
    """Return the report as text, ending in a newline."""
    parts = [
        _outcome(report),
        _facts(report),
        _section("checks", [_check(check) for check in report.checks]),
        _section("waiting for an answer", [_question(question) for question in report.waiting]),
        _section("denied", [_denial(denial) for denial in report.denials]),
        _section("undone", [_rollback(rollback) for rollback in report.rollbacks]),
        _section("hooks that failed, objected or ended the run", [_hook(note) for note in report.hooks]),
        _section("rules that were added", [[f"  {one_line(rule, WIDTH - 2)}"] for rule in report.rules]),
        _section("failures of the machinery", [_fault(fault) for fault in report.faults]),
        _section("changed files", [_quoted(report.stat, ROWS)] if report.stat.strip() else []),
        *_plan(report.plan),
        _section("the model's last words", [_quoted(report.answer, ANSWER_LINES)] if report.answer else []),
    ]
    return commandless("\n".join("".join(f"{line}\n" for line in part) for part in parts if part))


def summary_line(report: Report) -> str:
    """Return the report in one line: how it ended, what it cost, what came of it."""
    ending = report.outcome.ending.value if report.outcome else "no end"
    cost = f"{duration(report.worked_ms)}, {counted(report.turns, 'turn')}, {money(report.spend_musd)}"
    notes = [spelled_out(report.change)] if report.change else []
    if report.checks:
        notes.append(f"{sum(check.passed is True for check in report.checks)} of {len(report.checks)} checks passed")
    if report.denials:
        notes.append(f"{len(report.denials)} denied")
    return f"{ending} ({cost})" + (f": {', '.join(notes)}" if notes else "")


def _outcome(report: Report) -> list[str]:
    outcome = report.outcome
    if outcome is None:
        why = "The journal has no end: the run is still going, or was killed."
        hint = f"If it was killed, go on with: runner resume {visible_name(report.run_id)}"
        return ["NO END", *_indented(why), *_indented(hint)]
    head = f"{outcome.ending.value.upper()} (exit code {report.exit_code})"
    return [head, *_indented(outcome.why), *(_indented(outcome.hint) if outcome.hint else [])]


def _facts(report: Report) -> list[str]:
    usage = report.usage
    judging = f", {money(report.judging_musd)} of it for judging" if report.judging_musd else ""
    resumed = f", {counted(report.resumes, 'resume')}" if report.resumes else ""
    subagents = f", {counted(report.subagents, 'subagent')}" if report.subagents else ""
    rows = [
        ("run", visible_name(report.run_id)),
        ("task", one_line(report.task, WIDTH - 11)),
        ("with", one_line(f"{report.model} in {report.image}, mode {_modes(report)}", WIDTH - 11)),
        ("took", f"{duration(report.worked_ms)}, {counted(report.turns, 'turn')}{subagents}{resumed}"),
        ("cost", f"{money(report.spend_musd)}{judging}, {usage.tokens:,} tokens ({usage.output_tokens:,} written)"),
        ("calls", _calls(report)),
        ("change", spelled_out(report.change) if report.change else ""),
        ("patch", visible_name(report.patch or "")),
        ("saved", _saved(report)),
    ]
    return [f"  {name:<8} {text}" for name, text in rows if text]


def _modes(report: Report) -> str:
    """Return the mode, and those before it."""
    return ", then ".join(report.modes) if 1 < len(report.modes) <= MODES else report.mode


def _calls(report: Report) -> str:
    calls = report.calls
    states = (
        (calls.executed, "executed"),
        (calls.denied, "denied"),
        (calls.rejected, "rejected"),
        (calls.interrupted, "interrupted"),
        (calls.waiting, "waiting"),
        (calls.open, "open"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in states if count) or "none"


def _saved(report: Report) -> str:
    if report.base is None or report.final is None:
        return ""
    return f"{counted(report.snapshots, 'snapshot')}, from {short_id(report.base)} to {short_id(report.final)}"


def _section(title: str, rows: Sequence[list[str]]) -> list[str]:
    if not rows:
        return []
    lines = [title, *(line for row in rows[:ROWS] for line in row)]
    if len(rows) > ROWS:
        lines.append(f"  and {len(rows) - ROWS:,} more")
    return lines


def _check(check: CheckResult) -> list[str]:
    state = {None: "not run", True: "passed", False: "FAILED"}[check.passed]
    name = one_line(check.name, 30)
    ended = f" ({check.ended})" if check.ended else ""
    room = WIDTH - len(f"  {state:<7}  {name}: $ {ended}")
    line = f"  {state:<7}  {name}: $ {one_line(check.command, max(24, room))}{ended}"
    tail = check.tail.rstrip().split("\n")[-TAIL_LINES:] if check.passed is False and check.tail.strip() else []
    return [line, *(f"    | {one_line(text, WIDTH - 6)}" if text.strip() else "    |" for text in tail)]


def _question(question: Question) -> list[str]:
    return [f"  {one_line(question.what, WIDTH - 2)}", *_bar(question.why)]


def _denial(denial: Denial) -> list[str]:
    by = judged_by(denial.rung, denial.rule)
    instead = _bar(f"instead: {denial.instead}") if denial.instead else []
    return [f"  turn {denial.turn}: {one_line(denial.what, WIDTH - 14)}", *_bar(f"{by}: {denial.why}"), *instead]


def _rollback(rollback: Rollback) -> list[str]:
    what = one_line(rollback.what, WIDTH - 2)
    return [f"  {what}", f"    | its end was not seen; back to {short_id(rollback.snapshot_id)}"]


def _hook(note: HookNote) -> list[str]:
    what = "failed" if note.failed else "ended the run" if note.ended else "objected"
    return [f"  {hooked(note.occasion, note.hook)}: {what}", *(_bar(note.why) if note.why else [])]


def _plan(plan: Plan | None) -> list[list[str]]:
    if plan is None:
        return []
    title = "the plan, approved" if plan.approved else "the plan, not approved"
    return [_section(title, [_quoted(plan.text, ANSWER_LINES)])]


def _fault(fault: Fault) -> list[str]:
    return [f"  {visible_name(fault.error)}", *_bar(fault.message), *(_bar(fault.hint) if fault.hint else [])]


def _bar(text: str) -> list[str]:
    return [f"    | {line}" for line in word_wrapped(one_line(text, 500), WIDTH - 6)]


def _quoted(text: str, limit: int) -> list[str]:
    lines = word_wrapped(text.strip("\n"), WIDTH - 4)
    kept = [f"  | {line}".rstrip() for line in lines[:limit]]
    return [*kept, f"  [+{counted(len(lines) - limit, 'line')}]"] if len(lines) > limit else kept


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in word_wrapped(one_line(text, 500), WIDTH - 2)]
