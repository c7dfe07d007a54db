import inspect

from runner import errors
from runner.types import Ending


def test_every_ending_has_an_exit_code_and_zero_is_only_for_done() -> None:
    assert set(errors.EXIT_CODES) == set(Ending)
    assert [ending for ending, code in errors.EXIT_CODES.items() if code == 0] == [Ending.DONE]


def test_the_exit_codes_are_pinned() -> None:
    assert {ending.value: code for ending, code in errors.EXIT_CODES.items()} == {
        "done": 0,
        "check failed": 1,
        "gave up": 1,
        "denial limit": 10,
        "limit reached": 11,
        "waiting for an answer": 12,
        "classifier unavailable": 13,
        "model failed": 14,
        "sandbox failed": 15,
        "uncertain": 16,
        "interrupted": 130,
        "terminated": 143,
    }


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    doc = errors.__doc__ or ""
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if kind.__module__ == errors.__name__:
            assert name in doc


def test_a_door_error_exits_as_its_ending_does() -> None:
    for kind in (errors.ModelError, errors.ClassifierError, errors.SnapshotError, errors.SandboxLost):
        assert kind.exit_code == errors.EXIT_CODES[kind.ending]
