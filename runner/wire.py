"""The composition root: names and settings in, a driven run out. The only file with late imports.

Rules that live here and nowhere else:

* Who talks to whom in production.
* Vendor packages are imported only when a run needs them: `anthropic` takes over a second, and a replayed model needs
  no key and no network.
* Everything that can be refused (task, key, engine, image) is refused before a run exists.
"""

import datetime as dt
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from runner import __version__
from runner.adapters.absent_classifier import AbsentClassifier
from runner.adapters.jsonl_journal import JsonlJournal, read_journal
from runner.adapters.mode_switch import ModeSwitch
from runner.adapters.replay_model import PREFIX
from runner.adapters.signals import Signals
from runner.adapters.unattended_approver import UnattendedApprover
from runner.adapters.workspace_links import workspace_links
from runner.archive import STATE_VARIABLE, RunFolder, has_handed_over
from runner.configuration import Choice, configured
from runner.engine import Doors, drive
from runner.errors import JournalError, UsageError
from runner.events import Entry, Event, News, Resumed, RunStarted
from runner.policy.settings import Settings
from runner.ports import Approver, Hook, Model, Sandbox, Sink, Watch
from runner.rehearsal import condition
from runner.run import Run, fold_all
from runner.taskfile import TaskFile, decoded, parse, with_limits
from runner.tools import TOOLS
from runner.types import Ending, Limits, Mode, Occasion, Outcome, Policy, Task
from runner.views.patch import FilePatch, PatchSummary, file_patches, select
from runner.views.patch_stat import patch_stat
from runner.views.report import Report, report, report_json

if TYPE_CHECKING:
    from runner.adapters.docker_sandbox.engine import Engine
    from runner.adapters.docker_sandbox.images import Images
    from runner.adapters.plain_store.store import PlainStore

BASE_IMAGE = "base"
"""The image of `images/` that runs use unless told otherwise, and whose static shell the tool channel brings along."""

RESUMABLE = frozenset(Ending) - {Ending.DONE, Ending.CHECK_FAILED, Ending.GAVE_UP}
"""The endings after which a run can go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who looks on while a run is driven.

    Attributes:
        sinks: who is told every entry.
        watch: who is told what is going on right now.
        approver: who answers questions.
        mailbox: returns what they want changed, another mode or more rules; called between steps.
        hooks: hooks of theirs, beside those of the settings.
    """

    sinks: tuple[Sink, ...]
    watch: Watch
    approver: Approver
    mailbox: Callable[[], tuple[News, ...]] = tuple
    hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that has ended, with what it hands over."""

    folder: RunFolder
    run: Run
    report: Report


@contextmanager
def terminal_audience(*, asking: bool, park: bool, history: list[Entry]) -> Iterator[Audience]:
    """While this is entered a person looks on at a terminal, and answers questions if `asking`."""
    from rich.console import Console

    from runner.adapters.terminal_approver.approver import TerminalApprover
    from runner.adapters.terminal_keys import TerminalKeys
    from runner.adapters.terminal_view import TerminalView

    modes = ModeSwitch(history)

    def shift_tab() -> None:
        view.announce(modes.step("a person, with Shift+Tab"))

    @contextmanager
    def suspended() -> Iterator[None]:
        with keys.suspend(), view.suspend():
            yield

    def take_back() -> None:
        view.take_back()
        person.remind()

    view = TerminalView(Console(stderr=True), history=history)
    keys = TerminalKeys(sys.stdin, shift_tab, let_go=view.let_go, take_back=take_back)
    switch = partial(modes.wish, by="the person who was asked")
    person = TerminalApprover(suspended, sys.stdin, sys.stderr, standing=modes.run, switch=switch)
    approver: Approver = person if asking else UnattendedApprover(park=park)
    with view, keys:
        yield Audience(sinks=(view, modes), watch=view.watch, approver=approver, mailbox=modes.take)


def read_task_file(path: Path) -> TaskFile:
    """Return what the task file at `path` says; relative paths start from the file's directory.

    Raises:
        UsageError: there is no such file, it is no text, or it says something wrong.
    """
    try:
        data = path.read_bytes()
    except IsADirectoryError:
        hint = f"Write one with: runner init {path / 'task.md'}"
        raise UsageError(f"{path} is a directory, not a task file", hint=hint) from None
    except OSError as error:
        hint = f"Write one with: runner init {path}" if isinstance(error, FileNotFoundError) else ""
        raise UsageError(f"the task file {path} cannot be read: {error.strerror}", hint=hint) from error
    task = parse(decoded(data, str(path)), name=str(path))
    folder = path.absolute().parent
    if task.workspace is not None:
        task = msgspec.structs.replace(task, workspace=str(folder / Path(task.workspace).expanduser()))
    if task.model is not None:
        task = msgspec.structs.replace(task, model=model_from(task.model, folder))
    return task


def model_from(name: str, folder: Path) -> str:
    """Return the model's name with the path of a recording made absolute, so that the run can be resumed anywhere."""
    if not name.startswith(PREFIX):
        return name
    return f"{PREFIX}{folder / Path(name.removeprefix(PREFIX)).expanduser()}"


def begin(task: Task, settings: Settings, *, state: Path, audience: Audience, record: Path | None) -> Finished:
    """Drive a new run to its end and return it, its results written.

    Args:
        task: complete.
        settings: that count for its workspace.
        state: where runs live; made if missing.
        audience: who looks on.
        record: a file to record the model's replies to, for `replay:FILE`.

    Raises:
        UsageError: the task cannot be run; nothing was started.
        SandboxUnavailable: no engine or no image; nothing was started.
        JournalError: the disk does not take the record.
    """
    _check_workspace(Path(task.workspace), state)
    policy = _policy(settings, task.mode)
    folder = RunFolder(root=state / "runs" / _new_id())
    hooks = (*_command_hooks(settings, policy, task, folder), *audience.hooks)
    event = RunStarted(
        run_id=folder.run_id, task=task, runner_version=__version__, policy=policy, occasions=_occasions(hooks)
    )
    return _drive(folder, task, [], lambda: event, audience=audience, hooks=hooks, record=record)


def resume(
    folder: RunFolder,
    choice: Choice,
    *,
    audience: Audience,
    limits: tuple[tuple[str, int | float | None], ...],
    mode: Mode | None,
    record: Path | None,
) -> Finished:
    """Drive a stopped or killed run on to its end and return it. One that has ended, but was killed before it handed
    over, only hands over.

    Args:
        folder: the run.
        choice: which settings count from now on, besides those of its workspace.
        audience: who looks on.
        limits: fields of `Limits` to change.
        mode: another mode, or None for the run's.
        record: as in `begin`.

    Raises:
        UsageError: it has ended for good, or another process works on it.
        JournalError: its journal cannot be read or written.
    """
    run = fold_all(read_journal(folder.journal))
    if run.outcome is not None and run.outcome.ending not in RESUMABLE:
        return _finish(folder, run, run.outcome, audience.watch)
    entries: list[Entry] = []
    settings = configured(Path(run.task.workspace), choice)
    policy = _policy(settings, mode or run.session_mode)
    hooks = (*_command_hooks(settings, policy, run.task, folder), *audience.hooks)

    def event() -> Event:
        now = fold_all(entries)
        return Resumed(
            limits=with_limits(now.limits, limits),
            mode=mode or now.session_mode,
            policy=policy,
            occasions=_occasions(hooks),
        )

    return _drive(folder, run.task, entries, event, audience=audience, hooks=hooks, record=record)


def _policy(settings: Settings, mode: Mode) -> Policy:
    """Return what calls are judged by.

    Raises:
        UsageError: the run's mode is one it cannot be in.
    """
    off = settings.policy.modes_off
    if mode in off:
        hint = "See who says so: runner config show --origin"
        raise UsageError(f"the settings switch mode {mode.value} off", hint=hint)
    without = dict.fromkeys((*off, Mode.AUTO))  # there is no classifier to ask yet
    return msgspec.structs.replace(settings.policy, modes_off=tuple(without))


def _command_hooks(settings: Settings, policy: Policy, task: Task, folder: RunFolder) -> tuple[Hook, ...]:
    if not settings.hooks:
        return ()

    from runner.adapters.command_hooks import command_hooks

    return command_hooks(
        settings.hooks,
        directory=task.workspace,
        environment=dict(os.environ),
        condition=condition(policy, workspace_links(folder.workspace)),
        transcript_path=str(folder.journal),
    )


def _occasions(hooks: tuple[Hook, ...]) -> tuple[Occasion, ...]:
    """Return the moments at which a hook may have a say; every one where that cannot be told."""
    named = [getattr(hook, "occasion", None) for hook in hooks]
    return tuple(occasion for occasion in Occasion if occasion in named or None in named)


def _finish(folder: RunFolder, run: Run, outcome: Outcome, watch: Watch) -> Finished:
    """Hand over for a run that has ended for good, unless that was done."""
    if has_handed_over(folder):
        ending = outcome.ending.value
        raise UsageError(
            f"run {run.run_id} has ended ({ending}); there is nothing to resume", hint=f"See: runner show {run.run_id}"
        )
    with JsonlJournal(folder.journal):
        return _hand_over(folder, run, read_journal(folder.journal), _plain_store(run.task, folder, watch))


def _drive(
    folder: RunFolder,
    task: Task,
    entries: list[Entry],
    first: Callable[[], Event],
    *,
    audience: Audience,
    hooks: tuple[Hook, ...],
    record: Path | None,
) -> Finished:
    signals = Signals()
    with signals.installed():
        model = _model(task.model, audience.watch, record)
        with _sandbox_maker(task, folder, audience.watch) as make_sandbox:
            _private(folder.root)
            with JsonlJournal(folder.journal) as journal:
                entries += read_journal(folder.journal)
                folder.report.unlink(missing_ok=True)  # an earlier stop's; were we killed, it would pass for this one's
                event = first()
                limits = event.limits if isinstance(event, Resumed) else task.limits
                store = _plain_store(task, folder, audience.watch)
                doors = Doors(
                    model=model,
                    sandbox=make_sandbox(limits),
                    store=store,
                    classifier=AbsentClassifier(),
                    approver=audience.approver,
                    sinks=(journal, *audience.sinks),
                    hooks=hooks,
                    mailbox=audience.mailbox,
                    resolve=workspace_links(folder.workspace),
                    clock=_now,
                    shield=signals.shield,
                )
                run = drive(entries, doors, first=event)
                return _hand_over(folder, run, entries, store)


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


def _new_id() -> str:
    """Return an id that sorts by time and is short enough to type."""
    return f"{_now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _private(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        hint = f"Choose another place with --state-dir or {STATE_VARIABLE}."
        raise UsageError(f"the state directory {path} cannot be made: {error.strerror}", hint=hint) from error


def _check_workspace(workspace: Path, state: Path) -> None:
    if not workspace.is_dir():
        raise UsageError(f"the workspace {workspace} is not a directory", hint="Name one with `workspace:`.")
    real = workspace.resolve()
    if real == Path("/"):
        raise UsageError("the workspace is the whole file system", hint="Name the project's directory.")
    if state.resolve().is_relative_to(real):
        hint = f"Put the state somewhere else with --state-dir or {STATE_VARIABLE}."
        raise UsageError(f"the state directory {state} lies inside the workspace {workspace}", hint=hint)


def _model(name: str, watch: Watch, record: Path | None) -> Model:
    """Return the model of that name: `replay:FILE`, or one of the Messages API's."""
    model: Model
    if name.startswith(PREFIX):
        from runner.adapters.replay_model import ReplayModel

        model = ReplayModel(Path(name.removeprefix(PREFIX)).expanduser(), watch)
    else:
        from runner.adapters.anthropic_model.credentials import resolve_credentials

        credentials = resolve_credentials(os.environ)  # before the import: no key is told at once

        from runner.adapters.anthropic_model.model import AnthropicModel

        model = AnthropicModel(model=name, credentials=credentials, tools=TOOLS, watch=watch)
    if record is None:
        return model

    from runner.adapters.replay_model import RecordingModel

    return RecordingModel(model, record)


@contextmanager
def _sandbox_maker(task: Task, folder: RunFolder, watch: Watch) -> Iterator[Callable[[Limits], Sandbox]]:
    """While this is entered there is an engine, and it has the image; yields what makes the run's sandbox.

    Raises:
        SandboxUnavailable: no engine answers, or there is no such image.
    """
    from runner.adapters.docker_sandbox.engine import Engine
    from runner.adapters.docker_sandbox.sandbox import DockerSandbox

    with closing(Engine.connect(watch)) as engine:
        images = _images_of(engine, folder.root.parent.parent, watch)
        image = images.resolve(task.image)
        shell = images.static_shell(images.resolve(BASE_IMAGE))

        def make(limits: Limits) -> Sandbox:
            _private(folder.output)
            return DockerSandbox(
                engine,
                run_id=folder.run_id,
                image=image,
                workspace=folder.workspace,
                spill=folder.output,
                shell=shell,
                limits=limits,
                env=task.env,
                watch=watch,
            )

        yield make


@contextmanager
def images(state: Path, watch: Watch) -> Iterator["Images"]:
    """While this is entered there is an engine; yields its images."""
    from runner.adapters.docker_sandbox.engine import Engine

    with closing(Engine.connect(watch)) as engine:
        yield _images_of(engine, state, watch)


def _images_of(engine: "Engine", state: Path, watch: Watch) -> "Images":
    from runner.adapters.docker_sandbox.images import Images, images_folder

    return Images(engine.client, folder=images_folder(), cache=state / "cache", watch=watch)


def _plain_store(task: Task, folder: RunFolder, watch: Watch) -> "PlainStore":
    from runner.adapters.plain_store.store import PlainStore

    return PlainStore(source=Path(task.workspace), workspace=folder.workspace, root=folder.store, watch=watch)


def _hand_over(folder: RunFolder, run: Run, entries: list[Entry], store: "PlainStore") -> Finished:
    """Write what the run hands over, whatever way it ended. Doing it again replaces what was written.

    Raises:
        SnapshotError: a snapshot cannot be read.
        JournalError: the disk does not take it.
    """
    made = report(entries)
    try:
        _private(folder.result)
        base, final = made.base, made.final
        if base is not None and final is not None:
            stat = _write_patch(folder.patch, store, base, final)
            made = report(entries, change=store.diff(base, final), patch=str(folder.patch), stat=stat)
            if run.task.artifacts:
                store.export(final, run.task.artifacts, folder.result / "artifacts")
        with _replaced(folder.report) as file:
            file.write(report_json(made) + b"\n")
    except OSError as error:
        raise JournalError(f"the result cannot be written to {folder.result}: {error.strerror}") from error
    return Finished(folder=folder, run=run, report=made)


def _write_patch(path: Path, store: "PlainStore", base: str, final: str) -> str:
    """Write the patch and return what it touches, as lines."""
    selection = select(store.pairs(base, final), store.ignored(final))
    summary = PatchSummary(left_out=selection.left_out)
    parts: list[FilePatch] = []
    with _replaced(path) as file:
        for part in file_patches(selection.pairs):
            file.write(part.text)
            summary = summary.including(part)
            parts.append(replace(part, text=b""))  # the text is on disk; the figures are wanted
    return patch_stat(parts, summary)


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    """While this is entered a new version of the file is written; it takes the old one's place at the end."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        yield file
    part.replace(path)
