r"""Which rules of a policy speak about an action: who objects, and who covers what.

Rules that live here and nowhere else:

* Deny and ask rules are met by anything of an action: any spelling of any command in it, any path that is read, written
  or removed, any host it talks to. Path rules count for shell commands and file tools alike, under every name the path
  has. What is removed goes with all that is below it.
* A rule that denies reading a path also stops writing it. Running a script is reading it.
* Allow rules cover a command part by part: each simple command by its text, each path outside the workspace by a path
  rule, each redirection by an `Edit` rule for what it writes. Only a rule for the whole tool covers everything.
* A command that runs whatever it is told to is covered by no pattern, only by a rule that spells it.
* A path of a shell command is covered when each place it leads to is inside or covered; one of a file tool when all of
  them are inside or all of them are covered. `Edit(path)` lets read, too.
* Text that could not be read is searched for commands by its separators, for rules that deny or ask.

Not promised: a verdict. What follows from a match is the ladder's business.
"""

import re
from collections.abc import Iterable, Iterator

from runner.policy.calls import (
    SEARCHES,
    callee,
    fetched_hosts,
    hosts,
    named_paths,
    parameters,
    searched,
    tool_name,
)
from runner.policy.paths import inside, places
from runner.policy.rules import Access, folded, tight
from runner.policy.shelves import PathRule, Shelf
from runner.types import Action, Effects, Exec, Part, Policy, Probe, Rule, Verdict, Word

RUN_ANYTHING = frozenset(
    """
. source eval exec trap watch setsid ionice flock script strace
""".split()  # noqa: SIM905 - a list of words reads better without quotes
)
"""Programs that no pattern covers, only their very command. Source: the reference client, observed."""

_FIND_ACTS = re.compile(r"find .* -(?:exec|execdir|ok|okdir|delete|fls|fprint\w*)\b", re.DOTALL)


class Match(Word, frozen=True, kw_only=True):
    """A rule that speaks about an action.

    Attributes:
        subject: what of the action it is about: a command's text, a path, a host, a parameter, the tool.
        part: the part of a shell command; None: the action as a whole.
        exact: the rule spells that very command, without a wildcard.
    """

    rule: Rule
    subject: str
    part: Part | None = None
    exact: bool = False


class Cover(Word, frozen=True, kw_only=True):
    """What allow rules say about a part of an action.

    Attributes:
        part: None: the action as a whole.
        rules: the rules that let something of it pass.
        text_open: it is a call or a command that no rule allows.
        reads_open: places whose reading no rule allows, outside the workspace.
        writes_open: places whose writing or removal no rule allows: outside the workspace; by a redirection or a file
            tool also inside.
        uncertain: why no rule but one for the whole tool could cover it; empty: it could.
    """

    part: Part | None = None
    rules: tuple[Match, ...] = ()
    text_open: bool = False
    reads_open: tuple[str, ...] = ()
    writes_open: tuple[str, ...] = ()
    uncertain: str = ""

    @property
    def complete(self) -> bool:
        """Whether rules allow all of it."""
        return not (self.text_open or self.reads_open or self.writes_open or self.uncertain)


class Rulebook:
    """A policy's rules, ready to be asked. Immutable. Building one costs some ten microseconds a rule: keep it."""

    def __init__(self, policy: Policy) -> None:
        """Sort the rules."""
        self._policy = policy
        self._roots = (policy.workspace, *policy.directories)
        self._guards = Shelf((rule for rule in policy.rules if rule.verdict is not Verdict.ALLOW), policy)
        self._allows = Shelf((rule for rule in policy.rules if rule.verdict is Verdict.ALLOW), policy)

    def objections(self, action: Action) -> tuple[Match, ...]:
        """Return all deny and ask rules that anything of the action meets, deny first, each once for each part."""
        found = list(self._call_guards(action))
        if isinstance(action.operation, Exec | Probe):
            found += self._shell_guards(action.operation.command, action.effects)
        else:
            found += self._file_guards(action)
        return tuple(sorted(found, key=lambda match: match.rule.verdict is not Verdict.DENY))

    def cover(self, action: Action) -> tuple[Cover, ...]:
        """Return what allow rules say about each part of the action; one cover if one rule is for all, or it is one.

        All of it is allowed by rules if every cover is `complete`.
        """
        if whole := self.call_allowed(action):
            return (Cover(rules=(whole,)),)
        if isinstance(action.operation, Exec | Probe):
            return self._shell_cover(action.effects)
        reads, edits = named_paths(action, self._policy)
        if not reads and not edits:
            return (Cover(text_open=True),)
        rules: list[Match] = []
        unread = tuple(path for path in reads if not self._readable(path, action.effects, rules))
        unwritten = tuple(path for path in edits if not self._covered(path, Access.EDIT, action.effects, rules))
        return (Cover(rules=tuple(dict.fromkeys(rules)), reads_open=unread, writes_open=unwritten),)

    def call_allowed(self, action: Action) -> Match | None:
        """Return the allow rule that covers the action whatever its parts and paths are, if there is one."""
        tool = tool_name(action)
        for rule in self._allows.of_tool(tool):
            return Match(rule=rule, subject=tool)
        for rule in self._allows.of_callee(tool, callee(action)):
            return Match(rule=rule, subject=callee(action))
        meant = fetched_hosts(action)
        for host, rule in self._allows.hosts if meant else ():
            if all(map(host.pattern.matches, meant)):
                return Match(rule=rule, subject=meant[0])
        return None

    def text_allowed(self, part: Part) -> Match | None:
        """Return the allow rule that covers the text of a simple command, if there is one."""
        for text, command, rule in self._allows.commands((part.text, *part.plain) if part.text else ()):
            if command.exact or not _runs_anything(text):
                return Match(rule=rule, subject=text, part=part, exact=command.exact)
        return None

    def place_allowed(self, place: str, access: Access, *, literal: bool = False) -> Match | None:
        """Return the allow rule that covers a place, if there is one.

        Args:
            place: absolute; one name of a path. The other places it leads to are asked about separately.
            access: what is done with it.
            literal: it is a name and no shell pattern.
        """
        rules = self._allows.files[Access.EDIT]
        for known in rules if access is Access.EDIT else (*self._allows.files[Access.READ], *rules):
            if known.pattern.matches(place) if literal else known.pattern.covers(place):
                return Match(rule=known.rule, subject=place)
        return None

    # --- objections ---

    def _call_guards(self, action: Action) -> Iterator[Match]:
        tool = tool_name(action)
        for rule in self._guards.of_tool(tool):
            yield Match(rule=rule, subject=tool)
        for rule in self._guards.of_callee(tool, callee(action)):
            yield Match(rule=rule, subject=callee(action))
        given = parameters(action) if self._guards.parameters else {}
        for names, parameter, rule in self._guards.parameters:
            value = given.get(parameter.name)
            if value is not None and names.has(tool) and parameter.value.matches(value):
                yield Match(rule=rule, subject=f"{parameter.name}: {value}")
        yield from self._host_guards(fetched_hosts(action), None, fetch=True)

    def _host_guards(self, names: tuple[str, ...], part: Part | None, *, fetch: bool) -> Iterator[Match]:
        """A rule for every host is about fetching; one for certain hosts is about them, however they are reached."""
        for host, rule in self._guards.hosts if names else ():
            name = next(filter(host.pattern.matches, names), None)
            if name is not None and (fetch or not host.pattern.everything):
                yield Match(rule=rule, subject=name, part=part)

    def _shell_guards(self, command: str, effects: Effects) -> Iterator[Match]:
        for part in effects.parts:
            texts = dict.fromkeys((part.text, *part.plain, *part.spellings))
            texts.pop("", None)
            yield from self._text_guards(texts, part)
            yield from self._effect_guards(part.effects, effects, part)
        texts = {} if effects.parts else {folded(command): None}
        if effects.unread:
            texts |= dict.fromkeys(searched(command))
        yield from self._text_guards(texts, None)
        if self._guards.lines:
            line = tight(command)
            yield from (Match(rule=rule, subject=line) for text, rule in self._guards.lines if text.matches(line))
        yield from self._effect_guards(_of_no_part(effects), effects, None)

    def _text_guards(self, texts: Iterable[str], part: Part | None) -> Iterator[Match]:
        for text, command, rule in self._guards.commands(texts):
            yield Match(rule=rule, subject=text, part=part, exact=command.exact)

    def _effect_guards(self, effects: Effects, known: Effects, part: Part | None) -> Iterator[Match]:
        """Yield the rules that certain effects meet; `known` are all of the action's, with its links."""
        run = tuple(path for path in effects.executes if path.startswith("/"))
        read = _all_places((*effects.reads, *run), known)
        written, removed = _all_places(effects.writes, known), _all_places(effects.deletes, known)
        for guard in self._guards.files[Access.READ] if read or written else ():
            stopped = (*read, *written) if guard.rule.verdict is Verdict.DENY else read
            if (place := self._met(guard, Access.READ, stopped, ())) is not None:
                yield Match(rule=guard.rule, subject=place, part=part)
        for guard in self._guards.files[Access.EDIT] if written or removed else ():
            if (place := self._met(guard, Access.EDIT, (*written, *removed), removed)) is not None:
                yield Match(rule=guard.rule, subject=place, part=part)
        if effects.sends:
            meant = tuple(host for url in effects.sends for host in hosts(url))
            yield from self._host_guards(meant, part, fetch=False)

    def _met(self, guard: PathRule, access: Access, named: Iterable[str], removed: Iterable[str]) -> str | None:
        """Return the first place that a path rule is met by."""
        if guard.pattern.negated:
            return None
        for place in named:
            if guard.pattern.meets(place, recursive=access is Access.EDIT) and not self._guards.taken_back(
                place, guard, access
            ):
                return place
        return next(filter(guard.pattern.meets_below, removed), None)

    def _file_guards(self, action: Action) -> Iterator[Match]:
        reads, edits = named_paths(action, self._policy)
        searches = tool_name(action) in SEARCHES
        for access in Access:
            for guard in self._guards.files[access]:
                denied = (*reads, *edits) if guard.rule.verdict is Verdict.DENY else reads
                for place in _all_places(edits if access is Access.EDIT else denied, action.effects):
                    met = guard.pattern.meets(place) if searches else guard.pattern.matches(place)
                    if met and not guard.pattern.negated and not self._guards.taken_back(place, guard, access):
                        yield Match(rule=guard.rule, subject=place)
                        break

    # --- covers ---

    def _shell_cover(self, effects: Effects) -> tuple[Cover, ...]:
        covers = [self._part_cover(part, effects) for part in effects.parts]
        if effects.unread or not effects.parts:
            covers.append(Cover(uncertain=effects.opaque or "what it does could not be told"))
        return tuple(covers)

    def _part_cover(self, part: Part, effects: Effects) -> Cover:
        rules: list[Match] = []
        if text := self.text_allowed(part):
            rules.append(text)
        reads = _all_places(part.effects.reads, effects)
        edits = _all_places((*part.effects.writes, *part.effects.deletes), effects)
        return Cover(
            part=part,
            text_open=bool(part.text) and text is None,
            reads_open=self._open(reads, Access.READ, rules, free=True),
            writes_open=self._open(edits, Access.EDIT, rules, free=bool(part.text)),
            uncertain=part.uncertain or (part.effects.opaque or "" if not part.text else ""),
            rules=tuple(dict.fromkeys(rules)),
        )

    def _open(self, named: Iterable[str], access: Access, rules: list[Match], *, free: bool) -> tuple[str, ...]:
        """Return the places that no rule covers, and note the rules that cover the others.

        `free`: what lies inside needs no rule.
        """
        still = []
        for place in named:
            if rule := self.place_allowed(place, access):
                rules.append(rule)
            elif not (free and inside(place, self._roots)):
                still.append(place)
        return tuple(dict.fromkeys(still))

    def _readable(self, path: str, effects: Effects, rules: list[Match]) -> bool:
        if all(inside(place, self._roots) for place in places(path, effects)):
            return True
        return self._covered(path, Access.READ, effects, rules)

    def _covered(self, path: str, access: Access, effects: Effects, rules: list[Match]) -> bool:
        """Whether rules cover all places of a file tool's path."""
        found = [self.place_allowed(place, access, literal=True) for place in places(path, effects)]
        rules += [match for match in found if match is not None]
        return None not in found


def _runs_anything(text: str) -> bool:
    """Whether a command runs or removes whatever it is told to, so that a pattern says nothing about it."""
    return text.partition(" ")[0] in RUN_ANYTHING or (text.startswith("find ") and _FIND_ACTS.match(text) is not None)


def _all_places(paths: tuple[str, ...], effects: Effects) -> tuple[str, ...]:
    if not effects.links:
        return paths
    return tuple(place for path in paths for place in places(path, effects))


def _of_no_part(effects: Effects) -> Effects:
    """Return what the effects hold that none of their parts does."""
    if not effects.parts:
        return effects

    def rest(name: str) -> tuple[str, ...]:
        known = {value for part in effects.parts for value in getattr(part.effects, name)}
        return tuple(value for value in getattr(effects, name) if value not in known)

    return Effects(
        reads=rest("reads"),
        writes=rest("writes"),
        deletes=rest("deletes"),
        executes=rest("executes"),
        sends=rest("sends"),
    )
