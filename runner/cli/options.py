"""Options of the commands that drive a run, and who looks on meanwhile."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from runner import wire
from runner.adapters.line_view import LineView
from runner.adapters.unattended_approver import UnattendedApprover
from runner.cli.state_option import state_option
from runner.errors import UsageError
from runner.events import Entry, encode
from runner.ports import Watch
from runner.taskfile import limit_of
from runner.views.report import report_json, report_line
from runner.views.report_text import report_text
from runner.wire import Audience, Finished

Command = TypeVar("Command", bound=Callable[..., Any])
Output = Literal["text", "json", "jsonl"]
OnAsk = Literal["ask", "deny", "park"]


def driving_options(command: Command) -> Command:
    """Add the options of everything that drives a run."""
    options = (
        click.option(
            "--limit",
            "limits",
            multiple=True,
            metavar="NAME=VALUE",
            callback=_limits,
            help="A limit, such as turns=50, spend=2.50, wall=30m, exec=5m, memory=4GiB. May be repeated.",
        ),
        click.option(
            "--on-ask",
            type=click.Choice(["ask", "deny", "park"]),
            help="What to do when a call needs a person: ask on the terminal, deny it, or stop until `runner resume`. "
            "[default: ask on a terminal, deny without one]",
        ),
        click.option(
            "--record",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Record the model's replies to this file, to be run again with --model replay:FILE.",
        ),
        click.option(
            "--output",
            type=click.Choice(["text", "json", "jsonl"]),
            default="text",
            show_default=True,
            help="What stdout gets: a summary, the report as JSON, or every event as a line and the report last.",
        ),
        state_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def _limits(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, int | float | None], ...]:
    limits = []
    for value in values:
        name, equals, amount = value.partition("=")
        if not equals:
            raise UsageError(f"--limit {value} has no `=`", hint="Write it as NAME=VALUE, for example turns=50.")
        limits.append(limit_of(name.strip(), amount))
    return tuple(limits)


class _EventLines:
    """A sink that prints every entry as a line of JSON on stdout."""

    def append(self, entry: Entry) -> None:
        """Print it; a reader that went away is not worth stopping for."""
        try:
            sys.stdout.buffer.write(encode(entry) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            _to_nowhere()


@contextmanager
def audience(output: Output, on_ask: OnAsk | None, history: list[Entry]) -> Iterator[Audience]:
    """While this is entered somebody looks on: a live view on a terminal, plain lines elsewhere.

    Args:
        output: with `jsonl`, stdout is told everything too.
        on_ask: what to do with questions; None: ask where somebody can answer, else deny.
        history: what a resumed run has already been through.
    """
    sinks = (_EventLines(),) if output == "jsonl" else ()
    terminal = sys.stderr.isatty()
    asked = on_ask or ("ask" if terminal and sys.stdin.isatty() else "deny")
    if asked == "ask" and not (terminal and sys.stdin.isatty()):
        raise UsageError("--on-ask ask needs a terminal", hint="Use --on-ask deny or --on-ask park.")
    if not terminal:
        lines = LineView(sys.stderr, history=history)
        yield Audience(sinks=(*sinks, lines), watch=lines.watch, approver=UnattendedApprover(park=asked == "park"))
        return
    with wire.terminal_audience(asking=asked == "ask", park=asked == "park", history=history) as live:
        yield replace(live, sinks=(*sinks, *live.sinks))


@contextmanager
def watch_lines() -> Iterator[Watch]:
    """While this is entered, what an adapter says it is doing is printed to stderr, each line once."""
    said: list[str] = []

    def watch(text: str) -> None:
        if said[-1:] != [text]:
            said[:] = [text]
            click.echo(text, err=True)

    yield watch


def print_result(finished: Finished, output: Output) -> None:
    """Print what the run handed over to stdout."""
    try:
        if output == "text":
            click.echo(report_text(finished.report), nl=False)
        elif output == "json":
            sys.stdout.buffer.write(report_json(finished.report) + b"\n")
        else:
            sys.stdout.buffer.write(b'{"result":' + report_line(finished.report) + b"}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _to_nowhere()


def _to_nowhere() -> None:
    """Let later writes to a closed stdout vanish instead of failing at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
