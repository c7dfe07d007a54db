r"""Text of models and boxes, made safe to look at: on a terminal, in a log, in a question to a person.

Rules that live here and nowhere else:

* What cannot be seen is written out (`\x1b`, `\u202e`): control and format characters, unusual spaces, blank letters.
  A text cannot move the cursor, turn its reading direction round or hide a part of itself.
* What a CI system would take for a command to itself (`::set-env`, `##[group]`, `##vso[...]`) is broken up.
* One line stays one line, and says when it is a part.

Markup of a view (rich's `[bold]`) is that view's business: there it is a matter of never parsing text as markup.

Not promised: that the text can be read back. A backslash is not doubled, so `\x1b` may also be six honest characters.
"""

import re
import textwrap
import unicodedata

TAB = 4
"""Columns of a tab in what is shown. Our choice."""

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}
"""Printable by category and yet nothing to see: fillers and variation selectors. Source: Unicode 15,
Default_Ignorable_Code_Point, less what `str.isprintable` already refuses, and the empty Braille cell."""

_CI_BRACKET = re.compile(r"##(?=\w*\[)")
"""GitHub reads `##[` anywhere in a line, Azure `##vso[` and TeamCity `##teamcity[`. Source: actions/runner,
ActionCommand.cs; the vendors' manuals of logging commands."""

_CI_COLONS = re.compile(r"^( *):(?=:)", re.MULTILINE)
"""GitHub reads `::` at the start of a line, spaces before it ignored. Source: actions/runner, ActionCommand.cs."""


def visible(text: str) -> str:
    """Return the text with everything invisible written out. Lines stay lines; tabs become spaces."""
    text = text.replace("\r\n", "\n").expandtabs(TAB)
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if _is_seen(char) else _escaped(char) for char in text)
    return commandless(text)


def commandless(text: str) -> str:
    """Return the text with what a CI system would obey broken up.

    `visible` has done that to each piece; who puts pieces together does it once more to the whole, because two
    harmless ones can make a command (`:` before `: `). Twice is the same as once.
    """
    return _CI_COLONS.sub(r"\1\\x3a", _CI_BRACKET.sub(r"#\\x23", text))


def visible_name(text: str) -> str:
    r"""Return a name, a path or an id as one line; a line break in it is written out too."""
    return visible(text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t"))


def one_line(text: str, width: int) -> str:
    """Return the first line that says something, spaces joined, in at most `width` columns (at least 24).

    When there are more lines, their number stands behind it, so that a part is never taken for the whole.
    """
    whole = text.strip()
    first, _, rest = whole.partition("\n")
    more = 1 + rest.count("\n") if rest else 0
    mark = f" [+{more:,} line{'s' if more > 1 else ''}]" if more else ""
    head = " ".join(visible(first[: 8 * width]).split())  # what is cut off below need not be made visible first
    return shorten(head, width - len(mark)) + mark


def shorten(text: str, width: int) -> str:
    """Return at most `width` columns of a line, the end cut off."""
    if len(text) <= width and cells(text) <= width:
        return text
    return _fitting(text, width - 1) + "…"


def shorten_path(text: str, width: int) -> str:
    """Return at most `width` columns of a path, the beginning cut off: the end tells more."""
    if len(text) <= width and cells(text) <= width:
        return text
    return "…" + _fitting(text[::-1], width - 1)[::-1]


def word_wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text for reading, broken between words; a word that is too long is broken."""
    lines: list[str] = []
    for line in visible(text).split("\n"):
        lines += textwrap.wrap(line, width) or [""]
    return [commandless(line) for line in lines]  # breaking lines makes new beginnings


def escaped_json(document: bytes) -> bytes:
    """Return the same JSON with everything invisible in its strings as JSON's own escapes."""
    text = "".join(char if _is_seen(char) else _json_escape(char) for char in document.decode())
    return _CI_BRACKET.sub(r"#\\u0023", text).encode()


def cells(text: str) -> int:
    """Return how many columns a line takes."""
    return len(text) if text.isascii() else sum(_width(char) for char in text)


def hard_wrapped(text: str, width: int) -> list[list[str]]:
    """Return the lines of a text, each as the pieces of at most `width` columns (at least 2) that it takes.

    Everything beyond ASCII counts as two columns, so that no terminal, however wide it draws a character, breaks a
    piece once more: text that is marked at the beginning of each piece cannot come to stand at the edge.
    """
    return [_pieces(line, max(2, width)) for line in visible(text).split("\n")]


def _pieces(line: str, width: int) -> list[str]:
    if line.isascii():
        return [line[at : at + width] for at in range(0, len(line), width)] or [""]
    pieces, begun, used = [], 0, 0
    for at, char in enumerate(line):
        used += 1 if char.isascii() else 2
        if used > width:
            pieces.append(line[begun:at])
            begun, used = at, 1 if char.isascii() else 2
    return [*pieces, line[begun:]]


def _is_seen(char: str) -> bool:
    return char == "\n" or (char.isprintable() and char not in _BLANK)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fitting(text: str, width: int) -> str:
    """Return the longest beginning of at most `width` columns, and at most as many characters."""
    if text.isascii():
        return text[:width]
    used = 0
    for index, char in enumerate(text[:width]):
        used += _width(char)
        if used > width:
            return text[:index]
    return text[:width]
