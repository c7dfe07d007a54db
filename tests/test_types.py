import itertools

import msgspec
import pytest

from runner.testing.deciders import an_action
from runner.types import Permit, Reply, Rung, StopReason, ToolCall, Usage, Verdict


def test_verdicts_are_ordered_by_strictness_so_that_combining_is_max() -> None:
    order = [Verdict.ALLOW, Verdict.CLASSIFY, Verdict.ASK, Verdict.DENY]
    for milder, stricter in itertools.combinations(order, 2):
        assert milder < stricter
        assert max(milder, stricter) is max(stricter, milder) is stricter


def test_verdicts_go_to_disk_by_name() -> None:
    assert msgspec.json.encode(Verdict.CLASSIFY) == b'"classify"'


def test_a_permit_needs_an_allow() -> None:
    action = an_action()
    for verdict in set(Verdict) - {Verdict.ALLOW}:
        with pytest.raises(ValueError, match="needs an ALLOW"):
            Permit(action=action, decision=action.decide(verdict, rung=Rung.MODE, why="."))


def test_a_permit_covers_exactly_its_action() -> None:
    action, other = an_action("make"), an_action("make install")
    allow = action.decide(Verdict.ALLOW, rung=Rung.MODE, why=".")
    assert Permit(action=action, decision=allow).action is action
    with pytest.raises(ValueError, match="another action"):
        Permit(action=other, decision=allow)


def test_a_permit_does_not_cover_the_same_command_in_another_call() -> None:
    allow = an_action(call_id="one").decide(Verdict.ALLOW, rung=Rung.MODE, why=".")
    with pytest.raises(ValueError, match="another action"):
        Permit(action=an_action(call_id="two"), decision=allow)


def test_a_permit_read_from_disk_is_checked_too() -> None:
    action = an_action()
    permit = Permit(action=action, decision=action.decide(Verdict.ALLOW, rung=Rung.MODE, why="."))
    forged = msgspec.json.encode(permit).replace(b'"allow"', b'"deny"')
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(forged, type=Permit)


def test_two_calls_of_a_reply_cannot_share_an_id() -> None:
    call = ToolCall(id="x", tool="bash", input_json="{}")
    with pytest.raises(ValueError, match="same id"):
        Reply(blocks=(call, call), stop=StopReason.TOOL_USE, model="m", usage=Usage(), took_ms=0)


def test_words_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        an_action().tool = "other"  # type: ignore[misc] # that is the claim
