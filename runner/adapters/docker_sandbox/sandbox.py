"""`DockerSandbox`: the Sandbox port on a container engine of this machine.

Rules that live here and nowhere else:

* A run has one box at a time. Before a new one is made, and when the run stops, every container with the run's label is
  removed, whoever made it, and the engine has forgotten it: a restore never races with a dying box.
* A box is only used after its keeper has said that it sees our files (a fresh token), that the system call filter and
  "no new privileges" are on, and that the process limit is in force.
* Who is who: where this process is root, the agent is user 1000 and the workspace is made to belong to it. Elsewhere
  the agent is the user who, seen from here, is ourselves. The keeper is the box's root.
* Nothing of this process's environment gets into a box.

Not promised: a limit on the workspace's size (the snapshot store looks after it), and help for engines on other
machines or in a virtual machine of their own.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, assert_never

from runner.adapters.docker_sandbox import seccomp
from runner.adapters.docker_sandbox.box import NOT_RUN, Person, RunningBox
from runner.adapters.docker_sandbox.box_files import BoxFiles
from runner.adapters.docker_sandbox.engine import OWNER_LABEL, RUN_LABEL, Engine, process_name, speaking
from runner.adapters.docker_sandbox.file_tool import FileTool
from runner.adapters.docker_sandbox.hardening import (
    HOME,
    OUTPUT,
    SHELL,
    TEMP,
    Mounts,
    container_settings,
    host_settings,
)
from runner.adapters.docker_sandbox.keeper import SCRIPT, BoxGoneError, Keeper, Ready
from runner.adapters.docker_sandbox.output import SpillFolder
from runner.adapters.docker_sandbox.tree import Owner, Tree, own_tree
from runner.errors import SandboxLost, SandboxUnavailable
from runner.ports import Watch
from runner.types import (
    WORKSPACE,
    Box,
    Create,
    Delegate,
    End,
    Exec,
    Execution,
    FileOperation,
    Foreign,
    Insert,
    Limits,
    Permit,
    Probe,
    Propose,
    Purpose,
    Question,
    Replace,
    Restart,
    View,
)

READY_S: Final = 30.0
"""How long a container may take from its start to the keeper's first word. Measured: 0.2 s; 0.6 s under load."""

AGENT: Final = 1000
"""The agent's user and group where this process is root, as in images/base."""

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

TOKEN: Final = ".token"  # noqa: S105 - a file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """What matters of an image."""

    id: str
    path: str
    volumes: tuple[str, ...]


class DockerSandbox:
    """One throwaway box at a time, around one workspace."""

    def __init__(
        self,
        engine: Engine,
        *,
        run_id: str,
        image: str,
        workspace: Path,
        spill: Path,
        shell: Path,
        limits: Limits,
        env: tuple[tuple[str, str], ...],
        watch: Watch,
    ) -> None:
        """Nothing is started yet.

        Args:
            engine: connected.
            run_id: names the run; boxes of the same run are removed.
            image: id or name of an image the engine has; it needs no program of its own.
            workspace: absolute host directory, mounted read-write at `/workspace`. It must exist when a box is started.
            spill: absolute host directory for the full texts of cut outputs, mounted read-only at `/output`; made if
                missing. Only this run may use it.
            shell: host path of a static bash for the engine's processor.
            limits: of the box and its calls.
            env: set in the agent's shells and in checks.
            watch: told what is being done.
        """
        self._engine = engine
        self._run_id = run_id
        self._image = image
        self._mounts = Mounts(workspace=workspace, output=spill, shell=shell)
        self._limits = limits
        self._env = dict(env)
        self._watch = watch
        self._box: RunningBox | None = None
        self._files: FileTool | None = None

    def start(self, purpose: Purpose) -> Box:
        """Return a fresh box; every earlier one of this run is gone first. Takes about 0.3 s.

        A box for checks gets no session until a command needs one.

        Raises:
            SandboxUnavailable: no box stands, nothing ran.
        """
        self.stop()
        self._engine.remove_orphans()
        self._watch("starting the container")
        try:
            box, image = self._start()
            if purpose is Purpose.WORK:
                box.begin_session()
        except (BoxGoneError, OSError) as error:
            self._clear()
            raise SandboxUnavailable(f"the box did not start: {error}", hint="") from error
        except BaseException:
            self._clear()
            raise
        return Box(id=box.container_id, image_id=image.id, engine=self._engine.name, purpose=purpose)

    def perform(self, permit: Permit, deadline_s: float) -> Execution:
        """Return what became of the permitted action, within `deadline_s` and a few seconds.

        Raises:
            SandboxUnavailable: no box stands; nothing ran.
            SandboxLost: the box vanished; what happened is unknown.
        """
        box, files = self._standing()
        match permit.action.operation:
            case Exec(command=command):
                return _refused(command, box) or box.execute(command.encode(), deadline_s)
            case Probe(command=command):
                return _refused(command, box) or box.probe(command.encode(), deadline_s)
            case Restart():
                return box.restart()
            case View() | Create() | Replace() | Insert() as operation:
                return _file_execution(files.within(deadline_s), operation, box)
            case Delegate() | Question() | Propose() | Foreign():
                raise ValueError("this needs no box")
            case operation:
                assert_never(operation)

    def stop(self) -> None:
        """Leave no box of this run alive, nor of a former process that worked on it. Takes about 0.1 s.

        Raises:
            SandboxUnavailable: the engine does not answer, so a box may still be alive.
        """
        box, self._box, self._files = self._box, None, None
        if box is not None:
            box.close()
        self._engine.remove_run(self._run_id)

    def _clear(self) -> None:
        """Leave nothing of a failed start, as far as possible; the next start or stop looks again."""
        with contextlib.suppress(SandboxUnavailable):
            self.stop()

    def _standing(self) -> tuple[RunningBox, FileTool]:
        box, files = self._box, self._files
        if box is None or files is None:
            raise SandboxUnavailable("no box stands", hint="")
        if box.keeper.has_ended():
            raise SandboxUnavailable(
                "the box has vanished", hint="Was it removed, or was the container engine restarted?"
            )
        return box, files

    def _start(self) -> tuple[RunningBox, _Image]:
        image = self._look_up()
        token = self._prepare_folders()
        container_id = self._create(image)
        keeper = Keeper(self._engine.attach(container_id))
        try:
            with speaking("asked to start a box"):
                self._engine.api.start(container_id)
            ready = keeper.ready(time.monotonic() + READY_S)
            self._check(ready, token)
            box = self._take(container_id, keeper, self._person(ready, image), self._hand_over(ready))
        except BaseException:
            keeper.close()
            raise
        return box, image

    def _take(self, container_id: str, keeper: Keeper, person: Person, files_owner: Owner) -> RunningBox:
        spills = SpillFolder(self._mounts.output, OUTPUT)
        box = RunningBox(self._engine, container_id, keeper, person, spills, output_bytes=self._limits.output_bytes)
        self._box = box
        self._files = FileTool(
            workspace=Tree(self._mounts.workspace, WORKSPACE, files_owner),
            output=Tree(self._mounts.output, OUTPUT, files_owner),
            box=BoxFiles(engine=self._engine, container_id=container_id, user=person.user, kill=keeper.kill),
            limit_bytes=self._limits.output_bytes,
        )
        return box

    def _look_up(self) -> _Image:
        with speaking(f"asked for the image {self._image}"):
            found: dict[str, Any] = self._engine.api.inspect_image(self._image)
        config = found.get("Config") or {}
        env = dict(entry.partition("=")[::2] for entry in config.get("Env") or ())
        return _Image(id=found["Id"], path=env.get("PATH", ""), volumes=tuple(config.get("Volumes") or ()))

    def _prepare_folders(self) -> str:
        """Return a fresh token, written where the keeper can read it."""
        token = secrets.token_hex(16)
        folder = self._mounts.output
        if not self._mounts.workspace.is_dir() or not self._mounts.shell.is_file():
            missing = self._mounts.shell if self._mounts.workspace.is_dir() else self._mounts.workspace
            raise SandboxUnavailable(f"{missing} is not there", hint="")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # the agent reads it as another user
            (folder / TOKEN).write_text(token + "\n")
            (folder / TOKEN).chmod(0o644)
        except OSError as error:
            raise SandboxUnavailable(f"{folder} cannot be written: {error.strerror}", hint="") from error
        return token

    def _create(self, image: _Image) -> str:
        settings = host_settings(
            self._mounts,
            self._limits,
            cpus=self._engine.cpus,
            volumes=image.volumes,
            profile=self._profile(),
            user=None if self._engine.is_podman else self._user(),
        )
        entrypoint = [SHELL, "--norc", "--noprofile", "-p", "-c", SCRIPT, "keeper", f"{OUTPUT}/{TOKEN}"]
        labels = {RUN_LABEL: self._run_id, OWNER_LABEL: process_name()}
        with speaking("asked to make a box"):
            api = self._engine.api
            host_config = api.create_host_config(**settings)
            created = api.create_container(**container_settings(host_config, image.id, entrypoint, labels))
        return str(created["Id"])

    def _profile(self) -> str:
        text = seccomp.profile()
        if not self._engine.is_podman:
            return text
        path = self._mounts.output / ".seccomp.json"  # Podman takes a path of its machine, which is ours
        path.write_text(text)
        return str(path)

    def _check(self, ready: Ready, token: str) -> None:
        """Refuse a box that is not confined as asked."""
        if ready.token != token:
            raise SandboxUnavailable(
                "the container engine does not see this machine's files",
                hint="It must run on this machine, not in another container or virtual machine.",
            )
        runtime = "Use the engine with its usual runtime (runc or crun)."
        if not (ready.seccomp_filter and ready.no_new_privs):
            raise SandboxUnavailable("the box's system call filter is not in force", hint=runtime)
        if ready.pids and ready.pids != str(self._limits.pids):
            limit = f"{ready.pids} instead of {self._limits.pids}"
            raise SandboxUnavailable(f"the box's process limit is {limit}", hint=runtime)

    def _user(self) -> str:
        """Return uid:gid of the agent as the box numbers users."""
        if os.getuid() == 0:
            return f"{AGENT}:{AGENT}"
        return "0:0" if self._engine.is_rootless else f"{os.getuid()}:{os.getgid()}"

    def _person(self, ready: Ready, image: _Image) -> Person:
        path = _joined(self._env.get("PATH", image.path))
        env = {"HOME": HOME, "LANG": "C.UTF-8", "TERM": "dumb", **self._env, "PATH": path}
        shells = (SHELL,) if ready.shell is None else (ready.shell, SHELL)
        check_path = env["PATH"] if "PATH" in self._env else _only_system(env["PATH"])
        check_env = {**{name: value for name, value in env.items() if name != "HOME"}, "PATH": check_path}
        return Person(user=self._user(), env=env, probe_env=check_env, shells=shells)

    def _hand_over(self, ready: Ready) -> Owner:
        """Return who the agent is on this side; make the workspace its own."""
        agent = ready.outside(int(self._user().partition(":")[0]))
        if os.getuid() != 0:
            if agent != os.getuid():
                raise BoxGoneError("its users are not this machine's")
            return Owner(uid=agent, gid=os.getgid())
        owner = Owner(uid=agent, gid=agent)
        self._watch("giving the workspace to the agent's user")
        try:
            own_tree(self._mounts.workspace, owner)
        except OSError as error:
            hint = "Is it on a file system that knows no owners?"
            raise SandboxUnavailable(f"the workspace cannot be given to the agent: {error}", hint=hint) from error
        return owner


def _joined(path: str) -> str:
    """Return a search path with the usual directories added behind."""
    return ":".join(dict.fromkeys(part for part in (*path.split(":"), *PATH.split(":")) if part))


def _only_system(path: str) -> str:
    """Return a search path without directories the agent can write to, as an image may have them for its user."""
    writable = (WORKSPACE, HOME, TEMP)
    return ":".join(
        part
        for part in path.split(":")
        if part.startswith("/") and not any(part == root or part.startswith(f"{root}/") for root in writable)
    )


def _refused(command: str, box: RunningBox) -> Execution | None:
    """Return the answer to a command no shell can take."""
    try:
        command.encode()
        reason = "holds a NUL byte" if "\0" in command else None
    except UnicodeEncodeError:
        reason = "holds a lone surrogate, which is no text"
    if reason is None:
        return None
    text = f"Nothing was run: the command {reason}.\n"
    with _lost():
        return Execution(end=End.EXITED, exit_code=NOT_RUN, output=text, took_ms=0, alive=box.alive())


def _file_execution(files: FileTool, operation: FileOperation, box: RunningBox) -> Execution:
    began = time.monotonic()
    with _lost():
        answer = files.perform(operation)
        return Execution(
            end=End.EXITED,
            exit_code=answer.exit_code,
            output=answer.text,
            took_ms=round((time.monotonic() - began) * 1000),
            cut_bytes=answer.cut_bytes,
            spill=answer.spill,
            alive=box.alive(),
        )


@contextlib.contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except BoxGoneError as error:
        raise SandboxLost(f"the box vanished during the call: {error}", hint="") from error
