"""`make bench`: what a user pays, as ratios against named peers, on the same image, in the same run.

Absolute times on a shared machine are noise; a ratio of medians taken in turn is not. Nothing here fails: the goals
stand beside the figures, for a person to compare.
"""

import contextlib
import json
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from runner.adapters.docker_sandbox.engine import Engine
from runner.adapters.docker_sandbox.images import Images, images_folder
from runner.adapters.docker_sandbox.sandbox import DockerSandbox
from runner.adapters.plain_store.store import PlainStore
from runner.types import Action, Effects, Exec, Limits, Permit, Purpose, Rung, Verdict
from tests.bench import judging

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"
PEER = "mini-swe-agent==2.4.6"
DEADLINE_S = 30.0


def main() -> None:
    """Measure and print."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    judging.measure(_row)
    with closing(Engine.connect(lambda _line: None)) as engine:
        images = Images(engine.client, folder=images_folder(), cache=CACHE / "bench", watch=print)
        image = images.resolve("base")
        shell = images.static_shell(image)
        print(f"{engine.name}, image base\n")
        with tempfile.TemporaryDirectory() as folder:
            sandbox = DockerSandbox(
                engine,
                run_id=f"bench-{secrets.token_hex(4)}",
                image=image,
                workspace=_made(Path(folder) / "ws"),
                spill=_made(Path(folder) / "out"),
                shell=shell,
                limits=Limits(),
                env=(),
                watch=lambda _line: None,
            )
            try:
                _calls(sandbox, image)
                _starts(sandbox, image)
            finally:
                sandbox.stop()
    _store()
    _help()


def _made(path: Path) -> Path:
    path.mkdir()
    return path


def _permit(command: str) -> Permit:
    action = Action(call_id="1", tool="bash", operation=Exec(command=command), effects=Effects(opaque="a benchmark"))
    return Permit(action=action, decision=action.decide(Verdict.ALLOW, rung=Rung.TASK, why="a benchmark"))


def _ms(act: Callable[[], object], times: int) -> list[float]:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took


def _row(what: str, ours: list[float], peer: str, theirs: list[float], goal: str) -> None:
    mine, other = statistics.median(ours), statistics.median(theirs)
    ratio = f"{other / mine:6.1f}x faster" if mine < other else f"{mine / other:6.2f}x the time"
    print(f"{what:<42} {mine:8.2f} ms   {peer:<34} {other:8.2f} ms   {ratio}   (goal: {goal})")


def _calls(sandbox: DockerSandbox, image: str) -> None:
    sandbox.start(Purpose.WORK)
    for command in ("true", "/bin/true"):
        permit = _permit(command)
        ours = _ms(lambda p=permit: sandbox.perform(p, DEADLINE_S), 300)  # type: ignore[misc] # a default binds it now
        theirs = _docker_exec(image, command)
        _row(f"a call of `{command}`", ours, "docker exec per call", theirs, "at least 20x")
        if (peer := _peer(image, command)) is not None:
            _row("", ours, f"{PEER} per call", peer, "at least 20x")


def _docker_exec(image: str, command: str) -> list[float]:
    name = f"bench-{secrets.token_hex(4)}"
    subprocess.run(
        ["docker", "run", "-d", "--rm", "--name", name, image, "sleep", "600"], check=True, capture_output=True
    )
    try:
        return _ms(lambda: subprocess.run(["docker", "exec", name, "bash", "-c", command], check=True), 20)
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True)


def _peer(image: str, command: str) -> list[float] | None:
    """Times of the peer's own environment, in an interpreter of its own: its dependencies are not ours."""
    python = CACHE / "peer" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", CACHE / "peer"], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", PEER]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            print(f"  ({PEER} cannot be installed here; left out)")
            return None
    script = Path(__file__).with_name("peer.py")
    done = subprocess.run([python, script, image, command], check=True, capture_output=True, text=True)
    return list(map(float, json.loads(done.stdout.splitlines()[-1])))


def _starts(sandbox: DockerSandbox, image: str) -> None:
    permit = _permit("true")
    ours, theirs = [], []

    def first_result() -> None:
        sandbox.start(Purpose.WORK)
        sandbox.perform(permit, DEADLINE_S)

    docker_run = ["docker", "run", "--rm", "--network", "none", image, "true"]
    for _ in range(11):  # in turn, so that both see the same machine
        sandbox.stop()
        ours += _ms(first_result, 1)
        theirs += _ms(lambda: subprocess.run(docker_run, check=True), 1)
    _row("from nothing to a first result", ours, "docker run --rm --network none true", theirs, "at most 1.5x")


def _store() -> None:
    """Saving the workspace against a shadow git, as peers have it, on 5,000 files."""
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        source = _made(folder / "source")
        for number in range(5000):
            path = source / f"d{number % 50}" / f"f{number}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{number}\n" * 50)
        store = PlainStore(source=source, workspace=folder / "ws", root=folder / "store", watch=lambda _line: None)
        environ = {**os.environ, "GIT_DIR": str(folder / "git"), "GIT_WORK_TREE": str(folder / "ws")}

        def git(*arguments: str) -> None:
            subprocess.run(["git", *arguments], env=environ, check=True, capture_output=True)

        def shadow() -> None:
            git("add", "-A")
            git("write-tree")

        git("init", "-q")
        base = _ms(store.save, 1)
        _row("first save, 5,000 files (ours copies them)", base, "shadow git", _ms(shadow, 1), "none yet")
        time.sleep(0.1)
        _row("a save when nothing changed", _ms(store.save, 9), "shadow git", _ms(shadow, 9), "at most 1x")
        changed = folder / "ws" / "d1" / "f1.txt"
        ours, theirs = [], []
        for number in range(9):
            changed.write_text(f"changed {number}\n")
            ours += _ms(store.save, 1)
            theirs += _ms(shadow, 1)
        _row("a save when one file changed", ours, "shadow git", theirs, "at most 1x")


def _help() -> None:
    runner = Path(sys.executable).with_name("runner")
    ours = _ms(lambda: subprocess.run([runner, "--help"], check=True, capture_output=True), 11)
    theirs = _ms(lambda: subprocess.run(["docker", "--help"], check=True, capture_output=True), 11)
    _row("runner --help", ours, "docker --help", theirs, "under 150 ms")


if __name__ == "__main__":
    CACHE.mkdir(exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        main()
