import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from runner.adapters.signals import STOPPED, Signals, Stopped, _raise_in, interrupt
from runner.errors import Interrupted, Terminated


def test_ctrl_c_raises_at_once() -> None:
    with Signals().installed(), pytest.raises(Interrupted, match="Ctrl-C"):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP])
def test_termination_is_told_from_interruption(kind: signal.Signals) -> None:
    with Signals().installed(), pytest.raises(Terminated, match=kind.name):
        os.kill(os.getpid(), kind)


def test_under_a_shield_it_waits_until_the_outermost_is_left() -> None:
    signals = Signals()
    done = []
    with signals.installed(), pytest.raises(Interrupted), signals.shield():
        with signals.shield():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]


def test_afterwards_signals_are_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Signals().installed():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def hangups_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups_ignored")
def test_what_is_ignored_stays_ignored() -> None:
    with Signals().installed():
        os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


# --- other threads ----------------------------------------------------------------------------------------------------

WAIT_S = 30.0
"""How long something may take that takes no time, before a test gives up on it."""


class Driver:
    """A thread that does something while signals are installed in it. `raised` is what it ended with."""

    def __init__(self, work: Callable[["Driver"], None]) -> None:
        self.signals = Signals()
        self.is_installed = threading.Event()
        self.may_go_on = threading.Event()
        self.raised: BaseException | None = None
        self._work = work
        self.thread = threading.Thread(target=self._drive, daemon=True)
        self.thread.start()
        assert self.is_installed.wait(WAIT_S)

    def _drive(self) -> None:
        try:
            with self.signals.installed():
                self.is_installed.set()
                self._work(self)
        except BaseException as error:  # noqa: BLE001 - what it is, the tests look at
            self.raised = error

    def wait(self) -> None:
        while not self.may_go_on.wait(0.01):
            pass

    def interrupt(self) -> None:
        assert self.thread.ident is not None
        interrupt(self.thread.ident)

    def ended(self) -> BaseException | None:
        self.may_go_on.set()
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()
        return self.raised


def test_outside_the_main_thread_the_processs_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    driver = Driver(Driver.wait)
    assert signal.getsignal(signal.SIGINT) is before
    assert driver.ended() is None


def test_another_thread_is_interrupted_from_outside() -> None:
    driver = Driver(Driver.wait)
    driver.interrupt()
    driver.thread.join(WAIT_S)
    assert isinstance(driver.raised, Stopped)
    assert str(driver.raised) == STOPPED
    assert driver.raised.ending is Interrupted.ending


def test_an_interruption_waits_for_the_shield_too() -> None:
    steps: list[str] = []

    def work(driver: Driver) -> None:
        with driver.signals.shield():
            driver.wait()
            steps.append("shielded")
        steps.append("behind the shield")

    driver = Driver(work)
    driver.interrupt()
    assert isinstance(driver.ended(), Stopped)
    assert steps == ["shielded"]


def test_after_an_interruption_shields_are_as_before() -> None:
    entered: list[int] = []

    def work(driver: Driver) -> None:
        try:
            driver.wait()
        finally:
            with driver.signals.shield():
                entered.append(1)

    driver = Driver(work)
    driver.interrupt()
    assert isinstance(driver.ended(), Stopped)
    assert entered == [1]


def test_nobody_is_interrupted_who_drives_nothing() -> None:
    driver = Driver(Driver.wait)
    assert driver.ended() is None
    driver.interrupt()
    interrupt(threading.get_ident())
    threads = [threading.Thread(target=Signals) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join(WAIT_S)


def test_what_is_on_its_way_arrives_before_the_shield_not_inside() -> None:
    inside: list[int] = []

    def work(driver: Driver) -> None:
        driver.wait()
        with driver.signals.shield():
            inside.append(1)

    driver = Driver(work)
    with driver.signals._interrupting:
        driver.may_go_on.set()
        time.sleep(0.05)  # it waits at the shield by now; were it not there yet, it would be hit before
        assert driver.thread.ident is not None
        _raise_in(driver.thread.ident, Stopped)
    assert isinstance(driver.ended(), Stopped)
    assert inside == []
    assert driver.signals._shields == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what may swallow it says so
def test_it_never_hits_inside_a_shield() -> None:
    torn: list[bool] = []

    def work(driver: Driver) -> None:
        half_done = False
        try:
            while True:
                with driver.signals.shield():
                    half_done = True
                    sum(range(10))
                    half_done = False
        finally:
            torn.append(half_done)

    drivers: list[Driver] = []  # kept: that one goes would be told in the next one's thread
    for delay in range(100):
        driver = Driver(work)
        drivers.append(driver)
        sum(range(delay * 10))
        for _ in range(50):  # it may be lost in a callback of the garbage collector; whoever stops a run repeats it
            driver.interrupt()
            driver.thread.join(0.5)
            if not driver.thread.is_alive():
                break
        assert isinstance(driver.ended(), Stopped)
        assert driver.signals._shields == 0
    assert not any(torn)
