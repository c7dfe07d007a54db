"""The text of a settings file to a tree of values that know their lines, from JSON or YAML.

Rules that live here and nowhere else:

* A text is JSON when its file is called so, or when it has no file and begins with a brace; otherwise it is YAML.
* One reading only: a key that stands twice, an alias, a tag, a second document, half of a surrogate pair or a NUL byte
  is an error, never a choice made silently. JSON is strict JSON: a trailing comma is an error.
* An empty text, and `null`, are an empty mapping: a file that says nothing.
* Texts are bounded in size and depth, and nothing here recurses, so that a hostile file costs milliseconds.

Theory: PyYAML reads no JSON with tabs or surrogate pairs, and the JSON decoder knows no lines. So JSON is checked by
the decoder and then cut into tokens, YAML comes as a stream of events; both become the same steps that build the tree.

Not promised: that the values mean anything; `settings_layer.py` says so.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml
from yaml.resolver import Resolver

from runner.errors import UsageError
from runner.types import Word

TEXT_BYTES = 1024 * 1024
"""Longest settings text, in bytes. Our choice: ten thousand rules are about half of it."""

DEPTH = 32
"""Deepest nesting. Our choice; the grammar needs six."""

VALUES = 200_000
"""Most values in a tree. More than a text of `TEXT_BYTES` should hold; what aliases stand for counts each time."""

SENTENCE_CHARS = 400
"""Longest sentence about a setting. Our choice."""

COMMAND_LINE = "command line"
"""How errors call a text that has no file."""


class SettingsError(UsageError):
    """A settings text cannot be what it claims to be. Says file and line; nothing of the text was used."""


class Scalar(Word, frozen=True, kw_only=True):
    """A text, number, truth value or nothing. `line` counts from 1, as in all of the tree."""

    line: int
    value: str | int | float | bool | None


class Items(Word, frozen=True, kw_only=True):
    """A list."""

    line: int
    items: tuple["Tree", ...]


class Key(Word, frozen=True, kw_only=True):
    """One key of a mapping, with its value."""

    line: int
    name: str
    value: "Tree"


class Keys(Word, frozen=True, kw_only=True):
    """A mapping, in the order of the text; no name stands twice."""

    line: int
    keys: tuple[Key, ...] = ()


Tree = Scalar | Items | Keys


def tree(text: str, *, file: str) -> Keys:
    """Return what the text says, as a mapping.

    Args:
        text: the whole text; a byte order mark is taken off.
        file: how errors call it; its ending decides how it is read. Empty: it stands on the command line.

    Raises:
        SettingsError: it is no mapping in JSON or YAML, or out of bounds.
    """
    name = file or COMMAND_LINE
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES:
        fail(name, 1, f"the settings are longer than {TEXT_BYTES:,} bytes", "Split them over several files.")
    if not text.strip():
        return Keys(line=1)
    is_json = file.endswith(".json") or (not file and text.lstrip().startswith("{"))
    root = _built(_json_steps(text, name) if is_json else _yaml_steps(text, name), name)
    if isinstance(root, Scalar) and root.value is None:
        return Keys(line=root.line)
    if not isinstance(root, Keys):
        fail(name, root.line, "settings must be keys with values", "Begin with `permissions:`.")
    return root


def tree_of_node(node: yaml.Node, *, file: str, line_offset: int = 0) -> Tree:
    """Return the tree of a node that somebody else composed, such as a key of a task file's front matter.

    Args:
        node: any node. What its aliases stand for is read where they stand, within the bounds.
        file: how errors call it.
        line_offset: lines of the file above the text that was composed.

    Raises:
        SettingsError: out of bounds, or not to be read in one way only.
    """
    return _built(_node_steps(node, file, line_offset), file)


def fail(file: str, line: int, what: str, hint: str = "") -> NoReturn:
    """Raise the error that says where and what."""
    raise SettingsError(f"{file}:{line}: {legible(what)}", hint=legible(hint))


def legible(text: str) -> str:
    """Return a sentence with what cannot be seen written out, and its middle left out if it is long.

    Settings may be somebody else's: their names and rules move no cursor and fill no screen.
    """
    seen = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return (
        seen if len(seen) <= SENTENCE_CHARS else f"{seen[: SENTENCE_CHARS // 2]} [...] {seen[-SENTENCE_CHARS // 2 :]}"
    )


# --- texts to steps ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Value:
    line: int
    value: str | int | float | bool | None
    name: str  # how it is written, should it be a key


@dataclass(frozen=True, slots=True)
class _Begin:
    line: int
    mapping: bool


class _Finish:
    """The list or mapping that is open ends."""


_Step = _Value | _Begin | _Finish

_PIECE = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_RESOLVER = Resolver()


def _json_steps(text: str, file: str) -> Iterator[_Step]:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        fail(file, error.lineno, f"this is not JSON: {error.msg}", "JSON has no comments and no comma after the last.")
    except RecursionError:
        fail(file, 1, f"nested deeper than {DEPTH} levels")
    except ValueError as error:
        fail(file, 1, f"this is not JSON: {error}")
    line = 1
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece in "{[":
            yield _Begin(line, piece == "{")
        elif piece in "}]":
            yield _Finish()
        elif not piece.isspace() and piece not in ",:":
            value = json.loads(piece, parse_int=_integer)
            yield _Value(line, value, value if isinstance(value, str) else piece)
        line += piece.count("\n")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _integer(text: str) -> int | str:
    """Return an integer; one that no setting could want stays a text."""
    return int(text) if len(text) < 20 else text  # noqa: PLR2004 - what fits into 64 bits


def _yaml_steps(text: str, file: str) -> Iterator[_Step]:
    documents = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        fail(file, line, "a second document begins here", "Keep one document in a file.")
                case yaml.AliasEvent():
                    fail(file, line, "settings cannot use aliases", "Put quotes around what begins with `*`.")
                case yaml.NodeEvent() if getattr(event, "tag", None) is not None:
                    fail(file, line, "settings cannot use tags", "Put quotes around what begins with `!`.")
                case yaml.ScalarEvent():
                    yield _Value(line, _plain(event.value) if event.implicit[0] else event.value, event.value)
                case yaml.CollectionStartEvent():
                    yield _Begin(line, isinstance(event, yaml.MappingStartEvent))
                case yaml.CollectionEndEvent():
                    yield _Finish()
                case _:
                    pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fail(file, 1 if mark is None else mark.line + 1, f"this is not YAML: {error.problem}", _YAML_HINT)
    except (yaml.YAMLError, UnicodeError) as error:
        what = " ".join(str(error).split())
        fail(file, 1, f"this is not YAML: {what}", _YAML_HINT)


_YAML_HINT = "Indent with blanks, and put quotes around a rule that holds `: ` or ` #`."


def _node_steps(node: yaml.Node, file: str, line_offset: int) -> Iterator[_Step]:
    todo: list[yaml.Node | None] = [node]
    while todo:
        step = todo.pop()
        if step is None:
            yield _Finish()
            continue
        line = step.start_mark.line + 1 + line_offset
        match step:
            case yaml.ScalarNode():
                plain = step.style is None and step.tag != "tag:yaml.org,2002:str"
                yield _Value(line, _plain(step.value) if plain else step.value, step.value)
            case yaml.CollectionNode():
                mapping = isinstance(step, yaml.MappingNode)
                parts = [part for pair in step.value for part in pair] if mapping else list(step.value)
                yield _Begin(line, mapping)
                todo += [None, *reversed(parts)]
            case _:
                fail(file, line, "this is no value")


def _plain(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar of YAML means; a date, or a number in a notation of its own, stays a text."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # the stubs' gap
    match str(tag).rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() in {"yes", "true", "on"}
        case "int" | "float" if re.fullmatch(r"[+-]?\d{1,18}(\.\d{0,18})?", text):
            return float(text) if "." in text else int(text)
        case _:
            return text


# --- steps to the tree ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being built."""

    line: int
    mapping: bool
    values: list[Tree] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def add(self, value: Tree) -> None:
        self.values.append(value)

    @property
    def wants_name(self) -> bool:
        return self.mapping and len(self.names) == len(self.values)

    @property
    def closed(self) -> Tree:
        if not self.mapping:
            return Items(line=self.line, items=tuple(self.values))
        named = zip(self.names.items(), self.values, strict=True)
        return Keys(line=self.line, keys=tuple(Key(line=at, name=name, value=value) for (name, at), value in named))


def _built(steps: Iterator[_Step], file: str) -> Tree:
    """Return the tree that well-formed steps make."""
    bottom = _Open(1, mapping=False)
    stack = [bottom]
    for count, step in enumerate(steps):
        if count > VALUES:
            fail(file, bottom.line, f"more than {VALUES:,} values")
        top = stack[-1]
        match step:
            case _Value() if step.value is not None and ("\0" in step.name or _SURROGATE.search(step.name)):
                fail(file, step.line, "a text holds a NUL byte or half of a surrogate pair")
            case _Value() if top.wants_name:
                if step.name in top.names:
                    fail(file, step.line, f"`{step.name}` stands here twice", "Keep one of them.")
                top.names[step.name] = step.line
            case _Value():
                top.add(Scalar(line=step.line, value=step.value))
            case _Begin():
                if top.wants_name:
                    fail(file, step.line, "a key must be a text", "Put quotes around it.")
                if len(stack) > DEPTH:
                    fail(file, step.line, f"nested deeper than {DEPTH} levels")
                stack.append(_Open(step.line, step.mapping))
            case _Finish():
                stack.pop()
                stack[-1].add(top.closed)
    return bottom.values[0] if bottom.values else Keys(line=1)
