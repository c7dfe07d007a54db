"""Which dangerous act a write to a place is: the system's accounts and start-up, guards and records, devices.

Rules that live here and nowhere else:

* One table says it by place, whatever program writes; the acts are those of `hazards.py`.
* Files that a shell reads when it starts change what later commands mean; they are an act of their own.
* In `/dev` what is not known to be a stream is a device.

Not promised: that a place which is not listed is harmless; outside the workspace nothing is written without a look.
"""

import functools

from runner.policy.places import Places
from runner.types import Policy

ORDINARY = "ordinary"

WRITTEN = """
# hands the machine over
privilege /etc/passwd*
privilege /etc/shadow*
privilege /etc/group
privilege /etc/gshadow*
privilege /etc/sudoers
privilege /etc/sudoers.d/**
privilege /etc/doas.conf
privilege /etc/pam.d/**
privilege /etc/security/**
privilege /etc/polkit-1/**
privilege /etc/ssh/sshd_config*
privilege /etc/ssh/sshd_config.d/**

# runs later by itself
persist   /etc/cron*/**
persist   /etc/crontab
persist   /etc/anacrontab
persist   /etc/at.*
persist   /var/spool/cron/**
persist   /var/spool/at/**
persist   /var/at/**
persist   /etc/systemd/**
persist   /lib/systemd/**
persist   /usr/lib/systemd/**
persist   /usr/local/lib/systemd/**
persist   /run/systemd/**
persist   ~/.config/systemd/**
persist   ~/.local/share/systemd/**
persist   /etc/init.d/**
persist   /etc/init/**
persist   /etc/inittab
persist   /etc/rc*.d/**
persist   /etc/rc.local
persist   /etc/rc.common
persist   /etc/rc.d/**
persist   /usr/local/etc/rc.d/**
persist   /etc/profile
persist   /etc/profile.d/**
persist   /etc/bash.bashrc
persist   /etc/bashrc
persist   /etc/zsh/**
persist   /etc/zshrc
persist   /etc/environment
persist   /etc/ld.so.preload
persist   /etc/ld.so.conf.d/**
persist   /etc/update-motd.d/**
persist   /etc/udev/**
persist   /etc/dbus-1/**
persist   /etc/apt/apt.conf.d/**
persist   /etc/NetworkManager/dispatcher.d/**
persist   /etc/modules-load.d/**
persist   /etc/modprobe.d/**
persist   /etc/xdg/autostart/**
persist   ~/.config/autostart/**
persist   ~/.ssh/authorized_keys*
persist   ~/.ssh/rc
persist   ~/.ssh/environment
persist   /Library/LaunchAgents/**
persist   /Library/LaunchDaemons/**
persist   ~/Library/LaunchAgents/**
persist   /etc/supervisor/**

# watches or records
guard     .claude/settings*.json
guard     .claude/hooks/**
guard     ~/.claude/**
guard     /etc/claude-code/**
guard     .runner/**
guard     ~/.config/runner/**
guard     /etc/runner/**
guard     .git/hooks/**
guard     ~/.config/git/**
guard     .bash_history
guard     .zsh_history
guard     .sh_history
guard     .history
guard     .python_history
guard     .mysql_history
guard     .psql_history
guard     ~/.local/share/fish/fish_history
guard     /var/log/syslog*
guard     /var/log/messages*
guard     /var/log/auth.log*
guard     /var/log/secure*
guard     /var/log/security*
guard     /var/log/kern.log*
guard     /var/log/cron*
guard     /var/log/maillog*
guard     /var/log/wtmp*
guard     /var/log/btmp*
guard     /var/log/lastlog
guard     /var/log/faillog
guard     /var/log/audit/**
guard     /var/log/journal/**
guard     /var/run/utmp
guard     /run/utmp
guard     /var/mail/**
guard     /var/spool/mail/**
guard     /etc/audit/**
guard     /etc/rsyslog*
guard     /etc/rsyslog.d/**
guard     /etc/fail2ban/**
guard     /etc/ufw/**
guard     /etc/iptables/**
guard     /etc/nftables.conf
guard     /etc/selinux/**
guard     /etc/apparmor*/**

# a shell's start
startup   .bashrc
startup   .bash_profile
startup   .bash_login
startup   .bash_logout
startup   .bash_aliases
startup   .profile
startup   .zshrc
startup   .zshenv
startup   .zprofile
startup   .zlogin
startup   .zlogout
startup   .kshrc
startup   .cshrc
startup   .tcshrc
startup   .inputrc
startup   .xinitrc
startup   .xprofile
startup   .xsession
startup   ~/.config/fish/**
startup   ~/.vimrc
startup   ~/.tmux.conf
startup   ~/.gitconfig
startup   ~/.pam_environment

# where names and packages lead
traffic   /etc/hosts
traffic   /etc/resolv.conf
traffic   /etc/nsswitch.conf
traffic   /etc/apt/**
traffic   /etc/pip.conf
traffic   /etc/yum.repos.d/**
traffic   ~/.pip/**
traffic   ~/.config/pip/**
traffic   ~/.npmrc
traffic   ~/.ssh/config
traffic   ~/.ssh/known_hosts*
traffic   /etc/ssl/**
traffic   /usr/local/share/ca-certificates/**

# devices, and the kernel through its file systems
ordinary  /dev/null
ordinary  /dev/zero
ordinary  /dev/full
ordinary  /dev/random
ordinary  /dev/urandom
ordinary  /dev/stdin
ordinary  /dev/stdout
ordinary  /dev/stderr
ordinary  /dev/tty
ordinary  /dev/ptmx
ordinary  /dev/fd/**
ordinary  /dev/pts/**
ordinary  /dev/shm/**
ordinary  /proc/*/fd/**
ordinary  /proc/*/oom_score_adj
ordinary  /proc/*/comm
reverse-shell /dev/tcp/**
reverse-shell /dev/udp/**
escape    /dev/mem
escape    /dev/kmem
escape    /dev/port
escape    /dev/kmsg
disk      /dev/**
escape    /proc/**
escape    /sys/**
escape    /var/run/docker.sock
escape    /run/docker.sock
escape    /boot/**

# the system
system    /etc/**
system    /usr/**
system    /lib/**
system    /lib32/**
system    /lib64/**
system    /bin/**
system    /sbin/**
system    /opt/**
system    /srv/**
system    /run/**
system    /var/run/**
system    /var/lib/**
system    /var/log/**
system    /var/spool/**
system    /var/www/**
"""
"""Which act a write to a place is, the first that fits; `ordinary` is none."""


@functools.cache
def _written() -> Places[str]:
    """Return the table, read when it is first needed."""
    rows = [line.split() for line in WRITTEN.splitlines() if line and not line.startswith("#")]
    return Places((pattern, act) for act, pattern in rows)


def act_of(path: str, policy: Policy) -> str | None:
    """Return the id of the act that a write to this path, or to what a shell pattern may stand for, is; None: none.

    Args:
        path: absolute box path, or a shell pattern of such.
        policy: whose home counts.
    """
    return next((act for act in _written().find(path, policy.home) if act != ORDINARY), None)
