"""Judging without a run: a call that somebody writes down, and the calls of a run that was.

Rules that live here and nowhere else:

* The same analysis and the same ladder as in a run, so that what is tried here is what will happen there.
* Calls are given as people know them (`Bash`, `Read`, `Edit`, `Write`, any other tool's name) with that tool's
  published parameters.
* What a run's classifier or person said is not asked again: only what rules and modes decide is compared.
"""

import posixpath
import unicodedata
from collections.abc import Callable, Iterator

import msgspec

from runner.errors import UsageError
from runner.events import Decided, Entry
from runner.policy.effects import shell_effects
from runner.policy.ladder import Finding, climb, judge
from runner.policy.rulebook import Rulebook
from runner.policy.rules import parse
from runner.ports import Moment, Said
from runner.run import Run, fold
from runner.tools import Rejection, linked
from runner.types import (
    Action,
    Create,
    Decision,
    Delegate,
    Effects,
    Exec,
    Foreign,
    Layer,
    Mode,
    Operation,
    Policy,
    Propose,
    Question,
    Replace,
    Rung,
    Source,
    Verdict,
    View,
    Word,
)

Resolve = Callable[[str], str | None]
"""Where a path really is; None: it cannot be told, because its links go in a circle."""

SHELL_PARAMETERS = frozenset({"command", "description", "timeout", "run_in_background", "dangerouslyDisableSandbox"})
"""What the published shell tool takes."""


class Rehearsal(Word, frozen=True, kw_only=True):
    """What would be decided: the action, and what every rung says, the deciding one first.

    `rejected` is the sentence for a call that is no action; then there are no findings.
    """

    action: Action | None
    findings: tuple[Finding, ...] = ()
    rejected: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict; a rejected call is denied."""
        return self.findings[0].verdict if self.findings else Verdict.DENY


class Difference(Word, frozen=True, kw_only=True):
    """A call of a run that would be judged otherwise now."""

    call_id: str
    action: Action
    before: Decision
    now: Decision


def rehearse(
    tool: str,
    input_json: str,
    *,
    policy: Policy,
    mode: Mode,
    cwd: str,
    resolve: Resolve,
    hooks: tuple[Said, ...] = (),
) -> Rehearsal:
    """Return what would be decided about a call.

    Args:
        tool: the tool's published name.
        input_json: its arguments, a JSON object.
        policy: what it is judged by.
        mode: in which it is judged.
        cwd: the shell's directory.
        resolve: where paths really are.
        hooks: what hooks said about it.

    Raises:
        UsageError: the arguments are no JSON object.
    """
    try:
        action = _action(tool, input_json, policy, cwd, resolve)
    except Rejection as rejection:
        return Rehearsal(action=None, rejected=str(rejection))
    return Rehearsal(action=action, findings=tuple(climb(action, policy=policy, mode=mode, hooks=hooks)))


def condition(policy: Policy, resolve: Resolve) -> Callable[[str], Callable[[Moment], bool]]:
    """Return what makes a hook's `if`, a rule, a test of moments: whether the rule matches the moment's call.

    On doubt the hook is asked: a rule that can never match is left to do so, a call that is none meets every rule.
    """

    def test(text: str) -> Callable[[Moment], bool]:
        rule = parse(text, Verdict.ASK, Source(layer=Layer.SESSION, root=policy.workspace))
        book = Rulebook(msgspec.structs.replace(policy, rules=(rule,)))

        def met(moment: Moment) -> bool:
            found = rehearse(
                moment.tool, moment.input_json, policy=policy, mode=moment.mode, cwd=moment.cwd, resolve=resolve
            )
            return found.action is None or bool(book.objections(found.action))

        return met

    return test


def differences(entries: tuple[Entry, ...], policy: Policy) -> Iterator[Difference]:
    """Yield the calls of a run that this policy would judge otherwise than the run's rules and modes did.

    A decision of a hook, a classifier or a person stands for the question that led to it.
    """
    run: Run | None = None
    for entry in entries:
        event = entry.event
        if run is not None and isinstance(event, Decided) and event.decision.rung in _JUDGED:
            analysed = _again(event.action, run.cwd, policy)
            now = judge(analysed, policy=policy, mode=run.mode)
            if now.verdict is not event.decision.verdict:
                yield Difference(call_id=event.call_id, action=analysed, before=event.decision, now=now)
        run = fold(run, entry)


_JUDGED = frozenset({Rung.DENY_RULE, Rung.ASK_RULE, Rung.MODE, Rung.ALLOW_RULE})


def _again(action: Action, cwd: str, policy: Policy) -> Action:
    """Return the action as today's analysis sees it."""
    command = getattr(action.operation, "command", None)
    if command is None:
        return action
    effects = shell_effects(command, cwd, home=policy.home)
    return msgspec.structs.replace(action, effects=msgspec.structs.replace(effects, links=action.effects.links))


def _action(tool: str, input_json: str, policy: Policy, cwd: str, resolve: Resolve) -> Action:
    """Return the action that a call of a published tool is.

    Raises:
        Rejection: it is none.
        UsageError: the arguments are no JSON object.
    """
    try:
        given = msgspec.json.decode(input_json, type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise UsageError(f"the arguments of {tool} are no JSON object: {error}") from error
    operation, effects = _meaning(tool, given, input_json, policy, cwd)
    return Action(
        call_id="rehearsal",
        tool=tool,
        operation=operation,
        effects=linked(effects, resolve),
        parameters=tuple((name, text) for name, value in given.items() if (text := _scalar(value)) is not None),
    )


def _meaning(
    tool: str, given: dict[str, object], input_json: str, policy: Policy, cwd: str
) -> tuple[Operation, Effects]:
    def path(name: str) -> str:
        text = given.get(name, "")
        if not isinstance(text, str) or not text or "\0" in text:
            raise Rejection(f"{tool} needs `{name}`, a path.")
        if text == "~" or text.startswith("~/"):
            text = policy.home + text[1:]
        return "/" + posixpath.normpath(posixpath.join(cwd, text)).lstrip("/")

    def text(name: str) -> str:
        return str(given.get(name, ""))

    match tool:
        case "Bash":
            return _shell(given, policy, cwd)
        case "Read":
            return View(path=path("file_path")), Effects(reads=(path("file_path"),))
        case "Write":
            named = path("file_path")
            return Create(path=named, text=text("content")), Effects(reads=(named,), writes=(named,))
        case "Edit" | "MultiEdit":
            named = path("file_path")
            edit = Replace(path=named, old=text("old_string"), new=text("new_string"))
            return edit, Effects(reads=(named,), writes=(named,))
        case "NotebookEdit":
            named = path("notebook_path")
            return Foreign(input_json=input_json), Effects(reads=(named,), writes=(named,))
        case "Glob" | "Grep":
            return Foreign(input_json=input_json), Effects(reads=_searched(tool, given, cwd))
        case "Agent" | "Task":
            return Delegate(description=text("description"), prompt=text("prompt")), Effects()
        case "AskUserQuestion":
            return Question(questions_json=input_json), Effects()
        case "ExitPlanMode":
            return Propose(plan=text("plan")), Effects()
        case "WebFetch":
            return Foreign(input_json=input_json), Effects(sends=(text("url"),))
        case _:
            return Foreign(input_json=input_json), Effects()


def _shell(given: dict[str, object], policy: Policy, cwd: str) -> tuple[Operation, Effects]:
    if not isinstance(given.get("command"), str) or set(given) - SHELL_PARAMETERS:
        raise Rejection(f"Bash takes `command` and, if need be, {', '.join(sorted(SHELL_PARAMETERS - {'command'}))}.")
    command = str(given["command"])
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t\r" for char in command):
        raise Rejection("A shell command cannot hold control characters.")
    return Exec(command=command), shell_effects(command, cwd, home=policy.home)


def _searched(tool: str, given: dict[str, object], cwd: str) -> tuple[str, ...]:
    """Return what a search reads: its directory, and where its pattern leads if that is absolute."""
    directory = given.get("path")
    root = posixpath.join(cwd, directory) if isinstance(directory, str) else cwd
    found = [posixpath.normpath(root)]
    pattern = given.get("pattern") if tool == "Glob" else None
    if isinstance(pattern, str) and pattern.startswith("/"):
        found.append(posixpath.normpath(pattern))
    return tuple(found)


def _scalar(value: object) -> str | None:
    """Return a scalar parameter as rules compare it; None for anything else."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return None
