import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.adapters.jsonl_journal import JsonlJournal, is_locked, read_journal
from runner.errors import JournalError, UsageError
from runner.events import Parked
from runner.testing.sinks import SinkContract, an_entry


def write(path: Path, count: int, begin: int = 0) -> None:
    with JsonlJournal(path) as journal:
        for seq in range(begin, begin + count):
            journal.append(an_entry(seq, Parked(call_id=str(seq))))


class TestContract(SinkContract):
    @pytest.fixture
    def sink(self, tmp_path: Path) -> Iterator[JsonlJournal]:
        with JsonlJournal(tmp_path / "journal.jsonl") as journal:
            yield journal


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 2)
    write(path, 1, begin=2)
    assert read_journal(path) == [an_entry(seq, Parked(call_id=str(seq))) for seq in range(3)]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_torn_tail_is_ignored_when_read_and_cut_off_when_opened(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j"
    write(path, 2)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert len(read_journal(path)) == 1
    write(path, 1, begin=1)
    assert [entry.seq for entry in read_journal(path)] == [0, 1]


def test_a_changed_line_is_found(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 3)
    path.write_bytes(path.read_bytes().replace(b'"call_id":"1"', b'"call_id":"9"'))
    with pytest.raises(JournalError, match="j:3: the chain is broken"):
        read_journal(path)


def test_a_removed_line_is_found(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(JournalError, match="chain is broken"):
        read_journal(path)


def test_garbage_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, 1)
    with path.open("ab") as file:
        file.write(b"garbage\n")
    with pytest.raises(JournalError, match="j:2: "):
        read_journal(path)


def test_one_process_at_a_time_writes(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with JsonlJournal(path):
        assert is_locked(path)
        with pytest.raises(UsageError, match="another process"):
            JsonlJournal(path)
    assert not is_locked(path)


def test_a_full_disk_is_an_error_and_leaves_no_half_line() -> None:
    if os.geteuid() != 0 or not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    import resource  # noqa: PLC0415 - only this test limits itself
    import signal  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j"
        write(path, 1)
        size = path.stat().st_size
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            with JsonlJournal(path) as journal:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
                with pytest.raises(JournalError, match="cannot be written"):
                    journal.append(an_entry(1, Parked(call_id="x" * 100)))
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                journal.append(an_entry(1, Parked(call_id="again")))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
        assert [entry.seq for entry in read_journal(path)] == [0, 1]


def test_the_journal_is_private(tmp_path: Path) -> None:
    write(tmp_path / "j", 1)
    assert (tmp_path / "j").stat().st_mode & 0o077 == 0
