"""Which system calls a box may make: an allowlist of our own, because the engine's default lets too much through.

Rules that live here and nowhere else:

* What no row allows fails with EPERM, as for a program without the right to it.
* `clone3` fails with ENOSYS: its flags lie in memory where no filter can see them, and the C library then falls back to
  `clone`, whose flags a filter can see.
* Sockets are local, IPv4, IPv6 or routing netlink. AF_VSOCK would reach the hypervisor even from a box without a
  network, AF_ALG and the rare families are doors into rarely visited parts of the kernel.
* No namespaces, no mounts, no tracing of other processes, no io_uring, no BPF, no keyrings, no kernel modules.
* No calls of other word sizes (32-bit and x32 on x86-64): other numbers for the same calls are another filter to get
  wrong.

Compilers and what they produce, git, Python with multiprocessing and asyncio, node, make and databases run under it;
debuggers and `strace` do not.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

EPERM: Final = 1
ENOSYS: Final = 38

ARCHITECTURES: Final = ("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64", "SCMP_ARCH_RISCV64")
"""Each alone, without the smaller ones its processor could also run. Names an architecture lacks are skipped."""

FAMILIES: Final[Mapping[str, str]] = {
    "open and close": """
        access chdir close close_range creat dup dup2 dup3 faccessat faccessat2 fchdir fcntl flock getcwd open openat
        openat2""",
    "read and write": """
        copy_file_range fadvise64 fallocate fdatasync fsync ftruncate lseek pread64 preadv preadv2 pwrite64 pwritev
        pwritev2 read readahead readv sendfile splice sync sync_file_range syncfs tee truncate write writev""",
    "look at files": """
        cachestat fgetxattr flistxattr fstat fstatfs getdents getdents64 getxattr lgetxattr listxattr llistxattr lstat
        newfstatat readlink readlinkat stat statfs statx""",
    "change names, modes and owners": """
        chmod chown fchmod fchmodat fchmodat2 fchown fchownat fremovexattr fsetxattr futimesat lchown link linkat
        lremovexattr lsetxattr mkdir mkdirat mknod mknodat removexattr rename renameat renameat2 rmdir setxattr symlink
        symlinkat umask unlink unlinkat utime utimensat utimes""",
    "be told of changes": """
        inotify_add_watch inotify_init inotify_init1 inotify_rm_watch""",
    "wait for events": """
        epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 io_cancel io_destroy
        io_getevents io_pgetevents io_setup io_submit pipe pipe2 poll ppoll pselect6 select""",
    "memory": """
        brk madvise map_shadow_stack membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap mseal
        msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect""",
    "processes and threads": """
        arch_prctl execve execveat exit exit_group fork futex futex_requeue futex_wait futex_waitv futex_wake
        get_robust_list getcpu getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid gettid ioprio_get
        ioprio_set kill pause pidfd_open pidfd_send_signal prctl prlimit64 riscv_flush_icache riscv_hwprobe rseq
        sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
        sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
        set_robust_list set_tid_address setpgid setpriority setrlimit setsid tgkill tkill vfork wait4 waitid""",
    "signals": """
        restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
        rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4""",
    "who am I": """
        capget capset getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups
        setregid setresgid setresuid setreuid setuid""",
    "time": """
        alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time timer_create
        timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime
        times""",
    "talk over sockets": """
        accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
        sendmsg sendto setsockopt shutdown""",
    "talk between processes": """
        mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget
        semop semtimedop shmat shmctl shmdt shmget""",
    "confine oneself further": """
        landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp""",
    "the rest": """
        getrandom ioctl sysinfo uname""",
}
"""What every program may do, by purpose."""

NAMESPACES: Final = 0x7E020000
"""The CLONE_NEW* flags of clone(2): mount, cgroup, UTS, IPC, user, process and network namespace."""

PERSONALITIES: Final = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
"""Linux, 32-bit address space, `uname -r` of 2.6, both, and asking. Not: switching off address randomisation."""

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
NETLINK_ROUTE: Final = 0


def profile() -> str:
    """Return the filter as JSON text, as the engine's API takes it."""
    names = sorted({name for family in FAMILIES.values() for name in family.split()})
    rows: list[dict[str, Any]] = [
        {"names": names, "action": "SCMP_ACT_ALLOW"},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS},
        _allow("clone", (0, "SCMP_CMP_MASKED_EQ", NAMESPACES, 0)),
        *(_allow("socket", (0, "SCMP_CMP_EQ", family, 0)) for family in (AF_UNIX, AF_INET, AF_INET6)),
        _allow("socket", (0, "SCMP_CMP_EQ", AF_NETLINK, 0), (2, "SCMP_CMP_EQ", NETLINK_ROUTE, 0)),
        _allow("socketpair", (0, "SCMP_CMP_EQ", AF_UNIX, 0)),
        *(_allow("personality", (0, "SCMP_CMP_EQ", value, 0)) for value in PERSONALITIES),
    ]
    whole = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": EPERM,
        "archMap": [{"architecture": name, "subArchitectures": []} for name in ARCHITECTURES],
        "syscalls": rows,
    }
    return json.dumps(whole)


def _allow(name: str, *conditions: tuple[int, str, int, int]) -> dict[str, Any]:
    """Return a row that allows a call when all conditions (argument, comparison, value, second value) hold."""
    arguments = [
        {"index": index, "op": comparison, "value": value, "valueTwo": second}
        for index, comparison, value, second in conditions
    ]
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": arguments}
