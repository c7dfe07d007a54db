"""`DockerSandbox` keeps the port's contract, and its boxes come and go as promised."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.errors import NotFound
from typing_extensions import override

from runner.adapters.docker_sandbox.engine import OWNER_LABEL, RUN_LABEL, Engine, process_name
from runner.errors import SandboxLost, SandboxUnavailable
from runner.ports import Sandbox
from runner.testing.sandbox import Bench, BenchMaker, SandboxContract
from runner.types import Create, End, Exec, Probe, Purpose, Restart, View

pytestmark = pytest.mark.docker


class TestDockerSandbox(SandboxContract):
    @pytest.fixture
    @override
    def sandbox(self, make: BenchMaker) -> Iterator[Sandbox]:
        with make() as bench:
            yield bench.sandbox


@pytest.fixture
def bench(make: BenchMaker) -> Iterator[Bench]:
    with make() as bench:
        yield bench


# --- boxes come and go ------------------------------------------------------------------------------------------------


def boxes(engine: Engine, run_id: str) -> list[str]:
    """The ids of a run's containers, whatever their state."""
    filters = {"label": f"{RUN_LABEL}={run_id}"}
    return [box["Id"] for box in engine.api.containers(all=True, quiet=True, filters=filters)]


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_box_says_which_it_is_and_whose(bench: Bench, engine: Engine) -> None:
    box = bench.sandbox.start(Purpose.WORK)
    seen = engine.api.inspect_container(box.id)
    assert boxes(engine, bench.run_id) == [box.id]
    assert box.image_id == seen["Image"]
    assert box.engine == engine.name
    assert seen["Config"]["Labels"][OWNER_LABEL].split(":")[1] == str(os.getpid())


def test_starting_removes_every_box_of_the_run_whoever_made_it(bench: Bench, engine: Engine, tiny_image: str) -> None:
    labels = {RUN_LABEL: bench.run_id}
    never_started = engine.api.create_container(tiny_image, "sleep", labels=labels)["Id"]
    running = engine.api.create_container(tiny_image, entrypoint=["sleep", "1000"], user="0", labels=labels)["Id"]
    engine.api.start(running)
    box = bench.sandbox.start(Purpose.WORK)
    assert boxes(engine, bench.run_id) == [box.id]
    for gone in (never_started, running):
        with pytest.raises(NotFound):
            engine.api.inspect_container(gone)


def test_boxes_that_were_never_started_are_swept_when_their_maker_is_gone(
    bench: Bench, engine: Engine, tiny_image: str
) -> None:
    def made_by(owner: str) -> str:
        labels = {RUN_LABEL: bench.run_id, OWNER_LABEL: owner}
        return str(engine.api.create_container(tiny_image, "sleep", labels=labels)["Id"])

    gone, alive = made_by(process_name() + "0"), made_by(process_name())
    engine.remove_orphans()
    assert sorted(boxes(engine, bench.run_id)) == sorted([gone, alive])  # both are young
    engine.remove_orphans(min_age_s=-1)
    assert boxes(engine, bench.run_id) == [alive]


def test_after_stopping_the_engine_has_forgotten_the_box(bench: Bench, engine: Engine) -> None:
    bench.sandbox.start(Purpose.WORK)
    bench.run("sleep 1000 & yes >/dev/null & echo started")
    bench.sandbox.stop()
    assert boxes(engine, bench.run_id) == []


def test_boxes_of_other_runs_are_left_alone(make: BenchMaker, bench: Bench) -> None:
    bench.sandbox.start(Purpose.WORK)
    with make() as other:
        other.sandbox.start(Purpose.WORK)
        other.sandbox.stop()
    assert bench.says("echo alive") == "alive\n"


def test_a_box_that_vanished_between_calls_means_nothing_ran(bench: Bench, engine: Engine) -> None:
    for operation in (Exec(command="true"), Restart(), Probe(command="true"), View(path="/workspace")):
        box = bench.sandbox.start(Purpose.WORK)
        engine.api.remove_container(box.id, force=True)
        with pytest.raises(SandboxUnavailable):
            bench.do(operation)
    bench.sandbox.stop()


@pytest.mark.parametrize("kind", [Exec, Probe])
def test_a_box_that_vanishes_during_a_call_is_lost(bench: Bench, engine: Engine, kind: type[Exec | Probe]) -> None:
    box = bench.sandbox.start(Purpose.WORK)
    remove = threading.Timer(0.5, lambda: engine.api.remove_container(box.id, force=True))
    remove.start()
    try:
        with pytest.raises(SandboxLost):
            bench.do(kind(command="sleep 100"))
    finally:
        remove.join()
    with pytest.raises(SandboxUnavailable):
        bench.run("true")
    bench.sandbox.start(Purpose.WORK)
    assert bench.says("echo alive") == "alive\n"


def test_an_image_that_is_not_there_starts_nothing(make: BenchMaker, engine: Engine) -> None:
    with make("agent-runner-test/none:none") as bench:
        with pytest.raises(SandboxUnavailable, match="agent-runner-test/none:none"):
            bench.sandbox.start(Purpose.WORK)
        assert boxes(engine, bench.run_id) == []


def test_a_shell_that_is_none_leaves_no_box(make: BenchMaker, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bash").write_text("this is no program\n")
    (tmp_path / "bash").chmod(0o755)
    with make(shell=tmp_path / "bash") as bench:
        with pytest.raises(SandboxUnavailable):
            bench.sandbox.start(Purpose.WORK)
        assert boxes(engine, bench.run_id) == []
    with make(shell=tmp_path / "none") as bench, pytest.raises(SandboxUnavailable, match="none is not there"):
        bench.sandbox.start(Purpose.WORK)


def test_an_image_without_bash_gets_ours(make: BenchMaker, posix_image: str) -> None:
    with make(posix_image) as bench:
        bench.sandbox.start(Purpose.WORK)
        assert bench.says("a=(1 2 3); echo ${#a[@]} $BASH") == "3 /run/runner/bash\n"
        assert bench.do(Probe(command='[[ $BASH == /run/runner/bash ]] && echo "yes"')).output == "yes\n"


def test_an_image_with_bash_uses_its_own(bench: Bench) -> None:
    bench.sandbox.start(Purpose.WORK)
    assert bench.says("echo $BASH") == "/bin/bash\n"


def test_an_image_without_any_program_will_do(make: BenchMaker, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "empty.tar").write_bytes(b"\0" * 10240)
    answer = engine.api.import_image(src=str(tmp_path / "empty.tar"), repository="agent-runner-test/empty", tag="1")
    image = json.loads(answer.splitlines()[-1])["status"]
    try:
        with make(image) as bench:
            bench.sandbox.start(Purpose.WORK)
            assert bench.says("echo hello; cd /; pwd") == "hello\n/\n"
            bench.do(Create(path="/tmp/x", text="text\n"))
            assert bench.do(View(path="/tmp/x")).output == "     1\ttext\n"
    finally:
        engine.api.remove_image(image, force=True)


def test_the_workspace_belongs_to_the_agent_however_it_was_filled(bench: Bench) -> None:
    folder = bench.workspace / "d"
    folder.mkdir(mode=0o700)
    (folder / "f").write_text("old\n")
    (bench.workspace / "l").symlink_to("/etc/passwd")
    bench.sandbox.start(Purpose.WORK)
    assert bench.says("cat d/f; echo new >d/f; echo made >d/g; cat d/f d/g") == "old\nnew\nmade\n"
    bench.do(Create(path="/workspace/e/h", text=""))
    owners = bench.says("ls -ln d e | cut -d' ' -f2- | grep -v '^[0-9]*$' | awk 'NF > 5 {print $2, $3}' | sort -u")
    assert owners == "1000 1000\n"


# --- the process dies, or is another user -----------------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
from runner.adapters.docker_sandbox.engine import Engine
from runner.adapters.docker_sandbox.sandbox import DockerSandbox
from runner.testing.sandbox import a_permit
from runner.types import Create, Exec, Limits, Purpose, View

run_id, image, folder, shell = sys.argv[1:5]
sandbox = DockerSandbox(
    Engine.connect(lambda line: None), run_id=run_id, image=image, workspace=Path(folder, "workspace"),
    spill=Path(folder, "output"), shell=Path(shell), limits=Limits(memory_bytes=256 * 1024**2, pids=100), env=(),
    watch=lambda line: None,
)
def do(operation, deadline_s=30):
    execution = sandbox.perform(a_permit(operation), deadline_s)
    print(execution.output, end="", flush=True)
sandbox.start(Purpose.WORK)
"""


def program(more: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(PROGRAM) + textwrap.dedent(more), *arguments]


@pytest.mark.parametrize("busy", [False, True])
def test_a_killed_process_leaves_no_box(busy: bool, bench: Bench, engine: Engine, tiny_image: str, shell: Path) -> None:
    last = "do(Exec(command='sleep 1000'), 1000)" if busy else "import time; time.sleep(1000)"
    more = f"do(Exec(command='(setsid sleep 1000 &); echo ready'))\n{last}"
    argv = program(more, bench.run_id, tiny_image, str(bench.workspace.parent), str(shell))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            assert len(boxes(engine, bench.run_id)) == 1
        finally:
            process.send_signal(signal.SIGKILL)
    assert until(lambda: boxes(engine, bench.run_id) == [])


def as_user(uid: int, gid: int, groups: list[int], work: Callable[[], str]) -> str:
    """Return what a forked process that is another user makes of some work, or its failure."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            said = work()
        except BaseException:  # noqa: BLE001 - whatever it is, the parent shows it
            said = traceback.format_exc()
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_a_process_that_is_not_root_needs_no_chown(
    bench: Bench, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    me = 54321
    tmp_path_factory.getbasetemp().parent.chmod(0o755)  # pytest's folders are private to root
    tmp_path_factory.getbasetemp().chmod(0o755)
    folder = bench.workspace.parent
    bench.output.mkdir()
    for path in (folder, bench.workspace, bench.output):
        os.chown(path, me, me)

    def work() -> str:
        bench.sandbox.start(Purpose.WORK)
        done = [
            bench.run("id -u; echo made > made; stat -c %u made; kill -9 1; cat /proc/1/environ"),
            bench.do(Create(path="/workspace/d/f", text="text")),
            bench.do(View(path="/workspace/made")),
            bench.run("cat d/f; echo; touch /tmp/x ~/x && echo writable"),
            bench.do(Create(path="/tmp/y", text="text")),
        ]
        bench.sandbox.stop()
        return "".join(execution.output for execution in done)

    lines = as_user(me, me, [Path(engine.socket_path).stat().st_gid], work).splitlines()
    assert lines[:2] == [str(me), str(me)], "\n".join(lines)
    assert "not permitted" in lines[2]
    assert "denied" in lines[3]
    assert lines[4:] == [
        "Created /workspace/d/f.",
        "     1\tmade",
        "text",
        "writable",
        "Created /tmp/y.",
    ]
    assert (bench.workspace / "d" / "f").stat().st_uid == me


def test_an_interrupted_call_leaves_nothing_running(bench: Bench) -> None:
    """As when a signal handler raises while a command runs."""

    class StopError(Exception):
        pass

    def ring(_number: int, _frame: object) -> None:
        raise StopError

    bench.sandbox.start(Purpose.WORK)
    old = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with contextlib.suppress(StopError):
            bench.run("sleep 5; touch /workspace/late")
            raise AssertionError("it was not interrupted")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    after = bench.run("echo alive; ps | grep -c '[s]leep'")
    assert (after.end, after.output) == (End.EXITED, "alive\n0\n")
    assert after.alive == 0
