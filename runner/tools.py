"""The tool table: which tools the model has, and what a call of one means.

Rules that live here and nowhere else:

* The shell and the editor are the Messages API's own, schema-less tools. The others are ordinary ones, under the names
  and with the parameters that they have in the Agent SDK.
* A call becomes an `Action` or is rejected with a sentence for the model; it is read exactly once.
* Paths become absolute box paths here, lexically; `resolve` then tells where they really are.
* Only the run's own conversation can ask the user something or hand over a plan, and subagents are nested `DEPTH` deep.
* Answers in the arguments of a question are dropped: the model cannot answer for the user.

What a shell command does is not known here, nor what lies in the workspace: both are handed in as functions.
"""

import posixpath
from collections.abc import Callable
from typing import TypeVar

import msgspec

from runner.types import (
    Action,
    Create,
    Delegate,
    Effects,
    Exec,
    FileOperation,
    Insert,
    Mode,
    Operation,
    Propose,
    Question,
    Replace,
    Restart,
    ToolCall,
    View,
    Word,
)

BASH = "bash"
EDITOR = "str_replace_based_edit_tool"
QUESTION, PLAN, AGENT = "AskUserQuestion", "ExitPlanMode", "Agent"

COMMAND_BYTES = 1024 * 1024
"""Longest shell command, in bytes; longer ones belong in a file. Our choice: bash reads 1 MB in about 0.1 s."""

DEPTH = 3
"""So many subagents may be at work inside one another. Source: the Agent SDK."""

QUESTIONS, OPTIONS, HEADER_CHARS = (1, 4), (2, 4), 12
"""How many questions, and options of one, there may be, and how long its header. Source: the Agent SDK."""

PRIMARY = frozenset({"command", "path"})
"""Parameters that no rule can name, because rules have better words for them. Source: the Agent SDK."""

Analyse = Callable[[str, str], Effects]
"""From a shell command and the working directory to its effects."""

Resolve = Callable[[str], str | None]
"""From an absolute box path to where it really is; None: it leads round in a circle, or cannot be followed."""

T = TypeVar("T", bound=Word)


class Tool(Word, frozen=True, kw_only=True):
    """A tool as the model is told of it.

    Attributes:
        name: what it is called.
        kind: the Messages API's type of a tool of its own; empty for an ordinary one.
        description, schema_json: of an ordinary one; the schema is that of its arguments.
    """

    name: str
    kind: str = ""
    description: str = ""
    schema_json: str = ""


class Rejection(Exception):
    """The call is no action. `str()` is a sentence for the model."""


class BashInput(Word, frozen=True, kw_only=True):
    """Arguments of `bash`."""

    command: str | None = None
    restart: bool = False


class EditorInput(Word, frozen=True, kw_only=True):
    """Arguments of the editor, all commands together."""

    command: str
    path: str
    view_range: tuple[int, int] | None = None
    old_str: str | None = None
    new_str: str | None = None
    file_text: str | None = None
    insert_line: int | None = None
    insert_text: str | None = None


class Option(Word, frozen=True, kw_only=True):
    """One possible answer."""

    label: str
    description: str = ""


class Asked(Word, frozen=True, kw_only=True, rename={"multi_select": "multiSelect"}):
    """One question with its possible answers; people may always say something else."""

    question: str
    header: str
    options: tuple[Option, ...]
    multi_select: bool = False


class QuestionInput(Word, frozen=True, kw_only=True):
    """Arguments of `AskUserQuestion`."""

    questions: tuple[Asked, ...]


class PlanInput(Word, frozen=True, kw_only=True):
    """Arguments of `ExitPlanMode`."""

    plan: str


class AgentInput(Word, frozen=True, kw_only=True):
    """Arguments of `Agent`."""

    description: str
    prompt: str
    mode: Mode | None = None


class _Answers(Word, frozen=True, kw_only=True):
    """What whoever answers a question puts beside it."""

    answers: dict[str, str | list[str]] = msgspec.field(default_factory=dict)
    response: str = ""


# --- what the model is told of them -----------------------------------------------------------------------------------

_QUESTION_TEXT = """\
Ask the user something that you cannot find out, when a wrong guess would make your work useless. One to four \
questions, each with two to four options; the user may also answer in other words. If nobody is there to answer, you \
are told so: then decide yourself and say in your final answer what you assumed. Not for having a plan approved."""

_PLAN_TEXT = """\
Hand your plan over for approval. Only in mode plan, when you know what to do; write the plan so that somebody who has \
not followed you can judge it. If it is approved, you may carry it out; if not, you are told why."""

_AGENT_TEXT = """\
Let a subagent work on a part of the task, in this same container and workspace. It is told nothing but your prompt, \
so say everything it needs to know, and what it is to report; its last words are your result. It cannot ask the user \
anything. It works while you wait."""


def _schema(properties: dict[str, object], *required: str) -> str:
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return msgspec.json.encode(schema).decode()


_ASKED = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "description": "The question, complete."},
        "header": {"type": "string", "description": f"A label of at most {HEADER_CHARS} characters."},
        "options": {
            "type": "array",
            "minItems": OPTIONS[0],
            "maxItems": OPTIONS[1],
            "items": {
                "type": "object",
                "properties": {
                    "label": {"type": "string", "description": "The answer in a few words."},
                    "description": {"type": "string", "description": "What it means."},
                },
                "required": ["label", "description"],
                "additionalProperties": False,
            },
        },
        "multiSelect": {"type": "boolean", "description": "Whether several options may be chosen."},
    },
    "required": ["question", "header", "options", "multiSelect"],
    "additionalProperties": False,
}

TOOLS = (
    Tool(name=BASH, kind="bash_20250124"),
    Tool(name=EDITOR, kind="text_editor_20250728"),
    Tool(
        name=QUESTION,
        description=_QUESTION_TEXT,
        schema_json=_schema(
            {"questions": {"type": "array", "minItems": QUESTIONS[0], "maxItems": QUESTIONS[1], "items": _ASKED}},
            "questions",
        ),
    ),
    Tool(name=PLAN, description=_PLAN_TEXT, schema_json=_schema({"plan": {"type": "string"}}, "plan")),
    Tool(
        name=AGENT,
        description=_AGENT_TEXT,
        schema_json=_schema(
            {
                "description": {"type": "string", "description": "What it is to do, in three to five words."},
                "prompt": {"type": "string", "description": "All that it is told."},
                "mode": {
                    "type": "string",
                    "enum": [mode.value for mode in Mode],
                    "description": "A stricter permission mode for it; left out: yours.",
                },
            },
            "description",
            "prompt",
        ),
    ),
)
"""Every tool the model is given, in this order in every request of a run. Source of the first two: the Messages API's
tool reference, as of 2026."""


# --- from a call to an action -----------------------------------------------------------------------------------------


def _itself(path: str) -> str:
    return path


def compile_call(
    call: ToolCall,
    *,
    cwd: str,
    workspace: str,
    analyse: Analyse,
    resolve: Resolve = _itself,
    depth: int = 0,
    planning: bool = True,
) -> Action:
    """Return what the call would do.

    Args:
        call: as the model made it.
        cwd: the shell's working directory, absolute; what a command's relative paths start from.
        workspace: what the editor's relative paths start from, absolute.
        analyse: tells what a shell command does.
        resolve: tells where a path really is.
        depth: how many subagents the call stands in.
        planning: whether the run is in mode plan, so that there is something to approve.

    Raises:
        Rejection: unknown tool, an argument is missing, of a wrong type or out of range, or not in this place.
    """
    operation = _operation(call, workspace, depth=depth, planning=planning)
    effects = effects_of(operation, cwd=cwd, analyse=analyse, resolve=resolve)
    if effects.opaque is not None and isinstance(operation, FileOperation):
        raise Rejection(f"Nothing was done: {effects.opaque}. They lead round in a circle, or out of reach.")
    return Action(
        call_id=call.id, tool=call.tool, operation=operation, effects=effects, parameters=_parameters(call.input_json)
    )


def effects_of(operation: Operation, *, cwd: str, analyse: Analyse, resolve: Resolve) -> Effects:
    """Return what an operation of a call would do now, with the real places of all paths it names.

    Args:
        operation: one that `compile_call` made.
        cwd: the shell's working directory, absolute.
        analyse: tells what a shell command does.
        resolve: tells where a path really is.
    """
    match operation:
        case Exec(command=command):
            return linked(analyse(command, cwd), resolve)
        case View(path=path):
            return linked(Effects(reads=(path,)), resolve)
        case Create(path=path) | Replace(path=path) | Insert(path=path):
            return linked(Effects(reads=(path,), writes=(path,)), resolve)
        case _:
            return Effects()


def linked(effects: Effects, resolve: Resolve) -> Effects:
    """Return the effects with the real place of every named path that leads elsewhere; opaque if one leads nowhere.

    Links that a shell pattern would match are not known; those above its first wildcard are.
    """
    parts = tuple(msgspec.structs.replace(part, effects=linked(part.effects, resolve)) for part in effects.parts)
    paths = dict.fromkeys((*effects.reads, *effects.writes, *effects.deletes))
    places = {path: resolve(path) for path in paths}
    lost = next((path for path, place in places.items() if place is None), None)
    why = effects.opaque or (f"the links of {lost} cannot be followed" if lost is not None else None)
    links = tuple((path, place) for path, place in places.items() if place is not None and place != path)
    return msgspec.structs.replace(effects, opaque=why, links=links, parts=parts)


def _operation(call: ToolCall, workspace: str, *, depth: int, planning: bool) -> Operation:
    if call.tool == BASH:
        return _bash(_arguments(call, BashInput))
    if call.tool == EDITOR:
        given = _arguments(call, EditorInput)
        return _file_operation(given, _absolute(given.path, workspace))
    if call.tool == QUESTION:
        if depth:
            raise Rejection("A subagent cannot ask the user. Decide yourself, and report what you assumed.")
        return _question(_arguments(call, QuestionInput))
    if call.tool == PLAN:
        if depth:
            raise Rejection("A subagent has no plan to hand over. Report it as your result.")
        if not planning:
            raise Rejection("The run is not in mode plan, so there is nothing to approve. Go on with the task.")
        return Propose(plan=_words(_arguments(call, PlanInput).plan, PLAN, "plan"))
    if call.tool == AGENT:
        if depth >= DEPTH:
            raise Rejection(f"Subagents may be nested {DEPTH} deep, and this one is. Do it yourself.")
        return _delegate(_arguments(call, AgentInput))
    raise Rejection(f"There is no tool `{call.tool}`. There are: {', '.join(tool.name for tool in TOOLS)}.")


def _arguments(call: ToolCall, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(call.input_json, type=shape)
    except msgspec.MsgspecError as error:
        raise Rejection(f"The arguments of `{call.tool}` are wrong: {error}.") from error
    except RecursionError:
        raise Rejection(f"The arguments of `{call.tool}` are nested too deeply.") from None


def _parameters(input_json: str) -> tuple[tuple[str, str], ...]:
    """Return the scalar arguments that a rule can name, as text: numbers, `true` and `false` as JSON writes them."""
    given = msgspec.json.decode(input_json, type=dict[str, object])
    return tuple(
        (name, value if isinstance(value, str) else msgspec.json.encode(value).decode())
        for name, value in given.items()
        if name not in PRIMARY and isinstance(value, str | int | float)
    )


def _bash(given: BashInput) -> Exec | Restart:
    if given.restart:
        return Restart()
    if given.command is None:
        raise Rejection("`bash` needs `command`, or `restart: true`.")
    if "\0" in given.command:
        raise Rejection("A shell command cannot hold a NUL byte.")
    try:
        size = len(given.command.encode())
    except UnicodeEncodeError:
        raise Rejection("The command holds a lone surrogate, which is no text.") from None
    if size > COMMAND_BYTES:
        raise Rejection(f"The command is longer than {COMMAND_BYTES:,} bytes. Put it in a file and run that.")
    return Exec(command=given.command)


def _file_operation(given: EditorInput, path: str) -> FileOperation:
    match given.command:
        case "view":
            return _view(given, path)
        case "create":
            return Create(path=path, text=_text(given.file_text, "create", "file_text"))
        case "str_replace":
            old = _text(given.old_str, "str_replace", "old_str")
            if not old:
                raise Rejection("`old_str` is empty; use `create` to write a file or `insert` to add lines.")
            return Replace(path=path, old=old, new=_text(given.new_str or "", "str_replace", "new_str"))
        case "insert":
            if given.insert_line is None or given.insert_line < 0:
                raise Rejection("`insert` needs `insert_line`, 0 or more.")
            text = _text(given.insert_text, "insert", "insert_text")
            return Insert(path=path, after_line=given.insert_line, text=text)
        case other:
            raise Rejection(f"There is no editor command `{other}`. There are: view, create, str_replace, insert.")


def _view(given: EditorInput, path: str) -> View:
    if given.view_range is None:
        return View(path=path)
    first, last = given.view_range
    if first < 1 or (last != -1 and last < first):
        raise Rejection("`view_range` is [first, last], counted from 1; last may be -1 for the end of the file.")
    return View(path=path, first_line=first, last_line=None if last == -1 else last)


def _question(given: QuestionInput) -> Question:
    """Return the questions once they are what people can be asked."""
    asked = given.questions
    if not QUESTIONS[0] <= len(asked) <= QUESTIONS[1]:
        raise Rejection(f"Ask {QUESTIONS[0]} to {QUESTIONS[1]} questions at a time, not {len(asked)}.")
    if len({one.question for one in asked}) < len(asked):
        raise Rejection("Two questions are the same.")
    for one in asked:
        _words(one.question, QUESTION, "question")
        _words(one.header, QUESTION, "header")
        labels = [_words(option.label, QUESTION, "label") for option in one.options]
        if len(one.header) > HEADER_CHARS:
            raise Rejection(f"The header `{one.header}` is longer than {HEADER_CHARS} characters.")
        if not OPTIONS[0] <= len(labels) <= OPTIONS[1]:
            raise Rejection(f"A question has {OPTIONS[0]} to {OPTIONS[1]} options, not {len(labels)}.")
        if len(set(labels)) < len(labels):
            raise Rejection("Two options of a question have the same label.")
    return Question(questions_json=msgspec.json.encode(asked).decode())


def _delegate(given: AgentInput) -> Delegate:
    description = _words(given.description, AGENT, "description")
    return Delegate(description=description, prompt=_words(given.prompt, AGENT, "prompt"), mode=given.mode)


def answers_in(input_json: str) -> str:
    """Return the answers that whoever was asked put beside the questions, as text for the model; empty for none.

    Args:
        input_json: arguments of `AskUserQuestion` with `answers`, a map from question to label, or `response`.
    """
    try:
        given = msgspec.json.decode(input_json, type=_Answers)
    except (msgspec.MsgspecError, RecursionError):
        return ""
    chosen = ((asked, [said] if isinstance(said, str) else said) for asked, said in given.answers.items())
    return "\n".join([*(f"{asked}\n  {', '.join(said)}" for asked, said in chosen), given.response]).strip()


def _words(value: str, command: str, name: str) -> str:
    if not value.strip():
        raise Rejection(f"`{name}` of `{command}` is empty.")
    return _text(value, command, name)


def _text(value: str | None, command: str, name: str) -> str:
    if value is None:
        raise Rejection(f"`{command}` needs `{name}`.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Rejection(f"`{name}` holds a lone surrogate, which is no text.") from None
    return value


def _absolute(path: str, workspace: str) -> str:
    if not path or "\0" in path:
        raise Rejection("`path` is empty or holds a NUL byte.")
    _text(path, "editor", "path")
    joined = posixpath.normpath(posixpath.join(workspace, path))
    return "/" + joined.lstrip("/")  # normpath keeps a double slash at the front
