"""From a transcript to the body of a request.

Rules that live here and nowhere else:

* The body's front never changes while a transcript grows: tools, system, then turn after turn; only the marks that say
  where to cache move. So everything sent once is read from the cache afterwards, and signed thinking stays valid.
* Marks stand after the system prompt and after each of the last two user turns. The last one writes; the one before
  it stands exactly where the previous request wrote, so that it is found however many blocks the turn between them
  has. The service would search back 20 blocks only.
* Roles alternate and no text is blank, whatever the model said: blank text is left out, a turn left empty too, and
  turns of the same side that then meet are joined. Nothing else of the model's turns is touched.

Not promised: that it fits into the model's window, or that the service holds the cached part still (five minutes).
"""

import json
from typing import Any, assert_never

from runner.adapters.anthropic_model.jsontext import compact, input_object, whole
from runner.ports import ModelTurn, ToolResult, Transcript, UserTurn
from runner.tools import Tool
from runner.types import Block, Text, ToolCall, Verbatim

Json = dict[str, Any]

MARK = {"type": "ephemeral"}
"""Cache the prompt up to here for five minutes, counted from each use."""

NO_OUTPUT = "(no output)"
"""Stands for a blank result: the service refuses an error without content."""


def request_body(transcript: Transcript, *, model: str, max_tokens: int, tools: tuple[Tool, ...]) -> Json:
    """Return the arguments of a Messages request, with at most three cache marks (four are allowed).

    Args:
        transcript: at least one user turn; every tool call but those of a last, paused turn is answered.
        model: name of the model.
        max_tokens: longest answer, thinking included.
        tools: in the order they are sent; empty means none.
    """
    offered = [_tool_block(tool) for tool in tools]
    system: list[Json] = [{"type": "text", "text": whole(transcript.system)}] if transcript.system.strip() else []
    for block in (system or offered)[-1:]:
        block["cache_control"] = MARK
    body: Json = {"model": model, "max_tokens": max_tokens}
    body |= {"tools": offered} if offered else {}
    body |= {"system": system} if system else {}
    return body | {"messages": _messages(transcript.turns)}


def _tool_block(tool: Tool) -> Json:
    if tool.kind:
        return {"type": tool.kind, "name": tool.name}
    return {"name": tool.name, "description": tool.description, "input_schema": json.loads(tool.schema_json)}


def _messages(turns: tuple[UserTurn | ModelTurn, ...]) -> list[Json]:
    messages: list[Json] = []
    user_ends: list[Json] = []
    for turn in turns:
        match turn:
            case UserTurn():
                role, blocks = "user", _user_blocks(turn)
                user_ends += blocks[-1:]
            case ModelTurn():
                role, blocks = "assistant", [_model_block(block) for block in turn.blocks if not _is_blank(block)]
            case _:
                assert_never(turn)
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        elif blocks:
            messages.append({"role": role, "content": blocks})
    for block in user_ends[-2:]:
        block["cache_control"] = MARK
    return messages


def _user_blocks(turn: UserTurn) -> list[Json]:
    """Return the results, then the words: the service wants results first."""
    words: list[Json] = [{"type": "text", "text": whole(turn.text)}] if turn.text.strip() else []
    return [_result_block(result) for result in turn.results] + words


def _result_block(result: ToolResult) -> Json:
    text = whole(result.text) if result.text.strip() else NO_OUTPUT
    block: Json = {"type": "tool_result", "tool_use_id": result.call_id, "content": text}
    return block | {"is_error": True} if result.is_error else block


def _is_blank(block: Block) -> bool:
    return isinstance(block, Text) and not block.text.strip()


def _model_block(block: Block) -> Json:
    match block:
        case Text(text=text):
            return {"type": "text", "text": whole(text)}
        case ToolCall(id=call_id, tool=tool, input_json=input_json):
            return {"type": "tool_use", "id": call_id, "name": whole(tool), "input": input_object(input_json)}
        case Verbatim(block_json=block_json):
            value: Json = json.loads(compact(json.loads(block_json)))
            return value
        case _:
            assert_never(block)
