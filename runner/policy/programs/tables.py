"""Where the tables of programs are found.

Rules that live here and nowhere else:

* A program is known by its name, or by a path into one of the system's own directories. A file of the same name
  anywhere else is somebody's program.
* A table is read when one of its programs is first asked for, and only the lines that are needed are parsed.
"""

import functools
import posixpath
import re

from runner.policy.programs import (
    admin,
    building,
    cloud,
    containers,
    databases,
    files,
    git,
    infrastructure,
    interpreters,
    network,
    packages,
    shell,
    system,
    text,
    wrappers,
)
from runner.policy.programs.notation import Entry, Index, index, parse

_TABLES = tuple(
    family.TABLE
    for family in (
        *(network, text, files, system, shell, wrappers, git, building, interpreters, packages),
        *(containers, cloud, infrastructure, databases, admin),
    )
)

SYSTEM = "/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/homebrew/bin /snap/bin"
"""Directories whose programs are the system's own."""

_SYSTEM = frozenset(SYSTEM.split())
_VERSION = re.compile(r"(?P<name>.*?[^\d.-])-?\d+(\.\d+)*")


def program_name(word: str) -> str | None:
    """Return the name a program is known by, None for a file that is not of the system's own directories."""
    if "/" not in word:
        return word
    directory, name = posixpath.split(posixpath.normpath(word))
    return name if directory in _SYSTEM else None


@functools.cache
def entry(name: str) -> Entry | None:
    """Return what the tables say of a program; None when they do not know it."""
    match = _VERSION.fullmatch(name)
    for known in (name, f"{name}#", f"{match['name']}#" if match is not None else ""):
        for table in _indexes():
            if known in table.programs:
                return parse(table.programs[known], table.names)
    return None


@functools.cache
def _indexes() -> tuple[Index, ...]:
    return tuple(index(table) for table in _TABLES)
