"""`runner ls` and `runner show`: what happened, read from the journals alone."""

import sys
from pathlib import Path

import click

from runner import archive
from runner.cli.state_option import state_option
from runner.errors import JournalError, UsageError
from runner.events import encode
from runner.views.report import report_json
from runner.views.timeline import timeline


@click.command()
@state_option
def ls(*, state_dir: Path | None) -> None:
    """List all runs, oldest first."""
    for folder in archive.run_folders(archive.state_dir(state_dir)):
        try:
            click.echo(archive.summary(folder))
        except JournalError as error:
            click.echo(f"{folder.run_id}  unreadable: {error}")


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option(
    "--output",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    show_default=True,
    help="The timeline, the report as JSON, or the events as they were recorded.",
)
@click.option("--patch", is_flag=True, help="Print the run's patch instead.")
@state_option
def show(*, run_id: str | None, output: str, patch: bool, state_dir: Path | None) -> None:
    """Show what happened in RUN (its id or the beginning of it; default: the newest).

    Turn by turn: what was called, what was decided and by whom, what came of it, what changed, time and cost.
    """
    folder = archive.find_run(archive.state_dir(state_dir), run_id)
    if patch:
        sys.stdout.buffer.write(_patch(folder))
        return
    entries, running = archive.read_run(folder)
    if output == "jsonl":
        for entry in entries:
            sys.stdout.buffer.write(encode(entry) + b"\n")
    elif output == "json":
        sys.stdout.buffer.write(report_json(archive.report_of(folder)) + b"\n")
    else:
        click.echo(timeline(entries), nl=False)
        if running:
            click.echo("(running)")


def _patch(folder: archive.RunFolder) -> bytes:
    if not folder.patch.is_file():
        raise UsageError(f"run {folder.run_id} has no patch yet", hint=f"Finish it: runner resume {folder.run_id}")
    return folder.patch.read_bytes()
