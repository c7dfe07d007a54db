"""Turn by turn and call by call: all that concerns a call stands under it."""

import datetime as dt
from pathlib import Path

import pytest

from runner.adapters.jsonl_journal import read_journal
from runner.events import (
    SCHEMA,
    BoxStarted,
    Decided,
    Entry,
    Event,
    ExecEnded,
    ExecStarted,
    Replied,
    RolledBack,
    RunStarted,
    Saved,
)
from runner.tools import TOOLS
from runner.types import (
    Action,
    Box,
    Change,
    Effects,
    End,
    Exec,
    Execution,
    Paths,
    Purpose,
    Reply,
    Rung,
    Snapshot,
    StopReason,
    Text,
    ToolCall,
    Usage,
    Verdict,
)
from runner.views.timeline import timeline

GOLDEN = Path(__file__).parent / "golden" / "journal-v1.jsonl"


def begun() -> RunStarted:
    event = read_journal(GOLDEN)[0].event
    assert isinstance(event, RunStarted)
    return event


def told(*events: Event) -> list[str]:
    """The lines after those about the task."""
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    entries = [
        Entry(v=SCHEMA, seq=seq, at=at + dt.timedelta(seconds=seq), event=event)
        for seq, event in enumerate((begun(), *events))
    ]
    return timeline(entries).splitlines()[4:]


def said(*calls: str, text: str = "") -> Replied:
    blocks = tuple(ToolCall(id=call, tool="bash", input_json='{"command":"x"}') for call in calls)
    words = (Text(text=text),) if text else ()
    usage = Usage(input_tokens=10)
    reply = Reply(blocks=words + blocks, stop=StopReason.TOOL_USE, model="m", usage=usage, took_ms=5)
    return Replied(reply=reply)


def shell(call_id: str) -> Action:
    return Action(call_id=call_id, tool="bash", operation=Exec(command=f"make {call_id}"), effects=Effects())


def allowed(call_id: str) -> Decided:
    decision = shell(call_id).decide(Verdict.ALLOW, rung=Rung.MODE, why="It only reads.")
    return Decided(call_id=call_id, action=shell(call_id), decision=decision)


def started(call_id: str) -> ExecStarted:
    return ExecStarted(action=shell(call_id), snapshot_id="s" * 32)


def finished(call_id: str, end: End = End.EXITED) -> ExecEnded:
    return ExecEnded(call_id=call_id, execution=Execution(end=end, exit_code=0, output="", took_ms=7))


def saved(name: str) -> Saved:
    change = Change(added=Paths(count=1, listed=("new",)), changed=Paths(), deleted=Paths(), size_bytes=2)
    return Saved(snapshot=Snapshot(id=name * 16, entries=1, size_bytes=2), change=change, took_ms=1)


BOX = BoxStarted(box=Box(id="b" * 16, image_id="i" * 16, engine="docker", purpose=Purpose.WORK))


def test_calls_that_were_judged_together_are_told_apart() -> None:
    lines = told(
        said("1", "2", text="Building."),
        allowed("1"),
        allowed("2"),
        started("1"),
        finished("1"),
        saved("aa"),
        started("2"),
        finished("2"),
        saved("bb"),
    )
    assert lines == [
        "",
        "turn 1 at 0:01: 10 tokens, $0.00, 5 ms",
        "  Building.",
        "  $ make 1",
        "      allowed by the mode: It only reads.",
        "      ok, 7 ms",
        "      snapshot aaaaaaaaaaaa: +1 ~0 -0, 2 B: new",
        "  $ make 2",
        "      allowed by the mode: It only reads.",
        "      ok, 7 ms",
        "      snapshot bbbbbbbbbbbb: +1 ~0 -0, 2 B: new",
        "",
        "no end: the run is still going, or was killed",
    ]


def test_what_concerns_no_call_stands_behind_the_call_it_came_after() -> None:
    lines = told(
        said("1", "2"),
        allowed("1"),
        allowed("2"),
        started("1"),
        finished("1", End.LOST),
        RolledBack(call_id="1", snapshot_id="s" * 32),
        BOX,
        started("2"),
        finished("2"),
    )
    titles = [line.strip() for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert titles == ["$ make 1", "box bbbbbbbbbbbb of image iiiiiiiiiiii, docker", "$ make 2"]


def test_the_same_call_id_in_two_turns_is_two_calls() -> None:
    lines = told(said("1"), allowed("1"), started("1"), finished("1"), said("1"), allowed("1"))
    assert [line for line in lines if line.startswith(("turn", "  $"))] == [
        "turn 1 at 0:01: 10 tokens, $0.00, 5 ms",
        "  $ make 1",
        "turn 2 at 0:05: 10 tokens, $0.00, 5 ms",
        "  $ make 1",
    ]
    assert lines[-3:] == [
        "      allowed by the mode: It only reads.",
        "",
        "no end: the run is still going, or was killed",
    ]


def test_a_call_in_flight_says_that_its_end_was_not_seen() -> None:
    assert "      started; its end was not seen" in told(said("1"), allowed("1"), started("1"))
    assert "      started; its end was not seen" not in told(said("1"), allowed("1"), started("1"), finished("1"))


TOOLS_AS_MADE = tuple(f"{tool.name} {{" for tool in TOOLS)


@pytest.mark.parametrize("count", range(2, 110))
def test_a_longer_journal_tells_what_the_shorter_one_told(count: int) -> None:
    entries = read_journal(GOLDEN)
    unsure = {"no end: the run is still going, or was killed", "started; its end was not seen"}

    def known(text: str) -> set[str]:
        # a call is first shown as the model made it, and by its meaning once that is known
        return {line.strip() for line in text.splitlines()} - unsure - {""}

    lost = known(timeline(entries[:count])) - known(timeline(entries))
    assert all(line.startswith(TOOLS_AS_MADE) for line in lost)


def test_an_event_about_a_call_nobody_made_is_told_too() -> None:
    assert "  call ghost" in told(said("1"), finished("ghost"))
