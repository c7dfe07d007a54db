"""What `runner policy` prints: verdicts, effects, rules, and the rung that settled it.

Rules that live here and nowhere else:

* The verdict is the first word of the first line, so that scripts can read it.
* Everything that comes from a command, a rule or a recording is shown with control characters written out.
"""

from collections.abc import Iterable, Iterator

import msgspec

from runner.events import Decided, Entry
from runner.policy.ladder import LADDERS, Finding, rulebook
from runner.policy.rulebook import Match
from runner.policy.rules import written
from runner.rehearsal import Difference, Rehearsal
from runner.types import Action, Decision, Effects, Exec, Mode, Policy, Rule, Source, Verdict
from runner.views.visible import one_line, visible_name
from runner.views.wording import judged_by

WIDTH = 110
"""So much of a command or path is shown on a line. Our choice."""

LISTED = 8
"""So many paths of a kind are shown. Our choice."""


def check_text(rehearsed: Rehearsal, policy: Policy, mode: Mode) -> str:
    """Return what would be decided about a call, and why, as lines."""
    if rehearsed.action is None:
        return f"deny  no call: {visible_name(rehearsed.rejected)}\n"
    first = rehearsed.findings[0]
    lines = [f"{first.verdict.value}  {visible_name(first.why)}"]
    if first.instead:
        lines.append(f"instead: {visible_name(first.instead)}")
    lines += ["", "What it does:", *_parts(rehearsed.action, policy)]
    lines += ["", f"Who speaks, from the top, in mode {mode.value} (the first settles it):"]
    lines += [_finding(finding, settles=not at) for at, finding in enumerate(rehearsed.findings)]
    return "\n".join(lines) + "\n"


def check_json(rehearsed: Rehearsal, policy: Policy, mode: Mode) -> bytes:
    """Return the same as JSON."""
    action = rehearsed.action
    matches = () if action is None else (*rulebook(policy).objections(action), *_covering(action, policy))
    return msgspec.json.encode(
        {
            "verdict": rehearsed.verdict.value,
            "mode": mode.value,
            "rejected": rehearsed.rejected or None,
            "findings": rehearsed.findings,
            "rules": [match.rule for match in dict.fromkeys(matches)],
            "effects": None if action is None else action.effects,
        }
    )


def _finding(finding: Finding, *, settles: bool) -> str:
    who = judged_by(finding.rung, None)
    return f"  {'>' if settles else ' '} {finding.verdict.value:<8} {who:<12} {visible_name(finding.why)}"


def _parts(action: Action, policy: Policy) -> Iterator[str]:
    """Yield every part of an action with its effects and the rules that speak about it."""
    book = rulebook(policy)
    objections = book.objections(action)
    covers = {cover.part: cover for cover in book.cover(action)}
    effects = action.effects
    for part in effects.parts:
        rules = [f"{match.rule.verdict.value} {match.rule.id}" for match in objections if match.part == part]
        if part in covers:
            rules += [f"allow {match.rule.id}" for match in covers[part].rules]
        yield f"  {one_line(part.text, WIDTH) if part.text else '(redirection)'}"
        yield f"      {_does(part.effects)}"
        if part.roundabout:
            yield f"      works through {part.roundabout}"
        if rules:
            yield f"      rules: {visible_name(', '.join(dict.fromkeys(rules)))}"
    if not effects.parts:
        yield f"  {_does(effects)}"
    whole = [f"{match.rule.verdict.value} {match.rule.id}" for match in objections if match.part is None]
    if (allowed := book.call_allowed(action)) is not None:
        whole.append(f"allow {allowed.rule.id}")
    if whole:
        yield f"  rules about all of it: {visible_name(', '.join(dict.fromkeys(whole)))}"
    for named, real in effects.links[:LISTED]:
        yield f"  {visible_name(named)} really is {visible_name(real)}"


def _covering(action: Action, policy: Policy) -> Iterator[Match]:
    for cover in rulebook(policy).cover(action):
        yield from cover.rules


def _does(effects: Effects) -> str:
    """Return what the effects are, in words."""
    kinds = (
        ("reads", effects.reads),
        ("writes", effects.writes),
        ("deletes", effects.deletes),
        ("runs", effects.executes),
        ("sends to", effects.sends),
        ("asks for more rights with", effects.privilege),
        ("is known to be dangerous:", effects.hazards),
    )
    said = [f"{verb} {_listed(names)}" for verb, names in kinds if names]
    if effects.opaque is not None:
        said.append(f"cannot be told: {visible_name(effects.opaque)}")
    return "; ".join(said) or "changes nothing"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(visible_name(name) for name in names[:LISTED]) + more


# --- rules and ladder -------------------------------------------------------------------------------------------------


def rule_text(rule: Rule, *, short: bool = False) -> str:
    """Return a rule in its own words; `short`: only as it is written."""
    text = written(rule)
    if short:
        return text
    lines = [f"{rule.verdict.value} {visible_name(text)}", f"  id       {visible_name(rule.id)}"]
    lines.append(f"  from     {_place(rule.source)}")
    lines += [f"  why      {visible_name(rule.why)}"] if rule.why else []
    lines += [f"  instead  {visible_name(rule.instead)}"] if rule.instead else []
    lines += [f"  matches  {visible_name(example)}" for example in rule.match]
    lines += [f"  not      {visible_name(example)}" for example in rule.not_match]
    return "\n".join(lines) + "\n"


def _place(source: Source) -> str:
    line = "" if source.line is None else f":{source.line}"
    return f"{source.layer.value} {visible_name(source.file)}{line}".rstrip()


def ladder_text(policy: Policy) -> str:
    """Return the rungs of the policy's order, from the top, with the rules that stand on them."""
    lines = [f"order {policy.order.value}; the first rung that speaks settles it", ""]
    on_rung = {"_deny_rules": Verdict.DENY, "_ask_rules": Verdict.ASK, "_allow_rules": Verdict.ALLOW}
    for number, rung in enumerate(LADDERS[policy.order], start=1):
        lines.append(f"{number:>3}  {RUNGS[rung.__name__]}")
        rules = [rule for rule in policy.rules if rule.verdict is on_rung.get(rung.__name__)]
        lines += [f"       {visible_name(rule.id)}  ({_place(rule.source)})" for rule in rules]
    return "\n".join(lines) + "\n"


RUNGS = {
    "_hooks_deny": "a hook that says no, or fails: denied",
    "_deny_rules": "deny rules: denied, in every mode",
    "_outside_reads": "reads outside the working directories, where the settings block them",
    "_critical": "removing the workspace, a home, a top-level directory: asked, in every mode (auto: denied)",
    "_hooks_ask": "a hook that wants a person: asked",
    "_ask_rules": "ask rules: asked, in every mode (dontAsk: denied)",
    "_unread": "text that cannot be read, where rules forbid something: asked",
    "_question": "questions and plans: asked",
    "_mode": "the mode: allows what it settles",
    "_hooks_allow": "a hook that says yes: allowed, but for protected paths",
    "_allow_rules": "allow rules: allowed if they cover every part, but for protected paths",
    "_otherwise": "what is left: asked (auto: denied if known to be dangerous, else the classifier; dontAsk: denied)",
}
"""What each rung of the ladder does, in a line."""


# --- runs -------------------------------------------------------------------------------------------------------------


def decided_text(entries: Iterable[Entry], call_id: str) -> str | None:
    """Return how a call of a run was decided, every time; None when the run has no such call."""
    decided = [entry.event for entry in entries if isinstance(entry.event, Decided)]
    decided = [event for event in decided if event.call_id == call_id]
    if not decided:
        return None
    lines = [_called(decided[-1].action), f"  {_does(decided[-1].action.effects)}"]
    for event in decided:
        lines.append(f"  {_verdict(event.decision)}")
        lines += [f"    instead: {visible_name(event.decision.instead)}"] if event.decision.instead else []
    return "\n".join(lines) + "\n"


def difference_text(difference: Difference) -> str:
    """Return a call of a run whose verdict would change."""
    return (
        f"{visible_name(difference.call_id)}  {_called(difference.action)}\n"
        f"  was  {_verdict(difference.before)}\n"
        f"  now  {_verdict(difference.now)}\n"
    )


def _called(action: Action) -> str:
    match action.operation:
        case Exec(command=command):
            return one_line(command, WIDTH)
        case operation:
            path = getattr(operation, "path", "")
            return visible_name(f"{action.tool} {type(operation).__name__.lower()} {path}".rstrip())


def _verdict(decision: Decision) -> str:
    who = judged_by(decision.rung, decision.rule)
    return f"{decision.verdict.value} by {who}: {visible_name(decision.why)}"
