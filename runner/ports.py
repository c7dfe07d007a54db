"""The doors between a run and the world: six roles, each with its contract.

Rules that live here and nowhere else:

* Every method is synchronous and bounds its own waiting; the inner deadline (in the box) fires before the outer one.
* A door raises only errors of its own branch of `errors.py`. Anything else that escapes is a bug in an adapter.
* `Sandbox.perform` takes a `Permit` and nothing else.
* `testing.py` holds a fake and a contract suite for each role; an adapter is done when it passes the suite.

Threads, sockets and processes live behind these doors and are never visible through them.
"""

from collections.abc import Callable
from typing import Protocol

from runner.events import Entry
from runner.types import (
    Action,
    Block,
    Box,
    Change,
    Decision,
    Evidence,
    Execution,
    Mode,
    Occasion,
    Permit,
    Purpose,
    Reply,
    Rule,
    Snapshot,
    Verdict,
    Word,
)


class ToolResult(Word, frozen=True, kw_only=True):
    """The answer to one tool call. Every call gets exactly one."""

    call_id: str
    text: str
    is_error: bool


class UserTurn(Word, frozen=True, kw_only=True):
    """What the model is told: the results of its calls, or words, never both."""

    results: tuple[ToolResult, ...] = ()
    text: str = ""


class ModelTurn(Word, frozen=True, kw_only=True):
    """What the model said, to be sent back unchanged."""

    blocks: tuple[Block, ...]


class Transcript(Word, frozen=True, kw_only=True):
    """All the model is shown of one conversation: the run's own, or that of a subagent.

    A later transcript of the same conversation begins with the earlier one, so the prefix caches. A transcript that
    ends in a `ModelTurn` asks the model to go on from there (`pause_turn`).

    Attributes:
        elsewhere: how many replies the run has had in other conversations.
    """

    system: str
    turns: tuple[UserTurn | ModelTurn, ...]
    elsewhere: int = 0


class Model(Protocol):
    """The agent's model."""

    def reply(self, transcript: Transcript) -> Reply:
        """Return the model's next answer, with complete tool calls only.

        Retries what is safe to retry, within a bound; `usage` includes the failed attempts.

        Raises:
            ModelError: no answer after all retries; nothing was lost, the same transcript may be sent again.
        """


class Sandbox(Protocol):
    """One throwaway box at a time, around one workspace."""

    def start(self, purpose: Purpose) -> Box:
        """Return a fresh box with a new shell in the workspace. Every earlier box of this run is gone first.

        Raises:
            SandboxUnavailable: no box stands, nothing ran.
        """

    def perform(self, permit: Permit, deadline_s: float) -> Execution:
        """Return what became of the permitted action, a `BoxOperation`, within `deadline_s` and a few seconds.

        Whatever the command does (end the shell, fork without end, eat all memory, print gigabytes) is an
        `Execution`, and the next call finds a usable shell.

        Raises:
            SandboxUnavailable: no box stands; nothing ran.
            SandboxLost: the box vanished; what happened is unknown.
        """

    def stop(self) -> None:
        """Leave no box of this run alive, nor of a former process that worked on it. May be called at any time.

        Raises:
            SandboxUnavailable: the engine does not answer, so a box may still be alive; nothing may be restored now.
        """


class SnapshotStore(Protocol):
    """The states of one workspace. Snapshots are immutable; a killed process leaves every committed one intact."""

    def save(self) -> Snapshot:
        """Return a committed snapshot of the workspace as it is. An unchanged workspace gives the same id again.

        The first save of a run copies the user's directory into the workspace first, unless that was done before.

        Raises:
            SnapshotError: something cannot be read or kept, or space is short; earlier snapshots are intact.
        """

    def diff(self, before: str, after: str) -> Change:
        """Return what differs between two snapshots, given by id.

        Raises:
            SnapshotError: one of them does not exist.
        """

    def restore(self, snapshot_id: str) -> None:
        """Make the workspace exactly what it was in that snapshot. If killed, a second call finishes the work.

        The workspace's own directory stays the same directory, so that a box which has it mounted sees the result.

        Raises:
            SnapshotError: there is no such snapshot, or an entry cannot be brought back; says which.
        """


class Classifier(Protocol):
    """Auto mode's judge."""

    def judge(self, evidence: Evidence) -> tuple[Decision, ...]:
        """Return a decision for each of `evidence.actions`, in their order; each ALLOW, ASK or DENY.

        Raises:
            ClassifierError: no verdict could be had. That is not a denial.
        """


class Answer(Word, frozen=True, kw_only=True):
    """What a person, or whoever stands in for one, says to a question.

    Attributes:
        decision: ALLOW or DENY for the action that was asked about, rung APPROVER.
        input_json: with ALLOW, the arguments to use instead of the model's; compiled and judged anew, and deny rules
            still hold. None: as they are.
        text: what the model gets as the result of a question or a plan; empty otherwise.
        rules: rules to add for the rest of the run.
        mode: the mode the run goes on in; None: as it is.
        stop: with DENY, the run ends here.
    """

    decision: Decision
    input_json: str | None = None
    text: str = ""
    rules: tuple[Rule, ...] = ()
    mode: Mode | None = None
    stop: bool = False


class Approver(Protocol):
    """The person, or whoever stands in for one."""

    def ask(self, action: Action, decision: Decision) -> Answer | None:
        """Return what they say about this action, or None when nobody is there to answer.

        `decision` is the ASK that led here and says why. Never blocks an unattended run.
        """


class Sink(Protocol):
    """Whoever is told what happened."""

    def append(self, entry: Entry) -> None:
        """Take note of an entry. The journal returns only when it is on disk; other sinks may drop, never raise.

        Raises:
            JournalError: (the journal alone) the entry is not on disk; nothing may go on.
        """


class Moment(Word, frozen=True, kw_only=True):
    """A moment at which hooks are called.

    Attributes:
        occasion: which kind of moment.
        run_id, cwd, mode: where the run stands; `cwd` is the shell's directory in the box.
        call_id, tool, input_json: the call it is about, under the tool's published name (`Bash`, `Read`, `Edit`,
            `Write`, `Agent`, ...) and with that tool's published parameters; empty where there is none.
        text: `startup` or `resume` (START), the prompt (PROMPT), the result (AFTER), the reason (DENIED), the model's
            last words (STOP), how it ended (END); else empty.
        again: STOP only: a hook kept the model going before.
    """

    occasion: Occasion
    run_id: str
    cwd: str
    mode: Mode
    call_id: str = ""
    tool: str = ""
    input_json: str = "{}"
    text: str = ""
    again: bool = False


class Said(Word, frozen=True, kw_only=True):
    """What a hook said at a moment.

    Attributes:
        hook: how people know it: its command, or a function's name.
        verdict: BEFORE and ASKED: ALLOW, ASK or DENY. START and PROMPT: DENY ends the run before anything was done.
            STOP: DENY keeps the model going. AFTER: DENY tells the model `why`. None: no opinion.
        why: shown to the model with DENY, to people always.
        input_json: BEFORE and ASKED: arguments to use instead, in the published tool's form.
        context: told to the model beside what it gets anyway.
        stop: the run ends, for this reason; None: it goes on.
        rules, mode: ASKED: as in `Answer`.
        failed: it could not be asked or answered rubbish; `why` says what happened, and the verdict is DENY. At STOP
            that ends the run: the model could do nothing about it.
        took_ms: how long it took.
    """

    hook: str
    verdict: Verdict | None = None
    why: str = ""
    input_json: str | None = None
    context: str = ""
    stop: str | None = None
    rules: tuple[Rule, ...] = ()
    mode: Mode | None = None
    failed: bool = False
    took_ms: int = 0


Hook = Callable[[Moment], Said | None]
"""A user's own judge or onlooker. A plain callable, not a seventh door. None: not for it. Raising is a DENY."""

Watch = Callable[[str], None]
"""How an adapter tells whoever is looking what it is doing right now ("copying 12,000 files", "retrying in 8 s").

A line of text that replaces the one before; never recorded, never needed. Given to an adapter when it is built.
"""
