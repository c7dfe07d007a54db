"""What the words of a command become: tilde, parameters, substitutions, arithmetic, braces, in bash's order.

Rules that live here and nowhere else:

* Only what is certain becomes text (`state` says what is). Everything else is an uncertain word with its reason.
* Commands inside a word are handed to the `Host` as they are met, with the state that holds there.
* Arithmetic evaluates what its variables hold, and that may run commands (`a[$(cmd)]`); so arithmetic on a variable
  that is not certainly a number is a doubt. So is `${x@P}`, and setting a variable that is code.

`Expander` carries the state along, because an expansion may change it (`${x:=y}`, `$((x++))`).
"""

import re
from collections.abc import Sequence as Several
from typing import Protocol

from runner.policy.bash import fields
from runner.policy.bash.braces import Unexpanded, expand_braces
from runner.policy.bash.escapes import ansi_c
from runner.policy.bash.fields import BREAK, Fragment, Kind
from runner.policy.bash.parameters import applied, of_pattern
from runner.policy.bash.script import Arg
from runner.policy.bash.state import State, Value, is_code, is_number
from runner.policy.bash.tree import Arithmetic, Parameter, Piece, RawWord, Substitution, Text

_IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_]\w*", re.ASCII)
_CHANGES = re.compile(r"\+\+|--|(?<![=<>!])=(?!=)|<<=|>>=")
_PLAIN = re.compile(r"[^*?\[{~]*\Z")
_NAMED = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\+?=")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")


_ALL = (Text("@", quoted=True), Text("*", quoted=True))
_CERTAIN = frozenset({Kind.QUOTED, Kind.WRITTEN, Kind.EXPANDED})

LONG_WORD = 50
"""Characters that cost as much as one fragment."""


class Host(Protocol):
    """Who lists commands inside words, and hears doubts."""

    def substituted(self, piece: Substitution, state: State) -> Value:
        """List the commands and return what is certain of their output."""
        ...

    def doubt(self, reason: str) -> None:
        """Note why the text is opaque."""
        ...

    def spend(self, chars: int) -> None:
        """Count a word made; raises when all of them together are too much."""
        ...


class Expander:
    """Expands words in a state. `state` is what holds after everything that was expanded so far."""

    def __init__(self, host: Host, state: State) -> None:
        self.host = host
        self.state = state

    def words(self, raw: RawWord) -> list[Arg]:
        """Return the words of a command that a word becomes, none included."""
        if len(raw.pieces) == 1:
            piece = raw.pieces[0]
            if isinstance(piece, Text) and (piece.quoted or _PLAIN.match(piece.text)):
                return [Arg(text=piece.text, source=raw.source)]
        alternatives = [raw.pieces]
        if "{" in raw.source and any(
            isinstance(piece, Text) and not piece.quoted and "{" in piece.text for piece in raw.pieces
        ):
            try:
                alternatives = expand_braces(raw.pieces)
            except Unexpanded:
                self.host.doubt("braces that make too many words or uncertain ones")
                self._fragments(raw.pieces)
                return [
                    Arg(
                        text=None, source=raw.source, why="braces that make too many words or uncertain ones", many=True
                    )
                ]
            if (
                "~" in raw.source and "=" in raw.source
            ):  # an assignment's `~` depends on how bash saw it before the braces
                self._fragments(raw.pieces)
                return [Arg(text=None, source=raw.source, why="braces with `=` and `~`", many=True)]
        found: list[Arg] = []
        for pieces in alternatives:
            words = fields.split(self._made(self._tilde(pieces, colons=False)), self.state.ifs)
            if len(words) > 1:
                self.host.spend(len(words) * LONG_WORD)
            found.extend(fields.argument(word, raw.source, globs=self.state.globs) for word in words)
        return found

    def single(self, raw: RawWord, *, colons: bool = False) -> Arg:
        """Return the word without splitting, braces and patterns: in an assignment (`colons`), `case`, `[[`, `<<<`."""
        fragments = self._made(self._tilde(raw.pieces, colons=colons))
        return fields.argument(_unsplit(fragments), raw.source, globs=True, patterns=False)

    def value(self, raw: RawWord) -> tuple[Arg, Value]:
        """Return what an assignment gives a variable, as a word and as a value."""
        fragments = _unsplit(self._made(self._tilde(raw.pieces, colons=True)))
        arg = fields.argument(fragments, raw.source, globs=True, patterns=False)
        return arg, fields.value_of(arg)

    def literal(self, pieces: Several[Piece]) -> str | None:
        """Return the text of a here-document or of something else in which nothing is split; None when uncertain."""
        parts: list[str] = []
        certain = True
        for fragment in _unsplit(self._made(pieces)):
            certain = certain and fragment.kind in _CERTAIN
            parts.append(fragment.text)
        return "".join(parts) if certain else None

    # --- tilde ---------------------------------------------------------------------------------------------------

    def _tilde(self, pieces: tuple[Piece, ...], *, colons: bool, names: bool = True) -> tuple[Piece, ...]:
        """Return the pieces with `~` expanded at the beginning, and behind `=` and `:` where that is an assignment."""
        first = pieces[0] if pieces else None
        if not isinstance(first, Text) or first.quoted:
            return pieces
        named = _NAMED.match(first.text) if names and not colons else None
        if not (first.text.startswith("~") or ((colons or named) and "~" in first.text)):
            return pieces
        begin = named.end() if named else 0
        places = [begin]
        if colons or named:
            places += [at + 1 for at in range(begin, len(first.text)) if first.text[at] == ":"]
        result: list[Piece] = []
        done = 0
        for at in places:
            if not first.text.startswith("~", at):
                continue
            match = re.compile(r"~[^/:]*" if colons or named else r"~[^/]*").match(first.text, at)
            if match is None or (match.end() == len(first.text) and len(pieces) > 1):
                continue
            if at > done:
                result.append(Text(first.text[done:at]))
            result.append(self._home(match.group()[1:]))
            done = match.end()
        if done < len(first.text):
            result.append(Text(first.text[done:]))
        return (*result, *pieces[1:])

    def _home(self, user: str) -> Piece:
        names = {"": "HOME", "+": "PWD", "-": "OLDPWD"}
        name = names.get(user, "\0user")
        value = self.state.value(name)
        if value.text is not None and not value.pattern and not value.unset:
            return Text(value.text, quoted=True)
        if value.unset:
            name = "\0user"
        return Parameter(name=name, source=f"~{user}", quoted=True)

    # --- fragments -----------------------------------------------------------------------------------------------

    def _made(self, pieces: Several[Piece]) -> list[Fragment]:
        """Return the fragments of a whole word, and count them."""
        fragments = self._fragments(pieces)
        if len(fragments) > 1 or len(fragments[0].text if fragments else "") > LONG_WORD:
            self.host.spend(sum(len(fragment.text) + LONG_WORD for fragment in fragments))
        return fragments

    def _fragments(self, pieces: Several[Piece]) -> list[Fragment]:
        found: list[Fragment] = []
        for piece in pieces:
            match piece:
                case Text():
                    found.append(Fragment(Kind.QUOTED if piece.quoted else Kind.WRITTEN, piece.text))
                case Parameter():
                    found.extend(self._parameter(piece))
                case Substitution():
                    value = self.host.substituted(piece, self.state)
                    if piece.opener == "$(" and value.text is None:
                        found.append(Fragment(Kind.UNCERTAIN, "", value.why, not piece.quoted, value.number))
                    elif piece.opener == "$(":
                        found.append(fields.of_value(value, quoted=piece.quoted))
                    else:
                        found.append(Fragment(Kind.UNCERTAIN, "/dev/fd/", "a process substitution"))
                case Arithmetic():
                    self.arithmetic(piece.pieces)
                    found.append(Fragment(Kind.UNCERTAIN, "", "the result of arithmetic", number=True))
        return found

    def arithmetic(self, pieces: Several[Piece]) -> str | None:
        """Note what computing does: variables set, code hidden in what they hold. Return the expression if certain."""
        expression = ""
        certain = True
        for piece in pieces:
            if isinstance(piece, Text):
                expression += piece.text
                continue
            for fragment in self._fragments((piece,)):
                text = fragment.text if fragment.kind in _CERTAIN else None
                if not (fragment.number or is_number(Value(text=text))):
                    self.host.doubt("arithmetic on what is not certainly a number")
                certain = certain and text is not None
                expression += text or "0"
        changes = _CHANGES.search(expression) is not None
        for name in sorted(set(_IDENTIFIER.findall(expression))):
            if not is_number(self.state.value(name)) and not re.search(rf"(?<![\w.]){name}\s*=(?!=)", expression):
                self.host.doubt(f"arithmetic on `{name}`, which is not certainly a number")
            if changes:
                self.assign(name, Value(number=True, why="the result of arithmetic"))
        return expression if certain else None

    def assign(self, name: str, value: Value) -> None:
        """Set a variable in passing, where no assignment is listed that anybody could judge."""
        if is_code(name):
            self.host.doubt(f"sets `{name}` in passing")
        if name in self.state.odd:
            self.host.doubt(f"sets `{name}`, which does not simply hold what it is given")
        self.state = self.state.set(name, value)

    # --- parameters ----------------------------------------------------------------------------------------------

    def _parameter(self, piece: Parameter) -> list[Fragment]:
        if piece.index is not None:
            return self._element(piece)
        if piece.name in {"@", "*"} and not (piece.operator or piece.length or piece.indirect):
            return self._all_positional(piece)
        value = self._special(piece.name)
        if value is None:
            value = self.state.value(piece.name)
        if piece.indirect:
            value = self._indirect(piece, value)
        if piece.length:
            return [self._length(value, piece)]
        if not piece.operator or piece.indirect:
            self._fragments(piece.operand)
            return [fields.of_value(value, quoted=not _many(piece))]
        return self._operated(piece, value)

    def _special(self, name: str) -> Value | None:
        if name.isdigit() and name != "0":
            positional = self.state.positional
            if positional is None:
                return Value(why=f"`${name}` is known only when it runs")
            return positional[int(name) - 1] if int(name) <= len(positional) else Value(text="", unset=True)
        if name == "#" and self.state.positional is not None:
            return Value(text=str(len(self.state.positional)))
        if name in {"?", "$", "!", "#"}:
            return Value(number=True, why=f"`${name}` is known only when it runs")
        if name in {"@", "*", "-", "0"}:
            return Value(why=f"`${name}` is known only when it runs")
        return Value(why="`~user` is somebody's home") if name == "\0user" else None

    def _all_positional(self, piece: Parameter) -> list[Fragment]:
        positional = self.state.positional
        if positional is None or (piece.name == "*" and piece.quoted):
            return [Fragment(Kind.UNCERTAIN, "", f"`${piece.name}` is known only when it runs", many=True)]
        return _listed([fields.of_value(value, quoted=piece.quoted) for value in positional])

    def _element(self, piece: Parameter) -> list[Fragment]:
        """Expand `${name[index]}`."""
        index = self.index(piece.name, piece.index or ())
        items = self.state.value(piece.name).items
        self._fragments(piece.operand)
        if piece.length:
            return [Fragment(Kind.UNCERTAIN, "", "the length of a list", number=True)]
        several = index in {"@", "*"}
        uncertain = Fragment(
            Kind.UNCERTAIN, "", f"`{piece.source}` is known only when it runs", many=several or not piece.quoted
        )
        if items is None or piece.operator or piece.indirect or index is None or (index == "*" and piece.quoted):
            return [uncertain]
        if several:
            return _listed([fields.of_value(fields.value_of(item), quoted=piece.quoted) for item in items])
        if index.isdecimal() and len(index) < LONG_WORD and int(index) < len(items):
            return [fields.of_value(fields.value_of(items[int(index)]), quoted=piece.quoted)]
        return [uncertain]

    def index(self, name: str, pieces: Several[Piece]) -> str | None:
        """Expand the index of a list or table, and return it if it is certain; that of a list is computed."""
        if name in self.state.tables or (len(pieces) == 1 and pieces[0] in _ALL):
            return self.literal(pieces)
        return self.arithmetic(pieces)

    def _indirect(self, piece: Parameter, value: Value) -> Value:
        if piece.operator in {"*", "@"}:
            return Value(why="the names of variables")
        if value.text is not None and _VARIABLE.match(value.text) and not piece.operator:
            return self.state.value(value.text)
        self.host.doubt(f"`{piece.source}` names a variable that is not certain")
        return Value(why=f"`{piece.source}` is known only when it runs")

    @staticmethod
    def _length(value: Value, piece: Parameter) -> Fragment:
        if value.text is None or value.pattern:
            return Fragment(Kind.UNCERTAIN, "", "a length", number=True)
        return Fragment(Kind.QUOTED if piece.quoted else Kind.EXPANDED, str(len(value.text)))

    def _operated(self, piece: Parameter, value: Value) -> list[Fragment]:
        operator = piece.operator
        if operator.lstrip(":") in {"-", "=", "+", "?"} and operator != ":":
            return self._default(piece, value)
        if operator == ":":
            numbers = self.arithmetic(piece.operand)
            return [self._transformed(piece, value, numbers or "x", "")]
        if operator.startswith("@"):
            if operator == "@P":
                self.host.doubt("`${...@P}` runs what the variable holds")
            if operator == "@E" and value.text is not None and not value.pattern:
                return [fields.of_value(Value(text=ansi_c(value.text), why="escapes"), quoted=piece.quoted)]
            self._fragments(piece.operand)
            return [self._transformed(piece, value, "", "")]
        fragments = self._fragments(piece.operand)
        pattern, replacement = fields.pattern_of(fragments), ""
        if any(fragment.kind is Kind.WRITTEN and "~" in fragment.text for fragment in fragments):
            pattern = None  # may be somebody's home
        elif operator in {"/", "//"}:
            pattern, replacement = self._replacement(fragments)
        if pattern is None or (operator in {"^^", "^", ",", ",,"} and pattern):
            return [Fragment(Kind.UNCERTAIN, "", f"`{piece.source}` is known only when it runs", many=_many(piece))]
        return [self._transformed(piece, value, pattern, replacement)]

    @staticmethod
    def _replacement(fragments: list[Fragment]) -> tuple[str | None, str]:
        """Return pattern and replacement of `${x/pattern/replacement}`; a pattern of None when uncertain."""
        for place, fragment in enumerate(fragments):
            at = fragment.text.find("/") if fragment.kind is Kind.WRITTEN else -1
            if not place and at == 0:  # `${x//...}` is another operator; here the pattern begins with it
                at = fragment.text.find("/", 1)
            if at >= 0:
                before = [*fragments[:place], Fragment(Kind.WRITTEN, fragment.text[:at])]
                behind = [Fragment(Kind.QUOTED, fragment.text[at + 1 :]), *fragments[place + 1 :]]
                if any(part.kind in {Kind.UNCERTAIN, Kind.PATTERN, Kind.BREAK} for part in behind):
                    return None, ""
                return fields.pattern_of(before), "".join(part.text for part in behind)
        return fields.pattern_of(fragments), ""

    def _transformed(self, piece: Parameter, value: Value, pattern: str, replacement: str) -> Fragment:
        text = None
        if value.text is not None and value.pattern:
            text = of_pattern(value.text, piece.operator, pattern)
        elif value.text is not None:
            text = applied(value.text, piece.operator, pattern, replacement)
        if text is None:
            return Fragment(Kind.UNCERTAIN, "", f"`{piece.source}` is known only when it runs", many=_many(piece))
        return fields.of_value(Value(text=text, pattern=value.pattern), quoted=piece.quoted)

    def _default(self, piece: Parameter, value: Value) -> list[Fragment]:
        """Expand `${x:-y}`, `${x:=y}`, `${x:+y}` and `${x:?y}`, with and without the colon."""
        kind = piece.operator[-1]
        present: bool | None = None
        if value.text is not None:
            present = bool(value.text) or value.pattern or (not piece.operator.startswith(":") and not value.unset)
        before = self.state
        other = self._fragments(self._tilde(piece.operand, colons=False, names=False))
        if piece.quoted and any(isinstance(part, Parameter) and part.name == "@" for part in piece.operand):
            other = [Fragment(Kind.UNCERTAIN, "", f"`{piece.source}` is known only when it runs", many=True)]
        if present is not None and present == (kind != "+"):
            self.state = before if kind != "+" else self.state
        if kind == "=" and present is not True:
            arg = fields.argument(_unsplit(other), piece.source, globs=True, patterns=False)
            self.assign(piece.name, fields.value_of(arg) if present is False else Value(why=f"`{piece.source}`"))
        own = fields.of_value(value, quoted=piece.quoted)
        match kind, present:
            case ("+", True) | ("-" | "=", False):
                return [_expanded(fragment) for fragment in other]
            case ("+", False):
                return [fields.of_value(Value(text=""), quoted=piece.quoted)]
            case ("-" | "=" | "?", True):
                return [own]
            case _:
                why = value.why or f"`{piece.source}` is known only when it runs"
                many = _many(piece) or any(fragment.many or fragment is BREAK for fragment in other)
                return [Fragment(Kind.UNCERTAIN, "", why, many=many)]


def _expanded(fragment: Fragment) -> Fragment:
    """Return the fragment as a result of an expansion: what was written unquoted is split like one."""
    return Fragment(Kind.EXPANDED, fragment.text) if fragment.kind is Kind.WRITTEN else fragment


def _listed(values: list[Fragment]) -> list[Fragment]:
    """Return several words with borders between them."""
    found: list[Fragment] = []
    for value in values:
        if found:
            found.append(BREAK)
        found.append(value)
    return found


def _unsplit(fragments: list[Fragment]) -> list[Fragment]:
    """Return fragments where nothing is split: borders become blanks."""
    return [Fragment(Kind.QUOTED, " ") if fragment.kind is Kind.BREAK else fragment for fragment in fragments]


def _many(piece: Parameter) -> bool:
    """Whether an uncertain expansion may be several words or none: unquoted, `"${@...}"` and `"${!name@}"` may."""
    return not piece.quoted or piece.name == "@" or (piece.indirect and piece.operator == "@")
