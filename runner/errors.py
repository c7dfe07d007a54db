"""What our own machinery could not do, and what each way of ending means to a shell.

Three things never mix: what the agent's command did is data (`Execution`); what stops a run by design is an
`Outcome`; what `runner` itself could not do is an exception of this tree.

    Interrupted                 Ctrl-C                                                              130
    └── Terminated              SIGTERM, SIGHUP                                                     143

    RunnerError
    ├── UsageError              the task file, the command line or the settings are wrong            2
    ├── JournalError            the record of the run cannot be read or written                      15
    └── DoorError               one of the doors (ports) failed; recorded as a `Faulted` event
        ├── ModelError          the model's service                                                  14
        ├── ClassifierError     the classifier's service                                             13
        ├── SnapshotError       the workspace cannot be copied, saved or restored                    15
        └── SandboxError        the container engine                                                 15
            ├── SandboxUnavailable   nothing ran
            └── SandboxLost          something may have run; what it did is unknown

Every error says what happened in one sentence and what to do in `hint`. `retry` tells whether the same call may be
made again without harm.
"""

from typing import ClassVar

from runner.types import Ending, Usage


class RunnerError(Exception):
    """Something `runner` could not do. `str()` is one sentence; `hint` says what to do, empty if nothing."""

    exit_code: ClassVar[int] = 15
    retry: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence and the hint."""
        super().__init__(message)
        self.hint = hint


class UsageError(RunnerError):
    """The task file, the command line or the settings are wrong; nothing was started."""

    exit_code = 2


class Interrupted(BaseException):
    """A person pressed Ctrl-C. The run is resumable.

    No `Exception`, as `KeyboardInterrupt` is none: whoever fails closed by catching everything must not catch this.
    """

    exit_code: ClassVar[int] = 130
    ending: ClassVar[Ending] = Ending.INTERRUPTED


class Terminated(Interrupted):
    """The process was told to end (SIGTERM, or its terminal went away). The run is resumable."""

    exit_code = 143
    ending = Ending.TERMINATED


class JournalError(RunnerError):
    """The record of the run cannot be read or written. Nothing may go on without a record."""


class DoorError(RunnerError):
    """A door failed in a way its adapter could not mend. The engine records it and the run stops, resumable."""

    ending: ClassVar[Ending]


class ModelError(DoorError):
    """The model's service failed after all retries. `usage` is what the failed attempts cost."""

    exit_code = 14
    ending = Ending.MODEL
    retry = True

    def __init__(self, message: str, *, hint: str = "", usage: Usage | None = None) -> None:
        """Keep what the failure cost."""
        super().__init__(message, hint=hint)
        self.usage = usage or Usage()


class ClassifierError(DoorError):
    """The classifier gave no verdict. Never to be mistaken for a denial."""

    exit_code = 13
    ending = Ending.CLASSIFIER
    retry = True


class SnapshotError(DoorError):
    """The workspace cannot be copied, saved, compared or restored. Committed snapshots are intact."""

    ending = Ending.SANDBOX


class SandboxError(DoorError):
    """The container engine failed."""

    ending = Ending.SANDBOX


class SandboxUnavailable(SandboxError):
    """Nothing ran; the call may be made again."""

    retry = True


class SandboxLost(SandboxError):
    """The box vanished while something ran. What it did is unknown: restore, never repeat."""


EXIT_CODES: dict[Ending, int] = {
    Ending.DONE: 0,
    Ending.CHECK_FAILED: 1,
    Ending.GAVE_UP: 1,
    Ending.DENIALS: 10,
    Ending.LIMIT: 11,
    Ending.WAITING: 12,
    Ending.CLASSIFIER: 13,
    Ending.MODEL: 14,
    Ending.SANDBOX: 15,
    Ending.UNCERTAIN: 16,
    Ending.INTERRUPTED: 130,
    Ending.TERMINATED: 143,
}
"""The exit code of each ending. Part of the public surface: pinned by a test, documented in README."""
