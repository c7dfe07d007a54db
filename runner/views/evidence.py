"""What the classifier sees: the user's words, bare actions and earlier verdicts. Never the agent's prose or output.

The type `Evidence` has no field that could hold either; this file only fills it. Earlier questions, plans and prompts
of subagents are actions that consist of the agent's prose, so they are left out.
"""

from runner.events import Decided, Entry, RunStarted
from runner.types import Action, Decision, Delegate, Evidence, Propose, Question, Verdict


def evidence(entries: list[Entry], actions: tuple[Action, ...]) -> Evidence:
    """Return what may be known about these pending actions. Cost: one pass over the entries."""
    prompt = ""
    earlier: dict[str, tuple[Action, Decision]] = {}
    pending = {action.digest for action in actions}
    for entry in entries:
        match entry.event:
            case RunStarted(task=task):
                prompt = task.prompt
            case Decided(action=Action(operation=Delegate() | Question() | Propose())):
                pass
            case Decided(action=action, decision=decision) if decision.verdict in {Verdict.ALLOW, Verdict.DENY}:
                earlier[action.digest] = (action, decision)
            case _:
                pass
    kept = tuple(pair for digest, pair in earlier.items() if digest not in pending)
    return Evidence(prompt=prompt, earlier=kept, actions=actions)
