"""Python functions as hooks, as people write them for the Agent SDK."""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from runner.adapters.python_hooks import Callback, callback_hook, python_hooks
from runner.errors import UsageError
from runner.policy.hook_io import silent
from runner.ports import Moment, Said
from runner.types import Mode, Occasion, Verdict

SHORT_S = 0.2
"""A deadline that what waits here never meets."""


def moment(occasion: Occasion = Occasion.BEFORE, **changes: Any) -> Moment:
    call = {"call_id": "toolu_1", "tool": "Bash", "input_json": '{"command":"npm test"}'}
    return Moment(
        **{"occasion": occasion, "run_id": "r1", "cwd": "/workspace", "mode": Mode.DEFAULT, **call, **changes}
    )


def ask(function: Callback, *, timeout_s: float | None = None, must_answer: bool = False, **changes: Any) -> Said:
    about = moment(**changes)
    hook = callback_hook(function, about.occasion, timeout_s=timeout_s, must_answer=must_answer)
    answer = hook(about)
    assert answer is not None
    if answer.failed:
        assert answer.verdict is Verdict.DENY
        assert "counts as a no" in answer.why
    return answer


def returning(answer: object) -> Callback:
    return lambda _input, _tool_use_id, _context: answer


DENY = {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny"}}


def test_a_function_gets_what_a_command_gets_and_refuses_the_call() -> None:
    seen: list[object] = []

    def no_tests(data: dict[str, Any], tool_use_id: str | None, context: dict[str, Any]) -> dict[str, Any]:
        seen.extend((data, tool_use_id, context))
        output = {"hookEventName": data["hook_event_name"], "permissionDecision": "deny"}
        return {"hookSpecificOutput": output | {"permissionDecisionReason": "no tests"}}

    answer = ask(no_tests)
    assert (answer.verdict, answer.why, answer.failed) == (Verdict.DENY, "no tests", False)
    assert answer.hook.endswith("no_tests")
    assert seen == [
        {
            "session_id": "r1",
            "transcript_path": "",
            "cwd": "/workspace",
            "permission_mode": "default",
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": "npm test"},
            "tool_use_id": "toolu_1",
        },
        "toolu_1",
        {"signal": None},
    ]


def test_a_moment_without_a_call_has_no_id() -> None:
    seen: list[object] = []

    def look(_data: dict[str, Any], tool_use_id: str | None, _context: dict[str, Any]) -> None:
        seen.append(tool_use_id)

    ask(look, occasion=Occasion.PROMPT, call_id="", tool="")
    assert seen == [None]


def test_what_a_function_does_to_its_input_changes_nothing() -> None:
    def careless(data: dict[str, Any], *_rest: object) -> None:
        data["tool_input"]["command"] = "rm -rf x"

    assert silent(ask(careless))


def test_none_and_an_empty_answer_are_no_opinion() -> None:
    assert silent(ask(returning(None)))
    assert silent(ask(returning({})))


def test_a_function_that_must_answer_and_does_not_has_failed() -> None:
    assert ask(returning(None), must_answer=True).failed
    assert silent(ask(returning({}), must_answer=True))


def test_an_async_function_works() -> None:
    async def deny(*_given: object) -> dict[str, Any]:
        await asyncio.sleep(0)
        return DENY

    assert ask(deny).verdict is Verdict.DENY
    assert not ask(deny).failed


def test_an_async_function_works_inside_a_running_loop() -> None:
    async def deny(*_given: object) -> dict[str, Any]:
        return DENY

    async def run() -> Said:
        return ask(deny)

    assert asyncio.run(run()).verdict is Verdict.DENY


def test_an_object_with_a_call_is_a_function() -> None:
    class Guard:
        def __call__(self, *_given: object) -> dict[str, Any]:
            return DENY

    answer = ask(Guard())
    assert answer.verdict is Verdict.DENY
    assert answer.hook.endswith("Guard")


def test_a_function_with_some_arguments_given_keeps_its_name() -> None:
    def guard(_limit: int, *_given: object) -> dict[str, Any]:
        return DENY

    assert ask(functools.partial(guard, 3)).hook.endswith("guard")


def test_names_that_python_keeps_for_itself_have_an_underscore() -> None:
    assert ask(returning({"continue_": False, "stopReason": "enough"})).stop == "enough"
    assert ask(returning({"continue": False, "stopReason": "enough"})).stop == "enough"
    assert silent(ask(returning({"async_": True})))
    assert ask(returning({"continue": False, "continue_": True})).failed


# --- failing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ValueError("no\nsuch"), KeyError("x"), SystemExit(0), KeyboardInterrupt(), MemoryError()]
)
def test_whatever_a_function_raises_is_a_no(error: BaseException) -> None:
    def broken(*_given: object) -> None:
        raise error

    answer = ask(broken)
    assert answer.failed
    assert f"raised {type(error).__name__}" in answer.why


def test_what_an_async_function_raises_is_a_no() -> None:
    async def broken(*_given: object) -> None:
        raise TimeoutError("of its own")

    answer = ask(broken)
    assert answer.failed
    assert "raised TimeoutError (of its own)" in answer.why


def test_a_function_with_other_parameters_has_failed() -> None:
    def narrow(_data: object) -> None:
        return None

    broken: Any = narrow
    assert ask(broken).failed


@pytest.mark.parametrize("answer", [True, False, "deny", b"deny", 2, [DENY], object(), iter(())])
def test_an_answer_that_is_no_dict_is_a_failure(answer: object) -> None:
    assert ask(returning(answer)).failed


def endless() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    fields["note"] = fields
    return fields


@pytest.mark.parametrize(
    "answer",
    [
        {"decision": "Block"},
        {"permissionDecision": "deny"},
        {"hookSpecificOutput": {"permissionDecision": "deny"}},
        {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "Deny"}},
        {"reason": object()},
        {"note": {1, 2}},
        {"note": float("nan")},
        {"note": "\ud800"},
        {"note": "x" * 70_000},
        {("a", "b"): 1},
        endless(),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_failure(answer: object) -> None:
    assert ask(returning(answer)).failed


def test_a_function_that_is_too_late_is_not_waited_for() -> None:
    go_on = threading.Event()

    def slow(*_given: object) -> dict[str, Any]:
        go_on.wait(60)
        return {"decision": "approve"}

    answer = ask(slow, timeout_s=SHORT_S)
    go_on.set()
    assert answer.failed
    assert f"no answer within {SHORT_S:g} s" in answer.why


def test_an_async_function_that_is_too_late_is_cancelled() -> None:
    ended = threading.Event()

    async def slow(*_given: object) -> dict[str, Any]:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return {"decision": "approve"}

    answer = ask(slow, timeout_s=SHORT_S)
    assert answer.failed
    assert "no answer within" in answer.why
    assert ended.wait(10)


def test_an_async_function_that_will_not_be_cancelled_is_late_all_the_same() -> None:
    async def stubborn(*_given: object) -> dict[str, Any]:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return {"decision": "approve"}

    assert ask(stubborn, timeout_s=SHORT_S).failed


# --- as the Agent SDK configures them ---------------------------------------------------------------------------------


@dataclass
class HookMatcher:
    matcher: str | None = None
    hooks: list[Any] = field(default_factory=list)
    timeout: float | None = None
    on_failure: str | None = None


def answers(hooks: dict[str, list[HookMatcher]], about: Moment) -> list[Said]:
    return [answer for hook in python_hooks(hooks) if (answer := hook(about)) is not None]


def test_matchers_of_the_agent_sdk_work_as_they_are() -> None:
    hooks = {
        "PreToolUse": [
            HookMatcher("Edit|Write", [returning(DENY)]),
            HookMatcher("Bash", [returning(None), returning(DENY)]),
            HookMatcher(None, [returning({"reason": "seen"})]),
        ],
        "PostToolUse": [HookMatcher(None, [returning({"reason": "never"})])],
    }
    assert [(answer.verdict, answer.why != "") for answer in answers(hooks, moment())] == [
        (None, False),
        (Verdict.DENY, True),
        (None, True),
    ]


def test_a_matcher_of_the_agent_sdk_may_name_a_time_and_demand_an_answer() -> None:
    def slow(*_given: object) -> None:
        threading.Event().wait(1)

    hooks = {
        "PreToolUse": [HookMatcher(None, [slow], timeout=SHORT_S), HookMatcher(None, [returning(None)], None, "block")]
    }
    assert [answer.failed for answer in answers(hooks, moment())] == [True, True]


@pytest.mark.parametrize(
    "make",
    [
        lambda: python_hooks({"PreCompact": [HookMatcher(None, [])]}),
        lambda: python_hooks({"PreToolUse": [HookMatcher("(", [returning(None)])]}),
        lambda: python_hooks({"PreToolUse": [HookMatcher(None, [returning(None)], timeout=0)]}),
    ],
)
def test_hooks_that_cannot_work_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        make()
