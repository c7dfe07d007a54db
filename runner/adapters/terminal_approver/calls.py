"""Asks about a call: once, always, no, no with a reason, another mode, or not now.

Rules that live here and nowhere else:

* "Always" shows what would be remembered, rule by rule in full, and well-known commands or paths that it would let
  pass as well, and wants a second yes. It is offered where it would settle the call and nowhere else.
* Another mode is asked for, and the call judged anew in it; that is no answer to the call. Mode bypassPermissions
  wants its name typed.
"""

from collections.abc import Callable

from runner.adapters.terminal_approver.dialogue import (
    AGAIN,
    ALWAYS,
    MEANINGS,
    NO,
    TRIES,
    YES,
    Reply,
    Standing,
    modes_but,
    reason,
)
from runner.adapters.terminal_approver.screen import Saying, Screen, barred, said
from runner.adapters.terminal_approver.sheet import sheet
from runner.policy.globs import has_star
from runner.policy.proposals import Proposal, preview, propose
from runner.policy.rules import written
from runner.types import Action, Decision, Mode, Policy, Rule, Rung, Verdict

BEYOND_RULES = frozenset({Rung.HOOK, Rung.ASK_RULE})
"""Who asks whatever rules allow: nothing can be remembered against them."""


def ask_about_call(
    screen: Screen, action: Action, decision: Decision, now: Standing, switch: Callable[[Mode], object]
) -> Reply | None:
    """Return what the person says about a call; None: not now, or judge it anew.

    Args:
        screen: where to ask.
        action: the call.
        decision: why it is asked.
        now: what it was judged by.
        switch: asks for another mode.
    """
    proposals = () if decision.rung in BEYOND_RULES else propose(action, now.policy, now.mode)
    cut = _show(screen, action, decision, now, whole=False)
    for _ in range(TRIES):
        match screen.choose(_keys(proposals, cut=cut)):
            case "y" | "yes" | "once":
                return Reply(verdict=Verdict.ALLOW, why=YES)
            case "n" | "no":
                return Reply(verdict=Verdict.DENY, why=NO)
            case "r" | "reason":
                words = reason(screen, "Reason, for the model")
                return None if words is None else Reply(verdict=Verdict.DENY, why=NO, instead=words)
            case "a" | "always" if proposals:
                if (chosen := _remember(screen, proposals, now.policy)) is not None:
                    return Reply(verdict=Verdict.ALLOW, why=ALWAYS, rules=chosen.rules, mode=chosen.mode)
            case "m" | "mode" | "\x1b[z":  # the last is what Shift+Tab leaves in a line
                if (mode := _choose_mode(screen, now)) is not None:
                    switch(mode)
                    return None
            case "s" | "show":
                _show(screen, action, decision, now, whole=True)
            case None | "q" | "quit":
                return None
            case _:
                screen.show([AGAIN])
    return None


def _keys(proposals: tuple[Proposal, ...], *, cut: bool) -> list[str]:
    return [
        *(["[y] yes, once", "[a] always"] if proposals else ["[y] yes"]),
        "[n] no",
        "[r] no, with a reason",
        "[m] change mode",
        "[q] stop and park",
        *(["[s] show all"] if cut else []),
    ]


def _show(screen: Screen, action: Action, decision: Decision, now: Standing, *, whole: bool) -> bool:
    shown = sheet(action, decision, now.policy, now.mode, width=screen.width, whole=whole)
    screen.show(shown.rows)
    return shown.cut


# --- always -----------------------------------------------------------------------------------------------------------


def _remember(screen: Screen, proposals: tuple[Proposal, ...], policy: Policy) -> Proposal | None:
    """Return what is to be remembered; None: the person thought better of it."""
    rows = ["Remembered until this run ends, if you say so:"]
    for number, proposal in enumerate(proposals, start=1):
        rows += _proposal_rows(number, proposal, policy, screen.width)
    screen.show(rows)
    several = len(proposals) > 1
    keys = [f"[{number}] remember {number}" for number in range(1, len(proposals) + 1)] if several else []
    answer = screen.choose([*(keys or ["[y] remember it, and go on"]), "[b] back"])
    chosen = {str(number): proposal for number, proposal in enumerate(proposals, start=1)}
    if not several:
        chosen |= {"y": proposals[0], "yes": proposals[0]}
    if answer not in chosen:
        screen.show(["Nothing is remembered."])
        return None
    return chosen[answer]


def _proposal_rows(number: int, proposal: Proposal, policy: Policy, width: int) -> list[str]:
    head = f" {number} "
    if proposal.mode is not None:
        words = f"mode {proposal.mode.value}: {MEANINGS[proposal.mode]}"
        return said(head, [Saying("", words)], width)
    rows: list[str] = []
    for rule in proposal.rules:
        rows += barred(f"{rule.verdict.value} {written(rule)}", width, " " * len(head) if rows else head)
        rows += said(" " * len(head), _reach(rule, policy), width)
    return rows


def _reach(rule: Rule, policy: Policy) -> list[Saying]:
    """Return what else a rule lets pass, as lines."""
    known = preview(rule, policy)
    if known:
        return [Saying("  ", "which also lets pass, for example:"), *(Saying("    ", one) for one in known)]
    if rule.tool == "Bash" and not has_star(rule.specifier or ""):
        return [Saying("  ", "which is this very command and no other")]
    return [Saying("  ", "which lets pass nothing else that is well known")]


# --- another mode -----------------------------------------------------------------------------------------------------


def _choose_mode(screen: Screen, now: Standing) -> Mode | None:
    """Return the mode to go on in; None: as it is."""
    modes = modes_but(now.session_mode, now.policy)
    rows = [f"Now in mode {now.session_mode.value}. Judge this call anew in mode"]
    for number, mode in enumerate(modes, start=1):
        rows += said(f" {number} ", [Saying("", f"{mode.value}: {MEANINGS[mode]}")], screen.width)
    screen.show(rows)
    answer = screen.choose(["[number] go on in that mode", "[b] back"])
    chosen = next((mode for number, mode in enumerate(modes, start=1) if answer == str(number)), None)
    if chosen is Mode.BYPASS:
        screen.show(["From then on nothing is asked but what rules ask about."])
        typed = screen.read(f"Type {Mode.BYPASS.value}, or press Enter to go back > ")
        chosen = Mode.BYPASS if typed == Mode.BYPASS.value else None
    if chosen is None:
        screen.show(["The mode stays as it is."])
    return chosen
