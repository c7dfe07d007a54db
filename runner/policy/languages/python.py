"""What a Python program given in the words of a command does: `read`.

Rules that live here and nowhere else:

* The text is parsed by Python's own grammar; nothing of it is run. `python_calls.py` says what known functions do with
  their arguments; an argument is known when it is a literal, or is made of literals in a way that is certain.
* Any program executes Python: what it imports may be the workspace's, for a file of that name in the directory comes
  before the library's. It is never said to only read.
* A function of `CALLS` that is handed on instead of called, a module that is passed around, an attribute with two
  underscores, and code made while it runs are opaque.
* Reading or writing a file whose name is not known is part of what the program executes; deleting one is opaque.
* Literal names of files are reads wherever they stand, so that a rule about a file sees a program that names it.

Not promised: what imported code does. The program is then as certain as a script of the workspace.
"""

import ast
import re
import shlex
import warnings

from runner.policy.languages import sql
from runner.policy.languages.doing import Doing
from runner.policy.languages.known import Known, looks_like_path
from runner.policy.languages.python_calls import CALLS, HARMLESS, METHODS, OPEN_WORLD, REACHING, rows
from runner.policy.languages.python_names import DEPTH, Names

_DISGUISES = re.compile(
    r"b64decode|b32decode|b16decode|a85decode|b85decode|unhexlify|fromhex|decompress|rot.?13|marshal|decrypt|xor"
)
_FETCHES = re.compile(r"urlopen|requests|httpx|urllib|recv\b|aiohttp")
_FRAMES = frozenset(
    {"gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_globals", "f_builtins", "f_locals", "f_back", "func_globals"}
)
_DUNDERS = frozenset(
    {"__name__", "__file__", "__doc__", "__version__", "__len__", "__init__", "__str__", "__repr__", "__all__"}
)
_ENVIRONMENT = frozenset({"os.environ", "os.environ.items", "os.environ.copy", "os.environ.values"})
_WRITES = re.compile(r"[wax+]")

LIMIT_CHARS = 50_000
"""Longer programs are opaque unread, which bounds time and memory. Our choice."""


_CALLS = {name: tuple(acts.split()) for acts, name in rows(CALLS)}
_METHODS = {name: acts for acts, name in rows(METHODS)}
_HARMLESS = frozenset(f"{module}.{name}" for module, name in rows(HARMLESS))
_MODULES = frozenset({*REACHING, "os.path"})


def read(text: str, *, cwd: str | None, home: str) -> Doing:
    """Return what a Python program does. Cost: linear in its length."""
    program = _Program(Known(cwd, home, "python"))
    program.known.executes()
    try:
        program.run(text, depth=0)
    except RecursionError:
        program.known.opaque("it is nested too deeply")
    return program.known.doing()


class _Program:
    """One program while its syntax tree is read."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.names = Names()
        self.done: set[int] = set()
        self.connects = False
        self.hands_over = False
        self.sets = False

    def run(self, text: str, *, depth: int) -> None:
        """Read a program text."""
        tree = _tree(text)
        if tree is None or depth > DEPTH:
            self.known.opaque(_unread(text, depth))
            self._literals([ast.Constant(value=word) for word in re.findall(r"[\"']([^\"'\n]+)[\"']", text)])
            return
        nodes = list(ast.walk(tree))
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
        if self.names.assigned(nodes) & _MODULES:
            self.known.opaque("a module's name is given another meaning")
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node, depth)
        self._handed_on(nodes)
        self._literals(nodes)
        if self.connects and self.hands_over:
            self.known.hazard("reverse-shell")
        if self.sets and self.known.commands:
            self.known.opaque("it changes the environment of what it runs")

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for full in self.names.imported(node):
            top = full.split(".", 1)[0]
            if full.endswith(".*") and top in REACHING:
                self.known.opaque(f"all of `{top}` is imported")
            if top in OPEN_WORLD:
                self.known.opaque(f"with `{top}` anything can be done")

    # --- calls ----------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, depth: int) -> None:
        name = self.names.name(node.func)
        if name in _CALLS:
            self._covered(node.func)
            for act in _CALLS[name]:
                verb, _, number = act.partition(":")
                self._act(verb, _argument(node, int(number or 0)), node, depth)
            if name.startswith(("pty.", "os.exec", "os.dup2", "subprocess.")):
                self.hands_over = True
        elif name == "getattr" and self.names.text(node.args[1] if len(node.args) > 1 else None) is None:
            self.known.opaque("an attribute is looked up by a name that is made while it runs")
        elif isinstance(node.func, ast.Attribute):
            self._method(node.func, node)

    def _covered(self, node: ast.AST) -> None:
        while isinstance(node, ast.Attribute):
            self.done.add(id(node))
            node = node.value
        self.done.add(id(node))
        for inner in ast.walk(node):
            self.done.add(id(inner))

    def _act(self, verb: str, arg: ast.expr | None, node: ast.Call, depth: int) -> None:
        known, text = self.known, self.names.text(arg)
        match verb:
            case "read" | "write" | "delete" | "tree" | "cwd" | "script":
                known.path(verb, text)
            case "file":
                self._opened(text, arg, node.args[1] if len(node.args) > 1 else _keyword(node, "mode"))
            case "shell":
                known.command(text)
            case "argv" | "words":
                self._argv(verb, arg, node)
            case "code":
                self._code(text, arg, depth)
            case "module":
                if text is None or text.split(".", 1)[0] in OPEN_WORLD or text in REACHING:
                    known.opaque("a module is loaded by its name")
            case "url":
                known.send(self._address(arg))
                if _keyword(node, "data") is not None:
                    known.hazard("upload")
            case "address":
                self.connects = True
                known.send(self.names.text(arg.elts[0]) if isinstance(arg, ast.Tuple) and arg.elts else None)
            case "sends":
                known.send(self.names.text(_keyword(node, "host")) or "database")
            case "opaque":
                known.opaque("it reaches what no name says")
            case "executes":
                return
            case _:
                known.hazard(verb.removeprefix("!"))

    def _opened(self, text: str | None, arg: ast.expr | None, mode: ast.expr | None) -> None:
        how = "r" if mode is None else self.names.text(mode)
        if isinstance(arg, ast.Constant) and isinstance(arg.value, int):
            return
        if how is None or _WRITES.search(how):
            self.known.path("write", text)
            if how is None or "+" in how:
                self.known.path("read", text)
        else:
            self.known.path("read", text)

    def _argv(self, verb: str, arg: ast.expr | None, node: ast.Call) -> None:
        shell = _keyword(node, "shell")
        if verb == "words":
            first = next((number for number, one in enumerate(node.args) if one is arg), None)
            words = [self.names.text(one) for one in node.args[first:]] if first is not None else []
        elif isinstance(arg, ast.List | ast.Tuple):
            words = [self.names.text(one) for one in arg.elts]
        else:
            text = self.names.text(arg)
            plain = shell is None or (isinstance(shell, ast.Constant) and not shell.value)
            self.known.command(shlex.quote(text) if text is not None and plain and " " in text.strip() else text)
            return
        known = [word for word in words if word is not None]
        if known and len(known) == len(words):
            self.known.command(" ".join(shlex.quote(word) for word in known))
        elif known and words[0] is not None:
            rest = " ".join(shlex.quote(word) if word is not None else '"$UNKNOWN"' for word in words)
            self.known.command(rest)
        else:
            self.known.command(None)

    def _code(self, text: str | None, arg: ast.expr | None, depth: int) -> None:
        if text is not None:
            self.run(text, depth=depth + 1)
            return
        self.known.opaque("it runs code that it makes")
        made = ast.dump(arg) if arg is not None else ""
        if _DISGUISES.search(made):
            self.known.hazard("obfuscated")
        if _FETCHES.search(made):
            self.known.hazard("fetch-run")

    def _address(self, arg: ast.expr | None) -> str | None:
        """Where a URL leads, though its end may not be known."""
        text = self.names.text(arg)
        if text is None and isinstance(arg, ast.JoinedStr | ast.BinOp):
            first = arg.values[0] if isinstance(arg, ast.JoinedStr) and arg.values else getattr(arg, "left", None)
            start = self.names.text(first) or ""
            return start if re.match(r"\w+://[^/]+/", start) else None
        return text

    def _method(self, func: ast.Attribute, node: ast.Call) -> None:
        act = _METHODS.get(func.attr, "")
        first = node.args[0] if node.args else None
        receiver = self.names.text(func.value)
        if act == "writes-first":
            where = self.names.text(first) if first is not None else ("." if func.attr == "extractall" else None)
            self.known.path("write", where)
        elif act:
            self.known.path("tree" if func.attr == "rmtree" else act, receiver)
        elif func.attr == "open" and receiver is not None:
            self._opened(receiver, func.value, first)
        elif (
            func.attr in {"rename", "replace"}
            and receiver is not None
            and len(node.args) == 1
            and not looks_like_text(receiver)
        ):
            self.known.path("delete", receiver)
            self.known.path("write", self.names.text(first))
        elif func.attr in {"connect", "connect_ex", "sendto"} and self._tuple(node) is not None:
            self.connects = True
            self.known.send(self.names.text(self._tuple(node)))
            self.known.hazard("upload")
        elif func.attr in {"bind", "serve_forever"} or (
            func.attr == "run" and (self.names.text(_keyword(node, "host")) or "").startswith("0.")
        ):
            self.known.hazard("expose")
        elif func.attr in {"execute", "executescript", "executemany"}:
            statement = self.names.text(first)
            if statement is not None:
                self.known.hazards(sql.read(statement, cwd=None, home="").effects.hazards)

    def _tuple(self, node: ast.Call) -> ast.expr | None:
        """The host of an address among the arguments."""
        for arg in node.args:
            value = self.names.values.get(arg.id) if isinstance(arg, ast.Name) else arg
            if isinstance(value, ast.Tuple) and value.elts:
                return value.elts[0]
        return None

    # --- what is not called ---------------------------------------------------------------------------------------

    def _handed_on(self, nodes: list[ast.AST]) -> None:
        """Make opaque what could be called under another name, or without one."""
        for node in nodes:
            if isinstance(node, ast.Attribute):
                self.done.add(id(node.value))
            elif isinstance(node, ast.Subscript) and self.names.name(node.value) == "os.environ":
                self.sets = self.sets or not isinstance(node.ctx, ast.Load)
                if isinstance(node.slice, ast.Constant):
                    self.done.add(id(node.value))
        for node in nodes:
            if isinstance(node, ast.Attribute):
                self._attribute(node)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in self.done:
                name = self.names.name(node)
                if name in _CALLS or name in _MODULES or name in {"__builtins__", "__loader__", "__spec__"}:
                    self.known.opaque(f"`{name}` is handed on")

    def _attribute(self, node: ast.Attribute) -> None:
        if (node.attr.startswith("__") and node.attr not in _DUNDERS) or node.attr in _FRAMES:
            self.known.opaque(f"`{node.attr}` reaches into the interpreter")
        name = self.names.name(node)
        if name.startswith("__"):
            self.known.opaque(f"`{name}` reaches into the interpreter")
        if id(node) in self.done and name not in _CALLS:
            return
        if name in _ENVIRONMENT:
            self.known.hazard("private")
        elif (name in _CALLS or name in _MODULES) and id(node) not in self.done:
            self.known.opaque(f"`{name}` is handed on")
        elif (
            name.split(".", 1)[0] in REACHING and name not in _HARMLESS and name not in _CALLS and name not in REACHING
        ):
            self.known.opaque(f"what `{name}` does is not known")

    def _literals(self, nodes: list[ast.AST] | list[ast.Constant]) -> None:
        pieces = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in pieces:
                text = node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
                if looks_like_path(text):
                    self.known.named(text)


def looks_like_text(text: str) -> bool:
    """Whether a literal is rather a text than a path: `replace` of a text takes two arguments, but may be wrong."""
    return bool(set(text) & set(" \n\t"))


def _tree(text: str) -> ast.AST | None:
    if len(text) > LIMIT_CHARS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _unread(text: str, depth: int) -> str:
    if len(text) > LIMIT_CHARS:
        return f"a Python program longer than {LIMIT_CHARS:,} characters"
    return "code inside of code, too deep" if depth > DEPTH else "it is no Python that can be read"


def _argument(node: ast.Call, number: int) -> ast.expr | None:
    if any(isinstance(arg, ast.Starred) for arg in node.args[: number + 1]):
        return ast.Name(id="*", ctx=ast.Load())
    if number < len(node.args):
        return node.args[number]
    names = _POSITIONS.get(number, ())
    return next((one.value for one in node.keywords if one.arg in names or one.arg is None), None)


_POSITIONS = {
    0: (
        "file",
        "path",
        "src",
        "args",
        "command",
        "url",
        "name",
        "filename",
        "top",
        "database",
        "source",
        "host",
        "address",
    ),
    1: ("mode", "dst", "file", "filename", "target", "extract_dir", "location", "url"),
}
"""Under which names the first two arguments of the functions of `CALLS` are also given."""


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in node.keywords if one.arg == name), None)
