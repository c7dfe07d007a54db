"""What bash's grammar says is in a text, before anything is expanded: the tree between `parser` and `read`.

Rules that live here and nowhere else:

* A word is a sequence of pieces in the order of the text; quoting is gone from the pieces except for what it still
  means: `quoted` (no splitting, no patterns, no braces).
* The tree says what is written, not what it does. Nothing here is decided by the name of a program.

All values are immutable but `Heredoc`: its body stands behind the line that announces it.

Not promised: that bash would accept the text. The parser lets a few things through that bash refuses.
"""

import msgspec


class Text(msgspec.Struct, frozen=True):
    """Literal characters. Of a quoted piece they are what quoting leaves of them."""

    text: str
    quoted: bool = False


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """`$name` or `${...}`.

    Attributes:
        name: a variable, a number, or one of `@*#?-$!`.
        source: as written.
        quoted: stands in double quotes or a here-document.
        length: `${#name}`.
        indirect: `${!name}`.
        index: what stands in `[...]` behind the name; None without.
        operator: what follows the name (`:-`, `%%`, `@P`); empty when nothing does.
        operand: what follows the operator.
    """

    name: str
    source: str
    quoted: bool = False
    length: bool = False
    indirect: bool = False
    index: "tuple[Piece, ...] | None" = None
    operator: str = ""
    operand: "tuple[Piece, ...]" = ()


class Substitution(msgspec.Struct, frozen=True, kw_only=True):
    """Commands in a word: `$(...)` and backquotes (`opener` is `$(`), `<(...)`, `>(...)`."""

    body: "Sequence"
    source: str
    opener: str = "$("
    quoted: bool = False


class Arithmetic(msgspec.Struct, frozen=True, kw_only=True):
    """`$((...))` or `$[...]`; `pieces` are what is expanded before it is computed."""

    pieces: "tuple[Piece, ...]"
    source: str
    quoted: bool = False


Piece = Text | Parameter | Substitution | Arithmetic


class RawWord(msgspec.Struct, frozen=True):
    """A word as written (`source`), and what it consists of."""

    source: str
    pieces: tuple[Piece, ...]


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """`name=value`, `name+=value`, `name[index]=value` or `name=(items)`; exactly one of `value` and `items` is set."""

    name: str
    source: str
    append: bool = False
    index: tuple[Piece, ...] | None = None
    value: RawWord | None = None
    items: tuple[RawWord, ...] | None = None


class Heredoc:
    """A here-document: `body` is filled in when the parser has reached it; `literal` when its delimiter is quoted."""

    __slots__ = ("body", "delimiter", "literal", "tabs")

    def __init__(self, *, delimiter: str, literal: bool, tabs: bool) -> None:
        self.delimiter = delimiter
        self.literal = literal
        self.tabs = tabs
        self.body: tuple[Piece, ...] = ()


class RawRedirect(msgspec.Struct, frozen=True, kw_only=True):
    """A redirection. `fd` is a number as written, or the name in `{name}>`; empty when there is none."""

    operator: str
    target: RawWord | Heredoc
    fd: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A simple command. `words` may hold `Assignment`s where the program is `export` or one of its kind."""

    assignments: tuple[Assignment, ...] = ()
    words: tuple[RawWord | Assignment, ...] = ()
    redirects: tuple[RawRedirect, ...] = ()


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """Commands joined by `|`; `timed` is how `time` is written before it, empty when it is not."""

    elements: "tuple[Node, ...]"
    negated: bool = False
    timed: tuple[str, ...] = ()


class AndOr(msgspec.Struct, frozen=True, kw_only=True):
    """`first`, then each of `rest` if the operator before it (`&&` or `||`) lets it."""

    first: "Node"
    rest: "tuple[tuple[str, Node], ...]"


class Sequence(msgspec.Struct, frozen=True, kw_only=True):
    """Commands one after the other, each with whether the shell does not wait for it (`&`)."""

    items: "tuple[tuple[Node, bool], ...]"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """`{ ...; }`, or `( ... )` when `subshell`; `coproc` runs either beside the shell."""

    body: Sequence
    subshell: bool = False
    coproc: str = ""
    redirects: tuple[RawRedirect, ...] = ()


class If(msgspec.Struct, frozen=True, kw_only=True):
    """`if`, its `elif`s in order, and what `else` holds (None without)."""

    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None = None
    redirects: tuple[RawRedirect, ...] = ()


class While(msgspec.Struct, frozen=True, kw_only=True):
    """`while`, or `until` when so written."""

    condition: Sequence
    body: Sequence
    until: bool = False
    redirects: tuple[RawRedirect, ...] = ()


class For(msgspec.Struct, frozen=True, kw_only=True):
    """`for name in words` (`words` is None for the positional parameters), or `select` when so written."""

    name: str
    words: tuple[RawWord, ...] | None
    body: Sequence
    select: bool = False
    redirects: tuple[RawRedirect, ...] = ()


class CountingFor(msgspec.Struct, frozen=True, kw_only=True):
    """`for ((header))`."""

    header: Arithmetic
    body: Sequence
    redirects: tuple[RawRedirect, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`case subject in`; each item has its patterns, its commands, and how it ends (`;;`, `;&`, `;;&` or nothing)."""

    subject: RawWord
    items: tuple[tuple[tuple[RawWord, ...], Sequence, str], ...]
    redirects: tuple[RawRedirect, ...] = ()


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`[[ ... ]]`: its words and operators in order."""

    words: tuple[RawWord, ...]
    redirects: tuple[RawRedirect, ...] = ()


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """`(( ... ))` as a command."""

    arithmetic: Arithmetic
    redirects: tuple[RawRedirect, ...] = ()


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function's definition."""

    name: str
    body: "Node"


Node = (
    Command
    | Pipeline
    | AndOr
    | Sequence
    | Group
    | If
    | While
    | For
    | CountingFor
    | Case
    | Condition
    | Calculation
    | Function
)
