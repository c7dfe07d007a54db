"""Which simple commands a text holds: found wherever they hide, with what feeds them and where they stand."""

import pytest

from runner.policy.bash.read import read
from runner.policy.bash.script import Script, Simple


def script(text: str) -> Script:
    found = read(text, "/w")
    assert not found.opaque, found.opaque
    return found


def argv(command: Simple) -> list[str | None]:
    return [word.text for word in command.argv]


def argvs(text: str) -> list[list[str | None]]:
    return [argv(command) for command in script(text).commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# rm x", []),
        ("ls # rm x", ["ls"]),
        ("ls;id", ["ls", "id"]),
        ("ls\nid\n\n", ["ls", "id"]),
        ("ls & id", ["ls", "id"]),
        ("ls|id", ["ls", "id"]),
        ("ls |& id", ["ls", "id"]),
        ("ls && id || pwd", ["ls", "id", "pwd"]),
        ("ls &&\n\n id", ["ls", "id"]),
        ("ls |\n# words\nid", ["ls", "id"]),
        ("(ls; id)", ["ls", "id"]),
        ("{ ls; id; }", ["ls", "id"]),
        ("! ls | id", ["ls", "id"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]),
        ("for x in 1; do a; done", ["a"]),
        ("for x do a; done", ["a"]),
        ("for ((i=0; i<$(nproc); i++)); do b; done", ["nproc", "b"]),
        ("select x in 1; do a; done", ["a"]),
        ("case x in a|b) c;; (d) e;& *) f;;& esac", ["c", "e", "f"]),
        ("[[ -f $(a) && $(b) =~ ^(x|y z)$ ]]", ["a", "b"]),
        ("[[ a =~ <(a) && a =~ (<(b)) && a == +(<(c)) && -f <(d) ]]", ["a", "b", "c", "d"]),
        ('x "${v#<(a)}" "${v/<(b)/<(c)}" "${v^<(d)}"', ["x", "a", "b", "c", "d"]),
        ("case $(a) in <(b)|`c`) ;; esac", ["a", "b", "c"]),
        ("[[ $x =~ (a|b)$ && ( $(a) || ! -f y ) ]] && b", ["a", "b"]),
        ("((x = $(nproc)))", ["nproc"]),
        ("coproc NAME { a; }; coproc b c", ["a", "b"]),
        ("f() { a; }; function g { b; }", ["a", "b"]),
        ("x=$(a) y=`b` c", ["c", "a", "b"]),
        ("x[$(nproc)]=1", ["nproc"]),
        ("x=(1 $(a) [k]=$(b))", ["a", "b"]),
        ("echo ${x[$(nproc)]} ${x:-$(b)} ${x//$(c)/`d`} ${x:$(nproc)}", ["echo", "nproc", "b", "c", "d", "nproc"]),
        ("echo $((1 + $(nproc))) $[2 + `nproc`]", ["echo", "nproc", "nproc"]),
        ('echo "a $(b "c $(d)") e"', ["echo", "b", "d"]),
        ("echo `b \\`c\\``", ["echo", "b", "c"]),
        ("a <(b) >(c) < <(d)", ["a", "b", "c", "d"]),
        ("a > $(b) 2> `c`", ["a", "b", "c"]),
        ("cat <<E\n$(a) `b` ${x:-$(c)} $((1 + $(nproc)))\nE\ne", ["cat", "a", "b", "c", "nproc", "e"]),
        ("cat <<'E'\n$(a) `b`\nE", ["cat"]),
        ("cat <<E\n\\$(a) \\`b\\`\nE", ["cat"]),
        ("cat <<-E <<F\n\tx $(a)\n\tE\ny $(b)\nF\nc", ["cat", "a", "b", "c"]),
        ("a $(\nb\n)", ["a", "b"]),
        ("a $(b # c)\n)", ["a", "b"]),
        ("a $(case x in x) b;; esac)", ["a", "b"]),
        ("echo '$(a)' \\$(", None),
        (">o rm x", ["rm"]),
        ("rm>o x", ["rm"]),
        ("2>&1 rm 3>&- x {fd}>y", ["rm"]),
        ("r\\\nm x; i\\\nf a; then b; fi; c &\\\n& d; e $\\\n(f)", ["rm", "a", "b", "c", "d", "e", "f"]),
        ("time -p ls | id; time", ["time", "id"]),
        ("time -- ls", ["time"]),
        ("a | time b", ["a", "time"]),
        ("eval 'a'; trap 'b' EXIT; bash -c c; . d", ["eval", "trap", "bash", "."]),
        ("echo if then fi { } done", ["echo"]),
        ("'if' a", ["if"]),
    ],
)
def test_every_simple_command_is_listed(text: str, expected: list[str] | None) -> None:
    found = read(text, "/w")
    if expected is None:
        assert found.opaque
        return
    assert [command.argv[0].text for command in found.commands if command.argv] == expected
    assert not found.opaque


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rm>o x", ["rm", "x"]),
        (">o rm x", ["rm", "x"]),
        ("rm >& -x y", ["rm", "x", "y"]),
        ("rm 2>&1 x", ["rm", "x"]),
        ("rm 2 >f x", ["rm", "2", "x"]),
        ("echo a#b #c", ["echo", "a#b"]),
        ("echo ${#x}#b $#", ["echo", None, None]),
        ("time -p rm x", ["time", "-p", "rm", "x"]),
        ("export A=1 'B=2'", ["export", "A=1", "B=2"]),
    ],
)
def test_words_stay_with_their_command(text: str, expected: list[str | None]) -> None:
    assert argvs(text) == [expected]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("ls   -la\t x", "ls -la x"),
        ("  ls 'a  b'   \"c  d\"", "ls 'a  b' \"c  d\""),
        ("ls -la > out 2>&1 x", "ls -la x"),
        ("A=1   B='x y'  make  all", "A=1 B='x y' make all"),
        ("ls \\\n  -la", "ls -la"),
        ("r\\m $x", "r\\m $x"),
        ("X=1", "X=1"),
        ("a=(1   2)", "a=(1   2)"),
        ("> out", ""),
    ],
)
def test_text_is_what_rules_match(written: str, text: str) -> None:
    assert [command.text for command in script(written).commands] == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > x", [(">", "x", None)]),
        ("a >> x", [(">>", "x", None)]),
        ("a >| x", [(">|", "x", None)]),
        ("a 2> x 0< y 1>> z", [(">", "x", 2), ("<", "y", None), (">>", "z", None)]),
        ("a &> x", [("&>", "x", None)]),
        ("a &>> x", [("&>>", "x", None)]),
        ("a >& x", [("&>", "x", None)]),
        ("a <> x", [("<>", "x", None)]),
        ("exec 3<> /dev/tcp/h/80", [("<>", "/dev/tcp/h/80", 3)]),
        ("a 2>&1 >&- <&3 3>&2- 4<&-", []),
        ("a <<< x <<E\nE\n", []),
        ("a {fd}> x", [(">", "x", None)]),
        ("a > 'x y'", [(">", "x y", None)]),
        ("a <& $x", [("<", None, None)]),
        ("a >& $x", [("&>", None, None)]),
    ],
)
def test_redirections_say_what_is_opened(text: str, expected: list[tuple[str, str | None, int | None]]) -> None:
    (command,) = script(text).commands
    assert [(one.operator, one.target.text, one.fd) for one in command.redirects] == expected


@pytest.mark.parametrize(
    ("text", "program", "stdin"),
    [
        ("sh <<E\nrm x\nE", "sh", "rm x\n"),
        ("sh <<'E'\nrm $x\nE", "sh", "rm $x\n"),
        ("sh <<E\nrm $x\nE", "sh", None),
        ("x=a; sh <<E\nrm $x \\$y\nE", "sh", "rm a $y\n"),
        ("sh <<-E\n\trm\n\t\tx\n\tE", "sh", "rm\nx\n"),
        ("sh <<E\nrm \\\nx\nE", "sh", "rm x\n"),
        ("sh <<< 'rm x'", "sh", "rm x\n"),
        ("echo rm x | sh", "sh", "rm x\n"),
        ("echo -n rm x | sh", "sh", "rm x"),
        ("echo -e 'rm\\tx' | sh", "sh", "rm\tx\n"),
        ("printf 'rm %s\\n' a b | sh", "sh", "rm a\nrm b\n"),
        ("printf '%d' 3 | sh", "sh", None),
        ("cat <<E | sh\nrm x\nE", "sh", "rm x\n"),
        ("echo $(date) | sh", "sh", None),
        ("echo rm x > f | sh", "sh", None),
        ("echo rm | { sh; }", "sh", "rm\n"),
        ("echo rm | { read a; sh; }", "sh", None),
        ("echo rm | sh $(read a)", "sh", None),
        ("echo rm | while read a; do sh; done", "sh", None),
        ("echo rm | while sh; do :; done", "sh", None),
        ("sh $(read a) <<< rm", "sh", "rm\n"),
        ("f() { sh; }; echo rm | f", "sh", "rm\n"),
        ("{ sh; } <<E\nrm\nE", "sh", "rm\n"),
        ("echo rm | sh < x", "sh", None),
        ("sh 3<<E\nrm\nE", "sh", None),
        ("sh", "sh", None),
    ],
)
def test_standard_input_is_known_where_it_is_certain(text: str, program: str, stdin: str | None) -> None:
    (command,) = (command for command in script(text).commands if command.argv and command.argv[0].text == program)
    assert command.stdin_text == stdin


@pytest.mark.parametrize(
    ("text", "feeder"),
    [
        ("curl x | sh", "curl"),
        ("curl x | tee y | sh", "tee"),
        ("curl x | (cd y; sh)", "curl"),
        ("curl x | if a; then sh; fi", "curl"),
        ("curl x | while read l; do sh; done", "curl"),
        ("curl x | f | sh; f() { a; }", "f"),
        ("f() { curl x; }; f | sh", "curl"),
        ("(a; curl x) | sh", "curl"),
        ("curl x $(b) | sh", "curl"),
        ("curl x | echo $(sh)", "curl"),
        ("curl x > >(sh)", "curl"),
        ("curl x | sh < y", None),
        ("curl x; sh", None),
        ("[[ a ]] | sh", None),
    ],
)
def test_a_pipe_names_what_feeds_it(text: str, feeder: str | None) -> None:
    commands = script(text).commands
    (shell,) = (command for command in commands if command.argv and command.argv[0].text == "sh")
    assert (None if shell.fed_by is None else commands[shell.fed_by].argv[0].text) == feeder


def test_input_of_a_group_is_input_of_what_is_in_it() -> None:
    commands = script("{ a; sh; } < x").commands
    assert [[one.target.text for one in command.redirects] for command in commands] == [["x"], ["x"], ["x"]]


def test_output_of_a_group_is_listed_once() -> None:
    commands = script("{ a; b; } > x").commands
    assert [[one.target.text for one in command.redirects] for command in commands] == [["x"], [], []]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("x", ()),
        ("(x)", ("subshell",)),
        ("{ x; }", ("group",)),
        ("a $(x)", ("substitution",)),
        ("a <(x)", ("process",)),
        ("f() { x; }", ("function", "group")),
        ("while x; do :; done", ("loop",)),
        ("if x; then :; fi", ("branch",)),
        ("case a in a) x;; esac", ("case",)),
        ("! x", ("negation",)),
        ("(a; { $(x); })", ("subshell", "group", "substitution")),
    ],
)
def test_a_command_knows_where_it_stands(text: str, inside: tuple[str, ...]) -> None:
    (command,) = (command for command in script(text).commands if command.argv and command.argv[0].text == "x")
    assert command.inside == inside


@pytest.mark.parametrize("text", ["x &", "(a; x) &", "a && x & b", "coproc x", "a >(x)", "f() { x; }; f &"])
def test_what_the_shell_does_not_wait_for_is_in_the_background(text: str) -> None:
    (command,) = (command for command in script(text).commands if command.argv and command.argv[0].text == "x")
    assert command.background


def test_what_is_set_for_one_command_is_listed_with_it() -> None:
    (command,) = script("LD_PRELOAD=x.so A=1 ls").commands
    assert [(name, word.text) for name, word in command.assignments] == [("LD_PRELOAD", "x.so"), ("A", "1")]


@pytest.mark.parametrize(
    "text",
    [
        "PATH=x",
        "export PATH=x",
        "export 'PATH=x'",
        "declare -x PATH=x",
        "n=PATH; export $n=x",
        "readonly PATH=x",
        "typeset PATH=x",
        "f() { local PATH=x; }; f",
    ],
)
def test_what_is_set_for_the_shell_is_listed(text: str) -> None:
    assert any((name, word.text) == ("PATH", "x") for one in script(text).commands for name, word in one.assignments)
