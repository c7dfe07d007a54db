"""Which allow rules do not count in auto mode: those that would let anything pass unseen.

Rules that live here and nowhere else:

* A rule for the whole shell, for all subagents, or with a wildcard behind a program that runs whatever it is given (an
  interpreter, a runner of packages) is suspended while the mode is auto; a narrow rule such as `Bash(npm test)` counts.
* Deny and ask rules always count.
"""

import posixpath
from functools import lru_cache

import msgspec

from runner.policy.globs import has_star
from runner.policy.rules import ALIASES
from runner.types import Policy, Rule, Verdict

WHOLE = frozenset({"Bash", "Agent", "PowerShell", "Monitor"})
"""Tools of which no rule for all calls counts. Source: the reference client."""

_RUNNERS = """
sh bash dash zsh fish ksh eval exec source . env sudo doas su xargs parallel ssh
python python2 python3 pypy pypy3 ipython node nodejs deno tsx ts-node perl ruby irb php lua luajit
Rscript julia swift groovy scala osascript pwsh powershell awk gawk npx bunx pnpx uvx pipx
"""
RUNNERS = frozenset(_RUNNERS.split())
"""Programs that run whatever code they are given. Source: the reference client for those it names; the rest are of the
same kind."""

RUNNING = frozenset({("bun", "run"), ("npm", "exec"), ("yarn", "dlx"), ("pnpm", "dlx"), ("docker", "exec")})
"""Subcommands of other programs that do the same."""


@lru_cache(maxsize=16)
def without_suspended(policy: Policy) -> Policy:
    """Return the policy as it counts in auto mode."""
    kept = tuple(rule for rule in policy.rules if not is_suspended(rule))
    return policy if len(kept) == len(policy.rules) else msgspec.structs.replace(policy, rules=kept)


def is_suspended(rule: Rule) -> bool:
    """Whether a rule does not count in auto mode."""
    if rule.verdict is not Verdict.ALLOW:
        return False
    tool = ALIASES.get(rule.tool, rule.tool)
    if rule.specifier is None or not rule.specifier.strip(" *:"):
        return tool in WHOLE
    if tool == "Agent":
        return True
    if tool != "Bash" or not (has_star(rule.specifier) or rule.specifier.endswith(":*")):
        return False
    words = rule.specifier.replace(":*", " ").replace("*", " ").split()
    return posixpath.basename(words[0]) in RUNNERS or tuple(words[:2]) in RUNNING
