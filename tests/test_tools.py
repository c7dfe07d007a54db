import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import shell_effects
from runner.tools import BASH, COMMAND_BYTES, EDITOR, Rejection, compile_call
from runner.types import Action, Create, Exec, Insert, Replace, Restart, ToolCall, View


def compiled(tool: str, **arguments: object) -> Action:
    call = ToolCall(id="1", tool=tool, input_json=json.dumps(arguments))
    return compile_call(call, cwd="/workspace/src", workspace="/workspace", analyse=shell_effects)


def rejected(tool: str, **arguments: object) -> str:
    with pytest.raises(Rejection) as caught:
        compiled(tool, **arguments)
    return str(caught.value)


def test_a_command_becomes_an_exec_with_its_effects() -> None:
    action = compiled(BASH, command="cat a.txt")
    assert action.operation == Exec(command="cat a.txt")
    assert action.effects.reads == ("/workspace/src/a.txt",)


def test_restart_needs_no_command() -> None:
    assert compiled(BASH, restart=True).operation == Restart()


def test_an_editor_path_starts_from_the_workspace_whatever_the_shell_did() -> None:
    assert compiled(EDITOR, command="view", path="a.txt").operation == View(path="/workspace/a.txt")
    assert compiled(EDITOR, command="view", path="//etc/../etc/hosts").operation == View(path="/etc/hosts")


def test_editor_commands_become_operations() -> None:
    assert compiled(EDITOR, command="view", path="/a", view_range=[2, -1]).operation == View(path="/a", first_line=2)
    assert compiled(EDITOR, command="create", path="/a", file_text="x").operation == Create(path="/a", text="x")
    assert compiled(EDITOR, command="str_replace", path="/a", old_str="x").operation == Replace(
        path="/a", old="x", new=""
    )
    assert compiled(EDITOR, command="insert", path="/a", insert_line=0, insert_text="x").operation == Insert(
        path="/a", after_line=0, text="x"
    )


def test_viewing_writes_nothing_and_editing_writes_its_file() -> None:
    assert compiled(EDITOR, command="view", path="/a").effects.only_reads
    assert compiled(EDITOR, command="create", path="/a", file_text="").effects.writes == ("/a",)


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("python", {}, "There is no tool `python`"),
        (BASH, {}, "needs `command`"),
        (BASH, {"command": 3}, "wrong"),
        (BASH, {"command": "a\0b"}, "NUL"),
        (BASH, {"command": "\ud800"}, "wrong"),
        (BASH, {"command": "x" * (COMMAND_BYTES + 1)}, "longer than"),
        (EDITOR, {"command": "view"}, "wrong"),
        (EDITOR, {"command": "view", "path": ""}, "`path` is empty"),
        (EDITOR, {"command": "undo_edit", "path": "/a"}, "There are: view, create, str_replace, insert"),
        (EDITOR, {"command": "create", "path": "/a"}, "needs `file_text`"),
        (EDITOR, {"command": "str_replace", "path": "/a", "new_str": "x"}, "needs `old_str`"),
        (EDITOR, {"command": "str_replace", "path": "/a", "old_str": "", "new_str": "x"}, "`old_str` is empty"),
        (EDITOR, {"command": "insert", "path": "/a", "insert_text": "x"}, "needs `insert_line`"),
        (EDITOR, {"command": "insert", "path": "/a", "insert_line": -1, "insert_text": "x"}, "0 or more"),
        (EDITOR, {"command": "view", "path": "/a", "view_range": [3, 2]}, "counted from 1"),
        (EDITOR, {"command": "view", "path": "/a", "view_range": [0, 2]}, "counted from 1"),
        (EDITOR, {"command": "view", "path": "/a", "view_range": [1]}, "wrong"),
    ],
)
def test_a_bad_call_is_rejected_with_a_sentence(tool: str, arguments: dict[str, object], says: str) -> None:
    assert says in rejected(tool, **arguments)


@given(st.text(max_size=60))
def test_arguments_that_are_no_object_are_rejected(text: str) -> None:
    call = ToolCall(id="1", tool=BASH, input_json=text)
    try:
        compile_call(call, cwd="/", workspace="/", analyse=shell_effects)
    except Rejection:
        pass
    else:
        assert isinstance(json.loads(text), dict)
