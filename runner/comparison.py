"""Comparing with decisions observed elsewhere: settings, mode, call -> what another client decided.

Rules that live here and nowhere else:

* A row is a JSON object a line: settings by layer, mode, directory, call, options, calls played before, and the
  decision. Its file tree (home, workspace, symbolic links) stands in `fixture.json` beside the file.
* Hooks of a row really run; a classifier's and a person's answers are the row's script.
* Two decisions differ in one of two ways, counted apart: ours permits more, or less. Where ours could not be had
  (settings refused, a mode switch refused) it is `error`.

Rows run hook commands on this machine, so a file of rows is as trusted as a script.
"""

import os
import posixpath
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from runner.adapters.command_hooks import command_hooks
from runner.adapters.python_hooks import callback_hook
from runner.errors import RunnerError, UsageError
from runner.policy.hook_io import merged
from runner.policy.settings import Settings, settings
from runner.policy.settings_given import single_rules
from runner.policy.settings_words import LayerText
from runner.ports import Hook, Moment, Said
from runner.rehearsal import condition, rehearse
from runner.types import Layer, Mode, Occasion, Order, Verdict, Word

ORDER = {"allow": 0, "ask": 1, "defer": 1, "error": 2, "deny": 2}
"""How strict a decision is, for telling in which way two differ."""

LINKS = 40
"""So many symbolic links are followed for one path. The kernel's own bound (path_resolution(7))."""


class Fixture(Word, frozen=True, kw_only=True):
    """The file tree that rows start from; only what decisions depend on."""

    home: str
    workspace: str
    symlinks: dict[str, str] = msgspec.field(default_factory=dict)


class Row(Word, frozen=True, kw_only=True):
    """One observed decision."""

    id: str
    group: str
    settings: dict[str, object]
    mode: str | None
    cwd: str
    tool: str
    input: dict[str, object]
    decision: str
    by: str = ""
    options: dict[str, object] = msgspec.field(default_factory=dict)
    before: tuple[dict[str, object], ...] = ()
    files: dict[str, str | None] = msgspec.field(default_factory=dict)


class Compared(Word, frozen=True, kw_only=True):
    """A row and what we decide; `why` is our reason."""

    row: Row
    ours: str
    why: str

    @property
    def equal(self) -> bool:
        """Whether both decide alike."""
        return self.ours == self.row.decision

    @property
    def apart(self) -> bool:
        """Whether the other client decided nothing: it handed the call back, or refused the configuration."""
        return self.row.decision in {"defer", "error"}

    @property
    def permits_more(self) -> bool:
        """Whether ours is the milder one."""
        return ORDER[self.ours] < ORDER[self.row.decision]


def fixture(data: bytes, name: str) -> Fixture:
    """Return the file tree that a fixture file describes.

    Raises:
        UsageError: it is none; says where.
    """
    try:
        return msgspec.json.decode(data, type=Fixture)
    except msgspec.MsgspecError as error:
        raise UsageError(f"{name}: not a fixture: {error}") from error


def compared(lines: Iterable[bytes], name: str, tree: Fixture, order: Order) -> Iterator[Compared]:
    """Yield every row with what we decide.

    Args:
        lines: of a file of rows; empty ones are skipped.
        name: how errors call the file.
        tree: the file tree that rows start from.
        order: the order of rungs for rows whose settings do not choose one.

    Raises:
        UsageError: a line is no row; names file and line.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=Row)
        except msgspec.MsgspecError as error:
            raise UsageError(f"{name}:{number}: not an observed decision: {error}") from error
        yield _Stage(row, tree, order).play()


class _Stage:
    """One row, played."""

    def __init__(self, row: Row, tree: Fixture, order: Order) -> None:
        self._row = row
        self._tree = tree
        self._order = order

    def play(self) -> Compared:
        """Return our decision."""
        try:
            found = self._settings()
            mode = self._mode(found)
        except RunnerError as error:
            return Compared(row=self._row, ours="error", why=str(error))
        decision, why = self._decision(found, mode)
        return Compared(row=self._row, ours=decision, why=why)

    def _settings(self) -> Settings:
        row, home = self._row, self._tree.home
        files = {
            "user": (Layer.USER, f"{home}/.claude/settings.json"),
            "project": (Layer.PROJECT, f"{row.cwd}/.claude/settings.json"),
            "local": (Layer.LOCAL, f"{row.cwd}/.claude/settings.local.json"),
            "flag": (Layer.COMMAND_LINE, ""),
            "flagfile": (Layer.COMMAND_LINE, "/srv/extra/flag.json"),
            "managed": (Layer.MANAGED, "/etc/claude-code/managed-settings.json"),
        }
        layers: list[LayerText] = []
        for name, value in row.settings.items():
            directory, _, file = name.partition("/")
            if directory == "managed.d" and not file.startswith("."):
                place = (Layer.MANAGED, f"/etc/claude-code/managed-settings.d/{file}")
            elif name in files:
                place = files[name]
            else:
                continue
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            layers.append(LayerText(layer=place[0], file=place[1], text=text))
        own = {file: layer for layer, file in (files["project"], files["local"])}
        own[f"{self._tree.workspace}/.claude/settings.local.json"] = Layer.LOCAL  # of the repository's root
        layers += [
            LayerText(layer=own[file], file=file, text=text)
            for file, text in row.files.items()
            if file in own and text is not None
        ]
        layers.append(
            single_rules(
                allow=self._texts("allowed_tools"),
                deny=self._texts("disallowed_tools"),
                directories=self._texts("add_dirs"),
            )
        )
        sources = row.options.get("setting_sources")
        found = settings(
            sorted(layers, key=lambda layer: layer.file.endswith("managed-settings.json"), reverse=True),
            workspace=row.cwd,
            home=home,
            trusted="untrusted" not in row.options,
            sources=[Layer(str(source)) for source in sources] if isinstance(sources, list) else None,
        )
        if found.policy.order is Order.CURRENT and self._order is not Order.CURRENT:
            found = msgspec.structs.replace(found, policy=msgspec.structs.replace(found.policy, order=self._order))
        return found

    def _texts(self, option: str) -> tuple[str, ...]:
        value = self._row.options.get(option, ())
        return tuple(str(text) for text in value) if isinstance(value, list | tuple) else ()

    def _mode(self, found: Settings) -> Mode:
        """Return the mode that is in force when the call is made.

        Raises:
            UsageError: it was switched to one that the settings have switched off.
        """
        switched = self._row.options.get("set_mode")
        if switched is not None:
            mode = Mode(str(switched))
            if mode in found.policy.modes_off:
                raise UsageError(f"mode {mode.value} is switched off")
            return mode
        return Mode(self._row.mode) if self._row.mode is not None else found.default_mode or Mode.DEFAULT

    def _decision(self, found: Settings, mode: Mode) -> tuple[str, str]:
        row, policy = self._row, found.policy
        cwd = self._cwd_after(row.before)
        input_json = msgspec.json.encode(row.input).decode()
        hooks = self._hooks(found)
        said = self._asked(hooks, Occasion.BEFORE, input_json, cwd, mode)
        if said.input_json is not None:
            input_json = said.input_json
        judged = rehearse(row.tool, input_json, policy=policy, mode=mode, cwd=cwd, resolve=self._resolve, hooks=(said,))
        why = judged.findings[0].why if judged.findings else judged.rejected
        match judged.verdict:
            case Verdict.ALLOW:
                return "allow", why
            case Verdict.DENY:
                return "deny", why
            case Verdict.CLASSIFY:
                return ("allow" if row.options.get("classifier_answer", "block") == "allow" else "deny"), why
            case Verdict.ASK:
                return self._answer(hooks, input_json, cwd, mode, why)

    def _answer(self, hooks: tuple[Hook, ...], input_json: str, cwd: str, mode: Mode, why: str) -> tuple[str, str]:
        """Return what becomes of a question: hooks have one chance, then the person, if there is one."""
        said = self._asked(hooks, Occasion.ASKED, input_json, cwd, mode)
        if said.verdict in {Verdict.ALLOW, Verdict.DENY}:
            return said.verdict.value, said.why
        return ("deny" if "no_callback" in self._row.options else "ask"), why

    def _hooks(self, found: Settings) -> tuple[Hook, ...]:
        test = condition(found.policy, self._resolve)
        own = command_hooks(
            found.hooks,
            directory=tempfile.gettempdir(),
            environment={"PATH": os.environ.get("PATH", os.defpath)},
            condition=test,
        )
        given = self._row.options.get("sdk_hooks")
        scripted = given.get(Occasion.BEFORE.value, []) if isinstance(given, dict) else []
        return (*own, *(_scripted(hook) for hook in scripted))

    def _asked(self, hooks: tuple[Hook, ...], occasion: Occasion, input_json: str, cwd: str, mode: Mode) -> Said:
        moment = Moment(
            occasion=occasion,
            run_id=self._row.id,
            cwd=cwd,
            mode=mode,
            call_id="rehearsal",
            tool=self._row.tool,
            input_json=input_json,
        )
        return merged(tuple(said for hook in hooks if (said := hook(moment)) is not None))

    def _cwd_after(self, before: tuple[dict[str, object], ...]) -> str:
        """Return the directory the shell is in after the calls that were played before."""
        cwd = self._row.cwd
        for call in before:
            given = call.get("input")
            command = str(given.get("command", "")) if isinstance(given, dict) else ""
            if command.startswith("cd "):
                cwd = posixpath.normpath(posixpath.join(cwd, command.removeprefix("cd ")))
        return cwd

    def _resolve(self, path: str) -> str | None:
        """Return where a path leads in the row's file tree; None when its links go in a circle."""
        names = [name for name in path.split("/") if name]
        real: list[str] = []
        followed = 0
        while names:
            name = names.pop(0)
            if name == "..":
                real = real[:-1]
                continue
            here = "/" + "/".join([*real, name])
            target = self._tree.symlinks.get(here)
            if target is None:
                real.append(name)
                continue
            followed += 1
            if followed > LINKS:
                return None
            if target.startswith("/"):
                real = []
            names = [part for part in target.split("/") if part and part != "."] + names
        return "/" + "/".join(real)


def _scripted(hook: dict[str, object]) -> Hook:
    """Return a hook that does what the row says a callback did."""
    timeout = hook.get("timeout")
    return callback_hook(
        partial(_callback, hook),
        Occasion.BEFORE,
        pattern=str(hook.get("matcher") or ""),
        timeout_s=float(timeout) if isinstance(timeout, int | float) else None,
        must_answer=hook.get("on_failure") == "block",
    )


def _callback(
    script: dict[str, object], _input: dict[str, object], _call_id: str | None, _context: dict[str, object]
) -> object:
    if script.get("raise"):
        raise RuntimeError("the row says that the callback raises")
    sleep_s = script.get("sleep")
    if isinstance(sleep_s, int | float):
        time.sleep(sleep_s)
    return script.get("return")
