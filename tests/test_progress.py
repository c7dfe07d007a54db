"""What somebody who looks on is told while it happens. The whole of it is in `golden/lines.txt`."""

from pathlib import Path

import pytest

from runner.adapters.jsonl_journal import read_journal
from runner.events import (
    Decided,
    Delegated,
    Entry,
    Event,
    ExecEnded,
    Hooked,
    ModeChanged,
    ModeRefused,
    Parked,
    Replied,
    Resumed,
    Returned,
    RunEnded,
)
from runner.testing.deciders import an_action
from runner.testing.sinks import an_entry
from runner.types import (
    Delegate,
    End,
    Execution,
    Mode,
    Occasion,
    Reply,
    Rung,
    StopReason,
    Text,
    ToolCall,
    Usage,
    Verdict,
)
from runner.views.progress import Progress, Tone, advance

GOLDEN = Path(__file__).parent / "golden" / "journal-v1.jsonl"


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return read_journal(GOLDEN)


def told(*events: Event) -> tuple[Progress, list[tuple[Tone, str]]]:
    progress, lines = Progress(), []
    for seq, event in enumerate(events):
        progress, new = advance(progress, an_entry(seq, event), width=100)
        lines += [(line.tone, line.text) for line in new]
    return progress, lines


def decided(verdict: Verdict, rung: Rung, why: str, instead: str = "") -> Decided:
    action = an_action()
    return Decided(
        call_id=action.call_id, action=action, decision=action.decide(verdict, rung=rung, why=why, instead=instead)
    )


CALL = ToolCall(id="call-1", tool="bash", input_json='{"command": "make"}')


def said(text: str = "", *calls: ToolCall, stop: StopReason = StopReason.TOOL_USE) -> Replied:
    words = (Text(text=text),) if text else ()
    return Replied(reply=Reply(blocks=words + calls, stop=stop, model="m", usage=Usage(), took_ms=1))


def test_a_question_is_not_told_but_its_answer_is() -> None:
    asked = decided(Verdict.ASK, Rung.MODE, "Mode default asks.")
    no = decided(Verdict.DENY, Rung.APPROVER, "Nobody is there to ask.", "Leave it out.")
    progress, lines = told(said("", CALL), asked)
    assert progress.doing == "asking"
    assert len(lines) == 1
    assert told(said("", CALL), asked, no)[1][1:] == [
        (Tone.CALL, "$ make"),
        (Tone.BAD, "denied by the approver: Nobody is there to ask."),
        (Tone.NOTE, "instead: Leave it out."),
    ]
    assert told(said("", CALL), asked, Parked(call_id="call-1"))[1][1:] == [
        (Tone.CALL, "$ make"),
        (Tone.WARN, "waits for a person's answer: Mode default asks."),
    ]


def test_a_result_names_whoever_decided_last() -> None:
    ended = ExecEnded(call_id="call-1", execution=Execution(end=End.EXITED, exit_code=0, output="", took_ms=5))
    classify = decided(Verdict.CLASSIFY, Rung.MODE, "Mode auto.")
    allow = decided(Verdict.ALLOW, Rung.CLASSIFIER, "It builds.")
    assert told(said("", CALL), classify)[0].doing == "asking the classifier"
    assert told(said("", CALL), classify, allow, ended)[1][1:] == [(Tone.GOOD, "ok, 5 ms, allowed by the classifier")]


AGENT = ToolCall(id="call-2", tool="Agent", input_json="{}")


def test_what_a_subagent_does_is_told_one_step_further_in_until_it_returns() -> None:
    operation = Delegate(description="look around", prompt="Look.")
    begins = Delegated(call_id="call-2", operation=operation, mode=Mode.PLAN)
    returns = Returned(call_id="call-2", text="Nothing there.", is_error=False)
    ended = ExecEnded(call_id="call-1", execution=Execution(end=End.EXITED, exit_code=0, output="", took_ms=5))
    inner = said("I look.", CALL)
    progress, depths = Progress(), []
    history: list[Event] = [said("", CALL, AGENT), begins, inner, ended, returns, ended]
    for seq, event in enumerate(history):
        progress, lines = advance(progress, an_entry(seq, event), width=100)
        depths.append([line.depth for line in lines])
    assert depths == [[0], [1, 2], [1, 2], [3], [2], [2]]
    assert progress.calls == (CALL, AGENT)
    assert progress.suspended == ()


def test_the_runs_mode_is_known_and_a_refused_one_changes_nothing() -> None:
    progress, lines = told(ModeChanged(mode=Mode.PLAN, by="Shift+Tab"), ModeRefused(mode=Mode.BYPASS, by="a person"))
    assert progress.mode is Mode.PLAN
    assert [text for _, text in lines] == [
        "mode plan from now on, by Shift+Tab",
        "mode bypassPermissions is switched off by the settings, so nothing changed (a person)",
    ]


def a_hook(occasion: Occasion, **fields: object) -> Hooked:
    nothing: dict[str, object] = {"hook": "h", "verdict": None, "why": "", "context": "", "stop": None}
    nothing |= {"rewrote": False, "failed": False, "took_ms": 1, "call_id": "call-1"}
    return Hooked(occasion=occasion, **nothing | fields)  # type: ignore[arg-type] # each test names its fields


def test_a_hook_is_told_when_it_did_more_than_judge_a_call() -> None:
    assert len(told(said("", CALL), a_hook(Occasion.BEFORE, verdict=Verdict.DENY, why="no"))[1]) == 1
    assert told(said("", CALL), a_hook(Occasion.BEFORE, rewrote=True))[1][1:] == [
        (Tone.CALL, 'bash {"command": "make"}'),
        (Tone.WARN, "hook h at PreToolUse changes the call"),
    ]
    assert told(a_hook(Occasion.AFTER, verdict=Verdict.DENY, why="untidy"))[1] == [
        (Tone.WARN, "hook h at PostToolUse objects: untidy")
    ]
    assert told(a_hook(Occasion.STOP, verdict=Verdict.DENY, why="exit 3", failed=True, call_id=None))[1] == [
        (Tone.BAD, "hook h at Stop failed: exit 3")
    ]
    assert told(a_hook(Occasion.AFTER, stop="enough", context="x"))[1] == [
        (Tone.NOTE, "hook h at PostToolUse tells the model: x"),
        (Tone.BAD, "hook h at PostToolUse ends the run: enough"),
    ]


def test_words_are_shown_in_part_and_say_so() -> None:
    words = [text for tone, text in told(said("a\n\nb\nc\nd\ne"))[1] if tone is Tone.WORDS]
    assert words == ["a", "b", "c", "[+2 lines]"]


@pytest.mark.parametrize("stop", [StopReason.MAX_TOKENS, StopReason.REFUSAL, StopReason.CONTEXT_EXCEEDED])
def test_an_answer_that_was_cut_short_says_so(stop: StopReason) -> None:
    assert told(said("a", stop=stop))[1][-1][0] is Tone.WARN
    assert told(said("a", stop=StopReason.END_TURN))[1][-1][0] is Tone.WORDS


def test_there_is_always_something_being_done_until_the_end(entries: list[Entry]) -> None:
    progress, over = Progress(), False
    for entry in entries:
        progress, _ = advance(progress, entry, width=80)
        over = isinstance(entry.event, RunEnded) or (over and not isinstance(entry.event, Resumed))
        assert bool(progress.doing) is not over
    assert over


@pytest.mark.parametrize("width", [60, 100, 160])
def test_what_can_be_long_fits_and_only_reasons_do_not(entries: list[Entry], width: int) -> None:
    progress = Progress()
    for entry in entries:
        progress, lines = advance(progress, entry, width=width)
        for line in lines:
            if line.tone in {Tone.CALL, Tone.WORDS, Tone.TITLE}:
                assert len(line.text) + 2 * line.depth <= width
