"""What a shell command does: bash text to `Effects`, or opaque with the reason.

Rules that live here and nowhere else:

* It recognises a small grammar and admits the rest: simple commands with literal words, joined by `;`, `&&`, `||`,
  `|` and newlines, with redirections of literal names. Everything else is opaque, and opaque is never read-only.
* What a command does is data: `READERS` and `WRITERS`. A program in neither table is opaque.
* A command is as dangerous as its worst part: effects of all parts are joined.

The text is parsed by tree-sitter with bash's grammar; nothing is decided by pattern-matching text. Cost: about 0.1 ms
for an ordinary command, linear in its length.

Not promised: that a name means the program of that name. A shell in which a function or an alias was defined, or a
PATH changed, runs something else; but defining one is opaque and was judged as such.
"""

import posixpath
from collections.abc import Iterable

import tree_sitter
import tree_sitter_bash

from runner.types import Effects, Word

COMMAND_CHARS = 20_000
"""Longer texts are opaque unread, which bounds time and memory. Our choice."""

NESTING = 40
"""Deeper trees are opaque, which bounds recursion. Our choice."""

READERS: dict[str, tuple[str, ...]] = {
    "basename": (),
    "cat": (),
    "cmp": (),
    "cut": (),
    "dirname": (),
    "du": (),
    "echo": (),
    "false": (),
    "find": ("-delete", "-exec", "-execdir", "-fls", "-fprint", "-ok", "-okdir"),
    "grep": (),
    "head": (),
    "ls": (),
    "nl": (),
    "pwd": (),
    "realpath": (),
    "rg": ("--hostname-bin", "--pre"),
    "stat": (),
    "tail": ("-f", "-F", "--follow", "--retry"),
    "tr": (),
    "true": (),
    "wc": ("--files0-from",),
}
"""Programs that only read, with the beginnings of the arguments that make them do more (then: opaque)."""

WRITERS: dict[str, tuple[str, ...]] = {
    "mkdir": ("-p", "--parents", "-v", "--verbose"),
    "rm": ("-r", "-R", "-f", "-v", "-rf", "-fr", "-Rf", "-fR", "--recursive", "--force", "--verbose"),
    "rmdir": ("-p", "--parents", "-v"),
    "touch": ("-a", "-c", "-m"),
}
"""Programs whose operands are what they write or delete, with the options that do not change that."""

DELETERS = frozenset({"rm", "rmdir"})
GLOB = frozenset("*?[")
HARMLESS_TARGETS = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})

_parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


class _Opaque(Exception):
    """Something here is not understood; `str()` says what."""


class _Scope(Word, frozen=True, kw_only=True):
    """Where a part of a command stands: the directory it runs in, None where a conditional `cd` made it unknown."""

    cwd: str | None
    depth: int = 0


def shell_effects(command: str, cwd: str) -> Effects:
    """Return what the command does when run in `cwd` (absolute). Never raises; what is not understood is opaque."""
    if len(command) > COMMAND_CHARS:
        return Effects(opaque=f"longer than {COMMAND_CHARS:,} characters")
    if not command.isprintable() and not all(char.isprintable() or char in "\n\t" for char in command):
        return Effects(opaque="holds invisible characters")
    root = _parser.parse(command.encode()).root_node
    if root.has_error:
        return Effects(opaque="cannot be parsed as bash")
    parts: list[Effects] = []
    try:
        _statements(root, _Scope(cwd=cwd), parts)
    except _Opaque as reason:
        return _joined([*parts, Effects(opaque=str(reason))])
    return _joined(parts)


def _joined(parts: Iterable[Effects]) -> Effects:
    kept = list(parts)

    def union(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for part in kept for value in getattr(part, name)))

    return Effects(
        reads=union("reads"),
        writes=union("writes"),
        deletes=union("deletes"),
        executes=union("executes"),
        sends=union("sends"),
        opaque=next((part.opaque for part in kept if part.opaque is not None), None),
    )


def _statements(node: tree_sitter.Node, scope: _Scope, parts: list[Effects]) -> _Scope:
    """Add the effects of a node and return where the next one stands."""
    if scope.depth > NESTING:
        raise _Opaque("nested too deeply")
    inner = _Scope(cwd=scope.cwd, depth=scope.depth + 1)
    match node.type:
        case "program" | "list" | "pipeline":
            return _sequence(node, inner, parts)
        case "redirected_statement":
            return _redirected(node, inner, parts)
        case "command":
            return _command(node, scope, parts)
        case "comment":
            return scope
        case other:
            raise _Opaque(f"`{other.replace('_', ' ')}` is not analysed")


def _sequence(node: tree_sitter.Node, scope: _Scope, parts: list[Effects]) -> _Scope:
    operators = {child.type for child in node.children if not child.is_named}
    if operators - {";", "&&", "||", "|", "\n"}:
        parts.append(Effects(opaque="runs in the background or is joined in an unusual way"))
    for child in node.named_children:
        try:
            after = _statements(child, scope, parts)
        except _Opaque as reason:  # the parts behind it still count: they can only make the verdict stricter
            parts.append(Effects(opaque=str(reason)))
            continue
        certain = after.cwd == scope.cwd or not operators & {"||", "|"}
        scope = _Scope(cwd=after.cwd if certain else None, depth=scope.depth)
    return scope


def _redirected(node: tree_sitter.Node, scope: _Scope, parts: list[Effects]) -> _Scope:
    for child in node.named_children:
        if child.type == "file_redirect":
            parts.append(_redirect(child, scope))
        else:
            scope = _statements(child, scope, parts)
    return scope


def _redirect(node: tree_sitter.Node, scope: _Scope) -> Effects:
    operator = next(child.type for child in node.children if not child.is_named)
    target = node.named_children[-1]
    name = _literal(target)
    if operator in {">&", "<&"} and name.isdigit():
        return Effects()
    path = _path(name, scope)
    if operator == "<":
        return Effects(reads=(path,))
    if path in HARMLESS_TARGETS:
        return Effects()
    if operator in {">", ">>", "&>", "&>>", ">|"}:
        return Effects(writes=(path,))
    raise _Opaque(f"the redirection `{operator}` is not analysed")


def _command(node: tree_sitter.Node, scope: _Scope, parts: list[Effects]) -> _Scope:
    words: list[str] = []
    for child in node.children:
        if child.type == "file_redirect":
            parts.append(_redirect(child, scope))
        elif child.type == "command_name":
            words.append(_literal(child.children[0]))
        elif not words:
            raise _Opaque("variables are set for the command")
        else:
            words.append(_literal(child))
    if words[0] == "cd":
        return _change_directory(words[1:], scope)
    parts.append(_program(words[0], words[1:], scope))
    return scope


def _change_directory(operands: list[str], scope: _Scope) -> _Scope:
    if len(operands) != 1 or operands[0].startswith("-"):
        raise _Opaque("`cd` without one plain directory")
    return _Scope(cwd=_path(operands[0], scope), depth=scope.depth)


def _program(name: str, arguments: list[str], scope: _Scope) -> Effects:
    if name in READERS:
        more = READERS[name]
        if more and any(GLOB & set(argument) for argument in arguments if not argument.startswith("-")):
            raise _Opaque(f"a file name matched by `{name}`'s pattern could be an option")
        if any(argument.startswith(more) for argument in arguments if more):
            raise _Opaque(f"an option makes `{name}` do more than read")
        return Effects(reads=tuple(_path(word, scope) for word in arguments if not word.startswith("-")))
    if name in WRITERS:
        operands = [word for word in arguments if word not in WRITERS[name]]
        if any(word.startswith("-") for word in operands):
            raise _Opaque(f"an option of `{name}` is not analysed")
        paths = tuple(_path(word, scope) for word in operands)
        return Effects(deletes=paths) if name in DELETERS else Effects(writes=paths)
    raise _Opaque(f"what `{name}` does is not known")


def _path(word: str, scope: _Scope) -> str:
    if scope.cwd is None:
        raise _Opaque("the directory it runs in is not certain")
    joined = posixpath.normpath(posixpath.join(scope.cwd, word))
    return "/" + joined.lstrip("/")


def _literal(node: tree_sitter.Node) -> str:
    """Return the word a node stands for, if that is certain before it runs."""
    text = (node.text or b"").decode(errors="replace")
    match node.type:
        case "word" | "number":
            if set(text) & set("\\~{}$`!"):
                raise _Opaque(f"`{text}` is expanded by the shell")
            return text
        case "raw_string":
            return text[1:-1]
        case "string":
            if any(child.type != "string_content" for child in node.named_children) or set(text) & set("\\$`!"):
                raise _Opaque("a string is expanded by the shell")
            return text[1:-1]
        case "concatenation":
            return "".join(_literal(child) for child in node.children)
        case other:
            raise _Opaque(f"`{other.replace('_', ' ')}` is not analysed")
