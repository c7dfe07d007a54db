"""What a sed program does: `read`.

Rules that live here and nowhere else:

* Every command of GNU sed is known. `r R` read, `w W` and the `w` flag of `s` write, `e` runs a shell text; `e` without
  one and the `e` flag of `s` run what the input holds, and are opaque.
* Where versions differ in where a label or a name ends, the reading that holds more commands is taken.

Not promised: that the program is valid. What comes behind a mistake is read as far as it can be.
"""

import posixpath
import re

from runner.policy.languages.doing import Doing
from runner.types import Effects

_ADDRESS = re.compile(r"\s*(?:\d+(?:~\d+)?|\$|[+~]\d+)")
_STREAMS = frozenset({"/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/null"})


class _Opaque(Exception):
    """Something here is not understood; `str()` says what."""


def read(text: str, *, cwd: str | None, home: str) -> Doing:  # noqa: ARG001 - all readers are called alike
    """Return what a sed program does. Cost: linear in its length."""
    program = _Program(text, cwd)
    try:
        program.run()
    except _Opaque as reason:
        program.opaque = str(reason)
    return Doing(
        effects=Effects(reads=tuple(program.reads), writes=tuple(program.writes), opaque=program.opaque),
        commands=tuple(program.commands),
    )


class _Program:
    def __init__(self, text: str, cwd: str | None) -> None:
        self.text = text
        self.at = 0
        self.cwd = cwd
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.commands: list[str] = []
        self.opaque: str | None = None

    def run(self) -> None:
        while True:
            self._skip(" \t\r\n;{}")
            if self.at >= len(self.text):
                return
            self._addresses()
            self._skip(" \t!")
            if self.at < len(self.text):
                self._command(self._next())

    def _next(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        return char

    def _skip(self, chars: str) -> None:
        while self.at < len(self.text) and self.text[self.at] in chars:
            self.at += 1

    def _addresses(self) -> None:
        while True:
            self._skip(" \t")
            here = self.text[self.at : self.at + 1]
            match = _ADDRESS.match(self.text, self.at)
            if here == "/":
                self.at += 1
                self._delimited("/")
                self._skip("IM")
            elif here == "\\" and self.at + 1 < len(self.text):
                delimiter = self.text[self.at + 1]
                self.at += 2
                self._delimited(delimiter)
                self._skip("IM")
            elif match is not None:
                self.at = match.end()
            else:
                return
            self._skip(" \t")
            if self.text[self.at : self.at + 1] != ",":
                return
            self.at += 1

    def _delimited(self, delimiter: str) -> None:
        """Go behind the next delimiter that has no backslash before it."""
        if delimiter in {"\n", "\\"}:
            raise _Opaque("an unusual delimiter in a sed program")
        start, inside = self.at, False
        while self.at < len(self.text):
            char = self._next()
            here = self.text[self.at : self.at + 1]
            if char == "\\":
                if inside and here == "]":
                    raise _Opaque("a sed program with a backslash in brackets")
                self.at += 1
            elif char == "[" and not inside:
                inside = True
                self.at += here == "^"
                self.at += self.text[self.at : self.at + 1] == "]"
            elif char == "[" and here and here in ":.=":
                end = self.text.find(f"{here}]", self.at + 1)
                if end < 0:
                    raise _Opaque("a sed program with brackets that do not end")
                self.at = end + 2
            elif char == "]":
                inside = False
            elif char == delimiter:
                if inside:
                    raise _Opaque(f"`{self.text[start : self.at]}` ends in different places for different seds")
                return
        raise _Opaque("a sed program that is not finished")

    def _line(self) -> str:
        """The rest of the line."""
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        rest = self.text[self.at : end]
        self.at = end + 1
        return rest

    def _command(self, name: str) -> None:
        if name in "=dDgGhHnNpPxzF":
            return
        if name in "lLqQ":
            self._skip(" \t0123456789")
        elif name in "btT:":
            self._skip(" \t")
            while self.at < len(self.text) and self.text[self.at] not in " \t;\n}":
                self.at += 1
        elif name in "#v":
            self._line()
        elif name in "aic":
            self._inserted()
        elif name in "rRwW":
            self._file(self._line().strip(), writes=name in "wW")
        elif name == "e":
            command = self._line().strip()
            if not command:
                raise _Opaque("sed runs what the input holds")
            self.commands.append(command)
        elif name in "sy":
            delimiter = self._next()
            self._delimited(delimiter)
            self._replacement(delimiter)
            if name == "s":
                self._flags()
        elif name not in "{}":
            raise _Opaque(f"the sed command `{name}` is not known")

    def _inserted(self) -> None:
        """Text of `a`, `i`, `c`: to the first end of line that has no backslash before it."""
        while self.at < len(self.text):
            char = self._next()
            if char == "\\":
                self.at += 1
            elif char == "\n":
                return

    def _replacement(self, delimiter: str) -> None:
        while self.at < len(self.text):
            char = self._next()
            if char == "\\":
                self.at += 1
            elif char == delimiter:
                return
        raise _Opaque("a sed program that is not finished")

    def _flags(self) -> None:
        while self.at < len(self.text):
            flag = self.text[self.at]
            if flag in "gpiImM0123456789":
                self.at += 1
            elif flag == "e":
                raise _Opaque("sed runs what the input holds")
            elif flag == "w":
                self.at += 1
                self._file(self._line().strip(), writes=True)
                return
            else:
                return

    def _file(self, name: str, *, writes: bool) -> None:
        if name in _STREAMS:
            return
        if not name:
            raise _Opaque("a sed command without the file it needs")
        if not name.startswith("/"):
            if self.cwd is None:
                raise _Opaque("the directory it runs in is not certain")
            name = f"{self.cwd}/{name}"
        path = "/" + posixpath.normpath(name).lstrip("/")
        (self.writes if writes else self.reads).append(path)
