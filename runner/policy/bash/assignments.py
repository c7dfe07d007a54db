"""What assignments set: before a command, and as arguments of `export` and its kind.

Rules that live here and nowhere else:

* A list whose items are certain is known item by item; one that was changed afterwards is not.
* Bash reads the arguments of `export`, `declare`, `local`, `readonly` and `typeset` as assignments only where they are
  written as such; what an expansion makes of a word is `name=value` all the same, but its value was split.
* A variable with an attribute (`-i`, `-u`, `-r`) does not just hold what it is given.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runner.policy.bash.draft import FunctionFrame
from runner.policy.bash.expansion import Expander
from runner.policy.bash.fields import value_of
from runner.policy.bash.script import Arg
from runner.policy.bash.state import UNSET, State, Value, is_number
from runner.policy.bash.tree import Assignment, RawWord

_PAIR = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)(\+?)=(.*)\Z", re.DOTALL)
_BRACES = re.compile(r"(?<!\$)\{.*(?:,|\.\.)", re.DOTALL)


class Given(NamedTuple):
    """A variable, the word it is given, what it then holds, and the assignment as written."""

    name: str
    arg: Arg
    value: Value
    source: str = ""


def assigned_by(one: Assignment, expander: Expander) -> Given:
    """Expand an assignment and return what it gives; the state of the expander does not have it yet."""
    if one.index is not None:
        expander.index(one.name, one.index)
    changed = Value(why=f"`${one.name}` is a list that was changed")
    if one.items is not None:
        items = [arg for word in one.items for arg in expander.words(word)]
        arg = Arg(text=None, source=one.source.partition("=")[2], why="a list", many=True)
        plain = not any(item.many or item.pattern or item.source.startswith("[") for item in items)
        if one.append or not plain:
            return Given(one.name, arg, changed, one.source)
        return Given(one.name, arg, Value(why=f"`${one.name}` is a list", items=tuple(items)), one.source)
    arg, value = expander.value(one.value or RawWord("", ()))
    if one.index is not None:
        return Given(one.name, arg, changed, one.source)
    if one.append:
        arg, value = _appended(expander.state.value(one.name), arg, value)
    return Given(one.name, arg, value, one.source)


def _appended(before: Value, arg: Arg, value: Value) -> tuple[Arg, Value]:
    certain = before.text is not None and value.text is not None
    if not certain or before.pattern or value.pattern or before.items is not None:
        uncertain = Arg(text=None, source=arg.source, prefix=before.prefix or (before.text or ""), why="appended")
        return uncertain, value_of(uncertain)
    whole = Arg(text=(before.text or "") + (value.text or ""), source=arg.source)
    return whole, value_of(whole)


def unbraced(one: Given) -> Given:
    """Return what an argument of `export` gives; braces in it make several assignments of it."""
    if not _BRACES.search(one.source):
        return one
    arg = Arg(text=None, source=one.arg.source, why="braces in an assignment", many=True)
    return one._replace(arg=arg, value=Value(why=arg.why))


def as_word(one: Assignment, arg: Arg) -> Arg:
    """Return an assignment as the word that `export` gets."""
    head = one.name + ("+=" if one.append else "=")
    if one.index is not None or one.items is not None or one.append or arg.text is None or arg.pattern:
        prefix = "" if one.index is not None else head + ("" if one.append else arg.prefix)
        return Arg(text=None, source=one.source, prefix=prefix, why=arg.why or "changes a list")
    return Arg(text=head + arg.text, source=one.source)


class Declaration(NamedTuple):
    """A command of the kind of `export`: its name, its words, those that were written as assignments."""

    name: str
    args: Sequence[Arg]
    written: Sequence[Given]


def declared(
    one: Declaration, state: State, frame: FunctionFrame | None, doubt: Callable[[str], None]
) -> tuple[State, tuple[Given, ...]]:
    """Return the state after a declaration, and what it sets.

    Args:
        one: the declaration.
        state: before it.
        frame: the call of a function it stands in, None outside of one.
        doubt: hears why the text is opaque.
    """
    flags = "".join(arg.text[1:] for arg in one.args if arg.text and arg.text.startswith("-"))
    sets, bare = _sorted(one, doubt)
    outside = one.name == "local" and frame is None  # an error, after which nothing is set
    local = frame if one.name not in {"export", "readonly"} and "g" not in flags else None
    if "n" in flags and one.name != "export":
        doubt("a variable that is another name for one")
    odd = bool(set(flags) & set("iulc"))
    for name, _, value, _ in sets:
        if local is not None:
            state = _hidden(name, state, local)
        plain = not (odd or outside)
        if "i" in flags and not is_number(value):
            doubt(f"arithmetic on what `{name}` is given, which is not certainly a number")
        state = state.set(name, value if plain else Value(why=f"`${name}` does not simply hold what it is given"))
    if local is not None and not set(flags) & set("fF"):
        for name in bare:
            state = _hidden(name, state, local).set(name, UNSET)
    if "A" in flags:
        state = state.but(tables=state.tables | {given.name for given in sets} | set(bare))
    if odd or one.name == "readonly" or "r" in flags:
        state = state.but(odd=state.odd | {given.name for given in sets} | set(bare))
    return state, tuple(sets)


def _hidden(name: str, state: State, frame: FunctionFrame) -> State:
    """Return the state in which the variable is local; the frame knows what it held before."""
    if name not in state.local:
        before = state.variables.get(name)
        if frame.hidden.get(name, before) != before:
            before = Value(why=f"`${name}` has different values on different paths")
        frame.hidden[name] = before
    return state.but(local=state.local | {name})


def _sorted(one: Declaration, doubt: Callable[[str], None]) -> tuple[list[Given], list[str]]:
    """Return what is given a value, and the names that are not."""
    sets = list(one.written)
    bare: list[str] = []
    written = {given.source for given in one.written}
    for arg in one.args:
        text = arg.text
        if (text or "").startswith(("-", "+")) or arg.source in written:
            continue
        pair = _PAIR.match(text) if text is not None and not arg.pattern else None
        if pair:
            given = Arg(text=pair.group(3), source=arg.source)
            sets.append(Given(pair.group(1), given, Value(why="appended") if pair.group(2) else value_of(given)))
        elif text is None and "=" in arg.prefix:
            name, _, prefix = arg.prefix.partition("=")
            given = Arg(text=None, source=arg.source, prefix=prefix, why=arg.why, many=arg.many)
            sets.append(Given(name.rstrip("+"), given, value_of(given)))
        elif text is None or arg.pattern:
            doubt(f"`{one.name}` of a variable whose name is not certain")
        else:
            bare.append(text)
            if "[" in text and ("$" in text or "`" in text):
                doubt("an index that holds an expansion")
    return sets, bare
