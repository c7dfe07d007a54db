"""What the redirections of a command open, and what its standard input becomes.

Rules that live here and nowhere else:

* Duplicating or closing a descriptor opens nothing. `>&name` opens a file; so does `<&name` for all we can tell.
* The last redirection of descriptor 0 says what standard input is.
* A descriptor that is put into a variable (`{name}>file`) changes that variable.
"""

import re
from collections.abc import Sequence

import msgspec

from runner.policy.bash.expansion import Expander
from runner.policy.bash.script import Arg, Redirect
from runner.policy.bash.state import Value
from runner.policy.bash.tree import Heredoc, RawRedirect

_DESCRIPTOR = re.compile(r"\d*-?\Z", re.ASCII)

DIGITS = 9
"""A longer number is no descriptor that the system has; and Python refuses to convert very long ones."""


class Redirected(msgspec.Struct, frozen=True):
    """Files that are opened; whether standard input is redirected, and the text it then holds if that is certain."""

    redirects: tuple[Redirect, ...] = ()
    stdin: bool = False
    stdin_text: str | None = None


NOTHING = Redirected()


def redirected(raw: Sequence[RawRedirect], expander: Expander) -> Redirected:
    """Return what redirections do; what is inside their words is listed on the way."""
    found: list[Redirect] = []
    stdin = False
    text: str | None = None
    for one in raw:
        fd = int(one.fd) if one.fd.isdecimal() and len(one.fd) <= DIGITS else None
        feeds = one.operator.startswith("<") and one.fd in {"", "0"}
        if isinstance(one.target, Heredoc):
            body = expander.literal(one.target.body)
            if feeds:
                stdin, text = True, body
            continue
        if one.operator == "<<<":
            arg = expander.single(one.target)
            if feeds:
                stdin, text = True, None if arg.text is None or arg.pattern else arg.text + "\n"
            continue
        if fd == (0 if one.operator.startswith("<") else 1):  # the operator's own
            fd = None
        if one.fd and not one.fd.isdecimal():
            expander.assign(one.fd, Value(number=True, why="a descriptor"))
        if feeds:
            stdin, text = True, None
        args = expander.words(one.target)
        arg = args[0] if len(args) == 1 else Arg(text=None, source=one.target.source, why="not one name", many=True)
        operator = one.operator
        if operator in {">&", "<&"}:
            if arg.text is not None and _DESCRIPTOR.match(arg.text):
                continue
            operator = "<" if operator == "<&" else ("&>" if one.fd in {"", "1"} else ">")
        found.append(Redirect(operator=operator, target=arg, fd=fd))
    return Redirected(tuple(found), stdin, text)
