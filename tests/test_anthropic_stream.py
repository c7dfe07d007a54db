"""Putting a message together from events, in whatever state they come."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.anthropic_model.stream import MAX_BLOCKS, Assembly, Malformed, NewerKind
from runner.testing.messages_server import answered, streamed
from runner.testing.model import THOUGHT, bash, reply
from runner.types import StopReason, Text, ToolCall, Verbatim

Event = tuple[str, Any]


def events(chunks: tuple[bytes, ...]) -> list[Event]:
    found = []
    for chunk in chunks:
        name, data = chunk.decode().strip().split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


SAID = reply(THOUGHT, Text(text="I look around."), bash("ls -la", call_id="a"), bash("pwd", call_id="b"))
EVENTS = events(answered(SAID).chunks)

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["text", "tool_use", "thinking"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["index", "delta", "type", "content_block", "message", "usage", "text", "input", "stop_reason"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def assembled(stream: list[Event]) -> Assembly:
    assembly = Assembly("m")
    for name, data in stream:
        assembly.feed(name, data)
    return assembly


@given(st.lists(st.integers(0, len(EVENTS) - 1), max_size=40), st.integers(0, len(EVENTS)))
def test_events_in_any_order_give_whole_calls_or_an_error(order: list[int], keep: int) -> None:
    try:
        assembly = assembled([*EVENTS[:keep], *(EVENTS[place] for place in order)])
        blocks = assembly.blocks(frozenset())
    except Malformed:
        return
    for block in blocks:
        if isinstance(block, ToolCall):
            assert isinstance(json.loads(block.input_json), dict)


@given(st.lists(st.tuples(st.sampled_from([name for name, _ in EVENTS]), junk), max_size=12))
def test_junk_is_refused_in_our_own_words(stream: list[Event]) -> None:
    with contextlib.suppress(Malformed, NewerKind):
        assembled([*EVENTS[:1], *stream]).blocks(frozenset())


@given(st.integers(0, len(EVENTS)))
def test_a_message_is_complete_only_with_its_stop_reason(keep: int) -> None:
    assembly = assembled(EVENTS[:keep])
    assert (assembly.stop is not None) == (keep >= len(EVENTS) - 1)
    assert assembly.over == (keep == len(EVENTS))


@given(st.lists(st.text(max_size=30), max_size=5))
def test_text_is_put_together_from_its_pieces(texts: list[str]) -> None:
    said = streamed(*({"type": "text", "text": text} for text in texts), stop="end_turn")
    assert assembled(events(said.chunks)).blocks(frozenset()) == tuple(Text(text=text) for text in texts)


@pytest.mark.parametrize("stop", ["refusal", "model_context_window_exceeded"])
def test_of_a_withdrawn_message_no_call_is_kept(stop: str) -> None:
    said = events(answered(SAID, stop=stop).chunks)
    assert [type(block) for block in assembled(said).blocks(frozenset())] == [Verbatim, Text]


def test_a_cut_message_loses_its_last_call_only() -> None:
    assembly = assembled(events(answered(SAID, stop=StopReason.MAX_TOKENS.value).chunks))
    assert assembly.tail_is_incomplete
    assert [block.id for block in assembly.blocks(frozenset()) if isinstance(block, ToolCall)] == ["a"]


def test_citations_keep_a_text_verbatim() -> None:
    stream = [
        *EVENTS[:1],
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "So."}}),
        ("content_block_delta", {"index": 0, "delta": {"type": "citations_delta", "citation": {"n": 1}}}),
        ("content_block_stop", {"index": 0}),
    ]
    (block,) = assembled(stream).blocks(frozenset())
    assert isinstance(block, Verbatim)
    assert json.loads(block.block_json) == {"type": "text", "text": "So.", "citations": [{"n": 1}]}
    assert block.text == "So."


def test_a_call_on_the_services_side_keeps_its_input_as_an_object() -> None:
    stream = [
        *EVENTS[:1],
        ("content_block_start", {"index": 0, "content_block": {"type": "server_tool_use", "id": "s", "input": {}}}),
        ("content_block_delta", {"index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"q":'}}),
        ("content_block_delta", {"index": 0, "delta": {"type": "input_json_delta", "partial_json": "1}"}}),
        ("content_block_stop", {"index": 0}),
    ]
    (block,) = assembled(stream).blocks(frozenset())
    assert isinstance(block, Verbatim)
    assert json.loads(block.block_json) == {"type": "server_tool_use", "id": "s", "input": {"q": 1}}


def test_one_block_too_many_is_refused() -> None:
    stream = [
        (f"content_block_{what}", {"index": index, "content_block": {"type": "text", "text": ""}})
        for index in range(MAX_BLOCKS + 1)
        for what in ("start", "stop")
    ]
    assert len(assembled([*EVENTS[:1], *stream[:-2]]).blocks(frozenset())) == MAX_BLOCKS
    with pytest.raises(Malformed, match="1000 blocks"):
        assembled([*EVENTS[:1], *stream])


def test_output_is_estimated_until_it_is_told() -> None:
    assert assembled(EVENTS[:1]).output_tokens == 1
    growing = [assembled(EVENTS[:keep]).output_tokens for keep in range(1, len(EVENTS) - 2)]
    assert growing == sorted(growing)
    assert growing[-1] > 10
    told = events(answered(SAID, usage={"input_tokens": 5, "output_tokens": 3}).chunks)
    assert assembled(told).output_tokens == 3
