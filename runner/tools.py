"""The tool table: which tools the model has, and what a call of one means.

Rules that live here and nowhere else:

* The tools are the Messages API's own, schema-less `bash` and `str_replace_based_edit_tool`.
* A call becomes an `Action` or is rejected with a sentence for the model; it is read exactly once.
* Paths become absolute box paths here, lexically; links are resolved where the action is performed.

What a shell command does is not known here: `compile_call` is handed the analysis as a function.
"""

import posixpath
from collections.abc import Callable
from typing import TypeVar

import msgspec

from runner.types import (
    Action,
    Create,
    Effects,
    Exec,
    FileOperation,
    Insert,
    Replace,
    Restart,
    ToolCall,
    View,
    Word,
)

BASH = "bash"
EDITOR = "str_replace_based_edit_tool"

TOOLS = (("bash_20250124", BASH), ("text_editor_20250728", EDITOR))
"""Type and name of every tool the model is given. Source: the Messages API's tool reference, as of 2026."""

COMMAND_BYTES = 1024 * 1024
"""Longest shell command, in bytes; longer ones belong in a file. Our choice: bash reads 1 MB in about 0.1 s."""

Analyse = Callable[[str, str], Effects]
"""From a shell command and the working directory to its effects."""


T = TypeVar("T", bound=Word)


class Rejection(Exception):
    """The call is no action. `str()` is a sentence for the model."""


class BashInput(Word, frozen=True, kw_only=True):
    """Arguments of `bash`."""

    command: str | None = None
    restart: bool = False


class EditorInput(Word, frozen=True, kw_only=True):
    """Arguments of the editor, all commands together."""

    command: str
    path: str
    view_range: tuple[int, int] | None = None
    old_str: str | None = None
    new_str: str | None = None
    file_text: str | None = None
    insert_line: int | None = None
    insert_text: str | None = None


def compile_call(call: ToolCall, *, cwd: str, workspace: str, analyse: Analyse) -> Action:
    """Return what the call would do.

    Args:
        call: as the model made it.
        cwd: the shell's working directory, absolute; what a command's relative paths start from.
        workspace: what the editor's relative paths start from, absolute.
        analyse: tells what a shell command does.

    Raises:
        Rejection: unknown tool, or an argument is missing, of a wrong type or out of range.
    """
    if call.tool == BASH:
        return _bash(call, _arguments(call, BashInput), cwd, analyse)
    if call.tool == EDITOR:
        return _editor(call, _arguments(call, EditorInput), workspace)
    raise Rejection(f"There is no tool `{call.tool}`. There are: {BASH}, {EDITOR}.")


def _arguments(call: ToolCall, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(call.input_json, type=shape)
    except msgspec.MsgspecError as error:
        raise Rejection(f"The arguments of `{call.tool}` are wrong: {error}.") from error


def _bash(call: ToolCall, given: BashInput, cwd: str, analyse: Analyse) -> Action:
    if given.restart:
        return Action(call_id=call.id, tool=BASH, operation=Restart(), effects=Effects())
    if given.command is None:
        raise Rejection("`bash` needs `command`, or `restart: true`.")
    if "\0" in given.command:
        raise Rejection("A shell command cannot hold a NUL byte.")
    try:
        size = len(given.command.encode())
    except UnicodeEncodeError:
        raise Rejection("The command holds a lone surrogate, which is no text.") from None
    if size > COMMAND_BYTES:
        raise Rejection(f"The command is longer than {COMMAND_BYTES:,} bytes. Put it in a file and run that.")
    operation = Exec(command=given.command)
    return Action(call_id=call.id, tool=BASH, operation=operation, effects=analyse(given.command, cwd))


def _editor(call: ToolCall, given: EditorInput, workspace: str) -> Action:
    operation = _file_operation(given, _absolute(given.path, workspace))
    path = (operation.path,)
    effects = Effects(reads=path) if isinstance(operation, View) else Effects(reads=path, writes=path)
    return Action(call_id=call.id, tool=EDITOR, operation=operation, effects=effects)


def _file_operation(given: EditorInput, path: str) -> FileOperation:
    match given.command:
        case "view":
            return _view(given, path)
        case "create":
            return Create(path=path, text=_text(given.file_text, "create", "file_text"))
        case "str_replace":
            old = _text(given.old_str, "str_replace", "old_str")
            if not old:
                raise Rejection("`old_str` is empty; use `create` to write a file or `insert` to add lines.")
            return Replace(path=path, old=old, new=_text(given.new_str or "", "str_replace", "new_str"))
        case "insert":
            if given.insert_line is None or given.insert_line < 0:
                raise Rejection("`insert` needs `insert_line`, 0 or more.")
            text = _text(given.insert_text, "insert", "insert_text")
            return Insert(path=path, after_line=given.insert_line, text=text)
        case other:
            raise Rejection(f"There is no editor command `{other}`. There are: view, create, str_replace, insert.")


def _view(given: EditorInput, path: str) -> View:
    if given.view_range is None:
        return View(path=path)
    first, last = given.view_range
    if first < 1 or (last != -1 and last < first):
        raise Rejection("`view_range` is [first, last], counted from 1; last may be -1 for the end of the file.")
    return View(path=path, first_line=first, last_line=None if last == -1 else last)


def _text(value: str | None, command: str, name: str) -> str:
    if value is None:
        raise Rejection(f"`{command}` needs `{name}`.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Rejection(f"`{name}` holds a lone surrogate, which is no text.") from None
    return value


def _absolute(path: str, workspace: str) -> str:
    if not path or "\0" in path:
        raise Rejection("`path` is empty or holds a NUL byte.")
    _text(path, "editor", "path")
    joined = posixpath.normpath(posixpath.join(workspace, path))
    return "/" + joined.lstrip("/")  # normpath keeps a double slash at the front
