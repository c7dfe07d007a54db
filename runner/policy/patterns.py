r"""The paths of permission rules: gitignore patterns with four anchors, and what it means that one matches.

Rules that live here and nowhere else:

* `//path` begins at the root, `~/path` in the home, `/path` where the rule's source says, `path` and `./path` in the
  workspace. A pattern means nothing that is not below its anchor. One with `..` means nothing at all, except that a
  rule that denies or asks may climb out of its anchor to places beside the workspace.
* A pattern of one name without an anchor means that name at any depth, any other one begins at its anchor. Whatever it
  means, it means all below it too; one with a slash at its end means only what is below.
* `dir/**` means `dir` itself too. With one name before the stars, rules that deny or ask mean it at any depth, rules
  that allow at the anchor only. In all else every list reads a pattern alike. Case does not count below the anchor.
* What denies or asks is read generously, what allows strictly: a path of a shell command that is itself a pattern is
  met by what could overlap it, and covered by what certainly holds all of it; a directory is met by what closes all
  that is in it.

Theory: a pattern is a list of names of which some stand for any number of names; a path walks through that list name by
name, keeping the places it may have reached. The walk takes names of the path times names of the pattern.

Not promised: that two names are not the same file (hard links, bind mounts); links are told by the effects.
"""

import functools
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runner.policy.globs import NamePattern, literal_name, name_pattern

ANY_NAME = "\0"
"""A name that no pattern spells out and no path holds: only wildcards match it."""

Name = NamePattern | None
"""One name of a path or pattern; None stands for any number of names."""

Step = Callable[[NamePattern, NamePattern], bool]
"""Whether the name a pattern asks for goes with a name of a path."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A path as a shell may take it: its names, those of them that are literal, and those that are not."""

    names: tuple[Name, ...]
    literal: frozenset[str]
    wild: tuple[Name, ...]

    def could_have(self, name: str) -> bool:
        """Whether a literal name, in lower case, could be among them: tells most patterns apart at once."""
        if name in self.literal or not self.wild:
            return name in self.literal
        return any(one is None or literal_name(name).overlaps(one) for one in self.wild)


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A path pattern of a rule.

    Attributes:
        root: names of the directory it begins at.
        names: the names it asks for below that, one after the other; none: it means the root and all below.
        inner_only: it means what is below a directory, not the directory.
        subtree: it is written for all that is in a directory (`dir/**`, `dir/`).
        relative: it is written without an anchor.
        negated: it takes back what earlier relative rules of its source mean.
        needs: a name that must be among those of a path; empty: there is none.
    """

    root: tuple[str, ...]
    names: tuple[Name, ...]
    inner_only: bool = False
    subtree: bool = False
    relative: bool = False
    negated: bool = False
    needs: str = ""

    def matches(self, path: str) -> bool:
        """Whether it means this path, or a directory above it. The path is absolute and no shell pattern."""
        return self._means(_literal(path).names, NamePattern.holds)

    def matches_alone(self, path: str) -> bool:
        """Whether it means this path, and no directory above it."""
        return self.matches(path) and not self.matches(posixpath.dirname(path))

    def meets(self, path: str, *, recursive: bool = True) -> bool:
        """Whether it may mean what a shell command names with this path, be that a name, a pattern or a directory.

        Args:
            path: absolute.
            recursive: a directory that a wildcard happens to stand for goes with all that is in it; else `*` stands
                for what lies beside such a directory.
        """
        for reading in _readings(path):
            if (not self.needs or reading.could_have(self.needs)) and self._meets(reading.names, recursive=recursive):
                return True
        return False

    def _meets(self, names: tuple[Name, ...], *, recursive: bool) -> bool:
        last = names[-1] if names else None
        if recursive or last is None or not last.says_nothing:
            inside = (*names, _ANY)
            return self._means(names, NamePattern.overlaps) or self._means(inside, NamePattern.overlaps)
        return self._means(names, NamePattern.overlaps, only_above=self.subtree)

    def meets_below(self, path: str) -> bool:
        """Whether it spells out something that lies below this path, and so goes where the path goes."""
        whole = (*_root(self.root), *self.names)
        return any(
            len(whole) > len(names)
            and whole[len(names)] is not None
            and all(
                wanted is not None and name is not None and wanted.overlaps(name)
                for wanted, name in zip(whole, names, strict=False)
            )
            for names in (reading.names for reading in _readings(path))
        )

    def covers(self, path: str) -> bool:
        """Whether it certainly means all that a shell command names with this path, however that is read."""
        parts = path.split("/")
        if not path.startswith("/") or ".." in parts or _names_of(path)[: len(self.root)] != self.root:
            return False
        return all(self._means(reading.names, NamePattern.holds) for reading in _readings(path))

    def holds(self, other: "PathPattern") -> bool:
        """Whether it certainly means all that another pattern means."""
        if (self.root, self.names) == (other.root, other.names):
            return other.inner_only or not self.inner_only
        return self._means((*_root(other.root), *other.names), NamePattern.holds)

    def _means(self, path: tuple[Name, ...], step: Step, *, only_above: bool = False) -> bool:
        """Whether the path, or a directory above it, is what the pattern asks for."""
        only_above = only_above or self.inner_only
        if len(path) < len(self.root):
            return False
        for wanted, name in zip(_root(self.root), path, strict=False):
            if name is None or not step(wanted, name):
                return False
        if not self.names:
            return True
        below = path[len(self.root) :]
        states = _settled(self.names, {0})
        for index, name in enumerate(below):
            if name is None:  # any number of names: what is still possible may be among them, nothing is certain
                return bool(states) and step is NamePattern.overlaps
            states = _settled(self.names, _advanced(self.names, states, name, step))
            if len(self.names) in states and not (only_above and index == len(below) - 1):
                return True
        return False


def _advanced(pattern: tuple[Name, ...], states: set[int], name: NamePattern, step: Step) -> set[int]:
    after = set()
    for state in states:
        if (wanted := pattern[state]) is None:
            after.add(state)
        elif step(wanted, name):
            after.add(state + 1)
    return after


def _settled(pattern: tuple[Name, ...], states: set[int]) -> set[int]:
    """Add the places that are reached without a name."""
    return states | {state + 1 for state in states if state < len(pattern) and pattern[state] is None}


_ANY = literal_name(ANY_NAME)


@functools.lru_cache(maxsize=1024)
def _root(root: tuple[str, ...]) -> tuple[NamePattern, ...]:
    return tuple(literal_name(name) for name in root)


def _names_of(path: str) -> tuple[str, ...]:
    return tuple(name for name in posixpath.normpath(path).split("/") if name)


@functools.lru_cache(maxsize=1024)
def _literal(path: str) -> Reading:
    names = tuple(literal_name(name) for name in _names_of(path))
    return Reading(names, frozenset(name.literal for name in names if name.literal is not None), ())


@functools.lru_cache(maxsize=1024)
def _readings(path: str) -> tuple[Reading, ...]:
    r"""Return how a path may be taken: as it is and, if a wildcard or a `\` is in it, as a shell pattern."""
    literal = _literal(path)
    if not set(path) & set("*?[\\"):
        return (literal,)
    names = tuple(None if set(name) == {"*"} and len(name) > 1 else name_pattern(name) for name in _names_of(path))
    plain = frozenset(name.literal for name in names if name is not None and name.literal is not None)
    wild = tuple(name for name in names if name is None or name.literal is None)
    return (literal, Reading(names, plain, wild))


# --- from text to pattern ---------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def path_pattern(text: str, *, generous: bool, root: str | None, workspace: str, home: str) -> PathPattern | str:
    """Return the pattern that a rule's specifier is, or why it can never mean anything.

    Args:
        text: the specifier.
        generous: it denies or asks; else it allows.
        root: what a leading slash means; None: nothing.
        workspace: absolute box path a pattern without an anchor begins at.
        home: absolute box path of the user's home.
    """
    text = text.strip() if generous else text
    negated = text.startswith("!")
    if negated and not generous:
        return "`!` takes back what an earlier rule denies or asks about; in a list that allows it means nothing"
    text = text[negated:]
    anchor, body = _anchored(text, root=root, workspace=workspace, home=home)
    if anchor is None:
        return "a pattern with one leading slash has no place to begin at in these settings"
    names = [name for name in body.split("/") if name != "."]
    if ".." in names:
        climbed = _climbed(anchor, names) if generous else None
        if climbed is None or _spells(workspace, climbed):
            return "`..` is never part of the paths that rules are compared with"
        anchor, body, text = "/", "/".join(climbed), "//"
    return _compiled(body, anchor, relative=not text.startswith(("/", "~/")), generous=generous, negated=negated)


def _anchored(text: str, *, root: str | None, workspace: str, home: str) -> tuple[str | None, str]:
    """Return the directory that a pattern begins at, and what it asks for below."""
    if text.startswith("//"):
        return "/", text[2:]
    if text.startswith("~/"):
        return home, text[2:]
    if text.startswith("/"):
        return root, text[1:]
    while text.startswith("./"):
        text = text[2:].lstrip("/")
    return workspace, text


def _climbed(anchor: str, names: list[str]) -> list[str] | None:
    """Return the names from the root with every `..` taken; None when one climbs out of a wildcard."""
    taken = list(_names_of(anchor))
    for name in names:
        if name != "..":
            taken.append(name)
        elif taken and set(taken.pop()) & set("*?["):
            return None
    return taken


def _spells(workspace: str, names: list[str]) -> bool:
    """Whether the names, without the stars at their end, are the workspace or a directory above it."""
    while names and names[-1] in {"**", "*", ""}:
        names = names[:-1]
    return _names_of(workspace)[: len(names)] == tuple(names)


def _compiled(body: str, anchor: str, *, relative: bool, generous: bool, negated: bool) -> PathPattern | str:
    root = _names_of(anchor)
    if not relative and body == "**":
        return PathPattern(root, (), negated=negated)
    inner_only = body.endswith("/")
    body = body.rstrip("/")
    subtree = False
    while body.endswith("/**"):
        body, subtree = body.removesuffix("/**"), True
    parts = [name for name in body.split("/") if name not in {"", "."}]
    if not parts:
        return "nothing is left of it without its anchor; write `/**` behind a directory to mean all that is in it"
    any_depth = relative and len(parts) == 1 and (generous or not subtree)
    names = tuple(_pattern_names(parts, any_depth=any_depth))
    return PathPattern(
        root,
        names,
        inner_only=inner_only,
        subtree=subtree or inner_only,
        relative=relative,
        negated=negated,
        needs=max((name.literal for name in names if name is not None and name.literal), key=len, default=""),
    )


def _pattern_names(parts: list[str], *, any_depth: bool) -> Iterator[Name]:
    before: Name | str = ""
    for name in (*(["**"] if any_depth else []), *parts):
        after = None if name == "**" else name_pattern(name)
        if after is not None or before is not None:
            yield after
        before = after
    if before is None:
        yield name_pattern("*")
