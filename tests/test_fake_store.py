"""The fake store does what every store must, and what a test asks of it."""

import pytest

from runner.errors import SnapshotError
from runner.testing.store import FakeStore, SnapshotStoreContract


class FakeWorld:
    def __init__(self) -> None:
        self.store = FakeStore({"of the user": b"x"})

    def write(self, path: str, content: bytes) -> None:
        self.store.workspace[path] = content

    def remove(self, path: str) -> None:
        del self.store.workspace[path]

    def contents(self) -> dict[str, bytes]:
        return dict(self.store.workspace)


class TestFakeStore(SnapshotStoreContract):
    @pytest.fixture
    def world(self) -> FakeWorld:
        return FakeWorld()


def test_ids_are_the_same_in_every_run() -> None:
    assert FakeStore({"b": b"2", "a": b"1"}).save() == FakeStore({"a": b"1", "b": b"2"}).save()


def test_the_workspace_stays_the_same_dictionary() -> None:
    workspace = {"a": b"1"}
    store = FakeStore(workspace)
    snapshot = store.save()
    workspace.clear()
    store.restore(snapshot.id)
    assert store.workspace is workspace
    assert workspace == {"a": b"1"}


def test_calls_are_recorded_in_order() -> None:
    store = FakeStore()
    empty = store.save().id
    store.workspace["a"] = b"1"
    full = store.save().id
    store.restore(empty)
    assert (store.saved, store.restored, store.operations) == ([empty, full], [empty], 3)


@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_the_chosen_operation_fails_once_and_changes_nothing(fail_at: int) -> None:
    store = FakeStore({"a": b"1"}, fail_at=fail_at)
    failures = 0
    for _ in range(4):
        try:
            store.save()
        except SnapshotError:
            failures += 1
    assert (failures, len(store.saved)) == (1, 3)


def test_a_failed_restore_leaves_the_workspace() -> None:
    store = FakeStore({"a": b"1"}, fail_at=2)
    snapshot = store.save()
    store.workspace["a"] = b"2"
    with pytest.raises(SnapshotError):
        store.restore(snapshot.id)
    assert store.workspace == {"a": b"2"}
    assert store.restored == []
