import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.languages.sed import read
from runner.types import Effects


def does(text: str) -> Effects:
    return read(text, cwd="/w", home="/h").effects


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p",
        "1p",
        "1,5p",
        "$!d",
        "/a/,/b/p",
        "/a\\/b/d",
        "\\,a,d",
        "s/a/b/",
        "s/a/b/gI2p",
        "s|a/b|c|g",
        "s/[^]]*/x/",
        "s/[[:space:]]*$//",
        "s/a\\/b/c/; s/d/e/",
        "y/abc/def/",
        "/a/{s/b/c/;p}",
        ":a;N;$!ba;s/\\n/ /g",
        "1~2d",
        "0,/a/s//b/",
        "/a/,+3d",
        "a hello; world",
        "1i\\\ntext w out\np",
        "/x/c\\\nnew",
        "# e rm x\np",
        "n;d;=;l 5;q 3",
        "w /dev/stdout",
        "2q",
    ],
)
def test_programs_that_only_edit_what_passes(text: str) -> None:
    assert does(text) == Effects()


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("w out", ("/w/out",)),
        ("/a/w out", ("/w/out",)),
        ("$!w /tmp/out", ("/tmp/out",)),
        ("s/a/b/w out", ("/w/out",)),
        ("s/a/b/gpw out", ("/w/out",)),
        ("/a/{W out\n}", ("/w/out",)),
        ("s/x/y/;s|a|b|w ../out", ("/out",)),
        ("a\\\ntext\nw out", ("/w/out",)),
        (":a w out", ("/w/out",)),
    ],
)
def test_files_that_are_written(text: str, writes: tuple[str, ...]) -> None:
    assert does(text).writes == writes


def test_files_that_are_read() -> None:
    assert does("r in").reads == ("/w/in",)
    assert does("/a/R /etc/passwd").reads == ("/etc/passwd",)


@pytest.mark.parametrize("text", ["e rm x", "1e rm x", "/a/e rm x", "s/a/b/;$!e rm x", "{p\ne rm x\n}", "2!{e rm x\n}"])
def test_commands_that_are_run(text: str) -> None:
    assert read(text, cwd="/w", home="/h").commands == ("rm x",)


@pytest.mark.parametrize(
    "text",
    [
        "e",
        "1e",
        "s/a/b/e",
        "s/a/b/ge",
        "s,a,b,Ie",
        "/a/s//rm x/e",
        "s/a/b",
        "/a",
        "s/a/b/g k",
        "w",
        "y/a/b",
        "\\",
        "s\na\nb\n",
        "s/[/]/b/",
        "s/[[:alpha:]/]x/y/e",
        "s/[\\]/]x/y/e",
    ],
)
def test_what_is_not_known_for_certain_is_opaque(text: str) -> None:
    assert does(text).opaque is not None


def test_a_relative_name_needs_a_certain_directory() -> None:
    assert read("w out", cwd=None, home="/h").effects.opaque is not None
    assert read("w /tmp/out", cwd=None, home="/h").effects.writes == ("/tmp/out",)


@given(st.text(alphabet="sywrea/,\\[]^:.{};\n$!1 xpI", max_size=40))
def test_any_text_is_read_without_raising(text: str) -> None:
    read(text, cwd="/w", home="/h")


@given(st.sampled_from(["p", "s/a/b/", "/x/d", "1,3p", "y/a/b/", "$!N"]), st.sampled_from([";", "\n", ";;", " ; "]))
def test_a_command_behind_others_is_found(first: str, between: str) -> None:
    assert read(f"{first}{between}e rm x", cwd="/w", home="/h").commands == ("rm x",)
