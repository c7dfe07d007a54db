import fnmatch
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.globs import escaped
from runner.policy.patterns import PathPattern, path_pattern

WORKSPACE, HOME = "/home/dev/proj", "/home/dev"


def pattern(text: str, *, generous: bool = True, root: str | None = WORKSPACE) -> PathPattern:
    found = path_pattern(text, generous=generous, root=root, workspace=WORKSPACE, home=HOME)
    assert isinstance(found, PathPattern), found
    return found


def never(text: str, *, generous: bool = True, root: str | None = WORKSPACE) -> bool:
    return isinstance(path_pattern(text, generous=generous, root=root, workspace=WORKSPACE, home=HOME), str)


def below(path: str) -> str:
    return path if path.startswith("/") else f"{WORKSPACE}/{path}"


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (".env", [".env", "deep/er/.env", ".env/x"], [".env.local", "/srv/.env", "/home/dev/.env"]),
        ("./.env", [".env", "deep/.env"], ["/srv/.env"]),
        ("/.env", [".env"], ["deep/.env"]),
        ("src/app.ts", ["src/app.ts"], ["lib/src/app.ts"]),
        ("SRC/app.ts", ["src/App.TS"], ["src/app.tsx"]),
        ("*.md", ["README.md", "docs/a.MD"], ["README.mdx"]),
        ("src/*.ts", ["src/a.ts"], ["src/deep/a.ts", "a.ts"]),
        ("src/**/*.ts", ["src/a.ts", "src/x/y/a.ts"], ["lib/src/a.ts"]),
        ("**/x", ["x", "a/x", "a/b/x/y"], ["xx"]),
        ("a/**/b", ["a/b", "a/1/2/b"], ["a/c", "b"]),
        ("secrets**", ["secrets", "secrets.txt", "secrets/a"], ["my/secret"]),
        ("**secrets**", ["a/my-secrets-x/b"], ["secret"]),
        ("/*", ["a", "a/b"], ["/srv/a"]),
        ("secrets/*", ["secrets/a", "secrets/sub/b"], ["x/secrets/a"]),
        ("src/", ["src/a", "lib/src/a"], ["src"]),
        ("//srv/data", ["/srv/data", "/srv/data/x"], ["/srv/database", "srv/data"]),
        ("//srv/*/x", ["/srv/a/x/y"], ["/srv/x"]),
        ("//**", ["/", "/etc/passwd", "a"], []),
        ("//**/id_rsa", ["/home/dev/.ssh/id_rsa", "/id_rsa"], ["/id_rsa.pub"]),
        ("~/**", ["/home/dev", "/home/dev/x", "a"], ["/home/other"]),
        ("~/.ssh", ["/home/dev/.ssh/id_rsa"], ["/root/.ssh", ".ssh"]),
        ("/src/**", ["src", "src/a"], ["lib/src/a"]),
        ("dir with space/**", ["dir with space/x"], ["dir/x"]),
        (r"dir\ with\ space/**", ["dir with space/x"], []),
        (r"a\[1\]/**", ["a[1]/x"], ["a1/x"]),
        ("a?1?/**", ["a[1]/x"], ["a1/x"]),
        ("$HOME/x", ["$HOME/x"], ["/home/dev/x"]),
        ("~dev/x", ["~dev/x"], ["/home/dev/x"]),
    ],
)
@pytest.mark.parametrize("generous", [True, False])
def test_patterns_are_gitignores_with_four_anchors(
    text: str, inside: list[str], outside: list[str], *, generous: bool
) -> None:
    found = pattern(text, generous=generous)
    assert [path for path in inside if not found.matches(below(path))] == []
    assert [path for path in outside if found.matches(below(path))] == []


def test_one_directory_with_stars_is_meant_at_any_depth_by_what_denies_and_at_the_anchor_by_what_allows() -> None:
    deep = below("vendor/src/a")
    assert pattern("src/**", generous=True).matches(deep)
    assert pattern("./src/**", generous=True).matches(deep)
    assert not pattern("src/**", generous=False).matches(deep)
    assert pattern("src/**", generous=False).matches(below("src/a"))
    assert pattern("src", generous=False).matches(deep)


def test_a_leading_slash_begins_where_the_source_says() -> None:
    assert pattern("/src/**", root="/srv/extra").matches("/srv/extra/src/a")
    assert not pattern("/src/**", root="/srv/extra").matches(below("src/a"))
    assert never("/src/**", root=None)


@pytest.mark.parametrize("text", ["/", "//", "~/", "./", ".", "", "..", "../**", "src/..", "*/../x"])
@pytest.mark.parametrize("generous", [True, False])
def test_patterns_of_which_nothing_is_left_mean_nothing(text: str, *, generous: bool) -> None:
    assert never(text, generous=generous)


def test_only_what_denies_climbs_out_of_its_anchor_and_never_above_the_workspace() -> None:
    assert pattern("../notes.txt", generous=True).matches("/home/dev/notes.txt")
    assert pattern("//srv/data/../data/**", generous=True).matches("/srv/data/x")
    assert pattern("src/../.env", generous=True).matches(below(".env"))
    assert never("../notes.txt", generous=False)
    assert never("//srv/data/../data/**", generous=False)
    assert never("../../**", generous=True)


def test_an_exception_means_nothing_in_what_allows() -> None:
    assert pattern("!a", generous=True).negated
    assert never("!a", generous=False)
    assert pattern(r"\!a", generous=False).matches(below("!a"))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (".env", "/home/dev/proj/.e*"),
        (".env", "/home/dev/proj/.env"),
        (".env", r"/home/dev/proj/\.env"),
        (".env", "/home/dev/proj/**"),
        (".env", "/home/dev/*/.env"),
        ("*.env", "/home/dev/proj/*.env"),
        ("secrets/**", "/home/dev/proj/secrets"),
        ("secrets/*", "/home/dev/proj/secrets"),
        ("src/", "/home/dev/proj/src"),
        ("~/.ssh/**", "/home/dev/.ssh/*"),
        ("a[1]/**", "/home/dev/proj/a1/x"),
        (r"a\[1\]/**", "/home/dev/proj/a[1]/x"),
        (".env", "/home/dev/proj/src/../.env"),
    ],
)
def test_what_denies_is_met_by_what_a_shell_could_make_of_a_path(text: str, path: str) -> None:
    assert pattern(text).meets(path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (".env", "/home/dev/proj/*"),
        (".env", "/home/dev/proj"),
        (".env", "/home/dev/proj/*.txt"),
        ("src/*.key", "/home/dev/proj/src"),
        ("/src/**", "/home/dev/proj/lib/*"),
        ("~/.ssh/**", "/home/dev/proj/*"),
    ],
)
def test_what_denies_is_not_met_by_what_only_stands_beside(text: str, path: str) -> None:
    assert not pattern(text).meets(path)


def test_a_star_is_not_called_reading_what_is_in_a_directory_that_it_may_stand_for() -> None:
    for text in ("dist/**", "dist/", "dist/*"):
        assert not pattern(text).meets(below("*"), recursive=False)
        assert not pattern(text).meets(below("src/*"), recursive=False)
        assert pattern(text).meets(below("*/*"), recursive=False)
        assert pattern(text).meets(below("d*"), recursive=False)
        assert pattern(text).meets(below("*"), recursive=True)
    assert pattern("token.txt").meets(below("*"), recursive=False)


def test_removing_a_directory_meets_what_is_spelled_out_below_it() -> None:
    assert pattern("/src/app.ts").meets_below(below("src"))
    assert pattern("/src/app.ts").meets_below(below("sr*"))
    assert pattern("//srv/data/x").meets_below("/srv")
    assert pattern(".env").meets_below("/home/dev")
    assert not pattern(".env").meets_below(below("src"))
    assert not pattern("/src/app.ts").meets_below(below("lib"))
    assert not pattern("/src/app.ts").meets_below(below("src/app.ts"))


@pytest.mark.parametrize(
    ("text", "path", "covered"),
    [
        ("//srv/data/**", "/srv/data/*", True),
        ("//srv/data/**", "/srv/data", True),
        ("//srv/data/*", "/srv/data/*.txt", True),
        ("//srv/data/*.txt", "/srv/data/*.txt", True),
        ("//srv/data/*.txt", "/srv/data/*", False),
        ("//srv/data/**", "/srv/dat*", False),
        ("//srv/data/**", "/srv/data/../secret", False),
        ("//srv/data/**", "/srv/data/*/../../x", False),
        ("//srv/data/**", "/SRV2/data", False),
        ("~/**", "/HOME/dev/x", False),
        (".env", "relative/.env", False),
        ("src/**", "/home/dev/proj/src/**", True),
        (r"a\[1\]/**", "/home/dev/proj/a[1]/x", False),
    ],
)
def test_what_allows_covers_only_what_certainly_lies_in_it(text: str, path: str, *, covered: bool) -> None:
    assert pattern(text, generous=False).covers(path) is covered


names = st.sampled_from(["a", "b", ".e", "*", "a*", "?", "*b", "**", "x"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
literals = tuple(
    "/".join(parts) for size in (1, 2, 3) for parts in itertools.product(("a", "b", ".e", "ab", "x"), repeat=size)
)


@given(text=paths, path=paths, generous=st.booleans())
def test_covering_a_shell_pattern_is_matching_everything_it_can_mean(text: str, path: str, *, generous: bool) -> None:
    found = path_pattern(text, generous=generous, root=WORKSPACE, workspace=WORKSPACE, home=HOME)
    if isinstance(found, PathPattern) and found.covers(below(path)):
        assert [one for one in literals if _shell(path, one) and not found.matches(below(one))] == []


@given(paths, paths)
def test_whatever_a_shell_pattern_means_and_a_pattern_matches_the_pattern_is_met(text: str, path: str) -> None:
    found = path_pattern(text, generous=True, root=WORKSPACE, workspace=WORKSPACE, home=HOME)
    if isinstance(found, PathPattern):
        hits = [one for one in literals if _shell(path, one) and found.matches(below(one))]
        assert not hits or found.meets(below(path)), hits


@given(one=paths, other=paths, generous=st.booleans())
def test_a_pattern_that_holds_another_matches_all_that_it_matches(one: str, other: str, *, generous: bool) -> None:
    mine = path_pattern(one, generous=generous, root=WORKSPACE, workspace=WORKSPACE, home=HOME)
    theirs = path_pattern(other, generous=generous, root=WORKSPACE, workspace=WORKSPACE, home=HOME)
    if isinstance(mine, PathPattern) and isinstance(theirs, PathPattern) and mine.holds(theirs):
        assert [path for path in literals if theirs.matches(below(path)) and not mine.matches(below(path))] == []


def _shell(path: str, literal: str) -> bool:
    """Whether a path of the shell can mean a literal one, `**` taken as any depth."""
    return _shell_names(path.split("/"), literal.split("/"))


def _shell_names(wanted: list[str], found: list[str]) -> bool:
    if not wanted or not found:
        return not wanted and not found
    first, *rest = wanted
    if first == "**":
        return any(_shell_names(rest, found[count:]) for count in range(len(found) + 1)) or not rest
    hidden = found[0].startswith(".") and not first.startswith(".")
    return not hidden and fnmatch.fnmatchcase(found[0], first) and _shell_names(rest, found[1:])


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda name: name not in {".", ".."}), min_size=1, max_size=4))
def test_an_escaped_path_covers_itself(parts: list[str]) -> None:
    clean = [part.replace("/", "_") for part in parts]
    path = "/" + "/".join(clean)
    found = pattern(f"/{escaped(path)}", generous=False)
    assert found.matches(path)


@pytest.mark.parametrize("hostile", ["**/a/" * 500 + "b", "*/" * 1000 + "x", "a/**/" * 800, "**/*a*a*a*a*b" * 100])
def test_a_hostile_pattern_is_walked_in_bounded_time(hostile: str) -> None:
    found = path_pattern(hostile, generous=True, root=WORKSPACE, workspace=WORKSPACE, home=HOME)
    assert isinstance(found, PathPattern)
    deep = WORKSPACE + "/a" * 1500
    assert found.matches(deep) in {True, False}
    assert found.meets(deep + "/*") in {True, False}
