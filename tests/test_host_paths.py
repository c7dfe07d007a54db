"""Host paths in settings name the same files in the box."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.host_paths import HostPaths
from runner.policy.patterns import path_pattern

PATHS = HostPaths(workspace="/workspace", home="/home/agent", host_workspace="/home/ana/shop", host_home="/home/ana")
SAME = HostPaths(workspace="/home/dev/proj", home="/home/dev")


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("//home/ana/shop/src/**", ("//workspace/src/**",)),
        ("//home/ana/shop", ("//workspace/**",)),
        ("//home/ana/shop/", ("//workspace/**",)),
        ("//home/*/shop/.env", ("//workspace/.env", "~/shop/.env", "//home/*/shop/.env")),
        ("//HOME/Ana/Shop/.env", ("//workspace/.env", "~/Shop/.env", "//HOME/Ana/Shop/.env")),
        ("//home/**/secret", ("//workspace/**/secret", "~/**/secret", "//home/**/secret")),
        ("//home/ana/.ssh/**", ("~/.ssh/**",)),
        ("//home/ana", ("//workspace/**", "~/**")),
        ("~/shop/.env", ("//workspace/.env", "~/shop/.env")),
        ("~/**", ("//workspace/**", "~/**")),
        ("~/.ssh/**", ("~/.ssh/**",)),
        ("//**/.env", ("//**/.env",)),
        ("//**/shop/.env", ("//workspace/.env", "//**/shop/.env")),
        ("//etc/passwd", ("//etc/passwd",)),
        ("//home/ana/shop/../x", ("//home/ana/shop/../x",)),
        ("src/**", ("src/**",)),
        ("/src/**", ("/src/**",)),
        ("!.env", ("!.env",)),
    ],
)
def test_a_pattern_of_the_host_becomes_patterns_of_the_box(pattern: str, means: tuple[str, ...]) -> None:
    assert PATHS.patterns(pattern) == means


def test_without_a_host_workspace_every_path_is_the_boxs() -> None:
    assert SAME.patterns("//home/dev/proj/.env") == ("//home/dev/proj/.env",)
    assert not SAME.is_nowhere("//Users/x")
    assert SAME.in_box("/srv/extra") == "/srv/extra"


def test_a_workspace_that_is_the_root_of_the_host_is_one_too() -> None:
    root = HostPaths(workspace="/workspace", home="/home/agent", host_workspace="/", host_home="/")
    assert root.patterns("//etc/passwd") == ("//workspace/etc/passwd",)
    assert root.in_box("/etc") == "/workspace/etc"


@pytest.mark.parametrize(
    ("pattern", "nowhere"),
    [
        ("//home/bob/x", True),
        ("//Users/ana/x", True),
        ("//home/agent/x", False),
        ("//home/*/x", False),
        ("//home", False),
        ("//tmp/x", False),
        ("//workspace/x", False),
        ("//home/ana/x", False),
        ("//*/x", False),
        ("~/x", False),
        ("/Users", False),
    ],
)
def test_a_pattern_that_only_the_host_can_satisfy_is_known(pattern: str, nowhere: bool) -> None:
    assert PATHS.is_nowhere(pattern) is nowhere


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/home/ana/shop/docs", "/workspace/docs"),
        ("/home/ana/shop", "/workspace"),
        ("/home/ana/shop/../other", None),
        ("~/shop/docs", "/workspace/docs"),
        ("~", "/home/agent"),
        ("~/other", "/home/agent/other"),
        ("docs", "/workspace/docs"),
        ("../other", None),
        ("/tmp/shared", "/tmp/shared"),
        ("//tmp", "/tmp"),
        ("/Users/ana", None),
        ("/home/bob", None),
    ],
)
def test_a_directory_of_the_host_is_found_in_the_box_or_not_at_all(text: str, path: str | None) -> None:
    assert PATHS.directory(text, "/workspace") == path


def test_directories_of_the_box_are_as_they_are() -> None:
    assert SAME.directory("~/other", "/home/dev/proj") == "/home/dev/other"
    assert SAME.directory("../other", "/home/dev/proj") == "/home/dev/other"
    assert SAME.directory("/srv/*", "/home/dev/proj") == "/srv/*"


NAMES = st.sampled_from(["home", "ana", "shop", "a", "b", ".env"])
PIECES = st.sampled_from(["home", "ana", "shop", "a", "b", ".env", "*", "**", "?", "s*", "[a-h]*"])


@given(
    st.sampled_from(["//", "~/"]),
    st.lists(PIECES, min_size=1, max_size=6),
    st.booleans(),
    st.lists(NAMES, min_size=1, max_size=3),
    st.booleans(),
)
def test_a_pattern_means_the_same_files_on_the_host_and_in_the_box(
    anchor: str, pieces: list[str], slash: bool, names: list[str], generous: bool
) -> None:
    pattern = anchor + "/".join(pieces) + ("/" if slash else "")
    on_host = path_pattern(pattern, generous=generous, root=None, workspace="/home/ana/shop", home="/home/ana")
    assert not isinstance(on_host, str)
    in_box = {
        found: path_pattern(found, generous=generous, root=None, workspace="/workspace", home="/home/agent")
        for found in PATHS.patterns(pattern)
    }
    path = posixpath.join("/workspace", *names)
    matching = [text for text, found in in_box.items() if not isinstance(found, str) and found.matches(path)]
    if on_host.matches(posixpath.join("/home/ana/shop", *names)):
        assert matching
    else:
        assert set(matching) <= {pattern}
