"""The words of `runner`: every value that flows through a run.

    Task -> Run -> Turn -> ToolCall -> Action -> Decision -> Permit -> Execution (+ Change) -> Snapshot -> Report

Rules that live here and nowhere else:

* Everything is frozen and keyword-only; lists are tuples. A value that exists is a valid value.
* Units are part of a name: `_s` seconds, `_ms` milliseconds, `_bytes`, `_musd` millionths of a US dollar.
* Enum members go to disk by their text, never by a number, so that inserting a level later cannot change what an
  old journal says. Fields are always written, defaults too, so that changing a default cannot either.
* An `Action` is judged *and* performed: no second reading of the model's words happens between the two.
* A `Permit` cannot be built from anything but an ALLOW given for exactly that action. It is the only thing a
  sandbox accepts, so "nothing runs undecided" is a type error first and a constructor check second.

Not promised: that a value is *true*. Whatever came out of a container or a model is data of unknown honesty.
"""

import enum
import functools
import hashlib

import msgspec


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """The shape every word has: immutable, compared by value, built by keyword.

    Each word repeats `frozen=True, kw_only=True`: the type checker does not inherit them.
    """


WORKSPACE = "/workspace"
"""Where the workspace is in every box, and where its shell begins."""


# --- what was asked ---------------------------------------------------------------------------------------------------


class Mode(enum.Enum):
    """How much may happen without asking. The names are those of the Agent SDK, so that settings carry over."""

    DEFAULT = "default"
    ACCEPT_EDITS = "acceptEdits"
    PLAN = "plan"
    AUTO = "auto"
    DONT_ASK = "dontAsk"
    BYPASS = "bypassPermissions"

    def delegated(self, wish: "Mode | None") -> "Mode":
        """Return the mode of a subagent that is begun in this mode and for which `wish` is asked.

        A stricter wish is granted, a laxer one is not. `bypassPermissions`, `auto` and `acceptEdits` are passed on as
        they are, as in the Agent SDK: what was given to the whole run cannot be taken back by the model.
        """
        order = (Mode.PLAN, Mode.DONT_ASK, Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.AUTO, Mode.BYPASS)
        if wish is None or order.index(self) > order.index(Mode.DEFAULT):
            return self
        return min(self, wish, key=order.index)


class Limits(Word, frozen=True, kw_only=True):
    """What a run may spend. Reaching one stops the run with its state kept. `None` means: no such limit.

    Attributes:
        turns: model replies.
        tokens: all tokens of all requests, cached ones included.
        spend_musd: the agent's model spend; overshoots by at most one reply.
        wall_s: time the run is being worked on. Time between a stop and its resume, and time spent waiting for a
            person's answer, do not count.
        exec_s: one command. The whole process tree is killed at the deadline.
        output_bytes: what one call may show the model; the rest is kept in a file it can read.
        denials: calls denied in the whole run.
        disk_bytes: the workspace, checked at every snapshot.
        memory_bytes, cpus, pids: the box.
        classifier_musd: what the auto mode's classifier may spend, apart from the agent's.
    """

    turns: int | None = 100
    tokens: int | None = None
    spend_musd: int | None = 10_000_000
    wall_s: int | None = 4 * 3600
    exec_s: int = 600
    output_bytes: int = 30_000
    denials: int | None = 20
    disk_bytes: int | None = 10 * 1024**3
    memory_bytes: int = 2 * 1024**3
    cpus: float = 2.0
    pids: int = 512
    classifier_musd: int | None = 1_000_000


class Network(Word, frozen=True, kw_only=True):
    """Which hosts the box may reach. Empty means: no network interface but loopback."""

    allowed: tuple[str, ...] = ()


class Check(Word, frozen=True, kw_only=True):
    """A command that decides success: it runs in a fresh box on the finished workspace and must exit with 0."""

    name: str
    command: str


class Task(Word, frozen=True, kw_only=True):
    """What was asked, complete: a task file, the command line and the defaults already joined.

    Attributes:
        prompt: the task in the user's words, verbatim.
        workspace: absolute host path of the directory to copy. It is read, never written, never mounted.
        image: name of a container image, or of a folder of `images/`.
        env: names and values set in the box; nothing of the host's environment is inherited.
        artifacts: gitignore-style patterns of workspace files to hand out beside the patch.
    """

    prompt: str
    workspace: str
    image: str
    mode: Mode
    model: str
    network: Network
    limits: Limits
    checks: tuple[Check, ...]
    env: tuple[tuple[str, str], ...]
    artifacts: tuple[str, ...]


# --- what the model said ----------------------------------------------------------------------------------------------


class ToolCall(Word, frozen=True, kw_only=True, tag="tool_use", tag_field="type"):
    """What the model asked for, verbatim. `input_json` is the JSON object as it came."""

    id: str
    tool: str
    input_json: str


class Text(Word, frozen=True, kw_only=True, tag="text", tag_field="type"):
    """Words of the model."""

    text: str


class Verbatim(Word, frozen=True, kw_only=True, tag="verbatim", tag_field="type"):
    """A block only its vendor understands (signed thinking, compaction): sent back unchanged, never interpreted.

    `text` is what a person may be shown of it; empty when there is nothing to show.
    """

    block_json: str
    text: str


Block = Text | ToolCall | Verbatim


class StopReason(enum.Enum):
    """Why the model stopped, as the Messages API names it."""

    END_TURN = "end_turn"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"
    STOP_SEQUENCE = "stop_sequence"
    PAUSE_TURN = "pause_turn"
    REFUSAL = "refusal"
    CONTEXT_EXCEEDED = "model_context_window_exceeded"


class Usage(Word, frozen=True, kw_only=True):
    """What a reply cost. Input tokens are the uncached ones; the four counts add up to all tokens of the request."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    spend_musd: int = 0

    @property
    def tokens(self) -> int:
        """All tokens, cached ones included."""
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """The sum, field by field."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            spend_musd=self.spend_musd + other.spend_musd,
        )


class Reply(Word, frozen=True, kw_only=True):
    """One answer of the model. `usage` includes attempts that failed on the way to it.

    Raises:
        ValueError: two calls have the same id, so that a verdict on one could be taken for the other's.
    """

    blocks: tuple[Block, ...]
    stop: StopReason
    model: str
    usage: Usage
    took_ms: int

    def __post_init__(self) -> None:
        """Refuse ambiguous calls."""
        ids = [call.id for call in self.calls]
        if len(set(ids)) < len(ids):
            raise ValueError("two tool calls of one reply have the same id")

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in the order they will be judged and performed."""
        return tuple(block for block in self.blocks if isinstance(block, ToolCall))

    @property
    def text(self) -> str:
        """The model's words, paragraphs joined by an empty line."""
        return "\n\n".join(block.text for block in self.blocks if isinstance(block, Text)).strip()


# --- what would be done -----------------------------------------------------------------------------------------------


class Exec(Word, frozen=True, kw_only=True, tag="exec", tag_field="do"):
    """Run a command in the persistent shell."""

    command: str


class Restart(Word, frozen=True, kw_only=True, tag="restart", tag_field="do"):
    """End the persistent shell with everything it started, and begin a new one."""


class Probe(Word, frozen=True, kw_only=True, tag="check", tag_field="do"):
    """Run a check in a shell of its own, with nothing of the agent's session in it."""

    command: str


class View(Word, frozen=True, kw_only=True, tag="view", tag_field="do"):
    """Show a file, or the entries of a directory.

    Lines count from 1; both None means everything, `last_line` None means to the end.
    """

    path: str
    first_line: int | None = None
    last_line: int | None = None


class Create(Word, frozen=True, kw_only=True, tag="create", tag_field="do"):
    """Write a file, replacing what stands there; missing parent directories are made."""

    path: str
    text: str


class Replace(Word, frozen=True, kw_only=True, tag="replace", tag_field="do"):
    """Replace the only occurrence of `old` in a file by `new`."""

    path: str
    old: str
    new: str


class Insert(Word, frozen=True, kw_only=True, tag="insert", tag_field="do"):
    """Insert text after a line; 0 means at the top."""

    path: str
    after_line: int
    text: str


class Delegate(Word, frozen=True, kw_only=True, tag="delegate", tag_field="do"):
    """Let a subagent work on a part of the task: in the same box, with a transcript of its own.

    Attributes:
        description: a few words for people.
        prompt: all the subagent is told.
        mode: a stricter mode for it; None means the parent's.
    """

    description: str
    prompt: str
    mode: Mode | None = None


class Question(Word, frozen=True, kw_only=True, tag="question", tag_field="do"):
    """Ask the user something. `questions_json` is the checked list of questions, as the model wrote it."""

    questions_json: str


class Propose(Word, frozen=True, kw_only=True, tag="plan", tag_field="do"):
    """Hand a plan over for approval, which ends plan mode."""

    plan: str


class Foreign(Word, frozen=True, kw_only=True, tag="foreign", tag_field="do"):
    """A call of a tool that runs do not have (a web fetch, an MCP tool): it can be judged, never performed.

    Policies name such tools, and settings are tried out on calls recorded elsewhere.
    """

    input_json: str


FileOperation = View | Create | Replace | Insert
BoxOperation = Exec | Restart | Probe | FileOperation
HostOperation = Delegate | Question | Propose | Foreign
Operation = BoxOperation | HostOperation


class Effects(Word, frozen=True, kw_only=True):
    """What an action does, as far as that can be told before it runs.

    Attributes:
        reads, writes, deletes: absolute box paths; one may be a shell pattern, and a directory means all below it.
        executes: programs, and scripts of the workspace, that run code beyond what the other fields say: a build, a
            test runner, `git commit`. They change things in the box that are not listed.
        sends: hosts and URLs it talks to; `?` when it talks to somebody and it cannot be told to whom.
        privilege: how it asks for more rights than it has (`sudo`).
        hazards: ids of known dangerous acts, as `policy/hazards.py` names them.
        opaque: the reason when it could not be told what happens; then the other fields are what is known so far,
            and everything must be assumed.
        unread: the text itself could not be read, or which program runs is known only then, so there may be commands
            that `parts` does not list. Implies `opaque`.
        links: a named path and where it really is, for every path above that leads through a symbolic link.
        parts: what the action consists of, each with its own effects; empty when it is one thing. The fields above
            are the union of theirs.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    executes: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    privilege: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    opaque: str | None = None
    unread: bool = False
    links: tuple[tuple[str, str], ...] = ()
    parts: tuple["Part", ...] = ()

    @property
    def may_write(self) -> bool:
        """Whether the workspace may differ afterwards."""
        acts = self.writes or self.deletes or self.executes or self.privilege
        return bool(acts or self.hazards or self.opaque is not None)

    @property
    def only_reads(self) -> bool:
        """Whether nothing but reading can happen, and that for certain."""
        return not (self.may_write or self.sends)


class Part(Word, frozen=True, kw_only=True):
    """One simple command of a shell command, or one redirection.

    Attributes:
        text: as written, blanks folded, redirections left out; empty for a redirection.
        plain: further texts for the same command that mean the same for sure (a transparent wrapper such as
            `timeout 5` or a harmless assignment taken off). An allow rule matches `text` or one of these.
        spellings: all texts under which a deny or ask rule should know it: quoting taken off, the program's directory
            taken off, every wrapper taken off, what is inside `sh -c`, what `find -exec` or `xargs` run.
        uncertain: why its words are known only when it runs (`$X`, `$(cmd)`, a name pattern that is written to or
            deleted), so that no allow rule but one for the whole tool covers it; empty when they are certain.
        roundabout: through what it works other than plainly (a substitution, a nested shell, the background), so that
            a person who glances at the text does not see what it does; empty when it is plain.
        effects: its own; without parts.
    """

    text: str
    plain: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    uncertain: str = ""
    roundabout: str = ""
    effects: Effects


class Action(Word, frozen=True, kw_only=True):
    """What would be done, canonical: the one thing judged *and* performed.

    `parameters` are the call's scalar parameters as the model gave them, for rules that name one.
    """

    call_id: str
    tool: str
    operation: Operation
    effects: Effects
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """Name of exactly this action of exactly this call: 32 hex digits of SHA-256 over its JSON form."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]

    def decide(
        self,
        verdict: "Verdict",
        *,
        rung: "Rung",
        why: str,
        instead: str = "",
        rule: str | None = None,
        latency_ms: int = 0,
        spend_musd: int = 0,
    ) -> "Decision":
        """Return a decision that covers this action and no other."""
        return Decision(
            covers=self.digest,
            verdict=verdict,
            rung=rung,
            why=why,
            instead=instead,
            rule=rule,
            latency_ms=latency_ms,
            spend_musd=spend_musd,
        )


# --- what was decided -------------------------------------------------------------------------------------------------


@functools.total_ordering
class Verdict(enum.Enum):
    """Ordered by strictness, so that combining verdicts is `max`."""

    ALLOW = "allow"
    CLASSIFY = "classify"
    ASK = "ask"
    DENY = "deny"

    def __lt__(self, other: object) -> bool:
        """Whether this is the milder of two."""
        if not isinstance(other, Verdict):
            return NotImplemented
        order = list(Verdict)
        return order.index(self) < order.index(other)


class Rung(enum.Enum):
    """Who decided."""

    HOOK = "hook"
    DENY_RULE = "deny rule"
    ASK_RULE = "ask rule"
    MODE = "mode"
    ALLOW_RULE = "allow rule"
    CLASSIFIER = "classifier"
    APPROVER = "approver"
    TASK = "task"
    FAULT = "fault"


class Occasion(enum.Enum):
    """When hooks are called. The names are those of the Agent SDK, so that settings carry over."""

    START = "SessionStart"
    PROMPT = "UserPromptSubmit"
    BEFORE = "PreToolUse"
    ASKED = "PermissionRequest"
    DENIED = "PermissionDenied"
    AFTER = "PostToolUse"
    STOP = "Stop"
    END = "SessionEnd"


class Layer(enum.Enum):
    """Where a setting comes from, the most authoritative first."""

    MANAGED = "managed"
    COMMAND_LINE = "command line"
    TASK = "task file"
    SESSION = "session"
    LOCAL = "local"
    PROJECT = "project"
    USER = "user"


class Source(Word, frozen=True, kw_only=True):
    """Where a rule stands.

    Attributes:
        layer: whose it is.
        file: host path of the file; empty when it came from elsewhere.
        line: counted from 1; None when unknown.
        root: box path that a leading slash of a path pattern means; None: such a pattern matches nothing.
    """

    layer: Layer
    file: str = ""
    line: int | None = None
    root: str | None = None


class Rule(Word, frozen=True, kw_only=True):
    """One permission rule: `Tool` or `Tool(specifier)`, and the verdict for what it matches.

    Attributes:
        id: names it in decisions; `Bash(rm *)` names itself, a rule of a table may have a shorter one.
        verdict: ALLOW, ASK or DENY.
        tool: a tool's name as people write it, or a pattern of names with `*`.
        specifier: what stands in the parentheses; None without.
        why, instead: what people and the model are told; empty: made from the rule's text.
        match, not_match: examples, proven when the policy is loaded.
    """

    id: str
    verdict: Verdict
    tool: str
    specifier: str | None
    source: Source
    why: str = ""
    instead: str = ""
    match: tuple[str, ...] = ()
    not_match: tuple[str, ...] = ()


class Order(enum.Enum):
    """In which order the rungs below the hooks are asked; both orders were published for the Agent SDK."""

    CURRENT = "deny-ask-mode-allow"
    OLDER = "deny-allow-ask"


class Policy(Word, frozen=True, kw_only=True):
    """All that the ladder judges by, settings of all layers already joined.

    Attributes:
        rules: of all layers; their order has no meaning.
        workspace, home: absolute box paths.
        directories: further box directories in which files may be read and edited as in the workspace.
        block_outside_reads: reads outside the workspace and `directories` are denied instead of asked about.
        modes_off: modes that may not be entered.
    """

    rules: tuple[Rule, ...] = ()
    order: Order = Order.CURRENT
    workspace: str = WORKSPACE
    home: str = "/home/agent"
    directories: tuple[str, ...] = ()
    block_outside_reads: bool = False
    modes_off: tuple[Mode, ...] = ()


class Decision(Word, frozen=True, kw_only=True):
    """A verdict with its author.

    Attributes:
        covers: digest of the action it was given for.
        why: one sentence, shown to the model when denied and to people always.
        instead: what to do instead; empty unless denied.
        rule: id of the rule that spoke, if one did.
        latency_ms, spend_musd: what deciding cost.
    """

    covers: str
    verdict: Verdict
    rung: Rung
    why: str
    instead: str = ""
    rule: str | None = None
    latency_ms: int = 0
    spend_musd: int = 0


class Permit(Word, frozen=True, kw_only=True):
    """An action together with the ALLOW that covers exactly it.

    Raises:
        ValueError: the verdict is not ALLOW, or the decision was given for another action.
    """

    action: Action
    decision: Decision

    def __post_init__(self) -> None:
        """Refuse to exist without the right."""
        if self.decision.verdict is not Verdict.ALLOW:
            raise ValueError(f"a permit needs an ALLOW, got {self.decision.verdict.value}")
        if self.decision.covers != self.action.digest:
            raise ValueError("this decision was given for another action")


class Evidence(Word, frozen=True, kw_only=True):
    """All a classifier may see. No field can hold the agent's prose or a tool's output.

    Attributes:
        prompt: the user's words.
        earlier: what was decided before in this run, oldest first.
        actions: the pending calls of one reply, to be judged together.
    """

    prompt: str
    earlier: tuple[tuple[Action, Decision], ...]
    actions: tuple[Action, ...]


# --- what happened ----------------------------------------------------------------------------------------------------


class End(enum.Enum):
    """How an execution ended."""

    EXITED = "exited"  # by itself, with an exit code
    TIMEOUT = "timeout"  # its deadline passed; the whole process tree was killed
    KILLED = "killed"  # by a signal, memory limit included
    LOST = "lost"  # the box is gone; what happened is unknown


class Execution(Word, frozen=True, kw_only=True):
    """What became of a permitted action. What the agent's command did is data here, never an exception.

    Attributes:
        exit_code: of the command (128 + signal when killed); 0 or 1 for a file operation; None when unknown.
        output: stdout and stderr, or the file tool's answer: at most the limit's bytes, head and tail kept,
            undecodable bytes and control characters replaced.
        cut_bytes: how many bytes of output are not in `output`.
        spill: box path of a file with the full text; None when nothing was cut.
        cwd: the shell's working directory afterwards; None for file operations and when unknown.
        alive: processes still running in the box afterwards, the shell itself not counted.
        session_restarted: the shell had to be replaced; variables, functions and background jobs are gone.
        out_of_memory: the kernel killed something of the box during this call.
    """

    end: End
    exit_code: int | None
    output: str
    took_ms: int
    cut_bytes: int = 0
    spill: str | None = None
    cwd: str | None = None
    alive: int = 0
    session_restarted: bool = False
    out_of_memory: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.end is End.EXITED and self.exit_code == 0


class Paths(Word, frozen=True, kw_only=True):
    r"""Some paths out of `count`: at most the first 200, relative to the workspace, undecodable bytes as `\xNN`."""

    count: int = 0
    listed: tuple[str, ...] = ()


class Change(Word, frozen=True, kw_only=True):
    """What differs between two states of the workspace. `size_bytes`: of the added and changed files together."""

    added: Paths
    changed: Paths
    deleted: Paths
    size_bytes: int = 0

    @property
    def count(self) -> int:
        """How many entries differ."""
        return self.added.count + self.changed.count + self.deleted.count


class Snapshot(Word, frozen=True, kw_only=True):
    """A named state of the workspace. Saving an unchanged workspace gives the same id."""

    id: str
    entries: int
    size_bytes: int


class Purpose(enum.Enum):
    """What a box is for. Checks never run in the box the agent worked in."""

    WORK = "work"
    CHECKS = "checks"


class Box(Word, frozen=True, kw_only=True):
    """A started container: its id, the image's id, and the engine's name and version."""

    id: str
    image_id: str
    engine: str
    purpose: Purpose


class Ending(enum.Enum):
    """How a run ended; `errors.EXIT_CODES` maps each to an exit code."""

    DONE = "done"
    CHECK_FAILED = "check failed"
    GAVE_UP = "gave up"
    DENIALS = "denial limit"
    LIMIT = "limit reached"
    WAITING = "waiting for an answer"
    CLASSIFIER = "classifier unavailable"
    MODEL = "model failed"
    SANDBOX = "sandbox failed"
    UNCERTAIN = "uncertain"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


class Outcome(Word, frozen=True, kw_only=True):
    """How the run ended, why in one sentence, and what a person can do about it (empty: nothing to do)."""

    ending: Ending
    why: str
    hint: str = ""
