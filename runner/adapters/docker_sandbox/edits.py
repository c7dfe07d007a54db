"""The file tool's answers: pages of numbered lines, listings, and edits of content. Pure; touches no file.

Rules that live here and nowhere else:

* A line is shown as its number, right-aligned to six places, a tab, and its text.
* An edit changes the bytes it must and no other: undecodable bytes, missing final newlines and CRLF stay as they are.
  Text of several lines that does not match as it is, is also looked for with CRLF line ends, since a view does not show
  them.
* What holds a NUL byte is binary and is neither shown nor edited.
* `RefusedError` is an answer for the model: what is wrong and what to do.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from runner.adapters.docker_sandbox.output import spelled

EDIT_BYTES: Final = 32 * 1024**2
"""Largest file that is edited: it is held in memory, several times."""

LISTED: Final = 1000
"""Most entries of a listing: more than a model reads with profit."""

PLACES: Final = 10
"""How many places of several matches are named."""


class RefusedError(Exception):
    """The operation was not done and nothing was changed; the text says why, for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Lines to be shown. `cut_bytes` of the wanted lines are left out."""

    text: str
    cut_bytes: int = 0


def page(pieces: Iterable[bytes], path: str, first: int, last: int | None, limit_bytes: int) -> Page:
    """Return lines `first` to `last` of a file, numbered, as many whole ones as fit.

    Args:
        pieces: the whole content. It is read to its end, but no more of it is held than fits.
        path: named in refusals.
        first: from 1.
        last: None for the end of the file; beyond the end is the end.
        limit_bytes: of the text.

    Raises:
        RefusedError: binary, or the file has no line `first`.
    """
    wanted = bytearray()
    wanted_bytes = 0
    newlines = 0
    final = b"\n"
    for piece in pieces:
        if b"\0" in piece:
            raise RefusedError(f"{path} is a binary file. Use the shell to look at it, for example with `od -c`.")
        start, end = _within(piece, newlines, first, last)
        wanted_bytes += end - start
        wanted += piece[start : min(end, start + limit_bytes - len(wanted))]
        newlines += piece.count(b"\n")
        final = piece[-1:] or final
    lines = newlines + (final != b"\n")
    if lines == 0:
        return Page(text="[the file is empty]\n")
    if first > lines:
        raise RefusedError(f"{path} has {lines:,} lines; there is no line {first:,}.")
    return _numbered(bytes(wanted), wanted_bytes, first, lines, limit_bytes)


def _within(piece: bytes, newlines: int, first: int, last: int | None) -> tuple[int, int]:
    """Return which part of a piece, `newlines` lines into the file, belongs to the lines `first` to `last`."""
    start = _after_newlines(piece, first - 1 - newlines)
    end = len(piece) if last is None else _after_newlines(piece, last - newlines)
    return start, max(start, end)


def _after_newlines(piece: bytes, count: int) -> int:
    """Return the place after that many newlines; the end if there are fewer."""
    if count <= 0:
        return 0
    if piece.count(b"\n") < count:
        return len(piece)
    place = 0
    for _ in range(count):
        place = piece.index(b"\n", place) + 1
    return place


def _numbered(wanted: bytes, wanted_bytes: int, first: int, lines: int, limit_bytes: int) -> Page:
    shown: list[str] = []
    shown_bytes = used = 0
    for number, raw in enumerate(_lines(wanted), first):
        whole = raw.endswith(b"\n") or used + len(raw) == wanted_bytes
        text = f"{number:>6}\t{spelled(_line_text(raw))}\n"
        needed = len(text.encode())
        if not whole or shown_bytes + needed > limit_bytes:
            break
        shown.append(text)
        shown_bytes += needed
        used += len(raw)
    if used == wanted_bytes:
        return Page(text="".join(shown))
    if not shown:
        start = f"{first:>6}\t{spelled(wanted.decode(errors='replace'))}".encode()[:limit_bytes]
        text = start.decode(errors="ignore")
        note = f"\n[... line {first:,} is too long to be shown whole; use the shell, for example `cut -c` ...]\n"
        return Page(text=text + note, cut_bytes=max(1, wanted_bytes - len(text)))
    cut = wanted_bytes - used
    rest = f"{cut:,} bytes from line {first + len(shown):,} on are left out"
    note = f"[... {rest}; the file has {lines:,} lines: view a range ...]\n"
    return Page(text="".join(shown) + note, cut_bytes=cut)


def _lines(content: bytes) -> Iterator[bytes]:
    """Return the lines as newlines end them; `bytes.splitlines` also ends them at a lone carriage return."""
    parts = content.split(b"\n")
    yield from (part + b"\n" for part in parts[:-1])
    if parts[-1]:
        yield parts[-1]


def _line_text(raw: bytes) -> str:
    return raw.removesuffix(b"\n").removesuffix(b"\r").decode(errors="replace")


def replaced(content: bytes, old: str, new: str, path: str) -> tuple[bytes, int]:
    """Return the content with the only occurrence of `old` replaced by `new`, and the line where it began.

    Raises:
        RefusedError: `old` is empty, or occurs not at all or several times, or the content is binary.
    """
    _refuse_binary(content, path)
    if not old:
        raise RefusedError(f"The text to replace in {path} is empty. Use `insert` to add lines.")
    pair = old.encode(), new.encode()
    found = list(itertools.islice(_places(content, pair[0]), PLACES + 1))
    if not found and b"\n" in pair[0]:
        pair = _with_crlf(pair[0]), _with_crlf(pair[1])
        found = list(itertools.islice(_places(content, pair[0]), PLACES + 1))
    match found:
        case []:
            raise RefusedError(f"No match found in {path} for the text to replace; nothing was changed.")
        case [place]:
            after = content[:place] + pair[1] + content[place + len(pair[0]) :]
            return after, content.count(b"\n", 0, place) + 1
        case _:
            count = f"{len(found)}" if len(found) <= PLACES else f"more than {PLACES}"
            lines = ", ".join(str(content.count(b"\n", 0, place) + 1) for place in found[:PLACES])
            raise RefusedError(
                f"Found {count} matches in {path} for the text to replace, at lines {lines}; nothing was changed. "
                "Provide more context so that exactly one matches."
            )


def inserted(content: bytes, after_line: int, text: str, path: str) -> bytes:
    """Return the content with lines inserted after a line; a missing newline between them is added.

    Raises:
        RefusedError: there is no such line, or the content is binary.
    """
    _refuse_binary(content, path)
    lines = list(_lines(content))
    if not 0 <= after_line <= len(lines):
        raise RefusedError(f"{path} has {len(lines):,} lines; text can be inserted after line 0 to {len(lines):,}.")
    before, after = b"".join(lines[:after_line]), b"".join(lines[after_line:])
    new = text.encode()
    newline = b"\r\n" if _is_crlf(content) else b"\n"
    if newline == b"\r\n":
        new = _with_crlf(new)
    if before and not before.endswith(b"\n"):
        before += newline
    if after and new and not new.endswith(b"\n"):
        new += newline
    return before + new + after


def shown_path(path: str) -> str:
    """Return a path as one line of text."""
    return spelled(path).replace("\n", "\\n").replace("\t", "\\t")


def listing(path: str, entries: Iterable[tuple[str, bool]]) -> str:
    """Return the text that shows a directory's entries, two levels deep, hidden ones left out.

    Args:
        path: of the directory.
        entries: path relative to it, and whether it is a directory; in any order.
    """
    found = sorted(entries)
    lines = [f"{path.rstrip('/')}/{shown_path(name)}{'/' if is_directory else ''}\n" for name, is_directory in found]
    head = f"Files and directories in {path}, two levels deep, without hidden ones:\n"
    if not lines:
        return f"{path} has no entries, or only hidden ones.\n"
    if len(lines) > LISTED:
        lines[LISTED:] = [f"[... more than {LISTED:,} entries; list a directory below, or use the shell ...]\n"]
    return head + "".join(lines)


def _places(content: bytes, part: bytes) -> Iterator[int]:
    """Return where the part begins, overlapping ones included."""
    place = content.find(part)
    while place >= 0:
        yield place
        place = content.find(part, place + 1)


def _with_crlf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _is_crlf(content: bytes) -> bool:
    return 0 < content.count(b"\n") == content.count(b"\r\n")


def _refuse_binary(content: bytes, path: str) -> None:
    if b"\0" in content:
        raise RefusedError(f"{path} is a binary file. Use the shell to change it.")
