"""What a program says with Python values, in our words: what the command line and a task file say with text.

Rules that live here and nowhere else:

* Where one text would do as well as several, it stands for itself, never for its letters.
* A value of a wrong kind is one `UsageError` that names the argument and says what to write.

Names, units and bounds of limits and the names of modes are those of task files; `taskfile.py` knows them.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from runner.configuration import Choice
from runner.errors import UsageError
from runner.taskfile import TaskFile, limit_of, mode_of
from runner.types import Check, Layer, Mode, Task

SOURCES = {layer.value: layer for layer in (Layer.USER, Layer.PROJECT, Layer.LOCAL)}
"""The layers of settings that may be left unread."""

SettingsSource = str | Path | Mapping[str, Any]
"""A settings file, JSON text that begins with a brace, or the settings themselves."""

CheckSource = str | Mapping[str, str]
"""A command, or `{"name": ..., "run": command}`."""

LimitValues = Mapping[str, str | float | None]
"""By the names of a task file; numbers, or texts such as "30m"; None: no such limit."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def task_in_words(prompt: object) -> TaskFile:
    """Return the task that a prompt is, which says nothing about how to run it.

    Raises:
        UsageError: it says nothing at all, or is no text.
    """
    if not isinstance(prompt, str):
        hint = "Give the task in words, or the Path of a task file."
        raise UsageError(f"the prompt is {_kind(prompt)}, not text", hint=hint)
    if not prompt.strip():
        raise UsageError("the task is empty", hint="Say what is to be done.")
    if "\0" in prompt:
        raise UsageError("the task holds a NUL byte, so it is no text")
    return TaskFile(prompt=prompt.strip() + "\n")


def named_mode(mode: object) -> Mode:
    """Return the mode of that name, or the mode itself.

    Raises:
        UsageError: there is none, or this version cannot run it.
    """
    return mode_of(mode.value if isinstance(mode, Mode) else str(mode))


def with_arguments(
    given: TaskFile,
    *,
    image: str | None,
    mode: object,
    model: str | None,
    limits: LimitValues | None,
    checks: str | Sequence[CheckSource],
    env: Mapping[str, str] | None,
    artifacts: str | Sequence[str],
) -> TaskFile:
    """Return the task file with the arguments in it: single values replace its own, the others are added.

    Raises:
        UsageError: one of them is wrong.
    """
    named = {"image": image, "model": model, "mode": None if mode is None else named_mode(mode)}
    return msgspec.structs.replace(
        given,
        limits=(*given.limits, *limits_of(limits)),
        checks=(*given.checks, *_checks(checks)),
        env=tuple((dict(given.env) | _env(env)).items()),
        artifacts=(*given.artifacts, *_texts(artifacts, "artifacts")),
        **{name: value for name, value in named.items() if value is not None},
    )


def limits_of(given: LimitValues | None) -> tuple[tuple[str, int | float | None], ...]:
    """Return the fields of `Limits` that are to be changed.

    Raises:
        UsageError: there is no such limit, or no such value of it.
    """
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise UsageError(f"limits is {_kind(given)}, not a dict", hint='Write {"turns": 50, "wall": "30m"}.')
    return tuple(limit_of(name, "none" if value is None else str(value)) for name, value in given.items())


def choice_of(
    settings: SettingsSource | Sequence[SettingsSource],
    policy: str | Sequence[str],
    sources: Sequence[str] | None,
    *,
    trusted: bool,
) -> Choice:
    """Return which settings are chosen.

    Raises:
        UsageError: one of them cannot be settings. Whether they are is seen when they are read.
    """
    several = [settings] if isinstance(settings, str | Path | Mapping) else settings
    named = None if sources is None else _texts(sources, "setting_sources")
    if unknown := [name for name in named or () if name not in SOURCES]:
        raise UsageError(f"setting_sources cannot be {unknown[0]!r}", hint=f"Use any of {', '.join(SOURCES)}.")
    return Choice(
        given=tuple(_settings(one) for one in several),
        policies=_texts(policy, "policy"),
        sources=None if named is None else frozenset(SOURCES[name] for name in named),
        trusted=trusted,
    )


def path_of(given: str | Path | None) -> Path | None:
    """Return a path, `~` in it being the user's home; None for none."""
    return None if given is None else Path(given).expanduser()


def sound(task: Task) -> Task:
    """Return the task if it can be put on record.

    Raises:
        UsageError: a part of it is of a wrong kind.
    """
    try:
        return msgspec.json.decode(msgspec.json.encode(task), type=Task)
    except (msgspec.MsgspecError, UnicodeError, TypeError) as error:
        raise UsageError(f"an argument is of a wrong kind: {error}") from error


def _checks(given: str | Sequence[CheckSource]) -> tuple[Check, ...]:
    """Return the checks.

    Raises:
        UsageError: one of them is no command.
    """
    return tuple(_check(one) for one in ([given] if isinstance(given, str) else given))


def _env(given: Mapping[str, str] | None) -> dict[str, str]:
    """Return the variables of the box.

    Raises:
        UsageError: a name is none, or a value is no text.
    """
    pairs: Iterable[tuple[object, object]] = (given or {}).items()
    for name, value in pairs:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise UsageError(f"env: {name!r} is no name of a variable", hint="Use letters, digits and underscores.")
        if not isinstance(value, str) or "\0" in value:
            raise UsageError(f"env: the value of `{name}` is {_kind(value)}, not text")
    return dict(given or {})


def _texts(given: str | Sequence[str], name: str) -> tuple[str, ...]:
    """Return the texts of an argument of that name.

    Raises:
        UsageError: one of them is no text.
    """
    texts: tuple[object, ...] = (given,) if isinstance(given, str) else tuple(given)
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            raise UsageError(f"{name} cannot be {text!r}", hint="Give one text, or a list of them.")
    return tuple(str(text) for text in texts)


def _check(one: object) -> Check:
    match one:
        case str(command):
            name = command
        case {"name": str(name), "run": str(command), **rest} | {"run": str(command) as name, **rest} if not rest:
            pass
        case _:
            command = name = ""
    if not command.strip() or not name.strip():
        raise UsageError(
            f"checks cannot hold {one!r}", hint='Write a command, or {"name": "tests", "run": "make test"}.'
        )
    return Check(name=name.strip().splitlines()[0][:60], command=command)


def _settings(one: object) -> str:
    match one:
        case Path():
            return str(one.expanduser().absolute())
        case str() if one.strip():
            return one
        case Mapping():
            try:
                return json.dumps(dict(one), allow_nan=False)
            except (TypeError, ValueError) as error:
                raise UsageError(
                    f"settings are no JSON: {error}", hint="Use texts, numbers, lists and dicts."
                ) from error
        case _:
            raise UsageError(f"settings cannot be {one!r}", hint="Give a path, a dict, or several of these.")


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"
