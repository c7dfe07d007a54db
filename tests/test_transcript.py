import itertools

from runner.events import BoxStarted, Decided, Entry, Event, ExecEnded, Rejected, Replied, RolledBack, RunStarted
from runner.ports import ModelTurn, ToolResult, UserTurn
from runner.testing.deciders import an_action
from runner.testing.sinks import an_entry
from runner.types import (
    Box,
    Check,
    End,
    Execution,
    Limits,
    Mode,
    Network,
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
    assert "planning run" in transcript([an_entry(0, begin)], workspace="/workspace").system


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
