"""`runner policy` and `runner config`: what they say, and what they refuse. Nothing is run and nothing is asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from runner.cli import COMMANDS, main
from runner.cli.policy import LATER
from runner.cli.policy_text import RUNGS
from runner.policy.ladder import LADDERS

ROW = {
    "id": "1",
    "group": "a/b",
    "settings": {"project": {"permissions": {"deny": ["Bash(rm:*)"]}}},
    "mode": "default",
    "cwd": "/home/dev/proj",
    "tool": "Bash",
    "input": {"command": "rm x"},
    "decision": "deny",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and an empty directory to stand in."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


def runner(home: Path, *arguments: str) -> Result:
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "AGENT_RUNNER_STATE_DIR": str(home / "s"),
    }
    return CliRunner().invoke(main, list(arguments), env=environment)


def test_check_says_the_verdict_first_and_who_settled_it(home: Path) -> None:
    got = runner(home, "policy", "check", "ls && git push --force", "--deny", "Bash(git push *)")
    assert got.exit_code == 0
    assert got.stdout.startswith("deny  Bash(git push *) denies git push --force.\n")
    assert "> deny     deny rule" in got.stdout
    assert "rules: deny Bash(git push *)" in got.stdout


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        (["ls"], "allow"),
        (["foo"], "ask"),
        (["foo", "--mode", "dontAsk"], "deny"),
        (["foo", "--mode", "auto"], "classify"),
        (["foo", "--allow", "Bash(foo *)"], "allow"),
        (["--tool", "Edit", "--path", "/workspace/a"], "ask"),
        (["--tool", "Edit", "--path", "/workspace/a", "--mode", "acceptEdits"], "allow"),
        (["--tool", "Edit", "--path", "/workspace/Makefile", "--mode", "acceptEdits"], "ask"),
        (["--tool", "WebFetch", "--input", '{"url": "https://x.invalid/"}'], "ask"),
        (["--tool", "mcp__a__b", "--input", "{}", "--allow", "mcp__a"], "allow"),
        (["cat .env", "--policy", "strict"], "deny"),
    ],
)
def test_check_knows_modes_rules_and_tools(home: Path, arguments: list[str], verdict: str) -> None:
    got = runner(home, "policy", "check", *arguments)
    assert got.exit_code == 0, got.output
    assert got.stdout.split()[0] == verdict
    as_json = runner(home, "policy", "check", *arguments, "--json")
    assert json.loads(as_json.stdout)["verdict"] == verdict


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check"], "there is nothing to check"),
        (["check", "ls", "--tool", "Edit"], "Edit takes no command"),
        (["check", "--input", "[]"], "no JSON object"),
        (["check", "ls", "--settings", "nowhere.json"], "there is no settings file"),
        (["check", "ls", "--settings", '{"permissions": {"deny": ["Bash(rm *"]}}'], "is neither `Tool` nor"),
        (["check", "ls", "--setting-sources", "mine"], "cannot be `mine`"),
        (["explain", "no-such-rule"], "there is no rule `no-such-rule`"),
        (["replay", "no-such-run"], "there are no runs"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_is_meant(home: Path, arguments: list[str], says: str) -> None:
    got = runner(home, "policy", *arguments)
    assert got.exit_code == 2
    assert says in got.stderr
    assert "Traceback" not in got.output


def test_a_command_that_holds_control_characters_is_no_call_and_is_shown_written_out(home: Path) -> None:
    got = runner(home, "policy", "check", "ls \x1b[2J")
    assert got.stdout.startswith("deny  no call")
    assert "\x1b" not in got.stdout


def test_explain_tells_all_that_a_rule_says(home: Path) -> None:
    rule = {"rule": "Bash(rm *)", "id": "no-rm", "why": "It deletes.", "instead": "Move it.", "match": ["rm a"]}
    settings = json.dumps({"permissions": {"deny": [rule]}})
    for name in ("no-rm", "Bash(rm *)"):
        got = runner(home, "policy", "explain", name, "--settings", settings)
        assert got.exit_code == 0
        assert all(text in got.stdout for text in ("deny Bash(rm *)", "no-rm", "It deletes.", "Move it.", "rm a"))


def test_test_counts_examples_that_are_met_and_stops_at_one_that_is_not(home: Path) -> None:
    def given(example: str) -> str:
        rule = {"rule": "Bash(rm *)", "match": [example]}
        return json.dumps({"permissions": {"deny": [rule]}})

    met = runner(home, "policy", "test", "--settings", given("env rm a"))
    assert (met.exit_code, met.stdout) == (0, "1 rules, 1 examples: all met\n")
    unmet = runner(home, "policy", "test", "--settings", given("ls"))
    assert unmet.exit_code == 2
    assert "Bash(rm *)" in unmet.stderr


@pytest.mark.parametrize("name", ["default", "ci", "unattended", "strict"])
def test_every_policy_that_ships_is_proven(home: Path, name: str) -> None:
    got = runner(home, "policy", "test", "--policy", name)
    assert got.exit_code == 0, got.output
    assert got.stderr == ""
    assert int(got.stdout.split()[2]) > 20


def test_the_ladder_names_every_rung_in_both_orders(home: Path) -> None:
    assert {rung.__name__ for rungs in LADDERS.values() for rung in rungs} == set(RUNGS)
    for order in LADDERS:
        settings = json.dumps({"permissions": {"order": order.value, "ask": ["Bash(a *)"]}})
        got = runner(home, "policy", "ladder", "--settings", settings)
        assert got.stdout.startswith(f"order {order.value};")
        assert "Bash(a *)" in got.stdout


def test_score_writes_a_prediction_for_every_call(home: Path) -> None:
    calls = home / "calls.jsonl"
    records = [
        {"id": "a", "tool": "bash", "input": {"command": "ls"}, "label": "x"},
        {"id": "b", "tool": "bash", "input": {"command": "git push --force"}},
        {"id": "c", "tool": "read", "input": {"path": "/workspace/a"}, "cwd": "/workspace"},
        {"id": "d", "tool": "bash", "input": {"command": "foo"}},
    ]
    calls.write_text("\n".join(map(json.dumps, records)) + "\n")
    out = home / "out.jsonl"
    got = runner(home, "policy", "score", str(calls), "--out", str(out))
    assert got.exit_code == 0, got.output
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["verdict"], row["readonly"]) for row in rows] == [
        ("a", "allow", True),
        ("b", "block", False),
        ("c", "allow", True),
        ("d", "escalate", False),
    ]
    assert all(set(row) == {"id", "verdict", "readonly", "ms"} for row in rows)


def test_score_and_compare_name_the_line_that_is_wrong(home: Path) -> None:
    bad = home / "bad.jsonl"
    bad.write_text('\n{"id": 1}\n')
    (home / "fixture.json").write_text('{"home": "/home/dev", "workspace": "/home/dev/proj"}')
    for arguments in (["score", str(bad), "--out", str(home / "o")], ["compare", str(bad)]):
        got = runner(home, "policy", *arguments)
        assert got.exit_code == 2
        assert f"{bad}:2:" in got.stderr


def test_compare_counts_by_group_and_writes_what_differs(home: Path) -> None:
    rows = home / "rows.jsonl"
    other = {**ROW, "id": "2", "decision": "allow", "group": "c/d"}
    apart = {**ROW, "id": "3", "decision": "defer"}
    rows.write_text("\n".join(map(json.dumps, (ROW, other, apart))) + "\n")
    (home / "fixture.json").write_text('{"home": "/home/dev", "workspace": "/home/dev/proj"}')
    out = home / "differences.jsonl"
    got = runner(home, "policy", "compare", str(rows), "--out", str(out))
    assert got.exit_code == 0, got.output
    assert "equal share: 50.00% of 2 rows" in got.stdout
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["row"]["id"] for row in written] == ["2", "3"]


def test_config_shows_where_a_rule_comes_from(home: Path) -> None:
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text('{\n  "permissions": {\n    "deny": ["Bash(rm *)"]\n  }\n}\n')
    got = runner(home, "config", "show", "--origin")
    assert got.exit_code == 0, got.output
    assert f"user  {home}/.claude/settings.json:3" in got.stdout


def test_the_sentences_of_help_are_the_commands_own() -> None:
    for table, group in ((COMMANDS, main), (LATER, main.get_command(click.Context(main), "policy"))):
        assert isinstance(group, click.Group)
        context = click.Context(group)
        for name, (_, sentence) in table.items():
            command = group.get_command(context, name)
            assert command is not None
            help_text = " ".join((command.help or "").split())
            assert help_text.startswith(sentence.removesuffix(".")), (name, sentence, help_text[:90])


def test_checking_imports_no_model_and_no_engine(home: Path) -> None:
    code = (
        "import sys; from runner.cli import main\n"
        "try: main(['policy', 'check', 'ls'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('anthropic', 'docker', 'rich', 'asyncio') if name in sys.modules])"
    )
    environment = {**os.environ, "HOME": str(home)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
