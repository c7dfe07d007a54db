r"""What the run changed, as a patch that `git apply --binary` takes.

Rules that live here and nowhere else:

* What goes into the patch (`select`): every regular file and symlink that differs, except
  - what is in a `.git` folder, at any depth: git refuses such paths, and the user's repository is his own;
  - *added* files that the .gitignore files of the final state ignore: build products, caches. Changed and deleted
    ones are in, ignored or not, because the user had them before;
  - names git does not take, and files larger than `LARGEST_BYTES`.
  Nothing is left out silently: everything left out is counted, with its reason.
* Of modes, git knows whether the owner may execute. Other attributes, directories, fifos and sockets are no part of a
  patch; a file that became one of those is deleted by it.
* A patch is exact for any bytes: what is not text, or is long, goes in as a binary literal with both directions.
* Making one takes bounded time. What would take long to compare line by line becomes one replacing hunk, which is just
  as right and less pleasant to read.

Theory of operation: `select` decides, `file_patches` renders one file after the other, reading contents only then.

Not promised: the smallest patch, or one that git itself would have written byte for byte. git refuses patches of a
gigabyte and more.
"""

import base64
import bisect
import difflib
import enum
import hashlib
import itertools
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from runner.types import Paths

LARGEST_BYTES = 100 * 1024**2
"""Larger files are left out: both versions are held in memory, and hosting services refuse files above 100 MiB."""

LARGEST_TEXT_BYTES = 8 * 1024**2
"""Longer files are compared as binary: line by line, eight million bytes may be four million lines."""

LONGEST_PATH_BYTES = 4000
"""git opens paths whole, and the kernel takes 4095 bytes."""

TEXT_STEPS = 5_000_000
"""Steps of `difflib` spent on one text, of about 0.1 microseconds each."""

PATCH_STEPS = 200_000_000
"""Steps spent on all texts of a patch: about 20 seconds, however many there are."""

LISTED = 200
"""How many of the paths left out for one reason are listed; fixed by `types.Paths`."""

CONTEXT = 3
"""Unchanged lines shown around changed ones, as git does."""

_GIT_FOLDER = re.compile(rb"(?:^|/)\.git(?:/|$)")
_REFUSED = re.compile(rb"(?i)(?:^|[/\\])(?:\.git|git~1)[. ]*(?:$|[/\\:])")
_REFUSED_SYMLINK = re.compile(rb"(?i)(?:^|[/\\])(?:(?:\.git|git~1)[. ]*(?:$|[/\\:])|(?:\.gitmod|gitmod~|gi7eb)[^/]*$)")
"""What git's `verify_path` takes for `.git` or `.gitmodules` on some system; it refuses those everywhere."""

_NEEDS_QUOTES = re.compile(rb'[\x00-\x1f"\\\x7f-\xff]')
_ESCAPES = {code: chr(code) for code in range(32, 127)} | {
    ord(char): f"\\{letter}" for char, letter in zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True)
}
_LENGTHS = [
    bytes([letter]) for letter in b"-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
]  # by bytes on a line


class Kind(enum.Enum):
    """What a path is, as far as a patch cares."""

    REGULAR = "regular"
    SYMLINK = "symlink"
    ABSENT = "absent"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One side of a difference.

    Attributes:
        mode: permission bits.
        size_bytes: of the content; known without reading it.
        identity: two versions of the same kind with the same one have the same content. Empty: not known.
        read: returns the content, of a symlink its target.
    """

    kind: Kind
    mode: int = 0
    size_bytes: int = 0
    identity: str = ""
    read: Callable[[], bytes] = bytes

    @property
    def git_mode(self) -> str:
        """The mode as git writes it; empty when the patch has nothing on this side."""
        if self.kind is Kind.REGULAR:
            return "100755" if self.mode & 0o100 else "100644"
        return "120000" if self.kind is Kind.SYMLINK else ""


_ABSENT = Version(kind=Kind.ABSENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePair:
    """A path, relative to the workspace, with what it was and what it is."""

    path: bytes
    before: Version
    after: Version

    @property
    def unchanged(self) -> bool:
        """Whether a patch has nothing to say about it, as far as that is known without reading."""
        if self.before.git_mode != self.after.git_mode:
            return False
        return not self.before.git_mode or (bool(self.before.identity) and self.before.identity == self.after.identity)


# --- what goes in -----------------------------------------------------------------------------------------------------


class Reason(enum.Enum):
    """Why a changed file is not in the patch."""

    GIT_FOLDER = "in a .git folder"
    IGNORED = "added and ignored by .gitignore"
    NAME = "a name git does not take"
    SIZE = "larger than 100 MiB"


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What goes into the patch, in order of paths, and what does not."""

    pairs: tuple[FilePair, ...]
    left_out: Mapping[Reason, Paths]


def select(pairs: Iterable[FilePair], ignored: Callable[[bytes], bool]) -> Selection:
    """Return which differences go into the patch, by the rules at the top of this module.

    Args:
        pairs: everything that differs.
        ignored: whether the final state's .gitignore files ignore a path.
    """
    chosen: list[FilePair] = []
    left_out: dict[Reason, list[bytes]] = {}
    for pair in pairs:
        if pair.unchanged:
            continue
        reason = _reason(pair, ignored)
        if reason is None:
            chosen.append(pair)
        else:
            left_out.setdefault(reason, []).append(pair.path)
    return Selection(
        pairs=tuple(sorted(chosen, key=lambda pair: pair.path)),
        left_out={
            reason: Paths(count=len(paths), listed=tuple(map(_shown, sorted(paths)[:LISTED])))
            for reason, paths in left_out.items()
        },
    )


def _reason(pair: FilePair, ignored: Callable[[bytes], bool]) -> Reason | None:
    """Return why a pair stays out of the patch; None if it goes in."""
    if _GIT_FOLDER.search(pair.path):
        return Reason.GIT_FOLDER
    refused = _REFUSED_SYMLINK if Kind.SYMLINK in {pair.before.kind, pair.after.kind} else _REFUSED
    if len(pair.path) > LONGEST_PATH_BYTES or refused.search(pair.path):
        return Reason.NAME
    if not pair.before.git_mode and ignored(pair.path):
        return Reason.IGNORED
    if max(pair.before.size_bytes, pair.after.size_bytes) > LARGEST_BYTES:
        return Reason.SIZE
    return None


# --- which lines differ -----------------------------------------------------------------------------------------------

_Range = tuple[int, int, int, int]
"""Lines `[i1, i2)` of the old text become lines `[j1, j2)` of the new one."""


@dataclass(slots=True)
class Effort:
    """What is left to spend on comparing lines: texts made to be slow to compare cost no more than it."""

    patch_steps: int = PATCH_STEPS
    text_steps: int = TEXT_STEPS

    def spend(self, steps: int) -> bool:
        """Return whether there is that much left, and spend it if so."""
        if steps > min(self.patch_steps, self.text_steps):
            return False
        self.patch_steps -= steps
        self.text_steps -= steps
        return True


def changed_ranges(old: list[bytes], new: list[bytes], effort: Effort) -> list[_Range]:
    """Return the ranges of lines that differ, in order. Right in any case; effort only makes them finer.

    What is the same at both ends is set aside. The rest is compared by `difflib` if that is affordable; else it is cut
    at lines that occur exactly once in both texts ("patience diff"), and what is between two of them treated alike.
    """
    effort.text_steps = TEXT_STEPS
    whole = _trimmed(old, new, (0, len(old), 0, len(new)))
    found = _compared(old, new, whole, effort)
    if found is None:
        gaps = (_trimmed(old, new, gap) for gap in _gaps(old, new, whole))
        found = [change for gap in gaps for change in _compared(old, new, gap, effort) or [gap]]
    return [(i1, i2, j1, j2) for i1, i2, j1, j2 in found if i1 < i2 or j1 < j2]


def _trimmed(old: list[bytes], new: list[bytes], rest: _Range) -> _Range:
    """Return the range without what is the same at both ends."""
    i1, i2, j1, j2 = rest
    while i1 < i2 and j1 < j2 and old[i1] == new[j1]:
        i1, j1 = i1 + 1, j1 + 1
    while i1 < i2 and j1 < j2 and old[i2 - 1] == new[j2 - 1]:
        i2, j2 = i2 - 1, j2 - 1
    return i1, i2, j1, j2


def _compared(old: list[bytes], new: list[bytes], rest: _Range, effort: Effort) -> list[_Range] | None:
    """Return the changes within a range; None if comparing is not affordable.

    `difflib` looks at each pair of equal lines for each block it finds, and there is at most one block per line.
    """
    i1, i2, j1, j2 = rest
    counts = Counter(new[j1:j2])
    pairs = sum(counts[line] for line in old[i1:i2])
    if pairs == 0:
        return [rest]
    if not effort.spend(pairs * min(i2 - i1, j2 - j1)):
        return None
    codes = difflib.SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False).get_opcodes()
    return [(i1 + a1, i1 + a2, j1 + b1, j1 + b2) for tag, a1, a2, b1, b2 in codes if tag != "equal"]


def _gaps(old: list[bytes], new: list[bytes], rest: _Range) -> Iterator[_Range]:
    """Yield what is between lines that occur once in both texts and stand in the same order, as many as possible."""
    i1, i2, j1, j2 = rest
    old_counts, new_counts = Counter(old[i1:i2]), Counter(new[j1:j2])
    where = {new[j]: j for j in range(j1, j2) if new_counts[new[j]] == old_counts[new[j]] == 1}
    lowest: list[int] = []  # lowest[n]: the smallest line of `new` that can end a chain of n + 1
    ends: list[int] = []
    steps: list[tuple[int, int, int]] = []  # line of `old`, line of `new`, the step before
    for i in range(i1, i2):
        j = where.get(old[i])
        if j is not None:
            length = bisect.bisect_left(lowest, j)
            steps.append((i, j, ends[length - 1] if length else -1))
            lowest[length : length + 1] = [j]
            ends[length : length + 1] = [len(steps) - 1]
    chain = [(i2, j2)]
    at = ends[-1] if ends else -1
    while at >= 0:
        i, j, at = steps[at]
        chain.append((i, j))
    for i, j in reversed(chain):
        yield i1, i, j1, j
        i1, j1 = i + 1, j + 1


# --- the patch --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePatch:
    """The part of the patch that is about one file, and what it does. Binary files have no lines to count."""

    path: bytes
    text: bytes
    insertions: int = 0
    deletions: int = 0
    binary: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PatchSummary:
    """A patch in numbers, as `git diff --stat` ends: files, lines added, lines deleted; and what is not in it."""

    files: int = 0
    insertions: int = 0
    deletions: int = 0
    binaries: int = 0
    left_out: Mapping[Reason, Paths] = field(default_factory=dict)

    def including(self, part: FilePatch) -> "PatchSummary":
        """Return the summary of a patch that has this part too."""
        return replace(
            self,
            files=self.files + 1,
            insertions=self.insertions + part.insertions,
            deletions=self.deletions + part.deletions,
            binaries=self.binaries + part.binary,
        )


def patch(pairs: Iterable[FilePair]) -> Iterator[bytes]:
    """Yield the patch that turns the tree before into the tree after. See `file_patches`."""
    return (part.text for part in file_patches(pairs))


def file_patches(pairs: Iterable[FilePair]) -> Iterator[FilePatch]:
    """Yield the patch file by file, in order of paths; files whose content turns out to be the same are not in it.

    Each path comes once. Reads contents one file at a time, and raises what reading them raises.
    """
    effort = Effort()
    for pair in sorted(pairs, key=lambda pair: pair.path):
        part = _file_patch(pair, effort)
        if part.text:
            yield part


def quoted(path: bytes) -> str:
    """Return a path as git writes it: plain if it is plain, else in double quotes with escapes. Always ASCII."""
    if not _NEEDS_QUOTES.search(path):
        return path.decode("ascii")
    return '"' + "".join(_ESCAPES.get(byte) or f"\\{byte:03o}" for byte in path) + '"'


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _file_patch(pair: FilePair, effort: Effort) -> FilePatch:
    """Return the part about one path. A file that became a symlink, or back, is deleted and added, as git does."""
    before, after = pair.before, pair.after
    if before.git_mode and after.git_mode and before.kind is not after.kind:
        gone = _file_patch(replace(pair, after=_ABSENT), effort)
        come = _file_patch(replace(pair, before=_ABSENT), effort)
        return FilePatch(
            path=pair.path,
            text=gone.text + come.text,
            insertions=come.insertions,
            deletions=gone.deletions,
            binary=gone.binary or come.binary,
        )
    old = before.read() if before.git_mode else b""
    new = after.read() if after.git_mode else b""
    if before.git_mode == after.git_mode and old == new:
        return FilePatch(path=pair.path, text=b"")
    head = _head(pair, old, new)
    if old == new:  # created or deleted empty, or only the mode differs
        return FilePatch(path=pair.path, text=head)
    if _is_binary(old) or _is_binary(new):
        text = head + b"GIT binary patch\n" + _literal(new) + _literal(old)
        return FilePatch(path=pair.path, text=text, binary=True)
    names = f"--- {_name_line('a', pair.path, before)}\n+++ {_name_line('b', pair.path, after)}\n".encode()
    hunks, insertions, deletions = _hunks(_lines(old), _lines(new), effort)
    return FilePatch(path=pair.path, text=head + names + hunks, insertions=insertions, deletions=deletions)


def _head(pair: FilePair, old: bytes, new: bytes) -> bytes:
    """Return the lines before the content, with both contents' full git ids, without which git takes no binaries."""
    before, after = pair.before.git_mode, pair.after.git_mode
    index = f"index {_blob_id(old) if before else '0' * 40}..{_blob_id(new) if after else '0' * 40}"
    if not before:
        lines = [f"new file mode {after}", index]
    elif not after:
        lines = [f"deleted file mode {before}", index]
    elif before == after:
        lines = [f"{index} {after}"]
    else:
        lines = [f"old mode {before}", f"new mode {after}", *([index] if old != new else [])]
    return "\n".join([f"diff --git {_side('a', pair.path)} {_side('b', pair.path)}", *lines, ""]).encode()


def _side(prefix: str, path: bytes) -> str:
    return quoted(prefix.encode() + b"/" + path)


def _name_line(prefix: str, path: bytes, version: Version) -> str:
    """Return a name as it stands after `---` or `+++`; a tab ends one that has spaces in it."""
    return _side(prefix, path) + ("\t" if b" " in path else "") if version.git_mode else "/dev/null"


def _blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _is_binary(content: bytes) -> bool:
    return len(content) > LARGEST_TEXT_BYTES or b"\0" in content


def _literal(content: bytes) -> bytes:
    """Return a content as git's binary patches have it: deflated, in base85 lines of at most 52 bytes."""
    packed = zlib.compress(content)
    lines = [b"literal %d\n" % len(content)]
    longest = len(_LENGTHS) - 1
    for start in range(0, len(packed), longest):
        piece = packed[start : start + longest]
        lines.append(b"%b%b\n" % (_LENGTHS[len(piece)], base64.b85encode(piece, pad=True)))
    return b"".join(lines) + b"\n"


def _lines(content: bytes) -> list[bytes]:
    """Return the lines with their ends. Only a newline ends a line."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _hunks(old: list[bytes], new: list[bytes], effort: Effort) -> tuple[bytes, int, int]:
    """Return the hunks that turn the old lines into the new ones, and how many lines they add and delete."""
    groups: list[list[_Range]] = []
    for change in changed_ranges(old, new, effort):
        if groups and change[0] - groups[-1][-1][1] <= 2 * CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    pieces: list[bytes] = []
    insertions = deletions = 0
    for group in groups:
        first, last = group[0], group[-1]
        lead = min(CONTEXT, first[0])
        trail = min(CONTEXT, len(old) - last[1])
        old_range = _range(first[0] - lead, last[1] + trail)
        new_range = _range(first[2] - lead, last[3] + trail)
        pieces.append(f"@@ -{old_range} +{new_range} @@\n".encode())
        pieces += _marked(b" ", old[first[0] - lead : first[0]])
        for (i1, i2, j1, j2), following in itertools.zip_longest(group, group[1:]):
            pieces += _marked(b"-", old[i1:i2])
            pieces += _marked(b"+", new[j1:j2])
            deletions += i2 - i1
            insertions += j2 - j1
            pieces += _marked(b" ", old[i2 : following[0] if following else i2 + trail])
    return b"".join(pieces), insertions, deletions


def _range(start: int, end: int) -> str:
    """Return a range of lines as hunk headers have it: first line and count; an empty one names the line before."""
    return f"{start + 1 if end > start else start},{end - start}"


def _marked(mark: bytes, lines: list[bytes]) -> list[bytes]:
    marked = [mark + line for line in lines]
    if lines and not lines[-1].endswith(b"\n"):
        marked[-1] += b"\n\\ No newline at end of file\n"
    return marked
