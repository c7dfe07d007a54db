"""How a call is decided: what hooks, ladder and people say, and what becomes of it."""

import json
from dataclasses import dataclass, field

import pytest

from runner.deciding import APPROVED, NO_ANSWER, deliberate, still_means, told
from runner.events import (
    Answered,
    Attended,
    Decided,
    Entry,
    Event,
    ExecEnded,
    Hooked,
    ModeChanged,
    ModeRefused,
    Parked,
    Rejected,
    Replied,
    RulesAdded,
    RunStarted,
)
from runner.ports import Answer, Classifier, Hook, Moment, Said
from runner.run import Ask, Attend, Judge, Pending, Run, check_permit, fold_all
from runner.testing.deciders import FakeApprover, FakeClassifier
from runner.testing.model import bash, reply
from runner.testing.sinks import an_entry
from runner.tools import Resolve
from runner.types import (
    Action,
    Check,
    Decision,
    Effects,
    End,
    Exec,
    Execution,
    Layer,
    Limits,
    Mode,
    Network,
    Occasion,
    Policy,
    Propose,
    Question,
    Rule,
    Rung,
    Source,
    Task,
    ToolCall,
    Verdict,
)

TASK = Task(
    prompt="Fix it.",
    workspace="/home/me/project",
    image="base",
    mode=Mode.DEFAULT,
    model="m",
    network=Network(),
    limits=Limits(),
    checks=(Check(name="c", command="true"),),
    env=(),
    artifacts=(),
)


@dataclass
class Who:
    """Who is asked."""

    hooks: tuple[Hook, ...] = ()
    answer: Answer | Verdict | None = None
    resolve: Resolve = str
    classifier: Classifier = field(default_factory=lambda: FakeClassifier(lambda _: Verdict.DENY))

    @property
    def approver(self) -> FakeApprover:
        return FakeApprover(lambda _: self.answer)


def a_run(
    call: ToolCall, *, mode: Mode = Mode.DEFAULT, rules: tuple[Rule, ...] = (), modes_off: tuple[Mode, ...] = ()
) -> tuple[Run, list[Entry]]:
    """A run in which the model just made this call."""
    task = Task(**{name: getattr(TASK, name) for name in TASK.__struct_fields__} | {"mode": mode})
    policy = Policy(rules=rules, modes_off=modes_off)
    began = RunStarted(run_id="r", task=task, runner_version="0", policy=policy)
    entries = [an_entry(0, began), an_entry(1, Replied(reply=reply(call)))]
    return fold_all(entries), entries


def judged(call: ToolCall, *hooks: Hook, rules: tuple[Rule, ...] = (), mode: Mode = Mode.DEFAULT) -> tuple[Event, ...]:
    run, entries = a_run(call, rules=rules, mode=mode)
    return deliberate(Judge(call=call, mode=run.mode, policy=run.policy), run, entries, Who(hooks=hooks))


def asked(call: ToolCall, answer: Answer | Verdict | None, **how: object) -> tuple[Event, ...]:
    """What comes of asking a person who gives this answer; `{action}` cannot be known before, so it is filled in."""
    run, entries = a_run(call, **how)  # type: ignore[arg-type] # each test names its fields
    events = deliberate(Judge(call=call, mode=run.mode, policy=run.policy), run, entries, Who())
    decided = events[-1]
    assert isinstance(decided, Decided)
    pending = Pending(call=call, action=decided.action, decision=decided.decision)
    if isinstance(answer, Answer):
        said = answer.decision
        fits = decided.action.decide(said.verdict, rung=said.rung, why=said.why)
        answer = Answer(**{name: getattr(answer, name) for name in answer.__struct_fields__} | {"decision": fits})
    return deliberate(
        Ask(pending=pending, action=decided.action, decision=decided.decision), run, entries, Who(answer=answer)
    )


def attended(occasion: Occasion, call: ToolCall, *hooks: Hook, asked_by: Rung = Rung.MODE) -> tuple[Event, ...]:
    run, entries = a_run(call)
    action = Action(call_id=call.id, tool=call.tool, operation=Exec(command="put a"), effects=Effects(opaque="?"))
    decision = action.decide(Verdict.ASK, rung=asked_by, why="asks")
    pending = Pending(call=call, action=action, decision=decision)
    return deliberate(Attend(occasion=occasion, pending=pending), run, entries, Who(hooks=hooks))


def a_rule(verdict: Verdict, text: str) -> Rule:
    return Rule(id=text, verdict=verdict, tool="Bash", specifier=text, source=Source(layer=Layer.USER))


def saying(said: Said | None) -> Hook:
    return lambda _: said


def decision(events: tuple[Event, ...]) -> Decision:
    (found,) = [event.decision for event in events if isinstance(event, Decided)]
    return found


YES = Answer(decision=Decision(covers="?", verdict=Verdict.ALLOW, rung=Rung.APPROVER, why="yes"))
NO = Answer(decision=Decision(covers="?", verdict=Verdict.DENY, rung=Rung.APPROVER, why="no"))
CALL = bash("put a", call_id="c")


def yes(**more: object) -> Answer:
    return Answer(**{"decision": YES.decision} | more)  # type: ignore[arg-type] # each test names its fields


# --- hooks before a call ----------------------------------------------------------------------------------------------


def test_hooks_are_asked_under_published_names() -> None:
    seen: list[Moment] = []
    edit = ToolCall(
        id="c",
        tool="str_replace_based_edit_tool",
        input_json='{"command": "create", "path": "a.txt", "file_text": "x"}',
    )

    def hook(moment: Moment) -> None:
        seen.append(moment)

    assert len(judged(edit, hook)) == 1
    (moment,) = seen
    assert (moment.occasion, moment.tool, moment.call_id, moment.mode) == (Occasion.BEFORE, "Write", "c", Mode.DEFAULT)
    assert json.loads(moment.input_json) == {"file_path": "/workspace/a.txt", "content": "x"}
    assert moment.cwd == "/workspace"


def test_what_a_hook_says_is_on_record_before_the_verdict_and_silence_is_not() -> None:
    events = judged(CALL, saying(None), saying(Said(hook="h")), saying(Said(hook="h", context="look here")))
    assert [type(event) for event in events] == [Hooked, Decided]
    assert isinstance(events[0], Hooked)
    assert (events[0].occasion, events[0].call_id, events[0].context) == (Occasion.BEFORE, "c", "look here")


def test_all_hooks_are_asked_and_the_strictest_counts() -> None:
    allow, deny = Said(hook="a", verdict=Verdict.ALLOW), Said(hook="d", verdict=Verdict.DENY, why="not today")
    for hooks in ((allow, deny), (deny, allow)):
        events = judged(CALL, *(saying(said) for said in hooks))
        assert len(events) == 3
        assert (decision(events).verdict, decision(events).rung) == (Verdict.DENY, Rung.HOOK)
    assert decision(judged(CALL, saying(allow))).verdict is Verdict.ALLOW


def test_a_hook_cannot_loosen_a_rule() -> None:
    allow = saying(Said(hook="a", verdict=Verdict.ALLOW))
    for verdict in (Verdict.DENY, Verdict.ASK):
        assert decision(judged(CALL, allow, rules=(a_rule(verdict, "put *"),))).verdict is verdict


def raises(moment: Moment) -> Said | None:
    raise RuntimeError(f"broken at {moment.occasion.value}")


def answers_nonsense(_moment: Moment) -> Said | None:
    return "yes"  # type: ignore[return-value] # what a user's own function may do


@pytest.mark.parametrize(
    ("hook", "says"),
    [
        (raises, "RuntimeError: broken at PreToolUse"),
        (answers_nonsense, "answered with str"),
        (saying(Said(hook="h", verdict=Verdict.CLASSIFY)), "left the call to the classifier"),
        (saying(Said(hook="h", mode=Mode.BYPASS)), "set rules or a mode"),
        (saying(Said(hook="h", rules=(a_rule(Verdict.ALLOW, "*"),))), "set rules or a mode"),
        (saying(Said(hook="h", input_json="[]")), "cannot be made"),
        (saying(Said(hook="h", input_json='{"command": "a\\u0000b"}')), "NUL"),
        (saying(Said(hook="h", verdict=Verdict.ALLOW, input_json='{"path": "x"}')), "cannot be made"),
    ],
)
def test_a_hook_that_fails_has_said_no_loudly(hook: Hook, says: str) -> None:
    events = judged(CALL, hook, mode=Mode.BYPASS)
    assert (decision(events).verdict, decision(events).rung) == (Verdict.DENY, Rung.FAULT)
    assert says in decision(events).why


def test_a_rewritten_call_is_judged_and_kept_and_its_hook_is_not_asked_again() -> None:
    asked_for: list[str] = []

    def hook(moment: Moment) -> Said:
        asked_for.append(moment.input_json)
        return Said(hook="h", verdict=Verdict.ALLOW, input_json='{"command": "put b"}')

    events = judged(CALL, hook)
    (decided,) = [event for event in events if isinstance(event, Decided)]
    assert decided.action.operation == Exec(command="put b")
    assert decided.input_json == '{"command":"put b"}'
    assert (decided.decision.verdict, decided.decision.covers) == (Verdict.ALLOW, decided.action.digest)
    assert len(asked_for) == 1
    assert decision(judged(CALL, hook, rules=(a_rule(Verdict.DENY, "put b"),))).verdict is Verdict.DENY


def test_hooks_are_not_asked_about_what_is_no_call() -> None:
    assert [type(event) for event in judged(ToolCall(id="c", tool="nothing", input_json="{}"), raises)] == [Rejected]


def test_an_analysis_that_breaks_is_a_rejection() -> None:
    run, entries = a_run(CALL)

    def broken(_path: str) -> str | None:
        raise RecursionError("too deep")

    call = bash("cat a", call_id="c")
    (event,) = deliberate(Judge(call=call, mode=run.mode, policy=run.policy), run, entries, Who(resolve=broken))
    assert isinstance(event, Rejected)
    assert "cannot be told" in event.why


# --- hooks that answer for a person -----------------------------------------------------------------------------------


def test_hooks_that_have_nothing_to_say_leave_the_question_to_the_person() -> None:
    for said in (None, Said(hook="h", verdict=Verdict.ASK), Said(hook="h", context="x")):
        assert attended(Occasion.ASKED, CALL, saying(said))[-1] == Attended(occasion=Occasion.ASKED, call_id="c")


def test_a_hook_answers_for_the_person_with_all_that_belongs_to_an_answer() -> None:
    rule = a_rule(Verdict.ALLOW, "put *")
    said = Said(
        hook="h", verdict=Verdict.ALLOW, input_json='{"command": "put b"}', rules=(rule,), mode=Mode.ACCEPT_EDITS
    )
    events = attended(Occasion.ASKED, CALL, saying(said))
    assert [type(event) for event in events] == [Hooked, RulesAdded, ModeChanged, Decided]
    assert events[2] == ModeChanged(mode=Mode.ACCEPT_EDITS, by="the hook h")
    assert (decision(events).verdict, decision(events).rung) == (Verdict.ALLOW, Rung.HOOK)


def test_a_hook_cannot_answer_where_a_rule_wants_a_person() -> None:
    allow, deny = Said(hook="h", verdict=Verdict.ALLOW), Said(hook="h", verdict=Verdict.DENY, why="no")
    assert isinstance(attended(Occasion.ASKED, CALL, saying(allow), asked_by=Rung.ASK_RULE)[-1], Attended)
    assert decision(attended(Occasion.ASKED, CALL, saying(deny), asked_by=Rung.ASK_RULE)).verdict is Verdict.DENY


def test_a_hook_that_breaks_while_it_answers_for_the_person_has_said_no() -> None:
    events = attended(Occasion.ASKED, CALL, raises)
    assert (decision(events).verdict, decision(events).rung) == (Verdict.DENY, Rung.FAULT)


@pytest.mark.parametrize("occasion", [Occasion.AFTER, Occasion.DENIED, Occasion.STOP, Occasion.START, Occasion.END])
def test_at_other_moments_nothing_is_decided_and_what_would_be_lost_is_a_failure(occasion: Occasion) -> None:
    events = attended(occasion, CALL, saying(Said(hook="h", verdict=Verdict.ALLOW, input_json="{}")))
    assert [type(event) for event in events] == [Hooked, Attended]
    assert isinstance(events[0], Hooked)
    assert (events[0].verdict, events[0].failed) == (Verdict.DENY, True)


def test_a_hook_is_told_of_a_result_what_the_model_was_told() -> None:
    seen: list[Moment] = []

    def hook(moment: Moment) -> None:
        seen.append(moment)

    run, entries = a_run(CALL)
    execution = Execution(end=End.EXITED, exit_code=3, output="oh no\n", took_ms=1, cwd="/workspace")
    entries.append(an_entry(2, ExecEnded(call_id="c", execution=execution)))
    pending = Pending(call=CALL, input_json='{"command": "put b"}', done=True)
    deliberate(Attend(occasion=Occasion.AFTER, pending=pending), run, entries, Who(hooks=(hook,)))
    assert (seen[0].text, seen[0].input_json) == ("oh no\n[exit code 3]", '{"command":"put b"}')


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_person_says_yes_or_no_or_is_not_there() -> None:
    assert decision(asked(CALL, Verdict.ALLOW)).verdict is Verdict.ALLOW
    assert decision(asked(CALL, Verdict.DENY)).verdict is Verdict.DENY
    assert asked(CALL, None) == (Parked(call_id="c"),)


def test_an_answer_that_is_none_is_a_no() -> None:
    for verdict in (Verdict.ASK, Verdict.CLASSIFY):
        assert decision(asked(CALL, verdict)).rung is Rung.FAULT


def test_rules_and_mode_stand_before_the_verdict_they_came_with() -> None:
    rule = a_rule(Verdict.ALLOW, "put *")
    events = asked(CALL, yes(rules=(rule,), mode=Mode.BYPASS))
    assert [type(event) for event in events] == [RulesAdded, ModeChanged, Decided]
    refused = asked(CALL, yes(mode=Mode.BYPASS), modes_off=(Mode.BYPASS,))
    assert [type(event) for event in refused] == [ModeRefused, Decided]
    assert [type(event) for event in asked(CALL, yes(mode=Mode.DEFAULT))] == [Decided]


def test_a_changed_call_is_allowed_unless_a_rule_denies_it() -> None:
    events = asked(CALL, yes(input_json='{"command": "put b"}'))
    (decided,) = [event for event in events if isinstance(event, Decided)]
    assert decided.action.operation == Exec(command="put b")
    assert (decided.decision.verdict, decided.decision.rung, decided.decision.why) == (
        Verdict.ALLOW,
        Rung.APPROVER,
        "yes",
    )
    assert decided.decision.covers == decided.action.digest
    denied = asked(CALL, yes(input_json='{"command": "put b"}'), rules=(a_rule(Verdict.DENY, "put b"),))
    assert (decision(denied).verdict, decision(denied).rung) == (Verdict.DENY, Rung.DENY_RULE)
    asks = asked(CALL, yes(input_json='{"command": "put b"}'), rules=(a_rule(Verdict.ASK, "put b"),))
    assert decision(asks).verdict is Verdict.ALLOW


@pytest.mark.parametrize("input_json", ["[]", "{}", '{"command": "a\\u0000b"}', '{"command": 3}'])
def test_a_change_that_makes_no_call_is_a_no(input_json: str) -> None:
    assert decision(asked(CALL, yes(input_json=input_json))).rung is Rung.FAULT


def test_a_no_can_end_the_run() -> None:
    stopping = Answer(decision=NO.decision, stop=True)
    (decided,) = asked(CALL, stopping)
    assert isinstance(decided, Decided)
    assert decided.stop


# --- questions and plans ----------------------------------------------------------------------------------------------

QUESTIONS = [{"question": "Which?", "header": "Which", "options": [{"label": "a"}, {"label": "b"}]}]
QUESTION = ToolCall(id="q", tool="AskUserQuestion", input_json=json.dumps({"questions": QUESTIONS}))
PLAN = ToolCall(id="p", tool="ExitPlanMode", input_json=json.dumps({"plan": "First this."}))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (yes(text="Take a."), "Take a."),
        (yes(input_json=json.dumps({"questions": QUESTIONS, "answers": {"Which?": "b"}})), "Which?\n  b"),
        (yes(), NO_ANSWER),
    ],
)
def test_an_answer_to_a_question_is_its_result(answer: Answer, text: str) -> None:
    events = asked(QUESTION, answer)
    assert events[-1] == Answered(call_id="q", text=text)
    assert [type(event) for event in events] == [Decided, Answered]


def test_a_question_that_is_refused_has_no_answer() -> None:
    assert [type(event) for event in asked(QUESTION, NO)] == [Decided]


def test_an_approved_plan_leaves_mode_plan_for_the_mode_that_was_chosen() -> None:
    modes_off = (Mode.AUTO,)
    for answer, mode in ((yes(), Mode.DEFAULT), (yes(mode=Mode.ACCEPT_EDITS), Mode.ACCEPT_EDITS)):
        changed, _, result = asked(PLAN, answer, mode=Mode.PLAN, modes_off=modes_off)
        assert isinstance(changed, ModeChanged)
        assert changed.mode is mode
        assert result == Answered(call_id="p", text=APPROVED)
    events = asked(PLAN, yes(mode=Mode.AUTO), mode=Mode.PLAN, modes_off=modes_off)
    assert [type(event) for event in events] == [ModeRefused, ModeChanged, Decided, Answered]
    assert isinstance(events[1], ModeChanged)
    assert events[1].mode is Mode.DEFAULT


def test_a_plan_can_be_changed_and_commented_by_whoever_approves_it() -> None:
    changed = yes(input_json=json.dumps({"plan": "First that."}), text="Mind the tests.")
    result = asked(PLAN, changed, mode=Mode.PLAN, modes_off=(Mode.AUTO,))[-1]
    assert isinstance(result, Answered)
    assert "First that." in result.text
    assert result.text.endswith("Mind the tests.")


def test_a_refused_plan_changes_nothing() -> None:
    assert [type(event) for event in asked(PLAN, NO, mode=Mode.PLAN, modes_off=(Mode.AUTO,))] == [Decided]


def test_what_was_permitted_without_anybody_says_so() -> None:
    run, _ = a_run(PLAN, mode=Mode.PLAN)
    plan = Action(call_id="p", tool="ExitPlanMode", operation=Propose(plan="x"), effects=Effects())
    changed, result = told(plan, run)
    assert changed == ModeChanged(mode=Mode.DEFAULT, by="the approved plan")
    assert result == Answered(call_id="p", text=APPROVED)
    question = Action(call_id="q", tool="AskUserQuestion", operation=Question(questions_json="[]"), effects=Effects())
    assert told(question, run) == (Answered(call_id="q", text=NO_ANSWER),)


# --- what is performed is what was judged -----------------------------------------------------------------------------


def test_an_action_means_the_same_as_long_as_directory_and_links_do() -> None:
    run, _ = a_run(CALL)
    (event,) = judged(bash("cat a", call_id="c"))
    assert isinstance(event, Decided)
    assert still_means(event.action, run, Who())
    assert not still_means(event.action, run, Who(resolve=lambda path: f"/elsewhere{path}"))
    assert not still_means(event.action, run, Who(resolve=lambda _: None))
    moved = Run(**{name: getattr(run, name) for name in run.__struct_fields__} | {"cwd": "/tmp"})
    assert not still_means(event.action, moved, Who())
    assert still_means(check_permit(TASK, 0).action, moved, Who())


def test_asking_always_comes_to_something() -> None:
    """Else the same step would be due for ever."""
    for occasion in Occasion:
        assert attended(occasion, CALL)
