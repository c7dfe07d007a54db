"""`runner policy score` and `compare`: the policy measured on calls that others labelled or decided."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from runner import comparison, scoring
from runner.cli.setting_options import choice, setting_options, workspace_option
from runner.comparison import Compared
from runner.configuration import configured
from runner.errors import UsageError
from runner.types import Order
from runner.views.visible import visible_name

ROWS = 200
"""So often the progress of long work is shown: every so many rows. Our choice."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Write predictions here.")
@workspace_option
@setting_options
def score(*, file: Path, out: Path, workspace: Path, **chosen: Any) -> None:
    """Judge labelled calls by auto mode's static tier, and write what came of each.

    Every line of FILE is a JSON object with `id`, `tool` (bash, read, write) and `input`; every line that is written
    has `id`, `verdict` (allow, block, escalate), `readonly` and `ms`.
    """
    settings = configured(workspace, choice(**chosen))
    verdicts: Counter[str] = Counter()
    try:
        with file.open("rb") as lines, out.open("wb") as written:
            for prediction in _shown(scoring.predictions(lines, str(file), settings.policy), "calls"):
                written.write(msgspec.json.encode(prediction) + b"\n")
                verdicts[prediction.verdict] += 1
    except OSError as error:
        raise UsageError(f"{error.filename or out} cannot be used: {error.strerror}") from error
    total = sum(verdicts.values())
    shares = ", ".join(f"{name} {count} ({count / total:.1%})" for name, count in sorted(verdicts.items()))
    click.echo(f"{total} calls: {shares or 'none'}")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--order",
    type=click.Choice([order.value for order in Order]),
    default=Order.CURRENT.value,
    show_default=True,
    help="The order of rungs for rows whose settings choose none.",
)
@click.option("--fixture", type=click.Path(path_type=Path, exists=True), help="[default: fixture.json beside a file]")
@click.option("--out", type=click.File("wb"), help="Write the rows that differ to this file, a JSON object a line.")
def compare(*, files: tuple[Path, ...], order: str, fixture: Path | None, out: IO[bytes] | None) -> None:
    """Compare with decisions observed elsewhere: decide every row of FILES, and show by group how many are equal.

    Hooks that rows bring along are run on this machine, in an empty directory. Rows that were handed back or refused by
    the other client (`defer`, `error`) are played and shown, and not counted.
    """
    rows: list[comparison.Compared] = []
    for file in files:
        place = fixture or file.with_name("fixture.json")
        try:
            tree = comparison.fixture(place.read_bytes(), str(place))
            with file.open("rb") as lines:
                rows += _shown(comparison.compared(lines, str(file), tree, Order(order)), file.name)
        except OSError as error:
            raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error
    click.echo(_compared_text(rows), nl=False)
    if out is not None:
        for row in rows:
            if not row.equal:
                out.write(msgspec.json.encode(row) + b"\n")


def _shown(rows: Iterator[Any], what: str) -> Iterator[Any]:
    """Yield everything, and on a terminal say how far it is."""
    live = sys.stderr.isatty()
    count = 0
    for count, row in enumerate(rows, start=1):
        if live and count % ROWS == 0:
            click.echo(f"\r{count:,} {what}", nl=False, err=True)
        yield row
    if live and count >= ROWS:
        click.echo(f"\r{count:,} {what}", err=True)


def _compared_text(rows: list[Compared]) -> str:
    """Return by group how many rows are decided alike, permit more, permit less; then all together."""
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        kind = "apart" if row.apart else "equal" if row.equal else "more" if row.permits_more else "less"
        groups[row.row.group][kind] += 1
    width = max((len(name) for name in groups), default=5)
    lines = [f"{'group':<{width}}  {'equal':>6}  {'permits more':>12}  {'permits less':>12}  {'apart':>5}"]
    total: Counter[str] = Counter()
    for name, counts in sorted(groups.items()):
        total += counts
        lines.append(f"{visible_name(name):<{width}}  {_counts(counts)}")
    lines.append(f"{'all':<{width}}  {_counts(total)}")
    counted = total["equal"] + total["more"] + total["less"]
    share = f"{total['equal'] / counted:.2%}" if counted else "none"
    lines.append(f"equal share: {share} of {counted:,} rows")
    return "\n".join(lines) + "\n"


def _counts(counts: Counter[str]) -> str:
    return f"{counts['equal']:>6}  {counts['more']:>12}  {counts['less']:>12}  {counts['apart']:>5}"
