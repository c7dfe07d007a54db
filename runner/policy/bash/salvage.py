"""What can be found in a text that cannot be read: something for deny rules to look at.

Rules that live here and nowhere else:

* Every place where a command could begin is taken for one. Too much is found rather than too little; the text is
  opaque anyway, so nothing found here ever makes it look harmless.

Not promised: anything about directories, variables, or which of these commands would run.
"""

import re
from collections.abc import Iterator

from runner.policy.bash.script import Arg, Simple

_BORDER = re.compile(r"[;&|\n(){}`]+|\$\(")
_WORD = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\\.|[^\s\"'\\]|[\"'\\])+", re.DOTALL)
_REDIRECTION = re.compile(r"\d*(?:<<<|<<-?|>>|>\||<>|[<>]&?)\s*(?:[^\s<>]+)?")
_QUOTE = re.compile(r"[\"']|\\(?=.)", re.DOTALL)
_LEADING = frozenset(["!", "if", "then", "elif", "else", "while", "until", "do", "time", "{", "}"])

COMMANDS = 2_000
"""More are not listed. The same number as for a text that can be read."""


def salvaged(text: str) -> Iterator[Simple]:
    """Yield what could be simple commands, in order; words with an expansion in them are uncertain."""
    count = 0
    for part in _BORDER.split(text):
        sources = _WORD.findall(_REDIRECTION.sub(" ", part))
        while sources and sources[0] in _LEADING:
            sources.pop(0)
        if not sources:
            continue
        count += 1
        if count > COMMANDS:
            return
        yield Simple(text=" ".join(sources), argv=tuple(_arg(source) for source in sources))


def _arg(source: str) -> Arg:
    if "$" in source:
        return Arg(
            text=None,
            source=source,
            prefix=_QUOTE.sub("", source.partition("$")[0]),
            why="could not be read",
            many=True,
        )
    return Arg(text=_QUOTE.sub("", source), source=source)
