"""The agent's model over the Messages API.

Rules that live here and nowhere else:

* Every answer is streamed. A stream may be silent for `SILENCE_S`, and is given `ATTEMPT_S` and `REPLY_BYTES` in all,
  so that no stream is followed without end.
* Retrying is done here and not in the vendor's package: here it can be shown, interrupted and paid for. New attempts
  begin until `patience_s` after the first failure of the row; a service that asks for a longer wait is not waited for.
* An answer cut off inside a tool call, or before anything was said, is asked for once more with twice the room.
* What failed attempts cost is counted: in the reply, or in the error when there is none.
* The key is in nothing that is shown, recorded or raised.

Not sent: temperature, forced tool choice, prefilled answers and thinking settings, which the present models refuse or
do best without. Not promised: that an answer after a retry says what the lost one would have said.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anthropic
import httpx2

from runner.adapters.anthropic_model.credentials import Credentials
from runner.adapters.anthropic_model.faults import (
    HANDLED,
    Fault,
    NotAStream,
    Stalled,
    error_event_fault,
    fault_of,
    printable,
)
from runner.adapters.anthropic_model.prices import PRICES_AS_OF, card_of, cost
from runner.adapters.anthropic_model.request import request_body
from runner.adapters.anthropic_model.stream import Assembly, Malformed
from runner.errors import ModelError, UsageError
from runner.ports import ModelTurn, Transcript, Watch
from runner.tools import Tool
from runner.types import Reply, StopReason, ToolCall, Usage

PATIENCE_S = 600.0
"""How long after a first failure new attempts are begun. Our choice: an overload passes within minutes."""

CONNECT_S = 5.0
"""Longest wait for a connection. Source: the vendor's package."""

SILENCE_S = 120.0
"""Longest silence of a stream. Our choice: the service sends pings far more often while a model thinks."""

ATTEMPT_S = 3600.0
"""Longest single answer. Source: the vendor's package expects an hour for 128,000 tokens."""

REPLY_BYTES = 64 * 1024 * 1024
"""Largest stream of one answer. Our choice: 128,000 tokens, an event each, are about half of it."""

OUTPUT_TOKENS = 32_000
"""Longest answer asked for at first. Our choice: a large file in one call, without reserving a whole window."""

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Waits between attempts double from the first to the longest, less up to a quarter by chance. Our choice."""

WATCH_INTERVAL_S = 0.2
"""At most five lines a second for whoever is looking."""


class AnthropicModel:
    """The Model door. One conversation at a time; connections are kept between replies until `close`."""

    def __init__(
        self,
        *,
        model: str,
        credentials: Credentials,
        tools: tuple[Tool, ...],
        watch: Watch,
        max_tokens: int | None = None,
        patience_s: float = PATIENCE_S,
        silence_s: float = SILENCE_S,
        reply_bytes: int = REPLY_BYTES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Connect nothing yet.

        Args:
            model: name of a model of the service. An unknown one is counted at the dearest known price.
            credentials: who pays, and where.
            tools: what the model may call, the same in every request.
            watch: told what is going on, at most five times a second.
            max_tokens: longest answer, thinking included; None means 32,000, or the model's maximum if less.
            patience_s: 0 means a single attempt.
            silence_s: longest silence of a stream.
            reply_bytes: largest stream of one answer.
            clock: seconds of a clock that only goes forward.
            sleep: waits for that many seconds.
            chance: a number from 0 up to 1, so that many runs do not come back at the same moment.

        Raises:
            UsageError: no model is named.
        """
        if not model.strip() or not model.isprintable():
            raise UsageError("the task names no model", hint="Give the name of one, for example `claude-opus-5-5`.")
        card = card_of(model)
        self._model = model
        self._credentials = credentials
        self._tools = tools
        self._watch = watch
        self._most_tokens = card.output_tokens if card else None
        self._max_tokens = min(max_tokens or OUTPUT_TOKENS, self._most_tokens or max_tokens or OUTPUT_TOKENS)
        self._patience_s = patience_s
        self._reply_bytes = reply_bytes
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self._client = anthropic.Anthropic(
            api_key=credentials.api_key,
            auth_token=credentials.auth_token,
            base_url=credentials.base_url,
            max_retries=0,
            timeout=httpx2.Timeout(silence_s, connect=CONNECT_S),
        )
        if card is None:
            watch(f"no price of {model} is known as of {PRICES_AS_OF}: its spend is counted at the dearest known price")

    def close(self) -> None:
        """End the kept connections. May be called again; replies are no longer possible."""
        self._client.close()

    def reply(self, transcript: Transcript) -> Reply:
        """Return the model's next answer. See the port.

        Usually takes seconds to minutes; at most four answers of `ATTEMPT_S`, and `patience_s` twice.
        """
        began = self._clock()
        room = self._max_tokens
        assembly, usage = self._patiently(transcript, room, Usage())
        larger = min(2 * room, self._most_tokens or room)
        if assembly.stop == StopReason.MAX_TOKENS.value and assembly.tail_is_incomplete and larger > room:
            self._say(f"the answer was cut off at {room:,} tokens: asking again with room for {larger:,}")
            assembly, usage = self._patiently(transcript, larger, usage)
        try:
            stop = StopReason(assembly.stop)
        except ValueError:
            reason = printable(str(assembly.stop))
            raise self._error(
                f"the model stopped for a reason this version of runner does not know ({reason})",
                hint="Update runner.",
                usage=usage,
            ) from None
        return Reply(
            blocks=assembly.blocks(_call_ids(transcript)),
            stop=stop,
            model=printable(assembly.model) or self._model,
            usage=usage,
            took_ms=round((self._clock() - began) * 1000),
        )

    # --- attempts -----------------------------------------------------------------------------------------------------

    def _patiently(self, transcript: Transcript, max_tokens: int, usage: Usage) -> tuple[Assembly, Usage]:
        """Return a complete message, and `usage` with all that was spent on the way added.

        Raises:
            ModelError: waiting does not help, or patience is over.
        """
        body = request_body(transcript, model=self._model, max_tokens=max_tokens, tools=self._tools)
        ids = _call_ids(transcript)
        failures = 0
        first_failure_at = 0.0
        while True:
            assembly, fault = self._attempt(body, ids)
            usage += cost(assembly.model if card_of(assembly.model) else self._model, assembly.tokens)
            if fault is None:
                return assembly, usage
            if not fault.retry:
                raise self._error(f"the model's service did not answer: {fault.why}", hint=fault.hint, usage=usage)
            now = self._clock()
            first_failure_at = first_failure_at if failures else now
            failures += 1
            wait_s = self._wait_s(fault, failures)
            if now + wait_s > first_failure_at + self._patience_s:
                raise self._given_up(fault, failures, wait_s, usage)
            self._say(f"waiting {wait_s:.0f} s before retry {failures}: {fault.why}")
            self._sleep(wait_s)
            self._say(f"asking again, retry {failures}")

    def _wait_s(self, fault: Fault, failures: int) -> float:
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 16), LONGEST_WAIT_S) * (1 - 0.25 * self._chance())
        return max(wait_s, fault.retry_after_s or 0.0)

    def _given_up(self, fault: Fault, failures: int, wait_s: float, usage: Usage) -> ModelError:
        attempts = "1 attempt" if failures == 1 else f"{failures} attempts"
        asked = f", and the service asks to wait {wait_s:,.0f} s more" if fault.retry_after_s == wait_s else ""
        return self._error(
            f"no answer from the model's service ({self._credentials.host}) in {attempts}: {fault.why}{asked}",
            hint=f"Nothing is lost: resume the run when the service answers again. {fault.hint}".strip(),
            usage=usage,
        )

    def _attempt(self, body: dict[str, Any], taken_ids: frozenset[str]) -> tuple[Assembly, Fault | None]:
        """Return what one request brought, and what it failed with; None when the message is complete."""
        assembly = Assembly(self._model)
        fault = None
        try:
            with self._client.messages.with_streaming_response.create(**body, stream=True) as response:
                fault = self._read(response.http_response, assembly)
        except HANDLED as error:
            fault = fault_of(error)
        if assembly.stop is None:
            return assembly, fault or Fault(why="the stream ended before the message did", retry=True)
        try:
            assembly.blocks(taken_ids)
        except Malformed as error:
            return assembly, fault_of(error)
        return assembly, None

    def _read(self, response: httpx2.Response, assembly: Assembly) -> Fault | None:
        """Feed the message with the stream's events until it is over; an `error` event is returned as a fault."""
        kind = response.headers.get("content-type", "nothing")
        if not kind.startswith("text/event-stream"):
            raise NotAStream(f"it sent {printable(kind)[:60]}")
        bounded = httpx2.Response(200, content=self._bounded(response.iter_bytes()))
        next_watch_at = self._clock()
        for event in anthropic.Stream.raw_events(bounded):
            if event.event == "error":
                return error_event_fault(event.data)
            if event.event not in {None, "ping"}:
                try:
                    data = event.json()
                except (ValueError, RecursionError) as error:
                    raise Malformed("an event holds no JSON") from error
                assembly.feed(event.event or "", data)
            if assembly.over:
                return None
            if self._clock() >= next_watch_at:
                next_watch_at = self._clock() + WATCH_INTERVAL_S
                self._say(f"{assembly.doing}, {assembly.output_tokens:,} tokens")
        return None

    def _bounded(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the stream's bytes, as long as it keeps within its time and size."""
        deadline = self._clock() + ATTEMPT_S
        size_bytes = 0
        for chunk in chunks:
            size_bytes += len(chunk)
            if self._clock() > deadline:
                raise Stalled(f"not done after {ATTEMPT_S:.0f} s")
            if size_bytes > self._reply_bytes:
                raise Stalled(f"longer than {self._reply_bytes:,} bytes")
            yield chunk

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _say(self, line: str) -> None:
        self._watch(self._without_secret(line))

    def _error(self, message: str, *, hint: str, usage: Usage) -> ModelError:
        return ModelError(self._without_secret(message), hint=self._without_secret(hint), usage=usage)

    def _without_secret(self, text: str) -> str:
        return text.replace(self._credentials.secret, "[key]")


def _call_ids(transcript: Transcript) -> frozenset[str]:
    """Return the ids of all tool calls made so far."""
    turns = (turn for turn in transcript.turns if isinstance(turn, ModelTurn))
    return frozenset(block.id for turn in turns for block in turn.blocks if isinstance(block, ToolCall))
