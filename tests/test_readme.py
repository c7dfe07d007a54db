"""What README says is what is there."""

import re
from pathlib import Path

from runner.errors import EXIT_CODES
from runner.policy.ladder import MODES
from runner.taskfile import LIMITS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    return README.split(f"# {title}\n")[1].split("\n#")[0]


def test_every_file_of_the_table_exists() -> None:
    files = re.findall(r"\| `([^`]+)` \|$", section("Where is the rule?"), flags=re.MULTILINE)
    assert len(files) > 15
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_decider_and_view_is_in_the_table() -> None:
    table = section("Where is the rule?")
    rules = [*ROOT.glob("runner/policy/*.py"), *ROOT.glob("runner/*.py")]
    assert [path for path in rules if not path.stem.startswith("__") and str(path.relative_to(ROOT)) not in table] == []


def test_the_exit_codes_are_all_there() -> None:
    told = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", README, flags=re.MULTILINE) for code in row.split(",")}
    assert told == {*EXIT_CODES.values(), 2}


def test_the_modes_and_limits_are_all_there() -> None:
    assert all(f"`{mode.value}`" in section("Modes") for mode in MODES)
    assert " ".join(LIMITS) in section("The task file")


def test_the_top_level_stays() -> None:
    shown = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    files = {"pyproject.toml", "Makefile", "README.md", "LICENSE", "CHANGELOG.md"}
    allowed = {"runner", "images", "policies", "tests", *files}
    assert shown - {"artifacts", "dist", "build"} <= allowed | {name for name in shown if name.endswith(".egg-info")}
