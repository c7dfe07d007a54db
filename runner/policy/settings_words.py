"""The words of settings: the keys there are, and what one layer says with them.

Rules that live here and nowhere else:

* Which keys are read, which are known and mean nothing here, and which of those may be meant to restrict.
* Every value knows the line it stands on.

Not promised: that what a layer says counts; `settings.py` joins the layers.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from runner.policy.settings_text import Keys
from runner.types import Layer, Mode, Occasion, Order, Policy, Source, Verdict, Word

T = TypeVar("T")

RULES = {"allow": Verdict.ALLOW, "ask": Verdict.ASK, "deny": Verdict.DENY}
"""The lists of rules, and what their rules say."""

MODES = {mode.value: mode for mode in Mode} | {"manual": Mode.DEFAULT}
"""The names of modes; `manual` is what the reference client's screens call `default`."""

SWITCHES = {"disableBypassPermissionsMode": Mode.BYPASS, "disableAutoMode": Mode.AUTO}
"""The keys that switch a mode off."""

OUTSIDE_READS = "blockReadsOutsideWorkingDirectories"
MANAGED_RULES = "allowManagedPermissionRulesOnly"
MANAGED_HOOKS = "allowManagedHooksOnly"
NO_HOOKS = "disableAllHooks"

TIGHTENING = ("deny", "ask", OUTSIDE_READS, *SWITCHES)
"""Keys that only tighten, and so count wherever and however they are written."""

RULE_HINT = "Write it as a text such as `Bash(rm *)`, or as keys: rule, id, why, instead, match, not_match."

RULE_KEYS = ("rule", "id", "why", "instead", "match", "not_match")
"""The keys of a rule that is written as a table."""

HANDLER_KEYS = ("type", "command", "timeout", "if")
HANDLER_TRIMMINGS = ("statusMessage", "once", "name", "description")
"""Keys of a hook that change nothing about what is decided."""

RESTRICTING = {
    "autoMode": "no instructions for the classifier are read",
    "sandbox": "every command runs in the box of the run, and nothing loosens it",
    "useAutoModeDuringPlan": "mode plan uses the classifier unless `disableAutoMode` is set",
    "allowManagedMcpServersOnly": "runs have no MCP servers",
    "deniedMcpServers": "runs have no MCP servers; a deny rule for `mcp__SERVER` is judged",
    "availableModels": "the model is chosen by the task file and the command line",
    "classifier": "there is no classifier that settings could choose",
    "allowedTools": "this is an old key; move its rules to `permissions.allow`",
    "disallowedTools": "this is an old key; move its rules to `permissions.deny`",
}
"""Known keys that may be meant to restrict and do nothing here, each with what is so instead."""

FOREIGN = frozenset(
    """
    $schema agent allowedHttpHookUrls allowedMcpServers alwaysThinkingEnabled apiKeyHelper attribution autoConnectIde
    autoMemoryDirectory autoUpdatesChannel awsAuthRefresh awsCredentialExport blockedMarketplaces channelsEnabled
    cleanupPeriodDays companyAnnouncements defaultShell disabledMcpjsonServers editorMode effortLevel
    enableAllProjectMcpServers enabledMcpjsonServers enabledPlugins env extraKnownMarketplaces fastModePerSessionOptIn
    feedbackSurveyRate fileSuggestion forceLoginMethod forceLoginOrgUUID httpHookAllowedEnvVars includeCoAuthoredBy
    includeGitInstructions language minimumVersion model modelOverrides otelHeadersHelper outputStyle plansDirectory
    pluginConfigs pluginTrustMessage prefersReducedMotion prUrlTemplate respectGitignore showThinkingSummaries
    skipAutoPermissionPrompt skipDangerousModePermissionPrompt skipWebFetchPreflight spinnerTipsEnabled
    spinnerTipsOverride spinnerVerbs statusLine strictKnownMarketplaces teammateMode theme tui verbose viewMode
    voiceEnabled worktree
    """.split()  # noqa: SIM905 - a table of names reads better without quotes
)
"""Keys of the reference client's settings that are about other things than what may happen."""

FOREIGN_EVENTS = frozenset(
    """
    ConfigChange CwdChanged DirectoryAdded Elicitation ElicitationResult FileChanged InstructionsLoaded MessageDisplay
    Notification PostCompact PostToolBatch PostToolUseFailure PreCompact Setup StopFailure SubagentStart SubagentStop
    TaskCompleted TaskCreated TeammateIdle UserPromptExpansion WorktreeCreate WorktreeRemove
    """.split()  # noqa: SIM905 - a table of names reads better without quotes
)
"""Moments of the reference client that a run does not have."""

JUDGING = frozenset({Occasion.BEFORE, Occasion.ASKED, Occasion.PROMPT})
"""Moments whose hooks refuse things, so that one that cannot run must not be left out quietly."""


class SettingsWarning(Word, frozen=True, kw_only=True):
    """Something in the settings that a person should look at. `line` is None when it is about the whole file."""

    file: str
    line: int | None
    sentence: str
    hint: str = ""


class HookConfig(Word, frozen=True, kw_only=True):
    """A command that is called at a moment of a run.

    Attributes:
        event: the moment.
        matcher: which tools it is called for: names joined by `|`, else a regular expression; empty: all.
        command: for the host's shell.
        timeout_s: None: the moment's usual time.
        condition: a permission rule that the call must match; None: always.
        source: where it stands.
    """

    event: Occasion
    matcher: str
    command: str
    timeout_s: float | None
    condition: str | None
    source: Source


class LayerText(Word, frozen=True, kw_only=True):
    """The text of one layer.

    Attributes:
        layer: whose it is.
        file: host path, or what else people should call it; empty for a text on the command line.
        text: YAML, or JSON if the file is called so.
        single: its rules were given one by one on the command line (`--allow`, `--deny`).
    """

    layer: Layer
    file: str
    text: str
    single: bool = False


class LayerTree(Word, frozen=True, kw_only=True):
    """One layer that was read already, such as the `permissions` of a task file."""

    layer: Layer
    file: str
    tree: Keys


class Origin(Word, frozen=True, kw_only=True):
    """Where a value stands, whether it counts, and if not, why."""

    key: str
    value: str
    source: Source
    counts: bool = True
    note: str = ""


class Settings(Word, frozen=True, kw_only=True):
    """All settings, joined.

    Attributes:
        policy: what calls are judged by.
        default_mode: the mode a run starts in unless told otherwise; None: no layer says.
        hooks: the commands that are called, those that do not count left out.
        disable_all_hooks: no hook counts but what managed settings bring, if they do not say so themselves.
        warnings: what a person should look at.
        origins: every value and every rule of every layer, those that do not count too.
    """

    policy: Policy
    default_mode: Mode | None = None
    hooks: tuple[HookConfig, ...] = ()
    disable_all_hooks: bool = False
    warnings: tuple[SettingsWarning, ...] = ()
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """A value and the line it stands on."""

    value: T
    line: int


class RuleText(Word, frozen=True, kw_only=True):
    """A rule as it is written."""

    verdict: Verdict
    text: str
    line: int
    id: str | None = None
    why: str = ""
    instead: str = ""
    match: tuple[str, ...] = ()
    not_match: tuple[str, ...] = ()


@dataclass(slots=True)
class Says:
    """All that one layer says. None and empty: it says nothing.

    Attributes:
        name: how errors and warnings call it.
        single: its rules were given one by one on the command line.
        impossible: hooks that cannot be run here: an error if the layer's hooks count, and nothing if not.
        unused: keys that are known and mean nothing here.
    """

    layer: Layer
    file: str
    name: str
    single: bool = False
    rules: list[RuleText] = field(default_factory=list)
    directories: list[Stated[str]] = field(default_factory=list)
    modes_off: list[Stated[Mode]] = field(default_factory=list)
    hooks: list[HookConfig] = field(default_factory=list)
    impossible: list[Stated[str]] = field(default_factory=list)
    unused: list[Stated[str]] = field(default_factory=list)
    warnings: list[SettingsWarning] = field(default_factory=list)
    mode: Stated[Mode] | None = None
    order: Stated[Order] | None = None
    outside_reads: Stated[bool] | None = None
    managed_rules_only: Stated[bool] | None = None
    managed_hooks_only: Stated[bool] | None = None
    no_hooks: Stated[bool] | None = None
