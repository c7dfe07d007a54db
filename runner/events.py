"""The one typed stream: everything that happened in a run, in the order it became true.

Rules that live here and nowhere else:

* Events are facts in the past tense: fields, no prose. What people, the model, a classifier or CI see is a view.
* Intent and result are two events (`ExecStarted`, `ExecEnded`), because crashes live between them.
* An event is never recorded before it is true, and history is never rewritten: undoing is `RolledBack`.
* The schema only grows. `SCHEMA` goes up when a reader of the old one would be misled; a line with a kind this
  version does not know can be printed, but its run cannot be resumed.
"""

import datetime as dt

import msgspec

from runner.errors import JournalError
from runner.types import (
    Action,
    Box,
    Change,
    Decision,
    Delegate,
    Ending,
    Execution,
    Limits,
    Mode,
    Occasion,
    Outcome,
    Policy,
    Reply,
    Rule,
    Snapshot,
    Task,
    Usage,
    Verdict,
    Word,
)

SCHEMA = 1
"""Version of the event schema, written as `v` on every line of a journal."""


class Fact(Word, frozen=True, kw_only=True, tag_field="kind"):
    """The shape every event has."""


class RunStarted(Fact, frozen=True, kw_only=True, tag="run_started"):
    """A run exists. Nothing has been copied or started yet."""

    run_id: str
    task: Task
    runner_version: str
    policy: Policy = Policy()
    occasions: tuple[Occasion, ...] = ()


class Resumed(Fact, frozen=True, kw_only=True, tag="resumed"):
    """A stopped or killed run goes on, in a new process, possibly with other limits, mode or policy.

    `policy` None means the old one. `occasions`, here and in `RunStarted`: those at which a hook may have a say.
    """

    limits: Limits
    mode: Mode
    policy: Policy | None = None
    occasions: tuple[Occasion, ...] = ()


class ModeChanged(Fact, frozen=True, kw_only=True, tag="mode_changed"):
    """The run goes on in another mode; verdicts of the old one on calls that have not run are void. `by` says who.

    It is the mode of the whole run: a subagent that works now gets what `Mode.delegated` makes of it.
    """

    mode: Mode
    by: str


class ModeRefused(Fact, frozen=True, kw_only=True, tag="mode_refused"):
    """Somebody wanted a mode that the policy has switched off; nothing changed."""

    mode: Mode
    by: str


class RulesAdded(Fact, frozen=True, kw_only=True, tag="rules_added"):
    """These rules hold for the rest of the run, because a person or a hook said so."""

    rules: tuple[Rule, ...]


class Hooked(Fact, frozen=True, kw_only=True, tag="hooked"):
    """A hook had something to say. `call_id` is None where the moment is about no call.

    After `RunEnded` only what the hooks of `SessionEnd` say is recorded; it changes nothing.
    """

    occasion: Occasion
    call_id: str | None
    hook: str
    verdict: Verdict | None
    why: str
    context: str
    stop: str | None
    rewrote: bool
    failed: bool
    took_ms: int


class Attended(Fact, frozen=True, kw_only=True, tag="attended"):
    """All hooks of a moment were called; what they had to say stands before this.

    A run killed before it calls them once more. `PreToolUse` has none: there, the verdict is the end of the moment.
    """

    occasion: Occasion
    call_id: str | None


class Answered(Fact, frozen=True, kw_only=True, tag="answered"):
    """A permitted call that needs no box (a question, a plan) has its result."""

    call_id: str
    text: str


class Delegated(Fact, frozen=True, kw_only=True, tag="delegated"):
    """A subagent begins. Until its `Returned`, everything that is said and done is its."""

    call_id: str
    operation: Delegate
    mode: Mode


class Returned(Fact, frozen=True, kw_only=True, tag="returned"):
    """The innermost subagent is done; `text` is the result of the call that began it."""

    call_id: str
    text: str
    is_error: bool


class BoxStarted(Fact, frozen=True, kw_only=True, tag="box_started"):
    """A fresh container stands, with the workspace in it and a new shell. Any earlier box is gone."""

    box: Box


class Saved(Fact, frozen=True, kw_only=True, tag="saved"):
    """The workspace as it is now can be brought back. `change`: against the snapshot before; None for the first."""

    snapshot: Snapshot
    change: Change | None
    took_ms: int


class Replied(Fact, frozen=True, kw_only=True, tag="replied"):
    """The model answered."""

    reply: Reply


class Rejected(Fact, frozen=True, kw_only=True, tag="rejected"):
    """A call was no action (unknown tool, bad argument): nothing to judge, and nothing ran."""

    call_id: str
    why: str


class Decided(Fact, frozen=True, kw_only=True, tag="decided"):
    """A call was judged. A later `Decided` of the same call replaces an earlier one.

    Attributes:
        input_json: the arguments that were judged, when a hook or a person put them in the place of the model's.
        stop: who decided wants the run to end here.
    """

    call_id: str
    action: Action
    decision: Decision
    input_json: str | None = None
    stop: bool = False


class Voided(Fact, frozen=True, kw_only=True, tag="voided"):
    """A permitted call would do something else by now than what was judged (another directory, a link that moved).

    Nothing ran. It is judged anew.
    """

    call_id: str


class Parked(Fact, frozen=True, kw_only=True, tag="parked"):
    """A question was asked and nobody is there to answer."""

    call_id: str


class ExecStarted(Fact, frozen=True, kw_only=True, tag="exec_started"):
    """The sandbox is about to be told. Without an `ExecEnded` after it, nobody knows what happened."""

    action: Action
    snapshot_id: str


class ExecEnded(Fact, frozen=True, kw_only=True, tag="exec_ended"):
    """The sandbox answered."""

    call_id: str
    execution: Execution


class RolledBack(Fact, frozen=True, kw_only=True, tag="rolled_back"):
    """The workspace is again as it was in that snapshot, because that call's end was never seen."""

    call_id: str
    snapshot_id: str


class Faulted(Fact, frozen=True, kw_only=True, tag="faulted"):
    """A door failed after its own retries. `error` is the class of the error tree; `usage` what failing cost."""

    ending: Ending
    error: str
    message: str
    hint: str
    usage: Usage


class RunEnded(Fact, frozen=True, kw_only=True, tag="run_ended"):
    """The run is over. Only `Resumed` may follow."""

    outcome: Outcome


Event = (
    RunStarted
    | Resumed
    | ModeChanged
    | ModeRefused
    | RulesAdded
    | Hooked
    | Attended
    | Answered
    | Delegated
    | Returned
    | BoxStarted
    | Saved
    | Replied
    | Rejected
    | Decided
    | Voided
    | Parked
    | ExecStarted
    | ExecEnded
    | RolledBack
    | Faulted
    | RunEnded
)

News = ModeChanged | RulesAdded
"""What can come from outside while a run is being worked on."""


class Entry(Word, frozen=True, kw_only=True):
    """An event in its place. `seq` counts from 0 without gaps; `at` is UTC, stamped once, when it is recorded."""

    v: int
    seq: int
    at: dt.datetime
    event: Event


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """Return the entry as one line of JSON without its newline. `decode(encode(entry)) == entry`."""
    return _encoder.encode(entry)


def decode(line: bytes) -> Entry:
    """Return the entry that a line of JSON holds.

    Raises:
        JournalError: not an entry, or one of a schema this version does not know.
    """
    try:
        entry = _decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise JournalError(f"not an event this version of runner understands: {error}") from error
    if entry.v > SCHEMA:
        raise JournalError(
            f"event schema {entry.v} is newer than this version of runner, which knows {SCHEMA}",
            hint="Install the version of runner that wrote it.",
        )
    return entry
