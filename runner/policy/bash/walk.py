"""The way of the shell through a tree: which simple commands run, in what state, fed by what.

Rules that live here and nowhere else:

* Every command of the tree is listed, also where the shell cannot come: rules that forbid look at all of them.
* A path that ends well and one that fails leave different states behind; each step of a list starts from the one
  that leads to it, and what follows starts from what both agree on.
* A loop's body is listed once in a state that holds in every round, found by going round until nothing new comes; a
  `for` over certain words (at most `VALUES`) is listed once for each, in their order.
* A function's body is listed where it is called; where it is not, once at its definition with nothing certain.
* Subshells, pipelines, substitutions and background jobs change nothing outside.

`Walker` is one walk. Work is bounded: `STEPS` nodes, `COMMANDS` simple commands; beyond that `TooMuch`.
"""

from collections.abc import Callable
from collections.abc import Sequence as Several

from runner.policy.bash import tree
from runner.policy.bash.draft import Draft, Feed, FunctionFrame, LoopFrame, Outcome, Place
from runner.policy.bash.expansion import Expander
from runner.policy.bash.fields import value_of
from runner.policy.bash.output import numeric, printed
from runner.policy.bash.redirections import Redirected, redirected
from runner.policy.bash.script import Arg
from runner.policy.bash.simple import SimpleCommands, TooMuch
from runner.policy.bash.state import State, Value, is_code, is_number, join

VALUES = 16
"""A `for` over more words is listed once with an uncertain one. Our choice; longer lists are rarely written out."""

DEPTH = 80
"""Nodes inside each other, through calls of functions and `eval` too; bounds recursion. Our choice."""

ROUNDS = 4
"""Rounds of a loop after which nothing is taken for certain any more. Our choice; two are enough as a rule."""


class Walker(SimpleCommands):
    """Walks a tree. Afterwards `drafts` holds the commands and `doubts` the reasons why the text is opaque."""

    def run(self, node: tree.Node, state: State, place: Place) -> Outcome:
        """List what a node runs and return the states after it."""
        self.spend()
        self.depth += 1
        if self.depth > DEPTH:
            raise TooMuch("nested too deeply")
        outcome = self._run(node, state, place)
        self.depth -= 1
        return outcome

    def _run(self, node: tree.Node, state: State, place: Place) -> Outcome:
        match node:
            case tree.Command():
                return self.command(node, state, place)
            case tree.Sequence():
                return self.sequence(node, state, place)
            case tree.AndOr():
                return self._and_or(node, state, place)
            case tree.Pipeline():
                return self._pipeline(node, state, place)
            case tree.Function():
                return self._define(node, state, place)
            case _:
                return self._compound(node, state, place)

    def sequence(self, node: tree.Sequence, state: State, place: Place) -> Outcome:
        """List commands one after the other."""
        outcome = Outcome(state, state)
        for item, background in node.items:
            state = outcome.settled
            if background:
                self.run(item, state, place.apart(background=True))
                outcome = Outcome(state, state)
            else:
                outcome = self.run(item, state, place)
        return outcome

    def _and_or(self, node: tree.AndOr, state: State, place: Place) -> Outcome:
        done, failed = self.run(node.first, state, place)
        for operator, following in node.rest:
            if operator == "&&":
                done, failed_later = self.run(following, done, place)
                failed = join(failed, failed_later)
            else:
                done_later, failed = self.run(following, failed, place)
                done = join(done, done_later)
        return Outcome(done, failed)

    def _pipeline(self, node: tree.Pipeline, state: State, place: Place) -> Outcome:
        if node.negated:
            place = place.within("negation")
        if len(node.elements) == 1:
            outcome = self.run(node.elements[0], state, place.but(timed=node.timed))
            return Outcome(outcome.failed, outcome.done) if node.negated else outcome
        inner = place.apart(timed=node.timed)
        for element in node.elements:
            start = len(self.drafts)
            self.run(element, state, inner)
            feeder = self._last(element, start, place)
            text = None
            if feeder is not None and isinstance(element, tree.Command) and not feeder.prints_elsewhere:
                text = printed(feeder.argv, stdin=feeder.stdin_text, cwd=feeder.cwd)
            inner = place.apart(fed_by=feeder, feed=Feed(text), inputs=())
        return Outcome(state, state)

    def _last(self, element: tree.Node, start: int, place: Place) -> Draft | None:
        """Return the last command of a pipe's element whose output goes into the pipe."""
        drafts = self.drafts[start:]
        if isinstance(element, tree.Command) and drafts and drafts[0].kept:
            return drafts[0]
        depth = _apart(place.inside)
        return next((draft for draft in reversed(drafts) if draft.kept and _apart(draft.inside) == depth), None)

    # --- compound commands ---------------------------------------------------------------------------------------

    def _compound(self, node: tree.Node, state: State, place: Place) -> Outcome:
        assert not isinstance(node, tree.Command | tree.Sequence | tree.AndOr | tree.Pipeline | tree.Function)  # noqa: S101
        place = place.but(timed=())
        if node.redirects:
            expander = Expander(self.host(place, None), state)
            given = redirected(node.redirects, expander)
            state = expander.state
            place = self._redirected_place(given, state, place)
        match node:
            case tree.Group():
                return self._group(node, state, place)
            case tree.If():
                return self._if(node, state, place.within("branch"))
            case tree.While():
                return self._while(node, state, place.within("loop").but(feed=None))
            case tree.For():
                return self._for(node, state, place.within("loop").but(feed=None))
            case tree.CountingFor():
                return self._counting(node, state, place.within("loop").but(feed=None))
            case tree.Case():
                return self._case(node, state, place.within("case"))
            case tree.Condition():
                return self._condition(node, state, place)
            case tree.Calculation():
                expander = Expander(self.host(place, None), state)
                expander.arithmetic(node.arithmetic.pieces)
                return Outcome(expander.state, expander.state)

    def _redirected_place(self, given: Redirected, state: State, place: Place) -> Place:
        if given.redirects:
            draft = self.open(state, place)
            draft.redirects = given.redirects
            draft.kept = True
        if not given.stdin:
            return place
        inputs = tuple(
            redirect for redirect in given.redirects if redirect.operator == "<" and redirect.fd in {None, 0}
        )
        return place.but(fed_by=None, feed=Feed(given.stdin_text), inputs=inputs)

    def _group(self, node: tree.Group, state: State, place: Place) -> Outcome:
        if node.coproc:
            self.sequence(node.body, state, place.within("subshell").apart(background=True, fed_by=None, feed=None))
            if is_code(node.coproc):
                self.doubt(f"sets `{node.coproc}` in passing")
            after = state.set(node.coproc, Value(why="the ends of a pipe"))
            after = after.set(node.coproc + "_PID", Value(why="a process", number=True))
            return Outcome(after, after)
        if node.subshell:
            self.sequence(node.body, state, place.within("subshell").apart())
            return Outcome(state, state)
        return self.sequence(node.body, state, place.within("group"))

    def _if(self, node: tree.If, state: State, place: Place) -> Outcome:
        ends: list[Outcome] = []
        for condition, body in node.branches:
            done, state = self.sequence(condition, state, place)
            ends.append(self.sequence(body, done, place))
        ends.append(self.sequence(node.otherwise, state, place) if node.otherwise else Outcome(state, state))
        return _joined(ends)

    def _case(self, node: tree.Case, state: State, place: Place) -> Outcome:
        expander = Expander(self.host(place, None), state)
        expander.single(node.subject)
        ends: list[Outcome] = []
        falls: State | None = None
        for patterns, body, end in node.items:
            for pattern in patterns:
                expander.single(pattern)
            start = expander.state if falls is None else join(expander.state, falls)
            outcome = self.sequence(body, start, place)
            ends.append(outcome)
            falls = outcome.settled if end in {";&", ";;&"} else None
        ends.append(Outcome(expander.state, expander.state))
        return _joined(ends)

    def _condition(self, node: tree.Condition, state: State, place: Place) -> Outcome:
        expander = Expander(self.host(place, None), state)
        values = [expander.value(word) for word in node.words]
        for position, word in enumerate(node.words):
            near: list[int] = []
            if word.source in {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"}:
                near = [position - 1, position + 1]
                if not all(0 <= at < len(values) and is_number(values[at][1]) for at in near):
                    self.doubt(f"`{word.source}` computes what is not certainly a number")
            elif word.source in {"-v", "-R"} and position + 1 < len(values):
                text = values[position + 1][0].text
                if text is None or "[" in text:
                    self.doubt(f"`{word.source}` with a name that is not certain")
        return Outcome(expander.state, expander.state)

    # --- loops ---------------------------------------------------------------------------------------------------

    def _steady(self, once: Callable[[State], State], state: State) -> State:
        """Run a loop's body in a state that holds in every round, and return that state."""
        start = len(self.drafts)
        for _ in range(ROUNDS):
            following = join(state, once(state))
            if following == state:
                return state
            del self.drafts[start:]
            state = following
        state = state.forgotten()
        once(state)
        return state

    def _while(self, node: tree.While, state: State, place: Place) -> Outcome:
        ends: list[State] = []

        def once(start: State) -> State:
            frame = LoopFrame()
            inner = place.but(loops=(*place.loops, frame))
            done, failed = self.sequence(node.condition, start, inner)
            if node.until:
                done, failed = failed, done
            after = self.sequence(node.body, done, inner).settled
            ends[:] = [failed, *frame.breaks]
            return _all([after, *frame.continues])

        self._steady(once, state)
        end = _all(ends)
        return Outcome(end, end)

    def _counting(self, node: tree.CountingFor, state: State, place: Place) -> Outcome:
        ends: list[State] = []

        def once(start: State) -> State:
            frame = LoopFrame()
            inner = place.but(loops=(*place.loops, frame))
            expander = Expander(self.host(inner, None), start)
            expander.arithmetic(node.header.pieces)
            after = self.sequence(node.body, expander.state, inner).settled
            ends[:] = [expander.state, *frame.breaks]
            return _all([after, *frame.continues])

        self._steady(once, state)
        end = _all(ends)
        return Outcome(end, end)

    def _for(self, node: tree.For, state: State, place: Place) -> Outcome:
        expander = Expander(self.host(place, None), state)
        if node.words is None:
            values = _loop_values(
                expander.words(tree.RawWord('"$@"', (tree.Parameter(name="@", source="$@", quoted=True),)))
            )
        else:
            values = _loop_values([arg for word in node.words for arg in expander.words(word)])
        state = expander.state
        if is_code(node.name):
            self.doubt(f"sets `{node.name}` in passing")
        if node.select:
            values = [(Value(why="chosen when it runs"), False)]
            state = state.set("REPLY", Value(why="chosen when it runs"))
        ends: list[State] = []
        for value, certain in values:
            state = (
                self._round(node, value, state, place, ends)
                if certain
                else self._rounds(node, value, state, place, ends)
            )
        if not values:
            self._round(node, Value(why="never set"), state, place, [])
        end = _all([state, *ends])
        return Outcome(end, end)

    def _round(self, node: tree.For, value: Value, state: State, place: Place, ends: list[State]) -> State:
        frame = LoopFrame()
        inner = place.but(loops=(*place.loops, frame))
        after = self.sequence(node.body, state.set(node.name, value), inner).settled
        ends.extend(frame.breaks)
        return _all([after, *frame.continues])

    def _rounds(self, node: tree.For, value: Value, state: State, place: Place, ends: list[State]) -> State:
        breaks: list[State] = []

        def once(start: State) -> State:
            breaks.clear()
            return self._round(node, value, start, place, breaks)

        after = self._steady(once, state)
        ends.extend(breaks)
        return after.set(node.name, Value(why=f"`${node.name}` is what the loop left")) if value.text is None else after

    # --- functions -----------------------------------------------------------------------------------------------

    def _define(self, node: tree.Function, state: State, place: Place) -> Outcome:
        self.named(node.name, place)
        anchor = self.open(state, place)
        self.bodies.append((anchor, node.body, place.within("function").apart(background=place.background)))
        after = state.but(functions={**state.functions, node.name: node.body})
        return Outcome(after, after)

    def list_uncalled(self) -> None:
        """List the bodies of functions that were never called, where they are defined, with nothing certain."""
        done: set[int] = set()
        while self.bodies:
            anchor, body, place = self.bodies.pop()
            if id(body) in self.called or id(body) in done:
                continue
            done.add(id(body))
            at = next((at for at, draft in enumerate(self.drafts) if draft is anchor), len(self.drafts))
            before, behind = self.drafts[:at], self.drafts[at:]
            self.drafts = []
            frame = FunctionFrame()
            self.run(body, State(cwd=None), place.but(function=frame))
            self.drafts = [*before, *self.drafts, *behind]

    # --- commands in words ---------------------------------------------------------------------------------------

    def substituted(self, piece: tree.Substitution, state: State, place: Place, outer: Draft | None) -> Value:
        """List the commands of a substitution; return what is certain of their output."""
        start = len(self.drafts)
        match piece.opener:
            case "$(":
                inner = place.within("substitution").apart()
            case ">(":
                inner = place.within("process").apart(fed_by=outer, feed=None, inputs=(), background=True)
            case _:
                inner = place.within("process").apart(background=True)
        self.sequence(piece.body, state, inner)
        if piece.opener != "$(" or not piece.body.items:
            return Value(why="a process substitution") if piece.body.items else Value(text="")
        node = piece.body.items[-1][0]
        last = self._last(node, start, inner)
        why = f"the output of `{last.text or piece.source}`" if last else "the output of a substitution"
        if last is None or len(piece.body.items) != 1 or last.prints_elsewhere:
            return Value(why=why)
        if isinstance(node, tree.Command):
            text = printed(last.argv, stdin=last.stdin_text, cwd=last.cwd)
            if text is not None:
                return Value(text=text.rstrip("\n"))
        simple = isinstance(node, tree.Command | tree.Pipeline)
        return Value(why=why, number=simple and numeric(last.argv))


def _apart(inside: Several[str]) -> int:
    """Return how many substitutions a command stands in."""
    return sum(construct in {"substitution", "process"} for construct in inside)


def _all(states: Several[State]) -> State:
    end = states[0]
    for state in states[1:]:
        end = join(end, state)
    return end


def _joined(ends: Several[Outcome]) -> Outcome:
    return Outcome(_all([end.done for end in ends]), _all([end.failed for end in ends]))


def _loop_values(args: list[Arg]) -> list[tuple[Value, bool]]:
    """Return the values a loop's variable takes, and of each whether it is one certain value."""
    if len(args) <= VALUES:
        return [(value_of(arg), arg.text is not None and not arg.pattern) for arg in args]
    number = all(is_number(value_of(arg)) for arg in args)
    return [(Value(why="one of many values", number=number), False)]
