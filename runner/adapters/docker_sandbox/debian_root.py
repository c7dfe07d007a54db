"""A root file system made of Debian packages by mmdebstrap, for machines where no registry gives an image.

Rules that live here and nowhere else:

* Equal packages make an equal tar: file times are clamped, nothing of this machine (host name, resolver) stays in it.
* Manuals, translations and documentation are left out; the packages' copyright files stay.
* As root, everything runs in a mount and a process namespace of its own: whatever happens, no mount of /dev or /proc
  stays behind under the temporary directory, so removing that directory can never reach through one.
* Nothing of the host's environment is inherited but where programs and proxies are: maintainer scripts are programs
  of others.

Theory of operation: one mmdebstrap, its lines passed on as they come, its silence and its whole time bounded. It has
no fsync to wait for (force-unsafe-io), so a tmpfs gains 5 % (27.2 against 28.7 s), which is not worth its memory.

Not promised: that it works for a user who is not root (mmdebstrap then needs newuidmap and a line in /etc/subuid), or
for another architecture than this machine's.
"""

import contextlib
import fcntl
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_EPOCH = "1700000000"  # no file's time is later, so that equal packages make an equal tar
_TIME_S = 1800  # 30 s here; a slow mirror must not be cut off
_END_S = 30  # for mmdebstrap to clean up after SIGTERM
_LINE_BYTES = 65536
_PREFIX = "agent-runner-root-"
_NEW_S = 60  # what a directory may take from being made to being locked, and much more
_FREE_BYTES = 2 * 1024**3  # it needs 0.4 GB for `base`
_ENVIRONMENT = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "HOME")
_NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_LEFT_OUT = ("man", "info", "locale", "doc")
_DPKG_CONFIG = "".join(
    [f"path-exclude=/usr/share/{name}/*\\n" for name in _LEFT_OUT] + ["path-include=/usr/share/doc/*/copyright\\n"]
)
_OPTIONS = (
    "--variant=apt",
    "--format=tar",
    "--dpkgopt=force-unsafe-io",
    # Only from the second half on: told by --dpkgopt, mmdebstrap would filter the first packages' tars too, in Perl,
    # which takes 5 s more than to remove these files afterwards.
    f"--essential-hook=printf '{_DPKG_CONFIG}' >\"$1/etc/dpkg/dpkg.cfg.d/leave-out\"",
    f'--customize-hook=cd "$1/usr/share" && find {" ".join(_LEFT_OUT)} ! -type d ! -name copyright -delete',
    f'--customize-hook=cd "$1/usr/share" && find {" ".join(_LEFT_OUT)} -mindepth 1 -type d -empty -delete',
    # mmdebstrap copies these two from the host, for its own network
    '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"',
)
_CONTROL = re.compile(r"[^\x20-\x7e]+")


class DebianRootFailed(Exception):
    """mmdebstrap could not do it; `str()` is its last error without a full stop, and nothing is left behind."""


def command(suite: str, packages: Sequence[str]) -> tuple[str, ...]:
    """Return what makes the root, all but the tar's path. Equal commands make equal roots, but for newer packages."""
    mode = "root" if os.geteuid() == 0 else "unshare"
    return ("mmdebstrap", f"--mode={mode}", *_OPTIONS, f"--include={','.join(packages)}", suite)


def is_possible() -> bool:
    """Whether mmdebstrap is installed."""
    return shutil.which("mmdebstrap", path=_programs()) is not None


def make(arguments: Sequence[str], tar: Path) -> Iterator[str]:
    """Yield the lines `command(...)` prints; at the end of the iteration the root is in `tar`. About 30 s.

    Args:
        arguments: from `command`.
        tar: the file to write. Partly written when it fails: the caller's to remove.

    Raises:
        DebianRootFailed: no root was made.
    """
    isolated = os.geteuid() == 0 and _can_isolate()
    environment = {name: value for name in _ENVIRONMENT if (value := os.environ.get(name))}
    with _workplace(isolated=isolated) as (folder, lock):
        environment |= {"PATH": _programs(), "LC_ALL": "C.UTF-8", "TMPDIR": str(folder), "SOURCE_DATE_EPOCH": _EPOCH}
        yield from _run([*(_NAMESPACES if isolated else ()), *arguments, str(tar)], environment, lock)


def _run(arguments: Sequence[str], environment: dict[str, str], lock: int) -> Iterator[str]:
    """Yield what a program says on stderr. It is over, however this ends.

    Raises:
        DebianRootFailed: it did not end in time, or not with 0.
    """
    deadline = time.monotonic() + _TIME_S
    error = ""
    with subprocess.Popen(  # noqa: S603  the arguments are ours; package names are checked where they are read
        arguments,
        env=environment,
        pass_fds=(lock,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            for line in _lines(process, deadline):
                error = line.removeprefix("E: ") if line.startswith("E: ") else error
                yield line
            code = process.wait(_END_S)
        except subprocess.TimeoutExpired as late:
            raise DebianRootFailed(f"{arguments[0]} did not end within {_TIME_S // 60} minutes") from late
        finally:
            if process.poll() is None:
                _end(process)
    if code:
        raise DebianRootFailed(error or f"{arguments[0]} ended with exit code {code}")


def _lines(process: subprocess.Popen[bytes], deadline: float) -> Iterator[str]:
    assert process.stderr is not None  # noqa: S101  it was asked for
    rest = b""
    while True:
        if not select.select([process.stderr], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise subprocess.TimeoutExpired(process.args, _TIME_S)
        chunk = os.read(process.stderr.fileno(), 65536)
        *whole, rest = re.split(rb"[\r\n]", rest[-_LINE_BYTES:] + (chunk or b"\n"))
        yield from (text for line in whole if (text := _CONTROL.sub(" ", line.decode(errors="replace")).strip()))
        if not chunk:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave the process and all of its children ended.

    `unshare` ignores SIGTERM; killed, it takes its namespace along, in which there is nothing to be cleaned up.
    mmdebstrap alone must be given time to unmount.
    """
    if isinstance(process.args, list) and process.args[0] == _NAMESPACES[0]:
        process.kill()
    else:
        process.terminate()
    try:
        process.communicate(timeout=_END_S)  # until the last child has let go of stderr
    except subprocess.TimeoutExpired:
        process.kill()


def _can_isolate() -> bool:
    """Whether this root may make namespaces. In most containers it may not; then it cannot mount either."""
    if shutil.which(_NAMESPACES[0], path=_programs()) is None:
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        probe = subprocess.run(  # noqa: S603  a constant
            [*_NAMESPACES, "true"], env={"PATH": _programs()}, capture_output=True, timeout=_END_S, check=False
        )
        return probe.returncode == 0
    return False


def _programs() -> str:
    """Return a PATH with the administrator's directories, which a user's own may lack."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


@contextlib.contextmanager
def _workplace(*, isolated: bool) -> Iterator[tuple[Path, int]]:
    """Give a temporary directory that is gone afterwards, and the descriptor of a lock on it for everyone in it.

    A killed process leaves its directory (0.4 GB) to the next one, who takes it for abandoned when nobody has the lock.
    """
    parent = _roomy_parent()
    for left in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            _sweep(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    folder.chmod(0o711)  # apt's download user, or without root a subordinate uid, must get to what is below
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, lock
    finally:
        os.close(lock)
        with contextlib.suppress(OSError):
            folder.rmdir()  # mmdebstrap has usually emptied it
        if isolated and folder.exists():
            shutil.rmtree(folder)


def _sweep(left: Path) -> None:
    """Remove a directory that is this user's, not brand-new, used by nobody and free of mounts; else raise OSError."""
    lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        facts = os.fstat(lock)
        if facts.st_uid == os.geteuid() and time.time() - facts.st_mtime > _NEW_S:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if str(left) not in Path("/proc/self/mountinfo").read_text():
                shutil.rmtree(left)
    finally:
        os.close(lock)


def _roomy_parent() -> Path:
    """Return a directory where a root can be unpacked: programs in it may run, devices work, there is room."""
    unfit = os.ST_NOEXEC | os.ST_NODEV if os.geteuid() == 0 else os.ST_NOEXEC
    for parent in (Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108  mkdtemp makes a private one in it
        with contextlib.suppress(OSError):
            facts = os.statvfs(parent)
            roomy = facts.f_bavail * facts.f_frsize > _FREE_BYTES
            if roomy and not facts.f_flag & unfit and os.access(parent, os.W_OK):
                return parent
    raise DebianRootFailed(
        f"neither /var/tmp nor {tempfile.gettempdir()} has {_FREE_BYTES // 10**9} GB free and lets programs run"
    )
