"""How bash reads a word: quotes, escapes, expansions, here-documents. Text to pieces.

Rules that live here and nowhere else:

* Every character belongs to something. A quote or an expansion without its end is `Unreadable`, never guessed.
* What stands in `$(...)` and backquotes is parsed as commands where it stands, however deep, up to `NESTING`.

The rules are those of bash 5.2's manual, "Shell Syntax" and "Shell Expansions", checked against the shell itself in
the tests. `Lexer` is one pass over the text with a position; `Parser` adds the grammar of commands. A text in
backquotes, and a here-document's body, are texts of their own and get a parser of their own.
"""

import re
from abc import ABC, abstractmethod

from runner.policy.bash.characters import NESTING, Characters, Unreadable
from runner.policy.bash.escapes import ansi_c
from runner.policy.bash.tree import (
    Arithmetic,
    Heredoc,
    Parameter,
    Piece,
    RawWord,
    Sequence,
    Substitution,
    Text,
)

_RUN = re.compile(r"[^ \t\n;&|<>()$`\"'\\]+")
_DOUBLE_RUN = re.compile(r'[^$`"\\]+')
_ARITHMETIC_RUN = re.compile(r"[^$`\"'\\()\[\]]+")
_OPERAND_RUN = re.compile(r"[^$`\"'\\}<>]+")
_SUBSCRIPT_RUN = re.compile(r"[^$`\"'\\\[\]]+")
_HARMLESS_QUOTES = re.compile(r"'[^'$`]*'")
_INDEXED = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\[")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|[0-9]+|[@*#?$!-]")
_SIMPLE_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|[0-9]|[@*#?$!-]")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?|//?|\^\^?|,,?|@[A-Za-z]?|:|~~?|\*")
_REDIRECT = re.compile(r"<<<|<<-|<<|&>>|&>|>>|>\||>&|<&|<>|<|>")
_DESCRIPTOR = re.compile(r"(?:[0-9]+|\{[A-Za-z_][A-Za-z_0-9]*\})(?=[<>])")
_SPLIT_EXPANSION = re.compile(r"(?:\(\(?|\[|\{[#!]?[A-Za-z_0-9]*|[A-Za-z_0-9]*)\\\n")
_PATTERN_OPERATORS = "#%/^,"


class Lexer(Characters, ABC):
    """Reads words. `waiting` holds the here-documents whose bodies stand behind the next newline."""

    def __init__(self, text: str, depth: int = 0) -> None:
        super().__init__(text, depth)
        self.waiting: list[Heredoc] = []
        self.not_arithmetic: set[int] = set()

    @abstractmethod
    def sequence(self, stops: frozenset[str] = frozenset(), closer: str = "") -> Sequence:
        """Read commands up to one of the reserved words `stops`, or the character `closer`, or the end."""

    @abstractmethod
    def nested(self, text: str) -> "Lexer":
        """Return a parser for a text of its own inside this one."""

    # --- words ---------------------------------------------------------------------------------------------------

    def word(self, *, after: str = "") -> RawWord | None:
        """Read the word that begins here; None when none does.

        Args:
            after: the operator of `[[` before it: behind `=~` groups belong to it, behind `==` those of `+(a|b)`.
        """
        start = self.pos
        pieces: list[Piece] = []
        first = _RUN.match(self.text, start)
        if first:
            self.pos = first.end()
            pieces.append(Text(first.group()))
            ends = self.pos >= len(self.text) or self.text[self.pos] in " \t\n;&|)"
            if ends and not after and "[" not in first.group():  # nearly every word
                return RawWord(first.group(), tuple(pieces))
        while self.pos < len(self.text):
            if not self._word_piece(pieces, after):
                break
        if self.pos == start:
            return None
        if isinstance(pieces[0], Text) and not pieces[0].quoted and _INDEXED.match(pieces[0].text):
            bare = "".join(piece.text for piece in pieces if isinstance(piece, Text) and not piece.quoted)
            if "]" not in bare:  # in some places bash reads on to the `]`, over blanks and what ends a command
                raise Unreadable("a `[` behind a name, without its end")
        return RawWord(self.text[start : self.pos], tuple(pieces))

    def _word_piece(self, pieces: list[Piece], after: str) -> bool:
        """Read one more piece of an unquoted word; False where the word ends."""
        char = self.text[self.pos]
        match char:
            case "$" | "`":
                pieces.extend(self.expansion(quoted=False))
            case '"':
                pieces.extend(self.double_quotes())
            case "'":
                pieces.append(self.single_quotes())
            case "\\":
                self._escape(pieces)
            case "<" | ">" if self.text.startswith("(", self.pos + 1):
                pieces.append(self.substitution(self.peek(2), quoted=False))
            case "|" if after == "=~":
                pieces.append(Text(char))
                self.pos += 1
            case "(" if after == "=~" or (after and self.pos and self.text[self.pos - 1] in "?*+@!"):
                self._group(pieces)
            case _:
                run = _RUN.match(self.text, self.pos)
                if not run:
                    return False
                pieces.append(Text(run.group()))
                self.pos = run.end()
        return True

    def _group(self, pieces: list[Piece]) -> None:
        """Read `( ... )` of a regular expression or an extended pattern, blanks included."""
        self.deeper()
        self.pos += 1
        pieces.append(Text("("))
        while not self.text.startswith(")", self.pos):
            if self.pos >= len(self.text):
                raise Unreadable("a group of a pattern without its end")
            if not self._word_piece(pieces, "=~"):
                pieces.append(Text(self.text[self.pos]))
                self.pos += 1
        self.pos += 1
        pieces.append(Text(")"))
        self.depth -= 1

    def _escape(self, pieces: list[Piece]) -> None:
        following = self.text[self.pos + 1 : self.pos + 2]
        if not following:
            raise Unreadable("a backslash at the end")
        if following == "\n":
            self.text = self.text[: self.pos] + self.text[self.pos + 2 :]
            return
        pieces.append(Text(following, quoted=True))
        self.pos += 2

    def single_quotes(self) -> Text:
        """Read '...'."""
        end = self.text.find("'", self.pos + 1)
        if end < 0:
            raise Unreadable("a single quote without its end")
        inside = self.text[self.pos + 1 : end]
        self.pos = end + 1
        return Text(inside, quoted=True)

    def double_quotes(self) -> list[Piece]:
        """Read "..."; empty quotes give one empty piece, for they make a word."""
        self.pos += 1
        pieces: list[Piece] = []
        while True:
            run = _DOUBLE_RUN.match(self.text, self.pos)
            if run:
                pieces.append(Text(run.group(), quoted=True))
                self.pos = run.end()
            char = self.peek()
            match char:
                case '"':
                    self.pos += 1
                    return pieces or [Text("", quoted=True)]
                case "\\":
                    self.double_escape(pieces, '$`"\\')
                case "$" | "`":
                    pieces.extend(self.expansion(quoted=True))
                case _:
                    raise Unreadable("a double quote without its end")

    def double_escape(self, pieces: list[Piece], special: str) -> None:
        """Read a backslash where it quotes only the characters `special`."""
        following = self.text[self.pos + 1 : self.pos + 2]
        if following == "\n":
            self.text = self.text[: self.pos] + self.text[self.pos + 2 :]
            return
        if not following:
            raise Unreadable("a backslash at the end")
        pieces.append(Text(following if following in special else "\\" + following, quoted=True))
        self.pos += 2

    # --- expansions ----------------------------------------------------------------------------------------------

    def expansion(self, *, quoted: bool) -> list[Piece]:
        """Read what begins with `$` or a backquote."""
        if self.peek() == "`":
            return [self._backquotes(quoted=quoted)]
        start = self.pos
        self.pos += 1
        if self.continued:
            self.mend(_SPLIT_EXPANSION)
        following = self.peek()
        match following:
            case "(":
                self.pos = start
                return [self._dollar_bracket(quoted=quoted)]
            case "{":
                return [self._braces(start, quoted=quoted)]
            case "[":
                return [self._old_arithmetic(start, quoted=quoted)]
            case "'" if not quoted:
                return [self._ansi_quotes()]
            case '"' if not quoted:
                return self.double_quotes()
            case _:
                match = _SIMPLE_PARAMETER.match(self.text, self.pos)
                if not match:
                    return [Text("$", quoted=quoted)]
                self.pos = match.end()
                return [Parameter(name=match.group(), source=self.text[start : self.pos], quoted=quoted)]

    def _ansi_quotes(self) -> Text:
        end = self.pos + 1
        while self.text[end : end + 1] != "'":
            if end >= len(self.text):
                raise Unreadable("a single quote without its end")
            end += 2 if self.text[end] == "\\" else 1
        inside = self.text[self.pos + 1 : end]
        self.pos = end + 1
        decoded = ansi_c(inside)
        if decoded is None:
            self.doubts.append("an escape in $'...' stands for a byte that is not a character")
            return Text(inside, quoted=True)
        return Text(decoded, quoted=True)

    def _backquotes(self, *, quoted: bool) -> Substitution:
        start = self.pos
        inside: list[str] = []
        at = start + 1
        while True:
            char = self.text[at : at + 1]
            if not char:
                raise Unreadable("a backquote without its end")
            if char == "`":
                break
            following = self.text[at + 1 : at + 2]
            if char == "\\" and following and following in "`\\$":
                char, at = following, at + 1
            inside.append(char)
            at += 1
        self.pos = at + 1
        body = self._text_of_its_own("".join(inside))
        return Substitution(body=body, source=self.text[start : self.pos], quoted=quoted)

    def _text_of_its_own(self, text: str) -> Sequence:
        self.deeper()
        parser = self.nested(text)
        body = parser.sequence()
        if parser.waiting:
            raise Unreadable("a here-document without its end")
        self.doubts.extend(parser.doubts)
        self.depth -= 1
        return body

    def substitution(self, opener: str, *, quoted: bool) -> Substitution:
        """Read `$(...)`, `<(...)` or `>(...)`."""
        start = self.pos
        self.deeper()
        self.pos += len(opener)
        outer, self.waiting = self.waiting, []
        body = self.sequence(closer=")")
        if self.waiting:
            raise Unreadable("a here-document without its end")
        if outer and "\n" in self.text[start : self.pos]:
            self.doubts.append("a here-document's line goes on in a substitution of several lines")
        self.waiting = outer
        if self.peek() != ")":
            raise Unreadable("a substitution without its end")
        self.pos += 1
        self.depth -= 1
        return Substitution(body=body, source=self.text[start : self.pos], opener=opener, quoted=quoted)

    def _dollar_bracket(self, *, quoted: bool) -> Piece:
        start = self.pos
        if self.text.startswith("$((", start):
            self.pos += 1
            pieces = self.double_parenthesis()
            if pieces is not None:
                return Arithmetic(pieces=pieces, source=self.text[start : self.pos], quoted=quoted)
            self.pos = start
        return self.substitution("$(", quoted=quoted)

    def _old_arithmetic(self, start: int, *, quoted: bool) -> Piece:
        self.pos += 1
        pieces = self.arithmetic("]")
        if pieces is None:
            raise Unreadable("`$[` without its end")
        return Arithmetic(pieces=pieces, source=self.text[start : self.pos], quoted=quoted)

    def double_parenthesis(self) -> tuple[Piece, ...] | None:
        """Read `((...))`; None, with the position anywhere, when that is not arithmetic but two parentheses."""
        start = self.pos
        if start not in self.not_arithmetic:  # tried once only, or nesting would double the work at every level
            self.pos += 2
            pieces = self.arithmetic("))")
            if pieces is not None:
                return pieces
            self.not_arithmetic.add(start)
        self.doubts.append("`((` that is not arithmetic")
        return None

    def arithmetic(self, closer: str) -> tuple[Piece, ...] | None:
        """Read an expression and its `closer`, `))` or `]`; None, and the position anywhere, when it ends otherwise."""
        self.deeper()
        pieces: list[Piece] = []
        opened = {"(": 0, "[": 0}
        while True:
            run = _ARITHMETIC_RUN.match(self.text, self.pos)
            if run:
                pieces.append(Text(run.group(), quoted=True))
                self.pos = run.end()
            char = self.peek()
            if not char or (char == ")" and not opened["("] and closer == "))" and self.peek(2) != "))"):
                self.depth -= 1
                return None
            if char == closer[0] and not opened["(" if char == ")" else "["]:
                self.pos += len(closer)
                self.depth -= 1
                return tuple(pieces)
            self._arithmetic_piece(char, opened, pieces)

    def _arithmetic_piece(self, char: str, opened: dict[str, int], pieces: list[Piece]) -> None:
        match char:
            case "$" | "`":
                pieces.extend(self.expansion(quoted=True))
                return
            case '"':
                pieces.extend(self.double_quotes())
                return
            case "\\":
                self.double_escape(pieces, '$`"\\')
                return
            case "'":
                self.doubts.append("a single quote that does not quote")
            case "(" | "[":
                opened[char] += 1
                if opened[char] > NESTING:
                    raise Unreadable("nested too deeply")
            case ")":
                opened["("] -= 1
            case _:
                opened["["] = max(0, opened["["] - 1)
        pieces.append(Text(char, quoted=True))
        self.pos += 1

    # --- ${...} --------------------------------------------------------------------------------------------------

    def _braces(self, start: int, *, quoted: bool) -> Parameter:
        self.deeper()
        self.pos += 1
        length = indirect = False
        if self.peek() == "#" and _PARAMETER.match(self.text, self.pos + 1) and self.peek(2) not in {"#-", "#?"}:
            length, self.pos = True, self.pos + 1
        elif self.peek() == "!" and _PARAMETER.match(self.text, self.pos + 1) and self.peek(2) not in {"!-", "!?"}:
            indirect, self.pos = True, self.pos + 1
        name = _PARAMETER.match(self.text, self.pos)
        if not name:
            raise Unreadable("`${` without a name")
        self.pos = name.end()
        index = self.subscript() if self.peek() == "[" else None
        operator = _OPERATOR.match(self.text, self.pos)
        operand: tuple[Piece, ...] = ()
        if operator:
            self.pos = operator.end()
            operand = self._operand(operator.group(), quoted=quoted)
        if self.peek() != "}":
            raise Unreadable("`${` without its end")
        self.pos += 1
        self.depth -= 1
        return Parameter(
            name=name.group(),
            source=self.text[start : self.pos],
            quoted=quoted,
            length=length,
            indirect=indirect,
            index=index,
            operator=operator.group() if operator else "",
            operand=operand,
        )

    def _operand(self, operator: str, *, quoted: bool) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        pattern = operator[0] in _PATTERN_OPERATORS
        while True:
            run = _OPERAND_RUN.match(self.text, self.pos)
            if run:
                pieces.append(Text(run.group(), quoted=quoted and not pattern))
                self.pos = run.end()
            char = self.peek()
            match char:
                case "}" | "":
                    return tuple(pieces)
                case "$" | "`":
                    pieces.extend(self.expansion(quoted=quoted))
                case '"':
                    pieces.extend(self.double_quotes())
                case "'" if pattern or not (quoted or operator == ":"):
                    pieces.append(self.single_quotes())
                case "\\" if quoted and not pattern:
                    self.double_escape(pieces, '$`"\\}')
                case "\\":
                    self._escape(pieces)
                case "<" | ">" if self.text.startswith("(", self.pos + 1) and (pattern or not quoted):
                    pieces.append(self.substitution(self.peek(2), quoted=False))
                case _:
                    if char == "'":
                        self.doubts.append("a single quote that does not quote")
                    pieces.append(Text(char, quoted=quoted and not pattern))
                    self.pos += 1

    def subscript(self) -> tuple[Piece, ...]:
        """Read `[...]` behind a name."""
        self.deeper()
        self.pos += 1
        opened = 0
        pieces: list[Piece] = []
        while True:
            run = _SUBSCRIPT_RUN.match(self.text, self.pos)
            if run:
                pieces.append(Text(run.group(), quoted=True))
                self.pos = run.end()
            char = self.peek()
            match char:
                case "":
                    raise Unreadable("`[` without its end")
                case "]" if not opened:
                    self.pos += 1
                    self.depth -= 1
                    return tuple(pieces)
                case "[" | "]":
                    opened += 1 if char == "[" else -1
                    pieces.append(Text(char, quoted=True))
                    self.pos += 1
                case "'" if _HARMLESS_QUOTES.match(self.text, self.pos):
                    pieces.append(self.single_quotes())
                case _:
                    self._arithmetic_piece(char, {"(": 0, "[": 0}, pieces)
