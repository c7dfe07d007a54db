"""Looking at a tree: what is there now, reading only what may have changed since the last look.

Rules that live here and nowhere else:

* An entry is believed unchanged when its inode, type, mode, owner, link count, size, mtime and ctime are those of the
  last look, and that look was not too soon after a change (`RACY_NS`): the kernel's clock has steps, and two changes in
  one step cannot be told apart by their times. Then the content is compared.
* A file that changes while it is read is read again, `TRIES` times; after that the last reading is taken, whole in
  itself, and the file is named as unstable. A save never fails because something is still writing.
* What vanishes while it is looked at was not there.
* Every unreadable file is an error that names it: nothing is left out silently. Devices, and other file systems
  mounted below, are left out and named.

Theory of operation: one walk builds a tree of `Item`s, taking over the items of the last look wherever nothing changed,
up to whole directories. Then hard links are grouped, and `seal` writes the documents of the directories that are new.

Not promised: seeing what a process stores through a shared mapping it still has open. The kernel tells nobody.
"""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runner.adapters.plain_store.descent import Descent, Moved
from runner.adapters.plain_store.manifest import Entry, Kind, encode_document, shown
from runner.adapters.plain_store.objects import Content
from runner.errors import SnapshotError

RACY_NS = 20_000_000
"""An entry changed less than 20 ms before it was looked at is looked at again next time. The kernel stamps files with
a clock of 1 to 10 ms steps; see "Timestamps" in section 4 of the project's notes on snapshots."""

TRIES = 3
"""How often a file that changes while it is read, or a tree that is moved around, is looked at before giving up."""

XATTR_NAMES = ("security.capability", "system.posix_acl_access", "system.posix_acl_default")
"""Extended attributes that are part of a state, besides all of `user.`: what a program or a person sets on files.
The rest (labels of security modules, overlay marks) belongs to the host."""

_KINDS = {
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFREG: Kind.REGULAR,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
}

Key = tuple[int, int, int, int, int, int, int, int]
"""What tells that an entry is unchanged: inode, type and mode, owner, group, links, size, mtime, ctime."""


class Item:
    """A node of a look: an entry with what tells next time whether it changed."""

    __slots__ = ("children", "entry", "key", "linked", "sealed", "settled")

    def __init__(self, entry: Entry, key: Key, children: "dict[bytes, Item]", *, settled: bool, linked: bool) -> None:
        """Keep what was found.

        Args:
            entry: complete, but for a directory's digest and totals and for hard links, which `seal` adds.
            key: of the moment before it was read.
            children: of a directory, in byte order of names.
            settled: whether the key can be believed next time.
            linked: whether this, or anything below, is an inode with several names.
        """
        self.entry = entry
        self.key = key
        self.children = children
        self.settled = settled
        self.linked = linked
        self.sealed = False


@dataclass(slots=True)
class Findings:
    """What a look has to say besides the tree: paths relative to its top, and file systems' or files' names."""

    unstable: list[bytes] = field(default_factory=list)
    left_out: list[tuple[bytes, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    """A directory being looked at."""

    name: bytes
    names: Iterator[bytes]
    before: Item | None
    found: os.stat_result
    looked_ns: int
    entry: Entry
    children: dict[bytes, Item] = field(default_factory=dict)


class Look:
    """One look at a tree. Made for it and thrown away afterwards."""

    def __init__(
        self,
        *,
        take: Callable[[int, os.stat_result], Content],
        keep: Callable[[bytes], str],
        tell: Callable[[], None],
        permission: int,
        without_sockets: bool = False,
    ) -> None:
        """Prepare a look.

        Args:
            take: says what an open file's content is, and may keep it.
            keep: gives a directory document's digest, and may keep the document.
            tell: called for every entry read anew, for whoever watches.
            permission: see `Descent`.
            without_sockets: leave them out: the servers behind them are not copied either.
        """
        self._take = take
        self._keep = keep
        self._tell = tell
        self._permission = permission
        self._without_sockets = without_sockets
        self._links: dict[int, list[bytes]] = {}
        self.findings = Findings()

    def at(self, top: Path, before: Item | None) -> Item:
        """Return the tree below `top` as it is, sealed.

        Args:
            top: an existing directory.
            before: what an earlier look found there, if there was one. Its items must not be used otherwise any more.

        Raises:
            SnapshotError: something cannot be read, or the tree was moved around all the time.
            OSError: something cannot be kept.
        """
        for _ in range(TRIES):
            self._links.clear()
            self.findings = Findings()
            try:
                with Descent(top, permission=self._permission) as descent:
                    root = self._walk(descent, before)
            except Moved:
                continue
            self._seal(root)
            return root
        raise SnapshotError(
            "the directories of the workspace were moved around while they were read",
            hint="End the processes that are changing the workspace, then try again.",
        )

    def _walk(self, descent: Descent, before: Item | None) -> Item:
        """Look at everything, depth first, names in byte order."""
        frames = [self._open(descent, b"", before, os.fstat(descent.fd))]
        while True:
            frame = frames[-1]
            name = next(frame.names, None)
            if name is None:
                item = _close(frame)
                frames.pop()
                descent.leave()
                if not frames:
                    return item
                frames[-1].children[frame.name] = item
                continue
            try:
                found = os.stat(name, dir_fd=descent.fd, follow_symlinks=False)
            except FileNotFoundError:
                continue
            except PermissionError as error:
                raise _unreadable(descent.path(name)) from error
            known = frame.before.children.get(name) if frame.before is not None else None
            if stat.S_ISDIR(found.st_mode):
                entered = self._enter(descent, name)
                if entered is not None:
                    frames.append(self._open(descent, name, known, entered))
                continue
            leaf = self._leaf(descent, name, known, found)
            if leaf is not None:
                frame.children[name] = leaf

    def _enter(self, descent: Descent, name: bytes) -> os.stat_result | None:
        """Step into a directory; None if it is not there any more, or is another file system's."""
        try:
            return descent.enter(name)
        except PermissionError as error:
            raise _unreadable(descent.path(name)) from error
        except OSError as error:
            if error.errno == errno.EXDEV:
                self.findings.left_out.append((descent.path(name), "another file system"))
            elif error.errno in {errno.ENOTDIR, errno.ELOOP}:
                self.findings.unstable.append(descent.path(name))
            elif error.errno != errno.ENOENT:
                raise
            return None

    def _open(self, descent: Descent, name: bytes, before: Item | None, found: os.stat_result) -> _Frame:
        """Begin with the directory stood in. `found` was seen before a permission may have been given."""
        if before is not None and before.entry.kind is not Kind.DIRECTORY:
            before = None
        looked_ns = time.time_ns()
        try:
            names = sorted(descent.names())
        except PermissionError as error:
            raise _unreadable(descent.path()) from error
        if before is not None and before.settled and before.key == _key(found):
            entry = before.entry
        else:
            mode = descent.mode_to_keep
            entry = _entry(found, Kind.DIRECTORY, xattrs=_xattrs(descent.fd))
            entry = entry if mode is None else msgspec.structs.replace(entry, mode=mode)
            self._tell()
        return _Frame(name, iter(names), before, found, looked_ns, entry)

    def _leaf(self, descent: Descent, name: bytes, known: Item | None, found: os.stat_result) -> Item | None:
        """Return what is at a name that is no directory; None if nothing is, or nothing that is kept."""
        key = _key(found)
        if known is not None and known.settled and known.key == key:
            if known.linked:
                self._links.setdefault(found.st_ino, []).append(descent.path(name))
            return known
        kind = _KINDS.get(stat.S_IFMT(found.st_mode))
        if kind is None or (kind is Kind.SOCKET and self._without_sockets):
            self.findings.left_out.append((descent.path(name), "a device" if kind is None else "a socket"))
            return None
        if found.st_dev != descent.device:
            self.findings.left_out.append((descent.path(name), "another file system"))
            return None
        self._tell()
        looked_ns = time.time_ns()
        try:
            match kind:
                case Kind.REGULAR:
                    item = self._regular(descent, name)
                case Kind.SYMLINK:
                    target = shown(os.readlink(name, dir_fd=descent.fd))
                    item = _leaf_item(_entry(found, kind, target=target), found, looked_ns)
                case _:
                    item = _leaf_item(_entry(found, kind), found, looked_ns)
        except (Moved, FileNotFoundError):
            return self._again(descent, name)
        except OSError as error:
            if error.errno == errno.EINVAL and kind is Kind.SYMLINK:  # became something else since
                return self._again(descent, name)
            raise
        if item.linked:
            self._links.setdefault(item.key[0], []).append(descent.path(name))
        return item

    def _again(self, descent: Descent, name: bytes) -> Item | None:
        """A name changed its nature while it was looked at: take the file it is now, else count it as not there."""
        for _ in range(TRIES):
            try:
                item = self._regular(descent, name)
            except (Moved, FileNotFoundError):
                continue
            if item.linked:
                self._links.setdefault(item.key[0], []).append(descent.path(name))
            return item
        try:
            os.stat(name, dir_fd=descent.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        self.findings.unstable.append(descent.path(name))
        return None

    def _regular(self, descent: Descent, name: bytes) -> Item:
        """Read a regular file until it holds still, at most `TRIES` times."""
        try:
            fd = descent.open_regular(name)
        except PermissionError as error:
            raise _unreadable(descent.path(name)) from error
        try:
            item, steady = self._reading(descent, fd)
            for _ in range(TRIES - 1):
                if steady:
                    break
                item, steady = self._reading(descent, fd)
        except OSError as error:
            if error.errno in {errno.EIO, errno.ESTALE}:
                raise _unreadable(descent.path(name)) from error
            raise
        finally:
            os.close(fd)
        if not steady:
            item.settled = False
            self.findings.unstable.append(descent.path(name))
        return item

    def _reading(self, descent: Descent, fd: int) -> tuple[Item, bool]:
        """Read an open file; return what it is, and whether it was the same before and after."""
        looked_ns = time.time_ns()
        xattrs = descent.with_permission(fd, _xattrs)
        found = os.fstat(fd)
        content = self._take(fd, found)
        entry = _entry(
            found,
            Kind.REGULAR,
            size_bytes=content.size_bytes,
            hole_bytes=content.hole_bytes,
            digest=content.digest,
            xattrs=xattrs,
        )
        item = _leaf_item(entry, found, looked_ns)
        return item, _key(os.fstat(fd)) == item.key

    # --- sealing ------------------------------------------------------------------------------------------------------

    def _seal(self, root: Item) -> None:
        """Give hard links their groups, and directories their digests and totals, from the bottom up."""
        groups = {
            ino: hashlib.sha256(b"\0".join(sorted(paths))).hexdigest()[:32]
            for ino, paths in self._links.items()
            if len(paths) > 1
        }
        todo = [root]
        for item in todo:  # grows while it is walked: parents before children
            todo.extend(
                child
                for child in item.children.values()
                if child.entry.kind is Kind.DIRECTORY and (not child.sealed or child.linked)
            )
        for item in reversed(todo):
            if item.linked:
                for name, child in item.children.items():
                    item.children[name] = _with_link(child, groups)
            elif item.sealed:
                continue
            document = encode_document(item.children)
            entries = size_bytes = 0
            for child in item.children.values():
                entries += 1 + child.entry.entries
                size_bytes += child.entry.size_bytes - child.entry.hole_bytes
            item.entry = msgspec.structs.replace(
                item.entry, digest=self._keep(document), entries=entries, size_bytes=size_bytes
            )
            item.sealed = True


def _with_link(item: Item, groups: dict[int, str]) -> Item:
    """Return the item with the group its inode belongs to now."""
    if item.entry.kind is Kind.DIRECTORY or not item.linked:
        return item
    link = groups.get(item.key[0], "")
    if link == item.entry.link:
        return item
    entry = msgspec.structs.replace(item.entry, link=link)
    return Item(entry, item.key, item.children, settled=item.settled, linked=True)


def _close(frame: _Frame) -> Item:
    """Return the finished directory: the item of the last look if nothing in or below it changed."""
    before, children, key = frame.before, frame.children, _key(frame.found)
    if (
        before is not None
        and before.key == key
        and before.settled
        and len(before.children) == len(children)
        and all(before.children.get(name) is child for name, child in children.items())
    ):
        return before
    linked = any(child.linked for child in children.values())
    return Item(frame.entry, key, children, settled=_settled(frame.found, frame.looked_ns), linked=linked)


def _leaf_item(entry: Entry, found: os.stat_result, looked_ns: int) -> Item:
    settled = _settled(found, looked_ns)
    return Item(entry, _key(found), {}, settled=settled, linked=found.st_nlink > 1)


def _key(found: os.stat_result) -> Key:
    return (
        found.st_ino,
        found.st_mode,
        found.st_uid,
        found.st_gid,
        found.st_nlink,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


def _settled(found: os.stat_result, looked_ns: int) -> bool:
    """Return whether any later change must show in the times. An mtime can be set to anything, a ctime cannot."""
    return looked_ns - found.st_ctime_ns >= RACY_NS and abs(looked_ns - found.st_mtime_ns) >= RACY_NS


def _entry(
    found: os.stat_result,
    kind: Kind,
    *,
    size_bytes: int = 0,
    hole_bytes: int = 0,
    digest: str = "",
    target: str = "",
    xattrs: tuple[tuple[str, bytes], ...] = (),
) -> Entry:
    return Entry(
        kind=kind,
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        mtime_ns=found.st_mtime_ns,
        size_bytes=size_bytes,
        hole_bytes=hole_bytes,
        digest=digest,
        target=target,
        xattrs=xattrs,
    )


def _xattrs(fd: int) -> tuple[tuple[str, bytes], ...]:
    """Return the extended attributes that are part of a state. Names are text as `shown` writes it."""
    try:
        names = os.listxattr(fd)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return ()
        raise
    pairs = []
    for name in sorted(names):
        if not is_kept_xattr(name):
            continue
        try:
            pairs.append((shown(os.fsencode(name)), os.getxattr(fd, name)))
        except OSError as error:
            if error.errno != errno.ENODATA:  # removed since it was listed
                raise
    return tuple(pairs)


def is_kept_xattr(name: str) -> bool:
    """Return whether an extended attribute of that name is part of a state."""
    return name.startswith("user.") or name in XATTR_NAMES


def _unreadable(path: bytes) -> SnapshotError:
    return SnapshotError(
        f"{shown(path) or 'the directory itself'} cannot be read, so it cannot be brought back",
        hint="Give yourself permission to read it, move it out of the directory, or run as a user who may read it.",
    )
