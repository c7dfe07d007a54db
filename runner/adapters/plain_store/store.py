"""The snapshots of one workspace, as plain copies: exact, safe against being killed, and simple.

Rules that live here and nowhere else:

* The user's directory is read once, for the first snapshot, and never written. The workspace is changed by a restore
  and by that first copy alone; a save only reads it (and see `descent` for directories we made unreadable ourselves).
* The commit point of a snapshot is its manifest getting its name. Everything the manifest needs is on disk before.
* A restore is finished when a new look at the workspace finds the snapshot, not when the work was done.
* An ordinary user cannot give files away nor set file capabilities; root can. What an ordinary user cannot bring back
  of owners and capabilities is reported, everything else that cannot is an error.

Theory of operation. Folder `root`, beside the workspace on one file system and out of the box's reach:

    objects/<aa>/<rest of the digest>   contents and directory documents        (`objects`, `manifest`)
    manifests/<id>.json                 line 1: the manifest; line 2: what was still being written when it was saved
    tmp/, junk/                         unfinished and doomed; emptied by every save and restore
    copying, copied                     the first copy was begun; was finished
    lock                                held by whoever works here

A save looks at the workspace (`look`), writes what is new, commits. A restore looks, corrects (`restore`), looks again.
The first save does the same with the user's directory as the snapshot to bring about.

Not promised: atomic snapshots of a workspace in which something is running: each file is whole, together they may be of
different moments. Speed on huge trees: every save stats everything, the first one of a process reads everything.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from runner.adapters.plain_store.descent import Moved
from runner.adapters.plain_store.export import export
from runner.adapters.plain_store.ignore import Ignored, Rules
from runner.adapters.plain_store.look import Findings, Item, Look
from runner.adapters.plain_store.manifest import (
    Difference,
    Documents,
    Entry,
    Kind,
    Node,
    Stored,
    decode_manifest,
    differences,
    encode_manifest,
    everything,
    shown,
    unshown,
)
from runner.adapters.plain_store.objects import Objects, identify, sync, write_durably
from runner.adapters.plain_store.restore import Restore, empty
from runner.adapters.plain_store.source import require_apart, require_space, size_on_disk
from runner.adapters.plain_store.telling import LISTED, Listing, named, progress
from runner.errors import SnapshotError
from runner.ports import Watch
from runner.types import Change, Snapshot
from runner.views.patch import FilePair, Version
from runner.views.patch import Kind as FileKind

ROUNDS = 3
"""How often a restore corrects what a look still finds wrong: once is enough unless something is running."""

LOCK_WAIT_S = 10.0
"""How long another process working on the same store is waited for."""

_ID = re.compile(r"[0-9a-f]{64}").fullmatch
_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}


class PlainStore:
    """The snapshots of one workspace. Implements `ports.SnapshotStore`."""

    def __init__(self, *, source: Path, workspace: Path, root: Path, watch: Watch) -> None:
        """Prepare; nothing is touched before the first call.

        Args:
            source: the user's directory. Read by the first save of a run, never written.
            workspace: the private copy, which the box mounts. Made by the first save; if it exists, it is empty.
            root: the store's own folder, on the same file system, not below the workspace and not in the box.
            watch: is told what is going on.
        """
        self._source = source.absolute()
        self._workspace = workspace.absolute()
        self._root = root.absolute()
        self._watch = watch
        self._objects = Objects(self._root)
        self._documents = Documents(self._objects.read)
        self._tree: Item | None = None
        self._privileged = os.geteuid() == 0
        self.notes: tuple[str, ...] = ()
        """What the last save or restore had to say besides its result: what was left out, or still being written."""

    # --- the port -----------------------------------------------------------------------------------------------------

    def save(self) -> Snapshot:
        """See `ports.SnapshotStore.save`. Costs a stat of every entry, and reading and copying what changed."""
        with self._working("saved"):
            self._copy_source()
            look = Look(
                take=self._objects.take,
                keep=self._objects.put,
                tell=progress(self._watch, "saving the workspace"),
                permission=self._permission,
            )
            tree = look.at(self._workspace, self._tree)
            self._report(look.findings, "saved")
            snapshot_id, line = encode_manifest(tree.entry)
            path = self._manifest_path(snapshot_id)
            if not path.exists():
                self._objects.commit()
                unstable = [shown(name) for name in look.findings.unstable[:LISTED]]
                write_durably(path, line + b"\n" + msgspec.json.encode(unstable) + b"\n", self._objects.new_name())
            self._tree = tree
            return Snapshot(id=snapshot_id, entries=tree.entry.entries, size_bytes=tree.entry.size_bytes)

    def diff(self, before: str, after: str) -> Change:
        """See `ports.SnapshotStore.diff`. Times and hard links do not count. Costs what differs."""
        added, changed, deleted = Listing(), Listing(), Listing()
        size_bytes = 0
        for difference in self._differences(before, after):
            old, new = difference.before, difference.after
            path = difference.path or b"."
            if new is None:
                deleted.add(path)
            elif old is None:
                added.add(path)
            elif old.seen != new.seen:
                changed.add(path)
            else:
                continue
            if new is not None and new.kind is Kind.REGULAR:
                size_bytes += new.size_bytes - new.hole_bytes
        return Change(added=added.paths(), changed=changed.paths(), deleted=deleted.paths(), size_bytes=size_bytes)

    def restore(self, snapshot_id: str) -> None:
        """See `ports.SnapshotStore.restore`. Costs a look, what differs, and another look."""
        with self._working("restored"):
            target = self._stored(snapshot_id)
            tree, self._tree = self._tree, None
            now = self._bring_about(target, tree, "restoring the workspace", self._essential)
            self._tree = now if now.entry == target.entry else None

    # --- for those who hand out results -------------------------------------------------------------------------------

    def pairs(self, before: str, after: str) -> Iterator[FilePair]:
        """Yield every file and symlink that differs between two snapshots, with readers for both contents.

        Raises:
            SnapshotError: one of the snapshots does not exist, or a content is missing or damaged.
        """
        for difference in self._differences(before, after):
            pair = FilePair(
                path=difference.path, before=self._version(difference.before), after=self._version(difference.after)
            )
            if difference.path and not pair.unchanged:
                yield pair

    def export(self, snapshot_id: str, patterns: tuple[str, ...], destination: Path) -> list[str]:
        """Copy the regular files of a snapshot that match into `destination`; return their paths as shown.

        Files that exist there are replaced. Owners, set-id bits and extended attributes are not handed out.

        Args:
            snapshot_id: of this store.
            patterns: as in a .gitignore at the workspace's top; `!` takes back. Empty: nothing matches.
            destination: a directory, made if missing.

        Raises:
            SnapshotError: no such snapshot, or a file cannot be written; those before it stay.
        """
        rules = Rules.of("\n".join(patterns).encode())
        target = self._stored(snapshot_id)
        with _spoken("exported"):
            return export(target, Ignored({b"": rules}), destination, self._objects)

    def ignored(self, snapshot_id: str) -> Ignored:
        """Return which paths the .gitignore files of a snapshot ignore.

        Raises:
            SnapshotError: no such snapshot.
        """
        rules = {}
        for path, entry in everything(self._stored(snapshot_id)):
            folder, _, name = path.rpartition(b"/")
            if name == b".gitignore" and entry.kind is Kind.REGULAR and Rules.bearable(entry.size_bytes):
                rules[folder] = Rules.of(self._objects.read(entry.digest))
        return Ignored(rules)

    # --- the first copy -----------------------------------------------------------------------------------------------

    def _copy_source(self) -> None:
        """The workspace exists, a copy of the user's directory, unless that was so before."""
        begun, done = self._root / "copying", self._root / "copied"
        if done.exists():
            return
        require_apart(self._source, self._workspace, self._root)
        self._workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not begun.exists() and any(self._workspace.iterdir()):
            raise SnapshotError(
                f"{self._workspace} is not empty, and not a copy that was made for this run",
                hint="Move it away, or use another state directory.",
            )
        copies = 1 if self._objects.can_share_blocks() else 2
        tell = progress(self._watch, "measuring the workspace")
        left_bytes = sum(size_on_disk(place, tell) for place in (self._workspace, self._root))
        require_space(self._source, self._root, copies, tell, left_bytes=left_bytes)
        write_durably(begun, b"", self._objects.new_name())
        look = Look(
            take=self._objects.take,
            keep=self._objects.put,
            tell=progress(self._watch, "copying the workspace"),
            permission=0,
            without_sockets=True,
        )
        base = look.at(self._source, None)
        self._objects.commit()
        now = self._bring_about(base, None, "filling the workspace", _copied)
        self._tree = now if now.entry == base.entry else None
        self._report(look.findings, "copied")
        write_durably(done, b"", self._objects.new_name())
        begun.unlink()

    # --- bringing about a state ---------------------------------------------------------------------------------------

    def _bring_about(self, target: Node, before: Item | None, doing: str, essential: Callable[[Entry], Entry]) -> Item:
        """Make the workspace `target` and return what a last look found, which is the same in all that is essential.

        Raises:
            SnapshotError: something differs still.
            OSError: nothing more can be written.
        """
        now = self._look(before)
        failures: dict[bytes, OSError] = {}
        wrong: list[Difference] = []
        for _ in range(ROUNDS):
            if now.entry == target.entry:
                return now
            attempt = Restore(
                objects=self._objects,
                junk=self._root / "junk",
                tell=progress(self._watch, doing),
                privileged=self._privileged,
            )
            with contextlib.suppress(Moved):
                attempt.apply(self._workspace, target, now)
            failures = attempt.failures
            now = self._look(now)
            wrong = list(differences(target, now))
            if not any(_differs(difference, essential) for difference in wrong):
                if wrong:
                    self._note(f"owner, capabilities or times could not be kept: {named(d.path for d in wrong)}")
                return now
        essentials = [difference.path for difference in wrong if _differs(difference, essential)]
        reason = next((failures[path] for path in essentials if path in failures), None)
        raise SnapshotError(
            f"not brought back: {named(essentials)}" + (f" ({reason.strerror})" if reason is not None else ""),
            hint="End what is still working in the workspace, and check who owns these entries; then try again.",
        )

    def _look(self, before: Item | None) -> Item:
        """Look at the workspace without keeping anything."""
        look = Look(
            take=identify,
            keep=lambda document: hashlib.sha256(document).hexdigest(),
            tell=progress(self._watch, "checking the workspace"),
            permission=self._permission,
        )
        return look.at(self._workspace, before)

    def _essential(self, entry: Entry) -> Entry:
        """Return the part of an entry that a restore must bring back."""
        if self._privileged:
            return entry
        xattrs = tuple((name, value) for name, value in entry.xattrs if name != "security.capability")
        return msgspec.structs.replace(entry, uid=0, gid=0, xattrs=xattrs)

    @property
    def _permission(self) -> int:
        """What a directory of the workspace needs to be looked at."""
        return 0 if self._privileged else stat.S_IRUSR | stat.S_IXUSR

    # --- reading the store --------------------------------------------------------------------------------------------

    def _manifest_path(self, snapshot_id: str) -> Path:
        return self._root / "manifests" / f"{snapshot_id}.json"

    def _stored(self, snapshot_id: str) -> Stored:
        """Return the top of a committed snapshot.

        Raises:
            SnapshotError: there is none of that id, or it is damaged.
        """
        if not _ID(snapshot_id):
            raise SnapshotError(f"{snapshot_id!r} is not the id of a snapshot", hint="Ids have 64 hex digits.")
        try:
            data = self._manifest_path(snapshot_id).read_bytes()
        except FileNotFoundError as error:
            raise SnapshotError(f"there is no snapshot {snapshot_id}", hint="It may be of another run.") from error
        except OSError as error:
            raise SnapshotError(f"snapshot {snapshot_id} cannot be read: {error.strerror}") from error
        return Stored(decode_manifest(data.partition(b"\n")[0], snapshot_id), self._documents)

    def _differences(self, before: str, after: str) -> Iterator[Difference]:
        return differences(self._stored(before), self._stored(after))

    def _version(self, entry: Entry | None) -> Version:
        """Return one side of a pair."""
        match entry:
            case None:
                return Version(kind=FileKind.ABSENT)
            case Entry(kind=Kind.REGULAR):
                digest = entry.digest
                return Version(
                    kind=FileKind.REGULAR,
                    mode=entry.mode,
                    size_bytes=entry.size_bytes,
                    identity=digest,
                    read=lambda: self._objects.read(digest),
                )
            case Entry(kind=Kind.SYMLINK):
                target = unshown(entry.target)
                return Version(
                    kind=FileKind.SYMLINK, size_bytes=len(target), identity=entry.target, read=lambda: target
                )
            case _:
                return Version(kind=FileKind.OTHER, mode=entry.mode)

    # --- around every operation ---------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _working(self, done: str) -> Iterator[None]:
        """Work on the store alone, in clean folders, and turn what the system refuses into our own error."""
        self.notes = ()
        with _spoken(done), self._lock():
            for name in ("objects", "manifests", "tmp", "junk"):
                (self._root / name).mkdir(mode=0o700, exist_ok=True)
            empty(self._root / "tmp")
            empty(self._root / "junk")
            try:
                yield
            finally:
                self._objects.discard()
                empty(self._root / "junk")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the store's lock, which the kernel gives back if this process dies.

        Raises:
            SnapshotError: another process does not let go of it.
        """
        new = not self._root.exists()
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if new:
            sync(self._root.parent)
        fd = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + LOCK_WAIT_S
            while True:
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise SnapshotError(
                            f"another process is working on the snapshots in {self._root}",
                            hint="Wait for the other runner to end, or stop it.",
                        ) from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(fd)

    def _note(self, text: str) -> None:
        self.notes = (*self.notes, text)
        self._watch(text)

    def _report(self, findings: Findings, done: str) -> None:
        """Tell what is not, or not surely, as it was."""
        for reason in sorted({reason for _, reason in findings.left_out}):
            paths = [path for path, why in findings.left_out if why == reason]
            self._note(f"not {done}, {reason}: {named(paths)}")
        if findings.unstable:
            self._note(f"still being written while it was {done}: {named(findings.unstable)}")


@contextlib.contextmanager
def _spoken(done: str) -> Iterator[None]:
    """Turn what the system refuses into one sentence."""
    try:
        yield
    except OSError as error:
        what = f"{error.strerror}: {shown(os.fsencode(error.filename))}" if error.filename else f"{error.strerror}"
        hint = "Free some space on that disk." if error.errno in _OUT_OF_SPACE else ""
        raise SnapshotError(f"the workspace cannot be {done}: {what}", hint=hint) from error


def _copied(entry: Entry) -> Entry:
    """Return the part of an entry that the first copy must have: another file system may not take the rest."""
    return msgspec.structs.replace(entry, uid=0, gid=0, xattrs=(), mtime_ns=0)


def _differs(difference: Difference, essential: Callable[[Entry], Entry]) -> bool:
    """Return whether two entries differ in what is essential."""
    one, two = difference.before, difference.after
    return one is None or two is None or essential(one.itself) != essential(two.itself)
