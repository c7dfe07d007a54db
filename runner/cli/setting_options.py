"""The options that say which settings count, for every command that judges."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from runner.adapters.settings_files import POLICIES
from runner.configuration import Choice
from runner.errors import UsageError
from runner.policy.settings import SettingsWarning
from runner.types import Layer
from runner.views.visible import visible_name

Command = TypeVar("Command", bound=Callable[..., Any])

SOURCES = {layer.value: layer for layer in (Layer.USER, Layer.PROJECT, Layer.LOCAL)}


def workspace_option(command: Command) -> Command:
    """Add `--workspace`, for commands that run nothing."""
    return click.option(
        "-w",
        "--workspace",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        default=".",
        help="Directory whose settings count. [default: this one]",
    )(command)


def setting_options(command: Command) -> Command:
    """Add the options that say which settings count; they come as the arguments of `choice`."""
    options = (
        click.option(
            "--settings",
            "given",
            multiple=True,
            metavar="FILE|JSON",
            help="Further settings, a file or JSON text. May be repeated.",
        ),
        click.option(
            "--policy",
            "policies",
            multiple=True,
            type=click.Choice(POLICIES),
            help="A policy that comes with runner. May be repeated.",
        ),
        click.option("--allow", multiple=True, metavar="RULE", help="One more rule, such as 'Bash(npm test)'."),
        click.option("--ask", multiple=True, metavar="RULE", help="One more rule for what a person is asked about."),
        click.option("--deny", multiple=True, metavar="RULE", help="One more rule for what never runs."),
        click.option("--trust-project", "trusted", is_flag=True, help="Let the workspace's own settings loosen too."),
        click.option(
            "--setting-sources",
            "sources",
            metavar="LIST",
            help="Which of user, project and local are read, with commas between them. [default: all]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def choice(
    *,
    given: tuple[str, ...],
    policies: tuple[str, ...],
    allow: tuple[str, ...],
    ask: tuple[str, ...],
    deny: tuple[str, ...],
    trusted: bool,
    sources: str | None,
) -> Choice:
    """Return what the options chose.

    Raises:
        UsageError: a source is none.
    """
    return Choice(
        given=given,
        policies=policies,
        allow=allow,
        ask=ask,
        deny=deny,
        trusted=trusted,
        sources=None if sources is None else _sources(sources),
    )


def warned(warnings: tuple[SettingsWarning, ...]) -> None:
    """Print what a person should look at to stderr."""
    for warning in warnings:
        line = "" if warning.line is None else f":{warning.line}"
        hint = f" {warning.hint}" if warning.hint else ""
        click.echo(visible_name(f"warning: {warning.file}{line}: {warning.sentence}.{hint}"), err=True)


def _sources(text: str) -> frozenset[Layer]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in SOURCES]:
        hint = f"Use any of {', '.join(SOURCES)}; an empty text means none."
        raise UsageError(f"--setting-sources cannot be `{unknown[0]}`", hint=hint)
    return frozenset(SOURCES[name] for name in names)
