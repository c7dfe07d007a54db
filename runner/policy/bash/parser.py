"""Bash's grammar of commands: lists, pipelines, compound commands, functions, redirections. Text to a tree.

Rules that live here and nowhere else:

* A reserved word is one only where a command may begin and only when nothing of it is quoted.
* What bash would refuse is `Unreadable`: a missing end, an operator without a command, a word behind a compound
  command. So is what bash accepts only with an option that is off in a shell that runs a text (`extglob`).

One recursive descent over the text, linear in its length but for arithmetic that turns out not to be some.
"""

import re

from runner.policy.bash.characters import Unreadable
from runner.policy.bash.commands import CommandLexer
from runner.policy.bash.tree import (
    AndOr,
    Arithmetic,
    Calculation,
    Case,
    Condition,
    CountingFor,
    For,
    Function,
    Group,
    If,
    Node,
    Pipeline,
    RawWord,
    Sequence,
    Text,
    While,
)

_CLOSERS = frozenset({"then", "elif", "else", "fi", "in", "do", "done", "esac", "}", "]]"})
_OPENERS = frozenset({"if", "for", "while", "until", "case", "select", "function", "time", "coproc", "{", "!", "[["})
_RESERVED = _OPENERS | _CLOSERS
_WORD_HERE = re.compile(r"([a-z]+|[{}!]|\[\[|\]\])(?=[ \t\n;&|()]|[<>](?!\()|$)")
_TIME_OPTION = re.compile(r"(?:-p|--)(?=[ \t\n;&|)]|[<>](?!\()|$)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")
_MATCHES = {"=~": "=~", "==": "==", "=": "==", "!=": "=="}
_UNARY = re.compile(r"-[abcdefghknoprstuvwxzGLNORS]\Z")
_BINARY = frozenset({"=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-ef", "-nt", "-ot"})
_JOINS = frozenset({"&&", "||", "(", ")", "<", ">"})
_CASE_END = re.compile(r";;&|;;|;&")


class Parser(CommandLexer):
    """`Parser(text).sequence()` is the tree of the text; `doubts` then says what makes it uncertain."""

    def nested(self, text: str) -> "Parser":
        """Return a parser for a text of its own inside this one."""
        return Parser(text, self.depth)

    # --- lists ---------------------------------------------------------------------------------------------------

    def sequence(self, stops: frozenset[str] = frozenset(), closer: str = "") -> Sequence:
        """Read commands up to one of the reserved words `stops`, or the character `closer`, or the end."""
        items: list[tuple[Node, bool]] = []
        separated = True
        while not self._ends(stops, closer):
            if not separated:
                raise Unreadable("two commands with nothing between them")
            node = self.and_or()
            self.blanks()
            char = self.peek()
            background = char == "&"
            separated = True
            if char == "\n":
                self.newline()
            elif background or (char == ";" and self.text[self.pos + 1 : self.pos + 2] not in {";", "&"}):
                self.pos += 1
            else:
                separated = False
            items.append((node, background))
        return Sequence(items=tuple(items))

    def _ends(self, stops: frozenset[str], closer: str) -> bool:
        self.newlines()
        if self.pos >= len(self.text):
            if stops or closer:
                raise Unreadable(f"no `{closer or ' or '.join(sorted(stops))}` to the end")
            if self.waiting:
                raise Unreadable("a here-document without its end")
            return True
        char = self.text[self.pos]
        if char == ")":
            if closer != ")":
                raise Unreadable("`)` without its beginning")
            return True
        if char == ";" and "esac" in stops and _CASE_END.match(self.text, self.pos):
            return True
        word = self.reserved()
        if word in stops:
            return True
        if word in _CLOSERS:
            raise Unreadable(f"`{word}` without its beginning")
        return False

    def and_or(self) -> Node:
        """Read pipelines joined by `&&` and `||`."""
        first = self.pipeline()
        rest: list[tuple[str, Node]] = []
        while True:
            self.blanks()
            operator = self.peek(2)
            if operator not in {"&&", "||"}:
                break
            self.pos += 2
            self.newlines()
            if self.pos >= len(self.text):
                raise Unreadable(f"`{operator}` without a command behind it")
            rest.append((operator, self.pipeline()))
        return AndOr(first=first, rest=tuple(rest)) if rest else first

    def pipeline(self) -> Node:
        """Read commands joined by `|` and `|&`, with `!` and `time` before them."""
        negated = False
        timed: list[str] = []
        while (word := self.reserved()) in {"!", "time"}:
            self.pos += len(word)
            self.blanks()
            if word == "!":
                negated = not negated
                continue
            timed.append("time")
            while option := _TIME_OPTION.match(self.text, self.pos):
                timed.append(option.group())
                self.pos = option.end()
                self.blanks()
        if timed and (self.pos >= len(self.text) or self.peek() in "\n;&|)"):
            return Pipeline(elements=(), negated=negated, timed=tuple(timed))
        elements = [self.command()]
        while True:
            self.blanks()
            if self.peek() != "|" or self.peek(2) == "||":
                break
            self.pos += 2 if self.peek(2) == "|&" else 1
            self.newlines()
            elements.append(self.command())
        if len(elements) == 1 and not negated and not timed:
            return elements[0]
        return Pipeline(elements=tuple(elements), negated=negated, timed=tuple(timed))

    # --- commands ------------------------------------------------------------------------------------------------

    def command(self) -> Node:
        """Read one command, simple or compound, with its redirections."""
        if self.peek() == "(":
            return self._parenthesis()
        word = self.reserved()
        if word in _CLOSERS:
            raise Unreadable(f"`{word}` without its beginning")
        if not word or word == "time":  # behind a pipe `time` is an ordinary word
            return self.simple()
        self.deeper()
        self.pos += len(word)
        node = self._compound(word)
        self.depth -= 1
        return node

    def _compound(self, word: str) -> Node:
        match word:
            case "{":
                body = self.block({"}"})
                return Group(body=body, redirects=self.redirects())
            case "if":
                return self._if()
            case "while" | "until":
                condition = self.block({"do"})
                body = self.block({"done"})
                return While(condition=condition, body=body, until=word == "until", redirects=self.redirects())
            case "for" | "select":
                return self._for(select=word == "select")
            case "case":
                return self._case()
            case "[[":
                return self._test()
            case "function":
                return self._function()
            case "coproc":
                return self._coproc()
            case _:
                raise Unreadable(f"`{word}` where a command should be")

    def block(self, stops: set[str]) -> Sequence:
        """Read commands and the reserved word that ends them; there must be at least one command."""
        body = self.sequence(frozenset(stops))
        if not body.items:
            raise Unreadable(f"nothing before `{' or '.join(sorted(stops))}`")
        self.pos += len(self.reserved())
        return body

    def _parenthesis(self) -> Node:
        self.deeper()
        start = self.pos
        if self.text.startswith("((", start):
            pieces = self.double_parenthesis()
            if pieces is not None:
                self.depth -= 1
                arithmetic = Arithmetic(pieces=pieces, source=self.text[start : self.pos])
                return Calculation(arithmetic=arithmetic, redirects=self.redirects())
            self.pos = start
        self.pos += 1
        body = self.sequence(closer=")")
        if not body.items:
            raise Unreadable("`()` without a command in it")
        self.pos += 1
        self.depth -= 1
        return Group(body=body, subshell=True, redirects=self.redirects())

    def _if(self) -> Node:
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise = None
        while True:
            condition = self.block({"then"})
            body = self.sequence(frozenset({"elif", "else", "fi"}))
            if not body.items:
                raise Unreadable("nothing behind `then`")
            branches.append((condition, body))
            word = self.reserved()
            self.pos += len(word)
            if word == "else":
                otherwise = self.block({"fi"})
            if word != "elif":
                return If(branches=tuple(branches), otherwise=otherwise, redirects=self.redirects())

    def _for(self, *, select: bool) -> Node:
        self.blanks()
        if self.text.startswith("((", self.pos):
            start = self.pos
            pieces = self.double_parenthesis()
            if pieces is None:
                raise Unreadable("`for ((` without its end")
            header = Arithmetic(pieces=pieces, source=self.text[start : self.pos])
            return CountingFor(header=header, body=self._loop_body(), redirects=self.redirects())
        name = self.word()
        if name is None or not _NAME.match(name.source):
            raise Unreadable("a loop without a variable")
        self.newlines()
        words = None
        if self._skip_word("in"):
            words = self._words_to_end()
        body = self._loop_body()
        return For(name=name.source, words=words, body=body, select=select, redirects=self.redirects())

    def _words_to_end(self) -> tuple[RawWord, ...]:
        words: list[RawWord] = []
        while True:
            self.blanks()
            word = self.word()
            if word is None:
                return tuple(words)
            words.append(word)

    def _loop_body(self) -> Sequence:
        self.blanks()
        if self.peek() == ";":
            self.pos += 1
        self.newlines()
        if self._skip_word("do"):
            return self.block({"done"})
        if self._skip_word("{"):
            return self.block({"}"})
        raise Unreadable("a loop without `do`")

    def _case(self) -> Node:
        self.blanks()
        subject = self.word()
        self.newlines()
        if subject is None or not self._skip_word("in"):
            raise Unreadable("`case` without `in`")
        items: list[tuple[tuple[RawWord, ...], Sequence, str]] = []
        while True:
            self.newlines()
            if self._skip_word("esac"):
                return Case(subject=subject, items=tuple(items), redirects=self.redirects())
            patterns = self._case_patterns()
            body = self.sequence(frozenset({"esac"}))
            end = _CASE_END.match(self.text, self.pos)
            if end:
                self.pos = end.end()
            items.append((patterns, body, end.group() if end else ""))

    def _case_patterns(self) -> tuple[RawWord, ...]:
        if self.peek() == "(":
            self.pos += 1
        patterns: list[RawWord] = []
        while True:
            self.blanks()
            pattern = self.word()
            if pattern is None:
                raise Unreadable("`case` without a pattern")
            patterns.append(pattern)
            self.blanks()
            char = self.peek()
            if char not in {"|", ")"}:
                raise Unreadable("a pattern of `case` without its end")
            self.pos += 1
            if char == ")":
                return tuple(patterns)

    def _test(self) -> Node:
        words: list[RawWord] = []
        while True:
            self.newlines()
            char = self.peek()
            before = words[-1].source if words else ""
            if not char:
                raise Unreadable("`[[` without its end")
            if char in "&|":
                if self.peek(2) not in {"&&", "||"}:
                    raise Unreadable("`[[` with an operator that it does not have")
                words.append(RawWord(self.peek(2), (Text(self.peek(2)),)))
                self.pos += 2
            elif char in "()<>" and self.peek(2) not in {"<(", ">("} and not (char == "(" and before == "=~"):
                words.append(RawWord(char, (Text(char),)))
                self.pos += 1
            else:
                word = self.word(after=_MATCHES.get(before, ""))
                if word is None:
                    raise Unreadable("`[[` that cannot be read")
                if word.source == "]]":
                    if not _is_condition([one.source for one in words]):
                        raise Unreadable("`[[` with something that is no condition in it")
                    return Condition(words=tuple(words), redirects=self.redirects())
                words.append(word)

    def _function(self) -> Node:
        self.blanks()
        name = self.word()
        if name is None:
            raise Unreadable("a function without a name")
        self.blanks()
        if self.peek() == "(":
            self.pos += 1
            self.closing_parenthesis()
        return self.function_body(name)

    def function_body(self, name: RawWord) -> Node:
        """Read the body of a function and return its definition."""
        if any(not isinstance(piece, Text) or piece.quoted for piece in name.pieces):
            raise Unreadable("a function whose name is quoted or expanded")
        self.newlines()
        if self.peek() != "(" and self.reserved() not in {"{", "if", "while", "until", "for", "select", "case", "[["}:
            raise Unreadable("a function without a body")
        return Function(name=name.source, body=self.command())

    def _coproc(self) -> Node:
        self.blanks()
        start = self.pos
        name = "COPROC"
        if self.peek() != "(" and not self.reserved():
            word = self.word()
            self.blanks()
            if word is not None and _NAME.match(word.source) and (self.peek() == "(" or self.reserved()):
                name = word.source
            else:
                self.pos = start
        return Group(body=Sequence(items=((self.command(), False),)), subshell=True, coproc=name)

    # --- reserved words ------------------------------------------------------------------------------------------

    def reserved(self) -> str:
        """Return the reserved word that stands here, empty when none does; nothing is read."""
        match = _WORD_HERE.match(self.text, self.pos)
        if not match or match.group() not in _RESERVED:
            return ""
        return match.group()

    def _skip_word(self, word: str) -> bool:
        here = re.compile(re.escape(word) + r"(?=[ \t\n;&|()]|[<>](?!\()|$)").match(self.text, self.pos)
        if here:
            self.pos = here.end()
        return bool(here)


def _is_condition(words: list[str]) -> bool:
    """Whether the words between `[[` and `]]` are operands joined by operators, with parentheses in pairs."""
    at = opened = 0
    operand = True  # what must come next
    while at < len(words):
        word = words[at]
        following = words[at + 1 : at + 3]
        step = 1
        if not operand:
            if word in {"&&", "||"}:
                operand = True
            elif word == ")" and opened:
                opened -= 1
            else:
                return False
        elif word == "(":
            opened += 1
        elif word in {")", "&&", "||", "<", ">"}:
            return False
        elif word != "!":
            operand = False
            if _UNARY.match(word):
                if not following or following[0] in _JOINS:
                    return False
                step = 2
            elif len(following) > 1 and following[0] in _BINARY and following[1] not in _JOINS:
                step = 3
        at += step
    return not operand and not opened
