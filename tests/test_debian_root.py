import contextlib
import fcntl
import os
import tempfile
import uuid
from collections.abc import Generator
from pathlib import Path

import pytest

from runner.adapters.docker_sandbox.debian_root import DebianRootFailed, command, make


def run(script: str, tar: Path) -> list[str]:
    return list(make(["bash", "-c", script], tar))  # the tar's path becomes $0


def test_lines_come_through_and_the_tar_is_written(tmp_path: Path) -> None:
    lines = run("printf 'I: one\\r50%%\\nI: t\\033[2Jwo\\n\\nlast' >&2; echo content >\"$0\"", tmp_path / "tar")
    assert lines == ["I: one", "50%", "I: t [2Jwo", "last"]
    assert (tmp_path / "tar").read_text() == "content\n"


def test_the_last_error_is_what_is_told(tmp_path: Path) -> None:
    with pytest.raises(DebianRootFailed, match=r"^no such mirror$"):
        run("echo 'E: first' >&2; echo 'E: no such mirror' >&2; echo 'I: removing' >&2; exit 1", tmp_path / "tar")
    with pytest.raises(DebianRootFailed, match="exit code 3"):
        run("exit 3", tmp_path / "tar")


def test_nothing_of_the_environment_is_inherited_but_programs_and_proxies(tmp_path: Path) -> None:
    os.environ["AGENT_RUNNER_TEST_SECRET"] = "secret"
    try:
        run('env >"$0"', tmp_path / "tar")
    finally:
        del os.environ["AGENT_RUNNER_TEST_SECRET"]
    names = {line.partition("=")[0] for line in (tmp_path / "tar").read_text().splitlines()}
    proxies = {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    assert names - proxies - {"HOME", "PATH", "LC_ALL", "TMPDIR", "SOURCE_DATE_EPOCH", "PWD", "SHLVL", "_"} == set()


@pytest.mark.parametrize("script", ["touch $TMPDIR/a", "mkdir -p $TMPDIR/a/b; touch $TMPDIR/a/b/c; exit 1"])
def test_the_temporary_directory_goes_with_what_a_root_left_in_it(tmp_path: Path, script: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's namespaces make removing a tree safe")
    with contextlib.suppress(DebianRootFailed):
        run(f'echo $TMPDIR >"$0"; {script}', tmp_path / "tar")
    folder = Path((tmp_path / "tar").read_text().strip())
    assert folder.parent.is_dir()
    assert not folder.exists()


def test_whoever_stops_listening_ends_it(tmp_path: Path) -> None:
    script = 'echo $TMPDIR >"$0"; echo begun >&2; sleep 300 & sleep 300'
    lines = make(["bash", "-c", script], tmp_path / "tar")
    assert next(iter(lines)) == "begun"
    assert isinstance(lines, Generator)
    lines.close()
    assert not Path((tmp_path / "tar").read_text().strip()).exists()


def test_what_a_killed_process_left_is_removed_by_the_next_unless_it_is_in_use(tmp_path: Path) -> None:
    run('echo $TMPDIR >"$0"', tmp_path / "tar")
    parent = Path((tmp_path / "tar").read_text().strip()).parent
    left, used, fresh = (Path(tempfile.mkdtemp(prefix="agent-runner-root-", dir=parent)) for _ in range(3))
    (left / "root").mkdir()
    link = parent / f"agent-runner-root-{uuid.uuid4().hex}"
    link.symlink_to(tmp_path)
    for path in (left, used, tmp_path):
        os.utime(path, (1, 1))
    descriptor = os.open(used, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        run("true", tmp_path / "tar")
        assert not left.exists()
        assert used.exists()
        assert fresh.exists()
        assert (tmp_path / "tar").exists()
    finally:
        os.close(descriptor)
        used.rmdir()
        fresh.rmdir()
        link.unlink()


def test_a_mount_made_inside_is_not_there_outside(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    script = f"mkdir $TMPDIR/dev && mount --bind {precious} $TMPDIR/dev 2>/dev/null; ls $TMPDIR/dev >&2; exit 1"
    with pytest.raises(DebianRootFailed):
        run(script, tmp_path / "tar")
    assert (precious / "file").exists()


def test_equal_wishes_are_equal_commands() -> None:
    assert command("bookworm", ("bash", "git")) == command("bookworm", ("bash", "git"))
    assert command("bookworm", ("bash", "git")) != command("bookworm", ("bash",))
    assert command("bookworm", ("bash",)) != command("trixie", ("bash",))
