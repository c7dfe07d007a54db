"""What bash's own commands change in the shell: directory, variables, options. One row per builtin.

Rules that live here and nowhere else:

* `BUILTINS` is the table. A builtin that is not in it changes nothing that `State` knows.
* `cd` is taken to succeed, and goes where its words say (logical `..`). What it goes to through a symbolic link, or
  through `CDPATH`, is not certain.
* An option that changes how bash reads or finds things is a doubt; so is a table of names that can be changed
  (`hash -p`, `enable -f`), and anything that sets a variable that is code without an assignment that could be judged.

Not promised: that the builtin accepts its arguments. If it refuses them it changes less than is said here.
"""

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from runner.policy.bash.fields import value_of
from runner.policy.bash.names import HARMLESS_LETTERS, HARMLESS_OPTIONS, HARMLESS_SHOPT
from runner.policy.bash.script import Arg
from runner.policy.bash.state import UNSET, State, Value, is_code

DIGITS = 9
"""A longer number counts nothing; and Python refuses to convert very long ones."""

Doubt = Callable[[str], None]
Row = Callable[[Sequence[Arg], State, Doubt], State]

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")


def resolved(cwd: str | None, path: str) -> str | None:
    """Return the absolute path a name means in a directory, with `..` taken off logically; None when uncertain."""
    if not path or (cwd is None and not path.startswith("/")):
        return None
    return "/" + posixpath.normpath(posixpath.join(cwd or "/", path)).lstrip("/")


def change_directory(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    """Return the state after `cd`."""
    del doubt
    operands = list(args)
    while operands and operands[0].text in {"-L", "-e", "-Le"}:
        operands.pop(0)
    if operands and operands[0].text == "--":
        operands.pop(0)
    if not operands:
        home = state.value("HOME")
        return state.at(home.text if home.text and not home.pattern else None)
    target = operands[0]
    if (
        len(operands) > 1
        or target.text is None
        or target.pattern
        or (target.text.startswith("-") and target.text != "-")
    ):
        return state.at(None)
    if target.text == "-":
        before = state.value("OLDPWD")
        return state.at(None if before.pattern else resolved(state.cwd, before.text or ""))
    if not target.text:
        return state
    searched = not target.text.startswith(("/", "./", "../")) and target.text not in {".", ".."}
    if searched and "CDPATH" in state.variables and not state.variables["CDPATH"].unset:
        return state.at(None)
    return state.at(resolved(state.cwd, target.text))


def _push(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    if len(args) != 1 or (args[0].text or "-").startswith(("-", "+")):
        return state.at(None).but(stack=None)
    stack = None if state.stack is None else (state.cwd, *state.stack)
    return change_directory(args, state, doubt).but(stack=stack)


def _pop(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    del doubt
    if args or not state.stack:
        return state.at(None).but(stack=None)
    return state.at(state.stack[0]).but(stack=state.stack[1:])


def _names(args: Sequence[Arg], state: State, doubt: Doubt, value: Value) -> State:
    """Give a value to every variable that is named; a name that is not certain makes all uncertain."""
    for arg in args:
        text = arg.text
        if text in state.odd:
            doubt(f"sets `{text}`, which does not simply hold what it is given")
        if text is None or arg.pattern:
            doubt("sets a variable whose name is not certain")
            return state.but(variables={}, ifs=None)
        if is_code(text):
            doubt(f"sets `{text}` in passing")
        if _NAME.match(text):
            state = state.set(text, value)
        else:
            name = text.partition("[")[0]
            if "$" in text or "`" in text:
                doubt("an index that holds an expansion")
            state = state.set(name, Value(why=f"`${name}` is a list that was changed"))
    return state


def _read(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    names = list(_operands(args, "adinNptu", doubt)) or [Arg(text="REPLY", source="REPLY")]
    array = [after for option, after in itertools.pairwise(args) if _is_option(option, "a")]
    return _names([*names, *array], state, doubt, Value(why="read when it runs"))


def _mapfile(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    if any(_is_option(arg, "C") for arg in args):
        doubt("`mapfile -C` runs what it is given")
    names = list(_operands(args, "dnOsuCc", doubt)) or [Arg(text="MAPFILE", source="MAPFILE")]
    return _names(names, state, doubt, Value(why="read when it runs"))


def _printf(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    if not args or args[0].text is None:
        return state
    if args[0].text == "-v" and len(args) > 1:
        return _names(args[1:2], state, doubt, Value(why="made by printf"))
    if args[0].text.startswith("-v"):
        name = args[0].text[2:]
        return _names([Arg(text=name, source=name)], state, doubt, Value(why="made by printf"))
    return state


def _getopts(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    state = _names(args[1:2], state, doubt, Value(why="read when it runs"))
    return state.set("OPTARG", Value(why="read when it runs"))


def _let(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    for arg in args:
        if arg.text is None or not re.fullmatch(r"[\w\s+*/%()<>=!&|^~?:,-]*", arg.text):
            doubt("`let` with more than plain arithmetic")
            return state.but(variables={}, ifs=None)
        for name in re.findall(r"[A-Za-z_]\w*", arg.text):
            assigned = re.match(rf"\s*{name}\s*=[^=]", arg.text) is not None
            if not (assigned or _numeric(state.value(name))):
                doubt(f"arithmetic on `{name}`, which is not certainly a number")
            if is_code(name):
                doubt(f"sets `{name}` in passing")
            state = state.set(name, Value(number=True, why="the result of arithmetic"))
    return state


def _numeric(value: Value) -> bool:
    return value.number or (value.text or "").isdecimal()


def _unset(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    functions = any(_is_option(arg, "f") for arg in args)
    for arg in _operands(args, "", doubt):
        if arg.text is None or arg.pattern:
            return state.but(variables={}, functions=dict.fromkeys(state.functions), ifs=None)
        if "[" in arg.text and ("$" in arg.text or "`" in arg.text):
            doubt("an index that holds an expansion")
        name = arg.text.partition("[")[0]
        if not functions:
            whole = name == arg.text
            state = state.set(name, UNSET if whole else Value(why=f"`${name}` is a list that was changed"))
        if functions or name in state.functions:
            state = state.but(functions={**state.functions, name: None})
    return state


def _set(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    rest = list(args)
    while rest:
        text = rest[0].text
        if text is None or rest[0].pattern:
            doubt("`set` with options that are not certain")
            return state.but(positional=None)
        if text in {"--", "-"}:
            return state.but(positional=_positional(rest[1:]))
        if not text.startswith(("-", "+")):
            return state.but(positional=_positional(rest))
        rest.pop(0)
        for letter in text[1:]:
            if letter == "o":
                option = rest.pop(0).text if rest else "errexit"
                state = _option(option or "?", state, doubt, on=text[0] == "-")
            elif letter == "f":
                state = state.but(globs=text[0] == "+")
            elif letter not in HARMLESS_LETTERS and not (letter == "h" and text[0] == "-"):
                doubt(f"`set {text[0]}{letter}` changes how the shell reads")
    return state


def _option(option: str, state: State, doubt: Doubt, *, on: bool) -> State:
    if option == "noglob":
        return state.but(globs=not on)
    if option not in HARMLESS_OPTIONS:
        doubt(f"`set -o {option}` changes how the shell reads")
    return state


def _positional(args: Sequence[Arg]) -> tuple[Value, ...] | None:
    if any(arg.many or (arg.pattern and not arg.many) for arg in args):
        return None
    return tuple(value_of(arg) for arg in args)


def _shift(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    del doubt
    count = args[0].text if args else "1"
    if state.positional is None or count is None or not count.isdecimal() or len(count) > DIGITS:
        return state.but(positional=None)
    return state.but(positional=state.positional[int(count) :]) if int(count) <= len(state.positional) else state


def _shopt(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    texts = [arg.text for arg in args]
    if not any(text is None or text.startswith(("-s", "-u")) for text in texts):
        return state
    for text in texts:
        if text is None or (not text.startswith("-") and text not in HARMLESS_SHOPT and "-o" not in texts):
            doubt(f"`shopt` changes how the shell reads ({text or 'uncertain'})")
        elif "-o" in texts and not text.startswith("-"):
            state = _option(text, state, doubt, on="-s" in texts)
    return state


def _hash(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    if any(_is_option(arg, "p") for arg in args):
        doubt("`hash -p` makes a name mean another program")
    return state


def _enable(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    if any((arg.text or "-f").startswith("-") for arg in args):
        doubt("`enable` changes what builtin names mean")
    return state


def _test(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    for option, name in itertools.pairwise(args):
        if option.text in {"-v", "-R"} and (name.text is None or "[" in name.text):
            doubt(f"`{option.text}` with a name that is not certain")
    return state


def _wait(args: Sequence[Arg], state: State, doubt: Doubt) -> State:
    if any(_is_option(arg, "p") for arg in args):
        doubt("`wait -p` sets a variable")
    return state


def _is_option(arg: Arg, letter: str) -> bool:
    return arg.text is None or (arg.text.startswith("-") and not arg.text.startswith("--") and letter in arg.text)


def _operands(args: Sequence[Arg], with_value: str, doubt: Doubt) -> Iterator[Arg]:
    """Yield what is no option and no option's value."""
    skip = False
    ended = False
    for arg in args:
        if skip:
            skip = False
            continue
        text = arg.text
        if text is None and arg.many:
            doubt("options that are not certain")
        if not ended and text == "--":
            ended = True
        elif not ended and text is not None and text.startswith("-") and len(text) > 1:
            at = next((at for at in range(1, len(text)) if text[at] in with_value), 0)
            skip = at == len(text) - 1
        else:
            ended = True
            yield arg


BUILTINS: Mapping[str, Row] = {
    "cd": change_directory,
    "pushd": _push,
    "popd": _pop,
    "read": _read,
    "mapfile": _mapfile,
    "readarray": _mapfile,
    "printf": _printf,
    "getopts": _getopts,
    "let": _let,
    "unset": _unset,
    "set": _set,
    "shift": _shift,
    "shopt": _shopt,
    "hash": _hash,
    "enable": _enable,
    "wait": _wait,
    "test": _test,
    "[": _test,
}
