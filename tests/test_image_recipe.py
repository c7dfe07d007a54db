import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.docker_sandbox.image_recipe import Recipe, find_recipe, read_packages, recipe_names
from runner.adapters.docker_sandbox.images import images_folder
from runner.errors import SandboxUnavailable


def a_folder(parent: Path, name: str = "box") -> Path:
    folder = parent / name
    (folder / "files").mkdir(parents=True)
    (folder / "Dockerfile").write_text("ARG BASE=debian:bookworm-slim\nFROM ${BASE}\n")
    (folder / "packages.txt").write_text("# all of them\n\ngit   # for patches\nbash\n")
    (folder / "files" / "start").write_text("#!/bin/sh\n")
    return folder


def recipe(folder: Path) -> Recipe:
    found = find_recipe(folder.parent, folder.name)
    assert found is not None
    return found


def test_the_digest_depends_on_nothing_but_the_files(tmp_path: Path) -> None:
    one, two = a_folder(tmp_path / "one"), a_folder(tmp_path / "two")
    for path in two.rglob("*"):
        os.utime(path, (1, 1))
    (two / "README.md").write_text("words")
    (two / ".swp").write_text("an editor's")
    assert recipe(one).context == recipe(two).context
    assert recipe(one).digest == recipe(two).digest


@pytest.mark.parametrize("change", ["content", "new file", "gone file", "renamed", "executable"])
def test_every_change_of_a_file_is_another_image(tmp_path: Path, change: str) -> None:
    folder = a_folder(tmp_path)
    before = recipe(folder)
    start = folder / "files" / "start"
    match change:
        case "content":
            start.write_text("#!/bin/bash\n")
        case "new file":
            (folder / "files" / "stop").touch()
        case "gone file":
            start.unlink()
        case "renamed":
            start.rename(folder / "start")
        case _:
            start.chmod(0o755)
    assert recipe(folder).digest != before.digest
    assert recipe(folder).tag != before.tag


@pytest.mark.parametrize("name", ["box", "agent-runner/box", "agent-runner/box:latest"])
def test_a_folder_is_found_by_the_names_its_image_has(tmp_path: Path, name: str) -> None:
    assert find_recipe(tmp_path, name) is None
    a_folder(tmp_path)
    found = find_recipe(tmp_path, name)
    assert found is not None
    assert found.name == "box"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../box", "box/", "/box", "box/files", "BOX", "box:1", "box\n", "a\0b"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    a_folder(tmp_path)
    (tmp_path / "Dockerfile").touch()
    assert find_recipe(tmp_path / "box", name) is None
    assert find_recipe(tmp_path, name) is None


@given(st.text(max_size=40))
def test_only_names_of_packages_come_out_of_a_package_list(text: str) -> None:
    try:
        names = read_packages(text)
    except ValueError:
        return
    for name in names:
        assert name == name.strip().lower()
        assert not set(name) & set(" ,;$`'\"/\\|&<>=#-"[:-1])
        assert not name.startswith("-")


def test_a_package_list_may_have_comments_and_empty_lines() -> None:
    assert read_packages("# these\n\n git \nlibstdc++6 # needed\n#end") == ("git", "libstdc++6")


@pytest.mark.parametrize("line", ["git,evil", "git evil", "--simulate", "git=1", "$(id)", "../x", "Git", "g\u0456t"])
def test_what_is_no_package_is_refused(tmp_path: Path, line: str) -> None:
    folder = a_folder(tmp_path)
    (folder / "packages.txt").write_text(f"bash\n{line}\n")
    with pytest.raises(SandboxUnavailable, match="not the name of a package"):
        find_recipe(tmp_path, "box")


@pytest.mark.parametrize(
    ("base", "suite"),
    [
        ("debian:bookworm-slim", "bookworm"),
        ("debian:trixie", "trixie"),
        ("debian:bookworm-20260101-slim", "bookworm"),
        ("docker.io/library/debian:bookworm", "bookworm"),
        ("alpine:3", None),
        ("debian", None),
        ("evil.example/debian:bookworm", None),
        ("debian:bookworm-slim@sha256:0", None),
    ],
)
def test_only_a_debian_release_can_be_made_of_packages(tmp_path: Path, base: str, suite: str | None) -> None:
    folder = a_folder(tmp_path)
    (folder / "Dockerfile").write_text(f"# a box\nARG BASE={base}\nFROM ${{BASE}}\n")
    assert recipe(folder).base == base
    assert recipe(folder).suite == suite
    (folder / "packages.txt").unlink()
    assert recipe(folder).suite is None


def test_an_unreadable_folder_is_said_by_name(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "Dockerfile").write_bytes(b"\xff\xfe")
    with pytest.raises(SandboxUnavailable, match=str(folder)):
        find_recipe(tmp_path, "box")


def test_the_shipped_images_can_be_built_by_every_engine_and_without_a_registry() -> None:
    folder = images_folder()
    assert "base" in recipe_names(folder)
    for name in recipe_names(folder):
        shipped = recipe(folder / name)
        assert shipped.suite == "bookworm"
        assert {"bash", "bash-static", "git", "python3", "ripgrep"} <= set(shipped.packages)
        instructions = [line for line in shipped.dockerfile.splitlines() if not line.startswith("# ")]
        assert not any("--mount" in line or "syntax=" in line for line in instructions)
        assert not shipped.dockerfile.startswith("# syntax")
