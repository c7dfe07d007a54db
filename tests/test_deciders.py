"""The fakes keep the contracts they stand in for."""

import pytest

from runner.adapters.absent_classifier import AbsentClassifier
from runner.errors import ClassifierError
from runner.testing.deciders import ApproverContract, ClassifierContract, FakeApprover, FakeClassifier, an_action
from runner.testing.sinks import ListSink, SinkContract
from runner.types import Evidence, Verdict


class TestFakeClassifier(ClassifierContract):
    @pytest.fixture
    def classifier(self) -> FakeClassifier:
        return FakeClassifier(lambda _action: Verdict.DENY)


class TestFakeApprover(ApproverContract):
    @pytest.fixture(params=[Verdict.ALLOW, Verdict.DENY, None])
    def approver(self, request: pytest.FixtureRequest) -> FakeApprover:
        return FakeApprover(lambda _action: request.param)


class TestListSink(SinkContract):
    @pytest.fixture
    def sink(self) -> ListSink:
        return ListSink()


def test_no_classifier_is_an_outage_and_never_a_denial() -> None:
    with pytest.raises(ClassifierError):
        AbsentClassifier().judge(Evidence(prompt="", earlier=(), actions=(an_action(),)))
