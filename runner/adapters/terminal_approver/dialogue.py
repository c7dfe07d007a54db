"""What whoever asks hands back, and what they need to know: the words that the dialogues share.

Rules that live here and nowhere else:

* Only a clear answer is one. Anything else asks again, at most `TRIES` times; then, and at the end of input, the
  question is parked.
* What a mode means is said in one line wherever a mode can be chosen.
"""

from dataclasses import dataclass
from typing import Protocol

from runner.adapters.terminal_approver.screen import REASON_CHARS, Screen
from runner.types import Mode, Policy, Rule, Verdict
from runner.views.visible import visible

TRIES = 10
"""So many answers that are none, and the question is parked. Our choice: it bounds a pipe that never ends."""

YES = "A person said yes."
ALWAYS = "A person said yes, from now on."
NO = "A person said no."
GO_ON_PLANNING = "A person wants you to go on planning."

AGAIN = "Please answer with one of the keys."

MEANINGS = {
    Mode.DEFAULT: "reading runs unasked; you are asked about the rest",
    Mode.ACCEPT_EDITS: "edits of files in the workspace run unasked, too",
    Mode.PLAN: "nothing is changed until you have approved a plan",
    Mode.AUTO: "a classifier decides in your place",
    Mode.DONT_ASK: "you are not asked: what no rule allows is denied",
    Mode.BYPASS: "everything runs unasked, but for what rules deny or ask about",
}
"""What each mode means, in a few words for people."""


class Standing(Protocol):
    """What calls are judged by at the moment."""

    @property
    def policy(self) -> Policy:
        """Rules and places."""

    @property
    def mode(self) -> Mode:
        """The mode of whoever makes the call: the run's, or that of a subagent."""

    @property
    def session_mode(self) -> Mode:
        """The mode of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the person said. The fields are those of `Answer` and `Decision`."""

    verdict: Verdict
    why: str
    instead: str = ""
    text: str = ""
    rules: tuple[Rule, ...] = ()
    mode: Mode | None = None


def reason(screen: Screen, prompt: str) -> str | None:
    """Return the person's own words; None at the end of input."""
    line = screen.read(f"{prompt}: ", fresh=False)
    return None if line is None else visible(line[:REASON_CHARS])


def modes_but(now: Mode, policy: Policy) -> tuple[Mode, ...]:
    """Return the modes that a run in this mode can be put into."""
    return tuple(mode for mode in Mode if mode is not now and mode not in policy.modes_off)
