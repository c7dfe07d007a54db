"""What a person is shown and offered: always, another mode, questions of the model, plans."""

import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.mode_switch import ModeSwitch
from runner.adapters.terminal_approver.approver import TerminalApprover
from runner.adapters.terminal_approver.dialogue import ALWAYS, GO_ON_PLANNING, MEANINGS, NO, TRIES, YES
from runner.adapters.terminal_approver.screen import REASON_CHARS
from runner.adapters.terminal_approver.sheet import PARTS, PREVIEW_LINES
from runner.engine import Doors, drive
from runner.events import Answered, Decided, Event, ExecStarted, ModeChanged, Parked, RulesAdded, RunStarted
from runner.policy.effects import shell_effects
from runner.policy.ladder import judge
from runner.policy.rules import parse, written
from runner.ports import Answer
from runner.testing.deciders import FakeClassifier
from runner.testing.model import FakeModel, bash, reply
from runner.testing.sandbox import FakeSandbox
from runner.testing.sinks import ListSink
from runner.testing.store import FakeStore
from runner.types import (
    Action,
    Create,
    Decision,
    Delegate,
    Effects,
    Exec,
    Foreign,
    Layer,
    Limits,
    Mode,
    Network,
    Operation,
    Policy,
    Propose,
    Question,
    Reply,
    Rung,
    Source,
    Task,
    Text,
    ToolCall,
    Verdict,
)

OFF = Policy(modes_off=(Mode.AUTO,))


@dataclass(frozen=True)
class Now:
    """What a call was judged by."""

    policy: Policy = OFF
    mode: Mode = Mode.DEFAULT
    session_mode: Mode = Mode.DEFAULT


def shell(command: str) -> Action:
    effects = shell_effects(command, "/workspace")
    return Action(call_id="c", tool="bash", operation=Exec(command=command), effects=effects)


def call(operation: Operation, effects: Effects | None = None) -> Action:
    return Action(call_id="c", tool="t", operation=operation, effects=effects or Effects())


def asked(
    typed: str, action: Action, now: Now | None = None, decision: Decision | None = None
) -> tuple[str, Answer | None, list[Mode]]:
    """Return what was shown, what was answered, and which modes were asked for."""
    now, wishes, output = now or Now(), list[Mode](), io.StringIO()
    said = decision or judge(action, policy=now.policy, mode=now.mode)
    assert said.verdict is Verdict.ASK
    approver = TerminalApprover(nullcontext, io.StringIO(typed), output, standing=lambda: now, switch=wishes.append)
    answer = approver.ask(action, said)
    return output.getvalue(), answer, wishes


def plainly(rows: str) -> str:
    return " ".join(rows.split())


# --- what it would do -------------------------------------------------------------------------------------------------


def test_a_chain_is_told_command_by_command() -> None:
    shown, _, _ = asked("q\n", shell("cat a.txt && npm test > 'b, c.txt' && rm -rf build"))
    assert "would | $ cat a.txt\n      |    only read /workspace/a.txt\n" in shown
    assert "      | $ npm test\n" in shown
    assert "      |    write '/workspace/b, c.txt'\n" in shown
    assert "      | $ rm -rf build\n      |    delete /workspace/build\n" in shown


def test_known_dangers_stand_there_in_words() -> None:
    shown, _, _ = asked("q\n", shell("curl -fsSL https://example.com/x | sh"))
    assert "risks | running code straight from the network. It runs whatever a server" in shown
    assert "send to https://example.com/x" in shown


def test_what_cannot_be_told_is_said_so_and_not_passed_over() -> None:
    assert "it cannot be told: " in asked("q\n", shell("mystery --now"))[0]
    assert "besides: it goes on in the background" in asked("q\n", shell("npm test &"))[0]


def test_a_link_is_named_with_the_place_it_leads_to() -> None:
    effects = Effects(writes=("/workspace/a",), links=(("/workspace/a", "/etc/my passwd"),))
    shown, _, _ = asked("q\n", call(Create(path="/workspace/a", text="x"), effects))
    assert "links | /workspace/a really is '/etc/my passwd'\n" in shown


def test_a_subagent_is_shown_with_its_task_and_the_mode_it_will_have() -> None:
    operation = Delegate(description="Look at it", prompt="First.\nThen.", mode=Mode.PLAN)
    action = call(operation)
    decision = action.decide(Verdict.ASK, rung=Rung.ASK_RULE, why="Somebody wants to know.")
    shown, _, _ = asked("q\n", action, Now(mode=Mode.ACCEPT_EDITS), decision)
    assert "  | Look at it\n  |\n  | First.\n  | Then.\n" in shown
    assert "work in mode acceptEdits" in shown


def test_of_a_long_chain_what_only_reads_is_left_out_first_and_it_says_so() -> None:
    command = "; ".join([*(f"cat f{at}" for at in range(3 * PARTS)), "rm -rf last"])
    shown, _, _ = asked("q\n", shell(command))
    assert "| $ rm -rf last\n" in shown
    assert f"and {2 * PARTS + 1} more\n" in shown
    assert "[not all of it is listed; s shows the rest]" in shown
    shown, _, _ = asked("s\nq\n", shell(command))
    assert all(f"| $ cat f{at}\n" in shown for at in range(3 * PARTS))


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)


@given(st.lists(names, max_size=4), st.lists(names, max_size=4), names)
def test_names_cannot_look_like_words_of_ours(written_to: list[str], deleted: list[str], place: str) -> None:
    paths = tuple(f"/workspace/{name}" for name in written_to)
    effects = Effects(
        writes=paths,
        deletes=tuple(deleted),
        sends=tuple(deleted),
        executes=tuple(deleted),
        links=tuple((path, place) for path in paths),
    )
    action = call(Create(path="/workspace/a", text="x"), effects)
    decision = action.decide(Verdict.ASK, rung=Rung.MODE, why=place)
    shown, _, _ = asked("a\ny\n\nq\n", action, None, decision)
    lines = re.sub(r"(park|show all|back) > ", r"\1 > \n", shown).split("\n")  # a terminal echoes the line break
    assert all(line.isprintable() for line in lines)
    assert all(sum(1 if char.isascii() else 2 for char in line) <= 80 for line in lines)


# --- always -----------------------------------------------------------------------------------------------------------


def test_always_shows_the_rule_and_what_else_it_lets_pass_and_wants_a_second_yes() -> None:
    shown, answer, _ = asked("a\ny\n", shell("git push origin topic"))
    assert " 1 | allow Bash(git push *)\n" in shown
    assert "   |     git push --force\n" in shown
    assert answer is not None
    assert (answer.decision.verdict, answer.decision.why) == (Verdict.ALLOW, ALWAYS)
    assert [written(rule) for rule in answer.rules] == ["Bash(git push *)"]
    assert [rule.source.layer for rule in answer.rules] == [Layer.SESSION]


@pytest.mark.parametrize("second", ["\n", "b\n", "n\n", "2\n", "0\n", "always\n", "yy\n"])
def test_without_a_second_yes_nothing_is_remembered_and_it_is_asked_again(second: str) -> None:
    shown, answer, _ = asked(f"a\n{second}y\n", shell("git push origin topic"))
    assert "Nothing is remembered." in shown
    assert answer is not None
    assert (answer.decision.why, answer.rules, answer.mode) == (YES, (), None)
    assert asked("a\n", shell("git push origin topic"))[1] is None


def test_several_proposals_are_numbered_and_a_plain_yes_chooses_none() -> None:
    edit = call(Create(path="/workspace/a.py", text="x"), Effects(writes=("/workspace/a.py",)))
    shown, answer, _ = asked("a\n1\n", edit)
    assert " 1 | allow Edit(/a.py)\n" in shown
    assert f" 2 | mode acceptEdits: {MEANINGS[Mode.ACCEPT_EDITS]}\n" in shown
    assert answer is not None
    assert [written(rule) for rule in answer.rules] == ["Edit(/a.py)"]
    _, answer, _ = asked("a\n2\n", edit)
    assert answer is not None
    assert (answer.rules, answer.mode) == ((), Mode.ACCEPT_EDITS)
    assert asked("a\ny\nq\n", edit)[1] is None


@pytest.mark.parametrize("command", ["npm test &", "rm -rf /", "echo a > .git/config", "x $(y)"])
def test_always_is_not_offered_where_no_rule_would_settle_it(command: str) -> None:
    shown, answer, _ = asked("a\nq\n", shell(command))
    assert "[a]" not in shown
    assert "Please answer with one of the keys." in shown
    assert answer is None


@pytest.mark.parametrize("rung", [Rung.HOOK, Rung.ASK_RULE])
def test_always_is_not_offered_against_who_asks_whatever_rules_allow(rung: Rung) -> None:
    action = shell("git push")
    decision = action.decide(Verdict.ASK, rung=rung, why="I want to see it.")
    assert "[a]" not in asked("q\n", action, None, decision)[0]


@given(st.lists(st.sampled_from(["git push a", "make b", "cat /srv/x/y", "xxd z", "touch q", "rm -r d"]), max_size=4))
def test_what_is_remembered_settles_the_call_from_then_on(commands: list[str]) -> None:
    action = shell(" && ".join(commands) or "make")
    if judge(action, policy=OFF, mode=Mode.DEFAULT).verdict is not Verdict.ASK:
        return
    _, answer, _ = asked("a\ny\n1\n", action)
    if answer is None or not (answer.rules or answer.mode):
        return
    after = msgspec.structs.replace(OFF, rules=answer.rules)
    assert judge(action, policy=after, mode=answer.mode or Mode.DEFAULT).verdict is Verdict.ALLOW


# --- another mode -----------------------------------------------------------------------------------------------------


def test_another_mode_is_asked_for_and_the_call_not_answered() -> None:
    shown, answer, wishes = asked("m\n2\n", shell("make"))
    assert f" 2 | plan: {MEANINGS[Mode.PLAN]}\n" in shown
    assert (answer, wishes) == (None, [Mode.PLAN])


def test_shift_tab_at_the_question_asks_for_the_modes() -> None:
    assert asked("\x1b[Z\n1\n", shell("make"))[2] == [Mode.ACCEPT_EDITS]


def test_modes_that_are_off_and_the_present_one_are_not_offered() -> None:
    now = Now(policy=Policy(modes_off=(Mode.AUTO, Mode.BYPASS)), mode=Mode.PLAN, session_mode=Mode.ACCEPT_EDITS)
    shown, _, _ = asked("m\nb\nq\n", shell("make"), now)
    offered = [mode for mode in Mode if f"| {mode.value}: " in shown]
    assert offered == [Mode.DEFAULT, Mode.PLAN, Mode.DONT_ASK]
    assert "Now in mode acceptEdits." in shown


def test_bypass_wants_its_name_typed() -> None:
    assert asked("m\n4\nbypassPermissions\n", shell("make"))[2] == [Mode.BYPASS]
    for typed in ("m\n4\ny\nq\n", "m\n4\n\nq\n", "m\n4\nbypass\nq\n", "m\n4\nbypasspermissions\nq\n", "m\n4\n"):
        shown, answer, wishes = asked(typed, shell("make"))
        assert (answer, wishes) == (None, [])
        assert "The mode stays as it is." in shown


@pytest.mark.parametrize("typed", ["m\n9\nn\n", "m\n\nn\n", "m\ny\nn\n", "m\nb\nn\n"])
def test_what_is_no_mode_changes_nothing_and_the_call_is_still_open(typed: str) -> None:
    _, answer, wishes = asked(typed, shell("make"))
    assert answer is not None
    assert (answer.decision.verdict, answer.decision.why, wishes) == (Verdict.DENY, NO, [])


# --- the model's questions --------------------------------------------------------------------------------------------


def question(*asked_: dict[str, object]) -> Action:
    return call(Question(questions_json=json.dumps(asked_)))


def one(
    question: str = "Which?", *, several: bool = False, labels: Sequence[str] = ("Left", "Right")
) -> dict[str, object]:
    options = [{"label": label, "description": f"go {label}"} for label in labels]
    return {"question": question, "header": "Way", "options": options, "multiSelect": several}


def test_a_number_answers_with_its_label() -> None:
    shown, answer, _ = asked("2\n", question(one()))
    assert "-- The model asks ----" in shown
    assert "  | Way: Which?\n 1 | Left\n     | go Left\n 2 | Right\n     | go Right\n" in shown
    assert answer is not None
    assert (answer.decision.verdict, answer.text) == (Verdict.ALLOW, "Which?\n  Right")


def test_several_may_be_chosen_where_several_are_asked_for() -> None:
    for typed in ("1,2\n", "2 1\n", " 1 , 2 \n"):
        _, answer, _ = asked(typed, question(one(several=True)))
        assert answer is not None
        assert answer.text == "Which?\n  Left, Right"
    shown, answer, _ = asked("1,2\n1\n", question(one()))
    assert "Please choose one of them." in shown
    assert answer is not None
    assert answer.text == "Which?\n  Left"


def test_own_words_are_an_answer_and_are_made_visible() -> None:
    _, answer, _ = asked("straight \x1b[1mon\n", question(one()))
    assert answer is not None
    assert answer.text == "Which?\n  straight \\x1b[1mon"
    _, answer, _ = asked("LEFT\n", question(one()))
    assert answer is not None
    assert answer.text == "Which?\n  Left"
    _, answer, _ = asked("x" * 10_000 + "\n", question(one()))
    assert answer is not None
    assert len(answer.text) < REASON_CHARS + 20


@pytest.mark.parametrize("typed", ["\n", "0\n", "3\n", "99999999999\n", "y\n", "1,3\n", "-\n"])
def test_a_slip_is_no_answer_and_asks_again(typed: str) -> None:
    shown, answer, _ = asked(f"{typed}1\n", question(one()))
    assert "Please " in shown
    assert answer is not None
    assert answer.text == "Which?\n  Left"
    assert asked(typed * TRIES, question(one()))[1] is None


def test_every_question_is_asked_and_each_has_its_answer() -> None:
    shown, answer, _ = asked("1\nd\nneither\n", question(one("A?"), one("B?"), one("C?")))
    assert "-- The model asks (3 of 3) ---" in shown
    assert answer is not None
    assert answer.text == "A?\n  Left\nC?\n  neither"


def test_a_question_can_be_left_to_the_model_or_parked() -> None:
    _, answer, _ = asked("d\n", question(one()))
    assert answer is not None
    assert (answer.decision.verdict, answer.text) == (Verdict.ALLOW, "")
    assert asked("q\n", question(one()))[1] is None
    assert asked("1\nq\n", question(one("A?"), one("B?")))[1] is None
    assert asked("1\n", question(one("A?"), one("B?")))[1] is None


def test_a_long_question_is_shown_in_part_and_the_rest_is_a_key_away() -> None:
    long = one("\n".join(f"row {at}" for at in range(100)))
    shown, _, _ = asked("q\n", question(long))
    assert "row 99" not in shown
    assert "[60 more lines; s shows them]" in shown
    assert "row 99" in asked("s\nq\n", question(long))[0]


@given(names, names, names)
def test_a_question_cannot_look_like_ours(text: str, label: str, other: str) -> None:
    shown, _, _ = asked("s\nq\n", question(one(text, labels=(label, other + "2"))))
    lines = shown.split("\n")
    assert all(line.isprintable() for line in lines)
    ours = ("-- The model asks", "[number] ", "[d] ", "[q] ", "Please ", "  [")
    assert all(
        line == "" or line.startswith(ours) or line[2:3] in "|:" or line[3:4] in "|:" or line[5:6] in "|:"
        for line in lines
    )


# --- plans ------------------------------------------------------------------------------------------------------------

PLAN = "# Plan\n\n1. Look.\n2. Mend."


@pytest.mark.parametrize(
    ("off", "modes"),
    [
        ((Mode.AUTO,), [Mode.DEFAULT, Mode.ACCEPT_EDITS]),
        ((Mode.ACCEPT_EDITS,), [Mode.DEFAULT, Mode.AUTO]),
        (tuple(Mode), [Mode.DEFAULT]),
    ],
)
def test_a_plan_is_approved_together_with_a_mode_that_the_policy_has(off: tuple[Mode, ...], modes: list[Mode]) -> None:
    now = Now(policy=Policy(modes_off=off), mode=Mode.PLAN, session_mode=Mode.PLAN)
    for number, mode in enumerate(modes, start=1):
        shown, answer, _ = asked(f"{number}\n", call(Propose(plan=PLAN)), now)
        assert "  | # Plan\n  |\n  | 1. Look.\n  | 2. Mend.\n" in shown
        assert f" {number} | {mode.value}: {MEANINGS[mode]}\n" in shown
        assert answer is not None
        assert (answer.decision.verdict, answer.mode) == (Verdict.ALLOW, mode)
    assert asked(f"{len(modes) + 1}\nq\n", call(Propose(plan=PLAN)), now)[1] is None


def test_planning_goes_on_with_or_without_a_reason() -> None:
    for typed, instead in (("n\n", ""), ("r\nshorter\n", "shorter")):
        _, answer, _ = asked(typed, call(Propose(plan=PLAN)))
        assert answer is not None
        assert (answer.decision.verdict, answer.decision.why) == (Verdict.DENY, GO_ON_PLANNING)
        assert (answer.decision.instead, answer.mode) == (instead, None)


@pytest.mark.parametrize("typed", ["q\n", "", "r\n", "y\n", "yes\nbypassPermissions\n", "\n" * TRIES, "11\n"])
def test_what_does_not_choose_a_mode_approves_no_plan(typed: str) -> None:
    assert asked(typed, call(Propose(plan=PLAN)))[1] is None


def test_a_long_plan_is_shown_in_part_and_the_rest_is_a_key_away() -> None:
    plan = "\n".join(f"{at}. do it" for at in range(100))
    shown, _, _ = asked("q\n", call(Propose(plan=plan)))
    assert f"[{100 - PREVIEW_LINES} more lines; s shows them]" in shown
    shown, answer, _ = asked("s\n1\n", call(Propose(plan=plan)))
    assert "  | 99. do it\n" in shown
    assert answer is not None
    assert answer.decision.verdict is Verdict.ALLOW


def test_a_tool_of_nobody_can_be_asked_about() -> None:
    action = call(Foreign(input_json='{"x": 1}'))
    decision = action.decide(Verdict.ASK, rung=Rung.MODE, why="Nothing is known about it.")
    shown, answer, _ = asked("y\n", action, None, decision)
    assert '  | {"x": 1}\n' in shown
    assert answer is not None


def test_typed_bytes_that_are_no_text_answer_nothing() -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\ny\n"), encoding="utf-8")
    action = shell("make")
    approver = TerminalApprover(nullcontext, typed, io.StringIO(), standing=Now, switch=lambda _: None)
    answer = approver.ask(action, action.decide(Verdict.ASK, rung=Rung.MODE, why="Why."))
    assert answer is None or answer.decision.verdict is Verdict.ALLOW


def test_a_rule_is_shown_whole_however_long_it_is() -> None:
    command = "frobnicate --now " + "x" * 300
    policy = msgspec.structs.replace(OFF, rules=(parse("Bash(ls)", Verdict.ALLOW, Source(layer=Layer.USER)),))
    shown, answer, _ = asked("a\ny\n", shell(command), Now(policy=policy))
    assert answer is not None
    (rule,) = answer.rules
    after = shown[shown.index("Remembered") :]
    pieces = [line[5:] for line in after.split("\n") if line.startswith((" 1 | ", "   : "))]
    assert plainly("".join(pieces)).startswith(plainly(f"allow {written(rule)}"))


# --- together with the engine -----------------------------------------------------------------------------------------

TASK = Task(
    prompt="Fix it.",
    workspace="/w",
    image="base",
    mode=Mode.DEFAULT,
    model="m",
    network=Network(),
    limits=Limits(),
    checks=(),
    env=(),
    artifacts=(),
)


def driven(typed: str, *replies: Reply, mode: Mode = Mode.DEFAULT) -> tuple[list[Event], str]:
    """Return what happened in a run with a person who types this, and what they were shown."""
    switch, output, journal = ModeSwitch(), io.StringIO(), ListSink()
    approver = TerminalApprover(
        nullcontext, io.StringIO(typed), output, standing=switch.run, switch=partial(switch.wish, by="a person")
    )
    doors = Doors(
        model=FakeModel(replies),
        sandbox=FakeSandbox(),
        store=FakeStore(),
        classifier=FakeClassifier(lambda _: Verdict.DENY),
        approver=approver,
        sinks=(journal, switch),
        hooks=(),
        mailbox=switch.take,
        resolve=str,
        clock=lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        shield=nullcontext,
    )
    task = msgspec.structs.replace(TASK, mode=mode)
    drive([], doors, first=RunStarted(run_id="r", task=task, runner_version="0", policy=OFF))
    return [entry.event for entry in journal.entries], output.getvalue()


def decisions(events: list[Event]) -> list[tuple[Verdict, Rung]]:
    return [(event.decision.verdict, event.decision.rung) for event in events if isinstance(event, Decided)]


DONE = reply(Text(text="Done."))


def test_a_call_is_judged_anew_in_the_mode_that_was_asked_for() -> None:
    touch = reply(bash("touch a", call_id="1"))
    events, _ = driven("m\n1\n", touch, DONE)
    assert ModeChanged(mode=Mode.ACCEPT_EDITS, by="a person") in events
    assert decisions(events) == [(Verdict.ASK, Rung.MODE), (Verdict.ALLOW, Rung.MODE)]
    assert not any(isinstance(event, Parked) for event in events)
    events, shown = driven("m\n2\ny\n", touch, DONE)
    assert "asked | Mode plan asks: it writes /workspace/a." in shown
    assert decisions(events) == [(Verdict.ASK, Rung.MODE), (Verdict.ASK, Rung.MODE), (Verdict.ALLOW, Rung.APPROVER)]
    events, _ = driven("m\n3\n", touch, DONE)
    assert decisions(events) == [(Verdict.ASK, Rung.MODE), (Verdict.DENY, Rung.MODE)]


def test_what_is_always_allowed_is_not_asked_about_again() -> None:
    first = reply(bash("npm test", call_id="1"), bash("npm test a", call_id="2"))
    later = reply(bash("npm test b", call_id="3"))
    events, shown = driven("a\ny\n", first, later, DONE)
    assert shown.count("-- Run this in the shell?") == 1
    assert sum(isinstance(event, ExecStarted) for event in events) == 3
    assert [written(rule) for event in events if isinstance(event, RulesAdded) for rule in event.rules] == [
        "Bash(npm test *)"
    ]


def test_an_approved_plan_goes_on_in_the_mode_that_was_chosen() -> None:
    plan = reply(ToolCall(id="1", tool="ExitPlanMode", input_json=json.dumps({"plan": PLAN})))
    events, _ = driven("2\n", plan, reply(bash("touch a", call_id="2")), DONE, mode=Mode.PLAN)
    assert [event.mode for event in events if isinstance(event, ModeChanged)] == [Mode.ACCEPT_EDITS]
    assert decisions(events)[-1] == (Verdict.ALLOW, Rung.MODE)


def test_the_model_gets_the_answer_to_its_question() -> None:
    call_ = ToolCall(id="1", tool="AskUserQuestion", input_json=json.dumps({"questions": [one()]}))
    events, _ = driven("2\n", reply(call_), DONE)
    assert [event.text for event in events if isinstance(event, Answered)] == ["Which?\n  Right"]
