"""`runner policy explain` and `replay`: what rules and calls of runs were decided, and would be."""

from pathlib import Path
from typing import Any

import click

from runner import archive, rehearsal
from runner.cli.policy_text import decided_text, difference_text, rule_text
from runner.cli.setting_options import choice, setting_options, warned, workspace_option
from runner.cli.state_option import state_option
from runner.configuration import configured
from runner.errors import UsageError


@click.command()
@click.argument("name", metavar="ID")
@click.option("--run", "run_id", metavar="RUN", help="Look for a call of this run. [default: the newest]")
@workspace_option
@setting_options
@state_option
def explain(*, name: str, run_id: str | None, workspace: Path, state_dir: Path | None, **chosen: Any) -> None:
    """Explain ID: a rule, by its id or text, or a call of a run, by its id."""
    settings = configured(workspace, choice(**chosen))
    found = [rule for rule in settings.policy.rules if name in {rule.id, rule_text(rule, short=True)}]
    for rule in found:
        click.echo(rule_text(rule), nl=False)
    if found:
        return
    text = _decision(name, run_id, state_dir)
    if text is None:
        known = ", ".join(rule.id for rule in settings.policy.rules[:10]) or "none"
        raise UsageError(f"there is no rule `{name}`, nor such a call", hint=f"Rules: {known}. Calls: runner show.")
    click.echo(text, nl=False)


def _decision(call_id: str, run_id: str | None, state_dir: Path | None) -> str | None:
    try:
        folder = archive.find_run(archive.state_dir(state_dir), run_id)
    except UsageError:
        if run_id is not None:
            raise
        return None
    entries, _ = archive.read_run(folder)
    return decided_text(entries, call_id)


@click.command()
@click.argument("run_id", metavar="RUN")
@workspace_option
@setting_options
@state_option
def replay(*, run_id: str, workspace: Path, state_dir: Path | None, **chosen: Any) -> None:
    """Show which verdicts of RUN these settings would change."""
    settings = configured(workspace, choice(**chosen))
    warned(settings.warnings)
    entries, _ = archive.read_run(archive.find_run(archive.state_dir(state_dir), run_id))
    changed = 0
    for difference in rehearsal.differences(tuple(entries), settings.policy):
        changed += 1
        click.echo(difference_text(difference), nl=False)
    click.echo(f"{changed} verdict{'' if changed == 1 else 's'} would change")
