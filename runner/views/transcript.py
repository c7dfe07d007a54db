"""What the model sees of a conversation: what it was told to do, its own words, and one result for each of its calls.

Rules that live here and nowhere else:

* A later transcript of a conversation begins with the earlier one, up to and including the last reply: nothing the
  model has answered to is ever rewritten, so the prefix stays cached and signed thinking stays valid.
* Every call gets exactly one result. What is worth knowing beside it (a new box, a cut output, what a hook adds) is
  said inside it, because words beside results teach a model to stop early.
* A denial tells why and what to do instead.
* A subagent sees its own conversation alone, and the one that began it sees nothing of it but the result.
* What a hook says is told in the user's name: hooks are the user's. Their commands are not named.

Not promised: that it fits into the model's window.
"""

from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from runner.events import (
    Answered,
    BoxStarted,
    Decided,
    Delegated,
    Entry,
    Event,
    ExecEnded,
    Hooked,
    ModeChanged,
    Rejected,
    Replied,
    Resumed,
    Returned,
    RolledBack,
    RunStarted,
)
from runner.ports import ModelTurn, ToolResult, Transcript, UserTurn
from runner.types import (
    Decision,
    End,
    Execution,
    Mode,
    Occasion,
    Purpose,
    Reply,
    StopReason,
    Task,
    Text,
    Verdict,
)
from runner.views.visible import shorten

SYSTEM = """\
You work alone on a task, in a throwaway Linux container. Nobody reads along, and there may be nobody to ask.

- The workspace is {workspace}. It is a private copy of the user's directory: what you leave there is your result, \
handed over as a patch. Nothing outside it survives.
{box}
- When the task is done, answer with a short summary and no tool call. {checks}{plan}"""

SUBAGENT = """\
You are a subagent: another agent works on a task in a throwaway Linux container and hands you a part of it. Nobody \
reads along; you cannot ask anybody.

- The workspace is {workspace}. What you leave there is part of the result. The agent that began you waits until you \
are done.
{box}
- When you are done, answer without a tool call. That answer is all that comes back: report in it what was asked, and \
what you could not do.{plan}"""

BOX = """\
- The `bash` tool is one persistent shell: directory, variables, functions and background jobs last between calls. \
Its standard input is empty, so programs that ask get nothing. A command is killed after {exec_s} seconds.
- The root file system is read-only; /tmp and your home are small and in memory. {network}
- Long output is cut in the middle; the full text is then in a file you are told.
- Every call is judged before it runs. When one is denied, the reason is final: do not try the same in other words; \
take another way, or say in your final answer what you could not do.
- The workspace is saved around every call. A call that was interrupted is undone and you are told."""

NO_NETWORK = "There is no network."
CHECKS = "Then these commands are run in a fresh container on your result, and each must succeed:\n{commands}"
PLAN = (
    "\n\nThis is a planning run: nothing may be changed until a plan is approved. Read what you need, then hand your "
    "plan over with ExitPlanMode. If it is not approved because nobody is there, answer with the plan and end."
)
SUBAGENT_PLAN = "\n\nThe run is in mode plan: nothing may be changed. Read what you need and report."

NEW_BOX = (
    "[the container was replaced: processes, shell state and files outside the workspace are gone; "
    "the workspace is as the last completed call left it]"
)
UNDONE = (
    "This call was interrupted and its end was never seen. The workspace was put back to what it was before the call. "
    "Nothing was run again. Check the state before you repeat it."
)
NEW_MODE = "[the permission mode is {mode} from now on: {meaning}]"
CHANGED = "[the user's policy put other arguments in the place of yours: {input_json}]"
HOOK = "[the user's policy adds: {text}]"
HOOK_OBJECTS = "[the user's policy says about this call: {text}]"
OBJECTION = "You are not done yet, says the user's policy: {text}"
OTHER_MODE = "[the mode {wish} was asked for the subagent; it worked in mode {mode}]"
EMPTY = Text(text="(empty answer)")
GO_ON = "Go on with the task. If it is done, answer with a short summary and no tool call."
CUT_OFF = "Your answer was cut off at the output limit. Go on, in smaller steps."

MODES = {
    Mode.DEFAULT: "what goes beyond reading is asked about",
    Mode.ACCEPT_EDITS: "editing files of the workspace is allowed",
    Mode.PLAN: "nothing may be changed; read what you need and hand a plan over with ExitPlanMode",
    Mode.AUTO: "every call that is not plainly harmless is looked at before it runs",
    Mode.DONT_ASK: "what is not allowed beforehand is denied",
    Mode.BYPASS: "calls are not asked about",
}
SUBAGENT_MODES = {Mode.PLAN: "nothing may be changed; read what you need and report"}


@dataclass(slots=True)
class _Conversation:
    """A conversation while it is being written.

    Attributes:
        call_id: the call that began it; empty for the run's own.
        wish: the mode that was asked for it.
        mode, told_mode: the one it is in, and the one the model knows of.
        reply: the last one; `results`: of its calls so far; `beside`: what is to be said inside these; `changed`: the
            arguments that took the place of the model's.
        notes: what is to be said at the next opportunity.
        objections: why it may not end yet.
        replies: how many there were.
    """

    system: str
    prompt: str
    mode: Mode
    told_mode: Mode
    call_id: str = ""
    wish: Mode | None = None
    turns: list[UserTurn | ModelTurn] = field(default_factory=list)
    reply: Reply | None = None
    results: dict[str, ToolResult] = field(default_factory=dict)
    beside: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    replies: int = 0

    def hear(self, reply: Reply) -> None:
        """Close the user's turn and open the next."""
        said = self.told()
        self.turns += [*said, _model_turn(reply)]
        if said:
            self.notes, self.told_mode = [], self.mode
        self.reply, self.results, self.beside, self.changed, self.objections = reply, {}, {}, {}, []
        self.replies += 1

    def told(self) -> list[UserTurn]:
        """Return what stands between the last reply and the next one."""
        notes = [*self.notes, *self._new_mode()]
        if self.reply is None:
            return [UserTurn(text="\n\n".join([self.prompt, *notes]))]
        if self.reply.calls:
            answers = [self._answer(call.id) for call in self.reply.calls if call.id in self.results]
            return [UserTurn(results=(*answers[:-1], _with(answers[-1], notes)))] if answers else []
        match self.reply.stop:
            case StopReason.PAUSE_TURN:
                return []
            case StopReason.MAX_TOKENS:
                words = [CUT_OFF]
            case _:
                words = [OBJECTION.format(text=text) for text in self.objections] or [GO_ON]
        return [UserTurn(text="\n\n".join([*words, *notes]))]

    def say(self, call_id: str | None, text: str) -> None:
        """Have something told, inside the result of a call if it is about one. Twice the same is told once."""
        notes = self.notes if call_id is None else self.beside.setdefault(call_id, [])
        if text not in notes:
            notes.append(text)

    def _answer(self, call_id: str) -> ToolResult:
        changed = [CHANGED.format(input_json=shorten(self.changed[call_id], 1000))] if call_id in self.changed else []
        return _with(self.results[call_id], [*changed, *self.beside.get(call_id, [])])

    def _new_mode(self) -> list[str]:
        if self.mode is self.told_mode:
            return []
        meaning = SUBAGENT_MODES.get(self.mode, MODES[self.mode]) if self.call_id else MODES[self.mode]
        return [NEW_MODE.format(mode=self.mode.value, meaning=meaning)]


def transcript(entries: list[Entry], *, workspace: str) -> Transcript:
    """Return what the model is shown after these entries: the conversation that goes on. Cost: one pass.

    Args:
        entries: the run so far; every call of every reply but the last of a conversation is answered.
        workspace: absolute box path of the workspace.
    """
    task: Task | None = None
    open_: list[_Conversation] = []
    replies = boxes = 0
    for entry in entries:
        match entry.event:
            case RunStarted(task=task):
                system = system_prompt(task, workspace=workspace)
                open_ = [_Conversation(system=system, prompt=task.prompt, mode=task.mode, told_mode=task.mode)]
            case ModeChanged(mode=mode) | Resumed(mode=mode):
                _in_mode(open_, mode)
            case BoxStarted(box=box) if box.purpose is Purpose.WORK:
                boxes += 1
                for one in open_:
                    if boxes > 1 and one.reply is not None:
                        one.say(None, NEW_BOX)
            case Delegated() as begun if task is not None:
                open_.append(_begun(begun, task, workspace))
            case Returned(call_id=call_id, text=text, is_error=is_error):
                done = open_.pop()
                open_[-1].results[call_id] = ToolResult(call_id=call_id, text=text, is_error=is_error)
                if done.wish not in {None, done.told_mode}:
                    open_[-1].say(call_id, OTHER_MODE.format(wish=done.wish.value, mode=done.told_mode.value))
            case Replied(reply=reply):
                replies += 1
                open_[-1].hear(reply)
            case event:
                for one in open_[-1:]:
                    _note(one, event)
    if not open_:
        return Transcript(system="", turns=())
    now = open_[-1]
    turns = (*now.turns, *now.told())
    return Transcript(system=now.system, turns=turns, elsewhere=replies - now.replies)


def system_prompt(task: Task, *, workspace: str) -> str:
    """Return what the model is told about its situation. It depends on the task alone, so it never changes in a run."""
    commands = "\n".join(f"- {check.name}: {check.command}" for check in task.checks)
    return SYSTEM.format(
        workspace=workspace,
        box=_box(task),
        checks=CHECKS.format(commands=commands) if commands else "",
        plan=PLAN if task.mode is Mode.PLAN else "",
    )


def _box(task: Task) -> str:
    hosts = ", ".join(task.network.allowed)
    return BOX.format(exec_s=task.limits.exec_s, network=f"Reachable hosts: {hosts}." if hosts else NO_NETWORK)


def _begun(begun: Delegated, task: Task, workspace: str) -> _Conversation:
    plan = SUBAGENT_PLAN if begun.mode is Mode.PLAN else ""
    return _Conversation(
        system=SUBAGENT.format(workspace=workspace, box=_box(task), plan=plan),
        prompt=begun.operation.prompt,
        mode=begun.mode,
        told_mode=begun.mode,
        call_id=begun.call_id,
        wish=begun.operation.mode,
    )


def _in_mode(conversations: list[_Conversation], mode: Mode) -> None:
    """Put the run into a mode, and each subagent into what becomes of it."""
    for one in conversations:
        mode = mode.delegated(one.wish)
        one.mode = mode


def _model_turn(reply: Reply) -> ModelTurn:
    """Return the reply as it is sent back. The API takes no empty text and no empty turn, and turns must alternate."""
    blocks = tuple(block for block in reply.blocks if not (isinstance(block, Text) and not block.text.strip()))
    return ModelTurn(blocks=blocks or (EMPTY,))


def _with(result: ToolResult, notes: list[str]) -> ToolResult:
    return msgspec.structs.replace(result, text="\n\n".join([result.text, *notes])) if notes else result


def _note(conversation: _Conversation, event: Event) -> None:
    """Take down what an event says about the calls of this conversation."""
    if (result := _result(event)) is not None:
        conversation.results[result.call_id] = result
    match event:
        case Decided(call_id=call_id, input_json=None):
            conversation.changed.pop(call_id, None)
        case Decided(call_id=call_id, input_json=str() as input_json):
            conversation.changed[call_id] = input_json
        case Hooked():
            _note_hook(conversation, event)
        case _:
            pass


def _note_hook(conversation: _Conversation, said: Hooked) -> None:
    """Take down what a hook wants the model to know. Its verdict on a call is the call's result already."""
    if said.context:
        conversation.say(said.call_id, HOOK.format(text=said.context))
    denied = said.verdict is Verdict.DENY
    if denied and said.occasion is Occasion.AFTER:
        conversation.say(said.call_id, HOOK_OBJECTS.format(text=said.why))
    if denied and said.occasion is Occasion.STOP and not said.failed and said.why not in conversation.objections:
        conversation.objections.append(said.why)


def _result(event: Event) -> ToolResult | None:
    match event:
        case Rejected(call_id=call_id, why=why):
            return ToolResult(call_id=call_id, text=why, is_error=True)
        case Decided(call_id=call_id, decision=decision) if decision.verdict is Verdict.DENY:
            return ToolResult(call_id=call_id, text=refusal_text(decision), is_error=True)
        case ExecEnded(call_id=call_id, execution=execution) if execution.end is not End.LOST:
            return ToolResult(call_id=call_id, text=execution_text(execution), is_error=_is_error(execution))
        case Answered(call_id=call_id, text=text):
            return ToolResult(call_id=call_id, text=text, is_error=False)
        case RolledBack(call_id=call_id):
            return ToolResult(call_id=call_id, text=UNDONE, is_error=True)
        case _:
            return None


def refusal_text(decision: Decision) -> str:
    """Return what the model reads instead of a result: the denial, its reason, what to do instead."""
    instead = f" Instead: {decision.instead}" if decision.instead else ""
    return f"Denied, nothing ran. {decision.why}{instead}"


def _is_error(execution: Execution) -> bool:
    """Whether the tool failed. A command that merely exits with non-zero has not: its code is the answer."""
    return execution.end is not End.EXITED or (execution.cwd is None and execution.exit_code != 0)


def execution_text(execution: Execution) -> str:
    """Return what the model reads of an execution: output, then what must be known about how it ended."""
    lines = [execution.output.rstrip("\n")] if execution.output.strip() else []
    match execution.end:
        case End.EXITED if execution.exit_code and execution.cwd is not None:
            lines.append(f"[exit code {execution.exit_code}]")
        case End.EXITED:
            pass
        case End.TIMEOUT:
            took = f"{execution.took_ms / 1000:.0f} seconds"
            lines.append(f"[did not finish within {took}; it and everything it started was killed]")
        case End.KILLED:
            code = "" if execution.exit_code is None else f", exit code {execution.exit_code}"
            lines.append(f"[killed{code}]")
        case End.LOST:
            lines.append("[the container vanished]")
        case _:
            assert_never(execution.end)
    if execution.out_of_memory:
        lines.append("[the container's memory limit was reached and the kernel killed a process]")
    if execution.session_restarted:
        lines.append("[the shell ended; a new one was started: variables, functions and background jobs are gone]")
    return "\n".join(lines) or "[no output]"
