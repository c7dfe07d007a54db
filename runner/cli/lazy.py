"""A group whose commands are imported when they are used, so that each command pays for itself alone.

A help page lists the commands with the sentences given here; a test holds them against the commands' own.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """A group of commands that stand in modules."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        """Offer these commands: from a name to the module that has it (by that name), and its first sentence."""
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order they were given."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name; None when there is none."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(self.lazy[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table names commands only; a test calls each
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        own = ((name, self.commands[name].get_short_help_str(70)) for name in super().list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl([*((name, sentence) for name, (_, sentence) in self.lazy.items()), *own])
