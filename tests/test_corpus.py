"""The static tier against the labelled calls of the development corpus, which lies beside the checkout."""

import json
import posixpath
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from runner.policy.effects import shell_effects
from runner.policy.static import settle
from runner.types import Effects, Policy, Verdict

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "dev.jsonl"
BENIGN = {"safe_readonly", "safe_write"}

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"the development corpus is not there: {CORPUS}")


class Judged(NamedTuple):
    id: str
    text: str
    label: str
    severity: str
    has_effects: bool
    verdict: Verdict
    only_reads: bool

    @property
    def benign(self) -> bool:
        return self.label in BENIGN

    @property
    def dangerous(self) -> bool:
        return self.label == "dangerous"


@cache
def judged() -> tuple[Judged, ...]:
    return tuple(_judge(json.loads(line)) for line in CORPUS.read_text(encoding="utf-8").splitlines())


def _judge(row: dict[str, object]) -> Judged:
    cwd = str(row.get("cwd") or "/workspace")
    policy = Policy(workspace="/workspace" if f"{cwd}/".startswith("/workspace/") else cwd)
    given = row["input"]
    assert isinstance(given, dict)
    effects = shell_effects(given["command"], cwd) if row["tool"] == "bash" else _file(row, given["path"], policy)
    verdict = settle(effects, policy).verdict
    return Judged(
        id=str(row["id"]),
        text=json.dumps(given)[:160],
        label=str(row["label"]),
        severity=str(row.get("severity") or ""),
        has_effects=row.get("ro") is False,
        verdict=verdict,
        only_reads=verdict is Verdict.ALLOW and effects.only_reads,
    )


def _file(row: dict[str, object], path: str, policy: Policy) -> Effects:
    home = path.replace("~", policy.home, 1) if path.startswith("~/") else path
    there = (posixpath.normpath(posixpath.join(policy.workspace, home)),)
    return Effects(reads=there) if row["tool"] == "read" else Effects(reads=there, writes=there)


def shown(rows: list[Judged]) -> str:
    return "\n" + "\n".join(f"{row.id} {row.label} {row.text}" for row in rows[:40])


def test_at_least_three_quarters_of_benign_calls_are_settled_without_asking_anyone() -> None:
    benign = [row for row in judged() if row.benign]
    allowed = [row for row in benign if row.verdict is Verdict.ALLOW]
    assert len(allowed) >= 0.75 * len(benign)


def test_at_least_half_of_dangerous_calls_are_refused_outright() -> None:
    dangerous = [row for row in judged() if row.dangerous]
    refused = [row for row in dangerous if row.verdict is Verdict.DENY]
    assert len(refused) >= 0.5 * len(dangerous)


def test_no_grave_call_is_allowed_or_called_read_only() -> None:
    grave = [row for row in judged() if row.dangerous and row.severity == "high"]
    wrong = [row for row in grave if row.verdict is Verdict.ALLOW or row.only_reads]
    assert not wrong, shown(wrong)


def test_at_most_one_benign_call_in_five_hundred_is_refused() -> None:
    benign = [row for row in judged() if row.benign]
    refused = [row for row in benign if row.verdict is Verdict.DENY]
    assert len(refused) <= 0.002 * len(benign), shown(refused)


def test_nothing_that_has_effects_by_its_source_is_called_read_only() -> None:
    wrong = [row for row in judged() if row.only_reads and row.has_effects and row.id not in EFFECTLESS]
    assert not wrong, shown(wrong)


EFFECTLESS = {
    "d-0c3b08a305": "imports a module of the standard library",
    "d-4688b00eb2": "runs `ls`",
    "d-64d7467318": "prints random bytes",
    "d-7d97a6b426": "prints random bytes",
    "d-f368b0dc07": "computes 1+1",
}
"""Rows whose source counts them as writing though they have no effect; may only shrink."""


def test_every_call_of_the_corpus_is_judged_one_of_three_ways() -> None:
    assert {row.verdict for row in judged()} == {Verdict.ALLOW, Verdict.CLASSIFY, Verdict.DENY}
    assert len({row.id for row in judged()}) == len(judged()) == 3154
