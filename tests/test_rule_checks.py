from collections.abc import Iterable

import pytest

from runner.policy.effects import shell_effects
from runner.policy.rule_checks import Problem, call_of, check, prove
from runner.policy.rulebook import Rulebook
from runner.policy.rules import parse
from runner.types import (
    Create,
    Effects,
    Exec,
    Foreign,
    Layer,
    Order,
    Policy,
    Replace,
    Rule,
    Source,
    Verdict,
    View,
)


def rule(
    text: str,
    verdict: Verdict = Verdict.DENY,
    *,
    line: int = 1,
    root: str | None = "/workspace",
    match: Iterable[str] = (),
    not_match: Iterable[str] = (),
) -> Rule:
    source = Source(layer=Layer.PROJECT, file="f", line=line, root=root)
    return parse(text, verdict, source, match=match, not_match=not_match)


def problems(*rules: Rule, order: Order = Order.CURRENT) -> tuple[Problem, ...]:
    return check(Policy(rules=rules, home="/home/agent", order=order))


def analyse(command: str, cwd: str) -> Effects:
    return shell_effects(command, cwd, home="/home/agent")


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("Bash(npm test", Verdict.DENY, "can never match"),
        ("Bash (npm test)", Verdict.ALLOW, "can never match"),
        ("Bash()", Verdict.DENY, "nothing between its parentheses"),
        ("Bash(:*)", Verdict.DENY, "no command before"),
        ("Bash(npm:* test)", Verdict.ALLOW, "only at the end"),
        ("Bash(npm test :*)", Verdict.ALLOW, "blank before"),
        ("bash(npm:*)", Verdict.DENY, "does not exist: `bash`"),
        ("str_replace_based_edit_tool", Verdict.DENY, "does not exist"),
        ("Reed(.env)", Verdict.DENY, "does not exist: `Reed`"),
        ("Foo", Verdict.DENY, "does not exist: `Foo`"),
        ("Write(src/**)", Verdict.DENY, "have no paths"),
        ("Grep(src/**)", Verdict.DENY, "have no paths"),
        ("Bash(command:rm *)", Verdict.DENY, "about the parameter `command`"),
        ("WebFetch(https://example.com/*)", Verdict.ALLOW, "WebFetch(domain:HOST)"),
        ("mcp__srv__a(x)", Verdict.ASK, "no specifier"),
        ("B*", Verdict.ALLOW, "literal `mcp__SERVER__`"),
        ("Read(../x)", Verdict.ALLOW, "`..`"),
        ("Read(~)", Verdict.DENY, "whose name is `~`"),
        ("Read($HOME/.ssh/**)", Verdict.DENY, "variables are not expanded"),
        ("Read( .env )", Verdict.ALLOW, "blanks at its ends"),
        ("Bash(git * main)", Verdict.ALLOW, "before the subcommand"),
        ("Bash(* --version)", Verdict.ALLOW, "before the subcommand"),
        ("Bash(bash:*)", Verdict.ALLOW, "allows whatever `bash` is told to run"),
        ("Bash(sudo *)", Verdict.ALLOW, "allows whatever"),
        ("Bash(watch:*)", Verdict.ALLOW, "can never match"),
    ],
)
def test_a_rule_that_does_not_do_what_it_looks_like_is_told_with_its_place(
    text: str, verdict: Verdict, said: str
) -> None:
    (found,) = problems(rule(text, verdict, line=7))
    assert said in found.sentence
    assert (found.rule, found.source.line, found.fatal) == (text, 7, False)


def test_a_leading_slash_without_a_place_to_begin_at_is_told() -> None:
    (found,) = problems(rule("Edit(/src/**)", root=None))
    assert "no place to begin at" in found.sentence


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        *(
            (text, Verdict.DENY)
            for text in ("Bash", "*", "mcp__*", "mcp__any_thing", "Bash(git * main)", "Bash(bash:*)")
        ),
        *(
            (text, Verdict.ALLOW)
            for text in ("Bash(npm run test:*)", "Bash(npm run * --x)", "Bash(npm *)", "Bash(npm*)")
        ),
        *((text, Verdict.ALLOW) for text in ("Read(~/x/**)", "Edit(src/**)", "WebFetch(domain:*.x.com)", "Agent(a)")),
        *((text, Verdict.ASK) for text in ("Read(!x)", "Read(../x)", "Bash(timeout:*)", "Bash(* | sh)", "Task(x)")),
    ],
)
def test_ordinary_rules_are_left_alone(text: str, verdict: Verdict) -> None:
    assert problems(rule(text, verdict)) == ()


def test_a_misspelt_tool_comes_with_the_right_one() -> None:
    assert problems(rule("bash(x)"))[0].hint == "Write `Bash`."
    assert problems(rule("webfetch"))[0].hint == "Did you mean `WebFetch`?"


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("Bash", "Bash(rm *)"),
        ("*", "Read(.env)"),
        ("Bash(git:*)", "Bash(git push:*)"),
        ("Bash(git *)", "Bash(git push)"),
        ("Bash(git*)", "Bash(git:*)"),
        ("Bash(* push*)", "Bash(git push --force*)"),
        ("mcp__srv", "mcp__srv__x"),
        ("mcp__*", "mcp__srv__x"),
        ("Task", "Agent(x)"),
        ("Read(src/**)", "Read(src/app.ts)"),
        ("Read(.env)", "Read(/config/.env)"),
        ("Read(//**)", "Read(~/.ssh/**)"),
        ("Read(**/x)", "Read(a/x)"),
        ("Edit(/src)", "Edit(/src/*.ts)"),
        ("Read(*.env)", "Read(a/prod.env)"),
    ],
)
def test_a_rule_behind_a_wider_one_that_is_as_strict_is_shadowed(wider: str, narrower: str) -> None:
    for stricter, milder in ((Verdict.DENY, Verdict.ASK), (Verdict.DENY, Verdict.DENY), (Verdict.ASK, Verdict.ASK)):
        for rules in ((rule(wider, stricter), rule(narrower, milder)), (rule(narrower, milder), rule(wider, stricter))):
            (found,) = problems(*rules)
            assert found.rule == narrower
            assert f"`{wider}`" in found.sentence
    assert problems(rule(wider, Verdict.ASK), rule(narrower, Verdict.DENY)) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bash(git push)", "Bash(git:*)"),
        ("Bash(rm*)", "Bash(* x)"),
        ("Read", "Read(.env)"),
        ("Edit", "Edit(src/**)"),
        ("Read(src/**)", "Edit(src/**)"),
        ("Read(src/*.ts)", "Read(src/**/*.ts)"),
        ("Bash(ls *)", "Bash(ls*)"),
        ("WebFetch(domain:a.com)", "WebFetch(domain:*.com)"),
    ],
)
def test_a_rule_that_says_something_of_its_own_is_not_shadowed(one: str, other: str) -> None:
    assert all(found.rule != other for found in problems(rule(one), rule(other, Verdict.ASK)))


def test_of_two_rules_that_say_the_same_the_later_one_is_told() -> None:
    for text in ("Bash(rm *)", "Read(.env)", "WebFetch", "WebFetch(domain:a.com)"):
        (found,) = problems(rule(text, line=1), rule(text, line=2))
        assert found.source.line == 2
    (found,) = problems(rule("Bash(rm *)", line=1), rule("Bash(rm:*)", line=2))
    assert found.source.line == 2


def test_in_the_older_order_an_allow_rule_shadows_an_ask_rule() -> None:
    rules = rule("Bash(git *)", Verdict.ALLOW), rule("Bash(git push)", Verdict.ASK)
    assert problems(*rules) == ()
    (found,) = problems(*rules, order=Order.OLDER)
    assert found.rule == "Bash(git push)"


def test_many_rules_are_checked_in_linear_time() -> None:
    rules = [rule(f"Bash(cmd{number} *)", line=number) for number in range(1000)]
    rules += [rule(f"Read(dir{number}/**)", line=number) for number in range(1000)]
    assert problems(*rules) == ()


# --- examples ---------------------------------------------------------------------------------------------------------


def proven(*rules: Rule) -> tuple[Problem, ...]:
    return prove(Policy(rules=rules, home="/home/agent"), analyse)


def test_examples_that_do_what_they_say_are_no_problem() -> None:
    assert (
        proven(
            rule("Bash(rm *)", match=["rm x", "/bin/rm x", "ls && rm x"], not_match=["ls rm", "Read(rm)"]),
            rule(
                "Read(.env)", match=["cat .env", "Read(.env)", "Write(a/.env)", "Bash(cat < .env)"], not_match=["cat x"]
            ),
            rule("Edit(/src/**)", match=["Edit(src/a)", "Write(src/b)", "rm -r src"], not_match=["Read(src/a)"]),
            rule("WebFetch(domain:a.com)", match=["WebFetch(https://a.com/x)"], not_match=["WebFetch(https://b.com/)"]),
            rule("mcp__srv", match=["mcp__srv__x", 'mcp__srv__x({"a": 1})'], not_match=["mcp__other__x"]),
            rule("Agent(reviewer)", match=["Agent(reviewer)"], not_match=["Agent(other)"]),
            rule("Bash(run_in_background:true)", match=['Bash({"command": "ls", "run_in_background": true})']),
            rule("Bash(npm test)", Verdict.ALLOW, match=["npm test"], not_match=["npm test && rm x", "npm testing"]),
        )
        == ()
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (rule("Bash(rm *)", match=["mv a b"]), "does not match `mv a b`"),
        (rule("Bash(rm *)", not_match=["env rm x"]), "matches `env rm x`"),
        (rule("Bash(npm test", match=["npm test"]), "does not match `npm test`"),
        (rule("Read(/src/**)", match=["Read(lib/src/a)"]), "does not match `Read(lib/src/a)`"),
        (rule("Bash(npm *)", Verdict.ALLOW, match=["npm $X"]), "does not match `npm $X`"),
    ],
)
def test_an_example_that_does_not_hold_makes_the_policy_unfit(wrong: Rule, said: str) -> None:
    (found,) = proven(wrong)
    assert found.fatal
    assert said in found.sentence
    assert "is understood as" in found.hint


def test_an_example_is_proven_against_all_rules_together() -> None:
    closes = rule("Read(*.env)", match=["Read(test.env)"])
    assert proven(closes) == ()
    assert len(proven(closes, rule("Read(!test.env)"))) == 1


@pytest.mark.parametrize(
    ("example", "operation"),
    [
        ("Read(a b.txt)", View(path="/workspace/a b.txt")),
        ("Read(~/x)", View(path="/home/agent/x")),
        ("Write(//etc/x)", Create(path="/etc/x", text="")),
        ("Edit(../x)", Replace(path="/x", old="", new="")),
        ("git push", Exec(command="git push")),
        ("Bash(git push)", Exec(command="git push")),
        ("f(x)", Exec(command="f(x)")),
        ("(ls)", Exec(command="(ls)")),
        ("mcp__a__b", Foreign(input_json="{}")),
        ("WebFetch(https://a.com)", Foreign(input_json='{"url":"https://a.com"}')),
    ],
)
def test_an_examples_text_is_a_call(example: str, operation: object) -> None:
    assert call_of(example, policy=Policy(home="/home/agent"), analyse=analyse).operation == operation


def test_rules_that_are_shadowed_would_indeed_not_be_missed() -> None:
    wider, narrower = rule("Bash(git*)"), rule("Bash(git push *)")
    for command in ("git push", "git push x", "ls && git push"):
        action = call_of(command, policy=Policy(), analyse=analyse)
        assert Rulebook(Policy(rules=(narrower,))).objections(action)
        assert Rulebook(Policy(rules=(wider,))).objections(action)
