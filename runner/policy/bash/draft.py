"""What a walk through a tree carries along: where it is, what it has listed, what loops and functions wait for.

Rules that live here and nowhere else:

* A `Draft` is a simple command whose place in the list is known before its words are; one that turns out not to be a
  program of its own (a call of a function) is not `kept`.
* A `Place` goes down the tree and never up: what feeds commands there, and how to leave the loops around them.
"""

from typing import NamedTuple

import msgspec

from runner.policy.bash.script import Arg, Redirect
from runner.policy.bash.state import State, Value, join


class Draft:
    """A simple command in the making."""

    __slots__ = (
        "argv",
        "assignments",
        "background",
        "cwd",
        "fed_by",
        "inside",
        "kept",
        "redirects",
        "stdin_text",
        "text",
    )

    def __init__(self, *, cwd: str | None, background: bool, inside: tuple[str, ...]) -> None:
        self.text = ""
        self.argv: tuple[Arg, ...] = ()
        self.assignments: tuple[tuple[str, Arg], ...] = ()
        self.redirects: tuple[Redirect, ...] = ()
        self.cwd = cwd
        self.stdin_text: str | None = None
        self.fed_by: Draft | None = None
        self.background = background
        self.inside = inside
        self.kept = False

    @property
    def prints_elsewhere(self) -> bool:
        """Whether its standard output does not go where the commands around it send it."""
        return any(redirect.operator != "<" and redirect.fd in {None, 1} for redirect in self.redirects)


class LoopFrame:
    """States in which the shell leaves a loop or its round."""

    __slots__ = ("breaks", "continues")

    def __init__(self) -> None:
        self.breaks: list[State] = []
        self.continues: list[State] = []


class FunctionFrame:
    """States in which the shell returns from a function, and what its local variables hide."""

    __slots__ = ("hidden", "returns")

    def __init__(self) -> None:
        self.returns: list[State] = []
        self.hidden: dict[str, Value | None] = {}


class Feed:
    """A text on standard input. Whoever may read first has it; nobody behind it knows what is left."""

    __slots__ = ("_text",)

    def __init__(self, text: str | None = None) -> None:
        self._text = text

    def take(self) -> str | None:
        """Return the text the first time, None when nothing is certain."""
        text, self._text = self._text, None
        return text


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the tree a command stands.

    Attributes:
        inside: see `Simple.inside`.
        fed_by, feed, inputs: what its standard input is unless it says so itself: a pipe, a text, redirections.
        background: the shell does not wait.
        loops: the loops around it, outermost first.
        function: the call it belongs to.
        calls: functions being called, outermost first.
        timed: how `time` is written before it.
        evals: how many `eval` it stands in.
    """

    inside: tuple[str, ...] = ()
    fed_by: Draft | None = None
    feed: Feed | None = None
    inputs: tuple[Redirect, ...] = ()
    background: bool = False
    loops: tuple[LoopFrame, ...] = ()
    function: FunctionFrame | None = None
    calls: tuple[str, ...] = ()
    timed: tuple[str, ...] = ()
    evals: int = 0

    def but(self, **changes: object) -> "Place":
        """Return this place with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def within(self, construct: str) -> "Place":
        """Return the place one construct further in."""
        return msgspec.structs.replace(self, inside=(*self.inside, construct))

    def apart(self, **changes: object) -> "Place":
        """Return the place in a shell of its own, which cannot leave the loops and functions around it."""
        return msgspec.structs.replace(self, **{"loops": (), "function": None, "timed": (), **changes})


class Outcome(NamedTuple):
    """The states after a command that succeeded, and after one that failed."""

    done: State
    failed: State

    @property
    def settled(self) -> State:
        """What holds after it either way."""
        return join(self.done, self.failed)
