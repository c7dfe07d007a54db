"""A policy's rules sorted by what they are about, so that a call is compared with few of them.

Rules that live here and nowhere else:

* Rules about commands are found by the first word of a command, if they spell it.
* A rule for a whole tool is about that tool and no other, but for one that denies `Read`: it stops the tools that write
  files too. `mcp__SERVER` is about every tool of that server.
* `!path` takes back what an earlier rule of the same list and source, written without an anchor, says about that very
  path; what is closed with its directory stays closed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.policy.globs import TextPattern, text_pattern
from runner.policy.patterns import PathPattern
from runner.policy.rules import (
    ALIASES,
    EDITORS,
    Access,
    Command,
    Files,
    Host,
    Named,
    Never,
    Parameter,
    Whole,
    meaning,
)
from runner.types import Policy, Rule, Verdict


@dataclass(frozen=True, slots=True)
class ToolPattern:
    """Which tools a rule is about."""

    names: TextPattern
    server: str

    def has(self, tool: str) -> bool:
        """Whether it is about the tool of that name."""
        return self.names.matches(tool) or (bool(self.server) and tool.startswith(self.server))


def tool_pattern(name: str) -> ToolPattern:
    """Return the tools that the name in a rule means."""
    name = ALIASES.get(name, name)
    server = f"{name}__" if name.startswith("mcp__") and name.count("__") == 1 else ""
    return ToolPattern(text_pattern(name), server)


@dataclass(frozen=True, slots=True)
class PathRule:
    """A rule about paths. `number` is its place among all rules."""

    number: int
    rule: Rule
    pattern: PathPattern


class Shelf:
    """Rules sorted by what they are about. Building it costs some ten microseconds a rule."""

    def __init__(self, rules: Iterable[Rule], policy: Policy) -> None:
        """Sort the rules.

        Args:
            rules: some of the policy's.
            policy: where the workspace and the home are.
        """
        self.parameters: list[tuple[ToolPattern, Parameter, Rule]] = []
        self.hosts: list[tuple[Host, Rule]] = []
        self.lines: list[tuple[TextPattern, Rule]] = []
        self.files: dict[Access, list[PathRule]] = {Access.READ: [], Access.EDIT: []}
        self._whole: list[tuple[ToolPattern, Rule]] = []
        self._named: list[tuple[str, Named, Rule]] = []
        self._by_word: dict[str, list[tuple[int, Command, Rule]]] = {}
        self._by_none: list[tuple[int, Command, Rule]] = []
        for number, rule in enumerate(rules):
            self._add(number, rule, policy)

    def _add(self, number: int, rule: Rule, policy: Policy) -> None:
        match meaning(rule, workspace=policy.workspace, home=policy.home):
            case Whole():
                self._whole.append((tool_pattern(rule.tool), rule))
            case Parameter() as parameter:
                self.parameters.append((tool_pattern(rule.tool), parameter, rule))
                if parameter.command is not None:
                    self._add_command(number, parameter.command, rule)
            case Command() as command:
                self._add_command(number, command, rule)
            case Files(access=access, pattern=pattern):
                self.files[access].append(PathRule(number, rule, pattern))
            case Host() as host:
                self.hosts.append((host, rule))
            case Named() as named:
                self._named.append((ALIASES.get(rule.tool, rule.tool), named, rule))
            case Never():
                pass

    def _add_command(self, number: int, command: Command, rule: Rule) -> None:
        first, *rest = command.text.pieces
        word, blank, _ = first.partition(" ")
        spelled = bool(blank) or not rest
        (self._by_word.setdefault(word, []) if spelled else self._by_none).append((number, command, rule))
        if command.whole is not None:
            self.lines.append((command.whole, rule))

    def commands(self, texts: Iterable[str]) -> Iterator[tuple[str, Command, Rule]]:
        """Yield the rules that match one of the texts of a command, each once, in their order."""
        found: dict[int, tuple[str, Command, Rule]] = {}
        for text in texts:
            for number, command, rule in (*self._by_word.get(text.partition(" ")[0], ()), *self._by_none):
                if number not in found and command.text.matches(text):
                    found[number] = (text, command, rule)
        for number in sorted(found):
            yield found[number]

    def of_tool(self, tool: str) -> Iterator[Rule]:
        """Yield the rules about every call of a tool."""
        for names, rule in self._whole:
            if names.has(tool) or (tool in EDITORS and rule.tool == "Read" and rule.verdict is Verdict.DENY):
                yield rule

    def of_callee(self, tool: str, name: str) -> Iterator[Rule]:
        """Yield the rules about calling an agent or skill of that name."""
        for owner, named, rule in self._named:
            if owner == tool and named.name.matches(name):
                yield rule

    def taken_back(self, path: str, closed: PathRule, access: Access) -> bool:
        """Whether a later `!path` takes back what a rule says about this path."""
        if not closed.pattern.relative:
            return False
        source = closed.rule.source
        return any(
            later.pattern.negated
            and later.number > closed.number
            and later.rule.verdict is closed.rule.verdict
            and (later.rule.source.layer, later.rule.source.file) == (source.layer, source.file)
            and later.pattern.matches(path)
            and closed.pattern.matches_alone(path)
            for later in self.files[access]
        )
