"""What a program says with Python values is what a task file says with text."""

import json
from pathlib import Path
from typing import Any

import pytest

from runner.arguments import choice_of, limits_of, named_mode, path_of, sound, task_in_words, with_arguments
from runner.configuration import Choice
from runner.errors import UsageError
from runner.taskfile import TaskFile, parse
from runner.types import Check, Layer, Limits, Mode, Network, Task

NOTHING: dict[str, Any] = {
    "image": None,
    "mode": None,
    "model": None,
    "limits": None,
    "checks": (),
    "env": None,
    "artifacts": (),
}


def test_arguments_and_a_task_file_say_the_same() -> None:
    text = """\
---
image: other
mode: plan
model: some-model
limits: {turns: 5, spend: 2.5, wall: 30m, tokens: none, cpus: 1.5, memory: 1GiB}
checks: [make test, {name: lint, run: make lint}]
env: {CI: "1"}
artifacts: ['dist/*']
---
Go.
"""
    said = with_arguments(
        task_in_words(" Go. "),
        image="other",
        mode="plan",
        model="some-model",
        limits={"turns": 5, "spend": 2.5, "wall": "30m", "tokens": None, "cpus": 1.5, "memory": "1GiB"},
        checks=["make test", {"name": "lint", "run": "make lint"}],
        env={"CI": "1"},
        artifacts=["dist/*"],
    )
    assert said == parse(text, name="task.md")


def test_arguments_go_before_a_task_file_or_are_added_to_it() -> None:
    given = TaskFile(
        prompt="Go.\n",
        image="its own",
        mode=Mode.PLAN,
        limits=(("turns", 5),),
        checks=(Check(name="a", command="a"),),
        env=(("A", "1"), ("B", "2")),
    )
    assert with_arguments(given, **NOTHING) == given
    said = with_arguments(
        given, **NOTHING | {"image": "mine", "checks": "b", "env": {"A": "3"}, "limits": {"turns": 7}}
    )
    assert (said.image, said.mode) == ("mine", Mode.PLAN)
    assert [check.command for check in said.checks] == ["a", "b"]
    assert dict(said.env) == {"A": "3", "B": "2"}
    assert dict(said.limits) == {"turns": 7}


def test_one_text_stands_for_itself() -> None:
    said = with_arguments(TaskFile(prompt="Go.\n"), **NOTHING | {"checks": "make test", "artifacts": "dist/*"})
    assert [check.command for check in said.checks] == ["make test"]
    assert said.artifacts == ("dist/*",)
    assert choice_of((), "strict", "user", trusted=False).policies == ("strict",)  # a text is a sequence of texts, too


def test_settings_are_files_texts_dicts_or_several_of_these(tmp_path: Path) -> None:
    rules = {"permissions": {"deny": ["Bash(rm *)"]}}
    assert choice_of((), (), None, trusted=False) == Choice()
    for one, means in (
        (rules, json.dumps(rules)),
        (tmp_path / "s.json", str(tmp_path / "s.json")),
        ("s.json", "s.json"),
        ('{"permissions": {}}', '{"permissions": {}}'),
    ):
        assert choice_of(one, (), None, trusted=False).given == (means,)
        assert choice_of([one, one], (), None, trusted=False).given == (means, means)
    assert Path(choice_of(Path("s.json"), (), None, trusted=False).given[0]).is_absolute()


def test_no_source_is_not_every_source() -> None:
    assert choice_of((), (), None, trusted=True).sources is None
    assert choice_of((), (), [], trusted=True).sources == frozenset()
    assert choice_of((), (), ["user", "local"], trusted=True).sources == frozenset({Layer.USER, Layer.LOCAL})


def test_modes_limits_and_paths() -> None:
    assert named_mode("acceptEdits") is named_mode(Mode.ACCEPT_EDITS) is Mode.ACCEPT_EDITS
    assert limits_of(None) == limits_of({}) == ()
    assert limits_of({"spend": 2}) == (("spend_musd", 2_000_000),)
    assert path_of(None) is None
    assert path_of("~/x") == Path.home() / "x"


def test_what_cannot_be_put_on_record_is_refused() -> None:
    task = Task(
        prompt="Go.\n",
        workspace="/p",
        image="base",
        mode=Mode.PLAN,
        model="m",
        network=Network(),
        limits=Limits(),
        checks=(),
        env=(),
        artifacts=(),
    )
    assert sound(task) == task
    for wrong in (7, "\udcff", object(), ["x"]):
        with pytest.raises(UsageError):
            sound(Task(**{name: getattr(task, name) for name in Task.__struct_fields__} | {"image": wrong}))
