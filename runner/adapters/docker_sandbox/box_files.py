"""Files of the box that are not in the workspace (`/tmp`, the home, `/etc`): looked at from inside.

Rules that live here and nowhere else:

* Each operation is a process of its own: the brought static bash, as the agent's user, with builtins only and a clean
  environment. Never the agent's session, whose functions may mean something else by now.
* What it says is parsed as hostile bytes; its time and the size of what it reads are bounded.

Costs 50 to 100 ms an operation, so it is only for paths this side cannot open.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from runner.adapters.docker_sandbox.edits import LISTED, RefusedError
from runner.adapters.docker_sandbox.engine import Engine
from runner.adapters.docker_sandbox.hardening import HOME, SHELL
from runner.adapters.docker_sandbox.stream import Stream, StreamClosedError

READ_BYTES: Final = 10 * 1024**2
"""Largest file that is read this way: it passes through a shell variable."""

WORK_S: Final = 30.0
"""How long one operation may take: a named pipe put in a file's place would hold it up for ever."""

SCRIPT: Final = r"""
builtin unset TMOUT
builtin printf '%d\n' $$
exec 2>&1  # plain: bash takes the redirection of `builtin exec` back
LC_ALL=C IFS=
operation=$1 path=$2 size=$3
if [[ $operation == write ]]; then
    builtin read -rN"$size" content || builtin exit
    [[ -d $path ]] && builtin printf 'directory\n' && builtin exit
    [[ -e $path && ! -f $path ]] && builtin printf 'special\n' && builtin exit
    before=made
    [[ -e $path ]] && before=replaced
    parent=${path%/*}
    [[ -d ${parent:-/} ]] || PATH=/usr/bin:/bin mkdir -p -- "$parent" || builtin exit
    { builtin printf %s "$content" >"$path"; } && builtin printf '%s\n' "$before"
    builtin exit
fi
if [[ ! -e $path ]]; then
    builtin printf 'missing\n'
elif [[ $operation == list ]]; then
    [[ -d $path ]] || { builtin printf 'file\n'; builtin exit; }
    builtin printf 'entries\n'
    builtin shopt -s nullglob
    for entry in "$path"/*; do
        ((++count > size)) && break
        kind=f
        [[ -d $entry && ! -L $entry ]] && kind=d
        builtin printf '%s%s\0' "$kind" "${entry#"$path/"}"
        [[ $kind == d ]] || continue
        for inner in "$entry"/*; do
            ((++count > size)) && break
            kind=f
            [[ -d $inner && ! -L $inner ]] && kind=d
            builtin printf '%s%s\0' "$kind" "${inner#"$path/"}"
        done
    done
elif [[ -d $path ]]; then
    builtin printf 'directory\n'
elif [[ ! -f $path ]]; then
    builtin printf 'special\n'
elif [[ ! -r $path ]]; then
    builtin printf 'denied\n'
elif builtin read -rd '' -n "$size" content <"$path"; then
    ((${#content} == size)) && builtin printf 'large\n' || builtin printf 'binary\n'
else
    builtin printf 'content\n%s' "$content"
fi
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFiles:
    """Files of one running box.

    Attributes:
        engine, container_id: the box.
        user: uid:gid of the agent.
        kill: ends a process of the box by its id.
        work_s: how long one operation may take.
    """

    engine: Engine
    container_id: str
    user: str
    kill: Callable[[int], None]
    work_s: float = WORK_S

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's content.

        Raises:
            IsADirectoryError: it is one.
            FileNotFoundError, PermissionError: as they say.
            RefusedError: not a regular file, binary, too large, or took too long.
            SandboxUnavailable: the engine does not answer.
            BoxGoneError: the box does not, either.
        """
        word, content = self._run("read", path, READ_BYTES)
        if word != "content":
            raise _refusal(word, content, path)
        yield content

    def entries(self, path: str) -> list[tuple[str, bool]]:
        """Return a directory's entries two levels deep without hidden ones: path below it, whether it is a directory.

        Raises: as `pieces`.
        """
        word, content = self._run("list", path.rstrip("/") or "/.", LISTED + 1)
        if word != "entries":
            raise _refusal(word, content, path)
        entries = content.split(b"\0")[:-1]
        return [(entry[1:].decode(errors="replace"), entry[:1] == b"d") for entry in entries]

    def write(self, path: str, content: bytes) -> bool:
        """Make the content a file's; return whether there was a file before.

        Raises: as `pieces`; the file may then hold a part.
        """
        if b"\0" in content:
            raise RefusedError(f"A file outside the workspace cannot be given NUL bytes this way: {path}.")
        word, said = self._run("write", path, len(content), content)
        if word not in {"made", "replaced"}:
            raise _refusal(word, said, path)
        return word == "replaced"

    def _run(self, operation: str, path: str, size: int, content: bytes = b"") -> tuple[str, bytes]:
        """Return the word that says how it went, and what came after it."""
        argv = [SHELL, "--norc", "--noprofile", "-p", "-c", SCRIPT, "files", operation, path, str(size)]
        env = {"HOME": HOME, "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        _id, stream = self.engine.execute(self.container_id, argv, user=self.user, cwd="/", env=env)
        deadline = time.monotonic() + self.work_s
        try:
            answer = _answer(stream, content, deadline)
        finally:
            stream.close()
        pid, _, rest = answer.partition(b"\n")
        if time.monotonic() > deadline:
            if pid.isdigit():
                self.kill(int(pid))
            raise RefusedError(f"{path} could not be reached within {self.work_s:.0f} seconds.")
        word, _, said = rest.partition(b"\n")
        return word.decode(errors="replace"), said if word in WORDS else rest


WORDS: Final = frozenset(b"content entries made replaced missing directory file special denied large binary".split())


def _answer(stream: Stream, content: bytes, deadline: float) -> bytes:
    """Return all it says until it ends, the deadline passes, or it says more than it may."""
    answer = bytearray()
    try:
        stream.send(content, deadline)
        while len(answer) < 2 * READ_BYTES and (piece := stream.receive(deadline)) is not None:
            answer += piece
    except StreamClosedError:
        pass  # it is done
    return bytes(answer)


def _refusal(word: str, said: bytes, path: str) -> Exception:
    """Return what keeps the operation from being done."""
    match word:
        case "missing":
            return FileNotFoundError(path)
        case "directory":
            return IsADirectoryError(path)
        case "denied":
            return PermissionError(path)
        case "file":
            return NotADirectoryError(path)
        case "special":
            return RefusedError(f"{path} is not a regular file (a pipe, socket or device). Use the shell.")
        case "large":
            return RefusedError(f"{path} is larger than {READ_BYTES:,} bytes. Use the shell to look at parts of it.")
        case "binary":
            return RefusedError(f"{path} is a binary file. Use the shell to look at it, for example with `od -c`.")
        case _:
            first = said[:500].decode(errors="replace").strip().partition("\n")[0]
            return RefusedError(f"{path}: {first.rpartition(': ')[2] or 'could not be opened'}.")
