"""The command line: one file per group of commands.

Rules that live here and nowhere else:

* Results go to stdout, progress and errors to stderr.
* Every error of ours is one sentence, a hint, and its exit code; never a traceback.
"""

from typing import Any

import click

from runner import __version__
from runner.cli.lazy import LazyGroup
from runner.errors import Interrupted, RunnerError

EPILOG = """\b
A first run:
  runner init task.md      write a commented task file, then edit it
  runner run task.md       run it in a throwaway container
  runner show              what happened, call by call
"""


class _Runner(LazyGroup):
    """A group whose commands fail with our words and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RunnerError as error:
            click.echo(f"error: {error}", err=True)
            if error.hint:
                click.echo(f"hint: {error.hint}", err=True)
            ctx.exit(error.exit_code)
        except Interrupted as stop:
            click.echo(f"{stop}", err=True)
            ctx.exit(stop.exit_code)


COMMANDS = {
    "run": ("runner.cli.work", "Run the task in TASK."),
    "resume": ("runner.cli.work", "Go on with RUN, which was stopped or killed."),
    "ls": ("runner.cli.history", "List all runs, oldest first."),
    "show": ("runner.cli.history", "Show what happened in RUN."),
    "policy": ("runner.cli.policy", "Ask the policy what it would decide, and why."),
    "config": ("runner.cli.config", "Show the settings that runs are judged by."),
    "init": ("runner.cli.setup", "Write a commented task file to PATH."),
    "images": ("runner.cli.setup", "Build and list the container images that come with runner."),
}


@click.group(cls=_Runner, lazy=COMMANDS, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="runner")
def main() -> None:
    """Hand a task to a model and walk away.

    The model works in a throwaway container on a copy of your directory. Every call is judged on the host before it
    runs, the workspace is saved around every call, and what comes out is a patch, a report and a truthful exit code.
    """
