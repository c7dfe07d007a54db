r"""The session: one persistent bash the agent's commands run in, on one stream, without a process per call.

Rules that live here and nowhere else:

* Bash reads its script from the stream. A call is one line of ours and then the command, its length announced: it is
  read into a variable, evaluated, and followed by a report of exit code and directory, marked by the call's nonce. The
  line is one command for bash's parser, so no loop of ours exists that a `break` could end.
* A command gets `/dev/null` as its input, so programs that ask get an end of file instead of the next call.
* Standard error is the same pipe as standard output, so their order is exact.
* What is known without asking the shell is not asked: the directory comes from the kernel where the engine's processes
  are this machine's (a shell can say anything, and commands are judged by the directory they start in).

Everything else a shell says about itself is data of unknown honesty: a command can define functions and traps that run
in the shell's name, learn the nonce and report what it likes. It gains nothing by it: the exit code of a call decides
nothing, checks run elsewhere, and a shell that does not answer is killed.

Not promised: that `$?` survives between calls, or that options such as `set -x` and `set -v` show nothing of ours.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.adapters.docker_sandbox.engine import Engine
from runner.adapters.docker_sandbox.output import Capture, Trailer
from runner.adapters.docker_sandbox.stream import Stream, StreamClosedError

BEGIN_S: Final = 20.0
"""How long a new shell may take to answer. Measured: 60 to 190 ms."""

PID_S: Final = 2.0
"""How long the engine may take to know the process id of a shell that has already spoken. Measured: up to 2 ms."""

CODES: Final = 256

GREETING: Final = (
    "exec 2>&1 7>&1; builtin echo 300 2>/dev/null >/proc/self/oom_score_adj; "
    "builtin printf '\\0%s %s %s\\0' {nonce} $$ \"$BASH_VERSINFO\" >&7\n"
)
"""Joins the streams, offers the shell to the kernel before the keeper when memory is short, and says who it is.

Raising the score (0 to 300 of 1000) is always allowed. Descriptors below 10, because bash keeps its own from 10 up.
"""

CALL: Final = (
    "\n{{ LC_ALL=C IFS= builtin read -rN{size} __command || builtin exit 125; }} 2>/dev/null; "
    'builtin eval "$__command" </dev/null 7>&-; '
    "{{ builtin printf '\\0%s %d ' {nonce} $? >&7; builtin pwd -P >&7; builtin printf '\\0' >&7; }} 2>/dev/null\n"
)
"""One call, followed by `size` bytes of command. A shell that cannot read them (someone made `IFS` read-only) must end:
they would be taken for script lines. The empty line before it gives bash's parser, which a syntax error inside `eval`
leaves in the middle of a command, its start back. The nonce is an argument, never part of a format, where a digit after
`\\0` would mean something else.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the shell says at the end of a call. Unbelievable values are None."""

    exit_code: int | None
    cwd: str | None


class SessionFailedError(Exception):
    """The shell did not begin; the text is what came instead."""


class Session:
    """The host's side of one persistent shell."""

    def __init__(self, engine: Engine, exec_id: str, stream: Stream) -> None:
        """Use `begin`."""
        self._engine = engine
        self._exec_id = exec_id
        self._stream = stream
        self._late = b""
        self._process: Path | None = None
        self.pid = 0
        """The shell's process id in the box."""

    @classmethod
    def begin(
        cls, engine: Engine, container_id: str, shell: str, *, user: str, cwd: str, env: Mapping[str, str]
    ) -> "Session":
        """Return a new shell, ready for its first call. Costs about 60 ms.

        Args:
            engine: where the box runs.
            container_id: a running box in which no process of the agent is alive, so that none can meddle.
            shell: box path of a bash of at least version 4.
            user: uid:gid.
            cwd: where it begins.
            env: its environment, beside the container's.

        Raises:
            SandboxUnavailable: the box does not run, or the engine does not answer.
            SessionFailedError: this program does not work as a shell here.
        """
        argv = [shell, "--norc", "--noprofile", "-p"]  # -p: no functions or options from the environment
        exec_id, stream = engine.execute(container_id, argv, user=user, cwd=cwd, env=env)
        session = cls(engine, exec_id, stream)
        try:
            session._greet(time.monotonic() + BEGIN_S)
        except BaseException:
            stream.close()
            raise
        return session

    def _greet(self, deadline: float) -> None:
        nonce = secrets.token_hex(16)
        trailer = Trailer(nonce.encode())
        said = b""
        try:
            self._stream.send(GREETING.format(nonce=nonce).encode(), deadline)
            while trailer.report is None and (piece := self._stream.receive(deadline)) is not None:
                said += trailer.feed(piece)[0]
        except StreamClosedError:
            pass  # what it said on its way out is told below
        try:
            pid, version = (trailer.report or b"").split()
            self.pid = int(pid)
            old = int(version) < 4  # noqa: PLR2004 - `$'...'` in eval and `pwd -P` are older, but nobody tests bash 3
        except ValueError:
            text = said[:300].decode(errors="replace").strip()
            raise SessionFailedError(text or "no answer") from None
        if old:
            raise SessionFailedError(f"bash {version.decode(errors='replace')} is too old")
        self._process = self._find_process()

    def _find_process(self) -> Path | None:
        """Return where this machine's kernel shows the shell, or None when it runs in another one's."""
        deadline = time.monotonic() + PID_S
        while (state := self._engine.exec_state(self._exec_id)) is not None:
            if state.pid:
                process = Path("/proc", str(state.pid))
                return process if _inner_pid(process) == self.pid else None
            if time.monotonic() > deadline:
                return None
            time.sleep(0.002)
        return None

    @property
    def cwd_is_seen(self) -> bool:
        """Whether the shell's directory can be known without asking it."""
        return self._process is not None

    def cwd(self) -> str | None:
        """Return the shell's directory as the kernel has it; None when it is not seen, or is too deep to be told."""
        if self._process is None:
            return None
        link = self._process / "cwd"
        with contextlib.suppress(OSError):
            path = os.fsencode(link.readlink()).decode(errors="replace")
            return path.removesuffix(" (deleted)") if link.stat().st_nlink == 0 else path
        return None

    def send(self, command: bytes, deadline: float) -> Trailer | None:
        """Hand a call to the shell. Returns what recognises its end, or None if the shell did not take it in time.

        Args:
            command: any bytes but NUL, which bash cannot hold and would wait for one more byte instead.
            deadline: for handing over, not for the command.

        Raises:
            StreamClosedError: the shell has ended.
        """
        nonce = secrets.token_hex(16)
        call = CALL.format(size=len(command), nonce=nonce).encode() + command
        taken = self._stream.send(call, deadline)
        return Trailer(nonce.encode()) if taken else None

    def listen(self, trailer: Trailer, capture: Capture, deadline: float) -> Report | None:
        """Collect output until the call ends; return its report, or None at the deadline.

        Output that background processes left between the calls comes first.

        Raises:
            StreamClosedError: the shell has ended; all its output is in `capture`.
        """
        piece: bytes | None = self._late
        self._late = b""
        while piece is not None:
            output, self._late = trailer.feed(piece)
            capture.add(output)
            if trailer.report is not None:
                return _report(trailer.report)
            try:
                piece = self._stream.receive(deadline)
            except StreamClosedError:
                capture.add(trailer.rest())
                raise
            if time.monotonic() > deadline:
                if piece is not None:
                    self._late = piece
                return None
        return None

    def exit_code(self) -> int | None:
        """Return the code a shell ended with, once the engine knows it; None when it never tells.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        return self._engine.exit_code(self._exec_id)

    def is_dead(self) -> bool:
        """Return whether the shell has ended, even when a child of it still holds the stream open.

        Raises:
            SandboxUnavailable: the engine does not answer.
        """
        if self._process is not None:
            return _inner_pid(self._process) != self.pid
        state = self._engine.exec_state(self._exec_id)
        return state is None or not state.running

    def has_ended(self) -> bool:
        """Return whether the shell is known to be gone."""
        return self._stream.has_ended()

    def close(self) -> None:
        """Give up the stream."""
        self._stream.close()


def _inner_pid(process: Path) -> int | None:
    """Return the id a process has in its innermost namespace; None when there is no such process, or it is a zombie."""
    with contextlib.suppress(OSError, ValueError):
        fields = dict(
            line.partition(":")[::2] for line in (process / "status").read_text(errors="replace").splitlines()
        )
        if fields.get("State", "").split()[:1] != ["Z"]:
            return int(fields.get("NSpid", "").split()[-1])
    return None


def _report(raw: bytes) -> Report:
    code, _, cwd = raw.partition(b" ")
    path = cwd.removesuffix(b"\n").decode(errors="replace")
    return Report(
        exit_code=int(code) if code.isdigit() and int(code[:9]) < CODES else None,
        cwd=path if path.startswith("/") else None,
    )
