"""Characters that make a command look like another one.

Rules that live here and nowhere else:

* Control characters but newline and tab, characters that are not seen or that turn the direction, and blanks that
  bash does not split at have no place in a command at all.
* Ordinary text of any script is fine as data. In the name of a program only ASCII is.
"""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SUSPECT_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS = ((0xE0100, 0xE01EF), (0xFE00, 0xFE0E), (0x180B, 0x180F))


def hidden(text: str) -> str:
    """Return why the text may not be what it looks like, naming the first character; empty when it is."""
    control = _CONTROL.search(text)
    if control:
        return f"holds the control character {_named(control.group())}"
    if text.isascii():
        return ""
    for char in text:
        if not char.isascii() and _is_hidden(char):
            return f"holds {_named(char)}, which is not seen or not what it looks like"
    return ""


def _is_hidden(char: str) -> bool:
    code = ord(char)
    return (
        unicodedata.category(char) in _SUSPECT_CATEGORIES
        or char in _UNSEEN
        or any(first <= code <= last for first, last in _SELECTORS)
    )


def foreign(name: str) -> str:
    """Return why a program's name may not be what it looks like, naming the character; empty when it is ASCII."""
    if name.isascii():
        return ""
    char = next(char for char in name if not char.isascii())
    return f"the program's name holds {_named(char)}"


def _named(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'without a name').lower()}"
