"""What a command certainly prints: `echo`, `printf`, `cat` of what it is fed, `pwd`, `basename`, `dirname`.

Rules that live here and nowhere else:

* None means: not certain. A program that is found under another name, or prints what only a file knows, is not here.
* `numeric` says of which commands the output is certainly a number.
"""

import posixpath
import re
from collections.abc import Sequence

from runner.policy.bash.escapes import echo_e, format_escapes
from runner.policy.bash.script import Arg

_ECHO_OPTION = re.compile(r"-[neE]+\Z")
_DATE_FORMAT = re.compile(r"\+(?:%-?[sYmdHMSNjuVU])+\Z")
_DIRECTIVE = re.compile(r"%([%sbdiq])|%")
OUTPUT_CHARS = 20_000
"""More output than this is not worth knowing; bounds what repeated formats may grow to."""


def printed(argv: Sequence[Arg], *, stdin: str | None, cwd: str | None) -> str | None:
    """Return what the command prints, its last newline included; None when that is not certain."""
    texts: list[str] = []
    for arg in argv:
        if arg.text is None or arg.pattern:
            return None
        texts.append(arg.text)
    if sum(map(len, texts)) > OUTPUT_CHARS:
        return None
    match texts:
        case ["echo", *rest]:
            return _echo(rest)
        case ["printf", "--", form, *rest] | ["printf", form, *rest] if not form.startswith("-"):
            return _printf(form, rest)
        case ["cat"] | ["cat", "-"]:
            return stdin
        case ["pwd"]:
            return None if cwd is None else cwd + "\n"
        case ["dirname", name] if name and not name.startswith("-"):
            return (posixpath.dirname(name.rstrip("/")) or ("/" if name.startswith("/") else ".")) + "\n"
        case ["basename", name] if name.strip("/") and not name.startswith("-"):
            return posixpath.basename(name.rstrip("/")) + "\n"
        case _:
            return None


def _echo(args: list[str]) -> str | None:
    newline, escapes = "\n", False
    while args and _ECHO_OPTION.match(args[0]):
        letters = args.pop(0)
        newline = "" if "n" in letters else newline
        for letter in letters:
            escapes = letter == "e" if letter in "eE" else escapes
    text = " ".join(args)
    if escapes:
        decoded = echo_e(text)
        return None if decoded is None else decoded + newline
    return text + newline


def _printf(form: str, args: list[str]) -> str | None:
    decoded = format_escapes(form)
    if decoded is None:
        return None
    wanted = len(re.findall(r"%[sbdiq]", decoded.replace("%%", "")))
    if any(match.group(1) is None or match.group(1) in "bdiq" for match in _DIRECTIVE.finditer(decoded)):
        return None
    rest = list(args)
    parts: list[str] = []
    size = 0
    while True:
        part = _DIRECTIVE.sub(lambda match: "%" if match.group(1) == "%" else (rest.pop(0) if rest else ""), decoded)
        parts.append(part)
        size += len(part)
        if not rest or not wanted:
            return "".join(parts)
        if size > OUTPUT_CHARS:
            return None


def numeric(argv: Sequence[Arg]) -> bool:
    """Whether what the command prints is certainly a number or nothing."""
    texts = [arg.text for arg in argv]
    match texts:
        case ["nproc"] | ["id", "-u" | "-g"] | ["grep", "-c", *_] | ["wc", "-l" | "-c" | "-w" | "-m"]:
            return True
        case ["date", str(form)]:
            return _DATE_FORMAT.match(form) is not None
        case ["seq", *numbers]:
            return all(number is not None and re.fullmatch(r"-?\d+", number, re.ASCII) for number in numbers)
        case _:
            return False
