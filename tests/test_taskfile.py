import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.policy.ladder import MODES
from runner.taskfile import LIMITS, STARTER, TaskFile, decoded, limit_of, parse, with_limits
from runner.types import Check, Limits, Mode


def wrong(text: str) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        parse(text, name="task.md")
    return str(caught.value), caught.value.hint


def front(yaml: str) -> str:
    return f"---\n{yaml}\n---\nDo it.\n"


def test_a_file_without_front_matter_is_all_task() -> None:
    assert parse("Fix the bug.", name="t") == TaskFile(prompt="Fix the bug.\n")


def test_every_key_is_read() -> None:
    text = front(
        "workspace: src\nimage: base\nmode: plan\nmodel: m\nnetwork: none\n"
        "limits: {turns: 5, spend: 2.50, wall: 90m, tokens: none, memory: 1GiB}\n"
        "checks: [make test, {name: lint, run: make lint}]\n"
        "env: {CI: 1, NAME: 'a b'}\nartifacts: ['dist/*']"
    )
    got = parse(text, name="t")
    assert (got.workspace, got.image, got.mode, got.model) == ("src", "base", Mode.PLAN, "m")
    assert dict(got.limits) == {
        "turns": 5,
        "spend_musd": 2_500_000,
        "wall_s": 5400,
        "tokens": None,
        "memory_bytes": 2**30,
    }
    assert got.checks == (Check(name="make test", command="make test"), Check(name="lint", command="make lint"))
    assert got.env == (("CI", "1"), ("NAME", "a b"))
    assert got.artifacts == ("dist/*",)


@pytest.mark.parametrize(
    ("yaml", "says", "hint"),
    [
        ("modle: x", "task.md:2: `modle` is not a known key", "Did you mean `mode` or `model`?"),
        ("image: base\nlimits:\n  turn: 5", "task.md:4: `limits.turn` is not a known key", "`turns`"),
        ("limits: {turns: many}", "task.md:2: `limits.turns` cannot be `many`", "a whole number"),
        ("limits: {turns: 0}", "`limits.turns` cannot be `0`", "at least 1. `none` switches it off"),
        ("limits: {spend: 0}", "`limits.spend` cannot be `0`", "at least 0.01"),
        ("limits: {exec: none}", "`limits.exec` cannot be `none`", "a time such as 90s"),
        ("limits: {wall: 5 parsecs}", "cannot be `5 parsecs`", "90s"),
        ("limits: [1]", "task.md:2: `limits` must be keys with values", ""),
        ("image: [a]", "`image` must be text", ""),
        ("image: ''", "`image` is empty", ""),
        ("mode: yolo", "task.md:2: there is no mode `yolo`", "bypassPermissions"),
        ("mode: auto", "this version cannot run in mode `auto` yet", "Use one of"),
        ("checks: make", "`checks` must be a list", ""),
        ("checks: [{name: x}]", "`checks[0]` needs `run`", ""),
        ("checks: [{name: x, cmd: y}]", "`checks[0].cmd` is not a known key", "name, run"),
        ("env: {1A: x}", "`env.1A` is no name of a variable", ""),
        ("env: {A: [1]}", "`env.A` must be text", ""),
        ("artifacts: {a: b}", "`artifacts` must be a list", ""),
        ("network: {allowed: [example.org]}", "cannot open the network", ""),
        ("network: {open: true}", "`network.open` is not a known key", "allowed"),
        ("image: a\nimage: b", "task.md:3: `image` stands here twice", ""),
        ("image: 'a", "task.md:3: the front matter is not YAML", ""),
        ("just words", "the front matter must be keys with values", ""),
        ("a: *nowhere", "not YAML", ""),
        ("image: \x01", "not YAML", ""),
    ],
)
def test_a_wrong_value_is_one_error_with_file_line_and_key(yaml: str, says: str, hint: str) -> None:
    message, got = wrong(front(yaml))
    assert says in message
    assert hint in got


def test_the_task_must_say_something() -> None:
    assert wrong("---\nimage: base\n---\n \n")[0] == "task.md: the task is empty"
    assert wrong("")[0] == "task.md: the task is empty"


def test_front_matter_must_be_closed() -> None:
    assert wrong("---\nimage: base\nDo it.")[0] == "task.md:1: the front matter is not closed"


def test_empty_front_matter_and_null_values_say_nothing() -> None:
    assert parse("---\n---\nDo it.", name="t") == parse(front("image:"), name="t") == TaskFile(prompt="Do it.\n")


def test_a_file_that_is_not_utf8_names_the_line() -> None:
    with pytest.raises(UsageError, match=r"task\.md:2: not UTF-8"):
        decoded(b"a\n\xff", "task.md")


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    assert parse("\ufeff---\r\nimage: base\r\n---\r\nDo it.\r\n", name="t").image == "base"


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x,x]\n" + "\n".join(f"{b}: &{b} [*{a},*{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert "not a known key" in wrong(front(bomb))[0]


def test_the_starter_is_a_valid_task_file() -> None:
    text = STARTER.format(mode="default", modes=", ".join(mode.value for mode in MODES), model="m")
    assert parse(text, name="t").mode is Mode.DEFAULT
    # and so is everything it suggests in comments
    uncommented = "\n".join(line.removeprefix("# ").removeprefix("#") for line in text.split("---")[1].splitlines())
    kept = "\n".join(line for line in uncommented.splitlines() if not line.startswith("How to run"))
    assert parse(f"---\n{kept}\n---\nDo it.", name="t").checks


def test_every_limit_can_be_set_by_its_name() -> None:
    limits = Limits()
    for name in LIMITS:
        field, value = limit_of(name, "123456789")
        assert getattr(with_limits(limits, ((field, value),)), field) == value


@given(st.text(max_size=300))
def test_any_text_is_a_task_or_one_clear_error(text: str) -> None:
    try:
        parse(text, name="task.md")
    except UsageError as error:
        assert str(error).startswith("task.md")


@given(st.text(max_size=200))
def test_any_front_matter_is_read_or_one_clear_error(text: str) -> None:
    try:
        parse(front(text), name="task.md")
    except UsageError as error:
        assert str(error).startswith("task.md")
