"""What simple commands do: their words and the tables, joined to effects and to the texts that rules match.

Rules that live here and nowhere else:

* A wrapper does what the command inside it does; a shell does what its text does; `find` and `xargs` do what the
  command they run does to what is found. At most `DEPTH` levels are followed, deeper ones are opaque.
* A word that is known only when it runs makes its part `uncertain`: no rule for a text covers it, because the text
  does not say what it will be. Where it matters to what is done it also makes the part opaque.
* Allow rules see a command as it is written, with the program's name unquoted, harmless variables and transparent
  wrappers taken off. Deny and ask rules see more: all quoting, directories and wrappers taken off, and what is inside.
* Text that is run as code and comes from somewhere else through a pipe or a substitution is opaque, and a hazard when
  what feeds it talks to the network or unpacks disguised text.

Theory of operation: `parts` reads every command of a script once, in its order; a command that another one feeds is
read when it is asked for. The words are read by `options.py`, every role is turned into an act by `_Command`.
"""

import re
from collections.abc import Iterator

import msgspec

from runner.policy.bash.read import read
from runner.policy.bash.script import Redirect, Script, Simple
from runner.policy.programs.acts import Acts
from runner.policy.programs.command import Command
from runner.policy.programs.plainness import roundabout, travel
from runner.policy.programs.running import Meaning, Stream
from runner.types import Effects, Part

PIECES = 2_000
"""Simple commands that are judged for one text, nested ones included: wrappers that double what is inside must not
cost more than this. Our choice."""

CHARS = 60_000
"""Characters of nested shell texts that are read for one text, three times the longest text. Our choice."""

TOO_MUCH = "there is too much in it to be judged"

_NET = re.compile(r"/dev/(?:tcp|udp)/(?P<host>[^/]*)/?.*")
_RELAYS = frozenset({"nc", "ncat", "netcat", "telnet", "socat", "openssl", "websocat", "cryptcat"})
"""Programs that hand on to another machine what they are fed; a shell before them answers to whoever is there."""

_SHELL = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "rbash", "eval", "source", "."})


class Budget:
    """Counts what is judged for one text."""

    def __init__(self, pieces: int = PIECES, chars: int = CHARS) -> None:
        self.pieces = pieces
        self.chars = chars

    def spend(self, *, pieces: int = 0, chars: int = 0) -> bool:
        """Whether that much more may be judged."""
        self.pieces -= pieces
        self.chars -= chars
        return self.pieces >= 0 and self.chars >= 0


def parts(script: Script, home: str, *, depth: int = 0, budget: Budget | None = None) -> tuple[Part, ...]:
    """Return what every command and redirection of a script does, in its order.

    Args:
        script: a command text, read.
        home: absolute box directory that `~` names.
        depth: how many levels of nesting are around it.
        budget: what may still be judged; shared with what is around it.
    """
    return _Scene(script, home, depth, budget or Budget()).parts()


class _Scene:
    """A script while its commands are judged."""

    def __init__(self, script: Script, home: str, depth: int, budget: Budget) -> None:
        self.script = script
        self.home = home
        self.depth = depth
        self.budget = budget
        self._meanings: dict[int, Meaning] = {}
        self._streams: dict[int, Stream] = {}
        self._within: Stream | None = None

    def parts(self) -> tuple[Part, ...]:
        """What every command and redirection does."""
        parts: list[Part] = []
        way = travel(self.script)
        for number, simple in enumerate(self.script.commands):
            meaning = self.meaning(number)
            how = roundabout(simple, way, meaning.effects)
            if simple.argv or simple.assignments:
                parts.append(
                    Part(
                        text=simple.text,
                        plain=meaning.plain,
                        spellings=meaning.spellings,
                        uncertain=meaning.uncertain,
                        roundabout=how,
                        effects=meaning.effects,
                    )
                )
            parts += [Part(text="", roundabout=how, effects=self._redirect(one, simple)) for one in simple.redirects]
            if _is_named(simple, _RELAYS) and self._after_shell(simple):
                parts.append(Part(text="", roundabout=how, effects=Effects(hazards=("reverse-shell",))))
            if simple.background and "process" not in simple.inside:
                parts.append(Part(text="", effects=Effects(opaque="it goes on in the background")))
        parts += [Part(text="", effects=Effects(opaque=reason, unread=True)) for reason in self.script.opaque]
        return tuple(parts)

    def meaning(self, number: int) -> Meaning:
        """What a command of the script means; one that feeds itself is opaque."""
        if number not in self._meanings:
            self._meanings[number] = Meaning(effects=Effects(opaque="it feeds itself"))
            self._meanings[number] = self.judge(self.script.commands[number], self.depth)
        return self._meanings[number]

    def judge(self, simple: Simple, depth: int) -> Meaning:
        """What a command means that stands in the script, or inside one of its commands."""
        if not self.budget.spend(pieces=1):
            return Meaning(effects=Effects(opaque=TOO_MUCH, unread=True))
        return Command(self, simple, depth).meaning()

    def shell(self, text: str, cwd: str | None, depth: int) -> tuple[Part, ...]:
        """What a shell text does that one of the script's commands runs."""
        if not self.budget.spend(chars=len(text)):
            return (Part(text=text, effects=Effects(opaque=TOO_MUCH, unread=True)),)
        script = read(text, cwd or "/", home=self.home)
        if cwd is None:  # then no directory in it is certain
            nowhere = tuple(msgspec.structs.replace(simple, cwd=None) for simple in script.commands)
            script = msgspec.structs.replace(script, commands=nowhere)
        return parts(script, self.home, depth=depth, budget=self.budget)

    def feeding(self, simple: Simple) -> Iterator[Meaning]:
        """What stands before a command in its pipe, the nearest first."""
        number = simple.fed_by
        while number is not None:
            yield self.meaning(number)
            before = self.script.commands[number].fed_by
            number = before if before is not None and before < number else None

    def stream(self, simple: Simple) -> Stream:
        """What has gone into the text that a command is fed. Cost: constant for every further command of a pipe."""
        if simple.fed_by is None:
            return Stream()
        if simple.fed_by not in self._streams:
            source = self.meaning(simple.fed_by)
            before = self.stream(self.script.commands[simple.fed_by])
            self._streams[simple.fed_by] = before.joined(source)
        return self._streams[simple.fed_by]

    def within(self) -> Stream:
        """What has gone into the substitutions of the script."""
        if self._within is None:
            self._within = Stream()
            for number, simple in enumerate(self.script.commands):
                if {"substitution", "process"} & set(simple.inside):
                    self._within = self._within.joined(self.meaning(number))
        return self._within

    def _after_shell(self, simple: Simple) -> bool:
        """Whether a shell stands before a command in its pipe."""
        number = simple.fed_by
        while number is not None:
            if _is_named(self.script.commands[number], _SHELL):
                return True
            before = self.script.commands[number].fed_by
            number = before if before is not None and before < number else None
        return False

    def _redirect(self, redirect: Redirect, simple: Simple) -> Effects:
        acts = Acts(simple.cwd, self.home)
        text = redirect.target.text if redirect.target.text is not None else redirect.target.prefix
        net = _NET.fullmatch(text)
        if net is not None:
            acts.sends.append(net["host"] or "?")
            if any(_is_shell(one) for one in self.script.commands):
                acts.hazards.append("reverse-shell")
            if ">" in redirect.operator:
                acts.hazards.append("upload")
            if [arg.text for arg in simple.argv[:2]] == ["exec"]:
                acts.opaque.append("it keeps a connection open, and later commands may be given it")
            return acts.effects()
        path = acts.path(redirect.target)
        if "<" in redirect.operator:
            acts.read(path)
        if ">" in redirect.operator:
            acts.write(path)
        return acts.effects()


def _is_named(simple: Simple, names: frozenset[str]) -> bool:
    """Whether a command's program is one of these."""
    program = simple.argv[0].text if simple.argv else None
    return program is not None and program.rsplit("/", 1)[-1] in names


def _is_shell(simple: Simple) -> bool:
    """Whether a command is a shell, or runs words that are known only then."""
    names = [arg.text.rsplit("/", 1)[-1] if arg.text is not None else None for arg in simple.argv[:3]]
    return bool(names) and (names[0] is None or any(name in _SHELL for name in names))
