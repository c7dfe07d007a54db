"""What others build on, pinned: flags and help, event schema, file format. A change here is a change for users.

`make golden` rewrites the files; read the diff.
"""

import os
from pathlib import Path

import click
import msgspec

import runner
from runner.cli import main
from runner.events import SCHEMA, Entry

GOLDEN = Path(__file__).parent / "golden"


def pinned(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("AGENT_RUNNER_GOLDEN") == "rewrite":
        path.write_text(text)
    assert path.read_text() == text


def helps(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    settings = {"terminal_width": 100, "max_content_width": 100, **command.context_settings}
    context = click.Context(command, info_name=name.rsplit(maxsplit=1)[-1], parent=parent, **settings)
    text = f"{command.get_help(context)}\n\n"
    if isinstance(command, click.Group):
        children = {key: command.get_command(context, key) for key in command.list_commands(context)}
        known = {key: child for key, child in sorted(children.items()) if child is not None}
        text += "".join(helps(child, f"{name} {key}", context) for key, child in known.items())
    return text


def test_every_flag_and_its_help() -> None:
    pinned("help.txt", helps(main, "runner"))


def test_the_event_schema() -> None:
    schema = msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Entry), order="deterministic"))
    pinned(f"events-v{SCHEMA}.schema.json", schema.decode() + "\n")


def test_the_package_exports_its_version_alone() -> None:
    public = {name for name in vars(runner) if not name.startswith("_")}
    modules = {path.stem for path in (Path(runner.__file__).parent).iterdir()}
    assert public <= modules


def test_the_version_is_told() -> None:
    assert runner.__version__.count(".") == 2
