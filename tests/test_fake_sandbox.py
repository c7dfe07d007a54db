"""The fake sandbox keeps the contract, and does what tests of others need."""

import pytest
from typing_extensions import override

from runner.errors import SandboxLost, SandboxUnavailable
from runner.testing.sandbox import FakeSandbox, SandboxContract, a_permit, an_execution
from runner.types import Box, Create, End, Exec, Execution, Permit, Probe, Purpose, Restart


class Shell:
    """As much of a shell as the contract speaks."""

    def __init__(self) -> None:
        self.cwd = "/workspace"
        self.files: dict[str, bytes] = {}

    def run(self, command: str) -> Execution:
        match command.split():
            case ["echo", word]:
                return an_execution(f"{word}\n", cwd=self.cwd)
            case ["echo", word, ">", path]:
                self.files[path.removeprefix("/workspace/")] = f"{word}\n".encode()
                return an_execution(cwd=self.cwd)
            case ["pwd"]:
                return an_execution(f"{self.cwd}\n", cwd=self.cwd)
            case ["cd", path]:
                self.cwd = path
                return an_execution(cwd=path)
            case ["sleep", _]:
                return Execution(end=End.TIMEOUT, exit_code=137, output="", took_ms=1, cwd=self.cwd)
            case ["(exit", code]:
                return an_execution(exit_code=int(code.rstrip(")")), cwd=self.cwd)
            case ["exit", code]:
                self.cwd = "/workspace"
                return Execution(
                    end=End.EXITED,
                    exit_code=int(code),
                    output="",
                    took_ms=1,
                    cwd=self.cwd,
                    session_restarted=True,
                )
            case _:
                raise AssertionError(command)


class ShellSandbox(FakeSandbox):
    """A fake whose script has a state, which ends with its box, its session, and before its checks."""

    def __init__(self) -> None:
        self.shell = Shell()
        super().__init__(self.shell.run, files=self.shell.files)

    @override
    def start(self, purpose: Purpose) -> Box:
        self.shell.cwd = "/workspace"
        return super().start(purpose)

    @override
    def perform(self, permit: Permit, deadline_s: float) -> Execution:
        if isinstance(permit.action.operation, Probe | Restart):
            self.shell.cwd = "/workspace"
        return super().perform(permit, deadline_s)


class TestFakeSandbox(SandboxContract):
    @pytest.fixture
    @override
    def sandbox(self) -> FakeSandbox:
        return ShellSandbox()


def test_everything_handed_in_is_remembered() -> None:
    sandbox = FakeSandbox()
    permit = a_permit(Exec(command="make"))
    with pytest.raises(SandboxUnavailable):
        sandbox.perform(permit, 5)
    sandbox.start(Purpose.WORK)
    sandbox.perform(permit, 6)
    assert sandbox.performed == [permit, permit]
    assert sandbox.deadlines == [5, 6]
    assert sandbox.started == [Purpose.WORK]


def test_a_lost_box_has_done_the_deed_and_an_unavailable_one_has_not() -> None:
    for fault, done in ((SandboxLost("lost"), True), (SandboxUnavailable("not there"), False)):
        sandbox = FakeSandbox(faults={2: fault})
        sandbox.start(Purpose.WORK)
        sandbox.perform(a_permit(Create(path="/workspace/a", text="")), 1)
        with pytest.raises(type(fault)):
            sandbox.perform(a_permit(Create(path="/workspace/b", text="")), 1)
        assert ("b" in sandbox.files) is done
        with pytest.raises(SandboxUnavailable):
            sandbox.perform(a_permit(Exec(command="make")), 1)


def test_a_script_may_lose_the_box_itself() -> None:
    def script(command: str) -> Execution:
        raise SandboxLost(command)

    sandbox = FakeSandbox(script)
    sandbox.start(Purpose.WORK)
    with pytest.raises(SandboxLost):
        sandbox.perform(a_permit(Exec(command="make")), 1)
    with pytest.raises(SandboxUnavailable):
        sandbox.perform(a_permit(Exec(command="make")), 1)
