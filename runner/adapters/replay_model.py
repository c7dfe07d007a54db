r"""A recorded model: no key, no network, no cost, the same answers every time. And the recorder that makes one.

Rules that live here and nowhere else:

* A recording is a text file to be read and edited by people, one JSON object a line, named `replay:FILE` as a model.
  Blank lines and lines that begin with `#` are passed over. The first object is the header, each further one a reply:

      {"replay": 1, "model": "claude-opus-5-5"}
      {"blocks": [{"type": "text", "text": "I look first."},
                  {"type": "tool_use", "tool": "bash", "input": {"command": "ls"}}]}
      {"expect": "README", "blocks": [{"type": "text", "text": "Done."}]}

  (each on one line). A reply may leave out `stop`, `usage`, `model` and the ids of its calls.
* The n-th reply answers the run that has had n-1 replies, those of subagents counted: the transcript tells how many
  it holds and how many stand elsewhere. That is a function of the transcript and of nothing else, so a run that was
  killed resumes where it was.
* `expect` must occur in what the model was last told, or the replay ends with an error: a demonstration must not go on
  as if nothing had happened when the run has taken another way.
* A replayed reply reports the tokens that were recorded and a spend of 0, since nothing is spent.
* The recorder never overwrites what is not the recording of the same run.

Not promised: that a recording fits a task it was not made for; nothing but `expect` looks at what was said.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from runner.errors import ModelError, UsageError
from runner.ports import Model, ModelTurn, Transcript, UserTurn, Watch
from runner.types import Block, Reply, StopReason, Text, ToolCall, Usage, Verbatim

PREFIX = "replay:"
"""A model of this name is a recording; the rest is its path."""

VERSION = 1
"""Version of the file format."""

_FORMAT_HINT = 'A recording begins with {"replay": 1, "model": "NAME"}; each further line is a reply with its blocks.'


_NO_INPUT = msgspec.Raw()


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    replay: int
    model: str


class _TextLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="text", tag_field="type"):
    text: str


class _CallLine(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="tool_use", tag_field="type"
):
    """`input` is a JSON object; `input_json` stands in its place where the model wrote something else."""

    tool: str
    id: str = ""
    input: msgspec.Raw = _NO_INPUT
    input_json: str | None = None


class _VerbatimLine(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="verbatim", tag_field="type"
):
    block: msgspec.Raw
    text: str = ""


class _ReplyLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    blocks: tuple[_TextLine | _CallLine | _VerbatimLine, ...]
    expect: str = ""
    stop: StopReason | None = None
    model: str = ""
    usage: Usage = Usage()


class ReplayModel:
    """The Model door onto a recording."""

    def __init__(self, path: Path, watch: Watch) -> None:
        """Read the whole recording.

        Raises:
            UsageError: it cannot be read or is not a recording; says which line.
        """
        self._name = path.name
        self._watch = watch
        lines = _numbered(_read(path))
        _, model = _header(path, next(lines, None))
        self._replies: list[tuple[Reply, str]] = []
        ids: set[str] = set()
        for number, line in lines:
            parsed = _parsed(path, number, line)
            blocks = _blocks(parsed, len(self._replies) + 1, path, number)
            for block in blocks:
                if isinstance(block, ToolCall):
                    if block.id in ids:
                        raise _unusable(path, number, "the id of a tool call occurs twice")
                    ids.add(block.id)
            self._replies.append((_reply(parsed, blocks, model), parsed.expect))

    def reply(self, transcript: Transcript) -> Reply:
        """Return the recorded answer to a transcript with that many replies. See the port."""
        began = time.monotonic()
        number = replies_before(transcript) + 1
        if number > len(self._replies):
            raise ModelError(
                f"the recording {self._name} holds {len(self._replies)} replies and all of them are used",
                hint="Add a reply to the file. A run ends with a reply that makes no tool call.",
            )
        reply, expect = self._replies[number - 1]
        if expect not in _last_told(transcript):
            raise ModelError(
                f"the replay diverged at reply {number}: what the model was told before it does not hold {expect!r}",
                hint="The run went another way than the recorded one. Correct `expect` in the file, or record anew.",
            )
        self._watch(f"replaying reply {number} of {len(self._replies)}")
        return msgspec.structs.replace(reply, took_ms=round((time.monotonic() - began) * 1000))


class RecordingModel:
    """A Model that passes everything on to another one and writes its replies into a recording, each at once."""

    def __init__(self, inner: Model, path: Path) -> None:
        """Create the file, or look at it if there is one already: a resumed run goes on in it.

        Raises:
            UsageError: the file cannot be written, or exists and is not a recording.
        """
        self._inner = inner
        self._path = path
        try:
            path.open("ab").close()
        except OSError as error:
            raise UsageError(f"{path} cannot be recorded to: {error.strerror}", hint="Choose another file.") from error
        data = _read(path)
        self._ends = _ends(path, data) if data.strip() else []

    def reply(self, transcript: Transcript) -> Reply:
        """Return the other model's reply, which is in the file by then. See the port.

        Raises:
            ModelError: also when the file holds another run, or cannot be written; then `usage` holds the cost.
        """
        earlier = replies_before(transcript)
        self._check(earlier)
        reply = self._inner.reply(transcript)
        try:
            self._write(reply, earlier)
        except OSError as error:
            raise ModelError(
                f"the reply cannot be recorded in {self._path}: {error.strerror}",
                hint="Free space or choose another file, then resume the run.",
                usage=reply.usage,
            ) from error
        return reply

    def _check(self, earlier: int) -> None:
        """Refuse before anything is paid for. One reply too many is what a killed run leaves behind."""
        recorded = max(0, len(self._ends) - 1)
        if recorded == earlier or (earlier and recorded == earlier + 1):
            return
        raise ModelError(
            f"{self._path} holds {recorded} replies but the run has had {earlier}: it is not this run's recording",
            hint="Choose a file that does not exist yet, when the run begins.",
        )

    def _write(self, reply: Reply, earlier: int) -> None:
        """Put the reply behind the first `earlier` ones; what stands there already goes."""
        new = (
            b""
            if self._ends
            else msgspec.json.encode(_Header(replay=VERSION, model=reply.model.removeprefix(PREFIX))) + b"\n"
        )
        header_bytes = len(new)
        new += msgspec.json.encode(_line(reply)) + b"\n"
        keep_bytes = self._ends[earlier] if self._ends else 0
        with self._path.open("r+b" if self._ends else "wb") as file:
            file.truncate(keep_bytes)
            file.seek(keep_bytes)
            if keep_bytes and not self._ends_with_newline(keep_bytes):
                file.write(b"\n")
            file.write(new)
            end = file.tell()
        self._ends = [*(self._ends[: earlier + 1] or [header_bytes]), end]

    def _ends_with_newline(self, size_bytes: int) -> bool:
        with self._path.open("rb") as file:
            file.seek(size_bytes - 1)
            return file.read(1) == b"\n"


def replies_before(transcript: Transcript) -> int:
    """Return how many replies the run has had.

    A reply without blocks leaves no turn of the model, only the user turn that follows it: two of those in a row.
    """
    turns = transcript.turns
    unseen = sum(
        isinstance(before, UserTurn) and isinstance(after, UserTurn) for before, after in itertools.pairwise(turns)
    )
    return transcript.elsewhere + unseen + sum(isinstance(turn, ModelTurn) for turn in turns)


def _last_told(transcript: Transcript) -> str:
    """Return the text of the last user turn."""
    turn = next((turn for turn in reversed(transcript.turns) if isinstance(turn, UserTurn)), UserTurn())
    return "\n".join([*(result.text for result in turn.results), turn.text])


# --- from lines to replies --------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the recording {path} cannot be read: {error.strerror}", hint="Check the path after `replay:`."
        ) from error


def _numbered(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that say something, with their numbers from 1. A byte order mark is passed over."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        text = line.strip()
        if text and not text.startswith(b"#"):
            yield number, text


def _unusable(path: Path, number: int, why: object) -> UsageError:
    return UsageError(f"{path}, line {number}: {why}", hint=_FORMAT_HINT)


def _header(path: Path, first: tuple[int, bytes] | None) -> tuple[int, str]:
    """Return the header's line number and the recorded model's name."""
    number, line = first or (1, b"")
    try:
        header = msgspec.json.decode(line, type=_Header)
    except msgspec.MsgspecError as error:
        raise _unusable(path, number, f"not the header of a recording: {error}") from error
    if header.replay != VERSION:
        raise _unusable(path, number, f"version {header.replay} of the format is not known, only {VERSION}")
    return number, header.model


def _parsed(path: Path, number: int, line: bytes) -> _ReplyLine:
    try:
        return msgspec.json.decode(line, type=_ReplyLine)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable(path, number, f"not a reply: {error}") from error


def _blocks(line: _ReplyLine, order: int, path: Path, number: int) -> tuple[Block, ...]:
    """Return the blocks a line stands for; a call without an id gets one made of the places of reply and block."""
    blocks: list[Block] = []
    for place, block in enumerate(line.blocks, start=1):
        match block:
            case _TextLine(text=text):
                blocks.append(Text(text=text))
            case _VerbatimLine(block=raw, text=text):
                blocks.append(Verbatim(block_json=bytes(raw).decode(), text=text))
            case _CallLine(tool=tool, id=call_id):
                input_json = _input_json(block)
                if input_json is None:
                    raise _unusable(path, number, "a tool call needs `input`, a JSON object")
                blocks.append(ToolCall(id=call_id or f"call_{order}_{place}", tool=tool, input_json=input_json))
    return tuple(blocks)


def _reply(line: _ReplyLine, blocks: tuple[Block, ...], model: str) -> Reply:
    usual = StopReason.TOOL_USE if any(isinstance(block, ToolCall) for block in blocks) else StopReason.END_TURN
    return Reply(
        blocks=blocks,
        stop=line.stop or usual,
        model=PREFIX + (line.model or model),
        usage=msgspec.structs.replace(line.usage, spend_musd=0),
        took_ms=0,
    )


def _input_json(line: _CallLine) -> str | None:
    """Return the input of a recorded call, or None when it has none, two, or one that is no object."""
    given = bytes(line.input).decode()
    if line.input_json is not None:
        return None if given else line.input_json
    return given if given.startswith("{") else None


# --- from replies to lines --------------------------------------------------------------------------------------------


def _line(reply: Reply) -> _ReplyLine:
    return _ReplyLine(
        blocks=tuple(_block_line(block) for block in reply.blocks),
        stop=reply.stop,
        model=reply.model.removeprefix(PREFIX),
        usage=reply.usage,
    )


def _block_line(block: Block) -> _TextLine | _CallLine | _VerbatimLine:
    match block:
        case Text(text=text):
            return _TextLine(text=text)
        case Verbatim(block_json=block_json, text=text):
            return _VerbatimLine(block=_one_line(block_json), text=text)
        case ToolCall(id=call_id, tool=tool, input_json=input_json):
            if _is_object(input_json):
                return _CallLine(tool=tool, id=call_id, input=_one_line(input_json))
            return _CallLine(tool=tool, id=call_id, input_json=input_json)


def _one_line(json_text: str) -> msgspec.Raw:
    """Return JSON as one line. Line breaks can only stand between its tokens, where a space means the same."""
    return msgspec.Raw(json_text.replace("\n", " ").replace("\r", " ").strip().encode())


def _is_object(json_text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(json_text), dict)
    except (msgspec.MsgspecError, RecursionError):
        return False


def _ends(path: Path, data: bytes) -> list[int]:
    """Return where the header and each reply of an existing recording end, in bytes from the file's beginning.

    A last line that is no reply and has no line break was cut by a crash; it counts as not there.
    """
    lines = _numbered(data)
    numbers = [_header(path, next(lines, None))[0]]
    for number, line in lines:
        torn = number > data.count(b"\n")
        try:
            _parsed(path, number, line)
        except UsageError:
            if torn:
                break
            raise
        numbers.append(number)
    starts = [0]
    for row in data.split(b"\n"):
        starts.append(starts[-1] + len(row) + 1)
    return [min(starts[number], len(data)) for number in numbers]
