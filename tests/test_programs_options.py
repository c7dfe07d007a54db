import pytest

from runner.policy.bash.script import Arg
from runner.policy.programs.notation import parse
from runner.policy.programs.options import Reading, read


def arg(word: str) -> Arg:
    """A word; `$...` is one known only when it runs, `*...` a pattern."""
    if "$" in word:
        return Arg(text=None, source=word, prefix=word.split("$", 1)[0].strip('"'), many='"' not in word)
    return Arg(text=word, source=word, pattern="*" in word)


def reading(words: str, *lines: str) -> Reading:
    return read(parse(lines, {}), [arg(word) for word in words.split()])


def given(words: str, line: str) -> list[tuple[str, str | None]]:
    return [(one.option.name, one.value.text if one.value is not None else None) for one in reading(words, line).given]


def placed(words: str, line: str) -> list[tuple[str, str]]:
    return [
        (one.role, one.arg.source if one.arg is not None else " ".join(word.source for word in one.words))
        for one in reading(words, line).placed
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("x -ab", [("-a", None), ("-b", None)]),
        ("x -o f", [("-o", "f")]),
        ("x -of", [("-o", "f")]),
        ("x -abof", [("-a", None), ("-b", None), ("-o", "f")]),
        ("x -i f", [("-i", None)]),
        ("x -i.bak f", [("-i", ".bak")]),
        ("x --output=f", [("--output", "f")]),
        ("x --output f", [("--output", "f")]),
        ("x --outp f", [("--output", "f")]),
        ("x f -a", [("-a", None)]),
        ("x -- -a", []),
        ("x -", []),
    ],
)
def test_options_are_read_as_getopt_reads_them(words: str, expected: list[tuple[str, str | None]]) -> None:
    assert given(words, "x | -a -b -o> --output> --other -i[=]:edit | <...") == expected


def test_an_abbreviation_of_several_options_is_doubtful() -> None:
    assert reading("x --out f", "x | --output> --outside | <...").doubts


def test_an_option_that_is_not_listed_is_doubtful_unless_all_others_are_harmless() -> None:
    assert reading("x -z", "x | -a").doubts
    assert reading("x --zz", "x | -a").doubts
    assert not reading("x -z --zz", "x | * -a").doubts


def test_options_of_one_dash_and_a_name_are_not_clusters() -> None:
    assert given("x -name f -not -delete", "x | -name= -not -delete | | single-dash") == [
        ("-name", "f"),
        ("-not", None),
        ("-delete", None),
    ]
    assert reading("x -nam f", "x | -name= | =... | single-dash").doubts


def test_words_without_a_dash_may_be_options_or_have_keys() -> None:
    assert given("x if=a of=b !", "x | if=< of=> !") == [("if=", "a"), ("of=", "b"), ("!", None)]


def test_options_of_old_style_take_their_values_in_order() -> None:
    assert given("x czf a.tgz d", "x | -c -z -f> | <... | old-style") == [("-c", None), ("-z", None), ("-f", "a.tgz")]
    assert placed("x czf a.tgz d", "x | -c -z -f> | <... | old-style") == [("<", "d")]


@pytest.mark.parametrize(
    ("words", "places", "expected"),
    [
        ("x p f g", "= <...", [("=", "p"), ("<", "f"), ("<", "g")]),
        ("x a b d", "<... >", [("<", "a"), ("<", "b"), (">", "d")]),
        ("x a", "[<] [>]", [("<", "a")]),
        ("x 5 rm -f y", "= {command}", [("=", "5"), ("command", "rm -f y")]),
        ("x A=1 B=2 rm y", "{assign}... {command}", [("assign", "A=1"), ("assign", "B=2"), ("command", "rm y")]),
    ],
)
def test_operands_get_the_roles_of_their_places(words: str, places: str, expected: list[tuple[str, str]]) -> None:
    assert placed(words, f"x | -f | {places}") == expected


def test_an_operand_too_many_is_doubtful() -> None:
    assert reading("x a b", "x | | <").doubts
    assert reading("x a", "x").doubts


def test_some_options_take_the_place_of_an_operand() -> None:
    line = "x | * -e=:first -t>:last | = <... >"
    assert placed("x -e p f g", line) == [("<", "f"), (">", "g")]
    assert placed("x -t d p f", line) == [("=", "p"), ("<", "f")]


def test_a_command_for_what_is_found_ends_with_its_mark() -> None:
    found = reading("x . -exec rm {} ; -print", "x | -exec{found} -print | <... | single-dash")
    assert [word.text for word in found.given[0].words] == ["rm", "{}"]
    assert found.given[1].option.name == "-print"
    assert reading("x . -exec rm", "x | -exec{found} | <... | single-dash").doubts


def test_subcommands_are_found_behind_options() -> None:
    lines = ("x | -C/ --quiet", "x log | --oneline | =...", "x push | -f!history | =...")
    found = reading("x -C d log --oneline a", *lines)
    assert found.line.name == "x log"
    assert [one.option.name for one in found.given] == ["-C", "--oneline"]
    assert [word.text for word in found.words] == ["x", "log", "--oneline", "a"]
    assert reading("x nonsense", *lines).doubts
    assert reading("x --nonsense log", *lines).doubts


def test_an_option_may_make_another_line_apply() -> None:
    lines = ("x | -a -v | <...", "x -c,--create | -c --create -v | >...")
    assert reading("x -vc f", *lines).placed[0].role == ">"
    assert reading("x -v f", *lines).placed[0].role == "<"


def test_a_word_known_only_when_it_runs_is_fine_as_data_of_a_harmless_program() -> None:
    assert not reading("x $X", "x | * | =...").unsure


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("x $X", "x | * -o> | =..."),
        ("x -$X", "x | * -o> | =..."),
        ("x $X f", "x | * | = <..."),
        ("x -k $X f", "x | * -k= -o> | <..."),
        ("x * f", "x | * -o> | =..."),
        ("x a* f", "x | * | < >"),
        ("x f a*", "x | * | <... >"),
    ],
)
def test_a_word_that_may_be_an_option_or_several_words_is_reported_where_it_matters(words: str, line: str) -> None:
    assert reading(words, line).unsure


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ('x "$X"', "x | * | =..."),
        ("x -- $X", "x | * -o> | =..."),
        ("x a$X", "x | * -o> | =..."),
        ('x -k "$X" f', "x | * -k= -o> | <..."),
        ("x --key=$X f", "x | * --key= -o> | <..."),
        ("x a*", "x | * -o> | <..."),
        ("x a* b d", "x | * | <... >"),
        ("x * f", "x | * | <..."),
    ],
)
def test_a_word_that_cannot_be_an_option_is_not_reported(words: str, line: str) -> None:
    assert not reading(words, line).unsure
