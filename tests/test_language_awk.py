import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.languages.awk import read
from runner.types import Effects


def does(text: str) -> Effects:
    return read(text, cwd="/w", home="/h").effects


@pytest.mark.parametrize(
    "text",
    [
        "{print $1}",
        "{print $NF, $1}",
        "NR==1",
        "NR>1",
        "$3 > 5",
        "$3 > 5 {print $1}",
        "/a|b/ {print}",
        "$0 ~ /a>b/",
        "{sum += $1} END {print sum / NR}",
        'BEGIN{FS=":"} {print $1}',
        '{printf "%s > %s\\n", $1, $2}',
        "{print ($1 > 5)}",
        "{print (a > b) ? 1 : 2}",
        "a || b",
        '{print "x | y"}',
        "{n[$1]++} END {for (k in n) print k, n[k]}",
        "{while ((getline line) > 0) n++}",
        '{print > "/dev/stderr"}',
        '{gsub(/"/, ""); print}',
        "# system(x)\n{print}",
        "function f(x) {return x > 1}",
    ],
)
def test_programs_that_only_compute(text: str) -> None:
    assert does(text) == Effects()


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ('{print > "out"}', ("/w/out",)),
        ('{print $1 >> "/tmp/out"}', ("/tmp/out",)),
        ('{printf "%s", $1 > "out"}', ("/w/out",)),
        ('{print($1) > "out"}', ("/w/out",)),
        ('{print $1, (2 > 1) > "out"}', ("/w/out",)),
        ('/a/{print>"out"}', ("/w/out",)),
    ],
)
def test_files_that_are_written(text: str, writes: tuple[str, ...]) -> None:
    assert does(text).writes == writes


@pytest.mark.parametrize(
    "text",
    [
        'BEGIN{while ((getline l < "in") > 0) print l}',
        'BEGIN{getline < "in"}',
        'BEGIN{getline $1 < "in"; getline a["x"] < "in"}',
    ],
)
def test_files_that_are_read(text: str) -> None:
    assert does(text).reads[:1] == ("/w/in",)


@pytest.mark.parametrize(
    "text",
    [
        '{system("rm x")}',
        'BEGIN{system( "rm x" )}',
        '{print | "rm x"}',
        '{"rm x" | getline}',
        '{"rm x" | getline y; print y}',
        '{while (("rm x" | getline l) > 0) print l}',
        '/a\\/b/ {system("rm x")}',
        '{x = 4 / 2; system("rm x")}',
    ],
)
def test_commands_that_are_run(text: str) -> None:
    assert read(text, cwd="/w", home="/h").commands == ("rm x",)


@pytest.mark.parametrize(
    "text",
    [
        "{system($1)}",
        '{system("rm " $1)}',
        "{print | $1}",
        '{print | "rm " $1}',
        '{"rm " $1 | getline}',
        "{print > $1}",
        '{print > "out" $1}',
        "{getline < $1}",
        '{print |& "rm x"}',
        'BEGIN{ARGV[1]="/etc/passwd"; ARGC=2}',
        '@include "x"\n{print}',
        '{print > "/inet/tcp/0/x/80"}',
        "{system(x}",
        'if (1) /"/; system("id") #/ "',
        '{f="system"; @f("rm x")}',
        'BEGIN{system("r\\155 x")}',
    ],
)
def test_what_is_not_known_for_certain_is_opaque(text: str) -> None:
    assert does(text).opaque is not None


def test_the_environment_is_private() -> None:
    assert does('BEGIN{for (k in ENVIRON) print k "=" ENVIRON[k]}').hazards


@given(st.text(alphabet='{}()[]/"\\|>;\n print$1systemgetline<@,', max_size=60))
def test_any_text_is_read_without_raising(text: str) -> None:
    read(text, cwd="/w", home="/h")


@given(st.text(alphabet="{}()[]/;\n print$1 ,+", max_size=30))
def test_a_command_behind_anything_is_found_or_the_whole_is_opaque(text: str) -> None:
    found = read(text + '\n{system("rm x")}', cwd="/w", home="/h")
    assert found.commands == ("rm x",) or found.effects.opaque is not None
