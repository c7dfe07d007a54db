"""One simple command: its words, what it sets, what it is fed, and what it changes in the shell if bash runs it itself.

Rules that live here and nowhere else:

* Words are expanded first, then redirections, then assignments, as bash does.
* A call of a function that the text defined is no program: its body is listed in its place. A function that calls
  itself is listed once more with uncertain arguments, and not deeper.
* `eval` of a certain text changes the shell as that text would; its commands are listed by whoever judges `eval`.
  After any other `eval`, nothing is certain. After `source`, no variable is.
* A program found through a `PATH` that the text set is a doubt.

Not promised: what programs do. A name that is not bash's own is taken to change nothing in the shell.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence as Several
from typing import NamedTuple

from runner.policy.bash import tree
from runner.policy.bash.assignments import Declaration, Given, as_word, assigned_by, declared, unbraced
from runner.policy.bash.builtins import BUILTINS
from runner.policy.bash.characters import Unreadable
from runner.policy.bash.commands import DECLARATIONS
from runner.policy.bash.draft import Draft, Feed, FunctionFrame, Outcome, Place
from runner.policy.bash.expansion import Expander
from runner.policy.bash.fields import value_of
from runner.policy.bash.names import BUILTIN_NAMES, PROGRAM_NAMES, SUCCEED
from runner.policy.bash.parser import Parser
from runner.policy.bash.redirections import DIGITS, NOTHING, redirected
from runner.policy.bash.script import Arg
from runner.policy.bash.state import State, Value, join
from runner.policy.bash.unicode import foreign

STEPS = 30_000
"""Nodes visited before giving up: loops in loops are walked several times. Our choice, a fraction of a second."""

COMMANDS = 2_000
"""Simple commands listed before giving up. Our choice; the longest real scripts in one call have some hundred."""


CHARS = 2_000_000
"""Characters that expansions may make in all, small words rounded up. Our choice: a hundred times the longest text."""

EVALS = 4
"""`eval` in `eval` deeper than this is not followed: then nothing is certain. Our choice."""

CALLS = 12
"""Functions that call each other deeper than this are not followed. Our choice."""


_FIELDS = {"IFS": "ifs", "PATH": "path_set", "GLOBIGNORE": "globs"}
"""Variables that a state knows in a field of its own."""


_WORST = {"IFS": None, "PATH": True, "GLOBIGNORE": False}
"""What these fields are when nothing is certain."""


class Running(NamedTuple):
    """A simple command whose words are known: its draft, its words, what is set for it, what it sets as written."""

    draft: Draft
    argv: Several[Arg]
    assigned: Several[Given]
    declared: Several[Given]
    place: Place


class TooMuch(Exception):
    """The text does more than is looked at; `str()` says what."""


class HostAt:
    """The `Host` of words at one place: knows which command they belong to."""

    __slots__ = ("_draft", "_place", "_walker")

    def __init__(self, walker: "SimpleCommands", place: Place, draft: Draft | None) -> None:
        self._walker = walker
        self._place = place
        self._draft = draft

    def substituted(self, piece: tree.Substitution, state: State) -> Value:
        """List the commands and return what is certain of their output."""
        return self._walker.substituted(piece, state, self._place, self._draft)

    def doubt(self, reason: str) -> None:
        """Note why the text is opaque."""
        self._walker.doubt(reason)

    def spend(self, chars: int) -> None:
        """Count a word made; raises when all of them together are too much."""
        self._walker.made += chars
        if self._walker.made > CHARS:
            raise TooMuch("expansions that grow too large")


class SimpleCommands(ABC):
    """The part of a walk that deals with simple commands."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.doubts: dict[str, None] = {}
        self.defined: dict[str, None] = {}
        self.bodies: list[tuple[Draft, tree.Node, Place]] = []
        self.called: set[int] = set()
        self.steps = 0
        self.depth = 0
        self.made = 0

    @abstractmethod
    def run(self, node: tree.Node, state: State, place: Place) -> Outcome:
        """List what a node runs and return the states after it."""

    @abstractmethod
    def substituted(self, piece: tree.Substitution, state: State, place: Place, outer: Draft | None) -> Value:
        """List the commands of a substitution; return what is certain of their output."""

    def host(self, place: Place, draft: Draft | None) -> HostAt:
        """Return the host for words at a place."""
        return HostAt(self, place, draft)

    def doubt(self, reason: str) -> None:
        """Note why the text is opaque."""
        self.doubts[reason] = None

    def spend(self) -> None:
        """Count one step; raises `TooMuch` when there were too many."""
        self.steps += 1
        if self.steps > STEPS:
            raise TooMuch("loops and functions that are too intricate")

    def open(self, state: State, place: Place) -> Draft:
        """Take the next place in the list."""
        if len(self.drafts) >= COMMANDS:
            raise TooMuch(f"more than {COMMANDS:,} simple commands")
        draft = Draft(cwd=state.cwd, background=place.background, inside=place.inside)
        self.drafts.append(draft)
        return draft

    def named(self, name: str, place: Place) -> None:
        """Note that a function or an alias was defined."""
        if name in BUILTIN_NAMES or name in PROGRAM_NAMES or "/" in name:
            self.doubt(f"makes `{name}` mean something else")
        if not {"subshell", "substitution", "process"} & set(place.inside):
            self.defined[name] = None

    # --- the command ---------------------------------------------------------------------------------------------

    def command(self, node: tree.Command, state: State, place: Place) -> Outcome:
        """List a simple command and return the states after it."""
        draft = self.open(state, place)
        expander = Expander(HostAt(self, place, draft), state)
        argv: list[Arg] = []
        written: list[Given] = []
        for word in node.words:
            if isinstance(word, tree.Assignment):
                written.append(unbraced(assigned_by(word, expander)))
                argv.append(as_word(word, written[-1].arg))
            else:
                argv.extend(expander.words(word))
        opened = redirected(node.redirects, expander) if node.redirects else NOTHING
        before = expander.state
        assigned: list[Given] = []
        for one in node.assignments:
            assigned.append(assigned_by(one, expander))
            expander.state = expander.state.set(one.name, assigned[-1].value)  # the next one sees it
        if argv and assigned:
            expander.state = before
        timed = place.timed if argv and not assigned else ()
        draft.text = " ".join(
            [*timed, *(one.source for one in node.assignments), *(word.source for word in node.words)]
        )
        draft.argv = (*(Arg(text=word, source=word) for word in timed), *argv) if timed else tuple(argv)
        draft.redirects = opened.redirects
        if opened.stdin:
            draft.stdin_text = opened.stdin_text
        else:
            draft.fed_by, draft.stdin_text = place.fed_by, place.feed.take() if place.feed else None
            draft.redirects = (*place.inputs, *opened.redirects)
        for given in (*assigned, *written):
            if given.name in expander.state.odd:
                self.doubt(f"sets `{given.name}`, which does not simply hold what it is given")
        draft.assignments = tuple((one.name, one.arg) for one in assigned)
        draft.kept = True
        state = expander.state
        if not argv:
            return Outcome(state, state)
        return self._effect(Running(draft, draft.argv[len(timed) :], assigned, written, place), state)

    # --- what it changes in the shell ----------------------------------------------------------------------------

    def _effect(self, run: Running, state: State) -> Outcome:
        """Return the states after a command that has words; `state` is the one before it."""
        name = run.argv[0].text
        during = state
        for one in run.assigned:
            during = during.set(one.name, one.value)
        if name is None or run.argv[0].pattern:
            after = join(state, during)  # if it becomes no word, the assignments are the shell's own
            return Outcome(after, after)
        if name in state.functions:
            outcome = self._call(run, name, state.functions[name], during)
            return Outcome(*(_restored(after, after, state, run.assigned, kept=False) for after in outcome))
        if problem := foreign(name):
            self.doubt(problem)
        args = list(run.argv[1:])
        while name in {"builtin", "command"} and args and args[0].text:
            following = args.pop(0).text or ""
            if following not in {"-p", "--"}:
                name = following
        if name not in BUILTIN_NAMES:
            if state.path_set and "/" not in name:
                self.doubt(f"`PATH` was set before `{name}`")
            succeeds = name == "mkdir" and any(arg.text == "-p" for arg in args)
            return Outcome(state, state.but(unlikely=True) if succeeds else state)
        outcome = self._builtin(run, name, args, during)
        if not run.assigned:
            return outcome
        kept = name in DECLARATIONS or name in {"eval", "source", "."}
        return Outcome(*(_restored(after, during, state, run.assigned, kept=kept) for after in outcome))

    def _builtin(self, run: Running, name: str, args: list[Arg], state: State) -> Outcome:
        """Return the states after a command that bash runs itself."""
        gone = state.but(dead=True)
        after = state
        match name:
            case _ if name in BUILTINS:
                after = BUILTINS[name](args, state, self.doubt)
                blind = name == "cd" and after.cwd is None  # then nothing is known that it could be taken for
                return Outcome(after, state.but(unlikely=not blind) if name in SUCCEED else after)
            case _ if name in DECLARATIONS:
                one = Declaration(name, args, run.declared)
                after, sets = declared(one, state, run.place.function, self.doubt)
                run.draft.assignments = (*run.draft.assignments, *((given.name, given.arg) for given in sets))
            case "true" | ":":
                return Outcome(state, gone)
            case "false":
                return Outcome(gone, state)
            case "break" | "continue":
                return self._leave(name, args, state, run.place)
            case "return" if run.place.function is not None:
                run.place.function.returns.append(state)
                return Outcome(gone, gone)
            case "exit" | "logout":
                return Outcome(gone, gone)
            case "exec" if args:
                return Outcome(gone, gone)
            case "eval":
                return self._eval(args, state, run.place)
            case "source" | ".":
                kept = {key: value for key, value in state.variables.items() if key == "HOME"}
                after = state.but(variables=kept, positional=None)
            case "alias":
                self._alias(args, run.place)
            case "trap":
                self._trap(args)
            case _:
                pass
        return Outcome(after, after.but(unlikely=True) if name in SUCCEED else after)

    def _alias(self, args: Several[Arg], place: Place) -> None:
        for arg in args:
            name, equals, _ = (arg.text or arg.prefix).partition("=")
            if arg.text is None and not equals:
                self.doubt("an alias whose name is not certain")
            elif equals:
                self.named(name, place)

    @staticmethod
    def _leave(name: str, args: Several[Arg], state: State, place: Place) -> Outcome:
        """Return the states after `break` or `continue`: none, but the loop goes on from here."""
        if not place.loops:
            return Outcome(state, state)
        count = args[0].text if args else "1"
        certain = count is not None and count.isdecimal() and count.isascii() and len(count) < DIGITS
        levels = min(int(count or "1"), len(place.loops)) if certain else 0
        for frame in place.loops[-levels : len(place.loops) - levels + 1] if levels else place.loops:
            if name == "break" or not levels:
                frame.breaks.append(state)
            if name == "continue" or not levels:
                frame.continues.append(state)
        gone = state.but(dead=True)
        return Outcome(gone, gone)

    def _eval(self, args: Several[Arg], state: State, place: Place) -> Outcome:
        """Return the states after `eval`, listing nothing: whoever judges `eval` reads its text."""
        after = state.forgotten()
        if any(arg.text is None or arg.pattern for arg in args) or place.evals >= EVALS:
            return Outcome(after, after)
        kept = (self.drafts, self.doubts, self.bodies, self.called)
        depth = self.depth
        self.drafts, self.doubts, self.bodies, self.called = [], {}, [], set()
        try:
            tree_of_text = Parser(" ".join(arg.text or "" for arg in args), len(place.inside)).sequence()
            return self.run(tree_of_text, state, place.but(evals=place.evals + 1))
        except Unreadable:
            return Outcome(after, after)
        finally:
            self.drafts, self.doubts, self.bodies, self.called = kept
            self.depth = depth

    def _trap(self, args: Several[Arg]) -> None:
        if {"DEBUG", "ERR", "RETURN", "SIGDEBUG", "SIGERR", "SIGRETURN"} & {
            (arg.text or "DEBUG").upper() for arg in args[1:]
        }:
            self.doubt("`trap` runs commands between the others")

    # --- calls of functions --------------------------------------------------------------------------------------

    def _call(self, run: Running, name: str, body: tree.Node | None, state: State) -> Outcome:
        """List what a call of a function runs and return the states after it."""
        draft, place = run.draft, run.place
        if body is None:
            self.doubt(f"`{name}` may be a function or not")
            return Outcome(state, state)
        self.called.add(id(body))
        draft.text, draft.argv = "", ()
        draft.kept = bool(draft.assignments or draft.redirects)
        again = place.calls.count(name)
        if again > 1:
            after = state.forgotten()
            return Outcome(after, after)
        if len(place.calls) > CALLS:
            raise TooMuch("functions that call each other too deeply")
        args = run.argv[1:]
        positional = None if any(arg.many or arg.pattern for arg in args) else tuple(value_of(arg) for arg in args)
        start = state.forgotten() if again else state.but(positional=positional, local=frozenset())
        frame = FunctionFrame()
        inner = place.within("function").but(
            loops=(),
            function=frame,
            calls=(*place.calls, name),
            timed=(),
            fed_by=draft.fed_by,
            feed=Feed(draft.stdin_text),
            inputs=tuple(redirect for redirect in draft.redirects if redirect.operator == "<" and redirect.fd is None),
        )
        done, failed = self.run(body, start, inner)
        for end in frame.returns:
            done, failed = join(done, end), join(failed, end)
        return Outcome(*(self._back(end, state, frame) for end in (done, failed)))

    @staticmethod
    def _back(end: State, before: State, frame: FunctionFrame) -> State:
        """Return the state after a call that ended in the state `end`: local variables are what they were."""
        variables = dict(end.variables)
        changes: dict[str, object] = {"positional": before.positional, "local": before.local}
        for name, value in frame.hidden.items():
            certain = name in end.local or variables.get(name) == value
            variables.pop(name, None)
            if value is not None or not certain:
                variables[name] = value if value is not None and certain else Value(why=f"`${name}` may be local")
            if name in _FIELDS:
                changes[_FIELDS[name]] = getattr(before, _FIELDS[name]) if certain else _WORST[name]
        return end.but(variables=variables, **changes)


def _restored(after: State, during: State, before: State, assigned: Several[Given], *, kept: bool) -> State:
    """Return the state after a command that had variables set for it alone; `kept`: it may have kept them."""
    variables = dict(after.variables)
    changes: dict[str, object] = {}
    for one in assigned:
        if kept and one.value != before.variables.get(one.name):
            variables[one.name] = Value(why=f"`${one.name}` may have been kept")
        elif after.variables.get(one.name) == during.variables.get(one.name):
            variables.pop(one.name, None)
            if one.name in before.variables:
                variables[one.name] = before.variables[one.name]
        field = _FIELDS.get(one.name)
        if field and not kept:
            changes[field] = getattr(before, field)
    return after.but(variables=variables, **changes)
