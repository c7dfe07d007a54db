"""What a settings text can be, and that whatever it is costs little and is read in one way only."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.settings_text import (
    DEPTH,
    TEXT_BYTES,
    VALUES,
    Items,
    Keys,
    Scalar,
    SettingsError,
    Tree,
    tree,
    tree_of_node,
)

JSON = "/w/.claude/settings.json"
YAML = "/w/.runner/settings.yaml"


def value(of: Tree) -> object:
    match of:
        case Scalar():
            return of.value
        case Items():
            return [value(item) for item in of.items]
        case Keys():
            return {key.name: value(key.value) for key in of.keys}


def test_json_and_yaml_say_the_same() -> None:
    text = '{"permissions": {"deny": ["Bash(rm *)", "Read(./.env)"], "x": null, "y": true, "z": 1.5}}'
    assert value(tree(text, file=JSON)) == value(tree(text, file=YAML)) == json.loads(text)


def test_every_value_knows_its_line() -> None:
    text = '{\n "permissions": {\n\t"deny": [\n\n\t\t"Bash(a\\n b)",\n "Bash(b)"]}}'
    permissions = tree(text, file=JSON).keys[0]
    assert isinstance(permissions.value, Keys)
    deny = permissions.value.keys[0]
    assert isinstance(deny.value, Items)
    assert (permissions.line, deny.line, [item.line for item in deny.value.items]) == (2, 3, [5, 6])


def test_a_block_of_yaml_knows_its_lines_too() -> None:
    root = tree("# a comment\npermissions:\n  deny:\n  - Bash(npm:*)\n  - 'Bash(a: b)'\n", file=YAML)
    assert value(root) == {"permissions": {"deny": ["Bash(npm:*)", "Bash(a: b)"]}}
    permissions = root.keys[0].value
    assert isinstance(permissions, Keys)
    deny = permissions.keys[0].value
    assert isinstance(deny, Items)
    assert [item.line for item in deny.items] == [4, 5]


@pytest.mark.parametrize("file", [JSON, YAML, ""])
@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "null", "\ufeff{}"])
def test_an_empty_text_says_nothing(text: str, file: str) -> None:
    assert tree(text, file=file).keys == ()


def test_json_may_be_indented_with_tabs_and_escape_what_it_likes() -> None:
    text = '{\n\t"a\\/b": "\\ud83d\\ude00 \\u00e9",\r\n\t"n": -12, "f": 1e3}'
    assert value(tree(text, file=JSON)) == {"a/b": "\U0001f600 é", "n": -12, "f": 1000.0}


def test_what_looks_like_json_on_the_command_line_is_json() -> None:
    with pytest.raises(SettingsError, match="this is not JSON"):
        tree("{permissions: {}}", file="")
    assert value(tree("permissions: {}", file="")) == {"permissions": {}}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1,}', "not JSON"),
        ('{"a": 1} // no', "not JSON"),
        ('{"a": NaN}', "not JSON"),
        ('{"a": "\\ud83d"}', "surrogate"),
        ('{"a": "x\\u0000y"}', "NUL"),
        ('{"a": 1, "a": 2}', "`a` stands here twice"),
        ("[]", "keys with values"),
        ('"x"', "keys with values"),
        ("[" * 100_000, "not JSON|nested deeper"),
        ("[" * (DEPTH + 5) + "]" * (DEPTH + 5), "nested deeper"),
        ('{"a": ' + "1" * 5000 + "}", ""),
    ],
)
def test_json_is_strict(text: str, what: str) -> None:
    if not what:
        assert value(tree(text, file=JSON)) == {"a": "1" * 5000}
        return
    with pytest.raises(SettingsError, match=what):
        tree(text, file=JSON)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: &x [1]\nb: *x", ":2: settings cannot use aliases"),
        ("deny:\n- *", "2: .*(aliases|YAML)"),
        ("a: !!python/object:os.system x", "tags"),
        ("a: ! x", "tags"),
        ("a: 1\na: 2", ":2: `a` stands here twice"),
        ("a: 1\n---\nb: 2", ":2: a second document"),
        ("\ta: 1", "not YAML"),
        ("a: b: c", "not YAML"),
        ("[a]: 1\nb", "not YAML|key must be a text"),
        ("? [a]\n: 1", "a key must be a text"),
        ("a: '\\0'\nb: \"\\0\"", "NUL"),
        ("a: \x07", "not YAML"),
        ("- a", "keys with values"),
        ("[" * 100_000, "not YAML|nested deeper"),
        ("a: \ud800", "not YAML"),
    ],
)
def test_yaml_has_one_reading(text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        tree(text, file=YAML)


def test_a_text_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(SettingsError, match="longer than"):
        tree("é" * (TEXT_BYTES // 2 + 1), file=YAML)


def test_plain_yaml_values_are_what_people_mean() -> None:
    text = (
        "a: yes\nb: ~\nc: 12\nd: 1.5\ne: '12'\nf: 2001-01-01\ng: 1_000\nh: 0x10\ni: .inf\nj: 1:30\nk: 12.\nl: disable"
    )
    assert value(tree(text, file=YAML)) == {
        "a": True,
        "b": None,
        "c": 12,
        "d": 1.5,
        "e": "12",
        "f": "2001-01-01",
        "g": "1_000",
        "h": "0x10",
        "i": ".inf",
        "j": "1:30",
        "k": 12.0,
        "l": "disable",
    }


def test_a_node_that_somebody_else_composed_is_read_with_its_lines() -> None:
    node = yaml.compose("permissions:\n  deny: [Bash, '5', 5]\n", Loader=yaml.SafeLoader)
    assert node is not None
    read = tree_of_node(node, file="task.md", line_offset=10)
    assert value(read) == {"permissions": {"deny": ["Bash", "5", 5]}}
    assert isinstance(read, Keys)
    assert read.keys[0].line == 11


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\n"
        + "\n".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)),
        "a: &a [*a]",
    ],
)
def test_aliases_in_a_composed_node_cost_no_more_than_the_bounds(text: str) -> None:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert node is not None
    with pytest.raises(SettingsError, match=f"more than {VALUES:,} values|nested deeper"):
        tree_of_node(node, file="task.md")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='abc"\\\n:{}[],é '), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=5), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_all_json_is_read_as_it_is(given_value: dict[str, object], indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(given_value, indent=indent, ensure_ascii=ascii_only)
    if "\\u0000" in text or "\0" in text:
        with pytest.raises(SettingsError):
            tree(text, file=JSON)
        return
    assert value(tree(text, file=JSON)) == given_value


@given(st.text(max_size=200), st.sampled_from([JSON, YAML, ""]))
def test_any_text_is_a_mapping_or_an_error_with_its_file(text: str, file: str) -> None:
    try:
        tree(text, file=file)
    except SettingsError as error:
        assert str(error).startswith((file or "command line") + ":")


@given(st.lists(st.sampled_from([*"{}[],:\"\\ \n\t-*&!'#|>%@`", "a", "deny", "1", "null", "- ", "\\u0000", "\x85"])))
def test_any_soup_of_signs_is_a_mapping_or_an_error(signs: list[str]) -> None:
    for file in (JSON, YAML):
        try:
            tree("".join(signs), file=file)
        except SettingsError as error:
            assert error.exit_code == 2
