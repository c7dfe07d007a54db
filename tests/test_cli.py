"""The command line without an engine: what it says, and what it refuses."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runner import archive
from runner.cli import main
from runner.taskfile import parse


def runner(*arguments: str, stdin: str | None = None, **environ: str) -> Result:
    kept = {name: None for name in os.environ if name.startswith(("ANTHROPIC", "AGENT_RUNNER"))}
    return CliRunner().invoke(main, list(arguments), input=stdin, env={**kept, **environ})


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


def test_init_writes_a_valid_task_file_and_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "task.md"
    assert runner("init", str(path)).exit_code == 0
    written = path.read_text()
    assert parse(written, name="task.md").image == "base"
    again = runner("init", str(tmp_path))
    assert again.exit_code == 2
    assert "exists and is left as it is" in again.stderr
    assert path.read_text() == written


def test_an_error_is_one_sentence_a_hint_and_its_code(tmp_path: Path, state: str) -> None:
    path = tmp_path / "task.md"
    path.write_text("---\nmodle: x\n---\nGo.\n")
    got = runner("run", str(path), "--state-dir", state)
    assert got.exit_code == 2
    assert got.stderr == f"error: {path}:2: `modle` is not a known key\nhint: Did you mean `mode` or `model`?\n"
    assert got.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere.md"], "cannot be read: No such file"),
        (["run", "."], "is a directory, not a task file"),
        (["run", "-", "--limit", "turns"], "has no `=`"),
        (["run", "-", "--limit", "turn=3"], "Did you mean `turns`?"),
        (["run", "-", "--limit", "turns=few"], "It must be a whole number"),
        (["run", "-", "--mode", "yolo"], "Invalid value for '--mode'"),
        (["run", "-", "--on-ask", "ask"], "needs a terminal"),
        (["resume"], "there are no runs"),
        (["show", "--patch"], "there are no runs"),
        (["no-such-command"], "No such command"),
        (["run"], "Missing argument"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_is_meant(arguments: list[str], says: str, state: str) -> None:
    got = runner(*arguments, stdin="Do it.", AGENT_RUNNER_STATE_DIR=state)
    assert got.exit_code == 2, got.output
    assert says in got.stderr
    assert "Traceback" not in got.output


def test_no_key_is_told_before_anything_is_made(state: str) -> None:
    got = runner("run", "-", "--state-dir", state, stdin="Do it.")
    assert got.exit_code == 2
    assert "ANTHROPIC_API_KEY" in got.stderr
    assert not Path(state).exists()


def test_a_task_that_is_no_text_is_refused(state: str) -> None:
    got = CliRunner().invoke(main, ["run", "-", "--state-dir", state], input=b"\xff\xfe")
    assert got.exit_code == 2
    assert "standard input:1: not UTF-8 text" in got.stderr


def test_the_state_directory_may_not_lie_in_the_workspace(tmp_path: Path) -> None:
    inside = tmp_path / "state"
    got = runner("run", "-", "--state-dir", str(inside), "--workspace", str(tmp_path), stdin="Do it.")
    assert got.exit_code == 2
    assert "lies inside the workspace" in got.stderr


def test_the_whole_file_system_is_no_workspace(state: str) -> None:
    got = runner("run", "-", "--state-dir", state, "--workspace", "/", stdin="Do it.")
    assert got.exit_code == 2


def test_ls_of_nothing_is_nothing(state: str) -> None:
    got = runner("ls", "--state-dir", state)
    assert (got.exit_code, got.output) == (0, "")


def test_an_unreadable_journal_does_not_hide_the_other_runs(state: str) -> None:
    folder = Path(state) / "runs" / "20260101-000000-aaaa"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_text("garbage\n")
    empty = Path(state) / "runs" / "20260101-000001-bbbb"
    empty.mkdir()
    (empty / "journal.jsonl").touch()
    got = runner("ls", "--state-dir", state)
    assert got.exit_code == 0
    assert "20260101-000000-aaaa  unreadable" in got.stdout
    assert "20260101-000001-bbbb  unreadable" in got.stdout
    assert runner("show", "20260101-000000", "--state-dir", state).exit_code == 15
    ambiguous = runner("show", "2026", "--state-dir", state)
    assert ambiguous.exit_code == 2
    assert "could be" in ambiguous.stderr


def test_the_state_directory_is_given_or_from_the_environment_or_the_users_own(tmp_path: Path) -> None:
    assert archive.state_dir(tmp_path) == tmp_path
    assert archive.state_dir(Path("here")).is_absolute()
