"""Who answers for a person, and how a person is asked."""

import io
import os
import pty
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from runner.adapters.terminal_approver.approver import TerminalApprover
from runner.adapters.terminal_approver.dialogue import NO, TRIES, YES
from runner.adapters.terminal_approver.screen import REASON_CHARS
from runner.adapters.terminal_approver.sheet import PREVIEW_LINES
from runner.adapters.unattended_approver import UnattendedApprover
from runner.ports import Approver
from runner.testing.deciders import ApproverContract, an_action
from runner.types import (
    Action,
    Create,
    Decision,
    Effects,
    Exec,
    Insert,
    Mode,
    Policy,
    Propose,
    Question,
    Replace,
    Restart,
    Rung,
    Verdict,
    View,
)
from runner.views.visible import visible

OFF = Policy(modes_off=(Mode.AUTO,))


@dataclass(frozen=True)
class Now:
    """What a call was judged by."""

    policy: Policy = OFF
    mode: Mode = Mode.DEFAULT
    session_mode: Mode = Mode.DEFAULT


def person(
    typed: str | TextIO,
    output: TextIO | None = None,
    *,
    suspend: Callable[[], AbstractContextManager[None]] = nullcontext,
    now: Now | None = None,
    switch: Callable[[Mode], object] = lambda _: None,
) -> TerminalApprover:
    stream = io.StringIO(typed) if isinstance(typed, str) else typed
    return TerminalApprover(suspend, stream, output or io.StringIO(), standing=lambda: now or Now(), switch=switch)


def asking(action: Action, why: str = "Mode default asks: it writes.") -> Decision:
    return action.decide(Verdict.ASK, rung=Rung.MODE, why=why)


class TestParking(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return UnattendedApprover(park=True)


class TestDenying(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return UnattendedApprover(park=False)


class TestAPersonWhoSaysYes(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return person("y\n")


class TestAPersonWhoLeft(ApproverContract):
    @override
    @pytest.fixture
    def approver(self) -> Approver:
        return person("")


# --- nobody there -----------------------------------------------------------------------------------------------------


def test_an_unattended_run_parks_its_questions_or_is_denied_with_advice() -> None:
    action = an_action()
    assert UnattendedApprover(park=True).ask(action, asking(action)) is None
    answer = UnattendedApprover(park=False).ask(action, asking(action))
    assert answer is not None
    assert (answer.decision.verdict, answer.decision.rung) == (Verdict.DENY, Rung.APPROVER)
    assert answer.decision.why.startswith("Nobody is there to ask.")
    assert "final answer" in answer.decision.instead


@pytest.mark.parametrize(
    ("operation", "advice"),
    [
        (Propose(plan="First this."), "Give the plan as your final answer"),
        (Question(questions_json="[]"), "Decide yourself"),
    ],
)
def test_a_plan_or_a_question_without_anybody_there_has_advice_of_its_own(
    operation: Propose | Question, advice: str
) -> None:
    action = Action(call_id="c", tool="t", operation=operation, effects=Effects())
    assert UnattendedApprover(park=True).ask(action, asking(action)) is None
    answer = UnattendedApprover(park=False).ask(action, asking(action))
    assert answer is not None
    assert answer.decision.instead.startswith(advice)


# --- a person ---------------------------------------------------------------------------------------------------------


def ask(
    typed: str, action: Action | None = None, why: str = "Mode default asks: it writes."
) -> tuple[str, Decision | None]:
    output = io.StringIO()
    action = action or an_action()
    answer = person(typed, output).ask(action, asking(action, why))
    return output.getvalue(), None if answer is None else answer.decision


def test_yes_and_no_are_what_they_say() -> None:
    for typed in ("y\n", "Y\n", " yes \n", "y"):
        _, answer = ask(typed)
        assert answer is not None
        assert (answer.verdict, answer.why) == (Verdict.ALLOW, YES)
    for typed in ("n\n", "no\n", "NO\n"):
        _, answer = ask(typed)
        assert answer is not None
        assert (answer.verdict, answer.why, answer.instead) == (Verdict.DENY, NO, "")


def test_a_no_with_a_reason_hands_the_reason_to_the_model() -> None:
    _, answer = ask("r\n  use \x1b[1mthe venv\u202e instead \n")
    assert answer is not None
    assert (answer.verdict, answer.why) == (Verdict.DENY, NO)
    assert answer.instead == r"use \x1b[1mthe venv\u202e instead"
    _, answer = ask("r\n" + "x" * 10_000 + "\n")
    assert answer is not None
    assert len(answer.instead) == REASON_CHARS


@pytest.mark.parametrize("typed", ["q\n", "", "r\n", "maybe\n" * TRIES, "\n" * TRIES, "yy\n"])
def test_what_is_no_answer_parks_the_question(typed: str) -> None:
    assert ask(typed)[1] is None


@pytest.mark.parametrize("typed", ["\ny\n", "what\ny\n", "yesno\n\n\nyes\n"])
def test_what_is_no_answer_is_asked_again(typed: str) -> None:
    shown, answer = ask(typed)
    assert answer is not None
    assert answer.verdict is Verdict.ALLOW
    assert "Please answer with one of the keys." in shown


@given(st.text(max_size=6))
def test_only_a_clear_yes_is_a_yes(typed: str) -> None:
    _, answer = ask(f"{typed}\n")
    allowed = answer is not None and answer.verdict is Verdict.ALLOW
    first_clear = next((w for w in (line.strip().lower() for line in io.StringIO(f"{typed}\n")) if w in CLEAR), None)
    assert allowed == (first_clear in {"y", "yes"})


CLEAR = {"y", "yes", "n", "no", "r", "reason", "q", "quit"}


class Gone(io.StringIO):
    """A terminal that went away."""

    @override
    def readline(self, *_: object) -> str:  # type: ignore[override]  # typeshed has bytes above
        raise OSError(5, "Input/output error")

    @override
    def write(self, *_: object) -> int:
        raise OSError(5, "Input/output error")


def test_a_terminal_that_went_away_parks_the_question() -> None:
    action = an_action()
    assert person(Gone()).ask(action, asking(action)) is None
    assert person("y\n", Gone()).ask(action, asking(action)) is None


def test_the_view_is_still_while_it_asks_and_moves_again_whatever_happens() -> None:
    seen: list[str] = []

    @contextmanager
    def suspend() -> Iterator[None]:
        seen.append("still")
        try:
            yield
        finally:
            seen.append("moving")

    class Impatient(io.StringIO):
        @override
        def readline(self, *_: object) -> str:  # type: ignore[override]  # typeshed has bytes above
            seen.append("asked")
            raise KeyboardInterrupt

    action = an_action()
    with pytest.raises(KeyboardInterrupt):
        person(Impatient(), suspend=suspend).ask(action, asking(action))
    assert seen == ["still", "asked", "moving"]


# --- what is shown ----------------------------------------------------------------------------------------------------

OURS = re.compile(
    r"$|-- [A-Z][\w ,']*\? -*$|  [|:]( .*)?$|(would|risks|links|asked) \| |      \| |  \[[\d,]+ (more )?lines[;\w ]*\]$"
    r"|\[y\] yes(, once)?  .*\[n\] no  \[r\] no, with a reason  \[m\] change mode(  \[q\] stop and park > )?$"
    r"|\[q\] stop and park(  \[s\] show all)? > $"
)
"""Every line of a question begins in one of these ways; what a model said stands behind a bar."""


@given(st.text(max_size=300), st.text(max_size=60))
def test_a_command_is_shown_complete_and_cannot_look_like_the_question(command: str, why: str) -> None:
    operation = Exec(command=command.encode(errors="ignore").decode())
    effects = Effects(deletes=(operation.command,), opaque=operation.command)
    action = Action(call_id="c", tool="bash", operation=operation, effects=effects)
    shown, _ = ask("q\n", action, why.encode(errors="ignore").decode())
    lines = shown.split("\n")
    assert all(OURS.match(line) for line in lines), lines
    assert all(line.isprintable() for line in lines)
    assert all(sum(1 if char.isascii() else 2 for char in line) <= 80 for line in lines)
    pieces = [line[4:] for line in lines if line.startswith(("  |", "  :"))]
    assert "".join("".join(pieces).split()) == "".join(visible(operation.command).split())


def test_a_long_command_is_not_cut_and_says_how_long_it_is() -> None:
    command = "\n".join(f"step {number}" for number in range(500))
    shown, _ = ask("q\n", Action(call_id="c", tool="bash", operation=Exec(command=command), effects=Effects()))
    assert all(f"  | step {number}\n" in shown for number in range(500))
    assert "[500 lines; the first is further up]" in shown
    assert "show all" not in shown


def edit(operation: Create | Insert | Replace | View | Restart) -> Action:
    return Action(call_id="c", tool="edit", operation=operation, effects=Effects(writes=("/workspace/a.py",)))


def test_an_edit_is_shown_as_what_goes_and_what_comes() -> None:
    shown, _ = ask("q\n", edit(Replace(path="/workspace/a.py", old="a\nb\nc", new="a\nB\nc")))
    assert "-- Edit this file? -" in shown
    assert "  | /workspace/a.py\n  |\n  |  a\n  | -b\n  | +B\n  |  c\n" in shown
    assert "would | write /workspace/a.py\n" in shown
    assert "asked | Mode default asks: it writes. [the mode]\n" in shown


def test_a_large_edit_is_shown_without_comparing() -> None:
    old, new = "\n".join("ab" * 2000), "\n".join("ba" * 2000)
    shown, _ = ask("s\nq\n", edit(Replace(path="/workspace/a.py", old=old, new=new)))
    assert shown.count("\n  | -") >= 4000
    assert shown.count("\n  | +") >= 4000


@pytest.mark.parametrize(
    "operation",
    [
        Create(path="/workspace/a.py", text="".join(f"line {n}\n" for n in range(100))),
        Insert(path="/workspace/a.py", after_line=0, text="".join(f"line {n}\n" for n in range(100))),
    ],
    ids=["create", "insert"],
)
def test_a_long_content_is_shown_in_part_says_so_and_is_a_key_away(operation: Create | Insert) -> None:
    shown, _ = ask("q\n", edit(operation))
    assert "+line 30\n" in shown
    assert "+line 99\n" not in shown
    assert f"[{102 - PREVIEW_LINES} more lines; s shows them]" in shown
    assert "[s] show all" in shown
    shown, answer = ask("s\ny\n", edit(operation))
    assert "+line 99\n" in shown
    assert answer is not None
    assert answer.verdict is Verdict.ALLOW


def test_looking_and_restarting_can_be_asked_about_too() -> None:
    assert "-- Show this, lines 3 to the end? -" in ask("q\n", edit(View(path="/etc/passwd", first_line=3)))[0]
    assert "  | /etc/passwd\n" in ask("q\n", edit(View(path="/etc/passwd")))[0]
    assert "-- End the shell with all it started, and begin a new one? -" in ask("q\n", edit(Restart()))[0]


def test_a_stream_that_cannot_show_a_character_shows_its_number() -> None:
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    action = an_action("echo ü")
    person("q\n", output).ask(action, asking(action))
    assert rb"  | echo \xfc" in raw.getvalue()


# --- a real terminal --------------------------------------------------------------------------------------------------


def test_what_was_typed_before_the_question_answers_nothing() -> None:
    typist, terminal = pty.openpty()
    os.write(typist, b"y\ny\ny\n")  # typed ahead, meant for something else
    action = an_action()

    def answer_when_asked() -> None:
        shown = b""
        while b"park" not in shown:
            shown += os.read(typist, 4096)
        os.write(typist, b"n\n")

    thread = threading.Thread(target=answer_when_asked, daemon=True)
    with open(terminal, closefd=False) as typed, open(terminal, "w", closefd=False) as shown:
        thread.start()
        answer = person(typed, shown).ask(action, asking(action))
    thread.join(10)
    os.close(typist)
    os.close(terminal)
    assert answer is not None
    assert answer.decision.verdict is Verdict.DENY
