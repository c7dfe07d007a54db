"""A run that is driven in a thread of its own: told what happens, and passing on what others want of it.

    the thread that drives              any other thread
    append(entry)   sink           -->  begun(), entries(), over(), result()
    take()          mailbox        <--  post(news), stop()

Rules that live here and nowhere else:

* Entries are kept from the first one on, so whoever begins to look late misses nothing.
* What is posted is taken between two steps, in the order in which it was posted.
* `stop` interrupts that thread, but neither before its first step nor after its end is on record: a run that is stopped
  has a beginning and an end like any other.
* An interruption may be lost where the interpreter can tell nobody (a callback of its garbage collector). So it is
  repeated before the next step, and after a while if none comes.

The thread dies with the process. Its box does so too, and the run can be resumed.
"""

import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from runner.events import Entry, News, RunEnded

AGAIN_S = 10.0
"""How soon a stop without effect is repeated. Our choice: ten times as long as a run usually waits for its box."""

T = TypeVar("T")


class RunThread(Generic[T]):
    """Drives one run. `T` is what driving it returns."""

    def __init__(self, *, interrupt: Callable[[int], None]) -> None:
        """Nothing runs yet; `interrupt` raises an exception in the thread of that id that ends a run on record."""
        self._interrupt = interrupt
        self._lock = threading.Lock()  # entered as it is: an interrupted `with` on the condition could keep it locked
        self._changed = threading.Condition(self._lock)
        self._entries: list[Entry] = []
        self._news: list[News] = []
        self._thread: threading.Thread | None = None
        self._unwanted = False
        self._stepping = False
        self._repeat: threading.Timer | None = None
        self._result: T | None = None
        self._error: BaseException | None = None
        self._over = False

    # --- in the thread that drives ------------------------------------------------------------------------------------

    def append(self, entry: Entry) -> None:
        """Keep an entry."""
        with self._lock:
            self._entries.append(entry)
            if isinstance(entry.event, RunEnded):
                self._stepping = False
            self._changed.notify_all()

    def take(self) -> tuple[News, ...]:
        """Return what was posted since the last time. If the run is to be stopped, it is interrupted now."""
        with self._lock:
            self._stepping = True
            news, self._news = tuple(self._news), []
            if self._unwanted:
                self._interrupt(threading.get_ident())
        return news

    # --- in any other -------------------------------------------------------------------------------------------------

    def start(self, drive: Callable[[], T]) -> None:
        """Begin to drive. Context variables are those of the caller."""
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._work, drive), name="run", daemon=True)
        self._thread.start()

    def begun(self) -> Entry | None:
        """Return the first entry as soon as there is one; None when all is over without any."""
        with self._lock:
            self._changed.wait_for(lambda: self._entries or self._over)
            return self._entries[0] if self._entries else None

    def entries(self) -> Iterator[Entry]:
        """Yield every entry from the first one on, each as soon as it is recorded, until all is over."""
        seen = 0
        while new := self._behind(seen):
            seen += len(new)
            yield from new

    def over(self, timeout_s: float | None = None) -> bool:
        """Return whether all is over, after waiting for that at most so long; None: as long as the run takes."""
        with self._lock:
            return self._changed.wait_for(lambda: self._over, timeout_s)

    def result(self) -> T:
        """Return what driving returned, once all is over.

        Raises:
            BaseException: what driving raised.
        """
        if self._error is not None:
            raise self._error
        assert self._result is not None  # noqa: S101 - it is over, and there is no error
        return self._result

    def post(self, news: News) -> None:
        """Have something changed before the next step. Nothing comes of it when there is none."""
        with self._lock:
            self._news.append(news)

    def stop(self) -> None:
        """Have the run end now. Returns at once; may be called at any time."""
        with self._lock:  # in one go: were the next step taken in between, it would be interrupted twice
            if not self._unwanted:
                self._unwanted = True
                self._insist()

    def _repeatedly(self) -> None:
        with self._lock:
            self._insist()

    def _insist(self) -> None:
        if self._over or self._thread is None or self._thread.ident is None:
            return
        if self._stepping:
            self._interrupt(self._thread.ident)
        self._repeat = threading.Timer(AGAIN_S, self._repeatedly)
        self._repeat.daemon = True
        self._repeat.start()

    def _behind(self, seen: int) -> list[Entry]:
        """Return what was recorded after so many entries, as soon as there is something; empty when all is over."""
        with self._lock:
            self._changed.wait_for(lambda: len(self._entries) > seen or self._over)
            return self._entries[seen:]

    def _work(self, drive: Callable[[], T]) -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = drive()
        except BaseException as raised:  # noqa: BLE001 - whatever it is, whoever waits for the result is told
            error = raised
        with self._lock:
            self._result, self._error, self._over = result, error, True
            if self._repeat is not None:
                self._repeat.cancel()
            self._changed.notify_all()
