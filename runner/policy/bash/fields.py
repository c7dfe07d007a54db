"""From the fragments that expansions leave to the words of a command: splitting, patterns, quote removal.

Rules that live here and nowhere else:

* A fragment knows whether it is quoted, comes from an expansion, or is uncertain. Splitting applies to what came from
  an unquoted expansion only; patterns are active in what is not quoted.
* One uncertain fragment makes the word uncertain; what stands before it is the word's certain beginning.
"""

import enum
import re
from collections.abc import Iterable, Sequence

import msgspec

from runner.policy.bash.script import Arg
from runner.policy.bash.state import Value

_SPECIAL = re.compile(r"([*?\[\\])")
_SPECIAL_OR_CLOSING = re.compile(r"([*?\[\]\\!^-])")


class Kind(enum.Enum):
    """Where a fragment's text comes from. BREAK is the border between two words."""

    QUOTED = enum.auto()
    WRITTEN = enum.auto()
    EXPANDED = enum.auto()
    PATTERN = enum.auto()
    UNCERTAIN = enum.auto()
    BREAK = enum.auto()


class Fragment(msgspec.Struct, frozen=True):
    """A part of a word. `text` is literal, or a pattern, or of an uncertain one its certain beginning.

    `many`: it may hold word borders. `number`: it is a number.
    """

    kind: Kind
    text: str = ""
    why: str = ""
    many: bool = False
    number: bool = False


BREAK = Fragment(Kind.BREAK)

_BARE = frozenset({Kind.WRITTEN, Kind.EXPANDED})
"""Fragments in which patterns are active."""


def of_value(value: Value, *, quoted: bool) -> Fragment:
    """Return what a variable's value becomes where it is used."""
    if value.text is None:
        many = not quoted and not value.number
        return Fragment(Kind.UNCERTAIN, value.prefix if quoted else "", value.why, many, value.number)
    if value.pattern:
        return Fragment(Kind.PATTERN, value.text, many=not quoted)
    return Fragment(Kind.QUOTED if quoted else Kind.EXPANDED, value.text)


def split(fragments: Sequence[Fragment], ifs: str | None) -> list[list[Fragment]]:
    """Return the words that fragments make when unquoted expansions are split as `ifs` says (None: uncertain)."""
    if len(fragments) == 1 and fragments[0].kind is Kind.WRITTEN:
        return [list(fragments)]
    words: list[list[Fragment]] = []
    word: list[Fragment] = []
    for fragment in fragments:
        if fragment.kind is Kind.BREAK:
            if word:
                words.append(word)
            word = []
        elif fragment.kind is not Kind.EXPANDED:
            word.append(fragment)
        elif ifs != " \t\n":
            if ifs is None or any(char in ifs for char in fragment.text):
                word.append(Fragment(Kind.UNCERTAIN, "", "words are split in an unusual way (IFS)", many=True))
            elif fragment.text:
                word.append(fragment)
        else:
            word = _split_one(fragment, words, word)
    if word:
        words.append(word)
    return words


def _split_one(fragment: Fragment, words: list[list[Fragment]], word: list[Fragment]) -> list[Fragment]:
    """Add the words that end inside the fragment and return the one that goes on behind it."""
    text = fragment.text
    if not text:
        return word
    parts = re.split(r"[ \t\n]+", text)
    for place, part in enumerate(parts):
        if place and word:
            words.append(word)
            word = []
        if part:
            word.append(Fragment(Kind.EXPANDED, part))
    return word


def argument(word: Sequence[Fragment], source: str, *, globs: bool, patterns: bool = True) -> Arg:
    """Return the word of a command.

    Args:
        word: its fragments.
        source: as written.
        globs: patterns are expanded in the usual way; else a word with one is uncertain.
        patterns: patterns have a meaning here at all; they have none in an assignment.
    """
    uncertain = next((fragment for fragment in word if fragment.kind is Kind.UNCERTAIN), None)
    active = patterns and _is_pattern(word)
    if uncertain is not None:
        many = active or any(fragment.many for fragment in word)
        number = len(word) == 1 and uncertain.number
        return Arg(
            text=None,
            source=source,
            prefix=_prefix(word, patterns=patterns),
            why=uncertain.why,
            many=many,
            number=number,
        )
    borrowed = any(fragment.kind is Kind.PATTERN for fragment in word)
    if not active and not borrowed:
        return Arg(text="".join(fragment.text for fragment in word), source=source)
    if active and not globs:
        why = "patterns are switched off or changed"
        return Arg(text=None, source=source, prefix=_prefix(word, patterns=True), why=why, many=True)
    if active and any(fragment.kind is Kind.EXPANDED and "\\" in fragment.text for fragment in word):
        return Arg(text=None, source=source, why="a backslash in an expanded pattern", many=True)
    special = _SPECIAL
    if active and any("[" in fragment.text for fragment in word if fragment.kind in _BARE):
        special = _SPECIAL_OR_CLOSING
    open_kinds = {Kind.PATTERN, *_BARE} if active else {Kind.PATTERN}
    parts = [one.text if one.kind in open_kinds else special.sub(r"\\\1", one.text) for one in word]
    return Arg(text="".join(parts), source=source, pattern=True, many=any(fragment.many for fragment in word))


def _is_pattern(word: Iterable[Fragment]) -> bool:
    """Whether something in it is an active pattern: `*`, `?`, or `[` with a `]` somewhere behind it."""
    bare = "".join(fragment.text for fragment in word if fragment.kind in _BARE)
    return "*" in bare or "?" in bare or bare.find("]", bare.find("[") + 1) > bare.find("[") >= 0


def _prefix(word: Sequence[Fragment], *, patterns: bool) -> str:
    parts: list[str] = []
    for fragment in word:
        text = fragment.text
        if fragment.kind is Kind.UNCERTAIN:
            parts.append("" if fragment.many else text)
            break
        if fragment.kind is Kind.PATTERN or (patterns and fragment.kind in _BARE):
            begin = re.match(r"[^*?\[\\]*", text)
            parts.append(begin.group() if begin else "")
            if begin and begin.end() < len(text):
                break
            continue
        parts.append(text)
    return "".join(parts)


def pattern_of(word: Iterable[Fragment]) -> str | None:
    """Return the shell pattern that fragments make where one is expected (`${x%pattern}`); None when uncertain."""
    parts: list[str] = []
    for fragment in word:
        match fragment.kind:
            case Kind.UNCERTAIN | Kind.PATTERN | Kind.BREAK:
                return None
            case Kind.QUOTED:
                parts.append(_SPECIAL.sub(r"\\\1", fragment.text))
            case Kind.WRITTEN | Kind.EXPANDED:
                parts.append(fragment.text)
    return "".join(parts)


def value_of(arg: Arg) -> Value:
    """Return the value of a variable that is given this word."""
    prefix = "" if arg.many else arg.prefix
    return Value(text=arg.text, pattern=arg.pattern, prefix=prefix, why=arg.why, number=arg.number)
