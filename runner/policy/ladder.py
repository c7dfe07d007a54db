"""In which order a call is judged: `LADDER`, climbed from the top, strictest wins.

Rules that live here and nowhere else:

* Every rung may speak; the strictest verdict stands, and of equals the higher rung's. Specificity does not count.
* A hook can only tighten: its ALLOW is no pass.
* No mode settles the removal of a critical path; a person does.
* A mode that this version does not know is a DENY, never a guess.

Pure: what hooks said is handed in; what the verdict leads to is `run.py`'s business.
"""

import posixpath
from collections.abc import Callable

from runner.types import Action, Decision, Effects, Mode, Rung, Verdict

MODES = (Mode.DEFAULT, Mode.PLAN, Mode.BYPASS)
"""The modes this version can run."""

Climb = Callable[[Action, Mode, str, tuple[Decision, ...]], Decision | None]


def judge(action: Action, *, mode: Mode, workspace: str, hooks: tuple[Decision, ...]) -> Decision:
    """Return the verdict on an action, by the strictest rung that speaks.

    Args:
        action: what would be done.
        mode: the run's mode.
        workspace: absolute box path of the workspace.
        hooks: what the user's hooks said about this action; silent ones left out.
    """
    spoken = [decision for rung in LADDER if (decision := rung(action, mode, workspace, hooks)) is not None]
    return max(spoken, key=lambda decision: decision.verdict)


def _hooks(action: Action, _mode: Mode, _workspace: str, hooks: tuple[Decision, ...]) -> Decision | None:
    """What the strictest hook said, unless that is ALLOW. A verdict on another action is a broken hook."""
    if any(decision.covers != action.digest for decision in hooks):
        return action.decide(Verdict.DENY, rung=Rung.FAULT, why="A hook answered about another action.")
    strict = [decision for decision in hooks if decision.verdict > Verdict.ALLOW]
    return max(strict, key=lambda decision: decision.verdict) if strict else None


def _critical(action: Action, _mode: Mode, workspace: str, _hooks: tuple[Decision, ...]) -> Decision | None:
    """Removing what everything else stands on needs a person in every mode."""
    path = next((path for path in action.effects.deletes if is_critical(path, workspace)), None)
    if path is None:
        return None
    return action.decide(
        Verdict.ASK,
        rung=Rung.MODE,
        why=f"This removes {path}, which no mode allows by itself.",
        instead="Remove the files you mean, by name.",
    )


def is_critical(path: str, workspace: str) -> bool:
    """Whether removing this path removes the workspace, a directory above it, a home or a top-level directory.

    A pattern counts as what it stands in: removing `/*` is removing `/`.
    """
    while set(posixpath.basename(path)) & set("*?["):
        path = posixpath.dirname(path)
    parts = [part for part in path.split("/") if part]
    above = posixpath.commonpath([path, workspace]) == path
    home = parts[:1] == ["home"] and len(parts) <= 2  # noqa: PLR2004 - /home/NAME
    return above or home or len(parts) <= 1


def _mode(action: Action, mode: Mode, _workspace: str, _hooks: tuple[Decision, ...]) -> Decision | None:
    """What the mode says; it always speaks, so that a ladder without rules still judges."""
    effects = action.effects
    match mode:
        case Mode.BYPASS:
            return action.decide(Verdict.ALLOW, rung=Rung.MODE, why="Mode bypassPermissions allows it.")
        case Mode.DEFAULT | Mode.PLAN if effects.only_reads:
            return action.decide(Verdict.ALLOW, rung=Rung.MODE, why="It only reads.")
        case Mode.DEFAULT:
            return action.decide(Verdict.ASK, rung=Rung.MODE, why=f"Mode default asks: {_reason(effects)}.")
        case Mode.PLAN:
            why = f"Mode plan changes nothing: {_reason(effects)}."
            instead = "Read what you need and describe the change in your final answer."
            return action.decide(Verdict.DENY, rung=Rung.MODE, why=why, instead=instead)
        case Mode.ACCEPT_EDITS | Mode.AUTO | Mode.DONT_ASK:
            why = f"This version of runner does not know how to judge in mode {mode.value}."
            return action.decide(Verdict.DENY, rung=Rung.FAULT, why=why)


def _reason(effects: Effects) -> str:
    if effects.opaque is not None:
        return effects.opaque
    if effects.deletes:
        return f"it deletes {', '.join(effects.deletes[:3])}"
    if effects.sends:
        return f"it sends to {', '.join(effects.sends[:3])}"
    return f"it writes {', '.join((*effects.writes, *effects.executes)[:3])}"


LADDER: tuple[Climb, ...] = (_hooks, _critical, _mode)
