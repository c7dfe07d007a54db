"""A wish for another mode, from any thread, and what a run is judged by."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from typing_extensions import override

from runner.adapters.jsonl_journal import read_journal
from runner.adapters.mode_switch import CYCLE, ModeSwitch
from runner.events import SCHEMA, Entry, Event, ModeChanged, RulesAdded, RunStarted
from runner.policy.rules import parse
from runner.ports import Sink
from runner.run import fold_all
from runner.testing.sinks import SinkContract
from runner.types import Layer, Limits, Mode, Network, Policy, Source, Task, Verdict

GOLDEN = Path(__file__).parent / "golden" / "journal-v1.jsonl"

TASK = Task(
    prompt="p",
    workspace="/w",
    image="base",
    mode=Mode.DEFAULT,
    model="m",
    network=Network(),
    limits=Limits(),
    checks=(),
    env=(),
    artifacts=(),
)


class TestModeSwitch(SinkContract):
    @override
    @pytest.fixture
    def sink(self) -> Sink:
        return ModeSwitch()


def entry(seq: int, event: Event) -> Entry:
    return Entry(v=SCHEMA, seq=seq, at=dt.datetime.now(tz=dt.UTC), event=event)


def begun(mode: Mode, policy: Policy | None = None, *events: Event) -> ModeSwitch:
    task = msgspec.structs.replace(TASK, mode=mode)
    started = RunStarted(run_id="r", task=task, runner_version="0", policy=policy or Policy())
    switch = ModeSwitch()
    for seq, event in enumerate((started, *events)):
        switch.append(entry(seq, event))
    return switch


def wished(switch: ModeSwitch) -> list[Mode]:
    return [event.mode for event in switch.take() if isinstance(event, ModeChanged)]


def test_a_wish_is_taken_once_and_says_who_wished() -> None:
    switch = begun(Mode.DEFAULT)
    switch.wish(Mode.PLAN, by="somebody")
    assert switch.take() == (ModeChanged(mode=Mode.PLAN, by="somebody"),)
    assert switch.take() == ()


def test_a_later_wish_replaces_an_earlier_one() -> None:
    switch = begun(Mode.DEFAULT)
    switch.wish(Mode.PLAN, by="one")
    switch.wish(Mode.DONT_ASK, by="another")
    assert wished(switch) == [Mode.DONT_ASK]


def test_stepping_goes_round_and_bypass_is_not_on_the_way() -> None:
    switch = begun(Mode.DEFAULT)
    assert [switch.step("a key") for _ in range(5)] == [*CYCLE[1:], CYCLE[0], CYCLE[1]]


def test_a_run_that_began_in_bypass_can_step_back_to_it() -> None:
    switch = begun(Mode.BYPASS)
    assert [switch.step("a key") for _ in range(5)] == [*CYCLE, Mode.BYPASS]


def test_modes_that_are_switched_off_are_stepped_over() -> None:
    switch = begun(Mode.DEFAULT, Policy(modes_off=(Mode.AUTO, Mode.ACCEPT_EDITS)))
    assert [switch.step("a key") for _ in range(3)] == [Mode.PLAN, Mode.DEFAULT, Mode.PLAN]
    only = begun(Mode.DEFAULT, Policy(modes_off=tuple(Mode)))
    assert only.step("a key") is Mode.DEFAULT


def test_before_the_run_has_begun_there_is_nothing_to_step_from() -> None:
    switch = ModeSwitch()
    assert switch.step("a key") is None
    with pytest.raises(LookupError):
        switch.run()


def test_stepping_starts_from_the_mode_the_run_is_in_by_now() -> None:
    switch = begun(Mode.DEFAULT, None, ModeChanged(mode=Mode.PLAN, by="somebody"))
    assert switch.step("a key") is Mode.AUTO


def test_rules_that_were_added_count() -> None:
    rule = parse("Bash(make)", Verdict.ALLOW, Source(layer=Layer.SESSION))
    switch = begun(Mode.DEFAULT, None, RulesAdded(rules=(rule,)))
    assert switch.run().policy.rules == (rule,)


def test_it_knows_what_the_run_knows_also_of_one_that_is_resumed() -> None:
    entries = read_journal(GOLDEN)
    half = len(entries) // 2
    switch = ModeSwitch(entries[:half])
    for one in entries[half:]:
        switch.append(one)
    assert switch.run() == fold_all(entries)
