"""Commands as hooks: real ones, well behaved and not."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from runner.adapters.command_hooks import CommandHook, command_hooks
from runner.errors import Interrupted, UsageError
from runner.policy.hook_io import OUTPUT_BYTES, matcher, silent
from runner.policy.settings_words import HookConfig
from runner.ports import Moment, Said
from runner.types import Layer, Mode, Occasion, Source, Verdict

PLENTY_S = 60.0
"""A deadline that nothing here comes near."""

SHORT_S = 0.3
"""A deadline that what sleeps here never meets."""

ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent"}


def moment(occasion: Occasion = Occasion.BEFORE, **changes: Any) -> Moment:
    call = {"call_id": "toolu_1", "tool": "Bash", "input_json": '{"command":"npm test"}'}
    return Moment(
        **{"occasion": occasion, "run_id": "r1", "cwd": "/workspace", "mode": Mode.DEFAULT, **call, **changes}
    )


def hook(
    command: str, directory: Path, *, deadline_s: float = PLENTY_S, environment: Mapping[str, str] = ENVIRONMENT
) -> CommandHook:
    return CommandHook(
        occasion=Occasion.BEFORE,
        command=command,
        matches=matcher("", Occasion.BEFORE),
        deadline_s=deadline_s,
        directory=str(directory),
        environment=environment,
    )


def ask(command: str, directory: Path, deadline_s: float = PLENTY_S, **changes: Any) -> Said:
    answer = hook(command, directory, deadline_s=deadline_s)(moment(**changes))
    assert answer is not None
    assert answer.took_ms >= 0
    if answer.failed:
        assert answer.verdict is Verdict.DENY
    return answer


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and only waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def dies(pid: int) -> bool:
    """Whether a process that was killed is gone; the kernel may take a moment."""
    for _ in range(1000):
        if not is_alive(pid):
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Path]:
    """A file for the numbers of processes a hook leaves running; they and their groups are ended with the test."""
    path = tmp_path / "pids"
    yield path
    for pid in path.read_text().split() if path.exists() else ():
        if is_alive(int(pid)):
            os.killpg(os.getpgid(int(pid)), signal.SIGKILL)


# --- well behaved -----------------------------------------------------------------------------------------------------


def test_a_command_is_told_about_the_call_and_refuses_it(tmp_path: Path) -> None:
    command = """grep -q '"tool_name":"Bash","tool_input":{"command":"npm test"}' && { echo no tests >&2; exit 2; }"""
    answer = ask(command, tmp_path)
    assert (answer.verdict, answer.why, answer.failed, answer.hook) == (Verdict.DENY, "no tests", False, command)


def test_a_command_reads_a_whole_line(tmp_path: Path) -> None:
    assert ask('set -e; read -r line; echo "$line" >&2; exit 2', tmp_path).why.endswith("}")


def test_a_command_answers_in_json(tmp_path: Path) -> None:
    fields = {"hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": {"command": "ls"}}
    answer = ask(f"echo '{json.dumps({'hookSpecificOutput': fields})}'", tmp_path)
    assert (answer.verdict, answer.input_json) == (Verdict.ALLOW, '{"command":"ls"}')


def test_a_command_that_says_nothing_has_nothing_to_say(tmp_path: Path) -> None:
    for command in ("true", "cat >/dev/null", "echo all is well", "", "# only a remark"):
        assert silent(ask(command, tmp_path)), command


def test_a_command_runs_in_the_workspace_it_was_started_in(tmp_path: Path) -> None:
    command = 'echo "$(pwd -P) $CLAUDE_PROJECT_DIR ${AGENT_RUNNER_PROJECT_DIR} $HOME" >&2; exit 2'
    assert ask(command, tmp_path).why == f"{tmp_path.resolve()} {tmp_path} {tmp_path} /nonexistent"


def test_a_command_has_the_users_environment_and_nothing_else(tmp_path: Path) -> None:
    quiet = hook("env | sed 's/=.*//' | sort | tr '\\n' ' ' >&2; exit 2", tmp_path, environment=ENVIRONMENT)
    answer = quiet(moment())
    assert answer is not None
    names = set(answer.why.split()) - {"PWD", "OLDPWD", "SHLVL", "_"}
    assert names == {"PATH", "HOME", "CLAUDE_PROJECT_DIR", "AGENT_RUNNER_PROJECT_DIR"}


def test_a_script_of_the_project_is_found(tmp_path: Path) -> None:
    script = tmp_path / "hooks dir" / "check.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho from the script >&2\nexit 2\n")
    script.chmod(0o755)
    assert ask('"$CLAUDE_PROJECT_DIR"/hooks\\ dir/check.sh', tmp_path).why == "from the script"


def test_a_command_is_not_asked_about_what_it_does_not_match(tmp_path: Path) -> None:
    asked = CommandHook(
        occasion=Occasion.BEFORE,
        command="touch asked",
        matches=matcher("Edit", Occasion.BEFORE),
        deadline_s=PLENTY_S,
        directory=str(tmp_path),
        environment=ENVIRONMENT,
    )
    assert asked(moment()) is None
    assert asked(moment(Occasion.AFTER, tool="Edit")) is None
    assert not (tmp_path / "asked").exists()
    assert asked(moment(tool="Edit")) is not None
    assert (tmp_path / "asked").exists()


# --- what it reads and prints -----------------------------------------------------------------------------------------

MEGABYTE = json.dumps({"command": "echo " + "x" * 1024 * 1024})


def test_a_command_of_a_megabyte_is_told_whole(tmp_path: Path) -> None:
    answer = ask("wc -c >&2; exit 2", tmp_path, input_json=MEGABYTE)
    assert int(answer.why) > 1024 * 1024


@pytest.mark.parametrize("command", ["exit 0", "exec <&-; exit 0", "head -c 10 >/dev/null", "read -r -n 1 x || true"])
def test_a_command_need_not_read_what_it_is_told(command: str, tmp_path: Path) -> None:
    assert silent(ask(command, tmp_path, input_json=MEGABYTE))


def test_a_command_may_print_much_before_it_reads(tmp_path: Path) -> None:
    flood = "head -c 900000 /dev/zero | tr '\\0' 'x' >&2; head -c 65000 /dev/zero | tr '\\0' ' '"
    answer = ask(f'{flood}; cat >/dev/null; echo \'{{"decision":"block"}}\'', tmp_path, input_json=MEGABYTE)
    assert (answer.verdict, answer.failed) == (Verdict.DENY, False)


def test_a_command_may_print_while_it_reads(tmp_path: Path) -> None:
    answer = ask("head -c 60000; cat >/dev/null", tmp_path, input_json=MEGABYTE)
    assert "not valid JSON" in answer.why


def test_a_command_that_closes_everything_is_still_waited_for(tmp_path: Path) -> None:
    assert ask("exec <&- >&- 2>&-; sleep 0.2; exit 2", tmp_path).why.endswith("says no.")
    assert ask("exec >&- 2>&-; wc -c > size; exit 2", tmp_path, input_json=MEGABYTE).verdict is Verdict.DENY
    assert int((tmp_path / "size").read_text()) > 1024 * 1024


def test_pipes_in_a_command_end_quietly(tmp_path: Path) -> None:
    assert ask("yes | head -n 1 >/dev/null; exit 2", tmp_path).why.endswith("says no.")


def test_a_command_has_no_terminal(tmp_path: Path) -> None:
    answer = ask("if (: </dev/tty) 2>/dev/null; then echo a terminal; else echo none; fi >&2; exit 2", tmp_path)
    assert answer.why == "none"


@pytest.mark.parametrize(
    ("command", "stream"),
    [
        ("cat /dev/zero", "stdout"),
        ("yes", "stdout"),
        ("yes >&2", "stderr"),
        (f"head -c {OUTPUT_BYTES + 1} /dev/zero", "stdout"),
        ("yes & yes >&2 & exit 0", "std"),
    ],
)
def test_a_flood_is_a_failure(command: str, stream: str, tmp_path: Path) -> None:
    answer = ask(command, tmp_path)
    assert answer.failed
    assert "printed more than" in answer.why
    assert f"bytes on {stream}" in answer.why


def test_output_that_is_no_text_is_a_failure_or_shown_as_far_as_it_is(tmp_path: Path) -> None:
    assert ask("""printf '{"decision":"approve","reason":"\\377"}'""", tmp_path).failed
    assert ask("printf '\\377\\376no' >&2; exit 2", tmp_path).why == "\ufffd\ufffdno"


# --- failing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("exit 1", "exit code 1"),
        ("exit 255", "exit code 255"),
        ("no-such-command-anywhere", "there is no such command"),
        ("/nonexistent/hook", "there is no such command"),
        ("/etc/passwd", "may not be executed"),
        ("kill -KILL $$", "SIGKILL"),
        ("kill -SEGV $$", "SIGSEGV"),
        ("sh -c 'kill -KILL $$'; exit $?", "exit code 137"),
        ("kill -35 $$", "signal 35"),
        ("echo '{'", "not valid JSON"),
        ('echo \'{"hookSpecificOutput":{"permissionDecision":"deny"}}\'', "hookEventName"),
        ('echo \'{"decision":"approve"}\'; exit 3', "exit code 3"),
        ('echo \'{"decision":"approve"}\'; kill -TERM $$', "SIGTERM"),
        ("\0", "could not be started"),
        ("echo \udcff > \ud800", "could not be started"),
        ("x" * 200_000, "could not be started"),
    ],
)
def test_every_way_to_fail_is_a_no_that_says_what_happened(command: str, what: str, tmp_path: Path) -> None:
    answer = ask(command, tmp_path)
    assert answer.failed
    assert what in answer.why
    assert "counts as a no" in answer.why


def test_a_command_that_the_shell_cannot_read_is_a_no(tmp_path: Path) -> None:
    assert ask("if", tmp_path).verdict is Verdict.DENY
    assert ask("echo 'never closed", tmp_path).verdict is Verdict.DENY


def test_the_last_line_of_stderr_tells_what_went_wrong(tmp_path: Path) -> None:
    assert "exit code 1: no jq here." in ask("echo trace >&2; echo no jq here >&2; exit 1", tmp_path).why


def test_a_directory_that_is_gone_is_a_failure(tmp_path: Path) -> None:
    assert "could not be started" in ask("exit 0", tmp_path / "gone").why


def test_a_command_that_is_too_late_is_ended_with_all_it_started(tmp_path: Path, pids: Path) -> None:
    started = "for i in 1 2 3 4 5 6 7 8; do (trap '' TERM HUP INT; sleep 300) & echo $! >>pids; done; echo $$ >>pids"
    answer = ask(f"{started}; wait", tmp_path, SHORT_S)
    assert answer.failed
    assert f"no answer within {SHORT_S:g} s" in answer.why
    assert "`timeout`" in answer.why
    numbers = [int(pid) for pid in pids.read_text().split()]
    assert len(numbers) == 9
    assert all(dies(pid) for pid in numbers)


def test_a_late_answer_is_none(tmp_path: Path) -> None:
    assert ask("""echo '{"decision":"approve"}'; sleep 300""", tmp_path, SHORT_S).failed
    assert ask("exec >&- 2>&-; sleep 300", tmp_path, SHORT_S).failed
    assert ask("exec <&- >&- 2>&-; sleep 300", tmp_path, SHORT_S).failed
    assert ask("sleep 300", tmp_path, SHORT_S, input_json=MEGABYTE).failed
    assert ask("dd bs=10000 count=1 of=/dev/null 2>&1; sleep 300", tmp_path, SHORT_S, input_json=MEGABYTE).failed


def test_children_that_have_children_all_end(tmp_path: Path, pids: Path) -> None:
    family = 'if [ "$1" -gt 0 ]; then (grow $(($1 - 1))) & (grow $(($1 - 1))) & fi; sleep 300'
    assert ask(f"echo $$ >pids; grow() {{ {family}; }}; grow 5", tmp_path, SHORT_S).failed
    group = int(pids.read_text())
    assert all(dies(pid) for pid in members(group))


def members(group: int) -> list[int]:
    """The processes of a group that are alive."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if stat.read_text().rpartition(")")[2].split()[2] == str(group):
                found.append(int(stat.parent.name))
    return [pid for pid in found if is_alive(pid)]


# --- what it leaves behind --------------------------------------------------------------------------------------------


def test_a_daemon_that_holds_the_output_open_is_not_waited_for(tmp_path: Path, pids: Path) -> None:
    daemon = "sleep 300 & echo $! >>pids"
    answer = ask(f"""{daemon}; echo '{{"decision":"block","reason":"r"}}'""", tmp_path)
    assert (answer.verdict, answer.why, answer.failed) == (Verdict.DENY, "r", False)
    assert is_alive(int(pids.read_text()))
    assert silent(ask(daemon, tmp_path))


def test_half_an_answer_from_a_daemon_is_a_failure(tmp_path: Path, pids: Path) -> None:
    assert ask("""printf '{"decision":'; (sleep 300; echo '"approve"}') & echo $! >pids""", tmp_path).failed


def test_a_pipe_held_open_does_not_prolong_the_deadline(tmp_path: Path, pids: Path) -> None:
    answer = ask("sleep 300 & echo $! >pids; exit 2", tmp_path, SHORT_S)
    assert answer.verdict is Verdict.DENY


def test_nothing_of_ours_is_left(tmp_path: Path) -> None:
    ask("exit 0", tmp_path)
    before = set(Path("/proc/self/fd").iterdir())
    for command in ("echo $$ >>us", "echo $$ >>us; sleep 300", "echo $$ >>us; yes", "echo $$ >>us; kill -9 $$"):
        ask(command, tmp_path, SHORT_S, input_json=MEGABYTE)
    ask("exit 0", tmp_path / "gone")
    assert set(Path("/proc/self/fd").iterdir()) == before
    for pid in (tmp_path / "us").read_text().split():
        assert not Path(f"/proc/{pid}").exists()


def test_an_interruption_ends_the_command_and_is_passed_on(tmp_path: Path) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted("stop")

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(Interrupted):
            ask("echo $$ >us; kill -USR1 $PPID; sleep 300", tmp_path)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not Path(f"/proc/{(tmp_path / 'us').read_text().strip()}").exists()


# --- from settings ----------------------------------------------------------------------------------------------------


def config(command: str, **changes: Any) -> HookConfig:
    usual = {"event": Occasion.BEFORE, "matcher": "", "timeout_s": None, "condition": None}
    return HookConfig(**{"command": command, "source": Source(layer=Layer.USER), **usual, **changes})


def made(*configs: HookConfig, directory: Path, rule: str = "") -> list[Said]:
    hooks = command_hooks(
        configs,
        directory=str(directory),
        environment=ENVIRONMENT,
        condition=lambda text: lambda _moment: text == rule,
        transcript_path="/state/journal.jsonl",
    )
    return [answer for called in hooks if (answer := called(moment())) is not None]


def test_the_hooks_of_the_settings_are_called_in_their_order(tmp_path: Path) -> None:
    answers = made(config("echo a >&2; exit 2"), config("exit 0"), config("echo c >&2; exit 2"), directory=tmp_path)
    assert [answer.why for answer in answers] == ["a", "", "c"]


def test_a_hook_of_another_moment_or_tool_is_not_called(tmp_path: Path) -> None:
    others = config("exit 2", event=Occasion.AFTER), config("exit 2", matcher="Edit|Write")
    assert made(*others, directory=tmp_path) == []


def test_a_hook_with_a_condition_is_called_where_that_holds(tmp_path: Path) -> None:
    both = config("echo npm >&2; exit 2", condition="Bash(npm *)"), config("exit 2", condition="Bash(yarn *)")
    assert [answer.why for answer in made(*both, directory=tmp_path, rule="Bash(npm *)")] == ["npm"]


def test_a_hook_that_is_named_twice_is_called_once(tmp_path: Path) -> None:
    layers = (config("echo x >>calls", timeout_s=50), config("echo x >>calls", source=Source(layer=Layer.PROJECT)))
    assert len(made(*layers, directory=tmp_path)) == 1
    assert (tmp_path / "calls").read_text() == "x\n"


def test_a_hook_is_told_where_the_record_is(tmp_path: Path) -> None:
    assert "/state/journal.jsonl" in made(config("cat >&2; exit 2"), directory=tmp_path)[0].why


def test_a_timeout_of_the_settings_holds(tmp_path: Path) -> None:
    assert made(config("sleep 300", timeout_s=SHORT_S), directory=tmp_path)[0].failed


@pytest.mark.parametrize("wrong", [{"matcher": "("}, {"timeout_s": 0.0}])
def test_settings_that_cannot_work_are_refused_before_anything_runs(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        made(config("touch ran"), config("exit 0", **wrong), directory=tmp_path)
    assert not (tmp_path / "ran").exists()
