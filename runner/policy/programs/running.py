"""Commands inside commands, and program texts: what a wrapper, a shell, `find` and `xargs` run.

Rules that live here and nowhere else:

* What a wrapper runs is judged like a command of its own, with the wrapper's directory and input.
* What `find` and `xargs` run is judged on patterns for what is found, or on the words that are fed.
* A command on another system counts only by its dangerous acts; it does not touch this box's files.
* Code that comes from standard input or a substitution, and is known only when it runs, is opaque; it is a hazard when
  what it comes from talks to the network or unpacks disguised text.
* At most `DEPTH` levels are followed.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from runner.policy.bash.script import Arg, Simple
from runner.policy.languages import READERS
from runner.policy.programs import tables
from runner.policy.programs.acts import Acts
from runner.policy.programs.options import Reading
from runner.policy.programs.texts import Texts, found_words, stdin_words, substituted
from runner.types import Effects, Part, Word

DEPTH = 20
"""Levels of wrappers and nested shells that are followed. Real commands need four; our choice."""

CODE = frozenset(["sh", "script", "python", "perl", "ruby", "node", "awk", "sed", "jq", "sql"])
"""Roles of words that are run as code."""

STDIN = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
"""Names under which programs take standard input for a file."""


_ELSEWHERE = "/another/system"
"""The directory in which commands on other systems are taken to run: none of ours, and not a top one."""


class Meaning(Word, frozen=True, kw_only=True):
    """What one simple command means.

    Attributes:
        effects: what it does, redirections left out.
        uncertain: as in `Part`.
        plain, spellings: as in `Part`.
        listed: names of files that it prints, as words; None when it prints something else.
        passes: it prints some lines of what it is fed.
        decodes: it turns disguised text into plain text.
    """

    effects: Effects
    uncertain: str = ""
    plain: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    listed: tuple[Arg, ...] | None = None
    passes: bool = False
    decodes: bool = False


class Stream(Word, frozen=True, kw_only=True):
    """What has gone into a text: something that came over the network, something that was in disguise."""

    sent: bool = False
    decoded: bool = False

    def joined(self, source: Meaning) -> "Stream":
        """With one more command it went through."""
        return Stream(sent=self.sent or bool(source.effects.sends), decoded=self.decoded or source.decodes)


class Surroundings(Protocol):
    """The script a command stands in."""

    home: str

    def judge(self, simple: Simple, depth: int) -> Meaning:
        """What a command means that stands inside one of the script's."""

    def shell(self, text: str, cwd: str | None, depth: int) -> tuple[Part, ...]:
        """What a shell text does that one of the script's commands runs."""

    def feeding(self, simple: Simple) -> Iterator[Meaning]:
        """What stands before a command in its pipe, the nearest first."""

    def stream(self, simple: Simple) -> Stream:
        """What has gone into the text that a command is fed."""

    def within(self) -> Stream:
        """What has gone into the substitutions of the script."""


class Running:
    """One simple command, as far as it runs others."""

    def __init__(self, scene: Surroundings, simple: Simple, depth: int) -> None:
        self.scene = scene
        self.simple = simple
        self.depth = depth
        self.acts = Acts(simple.cwd, scene.home)
        self.texts = Texts(simple)
        self.replace = ""
        self.language = ""

    # --- commands inside ------------------------------------------------------------------------------------------

    def run(self, role: str, words: Sequence[Arg], reading: Reading, *, there: bool = False) -> None:
        """Judge the words of a command inside; `there`: it runs in the directories of what is found."""
        if not words:
            return
        fed = self.simple
        if role in {"inside", "beyond"}:
            self._elsewhere(role, words)
            return
        if role == "module" and (not words[0].text or tables.entry(words[0].text) is None):
            return
        if role == "found":
            named = [one.arg for one in reading.placed if one.role == "<" and one.arg is not None]
            found = found_words(named, reading, bare=False)
            if there:
                paths = [self.acts.path(arg) for arg in found]
                found = tuple(Arg(text=path, source=path, pattern=True) for path in paths if path is not None)
            argv = substituted(words, "{}", found)
        elif role == "commands":
            argv = self._with_stdin(words)
            fed = msgspec.structs.replace(fed, fed_by=None, stdin_text=None)
        else:
            argv = list(words)
        inside = msgspec.structs.replace(
            fed,
            argv=tuple(argv),
            text=" ".join(arg.source for arg in words),
            assignments=(),
            cwd=None if there else self.acts.cwd,
        )
        meaning = self.scene.judge(inside, self.depth + 1)
        self.acts.add(meaning.effects)
        if meaning.uncertain and meaning.effects.opaque is not None:
            self.acts.unsure.append(meaning.uncertain)
        flags = reading.line.flags
        clean = not (reading.doubts or reading.unsure)
        bare = "transparent-bare" in flags and not reading.given
        self.texts.contains(
            inside.text, meaning.plain, meaning.spellings, transparent=clean and (bare or "transparent" in flags)
        )

    def _elsewhere(self, role: str, words: Sequence[Arg]) -> None:
        """A command that runs on another system: of what it does, only dangerous acts and doubts count here."""
        marked = [number for number, arg in enumerate(words) if arg.text == "--"]
        if marked and all((arg.text or "").startswith("-") for arg in words[: marked[0]]):
            words = words[marked[0] + 1 :]
        if role == "inside":
            text = " ".join(arg.source for arg in words)
            inside = msgspec.structs.replace(
                self.simple,
                argv=tuple(words),
                text=text,
                assignments=(),
                redirects=(),
                cwd=_ELSEWHERE,
                fed_by=None,
                stdin_text=None,
            )
            meaning = self.scene.judge(inside, self.depth + 1)
            self.texts.contains(text, (), meaning.spellings, transparent=False)
            self._elsewhere_does(meaning.effects)
            return
        for part in self.scene.shell(
            " ".join(arg.source if arg.text is None else arg.text for arg in words), "/", self.depth + 1
        ):
            self._elsewhere_does(part.effects)
            self.texts.inside += [part.text, *part.spellings] if part.text else []

    def _elsewhere_does(self, does: Effects) -> None:
        acts = self.acts
        acts.hazards += ["infra-destroy" if name in {"tree-delete", "mass-delete"} else name for name in does.hazards]
        if any(path.count("/") == 1 or path.endswith("*") for path in does.deletes):
            acts.hazards.append("infra-destroy")
        acts.sends += does.sends
        if does.opaque is not None:
            acts.opaque.append(does.opaque)

    def _with_stdin(self, words: Sequence[Arg]) -> list[Arg]:
        """The words of a command that `xargs` completes with what it is fed."""
        fed = self._fed(lines=bool(self.replace))
        if self.replace and any(self.replace in arg.source for arg in words):
            return substituted(words, self.replace, fed)
        return [*words, *fed]

    def _fed(self, *, lines: bool = False) -> list[Arg]:
        """The words that come from standard input; with `lines`, every line is one."""
        simple = self.simple
        if simple.stdin_text is not None:
            return stdin_words(simple.stdin_text, lines=lines)
        if simple.fed_by is None and not any("<" in one.operator for one in simple.redirects):
            return [Arg(text="{}", source="{}")]  # nothing that is known of: what it would be does not matter
        for before in self.scene.feeding(simple):
            if before.listed is not None:
                return list(before.listed)
            if not before.passes:
                break
        return [Arg(text=None, source="{}", why="what it is fed is known only when it runs")]

    # --- program texts --------------------------------------------------------------------------------------------

    def code(self, role: str, arg: Arg) -> None:
        """A word that is run as code."""
        if arg.text is None or arg.pattern or arg.why:
            reason = f"what code `{arg.source}` is is known only when it runs"
            self.acts.opaque.append(reason)
            self.acts.unsure.append(reason)
            self.acts.unread = True
            if any(mark in arg.source for mark in ("$(", "`", "<(")):
                self._judge_source(self.scene.within())
            if arg.text is not None and role != "script":
                self.program(role, arg.text)
            elif role == "sh" and not arg.pattern:
                self._shell(arg.source.removeprefix('"').removesuffix('"').strip("'"))  # as far as it is written there
        elif role != "script":
            self.program(role, arg.text)
        elif arg.text in STDIN:
            self.from_stdin(self.language or "that")
        else:
            path = self.acts.path(arg)
            if path is not None:
                self.acts.read(path)
                self.acts.executes.append(path)

    def from_stdin(self, role: str) -> None:
        """Code that comes from standard input."""
        simple = self.simple
        files = [one for one in simple.redirects if one.operator == "<" and one.fd in {None, 0}]
        if simple.stdin_text is not None:
            self.program(role, simple.stdin_text)
        elif files:
            self.code("script", files[-1].target)
        elif simple.fed_by is not None:
            self.acts.opaque.append("it runs as code what it is fed, and that is known only then")
            self.acts.unread = True
            self._judge_source(self.scene.stream(simple))
        else:
            self.acts.opaque.append("it runs as code what it is fed")

    def _judge_source(self, stream: Stream) -> None:
        if stream.sent:
            self.acts.hazards.append("fetch-run")
        if stream.decoded:
            self.acts.hazards.append("obfuscated")

    def program(self, role: str, text: str) -> None:
        """Program text that is certain."""
        if role == "sh":
            self._shell(text)
            return
        if role not in READERS:
            self.acts.opaque.append(f"programs in {role} are not analysed")
            return
        doing = READERS[role](text, cwd=self.acts.cwd, home=self.scene.home)
        self.acts.add(doing.effects)
        for command in doing.commands:
            self._shell(command)

    def _shell(self, text: str) -> None:
        """Shell text: what its commands do, under their own spellings."""
        if self.depth >= DEPTH:
            self.acts.opaque.append(f"commands are nested more than {DEPTH} deep")
            self.acts.unread = True
            return
        for part in self.scene.shell(text, self.acts.cwd, self.depth + 1):
            self.acts.add(part.effects)
            self.texts.inside += [part.text, *part.spellings] if part.text else []
