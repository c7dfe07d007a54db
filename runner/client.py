"""The Python API: hand a task to a model from a program.

    report = run("The tests fail. Fix the code, not the tests.", checks=["make test"])

    with start("...", can_use_tool=ask_somebody) as session:
        for entry in session.events():
            ...
        report = session.report()

Rules that live here and nowhere else:

* Arguments mean what the command line and the task file mean by the same names, with the same defaults. One that is
  wrong is a `UsageError` before anything is started.
* Nobody is at a terminal: what nobody answers is denied, or parks the run if `on_ask="park"`.
* What a person should look at in the settings is a Python warning.
* Signals are left as they are. Ctrl-C while a caller waits here, or whatever else a signal's handler raises, stops the
  run, waits for its end, and goes on its way.

Theory of operation: a run has a thread of its own. What the caller does with its `Session` reaches it between two
steps, `stop` at once. Functions of the caller's are called in threads, too. Several runs may go on at the same time.

Not promised: that a program which ends without waiting leaves a run with an end. It is then as if it had been killed:
no box stays, nothing is lost, and `resume` goes on.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

import msgspec

from runner import archive, wire
from runner.adapters import signals
from runner.adapters.anthropic_model.prices import DEFAULT_MODEL
from runner.adapters.callback_approver import CallbackApprover, CanUseTool, session_rules
from runner.adapters.python_hooks import Callback, Matcher, python_hooks
from runner.adapters.run_thread import RunThread
from runner.adapters.unattended_approver import UnattendedApprover
from runner.arguments import (
    CheckSource,
    LimitValues,
    SettingsSource,
    choice_of,
    limits_of,
    named_mode,
    path_of,
    sound,
    task_in_words,
    with_arguments,
)
from runner.configuration import configured
from runner.errors import UsageError
from runner.events import Entry, ModeChanged, Resumed, RulesAdded, RunStarted
from runner.policy.proposals import propose
from runner.policy.rules import written
from runner.policy.settings import Settings
from runner.ports import Approver, Hook
from runner.taskfile import TaskFile, with_limits
from runner.types import Action, Limits, Mode, Network, Policy, Task, Verdict
from runner.views.report import Report
from runner.wire import Audience, Finished

BY = "the program that runs it"
"""Who changes the mode, as people read it in the record."""

STOPPING_S = 60.0
"""How long a caller who is interrupted waits for the run to end. Our choice: usually it takes a second; a hook may take
as long as it is allowed to."""

Hooks = Mapping[str, Sequence[Matcher]]
OnAsk = Literal["deny", "park"]
T = TypeVar("T")


@dataclass
class HookMatcher:
    """Functions that are called at a kind of moment, as the Agent SDK names it.

    Attributes:
        matcher: for which tools: names joined by `|`, else a regular expression; None: all.
        hooks: functions of (input, tool_use_id, context) that return a dict or None; they may be `async`.
        timeout: in seconds; None: the moment's usual time.
        on_failure: "block": one that returns None has failed, too. One that raises or is late always has.
    """

    matcher: str | None = None
    hooks: list[Callback] = field(default_factory=list)
    timeout: float | None = None
    on_failure: Literal["block"] | None = None


class Session:
    """A run that goes on. As a context: when it is left the run is over; one that was not is stopped."""

    def __init__(self, thread: RunThread[Finished], run_id: str) -> None:
        """Look at a run that has begun. Programs get one from `start` or `resume`."""
        self._thread = thread
        self.run_id = run_id

    @property
    def is_over(self) -> bool:
        """Whether the run has ended and its results are written."""
        return self._thread.over(0)

    def events(self) -> Iterator[Entry]:
        """Yield everything that happens, each entry as soon as it is recorded, until the run is over.

        It begins with what happened since `start` or `resume`, whenever it is called. What can happen stands in
        `runner.events`.
        """
        entries = self._thread.entries()
        while (entry := self._waiting(lambda: next(entries, None))) is not None:
            yield entry

    def set_mode(self, mode: str | Mode) -> None:
        """Have the run go on in another mode from its next step on; what was decided but not done is judged anew.

        So is what somebody is asked about right now: the answer is thrown away when it comes. On record it is
        `ModeChanged`, or `ModeRefused` where the settings have switched that mode off.

        Raises:
            UsageError: there is no such mode.
        """
        self._thread.post(ModeChanged(mode=named_mode(mode), by=BY))

    def add_rules(
        self, *, allow: str | Sequence[str] = (), ask: str | Sequence[str] = (), deny: str | Sequence[str] = ()
    ) -> None:
        """Add rules for the rest of the run, from its next step on; what was decided but not done is judged anew.

        Raises:
            UsageError: one can never match, or is about a tool that does not exist; none was added.
        """
        lists = ((allow, Verdict.ALLOW), (ask, Verdict.ASK), (deny, Verdict.DENY))
        self._thread.post(RulesAdded(rules=tuple(rule for texts, said in lists for rule in session_rules(texts, said))))

    def stop(self) -> None:
        """Have the run end as by Ctrl-C, its state kept for `resume`. Returns at once; `report` waits for the end.

        A command is interrupted within about a second, a reply of the model with its next piece. A function of yours
        that is being waited for is left to itself.
        """
        self._thread.stop()

    def report(self, timeout_s: float | None = None) -> Report:
        """Return what came of the run once it is over, however it ended.

        Args:
            timeout_s: how long to wait; None: as long as its limits let it go on.

        Raises:
            TimeoutError: it is not over yet.
            RunnerError: its record or its results could not be written or read.
        """
        if not self._waiting(lambda: self._thread.over(timeout_s)):
            raise TimeoutError(f"run {self.run_id} is not over after {timeout_s:g} s")
        return self._thread.result().report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _leave(self._thread)
        if kind is None:
            if not self.is_over:
                raise TimeoutError(f"run {self.run_id} was stopped {STOPPING_S:g} s ago and is not over yet")
            self.report()  # raises what went wrong

    def _waiting(self, wait: Callable[[], T]) -> T:
        return _waited(self._thread, wait)


def run(
    prompt: str | Path,
    *,
    workspace: str | Path | None = None,
    image: str | None = None,
    mode: str | Mode | None = None,
    model: str | None = None,
    limits: LimitValues | None = None,
    checks: str | Sequence[CheckSource] = (),
    env: Mapping[str, str] | None = None,
    artifacts: str | Sequence[str] = (),
    settings: SettingsSource | Sequence[SettingsSource] = (),
    policy: str | Sequence[str] = (),
    setting_sources: Sequence[str] | None = None,
    trust_project: bool = False,
    hooks: Hooks | None = None,
    can_use_tool: CanUseTool | None = None,
    on_ask: OnAsk = "deny",
    on_event: Callable[[Entry], object] | None = None,
    state_dir: str | Path | None = None,
    record: str | Path | None = None,
) -> Report:
    """Run a task to its end and return what came of it, however it ended: `report.exit_code` is 0 only for done.

    Arguments and errors are those of `start`. `on_event` is called with everything that happens, in the caller's
    thread; what it raises stops the run and is passed on.
    """
    with start(
        prompt,
        workspace=workspace,
        image=image,
        mode=mode,
        model=model,
        limits=limits,
        checks=checks,
        env=env,
        artifacts=artifacts,
        settings=settings,
        policy=policy,
        setting_sources=setting_sources,
        trust_project=trust_project,
        hooks=hooks,
        can_use_tool=can_use_tool,
        on_ask=on_ask,
        state_dir=state_dir,
        record=record,
    ) as session:
        for entry in session.events():
            if on_event is not None:
                on_event(entry)
        return session.report()


def start(
    prompt: str | Path,
    *,
    workspace: str | Path | None = None,
    image: str | None = None,
    mode: str | Mode | None = None,
    model: str | None = None,
    limits: LimitValues | None = None,
    checks: str | Sequence[CheckSource] = (),
    env: Mapping[str, str] | None = None,
    artifacts: str | Sequence[str] = (),
    settings: SettingsSource | Sequence[SettingsSource] = (),
    policy: str | Sequence[str] = (),
    setting_sources: Sequence[str] | None = None,
    trust_project: bool = False,
    hooks: Hooks | None = None,
    can_use_tool: CanUseTool | None = None,
    on_ask: OnAsk = "deny",
    state_dir: str | Path | None = None,
    record: str | Path | None = None,
) -> Session:
    """Begin a task and return when the run exists; it goes on by itself.

    Args:
        prompt: the task in words, or the `Path` of a task file, whose keys count where no argument is given.
        workspace: directory to work on, copied and never written; None: the current one.
        image: None: `base`.
        mode: None: what the settings say, else `default`.
        model: None: the default one; `replay:FILE` is a recording.
        limits: as in a task file, such as `{"turns": 50, "spend": 2.5, "wall": "30m"}`.
        checks: commands that decide success, or `{"name": ..., "run": ...}`.
        env: variables in the box; nothing of this process's environment gets there.
        artifacts: gitignore patterns of files to hand out beside the patch.
        settings: a path, a dict or several, beside those of this host and of the workspace.
        policy: names of policies that ship with `runner`, such as "strict".
        setting_sources: which of "user", "project" and "local" are read; None: all.
        trust_project: the workspace's own settings may loosen, too.
        hooks: `{"PreToolUse": [HookMatcher(matcher="Bash", hooks=[function])]}`, beside those of the settings.
        can_use_tool: answers questions; None: nobody does.
        on_ask: what becomes of a question without an answer: "deny" it, or "park" the run until it is resumed.
        state_dir: where runs live; None: where the command line has them.
        record: a file for the model's replies, to be used as `replay:FILE`.

    Raises:
        UsageError: an argument, a setting or the workspace is wrong, or there is no key; nothing was started.
        SandboxUnavailable: there is no engine or no image; nothing was started.
    """
    words = wire.read_task_file(prompt) if isinstance(prompt, Path) else task_in_words(prompt)
    given = with_arguments(
        words, image=image, mode=mode, model=model, limits=limits, checks=checks, env=env, artifacts=artifacts
    )
    directory = Path(workspace or given.workspace or ".").expanduser().absolute()
    choice = choice_of(settings, policy, setting_sources, trusted=trust_project)
    found = configured(directory, choice, task=given.permissions)
    task, state, recording = _task(given, directory, found), archive.state_dir(path_of(state_dir)), path_of(record)

    def drive(audience: Audience) -> Finished:
        return wire.begin(task, found, state=state, audience=audience, record=recording)

    return _begun(drive, hooks, can_use_tool, on_ask)


def resume(
    run_id: str | None = None,
    *,
    mode: str | Mode | None = None,
    limits: LimitValues | None = None,
    settings: SettingsSource | Sequence[SettingsSource] = (),
    policy: str | Sequence[str] = (),
    setting_sources: Sequence[str] | None = None,
    trust_project: bool = False,
    hooks: Hooks | None = None,
    can_use_tool: CanUseTool | None = None,
    on_ask: OnAsk = "deny",
    state_dir: str | Path | None = None,
    record: str | Path | None = None,
) -> Session:
    """Go on with a run that was stopped or killed, and return when it goes. A call that was interrupted is undone.

    `run_id` is its id or an unambiguous beginning of it; None means the newest. `mode` and `limits` are those to
    change. The other arguments are as for `start`; what was given there is not remembered.

    Raises:
        UsageError: there is no such run, it has ended for good, somebody works on it, or an argument is wrong.
        JournalError: its record cannot be read.
        SandboxUnavailable: there is no engine or no image; nothing was started.
    """
    folder = archive.find_run(archive.state_dir(path_of(state_dir)), run_id)
    choice = choice_of(settings, policy, setting_sources, trusted=trust_project)
    changed, recording = limits_of(limits), path_of(record)
    other = None if mode is None else named_mode(mode)

    def drive(audience: Audience) -> Finished:
        return wire.resume(folder, choice, audience=audience, limits=changed, mode=other, record=recording)

    return _begun(drive, hooks, can_use_tool, on_ask, run_id=folder.run_id)


# --- what is behind them ----------------------------------------------------------------------------------------------


class _Suggestions:
    """A sink that knows what calls are judged by, and so which rules would settle a question from now on."""

    def __init__(self) -> None:
        self._policy = Policy()

    def append(self, entry: Entry) -> None:
        match entry.event:
            case RunStarted(policy=policy) | Resumed(policy=Policy() as policy):
                self._policy = policy
            case RulesAdded(rules=rules):
                self._policy = msgspec.structs.replace(self._policy, rules=(*self._policy.rules, *rules))
            case _:
                pass

    def of(self, action: Action) -> tuple[str, ...]:
        """Return allow rules, as people write them; the mode has no say in them."""
        proposals = propose(action, self._policy, Mode.DEFAULT)
        return tuple(written(rule) for proposal in proposals for rule in proposal.rules)


def _task(given: TaskFile, directory: Path, found: Settings) -> Task:
    """Return the complete task; what the settings say that a person should look at is a warning.

    Raises:
        UsageError: a part of it is of a wrong kind.
    """
    for warning in found.warnings:
        place = warning.file if warning.line is None else f"{warning.file}:{warning.line}"
        warnings.warn(f"{place}: {warning.sentence}. {warning.hint}".strip(), stacklevel=3)
    return sound(
        Task(
            prompt=given.prompt,
            workspace=str(directory),
            image=given.image or wire.BASE_IMAGE,
            mode=given.mode or found.default_mode or Mode.DEFAULT,
            model=wire.model_from(given.model or DEFAULT_MODEL, Path.cwd()),
            network=given.network or Network(),
            limits=with_limits(Limits(), given.limits),
            checks=given.checks,
            env=given.env,
            artifacts=given.artifacts,
        )
    )


def _begun(
    drive: Callable[[Audience], Finished],
    hooks: Hooks | None,
    can_use_tool: CanUseTool | None,
    on_ask: str,
    *,
    run_id: str = "",
) -> Session:
    """Return a run that is driven by this, once its first entry is on record.

    Raises:
        RunnerError: it was refused.
    """
    thread = RunThread[Finished](interrupt=signals.interrupt)
    suggestions = _Suggestions()
    audience = Audience(
        sinks=(suggestions, thread),
        watch=lambda _line: None,
        approver=_approver(can_use_tool, on_ask, suggestions),
        mailbox=thread.take,
        hooks=_hooks(hooks),
    )
    thread.start(lambda: drive(audience))
    first = _waited(thread, thread.begun)
    if first is None:
        return Session(thread, thread.result().folder.run_id)
    return Session(thread, first.event.run_id if isinstance(first.event, RunStarted) else run_id)


def _approver(can_use_tool: CanUseTool | None, on_ask: str, suggestions: _Suggestions) -> Approver:
    if on_ask not in {"deny", "park"}:
        raise UsageError(f"on_ask cannot be {on_ask!r}", hint='Use "deny" or "park"; can_use_tool comes before it.')
    nobody = UnattendedApprover(park=on_ask == "park")
    if can_use_tool is None:
        return nobody
    if not callable(can_use_tool):
        raise UsageError("can_use_tool is no function", hint="Give a function of (tool, arguments, request).")
    return CallbackApprover(can_use_tool=can_use_tool, otherwise=nobody, suggest=suggestions.of)


def _hooks(given: Hooks | None) -> tuple[Hook, ...]:
    """Return the hooks. Those that could never be called are refused now, not when they are due."""
    hint = 'Write {"PreToolUse": [HookMatcher(matcher="Bash", hooks=[function])]}.'
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise UsageError("hooks must be a dict", hint=hint)
    for name, groups in given.items():
        functions = [function for group in groups for function in getattr(group, "hooks", [None])]
        if not all(callable(function) for function in functions):
            raise UsageError(f"hooks of {name} must be HookMatchers with functions", hint=hint)
    return python_hooks(given)


def _waited(thread: RunThread[Finished], wait: Callable[[], T]) -> T:
    """Return what was waited for; whoever is interrupted meanwhile stops the run."""
    try:
        return wait()
    except BaseException:
        _leave(thread)
        raise


def _leave(thread: RunThread[Finished]) -> None:
    thread.stop()
    thread.over(STOPPING_S)
