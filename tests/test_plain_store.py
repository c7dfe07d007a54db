"""The plain store: exact, safe against being killed, and against whoever lives in the workspace."""

import contextlib
import fcntl
import hashlib
import itertools
import os
import random
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.adapters.plain_store.descent import OPEN_LEVELS
from runner.adapters.plain_store.ignore import Ignored, Rules
from runner.adapters.plain_store.manifest import shown, unshown
from runner.adapters.plain_store.source import require_space
from runner.adapters.plain_store.store import PlainStore
from runner.adapters.plain_store.telling import progress
from runner.errors import SnapshotError
from runner.testing.store import SnapshotStoreContract
from runner.views.patch import patch, select

ROOT = os.geteuid() == 0
KILLS = int(os.environ.get("AGENT_RUNNER_KILLS", "30"))
"""How many kills each kill test tries; more in a thorough run."""

needs_root = pytest.mark.skipif(not ROOT, reason="only root can make such entries")

# --- trees ------------------------------------------------------------------------------------------------------------


def described(root: Path) -> dict[bytes, dict[str, Any]]:
    """Everything a restore must bring back, read in the plainest way, by path."""
    tree: dict[bytes, dict[str, Any]] = {}
    names: dict[int, list[bytes]] = defaultdict(list)
    pending = [os.fsencode(root)]
    while pending:
        place = pending.pop()
        path = os.path.relpath(place, os.fsencode(root))
        found = os.lstat(place)
        entry: dict[str, Any] = {"mode": found.st_mode, "owner": (found.st_uid, found.st_gid)}
        entry["mtime"] = found.st_mtime_ns
        if stat.S_ISREG(found.st_mode):
            entry["content"] = hashlib.sha256(Path(os.fsdecode(place)).read_bytes()).hexdigest()
            entry["sparse"] = found.st_size > 1 << 20 and found.st_blocks * 1024 < found.st_size
        if stat.S_ISLNK(found.st_mode):
            entry["target"] = os.readlink(place)  # noqa: PTH115 - pathlib would tidy the target
        else:
            entry["xattrs"] = {name: os.getxattr(place, name) for name in os.listxattr(place)}
        if stat.S_ISDIR(found.st_mode):
            pending += [child.path for child in os.scandir(place)]
        else:
            names[found.st_ino].append(path)
        tree[path] = entry
    for group in names.values():
        for path in group:
            tree[path]["names"] = sorted(group)
    return tree


def differing(one: Path | dict[bytes, dict[str, Any]], other: Path) -> dict[bytes, object]:
    """What differs, by path; empty when nothing does."""
    before = one if isinstance(one, dict) else described(one)
    after = described(other)
    return {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def run(script: str, cwd: Path) -> None:
    subprocess.run(["bash", "-c", script], cwd=cwd, check=False, capture_output=True)


ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)
    for entry in ((1, 6, 2**32 - 1), (2, 6, 1234), (4, 4, 2**32 - 1), (16, 6, 2**32 - 1), (32, 4, 2**32 - 1))
)

TORTURE = r"""
git init -q .; git config user.name a; git config user.email a@b
mkdir -p src modes empty/a/b/c names hard x time node_modules/m nested/repo nested/gitfile
echo 'print(1)' >src/main.py; echo '#!/bin/sh' >src/exec.sh; chmod 755 src/exec.sh
for mode in 0600 0400 0444 4755 2711 1644; do echo $mode >modes/$mode; chmod $mode modes/$mode; done
mkdir modes/sticky modes/sgid modes/closed; chmod 1777 modes/sticky; chmod 2755 modes/sgid
echo in >modes/closed/f; chmod 555 modes/closed; mkdir empty/d700; chmod 700 empty/d700
ln -s src/main.py link_ok; ln -s /nonexistent/x link_dangling; ln -s src link_dir; ln -s loop loop
printf hard >hard/a; ln hard/a hard/b; ln hard/a src/c_hard; ln link_ok hard/symlink; mkfifo fifo; ln fifo hard/fifo
touch names/'with space' names/$'new\nline' names/$'\xff\xfebad' names/-dash names/'back\slash' names/'\x41'
touch names/größe names/$'\x1b[31m'; touch names/$(printf 'l%.0s' {1..250})
printf '*.log\nnode_modules/\n.env\n' >.gitignore; echo ignored >a.log; echo SECRET=1 >.env; echo m >node_modules/m/i
echo t >tracked.txt; printf '*.txt text eol=lf\n*.id ident\n' >.gitattributes; printf 'a\r\nb\r\n' >crlf.txt
(cd nested/repo; git init -q .; echo u >uncommitted.txt); echo 'gitdir: ../repo/.git' >nested/gitfile/.git
git add -A 2>/dev/null; git commit -qm c
truncate -s 9M sparse; printf mid | dd of=sparse bs=1 seek=5M conv=notrunc status=none; truncate -s 3M all_hole
head -c 3000000 /dev/urandom >big; : >empty_file
touch -d @1 time/old; touch -d @4000000000.000000007 time/future; touch -d @1234567890.123456789 time/ns
touch -h -d @5.5 link_ok; touch -d @9.9 time; touch -d @77.000000001 hard src names .
"""


def torture(top: Path) -> None:
    """A tree that holds every awkward thing a workspace can hold."""
    top.mkdir()
    run(TORTURE, top)
    deep = top / "deep"
    for level in range(60):
        deep /= f"d{level:02}"
    deep.mkdir(parents=True)
    (deep / "leaf").write_bytes(b"leaf")
    os.setxattr(top / "x", "user.directory", b"1")
    for name, value in (("user.note", b"hello"), ("user.\xff\n", b""), ("system.posix_acl_access", ACL)):
        (top / "x" / hashlib.sha256(name.encode()).hexdigest()).touch()
        os.setxattr(top / "x" / hashlib.sha256(name.encode()).hexdigest(), name, value)
    (top / "x/acl_directory").mkdir()
    os.setxattr(top / "x/acl_directory", "system.posix_acl_default", ACL)
    if ROOT:
        (top / "x/capable").touch()
        os.setxattr(top / "x/capable", "security.capability", bytes.fromhex("01000002" + "00040000" + "00" * 12))
        (top / "modes/0000").touch(mode=0)
        (top / "modes/0000").chmod(0)
        run("touch own; chown 1000:1001 own src; chown -h 7:8 link_dangling; chmod 6711 own; chmod 0 empty/a", top)
    run("touch -d @77.000000001 .", top)


def _sneak(workspace: Path) -> None:
    """Same size, and the time put back: only the ctime tells."""
    place = workspace / "src/main.py"
    before = place.stat()
    place.write_bytes(b"PRINT(1)\n")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


WRECKS: dict[str, str | Callable[[Path], None]] = {
    "everything deleted": "shopt -s dotglob; rm -rf -- *",
    "git deleted": "rm -rf .git nested/repo/.git",
    "git reset and cleaned": "echo hi >>tracked.txt; git reset --hard -q; git clean -ffdxq",
    "everything edited": r"""
        find . -type f -size -1M ! -path './.git/*' -exec sh -c 'for f; do echo z >>"$f"; done' _ {} +
        chmod -R u+rwx,go+rwx src modes; mv nested renamed; ln -sf zzz link_ok; touch -d 2001-01-01 time/ns
        rmdir empty/a/b/c; mkdir newd; touch newd/x; rm fifo; echo plain >fifo; chmod 1777 .""",
    "hard links broken": "rm hard/b; cp -p hard/a hard/b; rm src/c_hard; ln tracked.txt hard/c; rm hard/symlink",
    "kinds exchanged": "rm src/main.py; mkdir -p src/main.py/sub; rm -rf names; echo names >names; mv hard link_ok",
    "attributes changed": "find . -exec chmod u+s {} +; find . -exec touch -h -d @3 {} +; chmod 0 src; chmod 000 x/*",
    "holes filled": "cp --sparse=never all_hole filled; mv filled all_hole; truncate -s 8M sparse",
    "same size, same time": _sneak,
    "nothing": "true",
}


def wreck(name: str, workspace: Path) -> None:
    action = WRECKS[name]
    if isinstance(action, str):
        run(action, workspace)
    else:
        action(workspace)


class PlainWorld:
    """A store in a directory of its own, as a run has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.workspace = folder / "run/workspace"
        self.root = folder / "run/store"
        self.source.mkdir(exist_ok=True)
        self.told: list[str] = []
        self.store = self.reopened()

    def reopened(self) -> PlainStore:
        """The store as a later process finds it."""
        return PlainStore(source=self.source, workspace=self.workspace, root=self.root, watch=self.told.append)

    def _place(self, path: str) -> Path:
        return (self.workspace if self.workspace.exists() else self.source) / path

    def write(self, path: str, content: bytes) -> None:
        self._place(path).write_bytes(content)

    def remove(self, path: str) -> None:
        self._place(path).unlink()

    def contents(self) -> dict[str, bytes]:
        top = self._place(".")
        return {str(place.relative_to(top)): place.read_bytes() for place in top.rglob("*") if place.is_file()}

    def objects(self) -> set[Path]:
        return {place for place in (self.root / "objects").rglob("*") if place.is_file()}


@pytest.fixture
def world(tmp_path: Path) -> PlainWorld:
    return PlainWorld(tmp_path)


class TestPlainStore(SnapshotStoreContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> PlainWorld:
        world = PlainWorld(tmp_path)
        (world.source / "of the user").write_bytes(b"x")
        return world


def in_a_child(work: Callable[[], None], *, uid: int | None = None) -> int:
    """Do something in a forked process, as another user if asked; return how it ended, as `os.wait` says it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - nothing may get back into the parent's tests
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


@pytest.fixture
def of_nobody() -> Iterator[Path]:
    """A directory an ordinary user owns and can reach."""
    folder = Path(tempfile.mkdtemp())
    if ROOT:
        os.chown(folder, 65534, 65534)
    yield folder
    run(f"chmod -R u+rwx {folder}; rm -rf {folder}", Path("/"))


def as_nobody(work: Callable[[], None]) -> None:
    assert in_a_child(work, uid=65534 if ROOT else None) == 0


# --- exactness --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tortured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("torture") / "source"
    torture(top)
    return top


def test_the_first_copy_is_exact_and_leaves_the_source_alone(tortured: Path, tmp_path: Path) -> None:
    before = described(tortured)
    store = PlainStore(source=tortured, workspace=tmp_path / "w", root=tmp_path / "s", watch=lambda _: None)
    snapshot = store.save()
    assert not differing(before, tortured)
    assert not differing(before, tmp_path / "w")
    assert snapshot.entries == len(before) - 1
    assert snapshot.size_bytes < 10**7
    assert store.notes == ()


@pytest.mark.parametrize("name", WRECKS)
def test_a_restore_undoes_every_wreck_exactly(tortured: Path, tmp_path: Path, name: str) -> None:
    store = PlainStore(source=tortured, workspace=tmp_path / "w", root=tmp_path / "s", watch=lambda _: None)
    good = store.save()
    before = described(tmp_path / "w")
    inode = (tmp_path / "w").stat().st_ino
    wreck(name, tmp_path / "w")
    wrecked = described(tmp_path / "w")
    bad = store.save()
    assert not differing(wrecked, tmp_path / "w")
    for process in (store, PlainStore(source=tortured, workspace=tmp_path / "w", root=tmp_path / "s", watch=print)):
        process.restore(good.id)
        assert not differing(before, tmp_path / "w")
        assert process.save() == good
        process.restore(bad.id)
        assert not differing(wrecked, tmp_path / "w")
        assert process.save() == bad
    assert (tmp_path / "w").stat().st_ino == inode
    assert store.diff(good.id, good.id).count == 0
    assert list((tmp_path / "s/tmp").iterdir()) == list((tmp_path / "s/junk").iterdir()) == []


names = st.one_of(
    st.sampled_from([b"a", b"b", b"c", b".git", b"\\x41"]),
    st.binary(min_size=1, max_size=5).filter(lambda name: b"/" not in name and b"\0" not in name),
).filter(lambda name: name not in {b".", b".."})
MUTATIONS = (
    "write",
    "append",
    "mkdir",
    "symlink",
    "link",
    "fifo",
    "delete",
    "rename",
    "chmod",
    "utime",
    "xattr",
    "hole",
)
mutations = st.lists(
    st.tuples(st.sampled_from(MUTATIONS), st.lists(names, min_size=1, max_size=3), names, st.integers(0, 0o777)),
    max_size=15,
)


def mutate(top: Path, todo: list[tuple[str, list[bytes], bytes, int]]) -> None:
    """Do arbitrary things below a directory; what is not possible is left out."""
    for action, path, word, number in todo:
        place = top / os.fsdecode(b"/".join(path))
        with contextlib.suppress(OSError, shutil.Error):
            if action in {"write", "append", "hole"} and place.is_fifo():
                continue  # opening it would wait for a reader
            match action:
                case "write":
                    place.write_bytes(word * number)
                case "append":
                    with place.open("ab") as file:
                        file.write(word)
                case "mkdir":
                    place.mkdir(parents=True)
                case "symlink":
                    place.symlink_to(os.fsdecode(word))
                case "link":
                    os.link(top / os.fsdecode(word), place, follow_symlinks=False)
                case "fifo":
                    os.mkfifo(place)
                case "delete":
                    shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
                case "rename":
                    place.rename(top / os.fsdecode(word))
                case "chmod" if not place.is_symlink():
                    place.chmod(number | (0 if ROOT else stat.S_IRWXU))
                case "utime":
                    os.utime(place, ns=(1, number * 10**15 + len(word)), follow_symlinks=False)
                case "xattr":
                    os.setxattr(place, b"user." + word, b"%d" % number, follow_symlinks=False)
                case "hole":
                    with place.open("r+b") as file:
                        file.truncate((number + 1) * 4096)
                case _:
                    pass


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(before=mutations, changes=st.lists(mutations, min_size=1, max_size=3))
@example(
    before=[("write", [b"a"], b"x", 9), ("link", [b"b"], b"a", 0), ("link", [b"c"], b"a", 0)],
    changes=[[("delete", [b"c"], b"", 0), ("write", [b"c"], b"x", 9)], [("rename", [b"a"], b"d", 0)]],
)
def test_restoring_what_was_saved_is_identity(before: Any, changes: Any) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        world = PlainWorld(Path(scratch))
        mutate(world.source, before)
        states = [(world.store.save(), described(world.workspace))]
        assert not differing(world.source, world.workspace)
        for change in changes:
            mutate(world.workspace, change)
            states.append((world.store.save(), described(world.workspace)))
        for snapshot, state in [*states, *reversed(states)]:
            world.store.restore(snapshot.id)
            assert not differing(state, world.workspace)
            assert world.reopened().save() == snapshot
            assert world.store.diff(snapshot.id, snapshot.id).count == 0


@given(name=st.binary(max_size=30))
@example(name=b"\\x41")
@example(name="a\u202eb\u0085\u00a0".encode())
def test_names_are_written_down_without_loss_and_safe_to_show(name: bytes) -> None:
    assert unshown(shown(name)) == name
    assert shown(name).isprintable()


def test_a_tree_deeper_than_paths_and_descriptors_go_is_saved_restored_and_deleted(world: PlainWorld) -> None:
    levels = 300
    name = "d" * 200

    def dig(top: Path) -> None:
        fd = os.open(top, os.O_RDONLY)
        for _ in range(levels):
            os.mkdir(name, dir_fd=fd)
            below = os.open(name, os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = below
        os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        os.close(fd)

    assert levels > OPEN_LEVELS
    assert levels * len(name) > 4096
    dig(world.source)
    snapshot = world.store.save()
    assert snapshot.entries == levels + 1
    (world.workspace / name).rename(world.folder / "away")
    empty = world.store.save()
    change = world.store.diff(snapshot.id, empty.id)
    assert (change.deleted.count, len(change.deleted.listed)) == (levels + 1, 200)
    world.store.restore(snapshot.id)
    assert world.reopened().save() == snapshot
    world.store.restore(empty.id)
    assert list(world.workspace.iterdir()) == []
    for top in (world.source, world.folder / "away"):
        subprocess.run(["rm", "-rf", top], check=True)


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_save_stores_only_what_is_new(world: PlainWorld) -> None:
    for number in range(20):
        world.write(str(number), b"content %d" % number)
    world.write("copy", b"content 3")
    world.store.save()
    before = world.objects()
    assert len(before) == 21  # twenty contents and the directory
    world.store.save()
    assert world.objects() == before
    world.write("3", b"new")
    world.store.save()
    assert len(world.objects() - before) == 2
    assert before <= world.objects()


def test_an_edit_right_after_a_save_is_seen_though_its_times_may_be_the_same(world: PlainWorld) -> None:
    world.write("f", b"0")
    ids = [world.store.save().id]
    for number in range(1, 30):
        with (world.workspace / "f").open("r+b") as file:
            file.write(b"%d" % (number % 10))
        ids.append(world.store.save().id)
        found = {pair.after.read() for pair in world.store.pairs(ids[-2], ids[-1])}
        assert found == {b"%d" % (number % 10)}


def test_a_file_that_never_holds_still_is_saved_whole_and_named(world: PlainWorld) -> None:
    world.store.save()
    done = threading.Event()

    def scribble() -> None:
        with (world.workspace / "busy").open("wb", buffering=0) as file:
            while not done.is_set():
                file.write(os.urandom(1 << 16))
                if file.tell() > 1 << 25:
                    file.seek(0)

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        while not (world.workspace / "busy").exists() or (world.workspace / "busy").stat().st_size < 1 << 24:
            time.sleep(0.001)
        busy = world.store.save()
        notes = world.store.notes
    finally:
        done.set()
        writer.join()
    assert any("busy" in note for note in notes)
    world.store.restore(busy.id)
    assert world.reopened().save() == busy


def test_a_fifo_does_not_keep_a_save_waiting_and_a_socket_comes_back(world: PlainWorld) -> None:
    world.store.save()
    os.mkfifo(world.workspace / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(world.workspace / "s"))
        snapshot = world.store.save()
    before = described(world.workspace)
    run("rm fifo s; touch s", world.workspace)
    world.store.restore(snapshot.id)
    assert not differing(before, world.workspace)


def test_a_leased_file_is_waited_for_and_saved(world: PlainWorld) -> None:
    world.write("f", b"leased")
    world.store.save()
    os.utime(world.workspace / "f", ns=(1, 1))
    fd = os.open(world.workspace / "f", os.O_RDWR)
    before = signal.signal(signal.SIGIO, lambda *_: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK))
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        world.store.save()
    finally:
        os.close(fd)
        signal.signal(signal.SIGIO, before)


def test_a_terabyte_of_holes_costs_what_its_data_costs(world: PlainWorld) -> None:
    world.store.save()
    with (world.workspace / "huge").open("wb") as file:
        file.truncate(10**12)
        file.seek(5 * 10**11)
        file.write(b"data")
    snapshot = world.store.save()
    assert snapshot.size_bytes <= 4096
    (world.workspace / "huge").unlink()
    world.store.restore(snapshot.id)
    found = (world.workspace / "huge").stat()
    assert found.st_size == 10**12
    assert found.st_blocks * 512 < 10**6
    assert world.reopened().save() == snapshot


def test_the_watcher_hears_of_progress() -> None:
    told: list[str] = []
    tell = progress(told.append, "copying the workspace")
    for _ in range(63_999):
        tell()
    told.clear()
    time.sleep(0.2)
    tell()
    assert told == ["copying the workspace: 64,000 files"]


def test_a_second_process_is_told_to_wait(world: PlainWorld) -> None:
    world.store.save()
    with (world.root / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Timer(0.1, fcntl.flock, (lock, fcntl.LOCK_UN))
        waiting.start()
        world.store.save()
        waiting.join()


# --- the first copy ---------------------------------------------------------------------------------------------------


def test_sockets_and_devices_of_the_user_stay_behind_and_are_named(world: PlainWorld) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(world.source / "app.sock"))
        if ROOT:
            os.mknod(world.source / "null", stat.S_IFCHR, os.makedev(1, 3))
        world.store.save()
    assert list(world.workspace.iterdir()) == []
    assert any("app.sock" in note for note in world.store.notes)
    assert not ROOT or any("null" in note for note in world.store.notes)


def test_a_workspace_that_is_not_ours_is_left_alone(world: PlainWorld) -> None:
    world.workspace.mkdir(parents=True)
    (world.workspace / "precious").touch()
    with pytest.raises(SnapshotError, match="not empty"):
        world.store.save()
    assert (world.workspace / "precious").exists()


def test_an_empty_workspace_that_is_mounted_already_stays_the_same_directory(world: PlainWorld) -> None:
    world.workspace.mkdir(parents=True)
    (world.source / "f").touch()
    inode = world.workspace.stat().st_ino
    world.store.save()
    assert world.workspace.stat().st_ino == inode
    assert (world.workspace / "f").exists()


@pytest.mark.parametrize("place", ["source/state", "", "source/../source/x"])
def test_a_copy_that_would_contain_itself_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "source").mkdir()
    store = PlainStore(
        source=tmp_path / "source", workspace=tmp_path / "w", root=tmp_path / place / "s", watch=lambda _: None
    )
    if place:
        with pytest.raises(SnapshotError, match="inside"):
            store.save()
    else:
        store.save()


def test_a_directory_that_needs_more_room_than_there_is_is_refused_with_numbers(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(os.urandom(1 << 20))
    with pytest.raises(SnapshotError, match=r"needs .* GB, and .* are free"):
        require_space(tmp_path, tmp_path, 10**9, lambda: None)
    require_space(tmp_path, tmp_path, 2, lambda: None)


def test_what_a_killed_copy_left_behind_counts_as_room(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(os.urandom(1 << 20))
    require_space(tmp_path, tmp_path, 10**9, lambda: None, left_bytes=10**18)


def test_what_the_user_may_not_read_is_an_error_that_names_it(of_nobody: Path) -> None:
    def work() -> None:
        world = PlainWorld(of_nobody)
        (world.source / "secret\n").touch(mode=0)
        with pytest.raises(SnapshotError, match=r"secret\\x0a") as caught:
            world.store.save()
        assert caught.value.hint
        assert (world.source / "secret\n").stat().st_mode & 0o777 == 0
        (world.source / "secret\n").chmod(0o400)
        world.store.save()
        assert not differing(world.source, world.workspace)

    as_nobody(work)


def test_a_missing_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="not a directory"):
        PlainStore(source=tmp_path / "no", workspace=tmp_path / "w", root=tmp_path / "s", watch=print).save()


# --- as an ordinary user ----------------------------------------------------------------------------------------------


def test_an_ordinary_user_gets_back_what_he_made_unreadable_himself(of_nobody: Path) -> None:
    script = "mkdir -p d/e; echo 1 >d/e/f; echo 2 >g; touch h; chmod 0 d/e/f d/e d g; chmod 444 h"

    def work() -> None:
        world = PlainWorld(of_nobody)
        world.store.save()
        run(script, world.workspace)
        os.setxattr(world.workspace, "user.x", b"1")
        modes = "find . -printf '%p %m %T@\n'"

        def listing() -> bytes:
            return subprocess.run(["bash", "-c", modes], cwd=world.workspace, capture_output=True, check=False).stdout

        before = listing()
        snapshot = world.store.save()
        assert listing() == before
        assert world.store.save() == snapshot
        for damage in (
            "chmod -R 700 .; rm -rf d g h",
            "chmod 700 d; mv d D",
            "chmod 600 g; echo 3 >g; chmod 0 g .",
            ":",
        ):
            run(damage, world.workspace)
            world.store.restore(snapshot.id)
            assert listing() == before
            assert world.reopened().save() == snapshot
        run("chmod -R 777 .", world.workspace)
        assert (world.workspace / "d/e/f").read_bytes() == b"1\n"

    as_nobody(work)


@pytest.mark.skipif(not ROOT, reason="only root can give files away")
def test_giving_the_workspace_to_the_agent_is_no_change_and_a_restore_takes_it_back(tmp_path: Path) -> None:
    world = PlainWorld(tmp_path)
    (world.source / "a").write_text("a")
    base = world.store.save()
    os.chown(world.workspace / "a", 1000, 1000)
    given = world.store.save()
    assert world.store.diff(base.id, given.id).count == 0
    world.store.restore(base.id)
    assert (world.workspace / "a").stat().st_uid == 0


@needs_root
def test_owners_an_ordinary_user_cannot_give_are_reported(of_nobody: Path) -> None:
    folder = of_nobody / "source"
    folder.mkdir()
    (folder / "roots").write_bytes(b"readable")
    os.chown(folder, 65534, 65534)

    def work() -> None:
        world = PlainWorld(of_nobody)
        snapshot = world.store.save()
        assert any("owner" in note and "roots" in note for note in world.store.notes)
        assert (world.workspace / "roots").stat().st_uid == 65534
        (world.workspace / "roots").unlink()
        world.store.restore(snapshot.id)
        assert world.store.notes == ()

    as_nobody(work)


@needs_root
def test_what_root_made_unreadable_is_an_error_for_an_ordinary_user(of_nobody: Path) -> None:
    def begin() -> None:
        PlainWorld(of_nobody).store.save()

    as_nobody(begin)
    (of_nobody / "run/workspace/roots").touch(mode=0o600)

    def work() -> None:
        with pytest.raises(SnapshotError, match="roots"):
            PlainWorld(of_nobody).store.save()

    as_nobody(work)


# --- restoring --------------------------------------------------------------------------------------------------------


def test_a_restore_touches_only_what_differs(world: PlainWorld) -> None:
    (world.source / "d").mkdir()
    for name in ("same", "other", "d/same"):
        (world.source / name).write_bytes(b"1")
    snapshot = world.store.save()
    before = {name: (world.workspace / name).stat() for name in ("same", "d/same", "d")}
    (world.workspace / "other").write_bytes(b"2")
    world.store.restore(snapshot.id)
    for name, found in before.items():
        now = (world.workspace / name).stat()
        assert (now.st_ino, now.st_ctime_ns) == (found.st_ino, found.st_ctime_ns)


def test_a_lost_content_is_an_error_and_comes_back_with_the_next_save(world: PlainWorld) -> None:
    world.write("f", b"precious")
    snapshot = world.store.save()
    object_path = next(place for place in world.objects() if place.read_bytes() == b"precious")
    object_path.unlink()
    (world.workspace / "f").unlink()
    with pytest.raises(SnapshotError, match="missing"):
        world.store.restore(snapshot.id)
    world.write("f", b"precious")
    world.store.save()
    (world.workspace / "f").unlink()
    world.store.restore(snapshot.id)


@pytest.mark.parametrize("victim", ["objects", "manifests"])
def test_damage_to_the_store_is_never_restored_silently(world: PlainWorld, victim: str) -> None:
    world.write("f", b"precious")
    snapshot = world.store.save()
    (world.workspace / "f").unlink()
    for place in (world.root / victim).rglob("*"):
        if place.is_file():
            place.chmod(0o600)
            place.write_bytes(place.read_bytes().replace(b"e", b"E").replace(b"1", b"2"))
    with pytest.raises(SnapshotError):
        world.reopened().restore(snapshot.id)


@needs_root
def test_what_cannot_be_brought_back_is_named_with_its_reason(world: PlainWorld) -> None:
    (world.source / "d").mkdir()
    for name in ("stuck", "d/free"):
        (world.source / name).write_bytes(b"1")
    snapshot = world.store.save()
    (world.workspace / "stuck").write_bytes(b"2")
    (world.workspace / "d/free").write_bytes(b"2")
    fd = os.open(world.workspace / "stuck", os.O_RDONLY)
    try:
        fcntl.ioctl(fd, 0x40086602, struct.pack("l", 0x10))  # FS_IOC_SETFLAGS, immutable
    except OSError:
        os.close(fd)
        pytest.skip("this file system knows no immutable files")
    try:
        with pytest.raises(SnapshotError, match=r"not brought back: stuck \(Operation not permitted\)"):
            world.store.restore(snapshot.id)
        assert (world.workspace / "d/free").read_bytes() == b"1"
    finally:
        fcntl.ioctl(fd, 0x40086602, struct.pack("l", 0))
        os.close(fd)
    world.store.restore(snapshot.id)
    assert (world.workspace / "stuck").read_bytes() == b"1"


def test_a_disk_that_takes_no_more_is_an_error_that_loses_nothing(world: PlainWorld) -> None:
    world.write("f", b"1")
    good = world.store.save()
    world.write("big", os.urandom(1 << 20))

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
        with pytest.raises(SnapshotError, match="cannot be saved"):
            world.store.save()

    assert in_a_child(work) == 0
    assert not list((world.root / "tmp").iterdir())
    world.reopened().restore(good.id)
    assert world.contents() == {"f": b"1"}


# --- the adversary ----------------------------------------------------------------------------------------------------

SWAP = """
import contextlib, os, sys
os.chdir(sys.argv[1])
outside = sys.argv[2]
while True:
    for name, other in (("d", "real"), ("f", "file"), ("d", "x")):
        with contextlib.suppress(OSError):
            os.rename(name, other)
            os.symlink(outside if name == "d" else outside + "/secret", name)
            os.unlink(name)
            os.rename(other, name)
            continue
        for path in ("d/", "d/sub/", "d/sub/f", "d/f", "f"):
            with contextlib.suppress(OSError):
                os.mkdir(path) if path.endswith("/") else os.mknod(path)
"""


def test_symlinks_swapped_in_while_we_walk_never_lead_outside(world: PlainWorld) -> None:
    outside = world.folder / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "secret").write_bytes(b"the host's secret")
    (outside / "sub/f").write_bytes(b"the host's secret")
    (world.source / "d/sub").mkdir(parents=True)
    for name in ("f", "d/f", "d/sub/f"):
        (world.source / name).write_bytes(b"of the workspace")
    good = world.store.save()
    before = described(outside)
    attacker = subprocess.Popen([sys.executable, "-c", SWAP, world.workspace, outside])
    try:
        for _ in range(40):
            with contextlib.suppress(SnapshotError):
                world.store.save()
            with contextlib.suppress(SnapshotError):
                world.store.restore(good.id)
        assert attacker.poll() is None
    finally:
        attacker.kill()
        attacker.wait()
    assert not differing(before, outside)
    assert not any(b"the host's secret" in place.read_bytes() for place in world.objects())
    world.store.restore(good.id)
    assert (world.workspace / "d/sub/f").read_bytes() == b"of the workspace"


# --- kills ------------------------------------------------------------------------------------------------------------


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do something in a child that is killed at its n-th touch of the file system; return whether that happened."""

    def armed() -> None:
        count = 0

        def hook(event: str, _: object) -> None:
            nonlocal count
            if event in {"open", "fcntl.flock", "fcntl.ioctl"} or (event.startswith("os.") and event != "os.kill"):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        work()

    status = in_a_child(armed)
    assert status in {0, signal.SIGKILL}
    return status != 0


def steps() -> Iterator[int]:
    """Moments spread over an operation of unknown length: each further away, from another start every time."""
    place = 0.0
    spread = random.Random(os.environ.get("AGENT_RUNNER_SEED", "1"))
    for _ in range(KILLS):
        place += spread.uniform(1, 500 / KILLS)
        yield max(1, int(place))


@pytest.fixture
def small(world: PlainWorld) -> PlainWorld:
    run(
        "mkdir -p a/b c; echo 1 >a/f; echo 2 >a/b/g; ln a/f c/f; ln -s f c/l; head -c 2000000 /dev/zero >z; mkfifo p",
        world.source,
    )
    return world


DAMAGE = "rm -rf a; mkdir z2 a; echo x >a/f; echo 3 >c/f; rm c/l p; ln -s g c/l; chmod 700 c; echo >>z; mkdir -p n/e/w"


def test_a_killed_first_copy_is_made_again_from_scratch(small: PlainWorld) -> None:
    before = described(small.source)
    for step in steps():
        if not killed_at(step, lambda: small.reopened().save()):
            break
        (small.source / "changed meanwhile").write_bytes(b"%d" % step)
        (small.source / "changed meanwhile").unlink()
        os.utime(small.source, ns=(1, before[b"."]["mtime"]))
    small.reopened().save()
    assert not differing(before, small.source)
    assert not differing(before, small.workspace)


def test_a_killed_save_changes_nothing_and_leaves_every_snapshot_exact(small: PlainWorld) -> None:
    good = small.store.save()
    first = described(small.workspace)
    for step in steps():
        run(f"{DAMAGE}; echo {step} >n/{step}", small.workspace)
        before = described(small.workspace)
        killed = killed_at(step, lambda: small.reopened().save())
        assert not differing(before, small.workspace)
        again = small.reopened().save()
        small.reopened().restore(good.id)
        assert not differing(first, small.workspace)
        small.reopened().restore(again.id)
        assert not differing(before, small.workspace)
        small.reopened().restore(good.id)
        if not killed:
            break


def test_a_killed_restore_is_finished_by_the_next_one(small: PlainWorld) -> None:
    good = small.store.save()
    first = described(small.workspace)
    for step in steps():
        run(DAMAGE, small.workspace)
        killed = killed_at(step, lambda: small.reopened().restore(good.id))
        small.reopened().restore(good.id)
        assert not differing(first, small.workspace)
        assert small.reopened().save() == good
        if not killed:
            break


def test_kills_at_any_time_leave_every_committed_snapshot_exact(small: PlainWorld) -> None:
    good = small.store.save()
    first = described(small.workspace)
    spread = random.Random(os.environ.get("AGENT_RUNNER_SEED", "1"))

    def loop() -> None:
        store = small.reopened()
        for number in itertools.count():
            shutil.rmtree(small.workspace / "a", ignore_errors=True)
            (small.workspace / "n/e/w").mkdir(parents=True, exist_ok=True)
            (small.workspace / "n/f").write_bytes(spread.randbytes(number))
            (small.workspace / "c/f").write_bytes(b"x")
            store.save()
            store.restore(good.id)

    for _ in range(KILLS // 3):
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                loop()
            os._exit(1)
        time.sleep(spread.uniform(0, 0.05))
        os.kill(pid, signal.SIGKILL)
        assert os.waitpid(pid, 0)[1] == signal.SIGKILL
        manifests = sorted((small.root / "manifests").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for manifest in {*manifests[-4:], *spread.sample(manifests, 1)}:
            small.reopened().restore(manifest.stem)
            assert small.reopened().save().id == manifest.stem
        small.reopened().restore(good.id)
        assert not differing(first, small.workspace)


# --- comparing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "counts"),
    [
        ("touch f d; touch -h l", (0, 0, 0)),
        ("echo 2 >f", (0, 1, 0)),
        ("chmod 700 f", (0, 1, 0)),
        ("chmod 700 d", (0, 1, 0)),
        ("ln -sf other l", (0, 1, 0)),
        ("rm f; mkdir f; touch f/g", (1, 1, 0)),
        ("rm -r d; touch d", (0, 1, 1)),
        ("rm -r d", (0, 0, 2)),
        ("mkdir e", (1, 0, 0)),
        ("cp -p f g; rm f; mv g f", (0, 0, 0)),
        ("ln f g", (1, 0, 0)),
        ("chmod 700 .", (0, 1, 0)),
        ("mkfifo p", (1, 0, 0)),
        ("setxattr", (0, 1, 0)),
    ],
)
def test_what_counts_as_a_change(world: PlainWorld, damage: str, counts: tuple[int, int, int]) -> None:
    run("echo 1 >f; mkdir d; echo 2 >d/x; ln -s f l; chmod 755 f d .", world.source)
    first = world.store.save()
    if damage == "setxattr":
        os.setxattr(world.workspace / "f", "user.x", b"1")
    else:
        run(damage, world.workspace)
    change = world.store.diff(first.id, world.store.save().id)
    assert (change.added.count, change.changed.count, change.deleted.count) == counts


def test_a_change_lists_names_that_are_safe_to_show(world: PlainWorld) -> None:
    first = world.store.save()
    run(r"touch $'\xff' $'\x1b[2J' 'a b' $'n\nl' ü", world.workspace)
    change = world.store.diff(first.id, world.store.save().id)
    assert change.added.listed == ("\\x1b[2J", "\\xff", "a b", "n\\x0al", "ü")


# --- handing out ------------------------------------------------------------------------------------------------------


def test_the_patch_of_two_snapshots_makes_the_new_tree_of_the_old_one(world: PlainWorld) -> None:
    run("mkdir d; echo 1 >d/f; echo 2 >gone; ln -s f d/l; printf '*.o\n/out/\n!keep.o\n' >.gitignore", world.source)
    first = world.store.save()
    run(
        "echo 2 >>d/f; rm gone; ln -sf g d/l; chmod 755 d/f; touch a.o keep.o; mkdir out; touch out/x; mkfifo p;"
        "head -c 5000 /dev/urandom >bin; git init -q .; touch $'\\xff'",
        world.workspace,
    )
    second = world.store.save()
    chosen = select(world.store.pairs(first.id, second.id), world.store.ignored(second.id))
    assert {reason.name: left.count for reason, left in chosen.left_out.items() if reason.name != "GIT_FOLDER"} == {
        "IGNORED": 2
    }
    target = world.folder / "target"
    shutil.copytree(world.source, target, symlinks=True)
    subprocess.run(["git", "apply", "--binary"], cwd=target, input=b"".join(patch(chosen.pairs)), check=True)
    run("rm -rf .git p a.o out", world.workspace)
    assert git_view(target) == git_view(world.workspace)


def git_view(top: Path) -> dict[bytes, object]:
    return {
        path: (entry["mode"] & 0o170100, entry.get("content"), entry.get("target"))
        for path, entry in described(top).items()
        if not stat.S_ISDIR(entry["mode"])
    }


def test_artifacts_are_handed_out_as_plain_files(world: PlainWorld) -> None:
    run("mkdir -p a/b; echo 1 >a/b/x.txt; echo 2 >y.txt; echo 3 >z; ln -s z l.txt; chmod 6755 y.txt", world.source)
    snapshot = world.store.save()
    out = world.folder / "out"
    assert world.store.export(snapshot.id, ("*.txt", "!z"), out) == ["a/b/x.txt", "y.txt"]
    assert (out / "a/b/x.txt").read_bytes() == b"1\n"
    assert stat.S_IMODE((out / "y.txt").stat().st_mode) == 0o755
    assert not (out / "l.txt").exists()
    (out / "y.txt").write_bytes(b"older")
    world.store.export(snapshot.id, ("/y.txt",), out)
    assert (out / "y.txt").read_bytes() == b"2\n"
    assert world.store.export(snapshot.id, (), out) == []
    assert sorted(place.name for place in out.rglob("*")) == ["a", "b", "x.txt", "y.txt"]


def test_artifacts_never_leave_the_destination(world: PlainWorld) -> None:
    run("mkdir a; echo 1 >a/f; echo 2 >g", world.source)
    snapshot = world.store.save()
    out, outside = world.folder / "out", world.folder / "outside"
    out.mkdir()
    outside.mkdir()
    (outside / "g").write_bytes(b"precious")
    (out / "a").symlink_to(outside)
    (out / "g").symlink_to(outside / "g")
    assert world.store.export(snapshot.id, ("g",), out) == ["g"]
    with pytest.raises(SnapshotError, match="a/f"):
        world.store.export(snapshot.id, ("*",), out)
    assert [place.name for place in outside.iterdir()] == ["g"]
    assert (outside / "g").read_bytes() == b"precious"


words = st.lists(st.sampled_from([*"abAB/*?!# \\[]^-.\xff", "**", "[a-b]", "[:alpha:]", "/**/", "\\*"]), max_size=7)
ignore_files = st.lists(words.map("".join), max_size=5).map(lambda lines: "\n".join(lines).encode("latin1"))
ignored_paths = st.lists(st.sampled_from([b"a", b"b", b"ab", b"aB", b"*", b"a.b", b"\xff"]), min_size=1, max_size=3)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(top=ignore_files, below=ignore_files, paths=st.lists(ignored_paths, min_size=1, max_size=6))
@example(top=b"a/**/b\n**/ab\nb/**", below=b"!b\n", paths=[[b"a", b"b"], [b"b", b"a"], [b"a", b"a", b"b"]])
@example(top=b"a\\ \nb  \n\\!a\n[!a]b\n", below=b"/b\n", paths=[[b"b"], [b"ab"], [b"a", b"b"]])
def test_ignored_files_are_those_of_git(top: bytes, below: bytes, paths: list[list[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        subprocess.run(["git", "init", "-q", scratch], check=True, capture_output=True)
        (root / "a").mkdir()
        (root / ".gitignore").write_bytes(top)
        (root / "a/.gitignore").write_bytes(below)
        for path in paths:
            with contextlib.suppress(OSError):
                place = root / os.fsdecode(b"/".join(path))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
        files = [os.fsencode(place.relative_to(root)) for place in root.rglob("*") if place.is_file()]
        files = [path for path in files if not path.startswith(b".git/")]
        told = subprocess.run(
            ["git", "ls-files", "-z", "--others", "--ignored", "--exclude-per-directory=.gitignore"],
            cwd=root,
            capture_output=True,
            check=True,
        ).stdout
    ignored = Ignored({b"": Rules.of(top), b"a": Rules.of(below)})
    assert {path for path in files if ignored(path)} == {path for path in told.split(b"\0") if path}


def test_patterns_made_to_be_slow_are_not() -> None:
    ignored = Ignored({b"": Rules.of(b"*a" * 100 + b"b\n" + b"**/a*" * 50 + b"b\n")})
    assert not ignored(b"/".join([b"a" * 250] * 15))


def test_too_many_patterns_ignore_nothing() -> None:
    assert not Ignored({b"": Rules.of(b"a\n" * 3000)})(b"a")
    assert Ignored({b"": Rules.of(b"a\n" * 30)})(b"a")
