"""The known dangerous acts: what each is called, how grave it is, and what to do instead.

Rules that live here and nowhere else:

* DENY: no work that was asked for needs it done this way; auto mode refuses it and says what to do instead.
* LOOK: it can be the task or the disaster; no table settles it, somebody has to look.
* NOTE: worth naming to people; ordinary inside a throwaway box.
* The tables of programs say which option or subcommand is which act. What an act hits is judged here, by place: the
  same `rm` is ordinary on a build directory and a mass deletion on a home.
* Secrets read and something sent in one command is an exfiltration, whatever the programs are called.

Not promised: completeness. Any list of bad acts can be walked around; what is not known to be harmless is looked at
by somebody, and that does not depend on this list.
"""

import enum
import re
from collections.abc import Iterator

from runner.policy import paths
from runner.policy.secrets import Grade, everybody, secret
from runner.policy.written import act_of
from runner.types import Effects, Policy, Word


class Level(enum.Enum):
    """How grave an act is."""

    DENY = "deny"
    LOOK = "look"
    NOTE = "note"


class Hazard(Word, frozen=True, kw_only=True):
    """A known dangerous act.

    Attributes:
        level: how grave.
        title: a few words that name it.
        why: one sentence that begins with "It" and says what is bad about it.
        instead: what to do instead, to the model; empty for what is not refused.
    """

    level: Level
    title: str
    why: str
    instead: str = ""


_DENY, _LOOK, _NOTE = Level.DENY, Level.LOOK, Level.NOTE

HAZARDS: dict[str, Hazard] = {
    # --- work that gets lost
    "history": Hazard(
        level=_DENY,
        title="rewriting history",
        why="It rewrites or removes recorded history that cannot be fetched back.",
        instead="Add a new commit, or leave the history as it is and say what should be changed about it.",
    ),
    "discard": Hazard(
        level=_DENY,
        title="discarding uncommitted work",
        why="It throws away changes that were never committed.",
        instead="Keep what is there with `git stash push` or a commit on a branch, and undo single changes by editing.",
    ),
    "restore": Hazard(
        level=_LOOK,
        title="putting named files or a branch back",
        why="It replaces named files, or drops a branch, whose changes may not be recorded elsewhere.",
    ),
    "mass-delete": Hazard(
        level=_DENY,
        title="deleting beyond the work",
        why="It deletes what lies outside the workspace, or everything in it.",
        instead="Delete the files you mean by name, inside the workspace or the temporary directory.",
    ),
    "outside-delete": Hazard(
        level=_LOOK,
        title="deleting a file outside the workspace",
        why="It deletes or moves away what lies outside the workspace, and cannot be brought back.",
    ),
    "tree-delete": Hazard(
        level=_LOOK,
        title="deleting a directory tree",
        why="It deletes a directory with all below it that no build makes again.",
    ),
    "unresolved-delete": Hazard(
        level=_DENY,
        title="deleting what is not known yet",
        why="What it deletes is known only when it runs, and could be everything.",
        instead="Find out what the path is first, then delete it by its literal name.",
    ),
    "shred": Hazard(
        level=_DENY,
        title="destroying files beyond recovery",
        why="It overwrites data so that nothing can bring it back.",
        instead="Delete the file with `rm`; the workspace can then still be restored.",
    ),
    "disk": Hazard(
        level=_DENY,
        title="writing to a disk or partition",
        why="It writes to a disk, partition or device as a whole.",
        instead="Work with an image file in the workspace.",
    ),
    # --- other people's systems
    "push": Hazard(level=_LOOK, title="pushing", why="It sends commits to a repository that others use."),
    "publish": Hazard(level=_LOOK, title="publishing", why="It makes something public that is hard to take back."),
    "deploy": Hazard(level=_LOOK, title="deploying", why="It changes a system that others use."),
    "remote": Hazard(level=_LOOK, title="acting on another machine", why="It runs something on another machine."),
    "remote-repoint": Hazard(
        level=_LOOK,
        title="changing where a repository is sent",
        why="It changes which server a repository talks to, so that a later push goes elsewhere.",
    ),
    "infra-destroy": Hazard(
        level=_DENY,
        title="destroying infrastructure",
        why="It removes services, machines or data that others may depend on, for good.",
        instead="Show what would be removed (a plan, a list, a dry run) and leave the removal to the user.",
    ),
    "db-destroy": Hazard(
        level=_DENY,
        title="destroying a database's data",
        why="It drops or empties tables or databases.",
        instead="Work on a copy, or write the migration into a file and leave running it to the user.",
    ),
    "accounts": Hazard(
        level=_LOOK, title="changing accounts or permissions of a service", why="It changes who may do what elsewhere."
    ),
    "expose": Hazard(
        level=_LOOK, title="opening something to the network", why="It makes something of this box reachable by others."
    ),
    "traffic": Hazard(
        level=_LOOK, title="redirecting traffic", why="It changes where names, packages or connections lead."
    ),
    # --- code from elsewhere
    "fetch-run": Hazard(
        level=_DENY,
        title="running code straight from the network",
        why="It runs whatever a server happens to send, unseen.",
        instead="Download it to a file, read it, then run it in a separate call.",
    ),
    "foreign-code": Hazard(
        level=_LOOK, title="running code from elsewhere", why="It runs code that is not part of the workspace."
    ),
    "install-system": Hazard(level=_NOTE, title="installing system packages", why="It changes the box's system."),
    "obfuscated": Hazard(
        level=_DENY,
        title="running hidden code",
        why="What it runs is encoded, so that nobody can read it beforehand.",
        instead="Write the code in plain text into a file, and run that.",
    ),
    "staged": Hazard(
        level=_LOOK,
        title="keeping a long text for later",
        why="It keeps a long text in a variable, and what a later call does with it cannot be seen yet.",
    ),
    "injection": Hazard(
        level=_LOOK,
        title="instructions to whoever judges",
        why="It holds text that tries to talk a model out of its rules.",
    ),
    # --- secrets
    "exfiltrate": Hazard(
        level=_DENY,
        title="sending out what is not the task's",
        why="It reads secrets, or files that are not part of the work, and sends something in the same command.",
        instead="Send only files of the workspace that the task asks to be sent, by their names.",
    ),
    "secrets": Hazard(
        level=_DENY,
        title="reading credentials",
        why="It reads credentials that open something outside this box.",
        instead="Do without them; if the task cannot be done without a credential, stop and say which one is needed.",
    ),
    "private": Hazard(
        level=_LOOK, title="reading what may hold secrets", why="It reads a file that usually holds secrets."
    ),
    "scouting": Hazard(
        level=_LOOK,
        title="looking for secrets or weak spots",
        why="It searches the machine for credentials, or for files whose rights can be abused.",
    ),
    "upload": Hazard(level=_LOOK, title="uploading", why="It sends data to a server."),
    # --- the box and its guards
    "reverse-shell": Hazard(
        level=_DENY,
        title="handing a shell to another machine",
        why="It connects a shell or a program to a network connection.",
        instead="Run the command here and read its output.",
    ),
    "persist": Hazard(
        level=_DENY,
        title="making something run later by itself",
        why="It sets something up that runs again by itself, beyond this task.",
        instead="Run it now, or describe the schedule or service in a file of the project for the user to install.",
    ),
    "startup": Hazard(
        level=_LOOK,
        title="changing what a shell does when it starts",
        why="It changes a start-up file, so that later commands do something else than they say.",
    ),
    "guard": Hazard(
        level=_DENY,
        title="switching off what watches or protects",
        why="It changes, switches off or wipes something that protects this run or records what happens.",
        instead="Leave protections, hooks and records as they are; say in your answer what you think should change.",
    ),
    "bypass": Hazard(
        level=_LOOK,
        title="skipping checks",
        why="It skips checks that the project has set up for exactly this.",
    ),
    "privilege": Hazard(
        level=_DENY,
        title="getting more rights",
        why="It gives an account or a program rights it does not have.",
        instead="Work with the rights you have; say in your answer what cannot be done with them.",
    ),
    "sudo": Hazard(level=_LOOK, title="acting as another user", why="It runs something with another user's rights."),
    "users": Hazard(
        level=_DENY,
        title="changing the machine's accounts",
        why="It adds, changes or removes accounts of this machine.",
        instead="Work as the user you are.",
    ),
    "escape": Hazard(
        level=_DENY,
        title="reaching out of the box",
        why="It reaches into the kernel, the host or the container engine.",
        instead="Stay inside this box; say in your answer what needs the host.",
    ),
    "system": Hazard(
        level=_LOOK, title="changing the system", why="It changes the system's own files, network or settings."
    ),
    "outage": Hazard(
        level=_DENY,
        title="taking the machine down",
        why="It stops the machine, its network or all of its processes.",
        instead="Stop only the processes you started, by their ids.",
    ),
    "service": Hazard(level=_LOOK, title="starting or stopping services", why="It starts or stops a system service."),
    "kill": Hazard(level=_LOOK, title="ending processes", why="It ends processes that may not be yours."),
}
"""All known acts by their ids; the tables of programs use these ids and no others."""

_INJECTION = re.compile(
    r"prompt[ _-]?injection"
    r"|\b(?:ignore|disregard|forget|override|bypass|disable|turn off)\b[^\n;|&]{0,40}?"
    r"\b(?:(?:previous|prior|above|all|your) instructions|system prompt|safeguards?|guardrails?"
    r"|(?:safety|security) (?:rules|checks|policy|policies)|policy and)\b",
    re.IGNORECASE,
)
"""Phrases that address a model rather than a program. They can only ever take away the silent approval."""

STAGED_CHARS = 400
"""A variable set to a longer text than this, with nothing done in the same command line, gets a look. Our choice: no
setting is that long; pieces of programs and lists of targets are."""

_VALUE = r"""[A-Za-z_]\w*=(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])*+"""
_ASSIGNMENT = re.compile(rf"{_VALUE}(?:\s+{_VALUE})*+", re.DOTALL)

_WILD = frozenset("*?[")

_METADATA = re.compile(
    r"(?:169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal|100\.100\.100\.200|fd00:ec2::254)"
)
"""Where clouds hand the machine's credentials to whoever asks: AWS, ECS, Google, Alibaba, AWS over IPv6."""


def found(effects: Effects, policy: Policy) -> tuple[str, ...]:
    """Return the ids of all known dangerous acts in some effects, each once, the gravest first, as the table has them.

    Those that the analyser named, and those that follow from what is read, written, deleted and sent taken together.
    An unknown id counts as it is, and as LOOK. Cost: microseconds per path, remembered.
    """
    ids = dict.fromkeys((*effects.hazards, *_by_place(effects, policy), *_together(effects, policy)))
    return tuple(sorted(ids, key=lambda name: (_GRAVITY[level(name)], _ORDER.get(name, len(_ORDER)))))


def level(name: str) -> Level:
    """Return how grave an act is; an id that is not in the table counts as LOOK."""
    return HAZARDS[name].level if name in HAZARDS else Level.LOOK


_ORDER = {name: number for number, name in enumerate(HAZARDS)}
_GRAVITY = {Level.DENY: 0, Level.LOOK: 1, Level.NOTE: 2}


def _real(paths_: tuple[str, ...], effects: Effects) -> Iterator[str]:
    """Yield paths, and where they really are."""
    links = dict(effects.links)
    for path in paths_:
        yield path
        if path in links:
            yield links[path]


def _by_place(effects: Effects, policy: Policy) -> Iterator[str]:
    """Yield what writing, deleting and reading at those places amounts to."""
    for path in _real(effects.writes, effects):
        if (act := written(path, policy)) is not None:
            yield act
    for path in _real(effects.deletes, effects):
        yield from _deleted(path, effects, policy)
    for path in _real(effects.reads, effects):
        kept = secret(path, policy)
        if kept is not None and kept.grade is Grade.KEY:
            yield "secrets"
        elif kept is not None and kept.grade is Grade.GUARDED:
            yield "private"
        elif path.startswith(("/dev/tcp/", "/dev/udp/")):
            yield "reverse-shell"
    for target in effects.sends:
        if _METADATA.search(target):
            yield "secrets"


def written(path: str, policy: Policy) -> str | None:
    """Return which act a write to a path is; None for an ordinary one, wherever it is."""
    act = act_of(path, policy)
    if act is None:
        return None
    if level(act) is Level.LOOK and paths.inside(path, (policy.workspace, *policy.directories)):
        return "startup" if act == "startup" else None
    return act


def _deleted(path: str, effects: Effects, policy: Policy) -> Iterator[str]:
    """Yield what deleting a path amounts to."""
    act = act_of(path, policy)
    if act in {"guard", "privilege", "disk", "escape"}:
        yield act
    if paths.is_critical(path, policy):
        yield "mass-delete"
    elif not (scratch(path) or _in_workspace(path, policy) or own_cache(path, policy)):
        several = "tree-delete" in effects.hazards or bool(_WILD & set(path)) or everybody(path, policy)
        yield "mass-delete" if several and path not in _moved(effects) else "outside-delete"
    elif "/.git/" in path + "/" and path.rstrip("/").rsplit("/", 1)[-1] in {".git", "*", "objects", "refs"}:
        yield "history"


def _moved(effects: Effects) -> set[str]:
    """Return the paths that are gone from where they were only because they were put elsewhere."""
    moved: set[str] = set()
    gone: set[str] = set()
    for part in [part.effects for part in effects.parts] or [effects]:
        for path in part.deletes:
            (moved if part.writes and path in part.reads else gone).add(path)
    return moved - gone


def _together(effects: Effects, policy: Policy) -> Iterator[str]:
    """Yield what several effects amount to together."""
    if effects.sends and _takes_along(effects, policy):
        yield "exfiltrate"
    yield from _runs_download(effects)
    for part in effects.parts:
        if _INJECTION.search(part.text):
            yield "injection"
        if len(part.text) > STAGED_CHARS and _ASSIGNMENT.fullmatch(part.text):
            yield "staged"


def _takes_along(effects: Effects, policy: Policy) -> bool:
    """Whether something is read that is not to be sent, in a command that sends.

    A credential counts whatever is sent. Anything else counts where what is sent can hold it: an upload, another
    machine's input, an address that is made when it runs.
    """
    uploads = "upload" in effects.hazards
    carries = (
        uploads or "remote" in effects.hazards or any(part.uncertain and part.effects.sends for part in effects.parts)
    )
    if carries and {"private", "secrets"}.intersection(effects.hazards):
        return True
    for path in _real(effects.reads, effects):
        kept = secret(path, policy)
        if kept is not None and (carries or kept.grade is Grade.KEY):
            return True
        if (carries and everybody(path, policy)) or (uploads and not _sendable(path, policy)):
            return True
    return False


def _sendable(path: str, policy: Policy) -> bool:
    return scratch(path) or _in_workspace(path, policy) or path.startswith(("/dev/", "/usr/", "/opt/"))


def _runs_download(effects: Effects) -> Iterator[str]:
    """Yield what running files amounts to that earlier parts fetched: by name, or into a directory."""
    fetched: set[str] = set()
    fetching = False
    for part in effects.parts:
        for program in part.effects.executes:
            if program in fetched:
                yield "fetch-run"
            elif program.startswith("/") and paths.inside(program, fetched):
                yield "foreign-code"
        if part.text:
            fetching = bool(part.effects.sends) and "upload" not in part.effects.hazards
        if fetching:
            fetched.update(part.effects.writes)


def _in_workspace(path: str, policy: Policy) -> bool:
    return paths.inside(path, (policy.workspace, *policy.directories))


def scratch(path: str) -> bool:
    """Whether a path lies in a temporary directory; the directory itself does not."""
    names = [name for name in path.split("/") if name]
    for root in (["tmp"], ["var", "tmp"], ["dev", "shm"]):
        if names[: len(root)] == root and ".." not in names:
            return any(set(name) != {"*"} for name in names[len(root) :])
    return False


CACHES = (
    ".cache",
    ".npm",
    ".cargo/registry",
    ".gradle/caches",
    ".m2/repository",
    ".local/share/pnpm",
)
"""Directories of a home in which programs keep what they can fetch again."""


def own_cache(path: str, policy: Policy) -> bool:
    """Whether a path lies in a cache of the user's home."""
    return any(paths.inside(path, (f"{policy.home}/{name}",)) for name in CACHES)
