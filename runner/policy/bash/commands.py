"""Bash's grammar of simple commands: assignments, words, redirections, here-documents. Text to a tree.

Rules that live here and nowhere else:

* Assignments count as such before the first word, and behind `export` and its kind.
* A number belongs to a redirection only if it stands directly before the operator; so does a `{name}`.
* A here-document's body begins behind the first newline that ends a line of commands, and ends only at its delimiter.
"""

import re
from abc import abstractmethod

from runner.policy.bash.characters import Unreadable
from runner.policy.bash.lexer import Lexer
from runner.policy.bash.tree import Assignment, Command, Heredoc, Node, Piece, RawRedirect, RawWord, Text

DECLARATIONS = frozenset({"declare", "export", "local", "readonly", "typeset"})
"""Programs whose arguments may be assignments; bash looks at how the name is written."""

_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)(\+?=|\[)")
_SPACED = re.compile(r"[ \t\n;&|<>()#]")
_NUMBER = re.compile(r"(?:[0-9]+|\{[A-Za-z_][A-Za-z_0-9]*\})\Z")
_HERE_RUN = re.compile(r"[^$`\\]+")
_EQUALS = re.compile(r"\+?=")
_REDIRECT = re.compile(r"(?:([0-9]+)|\{([A-Za-z_][A-Za-z_0-9]*)\})?(<<<|<<-|<<|>>|>\||>&|<&|<>|<(?!\()|>(?!\()|)")
_BOTH = re.compile(r"&>>?")


class CommandLexer(Lexer):
    """Reads simple commands, and what stands behind compound ones."""

    @abstractmethod
    def nested(self, text: str) -> "CommandLexer":
        """Return a parser for a text of its own inside this one."""

    @abstractmethod
    def function_body(self, name: RawWord) -> Node:
        """Read the body of a function and return its definition."""

    def simple(self) -> Node:
        """Read assignments, words and redirections; or a function's definition that begins like one."""
        assignments: list[Assignment] = []
        words: list[RawWord | Assignment] = []
        redirects: list[RawRedirect] = []
        declares = False
        direct = True  # bash reads lists and spaced indices only where nothing but assignments stands before
        while True:
            self.blanks()
            if self.pos >= len(self.text):
                break
            char = self.text[self.pos]
            if char in "\n;|)" or (char == "&" and not _BOTH.match(self.text, self.pos)):
                break
            if char == "(":
                return self._defined(assignments, words, redirects)
            if char in "<>&{" or char.isdigit():
                redirect = self.redirect()
                if redirect:
                    redirects.append(redirect)
                    direct = not (assignments or words)
                    continue
            if not words or declares:
                assignment = self.assignment(direct=direct)
                if assignment:
                    (words or assignments).append(assignment)
                    continue
            word = self.word()
            if word is None:
                raise Unreadable(f"`{char}` where it has no meaning")
            words.append(word)
            if not declares and word.source in DECLARATIONS and self._only_prefixes(words):
                declares = True
                direct = len(words) == 1
        if not (assignments or words or redirects):
            raise Unreadable(f"`{self.peek(2).strip() or 'the end'}` where a command should be")
        return Command(assignments=tuple(assignments), words=tuple(words), redirects=tuple(redirects))

    @staticmethod
    def _only_prefixes(words: list[RawWord | Assignment]) -> bool:
        return all(word.source in {"command", "builtin"} for word in words[:-1])

    def _defined(
        self, assignments: list[Assignment], words: list[RawWord | Assignment], redirects: list[RawRedirect]
    ) -> Node:
        if assignments or redirects or len(words) != 1 or not isinstance(words[0], RawWord):
            raise Unreadable("`(` in a place where bash does not read it")
        self.pos += 1
        self.closing_parenthesis()
        self.deeper()
        node = self.function_body(words[0])
        self.depth -= 1
        return node

    def assignment(self, *, direct: bool) -> Assignment | None:
        """Read `name=value` and its kind; None, with nothing read, when no such thing begins here.

        Args:
            direct: lists and indices count here.
        """
        match = _ASSIGNED.match(self.text, self.pos)
        if not match:
            return None
        if not direct and (match.group(2) == "[" or self.text.startswith("(", match.end())):
            raise Unreadable("a list or an index in a place where bash reads it otherwise")
        start = self.pos
        index = None
        self.pos = match.end()
        equals = match.group(2)
        if equals == "[":
            self.pos -= 1
            index = self.subscript()
            found = _EQUALS.match(self.text, self.pos)
            if not found:
                if _SPACED.search(self.text, start, self.pos):
                    raise Unreadable("blanks in brackets")  # bash takes the whole for one word
                self.pos = start
                return None
            equals = found.group()
            self.pos = found.end()
        items = value = None
        if self.peek() == "(" and index is None:
            items = self._array()
        else:
            value = self.word() or RawWord("", ())
        return Assignment(
            name=match.group(1),
            source=self.text[start : self.pos],
            append=equals == "+=",
            index=index,
            value=value,
            items=items,
        )

    def _array(self) -> tuple[RawWord, ...]:
        self.deeper()
        self.pos += 1
        words: list[RawWord] = []
        while True:
            self.newlines()
            if self.peek() == ")":
                self.pos += 1
                break
            word = self.word()
            if word is None:
                raise Unreadable("a list of values without its end")
            bare = "".join(piece.text for piece in word.pieces if isinstance(piece, Text) and not piece.quoted)
            if bare.rfind("[") > bare.rfind("]"):
                raise Unreadable("blanks in brackets")
            words.append(word)
        if self.pos < len(self.text) and self.text[self.pos] not in " \t\n;&|()<>":
            raise Unreadable("a list of values with something behind it")
        self.depth -= 1
        return tuple(words)

    # --- redirections --------------------------------------------------------------------------------------------

    def redirects(self) -> tuple[RawRedirect, ...]:
        """Read the redirections behind a compound command."""
        found: list[RawRedirect] = []
        while True:
            self.blanks()
            redirect = self.redirect()
            if not redirect:
                return tuple(found)
            found.append(redirect)

    def redirect(self) -> RawRedirect | None:
        """Read one redirection; None, with nothing read, when none begins here."""
        match = _REDIRECT.match(self.text, self.pos)
        both = _BOTH.match(self.text, self.pos)
        if both:
            operator, fd, end = both.group(), "", both.end()
        elif match and match.group(3):
            operator, fd, end = match.group(3), match.group(1) or match.group(2) or "", match.end()
        else:
            return None
        self.pos = end
        self.blanks()
        if operator in {"<<", "<<-"}:
            return RawRedirect(operator=operator, target=self._heredoc(operator), fd=fd)
        if operator in {"<&", ">&"} and self.peek() == "-":  # a token of its own: `>&-x` is `>&-` and `x`
            self.pos += 1
            return RawRedirect(operator=operator, target=RawWord("-", (Text("-"),)), fd=fd)
        target = self.word()
        if target is None or (self.peek() in {"<", ">"} and _NUMBER.match(target.source)):
            raise Unreadable(f"`{operator}` without a target")
        return RawRedirect(operator=operator, target=target, fd=fd)

    def _heredoc(self, operator: str) -> Heredoc:
        word = self.word()
        if word is None or any(not isinstance(piece, Text) for piece in word.pieces):
            raise Unreadable("a here-document with a strange delimiter")
        delimiter = "".join(piece.text for piece in word.pieces if isinstance(piece, Text))
        if "\n" in delimiter or any(mark in word.source for mark in ("$", "`")):
            raise Unreadable("a here-document with a strange delimiter")
        literal = any(piece.quoted for piece in word.pieces if isinstance(piece, Text))
        heredoc = Heredoc(delimiter=delimiter, literal=literal, tabs=operator == "<<-")
        self.waiting.append(heredoc)
        return heredoc

    def newlines(self) -> None:
        """Skip blanks, comments and newlines, reading here-documents that begin there."""
        self.blanks()
        while self.text.startswith("\n", self.pos):
            self.newline()
            self.blanks()

    def newline(self) -> None:
        """Step over a newline and read the here-documents that stand behind it."""
        self.pos += 1
        waiting, self.waiting = self.waiting, []
        for heredoc in waiting:
            self._heredoc_body(heredoc)

    def _heredoc_body(self, heredoc: Heredoc) -> None:
        lines: list[str] = []
        while True:
            if self.pos >= len(self.text):
                raise Unreadable("a here-document without its end")
            line = self._heredoc_line(joined=not heredoc.literal)
            if heredoc.tabs:
                line = line.lstrip("\t")
            if line == heredoc.delimiter:
                break
            lines.append(line + "\n")
        body = "".join(lines)
        if heredoc.literal:
            heredoc.body = (Text(body, quoted=True),)
            return
        self.deeper()
        parser = self.nested(body)
        heredoc.body = parser.here_pieces()
        self.doubts.extend(parser.doubts)
        self.depth -= 1

    def here_pieces(self) -> tuple[Piece, ...]:
        """Read the whole text as the body of a here-document whose delimiter is not quoted."""
        pieces: list[Piece] = []
        while self.pos < len(self.text):
            run = _HERE_RUN.match(self.text, self.pos)
            if run:
                pieces.append(Text(run.group(), quoted=True))
                self.pos = run.end()
            elif self.peek() == "\\" and self.pos + 1 == len(self.text):
                pieces.append(Text("\\", quoted=True))
                self.pos += 1
            elif self.peek() == "\\":
                self.double_escape(pieces, "$`\\")
            else:
                pieces.extend(self.expansion(quoted=True))
        return tuple(pieces)

    def _heredoc_line(self, *, joined: bool) -> str:
        parts: list[str] = []
        while True:
            end = self.text.find("\n", self.pos)
            end = len(self.text) if end < 0 else end
            part = self.text[self.pos : end]
            self.pos = min(end + 1, len(self.text))
            backslashes = len(part) - len(part.rstrip("\\"))
            if not joined or backslashes % 2 == 0 or end >= len(self.text):
                return "".join([*parts, part])
            parts.append(part[:-1])

    def closing_parenthesis(self) -> None:
        """Read the `)` of a function's definition."""
        self.blanks()
        if self.peek() != ")":
            raise Unreadable("`(` in a place where bash does not read it")
        self.pos += 1
