"""Which settings count for a workspace: the choice somebody made, and the files of this host, joined.

Everything that judges calls begins here: runs, `runner policy`, `runner config`, the Python API. So what is tried with
one of them is what the others do.
"""

from dataclasses import dataclass
from pathlib import Path

from runner.adapters.settings_files import host_places, settings_texts
from runner.policy.settings import LayerTree, Settings, settings
from runner.policy.settings_given import single_rules
from runner.types import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose about settings.

    Attributes:
        given: settings files, or JSON texts that begin with a brace.
        policies: names of policies that ship with `runner`.
        allow, ask, deny: single rules.
        sources: which of the layers user, project and local count; None: all.
        trusted: the workspace's own settings may loosen, too.
    """

    given: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    sources: frozenset[Layer] | None = None
    trusted: bool = False


def configured(workspace: Path, choice: Choice, *, task: LayerTree | None = None) -> Settings:
    """Return the settings that count for a workspace.

    Args:
        workspace: host directory; read, never written.
        choice: what was chosen.
        task: the permissions of a task file.

    Raises:
        UsageError: settings are broken, unreadable or written by somebody who must not; says file and line.
    """
    places = host_places()
    texts = settings_texts(
        workspace, places=places, given=choice.given, policies=choice.policies, sources=choice.sources
    )
    single = single_rules(allow=choice.allow, ask=choice.ask, deny=choice.deny)
    return settings(
        (*texts, single, *(() if task is None else (task,))),
        host_workspace=str(workspace.resolve()),
        host_home=str(places.home),
        trusted=choice.trusted,
        sources=choice.sources,
    )
