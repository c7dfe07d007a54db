"""`--state-dir`, for every command that is about runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from runner import archive

Command = TypeVar("Command", bound=Callable[..., Any])


def state_option(command: Command) -> Command:
    """Add `--state-dir`."""
    return click.option(
        "--state-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help=f"Where runs live. [default: ${archive.STATE_VARIABLE}, else the user's state directory]",
    )(command)
