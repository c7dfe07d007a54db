"""Files of a directory the box also has, opened from this side without ever leaving it.

Rules that live here and nowhere else:

* A path is walked one name at a time, each opened relative to the directory before it and never through a link; links
  are read and walked by us, as the box would see them. So whatever the box renames or swaps meanwhile, what is opened
  lies in the directory, and `..` and absolute links mean what they mean to the agent.
* A path that leaves the directory for another place of the box is no error here: `ElsewhereError` says where it goes.
* Only regular files are opened; a pipe, device or socket could hold us up or be something else.
* A file is replaced as a whole by a rename, keeping its mode and owner; a reader sees the old text or the new one.

This takes 10 us a name. openat2(2) could do the walk in one call, but would resolve absolute links below the directory
instead of below the box's root, and is missing where an older filter confines us.
"""

import contextlib
import errno
import os
import posixpath
import secrets
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runner.adapters.docker_sandbox.edits import LISTED, RefusedError

LINKS: Final = 40
"""Most links followed in one path, as in Linux itself."""

PIECE_BYTES: Final = 1024**2

READ_BYTES: Final = 1024**3
"""Most that is read of one file: half a second's work."""

SCANNED: Final = 10 * LISTED
"""Most entries of one directory that are looked at."""

LOOK: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
DIRECTORY: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class ElsewhereError(Exception):
    """The path leads out of the directory, to `path` of the box."""

    def __init__(self, path: str) -> None:
        """Keep the box path."""
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who new files belong to, as this side numbers users."""

    uid: int
    gid: int


class _Walk:
    """A walk from the directory down to a place, holding every directory on the way open."""

    def __init__(self, root: Path, box_root: str) -> None:
        self.names: list[str] = []
        self._box_root = box_root
        self._fds = [os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._back_to(0)
        os.close(self._fds.pop())

    @property
    def here(self) -> int:
        """The place reached: an O_PATH descriptor."""
        return self._fds[-1]

    @property
    def parent(self) -> int:
        """The directory it was found in."""
        return self._fds[-2]

    def go(self, path: str) -> list[str]:
        """Walk as far as there is something; return the names that are missing, empty when all are there.

        Raises:
            ElsewhereError: the path leaves the directory.
            RefusedError: too many links.
            OSError: not a directory on the way, or not readable.
        """
        ahead = deque(self._below(path))
        links = 0
        while ahead:
            name = ahead.popleft()
            if name == "..":
                if not self.names:
                    raise ElsewhereError(posixpath.join(posixpath.dirname(self._box_root), *ahead))
                self._back_to(len(self.names) - 1)
                continue
            try:
                fd = os.open(name, LOOK, dir_fd=self.here)
            except FileNotFoundError:
                return [name, *ahead]
            if not stat.S_ISLNK(os.fstat(fd).st_mode):
                self._fds.append(fd)
                self.names.append(name)
                continue
            links += 1
            if links > LINKS:
                os.close(fd)
                raise RefusedError(f"{path} leads through too many symbolic links.")
            try:
                target = os.readlink("", dir_fd=fd)
            finally:
                os.close(fd)
            ahead.extendleft(reversed(self._after_link(target, ahead)))
        return []

    def make(self, names: list[str], owner: Owner) -> None:
        """Make missing directories below the place reached and go there."""
        for name in names:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=self.here)
                os.chown(name, owner.uid, owner.gid, dir_fd=self.here, follow_symlinks=False)
            self._fds.append(os.open(name, LOOK | os.O_DIRECTORY, dir_fd=self.here))
            self.names.append(name)

    def _after_link(self, target: str, ahead: deque[str]) -> list[str]:
        """Return the names a link stands for; one that begins at the box's root takes the walk back to ours."""
        if not target.startswith("/"):
            return _names(target)
        whole = posixpath.join(target, *ahead)
        names = self._below(whole)
        ahead.clear()
        self._back_to(0)
        return names

    def _below(self, path: str) -> list[str]:
        """Return the names of a box path below our directory."""
        names, root = _names(path), _names(self._box_root)
        if names[: len(root)] != root:
            raise ElsewhereError(path)
        return names[len(root) :]

    def _back_to(self, depth: int) -> None:
        while len(self._fds) > depth + 1:
            os.close(self._fds.pop())
        del self.names[depth:]


class Tree:
    """A directory of this machine that the box sees under another path."""

    def __init__(self, root: Path, box_root: str, owner: Owner) -> None:
        """Nothing is opened yet.

        Args:
            root: the directory here.
            box_root: the same directory there, absolute.
            owner: of what is newly made.
        """
        self._root = root
        self._box_root = box_root
        self._owner = owner

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's content.

        Raises:
            ElsewhereError: the path leaves this directory.
            IsADirectoryError: it is one.
            RefusedError: not a regular file, or too large.
            OSError: missing or not readable.
        """
        with _Walk(self._root, self._box_root) as walk:
            _must_exist(walk.go(path), path)
            _must_be_regular(walk.here, path)
            fd = os.open(walk.names[-1], READ, dir_fd=walk.parent)
        try:
            _must_be_regular(fd, path)  # it may have been swapped between the look and the opening
            left = READ_BYTES
            while piece := os.read(fd, PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise RefusedError(f"{path} is larger than {READ_BYTES:,} bytes. Use the shell to look at parts.")
                yield piece
        finally:
            os.close(fd)

    def entries(self, path: str) -> list[tuple[str, bool]]:
        """Return a directory's entries two levels deep without hidden ones: path below it, whether it is a directory.

        Raises:
            ElsewhereError, OSError: as in `pieces`.
        """
        with _Walk(self._root, self._box_root) as walk:
            _must_exist(walk.go(path), path)
            found = []
            for name, is_directory in _scan(walk.here):
                found.append((name, is_directory))
                if is_directory and len(found) <= LISTED:
                    with contextlib.suppress(OSError):  # gone meanwhile, or not ours to read
                        below = os.open(name, LOOK | os.O_DIRECTORY, dir_fd=walk.here)
                        try:
                            found += [(f"{name}/{inner}", inner_is) for inner, inner_is in _scan(below)]
                        finally:
                            os.close(below)
        return found

    def write(self, path: str, content: bytes) -> bool:
        """Make the content a file's, with missing directories on the way; return whether there was a file before.

        Raises:
            ElsewhereError, OSError: as in `pieces`.
            RefusedError: something else than a regular file stands there.
        """
        with _Walk(self._root, self._box_root) as walk:
            missing = walk.go(path)
            if not missing:
                _must_be_regular(walk.here, path)
                found = os.fstat(walk.here)
                owner = Owner(uid=found.st_uid, gid=found.st_gid)
                _replace(walk.parent, walk.names[-1], content, stat.S_IMODE(found.st_mode) & 0o1777, owner)
                return True
            if ".." in missing:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            walk.make(missing[:-1], self._owner)
            _replace(walk.here, missing[-1], content, 0o644, self._owner)
            return False


def own_tree(root: Path, owner: Owner) -> None:
    """Make every entry of a directory, itself included, belong to `owner`. Costs 3 us an entry that already does.

    Only while nothing else can change the tree. Any depth will do: one directory is open at a time.

    Raises:
        OSError: an entry cannot be looked at or given away.
    """
    fd = os.open(root, DIRECTORY)
    try:
        _give(".", owner, fd)
        levels = [_give_entries(fd, owner)]
        while levels:
            if levels[-1]:
                after = os.open(levels[-1].pop(), DIRECTORY, dir_fd=fd)
                levels.append(_give_entries(after, owner))
            else:
                levels.pop()
                after = os.open("..", DIRECTORY, dir_fd=fd)
            os.close(fd)
            fd = after
    finally:
        os.close(fd)


def _give_entries(fd: int, owner: Owner) -> list[str]:
    """Give away what a directory holds; return its directories."""
    directories = []
    with os.scandir(fd) as entries:
        for entry in entries:
            _give(entry.name, owner, fd)
            if entry.is_dir(follow_symlinks=False):
                directories.append(entry.name)
    return directories


def _give(name: str, owner: Owner, fd: int) -> None:
    found = os.stat(name, dir_fd=fd, follow_symlinks=False)
    if (found.st_uid, found.st_gid) != (owner.uid, owner.gid):
        os.chown(name, owner.uid, owner.gid, dir_fd=fd, follow_symlinks=False)


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in {"", "."}]


def _must_exist(missing: list[str], path: str) -> None:
    if missing:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _must_be_regular(fd: int, path: str) -> None:
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise RefusedError(f"{path} is not a regular file (a pipe, socket or device). Use the shell.")


def _scan(directory: int) -> list[tuple[str, bool]]:
    """Return names and whether they are directories, of the first entries that are not hidden."""
    fd = os.open(".", READ | os.O_DIRECTORY, dir_fd=directory)
    found = []
    try:
        with os.scandir(fd) as entries:
            for count, entry in enumerate(entries):
                if count > SCANNED:
                    break
                if not entry.name.startswith("."):
                    found.append((entry.name, entry.is_dir(follow_symlinks=False)))
    finally:
        os.close(fd)
    return sorted(found)


def _replace(directory: int, name: str, content: bytes, mode: int, owner: Owner) -> None:
    temporary = f".{secrets.token_hex(8)}.tmp"
    fd = os.open(temporary, MAKE, 0o600, dir_fd=directory)
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(fd, view) :]
            with contextlib.suppress(PermissionError):  # only root gives files away; then it is ours, and ours is right
                os.fchown(fd, owner.uid, owner.gid)
            os.fchmod(fd, mode)  # after the owner, whose change clears bits
        finally:
            os.close(fd)
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=directory)
        raise
