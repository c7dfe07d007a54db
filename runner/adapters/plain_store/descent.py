"""A position in a directory tree, held by descriptors: how everything here moves through a tree it does not trust.

Rules that live here and nowhere else:

* Processes of the box may be alive and may swap any name for a symlink to a path of the host at any moment, while we
  walk as root. So no path of more than one component is ever given to the kernel below the top: every step is an open
  relative to a descriptor with `O_NOFOLLOW`, and what was opened is looked at again before it is believed.
* Nothing on another file system is entered: a mount below the top is not part of the workspace.
* Depth is bounded by nothing but the tree: paths longer than the kernel takes need no special case, and at most
  `OPEN_LEVELS` descriptors are open. Higher levels are reopened through `..`, and only believed if it is the same
  directory as before.
* An ordinary user may have made directories he cannot enter himself. In the workspace, which is ours, the missing
  permission is given for the time of the visit and taken back afterwards.

Not promised: that what was seen a moment ago is still so; callers verify at their end. Being killed during a visit that
took a permission leaves it given.
"""

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

OPEN_LEVELS = 64
"""Directories held open at once: deeper than nearly all trees, and far below the usual limit of 1024 descriptors."""

LEASE_BREAK_S = 50.0
"""How long a file under another process's lease is waited for; the kernel ends a lease after 45 s (fcntl(2))."""

LEASE_POLL_S = 0.02
"""How often such a file is tried again."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_REGULAR = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_HANDLE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class Moved(Exception):
    """A signal within this package: something is not where, or what, it was a moment ago. Walk again."""


@dataclass(slots=True)
class _Level:
    """A directory on the way down. `fd` is -1 while it is not held open; `put_back` is the mode to give it again."""

    name: bytes
    ino: int
    fd: int
    put_back: int | None


def inode_path(fd: int) -> Path:
    """Return a path that names exactly what a descriptor is open on, for calls that take no `O_PATH` descriptor."""
    return Path(f"/proc/self/fd/{fd}")


class Descent:
    """A directory of a tree, to step down from and back up to. A context manager: leaving it closes everything."""

    def __init__(self, top: Path, *, permission: int = 0) -> None:
        """Stand at `top`, whose own path may contain symlinks.

        Args:
            top: an existing directory.
            permission: owner bits (such as 0o500) a directory of ours must have to be worked in; missing ones are given
                until it is left. 0 changes nothing, which is right for trees that are not ours, and for root.

        Raises:
            OSError: there is no such directory, or it cannot be opened.
        """
        self._permission = permission
        self._levels: list[_Level] = []
        put_back: int | None = None
        try:
            fd = os.open(top, _DIRECTORY & ~os.O_NOFOLLOW)
            found = os.fstat(fd)
        except PermissionError:
            handle = os.open(top, _HANDLE & ~os.O_NOFOLLOW)
            fd, found, put_back = self._unlock(handle)
        self.device = found.st_dev
        if put_back is None:
            put_back = self._permit(fd, found)
        self._levels.append(_Level(b"", found.st_ino, fd, put_back))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take back given permissions as far as the way up is still there, and close everything."""
        while self._levels:
            with contextlib.suppress(OSError, Moved):
                self.leave()

    @property
    def fd(self) -> int:
        """Descriptor of the directory stood in, valid until the next step."""
        return self._levels[-1].fd

    @property
    def depth(self) -> int:
        """How many steps below the top."""
        return len(self._levels) - 1

    @property
    def mode_to_keep(self) -> int | None:
        """The mode the directory stood in had before permission was given; None if none was needed."""
        return self._levels[-1].put_back

    def names(self) -> list[bytes]:
        """Return the names in the directory stood in, in no order.

        Raises:
            PermissionError: it may not be read.
        """
        return [os.fsencode(name) for name in os.listdir(self.fd)]  # noqa: PTH208 - pathlib takes no descriptors

    def path(self, name: bytes = b"") -> bytes:
        """Return the path of `name` here, relative to the top; for telling people, never for opening."""
        names = [level.name for level in self._levels[1:]]
        return b"/".join([*names, name] if name else names)

    def enter(self, name: bytes) -> os.stat_result:
        """Step into the directory of that name; return what it is.

        Raises:
            OSError: no such directory, or no permission; `EXDEV` when it is on another file system.
        """
        put_back: int | None = None
        try:
            fd = os.open(name, _DIRECTORY, dir_fd=self.fd)
            found = os.fstat(fd)
        except PermissionError:
            fd, found, put_back = self._unlock(os.open(name, _HANDLE, dir_fd=self.fd))
        if found.st_dev != self.device:
            os.close(fd)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
        if put_back is None:
            put_back = self._permit(fd, found)
        self._levels.append(_Level(name, found.st_ino, fd, put_back))
        old = len(self._levels) - 1 - OPEN_LEVELS
        if old > 0:
            os.close(self._levels[old].fd)
            self._levels[old].fd = -1
        return found

    def leave(self, *, put_back: bool = True) -> None:
        """Step up. `put_back=False`: the caller has set the directory's mode himself.

        Raises:
            Moved: the directory above is no longer the one that was stepped down from.
        """
        level = self._levels.pop()
        try:
            above = self._levels[-1] if self._levels else None
            if above is not None and above.fd == -1:
                fd = os.open("..", _DIRECTORY, dir_fd=level.fd)
                found = os.fstat(fd)
                if (found.st_dev, found.st_ino) != (self.device, above.ino):
                    os.close(fd)
                    raise Moved
                above.fd = fd
            if put_back and level.put_back is not None:
                os.fchmod(level.fd, level.put_back)
        finally:
            if level.fd != -1:
                os.close(level.fd)

    def open_regular(self, name: bytes) -> int:
        """Return a descriptor to read the regular file of that name. The caller closes it.

        Waits, within `LEASE_BREAK_S`, for a process that holds a lease on it.

        Raises:
            Moved: it is no regular file of this file system any more.
            OSError: it vanished, or cannot be read.
        """
        try:
            fd = self._open_patiently(name)
        except PermissionError:
            fd = self._open_unreadable(name)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR}:
                raise Moved from error
            raise
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_dev != self.device:
            os.close(fd)
            raise Moved
        return fd

    def with_permission(self, fd: int, read: Callable[[int], T]) -> T:
        """Return what `read` says of an open file, giving ourselves the permission it takes for that moment.

        An open file can be read whatever its mode says, its extended attributes cannot.
        """
        try:
            return read(fd)
        except PermissionError:
            found = os.fstat(fd)
            readable = self._permission & stat.S_IRUSR
            if not self._missing(found, readable):
                raise
        mode = stat.S_IMODE(found.st_mode)
        os.fchmod(fd, mode | readable)
        try:
            return read(fd)
        finally:
            os.fchmod(fd, mode)

    def handle(self, name: bytes) -> tuple[int, os.stat_result]:
        """Return an `O_PATH` descriptor of whatever has that name, and what it is. The caller closes it."""
        fd = os.open(name, _HANDLE, dir_fd=self.fd)
        return fd, os.fstat(fd)

    def _open_patiently(self, name: bytes) -> int:
        """Open a file for reading; a lease makes that fail at first, and asks its holder to give it up."""
        deadline = time.monotonic() + LEASE_BREAK_S
        while True:
            try:
                return os.open(name, _REGULAR, dir_fd=self.fd)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(LEASE_POLL_S)

    def _missing(self, found: os.stat_result, wanted: int) -> int:
        """Return which of the wanted owner bits are missing and ours to give."""
        return wanted & ~found.st_mode if found.st_uid == os.geteuid() else 0

    def _permit(self, fd: int, found: os.stat_result) -> int | None:
        """Give a directory the missing permission; return the mode to put back, None if nothing was missing."""
        missing = self._missing(found, self._permission)
        if not missing:
            return None
        mode = stat.S_IMODE(found.st_mode)
        os.fchmod(fd, mode | missing)
        return mode

    def _unlock(self, handle: int) -> tuple[int, os.stat_result, int]:
        """Open a directory of ours that we may not read; return it with the mode it had. Closes the handle."""
        try:
            found = os.fstat(handle)
            if not stat.S_ISDIR(found.st_mode) or not self._missing(found, self._permission):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            mode = stat.S_IMODE(found.st_mode)
            inode_path(handle).chmod(mode | self._permission)
            return os.open(inode_path(handle), _DIRECTORY & ~os.O_NOFOLLOW), found, mode
        finally:
            os.close(handle)

    def _open_unreadable(self, name: bytes) -> int:
        """Open a file of ours that we may not read; its mode is the old one again when this returns."""
        fd, found = self.handle(name)
        try:
            readable = self._permission & 0o400
            if not stat.S_ISREG(found.st_mode) or not self._missing(found, readable):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
            mode = stat.S_IMODE(found.st_mode)
            inode_path(fd).chmod(mode | readable)
            try:
                return os.open(inode_path(fd), _REGULAR & ~os.O_NOFOLLOW)
            finally:
                inode_path(fd).chmod(mode)
        finally:
            os.close(fd)


def attempt_with_permission(handle: int, found: os.stat_result, act: Callable[[Path], None]) -> None:
    """Do `act` to the path of an inode of ours, giving ourselves write permission first if it is refused.

    The caller sets the final mode afterwards.
    """
    path = inode_path(handle)
    try:
        act(path)
    except PermissionError:
        if found.st_uid != os.geteuid():
            raise
        path.chmod(stat.S_IMODE(found.st_mode) | stat.S_IRUSR | stat.S_IWUSR)
        act(path)
