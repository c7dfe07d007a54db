"""`runner init` and `runner images`: what is done before a first run."""

import os
from pathlib import Path

import click

from runner import archive, wire
from runner.adapters.anthropic_model.prices import DEFAULT_MODEL
from runner.cli.options import watch_lines
from runner.cli.state_option import state_option
from runner.errors import UsageError
from runner.policy.ladder import MODES
from runner.taskfile import STARTER
from runner.types import Mode


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default="task.md")
def init(path: Path) -> None:
    """Write a commented task file to PATH (default: task.md). An existing file is never overwritten."""
    target = path / "task.md" if path.is_dir() else path
    text = STARTER.format(
        mode=Mode.DEFAULT.value,
        modes=", ".join(mode.value for mode in MODES),
        model=DEFAULT_MODEL,
    )
    try:
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise UsageError(f"{target} exists and is left as it is", hint="Name another file: runner init PATH") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error
    with os.fdopen(fd, "w") as file:
        file.write(text)
    click.echo(f"Wrote {target}. Say in it what is to be done, then: runner run {target}")


@click.group()
def images() -> None:
    """Build and list the container images that come with runner."""


@images.command()
@click.argument("name", default=wire.BASE_IMAGE)
@click.option("--force", is_flag=True, help="Build it even when it is up to date.")
@state_option
def build(*, name: str, force: bool, state_dir: Path | None) -> None:
    """Build the image NAME (default: base). The first `runner run` does this by itself."""
    with watch_lines() as watch, wire.images(archive.state_dir(state_dir), watch) as store:
        image = store.build(name, force=force)
    click.echo(f"{image.name}  {image.tag}  {image.id}")


@images.command()
@state_option
def ls(*, state_dir: Path | None) -> None:
    """List the images that come with runner and whether they are built."""
    with watch_lines() as watch, wire.images(archive.state_dir(state_dir), watch) as store:
        rows = store.ls()
    for image in rows:
        state = "up to date" if image.up_to_date else "not built" if image.id is None else "out of date"
        size = "-" if image.size_bytes is None else f"{image.size_bytes / 1e6:,.0f} MB"
        click.echo(f"{image.name:<12} {state:<12} {size:>10}  {image.tag}")
