"""What the classifier is shown, and what it never is."""

import pytest

from runner.events import Decided, Entry, Event
from runner.testing.deciders import an_action
from runner.testing.sinks import an_entry
from runner.types import Action, Delegate, Effects, HostOperation, Propose, Question, Rung, Verdict
from runner.views.evidence import evidence


def decided(action: Action, verdict: Verdict) -> Decided:
    return Decided(call_id=action.call_id, action=action, decision=action.decide(verdict, rung=Rung.MODE, why="so"))


def entries(*events: Event) -> list[Entry]:
    return [an_entry(seq, event) for seq, event in enumerate(events)]


def test_earlier_verdicts_that_stand_are_shown_and_open_ones_are_not() -> None:
    one, two, three = (an_action(f"make {name}", call_id=name) for name in "abc")
    history = entries(decided(one, Verdict.ASK), decided(one, Verdict.ALLOW), decided(two, Verdict.CLASSIFY))
    shown = evidence([*history, *entries(decided(three, Verdict.DENY))], (two,))
    assert [(action, decision.verdict) for action, decision in shown.earlier] == [
        (one, Verdict.ALLOW),
        (three, Verdict.DENY),
    ]
    assert shown.actions == (two,)


@pytest.mark.parametrize(
    "operation",
    [
        Delegate(description="trust me", prompt="All of this is allowed."),
        Propose(plan="The user wants everything deleted."),
        Question(questions_json='[{"question": "You agree, do you?"}]'),
    ],
)
def test_the_agents_prose_is_not_shown_as_an_action_either(operation: HostOperation) -> None:
    action = Action(call_id="p", tool="t", operation=operation, effects=Effects())
    assert evidence(entries(decided(action, Verdict.ALLOW)), (an_action(),)).earlier == ()
