"""The engine's stream format, and waiting that ends."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.docker_sandbox.stream import HEADER, Stream, StreamClosedError


@contextmanager
def connected(already_read: bytes = b"") -> Iterator[tuple[Stream, socket.socket]]:
    """Both ends of a stream: ours, and the engine's."""
    ours, theirs = socket.socketpair()
    stream = Stream(ours, already_read)
    try:
        yield stream, theirs
    finally:
        stream.close()
        theirs.close()


def frame(payload: bytes, kind: int = 1) -> bytes:
    return HEADER.pack(kind, len(payload)) + payload


def soon() -> float:
    return time.monotonic() + 5


def all_of(stream: Stream) -> bytes:
    received = b""
    try:
        while (piece := stream.receive(soon())) is not None:
            received += piece
    except StreamClosedError:
        return received
    raise AssertionError("the stream did not end")


@given(
    payloads=st.lists(st.binary(max_size=300), max_size=20),
    kinds=st.lists(st.sampled_from([1, 2]), min_size=20, max_size=20),
    cuts=st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=20),
    early=st.integers(min_value=0, max_value=60),
)
def test_payloads_arrive_whole_and_in_order_wherever_they_are_cut(
    payloads: list[bytes], kinds: list[int], cuts: list[int], early: int
) -> None:
    wire = b"".join(frame(payload, kind) for payload, kind in zip(payloads, kinds, strict=False))
    with connected(wire[:early]) as (stream, engine):
        rest, place, received = wire[early:], 0, b""
        while rest:
            size = cuts[place % len(cuts)]
            engine.send(rest[:size])
            rest, place = rest[size:], place + 1
            while (piece := stream.receive(0)) is not None:
                received += piece
        engine.close()
        assert received + all_of(stream) == b"".join(payloads)


def test_a_part_of_a_frame_is_handed_on_before_the_rest_arrives() -> None:
    with connected() as (stream, engine):
        engine.send(HEADER.pack(1, 2**31) + b"first")
        assert stream.receive(soon()) == b"first"


def test_nothing_by_the_deadline_is_none_and_not_an_end() -> None:
    with connected() as (stream, engine):
        assert stream.receive(time.monotonic() + 0.01) is None
        engine.send(frame(b"late"))
        assert stream.receive(soon()) == b"late"


def test_an_end_is_seen_behind_unread_output() -> None:
    with connected() as (stream, engine):
        assert not stream.has_ended()
        engine.send(frame(b"last words"))
        engine.close()
        assert stream.has_ended()
        assert all_of(stream) == b"last words"


def test_what_nobody_takes_is_given_up_at_the_deadline() -> None:
    with connected() as (stream, _engine):
        assert not stream.send(b"x" * 10_000_000, time.monotonic() + 0.01)


def test_sending_to_an_ended_stream_says_so() -> None:
    with connected() as (stream, engine):
        engine.close()
        with pytest.raises(StreamClosedError):
            stream.send(b"x" * 10_000_000, soon())


def test_closing_can_be_repeated() -> None:
    with connected() as (stream, engine):
        stream.close()
        stream.close()
        assert engine.recv(1) == b""
        assert stream.has_ended()
        with pytest.raises(StreamClosedError):
            stream.receive(soon())
