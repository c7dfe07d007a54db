"""An engine, a static shell and two tiny images for the tests that start containers.

The images are made of two programs of this machine (Debian: `apt-get install busybox-static bash-static`), because
where these tests run there may be no registry. They are kept between sessions under a label that holds their content's
hash.
"""

import hashlib
import io
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.adapters.docker_sandbox.engine import Engine
from runner.adapters.docker_sandbox.sandbox import DockerSandbox
from runner.errors import SandboxUnavailable
from runner.testing.sandbox import Bench, BenchMaker
from runner.types import Limits, Purpose, Restart

SHELLS = (Path("/bin/bash-static"), Path("/usr/bin/bash-static"))
BUSYBOXES = (Path("/bin/busybox"), Path("/usr/bin/busybox"))

HOSTILE = (
    "ENTRYPOINT /bin/false",
    "CMD /bin/false",
    "USER 4242",
    "WORKDIR /nowhere",
    "VOLUME /data",
    "ENV PATH=/opt/image/bin:/home/agent/bin:/usr/bin:/bin",
    "ENV BASH_ENV=/workspace/.evil",
    "ENV ENV=/workspace/.evil",
    "ENV TMOUT=1",
    "ENV IMAGE=yes",
)
"""What an image may say about how it is to be run. Nothing of it may matter but environment and search path."""

HEALTH_CHECK = "HEALTHCHECK --interval=1s CMD touch /tmp/healthy"
"""One more, which Podman cannot put into an image it imports."""


PASSWD = b"root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n"


def _found(paths: tuple[Path, ...], package: str) -> Path:
    for path in paths:
        if path.is_file():
            return path
    pytest.skip(f"{paths[0]} is not on this machine (Debian package {package})")


def _root(busybox: Path, bash: Path | None) -> bytes:
    """Return a root file system as a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:

        def add(name: str, kind: bytes, mode: int, *, content: bytes = b"", target: str = "") -> None:
            member = tarfile.TarInfo(name)
            member.type, member.mode, member.linkname, member.size = kind, mode, target, len(content)
            tar.addfile(member, io.BytesIO(content))

        for name in ("bin", "etc", "tmp", "usr"):  # /tmp is closed, as in no good image: the box must not rely on it
            add(name, tarfile.DIRTYPE, 0o755)
        add("usr/bin", tarfile.SYMTYPE, 0o777, target="../bin")
        add("bin/busybox", tarfile.REGTYPE, 0o755, content=busybox.read_bytes())
        listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout
        for applet in listed.split():
            if applet not in {"busybox", "bash"}:
                add(f"bin/{applet}", tarfile.SYMTYPE, 0o777, target="busybox")
        if bash is not None:
            add("bin/bash", tarfile.REGTYPE, 0o755, content=bash.read_bytes())
        add("etc/passwd", tarfile.REGTYPE, 0o644, content=PASSWD)
        add("etc/group", tarfile.REGTYPE, 0o644, content=b"root:x:0:\nagent:x:1000:\nextra:x:77:agent\n")
    return buffer.getvalue()


def _image(engine: Engine, folder: Path, name: str, root: bytes, changes: tuple[str, ...]) -> str:
    digest = hashlib.sha256(root + "\n".join(changes).encode()).hexdigest()[:12]
    label = f"agent-runner-test={name}-{digest}"
    if not (found := engine.api.images(quiet=True, filters={"label": label})):
        tar = folder / f"{name}.tar"
        tar.write_bytes(root)
        changes = (*changes, f"LABEL {label}")
        engine.api.import_image(src=str(tar), repository=f"agent-runner-test/{name}", tag=digest, changes=list(changes))
        found = engine.api.images(quiet=True, filters={"label": label})
    return str(found[0])


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A running container engine."""
    try:
        found = Engine.connect(lambda _line: None)
    except SandboxUnavailable as error:
        pytest.skip(f"{error}. {error.hint}")
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def shell() -> Path:
    """A static bash of this machine."""
    return _found(SHELLS, "bash-static")


@pytest.fixture(scope="session")
def tiny_image(engine: Engine, shell: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with busybox and bash that wants to be run in every wrong way."""
    root = _root(_found(BUSYBOXES, "busybox-static"), shell)
    changes = HOSTILE if engine.is_podman else (*HOSTILE, HEALTH_CHECK)
    return _image(engine, tmp_path_factory.mktemp("image"), "tiny", root, changes)


@pytest.fixture(scope="session")
def posix_image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with a POSIX shell and no bash."""
    root = _root(_found(BUSYBOXES, "busybox-static"), None)
    return _image(engine, tmp_path_factory.mktemp("image"), "posix", root, ())


SMALL = Limits(memory_bytes=256 * 1024**2, cpus=2.0, pids=100, output_bytes=30_000)
"""What a test's box may use."""


@pytest.fixture(scope="session")
def make(engine: Engine, shell: Path, tiny_image: str, tmp_path_factory: pytest.TempPathFactory) -> BenchMaker:
    """Makes sandboxes of the tiny image, or what else is asked for; each is stopped when it is left."""

    @contextmanager
    def bench(
        image: str = tiny_image,
        *,
        shell: Path = shell,
        limits: Limits = SMALL,
        env: tuple[tuple[str, str], ...] = (),
        run_id: str | None = None,
    ) -> Iterator[Bench]:
        folder = tmp_path_factory.mktemp("run")
        (folder / "workspace").mkdir()
        run_id = run_id or f"test-{secrets.token_hex(6)}"
        sandbox = DockerSandbox(
            engine,
            run_id=run_id,
            image=image,
            workspace=folder / "workspace",
            spill=folder / "output",
            shell=shell,
            limits=limits,
            env=env,
            watch=lambda _line: None,
        )
        try:
            yield Bench(sandbox=sandbox, run_id=run_id, workspace=folder / "workspace", output=folder / "output")
        finally:
            sandbox.stop()

    return bench


@pytest.fixture(scope="module")
def standing(make: BenchMaker) -> Iterator[Bench]:
    """A box for a whole module."""
    with make(env=(("TASK_SETTING", "on"),)) as bench:
        bench.sandbox.start(Purpose.WORK)
        yield bench


@pytest.fixture
def box(standing: Bench) -> Bench:
    """The module's box with a new shell and nothing left over; a new one if the test before lost it."""
    try:
        standing.do(Restart())
    except SandboxUnavailable:
        standing.sandbox.start(Purpose.WORK)
    standing.run("rm -rf /workspace/* /workspace/.[!.]* /tmp/* /home/agent/* /home/agent/.[!.]*")
    return standing
