import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import shell_effects
from runner.policy.ladder import MODES, is_critical, judge
from runner.types import Action, Decision, Exec, Mode, Rung, Verdict

COMMANDS = ["ls", "cat a", "make", "rm a", "rm -rf /workspace", "rm -rf ..", "echo x > a"]


def action(command: str) -> Action:
    effects = shell_effects(command, "/workspace")
    return Action(call_id="1", tool="bash", operation=Exec(command=command), effects=effects)


def verdict(command: str, mode: Mode, *hooks: Verdict) -> Verdict:
    return decision(command, mode, *hooks).verdict


def decision(command: str, mode: Mode, *hooks: Verdict) -> Decision:
    judged = action(command)
    said = tuple(judged.decide(hook, rung=Rung.HOOK, why="hook") for hook in hooks)
    return judge(judged, mode=mode, workspace="/workspace", hooks=said)


@pytest.mark.parametrize(
    ("command", "default", "plan", "bypass"),
    [
        ("ls", "allow", "allow", "allow"),
        ("make", "ask", "deny", "allow"),
        ("echo x > a", "ask", "deny", "allow"),
        ("rm a", "ask", "deny", "allow"),
        ("rm -rf .", "ask", "deny", "ask"),
        ("rm -rf /", "ask", "deny", "ask"),
        ("rm -rf /*", "ask", "deny", "ask"),
        ("make; rm -rf .", "ask", "deny", "ask"),
    ],
)
def test_every_cell_of_mode_and_command(command: str, default: str, plan: str, bypass: str) -> None:
    got = [verdict(command, mode).value for mode in (Mode.DEFAULT, Mode.PLAN, Mode.BYPASS)]
    assert got == [default, plan, bypass]


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in MODES])
def test_a_mode_this_version_does_not_know_denies(mode: Mode) -> None:
    got = decision("ls", mode)
    assert (got.verdict, got.rung) == (Verdict.DENY, Rung.FAULT)


verdicts = st.lists(st.sampled_from(list(Verdict)), max_size=4)


@given(st.sampled_from(COMMANDS), st.sampled_from(MODES), verdicts, st.sampled_from(list(Verdict)))
def test_one_more_hook_never_permits_more(command: str, mode: Mode, hooks: list[Verdict], more: Verdict) -> None:
    assert verdict(command, mode, *hooks, more) >= verdict(command, mode, *hooks)


@given(st.sampled_from(COMMANDS), st.sampled_from(MODES), verdicts)
def test_a_hooks_allow_is_no_pass(command: str, mode: Mode, hooks: list[Verdict]) -> None:
    assert verdict(command, mode, *hooks, Verdict.ALLOW) is verdict(command, mode, *hooks)


def test_a_hooks_deny_beats_every_mode() -> None:
    assert all(verdict("ls", mode, Verdict.DENY) is Verdict.DENY for mode in Mode)


def test_a_hook_that_answers_about_another_action_denies() -> None:
    other = action("make").decide(Verdict.ALLOW, rung=Rung.HOOK, why="hook")
    got = judge(action("ls"), mode=Mode.BYPASS, workspace="/workspace", hooks=(other,))
    assert (got.verdict, got.rung) == (Verdict.DENY, Rung.FAULT)


def test_a_chain_is_as_strict_as_its_worst_part() -> None:
    for mode, (one, two) in itertools.product(MODES, itertools.permutations(COMMANDS, 2)):
        assert verdict(f"{one}; {two}", mode) is max(verdict(one, mode), verdict(two, mode))


@pytest.mark.parametrize("path", ["/", "/etc", "/workspace", "/home", "/home/agent", "/*", "/workspace/*", "/home/*/*"])
def test_critical_paths(path: str) -> None:
    assert is_critical(path, "/workspace")


@pytest.mark.parametrize("path", ["/workspace/a", "/workspace/a/*", "/tmp/x", "/home/agent/x", "/workspaces/x"])
def test_ordinary_paths(path: str) -> None:
    assert not is_critical(path, "/workspace")


def test_every_denial_says_why_and_what_instead() -> None:
    denied = decision("make", Mode.PLAN)
    assert denied.why
    assert denied.instead
