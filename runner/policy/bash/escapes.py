"""What backslash escapes stand for: in $'...', for `echo -e` and for `printf`.

Rules that live here and nowhere else:

* An escape that does not stand for a character of its own (a NUL, a byte of 128 and above) gives None: then the text
  is not certain.
"""

import re
from collections.abc import Callable

_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|(.))", re.DOTALL
)
_ECHO_ESCAPE = re.compile(
    r"\\(?:0([0-7]{0,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(.))", re.DOTALL
)
_FORMAT_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(.))", re.DOTALL
)
_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
}
_QUOTE_LETTERS = _LETTERS | {"'": "'", '"': '"', "?": "?"}
_FIRST_BYTE_OF_SEVERAL = 0x80
_LAST_CHARACTER = 0x10FFFF


class _Uncertain(Exception):
    """An escape stands for something that is not a character."""


def _character(octal: str | None, byte: str | None, short: str | None, long: str | None) -> str | None:
    """Return the character of a numeric escape; None when it is not numeric."""
    if octal is not None:
        return _byte(int(octal or "0", 8) & 0xFF)
    if byte is not None:
        return _byte(int(byte, 16))
    if short is not None or long is not None:
        code = int(short or long or "0", 16)
        if not 0 < code <= _LAST_CHARACTER or 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 the range of surrogates
            raise _Uncertain
        return chr(code)
    return None


def _byte(code: int) -> str:
    if not 0 < code < _FIRST_BYTE_OF_SEVERAL:
        raise _Uncertain
    return chr(code)


def ansi_c(text: str) -> str | None:
    """Return what $'text' stands for; None when that is not certain."""

    def one(match: re.Match[str]) -> str:
        octal, byte, short, long, control, letter = match.groups()
        if control is not None:
            return _byte(ord(control) & 0x1F)
        character = _character(octal, byte, short, long)
        return character if character is not None else _QUOTE_LETTERS.get(letter, "\\" + letter)

    return _decoded(_ESCAPE, one, text)


def echo_e(text: str) -> str | None:
    """Return what `echo -e text` prints; None when that is not certain."""

    def one(match: re.Match[str]) -> str:
        octal, byte, short, long, letter = match.groups()
        if letter == "c":  # ends the output
            raise _Uncertain
        character = _character(octal, byte, short, long)
        return character if character is not None else _LETTERS.get(letter, "\\" + letter)

    return _decoded(_ECHO_ESCAPE, one, text)


def format_escapes(text: str) -> str | None:
    """Return what the escapes in a format of `printf` print; None when that is not certain."""

    def one(match: re.Match[str]) -> str:
        octal, byte, short, long, letter = match.groups()
        character = _character(octal, byte, short, long)
        return character if character is not None else _QUOTE_LETTERS.get(letter, "\\" + letter)

    return _decoded(_FORMAT_ESCAPE, one, text)


def _decoded(escape: re.Pattern[str], one: Callable[[re.Match[str]], str], text: str) -> str | None:
    if "\\" not in text:
        return text
    try:
        return escape.sub(one, text)
    except _Uncertain:
        return None
