"""Tools as people know them: names and parameters, there and back."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import tools
from runner.policy import published as module
from runner.policy.published import Untranslatable, ours, published, response
from runner.types import WORKSPACE, Action, Effects, ToolCall

EDITOR = tools.EDITOR


def shown(tool: str, **fields: object) -> tuple[str, dict[str, Any]]:
    name, text = published(tool, json.dumps(fields))
    return name, json.loads(text)


def back(name: str, fields: object, tool: str, **original: object) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(ours(name, json.dumps(fields), tool, json.dumps(original)))
    return result


def compiled(tool: str, input_json: str) -> Action:
    call = ToolCall(id="c1", tool=tool, input_json=input_json)
    return tools.compile_call(call, cwd=WORKSPACE, workspace=WORKSPACE, analyse=lambda *_: Effects())


def test_the_names_of_our_tools_are_those_of_the_tool_table() -> None:
    assert (module.BASH, module.EDITOR) == (tools.BASH, tools.EDITOR)


def test_a_shell_command_is_published_as_bash() -> None:
    assert shown("bash", command="ls") == ("Bash", {"command": "ls"})


def test_a_restart_is_published_as_bash_that_runs_nothing() -> None:
    assert shown("bash", restart=True) == ("Bash", {"restart": True, "command": ""})
    assert shown("bash", restart=True, command="rm x") == ("Bash", {"restart": True, "command": ""})


def test_a_view_is_published_as_read_with_offset_and_limit() -> None:
    assert shown(EDITOR, command="view", path="/a/b") == ("Read", {"file_path": "/a/b"})
    part = shown(EDITOR, command="view", path="/a", view_range=[3, 7])
    assert part == ("Read", {"file_path": "/a", "offset": 3, "limit": 5})
    rest = shown(EDITOR, command="view", path="/a", view_range=[3, -1])
    assert rest == ("Read", {"file_path": "/a", "offset": 3})


def test_a_new_file_is_published_as_write() -> None:
    made = shown(EDITOR, command="create", path="/a", file_text="x\n")
    assert made == ("Write", {"file_path": "/a", "content": "x\n"})


def test_a_replacement_is_published_as_edit_even_when_it_only_removes() -> None:
    removed = shown(EDITOR, command="str_replace", path="/a", old_str="x")
    assert removed == ("Edit", {"file_path": "/a", "old_string": "x", "new_string": ""})


def test_an_insertion_is_published_as_edit_whose_new_text_a_hook_finds_where_it_looks() -> None:
    added = shown(EDITOR, command="insert", path="/a", insert_line=2, insert_text="secret\n")
    assert added == ("Edit", {"file_path": "/a", "old_string": "", "new_string": "secret\n", "insert_line": 2})


@pytest.mark.parametrize(
    ("path", "absolute"),
    [
        ("src/x.py", "/workspace/src/x.py"),
        ("../etc/passwd", "/etc/passwd"),
        ("/workspace/./a/../.env", "/workspace/.env"),
        ("//etc/passwd", "/etc/passwd"),
    ],
)
def test_a_path_is_published_as_it_will_be_used(path: str, absolute: str) -> None:
    assert shown(EDITOR, command="view", path=path)[1]["file_path"] == absolute


def test_a_field_without_a_counterpart_keeps_its_name() -> None:
    assert shown("bash", command="ls", description="look")[1]["description"] == "look"
    assert shown(EDITOR, command="view", path="/a", why="look")[1]["why"] == "look"


def test_the_model_cannot_put_something_else_under_a_name_that_hooks_look_at() -> None:
    name, fields = shown(EDITOR, command="view", path="/secret", file_path="/harmless", offset=1, limit=1)
    assert (name, fields) == ("Read", {"file_path": "/secret"})
    name, fields = shown(EDITOR, command="create", path="/a", file_text="bad", content="good", new_string="good")
    assert (name, fields) == ("Write", {"file_path": "/a", "content": "bad"})


def test_of_two_equal_keys_a_hook_is_shown_the_one_that_will_be_used() -> None:
    text = '{"command":"ls","command":"rm -rf x"}'
    assert json.loads(published("bash", text)[1]) == {"command": "rm -rf x"}
    assert compiled("bash", text).operation == compiled("bash", '{"command":"rm -rf x"}').operation


def test_any_other_tool_is_published_as_it_is() -> None:
    assert shown("mcp__x__y", a=1) == ("mcp__x__y", {"a": 1})
    assert shown("Agent", prompt="p", description="d") == ("Agent", {"prompt": "p", "description": "d"})


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', "{", '{"a":1e999}', '{"a":"\\ud800"}'])
def test_what_is_no_object_is_not_published(text: str) -> None:
    with pytest.raises(Untranslatable):
        published("bash", text)


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(Untranslatable, match="too deeply"):
        published("bash", '{"command":"ls","x":' + "[" * 100_000 + "]" * 100_000 + "}")


@pytest.mark.parametrize("command", [None, "delete", 3, ["view"]])
def test_an_unknown_editor_command_is_not_published(command: object) -> None:
    with pytest.raises(Untranslatable):
        published(EDITOR, json.dumps({"command": command, "path": "/a"}))


# --- and back ---------------------------------------------------------------------------------------------------------


def test_a_rewritten_command_is_our_command() -> None:
    assert back("Bash", {"command": "ls"}, "bash", command="rm x", description="d") == {"command": "ls"}


def test_a_rewrite_replaces_the_whole_input() -> None:
    assert back("Read", {"file_path": "/b"}, EDITOR, command="view", path="/a", view_range=[1, 2]) == {
        "command": "view",
        "path": "/b",
    }


def test_offset_and_limit_become_a_range() -> None:
    def read(**fields: object) -> object:
        return back("Read", {"file_path": "/a", **fields}, EDITOR, command="view", path="/a").get("view_range")

    assert read() is None
    assert read(offset=3) == [3, -1]
    assert read(limit=3) == [1, 3]
    assert read(offset=0, limit=3) == [1, 3]
    assert read(offset=4, limit=1) == [4, 4]
    assert read(offset=None, limit=None) is None


def test_rewritten_edits_and_files_are_ours() -> None:
    edit = {"file_path": "/b", "old_string": "x", "new_string": "y", "replace_all": False}
    assert back("Edit", edit, EDITOR, command="str_replace", path="/a", old_str="1") == {
        "command": "str_replace",
        "path": "/b",
        "old_str": "x",
        "new_str": "y",
        "replace_all": False,
    }
    write = {"file_path": "/b", "content": "y"}
    assert back("Write", write, EDITOR, command="create", path="/a", file_text="x") == {
        "command": "create",
        "path": "/b",
        "file_text": "y",
    }
    insertion = {"file_path": "/b", "old_string": "", "new_string": "y", "insert_line": 4}
    assert back("Edit", insertion, EDITOR, command="insert", path="/a", insert_line=1, insert_text="x") == {
        "command": "insert",
        "path": "/b",
        "insert_line": 4,
        "insert_text": "y",
    }


VIEW = {"command": "view", "path": "/a"}
REPLACE = {"command": "str_replace", "path": "/a", "old_str": "x", "new_str": "y"}
INSERT = {"command": "insert", "path": "/a", "insert_line": 1, "insert_text": "x"}


@pytest.mark.parametrize(
    ("name", "fields", "tool", "original"),
    [
        ("Write", {"file_path": "/a", "content": ""}, EDITOR, REPLACE),
        ("Bash", {"command": "ls"}, EDITOR, VIEW),
        ("Read", {"file_path": "/a"}, "bash", {"command": "ls"}),
        ("str_replace_based_edit_tool", VIEW, EDITOR, VIEW),
        ("Read", VIEW, EDITOR, VIEW),
        ("Read", {"file_path": 3}, EDITOR, VIEW),
        ("Read", {"file_path": "/a", "offset": -1}, EDITOR, VIEW),
        ("Read", {"file_path": "/a", "offset": True}, EDITOR, VIEW),
        ("Read", {"file_path": "/a", "limit": 0}, EDITOR, VIEW),
        ("Read", {"file_path": "/a", "limit": "3"}, EDITOR, VIEW),
        ("Edit", {"file_path": "/a", "old_string": "x"}, EDITOR, REPLACE),
        ("Edit", {"file_path": "/a", "old_string": "x", "new_string": "y", "replace_all": True}, EDITOR, REPLACE),
        ("Edit", {"file_path": "/a", "old_string": "x", "new_string": "y", "insert_line": 1}, EDITOR, INSERT),
        ("Edit", {"file_path": "/a", "old_string": "", "new_string": "y"}, EDITOR, INSERT),
        ("Bash", {}, "bash", {"command": "ls"}),
        ("Bash", {"command": None}, "bash", {"command": "ls"}),
        ("Bash", {"command": "ls", "restart": True}, "bash", {"command": "ls"}),
        ("Bash", {"command": "ls"}, "mcp__x", {}),
    ],
)
def test_a_rewrite_that_means_something_else_is_refused(
    name: str, fields: object, tool: str, original: dict[str, object]
) -> None:
    with pytest.raises(Untranslatable):
        back(name, fields, tool, **original)


def test_a_rewrite_cannot_name_a_second_path() -> None:
    fields = {"file_path": "/a", "path": "/b", "command": "create", "file_text": "x", "why": "w"}
    assert back("Read", fields, EDITOR, **VIEW) == {"command": "view", "path": "/a", "why": "w"}


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
paths = texts.filter(bool)
extras = st.dictionaries(st.sampled_from(["note", "description", "timeout"]), st.integers() | texts)
ranges = st.none() | st.tuples(st.integers(1, 50), st.just(-1)) | st.tuples(st.integers(1, 9), st.integers(9, 50))
calls = st.one_of(
    st.tuples(st.just("bash"), st.fixed_dictionaries({"command": texts})),
    st.tuples(st.just("bash"), st.fixed_dictionaries({"restart": st.just(True)})),
    st.tuples(
        st.just(EDITOR), st.fixed_dictionaries({"command": st.just("view"), "path": paths, "view_range": ranges})
    ),
    st.tuples(
        st.just(EDITOR), st.fixed_dictionaries({"command": st.just("create"), "path": paths, "file_text": texts})
    ),
    st.tuples(
        st.just(EDITOR),
        st.fixed_dictionaries(
            {"command": st.just("str_replace"), "path": paths, "old_str": paths}, optional={"new_str": texts}
        ),
    ),
    st.tuples(
        st.just(EDITOR),
        st.fixed_dictionaries(
            {"command": st.just("insert"), "path": paths, "insert_line": st.integers(0, 99), "insert_text": texts}
        ),
    ),
)


@given(calls, extras)
def test_a_hook_that_gives_back_what_it_was_shown_changes_nothing(
    call: tuple[str, dict[str, object]], extra: dict[str, object]
) -> None:
    tool, fields = call
    text = json.dumps(fields | extra)
    again = ours(*published(tool, text), tool, text)
    assert compiled(tool, again).operation == compiled(tool, text).operation
    assert {name: json.loads(again)[name] for name in extra} == extra


@given(st.text(), st.text())
def test_any_text_is_published_or_refused(tool: str, text: str) -> None:
    with contextlib.suppress(Untranslatable):
        published(tool, text)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())))
def test_any_object_is_published_or_refused(fields: dict[str, object]) -> None:
    for tool in ("bash", EDITOR):
        for command in ("view", "create", "str_replace", "insert"):
            with contextlib.suppress(Untranslatable):
                published(tool, json.dumps({"command": command} | fields))


# --- results ----------------------------------------------------------------------------------------------------------


def test_a_result_has_the_shape_that_hooks_know() -> None:
    assert response("Bash", '{"command":"ls"}', "a\n") == {
        "stdout": "a\n",
        "stderr": "",
        "interrupted": False,
        "isImage": False,
    }
    assert response("Read", '{"file_path":"/a"}', "x") == {"type": "text", "file": {"filePath": "/a", "content": "x"}}
    assert response("Write", '{"file_path":"/a"}', "done") == {"filePath": "/a", "output": "done"}
    assert response("Agent", "{}", "done") == {"content": [{"type": "text", "text": "done"}]}
    assert response("mcp__x__y", "{}", "done") == "done"
