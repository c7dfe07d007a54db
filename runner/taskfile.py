"""The task file: Markdown in which the body is the task and the YAML front matter says how to run it.

Rules that live here and nowhere else:

* Every key is optional; an unknown key, a wrong type or a value out of range is one error with file, line, key and
  what is allowed. Nothing is guessed and nothing is ignored.
* The body must say something.
* A relative `workspace` means: from the task file's own directory. Nothing is opened here; `wire.py` does that.

Theory: the front matter is composed to a tree of nodes, which know their lines, and each key's reader turns its node
into a value or fails with that line. Anchors and aliases cost nothing here: nothing deeper than two levels is read.
"""

import difflib
import re
from collections.abc import Callable
from typing import NoReturn

import msgspec
import yaml

from runner.errors import UsageError
from runner.policy.ladder import MODES
from runner.policy.settings_given import task_permissions
from runner.policy.settings_words import LayerTree
from runner.types import Check, Limits, Mode, Network, Word

FILE_BYTES = 1024 * 1024
"""Longest task file, in bytes. Our choice; a longer text belongs into a file of the workspace."""

STARTER = """\
---
# How to run the task below. Every key is optional; these are the defaults unless said otherwise.
workspace: .                  # directory to work on, from this file's own; it is copied, never mounted
image: base                   # container image: a name of `runner images ls`, or any image with a shell
mode: {mode}                 # {modes}
model: {model}       # or replay:FILE, a recorded model that needs no key
# limits:                     # reaching one stops the run with its state kept; `none` is no limit
#   turns: 100                # model replies
#   spend: 10                 # dollars
#   wall: 4h                  # time worked on the task
#   exec: 10m                 # one command
#   memory: 2GiB              # of the container
# checks:                     # commands that decide success, run in a fresh container on the result
#   - make test
# env:                        # variables in the container; nothing of your own environment is passed
#   CI: "1"
# artifacts:                  # files of the workspace to hand out beside the patch, gitignore patterns
#   - "dist/*"
---
Say here, in your own words, what is to be done: what is wrong, where to look, what must hold afterwards.
"""
"""What `runner init` writes; a test reads it back with `parse`."""


class TaskFile(Word, frozen=True, kw_only=True):
    """What a task file says; None where it says nothing. `limits` holds only the fields that were set."""

    prompt: str
    workspace: str | None = None
    image: str | None = None
    mode: Mode | None = None
    model: str | None = None
    network: Network | None = None
    limits: tuple[tuple[str, int | float | None], ...] = ()
    checks: tuple[Check, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    artifacts: tuple[str, ...] = ()
    permissions: LayerTree | None = None


class _Limit(Word, frozen=True, kw_only=True):
    """How a limit is written: its field, its unit, and whether it may be switched off."""

    field: str
    unit: str
    optional: bool = False
    least: float = 1


LIMITS: dict[str, _Limit] = {
    "turns": _Limit(field="turns", unit="count", optional=True),
    "tokens": _Limit(field="tokens", unit="count", optional=True),
    "spend": _Limit(field="spend_musd", unit="dollars", optional=True, least=0.01),
    "wall": _Limit(field="wall_s", unit="time", optional=True),
    "exec": _Limit(field="exec_s", unit="time"),
    "output": _Limit(field="output_bytes", unit="size", least=1000),
    "denials": _Limit(field="denials", unit="count", optional=True),
    "disk": _Limit(field="disk_bytes", unit="size", optional=True, least=1024**2),
    "memory": _Limit(field="memory_bytes", unit="size", least=64 * 1024**2),
    "cpus": _Limit(field="cpus", unit="number", least=0.1),
    "pids": _Limit(field="pids", unit="count", least=32),
}
"""Every limit by the name people write, in task files and for `--limit`."""

EXAMPLES = {
    "count": "a whole number",
    "number": "a number",
    "dollars": "dollars, such as 2.50",
    "time": "seconds, or a time such as 90s, 10m, 4h",
    "size": "bytes, or a size such as 500MB, 2GiB",
}
TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
SIZES = {"": 1, "k": 10**3, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
SIZES |= {"m": 10**6, "g": 10**9, "b": 1}


class _Wrong(Exception):
    """A value is wrong; `str()` says what is allowed."""


def limit_of(name: str, text: str) -> tuple[str, int | float | None]:
    """Return field and value of a limit written as text, `none` meaning no limit where that is allowed.

    Raises:
        UsageError: no such limit, or no such value.
    """
    if name not in LIMITS:
        raise UsageError(f"there is no limit `{name}`", hint=_one_of(name, tuple(LIMITS)))
    try:
        return LIMITS[name].field, _amount(LIMITS[name], text)
    except _Wrong as wrong:
        raise UsageError(f"the limit `{name}` cannot be `{text}`", hint=str(wrong)) from None


def with_limits(limits: Limits, changes: tuple[tuple[str, int | float | None], ...]) -> Limits:
    """Return the limits with some fields replaced."""
    return msgspec.structs.replace(limits, **dict(changes))


def _amount(limit: _Limit, text: str) -> int | float | None:
    text = text.strip().lower().replace("_", "")
    if limit.optional and text == "none":
        return None
    match = re.fullmatch(r"\$?(\d+(?:\.\d+)?)\s*([a-z]*)", text)
    factors = {"time": TIMES, "size": SIZES}.get(limit.unit, {"": 1})
    if match is None or match[2] not in factors:
        raise _Wrong(f"It must be {EXAMPLES[limit.unit]}.")
    value = float(match[1]) * factors[match[2]]
    if value < limit.least:
        off = " `none` switches it off." if limit.optional else ""
        raise _Wrong(f"It must be at least {limit.least:g}.{off}")
    if limit.unit == "dollars":
        return round(value * 1_000_000)
    if limit.unit == "count" and value != int(value):
        raise _Wrong("It must be a whole number.")
    return value if limit.unit == "number" else int(value)


def parse(text: str, *, name: str) -> TaskFile:
    """Return what a task file says.

    Args:
        text: the whole file.
        name: how errors call it.

    Raises:
        UsageError: with file, line and key.
    """
    front, body, offset = _split(text.removeprefix("\ufeff"), name)
    reader = _Reader(name, offset)
    values = reader.mapping(front) if front is not None else {}
    if not body.strip():
        raise UsageError(f"{name}: the task is empty", hint="Say below the front matter what is to be done.")
    if "\0" in body:
        raise UsageError(f"{name}: the task holds a NUL byte, so it is no text")
    return TaskFile(prompt=body.strip() + "\n", **values)  # type: ignore[arg-type] # each key's reader gives its type


def decoded(data: bytes, name: str) -> str:
    """Return the text of a task file's bytes.

    Raises:
        UsageError: too long, or not UTF-8; says in which line.
    """
    if len(data) > FILE_BYTES:
        raise UsageError(f"{name}: longer than {FILE_BYTES:,} bytes", hint="Put the material into the workspace.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{name}:{line}: not UTF-8 text") from error


def _split(text: str, name: str) -> tuple[str | None, str, int]:
    """Return front matter (None when there is none), body, and the file's line on which the front matter begins."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return None, text, 0
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "".join(lines[1:number]), "".join(lines[number + 1 :]), 1
    raise UsageError(f"{name}:1: the front matter is not closed", hint="End it with a line `---`.")


class _Reader:
    """Reads the front matter's nodes; knows which file and line an error is in."""

    def __init__(self, name: str, offset: int) -> None:
        self._name = name
        self._offset = offset
        self._readers: dict[str, Callable[[yaml.Node, str], object]] = {
            "workspace": self._string,
            "image": self._string,
            "mode": self._mode,
            "model": self._string,
            "network": self._network,
            "limits": self._limits,
            "checks": self._checks,
            "env": self._env,
            "artifacts": self._strings,
            "permissions": self._permissions,
        }

    def mapping(self, text: str) -> dict[str, object]:
        """Return the values of all keys that are set."""
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = self._offset + 1 + (mark.line if mark else 0)
            raise UsageError(f"{self._name}:{line}: the front matter is not YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise UsageError(f"{self._name}: the front matter is not YAML: {error}") from error
        if root is None:
            return {}
        pairs = self._pairs(root, "", tuple(self._readers))
        return {key: self._readers[key](node, key) for key, node in pairs if not _is_null(node)}

    def _fail(self, node: yaml.Node, what: str, hint: str = "") -> NoReturn:
        line = self._offset + 1 + node.start_mark.line
        raise UsageError(f"{self._name}:{line}: {what}", hint=hint)

    def _pairs(self, node: yaml.Node, inside: str, known: tuple[str, ...] | None) -> list[tuple[str, yaml.Node]]:
        label = f"`{inside}`" if inside else "the front matter"
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, f"{label} must be keys with values")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            path = f"{inside}.{name}" if inside else name
            if known is not None and name not in known:
                self._fail(key, f"`{path}` is not a known key", _one_of(name, known))
            if name in found:
                self._fail(key, f"`{path}` stands here twice")
            found[name] = value
        return list(found.items())

    def _string(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or _is_null(node):
            self._fail(node, f"`{key}` must be text")
        if not node.value.strip() or "\0" in node.value:
            self._fail(node, f"`{key}` is empty or no text")
        return str(node.value)

    def _strings(self, node: yaml.Node, key: str) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, f"`{key}` must be a list")
        return tuple(self._string(item, f"{key}[{index}]") for index, item in enumerate(node.value))

    def _mode(self, node: yaml.Node, key: str) -> Mode:
        text = self._string(node, key)
        try:
            return mode_of(text)
        except UsageError as error:
            self._fail(node, str(error), error.hint)

    def _network(self, node: yaml.Node, key: str) -> Network:
        if isinstance(node, yaml.ScalarNode) and node.value == "none":
            return Network()
        allowed = dict(self._pairs(node, key, ("allowed",))).get("allowed")
        hosts = () if allowed is None else self._strings(allowed, f"{key}.allowed")
        if hosts:
            self._fail(node, "`network.allowed` names hosts, but this version cannot open the network", "Remove it.")
        return Network()

    def _limits(self, node: yaml.Node, key: str) -> tuple[tuple[str, int | float | None], ...]:
        limits: list[tuple[str, int | float | None]] = []
        for name, value in self._pairs(node, key, tuple(LIMITS)):
            text = self._string(value, f"{key}.{name}")
            try:
                limits.append(limit_of(name, text))
            except UsageError as error:
                self._fail(value, f"`{key}.{name}` cannot be `{text}`", error.hint)
        return tuple(limits)

    def _checks(self, node: yaml.Node, key: str) -> tuple[Check, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, f"`{key}` must be a list of commands, or of `name` and `run`")
        checks: list[Check] = []
        for index, item in enumerate(node.value):
            path = f"{key}[{index}]"
            if isinstance(item, yaml.MappingNode):
                parts = dict(self._pairs(item, path, ("name", "run")))
                if "run" not in parts:
                    self._fail(item, f"`{path}` needs `run`, the command")
                command = self._string(parts["run"], f"{path}.run")
                name = self._string(parts["name"], f"{path}.name") if "name" in parts else command
            else:
                name = command = self._string(item, path)
            checks.append(Check(name=name.strip().splitlines()[0][:60], command=command))
        return tuple(checks)

    def _permissions(self, node: yaml.Node, _key: str) -> LayerTree:
        return task_permissions(node, file=self._name, line_offset=self._offset)

    def _env(self, node: yaml.Node, key: str) -> tuple[tuple[str, str], ...]:
        pairs: list[tuple[str, str]] = []
        for name, value in self._pairs(node, key, None):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                self._fail(value, f"`{key}.{name}` is no name of a variable", "Use letters, digits and underscores.")
            if not isinstance(value, yaml.ScalarNode) or _is_null(value):
                self._fail(value, f"`{key}.{name}` must be text")
            pairs.append((name, str(value.value)))
        return tuple(pairs)


def mode_of(text: str) -> Mode:
    """Return the mode of that name.

    Raises:
        UsageError: there is none, or this version cannot run it.
    """
    known = tuple(mode.value for mode in MODES)
    mode = next((mode for mode in MODES if mode.value == text), None)
    if mode is None:
        later = any(mode.value == text for mode in Mode)
        what = f"this version cannot run in mode `{text}` yet" if later else f"there is no mode `{text}`"
        raise UsageError(what, hint=f"Use one of: {', '.join(known)}.")
    return mode


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _one_of(name: str, known: tuple[str, ...]) -> str:
    close = " or ".join(f"`{word}`" for word in difflib.get_close_matches(name, known, n=2))
    return f"Did you mean {close}?" if close else f"Known are: {', '.join(known)}."
