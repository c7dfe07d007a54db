"""What of a shell runs unasked where a person would be asked: the published set of readers, and file commands.

Rules that live here and nowhere else:

* Reading runs unasked if the program, and of git and docker the subcommand, is one of the published, read-only set that
  people know; what the analyser knows beyond it is for auto mode, where nobody looks.
* Mode acceptEdits accepts seven programs, with the options that change nothing about which files are touched. A copy
  that links instead, one that names its target before its sources, and names that come through a pipe are asked about.

What is read and written, and whether that may be, is judged by effects and not here: a program of these sets is settled
only when its effects say so.
"""

import posixpath
import re

from runner.types import Part

_READERS = """
arch base64 basename cal cat cd cmp column comm cut date df diff dirname du echo egrep expand false fd fdfind fgrep file
find fmt fold free grep groups head help hexdump hostname id ifconfig ip jq ls lsof man md5sum netstat nl nproc od
paste pgrep popd printf ps pushd pwd readlink realpath rev rg sed seq sha1sum sha256sum sha512sum sleep
sort ss stat strings sum tac tail test tput tr tree true tsort type uname unexpand uniq uptime w wc whereis which who
whoami xargs [ [[ :
"""
READERS = frozenset(_READERS.split())
"""Programs that read and that people know. Source: the reference client's set as documented and as observed, and the
rest of what POSIX calls a text utility."""

INTERPRETERS = frozenset({"node", "python", "python3"})
"""Programs of which only the question for their version is one of reading. Source: the same."""

_OF_GIT = """
blame branch cat-file check-ignore config describe diff diff-tree for-each-ref grep log ls-files ls-remote ls-tree
merge-base name-rev reflog remote rev-list rev-parse shortlog show show-ref stash status symbolic-ref tag worktree
"""
SUBCOMMANDS = {"git": frozenset(_OF_GIT.split()), "docker": frozenset({"ps", "images", "logs", "inspect"})}
"""Subcommands of which the same is true; which options of theirs do more than read is known by effects."""

FILE_COMMANDS = {
    "cp": "-r -R -f -v -n -i -p --recursive --force --verbose --no-clobber --preserve",
    "mkdir": "-p -v -m --parents --verbose --mode",
    "mv": "-f -v -n -i --force --verbose --no-clobber",
    "rm": "-r -R -f -v -i -d --recursive --force --verbose --dir",
    "rmdir": "-p -v --parents --verbose",
    "sed": "-i -n -E -r",
    "touch": "-a -m -c -r -t -d --no-create --reference --date",
}
"""Source of the programs: the reference client's documentation of the mode. Their options: the manual pages."""

_ASSIGNED = re.compile(r"[A-Za-z_]\w*\+?=\S*\Z")


def is_known_reader(part: Part) -> bool:
    """Whether a part that only reads is of a program that people know; so is setting one variable."""
    return _ASSIGNED.match(part.text) is not None or any(_is_reader(text.split()) for text in _texts(part))


def is_file_command(part: Part) -> bool:
    """Whether a part that only edits files is one that mode acceptEdits accepts; so is a redirection."""
    return not part.text or any(_is_file_command(text.split()) for text in _texts(part))


def _texts(part: Part) -> tuple[str, ...]:
    return () if part.text.startswith("xargs ") and part.effects.may_write else (part.text, *part.plain)


def _is_reader(words: list[str]) -> bool:
    program = posixpath.basename(words[0]) if words else ""
    if program in SUBCOMMANDS:
        return next((word for word in words[1:] if not word.startswith("-")), "") in SUBCOMMANDS[program]
    if program in INTERPRETERS:
        return all(word in {"--version", "-V", "-v"} for word in words[1:])
    return program in READERS


def _is_file_command(words: list[str]) -> bool:
    known = FILE_COMMANDS.get(words[0]) if words else None
    return known is not None and all(_is_known(word, known.split()) for word in words[1:] if word.startswith("-"))


def _is_known(option: str, known: list[str]) -> bool:
    if option.startswith("--") or len(option) == 1:
        return option in {"-", "--"} or option.partition("=")[0] in known
    return all(f"-{letter}" in known for letter in option[1:] if letter.isalpha())
