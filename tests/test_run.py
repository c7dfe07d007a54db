"""The whole table at once: random replies, verdicts, failures and kills, and what must hold through all of it."""

import contextlib
import itertools
import json
import os
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.engine import Doors, drive
from runner.errors import ClassifierError, Interrupted, JournalError, ModelError, SandboxLost, SandboxUnavailable
from runner.events import (
    BoxStarted,
    Decided,
    Entry,
    ExecEnded,
    ExecStarted,
    Parked,
    Replied,
    Resumed,
    RolledBack,
    RunEnded,
    RunStarted,
    Saved,
    decode,
    encode,
)
from runner.ports import ModelTurn, Transcript, UserTurn
from runner.run import Run, Stop, fold_all, next_step
from runner.testing.deciders import FakeApprover, FakeClassifier
from runner.testing.model import FakeModel
from runner.testing.sandbox import FakeSandbox
from runner.testing.sinks import an_entry
from runner.testing.store import FakeStore
from runner.types import (
    Action,
    Check,
    Decision,
    End,
    Ending,
    Execution,
    Limits,
    Mode,
    Network,
    Probe,
    Purpose,
    Reply,
    Rung,
    StopReason,
    Task,
    Text,
    ToolCall,
    Usage,
    Verdict,
)


class Killed(BaseException):
    """The process is gone: nothing of ours runs after this."""


# --- what may happen --------------------------------------------------------------------------------------------------


@dataclass
class PlannedCall:
    tool: str
    arguments: dict[str, object]
    hook: str  # a verdict, "silent" or "raise"


@dataclass
class PlannedReply:
    calls: list[PlannedCall]
    stop: StopReason
    text: str
    spend_musd: int


@dataclass
class Plan:
    replies: list[PlannedReply]
    classifier: str  # a verdict, "raise" or "unavailable"
    approver: str  # a verdict, "nobody" or "raise"
    commands: list[str]  # what becomes of the n-th command: "ok", "fail", "alive", "lost", "unavailable", "killed"
    fuses: list[int]  # twice the journal lines each process lives to write; one more: killed before, not after
    limits: Limits
    check_codes: list[int]


paths = st.sampled_from(["a", "b", "c"])
calls = st.one_of(
    st.builds(lambda p: ("bash", {"command": f"write {p}"}), paths),
    st.builds(lambda p: ("bash", {"command": f"cat {p}"}), paths),
    st.just(("bash", {"command": "rm -rf /workspace"})),
    st.just(("bash", {"restart": True})),
    st.just(("bash", {})),
    st.just(("nothing", {})),
    st.builds(lambda p: ("str_replace_based_edit_tool", {"command": "create", "path": p, "file_text": "x"}), paths),
    st.builds(lambda p: ("str_replace_based_edit_tool", {"command": "view", "path": p}), paths),
)
planned_calls = st.builds(
    lambda call, hook: PlannedCall(tool=call[0], arguments=call[1], hook=hook),
    calls,
    st.sampled_from(["silent", "silent", "silent", "allow", "classify", "ask", "deny", "raise"]),
)
replies = st.builds(
    PlannedReply,
    calls=st.lists(planned_calls, max_size=3),
    stop=st.sampled_from([StopReason.TOOL_USE] * 6 + list(StopReason)),
    text=st.sampled_from(["", "words"]),
    spend_musd=st.sampled_from([0, 100_000, 300_000]),
)
plans = st.builds(
    Plan,
    replies=st.lists(replies, max_size=6),
    classifier=st.sampled_from(["allow", "ask", "deny", "classify", "raise", "unavailable"]),
    approver=st.sampled_from(["allow", "deny", "ask", "nobody", "raise"]),
    commands=st.lists(
        st.sampled_from(["ok", "ok", "ok", "fail", "alive", "lost", "unavailable", "killed", "interrupted"]), max_size=8
    ),
    fuses=st.lists(st.integers(0, 60), max_size=6),
    limits=st.builds(
        Limits,
        turns=st.sampled_from([None, 3, 100]),
        spend_musd=st.sampled_from([None, 200_000]),
        denials=st.sampled_from([None, 2]),
        tokens=st.sampled_from([None, 50]),
    ),
    check_codes=st.lists(st.sampled_from([0, 0, 0, 1]), max_size=2),
)


# --- a world in which it happens --------------------------------------------------------------------------------------


@dataclass
class World:
    """What outlives a process: the disk. And a record of everything that really happened."""

    plan: Plan
    store: FakeStore = field(default_factory=FakeStore)
    lines: list[bytes] = field(default_factory=list)
    performed: list[str] = field(default_factory=list)
    shown: list[Transcript] = field(default_factory=list)
    ran: int = 0
    alive: bool = False
    fuse: int | None = None

    # the journal
    def append(self, entry: Entry) -> None:
        if isinstance(entry.event, RolledBack):
            assert self.store.workspace == self.store.contents(entry.event.snapshot_id)
        if isinstance(entry.event, BoxStarted | RolledBack):
            self.alive = False
        if not isinstance(entry.event, Saved | ExecStarted):  # between these two is the gap that is not promised
            self.in_the_background()
        if self.fuse is not None:
            self.fuse -= 2
            if self.fuse < 0:
                if self.fuse % 2 == 0:
                    self.lines.append(encode(entry))
                raise Killed
        self.lines.append(encode(entry))

    def entries(self) -> list[Entry]:
        return [decode(line) for line in self.lines]

    def in_the_background(self) -> None:
        """What was left running in the box writes whenever it likes, until the box is gone."""
        if self.alive:
            self.store.workspace["background"] = str(len(self.lines)).encode()

    # the model
    def reply(self, transcript: Transcript) -> Reply:
        self.shown.append(transcript)
        number = sum(isinstance(turn, ModelTurn) for turn in transcript.turns)
        if number >= len(self.plan.replies):
            return a_reply(PlannedReply(calls=[], stop=StopReason.END_TURN, text="done", spend_musd=1), number)
        return a_reply(self.plan.replies[number], number)

    # the box
    def run(self, command: str) -> Execution:
        self.performed.append(command)
        fate = self.plan.commands[self.ran] if self.ran < len(self.plan.commands) else "ok"
        self.ran += 1
        if command.startswith("check"):
            code = self.plan.check_codes[int(command.split()[1])]
            return self.after(fate, code)
        self.must_be_restorable()
        if command.startswith("write"):
            self.store.workspace[command.split()[1]] = str(self.ran).encode()
        return self.after(fate, 0)

    def after(self, fate: str, code: int) -> Execution:
        match fate:
            case "lost":
                self.store.workspace["half"] = b"done"
                raise SandboxLost("the box vanished")
            case "unavailable":
                raise SandboxUnavailable("no box")
            case "killed":
                self.store.workspace["half"] = b"done"
                raise Killed
            case "interrupted":
                self.store.workspace["half"] = b"done"
                raise Interrupted("Ctrl-C")
            case "fail":
                alive = int(self.alive)
                return Execution(end=End.EXITED, exit_code=3, output="", took_ms=1, cwd="/workspace", alive=alive)
            case _:
                self.alive = self.alive or fate == "alive"
                alive = int(self.alive)
                return Execution(end=End.EXITED, exit_code=code, output="", took_ms=1, cwd="/workspace", alive=alive)

    def must_be_restorable(self) -> None:
        """The promise: before anything that may write, the workspace as it is can be brought back."""
        started = [entry.event for entry in self.entries() if isinstance(entry.event, ExecStarted)][-1]
        assert self.store.contents(started.snapshot_id) == self.store.workspace

    # those who decide
    def hook(self, action: Action) -> Decision | None:
        reply, call = (int(part) for part in action.call_id.split("-"))
        said = self.plan.replies[reply].calls[call].hook
        if said == "raise":
            raise RuntimeError("a hook broke")
        if said == "stop":
            raise Interrupted("Ctrl-C")
        return None if said == "silent" else action.decide(Verdict(said), rung=Rung.HOOK, why="hook")

    def classify(self, action: Action) -> Verdict:
        if self.plan.classifier == "raise":
            raise RuntimeError("the classifier broke")
        if self.plan.classifier == "stop":
            raise Interrupted("Ctrl-C")
        if self.plan.classifier == "unavailable":
            raise ClassifierError("overloaded")
        return Verdict(self.plan.classifier)

    def answer(self, action: Action) -> Verdict | None:
        if self.plan.approver == "raise":
            raise RuntimeError("the approver broke")
        if self.plan.approver == "stop":
            raise Interrupted("Ctrl-C")
        return None if self.plan.approver == "nobody" else Verdict(self.plan.approver)

    def doors(self) -> Doors:
        """A new process's doors onto this world."""
        return Doors(
            model=FakeModel(self.reply),
            sandbox=FakeSandbox(self.run),
            store=self.store,
            classifier=FakeClassifier(self.classify),
            approver=FakeApprover(self.answer),
            sinks=(self,),
            hooks=(self.hook,),
            clock=lambda: an_entry(len(self.lines), Parked(call_id="")).at,
            shield=contextlib.nullcontext,
        )


def a_reply(planned: PlannedReply, number: int) -> Reply:
    blocks = (
        *((Text(text=planned.text),) if planned.text else ()),
        *(
            ToolCall(id=f"{number}-{index}", tool=call.tool, input_json=json.dumps(call.arguments))
            for index, call in enumerate(planned.calls)
        ),
    )
    usage = Usage(input_tokens=5, output_tokens=5, spend_musd=planned.spend_musd)
    return Reply(blocks=blocks, stop=planned.stop, model="m", usage=usage, took_ms=1)


def a_task(plan: Plan) -> Task:
    return Task(
        prompt="Do it.",
        workspace="/home/me/project",
        image="base",
        mode=Mode.BYPASS,
        model="m",
        network=Network(),
        limits=plan.limits,
        checks=tuple(Check(name=f"c{n}", command=f"check {n}") for n in range(len(plan.check_codes))),
        env=(),
        artifacts=(),
    )


def live(world: World) -> Run | None:
    """One process's life: begin or resume, and drive until it ends or is killed."""
    entries = world.entries()
    if entries:
        now = fold_all(entries)
        first: RunStarted | Resumed = Resumed(limits=now.limits, mode=now.mode)
    else:
        first = RunStarted(run_id="r", task=a_task(world.plan), runner_version="0")
    try:
        run = drive(entries, world.doors(), first=first)
    except Killed:
        return None
    assert entries == world.entries()
    return run


FINAL = {Ending.DONE, Ending.CHECK_FAILED, Ending.GAVE_UP}


def lives(world: World) -> Run:
    """Live until the run has ended for good or stops at the same place twice."""
    for fuse in [*world.plan.fuses, *[None] * 20]:
        world.fuse = fuse
        run = live(world)
        if run is not None:
            assert run.outcome is not None
            if run.outcome.ending in FINAL | {Ending.LIMIT, Ending.DENIALS, Ending.WAITING, Ending.CLASSIFIER}:
                return run
    raise AssertionError("the run does not end")


# --- what must hold ---------------------------------------------------------------------------------------------------


@given(plans)
@settings(max_examples=int(os.environ.get("AGENT_RUNNER_RUNS", "400")))
def test_the_promises_hold_whatever_happens(plan: Plan) -> None:
    world = World(plan=plan)
    run = lives(world)
    entries = world.entries()

    assert fold_all(entries) == run
    only_permitted_calls_executed(entries)
    nothing_ran_twice(entries)
    nothing_happened_after_the_end(entries)
    interrupted_calls_were_undone(entries)
    spend_overshot_by_one_reply_at_most(entries, plan.limits)
    every_call_was_answered_once(world.shown)
    transcripts_only_grew(world.shown)
    the_outcome_is_the_truth(run, entries)


def only_permitted_calls_executed(entries: list[Entry]) -> None:
    verdicts: dict[str, Decided] = {}
    for entry in entries:
        match entry.event:
            case Decided() as decided:
                verdicts[decided.call_id] = decided
            case ExecStarted(action=action) if not isinstance(action.operation, Probe):
                decided = verdicts[action.call_id]
                assert decided.decision.verdict is Verdict.ALLOW
                assert decided.action == action
            case _:
                pass


def nothing_ran_twice(entries: list[Entry]) -> None:
    started = [e.event.action for e in entries if isinstance(e.event, ExecStarted)]
    calls = [action.call_id for action in started if not isinstance(action.operation, Probe)]
    assert len(set(calls)) == len(calls)


def nothing_happened_after_the_end(entries: list[Entry]) -> None:
    for one, two in itertools.pairwise(entries):
        if isinstance(one.event, RunEnded):
            assert isinstance(two.event, Resumed)


def interrupted_calls_were_undone(entries: list[Entry]) -> None:
    """Between a start without an end and the next thing of consequence stands a rollback to the snapshot before it."""
    open_call: ExecStarted | None = None
    for entry in entries:
        match entry.event:
            case ExecStarted() as started:
                assert open_call is None
                open_call = started
            case ExecEnded(execution=execution) if execution.end is not End.LOST:
                open_call = None
            case RolledBack(call_id=call_id, snapshot_id=snapshot_id):
                assert open_call is not None
                assert (call_id, snapshot_id) == (open_call.action.call_id, open_call.snapshot_id)
                open_call = None
            case Replied() | Saved():
                assert open_call is None
            case _:
                pass


def spend_overshot_by_one_reply_at_most(entries: list[Entry], limits: Limits) -> None:
    spent = [entry.event.reply.usage.spend_musd for entry in entries if isinstance(entry.event, Replied)]
    if limits.spend_musd is not None:
        assert sum(spent[:-1]) < limits.spend_musd


def every_call_was_answered_once(shown: list[Transcript]) -> None:
    for transcript in shown:
        for one, two in itertools.pairwise(transcript.turns):
            if isinstance(one, ModelTurn):
                asked = [block.id for block in one.blocks if isinstance(block, ToolCall)]
                assert not asked or (isinstance(two, UserTurn) and [r.call_id for r in two.results] == asked)
        last = transcript.turns[-1]
        assert not isinstance(last, ModelTurn) or not any(isinstance(block, ToolCall) for block in last.blocks)


def transcripts_only_grew(shown: list[Transcript]) -> None:
    for one, two in itertools.pairwise(shown):
        answered = one.turns[: _answered(one)]
        assert two.turns[: len(answered)] == answered
        assert one.system == two.system


def _answered(transcript: Transcript) -> int:
    """How many turns up to and including the last one the model has answered to."""
    return max((n + 1 for n, turn in enumerate(transcript.turns) if isinstance(turn, ModelTurn)), default=1)


def the_outcome_is_the_truth(run: Run, entries: list[Entry]) -> None:
    assert run.outcome is not None
    if run.outcome.ending is Ending.DONE:
        probes = {e.event.action.call_id for e in entries if isinstance(e.event, ExecStarted)}
        assert run.concluded
        assert all(f"check:{n}" in probes for n in range(len(run.task.checks)))
        assert all(execution.exit_code == 0 for execution in run.checked)


# --- rows of the table, one by one ------------------------------------------------------------------------------------


def simple(*replies: PlannedReply, **changes: object) -> World:
    plan = Plan(
        replies=list(replies),
        classifier="allow",
        approver="nobody",
        commands=[],
        fuses=[],
        limits=Limits(),
        check_codes=[],
    )
    for name, value in changes.items():
        setattr(plan, name, value)
    return World(plan=plan)


def says(*commands: str, hook: str = "silent", spend_musd: int = 1) -> PlannedReply:
    calls = [PlannedCall(tool="bash", arguments={"command": command}, hook=hook) for command in commands]
    return PlannedReply(calls=calls, stop=StopReason.TOOL_USE, text="", spend_musd=spend_musd)


def outcome(world: World) -> Ending:
    run = live(world)
    assert run is not None
    assert run.outcome is not None
    return run.outcome.ending


def kinds(world: World) -> list[str]:
    return [type(entry.event).__name__ for entry in world.entries()]


def test_a_plain_run_reads_like_its_journal() -> None:
    world = simple(says("write a"), check_codes=[0])
    assert outcome(world) is Ending.DONE
    assert " ".join(kinds(world)) == (
        "RunStarted Saved BoxStarted Replied Decided ExecStarted ExecEnded Saved "
        "Replied BoxStarted Saved ExecStarted ExecEnded Saved RunEnded"
    )


def test_all_calls_of_a_reply_are_judged_before_any_of_them_runs() -> None:
    world = simple(says("write a", "write b"))
    outcome(world)
    assert " ".join(kinds(world)[4:8]) == "Decided Decided ExecStarted ExecEnded"


def test_checks_run_in_a_box_of_their_own() -> None:
    world = simple(check_codes=[0])
    doors = world.doors()
    drive([], doors, first=RunStarted(run_id="r", task=a_task(world.plan), runner_version="0"))
    boxes = [e.event.box.purpose for e in world.entries() if isinstance(e.event, BoxStarted)]
    assert boxes == [Purpose.WORK, Purpose.CHECKS]


def test_a_failed_check_is_told() -> None:
    assert outcome(simple(check_codes=[0, 1])) is Ending.CHECK_FAILED


def test_what_a_check_writes_is_not_part_of_the_result() -> None:
    world = simple(says("write a"), check_codes=[0])
    run = live(world)
    assert run is not None
    final = [e.event for e in world.entries() if isinstance(e.event, Saved)][-2]
    assert run.final == final.snapshot.id


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({"limits": Limits(turns=1)}, Ending.LIMIT),
        ({"limits": Limits(tokens=5)}, Ending.LIMIT),
        ({"limits": Limits(spend_musd=1)}, Ending.LIMIT),
        ({"limits": Limits(wall_s=1)}, Ending.LIMIT),
        ({"limits": Limits(disk_bytes=0)}, Ending.LIMIT),
        ({"limits": Limits(denials=1), "approver": "deny"}, Ending.DENIALS),
        ({"approver": "nobody"}, Ending.WAITING),
        ({"commands": ["lost"] * 3, "approver": "allow"}, Ending.SANDBOX),
        ({"commands": ["unavailable"], "approver": "allow"}, Ending.SANDBOX),
        ({"commands": ["interrupted"], "approver": "allow"}, Ending.INTERRUPTED),
    ],
)
def test_what_stops_a_run(changes: dict[str, object], ending: Ending) -> None:
    world = simple(says("write a", hook="ask"), says("write b"), says("write c"), says("write d"), **changes)
    assert outcome(world) is ending


def test_a_classifier_that_is_unavailable_is_no_denial() -> None:
    world = simple(says("write a", hook="classify"), classifier="unavailable")
    assert outcome(world) is Ending.CLASSIFIER
    assert not [e for e in world.entries() if isinstance(e.event, Decided) and e.event.decision.rung is Rung.FAULT]


@pytest.mark.parametrize("who", ["hook", "classifier", "approver"])
def test_a_decider_that_raises_has_denied(who: str) -> None:
    reply = says("write a", hook={"hook": "raise", "classifier": "classify", "approver": "ask"}[who])
    world = simple(reply, **({who: "raise"} if who != "hook" else {}))
    assert outcome(world) is Ending.DONE
    decided = [e.event.decision for e in world.entries() if isinstance(e.event, Decided)][-1]
    assert (decided.verdict, decided.rung) == (Verdict.DENY, Rung.FAULT)
    assert world.performed == []


@pytest.mark.parametrize("who", ["hook", "classifier", "approver"])
def test_ctrl_c_while_something_is_decided_is_no_denial(who: str) -> None:
    reply = says("write a", hook={"hook": "stop", "classifier": "classify", "approver": "ask"}[who])
    world = simple(reply, **({who: "stop"} if who != "hook" else {}))
    assert outcome(world) is Ending.INTERRUPTED
    assert not [e for e in world.entries() if isinstance(e.event, Decided) and e.event.decision.rung is Rung.FAULT]


@pytest.mark.parametrize("stop", [StopReason.REFUSAL, StopReason.CONTEXT_EXCEEDED])
def test_a_reply_that_was_refused_executes_nothing(stop: StopReason) -> None:
    reply = says("write a")
    reply.stop = stop
    world = simple(reply)
    assert outcome(world) is (Ending.GAVE_UP if stop is StopReason.REFUSAL else Ending.LIMIT)
    assert world.performed == []


def test_a_model_that_never_concludes_has_given_up() -> None:
    silence = PlannedReply(calls=[], stop=StopReason.END_TURN, text="", spend_musd=0)
    assert outcome(simple(*[silence] * 9)) is Ending.GAVE_UP


def test_a_failed_model_costs_what_it_cost_and_the_run_goes_on_later() -> None:
    world = simple(says("write a"))
    doors = world.doors()
    failing = FakeModel([ModelError("overloaded", usage=Usage(spend_musd=7))])
    entries: list[Entry] = []
    broken = Doors(**{name: getattr(doors, name) for name in Doors.__slots__} | {"model": failing})
    run = drive(entries, broken, first=RunStarted(run_id="r", task=a_task(world.plan), runner_version="0"))
    assert run.outcome is not None
    assert (run.outcome.ending, run.spend_musd) == (Ending.MODEL, 7)
    assert outcome(world) is Ending.DONE


def test_a_parked_question_is_asked_again_when_the_run_goes_on() -> None:
    world = simple(says("write a", hook="ask"))
    assert outcome(world) is Ending.WAITING
    world.plan.approver = "allow"
    assert outcome(world) is Ending.DONE
    assert world.performed == ["write a"]


def test_another_mode_judges_anew_what_was_not_yet_done() -> None:
    world = simple(says("write a", hook="ask"))
    assert outcome(world) is Ending.WAITING
    entries = world.entries()
    now = fold_all(entries)
    run = drive(entries, world.doors(), first=Resumed(limits=now.limits, mode=Mode.PLAN))
    assert run.outcome is not None
    assert run.outcome.ending is Ending.DONE
    assert world.performed == []


def test_a_person_who_thinks_costs_no_time() -> None:
    world = simple(says("write a", hook="ask"), approver="allow")
    run = live(world)
    assert run is not None
    asked = sum(isinstance(e.event, Decided) and e.event.decision.rung is Rung.APPROVER for e in world.entries())
    assert asked == 1
    assert run.worked_ms == 1000 * (len(world.lines) - 1 - asked)


def test_what_runs_in_the_background_is_saved_before_the_next_command() -> None:
    world = simple(says("write a"), says("write b"), commands=["alive"])
    assert outcome(world) is Ending.DONE
    assert world.performed == ["write a", "write b"]  # each was restorable, see `must_be_restorable`


def test_what_ran_in_the_background_of_a_killed_process_is_saved_when_the_run_goes_on() -> None:
    world = simple(says("write a"), says("cat a"), commands=["alive"])
    world.fuse = 2 * kinds_until(world, "ExecEnded")
    assert live(world) is None
    world.fuse = None
    assert outcome(world) is Ending.DONE
    resumed = kinds(world).index("Resumed")
    assert kinds(world)[resumed + 1] == "Saved"


def kinds_until(world: World, kind: str) -> int:
    """How many lines a run like this has before its first one of that kind."""
    twin = World(plan=world.plan)
    live(twin)
    return kinds(twin).index(kind)


def test_an_interrupted_call_without_a_snapshot_before_it_is_for_a_person() -> None:
    world = simple(says("write a"))
    live(world)
    begun, *_ = world.entries()
    action = next(e.event.action for e in world.entries() if isinstance(e.event, ExecStarted))
    run = fold_all([begun, an_entry(1, ExecStarted(action=action, snapshot_id="?"))])
    step = next_step(run)
    assert isinstance(step, Stop)
    assert step.outcome.ending is Ending.UNCERTAIN


def test_a_history_that_cannot_be_is_refused() -> None:
    world = simple()
    live(world)
    entries = world.entries()
    for broken in (entries[1:], [entries[0], entries[2]], [*entries, entries[-1]], []):
        with pytest.raises(JournalError):
            fold_all(broken)


def test_an_ended_run_has_no_next_step() -> None:
    world = simple()
    run = live(world)
    assert run is not None
    assert next_step(run) is None


def test_the_classifier_sees_words_of_the_user_and_bare_actions() -> None:
    world = simple(says("write a", "write b", hook="classify"))
    doors = world.doors()
    drive([], doors, first=RunStarted(run_id="r", task=a_task(world.plan), runner_version="0"))
    assert isinstance(doors.classifier, FakeClassifier)
    (seen,) = doors.classifier.seen
    assert seen.prompt == "Do it."
    assert [action.call_id for action in seen.actions] == ["0-0", "0-1"]
