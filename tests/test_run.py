"""The whole table at once: random replies, verdicts, hooks, failures and kills, and what holds through all of it."""

import contextlib
import copy
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from runner.engine import Doors, drive
from runner.errors import ClassifierError, Interrupted, JournalError, ModelError, SandboxLost, SandboxUnavailable
from runner.events import (
    Answered,
    Attended,
    BoxStarted,
    Decided,
    Delegated,
    Entry,
    ExecEnded,
    ExecStarted,
    Hooked,
    ModeChanged,
    News,
    Parked,
    Rejected,
    Replied,
    Resumed,
    Returned,
    RolledBack,
    RulesAdded,
    RunEnded,
    RunStarted,
    Saved,
    decode,
    encode,
)
from runner.ports import Answer, ModelTurn, Moment, Said, Transcript, UserTurn
from runner.run import OBJECTIONS, VOIDS, Attend, Run, Stop, fold, fold_all, last_step, next_step
from runner.testing.deciders import FakeApprover, FakeClassifier, an_answer
from runner.testing.model import FakeModel
from runner.testing.sandbox import FakeSandbox
from runner.testing.sinks import an_entry
from runner.testing.store import FakeStore
from runner.tools import DEPTH
from runner.types import (
    Action,
    Check,
    End,
    Ending,
    Execution,
    Layer,
    Limits,
    Mode,
    Network,
    Occasion,
    Permit,
    Policy,
    Probe,
    Purpose,
    Reply,
    Restart,
    Rule,
    Rung,
    Source,
    StopReason,
    Task,
    Text,
    ToolCall,
    Usage,
    Verdict,
)

BASH, EDITOR = "bash", "str_replace_based_edit_tool"


class Killed(BaseException):
    """The process is gone: nothing of ours runs after this."""


# --- what may happen --------------------------------------------------------------------------------------------------


@dataclass
class PlannedCall:
    tool: str
    arguments: dict[str, object]
    hook: str = "silent"  # what the hook says before it: a verdict, or one of `World.before`


@dataclass
class PlannedReply:
    calls: list[PlannedCall]
    stop: StopReason
    text: str
    spend_musd: int = 1


@dataclass
class Plan:
    """What will happen. The defaults are a run in which nothing special does."""

    replies: list[PlannedReply] = field(default_factory=list)
    classifier: str = "allow"  # a verdict, "raise" or "unavailable"
    approver: str = "nobody"  # a verdict, or one of `World.answer`
    commands: list[str] = field(default_factory=list)  # what becomes of the n-th command, see `World.after`
    fuses: list[int] = field(default_factory=list)  # see `World.append`
    limits: Limits = field(default_factory=Limits)
    check_codes: list[int] = field(default_factory=list)
    mode: Mode = Mode.BYPASS
    policy: Policy = field(default_factory=Policy)
    moments: dict[Occasion, str] = field(default_factory=dict)  # what hooks say at other moments
    news: dict[int, News] = field(default_factory=dict)  # what is in the mailbox at which look into it
    upon: dict[str, News] = field(default_factory=dict)  # what arrives after the first event of which kind
    moved: set[int] = field(default_factory=set)  # at which looks the file c is somewhere else

    @property
    def occasions(self) -> tuple[Occasion, ...]:
        return tuple(self.moments)


def a_rule(verdict: Verdict, tool: str = "Bash", specifier: str | None = None) -> Rule:
    text = tool if specifier is None else f"{tool}({specifier})"
    return Rule(id=text, verdict=verdict, tool=tool, specifier=specifier, source=Source(layer=Layer.SESSION))


paths = st.sampled_from(["a", "b", "c"])
modes = st.sampled_from(list(Mode))
calls = st.one_of(
    st.builds(lambda p: (BASH, {"command": f"put {p}"}), paths),
    st.builds(lambda p: (BASH, {"command": f"cat {p}"}), paths),
    st.just((BASH, {"command": "cd /tmp"})),
    st.just((BASH, {"command": "rm -rf /workspace"})),
    st.just((BASH, {"restart": True})),
    st.just((BASH, {})),
    st.just(("nothing", {})),
    st.builds(lambda p: (EDITOR, {"command": "create", "path": p, "file_text": "x"}), paths),
    st.builds(lambda p: (EDITOR, {"command": "view", "path": p}), paths),
    st.builds(
        lambda m: ("Agent", {"description": "d", "prompt": "Do a part.", "mode": m and m.value}), st.none() | modes
    ),
    st.just(("Agent", {"description": "d", "prompt": "Do a part."})),
    st.just(("ExitPlanMode", {"plan": "First this, then that."})),
    st.just(
        (
            "AskUserQuestion",
            {"questions": [{"question": "Which?", "header": "Which", "options": [{"label": "a"}, {"label": "b"}]}]},
        )
    ),
)
hooks = st.sampled_from(
    ["silent"] * 6 + ["allow", "ask", "deny", "raise", "classify", "rewrite", "nonsense", "context", "halt"]
)
planned_calls = st.builds(lambda call, hook: PlannedCall(tool=call[0], arguments=call[1], hook=hook), calls, hooks)
replies = st.builds(
    PlannedReply,
    calls=st.lists(planned_calls, max_size=3),
    stop=st.sampled_from([StopReason.TOOL_USE] * 6 + list(StopReason)),
    text=st.sampled_from(["", "words"]),
    spend_musd=st.sampled_from([0, 100_000, 300_000]),
)
news = st.one_of(
    st.builds(ModeChanged, mode=modes, by=st.just("somebody")),
    st.builds(
        lambda verdict, specifier: RulesAdded(rules=(a_rule(verdict, specifier=specifier),)),
        st.sampled_from([Verdict.ALLOW, Verdict.ASK, Verdict.DENY]),
        st.sampled_from([None, "put a", "put *"]),
    ),
    st.just(RulesAdded(rules=())),
)
other_moments = st.sampled_from([occasion for occasion in Occasion if occasion is not Occasion.BEFORE])
plans = st.builds(
    Plan,
    replies=st.lists(replies, max_size=6),
    classifier=st.sampled_from(["allow", "ask", "deny", "classify", "raise", "unavailable"]),
    approver=st.sampled_from(
        ["allow", "deny", "ask", "nobody", "raise", "mode", "rules", "rewrite", "nonsense", "halt", "other"]
    ),
    commands=st.lists(
        st.sampled_from(["ok"] * 3 + ["fail", "alive", "lost", "unavailable", "killed", "interrupted", "elsewhere"]),
        max_size=8,
    ),
    fuses=st.lists(st.integers(0, 60), max_size=6),
    limits=st.builds(
        Limits,
        turns=st.sampled_from([None, None, 3, 100]),
        spend_musd=st.sampled_from([None, None, None, 200_000]),
        denials=st.sampled_from([None, None, None, 2]),
        tokens=st.sampled_from([None, None, None, 50]),
    ),
    check_codes=st.lists(st.sampled_from([0, 0, 0, 1]), max_size=2),
    mode=st.sampled_from([Mode.BYPASS, Mode.AUTO, *Mode]),
    policy=st.builds(Policy, modes_off=st.sampled_from([(), (), (Mode.BYPASS,), (Mode.AUTO, Mode.PLAN)])),
    moments=st.dictionaries(
        other_moments,
        st.sampled_from(["silent", "allow", "context", "deny", "raise", "halt", "rewrite", "mode", "rules"]),
        max_size=4,
    ),
    news=st.dictionaries(st.integers(0, 40), news, max_size=3),
    moved=st.sets(st.integers(0, 12), max_size=8),
)


# --- a world in which it happens --------------------------------------------------------------------------------------


@dataclass
class World:
    """What outlives a process: the disk. And a record of everything that really happened."""

    plan: Plan
    store: FakeStore = field(default_factory=FakeStore)
    lines: list[bytes] = field(default_factory=list)
    performed: list[str] = field(default_factory=list)
    shown: dict[tuple[int, ...], list[Transcript]] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    ran: int = 0
    alive: bool = False
    fuse: int | None = None
    looks: int = 0
    resolved: int = 0
    patience: int = 3
    posted: list[News] = field(default_factory=list)
    listeners: list[Callable[[Entry], None]] = field(default_factory=list)

    # the journal
    def append(self, entry: Entry) -> None:
        """Write a line. A fuse is twice the lines the process lives to write; one more: killed before, not after."""
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
        if (come := self.plan.upon.pop(type(entry.event).__name__, None)) is not None:
            self.posted.append(come)
        for listener in self.listeners:
            listener(entry)

    def entries(self) -> list[Entry]:
        return [decode(line) for line in self.lines]

    def in_the_background(self) -> None:
        """What was left running in the box writes whenever it likes, until the box is gone."""
        if self.alive:
            self.store.workspace["background"] = str(len(self.lines)).encode()

    # what comes from outside
    def mailbox(self) -> tuple[News, ...]:
        self.looks += 1
        planned = self.plan.news.get(self.looks)
        come = (*self.posted, *([] if planned is None else [planned]))
        self.posted.clear()
        return come

    def resolve(self, path: str) -> str | None:
        if path != "/workspace/c":
            return path
        self.resolved += 1
        return "/elsewhere/c" if self.resolved in self.plan.moved else path

    def loses_patience(self) -> bool:
        """Whether somebody who can end the run does so this time; nobody does for ever."""
        self.patience -= 1
        return self.patience >= 0

    # the model
    def reply(self, transcript: Transcript) -> Reply:
        self.shown.setdefault(self.conversation(), []).append(transcript)
        number = transcript.elsewhere + sum(isinstance(turn, ModelTurn) for turn in transcript.turns)
        if number >= len(self.plan.replies):
            return a_reply(PlannedReply(calls=[], stop=StopReason.END_TURN, text="done"), number)
        return a_reply(self.plan.replies[number], number)

    def conversation(self) -> tuple[int, ...]:
        """Which conversation goes on: where the subagents that are at work began."""
        open_: list[int] = []
        for entry in self.entries():
            if isinstance(entry.event, Delegated):
                open_.append(entry.seq)
            if isinstance(entry.event, Returned):
                open_.pop()
        return tuple(open_)

    # the box
    def run(self, command: str) -> Execution:
        self.performed.append(command)
        fate = self.plan.commands[self.ran] if self.ran < len(self.plan.commands) else "ok"
        self.ran += 1
        if command.startswith("check"):
            code = self.plan.check_codes[int(command.split()[1])]
            return self.after(fate, code)
        self.must_be_restorable()
        if command.startswith("put"):
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
                code = 3
            case "alive":
                self.alive = True
            case _:
                pass
        cwd = "/tmp" if fate == "elsewhere" else "/workspace"
        return Execution(end=End.EXITED, exit_code=code, output="", took_ms=1, cwd=cwd, alive=int(self.alive))

    def must_be_restorable(self) -> None:
        """The promise: before anything that may write, the workspace as it is can be brought back."""
        started = [entry.event for entry in self.entries() if isinstance(entry.event, ExecStarted)][-1]
        assert self.store.contents(started.snapshot_id) == self.store.workspace

    # those who decide
    def hook(self, moment: Moment) -> Said | None:
        self.moments.append(moment)
        if moment.occasion is Occasion.BEFORE:
            reply, call = (int(part) for part in moment.call_id.split("-"))
            return self.says(self.plan.replies[reply].calls[call].hook, moment)
        return self.says(self.plan.moments.get(moment.occasion, "silent"), moment)

    def says(self, what: str, moment: Moment) -> Said | None:
        broken = what in {"raise", "rewrite", "mode", "rules"} and moment.occasion in ENDING
        if what == "silent" or (broken and not self.loses_patience()):
            return None
        match what:
            case "raise":
                raise RuntimeError("a hook broke")
            case "stop":
                raise Interrupted("Ctrl-C")
            case "halt":
                return Said(hook="h", stop="enough") if self.loses_patience() else None
            case "context":
                return Said(hook="h", context="look here")
            case "deny" if moment.occasion in {Occasion.START, Occasion.PROMPT} and not self.loses_patience():
                return None
            case "rewrite" | "nonsense":
                text = '{"command": "put b"}' if what == "rewrite" else "[]"
                return Said(hook="h", verdict=Verdict.ALLOW, input_json=text)
            case "mode":
                return Said(hook="h", verdict=Verdict.ALLOW, mode=Mode.ACCEPT_EDITS)
            case "rules":
                return Said(hook="h", verdict=Verdict.ALLOW, rules=(a_rule(Verdict.ALLOW, specifier="put *"),))
            case verdict:
                return Said(hook="h", verdict=Verdict(verdict), why="the hook says so")

    def classify(self, action: Action) -> Verdict:
        if self.plan.classifier == "raise":
            raise RuntimeError("the classifier broke")
        if self.plan.classifier == "stop":
            raise Interrupted("Ctrl-C")
        if self.plan.classifier == "unavailable":
            raise ClassifierError("overloaded")
        if self.plan.classifier == "slow":
            self.posted.append(ModeChanged(mode=Mode.DONT_ASK, by="somebody"))
            return Verdict.ALLOW
        return Verdict(self.plan.classifier)

    def answer(self, action: Action) -> Verdict | Answer | None:
        yes = an_answer(action, Verdict.ALLOW).decision
        match self.plan.approver:
            case "raise":
                raise RuntimeError("the approver broke")
            case "stop":
                raise Interrupted("Ctrl-C")
            case "nobody":
                return None
            case "slow":
                self.posted.append(ModeChanged(mode=Mode.DONT_ASK, by="somebody"))
                return Verdict.ALLOW
            case "mode":
                return Answer(decision=yes, mode=Mode.ACCEPT_EDITS, text="as you like")
            case "rules":
                return Answer(decision=yes, rules=(a_rule(Verdict.ALLOW, specifier="put *"),))
            case "rewrite":
                return Answer(decision=yes, input_json='{"command": "put b"}')
            case "nonsense":
                return Answer(decision=yes, input_json="[]")
            case "halt":
                no = an_answer(action, Verdict.DENY).decision
                return Answer(decision=no, stop=self.loses_patience())
            case "other":
                other = Action(call_id="?", tool=action.tool, operation=action.operation, effects=action.effects)
                return an_answer(other, Verdict.ALLOW)
            case verdict:
                return Verdict(verdict)

    def doors(self) -> Doors:
        """A new process's doors onto this world."""
        return Doors(
            model=FakeModel(self.reply),
            sandbox=Boxes(self),
            store=self.store,
            classifier=FakeClassifier(self.classify),
            approver=FakeApprover(self.answer),
            sinks=(self,),
            hooks=(self.hook,),
            mailbox=self.mailbox,
            resolve=self.resolve,
            clock=lambda: an_entry(len(self.lines), Parked(call_id="")).at,
            shield=contextlib.nullcontext,
        )

    def first(self) -> RunStarted | Resumed:
        """How this process takes the run up."""
        entries = self.entries()
        if entries:
            now = fold_all(entries)
            return Resumed(limits=now.limits, mode=now.session_mode, occasions=self.plan.occasions)
        return RunStarted(
            run_id="r",
            task=a_task(self.plan),
            runner_version="0",
            policy=self.plan.policy,
            occasions=self.plan.occasions,
        )


class Boxes(FakeSandbox):
    """Boxes in which commands of the world run. Stopping one ends what was left running in it."""

    def __init__(self, world: World) -> None:
        super().__init__(world.run)
        self._world = world

    @override
    def perform(self, permit: Permit, deadline_s: float) -> Execution:
        execution = super().perform(permit, deadline_s)
        if isinstance(permit.action.operation, Restart):
            self._world.alive = False
        return msgspec.structs.replace(execution, alive=int(self._world.alive))

    @override
    def stop(self) -> None:
        super().stop()
        self._world.alive = False


ENDING = {Occasion.START, Occasion.PROMPT, Occasion.STOP}
"""Where a hook that fails ends the run."""


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
        mode=plan.mode,
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
    try:
        run = drive(entries, world.doors(), first=world.first())
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
    the_promises_hold(world, lives(world))


def the_promises_hold(world: World, run: Run) -> None:
    entries = world.entries()
    assert fold_all(entries) == run
    only_permitted_calls_had_consequences(entries)
    no_verdict_outlived_what_it_was_given_under(entries)
    nothing_ran_twice(entries)
    nothing_happened_after_the_end(entries)
    interrupted_calls_were_undone(entries)
    spend_overshot_by_one_reply_at_most(entries, world.plan.limits)
    for shown in world.shown.values():
        every_call_was_answered_once(shown)
        transcripts_only_grew(shown)
    hooks_had_their_say(entries, world.plan.occasions)
    who_wanted_an_end_had_it(entries)
    subagents_were_no_freer_than_their_parents(entries)
    the_outcome_is_the_truth(run, entries)


def told(entries: list[Entry]) -> Iterator[tuple[Run, Entry]]:
    """Each entry after the first, with what was true before it."""
    run = fold(None, entries[0])
    for entry in entries[1:]:
        yield run, entry
        run = fold(run, entry)


def only_permitted_calls_had_consequences(entries: list[Entry]) -> None:
    verdicts: dict[str, Decided] = {}
    for entry in entries:
        match entry.event:
            case Decided() as decided:
                verdicts[decided.call_id] = decided
            case ExecStarted(action=action) if not isinstance(action.operation, Probe):
                assert verdicts[action.call_id].decision.verdict is Verdict.ALLOW
                assert verdicts[action.call_id].decision.covers == action.digest
                assert verdicts[action.call_id].action == action
            case Answered(call_id=call_id) | Delegated(call_id=call_id):
                assert verdicts[call_id].decision.verdict is Verdict.ALLOW
            case _:
                pass


def no_verdict_outlived_what_it_was_given_under(entries: list[Entry]) -> None:
    """Mode, cwd and stricter rules are at the execution what they were at the verdict."""
    under: dict[str, tuple[Mode, tuple[Rule, ...]]] = {}
    for run, entry in told(entries):
        strict = tuple(rule for rule in run.policy.rules if rule.verdict is not Verdict.ALLOW)
        match entry.event:
            case Decided(call_id=call_id):
                under[call_id] = (run.mode, strict)
            case ExecStarted(action=action) if not isinstance(action.operation, Probe):
                assert under[action.call_id] == (run.mode, strict)
            case Delegated(call_id=call_id):
                assert under[call_id] == (run.mode, strict)
            case ModeChanged(mode=mode):
                assert mode not in run.policy.modes_off
            case _:
                pass


def nothing_ran_twice(entries: list[Entry]) -> None:
    started = [e.event.action for e in entries if isinstance(e.event, ExecStarted)]
    calls = [action.call_id for action in started if not isinstance(action.operation, Probe)]
    calls += [e.event.call_id for e in entries if isinstance(e.event, Answered | Delegated)]
    assert len(set(calls)) == len(calls)


def nothing_happened_after_the_end(entries: list[Entry]) -> None:
    for one, two in itertools.pairwise(entries):
        if isinstance(one.event, RunEnded):
            assert isinstance(two.event, Resumed) or at_the_end(two)
        if at_the_end(one):
            assert isinstance(two.event, Resumed) or at_the_end(two)


def at_the_end(entry: Entry) -> bool:
    return isinstance(entry.event, Hooked | Attended) and entry.event.occasion is Occasion.END


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
            case Replied() | Saved() | Delegated() | Returned() | Answered() | Attended(occasion=Occasion.AFTER):
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
    return max((n + 1 for n, turn in enumerate(transcript.turns) if isinstance(turn, ModelTurn)), default=0)


def hooks_had_their_say(entries: list[Entry], occasions: tuple[Occasion, ...]) -> None:
    """Every moment that somebody attends is over before what it is about goes on, and there are no others."""
    had = [e.event for e in entries if isinstance(e.event, Attended)]
    assert {event.occasion for event in had} <= set(occasions)
    greeted = prompted = False
    due: set[tuple[Occasion, str | None]] = set()
    for _run, entry in told(entries):
        match entry.event:
            case Resumed():
                greeted = False
            case Attended(occasion=Occasion.START):
                greeted = True
            case Attended(occasion=Occasion.PROMPT):
                prompted = True
            case Attended(occasion=occasion, call_id=call_id):
                due.discard((occasion, call_id))
            case ExecEnded(call_id=call_id, execution=execution) if execution.end is not End.LOST:
                due |= set() if call_id.startswith("check") else {(Occasion.AFTER, call_id)}
            case Answered(call_id=call_id) | Returned(call_id=call_id):
                due.add((Occasion.AFTER, call_id))
            case Decided(call_id=call_id, decision=decision):
                denied = (decision.verdict, decision.rung) == (Verdict.DENY, Rung.CLASSIFIER)
                due |= {(Occasion.DENIED, call_id)} if denied else set()
            case Replied():
                assert greeted or Occasion.START not in occasions
                assert prompted or Occasion.PROMPT not in occasions
                assert not [moment for moment in due if moment[0] in occasions]
                due = set()
            case _:
                pass


def who_wanted_an_end_had_it(entries: list[Entry]) -> None:
    """After a hook or a person said stop, nothing is thought or performed until the run is resumed."""
    wanted = False
    for entry in entries:
        match entry.event:
            case Hooked(stop=str(), occasion=occasion) if occasion is not Occasion.END:
                wanted = True
            case Decided(stop=True):
                wanted = True
            case Resumed():
                wanted = False
            case Replied() | ExecStarted() | Delegated():
                assert not wanted
            case RunEnded(outcome=outcome) if wanted:
                assert outcome.ending is Ending.INTERRUPTED
            case _:
                pass


def subagents_were_no_freer_than_their_parents(entries: list[Entry]) -> None:
    mode: Mode | None = None
    order = [Mode.PLAN, Mode.DONT_ASK, Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.AUTO, Mode.BYPASS]
    for run, entry in told(entries):
        chain = [*(frame.mode for frame in run.suspended), run.mode]
        assert sorted(chain, key=order.index, reverse=True) == chain
        for frame, inner in zip(run.suspended, chain[1:], strict=True):
            assert inner is frame.mode.delegated(frame.wish)
        assert len(run.suspended) <= DEPTH
        assert mode is None or run.session_mode is mode
        mode = None if isinstance(entry.event, ModeChanged | Resumed) else run.session_mode
        if isinstance(entry.event, Decided) and run.suspended:
            assert entry.event.action.tool not in {"AskUserQuestion", "ExitPlanMode"}


def the_outcome_is_the_truth(run: Run, entries: list[Entry]) -> None:
    assert run.outcome is not None
    if run.outcome.ending is Ending.DONE:
        probes = {e.event.action.call_id for e in entries if isinstance(e.event, ExecStarted)}
        assert run.closing
        assert all(f"check:{n}" in probes for n in range(len(run.task.checks)))
        assert all(execution.exit_code == 0 for execution in run.checked)


# --- killed at every line of a run in which everything happens --------------------------------------------------------


def asks_for(tool: str, hook: str = "silent", **arguments: object) -> PlannedReply:
    call = PlannedCall(tool=tool, arguments=arguments, hook=hook)
    return PlannedReply(calls=[call], stop=StopReason.TOOL_USE, text="")


def says(*commands: str, hook: str = "silent", spend_musd: int = 1) -> PlannedReply:
    calls = [PlannedCall(tool="bash", arguments={"command": command}, hook=hook) for command in commands]
    return PlannedReply(calls=calls, stop=StopReason.TOOL_USE, text="", spend_musd=spend_musd)


def delegates(mode: Mode | None = None, hook: str = "silent") -> PlannedReply:
    arguments = {"description": "a part", "prompt": "Do a part."} | ({"mode": mode.value} if mode else {})
    return asks_for("Agent", hook, **arguments)


def concludes(text: str = "done") -> PlannedReply:
    return PlannedReply(calls=[], stop=StopReason.END_TURN, text=text)


QUESTIONS = [{"question": "Which?", "header": "Which", "options": [{"label": "a"}, {"label": "b"}]}]


def a_busy_plan() -> Plan:
    """Questions, a plan, subagents two deep, rewritten calls, changes of mode, hooks at every moment, two checks."""
    return Plan(
        replies=[
            asks_for("AskUserQuestion", questions=QUESTIONS),
            asks_for("ExitPlanMode", plan="First this, then that."),
            says("put a", "cat a", hook="context"),
            delegates(),
            says("put b"),
            delegates(Mode.DONT_ASK),
            says("put c", "cat c"),
            concludes("the inner part is done"),
            says("put b", hook="rewrite"),
            concludes("the outer part is done"),
            says("put a"),
            concludes(),
            says("put c"),
            concludes(),
        ],
        approver="mode",
        mode=Mode.PLAN,
        policy=Policy(modes_off=(Mode.AUTO,)),
        check_codes=[0, 0],
        moments=dict.fromkeys(Occasion, "context") | {Occasion.ASKED: "silent"},
        news={20: RulesAdded(rules=(a_rule(Verdict.ALLOW, specifier="put *"),))},
    )


BUSY = World(plan=a_busy_plan())
BUSY_RUN = live(BUSY)


def test_the_busy_run_is_busy() -> None:
    assert BUSY_RUN is not None
    assert BUSY_RUN.outcome is not None
    assert BUSY_RUN.outcome.ending is Ending.DONE
    expected = {Answered, Delegated, Returned, ModeChanged, RulesAdded, Hooked, Attended, ExecEnded, Decided}
    assert expected <= {type(entry.event) for entry in BUSY.entries()}
    assert max(map(len, BUSY.shown)) == 2
    the_promises_hold(BUSY, BUSY_RUN)


@pytest.mark.parametrize("fuse", range(1, 2 * len(BUSY.lines)))
def test_a_run_killed_at_any_line_goes_on_to_the_same_end(fuse: int) -> None:
    plan = a_busy_plan()
    plan.fuses = [fuse]
    world = World(plan=plan)
    run = lives(world)
    the_promises_hold(world, run)
    assert BUSY_RUN is not None
    assert run.outcome == BUSY_RUN.outcome


# --- rows of the table, one by one ------------------------------------------------------------------------------------


def simple(*replies: PlannedReply, **changes: object) -> World:
    plan = Plan(replies=list(replies))
    for name, value in changes.items():
        setattr(plan, name, value)
    return World(plan=plan)


def outcome(world: World) -> Ending:
    run = live(world)
    assert run is not None
    assert run.outcome is not None
    return run.outcome.ending


def kinds(world: World) -> list[str]:
    return [type(entry.event).__name__ for entry in world.entries()]


def test_a_plain_run_reads_like_its_journal() -> None:
    world = simple(says("put a"), check_codes=[0])
    assert outcome(world) is Ending.DONE
    assert " ".join(kinds(world)) == (
        "RunStarted Saved BoxStarted Replied Decided ExecStarted ExecEnded Saved "
        "Replied BoxStarted Saved ExecStarted ExecEnded Saved RunEnded"
    )


def test_all_calls_of_a_reply_are_judged_before_any_of_them_runs() -> None:
    world = simple(says("put a", "put b"))
    outcome(world)
    assert " ".join(kinds(world)[4:8]) == "Decided Decided ExecStarted ExecEnded"


def test_checks_run_in_a_box_of_their_own() -> None:
    world = simple(check_codes=[0])
    doors = world.doors()
    drive([], doors, first=world.first())
    boxes = [e.event.box.purpose for e in world.entries() if isinstance(e.event, BoxStarted)]
    assert boxes == [Purpose.WORK, Purpose.CHECKS]


def test_a_failed_check_is_told() -> None:
    assert outcome(simple(check_codes=[0, 1])) is Ending.CHECK_FAILED


def test_what_a_check_writes_is_not_part_of_the_result() -> None:
    world = simple(says("put a"), check_codes=[0])
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
    world = simple(says("put a", hook="ask"), says("put b"), says("put c"), says("put d"), **changes)
    assert outcome(world) is ending


def test_a_classifier_that_is_unavailable_is_no_denial() -> None:
    world = simple(says("put a"), mode=Mode.AUTO, classifier="unavailable")
    assert outcome(world) is Ending.CLASSIFIER
    assert not [e for e in world.entries() if isinstance(e.event, Decided) and e.event.decision.rung is Rung.FAULT]


def decided_by(who: str, how: str) -> World:
    """A world in which one call is decided by a hook, the classifier or the approver, in this way."""
    reply = says("put a", hook={"hook": how, "classifier": "silent", "approver": "ask"}[who])
    mode = Mode.AUTO if who == "classifier" else Mode.BYPASS
    return simple(reply, mode=mode, **({who: how} if who != "hook" else {}))


@pytest.mark.parametrize("who", ["hook", "classifier", "approver"])
def test_a_decider_that_raises_has_denied(who: str) -> None:
    world = decided_by(who, "raise")
    assert outcome(world) is Ending.DONE
    decided = [e.event.decision for e in world.entries() if isinstance(e.event, Decided)][-1]
    assert (decided.verdict, decided.rung) == (Verdict.DENY, Rung.FAULT)
    assert world.performed == []


@pytest.mark.parametrize("who", ["hook", "classifier", "approver"])
def test_ctrl_c_while_something_is_decided_is_no_denial(who: str) -> None:
    world = decided_by(who, "stop")
    assert outcome(world) is Ending.INTERRUPTED
    assert not [e for e in world.entries() if isinstance(e.event, Decided) and e.event.decision.rung is Rung.FAULT]


@pytest.mark.parametrize("stop", [StopReason.REFUSAL, StopReason.CONTEXT_EXCEEDED])
def test_a_reply_that_was_refused_executes_nothing(stop: StopReason) -> None:
    reply = says("put a")
    reply.stop = stop
    world = simple(reply)
    assert outcome(world) is (Ending.GAVE_UP if stop is StopReason.REFUSAL else Ending.LIMIT)
    assert world.performed == []


def test_a_model_that_never_concludes_has_given_up() -> None:
    silence = PlannedReply(calls=[], stop=StopReason.END_TURN, text="", spend_musd=0)
    assert outcome(simple(*[silence] * 9)) is Ending.GAVE_UP


def test_a_failed_model_costs_what_it_cost_and_the_run_goes_on_later() -> None:
    world = simple(says("put a"))
    doors = world.doors()
    failing = FakeModel([ModelError("overloaded", usage=Usage(spend_musd=7))])
    entries: list[Entry] = []
    broken = Doors(**{name: getattr(doors, name) for name in Doors.__slots__} | {"model": failing})
    run = drive(entries, broken, first=world.first())
    assert run.outcome is not None
    assert (run.outcome.ending, run.spend_musd) == (Ending.MODEL, 7)
    assert outcome(world) is Ending.DONE


def test_a_parked_question_is_asked_again_when_the_run_goes_on() -> None:
    world = simple(says("put a", hook="ask"))
    assert outcome(world) is Ending.WAITING
    world.plan.approver = "allow"
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put a"]


def test_another_mode_judges_anew_what_was_not_yet_done() -> None:
    world = simple(says("put a", hook="ask"))
    assert outcome(world) is Ending.WAITING
    entries = world.entries()
    now = fold_all(entries)
    run = drive(entries, world.doors(), first=Resumed(limits=now.limits, mode=Mode.DONT_ASK))
    assert run.outcome is not None
    assert run.outcome.ending is Ending.DONE
    assert world.performed == []


def test_a_person_who_thinks_costs_no_time() -> None:
    world = simple(says("put a", hook="ask"), approver="allow")
    run = live(world)
    assert run is not None
    asked = sum(isinstance(e.event, Decided) and e.event.decision.rung is Rung.APPROVER for e in world.entries())
    assert asked == 1
    assert run.worked_ms == 1000 * (len(world.lines) - 1 - asked)


def test_what_runs_in_the_background_is_saved_before_the_next_command() -> None:
    world = simple(says("put a"), says("put b"), commands=["alive"])
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put a", "put b"]  # each was restorable, see `must_be_restorable`


def test_what_ran_in_the_background_of_a_killed_process_is_saved_when_the_run_goes_on() -> None:
    world = simple(says("put a"), says("cat a"), commands=["alive"])
    world.fuse = 2 * kinds_until(world, "ExecEnded")
    assert live(world) is None
    world.fuse = None
    assert outcome(world) is Ending.DONE
    resumed = kinds(world).index("Resumed")
    assert kinds(world)[resumed + 1] == "Saved"


def kinds_until(world: World, kind: str) -> int:
    """How many lines a run like this has before its first one of that kind."""
    return kinds_of(world).index(kind)


def kinds_of(world: World) -> list[str]:
    """What a run like this comes to."""
    twin = World(plan=copy.deepcopy(world.plan))
    live(twin)
    return kinds(twin)


def test_an_interrupted_call_without_a_snapshot_before_it_is_for_a_person() -> None:
    world = simple(says("put a"))
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
    world = simple(says("put a", "put b"), mode=Mode.AUTO)
    doors = world.doors()
    drive([], doors, first=world.first())
    assert isinstance(doors.classifier, FakeClassifier)
    (seen,) = doors.classifier.seen
    assert seen.prompt == "Do it."
    assert [action.call_id for action in seen.actions] == ["0-0", "0-1"]


# --- modes and rules that change on the way ---------------------------------------------------------------------------


def decisions(world: World) -> list[tuple[Verdict, Rung]]:
    return [(e.event.decision.verdict, e.event.decision.rung) for e in world.entries() if isinstance(e.event, Decided)]


def results(world: World) -> list[str]:
    """What the model was told of its calls in the run's own conversation."""
    turns = world.shown[()][-1].turns
    return [result.text for turn in turns if isinstance(turn, UserTurn) for result in turn.results]


def to(mode: Mode) -> ModeChanged:
    return ModeChanged(mode=mode, by="somebody")


def test_another_mode_voids_the_verdicts_on_what_has_not_run() -> None:
    world = simple(says("put a", "put b"), upon={"ExecEnded": to(Mode.DONT_ASK)})
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put a"]
    assert decisions(world)[-1] == (Verdict.DENY, Rung.MODE)
    assert "the permission mode is dontAsk from now on" in results(world)[-1]


@pytest.mark.parametrize(("mode", "who"), [(Mode.AUTO, "classifier"), (Mode.DEFAULT, "approver")])
def test_a_verdict_that_was_thought_over_while_the_mode_changed_does_not_stand(mode: Mode, who: str) -> None:
    world = simple(says("put a"), mode=mode, **{who: "slow"})
    assert outcome(world) is Ending.DONE
    assert world.performed == []
    assert [rung for _, rung in decisions(world)] == [Rung.MODE, Rung.MODE]


def test_the_same_mode_again_is_no_news() -> None:
    world = simple(says("put a"), upon={"Replied": to(Mode.BYPASS)})
    assert outcome(world) is Ending.DONE
    assert "ModeChanged" not in kinds(world)


def test_a_mode_that_is_switched_off_is_refused_and_nothing_changes() -> None:
    world = simple(
        says("put a"),
        mode=Mode.DEFAULT,
        approver="deny",
        policy=Policy(modes_off=(Mode.BYPASS,)),
        upon={"Replied": to(Mode.BYPASS)},
    )
    assert outcome(world) is Ending.DONE
    assert "ModeRefused" in kinds(world)
    assert "ModeChanged" not in kinds(world)
    assert world.performed == []


def test_a_rule_that_allows_settles_what_is_still_asked_and_leaves_the_rest() -> None:
    added = RulesAdded(rules=(a_rule(Verdict.ALLOW, specifier="put *"),))
    reply = says("put a", "put b")
    world = simple(reply, mode=Mode.DEFAULT, approver="rules")
    doors = world.doors()
    drive([], doors, first=world.first())
    assert isinstance(doors.approver, FakeApprover)
    assert len(doors.approver.asked) == 1
    assert world.performed == ["put a", "put b"]
    assert fold_all(world.entries()).policy.rules == added.rules


def test_a_rule_that_allows_does_not_have_a_yes_given_twice() -> None:
    world = simple(says("put a", "put b"), mode=Mode.DEFAULT, approver="allow")

    def allow_more(entry: Entry) -> None:
        if isinstance(entry.event, Decided) and entry.event.decision.rung is Rung.APPROVER:
            world.posted.append(RulesAdded(rules=(a_rule(Verdict.ALLOW, specifier="make *"),)))

    world.listeners.append(allow_more)
    doors = world.doors()
    drive([], doors, first=world.first())
    assert isinstance(doors.approver, FakeApprover)
    assert [action.call_id for action in doors.approver.asked] == ["0-0", "0-1"]
    assert world.performed == ["put a", "put b"]


def test_a_rule_that_denies_stops_what_was_allowed_but_has_not_run() -> None:
    denied = RulesAdded(rules=(a_rule(Verdict.DENY, specifier="put b"),))
    world = simple(says("put a", "put b"), upon={"ExecEnded": denied})
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put a"]
    assert decisions(world)[-1] == (Verdict.DENY, Rung.DENY_RULE)


def test_rules_that_were_added_on_the_way_survive_another_policy() -> None:
    added = RulesAdded(rules=(a_rule(Verdict.DENY, specifier="put *"),))
    world = simple(says("put a", hook="ask"), upon={"Replied": added})
    world.fuse = 2 * kinds_until(world, "Decided")
    assert live(world) is None
    other = Policy(modes_off=(Mode.AUTO,))
    run = fold(fold_all(world.entries()), an_entry(len(world.lines), resumed(world, policy=other)))
    assert run.policy == Policy(modes_off=(Mode.AUTO,), rules=added.rules)
    again = fold(run, an_entry(run.seq, resumed(world, policy=run.policy)))
    assert again.policy == run.policy


def resumed(world: World, **changes: object) -> Resumed:
    now = fold_all(world.entries())
    first = Resumed(limits=now.limits, mode=now.session_mode, occasions=now.occasions)
    return msgspec.structs.replace(first, **changes)


def test_a_verdict_of_a_version_that_read_the_call_otherwise_is_given_anew() -> None:
    world = simple(says("put a"))
    world.fuse = 2 * kinds_until(world, "Decided")
    assert live(world) is None
    last = world.entries()[-1]
    assert isinstance(last.event, Decided)
    decision = msgspec.structs.replace(last.event.decision, covers="of another version")
    event = msgspec.structs.replace(last.event, decision=decision)
    world.lines[-1] = encode(msgspec.structs.replace(last, event=event))
    world.fuse = None
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put a"]


# --- what is performed is what was judged -----------------------------------------------------------------------------


def test_a_call_that_means_something_else_in_another_directory_is_judged_anew() -> None:
    world = simple(says("cat x", "rm x"), mode=Mode.ACCEPT_EDITS, approver="deny", commands=["elsewhere"])
    assert outcome(world) is Ending.DONE
    assert world.performed == ["cat x"]
    judged = [e.event for e in world.entries() if isinstance(e.event, Decided)]
    assert [event.decision.verdict for event in judged] == [Verdict.ALLOW, Verdict.ALLOW, Verdict.ASK, Verdict.DENY]
    assert judged[1].action.effects.deletes == ("/workspace/x",)
    assert judged[2].action.effects.deletes == ("/tmp/x",)
    assert "Voided" in kinds(world)


def test_a_call_whose_path_leads_elsewhere_by_now_is_judged_anew() -> None:
    world = simple(asks_for(EDITOR, command="create", path="c", file_text="x"), moved={2, 3, 4, 5})
    assert outcome(world) is Ending.DONE
    judged = [e.event.action.effects.links for e in world.entries() if isinstance(e.event, Decided)]
    assert judged == [(), (("/workspace/c", "/elsewhere/c"),)]


def test_a_call_that_keeps_changing_its_meaning_is_given_up() -> None:
    world = simple(asks_for(EDITOR, command="create", path="c", file_text="x"), moved=set(range(0, 40, 2)))
    assert outcome(world) is Ending.DONE
    assert kinds(world).count("Voided") == VOIDS
    assert "Rejected" in kinds(world)
    assert "kept changing" in results(world)[0]


# --- moments ----------------------------------------------------------------------------------------------------------


def hooked(*replies: PlannedReply, **moments: str) -> World:
    """A world whose hooks say these things at these moments, named as `Occasion` has them."""
    return simple(*replies, moments={Occasion[name]: said for name, said in moments.items()})


def test_hooks_of_the_beginning_are_asked_before_anything_is_copied() -> None:
    world = hooked(START="context", PROMPT="context")
    assert outcome(world) is Ending.DONE
    assert kinds(world)[:6] == ["RunStarted", "Hooked", "Attended", "Hooked", "Attended", "Saved"]
    (first, *_) = world.shown[()]
    assert first.turns[0] == UserTurn(text="Do it.\n\n[the user's policy adds: look here]")
    assert [(m.occasion, m.text) for m in world.moments] == [(Occasion.START, "startup"), (Occasion.PROMPT, "Do it.")]


def test_a_run_at_which_nobody_attends_has_no_moments() -> None:
    world = hooked(says("put a"))
    assert outcome(world) is Ending.DONE
    assert not {"Hooked", "Attended"} & set(kinds(world))


@pytest.mark.parametrize(
    ("moment", "said"), [("PROMPT", "deny"), ("PROMPT", "raise"), ("START", "deny"), ("START", "raise")]
)
def test_a_hook_that_refuses_the_beginning_ends_the_run_and_is_asked_again(moment: str, said: str) -> None:
    world = hooked(**{moment: said})
    world.patience = 2
    for _ in range(2):
        assert outcome(world) is Ending.INTERRUPTED
        assert not {"Saved", "Replied"} & set(kinds(world))
    assert outcome(world) is Ending.DONE


def test_a_hook_that_wants_the_run_to_end_is_obeyed_whenever_it_says_so() -> None:
    for occasion in Occasion:
        world = simple(says("put a", hook="ask"), approver="allow", moments={occasion: "halt"})
        if occasion is Occasion.BEFORE:
            world.plan.replies[0].calls[0].hook = "halt"
        if occasion is Occasion.DENIED:
            world.plan = Plan(replies=[says("put a")], mode=Mode.AUTO, classifier="deny", moments={occasion: "halt"})
        world.patience = 1
        first = live(world)
        assert first is not None
        assert first.outcome is not None
        if occasion is Occasion.END:
            assert first.outcome.ending is Ending.DONE
            continue
        assert (first.outcome.ending, "enough" in first.outcome.why) == (Ending.INTERRUPTED, True), occasion
        assert outcome(world) is Ending.DONE, occasion
        hooks_had_their_say(world.entries(), (occasion,))


def test_a_call_on_which_a_hook_ended_the_run_is_asked_about_again() -> None:
    world = simple(says("put a", hook="halt"))
    world.patience = 2
    assert outcome(world) is Ending.INTERRUPTED
    assert world.performed == []
    assert outcome(world) is Ending.INTERRUPTED
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put a"]


def test_what_a_hook_makes_of_a_call_is_judged_performed_and_told() -> None:
    world = simple(says("put a", hook="rewrite"), policy=Policy(rules=(a_rule(Verdict.DENY, specifier="put a"),)))
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put b"]
    assert 'put other arguments in the place of yours: {"command":"put b"}' in results(world)[0]
    assert [moment.input_json for moment in world.moments] == ['{"command":"put a"}']


def test_what_a_hook_makes_of_a_call_can_be_denied() -> None:
    world = simple(says("put a", hook="rewrite"), policy=Policy(rules=(a_rule(Verdict.DENY, specifier="put b"),)))
    assert outcome(world) is Ending.DONE
    assert world.performed == []


def test_a_hook_has_one_chance_to_answer_for_the_person() -> None:
    for said, performed in (
        ("allow", ["put a"]),
        ("deny", []),
        ("raise", []),
        ("rewrite", ["put b"]),
        ("silent", []),
    ):
        world = simple(says("put a"), mode=Mode.DEFAULT, approver="deny", moments={Occasion.ASKED: said})
        doors = world.doors()
        drive([], doors, first=world.first())
        assert world.performed == performed, said
        assert isinstance(doors.approver, FakeApprover)
        assert len(doors.approver.asked) == (said == "silent")
        assert [moment.occasion for moment in world.moments].count(Occasion.ASKED) == 1


def test_a_hook_cannot_answer_what_a_rule_says_a_person_is_asked() -> None:
    rule = Policy(rules=(a_rule(Verdict.ASK, specifier="put *"),))
    world = simple(says("put a"), policy=rule, approver="deny", moments={Occasion.ASKED: "allow"})
    assert outcome(world) is Ending.DONE
    assert world.performed == []
    assert decisions(world) == [(Verdict.ASK, Rung.ASK_RULE), (Verdict.DENY, Rung.APPROVER)]


def test_hooks_are_told_of_the_classifiers_denials_and_of_no_others() -> None:
    world = simple(
        says("put a", "rm -rf /workspace"), mode=Mode.AUTO, classifier="deny", moments={Occasion.DENIED: "silent"}
    )
    assert outcome(world) is Ending.DONE
    told_of = [(moment.call_id, moment.text) for moment in world.moments if moment.occasion is Occasion.DENIED]
    assert told_of == [("0-0", "the fake classifier says so")]


def test_what_a_hook_says_about_a_result_stands_inside_the_result() -> None:
    for said, expected in (
        ("context", "[the user's policy adds: look here]"),
        ("deny", "[the user's policy says about this call: the hook says so]"),
    ):
        world = hooked(says("cat a"), AFTER=said)
        assert outcome(world) is Ending.DONE
        assert results(world) == [f"[no output]\n\n{expected}"]


def test_a_hook_that_objects_keeps_the_model_going_until_it_agrees() -> None:
    world = hooked(STOP="deny")
    world.plan.replies = [concludes(), says("put a"), concludes(), concludes()]
    moments = world.plan.moments

    def agree_at_last(entry: Entry) -> None:
        if sum(moment.occasion is Occasion.STOP for moment in world.moments) == 2:
            moments[Occasion.STOP] = "silent"

    world.listeners.append(agree_at_last)
    assert outcome(world) is Ending.DONE
    stops = [(moment.text, moment.again) for moment in world.moments if moment.occasion is Occasion.STOP]
    assert stops == [("done", False), ("done", True), ("done", True)]
    last = world.shown[()][-1].turns[-1]
    assert last == UserTurn(text="You are not done yet, says the user's policy: the hook says so")
    assert world.performed == ["put a"]


def test_a_hook_that_never_agrees_is_no_endless_run() -> None:
    world = hooked(STOP="deny")
    run = live(world)
    assert run is not None
    assert run.outcome is not None
    assert (run.outcome.ending, run.turns) == (Ending.GAVE_UP, OBJECTIONS + 1)
    assert "a hook objected each time: the hook says so" in run.outcome.why


def test_a_hook_that_first_objects_between_two_checks_voids_the_result_so_far() -> None:
    world = simple(check_codes=[0, 0])
    world.fuse = 2 * kinds_until(world, "ExecEnded")
    assert live(world) is None
    world.fuse = None
    world.plan.moments = {Occasion.STOP: "deny"}
    world.plan.replies = [concludes(), says("put a"), concludes()]
    world.listeners.append(lambda _: world.plan.moments.update({Occasion.STOP: "silent"}) if world.moments else None)
    run = live(world)
    assert run is not None
    assert run.outcome is not None
    assert (run.outcome.ending, len(run.checked)) == (Ending.DONE, 2)
    assert world.performed == ["check 0", "put a", "check 0", "check 1"]
    assert run.final is not None
    assert world.store.contents(run.final) == {"a": b"2"}


def test_an_objection_that_a_kill_cut_short_is_none() -> None:
    world = hooked(STOP="deny")
    world.fuse = 2 * kinds_until(world, "Hooked")
    assert live(world) is None
    assert isinstance(world.entries()[-1].event, Hooked)
    world.fuse = None
    world.plan.moments = {Occasion.STOP: "silent"}
    assert outcome(world) is Ending.DONE
    assert kinds(world).count("Replied") == 1


def test_a_hook_that_breaks_when_the_model_is_done_ends_the_run_which_can_go_on() -> None:
    world = hooked(STOP="raise")
    world.patience = 1
    assert outcome(world) is Ending.INTERRUPTED
    assert outcome(world) is Ending.DONE
    assert kinds(world).count("Replied") == 1


def test_the_hooks_of_the_end_are_told_after_it_and_change_nothing() -> None:
    for said in ("context", "deny", "raise", "halt", "rewrite"):
        world = hooked(END=said)
        assert outcome(world) is Ending.DONE
        assert kinds(world)[-3:] == ["RunEnded", "Hooked", "Attended"]
        assert world.moments[-1].text == "done"
        assert last_step(fold_all(world.entries())) is None


def test_whoever_interrupts_the_last_hooks_does_not_wait_for_them() -> None:
    world = hooked(END="stop")
    assert outcome(world) is Ending.DONE
    assert kinds(world)[-1] == "RunEnded"
    assert last_step(fold_all(world.entries())) == Attend(occasion=Occasion.END)


def test_hooks_hear_of_an_interrupted_end_too() -> None:
    world = hooked(says("put a"), END="context")
    world.plan.commands = ["interrupted"]
    assert outcome(world) is Ending.INTERRUPTED
    assert (world.moments[-1].occasion, world.moments[-1].text) == (Occasion.END, "interrupted")


# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_person_can_change_the_call_they_allow() -> None:
    world = simple(says("put a"), mode=Mode.DEFAULT, approver="rewrite")
    assert outcome(world) is Ending.DONE
    assert world.performed == ["put b"]
    assert [e.event.input_json for e in world.entries() if isinstance(e.event, Decided)] == [
        None,
        '{"command":"put b"}',
    ]


def test_a_person_can_change_the_mode_with_a_yes() -> None:
    world = simple(says("put a"), mode=Mode.DEFAULT, approver="mode")
    run = live(world)
    assert run is not None
    assert (run.mode, world.performed) == (Mode.ACCEPT_EDITS, ["put a"])


def test_a_person_can_end_the_run_with_a_no() -> None:
    world = simple(says("put a"), mode=Mode.DEFAULT, approver="halt")
    world.patience = 1
    assert outcome(world) is Ending.INTERRUPTED
    assert outcome(world) is Ending.DONE
    assert world.performed == []


def test_an_answer_to_a_question_is_the_calls_result() -> None:
    world = simple(asks_for("AskUserQuestion", questions=QUESTIONS), approver="mode")
    assert outcome(world) is Ending.DONE
    assert results(world)[0].startswith("as you like")
    assert world.performed == []


def test_an_answer_that_a_kill_lost_is_asked_for_again() -> None:
    world = simple(asks_for("AskUserQuestion", questions=QUESTIONS), approver="mode")
    world.fuse = 2 * kinds_until(world, "Answered") + 1
    assert live(world) is None
    world.fuse = None
    assert outcome(world) is Ending.DONE
    assert decisions(world).count((Verdict.ALLOW, Rung.APPROVER)) == 2
    assert results(world)[0].startswith("as you like")


def test_an_approved_plan_ends_mode_plan() -> None:
    for approver, mode in (("allow", Mode.DEFAULT), ("mode", Mode.ACCEPT_EDITS)):
        world = simple(
            asks_for("ExitPlanMode", plan="Do it."),
            mode=Mode.PLAN,
            approver=approver,
            policy=Policy(modes_off=(Mode.AUTO,)),
        )
        run = live(world)
        assert run is not None
        assert run.mode is mode
        assert results(world)[0].startswith("The plan is approved. Carry it out.")
        assert f"the permission mode is {mode.value} from now on" in results(world)[0]


def test_a_plan_that_nobody_can_approve_leaves_the_run_in_mode_plan() -> None:
    world = simple(
        asks_for("ExitPlanMode", plan="Do it."),
        says("put a"),
        mode=Mode.PLAN,
        approver="deny",
        policy=Policy(modes_off=(Mode.AUTO,)),
    )
    run = live(world)
    assert run is not None
    assert run.outcome is not None
    assert (run.outcome.ending, run.mode, world.performed) == (Ending.DONE, Mode.PLAN, [])


def test_there_is_nothing_to_approve_outside_mode_plan() -> None:
    world = simple(asks_for("ExitPlanMode", plan="Do it."), approver="allow")
    assert outcome(world) is Ending.DONE
    assert "not in mode plan" in results(world)[0]


# --- subagents --------------------------------------------------------------------------------------------------------


def test_a_subagent_has_a_conversation_of_its_own_and_its_last_words_come_back() -> None:
    world = simple(delegates(), says("put a"), concludes("I wrote a."), concludes())
    assert outcome(world) is Ending.DONE
    assert [e for e in kinds(world) if e in {"Replied", "Delegated", "ExecEnded", "Returned"}] == (
        ["Replied", "Delegated", "Replied", "ExecEnded", "Replied", "Returned", "Replied"]
    )
    (inner,) = [shown for conversation, shown in world.shown.items() if conversation]
    assert inner[0].turns == (UserTurn(text="Do a part."),)
    assert "You are a subagent" in inner[0].system
    assert [transcript.elsewhere for transcript in inner] == [1, 1]
    outer = world.shown[()][-1]
    assert (outer.elsewhere, results(world)) == (2, ["I wrote a."])


def test_a_subagent_works_in_the_same_box_under_the_same_limits() -> None:
    world = simple(delegates(), says("put a"), says("put b"), limits=Limits(turns=2))
    run = live(world)
    assert run is not None
    assert run.outcome is not None
    assert (run.outcome.ending, run.turns, len(run.suspended)) == (Ending.LIMIT, 2, 1)
    assert kinds(world).count("BoxStarted") == 1
    entries = world.entries()
    raised = drive(entries, world.doors(), first=resumed(world, limits=Limits()))
    assert raised.outcome is not None
    assert raised.outcome.ending is Ending.DONE
    assert world.performed == ["put a", "put b"]


@pytest.mark.parametrize(
    ("parent", "wish", "given"),
    [
        (Mode.DEFAULT, None, Mode.DEFAULT),
        (Mode.DEFAULT, Mode.PLAN, Mode.PLAN),
        (Mode.DEFAULT, Mode.DONT_ASK, Mode.DONT_ASK),
        (Mode.DEFAULT, Mode.BYPASS, Mode.DEFAULT),
        (Mode.DONT_ASK, Mode.DEFAULT, Mode.DONT_ASK),
        (Mode.DONT_ASK, Mode.PLAN, Mode.PLAN),
        (Mode.PLAN, Mode.BYPASS, Mode.PLAN),
        (Mode.BYPASS, Mode.PLAN, Mode.BYPASS),
        (Mode.AUTO, Mode.PLAN, Mode.AUTO),
        (Mode.ACCEPT_EDITS, Mode.DONT_ASK, Mode.ACCEPT_EDITS),
    ],
)
def test_a_subagent_gets_its_parents_mode_or_a_stricter_one(parent: Mode, wish: Mode | None, given: Mode) -> None:
    world = simple(
        delegates(wish),
        concludes("did it"),
        mode=parent,
        policy=Policy(modes_off=(Mode.AUTO,)) if parent is Mode.PLAN else Policy(),
    )
    run = live(world)
    assert run is not None
    (begun,) = [e.event for e in world.entries() if isinstance(e.event, Delegated)]
    assert (begun.mode, run.mode, run.suspended) == (given, parent, ())
    assert ("asked for the subagent" in results(world)[0]) == (wish not in {None, given})


@pytest.mark.parametrize(("mode", "inner"), [(Mode.ACCEPT_EDITS, Mode.ACCEPT_EDITS), (Mode.DONT_ASK, Mode.PLAN)])
def test_another_mode_is_the_whole_runs_and_subagents_get_what_becomes_of_it(mode: Mode, inner: Mode) -> None:
    replies = (delegates(Mode.PLAN), says("put a"), concludes("no"), says("put b"))
    world = simple(*replies, mode=Mode.DEFAULT, approver="allow", upon={"Delegated": to(mode)})
    world.plan.policy = Policy(modes_off=(Mode.AUTO,))
    assert outcome(world) is Ending.DONE
    modes_of = [(run.session_mode, run.mode) for run, _ in told(world.entries()) if run.suspended]
    assert modes_of[0] == (Mode.DEFAULT, Mode.PLAN)
    assert modes_of[-1] == (mode, inner)


def test_what_a_subagent_says_at_its_end_is_no_result_of_the_run() -> None:
    replies = (delegates(), says("put a"), concludes("inner"), says("put b"), concludes())
    world = simple(*replies, commands=["alive"])
    third = [place for place, kind in enumerate(kinds_of(world)) if kind == "Replied"][2]
    world.fuse = 2 * third
    assert live(world) is None
    world.fuse = None
    run = live(world)
    assert run is not None
    assert run.final is not None
    assert {"a", "b"} <= set(world.store.contents(run.final))


def test_subagents_are_nested_so_deep_and_no_deeper() -> None:
    world = simple(*[delegates()] * (DEPTH + 1))
    assert outcome(world) is Ending.DONE
    assert kinds(world).count("Delegated") == DEPTH
    (rejected,) = [e.event for e in world.entries() if isinstance(e.event, Rejected)]
    assert "nested 3 deep" in rejected.why


def test_a_subagent_cannot_ask_the_user_nor_hand_over_a_plan() -> None:
    world = simple(
        delegates(),
        asks_for("AskUserQuestion", questions=QUESTIONS),
        asks_for("ExitPlanMode", plan="x"),
        concludes("no"),
    )
    assert outcome(world) is Ending.DONE
    assert kinds(world).count("Rejected") == 2


@pytest.mark.parametrize("how", ["silence", "refusal"])
def test_a_subagent_that_comes_to_nothing_is_a_failed_call(how: str) -> None:
    nothing = PlannedReply(calls=[], stop=StopReason.END_TURN if how == "silence" else StopReason.REFUSAL, text="")
    world = simple(delegates(), *[nothing] * (5 if how == "silence" else 1), concludes())
    assert outcome(world) is Ending.DONE
    (returned,) = [e.event for e in world.entries() if isinstance(e.event, Returned)]
    assert returned.is_error
    assert returned.text.startswith("The subagent came to no result")


def test_a_denied_subagent_never_begins() -> None:
    world = simple(delegates(hook="deny"))
    assert outcome(world) is Ending.DONE
    assert "Delegated" not in kinds(world)


def test_the_hook_of_the_stop_is_for_the_runs_own_end() -> None:
    world = hooked(delegates(), concludes("inner"), concludes("outer"), STOP="silent")
    assert outcome(world) is Ending.DONE
    assert [moment.text for moment in world.moments if moment.occasion is Occasion.STOP] == ["outer"]


def test_a_subagent_that_returns_without_having_begun_is_no_history() -> None:
    world = simple()
    entry = an_entry(1, Returned(call_id="x", text="", is_error=False))
    with pytest.raises(JournalError):
        fold(fold(None, an_entry(0, world.first())), entry)
