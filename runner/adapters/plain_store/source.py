"""What must be so before the user's directory is copied: it is apart from the copy, and there is room for it.

Rules that live here and nowhere else:

* None of source, workspace and store is inside another: the copy would contain itself, or the box the store.
* There is room for the workspace and for the store's own copies, and 5 % more, or nothing is begun.

Not promised: that the room is still there a minute later. Running out of it is an error that loses nothing.
"""

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from runner.adapters.plain_store.descent import Descent, Moved
from runner.errors import SnapshotError

_SPARE_PERCENT = 5
_BLOCK_BYTES = 512  # the unit of `st_blocks`, whatever the file system's own is (stat(2))


def require_apart(source: Path, workspace: Path, root: Path) -> None:
    """The source is a directory, and none of the three is inside another, whatever symlinks lead there.

    Raises:
        SnapshotError: it is not so; says which.
    """
    if not source.is_dir():
        raise SnapshotError(f"{source} is not a directory", hint="Name the directory to work on.")
    places = [Path(os.path.realpath(path)) for path in (source, workspace, root)]
    for number, one in enumerate(places):
        for other in places[:number]:
            inner, outer = (one, other) if one.is_relative_to(other) else (other, one)
            if inner.is_relative_to(outer):
                raise SnapshotError(
                    f"{inner} is inside {outer}, so a copy would contain itself",
                    hint="Use another state directory, or work on a directory that does not contain it.",
                )


def require_space(source: Path, root: Path, copies: int, tell: Callable[[], None], *, left_bytes: int = 0) -> None:
    """There is room below `root` for so many copies of `source`, and 5 % to spare. Costs a stat of every entry.

    Args:
        source: what will be copied.
        root: where to.
        copies: how often its data will be there.
        tell: called for every entry.
        left_bytes: what an attempt that was killed has copied already.

    Raises:
        SnapshotError: there is not; says how much there is and how much it takes.
    """
    needed_bytes = size_on_disk(source, tell) * copies * (100 + _SPARE_PERCENT) // 100 - left_bytes
    free = os.statvfs(root)
    free_bytes = free.f_bavail * free.f_frsize
    if needed_bytes > free_bytes:
        raise SnapshotError(
            f"copying {source} needs {_size(needed_bytes)}, and {_size(free_bytes)} are free in {root}",
            hint="Free some space, use another state directory, or work on a smaller directory.",
        )


def size_on_disk(top: Path, tell: Callable[[], None]) -> int:
    """Return how many bytes the files below a directory use; inodes with several names count once.

    What cannot be looked at counts nothing: the copy itself will name it.
    """
    total = 0
    seen: set[int] = set()
    with contextlib.suppress(Moved), Descent(top) as descent:
        levels = [iter(descent.names())]
        while levels:
            name = next(levels[-1], None)
            if name is None:
                levels.pop()
                descent.leave()
                continue
            tell()
            with contextlib.suppress(OSError):
                found = os.stat(name, dir_fd=descent.fd, follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode):
                    descent.enter(name)
                    levels.append(iter(()))
                    levels[-1] = iter(descent.names())
                elif found.st_nlink == 1 or found.st_ino not in seen:
                    seen.add(found.st_ino)
                    total += found.st_blocks * _BLOCK_BYTES
    return total


def _size(count_bytes: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{count_bytes / 1e9:,.1f} GB" if count_bytes >= 10**8 else f"{count_bytes / 1e6:,.1f} MB"
