"""The file tool: views, writes and edits, wherever in the box the path leads.

Rules that live here and nowhere else:

* Below `/workspace` and `/output` files are opened from this side; anything else is asked of the box. A link in the
  workspace that leads elsewhere goes the way its target needs.
* `/output` is read-only.
* What cannot be done is an answer with exit code 1, never an exception, and then nothing was changed.
"""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar, assert_never

from runner.adapters.docker_sandbox.box_files import BoxFiles
from runner.adapters.docker_sandbox.edits import (
    EDIT_BYTES,
    RefusedError,
    inserted,
    listing,
    page,
    replaced,
    shown_path,
)
from runner.adapters.docker_sandbox.output import NOTE_BYTES
from runner.adapters.docker_sandbox.tree import ElsewhereError
from runner.types import WORKSPACE, Create, FileOperation, Insert, Replace, View

T = TypeVar("T")

HOPS: Final = 8
"""How often a path may lead from one place to another before it is taken for a circle."""


class Place(Protocol):
    """Where files are. Errors are the usual `OSError`s, `RefusedError`, and `ElsewhereError` for a path that leaves."""

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a regular file's content."""

    def entries(self, path: str) -> list[tuple[str, bool]]:
        """Return a directory's entries two levels deep."""

    def write(self, path: str, content: bytes) -> bool:
        """Replace or make a file; return whether there was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the tool says. Fields as in `Execution`."""

    exit_code: int
    text: str
    cut_bytes: int = 0
    spill: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTool:
    """The tool in one box.

    Attributes:
        workspace, output, box: where files are.
        limit_bytes: of a view.
    """

    workspace: Place
    output: Place
    box: BoxFiles
    limit_bytes: int

    def within(self, deadline_s: float) -> "FileTool":
        """Return the tool for an operation that may take so long, and half a minute at most."""
        return replace(self, box=replace(self.box, work_s=min(self.box.work_s, deadline_s)))

    def perform(self, operation: FileOperation) -> Answer:
        """Return what became of the operation.

        Raises:
            SandboxUnavailable: the engine does not answer; only for paths outside workspace and output, as the next.
            BoxGoneError: the box does not, either.
        """
        path = "/" + posixpath.normpath(posixpath.join(WORKSPACE, operation.path)).lstrip("/")
        try:
            return self._perform(operation, path)
        except RefusedError as refused:
            return Answer(exit_code=1, text=f"{refused}\n")
        except UnicodeEncodeError:
            return Answer(exit_code=1, text="The text or the path holds a lone surrogate, which is no text.\n")
        except OSError as error:
            return Answer(exit_code=1, text=f"{_why(error, shown_path(path))}\n")

    def _perform(self, operation: FileOperation, path: str) -> Answer:
        name = shown_path(path)
        if "\0" in path:
            raise RefusedError("The path holds a NUL byte.")
        match operation:
            case View():
                return self._view(operation, path)
            case Create(text=text):
                existed = self._write(path, text.encode())
                done = "Replaced the content of" if existed else "Created"
                return Answer(exit_code=0, text=f"{done} {name}.\n")
            case Replace(old=old, new=new):
                content, line = replaced(self._content(path), old, new, name)
                self._write(path, content)
                return Answer(exit_code=0, text=f"Replaced the text at exactly one location: {name}, line {line}.\n")
            case Insert(after_line=after_line, text=text):
                self._write(path, inserted(self._content(path), after_line, text, name))
                return Answer(exit_code=0, text=f"Inserted the text after line {after_line} of {name}.\n")
            case _:
                assert_never(operation)

    def _view(self, operation: View, path: str) -> Answer:
        name = shown_path(path)
        first, last = operation.first_line, operation.last_line
        if (first is not None and first < 1) or (last is not None and last < (first or 1)):
            raise RefusedError(f"Lines {first} to {last} are no range; lines count from 1.")
        room = max(self.limit_bytes, 2 * NOTE_BYTES) - NOTE_BYTES
        try:
            seen = self._follow(path, lambda place, at: page(place.pieces(at), name, first or 1, last, room))
        except IsADirectoryError:
            if first is not None or last is not None:
                raise RefusedError(f"{name} is a directory, which has no lines.") from None
            return Answer(exit_code=0, text=listing(name, self._follow(path, lambda place, at: place.entries(at))))
        return Answer(exit_code=0, text=seen.text, cut_bytes=seen.cut_bytes, spill=path if seen.cut_bytes else None)

    def _content(self, path: str) -> bytes:
        """Return the whole of a file that is to be edited."""

        def whole(place: Place, at: str) -> bytes:
            content = bytearray()
            for piece in place.pieces(at):
                content += piece
                if len(content) > EDIT_BYTES:
                    name = shown_path(path)
                    raise RefusedError(f"{name} is larger than {EDIT_BYTES:,} bytes. Use the shell to change it.")
            return bytes(content)

        return self._follow(path, whole)

    def _write(self, path: str, content: bytes) -> bool:
        def write(place: Place, at: str) -> bool:
            if place is self.output:
                raise RefusedError(f"{shown_path(path)} is read-only.")
            return place.write(at, content)

        return self._follow(path, write)

    def _follow(self, path: str, use: Callable[[Place, str], T]) -> T:
        """Return what `use` makes of the place where the path finally leads."""
        at = path
        for _ in range(HOPS):
            try:
                return use(self._place(at), at)
            except ElsewhereError as elsewhere:
                at = elsewhere.path
        raise RefusedError(f"{shown_path(path)} leads through too many symbolic links.")

    def _place(self, path: str) -> Place:
        match path.split("/")[1]:
            case "workspace":
                return self.workspace
            case "output":
                return self.output
            case _:
                return self.box


def _why(error: OSError, name: str) -> str:
    match error:
        case FileNotFoundError():
            return f"File not found: {name}."
        case PermissionError():
            return f"Permission denied: {name}."
        case IsADirectoryError():
            return f"{name} is a directory."
        case NotADirectoryError():
            return f"A part of {name} is not a directory."
        case _:
            return f"{name}: {error.strerror or error}."
