from hypothesis import given
from hypothesis import strategies as st

from runner.policy.places import Places

HOME = "/home/agent"
PLACES = Places(
    [
        ("/etc/cron*/**", "cron"),
        ("~/.ssh/*.pub", "public"),
        ("~/.ssh/**", "ssh"),
        (".git/hooks/**", "hooks"),
        ("*.key", "key"),
        (".env", "env"),
        ("/proc/*/environ", "environ"),
    ]
)
NAMES = st.sampled_from(
    ["etc", "home", "agent", ".ssh", "*", "**", "?", "[a-z]", ".git", "hooks", "a.key", ".env", "\\*"]
)


def find(path: str) -> str | None:
    return next(iter(PLACES.find(path, HOME)), None)


def test_a_pattern_with_a_slash_is_that_very_place() -> None:
    assert find("/etc/cron.d/x") == find("/etc/crontabs") == "cron"
    assert find("/srv/etc/cron.d/x") is None


def test_a_pattern_with_a_tilde_is_in_anybodys_home() -> None:
    assert find("/home/agent/.ssh/x") == find("/root/.ssh/x") == find("/home/eve/.ssh/x") == "ssh"
    assert find("/srv/.ssh/x") is None


def test_a_pattern_with_neither_is_anywhere() -> None:
    assert find("/a/b/.git/hooks/pre-commit") == find("/.git/hooks") == "hooks"
    assert find("/a/b.key") == "key"
    assert find("/a/b.key/c") is None


def test_the_first_row_that_matches_wins() -> None:
    assert find("/root/.ssh/id.pub") == "public"


def test_a_path_pattern_that_says_something_matches_what_it_could_be() -> None:
    assert find("/proc/[0-9]*/environ") == "environ"
    assert find("/home/*/.s?h/x") == "ssh"
    assert find("/work/.e??") == "env"
    assert find("/work/**/.env") == "env"


def test_a_path_pattern_that_says_nothing_matches_no_row() -> None:
    assert find("/work/*") is None
    assert find("/work/????") is None
    assert find("/work/**") is None


def test_an_exception_holds_for_a_pattern_only_if_it_covers_all_of_it() -> None:
    assert PLACES.find("/root/.ssh/*.pub", HOME) == ("public",)
    assert "ssh" in PLACES.find("/root/.ssh/id*", HOME)
    assert "ssh" in PLACES.find("/root/.ssh/id.pu*", HOME)


@given(st.lists(NAMES, max_size=80).map(lambda names: "/" + "/".join(names)))
def test_any_path_is_answered(path: str) -> None:
    assert find(path) in {None, "cron", "public", "ssh", "hooks", "key", "env", "environ"}
