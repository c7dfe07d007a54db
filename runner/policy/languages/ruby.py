"""What a Ruby program given in the words of a command does: `read`.

Rules that live here and nowhere else:

* Functions are known by their names with the object they are called on (`ACTS`); arguments are known when they are
  literals. What is inserted into a literal is read as a program.
* Code made while it runs, and methods called by a name made while it runs, are opaque.
* Any program executes Ruby: it is never said to only read.

Not promised: what libraries do that are required.
"""

import functools
import re

from runner.policy.languages.doing import Doing
from runner.policy.languages.known import Known, looks_like_path
from runner.policy.languages.tokens import (
    Token,
    Unread,
    arguments,
    certain,
    enclosed,
    insertions,
    unescaped,
    value_before,
)

ACTS = """
shell   system exec spawn Kernel.system Kernel.exec Kernel.spawn Process.spawn Process.exec IO.popen Open3.capture2
shell   Open3.capture3 Open3.capture2e Open3.popen3 Open3.popen2 Open3.popen2e PTY.spawn PTY.getpty Shell.execute
read    File.read File.readlines File.foreach File.binread IO.read IO.readlines IO.binread IO.foreach Dir.entries
read    Dir.children Dir.glob Dir.each_child Dir.foreach File.stat File.size File.exist? File.file? File.directory?
read    CSV.read CSV.foreach YAML.load_file YAML.safe_load_file JSON.load_file File.readlink Dir.open Dir.new
write   File.write IO.write IO.binwrite File.binwrite Dir.mkdir FileUtils.mkdir FileUtils.mkdir_p FileUtils.touch
write   File.truncate FileUtils.makedirs File.mkfifo
mode    File.chmod File.chown FileUtils.chmod FileUtils.chown FileUtils.chmod_R FileUtils.chown_R File.utime
move    File.rename FileUtils.mv FileUtils.move
copy    FileUtils.cp FileUtils.cp_r FileUtils.copy FileUtils.copy_file FileUtils.ln_s FileUtils.ln File.symlink
copy    File.link FileUtils.install
delete  File.delete File.unlink Dir.delete Dir.rmdir Dir.unlink FileUtils.rm FileUtils.rm_f FileUtils.remove
delete  FileUtils.rmdir
tree    FileUtils.rm_rf FileUtils.rm_r FileUtils.rmtree FileUtils.remove_dir FileUtils.remove_entry
tree    FileUtils.remove_entry_secure FileUtils.remove_file
open    File.open File.new IO.open open Kernel.open IO.sysopen
code    eval instance_eval class_eval module_eval Kernel.eval
opaque  binding send public_send __send__ method instance_method define_method const_get syscall Fiddle ObjectSpace
opaque  instance_variable_get instance_exec class_exec RubyVM Binding to_proc
script  load require_relative
url     URI.open Net.get HTTP.get HTTP.get_response HTTP.start HTTP.new TCPSocket.new TCPSocket.open UDPSocket.new
url     Socket.tcp HTTParty.get Faraday.get RestClient.get HTTP.get_print OpenURI.open_uri
upload  HTTP.post HTTP.post_form HTTParty.post HTTParty.put Faraday.post RestClient.post RestClient.put HTTP.put
expose  TCPServer.new TCPServer.open WEBrick UNIXServer.new Socket.tcp_server_loop
kill    Process.kill
rights  UID.change_privilege UID.eid= Process.setuid Sys.setuid Process.uid= Process.euid=
escape  Dir.chroot
cwd     Dir.chdir FileUtils.cd FileUtils.chdir
run     Marshal.load YAML.load YAML.unsafe_load PStore.new
"""
"""What functions do, by the last name of what they are called on and their own."""

_ACTS = {name: line.split()[0] for line in ACTS.splitlines() for name in line.split()[1:]}
_SOCKETS = frozenset({"TCPSocket", "UDPSocket", "Socket", "OpenSSL"})
_KEYWORDS_WORDS = """
if unless while until and or not return then else elsif when in do puts print p case split match grep
"""
_KEYWORDS = frozenset(_KEYWORDS_WORDS.split())
_WORD = re.compile(r"[A-Za-z_]\w*[?!]?")
_NUMBER = re.compile(r"0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PERCENT = re.compile(r"%[qQwWiIxrs]?(?=[^\w\s=])")
_HEREDOC = re.compile(r"<<[~-]?[\"'`]?[A-Z_]\w*")
_VARIABLE = re.compile(r"(?:@@?|\$)[A-Za-z_]\w*|\$[^\w\s]")
_SYMBOL = re.compile(r":(?:[A-Za-z_]\w*[?!=]?|\"[^\"]*\")")
_DISGUISES = re.compile(r"unpack|decode64|Base64|inflate|Inflate")
_FETCHES = re.compile(r"URI|Net::|HTTP|open-uri")

_ONE = frozenset({".fetch", ".key?", ".has_key?", ".include?", ".delete"})

LIMIT_CHARS = 50_000
"""Longer programs are opaque unread, which bounds time and memory. Our choice."""


def read(text: str, *, cwd: str | None, home: str) -> Doing:
    """Return what a Ruby program does. Cost: linear in its length."""
    program = _Program(Known(cwd, home, "ruby"))
    program.known.executes()
    try:
        program.run(text, 0)
    except Unread as reason:
        program.known.opaque(str(reason))
    return program.known.doing()


def tokens(text: str) -> list[Token]:
    """Return the words of a program.

    Raises:
        Unread: something in it has no end, or it has a form that is not read (a here-document).
    """
    if len(text) > LIMIT_CHARS:
        raise Unread(f"a Ruby program longer than {LIMIT_CHARS:,} characters")
    found: list[Token] = []
    position = 0
    while position < len(text):
        char = text[position]
        divides = value_before(found, _KEYWORDS)
        if char == "\n":
            found.append(Token("mark", char))
            position += 1
        elif char.isspace():
            position += 1
        elif char == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif char in "'\"`":
            inner, position = enclosed(text, position)
            found.append(_literal(char, inner))
        elif char == "%" and not divides and (match := _PERCENT.match(text, position)):
            inner, position = enclosed(text, match.end())
            found.append(
                _literal({"x": "`", "q": "'", "w": "w", "W": "w", "r": "/"}.get(match.group()[1:], '"'), inner)
            )
        elif char == "/" and (not divides or _spaced(text, position, found)):
            inner, position = enclosed(text, position)
            found.append(Token("pattern", inner, insertions(inner, "#")))
        elif _HEREDOC.match(text, position) and not divides:
            raise Unread("a here-document")
        else:
            position = _plain(text, position, found)
    return found


def _spaced(text: str, position: int, found: list[Token]) -> bool:
    """Whether a slash behind a name begins a pattern: a blank stands before it and none behind."""
    return found[-1].kind == "name" and text[position - 1].isspace() and not text[position + 1 : position + 2].isspace()


def _literal(quote: str, inner: str) -> Token:
    if quote == "'":
        return Token("text", unescaped(inner))
    if quote == "w":
        return Token("pattern", inner)
    kind = {"`": "command", "/": "pattern"}.get(quote, "text")
    return Token(kind, unescaped(inner), insertions(inner, "#"))


def _plain(text: str, position: int, found: list[Token]) -> int:
    for kind, form in (("mark", _SYMBOL), ("mark", _VARIABLE), ("name", _WORD), ("number", _NUMBER)):
        match = form.match(text, position)
        if match is not None and not (form is _SYMBOL and text[position - 1 : position] == ":"):
            found.append(Token("number" if form in {_SYMBOL, _VARIABLE} else kind, match.group()))
            return match.end()
    found.append(Token("mark", text[position]))
    return position + 1


@functools.lru_cache(maxsize=4)
def _fetches(text: str) -> bool:
    """Whether a program fetches something somewhere."""
    return _FETCHES.search(text) is not None


@functools.lru_cache(maxsize=4)
def _disguised(text: str) -> bool:
    """Whether a program turns disguised text into plain text somewhere."""
    return _DISGUISES.search(text) is not None


class _Program:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.sockets = False

    def run(self, text: str, depth: int) -> None:
        if depth > 8:  # noqa: PLR2004 - programs inside literals inside programs
            raise Unread("code inside of code, too deep")
        words = tokens(text)
        for number, token in enumerate(words):
            for inner in token.inserted:
                self.run(inner, depth + 1)
            if token.kind == "command":
                self.known.command(None if token.inserted else token.value)
            elif token.literal is not None and looks_like_path(token.literal):
                self.known.named(token.literal)
            elif token.kind == "name":
                self._name(words, number, text, depth)
        if self.sockets and (self.known.commands or "exec" in text or "popen" in text):
            self.known.hazard("reverse-shell")

    def _name(self, words: list[Token], number: int, text: str, depth: int) -> None:
        name = words[number].value
        before = words[number - 1].value if number else ""
        owner = (
            words[number - 2].value if before in {".", ":"} and number > 1 and words[number - 2].kind == "name" else ""
        )
        if name in _SOCKETS:
            self.sockets = True
        if (
            name == "ENV"
            and "".join(word.value for word in words[number + 1 : number + 3]) not in _ONE
            and _next(words, number) != "["
        ):
            self.known.hazard("private")
        act = _ACTS.get(f"{owner}.{name}" if owner else name)
        if act is None and name in {
            "send",
            "public_send",
            "__send__",
            "instance_eval",
            "class_eval",
            "const_get",
            "method",
        }:
            act = "opaque"
        if act is not None and not (
            before == "def" or (owner == "" and before == "." and act not in {"opaque", "code"})
        ):
            self._act(act, name, arguments(words, number + 1), text, depth)

    def _act(self, act: str, name: str, args: list[list[Token]], text: str, depth: int) -> None:
        known = self.known
        literals = [certain(words) for words in args]
        first = literals[0] if literals else None
        match act:
            case "shell":
                known.command(_command(literals))
            case "read" | "write" | "tree" | "delete":
                for one in literals[: 1 if act in {"read", "write"} else None] or [None]:
                    known.path(act, one)
            case "mode":
                for one in literals[1:] or [None]:
                    known.path("write", one)
            case "move" | "copy":
                known.path("delete" if act == "move" else "read", first)
                known.path("write", literals[1] if len(literals) > 1 else None)
            case "open":
                self._open(literals, name)
            case "code":
                self._code(first, text, depth)
            case "script":
                known.path(
                    "script", first if first is None or name == "load" or first.endswith(".rb") else f"{first}.rb"
                )
            case "url" | "upload":
                known.send(first or _uri(args))
                if act == "upload":
                    known.hazard("upload")
            case "cwd":
                known.path("cwd", first)
            case "opaque":
                known.opaque(f"`{name}` reaches what no name says")
            case "rights":
                known.hazard("privilege")
            case "run":
                return
            case _:
                known.hazard(act)

    def _open(self, literals: list[str | None], name: str) -> None:
        first = literals[0] if literals else None
        mode = literals[1] if len(literals) > 1 else "r"
        if name == "open" and first is not None and first.startswith("|"):
            self.known.command(first[1:])
        elif first is not None and re.match(r"\w+://", first):
            self.known.send(first)
        elif name == "open" and first is None:
            self.known.opaque("what it opens, a file or a command, is known only when it runs")
        else:
            self.known.path("write" if mode is None or set(mode) & set("wa+") else "read", first)

    def _code(self, first: str | None, text: str, depth: int) -> None:
        if first is not None:
            self.run(first, depth + 1)
            return
        self.known.opaque("it runs code that it makes")
        if _disguised(text):
            self.known.hazard("obfuscated")
        if _fetches(text):
            self.known.hazard("fetch-run")


def _next(words: list[Token], number: int) -> str:
    return words[number + 1].value if number + 1 < len(words) else ""


def _command(literals: list[str | None]) -> str | None:
    known = [one for one in literals if one is not None]
    if not known or literals[0] is None:
        return None
    if len(known) == 1:
        return known[0]
    return " ".join(f"'{one}'" if one is not None and "'" not in one else '"$UNKNOWN"' for one in literals)


def _uri(args: list[list[Token]]) -> str | None:
    return next((token.literal for words in args for token in words if token.literal), None)
