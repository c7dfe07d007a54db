"""A run in a thread of its own, seen from outside."""

import contextvars
import threading
from collections.abc import Callable

import pytest
from typing_extensions import override

from runner.adapters.run_thread import RunThread
from runner.adapters.signals import Signals, Stopped, interrupt
from runner.errors import JournalError
from runner.events import Entry, ModeChanged, News, Parked, RulesAdded, RunEnded
from runner.ports import Sink
from runner.testing.sinks import SinkContract, an_entry
from runner.types import Ending, Mode, Outcome

WAIT_S = 30.0
"""How long something may take that takes no time, before a test gives up on it."""

END = RunEnded(outcome=Outcome(ending=Ending.DONE, why="so"))


class TestRunThread(SinkContract):
    @override
    @pytest.fixture
    def sink(self) -> Sink:
        return RunThread[str](interrupt=interrupt)


def told(number: int) -> Entry:
    return an_entry(number, Parked(call_id=str(number)))


def started(drive: Callable[[RunThread[str]], str]) -> RunThread[str]:
    thread = RunThread[str](interrupt=interrupt)

    def work() -> str:
        with Signals().installed():
            return drive(thread)

    thread.start(work)
    return thread


def test_everything_is_seen_in_order_by_whoever_looks_whenever() -> None:
    go_on = threading.Event()

    def drive(thread: RunThread[str]) -> str:
        for number in range(3):
            thread.append(told(number))
        go_on.wait(WAIT_S)
        for number in range(3, 6):
            thread.append(told(number))
        return "result"

    thread = started(drive)
    early = thread.entries()
    assert thread.begun() == told(0)
    assert [next(early) for _ in range(3)] == [told(number) for number in range(3)]
    assert not thread.over(0)
    go_on.set()
    assert list(early) == [told(number) for number in range(3, 6)]
    assert thread.over(WAIT_S)
    assert list(thread.entries()) == [told(number) for number in range(6)]
    assert thread.result() == "result"


def test_what_it_fails_with_is_what_whoever_asks_is_told() -> None:
    def drive(_thread: RunThread[str]) -> str:
        raise JournalError("the disk is full")

    thread = started(drive)
    assert thread.begun() is None
    assert list(thread.entries()) == []
    for _ in range(2):
        with pytest.raises(JournalError, match="disk"):
            thread.result()


def test_what_is_posted_is_taken_once_and_in_order() -> None:
    news: list[News] = [ModeChanged(mode=mode, by="x") for mode in (Mode.PLAN, Mode.DEFAULT)]
    posted, taken = threading.Event(), list[tuple[News, ...]]()

    def drive(thread: RunThread[str]) -> str:
        posted.wait(WAIT_S)
        taken.extend((thread.take(), thread.take()))
        return ""

    thread = started(drive)
    for one in (*news, RulesAdded(rules=())):
        thread.post(one)
    posted.set()
    assert thread.over(WAIT_S)
    assert taken == [(*news, RulesAdded(rules=())), ()]
    thread.post(news[0])  # nobody takes it any more


def test_the_callers_context_goes_along() -> None:
    colour = contextvars.ContextVar("colour", default="none")
    colour.set("blue")
    thread = started(lambda _thread: colour.get())
    assert thread.over(WAIT_S)
    assert thread.result() == "blue"


# --- stopping ---------------------------------------------------------------------------------------------------------


def working(thread: RunThread[str], is_working: threading.Event) -> str:
    """Take steps until something happens; an end is put on record as the engine would."""
    thread.append(told(0))
    try:
        while True:
            thread.take()
            is_working.set()
    except Stopped:
        thread.append(an_entry(1, END))
        return "stopped"


def test_a_step_is_interrupted_and_the_end_is_on_record() -> None:
    is_working = threading.Event()
    thread = started(lambda thread: working(thread, is_working))
    assert is_working.wait(WAIT_S)
    for _ in range(3):
        thread.stop()
    assert thread.over(WAIT_S)
    assert thread.result() == "stopped"
    assert list(thread.entries()) == [told(0), an_entry(1, END)]
    thread.stop()


def test_before_the_first_step_nothing_is_interrupted_and_the_first_step_is() -> None:
    may_begin, is_working, prepared = threading.Event(), threading.Event(), list[str]()

    def drive(thread: RunThread[str]) -> str:
        may_begin.wait(WAIT_S)
        prepared.append("prepared")
        return working(thread, is_working)

    thread = started(drive)
    thread.stop()
    may_begin.set()
    assert thread.over(WAIT_S)
    assert thread.result() == "stopped"
    assert prepared == ["prepared"]
    assert not is_working.is_set()


def test_after_the_end_is_on_record_nothing_is_interrupted() -> None:
    ended, may_hand_over = threading.Event(), threading.Event()

    def drive(thread: RunThread[str]) -> str:
        thread.take()
        thread.append(an_entry(0, END))
        ended.set()
        may_hand_over.wait(WAIT_S)
        return "handed over"

    thread = started(drive)
    assert ended.wait(WAIT_S)
    thread.stop()
    may_hand_over.set()
    assert thread.over(WAIT_S)
    assert thread.result() == "handed over"


def test_an_interruption_that_was_lost_comes_with_the_next_step() -> None:
    sent: list[int] = []
    thread = RunThread[str](interrupt=sent.append)  # of which nobody hears
    steps, may_step = threading.Event(), threading.Event()

    def drive() -> str:
        thread.take()
        steps.set()
        may_step.wait(WAIT_S)
        thread.take()
        return ""

    thread.start(drive)
    assert steps.wait(WAIT_S)
    thread.stop()
    may_step.set()
    assert thread.over(WAIT_S)
    assert len(sent) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what may swallow it says so
def test_whenever_it_is_stopped_it_ends_once() -> None:
    threads: list[RunThread[str]] = []  # kept: that one goes would be told in the next one's thread
    for delay in range(100):
        thread = started(lambda thread: working(thread, threading.Event()))
        threads.append(thread)
        sum(range(delay * 50))
        thread.stop()
        assert thread.over(WAIT_S)
        assert thread.result() == "stopped"
        assert list(thread.entries()) == [told(0), an_entry(1, END)]
