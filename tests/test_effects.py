import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import COMMAND_CHARS, shell_effects, union
from runner.types import Effects, Part


def effects(command: str) -> Effects:
    return shell_effects(command, "/workspace")


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "ls -la src",
        "cat a b | head -5",
        "grep -rn 'def main' src && wc -l src/a.py",
        "cd src; cat a.py",
        "echo \"two words\" 'three $words'",
        "cat a 2>/dev/null",
        "cat < a",
        "find . -name x",
        "pwd # where am I",
        "ls 2>&1",
        "",
        "A=1; ls",
        "LANG=C ls",
        "if true; then ls; fi",
        "for f in a b; do cat $f; done",
        "echo ${x:-y}",
        'echo "$x"',
        "cat a\\ b",
        "cat ~/x",
        "echo {a,b}",
        "(ls)",
        "! ls",
        "time ls",
        "cat <<E\nx\nE",
        "find . -exec grep x {} +",
        "find . -name '*.py' | xargs grep -n x",
        "l\\s",
        "/bin/ls",
        "bash -c 'ls | wc -l'",
        "tail -f x",
    ],
)
def test_commands_that_only_read(command: str) -> None:
    assert effects(command).only_reads


@pytest.mark.parametrize(
    "command",
    [
        "nonsense",
        "echo $(nonsense)",
        "echo `nonsense`",
        "cat <(nonsense)",
        "A=1 ls",
        "LD_PRELOAD=x ls",
        "ls &",
        "ls() { nonsense; }; ls",
        "find . -exec nonsense {} +",
        "rg --pre cat x",
        "sort *",
        "eval nonsense",
        "ls \u202e",
        "ls\x1b",
        "'unclosed",
        "cd $X; cat x",
        "$SHELL",
        "x" * (COMMAND_CHARS + 1),
        "(" * 5000,
        "ls >&$x",
    ],
)
def test_what_is_not_understood_is_opaque(command: str) -> None:
    assert effects(command).opaque is not None


def test_the_first_reason_is_the_one_that_is_told() -> None:
    assert effects("nonsense; alsonot").opaque == "what `nonsense` does is not known"


def test_writes_and_deletes_are_named() -> None:
    assert effects("echo x > a").writes == ("/workspace/a",)
    assert effects("rm -rf build .git").deletes == ("/workspace/build", "/workspace/.git")
    assert effects("cd .. && rm -r workspace").deletes == ("/workspace",)
    assert effects("mkdir -p a/b && touch a/b/c").writes == ("/workspace/a/b", "/workspace/a/b/c")
    assert effects("ls >| a").writes == ("/workspace/a",)
    assert effects("ls &>> a").writes == ("/workspace/a",)


def test_a_command_is_as_dangerous_as_its_worst_part() -> None:
    assert effects("ls; rm -rf .").deletes == ("/workspace",)
    mixed = effects("rm -rf / ; nonsense")
    assert mixed.deletes == ("/",)
    assert mixed.opaque is not None


def test_parts_are_told_in_their_order() -> None:
    found = effects("cat a && rm b > c | wc")
    assert [part.text for part in found.parts] == ["cat a", "rm b", "", "wc"]
    assert found.parts[2].effects.writes == ("/workspace/c",)


def test_the_whole_is_the_union_of_its_parts() -> None:
    one = Part(text="a", effects=Effects(reads=("/a", "/b"), opaque="because"))
    two = Part(text="b", effects=Effects(reads=("/b", "/c"), writes=("/w",), unread=True, opaque="second"))
    assert union((one, two)) == Effects(
        reads=("/a", "/b", "/c"), writes=("/w",), opaque="because", unread=True, parts=(one, two)
    )


def test_the_home_is_where_the_caller_says() -> None:
    assert shell_effects("cat ~/x", "/w", home="/root").reads == ("/root/x",)
    assert shell_effects("cd && cat x", "/w", home="/root").reads == ("/root", "/root/x")


def test_behind_a_cd_that_is_not_certain_no_directory_is() -> None:
    assert effects("cd $X; rm z").opaque is not None
    assert effects("cd $X; rm /z").deletes == ("/z",)
    assert effects("cd x | rm -rf y").deletes == ("/workspace/y",)  # a pipe's commands run in shells of their own


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_analysed_without_raising(command: str) -> None:
    effects(command)


PIECES = [
    "ls",
    "cat a",
    "; rm b",
    ";",
    "&&",
    "||",
    "|",
    "&",
    "\n",
    "cd /",
    "> x",
    "$(rm b)",
    "{",
    "}",
    "(",
    ")",
    "if",
    "then",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_only_reads_stays_so_only_without_any_writing_part(parts: list[str]) -> None:
    if effects(" ".join(parts)).only_reads:
        assert not {"; rm b", "> x", "$(rm b)", "&"} & set(parts)
