"""The policies that ship: every rule is explained and proven, and each policy does what its first lines promise."""

import re
from pathlib import Path

import pytest

from runner.adapters.settings_files import POLICIES, named_policy, policies_folder
from runner.policy.effects import shell_effects
from runner.policy.rule_checks import call_of
from runner.policy.rulebook import Rulebook
from runner.policy.settings import LayerText, Settings, settings
from runner.types import Action, Effects, Layer, Mode, Verdict

EVERY = pytest.mark.parametrize("name", POLICIES)


def load(name: str) -> Settings:
    return settings([named_policy(name)], host_workspace="/home/ana/shop", host_home="/home/ana")


def analyse(command: str, cwd: str) -> Effects:
    return shell_effects(command, cwd, home="/home/agent")


def call(text: str, of: Settings) -> Action:
    return call_of(text, policy=of.policy, analyse=analyse)


def objection(text: str, of: Settings) -> Verdict | None:
    found = [match.rule.verdict for match in Rulebook(of.policy).objections(call(text, of))]
    return max(found, default=None)


def allowed(text: str, of: Settings) -> bool:
    covers = Rulebook(of.policy).cover(call(text, of))
    return objection(text, of) is None and bool(covers) and all(cover.complete for cover in covers)


@EVERY
def test_a_policy_loads_with_all_its_examples_proven_and_without_a_warning(name: str) -> None:
    found = load(name)
    assert found.policy.rules
    assert found.warnings == ()


@EVERY
def test_a_policy_has_no_rule_that_only_works_for_one_place_of_the_workspace(name: str) -> None:
    for host in (None, "/tmp/x", "/home/ana/shop", "/usr/src/app", "/root"):
        found = settings([named_policy(name)], host_workspace=host, host_home="/root")
        assert found.warnings == ()


@EVERY
def test_every_rule_says_why_and_every_refusal_says_what_to_do_instead(name: str) -> None:
    for rule in load(name).policy.rules:
        assert rule.why.endswith("."), rule.id
        assert re.fullmatch(r"[a-z][a-z0-9-]*", rule.id), rule.id
        if rule.verdict is not Verdict.ALLOW:
            assert rule.instead.endswith("."), rule.id


@EVERY
def test_every_rule_has_examples_for_and_against(name: str) -> None:
    for rule in load(name).policy.rules:
        if not (rule.specifier or "").startswith("!"):
            assert rule.match, rule.id
        if rule.verdict is not Verdict.ALLOW and not (rule.specifier or "").startswith("!"):
            assert rule.not_match, rule.id


@EVERY
@pytest.mark.parametrize("path", ["~/.ssh/id_rsa", "~/.aws/credentials", "~/.kube/config", "~/.netrc", "~/.npmrc"])
def test_secrets_of_the_home_are_closed_to_every_tool(name: str, path: str) -> None:
    found = load(name)
    for text in (f"Read({path})", f"cat {path}", f"cp {path} x", f"sh -c 'base64 < {path}'", f"env cat {path}"):
        assert objection(text, found) is Verdict.DENY, text


@EVERY
@pytest.mark.parametrize("text", ["Write(.git/hooks/pre-commit)", "echo x >> .claude/settings.json", "rm -r .runner"])
def test_what_guards_the_run_is_not_edited(name: str, text: str) -> None:
    assert objection(text, load(name)) is Verdict.DENY


@EVERY
def test_a_forced_push_is_denied_and_a_push_is_never_allowed(name: str) -> None:
    found = load(name)
    for text in ("git push --force", "git push -f origin main", "timeout 9 git push origin main --force"):
        assert objection(text, found) is Verdict.DENY, text
    assert objection("git commit -m x && git push", found) in {Verdict.ASK, Verdict.DENY}


@EVERY
@pytest.mark.parametrize("text", ["cat README.md", "git log -3", "ls src", "Read(src/a.py)", "grep -rn push src"])
def test_reading_the_project_meets_no_rule(name: str, text: str) -> None:
    assert objection(text, load(name)) is None


def test_default_leaves_the_mode_to_the_user() -> None:
    found = load("default")
    assert found.default_mode is None
    assert found.policy.modes_off == ()


@pytest.mark.parametrize("name", ["ci", "unattended"])
def test_where_nobody_is_there_nothing_is_asked(name: str) -> None:
    found = load(name)
    assert found.default_mode is Mode.DONT_ASK
    assert Mode.BYPASS in found.policy.modes_off
    assert not [rule for rule in found.policy.rules if rule.verdict is Verdict.ASK]


def test_ci_allows_what_builds_and_tests_and_nothing_else() -> None:
    found = load("ci")
    for text in ("make test", "npm run build", "pytest -q", "cargo test", "Edit(src/a.py)", "./gradlew build"):
        assert allowed(text, found), text
    for text in ("npm install left-pad", "python3 x.py", "curl https://example.com", "make && nc host 1", "bash x.sh"):
        assert not allowed(text, found), text
    assert objection("Edit(.github/workflows/ci.yml)", found) is Verdict.DENY


def test_unattended_allows_what_stays_in_the_box() -> None:
    found = load("unattended")
    for text in ("python3 train.py", "npm install", "for f in *; do wc $f; done", "Edit(src/a.py)", "git commit -m x"):
        assert allowed(text, found), text
    for text in ("npm publish", "terraform apply", "ssh host ls", "git reset --hard", "cat .env", "gh pr merge 1"):
        assert objection(text, found) is Verdict.DENY, text


def test_strict_asks_about_every_change_in_every_mode() -> None:
    found = load("strict")
    assert found.policy.block_outside_reads
    assert set(found.policy.modes_off) == {Mode.BYPASS, Mode.AUTO}
    for text in ("Edit(src/a.py)", "Write(/tmp/x)", "echo x > a", "mv a b", "rm a", "touch a"):
        assert objection(text, found) is Verdict.ASK, text
    assert objection("cat .env", found) is Verdict.DENY


def test_there_is_a_file_for_every_name_and_a_name_for_every_file() -> None:
    assert {path.stem for path in policies_folder().glob("*.yaml")} == set(POLICIES)


def test_the_readmes_example_is_a_policy_that_starts_without_a_warning() -> None:
    readme = (policies_folder() / "README.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    found = settings([LayerText(layer=Layer.USER, file="README.yaml", text=example)])
    assert found.warnings == ()
    for text in ("cat .env", "grep x < .env", "cp .env x", "git show HEAD:.env"):
        assert objection(text, found) is Verdict.DENY, text
    assert found.default_mode is Mode.ACCEPT_EDITS


def test_the_readme_names_every_policy() -> None:
    readme = Path(policies_folder() / "README.md").read_text()
    assert all(f"| `{name}` |" in readme for name in POLICIES)
