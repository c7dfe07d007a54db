"""What a JavaScript program given in the words of a command does: `read`.

Rules that live here and nowhere else:

* Functions are known by their names (`ACTS`), whatever they are called on: `fs.unlinkSync`, `{unlinkSync}` of a module
  taken apart, a promise's `unlink`. Their arguments are known when they are literals.
* A name of `ACTS` that is not called, a member that is looked up by a name made while it runs, and code made while it
  runs are opaque.
* Any program executes JavaScript: what it requires may be the workspace's. It is never said to only read.

Not promised: what modules do that are required.
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
read    readFile readFileSync createReadStream readdir readdirSync opendir opendirSync stat statSync lstat lstatSync
read    access accessSync existsSync readlink readlinkSync realpathSync watchFile openAsBlob
write   writeFile writeFileSync appendFile appendFileSync createWriteStream mkdir mkdirSync truncate truncateSync
write   utimes utimesSync mkdtempSync outputFile outputFileSync outputJson outputJsonSync ensureFileSync
write   ensureDirSync writeJsonSync chmod chmodSync chown chownSync
both    openSync open
move    rename renameSync
copy    copyFile copyFileSync cpSync copySync link linkSync symlink symlinkSync
delete  unlink unlinkSync rmdir rmdirSync
tree    rm rmSync rimraf rimrafSync emptyDirSync removeSync
shell   exec execSync
argv    spawn spawnSync execFile execFileSync
script  fork loadEnvFile
url     fetch request get createConnection
net     connect
expose  listen createServer
kill    kill
opaque  eval Function AsyncFunction constructor dlopen binding _linkedBinding runInThisContext runInNewContext
opaque  runInContext compileFunction createRequire __proto__ __defineGetter__ mainModule _load importScripts
opaque  execScript
rights  setuid setgid seteuid setegid setgroups initgroups
"""
"""What functions do, by their names."""

_ACTS = {name: line.split()[0] for line in ACTS.splitlines() for name in line.split()[1:]}
_COMMON = frozenset(
    {
        "get",
        "request",
        "open",
        "link",
        "connect",
        "exec",
        "access",
        "kill",
        "rename",
        "copy",
        "rm",
        "fork",
        "listen",
        "stat",
    }
)
"""Names that other objects use too (`map.get`, `/x/.exec(text)`): acts only on the object or module that is meant."""

_OWNERS = {
    "get": {"http", "https", "axios", "got", "needle", "superagent"},
    "request": {"http", "https", "axios", "got", "undici"},
    "open": {"fs", "promises", "fsPromises"},
    "link": {"fs", "promises"},
    "access": {"fs", "promises"},
    "stat": {"fs", "promises"},
    "rename": {"fs", "promises"},
    "rm": {"fs", "promises"},
    "copy": {"fs", "fse"},
    "connect": {"net", "tls", "http2", "s", "sock", "socket", "client", "c"},
    "exec": {"child_process", "cp", "childProcess", "child", "shell"},
    "fork": {"child_process", "cp", "cluster"},
    "kill": {"process"},
    "listen": {"server", "app", "s", "http", "net"},
}
_GLOBALS = frozenset(
    {"global", "globalThis", "process", "require", "module", "Reflect", "window", "self", "this", "fs", "child_process"}
)
_SENDERS = frozenset({"post", "put", "patch"})
_NETWORK = frozenset({"net", "tls", "dgram", "http", "https", "http2"})
_KEYWORDS_WORDS = """
return typeof case in of delete void throw new else do instanceof await yield
"""
_KEYWORDS = frozenset(_KEYWORDS_WORDS.split())
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"0[xXbBoO][\da-fA-F_]+n?|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?n?|\.\d+")
_FLAGS = re.compile(r"[a-z]*")
_DISGUISES = re.compile(r"base64|atob|fromCharCode|unescape|hex\b")

LIMIT_CHARS = 50_000
"""Longer programs are opaque unread, which bounds time and memory. Our choice."""


def read(text: str, *, cwd: str | None, home: str) -> Doing:
    """Return what a JavaScript program does. Cost: linear in its length."""
    program = _Program(Known(cwd, home, "node"))
    program.known.executes()
    try:
        program.run(text, 0)
    except Unread as reason:
        program.known.opaque(str(reason))
    return program.known.doing()


def tokens(text: str) -> list[Token]:
    """Return the words of a program.

    Raises:
        Unread: it has no end, or something in it has none.
    """
    if len(text) > LIMIT_CHARS:
        raise Unread(f"a JavaScript program longer than {LIMIT_CHARS:,} characters")
    found: list[Token] = []
    position = 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
        elif text.startswith("//", position):
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif text.startswith("/*", position):
            end = text.find("*/", position + 2)
            if end < 0:
                raise Unread("a comment without its end")
            position = end + 2
        elif char in "'\"`":
            inner, position = enclosed(text, position)
            found.append(Token("text", unescaped(inner), insertions(inner, "$") if char == "`" else ()))
        elif char == "/" and not value_before(found, _KEYWORDS):
            inner, position = _pattern(text, position)
            flags = _FLAGS.match(text, position)
            position = flags.end() if flags else position
            found.append(Token("pattern", inner))
        elif (match := _WORD.match(text, position)) or (match := _NUMBER.match(text, position)):
            found.append(Token("number" if char.isdigit() or char == "." else "name", match.group()))
            position = match.end()
        else:
            found.append(Token("mark", char))
            position += 1
    if found and found[-1].kind == "mark" and found[-1].value in "+-*/%=<>&|^?:,.":
        raise Unread("it ends in the middle")
    return found


def _pattern(text: str, start: int) -> tuple[str, int]:
    position, inside = start + 1, False
    while position < len(text) and text[position] != "\n":
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "[":
            inside = True
        elif char == "]":
            inside = False
        elif char == "/" and not inside:
            return text[start + 1 : position], position + 1
        position += 1
    raise Unread("a pattern without its end")


@functools.lru_cache(maxsize=4)
def _disguised(text: str) -> bool:
    """Whether a program turns disguised text into plain text somewhere."""
    return _DISGUISES.search(text) is not None


class _Program:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.modules: set[str] = set()

    def run(self, text: str, depth: int) -> None:
        words = tokens(text)
        if depth > 8:  # noqa: PLR2004 - programs inside literals inside programs
            raise Unread("code inside of code, too deep")
        for number, token in enumerate(words):
            if token.kind == "text":
                for inner in token.inserted:
                    self.run(inner, depth + 1)
                if not token.inserted and looks_like_path(token.value):
                    self.known.named(token.value)
                if _value(words, number - 1) == "[" and _ACTS.get(token.value) == "opaque":
                    self.known.opaque(f"`{token.value}` makes code while it runs")
            elif token.kind == "name":
                self._name(words, number, text)
        if self.modules & _NETWORK and self.known.commands:
            self.known.hazard("reverse-shell")

    def _name(self, words: list[Token], number: int, text: str) -> None:
        name, following = words[number].value, _value(words, number + 1)
        owner = _value(words, number - 2) if _value(words, number - 1) == "." else ""
        if name in _GLOBALS and following == "[" and not _looks_up(words, number + 2):
            self.known.opaque(f"a member of `{name}` is looked up by a name that is made while it runs")
        elif name in {"require", "import"}:
            self._required(words, number, following)
        elif name == "env" and owner == "process" and following not in {".", "["}:
            self.known.hazard("private")
        elif name in _SENDERS and owner in {"axios", "got", "needle", "superagent", "request"}:
            self.known.send(_first(arguments(words, number + 1)))
            self.known.hazard("upload")
        elif name in _ACTS and following != ":" and (name not in _COMMON or _is_meant(name, owner, following)):
            self._act(_ACTS[name], name, words, number, text)

    def _required(self, words: list[Token], number: int, following: str) -> None:
        args = arguments(words, number + 1)
        module = _first(args) if following == "(" else next((one.literal for one in words[number:] if one.literal), "")
        if module is None:
            self.known.opaque("a module is loaded by a name that is made while it runs")
        elif module:
            name = module.removeprefix("node:")
            self.modules.add(name.split("/", 1)[0])
            if name in {"vm", "worker_threads", "module", "inspector", "v8", "ffi-napi", "repl"}:
                self.known.opaque(f"with `{name}` anything can be done")

    def _act(self, act: str, name: str, words: list[Token], number: int, text: str) -> None:
        known = self.known
        if act == "opaque":
            known.opaque(f"`{name}` makes code while it runs")
            if _disguised(text):
                known.hazard("obfuscated")
            return
        if _value(words, number + 1) != "(":
            if _value(words, number - 1) in {"{", ","} and _value(words, number + 1) in {"}", ","}:
                return  # taken out of a module by its name
            known.opaque(f"`{name}` is handed on")
            return
        args = arguments(words, number + 1)
        first, second = _first(args), _first(args[1:])
        match act:
            case "read" | "write" | "delete" | "tree" | "script":
                known.path(act, first)
            case "both":
                known.path("read" if second in {None, "r"} and len(args) > 1 else "write", first)
            case "move" | "copy":
                known.path("delete" if act == "move" else "read", first)
                known.path("write", second)
            case "shell":
                known.command(first)
            case "argv":
                known.command(_argv(args))
            case "url":
                known.send(first or _host(args))
                if len(args) > 1 and name == "fetch":
                    known.hazard("upload")
            case "net":
                known.send(next((one for one in map(certain, args) if one), None) or _host(args))
            case "expose":
                known.hazard("expose")
            case "kill":
                known.hazard("kill")
            case _:
                known.hazard("privilege")


def _value(words: list[Token], number: int) -> str:
    if not 0 <= number < len(words):
        return ""
    return words[number].value if words[number].kind != "text" else "text"


def _is_meant(name: str, owner: str, following: str) -> bool:
    """Whether a name that many objects have is the act here: by its owner, alone, or on what a call returned."""
    if owner in _OWNERS.get(name, set()):
        return True
    if name == "get":
        return owner == ")"
    return owner == ")" or (owner == "" and following == "(")


def _looks_up(words: list[Token], number: int) -> bool:
    """Whether a member's name between brackets is a literal, and none of an act."""
    return number < len(words) and words[number].literal not in {None, *_ACTS} and _value(words, number + 1) == "]"


def _first(args: list[list[Token]]) -> str | None:
    return certain(args[0]) if args else None


def _host(args: list[list[Token]]) -> str | None:
    """The host among an object's members."""
    for words in args:
        for number, token in enumerate(words[:-2]):
            if token.value in {"host", "hostname"} and words[number + 1].value == ":":
                return words[number + 2].literal
    return None


def _argv(args: list[list[Token]]) -> str | None:
    """The command of a program and its list of words, as far as they are literals."""
    first = _first(args)
    if first is None:
        return None
    words = [token.literal for token in args[1] if token.kind == "text"] if len(args) > 1 else []
    if len(args) > 1 and any(token.kind in {"name", "number"} for token in args[1]) and args[1][0].value == "[":
        words.append("$UNKNOWN")
    return " ".join([first, *(f"'{word}'" if word and "'" not in word else '"$UNKNOWN"' for word in words)])
