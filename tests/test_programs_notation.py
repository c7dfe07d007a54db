import importlib
import pkgutil

import pytest

from runner.policy import programs
from runner.policy.hazards import HAZARDS
from runner.policy.programs.notation import Line, Option, index, logical_lines, parse, parse_line

TABLES = {
    module.name: table
    for module in pkgutil.iter_modules(programs.__path__)
    if (table := getattr(importlib.import_module(f"{programs.__name__}.{module.name}"), "TABLE", None)) is not None
}


def line(text: str) -> Line:
    return parse_line(text, {})


def options(text: str) -> dict[str, tuple[Option, ...]]:
    return dict(line(f"x | {text}").options)


@pytest.mark.parametrize("family", TABLES)
def test_every_line_of_every_table_follows_the_notation(family: str) -> None:
    table = index(TABLES[family])
    for lines in table.programs.values():
        for text in lines:
            parse_line(text, table.names)


@pytest.mark.parametrize("family", TABLES)
def test_every_hazard_in_a_table_is_a_known_one(family: str) -> None:
    table = index(TABLES[family])
    for lines in table.programs.values():
        for text in lines:
            said = parse_line(text, table.names)
            thens = [then for many in said.options.values() for option in many for then in option.then]
            thens += [then for place in said.operands for then in place.then]
            thens += [case.then for case in said.cases] + list(said.alone)
            named = {then[1:] for then in thens if then.startswith("!")} | set(said.hazards)
            assert named <= set(HAZARDS), f"{text}: {named - set(HAZARDS)}"


@pytest.mark.parametrize("family", TABLES)
def test_every_name_that_a_table_uses_is_given(family: str) -> None:
    table = index(TABLES[family])
    for text in logical_lines(TABLES[family]):
        used = {word for word in text.split() if word.startswith("@") and len(word) > 1}
        assert used <= set(table.names), text


def test_switches_may_be_written_together() -> None:
    assert set(options("-abc --long")) == {"-a", "-b", "-c", "--long"}


def test_a_value_is_data_a_path_or_has_a_role() -> None:
    roles = {name: many[0].role for name, many in options("-k= --to> -f< -e<> -C/ -c{sh}").items()}
    assert roles == {"-k": "=", "--to": ">", "-f": "<", "-e": "<>", "-C": "/", "-c": "sh"}


def test_a_value_may_have_to_be_attached() -> None:
    assert options("-i[=]:edit") == {"-i": (Option(name="-i", role="=", attached=True, then=(":edit",)),)}


def test_an_option_may_mean_different_things_by_its_value() -> None:
    said = options("--prune=(now|all*)!history --prune=")["--prune"]
    assert [(option.values, option.then) for option in said] == [(("now", "all*"), ("!history",)), ((), ())]


def test_operands_that_are_no_options_may_be_words_or_have_keys() -> None:
    assert set(options(r"if=< of=> ! \( \)")) == {"if=", "of=", "!", "(", ")"}
    assert options("bs==")["bs="][0].role == "="


def test_operands_may_be_many_or_missing_and_have_consequences() -> None:
    places = line("x | | [=] <... >").operands
    assert [(place.role, place.optional, place.many) for place in places] == [
        ("=", True, False),
        ("<", False, True),
        (">", False, False),
    ]
    assert line("x | | =!discard...").operands[0].then == ("!discard",)


def test_consequences_are_flags_hazards_cases_and_paths() -> None:
    said = line("x | | =... | run send{origin} !push (+*|* +*)!history stdin{sh} else{.} alone!secrets writes{/tmp}")
    assert said.flags == {"run", "send"}
    assert said.receiver == "origin"
    assert said.hazards == ("push",)
    assert said.cases[0].holds("+main")
    assert not said.cases[0].holds("main")
    assert (said.stdin, said.otherwise, said.alone, said.writes) == ("sh", (".",), ("!secrets",), ("/tmp",))


@pytest.mark.parametrize(
    ("text", "armed"),
    [
        ("x | * -a -k= | <...", False),
        ("x | -a | <...", True),
        ("x | * -o> | <...", True),
        ("x | * -e? | <...", True),
        ("x | * | <... | run", True),
        ("x | -a | <... | tame", False),
    ],
)
def test_a_program_is_armed_when_a_word_taken_for_an_option_could_do_harm(text: str, armed: bool) -> None:
    assert line(text).armed is armed


@pytest.mark.parametrize(
    "text",
    [
        "x | -ab=",
        "x | -a{nonsense}",
        "x | -a:nonsense",
        "x | | nonsense",
        "x | | <.",
        "x | | | nonsense",
        "x | | | reads",
        "x | | | | more",
    ],
)
def test_a_line_that_does_not_follow_the_notation_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="x"):
        line(text)


def test_lines_go_on_and_texts_have_names() -> None:
    table = index("# comment\n@all = -a\n    -b\nx,y | @all\n    -c | <...\n")
    assert table.names == {"@all": "-a -b"}
    assert table.programs == {"x": ("x,y | @all -c | <...",), "y": ("x,y | @all -c | <...",)}
    entry = parse(table.programs["x"], table.names)
    assert entry.line is not None
    assert set(entry.line.options) == {"-a", "-b", "-c"}


def test_a_later_line_for_the_same_name_replaces_an_earlier_one() -> None:
    entry = parse(("x | | <...", "x | | =..."), {})
    assert entry.line is not None
    assert entry.line.operands[0].role == "="
