"""What names and expressions of a Python program certainly stand for: full names of functions, and literal texts.

Rules that live here and nowhere else:

* A name has a value when it is set once, by a plain assignment; parameters and names of loops have none.
* A text is certain when it is a literal, or made of literals by joining, formatting without a format, or the functions
  that join paths.
"""

import ast

DEPTH = 40
"""How deep an expression is followed to find a literal, and code inside of code. Our choice."""

TEXT_CHARS = 20_000
"""A longer text that is put together is not followed. As long as the longest command that is read."""


class Names:
    """The names of one program."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.values: dict[str, ast.expr | None] = {}
        self._full: dict[str, str] = {}
        self._texts: dict[str, str | None] = {}

    def imported(self, node: ast.Import | ast.ImportFrom) -> list[str]:
        """Note what an import binds, and return the full names."""
        found: list[str] = []
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                full = f"{node.module or ''}.{alias.name}"
                self._full[alias.asname or alias.name] = full
            else:
                full = alias.name
                top = full.split(".", 1)[0]
                self._full[alias.asname or top] = full if alias.asname else top
            found.append(full)
        return found

    def assigned(self, nodes: list[ast.AST]) -> set[str]:
        """Note names that are set; return the full names of imported ones that are set again."""
        self._texts.clear()
        plain: set[int] = set()
        for node in nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                self.values[name] = None if name in self.values else node.value
                plain.add(id(node.targets[0]))
            elif isinstance(node, ast.arg):
                self.values[node.arg] = None
        again: set[str] = set()
        for node in nodes:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                if id(node) not in plain:
                    self.values[node.id] = None
                again.add(self._full.get(node.id, ""))
        return again

    def name(self, node: ast.AST | None) -> str:
        """The full name of a function or module; empty when it has none."""
        match node:
            case ast.Name(id=name):
                return self._full.get(name, "" if name in self.values else name)
            case ast.Attribute(value=value, attr=attr):
                base = self.name(value)
                return f"{base}.{attr}".removeprefix("builtins.") if base else ""
            case ast.Call(func=func, args=[first, *rest]):
                maker = self.name(func)
                if maker == "__import__":
                    return self.text(first) or ""
                owner, member = self.name(first), self.text(rest[0]) if rest else None
                return f"{owner}.{member}" if maker == "getattr" and owner and member else ""
            case _:
                return ""

    def text(self, node: ast.AST | None, depth: int = 0) -> str | None:
        """The text that an expression certainly is; None when that is not certain."""
        if depth > DEPTH:
            return None
        match node:
            case ast.Constant(value=str() as value):
                return value
            case ast.Constant(value=bytes() as raw):
                return raw.decode(errors="replace")
            case ast.Name(id=name):
                if name not in self._texts:
                    self._texts[name] = self.text(self.values.get(name), depth + 1)
                return self._texts[name]
            case ast.JoinedStr(values=values):
                return _joined("", [self.text(part, depth + 1) for part in values])
            case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                return self.text(inner, depth + 1)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return _joined("", [self.text(left, depth + 1), self.text(right, depth + 1)])
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                return _joined("/", [self.text(left, depth + 1), self.text(right, depth + 1)])
            case ast.Call(func=func, args=args):
                return _made(self.name(func), [self.text(arg, depth + 1) for arg in args])
            case _:
                return None


def _made(function: str, parts: list[str | None]) -> str | None:
    """The text that a function makes of texts."""
    if function in {"os.path.join", "pathlib.Path", "pathlib.PurePath"}:
        return _path_joined(parts) if parts else "."
    if function in {
        "os.path.expanduser",
        "os.path.abspath",
        "os.path.realpath",
        "os.path.normpath",
        "str",
        "os.fspath",
    }:
        return parts[0] if len(parts) == 1 else None
    return {"pathlib.Path.home": "~", "os.getcwd": ".", "pathlib.Path.cwd": "."}.get(function)


def _joined(between: str, parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    certain = len(known) == len(parts) and sum(map(len, known)) <= TEXT_CHARS
    return between.join(known) if certain else None


def _path_joined(parts: list[str | None]) -> str | None:
    joined = ""
    for part in parts:
        if part is None:
            return None
        joined = part if part.startswith("/") or not joined else f"{joined.rstrip('/')}/{part}"
    return joined
