"""Asks about a plan: approve it and in which mode to carry it out, or go on planning.

Rules that live here and nowhere else:

* A plan is approved together with the mode it is carried out in: default, and acceptEdits and auto where the policy
  has them. A plan is no way into mode bypassPermissions.
* The beginning of a long plan is shown, and says that it is only the beginning.
"""

from runner.adapters.terminal_approver.dialogue import AGAIN, GO_ON_PLANNING, MEANINGS, TRIES, YES, Reply, reason
from runner.adapters.terminal_approver.screen import Saying, Screen, ruler, said
from runner.adapters.terminal_approver.sheet import text_rows
from runner.types import Mode, Policy, Propose, Verdict

NEXT = (Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.AUTO)
"""The modes in which a plan can be carried out."""


def ask_about_plan(screen: Screen, proposed: Propose, policy: Policy) -> Reply | None:
    """Return what the person says about a plan; None: not now."""
    modes = tuple(mode for mode in NEXT if mode is Mode.DEFAULT or mode not in policy.modes_off)
    cut = _show(screen, proposed, modes, whole=False)
    keys = [
        f"[{'/'.join(str(number) for number in range(1, len(modes) + 1))}] approve, in that mode",
        "[n] keep planning",
        "[r] keep planning, with a reason",
        "[q] stop and park",
        *(["[s] show all"] if cut else []),
    ]
    for _ in range(TRIES):
        match screen.choose(keys):
            case str(key) if key in {str(number) for number in range(1, len(modes) + 1)}:
                return Reply(verdict=Verdict.ALLOW, why=YES, mode=modes[int(key) - 1])
            case "n" | "no":
                return Reply(verdict=Verdict.DENY, why=GO_ON_PLANNING)
            case "r" | "reason":
                words = reason(screen, "What should be different, for the model")
                return None if words is None else Reply(verdict=Verdict.DENY, why=GO_ON_PLANNING, instead=words)
            case "s" | "show":
                _show(screen, proposed, modes, whole=True)
            case None | "q" | "quit":
                return None
            case _:
                screen.show([AGAIN])
    return None


def _show(screen: Screen, proposed: Propose, modes: tuple[Mode, ...], *, whole: bool) -> bool:
    width = screen.width
    plan = text_rows(proposed.plan, width, whole=whole)
    rows = ["", ruler("Approve this plan?", width), *plan.rows, "Approved, it is carried out in mode"]
    for number, mode in enumerate(modes, start=1):
        rows += said(f" {number} ", [Saying("", f"{mode.value}: {MEANINGS[mode]}")], width)
    screen.show(rows)
    return plan.cut
