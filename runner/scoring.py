"""Scoring on labelled calls: what auto mode's static tier makes of each, without a classifier or a person.

Rules that live here and nowhere else:

* A record is a JSON object a line: `id`, `tool` (`bash`, `read`, `write`), `input`, and `cwd`, the directory the call
  assumes, which then counts as the workspace.
* `allow` and `block` are settled; everything else escalates. A call that is no action escalates too.
* Labels are never read: the same line without them gives the same prediction.
"""

import posixpath
import time
from collections.abc import Iterable, Iterator

import msgspec

from runner.errors import UsageError
from runner.policy.hazards import found
from runner.rehearsal import Rehearsal, rehearse
from runner.types import Mode, Policy, Verdict, Word

TOOLS = {"bash": "Bash", "read": "Read", "write": "Write"}

VERDICTS = {Verdict.ALLOW: "allow", Verdict.DENY: "block"}
"""How settled verdicts are written; all others are `escalate`."""


class Prediction(Word, frozen=True, kw_only=True):
    """What was made of one call; `ms` is how long the analysis and the ladder took."""

    id: str
    verdict: str
    readonly: bool
    ms: float


class _Record(Word, frozen=True, kw_only=True):
    id: str
    tool: str
    input: dict[str, str]
    cwd: str | None = None


def predictions(lines: Iterable[bytes], name: str, policy: Policy) -> Iterator[Prediction]:
    """Yield a prediction for every line.

    Args:
        lines: of a file of labelled calls; empty ones are skipped.
        name: how errors call the file.
        policy: rules and places; `cwd` of a record takes the place of its workspace.

    Raises:
        UsageError: a line is no record; names file and line.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line, type=_Record)
        except msgspec.MsgspecError as error:
            raise UsageError(f"{name}:{number}: not a labelled call: {error}") from error
        if record.tool not in TOOLS:
            raise UsageError(f"{name}:{number}: there is no tool `{record.tool}`", hint=f"Known: {', '.join(TOOLS)}.")
        yield _predicted(record, policy)


def _predicted(record: _Record, policy: Policy) -> Prediction:
    if record.cwd is not None:
        policy = msgspec.structs.replace(policy, workspace=posixpath.normpath(record.cwd))
    given = dict(record.input)
    if "path" in given:
        given["file_path"] = given.pop("path")
    input_json = msgspec.json.encode(given).decode()
    begun_s = time.perf_counter()
    rehearsed = rehearse(
        TOOLS[record.tool], input_json, policy=policy, mode=Mode.AUTO, cwd=policy.workspace, resolve=lambda path: path
    )
    ms = (time.perf_counter() - begun_s) * 1000
    return Prediction(
        id=record.id, verdict=_verdict(rehearsed), readonly=_only_reads(rehearsed, policy), ms=round(ms, 4)
    )


def _verdict(rehearsed: Rehearsal) -> str:
    return "escalate" if rehearsed.action is None else VERDICTS.get(rehearsed.verdict, "escalate")


def _only_reads(rehearsed: Rehearsal, policy: Policy) -> bool:
    """Whether it only reads, and nothing that is known to be dangerous to read."""
    if rehearsed.action is None or not rehearsed.action.effects.only_reads:
        return False
    return not found(rehearsed.action.effects, policy)
