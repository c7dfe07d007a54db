"""What the model sees of a run: the task, its own words, and one result for each of its calls.

Rules that live here and nowhere else:

* A later transcript begins with the earlier one, up to and including the last reply: nothing the model has answered
  to is ever rewritten, so the prefix stays cached and signed thinking stays valid.
* Every call gets exactly one result. What is worth knowing beside it (a new box, a cut output) is said inside it,
  because words beside results teach a model to stop early.
* A denial tells why and what to do instead.

Not promised: that it fits into the model's window.
"""

from typing import assert_never

import msgspec

from runner.events import BoxStarted, Decided, Entry, ExecEnded, Rejected, Replied, RolledBack, RunStarted
from runner.ports import ModelTurn, ToolResult, Transcript, UserTurn
from runner.types import Decision, End, Execution, Purpose, Reply, StopReason, Task, Text, Verdict

SYSTEM = """\
You work alone on a task, in a throwaway Linux container. Nobody reads along; nobody can answer questions.

- The workspace is {workspace}. It is a private copy of the user's directory: what you leave there is your result, \
handed over as a patch. Nothing outside it survives.
- The `bash` tool is one persistent shell: directory, variables, functions and background jobs last between calls. \
Its standard input is empty, so programs that ask get nothing. A command is killed after {exec_s} seconds.
- The root file system is read-only; /tmp and your home are small and in memory. {network}
- Long output is cut in the middle; the full text is then in a file you are told.
- Every call is judged before it runs. When one is denied, the reason is final: do not try the same in other words; \
take another way, or say in your final answer what you could not do.
- The workspace is saved around every call. A call that was interrupted is undone and you are told.
- When the task is done, answer with a short summary and no tool call. {checks}{plan}"""

NO_NETWORK = "There is no network."
CHECKS = "Then these commands are run in a fresh container on your result, and each must succeed:\n{commands}"
PLAN = "\n\nThis is a planning run: nothing can be changed. Read what you need and answer with a plan."

NEW_BOX = (
    "[the container was replaced: processes, shell state and files outside the workspace are gone; "
    "the workspace is as the last completed call left it]"
)
UNDONE = (
    "This call was interrupted and its end was never seen. The workspace was put back to what it was before the call. "
    "Nothing was run again. Check the state before you repeat it."
)
EMPTY = Text(text="(empty answer)")
GO_ON = "Go on with the task. If it is done, answer with a short summary and no tool call."
CUT_OFF = "Your answer was cut off at the output limit. Go on, in smaller steps."


def transcript(entries: list[Entry], *, workspace: str) -> Transcript:
    """Return what the model is shown after these entries. Cost: one pass.

    Args:
        entries: the run so far; every call of every reply but the last is answered.
        workspace: absolute box path of the workspace.
    """
    system = ""
    turns: list[UserTurn | ModelTurn] = []
    reply: Reply | None = None
    results: dict[str, ToolResult] = {}
    boxes = 0
    notes: list[str] = []
    for entry in entries:
        match entry.event:
            case RunStarted(task=task):
                system = system_prompt(task, workspace=workspace)
                turns.append(UserTurn(text=task.prompt))
            case BoxStarted(box=box) if box.purpose is Purpose.WORK:
                boxes += 1
                notes += [NEW_BOX] if boxes > 1 and NEW_BOX not in notes else []
            case Replied(reply=said):
                turns += _user_turns(reply, results, notes)
                turns.append(_model_turn(said))
                reply, results, notes = said, {}, []
            case event:
                if (result := _result(event)) is not None:
                    results[result.call_id] = result
    turns += _user_turns(reply, results, notes)
    return Transcript(system=system, turns=tuple(turns))


def system_prompt(task: Task, *, workspace: str) -> str:
    """Return what the model is told about its situation. It depends on the task alone, so it never changes in a run."""
    commands = "\n".join(f"- {check.name}: {check.command}" for check in task.checks)
    return SYSTEM.format(
        workspace=workspace,
        exec_s=task.limits.exec_s,
        network=f"Reachable hosts: {', '.join(task.network.allowed)}." if task.network.allowed else NO_NETWORK,
        checks=CHECKS.format(commands=commands) if commands else "",
        plan=PLAN if task.mode.value == "plan" else "",
    )


def _model_turn(reply: Reply) -> ModelTurn:
    """Return the reply as it is sent back. The API takes no empty text and no empty turn, and turns must alternate."""
    blocks = tuple(block for block in reply.blocks if not (isinstance(block, Text) and not block.text.strip()))
    return ModelTurn(blocks=blocks or (EMPTY,))


def _user_turns(reply: Reply | None, results: dict[str, ToolResult], notes: list[str]) -> list[UserTurn]:
    """Return what stands between a reply and the next one."""
    if reply is None:
        return []
    if reply.calls:
        answers = [results[call.id] for call in reply.calls if call.id in results]
        if notes and answers:
            last = answers[-1]
            answers[-1] = msgspec.structs.replace(last, text="\n\n".join([last.text, *notes]))
        return [UserTurn(results=tuple(answers))] if answers else []
    match reply.stop:
        case StopReason.PAUSE_TURN:
            return []
        case StopReason.MAX_TOKENS:
            return [UserTurn(text="\n\n".join([CUT_OFF, *notes]))]
        case _:
            return [UserTurn(text="\n\n".join([GO_ON, *notes]))]


def _result(event: object) -> ToolResult | None:
    match event:
        case Rejected(call_id=call_id, why=why):
            return ToolResult(call_id=call_id, text=why, is_error=True)
        case Decided(call_id=call_id, decision=decision) if decision.verdict is Verdict.DENY:
            return ToolResult(call_id=call_id, text=refusal_text(decision), is_error=True)
        case ExecEnded(call_id=call_id, execution=execution) if execution.end is not End.LOST:
            return ToolResult(call_id=call_id, text=execution_text(execution), is_error=_is_error(execution))
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
