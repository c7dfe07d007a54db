"""Words of program texts in Perl, Ruby and JavaScript, as far as it takes to see what is called with which literals.

Rules that live here and nowhere else:

* A token is a literal text, a literal that is run as a command, a pattern, a name, a number or a mark. Blanks and
  comments are none.
* A slash begins a pattern where no value can stand before it, and divides elsewhere. What does not end raises
  `Unread`: then the rest of the text could be anything.
* What is inserted into a literal (`#{...}`, `${...}`) is kept with it, to be read as a program of its own.

Not promised: a grammar. A text that the language itself refuses may still yield tokens.
"""

from collections.abc import Sequence
from typing import NamedTuple

ARGUMENT_TOKENS = 64
"""Tokens behind a name that are read as its arguments; what goes on is not certain. Our choice."""

PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


class Unread(Exception):
    """The text cannot be read on; `str()` says why."""


class Token(NamedTuple):
    """One word.

    Attributes:
        kind: `text`, `command`, `pattern`, `name`, `number` or `mark`.
        value: a literal without its quotes; else as written.
        inserted: program texts that are put into the literal when it runs.
        flags: letters behind a pattern.
    """

    kind: str
    value: str
    inserted: tuple[str, ...] = ()
    flags: str = ""

    @property
    def literal(self) -> str | None:
        """The text it certainly is; None for what is no literal, or not a certain one."""
        return self.value if self.kind == "text" and not self.inserted else None


def enclosed(text: str, start: int) -> tuple[str, int]:
    """Return what stands between the delimiter at `start` and its end, and where the text goes on.

    Brackets nest; a backslash takes the next character along.

    Raises:
        Unread: there is no end.
    """
    opening = text[start]
    closing = PAIRS.get(opening, opening)
    depth, position = 1, start + 1
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == closing:
            depth -= 1
            if depth == 0:
                return text[start + 1 : position], position + 1
        elif char == opening and opening != closing:
            depth += 1
        position += 1
    raise Unread(f"`{opening}` without its end")


def insertions(literal: str, mark: str) -> tuple[str, ...]:
    """Return the program texts that `mark` and braces put into a literal.

    Raises:
        Unread: one of them does not end.
    """
    found: list[str] = []
    position = literal.find(mark + "{")
    while position >= 0:
        if position and literal[position - 1] == "\\":
            position = literal.find(mark + "{", position + 1)
            continue
        inner, end = enclosed(literal, position + len(mark))
        found.append(inner)
        position = literal.find(mark + "{", end)
    return tuple(found)


def unescaped(literal: str) -> str:
    """A literal with the backslash taken off quotes and backslashes; other escapes stay as they are."""
    return literal.replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")


def value_before(tokens: Sequence[Token], keywords: frozenset[str]) -> bool:
    """Whether a value ends where the tokens end, so that a slash divides."""
    if not tokens:
        return False
    last = tokens[-1]
    if last.kind == "mark":
        return last.value in {")", "]", "}"}
    return not (last.kind == "name" and last.value in keywords)


def arguments(tokens: Sequence[Token], start: int) -> list[list[Token]]:
    """Return the arguments behind a name at `start - 1`, each as its tokens; brackets around them are taken off."""
    position = start
    last = min(len(tokens), start + ARGUMENT_TOKENS)
    brackets = position < len(tokens) and tokens[position].value == "(" and tokens[position].kind == "mark"
    position += brackets
    found: list[list[Token]] = [[]]
    depth = 0
    while position < last:
        token = tokens[position]
        if token.kind == "mark" and token.value in "([{":
            depth += 1
        elif token.kind == "mark" and token.value in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif (token.kind == "mark" and token.value in {";", "\n"} and depth == 0) or (
            token.kind == "name"
            and token.value in {"or", "and", "if", "unless", "do", "for", "foreach", "while"}
            and depth == 0
        ):
            break
        if token.kind == "mark" and token.value == "," and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
        position += 1
    if position == start + ARGUMENT_TOKENS:
        found.append([Token("mark", "...")])
    return [words for words in found if words]


def certain(words: Sequence[Token]) -> str | None:
    """The text that an argument certainly is: one literal, or literals joined by a plus or a dot."""
    parts: list[str] = []
    for number, token in enumerate(words):
        if number % 2:
            if token.kind != "mark" or token.value not in {"+", "."}:
                return None
        elif token.literal is None:
            return None
        else:
            parts.append(token.literal)
    return "".join(parts) if len(words) % 2 else None
