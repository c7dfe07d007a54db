"""Tables of places in a box: which rows of a table a path, or a shell pattern of paths, may name.

Rules that live here and nowhere else:

* A row's pattern begins with `/` (that very place), with `~/` (in anybody's home) or with neither (anywhere).
* A row's names are patterns of names (`globs.py`; case does not count); `**` as the last one stands for the directory
  and all below it.
* The first row that matches a path wins, so exceptions stand above what they except.
* A path that is itself a shell pattern matches what it could expand to, as long as it says something: `cat *` in a
  directory is not called reading the secret that may lie there, `cat .e*` is called reading `.env`.

Rows are found through the names of the path, so a look-up costs microseconds however long the table is.

Not promised: that a pattern with names in braces is understood; the analyser has expanded those before.
"""

import enum
import functools
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from runner.policy.globs import NamePattern, name_pattern

T = TypeVar("T")

NAMES = 64
"""A path with more names than this is cut, so that a look-up stays cheap. Our choice: ten times what people use."""

SAYING = 2
"""So many literal characters a pattern needs at its front to be read as a certain undotted name. Our choice."""

_WILD = frozenset("*?[\\")


class Row(Generic[T]):
    """One pattern with its value; `order` is its place in the table."""

    def __init__(self, order: int, pattern: str, value: T) -> None:
        """Read a pattern."""
        self.order = order
        self.value = value
        self.anchor = "/" if pattern.startswith("/") else "~" if pattern.startswith("~/") else ""
        names = tuple(name for name in pattern.split("/") if name and name != "~")
        self.below = names[-1:] == ("**",)
        self.names = tuple(map(name_pattern, names[:-1] if self.below else names))


class Places(Generic[T]):
    """A table of places.

    Args:
        rows: patterns with their values, the first that matches wins.
    """

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        """Read the table."""
        self._named: dict[tuple[str, str], list[Row[T]]] = {}
        self._open: dict[str, list[Row[T]]] = {"/": [], "~": [], "": []}
        for order, (pattern, value) in enumerate(rows):
            row = Row(order, pattern, value)
            if (first := row.names[0].literal) is None:
                self._open[row.anchor].append(row)
            else:
                self._named.setdefault((row.anchor, first), []).append(row)
        self.find = functools.lru_cache(maxsize=4096)(self._find)

    def _find(self, path: str, home: str) -> tuple[T, ...]:
        """Return the values of the rows that the path may name; empty when there is none.

        Of a plain path that is at most one. Of a pattern it is every row that some of what it stands for matches, up
        to the first that matches all of it.

        Args:
            path: absolute box path, or a shell pattern of such.
            home: absolute box path of the user's home; `/root`, `/home/NAME` and `/Users/NAME` count as homes too.
        """
        names = _names(path)
        fits: dict[int, tuple[bool, T]] = {}
        for row, start in self._candidates(names, home):
            fit = _match(row, names[start:])
            if fit is not _Fit.NO:
                certain = fit is _Fit.ALL or fits.get(row.order, (False,))[0]
                fits[row.order] = (certain, row.value)
        found = []
        for order in sorted(fits):
            certain, value = fits[order]
            found.append(value)
            if certain:
                break
        return tuple(found)

    def _candidates(self, names: tuple[str, ...], home: str) -> Iterator[tuple[Row[T], int]]:
        """Yield the rows worth comparing, with the index of the name at which they would begin."""
        if not names:
            return
        yield from self._starting("/", names, 0)
        if (start := _home(names, home)) and start < len(names):
            yield from self._starting("~", names, start)
        for start in range(len(names)):
            yield from self._starting("", names, start)

    def _starting(self, anchor: str, names: tuple[str, ...], start: int) -> Iterator[tuple[Row[T], int]]:
        for row in self._open[anchor]:
            yield row, start
        first = names[start]
        if _WILD.isdisjoint(first):
            for row in self._named.get((anchor, first.lower()), ()):
                yield row, start
            return
        for (other, _), rows in self._named.items():
            if other == anchor:
                for row in rows:
                    yield row, start


def _names(path: str) -> tuple[str, ...]:
    return tuple(name for name in path.split("/") if name)[:NAMES]


def _home(names: tuple[str, ...], home: str) -> int:
    """Return how many names in front are a home directory; 0 when none are."""
    own = _names(home)
    if own and names[: len(own)] == own:
        return len(own)
    if names[0] in {"home", "Users"}:
        return 2
    return 1 if names[0] == "root" else 0


class _Fit(enum.IntEnum):
    """How much of what a path stands for is what a row means."""

    NO = 0
    SOME = 1
    ALL = 2


def _match(row: Row[T], names: tuple[str, ...]) -> _Fit:
    """How well the names, from where the row begins, are what the row means."""
    if "**" in names and not _fixed(row.names[-1]):
        return _Fit.NO
    count = len(row.names)
    if len(names) < count or (len(names) > count and not row.below):
        return _match_deep(row, names) if "**" in names else _Fit.NO
    if not any(map(_says, names[:count])):
        return _Fit.NO
    fit = _Fit.ALL
    for number, (wanted, name) in enumerate(zip(row.names, names, strict=False)):
        last = number == count - 1 and not row.below
        fit = min(fit, _alike(name, wanted, anchored=bool(row.anchor) or number > 0, last=last))
        if fit is _Fit.NO:
            break
    return fit


def _match_deep(row: Row[T], names: tuple[str, ...]) -> _Fit:
    """The same for a path with `**`: its names behind the last `**` are compared with the row's last ones."""
    tail = names[len(names) - names[::-1].index("**") :]
    wanted = row.names[-len(tail) :] if tail else ()
    if not wanted or len(wanted) < len(tail):
        return _Fit.NO
    pairs = zip(tail, wanted, strict=True)
    return min(_Fit.SOME, *(_alike(name, other, anchored=False, last=True) for name, other in pairs))


def _says(name: str) -> bool:
    """Whether a name of a path is not made of wildcards alone."""
    return not name_pattern(name).says_nothing


def _alike(name: str, wanted: NamePattern, *, anchored: bool, last: bool) -> _Fit:
    """How well a name of a path, which may be a pattern, fits one that a row wants, which may be a pattern as well."""
    given = name_pattern(name)
    if given.literal is not None:
        return _Fit.ALL if wanted.matches(given.literal) else _Fit.NO
    if wanted.holds(given):
        return _Fit.ALL
    fixed = _fixed(wanted)
    hidden = given.tokens[0] == "."
    if not given.matches(fixed) or (fixed.startswith(".") and not hidden):
        return _Fit.NO
    literal = [isinstance(token, str) for token in given.tokens]
    says = any(literal) if anchored or hidden else all(literal[:SAYING]) and len(literal) > SAYING
    return _Fit.SOME if says or not last else _Fit.NO


def _fixed(pattern: NamePattern) -> str:
    """Return the shortest name that a pattern means, or its literal characters."""
    if pattern.literal is not None:
        return pattern.literal
    return "".join(token for token in pattern.tokens if isinstance(token, str))
