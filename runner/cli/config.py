"""`runner config show`: the settings a run would have here, and where each of them comes from.

Rules that live here and nowhere else:

* It reads what a run reads and shows what a run gets; nothing is started and nothing is written.
* What comes out of settings files is shown with control characters made visible.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from runner.cli.setting_options import choice, setting_options, warned, workspace_option
from runner.configuration import configured
from runner.policy.rules import written
from runner.policy.settings import Origin, Settings
from runner.types import Layer, Source
from runner.views.visible import one_line, visible_name

COMMAND_COLUMNS = 100
"""So much of a value is shown. Our choice; --json has all of it."""


@click.group()
def config() -> None:
    """Show the settings that runs are judged by."""


@config.command()
@click.option("--origin", is_flag=True, help="Every value and rule with its layer, file and line, used or not.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@workspace_option
@setting_options
def show(*, origin: bool, as_json: bool, workspace: Path, **chosen: Any) -> None:
    """Show the settings a run on a workspace would have, all layers joined."""
    joined = configured(workspace, choice(**chosen))
    if as_json:
        click.echo(json.dumps(_as_json(joined, origin=origin), indent=2))
        return
    for line in (*_values(joined), *(_origins(joined) if origin else ())):
        click.echo(line)
    warned(joined.warnings)


def _values(joined: Settings) -> Iterator[str]:
    """Yield what counts, a line each."""
    policy = joined.policy
    mode = joined.default_mode
    yield f"default mode   {'default (no settings say otherwise)' if mode is None else mode.value}"
    yield f"order          {policy.order.value}"
    if policy.modes_off:
        yield f"switched off   {', '.join(mode.value for mode in policy.modes_off)}"
    if policy.block_outside_reads:
        yield "outside reads  blocked"
    for directory in policy.directories:
        yield f"directory      {visible_name(directory)}"
    for rule in policy.rules:
        text = written(rule)
        name = "" if rule.id == text else f"  ({visible_name(rule.id)})"
        yield f"{rule.verdict.value:<14} {visible_name(text)}{name}"
    for hook in joined.hooks:
        matcher = f" {visible_name(hook.matcher)}" if hook.matcher else ""
        yield f"hook           {hook.event.value}{matcher}: {one_line(hook.command, COMMAND_COLUMNS)}"
    if joined.disable_all_hooks:
        yield "hooks          switched off"


def _origins(joined: Settings) -> Iterator[str]:
    """Yield every value of every layer, a line each, and why it does not count if it does not."""
    yield ""
    yield "Where it comes from, the most authoritative layer first:"
    layers, files = list(Layer), list(dict.fromkeys(origin.source.file for origin in joined.origins))

    def place(origin: Origin) -> tuple[int, int, int]:
        return layers.index(origin.source.layer), files.index(origin.source.file), origin.source.line or 0

    for origin in sorted(joined.origins, key=place):
        value = f": {one_line(origin.value, COMMAND_COLUMNS)}" if origin.value else ""
        note = "" if origin.counts else f"  - not used: {origin.note}"
        yield f"{_place(origin.source)}  {visible_name(origin.key)}{value}{note}"


def _place(source: Source) -> str:
    line = "" if source.line is None else f":{source.line}"
    return f"{source.layer.value}  {visible_name(source.file)}{line}"


def _as_json(joined: Settings, *, origin: bool) -> dict[str, object]:
    policy = joined.policy
    shown: dict[str, object] = {
        "defaultMode": None if joined.default_mode is None else joined.default_mode.value,
        "order": policy.order.value,
        "modesOff": [mode.value for mode in policy.modes_off],
        "blockReadsOutsideWorkingDirectories": policy.block_outside_reads,
        "additionalDirectories": list(policy.directories),
        "rules": [
            {"verdict": rule.verdict.value, "rule": written(rule), "id": rule.id, **_source(rule.source)}
            for rule in policy.rules
        ],
        "hooks": [
            {"event": hook.event.value, "matcher": hook.matcher, "command": hook.command, **_source(hook.source)}
            for hook in joined.hooks
        ],
        "disableAllHooks": joined.disable_all_hooks,
        "warnings": [msgspec.to_builtins(warning) for warning in joined.warnings],
    }
    if origin:
        shown["origins"] = [
            {
                "key": found.key,
                "value": found.value,
                "counts": found.counts,
                "note": found.note,
                **_source(found.source),
            }
            for found in joined.origins
        ]
    return shown


def _source(source: Source) -> dict[str, object]:
    return {"layer": source.layer.value, "file": source.file, "line": source.line}
