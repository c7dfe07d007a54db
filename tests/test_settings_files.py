"""Which settings files are read from disk, in which order, and which are refused."""

import os
from pathlib import Path

import pytest

from runner.adapters.settings_files import (
    DROP_INS,
    FILE_BYTES,
    SettingsPlaces,
    given_text,
    host_places,
    named_policy,
    settings_texts,
)
from runner.errors import UsageError
from runner.policy.settings import LayerText
from runner.types import Layer


def write(path: Path, text: str = "{}") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def places(tmp_path: Path) -> SettingsPlaces:
    managed = (tmp_path / "etc/claude-code", tmp_path / "etc/agent-runner")
    for directory in managed:
        (directory / "managed-settings.d").mkdir(parents=True)
    return SettingsPlaces(
        managed=managed, home=tmp_path / "home", config=tmp_path / "home/.config/runner", owner=os.getuid()
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def names(found: tuple[LayerText, ...], tmp_path: Path) -> list[tuple[Layer, str]]:
    return [(text.layer, str(Path(text.file).relative_to(tmp_path))) for text in found]


def test_where_nothing_is_nothing_is_read(workspace: Path, places: SettingsPlaces) -> None:
    assert settings_texts(workspace, places=places) == ()


def test_all_layers_are_read_and_the_more_authoritative_file_of_a_layer_comes_later(
    tmp_path: Path, workspace: Path, places: SettingsPlaces
) -> None:
    for name in (
        "etc/claude-code/managed-settings.json",
        "etc/claude-code/managed-settings.d/20-b.json",
        "etc/claude-code/managed-settings.d/10-a.json",
        "etc/agent-runner/managed-settings.yaml",
        "home/.claude/settings.json",
        "home/.config/runner/settings.yaml",
        "shop/.claude/settings.json",
        "shop/.claude/settings.local.json",
        "shop/.runner/settings.yaml",
        "shop/.runner/settings.local.yaml",
    ):
        write(tmp_path / name, f"# {name}")
    found = settings_texts(workspace, places=places)
    assert names(found, tmp_path) == [
        (Layer.MANAGED, "etc/claude-code/managed-settings.json"),
        (Layer.MANAGED, "etc/claude-code/managed-settings.d/10-a.json"),
        (Layer.MANAGED, "etc/claude-code/managed-settings.d/20-b.json"),
        (Layer.MANAGED, "etc/agent-runner/managed-settings.yaml"),
        (Layer.USER, "home/.claude/settings.json"),
        (Layer.USER, "home/.config/runner/settings.yaml"),
        (Layer.PROJECT, "shop/.claude/settings.json"),
        (Layer.PROJECT, "shop/.runner/settings.yaml"),
        (Layer.LOCAL, "shop/.claude/settings.local.json"),
        (Layer.LOCAL, "shop/.runner/settings.local.yaml"),
    ]
    assert all(text.text.startswith("# ") for text in found)


def test_hidden_and_other_files_of_a_drop_in_directory_are_none(
    tmp_path: Path, workspace: Path, places: SettingsPlaces
) -> None:
    for name in (".x.json", "README.md", "a.json~", "a.bak"):
        write(tmp_path / "etc/agent-runner/managed-settings.d" / name)
    assert settings_texts(workspace, places=places) == ()


def test_only_the_wanted_layers_are_read_and_the_others_may_be_broken(
    tmp_path: Path, workspace: Path, places: SettingsPlaces
) -> None:
    write(tmp_path / "shop/.claude/settings.json")
    (tmp_path / "home/.claude/settings.json").mkdir(parents=True)
    write(tmp_path / "etc/agent-runner/managed-settings.json")
    found = settings_texts(workspace, places=places, sources={Layer.PROJECT})
    assert [text.layer for text in found] == [Layer.MANAGED, Layer.PROJECT]
    assert [text.layer for text in settings_texts(workspace, places=places, sources=())] == [Layer.MANAGED]


def test_what_is_given_has_the_last_word_over_a_named_policy(workspace: Path, places: SettingsPlaces) -> None:
    found = settings_texts(workspace, places=places, given=('{"a": 1}',), policies=("strict",))
    assert [Path(text.file).name for text in found] == ["strict.yaml", ""]
    assert {text.layer for text in found} == {Layer.COMMAND_LINE}


def test_local_settings_at_the_root_of_the_repository_count_in_a_directory_of_it(
    tmp_path: Path, workspace: Path, places: SettingsPlaces
) -> None:
    (workspace / ".git").mkdir()
    write(workspace / ".claude/settings.local.json")
    write(workspace / ".claude/settings.json")
    write(workspace / "web/.claude/settings.local.json")
    assert names(settings_texts(workspace / "web", places=places), tmp_path) == [
        (Layer.LOCAL, "shop/.claude/settings.local.json"),
        (Layer.LOCAL, "shop/web/.claude/settings.local.json"),
    ]


# --- files that are refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_managed_file_that_others_can_write_is_refused(
    tmp_path: Path, workspace: Path, places: SettingsPlaces, mode: int
) -> None:
    write(tmp_path / "etc/agent-runner/managed-settings.yaml").chmod(mode)
    with pytest.raises(UsageError, match="not used as managed settings") as caught:
        settings_texts(workspace, places=places)
    assert "chmod go-w" in caught.value.hint


def test_a_managed_file_in_a_directory_that_others_can_write_is_refused(
    tmp_path: Path, workspace: Path, places: SettingsPlaces
) -> None:
    write(tmp_path / "etc/agent-runner/managed-settings.d/a.yaml").parent.chmod(0o777)
    with pytest.raises(UsageError, match=r"managed-settings\.d must belong"):
        settings_texts(workspace, places=places)


def test_a_managed_file_of_somebody_else_is_refused(tmp_path: Path, workspace: Path, places: SettingsPlaces) -> None:
    write(tmp_path / "etc/agent-runner/managed-settings.yaml")
    others = SettingsPlaces(managed=places.managed, home=places.home, config=places.config, owner=os.getuid() + 1)
    with pytest.raises(UsageError, match="must belong to user"):
        settings_texts(workspace, places=others)


def test_managed_settings_belong_to_root() -> None:
    assert host_places().owner == 0
    assert Path("/etc/agent-runner") in host_places().managed


def test_too_many_managed_files_are_refused(tmp_path: Path, workspace: Path, places: SettingsPlaces) -> None:
    for number in range(DROP_INS + 1):
        write(tmp_path / f"etc/agent-runner/managed-settings.d/{number}.json")
    with pytest.raises(UsageError, match="more than"):
        settings_texts(workspace, places=places)


def test_a_users_file_that_everybody_can_write_is_refused(
    tmp_path: Path, workspace: Path, places: SettingsPlaces
) -> None:
    write(tmp_path / "home/.claude/settings.json").chmod(0o666)
    with pytest.raises(UsageError, match="written by everybody"):
        settings_texts(workspace, places=places)


def test_a_users_file_may_be_a_link(tmp_path: Path, workspace: Path, places: SettingsPlaces) -> None:
    write(tmp_path / "dotfiles/settings.json", "# mine")
    (tmp_path / "home/.claude").mkdir(parents=True)
    (tmp_path / "home/.claude/settings.json").symlink_to(tmp_path / "dotfiles/settings.json")
    assert [text.text for text in settings_texts(workspace, places=places)] == ["# mine"]


@pytest.mark.parametrize("link", [".claude/settings.json", ".claude", ".runner/settings.local.yaml"])
def test_a_file_of_the_workspace_is_not_read_through_a_link_that_leads_out(
    tmp_path: Path, workspace: Path, places: SettingsPlaces, link: str
) -> None:
    write(tmp_path / "secret/settings.json", "token: x")
    (workspace / link).parent.mkdir(parents=True, exist_ok=True)
    (workspace / link).symlink_to(tmp_path / "secret" if link == ".claude" else tmp_path / "secret/settings.json")
    with pytest.raises(UsageError, match="leads out of"):
        settings_texts(workspace, places=places)


def test_a_link_inside_the_workspace_is_followed_and_a_circle_is_an_error(
    workspace: Path, places: SettingsPlaces
) -> None:
    write(workspace / "conf/settings.json", "# here")
    (workspace / ".claude").symlink_to("conf")
    assert [text.text for text in settings_texts(workspace, places=places)] == ["# here"]
    (workspace / ".runner").mkdir()
    (workspace / ".runner/settings.yaml").symlink_to("settings.yaml")
    with pytest.raises(UsageError):
        settings_texts(workspace, places=places)


def test_a_pipe_or_a_directory_is_no_settings_file(workspace: Path, places: SettingsPlaces) -> None:
    (workspace / ".claude").mkdir()
    os.mkfifo(workspace / ".claude/settings.json")
    with pytest.raises(UsageError, match="is no file"):
        settings_texts(workspace, places=places)
    (workspace / ".claude/settings.json").unlink()
    (workspace / ".claude/settings.json").mkdir()
    with pytest.raises(UsageError, match="is no file"):
        settings_texts(workspace, places=places)


def test_a_file_where_a_directory_is_expected_means_there_are_no_settings(
    workspace: Path, places: SettingsPlaces
) -> None:
    write(workspace / ".claude")
    assert settings_texts(workspace, places=places) == ()


def test_a_file_that_is_too_long_or_no_text_is_an_error(workspace: Path, places: SettingsPlaces) -> None:
    path = write(workspace / ".claude/settings.json")
    path.write_bytes(b" " * (FILE_BYTES + 1))
    with pytest.raises(UsageError, match="longer than"):
        settings_texts(workspace, places=places)
    path.write_bytes(b"{}\n\xff")
    with pytest.raises(UsageError, match=r"settings.json:2: not UTF-8"):
        settings_texts(workspace, places=places)


# --- what is given ----------------------------------------------------------------------------------------------------


def test_settings_are_given_as_a_file_or_as_json(tmp_path: Path) -> None:
    path = write(tmp_path / "s.yaml", "permissions: {}")
    assert given_text(str(path)) == LayerText(layer=Layer.COMMAND_LINE, file=str(path), text="permissions: {}")
    assert given_text(' {"a": 1}') == LayerText(layer=Layer.COMMAND_LINE, file="", text=' {"a": 1}')


def test_a_file_that_is_given_and_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no settings file"):
        given_text(str(tmp_path / "none.yaml"))


def test_a_policy_nobody_knows_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"there is no policy `\.\./default`") as caught:
        named_policy("../default")
    assert "default, ci, unattended, strict" in caught.value.hint
