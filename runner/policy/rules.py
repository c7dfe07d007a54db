r"""Permission rules: from the text people write to what it means.

Rules that live here and nowhere else:

* A rule is `Tool` or `Tool(specifier)`. What is inside the outermost parentheses is the specifier, literally;
  `Tool(*)` is `Tool`. A text that is neither is kept as a rule that never matches, and said to be so.
* What a specifier means depends on the tool: shell text for Bash, a gitignore path for Read and Edit, `domain:HOST` for
  WebFetch, a name for Agent and Skill; `parameter:value` for any tool in a rule that denies or asks.
* Shell text: without a star the very command; with stars a pattern; `X:*` at the end is `X *`. A pattern that spells
  `|`, `;`, `&&`, `<` or `>` is also compared with the command as a whole, if it denies or asks.
* `Write(path)`, `Glob(path)` and their like mean nothing: `Edit(path)` rules stand for every tool that writes files,
  `Read(path)` rules for every tool that reads them.
* Names of tools may be patterns in rules that deny or ask; in rules that allow only behind a literal `mcp__SERVER__`.

Not promised: that a rule is wise, or that it stops what people meant; `rule_checks.py` says what looks wrong.
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from runner.policy.globs import HostPattern, TextPattern, has_star, host_pattern, text_pattern
from runner.policy.patterns import PathPattern, path_pattern
from runner.types import Rule, Source, Verdict

ALIASES = {"Task": "Agent"}
"""Older names of tools, and what they are called now."""

TOOLS = frozenset(
    """
Bash Read Edit Write Glob Grep LS NotebookRead NotebookEdit MultiEdit WebFetch WebSearch Agent Task Skill SlashCommand
AskUserQuestion ExitPlanMode EnterPlanMode TodoWrite TodoRead BashOutput KillShell KillBash TaskOutput TaskStop
TaskCreate TaskGet TaskList TaskUpdate PowerShell Cd LSP Monitor ToolSearch ListMcpResourcesTool ReadMcpResourceTool
EnterWorktree ExitWorktree SendMessage
""".split()  # noqa: SIM905 - a list of words reads better without quotes
)
"""The names that tools are published under. Source: the reference client's list of tools."""

READERS = frozenset({"Read", "Glob", "Grep", "LS", "NotebookRead"})
"""Tools that `Read(path)` rules are about."""

EDITORS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
"""Tools that `Edit(path)` rules are about."""

PRIMARY = {
    "Bash": {"command"},
    "WebFetch": {"url"},
    "NotebookEdit": {"notebook_path"},
    **{tool: {"file_path"} for tool in ("Read", "Edit", "Write", "MultiEdit")},
    **{tool: {"path"} for tool in ("Glob", "Grep", "LS")},
}
"""Parameters that a rule cannot name, because the specifier itself is about them."""

PARAMETERS = {
    "Bash": {"timeout", "description", "run_in_background", "dangerouslyDisableSandbox", "restart"},
    "Read": {"offset", "limit", "pages"},
    "Edit": {"old_string", "new_string", "replace_all"},
    "Write": {"content"},
    "NotebookEdit": {"cell_id", "cell_type", "edit_mode", "new_source"},
    "Glob": {"pattern"},
    "Grep": {"pattern", "glob", "type", "output_mode", "head_limit", "multiline", "-A", "-B", "-C", "-i", "-n"},
    "WebFetch": {"prompt"},
    "Agent": {"description", "prompt", "subagent_type", "model", "mode", "run_in_background", "isolation"},
    "Skill": {"skill", "args"},
}
"""Parameters that a rule may name, of tools whose specifiers may hold a colon otherwise."""

LONGEST = 4096
"""Longer specifiers mean nothing, which bounds what a workspace's own settings can cost. Our choice: PATH_MAX."""

_NAME = re.compile(r"[\w-]+")
_SERVER = re.compile(r"mcp__[^*]+?__\S*")
_OPERATORS = re.compile(r"[|;<>\n]|&&")


def _marks(marks: str) -> str:
    return rf"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|{marks}"""


_BLANKS = re.compile(_marks(r"[ \t]+"), re.DOTALL)
_JOINTS = re.compile(_marks(r"[ \t]*(?:\|\||&&|\|&|\||;)[ \t]*"), re.DOTALL)


# --- what a rule means ------------------------------------------------------------------------------------------------


class Access(enum.Enum):
    """What is done with a file."""

    READ = "read"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Whole:
    """Every call of the tool."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Calls in which a parameter is given and has such a value.

    `command`: what the rule also means, because `timeout:*` is both a parameter of Bash and a command.
    """

    name: str
    value: TextPattern
    command: "Command | None" = None


@dataclass(frozen=True, slots=True)
class Command:
    """Shell commands of such a text. `exact`: it spells one command. `whole`: what the whole line may look like."""

    text: TextPattern
    exact: bool
    whole: TextPattern | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """Reading or editing such paths."""

    access: Access
    pattern: PathPattern


@dataclass(frozen=True, slots=True)
class Host:
    """Fetching from such hosts."""

    pattern: HostPattern


@dataclass(frozen=True, slots=True)
class Named:
    """Calling an agent or skill of such a name."""

    name: TextPattern


@dataclass(frozen=True, slots=True)
class Never:
    """Nothing, and why; `hint` says what to write instead, if that is known."""

    why: str
    hint: str = ""


Meaning = Whole | Parameter | Command | Files | Host | Named | Never


class Text(NamedTuple):
    """A rule's text taken apart."""

    tool: str
    specifier: str | None


def split(text: str) -> Text:
    """Return tool and specifier of a rule's text; of a text that is no rule all of it, as a tool nobody has."""
    whole = text.strip()
    at = whole.find("(")
    if at < 0:
        return Text(whole, None)
    if at == 0 or not whole.endswith(")") or whole[:at] != whole[:at].strip():
        return Text(whole, None)
    return Text(whole[:at], whole[at + 1 : -1])


def parse(
    text: str,
    verdict: Verdict,
    source: Source,
    *,
    rule_id: str = "",
    why: str = "",
    instead: str = "",
    match: Iterable[str] = (),
    not_match: Iterable[str] = (),
) -> Rule:
    """Return the rule that a text is. Never fails: what cannot match is told by `rule_checks.check`.

    Args:
        text: `Tool` or `Tool(specifier)`.
        verdict: ALLOW, ASK or DENY.
        source: where it stands.
        rule_id: how decisions name it; empty: by its text.
        why: what people are told; empty: made from the text.
        instead: what the model may do instead; empty: nothing is said.
        match: calls that it must match.
        not_match: calls that it must not match.
    """
    tool, specifier = split(text)
    return Rule(
        id=rule_id or text.strip(),
        verdict=verdict,
        tool=tool,
        specifier=specifier,
        source=source,
        why=why,
        instead=instead,
        match=tuple(match),
        not_match=tuple(not_match),
    )


def written(rule: Rule) -> str:
    """Return the rule's text."""
    return rule.tool if rule.specifier is None else f"{rule.tool}({rule.specifier})"


def meaning(rule: Rule, *, workspace: str, home: str) -> Meaning:
    """Return what a rule means.

    Args:
        rule: any rule.
        workspace: absolute box path that a path without an anchor begins at.
        home: absolute box path that `~/` means.
    """
    generous = rule.verdict is not Verdict.ALLOW
    tool = ALIASES.get(rule.tool, rule.tool)
    if why := _no_tool(tool, generous=generous):
        return why
    text = rule.specifier
    if text is None or text.strip() == "*":
        return Whole()
    if not text.strip():
        return Never("there is nothing between its parentheses", hint=f"Write `{tool}` for every call of it.")
    if len(text) > LONGEST:
        return Never(f"it is longer than {LONGEST:,} characters")
    if named := _parameter(tool, text, generous=generous):
        return named
    if tool == "Bash":
        return _command(text, generous=generous)
    if tool in {"Read", "Edit"}:
        access = Access.READ if tool == "Read" else Access.EDIT
        pattern = path_pattern(text, generous=generous, root=rule.source.root, workspace=workspace, home=home)
        return Never(pattern) if isinstance(pattern, str) else Files(access, pattern)
    return _named(tool, text)


def _no_tool(tool: str, *, generous: bool) -> Never | None:
    if not tool or set(tool) & set("() \t\n") or len(tool) > LONGEST:
        return Never("it is neither `Tool` nor `Tool(specifier)`", hint="Look at its parentheses and blanks.")
    if "*" in tool and not generous and not (tool.startswith("mcp__") and _SERVER.fullmatch(tool)):
        return Never(
            "a rule that allows may only have a star behind a literal `mcp__SERVER__`",
            hint="Name each tool that is to be allowed.",
        )
    return None


def _parameter(tool: str, text: str, *, generous: bool) -> Parameter | Never | None:
    """Return the parameter a specifier is about; None when it is about something else."""
    name, colon, value = (piece.strip() for piece in text.partition(":"))
    if not colon or not _NAME.fullmatch(name):
        return None
    if name in PRIMARY.get(tool, set()) and (generous or tool != "Bash"):
        return Never(f"a rule cannot be about the parameter `{name}`", hint=f"Write `{tool}({value})`.")
    other = tool not in TOOLS and "*" not in tool
    if not generous or not (other or name in PARAMETERS.get(tool, set())):
        return None
    command = _command(text, generous=generous) if tool == "Bash" else None
    return Parameter(name, text_pattern(value), command if isinstance(command, Command) else None)


def _command(text: str, *, generous: bool) -> Command | Never:
    plain = folded(text)
    prefix = plain.removesuffix(":*")
    if prefix and prefix != plain:
        if prefix != prefix.rstrip() and not generous:
            return Never("there is a blank before `:*`", hint=f"Write `Bash({prefix.rstrip()}:*)`.")
        prefix = prefix.rstrip()
        pattern = TextPattern((prefix + " ", ""), bare=prefix)
        if generous and has_star(prefix):
            pattern = text_pattern(prefix + "*")
        plain = f"{prefix} *"
    elif has_star(plain) and prefix == plain:
        pattern = text_pattern(plain)
    else:
        pattern = TextPattern((plain,))
    whole = text_pattern(tight(plain)) if generous and _OPERATORS.search(plain) else None
    return Command(pattern, exact=len(pattern.pieces) == 1, whole=whole)


def _named(tool: str, text: str) -> Meaning:
    """Return what a specifier means that is neither a command nor a path nor a parameter."""
    if tool == "WebFetch":
        kind, colon, host = text.partition(":")
        if kind.strip() != "domain" or not colon or not host.strip() or "/" in host:
            return Never("it is not `WebFetch(domain:HOST)`", hint="Name the host only.")
        return Host(host_pattern(host))
    if tool in {"Agent", "Skill"}:
        return Named(text_pattern(text.strip()))
    if tool in READERS:
        return Never(f"`{tool}` rules have no paths", hint=f"Write `Read({text})`; it is about {tool} too.")
    if tool in EDITORS:
        return Never(f"`{tool}` rules have no paths", hint=f"Write `Edit({text})`; it is about {tool} too.")
    return Never(f"rules for `{tool}` have no specifier of this kind", hint=f"Write `{tool}`.")


# --- shell text -------------------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Return shell text with blanks outside quotes folded to one, and none at its ends."""
    plain = text.strip()
    escaped = (len(plain) - len(plain.rstrip("\\"))) % 2 == 1
    if escaped:  # the blank behind a backslash is part of a word
        plain += text[text.index(plain) + len(plain) :][:1]
    return _BLANKS.sub(lambda found: " " if found[0][0] in " \t" else found[0], plain)


def tight(text: str) -> str:
    """Return folded shell text without blanks around the operators that join commands."""
    return _JOINTS.sub(lambda found: found[0].strip() if found[0][0] in " \t|;&" else found[0], folded(text))
