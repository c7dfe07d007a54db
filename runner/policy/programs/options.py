"""How a program reads its words: which are options, which are values, which are operands.

Rules that live here and nowhere else:

* Options are read the way getopt does, as far as the program's line asks for it: clusters, glued values, long options
  with `=` and unambiguous beginnings, `--`, options behind operands.
* A word that is known only when it runs may be an option, or several words. Where that could matter it is reported in
  `unsure`; where no option of the program can do harm and all words are data it is not.
* An option that the line does not list is reported in `doubts`, unless the line says that all others are harmless.

Not promised: that the words are a valid call. A program that refuses them does less than is told here.
"""

import fnmatch
import re
from collections import deque
from collections.abc import Sequence

import msgspec

from runner.policy.bash.script import Arg
from runner.policy.programs.notation import DATA, Entry, Line, Operand, Option
from runner.policy.programs.words import WILD, cut, many_words, piped, why_unsure
from runner.types import Word

_ASSIGNMENT = re.compile(r"[^=]*=", re.DOTALL)
_GREEDY = frozenset({"command", "commands", "inside", "beyond", "module"})

Options = tuple[Option, ...]

HELP = Option(name="--help", then=(":help",))
"""`--help` before any operand, or `--version` as the only word: the program prints and ends."""


class Given(Word, frozen=True, kw_only=True):
    """An option that was given, with its value or, for a command, its words."""

    option: Option
    value: Arg | None = None
    words: tuple[Arg, ...] = ()


class Placed(Word, frozen=True, kw_only=True):
    """An operand with its role and what comes with it; for a command, its words."""

    role: str
    arg: Arg | None = None
    words: tuple[Arg, ...] = ()
    then: tuple[str, ...] = ()


class Reading(Word, frozen=True, kw_only=True):
    """A program's words, understood.

    Attributes:
        line: what the table says of the program or subcommand.
        given: options in their order, those before a subcommand first.
        placed: operands with their roles.
        doubts: what is not known about the program.
        unsure: which words are known only when it runs, where that matters.
        words: the names of program and subcommand and what follows them; options between those are left out.
        operands: the operands joined by blanks, with `--` kept.
    """

    line: Line
    given: tuple[Given, ...]
    placed: tuple[Placed, ...]
    doubts: tuple[str, ...]
    unsure: tuple[str, ...]
    words: tuple[Arg, ...]
    operands: str

    def has(self, consequence: str) -> bool:
        """Whether an option with this consequence was given."""
        return any(consequence in given.option.then for given in self.given)


def read(entry: Entry, argv: Sequence[Arg]) -> Reading:
    """Return how the program `argv[0]` reads the words behind it. Cost: linear in their number."""
    words: list[Arg] = [argv[0]]
    given = [Given(option=HELP)] if len(argv) == 2 and argv[1].text == "--version" else []  # noqa: PLR2004 - no more
    rest = list(argv[1:])
    parents: list[Line] = []
    before: list[_Scan] = []
    known = (entry, 1, 0, rest)
    while entry.goes_on:
        scan = _Scan(entry.line or Line(name=""), parents)
        scan.run(rest, subcommands=True)
        first = scan.operands[0] if scan.operands else None
        below = entry.step(first.text) if first is not None and first.text is not None else None
        if first is None or below is None or first.pattern:
            break
        words.append(first)
        before.append(scan)
        rest = scan.rest
        if entry.line is not None and "global" in entry.line.flags:
            parents.append(entry.line)
        entry = below
        if entry.line is not None or entry.modes:
            known = (entry, len(words), len(before), rest)
    if entry.line is None and not entry.modes and entry.certain and all(arg.text in {"--help", "-h"} for arg in rest):
        return _reading(_Scan(Line(name=""), []), [Given(option=HELP)], words, rest, before)
    entry, depth, scans, rest = known
    words, before = words[:depth], before[:scans]
    for names, line in entry.modes:
        scan = _scan(line, parents, rest)
        if not scan.doubts and any(one.option.name in names for one in scan.given):
            return _reading(scan, given, words, rest, before)
    if entry.line is None:
        scan = _Scan(Line(name=""), [])
        scan.doubts.append(f"`{' '.join(arg.source for arg in argv[: len(words) + 1])}` is not known")
        return _reading(scan, given, words, rest, before)
    return _reading(_scan(entry.line, parents, rest), given, words, rest, before)


def _scan(line: Line, parents: list[Line], rest: list[Arg]) -> "_Scan":
    scan = _Scan(line, parents)
    scan.run(_dashed(line, rest), subcommands=False)
    return scan


def _reading(scan: "_Scan", given: list[Given], words: list[Arg], rest: list[Arg], before: "list[_Scan]") -> Reading:
    """Join what stands before the subcommands' words and behind them."""
    placed = scan.place()
    name = " ".join((arg.text or "").rsplit("/", 1)[-1] for arg in words)
    return Reading(
        line=msgspec.structs.replace(scan.line, name=name),
        given=(*given, *(one for earlier in before for one in earlier.given), *scan.given),
        placed=tuple(placed),
        doubts=tuple(doubt for one in (*before, scan) for doubt in one.doubts),
        unsure=tuple(dict.fromkeys(word for one in (*before, scan) for word in one.unsure)),
        words=(*words, *rest),
        operands=" ".join(scan.spoken),
    )


def _dashed(line: Line, rest: list[Arg]) -> list[Arg]:
    """Give the options of `tar xzf a.tgz` their dashes, each with its own value."""
    if "old-style" not in line.flags or not rest or not rest[0].text or rest[0].text.startswith("-"):
        return rest
    values = list(rest[1:])
    dashed: list[Arg] = []
    for letter in rest[0].text:
        dashed.append(Arg(text=f"-{letter}", source=f"-{letter}"))
        options = line.options.get(f"-{letter}")
        if options and options[0].role and values:
            dashed.append(values.pop(0))
    return [*dashed, *values]


class _Scan:
    """One pass over the words."""

    def __init__(self, line: Line, parents: list[Line]) -> None:
        self.line = line
        self.parents = parents
        self.whole = bool({"single-dash", "no-clusters"} & line.flags)
        self.armed = line.armed
        self.given: list[Given] = []
        self.operands: list[Arg] = []
        self.spoken: list[str] = []
        self.rest: list[Arg] = []
        self.doubts: list[str] = []
        self.unsure: list[str] = []

    def run(self, words: Sequence[Arg], *, subcommands: bool) -> None:
        """Read the words; with `subcommands`, stop behind the first operand."""
        stops = "options-first" in self.line.flags or any(place.role in _GREEDY for place in self.line.operands)
        left = deque(words)
        while left:
            arg = left.popleft()
            if arg.text == "--" and not arg.pattern:
                self.spoken += ["--", *(_spoken(one) for one in left)]
                self.operands += left
                self.rest = list(left)[1:]
                left = deque()
            elif self._option(arg, left):
                continue
            else:
                self.operands.append(arg)
                self.spoken.append(_spoken(arg))
                if subcommands:
                    self.rest = list(left)
                    return
                if stops:
                    self.spoken += [_spoken(one) for one in left]
                    self.operands += left
                    left = deque()

    def _option(self, arg: Arg, left: deque[Arg]) -> bool:
        """Take one word, and its value behind it, if it is an option."""
        if arg.text is None:
            return self._uncertain(arg)
        text = arg.text
        if arg.pattern and text[0] in WILD:
            if self.armed:
                self.unsure.append(f"a file name matched by `{arg.source}` could be an option")
            return False
        if text.startswith("+") and len(text) > 1:
            return self._plus(text)
        if not text.startswith("-") or text == "-":
            return self._literal(arg)
        if text == "--help" and not self.operands and not any(one.then for one in self._look(text)):
            self.given.append(Given(option=HELP))
        elif self._look(text):
            self._take(self._look(text), None, arg, left)
        elif text.startswith("--"):
            self._long(arg, left)
        elif text[1:].isdigit() and (self.line.others or "-#" in self.line.options):
            self.spoken.append(text)
        elif self.whole:
            self._whole(arg)
        else:
            self._cluster(arg, left)
        return True

    def _literal(self, arg: Arg) -> bool:
        text = arg.text or ""
        if text in self.line.options:
            self._take(self.line.options[text], None, arg, deque())
            return True
        key, equals, value = text.partition("=")
        options = self.line.options.get(f"{key}=", ()) if equals else ()
        if options:
            self._give(options, cut(arg, value))
        return bool(options)

    def _plus(self, text: str) -> bool:
        if "+*" in self.line.options:
            self._give(self.line.options["+*"], None)
            return True
        known = [self.line.options.get(f"+{letter}") for letter in text[1:]]
        if not all(known):
            return False
        self.given += [Given(option=options[0]) for options in known if options]
        return True

    def _look(self, name: str) -> Options:
        for line in (self.line, *self.parents):
            if name in line.options:
                return line.options[name]
            if "single-dash" in line.flags and name.startswith("--") and name[1:] in line.options:
                return line.options[name[1:]]
        return ()

    def _give(self, options: Options, value: Arg | None) -> None:
        """Note an option by its value: the first alternative whose patterns the value matches."""
        for option in options:
            if not option.values:
                self.given.append(Given(option=option, value=value))
                return
            if value is not None and value.text is not None and not value.pattern:
                text = value.text.lower()
                if any(fnmatch.fnmatchcase(text, pattern) for pattern in option.values):
                    self.given.append(Given(option=option, value=value))
                    return
        if value is not None and value.text is None:  # any of them may be meant
            self.unsure.append(why_unsure(value))
        elif not self.line.others:
            self.doubts.append(f"this value of `{options[0].name}` is not known")

    def _take(self, options: Options, glued: Arg | None, arg: Arg, left: deque[Arg]) -> None:
        option = options[0]
        if not option.role or (option.attached and glued is None):
            self._give(options, None)
        elif glued is not None:
            self._give(options, glued)
        elif option.role == "found":
            self._found(option, left)
        elif option.role in _GREEDY:
            self.given.append(Given(option=option, words=tuple(left)))
            left.clear()
        elif left:
            value = left.popleft()
            if many_words(value) and self.armed and not (option.role in DATA and self._only_data(value)):
                self.unsure.append(why_unsure(value))
            self._give(options, value)
            second = left.popleft() if ":pair" in option.then and left else None
            if second is not None and many_words(second) and self.armed:
                self.unsure.append(why_unsure(second))
        else:
            self.doubts.append(f"`{arg.source}` has no value")
        if any(":end" in one.then for one in options):
            self.spoken += [_spoken(one) for one in left]
            self.operands += left
            left.clear()

    def _only_data(self, value: Arg) -> bool:
        """Whether a pattern can only become names that are data, none of which is an option."""
        literal = value.text is not None and value.text[0] not in {*WILD, "-"}
        return literal and all(place.role in DATA for place in self.line.operands)

    def _found(self, option: Option, left: deque[Arg]) -> None:
        words: list[Arg] = []
        ended = False
        while left and not ended:
            arg = left.popleft()
            ended = arg.text == ";" or (arg.text == "+" and bool(words) and words[-1].text == "{}")
            if not ended:
                words.append(arg)
        if not ended:
            self.doubts.append(f"`{option.name}` without its end")
        self.given.append(Given(option=option, words=tuple(words)))

    def _long(self, arg: Arg, left: deque[Arg]) -> None:
        name, equals, value = (arg.text or "").partition("=")
        options = self._look(name) or self._abbreviated(name)
        if options:
            glued = cut(arg, value) if equals else None
            if glued is not None and not options[0].role:
                self._give(options, None)
            else:
                self._take(options, glued, arg, left)
        elif self.whole and "single-dash" not in self.line.flags:
            self._whole(arg)
        elif not self.line.others:
            self._unknown(name)

    def _abbreviated(self, name: str) -> Options:
        every: dict[str, Options] = {}
        for line in (*self.parents, self.line):
            every.update(line.options)
        meant = [every[long] for long in every if long.startswith(name) and long.startswith("--")]
        if len(meant) > 1 and not all(one.harmless and one.role == meant[0][0].role for many in meant for one in many):
            self.doubts.append(f"`{name}` could be several options")
        return meant[0] if meant else ()

    def _whole(self, arg: Arg) -> None:
        text = arg.text or ""
        name, equals, value = text.partition("=")
        options = self._look(name) if equals else ()
        if options:
            self._give(options, cut(arg, value))
            return
        glued = [known for known in self.line.options if text.startswith(known) and self.line.options[known][0].role]
        if glued and "no-clusters" in self.line.flags:
            longest = max(glued, key=len)
            self._give(self.line.options[longest], cut(arg, text[len(longest) :]))
        elif not self.line.others:
            self._unknown(text)

    def _cluster(self, arg: Arg, left: deque[Arg]) -> None:
        letters = (arg.text or "")[1:]
        for number, letter in enumerate(letters):
            options = self._look(f"-{letter}")
            if not options:
                if not self.line.others and not (letter.isdigit() and "-#" in self.line.options):
                    self._unknown(f"-{letter}")
                continue
            behind = letters[number + 1 :]
            if options[0].role:
                self._take(options, cut(arg, behind) if behind else None, arg, left)
                return
            self._give(options, None)

    def _unknown(self, name: str) -> None:
        self.doubts.append(f"the option `{name}` of `{self.line.name}` is not known")

    def _uncertain(self, arg: Arg) -> bool:
        """Take a word that is known only in part, if it certainly is an option; report it if it may be one."""
        prefix = arg.prefix
        if (prefix and not prefix.startswith("-")) or piped(arg):
            return False
        options: Options = ()
        value = ""
        if prefix.startswith("--") and "=" in prefix:
            name, _, value = prefix.partition("=")
            options = self._look(name)
            if not options and self.line.others and not self._abbreviated(name):
                return True
        elif len(prefix) >= 2 and not self.whole:  # noqa: PLR2004 - a dash and a letter
            options, value = self._look(prefix[:2]), prefix[2:]
            options = options if options and options[0].role else ()
        if options and options[0].role:
            self._give(options, Arg(text=None, source=arg.source, prefix=value, why=arg.why))
            return True
        if prefix or self.armed:
            self.unsure.append(why_unsure(arg))
        return bool(prefix)

    def place(self) -> list[Placed]:
        """Give every operand its role."""
        places = list(self.line.operands)
        if any(":first" in one.option.then for one in self.given) and places and not places[0].many:
            places = places[1:]
        if any(":last" in one.option.then for one in self.given):
            places = places[:-1]
        args = list(self.operands)
        placed: list[Placed] = []
        while places and not places[0].many and args:
            place = places.pop(0)
            if place.role in _GREEDY:
                return [*placed, Placed(role=place.role, words=tuple(args), then=place.then)]
            self._check(args[0], [place, *places])
            if args[0].pattern:  # it may take the places behind it too
                widest = "<" if any(one.role == "<" for one in places) else place.role
                return [*placed, *(Placed(role=widest, arg=arg, then=place.then) for arg in args)]
            placed.append(Placed(role=place.role, arg=args.pop(0), then=place.then))
        if not args:
            return placed
        if not places:
            self.doubts.append(f"`{self.line.name}` with more operands than are known")
            return [*placed, *(Placed(role="<", arg=arg) for arg in args)]
        return placed + self._rest(places, args)

    def _rest(self, places: list[Operand], args: list[Arg]) -> list[Placed]:
        many, last = places[0], places[1:]
        placed: list[Placed] = []
        if last and last[0].role in _GREEDY:  # `env A=1 B=2 command ...`
            while args and args[0].text is not None and _ASSIGNMENT.match(args[0].text):
                placed.append(Placed(role=many.role, arg=args.pop(0)))
            return [*placed, Placed(role=last[0].role, words=tuple(args))] if args else placed
        front, ends = args[: len(args) - len(last)], args[len(args) - len(last) :]
        for arg in front:
            self._check(arg, [many, *last])
            placed.append(Placed(role=many.role, arg=arg, then=many.then))
        for arg, place in zip(ends, last, strict=False):
            if many_words(arg) and place.role not in DATA:
                self.unsure.append(why_unsure(arg))
            placed.append(Placed(role=place.role, arg=arg, then=place.then))
        return placed

    def _check(self, arg: Arg, places: list[Operand]) -> None:
        """Report a word that may become several where places differ."""
        roles = {place.role for place in places}
        if not many_words(arg) or roles <= DATA or (arg.pattern and (roles <= DATA | {"<", "rev"} or places[0].many)):
            return
        self.unsure.append(why_unsure(arg))


def _spoken(arg: Arg) -> str:
    return arg.source if arg.text is None else arg.text
