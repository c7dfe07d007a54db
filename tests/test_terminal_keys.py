"""Keys pressed while a run goes on, and a terminal that is as it was whatever happens."""

import os
import pty
import select
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from runner.adapters.terminal_keys import SHIFT_TAB, TerminalKeys


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    person, ours = pty.openpty()
    with os.fdopen(ours, "r") as stream:
        yield person, stream
    os.close(person)


def local_flags(stream: TextIO) -> int:
    return int(termios.tcgetattr(stream.fileno())[3])


def test_shift_tab_is_told_and_other_keys_are_not(terminal: tuple[int, TextIO]) -> None:
    person, stream = terminal
    pressed = threading.Semaphore(0)
    with TerminalKeys(stream, pressed.release):
        os.write(person, b"abc\x1b[A" + SHIFT_TAB + b"x" + SHIFT_TAB)
        assert pressed.acquire(timeout=20)
        assert pressed.acquire(timeout=20)
        assert not pressed.acquire(timeout=0.3)


def test_the_terminal_is_as_it_was_afterwards(terminal: tuple[int, TextIO]) -> None:
    _, stream = terminal
    before = local_flags(stream)
    with TerminalKeys(stream, lambda: None):
        assert not local_flags(stream) & termios.ECHO
        assert local_flags(stream) & termios.ISIG
    assert local_flags(stream) == before


def test_the_terminal_is_as_it_was_after_an_exception(terminal: tuple[int, TextIO]) -> None:
    _, stream = terminal
    before = local_flags(stream)

    def interrupted_at_a_question() -> None:
        with TerminalKeys(stream, lambda: None) as keys, keys.suspend():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_at_a_question()
    assert local_flags(stream) == before


def test_while_suspended_the_terminal_is_the_questions(terminal: tuple[int, TextIO]) -> None:
    person, stream = terminal
    pressed = threading.Semaphore(0)
    before = local_flags(stream)
    with TerminalKeys(stream, pressed.release) as keys:
        with keys.suspend():
            assert local_flags(stream) == before
            with keys.suspend():  # somebody asks while somebody asks
                assert local_flags(stream) == before
            os.write(person, b"yes\n")
            assert stream.readline() == "yes\n"
        os.write(person, SHIFT_TAB)
        assert pressed.acquire(timeout=20)


def test_a_terminal_that_somebody_set_back_is_taken_again(terminal: tuple[int, TextIO]) -> None:
    person, stream = terminal
    pressed = threading.Semaphore(0)
    before = termios.tcgetattr(stream.fileno())
    with TerminalKeys(stream, pressed.release):
        termios.tcsetattr(stream.fileno(), termios.TCSANOW, before)  # as a shell does when it continues a process
        while not pressed.acquire(timeout=0.05):  # a key is only told once keys come singly again
            os.write(person, SHIFT_TAB)
    assert termios.tcgetattr(stream.fileno()) == before


def test_a_stream_that_is_no_terminal_is_left_alone() -> None:
    reader, writer = os.pipe()
    os.write(writer, SHIFT_TAB + b"kept")
    with os.fdopen(reader, "r") as stream:
        with TerminalKeys(stream, lambda: None) as keys, keys.suspend():
            pass
        os.close(writer)
        assert stream.read() == "\x1b[Zkept"
    for nothing in (None, stream):
        with TerminalKeys(nothing, lambda: None) as keys, keys.suspend():
            pass


def test_a_terminal_that_went_away_sends_no_keys_and_can_be_left() -> None:
    person, ours = pty.openpty()
    pressed = threading.Semaphore(0)
    with os.fdopen(ours, "r") as stream:
        keys = TerminalKeys(stream, pressed.release)
        with keys:
            os.close(person)
            with keys.suspend():
                pass
        assert not keys._thread.is_alive()
    assert not pressed.acquire(blocking=False)


# --- stopped and continued, under a shell -----------------------------------------------------------------------------

SHELL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)

def say(word):
    keeps_lines = bool(termios.tcgetattr(0)[3] & termios.ICANON)
    os.write(1, f"{word} {'lines' if keeps_lines else 'keys'};".encode())

before = termios.tcgetattr(0)
go, gone = os.pipe()
job = os.fork()
if job == 0:
    for kind in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGINT, signal.SIGTSTP, signal.SIGHUP):
        signal.signal(kind, signal.SIG_DFL)  # whoever runs these tests may ignore some
    os.setpgid(0, 0)
    os.read(go, 1)
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
os.setpgid(job, job)
os.tcsetpgrp(0, job)
os.write(gone, b"x")
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        say("ended")
        break
    os.tcsetpgrp(0, os.getpgrp())
    say("stopped")
    termios.tcsetattr(0, termios.TCSANOW, before)
    if os.read(0, 64).startswith(b"bg"):
        os.kill(job, signal.SIGCONT)
        say("background")
        os.read(0, 64)
    os.tcsetpgrp(0, job)
    os.kill(job, signal.SIGCONT)
"""
"""What a shell with job control does for one job."""

JOB = """
import os, sys, time
from runner.adapters.terminal_keys import TerminalKeys
told = lambda word: (lambda: os.write(1, f"{word};".encode()))
with TerminalKeys(sys.stdin, told("pressed"), let_go=told("let go"), take_back=told("take back")):
    os.write(1, b"ready;")
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        pass
"""


class Seen:
    """What a terminal shows."""

    def __init__(self, person: int) -> None:
        self._person = person
        self.text = ""

    def until(self, word: str) -> None:
        while word not in self.text:
            ready, _, _ = select.select([self._person], [], [], 30)
            assert ready, f"never saw {word!r} but {self.text!r}"
            self.text += os.read(self._person, 4096).decode()
        self.text = self.text.split(word, 1)[1]

    def press_until(self, key: bytes, word: str) -> None:
        """Press a key again and again: when the reader is ready for it cannot be seen."""
        while word not in self.text:
            os.write(self._person, key)
            ready, _, _ = select.select([self._person], [], [], 0.2)
            if ready:
                self.text += os.read(self._person, 4096).decode()
        self.text = self.text.split(word, 1)[1]


@pytest.fixture
def job() -> Iterator[tuple[int, Seen]]:
    person, ours = pty.openpty()
    command = [sys.executable, "-c", SHELL, JOB]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdin=ours, stdout=ours, cwd=root, start_new_session=True) as shell:
        os.close(ours)
        yield person, Seen(person)
        os.close(person)  # hangs up on whoever is left
        shell.kill()


def test_a_stopped_process_leaves_the_terminal_as_it_was_and_takes_it_again(job: tuple[int, Seen]) -> None:
    person, seen = job
    seen.until("ready;")
    os.write(person, b"\x1a")
    seen.until("let go;")
    seen.until("stopped lines;")
    os.write(person, b"fg\n")
    seen.until("take back;")
    seen.press_until(SHIFT_TAB, "pressed;")
    os.write(person, b"\x03")
    seen.until("ended lines;")


def test_in_the_background_it_neither_reads_nor_changes_the_terminal(job: tuple[int, Seen]) -> None:
    person, seen = job
    seen.until("ready;")
    os.write(person, b"\x1a")
    seen.until("stopped lines;")
    os.write(person, b"bg\n")
    seen.until("background lines;")
    os.write(person, SHIFT_TAB + b"\n")  # typed for the shell, which reads it and brings the job to the foreground
    seen.press_until(SHIFT_TAB, "pressed;")
    assert "stopped" not in seen.text
    os.write(person, b"\x03")
    seen.until("ended lines;")
