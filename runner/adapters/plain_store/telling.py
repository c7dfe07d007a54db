"""How the store tells people and reports about paths and progress.

Rules that live here and nowhere else: how many paths are listed or named, and how often a watcher hears of progress.
"""

import time
from collections.abc import Callable, Iterable

from runner.adapters.plain_store.manifest import shown
from runner.ports import Watch
from runner.types import Paths

LISTED = 200
"""How many paths a change lists; fixed by `types.Paths`."""

NAMED = 5
"""How many entries an error or a report names before it says how many more there are."""

WATCH_EVERY_S = 0.2
"""The watcher is told about progress at most five times a second."""

_CLOCK_EVERY = 64  # entries between two looks at the clock, which costs as much as a tenth of an entry


class Listing:
    """Some paths of many: the first ones in order, and how many there are. Holds a bounded number of them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._count = 0
        self._first: list[str] = []

    def add(self, path: bytes) -> None:
        """One more."""
        self._count += 1
        self._first.append(shown(path))
        if len(self._first) > 2 * LISTED:
            self._first = sorted(self._first)[:LISTED]

    def paths(self) -> Paths:
        """Return what was added."""
        return Paths(count=self._count, listed=tuple(sorted(self._first)[:LISTED]))


def named(paths: Iterable[bytes]) -> str:
    """Return the first paths in words, and how many more there are. The top directory itself is `.`."""
    every = [shown(path) or "." for path in paths]
    more = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def progress(watch: Watch, doing: str) -> Callable[[], None]:
    """Return what to call for every entry; the watcher hears of it now and then."""
    count = 0
    next_s = time.monotonic() + WATCH_EVERY_S

    def tell() -> None:
        nonlocal count, next_s
        count += 1
        if count % _CLOCK_EVERY == 0 and time.monotonic() >= next_s:
            watch(f"{doing}: {count:,} files")
            next_s = time.monotonic() + WATCH_EVERY_S

    return tell
