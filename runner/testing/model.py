"""A fake model, and what every model must do.

`FakeModel` answers from a script or from a function of the transcript. `ModelContract` is run on it, on a recording
and on the real adapter in front of a scripted service.
"""

import json
from collections.abc import Callable, Iterable, Sequence

import msgspec
import pytest

from runner.errors import ModelError
from runner.ports import Model, ModelTurn, ToolResult, Transcript, UserTurn
from runner.types import Block, Reply, StopReason, Text, ToolCall, Usage, Verbatim

Script = Iterable[Reply | ModelError] | Callable[[Transcript], Reply]
"""What a fake model says: one entry per request, or whatever a function makes of the transcript."""


class FakeModel:
    """A Model that says what it is told to say. `transcripts` holds everything it was shown, in order."""

    def __init__(self, script: Script) -> None:
        """Begin at the script's beginning. A script that is a function may raise a ModelError itself."""
        self.transcripts: list[Transcript] = []
        self._speak = script if callable(script) else None
        self._lines = iter(()) if callable(script) else iter(script)

    def reply(self, transcript: Transcript) -> Reply:
        """Return the next line of the script; raise it if it is an error, or a ModelError when there is none left."""
        self.transcripts.append(transcript)
        if self._speak is not None:
            return self._speak(transcript)
        line = next(self._lines, None)
        if line is None:
            raise ModelError("the fake model's script is at its end", hint="Write more lines.")
        if isinstance(line, ModelError):
            raise line
        return line


def reply(*blocks: Block, stop: StopReason | None = None, usage: Usage | None = None) -> Reply:
    """Return a reply of these blocks, which stopped as such replies do unless told otherwise."""
    usual = StopReason.TOOL_USE if any(isinstance(block, ToolCall) for block in blocks) else StopReason.END_TURN
    return Reply(blocks=blocks, stop=stop or usual, model="claude-opus-5-5", usage=usage or Usage(), took_ms=0)


def bash(command: str, *, call_id: str) -> ToolCall:
    """Return a call of the shell."""
    return ToolCall(id=call_id, tool="bash", input_json=json.dumps({"command": command}))


def answer(transcript: Transcript, said: Reply, text: str = "ok") -> Transcript:
    """Return the transcript after a reply whose calls were all answered with `text`; without calls, it is the words."""
    turns: list[UserTurn | ModelTurn] = [ModelTurn(blocks=said.blocks)] if said.blocks else []
    results = tuple(ToolResult(call_id=call.id, text=text, is_error=False) for call in said.calls)
    turns.append(UserTurn(results=results) if results else UserTurn(text=text))
    return Transcript(system=transcript.system, turns=(*transcript.turns, *turns))


BEGINNING = Transcript(system="You work alone.", turns=(UserTurn(text="Make it work."),))

THOUGHT = Verbatim(block_json='{"type":"thinking","thinking":"Hm.","signature":"c2ln"}', text="Hm.")


class ModelContract:
    """What the door promises. A subclass brings the fixture `scripted`: from replies to a model that gives them.

    They come in their order. Past the end of its script the model fails.
    """

    def test_replies_come_back_as_they_were_said(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        said = reply(THOUGHT, Text(text="I look."), bash("ls", call_id="a"), bash("pwd", call_id="b"))
        got = scripted([said]).reply(BEGINNING)
        assert [type(block) for block in got.blocks] == [type(block) for block in said.blocks]
        assert got.text == said.text
        assert got.calls == said.calls
        assert got.stop is StopReason.TOOL_USE
        assert got.model
        assert got.took_ms >= 0

    def test_opaque_blocks_come_back_with_the_same_content(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        opaque = Verbatim(block_json='{"type":"redacted_thinking","data":"c2VjcmV0"}', text="")
        got = scripted([reply(THOUGHT, opaque, Text(text="Done."))]).reply(BEGINNING)
        verbatim = [block for block in got.blocks if isinstance(block, Verbatim)]
        assert [json.loads(block.block_json) for block in verbatim] == [
            json.loads(block.block_json) for block in (THOUGHT, opaque)
        ]
        assert [block.text for block in verbatim] == ["Hm.", ""]

    def test_every_call_is_a_whole_json_object(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        got = scripted([reply(bash('echo "ü\n\\"', call_id="a"))]).reply(BEGINNING)
        assert json.loads(got.calls[0].input_json) == {"command": 'echo "ü\n\\"'}

    def test_a_conversation_goes_on(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        script = [
            reply(Text(text="One."), bash("ls", call_id="a"), bash("pwd", call_id="b")),
            reply(bash("make", call_id="c")),
            reply(Text(text="Done.")),
        ]
        model, transcript = scripted(script), BEGINNING
        for said in script:
            got = model.reply(transcript)
            assert (got.text, got.calls, got.stop) == (said.text, said.calls, said.stop)
            transcript = answer(transcript, got)

    def test_a_pause_is_continued(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        model = scripted([reply(Text(text="Wait."), stop=StopReason.PAUSE_TURN), reply(Text(text="Done."))])
        paused = model.reply(BEGINNING)
        assert paused.stop is StopReason.PAUSE_TURN
        turns = (*BEGINNING.turns, ModelTurn(blocks=paused.blocks))
        assert model.reply(Transcript(system=BEGINNING.system, turns=turns)).text == "Done."

    def test_a_reply_may_be_empty(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        model = scripted([reply(), reply(Text(text="Done."))])
        assert model.reply(BEGINNING).blocks == ()
        assert model.reply(answer(BEGINNING, reply(), "Go on.")).text == "Done."

    @pytest.mark.parametrize("stop", [stop for stop in StopReason if stop is not StopReason.TOOL_USE])
    def test_every_stop_reason_comes_through(
        self, scripted: Callable[[Sequence[Reply]], Model], stop: StopReason
    ) -> None:
        assert scripted([reply(Text(text="So."), stop=stop)]).reply(BEGINNING).stop is stop

    def test_all_tokens_are_counted(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        usage = Usage(input_tokens=3, output_tokens=5, cache_read_tokens=7, cache_write_tokens=11)
        got = scripted([reply(Text(text="Done."), usage=usage)]).reply(BEGINNING).usage
        assert msgspec.structs.replace(got, spend_musd=0) == usage
        assert got.spend_musd >= 0

    def test_failing_is_a_model_error_that_says_what_to_do(self, scripted: Callable[[Sequence[Reply]], Model]) -> None:
        with pytest.raises(ModelError) as caught:
            scripted([]).reply(BEGINNING)
        assert str(caught.value)
        assert caught.value.hint
