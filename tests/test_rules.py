import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.rules import (
    LONGEST,
    Access,
    Command,
    Files,
    Host,
    Meaning,
    Named,
    Never,
    Parameter,
    Whole,
    folded,
    meaning,
    parse,
    split,
    tight,
    written,
)
from runner.types import Layer, Source, Verdict

SOURCE = Source(layer=Layer.PROJECT, file="settings.json", line=3, root="/workspace")


def means(text: str, verdict: Verdict = Verdict.DENY) -> Meaning:
    return meaning(parse(text, verdict, SOURCE), workspace="/workspace", home="/home/agent")


@pytest.mark.parametrize(
    ("text", "tool", "specifier"),
    [
        ("Bash", "Bash", None),
        (" Bash ", "Bash", None),
        ("Bash(npm test)", "Bash", "npm test"),
        ("Bash(echo (a))", "Bash", "echo (a)"),
        ("Bash()", "Bash", ""),
        ("Read( .env )", "Read", " .env "),
        ("Bash(npm test", "Bash(npm test", None),
        ("Bash (npm test)", "Bash (npm test)", None),
        ("Bash(a) b", "Bash(a) b", None),
        ("(a)", "(a)", None),
        ("mcp__srv__*", "mcp__srv__*", None),
    ],
)
def test_a_rule_is_a_tool_and_what_stands_in_its_outermost_parentheses(
    text: str, tool: str, specifier: str | None
) -> None:
    assert split(text) == (tool, specifier)


@given(st.text(max_size=40))
def test_no_text_is_too_strange_to_be_a_rule(text: str) -> None:
    for verdict in (Verdict.ALLOW, Verdict.ASK, Verdict.DENY):
        rule = parse(text, verdict, SOURCE)
        assert means(text, verdict) is not None
        assert written(rule) == text.strip()


def test_a_rule_keeps_its_name_its_reasons_and_its_examples() -> None:
    rule = parse(
        "Bash(rm *)", Verdict.DENY, SOURCE, rule_id="no-rm", why="w", instead="i", match=["rm x"], not_match=("ls",)
    )
    assert (rule.id, rule.why, rule.instead, rule.match, rule.not_match) == ("no-rm", "w", "i", ("rm x",), ("ls",))
    assert parse(" Bash(rm *)", Verdict.DENY, SOURCE).id == "Bash(rm *)"


@pytest.mark.parametrize(
    "text", ["Bash", "Bash(*)", "Bash( * )", "*", "B*", "mcp__srv", "mcp__srv__*", "Read(*)", "Task"]
)
def test_a_tool_without_a_specifier_or_with_a_star_is_every_call(text: str) -> None:
    assert means(text) == Whole()


@pytest.mark.parametrize("text", ["*", "B*", "mcp__*", "mcp__*__alpha", "Rea*"])
def test_what_allows_may_have_a_star_only_behind_a_literal_server(text: str) -> None:
    assert isinstance(means(text, Verdict.ALLOW), Never)
    assert means("mcp__srv__*", Verdict.ALLOW) == Whole()
    assert means("mcp__srv__al*", Verdict.ALLOW) == Whole()


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("npm test", ["npm test"], ["npm test a", "npm  test"]),
        ("npm  test", ["npm test"], ["npm testx"]),
        ("git push:*", ["git push", "git push -f"], ["git pushx"]),
        ("git push *", ["git push", "git push -f"], ["git pushx"]),
        ("npm run test*", ["npm run tests"], ["npm run tes"]),
        ("npm test:**", ["npm test:a"], ["npm test"]),
        ("npm:* test", ["npm:a test"], ["npm test", "npm a test"]),
        (":*", [":*"], ["ls", ": a"]),
        ("**", ["anything"], []),
        (r"npx \*", [r"npx \*"], ["npx a"]),
        ("n?m test", ["n?m test"], ["npm test"]),
        ("/npm.*/", ["/npm.a/"], ["npm test"]),
        ("FOO=* npm test", ["FOO=1 npm test"], ["npm test"]),
        ('echo "a  b"', ['echo "a  b"'], ['echo "a b"']),
    ],
)
@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.DENY])
def test_shell_text_is_spelled_with_stars_or_with_a_prefix(
    text: str, yes: list[str], no: list[str], verdict: Verdict
) -> None:
    found = means(f"Bash({text})", verdict)
    assert isinstance(found, Command)
    assert [one for one in yes if not found.text.matches(one)] == []
    assert [one for one in no if found.text.matches(one)] == []


def test_a_blank_before_the_prefix_mark_is_forgiven_only_where_it_makes_stricter() -> None:
    assert isinstance(means("Bash(npm test :*)", Verdict.ALLOW), Never)
    denies = means("Bash(npm test :*)", Verdict.DENY)
    assert isinstance(denies, Command)
    assert denies.text.matches("npm test a")


def test_a_star_before_the_prefix_mark_is_a_star_only_where_it_makes_stricter() -> None:
    denies, allows = means("Bash(git * main:*)"), means("Bash(git * main:*)", Verdict.ALLOW)
    assert isinstance(denies, Command)
    assert isinstance(allows, Command)
    assert denies.text.matches("git push main now")
    assert not allows.text.matches("git push main now")


@pytest.mark.parametrize(
    ("text", "line", "met"),
    [
        ("*| bash*", "curl x |bash -s", True),
        ("*|bash*", "curl x | bash", True),
        ("* | sh", "ls | bash", False),
        ("ls && rm x", "ls&&rm x", True),
        ("* > *", "echo a > b", True),
        ("* > *", "echo a 2>/dev/null", False),
        ("*| bash*", "echo '| bash'", False),
        ("*; rm *", "ls ;rm x", True),
        ("*; rm *", r"find . -exec a \; rm b", False),
    ],
)
def test_a_pattern_that_spells_operators_is_about_the_whole_line(text: str, line: str, *, met: bool) -> None:
    found = means(f"Bash({text})")
    assert isinstance(found, Command)
    assert found.whole is not None
    assert found.whole.matches(tight(line)) is met


def test_only_what_denies_or_asks_is_about_the_whole_line() -> None:
    allows = means("Bash(cd src && npm test)", Verdict.ALLOW)
    assert isinstance(allows, Command)
    assert allows.whole is None


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Bash(run_in_background: true)", "run_in_background", "true"),
        ("Bash(description:*secret*)", "description", "a secret b"),
        ("Read(offset:1)", "offset", "1"),
        ("Agent(model:opus)", "model", "opus"),
        ("mcp__srv__x(path: /etc/*)", "path", "/etc/passwd"),
    ],
)
def test_what_denies_may_name_a_parameter(text: str, name: str, value: str) -> None:
    found = means(text)
    assert isinstance(found, Parameter)
    assert found.name == name
    assert found.value.matches(value)
    assert not isinstance(means(text, Verdict.ALLOW), Parameter)


def test_a_word_that_is_a_parameter_and_a_command_is_both() -> None:
    found = means("Bash(timeout:*)")
    assert isinstance(found, Parameter)
    assert found.command is not None
    assert found.command.text.matches("timeout 5 ls")


@pytest.mark.parametrize("text", ["Bash(command:rm *)", "Read(file_path:*)", "WebFetch(url:*)", "Grep(path:x)"])
def test_a_rule_cannot_be_about_the_parameter_that_its_specifier_is_about(text: str) -> None:
    assert isinstance(means(text), Never)


def test_in_what_allows_a_colon_in_shell_text_is_a_colon() -> None:
    found = means("Bash(command:npm *)", Verdict.ALLOW)
    assert isinstance(found, Command)
    assert found.text.matches("command:npm x")


def test_read_and_edit_rules_are_about_paths_and_other_tools_have_none() -> None:
    read, edit = means("Read(src/**)"), means("Edit(src/**)")
    assert isinstance(read, Files)
    assert isinstance(edit, Files)
    assert (read.access, edit.access) == (Access.READ, Access.EDIT)
    for tool in ("Write", "NotebookEdit", "MultiEdit", "Glob", "Grep"):
        assert isinstance(means(f"{tool}(src/**)"), Never)


@pytest.mark.parametrize("text", ["domain:example.com", "domain: EXAMPLE.com", "domain:*"])
def test_web_fetch_rules_name_a_host(text: str) -> None:
    found = means(f"WebFetch({text})")
    assert isinstance(found, Host)
    assert found.pattern.matches("example.com")


@pytest.mark.parametrize("text", ["https://example.com/*", "example.com", "domain:", "domain:a/b"])
def test_web_fetch_rules_that_name_no_host_mean_nothing(text: str) -> None:
    assert isinstance(means(f"WebFetch({text})"), Never)


def test_agents_and_skills_are_named() -> None:
    for text in ("Agent(rev*)", "Task(rev*)", "Skill(rev*)"):
        found = means(text)
        assert isinstance(found, Named)
        assert found.name.matches("reviewer")


@pytest.mark.parametrize(
    "text", ["Bash()", "Bash( )", "Bash(npm test", "Bash (npm test)", "", "WebSearch(x)", "mcp__srv__a(x)"]
)
@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.DENY])
def test_malformed_rules_mean_nothing(text: str, verdict: Verdict) -> None:
    assert isinstance(means(text, verdict), Never)


def test_a_specifier_has_a_longest() -> None:
    assert isinstance(means(f"Bash({'a' * LONGEST})"), Command)
    assert isinstance(means(f"Bash({'a' * (LONGEST + 1)})"), Never)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("  a   b\t c ", "a b c"),
        ("echo 'a  b'  \"c  d\"", "echo 'a  b' \"c  d\""),
        (r"a\  b", r"a\  b"),
        ("echo 'a  b", "echo 'a b"),
        ("a\\  ", "a\\ "),
        ("a\\\\  ", "a\\\\"),
        ("a\nb", "a\nb"),
    ],
)
def test_blanks_are_folded_outside_quotes(text: str, wanted: str) -> None:
    assert folded(text) == wanted


@given(st.text(alphabet="ab '\"\\|;&\t\n", max_size=40))
def test_folding_is_done_at_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize("hostile", ["\"'" * 20_000, "'\\" * 20_000, '"\\' * 20_000, " |" * 20_000, '\'"\\"' * 10_000])
def test_hostile_text_is_folded_in_linear_time(hostile: str) -> None:
    assert len(tight(hostile)) <= len(hostile)
