"""A text and a position in it: the ground that `lexer` and `parser` stand on.

Rules that live here and nowhere else:

* What may stand before a token: blanks, split lines, a comment. A `#` begins a comment only there.
* A backslash before a newline is taken out of the text wherever bash takes it out, so that it can split nothing: no
  name, no operator, no `$(`.
"""

import re

NESTING = 40
"""Deeper nesting is unreadable, which bounds recursion. Our choice."""

_BLANKS = re.compile(r"[ \t]+")
_SPLIT_TOKEN = re.compile(r"(?:[&|;<>]+|[^ \t\n;&|<>()$`\"'\\]+)\\\n")


class Unreadable(Exception):
    """The text is not something bash's grammar explains to us; `str()` says why."""


class Characters:
    """Reads `text` at `pos`. `doubts` collects why a reading is not certain; any of them makes the text opaque."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.pos = 0
        self.depth = depth
        self.doubts: list[str] = []
        self.continued = "\\\n" in text

    def peek(self, length: int = 1) -> str:
        """Return the next characters, fewer at the end; empty there."""
        return self.text[self.pos : self.pos + length]

    def deeper(self) -> None:
        """Enter a nested construct; `self.depth -= 1` leaves it."""
        self.depth += 1
        if self.depth > NESTING:
            raise Unreadable("nested too deeply")

    def blanks(self) -> None:
        """Skip blanks, split lines and a comment: what may stand before a token."""
        text = self.text
        while True:
            match = _BLANKS.match(text, self.pos)
            if match:
                self.pos = match.end()
            if self.continued and text.startswith("\\\n", self.pos):
                self.pos += 2
                continue
            if text.startswith("#", self.pos):
                end = text.find("\n", self.pos)
                self.pos = len(text) if end < 0 else end
            if self.continued:
                self.mend(_SPLIT_TOKEN)
            return

    def mend(self, token: re.Pattern[str]) -> None:
        """Take split lines out of the token that begins here."""
        while match := token.match(self.text, self.pos):
            end = match.end()
            self.text = self.text[: end - 2] + self.text[end:]
