"""The approver of a run that nobody watches: it answers at once, and never with yes.

Either the question is parked, and the run stops so that a person can answer it later, or it is a no that tells the
model to find another way.
"""

from runner.types import Action, Decision, Rung, Verdict

WHY = "Nobody is there to ask."
INSTEAD = (
    "Do it in a way that needs no approval, or leave it out and say in your final answer what should be done and why."
)


class UnattendedApprover:
    """Answers for a person who is not there."""

    def __init__(self, *, park: bool) -> None:
        """Park every question if `park`, so that the run waits for a person; otherwise deny every one."""
        self._park = park

    def ask(self, action: Action, decision: Decision) -> Decision | None:
        """Return None when questions are parked, else a DENY. Returns at once."""
        if self._park:
            return None
        return action.decide(Verdict.DENY, rung=Rung.APPROVER, why=f"{WHY} {decision.why}", instead=INSTEAD)
