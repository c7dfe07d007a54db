r"""Whether a command says plainly what it does, so that a person who glances at it knows.

Rules that live here and nowhere else:

* Plain are literal words, lists, pipes, branches and loops, `$HOME`, one `cd`, and wrappers everybody reads past.
* Everything that makes the text differ from what runs is roundabout: substitutions, variables, braces, functions,
  groups and subshells, here-documents, program text inside a word (of sed, all but printing lines by number and one
  substitution in place), the background, several changes of directory, and a change of directory before something is
  written or before git, which obeys the directory it runs in.

This is about people, not about what can be analysed: auto mode, where nobody looks, judges effects alone.
"""

import posixpath
import re

from runner.policy.bash.script import Arg, Script, Simple
from runner.types import Effects, Word

PLACES = {
    "subshell": "a subshell",
    "group": "a group",
    "substitution": "a command substitution",
    "process": "a process substitution",
    "function": "a function",
}
"""Where a command stands when the text around it decides how it runs."""

_NESTING = """
eval source . trap exec sh bash dash zsh ksh fish rbash env busybox sudo doas su watch setsid ionice chrt flock script
strace ltrace parallel entr unshare nsenter chroot systemd-run tmux screen nocorrect coproc
"""
NESTING = frozenset(_NESTING.split())
"""Programs that run what they are given, read past by nobody."""

AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})

MOVING = frozenset({"cd", "pushd", "popd"})

READ_PAST = frozenset({"timeout", "time", "nice", "nohup", "stdbuf", "command", "builtin", "noglob", "!"})

_AMOUNT = re.compile(r"[0-9.]+[smhd]?")
_PRINTED = re.compile(r"(?:[0-9]+|\$)(?:,(?:[0-9]+|\$))?p")
_SUBSTITUTED = re.compile(r"s([/|,#])(?:(?!\1)[^\\\n])*\1(?:(?!\1)[^\\\n])*\1[gI]*")
_QUOTED = re.compile(r"\\.|'[^']*'", re.DOTALL)
_BRACES = re.compile(r"\{[^{}\"]*(?:,|\.\.)[^{}\"]*\}")


class Travel(Word, frozen=True, kw_only=True):
    """How the shell moves in a script.

    Attributes:
        moves: whether it changes its directory at all.
        later: `id` of every further command that changes it again.
        stays: it ends where it began, and every command runs there.
        start: where it began.
    """

    moves: bool
    later: frozenset[int]
    stays: bool
    start: str | None


def travel(script: Script) -> Travel:
    """Return how the shell moves in a script. Cost: linear; once for all of its commands."""
    moves = [simple for simple in script.commands if _name(simple) in MOVING]
    start = script.commands[0].cwd if script.commands else None
    return Travel(
        moves=bool(moves),
        later=frozenset(id(simple) for simple in moves[1:]),
        stays=script.cwd == start and all(simple.cwd == start for simple in script.commands),
        start=start,
    )


def roundabout(simple: Simple, way: Travel, effects: Effects) -> str:
    """Return how a command goes about it other than plainly, as a noun; empty when it is plain."""
    for place in simple.inside:
        if place in PLACES:
            return PLACES[place]
    if simple.background:
        return "the background"
    if simple.stdin_text is not None and simple.fed_by is None:
        return "a here-document"
    if how := _program(simple):
        return how
    targets = [redirect.target for redirect in simple.redirects]
    for arg in (*simple.argv, *(value for _, value in simple.assignments), *targets):
        if how := _expansion(arg):
            return how
    return _moved(simple, way, effects)


def _name(simple: Simple) -> str:
    return posixpath.basename(simple.argv[0].text or "") if simple.argv else ""


def _program(simple: Simple) -> str:
    """Return what runs or is given a program text; wrappers that everybody reads past are read past."""
    words = [arg.text or "" for arg in simple.argv]
    while len(words) > 1:
        name = posixpath.basename(words[0])
        if name in NESTING or (name == "time" and words[1].startswith("-")):
            return f"`{name}`"
        if name in AWKS:
            return "an awk program"
        if name == "sed":
            return "" if _plain_sed(words[1:]) else "a sed program"
        if name == "git" and "-c" in words[1:2]:
            return "a changed configuration of git"
        if name not in READ_PAST:
            return ""
        words = [word for at, word in enumerate(words[1:]) if at or not _AMOUNT.fullmatch(word)]
    return ""


def _plain_sed(words: list[str]) -> bool:
    options = [word for word in words if word.startswith("-")]
    script = next((word for word in words if not word.startswith("-")), "")
    if options and set("".join(options)) <= set("-nEr") and "n" in "".join(options):
        return _PRINTED.fullmatch(script) is not None
    return options == ["-i"] and _SUBSTITUTED.fullmatch(script) is not None


def _expansion(arg: Arg) -> str:
    if "\\ " in arg.source:
        return "a blank behind a backslash"
    text = _QUOTED.sub("", arg.source)
    if "`" in text or "$(" in text or "<(" in text or ">(" in text:
        return "a command substitution"
    if "$" in text and text.strip('"') != "$HOME":
        return "a variable"
    if _BRACES.search(text):
        return "braces"
    if "\n#" in re.sub(r"\n[ \t]+", "\n", arg.source):
        return "a line that looks like a comment"
    return "a directory that is not spelled out" if re.match(r"~[^/]", text) else ""


def _moved(simple: Simple, way: Travel, effects: Effects) -> str:
    if not way.moves:
        return ""
    if id(simple) in way.later:
        return "several changes of directory"
    if way.stays:
        return ""
    if _name(simple) == "git":
        return "a change of directory before git"
    if (effects.writes or effects.deletes or simple.redirects) and simple.cwd != way.start:
        return "a change of directory before writing"
    return ""
