"""Our tools under the names and parameters that people know: what hooks are given and what they give back.

    bash                          Bash    command
    str_replace_based_edit_tool   Read    file_path, offset, limit           (view)
                                  Write   file_path, content                 (create)
                                  Edit    file_path, old_string, new_string  (str_replace)
                                  Edit    the same with an empty old_string, and insert_line    (insert)

Rules that live here and nowhere else:

* Paths are published absolute, without `.` and `..`, as they will be used: what a hook compares is what is touched.
* What a hook gives back replaces the whole input, and the call stays one of the same tool: an edit that became
  something else would be judged by rules its hook never meant.
* A field without a counterpart keeps its name, in both directions.
* Any other tool is published as it is.

Not promised: that what `ours` returns is a call that can be made. It is compiled and judged anew.
"""

import posixpath

import msgspec

from runner.types import WORKSPACE

BASH = "bash"
EDITOR = "str_replace_based_edit_tool"

_NAMES = {"view": "Read", "create": "Write", "str_replace": "Edit", "insert": "Edit"}

_RENAMED = {
    "view": (),
    "create": (("file_text", "content"),),
    "str_replace": (("old_str", "old_string"), ("new_str", "new_string")),
    "insert": (("insert_text", "new_string"),),
}
"""Which of our fields has which published name, apart from the path."""

_OURS = frozenset({"command", "path", "view_range", "old_str", "new_str", "file_text", "insert_line", "insert_text"})

_KNOWN = frozenset({"file_path", "offset", "limit", "old_string", "new_string", "replace_all", "content"})
"""Published fields of the file tools: under these names a hook finds what will be done, and nothing else the model
may have put there."""

Fields = dict[str, object]


class Untranslatable(Exception):
    """The input has no counterpart. `str()` is a clause that says why, for people."""


def published(tool: str, input_json: str, *, workspace: str = WORKSPACE) -> tuple[str, str]:
    """Return the published name and the published input of a call.

    Args:
        tool: the tool as the model called it.
        input_json: its arguments, a JSON object.
        workspace: what the editor's relative paths start from, absolute.

    Raises:
        Untranslatable: no JSON object, or nested too deeply, or no command the editor has; no call can be made of it.
    """
    given = _fields(input_json)
    if tool == BASH:
        return "Bash", _text(given | {"command": ""} if given.get("restart") is True else given)
    if tool != EDITOR:
        return tool, _text(given)
    command = given.pop("command", None)
    if not isinstance(command, str) or command not in _NAMES:
        raise Untranslatable("the editor has no such command")
    shown: Fields = {"file_path": _absolute(given.pop("path", ""), workspace)}
    if command == "insert":
        shown["old_string"] = ""
    for own, known in _RENAMED[command]:
        value = given.pop(own, None)
        shown[known] = "" if value is None else value
    if command == "view":
        shown |= _lines(given)
    return _NAMES[command], _text(shown | {name: value for name, value in given.items() if name not in _KNOWN})


def ours(name: str, input_json: str, original_tool: str, original_input: str, *, workspace: str = WORKSPACE) -> str:
    """Return the arguments for our tool that a rewritten published input means.

    Args:
        name: the published tool whose input it is.
        input_json: the rewritten input, a JSON object.
        original_tool: the tool of the call it replaces, as the model called it.
        original_input: that call's arguments.
        workspace: what the editor's relative paths start from, absolute.

    Raises:
        Untranslatable: it is for another tool, or a field is missing or means something our tool cannot do. The hook
            that rewrote it has failed.
    """
    known, _ = published(original_tool, original_input, workspace=workspace)
    if name != known:
        raise Untranslatable(f"a call of `{known}` cannot become one of `{name}`")
    given = _fields(input_json)
    if original_tool == BASH:
        return _text(_bash(given))
    if original_tool != EDITOR:
        return _text(given)
    command = str(_fields(original_input)["command"])
    named: Fields = {"command": command, "path": _need(given, "file_path")}
    match command:
        case "view":
            named |= _range(given)
        case "insert":
            if given.pop("old_string", "") != "":
                raise Untranslatable("an insertion replaces nothing, so `old_string` must stay empty")
            if "insert_line" not in given:
                raise Untranslatable("`insert_line` is missing")
            named |= {"insert_line": given.pop("insert_line"), "insert_text": _need(given, "new_string")}
        case _:
            if given.get("replace_all") is True:
                raise Untranslatable("`replace_all` is nothing that the editor does")
            named |= {own: _need(given, shown) for own, shown in _RENAMED[command]}
    return _text(named | {field: value for field, value in given.items() if field not in _OURS})


def response(name: str, input_json: str, text: str) -> object:
    """Return a result in the shape in which the published tool gives it, as far as it is known.

    Args:
        name: the published tool.
        input_json: its published input, a JSON object.
        text: all that the model was shown.
    """
    match name:
        case "Bash":
            return {"stdout": text, "stderr": "", "interrupted": False, "isImage": False}
        case "Read":
            return {"type": "text", "file": {"filePath": _fields(input_json).get("file_path", ""), "content": text}}
        case "Edit" | "Write":
            return {"filePath": _fields(input_json).get("file_path", ""), "output": text}
        case "Agent":
            return {"content": [{"type": "text", "text": text}]}
        case _:
            return text


def _fields(input_json: str) -> Fields:
    try:
        return msgspec.json.decode(input_json, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Untranslatable(f"the input is no JSON object ({error})") from error
    except RecursionError:
        raise Untranslatable("the input is nested too deeply") from None


def _text(fields: Fields) -> str:
    return msgspec.json.encode(fields).decode()


def _absolute(path: object, workspace: str) -> object:
    if not isinstance(path, str) or not path:
        return path
    return "/" + posixpath.normpath(posixpath.join(workspace, path)).lstrip("/")


def _lines(given: Fields) -> Fields:
    """Take `view_range` out of the input and return it as offset and limit; a strange one stays where it is."""
    match given.get("view_range"):
        case None:
            given.pop("view_range", None)
            return {}
        case [int() as first, int() as last] if first >= 1 and (last == -1 or first <= last):
            del given["view_range"]
            return {"offset": first} if last == -1 else {"offset": first, "limit": last - first + 1}
        case _:
            return {}


def _range(given: Fields) -> Fields:
    """Take offset and limit out of the input and return them as `view_range`."""
    first, count = given.pop("offset", None), given.pop("limit", None)
    for name, value in (("offset", first), ("limit", count)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < (name == "limit")):
            raise Untranslatable(f"`{name}` is no number of lines")
    if first is None and count is None:
        return {}
    start = max(1, first) if isinstance(first, int) else 1
    return {"view_range": [start, start + count - 1 if isinstance(count, int) else -1]}


def _bash(given: Fields) -> Fields:
    if given.get("restart") is not True:
        return given | {"command": _need(dict(given), "command")}
    if given.get("command", "") != "":
        raise Untranslatable("a restart runs no command")
    return {name: value for name, value in given.items() if name != "command"}


def _need(given: Fields, name: str) -> object:
    """Take a text out of the input."""
    value = given.pop(name, None)
    if not isinstance(value, str):
        raise Untranslatable(f"`{name}` is missing or no text")
    return value
