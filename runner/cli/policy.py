"""`runner policy`: ask the policy what it would decide, and why, without a run.

Rules that live here and nowhere else:

* Nothing here needs a container engine or a model, and nothing is executed.
* The answer is on stdout, what a person should look at besides is on stderr.
"""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from runner import rehearsal
from runner.cli.lazy import LazyGroup
from runner.cli.policy_text import check_json, check_text, ladder_text
from runner.cli.setting_options import choice, setting_options, warned, workspace_option
from runner.configuration import Choice, configured
from runner.errors import UsageError
from runner.policy.ladder import effective
from runner.types import Mode

MODES = click.Choice([mode.value for mode in Mode])

EXAMPLES = """\b
Examples:
  runner policy check "git push --force"      what would happen, and who settles it
  runner policy check --tool Edit --path Makefile --mode acceptEdits
  runner policy test                          are all examples of all rules met
  runner policy explain "Bash(rm *)"          what a rule says, or how a call was decided
"""


LATER = {
    "explain": ("runner.cli.policy_runs", "Explain ID: a rule, by its id or text, or a call of a run, by its id."),
    "replay": ("runner.cli.policy_runs", "Show which verdicts of RUN these settings would change."),
    "score": ("runner.cli.measures", "Judge labelled calls by auto mode's static tier."),
    "compare": ("runner.cli.measures", "Compare with decisions observed elsewhere."),
}


@click.group(cls=LazyGroup, lazy=LATER, epilog=EXAMPLES)
def policy() -> None:
    """Ask the policy what it would decide, and why."""


@policy.command()
@click.argument("command", required=False)
@click.option("--tool", default="Bash", show_default=True, help="The tool that is called.")
@click.option("--path", help="Its path, for tools that take one.")
@click.option("--input", "input_json", metavar="JSON", help="All its arguments instead, a JSON object.")
@click.option("--mode", type=MODES, help="In this mode. [default: the settings', else default]")
@click.option("--cwd", default=None, help="Directory of the box the command runs in. [default: the workspace]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@workspace_option
@setting_options
def check(
    *,
    command: str | None,
    tool: str,
    path: str | None,
    input_json: str | None,
    mode: str | None,
    cwd: str | None,
    as_json: bool,
    workspace: Path,
    **chosen: Any,
) -> None:
    """Say what would be decided about COMMAND, or about a call of another tool: effects, rules, and who settles it."""
    settings = configured(workspace, choice(**chosen))
    warned(settings.warnings)
    judged = Mode(mode) if mode else settings.default_mode or Mode.DEFAULT
    rehearsed = rehearsal.rehearse(
        tool,
        _arguments(tool, command, path, input_json),
        policy=settings.policy,
        mode=judged,
        cwd=cwd or settings.policy.workspace,
        resolve=lambda place: place,
    )
    if as_json:
        sys.stdout.buffer.write(check_json(rehearsed, settings.policy, judged) + b"\n")
    else:
        click.echo(check_text(rehearsed, settings.policy, effective(judged, settings.policy)), nl=False)


def _arguments(tool: str, command: str | None, path: str | None, input_json: str | None) -> str:
    if input_json is not None:
        return input_json
    if path is not None:
        name = "notebook_path" if tool == "NotebookEdit" else "path" if tool in {"Glob", "Grep"} else "file_path"
        return msgspec.json.encode({name: path}).decode()
    if command is None:
        raise UsageError("there is nothing to check", hint='Give a command: runner policy check "git push".')
    if tool != "Bash":
        raise UsageError(f"{tool} takes no command", hint=f"Use --path, or --input: --tool {tool} --path FILE.")
    return msgspec.json.encode({"command": command}).decode()


@policy.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@workspace_option
@setting_options
def test(*, files: tuple[Path, ...], workspace: Path, **chosen: Any) -> None:
    """Prove every example of every rule, in the settings that count here and in FILES, more settings files.

    A policy whose examples are not met does not start a run, either; this says it beforehand.
    """
    made = choice(**chosen)
    everything = Choice(
        given=(*made.given, *map(str, files)),
        policies=made.policies,
        allow=made.allow,
        ask=made.ask,
        deny=made.deny,
        sources=made.sources,
        trusted=made.trusted,
    )
    settings = configured(workspace, everything)
    warned(settings.warnings)
    rules = settings.policy.rules
    examples = sum(len(rule.match) + len(rule.not_match) for rule in rules)
    click.echo(f"{len(rules)} rules, {examples} examples: all met")


@policy.command()
@workspace_option
@setting_options
def ladder(*, workspace: Path, **chosen: Any) -> None:
    """Show in which order a call is judged, and which rules stand on which rung."""
    settings = configured(workspace, choice(**chosen))
    warned(settings.warnings)
    click.echo(ladder_text(settings.policy), nl=False)
