"""What a layer says: every key is read, reported or refused; what tightens counts wherever it stands."""

import json

import pytest

from runner.policy.settings_layer import WARNINGS, says
from runner.policy.settings_text import SettingsError, tree
from runner.policy.settings_words import FOREIGN, RESTRICTING, Says
from runner.types import Layer, Mode, Occasion, Order, Verdict

FILE = "/w/.claude/settings.json"


def read(value: object, *, layer: Layer = Layer.USER, file: str = FILE) -> Says:
    return says(tree(json.dumps(value), file=file), layer=layer, file=file)


def warned(said: Says) -> str:
    return "\n".join(f"{warning.sentence}. {warning.hint}" for warning in said.warnings)


def hook(**handler: object) -> dict[str, object]:
    return {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "x"} | handler]}]}}


def test_rules_keep_their_verdict_text_and_line() -> None:
    text = "permissions:\n  deny:\n  - Bash(rm *)\n  ask: [Read]\n  allow:\n  - rule: Bash(ls *)\n    id: look\n"
    said = says(tree(text, file="x.yaml"), layer=Layer.USER, file="x.yaml")
    assert [(rule.verdict, rule.text, rule.line, rule.id) for rule in said.rules] == [
        (Verdict.DENY, "Bash(rm *)", 3, None),
        (Verdict.ASK, "Read", 4, None),
        (Verdict.ALLOW, "Bash(ls *)", 6, "look"),
    ]


def test_a_rule_that_is_a_table_keeps_all_of_it() -> None:
    table = {"rule": "Bash(x)", "id": "i", "why": "w", "instead": "n", "match": "x", "not_match": ["y", "z"]}
    (rule,) = read({"permissions": {"deny": [table]}}).rules
    assert (rule.id, rule.why, rule.instead, rule.match, rule.not_match) == ("i", "w", "n", ("x",), ("y", "z"))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"permissions": []}, "`permissions` must be keys"),
        ({"permissions": {"deny": "Bash"}}, "`permissions.deny` must be a list"),
        ({"permissions": {"deny": [None]}}, r"`permissions.deny\[0\]` must be a text"),
        ({"permissions": {"deny": [5]}}, r"`permissions.deny\[0\]` must be a text"),
        ({"permissions": {"deny": [["Bash"]]}}, r"`permissions.deny\[0\]` must be a text"),
        ({"permissions": {"deny": [" "]}}, "is empty"),
        ({"permissions": {"deny": [{"why": "x"}]}}, "needs `rule`"),
        ({"permissions": {"deny": [{"rule": "Bash", "because": "x"}]}}, "no key of a rule"),
        ({"permissions": {"deny": [{"rule": 5}]}}, "must be a text"),
        ({"permissions": {"deny": [{"rule": "Bash", "match": [5]}]}}, "must be a text"),
        ({"permissions": {"defaultMode": "bogus"}}, "cannot be `bogus`"),
        ({"permissions": {"defaultMode": 3}}, "must be a text"),
        ({"permissions": {"order": "first"}}, "cannot be `first`"),
        ({"permissions": {"additionalDirectories": [1]}}, "must be a text"),
        ({"permissions": {"disableAutoMode": "disabled"}}, "can only be `disable`"),
        ({"permissions": {"disableAutoMode": ["disable"]}}, "can only be `disable`"),
        ({"permissions": {"blockReadsOutsideWorkingDirectories": "true"}}, "must be true or false"),
        ({"disableAllHooks": 1}, "must be true or false"),
        ({"Permissions": {"deny": ["Bash"]}}, "Permissions"),
        ({"HOOKS": {}}, "HOOKS"),
        ({"hooks": []}, "`hooks` must be keys"),
        ({"hooks": {"PreToolUse": {}}}, "must be a list"),
        ({"hooks": {"PreToolUse": ["x"]}}, "must be keys"),
        ({"hooks": {"PreToolUse": [{"matcher": "Bash"}]}}, "needs `hooks`"),
        ({"hooks": {"PreToolUse": [{"hooks": [{"type": "command"}]}]}}, "needs `command`"),
        (hook(timeout=0), "seconds"),
        (hook(timeout="5"), "seconds"),
        (hook(timeout=True), "seconds"),
        (hook(command=["x"]), "must be a text"),
    ],
)
def test_a_wrong_value_is_an_error_with_its_line(settings: object, what: str) -> None:
    with pytest.raises(SettingsError, match=what) as caught:
        read(settings)
    assert str(caught.value).startswith(f"{FILE}:1: ")


def test_null_says_nothing() -> None:
    said = read({"permissions": {"deny": None, "additionalDirectories": None, "disableAutoMode": None}, "hooks": None})
    assert (said.rules, said.directories, said.modes_off, said.hooks, said.warnings) == ([], [], [], [], [])


def test_manual_is_another_name_of_default() -> None:
    mode = read({"permissions": {"defaultMode": "manual"}}).mode
    assert mode is not None
    assert mode.value is Mode.DEFAULT


def test_the_older_order_can_be_chosen() -> None:
    order = read({"permissions": {"order": "deny-allow-ask"}}).order
    assert order is not None
    assert order.value is Order.OLDER


# --- keys that stand askew -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"permissions": {"Deny": ["Bash"]}}, {"deny": ["Bash"]}, {"DENY": ["Bash"]}])
def test_a_deny_counts_wherever_and_however_it_is_written(settings: object) -> None:
    said = read(settings)
    assert [rule.verdict for rule in said.rules] == [Verdict.DENY]
    assert "counts, though it should be `permissions.deny`" in warned(said)


def test_two_spellings_of_deny_both_count() -> None:
    said = read({"permissions": {"deny": ["Bash"], "Deny": ["Read"]}})
    assert [rule.text for rule in said.rules] == ["Bash", "Read"]


@pytest.mark.parametrize(
    "settings", [{"permissions": {"Allow": ["Bash"]}}, {"allow": ["Bash"]}, {"defaultMode": "auto"}]
)
def test_what_loosens_must_be_written_right(settings: object) -> None:
    said = read(settings)
    assert not said.rules
    assert said.mode is None
    assert "does nothing" in warned(said)


@pytest.mark.parametrize(
    "settings",
    [
        {"permissions": {"disableBypassPermissionsMode": "disable"}},
        {"permissions": {"disableBypassPermissionsMode": True}},
        {"permissions": {"disablebypasspermissionsmode": "disable"}},
        {"disableBypassPermissionsMode": "disable"},
    ],
)
def test_a_mode_is_switched_off_wherever_and_however_it_is_written(settings: object) -> None:
    assert [stated.value for stated in read(settings).modes_off] == [Mode.BYPASS]


@pytest.mark.parametrize("value", ["enable", False])
def test_a_mode_cannot_be_switched_on(value: object) -> None:
    said = read({"permissions": {"disableAutoMode": value}})
    assert not said.modes_off
    assert "this does nothing" in warned(said)


def test_auto_mode_is_switched_off_at_either_place_without_a_warning() -> None:
    for settings in ({"disableAutoMode": "disable"}, {"permissions": {"disableAutoMode": "disable"}}):
        said = read(settings)
        assert [stated.value for stated in said.modes_off] == [Mode.AUTO]
        assert not said.warnings


# --- keys without a meaning ------------------------------------------------------------------------------------------


def test_an_unknown_key_is_a_warning_with_a_guess() -> None:
    assert "`disableAlHooks` is not a known key" in warned(read({"disableAlHooks": True}))
    assert "Did you mean `disableAllHooks`" in warned(read({"disableAlHooks": True}))
    assert "Did you mean `additionalDirectories`?" in warned(read({"permissions": {"additionalDirectory": []}}))


@pytest.mark.parametrize("key", sorted(RESTRICTING))
def test_a_key_that_may_be_meant_to_restrict_and_does_not_is_a_warning(key: str) -> None:
    said = read({key: {"hard_deny": ["x"]}})
    assert f"`{key}` does nothing in this version" in warned(said)


def test_keys_about_other_things_are_noted_in_the_reference_clients_file_and_warned_about_in_ours() -> None:
    theirs = read(dict.fromkeys(sorted(FOREIGN), "x"))
    assert not theirs.warnings
    assert {stated.value for stated in theirs.unused} == FOREIGN
    ours = says(tree("theme: dark", file="/w/.runner/settings.yaml"), layer=Layer.USER, file="/w/.runner/settings.yaml")
    assert "`theme` does nothing in this version" in warned(ours)


def test_names_in_warnings_move_no_cursor_and_fill_no_screen() -> None:
    said = read({"\x1b[2J\u202e" + "x" * 5000: 1})
    assert "\\x1b[2J\\u202e" in warned(said)
    assert len(warned(said)) < 1000


def test_a_file_full_of_unknown_keys_is_told_once() -> None:
    said = read({f"key{number}": 1 for number in range(50_000)})
    assert len(said.warnings) == WARNINGS + 1
    assert "more of this kind follows" in said.warnings[-1].sentence


# --- hooks ------------------------------------------------------------------------------------------------------------


def test_a_hook_keeps_all_of_it() -> None:
    (found,) = read(hook(timeout=1.5, **{"if": "Bash(git *)"}, statusMessage="...")).hooks
    assert (found.event, found.matcher, found.command) == (Occasion.BEFORE, "Bash", "x")
    assert (found.timeout_s, found.condition, found.source.line) == (1.5, "Bash(git *)", 1)


def test_every_moment_of_a_run_is_known_by_its_published_name() -> None:
    said = read({"hooks": {event.value: [{"hooks": [{"type": "command", "command": "x"}]}] for event in Occasion}})
    assert [found.event for found in said.hooks] == list(Occasion)
    assert not said.warnings


def test_moments_that_runs_do_not_have_are_warnings() -> None:
    assert "runs have no such moment" in warned(read({"hooks": {"PreCompact": []}}))
    assert "Did you mean `PreToolUse`" in warned(read({"hooks": {"PreToolUs": []}}))


@pytest.mark.parametrize("handler", [{"type": "http"}, {"type": "prompt"}])
def test_a_hook_that_refuses_things_and_cannot_run_is_kept_as_impossible(handler: dict[str, object]) -> None:
    said = read(hook(**handler))
    assert not said.hooks
    assert "this version runs commands only" in said.impossible[0].value


def test_a_matcher_that_is_no_pattern_is_impossible_too() -> None:
    said = read({"hooks": {"PreToolUse": [{"matcher": "(", "hooks": [{"type": "command", "command": "x"}]}]}})
    assert not said.hooks
    assert said.impossible


def test_an_onlooker_that_cannot_run_is_only_a_warning() -> None:
    said = read({"hooks": {"PostToolUse": [{"hooks": [{"type": "http", "url": "x"}]}]}})
    assert not said.impossible
    assert "this version runs commands only" in warned(said)


def test_unknown_keys_of_a_hook_are_warnings() -> None:
    said = read(hook(**{"async": True, "tmeout": 5}))
    assert "hooks are waited for" in warned(said)
    assert "Did you mean `timeout`?" in warned(said)
