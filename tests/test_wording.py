"""One way to say a thing, and numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.types import (
    Action,
    Change,
    Check,
    Create,
    Delegate,
    Effects,
    End,
    Exec,
    Execution,
    Foreign,
    Insert,
    Layer,
    Occasion,
    Operation,
    Paths,
    Probe,
    Propose,
    Question,
    Replace,
    Restart,
    Rule,
    Rung,
    Source,
    ToolCall,
    Verdict,
    View,
)
from runner.views.figures import counted, duration, money, size, stopwatch
from runner.views.visible import cells
from runner.views.wording import (
    changed,
    check_name,
    describe,
    describe_call,
    ended,
    hooked,
    judged,
    rule_text,
    short_id,
    spelled_out,
)

CHECKS = (Check(name="tests", command="pytest -q"),)


def action(operation: Operation, call_id: str = "c") -> Action:
    return Action(call_id=call_id, tool="t", operation=operation, effects=Effects())


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Exec(command="pytest -q"), "$ pytest -q"),
        (Exec(command="cd x\nmake\nmake install"), "$ cd x [+2 lines]"),
        (Restart(), "restart the shell"),
        (View(path="/workspace/src/a.py"), "view src/a.py"),
        (View(path="/workspace/src/a.py", first_line=1, last_line=40), "view src/a.py 1-40"),
        (View(path="/etc/passwd", first_line=7), "view /etc/passwd 7-"),
        (Create(path="/workspace/x", text="a\n" * 12), "create x (12 lines)"),
        (Create(path="/workspace/x", text="a"), "create x (1 line)"),
        (Create(path="/workspace/x", text=""), "create x (0 lines)"),
        (Replace(path="/workspace/src/a.py", old="a", new="b"), "edit src/a.py"),
        (Insert(path="/workspace/a", after_line=3, text="x\ny"), "insert into a after line 3 (2 lines)"),
        (View(path="/workspace"), "view /workspace"),
        (View(path="/workspace/a\nb\x1b"), r"view a\nb\x1b"),
        (Delegate(description="look around", prompt="Look."), "subagent: look around"),
        (Propose(plan="First this.\nThen that."), "plan: First this. [+1 line]"),
        (Question(questions_json='[{"question": "Which?"}]'), "question: Which?"),
        (
            Question(questions_json='[{"question": "Which?"}, {"question": "Where?"}]'),
            "question: Which? and 1 more question",
        ),
        (Question(questions_json="[]"), "question: []"),
        (Foreign(input_json='{"url": "x"}'), 't {"url": "x"}'),
    ],
)
def test_an_action_is_described_in_a_line(operation: Operation, expected: str) -> None:
    assert describe(action(operation)) == expected


def test_a_rule_is_written_as_people_write_it() -> None:
    source = Source(layer=Layer.USER)
    bare = Rule(id="r", verdict=Verdict.DENY, tool="WebFetch", specifier=None, source=source)
    assert rule_text(bare) == "deny WebFetch"
    npm = Rule(id="r", verdict=Verdict.ALLOW, tool="Bash", specifier="npm *\x1b", source=source)
    assert rule_text(npm) == r"allow Bash(npm *\x1b)"


def test_a_hook_is_called_by_its_name_and_its_moment() -> None:
    assert hooked(Occasion.AFTER, "lint.sh") == "hook lint.sh at PostToolUse"
    assert len(hooked(Occasion.ASKED, "x" * 200)) <= 63


def test_a_check_is_called_by_its_name_when_the_checks_are_known() -> None:
    probe = action(Probe(command="pytest -q"), "check:0")
    assert describe(probe, checks=CHECKS) == "check tests: pytest -q"
    assert describe(probe) == "check: pytest -q"


@pytest.mark.parametrize(
    "call_id", ["check:1", "check:-1", "check:", "check:²", "toolu_1", "check:01", "check:" + "1" * 5000]
)
def test_a_call_that_is_no_check_has_no_check_name(call_id: str) -> None:
    assert check_name(call_id, CHECKS) == ""


def operations() -> st.SearchStrategy[Operation]:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
    line = st.integers(0, 10**9)
    return st.one_of(
        st.builds(Exec, command=text),
        st.builds(Probe, command=text),
        st.builds(Restart),
        st.builds(View, path=text, first_line=st.none() | line, last_line=st.none() | line),
        st.builds(Create, path=text, text=text),
        st.builds(Replace, path=text, old=text, new=text),
        st.builds(Insert, path=text, after_line=line, text=text),
    )


@given(operations(), st.integers(60, 200))
def test_a_description_is_one_printable_line_that_fits(operation: Operation, width: int) -> None:
    line = describe(action(operation, "check:0"), width=width, checks=CHECKS)
    assert line.isprintable()
    assert cells(line) <= width


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_call_that_is_no_action_is_one_printable_line_too(tool: str, given_json: str) -> None:
    assert describe_call(ToolCall(id="x", tool=tool, input_json=given_json)).isprintable()


def test_a_verdict_names_its_author_and_its_rule() -> None:
    call = action(Restart())
    assert judged(call.decide(Verdict.ALLOW, rung=Rung.MODE, why="")) == "allowed by the mode"
    assert judged(call.decide(Verdict.DENY, rung=Rung.DENY_RULE, why="", rule="n-1")) == "denied by deny rule n-1"
    assert judged(call.decide(Verdict.ASK, rung=Rung.HOOK, why="")) == "left to a person by a hook"
    for rung in Rung:
        for verdict in Verdict:
            assert judged(call.decide(verdict, rung=rung, why="")).isprintable()


@pytest.mark.parametrize(
    ("execution", "expected"),
    [
        (Execution(end=End.EXITED, exit_code=0, output="", took_ms=3), "ok, 3 ms"),
        (Execution(end=End.EXITED, exit_code=2, output="", took_ms=2134, cut_bytes=999), "exit 2, 999 B cut, 2.1 s"),
        (
            Execution(end=End.TIMEOUT, exit_code=137, output="", took_ms=600_000, session_restarted=True),
            "killed at its deadline, a new shell was started, 10 min 00 s",
        ),
        (
            Execution(end=End.KILLED, exit_code=137, output="", took_ms=1, out_of_memory=True, alive=1),
            "killed, exit 137, the memory limit was reached, 1 process still running, 1 ms",
        ),
        (Execution(end=End.LOST, exit_code=None, output="", took_ms=0), "the box vanished"),
    ],
)
def test_an_end_is_told_with_all_that_is_odd_about_it(execution: Execution, expected: str) -> None:
    assert ended(execution) == expected


def paths(*names: str, count: int | None = None) -> Paths:
    return Paths(count=len(names) if count is None else count, listed=names)


def test_a_change_names_what_is_gone_first() -> None:
    change = Change(added=paths("new"), changed=paths("a", "b"), deleted=paths("gone"), size_bytes=14_000)
    assert changed(change) == "+1 ~2 -1, 14.0 kB"
    assert changed(change, names=2) == "+1 ~2 -1, 14.0 kB: gone, a and 2 more"
    assert spelled_out(change) == "1 added, 2 changed, 1 deleted, 14.0 kB"
    nothing = Change(added=Paths(), changed=Paths(), deleted=Paths())
    assert changed(nothing) == spelled_out(nothing) == "nothing changed"


@given(st.lists(st.text(max_size=80), max_size=5), st.integers(0, 10**6), st.integers(50, 160))
def test_a_change_fits(names: list[str], more: int, width: int) -> None:
    change = Change(added=paths(*names, count=len(names) + more), changed=Paths(), deleted=Paths(), size_bytes=10**9)
    assert cells(changed(change, names=3, width=width)) <= width


def test_an_id_is_shortened_after_its_algorithm() -> None:
    assert short_id("sha256:0123456789abcdef") == "0123456789ab"
    assert short_id("a\nb") == r"a\nb"


@pytest.mark.parametrize(
    ("musd", "expected"),
    [(0, "$0.00"), (12, "<$0.0001"), (12_400, "$0.0124"), (410_000, "$0.41"), (1_234_560_000, "$1,234.56")],
)
def test_money(musd: int, expected: str) -> None:
    assert money(musd) == expected


@pytest.mark.parametrize(
    ("ms", "expected", "clock"),
    [
        (0, "0 ms", "0:00"),
        (999, "999 ms", "0:00"),
        (1000, "1.0 s", "0:01"),
        (59_949, "59.9 s", "0:59"),
        (59_950, "1 min 00 s", "0:59"),
        (134_000, "2 min 14 s", "2:14"),
        (3_599_499, "59 min 59 s", "59:59"),
        (3_599_500, "1 h 00 min", "59:59"),
        (11_100_000, "3 h 05 min", "3:05:00"),
    ],
)
def test_time(ms: int, expected: str, clock: str) -> None:
    assert duration(ms) == expected
    assert stopwatch(ms) == clock


@pytest.mark.parametrize(
    ("count_bytes", "expected"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (10**15, "1,000.0 TB")],
)
def test_bytes(count_bytes: int, expected: str) -> None:
    assert size(count_bytes) == expected


def test_counts_have_a_singular() -> None:
    assert [counted(n, "turn") for n in (0, 1, 1204)] == ["0 turns", "1 turn", "1,204 turns"]
    assert counted(2, "entry", "entries") == "2 entries"
