"""Our decisions beside those observed of the reference client, row by row.

The ledger names every row in which we permit more, by class and with a reason. It may only shrink: a row that is not
in it fails, and so does one that is in it and no longer permits more.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from runner.comparison import Compared, compared, fixture
from runner.types import Order

ORACLE = Path(__file__).parents[2] / "shared" / "oracle"
LEDGER = Path(__file__).parent / "golden" / "ledger.yaml"

SHARE = 0.92
"""Least share of equal rows."""

pytestmark = pytest.mark.skipif(not ORACLE.is_dir(), reason="the observed decisions in ../shared/oracle are not here")


@cache
def rows() -> tuple[Compared, ...]:
    tree = fixture((ORACLE / "fixture.json").read_bytes(), "fixture.json")
    found: list[Compared] = []
    for path in sorted(ORACLE.glob("*.jsonl")):
        with path.open("rb") as lines:
            found += compared(lines, path.name, tree, Order.CURRENT)
    return tuple(found)


@cache
def ledger() -> dict[str, dict[str, list[str]]]:
    classes = yaml.safe_load(LEDGER.read_text())
    assert all(entry["reason"].strip() and entry["rows"] for entry in classes.values())
    return {name: {"rows": entry["rows"]} for name, entry in classes.items()}


def permitting() -> set[str]:
    return {row.row.id for row in rows() if row.permits_more and not row.apart}


def test_nearly_all_rows_are_decided_alike() -> None:
    counted = [row for row in rows() if not row.apart]
    assert len(rows()) > 2500
    assert sum(row.equal for row in counted) / len(counted) >= SHARE
    assert sum(row.equal for row in rows()) / len(rows()) >= SHARE


def test_every_row_that_we_permit_more_in_stands_in_the_ledger() -> None:
    listed = {row for entry in ledger().values() for row in entry["rows"]}
    shown = [f"{row.row.id} [{row.row.group}] {row.row.input}" for row in rows() if row.row.id in permitting() - listed]
    assert not shown, "\n".join(shown)


def test_the_ledger_only_shrinks() -> None:
    listed = Counter(row for entry in ledger().values() for row in entry["rows"])
    assert max(listed.values()) == 1
    assert not set(listed) - permitting(), "these rows permit no more any longer: take them out"


def test_nothing_that_was_denied_by_a_rule_is_allowed() -> None:
    for row in rows():
        if row.row.by == "rule" and row.row.decision == "deny":
            assert row.ours in {"deny", "error"} or row.row.id in permitting(), row.row.input
