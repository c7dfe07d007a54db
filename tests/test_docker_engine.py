"""Which engine is used, and which is refused, and what is said about it."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker.errors
import pytest

from runner.adapters.docker_sandbox.engine import Engine, is_alive, process_name, speaking, unfit
from runner.errors import SandboxUnavailable

GOOD = {
    "OSType": "linux",
    "PidsLimit": True,
    "MemoryLimit": True,
    "CgroupDriver": "cgroupfs",
    "SecurityOptions": ["name=seccomp,profile=default"],
}


def quiet(_line: str) -> None:
    pass


@contextmanager
def a_mute_socket(path: Path) -> Iterator[None]:
    """A socket that hears one request and closes."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1000)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        server.close()


@pytest.mark.parametrize("url", ["tcp://10.0.0.1:2375", "ssh://me@host", "http://localhost:2375", "npipe:////./pipe/x"])
def test_an_engine_that_is_not_behind_a_local_socket_is_refused(url: str) -> None:
    with pytest.raises(SandboxUnavailable, match="not supported yet") as caught:
        Engine.connect(quiet, {"DOCKER_HOST": url})
    assert "unix://" in caught.value.hint


def test_no_engine_says_what_was_tried_and_how_to_get_one(tmp_path: Path) -> None:
    tried: list[str] = []
    with pytest.raises(SandboxUnavailable, match="no container engine answers") as caught:
        Engine.connect(tried.append, {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert f"unix://{tmp_path}/none.sock (no such file or directory)" in str(caught.value)
    assert "Docker" in caught.value.hint
    assert "Podman" in caught.value.hint
    assert tried == [f"looking for a container engine at unix://{tmp_path}/none.sock"]


def test_something_else_behind_the_socket_is_no_engine(tmp_path: Path) -> None:
    with a_mute_socket(tmp_path / "s"), pytest.raises(SandboxUnavailable, match="not a container engine"):
        Engine.connect(quiet, {"DOCKER_HOST": f"unix://{tmp_path}/s"})


@pytest.mark.skipif(os.getuid() == 0, reason="root may use every socket")
def test_a_socket_one_may_not_use_has_its_own_hint(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        (tmp_path / "s").chmod(0)
        with pytest.raises(SandboxUnavailable) as caught:
            Engine.connect(quiet, {"DOCKER_HOST": f"unix://{tmp_path}/s"})
    assert "usermod" in caught.value.hint


def test_an_engine_that_keeps_its_limits_is_taken() -> None:
    assert unfit(GOOD) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"OSType": "windows"}, "no Linux containers"),
        ({"PidsLimit": False}, "silently ignores limits"),
        ({"MemoryLimit": False}, "silently ignores limits"),
        ({"CgroupDriver": "none"}, "silently ignores limits"),
        ({"SecurityOptions": ["name=apparmor"]}, "seccomp"),
        ({"SecurityOptions": None}, "seccomp"),
    ],
)
def test_an_engine_that_does_not_is_refused(change: dict[str, object], reason: str) -> None:
    why = unfit({**GOOD, **change})
    assert why is not None
    assert reason in why[0]
    assert why[1]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (docker.errors.APIError("x", explanation="no space left on device"), "no space left on device"),
        (docker.errors.DockerException("broken"), "did not answer when asked"),
        (ConnectionResetError("reset"), "did not answer when asked"),
        (TimeoutError(), "did not answer when asked"),
    ],
)
def test_every_failure_of_the_engine_is_ours(error: Exception, text: str) -> None:
    with pytest.raises(SandboxUnavailable, match=text) as caught, speaking("asked"):
        raise error
    assert caught.value.__cause__ is error


def test_a_process_has_one_name() -> None:
    boot, pid, ticks = process_name().rsplit(":", 2)
    assert len(boot) == 36
    assert int(pid) == os.getpid()
    assert int(ticks) > 0
    assert is_alive(process_name())


def test_other_names_are_of_the_dead() -> None:
    boot, pid, ticks = process_name().rsplit(":", 2)
    for name in (
        f"{boot}:{pid}:{int(ticks) + 1}",
        f"x{boot}:{pid}:{ticks}",
        f"{boot}:0:{ticks}",
        boot,
        "",
        "::",
        ":x:y",
    ):
        assert not is_alive(name)
