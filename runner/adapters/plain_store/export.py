"""Handing out files of a snapshot to a directory of the user.

Rules that live here and nowhere else:

* Only regular files are handed out, with read, write and execute bits and their time: no owners, no set-id bits, no
  extended attributes. What an agent made must not become more on the host than a file.
* Nothing is written outside the destination: every directory on the way is opened without following symlinks.
* A file appears complete or not at all; one that was there is replaced.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from runner.adapters.plain_store.manifest import Entry, Kind, Node, everything, shown
from runner.adapters.plain_store.objects import Objects
from runner.errors import SnapshotError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def export(root: Node, chosen: Callable[[bytes], bool], destination: Path, objects: Objects) -> list[str]:
    """Copy the chosen regular files below a snapshot's top into a directory; return their paths as shown.

    Args:
        root: the snapshot.
        chosen: whether a path is wanted.
        destination: made if missing; its own path may contain symlinks.
        objects: the contents.

    Raises:
        SnapshotError: a file cannot be written; those before it stay.
    """
    destination.mkdir(parents=True, exist_ok=True)
    written = []
    top = os.open(destination, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for path, entry in everything(root):
            if entry.kind is Kind.REGULAR and chosen(path):
                try:
                    _write(top, path, entry, objects)
                except OSError as error:
                    raise SnapshotError(
                        f"{shown(path)} cannot be written to {destination}: {error.strerror}",
                        hint="Empty that directory, or choose another one.",
                    ) from error
                written.append(shown(path))
    finally:
        os.close(top)
    return written


def _write(top: int, path: bytes, entry: Entry, objects: Objects) -> None:
    """Write one file below a directory, making the directories on the way."""
    *folders, name = path.split(b"/")
    fd = os.dup(top)
    try:
        for folder in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, dir_fd=fd)
            below = os.open(folder, _FOLDER, dir_fd=fd)
            os.close(fd)
            fd = below
        if not _replaceable(fd, name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        unfinished = f".{secrets.token_hex(8)}.part"
        out = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=fd)
        try:
            objects.pour(entry.digest, out)
            os.fchmod(out, entry.mode & 0o777)
            os.utime(out, ns=(entry.mtime_ns, entry.mtime_ns))
            os.rename(unfinished, name, src_dir_fd=fd, dst_dir_fd=fd)
        except BaseException:
            os.unlink(unfinished, dir_fd=fd)
            raise
        finally:
            os.close(out)
    finally:
        os.close(fd)


def _replaceable(fd: int, name: bytes) -> bool:
    """Return whether a file of that name may be put into a directory: nothing, or no directory, is there."""
    try:
        return not stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return True
