"""The settings of all layers, joined to the policy that a run is judged by.

    managed > command line > task file > session > local > project > user

Rules that live here and nowhere else:

* Lists of rules, directories and hooks are joined over all layers. Of single values the most authoritative layer's
  counts, and within a layer the later file's. Of switches that tighten one is enough, wherever it stands.
* A default mode that is switched off, by whomever, is `default`.
* Files of the workspace (project and local) may tighten and never loosen: their deny and ask rules and their switches
  always count; their allow rules, directories, hooks, order, `disableAllHooks`, and a default mode that could permit
  more than the one without them, count only in a trusted workspace. They can never start mode auto or
  bypassPermissions. The reference client believes local files, hooks and default modes of a workspace it does not
  trust; a repository that was just cloned can hold any of these.
* `allowManagedPermissionRulesOnly` and `allowManagedHooksOnly` mean something in managed settings only. The first
  leaves out everybody else's rules, but for those that were denied one by one on the command line.
* A leading slash in a path means: in project settings the workspace, in local settings, task files and single rules the
  directory the run starts in, in user settings `~/.claude`, in a settings file its directory. Where that is nowhere in
  the box, or there is no file, what denies and asks means the workspace, and what allows means nothing.
* A settings text that is broken is an error with file and line. None is ignored, whoever wrote it.

Theory: a layer's text becomes a tree (`settings_text.py`), the tree what the layer says (`settings_layer.py`); here it
is decided what of that counts, and each value and rule is kept with where it came from and why it counts or not.

Not promised: that the files are who they say they are; `adapters/settings_files.py` looks at owners.
"""

import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from runner.policy import rule_checks, rules
from runner.policy.effects import shell_effects
from runner.policy.host_paths import HostPaths
from runner.policy.settings_layer import WARNINGS, says
from runner.policy.settings_text import COMMAND_LINE, SettingsError, fail, legible, tree
from runner.policy.settings_words import (
    MANAGED_HOOKS,
    MANAGED_RULES,
    NO_HOOKS,
    OUTSIDE_READS,
    SWITCHES,
    HookConfig,
    LayerText,
    LayerTree,
    Origin,
    RuleText,
    Says,
    Settings,
    SettingsWarning,
    Stated,
)
from runner.types import WORKSPACE, Effects, Layer, Mode, Order, Policy, Rule, Source, Verdict

__all__ = [
    "HookConfig",
    "LayerText",
    "LayerTree",
    "Origin",
    "Settings",
    "SettingsError",
    "SettingsWarning",
    "never_permits_more",
    "settings",
]

OF_WORKSPACE = frozenset({Layer.PROJECT, Layer.LOCAL})
"""The layers that whoever wrote the workspace could have written."""

SELECTABLE = OF_WORKSPACE | {Layer.USER}
"""The layers that may be left unread."""

TIGHTER = {
    Mode.ACCEPT_EDITS: frozenset({Mode.DEFAULT, Mode.DONT_ASK}),
    Mode.DEFAULT: frozenset({Mode.DONT_ASK}),
}
"""Which modes never permit more than a mode does. Not plan: while planning, shell commands that `default` would ask
about go to the classifier, if there is one."""

OUTRANKED = "a more authoritative layer says otherwise"
UNTRUSTED = "the workspace is not trusted"

SWITCH_OF = {mode: key for key, mode in SWITCHES.items()}


def settings(
    layers: Sequence[LayerText | LayerTree],
    *,
    workspace: str = WORKSPACE,
    home: str = "/home/agent",
    cwd: str | None = None,
    host_workspace: str | None = None,
    host_home: str | None = None,
    trusted: bool = False,
    sources: Collection[Layer] | None = None,
) -> Settings:
    """Return the settings that these layers are together.

    Args:
        layers: in any order; of two files of one layer the later one is the more authoritative.
        workspace: in the box, absolute.
        home: in the box, absolute.
        cwd: the box directory that the run starts in; None: the workspace.
        host_workspace: the host directory whose copy the workspace is; None: all paths are the box's already.
        host_home: the user's home on the host; None: it is not known.
        trusted: the user vouches for the workspace's own settings.
        sources: which of the layers user, project and local count; None: all of them.

    Raises:
        SettingsError: a text is broken, a deny or ask rule is none, an example is not met, or a hook cannot be run.
    """
    paths = HostPaths(workspace=workspace, home=home, host_workspace=host_workspace, host_home=host_home)
    join = _Join(paths, cwd=cwd or workspace, trusted=trusted)
    for layer in layers:
        if sources is None or layer.layer in sources or layer.layer not in SELECTABLE:
            join.read(layer)
    return join.joined()


class _Join:
    """The layers as they are joined."""

    def __init__(self, paths: HostPaths, *, cwd: str, trusted: bool) -> None:
        self._paths = paths
        self._cwd = cwd
        self._trusted = trusted
        self._said: list[Says] = []
        self._warnings: list[SettingsWarning] = []
        self._origins: list[Origin] = []
        self._translated: dict[int, Rule] = {}  # by identity: rules that only say what another one means on the host

    def read(self, layer: LayerText | LayerTree) -> None:
        """Take in what a layer says."""
        root = layer.tree if isinstance(layer, LayerTree) else tree(layer.text, file=layer.file)
        said = says(root, layer=layer.layer, file=layer.file)
        said.single = isinstance(layer, LayerText) and layer.single
        self._said.append(said)
        self._warnings += said.warnings
        for key in said.unused:
            self._note(said, key.value, "", key.line, "not used by this version")

    def joined(self) -> Settings:
        """Return all of it."""
        self._said.reverse()
        self._said.sort(key=lambda said: list(Layer).index(said.layer))  # stable: the most authoritative is the first
        policy = Policy(
            rules=tuple(self._rules()),
            order=self._order(),
            workspace=self._paths.workspace,
            home=self._paths.home,
            directories=tuple(dict.fromkeys(self._directories())),
            block_outside_reads=self._outside_reads(),
            modes_off=self._modes_off(),
        )
        mode = self._default_mode(policy.modes_off)
        no_hooks, hooks = self._hooks()
        self._tell_untrusted()
        return Settings(
            policy=policy,
            default_mode=mode,
            hooks=hooks,
            disable_all_hooks=no_hooks,
            warnings=(*self._warnings, *self._checked(policy)),
            origins=tuple(self._origins),
        )

    # --- rules ---

    def _rules(self) -> Iterator[Rule]:
        managed_only = self._managed(MANAGED_RULES, lambda said: said.managed_rules_only)
        for said in self._said:
            named: dict[str, RuleText] = {}
            for text in said.rules:
                why_not = self._why_not(said, loosens=text.verdict is Verdict.ALLOW)
                refused_singly = said.single and text.verdict is not Verdict.ALLOW
                if managed_only and said.layer is not Layer.MANAGED and not refused_singly:
                    why_not = "only managed rules count"
                self._note(said, f"permissions.{text.verdict.value}", text.text, text.line, why_not)
                if why_not:
                    continue
                if text.id is not None and named.setdefault(text.id, text).text != text.text:
                    fail(said.name, text.line, f"the id `{text.id}` names another rule too", "Give each its own.")
                yield from self._rule(said, text)

    def _rule(self, said: Says, text: RuleText) -> Iterator[Rule]:
        """Yield a rule as it is in the box: one that names files of the host may become several."""
        rule = rules.parse(
            text.text,
            text.verdict,
            Source(layer=said.layer, file=said.file, line=text.line, root=self._root(said, text.verdict)),
            rule_id=text.id or "",
            why=text.why,
            instead=text.instead,
            match=text.match,
            not_match=text.not_match,
        )
        if text.verdict is not Verdict.ALLOW and set(rule.tool) & set("() \t\n"):
            hint = "Close its parentheses; in YAML put quotes around a rule that holds ` #`."
            fail(said.name, text.line, f"`{text.text}` is neither `Tool` nor `Tool(specifier)`", hint)
        if rule.tool not in {"Read", "Edit"} or rule.specifier is None:
            yield rule
            return
        pattern = rule.specifier
        if self._paths.is_nowhere(pattern):
            sentence = f"`{text.text}` names files that are on the host only; nothing in the box is there"
            self._warn(
                said, text.line, sentence, "The workspace is at /workspace in the box, and `~` is the box's home."
            )
        if pattern.startswith("/") and not pattern.startswith("//") and self._source_root(said) is None:
            means = "means nothing here" if text.verdict is Verdict.ALLOW else "means the workspace here"
            hint = "Write `//` for the root of the file system, or no slash for the workspace."
            self._warn(said, text.line, f"the leading slash of `{text.text}` {means}", hint)
        *translated, own = self._paths.patterns(pattern)
        for specifier in translated:
            other = msgspec.structs.replace(rule, specifier=specifier, match=(), not_match=())
            self._translated[id(other)] = other
            yield other
        yield msgspec.structs.replace(rule, specifier=own)

    def _root(self, said: Says, verdict: Verdict) -> str | None:
        root = self._source_root(said)
        return self._cwd if root is None and verdict is not Verdict.ALLOW else root

    def _source_root(self, said: Says) -> str | None:
        """Return the box directory that a leading slash means in a layer; None: it has none."""
        match said.layer:
            case Layer.USER:
                return posixpath.join(self._paths.home, ".claude")
            case Layer.PROJECT:
                return self._paths.workspace
            case Layer.LOCAL | Layer.TASK | Layer.SESSION:
                return self._cwd
            case Layer.COMMAND_LINE if said.single:
                return self._cwd
            case Layer.COMMAND_LINE if said.file.startswith("/"):
                return self._paths.in_box(posixpath.dirname(said.file))
            case Layer.COMMAND_LINE | Layer.MANAGED:
                return None

    def _checked(self, policy: Policy) -> Iterator[SettingsWarning]:
        """Yield what looks wrong about the rules as they are written.

        Raises:
            SettingsError: an example of a rule is not met.
        """

        def analyse(command: str, cwd: str) -> Effects:
            return shell_effects(command, cwd, home=policy.home)

        written = tuple(rule for rule in policy.rules if id(rule) not in self._translated)
        for problem in rule_checks.prove(policy, analyse):
            fail(problem.source.file or COMMAND_LINE, problem.source.line or 1, problem.sentence, problem.hint)
        told: Counter[str] = Counter()
        for problem in rule_checks.check(msgspec.structs.replace(policy, rules=written)):
            file, line = problem.source.file or COMMAND_LINE, problem.source.line
            told[file] += 1
            if told[file] > WARNINGS:
                continue
            sentence = legible(problem.sentence.rstrip("."))
            yield SettingsWarning(file=file, line=line, sentence=sentence, hint=legible(problem.hint))

    # --- single values ---

    def _order(self) -> Order:
        chosen: Order | None = None
        for said in self._said:
            if (stated := said.order) is None:
                continue
            why_not = self._why_not(said, loosens=True)
            if not why_not and chosen is not None:
                why_not = OUTRANKED
            elif not why_not:
                chosen = stated.value
            self._note(said, "permissions.order", stated.value.value, stated.line, why_not)
        return chosen or Order.CURRENT

    def _default_mode(self, modes_off: Collection[Mode]) -> Mode | None:
        """Return the mode of the most authoritative layer whose word counts; None if that one is switched off."""
        others = (said.mode.value for said in self._said if said.mode and said.layer not in OF_WORKSPACE)
        without = next(others, Mode.DEFAULT)
        chosen: Stated[Mode] | None = None
        for said in self._said:
            if (stated := said.mode) is None:
                continue
            why_not = self._why_not_mode(
                said, stated.value, Mode.DEFAULT if without in modes_off else without, modes_off
            )
            if not why_not and chosen is not None:
                why_not = OUTRANKED
            elif not why_not:
                chosen = stated
                why_not = "this mode is switched off" if stated.value in modes_off else ""
            if why_not and why_not is not OUTRANKED:
                self._warn(said, stated.line, f"`defaultMode: {stated.value.value}` does not count: {why_not}")
            self._note(said, "permissions.defaultMode", stated.value.value, stated.line, why_not)
        return None if chosen is None or chosen.value in modes_off else chosen.value

    def _why_not_mode(self, said: Says, mode: Mode, without: Mode, modes_off: Collection[Mode]) -> str:
        if said.layer not in OF_WORKSPACE:
            return ""
        if mode in {Mode.AUTO, Mode.BYPASS}:
            return "files of the workspace cannot start this mode"
        if self._trusted or never_permits_more(mode, without, modes_off):
            return ""
        return f"{UNTRUSTED}, and this mode permits things that {without.value} does not"

    def _modes_off(self) -> tuple[Mode, ...]:
        off = [(said, stated) for said in self._said for stated in said.modes_off]
        for said, stated in off:
            self._note(said, f"permissions.{SWITCH_OF[stated.value]}", "disable", stated.line)
        return tuple(mode for mode in Mode if any(stated.value is mode for _, stated in off))

    def _outside_reads(self) -> bool:
        found = [(said, stated) for said in self._said if (stated := said.outside_reads) is not None]
        for said, stated in found:
            self._note(said, f"permissions.{OUTSIDE_READS}", _yes(stated.value), stated.line)
        return any(stated.value for _, stated in found)

    # --- hooks ---

    def _hooks(self) -> tuple[bool, tuple[HookConfig, ...]]:
        """Return whether hooks are switched off, and those that count."""
        managed_only = self._managed(MANAGED_HOOKS, lambda said: said.managed_hooks_only)
        off: set[Layer] = set()
        for said in self._said:
            if (stated := said.no_hooks) is None:
                continue
            why_not = self._why_not(said, loosens=stated.value)
            self._note(said, NO_HOOKS, _yes(stated.value), stated.line, why_not)
            if stated.value and not why_not:
                off.add(said.layer)
        counting: list[HookConfig] = []
        for said in self._said:
            why_not = self._why_not(said, loosens=True)
            if said.layer is not Layer.MANAGED and managed_only:
                why_not = "only managed hooks count"
            elif Layer.MANAGED in off or (off and said.layer is not Layer.MANAGED):
                why_not = "hooks are switched off"
            for hook in said.hooks:
                self._note(said, f"hooks.{hook.event.value}", hook.command, hook.source.line, why_not)
            if why_not:
                continue
            if said.impossible:
                what = said.impossible[0]
                fail(said.name, what.line, what.value, "Make it a command, or take it out of this file.")
            counting += said.hooks
        return bool(off), tuple(counting)

    # --- directories ---

    def _directories(self) -> Iterator[str]:
        for said in self._said:
            for stated in said.directories:
                path = self._paths.directory(stated.value, self._cwd)
                why_not = self._why_not(said, loosens=True)
                if path is None and not why_not:
                    why_not = "it is not in the box"
                    sentence = f"the directory `{stated.value}` is not in the box"
                    self._warn(said, stated.line, sentence, "Only the workspace is copied into the box.")
                self._note(said, "permissions.additionalDirectories", stated.value, stated.line, why_not)
                if path is not None and not why_not:
                    yield path

    # --- who may say what ---

    def _why_not(self, said: Says, *, loosens: bool) -> str:
        """Return why what a layer says does not count; empty when it does."""
        return UNTRUSTED if loosens and said.layer in OF_WORKSPACE and not self._trusted else ""

    def _managed(self, key: str, pick: Callable[[Says], Stated[bool] | None]) -> bool:
        """Return whether managed settings set a switch that is theirs alone."""
        is_set = False
        for said in self._said:
            if (stated := pick(said)) is not None:
                is_managed = said.layer is Layer.MANAGED
                is_set |= is_managed and stated.value
                self._note(
                    said, key, _yes(stated.value), stated.line, "" if is_managed else "only managed settings can"
                )
        return is_set

    def _tell_untrusted(self) -> None:
        """Say once per file that some of it does not count."""
        told: dict[str, list[Origin]] = {}
        for origin in self._origins:
            if origin.note == UNTRUSTED:
                told.setdefault(origin.source.file, []).append(origin)
        for file, origins in told.items():
            keys = ", ".join(dict.fromkeys(origin.key for origin in origins))
            sentence = f"{len(origins)} of its settings do not count, because {UNTRUSTED}: {keys}"
            hint = "Read the file; if you agree with it, use --trust-project."
            self._warnings.append(SettingsWarning(file=file, line=origins[0].source.line, sentence=sentence, hint=hint))

    def _note(self, said: Says, key: str, value: str, line: int | None, why_not: str = "") -> None:
        source = Source(layer=said.layer, file=said.file, line=line)
        self._origins.append(Origin(key=key, value=value, source=source, counts=not why_not, note=why_not))

    def _warn(self, said: Says, line: int, sentence: str, hint: str = "") -> None:
        self._warnings.append(
            SettingsWarning(file=said.name, line=line, sentence=legible(sentence), hint=legible(hint))
        )


def never_permits_more(mode: Mode, than: Mode, modes_off: Collection[Mode]) -> bool:
    """Whether everything that one mode permits unasked another one permits too."""
    if mode is than or than is Mode.BYPASS:
        return True
    if mode is Mode.PLAN:
        return Mode.AUTO in modes_off and than in {Mode.DEFAULT, Mode.ACCEPT_EDITS}
    return mode in TIGHTER.get(than, ())


def _yes(value: bool) -> str:
    return "true" if value else "false"
