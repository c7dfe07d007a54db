"""One way to say a thing: what a call does, how it was judged, how it ended, what it changed.

Every view and every adapter that shows a call uses these sentences, so that a call looks the same in the live view,
in the question to a person, in the timeline and in the report. Everything returned is one line, safe to print.
"""

from typing import assert_never

import msgspec

from runner.types import (
    WORKSPACE,
    Action,
    Change,
    Check,
    Create,
    Decision,
    Delegate,
    End,
    Exec,
    Execution,
    Foreign,
    Insert,
    Occasion,
    Paths,
    Probe,
    Propose,
    Question,
    Replace,
    Restart,
    Rule,
    Rung,
    ToolCall,
    Verdict,
    View,
    Word,
)
from runner.views.figures import counted, duration, size
from runner.views.visible import cells, one_line, shorten, shorten_path, visible_name

WIDTH = 100
"""Columns of a description where nothing narrower is asked for."""

LEAST_PATH = 20
"""Columns below which a shortened path says too little to be named. Our choice."""

HOOK = 36
"""Columns of a hook's name. Our choice: with the longest moment and what it did, a line of 80."""

_VERDICTS = {
    Verdict.ALLOW: "allowed by {}",
    Verdict.CLASSIFY: "left to the classifier by {}",
    Verdict.ASK: "left to a person by {}",
    Verdict.DENY: "denied by {}",
}

_RUNGS = {
    Rung.HOOK: "a hook",
    Rung.DENY_RULE: "deny rule",
    Rung.ASK_RULE: "ask rule",
    Rung.MODE: "the mode",
    Rung.ALLOW_RULE: "allow rule",
    Rung.CLASSIFIER: "the classifier",
    Rung.APPROVER: "the approver",
    Rung.TASK: "the task",
    Rung.FAULT: "a fault",
}


def describe(action: Action, *, width: int = WIDTH, checks: tuple[Check, ...] = ()) -> str:
    """Return what an action does, in one line of at most `width` columns (at least 40).

    Args:
        action: what is, was or would be done.
        width: columns.
        checks: those of the task, so that a check can be called by its name.
    """
    match action.operation:
        case Exec(command=command):
            return "$ " + one_line(command, width - 2)
        case Restart():
            return "restart the shell"
        case Probe(command=command):
            name = check_name(action.call_id, checks)
            return (head := f"check {name}: " if name else "check: ") + one_line(command, max(24, width - len(head)))
        case View(path=path, first_line=None):
            return _at("view ", path, "", width)
        case View(path=path, first_line=first, last_line=last):
            return _at("view ", path, f" {first}-{last or ''}", width)
        case Create(path=path, text=text):
            return _at("create ", path, f" ({_lines(text)})", width)
        case Replace(path=path):
            return _at("edit ", path, "", width)
        case Insert(path=path, after_line=line, text=text):
            return _at("insert into ", path, f" after line {line} ({_lines(text)})", width)
        case Delegate(description=description):
            return "subagent: " + one_line(description, width - 10)
        case Question(questions_json=questions):
            return "question: " + _first_question(questions, width - 10)
        case Propose(plan=plan):
            return "plan: " + one_line(plan, width - 6)
        case Foreign(input_json=given):
            return one_line(f"{action.tool} {given}", width)
        case other:
            assert_never(other)


def describe_call(call: ToolCall, *, width: int = WIDTH) -> str:
    """Return a call that is no action, as the model made it."""
    return one_line(f"{call.tool} {call.input_json}", width)


def check_name(call_id: str, checks: tuple[Check, ...]) -> str:
    """Return the name of the check that a call id stands for; empty when it is none of these."""
    return next((one_line(check.name, 30) for at, check in enumerate(checks) if call_id == f"check:{at}"), "")


def judged(decision: Decision) -> str:
    """Return the verdict and who gave it: `denied by deny rule net-1`, `left to a person by the mode`."""
    return _VERDICTS[decision.verdict].format(judged_by(decision.rung, decision.rule))


def judged_by(rung: Rung, rule: str | None) -> str:
    """Return who gave a verdict: `deny rule net-1`."""
    return _RUNGS[rung] + (f" {shorten(visible_name(rule), 40)}" if rule else "")


def hooked(occasion: Occasion, hook: str) -> str:
    """Return which hook spoke, and when: `hook lint.sh at PostToolUse`."""
    return f"hook {shorten(visible_name(hook), HOOK)} at {occasion.value}"


def rule_text(rule: Rule) -> str:
    """Return a rule as people write it, with its verdict: `allow Bash(npm test *)`."""
    text = rule.tool if rule.specifier is None else f"{rule.tool}({rule.specifier})"
    return f"{rule.verdict.value} {shorten(visible_name(text), 100)}"


def ended(execution: Execution) -> str:
    """Return how an execution ended: `exit 1, 12.3 kB cut, 2.1 s`."""
    if execution.end is End.LOST:
        return "the box vanished"
    parts = [_end(execution)]
    if execution.out_of_memory:
        parts.append("the memory limit was reached")
    if execution.session_restarted:
        parts.append("a new shell was started")
    if execution.alive:
        parts.append(f"{counted(execution.alive, 'process', 'processes')} still running")
    if execution.cut_bytes:
        parts.append(f"{size(execution.cut_bytes)} cut")
    return ", ".join([*parts, duration(execution.took_ms)])


def changed(change: Change, *, names: int = 0, width: int = WIDTH) -> str:
    """Return what differs: `+1 ~2 -0, 14.0 kB`, and up to `names` of the paths."""
    if change.count == 0:
        return "nothing changed"
    figures = f"+{change.added.count:,} ~{change.changed.count:,} -{change.deleted.count:,}, {size(change.size_bytes)}"
    known = [name for paths in (change.deleted, change.changed, change.added) for name in paths.listed[:names]]
    for shown in range(min(names, len(known)), 0, -1):
        more = f" and {change.count - shown:,} more" if change.count > shown else ""
        room = width - len(figures) - 2 - len(more) - 2 * (shown - 1)
        listed = [visible_name(name) for name in known[:shown]]
        if sum(map(cells, listed)) <= room:
            return f"{figures}: {', '.join(listed)}{more}"
        if room // shown >= LEAST_PATH:
            return f"{figures}: {', '.join(shorten_path(name, room // shown) for name in listed)}{more}"
    return figures


def spelled_out(change: Change) -> str:
    """Return what differs, in words: `2 added, 3 changed, 1 deleted, 14.0 kB`."""
    kinds: tuple[tuple[Paths, str], ...] = (
        (change.added, "added"),
        (change.changed, "changed"),
        (change.deleted, "deleted"),
    )
    parts = [f"{paths.count:,} {word}" for paths, word in kinds if paths.count]
    return ", ".join([*parts, size(change.size_bytes)]) if parts else "nothing changed"


def short_id(long_id: str) -> str:
    """Return enough of an id to recognise it by."""
    return visible_name(long_id.rpartition(":")[2][:12])


def _end(execution: Execution) -> str:
    code = "" if execution.exit_code is None else f"exit {execution.exit_code}"
    match execution.end:
        case End.EXITED:
            return "ok" if execution.exit_code == 0 else code or "ended"
        case End.TIMEOUT:
            return "killed at its deadline"
        case End.KILLED:
            return f"killed, {code}" if code else "killed"
        case End.LOST:
            return "the box vanished"
        case _:
            assert_never(execution.end)


class _Asked(Word, frozen=True, kw_only=True):
    question: str


def _first_question(questions_json: str, width: int) -> str:
    try:
        first, *more = msgspec.json.decode(questions_json, type=list[_Asked])
    except (msgspec.MsgspecError, ValueError):  # not one that the tool has checked
        return one_line(questions_json, width)
    rest = f" and {counted(len(more), 'more question', 'more questions')}" if more else ""
    return one_line(first.question, max(24, width - len(rest))) + rest


def _at(verb: str, path: str, rest: str, width: int) -> str:
    """Return what happens to a box path, which is shown relative to the workspace when it lies in it."""
    room = max(LEAST_PATH, width - len(verb) - len(rest))
    return shorten(verb + shorten_path(visible_name(path.removeprefix(WORKSPACE + "/")), room) + rest, width)


def _lines(text: str) -> str:
    return counted(text.count("\n") + (not text.endswith("\n")) if text else 0, "line")
