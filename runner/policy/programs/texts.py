"""The texts under which rules know a command, and words that stand for what a command finds or is fed.

Rules that live here and nowhere else:

* `plain`: texts that mean the same for sure. What an allow rule may match must never say less than what is done.
* `spellings`: every text under which somebody may want to stop it. Here more is better.
"""

from collections.abc import Iterable, Sequence

from runner.policy.bash.script import Arg, Simple
from runner.policy.programs.options import Reading

_WALKING = "-delete -depth -d -print -print0 -mindepth -maxdepth -xdev -mount -H -L -P -O -D -a -and"
_WALK = frozenset(_WALKING.split())
_CHOICES = frozenset({"-o", "-or", "!", "-not", ",", "(", ")"})


class Texts:
    """The texts of one command, collected while it is judged."""

    def __init__(self, simple: Simple) -> None:
        self.simple = simple
        self.canonical: tuple[Arg, ...] = ()
        self.inside: list[str] = []
        self._plain: list[str] = []

    def contains(self, text: str, plain: Sequence[str], spellings: Sequence[str], *, transparent: bool) -> None:
        """Note the command inside a wrapper."""
        self.inside += [text, *spellings]
        if transparent:
            self._plain += [text, *plain]

    def plain(self, *, harmless: bool) -> tuple[str, ...]:
        """All that an allow rule may match besides the text itself."""
        argv = self.simple.argv
        if not argv or (self.simple.assignments and not harmless):
            return ()
        bare = " ".join(arg.source for arg in argv) if self.simple.assignments else self.simple.text
        texts = [bare]
        program, source = argv[0].text, argv[0].source
        if program is not None and not argv[0].pattern and not set(program) & set(" \t\n") and bare.startswith(source):
            texts.append(program + bare[len(source) :])
        return _others([*texts, *self._plain], self.simple.text)

    def spellings(self) -> tuple[str, ...]:
        """All that a deny or ask rule should match besides the text itself."""
        argv = self.simple.argv
        texts: list[str] = []
        if argv:
            words = [_word(arg) for arg in argv]
            program = words[0].rsplit("/", 1)[-1]
            sources = [arg.source for arg in argv]
            texts += [" ".join(sources), " ".join(words), " ".join([program, *words[1:]])]
            texts.append(" ".join([program, *sources[1:]]))
            if len(self.canonical) < len(argv) and self.canonical:
                texts.append(" ".join([program, *(_word(arg) for arg in self.canonical[1:])]))
        return _others([*texts, *self.inside], self.simple.text)


def _others(texts: Iterable[str], text: str) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(texts) if one and one != text)


def _word(arg: Arg) -> str:
    return arg.source if arg.text is None else arg.text


def stdin_words(text: str, *, lines: bool = False) -> list[Arg]:
    """The words, or lines, that `xargs` makes of a text; one uncertain word when it holds quoting.

    Their `why` says where they come from: as code they are no better than what feeds them.
    """
    if set(text) & set("'\"\\\0"):
        return [Arg(text=None, source="{}", why="what it is fed holds quoting")]
    words = [line.strip() for line in text.splitlines()] if lines else text.split()
    return [Arg(text=word, source=word, why="it is fed that") for word in words if word]


def found_words(named: Sequence[Arg], reading: Reading, *, bare: bool) -> tuple[Arg, ...]:
    """Patterns for the names that a program finds below what it is given.

    With a single positive `-name` the pattern ends with it. `bare`: names without a directory are among them.
    """
    last = _only_name(reading)
    words: list[Arg] = []
    for arg in named:
        if arg.text is None:
            return (Arg(text=None, source=arg.source, why=arg.why),)
        text = f"{arg.text.rstrip('/')}/**{last}" if not bare else arg.text
        words.append(Arg(text=text, source=text, pattern=True))
    if not named and not bare:
        words.append(Arg(text=f"./**{last}", source=f"./**{last}", pattern=True))
    if bare:
        words.append(Arg(text="**", source="**", pattern=True))
    return tuple(words)


def chooses(reading: Reading) -> bool:
    """Whether `find` is told to find less than everything."""
    return any(one.option.name not in _WALK for one in reading.given)


def _only_name(reading: Reading) -> str:
    given = [one.option.name for one in reading.given]
    names = [one.value for one in reading.given if one.option.name == "-name" and one.value is not None]
    if len(names) != 1 or names[0].text is None or set(given) & _CHOICES:
        return ""
    return f"/{names[0].text}"


def substituted(words: Sequence[Arg], mark: str, found: Sequence[Arg]) -> list[Arg]:
    """A command with what was found in place of a mark; a word that holds more than the mark becomes uncertain."""
    argv: list[Arg] = []
    for arg in words:
        if not mark or arg.text is None or mark not in arg.text:
            argv.append(arg)
        elif arg.text == mark:
            argv += found
        else:
            prefix = arg.text.split(mark, 1)[0]
            argv.append(Arg(text=None, source=arg.source, prefix=prefix, why=f"`{arg.source}` holds what is found"))
    return argv
