"""The journal on disk: one event a line, readable by a person, synced before anything depends on it.

Rules that live here and nowhere else:

* A line is `{"prev": <hash>, "v": 1, "seq": n, "at": ..., "event": {...}}`. `prev` is the SHA-256 (first 32 hex
  digits) of the line before without its newline, or 32 zeros on the first: a line changed, removed or swapped later is
  found when the journal is read.
* A line counts when its newline is on disk. What a killed process left after the last newline was never promised to
  anybody; it is cut off when the journal is opened for appending, and ignored when it is read.
* One process at a time writes: an exclusive `flock` on the file itself, which the kernel drops with the process.

Cost: one `write` and one `fdatasync` an event, 1.5 ms on the disk it was measured on.

Not promised: that nobody rewrote the whole chain. Who can write the file can; keep it where the agent cannot.
"""

import errno
import fcntl
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from runner.errors import JournalError, UsageError
from runner.events import Entry, decode, encode

GENESIS = "0" * 32
"""What `prev` is on the first line."""


class _Link(msgspec.Struct):
    prev: str


def chain_hash(line: bytes) -> str:
    """Return the name by which the next line refers to this one."""
    return hashlib.sha256(line).hexdigest()[:32]


def read_journal(path: Path) -> list[Entry]:
    """Return the entries of a journal, the torn tail of a killed process left out.

    Raises:
        JournalError: it cannot be read, a line is not an event, or the chain is broken; says which line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error.strerror}") from error
    entries: list[Entry] = []
    prev = GENESIS
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            link = msgspec.json.decode(line, type=_Link)
            entries.append(decode(line))
        except (msgspec.MsgspecError, JournalError) as error:
            raise JournalError(f"{path}:{number}: {error}") from error
        if link.prev != prev:
            raise JournalError(f"{path}:{number}: the chain is broken; a line before it was changed or removed")
        prev = chain_hash(line)
    return entries


def is_locked(path: Path) -> bool:
    """Return whether a process is writing this journal right now."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


class JsonlJournal:
    """The journal of one run, open for appending by this process alone. A context manager."""

    def __init__(self, path: Path) -> None:
        """Open or create the journal and cut off a torn tail.

        Raises:
            UsageError: another process is writing it.
            JournalError: it cannot be opened.
        """
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self._fd = os.open(path, flags, 0o600)
        except OSError as error:
            raise JournalError(f"the journal {path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise UsageError(
                "this run is being worked on by another process",
                hint="Wait for it, or stop that process first.",
            ) from error
        whole = path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if len(kept) < len(whole):
            os.ftruncate(self._fd, len(kept))
        self._prev = chain_hash(kept.splitlines()[-1]) if kept else GENESIS
        self._size = len(kept)
        _sync_directory(path.parent)

    def append(self, entry: Entry) -> None:
        """Return when the entry is on disk.

        Raises:
            JournalError: it is not; what was written of it has been taken back if the disk allowed that.
        """
        line = b'{"prev":"' + self._prev.encode() + b'",' + encode(entry)[1:]
        try:
            _write_all(self._fd, line + b"\n")
            os.fdatasync(self._fd)
        except OSError as error:
            os.ftruncate(self._fd, self._size)
            hint = "Free some space, then resume the run." if error.errno in {errno.ENOSPC, errno.EDQUOT} else ""
            raise JournalError(f"the journal {self.path} cannot be written: {error.strerror}", hint=hint) from error
        self._prev = chain_hash(line)
        self._size += len(line) + 1

    def close(self) -> None:
        """Let go of the file and its lock. May be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_directory(path: Path) -> None:
    """Make the file's name last as long as its content."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
