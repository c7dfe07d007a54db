import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import COMMAND_CHARS, shell_effects
from runner.types import Effects


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
    ],
)
def test_commands_that_only_read(command: str) -> None:
    assert effects(command).only_reads


@pytest.mark.parametrize(
    "command",
    [
        "make",
        "./ls",
        "echo $(make)",
        "echo `make`",
        "cat <(make)",
        "A=1 ls",
        "LD_PRELOAD=x ls",
        "ls &",
        "ls() { make; }; ls",
        "alias ls=make",
        "if true; then ls; fi",
        "find . -delete",
        "find . -exec make ;",
        "rg --pre make x",
        "rg x *",
        "eval ls",
        "cat <<E\nx\nE",
        "echo ${x:=y}",
        'echo "$x"',
        "cat a\\ b",
        "cat ~/x",
        "echo {a,b}",
        "ls \u202e",
        "ls\x1b",
        "tail -f x",
        "wc --files0-from=x",
        "'unclosed",
        "cd - && ls",
        "cd a || cat b",
        "rm -i x",
        "l\\s",
        "$SHELL",
        "x" * (COMMAND_CHARS + 1),
        "(" * 5000,
        "! ls",
        "ls >&$x",
        "time ls",
    ],
)
def test_what_is_not_understood_is_opaque(command: str) -> None:
    assert effects(command).opaque is not None


def test_writes_and_deletes_are_named() -> None:
    assert effects("echo x > a") == Effects(reads=("/workspace/x",), writes=("/workspace/a",))
    assert effects("rm -rf build .git").deletes == ("/workspace/build", "/workspace/.git")
    assert effects("cd .. && rm -r workspace").deletes == ("/workspace",)
    assert effects("mkdir -p a/b && touch a/b/c").writes == ("/workspace/a/b", "/workspace/a/b/c")
    assert effects("ls >| a").writes == ("/workspace/a",)
    assert effects("ls &>> a").writes == ("/workspace/a",)


def test_a_command_is_as_dangerous_as_its_worst_part() -> None:
    assert effects("ls; rm -rf .").deletes == ("/workspace",)
    mixed = effects("rm -rf / ; make")
    assert mixed.deletes == ("/",)
    assert mixed.opaque is not None


def test_after_a_conditional_cd_the_directory_is_not_certain() -> None:
    assert effects("cd x || rm -rf y; rm z").opaque == "the directory it runs in is not certain"
    assert effects("cd x | rm -rf y").opaque == "the directory it runs in is not certain"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_is_analysed_without_raising(command: str) -> None:
    try:
        command.encode()
    except UnicodeEncodeError:
        return  # no tool call holds such a text: tools.py rejects it
    effects(command)


@given(
    st.lists(
        st.sampled_from(
            [
                "ls",
                "cat a",
                "rm b",
                ";",
                "&&",
                "||",
                "|",
                "&",
                "\n",
                "cd /",
                "> x",
                "$(ls)",
                "{",
                "}",
                "(",
                ")",
                "if",
                "'",
                '"',
            ]
        ),
        max_size=12,
    )
)
def test_what_only_reads_stays_so_only_without_any_writing_part(parts: list[str]) -> None:
    command = " ".join(parts)
    if effects(command).only_reads:
        assert not {"rm b", "> x", "$(ls)", "&"} & set(parts) or "'" in parts or '"' in parts
