"""What a Perl program given in the words of a command does: `read`.

Rules that live here and nowhere else:

* A word that is no function of `HARMLESS` or `ACTS`, no name of the program's own, no handle and no key is not known,
  and makes the program opaque. Functions are known with their literal arguments.
* Code in a replacement (`s///e`), in a pattern (`(?{...})`) or in a text (`@{[...]}`) is opaque.
* Any program executes Perl: it is never said to only read.

Not promised: what modules do that are used.
"""

import functools
import itertools
import re

from runner.policy.languages.doing import Doing
from runner.policy.languages.known import Known, looks_like_path
from runner.policy.languages.tokens import Token, Unread, arguments, certain, enclosed, unescaped, value_before

_HARMLESS_WORDS = """
print say printf my our local state foreach for while if unless else elsif until sub return last next redo split join
map grep sort reverse keys values each exists delete defined undef push pop shift unshift splice length substr index
rindex lc uc lcfirst ucfirst fc sprintf abs int sqrt sin cos atan2 exp log hex oct ord chr rand srand chomp chop
wantarray die warn exit eq ne lt gt le ge cmp and or not xor x ref bless scalar time times localtime gmtime sleep pos
quotemeta pack unpack vec use no strict warnings utf8 feature BEGIN END INIT STDIN STDOUT STDERR ARGV ENV __FILE__
__LINE__ __PACKAGE__ __END__ __DATA__ DATA eof read sysread readline binmode close closedir readdir seek tell fileno
select lstat stat package import study reset formline format write getc tie tied untie lock prototype wait waitpid
continue default given when sum max min first any all uniq shuffle reduce sum0 maxstr minstr product pairs dumper
Dumper Data List Util Scalar POSIX floor ceil fmod strftime Time HiRes JSON PP decode_json encode_json basename
dirname fileparse File Basename encoding open_utf8 caller sprintf lcfirst e i g m s o c
"""
HARMLESS = frozenset(_HARMLESS_WORDS.split())
"""Functions and words that only compute, print or read what is given."""

ACTS = """
shell   system exec readpipe
delete  unlink rmdir
tree    rmtree remove_tree
write   mkdir make_path mkpath truncate
second  opendir
move    rename move
copy    copy link symlink
mode    chmod chown utime
open    open sysopen
code    eval
file    do require
cwd     chdir
escape  chroot
kill    kill
net     socket connect send
expose  bind listen
ok      fork alarm pipe umask getpwnam getpwuid getppid flock shutdown getprotobyname accept setsockopt syswrite
opaque  syscall ioctl fcntl dbmopen dump
read    glob readlink
rights  setuid setgid
url     get getstore getprint
address sockaddr_in inet_aton gethostbyname
"""
"""Functions that do more, behind what they do."""

_ACTS = {name: line.split()[0] for line in ACTS.splitlines() for name in line.split()[1:]}

_QUOTES = re.compile(r"(?:qq|qw|qx|qr|q|tr|m|s|y)(?=\s*[^\w\s,;=)]|\s+[^\w\s,;=)>])")
_VARIABLE = re.compile(r"[$@%&]\#?\${0,4}(?:::)?[A-Za-z_]\w*(?:::\w+)*|\$\#?[^\w\s]|\$\d+|[@%]\${1,4}\w+|@\{|%\{|\$\{")
_WORD = re.compile(r"[A-Za-z_]\w*(?:(?:::|')[A-Za-z_]\w*)*")
_NUMBER = re.compile(r"0[xXbB][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
_KEYWORDS_WORDS = """
split grep map if unless and or not return while until x print push join eq ne lt gt
"""
_KEYWORDS = frozenset(_KEYWORDS_WORDS.split())
_INSERTS_CODE = re.compile(r"[@$]\{(?!\w+\})|\(\?\??\{")
_FLAGS = re.compile(r"[a-z]*")
_DISGUISES = re.compile(r"decode_base64|unpack|pack\s*\(?\s*[\"']H|uncompress|MIME::Base64")
_NETWORK = re.compile(r"\b(?:IO::Socket\w*|Socket|LWP\w*|Net::\w+|HTTP::\w+)\b")

DEPTH = 8
"""Programs inside literals inside programs that are followed. Our choice."""

LIMIT_CHARS = 50_000
"""Longer programs are opaque unread, which bounds time and memory. Our choice."""


def read(text: str, *, cwd: str | None, home: str) -> Doing:
    """Return what a Perl program does. Cost: linear in its length."""
    program = _Program(Known(cwd, home, "perl"))
    program.known.executes()
    try:
        program.run(text)
    except Unread as reason:
        program.known.opaque(str(reason))
    return program.known.doing()


def tokens(text: str) -> list[Token]:
    """Return the words of a program.

    Raises:
        Unread: something in it has no end, or it has a form that is not read.
    """
    if len(text) > LIMIT_CHARS:
        raise Unread(f"a Perl program longer than {LIMIT_CHARS:,} characters")
    found: list[Token] = []
    position = 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
        elif char == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif char in "'\"`":
            inner, position = enclosed(text, position)
            found.append(_literal({"'": "q", '"': "qq", "`": "qx"}[char], inner))
        elif (
            text.startswith("<<", position)
            and re.match(r"<<~?[\"'A-Z]", text[position:])
            and not value_before(found, _KEYWORDS)
        ):
            raise Unread("a here-document")
        elif (match := _VARIABLE.match(text, position)) is not None:
            found.append(Token("number", match.group()))
            position = match.end()
        elif (match := _QUOTES.match(text, position)) is not None and not _is_key(text, match.end(), found):
            position = _quoted(text, match.group(), match.end(), found)
        elif char == "/" and not value_before(found, _KEYWORDS):
            inner, position = enclosed(text, position)
            flags = _FLAGS.match(text, position)
            position = flags.end() if flags else position
            found.append(Token("pattern", inner))
        elif (match := _WORD.match(text, position) or _NUMBER.match(text, position)) is not None:
            found.append(Token("number" if char.isdigit() else "name", match.group()))
            position = match.end()
        else:
            width = 2 if text[position : position + 2] in {"->", "=>", "=~", "!~", "||", "&&", "//"} else 1
            found.append(Token("mark", text[position : position + width]))
            position += width
    return found


def _is_key(text: str, end: int, found: list[Token]) -> bool:
    """Whether a word like `s` or `y` is a key of a hash, or a method, and no quote."""
    behind = text[end:].lstrip()
    return (
        behind.startswith("=>")
        or (bool(found) and found[-1].value == "->")
        or (bool(found) and found[-1].value == "{" and behind[:1] == "}")
    )


def _literal(operator: str, inner: str) -> Token:
    if operator == "q":
        return Token("text", unescaped(inner))
    if operator == "qw":
        return Token("pattern", "")
    live = re.search(r"(?<!\\)[$@]", inner)
    kind = {"qx": "command"}.get(operator, "text")
    return Token(kind, unescaped(inner), (inner,) if live else ())


def _quoted(text: str, operator: str, position: int, found: list[Token]) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    inner, end = enclosed(text, position)
    if operator not in {"s", "tr", "y"}:
        if operator in {"m", "qr"}:
            flags = _FLAGS.match(text, end)
            end = flags.end() if flags else end
            found.append(Token("pattern", inner))
        else:
            found.append(_literal(operator, inner))
        return end
    second = end
    if text[position] in "([{<":
        while second < len(text) and text[second].isspace():
            second += 1
        if second >= len(text):
            raise Unread("a replacement without its end")
    else:
        second -= 1
    replacement, end = enclosed(text, second)
    flags = _FLAGS.match(text, end)
    end = flags.end() if flags else end
    found.append(Token("pattern", inner, (replacement,), flags.group() if flags and operator == "s" else ""))
    return end


@functools.lru_cache(maxsize=4)
def _disguised(text: str) -> bool:
    """Whether a program turns disguised text into plain text somewhere."""
    return _DISGUISES.search(text) is not None


class _Program:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.own: set[str] = set()
        self.text = ""
        self.depth = 0

    def run(self, text: str) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            raise Unread("code inside of code, too deep")
        outer, self.text = self.text, text
        words = tokens(text)
        self.own |= {two.value for one, two in itertools.pairwise(words) if one.value in {"sub", "package"}}
        network = _NETWORK.search(text) is not None
        for number, token in enumerate(words):
            self._token(words, number, token)
        if network:
            self.known.send("?")
            if self.known.commands or re.search(r"\b(?:exec|system)\b", text):
                self.known.hazard("reverse-shell")
        self.depth -= 1
        self.text = outer

    def _token(self, words: list[Token], number: int, token: Token) -> None:
        if token.kind == "pattern":
            if "e" in token.flags:
                self.known.opaque("a replacement that is code")
            if _INSERTS_CODE.search(token.value) or any(_INSERTS_CODE.search(one) for one in token.inserted):
                self.known.opaque("a pattern that holds code")
        elif token.kind == "command":
            self.known.command(None if token.inserted else token.value)
        elif token.kind == "text":
            if any(_INSERTS_CODE.search(one) for one in token.inserted):
                self.known.opaque("a text that holds code")
            if token.literal is not None and looks_like_path(token.literal):
                self.known.named(token.literal)
        elif token.kind == "number" and token.value in {"%ENV", "@ENV"}:
            self.known.hazard("private")
        elif token.kind == "number" and token.value[:1] == "&" and token.value[1:] not in self.own:
            self.known.opaque("a function is called by a name that is made while it runs")
        elif token.kind == "name":
            self._name(words, number, token.value)

    def _name(self, words: list[Token], number: int, name: str) -> None:
        before = words[number - 1].value if number else ""
        following = words[number + 1].value if number + 1 < len(words) else ""
        if before in {"->", "sub", "use", "no", "package"} or following == "=>" or (before == "{" and following == "}"):
            return
        if name in _ACTS:
            self._act(_ACTS[name], name, arguments(words, number + 1), following)
        elif not (
            name in HARMLESS
            or name in self.own
            or name.isupper()
            or "::" in name
            or following in {"->", ":"}
            or name == "qw"
        ):
            self.known.opaque(f"what `{name}` does is not known")

    def _act(self, act: str, name: str, args: list[list[Token]], following: str) -> None:
        known = self.known
        literals = [certain(words) for words in args]
        first = literals[0] if literals else None
        match act:
            case "shell":
                known.command(_command(literals))
            case "delete" | "tree":
                for one in literals or [None]:
                    known.path(act, one)
            case "write" | "read" | "cwd":
                known.path(act, first)
            case "mode":
                for one in literals[1:] or [None]:
                    known.path("write", one)
            case "second":
                known.path("read", literals[1] if len(literals) > 1 else None)
            case "move" | "copy":
                known.path("delete" if act == "move" else "read", first)
                known.path("write", literals[1] if len(literals) > 1 else None)
            case "open":
                self._open(args, literals)
            case "code" | "file":
                self._code(act, first, following)
            case "net" | "address":
                known.send(first) if act == "address" else known.send("?")
            case "url":
                known.send(first)
            case "opaque":
                known.opaque(f"`{name}` reaches the kernel")
            case "rights":
                known.hazard("privilege")
            case "ok":
                return
            case _:
                known.hazard(act)

    def _open(self, args: list[list[Token]], literals: list[str | None]) -> None:
        mode = literals[1] if len(literals) > 1 else None
        if mode is None or mode.startswith((">&", "<&", ">>&", "+<&")):
            if mode is None and len(args) > 1:
                self.known.opaque("what it opens, a file or a command, is known only when it runs")
            return
        if mode.strip() in {"-|", "|-"} or mode.strip().startswith("-|"):
            self.known.command(_command(literals[2:]))
        elif mode.strip().startswith("|") or mode.strip().endswith("|"):
            self.known.command(mode.strip().strip("|"))
        else:
            sign, name = re.match(r"\s*(\+?[<>]{0,2}|)\s*(?::\S+\s*)?(.*)", mode, re.DOTALL).groups()  # type: ignore[union-attr]  # the pattern matches any text
            target = name or (literals[2] if len(literals) > 2 else None)  # noqa: PLR2004 - the third argument
            self.known.path("write" if ">" in sign or "+" in sign else "read", target)

    def _code(self, act: str, first: str | None, following: str) -> None:
        if following == "{" or (act == "file" and first is None and following[:1].isalnum()):
            return
        if act == "file":
            self.known.path("script", first)
        elif first is not None:
            self.run(first)
        else:
            self.known.opaque("it runs code that it makes")
            if _disguised(self.text):
                self.known.hazard("obfuscated")


def _command(literals: list[str | None]) -> str | None:
    known = [one for one in literals if one is not None]
    if not known or literals[0] is None:
        return None
    if len(known) == 1 and len(literals) == 1:
        return known[0]
    return " ".join(f"'{one}'" if one is not None and "'" not in one else '"$UNKNOWN"' for one in literals)
