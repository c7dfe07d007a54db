"""The walls of the house, each seen to hold and each seen to bite."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "runner"

FILE_LINES = 450
FUNCTION_LINES = 60

# Where a limit is exceeded on purpose: the name, and the reason.
LONG: dict[str, str] = {
    "types.py": "the glossary is read as one page",
    "run.py": "the whole control flow is read as one page",
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "runner", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_wall_holds() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


# id of the contract -> a file to add to, and the import that must be refused there
BREAKS = {
    "floors": ("runner/types.py", "import runner.run"),
    "pure": ("runner/policy/ladder.py", "import time"),
    "docker": ("runner/adapters/jsonl_journal.py", "import docker"),
    "anthropic": ("runner/wire.py", "import anthropic"),
    "policy": ("runner/policy/paths.py", "import runner.policy.ladder"),
    "strangers": ("runner/adapters/signals.py", "import runner.adapters.jsonl_journal"),
    "circles": ("runner/views/report.py", "import runner.views.timeline"),
    "fakes": ("runner/wire.py", "import runner.testing.sinks"),
}


def contracts() -> dict[str, str]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"]: contract["name"] for contract in config["tool"]["importlinter"]["contracts"]}


def test_every_wall_has_a_red_test() -> None:
    assert set(BREAKS) == set(contracts())


@pytest.mark.parametrize("contract", sorted(BREAKS))
def test_the_wall_bites(house: Path, contract: str) -> None:
    name, line = BREAKS[contract]
    with (house / name).open("a") as file:
        file.write(f"\n{line}\n")
    if contract == "circles":
        with (house / "runner/views/timeline.py").open("a") as file:
            file.write("\nimport runner.views.report\n")
    result = lint(house)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = re.findall(r"^(.*) BROKEN", result.stdout, flags=re.MULTILINE)
    assert contracts()[contract] in broken, result.stdout


def test_a_file_on_no_floor_is_refused(house: Path) -> None:
    (house / "runner" / "helpers.py").write_text('"""Nobody owns me."""\n')
    result = lint(house)
    assert result.returncode == 1
    assert "runner.helpers" in result.stdout


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    name = str(path.relative_to(PACKAGE))
    if name not in LONG:
        assert len(text.splitlines()) <= FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"{name}:{node.lineno} {node.name} has {length} lines"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_inside_functions_stand_in_wire_alone(path: Path) -> None:
    inside = [
        f"line {node.lineno}"
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside or path == PACKAGE / "wire.py"


def test_nothing_is_called_after_nobody() -> None:
    nameless = {"utils", "util", "helpers", "common", "base", "core", "manager", "misc"}
    assert not [path for path in PACKAGE.rglob("*") if path.stem in nameless]
