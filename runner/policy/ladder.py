"""In which order a call is judged: `LADDERS`, climbed from the top; the first rung that speaks settles it.

    hooks that block -> deny rules -> critical paths -> ask rules -> mode -> hooks that approve -> allow rules
                                                     -> auto mode: the classifier, else a person

Rules that live here and nowhere else:

* The rungs stand in order of strictness down to the ask rules, so that the first to speak is also the strictest:
  specificity does not count, and nothing below them can permit what they refused.
* A hook can only tighten rules: its approval stands below the ask rules, and settles no protected path.
* A shell command is settled only when every part of it is: a chain is as strict as its worst part.
* No mode but bypassPermissions settles a write to a protected path, and none at all the removal of a critical one.
* Mode dontAsk turns every question into a no; auto mode does so for critical paths.
* In the older order allow rules stand above the ask rules, and below the critical paths.

Pure: what hooks said is handed in; what the verdict leads to is `run.py`'s business.
"""

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

from runner.policy import paths, static
from runner.policy.calls import tool_name
from runner.policy.rulebook import Cover, Rulebook
from runner.policy.rules import READERS
from runner.policy.suspension import without_suspended
from runner.policy.unasked import is_file_command, is_known_reader
from runner.ports import Said
from runner.types import (
    Action,
    Decision,
    Effects,
    Exec,
    Foreign,
    Mode,
    Order,
    Part,
    Policy,
    Propose,
    Question,
    Rung,
    Verdict,
    View,
    Word,
)

SHOWN = 3
"""So many names of a kind stand in a reason. Our choice."""

MODES = tuple(mode for mode in Mode if mode is not Mode.AUTO)
"""The modes a run of this version can be in: auto mode is judged, but there is no classifier yet to ask."""


UNDOABLE = frozenset({"tree-delete"})
"""Known dangerous acts that are an edit all the same: the workspace is saved before them."""


class Finding(Word, frozen=True, kw_only=True):
    """What a rung said about an action."""

    rung: Rung
    verdict: Verdict
    why: str
    instead: str = ""
    rule: str | None = None


class Case:
    """One action to be judged, with what several rungs want to know about it."""

    def __init__(self, action: Action, policy: Policy, mode: Mode, hooks: tuple[Said, ...]) -> None:
        """Judge this action in this mode; `hooks` are those that spoke about it."""
        self.action = action
        self.mode = effective(mode, policy)
        self.policy = without_suspended(policy) if self.mode is Mode.AUTO else policy
        self.hooks = hooks
        self.rules = rulebook(self.policy)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the action; an action without any is one part without a text."""
        effects = self.action.effects
        return effects.parts or (Part(text="", effects=effects),)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why each part is not settled by the mode alone, in their order; empty text for one that is."""
        if self.mode is Mode.AUTO:
            found = static.settle(self.action.effects, self.policy)
            if found.verdict is Verdict.ALLOW:
                return ("",) * len(self.parts)
            alone = tuple(_reason_to_classify(part, self) for part in self.parts)
            return alone if any(alone) else (found.why,) * len(self.parts)  # the danger lies in parts taken together
        return tuple(_unsettled(part, self) for part in self.parts)

    @property
    def classifies(self) -> bool:
        """Whether what is left open goes to the classifier: in auto mode, and while planning if auto mode is there."""
        plans = self.mode is Mode.PLAN and Mode.AUTO not in self.policy.modes_off
        return self.mode is Mode.AUTO or (plans and isinstance(self.action.operation, Exec | Foreign))


Climb = Callable[[Case], Finding | None]


def judge(action: Action, *, policy: Policy, mode: Mode, hooks: tuple[Said, ...] = ()) -> Decision:
    """Return the verdict on an action, by the first rung that speaks.

    Args:
        action: what would be done.
        policy: rules and places.
        mode: the run's mode; one that the policy has switched off counts as `default`.
        hooks: what hooks said about this call; silent ones left out.
    """
    found = next(climb(action, policy=policy, mode=mode, hooks=hooks))
    return action.decide(found.verdict, rung=found.rung, why=found.why, instead=found.instead, rule=found.rule)


def climb(action: Action, *, policy: Policy, mode: Mode, hooks: tuple[Said, ...] = ()) -> Iterator[Finding]:
    """Yield what every rung that has something to say says, from the top; the first is the verdict. At least one."""
    case = Case(action, policy, mode, hooks)
    for rung in LADDERS[policy.order]:
        if (found := rung(case)) is not None:
            yield found


@lru_cache(maxsize=16)
def rulebook(policy: Policy) -> Rulebook:
    """Return the policy's rules, ready to be asked; kept for the policies judged by last."""
    return Rulebook(policy)


def effective(mode: Mode, policy: Policy) -> Mode:
    """Return the mode that counts where the policy has switched some off."""
    return Mode.DEFAULT if mode in policy.modes_off else mode


# --- the rungs, from the top ------------------------------------------------------------------------------------------


def _hooks_deny(case: Case) -> Finding | None:
    said = [hook for hook in case.hooks if hook.verdict is Verdict.DENY]
    if not said:
        return None
    rung = Rung.FAULT if all(hook.failed for hook in said) else Rung.HOOK
    return Finding(rung=rung, verdict=Verdict.DENY, why=" ".join(_sentence(hook) for hook in said))


def _deny_rules(case: Case) -> Finding | None:
    return _strict(case, Verdict.DENY, Rung.DENY_RULE)


def _outside_reads(case: Case) -> Finding | None:
    """Reads outside the working directories, where the settings block them."""
    if not case.policy.block_outside_reads:
        return None
    path = next((path for part in case.parts for path in part.effects.reads if not _is_inside(path, case)), None)
    if path is None:
        return None
    why = f"This reads {path}, and the settings block reads outside the working directories."
    if isinstance(case.action.operation, View) or tool_name(case.action) in READERS:
        return Finding(rung=Rung.DENY_RULE, verdict=Verdict.DENY, why=why)
    return _asked(case, Rung.ASK_RULE, why)


def _critical(case: Case) -> Finding | None:
    """Removing what everything else stands on needs a person in every mode."""
    effects = case.action.effects
    removed = (place for path in effects.deletes for place in paths.places(path, effects))
    path = next((place for place in removed if paths.is_critical(place, case.policy)), None)
    if path is not None:
        why = f"This removes {path}, which no mode allows by itself."
    elif "unresolved-delete" in effects.hazards:
        why = "What this removes is known only when it runs, and could be everything."
    else:
        return None
    instead = "Remove the files you mean, by name."
    if case.mode is Mode.AUTO:
        return Finding(rung=Rung.MODE, verdict=Verdict.DENY, why=why, instead=instead)
    return _asked(case, Rung.MODE, why, instead)


def _hooks_ask(case: Case) -> Finding | None:
    said = [hook for hook in case.hooks if hook.verdict is Verdict.ASK]
    return _asked(case, Rung.HOOK, " ".join(_sentence(hook) for hook in said)) if said else None


def _ask_rules(case: Case) -> Finding | None:
    return _strict(case, Verdict.ASK, Rung.ASK_RULE)


def _unread(case: Case) -> Finding | None:
    """A text that could not be read may hold what a deny or ask rule names."""
    effects = case.action.effects
    restricted = any(rule.verdict is not Verdict.ALLOW and rule.specifier for rule in case.policy.rules)
    if not effects.unread or not restricted or case.mode is Mode.AUTO:
        return None
    return _asked(case, Rung.ASK_RULE, f"It may hold what a rule forbids: {effects.opaque or 'it cannot be read'}.")


def _question(case: Case) -> Finding | None:
    """What is meant for a person goes to a person, in every mode."""
    match case.action.operation:
        case Question():
            return _asked(case, Rung.MODE, "The model has a question.")
        case Propose():
            return _asked(case, Rung.MODE, "The model has a plan.")
        case _:
            return None


def _mode(case: Case) -> Finding | None:
    mode = case.mode
    if mode is Mode.BYPASS:
        return Finding(rung=Rung.MODE, verdict=Verdict.ALLOW, why="Mode bypassPermissions allows it.")
    if any(case.reasons) or case.action.effects.unread:
        return None
    why = "It only reads." if case.action.effects.only_reads else f"Mode {mode.value} allows it."
    return Finding(rung=Rung.MODE, verdict=Verdict.ALLOW, why=why)


def _hooks_allow(case: Case) -> Finding | None:
    said = [hook for hook in case.hooks if hook.verdict is Verdict.ALLOW]
    if not said or case.mode is Mode.PLAN or _protected_write(case.action.effects, case) is not None:
        return None
    return Finding(rung=Rung.HOOK, verdict=Verdict.ALLOW, why=" ".join(_sentence(hook) for hook in said))


def _allow_rules(case: Case) -> Finding | None:
    """Whether every part that the mode leaves open is covered by allow rules. None covers a protected path."""
    if case.mode is not Mode.BYPASS and _protected_write(case.action.effects, case) is not None:
        return None
    settled = {part for part, why in zip(case.parts, case.reasons, strict=True) if not why}
    covers = [cover for cover in case.rules.cover(case.action) if cover.part not in settled]
    matches = [match for cover in covers for match in cover.rules]
    if not matches or not all(_is_covered(cover, case) for cover in covers):
        return None
    names = tuple(dict.fromkeys(match.rule.id for match in matches))
    why = next((match.rule.why for match in matches if match.rule.why), f"Allowed by {_listed(names)}.")
    return Finding(rung=Rung.ALLOW_RULE, verdict=Verdict.ALLOW, why=why, rule=names[0])


def _otherwise(case: Case) -> Finding | None:
    """What is left: auto mode's own denials, then the classifier; else a person."""
    reasons = "; ".join(dict.fromkeys(why for why in case.reasons if why)) or "nothing allows it"
    if not case.classifies:
        return _asked(case, Rung.MODE, f"Mode {case.mode.value} asks: {reasons}.")
    settled = static.settle(case.action.effects, case.policy)
    if case.mode is Mode.AUTO and settled.verdict is Verdict.DENY:
        return Finding(rung=Rung.MODE, verdict=Verdict.DENY, why=settled.why, instead=settled.instead)
    return Finding(rung=Rung.MODE, verdict=Verdict.CLASSIFY, why=f"Left to the classifier: {reasons}.")


LADDERS: dict[Order, tuple[Climb, ...]] = {
    Order.CURRENT: (
        _hooks_deny,
        _deny_rules,
        _outside_reads,
        _critical,
        _hooks_ask,
        _ask_rules,
        _unread,
        _question,
        _mode,
        _hooks_allow,
        _allow_rules,
        _otherwise,
    ),
    Order.OLDER: (
        _hooks_deny,
        _deny_rules,
        _outside_reads,
        _critical,
        _hooks_ask,
        _unread,
        _allow_rules,
        _ask_rules,
        _question,
        _mode,
        _hooks_allow,
        _otherwise,
    ),
}
"""The rungs of both published orders, from the top."""


# --- what the rungs ask themselves ------------------------------------------------------------------------------------


def _asked(case: Case, rung: Rung, why: str, instead: str = "") -> Finding:
    """Return a question, which is a no where nobody may be asked."""
    if case.mode is Mode.DONT_ASK:
        return Finding(rung=Rung.MODE, verdict=Verdict.DENY, why=f"Mode dontAsk asks nobody. {why}", instead=instead)
    return Finding(rung=rung, verdict=Verdict.ASK, why=why, instead=instead)


def _strict(case: Case, verdict: Verdict, rung: Rung) -> Finding | None:
    """Return what the deny or ask rules say that anything of the action meets."""
    met = [match for match in case.rules.objections(case.action) if match.rule.verdict is verdict]
    if not met:
        return None
    rule = met[0].rule
    names = _listed(tuple(dict.fromkeys(match.rule.id for match in met)))
    word = "denies" if verdict is Verdict.DENY else "asks about"
    why = rule.why or f"{names} {word} {met[0].subject}."
    if verdict is Verdict.ASK:
        asked = _asked(case, rung, why, rule.instead)
        return Finding(rung=asked.rung, verdict=asked.verdict, why=asked.why, instead=rule.instead, rule=rule.id)
    return Finding(rung=rung, verdict=verdict, why=why, instead=rule.instead, rule=rule.id)


def _reason_to_classify(part: Part, case: Case) -> str:
    settled = static.settle(part.effects, case.policy)
    return "" if settled.verdict is Verdict.ALLOW else settled.why


def _unsettled(part: Part, case: Case) -> str:
    """Return why the mode alone does not settle a part; empty when it does."""
    effects, mode = part.effects, case.mode
    if isinstance(case.action.operation, Foreign) and case.action.tool not in READERS and effects.only_reads:
        return f"nothing is known about the tool {case.action.tool}"
    if part.roundabout:
        return f"it works through {part.roundabout}"
    if (path := _protected_write(effects, case)) is not None:
        return f"it writes {path}, a protected path"
    if effects.only_reads:
        return _unknown_reader(part) or _outside_read(effects, case)
    if mode is Mode.ACCEPT_EDITS and _only_edits(effects) and is_file_command(part):
        return _unwanted_edit(part, case)
    return _reason(effects)


def _unknown_reader(part: Part) -> str:
    if not part.text or is_known_reader(part):
        return ""
    return f"`{part.text.split()[0]}` is none of the readers that everybody knows"


def _outside_read(effects: Effects, case: Case) -> str:
    planner = case.mode is Mode.PLAN and Mode.AUTO not in case.policy.modes_off
    if planner and not isinstance(case.action.operation, Exec):
        return ""
    outside = next((path for path in effects.reads if not _is_inside(path, case)), None)
    return "" if outside is None else f"it reads {outside}, outside the workspace"


def _only_edits(effects: Effects) -> bool:
    """Whether reading, writing and deleting named files is all that happens."""
    more = effects.executes or effects.sends or effects.privilege or set(effects.hazards) - UNDOABLE
    return not more and effects.opaque is None


def _unwanted_edit(part: Part, case: Case) -> str:
    """Return why mode acceptEdits does not accept an edit; empty when it does."""
    effects = part.effects
    if part.uncertain:
        return part.uncertain
    if (reason := _outside_read(effects, case)) != "":
        return reason
    for path in (*effects.writes, *effects.deletes):
        if not _is_inside(path, case):
            return f"it writes {path}, outside the workspace"
        if paths.runs_later(path, case.policy):
            return f"it writes {path}, which later runs on the host or in CI"
    return ""


def _is_covered(cover: Cover, case: Case) -> bool:
    """Whether rules allow a part; what only reads, or in mode acceptEdits only edits, needs no rule for its text."""
    if cover.part is not None and cover.part.roundabout and case.mode is not Mode.AUTO:
        spelled = any(match.exact and match.subject == cover.part.text for match in cover.rules)
        return spelled and cover.part.roundabout.startswith("`")
    if cover.complete:
        return True
    if cover.part is None or cover.uncertain or cover.reads_open or cover.writes_open:
        return False
    effects = cover.part.effects
    if effects.only_reads:
        return not _unknown_reader(cover.part)
    return case.mode is Mode.ACCEPT_EDITS and _only_edits(effects)


def _protected_write(effects: Effects, case: Case) -> str | None:
    for path in (*effects.writes, *effects.deletes):
        if any(paths.is_protected(place, case.policy) for place in paths.places(path, case.action.effects)):
            return path
    return None


def _is_inside(path: str, case: Case) -> bool:
    return paths.at_home(path, case.action.effects, case.policy)


def _reason(effects: Effects) -> str:
    """Return in a few words what an action does besides reading."""
    if effects.opaque is not None:
        return effects.opaque
    for verb, names in (
        ("asks for more rights with", effects.privilege),
        ("deletes", effects.deletes),
        ("sends to", effects.sends),
        ("runs", effects.executes),
        ("writes", effects.writes),
    ):
        if names:
            return f"it {verb} {_listed(names)}"
    return f"it does what is known to be dangerous ({_listed(effects.hazards)})"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _sentence(hook: Said) -> str:
    return hook.why or f"The hook `{hook.hook}` says so."
