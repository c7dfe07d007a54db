"""Where a box path really is: what the workspace's links say, and nothing outside of it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.workspace_links import LINKS, workspace_links


@pytest.fixture
def slot(tmp_path: Path) -> Path:
    slot = tmp_path / "workspace"
    (slot / "src" / "deep").mkdir(parents=True)
    (slot / "src" / "a.py").write_text("a")
    return slot


def link(slot: Path, name: str, target: str) -> None:
    (slot / name).symlink_to(target)


def test_what_is_no_link_is_where_it_says(slot: Path) -> None:
    resolve = workspace_links(slot)
    for path in ("/workspace/src/a.py", "/workspace", "/", "/etc/passwd", "/workspace/new/file", "/workspace/src/*.py"):
        assert resolve(path) == path


@pytest.mark.parametrize(
    ("name", "target", "path", "real"),
    [
        ("secret", "/etc/shadow", "/workspace/secret", "/etc/shadow"),
        ("etc", "/etc", "/workspace/etc/passwd", "/etc/passwd"),
        ("etc", "/etc", "/workspace/etc/*.conf", "/etc/*.conf"),
        ("up", "../../root", "/workspace/up/x", "/root/x"),
        ("same", "src/a.py", "/workspace/same", "/workspace/src/a.py"),
        ("back", "/workspace/src", "/workspace/back/a.py", "/workspace/src/a.py"),
        ("src/out", "../../tmp", "/workspace/src/out/x", "/tmp/x"),
        ("src/deep/in", "..", "/workspace/src/deep/in/a.py", "/workspace/src/a.py"),
        ("root", "/", "/workspace/root/workspace/src/a.py", "/workspace/src/a.py"),
        ("dangling", "gone/x", "/workspace/dangling/y", "/workspace/gone/x/y"),
    ],
)
def test_links_mean_what_they_mean_in_the_box(slot: Path, name: str, target: str, path: str, real: str) -> None:
    link(slot, name, target)
    assert workspace_links(slot)(path) == real


def test_links_of_links_are_followed_and_a_circle_leads_nowhere(slot: Path) -> None:
    link(slot, "one", "two")
    link(slot, "two", "/workspace/src")
    assert workspace_links(slot)("/workspace/one/a.py") == "/workspace/src/a.py"
    link(slot, "round", "round")
    link(slot, "ping", "pong")
    link(slot, "pong", "/workspace/ping")
    assert workspace_links(slot)("/workspace/round/x") is None
    assert workspace_links(slot)("/workspace/ping") is None
    for number in range(LINKS + 1):
        link(slot, f"l{number}", f"l{number + 1}")
    assert workspace_links(slot)("/workspace/l1") == f"/workspace/l{LINKS + 1}"
    assert workspace_links(slot)("/workspace/l0") is None


def test_a_name_that_is_no_text_leads_nowhere(slot: Path) -> None:
    link(slot, "odd", "/etc/\udcff")
    assert workspace_links(slot)("/workspace/odd") is None
    assert workspace_links(slot)("/workspace/\0") is None
    assert workspace_links(slot)("/workspace/\ud800") is None


def test_a_name_that_no_file_can_have_is_no_link(slot: Path) -> None:
    path = f"/workspace/{'x' * 300}/y"
    assert workspace_links(slot)(path) == path


def test_nothing_outside_the_copy_is_looked_at(slot: Path, tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "link").symlink_to("/etc/host-secret")
    link(slot, "up", "../host")
    link(slot, "abs", str(tmp_path / "host"))
    assert workspace_links(slot)("/workspace/up/link") == "/host/link"
    assert workspace_links(slot)("/workspace/abs/link") == f"{tmp_path}/host/link"


def test_a_workspace_that_is_not_there_yet_has_no_links(tmp_path: Path) -> None:
    assert workspace_links(tmp_path / "later")("/workspace/a") == "/workspace/a"


names = st.sampled_from(["a", "b", "c", "..", ".", "workspace", "/a", "/workspace/b", "/"])
targets = st.lists(names, min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), targets, max_size=3), targets)
def test_no_link_of_the_workspace_is_left_in_the_answer_and_no_descriptor_open(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, str], path: str
) -> None:
    slot = tmp_path_factory.mktemp("root") / "workspace"
    slot.mkdir()
    for name, target in links.items():
        link(slot, name, target)
    before = sorted(Path("/proc/self/fd").iterdir())
    got = workspace_links(slot)(os.path.normpath(f"/workspace/{path}"))
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    if got is None:
        return
    names = got.split("/")[1:]
    assert ".." not in names
    for depth in range(2, len(names) + 1 if names[0] == "workspace" else 0):
        assert not slot.joinpath(*names[1:depth]).is_symlink()
