"""The Python API with real boxes: a recorded model, no key."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from runner import Allow, Deny, Ending, HookMatcher, Report, Request, Session, UsageError, resume, run, start
from runner.adapters.jsonl_journal import read_journal
from runner.events import BoxStarted, Decided, ExecEnded, ExecStarted, ModeChanged, RolledBack, RunEnded, RunStarted
from runner.testing.messages_server import MessagesServer, Response, answered
from runner.testing.messages_server import Request as Asked
from runner.testing.model import bash, reply
from runner.types import Block, Mode, Rung, Text, Verdict

pytestmark = [pytest.mark.docker, pytest.mark.timeout(170)]

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "tests" / "demo"

WAIT_S = 60.0
"""How long something may take that takes a few seconds, before a test gives up on it."""


class Place:
    """A project, a state directory, and a recorded model."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.state = root / "state"
        self.recording = root / "replay.jsonl"
        self.project.mkdir()
        (self.project / "a.txt").write_text("one\n")

    def says(self, *replies: dict[str, Any]) -> None:
        """Record what the model says."""
        lines = [{"replay": 1, "model": "claude-opus-5-5"}, *replies]
        self.recording.write_text("".join(json.dumps(line) + "\n" for line in lines))

    def arguments(self, **more: Any) -> dict[str, Any]:
        """What every run here is begun with; settings of this host have no say."""
        usual: dict[str, Any] = {
            "workspace": self.project,
            "model": f"replay:{self.recording}",
            "state_dir": self.state,
            "setting_sources": [],
        }
        return usual | more

    def start(self, **more: Any) -> Session:
        return start("Go.", **self.arguments(**more))

    def run(self, **more: Any) -> Report:
        return run("Go.", **self.arguments(**more))

    def boxes(self) -> list[str]:
        """Containers of any run of this place that the engine knows."""
        runs = [path.name for path in (self.state / "runs").iterdir()]
        with contextlib.closing(docker.from_env()) as client:
            labels = [f"org.agent-runner.run={run_id}" for run_id in runs]
            return [box["Id"] for label in labels for box in client.api.containers(all=True, filters={"label": label})]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    assert (place.project / "a.txt").read_text() == "one\n", "the user's directory was written"


def calls(*commands: str, expect: str = "") -> dict[str, Any]:
    """A reply that runs these commands."""
    blocks = [{"type": "tool_use", "tool": "bash", "input": {"command": command}} for command in commands]
    return {"blocks": blocks, "expect": expect}


def done(*, expect: str = "") -> dict[str, Any]:
    return {"blocks": [{"type": "text", "text": "Done."}], "expect": expect}


def outcome(report: Report) -> Ending | None:
    return report.outcome.ending if report.outcome else None


def happened(session: Session, kind: type) -> list[Any]:
    return [entry.event for entry in session.events() if isinstance(entry.event, kind)]


def soon(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


# --- a run ------------------------------------------------------------------------------------------------------------


def test_a_task_is_run_to_its_end_and_handed_over(place: Place) -> None:
    place.says(calls("echo two >> a.txt; echo $COLOUR > b.txt"), done())
    told: list[object] = []
    report = place.run(
        mode="bypassPermissions",
        checks=["grep -q two a.txt", {"name": "colour", "run": "grep -q blue b.txt"}],
        env={"COLOUR": "blue"},
        artifacts="b.*",
        limits={"turns": 5, "wall": "5m"},
        on_event=lambda entry: told.append(entry.event),
    )
    assert (outcome(report), report.exit_code) == (Ending.DONE, 0)
    assert [(check.name, check.passed) for check in report.checks] == [("grep -q two a.txt", True), ("colour", True)]
    assert report.patch is not None
    assert "+two" in Path(report.patch).read_text()
    assert (place.state / "runs" / report.run_id / "result" / "artifacts" / "b.txt").read_text() == "blue\n"
    assert isinstance(told[0], RunStarted)
    assert isinstance(told[-1], RunEnded)
    assert place.boxes() == []


def test_a_task_file_can_be_run_too_and_arguments_go_before_it(place: Place) -> None:
    report = run(DEMO / "task.md", state_dir=place.state, setting_sources=[], checks="test -e basket.py")
    assert outcome(report) is Ending.DONE
    assert [check.name for check in report.checks] == ["tests", "test -e basket.py"]
    assert [denial.what for denial in report.denials] == ["$ rm -rf /workspace/*"]
    stopped = run(DEMO / "task.md", state_dir=place.state, setting_sources=[], limits={"turns": 1})
    assert outcome(stopped) is Ending.LIMIT


def test_the_stream_of_events_is_the_journal(place: Place) -> None:
    place.says(calls("echo two > b.txt", "cat b.txt"), done(expect="two"))
    session = place.start(mode="bypassPermissions")
    seen = list(session.events())
    assert outcome(session.report()) is Ending.DONE
    assert seen == read_journal(place.state / "runs" / session.run_id / "journal.jsonl")
    assert [entry.seq for entry in seen] == list(range(len(seen)))


def test_what_on_event_raises_stops_the_run_and_is_passed_on(place: Place) -> None:
    place.says(calls("sleep 100"), done())

    def impatient(entry: Any) -> None:
        if isinstance(entry.event, ExecStarted):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        place.run(mode="bypassPermissions", on_event=impatient)
    assert place.boxes() == []


def test_what_the_engine_cannot_do_is_told_by_start(place: Place) -> None:
    place.says(done())
    with pytest.raises(Exception, match="no-such-image"):
        place.start(image="no-such-image-anywhere")


# --- who decides ------------------------------------------------------------------------------------------------------


def test_the_function_allows_denies_and_changes_calls(place: Place) -> None:
    place.says(
        calls("echo a > a1", "echo b > b1", "echo c > c1"),
        calls("ls", expect="Not b."),
        done(expect="changed"),
    )
    asked: list[str] = []

    def decide(tool: str, arguments: dict[str, Any], request: Request) -> Allow | Deny:
        command = arguments["command"]
        asked.append(f"{tool}: {command}")
        assert request.effects.writes
        if "b1" in command:
            return Deny("Not b.")
        return Allow(updated_input={"command": "echo c > changed"}) if "c1" in command else Allow()

    report = place.run(can_use_tool=decide)
    assert outcome(report) is Ending.DONE
    assert asked == ["Bash: echo a > a1", "Bash: echo b > b1", "Bash: echo c > c1"]
    workspace = place.state / "runs" / report.run_id / "workspace"
    assert sorted(path.name for path in workspace.iterdir()) == ["a.txt", "a1", "changed"]


def test_a_deny_rule_beats_the_functions_yes(place: Place) -> None:
    place.says(calls("cat secret.txt", "echo x > b.txt"), done())
    asked: list[str] = []

    def yes(_tool: str, arguments: dict[str, Any], _request: Request) -> Allow:
        asked.append(arguments["command"])
        return Allow(updated_input={"command": "cat < secret.txt > b.txt"})

    session = place.start(can_use_tool=yes, settings={"permissions": {"deny": ["Read(secret.txt)"]}})
    report = session.report(WAIT_S)
    assert outcome(report) is Ending.DONE
    assert asked == ["echo x > b.txt"]
    assert happened(session, ExecStarted) == []
    assert {denial.rung for denial in report.denials} == {Rung.DENY_RULE}


def test_a_policy_that_ships_is_chosen_by_name(place: Place) -> None:
    place.says(calls("git push --force"), done())
    report = place.run(policy="strict", can_use_tool=lambda *_: Allow())
    assert [denial.rung for denial in report.denials] == [Rung.DENY_RULE]
    with pytest.raises(UsageError, match="bypassPermissions off"):
        place.run(policy="strict", mode="bypassPermissions")


def test_a_hook_denies_in_any_mode(place: Place) -> None:
    place.says(calls("echo x > b.txt"), done(expect="not on a Friday"))
    reason = {"permissionDecision": "deny", "permissionDecisionReason": "not on a Friday"}

    def friday(_given: dict[str, Any], _id: str | None, _context: dict[str, Any]) -> dict[str, Any]:
        return {"hookSpecificOutput": {"hookEventName": "PreToolUse", **reason}}

    session = place.start(mode="bypassPermissions", hooks={"PreToolUse": [HookMatcher(hooks=[friday])]})
    assert outcome(session.report(WAIT_S)) is Ending.DONE
    assert happened(session, ExecStarted) == []


def test_another_mode_counts_from_the_next_call_on(place: Place) -> None:
    place.says(calls("echo one > b.txt"), calls("echo two > b.txt"), calls("cat b.txt"), done(expect="two"))
    session = place.start()
    for entry in session.events():
        match entry.event:
            case Decided(decision=decision) if decision.verdict is Verdict.DENY:
                session.set_mode("acceptEdits")
            case _:
                pass
    assert outcome(session.report()) is Ending.DONE
    assert [event.mode for event in happened(session, ModeChanged)] == [Mode.ACCEPT_EDITS]


def test_an_unanswered_question_can_wait_for_the_next_process(place: Place) -> None:
    place.says(calls("echo x > b.txt"), done())
    report = place.run(on_ask="park")
    assert (outcome(report), report.exit_code) == (Ending.WAITING, 12)
    session = resume(report.run_id[:12], state_dir=place.state, setting_sources=[], can_use_tool=lambda *_: Allow())
    assert session.run_id == report.run_id
    assert outcome(session.report(WAIT_S)) is Ending.DONE
    assert happened(session, RunStarted) == []
    with pytest.raises(UsageError, match="nothing to resume"):
        resume(state_dir=place.state)


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_a_stopped_run_leaves_no_box_and_can_go_on(place: Place) -> None:
    place.says(calls("echo begun > b.txt; sleep ${SLOW:-0}; echo over >> b.txt"), done())
    session = place.start(mode="bypassPermissions", env={"SLOW": "100"})
    soon((place.state / "runs" / session.run_id / "workspace" / "b.txt").exists)
    begun = time.monotonic()
    session.stop()
    report = session.report(WAIT_S)
    assert time.monotonic() - begun < WAIT_S
    assert (outcome(report), report.exit_code) == (Ending.INTERRUPTED, 130)
    assert place.boxes() == []
    assert happened(session, ExecEnded) == []
    later = resume(session.run_id, state_dir=place.state, setting_sources=[])
    assert outcome(later.report(WAIT_S)) is Ending.DONE
    assert len(happened(later, RolledBack)) == 1
    assert place.boxes() == []


# Stopped between two instructions, a socket that was just opened may be left to the collector, which says so.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("delay_s", [0.0, 0.2, 0.4, 0.8])
def test_whenever_it_is_stopped_no_box_is_left_and_the_end_is_on_record(place: Place, delay_s: float) -> None:
    place.says(*(calls(f"sleep 0.05; echo {number} > b.txt") for number in range(1000)), done())
    with place.start(mode="bypassPermissions", limits={"turns": None}) as session:
        time.sleep(delay_s)
    assert outcome(session.report()) is Ending.INTERRUPTED
    assert place.boxes() == []
    assert isinstance(read_journal(place.state / "runs" / session.run_id / "journal.jsonl")[-1].event, RunEnded)


def test_two_sessions_go_on_at_once_in_one_process(place: Place, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Place(tmp_path / "other")
    both = threading.Barrier(2, timeout=WAIT_S)

    def together(*_: object) -> Allow:
        both.wait()  # neither gets on without the other
        return Allow()

    for one, word in ((place, "left"), (other, "right")):
        one.says(calls(f"echo {word} > b.txt"), calls("cat b.txt"), done(expect=word))
    sessions = [one.start(can_use_tool=together) for one in (place, other)]
    reports = [session.report(WAIT_S) for session in sessions]
    assert [outcome(report) for report in reports] == [Ending.DONE, Ending.DONE]
    assert len({event.box.id for session in sessions for event in happened(session, BoxStarted)}) == 2
    assert place.boxes() + other.boxes() == []


PROGRAM = """\
import sys
import runner

sys.stdout.reconfigure(line_buffering=True)
session = runner.start("Go.", workspace=sys.argv[1], model="replay:" + sys.argv[2], state_dir=sys.argv[3],
                       setting_sources=[], mode="bypassPermissions")
print(session.run_id)
{then}
"""


def a_program(place: Place, then: str) -> subprocess.Popen[str]:
    arguments = [str(path) for path in (place.project, place.recording, place.state)]
    command = [sys.executable, "-c", PROGRAM.replace("{then}", then), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("then", ["session.report()", "for entry in session.events(): pass"])
def test_ctrl_c_ends_run_and_program_and_leaves_no_box(place: Place, then: str) -> None:
    place.says(calls("echo begun > b.txt; sleep 100"), done())
    process = a_program(place, then)
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    soon((place.state / "runs" / run_id / "workspace" / "b.txt").exists)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=WAIT_S)
    assert "KeyboardInterrupt" in err
    assert process.returncode != 0
    assert place.boxes() == []
    last = read_journal(place.state / "runs" / run_id / "journal.jsonl")[-1].event
    assert isinstance(last, RunEnded)
    assert last.outcome.ending is Ending.INTERRUPTED


def test_a_program_that_ends_without_waiting_leaves_no_box_and_the_run_can_go_on(place: Place) -> None:
    place.says(calls("echo begun > b.txt; sleep ${SLOW:-0}"), done())
    wait = "import pathlib, time\nworkspace = pathlib.Path(sys.argv[3], 'runs', session.run_id, 'workspace')\n"
    process = a_program(place, wait + "while not (workspace / 'b.txt').exists(): time.sleep(0.01)")
    place.says(calls("echo begun > b.txt; sleep 0"), done())
    out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, "")
    soon(lambda: place.boxes() == [])
    assert outcome(resume(out.strip(), state_dir=place.state, setting_sources=[]).report(WAIT_S)) is Ending.DONE


# --- the example of README --------------------------------------------------------------------------------------------


def the_example() -> str:
    section = (ROOT / "README.md").read_text().split("\n## From Python\n")[1].split("\n## ")[0]
    return section.split("```python\n")[1].split("```")[0]


A_TEST = "from total import total\n\ndef test_sum():\n    assert total([1, 2]) == 3\n"


def test_the_example_of_readme_does_what_it_says(place: Place) -> None:
    """As a user starts it, with the real client in front of a scripted service: nothing of it is changed."""
    (place.project / "tests").mkdir()
    (place.project / "tests" / "test_sum.py").write_text(A_TEST)
    (place.project / "total.py").write_text("def total(numbers):\n    return max(numbers)\n")
    commands = ("cat .env", "python3 -m pytest -q", "pip install x", "echo " + "x" * 300)
    script: tuple[tuple[Block, ...], ...] = (
        tuple(bash(command, call_id=f"c{number}") for number, command in enumerate(commands)),
        (bash("sed -i s/max/sum/ total.py && python3 -m pytest -q", call_id="c9"),),
        (Text(text="Done."),),
    )

    def respond(asked: Asked) -> Response:
        return answered(reply(*script[sum(message["role"] == "assistant" for message in asked.body["messages"])]))

    with MessagesServer(respond) as server:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC")}
        environ = {**kept, **server.environ(), "AGENT_RUNNER_STATE_DIR": str(place.state), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-W", "error", "-c", the_example()]
        shown = subprocess.run(
            command, cwd=place.project, env=environ, capture_output=True, text=True, check=False, timeout=120
        )
    assert shown.returncode == 0, shown.stderr
    *decided, last = shown.stdout.splitlines()
    assert [" ".join(line.split()[:2]) for line in decided] == [
        *("bash deny", "bash ask", "bash ask", "bash deny"),  # by rule; by mode; by mode; by the hook
        *("bash allow", "bash ask", "bash deny"),  # the tests, remembered, so that the other question is judged anew
        "bash allow",  # an edit in mode acceptEdits, and the tests by the remembered rule
    ]
    assert last.startswith("done ")
    assert "+    return sum(numbers)" in Path(last.removeprefix("done ")).read_text()
