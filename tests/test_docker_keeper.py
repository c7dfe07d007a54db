"""The host's side of the keeper: what comes out of a box is parsed or refused, and never waited for without end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.docker_sandbox.keeper import BoxGoneError, Census, Keeper, Ready
from runner.adapters.docker_sandbox.stream import HEADER, Stream

READY = "READY shell=/bin/bash map=0:0:4294967295 seccomp=2 no_new_privs=1 pids=256 token=abc\n"


def frame(payload: bytes) -> bytes:
    return HEADER.pack(1, len(payload)) + payload


@contextmanager
def a_keeper(answer: Callable[[str], str | None]) -> Iterator[Keeper]:
    """A keeper that answers each request by this function; None ends it."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with theirs, theirs.makefile("rb") as requests:
            for request in requests:
                text = answer(request.decode())
                if text is None:
                    return
                theirs.sendall(frame(text.encode()))

    thread = threading.Thread(target=serve)
    thread.start()
    keeper = Keeper(Stream(ours))
    try:
        yield keeper
    finally:
        keeper.close()
        thread.join()


def said(text: bytes, *, end: bool = True) -> Ready:
    """What the keeper's beginning is taken for."""
    ours, theirs = socket.socketpair()
    keeper = Keeper(Stream(ours))
    try:
        theirs.sendall(frame(text))
        if end:
            theirs.close()
        return keeper.ready(time.monotonic() + (5 if end else 0.05))
    finally:
        keeper.close()
        theirs.close()


def test_its_first_words_say_how_the_box_is_confined() -> None:
    assert said(READY.encode()) == Ready(
        shell="/bin/bash",
        uid_map=((0, 0, 4294967295),),
        seccomp_filter=True,
        no_new_privs=True,
        pids="256",
        token="abc",
    )


def test_what_it_cannot_tell_is_absent() -> None:
    ready = said(b"READY shell=- map=0:1000:1,1:100000:65536 seccomp=0 no_new_privs=0 pids=- token=-\n")
    assert (ready.shell, ready.pids, ready.token) == (None, "", "")
    assert not ready.seccomp_filter
    assert ready.outside(0) == 1000
    assert ready.outside(1000) == 100999
    with pytest.raises(BoxGoneError, match="no user 70000"):
        ready.outside(70000)


def test_what_it_says_instead_is_told() -> None:
    with pytest.raises(BoxGoneError, match="exec format error"):
        said(b"exec /run/runner/bash: exec format error")


@given(st.binary(max_size=80))
def test_no_first_words_do_anything_but_be_refused(words: bytes) -> None:
    for text in (words + b"\n", b"READY " + words + b"\n"):
        with pytest.raises(BoxGoneError):
            said(text)


def test_silence_is_not_waited_for() -> None:
    with pytest.raises(BoxGoneError, match="does not answer"):
        said(b"REA", end=False)


def test_a_census_is_parsed() -> None:
    with a_keeper(lambda request: f"{request.split()[0]} {request.split()[1]} 3 1\n") as keeper:
        assert keeper.census(17) == Census(alive=3, oom_kills=1)


@pytest.mark.parametrize("answer", ["{} {}\n", "{} {} a b\n", "{} {} 1\n"])
def test_a_nonsense_census_is_refused(answer: str) -> None:
    with (
        a_keeper(lambda request: answer.format(*request.split()[:2])) as keeper,
        pytest.raises(BoxGoneError, match="nonsense"),
    ):
        keeper.census(17)


def test_answers_nobody_waited_for_are_passed_over() -> None:
    with a_keeper(lambda request: f"K 99\n\0\nS 0 5 5\n{' '.join(request.split()[:2])} 2 0\n") as keeper:
        assert keeper.census(None).alive == 2


def test_killing_everything_waits_until_it_is_dead() -> None:
    alive = iter([3, 2, 0])
    asked: list[str] = []

    def answer(request: str) -> str:
        kind, number, *_ = request.split()
        asked.append(kind)
        return f"{kind} {number} {next(alive)} 0\n" if kind == "S" else f"{kind} {number}\n"

    with a_keeper(answer) as keeper:
        keeper.kill_all()
    assert asked == ["A", "S"] * 3


def test_what_cannot_be_killed_ends_the_box() -> None:
    with (
        a_keeper(lambda request: f"{' '.join(request.split()[:2])} 1 0\n") as keeper,
        pytest.raises(BoxGoneError, match="cannot be killed"),
    ):
        keeper.kill_all(patience_s=0.02)


def test_requests_name_the_process() -> None:
    asked: list[str] = []

    def answer(request: str) -> str:
        asked.append(request)
        return f"{' '.join(request.split()[:2])}\n"

    with a_keeper(answer) as keeper:
        keeper.kill_all_but(17)
        keeper.kill(18)
    assert asked == ["K 1 17\n", "X 2 18\n"]


def test_an_ended_keeper_is_a_gone_box() -> None:
    with a_keeper(lambda _request: None) as keeper:
        with pytest.raises(BoxGoneError):
            keeper.census(None)
        assert keeper.has_ended()
        with pytest.raises(BoxGoneError):
            keeper.kill_all()
