"""How a box is confined: one table, every row with its reason.

Rules that live here and nowhere else:

* Everything is on, always; there is no switch. It costs nothing at start-up (measured: 150 to 220 ms with and without).
* The keeper is root with the one capability KILL; the agent is another user without any.
* Nothing of the image decides how the box runs: not its user, entry point, health check or volumes.
* Nothing of this process's environment or of the Docker CLI's settings (proxies) gets in.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from docker.types import Healthcheck, LogConfig, Mount, Ulimit

from runner.types import WORKSPACE, Limits

OUTPUT: Final = "/output"
SHELL: Final = "/run/runner/bash"
HOME: Final = "/home/agent"
TEMP: Final = "/tmp"  # noqa: S108 - a path in the box

SHM_BYTES: Final = 64 * 1024**2
"""Docker's own default for /dev/shm."""

CONFINED: Final[tuple[tuple[str, Any, str], ...]] = (
    ("read_only", True, "the root file system cannot be changed; writing is for the workspace, /tmp and the home"),
    ("cap_drop", ["ALL"], "no capability, so root of the box is nobody"),
    ("cap_add", ["KILL"], "but for the keeper, which must end what another user started; the agent never has it"),
    ("network_mode", "none", "no interface but loopback"),
    ("dns", ["127.0.0.1"], "the address of this machine's name server is nobody's business"),
    ("ipc_mode", "private", "no shared memory with other boxes or the host"),
    ("cgroupns", "private", "the box's place among the host's control groups stays hidden"),
    ("shm_size", SHM_BYTES, "shared memory counts as memory; bounded anyway"),
    ("ulimits", [Ulimit(name="core", soft=0, hard=0)], "no core dumps, which the host's handler would run on"),
    ("log_config", LogConfig(type="none"), "a second copy of all output would fill the host's disk"),
    ("auto_remove", True, "when the keeper ends, the container is gone, also when nobody is left to remove it"),
    ("privileged", False, "said aloud"),
    ("init", False, "the keeper is the first process; as any other it could be killed"),
)
"""Host settings that are the same for every box: name, value, reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounts:
    """What of the host a box sees.

    Attributes:
        workspace: the only directory it may write.
        output: full texts of cut outputs, read-only.
        shell: the brought static bash, read-only.
    """

    workspace: Path
    output: Path
    shell: Path


def host_settings(
    mounts: Mounts, limits: Limits, *, cpus: int, volumes: tuple[str, ...], profile: str, user: str | None
) -> dict[str, Any]:
    """Return the settings of a box for `create_host_config`.

    Args:
        mounts: host directories, existing and absolute.
        limits: what the box may use.
        cpus: how many processors there are, since engines refuse to promise more; 0 where they cannot be limited.
        volumes: paths the image declares as volumes; without us they would be writable and unbounded.
        profile: the system call filter: JSON text for Docker, a path for Podman.
        user: uid:gid of who owns the directories in memory; None where the engine takes no owner (Podman).
    """
    settings = {name: value for name, value, _reason in CONFINED}
    settings["security_opt"] = ["no-new-privileges", f"seccomp={profile}"]
    settings["pids_limit"] = limits.pids  # without it one fork bomb stops the whole machine
    settings["mem_limit"] = limits.memory_bytes
    settings["memswap_limit"] = limits.memory_bytes  # the same: no swap
    if cpus:
        settings["nano_cpus"] = round(min(limits.cpus, cpus) * 1e9)
    settings["tmpfs"] = _in_memory(limits.memory_bytes, volumes, user)
    settings["mounts"] = [
        Mount(WORKSPACE, str(mounts.workspace), type="bind"),
        Mount(OUTPUT, str(mounts.output), type="bind", read_only=True),
        Mount(SHELL, str(mounts.shell), type="bind", read_only=True),
    ]
    return settings


def container_settings(host_config: Any, image: str, entrypoint: list[str], labels: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of `create_container`.

    Args:
        host_config: made of `host_settings`.
        image: id or name.
        entrypoint: the keeper, instead of whatever the image starts.
        labels: by which the box is found again.
    """
    return {
        "image": image,
        "entrypoint": entrypoint,
        "command": [],
        "user": "0:0",  # the keeper; sessions are started as another user
        "working_dir": "/",
        "hostname": "box",
        "environment": {},
        "labels": labels,
        "stdin_open": True,  # opened once and closed with us, which ends the keeper
        "tty": False,
        "healthcheck": Healthcheck(test=["NONE"]),  # one of the image would run as the keeper's user
        "use_config_proxy": False,  # would copy proxy settings, passwords included, from the Docker CLI's configuration
        "host_config": host_config,
    }


def _in_memory(memory_bytes: int, volumes: tuple[str, ...], user: str | None) -> dict[str, str]:
    """Return the directories that live in memory, so small together that they cannot use it up.

    A quarter each for /tmp and the home leaves half for processes. `exec` because Docker forbids it by default and
    programs are built and run there. Owner and mode, because runc gives a directory that the image has already the mode
    it has there, and root as its owner.
    """
    uid, _, gid = (user or "").partition(":")
    owner = f",uid={uid},gid={gid}" if user else ""
    quarter, part = memory_bytes // 4, memory_bytes // 16
    sizes = {TEMP: quarter, HOME: quarter}
    taken = (*sizes, WORKSPACE, OUTPUT, SHELL)
    sizes |= {path: part for path in volumes if path.rstrip("/") not in taken}
    return {path: f"size={size},mode=1777{owner},nosuid,nodev,exec" for path, size in sizes.items()}
