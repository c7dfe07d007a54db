"""A running box: commands in its session, checks beside it, and what happens to those that do not end.

Rules that live here and nowhere else:

* A call that does not end in time climbs a ladder. First all processes but the shell are killed, again and again, so
  that a list of commands comes to its end and the shell keeps its directory and variables; after a second everything is
  killed and the next call gets a new shell; if even that fails, the box is lost.
* A shell that ends takes everything it started with it, and is replaced when the next call comes.
* A call runs only in the directory its author was last told of; commands are judged by it. A shell that went elsewhere
  meanwhile runs nothing and says so, and one whose directory cannot be told (deeper than a path may be long) is
  replaced.
* A check runs in a shell of its own, after everything the agent left running is dead, with a home nobody wrote to, and
  its exit code is the engine's word, not the shell's.
* Before a command is handed over, failing is `SandboxUnavailable`; from then on it is `SandboxLost`.

Not promised: that a shell which forges the end of a call has really ended it. It is then not counted as alive, and what
it still does is found with the next call, whose directory it may not have changed.
"""

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runner.adapters.docker_sandbox.engine import Engine, ExecState
from runner.adapters.docker_sandbox.hardening import SHELL, TEMP
from runner.adapters.docker_sandbox.keeper import BoxGoneError, Keeper
from runner.adapters.docker_sandbox.output import Capture, SpillFolder, Trailer
from runner.adapters.docker_sandbox.session import Report, Session, SessionFailedError
from runner.adapters.docker_sandbox.stream import Stream, StreamClosedError
from runner.errors import SandboxLost, SandboxUnavailable
from runner.types import WORKSPACE, End, Execution

GRACE_S: Final = 1.0
"""How long the shell has to come back after its commands were killed. Measured: 1 to 5 ms; 90 ms on a busy machine."""

AGAIN_S: Final = 0.02
"""How soon what the shell went on with is killed, too."""

DRAIN_S: Final = 2.0
"""How long the last output of killed processes may take to arrive."""

LOOK_S: Final = 1.0
"""How often a silent process is looked at: it may be dead while a child of it holds the stream open."""

KILLED: Final = 128 + 9
"""What a shell reports of a command that was ended by SIGKILL."""

LAST_SIGNAL: Final = 64

NOT_RUN: Final = 126
"""What shells report of a command that was found and could not be run."""

PROBE: Final = """
builtin unset TMOUT
exec 2>&1
PATH=/usr/bin:/bin mkdir -m 700 -- "$HOME" 2>/dev/null
LC_ALL=C IFS= builtin read -rN"$1" __command || builtin exit 125
builtin set --
builtin eval "$__command" </dev/null
"""
"""Runs one command that comes over standard input, so that it may be of any length.

A plain `exec` joins the streams: bash takes the redirection of `builtin exec` back when that is done.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who the agent is in the box.

    Attributes:
        user: uid:gid.
        env: environment of its shell.
        probe_env: environment of a check's shell, without a home.
        shells: paths of shells to try, best first.
    """

    user: str
    env: Mapping[str, str]
    probe_env: Mapping[str, str]
    shells: tuple[str, ...] = (SHELL,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How a call ended.

    Attributes:
        end, exit_code: as in `Execution`.
        session: the shell that lives on; None when the next call gets a new one.
        cwd: its directory; that of the next one, if it did not live on.
    """

    end: End
    exit_code: int | None
    session: Session | None = None
    cwd: str | None = WORKSPACE


class RunningBox:
    """A started container with its keeper and, from the first call on, a session."""

    def __init__(
        self,
        engine: Engine,
        container_id: str,
        keeper: Keeper,
        person: Person,
        spills: SpillFolder,
        *,
        output_bytes: int,
    ) -> None:
        """Take over a container whose keeper is ready and in which nothing else runs.

        Args:
            engine: where it runs.
            container_id: its id.
            keeper: its first process.
            person: the agent.
            spills: takes the full text of outputs that are cut.
            output_bytes: what one call may show.
        """
        self.container_id = container_id
        self.keeper = keeper
        self.person = person
        self._engine = engine
        self._spills = spills
        self._output_bytes = output_bytes
        self._session: Session | None = None
        self._shells = person.shells
        self._told_cwd = WORKSPACE
        self._oom_kills = 0
        self._busy = False

    def begin_session(self) -> None:
        """Start the shell now, instead of with the first call.

        Raises:
            SandboxUnavailable: no shell can be started.
        """
        with _nothing_ran():
            self._new_session()

    def execute(self, command: bytes, deadline_s: float) -> Execution:
        """Return what became of a command in the session.

        Args:
            command: no NUL.
            deadline_s: from now; ending it takes up to a second more.

        Raises:
            SandboxUnavailable: nothing ran.
            SandboxLost: the box vanished.
        """
        began = time.monotonic()
        with _nothing_ran():
            session, replaced = self._ready_session()
            cwd = session.cwd()
            if cwd is not None and cwd != self._told_cwd:
                return self._elsewhere(cwd, replaced=replaced)
        capture = Capture(self._output_bytes, self._spills)
        with self._something_ran(capture):
            ended = self._converse(session, command, capture, began + deadline_s)
            return self._execution(ended, capture, began, restarted=replaced or ended.session is None)

    def restart(self) -> Execution:
        """End the session with everything that runs, and begin a new one.

        Raises:
            SandboxLost: the box vanished or does not take a new shell.
        """
        began = time.monotonic()
        with self._something_ran():
            self._end_session()
            self._new_session()
        self._told_cwd = WORKSPACE
        return Execution(
            end=End.EXITED,
            exit_code=0,
            output="The shell was restarted. Files are as they were.\n",
            took_ms=_ms(began),
            cwd=WORKSPACE,
            session_restarted=True,
        )

    def probe(self, command: bytes, deadline_s: float) -> Execution:
        """Return what became of a check in a shell of its own. The session is gone afterwards.

        Args:
            command: no NUL.
            deadline_s: from now.

        Raises:
            SandboxUnavailable: nothing ran.
            SandboxLost: the box vanished.
        """
        began = time.monotonic()
        had_session = self._session is not None
        with _nothing_ran():
            self._end_session()
        self._busy = True  # whatever comes, the next call begins with killing everything
        home = f"{TEMP}/check-{secrets.token_hex(8)}"
        exec_id, stream = self._engine.execute(
            self.container_id,
            [self._shells[0], "--norc", "--noprofile", "-p", "-c", PROBE, "check", str(len(command))],
            user=self.person.user,
            cwd=WORKSPACE,
            env={**self.person.probe_env, "HOME": home},
        )
        try:
            capture = Capture(self._output_bytes, self._spills)
            with self._something_ran(capture):
                ended = self._watch(exec_id, stream, command, capture, began + deadline_s)
                return self._execution(ended, capture, began, restarted=had_session)
        finally:
            stream.close()

    def alive(self) -> int:
        """Return how many processes run in the box besides keeper and session.

        Raises:
            BoxGoneError: the box does not answer.
        """
        return self.keeper.census(None if self._session is None else self._session.pid).alive

    def close(self) -> None:
        """Let the box end."""
        if self._session is not None:
            self._session.close()
        self.keeper.close()

    def _ready_session(self) -> tuple[Session, bool]:
        """Return a session that waits for a call, and whether it replaces one that ended behind our back."""
        session = self._session
        if session is not None and not self._busy and not session.has_ended():
            if self.keeper.has_ended():
                raise BoxGoneError("it has ended")
            return session, False
        if session is not None or self._busy:
            self._end_session()
        self._busy = True  # until it stands: an interruption must not leave a half-begun shell unnoticed
        begun = self._new_session()
        self._busy = False
        return begun, session is not None

    def _new_session(self) -> Session:
        """Start a shell; the first program that works as one is used from now on."""
        said = ""
        for place, shell in enumerate(self._shells):
            try:
                self._session = Session.begin(
                    self._engine,
                    self.container_id,
                    shell,
                    user=self.person.user,
                    cwd=WORKSPACE,
                    env=self.person.env,
                )
            except SessionFailedError as error:
                said = str(error)
                self.keeper.kill_all()
                continue
            self._shells = self._shells[place:]
            return self._session
        raise BoxGoneError(f"no shell starts in it: {said}")

    def _end_session(self) -> None:
        """Kill everything; the next call gets a new session."""
        self.keeper.kill_all()
        if self._session is not None:
            self._session.close()
        self._session = None

    def _elsewhere(self, cwd: str, *, replaced: bool) -> Execution:
        """Refuse to run a command that was judged for another directory."""
        told, self._told_cwd = self._told_cwd, cwd
        reason = "the shell had ended and was replaced" if replaced else "something changed the shell's directory"
        return Execution(
            end=End.EXITED,
            exit_code=NOT_RUN,
            output=f"Nothing was run: {reason} since the last call. It was in {told} and is in {cwd} now.\n",
            took_ms=0,
            cwd=cwd,
            alive=self.alive(),
            session_restarted=replaced,
        )

    def _converse(self, session: Session, command: bytes, capture: Capture, deadline: float) -> _Ended:
        """Hand the command over and climb the ladder."""
        timed_out = False
        report: Report | None = None
        trailer: Trailer | None = None
        try:
            trailer = session.send(command, deadline)
            report = self._listen(session, trailer, capture, deadline) if trailer is not None else None
            if report is None:
                timed_out = True
                report = self._kill_command(session, trailer, capture) if trailer is not None else None
            cwd = session.cwd() if session.cwd_is_seen else report.cwd if report is not None else None
            if report is not None and report.exit_code is not None and cwd is not None:
                if timed_out:
                    return _Ended(end=End.TIMEOUT, exit_code=KILLED, session=session, cwd=cwd)
                return _Ended(end=_end(report.exit_code), exit_code=report.exit_code, session=session, cwd=cwd)
        except StreamClosedError:
            pass  # the shell has ended
        self.keeper.kill_all()
        if trailer is not None:
            _drain(session, trailer, capture)
        if timed_out:
            ended = _Ended(end=End.TIMEOUT, exit_code=KILLED)
        else:
            code = report.exit_code if report is not None else session.exit_code()
            ended = _Ended(end=_end(code), exit_code=code)
        session.close()
        self._session = None
        return ended

    def _listen(self, session: Session, trailer: Trailer, capture: Capture, deadline: float) -> Report | None:
        """Wait for the end of a call, now and then looking whether the shell still lives."""
        while (now := time.monotonic()) < deadline:
            report = session.listen(trailer, capture, min(deadline, now + LOOK_S))
            if report is not None:
                return report
            if session.is_dead():
                raise StreamClosedError
        return None

    def _kill_command(self, session: Session, trailer: Trailer, capture: Capture) -> Report | None:
        give_up = time.monotonic() + GRACE_S
        while time.monotonic() < give_up:
            self.keeper.kill_all_but(session.pid)
            report = session.listen(trailer, capture, time.monotonic() + AGAIN_S)
            if report is not None:
                return report
        return None

    def _watch(self, exec_id: str, stream: Stream, command: bytes, capture: Capture, deadline: float) -> _Ended:
        """Wait for the end of a process that is no session."""
        timed_out = True
        try:
            stream.send(command, deadline)
            while (now := time.monotonic()) < deadline:
                piece = stream.receive(min(deadline, now + LOOK_S))
                if piece is not None:
                    capture.add(piece)
                elif not _is_running(self._engine.exec_state(exec_id)):
                    timed_out = False
                    break
        except StreamClosedError:
            timed_out = False
        self.keeper.kill_all()
        with contextlib.suppress(StreamClosedError):
            until = time.monotonic() + DRAIN_S
            while time.monotonic() < until and (piece := stream.receive(until)) is not None:
                capture.add(piece)
        if timed_out:
            return _Ended(end=End.TIMEOUT, exit_code=KILLED)
        code = self._engine.exit_code(exec_id)
        return _Ended(end=_end(code), exit_code=code)

    def _execution(self, ended: _Ended, capture: Capture, began: float, *, restarted: bool) -> Execution:
        shown = capture.close()
        census = self.keeper.census(None if ended.session is None else ended.session.pid)
        out_of_memory = census.oom_kills > self._oom_kills
        self._oom_kills = census.oom_kills
        self._told_cwd = ended.cwd or self._told_cwd
        return Execution(
            end=ended.end,
            exit_code=ended.exit_code,
            output=shown.text,
            took_ms=_ms(began),
            cut_bytes=shown.cut_bytes,
            spill=shown.spill,
            cwd=ended.cwd,
            alive=census.alive,
            session_restarted=restarted,
            out_of_memory=out_of_memory,
        )

    @contextlib.contextmanager
    def _something_ran(self, capture: Capture | None = None) -> Iterator[None]:
        """Mark the box busy for as long as a command may be running, also when we are interrupted; name the loss."""
        self._busy = True
        try:
            yield
        except (BoxGoneError, SandboxUnavailable) as error:
            self.close()
            raise SandboxLost(
                f"the box vanished while something ran in it: {error}",
                hint="Was it removed, or was the container engine restarted? The run can be resumed.",
            ) from error
        finally:
            if capture is not None:
                capture.discard()
        self._busy = False


@contextlib.contextmanager
def _nothing_ran() -> Iterator[None]:
    try:
        yield
    except (BoxGoneError, StreamClosedError) as error:
        raise SandboxUnavailable(f"the box is gone: {error}", hint="") from error


def _drain(session: Session, trailer: Trailer, capture: Capture) -> None:
    with contextlib.suppress(StreamClosedError):
        until = time.monotonic() + DRAIN_S
        while session.listen(trailer, capture, until) is None and time.monotonic() < until:
            pass


def _is_running(state: ExecState | None) -> bool:
    return state is not None and state.running


def _end(code: int | None) -> End:
    """Return whether a code is one of a shell that reports a signal."""
    return End.KILLED if code is not None and 128 < code <= 128 + LAST_SIGNAL else End.EXITED  # noqa: PLR2004


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
