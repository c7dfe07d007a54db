"""How a box is confined, as far as it can be told without one."""

import json
from pathlib import Path
from typing import Any

from runner.adapters.docker_sandbox import hardening, seccomp
from runner.types import Limits

MOUNTS = hardening.Mounts(workspace=Path("/s/ws"), output=Path("/s/out"), shell=Path("/s/bash"))
LIMITS = Limits(memory_bytes=1024**3, cpus=1.5, pids=99)


def settings(volumes: tuple[str, ...] = (), user: str | None = "1000:1000", cpus: int = 8) -> dict[str, Any]:
    return hardening.host_settings(MOUNTS, LIMITS, cpus=cpus, volumes=volumes, profile="{}", user=user)


def profile() -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(seccomp.profile())
    return whole


def allowed(name: str) -> list[Any]:
    """The conditions under which a call is allowed; an empty list for a call that never is."""
    rows = [row for row in profile()["syscalls"] if name in row["names"]]
    return [row.get("args", "always") for row in rows if row["action"] == "SCMP_ACT_ALLOW"]


def test_every_setting_has_a_reason_and_stands_once() -> None:
    names = [name for name, _value, _reason in hardening.CONFINED]
    assert len(set(names)) == len(names)
    assert all(reason for _name, _value, reason in hardening.CONFINED)


def test_limits_are_always_set() -> None:
    made = settings()
    assert made["pids_limit"] == 99
    assert made["mem_limit"] == made["memswap_limit"] == 1024**3
    assert made["nano_cpus"] == 1_500_000_000
    assert made["network_mode"] == "none"
    assert made["security_opt"] == ["no-new-privileges", "seccomp={}"]


def test_no_more_processors_are_asked_for_than_there_are() -> None:
    assert settings(cpus=1)["nano_cpus"] == 1_000_000_000
    assert "nano_cpus" not in settings(cpus=0)


def test_only_the_workspace_can_be_written() -> None:
    mounts = settings()["mounts"]
    assert [(mount["Target"], mount["ReadOnly"] or False) for mount in mounts] == [
        ("/workspace", False),
        ("/output", True),
        ("/run/runner/bash", True),
    ]


def test_memory_directories_leave_half_of_the_memory_to_processes() -> None:
    made = settings()["tmpfs"]
    sizes = [int(options.split(",")[0].removeprefix("size=")) for options in made.values()]
    assert sum(sizes) <= LIMITS.memory_bytes // 2


def test_volumes_of_the_image_are_memory_and_bounded() -> None:
    made = settings(volumes=("/data", "/workspace", "/tmp/"))["tmpfs"]
    assert sorted(made) == ["/data", "/home/agent", "/tmp"]
    assert made["/data"].startswith(f"size={LIMITS.memory_bytes // 16},")


def test_podman_is_asked_for_no_owner() -> None:
    assert "uid=" in str(settings()["tmpfs"])
    assert "uid=" not in str(settings(user=None)["tmpfs"])


def test_nothing_of_the_image_or_of_us_decides_how_a_box_starts() -> None:
    made = hardening.container_settings({}, "image", ["keeper"], {})
    assert made["entrypoint"] == ["keeper"]
    assert made["command"] == []
    assert made["user"] == "0:0"
    assert made["healthcheck"]["Test"] == ["NONE"]
    assert made["environment"] == {}
    assert made["use_config_proxy"] is False


# --- system calls -----------------------------------------------------------------------------------------------------


DANGEROUS = """
    ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp io_uring_setup io_uring_enter
    io_uring_register bpf userfaultfd perf_event_open memfd_secret modify_ldt keyctl add_key request_key mount umount2
    move_mount open_tree fsopen fsmount fsconfig fspick mount_setattr pivot_root chroot setns unshare init_module
    finit_module delete_module kexec_load kexec_file_load open_by_handle_at name_to_handle_at reboot swapon swapoff
    syslog acct quotactl settimeofday clock_settime clock_adjtime iopl ioperm vmsplice remap_file_pages lookup_dcookie
    nfsservctl vhangup fanotify_init sethostname setdomainname"""


def test_a_dangerous_call_is_never_allowed() -> None:
    assert [name for name in DANGEROUS.split() if allowed(name)] == []


def test_what_is_not_named_is_refused() -> None:
    whole = profile()
    assert whole["defaultAction"] == "SCMP_ACT_ERRNO"
    assert whole["defaultErrnoRet"] == 1


def test_clone_may_not_make_namespaces_and_clone3_does_not_exist() -> None:
    [condition] = allowed("clone")
    assert condition == [{"index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": 0x7E020000, "valueTwo": 0}]
    [row] = [row for row in profile()["syscalls"] if row["names"] == ["clone3"]]
    assert (row["action"], row["errnoRet"]) == ("SCMP_ACT_ERRNO", 38)


def test_sockets_are_of_four_families() -> None:
    conditions = allowed("socket")
    assert [condition[0]["value"] for condition in conditions] == [1, 2, 10, 16]
    assert conditions[3][1] == {"index": 2, "op": "SCMP_CMP_EQ", "value": 0, "valueTwo": 0}


def test_no_call_is_listed_twice() -> None:
    names = [name for family in seccomp.FAMILIES.values() for name in family.split()]
    assert len(set(names)) == len(names)
    assert not set(names) & {"clone", "clone3", "socket", "socketpair", "personality"}


def test_no_smaller_architecture_is_let_in() -> None:
    assert all(row["subArchitectures"] == [] for row in profile()["archMap"])
