"""What the shell knows at each command: its directory, its variables, its functions, on every path through a text."""

import pytest

from runner.policy.bash.read import read
from runner.policy.bash.script import Simple


def calls(text: str, program: str = "x") -> list[Simple]:
    found = read(text, "/w", home="/home/agent")
    assert not found.opaque, found.opaque
    return [command for command in found.commands if command.argv and command.argv[0].text == program]


def argvs(text: str) -> list[list[str | None]]:
    return [[word.text for word in command.argv[1:]] for command in calls(text)]


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("x", "/w"),
        ("cd a; x", "/w/a"),
        ("cd a && x", "/w/a"),
        ("cd a && b; x", "/w/a"),
        ("cd a || exit; x", "/w/a"),
        ("cd a || { b; exit 1; }; x", "/w/a"),
        ("cd a || return; x", "/w/a"),
        ("cd a || x", "/w"),
        ("mkdir -p a && cd a; x", "/w/a"),
        ("mkdir a && cd a; x", None),
        ("OLDPWD=/o; cd -; x", "/o"),
        ("unset HOME; cd ~/a; x", None),
        ("b && { cd a; return; }; x", None),
        ("b && { cd a; exit; }; x", "/w"),
        ("true && cd a; x", "/w/a"),
        ("b && cd a; x", None),
        ("b || cd a; x", None),
        ("b && cd a && x", "/w/a"),
        ("if b; then cd a; fi; x", None),
        ("if b; then cd a; else cd a; fi; x", "/w/a"),
        ("if cd a; then x; fi", "/w/a"),
        ("if ! cd a; then exit; fi; x", "/w/a"),
        ("case b in b) cd a;; esac; x", None),
        ("while b; do cd a; done; x", None),
        ("while b; do x; cd a; done", None),
        ("for i in 1; do cd a; done; x", "/w/a"),
        ("(cd a); x", "/w"),
        ("(cd a; x)", "/w/a"),
        ("{ cd a; }; x", "/w/a"),
        ("cd a | b; x", "/w"),
        ("b | cd a; x", "/w"),
        ("cd a & x", "/w"),
        ("b $(cd a); x", "/w"),
        ("f() { cd a; }; f; x", "/w/a"),
        ("f() { cd a; }; x", "/w"),
        ("eval 'cd a'; x", "/w/a"),
        ('eval "$v"; x', None),
        ("cd; x", "/home/agent"),
        ("cd ~; x", "/home/agent"),
        ("cd ~/a; x", "/home/agent/a"),
        ("HOME=/evil; cd; x", "/evil"),
        ("cd a; cd -; x", "/w"),
        ("cd -; x", None),
        ("cd a/../../b; x", "/b"),
        ("cd ..; x", "/"),
        ("cd /; cd ..; x", "/"),
        ("cd //a; x", "/a"),
        ("cd -- a; x", "/w/a"),
        ("cd -P a; x", None),
        ("cd $v; x", None),
        ("cd $v; cd /a; x", "/a"),
        ("cd a*; x", None),
        ("v=a; cd $v; x", "/w/a"),
        ("cd 'a b'; x", "/w/a b"),
        ("CDPATH=/c; cd a; x", None),
        ("CDPATH=/c; cd ./a; x", "/w/a"),
        ("command cd a; x", "/w/a"),
        ("builtin cd a; x", "/w/a"),
        ("time cd a; x", "/w/a"),
        ("time -p -- cd a; x", "/w/a"),
        ("c=cd; $c a; x", "/w/a"),
        ("\\cd a; x", "/w/a"),
        ("pushd a; pushd b; popd; x", None),
        ("pushd a; x", "/w/a"),
        ("exit; cd a; x", "/w/a"),
    ],
)
def test_the_directory_is_known_where_it_is_certain(text: str, directory: str | None) -> None:
    assert [command.cwd for command in calls(text)][-1:] == [directory]


def test_cd_itself_is_listed_where_it_runs() -> None:
    assert [(command.cwd, command.text) for command in calls("cd a; cd b", "cd")] == [("/w", "cd a"), ("/w/a", "cd b")]


def test_the_script_says_where_the_shell_is_afterwards() -> None:
    assert read("cd a; (cd b)", "/w").cwd == "/w/a"
    assert read("b && cd a", "/w").cwd is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("v=1; x $v", [["1"]]),
        ("v=1 w=$v; x $w", [["1"]]),
        ("v=1; v=2; x $v", [["2"]]),
        ("v=1 y; x $v", [[None]]),
        ("v=0; v=1 y; x $v", [["0"]]),
        ("v=0; v=1 x $v", [["0"]]),
        ("v=1; (v=2; x $v); x $v", [["2"], ["1"]]),
        ("v=1; v=2 | y; x $v", [["1"]]),
        ("v=1; v=2 & x $v", [["1"]]),
        ("v=1; y $(v=2); x $v", [["1"]]),
        ("if y; then v=1; else v=2; fi; x $v", [[None]]),
        ("if y; then v=1; else v=1; fi; x $v", [["1"]]),
        ("if y; then v=1; fi; x $v", [[None]]),
        ("y && v=1; x $v", [[None]]),
        ("y && v=1 && x $v", [["1"]]),
        ("y || v=1; x $v", [[None]]),
        ("true && v=1; x $v", [["1"]]),
        ("v=1; while y; do x $v; v=2; done; x $v", [[None], [None]]),
        ("v=1; while y; do x $v; done; x $v", [["1"], ["1"]]),
        ("a=1 b=2 c=3; while y; do x $c; c=$b; b=$a; a=$(y); done", [[None]]),
        ("v=1; until y; do v=2; break; done; x $v", [[None]]),
        ("for v in a 'b c'; do x \"$v\"; done; x $v", [["a"], ["b c"], ["b", "c"]]),
        ("for v in a b; do w=$w$v; done; w=; for v in a b; do w=$w$v; done; x $w", [["ab"]]),
        ("for v in a b c; do if y; then break; fi; w=$v; done; x $w", [[None]]),
        ("for v in a b; do w=$v; break; done; x $w", [["a"]]),
        ("for v in a b; do for u in c d; do w=$v$u; break 2; done; done; x $w", [["ac"]]),
        ("for v in a b; do w=1; continue; w=2; done; x $w", [["1"]]),
        ("for v in $(y); do x $v; done", [[None]]),
        ("for v in {1..16}; do x $v; done", [[str(one)] for one in range(1, 17)]),
        ("for v in {1..17}; do x $v; done", [[None]]),
        ("set -- a 'b c'; for v; do x \"$v\"; done", [["a"], ["b c"]]),
        ("set -- a 'b c'; x \"$@\" $2 $#", [["a", "b c", "b", "c", "2"]]),
        ("set -- a b; shift; x $1 ${2:-none}", [["b", "none"]]),
        ("set -- $y; x $1", [[None]]),
        ("set -- a; shift 2; x $1", [["a"]]),
        ("_=ls; y rm; x $_", [[None]]),
        ("FUNCNAME=ls; x $FUNCNAME", [[None]]),
        ("RANDOM=5; x $RANDOM", [[None]]),
        ("c_PID=ls; coproc c { y; }; x $c_PID", [[None]]),
        ("y | while read v; do x $v; done", [[None]]),
        ("v=1; read v; x $v", [[None]]),
        ("v=1; read -r a v; x $v", [[None]]),
        ("v=1; mapfile v; x $v", [[None]]),
        ("v=1; printf -v v a; x $v", [[None]]),
        ("v=1; getopts ab v; x $v", [[None]]),
        ("v=1; let v=2; x $v", [[None]]),
        ("v=1; ((v++)); x $v", [[None]]),
        ("v=1; : $((v += 1)); x $v", [[None]]),
        ("v=1; unset v; x $v", [[]]),
        ("v=; : ${v:=a}; x $v", [["a"]]),
        (": ${v:=a}; x $v", [[None]]),
        ("v=1; source y; x $v", [[None]]),
        ("v=1; eval 'v=2'; x $v", [["2"]]),
        ('v=1; eval "$y"; x $v', [[None]]),
        ("export v=a; x $v", [["a"]]),
        ("export v='a b'; x $v", [["a", "b"]]),
        ("w='a b'; export v=$w; x \"$v\"", [["a b"]]),
        ("declare -u v; v=a; x $v", None),
        ("v=a; v+=b; x $v", [["ab"]]),
        ("case y in a) v=1;; *) v=2;; esac; x $v", [[None]]),
        ("exec y; v=1; x $v", [["1"]]),
    ],
)
def test_a_variable_is_known_if_every_path_agrees(text: str, values: list[list[str | None]] | None) -> None:
    if values is None:
        assert read(text, "/w").opaque
        return
    assert argvs(text) == values


def test_arithmetic_in_a_loop_stays_a_number() -> None:
    assert argvs("n=0; while [ $n -lt 3 ]; do n=$((n + 1)); x $n; done") == [[None]]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("f() { x $1; }; f a; f b", [["a"], ["b"]]),
        ("f() { x \"$@\" $#; }; f a 'b c'", [["a", "b c", "2"]]),
        ("f() { x $1; }; f $y", [[None]]),
        ("f() { x $v; }; v=1; f; v=2; f", [["1"], ["2"]]),
        ("f() { v=2; }; v=1; f; x $v", [["2"]]),
        ("f() { local v=2; x $v; }; v=1; f; x $v", [["2"], ["1"]]),
        ("f() { local v; v=2; x $v; }; v=1; f; x $v", [["2"], ["1"]]),
        ("f() { return; v=2; }; v=1; f; x $v", [["1"]]),
        ("f() { if y; then local v; fi; v=2; }; v=1; f; x $v", [[None]]),
        ("f() { v=3; local v=2; }; v=1; f; x $v", [["3"]]),
        ("f() { if y; then v=3; fi; local v=2; }; v=1; f; x $v", [[None]]),
        ("f() { local v=2; g; }; g() { v=3; x $v; }; v=1; f; x $v", [["3"], ["1"]]),
        ("f() { local IFS=,; }; v='a b'; f; x $v", [["a", "b"]]),
        ("f() { if y; then return; fi; v=2; }; v=1; f; x $v", [[None]]),
        ("f() { x $v; }; v=1 f; x $v", [["1"], [None]]),
        ("f() { x; }", [[]]),
        ("f() { x $v; }; v=1", [[None]]),
        ("f() { g $1; }; g() { x $1; }; f a", [["a"]]),
        ("f() { x $1; [ $1 ] && f /etc; }; f a", [["a"], [None]]),
        ("(f() { x a; }; f)", [["a"]]),
        ("set -- a; f() { x $1; }; f b; x $1", [["b"], ["a"]]),
    ],
)
def test_a_function_is_listed_where_it_is_called(text: str, values: list[list[str | None]]) -> None:
    assert argvs(text) == values


def test_a_call_of_a_known_function_is_no_program() -> None:
    assert not calls("f() { x; }; f a", "f")


def test_a_name_that_is_called_before_it_is_defined_is_a_program() -> None:
    assert len(calls("f a; f() { x; }", "f")) == 1


def test_redirections_of_a_call_are_listed() -> None:
    commands = read("f() { x; }; f > y", "/w").commands
    assert [[one.target.text for one in command.redirects] for command in commands] == [["y"], []]


@pytest.mark.parametrize(
    ("text", "defines"),
    [
        ("f() { :; }; function g { :; }; alias h=i", ("f", "g", "h")),
        ("(f() { :; }); y $(g() { :; })", ()),
        ("alias", ()),
    ],
)
def test_names_defined_for_later_calls_are_told(text: str, defines: tuple[str, ...]) -> None:
    assert read(text, "/w").defines == defines
