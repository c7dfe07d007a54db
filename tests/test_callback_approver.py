"""`can_use_tool`: a function of the user's answers questions."""

import asyncio
import contextvars
import json
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from runner.adapters.callback_approver import NO, YES, Allow, CallbackApprover, CanUseTool, Deny, Request, session_rules
from runner.adapters.signals import Signals, Stopped, interrupt
from runner.adapters.unattended_approver import UnattendedApprover
from runner.errors import UsageError
from runner.policy.effects import shell_effects
from runner.policy.published import ours, published
from runner.policy.rules import written
from runner.ports import Answer, Approver
from runner.testing.deciders import ApproverContract, an_action
from runner.tools import compile_call
from runner.types import Action, Layer, Mode, Rung, ToolCall, Verdict


def approver_of(function: CanUseTool, *, park: bool = False) -> CallbackApprover:
    return CallbackApprover(can_use_tool=function, otherwise=UnattendedApprover(park=park))


def ask(function: CanUseTool, action: Action | None = None, *, park: bool = False) -> Answer:
    about = action or an_action()
    question = about.decide(Verdict.ASK, rung=Rung.MODE, why="Mode default asks: it writes.")
    answer = approver_of(function, park=park).ask(about, question)
    assert answer is not None
    assert answer.decision.covers == about.digest
    assert answer.decision.rung is Rung.APPROVER
    return answer


class Listener:
    """A function that keeps what it is told and says no."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any], Request]] = []

    def __call__(self, tool: str, arguments: dict[str, Any], request: Request) -> Deny:
        self.told.append((tool, arguments, request))
        return Deny()


def saying(answer: object) -> CanUseTool:
    return lambda _tool, _arguments, _request: answer


class TestAFunctionThatSaysYes(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return approver_of(saying(Allow()))


class TestAFunctionThatSaysNo(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return approver_of(saying(Deny("no")))


class TestAFunctionThatDoesNotKnow(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return approver_of(saying(None), park=True)


# --- what it is told --------------------------------------------------------------------------------------------------

EDITOR = "str_replace_based_edit_tool"
PATH = "/workspace/a.py"
QUESTIONS = [
    {
        "question": "Which one?",
        "header": "One",
        "options": [{"label": "a", "description": ""}, {"label": "b", "description": "the other"}],
        "multiSelect": True,
    }
]

CALLS: list[tuple[str, dict[str, object], str, dict[str, object]]] = [
    ("bash", {"command": "make"}, "Bash", {"command": "make"}),
    ("bash", {"restart": True}, "Bash", {"restart": True, "command": ""}),
    (EDITOR, {"command": "view", "path": "a.py"}, "Read", {"file_path": PATH}),
    (EDITOR, {"command": "view", "path": "a.py", "view_range": [2, 4]}, "Read", {"offset": 2, "limit": 3}),
    (EDITOR, {"command": "view", "path": "./x/../a.py", "view_range": [2, -1]}, "Read", {"offset": 2}),
    (EDITOR, {"command": "create", "path": "a.py", "file_text": "x"}, "Write", {"file_path": PATH, "content": "x"}),
    (
        EDITOR,
        {"command": "str_replace", "path": "a.py", "old_str": "a", "new_str": "b"},
        "Edit",
        {"file_path": PATH, "old_string": "a", "new_string": "b"},
    ),
    (
        EDITOR,
        {"command": "insert", "path": "a.py", "insert_line": 0, "insert_text": "x"},
        "Edit",
        {"file_path": PATH, "old_string": "", "new_string": "x", "insert_line": 0},
    ),
    ("Agent", {"description": "d", "prompt": "p", "mode": "plan"}, "Agent", {"prompt": "p", "mode": "plan"}),
    ("Agent", {"description": "d", "prompt": "p"}, "Agent", {"description": "d", "prompt": "p"}),
    ("AskUserQuestion", {"questions": QUESTIONS}, "AskUserQuestion", {"questions": QUESTIONS}),
    ("ExitPlanMode", {"plan": "p"}, "ExitPlanMode", {"plan": "p"}),
]


def compiled(tool: str, input_json: str) -> Action:
    call = ToolCall(id="c1", tool=tool, input_json=input_json)
    return compile_call(call, cwd="/workspace", workspace="/workspace", analyse=shell_effects)


@pytest.mark.parametrize(("tool", "arguments", "name", "known"), CALLS)
def test_it_is_told_the_call_under_its_published_name(
    tool: str, arguments: dict[str, object], name: str, known: dict[str, object]
) -> None:
    listener = Listener()
    ask(listener, compiled(tool, json.dumps(arguments)))
    ((told_name, told, _),) = listener.told
    assert told_name == name
    assert known.items() <= told.items()


@pytest.mark.parametrize(("tool", "arguments", "name", "_known"), CALLS)
def test_arguments_given_back_unchanged_mean_the_same_call(
    tool: str, arguments: dict[str, object], name: str, _known: dict[str, object]
) -> None:
    given = json.dumps(arguments)
    action = compiled(tool, given)
    answer = ask(lambda _tool, told, _: Allow(updated_input=told), action)
    assert answer.input_json is not None
    again = compiled(tool, ours(name, answer.input_json, tool, given))
    assert again.operation == action.operation


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_edit_survives_the_way_there_and_back(path: str, old: str, new: str) -> None:
    fields = {"command": "str_replace", "path": "/workspace/" + path.replace("\0", ""), "old_str": old + "x"}
    given = json.dumps(fields | {"new_str": new})
    try:
        action = compiled(EDITOR, given)
    except Exception:  # noqa: BLE001 - what is no call at all (half a character) is nobody's question
        return
    answer = ask(lambda _tool, told, _: Allow(updated_input=told), action)
    assert answer.input_json is not None
    assert compiled(EDITOR, ours("Edit", answer.input_json, EDITOR, given)).operation == action.operation


def test_it_is_told_why_it_is_asked_what_would_happen_and_what_it_may_remember() -> None:
    listener, action = Listener(), an_action()
    approver = CallbackApprover(
        can_use_tool=listener,
        otherwise=UnattendedApprover(park=False),
        suggest=lambda about: (f"Bash({about.call_id} *)",),
    )
    approver.ask(action, action.decide(Verdict.ASK, rung=Rung.MODE, why="It writes."))
    (_, _, request) = listener.told[0]
    assert request == Request(
        why="It writes.", effects=action.effects, suggestions=("Bash(call-1 *)",), tool_use_id="call-1"
    )


def test_it_may_change_what_it_was_told_without_changing_the_call() -> None:
    def careless(_tool: str, arguments: dict[str, Any], _request: Request) -> Allow:
        arguments["command"] = "rm -rf /"
        return Allow()

    assert ask(careless).input_json is None


# --- what its answers mean --------------------------------------------------------------------------------------------


def test_yes_and_no_are_what_they_say() -> None:
    yes = ask(saying(Allow()))
    assert (yes.decision.verdict, yes.decision.why, yes.input_json, yes.rules, yes.mode, yes.stop) == (
        *(Verdict.ALLOW, YES, None),
        *((), None, False),
    )
    no = ask(saying(Deny("Not on a Friday.", interrupt=True)))
    assert (no.decision.verdict, no.decision.why, no.stop) == (Verdict.DENY, "Not on a Friday.", True)
    assert ask(saying(Deny())).decision.why == NO


def test_yes_may_bring_rules_a_mode_and_an_answer() -> None:
    answer = ask(saying(Allow(rules=("Bash(make *)", "Edit(/src/**)"), mode="acceptEdits", text="the blue one")))
    assert [(written(rule), rule.verdict) for rule in answer.rules] == [
        ("Bash(make *)", Verdict.ALLOW),
        ("Edit(/src/**)", Verdict.ALLOW),
    ]
    assert {(rule.source.layer, rule.source.root) for rule in answer.rules} == {(Layer.SESSION, "/workspace")}
    assert (answer.mode, answer.text) == (Mode.ACCEPT_EDITS, "the blue one")
    assert ask(saying(Allow(mode=Mode.PLAN))).mode is Mode.PLAN


def test_one_rule_may_stand_for_itself() -> None:
    (rule,) = session_rules("Bash(npm test)", Verdict.DENY)
    assert (written(rule), rule.verdict) == ("Bash(npm test)", Verdict.DENY)


@pytest.mark.parametrize("text", ["", "Bash(", "Bsh(make)", "bash(make)", "Write(/a)", "Bash()", "mcp__*", 7])
@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.DENY])
def test_a_rule_that_can_never_match_is_refused(text: str, verdict: Verdict) -> None:
    if text == "mcp__*" and verdict is Verdict.DENY:
        assert session_rules([text], verdict)
        return
    with pytest.raises(UsageError):
        session_rules(["Bash(make)", text], verdict)


def test_without_an_answer_the_question_goes_to_whoever_stands_in_for_nobody() -> None:
    action = an_action()
    question = action.decide(Verdict.ASK, rung=Rung.MODE, why="It writes.")
    assert approver_of(saying(None), park=True).ask(action, question) is None
    assert ask(saying(None)).decision.why.startswith("Nobody is there to ask.")


@pytest.mark.parametrize("said", [True, "allow", {}, {"behavior": "maybe"}, Verdict.ALLOW, ("allow",), Allow, object()])
def test_whatever_else_it_says_is_an_error_and_no_permission(said: object) -> None:
    with pytest.raises(TypeError):
        ask(saying(said))


@pytest.mark.parametrize(
    "said",
    [
        Allow(updated_input=7),  # type: ignore[arg-type]  # what a careless program does
        Allow(updated_input={"command": object()}),
        Allow(rules=("Bsh(x)",)),
        Allow(mode="yolo"),
    ],
)
def test_a_yes_that_cannot_be_carried_out_is_none(said: Allow) -> None:
    with pytest.raises((TypeError, UsageError)):
        ask(saying(said))


# --- as it is with the Agent SDK --------------------------------------------------------------------------------------


@dataclass
class PermissionUpdate:
    """As in the Agent SDK."""

    def to_dict(self) -> dict[str, object]:
        rules = [{"toolName": "Bash", "ruleContent": "make *"}]
        return {"type": "addRules", "destination": "session", "rules": rules, "behavior": "allow"}


@dataclass
class PermissionResultAllow:
    """As in the Agent SDK."""

    behavior: str = "allow"
    updated_input: dict[str, Any] | None = None
    updated_permissions: list[PermissionUpdate] | None = None


@dataclass
class PermissionResultDeny:
    """As in the Agent SDK."""

    behavior: str = "deny"
    message: str = ""
    interrupt: bool = False


@dataclass
class Look:
    """A function that is an object."""

    answers: dict[str, object] = field(default_factory=dict)

    async def __call__(self, tool: str, _arguments: dict[str, Any], _request: Request) -> object:
        await asyncio.sleep(0)
        return self.answers[tool]


def test_the_results_of_the_agent_sdk_are_understood() -> None:
    answer = ask(
        saying(PermissionResultAllow(updated_input={"command": "ls"}, updated_permissions=[PermissionUpdate()]))
    )
    assert (answer.decision.verdict, answer.input_json) == (Verdict.ALLOW, '{"command":"ls"}')
    assert [written(rule) for rule in answer.rules] == ["Bash(make *)"]
    assert ask(saying(PermissionResultAllow())).decision.verdict is Verdict.ALLOW
    no = ask(saying(PermissionResultDeny(message="Not today.", interrupt=True)))
    assert (no.decision.verdict, no.decision.why, no.stop) == (Verdict.DENY, "Not today.", True)
    assert ask(saying(PermissionResultDeny())).stop is False


def test_so_are_dicts_of_that_shape_and_slips_in_them_are_no_permission() -> None:
    mode = {"type": "setMode", "mode": "acceptEdits", "destination": "session"}
    assert ask(saying({"behavior": "allow", "updatedPermissions": [mode]})).mode is Mode.ACCEPT_EDITS
    assert ask(saying({"behavior": "deny", "message": "no"})).decision.verdict is Verdict.DENY
    updates: list[object] = [{"type": "addRules"}, 7]
    slips: tuple[dict[str, object], ...] = ({"updatedInputs": {}}, {"updatedInput": 7}, {"updatedPermissions": updates})
    for slip in slips:
        with pytest.raises(TypeError):
            ask(saying({"behavior": "allow", **slip}))


def test_it_may_be_async() -> None:
    assert ask(Look({"Bash": Allow()})).decision.verdict is Verdict.ALLOW
    with pytest.raises(KeyError):
        ask(Look())


# --- how it is called -------------------------------------------------------------------------------------------------


def test_what_it_raises_is_raised_and_an_exit_ends_nothing_but_itself() -> None:
    def raising(error: BaseException) -> CanUseTool:
        def function(_tool: str, _arguments: dict[str, Any], _request: Request) -> Allow:
            raise error

        return function

    with pytest.raises(ZeroDivisionError):
        ask(raising(ZeroDivisionError()))
    for error in (SystemExit(3), KeyboardInterrupt()):
        with pytest.raises(Exception, match=type(error).__name__):
            ask(raising(error))
    with pytest.raises(Exception, match="SystemExit"):
        ask(lambda *_: sys.exit(0))


def test_it_has_a_thread_of_its_own_and_the_context_of_the_caller() -> None:
    colour = contextvars.ContextVar("colour", default="none")
    colour.set("blue")
    seen: list[object] = []

    def function(_tool: str, _arguments: dict[str, Any], _request: Request) -> Allow:
        seen.extend((colour.get(), threading.current_thread() is threading.main_thread()))
        return Allow()

    ask(function)
    assert seen == ["blue", False]


def test_a_run_can_be_stopped_while_the_function_waits_for_somebody() -> None:
    waiting, never, outcome = threading.Event(), threading.Event(), list[BaseException]()

    def patient(_tool: str, _arguments: dict[str, Any], _request: Request) -> Allow:
        waiting.set()
        never.wait(60)
        return Allow()

    def drive() -> None:
        try:
            with Signals().installed():
                ask(patient)
        except BaseException as error:  # noqa: BLE001 - what it is, is asserted below
            outcome.append(error)

    thread = threading.Thread(target=drive, daemon=True)
    thread.start()
    assert waiting.wait(30)
    assert thread.ident is not None
    interrupt(thread.ident)
    thread.join(30)
    never.set()
    assert [type(error) for error in outcome] == [Stopped]


def test_the_published_form_is_what_the_engine_takes() -> None:
    """The engine reads changed arguments as those of the published tool; this must not be done twice."""
    given = json.dumps({"command": "create", "path": "a.py", "file_text": "x"})
    answer = ask(lambda _t, told, _r: Allow(updated_input=told | {"content": "y"}), compiled(EDITOR, given))
    assert answer.input_json is not None
    name, _ = published(EDITOR, given)
    assert json.loads(ours(name, answer.input_json, EDITOR, given))["file_text"] == "y"
