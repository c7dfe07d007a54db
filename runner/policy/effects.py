"""What a shell command does: bash text to `Effects`.

Rules that live here and nowhere else:

* The effects of a command text are the union of those of its parts; a command is as dangerous as its worst part.
* The first reason why something is not understood is the reason that is told. One is enough to make all of it opaque.
* Any failure of the analysis itself is opaque: it is never an exception, and never an answer.

Theory of operation: `bash/read.py` turns the text into simple commands with the directory each one runs in,
`programs/meaning.py` tells what each of them does.

Not promised: that a name means the program of that name. A shell in which a function or an alias was defined, or a
PATH changed, runs something else; but defining one is opaque and was judged as such.
"""

from runner.policy.bash.read import read
from runner.policy.programs.meaning import parts
from runner.types import Effects, Part

COMMAND_CHARS = 20_000
"""Longer texts are opaque unread, which bounds time and memory. Our choice."""


def shell_effects(command: str, cwd: str, *, home: str = "/home/agent") -> Effects:
    """Return what a command does when run by bash.

    Args:
        command: bash text of any length; empty means nothing is done.
        cwd: absolute directory it runs in.
        home: absolute directory that `~` and `$HOME` name.

    Never raises; what is not understood is opaque. Cost: about 0.1 ms for an ordinary command, linear in its length.
    """
    if len(command) > COMMAND_CHARS:
        return Effects(opaque=f"it is longer than {COMMAND_CHARS:,} characters", unread=True)
    try:
        return union(parts(read(command, cwd, home=home, variables={}), home))
    except RecursionError:
        return Effects(opaque="it is nested too deeply", unread=True)
    except ValueError as error:  # a fault of the tables, which their tests should have met
        return Effects(opaque=f"it could not be analysed: {error}", unread=True)


def union(found: tuple[Part, ...]) -> Effects:
    """Return the effects of several parts together, in their order."""

    def joined(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for part in found for value in getattr(part.effects, name)))

    return Effects(
        reads=joined("reads"),
        writes=joined("writes"),
        deletes=joined("deletes"),
        executes=joined("executes"),
        sends=joined("sends"),
        privilege=joined("privilege"),
        hazards=joined("hazards"),
        opaque=next((part.effects.opaque for part in found if part.effects.opaque is not None), None),
        unread=any(part.effects.unread for part in found),
        parts=found,
    )
