"""Paths and path patterns of the host, as settings hold them, to those of the box.

Rules that live here and nowhere else:

* The host's workspace is the box's `/workspace`, and the host's home is the box's home. Nothing else of the host is in
  a box.
* A pattern that names files on the host becomes patterns that name the same files in the box, whatever wildcards it
  reaches them by: with the workspace at `/home/ana/shop`, the patterns `//home/*/shop/.env` and `~/shop/.env` both
  become `//workspace/.env`, and `~/**` becomes `//workspace/**` too.
* A pattern keeps its own meaning in the box beside that, unless it spells out the host's workspace or home.

Theory: the pattern's names are followed along the names of the host's directory, as an automaton with `**` would; what
is left of the pattern where the directory ends is the pattern inside of it.

Not promised: that a path exists, on either side. Links are not followed here.
"""

import posixpath
from collections.abc import Iterator

from runner.policy.globs import name_pattern
from runner.types import Word

TOP_DIRECTORIES = frozenset(
    ("bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv")
) | {"sys", "tmp", "usr", "var"}
"""What a root directory holds, by the Filesystem Hierarchy Standard 3.0. A box may have these."""


class HostPaths(Word, frozen=True, kw_only=True):
    """Where things are on the host and in the box, as absolute paths.

    Attributes:
        workspace: in the box.
        home: in the box.
        host_workspace: None: all paths are those of the box already.
        host_home: None: nothing is known about it.
    """

    workspace: str
    home: str
    host_workspace: str | None = None
    host_home: str | None = None

    def in_box(self, path: str) -> str | None:
        """Return where an absolute host path is in the box; None: it is not in the workspace, so nowhere."""
        if self.host_workspace is None:
            return posixpath.normpath(path)
        below = _below(path, self.host_workspace)
        return None if below is None else posixpath.normpath(posixpath.join(self.workspace, below))

    def directory(self, text: str, cwd: str) -> str | None:
        """Return the box directory that a setting means; None: it is not in the box.

        Args:
            text: absolute, beginning with `~`, or relative to `cwd`. What is no host path of the workspace and may be
                in a box is taken as a path of the box, such as `/tmp`.
            cwd: a box directory. Above the workspace the box is another place than the host.
        """
        if text == "~" or text.startswith("~/"):
            hosts = None if self.host_home is None else self.in_box(posixpath.join(self.host_home, text[2:]))
            inside = hosts if self.host_workspace is not None else None
            return inside or posixpath.normpath(posixpath.join(self.home, text[2:]))
        if not text.startswith("/"):
            path = posixpath.normpath(posixpath.join(cwd, text))
            return path if self.host_workspace is None or _below(path, self.workspace) is not None else None
        return self.in_box(text) or (
            None if self.is_nowhere("/" + text) else "/" + posixpath.normpath(text).lstrip("/")
        )

    def patterns(self, pattern: str) -> tuple[str, ...]:
        """Return the patterns of the box that together mean what a pattern of a rule means. At least one.

        Args:
            pattern: a path pattern. Only those that begin with `//` or `~/` can name host paths; any other is returned
                as it is.
        """
        if self.host_workspace is None or not pattern.startswith(("//", "~/")):
            return (pattern,)
        anchored = pattern.startswith("//")
        if not anchored and self.host_home is None:
            return (pattern,)
        names = _names(pattern if anchored else f"{self.host_home}/{pattern[2:]}")
        if ".." in names or set(names) <= {"**"}:
            return (pattern,)
        workspace, hosts_home = _names(self.host_workspace), _names(self.host_home or "")
        end = "/" if pattern.endswith("/") else ""
        found = [f"/{self.workspace}/{rest}" for rest in _inside(names, workspace, end)]
        if anchored and names[: len(workspace)] == workspace:
            return tuple(found)
        if anchored and hosts_home:
            found += [f"~/{rest}" for rest in _inside(names, hosts_home, end)]
            if names[: len(hosts_home)] == hosts_home:
                return tuple(found)
        return (*found, pattern)

    def is_nowhere(self, pattern: str) -> bool:
        """Whether a `//` pattern can mean files of the host only: somebody's home, or what no root directory holds."""
        if self.host_workspace is None or not pattern.startswith("//") or self.patterns(pattern) != (pattern,):
            return False
        names = _names(pattern)
        homes = _names(self.home)
        if not names or _is_open(names[0]):
            return False
        if names[0] == homes[0] == "home" and len(names) > 1:
            return not _is_open(names[1]) and names[1] != homes[1]
        return names[0] not in TOP_DIRECTORIES | {_names(self.workspace)[0]}


def _names(path: str) -> tuple[str, ...]:
    return tuple(name for name in path.split("/") if name not in {"", "."})


def _is_open(name: str) -> bool:
    """Whether a name of a pattern stands for several names."""
    return name == "**" or name_pattern(name).literal is None


def _below(path: str, directory: str) -> str | None:
    """Return a path as seen from a directory, `.` for itself; None when it is not in there."""
    names, head = _names(posixpath.normpath(path)), _names(posixpath.normpath(directory))
    return "/".join(names[len(head) :]) or "." if names[: len(head)] == head else None


def _inside(names: tuple[str, ...], directory: tuple[str, ...], end: str) -> Iterator[str]:
    """Yield what a pattern leaves for the inside of a directory, as patterns relative to it.

    A pattern that means the directory or one above it means all that is inside. What is left of a pattern that begins
    anywhere, and is all of it, needs no telling. `end` is the slash a pattern ends in.
    """
    states = _settled({0}, names)
    for step in directory:
        if len(names) in states:
            break
        after = {state if names[state] == "**" else state + 1 for state in states if _takes(names[state], step)}
        states = _settled(after, names)
    if len(names) in states:
        yield "**"
    else:
        for state in sorted(states):
            is_told = names[state - 1] == "**" and state - 1 in states if state else names[0] == "**"
            if not is_told:
                yield "/".join(names[state:]) + end


def _settled(states: set[int], names: tuple[str, ...]) -> set[int]:
    """Return these states and those reached from them without a name: `**` may stand for none."""
    settled = set(states)
    for state in states:
        at = state
        while at < len(names) and names[at] == "**":
            at += 1
            settled.add(at)
    return settled


def _takes(name: str, step: str) -> bool:
    return name == "**" or name_pattern(name).matches(step)
