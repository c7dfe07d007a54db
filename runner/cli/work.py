"""`runner run` and `runner resume`: drive a run and exit with the truth."""

import sys
from pathlib import Path
from typing import Any

import click

from runner import archive, wire
from runner.adapters.anthropic_model.prices import DEFAULT_MODEL
from runner.cli.options import OnAsk, Output, audience, driving_options, print_result
from runner.cli.setting_options import choice, setting_options, warned
from runner.configuration import configured
from runner.policy.ladder import MODES
from runner.taskfile import TaskFile, decoded, mode_of, parse, with_limits
from runner.types import Check, Limits, Mode, Network, Task

DEFAULT_MODE = Mode.DEFAULT
DEFAULT_IMAGE = wire.BASE_IMAGE

LimitChanges = tuple[tuple[str, int | float | None], ...]

EXIT_CODES = """\b
Exit codes:
  0    done, and its checks passed
  1    the model ended but a check failed, or it gave up
  2    the command line, the task file or the settings are wrong
  10   stopped at the denial limit
  11   a limit was reached; the summary says which
  12   waiting for an answer; go on with `runner resume`
  13   the classifier is unavailable
  14   the model's service failed
  15   the container engine or this host failed
  16   uncertain; a person must look
  130  interrupted (Ctrl-C)       143  terminated
"""

modes = click.Choice([mode.value for mode in MODES])


@click.command(epilog=EXIT_CODES)
@click.argument("task", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory to work on; copied, never mounted. [default: the task file's, else the current directory]",
)
@click.option("--image", help=f"Container image. [default: the task file's, else {DEFAULT_IMAGE}]")
@click.option(
    "--mode", type=modes, help=f"What may happen unasked. [default: the task file's, else {DEFAULT_MODE.value}]"
)
@click.option("--model", help=f"Model, or replay:FILE. [default: the task file's, else {DEFAULT_MODEL}]")
@click.option("--check", "checks", multiple=True, metavar="COMMAND", help="One more command that decides success.")
@driving_options
@setting_options
def run(
    *,
    task: Path,
    workspace: Path | None,
    image: str | None,
    mode: str | None,
    model: str | None,
    checks: tuple[str, ...],
    limits: LimitChanges,
    on_ask: OnAsk | None,
    record: Path | None,
    output: Output,
    state_dir: Path | None,
    **chosen: Any,
) -> None:
    """Run the task in TASK, a Markdown file with optional YAML front matter; - reads standard input.

    What the command line says goes before what the task file says. The user's directory is copied, never written: the
    result is a patch, and `git apply` takes it.
    """
    if str(task) == "-":
        given = parse(decoded(sys.stdin.buffer.read(), "standard input"), name="standard input")
    else:
        given = wire.read_task_file(task)
    directory = workspace.absolute() if workspace else Path(given.workspace or ".").absolute()
    settings = configured(directory, choice(**chosen), task=given.permissions)
    warned(settings.warnings)
    complete = Task(
        prompt=given.prompt,
        workspace=str(directory),
        image=image or given.image or DEFAULT_IMAGE,
        mode=mode_of(mode) if mode else given.mode or settings.default_mode or DEFAULT_MODE,
        model=wire.model_from(model, Path.cwd()) if model else given.model or DEFAULT_MODEL,
        network=given.network or Network(),
        limits=with_limits(with_limits(Limits(), given.limits), limits),
        checks=_checks(given, checks),
        env=given.env,
        artifacts=given.artifacts,
    )
    with audience(output, on_ask, []) as looking_on:
        finished = wire.begin(
            complete, settings, state=archive.state_dir(state_dir), audience=looking_on, record=record
        )
    _end(finished, output)


def _checks(given: TaskFile, more: tuple[str, ...]) -> tuple[Check, ...]:
    return (*given.checks, *(Check(name=command, command=command) for command in more))


@click.command(epilog=EXIT_CODES)
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--mode", type=modes, help="Go on in another mode; what was decided but not yet done is judged anew.")
@driving_options
@setting_options
def resume(
    *,
    run_id: str | None,
    mode: str | None,
    limits: LimitChanges,
    on_ask: OnAsk | None,
    record: Path | None,
    output: Output,
    state_dir: Path | None,
    **chosen: Any,
) -> None:
    """Go on with RUN, which was stopped or killed; without RUN, with the newest.

    A call that was interrupted is undone and the model is told; nothing is run twice.
    """
    folder = archive.find_run(archive.state_dir(state_dir), run_id)
    history, _ = archive.read_run(folder)
    with audience(output, on_ask, history) as looking_on:
        finished = wire.resume(
            folder,
            choice(**chosen),
            audience=looking_on,
            limits=limits,
            mode=mode_of(mode) if mode else None,
            record=record,
        )
    _end(finished, output)


def _end(finished: wire.Finished, output: Output) -> None:
    print_result(finished, output)
    sys.exit(finished.report.exit_code)
