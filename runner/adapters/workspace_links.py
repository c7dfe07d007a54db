"""Where a box path really is, as far as symbolic links of the workspace decide it.

Rules that live here and nowhere else:

* The workspace's copy on this host is walked one name at a time, each opened relative to the directory before it and
  never through a link: whatever the box swaps meanwhile, nothing outside the copy is ever looked at.
* Links mean what they mean in the box: an absolute one starts from the box's root, and leads back into the copy where
  it names the workspace. Elsewhere in the box nothing is known, and names count as they are.
* What is missing, and what follows it, counts as it is: it may be made by the call that names it.

Cost: about 10 us a name.

Not promised: that it is still so when the call runs. It is asked again right before that; what other programs of the
box do in between is not seen.
"""

import errno
import os
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from runner.types import WORKSPACE

LINKS: Final = 40
"""Most links followed in one path, as in Linux itself."""

MISSING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
"""What says that there is no such entry."""

LOOK: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


def workspace_links(slot: Path, workspace: str = WORKSPACE) -> Callable[[str], str | None]:
    """Return the function that tells where an absolute box path really is; it returns None for one that leads nowhere.

    Args:
        slot: the workspace's copy on this host; it need not exist yet.
        workspace: where boxes see it.
    """
    root = _names(workspace)

    def resolve(path: str) -> str | None:
        walk = _Walk(slot, root)
        try:
            return walk.to(path)
        except (_Lost, OSError, ValueError):  # too many links, a name that is no text, a directory closed to us
            return None
        finally:
            walk.end()

    return resolve


class _Lost(Exception):
    """The links lead nowhere."""


class _Walk:
    """A walk from the box's root. `at` are the names gone so far, without links; `open` are the directories of the copy
    on the way, its own first, as long as the walk is in it.
    """

    def __init__(self, slot: Path, root: list[str]) -> None:
        self._slot = slot
        self._root = root
        self._at: list[str] = []
        self._open: list[int] = []

    def to(self, path: str) -> str:
        """Return where the path is."""
        ahead = deque(_names(path))
        links = 0
        while ahead:
            name = ahead.popleft()
            if name == "..":
                self._up()
                continue
            target = self._enter(name)
            if target is None:
                continue
            links += 1
            if links > LINKS:
                raise _Lost
            if target.startswith("/"):
                self._out()
            ahead.extendleft(reversed(_names(target)))
        return "/" + "/".join(self._at)

    def end(self) -> None:
        """Close what is open."""
        while self._open:
            os.close(self._open.pop())

    def _enter(self, name: str) -> str | None:
        """Go to an entry, or return where it leads if it is a link."""
        depth = len(self._at) - len(self._root)
        if depth >= 0 and len(self._open) == depth + 1:
            try:
                fd = os.open(name, LOOK, dir_fd=self._open[-1])
            except OSError as error:
                if error.errno not in MISSING:
                    raise
                self._at.append(name)
                return None
            if stat.S_ISLNK(os.fstat(fd).st_mode):
                return _read(fd)
            self._open.append(fd)
        self._at.append(name)
        if self._at == self._root and not self._open and self._slot.is_dir():
            self._open.append(os.open(self._slot, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        return None

    def _up(self) -> None:
        if self._at:
            self._at.pop()
        if len(self._open) > max(0, len(self._at) - len(self._root) + 1):
            os.close(self._open.pop())

    def _out(self) -> None:
        """Begin at the box's root again."""
        self.end()
        self._at = []


def _read(fd: int) -> str:
    """Return where a link leads; the descriptor is closed."""
    try:
        target = os.readlink("", dir_fd=fd)
    finally:
        os.close(fd)
    try:
        target.encode()
    except UnicodeEncodeError:
        raise _Lost from None
    return target


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in {"", "."}]
