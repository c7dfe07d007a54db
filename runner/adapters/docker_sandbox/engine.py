"""The container engine: found, checked, and spoken to.

Rules that live here and nowhere else:

* Which engine is used: `DOCKER_HOST` alone when it is set, else the Docker CLI's current context, else the usual
  sockets of Docker, rootless Docker and Podman, in this order; the first that answers.
* Only an engine of this machine will do: the workspace is mounted from here. `tcp://` and `ssh://` are refused.
* An engine that would silently ignore a limit is refused; without a process limit one fork bomb stops the machine.
* Every error of the `docker` package leaves as `SandboxUnavailable` with one sentence and a hint.
* Labels: `org.agent-runner.run` names the run a container belongs to, `org.agent-runner.owner` the process that
  made it.

Not promised: that an engine behind a local socket runs on this machine (a forwarded socket looks the same). Whoever
starts a box finds out by a token in a mounted file.
"""

import contextlib
import http.client
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import docker.errors
from docker.client import DockerClient
from docker.context import ContextAPI

from runner.adapters.docker_sandbox.hijack import RefusedError, ping, upgrade
from runner.adapters.docker_sandbox.stream import Stream
from runner.errors import SandboxUnavailable
from runner.ports import Watch

RUN_LABEL: Final = "org.agent-runner.run"
OWNER_LABEL: Final = "org.agent-runner.owner"

PING_S: Final = 5.0
"""How long a socket may take to answer that it is an engine: a loaded engine answers in a second."""

CALL_S: Final = 60.0
"""How long one request may take. The slowest we make, removing a busy container, takes a second."""

GONE_S: Final = 30.0
"""How long removed containers may take to be gone."""

ORPHAN_S: Final = 60.0
"""How old an abandoned box must be: longer than any start takes."""

GET_ONE: Final = (
    "Install Docker (https://docs.docker.com/engine/install/) or Podman with its socket "
    "(systemctl --user enable --now podman.socket), or point DOCKER_HOST at a running engine."
)


EXIT_CODE_S: Final = 3.0
"""How long the engine may take to notice that a process has ended: 20.10 waits 2 s for pipes that stay open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecState:
    """What the engine knows of a started command. `pid` counts in the engine's own namespace; 0 when it is unknown."""

    running: bool
    exit_code: int | None
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running container engine of this machine.

    Attributes:
        client: the `docker` package's client; use it inside `speaking`.
        socket_path: the engine's unix socket.
        name: name and version, for people.
        is_podman: it speaks Docker's API but is Podman.
        is_rootless: its root is an ordinary user of this machine.
        cpus: how many processors it has to give; 0 where it cannot limit them, which harms nobody but the box.
    """

    client: Any
    socket_path: str
    name: str
    is_podman: bool
    is_rootless: bool
    cpus: int

    @classmethod
    def connect(cls, watch: Watch, environ: Mapping[str, str] = os.environ) -> "Engine":
        """Return an engine that answers and keeps its limits. Takes milliseconds; 5 s a socket that hangs.

        Args:
            watch: told what is tried.
            environ: where `DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST` and `XDG_RUNTIME_DIR` are looked up.

        Raises:
            SandboxUnavailable: none answers, or the one that does cannot be used; says why. Nothing was started.
        """
        failures = []
        for url in _candidates(environ):
            watch(f"looking for a container engine at {url}")
            path = _socket_path(url)
            if (failure := ping(path, time.monotonic() + PING_S)) is None:
                return cls._checked(path)
            failures.append(f"{url} ({failure})")
        raise SandboxUnavailable(f"no container engine answers; tried {', '.join(failures)}", hint=_hint(failures))

    @classmethod
    def _checked(cls, path: str) -> "Engine":
        with speaking("asked what it is"):
            client = DockerClient(base_url=f"unix://{path}", timeout=CALL_S)
            try:
                version, info = client.version(), client.info()
            except BaseException:
                client.close()
                raise
        components = [part.get("Name", "") for part in version.get("Components") or ()]
        is_podman = any("podman" in name.lower() for name in components)
        name = f"{'Podman' if is_podman else 'Docker Engine'} {version.get('Version', '')}".strip()
        if (failure := unfit(info)) is not None:
            client.close()
            raise SandboxUnavailable(f"{name} at {path} cannot be used: {failure[0]}", hint=failure[1])
        rootless = any(option.startswith("name=rootless") for option in info["SecurityOptions"])
        cpus = info["NCPU"] if info.get("CpuCfsQuota") else 0
        return cls(client=client, socket_path=path, name=name, is_podman=is_podman, is_rootless=rootless, cpus=cpus)

    @property
    def api(self) -> Any:
        """The `docker` package's low-level client; use it inside `speaking`."""
        return self.client.api

    def close(self) -> None:
        """Give up the connections. Containers are not touched."""
        self.client.close()

    def attach(self, container_id: str) -> Stream:
        """Return the stream of a container's first process. Attach before the start and nothing is missed.

        Raises:
            SandboxUnavailable: there is no such container, or the engine does not answer.
        """
        query = "stream=1&stdin=1&stdout=1&stderr=1"
        return self._hijack(f"/containers/{quote(container_id)}/attach?{query}", None)

    def execute(
        self, container_id: str, argv: list[str], *, user: str, cwd: str, env: Mapping[str, str]
    ) -> tuple[str, Stream]:
        """Return id and stream of a new process in a running container. Costs about 50 ms.

        Raises:
            SandboxUnavailable: the container does not run, or the engine does not answer; nothing was started.
        """
        with speaking("asked to start a process in the box"):
            created = self.api.exec_create(
                container_id, argv, stdin=True, user=user, workdir=cwd, environment=dict(env)
            )
        return created["Id"], self._hijack(f"/exec/{created['Id']}/start", {"Detach": False, "Tty": False})

    def exec_state(self, exec_id: str) -> ExecState | None:
        """Return what became of a started process, or None when the engine no longer knows it.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        with speaking("asked about a process in the box"):
            try:
                state = self.api.exec_inspect(exec_id)
            except docker.errors.APIError:
                return None
        return ExecState(running=bool(state["Running"]), exit_code=state["ExitCode"], pid=state.get("Pid") or 0)

    def exit_code(self, exec_id: str) -> int | None:
        """Return the code of a process that is ending, once it is known; None if it never is.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        deadline = time.monotonic() + EXIT_CODE_S
        while (state := self.exec_state(exec_id)) is not None and time.monotonic() < deadline:
            if not state.running:
                return state.exit_code
            time.sleep(0.01)
        return None

    def remove_run(self, run_id: str) -> None:
        """Leave no container of this run, whoever made it, and return when the engine has forgotten them all.

        Raises:
            SandboxUnavailable: the engine does not answer, or something is still there after half a minute.
        """
        deadline = time.monotonic() + GONE_S
        filters = {"label": f"{RUN_LABEL}={run_id}"}
        while True:
            with speaking("asked for the boxes of this run"):
                found = [box["Id"] for box in self.api.containers(all=True, quiet=True, filters=filters)]
            if not found:
                return
            if time.monotonic() > deadline:
                hint = f"Remove it by hand: docker rm -f {found[0][:12]}"
                raise SandboxUnavailable("the container engine does not remove a box of this run", hint=hint)
            for container_id in found:
                self._remove(container_id)
            time.sleep(0.01)

    def remove_orphans(self, min_age_s: float = ORPHAN_S) -> None:
        """Remove boxes that were made and never started by processes that are gone. Costs 2 ms.

        Others need no help: a box that was started ends with its process, and the engine removes it then.

        Args:
            min_age_s: younger ones are left alone; their process may be one we cannot see from here.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        filters = {"label": OWNER_LABEL, "status": ["created", "exited", "dead"]}
        with speaking("asked for abandoned boxes"):
            found = self.api.containers(all=True, filters=filters)
        for box in found:
            if time.time() - box["Created"] >= min_age_s and not is_alive(box["Labels"][OWNER_LABEL]):
                self._remove(box["Id"])

    def _remove(self, container_id: str) -> None:
        try:
            self.api.remove_container(container_id, force=True, v=True)
        except docker.errors.APIError:
            pass  # gone already, or on its way: whoever asked looks again
        except OSError as error:
            raise _no_answer("asked to remove a box") from error

    def _hijack(self, target: str, body: Mapping[str, Any] | None) -> Stream:
        path = f"/v{self.api.api_version}{target}"
        try:
            return Stream(*upgrade(self.socket_path, path, body, time.monotonic() + CALL_S))
        except (OSError, RefusedError) as error:
            raise SandboxUnavailable(f"the container engine gave no stream: {error}", hint="") from error


@contextlib.contextmanager
def speaking(doing: str) -> Iterator[None]:
    """Turn every error of the `docker` package inside the block into `SandboxUnavailable`.

    Args:
        doing: what the engine was doing, to complete "the container engine failed when ...".
    """
    try:
        yield
    except docker.errors.APIError as error:
        said = str(error.explanation or error).strip()
        raise SandboxUnavailable(f"the container engine failed when {doing}: {said}", hint="") from error
    except (docker.errors.DockerException, OSError, http.client.HTTPException) as error:
        raise _no_answer(doing) from error


def _no_answer(doing: str) -> SandboxUnavailable:
    return SandboxUnavailable(f"the container engine did not answer when {doing}", hint="Check it with: docker info")


def process_name() -> str:
    """Return a name for this process that no other process ever has: boot id, process id, start time in ticks."""
    return f"{_boot_id()}:{os.getpid()}:{_start_ticks(os.getpid())}"


def is_alive(name: str) -> bool:
    """Return whether the process of that name can be seen from here; False for what is no name."""
    boot, _, rest = name.partition(":")
    pid, _, ticks = rest.partition(":")
    return boot == _boot_id() and pid.isdigit() and ticks == _start_ticks(int(pid))


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start_ticks(pid: int) -> str | None:
    """Return when a process started, in clock ticks since boot; None when there is none."""
    with contextlib.suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return after_name[19]  # field 22 of proc(5) stat; fields 1 and 2 are cut off
    return None


def unfit(info: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why an engine that reports this `info` must not be used, with a hint; None when it may."""
    if info.get("OSType") != "linux":
        return "it runs no Linux containers", "Switch it to Linux containers."
    ignored = [name for name in ("PidsLimit", "MemoryLimit") if not info.get(name)]
    if info.get("CgroupDriver") == "none" or ignored:
        return "it silently ignores limits on processes and memory", (
            "Run the engine as root, or with cgroup v2 and delegation: "
            "https://rootlesscontaine.rs/getting-started/common/cgroup2/"
        )
    if not any(option.startswith("name=seccomp") for option in info.get("SecurityOptions") or ()):
        return "it cannot filter system calls (no seccomp)", "Use an engine and a kernel with seccomp."
    return None


def _candidates(environ: Mapping[str, str]) -> list[str]:
    """Return the addresses to try, best first.

    Raises:
        SandboxUnavailable: the Docker CLI's settings name a context that cannot be read.
    """
    if given := environ.get("DOCKER_HOST"):
        return [given]
    with speaking("looked up in the Docker CLI's context"):
        context = ContextAPI.kwargs_from_context(environment=dict(environ)).get("base_url")
    home = environ.get("HOME", "")
    found = [context] if context else []
    found.append("unix:///var/run/docker.sock")
    for directory, name in (
        (environ.get("XDG_RUNTIME_DIR"), "docker.sock"),
        (home, ".docker/run/docker.sock"),
        (home, ".docker/desktop/docker.sock"),
    ):
        if directory and Path(directory, name).exists():
            found.append(f"unix://{directory}/{name}")
    if podman := environ.get("CONTAINER_HOST"):
        found.append(podman)
    found += [
        f"unix://{directory}/podman/podman.sock"
        for directory in (environ.get("XDG_RUNTIME_DIR"), "/run")
        if directory and Path(directory, "podman/podman.sock").exists()
    ]
    return list(dict.fromkeys(url.replace("http+unix://", "unix://") for url in found))


def _socket_path(url: str) -> str:
    """Return the path of a local socket's address.

    Raises:
        SandboxUnavailable: the address is one of another machine, or none at all.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "unix":
        return "/" + rest.lstrip("/")
    if not separator and url.startswith("/"):
        return url
    raise SandboxUnavailable(
        f"the container engine at {url} is not reached through a local socket, which is not supported yet",
        hint="Workspaces are mounted from this machine: set DOCKER_HOST to a unix:// address, or unset it.",
    )


def _hint(failures: list[str]) -> str:
    if any("permission denied" in failure for failure in failures):
        return "An engine is there, but you may not use it: sudo usermod -aG docker $USER, then log in again."
    return GET_ONE
