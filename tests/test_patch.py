"""The patch: what goes in, and that `git apply` makes the new tree of the old one."""

import itertools
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.views.patch import (
    LARGEST_BYTES,
    LARGEST_TEXT_BYTES,
    Effort,
    FilePair,
    Kind,
    PatchSummary,
    Reason,
    Selection,
    Version,
    changed_ranges,
    file_patches,
    patch,
    quoted,
    select,
)

File = tuple[str, bytes]
"""Git's mode and the content."""

Tree = dict[bytes, File]

ABSENT = Version(kind=Kind.ABSENT)


def version(file: File | None) -> Version:
    if file is None:
        return ABSENT
    mode, content = file
    kind = Kind.SYMLINK if mode == "120000" else Kind.REGULAR
    return Version(kind=kind, mode=int(mode[-3:], 8), size_bytes=len(content), read=lambda: content)


def pairs_of(before: Tree, after: Tree) -> list[FilePair]:
    return [
        FilePair(path=path, before=version(before.get(path)), after=version(after.get(path)))
        for path in before.keys() | after.keys()
    ]


def selection(before: Tree, after: Tree) -> Selection:
    return select(pairs_of(before, after), lambda _: False)


def made(before: Tree, after: Tree) -> bytes:
    return b"".join(patch(selection(before, after).pairs))


def write(root: Path, tree: Tree) -> None:
    for path, (mode, content) in tree.items():
        place = root / os.fsdecode(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            os.symlink(content, os.fsencode(place))  # noqa: PTH211 - pathlib would tidy the target
        else:
            place.write_bytes(content)
            place.chmod(int(mode[-3:], 8))


def read(root: Path) -> Tree:
    tree: Tree = {}
    for place in root.rglob("*"):
        path = os.fsencode(place.relative_to(root))
        if place.is_symlink():
            tree[path] = ("120000", os.readlink(os.fsencode(place)))  # noqa: PTH115 - pathlib would tidy the target
        elif place.is_file():
            tree[path] = ("100755" if place.stat().st_mode & 0o100 else "100644", place.read_bytes())
    return tree


def apply(root: Path, text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CEILING_DIRECTORIES": str(root.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(root.parent),
    }
    return subprocess.run(
        ["git", "apply", "--binary", "--whitespace=nowarn", *options],
        input=text,
        cwd=root,
        env=environment,
        capture_output=True,
        check=False,
    )


def applied(before: Tree, text: bytes, *options: str) -> Tree:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(os.path.realpath(scratch)) / "tree"
        root.mkdir()
        write(root, before)
        if text:
            done = apply(root, text, *options)
            assert done.returncode == 0, (done.stderr, text)
        return read(root)


def check(before: Tree, after: Tree) -> bytes:
    text = made(before, after)
    assert applied(before, text) == after
    assert applied(after, text, "-R") == before
    return text


# --- git takes it -----------------------------------------------------------------------------------------------------

NAMES = (
    b"plain.txt",
    b"with space",
    b" lead",
    b"trail ",
    b"tab\there",
    b"new\nline",
    b'quo"te',
    b"back\\slash",
    b"\xff\xfe",
    "größe/日本".encode(),
    b"-dash",
    b"a b/c d",
    b"dir/a -> b",
    b"+++ b",
    b"x/.gitignore",
    b"\x01\x7f",
    b"l" * 250,
    b"b",
    b"dev/null",
    b"%s%n",
    b"a/b/c/d/e",
)

CONTENTS = (
    b"",
    b"\n",
    b"a",
    b"a\n",
    b"a\r\nb\r\n",
    b"one\ntwo\nthree\n",
    b"one\ntwo\nthree",
    b"\x00\x01\x02",
    b"\xff\xfe text \xe4\n",
    b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    b"\\ No newline at end of file\n",
    b"diff --git a/x b/x\n",
    b"\x0c\n\x1c\n\x85\n",
    b"GIT binary patch\nliteral 0\n",
    b"-- \n2.39\n",
    bytes(range(256)) * 9,
    b"line\n" * 1000,
)


@pytest.mark.parametrize("name", NAMES)
def test_a_nasty_name_is_created_changed_made_executable_and_deleted(name: bytes) -> None:
    states: list[Tree] = [
        {},
        {name: ("100644", b"a\nb\n")},
        {name: ("100644", b"a\nc")},
        {name: ("100755", b"a\nc")},
        {name: ("100755", b"")},
        {name: ("100644", b"\x00bin")},
        {name: ("120000", b"to\nwhere")},
        {name: ("120000", b"elsewhere")},
        {},
    ]
    for before, after in itertools.pairwise(states):
        check(before, after)


@pytest.mark.parametrize("old", CONTENTS)
def test_any_content_becomes_any_other(old: bytes) -> None:
    before: Tree = {b"%d" % number: ("100644", old) for number, _ in enumerate(CONTENTS)}
    after: Tree = {b"%d" % number: ("100644", new) for number, new in enumerate(CONTENTS)}
    check(before, after)
    check({}, after)


def test_a_file_becomes_a_directory_and_back() -> None:
    file: Tree = {b"x": ("100644", b"file\n"), b"keep": ("100644", b"k")}
    folder: Tree = {b"x/a": ("100644", b"below\n"), b"x/b/c": ("100755", b""), b"keep": ("100644", b"k")}
    check(file, folder)
    check(folder, file)


def test_a_directory_becomes_a_symlink_and_back() -> None:
    folder: Tree = {b"x/a": ("100644", b"1"), b"y/a": ("100644", b"2")}
    link: Tree = {b"x": ("120000", b"y"), b"y/a": ("100644", b"2")}
    check(folder, link)
    check(link, folder)


paths = st.lists(
    st.one_of(st.sampled_from([b"a", b"b", b"c d", b"\xe9", b'q"']), st.binary(min_size=1, max_size=6)),
    min_size=1,
    max_size=3,
).map(b"/".join)
texts = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c", b" \n", b"\\ x\n"]), max_size=12).map(b"".join)
files = st.one_of(
    st.tuples(st.sampled_from(["100644", "100755"]), st.one_of(texts, st.binary(max_size=200))),
    st.tuples(st.just("120000"), st.binary(min_size=1, max_size=20).filter(lambda target: b"\0" not in target)),
)


def _possible(tree: Tree) -> Tree:
    """Leave out names no file system takes, and files below other files."""
    chosen: Tree = {}
    for path, file in sorted(tree.items()):
        names = path.split(b"/")
        if b"\0" in path or any(name in {b"", b".", b".."} for name in names):
            continue
        if not any(b"/".join(names[:depth]) in chosen for depth in range(1, len(names))):
            chosen[path] = file
    return {path: file for path, file in chosen.items() if not any(other.startswith(path + b"/") for other in chosen)}


trees = st.dictionaries(paths, files, max_size=6).map(_possible)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(before=trees, changes=trees, data=st.data())
@example(before={b"a": ("100644", b"")}, changes={b"a/b": ("100644", b"")}, data=None)
def test_git_apply_makes_the_new_tree_of_the_old_one(before: Tree, changes: Tree, data: st.DataObject | None) -> None:
    kept = {path: file for path, file in before.items() if data is None or data.draw(st.booleans())}
    after = _possible({**kept, **changes})
    chosen = selection(before, after)
    text = b"".join(patch(chosen.pairs))
    left_out = {pair.path for pair in pairs_of(before, after)} - {pair.path for pair in chosen.pairs}
    expected = {path: file for path, file in after.items() if path not in left_out}
    assert applied({path: file for path, file in before.items() if path not in left_out}, text) == expected


@settings(max_examples=200)
@given(old=texts, new=texts)
def test_the_changed_ranges_turn_one_text_into_the_other(old: bytes, new: bytes) -> None:
    a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for steps in (10**9, 3, 0):
        rebuilt: list[bytes] = []
        at = 0
        for i1, i2, j1, j2 in changed_ranges(a, b, Effort(patch_steps=steps)):
            assert i1 >= at
            rebuilt += a[at:i1] + b[j1:j2]
            at = i2
        assert rebuilt + a[at:] == b


def test_equal_trees_give_an_empty_patch() -> None:
    tree: Tree = {b"a": ("100644", b"x"), b"l": ("120000", b"a")}
    assert made(tree, tree) == b""


# --- it is pleasant to read -------------------------------------------------------------------------------------------


def test_a_small_edit_is_a_hunk_with_three_lines_of_context() -> None:
    old = b"".join(b"line %d\n" % number for number in range(1, 31))
    text = made({b"f": ("100644", old)}, {b"f": ("100644", old.replace(b"line 15\n", b"changed\n"))})
    assert text.splitlines()[4:] == [
        b"@@ -12,7 +12,7 @@",
        b" line 12",
        b" line 13",
        b" line 14",
        b"-line 15",
        b"+changed",
        b" line 16",
        b" line 17",
        b" line 18",
    ]


def test_two_edits_far_apart_in_a_long_file_are_two_hunks() -> None:
    lines = [b"line %d\n" % (number if number % 3 else 0) for number in range(30_000)]
    edited = [*lines]
    edited[10] = b"first\n"
    edited[29_990:29_992] = [b"second\n"]
    text = check({b"f": ("100644", b"".join(lines))}, {b"f": ("100644", b"".join(edited))})
    assert text.count(b"\n@@ ") == 2


def test_texts_made_to_be_slow_to_compare_cost_a_bounded_effort() -> None:
    one = [b"a\n", b"b\n"] * 20_000
    other = [b"b\n", b"b\n", b"a\n"] * 15_000
    effort = Effort()
    ranges = changed_ranges(one, other, effort)
    assert Effort().patch_steps - effort.patch_steps <= Effort().text_steps
    assert ranges


def test_counts_are_those_of_git() -> None:
    before: Tree = {b"f": ("100644", b"a\nb\nc\n"), b"gone": ("100644", b"1\n2\n"), b"bin": ("100644", b"\0")}
    after: Tree = {b"f": ("100644", b"a\nB\nc\nd\n"), b"new": ("100755", b"x"), b"bin": ("100644", b"\0\0")}
    summary = PatchSummary()
    for part in file_patches(selection(before, after).pairs):
        summary = summary.including(part)
    assert (summary.files, summary.insertions, summary.deletions, summary.binaries) == (4, 3, 3, 1)
    with tempfile.TemporaryDirectory() as scratch:
        done = apply(Path(scratch), made(before, after), "--numstat")
    counted = [line.split(b"\t")[:2] for line in done.stdout.splitlines()]
    assert sum(int(plus) for plus, _ in counted if plus != b"-") == summary.insertions
    assert sum(int(minus) for _, minus in counted if minus != b"-") == summary.deletions


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"a b", "a b"),
        (b"a\tb", '"a\\tb"'),
        (b'"', '"\\""'),
        (b"\\", '"\\\\"'),
        (b"\xc3\xa9", '"\\303\\251"'),
        (b"\x7f\x00", '"\\177\\000"'),
    ],
)
def test_names_are_quoted_as_git_does(path: bytes, text: str) -> None:
    assert quoted(path) == text


# --- what goes in -----------------------------------------------------------------------------------------------------


def reason(path: bytes, before: File | None, after: File | None, ignored: Callable[[bytes], bool]) -> Reason | None:
    chosen = select([FilePair(path=path, before=version(before), after=version(after))], ignored)
    assert len(chosen.pairs) + sum(left.count for left in chosen.left_out.values()) == 1
    return next(iter(chosen.left_out), None)


def everything(_: bytes) -> bool:
    return True


@pytest.mark.parametrize("path", [b".git/config", b".git", b"sub/.git/HEAD", b"a/b/.git/x"])
def test_git_folders_stay_out(path: bytes) -> None:
    assert reason(path, None, ("100644", b"x"), everything) is Reason.GIT_FOLDER


def test_ignored_files_stay_out_only_if_they_were_added() -> None:
    assert reason(b"f", None, ("100644", b"x"), everything) is Reason.IGNORED
    assert reason(b"f", ("100644", b"x"), ("100644", b"y"), everything) is None
    assert reason(b"f", ("100644", b"x"), None, everything) is None


@pytest.mark.parametrize(
    "path", [b".GIT/x", b"a/.Git", b"git~1/x", b".git./x", b".git /x", b".git::$INDEX", b"a\\.git\\x", b"x/" * 2500]
)
def test_names_git_refuses_stay_out_with_their_reason(path: bytes, tmp_path: Path) -> None:
    assert reason(path, None, ("100644", b"x"), lambda _: False) is Reason.NAME
    refused = b"".join(patch([FilePair(path=path, before=ABSENT, after=version(("100644", b"x\n")))]))
    assert apply(tmp_path, refused).returncode != 0


@pytest.mark.parametrize("path", [b".gitignore", b".github/w", b"a.git/x", b".gitmodules", b"git", b".git2"])
def test_names_that_only_look_like_it_go_in(path: bytes) -> None:
    assert reason(path, None, ("100644", b"x"), lambda _: False) is None
    check({}, {path: ("100644", b"x")})


def test_a_gitmodules_symlink_stays_out() -> None:
    assert reason(b"sub/.gitmodules", None, ("120000", b"x"), lambda _: False) is Reason.NAME


def test_files_too_large_for_a_patch_stay_out_without_being_read() -> None:
    def unreadable() -> bytes:
        raise AssertionError

    huge = Version(kind=Kind.REGULAR, mode=0o644, size_bytes=LARGEST_BYTES + 1, read=unreadable)
    chosen = select([FilePair(path=b"big\xff", before=ABSENT, after=huge)], lambda _: False)
    assert chosen.pairs == ()
    assert chosen.left_out[Reason.SIZE].listed == ("big\\xff",)


def test_long_texts_go_in_as_binaries() -> None:
    before: Tree = {b"f": ("100644", b"x\n" * (LARGEST_TEXT_BYTES // 2))}
    after: Tree = {b"f": ("100644", b"x\n" * (LARGEST_TEXT_BYTES // 2 + 1))}
    assert b"GIT binary patch" in check(before, after)


def test_directories_and_fifos_are_listed_nowhere() -> None:
    other = Version(kind=Kind.OTHER, mode=0o644)
    pairs = [
        FilePair(path=b"new", before=ABSENT, after=other),
        FilePair(path=b"gone", before=other, after=ABSENT),
        FilePair(path=b"same", before=other, after=Version(kind=Kind.OTHER, mode=0o755)),
    ]
    assert select(pairs, lambda _: False) == Selection(pairs=(), left_out={})


def test_a_file_that_became_a_fifo_is_deleted() -> None:
    pair = FilePair(path=b"f", before=version(("100644", b"x\n")), after=Version(kind=Kind.OTHER))
    assert b"deleted file mode 100644" in b"".join(patch([pair]))


def test_contents_known_to_be_equal_are_not_read() -> None:
    def unreadable() -> bytes:
        raise AssertionError

    same = Version(kind=Kind.REGULAR, mode=0o640, identity="i", read=unreadable)
    other_bits = Version(kind=Kind.REGULAR, mode=0o600, identity="i", read=unreadable)
    assert select([FilePair(path=b"f", before=same, after=other_bits)], everything).pairs == ()
