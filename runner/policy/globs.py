r"""Patterns of text and of file names, matched in time linear in what is matched, whoever wrote the pattern.

Rules that live here and nowhere else:

* In a pattern of text `*` stands for any text, blanks and newlines too; `\*` is a star and `\\` a backslash. A pattern
  that ends in a blank and its only star also matches without them: `ls *` is `ls`, `ls -la`, not `lsof`.
* In a pattern of names `*` stands for any part of one name, `?` for one character, `[a-z]` and `[!a-z]` for one of a
  class; a backslash takes the meaning of the next character away. Case does not count.
* In a pattern of hosts a leading `*.` stands for one label or more, any other `*` stays between two dots.
* Of two patterns of names it can be told whether they can mean the same name, and whether all that the one means the
  other means too. The second answer is "no" when in doubt, the first one "yes".

Theory: a pattern is cut at its stars. The earliest place where a piece fits is as good as any other, so nothing is ever
tried twice. Two patterns are compared by a table of their lengths, which is bounded by `TABLE_CELLS`.

Not promised: that the shell agrees. Options such as `dotglob` change what a name pattern means to it.
"""

import enum
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

TABLE_CELLS = 65_536
"""Two patterns whose lengths multiply to more are not compared: they may overlap, and neither holds the other.

Our choice: names have at most 255 bytes, so that names never get there.
"""

CLASS_CHARS = 300
"""A bracket that is closed only behind so many characters is a bracket. Our choice: names have at most 255 bytes."""

CLASSES = {
    "alpha": "a-z",
    "digit": "0-9",
    "alnum": "a-z0-9",
    "upper": "a-z",
    "lower": "a-z",
    "xdigit": "0-9a-f",
    "space": " \t\n\r\f\v",
    "blank": " \t",
    "punct": "!-/:-@[-`{-~",
}
"""Named classes of POSIX, of lower-case text; both cases count as one."""

_CLASS = re.compile(r"([!^]?\]?(?:\[:\w+:\]|\\.|[^\]\\])*+)\]", re.DOTALL)


# --- text -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A pattern of text.

    Attributes:
        pieces: the literal text between the stars; a pattern without a star is one piece.
        bare: further text that matches although the last star would need a blank before it; None: none does.
    """

    pieces: tuple[str, ...]
    bare: str | None = None

    def matches(self, text: str) -> bool:
        """Whether the pattern means this text. Cost: linear in the text's length."""
        first, *rest = self.pieces
        if not rest:
            return text == first
        if text == self.bare:
            return True
        *middle, last = rest
        if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True


def text_pattern(text: str) -> TextPattern:
    """Return the pattern a text with stars is."""
    pieces, current, skip = [], [], False
    for index, char in enumerate(text):
        if skip:
            skip = False
        elif char == "\\" and text[index + 1 : index + 2] in {"*", "\\"}:
            current.append(text[index + 1])
            skip = True
        elif char == "*":
            pieces.append("".join(current))
            current = []
        else:
            current.append(char)
    pieces.append("".join(current))
    optional = len(pieces) == 2 and not pieces[1] and pieces[0].endswith(" ")  # noqa: PLR2004 - one star, two pieces
    return TextPattern(tuple(pieces), bare=pieces[0][:-1] if optional else None)


def has_star(text: str) -> bool:
    r"""Whether a text has a star that stands for something: one without an odd number of `\` before it."""
    return len(text_pattern(text).pieces) > 1


# --- hosts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A pattern of host names: its labels, and whether any number of labels may stand before them."""

    labels: tuple[TextPattern, ...]
    below: bool
    everything: bool

    def matches(self, host: str) -> bool:
        """Whether the pattern means this host. Case and a dot at the end do not count."""
        if self.everything:
            return True
        labels = plain_host(host).split(".")
        extra = len(labels) - len(self.labels)
        if extra < 0 or (extra > 0) != self.below:
            return False
        return all(pattern.matches(label) for pattern, label in zip(self.labels, labels[extra:], strict=True))


def host_pattern(text: str) -> HostPattern:
    """Return the pattern of hosts a text is."""
    plain = plain_host(text)
    below = plain.startswith("*.")
    labels = tuple(text_pattern(label) for label in plain.removeprefix("*.").split("."))
    return HostPattern(labels, below=below, everything=plain == "*")


def plain_host(host: str) -> str:
    """Return a host's name in the form in which names are compared."""
    return host.strip().rstrip(".").lower()


# --- names ------------------------------------------------------------------------------------------------------------


class Wild(enum.Enum):
    """What stands for more than itself in a pattern of names."""

    ONE = "?"
    ANY = "*"


@dataclass(frozen=True, slots=True)
class Class:
    """One character out of a class. `ranges` hold first and last character."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def has(self, char: str) -> bool:
        """Whether a lower-case character is of the class."""
        return any(first <= char <= last for first, last in self.ranges) != self.negated


Token = str | Wild | Class


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern of file names, in lower case.

    Attributes:
        tokens: single characters and what stands for others; none when the pattern means just one name.
        literal: that name; else None.
    """

    tokens: tuple[Token, ...]
    literal: str | None

    def matches(self, name: str) -> bool:
        """Whether the pattern means this name, a dot at its front included. Cost: linear in the name's length."""
        if self.literal is not None:
            return name.lower() == self.literal
        if self.tokens == (Wild.ANY,):
            return True
        return _expression(self.tokens).fullmatch(name.lower()) is not None

    @property
    def says_nothing(self) -> bool:
        """Whether it means any name, or any of some length."""
        return bool(self.tokens) and all(isinstance(token, Wild) for token in self.tokens)

    def overlaps(self, other: "NamePattern") -> bool:
        """Whether some name may be meant by both; `other` is the shell's, whose wildcards mean no dot at the front."""
        if other.literal is not None:
            return self.matches(other.literal)
        first = self.literal[:1] if self.literal is not None else self.tokens[0]
        if first == "." and not isinstance(other.tokens[0], str):
            return False
        if self.literal is not None:
            return len(self.literal) * len(other.tokens) > TABLE_CELLS or other.matches(self.literal)
        return _compare(self.tokens, other.tokens, _may_agree, both=True)

    def holds(self, other: "NamePattern") -> bool:
        """Whether every name that `other` means is meant by this one, certainly."""
        if other.literal is not None:
            return self.matches(other.literal)
        if self.literal is not None:
            return False
        return _compare(self.tokens, other.tokens, _takes, both=False)


@functools.lru_cache(maxsize=1024)
def name_pattern(text: str) -> NamePattern:
    """Return the pattern of names a text is. A bracket that is not closed is a bracket."""
    tokens = tuple(_tokens(text.lower()))
    if all(isinstance(token, str) for token in tokens):
        return NamePattern((), literal="".join(map(str, tokens)))
    return NamePattern(tokens, literal=None)


def literal_name(name: str) -> NamePattern:
    """Return the pattern that means just this name."""
    return NamePattern((), literal=name.lower())


def escaped(name: str) -> str:
    """Return the pattern, as text, that means just this name."""
    return re.sub(r"([\\*?\[])", r"\\\1", name)


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        match char:
            case "*":
                while text[at : at + 1] == "*":
                    at += 1
                yield Wild.ANY
            case "?":
                yield Wild.ONE
            case "\\" if at < len(text):
                yield text[at]
                at += 1
            case "[" if (found := _CLASS.match(text, at, at + CLASS_CHARS)) is not None:
                yield _class(found[1])
                at = found.end()
            case other:
                yield other


def _class(inside: str) -> Class:
    negated = inside[:1] in {"!", "^"}
    inside = re.sub(r"\[:(\w+):\]", lambda found: CLASSES.get(found[1], ""), inside[negated:])
    ranges: list[tuple[str, str]] = []
    chars = [found[0][-1] for found in re.finditer(r"\\.|.", inside, re.DOTALL)]
    dashes = [found[0] == "-" for found in re.finditer(r"\\.|.", inside, re.DOTALL)]
    at = 0
    while at < len(chars):
        if at + 2 < len(chars) and dashes[at + 1]:
            ranges.append((chars[at], chars[at + 2]))
            at += 3
        else:
            ranges.append((chars[at], chars[at]))
            at += 1
    return Class(tuple(ranges), negated=negated)


@functools.lru_cache(maxsize=1024)
def _expression(tokens: tuple[Token, ...]) -> re.Pattern[str]:
    """Return the regular expression of a pattern. Its groups are atomic: what fits early is never given back."""
    pieces: list[list[str]] = [[]]
    for token in tokens:
        if token is Wild.ANY:
            pieces.append([])
        else:
            pieces[-1].append(_one(token))
    first, *rest = ("".join(piece) for piece in pieces)
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _one(token: Token) -> str:
    match token:
        case str():
            return re.escape(token)
        case Class():
            inside = "".join(f"{_in_class(a)}-{_in_class(b)}" for a, b in token.ranges if a <= b)
            if not inside:
                return "." if token.negated else r"(?!)"
            return f"[{'^' if token.negated else ''}{inside}]"
        case Wild():
            return "."


def _in_class(char: str) -> str:
    return f"\\U{ord(char):08x}"


def _may_agree(one: Token, other: Token) -> bool:
    """Whether two tokens, none of them a star, may stand for the same character."""
    match one, other:
        case str(), str():
            return one == other
        case (Class() as kind, str() as char) | (str() as char, Class() as kind):
            return kind.has(char)
        case _:
            return True


def _takes(one: Token, other: Token) -> bool:
    """Whether a token certainly stands for all that another one, not a star, stands for."""
    match one, other:
        case Wild(), _:
            return True
        case Class(), str():
            return one.has(other)
        case _:
            return one == other


def _compare(
    one: tuple[Token, ...], other: tuple[Token, ...], agree: Callable[[Token, Token], bool], *, both: bool
) -> bool:
    """Walk two patterns side by side; a star of `one` takes any tokens, one of `other` only if `both`."""
    if len(one) * len(other) > TABLE_CELLS:
        return both
    behind = [False] * (len(other) + 1)  # row i + 1 of the table: whether one[i + 1:] and other[j:] go together
    for i in range(len(one), -1, -1):
        row = [False] * (len(other) + 1)
        for j in range(len(other), -1, -1):
            mine = one[i] if i < len(one) else None
            theirs = other[j] if j < len(other) else None
            if mine is None and theirs is None:
                row[j] = True
            elif mine is Wild.ANY:
                row[j] = behind[j] or (theirs is not None and row[j + 1])
            elif theirs is Wild.ANY:
                row[j] = both and (row[j + 1] or (mine is not None and behind[j]))
            elif mine is not None and theirs is not None:
                row[j] = agree(mine, theirs) and behind[j + 1]
        behind = row
    return behind[0]
