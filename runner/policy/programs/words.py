"""Words of commands: how certain they are, and what that means.

Rules that live here and nowhere else:

* A pattern stands for any number of names. An expansion that is not quoted may become several words or none.
* A process substitution is the name of a pipe, nobody's file; its commands are judged themselves.
"""

from runner.policy.bash.script import Arg

WILD = frozenset("*?[")
"""Characters with which a pattern can begin."""


def why_unsure(arg: Arg) -> str:
    """The reason why a word is not certain, in words."""
    if arg.text is not None:
        return f"`{arg.source}` may stand for several names"
    return arg.why or f"what `{arg.source}` stands for is known only when it runs"


def many_words(arg: Arg) -> bool:
    """Whether a word may become none or several."""
    return arg.pattern or arg.many


def piped(arg: Arg) -> bool:
    """Whether a word is a process substitution: the name of a pipe to or from commands that are judged themselves."""
    return arg.text is None and arg.source.startswith(("<(", ">(")) and arg.source.endswith(")")


def cut(arg: Arg, value: str) -> Arg:
    """The last part of a certain word, as a word."""
    return Arg(text=value, source=value, pattern=arg.pattern and bool(set(value) & WILD))
