import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import shell_effects
from runner.policy.ladder import judge
from runner.policy.proposals import KNOWN_COMMANDS, MOST, SHOWN, preview, propose
from runner.policy.rulebook import Rulebook
from runner.policy.rules import parse, written
from runner.types import (
    Action,
    Create,
    Effects,
    Exec,
    Foreign,
    Layer,
    Mode,
    Policy,
    Question,
    Replace,
    Source,
    Verdict,
    View,
)

POLICY = Policy(home="/home/agent")
SOURCE = Source(layer=Layer.SESSION, root="/workspace")


def shell(command: str) -> Action:
    effects = shell_effects(command, "/workspace", home="/home/agent")
    return Action(call_id="c", tool="bash", operation=Exec(command=command), effects=effects)


def create(path: str) -> Action:
    return Action(call_id="c", tool="t", operation=Create(path=path, text=""), effects=Effects(writes=(path,)))


def view(path: str) -> Action:
    return Action(call_id="c", tool="t", operation=View(path=path), effects=Effects(reads=(path,)))


def foreign(tool: str, **fields: object) -> Action:
    return Action(call_id="c", tool=tool, operation=Foreign(input_json=json.dumps(fields)), effects=Effects())


def rules(action: Action, mode: Mode = Mode.DEFAULT, policy: Policy = POLICY) -> list[str]:
    return [written(rule) for proposal in propose(action, policy, mode) for rule in proposal.rules]


def modes(action: Action, mode: Mode = Mode.DEFAULT) -> list[Mode]:
    return [proposal.mode for proposal in propose(action, POLICY, mode) if proposal.mode is not None]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("foo", "Bash(foo)"),
        ("foo-bar baz-qux", "Bash(foo-bar baz-qux *)"),
        ("foo_bar baz", "Bash(foo_bar baz *)"),
        ("foo -x bar", "Bash(foo -x bar)"),
        ("foo a=b", "Bash(foo a=b)"),
        ("foo bar.txt", "Bash(foo bar.txt)"),
        ("foo bAr", "Bash(foo bAr)"),
        ('foo "a b" c', 'Bash(foo "a b" c)'),
        ("/usr/bin/foo a", "Bash(/usr/bin/foo a *)"),
        ("docker compose up -d", "Bash(docker compose *)"),
        ("git push origin main", "Bash(git push *)"),
        ("npm i -D x", "Bash(npm i *)"),
        ("cargo build --release", "Bash(cargo build *)"),
        ("kill 123", "Bash(kill 123)"),
        ("sudo apt-get install x", "Bash(sudo apt-get install x)"),
        ("docker run x", "Bash(docker run x)"),
        ("git config core.pager x", "Bash(git config core.pager x)"),
    ],
)
def test_a_command_is_remembered_by_its_subcommand_or_by_its_very_text(command: str, wanted: str) -> None:
    assert rules(shell(command)) == [wanted]


def test_every_unapproved_command_gets_its_rule_and_none_that_only_reads() -> None:
    assert rules(shell("ls && npm test && cat x && make build")) == ["Bash(npm test *)", "Bash(make build *)"]
    policy = Policy(home="/home/agent", rules=(parse("Bash(npm *)", Verdict.ALLOW, SOURCE),))
    assert rules(shell("npm test && make build"), policy=policy) == ["Bash(make build *)"]


def test_too_many_rules_are_not_proposed() -> None:
    commands = [f"foo{number} bar" for number in range(MOST + 1)]
    assert len(rules(shell(" && ".join(commands[:MOST])))) == MOST
    assert rules(shell(" && ".join(commands))) == []


@pytest.mark.parametrize(
    "command",
    ["npm $X", "npm test &", "echo a > .git/config", "rm -rf /", "foo *", "make *.c; foo $(id)", "(foo", "foo 'a*b' x"],
)
def test_nothing_is_proposed_where_no_rule_would_help(command: str) -> None:
    assert rules(shell(command)) == []


def test_nothing_is_proposed_against_a_rule_that_asks_or_for_a_question() -> None:
    policy = Policy(rules=(parse("Bash(git *)", Verdict.ASK, SOURCE),))
    assert propose(shell("git push"), policy, Mode.DEFAULT) == ()
    question = Action(call_id="c", tool="q", operation=Question(questions_json="[]"), effects=Effects())
    assert propose(question, POLICY, Mode.DEFAULT) == ()


def test_reading_outside_is_remembered_with_the_directory() -> None:
    assert rules(view("/srv/data/out.txt")) == ["Read(//srv/data/**)"]
    assert rules(view("/home/agent/.ssh/id_rsa")) == ["Read(//home/agent/.ssh/**)"]
    assert rules(shell("grep -r x /srv/data")) == ["Read(//srv/data/**)"]
    assert rules(view("/etc/passwd")) == ["Read(//etc/passwd)"]
    assert rules(shell("ls /usr/lib/python*")) == ["Read(//usr/lib/**)"]
    assert rules(shell("find / -name x")) == []
    assert rules(view("/srv/a[1]/x*")) == [r"Read(//srv/a\[1]/**)"]


def test_edits_are_remembered_by_path_or_by_the_mode_that_accepts_them() -> None:
    inside = Action(
        call_id="c",
        tool="t",
        operation=Replace(path="/workspace/a.py", old="a", new="b"),
        effects=Effects(reads=("/workspace/a.py",), writes=("/workspace/a.py",)),
    )
    assert rules(inside) == ["Edit(/a.py)"]
    assert modes(inside) == [Mode.ACCEPT_EDITS]
    assert modes(inside, Mode.ACCEPT_EDITS) == []
    assert rules(create("/srv/x")) == ["Edit(//srv/x)"]
    assert modes(create("/srv/x")) == []
    assert modes(create("/workspace/.git/config")) == []
    assert modes(shell("echo a > x.txt")) == [Mode.ACCEPT_EDITS]
    assert modes(shell("npm test > x.txt")) == []


def test_other_tools_are_remembered_by_name_host_or_callee() -> None:
    assert rules(foreign("mcp__srv__x", a=1)) == ["mcp__srv__x"]
    assert rules(foreign("WebFetch", url="https://example.com/x")) == ["WebFetch(domain:example.com)"]
    assert rules(foreign("WebFetch", url="http://a.com\\@b.com/")) == []
    assert rules(foreign("WebSearch", query="x")) == ["WebSearch"]
    assert rules(foreign("Agent", subagent_type="reviewer")) == ["Agent(reviewer)"]


@pytest.mark.parametrize(
    "action",
    [
        *map(
            shell,
            ("foo", "npm test && make build", "foo > out.txt", "cat /srv/x.txt", "cd /srv/d && foo x", "mkdir a/b"),
        ),
        *map(create, ("/workspace/a[1]/x*", "/srv/ a ", "/workspace/!x")),
        *map(view, ("/srv/a/b.c", "/x", "/srv/a?b/c")),
        foreign("mcp__a__b"),
        foreign("WebFetch", url="https://example.com"),
    ],
)
def test_what_is_proposed_would_settle_the_call(action: Action) -> None:
    (proposal,) = (found for found in propose(action, POLICY, Mode.DEFAULT) if found.rules)
    after = Rulebook(Policy(home="/home/agent", rules=proposal.rules))
    open_parts = [cover for cover in after.cover(action) if not cover.complete]
    assert all(
        cover.part is not None and cover.part.effects.only_reads and not cover.reads_open for cover in open_parts
    )


PIECES = (
    "ls -la",
    "cat /srv/x.txt",
    "git status",
    "git push origin topic",
    "npm test",
    "npm run build > out.txt",
    "xxd -b file.bin",
    "jq --arg a b . x.json",
    "rm -rf build",
    "rm `cat list`",
    "touch a b",
    "cp a /srv/b",
    "echo x > .git/config",
    "find . -name '*.py' -delete",
    "timeout 5 make",
    "bash -c 'make x'",
    "cat <<'E' > f.sh\necho x\nE\n",
    "cd /srv/d",
    "awk '{print $1}' f",
    "python3 -c 'print(1)'",
    "sudo apt-get install x",
    "gawk 'BEGIN { print 1 > \"/srv/o\" }'",
    "A=1 env B=2 make y",
    "gzip a b",
    "$X y",
    "sleep 5 &",
)


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.sampled_from([" && ", "; ", " | ", "\n"]),
    st.sampled_from([Mode.DEFAULT, Mode.ACCEPT_EDITS, Mode.PLAN]),
    st.lists(st.sampled_from(["Bash(npm *)", "Read(//srv/**)", "Edit(/out.txt)"]), max_size=2),
)
def test_whatever_is_proposed_settles_the_call_from_then_on(
    pieces: list[str], joint: str, mode: Mode, allowed: list[str]
) -> None:
    action = shell(joint.join(pieces))
    known = tuple(parse(text, Verdict.ALLOW, SOURCE) for text in allowed)
    policy = Policy(home="/home/agent", rules=known, modes_off=(Mode.AUTO,))
    for proposal in propose(action, policy, mode):
        after = msgspec.structs.replace(policy, rules=(*policy.rules, *proposal.rules))
        assert judge(action, policy=after, mode=proposal.mode or mode).verdict is Verdict.ALLOW


@pytest.mark.parametrize("command", ["xxd -b file.bin", "openssl list -digest-commands", "ls && xxd x"])
def test_a_reader_that_few_people_know_gets_a_rule_of_its_own(command: str) -> None:
    (rule,) = rules(shell(command))
    assert rule.startswith(("Bash(xxd ", "Bash(openssl "))


def test_what_works_through_something_is_remembered_by_its_very_text_or_not_at_all() -> None:
    assert rules(shell("bash -c 'make x'")) == ["Bash(bash -c 'make x')"]
    assert rules(shell("rm `cat list`")) == []


def test_a_mode_that_is_switched_off_is_not_proposed() -> None:
    policy = Policy(modes_off=(Mode.ACCEPT_EDITS,))
    found = propose(create("/workspace/x"), policy, Mode.DEFAULT)
    assert [proposal.mode for proposal in found] == [None]


def test_a_preview_shows_what_else_a_rule_lets_pass() -> None:
    def shown(text: str) -> tuple[str, ...]:
        return preview(parse(text, Verdict.ALLOW, SOURCE), POLICY)

    assert "git push --force" in shown("Bash(git push *)")
    assert shown("Bash(git push)") == ()
    assert shown("Bash(foo bar *)") == ()
    assert shown("Bash")[0] == "every call of Bash"
    assert "~/.ssh/id_ed25519" in shown("Read(//home/agent/**)")
    assert "/etc/shadow" in shown("Read(//etc/**)")
    assert ".github/workflows/ci.yml" in shown("Edit(**)")
    assert shown("WebFetch(domain:*.example.com)") == ("api.example.com",)
    assert all(len(shown(text)) <= SHOWN for text in ("Bash", "Bash(*)", "Bash(**)", "Read(//**)"))


def test_well_known_commands_can_all_be_read() -> None:
    assert [command for command in KNOWN_COMMANDS if shell(command).effects.unread] == []
