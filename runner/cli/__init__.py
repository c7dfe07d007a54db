"""The command line: one file per group of commands.

Rules that live here and nowhere else:

* Results go to stdout, progress and errors to stderr.
* Every error of ours is one sentence, a hint, and its exit code; never a traceback.
"""

from typing import Any

import click

from runner import __version__
from runner.cli.history import ls, show
from runner.cli.setup import images, init
from runner.cli.work import resume, run
from runner.errors import Interrupted, RunnerError

EPILOG = """\b
A first run:
  runner init task.md      write a commented task file, then edit it
  runner run task.md       run it in a throwaway container
  runner show              what happened, call by call
"""


class _Runner(click.Group):
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


@click.group(cls=_Runner, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="runner")
def main() -> None:
    """Hand a task to a model and walk away.

    The model works in a throwaway container on a copy of your directory. Every call is judged on the host before it
    runs, the workspace is saved around every call, and what comes out is a patch, a report and a truthful exit code.
    """


for command in (run, resume, ls, show, init, images):
    main.add_command(command)
