"""What the shell certainly knows at a point of a text: variables, directory, functions; and how paths through it join.

Rules that live here and nowhere else:

* A variable that the text did not set is unknown: the environment or an earlier call may have set it. Only what was
  set on every path that leads here counts as known.
* Where two paths meet, only what they agree on stays. A path that cannot go on (`exit`) has no say; nor has one that
  `cd` would have to fail for, as everybody who writes `cd DIR; ...` takes for granted.

A state is immutable; a change makes a new one.

Not promised: that a name still means what it meant when the session's shell was started by somebody else.
"""

from collections.abc import Mapping

import msgspec

from runner.policy.bash.names import CODE_PREFIXES, CODE_VARIABLES, DYNAMIC_VARIABLES, NUMBER_VARIABLES
from runner.policy.bash.script import Arg
from runner.policy.bash.tree import Node


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What a variable holds.

    Attributes:
        text: its text; None when uncertain. Of a pattern: the pattern (see `Arg`).
        pattern: it holds one of the names that the pattern stands for.
        prefix: what it certainly begins with.
        why: why it is uncertain.
        number: uncertain, but a number.
        unset: certainly not set.
        items: of an array with certain items, these.
    """

    text: str | None = None
    pattern: bool = False
    prefix: str = ""
    why: str = ""
    number: bool = False
    unset: bool = False
    items: tuple[Arg, ...] | None = None


UNSET = Value(text="", unset=True)


VARIABLES = 100
"""More variables are not followed, which bounds the work where paths meet. Our choice; scripts have some dozens."""

_NAMED = DYNAMIC_VARIABLES | CODE_VARIABLES
"""Variables that have a meaning when they are not followed; these always are."""


def is_code(name: str) -> bool:
    """Whether setting the variable can change what other commands mean."""
    return name in CODE_VARIABLES or name.startswith(CODE_PREFIXES)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is certain at one point of a text.

    Attributes:
        cwd: absolute directory; None when uncertain.
        oldpwd: what `cd -` goes to; None when uncertain.
        stack: directories that `popd` goes back to; None when uncertain.
        variables: those that are known, and those known to be uncertain with the reason.
        odd: variables whose assignment does not just set them (`declare -i`, `readonly`).
        tables: lists whose indices are texts (`declare -A`), not computed.
        local: variables that are certainly local to the function that runs.
        functions: those defined by the text; None where it is not certain which body a name has.
        positional: `$1` and following; None when uncertain.
        ifs: what splits words; None when uncertain.
        globs: patterns are expanded in the usual way.
        path_set: `PATH` was set for the shell.
        dead: the shell cannot come here.
        unlikely: it comes here only if a command failed that is taken to succeed.
    """

    cwd: str | None
    oldpwd: str | None = None
    stack: tuple[str | None, ...] | None = None
    variables: Mapping[str, Value] = {}
    odd: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()
    functions: Mapping[str, Node | None] = {}
    positional: tuple[Value, ...] | None = None
    ifs: str | None = " \t\n"
    globs: bool = True
    path_set: bool = False
    dead: bool = False
    unlikely: bool = False

    def but(self, **changes: object) -> "State":
        """Return this state with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def value(self, name: str) -> Value:
        """Return what a variable holds, as far as that is certain."""
        known = self.variables.get(name)
        if known is not None:
            return known
        match name:
            case "PWD" | "OLDPWD":
                text = self.cwd if name == "PWD" else self.oldpwd
                return Value(text=text, why="" if text is not None else f"`${name}` is not certain here")
            case "IFS" if self.ifs is not None:
                return Value(text=self.ifs)
            case _ if name in NUMBER_VARIABLES:
                return Value(number=True, why=f"`${name}` is known only when it runs")
            case _:
                return Value(why=f"`${name}` is not set here")

    def set(self, name: str, value: Value) -> "State":
        """Return the state after a variable was given a value."""
        if len(self.variables) >= VARIABLES and name not in self.variables and name not in _NAMED:
            return self
        if name in DYNAMIC_VARIABLES:
            value = Value(why=f"`${name}` is set by the shell", number=name in NUMBER_VARIABLES and is_number(value))
        if name in self.odd and not value.unset:
            value = Value(why=f"`${name}` does not simply hold what it is given")
        state = self.but(variables={**self.variables, name: value})
        if value.unset and name in self.tables:
            state = state.but(tables=self.tables - {name})
        match name:
            case "IFS":
                return state.but(ifs=" \t\n" if value.unset else (None if value.pattern else value.text))
            case "PATH":
                return state.but(path_set=True)
            case "GLOBIGNORE":
                return state.but(globs=False)
            case _:
                return state

    def at(self, directory: str | None) -> "State":
        """Return the state after the shell went to a directory (absolute; None: to one that is not certain)."""
        variables = self.variables
        if "PWD" in variables or "OLDPWD" in variables:
            variables = {name: value for name, value in variables.items() if name not in {"PWD", "OLDPWD"}}
        return self.but(cwd=directory, oldpwd=self.cwd if directory is not None else None, variables=variables)

    def forgotten(self) -> "State":
        """Return the state after code that is not known ran in the shell: nothing that it could change is certain."""
        return State(cwd=None, ifs=None, globs=self.globs, path_set=self.path_set, functions=self.functions)


def join(one: State, other: State) -> State:
    """Return what is certain where two paths meet."""
    if one is other or other.dead:
        return one
    if one.dead:
        return other
    if one.unlikely != other.unlikely:
        return other if one.unlikely else one
    variables = one.variables
    if variables is not other.variables:
        variables = _joined(one, other)
    functions = one.functions
    if functions is not other.functions:
        names = [*one.functions, *(name for name in other.functions if name not in one.functions)]
        functions = {
            name: one.functions.get(name) if one.functions.get(name) is other.functions.get(name) else None
            for name in names
        }
    return State(
        cwd=one.cwd if one.cwd == other.cwd else None,
        oldpwd=one.oldpwd if one.oldpwd == other.oldpwd else None,
        stack=one.stack if one.stack == other.stack else None,
        variables=variables,
        odd=one.odd | other.odd,
        tables=one.tables & other.tables,
        local=one.local & other.local,
        functions=functions,
        positional=one.positional if one.positional == other.positional else None,
        ifs=one.ifs if one.ifs == other.ifs else None,
        globs=one.globs and other.globs,
        path_set=one.path_set or other.path_set,
        unlikely=one.unlikely,
    )


def _joined(one: State, other: State) -> dict[str, Value]:
    variables: dict[str, Value] = {}
    for name in [*one.variables, *(name for name in other.variables if name not in one.variables)]:
        first, second = one.value(name), other.value(name)
        if first == second:
            variables[name] = first
        elif is_number(first) and is_number(second):
            variables[name] = Value(number=True, why=f"`${name}` is known only when it runs")
        else:
            variables[name] = Value(why=f"`${name}` has different values on different paths")
    return variables


def is_number(value: Value) -> bool:
    """Whether it certainly holds nothing but a number."""
    if value.items is not None:
        return all(is_number(Value(text=item.text)) for item in value.items)
    return value.number or (value.text is not None and value.text.lstrip("-").isdecimal() and value.text.isascii())
