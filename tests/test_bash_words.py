"""What a word becomes: certain where bash leaves no choice, uncertain with a reason everywhere else."""

import pytest

from runner.policy.bash.read import read
from runner.policy.bash.script import Arg


def words(text: str, **variables: str) -> tuple[Arg, ...]:
    """Return the arguments of the last call of `x`."""
    found = read(text, "/w", home="/home/agent", variables=variables)
    assert not found.opaque, found.opaque
    return [command for command in found.commands if command.argv and command.argv[0].text == "x"][-1].argv[1:]


def texts(text: str, **variables: str) -> list[str | None]:
    return [word.text for word in words(text, **variables)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("r''m", "rm"),
        ('r""m', "rm"),
        ("r\\m", "rm"),
        ("'rm'", "rm"),
        ('"r"m', "rm"),
        ("$'rm'", "rm"),
        ("$'\\x72\\155'", "rm"),
        ("$'\\u0072m'", "rm"),
        ('$"rm"', "rm"),
        ("r\\\nm", "rm"),
        ('"a\\\nb"', "ab"),
        ("'a\\\nb'", "a\\\nb"),
        ("a\\ b", "a b"),
        ('"a\\ b\\"\\$\\\\"', 'a\\ b"$\\'),
        ("'a b'\"c\"'d'", "a bcd"),
        ("$'a\\tb\\n\\'\\\\'", "a\tb\n'\\"),
        ("$", "$"),
        ('"$"', "$"),
        ("a$", "a$"),
        ("''", ""),
        ("{}", "{}"),
        ("{a}", "{a}"),
        ("a=b", "a=b"),
        ("[", "["),
        ("!", "!"),
        ("-", "-"),
        ("你好", "你好"),
    ],
)
def test_quoting_is_taken_off(written: str, meant: str) -> None:
    assert texts(f"x {written}") == [meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{a,b}c", ["ac", "bc"]),
        ("a{,b}", ["a", "ab"]),
        ("{a,{b,c}d}", ["a", "bd", "cd"]),
        ("{a,b}{1..3}", ["a1", "a2", "a3", "b1", "b2", "b3"]),
        (
            "{3..1} {01..3} {a..c} {1..9..4} {-1..1}",
            ["3", "2", "1", "01", "02", "03", "a", "b", "c", "1", "5", "9", "-1", "0", "1"],
        ),
        ("\\{a,b} '{a,b}' {a\\,b} {a", ["{a,b}", "{a,b}", "{a,b}", "{a"]),
        ("a{b,'c d'}", ["ab", "ac d"]),
        ("{a,b},c}", ["a,c}", "b,c}"]),
        ("{a,b", ["{a,b"]),
        ("x={a,b}", ["x=a", "x=b"]),
    ],
)
def test_braces_make_words(written: str, meant: list[str]) -> None:
    assert texts(f"x {written}") == meant


def test_braces_are_expanded_before_names_are_read() -> None:
    assert texts("ya=1; yb=2; y=0; x $y{a,b}") == ["1", "2"]
    assert texts('ya=1; y=0; x "$y"{a,b}') == ["0a", "0b"]


@pytest.mark.parametrize("written", ["{1..100000}", "{a..Z}", "{a,b}" * 20, "{$,a}"])
def test_braces_that_make_too_much_are_not_followed(written: str) -> None:
    found = read(f"x {written}{{a,b}}", "/w")
    assert found.opaque
    assert found.commands[0].argv[1].text is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("~", "/home/agent"),
        ("~/x", "/home/agent/x"),
        ("'~'/x", "~/x"),
        ("\\~", "~"),
        ("a~", "a~"),
        ("~+/x", "/w/x"),
        ("a=~/x", "a=/home/agent/x"),
        ("a=b:~/x", "a=b:/home/agent/x"),
        ("--a=~/x", "--a=~/x"),
        ('~"/x"', "~/x"),
    ],
)
def test_a_tilde_is_home_only_at_the_beginning(written: str, meant: str) -> None:
    assert texts(f"x {written}") == [meant]


def test_a_tilde_follows_home() -> None:
    assert texts("HOME=/evil; x ~/a $HOME") == ["/evil/a", "/evil"]
    assert texts("cd /a; cd /b; x ~- ~+") == ["/a", "/b"]
    assert texts("x ~bob/y") == [None]
    assert texts("y=~/a:~/b; x $y") == ["/home/agent/a:/home/agent/b"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$v", ["a.tar.gz"]),
        ("${v}", ["a.tar.gz"]),
        ('"$v"', ["a.tar.gz"]),
        ("'$v'", ["$v"]),
        ("${v%.*}", ["a.tar"]),
        ("${v%%.*}", ["a"]),
        ("${v#*.}", ["tar.gz"]),
        ("${v##*.}", ["gz"]),
        ("${v%.gz}", ["a.tar"]),
        ("${v%'.gz'}", ["a.tar"]),
        ("${v%x}", ["a.tar.gz"]),
        ("${v/tar/zip}", ["a.zip.gz"]),
        ("${v//a/b}", ["b.tbr.gz"]),
        ("${v/#a/b}", ["b.tar.gz"]),
        ("${v/%gz/b}", ["a.tar.b"]),
        ("${v:2}", ["tar.gz"]),
        ("${v:2:3}", ["tar"]),
        ("${v: -2}", ["gz"]),
        ("${#v}", ["8"]),
        ("${v^^}", ["A.TAR.GZ"]),
        ("${v^}", ["A.tar.gz"]),
        ("${v@U}", ["A.TAR.GZ"]),
        ("${v:-x}", ["a.tar.gz"]),
        ("${v:+x y}", ["x", "y"]),
        ('"${v:+x y}"', ["x y"]),
        ("${n:-x}", ["x"]),
        ("${n:-~/x}", ["/home/agent/x"]),
        ("${n:-a=~}", ["a=~"]),
        ("${n-x}", []),
        ('"$n"', [""]),
        ("$n", []),
        ("a${n}b", ["ab"]),
        ("$s", ["b", "c"]),
        ('"$s"', [" b  c "]),
        ("x$s.y", ["x", "b", "c", ".y"]),
        ("${!i}", ["a.tar.gz"]),
    ],
)
def test_certain_variables_are_expanded(written: str, meant: list[str]) -> None:
    assert texts(f"x {written}", v="a.tar.gz", n="", s=" b  c ", i="v") == meant


@pytest.mark.parametrize(
    "written",
    [
        "$u",
        "${u}",
        '"${u%x}"',
        "${u:-x}",
        "$1",
        "$@",
        "$#",
        "$?",
        "$$",
        "$!",
        "$0",
        "$(date)",
        "`date`",
        "$((1 + 2))",
        "<(a)",
        "${v/[a]/b}",
        "${v@Q}",
        "${#u}",
        "$RANDOM",
        "${v[1]}",
        "${v[@]:1}",
        "~user",
        "${v//~/x}",
        '"${v:+$@}"',
    ],
)
def test_what_is_known_only_when_it_runs_is_uncertain_with_a_reason(written: str) -> None:
    (word,) = words(f"x {written}", v="a")
    assert word.text is None
    assert word.why
    assert word.source == written


@pytest.mark.parametrize(
    ("written", "prefix"),
    [
        ('/tmp/"$u"', "/tmp/"),
        ("a$(b)", "a"),
        ("$v/$(b)", "a/"),
        ("$(b)c", ""),
        ("a*$(b)", "a"),
        ("'a*'$(b)", "a*"),
        ("<(a)", "/dev/fd/"),
        ("--x=$(b)", "--x="),
    ],
)
def test_an_uncertain_word_has_its_certain_beginning(written: str, prefix: str) -> None:
    (word,) = words(f"x {written}", v="a")
    assert word.text is None
    assert word.prefix == prefix


@pytest.mark.parametrize(
    ("written", "many"),
    [
        ("$u", True),
        ('"$u"', False),
        ('"$@"', True),
        ('"${@:1}"', True),
        ('"${@#a}"', True),
        ('"${u:-$@}"', True),
        ('"${u:-a}"', False),
        ('"${!u@}"', True),
        ('"$*"', True),
        ("$((1))", False),
        ('a*"$u"', True),
    ],
)
def test_an_uncertain_word_says_whether_it_may_be_several(written: str, many: bool) -> None:
    (word,) = words(f"x {written}")
    assert word.many is many


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("*", "*"),
        ("a?.[ch]", "a?.[ch]"),
        ("/???/rm", "/???/rm"),
        ("'*'*", "\\**"),
        ("\\**", "\\**"),
        ('"a["*', "a\\[*"),
        ("$v", "*.c"),
        ("a[0]", "a[0]"),
        ("~/*", "/home/agent/*"),
    ],
)
def test_an_active_pattern_is_marked(written: str, pattern: str) -> None:
    (word,) = words(f"x {written}", v="*.c")
    assert word.pattern
    assert word.text == pattern


@pytest.mark.parametrize("written", ["'*'", "\\*", '"a?"', '"$v"', "[", "a]", "[a"])
def test_a_quoted_pattern_is_text(written: str) -> None:
    (word,) = words(f"x {written}", v="**")
    assert not word.pattern


def test_a_pattern_that_may_be_switched_off_is_uncertain() -> None:
    assert texts("set -f; x *") == [None]
    assert texts("set -f; set +f; x *") == ["*"]
    assert texts("GLOBIGNORE=a; x *") == [None]


def test_what_a_loop_sees_of_a_pattern_is_the_pattern() -> None:
    (one,) = words("for f in src/*.c; do x $f; done")
    assert (one.text, one.pattern) == ("src/*.c", True)
    (quoted,) = words('for f in src/*.c; do x "$f"; done')
    assert (quoted.text, quoted.pattern, quoted.many) == ("src/*.c", True, False)
    (changed,) = words('for f in src/*.c; do x "${f%.c}.o"; done')
    assert (changed.text, changed.pattern) == ("src/*.o", True)
    (named,) = words('for f in src/*.c; do x "${f##*/}"; done')
    assert (named.text, named.pattern) == ("*.c", True)


def test_ifs_decides_about_splitting() -> None:
    assert texts("IFS=:; v=a:b; x $v") == [None]
    assert texts("IFS=:; v=ab; x $v") == ["ab"]
    assert texts("v='a b'; IFS=:; x $v") == ["a b"]
    assert texts("v='a b'; x a$IFS$v${IFS}c") == ["a", "a", "b", "c"]
    assert texts("v='a b'; IFS=: read y; x $v") == ["a", "b"]


def test_output_that_is_certain_is_known() -> None:
    assert texts("x $(echo rm) \"$(printf '%s-%s' a b)\" $(pwd)/y") == ["rm", "a-b", "/w/y"]
    assert texts("x \"$(cat <<'E'\na $b\nE\n)\"") == ["a $b"]
    assert texts("x $(dirname /a/b) $(basename /a/b) $(basename a.c)") == ["/a", "b", "a.c"]
    assert texts("x $(echo a; echo b) $(echo a > b)") == [None, None]


def test_lists_are_known_item_by_item() -> None:
    assert texts('v=(a "b c"); x "${v[@]}" ${v[1]} ${v[0]}') == ["a", "b c", "b", "c", "a"]
    assert texts('v=(a); v+=(b); x "${v[@]}"') == [None]
    assert texts('v=(a); v[0]=b; x "${v[@]}"') == [None]


def test_an_empty_expansion_is_no_word_and_the_next_one_is_the_program() -> None:
    found = read("e=; $e rm x", "/w")
    assert [word.text for word in found.commands[-1].argv] == ["rm", "x"]


def test_the_program_may_be_hidden_in_variables() -> None:
    for text in ("x=rm; $x y", "a=r b=m; $a$b y", "x=rmx; ${x%x} y", "printf -v x rm; rm y", "IFS=,; rm y"):
        assert [word.text for word in read(text, "/w").commands[-1].argv] == ["rm", "y"]
