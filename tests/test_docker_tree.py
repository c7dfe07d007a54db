"""Files opened from this side: links mean what the box means by them, and nothing leads out."""

import errno
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.adapters.docker_sandbox.edits import RefusedError
from runner.adapters.docker_sandbox.tree import ElsewhereError, Owner, Tree, own_tree

ME = Owner(uid=os.getuid(), gid=os.getgid())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("HOST")
    root = tmp_path / "ws"
    root.mkdir()
    return root


@pytest.fixture
def tree(root: Path) -> Tree:
    return Tree(root, "/workspace", ME)


def content(tree: Tree, path: str) -> bytes:
    return b"".join(tree.pieces(path))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def nothing_left_open() -> Iterator[None]:
    before = open_files()
    yield
    assert open_files() == before


def test_a_file_is_read(root: Path, tree: Tree) -> None:
    (root / "d").mkdir()
    (root / "d" / "f").write_bytes(b"x" * 3_000_000)
    with nothing_left_open():
        assert content(tree, "/workspace/d/f") == b"x" * 3_000_000


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("l", "d/f"),
        ("l", "./d/../d/f"),
        ("l", "/workspace/d/f"),
        ("l", "//workspace//d/./f"),
        ("d/l", "f"),
        ("d/l", "../d/f"),
        ("d/l", "/workspace/d/../d/f"),
        ("l", "m"),
        ("d/l", "../m"),
    ],
)
def test_links_lead_where_they_lead_in_the_box(root: Path, tree: Tree, link: str, target: str) -> None:
    (root / "d").mkdir()
    (root / "d" / "f").write_text("inside")
    (root / "m").symlink_to("/workspace/d/f")
    (root / link).symlink_to(target)
    with nothing_left_open():
        assert content(tree, f"/workspace/{link}") == b"inside"


@pytest.mark.parametrize(
    ("target", "path", "elsewhere"),
    [
        ("/tmp/x", "/workspace/l", "/tmp/x"),
        ("../tmp/x", "/workspace/l", "/tmp/x"),
        ("../../../tmp", "/workspace/l/x", "/../../tmp/x"),
        ("/etc", "/workspace/l/passwd", "/etc/passwd"),
        ("/workspace/../etc/passwd", "/workspace/l", "/etc/passwd"),
        ("/output/0001.txt", "/workspace/l", "/output/0001.txt"),
    ],
)
def test_what_leaves_says_where_it_goes_and_opens_nothing(
    root: Path, tree: Tree, target: str, path: str, elsewhere: str
) -> None:
    (root / "l").symlink_to(target)
    for use in (lambda: content(tree, path), lambda: tree.entries(path), lambda: tree.write(path, b"x")):
        with nothing_left_open(), pytest.raises(ElsewhereError) as caught:
            use()
        assert caught.value.path == elsewhere


def test_links_in_a_circle_end(root: Path, tree: Tree) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("/workspace/a")
    with nothing_left_open(), pytest.raises(RefusedError, match="too many symbolic links"):
        content(tree, "/workspace/a")


def test_what_is_no_regular_file_is_refused_at_once(root: Path, tree: Tree) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(root / "socket"))
    for name in ("pipe", "socket"):
        with nothing_left_open(), pytest.raises(RefusedError, match="not a regular file"):
            content(tree, f"/workspace/{name}")
        with nothing_left_open(), pytest.raises(RefusedError, match="not a regular file"):
            tree.write(f"/workspace/{name}", b"x")


def test_directories_and_missing_files_have_their_errors(root: Path, tree: Tree) -> None:
    (root / "d").mkdir()
    (root / "f").write_text("")
    for path, kind in (
        ("/workspace/d", IsADirectoryError),
        ("/workspace", IsADirectoryError),
        ("/workspace/x", FileNotFoundError),
        ("/workspace/x/y", FileNotFoundError),
        ("/workspace/f/y", NotADirectoryError),
    ):
        with nothing_left_open(), pytest.raises(kind):
            content(tree, path)
    for path, kind in (("/workspace/d", IsADirectoryError), ("/workspace/f/y", NotADirectoryError)):
        with nothing_left_open(), pytest.raises(kind):
            tree.write(path, b"x")


def test_a_name_that_is_too_long_is_an_error_like_any_other(tree: Tree) -> None:
    with nothing_left_open(), pytest.raises(OSError) as caught:
        tree.write(f"/workspace/{'x' * 300}", b"")
    assert caught.value.errno == errno.ENAMETOOLONG


# --- writing ----------------------------------------------------------------------------------------------------------


def test_directories_on_the_way_are_made(root: Path, tree: Tree) -> None:
    with nothing_left_open():
        assert not tree.write("/workspace/a/b/f", b"new")
    assert (root / "a" / "b" / "f").read_bytes() == b"new"
    assert (root / "a").stat().st_mode & 0o777 == 0o755
    assert (root / "a" / "b" / "f").stat().st_mode & 0o777 == 0o644


def test_a_replaced_file_keeps_its_mode_but_no_power(root: Path, tree: Tree) -> None:
    (root / "f").write_text("old")
    (root / "f").chmod(0o4751)
    assert tree.write("/workspace/f", b"new")
    assert (root / "f").stat().st_mode & 0o7777 == 0o751


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_replaced_file_keeps_its_owner_and_a_new_one_is_the_agents(root: Path) -> None:
    tree = Tree(root, "/workspace", Owner(uid=1234, gid=1235))
    (root / "f").write_text("old")
    os.chown(root / "f", 77, 78)
    tree.write("/workspace/f", b"new")
    tree.write("/workspace/d/g", b"new")
    assert ((root / "f").stat().st_uid, (root / "f").stat().st_gid) == (77, 78)
    for path in (root / "d", root / "d" / "g"):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


def test_a_write_through_a_link_changes_the_file_behind_it(root: Path, tree: Tree) -> None:
    (root / "f").write_text("old")
    (root / "l").symlink_to("/workspace/f")
    (root / "dangling").symlink_to("d/new")
    tree.write("/workspace/l", b"new")
    tree.write("/workspace/dangling", b"made")
    assert (root / "f").read_text() == "new"
    assert (root / "l").is_symlink()
    assert (root / "d" / "new").read_text() == "made"


def test_a_failed_write_leaves_nothing_behind(root: Path, tree: Tree) -> None:
    (root / "d").mkdir()
    with pytest.raises(FileNotFoundError):
        tree.write("/workspace/x/../y", b"text")
    with pytest.raises(TypeError):
        tree.write("/workspace/d/f", "no bytes")  # type: ignore[arg-type]
    assert [path.name for path in root.rglob("*")] == ["d"]


# --- listing ----------------------------------------------------------------------------------------------------------


def test_entries_are_two_levels_deep_without_hidden_ones_and_links_are_not_followed(root: Path, tree: Tree) -> None:
    (root / "a" / "b" / "c").mkdir(parents=True)
    (root / "a" / ".hidden").write_text("")
    (root / ".git").mkdir()
    (root / "f").write_text("")
    (root / "l").symlink_to("/workspace/a")
    with nothing_left_open():
        assert sorted(tree.entries("/workspace")) == [("a", True), ("a/b", True), ("f", False), ("l", False)]
        assert tree.entries("/workspace/l") == [("b", True), ("b/c", True)]


def test_a_huge_directory_is_listed_in_part(root: Path, tree: Tree) -> None:
    for number in range(12_000):
        os.mknod(root / f"{number}")
    assert len(tree.entries("/workspace")) <= 10_001


# --- giving away ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_whole_tree_is_given_away_and_no_link_followed(root: Path, tmp_path: Path) -> None:
    (root / "d").mkdir()
    (root / "d" / "f").write_text("")
    (root / "d" / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to(tmp_path)
    own_tree(root, Owner(uid=1234, gid=1235))
    own_tree(root, Owner(uid=1234, gid=1235))
    for path in (root, root / "d", root / "d" / "f", root / "d" / "out", root / "up"):
        assert (path.lstat().st_uid, path.lstat().st_gid) == (1234, 1235)
    assert (tmp_path / "secret").stat().st_uid == 0
    assert tmp_path.stat().st_uid == 0


def test_a_tree_may_be_deeper_than_names_and_stacks_allow(root: Path) -> None:
    fd = os.open(root, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("x", dir_fd=fd)
        below = os.open("x", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    with nothing_left_open():
        own_tree(root, ME)
    subprocess.run(["rm", "-rf", str(root)], check=True)


# --- attacks ----------------------------------------------------------------------------------------------------------

SWAP = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
a, b = (os.fsencode(path) for path in sys.argv[1:])
print("ready", flush=True)
while True:
    libc.syscall(316, -100, a, -100, b, 2)  # renameat2, RENAME_EXCHANGE
"""


@contextmanager
def swapping(first: Path, second: Path) -> Iterator[None]:
    """Swap two names as fast as a process can."""
    argv = [sys.executable, "-c", textwrap.dedent(SWAP), str(first), str(second)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the number of renameat2 differs")
def test_a_directory_swapped_for_a_link_never_leads_out(root: Path, tree: Tree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("HOST")
    (root / "d").mkdir()
    (root / "d" / "secret").write_text("inside")
    (root / "l").symlink_to(outside)
    seen = set()
    with swapping(root / "d", root / "l"):
        for number in range(1500):
            try:
                seen.add(content(tree, "/workspace/d/secret"))
                tree.write("/workspace/d/secret", b"inside" if number % 2 else b"again")
            except (ElsewhereError, OSError) as error:
                seen.add(type(error).__name__.encode())
    assert seen & {b"inside", b"again"}
    assert b"HOST" not in seen
    assert (outside / "secret").read_text() == "HOST"
    assert [path.name for path in outside.iterdir()] == ["secret"]


@given(st.lists(st.sampled_from(["..", ".", "", "d", "l", "up", "f", "workspace", "etc"]), max_size=8))
@settings(max_examples=300)
def test_no_path_leads_out(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    top = tmp_path_factory.getbasetemp() / "no-path"
    root = top / "ws"
    if not root.exists():
        (root / "d").mkdir(parents=True)
        (top / "f").write_text("HOST")
        (root / "d" / "f").write_text("inside")
        (root / "l").symlink_to("..")
        (root / "d" / "up").symlink_to("../../..")
    tree = Tree(root, "/workspace", ME)
    with suppress(ElsewhereError, OSError):
        assert content(tree, "/workspace/" + "/".join(parts)) == b"inside"
