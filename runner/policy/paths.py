r"""What places in a box mean: inside or outside, protected, run later by somebody else, too important to remove.

Rules that live here and nowhere else:

* A path may be a shell pattern, and a name may hold the characters of one. What protects counts if either reading
  says so; what lets through counts only if both do.
* A path through a link counts under its name and under the place it really leads to.
* Inside is what lies in the workspace or a further directory, by name and really.
* Protected are the files that configure the shell, the repository, the editor, the build and the agent itself; the
  list is the reference client's, and `.runner`. Case does not count, nor do dots and blanks at a name's end.
* Files that run later are code which the host, a reviewer's machine or CI runs without being asked again: writing them
  is acting outside the box with a delay.
* Critical is the removal of what everything else stands on: the root, what is directly below it, homes, the workspace
  and the directories above it, and everything that is in one of them. A further directory counts only with a pattern.

Not promised: that a pattern's matches are known; whether `*` means a link to somewhere else is not asked.
"""

import functools
import posixpath
import re
from collections.abc import Iterable

from runner.policy.globs import NamePattern, literal_name, name_pattern
from runner.types import Effects, Policy


def _listed(text: str) -> tuple[str, ...]:
    """Return the words of a table; lines that begin with `#` are remarks."""
    return tuple(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


PROTECTED_DIRECTORIES = _listed("""
.git .config/git .vscode .idea .husky .cargo .devcontainer .yarn .mvn .claude .runner
""")
"""Directories in which nothing is written unasked. Source: the reference client's list of protected paths."""

PROTECTED_FILES = _listed("""
.gitconfig .gitmodules .bashrc .bash_profile .bash_login .bash_aliases .bash_logout .zshrc .zprofile .zshenv .zlogin
.zlogout .profile .envrc .npmrc .yarnrc .yarnrc.yml .pnp.cjs .pnp.loader.mjs .pnpmfile.cjs bunfig.toml .bunfig.toml
.bazelrc .bazelversion .bazeliskrc .pre-commit-config.yaml lefthook.yml lefthook.yaml .lefthook.yml .lefthook.yaml
gradle-wrapper.properties maven-wrapper.properties .devcontainer.json .ripgreprc pyrightconfig.json .mcp.json
.claude.json
""")
"""Files that are not written unasked, wherever they lie. Source: as above."""

PROTECTED_PLACES = ("/etc/claude-code",)
"""Where managed settings lie."""

UNPROTECTED = (".claude/worktrees",)
"""What is excepted from a protected directory. Source: as above."""

LATER_DIRECTORIES = _listed("""
.github/workflows .github/actions .gitlab/ci .circleci .buildkite .woodpecker .forgejo/workflows .gitea/workflows
.azure-pipelines .teamcity .devcontainer .husky .githooks .cursor/rules .claude .runner
""")
"""Directories whose files CI, a checkout or an agent runs or obeys. Source: these products' documentation."""

LATER_FILES = _listed("""
# CI
.gitlab-ci.yml .gitlab-ci.yaml *.gitlab-ci.yml Jenkinsfile Jenkinsfile.* *.jenkinsfile azure-pipelines.yml
azure-pipelines.yaml azure-pipelines-*.yml bitbucket-pipelines.yml .travis.yml .drone.yml .woodpecker.yml .appveyor.yml
appveyor.yml cloudbuild.yaml cloudbuild.yml buildspec.yml buildspec.yaml .cirrus.yml codemagic.yaml CODEOWNERS
# build and task runners
Makefile GNUmakefile *.mk justfile .justfile Taskfile.yml Taskfile.yaml Rakefile *.rake Gruntfile.js gulpfile.js
gulpfile.ts gulpfile.mjs CMakeLists.txt meson.build SConstruct SConscript BUILD.bazel WORKSPACE.bazel MODULE.bazel
wscript Earthfile fabfile.py mise.toml .mise.toml
# manifests with scripts, and builds that are programs
package.json setup.py setup.cfg pyproject.toml build.rs build.gradle build.gradle.kts settings.gradle
settings.gradle.kts gradlew gradlew.bat mvnw mvnw.cmd pom.xml build.xml build.sbt build.sc mix.exs composer.json Gemfile
*.gemspec Podfile Package.swift rebar.config project.clj deps.edn flake.nix shell.nix default.nix deno.json deno.jsonc
# run by editors, test runners and interpreters on their own
eslint.config.* .eslintrc.js .eslintrc.cjs prettier.config.* conftest.py sitecustomize.py usercustomize.py *.pth
noxfile.py tox.ini
# containers and machines
Dockerfile Dockerfile.* *.dockerfile Containerfile compose.yml compose.yaml compose.*.yml compose.*.yaml
docker-compose.yml docker-compose.yaml docker-compose.*.yml docker-compose.*.yaml devcontainer.json .devcontainer.json
Vagrantfile Tiltfile skaffold.yaml Procfile
# shells and checkouts
.envrc .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml lefthook.yaml .gitmodules
# what agents obey
CLAUDE.md CLAUDE.local.md AGENTS.md GEMINI.md QWEN.md .cursorrules .windsurfrules .clinerules copilot-instructions.md
.mcp.json .aider.conf.yml
""")
"""Files that CI, a build, a test runner, a container or an agent runs or obeys. Source: these products' documentation.

Ordinary scripts are not here: somebody has to call them.
"""

HOMES = ("home", "Users")
"""Directories whose entries are homes."""

_WILD = frozenset("*?[")


# --- inside or outside ------------------------------------------------------------------------------------------------


def inside(path: str, roots: Iterable[str]) -> bool:
    """Whether the path is one of these directories or lies below one, by its name, however it is read.

    Args:
        path: absolute; of a shell pattern all must lie there.
        roots: absolute directories.
    """
    if not path.startswith("/"):
        return False
    names = path.split("/")
    if ".." in names and _WILD & set(path):
        return False  # what a wildcard stands for decides where `..` leads
    below = _names(path)
    return any(_below(below, _names(root)) for root in roots)


def _below(names: tuple[str, ...], root: tuple[str, ...]) -> bool:
    return names[: len(root)] == root


def places(path: str, effects: Effects) -> tuple[str, ...]:
    """Return the path and where it really leads, if it leads through a link."""
    return (path, *dict.fromkeys(real for named, real in effects.links if named == path and real != path))


def at_home(path: str, effects: Effects, policy: Policy) -> bool:
    """Whether the path lies in the workspace or a further directory of the policy, by name and really."""
    roots = (policy.workspace, *policy.directories)
    return all(inside(place, roots) for place in places(path, effects))


@functools.lru_cache(maxsize=1024)
def _names(path: str) -> tuple[str, ...]:
    return tuple(name for name in posixpath.normpath(path).split("/") if name)


@functools.lru_cache(maxsize=1024)
def _readings(path: str) -> tuple[tuple[NamePattern, ...], ...]:
    """Return the path's names as they are and, if there are wildcards in it, as patterns of names."""
    names = _names(path)
    literal = tuple(literal_name(name.rstrip(". ") or name) for name in names)
    if not (_WILD | {"\\"}) & set(path):
        return (literal,)
    return (literal, tuple(name_pattern(name) for name in names))


# --- protected, and run later -----------------------------------------------------------------------------------------


class _Table:
    """Names of directories and files, to be found anywhere in a path."""

    def __init__(self, directories: Iterable[str], files: Iterable[str]) -> None:
        self._literal_files = {name.lower() for name in files if not _WILD & set(name)}
        self._wild_files = tuple(name_pattern(name) for name in files if _WILD & set(name))
        self._directories = tuple(tuple(map(name_pattern, name.split("/"))) for name in directories)
        self._directory_names = {name.lower() for path in directories for name in path.split("/")[:1]}

    def has(self, path: str) -> bool:
        """Whether the path may be, or lie in, one of them."""
        return any(self._has(names) for names in _readings(path))

    def _has(self, names: tuple[NamePattern, ...]) -> bool:
        if not names:
            return False
        return self._is_file(names[-1]) or self._in_directory(names)

    def _is_file(self, name: NamePattern) -> bool:
        if name.literal is not None:
            known = name.literal in self._literal_files
            return known or any(pattern.matches(name.literal) for pattern in self._wild_files)
        return any(literal_name(known).overlaps(name) and _says(name, known) for known in self._literal_files)

    def _in_directory(self, names: tuple[NamePattern, ...]) -> bool:
        for start, name in enumerate(names):
            if name.literal is not None and name.literal not in self._directory_names:
                continue
            for directory in self._directories:
                there = names[start : start + len(directory)]
                if len(there) == len(directory) and all(map(_is, directory, there)):
                    return True
        return False


def _is(known: NamePattern, name: NamePattern) -> bool:
    return known.overlaps(name) and (name.literal is not None or _says(name, known.literal or ""))


def _says(pattern: NamePattern, name: str) -> bool:
    """Whether a shell pattern is about this name rather than about all there is: it begins like it, or spells half.

    `*.py` in some directory is not called writing the `conftest.py` that may lie there; `con*` is.
    """
    literal = sum(isinstance(token, str) for token in pattern.tokens)
    return isinstance(pattern.tokens[0], str) or 2 * literal >= len(name)


_PROTECTED = _Table(PROTECTED_DIRECTORIES, PROTECTED_FILES)
_EXCEPTED = tuple(re.compile(rf"(^|/){re.escape(path)}/(?=[^/])", re.IGNORECASE) for path in UNPROTECTED)
_LATER = _Table(LATER_DIRECTORIES, LATER_FILES)


def is_protected(path: str, policy: Policy) -> bool:
    """Whether writing or removing this path touches a protected place. The workspace's own place does not count.

    Args:
        path: absolute, or a shell pattern of such; a link's real place is asked about separately.
        policy: where the workspace is.

    Cost: microseconds.
    """
    return _is_protected(path, policy.workspace)


@functools.lru_cache(maxsize=1024)
def _is_protected(path: str, workspace: str) -> bool:
    if inside(path, PROTECTED_PLACES):
        return True
    below = _from_workspace(path, workspace)
    if not _WILD & set(below):
        for excepted in _EXCEPTED:
            below = excepted.sub(r"\1", below, count=1)
    return _PROTECTED.has(below)


def runs_later(path: str, policy: Policy) -> bool:
    """Whether this path is a file of the workspace that CI, a build, a test runner or an agent runs or obeys later.

    Args:
        path: absolute, or a shell pattern of such.
        policy: where the workspace is; files elsewhere vanish with the box.
    """
    return inside(path, (policy.workspace, *policy.directories)) and _runs_later(path, policy.workspace)


@functools.lru_cache(maxsize=1024)
def _runs_later(path: str, workspace: str) -> bool:
    return _LATER.has(_from_workspace(path, workspace))


def _from_workspace(path: str, workspace: str) -> str:
    """Return the path as seen from the workspace, whose own directories do not count; as it is if it lies elsewhere."""
    names, root = _names(path), _names(workspace)
    return "/".join(names[len(root) :]) if _below(names, root) else "/".join(names)


# --- critical ---------------------------------------------------------------------------------------------------------


def is_critical(path: str, policy: Policy) -> bool:
    """Whether removing this path removes what everything else stands on, or everything that is in it.

    Args:
        path: absolute, or a shell pattern of such; a link's real place is asked about separately.
        policy: where the workspace, the home and further directories are.
    """
    return _is_critical(path, (policy.workspace, policy.home), policy.directories)


@functools.lru_cache(maxsize=1024)
def _is_critical(path: str, standing: tuple[str, ...], directories: tuple[str, ...]) -> bool:
    names = _names(path)
    if any(_stands(reading, standing) for reading in (names, _unescaped(names))):
        return True
    whole = names
    while whole and _means_all(whole[-1]):
        whole = whole[:-1]
    if whole == names:
        return False
    return any(whole == _names(directory) for directory in directories) or _stands(whole, standing)


def _stands(names: tuple[str, ...], standing: tuple[str, ...]) -> bool:
    """Whether this is the root, directly below it, somebody's home, or one of these places or above one."""
    if len(names) <= 1:
        return True
    if names[0] in HOMES and len(names) == 2:  # noqa: PLR2004 - /home/NAME
        return True
    parts = (_names(place) for place in standing)
    return any(len(names) <= len(place) and all(map(_may_be, names, place)) for place in parts)


def _may_be(name: str, place: str) -> bool:
    if name == place:
        return True
    return bool(_WILD & set(name)) and literal_name(place).overlaps(name_pattern(name))


def _unescaped(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(re.sub(r"\\(.)", r"\1", name) for name in names)


def _means_all(name: str) -> bool:
    """Whether a pattern says nothing about the names it stands for: `*`, `.*`, `?*`, `[a-z]*`, `*.*`."""
    bare = re.sub(r"\[[^]]{0,300}\]", "*", name)
    return bool(_WILD & set(bare)) and not set(bare) - set("*?.")
