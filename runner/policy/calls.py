r"""What an action is in the words of rules: its tool's published name, its parameters, paths and hosts.

Rules that live here and nowhere else:

* Our own tools are known under the published names: `Bash`, `Read`, `Write`, `Edit`, `Agent`, `AskUserQuestion`,
  `ExitPlanMode`; a tool that runs do not have keeps its name.
* A file tool's path is a name, never a pattern. A search without a path is one of the workspace.
* A URL that different programs read differently stands for every host that one of them may mean.

Not promised: that a call of a foreign tool says all it does; only well-known parameters are looked at.
"""

import functools
import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from runner.policy.rules import ALIASES, EDITORS, READERS
from runner.types import (
    Action,
    Create,
    Delegate,
    Exec,
    Foreign,
    Insert,
    Policy,
    Probe,
    Propose,
    Question,
    Replace,
    Restart,
    View,
)

AGENT = "general-purpose"
"""The name under which rules know a subagent that was given none. Source: the reference client."""

SEARCHES = frozenset({"Glob", "Grep", "LS"})
"""Tools whose path is a directory."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:[/\\]+|https?:", re.IGNORECASE)
_PATHS = ("file_path", "notebook_path", "path")
_WILD = re.compile(r"[*?\[{]")

Fields = dict[str, object]


def tool_name(action: Action) -> str:
    """Return the published name of the tool that an action is a call of."""
    match action.operation:
        case Exec() | Restart() | Probe():
            return "Bash"
        case View():
            return "Read"
        case Create():
            return "Write"
        case Replace() | Insert():
            return "Edit"
        case Delegate():
            return "Agent"
        case Question():
            return "AskUserQuestion"
        case Propose():
            return "ExitPlanMode"
        case Foreign():
            return ALIASES.get(action.tool, action.tool)


def parameters(action: Action) -> dict[str, str]:
    """Return the call's scalar parameters as text; truth values as `true` and `false`."""
    given = dict(action.parameters)
    for name, value in _fields(action).items():
        if isinstance(value, str):
            given[name] = value
        elif isinstance(value, bool | int | float):
            given[name] = msgspec.json.encode(value).decode()
    return given


def named_paths(action: Action, policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the absolute paths that a call other than a shell command reads, and those it edits."""
    match action.operation:
        case View(path=path):
            return (path,), ()
        case Create(path=path) | Replace(path=path) | Insert(path=path):
            return (), (path,)
        case Foreign():
            return _foreign_paths(action, policy)
        case _:
            return action.effects.reads, (*action.effects.writes, *action.effects.deletes)


def callee(action: Action) -> str:
    """Return the name of the agent or skill that is called; empty when it is neither."""
    fields = _fields(action)
    match tool_name(action):
        case "Agent":
            return str(fields.get("subagent_type") or AGENT)
        case "Skill":
            return f"{fields.get('skill', '')} {fields.get('args', '')}".strip()
        case _:
            return ""


def fetched_hosts(action: Action) -> tuple[str, ...]:
    """Return the hosts that a fetch may mean; none when it is no fetch, or of no host."""
    return hosts(str(_fields(action).get("url", ""))) if tool_name(action) == "WebFetch" else ()


@functools.lru_cache(maxsize=1024)
def hosts(url: str) -> tuple[str, ...]:
    """Return every host that a URL, or a host with or without a port, may mean to some program."""
    return tuple(dict.fromkeys(host for host in _hosts(url) if host))


def _hosts(url: str) -> Iterator[str]:
    clean = re.sub(r"[\t\r\n]", "", url.strip())
    rest = _SCHEME.sub("", clean, count=1) if _SCHEME.match(clean) else clean
    for ends in (r"[/?#]", r"[/\\?#]"):
        authority = re.split(ends, rest, maxsplit=1)[0]
        for start in {authority.rfind("@"), authority.find("@")}:
            host = _without_port(authority[start + 1 :])
            yield host
            yield unquote(host)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _fields(action: Action) -> Fields:
    """Return the arguments of a foreign call; none when they are no object."""
    return _decoded(action.operation.input_json) if isinstance(action.operation, Foreign) else {}


def _decoded(text: str) -> Fields:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}


def _foreign_paths(action: Action, policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tool, fields = tool_name(action), _fields(action)
    paths = [path for name in _PATHS if isinstance(path := fields.get(name), str) and path]
    if tool == "Glob" and isinstance(pattern := fields.get("pattern"), str) and pattern.startswith("/"):
        paths.append(posixpath.dirname(_WILD.split(pattern, maxsplit=1)[0] + "x"))
    if tool in SEARCHES and not paths:
        paths.append(policy.workspace)
    named = tuple(_absolute(path, policy) for path in paths)
    effects = action.effects
    reads = (*(named if tool in READERS else ()), *effects.reads)
    edits = (*(named if tool in EDITORS else ()), *effects.writes, *effects.deletes)
    return tuple(path for path in dict.fromkeys(reads) if path not in edits), tuple(dict.fromkeys(edits))


def _absolute(path: str, policy: Policy) -> str:
    if path == "~" or path.startswith("~/"):
        path = policy.home + path[1:]
    return "/" + posixpath.normpath(posixpath.join(policy.workspace, path)).lstrip("/")


# --- text that could not be read --------------------------------------------------------------------------------------

_SEPARATORS = re.compile(r"[;&|\n`{}]|[$<>]?\(|\)")
_KEYWORDS = re.compile(r"\A(?:(?:if|then|elif|else|while|until|do|time|exec|eval|!)\s+)+")
_QUOTES = re.compile(r"[\"'\\]")


def searched(text: str) -> tuple[str, ...]:
    """Return what may be commands in shell text that could not be read: what stands between separators.

    Quotes are not looked at: in text that nobody can read, words that look like a command are taken for one.
    """
    found: dict[str, None] = {}
    for piece in _SEPARATORS.split(text):
        words = " ".join(_KEYWORDS.sub("", piece.strip(), count=1).split())
        program, blank, rest = words.partition(" ")
        plain = posixpath.basename(_QUOTES.sub("", program))
        found |= dict.fromkeys((words, plain + blank + rest))
    found.pop("", None)
    return tuple(found)
