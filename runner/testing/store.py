"""A fake snapshot store, and what every snapshot store must do.

`FakeStore` keeps a dictionary of files. `SnapshotStoreContract` is run on it and on the stores that keep real
directories.
"""

import hashlib
from typing import Protocol

import msgspec
import pytest

from runner.errors import SnapshotError
from runner.ports import SnapshotStore
from runner.types import Change, Paths, Snapshot

_LISTED = 200


class FakeStore:
    """A SnapshotStore of a workspace that is a dictionary from paths to contents, which a test changes as it likes.

    Attributes:
        workspace: what the box would see now. Always the same dictionary.
        saved, restored: ids in the order of the calls that worked.
        operations: how many calls of save, diff and restore were begun.
        fail_at: the number of the operation, counted from 1, that raises instead; None: none does.
    """

    def __init__(self, workspace: dict[str, bytes] | None = None, *, fail_at: int | None = None) -> None:
        """Begin without any snapshot; an empty workspace if none is given."""
        self.workspace: dict[str, bytes] = {} if workspace is None else workspace
        self.saved: list[str] = []
        self.restored: list[str] = []
        self.operations = 0
        self.fail_at = fail_at
        self._snapshots: dict[str, dict[str, bytes]] = {}

    def save(self) -> Snapshot:
        """Keep the workspace as it is; the id is a hash of it, so it is the same in every run."""
        self._begin("saved")
        state = dict(sorted(self.workspace.items()))
        snapshot_id = hashlib.sha256(msgspec.json.encode(state)).hexdigest()
        self._snapshots[snapshot_id] = state
        self.saved.append(snapshot_id)
        return Snapshot(id=snapshot_id, entries=len(state), size_bytes=sum(map(len, state.values())))

    def diff(self, before: str, after: str) -> Change:
        """Compare two kept states."""
        self._begin("compared")
        old, new = self._state(before), self._state(after)
        added = new.keys() - old.keys()
        changed = {path for path in new.keys() & old.keys() if new[path] != old[path]}
        return Change(
            added=_paths(added),
            changed=_paths(changed),
            deleted=_paths(old.keys() - new.keys()),
            size_bytes=sum(len(new[path]) for path in added | changed),
        )

    def restore(self, snapshot_id: str) -> None:
        """Put a kept state into the workspace."""
        self._begin("restored")
        state = self._state(snapshot_id)
        self.workspace.clear()
        self.workspace.update(state)
        self.restored.append(snapshot_id)

    def contents(self, snapshot_id: str) -> dict[str, bytes]:
        """Return what a snapshot holds. For tests; it is no operation.

        Raises:
            SnapshotError: there is no such snapshot.
        """
        return dict(self._state(snapshot_id))

    def _begin(self, done: str) -> None:
        self.operations += 1
        if self.operations == self.fail_at:
            raise SnapshotError(f"the workspace cannot be {done}: the test said so", hint="Free some space.")

    def _state(self, snapshot_id: str) -> dict[str, bytes]:
        state = self._snapshots.get(snapshot_id)
        if state is None:
            raise SnapshotError(f"there is no snapshot {snapshot_id}")
        return state


def _paths(paths: set[str]) -> Paths:
    return Paths(count=len(paths), listed=tuple(sorted(paths)[:_LISTED]))


class StoreWorld(Protocol):
    """A store with its workspace, as the contract uses it. The workspace begins with some files of the user."""

    @property
    def store(self) -> SnapshotStore:
        """The store under test, which has saved nothing yet."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the workspace as the box would. Before the first save, it is one of the user's."""

    def remove(self, path: str) -> None:
        """Delete a file of the workspace as the box would."""

    def contents(self) -> dict[str, bytes]:
        """Return the files of the workspace."""


class SnapshotStoreContract:
    """What every SnapshotStore must do. A subclass provides the fixture `world`."""

    @pytest.fixture
    def world(self) -> StoreWorld:
        raise NotImplementedError

    def test_an_unchanged_workspace_gives_the_same_id_again(self, world: StoreWorld) -> None:
        world.write("a", b"1")
        assert world.store.save() == world.store.save()

    def test_a_changed_workspace_gives_another_id(self, world: StoreWorld) -> None:
        world.write("a", b"1")
        first = world.store.save()
        world.write("a", b"2")
        assert world.store.save().id != first.id

    def test_saving_changes_nothing(self, world: StoreWorld) -> None:
        world.write("a", b"1")
        world.store.save()
        world.write("b", b"2")
        before = world.contents()
        world.store.save()
        assert world.contents() == before

    def test_a_restore_brings_back_exactly_what_was_saved(self, world: StoreWorld) -> None:
        world.write("kept", b"1")
        world.write("changed", b"2")
        world.write("deleted", b"3")
        snapshot = world.store.save()
        before = world.contents()
        world.write("changed", b"other")
        world.write("added", b"4")
        world.remove("deleted")
        world.store.restore(snapshot.id)
        assert world.contents() == before
        assert world.store.save().id == snapshot.id

    def test_any_snapshot_can_be_restored_in_any_order(self, world: StoreWorld) -> None:
        states = []
        for number in range(4):
            world.write("same", b"%d" % number)
            world.write(f"own {number}", b"x" * number)
            states.append((world.store.save().id, world.contents()))
        for snapshot_id, contents in (states[2], states[0], states[3], states[0], states[1]):
            world.store.restore(snapshot_id)
            assert world.contents() == contents

    def test_a_second_restore_changes_nothing(self, world: StoreWorld) -> None:
        world.write("a", b"1")
        snapshot = world.store.save()
        world.remove("a")
        world.store.restore(snapshot.id)
        before = world.contents()
        world.store.restore(snapshot.id)
        assert world.contents() == before

    def test_a_diff_names_what_was_added_changed_and_deleted(self, world: StoreWorld) -> None:
        world.write("changed", b"1")
        world.write("deleted", b"2")
        first = world.store.save()
        world.write("changed", b"three")
        world.remove("deleted")
        world.write("added", b"55")
        second = world.store.save()
        change = world.store.diff(first.id, second.id)
        assert change.added == Paths(count=1, listed=("added",))
        assert change.changed == Paths(count=1, listed=("changed",))
        assert change.deleted == Paths(count=1, listed=("deleted",))
        assert change.size_bytes == 7

    def test_a_diff_the_other_way_round_is_its_mirror(self, world: StoreWorld) -> None:
        first = world.store.save()
        world.write("added", b"x")
        second = world.store.save()
        assert world.store.diff(second.id, first.id).deleted == world.store.diff(first.id, second.id).added

    def test_a_diff_of_nothing_is_empty(self, world: StoreWorld) -> None:
        world.write("a", b"1")
        snapshot = world.store.save()
        assert world.store.diff(snapshot.id, snapshot.id).count == 0

    def test_a_diff_lists_two_hundred_paths_in_order_and_counts_all(self, world: StoreWorld) -> None:
        first = world.store.save()
        for number in range(450):
            world.write(f"{number:03}", b"")
        change = world.store.diff(first.id, world.store.save().id)
        assert change.added.count == 450
        assert change.added.listed == tuple(f"{number:03}" for number in range(200))

    @pytest.mark.parametrize("snapshot_id", ["", "0" * 64, "../../etc/passwd", "nonsense\n"])
    def test_an_unknown_id_is_an_error_and_changes_nothing(self, world: StoreWorld, snapshot_id: str) -> None:
        world.write("a", b"1")
        known = world.store.save()
        world.write("a", b"2")
        before = world.contents()
        with pytest.raises(SnapshotError):
            world.store.restore(snapshot_id)
        with pytest.raises(SnapshotError):
            world.store.diff(known.id, snapshot_id)
        with pytest.raises(SnapshotError):
            world.store.diff(snapshot_id, known.id)
        assert world.contents() == before
