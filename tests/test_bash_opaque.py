"""What makes a text opaque, and that even then its commands are listed, in bounded time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.bash.read import TEXT_CHARS, read
from runner.policy.bash.simple import COMMANDS


@pytest.mark.parametrize(
    "text",
    [
        "rm 'x",
        'rm "x',
        "rm `x",
        "rm $(x",
        "rm ${x",
        "rm $((x",
        "rm x &&",
        "rm x |",
        "&& rm x",
        "| rm",
        ";",
        "rm x;; y",
        "rm x & ; y",
        "(rm x",
        "rm x)",
        "{ rm x;",
        "rm x; }",
        "if rm x; then",
        "if rm x; then y",
        "fi",
        "while rm x; done",
        "case x in rm) y",
        "rm x >",
        "rm x > > y",
        "rm x <<E\ny\n",
        "cat <<E\ny",
        "[[ a",
        "rm x\\",
        "f() rm x",
        "rm !(x)",
        "rm ( x )",
        "x=(rm",
        "(rm) (y)",
        "{ rm x; } y",
        "in x",
        "]] x",
        "${ rm x; }",
        "a $(b",
        "declare >x v=(a)",
        "command declare v=(a)",
        "a=1 >x v=(b)",
        "a>1<b",
    ],
)
def test_what_bash_refuses_is_opaque(text: str) -> None:
    assert read(text, "/w").opaque


@pytest.mark.parametrize(
    "text",
    [
        "rm 'x",
        "a; rm x &&",
        "if a; then rm x",
        "a $(rm x",
        "(rm x",
        "a | rm x |",
        "a\nrm x\n(",
        "`rm x",
        "{ a; rm x;",
        "for i in a; do rm x",
        "a && rm -rf x; 'b",
    ],
)
def test_commands_of_an_unreadable_text_are_listed_all_the_same(text: str) -> None:
    programs = [command.argv[0].text for command in read(text, "/w").commands if command.argv]
    assert "rm" in programs


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ls\r", "U+000D"),
        ("ls \x1b[2J", "U+001B"),
        ("ls\x00", "U+0000"),
        ("ls\x0b-la", "U+000B"),
        ("r\u200bm x", "U+200B zero width space"),
        ("ls \u202etxt", "U+202E right-to-left override"),
        ("ls \u2066x", "U+2066"),
        ("ls \U000e0041", "U+E0041 tag latin capital letter a"),
        ("ls\u00a0-la", "U+00A0 no-break space"),
        ("ls \ufeff", "U+FEFF"),
        ("ls \u3164", "U+3164 hangul filler"),
        ("ls \u2028", "U+2028"),
        ("ls \udc80", "U+DC80"),
        ("\uff52\uff4d x", "U+FF52 fullwidth latin small letter r"),
        ("\u0440m x", "U+0440 cyrillic small letter er"),
        ("a | s\u04bb", "U+04BB"),
    ],
)
def test_characters_that_deceive_are_named(text: str, named: str) -> None:
    assert any(named in reason for reason in read(text, "/w").opaque)


@pytest.mark.parametrize("text", ["echo 你好 🙂 é ß", "git commit -m 'Füße'", "cat naïve.txt", "echo ❤️"])
def test_ordinary_text_of_any_script_is_fine(text: str) -> None:
    assert not read(text, "/w").opaque


@pytest.mark.parametrize(
    "text",
    [
        "x='$(rm y)'; echo ${x@P}",
        "ls() { rm x; }",
        "function git { rm x; }; git",
        "alias ls='rm x'",
        "f() { a; }; [ x ] && unset -f f; f",
        "[ y ] && f() { rm x; }; f",
        "command_not_found_handle() { rm x; }",
        "/bin/ls() { rm x; }",
        "PATH=/evil; ls",
        "export PATH=.:$PATH; ls",
        "unset PATH; ls",
        "for PATH in /evil; do ls; done",
        "read PATH; ls",
        "printf -v PATH /evil",
        "printf -vPATH /evil",
        ": ${BASH_ENV:=x}",
        "mapfile GIT_DIR",
        "getopts a LD_PRELOAD",
        "((PATH=1))",
        "let IFS=1",
        "shopt -s extglob",
        "shopt -s expand_aliases",
        "shopt -s lastpipe",
        "shopt -s $x",
        "set -a; X=1",
        "set -o allexport",
        "set -k",
        "set -P",
        "set +B",
        "set -o posix",
        "set $x",
        "declare -n r=x; r=y",
        "typeset -n r=x",
        "declare -i n='a[$(rm x)]'",
        "export $x",
        "read $x",
        "unset 'a[$(rm x)]'",
        "read 'a[$(rm x)]'",
        "x='a[$(rm y)]'; echo $((x))",
        "x='a[$(rm y)]'; ((x))",
        "x='a[$(rm y)]'; echo ${b[x]} ${b[$x]}",
        "x='a[$(rm y)]'; echo ${b:x}",
        "x='a[$(rm y)]'; [[ $x -eq 1 ]]",
        "[[ -v $x ]]",
        "[[ -v 'a[$(rm x)]' ]]",
        "let 'a[$(rm x)]'",
        "[ -v 'a[$(rm x)]' ]",
        "test -v $x",
        "let $x",
        "echo $((x))",
        "echo ${!x}",
        "x='a[$(rm y)]'; echo ${!x}",
        "echo $(( '$(rm x)' ))",
        "hash -p /evil ls",
        "enable -n cd",
        "enable -f x y",
        "mapfile -C 'rm x' y",
        "trap 'rm x' DEBUG",
        "readonly r=1; r=2",
        "declare -u r=a; r=b",
        "$'a\\xff'",
        "echo $'a\\0b'",
        "\"${x:-'a'}\"",
        "cat <<E $(a\nb)\nE",
        "((a); b)",
        "v=(a)rm x",
        "a['$(rm x)']=1",
        "echo ${a['$(rm x)']}",
        "x=abc; echo ${x:'$(rm x)'}",
        "a[ # ]; rm x",
        ">a[ # ]; rm x",
        ">y z >a[ # ]; rm x",
        "for i in a[ # ]; do rm x; done",
        "declare a[ # ]; rm x",
        "v=( [ # ])\nrm x\n)",
        "a=1 >y b[ # ]=1; rm x",
        "$((a); b)",
    ],
)
def test_what_changes_the_meaning_of_words_is_opaque(text: str) -> None:
    assert read(text, "/w").opaque


@pytest.mark.parametrize(
    "text",
    [
        "set -euo pipefail; ls",
        "set -x",
        "shopt -s nullglob",
        "shopt -q extglob",
        "PATH=/x ls",
        "PATH=/x",
        "PATH=/x; /bin/ls; cd x; echo y",
        "f() { a; }; f",
        "alias ll='ls -l'",
        "trap 'rm x' EXIT",
        "i=0; ((i++)); echo $((i + 1)) $((RANDOM % 5)) $((10#$i))",
        "n=$(wc -l < x); echo $((n / 2))",
        "s=$(date +%s); echo $(($(date +%s) - s))",
        "for i in $(seq 1 5); do echo $((i * 2)); done",
        "declare -A m; m[a]=1; echo ${m[a]}",
        "a=(1 2); echo ${a[0]} ${#a[@]}",
        "[[ $x == y* && -n $z ]]",
        "[[ $x == +([0-9])*(a|b) || $x != @(c) && ( a < b ) ]]",
        "[[ $# -gt 1 ]]",
        "[[ ${#x} -gt 1 ]]",
        "echo ${x:0:2} ${x: -1}",
        "declare -r x=1",
        "local_var=1",
        "IFS= read -r line",
        "export A B=1",
        "2>/dev/null ls",
        "unset x",
    ],
)
def test_everyday_shell_is_not_opaque(text: str) -> None:
    assert not read(text, "/w").opaque


def test_a_long_text_is_opaque_and_its_beginning_is_listed() -> None:
    found = read("rm x; echo " + "a" * TEXT_CHARS, "/w")
    assert f"longer than {TEXT_CHARS:,} characters" in found.opaque
    assert found.commands[0].text == "rm x"


def test_as_long_as_allowed_is_fine() -> None:
    assert not read("echo " + "a" * (TEXT_CHARS - 5), "/w").opaque


def test_many_commands_are_fine_and_too_many_are_opaque() -> None:
    fine = read("a;" * COMMANDS, "/w")
    assert not fine.opaque
    assert len(fine.commands) == COMMANDS
    assert read("a;" * (COMMANDS + 1), "/w").opaque


def test_every_part_of_a_long_chain_is_listed() -> None:
    assert read("a && " * 1000 + "rm x", "/w").commands[-1].text == "rm x"


@pytest.mark.parametrize(
    "unit",
    [
        "(", "{ ", "$(", '"$(', "`", "${x:-", "$((", "((", "<(", "[[ ", "a[", "if a; then ", "while a; do ",
        "case a in a) ", "f() { ", "! ", "x=(", "{a,", "$((`", "a=$(", "<<E ", "time ", "coproc ", "eval ", "'", "\\\n",
        "{a,b}", "~:", "a|", "a&", "$x", "!", "${!", "${x#", "[", "a=1;", "a && b=1 && ", "=~ (",
    ],
)  # fmt: skip
def test_nothing_is_too_deep_or_too_wide_to_be_answered(unit: str) -> None:
    for text in (unit * 3000, f"echo {unit * 3000}", f"[[ a =~ {unit * 3000}"):
        read(text[:TEXT_CHARS], "/w")


@pytest.mark.parametrize(
    "text",
    [
        "x=a;" + 'x="$x$x";' * 60 + "echo $x",
        "x=a;" + "x=$(echo $x$x);" * 60,
        "echo " + "{1..9}" * 20,
        "set -- " + "a " * 4000 + ";" + 'echo "$@";' * 900,
        "for a in {1..16}; do " * 8 + "x" + "; done" * 8,
        "while a; do b=$c; " * 20 + "x" + "; done" * 20,
        "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }}; " for n in range(30)) + "f0",
        "f() { f | f & }; f",
        "".join(f"f{n}() {{ {'{ ' * 30} f{n + 1}; {'}; ' * 30} }}; " for n in range(20)) + "f0",
        "".join(f"f{n}() {{ {'a $(' * 30} f{n + 1} {')' * 30}; }}; " for n in range(20)) + "f0",
        "a && { " * 39 + "b" + "; }" * 39,
        '"$(' * 39 + "b" + ')"' * 39,
        "eval " * 3000 + "x",
        "printf '" + "%s" * 4000 + "' " + "a " * 4000,
        "x=" + "a" * 5000 + "; echo ${x//a*a*b/} ${x##*a*b} ${x%%a*}",
        "$((" * 35 + "1" + ")) " * 35,
        "$((" * 35 + "1" + ") )" * 35,
    ],
)
def test_what_grows_without_bound_is_cut_off(text: str) -> None:
    assert len(read(text, "/w").commands) <= 2 * COMMANDS + 1000


PIECES = [
    "a", "rm", "x", "'", '"', "`", "$", "\\", "(", ")", "{", "}", "[", "]", "[[", "]]", "((", "))", ";", ";;", "&",
    "&&", "|", "||", "|&", ">", ">>", "<", "<<", "<<<", "<(", ">(", "$(", "$((", "${", "#", "!", "*", "?", "~", "=",
    "+=", "-", "\n", "\t", "if", "then", "else", "fi", "for", "in", "do", "done", "while", "until", "case", "esac",
    "function", "time", "coproc", "eval", "set --", "local", "export", "declare", "unset", "read", "cd", "..", "/",
    "$x", "${x}", "${x:-y}", '"$@"', "$1", "x=y", "x=(a)", "'q'", "<<E", "\nE\n", "2>&1", "{a,b}", "{1..3}", "",
    "\\\n", "${!x}", "${x@P}", "$'\\x41'", "é", "\u200b",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map(" ".join) | st.lists(
    st.sampled_from(PIECES), max_size=30
).map("".join)


@given(texts)
def test_any_text_gets_an_answer(text: str) -> None:
    found = read(text, "/w")
    assert found == read(text, "/w")
    for at, command in enumerate(found.commands):
        assert command.fed_by is None or 0 <= command.fed_by < len(found.commands)
        assert command.fed_by != at
        assert all(word.text is not None or word.why for word in command.argv)


NAMES = st.sampled_from(["ls", "rm", "git", "/bin/x", "a.sh"])
SEPARATORS = st.sampled_from([";", " && ", " || ", " | ", " & ", "\n", " |& ", ";\n\n", " # c\n"])
SHELLS = st.sampled_from(
    ["{}", "({})", "{{ {}; }}", "$({})", "! {}", "a $({})", "a `{}`", "if {}; then :; fi", "while {}; do :; done",
     "f1() {{ {}; }}", "a <({})", "x=$({})", "for i in a; do {}; done", "case a in a) {};; esac", 'a "b $({})"',
     "cat <<E\n$({})\nE\n:", "[[ $({}) ]]", "coproc {{ {}; }}", "x=($({}))", "${{x:-$({})}}", "a > $({})"]
)  # fmt: skip


@given(st.lists(st.tuples(NAMES, SHELLS, SEPARATORS), min_size=1, max_size=6))
def test_every_program_of_a_chain_is_found(parts: list[tuple[str, str, str]]) -> None:
    text = "".join(shell.format(name) + separator for name, shell, separator in parts[:-1])
    text += parts[-1][1].format(parts[-1][0])
    found = read(text, "/w")
    programs = [command.argv[0].text for command in found.commands if command.argv]
    for name, _, _ in parts:
        assert name in programs, text
