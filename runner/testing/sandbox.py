"""A fake sandbox, and what every sandbox must do.

`FakeSandbox` executes nothing: commands are answered by a script, files are a dictionary. `SandboxContract` is run on
it and on the sandboxes that start containers.
"""

import posixpath
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import pytest

from runner.errors import SandboxError, SandboxLost, SandboxUnavailable
from runner.ports import Sandbox
from runner.types import (
    Action,
    Box,
    Create,
    Delegate,
    Effects,
    End,
    Exec,
    Execution,
    FileOperation,
    Foreign,
    Insert,
    Operation,
    Permit,
    Probe,
    Propose,
    Purpose,
    Question,
    Replace,
    Restart,
    Rung,
    Verdict,
    View,
)

WORKSPACE = "/workspace"

Script = Callable[[str], Execution]
"""From a command to what becomes of it. It may raise what a sandbox may raise."""


def a_permit(operation: Operation, call_id: str = "call-1") -> Permit:
    """Return the right to do this."""
    action = Action(call_id=call_id, tool="test", operation=operation, effects=Effects(opaque="a test"))
    return Permit(action=action, decision=action.decide(Verdict.ALLOW, rung=Rung.TASK, why="a test wants it"))


def an_execution(output: str = "", exit_code: int = 0, cwd: str = WORKSPACE) -> Execution:
    """Return what becomes of a command that ends by itself."""
    return Execution(end=End.EXITED, exit_code=exit_code, output=output, took_ms=1, cwd=cwd)


class FakeSandbox:
    """A Sandbox that executes nothing.

    Attributes:
        files: content by path, relative for the workspace's files, absolute for others. Always the same dictionary, so
            that a `FakeStore` can share it.
        performed: every permit handed in, oldest first, those that failed included.
        deadlines: the deadlines they came with.
        started: the purposes of the boxes that were started.
        stops: how often `stop` was called.
        faults: what to raise at which perform, counted from 1. A `SandboxLost` is raised after the deed is done, as in
            the worst case; the box is gone afterwards in any case.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        files: dict[str, bytes] | None = None,
        faults: Mapping[int, SandboxError] | None = None,
    ) -> None:
        """No box stands yet. Without a script every command succeeds in the workspace and says nothing."""
        self.files: dict[str, bytes] = {} if files is None else files
        self.performed: list[Permit] = []
        self.deadlines: list[float] = []
        self.started: list[Purpose] = []
        self.stops = 0
        self.faults = dict(faults or {})
        self._script = script or (lambda _command: an_execution())
        self._box: Box | None = None

    def start(self, purpose: Purpose) -> Box:
        """Return a new box."""
        self.started.append(purpose)
        self._box = Box(id=f"box-{len(self.started)}", image_id="image-1", engine="fake 1", purpose=purpose)
        return self._box

    def perform(self, permit: Permit, deadline_s: float) -> Execution:
        """Answer by the script or from the dictionary."""
        self.performed.append(permit)
        self.deadlines.append(deadline_s)
        fault = self.faults.get(len(self.performed))
        try:
            if self._box is None:
                raise SandboxUnavailable("no box stands")
            if fault is not None and not isinstance(fault, SandboxLost):
                raise fault
            execution = self._perform(permit.action.operation)
            if fault is not None:
                raise fault
        except SandboxError:
            self._box = None
            raise
        return execution

    def stop(self) -> None:
        """Leave no box."""
        self.stops += 1
        self._box = None

    def _perform(self, operation: Operation) -> Execution:
        match operation:
            case Exec(command=command) | Probe(command=command):
                if "\0" in command:
                    text = "Nothing was run: the command holds a NUL byte.\n"
                    return Execution(end=End.EXITED, exit_code=126, output=text, took_ms=0)
                return self._script(command)
            case Restart():
                return Execution(
                    end=End.EXITED,
                    exit_code=0,
                    output="The shell was restarted. Files are as they were.\n",
                    took_ms=1,
                    cwd=WORKSPACE,
                    session_restarted=True,
                )
            case View() | Create() | Replace() | Insert():
                code, text = self._edit(operation, posixpath.join(WORKSPACE, operation.path))
                return Execution(end=End.EXITED, exit_code=code, output=text + "\n", took_ms=1)
            case Delegate() | Question() | Propose() | Foreign():
                raise ValueError("this needs no box")
            case _:
                assert_never(operation)

    def _edit(self, operation: FileOperation, path: str) -> tuple[int, str]:
        key = path.removeprefix(f"{WORKSPACE}/")
        if isinstance(operation, Create):
            done = "Replaced the content of" if key in self.files else "Created"
            self.files[key] = operation.text.encode()
            return 0, f"{done} {path}."
        if key not in self.files:
            below = "" if path == WORKSPACE else f"{key}/"
            inside = [name for name in self.files if name.startswith(below) and not name.startswith("/")]
            if isinstance(operation, View) and inside:
                return 0, _listing(path, [name.removeprefix(below) for name in inside])
            return 1, f"File not found: {path}."
        content = self.files[key].decode(errors="replace")
        lines = content.splitlines(keepends=True)
        match operation:
            case View(first_line=first, last_line=last):
                return _page(lines, path, first or 1, last)
            case Replace(old=old, new=new):
                places = [content.count("\n", 0, at) + 1 for at in range(len(content)) if content.startswith(old, at)]
                if len(places) != 1:
                    return 1, _not_once(places, path)
                self.files[key] = content.replace(old, new).encode()
                return 0, f"Replaced the text at exactly one location: {path}, line {places[0]}."
            case Insert(after_line=after, text=text):
                if after > len(lines):
                    return 1, f"{path} has {len(lines)} lines; text can be inserted after line 0 to {len(lines)}."
                ended = text if text.endswith("\n") or after == len(lines) else text + "\n"
                self.files[key] = "".join([*lines[:after], ended, *lines[after:]]).encode()
                return 0, f"Inserted the text after line {after} of {path}."
            case _:
                assert_never(operation)


def _page(lines: list[str], path: str, first: int, last: int | None) -> tuple[int, str]:
    if first > len(lines):
        return 1, f"{path} has {len(lines)} lines; there is no line {first}."
    wanted = list(enumerate(lines, 1))[first - 1 : last]
    return 0, "\n".join(f"{number:>6}\t{line.rstrip()}" for number, line in wanted)


def _not_once(places: list[int], path: str) -> str:
    if not places:
        return f"No match found in {path} for the text to replace; nothing was changed."
    return (
        f"Found {len(places)} matches in {path} for the text to replace, at lines {', '.join(map(str, places))}; "
        "nothing was changed. Provide more context so that exactly one matches."
    )


def _listing(path: str, names: list[str]) -> str:
    shown = set()
    for name in names:
        parts = name.split("/")
        shown |= {
            "/".join(parts[:depth]) + ("/" if depth < len(parts) else "") for depth in (1, 2) if parts[depth - 1 :]
        }
    lines = [f"{path}/{name}" for name in sorted(shown)]
    return "\n".join([f"Files and directories in {path}, two levels deep, without hidden ones:", *lines])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A sandbox that starts real boxes, and what it keeps on this side.

    Attributes:
        sandbox: the sandbox.
        run_id: the run it is for.
        workspace: the directory its boxes see as `/workspace`.
        output: the directory they see as `/output`.
    """

    sandbox: Sandbox
    run_id: str
    workspace: Path
    output: Path

    def do(self, operation: Operation, deadline_s: float = 30) -> Execution:
        """Perform something that is not a command."""
        return self.sandbox.perform(a_permit(operation), deadline_s)

    def run(self, command: str, deadline_s: float = 30) -> Execution:
        """Run a command in the session."""
        return self.do(Exec(command=command), deadline_s)

    def says(self, command: str) -> str:
        """Return what a command says that must succeed."""
        execution = self.run(command)
        assert execution.exit_code == 0, execution
        return execution.output


BenchMaker = Callable[..., AbstractContextManager[Bench]]
"""Makes a bench; the keyword arguments depend on the sandbox."""


class SandboxContract:
    """What every `Sandbox` does. Commands are those of a POSIX shell, and only `echo cd pwd exit sleep`."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        """Return a sandbox that can start boxes and whose workspace is empty; no box stands."""
        raise NotImplementedError

    @pytest.fixture
    def started(self, sandbox: Sandbox) -> Sandbox:
        """Return it with a box for work."""
        sandbox.start(Purpose.WORK)
        return sandbox

    def run(self, sandbox: Sandbox, operation: Operation | str, deadline_s: float = 30) -> Execution:
        """Perform an operation, or a command in the session."""
        return sandbox.perform(
            a_permit(Exec(command=operation) if isinstance(operation, str) else operation), deadline_s
        )

    # boxes

    def test_a_box_says_what_it_is_for(self, sandbox: Sandbox) -> None:
        box = sandbox.start(Purpose.CHECKS)
        assert box.purpose is Purpose.CHECKS
        assert box.id
        assert box.image_id
        assert box.engine

    def test_without_a_box_nothing_runs(self, sandbox: Sandbox) -> None:
        with pytest.raises(SandboxUnavailable):
            self.run(sandbox, "echo hello")

    def test_a_new_box_is_another_one_with_a_new_shell(self, sandbox: Sandbox) -> None:
        first = sandbox.start(Purpose.WORK)
        self.run(sandbox, "cd /")
        second = sandbox.start(Purpose.WORK)
        assert first.id != second.id
        assert self.run(sandbox, "pwd").output == "/workspace\n"

    def test_files_of_the_workspace_outlive_the_box(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/kept.txt", text="kept\n"))
        started.start(Purpose.WORK)
        assert self.run(started, View(path="/workspace/kept.txt")).output == "     1\tkept\n"

    def test_stopping_can_be_repeated_and_is_no_end(self, started: Sandbox) -> None:
        started.stop()
        started.stop()
        with pytest.raises(SandboxUnavailable):
            self.run(started, "echo hello")
        started.start(Purpose.WORK)
        assert self.run(started, "echo hello").output == "hello\n"

    # commands

    def test_a_command_shows_its_output_and_exit_code(self, started: Sandbox) -> None:
        execution = self.run(started, "echo hello")
        assert execution.end is End.EXITED
        assert execution.exit_code == 0
        assert execution.output == "hello\n"
        assert execution.cwd == "/workspace"
        assert (execution.alive, execution.cut_bytes, execution.spill) == (0, 0, None)
        assert not execution.session_restarted
        assert not execution.out_of_memory

    def test_failing_is_data(self, started: Sandbox) -> None:
        execution = self.run(started, "(exit 7)")
        assert (execution.end, execution.exit_code) == (End.EXITED, 7)

    def test_the_directory_lasts(self, started: Sandbox) -> None:
        assert self.run(started, "cd /").cwd == "/"
        assert self.run(started, "pwd").output == "/\n"

    def test_a_command_that_ends_the_shell_gets_a_new_one(self, started: Sandbox) -> None:
        self.run(started, "cd /")
        execution = self.run(started, "exit 3")
        assert (execution.end, execution.exit_code, execution.cwd) == (End.EXITED, 3, "/workspace")
        assert execution.session_restarted
        after = self.run(started, "pwd")
        assert after.output == "/workspace\n"
        assert not after.session_restarted

    def test_a_command_that_does_not_end_is_killed(self, started: Sandbox) -> None:
        began = time.monotonic()
        execution = self.run(started, "sleep 100", deadline_s=0.5)
        assert (execution.end, execution.exit_code) == (End.TIMEOUT, 137)
        assert time.monotonic() - began < 50  # well before it would have ended by itself
        assert self.run(started, "echo hello").output == "hello\n"

    def test_a_command_with_a_nul_byte_does_not_run(self, started: Sandbox) -> None:
        execution = self.run(started, "echo a\0b")
        assert execution.exit_code == 126
        assert "NUL" in execution.output

    def test_restarting_gives_a_new_shell_in_the_workspace(self, started: Sandbox) -> None:
        self.run(started, "cd /")
        execution = self.run(started, Restart())
        assert (execution.end, execution.exit_code, execution.cwd) == (End.EXITED, 0, "/workspace")
        assert execution.session_restarted
        assert execution.output
        assert self.run(started, "pwd").output == "/workspace\n"

    def test_a_check_runs_in_the_workspace_and_leaves_a_usable_shell(self, started: Sandbox) -> None:
        self.run(started, "cd /")
        assert self.run(started, Probe(command="pwd")).output == "/workspace\n"
        assert self.run(started, Probe(command="exit 4")).exit_code == 4
        assert self.run(started, "pwd").output == "/workspace\n"

    def test_what_needs_no_box_is_no_business_of_a_sandbox(self, started: Sandbox) -> None:
        with pytest.raises(ValueError, match="no box"):
            self.run(started, Question(questions_json="[]"))
        assert self.run(started, "echo hello").output == "hello\n"

    # files

    def test_a_file_is_created_and_viewed(self, started: Sandbox) -> None:
        created = self.run(started, Create(path="/workspace/a/b.txt", text="one\ntwo\n"))
        assert (created.end, created.exit_code, created.cwd) == (End.EXITED, 0, None)
        assert created.output == "Created /workspace/a/b.txt.\n"
        assert self.run(started, View(path="/workspace/a/b.txt")).output == "     1\tone\n     2\ttwo\n"

    def test_creating_replaces_what_stands_there(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/a", text="old"))
        again = self.run(started, Create(path="/workspace/a", text="new"))
        assert again.output == "Replaced the content of /workspace/a.\n"
        assert self.run(started, View(path="/workspace/a")).output == "     1\tnew\n"

    def test_a_range_of_lines_is_viewed(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/a", text="1\n2\n3\n4\n"))
        some = self.run(started, View(path="/workspace/a", first_line=2, last_line=3))
        assert some.output == "     2\t2\n     3\t3\n"
        rest = self.run(started, View(path="/workspace/a", first_line=4))
        assert rest.output == "     4\t4\n"
        none = self.run(started, View(path="/workspace/a", first_line=5))
        assert none.exit_code == 1
        assert none.output == "/workspace/a has 4 lines; there is no line 5.\n"

    def test_a_directory_is_listed_two_levels_deep(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/a/b/c/d.txt", text=""))
        self.run(started, Create(path="/workspace/e.txt", text=""))
        head = "Files and directories in /workspace, two levels deep, without hidden ones:\n"
        listed = "/workspace/a/\n/workspace/a/b/\n/workspace/e.txt\n"
        assert self.run(started, View(path="/workspace")).output == head + listed

    def test_text_is_replaced_where_it_occurs_once(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/a", text="x = 1\ny = 1\n"))
        done = self.run(started, Replace(path="/workspace/a", old="y = 1", new="y = 2"))
        assert done.output == "Replaced the text at exactly one location: /workspace/a, line 2.\n"
        assert self.run(started, View(path="/workspace/a")).output == "     1\tx = 1\n     2\ty = 2\n"

    def test_text_that_occurs_twice_or_never_is_not_replaced(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/a", text="x = 1\ny = 1\n"))
        twice = self.run(started, Replace(path="/workspace/a", old="1", new="2"))
        assert twice.exit_code == 1
        assert twice.output.startswith("Found 2 matches in /workspace/a for the text to replace, at lines 1, 2;")
        never = self.run(started, Replace(path="/workspace/a", old="z", new="2"))
        assert never.exit_code == 1
        assert never.output.startswith("No match found in /workspace/a for the text to replace")
        assert self.run(started, View(path="/workspace/a")).output == "     1\tx = 1\n     2\ty = 1\n"

    def test_lines_are_inserted(self, started: Sandbox) -> None:
        self.run(started, Create(path="/workspace/a", text="1\n3\n"))
        done = self.run(started, Insert(path="/workspace/a", after_line=1, text="2"))
        assert done.output == "Inserted the text after line 1 of /workspace/a.\n"
        self.run(started, Insert(path="/workspace/a", after_line=0, text="0\n"))
        expected = "     1\t0\n     2\t1\n     3\t2\n     4\t3\n"
        assert self.run(started, View(path="/workspace/a")).output == expected
        beyond = self.run(started, Insert(path="/workspace/a", after_line=9, text="9"))
        assert beyond.exit_code == 1
        assert beyond.output == "/workspace/a has 4 lines; text can be inserted after line 0 to 4.\n"

    def test_what_is_not_there_is_not_found(self, started: Sandbox) -> None:
        for operation in (
            View(path="/workspace/none"),
            Replace(path="/workspace/none", old="a", new="b"),
            Insert(path="/workspace/none", after_line=0, text="a"),
        ):
            execution = self.run(started, operation)
            assert (execution.end, execution.exit_code) == (End.EXITED, 1)
            assert execution.output == "File not found: /workspace/none.\n"

    def test_files_of_commands_and_files_of_the_tool_are_the_same(self, started: Sandbox) -> None:
        self.run(started, "echo hello > /workspace/greeting")
        assert self.run(started, View(path="/workspace/greeting")).output == "     1\thello\n"
