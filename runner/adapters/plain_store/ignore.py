"""Which paths .gitignore files ignore, with git's meaning, in time linear in pattern and path.

Rules that live here and nowhere else:

* The files come out of a box: whoever wrote them may want the host to be busy for ever. The usual way, turning patterns
  into regular expressions, takes exponential time for `*a*a*a*a*a*b`; so here a pattern is run as a set of positions.
* Patterns match bytes, as git's do: `?` is one byte.
* A file of more than `MOST_PATTERNS` patterns or `LARGEST_BYTES` is not heeded: what it ignores is shown.

Theory of operation, as gitignore(5): patterns of deeper files decide before those of higher ones, later lines before
earlier ones; what is below an ignored directory is ignored, whatever else is said about it.

Not promised: `.git/info/exclude` and the user's own excludes, which are not part of a workspace's state.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

MOST_PATTERNS = 2_000
"""The longest of github.com/github/gitignore, for Visual Studio, has about 300."""

LARGEST_BYTES = 256 * 1024
"""A hundred times what such a file has in practice."""

_SLASH = ord("/")
_SPECIAL = re.compile(rb"[*?\[\\]").search
_CLASSES = {
    b"alnum": re.compile(rb"[0-9A-Za-z]"),
    b"alpha": re.compile(rb"[A-Za-z]"),
    b"blank": re.compile(rb"[ \t]"),
    b"cntrl": re.compile(rb"[\x00-\x1f\x7f]"),
    b"digit": re.compile(rb"[0-9]"),
    b"graph": re.compile(rb"[!-~]"),
    b"lower": re.compile(rb"[a-z]"),
    b"print": re.compile(rb"[ -~]"),
    b"punct": re.compile(rb"[!-/:-@\[-`{-~]"),
    b"space": re.compile(rb"[ \t\n\r\v\f]"),
    b"upper": re.compile(rb"[A-Z]"),
    b"xdigit": re.compile(rb"[0-9A-Fa-f]"),
}
_NOT_SLASH = frozenset(range(256)) - {_SLASH}

Matcher = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A line of a .gitignore. `whole`: it is matched against the path from there, else against the last name."""

    matches: Matcher
    ignores: bool
    directories_only: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What one .gitignore says about the paths below its directory."""

    _patterns: tuple[_Pattern, ...]

    @staticmethod
    def bearable(size_bytes: int) -> bool:
        """Return whether a file of that size is heeded at all."""
        return size_bytes <= LARGEST_BYTES

    @staticmethod
    def of(content: bytes) -> "Rules":
        """Return what a .gitignore with this content says."""
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        patterns = [pattern for line in lines if (pattern := _parsed(line)) is not None]
        return Rules(tuple(reversed(patterns)) if len(patterns) <= MOST_PATTERNS else ())

    def verdict(self, path: bytes, *, is_directory: bool) -> bool | None:
        """Return whether a path relative to the file's directory is ignored; None if nothing is said about it."""
        name = path[path.rfind(b"/") + 1 :]
        for pattern in self._patterns:
            if pattern.directories_only and not is_directory:
                continue
            if pattern.matches(path if pattern.whole else name):
                return pattern.ignores
        return None


@dataclass(frozen=True, slots=True)
class _Folder:
    """What is known about a directory: whether it is ignored as a whole, and which files speak below it, last first."""

    ignored: bool
    speaking: tuple[tuple[int, Rules], ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Which paths the .gitignore files of a tree ignore. Called with a path, relative to the tree's top."""

    rules: Mapping[bytes, Rules]
    """By directory; the top is the empty path."""

    _folders: dict[bytes, _Folder] = field(default_factory=dict)

    def __call__(self, path: bytes) -> bool:
        """Return whether the file of that path is ignored."""
        folder = self._folder(path[: max(path.rfind(b"/"), 0)])
        return folder.ignored or _said(folder, path, is_directory=False)

    def _folder(self, path: bytes) -> _Folder:
        """Return what is known about a directory, finding it out from the top down where it is not known yet."""
        known = self._folders.get(path)
        if known is not None:
            return known
        top = self.rules.get(b"")
        folder = _Folder(ignored=False, speaking=((0, top),) if top is not None else ())
        for end in _ends(path):
            part = path[:end]
            known = self._folders.get(part)
            if known is None:
                ignored = folder.ignored or _said(folder, part, is_directory=True)
                own = self.rules.get(part)
                speaking = ((end + 1, own), *folder.speaking) if own is not None else folder.speaking
                known = self._folders[part] = _Folder(ignored=ignored, speaking=speaking)
            folder = known
        return folder


def _said(folder: _Folder, path: bytes, *, is_directory: bool) -> bool:
    for start, rules in folder.speaking:
        verdict = rules.verdict(path[start:], is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def _ends(path: bytes) -> Iterator[int]:
    """Yield where each name of a path ends."""
    end = path.find(b"/")
    while end >= 0:
        yield end
        end = path.find(b"/", end + 1)
    if path:
        yield len(path)


# --- patterns ---------------------------------------------------------------------------------------------------------


def _parsed(line: bytes) -> _Pattern | None:
    """Return what a line says; None if it is empty or a comment."""
    text = line.removesuffix(b"\r").split(b"\0", 1)[0]
    if not text or text.startswith(b"#"):
        return None
    text = _without_trailing_spaces(text)
    ignores = not text.startswith(b"!")
    text = text.removeprefix(b"!")
    directories_only = text.endswith(b"/")
    text = text[:-1] if directories_only else text
    whole = b"/" in text
    matches = _matcher(text.removeprefix(b"/") if whole else text, whole=whole)
    return _Pattern(matches, ignores, directories_only, whole)


def _without_trailing_spaces(text: bytes) -> bytes:
    """Return the line without spaces at its end, except escaped ones."""
    match = re.fullmatch(rb"((?:\\.|[^\\])*?)( *)(\\?)", text, re.DOTALL)
    if match is None or match[3]:
        return text
    return match[1]


def _matcher(pattern: bytes, *, whole: bool) -> Matcher:
    """Return a test for what a pattern matches. The commonest forms need no positions."""
    if not _SPECIAL(pattern):
        return pattern.__eq__
    if not whole and pattern.startswith(b"*") and not _SPECIAL(pattern[1:]):
        ending = pattern[1:]
        return lambda name: name.endswith(ending)
    if not whole and pattern.endswith(b"*") and not _SPECIAL(pattern[:-1]):
        beginning = pattern[:-1]
        return lambda name: name.startswith(beginning)
    tokens = _tokens(pattern, whole=whole)
    return _Positions(tokens) if tokens is not None else lambda _: False


@dataclass(frozen=True, slots=True)
class _Token:
    """One step of a pattern: any number of `repeats`, then one byte of `accepts`.

    Attributes:
        optional: the step may be left out at any time.
        skips_next: so may it together with the next one.
    """

    accepts: frozenset[int] = frozenset()
    repeats: frozenset[int] = frozenset()
    optional: bool = False
    skips_next: bool = False


_STAR = (_Token(repeats=_NOT_SLASH, optional=True),)
_ANYTHING = (_Token(repeats=frozenset(range(256)), optional=True),)
_FOLDERS = (
    _Token(optional=True, skips_next=True),
    _Token(accepts=frozenset({_SLASH}), repeats=frozenset(range(256))),
)


def _tokens(pattern: bytes, *, whole: bool) -> list[_Token] | None:
    """Return the steps of a pattern; None if it is malformed and matches nothing."""
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            end = at + len(pattern[at:]) - len(pattern[at:].lstrip(b"*"))
            steps, at = _stars(pattern, at, end, whole=whole)
            tokens += steps
        elif byte == b"?":
            tokens.append(_Token(_NOT_SLASH))
            at += 1
        elif byte == b"[":
            parsed = _bracket(pattern, at)
            if parsed is None:
                return None
            accepts, at = parsed
            tokens.append(_Token(accepts))
        else:
            at += byte == b"\\"
            if at == len(pattern):
                return None
            tokens.append(_Token(frozenset({pattern[at]})))
            at += 1
    return tokens


def _stars(pattern: bytes, at: int, end: int, *, whole: bool) -> tuple[tuple[_Token, ...], int]:
    """Return what a run of stars means, and where the pattern goes on."""
    alone = end - at > 1 and whole and (at == 0 or pattern[at - 1] == _SLASH)
    if alone and end == len(pattern):
        return _ANYTHING, end
    for slash in (b"/", b"\\/"):
        if alone and pattern.startswith(slash, end):
            return _FOLDERS, end + len(slash)
    return _STAR, end


def _bracket(pattern: bytes, at: int) -> tuple[frozenset[int], int] | None:
    """Return the bytes a bracket expression accepts and where it ends; None if it is malformed."""
    at += 1
    negated = pattern[at : at + 1] in {b"!", b"^"}
    at += negated
    accepted: set[int] = set()
    last: int | None = None  # what a range may begin with
    first = True
    while True:
        byte = pattern[at : at + 1]
        if not byte:
            return None
        if byte == b"]" and not first:
            break
        first = False
        if byte == b"-" and last is not None and pattern[at + 1 : at + 2] not in {b"", b"]"}:
            at += 1 + (pattern[at + 1] == ord("\\"))
            if at >= len(pattern):
                return None
            accepted.update(range(last, pattern[at] + 1))
            last = None
        elif pattern.startswith(b"[:", at) and (named := _named_class(pattern, at)) is not None:
            letters, at = named
            if letters is None:
                return None
            accepted |= letters
            last = None
        else:
            at += byte == b"\\"
            if at >= len(pattern):
                return None
            last = pattern[at]
            accepted.add(last)
        at += 1
    return (_NOT_SLASH - accepted if negated else frozenset(accepted - {_SLASH})), at + 1


def _named_class(pattern: bytes, at: int) -> tuple[frozenset[int] | None, int] | None:
    """Return the letters of a `[:class:]` and where its last byte is.

    None: it is no class and stands for its letters. No letters: it makes the whole pattern malformed.
    """
    end = pattern.find(b"]", at + 2)
    if end < 0:
        return None, at
    if end - 1 < at + 2 or pattern[end - 1 : end] != b":":
        return None
    letters = _CLASSES.get(pattern[at + 2 : end - 1])
    if letters is None:
        return None, at
    return frozenset(byte for byte in range(256) if letters.match(bytes([byte]))), end


class _Positions:
    """A pattern as the set of positions in it that a text may have reached: bit `i`, the first `i` steps are done."""

    __slots__ = ("_advances", "_optional", "_skips_next", "_stays", "_whole")

    def __init__(self, tokens: list[_Token]) -> None:
        """Prepare for these steps. Costs 256 sets of positions."""
        self._whole = 1 << len(tokens)
        self._optional = self._skips_next = 0
        self._advances = [0] * 256
        self._stays = [0] * 256
        for index, token in enumerate(tokens):
            bit = 1 << index
            for byte in token.accepts:
                self._advances[byte] |= bit
            for byte in token.repeats:
                self._stays[byte] |= bit
            self._optional |= bit * token.optional
            self._skips_next |= bit * token.skips_next

    def __call__(self, text: bytes) -> bool:
        """Return whether the pattern matches the whole text."""
        reached = self._skipped(1)
        for byte in text:
            reached = self._skipped((reached & self._advances[byte]) << 1 | (reached & self._stays[byte]))
            if not reached:
                return False
        return bool(reached & self._whole)

    def _skipped(self, reached: int) -> int:
        """Return the positions reached when steps that may be left out are left out too."""
        fresh = reached
        while fresh:
            fresh = ((fresh & self._optional) << 1 | (fresh & self._skips_next) << 2) & ~reached
            reached |= fresh
        return reached
