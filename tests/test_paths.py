import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.paths import (
    LATER_FILES,
    PROTECTED_DIRECTORIES,
    PROTECTED_FILES,
    at_home,
    inside,
    is_critical,
    is_protected,
    places,
    runs_later,
)
from runner.types import Effects, Policy

POLICY = Policy(workspace="/workspace", home="/home/agent", directories=("/srv/extra",))


@pytest.mark.parametrize(
    "path", ["/workspace", "/workspace/a/b", "/workspace/*", "/workspace/a*/b", "/workspace/x/../y", "/workspace/a[1]"]
)
def test_what_lies_in_the_workspace_is_inside(path: str) -> None:
    assert inside(path, ("/workspace",))


@pytest.mark.parametrize(
    "path",
    ["/work*", "/*/a", "/workspace2", "/workspace/../etc", "/workspace/*/../../etc", "/etc", "workspace/a", "/", "?"],
)
def test_what_may_lie_elsewhere_is_not_inside(path: str) -> None:
    assert not inside(path, ("/workspace",))


def test_a_link_counts_under_both_of_its_names() -> None:
    effects = Effects(reads=("/workspace/out", "/workspace/in"), links=(("/workspace/out", "/etc/passwd"),))
    assert places("/workspace/out", effects) == ("/workspace/out", "/etc/passwd")
    assert not at_home("/workspace/out", effects, POLICY)
    assert at_home("/workspace/in", effects, POLICY)
    assert at_home("/srv/extra/x", Effects(), POLICY)


@pytest.mark.parametrize("name", [*PROTECTED_FILES, *(f"{directory}/x" for directory in PROTECTED_DIRECTORIES)])
def test_protected_places_are_protected_at_any_depth_in_any_case(name: str) -> None:
    for path in (f"/workspace/{name}", f"/workspace/a/b/{name.upper()}", f"/home/agent/{name}", f"/srv/extra/{name}"):
        assert is_protected(path, POLICY), path


@pytest.mark.parametrize(
    "path",
    [
        "/workspace/.git",
        "/workspace/.git /config",
        "/workspace/.git./config",
        "/workspace/.bashrc.",
        "/workspace/.gi*/config",
        "/workspace/.*",
        "/workspace/.[g]it/hooks/x",
        r"/workspace/.gi\t/config",
        "/workspace/lefthook.*",
        "/workspace/?efthook.yml",
        "/etc/claude-code/managed-settings.json",
        "/workspace/.claude/worktrees",
        "/workspace/.claude/worktrees/x/.git/config",
        "/workspace/.git/.claude/worktrees/x",
        "/workspace/.claude/worktrees/../settings.json",
        "/workspace/.runner/settings.yaml",
        "/workspace/.config/git/config",
    ],
)
def test_other_spellings_of_protected_places_are_protected(path: str) -> None:
    assert is_protected(path, POLICY)


@pytest.mark.parametrize(
    "path",
    [
        "/workspace/src/app.ts",
        "/workspace/.env",
        "/workspace/.gitignore",
        "/workspace/.github/workflows/ci.yml",
        "/workspace/*",
        "/workspace/*.yml",
        "/workspace/git/config",
        "/workspace/.config/app/x",
        "/workspace/.claude/worktrees/x/src/a.py",
        "/workspace/mygit/x.git",
    ],
)
def test_ordinary_files_are_not_protected(path: str) -> None:
    assert not is_protected(path, POLICY)


def test_the_workspaces_own_place_does_not_make_its_files_protected() -> None:
    policy = Policy(workspace="/home/agent/.claude/worktrees/x")
    assert not is_protected("/home/agent/.claude/worktrees/x/a.py", policy)
    assert is_protected("/home/agent/.claude/worktrees/x/.git/config", policy)


@pytest.mark.parametrize("name", [name for name in LATER_FILES if "*" not in name])
def test_files_that_run_later_are_known_at_any_depth_of_the_workspace(name: str) -> None:
    assert runs_later(f"/workspace/{name}", POLICY)
    assert runs_later(f"/workspace/packages/a/{name}", POLICY)
    assert not runs_later(f"/opt/scratch/{name}", POLICY)


@pytest.mark.parametrize(
    ("name", "later"),
    [
        (".github/workflows/ci.yml", True),
        (".github/ISSUE_TEMPLATE.md", False),
        ("docker-compose.override.yml", True),
        ("Dockerfile.dev", True),
        ("build/rules.mk", True),
        ("con*", True),
        ("*.py", False),
        ("*", False),
        ("src/main.py", False),
        ("scripts/run.sh", False),
        ("build", False),
        ("README.md", False),
    ],
)
def test_what_ci_builds_and_agents_run_is_told_from_what_somebody_has_to_call(name: str, *, later: bool) -> None:
    assert runs_later(f"/workspace/{name}", POLICY) is later


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/.",
        "/etc",
        "/et*",
        "/*",
        "/tmp/*",
        "/tmp/.*",
        "/usr/?*",
        "/home/agent",
        "/home/agent/",
        "/home/agent/*",
        "/home/*",
        "/home/somebody",
        "/home/age*",
        "/Users/me",
        "/root",
        "/workspace",
        "/workspace/",
        "/workspace/*",
        "/workspace/./*",
        "/workspace/[a-z]*",
        "/workspace/*/*",
        "/workspace/**",
        "/workspace/src/../..",
        "/work*",
        "/srv/extra/*",
        r"/wor\kspace",
    ],
)
def test_removing_what_everything_stands_on_is_critical(path: str) -> None:
    assert is_critical(path, POLICY)


@pytest.mark.parametrize(
    "path",
    [
        "/workspace/src",
        "/workspace/src/*",
        "/workspace/*.md",
        "/workspace/.git",
        "/srv/extra",
        "/srv/data/*",
        "/usr/lib",
        "/home/agent/x",
        "/home/agent/.cache/*",
        "/tmp/x",
        "/tmp/x*",
    ],
)
def test_removing_something_in_particular_is_not_critical(path: str) -> None:
    assert not is_critical(path, POLICY)


def test_directories_above_a_deep_workspace_are_critical() -> None:
    policy = Policy(workspace="/srv/a/b/c", home="/home/agent")
    assert [
        path for path in ("/srv/a/b/c", "/srv/a/b", "/srv/a", "/srv/?/b", "/srv/a/*") if not is_critical(path, policy)
    ] == []
    assert not is_critical("/srv/a/b/d", policy)


shell_paths = st.text(alphabet="ab./*?[]\\-!~ g", max_size=20).map(lambda text: "/" + text)


@given(shell_paths)
def test_no_path_is_too_strange_to_be_judged(path: str) -> None:
    for told in (is_protected, runs_later, is_critical):
        assert told(path, POLICY) in {True, False}
    assert inside(path, ("/workspace",)) in {True, False}


@given(st.lists(st.sampled_from(["a", "..", "*", ".", "b*", "[x]"]), max_size=6))
def test_what_climbs_out_behind_a_wildcard_is_never_inside(names: list[str]) -> None:
    path = "/workspace/" + "/".join(names)
    if inside(path, ("/workspace",)) and ".." in names:
        assert not {"*", "b*", "[x]"} & set(names)
