r"""How the tables say what a program does: one line is one program or subcommand, in four fields.

    NAMES | OPTIONS | OPERANDS | CONSEQUENCES

    sort                | -bdfgiMhnrRVcCsuz -k= -t= -S= -T= -o> --output> --compress-program{command} | <...
    git log             | * --output> --ext-diff? -O=                                                | =...
    git push            | -unq --tags -f!history --force!history * | =... | send
    timeout             | -k= -s= --foreground -v | = {command}           | transparent
    sed                 | -nEruz -e{sed}:first -f? -i[=]:edit --in-place[=]:edit | {sed} <...

A line that begins with blanks goes on with the one before it; `#` at its beginning makes it a comment. `@name = TEXT`
gives a text a name, and `@name` in a field below stands for it. A later line for the same
names replaces an earlier one.

NAMES: program and subcommand words, separated by blanks; alternatives of a word by commas (`docker,podman ps`). `#`
ends a name that may carry a version number (`python#`: python, python3, python3.12). A word that begins with `-` is
an option that makes another line apply wherever it stands (`tar -x,--extract`): the first such line that lists all
options that are there. A subcommand word may be a pattern (`aws * get-*`); `**` is any number of words up to the first
one that the lines know behind it, so that a thing called `list` makes no listing of `delete list`.

OPTIONS, separated by blanks:
    -abc          switches, also clustered; --long a long switch (an unambiguous beginning of it counts)
    -k=  --key=   takes a value that is data
    -k<  -k>      takes a path that is read, written; -k<> one that is read and written; -k/ a directory to work in
    -k{ROLE}      takes a value of another role, see below
    -i[=]         takes a value only when it is attached
    -k=(a*|b)...  only for values that match one of the patterns; the option is looked up further on for others
    -#            a number behind the dash (`head -5`)
    +abc  +*      switches with a plus; any word that begins with a plus
    word          a word that is no operand (`find`'s `!`, `\(`); key=ROLE  an operand `key=VALUE` (`dd`)
    ...!ID        with it, the hazard ID; ...? with it, opaque; ...:run with it, it executes code of the workspace;
                  ...:send with it, it sends; ...:edit with it, operands that are read are written too
    ...:pair      it takes one more value behind its own, which is data; ...:exact the last operand is no directory to
                  write into; ...:there its command runs where something is found
    ...:first     with it, the first operand is not there (`grep -e`); ...:last the last one (`cp -t`)
    ...:delete    with it, operands that are read are deleted with all below; ...:decode its output is text in disguise;
                  ...:lists its output is names of files
    ...:dry       with it, nothing is run, written or deleted, and no hazard counts; what is sent is still sent
    ...:safe      with it, operands are not written or deleted, and no hazard of theirs or of the line counts
    ...:help      with it, the program prints and ends, whatever else is given
    ...:end       with it, all words that follow are operands (`python -c`)
    -name (more than one letter after one dash) is one option when CONSEQUENCES say `single-dash` or `no-clusters`
    *             any other option is a harmless switch; without it an option that is not listed makes it opaque

OPERANDS, in order: `=` data, `<` read, `>` written, `<>` read and written, `/` directory to work in, {ROLE}; `...`
behind one means any number; `[=]` one that may be missing; `!ID`, `?`, `:run`, `:send` behind one (before `...`) count
when it is there, `:beside` means that files are written whose names begin like its own. A role behind `...` is the last
operand (`<... >`: cp, which writes into the last one if that is a directory). An operand too many makes it opaque; an
empty field means none is allowed, `=...` that all are data.

ROLES: {delete} path deleted; {tree} path deleted with all below it; {moved} path read and deleted; {command} this word
and all that follow are a command; {commands} the same, and words come from stdin too (xargs); {replace} the word that
stands for those; {found} this word and all to `;` or `+` are a command run on what is read (find); {sh} shell text,
{sh}... words that joined are one; {python} {perl} {ruby} {node} {awk} {sed} {jq} {sql} program text of that language;
{script} a file that is executed as code of the workspace; {host} {url} where it sends; {path} a path that is only
named; {inside} this word and all that follow are a command run on another system, where only its dangerous acts count;
{beyond} the same, words that joined are shell text; {module} a module and its words, judged like the program of its
name where there is one; {from} a path read, or `HOST:PATH`; {to} a path written, or `HOST:PATH`, to which all {from}
are uploaded; {body} data, or `@PATH` read; {form} data, or `NAME=@PATH` read; {rev} a revision, `REV:PATH` or path of
git's, read; {prefix} paths that begin so are written; {assign} NAME=VALUE set for the command that follows; {set} NAME
or NAME=VALUE set in the shell; {name} a variable's name.

CONSEQUENCES, separated by blanks:
    run           it executes code of the workspace or changes state that no path names (executes gets NAMES)
    send          it talks to a host; `?` when no operand names it; send{HOST} HOST when no operand names it
    root          it asks for privilege
    transparent   taking this wrapper off changes nothing: allow rules may match what is inside; transparent-bare when
                  it has no options
    stdin{ROLE}   without operands it takes that from standard input; input{ROLE} whatever its operands are
    else{PATH}    without operands it is as if PATH were given
    alone!ID      hazard when nothing but options is given, bare!ID when not even those; alone? bare? opaque then
    writes{.}     it writes in the directory it works in; writes{PATH} in that path
    reads{PATH}   it reads that path
    !ID           hazard, always
    (a|b *)!ID    hazard when the operands, joined by blanks with `--` kept, match a pattern, in any case; (a|b)? opaque
    opaque        always opaque
    decode        its output is text in disguise (`rev`)
    lists         its output is names that begin with an operand (`find`); lists-names those or bare names (`ls`)
    filter        without operands its output is lines of its input
    single-dash   see OPTIONS
    options-first options end at the first operand (wrappers: always so)
    no-clusters   `-abc` is never three switches
    old-style     the first operand may be options without their dash (`tar xzf`)
    global        its options may also stand behind its subcommands
    tame          a file name taken for an option does no harm, though not all options are listed
"""

import fnmatch
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from runner.types import Word

DATA = frozenset({"", "=", "path", "replace"})
"""Roles whose value has no effect."""

_OPTION = re.compile(
    r"(?P<name>-:|[^=<>/\[\]{}!?:(]+)(?P<role>\[?(?:=?(?:=|<>|<|>|/|\{[a-z-]+\})|=)\]?)?(?P<values>\([^)]*\))?(?P<then>.*)"
)
_THEN = re.compile(r"![\w-]+|\?|:[a-z]+")
_OPERAND = re.compile(r"(?P<open>\[)?(?P<role>=|<>|<|>|/|\{[a-z-]+\})(?P<close>\])?(?P<then>[^.]*)(?P<many>\.\.\.)?")
_CONSEQUENCE = re.compile(r"(?P<name>[a-z-]*)(?:\{(?P<value>[^}]*)\}|(?P<then>![\w-]+|\?))?")
_CASE = re.compile(r"\((?P<patterns>[^)]*)\)(?P<then>![\w-]+|\?)\s*")
_FIELD = re.compile(r"\|(?![^()]*\))")
_TOKEN = re.compile(r"(?:\\.|\([^)]*\)|\S)+")
ROLES = """
delete tree moved command commands replace found sh python perl ruby node awk sed jq sql script host url path rev
prefix assign set name inside beyond module from to body form
"""
THENS = ":edit :run :send :first :last :delete :decode :lists :dry :safe :end :help :pair :exact :there :beside"
FLAGS = """
run send root transparent transparent-bare opaque decode lists lists-names filter single-dash options-first
no-clusters old-style global tame
"""
LISTS = "stdin input else reads writes send"
_ROLES, _THENS, _FLAGS, _LISTS = (frozenset(names.split()) for names in (ROLES, THENS, FLAGS, LISTS))


class Option(NamedTuple):
    """One option. `role` is empty for a switch; `then` holds what comes with it: `!ID`, `?`, `:edit` and so on."""

    name: str
    role: str = ""
    attached: bool = False
    then: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def harmless(self) -> bool:
        """Whether a file name that is taken for this option does no harm."""
        return self.role in DATA and not self.then


class Operand(NamedTuple):
    """One place among the operands."""

    role: str
    optional: bool = False
    many: bool = False
    then: tuple[str, ...] = ()


class Case(NamedTuple):
    """What follows when the operands match one of the patterns."""

    patterns: tuple[str, ...]
    then: str

    def holds(self, operands: str) -> bool:
        """Whether the operands, joined by blanks, are such a case."""
        text = operands.lower()
        return any(fnmatch.fnmatchcase(text, pattern) for pattern in self.patterns)


class Line(Word, frozen=True, kw_only=True):
    """What a table says of one program or subcommand. `name` is the first alternative of each of its words."""

    name: str
    options: Mapping[str, tuple[Option, ...]] = {}
    others: bool = False
    operands: tuple[Operand, ...] = ()
    flags: frozenset[str] = frozenset()
    hazards: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    stdin: str = ""
    input: str = ""
    receiver: str = "?"
    otherwise: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    armed: bool = False
    """Whether some option makes it do more, so that a word that might be one must not be guessed about."""


class Index(Word, frozen=True, kw_only=True):
    """The lines of a table by the programs they speak of, unparsed, and the texts that have names."""

    programs: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]


class Entry:
    """A program with its subcommands: what holds for it alone, for a mode option, for a subcommand.

    Lines are parsed when they are asked for: a table of two hundred subcommands costs what one of them costs.
    """

    def __init__(self, names: Mapping[str, str], *, waits: bool = False, nodes: "tuple[Entry, ...]" = ()) -> None:
        self.below: dict[str, Entry] = {}
        self.waits = waits
        self._nodes = nodes or (self,)
        self._names = names
        self.own: str | None = None
        self.by_mode: dict[str, list[str]] = {}
        self._joined: dict[tuple[int, ...], Entry] = {}

    @functools.cached_property
    def line(self) -> Line | None:
        """What holds without subcommand and mode; None when a subcommand must follow."""
        text = next((node.own for node in self._nodes if node.own is not None), None)
        return None if text is None else parse_line(text, self._names)

    @property
    def certain(self) -> bool:
        """Whether the words so far are all known, none skipped by `**`."""
        return not any(node.waits for node in self._nodes)

    @property
    def goes_on(self) -> bool:
        """Whether a subcommand may follow."""
        return any(node.below for node in self._nodes)

    def step(self, word: str) -> "Entry | None":
        """Return what a subcommand word leads to; None when no line goes on with it.

        The word itself comes before a pattern of words, and that before a word behind `**`.
        """
        straight: list[Entry] = []
        verbs: list[Entry] = []
        waiting: list[Entry] = []
        for node in self._nodes:
            if not node.waits:
                straight += node.matching(word)
            behind = node if node.waits else node.below.get("**")
            if behind is not None:
                found = behind.matching(word)
                verbs += found
                waiting += [] if any(verb.own is not None or verb.by_mode for verb in found) else [behind]
        nodes = (*straight, *verbs, *waiting)
        return nodes[0].with_others(nodes) if nodes else None

    def with_others(self, nodes: "tuple[Entry, ...]") -> "Entry":
        """Return the entry that several lines of a table lead to together. It is kept, with what it has parsed."""
        if len(nodes) == 1:
            return self
        key = tuple(id(node) for node in nodes)
        if key not in self._joined:
            self._joined[key] = Entry(self._names, nodes=nodes)
        return self._joined[key]

    def matching(self, word: str) -> "list[Entry]":
        """What a word leads to from here, by its name first, then by patterns."""
        exact = [self.below[word]] if word in self.below and word != "**" else []
        patterns = [name for name in self.below if "*" in name and name != "**"]
        return exact + [self.below[name] for name in patterns if name != word and fnmatch.fnmatchcase(word, name)]

    @functools.cached_property
    def modes(self) -> tuple[tuple[frozenset[str], Line], ...]:
        """What holds when one of some options is given, in the table's order."""
        texts = next((node.by_mode for node in self._nodes if node.by_mode), {})
        return tuple((frozenset(words), parse_line(text, self._names)) for text, words in texts.items())

    def add(self, path: tuple[str, ...], text: str) -> None:
        """Put a line where its words lead."""
        node = self
        modes = [word for word in path if word.startswith("-")]
        for word in path:
            if word not in modes:
                node = node.below.setdefault(word, Entry(self._names, waits=word == "**"))
        if modes:
            node.by_mode.setdefault(text, []).extend(modes)
        else:
            node.own = text
            node.__dict__.pop("line", None)


def index(table: str) -> Index:
    """Return the lines of a table by program. Cost: one pass over the text, nothing is parsed."""
    programs: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for text in logical_lines(table):
        if text.startswith("@"):
            name, _, meaning = text.partition("=")
            names[name.strip()] = meaning.strip()
        else:
            for name in text.split(None, 1)[0].split(","):
                programs.setdefault(name, []).append(text)
    return Index(programs={name: tuple(lines) for name, lines in programs.items()}, names=names)


def logical_lines(table: str) -> list[str]:
    """Return the lines of a table without comments, continued ones joined."""
    lines: list[str] = []
    for line in table.splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if line[0].isspace() and lines:
            lines[-1] += text if lines[-1].endswith(",") else " " + text
        else:
            lines.append(text)
    return lines


def parse(lines: tuple[str, ...], names: Mapping[str, str]) -> Entry:
    """Return what the lines of one program say together; each is parsed when it is first needed."""
    root = Entry(names)
    for text in lines:
        for path in _paths(_words(text.split("|", 1)[0])[1:]):
            root.add(path, text)
    return root


def _words(field: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(word.split(",")) for word in field.split())


def _paths(words: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    if not words:
        yield ()
        return
    for rest in _paths(words[1:]):
        for word in words[0]:
            yield (word, *rest)


def parse_line(text: str, names: Mapping[str, str]) -> Line:
    """Return what a line says.

    Raises:
        ValueError: the line does not follow the notation; the message says where. Tests parse every line of every
            table, so that no call meets it.
    """
    fields = [field.strip() for field in _FIELD.split(text)]
    if len(fields) > 4:  # noqa: PLR2004 - the notation's four fields
        raise ValueError(f"more than four fields: {text}")
    words, tokens, operands, consequences = (*fields, "", "", "")[:4]
    line = _consequences(_spelled_out(consequences, names), text)
    whole = bool({"single-dash", "no-clusters"} & line["flags"])
    listed: dict[str, tuple[Option, ...]] = {}
    others = False
    for token in _TOKEN.findall(_spelled_out(tokens, names)):
        if token == "*":  # noqa: S105 - a star, no secret
            others = True
            continue
        for option in _options(token, text, whole=whole):
            before = listed.get(option.name, ())
            listed[option.name] = (*before, option) if before and before[-1].values else (option,)
    places = tuple(_operand(token, text) for token in _spelled_out(operands, names).split())
    harmful = not others or not all(option.harmless for options in listed.values() for option in options)
    harmful = harmful or bool({"run", "send", "root"} & line["flags"] or line["hazards"] or line["writes"])
    return Line(
        name=" ".join(word[0].rstrip("#") for word in _words(words) if not word[0].startswith("-")),
        options=listed,
        others=others,
        operands=places,
        armed=harmful and "tame" not in line["flags"],
        **line,
    )


def _spelled_out(field: str, names: Mapping[str, str]) -> str:
    if "@" not in field:
        return field
    return " ".join(_spelled_out(names[word], names) if word in names else word for word in field.split())


def _options(token: str, text: str, *, whole: bool) -> Iterator[Option]:
    match = None if token.startswith("\\") else _OPTION.fullmatch(token)
    if match is None:
        yield Option(name=token.removeprefix("\\"))  # punctuation, such as find's parentheses
        return
    name, role, then = match["name"], match["role"] or "", _thens(match["then"], text)
    attached = role.startswith("[")
    role = role.strip("[]")
    role = _role(role[1:] if len(role) > 1 and role[0] == "=" else role, text)
    values = tuple((match["values"] or "()")[1:-1].lower().split("|")) if match["values"] else ()
    if name[0] not in "-+":
        yield Option(name=f"{name}=" if role else name, role=role, then=then)
    elif name in {"-#", "+*"} or name.startswith("--") or whole or len(name) <= 2:  # noqa: PLR2004 - dash and letter
        yield Option(name=name, role=role, attached=attached, then=then, values=values)
    elif role:
        raise ValueError(f"`{token}`: a value belongs to one option: {text}")
    else:
        for letter in name[1:]:
            yield Option(name=name[0] + letter, then=then)


def _thens(field: str, text: str) -> tuple[str, ...]:
    then = tuple(_THEN.findall(field))
    if "".join(then) != field or {word for word in then if word[0] == ":"} - _THENS:
        raise ValueError(f"`{field}` is no consequence of an option: {text}")
    return then


def _operand(token: str, text: str) -> Operand:
    match = _OPERAND.fullmatch(token)
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise ValueError(f"`{token}` is no operand: {text}")
    return Operand(
        role=_role(match["role"], text),
        optional=bool(match["open"]),
        many=bool(match["many"]),
        then=_thens(match["then"], text),
    )


def _role(role: str, text: str) -> str:
    name = role.strip("{}")
    if role.startswith("{") and name not in _ROLES:
        raise ValueError(f"{role} is no role: {text}")
    return name


def _consequences(field: str, text: str) -> dict[str, Any]:
    cases = tuple(
        Case(patterns=tuple(case["patterns"].lower().split("|")), then=case["then"]) for case in _CASE.finditer(field)
    )
    flags: set[str] = set()
    hazards: list[str] = []
    alone: list[str] = []
    bare: list[str] = []
    lists: dict[str, list[str]] = {name: [] for name in _LISTS}
    for token in _CASE.sub(" ", field).split():
        match = _CONSEQUENCE.fullmatch(token)
        name, value, then = match.groups() if match is not None else ("", None, None)
        if then is not None and then != "?" and not name:
            hazards.append(then[1:])
        elif then is not None and name in {"alone", "bare"}:
            (alone if name == "alone" else bare).append(then)
        elif value is not None and name in _LISTS:
            lists[name].append(value)
            flags |= {name} & _FLAGS
        elif value is None and then is None and name in _FLAGS:
            flags.add(name)
        else:
            raise ValueError(f"`{token}` is no consequence: {text}")
    return {
        "flags": frozenset(flags),
        "hazards": tuple(hazards),
        "cases": cases,
        "stdin": _role(f"{{{lists['stdin'][0]}}}", text) if lists["stdin"] else "",
        "input": _role(f"{{{lists['input'][0]}}}", text) if lists["input"] else "",
        "receiver": lists["send"][0] if lists["send"] else "?",
        "otherwise": tuple(lists["else"]),
        "alone": tuple(alone),
        "bare": tuple(bare),
        "reads": tuple(lists["reads"]),
        "writes": tuple(lists["writes"]),
    }
