"""One simple command: its words, by their roles, turned into acts.

Rules that live here and nowhere else:

* A program in no table is opaque. A program by a path outside the system's directories is a file that is run.
* A word that is known only when it runs makes the command `uncertain`: no rule for a text covers it, because the text
  does not say what it will be. Where it matters to what is done it also makes it opaque.
* Variables set for a command are harmless when they are known to be; all others make it opaque.
"""

import re
from collections.abc import Sequence

from runner.policy.bash.script import Arg, Simple
from runner.policy.programs import options, tables, variables
from runner.policy.programs.notation import DATA, Line
from runner.policy.programs.options import Given, Placed, Reading
from runner.policy.programs.running import CODE, DEPTH, STDIN, Meaning, Running, Surroundings
from runner.policy.programs.texts import chooses, found_words
from runner.policy.programs.words import why_unsure
from runner.types import Effects

_FAR = re.compile(r"(?P<host>[a-z][a-z0-9+.-]*://[^/]*|[^/:]+:(?=.|$)|[^/:@]+@[^/:]+:?$)", re.DOTALL)
"""A place on another machine: `URL`, `HOST:PATH`, `USER@HOST`."""

_BY_NAME = frozenset({"-name", "-iname", "-path", "-ipath", "-wholename"})
"""Options of `find` that say how what is looked for is called."""


class Command(Running):
    """One simple command while its words are turned into acts."""

    def __init__(self, scene: Surroundings, simple: Simple, depth: int) -> None:
        super().__init__(scene, simple, depth)
        self.listed: tuple[Arg, ...] | None = None
        self.passes = False
        self.decodes = False

    def meaning(self) -> Meaning:
        """What it means."""
        if self.depth > DEPTH:
            return Meaning(effects=Effects(opaque=f"commands are nested more than {DEPTH} deep", unread=True))
        harmless = self._assignments()
        if self.simple.argv:
            self._program(self.simple.argv)
        return Meaning(
            effects=self.acts.effects(),
            uncertain=self._uncertain(),
            plain=self.texts.plain(harmless=harmless),
            spellings=self.texts.spellings(),
            listed=self.listed,
            passes=self.passes,
            decodes=self.decodes,
        )

    def _uncertain(self) -> str:
        """Why no text says what this will do."""
        if self.acts.unsure:
            return self.acts.unsure[0]
        values = [value for _, value in self.simple.assignments] if self.simple.argv else []
        unknown = [arg for arg in (*self.simple.argv, *values) if arg.text is None]
        if unknown:
            return why_unsure(unknown[0])
        if self.acts.writes or self.acts.deletes:
            patterns = [arg for arg in self.simple.argv if arg.pattern]
            return why_unsure(patterns[0]) if patterns else ""
        return ""

    # --- variables ------------------------------------------------------------------------------------------------

    def _assignments(self) -> bool:
        """Judge the variables; whether taking them off changes nothing."""
        harmless = True
        for name, value in self.simple.assignments:
            if not variables.is_name(name):
                self.acts.opaque.append(f"`{name}` is no plain variable name")
            elif self.simple.argv:
                harmless &= self._variable(name, value.text)
            elif variables.is_code(name):
                self.acts.opaque.append(f"the variable {name} decides what code runs")
        return harmless

    def _variable(self, name: str, value: str | None) -> bool:
        if variables.is_harmless(name, value):
            return True
        if variables.is_code(name):
            self.acts.opaque.append(f"the variable {name} decides what code runs")
        else:
            self.acts.opaque.append(f"what the variable {name} does to the command is not known")
        return False

    def _set(self, arg: Arg) -> None:
        """A variable set for the shell, which hands it to what runs later."""
        text = arg.text if arg.text is not None else arg.prefix
        name, equals, value = text.partition("=")
        name = name.removesuffix("+")
        if not variables.is_name(name) or (arg.text is None and not equals):
            self.acts.unsure.append(why_unsure(arg) if arg.text is None else f"`{arg.source}` is no variable's name")
        elif equals:
            self._variable(name, value if arg.text is not None else None)
        elif variables.is_code(name):
            self.acts.opaque.append(f"the variable {name} decides what code runs")

    # --- the program ----------------------------------------------------------------------------------------------

    def _program(self, argv: Sequence[Arg]) -> None:
        word = argv[0]
        if word.text is None or word.pattern or not word.text:
            self.acts.unsure.append(f"which program `{word.source}` is is known only when it runs")
            self.acts.unread = True
            return
        name = tables.program_name(word.text)
        if name is None:
            self._file(word, argv[1:])
            return
        entry = tables.entry(name)
        if entry is None:
            self.acts.opaque.append(f"what `{name}` does is not known")
            self._no_surprise(argv[1:])
            return
        self._known(options.read(entry, argv))

    def _file(self, word: Arg, rest: Sequence[Arg]) -> None:
        """A program by its path: a file that is run."""
        path = self.acts.path(word)
        if path is not None:
            self.acts.executes.append(path)
        self._no_surprise(rest)

    def _no_surprise(self, words: Sequence[Arg]) -> None:
        self.acts.unsure += [why_unsure(arg) for arg in words if arg.text is None or arg.pattern]

    def _known(self, reading: Reading) -> None:
        line, acts = reading.line, self.acts
        acts.opaque += reading.doubts
        acts.unsure += reading.unsure
        if "opaque" in line.flags:
            acts.opaque.append(f"`{line.name}` is not analysed further")
        self.texts.canonical = reading.words
        if reading.has(":help"):
            return
        self.language = line.stdin
        dry = reading.has(":dry") and not reading.has("?")
        safe = dry or reading.has(":safe")
        if not safe:
            acts.hazards += line.hazards
        for given in reading.given:
            self._switch(given, reading, dry=dry)
        self._values(reading, dry=dry)
        for placed in reading.placed:
            self._operand(placed, reading, dry=dry)
        self._lone(reading)
        for case in line.cases:
            if case.holds(reading.operands) and not safe:
                self._then(case.then, "an operand", line)
        if not dry:
            for path in line.writes:
                acts.write(acts.named(path))
            if "run" in line.flags:
                acts.executes.append(line.name)
        for path in line.reads:
            acts.read(acts.named(path))
        if "root" in line.flags:
            acts.privilege.append(line.name)
        if "send" in line.flags and not acts.sends:
            acts.sends.append(line.receiver)
        self._output(reading)

    def _switch(self, given: Given, reading: Reading, *, dry: bool) -> None:
        for then in given.option.then:
            if not dry or then in {":send", "?"}:
                self._then(then, given.option.name, reading.line)

    def _then(self, then: str, name: str, line: Line) -> None:
        if then.startswith("!"):
            self.acts.hazards.append(then[1:])
        elif then == "?":
            self.acts.opaque.append(f"`{name}` of `{line.name}` can do anything")
        elif then == ":run":
            self.acts.executes.append(line.name)
        elif then == ":send" and not self.acts.sends:
            self.acts.sends.append(line.receiver)
        elif then == ":decode":
            self.decodes = True

    def _values(self, reading: Reading, *, dry: bool) -> None:
        """Values of options: the directory to work in first, it holds for all others but `tar`'s archive."""
        for given in reading.given:
            if given.option.role == "/" and given.value is not None and "old-style" not in reading.line.flags:
                self.acts.change(self.acts.path(given.value))
        for given in reading.given:
            role = given.option.role
            if given.words or role in {"command", "commands", "found", "inside", "beyond"}:
                self.run(role, given.words, reading, there=":there" in given.option.then)
            elif role == "replace":
                self.replace = (given.value.text or "") if given.value is not None else "{}"
            elif given.value is None or role in {"", "=", "path", "/"} or _is_stream(role, given.value):
                continue
            elif role == ">" and ":last" in given.option.then:
                self._into(given.value, reading)
            else:
                self._role(role, given.value, dry=dry)
        for given in reading.given:
            if given.option.role == "/" and given.value is not None and "old-style" in reading.line.flags:
                self.acts.change(self.acts.path(given.value))

    def _operand(self, placed: Placed, reading: Reading, *, dry: bool) -> None:
        safe = dry or reading.has(":safe")
        for then in placed.then:
            if not safe:
                self._then(then, "an operand", reading.line)
        if placed.arg is None:
            self.run(placed.role, placed.words, reading)
            return
        arg = placed.arg
        if placed.role == "sh" and any(place.many for place in reading.line.operands if place.role == "sh"):
            return  # joined in `_lone`
        if placed.role == ">" and self._is_last(placed, reading) and not safe:
            self._into(arg, reading)
            return
        self._role(placed.role, arg, dry=safe)
        if ":beside" in placed.then and not safe:
            self._beside(self.acts.path(arg))
        if placed.role == "<" and not dry:
            if reading.has(":edit"):
                self._edited(self.acts.path(arg), reading)
            if reading.has(":delete"):
                self._deleted([arg], reading)

    def _beside(self, path: str | None) -> None:
        """What `gzip` and its kind write: a file whose name begins like that of the one they are given."""
        if path is not None:
            where, _, name = path.rpartition("/")
            stem = name.rpartition(".")[0] or name
            self.acts.write(f"{where}/{stem}*")

    def _is_last(self, placed: Placed, reading: Reading) -> bool:
        places = reading.line.operands
        return len(places) > 1 and places[-2].many and placed is reading.placed[-1]

    def _into(self, target: Arg, reading: Reading) -> None:
        """What `cp` and its kind write: the last operand, or the names of the others in it."""
        path = self.acts.path(target)
        if path is None:
            return
        sources = [one.arg for one in reading.placed if one.arg is not None and one.arg is not target]
        text = target.text or ""
        if reading.has(":exact"):
            self.acts.write(path)
            return
        certain = text.endswith(("/", "/.", "/..")) or text in {".", ".."} or len(sources) > 1
        if not certain:
            self.acts.write(path)
        for source in sources:
            name = (source.text or "").rstrip("/").rsplit("/", 1)[-1]
            if name in {"", ".", ".."}:
                self.acts.write(path)
            elif certain or not _renames(name, path):
                self.acts.write(f"{path.rstrip('/')}/{name}")

    def _deleted(self, below: Sequence[Arg], reading: Reading) -> None:
        """What `find -delete` deletes: what it finds, or all of it when it does not choose."""
        found = found_words(below, reading, bare=False) if chooses(reading) else below
        for arg in found:
            self.acts.delete(self.acts.path(arg))
            self.texts.inside.append(f"rm {arg.source}")

    def _edited(self, path: str | None, reading: Reading) -> None:
        self.acts.write(path)
        for given in reading.given:
            suffix = given.value.text if given.value is not None and ":edit" in given.option.then else None
            if path is not None and suffix:
                where, _, name = path.rpartition("/")
                backup = suffix.replace("*", name) if "*" in suffix else name + suffix
                self.acts.write(backup if backup.startswith("/") else f"{where}/{backup}")

    def _role(self, role: str, arg: Arg, *, dry: bool = False) -> None:
        """One word by its role. Cost: constant, but for program texts."""
        acts = self.acts
        match role:
            case "<":
                if arg.text not in STDIN:
                    acts.read(acts.path(arg))
            case ">" | "<>" | "prefix":
                path = acts.path(arg)
                if role == "<>":
                    acts.read(path)
                if not dry:
                    acts.write(path + "*" if role == "prefix" and path is not None else path)
            case "/":
                acts.change(acts.path(arg))
            case "delete" | "tree" | "moved":
                path = acts.path(arg)
                if role == "moved":
                    acts.read(path)
                if not dry:
                    acts.delete(path)
                    acts.unresolved(arg, tree=role == "tree")
            case "rev":
                self._revision(arg)
            case "from" | "to":
                self._carried(role, arg, dry=dry)
            case "body" | "form":
                self._body(role, arg)
            case "host" | "url":
                self._sends(arg)
            case "assign":
                name, _, value = (arg.text or "").partition("=")
                self._variable(name.removesuffix("+"), value)
            case "set":
                self._set(arg)
            case "name":
                if arg.text is None or not variables.is_name(arg.text):
                    acts.unsure.append(f"`{arg.source}` is no variable's name")
                elif variables.is_code(arg.text):
                    acts.opaque.append(f"the variable {arg.text} decides what code runs")
            case _:
                if role in CODE:
                    self.code(role, arg)

    def _sends(self, arg: Arg) -> None:
        """Where it talks to; a URL of a file is read instead."""
        if arg.text is None:
            self.acts.unsure.append(why_unsure(arg))
        text = arg.text if arg.text is not None else "?"
        if text.lower().startswith("file://"):
            self.acts.read(self.acts.named("/" + text[7:].partition("/")[2]))
            return
        self.acts.sends.append(text)
        if not text.isascii():
            self.acts.opaque.append(f"`{text}` holds letters that may be taken for others")

    def _revision(self, arg: Arg) -> None:
        """A revision of git's, or a path, or `REV:PATH`, which reads the path as it was."""
        if arg.text is None:
            self.acts.unsure.append(why_unsure(arg))
            return
        path = arg.text.rsplit(":", 1)[-1] if not arg.text.startswith(":/") else ""
        if path and path != "--":
            self.acts.read(self.acts.named(path))

    def _carried(self, role: str, arg: Arg, *, dry: bool) -> None:
        """What is copied from one place to another, of which one may be on another machine: `HOST:PATH`."""
        text = arg.text if arg.text is not None else arg.prefix
        far = _FAR.match(text)
        if far is not None:
            self.acts.sends.append(far["host"])
            if role == "to":
                self.acts.hazards.append("upload")
        elif role == "from":
            self.acts.read(self.acts.path(arg))
        elif not dry:
            self.acts.write(self.acts.path(arg))
        if far is not None and arg.text is None:
            self.acts.unsure.append(why_unsure(arg))

    def _body(self, role: str, arg: Arg) -> None:
        """What is sent along: data, or the file behind `@` (in a form also behind `<`)."""
        if arg.text is None:
            self.acts.unsure.append(why_unsure(arg))
            return
        data = arg.text.partition("=")[2] if role == "form" else arg.text.partition("=")[2] or arg.text
        for text in dict.fromkeys((arg.text, data)):
            if text[:1] == "@" or (role == "form" and text[:1] == "<"):
                for name in re.split(r"[;,]", text[1:]) if role == "form" else [text[1:]]:
                    path = name.removeprefix("@").strip('"')
                    if path not in {"", "-"} and not (role == "form" and "=" in path):
                        self.acts.read(self.acts.named(path))

    def _lone(self, reading: Reading) -> None:
        """What holds without operands, and shell text that is spread over all of them."""
        line = reading.line
        spread = [one.arg for one in reading.placed if one.role == "sh" and one.arg is not None]
        if spread and any(place.many and place.role == "sh" for place in line.operands):
            unknown = [arg for arg in spread if arg.text is None]
            if unknown:
                source = " ".join(arg.source if arg.text is None else arg.text for arg in spread)
                self.code("sh", Arg(text=None, source=source, why=unknown[0].why))
            else:
                self.program("sh", " ".join(arg.text or "" for arg in spread))
        if line.input:
            self.from_stdin(line.input)
        fed = "filter" in line.flags and (self.simple.fed_by is not None or self.simple.stdin_text is not None)
        named = any(one.role not in DATA | {"assign"} for one in reading.placed)
        for path in line.otherwise if not (named or fed) else ():
            self._role("<", Arg(text=path, source=path))
            if reading.has(":delete"):
                self._deleted([Arg(text=path, source=path)], reading)
            if reading.has(":edit"):
                self.acts.write(self.acts.named(path))
        if any(one.role != "assign" for one in reading.placed):
            if line.stdin == "sql":
                self._client(reading)
            return
        for then in line.bare if not reading.given else ():
            self._then(then, "it, without words,", line)
        for then in line.alone:
            if not any(given.words or given.option.role in CODE for given in reading.given):
                self._then(then, "it, without operands,", line)
        if line.stdin and not any(given.option.role in CODE for given in reading.given):
            self.from_stdin(line.stdin)

    def _client(self, reading: Reading) -> None:
        """A client of a database whose operands name the database: what it is fed, if it is, is what it does there."""
        told = any(one.role in CODE for one in reading.placed)
        told = told or any(given.words or given.option.role in CODE for given in reading.given)
        fed = self.simple.stdin_text is not None or self.simple.fed_by is not None
        if not told and (fed or any("<" in one.operator for one in self.simple.redirects)):
            self.from_stdin("sql")

    def _output(self, reading: Reading) -> None:
        """What its output is, for the commands behind it in the pipe."""
        flags = reading.line.flags
        self.decodes = self.decodes or "decode" in flags
        named = [one.arg for one in reading.placed if one.role == "<" and one.arg is not None]
        self.passes = "filter" in flags and not named and not reading.has(":lists")
        if "lists" in flags or "lists-names" in flags or reading.has(":lists"):
            self._sought(named, reading)
            self.listed = found_words(named, reading, bare="lists-names" in flags or not named)

    def _sought(self, roots: Sequence[Arg], reading: Reading) -> None:
        """Files that are looked for by name beyond the directory it runs in: whether they are there is told."""
        names = [one.value for one in reading.given if one.option.name in _BY_NAME and one.value is not None]
        for root in roots:
            path = self.acts.named(root.text) if root.text is not None else None
            if path is not None and _outside(path, self.simple.cwd):
                for name in names:
                    if name.text and not name.text.startswith("*"):
                        self.acts.read(f"{path.rstrip('/')}/**/{name.text.lstrip('/')}")


def _outside(path: str, cwd: str | None) -> bool:
    """Whether a path is not the directory the command runs in, nor below it."""
    return cwd is None or not f"{path}/".startswith(f"{cwd.rstrip('/')}/")


def _is_stream(role: str, value: Arg) -> bool:
    """Whether the value of an option is one of the command's own streams."""
    return value.text == "-" and role in {"<", ">", "<>"}


def _renames(name: str, path: str) -> bool:
    """Whether copying `name` to `path` gives it that name rather than puts it there: both begin or end alike."""
    target = path.rsplit("/", 1)[-1]
    suffix = name.rpartition(".")[2] if "." in name.lstrip(".") else ""
    return target.startswith(name) or name.startswith(target) or (bool(suffix) and target.endswith(f".{suffix}"))
