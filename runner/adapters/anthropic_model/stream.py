"""From a stream of events to blocks.

Rules that live here and nowhere else:

* A message counts as complete once its stop reason has come; what breaks after that is of no interest.
* Kinds of events and blocks that are not known are passed over and kept verbatim, as the vendor asks. A kind of
  *delta* that is not known cannot be passed over: the block would come out wrong and be refused when sent back.
* Where a message was cut off, a last tool call or an unsigned thought is incomplete and is dropped. Of a message that
  was refused or met the end of the window no call is kept: the run ends there, and nothing withdrawn may run.
* Ids of tool calls become unique in their conversation and harmless as names, whatever a gateway makes up.
* Tokens of a broken stream are counted: the prompt's as announced, the answer's by its length where no count came.

Not promised: that the estimate of a broken answer's tokens is exact; it is meant to be rather too high.
"""

import re
from typing import Any

import msgspec

from runner.adapters.anthropic_model.jsontext import compact, input_object, input_text, whole
from runner.types import Block, StopReason, Text, ToolCall, Usage, Verbatim

CHARACTERS_PER_TOKEN = 3
"""For estimates only. Source: about 4 for English with older models; the present tokenizers give 30 % more tokens."""

MAX_BLOCKS = 1000
"""Most blocks of one message. Our choice, far above what fits into an answer of 128,000 tokens with tool calls."""

MAX_TOKENS = 10**9
"""Highest believable count of tokens. Our choice: a thousand times the largest window."""

_CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Malformed(Exception):
    """The stream is not what the Messages API sends. `str()` says what is wrong with it, without quoting it."""


class NewerKind(Exception):
    """The stream holds something this version cannot put together. `str()` names it."""


class _Counts(msgspec.Struct, frozen=True):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Opening(msgspec.Struct, frozen=True):
    model: str = ""
    usage: _Counts = _Counts()


class _MessageStart(msgspec.Struct, frozen=True):
    message: _Opening


class _BlockStart(msgspec.Struct, frozen=True):
    index: int
    content_block: dict[str, Any]


class _Delta(msgspec.Struct, frozen=True):
    type: str
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    citation: dict[str, Any] | None = None


class _BlockDelta(msgspec.Struct, frozen=True):
    index: int
    delta: _Delta


class _BlockStop(msgspec.Struct, frozen=True):
    index: int


class _StopDetails(msgspec.Struct, frozen=True):
    explanation: str | None = None
    category: str | None = None


class _Ending(msgspec.Struct, frozen=True):
    stop_reason: str | None = None
    stop_details: _StopDetails | None = None


class _MessageDelta(msgspec.Struct, frozen=True):
    delta: _Ending
    usage: _Counts = _Counts()


_Event = _MessageStart | _BlockStart | _BlockDelta | _BlockStop | _MessageDelta

_SHAPES: dict[str, type[_Event]] = {
    "message_start": _MessageStart,
    "content_block_start": _BlockStart,
    "content_block_delta": _BlockDelta,
    "content_block_stop": _BlockStop,
    "message_delta": _MessageDelta,
}


class Assembly:
    """One message, as far as its stream has come. Fed with events in their order, then read."""

    def __init__(self, requested_model: str) -> None:
        """Begin with nothing but the name of the model that was asked."""
        self.model = requested_model
        self.stop: str | None = None
        self.over = False
        self._blocks: list[dict[str, Any]] = []
        self._parts: dict[str, list[str]] = {}
        self._open: int | None = None
        self._begun = False
        self._details: _StopDetails | None = None
        self._counts = _Counts()
        self._counted_output = False
        self._characters = 0

    # --- feeding ------------------------------------------------------------------------------------------------------

    def feed(self, name: str, data: object) -> None:
        """Take in one event. Unknown names are passed over; after `message_stop` the message is `over`.

        Raises:
            Malformed: it does not fit what came before, or has not the shape of its name.
            NewerKind: a delta this version does not know.
        """
        if name == "message_stop":
            self.over = True
            return
        shape = _SHAPES.get(name)
        if shape is None:
            return
        try:
            event = msgspec.convert(data, shape)
        except msgspec.ValidationError as error:
            raise Malformed(f"a `{name}` event has not the shape it should have: {error}") from error
        self._take(event)

    def _take(self, event: _Event) -> None:
        if isinstance(event, _MessageStart) is self._begun:
            raise Malformed("the message does not begin with its start, or begins twice")
        match event:
            case _MessageStart(message=opening):
                self._begun = True
                self.model = whole(opening.model) or self.model
                self._count(opening.usage)
            case _BlockStart():
                self._begin(event)
            case _BlockDelta(index=index, delta=delta):
                self._extend(index, delta)
            case _BlockStop(index=index):
                if index != self._open:
                    raise Malformed("a block ends that is not open")
                self._close()
            case _MessageDelta(delta=ending, usage=usage):
                self.stop = ending.stop_reason or self.stop
                self._details = ending.stop_details or self._details
                self._counted_output = self._counted_output or usage.output_tokens is not None
                self._count(usage)

    def _count(self, counts: _Counts) -> None:
        """Replace what is told anew: the counts of a stream are totals, not additions."""
        told = {name: value for name, value in msgspec.structs.asdict(counts).items() if value is not None}
        if not all(0 <= value <= MAX_TOKENS for value in told.values()):
            raise Malformed("a count of tokens that cannot be")
        self._counts = msgspec.structs.replace(self._counts, **told)

    def _begin(self, event: _BlockStart) -> None:
        if self._open is not None or event.index != len(self._blocks):
            raise Malformed("a block begins out of its turn")
        if len(self._blocks) >= MAX_BLOCKS:
            raise Malformed(f"more than {MAX_BLOCKS} blocks in one message")
        block = event.content_block
        if not isinstance(block.get("type"), str):
            raise Malformed("a block has no type")
        self._blocks.append(block)
        self._parts = {}
        self._open = event.index

    def _extend(self, index: int, delta: _Delta) -> None:
        if index != self._open:
            raise Malformed("a block grows that is not open")
        block = self._blocks[index]
        match delta.type:
            case "text_delta":
                self._append("text", delta.text)
            case "thinking_delta":
                self._append("thinking", delta.thinking)
            case "input_json_delta":
                self._append("input", delta.partial_json)
            case "signature_delta":
                block["signature"] = delta.signature
            case "citations_delta":
                block["citations"] = [*(block.get("citations") or []), delta.citation]
            case kind:
                raise NewerKind(f"content in a form (`{whole(kind)[:40]}`) this version of runner does not know")

    def _append(self, key: str, part: str) -> None:
        self._parts.setdefault(key, []).append(part)
        self._characters += len(part)

    def _close(self) -> None:
        """Put the parts of the open block together. The input of a tool call stays the text it came as."""
        if self._open is None:
            return
        block = self._blocks[self._open]
        self._open = None
        for key, parts in self._parts.items():
            joined = "".join(parts)
            if key != "input":
                block[key] = f"{block.get(key) or ''}{joined}"
            elif joined:
                block[key] = joined if block["type"] == "tool_use" else input_object(joined)

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def doing(self) -> str:
        """What the model is doing right now, in a word."""
        match self._blocks[-1]["type"] if self._blocks else "thinking":
            case "text":
                return "writing"
            case "tool_use":
                return "preparing a tool call"
            case _:
                return "thinking"

    @property
    def output_tokens(self) -> int:
        """Tokens of the answer so far: as told by the service, or estimated where that is more and no total came."""
        told = self._counts.output_tokens or 0
        return told if self._counted_output else max(told, -(-self._characters // CHARACTERS_PER_TOKEN))

    @property
    def tokens(self) -> Usage:
        """The token counts of the request so far, without their cost."""
        return Usage(
            input_tokens=self._counts.input_tokens or 0,
            output_tokens=self.output_tokens,
            cache_read_tokens=self._counts.cache_read_input_tokens or 0,
            cache_write_tokens=self._counts.cache_creation_input_tokens or 0,
        )

    @property
    def tail_is_incomplete(self) -> bool:
        """Whether the message was cut off inside a tool call or a thought, so that its last block is of no use."""
        if self.stop not in {StopReason.MAX_TOKENS.value, StopReason.CONTEXT_EXCEEDED.value, StopReason.REFUSAL.value}:
            return False
        last = self._blocks[-1] if self._blocks else {"type": "nothing"}
        return last["type"] == "tool_use" or (last["type"] == "thinking" and not last.get("signature"))

    def blocks(self, taken_ids: frozenset[str]) -> tuple[Block, ...]:
        """Return the complete blocks.

        Args:
            taken_ids: ids of all tool calls made earlier in the conversation.

        Raises:
            Malformed: a block cannot be written as JSON again.
        """
        self._close()
        kept = self._blocks[:-1] if self.tail_is_incomplete else self._blocks
        withdrawn = self.stop in {StopReason.REFUSAL.value, StopReason.CONTEXT_EXCEEDED.value}
        ids = set(taken_ids)
        try:
            blocks = [_block(block, ids) for block in kept if not (withdrawn and block["type"] == "tool_use")]
        except (ValueError, RecursionError) as error:
            raise Malformed("a block holds what JSON cannot hold") from error
        if self.stop == StopReason.REFUSAL.value and not any(isinstance(block, Text) for block in blocks):
            blocks += [Text(text=self._refusal)] if self._refusal else []
        return tuple(blocks)

    @property
    def _refusal(self) -> str:
        """What the service says about a refusal; empty when it says nothing."""
        if self._details is None:
            return ""
        category = f"Refused by the service ({whole(self._details.category)})." if self._details.category else ""
        return whole(self._details.explanation or "").strip() or category


def _block(block: dict[str, Any], ids: set[str]) -> Block:
    """Return a block as a word; the id of a tool call is added to `ids`."""
    match block["type"]:
        case "text" if not block.get("citations"):
            return Text(text=whole(str(block.get("text") or "")))
        case "tool_use":
            call = _call(block, ids)
            ids.add(call.id)
            return call
        case kind:
            shown = block.get("thinking") if kind == "thinking" else block.get("text")
            return Verbatim(block_json=compact(block), text=whole(shown) if isinstance(shown, str) else "")


def _call(block: dict[str, Any], taken_ids: set[str]) -> ToolCall:
    given = block.get("input")
    text = given if isinstance(given, str) else compact(given or {})
    call_id = str(block.get("id") or "")
    if not _CALL_ID.fullmatch(call_id) or call_id in taken_ids:
        call_id = next(name for n in range(len(taken_ids) + 1) if (name := f"call_{n}") not in taken_ids)
    return ToolCall(id=call_id, tool=whole(str(block.get("name") or "")), input_json=input_text(text))
