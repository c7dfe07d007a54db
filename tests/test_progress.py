"""What somebody who looks on is told while it happens. The whole of it is in `golden/lines.txt`."""

from pathlib import Path

import pytest

from runner.adapters.jsonl_journal import read_journal
from runner.events import Decided, Entry, Event, ExecEnded, Parked, Replied
from runner.testing.deciders import an_action
from runner.testing.sinks import an_entry
from runner.types import End, Execution, Reply, Rung, StopReason, Text, ToolCall, Usage, Verdict
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


def test_words_are_shown_in_part_and_say_so() -> None:
    words = [text for tone, text in told(said("a\n\nb\nc\nd\ne"))[1] if tone is Tone.WORDS]
    assert words == ["a", "b", "c", "[+2 lines]"]


@pytest.mark.parametrize("stop", [StopReason.MAX_TOKENS, StopReason.REFUSAL, StopReason.CONTEXT_EXCEEDED])
def test_an_answer_that_was_cut_short_says_so(stop: StopReason) -> None:
    assert told(said("a", stop=stop))[1][-1][0] is Tone.WARN
    assert told(said("a", stop=StopReason.END_TURN))[1][-1][0] is Tone.WORDS


def test_there_is_always_something_being_done_until_the_end(entries: list[Entry]) -> None:
    progress = Progress()
    for entry in entries[:-1]:
        progress, _ = advance(progress, entry, width=80)
        assert bool(progress.doing) == (type(entry.event).__name__ != "RunEnded")
    assert advance(progress, entries[-1], width=80)[0].doing == ""


@pytest.mark.parametrize("width", [60, 100, 160])
def test_what_can_be_long_fits_and_only_reasons_do_not(entries: list[Entry], width: int) -> None:
    progress = Progress()
    for entry in entries:
        progress, lines = advance(progress, entry, width=width)
        for line in lines:
            if line.tone in {Tone.CALL, Tone.WORDS, Tone.TITLE}:
                assert len(line.text) + 2 * line.depth <= width
