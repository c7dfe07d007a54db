"""A policy that allows the whole shell but for one program, against commands that hide that program."""

import pytest

from runner.policy.effects import shell_effects
from runner.policy.ladder import judge
from runner.policy.rules import parse
from runner.types import Action, Exec, Layer, Mode, Policy, Source, Verdict
from tests.mutations import contained, damaged

SOURCE = Source(layer=Layer.USER, root="/workspace")
POLICY = Policy(rules=(parse("Bash(rm *)", Verdict.DENY, SOURCE), parse("Bash", Verdict.ALLOW, SOURCE)))


def verdict(command: str, mode: Mode = Mode.DEFAULT) -> Verdict:
    effects = shell_effects(command, "/workspace")
    action = Action(call_id="1", tool="bash", operation=Exec(command=command), effects=effects)
    return judge(action, policy=POLICY, mode=mode).verdict


@pytest.mark.parametrize("seed", range(4))
def test_whatever_stands_around_a_denied_command_it_never_runs(seed: int) -> None:
    allowed = [command for command in contained(seed, 1000) if verdict(command) is Verdict.ALLOW]
    assert not allowed, "\n".join(allowed[:20])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_damaged_commands_are_all_judged() -> None:
    modes = list(Mode)
    for number, command in enumerate(damaged(7, 100_000)):
        verdict(command, modes[number % len(modes)])
