"""Opening a stream loses nothing and says why it fails."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.adapters.docker_sandbox.hijack import RefusedError, ping, upgrade

SWITCHED = b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"


@contextmanager
def an_engine(path: Path, *pieces: bytes, keep_open: bool = False) -> Iterator[list[bytes]]:
    """A socket that answers one request with these pieces; yields what it was asked."""
    asked: list[bytes] = []
    done = threading.Event()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            asked.append(connection.recv(65536))
            for piece in pieces:
                connection.sendall(piece)
            if keep_open:
                done.wait(10)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield asked
    finally:
        done.set()
        thread.join()
        server.close()


def soon() -> float:
    return time.monotonic() + 5


def test_output_that_comes_with_the_header_is_kept(tmp_path: Path) -> None:
    with an_engine(tmp_path / "s", SWITCHED + b"first words") as asked:
        sock, rest = upgrade(str(tmp_path / "s"), "/v1/x?a=1", {"Tty": False}, soon())
        sock.close()
    assert rest == b"first words"
    assert asked[0].startswith(b"POST /v1/x?a=1 HTTP/1.1\r\n")
    assert asked[0].endswith(b'\r\n\r\n{"Tty": false}')


def test_a_header_in_pieces_is_put_together(tmp_path: Path) -> None:
    with an_engine(tmp_path / "s", SWITCHED[:9], SWITCHED[9:-2], SWITCHED[-2:] + b"more"):
        sock, rest = upgrade(str(tmp_path / "s"), "/", None, soon())
        while len(rest) < 4:
            rest += sock.recv(4)
        sock.close()
    assert rest == b"more"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b'HTTP/1.1 404 Not Found\r\n\r\n{"message":"No such container: x"}', "No such container: x"),
        (b'HTTP/1.1 409 Conflict\r\n\r\n32\r\n{"message":"is not running"}\r\n0\r\n', "is not running"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", "HTTP/1.1 500 Oh"),
        (b"HTTP/1.1 500 Oh\r\n\r\n[]", "HTTP/1.1 500 Oh"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "SSH-2.0-OpenSSH"),
        (b"", "it closed the connection"),
    ],
)
def test_a_refusal_says_what_the_engine_said(tmp_path: Path, answer: bytes, said: str) -> None:
    with an_engine(tmp_path / "s", answer), pytest.raises(RefusedError) as caught:
        upgrade(str(tmp_path / "s"), "/", None, soon())
    assert str(caught.value) == said


def test_an_engine_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with an_engine(tmp_path / "s", b"HTTP/1.1 101", keep_open=True), pytest.raises(OSError):
        upgrade(str(tmp_path / "s"), "/", None, time.monotonic() + 0.05)


def _nothing(_path: Path) -> None:
    pass


def _a_file(path: Path) -> None:
    path.write_text("")


@pytest.mark.parametrize(("make", "reason"), [(_nothing, "no such file or directory"), (_a_file, "connection refused")])
def test_a_ping_tells_why_there_is_no_engine(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    make(tmp_path / "s")
    assert ping(str(tmp_path / "s"), soon()) == reason


def test_a_ping_knows_an_engine_from_something_else(tmp_path: Path) -> None:
    with an_engine(tmp_path / "a", b"HTTP/1.1 200 OK\r\n\r\nOK"):
        assert ping(str(tmp_path / "a"), soon()) is None
    with an_engine(tmp_path / "b", b"220 mail\r\n"):
        assert ping(str(tmp_path / "b"), soon()) == "not a container engine"
    with an_engine(tmp_path / "c", keep_open=True):
        assert ping(str(tmp_path / "c"), time.monotonic() + 0.05) == "timed out"
