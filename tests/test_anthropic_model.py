"""The real client in front of a scripted service: what goes over the wire, and what becomes of every way to fail."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from runner.adapters.anthropic_model.credentials import Credentials
from runner.adapters.anthropic_model.model import ATTEMPT_S, AnthropicModel
from runner.errors import Interrupted, ModelError, Terminated, UsageError
from runner.ports import Model, ModelTurn, Transcript, UserTurn
from runner.testing.messages_server import (
    KEY,
    MessagesServer,
    Response,
    Script,
    answered,
    broken_after,
    event,
    failing_after,
    refused,
    streamed,
)
from runner.testing.model import BEGINNING, THOUGHT, ModelContract, answer, bash, reply
from runner.tools import TOOLS
from runner.types import Reply, StopReason, Text, ToolCall, Usage, Verbatim

ROOT = Path(__file__).parent.parent
DONE = answered(reply(Text(text="Done.")))


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now_s: float = 1000.0
    slept_s: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


@dataclass
class Stage:
    """A model in front of a scripted service, and everything that can be seen of both."""

    model: AnthropicModel
    server: MessagesServer
    clock: Clock
    lines: list[str]

    def fails(self, transcript: Transcript = BEGINNING) -> ModelError:
        with pytest.raises(ModelError) as caught:
            self.model.reply(transcript)
        assert self.server.refusals == []
        assert str(caught.value)
        assert caught.value.hint
        shown = "".join(traceback.format_exception(caught.value))
        assert KEY not in f"{shown} {caught.value!r} {caught.value.hint} {self.lines}"
        return caught.value


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    with ExitStack() as stack:

        def build(script: Script, **settings: Any) -> Stage:
            server = stack.enter_context(MessagesServer(script))
            clock = Clock()
            lines: list[str] = []
            arguments: dict[str, Any] = {
                "model": "claude-opus-5-5",
                "credentials": Credentials(api_key=KEY, base_url=server.base_url),
                "tools": TOOLS,
                "watch": lines.append,
                "clock": clock,
                "sleep": clock.sleep,
                "chance": lambda: 0.0,
            }
            model = AnthropicModel(**(arguments | settings))
            stack.callback(model.close)
            return Stage(model=model, server=server, clock=clock, lines=lines)

        yield build


class TestAnthropicModel(ModelContract):
    @pytest.fixture
    def scripted(self, stage: Callable[..., Stage]) -> Callable[[Sequence[Reply]], Model]:
        return lambda script: stage([answered(said) for said in script]).model


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_the_request_is_streamed_and_plain(stage: Callable[..., Stage]) -> None:
    on = stage([DONE])
    on.model.reply(BEGINNING)
    body = on.server.requests[0].body
    assert body["stream"] is True
    assert body["model"] == "claude-opus-5-5"
    assert body["max_tokens"] == 32_000
    assert body["tools"][:2] == [
        {"type": "bash_20250124", "name": "bash"},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    ]
    assert [tool["name"] for tool in body["tools"][2:]] == ["AskUserQuestion", "ExitPlanMode", "Agent"]
    assert set(body) == {"stream", "model", "max_tokens", "tools", "system", "messages"}


def test_a_token_is_sent_as_a_token(stage: Callable[..., Stage]) -> None:
    with MessagesServer([DONE]) as server:
        credentials = Credentials(auth_token="token-1", base_url=server.base_url)
        stage([], credentials=credentials).model.reply(BEGINNING)
        assert server.requests[0].headers["authorization"] == "Bearer token-1"


PROCESS = """
import os, warnings
warnings.simplefilter("error")
from runner.adapters.anthropic_model.credentials import resolve_credentials
from runner.adapters.anthropic_model.model import AnthropicModel
from runner.testing.model import BEGINNING
model = AnthropicModel(
    model="claude-opus-5-5", credentials=resolve_credentials(os.environ), tools=(), watch=lambda line: None
)
print(model.reply(BEGINNING).text)
"""


def test_a_process_finds_its_key_and_address_in_the_environment() -> None:
    with MessagesServer([DONE]) as server:
        environ = os.environ | server.environ() | {"ANTHROPIC_AUTH_TOKEN": "other", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", PROCESS]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=100)
        assert (done.stdout, done.stderr, done.returncode) == ("Done.\n", "", 0)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def conversation(replies: Sequence[Reply]) -> list[Transcript]:
    """Return the growing transcripts of a run with these replies."""
    transcripts = [BEGINNING]
    for said in replies:
        transcripts.append(answer(transcripts[-1], said))
    return transcripts


def without_marks(raw: bytes) -> tuple[bytes, bytes]:
    """Return the messages and the rest of a request's body, byte for byte, without the cache marks."""
    bare = raw.replace(b',"cache_control":{"type":"ephemeral"}', b"")
    messages, found, rest = bare.partition(b']}],"model":')
    assert found
    return messages, rest


def test_what_was_sent_once_is_sent_in_the_same_bytes_ever_after(stage: Callable[..., Stage]) -> None:
    said = [
        reply(THOUGHT, Text(text="Größe: 😀 \u2028 \x00"), bash('echo "a\\nb"', call_id="a"), bash("ls", call_id="b")),
        reply(Text(text="  "), ToolCall(id="c", tool="bash", input_json='{ "b": 1.50, "a": [1e3, "\\ud800"] }')),
        reply(),
        reply(Verbatim(block_json='{"z":1,"type":"new_kind","a":null}', text=""), Text(text="Wait.")),
        reply(Text(text="Done.")),
    ]
    transcripts = conversation(said)
    on = stage([DONE] * len(transcripts))
    for transcript in transcripts:
        on.model.reply(transcript)
    assert on.server.refusals == []
    sent = [without_marks(request.raw) for request in on.server.requests]
    for (messages, rest), (later_messages, later_rest) in itertools.pairwise(sent):
        assert later_messages.startswith(messages)
        assert len(later_messages) > len(messages)
        assert later_rest == rest


def test_every_later_request_reads_all_that_the_one_before_wrote(stage: Callable[..., Stage]) -> None:
    many = [bash(f"echo {n}", call_id=f"m{n}") for n in range(45)]
    said = [reply(bash("ls", call_id="a")), reply(*many), reply(), reply(Text(text="So.")), reply(*many[:1])]
    said[-1] = reply(bash("pwd", call_id="z"))
    transcripts = conversation(said)
    on = stage([DONE] * len(transcripts))
    for transcript in transcripts:
        on.model.reply(transcript)
    usages = [request.usage for request in on.server.requests]
    written = 0
    for usage in usages:
        assert usage["cache_read_input_tokens"] == written
        assert usage["input_tokens"] == 0
        written += usage["cache_creation_input_tokens"]


def test_a_paused_turn_goes_back_unchanged(stage: Callable[..., Stage]) -> None:
    on = stage([answered(reply(THOUGHT, Text(text="Wait."), stop=StopReason.PAUSE_TURN)), DONE])
    paused = on.model.reply(BEGINNING)
    turns = (*BEGINNING.turns, ModelTurn(blocks=paused.blocks))
    on.model.reply(Transcript(system=BEGINNING.system, turns=turns))
    first, second = (request.body["messages"] for request in on.server.requests)
    assert second[:-1] == first
    assert second[-1] == {
        "role": "assistant",
        "content": [json.loads(THOUGHT.block_json), {"type": "text", "text": "Wait."}],
    }


# --- what comes back --------------------------------------------------------------------------------------------------


def test_usage_is_counted_and_priced(stage: Callable[..., Stage]) -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 1000,
        "cache_read_input_tokens": 10_000,
        "cache_creation_input_tokens": 200,
    }
    got = stage([answered(reply(Text(text="Done.")), usage=usage)]).model.reply(BEGINNING).usage
    assert got == Usage(
        input_tokens=100, output_tokens=1000, cache_read_tokens=10_000, cache_write_tokens=200, spend_musd=23_400
    )


def test_an_unknown_model_costs_the_dearest_price_and_that_is_said(stage: Callable[..., Stage]) -> None:
    said = streamed(
        {"type": "text", "text": "Hi."},
        stop="end_turn",
        model="brand-new",
        usage={"input_tokens": 7, "output_tokens": 3},
    )
    on = stage([said], model="brand-new")
    assert "dearest known price" in on.lines[0]
    assert on.model.reply(BEGINNING).usage.spend_musd == 7 * 10 + 3 * 50


def test_ids_a_gateway_uses_twice_become_unique(stage: Callable[..., Stage]) -> None:
    on = stage([answered(reply(bash("ls", call_id="call_0"), bash("pwd", call_id="../x")))] * 2)
    first = on.model.reply(BEGINNING)
    second = on.model.reply(answer(BEGINNING, first))
    ids = [call.id for call in (*first.calls, *second.calls)]
    assert len(set(ids)) == 4
    assert all(call_id.replace("_", "").isalnum() for call_id in ids)


@pytest.mark.parametrize(
    "text",
    ['{"command": "ls', "[1]", '"ls"', '{"a": NaN}', '{"a": 1e999}', "[" * 5000, '{"a":' * 500 + "1" + "}" * 500],
)
def test_an_unreadable_input_becomes_an_object_the_model_can_be_told_about(
    stage: Callable[..., Stage], text: str
) -> None:
    on = stage([streamed({"type": "tool_use", "id": "a", "name": "bash", "input": text}, stop="tool_use"), DONE])
    said = on.model.reply(BEGINNING)
    assert json.loads(said.calls[0].input_json) == {"INVALID_JSON": text}
    on.model.reply(answer(BEGINNING, said))
    assert on.server.refusals == []


def test_lone_surrogates_never_leave_the_adapter(stage: Callable[..., Stage]) -> None:
    blocks = (
        {"type": "text", "text": "a\ud800b"},
        {"type": "thinking", "thinking": "\udfff", "signature": "c2ln"},
        {"type": "tool_use", "id": "a", "name": "bash", "input": '{"command":"x\\ud800y \\ud83d\\ude00"}'},
    )
    on = stage([streamed(*blocks, stop="tool_use"), DONE])
    said = on.model.reply(BEGINNING)
    assert said.text == "a\ufffdb"
    assert json.loads(said.calls[0].input_json) == {"command": "x\ufffdy \N{GRINNING FACE}"}
    on.model.reply(answer(BEGINNING, said, "result \udc80"))
    assert on.server.refusals == []


def test_the_answering_model_is_named(stage: Callable[..., Stage]) -> None:
    said = streamed({"type": "text", "text": "Hi."}, stop="end_turn", model="claude-opus-5-5-20260922")
    assert stage([said]).model.reply(BEGINNING).model == "claude-opus-5-5-20260922"


def test_an_unknown_stop_reason_is_an_error_that_names_it(stage: Callable[..., Stage]) -> None:
    failure = stage([streamed({"type": "text", "text": "So."}, stop="tired")]).fails()
    assert "tired" in str(failure)
    assert failure.usage.tokens


def test_a_refusal_keeps_its_explanation_and_no_call(stage: Callable[..., Stage]) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    said = answered(reply(bash("ls", call_id="a"), bash("pwd", call_id="b")), stop="refusal", details=details)
    got = stage([said]).model.reply(BEGINNING)
    assert (got.stop, got.calls, got.text) == (StopReason.REFUSAL, (), "Not this.")


def test_the_models_own_words_come_before_the_explanation(stage: Callable[..., Stage]) -> None:
    details = {"type": "refusal", "category": None, "explanation": None}
    said = answered(reply(Text(text="No.")), stop="refusal", details=details)
    assert stage([said]).model.reply(BEGINNING).text == "No."


# --- cut off at the output limit --------------------------------------------------------------------------------------

CUT_CALL = {"type": "tool_use", "id": "b", "name": "bash", "input": '{"command": "cat > f <<E'}


def test_a_call_cut_off_is_asked_for_again_with_twice_the_room(stage: Callable[..., Stage]) -> None:
    usage = {"input_tokens": 10, "output_tokens": 100}
    on = stage(
        [streamed(CUT_CALL, stop="max_tokens", usage=usage), answered(reply(bash("ls", call_id="a")), usage=usage)]
    )
    got = on.model.reply(BEGINNING)
    assert [request.body["max_tokens"] for request in on.server.requests] == [32_000, 64_000]
    assert got.calls == (bash("ls", call_id="a"),)
    assert (got.usage.input_tokens, got.usage.output_tokens) == (20, 200)


def test_a_call_cut_off_twice_is_dropped_and_the_rest_kept(stage: Callable[..., Stage]) -> None:
    whole = {"type": "tool_use", "id": "a", "name": "bash", "input": '{"command": "ls"}'}
    on = stage([streamed({"type": "text", "text": "So."}, whole, CUT_CALL, stop="max_tokens")] * 2)
    got = on.model.reply(BEGINNING)
    assert got.stop is StopReason.MAX_TOKENS
    assert got.blocks == (Text(text="So."), ToolCall(id="a", tool="bash", input_json='{"command": "ls"}'))


def test_a_thought_without_its_signature_is_not_kept(stage: Callable[..., Stage]) -> None:
    said = streamed({"type": "thinking", "thinking": "Hm, ", "signature": ""}, stop="max_tokens")
    assert stage([said] * 2).model.reply(BEGINNING).blocks == ()


def test_words_cut_off_are_kept_and_not_asked_for_again(stage: Callable[..., Stage]) -> None:
    on = stage([streamed({"type": "text", "text": "On and o"}, stop="max_tokens")])
    got = on.model.reply(BEGINNING)
    assert (got.stop, got.text) == (StopReason.MAX_TOKENS, "On and o")


def test_the_room_never_exceeds_the_models_maximum(stage: Callable[..., Stage]) -> None:
    on = stage([streamed(CUT_CALL, stop="max_tokens")] * 2, model="claude-haiku-4-5", max_tokens=50_000)
    on.model.reply(BEGINNING)
    assert [request.body["max_tokens"] for request in on.server.requests] == [50_000, 64_000]
    on = stage([streamed(CUT_CALL, stop="max_tokens")], model="claude-haiku-4-5", max_tokens=999_999)
    on.model.reply(BEGINNING)
    assert [request.body["max_tokens"] for request in on.server.requests] == [64_000]


def test_the_first_answers_cost_is_in_the_error_when_the_second_fails(stage: Callable[..., Stage]) -> None:
    usage = {"input_tokens": 10, "output_tokens": 100}
    on = stage([streamed(CUT_CALL, stop="max_tokens", usage=usage), refused(401, "authentication_error", "no")])
    assert on.fails().usage == Usage(input_tokens=10, output_tokens=100, spend_musd=2040)


# --- what passes by itself --------------------------------------------------------------------------------------------

LONG = answered(
    reply(Text(text="word " * 20), bash("echo " + "x" * 200, call_id="a")),
    usage={"input_tokens": 50, "output_tokens": 90},
)
PASSING = {
    "429": refused(429, "rate_limit_error", "slow down"),
    "408": refused(408, "invalid_request_error", "timeout"),
    "409": refused(409, "conflict_error", "conflict"),
    "500": refused(500, "api_error", "oops"),
    "502": Response(status=502, headers=(("content-type", "text/html"),), chunks=(b"<h1>Bad gateway</h1>",)),
    "503": Response(status=503, headers=(), chunks=()),
    "504": refused(504, "timeout_error", "timeout"),
    "529": refused(529, "overloaded_error", "Overloaded"),
    "400 told to retry": refused(400, "invalid_request_error", "again", headers={"x-should-retry": "true"}),
    "nothing at all": broken_after(0, LONG),
    "cut after the start": broken_after(1, LONG),
    "cut inside a block": broken_after(9, LONG),
    "cut inside a tool call": broken_after(40, LONG),
    "ended inside a block": broken_after(9, LONG, then="end"),
    "ended without length": replace(broken_after(9, LONG, then="end"), chunked=False),
    "cut inside an event": replace(LONG, chunks=(*LONG.chunks[:8], LONG.chunks[8][:20]), then="cut"),
    "overloaded in the stream": failing_after(9, LONG, "overloaded_error"),
    "server error in the stream": failing_after(0, LONG, "api_error"),
    "unknown error in the stream": failing_after(9, LONG, "brand_new_error"),
    "no JSON in an event": replace(LONG, chunks=(*LONG.chunks[:5], b"event: content_block_delta\ndata: {\n\n")),
    "no JSON in an error": replace(LONG, chunks=(*LONG.chunks[:5], b"event: error\ndata: {\n\n")),
    "no UTF-8": replace(LONG, chunks=(*LONG.chunks[:5], b"event: content_block_delta\ndata: \xff\n\n")),
    "a list for an event": replace(LONG, chunks=(*LONG.chunks[:5], b"event: content_block_delta\ndata: []\n\n")),
    "a delta out of nowhere": replace(LONG, chunks=(LONG.chunks[0], *LONG.chunks[3:])),
    "a block out of turn": replace(LONG, chunks=(LONG.chunks[0], *LONG.chunks[-6:])),
    "no beginning": replace(LONG, chunks=LONG.chunks[1:]),
    "two beginnings": replace(LONG, chunks=(LONG.chunks[0], *LONG.chunks)),
    "impossible counts": streamed(
        {"type": "text", "text": "a"}, stop="end_turn", usage={"input_tokens": -1, "output_tokens": 1}
    ),
    "endless nesting": replace(LONG, chunks=(LONG.chunks[0], b"event: ping2\ndata: " + b"[" * 100_000 + b"\n\n")),
    "no number": replace(
        LONG,
        chunks=(
            LONG.chunks[0],
            event("content_block_start", index=0, content_block={"type": "x", "n": 7}).replace(b"7", b"1e999"),
            *LONG.chunks[-2:],
        ),
    ),
    "wrong compression": replace(LONG, headers=(*LONG.headers, ("content-encoding", "gzip"))),
}


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_what_passes_by_itself_is_tried_again(stage: Callable[..., Stage], failure: Response) -> None:
    on = stage([failure, failure, answered(reply(Text(text="Done.")))])
    assert on.model.reply(BEGINNING).text == "Done."
    assert on.clock.slept_s == [1.0, 2.0]
    assert [request.raw for request in on.server.requests][1:] == [on.server.requests[0].raw] * 2


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_ends_when_patience_is_over(stage: Callable[..., Stage], failure: Response) -> None:
    on = stage(lambda _: failure, patience_s=20)
    error = on.fails()
    assert on.clock.slept_s == [1.0, 2.0, 4.0, 8.0]
    assert "in 5 attempts" in str(error)
    assert "127.0.0.1" in str(error)
    assert "resume" in error.hint


def test_the_prompt_of_a_broken_stream_is_paid_for(stage: Callable[..., Stage]) -> None:
    on = stage(
        [broken_after(9, LONG), answered(reply(Text(text="Done.")), usage={"input_tokens": 50, "output_tokens": 2})]
    )
    got = on.model.reply(BEGINNING).usage
    assert got.input_tokens == 100
    assert 2 + 1 < got.output_tokens < 2 + 90
    assert got.spend_musd == got.input_tokens * 4 + got.output_tokens * 20


def test_the_cost_of_failed_attempts_is_in_the_error(stage: Callable[..., Stage]) -> None:
    error = stage([broken_after(9, LONG)] * 2, patience_s=1.5).fails()
    assert error.usage.input_tokens == 100
    assert error.usage.spend_musd > 400


def test_a_complete_message_is_kept_whatever_breaks_after_it(stage: Callable[..., Stage]) -> None:
    for then in ("cut", "end"):
        on = stage([broken_after(len(LONG.chunks) - 1, LONG, then=then)])
        assert len(on.model.reply(BEGINNING).calls) == 1
        assert on.clock.slept_s == []


def test_what_is_unknown_is_passed_over(stage: Callable[..., Stage]) -> None:
    start, *rest = DONE.chunks
    said = replace(DONE, chunks=(start, b": a comment\n\n", event("brand_new_event", index=7), b"data: {}\n\n", *rest))
    assert stage([said]).model.reply(BEGINNING).text == "Done."


def test_a_delta_that_is_unknown_is_not_passed_over(stage: Callable[..., Stage]) -> None:
    delta = event("content_block_delta", index=0, delta={"type": "brand_new_delta", "x": 1})
    error = stage([replace(DONE, chunks=(*DONE.chunks[:3], delta, *DONE.chunks[3:]))]).fails()
    assert "brand_new_delta" in str(error)
    assert error.hint == "Update runner."


def test_nobody_listening_is_tried_again(stage: Callable[..., Stage]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    on = stage([], credentials=Credentials(api_key=KEY, base_url=f"http://127.0.0.1:{port}"), patience_s=10)
    error = on.fails()
    assert on.clock.slept_s == [1.0, 2.0, 4.0]
    assert f"127.0.0.1:{port}" in str(error)
    assert "no connection" in str(error)
    assert "ANTHROPIC_BASE_URL" in error.hint


# --- waiting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "8"}, 8.0),
        ({"retry-after": "0.5"}, 1.0),
        ({"retry-after-ms": "2500", "retry-after": "8"}, 2.5),
        ({"retry-after-ms": "soon", "retry-after": "8"}, 8.0),
        ({"retry-after": "-5"}, 1.0),
        ({"retry-after": "nan"}, 1.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 1.0),
        ({"retry-after": "whenever"}, 1.0),
    ],
)
def test_the_service_is_waited_for_as_long_as_it_asks(
    stage: Callable[..., Stage], headers: dict[str, str], wait_s: float
) -> None:
    on = stage([refused(529, "overloaded_error", "no", headers=headers), DONE])
    on.model.reply(BEGINNING)
    assert on.clock.slept_s == [wait_s]
    assert f"waiting {wait_s:.0f} s before retry 1: overloaded (529)" in on.lines


@pytest.mark.parametrize("asked", ["3600", "inf", "1e300"])
def test_a_wait_longer_than_patience_is_not_begun(stage: Callable[..., Stage], asked: str) -> None:
    on = stage(lambda _: refused(429, "rate_limit_error", "no", headers={"retry-after": asked}), patience_s=60)
    error = on.fails()
    assert sum(on.clock.slept_s) <= 60
    assert ("asks to wait" in str(error)) is (asked != "inf")


def test_waits_double_up_to_a_minute_and_chance_only_shortens_them(stage: Callable[..., Stage]) -> None:
    on = stage(lambda _: PASSING["529"], chance=lambda: 1.0)
    on.fails()
    assert on.clock.slept_s[:8] == [0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0]
    assert sum(on.clock.slept_s) <= 600


def test_no_patience_means_one_attempt(stage: Callable[..., Stage]) -> None:
    on = stage([PASSING["529"]], patience_s=0)
    assert "in 1 attempt:" in str(on.fails())


def test_patience_begins_anew_with_each_answer(stage: Callable[..., Stage]) -> None:
    down = [PASSING["529"]] * 4
    on = stage([*down, DONE, *down, DONE], patience_s=20)
    on.model.reply(BEGINNING)
    assert on.model.reply(BEGINNING).text == "Done."


# --- what only a person can change ------------------------------------------------------------------------------------

SPENT = "You have reached your spend limit"
FINAL = {
    "400": (refused(400, "invalid_request_error", "messages: wrong"), "messages: wrong", "report"),
    "window": (refused(400, "invalid_request_error", "prompt is too long: 9 > 8"), "too long", "window"),
    "credit": (refused(400, "invalid_request_error", "Your credit balance is too low"), "credit", "billing"),
    "401": (refused(401, "authentication_error", f"invalid key {KEY}"), "[key]", "key"),
    "402": (refused(402, "billing_error", "unpaid"), "unpaid", "billing"),
    "403": (refused(403, "permission_error", "not yours"), "not yours", "may use this model"),
    "404": (refused(404, "not_found_error", "model: claude-x"), "claude-x", "model's name"),
    "413": (refused(413, "request_too_large", "32 MB"), "32 MB", "32 MB"),
    "422": (refused(422, "invalid_request_error", "odd"), "odd", "ANTHROPIC_BASE_URL"),
    "spend limit by its words": (refused(429, "rate_limit_error", SPENT), SPENT, "spend limit"),
    "spend limit by its code": (
        refused(
            429,
            "rate_limit_error",
            "no",
            details={"error_code": "contract_spend_limit_reached"},
            headers={"retry-after": "5"},
        ),
        "a spend limit is reached (429",
        "raise it",
    ),
    "429 told not to retry": (
        refused(429, "rate_limit_error", "no", headers={"x-should-retry": "false"}),
        "429",
        "Check",
    ),
    "refused in the stream": (failing_after(5, LONG, "authentication_error", "key gone"), "key gone", "key"),
    "a web page": (
        Response(headers=(("content-type", "text/html"),), chunks=(b"<h1>Log in</h1>",)),
        "not the Messages API",
        "ANTHROPIC_BASE_URL",
    ),
    "an odd answer": (
        Response(headers=(("content-type", "application/json"),), chunks=(b"{}",)),
        "not the Messages API",
        "ANTHROPIC_BASE_URL",
    ),
    "a refusal without a body": (Response(status=403, headers=(), chunks=()), "403", "key"),
    "a refusal with an odd body": (Response(status=403, headers=(), chunks=(b'{"error": ["x"]}',)), "403", "key"),
    "an endless message": (refused(400, "invalid_request_error", "\x1b[31m" + "x" * 10_000), "xxx ...", "report"),
}


@pytest.mark.parametrize(("failure", "says", "hints"), FINAL.values(), ids=FINAL)
def test_what_only_a_person_can_change_is_not_tried_again(
    stage: Callable[..., Stage], failure: Response, says: str, hints: str
) -> None:
    on = stage([failure])
    error = on.fails()
    assert on.clock.slept_s == []
    assert says in str(error)
    assert hints in error.hint
    assert str(error).isprintable()
    assert len(str(error)) < 500


def test_a_redirect_to_nowhere_ends_in_an_error(stage: Callable[..., Stage]) -> None:
    with MessagesServer(lambda _: Response(status=307, headers=(("location", "/v1/messages"),))) as server:
        on = stage([], credentials=Credentials(api_key=KEY, base_url=server.base_url), patience_s=0)
        on.fails()


def test_a_service_that_speaks_no_tls_is_a_failed_connection(stage: Callable[..., Stage]) -> None:
    on = stage([])
    address = on.server.base_url.replace("http:", "https:")
    broken = stage([], credentials=Credentials(api_key=KEY, base_url=address), patience_s=1)
    assert "no connection" in str(broken.fails())


def test_a_model_must_be_named(stage: Callable[..., Stage]) -> None:
    for name in ("", "  ", "a\nb"):
        with pytest.raises(UsageError):
            stage([], model=name)


def test_no_repr_shows_the_key(stage: Callable[..., Stage]) -> None:
    on = stage([DONE])
    assert KEY not in f"{on.model!r} {vars(on.model)!r}"


# --- bounds and interruptions -----------------------------------------------------------------------------------------


def test_a_silent_stream_is_a_stall_and_tried_again(stage: Callable[..., Stage]) -> None:
    for events in (0, 1, 9):
        on = stage([broken_after(events, LONG, then="hold"), DONE], silence_s=0.2)
        assert on.model.reply(BEGINNING).text == "Done."
        assert "waiting 1 s before retry 1: no sign of life" in on.lines


def test_a_stream_that_never_ends_is_given_up(stage: Callable[..., Stage]) -> None:
    clock = Clock()

    def watch(_: str) -> None:
        clock.now_s += ATTEMPT_S / 10

    pings = replace(LONG, chunks=(*LONG.chunks[:9], *([event("ping")] * 40)), then="hold")
    on = stage([pings, DONE], clock=clock, sleep=clock.sleep, watch=watch, patience_s=10 * ATTEMPT_S)
    assert on.model.reply(BEGINNING).text == "Done."
    assert clock.slept_s


def test_a_stream_without_measure_is_given_up(stage: Callable[..., Stage]) -> None:
    on = stage([replace(LONG, chunks=(LONG.chunks[0], b"data: " + b"x" * 5000), then="hold"), DONE], reply_bytes=2000)
    assert on.model.reply(BEGINNING).text == "Done."
    assert any("longer than 2,000 bytes" in line for line in on.lines)


@pytest.fixture
def bell() -> Iterator[Callable[[type[Interrupted]], None]]:
    """A signal that raises in the main thread shortly after it is rung."""
    before = signal.getsignal(signal.SIGALRM)

    def ring(kind: type[Interrupted]) -> None:
        def stop(*_: object) -> None:
            raise kind("stopped")

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, 0.1)

    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


SILENT: Response = broken_after(9, LONG, then="hold")


@pytest.mark.parametrize("kind", [Interrupted, Terminated])
def test_a_stop_in_the_middle_of_a_stream_passes_untouched(
    stage: Callable[..., Stage], bell: Callable[[type[Interrupted]], None], kind: type[Interrupted]
) -> None:
    on = stage([SILENT])
    bell(kind)
    with pytest.raises(Interrupted) as caught:
        on.model.reply(BEGINNING)
    assert type(caught.value) is kind


def test_a_stop_before_the_first_byte_passes_untouched(
    stage: Callable[..., Stage], bell: Callable[[type[Interrupted]], None]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        on = stage([], credentials=Credentials(api_key=KEY, base_url=address))
        bell(Interrupted)
        with pytest.raises(Interrupted, match="stopped"):
            on.model.reply(BEGINNING)


def test_a_stop_while_waiting_passes_untouched(stage: Callable[..., Stage]) -> None:
    def sleep(_: float) -> None:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted, match="stopped"):
        stage([PASSING["529"]], sleep=sleep).model.reply(BEGINNING)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_whoever_looks_sees_what_the_model_does(stage: Callable[..., Stage]) -> None:
    ticks = iter(range(10_000))
    on = stage(
        [answered(reply(THOUGHT, Text(text="word " * 9), bash("ls", call_id="a")))], clock=lambda: float(next(ticks))
    )
    on.model.reply(BEGINNING)
    doing = [line.partition(",")[0] for line in on.lines]
    assert list(dict.fromkeys(doing)) == ["thinking", "writing", "preparing a tool call"]


def test_at_most_five_lines_a_second(stage: Callable[..., Stage]) -> None:
    on = stage([answered(reply(Text(text="word " * 500)))])
    on.model.reply(BEGINNING)
    assert len(on.lines) == 1


def test_the_server_notices_a_client_that_breaks_the_rules() -> None:
    """A suite that cannot fail proves nothing: what the adapter never does is refused by the scripted service."""
    user, call = {"role": "user", "content": "Hi."}, {"type": "tool_use", "id": "a", "name": "bash", "input": {}}
    wrong: list[dict[str, Any]] = [
        {"messages": [user, user]},
        {"messages": []},
        {"messages": [user, {"role": "assistant", "content": [call]}]},
        {"messages": [user, {"role": "assistant", "content": [call]}, user]},
        {"messages": [user], "temperature": 1},
        {"messages": [user], "tools": [{"type": "bash_20241022", "name": "bash"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {}}] * 5}]},
    ]
    with MessagesServer([]) as server:
        for body in wrong:
            raw = json.dumps({"model": "m", "max_tokens": 1, **body}).encode()
            assert server.respond("/v1/messages", {"x-api-key": "k"}, raw).status == 400
        assert server.requests == []


def test_a_user_turn_with_nothing_in_it_is_not_sent(stage: Callable[..., Stage]) -> None:
    on = stage([DONE])
    turns = (*BEGINNING.turns, ModelTurn(blocks=(Text(text=" "),)), UserTurn(text="Go on."), UserTurn(text=""))
    on.model.reply(Transcript(system="", turns=turns))
    assert [message["role"] for message in on.server.requests[0].body["messages"]] == ["user"]
    assert "system" not in on.server.requests[0].body
