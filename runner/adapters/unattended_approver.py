"""The approver of a run that nobody watches: it answers at once, and never with yes.

Either the question is parked, and the run stops so that a person can answer it later, or it is a no that tells the
model to find another way.
"""

from runner.ports import Answer
from runner.types import Action, Decision, Operation, Propose, Question, Rung, Verdict

WHY = "Nobody is there to ask."
INSTEAD = (
    "Do it in a way that needs no approval, or leave it out and say in your final answer what should be done and why."
)


class UnattendedApprover:
    """Answers for a person who is not there."""

    def __init__(self, *, park: bool) -> None:
        """Park every question if `park`, so that the run waits for a person; otherwise deny every one."""
        self._park = park

    def ask(self, action: Action, decision: Decision) -> Answer | None:
        """Return None when questions are parked, else a DENY. Returns at once."""
        if self._park:
            return None
        why = f"{WHY} {decision.why}"
        no = action.decide(Verdict.DENY, rung=Rung.APPROVER, why=why, instead=_instead(action.operation))
        return Answer(decision=no)


def _instead(operation: Operation) -> str:
    match operation:
        case Question():
            return "Decide yourself, and say in your final answer what you assumed."
        case Propose():
            return "Give the plan as your final answer, complete and without a tool call; the run ends with it."
        case _:
            return INSTEAD
