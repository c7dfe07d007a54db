"""The Messages API on a loopback port: answers from a script, and is as strict as the real one about what it is sent.

Theory of operation: a threading HTTP server. Each request is recorded, checked as the service checks it (a wrong one
is answered with 400 and the service's own form of error, and uses up nothing of the script), and answered with the
script's next response: status, headers, then chunks of bytes, then an end as ordered or a line cut or held.

    with MessagesServer([answered(reply(Text(text="Done.")))]) as server:
        subprocess.run([...], env=server.environ())
        server.requests[0].body["messages"]

The prompt cache is played as documented (marks write, a mark finds what was written up to 20 blocks before it), so
that `usage` shows whether a client's prefix really is read again. Not played: minimum lengths, expiry, real tokens
(four characters count as one).
"""

import contextlib
import hashlib
import http.server
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from runner.types import Reply, Text, ToolCall, Verbatim

Json = dict[str, Any]

KEY = "sk-ant-test-0123456789"
"""What `environ` sets as the key. Any key is accepted."""

LOOK_BACK_BLOCKS = 20
"""How far before a mark the service looks for what it has kept. Source: the API's reference on prompt caching."""

MOST_MARKS = 4
"""Most cache marks in one request. Source: same."""

REFUSED_FIELDS = ("temperature", "top_p", "top_k")
"""Fields the API of October 2026 refuses."""

DELTA_CHARACTERS = 7
"""Characters per delta: few, so that everything arrives in pieces."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """What one request is answered with.

    Attributes:
        chunks: the body in pieces; each is sent by itself.
        then: `end` properly, `cut` the connection, or `hold` it open in silence until the server is closed.
        chunked: False means: no length is announced, so that an end and a cut look the same.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/event-stream; charset=utf-8"),)
    chunks: tuple[bytes, ...] = ()
    then: Literal["end", "cut", "hold"] = "end"
    chunked: bool = True


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came in. `raw` is the body's bytes, `usage` what the played cache makes of it."""

    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: Json = field(repr=False)
    usage: Json


Script = Iterable[Response] | Callable[[Request], Response]


# --- responses --------------------------------------------------------------------------------------------------------


def answered(
    said: Reply, *, usage: Json | None = None, stop: str | None = None, details: Json | None = None
) -> Response:
    """Return the stream of events that brings this reply. `stop` may be a reason no `StopReason` knows."""
    counts = usage or {
        "input_tokens": said.usage.input_tokens,
        "output_tokens": said.usage.output_tokens,
        "cache_read_input_tokens": said.usage.cache_read_tokens,
        "cache_creation_input_tokens": said.usage.cache_write_tokens,
    }
    blocks = [_block(block) for block in said.blocks]
    return streamed(*blocks, stop=stop or said.stop.value, model=said.model, usage=counts, details=details)


def streamed(
    *blocks: Json, stop: str, model: str = "claude-opus-5-5", usage: Json | None = None, details: Json | None = None
) -> Response:
    """Return the stream of events that brings these blocks, given as the API writes them.

    A `tool_use` block may hold its input as text, which is sent as it is, complete or not.
    """
    counts = usage or {"input_tokens": 10, "output_tokens": 10}
    start: Json = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "usage": counts | {"output_tokens": 1},
    }
    events = [event("message_start", message=start), event("ping")]
    for index, block in enumerate(blocks):
        events += _block_events(index, block)
    ending = {"stop_reason": stop, "stop_sequence": None, "stop_details": details}
    events.append(event("message_delta", delta=ending, usage={"output_tokens": counts["output_tokens"]}))
    events.append(event("message_stop"))
    return Response(chunks=tuple(events))


def refused(status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Return an error in the service's form. `more` becomes members of `error`, for example `details`."""
    error = {"type": kind, "message": message, **more}
    body = json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()
    told = {"content-type": "application/json", "request-id": "req_1", **(headers or {})}
    return Response(status=status, headers=tuple(told.items()), chunks=(body,))


def broken_after(events: int, response: Response, *, then: Literal["end", "cut", "hold"] = "cut") -> Response:
    """Return only the first events of a stream, and then that."""
    return replace(response, chunks=response.chunks[:events], then=then)


def failing_after(events: int, response: Response, kind: str, message: str = "no") -> Response:
    """Return the first events of a stream and then an `error` event."""
    error = event("error", error={"type": kind, "message": message})
    return replace(response, chunks=(*response.chunks[:events], error))


def event(name: str, **data: Any) -> bytes:
    """Return one server-sent event."""
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()


def _block(block: Text | ToolCall | Verbatim) -> Json:
    match block:
        case Text(text=text):
            return {"type": "text", "text": text}
        case ToolCall(id=call_id, tool=tool, input_json=input_json):
            return {"type": "tool_use", "id": call_id, "name": tool, "input": input_json}
        case Verbatim(block_json=block_json):
            value: Json = json.loads(block_json)
            return value


def _block_events(index: int, block: Json) -> Iterator[bytes]:
    """Yield a block as the service does: begun empty, filled in pieces. What is unknown comes at once."""
    match block["type"]:
        case "text" | "thinking" as kind:
            begun = block | {kind: ""} | ({"signature": ""} if kind == "thinking" else {})
            deltas = [{"type": f"{kind}_delta", kind: piece} for piece in _pieces(block[kind])]
            if block.get("signature"):
                deltas.append({"type": "signature_delta", "signature": block["signature"]})
        case "tool_use":
            given = block["input"]
            text = given if isinstance(given, str) else json.dumps(given)
            begun = block | {"input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *_pieces(text))]
        case _:
            begun, deltas = block, []
    yield event("content_block_start", index=index, content_block=begun)
    for delta in deltas:
        yield event("content_block_delta", index=index, delta=delta)
    yield event("content_block_stop", index=index)


def _pieces(text: str) -> list[str]:
    return [text[at : at + DELTA_CHARACTERS] for at in range(0, len(text), DELTA_CHARACTERS)]


# --- what the service refuses -----------------------------------------------------------------------------------------


def wrong_with(body: Json) -> str | None:
    """Return what the service would refuse a request for, in its words or near them; None when nothing."""
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            return f"{name}: Field required"
    for name in REFUSED_FIELDS:
        if name in body:
            return f"{name}: this field is not supported"
    if body.get("tool_choice", {}).get("type") in {"any", "tool"}:
        return "tool_choice: forcing a tool is not supported for this model"
    marks = sum("cache_control" in block for block in prompt_blocks(body))
    if marks > MOST_MARKS:
        return f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {marks}."
    return _wrong_tools(body) or _wrong_text(body) or _wrong_messages(body["messages"])


def _wrong_tools(body: Json) -> str | None:
    known = {"bash_20250124": "bash", "text_editor_20250728": "str_replace_based_edit_tool"}
    for tool in body.get("tools", []):
        kind = tool.get("type", "custom")
        if kind == "custom" and tool.get("name") and tool.get("input_schema", {}).get("type") == "object":
            continue
        if known.get(kind) != tool.get("name"):
            return f"tools: Input tag '{kind}' with name '{tool.get('name')}' is not known"
    return None


def _wrong_text(body: Json) -> str | None:
    for block in prompt_blocks(body):
        if block.get("type") == "text" and not block["text"].strip():
            return "messages: text content blocks must contain non-whitespace text"
        if block.get("type") in {"thinking", "redacted_thinking"} and "cache_control" in block:
            return "messages: cache_control cannot be set for thinking blocks"
        if block.get("type") == "tool_result" and block.get("is_error") and not block.get("content"):
            return "messages: tool_result: content cannot be empty if `is_error` is true"
    return None


def _wrong_messages(messages: list[Json]) -> str | None:
    """Return what is wrong with the order of messages, calls and results."""
    asked: set[str] = set()
    role_before = "assistant"
    for message in messages:
        role, content = message["role"], message["content"]
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        if role == role_before:
            return f"messages: roles must alternate between user and assistant, found {role} twice"
        if not blocks:
            return "messages: all messages must have non-empty content"
        results = [block["tool_use_id"] for block in blocks if block.get("type") == "tool_result"]
        first = [block.get("type") == "tool_result" for block in blocks[: len(results)]]
        if set(results) != asked or len(results) != len(asked) or not all(first):
            return f"messages: `tool_use` ids without `tool_result` blocks immediately after: {sorted(asked)}"
        calls = [block for block in blocks if block.get("type") == "tool_use"]
        if not all(isinstance(block["input"], dict) for block in calls):
            return "messages: tool_use.input: Input should be a valid dictionary"
        asked = {block["id"] for block in calls}
        if len(asked) != len(calls):
            return "messages: `tool_use` ids must be unique"
        role_before = role
    return "messages: a `tool_use` at the end" if asked or not messages else None


def prompt_blocks(body: Json) -> list[Json]:
    """Return all blocks of a request in the order of the cached prefix: tools, system, messages."""
    blocks = list(body.get("tools", []))
    for part in (body.get("system", []), *(message["content"] for message in body["messages"])):
        blocks += [{"type": "text", "text": part}] if isinstance(part, str) else part
    return blocks


class PlayedCache:
    """The service's prompt cache."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._kept: set[bytes] = set()

    def usage(self, body: Json) -> Json:
        """Return what a request would be charged, and keep what it marks."""
        prefix = hashlib.sha256(str(body.get("model")).encode())
        digests, sizes, marks = [prefix.digest()], [0], []
        for place, block in enumerate(prompt_blocks(body), start=1):
            text = json.dumps({name: value for name, value in block.items() if name != "cache_control"})
            prefix.update(text.encode())
            digests.append(prefix.digest())
            sizes.append(sizes[-1] + len(text) // 4 + 1)
            marks += [place] if "cache_control" in block else []
        found = [
            place
            for mark in marks
            for place in range(mark, max(0, mark - LOOK_BACK_BLOCKS), -1)
            if digests[place] in self._kept
        ]
        read = sizes[max(found, default=0)]
        marked = sizes[max(marks, default=0)]
        self._kept |= {digests[mark] for mark in marks}
        return {
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": max(0, marked - read),
            "input_tokens": sizes[-1] - max(marked, read),
        }


# --- the server -------------------------------------------------------------------------------------------------------


class _Listener(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = True
    owner: "MessagesServer"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away in the middle is part of what is tested."""


class MessagesServer:
    """A running server; a context manager. `requests` holds what came in, `refusals` what was refused and why."""

    def __init__(self, script: Script) -> None:
        """Answer with these responses in order, or with what a function makes of each request."""
        self.requests: list[Request] = []
        self.refusals: list[str] = []
        self.closing = threading.Event()
        self._cache = PlayedCache()
        self._lock = threading.Lock()
        self._responses = iter(()) if callable(script) else iter(script)
        self._make = script if callable(script) else None

    def __enter__(self) -> Self:
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.owner = self
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.002,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join(10)

    @property
    def base_url(self) -> str:
        """What ANTHROPIC_BASE_URL has to be."""
        return f"http://127.0.0.1:{self._listener.server_port}"

    def environ(self) -> dict[str, str]:
        """Return the variables that make a process use this server."""
        return {"ANTHROPIC_BASE_URL": self.base_url, "ANTHROPIC_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}

    def respond(self, path: str, headers: Mapping[str, str], raw: bytes) -> Response:
        """Return the answer to a request, after taking note of it."""
        body: Json = json.loads(raw)
        with self._lock:
            if not (headers.get("authorization") or headers.get("x-api-key")):
                return self._refuse(401, "authentication_error", "no credentials")
            if path.partition("?")[0] != "/v1/messages":
                return self._refuse(404, "not_found_error", f"Not found: {path}")
            wrong = wrong_with(body)
            if wrong is not None:
                return self._refuse(400, "invalid_request_error", wrong)
            request = Request(path=path, headers=headers, raw=raw, body=body, usage=self._cache.usage(body))
            self.requests.append(request)
            if self._make is not None:
                return self._make(request)
            response = next(self._responses, None)
            return response or self._refuse(400, "invalid_request_error", "the script is at its end")

    def _refuse(self, status: int, kind: str, message: str) -> Response:
        self.refusals.append(message)
        return refused(status, kind, message)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as overridden
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer one request."""
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.server.owner.respond(self.path, headers, raw)
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked") if response.chunked else None
        self.send_header("connection", "keep-alive" if response.chunked else "close")
        self.end_headers()
        for chunk in response.chunks:
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" if response.chunked else chunk)
            self.wfile.flush()
        match response.then:
            case "end":
                self.wfile.write(b"0\r\n\r\n" if response.chunked else b"")
            case "cut":
                self._cut()
            case "hold":
                self.server.owner.closing.wait(60)
                self._cut()
        self.close_connection = self.close_connection or not response.chunked

    def _cut(self) -> None:
        """End the connection without a word."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
            self.connection.close()
