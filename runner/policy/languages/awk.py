"""What an awk program does: `read`.

Rules that live here and nowhere else:

* awk computes, unless it runs a command (`system`, a pipe), writes (`>` behind `print`), reads (`getline <`), loads
  (`@include`) or changes what is read (`ARGV`). A command or a name counts as known only when it is a plain string.
* `ENVIRON` is the environment, which usually holds secrets.
* A slash behind a closing parenthesis divides or begins a pattern. Where that could hide one of the acts above, the
  program is opaque.
"""

import posixpath
import re

from runner.policy.languages.doing import Doing
from runner.types import Effects

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r]+|\\\r?\n|\#[^\n]*)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<operator>\|\||&&|\|&|>>|\*\*=?|[-+*/%^<>=!]=|\+\+|--|!~|[-+*/%^<>=!~?:|,;(){}\[\]$&@\n])
    """,
    re.VERBOSE | re.DOTALL,
)
_PATTERN = re.compile(r"/(?:[^/\\\n\[]|\\.|\[\^?\]?(?:\[:\w+:\]|[^\]\\\n]|\\.)*\])*/", re.DOTALL)
_ACTS = re.compile(r"\b(?:system|getline|ENVIRON|ARGV|ARGC|PROCINFO|SYMTAB|FUNCTAB)\b|@|\||>")
_BEFORE_PATTERN = frozenset(["print", "printf", "return", "in", "case", "else", "do", "delete", "exit"])
_OPEN = frozenset({"(", "["})
_CLOSE = frozenset({")", "]"})
_STREAMS = frozenset({"/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/null", "-"})


class _Opaque(Exception):
    """Something here is not understood; `str()` says what."""


def read(text: str, *, cwd: str | None, home: str) -> Doing:  # noqa: ARG001 - all readers are called alike
    """Return what an awk program does. Cost: linear in its length."""
    program = _Program(cwd)
    try:
        if _ACTS.search(text):  # without any of these it can only compute, however it is read
            program.run(_tokens(text))
    except _Opaque as reason:
        program.opaque = str(reason)
    return Doing(
        effects=Effects(
            reads=tuple(program.reads),
            writes=tuple(program.writes),
            hazards=tuple(program.hazards),
            opaque=program.opaque,
        ),
        commands=tuple(program.commands),
    )


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "/" and _divides(tokens) is False:
            pattern = _PATTERN.match(text, at)
            if pattern is None:
                raise _Opaque("an awk program with a pattern that does not end")
            tokens.append("/pattern/")
            at = pattern.end()
            continue
        if text[at] == "/" and tokens and tokens[-1] == ")" and "/" in text[at + 1 :]:
            raise _Opaque("an awk program in which a slash can mean two things")
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Opaque("an awk program that is not understood")
        if match.lastgroup != "blank":
            tokens.append(match.group())
        at = match.end()
    return tokens


def _divides(tokens: list[str]) -> bool:
    """Whether a slash behind these tokens divides."""
    if not tokens:
        return False
    last = tokens[-1]
    if last in _BEFORE_PATTERN:
        return False
    return last[0].isalnum() or last[0] in '_"' or last in {")", "]", "$", "++", "--"}


class _Program:
    def __init__(self, cwd: str | None) -> None:
        self.cwd = cwd
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.hazards: list[str] = []
        self.commands: list[str] = []
        self.opaque: str | None = None

    def run(self, tokens: list[str]) -> None:
        printing = False
        depth = 0
        for at, word in enumerate(tokens):
            if word in {";", "\n", "{", "}"}:
                printing, depth = False, 0
            elif word in {"print", "printf"}:
                printing, depth = True, 0
            elif word in _OPEN:
                depth += 1
            elif word in _CLOSE:
                depth -= 1
            elif word in {">", ">>"} and printing and depth <= 0:
                self._file(_string(tokens, at + 1), writes=True)
            elif word in {"|", "|&"}:
                self._pipe(tokens, at)
            elif word == "system":
                self._command(_string(tokens, at + 2) if tokens[at + 1 : at + 2] == ["("] else None)
            elif word == "getline":
                self._getline(tokens, at)
            elif word == "ENVIRON":
                self.hazards.append("private")
            elif word in {"@", "ARGV", "ARGC", "PROCINFO", "SYMTAB", "FUNCTAB"}:
                raise _Opaque(f"an awk program that uses `{word}`")

    def _pipe(self, tokens: list[str], at: int) -> None:
        if tokens[at] == "|&":
            raise _Opaque("an awk program that talks to another program")
        if tokens[at + 1 : at + 2] == ["getline"]:
            alone = at < 2 or tokens[at - 2] in {"(", "{", ";", "\n", "!", "&&", "||", "="}  # noqa: PLR2004 - two before
            self._command(_literal(tokens[at - 1]) if at > 0 and alone else None)
        else:
            self._command(_string(tokens, at + 1))

    def _getline(self, tokens: list[str], at: int) -> None:
        behind = at + 1
        if tokens[behind : behind + 1] == ["$"]:
            behind += 2
        elif behind < len(tokens) and (tokens[behind][0].isalpha() or tokens[behind][0] == "_"):
            behind += 1
            if tokens[behind : behind + 1] == ["["]:
                while behind < len(tokens) and tokens[behind] != "]":
                    behind += 1
                behind += 1
        if tokens[behind : behind + 1] == ["<"]:
            self._file(_string(tokens, behind + 1), writes=False)

    def _command(self, text: str | None) -> None:
        if text is None:
            raise _Opaque("an awk program that runs a command which is put together")
        self.commands.append(text)

    def _file(self, name: str | None, *, writes: bool) -> None:
        if name is None:
            raise _Opaque("an awk program that opens a file whose name is put together")
        if name in _STREAMS:
            return
        if name.startswith("/inet"):
            raise _Opaque("an awk program that talks to the network")
        if not name.startswith("/"):
            if self.cwd is None:
                raise _Opaque("the directory it runs in is not certain")
            name = f"{self.cwd}/{name}"
        path = "/" + posixpath.normpath(name).lstrip("/")
        (self.writes if writes else self.reads).append(path)


def _string(tokens: list[str], at: int) -> str | None:
    """The plain string that stands there and is the whole expression; None when something else does."""
    if at >= len(tokens):
        return None
    ends = at + 1 >= len(tokens) or tokens[at + 1] in {";", "\n", "}", ")", "&&", "||", ">", "=="}
    return _literal(tokens[at]) if ends else None


def _literal(token: str) -> str | None:
    if not token.startswith('"'):
        return None
    text = token[1:-1]
    plain = text.replace('\\"', '"').replace("\\\\", "\\") if "\\" in text else text
    return None if re.search(r"\\[^\"\\]", text) else plain
