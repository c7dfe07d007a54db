"""Auto mode's static tier: what is settled from the effects alone, without asking a model or a person.

Rules that live here and nowhere else:

* ALLOW needs certainty: everything the action does is known, and all of it is ordinary work inside the workspace,
  reading in the throwaway box, or fetching. One doubt is enough for CLASSIFY.
* DENY needs a known dangerous act of that level (`hazards.py`). It stands even where the rest of the action could
  not be read: what is visibly there will be done.
* Effects are judged, never spellings: words that are only data have no effects.
* Running a file by its path gets a look: what it does stands in a file that is not read here, and that may have been
  written a moment ago. A build or a test run of the project is ordinary work.
* Data of a database server is not in the box: changing it gets a look.
* Deleting is ordinary for single files of the workspace, for scratch files, and for directories that a build makes
  again; any other directory tree, or whatever a pattern matches, gets a look.

Not promised: that what is allowed is wise. What it did is looked at afterwards, and can be undone.
"""

import functools
import posixpath

from runner.policy import paths
from runner.policy.globs import name_pattern
from runner.policy.hazards import HAZARDS, Hazard, Level, found, own_cache, scratch
from runner.types import Effects, Policy, Verdict, Word

MADE_AGAIN = """
node_modules __pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis .tox .nox .venv venv dist build out
target coverage htmlcov .coverage .coverage.* coverage.xml .nyc_output .cache .next .nuxt .turbo .parcel-cache
.svelte-kit .angular .vite .gradle .eggs *.egg-info *.pyc *.pyo *.o *.obj *.class *.tmp *.temp *.swp *.bak *~
tmp temp .tmp .DS_Store cmake-build-* _build obj .terraform .serverless DerivedData test-results
playwright-report storybook-static .ipynb_checkpoints .sass-cache .docusaurus .output *.tsbuildinfo *.log logs
"""
"""Names of files and directories that builds, tests and tools make again. Collected from the ignore files that the
forges offer for new repositories."""

HOME_TOOLS = """
.cache .npm .yarn .pnpm-store .local/share/pnpm .local/lib .local/bin .local/share/virtualenvs .cargo/registry
.cargo/git .cargo/bin .rustup go .m2/repository .gradle .gem .bundle/cache .pyenv .nvm .ivy2 .sbt .nuget/packages
"""
"""Directories of a home into which package managers and build tools install. Their published defaults."""

TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - these are names, nothing is made there
"""Directories in which anybody may make files."""

_WILD = frozenset("*?[")
_MADE = tuple(map(name_pattern, MADE_AGAIN.split()))


TASK_RUNNERS = frozenset(
    """
npm run/npm test/npm start/npm run-script/npm exec/yarn/yarn run/yarn test/yarn start/pnpm run/pnpm test/pnpm start/
bun run/deno run/deno task/make/gmake/just/rake/task/invoke/nox/tox/composer run/composer run-script
""".replace("\n", "").split("/")
)
"""Programs that run what a file of the workspace names, and are known by nothing else."""


class Settled(Word, frozen=True, kw_only=True):
    """What the static tier says.

    Attributes:
        verdict: ALLOW, CLASSIFY or DENY.
        why: a few words behind "because" for ALLOW and CLASSIFY; a sentence for DENY.
        instead: what to do instead; only with DENY.
        hazard: id of the known dangerous act that decided; None when none did.
    """

    verdict: Verdict
    why: str
    instead: str = ""
    hazard: str | None = None


def settle(effects: Effects, policy: Policy) -> Settled:
    """Return what is settled about an action from its effects alone.

    Args:
        effects: of the whole action: dangers that lie in parts taken together are only seen there.
        policy: its places count, its rules do not.

    Cost: microseconds per path.
    """
    acts = [name for name in found(effects, policy) if not _excused(name, effects, policy)]
    if acts and (worst := _known(acts[0])).level is Level.DENY:
        return Settled(verdict=Verdict.DENY, why=worst.why, instead=worst.instead, hazard=acts[0])
    if effects.opaque is not None:
        return Settled(verdict=Verdict.CLASSIFY, why=effects.opaque)
    if acts and _known(acts[0]).level is Level.LOOK:
        return Settled(verdict=Verdict.CLASSIFY, why=_phrase(_known(acts[0]).why), hazard=acts[0])
    if doubt := _doubt(effects, policy):
        return Settled(verdict=Verdict.CLASSIFY, why=doubt)
    return Settled(verdict=Verdict.ALLOW, why="all it does is known and ordinary")


def _known(name: str) -> Hazard:
    unknown = Hazard(level=Level.LOOK, title=name, why=f"It does what is called {name}.")
    return HAZARDS.get(name, unknown)


def _phrase(sentence: str) -> str:
    """Return a sentence about "It" as the end of another one."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _excused(name: str, effects: Effects, policy: Policy) -> bool:
    """Whether an act is ordinary by what it hits: a tree that a build makes again, a search in the workspace."""
    if name == "scouting":
        return all(paths.inside(path, (policy.workspace, *policy.directories)) for path in effects.reads)
    known = name == "tree-delete" and bool(effects.deletes)
    return known and all(_again(path, policy) for path in effects.deletes)


def _again(path: str, policy: Policy) -> bool:
    """Whether deleting a path loses nothing that is not made again."""
    names = [part for part in path.split("/") if part not in {"*", "**"}]
    return scratch(path) or own_cache(path, policy) or any(_is_made(name) for name in names[1:])


@functools.lru_cache(maxsize=1024)
def _is_made(name: str) -> bool:
    given = name_pattern(name)
    return any(pattern.holds(given) for pattern in _MADE)


def _doubt(effects: Effects, policy: Policy) -> str:
    """Return why an action without any known danger still needs a look; empty when it does not."""
    if effects.privilege:
        return f"it asks for more rights with {effects.privilege[0]}"
    if "sql" in effects.executes and effects.sends:
        return f"it changes what the database at {effects.sends[0]} holds"
    links = dict(effects.links)
    for path in (*effects.writes, *effects.deletes):
        for name in dict.fromkeys((path, links.get(path, path))):
            if why := _unusual_write(name, policy):
                return why
    for path in effects.deletes:
        if _WILD & set(path) and not _again(path, policy):
            return f"it deletes whatever {path} matches"
    for program in effects.executes:
        if why := _unusual_program(program):
            return why
    return ""


def _unusual_write(path: str, policy: Policy) -> str:
    if path in {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"} or path.startswith(("/dev/fd/", "/dev/pts/")):
        return ""
    if paths.is_protected(path, policy):
        return f"it writes {path}, a protected path"
    if scratch(path) or path in TEMPORARY or _installs(path, policy):
        return ""
    if not paths.inside(path, (policy.workspace, *policy.directories)):
        return f"it writes {path}, outside the workspace"
    if paths.runs_later(path, policy):
        return f"it writes {path}, which later runs on the host or in CI"
    return ""


def _installs(path: str, policy: Policy) -> bool:
    return any(paths.inside(path, (posixpath.join(policy.home, name),)) for name in HOME_TOOLS.split())


def _unusual_program(program: str) -> str:
    """Return why running something by its path needs a look; empty for a program that is known by name."""
    if program.startswith("/") or program in TASK_RUNNERS:
        return f"it runs {program}, whose text is not looked at"
    return ""
