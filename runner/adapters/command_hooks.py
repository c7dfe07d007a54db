"""Hooks that are commands: each runs on the host, with the user's rights, for one moment of a run.

Rules that live here and nowhere else:

* `/bin/sh -c`, in a session of its own without a terminal, in the host's original workspace directory, with the
  user's environment and that directory's name in CLAUDE_PROJECT_DIR and AGENT_RUNNER_PROJECT_DIR.
* At its deadline the whole process group is killed. A command that ended is not waited for any longer than a moment,
  whatever it left running: a daemon that inherited its output is the user's own business.
* What it prints is read while it runs, up to a bound; what it does not read of its input is its own loss.
* Every way to fail is a no that says what happened (`Said.failed`); nothing is raised.

Theory of operation: one selector over three pipes that never block, so that no order in which a command reads and
prints can stop both sides. The leader is looked for many times a second because a pipe may outlive it. All that
happens in a thread, because Python raises what a signal means only in the main one: Ctrl-C may come at any point and
still finds a command that can be ended.

Not promised: that a process is killed which left its process group (`setsid`) or runs with other rights (`sudo`).
"""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from runner.policy.hook_io import OUTPUT_BYTES, answered, deadline_s, failure, matcher, told
from runner.policy.settings_words import HookConfig
from runner.ports import Hook, Moment, Said
from runner.types import Occasion

STDERR_BYTES = 1024 * 1024
"""So much a command may print on stderr, of which the first `OUTPUT_BYTES` are kept. Our choice: a trace of all it
does (`set -x`) fits, and a command that prints without end is noticed before its deadline."""

GRACE_S = 0.5
"""So long after a command ended its pipes are read if something else holds them open. Our choice: the last words of a
`| tee` come within milliseconds, and a person does not notice the wait."""

TICK_S = 0.02
"""How often the leader is looked for while a pipe is silent. Our choice."""

REAP_S = 5.0
"""How long a killed process may take to vanish. Our choice: longer only if the kernel is stuck in a device."""

WAKE_S = 0.1
"""How often the waiting thread looks up: the system may hand a signal to the other thread, which wakes nobody. Ours."""

CHUNK_BYTES = 64 * 1024
"""Read and written at once. Source: the capacity of a pipe, pipe(7)."""

Condition = Callable[[Moment], bool]


@dataclass(frozen=True, kw_only=True)
class CommandHook:
    """A command that is asked at one kind of moment.

    Attributes:
        occasion: the kind of moment.
        command: for `/bin/sh -c`.
        matches: whether it is asked at a moment.
        deadline_s: how long it may take.
        directory: host path of the workspace the run was started in.
        environment: of the user.
        condition: its `if`: whether it is asked about a call that it matches; whatever it raises is passed on.
        transcript_path: host path of a record of the run; empty: there is none it could read.
    """

    occasion: Occasion
    command: str
    matches: Condition
    deadline_s: float
    directory: str
    environment: Mapping[str, str]
    condition: Condition | None = None
    transcript_path: str = ""

    def __call__(self, moment: Moment) -> Said | None:
        """Return what the command says about this moment; None when it is not asked.

        Takes at most `deadline_s`, and `REAP_S` more in a kernel that is stuck.
        """
        if not self.matches(moment) or (self.condition is not None and not self.condition(moment)):
            return None
        begun_s = time.monotonic()
        named = {"CLAUDE_PROJECT_DIR": self.directory, "AGENT_RUNNER_PROJECT_DIR": self.directory}
        ended = _Run(
            self.command,
            told(moment, self.transcript_path),
            directory=self.directory,
            environment={**self.environment, **named},
            limit_s=self.deadline_s,
        ).wait()
        took_ms = round((time.monotonic() - begun_s) * 1000)
        if isinstance(ended, _Trouble):
            return failure(self.command, ended.what, ended.then, took_ms)
        return answered(
            moment,
            self.command,
            exit_code=ended.code,
            stdout=ended.stdout,
            stderr=ended.stderr,
            signal=_signal_name(-ended.code) if ended.code < 0 else "",
            took_ms=took_ms,
        )


def command_hooks(
    configs: Iterable[HookConfig],
    *,
    directory: str,
    environment: Mapping[str, str],
    condition: Callable[[str], Condition],
    transcript_path: str = "",
) -> tuple[Hook, ...]:
    """Return the hooks that settings name, in their order; a hook that is named twice is called once.

    Args:
        configs: the hooks of all layers that count.
        directory: host path of the workspace the run was started in.
        environment: of the user.
        condition: from the rule of an `if` to the test whether a moment's call matches it.
        transcript_path: host path of a record of the run; empty: there is none they could read.

    Raises:
        UsageError: a matcher or a timeout is wrong.
    """
    distinct: dict[object, HookConfig] = {}
    for config in configs:
        distinct.setdefault((config.event, config.matcher, config.command, config.condition), config)
    return tuple(
        CommandHook(
            occasion=config.event,
            command=config.command,
            matches=matcher(config.matcher, config.event),
            deadline_s=deadline_s(config.event, config.timeout_s),
            directory=directory,
            environment=environment,
            condition=None if config.condition is None else condition(config.condition),
            transcript_path=transcript_path,
        )
        for config in distinct.values()
    )


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """A command ended: its exit code (minus the signal's number when one ended it) and what it printed."""

    code: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, kw_only=True)
class _Trouble:
    """A command gave no answer: a clause that says why, and a sentence that says what can be done."""

    what: str
    then: str


class _Run:
    """One run of a command, in a thread."""

    def __init__(
        self, command: str, given: bytes, *, directory: str, environment: Mapping[str, str], limit_s: float
    ) -> None:
        """Nothing runs yet."""
        self._command = command
        self._given = given
        self._directory = directory
        self._environment = environment
        self._limit_s = limit_s
        self._unwanted = threading.Event()
        self._over = threading.Event()
        self._result: _Ended | _Trouble = _Trouble(what="was not run", then="Try again.")

    def wait(self) -> _Ended | _Trouble:
        """Return how the command ended. Nothing of it is left but what it took care to leave.

        Whatever interrupts the wait is passed on when the command is ended.
        """
        thread = threading.Thread(target=self._work, name="hook")
        try:
            thread.start()
            while not self._over.wait(WAKE_S):  # not `join`, which takes a thread for ended when a signal comes
                pass
        except BaseException:
            self._unwanted.set()
            if thread.ident is not None:
                self._over.wait(2 * REAP_S)
            raise
        return self._result

    def _work(self) -> None:
        try:
            if not self._unwanted.is_set():
                self._run()
        finally:
            self._over.set()

    def _run(self) -> None:
        until_s = time.monotonic() + self._limit_s
        try:
            process = subprocess.Popen(  # noqa: S603 - running the user's own command is what a hook is
                ("/bin/sh", "-c", self._command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._directory,
                env=self._environment,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            then = "Mend it, or take it out of the settings."
            self._result = _Trouble(what=f"could not be started ({error})", then=then)
            return
        try:
            self._result = _Exchange(process, self._given).until(until_s, self._unwanted) or _late(self._limit_s)
        except OSError as error:  # no more open files, for one
            self._result = _Trouble(what=f"could not be heard ({error})", then="Try again.")
        finally:
            _end(process)


class _Exchange:
    """Gives a process its input while reading what it prints."""

    def __init__(self, process: subprocess.Popen[bytes], given: bytes) -> None:
        """Begin with nothing given and nothing read."""
        self._process = process
        self._left = memoryview(given)
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._stderr_bytes = 0

    def until(self, until_s: float, unwanted: threading.Event) -> _Ended | _Trouble | None:
        """Return how the process ended and what it printed; None when it did not in time, or nobody wants to know.

        It has ended when it has exited and its pipes are closed, or the grace is over.
        """
        with selectors.DefaultSelector() as selector:
            self._open(selector)
            exited_s: float | None = None
            while not unwanted.is_set():
                now_s = time.monotonic()
                if exited_s is None and self._process.poll() is not None:
                    exited_s = now_s
                if exited_s is not None and (not selector.get_map() or now_s >= min(exited_s + GRACE_S, until_s)):
                    code = self._process.returncode
                    return _Ended(code=code, stdout=bytes(self._stdout), stderr=bytes(self._stderr))
                if now_s >= until_s:
                    break
                self._attend(selector, min(TICK_S, until_s - now_s))
                if (trouble := self._too_much()) is not None:
                    return trouble
        return None

    def _open(self, selector: selectors.BaseSelector) -> None:
        handlers = (
            (self._process.stdin, selectors.EVENT_WRITE, self._give),
            (self._process.stdout, selectors.EVENT_READ, self._read_stdout),
            (self._process.stderr, selectors.EVENT_READ, self._read_stderr),
        )
        for pipe, event, handler in handlers:
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, event, (pipe, handler))

    def _attend(self, selector: selectors.BaseSelector, limit_s: float) -> None:
        """Read and write what can be, or wait for the process where there is nothing left to read and write."""
        if not selector.get_map():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(limit_s)
            return
        for key, _ in selector.select(limit_s):
            pipe, handler = key.data
            if not handler(pipe):
                selector.unregister(pipe)
                pipe.close()

    def _give(self, pipe: IO[bytes]) -> bool:
        """Write some; return whether there is more to write and somebody who reads."""
        if self._process.poll() is not None:
            return False
        try:
            written = os.write(pipe.fileno(), self._left[:CHUNK_BYTES])
        except BlockingIOError:
            return True
        except OSError:  # nobody reads any more, which is the command's good right
            return False
        self._left = self._left[written:]
        return len(self._left) > 0

    def _read_stdout(self, pipe: IO[bytes]) -> bool:
        chunk = os.read(pipe.fileno(), CHUNK_BYTES)
        self._stdout += chunk
        return bool(chunk)

    def _read_stderr(self, pipe: IO[bytes]) -> bool:
        chunk = os.read(pipe.fileno(), CHUNK_BYTES)
        self._stderr += chunk[: OUTPUT_BYTES - len(self._stderr)]
        self._stderr_bytes += len(chunk)
        return bool(chunk)

    def _too_much(self) -> _Trouble | None:
        for name, size, bound in (
            ("stdout", len(self._stdout), OUTPUT_BYTES),
            ("stderr", self._stderr_bytes, STDERR_BYTES),
        ):
            if size > bound:
                return _Trouble(what=f"printed more than {bound:,} bytes on {name}", then="Let it print less.")
        return None


def _late(limit_s: float) -> _Trouble:
    return _Trouble(
        what=f"gave no answer within {limit_s:g} s and was ended",
        then="Make it faster, give it a longer `timeout`, or take it out of the settings.",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group if its leader is alive, and leave neither a zombie nor an open pipe.

    A leader that is gone was reaped, so its number may be another's by now: what is left of its group is not touched.
    """
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(REAP_S)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
