import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.hazards import HAZARDS, Level
from runner.policy.static import settle
from runner.types import Effects, Policy, Verdict

POLICY = Policy()
ALLOW, CLASSIFY, DENY = Verdict.ALLOW, Verdict.CLASSIFY, Verdict.DENY


def verdict(**effects: object) -> Verdict:
    return settle(Effects(**effects), POLICY).verdict  # type: ignore[arg-type] # fields by their names


@pytest.mark.parametrize(
    "effects",
    [
        Effects(),
        Effects(reads=("/etc/os-release", "/usr/include")),
        Effects(writes=("/workspace/src/a.py", "/tmp/x")),
        Effects(writes=("/dev/null",)),
        Effects(deletes=("/workspace/a.py",)),
        Effects(deletes=("/workspace/**/*.pyc", "/tmp/x/*")),
        Effects(deletes=("/tmp/build",), hazards=("tree-delete",)),
        Effects(deletes=("/workspace/node_modules", "/workspace/a/__pycache__"), hazards=("tree-delete",)),
        Effects(executes=("pytest", "cargo build")),
        Effects(sends=("https://example.com/a",), writes=("/workspace/a",)),
        Effects(executes=("pip install",), sends=("?",)),
        Effects(executes=("sql",), writes=("/workspace/a.db",)),
        Effects(reads=("/workspace/src",), hazards=("scouting",)),
        Effects(executes=("apt-get install",), sends=("?",), hazards=("install-system",)),
        Effects(writes=("/home/agent/.cache/x",)),
    ],
)
def test_ordinary_work_is_allowed(effects: Effects) -> None:
    assert settle(effects, POLICY).verdict is ALLOW


@pytest.mark.parametrize(
    "effects",
    [
        Effects(opaque="it runs $X"),
        Effects(privilege=("sudo",)),
        Effects(hazards=("push",)),
        Effects(hazards=("never-heard-of",)),
        Effects(reads=("/workspace/.env",)),
        Effects(writes=("/opt/x",)),
        Effects(writes=("/home/agent/x",)),
        Effects(writes=("/home/agent/.bashrc",)),
        Effects(writes=("/workspace/.git/config",)),
        Effects(writes=("/workspace/Makefile",)),
        Effects(deletes=("/workspace/src",), hazards=("tree-delete",)),
        Effects(hazards=("tree-delete",)),
        Effects(reads=("/workspace", "/etc"), hazards=("scouting",)),
        Effects(deletes=("/workspace/**/*.go",)),
        Effects(deletes=("/workspace/dist", "/workspace/src"), hazards=("tree-delete",)),
        Effects(executes=("/usr/local/bin/something",)),
        Effects(executes=("/workspace/run.sh",)),
        Effects(executes=("make",)),
        Effects(executes=("sql",), sends=("postgres",)),
        Effects(writes=("/workspace/link",), links=(("/workspace/link", "/opt/x"),)),
        Effects(sends=("https://example.com",), reads=("/workspace/a",), hazards=("upload",)),
    ],
)
def test_a_doubt_is_left_to_the_classifier(effects: Effects) -> None:
    settled = settle(effects, POLICY)
    assert settled.verdict is CLASSIFY
    assert settled.why
    assert not settled.instead


@pytest.mark.parametrize(
    ("effects", "hazard"),
    [
        (Effects(deletes=("/",)), "mass-delete"),
        (Effects(deletes=("/home/agent",), opaque="it runs $X"), "mass-delete"),
        (Effects(hazards=("history", "push")), "history"),
        (Effects(reads=("/root/.ssh/id_rsa",)), "secrets"),
        (Effects(writes=("/etc/cron.d/x",), privilege=("sudo",)), "persist"),
        (Effects(writes=("/workspace/.git/hooks/post-commit",)), "guard"),
        (Effects(writes=("/workspace/l",), links=(("/workspace/l", "/etc/passwd"),)), "privilege"),
    ],
)
def test_a_known_dangerous_act_is_refused_with_a_way_out(effects: Effects, hazard: str) -> None:
    settled = settle(effects, POLICY)
    assert (settled.verdict, settled.hazard) == (DENY, hazard)
    assert settled.why == HAZARDS[hazard].why
    assert settled.instead


PLACES = st.sampled_from(
    [
        "/workspace/a",
        "/workspace/.env",
        "/tmp/x",
        "/etc/passwd",
        "/root/.ssh/id_rsa",
        "/workspace/Makefile",
        "/",
        "/opt/a",
    ]
)
EFFECTS = st.builds(
    Effects,
    reads=st.lists(PLACES, max_size=2).map(tuple),
    writes=st.lists(PLACES, max_size=2).map(tuple),
    deletes=st.lists(PLACES, max_size=2).map(tuple),
    executes=st.lists(st.sampled_from(["make", "/workspace/x", "/opt/x"]), max_size=1).map(tuple),
    sends=st.lists(st.sampled_from(["?", "https://example.com"]), max_size=1).map(tuple),
    privilege=st.lists(st.just("sudo"), max_size=1).map(tuple),
    hazards=st.lists(st.sampled_from([*HAZARDS, "unknown"]), max_size=2).map(tuple),
    opaque=st.sampled_from([None, "it cannot be read"]),
)


def _joined(one: Effects, other: Effects) -> Effects:
    return Effects(
        reads=one.reads + other.reads,
        writes=one.writes + other.writes,
        deletes=one.deletes + other.deletes,
        executes=one.executes + other.executes,
        sends=one.sends + other.sends,
        privilege=one.privilege + other.privilege,
        hazards=one.hazards + other.hazards,
        opaque=one.opaque or other.opaque,
    )


@given(EFFECTS, EFFECTS)
def test_a_chain_is_at_least_as_strict_as_its_worst_part(one: Effects, other: Effects) -> None:
    worst = max(settle(one, POLICY).verdict, settle(other, POLICY).verdict)
    assert settle(_joined(one, other), POLICY).verdict >= worst


@given(EFFECTS)
def test_nothing_opaque_privileged_or_known_to_be_dangerous_is_allowed(effects: Effects) -> None:
    if settle(effects, POLICY).verdict is ALLOW:
        assert effects.opaque is None
        assert not effects.privilege
        dangers = {name for name in effects.hazards if name not in HAZARDS or HAZARDS[name].level is not Level.NOTE}
        assert dangers <= {"tree-delete"}


@given(EFFECTS)
def test_what_is_refused_says_what_to_do_instead(effects: Effects) -> None:
    settled = settle(effects, POLICY)
    assert (settled.verdict is DENY) == bool(settled.instead)
    assert settled.verdict is not Verdict.ASK
