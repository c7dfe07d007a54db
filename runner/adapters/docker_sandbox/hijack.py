"""Turning an HTTP request to the engine into a raw stream, without losing a byte.

The engine answers an upgrade request with a header and then speaks its stream format on the same connection. Output
that is ready at once arrives together with the header; the `docker` package throws it away, so this is done here.

Rules that live here and nowhere else:

* What came with the header belongs to the stream.
* No wait without a deadline, given as a reading of `time.monotonic`.
"""

import json
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

HEADER_BYTES: Final = 1 << 20
"""Longest answer header we take; real ones have a few hundred bytes."""

ERROR_TEXT_S: Final = 1.0
"""How long the text of a refusal may lag behind its header."""


class RefusedError(Exception):
    """The engine did not open a stream; the text is what it said."""


def ping(socket_path: str, deadline: float) -> str | None:
    """Return None when an engine answers on this socket, else why not, in a few words."""
    request = b"GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n"
    try:
        with _connected(socket_path, deadline) as sock:
            sock.sendall(request)
            status = _status(_receive(sock, deadline))
    except OSError as error:
        return (error.strerror or str(error) or "no answer").lower()
    return None if status == b"200" else "not a container engine"


def upgrade(
    socket_path: str, target: str, body: Mapping[str, Any] | None, deadline: float
) -> tuple[socket.socket, bytes]:
    """Return a connection that carries a raw stream, and what of the stream came together with the header.

    Args:
        socket_path: the engine's unix socket.
        target: path and query of the request, ASCII, version prefix included.
        body: sent as JSON; None sends nothing.
        deadline: for connection and header.

    Raises:
        OSError: no connection, or no answer in time.
        RefusedError: the engine answered something else.
    """
    sock = _connected(socket_path, deadline)
    try:
        return sock, _exchange(sock, target, body, deadline)
    except BaseException:
        sock.close()
        raise


def _connected(socket_path: str, deadline: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        sock.settimeout(_left_s(deadline))
        sock.connect(socket_path)
    except BaseException:
        sock.close()
        raise
    return sock


def _exchange(sock: socket.socket, target: str, body: Mapping[str, Any] | None, deadline: float) -> bytes:
    """Send the request and return what follows the answer's header."""
    payload = b"" if body is None else json.dumps(body).encode()
    header = (
        f"POST {target} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    sock.sendall(header.encode("ascii") + payload)
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = _receive(sock, deadline)
        answer += piece
        if not piece or len(answer) > HEADER_BYTES:
            raise RefusedError("it closed the connection")
    head, _, rest = answer.partition(b"\r\n\r\n")
    if _status(head) not in {b"101", b"200"}:
        raise RefusedError(_error_text(sock, head, rest))
    return rest


def _error_text(sock: socket.socket, head: bytes, rest: bytes) -> str:
    """Return what an error answer says; its text may still be on its way."""
    deadline = time.monotonic() + ERROR_TEXT_S
    text = rest
    try:
        while b"}" not in text and len(text) < HEADER_BYTES and (piece := _receive(sock, deadline)):
            text += piece
        return str(json.loads(text[text.find(b"{") : text.rfind(b"}") + 1])["message"])
    except (OSError, ValueError, KeyError, TypeError):
        return head.partition(b"\r\n")[0].decode(errors="replace")


def _receive(sock: socket.socket, deadline: float) -> bytes:
    sock.settimeout(_left_s(deadline))
    return sock.recv(65536)


def _status(head: bytes) -> bytes:
    return head.split(b" ", 2)[1] if head.count(b" ") > 1 else b""


def _left_s(deadline: float) -> float:
    return max(0.01, deadline - time.monotonic())  # zero would mean: do not wait at all
