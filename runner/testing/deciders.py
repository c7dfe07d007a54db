"""Fakes and contract suites for those who decide: classifier and approver."""

from collections.abc import Callable

import pytest

from runner.ports import Answer, Approver, Classifier
from runner.types import Action, Decision, Effects, Evidence, Exec, Rung, Verdict


def an_action(command: str = "make", call_id: str = "call-1") -> Action:
    """Return an action to be judged."""
    effects = Effects(opaque="what `make` does is not known")
    return Action(call_id=call_id, tool="bash", operation=Exec(command=command), effects=effects)


class FakeClassifier:
    """Answers what `verdict` says about each action; keeps what it was shown in `seen`."""

    def __init__(self, verdict: Callable[[Action], Verdict]) -> None:
        """Judge with this function."""
        self._verdict = verdict
        self.seen: list[Evidence] = []

    def judge(self, evidence: Evidence) -> tuple[Decision, ...]:
        """Return a decision for each action."""
        self.seen.append(evidence)
        why = "the fake classifier says so"
        return tuple(a.decide(self._verdict(a), rung=Rung.CLASSIFIER, why=why) for a in evidence.actions)


class FakeApprover:
    """Answers what `said` says: a verdict, a whole answer, or None for nobody. Keeps what it was asked in `asked`."""

    def __init__(self, said: Callable[[Action], Verdict | Answer | None]) -> None:
        """Answer with this function."""
        self._said = said
        self.asked: list[Action] = []

    def ask(self, action: Action, decision: Decision) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Return an answer, or None."""
        self.asked.append(action)
        said = self._said(action)
        return an_answer(action, said) if isinstance(said, Verdict) else said


def an_answer(action: Action, verdict: Verdict) -> Answer:
    """Return what a person says who has nothing to add."""
    return Answer(decision=action.decide(verdict, rung=Rung.APPROVER, why="the fake approver says so"))


class ClassifierContract:
    """What every `Classifier` does."""

    @pytest.fixture
    def classifier(self) -> Classifier:
        """Return a classifier that can reach its service."""
        raise NotImplementedError

    def test_it_answers_for_every_action_in_order(self, classifier: Classifier) -> None:
        actions = (an_action(call_id="a"), an_action(call_id="b"))
        decisions = classifier.judge(Evidence(prompt="Build it.", earlier=(), actions=actions))
        assert [decision.covers for decision in decisions] == [action.digest for action in actions]

    def test_it_never_hands_the_question_back(self, classifier: Classifier) -> None:
        (decision,) = classifier.judge(Evidence(prompt="Build it.", earlier=(), actions=(an_action(),)))
        assert decision.verdict is not Verdict.CLASSIFY
        assert decision.rung is Rung.CLASSIFIER


class ApproverContract:
    """What every `Approver` does."""

    @pytest.fixture
    def approver(self) -> Approver:
        """Return an approver whose person, if there is one, has typed an answer already."""
        raise NotImplementedError

    def test_it_answers_yes_or_no_about_this_action_or_not_at_all(self, approver: Approver) -> None:
        action = an_action()
        answer = approver.ask(action, action.decide(Verdict.ASK, rung=Rung.MODE, why="Mode default asks."))
        if answer is not None:
            assert answer.decision.verdict in {Verdict.ALLOW, Verdict.DENY}
            assert answer.decision.covers == action.digest
            assert answer.decision.rung is Rung.APPROVER
