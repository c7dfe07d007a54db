import re
from collections import Counter

import pytest

from runner.policy.effects import shell_effects
from runner.policy.hazards import HAZARDS
from runner.policy.programs import (
    admin,
    building,
    cloud,
    containers,
    databases,
    files,
    git,
    infrastructure,
    interpreters,
    network,
    packages,
    shell,
    system,
    text,
    wrappers,
)
from runner.policy.programs.notation import Line, index, logical_lines, parse_line
from runner.policy.programs.tables import entry

OURS = {
    "git": git.TABLE,
    "containers": containers.TABLE,
    "cloud": cloud.TABLE,
    "infrastructure": infrastructure.TABLE,
    "network": network.TABLE,
    "packages": packages.TABLE,
    "building": building.TABLE,
    "interpreters": interpreters.TABLE,
    "databases": databases.TABLE,
    "admin": admin.TABLE,
}
OTHERS = (text.TABLE, files.TABLE, system.TABLE, shell.TABLE, wrappers.TABLE)


def lines(table: str) -> list[tuple[str, Line]]:
    names = index(table).names
    return [(line, parse_line(line, names)) for line in logical_lines(table) if not line.startswith("@")]


def acts(line: Line) -> set[str]:
    thens = [then for options in line.options.values() for option in options for then in option.then]
    thens += [then for place in line.operands for then in place.then]
    thens += [case.then for case in line.cases]
    return {*line.hazards, *(then[1:] for then in (*thens, *line.alone) if then.startswith("!"))}


@pytest.mark.parametrize("table", OURS.values(), ids=OURS)
def test_every_line_can_be_read_and_names_known_acts(table: str) -> None:
    for source, line in lines(table):
        assert acts(line) <= set(HAZARDS), source


@pytest.mark.parametrize("table", OURS.values(), ids=OURS)
def test_every_named_text_is_used(table: str) -> None:
    used = Counter(re.findall(r"(?<!\S)@[\w-]+", "\n".join(logical_lines(table))))
    assert all(used[name] > 1 for name in index(table).names)


def test_a_program_stands_in_one_table() -> None:
    counted = Counter(program for table in (*OTHERS, *OURS.values()) for program in index(table).programs)
    assert not [program for program, times in counted.items() if times > 1]


@pytest.mark.parametrize("table", OURS.values(), ids=OURS)
def test_an_option_that_chooses_a_line_is_known_to_that_line(table: str) -> None:
    for source, line in lines(table):
        chosen = [word for words in source.split("|", 1)[0].split() for word in words.split(",") if word[0] == "-"]
        assert not [word for word in chosen if word not in line.options], source


@pytest.mark.parametrize("table", OURS.values(), ids=OURS)
def test_every_program_is_found_by_its_name(table: str) -> None:
    assert not [name for name in index(table).programs if entry(name.rstrip("#")) is None]


@pytest.mark.parametrize(
    "command",
    [
        "git",
        "docker",
        "aws",
        "gcloud",
        "az",
        "npm",
        "kubectl",
        "helm",
        "terraform",
        "vault",
        "cargo",
        "pip",
        "heroku",
        "gh",
    ],
)
def test_a_word_that_no_line_knows_is_opaque(command: str) -> None:
    assert shell_effects(f"{command} frobnicate --now thing", "/w").opaque is not None


@pytest.mark.parametrize(
    "command",
    """
    git push --help
    git clean --help
    terraform destroy --help
    helm uninstall --help
    kubectl delete --help
    docker system --help
    npm publish --help
    gh org --help
    aws s3 rm help
    gh --version
    helm version --help
    swift --version
    """.strip().splitlines(),
)
def test_asking_for_help_does_nothing(command: str) -> None:
    effects = shell_effects(command.strip(), "/w")
    assert not effects.may_write, effects


@pytest.mark.parametrize("command", ["npm run build --help; rm -rf /", "kubectl delete pod x --help", "rm x --help"])
def test_help_behind_operands_may_be_one_of_them(command: str) -> None:
    assert shell_effects(command, "/w").may_write
