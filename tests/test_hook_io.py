"""What hooks are told and what their answers mean."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.policy.hook_io import OUTPUT_BYTES, answered, answered_text, deadline_s, matcher, merged, silent, told
from runner.ports import Moment, Said
from runner.types import WORKSPACE, Layer, Mode, Occasion, Rule, Source, Verdict

HOOK = "check.sh"


def moment(occasion: Occasion = Occasion.BEFORE, **changes: Any) -> Moment:
    call = {"call_id": "toolu_1", "tool": "Bash", "input_json": '{"command":"npm test"}'}
    given = {"occasion": occasion, "run_id": "r1", "cwd": "/workspace/src", "mode": Mode.DEFAULT, **call, **changes}
    return Moment(**given)


def printed(stdout: str | bytes, occasion: Occasion = Occasion.BEFORE, code: int = 0, stderr: bytes = b"") -> Said:
    output = stdout.encode() if isinstance(stdout, str) else stdout
    return answered(moment(occasion), HOOK, exit_code=code, stdout=output, stderr=stderr)


def said(occasion: Occasion = Occasion.BEFORE, /, **fields: object) -> Said:
    return printed(json.dumps(fields), occasion)


def specific(occasion: Occasion = Occasion.BEFORE, /, **fields: object) -> Said:
    return said(occasion, hookSpecificOutput={"hookEventName": occasion.value, **fields})


def request(**decision: object) -> Said:
    return specific(Occasion.ASKED, decision=decision)


def failed(answer: Said) -> bool:
    if answer.failed:
        assert answer.verdict is Verdict.DENY
        assert answer.why.startswith(f"The hook `{HOOK}` ")
        assert (answer.input_json, answer.rules, answer.mode, answer.context) == (None, (), None, "")
    return answer.failed


# --- what it is told --------------------------------------------------------------------------------------------------


def facts(occasion: Occasion, **changes: Any) -> dict[str, Any]:
    line = told(moment(occasion, **changes), "/state/journal.jsonl")
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    result: dict[str, Any] = json.loads(line)
    assert result.pop("session_id") == "r1"
    assert result.pop("transcript_path") == "/state/journal.jsonl"
    assert result.pop("cwd") == "/workspace/src"
    assert result.pop("permission_mode") == "default"
    assert result.pop("hook_event_name") == occasion.value
    return result


CALL = {"tool_name": "Bash", "tool_input": {"command": "npm test"}, "tool_use_id": "toolu_1"}


def test_a_hook_is_told_about_the_call() -> None:
    assert facts(Occasion.BEFORE) == CALL
    assert facts(Occasion.ASKED) == CALL
    assert facts(Occasion.DENIED, text="too risky") == CALL | {"reason": "too risky"}


def test_a_hook_is_told_the_result_in_the_shape_of_its_tool() -> None:
    result = {"stdout": "ok\n", "stderr": "", "interrupted": False, "isImage": False}
    assert facts(Occasion.AFTER, text="ok\n") == CALL | {"tool_response": result}


def test_other_moments_have_their_own_facts_and_no_call() -> None:
    assert facts(Occasion.START) == {"source": "startup"}
    assert facts(Occasion.START, text="resume") == {"source": "resume"}
    assert facts(Occasion.PROMPT, text="do it") == {"prompt": "do it"}
    assert facts(Occasion.STOP, text="done", again=True) == {"stop_hook_active": True, "last_assistant_message": "done"}
    assert facts(Occasion.END, text="done") == {"reason": "done"}
    assert facts(Occasion.END) == {"reason": "other"}


def test_a_transcript_that_cannot_be_read_is_an_empty_path() -> None:
    assert json.loads(told(moment()))["transcript_path"] == ""


def test_a_command_of_many_lines_stays_one_line() -> None:
    line = told(moment(input_json=json.dumps({"command": "a\nb\u2028\0"})))
    assert json.loads(line)["tool_input"]["command"] == "a\nb\u2028\0"
    assert line.count(b"\n") == 1


def test_a_hook_sees_one_of_two_equal_keys() -> None:
    line = told(moment(input_json='{"command":"ls","command":"rm x"}'))
    assert line.count(b"command") == 1
    assert json.loads(line)["tool_input"] == {"command": "rm x"}


# --- when it is asked -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "tool", "asked"),
    [
        ("", "Bash", True),
        ("*", "Bash", True),
        ("  ", "Bash", True),
        ("Bash", "Bash", True),
        ("bash", "Bash", False),
        ("Bas", "Bash", False),
        ("Bash", "BashOutput", False),
        ("Edit|Bash", "Bash", True),
        ("Edit, Bash", "Bash", True),
        ("Edit | Bash", "Bash", True),
        ("Edit|Write", "Bash", False),
        ("^Bash$", "Bash", True),
        ("Ba.h", "Bash", True),
        ("B.*", "Bash", True),
        (".*", "Bash", True),
        ("ash$", "Bash", True),
        ("mcp__memory__.*", "mcp__memory__add", True),
        ("mcp__my-server", "mcp__my-server__add", True),
        ("mcp__memory", "mcp__memory__add", False),
        ("Task", "Agent", True),
        ("Agent", "Agent", True),
        ("Task", "Bash", False),
    ],
)
def test_a_matcher_is_a_list_of_names_or_a_regular_expression(pattern: str, tool: str, asked: bool) -> None:
    assert matcher(pattern, Occasion.BEFORE)(moment(tool=tool)) is asked


@pytest.mark.parametrize("occasion", [Occasion.BEFORE, Occasion.ASKED, Occasion.DENIED, Occasion.AFTER])
def test_a_matcher_names_tools_at_every_moment_of_a_call(occasion: Occasion) -> None:
    assert matcher("Bash", occasion)(moment(occasion))
    assert not matcher("Edit", occasion)(moment(occasion))


def test_a_hook_is_asked_at_no_other_moment() -> None:
    for here, there in itertools.permutations(Occasion, 2):
        assert not matcher("", here)(moment(there))


def test_a_matcher_at_the_start_names_the_source() -> None:
    assert matcher("startup", Occasion.START)(moment(Occasion.START))
    assert not matcher("resume|clear", Occasion.START)(moment(Occasion.START))
    assert matcher("resume|clear", Occasion.START)(moment(Occasion.START, text="resume"))


def test_a_matcher_at_the_end_names_how_it_ended_or_other() -> None:
    for pattern in ("other", "done", ""):
        assert matcher(pattern, Occasion.END)(moment(Occasion.END, text="done"))
    assert not matcher("clear", Occasion.END)(moment(Occasion.END, text="done"))


@pytest.mark.parametrize("occasion", [Occasion.PROMPT, Occasion.STOP])
def test_where_there_is_no_name_a_matcher_is_ignored(occasion: Occasion) -> None:
    for pattern in ("Bash", "^nothing$", ""):
        assert matcher(pattern, occasion)(moment(occasion, tool=""))


@pytest.mark.parametrize("pattern", ["(", "[", "*Bash", "a{99999999999999}", "(?P<x", "(" * 900, "x.*" * 500])
def test_what_is_no_regular_expression_is_refused_when_it_is_loaded(pattern: str) -> None:
    with pytest.raises(UsageError) as caught:
        matcher(pattern, Occasion.BEFORE)
    assert caught.value.hint


def test_a_name_too_long_to_be_searched_is_asked_about() -> None:
    assert matcher("(a+)+$", Occasion.BEFORE)(moment(tool="a" * 5000 + "!"))


@given(st.text(max_size=30))
def test_any_pattern_is_a_matcher_or_refused(pattern: str) -> None:
    try:
        test = matcher(pattern, Occasion.BEFORE)
    except UsageError:
        return
    assert test(moment()) in (True, False)


def test_a_hook_that_names_no_time_has_the_usual_one() -> None:
    assert deadline_s(Occasion.BEFORE, None) == 60
    assert deadline_s(Occasion.PROMPT, None) == 30
    assert deadline_s(Occasion.END, None) == 1.5


def test_a_hook_may_name_its_time_within_bounds() -> None:
    assert deadline_s(Occasion.BEFORE, 0.5) == 0.5
    assert deadline_s(Occasion.BEFORE, 600) == 600
    assert deadline_s(Occasion.BEFORE, 10**9) == 24 * 3600
    assert deadline_s(Occasion.END, 600) == 60


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(UsageError):
        deadline_s(Occasion.BEFORE, seconds)


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_a_hook_that_prints_nothing_has_nothing_to_say() -> None:
    assert silent(printed(""))
    assert silent(printed("\n \n"))
    assert silent(printed("{}"))


def test_plain_text_says_nothing_about_a_call() -> None:
    for text in ("checked 3 files", '"deny"', "deny", "[1, 2]", "uses {braces} and more"):
        assert silent(printed(text)), text


def test_what_stands_on_stderr_is_no_answer() -> None:
    deny = b'{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny"}}'
    assert silent(printed("", stderr=deny))


@pytest.mark.parametrize("occasion", Occasion)
def test_exit_code_2_is_a_no_for_the_reason_on_stderr(occasion: Occasion) -> None:
    answer = printed("", occasion, 2, b"no pushing on Fridays\n")
    assert answer == Said(hook=HOOK, verdict=Verdict.DENY, why="no pushing on Fridays")


def test_exit_code_2_needs_no_reason() -> None:
    answer = printed("", code=2)
    assert (answer.verdict, answer.failed) == (Verdict.DENY, False)
    assert answer.why == f"The hook `{HOOK}` says no."


def test_exit_code_2_is_a_no_whatever_stands_on_stdout() -> None:
    for fields in (
        {"decision": "approve"},
        {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": {}}},
        {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "Deny"}},
    ):
        answer = printed(json.dumps(fields), code=2, stderr=b"no")
        assert answer == Said(hook=HOOK, verdict=Verdict.DENY, why="no")
    assert printed("{", code=2, stderr=b"no").why == "no"
    assert printed("some text", Occasion.PROMPT, 2, b"no") == Said(hook=HOOK, verdict=Verdict.DENY, why="no")


def test_exit_code_2_with_a_no_in_json_has_the_reason_given_there() -> None:
    answer = printed(json.dumps({"decision": "block", "reason": "in JSON"}), code=2, stderr=b"trace")
    assert (answer.verdict, answer.why, answer.failed) == (Verdict.DENY, "in JSON", False)


@pytest.mark.parametrize("code", [1, 3, 126, 127, 137, 255])
def test_any_other_exit_code_is_a_failure(code: int) -> None:
    for stdout in ("", "{}", '{"decision":"approve"}', "text"):
        answer = printed(stdout, code=code, stderr=b"Traceback\nModuleNotFoundError: no jq\x1b[0m\n")
        assert failed(answer)
        assert f"exit code {code}" in answer.why
        assert "ModuleNotFoundError: no jq [0m" in answer.why


def test_a_command_that_is_not_there_says_so() -> None:
    assert "there is no such command" in printed("", code=127).why


def test_a_crash_after_a_no_still_tells_the_reason() -> None:
    answer = printed(json.dumps({"decision": "block", "reason": "secrets inside"}), code=1)
    assert failed(answer)
    assert "secrets inside" in answer.why


def test_a_signal_is_a_failure() -> None:
    answer = answered(moment(), HOOK, exit_code=0, stdout=b'{"decision":"approve"}', stderr=b"", signal="SIGSEGV")
    assert failed(answer)
    assert "SIGSEGV" in answer.why


def test_a_long_reason_is_cut_and_says_so() -> None:
    answer = printed("", code=2, stderr=b"x" * 20_000)
    assert len(answer.why) < 10_100
    assert answer.why.endswith("[10,000 more characters]")


def test_a_reason_that_is_no_text_is_still_shown() -> None:
    assert printed("", code=2, stderr=b"caf\xe9").why == "caf\ufffd"


# --- answers about a call ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["allow", "deny", "ask"])
def test_a_decision_is_a_verdict_with_its_reason(word: str) -> None:
    answer = specific(permissionDecision=word, permissionDecisionReason="because")
    assert answer == Said(hook=HOOK, verdict=Verdict(word), why="because")


def test_a_no_without_a_reason_names_the_hook() -> None:
    assert specific(permissionDecision="deny").why == f"The hook `{HOOK}` says no."
    assert said(decision="block").why == f"The hook `{HOOK}` says no."


def test_a_deferred_call_is_a_question_that_waits() -> None:
    answer = specific(permissionDecision="defer", permissionDecisionReason="ask Ann")
    assert answer.verdict is Verdict.ASK
    assert answer.why == "ask Ann\nThe hook deferred this call: it waits for an answer."


def test_the_older_form_of_a_decision_still_counts() -> None:
    assert said(decision="approve", reason="fine") == Said(hook=HOOK, verdict=Verdict.ALLOW, why="fine")
    assert said(decision="block", reason="no") == Said(hook=HOOK, verdict=Verdict.DENY, why="no")


def test_of_both_forms_the_stricter_counts() -> None:
    allow = {"hookEventName": "PreToolUse", "permissionDecision": "allow"}
    assert said(decision="block", hookSpecificOutput=allow).verdict is Verdict.DENY
    deny = {"hookEventName": "PreToolUse", "permissionDecision": "deny"}
    assert said(decision="approve", hookSpecificOutput=deny).verdict is Verdict.DENY


def test_an_approval_means_nothing_where_nothing_is_asked() -> None:
    for occasion in set(Occasion) - {Occasion.BEFORE}:
        assert silent(said(occasion, decision="approve")), occasion


def test_a_rewrite_comes_back_as_json() -> None:
    answer = specific(updatedInput={"command": "ls", "description": "é"})
    assert answer.verdict is None
    assert json.loads(answer.input_json or "") == {"command": "ls", "description": "é"}


def test_a_refused_call_is_not_rewritten() -> None:
    assert specific(permissionDecision="deny", updatedInput={"command": "ls"}).input_json is None


def test_context_is_added() -> None:
    for occasion in (Occasion.BEFORE, Occasion.AFTER, Occasion.PROMPT, Occasion.START, Occasion.STOP):
        assert specific(occasion, additionalContext="see docs/") == Said(hook=HOOK, context="see docs/")


def test_a_hook_ends_the_run() -> None:
    assert said(**{"continue": False, "stopReason": "enough"}).stop == "enough"
    assert said(**{"continue": False}).stop == "A hook ended the run."
    assert said(**{"continue": True, "stopReason": "not now"}).stop is None


def test_a_message_to_people_is_a_reason_without_a_verdict() -> None:
    assert said(systemMessage="look out", suppressOutput=True) == Said(hook=HOOK, why="look out")
    assert said(decision="block", reason="no", systemMessage="for you").why == "no"


def test_a_result_may_be_refused_but_not_replaced() -> None:
    assert said(Occasion.AFTER, decision="block", reason="fix it").verdict is Verdict.DENY
    for field in ("updatedToolOutput", "updatedMCPToolOutput"):
        answer = specific(Occasion.AFTER, **{field: {"stdout": "redacted"}})
        assert failed(answer)
        assert "not supported" in answer.why


def test_a_denied_call_may_be_tried_again() -> None:
    assert specific(Occasion.DENIED, retry=True).context == "This call may be tried again."
    assert silent(specific(Occasion.DENIED, retry=False))


def test_a_hook_that_answers_later_says_nothing_now() -> None:
    assert silent(said(**{"async": True, "asyncTimeout": 5000}))
    assert failed(said(**{"async": True, "decision": "block"}))


# --- answers to a permission request ----------------------------------------------------------------------------------


def test_a_request_is_granted_or_refused() -> None:
    assert request(behavior="allow") == Said(hook=HOOK, verdict=Verdict.ALLOW)
    assert request(behavior="deny", message="no") == Said(hook=HOOK, verdict=Verdict.DENY, why="no")


def test_a_request_may_be_granted_for_another_input() -> None:
    assert request(behavior="allow", updatedInput={"command": "ls"}).input_json == '{"command":"ls"}'


def test_a_refused_request_may_end_the_run() -> None:
    assert request(behavior="deny", message="enough", interrupt=True).stop == "enough"
    assert request(behavior="deny", interrupt=True).stop == "A hook ended the run."
    assert request(behavior="allow", interrupt=True).stop is None


def test_a_granted_request_may_add_rules_and_set_the_mode_for_this_run() -> None:
    rules = [{"toolName": "Bash", "ruleContent": "npm *"}, {"toolName": "Read", "ruleContent": None}]
    answer = request(
        behavior="allow",
        updatedPermissions=[
            {"type": "addRules", "rules": rules, "behavior": "allow", "destination": "session"},
            {"type": "addRules", "rules": [{"toolName": "WebFetch"}], "behavior": "deny", "destination": "session"},
            {"type": "setMode", "mode": "acceptEdits", "destination": "session"},
        ],
    )
    source = Source(layer=Layer.SESSION, root=WORKSPACE)
    assert answer.rules == (
        Rule(id="Bash(npm *)", verdict=Verdict.ALLOW, tool="Bash", specifier="npm *", source=source),
        Rule(id="Read", verdict=Verdict.ALLOW, tool="Read", specifier=None, source=source),
        Rule(id="WebFetch", verdict=Verdict.DENY, tool="WebFetch", specifier=None, source=source),
    )
    assert (answer.mode, answer.why) == (Mode.ACCEPT_EDITS, "")


def test_what_cannot_be_remembered_is_said() -> None:
    rule = {"toolName": "Bash", "ruleContent": "ls"}
    kept = {"type": "addRules", "rules": [rule], "behavior": "allow", "destination": "localSettings"}
    answer = request(behavior="allow", updatedPermissions=[kept])
    assert len(answer.rules) == 1
    assert answer.why == "What the hook wants kept (localSettings) counts for this run only."
    directory = {"type": "addDirectories", "directories": ["/srv"], "destination": "session"}
    answer = request(behavior="allow", updatedPermissions=[directory])
    assert answer.verdict is Verdict.ALLOW
    assert "addDirectories" in answer.why


@pytest.mark.parametrize(
    "update",
    [
        {"type": "addRules", "rules": [{"toolName": "Bash"}], "destination": "session"},
        {"type": "addRules", "rules": [{"toolName": "Bash"}], "behavior": "Allow"},
        {"type": "addRules", "rules": [{"toolName": ""}], "behavior": "allow"},
        {"type": "addRules", "rules": [{"toolName": "Bash(rm *)"}], "behavior": "allow"},
        {"type": "addRules", "rules": ["Bash"], "behavior": "allow"},
        {"type": "setMode", "mode": "yolo"},
        {"type": "setMode"},
        {"type": "addrules"},
        "Bash",
    ],
)
def test_a_wish_that_cannot_be_read_is_a_failure(update: object) -> None:
    assert failed(request(behavior="allow", updatedPermissions=[update]))


def test_a_refused_request_changes_no_rules() -> None:
    rule = {"type": "addRules", "rules": [{"toolName": "Bash"}], "behavior": "allow"}
    assert request(behavior="deny", updatedPermissions=[rule]).rules == ()


# --- answers that cannot be read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}{}",
        '{"decision": "block"',
        "{'decision': 'block'}",
        '{"decision": "block"} done',
        '{"decision": "block"}\n{"decision": "approve"}',
        '{"decision": "block", "decision": "approve"}',
        '{"hookSpecificOutput": {"hookEventName": "PreToolUse", "hookEventName": "PreToolUse"}}',
        '{"decision": NaN}',
        '{"x": 1e999}',
        '{"x": "\\ud800"}',
        '{"x": ' + "9" * 5000 + "}",
        '{"x": ' + "[" * 20_000 + "]" * 20_000 + "}",
        "{" + ",".join(f'"k{index}": 1' for index in range(500)) + "}",
    ],
)
def test_broken_json_is_a_failure(text: str) -> None:
    assert failed(printed(text))


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "Block"},
        {"decision": "deny"},
        {"decision": "allow"},
        {"decision": None},
        {"decision": True},
        {"reason": 5},
        {"continue": "false"},
        {"continue": 0},
        {"continue": None},
        {"stopReason": ["x"]},
        {"systemMessage": 1},
        {"suppressOutput": "yes"},
        {"hookSpecificOutput": None},
        {"hookSpecificOutput": []},
        {"hookSpecificOutput": "deny"},
        {"hookSpecificOutput": {}},
        {"hookSpecificOutput": {"permissionDecision": "deny"}},
        {"hookSpecificOutput": {"hookEventName": "PostToolUse", "permissionDecision": "deny"}},
        {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}}},
        {"hookSpecificOutput": {"hookEventName": ["PreToolUse"]}},
    ],
)
def test_fields_of_a_wrong_kind_are_a_failure(fields: dict[str, object]) -> None:
    assert failed(said(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"permissionDecision": "Deny"},
        {"permissionDecision": "DENY"},
        {"permissionDecision": "maybe"},
        {"permissionDecision": " deny"},
        {"permissionDecision": ""},
        {"permissionDecision": None},
        {"permissionDecision": False},
        {"permissionDecision": ["deny"]},
        {"permissionDecision": "deny", "permissionDecisionReason": 5},
        {"permissionDecision": "allow", "updatedInput": "ls"},
        {"permissionDecision": "allow", "updatedInput": None},
        {"permissionDecision": "allow", "updatedInput": []},
        {"additionalContext": {"a": 1}},
        {"additionalContext": "x" * 10_001},
        {"decision": {"behavior": "allow"}},
        {"updatedPermissions": []},
    ],
)
def test_a_specific_answer_of_a_wrong_kind_is_a_failure(fields: dict[str, object]) -> None:
    assert failed(specific(**fields))


@pytest.mark.parametrize(
    "decision",
    [
        {},
        {"behavior": "ask"},
        {"behavior": "Deny"},
        {"behaviour": "deny"},
        {"behavior": "deny", "message": 1},
        None,
        "deny",
    ],
)
def test_an_answer_to_a_request_of_a_wrong_kind_is_a_failure(decision: object) -> None:
    assert failed(specific(Occasion.ASKED, decision=decision))


@pytest.mark.parametrize(
    "fields",
    [
        {"permissionDecision": "deny"},
        {"permission_decision": "deny"},
        {"hook_specific_output": {}},
        {"hookSpecificOutputs": {}},
        {"additionalContext": "lost"},
        {"updatedInput": {"command": "ls"}},
        {"behavior": "deny"},
        {"Decision": "block"},
        {"decison": "block"},
        {"Continue": False},
        {"permission": "deny"},
        {"action": "BLOCK"},
        {"result": "ask"},
    ],
)
def test_an_answer_that_would_be_lost_is_a_failure(fields: dict[str, object]) -> None:
    assert failed(said(**fields))


@pytest.mark.parametrize("field", ["permisionDecision", "permission_decision", "decision", "continue", "behavior"])
def test_a_specific_answer_that_would_be_lost_is_a_failure(field: str) -> None:
    assert failed(specific(**{field: "deny"}))


def test_a_request_is_not_answered_as_a_call_is() -> None:
    for answer in (specific(Occasion.ASKED, permissionDecision="allow"), specific(Occasion.ASKED, updatedInput={})):
        assert failed(answer)


def test_other_fields_say_nothing() -> None:
    assert silent(said(timestamp=1, duration_ms=3, note={"a": [1]}, message="checked", status="ok"))
    answer = specific(permissionDecision="allow", classifierContext="x", sessionTitle="y", extra=1)
    assert answer == Said(hook=HOOK, verdict=Verdict.ALLOW)


@pytest.mark.parametrize("occasion", Occasion)
def test_a_hook_that_prints_what_it_was_told_says_nothing(occasion: Occasion) -> None:
    echoed = printed(told(moment(occasion, text="ok")), occasion)
    assert (echoed.verdict, echoed.failed, echoed.context) == (None, False, "")


def test_text_before_the_json_is_a_failure() -> None:
    deny = json.dumps({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny"}})
    block = json.dumps({"decision": "block"}, indent=2)
    for text in (f"loading\n{deny}", f"\x1b[0m{deny}", f"nvm: v22\n\n{block}\n", "x " + block):
        answer = printed(text)
        assert failed(answer)
        assert "before its JSON" in answer.why


def test_a_byte_order_mark_is_no_text() -> None:
    answer = printed(b"\xef\xbb\xbf " + json.dumps({"decision": "block"}).encode() + b"\r\n")
    assert (answer.verdict, answer.failed) == (Verdict.DENY, False)


def test_json_that_is_not_utf_8_is_a_failure() -> None:
    assert failed(printed(b'{"decision":"approve","reason":"\xff"}'))
    assert failed(printed(json.dumps({"decision": "block"}).encode("utf-16")[2:].replace(b"\0", b"\xff")))


def test_too_much_output_is_a_failure() -> None:
    padded = json.dumps({"decision": "approve", "note": "x" * OUTPUT_BYTES})
    assert failed(printed(padded))
    assert failed(printed("x" * (OUTPUT_BYTES + 1)))
    assert failed(answered_text(moment(), HOOK, padded))


# --- context as plain text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("occasion", [Occasion.START, Occasion.PROMPT])
def test_text_is_context_at_the_start_and_at_a_prompt(occasion: Occasion) -> None:
    assert printed("branch: main\n{ok}\n", occasion) == Said(hook=HOOK, context="branch: main\n{ok}")
    assert printed('Answer with {"decision": "x"}', occasion).context == 'Answer with {"decision": "x"}'
    assert printed(b"caf\xe9", occasion).context == "caf\ufffd"


@pytest.mark.parametrize("occasion", [Occasion.START, Occasion.PROMPT])
def test_too_much_context_is_a_failure(occasion: Occasion) -> None:
    assert len(printed("x" * 10_000, occasion).context) == 10_000
    assert failed(printed("x" * 10_001, occasion))


def test_an_answer_after_text_is_no_context() -> None:
    hidden = json.dumps({"hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": "x"}})
    assert failed(printed(f"hello\n{hidden}", Occasion.PROMPT))


# --- anything ---------------------------------------------------------------------------------------------------------

names = st.sampled_from(
    ["decision", "reason", "continue", "stopReason", "systemMessage", "hookSpecificOutput", "async", "note"]
)
inner = st.sampled_from(
    ["hookEventName", "permissionDecision", "permissionDecisionReason", "updatedInput", "additionalContext", "decision"]
)
words = st.sampled_from(["allow", "deny", "ask", "defer", "approve", "block", "Deny", "", "PreToolUse"])
scalars = words | st.none() | st.booleans() | st.integers() | st.text(max_size=5)
details = st.dictionaries(inner, scalars | st.dictionaries(st.text(max_size=3), scalars, max_size=2))
answers = st.dictionaries(names, scalars | details.map(lambda found: {"hookEventName": "PreToolUse"} | found))


@given(st.binary(max_size=200), st.integers(0, 255), st.binary(max_size=50), st.sampled_from(Occasion))
def test_whatever_a_command_prints_is_an_answer(stdout: bytes, code: int, stderr: bytes, occasion: Occasion) -> None:
    answer = printed(stdout, occasion, code, stderr)
    assert code == 0 or answer.verdict is Verdict.DENY
    assert answer.failed or code in (0, 2)


@given(answers, st.sampled_from(Occasion))
def test_any_json_is_an_answer(fields: dict[str, object], occasion: Occasion) -> None:
    answer = said(occasion, **fields)
    assert failed(answer) or answer.verdict is not Verdict.ALLOW or "allow" in str(fields) or "approve" in str(fields)


@given(answers)
def test_a_no_is_never_lost(fields: dict[str, object]) -> None:
    deny = {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny"}}
    assert said(**{**fields, **deny}).verdict is Verdict.DENY
    assert said(**{**fields, "decision": "block"}).verdict is Verdict.DENY


# --- several hooks ----------------------------------------------------------------------------------------------------


def one(verdict: Verdict | None = None, **changes: Any) -> Said:
    return Said(**{"hook": HOOK, "verdict": verdict, **changes})


def test_no_hook_says_nothing() -> None:
    assert silent(merged(()))


def test_one_hook_says_what_it_says() -> None:
    answer = one(Verdict.ASK, why="w", context="c", stop="s", took_ms=3)
    assert merged((answer,)) == answer


def test_the_strictest_counts_and_all_reasons_are_kept() -> None:
    answer = merged(
        (
            one(Verdict.ALLOW, hook="a", why="fine", took_ms=2),
            one(Verdict.DENY, hook="b", why="secrets", took_ms=3),
            one(None, hook="c", why="look", context="x"),
            one(Verdict.ASK, hook="d", why="sure?", context="y", stop="enough"),
            one(Verdict.DENY, hook="e", why="friday"),
        )
    )
    assert answer == Said(
        hook="b, e",
        verdict=Verdict.DENY,
        why="secrets\nfriday\nsure?\nfine\nlook",
        context="x\ny",
        stop="enough",
        took_ms=5,
    )


def test_equal_rewrites_are_one() -> None:
    answer = merged((one(input_json='{"a": 1, "b": 2}'), one(Verdict.ALLOW, input_json='{"b":2,"a":1}')))
    assert (answer.verdict, answer.failed) == (Verdict.ALLOW, False)
    assert json.loads(answer.input_json or "") == {"a": 1, "b": 2}


def test_two_different_rewrites_are_a_no() -> None:
    answer = merged((one(Verdict.ALLOW, input_json='{"a":1}'), one(input_json='{"a":2}')))
    assert (answer.verdict, answer.failed, answer.input_json) == (Verdict.DENY, True, None)
    assert "different ways" in answer.why


def test_an_approval_does_not_cover_what_another_hook_made_of_the_call() -> None:
    answer = merged((one(Verdict.ALLOW, why="fine"), one(input_json='{"command":"rm x"}')))
    assert (answer.verdict, answer.input_json) == (None, '{"command":"rm x"}')
    both = merged((one(Verdict.ALLOW), one(Verdict.ALLOW, input_json='{"command":"rm x"}')))
    assert both.verdict is Verdict.ALLOW


def test_a_no_drops_rewrites_rules_and_modes() -> None:
    rule = Rule(id="Bash", verdict=Verdict.ALLOW, tool="Bash", specifier=None, source=Source(layer=Layer.SESSION))
    granted = one(Verdict.ALLOW, input_json="{}", rules=(rule,), mode=Mode.BYPASS)
    assert merged((granted, one())).rules == (rule,)
    refused = merged((granted, one(Verdict.DENY)))
    assert (refused.input_json, refused.rules, refused.mode) == (None, (), None)


def test_two_different_modes_are_a_no() -> None:
    answer = merged((one(Verdict.ALLOW, mode=Mode.PLAN), one(Verdict.ALLOW, mode=Mode.BYPASS)))
    assert (answer.verdict, answer.failed, answer.mode) == (Verdict.DENY, True, None)


def test_a_failure_among_many_is_a_failure() -> None:
    assert merged((one(Verdict.ALLOW), one(Verdict.DENY, failed=True, why="crashed"))).failed


spoken = st.builds(
    Said,
    hook=st.sampled_from("abc"),
    verdict=st.none() | st.sampled_from([Verdict.ALLOW, Verdict.ASK, Verdict.DENY]),
    why=st.sampled_from(["", "x", "y"]),
    input_json=st.none() | st.sampled_from(['{"a":1}', '{"a": 1}', '{"a":2}']),
    stop=st.none() | st.sampled_from(["", "enough"]),
    mode=st.none() | st.sampled_from(Mode),
)


@given(st.lists(spoken, max_size=4), spoken)
def test_one_more_hook_never_loosens_a_no_or_a_question(hooks: list[Said], more: Said) -> None:
    before, after = merged(tuple(hooks)), merged((*hooks, more))
    if before.verdict in (Verdict.ASK, Verdict.DENY):
        assert after.verdict is not None
        assert after.verdict >= before.verdict
    assert before.stop is None or after.stop is not None


@given(st.lists(spoken, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_hooks_changes_no_verdict(hooks: list[Said], random: Any) -> None:
    shuffled = hooks.copy()
    random.shuffle(shuffled)
    here, there = merged(tuple(hooks)), merged(tuple(shuffled))
    assert (here.verdict, here.failed, here.mode) == (there.verdict, there.failed, there.mode)
    assert (here.input_json is None) == (there.input_json is None)
