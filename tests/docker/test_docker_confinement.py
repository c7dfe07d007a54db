"""Break-out attempts from inside, as the agent: each of them fails, and the host is as it was."""

import errno
import os
import platform
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.adapters.docker_sandbox.engine import Engine
from runner.testing.sandbox import Bench, BenchMaker
from runner.types import Create, End, Execution, Purpose, Replace, View

pytestmark = pytest.mark.docker

x86_64_only = pytest.mark.skipif(platform.machine() != "x86_64", reason="the program is written for x86-64")


def program(number: int, *arguments: int, gate: bytes = b"\x0f\x05") -> bytes:
    """A static program of 250 bytes that makes one system call and exits with its error number, 0 for success.

    Args:
        number: of the call.
        arguments: at most five; addresses cannot be given.
        gate: the instruction that enters the kernel; `int 0x80` is the one for 32-bit programs.
    """
    loads = [b"\x48\xb8", b"\x48\xbf", b"\x48\xbe", b"\x48\xba", b"\x49\xba", b"\x49\xb8"]  # rax rdi rsi rdx r10 r8
    values = [number, *arguments, *[0] * (5 - len(arguments))]
    code = b"".join(load + struct.pack("<Q", value) for load, value in zip(loads, values, strict=True))
    code += gate + b"\x48\xf7\xd8"  # neg rax
    code += b"\x31\xff\x48\x85\xc0\x0f\x48\xc7"  # a negative one now was a success: 0 instead
    code += b"\x89\xc7\xb8\x3c\x00\x00\x00\x0f\x05"  # exit(rax)
    base, headers = 0x400000, 64 + 56
    elf = b"\x7fELF\x02\x01\x01" + bytes(9)
    elf += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + headers, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    size = headers + len(code)
    return elf + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 4096) + code


def call(box: Bench, number: int, *arguments: int, gate: bytes = b"\x0f\x05") -> Execution:
    """Make a system call as the agent."""
    path = box.workspace / "call"
    path.write_bytes(program(number, *arguments, gate=gate))
    path.chmod(0o755)
    return box.run("/workspace/call", deadline_s=5)


# --- what the box is --------------------------------------------------------------------------------------------------


def test_the_engine_was_asked_for_every_limit(make: BenchMaker, engine: Engine) -> None:
    with make() as bench:
        seen = engine.api.inspect_container(bench.sandbox.start(Purpose.WORK).id)
    host, config = seen["HostConfig"], seen["Config"]
    assert host["PidsLimit"] == 100
    assert host["Memory"] == host["MemorySwap"] == 256 * 1024**2
    assert host["NanoCpus"] == 2 * 10**9
    assert host["ReadonlyRootfs"]
    assert host["NetworkMode"] == "none"
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] in (["KILL"], ["CAP_KILL"])
    assert not host["Privileged"]
    assert host["AutoRemove"]
    assert "no-new-privileges" in host["SecurityOpt"]
    assert sorted(mount["Target"] for mount in host["Mounts"]) == ["/output", "/run/runner/bash", "/workspace"]
    assert config["Healthcheck"]["Test"] == ["NONE"]
    assert config["User"] == "0:0"


def test_the_agent_is_nobody(box: Bench) -> None:
    assert box.says("id -u; id -g; id -G") == "1000\n1000\n1000\n"
    status = dict(line.split(":\t", 1) for line in box.says("cat /proc/self/status").splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0
    assert int(status["CapBnd"], 16) == 1 << 5  # KILL, which the keeper has
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_the_keeper_has_one_capability(box: Bench) -> None:
    assert "CapEff:\t0000000000000020" in box.says("cat /proc/1/status")


def test_nothing_of_this_process_is_in_the_box(box: Bench) -> None:
    os.environ["AGENT_RUNNER_TEST_SECRET"] = "s3cret"
    try:
        assert "s3cret" not in box.says("env; cat /proc/self/environ | tr '\\0' '\\n'")
    finally:
        del os.environ["AGENT_RUNNER_TEST_SECRET"]


def test_there_is_no_way_to_the_engine(box: Bench) -> None:
    assert box.says("ls -A /var/run /run 2>/dev/null | grep sock; find / -xdev -type s 2>/dev/null; true") == ""


def test_the_health_check_of_the_image_does_not_run(box: Bench) -> None:
    assert box.says("sleep 1.2; ls /tmp") == ""


# --- writing ----------------------------------------------------------------------------------------------------------


def test_only_workspace_temporary_directory_and_home_can_be_written(box: Bench) -> None:
    script = "for d in $(find / -xdev -type d 2>/dev/null) /dev /dev/shm /proc /sys /sys/fs/cgroup /data /output; do"
    writable = box.says(f"{script} (: >$d/.probe) 2>/dev/null && echo $d && rm $d/.probe; done; true").split()
    in_memory = {"/data", "/dev/shm", "/home/agent", "/tmp"}  # the first is a volume of the image
    assert set(writable) == in_memory | {"/workspace"}
    assert all(f" {path} tmpfs rw,nosuid,nodev" in box.says("cat /proc/mounts") for path in in_memory)


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/run/runner/bash", "/output/.token", "/bin/busybox"),
        *("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/sys/kernel/uevent_helper"),
        *("/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/memory/cgroup.procs"),
    ],
)
def test_a_file_of_the_system_cannot_be_written(box: Bench, path: str) -> None:
    assert box.run(f"echo x >>{path}").exit_code != 0


def test_devices_cannot_be_made(box: Bench) -> None:
    assert "not permitted" in box.run("mknod /tmp/sda b 8 0").output


@pytest.mark.parametrize(
    "path", ["/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/kvm"]
)
def test_memory_and_disks_of_the_host_cannot_be_read(box: Bench, path: str) -> None:
    assert box.run(f"head -c 1 {path}").exit_code != 0


def test_the_name_server_of_the_host_stays_unknown(box: Bench) -> None:
    assert box.says("grep nameserver /etc/resolv.conf") == "nameserver 127.0.0.1\n"


# --- the keeper -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", ["KILL", "TERM", "STOP", "INT", "USR1"])
def test_the_keeper_cannot_be_signalled(box: Bench, signal: str) -> None:
    assert "not permitted" in box.run(f"kill -{signal} 1").output
    assert box.run("kill -KILL -1; sleep 1000", deadline_s=0.5).end is End.TIMEOUT  # so it still does its work


@pytest.mark.parametrize(
    "name", ["mem", "environ", "fd/0", "fd/1", "cwd/x", "root/x", "maps", "auxv", "stack", "syscall"]
)
def test_the_keeper_cannot_be_looked_into(box: Bench, name: str) -> None:
    assert box.run(f"cat /proc/1/{name}").exit_code != 0
    assert box.run(f": >>/proc/1/{name}").exit_code != 0


# --- the network ------------------------------------------------------------------------------------------------------


def test_there_is_no_network_but_loopback(box: Bench) -> None:
    assert box.says("ls /sys/class/net") == "lo\n"
    for address in ("169.254.169.254", "172.17.0.1", "192.0.2.1"):
        assert box.run(f"nc -w 1 {address} 80 </dev/null", deadline_s=5).exit_code != 0
    assert box.run("nslookup example.com", deadline_s=10).exit_code != 0
    assert box.says("(echo hi | nc -l -p 8080 &) ; sleep 0.3; nc -w 1 127.0.0.1 8080") == "hi\n"


# --- system calls -----------------------------------------------------------------------------------------------------

NEW_USER, NEW_NS, NEW_NET, NEW_PID = 0x10000000, 0x20000, 0x40000000, 0x20000000

REFUSED = {
    "socket(AF_VSOCK)": (41, 40, 1, 0),
    "socket(AF_ALG)": (41, 38, 5, 0),
    "socket(AF_PACKET)": (41, 17, 3, 0),
    "socket(AF_NETLINK, NETFILTER)": (41, 16, 3, 12),
    "socket(AF_INET, RAW)": (41, 2, 3, 1),
    "socketpair(AF_TIPC)": (53, 30, 1, 0),
    "mount": (165, 0, 0, 0, 0),
    "umount2": (166, 0, 0),
    "pivot_root": (155, 0, 0),
    "chroot": (161, 0),
    "unshare(user)": (272, NEW_USER),
    "unshare(mount)": (272, NEW_NS),
    "unshare(net)": (272, NEW_NET),
    "setns": (308, 0, 0),
    "clone(user)": (56, NEW_USER | 17),
    "clone(pid)": (56, NEW_PID | 17),
    "ptrace(ATTACH, 1)": (101, 16, 1, 0, 0),
    "ptrace(TRACEME)": (101, 0, 0, 0, 0),
    "process_vm_writev": (311, 1, 0, 0, 0, 0),
    "pidfd_getfd": (438, 0, 0, 0),
    "kcmp": (312, 1, 1, 0, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, 0, 0, 0),
    "userfaultfd": (323, 0),
    "userfaultfd(user mode)": (323, 1),
    "io_uring_setup": (425, 1, 0),
    "memfd_secret": (447, 0),
    "modify_ldt": (154, 0, 0, 0),
    "keyctl": (250, 0, 0),
    "add_key": (248, 0, 0, 0, 0, 0),
    "open_by_handle_at": (304, 0, 0, 0),
    "init_module": (175, 0, 0, 0),
    "kexec_load": (246, 0, 0, 0, 0),
    "reboot": (169, 0, 0, 0),
    "syslog": (103, 10, 0, 0),
    "fsopen": (430, 0, 0),
    "open_tree": (428, 0, 0, 0),
    "move_mount": (429, 0, 0, 0, 0, 0),
    "mount_setattr": (442, 0, 0, 0, 0, 0),
    "quotactl": (179, 0, 0, 0, 0),
    "iopl": (172, 3),
    "vmsplice": (278, 0, 0, 0, 0),
    "personality(no randomisation)": (135, 0x0040000),
}
"""System calls of x86-64 by number, each with arguments under which it would do something or say why not."""


@x86_64_only
@pytest.mark.parametrize("name", REFUSED)
def test_a_dangerous_system_call_is_refused(box: Bench, name: str) -> None:
    assert call(box, *REFUSED[name]).exit_code == errno.EPERM


@x86_64_only
def test_allowed_calls_work_and_clone3_does_not_exist(box: Bench) -> None:
    assert call(box, 39).exit_code == 0  # getpid
    assert call(box, 41, 2, 1, 0).exit_code == 0  # socket(AF_INET)
    assert call(box, 41, 16, 3, 0).exit_code == 0  # socket(AF_NETLINK, ROUTE)
    assert call(box, 435, 0, 0).exit_code == errno.ENOSYS  # clone3


@x86_64_only
def test_calls_of_other_word_sizes_do_not_slip_through(box: Bench) -> None:
    for execution in (
        call(box, 359, 40, 1, 0, gate=b"\xcd\x80"),  # socket(AF_VSOCK) of 32-bit programs
        call(box, 20, gate=b"\xcd\x80"),  # getpid of 32-bit programs
        call(box, 0x40000000 | 41, 40, 1, 0),  # socket(AF_VSOCK) of x32
    ):
        assert execution.end is End.KILLED or execution.exit_code in {errno.EPERM, errno.ENOSYS}
        assert execution.exit_code != 0


def test_mounting_and_unsharing_by_hand_is_refused(box: Bench) -> None:
    assert "permission denied" in box.run("mount -t tmpfs none /tmp").output
    assert "not permitted" in box.run("unshare -r true").output


# --- files ------------------------------------------------------------------------------------------------------------

SECRET = "the host's secret"


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file of the host."""
    path = tmp_path / "secret"
    path.write_text(SECRET)
    yield path
    assert path.read_text() == SECRET


def test_links_to_the_host_lead_into_the_box(box: Bench, secret: Path) -> None:
    up = "../" * 30
    box.run(f"ln -s {secret} a; ln -s {up}{secret} b; ln -s {secret.parent} d; ln -s /proc/self/root/{secret} e")
    paths = ["a", "b", "d/secret", "e", f"{up}{secret}", "d/../secret"]
    for path in paths:
        full = f"/workspace/{path}"
        assert SECRET not in box.do(View(path=full)).output
        box.do(Replace(path=full, old=SECRET, new="stolen"))
    assert SECRET not in box.do(View(path=str(secret))).output


def test_links_mean_to_the_tool_what_they_mean_to_the_agent(box: Bench) -> None:
    box.run("echo inside >y; mkdir d; echo deep >d/f; echo temp >/tmp/t; echo home >~/h; echo hidden >/home/agent/f")
    box.run("ln -s /workspace/y x; ln -s /tmp/t t; ln -s /home/agent hm; ln -s ../../etc/passwd p; ln -s ../d d/up")
    for path, text in (
        ("x", "inside"),
        ("t", "temp"),
        ("hm/h", "home"),
        ("hm/../agent/f", "hidden"),
        ("d/up/f", "deep"),
    ):
        if ".." not in path:
            assert box.do(View(path=f"/workspace/{path}")).output == f"     1\t{text}\n"
        assert box.says(f"cat {path}") == f"{text}\n"
    assert box.do(View(path="/workspace/p")).output.startswith("     1\troot:x:0:0:")
    box.do(Create(path="/workspace/t", text="changed\n"))
    assert box.says("cat /tmp/t") == "changed\n"


def test_a_swapped_directory_never_shows_the_host(box: Bench, secret: Path) -> None:
    box.run(f"mkdir d; echo inside >d/secret; ln -s {secret.parent} l")
    box.run("while :; do mv d x; mv l d; mv d l; mv x d; done >/dev/null 2>&1 &")
    seen = set()
    began = time.monotonic()
    while time.monotonic() < began + 1 or "     1\tinside\n" not in seen:
        assert time.monotonic() < began + 30
        seen.add(box.do(View(path="/workspace/d/secret")).output)
        box.do(Create(path="/workspace/d/secret", text="inside\n"))
    assert not [text for text in seen if SECRET in text]
    assert list(secret.parent.iterdir()) == [secret]


def test_files_outside_the_workspace_are_reached_as_the_agent_would(box: Bench) -> None:
    text = "".join(chr(point) for point in range(1, 256) if point != 13) + "漢字\n"
    assert box.do(Create(path="/tmp/a/b", text=text)).output == "Created /tmp/a/b.\n"
    assert box.says("wc -c </tmp/a/b") == f"{len(text.encode())}\n"
    assert box.do(Replace(path="/tmp/a/b", old="漢字", new="kanji")).exit_code == 0
    assert box.says("tail -n 1 /tmp/a/b | grep -c kanji; stat -c %u /tmp/a/b") == "1\n1000\n"
    assert "/tmp/a/b\n" in box.do(View(path="/tmp")).output
    assert "/bin/\n" in box.do(View(path="/")).output
    refused = {
        "/etc/x": "Read-only file system",
        "/etc/d/x": "Read-only file system",
        "/proc/1/mem": "Permission denied",
        "/proc/1/environ": "Permission denied",
        "/dev/zero": "not a regular file",
        "/tmp/a": "is a directory",
        "/output/x": "read-only",
    }
    for path, why in refused.items():
        execution = box.do(Create(path=path, text="x"))
        assert execution.exit_code == 1
        assert why in execution.output, path
    for path, why in {"/proc/1/environ": "Permission denied", "/bin/busybox": "binary", "/tmp/z": "not found"}.items():
        execution = box.do(View(path=path))
        assert execution.exit_code == 1
        assert why in execution.output


def test_the_tool_does_not_wait_for_pipes_and_devices(box: Bench) -> None:
    box.run("mkfifo p /tmp/p; ln -s /dev/zero z")
    for path in ("/workspace/p", "/tmp/p", "/workspace/z"):
        for operation in (View(path=path), Create(path=path, text="x")):
            assert "not a regular file" in box.do(operation).output


def test_the_tool_is_not_the_agents_shell(box: Bench) -> None:
    box.run("read() { echo fake; }; printf() { echo fake; }; builtin() { echo fake; }", deadline_s=1)
    box.do(Create(path="/tmp/x", text="true\n"))
    assert box.do(View(path="/tmp/x")).output == "     1\ttrue\n"


def test_outputs_can_be_read_and_not_written(box: Bench) -> None:
    execution = box.run("seq 1 20000")
    assert execution.spill is not None
    some = box.do(View(path=execution.spill, first_line=9999, last_line=10000))
    assert some.output == "  9999\t9999\n 10000\t10000\n"
    assert "read-only" in box.do(Create(path=execution.spill, text="")).output
    box.run(f"ln -s {execution.spill} o")
    assert box.do(View(path="/workspace/o", last_line=1)).output == "     1\t1\n"
    assert "read-only" in box.do(Create(path="/workspace/o", text="")).output


def test_a_long_view_is_cut_at_a_line(box: Bench) -> None:
    (box.workspace / "long").write_text("".join(f"line {number}\n" for number in range(1, 10_001)))
    execution = box.do(View(path="/workspace/long"))
    assert len(execution.output.encode()) <= 30_000
    assert "the file has 10,000 lines: view a range" in execution.output
    assert (execution.spill, execution.cut_bytes > 0) == ("/workspace/long", True)


def test_importing_the_sandbox_asks_for_nothing_else_of_ours() -> None:
    """The adapter stands alone: it is loaded without any other adapter."""
    code = (
        "import sys, runner.adapters.docker_sandbox.sandbox; print([m for m in sys.modules if 'runner.adapters' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all("docker_sandbox" in name or name.endswith("adapters'") for name in done.stdout.strip("[]\n").split(", "))
