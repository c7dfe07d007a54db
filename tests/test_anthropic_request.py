"""What a transcript becomes: valid whatever was said, and stable while it grows."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.anthropic_model.jsontext import MAX_DEPTH, compact, input_object, input_text, read_object, whole
from runner.adapters.anthropic_model.request import request_body
from runner.ports import ModelTurn, ToolResult, Transcript, UserTurn
from runner.testing.messages_server import PlayedCache, prompt_blocks, wrong_with
from runner.testing.model import THOUGHT, answer, bash, reply
from runner.tools import TOOLS
from runner.types import Block, Reply, Text, ToolCall, Verbatim

any_text = st.text(st.characters(exclude_categories=()), max_size=12)
"""Text of any code points, lone surrogates too."""


def body(transcript: Transcript) -> dict[str, Any]:
    return request_body(transcript, model="claude-opus-5-5", max_tokens=100, tools=TOOLS)


said_blocks = st.lists(
    st.one_of(
        any_text.map(lambda text: Text(text=text)),
        st.just(THOUGHT),
        st.just(Verbatim(block_json='{"type":"new","x":"\\ud800","n":1e3}', text="")),
        any_text.map(lambda text: ("call", text)),
        any_text.map(lambda text: ("call", json.dumps({"command": text}))),
    ),
    max_size=30,
)


@st.composite
def replies(draw: st.DrawFn) -> list[Reply]:
    """A run's replies, each call with an id of its own."""
    said = draw(st.lists(said_blocks, max_size=5))
    return [
        reply(*(_block(block, f"c{order}_{place}") for place, block in enumerate(blocks)))
        for order, blocks in enumerate(said)
    ]


def _block(block: object, call_id: str) -> Block:
    if isinstance(block, tuple):
        return ToolCall(id=call_id, tool="bash", input_json=block[1])
    assert isinstance(block, Text | Verbatim)
    return block


def growing(said: list[Reply], told: str, beginning: str = "Make it work.") -> list[Transcript]:
    transcripts = [Transcript(system="You work alone.", turns=(UserTurn(text=beginning),))]
    for one in said:
        transcripts.append(answer(transcripts[-1], one, told))
    return transcripts


@given(replies(), any_text)
def test_whatever_is_said_the_request_is_one_the_service_takes(said: list[Reply], told: str) -> None:
    for transcript in growing(said, told):
        sent = body(transcript)
        assert wrong_with(sent) is None
        json.dumps(sent, ensure_ascii=False, allow_nan=False).encode()


@given(replies(), any_text)
def test_a_longer_transcript_begins_with_the_same_blocks(said: list[Reply], told: str) -> None:
    before: list[dict[str, Any]] = []
    for transcript in growing(said, told):
        blocks = [{k: v for k, v in block.items() if k != "cache_control"} for block in prompt_blocks(body(transcript))]
        assert json.dumps(blocks[: len(before)]) == json.dumps(before)
        before = blocks


@given(replies())
def test_what_one_request_wrote_into_the_cache_the_next_one_reads(said: list[Reply]) -> None:
    cache, written = PlayedCache(), 0
    for transcript in growing(said, "ok"):
        usage = cache.usage(body(transcript))
        assert usage["cache_read_input_tokens"] == written
        written += usage["cache_creation_input_tokens"]


def test_marks_stand_after_the_system_prompt_and_the_last_two_user_turns() -> None:
    said = [reply(bash("ls", call_id=str(n)), bash("pwd", call_id=f"{n}b")) for n in range(4)]
    sent = body(growing(said, "ok")[-1])
    assert [("cache_control" in block) for block in sent["system"]] == [True]
    marked = [[("cache_control" in block) for block in message["content"]] for message in sent["messages"]]
    assert marked[-3:] == [[False, True], [False, False], [False, True]]
    assert sum(map(sum, marked)) == 2


def test_without_a_system_prompt_the_tools_are_marked() -> None:
    sent = body(Transcript(system=" ", turns=(UserTurn(text="Hi."),)))
    assert "system" not in sent
    assert [("cache_control" in tool) for tool in sent["tools"]] == [*[False] * (len(TOOLS) - 1), True]


def test_ordinary_tools_are_described_and_the_services_own_are_named() -> None:
    sent = body(Transcript(system="", turns=(UserTurn(text="Hi."),)))
    assert sent["tools"][0] == {"type": "bash_20250124", "name": "bash"}
    described = [tool for tool in sent["tools"] if "input_schema" in tool]
    assert [tool["name"] for tool in described] == ["AskUserQuestion", "ExitPlanMode", "Agent"]
    assert all(tool["description"] and tool["input_schema"]["type"] == "object" for tool in described)


def test_results_come_first_and_blank_ones_say_so() -> None:
    results = (ToolResult(call_id="a", text="", is_error=True), ToolResult(call_id="b", text="x", is_error=False))
    turns = (
        UserTurn(text="Hi."),
        ModelTurn(blocks=(bash("ls", call_id="a"), bash("ls", call_id="b"))),
        UserTurn(results=results),
    )
    sent = body(Transcript(system="", turns=turns))
    assert sent["messages"][-1]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "(no output)", "is_error": True},
        {"type": "tool_result", "tool_use_id": "b", "content": "x", "cache_control": {"type": "ephemeral"}},
    ]


# --- text and JSON ----------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=10,
)


@given(any_text)
def test_text_that_can_be_written_stays_as_it_is(text: str) -> None:
    fixed = whole(text)
    fixed.encode()
    assert whole(fixed) == fixed
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert fixed == text


def test_halves_of_a_character_find_together() -> None:
    assert whole("\ud83d" + "\ude00") == "\N{GRINNING FACE}"
    assert whole("a\ud83db\ude00") == "a\ufffdb\ufffd"


@given(st.dictionaries(any_text, json_values, max_size=3), st.booleans())
def test_a_readable_input_keeps_its_meaning(value: dict[str, Any], ascii_only: bool) -> None:
    text = input_text(json.dumps(value, ensure_ascii=ascii_only))
    assert text.encode()
    assert input_object(text) == json.loads(text)
    if compact(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":")):
        assert json.loads(text) == value


@given(any_text)
def test_any_input_becomes_one_object_and_stays_that(text: str) -> None:
    once = input_text(text)
    assert isinstance(json.loads(once), dict)
    assert input_text(once) == once


def test_depth_is_bounded() -> None:
    deep = '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH
    assert read_object(deep) is None
    assert read_object(deep[5:-1]) is not None
