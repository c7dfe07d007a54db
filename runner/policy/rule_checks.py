"""What is wrong with the rules of a policy: what never matches, what is misspelt or shadowed, what fails its examples.

Rules that live here and nowhere else:

* A rule that does nothing, or more than it looks like, is a warning. Every warning names the rule and its place.
* A rule is shadowed when another one, at least as strong in the order of the ladder, matches all that it matches; of
  two that say the same the later one is.
* A rule's examples are calls that it must match, or must not. They are analysed as live calls are; one that fails makes
  the policy unfit to start. A rule that allows matches a call if the call passes by rules and needs this one.

An example is a shell command, or `Tool(what)`: `Read(src/a.py)`, `WebFetch(https://example.com/)`, `Agent(reviewer)`,
`mcp__server__tool`, or `Tool({...})` with the tool's arguments as JSON.

Not promised: that every shadow is seen. It is told only where it is certain.
"""

import difflib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from runner.policy.calls import tool_name
from runner.policy.patterns import PathPattern
from runner.policy.rulebook import RUN_ANYTHING, Cover, Rulebook
from runner.policy.rules import (
    TOOLS,
    Access,
    Command,
    Files,
    Meaning,
    Never,
    Whole,
    folded,
    meaning,
    split,
    written,
)
from runner.policy.shelves import Shelf, tool_pattern
from runner.types import (
    Action,
    Create,
    Effects,
    Exec,
    Foreign,
    Operation,
    Order,
    Policy,
    Replace,
    Rule,
    Source,
    Verdict,
    View,
    Word,
)

OUR_NAMES = {"bash": "Bash", "str_replace_based_edit_tool": "Edit"}
"""The names under which the model calls our tools, and those that rules know them by."""

RUNNERS = frozenset(
    """
bash sh zsh dash ksh fish sudo doas su env xargs eval exec command nice nohup timeout time watch stdbuf setsid ionice
flock chroot unshare parallel npx bunx uvx pipx python python3 node deno bun perl ruby php lua osascript ssh
""".split()  # noqa: SIM905 - a list of words reads better without quotes
)
"""Programs that run whatever their arguments name. Ours, from what the analyser's tables call wrappers and shells."""

STAND_IN = "\0"
"""Stands for a star of a pattern that is itself compared with other patterns: only their stars match it."""

Analyse = Callable[[str, str], Effects]
"""From a shell command and the working directory to its effects."""


class Problem(Word, frozen=True, kw_only=True):
    """Something that is wrong with a rule.

    Attributes:
        rule: the rule's id.
        source: where it stands.
        sentence: what is wrong.
        hint: what to do; empty: nothing is known.
        fatal: a policy with it must not start.
    """

    rule: str
    source: Source
    sentence: str
    hint: str = ""
    fatal: bool = False


def check(policy: Policy) -> tuple[Problem, ...]:
    """Return what is wrong with the policy's rules, in their order; at most one problem a rule and kind.

    Cost: some ten microseconds a rule.
    """
    meanings = [meaning(rule, workspace=policy.workspace, home=policy.home) for rule in policy.rules]
    found: list[Problem] = []
    shadows = _Shadows(policy, meanings)
    for number, (rule, meant) in enumerate(zip(policy.rules, meanings, strict=True)):
        own = tuple(_problems(rule, meant))
        found += own
        if not own and (shadow := shadows.of(number)) is not None:
            found.append(_shadowed(rule, shadow))
    return tuple(found)


def prove(policy: Policy, analyse: Analyse) -> tuple[Problem, ...]:
    """Return a fatal problem for every example that does not do what its rule says.

    Args:
        policy: all of it; a rule may be taken back by another one.
        analyse: tells what a shell command does.

    Cost: an analysis for each example.
    """
    book = Rulebook(policy)
    return tuple(
        problem
        for rule in policy.rules
        for examples, wanted in ((rule.match, True), (rule.not_match, False))
        for example in examples
        if (problem := _disproved(rule, example, wanted=wanted, book=book, policy=policy, analyse=analyse))
    )


# --- single rules -----------------------------------------------------------------------------------------------------


def _problems(rule: Rule, meant: Meaning) -> Iterator[Problem]:
    text = written(rule)

    def problem(sentence: str, hint: str = "") -> Problem:
        return Problem(rule=rule.id, source=rule.source, sentence=sentence, hint=hint)

    if (known := _meant_tool(rule.tool)) is not None:
        yield problem(f"`{text}` is about a tool that does not exist: `{rule.tool}`.", known)
    elif isinstance(meant, Never):
        yield problem(f"`{text}` can never match: {meant.why}.", meant.hint)
    elif isinstance(meant, Command):
        yield from (problem(sentence, hint) for sentence, hint in _command_problems(rule, meant))
    elif isinstance(meant, Files):
        yield from (problem(sentence, hint) for sentence, hint in _path_problems(rule))


def _meant_tool(name: str) -> str | None:
    """Return what to do about a tool's name that nobody has; None when it may be right, or is no name at all."""
    if name in TOOLS or not name or set(name) & set("() \t\n") or (set(name) & set("*_") and name not in OUR_NAMES):
        return None
    if name in OUR_NAMES:
        return f"Write `{OUR_NAMES[name]}`."
    by_lower = {tool.lower(): tool for tool in TOOLS}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"Did you mean `{by_lower[close[0]]}`?" if close else "Look at the list of tools in the reference."


def _command_problems(rule: Rule, command: Command) -> Iterator[tuple[str, str]]:
    text = written(rule)
    plain = folded(rule.specifier or "")
    if plain == ":*":
        yield f"`{text}` can never match: there is no command before `:*`.", "Write `Bash` for every command."
    elif ":* " in plain:
        yield f"`:*` means something only at the end, so `{text}` wants a literal colon.", "Write ` *` instead."
        return
    if rule.verdict is not Verdict.ALLOW:
        return
    first, *rest = command.text.pieces
    words = first.split()
    if rest and words and words[0] in RUN_ANYTHING:
        yield f"`{text}` can never match: no pattern covers `{words[0]}`, only its very command.", ""
    elif rest and words and words[0] in RUNNERS and len(words) == 1:
        yield f"`{text}` allows whatever `{words[0]}` is told to run.", "Name what it may run."
    elif rest and (not words or (len(words) == 1 and any(rest))):
        yield (
            f"`{text}` has a star before the subcommand, so it also allows options that change what is run.",
            "Write the words up to the subcommand literally.",
        )


def _path_problems(rule: Rule) -> Iterator[tuple[str, str]]:
    text, specifier = written(rule), rule.specifier or ""
    if specifier == "~":
        yield f"`{text}` is about a file whose name is `~`.", f"Write `{rule.tool}(~/**)` for the home."
    elif specifier.startswith("$"):
        yield f"`{text}` is about a directory whose name begins with `$`; variables are not expanded.", "Write `~/`."
    elif specifier != specifier.strip() and rule.verdict is Verdict.ALLOW:
        yield f"`{text}` has blanks at its ends, which are part of the path.", "Take them away."


# --- shadows ----------------------------------------------------------------------------------------------------------


def _shadowed(rule: Rule, by: Rule) -> Problem:
    place = f" ({by.source.layer.value}, line {by.source.line})" if by.source.line else f" ({by.source.layer.value})"
    saying = {Verdict.DENY: "denies", Verdict.ASK: "asks about", Verdict.ALLOW: "allows"}.get(by.verdict, "settles")
    return Problem(
        rule=rule.id,
        source=rule.source,
        sentence=f"`{written(rule)}` changes nothing: `{written(by)}`{place} {saying} all that it matches.",
        hint="Remove one of the two.",
    )


class _Shadows:
    """Which rule makes another one meaningless."""

    def __init__(self, policy: Policy, meanings: list[Meaning]) -> None:
        self._rules = policy.rules
        self._meanings = meanings
        self._strength = {
            Order.CURRENT: {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2},
            Order.OLDER: {Verdict.ASK: 0, Verdict.ALLOW: 1, Verdict.DENY: 2},
        }[policy.order]
        self._number = {id(rule): number for number, rule in enumerate(policy.rules)}
        self._shelf = Shelf(policy.rules, policy)
        self._paths = _PathIndex(self._shelf)

    def of(self, number: int) -> Rule | None:
        """Return a rule that makes this one meaningless, if one is known."""
        rule = self._rules[number]
        for other in self._wider(rule, self._meanings[number]):
            if other is rule:
                continue
            mine, theirs = (self._strength.get(one.verdict, 0) for one in (rule, other))
            if theirs > mine or (theirs == mine and (self._number[id(other)] < number or not self._same(other, rule))):
                return other
        return None

    def _same(self, one: Rule, other: Rule) -> bool:
        """Whether each of two rules matches all that the other one does."""
        return any(rule is one for rule in self._wider(other, self._meanings[self._number[id(other)]])) and any(
            rule is other for rule in self._wider(one, self._meanings[self._number[id(one)]])
        )

    def _wider(self, rule: Rule, meant: Meaning) -> Iterator[Rule]:
        """Yield the rules that match all that this one matches."""
        by_effect = rule.tool in {"Read", "Edit"} and not isinstance(meant, Whole)
        for other in self._shelf.of_tool(rule.tool) if "*" not in rule.tool else ():
            if tool_pattern(other.tool).has(rule.tool) and (other.tool == "*" or not by_effect):
                yield other
        match meant:
            case Command():
                yield from self._wider_commands(meant)
            case Files(access=access, pattern=pattern) if not pattern.negated:
                yield from self._paths.wider(access, pattern)
            case Whole() | Never():
                pass
            case _:
                same = (one for one, other in zip(self._rules, self._meanings, strict=True) if other == meant)
                yield from (other for other in same if other.tool == rule.tool)

    def _wider_commands(self, meant: Command) -> Iterator[Rule]:
        general = STAND_IN.join(meant.text.pieces)
        wider = {id(rule): rule for _, _, rule in self._shelf.commands((general,))}
        if meant.text.bare is not None:
            bare = {id(rule) for _, _, rule in self._shelf.commands((meant.text.bare,))}
            wider = {key: rule for key, rule in wider.items() if key in bare}
        yield from wider.values()


class _PathIndex:
    """Path rules by a name they ask for."""

    def __init__(self, shelf: Shelf) -> None:
        self._by_name: dict[tuple[Access, str | None], list[tuple[PathPattern, Rule]]] = {}
        for access, rules in shelf.files.items():
            taken_back = {(known.rule.source.layer, known.rule.source.file) for known in rules if known.pattern.negated}
            for known in rules:
                source = (known.rule.source.layer, known.rule.source.file)
                if source not in taken_back:
                    key = (access, _first_name(known.pattern))
                    self._by_name.setdefault(key, []).append((known.pattern, known.rule))

    def wider(self, access: Access, pattern: PathPattern) -> Iterator[Rule]:
        """Yield the rules that match all that this pattern matches."""
        names = {name.literal for name in pattern.names if name is not None and name.literal is not None}
        for name in (None, *sorted(names)):
            for other, rule in self._by_name.get((access, name), ()):
                if other.holds(pattern):
                    yield rule


def _first_name(pattern: PathPattern) -> str | None:
    """Return the first name that a pattern asks for; None when that is no literal one."""
    first = next((name for name in pattern.names if name is not None), None)
    return None if first is None else first.literal


# --- examples ---------------------------------------------------------------------------------------------------------


def _disproved(
    rule: Rule, example: str, *, wanted: bool, book: Rulebook, policy: Policy, analyse: Analyse
) -> Problem | None:
    action = call_of(example, policy=policy, analyse=analyse)
    if _speaks(rule, action, book) is wanted:
        return None
    does = "does not match" if wanted else "matches"
    says = "matches" if wanted else "does not match"
    return Problem(
        rule=rule.id,
        source=rule.source,
        sentence=f"`{written(rule)}` {does} `{example}`, though it says that it {says} it.",
        hint=f"That call is understood as: {_understood(action)}.",
        fatal=True,
    )


def _speaks(rule: Rule, action: Action, book: Rulebook) -> bool:
    if rule.verdict is not Verdict.ALLOW:
        return any(match.rule is rule for match in book.objections(action))
    covers = book.cover(action)
    passes = all(cover.complete or _only_reads(cover) for cover in covers)
    return passes and any(match.rule is rule for cover in covers for match in cover.rules)


def _only_reads(cover: Cover) -> bool:
    """Whether a part needs no rule, because it reads what may be read and does nothing else."""
    reads = cover.part is not None and cover.part.effects.only_reads
    return reads and not cover.reads_open and not cover.uncertain


def call_of(example: str, *, policy: Policy, analyse: Analyse) -> Action:
    """Return the call that an example's text means."""
    tool, inside = split(example)
    if inside is None and tool.startswith("mcp__") and not re.search(r"\s", tool):
        inside = ""
    known = tool in TOOLS or tool.startswith("mcp__")
    if inside is None or not known or (tool == "Bash" and not inside.startswith("{")):
        command = inside if inside is not None and tool == "Bash" else example
        effects = analyse(command, policy.workspace)
        return Action(call_id="", tool="bash", operation=Exec(command=command), effects=effects)
    if inside.lstrip().startswith("{"):
        return _action(tool, Foreign(input_json=inside), Effects())
    path = "/" + posixpath.normpath(posixpath.join(policy.workspace, _home(inside, policy))).lstrip("/")
    match tool:
        case "Read":
            return _action(tool, View(path=path), Effects(reads=(path,)))
        case "Write":
            return _action(tool, Create(path=path, text=""), Effects(writes=(path,)))
        case "Edit":
            return _action(tool, Replace(path=path, old="", new=""), Effects(reads=(path,), writes=(path,)))
        case "WebFetch":
            return _foreign(tool, url=inside)
        case "Agent" | "Task":
            return _foreign(tool, subagent_type=inside)
        case "Skill":
            return _foreign(tool, skill=inside)
        case _:
            return _foreign(tool, path=inside)


def _home(path: str, policy: Policy) -> str:
    return policy.home + path[1:] if path.startswith("~/") else path


def _foreign(tool: str, **fields: str) -> Action:
    return _action(
        tool, Foreign(input_json=msgspec.json.encode({k: v for k, v in fields.items() if v}).decode()), Effects()
    )


def _action(tool: str, operation: Operation, effects: Effects) -> Action:
    return Action(call_id="", tool=tool, operation=operation, effects=effects)


def _understood(action: Action) -> str:
    effects = action.effects
    seen = [f"a call of {tool_name(action)}"]
    if texts := [part.text for part in effects.parts if part.text]:
        seen.append(f"runs {_some(texts)}")
    acts = {"reads": effects.reads, "writes": effects.writes, "deletes": effects.deletes, "sends to": effects.sends}
    seen += (f"{word} {_some(values)}" for word, values in acts.items() if values)
    if effects.opaque is not None:
        seen.append(f"not fully understood ({effects.opaque})")
    return ", ".join(seen)


def _some(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in list(values)[:3])
