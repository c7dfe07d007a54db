"""The fake model keeps the same promises as a real one."""

from collections.abc import Callable, Sequence

import pytest

from runner.errors import ModelError
from runner.ports import Model, Transcript
from runner.testing.model import BEGINNING, FakeModel, ModelContract, answer, bash, reply
from runner.types import Reply, Text


class TestFakeModel(ModelContract):
    @pytest.fixture
    def scripted(self) -> Callable[[Sequence[Reply]], Model]:
        return FakeModel


def test_it_keeps_what_it_was_shown() -> None:
    said = reply(bash("ls", call_id="a"))
    model = FakeModel([said, reply(Text(text="Done."))])
    later = answer(BEGINNING, model.reply(BEGINNING))
    model.reply(later)
    assert model.transcripts == [BEGINNING, later]


def test_an_error_in_the_script_is_raised_and_the_next_line_follows() -> None:
    model = FakeModel([ModelError("down", hint="wait"), reply(Text(text="Done."))])
    with pytest.raises(ModelError, match="down"):
        model.reply(BEGINNING)
    assert model.reply(BEGINNING).text == "Done."


def test_a_script_can_be_a_function_of_the_transcript() -> None:
    def speak(transcript: Transcript) -> Reply:
        return reply(Text(text=f"{len(transcript.turns)} turns"))

    model = FakeModel(speak)
    assert model.reply(BEGINNING).text == "1 turns"
    assert model.reply(answer(BEGINNING, reply(Text(text="So.")))).text == "3 turns"
