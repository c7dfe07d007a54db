import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import shell_effects
from runner.tools import (
    AGENT,
    BASH,
    COMMAND_BYTES,
    DEPTH,
    EDITOR,
    PLAN,
    QUESTION,
    TOOLS,
    Rejection,
    answers_in,
    compile_call,
    effects_of,
    linked,
)
from runner.types import (
    Action,
    Create,
    Delegate,
    Effects,
    Exec,
    Insert,
    Mode,
    Part,
    Propose,
    Question,
    Replace,
    Restart,
    ToolCall,
    View,
)

OPTIONS = [{"label": "half up", "description": "as in school"}, {"label": "half even", "description": "as in banks"}]
QUESTIONS = [{"question": "Which rounding?", "header": "Rounding", "options": OPTIONS, "multiSelect": False}]


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
        (QUESTION, {"questions": []}, "Ask 1 to 4 questions"),
        (QUESTION, {"questions": [QUESTIONS[0] | {"question": str(n)} for n in range(5)]}, "not 5"),
        (QUESTION, {"questions": QUESTIONS * 2}, "the same"),
        (QUESTION, {"questions": [QUESTIONS[0] | {"question": " "}]}, "is empty"),
        (QUESTION, {"questions": [QUESTIONS[0] | {"header": "x" * 13}]}, "longer than 12"),
        (QUESTION, {"questions": [QUESTIONS[0] | {"options": [{"label": "a"}]}]}, "2 to 4 options, not 1"),
        (QUESTION, {"questions": [QUESTIONS[0] | {"options": [{"label": "a"}] * 2}]}, "the same label"),
        (QUESTION, {"questions": [QUESTIONS[0] | {"multiSelect": "yes"}]}, "wrong"),
        (PLAN, {"plan": " \n"}, "`plan` of `ExitPlanMode` is empty"),
        (PLAN, {}, "wrong"),
        (AGENT, {"description": "d"}, "wrong"),
        (AGENT, {"description": "d", "prompt": ""}, "`prompt` of `Agent` is empty"),
        (AGENT, {"description": "d", "prompt": "p", "mode": "yolo"}, "wrong"),
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


# --- tools that need no box -------------------------------------------------------------------------------------------


def test_what_needs_no_box_has_no_effects_in_it() -> None:
    asked = compiled(QUESTION, questions=QUESTIONS)
    assert isinstance(asked.operation, Question)
    assert json.loads(asked.operation.questions_json) == QUESTIONS
    assert compiled(PLAN, plan="First this.").operation == Propose(plan="First this.")
    begun = compiled(AGENT, description="look", prompt="Look around.", mode="plan", subagent_type="general-purpose")
    assert begun.operation == Delegate(description="look", prompt="Look around.", mode=Mode.PLAN)
    assert {action.effects for action in (asked, begun)} == {Effects()}


def test_the_model_cannot_answer_its_own_question() -> None:
    asked = compiled(QUESTION, questions=QUESTIONS, answers={"Which rounding?": "half up"}, response="yes")
    assert isinstance(asked.operation, Question)
    assert "answers" not in asked.operation.questions_json


def test_answers_are_read_from_what_whoever_was_asked_put_beside_the_questions() -> None:
    answers = {"Which rounding?": "half up", "Where?": ["here", "there"]}
    assert answers_in(json.dumps({"questions": QUESTIONS, "answers": answers})) == (
        "Which rounding?\n  half up\nWhere?\n  here, there"
    )
    assert answers_in(json.dumps({"response": "neither"})) == "neither"
    assert answers_in(json.dumps({"questions": QUESTIONS})) == ""
    assert answers_in("[") == answers_in('{"answers": 3}') == ""


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        (QUESTION, {"questions": QUESTIONS}, "cannot ask the user"),
        (PLAN, {"plan": "x"}, "no plan to hand over"),
        (AGENT, {"description": "d", "prompt": "p"}, "nested 3 deep"),
    ],
)
def test_what_has_no_place_inside_subagents_is_rejected_there(
    tool: str, arguments: dict[str, object], says: str
) -> None:
    call = ToolCall(id="1", tool=tool, input_json=json.dumps(arguments))
    with pytest.raises(Rejection, match=says):
        compile_call(call, cwd="/", workspace="/workspace", analyse=shell_effects, depth=DEPTH)


def test_a_plan_has_its_place_in_mode_plan_alone() -> None:
    call = ToolCall(id="1", tool=PLAN, input_json='{"plan": "x"}')
    with pytest.raises(Rejection, match="not in mode plan"):
        compile_call(call, cwd="/", workspace="/workspace", analyse=shell_effects, planning=False)


def test_ordinary_tools_say_what_they_are_and_what_they_take() -> None:
    for tool in TOOLS:
        assert bool(tool.kind) != bool(tool.description)
        if not tool.kind:
            schema = json.loads(tool.schema_json)
            assert schema["additionalProperties"] is False
            assert set(schema["required"]) <= set(schema["properties"])


# --- parameters and links ---------------------------------------------------------------------------------------------


def test_scalar_parameters_are_kept_for_rules_that_name_one() -> None:
    action = compiled(BASH, command="ls", run_in_background=True, timeout=5, ratio=0.5, note=None, tags=["x"], d={})
    assert action.parameters == (("run_in_background", "true"), ("timeout", "5"), ("ratio", "0.5"))
    assert compiled(EDITOR, command="view", path="/a").parameters == ()


def real(path: str) -> str | None:
    """Where paths of this file's workspace are: `link` leads to /etc, `round` to itself."""
    if path.startswith("/workspace/round"):
        return None
    return path.replace("/workspace/link", "/etc")


def linked_call(tool: str, **arguments: object) -> Action:
    call = ToolCall(id="1", tool=tool, input_json=json.dumps(arguments))
    return compile_call(call, cwd="/workspace", workspace="/workspace", analyse=shell_effects, resolve=real)


def test_where_a_path_really_is_stands_in_the_effects() -> None:
    viewed = linked_call(EDITOR, command="view", path="link/passwd")
    assert viewed.effects.links == (("/workspace/link/passwd", "/etc/passwd"),)
    assert viewed.operation == View(path="/workspace/link/passwd")
    assert linked_call(EDITOR, command="view", path="a").effects.links == ()


def test_links_stand_in_every_part_that_names_them() -> None:
    effects = linked_call(BASH, command="cat link/passwd && cat a").effects
    assert effects.links == (("/workspace/link/passwd", "/etc/passwd"),)
    assert [part.effects.links for part in effects.parts] == [effects.links, ()]


def test_a_path_that_leads_nowhere_is_rejected_or_makes_its_command_opaque() -> None:
    with pytest.raises(Rejection, match="links of /workspace/round/x cannot be followed"):
        linked_call(EDITOR, command="create", path="round/x", file_text="")
    effects = linked_call(BASH, command="cat round && cat a").effects
    assert effects.opaque == "the links of /workspace/round cannot be followed"
    assert [part.effects.opaque is None for part in effects.parts] == [False, True]


@given(st.lists(st.sampled_from(["/workspace/link/a", "/workspace/b", "/workspace/round", "/x"]), max_size=4))
def test_resolving_twice_says_the_same_as_once(paths: list[str]) -> None:
    part = Part(text="x", effects=Effects(reads=tuple(paths)))
    once = linked(Effects(reads=tuple(paths), parts=(part,)), real)
    assert linked(once, real) == once


def test_effects_can_be_told_again_later() -> None:
    for action in (
        linked_call(BASH, command="cat link/passwd"),
        linked_call(BASH, restart=True),
        linked_call(EDITOR, command="insert", path="link/x", insert_line=0, insert_text=""),
        linked_call(PLAN, plan="x"),
    ):
        again = effects_of(action.operation, cwd="/workspace", analyse=shell_effects, resolve=real)
        assert again == action.effects
    assert isinstance(linked_call(BASH, command="cat x").operation, Exec)
