r"""What a command printed, made safe and short enough to show, with the whole of it kept in a file.

Rules that live here and nowhere else:

* Memory is bounded by the limit, whatever arrives: the first and the last half of it are kept.
* As soon as more than the limit has arrived, everything goes to a numbered file (`0001.txt`) that the box sees
  read-only. A file ends at 256 MiB, all files of a run at 1 GiB, and the text says so.
* Shown text is valid, has no escape sequences, and no control character but newline and tab: colours and cursor
  movements are dropped, `\r` becomes a newline, all others (and those that reorder or hide text) are spelled out.

A session marks the end of a call by a NUL byte, the call's nonce, a short report and another NUL; `Trailer` finds it
wherever the pieces are cut.

Not promised: that the report is true. The command runs in the shell that writes it, and can learn the nonce.
"""

import contextlib
import os
import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE_BYTES: Final = 256 * 1024**2
"""Size of one spill file: more than anyone reads, and a fraction of a small disk."""

TOTAL_BYTES: Final = 1024**3
"""Size of all spill files of a run."""

REPORT_BYTES: Final = 8192
"""How much of a report is kept: a code and a path of at most 4096 bytes (PATH_MAX)."""

NOTE_BYTES: Final = 200
"""Room for the line between head and tail."""

LINE_EDGE_BYTES: Final = 1000
"""How far from the cut a line's end is looked for, so that whole lines are shown."""

ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, DCS and other strings: titles, links
    r"|\x1b[ -/]*[0-Z\\^-~]"  # two-character escapes: character sets, resets
)
"""Terminal escape sequences. Source: ECMA-48."""

UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters
    r"\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb"  # direction and line marks
    r"\ud800-\udfff\U000e0000-\U000e007f]"  # halves of pairs, invisible tags
)
"""Characters that do something else than being seen."""


CONTINUATION: Final = bytes(range(0x80, 0xC0))
"""The bytes that go on with a UTF-8 character."""


def clean(text: str) -> str:
    """Return text that shows what it holds: no escape sequences, odd characters spelled out."""
    plain = ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return spelled(plain)


def spelled(text: str) -> str:
    r"""Return the text with every character that is not seen as itself spelled out (`\x1b`); nothing is dropped."""
    return UNSEEN.sub(lambda found: _spell(ord(found[0])), text)


def _spell(point: int) -> str:
    for letter, digits in (("x", 2), ("u", 4)):
        if point < 16**digits:
            return f"\\{letter}{point:0{digits}x}"
    return f"\\U{point:08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What may be shown of an output. Fields as in `Execution`."""

    text: str
    cut_bytes: int = 0
    spill: str | None = None


class SpillFolder:
    """The directory of full texts: numbered files, bounded together, seen in the box under another path."""

    def __init__(
        self, path: Path, box_path: str, *, file_bytes: int = FILE_BYTES, total_bytes: int = TOTAL_BYTES
    ) -> None:
        """Go on after the files that are there.

        Args:
            path: an existing directory only this run writes to.
            box_path: where the box sees it.
            file_bytes: limit of one file.
            total_bytes: limit of all, those that are there included.
        """
        self._path = path
        self._box_path = box_path
        self._file_bytes = file_bytes
        files = [entry for entry in os.scandir(path) if re.fullmatch(r"\d{4,}\.txt", entry.name)]
        self._left = max(0, total_bytes - sum(entry.stat(follow_symlinks=False).st_size for entry in files))
        self._number = max((int(entry.name[:-4]) for entry in files), default=0)

    def open(self) -> "SpillFile":
        """Return a new empty file."""
        self._number += 1
        name = f"{self._number:04}.txt"
        return SpillFile(self, self._path / name, f"{self._box_path}/{name}", self._file_bytes)

    def take(self, wanted: int) -> int:
        """Return how many of the wanted bytes may still be written, and count them as written."""
        granted = min(wanted, self._left)
        self._left -= granted
        return granted


class SpillFile:
    """One full text on its way to the disk. A full disk or a reached limit ends it.

    Attributes:
        box_path: where the box sees it; None if it could not be made.
        complete: whether all of the text is in it so far.
    """

    def __init__(self, folder: SpillFolder, path: Path, box_path: str, limit: int) -> None:
        """Make the file."""
        self.box_path: str | None = None
        self.complete = False
        self._folder = folder
        self._left = limit
        self._fd = -1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(OSError):  # then nothing is kept, and the note says so
            self._fd = os.open(path, flags, 0o644)
            os.fchmod(self._fd, 0o644)  # readable in the box whatever our umask is
            self.box_path, self.complete = box_path, True

    def write(self, data: bytes) -> None:
        """Append what still fits."""
        if not self.complete:
            return
        granted = self._folder.take(min(len(data), self._left))
        self._left -= granted
        view = memoryview(data)[:granted]
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:  # the disk is full: what is there stays, and the note says that it is not all
            self.complete = False
        self.complete = self.complete and granted == len(data)

    def close(self) -> None:
        """Finish the file; one that is not the whole text says so at its end. May be called again."""
        if self._fd < 0:
            return
        if not self.complete:
            with contextlib.suppress(OSError):
                os.write(self._fd, b"\n[... the rest was not kept: too much output, or the disk is full ...]\n")
        os.close(self._fd)
        self._fd = -1


class Capture:
    """Takes an output of any size and keeps of it what is shown, and a file with all of it when that is not all."""

    def __init__(self, limit_bytes: int, folder: SpillFolder) -> None:
        """Keep at most `limit_bytes`, but 400 in any case; the file is only made when needed."""
        self._limit = max(limit_bytes, 2 * NOTE_BYTES)
        self._folder = folder
        self._total = 0
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._file: SpillFile | None = None

    def add(self, data: bytes) -> None:
        """Take the next piece."""
        self._total += len(data)
        if self._file is None and self._total > self._limit:
            self._open_file()
        if self._file is not None:
            self._file.write(data)
        half = self._limit // 2
        room = half - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail.append(data)
            self._tail_bytes += len(data)
            while self._tail_bytes - len(self._tail[0]) >= self._limit - half:
                self._tail_bytes -= len(self._tail.popleft())

    def discard(self) -> None:
        """Give up, if `close` was not called."""
        if self._file is not None:
            self._file.close()

    def close(self) -> Shown:
        """Return what is to be shown. Nothing can be added afterwards."""
        tail = b"".join(self._tail)
        if self._file is None:
            text = clean((bytes(self._head) + tail).decode(errors="replace"))
            if len(text.encode()) <= self._limit:
                return Shown(text=text)
            self._open_file()  # short, but of characters that need more room when spelled out
        return self._cut(tail)

    def _open_file(self) -> None:
        self._file = self._folder.open()
        for piece in (bytes(self._head), *self._tail):
            self._file.write(piece)

    def _cut(self, tail: bytes) -> Shown:
        assert self._file is not None  # noqa: S101 - both callers made it
        self._file.close()
        half = self._limit // 2
        tail = tail[-(self._limit - half) :]
        room = (self._limit - NOTE_BYTES) // 2
        head_text, head_bytes = _fit(bytes(self._head), room, keep_start=True)
        tail_text, tail_bytes = _fit(tail, room, keep_start=False)
        cut = self._total - head_bytes - tail_bytes
        where = f"the {'full text' if self._file.complete else 'first part of the text'} is in {self._file.box_path}"
        if self._file.box_path is None:
            where = "they could not be kept, because the disk is full"
        note = f"[... {cut:,} bytes left out; {where} ...]\n"
        separator = "" if not head_text or head_text.endswith("\n") else "\n"
        return Shown(text=f"{head_text}{separator}{note}{tail_text}", cut_bytes=cut, spill=self._file.box_path)


def _fit(raw: bytes, room: int, *, keep_start: bool) -> tuple[str, int]:
    """Return the cleaned text of as much of one end of `raw` as fits, and how many bytes of `raw` that is."""
    size = len(raw)
    while True:
        part = _at_edge(raw, size, keep_start=keep_start)
        text = clean(part.decode(errors="replace"))
        needed = len(text.encode())
        if needed <= room:
            return text, len(part)
        size = min(len(part) - 1, len(part) * room // needed)


def _at_edge(raw: bytes, size: int, *, keep_start: bool) -> bytes:
    """Return at most `size` bytes of one end of `raw`, not cutting a character and, if one ends nearby, not a line."""
    if keep_start:
        part = raw[:size]
        end = part.rfind(b"\n", max(0, size - LINE_EDGE_BYTES))
        return part[: end + 1] if end >= 0 else _without_half(part)
    part = raw[len(raw) - size :]
    end = part.find(b"\n", 0, LINE_EDGE_BYTES)
    return part[end + 1 :] if 0 <= end < len(part) - 1 else part[:3].lstrip(CONTINUATION) + part[3:]


def _without_half(part: bytes) -> bytes:
    """Return the bytes without a UTF-8 character at their end that misses its rest."""
    start = len(part.rstrip(CONTINUATION)) - 1
    return part if start < 0 or part[start:].decode(errors="ignore") else part[:start]


class Trailer:
    """Separates a call's output from the report at its end, wherever the pieces are cut."""

    def __init__(self, nonce: bytes) -> None:
        """Look for this nonce (letters and digits)."""
        self._mark = b"\0" + nonce + b" "
        self._held = b""
        self._report: bytearray | None = None
        self.report: bytes | None = None
        """The report, once it is complete; at most 8 KiB of it."""

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what of the data is output of this call, and what came after its end."""
        if self._report is not None:
            return b"", self._read_report(data)
        data = self._held + data
        self._held = b""
        start = data.find(self._mark)
        if start >= 0:
            self._report = bytearray()
            return data[:start], self._read_report(data[start + len(self._mark) :])
        last = data.rfind(b"\0", max(0, len(data) - len(self._mark)))
        if last >= 0 and self._mark.startswith(data[last:]):
            self._held = data[last:]
            data = data[:last]
        return data, b""

    def rest(self) -> bytes:
        """Return what was held back as the possible beginning of the mark; for when no more data will come."""
        held, self._held = self._held, b""
        return held

    def _read_report(self, data: bytes) -> bytes:
        assert self._report is not None  # noqa: S101 - only called once the mark was seen
        if self.report is not None:
            return data
        end = data.find(b"\0")
        self._report += data[: end if end >= 0 else None][: REPORT_BYTES - len(self._report)]
        if end < 0:
            return b""
        self.report = bytes(self._report)
        return data[end + 1 :]
