import itertools

from runner.events import (
    Answered,
    Attended,
    BoxStarted,
    Decided,
    Delegated,
    Entry,
    Event,
    ExecEnded,
    Hooked,
    ModeChanged,
    Rejected,
    Replied,
    Resumed,
    Returned,
    RolledBack,
    RunStarted,
)
from runner.ports import ModelTurn, ToolResult, UserTurn
from runner.testing.deciders import an_action
from runner.testing.sinks import an_entry
from runner.types import (
    Box,
    Check,
    Delegate,
    End,
    Execution,
    Limits,
    Mode,
    Network,
    Occasion,
    Purpose,
    Reply,
    Rung,
    StopReason,
    Task,
    Text,
    ToolCall,
    Usage,
    Verdict,
)
from runner.views.transcript import CUT_OFF, GO_ON, NEW_BOX, UNDONE, execution_text, transcript


def a_task(*, mode: Mode = Mode.DEFAULT) -> Task:
    return Task(
        prompt="Fix it.",
        workspace="/home/me/project",
        image="base",
        mode=mode,
        model="m",
        network=Network(),
        limits=Limits(),
        checks=(Check(name="tests", command="make test"),),
        env=(),
        artifacts=(),
    )


def a_reply(*calls: str, text: str = "", stop: StopReason = StopReason.TOOL_USE) -> Replied:
    blocks = (*((Text(text=text),) if text else ()), *(ToolCall(id=c, tool="bash", input_json="{}") for c in calls))
    return Replied(reply=Reply(blocks=blocks, stop=stop, model="m", usage=Usage(), took_ms=1))


BEGIN = RunStarted(run_id="r", task=a_task(), runner_version="0")
BOX = BoxStarted(box=Box(id="b", image_id="i", engine="e", purpose=Purpose.WORK))


def turns(*events: Event) -> tuple[UserTurn | ModelTurn, ...]:
    return transcript(entries(*events), workspace="/workspace").turns


def entries(*events: Event) -> list[Entry]:
    return [an_entry(seq, event) for seq, event in enumerate((BEGIN, BOX, *events))]


def ended(call_id: str, output: str = "ok") -> ExecEnded:
    execution = Execution(end=End.EXITED, exit_code=0, output=output, took_ms=1, cwd="/workspace")
    return ExecEnded(call_id=call_id, execution=execution)


def test_the_model_is_told_its_situation_and_the_task() -> None:
    got = transcript(entries(), workspace="/workspace")
    assert got.turns == (UserTurn(text="Fix it."),)
    assert "/workspace" in got.system
    assert "tests: make test" in got.system
    assert "There is no network." in got.system


def test_plan_mode_says_so() -> None:
    begin = RunStarted(run_id="r", task=a_task(mode=Mode.PLAN), runner_version="0")
    system = transcript([an_entry(0, begin)], workspace="/workspace").system
    assert "planning run" in system
    assert "ExitPlanMode" in system


def test_the_users_directory_is_not_told() -> None:
    assert "/home/me" not in transcript(entries(), workspace="/workspace").system


def test_every_call_gets_exactly_one_result_in_order() -> None:
    action = an_action(call_id="b")
    denied = action.decide(Verdict.DENY, rung=Rung.MODE, why="No.", instead="Read it.")
    got = turns(
        a_reply("a", "b", "c", "d"),
        Rejected(call_id="a", why="There is no tool."),
        Decided(call_id="b", action=action, decision=denied),
        ended("c"),
        RolledBack(call_id="d", snapshot_id="s"),
    )
    assert got[-1] == UserTurn(
        results=(
            ToolResult(call_id="a", text="There is no tool.", is_error=True),
            ToolResult(call_id="b", text="Denied, nothing ran. No. Instead: Read it.", is_error=True),
            ToolResult(call_id="c", text="ok", is_error=False),
            ToolResult(call_id="d", text=UNDONE, is_error=True),
        )
    )


def test_a_new_box_is_told_inside_the_last_result_and_never_twice() -> None:
    last = turns(a_reply("a"), ended("a"), BOX, BOX)[-1]
    assert isinstance(last, UserTurn)
    assert last.results[-1].text.count(NEW_BOX) == 1
    assert last.text == ""


def test_what_the_model_answered_to_is_never_rewritten() -> None:
    history: list[Event] = [
        a_reply("a"),
        ended("a"),
        BOX,
        a_reply(stop=StopReason.END_TURN),
        a_reply(text="half", stop=StopReason.MAX_TOKENS),
        a_reply("b", text="more"),
        BOX,
        RolledBack(call_id="b", snapshot_id="s"),
        a_reply(text="wait", stop=StopReason.PAUSE_TURN),
        a_reply(text="done", stop=StopReason.END_TURN),
    ]
    whole = turns(*history)
    for cut, event in enumerate(history):
        if isinstance(event, Replied):
            assert whole[: len(turns(*history[:cut]))] == turns(*history[:cut])


def test_words_are_sent_only_where_no_result_is_due() -> None:
    assert turns(a_reply(stop=StopReason.END_TURN))[-1] == UserTurn(text=GO_ON)
    assert turns(a_reply(text="x", stop=StopReason.MAX_TOKENS))[-1] == UserTurn(text=CUT_OFF)


def test_a_pause_is_sent_back_as_it_is() -> None:
    assert isinstance(turns(a_reply(text="x", stop=StopReason.PAUSE_TURN))[-1], ModelTurn)


def test_two_empty_answers_do_not_break_the_alternation() -> None:
    got = turns(a_reply(stop=StopReason.END_TURN), a_reply(stop=StopReason.END_TURN))
    kinds = [type(turn) for turn in got]
    assert all(one is not two for one, two in itertools.pairwise(kinds))


def test_how_a_command_ended_is_said() -> None:
    def text(**fields: object) -> str:
        known = {"end": End.EXITED, "exit_code": 0, "output": "", "took_ms": 3000, "cwd": "/workspace"}
        return execution_text(Execution(**{**known, **fields}))  # type: ignore[arg-type] # each test names its fields

    assert text() == "[no output]"
    assert text(output="a\n", exit_code=3) == "a\n[exit code 3]"
    assert "did not finish within 3 seconds" in text(end=End.TIMEOUT, exit_code=137)
    assert "killed, exit code 137" in text(end=End.KILLED, exit_code=137)
    assert "memory limit" in text(end=End.KILLED, exit_code=137, out_of_memory=True)
    assert "a new one was started" in text(session_restarted=True)


# --- modes ------------------------------------------------------------------------------------------------------------


def to(mode: Mode) -> ModeChanged:
    return ModeChanged(mode=mode, by="somebody")


def test_another_mode_is_told_once_inside_the_next_result() -> None:
    last = turns(a_reply("a"), ended("a"), to(Mode.PLAN), to(Mode.ACCEPT_EDITS))[-1]
    assert isinstance(last, UserTurn)
    assert last.results[0].text.startswith("ok\n\n[the permission mode is acceptEdits from now on")
    assert "plan" not in last.results[0].text
    after = turns(a_reply("a"), ended("a"), to(Mode.PLAN), a_reply("b"), ended("b"))[-1]
    assert isinstance(after, UserTurn)
    assert after.results[0].text == "ok"


def test_a_mode_that_came_back_is_no_news() -> None:
    last = turns(a_reply("a"), ended("a"), to(Mode.PLAN), to(Mode.DEFAULT))[-1]
    assert isinstance(last, UserTurn)
    assert last.results[0].text == "ok"


def test_a_run_that_is_resumed_in_another_mode_says_so() -> None:
    last = turns(a_reply("a"), ended("a"), Resumed(limits=Limits(), mode=Mode.BYPASS))[-1]
    assert isinstance(last, UserTurn)
    assert "bypassPermissions from now on" in last.results[0].text


def test_a_note_waits_while_the_model_pauses() -> None:
    paused = a_reply(text="wait", stop=StopReason.PAUSE_TURN)
    assert isinstance(turns(paused, to(Mode.PLAN))[-1], ModelTurn)
    last = turns(paused, to(Mode.PLAN), a_reply("a"), ended("a"))[-1]
    assert isinstance(last, UserTurn)
    assert "plan from now on" in last.results[0].text


# --- hooks ------------------------------------------------------------------------------------------------------------


def said(occasion: Occasion, call_id: str | None = None, **fields: object) -> Hooked:
    nothing: dict[str, object] = {"hook": "/home/me/guard.sh", "verdict": None, "why": "", "context": "", "stop": None}
    nothing |= {"rewrote": False, "failed": False, "took_ms": 1}
    return Hooked(occasion=occasion, call_id=call_id, **nothing | fields)  # type: ignore[arg-type] # tests name fields


def test_what_hooks_add_stands_beside_the_prompt_or_inside_the_result_and_only_once() -> None:
    first = turns(said(Occasion.START, context="Read this."), said(Occasion.PROMPT, context="And that."))
    assert first == (
        UserTurn(text="Fix it.\n\n[the user's policy adds: Read this.]\n\n[the user's policy adds: And that.]"),
    )
    twice = said(Occasion.BEFORE, "a", context="Mind the gap.")
    last = turns(a_reply("a", "b"), twice, twice, ended("a"), ended("b"))[-1]
    assert isinstance(last, UserTurn)
    assert [result.text for result in last.results] == ["ok\n\n[the user's policy adds: Mind the gap.]", "ok"]


def test_what_a_hook_says_later_never_changes_what_was_answered_to() -> None:
    history: list[Event] = [
        said(Occasion.START, context="one"),
        a_reply("a"),
        ended("a"),
        said(Occasion.AFTER, "a", context="two", verdict=Verdict.DENY, why="three"),
        Attended(occasion=Occasion.AFTER, call_id="a"),
        a_reply(text="done", stop=StopReason.END_TURN),
        said(Occasion.STOP, verdict=Verdict.DENY, why="four"),
        Resumed(limits=Limits(), mode=Mode.PLAN),
        said(Occasion.START, context="five"),
        a_reply("b"),
        ended("b"),
    ]
    whole = turns(*history)
    for cut, event in enumerate(history):
        if isinstance(event, Replied):
            assert whole[: len(turns(*history[:cut]))] == turns(*history[:cut])


def test_an_objection_takes_the_place_of_going_on() -> None:
    last = turns(
        a_reply(text="done", stop=StopReason.END_TURN), said(Occasion.STOP, verdict=Verdict.DENY, why="The tests fail.")
    )[-1]
    assert last == UserTurn(text="You are not done yet, says the user's policy: The tests fail.")
    broken = said(Occasion.STOP, verdict=Verdict.DENY, why="exit code 3", failed=True)
    assert turns(a_reply(text="done", stop=StopReason.END_TURN), broken)[-1] == UserTurn(text=GO_ON)


def test_changed_arguments_are_told_and_hooks_are_not_named() -> None:
    action = an_action(call_id="a")
    allowed = action.decide(Verdict.ALLOW, rung=Rung.HOOK, why="fine")
    changed = Decided(call_id="a", action=action, decision=allowed, input_json='{"command":"make"}')
    last = turns(a_reply("a"), said(Occasion.BEFORE, "a", rewrote=True), changed, ended("a"))[-1]
    assert isinstance(last, UserTurn)
    assert last.results[0].text == (
        'ok\n\n[the user\'s policy put other arguments in the place of yours: {"command":"make"}]'
    )
    anew = Decided(call_id="a", action=action, decision=allowed)
    again = turns(a_reply("a"), changed, anew, ended("a"))[-1]
    assert isinstance(again, UserTurn)
    assert again.results[0].text == "ok"


# --- subagents --------------------------------------------------------------------------------------------------------


def begins(call_id: str, *, wish: Mode | None = None, mode: Mode = Mode.DEFAULT) -> Delegated:
    operation = Delegate(description="a part", prompt=f"Do {call_id}.", mode=wish)
    return Delegated(call_id=call_id, operation=operation, mode=mode)


def returns(call_id: str, text: str = "did it") -> Returned:
    return Returned(call_id=call_id, text=text, is_error=False)


def test_a_subagent_sees_its_own_conversation_and_leaves_its_result() -> None:
    history = (a_reply("a"), begins("a"), a_reply("b"), ended("b", "inner"))
    inner = transcript(entries(*history), workspace="/workspace")
    assert inner.turns[0] == UserTurn(text="Do a.")
    assert len(inner.turns) == 3
    assert "You are a subagent" in inner.system
    assert "Fix it." not in inner.system
    assert inner.elsewhere == 1
    done = (*history, a_reply(text="words", stop=StopReason.END_TURN), returns("a"))
    outer = transcript(entries(*done), workspace="/workspace")
    assert outer.turns[-1] == UserTurn(results=(ToolResult(call_id="a", text="did it", is_error=False),))
    assert len(outer.turns) == 3
    assert outer.elsewhere == 2


def test_subagents_inside_one_another_are_told_apart() -> None:
    history = (a_reply("a"), begins("a"), a_reply("b"), begins("b"), a_reply("c"), ended("c"))
    assert transcript(entries(*history), workspace="/workspace").turns[0] == UserTurn(text="Do b.")
    back = transcript(entries(*history, returns("b", "inner")), workspace="/workspace")
    assert back.turns[0] == UserTurn(text="Do a.")
    assert back.turns[-1] == UserTurn(results=(ToolResult(call_id="b", text="inner", is_error=False),))
    assert back.elsewhere == 2


def test_a_new_box_is_told_to_everybody_who_was_there() -> None:
    history = (a_reply("a"), begins("a"), a_reply("b"), BOX, ended("b"))
    inner = transcript(entries(*history), workspace="/workspace").turns[-1]
    assert isinstance(inner, UserTurn)
    assert NEW_BOX in inner.results[0].text
    outer = transcript(
        entries(*history, a_reply(text="x", stop=StopReason.END_TURN), returns("a")), workspace="/workspace"
    )
    last = outer.turns[-1]
    assert isinstance(last, UserTurn)
    assert last.results[0].text == f"did it\n\n{NEW_BOX}"


def test_a_wish_that_was_not_granted_is_told() -> None:
    last = turns(
        a_reply("a"), begins("a", wish=Mode.BYPASS), a_reply(text="x", stop=StopReason.END_TURN), returns("a")
    )[-1]
    assert isinstance(last, UserTurn)
    assert "the mode bypassPermissions was asked for the subagent; it worked in mode default" in last.results[0].text
    granted = begins("a", wish=Mode.PLAN, mode=Mode.PLAN)
    last = turns(a_reply("a"), granted, a_reply(text="x", stop=StopReason.END_TURN), returns("a"))[-1]
    assert isinstance(last, UserTurn)
    assert last.results[0].text == "did it"


def test_another_mode_is_told_to_each_as_it_concerns_them() -> None:
    history = (a_reply("a"), begins("a", wish=Mode.PLAN, mode=Mode.PLAN), a_reply("b"), ended("b"), to(Mode.DONT_ASK))
    inner = transcript(entries(*history), workspace="/workspace").turns[-1]
    assert isinstance(inner, UserTurn)
    assert inner.results[0].text == "ok"
    done = (*history, a_reply(text="x", stop=StopReason.END_TURN), returns("a"))
    outer = transcript(entries(*done), workspace="/workspace").turns[-1]
    assert isinstance(outer, UserTurn)
    assert "dontAsk from now on" in outer.results[0].text


def test_a_subagent_of_a_planning_run_has_no_plan_to_hand_over() -> None:
    got = transcript(entries(a_reply("a"), begins("a", mode=Mode.PLAN)), workspace="/workspace")
    assert "nothing may be changed" in got.system
    assert "ExitPlanMode" not in got.system
    later = transcript(
        entries(a_reply("a"), begins("a"), a_reply("b"), ended("b"), to(Mode.PLAN)), workspace="/workspace"
    )
    last = later.turns[-1]
    assert isinstance(last, UserTurn)
    assert "plan from now on: nothing may be changed; read what you need and report" in last.results[0].text


def test_an_answer_is_the_result_of_its_call() -> None:
    last = turns(a_reply("q"), Answered(call_id="q", text="Take a."))[-1]
    assert last == UserTurn(results=(ToolResult(call_id="q", text="Take a.", is_error=False),))
