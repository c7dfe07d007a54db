"""Asks a function of the user's: `can_use_tool`, as the Agent SDK names it.

    def can_use_tool(tool: str, arguments: dict, request: Request) -> Allow | Deny | None

Rules that live here and nowhere else:

* The function is told the call as people know it (`Bash`, `Read`, `Write`, `Edit`, ...), as it would be done.
* Changed arguments come back in the same form; they are compiled and judged again, and deny rules still hold.
* It may be `async`, and may answer with what the Agent SDK's functions answer with: a `PermissionResultAllow` or
  `PermissionResultDeny`, or a dict of that shape.
* None is no answer: the question goes to whoever answers for a person who is not there.
* Anything else it returns, and whatever it raises, is an error, which the engine takes for a denial. So is a rule that
  can never match: it would be asked about again for ever.

Theory of operation: each call of the function has a thread of its own, so that a run can be stopped while the function
waits for somebody. It may take as long as it likes; that time does not count.

Not promised: that a function which nobody waits for any more is ended. A thread cannot be killed; its answer is thrown
away.
"""

import asyncio
import contextvars
import inspect
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

import msgspec

from runner.errors import UsageError
from runner.policy.hook_io import answered_text
from runner.policy.published import published
from runner.policy.rule_checks import check
from runner.policy.rules import Command, Files, meaning, parse, written
from runner.ports import Answer, Approver, Moment
from runner.taskfile import mode_of
from runner.types import (
    WORKSPACE,
    Action,
    Create,
    Decision,
    Delegate,
    Effects,
    Exec,
    Foreign,
    Insert,
    Layer,
    Mode,
    Occasion,
    Operation,
    Policy,
    Probe,
    Propose,
    Question,
    Replace,
    Restart,
    Rule,
    Rung,
    Source,
    Verdict,
    View,
)

PIECE_S = 0.1
"""How long the wait for an answer may keep an interruption back. Our choice: what a person takes for at once."""

YES = "The program that runs this task said yes."
NO = "The program that runs this task said no."

SOURCE = Source(layer=Layer.SESSION, root=WORKSPACE)
"""Where rules stand that a program adds; a leading slash in them means the workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is known about the call that is asked about.

    Attributes:
        why: why it is asked.
        effects: what it would do, as far as that can be told.
        suggestions: allow rules that would settle it and its like from now on, to be given back in `Allow`.
        tool_use_id: names the call in the run's record.
    """

    why: str
    effects: Effects
    suggestions: tuple[str, ...] = ()
    tool_use_id: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    """Let it run.

    Attributes:
        updated_input: arguments to use instead; None: as they are.
        rules: allow rules, such as `Bash(npm test *)`, for the rest of the run.
        mode: the mode the run goes on in; None: as it is.
        text: the answer to a question the model asked.
    """

    updated_input: Mapping[str, object] | None = None
    rules: tuple[str, ...] = ()
    mode: Mode | str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not let it run. `message` is told to the model; `interrupt` ends the run."""

    message: str = ""
    interrupt: bool = False


CanUseTool = Callable[[str, dict[str, Any], Request], Any]
"""From the tool's name, its arguments and what else is known to `Allow`, `Deny` or None, or to an awaitable of these.
The result is `Any` because the Agent SDK's own results, which are no types of ours, are understood too."""

Suggest = Callable[[Action], tuple[str, ...]]
"""From an action to rules that would allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackApprover:
    """Asks the function about every question.

    Attributes:
        can_use_tool: the function.
        otherwise: who is asked where it has no answer.
        suggest: what it may be told to remember.
    """

    can_use_tool: CanUseTool
    otherwise: Approver
    suggest: Suggest = field(default=lambda _action: ())

    def ask(self, action: Action, decision: Decision) -> Answer | None:
        """Return what the function says.

        Raises:
            TypeError: it returned something that is no answer.
            UsageError: it wants a rule or a mode that cannot be.
            Exception: whatever it raised.
        """
        name, shown = published(action.tool, msgspec.json.encode(_fields(action.operation)).decode())
        begun_s = time.monotonic()
        request = Request(
            why=decision.why,
            effects=action.effects,
            suggestions=self.suggest(action),
            tool_use_id=action.call_id,
        )
        said = _called(self.can_use_tool, name, msgspec.json.decode(shown, type=dict[str, object]), request)

        def decide(verdict: Verdict, why: str) -> Decision:
            latency_ms = round((time.monotonic() - begun_s) * 1000)
            return action.decide(verdict, rung=Rung.APPROVER, why=why, latency_ms=latency_ms)

        match said:
            case None:
                return self.otherwise.ask(action, decision)
            case Deny(message=message, interrupt=interrupt):
                return Answer(decision=decide(Verdict.DENY, message or NO), stop=interrupt)
            case Allow(mode=mode):
                return Answer(
                    decision=decide(Verdict.ALLOW, YES),
                    input_json=_input_json(said.updated_input),
                    text=said.text,
                    rules=session_rules(said.rules, Verdict.ALLOW),
                    mode=mode_of(mode) if isinstance(mode, str) else mode,
                )
            case _:
                return _as_the_sdk_says(said, action, decide)


def session_rules(texts: str | Iterable[str], verdict: Verdict) -> tuple[Rule, ...]:
    """Return the rules that a program adds while a run goes on.

    Args:
        texts: one or several, each `Tool` or `Tool(specifier)`; a leading slash in a path means the workspace.
        verdict: ALLOW, ASK or DENY.

    Raises:
        UsageError: one of them can never match, or is about a tool that does not exist.
    """
    given: tuple[object, ...] = (texts,) if isinstance(texts, str) else tuple(texts)
    rules = tuple(_parsed(text, verdict) for text in given)
    policy = Policy()
    for rule in rules:
        meant = meaning(rule, workspace=policy.workspace, home=policy.home)
        problems = check(msgspec.structs.replace(policy, rules=(rule,)))
        if problems and not isinstance(meant, Command | Files):  # those mean something, if not always what was meant
            raise UsageError(
                f"the rule `{written(rule)}` cannot be added: {problems[0].sentence}", hint=problems[0].hint
            )
    return rules


def _parsed(text: object, verdict: Verdict) -> Rule:
    if not isinstance(text, str):
        raise UsageError(f"{text!r} is no rule", hint="Write rules as texts, such as 'Bash(npm test *)'.")
    return parse(text, verdict, SOURCE)


# --- calling the function ---------------------------------------------------------------------------------------------


class _Failed(Exception):
    """The function wanted to end more than itself. `str()` says how."""


def _called(function: CanUseTool, name: str, arguments: dict[str, object], request: Request) -> object:
    """Return what the function returns; what it raises is raised here."""
    over = threading.Event()
    returned: list[object] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            said = function(name, arguments, request)
            returned.append(asyncio.run(_awaited(said)) if inspect.isawaitable(said) else said)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            raised.append(error)
        finally:
            over.set()

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="can_use_tool", daemon=True).start()
    while not over.wait(PIECE_S):
        pass
    match raised:
        case [Exception() as error]:
            raise error
        case [error]:  # an exit, say: here it would end the thread that drives the run, and nobody else
            raise _Failed(f"can_use_tool raised {type(error).__name__}") from error
        case _:
            return returned[0]


async def _awaited(said: Awaitable[object]) -> object:
    return await said


def _input_json(updated: object) -> str | None:
    if updated is None:
        return None
    if not isinstance(updated, Mapping):
        raise TypeError(f"can_use_tool changed the arguments to {type(updated).__name__}, not to a dict")
    return json.dumps(dict(updated))


def _as_the_sdk_says(said: object, action: Action, decide: Callable[[Verdict, str], Decision]) -> Answer:
    """Return what a result of the Agent SDK's means, or a dict of its shape: that of an answering hook."""
    fields = said if isinstance(said, Mapping) else _sdk_fields(said)
    if fields.get("behavior") not in {"allow", "deny"}:
        raise TypeError(f"can_use_tool returned {type(said).__name__}, which is neither Allow nor Deny")
    given = {name: value for name, value in fields.items() if value is not None}
    answer = {"hookSpecificOutput": {"hookEventName": Occasion.ASKED.value, "decision": given}}
    moment = Moment(occasion=Occasion.ASKED, run_id="", cwd=WORKSPACE, mode=Mode.DEFAULT, call_id=action.call_id)
    understood = answered_text(moment, "can_use_tool", json.dumps(answer))
    if understood.failed or understood.verdict is None:
        raise TypeError(understood.why)
    allowed = understood.verdict is Verdict.ALLOW
    return Answer(
        decision=decide(understood.verdict, YES if allowed else str(given.get("message") or NO)),
        input_json=understood.input_json,
        rules=understood.rules,
        mode=understood.mode,
        stop=understood.stop is not None,
    )


def _sdk_fields(said: object) -> dict[str, object]:
    """Return the fields of a `PermissionResultAllow` or `PermissionResultDeny` under their names in JSON."""
    updates = getattr(said, "updated_permissions", None)
    return {
        "behavior": getattr(said, "behavior", None),
        "updatedInput": getattr(said, "updated_input", None),
        "updatedPermissions": None if updates is None else [_sdk_update(update) for update in updates],
        "message": getattr(said, "message", None),
        "interrupt": getattr(said, "interrupt", None),
    }


def _sdk_update(update: Any) -> object:
    """Return a `PermissionUpdate` as JSON has it; the SDK's own know how they are written."""
    return update.to_dict() if hasattr(update, "to_dict") else update


# --- what it is told --------------------------------------------------------------------------------------------------


def _fields(operation: Operation) -> dict[str, object]:
    """Return arguments that compile to this operation."""
    match operation:
        case Exec(command=command) | Probe(command=command):
            return {"command": command}
        case Restart():
            return {"restart": True}
        case View(path=path, first_line=None):
            return {"command": "view", "path": path}
        case View(path=path, first_line=first, last_line=last):
            return {"command": "view", "path": path, "view_range": [first, -1 if last is None else last]}
        case Create(path=path, text=text):
            return {"command": "create", "path": path, "file_text": text}
        case Replace(path=path, old=old, new=new):
            return {"command": "str_replace", "path": path, "old_str": old, "new_str": new}
        case Insert(path=path, after_line=line, text=text):
            return {"command": "insert", "path": path, "insert_line": line, "insert_text": text}
        case Delegate(description=description, prompt=prompt, mode=mode):
            named = {} if mode is None else {"mode": mode.value}
            return {"description": description, "prompt": prompt, **named}
        case Question(questions_json=questions):
            return {"questions": msgspec.json.decode(questions)}
        case Propose(plan=plan):
            return {"plan": plan}
        case Foreign(input_json=input_json):
            return msgspec.json.decode(input_json, type=dict[str, object])
        case _:
            assert_never(operation)
