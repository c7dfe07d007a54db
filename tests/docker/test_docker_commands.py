"""Commands in a real box: whatever they do is an execution, and the next call finds a usable shell."""

import shutil
import time
import tracemalloc

import pytest

from runner.testing.sandbox import Bench
from runner.types import Create, End, Exec, Probe, View

pytestmark = pytest.mark.docker


def still_usable(box: Bench) -> None:
    """The next call runs, shows only what it says, and runs in the workspace or where the shell was left."""
    after = box.run("echo usable")
    assert (after.end, after.exit_code, after.output) == (End.EXITED, 0, "usable\n")


# --- what a shell is --------------------------------------------------------------------------------------------------


def test_output_and_errors_come_in_their_order(box: Bench) -> None:
    assert box.says("for i in 1 2 3; do echo out $i; echo err $i >&2; done") == "".join(
        f"out {i}\nerr {i}\n" for i in (1, 2, 3)
    )


def test_state_lasts(box: Bench) -> None:
    box.run("v=1; export w=2; f() { echo called $1; }; shopt -s expand_aliases; alias hi='echo alias'; set -o pipefail")
    assert (
        box.says("echo $v $(sh -c 'echo $w'); f x; hi; set -o | grep pipefail")
        == "1 2\ncalled x\nalias\npipefail       \ton\n"
    )


def test_programs_that_ask_get_nothing(box: Bench) -> None:
    execution = box.run("cat; read line; echo $?; sh", deadline_s=5)
    assert (execution.end, execution.output) == (End.EXITED, "1\n")


def test_the_environment_is_ours_and_the_tasks_and_nothing_else(box: Bench) -> None:
    names = {line.partition("=")[0] for line in box.says("env").splitlines()}
    assert names - {"_", "OLDPWD"} == {
        *("HOME", "HOSTNAME", "LANG", "PATH", "PWD", "SHLVL", "TERM"),
        *("BASH_ENV", "ENV", "IMAGE", "TMOUT"),  # the image's
        "TASK_SETTING",
    }
    assert box.says("echo $HOME $TASK_SETTING $IMAGE ${PATH%%:*}") == "/home/agent on yes /opt/image/bin\n"


def test_any_text_reaches_the_command_as_it_is(box: Bench) -> None:
    text = "".join(chr(point) for point in range(1, 256) if chr(point) not in "'\r") + "漢字👩\u200d💻"
    box.run(f"printf %s '{text}' > text")
    assert (box.workspace / "text").read_bytes() == text.encode()


@pytest.mark.parametrize("size", [0, 1, 100_000, 1_000_000])
def test_a_command_may_be_of_any_length(box: Bench, size: int) -> None:
    execution = box.run(f": '{'x' * size}'; echo done" if size else "")
    assert execution.output == ("done\n" if size else "")
    still_usable(box)


def test_what_is_printed_is_made_harmless(box: Bench) -> None:
    assert box.says(r"printf 'a\0b\xff\xfe \e[31mred\e[0m \e]0;title\a\r\n'") == "a\\x00b\ufffd\ufffd red \n"


@pytest.mark.parametrize(
    "command",
    [
        *("echo 'x", 'echo "x', "echo `", "echo $(", "if true; then", "case x in", "while", "for i in", "{ echo", "(("),
        *("fi", ")", "&&", ";;", "<", "f() {", "a=(", "cat <<E\nx", "echo ${x!bad}", "echo $((1/0))", "[[ a", "!"),
    ],
)
def test_a_syntax_error_is_a_result(box: Bench, command: str) -> None:
    execution = box.run(command, deadline_s=5)
    assert execution.end is End.EXITED
    assert not execution.session_restarted
    still_usable(box)


# --- ends -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "end", "code"),
    [
        ("exit 3", End.EXITED, 3),
        ("kill -9 $$", End.KILLED, 137),
        ("kill -TERM $$", End.KILLED, 143),
        ("exec false", End.EXITED, 1),
        ("set -e; false; echo not reached", End.EXITED, 1),
        ("sleep 1000 & exit 4", End.EXITED, 4),
        ('for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12; do eval "exec $fd>&-"; done', End.EXITED, None),
    ],
)
def test_a_shell_that_ends_is_replaced(box: Bench, command: str, end: End, code: int | None) -> None:
    box.run("cd /")
    execution = box.run(command, deadline_s=15)
    assert execution.end is end
    assert code is None or execution.exit_code == code
    assert execution.session_restarted
    assert (execution.cwd, execution.alive) == ("/workspace", 0)
    assert box.says("pwd") == "/workspace\n"


def test_a_shell_whose_streams_are_redirected_lives_on(box: Bench) -> None:
    assert box.run("exec >/tmp/out 2>&1; echo hidden").output == ""
    assert box.run("echo hidden, too").output == ""
    assert box.run("exec >&- 2>&-; (exit 5)").exit_code == 5
    box.run("exit")
    assert box.says("cat /tmp/out") == "hidden\nhidden, too\n"


# --- deadlines --------------------------------------------------------------------------------------------------------


def test_a_late_command_dies_with_all_it_started_and_the_shell_lives(box: Bench) -> None:
    box.run("cd /; kept=1; sleep 1000 &")
    execution = box.run(
        "(setsid sleep 1000 &); (trap '' TERM INT HUP; sleep 1000 &); sh -c 'kill -STOP $$'; echo not reached",
        deadline_s=0.5,
    )
    assert (execution.end, execution.exit_code) == (End.TIMEOUT, 137)
    assert not execution.session_restarted
    assert (execution.cwd, execution.alive) == ("/", 0)
    told = box.says("pwd; echo $kept; ps | grep -c '[s]leep'; true")  # bash may first tell that a job of its was killed
    assert told.endswith("/\n1\n0\n")


def test_what_was_printed_before_the_deadline_is_shown(box: Bench) -> None:
    assert box.run("echo before; sleep 1000", deadline_s=0.5).output.startswith("before\n")


def test_a_list_of_late_commands_comes_to_its_end(box: Bench) -> None:
    began = time.monotonic()
    execution = box.run("for i in 1 2 3 4 5; do sleep 1000; done; kept=1", deadline_s=0.5)
    assert (execution.end, execution.session_restarted) == (End.TIMEOUT, False)
    assert time.monotonic() - began < 10
    assert box.says("echo $kept") == "1\n"


@pytest.mark.parametrize(
    "command", ["while :; do :; done", "yes", "while :; do echo flood; done", "read x </dev/tty; cat"]
)
def test_what_never_ends_is_ended(box: Bench, command: str) -> None:
    execution = box.run(f"{command}; sleep 1000", deadline_s=0.5)
    assert (execution.end, execution.alive) == (End.TIMEOUT, 0)
    assert len(execution.output.encode()) <= 30_000
    still_usable(box)


# --- output -----------------------------------------------------------------------------------------------------------


def test_a_hundred_megabytes_are_kept_in_a_file_and_not_in_memory(box: Bench) -> None:
    tracemalloc.start()
    try:
        execution = box.run("head -c 100000000 /dev/zero | tr '\\0' 'a'; echo end")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert execution.output.startswith("aaa")
    assert execution.output.endswith("a" * 100 + "end\n")
    assert len(execution.output) <= 30_000
    assert execution.cut_bytes > 99_900_000
    assert execution.spill is not None
    assert f"the full text is in {execution.spill}" in execution.output
    assert box.says(f"wc -c <{execution.spill}") == "100000004\n"
    assert box.run(f"echo x >>{execution.spill}").exit_code != 0
    (box.output / execution.spill.rpartition("/")[2]).unlink()


def test_what_background_processes_say_belongs_to_the_next_call(box: Bench) -> None:
    first = box.run("(sleep 0.3; echo late; sleep 1000) & echo now")
    assert first.output == "now\n"
    assert first.alive in {1, 2}  # the list itself, and perhaps already its first command
    time.sleep(0.6)
    assert box.says("echo next") == "late\nnext\n"


def test_a_background_flood_is_bounded_and_ends(box: Bench) -> None:
    box.run("yes & pid=$!")
    time.sleep(0.3)
    execution = box.run("kill $pid; wait; echo end")
    assert len(execution.output.encode()) <= 30_000
    assert execution.output.endswith("end\n")
    still_usable(box)


def test_processes_that_live_on_are_counted(box: Bench) -> None:
    assert box.run("sleep 1000 & sleep 1000 & (sleep 1000 &); true").alive == 3
    assert box.run("(true &); (sh -c 'exit 3' &); sleep 0.2").alive == 3  # the dead are collected
    assert box.run("kill %1 %2; wait").alive == 1


def test_calls_that_run_nothing_count_them_too(box: Bench) -> None:
    box.run("sleep 1000 &")
    for operation in (View(path="/workspace"), Create(path="/workspace/f", text=""), Exec(command="a\0b")):
        assert box.do(operation).alive == 1


# --- memory and processes ---------------------------------------------------------------------------------------------


def test_a_process_that_eats_all_memory_is_killed_and_the_shell_lives(box: Bench) -> None:
    box.run("kept=1")
    execution = box.run(
        "head -c 1000000000 /dev/zero | tail >/dev/null; exit_code=$?; (exit $exit_code)", deadline_s=30
    )
    assert (execution.end, execution.exit_code) == (End.KILLED, 137)
    assert execution.out_of_memory
    after = box.run("echo $kept")
    assert (after.output, after.out_of_memory) == ("1\n", False)


def test_a_shell_that_eats_all_memory_is_replaced(box: Bench) -> None:
    execution = box.run("x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done", deadline_s=30)
    assert execution.session_restarted
    assert execution.out_of_memory or "allocate" in execution.output
    still_usable(box)


def test_a_full_home_is_an_error_of_the_command(box: Bench) -> None:
    assert "No space left" in box.run("dd if=/dev/zero of=/tmp/x bs=1M count=200").output
    assert box.run("rm /tmp/x").exit_code == 0


def test_a_fork_bomb_is_ended(box: Bench) -> None:
    execution = box.run("bomb() { bomb | bomb & }; bomb; sleep 1000", deadline_s=2)
    assert execution.end is End.TIMEOUT
    assert execution.alive == 0
    still_usable(box)


def test_a_fork_bomb_left_behind_is_ended_by_the_next_call_that_is_late(box: Bench) -> None:
    assert box.run("bomb() { bomb | bomb & }; bomb; sleep 1", deadline_s=10).alive > 50
    assert box.run("ls; sleep 1000", deadline_s=1).alive == 0
    still_usable(box)


# --- attacks on the session -------------------------------------------------------------------------------------------

REDEFINED = ("builtin", "eval", "printf", "read", "exit", "pwd", "command", "exec", ":")


@pytest.mark.parametrize("name", REDEFINED)
def test_a_redefined_builtin_hurts_only_its_author(box: Bench, name: str) -> None:
    box.run(f"{name}() {{ :; }}", deadline_s=1)
    box.run("echo x", deadline_s=1)
    box.run("echo x", deadline_s=1)
    still_usable(box)


@pytest.mark.parametrize(
    "command", ["readonly IFS LC_ALL __command", "set -x", "set -v", "set -n", "set -o posix", "enable -n read printf"]
)
def test_odd_options_do_not_break_the_framing(box: Bench, command: str) -> None:
    box.run(command, deadline_s=1)
    for word in ("one", "two"):
        execution = box.run(f"echo {word}", deadline_s=1)
        assert execution.session_restarted or word in execution.output
    box.run("exit", deadline_s=1)
    still_usable(box)


FORGE = r"""
forge() {
    [[ $BASH_COMMAND =~ ([0-9a-f]{32}) ]] || return 0
    builtin printf '\0%s 0 /etc\n\0' "${BASH_REMATCH[1]}" >&7
} 2>/dev/null
set -T; trap forge DEBUG
"""


def test_a_forged_end_of_a_call_gains_nothing(box: Bench) -> None:
    box.run(FORGE)
    forged = box.run("cd /tmp; (exit 9)", deadline_s=5)
    assert forged.end is End.EXITED
    assert forged.cwd == "/tmp"  # the kernel's word, not the forger's
    for _ in range(3):
        assert box.run("echo x", deadline_s=5).end is End.EXITED
    box.run("trap - DEBUG", deadline_s=5)
    box.run("true", deadline_s=5)  # the last forgery left a second end behind it
    still_usable(box)


def test_a_thief_of_the_shells_input_is_killed_at_the_deadline(box: Bench) -> None:
    box.run("pid=$$; (while head -c 3 </proc/$pid/fd/0; do :; done >/dev/null 2>&1 &)", deadline_s=5)
    for _ in range(3):
        assert box.run("echo x", deadline_s=0.5).end in {End.EXITED, End.TIMEOUT}
    box.run("exit", deadline_s=1)
    still_usable(box)


def test_a_shell_cannot_lie_about_its_directory(box: Bench) -> None:
    lies = 'if [[ $1 == pwd ]]; then echo /etc; else command builtin "$@"; fi'
    execution = box.run(f"PWD=/etc; pwd() {{ echo /etc; }}; builtin() {{ {lies}; }}")
    assert execution.cwd == "/workspace"
    assert box.run("mkdir 'd (deleted)' e; cd 'd (deleted)'").cwd == "/workspace/d (deleted)"
    assert box.run("cd ../e; rmdir ../e").cwd == "/workspace/e"


def test_a_shell_that_went_on_after_the_end_it_told_runs_nothing_elsewhere(box: Bench) -> None:
    early = FORGE.replace("} 2>", "    sleep 0.3; cd /tmp; trap - DEBUG\n} 2>")
    assert box.run(early, deadline_s=5).cwd == "/workspace"
    time.sleep(0.8)
    moved = box.run("touch here", deadline_s=5)
    assert (moved.exit_code, moved.cwd) == (126, "/tmp")
    assert "Nothing was run" in moved.output
    box.run("true")
    assert box.says("pwd; ls /workspace") == "/tmp\n"


def test_a_directory_too_deep_to_be_told_costs_the_shell(box: Bench) -> None:
    name = "x" * 200
    execution = box.run(f"for i in $(seq 30); do mkdir {name} && cd {name} || exit; done; (exit 5)")
    assert (execution.exit_code, execution.cwd, execution.session_restarted) == (5, "/workspace", True)
    still_usable(box)
    shutil.rmtree(box.workspace / name)


def test_a_shell_that_ended_behind_our_back_is_replaced(box: Bench) -> None:
    box.run("cd /; (sleep 0.2; kill -9 $$) &")
    time.sleep(0.6)
    ended = box.run("touch here")
    assert (ended.exit_code, ended.cwd, ended.session_restarted) == (126, "/workspace", True)
    assert "Nothing was run" in ended.output
    still_usable(box)


# --- checks -----------------------------------------------------------------------------------------------------------


def test_a_check_sees_nothing_of_the_agents_shell_and_home(box: Bench) -> None:
    box.run(
        "ls() { echo fake; }; export -f ls; export SECRET=1; alias cat='echo fake'; trap 'echo trap' DEBUG EXIT; cd /;"
        "mkdir -p ~/bin /workspace/bin; echo 'echo rc' >~/.bashrc; cp ~/.bashrc /workspace/.evil;"
        "printf '#!/bin/sh\\necho fake' >~/bin/id; chmod +x ~/bin/id; export BASH_ENV=/workspace/.evil"
    )
    execution = box.do(
        Probe(command="ls; echo ${SECRET:-none} $TASK_SETTING; pwd; /bin/ls -A $HOME; echo $HOME; id -u")
    )
    lines = execution.output.splitlines()
    assert lines[:3] == ["bin", "none on", "/workspace"]
    assert lines[3].startswith("/tmp/check-")
    assert lines[4:] == ["1000"]
    assert execution.session_restarted


def test_a_checks_output_and_errors_come_in_their_order(box: Bench) -> None:
    numbers = range(200)
    command = "; ".join(f"echo out {n}; echo err {n} >&2" for n in numbers)
    assert box.do(Probe(command=command)).output == "".join(f"out {n}\nerr {n}\n" for n in numbers)


def test_a_check_runs_when_the_agents_processes_are_dead(box: Bench) -> None:
    box.run("(setsid sleep 1000 &); sleep 1000 &")
    assert box.do(Probe(command="ps | grep -c '[s]leep'; true")).output == "0\n"


def test_a_checks_exit_code_is_not_the_shells_word(box: Bench) -> None:
    forged = box.do(Probe(command="trap 'exit 0' DEBUG ERR; exec 7>&1; printf '\\0%s 0 /\\0' x >&7; false"))
    assert forged.exit_code == 0  # its own trap ends it: that is its word indeed
    assert box.do(Probe(command="(printf '\\0x 0 /\\0'); exit 5")).exit_code == 5
    killed = box.do(Probe(command="kill -9 $$"))
    assert (killed.end, killed.exit_code) == (End.KILLED, 137)


def test_a_check_is_not_held_up_by_what_it_leaves_behind(box: Bench) -> None:
    began = time.monotonic()
    execution = box.do(Probe(command="sleep 1000 & echo done; exit 3"))
    assert (execution.exit_code, execution.output, execution.alive) == (3, "done\n", 0)
    assert time.monotonic() - began < 15


def test_a_late_check_is_killed(box: Bench) -> None:
    execution = box.do(Probe(command="echo begun; (setsid sleep 1000 &); while :; do :; done"), deadline_s=0.5)
    assert (execution.end, execution.exit_code, execution.output) == (End.TIMEOUT, 137, "begun\n")
    assert execution.alive == 0


def test_a_check_may_be_long_and_gets_no_input(box: Bench) -> None:
    execution = box.do(Probe(command=f": '{'x' * 300_000}'; cat; echo end $#"))
    assert (execution.exit_code, execution.output) == (0, "end 0\n")
