"""A recorded model answers as recorded, resumes anywhere, and notices when it is used for another run."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.replay_model import PREFIX, RecordingModel, ReplayModel, replies_before
from runner.errors import ModelError, UsageError
from runner.ports import Model, ModelTurn, ToolResult, Transcript, UserTurn
from runner.testing.model import BEGINNING, THOUGHT, FakeModel, ModelContract, answer, bash, reply
from runner.types import Block, Reply, StopReason, Text, ToolCall, Usage, Verbatim


def quiet(_: str) -> None:
    """Nobody looks."""


def write(path: Path, *lines: object) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


HEADER = {"replay": 1, "model": "claude-opus-5-5"}
LOOK = {"blocks": [{"type": "tool_use", "tool": "bash", "input": {"command": "ls"}}]}
DONE = {"blocks": [{"type": "text", "text": "Done."}]}


def record(path: Path, script: Sequence[Reply]) -> Path:
    """Return the recording of a run in which the model said all this."""
    transcript = BEGINNING
    model = RecordingModel(FakeModel(script), path)
    for _ in script:
        said = model.reply(transcript)
        transcript = answer(transcript, said)
    return path


class TestReplayModel(ModelContract):
    @pytest.fixture
    def scripted(self, tmp_path: Path) -> Callable[[Sequence[Reply]], Model]:
        def make(script: Sequence[Reply]) -> Model:
            if not script:
                return ReplayModel(write(tmp_path / "model.jsonl", HEADER), quiet)
            return ReplayModel(record(tmp_path / "model.jsonl", script), quiet)

        return make


class TestRecordingModel(ModelContract):
    @pytest.fixture
    def scripted(self, tmp_path: Path) -> Callable[[Sequence[Reply]], Model]:
        return lambda script: RecordingModel(FakeModel(script), tmp_path / "model.jsonl")


# --- written by hand --------------------------------------------------------------------------------------------------


def test_a_recording_written_by_hand_needs_only_what_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", "# a demonstration", "", HEADER, LOOK, "  ", DONE)
    model = ReplayModel(path, quiet)
    first = model.reply(BEGINNING)
    assert first.calls == (ToolCall(id="call_1_1", tool="bash", input_json='{"command": "ls"}'),)
    assert first.stop is StopReason.TOOL_USE
    assert first.model == PREFIX + "claude-opus-5-5"
    second = model.reply(answer(BEGINNING, first))
    assert (second.text, second.stop) == ("Done.", StopReason.END_TURN)


def test_windows_line_ends_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(line).encode() for line in (HEADER, DONE)))
    assert ReplayModel(path, quiet).reply(BEGINNING).text == "Done."


def test_a_replay_spends_nothing_but_shows_the_recorded_tokens(tmp_path: Path) -> None:
    usage = {"input_tokens": 3, "output_tokens": 5, "cache_read_tokens": 7, "cache_write_tokens": 11, "spend_musd": 99}
    path = write(tmp_path / "m.jsonl", HEADER, DONE | {"usage": usage})
    got = ReplayModel(path, quiet).reply(BEGINNING).usage
    assert (got.tokens, got.spend_musd) == (26, 0)


@pytest.mark.parametrize(
    ("lines", "place", "says"),
    [
        ([], "line 1", "header"),
        (["{}"], "line 1", "header"),
        (["not json"], "line 1", "header"),
        ([{"replay": 2, "model": "m"}], "line 1", "version 2"),
        ([HEADER, "", "not json"], "line 3", "not a reply"),
        ([HEADER, {"blocks": [], "expects": "x"}], "line 2", "expects"),
        ([HEADER, {"blocks": [{"type": "image"}]}], "line 2", "image"),
        ([HEADER, {"blocks": [], "stop": "tired"}], "line 2", "tired"),
        ([HEADER, {"blocks": [{"type": "tool_use", "tool": "bash"}]}], "line 2", "input"),
        ([HEADER, {"blocks": [{"type": "tool_use", "tool": "bash", "input": "ls"}]}], "line 2", "JSON object"),
        ([HEADER, {"blocks": [{"type": "tool_use", "tool": "bash", "input": None}]}], "line 2", "JSON object"),
        ([HEADER, LOOK, {"blocks": [LOOK["blocks"][0] | {"id": "call_1_1"}]}], "line 3", "twice"),
        ([HEADER, {"blocks": [LOOK["blocks"][0] | {"id": "a"}] * 2}], "line 2", "twice"),
        ([HEADER, '{"blocks": ' + "[" * 100_000], "line 2", "not a reply"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, lines: list[object], place: str, says: str) -> None:
    path = write(tmp_path / "m.jsonl", *lines)
    with pytest.raises(UsageError) as caught:
        ReplayModel(path, quiet)
    assert f"{path}, {place}: " in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.hint


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(json.dumps(HEADER).encode() + b'\n{"blocks": [{"type": "text", "text": "\xff"}]}\n')
    with pytest.raises(UsageError, match="line 2"):
        ReplayModel(path, quiet)


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            ReplayModel(path, quiet)


# --- the n-th reply ---------------------------------------------------------------------------------------------------


def test_the_reply_follows_from_the_transcript_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", HEADER, LOOK, DONE)
    first = ReplayModel(path, quiet).reply(BEGINNING)
    assert ReplayModel(path, quiet).reply(BEGINNING) == first
    assert ReplayModel(path, quiet).reply(answer(BEGINNING, first)).text == "Done."


def test_replies_of_subagents_are_replies_of_the_run(tmp_path: Path) -> None:
    lines = [{"blocks": [{"type": "text", "text": text}]} for text in ("outer", "inner", "inner again", "outer again")]
    model = ReplayModel(write(tmp_path / "m.jsonl", HEADER, *lines), quiet)
    outer = answer(BEGINNING, model.reply(BEGINNING))
    inside = Transcript(system="You are a subagent.", turns=BEGINNING.turns, elsewhere=1)
    first = model.reply(inside)
    assert first.text == "inner"
    further = msgspec.structs.replace(answer(inside, first), elsewhere=1)
    assert model.reply(further).text == "inner again"
    assert model.reply(msgspec.structs.replace(outer, elsewhere=2)).text == "outer again"


@given(st.lists(st.sampled_from(["words", "call", "nothing", "pause"]), max_size=8))
def test_every_reply_is_counted_once_also_empty_and_paused_ones(kinds: list[str]) -> None:
    transcript = BEGINNING
    for order, kind in enumerate(kinds):
        assert replies_before(transcript) == order
        match kind:
            case "words":
                transcript = answer(transcript, reply(Text(text="So.")))
            case "call":
                transcript = answer(transcript, reply(bash("ls", call_id=str(order))))
            case "nothing":
                # After a pause the conversation goes on in the model's turn; an empty reply then ends it with words.
                transcript = answer(transcript, reply())
            case _:
                said = ModelTurn(blocks=(Text(text="Wait."),))
                transcript = Transcript(system=transcript.system, turns=(*transcript.turns, said))
        if kind == "nothing" and order and kinds[order - 1] == "pause":
            return
    assert replies_before(transcript) == len(kinds)


def test_a_used_up_recording_says_so(tmp_path: Path) -> None:
    model = ReplayModel(write(tmp_path / "m.jsonl", HEADER, LOOK), quiet)
    with pytest.raises(ModelError, match=r"m\.jsonl holds 1 replies") as caught:
        model.reply(answer(BEGINNING, model.reply(BEGINNING)))
    assert "Add a reply" in caught.value.hint


def test_expect_is_looked_for_in_what_the_model_was_last_told(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", HEADER, LOOK | {"expect": "work"}, DONE | {"expect": "README"})
    model = ReplayModel(path, quiet)
    first = model.reply(BEGINNING)
    assert model.reply(answer(BEGINNING, first, "README.md")).text == "Done."
    with pytest.raises(ModelError, match=r"diverged at reply 2.*'README'"):
        model.reply(answer(BEGINNING, first, "nothing here"))


def test_it_says_how_far_it_is(tmp_path: Path) -> None:
    lines: list[str] = []
    ReplayModel(write(tmp_path / "m.jsonl", HEADER, LOOK, DONE), lines.append).reply(BEGINNING)
    assert lines == ["replaying reply 1 of 2"]


# --- recording --------------------------------------------------------------------------------------------------------

texts = st.text(max_size=20)
objects = st.dictionaries(texts, st.none() | st.booleans() | texts | st.lists(st.integers(-5, 5)), max_size=3)
blocks = st.one_of(
    st.builds(lambda text: Text(text=text), texts),
    st.builds(lambda value, text: Verbatim(block_json=json.dumps(value | {"type": "x"}), text=text), objects, texts),
    st.builds(lambda tool, value: (tool, json.dumps(value)), texts, objects),
    st.builds(lambda tool, text: (tool, text), texts, texts),
)


@given(
    st.lists(st.tuples(st.lists(blocks, max_size=4), st.sampled_from(StopReason)), min_size=1, max_size=4),
    st.integers(0, 10**6),
)
def test_what_was_recorded_is_replayed(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[list[object], StopReason]], tokens: int
) -> None:
    script = [
        Reply(
            blocks=tuple(named(block, f"id_{order}_{place}") for place, block in enumerate(parts)),
            stop=stop,
            model="m",
            usage=Usage(input_tokens=tokens, spend_musd=tokens),
            took_ms=7,
        )
        for order, (parts, stop) in enumerate(said)
    ]
    path = tmp_path_factory.mktemp("recording") / "m.jsonl"
    record(path, script)
    replay, transcript = ReplayModel(path, quiet), BEGINNING
    for original in script:
        got = replay.reply(transcript)
        assert got.blocks == original.blocks
        assert got.stop is original.stop
        assert got.usage.tokens == tokens
        transcript = answer(transcript, got)


def named(block: object, call_id: str) -> Block:
    if isinstance(block, tuple):
        tool, input_json = block
        return ToolCall(id=call_id, tool=tool, input_json=input_json)
    assert isinstance(block, Text | Verbatim)
    return block


def test_a_recorded_input_can_be_read_and_edited(tmp_path: Path) -> None:
    said = reply(ToolCall(id="a", tool="bash", input_json='{\n "command": "ls"}'))
    path = record(tmp_path / "m.jsonl", [said])
    assert json.loads(path.read_text().splitlines()[1])["blocks"] == [
        {"type": "tool_use", "tool": "bash", "id": "a", "input": {"command": "ls"}}
    ]


def test_recording_goes_on_after_a_resume(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    script = [reply(bash("ls", call_id="a")), reply(Text(text="Done."))]
    later = answer(BEGINNING, RecordingModel(FakeModel(script[:1]), path).reply(BEGINNING))
    RecordingModel(FakeModel(script[1:]), path).reply(later)
    assert ReplayModel(path, quiet).reply(later).text == "Done."
    assert len(path.read_text().splitlines()) == 3


def test_a_reply_the_run_never_heard_of_is_recorded_anew(tmp_path: Path) -> None:
    """The process was killed after recording the reply and before noting it in the journal."""
    path = record(tmp_path / "m.jsonl", [reply(bash("ls", call_id="a")), reply(Text(text="lost"))])
    later = answer(BEGINNING, reply(bash("ls", call_id="a")))
    RecordingModel(FakeModel([reply(Text(text="kept"))]), path).reply(later)
    assert ReplayModel(path, quiet).reply(later).text == "kept"
    assert "lost" not in path.read_text()


@given(st.integers(1, 1000))
def test_a_line_torn_by_a_crash_is_replaced(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = record(
        tmp_path_factory.mktemp("torn") / "m.jsonl",
        [reply(bash("ls", call_id="a")), reply(THOUGHT, Text(text="x" * 50))],
    )
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    path.write_bytes(whole[: last + cut % (len(whole) - last)])
    later = answer(BEGINNING, reply(bash("ls", call_id="a")))
    RecordingModel(FakeModel([reply(Text(text="kept"))]), path).reply(later)
    assert ReplayModel(path, quiet).reply(later).text == "kept"


def test_another_runs_recording_is_left_alone(tmp_path: Path) -> None:
    path = record(tmp_path / "m.jsonl", [reply(Text(text="precious"))])
    before = path.read_bytes()
    inner = FakeModel([reply(Text(text="new"))])
    with pytest.raises(ModelError, match="not this run's recording"):
        RecordingModel(inner, path).reply(BEGINNING)
    assert path.read_bytes() == before
    assert inner.transcripts == []


def test_a_file_that_is_no_recording_is_left_alone(tmp_path: Path) -> None:
    for content in ("my notes", "my notes\nmore", '{"replay": 1}'):
        path = tmp_path / "notes.txt"
        path.write_text(content)
        with pytest.raises(UsageError):
            RecordingModel(FakeModel([]), path)
        assert path.read_text() == content


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_paid_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be recorded to"):
        RecordingModel(FakeModel([]), tmp_path / "none" / "m.jsonl")


def test_a_reply_that_cannot_be_recorded_is_still_counted(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    model = RecordingModel(FakeModel([reply(Text(text="So."), usage=Usage(input_tokens=9, spend_musd=9))]), path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ModelError, match="cannot be recorded") as caught:
        model.reply(BEGINNING)
    assert caught.value.usage.spend_musd == 9


def test_a_failed_reply_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    model = RecordingModel(FakeModel([ModelError("down"), reply(Text(text="Done."))]), path)
    with pytest.raises(ModelError, match="down"):
        model.reply(BEGINNING)
    model.reply(BEGINNING)
    assert ReplayModel(path, quiet).reply(BEGINNING).text == "Done."


def test_a_replay_of_a_recorded_replay_keeps_one_name(tmp_path: Path) -> None:
    first = record(tmp_path / "1.jsonl", [reply(Text(text="Done."))])
    second = RecordingModel(ReplayModel(first, quiet), tmp_path / "2.jsonl").reply(BEGINNING)
    assert second.model == PREFIX + "claude-opus-5-5"
    again = ReplayModel(tmp_path / "2.jsonl", quiet).reply(BEGINNING)
    assert msgspec.structs.replace(again, took_ms=0) == msgspec.structs.replace(second, took_ms=0)


def test_a_replay_needs_no_vendor_package() -> None:
    code = (
        "import sys, runner.adapters.replay_model, runner.adapters.anthropic_model.prices, "
        "runner.adapters.anthropic_model.credentials; "
        "sys.exit(any(name.split('.')[0] in {'anthropic', 'httpx2'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_last_results_count_as_told(tmp_path: Path) -> None:
    model = ReplayModel(write(tmp_path / "m.jsonl", HEADER, DONE | {"expect": "two"}), quiet)
    results = tuple(ToolResult(call_id=name, text=name, is_error=False) for name in ("one", "two"))
    assert model.reply(Transcript(system="", turns=(UserTurn(results=results),))).text == "Done."
