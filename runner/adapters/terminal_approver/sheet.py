"""What a person is shown of a call before they decide: what it is, what it would do, why it is asked.

Rules that live here and nowhere else:

* A command is shown complete. Contents of files, prompts and plans are shown in part, and the part says so.
* What a command would do is said command by command; those that only read come last to be left out.
* Known dangers are named in words, and a path that is a link with the place it leads to.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from runner.adapters.terminal_approver.screen import Saying, barred, cut, ruler, said
from runner.policy.hazards import HAZARDS, found
from runner.types import (
    Action,
    Create,
    Decision,
    Delegate,
    Effects,
    Exec,
    Foreign,
    Insert,
    Mode,
    Part,
    Policy,
    Probe,
    Propose,
    Question,
    Replace,
    Restart,
    View,
)
from runner.views.visible import one_line, visible_name
from runner.views.wording import judged_by

PREVIEW_LINES = 40
"""So many lines of a file's new content or of a plan are shown at first. Our choice: with the rest, one screen."""

DIFF_LINES = 2000
"""Longest edit, old and new lines together, that is compared; comparing takes quadratic time. Our choice."""

NAMES = 10
"""So many paths or hosts of a kind are listed at first. Our choice."""

PARTS = 8
"""So many commands of a chain are told about at first. Our choice: with the command itself, one screen."""

ALL = 10_000
"""So many of anything are listed when all is asked for. Our choice: nobody reads more."""

SENTENCE = 1000
"""Longest reason that is shown. Our choice."""

UNKNOWN, SOMEBODY = "?", "somebody (it cannot be told to whom)"
"""How effects name a host that is not known, and how people do."""

_PLAIN_NAME = re.compile(r"[\w./+@:%=~*?\[\]{}^!-]+")


class Sheet(NamedTuple):
    """Lines to show. `cut`: something was left out."""

    rows: list[str]
    cut: bool


def sheet(action: Action, decision: Decision, policy: Policy, mode: Mode, *, width: int, whole: bool) -> Sheet:
    """Return what is shown of a call that is asked about.

    Args:
        action: the call.
        decision: why it is asked.
        policy: what it was judged by.
        mode: of whoever makes the call.
        width: columns.
        whole: leave nothing out.
    """
    title, body = _body(action)
    command = isinstance(action.operation, Exec | Probe)
    prose = isinstance(action.operation, Delegate)
    shown, left = _beginning(body, width, whole=whole or command, prose=prose)
    rows = ["", ruler(title, width), *shown]
    if left:
        rows.append(f"  [{left:,} more lines; s shows them]")
    effects, short = _effects(action, mode, width, whole=whole)
    why = one_line(decision.why, SENTENCE)
    about = [
        *effects,
        *said("risks ", (Saying("", text) for text in _risks(action.effects, policy)), width),
        *said("links ", (Saying("", text) for text in _links(action.effects, ALL if whole else NAMES)), width),
        *said("asked ", [Saying("", f"{why} [{judged_by(decision.rung, decision.rule)}]")], width),
    ]
    if not left and len(rows) > PREVIEW_LINES:
        rows.append(f"  [{len(body):,} lines; the first is further up]")
    if short:
        about.append("  [not all of it is listed; s shows the rest]")
    return Sheet(rows + about, cut=left > 0 or short)


def text_rows(text: str, width: int, *, whole: bool, head: str = "  ") -> Sheet:
    """Return words of the model behind bars, their beginning unless `whole`; `head` stands before the first line."""
    rows, left = _beginning(text.split("\n"), width, whole=whole, head=head, prose=True)
    return Sheet([*rows, f"  [{left:,} more lines; s shows them]"] if left else rows, cut=left > 0)


def _beginning(lines: list[str], width: int, *, whole: bool, head: str = "  ", prose: bool) -> tuple[list[str], int]:
    """Return the lines behind bars, the first of them unless `whole`, and how many were left out."""
    kept = lines if whole else lines[:PREVIEW_LINES]
    rows = barred("\n".join(kept), width, head, prose=prose) if kept else []
    left = len(lines) - len(kept)
    if whole or len(rows) <= PREVIEW_LINES:
        return rows, left
    return rows[:PREVIEW_LINES], left + len(rows) - PREVIEW_LINES


# --- what it is -------------------------------------------------------------------------------------------------------


def _body(action: Action) -> tuple[str, list[str]]:
    """Return a title of ours and the lines of theirs."""
    match action.operation:
        case Exec(command=command):
            return "Run this in the shell?", command.split("\n")
        case Probe(command=command):
            return "Run this check?", command.split("\n")
        case Restart():
            return "End the shell with all it started, and begin a new one?", []
        case View(path=path, first_line=first, last_line=last):
            lines = f", lines {first} to {last or 'the end'}" if first else ""
            return f"Show this{lines}?", [visible_name(path)]
        case Create(path=path, text=text):
            return "Write this file?", [visible_name(path), "", *_added(text)]
        case Insert(path=path, after_line=after_line, text=text):
            return f"Insert after line {after_line} of this file?", [visible_name(path), "", *_added(text)]
        case Replace(path=path, old=old, new=new):
            return "Edit this file?", [visible_name(path), "", *_difference(old, new)]
        case Delegate(description=description, prompt=prompt):
            return "Begin a subagent with this task?", [visible_name(description), "", *prompt.split("\n")]
        case Propose(plan=plan):
            return "Approve this plan?", plan.split("\n")
        case Question(questions_json=text) | Foreign(input_json=text):
            return "Let the model go on after this?", text.split("\n")
        case other:
            assert_never(other)


def _added(text: str) -> list[str]:
    return [f"+{line}" for line in text.removesuffix("\n").split("\n")]


def _difference(old: str, new: str) -> list[str]:
    before, after = old.split("\n"), new.split("\n")
    if len(before) + len(after) > DIFF_LINES:
        return [f"-{line}" for line in before] + [f"+{line}" for line in after]
    return list(difflib.unified_diff(before, after, lineterm=""))[3:]  # the two names and the line numbers of the piece


# --- what it would do -------------------------------------------------------------------------------------------------


def _effects(action: Action, mode: Mode, width: int, *, whole: bool) -> tuple[list[str], bool]:
    """Return what would happen, and whether something of it was left out."""
    most = ALL if whole else NAMES
    if isinstance(action.operation, Delegate):
        begun = mode.delegated(action.operation.mode)
        return said("would ", [Saying("", f"work in mode {begun.value}, in the same box and workspace")], width), False
    if not isinstance(action.operation, Exec | Probe | View | Create | Insert | Replace):
        return [], False
    parts = action.effects.parts
    if len(parts) <= 1:
        short = _is_long(action.effects, most)
        return said("would ", (Saying("", text) for text in _acts(action.effects, most)), width), short
    told = _told(parts, len(parts) if whole else PARTS)
    sayings: list[Saying] = []
    for part in told:
        sayings += _part(part, width - 12, most)
    missing = len(parts) - len(told)
    if missing:
        sayings.append(Saying("", f"and {missing:,} more"))
    return said("would ", sayings, width), missing > 0 or any(_is_long(part.effects, most) for part in told)


def _part(part: Part, room: int, most: int) -> Iterator[Saying]:
    """Yield a command, or what is no command, and what it does."""
    effects = part.effects
    if not part.text and effects.opaque is not None and not (effects.reads or effects.writes):
        yield Saying("", f"besides: {one_line(effects.opaque, SENTENCE)}")
        return
    yield Saying("$ ", cut(part.text, room)) if part.text else Saying("", "with what goes into or out of a file")
    for text in _acts(effects, most):
        yield Saying("   ", text)


def _told(parts: tuple[Part, ...], most: int) -> tuple[Part, ...]:
    """Return the parts that are told about, in their order: those that only read give way."""
    weighty = sorted(range(len(parts)), key=lambda at: (parts[at].effects.only_reads, at))
    return tuple(parts[at] for at in sorted(weighty[:most]))


def _acts(effects: Effects, most: int) -> Iterator[str]:
    """Yield what some effects are, a line for each kind, the gravest first."""
    changed = {*effects.writes, *effects.deletes}
    kinds = (
        ("delete ", _quoted(effects.deletes)),
        ("write ", _quoted(effects.writes)),
        ("send to ", tuple(SOMEBODY if host == UNKNOWN else host for host in _quoted(effects.sends))),
        ("act with more rights: ", _quoted(effects.privilege)),
        ("run ", _quoted(effects.executes)),
        ("read ", _quoted(path for path in effects.reads if path not in changed)),
    )
    some = False
    for verb, names in kinds:
        if names:
            yield f"{'only ' if effects.only_reads else ''}{verb}{_listed(names, most)}"
            some = True
    if effects.opaque is not None:
        yield f"{'and more that cannot be told' if some else 'it cannot be told'}: {one_line(effects.opaque, SENTENCE)}"
    elif not some:
        yield "only read and print" if effects.only_reads else "change something in the box"


def _is_long(effects: Effects, most: int) -> bool:
    kinds = (effects.deletes, effects.writes, effects.sends, effects.executes, effects.reads)
    return any(len(names) > most for names in kinds)


def _listed(names: tuple[str, ...], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _quoted(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as they are shown: in quotes if one could be taken for several, or for words of ours."""
    return tuple(
        name if _PLAIN_NAME.fullmatch(name) else "'" + name.replace("'", "\\'") + "'"
        for name in map(visible_name, names)
    )


def _risks(effects: Effects, policy: Policy) -> Iterator[str]:
    for name in found(effects, policy):
        known = HAZARDS.get(name)
        yield visible_name(name) if known is None else f"{known.title}. {known.why}"


def _links(effects: Effects, most: int) -> Iterator[str]:
    for link in effects.links[:most]:
        yield " really is ".join(_quoted(link))
    if len(effects.links) > most:
        yield f"and {len(effects.links) - most:,} more"
