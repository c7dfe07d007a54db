"""The Python API, without a container: what it exports, what it refuses, and how a session behaves."""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import runner
from runner import (
    Allow,
    Deny,
    Ending,
    HookMatcher,
    Mode,
    Request,
    RunnerError,
    Session,
    UsageError,
    client,
    events,
    resume,
    run,
    start,
)
from runner.adapters import signals
from runner.adapters.absent_classifier import AbsentClassifier
from runner.adapters.callback_approver import session_rules
from runner.archive import RunFolder
from runner.engine import Doors, drive
from runner.errors import JournalError
from runner.events import (
    Decided,
    Entry,
    ExecEnded,
    ExecStarted,
    ModeChanged,
    ModeRefused,
    RulesAdded,
    RunEnded,
    RunStarted,
)
from runner.ports import Transcript
from runner.testing.model import FakeModel, bash, reply
from runner.testing.sandbox import FakeSandbox, an_execution
from runner.testing.sinks import ListSink
from runner.testing.store import FakeStore
from runner.types import Block, Execution, Limits, Network, Occasion, Policy, Reply, Rung, Task, Text, Verdict
from runner.views.report import report
from runner.wire import Audience, Finished

WAIT_S = 30.0
"""How long something may take that takes no time, before a test gives up on it."""

ROOT = Path(__file__).parent.parent

# --- what it exports --------------------------------------------------------------------------------------------------

NAMES = [
    *("Allow", "Deny", "Ending", "HookMatcher", "Mode", "Report", "Request", "RunnerError", "Session", "UsageError"),
    *("__version__", "events", "resume", "run", "start"),
]


def test_there_are_these_names_and_no_more_than_fifteen() -> None:
    assert sorted(runner.__all__) == sorted(NAMES)
    assert len(runner.__all__) <= 15
    assert set(runner.__all__) <= set(dir(runner))


def test_every_name_is_documented() -> None:
    assert [name for name in NAMES if name != "__version__" and not getattr(runner, name).__doc__] == []
    methods = [name for name in vars(Session) if not name.startswith("_")]
    assert methods == ["is_over", "events", "set_mode", "add_rules", "stop", "report"]
    assert [name for name in methods if not getattr(Session, name).__doc__] == []


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        runner.nonsense  # type: ignore[attr-defined]  # noqa: B018  # it is asked for, that is all


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


def test_importing_it_imports_nothing_else_of_ours_and_nothing_heavy() -> None:
    code = "import sys; before = set(sys.modules); import runner; print(sorted(set(sys.modules) - before))"
    loaded = python(code)
    assert "'runner'" in loaded
    assert not re.search(r"'runner\.|'typing|'anthropic|'docker|'msgspec|'re'", loaded)


def test_the_api_needs_no_vendor_before_something_is_run() -> None:
    heavy = "sorted({name.partition('.')[0] for name in sys.modules} & {'anthropic', 'docker', 'click', 'rich'})"
    assert python(f"import sys; from runner import *; print({heavy})") == "[]\n"


def test_run_is_the_function_whatever_was_imported_before() -> None:
    code = "import runner.run; from runner import run; print(callable(run), run is runner.run, runner.run.__module__)"
    assert python(code) == "True True runner.client\n"


# --- what it refuses --------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "project").mkdir()
    (tmp_path / "replay.jsonl").write_text('{"replay": 1, "model": "m"}\n')
    yield tmp_path
    assert not (tmp_path / "state").exists(), "something was started"


def begin(place: Path, **changes: Any) -> Session:
    """Begin a task whose arguments are right but for the changes; `setting_sources` keeps this host's settings out."""
    usual: dict[str, Any] = {
        "prompt": "Go.",
        "workspace": place / "project",
        "model": f"replay:{place / 'replay.jsonl'}",
        "setting_sources": [],
        "state_dir": place / "state",
    }
    return start(**usual | changes)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"prompt": " \n"}, "the task is empty"),
    ({"prompt": None}, "prompt"),
    ({"prompt": 7}, "prompt"),
    ({"prompt": "a\0b"}, "NUL"),
    ({"prompt": "\ud800"}, "wrong kind"),
    ({"prompt": Path("/no/such/task.md")}, "cannot be read"),
    ({"workspace": "/no/such/directory"}, "not a directory"),
    ({"workspace": "/"}, "whole file system"),
    ({"image": 7}, "wrong kind"),
    ({"mode": "yolo"}, "yolo"),
    ({"mode": 7}, "mode"),
    ({"mode": Mode.AUTO}, "auto"),
    ({"model": "replay:/no/such/recording"}, "cannot be read"),
    ({"limits": {"turn": 5}}, "no limit `turn`"),
    ({"limits": {"turns": "many"}}, "`turns` cannot be `many`"),
    ({"limits": {"turns": -1}}, "`turns` cannot be `-1`"),
    ({"limits": {"turns": True}}, "`turns` cannot be"),
    ({"limits": {"exec": None}}, "`exec` cannot be `none`"),
    ({"limits": ["turns"]}, "limits"),
    ({"checks": [""]}, "checks"),
    ({"checks": [7]}, "checks"),
    ({"checks": [{"name": "x"}]}, "checks"),
    ({"checks": [{"run": "x", "nome": "x"}]}, "checks"),
    ({"env": {"A B": "x"}}, "A B"),
    ({"env": {"A": 7}}, "`A`"),
    ({"artifacts": [7]}, "artifacts"),
    ({"settings": "/no/such/settings.json"}, "no settings file"),
    ({"settings": {"permissions": {"deny": "rm"}}}, "deny"),
    ({"settings": {"permissions": {"deny": ["Bash(rm"]}}}, "Bash(rm"),
    ({"settings": {"permissions": {"deny": [object()]}}}, "no JSON"),
    ({"settings": [7]}, "settings"),
    ({"settings": {"permissions": {"disableBypassPermissionsMode": "disable"}}, "mode": "bypassPermissions"}, "off"),
    ({"policy": "paranoid"}, "paranoid"),
    ({"policy": [7]}, "policy"),
    ({"setting_sources": ["managed"]}, "managed"),
    ({"hooks": {"PreTool": []}}, "PreTool"),
    ({"hooks": [HookMatcher()]}, "hooks"),
    ({"hooks": {"PreToolUse": [lambda *_: None]}}, "HookMatcher"),
    ({"hooks": {"PreToolUse": [HookMatcher(hooks=["no function"])]}}, "HookMatcher"),  # type: ignore[list-item]
    ({"hooks": {"PreToolUse": [HookMatcher(matcher="(", hooks=[lambda *_: None])]}}, "regular expression"),
    ({"hooks": {"PreToolUse": [HookMatcher(timeout=0, hooks=[lambda *_: None])]}}, "timeout"),
    ({"can_use_tool": "yes"}, "can_use_tool"),
    ({"on_ask": "maybe"}, "on_ask"),
]


@pytest.mark.parametrize(("changes", "says"), WRONG, ids=[str(changes)[:60] for changes, _ in WRONG])
def test_an_argument_that_is_wrong_is_one_clear_error_and_nothing_is_started(
    place: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        begin(place, **changes)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_there_is_nothing_to_resume_where_nothing_was_run(place: Path) -> None:
    with pytest.raises(UsageError, match="no runs"):
        resume(state_dir=place / "state")
    with pytest.raises(UsageError, match="turn"):
        (place / "other" / "runs" / "r1").mkdir(parents=True)
        (place / "other" / "runs" / "r1" / "journal.jsonl").touch()
        resume("r1", limits={"turn": 5}, state_dir=place / "other")


def test_what_a_person_should_look_at_in_the_settings_is_a_warning(place: Path) -> None:
    settings = {"permissions": {"allow": ["Bsh(make)"]}}
    with pytest.warns(UserWarning, match=r"Bsh.*does not exist"), pytest.raises(UsageError, match="not a directory"):
        begin(place, settings=settings, workspace="/no/such/directory")


# --- a session, with fakes behind its doors ---------------------------------------------------------------------------

SAY_DONE = (Text(text="Done."),)


class World:
    """What a run is driven with: a scripted model, a box that executes nothing, a store in memory."""

    def __init__(self, *replies: tuple[Block, ...], **more: Any) -> None:
        self.lines = [reply(*blocks) for blocks in replies or (SAY_DONE,)]
        self.mode: Mode = more.pop("mode", Mode.DEFAULT)
        self.policy: Policy = more.pop("policy", Policy(modes_off=(Mode.AUTO,)))
        self.before_reply: Callable[[int], None] = more.pop("before_reply", lambda _number: None)
        self.sandbox = FakeSandbox(more.pop("execute", None))
        self.arguments = more

    def reply(self, transcript: Transcript) -> Reply:
        number = sum(len(turn.blocks) > 0 for turn in transcript.turns if hasattr(turn, "blocks"))
        self.before_reply(number)
        return self.lines[number]

    def drive(self, audience: Audience) -> Finished:
        mine, entries = signals.Signals(), list[Entry]()
        task = Task(
            prompt="Go.\n",
            workspace="/p",
            image="base",
            mode=self.mode,
            model="m",
            network=Network(),
            limits=Limits(),
            checks=(),
            env=(),
            artifacts=(),
        )
        doors = Doors(
            model=FakeModel(self.reply),
            sandbox=self.sandbox,
            store=FakeStore(),
            classifier=AbsentClassifier(),
            approver=audience.approver,
            sinks=(ListSink(), *audience.sinks),
            hooks=audience.hooks,
            mailbox=audience.mailbox,
            resolve=lambda path: path,
            clock=lambda: dt.datetime.now(tz=dt.UTC),
            shield=mine.shield,
        )
        occasions = tuple(Occasion) if audience.hooks else ()
        with mine.installed():
            first = RunStarted(run_id="r1", task=task, runner_version="0", policy=self.policy, occasions=occasions)
            ended = drive(entries, doors, first=first)
        return Finished(folder=RunFolder(root=Path("/runs/r1")), run=ended, report=report(entries))

    def session(self) -> Session:
        given = {"hooks": None, "can_use_tool": None, "on_ask": "deny"} | self.arguments
        return client._begun(self.drive, **given)

    def commands(self) -> list[str]:
        """What was executed."""
        return [permit.action.operation.command for permit in self.sandbox.performed]  # type: ignore[union-attr]


def kinds(session: Session, kind: type) -> list[Any]:
    return [entry.event for entry in session.events() if isinstance(entry.event, kind)]


def ending(session: Session) -> Ending:
    outcome = session.report(WAIT_S).outcome
    assert outcome is not None
    return outcome.ending


def writing(number: int) -> tuple[Block, ...]:
    """A reply that calls for something that is asked about in mode default."""
    return (bash(f"touch file{number}", call_id=f"c{number}"),)


def test_a_session_has_an_id_events_and_a_report() -> None:
    world = World(writing(1), SAY_DONE, mode=Mode.BYPASS)
    session = world.session()
    seen = [entry.event for entry in session.events()]
    assert session.run_id == "r1"
    assert isinstance(seen[0], RunStarted)
    assert isinstance(seen[-1], RunEnded)
    assert session.is_over
    assert (ending(session), session.report().exit_code) == (Ending.DONE, 0)
    assert world.commands() == ["touch file1"]


def test_events_are_complete_and_in_order_for_everybody_who_asks() -> None:
    session = World(writing(1), writing(2), SAY_DONE, mode=Mode.BYPASS).session()
    first, second = list(session.events()), list(session.events())
    assert [entry.seq for entry in first] == list(range(len(first)))
    assert first == second


def test_a_question_is_denied_without_a_function_or_parked_if_wished() -> None:
    session = World(writing(1), SAY_DONE).session()
    assert ending(session) is Ending.DONE
    assert [event.decision.verdict for event in kinds(session, Decided)] == [Verdict.ASK, Verdict.DENY]
    assert ending(World(writing(1), SAY_DONE, on_ask="park").session()) is Ending.WAITING


def test_the_function_decides_and_may_change_the_call() -> None:
    asked: list[str] = []

    def decide(tool: str, arguments: dict[str, Any], _request: Request) -> Allow | Deny:
        asked.append(f"{tool}: {arguments['command']}")
        return Allow(updated_input={"command": "touch other"}) if len(asked) == 1 else Deny("No more.")

    world = World(writing(1), writing(2), SAY_DONE, can_use_tool=decide)
    session = world.session()
    assert ending(session) is Ending.DONE
    assert asked == ["Bash: touch file1", "Bash: touch file2"]
    assert world.commands() == ["touch other"]
    assert [denial.why for denial in session.report().denials] == ["No more."]


def test_a_function_without_an_answer_leaves_it_to_nobody() -> None:
    world = World(writing(1), SAY_DONE, can_use_tool=lambda *_: None, on_ask="park")
    assert ending(world.session()) is Ending.WAITING


def test_a_function_that_fails_has_denied() -> None:
    world = World(writing(1), SAY_DONE, can_use_tool=lambda *_: 1 / 0)
    session = world.session()
    assert ending(session) is Ending.DONE
    assert world.commands() == []
    assert kinds(session, Decided)[-1].decision.rung is Rung.FAULT


def test_a_deny_rule_beats_the_function_and_what_it_made_of_the_call() -> None:
    (rule,) = session_rules("Bash(touch secret)", Verdict.DENY)
    policy = Policy(rules=(rule,), modes_off=(Mode.AUTO,))
    calls: tuple[Block, ...] = (bash("touch secret", call_id="c1"), bash("touch a", call_id="c2"))
    world = World(
        calls, SAY_DONE, policy=policy, can_use_tool=lambda *_: Allow(updated_input={"command": "touch secret"})
    )
    session = world.session()
    assert ending(session) is Ending.DONE
    assert world.commands() == []
    assert [event.decision.rung for event in kinds(session, Decided)][-1] is Rung.DENY_RULE


def test_suggestions_settle_what_was_asked_and_nothing_is_asked_twice() -> None:
    requests: list[Request] = []

    def remember(_tool: str, _arguments: dict[str, Any], request: Request) -> Allow:
        requests.append(request)
        return Allow(rules=request.suggestions)

    world = World(
        (bash("npm run build", call_id="c1"),),
        (bash("npm run build", call_id="c2"),),
        SAY_DONE,
        can_use_tool=remember,
    )
    session = world.session()
    assert ending(session) is Ending.DONE
    assert len(world.commands()) == 2
    assert len(requests) == 1
    assert requests[0].suggestions
    assert requests[0].effects.executes
    assert [rule.verdict for event in kinds(session, RulesAdded) for rule in event.rules] == [Verdict.ALLOW]


def test_what_was_remembered_is_not_suggested_again() -> None:
    suggested: list[tuple[str, ...]] = []

    def remember(_tool: str, _arguments: dict[str, Any], request: Request) -> Allow:
        suggested.append(request.suggestions)
        return Allow(rules=request.suggestions)

    both = (bash("npm run build && npm audit", call_id="c2"),)
    world = World((bash("npm run build", call_id="c1"),), both, SAY_DONE, can_use_tool=remember)
    assert ending(world.session()) is Ending.DONE
    assert len(suggested) == 2
    assert suggested[0]
    assert not set(suggested[0]) & set(suggested[1])


def test_a_suggested_path_means_the_file_that_was_asked_about() -> None:
    arguments = '{"command": "create", "path": "/workspace/src/a.py", "file_text": "x"}'
    from_model = [bash("true", call_id=f"c{number}") for number in (1, 2)]
    calls = [type(call)(id=call.id, tool="str_replace_based_edit_tool", input_json=arguments) for call in from_model]
    asked: list[Request] = []

    def remember(_tool: str, _arguments: dict[str, Any], request: Request) -> Allow:
        asked.append(request)
        return Allow(rules=request.suggestions)

    world = World((calls[0],), (calls[1],), SAY_DONE, can_use_tool=remember)
    assert ending(world.session()) is Ending.DONE
    assert len(world.sandbox.performed) == 2
    assert len(asked) == 1


def test_a_hook_in_the_form_of_the_agent_sdk_denies() -> None:
    async def no_touch(given: dict[str, Any], call_id: str | None, _context: dict[str, Any]) -> dict[str, Any]:
        assert call_id is not None
        said = {"permissionDecision": "deny", "permissionDecisionReason": f"not {given['tool_input']['command']}"}
        return {"hookSpecificOutput": {"hookEventName": "PreToolUse"} | said}

    hooks = {"PreToolUse": [HookMatcher(matcher="Bash", hooks=[no_touch])]}
    world = World(writing(1), SAY_DONE, mode=Mode.BYPASS, hooks=hooks)
    session = world.session()
    assert ending(session) is Ending.DONE
    assert world.commands() == []
    assert [denial.why for denial in session.report().denials] == ["not touch file1"]


def test_hooks_and_functions_of_two_sessions_do_not_meet() -> None:
    def only(answer: Allow | Deny) -> World:
        return World(*(writing(number) for number in range(5)), SAY_DONE, can_use_tool=lambda *_: answer)

    worlds = [only(Allow()), only(Deny("no"))]
    sessions = [world.session() for world in worlds]
    assert [ending(session) for session in sessions] == [Ending.DONE, Ending.DONE]
    assert [len(world.commands()) for world in worlds] == [5, 0]


# --- changing it while it goes on -------------------------------------------------------------------------------------


class Gate:
    """Lets the model reply when it may: what a test does meanwhile has happened before the reply."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, number: int) -> None:
        if number == self._at:
            self.reached.set()
            while not self.open.wait(0.01):
                pass


def test_another_mode_takes_effect_on_the_next_call() -> None:
    gate = Gate(1)
    world = World(writing(1), writing(2), SAY_DONE, before_reply=gate)
    session = world.session()
    assert gate.reached.wait(WAIT_S)
    session.set_mode("acceptEdits")
    gate.open.set()
    assert ending(session) is Ending.DONE
    assert world.commands() == ["touch file2"]
    (changed,) = kinds(session, ModeChanged)
    assert (changed.mode, changed.by) == (Mode.ACCEPT_EDITS, "the program that runs it")


def test_a_function_may_change_the_mode_itself_and_the_call_is_judged_anew() -> None:
    sessions: list[Session] = []
    begun = threading.Event()

    def decide(_tool: str, _arguments: dict[str, Any], _request: Request) -> Deny:
        assert begun.wait(WAIT_S)
        sessions[0].set_mode(Mode.BYPASS)
        return Deny("This no was given in another mode.")

    world = World(writing(1), SAY_DONE, can_use_tool=decide)
    sessions.append(world.session())
    begun.set()
    assert ending(sessions[0]) is Ending.DONE
    assert world.commands() == ["touch file1"]


def test_a_mode_that_is_switched_off_is_refused_on_record() -> None:
    gate = Gate(0)
    policy = Policy(modes_off=(Mode.AUTO, Mode.BYPASS))
    session = World(writing(1), SAY_DONE, policy=policy, before_reply=gate).session()
    session.set_mode("bypassPermissions")
    gate.open.set()
    assert ending(session) is Ending.DONE
    assert [event.mode for event in kinds(session, ModeRefused)] == [Mode.BYPASS]
    for wrong in ("yolo", "auto", 7):
        with pytest.raises(UsageError):
            session.set_mode(wrong)  # type: ignore[arg-type]  # what a careless program does


def test_rules_can_be_added_on_the_way() -> None:
    gate = Gate(0)
    world = World(
        (bash("touch a", call_id="c1"), bash("touch b", call_id="c2"), bash("cat c", call_id="c3")),
        SAY_DONE,
        before_reply=gate,
    )
    session = world.session()
    session.add_rules(allow="Bash(touch *)", deny=["Bash(touch b)", "Read(c)"])
    with pytest.raises(UsageError, match="Bsh"):
        session.add_rules(allow="Bash(cat *)", deny="Bsh(x)")
    gate.open.set()
    assert ending(session) is Ending.DONE
    assert world.commands() == ["touch a"]


def test_what_is_wished_for_when_it_is_over_changes_nothing() -> None:
    session = World().session()
    assert ending(session) is Ending.DONE
    before = list(session.events())
    session.set_mode("plan")
    session.add_rules(deny="Bash")
    session.stop()
    assert list(session.events()) == before
    assert ending(session) is Ending.DONE


# --- stopping it ------------------------------------------------------------------------------------------------------


class Slow:
    """A command that does not end: it waits as the box is waited for, in pieces."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, _command: str) -> Execution:
        self.begun.set()
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            time.sleep(0.01)
        return an_execution()


def test_stopping_interrupts_a_command_and_no_box_is_left() -> None:
    slow = Slow()
    world = World(writing(1), SAY_DONE, mode=Mode.BYPASS, execute=slow)
    session = world.session()
    assert slow.begun.wait(WAIT_S)
    stops = world.sandbox.stops
    session.stop()
    assert ending(session) is Ending.INTERRUPTED
    assert session.report().exit_code == 130
    assert world.sandbox.stops > stops
    seen = [entry.event for entry in session.events()]
    assert isinstance(seen[-1], RunEnded)
    assert isinstance(seen[-2], ExecStarted)  # its end was never seen, so it is undone when the run goes on
    assert not kinds(session, ExecEnded)


def test_stopping_does_not_wait_for_a_function_that_waits_for_somebody() -> None:
    asked, never = threading.Event(), threading.Event()

    def patient(_tool: str, _arguments: dict[str, Any], _request: Request) -> Allow:
        asked.set()
        never.wait(WAIT_S)
        return Allow()

    world = World(writing(1), SAY_DONE, can_use_tool=patient)
    session = world.session()
    assert asked.wait(WAIT_S)
    session.stop()
    assert ending(session) is Ending.INTERRUPTED
    never.set()
    assert world.commands() == []


def test_a_no_may_end_the_run() -> None:
    session = World(writing(1), SAY_DONE, can_use_tool=lambda *_: Deny("Enough.", interrupt=True)).session()
    assert ending(session) is Ending.INTERRUPTED


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what may swallow it says so
@pytest.mark.parametrize("delay", range(25))
def test_whenever_it_is_stopped_there_is_one_end_and_a_report(delay: int) -> None:
    world = World(*(writing(number) for number in range(40)), SAY_DONE, mode=Mode.BYPASS)
    session = world.session()
    time.sleep(delay / 500)
    session.stop()
    assert ending(session) in {Ending.INTERRUPTED, Ending.DONE}
    seen = [entry.event for entry in session.events()]
    assert [isinstance(event, RunEnded) for event in seen].count(True) == 1
    assert isinstance(seen[-1], RunEnded)


def test_left_as_a_context_it_is_over() -> None:
    slow = Slow()
    with World(writing(1), SAY_DONE, mode=Mode.BYPASS, execute=slow).session() as session:
        assert slow.begun.wait(WAIT_S)
    assert session.is_over
    assert ending(session) is Ending.INTERRUPTED
    with pytest.raises(ZeroDivisionError), World(mode=Mode.BYPASS).session() as other:
        1 / 0  # noqa: B018 - the error is what matters
    assert other.is_over


def test_waiting_for_the_report_has_a_bound_if_wished() -> None:
    slow = Slow()
    with World(writing(1), SAY_DONE, mode=Mode.BYPASS, execute=slow).session() as session:
        assert slow.begun.wait(WAIT_S)
        with pytest.raises(TimeoutError, match="r1"):
            session.report(0.01)
        assert not session.is_over


@pytest.mark.parametrize("wait", [Session.report, lambda session: list(session.events())], ids=["report", "events"])
def test_ctrl_c_while_waiting_stops_the_run_and_goes_on_its_way(wait: Callable[[Session], object]) -> None:
    slow = Slow()
    world = World(writing(1), SAY_DONE, mode=Mode.BYPASS, execute=slow)
    session = world.session()
    assert slow.begun.wait(WAIT_S)
    handler = signal.getsignal(signal.SIGINT)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        wait(session)
    assert session.is_over
    assert ending(session) is Ending.INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is handler


def test_what_went_wrong_is_raised_by_the_report_and_by_leaving() -> None:
    class Full(World):
        def drive(self, audience: Audience) -> Finished:
            super().drive(audience)
            raise JournalError("the disk is full")

    session = Full().session()
    assert isinstance(list(session.events())[-1].event, RunEnded)
    with pytest.raises(RunnerError, match="disk"):
        session.report()
    with pytest.raises(JournalError), Full().session() as session:
        session.events()


def test_what_is_refused_is_raised_at_once() -> None:
    def refused(_audience: Audience) -> Finished:
        raise UsageError("no key")

    with pytest.raises(UsageError, match="no key"):
        client._begun(refused, None, None, "deny")


def test_events_are_of_the_kinds_that_are_public() -> None:
    session = World(writing(1), SAY_DONE).session()
    assert ending(session) is Ending.DONE
    assert all(type(entry.event).__name__ in vars(events) for entry in session.events())


def test_run_and_start_take_the_same_arguments() -> None:
    own = set(run.__annotations__) - {"on_event", "return"}
    assert own == set(start.__annotations__) - {"return"}
