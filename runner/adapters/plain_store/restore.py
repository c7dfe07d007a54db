"""Making a tree what a snapshot says, while whoever lives in it may do whatever he likes.

Rules that live here and nowhere else:

* Everything that is no directory is made complete, in the store's own folder, and then renamed into place: content,
  owner, attributes and times are right before the box can see it, and nothing is ever written through a name the box
  may have swapped.
* A directory that has to go is renamed into the store's folder first and emptied there, so that deleting a huge tree
  is one step for the workspace.
* A directory that stays is worked in through a descriptor; its own attributes are set last, after its entries.
* The top directory stays the same directory.
* All names of a hard-linked file are made anew together if one of them is not right. (Their entries tell: a link's
  name is different for every set of names.)
* One entry that cannot be brought back does not keep the others from it. It is remembered with its reason.

Theory of operation: `apply` goes down both trees together and enters only directories that differ. It can be killed at
any moment: nothing it does is needed by the next attempt, which looks at the tree again and goes on.

Not promised: the result. The caller looks again and compares.
"""

import contextlib
import errno
import functools
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runner.adapters.plain_store.descent import Descent, attempt_with_permission, inode_path
from runner.adapters.plain_store.look import Item, is_kept_xattr
from runner.adapters.plain_store.manifest import Entry, Kind, Node, unshown
from runner.adapters.plain_store.objects import Objects

TRIES = 3
"""How often a name is taken from whoever keeps putting a directory there."""

_HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EXDEV, errno.EMFILE, errno.ENFILE}
"""What will befall every other entry too."""

_ACLS = ("system.posix_acl_access", "system.posix_acl_default")


@dataclass(slots=True)
class _Frame:
    """A directory being worked in: what it has to become, and which of its directories are still to be entered."""

    entry: Entry
    todo: list[tuple[bytes, Node, Item | None]]


class Restore:
    """One attempt to make a tree what a snapshot says. Made for it and thrown away afterwards."""

    def __init__(self, *, objects: Objects, junk: Path, tell: Callable[[], None], privileged: bool) -> None:
        """Prepare an attempt.

        Args:
            objects: the contents; its staging folder is on the same file system as the tree.
            junk: the folder doomed directories are renamed into; emptied by `empty`, not here.
            tell: called for every entry touched, for whoever watches.
            privileged: whether owners can be set.
        """
        self._objects = objects
        self._junk = junk
        self._tell = tell
        self._privileged = privileged
        self._linked: dict[str, Path] = {}
        self.failures: dict[bytes, OSError] = {}

    def apply(self, top: Path, target: Node, now: Item) -> None:
        """The tree below `top` is `target`, as far as nobody else touched it and `failures` names no exception.

        Args:
            top: the directory to change; it stays the same one.
            target: what it has to become.
            now: what a look found there a moment ago.

        Raises:
            SnapshotError: a content is missing from the store.
            OSError: nothing more can be written.
            Moved: directories were moved around meanwhile; look again, then try again.
        """
        try:
            with Descent(top, permission=0 if self._privileged else 0o700) as descent:
                self._walk(descent, target, now)
        finally:
            for source in self._linked.values():
                source.unlink(missing_ok=True)
            self._linked.clear()

    def _walk(self, descent: Descent, target: Node, now: Item) -> None:
        frames = [self._begin(descent, target, now)]
        while frames:
            frame = frames[-1]
            if frame.todo:
                name, node, item = frame.todo.pop()
                try:
                    descent.enter(name)
                except OSError as error:
                    self.failures[descent.path(name)] = error
                else:
                    frames.append(self._begin(descent, node, item))
                continue
            frames.pop()
            try:
                self._set_attributes(inode_path(descent.fd), frame.entry)
            except OSError as error:
                self._failed(descent.path(), error)
                descent.leave()
            else:
                descent.leave(put_back=False)

    def _begin(self, descent: Descent, target: Node, now: Item | None) -> _Frame:
        """Set right all entries of the directory stood in that are no directories; return what is left to do."""
        wanted = target.children
        for name in descent.names():
            if name not in wanted:
                self._attempt(descent, name, self._remove)
        todo: list[tuple[bytes, Node, Item | None]] = []
        for name, node in wanted.items():
            item = now.children.get(name) if now is not None else None
            if item is not None and item.entry == node.entry:
                continue
            self._tell()
            if node.entry.kind is Kind.DIRECTORY:
                if self._attempt(descent, name, self._make_directory):
                    todo.append((name, node, item))
            elif item is not None and item.entry.body == node.entry.body and item.entry.kind is Kind.REGULAR:
                self._attempt(descent, name, functools.partial(self._correct, item.key[0], node.entry))
            else:
                self._attempt(descent, name, functools.partial(self._place, node.entry))
        todo.reverse()
        return _Frame(target.entry, todo)

    def _attempt(self, descent: Descent, name: bytes, act: Callable[[Descent, bytes], None]) -> bool:
        """Do something to one entry; return whether it worked, remembering why not."""
        try:
            act(descent, name)
        except OSError as error:
            self._failed(descent.path(name), error)
            return False
        return True

    def _failed(self, path: bytes, error: OSError) -> None:
        if error.errno in _HOPELESS:
            raise error
        self.failures[path] = error

    # --- single entries -----------------------------------------------------------------------------------------------

    def _remove(self, descent: Descent, name: bytes) -> None:
        """Nothing has that name any more."""
        for _ in range(TRIES):
            try:
                os.unlink(name, dir_fd=descent.fd)
            except FileNotFoundError:
                return
            except IsADirectoryError:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    self._discard_directory(descent, name)
                    return
            else:
                return
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name)

    def _discard_directory(self, descent: Descent, name: bytes) -> None:
        """Rename a directory into the junk folder."""
        away = self._junk / self._objects.new_name().name
        try:
            os.rename(name, away, src_dir_fd=descent.fd)
        except PermissionError:
            _make_writable(name, descent.fd)  # its entry `..` changes, which takes permission to write in it
            os.rename(name, away, src_dir_fd=descent.fd)
        except OSError as error:
            if error.errno == errno.EXDEV:  # a mount point: only this entry cannot go
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name) from error
            raise

    def _make_directory(self, descent: Descent, name: bytes) -> None:
        """A directory has that name: the one that is there, or a new one."""
        for _ in range(TRIES):
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISDIR(os.stat(name, dir_fd=descent.fd, follow_symlinks=False).st_mode):
                    return
            self._remove(descent, name)
            new = self._objects.new_name()
            new.mkdir(mode=0o700)
            try:
                os.rename(new, name, dst_dir_fd=descent.fd)
            except (FileExistsError, NotADirectoryError):
                new.rmdir()
                continue
            return
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name)

    def _correct(self, inode: int, entry: Entry, descent: Descent, name: bytes) -> None:
        """The regular file of that name, whose content is right, has the right attributes."""
        handle, found = descent.handle(name)
        try:
            if stat.S_ISREG(found.st_mode) and found.st_ino == inode and found.st_dev == descent.device:
                attempt_with_permission(handle, found, lambda path: self._set_attributes(path, entry))
                return
        finally:
            os.close(handle)
        self._place(entry, descent, name)

    def _place(self, entry: Entry, descent: Descent, name: bytes) -> None:
        """The entry, made anew, has that name."""
        if entry.link:
            source = self._linked.get(entry.link)
            if source is None:
                source = self._linked[entry.link] = self._make(entry)
            new = self._objects.new_name()
            os.link(source, new, follow_symlinks=False)
        else:
            new = self._make(entry)
        try:
            for _ in range(TRIES):
                try:
                    os.rename(new, name, dst_dir_fd=descent.fd)
                except IsADirectoryError:
                    self._remove(descent, name)
                else:
                    return
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name)
        finally:
            new.unlink(missing_ok=True)

    def _make(self, entry: Entry) -> Path:
        """Return a new file, symlink, fifo or socket in the staging folder, complete."""
        new = self._objects.new_name()
        try:
            if entry.kind is Kind.REGULAR:
                fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
                try:
                    self._objects.pour(entry.digest, fd)
                    self._set_attributes(inode_path(fd), entry)
                finally:
                    os.close(fd)
            elif entry.kind is Kind.SYMLINK:
                os.symlink(unshown(entry.target), new)  # noqa: PTH211 - pathlib takes no bytes
                self._set_owner(new, os.lstat(new), entry)
                os.utime(new, ns=(entry.mtime_ns, entry.mtime_ns), follow_symlinks=False)
            else:
                os.mknod(new, (stat.S_IFIFO if entry.kind is Kind.FIFO else stat.S_IFSOCK) | stat.S_IRUSR)
                self._set_owner(new, os.lstat(new), entry)
                new.chmod(entry.mode)
                os.utime(new, ns=(entry.mtime_ns, entry.mtime_ns))
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        return new

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _set_attributes(self, inode: Path, entry: Entry) -> None:
        """The file or directory of that inode path has the entry's owner, mode, xattrs and times.

        The order matters: a new owner clears set-id bits and capabilities, a mode without write permission forbids
        setting extended attributes, a mode changes an ACL's mask, and everything changes times.
        """
        found = inode.stat()
        chowned = self._set_owner(inode, found, entry)
        wanted = {os.fsdecode(unshown(name)): value for name, value in entry.xattrs}
        present = _present_xattrs(inode)
        for name in present.keys() - wanted.keys():
            os.removexattr(inode, name)
        for name, value in wanted.items():
            if name not in _ACLS and (chowned or present.get(name) != value):
                self._set_xattr(inode, name, value)
        acls = [name for name in _ACLS if name in wanted and present.get(name) != wanted[name]]
        if chowned or acls or present != wanted or stat.S_IMODE(found.st_mode) != entry.mode:
            inode.chmod(entry.mode)
        for name in acls:
            self._set_xattr(inode, name, wanted[name])
        os.utime(inode, ns=(found.st_atime_ns, entry.mtime_ns))

    def _set_owner(self, inode: Path, found: os.stat_result, entry: Entry) -> bool:
        """Give the entry's owner, as far as that is allowed; return whether something changed."""
        if (found.st_uid, found.st_gid) == (entry.uid, entry.gid):
            return False
        follow = not stat.S_ISLNK(found.st_mode)
        if self._privileged:
            os.chown(inode, entry.uid, entry.gid, follow_symlinks=follow)
            return True
        if found.st_gid == entry.gid:
            return False
        try:
            os.chown(inode, -1, entry.gid, follow_symlinks=follow)
        except PermissionError:  # not one of our groups: the caller's comparison tells
            return False
        return True

    def _set_xattr(self, inode: Path, name: str, value: bytes) -> None:
        """Set an extended attribute; what the file system or the user cannot have is left to the comparison."""
        try:
            os.setxattr(inode, name, value)
        except OSError as error:
            refused = error.errno == errno.EPERM and not self._privileged
            if error.errno != errno.ENOTSUP and not refused:
                raise


def _present_xattrs(inode: Path) -> dict[str, bytes]:
    """Return the extended attributes that are part of a state and may have to go."""
    try:
        return {name: os.getxattr(inode, name) for name in os.listxattr(inode) if is_kept_xattr(name)}
    except OSError as error:
        if error.errno in {errno.ENOTSUP, errno.ENODATA}:
            return {}
        raise


def _make_writable(name: bytes, dir_fd: int) -> None:
    """Give ourselves all permission in a directory of ours that is about to go."""
    handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        inode_path(handle).chmod(stat.S_IRWXU)
    finally:
        os.close(handle)


def empty(folder: Path) -> None:
    """The folder is empty, but for what someone keeps filling or cannot be deleted: that stays until the next time.

    Directories found deep below are renamed up into the folder, so that depth costs nothing, and no name is followed:
    processes may still stand in what was thrown away.
    """
    with Descent(folder, permission=stat.S_IRWXU) as descent:
        tries = dict.fromkeys(descent.names(), TRIES)
        while tries:
            name, left = tries.popitem()
            try:
                os.unlink(name, dir_fd=descent.fd)
            except IsADirectoryError:
                if not _empty_directory(descent, name, folder, tries) and left > 1:
                    tries[name] = left - 1
            except OSError:
                continue


def _empty_directory(descent: Descent, name: bytes, folder: Path, more: dict[bytes, int]) -> bool:
    """Delete a directory of the folder stood in, adding those below it to `more`; return whether it is gone."""
    try:
        descent.enter(name)
        try:
            for entry in descent.names():
                _delete_or_lift(descent.fd, entry, folder, more)
        finally:
            descent.leave(put_back=False)
        os.rmdir(name, dir_fd=descent.fd)
    except OSError:
        return False
    return True


def _delete_or_lift(fd: int, name: bytes, folder: Path, more: dict[bytes, int]) -> None:
    """Delete an entry, or rename it into `folder` if it is a directory. What resists stays."""
    try:
        os.unlink(name, dir_fd=fd)
    except IsADirectoryError:
        lifted = secrets.token_hex(8)
        try:
            os.rename(name, folder / lifted, src_dir_fd=fd)
        except PermissionError:
            _make_writable(name, fd)
            os.rename(name, folder / lifted, src_dir_fd=fd)
        more[lifted.encode()] = TRIES
