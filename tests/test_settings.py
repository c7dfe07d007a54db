"""How layers are joined: what tightens always counts, what loosens needs the right to."""

import itertools
import json
from collections.abc import Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner.policy.effects import shell_effects
from runner.policy.ladder import judge
from runner.policy.rule_checks import call_of
from runner.policy.rulebook import Rulebook
from runner.policy.settings import LayerText, Settings, SettingsError, never_permits_more, settings
from runner.policy.settings_given import single_rules, task_permissions
from runner.policy.settings_layer import WARNINGS
from runner.types import Effects, Layer, Mode, Order, Policy, Verdict

FILES = {
    Layer.MANAGED: "/etc/agent-runner/managed-settings.json",
    Layer.COMMAND_LINE: "",
    Layer.TASK: "/home/ana/task.md",
    Layer.LOCAL: "/home/ana/shop/.claude/settings.local.json",
    Layer.PROJECT: "/home/ana/shop/.claude/settings.json",
    Layer.USER: "/home/ana/.claude/settings.json",
}
WIDER = [Layer.MANAGED, Layer.COMMAND_LINE, Layer.LOCAL, Layer.PROJECT, Layer.USER]


def layer(of: Layer, value: object, file: str | None = None) -> LayerText:
    text = value if isinstance(value, str) else json.dumps(value)
    return LayerText(layer=of, file=FILES[of] if file is None else file, text=text)


def rules(of: Layer, **lists: Sequence[object]) -> LayerText:
    return layer(of, {"permissions": lists})


def joined(*layers: LayerText, trusted: bool = False) -> Settings:
    return settings(layers, host_workspace="/home/ana/shop", host_home="/home/ana", trusted=trusted)


def texts(found: Settings, verdict: Verdict | None = None) -> list[str]:
    return [rule.id for rule in found.policy.rules if verdict in {None, rule.verdict}]


def warned(found: Settings) -> str:
    return "\n".join(f"{warning.file}:{warning.line}: {warning.sentence}. {warning.hint}" for warning in found.warnings)


def hook(command: str, event: str = "PreToolUse") -> dict[str, object]:
    return {"hooks": {event: [{"hooks": [{"type": "command", "command": command}]}]}}


# --- joining ----------------------------------------------------------------------------------------------------------


def test_no_layers_are_settings_that_say_nothing() -> None:
    assert settings(()) == Settings(policy=Policy())


def test_rules_of_all_layers_count_with_where_they_stand() -> None:
    found = joined(*(rules(of, deny=[f"Bash({of.name})"]) for of in WIDER))
    assert sorted(texts(found)) == sorted(f"Bash({of.name})" for of in WIDER)
    assert {rule.source.layer: rule.source.file for rule in found.policy.rules} == {of: FILES[of] for of in WIDER}
    assert {rule.source.line for rule in found.policy.rules} == {1}


@pytest.mark.parametrize(("higher", "lower"), list(itertools.pairwise(WIDER)))
def test_of_single_values_the_more_authoritative_layer_counts_whatever_the_order(higher: Layer, lower: Layer) -> None:
    both = [rules_mode(higher, "dontAsk"), rules_mode(lower, "acceptEdits")]
    assert joined(*both, trusted=True).default_mode is Mode.DONT_ASK
    assert joined(*reversed(both), trusted=True).default_mode is Mode.DONT_ASK


def rules_mode(of: Layer, mode: str) -> LayerText:
    return layer(of, {"permissions": {"defaultMode": mode}})


def test_of_two_files_of_a_layer_the_later_one_counts() -> None:
    drop_in = layer(Layer.MANAGED, {"permissions": {"defaultMode": "dontAsk"}}, "/etc/agent-runner/x.d/20.json")
    assert joined(rules_mode(Layer.MANAGED, "acceptEdits"), drop_in).default_mode is Mode.DONT_ASK


@pytest.mark.parametrize("of", WIDER)
def test_a_switch_that_tightens_counts_in_every_layer(of: Layer) -> None:
    tight = {"disableBypassPermissionsMode": "disable", "blockReadsOutsideWorkingDirectories": True}
    loose = {"blockReadsOutsideWorkingDirectories": False}
    found = joined(layer(of, {"permissions": tight}), *(layer(other, {"permissions": loose}) for other in WIDER))
    assert found.policy.modes_off == (Mode.BYPASS,)
    assert found.policy.block_outside_reads


def test_a_mode_that_is_switched_off_is_no_default_mode() -> None:
    found = joined(
        rules_mode(Layer.USER, "bypassPermissions"),
        layer(Layer.PROJECT, {"permissions": {"disableBypassPermissionsMode": "disable"}}),
    )
    assert found.default_mode is None
    assert "this mode is switched off" in warned(found)


def test_layers_that_are_not_wanted_are_not_even_parsed() -> None:
    broken = [layer(Layer.USER, "{"), layer(Layer.LOCAL, "{"), rules(Layer.PROJECT, deny=["Bash"])]
    assert texts(settings(broken, sources={Layer.PROJECT})) == ["Bash"]
    managed = rules(Layer.MANAGED, deny=["Read"])
    assert texts(settings([*broken, managed], sources=())) == ["Read"]


def test_every_value_says_where_it_comes_from_and_why_it_does_not_count() -> None:
    text = '{\n"permissions": {\n"allow": ["Bash"],\n"deny": ["Read"],\n"defaultMode": "auto"}}'
    found = joined(layer(Layer.PROJECT, text), rules_mode(Layer.USER, "plan"))
    seen = {(origin.key, origin.value): (origin.source.line, origin.counts, origin.note) for origin in found.origins}
    assert seen["permissions.allow", "Bash"] == (3, False, "the workspace is not trusted")
    assert seen["permissions.deny", "Read"] == (4, True, "")
    assert seen["permissions.defaultMode", "auto"] == (5, False, "files of the workspace cannot start this mode")
    assert seen["permissions.defaultMode", "plan"] == (1, True, "")


# --- trust ------------------------------------------------------------------------------------------------------------

LOOSENING = {
    "permissions": {"allow": ["Bash"], "additionalDirectories": ["/tmp"], "order": "deny-allow-ask"},
    "disableAllHooks": True,
}


@pytest.mark.parametrize("of", [Layer.PROJECT, Layer.LOCAL])
def test_files_of_a_workspace_that_is_not_trusted_loosen_nothing(of: Layer) -> None:
    mine = layer(Layer.USER, hook("guard"))
    found = joined(layer(of, LOOSENING | hook("evil", "SessionStart")), mine)
    assert found.policy == joined(mine).policy
    assert [config.command for config in found.hooks] == ["guard"]
    assert not found.disable_all_hooks
    assert "do not count, because the workspace is not trusted" in warned(found)
    assert "--trust-project" in warned(found)


def test_files_of_a_trusted_workspace_count() -> None:
    found = joined(layer(Layer.PROJECT, LOOSENING), layer(Layer.LOCAL, hook("theirs")), trusted=True)
    assert texts(found) == ["Bash"]
    assert found.policy.directories == ("/tmp",)
    assert found.policy.order is Order.OLDER
    assert found.disable_all_hooks
    assert found.hooks == ()


@pytest.mark.parametrize("of", [Layer.PROJECT, Layer.LOCAL])
@pytest.mark.parametrize("mode", ["auto", "bypassPermissions"])
def test_files_of_the_workspace_never_start_a_mode_that_settles_things_by_itself(of: Layer, mode: str) -> None:
    found = joined(rules_mode(of, mode), rules_mode(Layer.USER, "acceptEdits"), trusted=True)
    assert found.default_mode is Mode.ACCEPT_EDITS
    assert "cannot start this mode" in warned(found)


@pytest.mark.parametrize(
    ("project", "user", "mode"),
    [
        ("dontAsk", None, Mode.DONT_ASK),
        ("dontAsk", "acceptEdits", Mode.DONT_ASK),
        ("default", "acceptEdits", Mode.DEFAULT),
        ("acceptEdits", None, None),
        ("acceptEdits", "dontAsk", Mode.DONT_ASK),
        ("plan", None, None),
        ("default", "plan", Mode.PLAN),
        ("default", "auto", Mode.AUTO),
        ("plan", "bypassPermissions", Mode.PLAN),
        ("acceptEdits", "acceptEdits", Mode.ACCEPT_EDITS),
    ],
)
def test_a_project_that_is_not_trusted_may_only_start_a_tighter_mode(
    project: str, user: str | None, mode: Mode | None
) -> None:
    layers = [rules_mode(Layer.PROJECT, project)] + ([rules_mode(Layer.USER, user)] if user else [])
    assert joined(*layers).default_mode is mode


def test_a_project_is_not_measured_by_a_mode_that_is_switched_off() -> None:
    off = layer(
        Layer.MANAGED, {"permissions": {"disableBypassPermissionsMode": "disable", "defaultMode": "bypassPermissions"}}
    )
    assert joined(off, rules_mode(Layer.PROJECT, "acceptEdits")).default_mode is None


def test_a_mode_that_is_switched_off_gives_way_to_default_and_not_to_another_layer() -> None:
    off = layer(Layer.PROJECT, {"disableAutoMode": "disable"})
    found = joined(off, rules_mode(Layer.MANAGED, "auto"), rules_mode(Layer.USER, "acceptEdits"))
    assert found.default_mode is None


def test_plan_mode_is_tighter_where_its_classifier_is_off() -> None:
    off = layer(Layer.USER, {"disableAutoMode": "disable"})
    assert joined(rules_mode(Layer.PROJECT, "plan"), off).default_mode is Mode.PLAN


def test_an_allow_rule_that_does_not_count_need_not_even_be_one() -> None:
    assert not joined(rules(Layer.PROJECT, allow=["Bash(", {"rule": "Bash(x)", "match": ["y"]}])).policy.rules


# --- managed settings -------------------------------------------------------------------------------------------------


def test_managed_rules_can_be_the_only_ones() -> None:
    only = {"allowManagedPermissionRulesOnly": True, "permissions": {"deny": ["Read"]}}
    others = [rules(of, allow=["Bash"], ask=["Edit"], deny=["Write"]) for of in WIDER[1:]]
    found = joined(layer(Layer.MANAGED, only), *others, trusted=True)
    assert texts(found) == ["Read"]
    assert sum(origin.note == "only managed rules count" for origin in found.origins) == 12


def test_what_was_denied_one_by_one_counts_beside_managed_rules() -> None:
    only = layer(Layer.MANAGED, {"allowManagedPermissionRulesOnly": True})
    found = joined(only, single_rules(allow=["Bash"], deny=["Write"]))
    assert texts(found) == ["Write"]


@pytest.mark.parametrize("of", WIDER[1:])
def test_switches_of_managed_settings_mean_nothing_elsewhere(of: Layer) -> None:
    switches = {"allowManagedPermissionRulesOnly": True, "allowManagedHooksOnly": True}
    found = joined(layer(of, switches), rules(Layer.USER, allow=["Bash"]), layer(Layer.USER, hook("x")))
    assert texts(found) == ["Bash"]
    assert len(found.hooks) == 1


def test_managed_hooks_can_be_the_only_ones_and_only_managed_settings_switch_them_off() -> None:
    only = layer(Layer.MANAGED, {"allowManagedHooksOnly": True} | hook("theirs"))
    off = layer(Layer.USER, {"disableAllHooks": True} | hook("mine"))
    assert [config.command for config in joined(only, off).hooks] == ["theirs"]
    assert [config.command for config in joined(layer(Layer.MANAGED, hook("theirs")), off).hooks] == ["theirs"]
    assert not joined(layer(Layer.MANAGED, {"disableAllHooks": True} | hook("theirs")), off).hooks


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "root"),
    [
        (rules(Layer.USER, deny=["Edit(/x)"]), "/home/agent/.claude"),
        (rules(Layer.PROJECT, deny=["Edit(/x)"]), "/workspace"),
        (rules(Layer.LOCAL, deny=["Edit(/x)"]), "/workspace/web"),
        (single_rules(deny=["Edit(/x)"]), "/workspace/web"),
        (
            layer(Layer.COMMAND_LINE, {"permissions": {"deny": ["Edit(/x)"]}}, "/home/ana/shop/ci/s.json"),
            "/workspace/ci",
        ),
        (layer(Layer.COMMAND_LINE, {"permissions": {"deny": ["Edit(/x)"]}}, "/srv/s.json"), "/workspace/web"),
        (rules(Layer.COMMAND_LINE, deny=["Edit(/x)"]), "/workspace/web"),
        (rules(Layer.MANAGED, deny=["Edit(/x)"]), "/workspace/web"),
    ],
)
def test_a_leading_slash_means_what_its_layer_says(text: LayerText, root: str) -> None:
    found = settings([text], cwd="/workspace/web", host_workspace="/home/ana/shop")
    assert [rule.source.root for rule in found.policy.rules] == [root]


@pytest.mark.parametrize("of", [Layer.MANAGED, Layer.COMMAND_LINE])
def test_a_leading_slash_that_means_nothing_never_allows_and_is_told(of: Layer) -> None:
    found = joined(rules(of, allow=["Edit(/src/**)"]))
    assert [rule.source.root for rule in found.policy.rules] == [None]
    assert "the leading slash of `Edit(/src/**)` means nothing here" in warned(found)


def test_a_settings_file_beside_the_box_anchors_where_it_is() -> None:
    text = layer(Layer.COMMAND_LINE, {"permissions": {"deny": ["Edit(/src/**)"]}}, "/srv/extra/flag.json")
    assert [rule.source.root for rule in settings([text]).policy.rules] == ["/srv/extra"]


def test_host_paths_of_rules_are_paths_of_the_box_under_the_same_name() -> None:
    found = joined(rules(Layer.USER, deny=["Read(~/shop/.env)", "Edit(//home/ana/shop/db/**)"]))
    assert [(rule.id, rule.specifier) for rule in found.policy.rules] == [
        ("Read(~/shop/.env)", "//workspace/.env"),
        ("Read(~/shop/.env)", "~/shop/.env"),
        ("Edit(//home/ana/shop/db/**)", "//workspace/db/**"),
    ]


def test_a_path_that_only_the_host_has_is_a_warning() -> None:
    found = joined(rules(Layer.USER, deny=["Read(//Users/ana/secret)"]))
    assert "names files that are on the host only" in warned(found)


def test_a_directory_that_is_not_in_the_box_is_a_warning() -> None:
    found = joined(layer(Layer.USER, {"permissions": {"additionalDirectories": ["../other", "~/shop/docs"]}}))
    assert found.policy.directories == ("/workspace/docs",)
    assert "the directory `../other` is not in the box" in warned(found)


def test_an_example_that_is_not_met_stops_with_its_line() -> None:
    text = "permissions:\n  deny:\n  - rule: Bash(rm *)\n    match: [rm x, ls]\n"
    with pytest.raises(SettingsError, match=r"task\.md:3: .*does not match `ls`"):
        settings([LayerText(layer=Layer.TASK, file="task.md", text=text)])
    settings([LayerText(layer=Layer.TASK, file="task.md", text=text.replace(", ls", ", /bin/rm y"))])


def test_an_example_that_must_not_match_and_does_stops_too() -> None:
    table = {"rule": "Read(.env*)", "not_match": ["cat .env.example"]}
    with pytest.raises(SettingsError, match=r"matches `cat .env.example`"):
        joined(rules(Layer.USER, deny=[table]))


def test_examples_of_rules_for_host_paths_are_proven() -> None:
    table = {"rule": "Read(~/shop/.env)", "match": ["Read(~/shop/.env)"], "not_match": ["cat x"]}
    assert joined(rules(Layer.USER, deny=[table])).policy.rules


@pytest.mark.parametrize("text", ["Bash(rm *", "rm -rf", "Bash (rm)", "Bash)"])
def test_a_text_that_is_no_rule_must_not_stand_where_it_should_restrict(text: str) -> None:
    with pytest.raises(SettingsError, match="is neither `Tool` nor"):
        joined(rules(Layer.USER, deny=[text]))


@pytest.mark.parametrize("text", ["bash(rm *)", "Bash()", "Write(src/**)", "Foo(x)", "Edit(~)"])
def test_a_rule_that_can_never_match_is_a_warning_with_its_line(text: str) -> None:
    assert f"{FILES[Layer.USER]}:1: `{text}`" in warned(joined(rules(Layer.USER, deny=[text])))


def test_a_file_full_of_rules_that_never_match_is_told_about_once_for_each_of_the_first() -> None:
    found = joined(rules(Layer.USER, deny=[f"Write(x{number})" for number in range(500)]))
    assert len(found.policy.rules) == 500
    assert len(found.warnings) == WARNINGS


def test_two_rules_of_a_file_must_not_have_one_id() -> None:
    tables = [{"rule": "Bash(a)", "id": "x"}, {"rule": "Bash(b)", "id": "x"}]
    with pytest.raises(SettingsError, match="`x` names another rule"):
        joined(rules(Layer.USER, deny=tables))
    assert texts(joined(rules(Layer.USER, deny=tables[:1]), rules(Layer.PROJECT, deny=tables[1:]))) == ["x", "x"]


# --- hooks ------------------------------------------------------------------------------------------------------------


def test_a_hook_that_cannot_run_stops_if_its_layer_counts() -> None:
    bad = {"hooks": {"PreToolUse": [{"hooks": [{"type": "prompt", "prompt": "x"}]}]}}
    with pytest.raises(SettingsError, match="runs commands only"):
        joined(layer(Layer.USER, bad))
    assert not joined(layer(Layer.PROJECT, bad)).hooks
    assert not joined(layer(Layer.USER, bad), layer(Layer.MANAGED, {"allowManagedHooksOnly": True})).hooks


# --- layers that are no files -----------------------------------------------------------------------------------------


def test_a_text_on_the_command_line_may_hold_several_rules() -> None:
    found = settings([single_rules(allow=["Bash(npm:*) Bash(yarn:*),Read", "Bash(a, (b) c)"], directories=["/tmp"])])
    assert texts(found) == ["Bash(npm:*)", "Bash(yarn:*)", "Read", "Bash(a, (b) c)"]
    assert found.policy.directories == ("/tmp",)


def test_an_unclosed_rule_on_the_command_line_stays_one() -> None:
    with pytest.raises(SettingsError, match="is neither"):
        settings([single_rules(deny=["Bash(a b, c"])])


def test_the_permissions_of_a_task_file_count_and_know_their_lines() -> None:
    node = yaml.compose("mode: plan\npermissions:\n  deny: [Bash(rm *)]\n  ask:\n  - Read\n", Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)
    found = settings([task_permissions(node.value[1][1], file="task.md", line_offset=1)])
    assert [(rule.id, rule.source.file, rule.source.line) for rule in found.policy.rules] == [
        ("Bash(rm *)", "task.md", 4),
        ("Read", "task.md", 6),
    ]
    assert {rule.source.layer for rule in found.policy.rules} == {Layer.TASK}


# --- properties -------------------------------------------------------------------------------------------------------

SPECIFIERS = ["Bash", "Bash(rm *)", "Bash(npm:*)", "Read(.env)", "Read(src/**)", "Edit", "Edit(/src/**)", "Edit(~/**)"]
SPECIFIERS += ["Edit(//home/ana/shop/**)", "Read(//workspace/**)", "WebFetch(domain:x.org)", "mcp__x", "Agent(a)", "*"]
RULE = st.sampled_from(SPECIFIERS)
PERMISSIONS = st.fixed_dictionaries(
    {},
    optional={
        "allow": st.lists(RULE, max_size=3),
        "ask": st.lists(RULE, max_size=3),
        "deny": st.lists(RULE, max_size=3),
        "defaultMode": st.sampled_from([mode.value for mode in Mode]),
        "order": st.sampled_from([order.value for order in Order]),
        "additionalDirectories": st.lists(st.sampled_from(["/", "~", "/tmp", "/home/ana/shop/x"]), max_size=2),
        "disableAutoMode": st.sampled_from(["disable", "enable", True]),
        "disableBypassPermissionsMode": st.sampled_from(["disable", "enable"]),
        "blockReadsOutsideWorkingDirectories": st.booleans(),
    },
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "permissions": PERMISSIONS,
        "hooks": st.sampled_from([hook("x")["hooks"], hook("y", "SessionStart")["hooks"]]),
        "disableAllHooks": st.booleans(),
        "allowManagedPermissionRulesOnly": st.booleans(),
        "allowManagedHooksOnly": st.booleans(),
    },
)
LAYERS = st.lists(st.builds(layer, st.sampled_from(WIDER), SETTINGS), max_size=4)
CALLS = ["rm -rf src", "npm test", "cat .env", "ls src | wc -l", "Read(src/a.py)", "Edit(src/a.py)", "Write(.env)"]
CALLS += ["mcp__x__y", "WebFetch(https://x.org/)", "Agent(a)", "echo x > src/y", "git push"]


def analyse(command: str, cwd: str) -> Effects:
    return shell_effects(command, cwd, home="/home/agent")


def objections(policy: Policy) -> list[set[Verdict]]:
    book = Rulebook(policy)
    actions = [call_of(call, policy=policy, analyse=analyse) for call in CALLS]
    return [{match.rule.verdict for match in book.objections(action)} for action in actions]


@given(LAYERS, st.lists(st.builds(layer, st.sampled_from([Layer.PROJECT, Layer.LOCAL]), SETTINGS), max_size=2))
def test_a_workspace_that_is_not_trusted_can_never_widen(layers: list[LayerText], theirs: list[LayerText]) -> None:
    mine = [text for text in layers if text.layer not in {Layer.PROJECT, Layer.LOCAL}]
    without, found = joined(*mine), joined(*mine, *theirs)
    allowed = [rule for rule in found.policy.rules if rule.verdict is Verdict.ALLOW]
    assert allowed == [rule for rule in without.policy.rules if rule.verdict is Verdict.ALLOW]
    assert all(rule in found.policy.rules for rule in without.policy.rules)
    assert (found.policy.directories, found.policy.order) == (without.policy.directories, without.policy.order)
    assert found.policy.block_outside_reads >= without.policy.block_outside_reads
    assert set(found.policy.modes_off) >= set(without.policy.modes_off)
    assert found.hooks == without.hooks
    now, before = (one.default_mode or Mode.DEFAULT for one in (found, without))
    if before not in found.policy.modes_off:
        assert never_permits_more(now, before, found.policy.modes_off)
    else:
        assert now is Mode.DEFAULT or never_permits_more(now, Mode.DEFAULT, found.policy.modes_off)


@given(LAYERS, st.lists(st.builds(layer, st.sampled_from([Layer.PROJECT, Layer.LOCAL]), SETTINGS), max_size=2))
def test_no_call_is_let_through_because_of_a_workspace_that_is_not_trusted(
    layers: list[LayerText], theirs: list[LayerText]
) -> None:
    mine = [text for text in layers if text.layer not in {Layer.PROJECT, Layer.LOCAL}]
    without, found = joined(*mine), joined(*mine, *theirs)
    before, after = (one.default_mode or Mode.DEFAULT for one in (without, found))
    for call in CALLS:
        action = call_of(call, policy=found.policy, analyse=analyse)
        now = judge(action, policy=found.policy, mode=after).verdict
        if now < Verdict.ASK and before not in found.policy.modes_off:
            assert judge(action, policy=without.policy, mode=before).verdict <= now


@given(LAYERS, st.sampled_from(WIDER), RULE, st.booleans(), st.sampled_from(["deny", "ask"]))
def test_one_more_deny_or_ask_in_any_layer_takes_no_objection_away(
    layers: list[LayerText], of: Layer, rule: str, trusted: bool, kind: str
) -> None:
    extra = layer(of, {"permissions": {kind: [rule]}}, FILES[of] or "/srv/more.json")
    without, found = joined(*layers, trusted=trusted), joined(*layers, extra, trusted=trusted)
    for before, after in zip(objections(without.policy), objections(found.policy), strict=True):
        assert before <= after
    assert found.default_mode is without.default_mode
    assert [one for one in found.policy.rules if one.verdict is Verdict.ALLOW] == [
        one for one in without.policy.rules if one.verdict is Verdict.ALLOW
    ]


@given(LAYERS, st.permutations(WIDER), st.booleans())
def test_the_order_in_which_layers_are_handed_in_has_no_meaning(
    layers: list[LayerText], order: list[Layer], trusted: bool
) -> None:
    shuffled = sorted(layers, key=lambda text: order.index(text.layer))
    one, other = joined(*layers, trusted=trusted), joined(*shuffled, trusted=trusted)
    assert (one.policy, one.default_mode, one.hooks) == (other.policy, other.default_mode, other.hooks)


WHOLE = json.dumps(
    {"permissions": {"deny": ["Bash(rm *)", {"rule": "Read(.env)", "match": ["cat .env"]}], "defaultMode": "plan"}}
    | hook("x"),
    indent=1,
)


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 9), st.text(max_size=4)), min_size=1, max_size=4),
    st.sampled_from(list(FILES)),
    st.sampled_from([".json", ".yaml"]),
)
def test_a_file_that_is_broken_anywhere_is_an_error_of_ours_or_settings(
    changes: list[tuple[int, int, str]], of: Layer, ending: str
) -> None:
    text = WHOLE
    for at, cut, more in changes:
        text = text[:at] + more + text[at + cut :]
    try:
        joined(layer(of, text, f"/x/settings{ending}"))
    except SettingsError as error:
        assert str(error).startswith("/x/settings")
