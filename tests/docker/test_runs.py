"""The whole job as a user starts it: `runner run` in a real box, the real client, a scripted service, real kills."""

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from runner.adapters.jsonl_journal import read_journal
from runner.errors import JournalError
from runner.events import Entry, ExecEnded, ExecStarted, Replied, Resumed, RolledBack, Saved
from runner.testing.messages_server import MessagesServer, Request, Response, answered, broken_after, refused
from runner.testing.model import bash, reply
from runner.types import Block, Text, ToolCall

pytestmark = [pytest.mark.docker, pytest.mark.timeout(170)]

DEMO = Path(__file__).parent.parent / "demo"
Script = Callable[[Request], Response]


@dataclass
class Place:
    """A user's machine in small: a project, a state directory, and nothing of ours in the environment."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def state(self) -> Path:
        return self.root / "state"

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "runner", *(str(argument) for argument in arguments)]

    def environ(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC")}
        return {**kept, "AGENT_RUNNER_STATE_DIR": str(self.state), "HOST_SECRET": "s3cret", **more}

    def run(self, *arguments: str | Path, environ: dict[str, str] | None = None, **more: Any) -> Any:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.project,
            env=self.environ(environ or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            stdin=more.pop("stdin", subprocess.DEVNULL) if "input" not in more else None,
            **more,
        )

    def start(self, *arguments: str | Path, environ: dict[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.project,
            env=self.environ(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def folder(self) -> Path:
        return max((self.state / "runs").iterdir())

    def has_begun(self) -> bool:
        return (self.state / "runs").is_dir() and any((self.state / "runs").iterdir())

    def is_slow(self) -> bool:
        """Whether the slow command of `STEPS` has begun."""
        return (self.folder() / "workspace" / "slow-begun").exists()

    def entries(self) -> list[Entry]:
        return read_journal(self.folder() / "journal.jsonl")

    def task(self, text: str) -> Path:
        path = self.root / "task.md"
        path.write_text(text)
        return path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(root=tmp_path)
    place.project.mkdir()
    (place.project / "a.txt").write_text("one\n")
    (place.project / "locked").mkdir(mode=0o700)
    yield place
    assert (place.project / "a.txt").read_text() == "one\n", "the user's directory was written"


TASK = """\
---
mode: bypassPermissions
workspace: {project}
limits: {exec: 60s}
checks: ['{check}']
---
Go.
"""


def a_task(place: Place, *, check: str = "grep -q done log", **changes: str) -> Path:
    text = TASK.replace("{project}", str(place.project)).replace("{check}", check)
    for old, new in changes.items():
        text = text.replace(f"{old}:", f"{new}\n{old}:", 1)
    return place.task(text)


def turn(request: Request) -> int:
    """How many answers of the model the request holds: the turn that is due."""
    return sum(message["role"] == "assistant" for message in request.body["messages"])


def says(*replies: tuple[Block, ...]) -> Script:
    """The n-th answer is a function of the conversation, as a model's is."""

    def respond(request: Request) -> Response:
        return answered(reply(*replies[turn(request)]))

    return respond


def boxes(run_id: str, *, alive: bool = False) -> list[str]:
    """Containers of a run: all that the engine knows, or those in which something may run."""
    with contextlib.closing(docker.from_env()) as client:
        found = client.api.containers(all=not alive, filters={"label": f"org.agent-runner.run={run_id}"})
        return [container["Id"] for container in found]


def soon(condition: Callable[[], bool], *, within_s: float = 30) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)


# --- the demo, and what a person sees ---------------------------------------------------------------------------------


def test_the_demo_denies_what_destroys_fixes_the_bug_and_passes_its_check(place: Place) -> None:
    done = place.run("run", DEMO / "task.md", "--on-ask", "deny")
    assert done.returncode == 0, done.stderr
    assert "DONE (exit code 0)" in done.stdout
    assert "denied by the approver" in done.stderr
    assert "rm -rf /workspace/*" in done.stdout
    patch = place.run("show", "--patch").stdout
    assert "+    return discounted(sum(prices), percent)" in patch
    assert "__pycache__" not in patch
    assert not boxes(place.folder().name)


def test_the_patch_applies_to_the_users_directory(place: Place, tmp_path: Path) -> None:
    assert place.run("run", DEMO / "task.md", "--on-ask", "deny").returncode == 0
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", DEMO / "project", copy], check=True)
    patch = (place.folder() / "result" / "patch.diff").read_bytes()
    subprocess.run(["git", "apply", "--check", "-"], cwd=copy, input=patch, check=True)


def test_json_is_the_report_and_jsonl_ends_with_it(place: Place) -> None:
    as_json = json.loads(place.run("run", DEMO / "task.md", "--on-ask", "deny", "--output", "json").stdout)
    lines = place.run("run", DEMO / "task.md", "--on-ask", "deny", "--output", "jsonl").stdout.splitlines()
    assert as_json["exit_code"] == 0
    assert json.loads(lines[0])["event"]["kind"] == "run_started"
    assert json.loads(lines[-2])["event"]["kind"] == "run_ended"
    assert json.loads(lines[-1])["result"]["checks"][0]["passed"] is True


def test_a_recorded_run_can_be_played_again(place: Place) -> None:
    with MessagesServer(says((bash("echo done > log", call_id="1"),), (Text(text="Done."),))) as server:
        task = a_task(place)
        live = place.run("run", task, "--record", place.root / "r.jsonl", environ=server.environ())
    assert live.returncode == 0, live.stderr
    played = place.run("run", task, "--model", f"replay:{place.root / 'r.jsonl'}")
    assert played.returncode == 0, played.stderr
    assert "$0.00" in played.stdout


def test_ls_and_show_tell_what_happened(place: Place) -> None:
    place.run("run", DEMO / "task.md", "--on-ask", "deny")
    assert "done" in place.run("ls").stdout
    shown = place.run("show").stdout
    assert "$ rm -rf /workspace/*" in shown
    assert "turn 4" in shown
    assert place.run("show", place.folder().name[:13]).returncode == 0


def test_standard_input_is_a_task_file_too(place: Place) -> None:
    task = a_task(place).read_text()
    with MessagesServer(says((bash("echo done > log", call_id="1"),), (Text(text="Done."),))) as server:
        done = place.run("run", "-", environ=server.environ(), input=task)
    assert done.returncode == 0, done.stderr


# --- the model's service ----------------------------------------------------------------------------------------------


def test_a_run_survives_what_the_service_does_to_it(place: Place) -> None:
    first = answered(reply(Text(text="I look."), bash("echo done > log; cat a.txt", call_id="1")))
    second = answered(reply(Text(text="All done.")))
    script = [
        refused(429, "rate_limit_error", "slow down", headers={"retry-after": "0.2"}),
        refused(529, "overloaded_error", "overloaded"),
        broken_after(4, first),
        refused(500, "api_error", "oops"),
        first,
        refused(500, "api_error", "oops"),
        second,
    ]
    with MessagesServer(script) as server:
        done = place.run("run", a_task(place), environ=server.environ())
    assert done.returncode == 0, done.stderr
    assert server.refusals == []
    assert "waiting" in done.stderr or "retry" in done.stderr
    replies = [entry.event for entry in place.entries() if isinstance(entry.event, Replied)]
    assert len(replies) == 2
    assert sum(isinstance(entry.event, ExecStarted) for entry in place.entries()) == 2  # one call, one check


def test_a_wrong_key_is_one_clear_error_and_the_run_can_go_on(place: Place) -> None:
    with MessagesServer([refused(401, "authentication_error", "invalid x-api-key")]) as server:
        failed = place.run("run", a_task(place), environ=server.environ())
        assert failed.returncode == 14
        assert server.environ()["ANTHROPIC_API_KEY"] not in failed.stdout + failed.stderr
    with MessagesServer(says((bash("echo done > log", call_id="1"),), (Text(text="Done."),))) as server:
        assert place.run("resume", environ=server.environ()).returncode == 0


def test_the_key_and_the_hosts_environment_never_enter_the_box(place: Place) -> None:
    with MessagesServer(says((bash("env; echo done > log", call_id="1"),), (Text(text="Done."),))) as server:
        done = place.run("run", a_task(place), environ=server.environ())
    assert done.returncode == 0, done.stderr
    journal = (place.folder() / "journal.jsonl").read_text()
    assert "PATH=" in journal
    assert "s3cret" not in journal
    assert server.environ()["ANTHROPIC_API_KEY"] not in journal


# --- killed, and resumed ----------------------------------------------------------------------------------------------

STEPS = (
    (bash("echo first >> log", call_id="c1"),),
    (bash("echo second >> log; touch slow-begun; sleep ${SLOW:-0}; echo half >> log", call_id="c2"),),
    (bash("echo done >> log", call_id="c3"),),
    (Text(text="Done."),),
)


def count(place: Place, kind: type) -> int:
    try:
        return sum(isinstance(entry.event, kind) for entry in place.entries())
    except JournalError:
        return 0  # there is none yet


KILLS: dict[str, Callable[[Place], bool]] = {
    "before the box": lambda place: count(place, Saved) >= 1,
    "while the model thinks": lambda place: (place.root / "asked").exists(),  # the service has the question
    "inside a command": Place.is_slow,
    "after a command": lambda place: count(place, ExecEnded) >= 2,
    "at the end": lambda place: count(place, Replied) >= 4,
}


@pytest.mark.parametrize("when", KILLS)
def test_a_killed_run_goes_on_with_nothing_lost_and_nothing_run_twice(place: Place, when: str) -> None:
    slow = "3" if when == "inside a command" else "0"
    asked = place.root / "asked"

    def respond(request: Request) -> Response:
        if when == "while the model thinks" and turn(request) == 1 and not asked.exists():
            asked.touch()
            return Response(then="hold")
        return answered(reply(*STEPS[turn(request)]))

    with MessagesServer(respond) as server:
        task = a_task(place, check="test -f a.txt", checks=f"env: {{SLOW: '{slow}'}}")
        process = place.start("run", task, environ=server.environ())
        soon(place.has_begun)
        soon(lambda: process.poll() is not None or KILLS[when](place))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
        run_id = place.folder().name
        soon(lambda: not boxes(run_id, alive=True), within_s=10)  # it goes by itself, nobody resumes it yet

        done = place.run("resume", environ=server.environ())
        assert done.returncode == 0, done.stdout + done.stderr
        assert server.refusals == []

    entries = place.entries()
    started = [e.event.action.call_id for e in entries if isinstance(e.event, ExecStarted)]
    calls = [call for call in started if not call.startswith("check")]
    assert calls == ["c1", "c2", "c3"]
    undone = [e.event.call_id for e in entries if isinstance(e.event, RolledBack)]
    wrote = {"c1": ["first"], "c2": ["second", "half"], "c3": ["done"]}
    expected = [line for call, lines in wrote.items() if call not in undone for line in lines]
    patch = (place.folder() / "result" / "patch.diff").read_text()
    log = [line[1:] for line in patch.split("b/log\n@@")[1].split("diff --git")[0].splitlines()[1:]]
    assert log == expected
    if when == "inside a command":
        assert undone == ["c2"]
        told = [m for m in server.requests[-1].body["messages"] if "was interrupted" in json.dumps(m)]
        assert told
    assert not boxes(run_id)


def test_a_kill_between_the_end_and_the_patch_loses_neither(place: Place) -> None:
    assert place.run("run", DEMO / "task.md", "--on-ask", "deny").returncode == 0
    patch = (place.folder() / "result" / "patch.diff").read_bytes()
    shutil.rmtree(place.folder() / "result")  # as if it had been killed before it was written
    again = place.run("resume")
    assert again.returncode == 0, again.stderr
    assert "DONE (exit code 0)" in again.stdout
    assert (place.folder() / "result" / "patch.diff").read_bytes() == patch
    assert place.run("resume").returncode == 2


def test_a_killed_resume_does_not_pass_off_an_earlier_stops_report_as_its_own(place: Place) -> None:
    with MessagesServer(says(*STEPS)) as server:
        assert place.run("run", a_task(place), "--limit", "turns=1", environ=server.environ()).returncode == 11
    assert (place.folder() / "result" / "result.json").exists()
    with MessagesServer(lambda _request: Response(then="hold")) as server:
        process = place.start("resume", "--limit", "turns=50", environ=server.environ())
        soon(lambda: count(place, Resumed) == 1)
        process.kill()
        process.communicate()
    assert not (place.folder() / "result" / "result.json").exists()
    assert "limit reached" not in place.run("show", "--output", "json").stdout


def test_a_kill_in_the_very_first_command_brings_the_users_files_back_writable(place: Place) -> None:
    wreck = "rm -rf a.txt locked; touch slow-begun; sleep ${SLOW:-0}"
    with MessagesServer(
        says(
            (bash(wreck, call_id="c1"),),
            (bash("cat a.txt && echo done | tee log >> a.txt", call_id="c2"),),
            (Text(text="Done."),),
        )
    ) as server:
        process = place.start("run", a_task(place, checks="env: {SLOW: '30'}"), environ=server.environ())
        soon(place.has_begun)
        soon(place.is_slow)
        process.kill()
        process.communicate()
        done = place.run("resume", environ=server.environ())
    assert done.returncode == 0, done.stderr
    patch = (place.folder() / "result" / "patch.diff").read_text()
    assert "+done" in patch
    assert "slow-begun" not in patch


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_ends_the_run_truthfully_and_it_can_go_on(place: Place, number: signal.Signals, code: int) -> None:
    with MessagesServer(says(*STEPS)) as server:
        process = place.start("run", a_task(place, checks="env: {SLOW: '30'}"), environ=server.environ())
        soon(place.has_begun)
        soon(place.is_slow)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
        assert "runner resume" in out
        assert not boxes(place.folder().name)
        done = place.run("resume", environ=server.environ())
        assert done.returncode == 0, done.stderr


def test_a_run_that_is_going_on_cannot_be_resumed_beside_itself(place: Place) -> None:
    with MessagesServer(lambda _request: Response(then="hold")) as server:
        process = place.start("run", a_task(place), environ=server.environ())
        soon(place.has_begun)
        soon(lambda: count(place, Saved) >= 1)
        second = place.run("resume", environ=server.environ())
        assert second.returncode == 2
        assert "another process" in second.stderr
        assert process.poll() is None
        process.kill()
        process.communicate()


def test_a_box_that_is_removed_from_outside_costs_one_call(place: Place) -> None:
    with MessagesServer(says(*STEPS)) as server:
        process = place.start("run", a_task(place, checks="env: {SLOW: '20'}"), environ=server.environ())
        soon(place.has_begun)
        soon(place.is_slow)
        for container in boxes(place.folder().name):
            with contextlib.closing(docker.from_env()) as client:
                client.api.remove_container(container, force=True)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert [e.event.call_id for e in place.entries() if isinstance(e.event, RolledBack)] == ["c2"]


# --- plans, subagents -------------------------------------------------------------------------------------------------


def test_a_plan_that_nobody_can_approve_is_in_the_report(place: Place) -> None:
    plan = ToolCall(id="1", tool="ExitPlanMode", input_json=json.dumps({"plan": "1. Fix the rounding."}))
    task = a_task(place, check="true")
    with MessagesServer(says((plan,), (Text(text="The plan: fix the rounding."),))) as server:
        done = place.run("run", task, "--mode", "plan", "--output", "json", environ=server.environ())
    report = json.loads(done.stdout)
    assert (done.returncode, report["outcome"]["ending"]) == (0, "done"), done.stderr
    assert report["plan"] == {"text": "1. Fix the rounding.", "approved": False}
    told = json.dumps(server.requests[-1].body["messages"][-1])
    assert "Nobody is there" in told
    assert "as your final answer" in told
    assert "plan: 1. Fix the rounding." in place.run("show").stdout


def delegating(*inner: tuple[Block, ...]) -> Script:
    """The run's own conversation hands a part over and uses the result; `inner` is what the subagent says."""
    part = json.dumps({"description": "write a part", "prompt": "Write the part."})
    outer = (
        (ToolCall(id="a", tool="Agent", input_json=part),),
        (bash("cat part && echo done > log", call_id="z"),),
        (Text(text="Done."),),
    )

    def respond(request: Request) -> Response:
        subagent = "You are a subagent" in request.body["system"][0]["text"]
        return answered(reply(*(inner if subagent else outer)[turn(request)]))

    return respond


INNER = (
    (bash("echo half > part; touch slow-begun; sleep ${SLOW:-0}", call_id="s1"),),
    (bash("echo whole > part", call_id="s2"),),
    (Text(text="The part is written."),),
)


def test_a_subagent_works_in_the_same_box_and_hands_back_its_last_words(place: Place) -> None:
    with MessagesServer(delegating(*INNER)) as server:
        done = place.run("run", a_task(place), environ=server.environ())
    assert done.returncode == 0, done.stderr
    assert server.refusals == []
    assert [len(request.body["messages"]) for request in server.requests] == [1, 1, 3, 5, 3, 5]
    assert "The part is written." in json.dumps(server.requests[4].body["messages"][-1])
    assert "+whole" in (place.folder() / "result" / "patch.diff").read_text()


def test_a_run_that_is_killed_inside_a_subagent_goes_on_inside_it(place: Place) -> None:
    with MessagesServer(delegating(*INNER)) as server:
        process = place.start("run", a_task(place, checks="env: {SLOW: '30'}"), environ=server.environ())
        soon(place.has_begun)
        soon(place.is_slow)
        process.kill()
        process.communicate()
        done = place.run("resume", environ=server.environ())
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.refusals == []
    assert [e.event.call_id for e in place.entries() if isinstance(e.event, RolledBack)] == ["s1"]
    patch = (place.folder() / "result" / "patch.diff").read_text()
    assert "+whole" in patch
    assert "slow-begun" not in patch


def test_a_run_with_a_subagent_can_be_recorded_and_played_again(place: Place) -> None:
    with MessagesServer(delegating(*INNER)) as server:
        live = place.run("run", a_task(place), "--record", place.root / "r.jsonl", environ=server.environ())
    assert live.returncode == 0, live.stderr
    played = place.run("run", a_task(place), "--model", f"replay:{place.root / 'r.jsonl'}")
    assert played.returncode == 0, played.stderr


# --- stops, each with its exit code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "says_why"),
    [
        (["--limit", "turns=1"], 11, "the limit `turns`"),
        (["--mode", "default", "--limit", "denials=1"], 10, "the limit `denials`"),
        (["--mode", "default", "--on-ask", "park"], 12, "waits for a person's answer"),
        (["--check", "false"], 1, "failed: false"),
        (["--image", "no-such-image-anywhere"], 15, "no-such-image-anywhere"),
        (["--workspace", "/no/such/directory"], 2, "is not a directory"),
    ],
)
def test_every_stop_has_its_exit_code_and_says_why(place: Place, options: list[str], code: int, says_why: str) -> None:
    with MessagesServer(says(*STEPS)) as server:
        stopped = place.run("run", a_task(place), *options, environ=server.environ())
    assert stopped.returncode == code, stopped.stderr
    assert says_why in stopped.stdout + stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_a_raised_limit_lets_the_run_go_on(place: Place) -> None:
    with MessagesServer(says(*STEPS)) as server:
        assert place.run("run", a_task(place), "--limit", "turns=1", environ=server.environ()).returncode == 11
        assert place.run("resume", "--limit", "turns=50", environ=server.environ()).returncode == 0
        again = place.run("resume", environ=server.environ())
    assert again.returncode == 2
    assert "nothing to resume" in again.stderr


def test_no_engine_is_one_error_that_says_how_to_get_one(place: Place) -> None:
    failed = place.run("run", DEMO / "task.md", environ={"DOCKER_HOST": "unix:///no/such.sock"})
    assert failed.returncode == 15
    assert "Docker" in failed.stderr
    assert "Podman" in failed.stderr
    assert not (place.state / "runs").exists() or not any((place.state / "runs").iterdir())


def test_without_a_key_nothing_is_started(place: Place) -> None:
    failed = place.run("run", a_task(place))
    assert failed.returncode == 2
    assert "ANTHROPIC_API_KEY" in failed.stderr
    assert not place.state.exists()


def test_artifacts_are_handed_out(place: Place) -> None:
    script = says((bash("mkdir dist; echo x > dist/a.bin; echo done > log", call_id="1"),), (Text(text="Done."),))
    with MessagesServer(script) as server:
        task = a_task(place, checks="artifacts: ['dist/*']")
        assert place.run("run", task, environ=server.environ()).returncode == 0
    assert (place.folder() / "result" / "artifacts" / "dist" / "a.bin").read_text() == "x\n"


def test_checks_do_not_see_what_the_agent_left_in_its_shell_or_home(place: Place) -> None:
    trick = "grep() { true; }; export -f grep; mkdir -p ~/bin; printf '#!/bin/sh\\n' > ~/bin/grep; chmod +x ~/bin/grep"
    with MessagesServer(says((bash(trick, call_id="1"),), (Text(text="Done."),))) as server:
        cheated = place.run("run", a_task(place), environ=server.environ())
    assert cheated.returncode == 1, cheated.stderr


def test_on_a_terminal_a_person_is_asked_and_the_answer_counts(place: Place) -> None:
    with MessagesServer(says((bash("echo done > log", call_id="1"),), (Text(text="Done."),))) as server:
        environ = place.environ(server.environ() | {"TERM": "xterm", "COLUMNS": "100"})
        master, slave = pty.openpty()
        process = subprocess.Popen(
            place.command("run", a_task(place), "--mode", "default"),
            cwd=place.project,
            env=environ,
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            text=True,
        )
        os.close(slave)
        seen = bytearray()

        def read() -> None:
            with contextlib.suppress(OSError):
                while chunk := os.read(master, 4096):
                    seen.extend(chunk)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        soon(lambda: b"[y]" in seen)
        assert b"echo done > log" in seen
        os.write(master, b"y\n")
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0, out + seen.decode(errors="replace")
        os.close(master)
