r"""The keeper: the box's first process, which outlives whatever the agent does and ends with us.

Rules that live here and nowhere else:

* It runs the brought static bash and uses builtins only: it needs no program of the image and no fork, so it works when
  the box has no process or memory left.
* It ends when its input ends. As the first process it takes the whole box with it, so a killed runner leaves nothing.
* It answers each request with one line that repeats the request's number. It never waits in `read -t`: bash 5.2 does
  not collect dead orphans there.

It is root with the one capability KILL, so the agent (another user, without any) can neither signal it nor open its
memory or streams. Where the engine maps root to our own user, the agent has to be root as well, and can disturb the
keeper; then the engine is what ends the box.

    request               answer              means
    S <n> <pid>           S <n> <a> <o>       a: alive besides the keeper and pid; o: killed for want of memory so far
    K <n> <pid>           K <n>               all but pid were killed, stopped first so that none escapes by forking
    A <n>                 A <n>               all were killed at once
    X <n> <pid>           X <n>               that one was killed

Killing is finished when nothing is alive any more, which takes the kernel a moment longer than the answer.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from runner.adapters.docker_sandbox.stream import Stream, StreamClosedError

ANSWER_S: Final = 10.0
"""How long an answer may take. Measured: 1 ms; 100 ms under a fork bomb on a loaded machine."""

LINE_BYTES: Final = 65536
"""Longest answer."""

POLL_S: Final = 0.002
"""How often is looked whether the killed are gone: dying takes a few milliseconds."""

SCRIPT: Final = r"""
unset TMOUT
trap '' HUP INT QUIT PIPE TERM USR1 USR2 ALRM
LC_ALL=C
shopt -s nullglob extglob
for events in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control ''; do
    [[ -r $events ]] && break
done
for limit in /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max ''; do
    [[ -r $limit ]] && break
done

census() {
    local spared=$1 path status word
    alive=0 killed=0
    for path in /proc/[0-9]*; do
        [[ $path == /proc/1 || $path == "/proc/$spared" ]] && continue
        status=
        { IFS= read -rd '' status <"$path/stat"; } 2>/dev/null
        status=${status##*) }
        [[ -z $status || $status == [ZX]* ]] || alive=$((alive + 1))
    done
    if [[ -n $events ]]; then
        while read -r word status; do
            [[ $word == oom_kill ]] && killed=$status
        done <"$events"
    fi
}

report() {
    local shell=- map= seccomp=0 privileges=0 pids=- token=- word rest path
    for path in /bin/bash /usr/bin/bash; do
        [[ -f $path && -x $path ]] && shell=$path && break
    done
    while read -r word rest; do map+=${word}:${rest//+( )/:},; done </proc/self/uid_map
    while read -r word rest; do
        case $word in
            Seccomp:) seccomp=$rest ;;
            NoNewPrivs:) privileges=$rest ;;
        esac
    done </proc/self/status
    [[ -n $limit ]] && read -r pids <"$limit"
    { read -r token <"$1"; } 2>/dev/null
    echo "READY shell=$shell map=${map%,} seccomp=$seccomp no_new_privs=$privileges pids=$pids token=${token:--}"
}

report "$1"
while IFS=' ' read -r request number pid; do
    case $request in
        S)
            census "$pid"
            echo "S $number $alive $killed"
            continue
            ;;
        K)
            kill -STOP -1
            for path in /proc/[0-9]*; do
                [[ $path == /proc/1 || $path == "/proc/$pid" ]] || kill -KILL "${path#/proc/}"
            done
            kill -CONT "$pid"
            ;;
        A) kill -KILL -1 ;;
        X) kill -KILL "$pid" ;;
    esac 2>/dev/null
    echo "$request $number"
done
exit 0
"""


class BoxGoneError(Exception):
    """The keeper does not answer any more: the box is gone or useless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What the keeper found when it began.

    Attributes:
        shell: path of a bash in the image; None if there is none.
        uid_map: (first uid inside, first uid outside, how many), as in user_namespaces(7).
        seccomp_filter: whether a system call filter is on.
        no_new_privs: whether setuid programs are powerless.
        pids: the process limit as the kernel has it; empty when it cannot be seen.
        token: content of the token file it was told to read; empty when it could not.
    """

    shell: str | None
    uid_map: tuple[tuple[int, int, int], ...]
    seccomp_filter: bool
    no_new_privs: bool
    pids: str
    token: str

    def outside(self, uid: int) -> int:
        """Return the number a user of the box has on this side.

        Raises:
            BoxGoneError: it has none, so that user cannot exist in this box.
        """
        for inside, outside, count in self.uid_map:
            if inside <= uid < inside + count:
                return outside + uid - inside
        raise BoxGoneError(f"it has no user {uid}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Who is alive in the box besides keeper and session, and how many were killed for want of memory so far."""

    alive: int
    oom_kills: int


class Keeper:
    """The host's side of the keeper."""

    def __init__(self, stream: Stream) -> None:
        """Talk over the attach stream of a box whose first process runs `SCRIPT`."""
        self._stream = stream
        self._buffer = b""
        self._numbers = itertools.count(1)

    def ready(self, deadline: float) -> Ready:
        """Return what the keeper reports when it begins.

        Raises:
            BoxGoneError: it did not begin; what came instead is the text.
        """
        try:
            line = self._line(deadline, lambda text: text.startswith("READY "))
            facts = dict(word.partition("=")[::2] for word in line.split()[1:])
            return Ready(
                shell=None if facts["shell"] == "-" else facts["shell"],
                uid_map=_uid_map(facts["map"]),
                seccomp_filter=facts["seccomp"] == "2",
                no_new_privs=facts["no_new_privs"] == "1",
                pids=facts["pids"].removeprefix("-"),
                token=facts["token"].removeprefix("-"),
            )
        except (KeyError, ValueError) as error:
            raise BoxGoneError(f"it reported {error}") from error

    def census(self, session_pid: int | None) -> Census:
        """Return who is alive. Takes 0.3 ms, and 30 us a process.

        Raises:
            BoxGoneError: no answer.
        """
        words = self._ask("S", session_pid).split()
        try:
            return Census(alive=int(words[2]), oom_kills=int(words[3]))
        except (IndexError, ValueError) as error:
            raise BoxGoneError("it answered nonsense") from error

    def kill_all_but(self, pid: int) -> None:
        """Kill everything but the keeper and one process; that one is woken if it was stopped.

        Raises:
            BoxGoneError: no answer.
        """
        self._ask("K", pid)

    def kill_all(self, patience_s: float = ANSWER_S) -> None:
        """Kill everything but the keeper, and return when it is dead.

        Raises:
            BoxGoneError: no answer, or something does not die.
        """
        deadline = time.monotonic() + patience_s
        while True:
            self._ask("A", None)
            if self.census(None).alive == 0:
                return
            if time.monotonic() > deadline:
                raise BoxGoneError("something in it cannot be killed")
            time.sleep(POLL_S)

    def kill(self, pid: int) -> None:
        """Kill one process.

        Raises:
            BoxGoneError: no answer.
        """
        self._ask("X", pid)

    def has_ended(self) -> bool:
        """Return whether the box is known to be gone. Takes microseconds."""
        return self._stream.has_ended()

    def close(self) -> None:
        """Let the keeper end, and the box with it."""
        self._stream.close()

    def _ask(self, request: str, pid: int | None) -> str:
        number = next(self._numbers)
        deadline = time.monotonic() + ANSWER_S
        prefix = f"{request} {number}"
        try:
            sent = self._stream.send(f"{prefix} {'' if pid is None else pid}\n".encode(), deadline)
        except StreamClosedError as error:
            raise BoxGoneError("it has ended") from error
        if not sent:
            raise BoxGoneError("it takes no requests")
        return self._line(deadline, lambda text: text == prefix or text.startswith(prefix + " "))

    def _line(self, deadline: float, wanted: Callable[[str], bool]) -> str:
        """Return the next line of that kind; others are answers nobody waited for."""
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                text = line.decode(errors="replace")
                if wanted(text):
                    return text
                continue
            try:
                piece = self._stream.receive(deadline)
            except StreamClosedError as error:
                raise BoxGoneError(f"it has ended {_said(self._buffer)}".rstrip()) from error
            if piece is None or len(self._buffer) > LINE_BYTES:
                raise BoxGoneError(f"it does not answer {_said(self._buffer)}".rstrip())
            self._buffer += piece


def _said(buffer: bytes) -> str:
    text = buffer[:300].decode(errors="replace").strip()
    return f"({text})" if text else ""


def _uid_map(text: str) -> tuple[tuple[int, int, int], ...]:
    rows = [tuple(int(part) for part in row.split(":") if part) for row in text.split(",")]
    return tuple((inside, outside, count) for inside, outside, count in rows)
