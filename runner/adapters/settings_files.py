"""The settings files of all layers, read from disk as texts; nothing is judged here but who could have written them.

    managed   /etc/agent-runner/managed-settings.{json,yaml,yml}, then managed-settings.d/* by name; the reference
              client's /etc/claude-code/ before it, in the same way
    user      ~/.claude/settings.json, then settings.{yaml,yml,json} of the user's configuration directory
    project   <workspace>/.claude/settings.json, then <workspace>/.runner/settings.{yaml,yml,json}
    local     the same with settings.local.*; the reference client's also at the root of the repository

Rules that live here and nowhere else:

* Of several files of a layer the later one is the more authoritative.
* A managed file, and the directory it is in, must be root's and not writable by anybody else; a user's file must not be
  writable by everybody. A file that is refused is an error: settings that restrict do not vanish quietly.
* A file of the workspace is not read through a link that leads out of it.
* A file that is not there says nothing. One that is there and cannot be read is an error.
* Policies that ship with `runner` are chosen by name, and are read as `--settings` files are.

Theory: each file is opened once, without waiting for whoever is on the other side of a pipe, and judged by what was
opened; names are not looked at twice.

Not promised: that the texts are settings; `policy/settings.py` reads them.
"""

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from runner.errors import UsageError
from runner.policy.settings import LayerText
from runner.types import Layer

FILE_BYTES = 1024 * 1024
"""Longest settings file, in bytes. Source: `TEXT_BYTES` of the policy's reader, which checks the text again."""

DROP_INS = 256
"""Most files of a `managed-settings.d`. Our choice."""

POLICIES = ("default", "ci", "unattended", "strict")
"""The policies that ship with `runner`."""

ENDINGS = (".json", ".yaml", ".yml")

MANAGED = (
    Path("/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code"),
    Path("/etc/agent-runner"),
)
"""Where managed settings are: the reference client's, then our own, which has the last word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPlaces:
    """Where settings are looked for on this host.

    Attributes:
        managed: directories of managed settings, the most authoritative last.
        home: the user's home.
        config: the user's configuration directory of `runner`.
        owner: who must own managed settings: user id 0.
    """

    managed: tuple[Path, ...]
    home: Path
    config: Path
    owner: int = 0


def host_places() -> SettingsPlaces:
    """Return where settings are by this system's conventions."""
    return SettingsPlaces(managed=MANAGED, home=Path.home(), config=platformdirs.user_config_path("runner"))


def settings_texts(
    workspace: Path,
    *,
    places: SettingsPlaces,
    given: Collection[str] = (),
    policies: Collection[str] = (),
    sources: Collection[Layer] | None = None,
) -> tuple[LayerText, ...]:
    """Return the texts of all layers that are there.

    Args:
        workspace: host directory of the workspace.
        places: where the other layers are.
        given: what `--settings` was given: files, or texts that begin with a brace.
        policies: names of policies that ship with `runner`; what was `given` has the last word over them.
        sources: which of the layers user, project and local are read; None: all of them.

    Raises:
        UsageError: a file is there and cannot be read, or was written by somebody who must not write it.
    """
    wanted = {Layer.USER, Layer.PROJECT, Layer.LOCAL} if sources is None else set(sources)
    texts = [text for directory in places.managed for text in _managed(directory, places.owner)]
    texts += (named_policy(name) for name in policies)
    texts += (given_text(value) for value in given)
    if Layer.USER in wanted:
        texts += _user(places)
    for layer in (Layer.PROJECT, Layer.LOCAL):
        if layer in wanted:
            texts += _of_workspace(workspace, layer)
    return tuple(texts)


def given_text(value: str) -> LayerText:
    """Return what `--settings` was given: JSON written on the command line, or a file.

    Raises:
        UsageError: there is no such file, or it cannot be read.
    """
    if value.lstrip().startswith("{"):
        return LayerText(layer=Layer.COMMAND_LINE, file="", text=value)
    path = Path(value).absolute()
    text = _text(path)
    if text is None:
        raise UsageError(f"there is no settings file {path}", hint="Name a file, or write JSON that begins with `{`.")
    return LayerText(layer=Layer.COMMAND_LINE, file=os.fspath(path), text=text)


def named_policy(name: str) -> LayerText:
    """Return the text of a policy that ships with `runner`.

    Raises:
        UsageError: there is none of that name, or this installation lost it.
    """
    if name not in POLICIES:
        raise UsageError(
            f"there is no policy `{name}`", hint=f"There are {', '.join(POLICIES)}; files: --settings FILE."
        )
    path = policies_folder() / f"{name}.yaml"
    text = _text(path)
    if text is None:
        raise UsageError(f"this installation of runner lost its policy {path}", hint="Install agent-runner again.")
    return LayerText(layer=Layer.COMMAND_LINE, file=os.fspath(path), text=text)


def policies_folder() -> Path:
    """Return where the policies are that ship with `runner`: in the installed package, or beside it in a repository."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "policies", package.parent / "policies"):
        if (folder / "default.yaml").is_file():
            return folder
    raise UsageError("this installation of runner has no policies", hint="Install agent-runner again.")


# --- the layers -------------------------------------------------------------------------------------------------------


def _managed(directory: Path, owner: int) -> Iterator[LayerText]:
    drop_ins = directory / "managed-settings.d"
    paths = [directory / f"managed-settings{ending}" for ending in ENDINGS]
    paths += (drop_ins / name for name in _names(drop_ins))
    for path in paths:
        text = _text(path, lambda path, status: _only_by(owner, path, status))
        if text is not None:
            yield LayerText(layer=Layer.MANAGED, file=os.fspath(path), text=text)


def _names(directory: Path) -> list[str]:
    """Return the settings files of a directory by name, hidden ones left out; none if it is not there."""
    try:
        names = sorted(path.name for path in directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(directory, error) from error
    names = [name for name in names if name.endswith(ENDINGS) and not name.startswith(".")]
    if len(names) > DROP_INS:
        raise UsageError(f"{directory} holds more than {DROP_INS} settings files", hint="Join some of them.")
    return names


def _only_by(owner: int, path: Path, status: os.stat_result) -> None:
    """Refuse a managed file that somebody else than its owner could have written, itself or through its directory."""
    for what, found in ((path, status), (path.parent, path.parent.stat())):
        if found.st_uid != owner or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            whose = "root" if owner == 0 else f"user {owner}"
            raise UsageError(
                f"{path} is not used as managed settings: {what} must belong to {whose} and be writable by nobody else",
                hint=f"As {whose}: chown {owner} {what} && chmod go-w {what}",
            )


def _user(places: SettingsPlaces) -> Iterator[LayerText]:
    paths = [places.home / ".claude" / "settings.json", *_named(places.config, "settings")]
    for path in paths:
        text = _text(path, _not_by_everybody)
        if text is not None:
            yield LayerText(layer=Layer.USER, file=os.fspath(path), text=text)


def _not_by_everybody(path: Path, status: os.stat_result) -> None:
    """Refuse a user's file that everybody on this host can write: it may allow commands, and run some on the host."""
    if status.st_mode & stat.S_IWOTH:
        raise UsageError(f"{path} can be written by everybody on this host", hint=f"chmod o-w {path}")


def _of_workspace(workspace: Path, layer: Layer) -> Iterator[LayerText]:
    stem = "settings" if layer is Layer.PROJECT else "settings.local"
    roots = [workspace]
    if layer is Layer.LOCAL and (repository := _repository(workspace)) is not None:
        roots.insert(0, repository)
    for root in roots:
        for path in (root / ".claude" / f"{stem}.json", *_named(root / ".runner", stem)):
            _not_out_of(root, path)
            text = _text(path)
            if text is not None:
                yield LayerText(layer=layer, file=os.fspath(path), text=text)


def _repository(workspace: Path) -> Path | None:
    """Return the root of the repository that the workspace is a directory of; None when it is no such."""
    if (workspace / ".git").exists():
        return None
    return next((above for above in workspace.absolute().parents if (above / ".git").exists()), None)


def _not_out_of(root: Path, path: Path) -> None:
    """Refuse a settings file that is a link to something outside: it is not the project's, and would be shown."""
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{path} leads in a circle", hint="Replace the link by a file.") from error
    if not inside:
        raise UsageError(f"{path} leads out of {root}", hint="Replace the link by a file, or remove it.")


def _named(directory: Path, stem: str) -> list[Path]:
    return [directory / f"{stem}{ending}" for ending in ENDINGS]


# --- one file ---------------------------------------------------------------------------------------------------------


def _text(path: Path, check: Callable[[Path, os.stat_result], None] | None = None) -> str | None:
    """Return a file's text; None when there is no such file. `check` is given what was really opened."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path} is no file", hint="Settings are text files in YAML or JSON.")
        if check is not None:
            check(path, status)
        data = b""
        while len(data) <= FILE_BYTES and (piece := os.read(fd, FILE_BYTES + 1)):
            data += piece
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(fd)
    if len(data) > FILE_BYTES:
        raise UsageError(f"{path} is longer than {FILE_BYTES:,} bytes", hint="Split it over several files.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: not UTF-8 text", hint="Save the file as UTF-8.") from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be read: {error.strerror}", hint="Make it readable, or take it away.")
