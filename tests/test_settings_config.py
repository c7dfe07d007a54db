"""`runner config show` says what a run would be judged by, and where it comes from."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runner.cli.config import config
from runner.errors import UsageError


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / ".claude").mkdir()
    settings = {"permissions": {"deny": ["Bash(rm *)"], "allow": ["Bash"], "additionalDirectories": ["/tmp/x"]}}
    (tmp_path / ".claude/settings.json").write_text(json.dumps(settings, indent=1))
    return tmp_path


def show(workspace: Path, *options: str) -> Result:
    given = ("show", "--workspace", str(workspace), "--setting-sources", "project,local", *options)
    result = CliRunner().invoke(config, given, catch_exceptions=False)
    assert result.exit_code == 0
    return result


def test_what_counts_is_shown_and_what_does_not_is_a_warning(workspace: Path) -> None:
    result = show(workspace)
    assert "default mode   default (no settings say otherwise)\n" in result.stdout
    assert "deny           Bash(rm *)\n" in result.stdout
    assert "\nallow" not in result.stdout
    assert "2 of its settings do not count, because the workspace is not trusted" in result.stderr


def test_a_trusted_workspace_is_shown_as_a_run_would_see_it(workspace: Path) -> None:
    result = show(workspace, "--trust-project")
    assert "allow          Bash\n" in result.stdout
    assert "directory      /tmp/x\n" in result.stdout


def test_the_origin_of_every_value_is_its_file_and_line(workspace: Path) -> None:
    result = show(workspace, "--origin", "--policy", "strict")
    assert f"project  {workspace}/.claude/settings.json:4  permissions.deny: Bash(rm *)\n" in result.stdout
    assert "permissions.allow: Bash  - not used: the workspace is not trusted\n" in result.stdout
    assert "strict.yaml:" in result.stdout


def test_json_says_all_of_it(workspace: Path) -> None:
    shown = json.loads(show(workspace, "--json", "--origin", "--settings", '{"disableAllHooks": true}').stdout)
    assert [rule["rule"] for rule in shown["rules"]] == ["Bash(rm *)"]
    assert shown["rules"][0]["line"] == 4
    assert shown["disableAllHooks"] is True
    assert {"key", "value", "counts", "note", "layer", "file", "line"} == set(shown["origins"][0])


def test_hostile_names_move_no_cursor(workspace: Path) -> None:
    (workspace / ".claude/settings.json").write_text(
        json.dumps({"permissions": {"deny": ["Bash(\x1b[2J\u202e *)"], "\x1b[1m": 1}, "\x1b[3m": 2})
    )
    result = show(workspace, "--origin")
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    assert "\x1b" not in show(workspace, "--origin", "--json").output


@pytest.mark.parametrize(
    "options", [("--settings", "{"), ("--settings", "none.yaml"), ("--setting-sources", "managed")]
)
def test_what_is_wrong_is_an_error_of_ours(workspace: Path, options: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        CliRunner().invoke(config, ("show", "--workspace", str(workspace), *options), catch_exceptions=False)
