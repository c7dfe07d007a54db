import fnmatch
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.globs import escaped, has_star, host_pattern, literal_name, name_pattern, text_pattern

SMALL = "ab."
NAMES = tuple("".join(letters) for size in range(1, 5) for letters in itertools.product(SMALL, repeat=size))
wild_names = st.text(alphabet="ab.*?", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("ls", "ls", "ls -la"),
        ("ls *", "ls", "lsof"),
        ("ls *", "ls -la", "ls-la"),
        ("ls*", "lsof", "al"),
        ("* --version", "foo --version", "--version"),
        ("git * main", "git push main", "git main"),
        ("npm run test:* --x", "npm run test:a --x", "npm run test:a"),
        ("* | sh", "ls | sh", "ls | sh -s"),
        ("**", "anything at all", None),
        ("a*a", "aa", "a"),
        ("a*b*c", "a-b-c", "a-c-b"),
        (r"npx \*", "npx *", "npx x"),
        (r"a\\*", "a\\x", "ax"),
        ("echo *", "echo a\nb", "echoes"),
    ],
)
def test_a_star_stands_for_any_text(pattern: str, yes: str, no: str | None) -> None:
    assert text_pattern(pattern).matches(yes)
    assert no is None or not text_pattern(pattern).matches(no)


@given(st.text(alphabet="ab *", max_size=8), st.text(alphabet="ab ", max_size=10))
def test_text_patterns_mean_what_the_same_regular_expression_means(pattern: str, text: str) -> None:
    expression = ".*".join(re.escape(piece) for piece in pattern.split("*"))
    wanted = re.fullmatch(expression, text, re.DOTALL) is not None
    if pattern.endswith(" *") and pattern.count("*") == 1:
        wanted = wanted or text == pattern[:-2]
    assert text_pattern(pattern).matches(text) is wanted


def test_a_star_behind_a_backslash_is_none() -> None:
    assert has_star("a*")
    assert not has_star(r"a\*")
    assert has_star(r"a\\*")


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("example.com", "EXAMPLE.com.", "a.example.com"),
        ("*.example.com", "a.b.example.com", "example.com"),
        ("*.example.com", "a.example.com", "aexample.com"),
        ("example.*", "example.org", "example.evil.org"),
        ("a*.example.com", "abc.example.com", "a.b.example.com"),
        ("*", "anything", None),
    ],
)
def test_stars_in_hosts_stay_between_dots_but_for_a_leading_one(pattern: str, yes: str, no: str | None) -> None:
    assert host_pattern(pattern).matches(yes)
    assert no is None or not host_pattern(pattern).matches(no)


@given(st.text(alphabet="ab.*?[]!-", min_size=1, max_size=7), st.sampled_from(NAMES))
def test_name_patterns_mean_what_the_standard_library_means(pattern: str, name: str) -> None:
    assert name_pattern(pattern).matches(name) is fnmatch.fnmatchcase(name, pattern)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("README*", "readme.md", "xreadme"),
        (r"a\[1\]", "a[1]", "a1"),
        ("a[1]", "a1", "a[1]"),
        ("a[", "a[", "a"),
        ("[!a]", "b", "a"),
        ("[^a]", "b", "A"),
        ("[]a]", "]", "b"),
        ("[[:digit:]]x", "1x", "ax"),
        (r"[\]]", "]", "\\"),
        (r"\.env", ".env", r"\.env"),
        (r"trailing\\", "trailing\\", "trailing"),
        ("a**b", "axxb", "a"),
    ],
)
def test_names_are_matched_without_case_with_classes_and_escapes(pattern: str, yes: str, no: str) -> None:
    assert name_pattern(pattern).matches(yes)
    assert not name_pattern(pattern).matches(no)


@given(st.text(min_size=1, max_size=20).filter(lambda name: "/" not in name))
def test_an_escaped_name_means_just_itself(name: str) -> None:
    pattern = name_pattern(escaped(name))
    assert pattern.matches(name)
    assert not pattern.matches(name + "x")
    assert pattern == literal_name(name)


@given(wild_names, wild_names)
def test_two_patterns_overlap_when_one_name_is_meant_by_both(one: str, other: str) -> None:
    mine, theirs = name_pattern(one), name_pattern(other)
    common = [name for name in NAMES if mine.matches(name) and _shell_means(other, name)]
    if common:
        assert mine.overlaps(theirs), common


@given(wild_names, wild_names)
def test_a_pattern_holds_another_only_if_it_means_all_that_the_other_means(one: str, other: str) -> None:
    mine, theirs = name_pattern(one), name_pattern(other)
    if mine.holds(theirs):
        assert all(mine.matches(name) for name in NAMES if theirs.matches(name))


def _shell_means(pattern: str, name: str) -> bool:
    hidden = name.startswith(".") and not pattern.startswith(".")
    return not hidden and fnmatch.fnmatchcase(name, pattern)


def test_the_shells_wildcards_mean_no_dot_at_the_front() -> None:
    assert not name_pattern(".env").overlaps(name_pattern("*"))
    assert not name_pattern(".env").overlaps(name_pattern("*env"))
    assert name_pattern(".env").overlaps(name_pattern(".*"))
    assert name_pattern("*.env").overlaps(name_pattern("*"))


@pytest.mark.parametrize("hostile", ["a*" * 2000 + "b", "*a" * 2000, "?" * 2000 + "*", "[a-z]*" * 500, "[" * 5000])
def test_a_hostile_pattern_is_matched_in_linear_time(hostile: str) -> None:
    text = "a" * 20_000
    assert not text_pattern(hostile + "c").matches(text)
    assert not name_pattern(hostile + "c").matches(text)
    assert name_pattern(hostile).overlaps(name_pattern("*a" * 2000)) in {True, False}
    assert not name_pattern(hostile).holds(name_pattern("?*" * 2000))
