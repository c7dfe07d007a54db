"""The contents a store keeps: files named by the SHA-256 of what is in them, written once, never changed.

Rules that live here and nowhere else:

* New contents are staged under temporary names and become objects all together in `commit`: first their bytes are on
  disk, then they get their names, then the names are on disk. So an object that has a name is whole, also after a
  power cut, and a manifest written afterwards never names one that is not there.
* A file with holes is identified by its length and its blocks that are not all zeros, so that a file of a terabyte of
  holes costs what its data costs. Its digest ends in `.sparse`; the same content without holes has another digest.
* What is read from a file that grows meanwhile is bounded by the length it had when it was opened.
* The store's folder is ours alone, beyond the reach of the box: paths below it are used as they are.

Not promised: saving space. Contents are not compressed; file systems that can share blocks between copies do.
"""

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.errors import SnapshotError

SYNC_EACH = 16
"""Up to so many new objects are synced one by one; more are synced by one `syncfs`, which may also wait for others'
data. Measured on ext4 on an SSD: 0.25 ms for either, so that many cost at most 4 ms."""

CHUNK_BYTES = 1 << 20
"""Files up to this size are read in one piece and written only if their content is new; larger ones by pieces."""

BLOCK_BYTES = 4096
"""Granularity of holes: the block size of ext4, xfs and btrfs."""

HOLES_FROM_BYTES = 64 * 1024
"""Smaller files are never looked at for holes: there is nothing to save, and inlined files look as if they had some."""

SPARSE = ".sparse"
"""Ends the digest of a file with holes."""

_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_CANNOT_COPY_IN_KERNEL = {errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM}
_ZEROS = bytes(BLOCK_BYTES)
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Content:
    """What was found in a file: its identity, its length, and how much of that is holes."""

    digest: str
    size_bytes: int
    hole_bytes: int = 0


class Objects:
    """The objects of one store, below its folder."""

    def __init__(self, root: Path) -> None:
        """Keep objects in `root/objects`, staging in `root/tmp`; both exist when anything is written."""
        self.tmp = root / "tmp"
        self._objects = root / "objects"
        self._staged: dict[str, Path] = {}
        self._to_keep: set[Path] = set()
        self._mark = secrets.token_hex(4)
        self._made = 0

    def __contains__(self, digest: str) -> bool:
        """Whether this content is kept, or staged."""
        return digest in self._staged or self.path(digest).exists()

    def path(self, digest: str) -> Path:
        """Return where the object of that digest is, if it is there."""
        return self._objects / digest[:2] / digest[2:]

    def new_name(self) -> Path:
        """Return a temporary name that nothing has yet."""
        self._made += 1
        return self.tmp / f"{self._mark}-{self._made}"

    def put(self, data: bytes) -> str:
        """Stage these bytes unless they are kept already; return their digest."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self:
            with self._staging() as (fd, name):
                _write_all(fd, data)
                self._stage(digest, fd, name)
        return digest

    def take(self, fd: int, found: os.stat_result) -> Content:
        """Stage the content of an open file unless it is kept already; return what it is.

        Args:
            fd: open for reading; its position is not used.
            found: what `fstat` said of it; not more than its length is read.

        Raises:
            OSError: it cannot be read, or not be kept (no space).
        """
        if has_holes(fd, found):
            with self._staging() as (copy, name):
                content = _read_blocks(fd, found.st_size, copy)
                os.ftruncate(copy, found.st_size)
                self._stage(content.digest, copy, name)
            return content
        if found.st_size <= CHUNK_BYTES:
            data = _read_up_to(fd, found.st_size)
            return Content(self.put(data), len(data))
        with self._staging() as (copy, name):
            _copy_range(fd, copy, 0, found.st_size)
            content = _read_all(copy, found.st_size)
            self._stage(content.digest, copy, name)
        return content

    def read(self, digest: str) -> bytes:
        """Return a whole content, checked against its digest. Holes are zeros: the caller knows the size beforehand.

        Raises:
            SnapshotError: it is missing or damaged.
        """
        with self.opened(digest) as fd:
            found = os.fstat(fd)
            if digest.endswith(SPARSE):
                sound = _read_blocks(fd, found.st_size, None).digest == digest
                data = _read_up_to(fd, found.st_size)
            else:
                data = _read_up_to(fd, found.st_size)
                sound = hashlib.sha256(data).hexdigest() == digest
        if not sound:
            raise SnapshotError(f"object {digest} of the snapshot store is damaged", hint="Check the disk.")
        return data

    def pour(self, digest: str, into: int) -> None:
        """Write a content into an empty file, with its holes. The caller verifies what became of it.

        Raises:
            SnapshotError: it is missing.
            OSError: it cannot be written (no space).
        """
        with self.opened(digest) as fd:
            size = os.fstat(fd).st_size
            if digest.endswith(SPARSE):
                for start, end in _data_ranges(fd, size):
                    _copy_range(fd, into, start, end)
                os.ftruncate(into, size)
            else:
                _copy_range(fd, into, 0, size)

    @contextlib.contextmanager
    def opened(self, digest: str) -> Iterator[int]:
        """Open an object for reading.

        Raises:
            SnapshotError: it is missing.
        """
        try:
            fd = os.open(self.path(digest), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SnapshotError(f"object {digest} is missing from the snapshot store") from error
        try:
            yield fd
        finally:
            os.close(fd)

    def commit(self) -> None:
        """All that was staged is kept, also after a power cut.

        Raises:
            OSError: no space, or the disk failed; nothing is lost, what was staged may be given again.
        """
        if len(self._staged) > SYNC_EACH:
            sync_file_system(self.tmp)
        folders = set()
        for digest, name in self._staged.items():
            path = self.path(digest)
            if path.parent not in folders:
                path.parent.mkdir(exist_ok=True)
                folders.add(path.parent)
            name.rename(path)
        if len(folders) > SYNC_EACH:
            sync_file_system(self.tmp)
        elif folders:
            for folder in (*folders, self._objects):
                sync(folder)
        self._staged.clear()
        self._to_keep.clear()

    def discard(self) -> None:
        """Forget what was staged and not committed."""
        for name in self._staged.values():
            name.unlink(missing_ok=True)
        self._staged.clear()
        self._to_keep.clear()

    def can_share_blocks(self) -> bool:
        """Return whether copies on this file system cost no space until they are changed. Costs about 0.1 ms."""
        with self._staging() as (one, _), self._staging() as (other, _):
            os.write(one, _ZEROS)
            try:
                fcntl.ioctl(other, _FICLONE, one)
            except OSError:
                return False
        return True

    @contextlib.contextmanager
    def _staging(self) -> Iterator[tuple[int, Path]]:
        """Open a new temporary file, which is gone afterwards unless it was staged."""
        name = self.new_name()
        fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
        try:
            yield fd, name
        finally:
            os.close(fd)
            if name not in self._to_keep:
                name.unlink(missing_ok=True)

    def _stage(self, digest: str, fd: int, name: Path) -> None:
        """Take a finished temporary file as the content of that digest."""
        if digest in self:
            return
        os.fchmod(fd, stat.S_IRUSR)
        if len(self._staged) < SYNC_EACH:
            os.fsync(fd)
        self._staged[digest] = name
        self._to_keep.add(name)


def identify(fd: int, found: os.stat_result) -> Content:
    """Return what the content of an open file is, as `Objects.take` would, keeping nothing."""
    if has_holes(fd, found):
        return _read_blocks(fd, found.st_size, None)
    return _read_all(fd, found.st_size)


def has_holes(fd: int, found: os.stat_result) -> bool:
    """Return whether a file has holes worth keeping.

    The file system is asked: block counts alone also shrink when it compresses.
    """
    if found.st_size < HOLES_FROM_BYTES or found.st_blocks * 512 >= found.st_size:
        return False
    try:
        return os.lseek(fd, 0, os.SEEK_HOLE) < found.st_size
    except OSError:
        return False


def sync(path: Path) -> None:
    """What this file, or the names in this directory, hold is on disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file_system(path: Path) -> None:
    """Everything written to the file system of `path` is on disk.

    Raises:
        OSError: the disk failed.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(fd)


def write_durably(path: Path, data: bytes, tmp: Path) -> None:
    """The file `path` holds exactly `data`, on disk, or is as it was before. `tmp`: a free name beside it."""
    fd = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
    try:
        _write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    tmp.rename(path)
    sync(path.parent)


def _write_all(fd: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read_up_to(fd: int, size_bytes: int) -> bytes:
    """Return the first bytes of a file, fewer when it is shorter."""
    data = os.pread(fd, size_bytes, 0)
    if len(data) == size_bytes or not data:
        return data
    pieces = [data]
    have = len(data)
    while have < size_bytes and (more := os.pread(fd, size_bytes - have, have)):
        pieces.append(more)
        have += len(more)
    return b"".join(pieces)


def _read_all(fd: int, size_bytes: int) -> Content:
    """Return what the first bytes of a file are, by pieces."""
    if size_bytes <= CHUNK_BYTES:
        data = _read_up_to(fd, size_bytes)
        return Content(hashlib.sha256(data).hexdigest(), len(data))
    sha = hashlib.sha256()
    done = 0
    while done < size_bytes and (piece := os.pread(fd, min(CHUNK_BYTES, size_bytes - done), done)):
        sha.update(piece)
        done += len(piece)
    return Content(sha.hexdigest(), done)


def _data_ranges(fd: int, size_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a file that are no holes, widened to whole blocks, without overlap."""
    position = 0
    while position < size_bytes:
        try:
            start = os.lseek(fd, position, os.SEEK_DATA)
            end = os.lseek(fd, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        start = max(position, start - start % BLOCK_BYTES)
        end = min(size_bytes, end + -end % BLOCK_BYTES)
        if start >= end:
            return
        yield start, end
        position = end


def _read_blocks(fd: int, size_bytes: int, copy: int | None) -> Content:
    """Return what a file with holes is, writing its blocks that are not all zeros into `copy` if there is one."""
    sha = hashlib.sha256(b"runner file with holes, version 1\n%d\n" % size_bytes)
    data_bytes = 0
    for start, end in _data_ranges(fd, size_bytes):
        for at in range(start, end, CHUNK_BYTES):
            chunk = os.pread(fd, min(CHUNK_BYTES, end - at), at)
            for offset in range(0, len(chunk), BLOCK_BYTES):
                block = chunk[offset : offset + BLOCK_BYTES]
                if block == _ZEROS[: len(block)]:
                    continue
                sha.update(b"%d %d\n" % (at + offset, len(block)))
                sha.update(block)
                data_bytes += len(block)
                if copy is not None:
                    os.lseek(copy, at + offset, os.SEEK_SET)
                    _write_all(copy, block)
    return Content(sha.hexdigest() + SPARSE, size_bytes, size_bytes - data_bytes)


def _copy_range(fd: int, into: int, start: int, end: int) -> None:
    """Copy a range of a file to the same place of another, as far as there is something; in the kernel if it can."""
    at = start
    try:
        while at < end:
            done = os.copy_file_range(fd, into, end - at, at, at)
            if done == 0:
                return
            at += done
    except OSError as error:
        if error.errno not in _CANNOT_COPY_IN_KERNEL:
            raise
    while at < end and (piece := os.pread(fd, min(CHUNK_BYTES, end - at), at)):
        os.lseek(into, at, os.SEEK_SET)
        _write_all(into, piece)
        at += len(piece)
