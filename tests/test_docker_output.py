"""What is shown of an output is safe and short, and the whole of it is in a file."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.docker_sandbox.output import Capture, Shown, SpillFolder, Trailer, clean, spelled

NONCE = b"0123456789abcdef"


def shown(pieces: list[bytes], limit: int, folder: SpillFolder) -> Shown:
    capture = Capture(limit, folder)
    for piece in pieces:
        capture.add(piece)
    return capture.close()


@pytest.fixture
def folder(tmp_path: Path) -> SpillFolder:
    return SpillFolder(tmp_path, "/output")


# --- cleaning ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Bx\x1bc", "x"),
        ("10%\r20%\r\n", "10%\n20%\n"),
        ("a\0b\x07", "a\\x00b\\x07"),
        ("\x1b[", "\\x1b["),
        ("\x1b\x1b[0m[31m", "\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("\U000e0041", "\\U000e0041"),
        ("\x9b31m", "\\x9b31m"),
        ("zażółć 漢字 👩\u200d💻", "zażółć 漢字 👩\u200d💻"),
    ],
)
def test_odd_characters_are_dropped_or_spelled_out(raw: str, text: str) -> None:
    assert clean(raw) == text


@given(st.text())
def test_clean_text_has_no_control_character_but_newline_and_tab(raw: str) -> None:
    assert not [c for c in clean(raw) if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]


@given(st.text())
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]) | st.sampled_from("\n\t")))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert clean(text) == text == spelled(text)


# --- capture ----------------------------------------------------------------------------------------------------------


def test_short_output_is_shown_whole_and_makes_no_file(tmp_path: Path, folder: SpillFolder) -> None:
    assert shown([b"hel", b"lo\n"], 1000, folder) == Shown(text="hello\n")
    assert list(tmp_path.iterdir()) == []


def test_long_output_shows_both_ends_and_names_the_file(tmp_path: Path, folder: SpillFolder) -> None:
    whole = b"".join(b"line %d\n" % number for number in range(5000))
    seen = shown([whole], 1000, folder)
    head, note, tail = re.split(r"(\[\.\.\. .* \.\.\.\]\n)", seen.text)
    assert whole.startswith(head.encode())
    assert whole.endswith(tail.encode())
    assert note == f"[... {seen.cut_bytes:,} bytes left out; the full text is in /output/0001.txt ...]\n"
    assert seen.cut_bytes == len(whole) - len(head) - len(tail)
    assert seen.spill == "/output/0001.txt"
    assert (tmp_path / "0001.txt").read_bytes() == whole


@given(
    pieces=st.lists(
        st.binary(max_size=2000) | st.text(max_size=500).map(lambda text: text.encode("utf-8", "surrogatepass")),
        max_size=12,
    ),
    limit=st.integers(min_value=400, max_value=3000),
)
def test_whatever_arrives_the_text_is_within_the_limit_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], limit: int
) -> None:
    path = tmp_path_factory.mktemp("spill")
    whole = b"".join(pieces)
    seen = shown(pieces, limit, SpillFolder(path, "/output"))
    assert len(seen.text.encode()) <= limit
    if seen.spill is None:
        assert seen.text == clean(whole.decode(errors="replace"))
        assert seen.cut_bytes == 0
    else:
        assert (path / "0001.txt").read_bytes() == whole
        assert 0 < seen.cut_bytes <= len(whole)


@pytest.mark.parametrize("byte", [b"a", b"\x00", b"\x80", b"\xff", b"\n", "ż".encode(), "👩".encode()])
def test_memory_is_bounded_by_the_limit(folder: SpillFolder, byte: bytes) -> None:
    capture = Capture(1000, folder)
    for _ in range(5000):
        capture.add(byte * 100)
    assert len(capture._head) + sum(map(len, capture._tail)) < 5000
    assert len(capture.close().text.encode()) <= 1000


def test_a_cut_splits_no_character(folder: SpillFolder) -> None:
    seen = shown(["żółć".encode() * 1000], 1001, folder)
    assert "\ufffd" not in seen.text


def test_numbering_goes_on_after_the_files_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "0041.txt").write_text("older")
    (tmp_path / "notes.txt").write_text("not ours")
    assert shown([b"x" * 2000], 1000, SpillFolder(tmp_path, "/output")).spill == "/output/0042.txt"


def test_a_file_ends_at_its_limit_and_says_so(tmp_path: Path) -> None:
    seen = shown([b"x" * 5000] * 3, 1000, SpillFolder(tmp_path, "/output", file_bytes=7000))
    text = (tmp_path / "0001.txt").read_text()
    assert text.startswith("x" * 7000 + "\n[... the rest was not kept")
    assert "the first part of the text is in /output/0001.txt" in seen.text


def test_all_files_together_end_at_their_limit(tmp_path: Path) -> None:
    (tmp_path / "0001.txt").write_bytes(b"x" * 6000)
    folder = SpillFolder(tmp_path, "/output", total_bytes=8000)
    shown([b"y" * 3000], 1000, folder)
    assert (tmp_path / "0002.txt").read_bytes().count(b"y") == 2000
    assert "the first part" in shown([b"z" * 3000], 1000, folder).text


def test_files_can_be_read_by_everyone_and_giving_up_closes_them(tmp_path: Path, folder: SpillFolder) -> None:
    capture = Capture(1000, folder)
    capture.add(b"x" * 2000)
    capture.discard()
    capture.discard()
    assert (tmp_path / "0001.txt").stat().st_mode & 0o777 == 0o644


# --- the end of a call ------------------------------------------------------------------------------------------------


@given(
    output=st.binary(max_size=200).filter(lambda data: b"\0" + NONCE not in data),
    report=st.binary(max_size=50).filter(lambda data: b"\0" not in data),
    after=st.binary(max_size=50),
    cuts=st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=10),
)
def test_the_report_is_found_wherever_the_pieces_are_cut(
    output: bytes, report: bytes, after: bytes, cuts: list[int]
) -> None:
    wire = output + b"\0" + NONCE + b" " + report + b"\0" + after
    trailer = Trailer(NONCE)
    heard, late, place = b"", b"", 0
    while wire:
        size = cuts[place % len(cuts)]
        of_call, behind = trailer.feed(wire[:size])
        heard, late, wire, place = heard + of_call, late + behind, wire[size:], place + 1
    assert (heard, trailer.report, late) == (output, report, after)


@given(st.lists(st.sampled_from([b"\0", NONCE, NONCE[:5], b"\0" + NONCE, b"x", b"\0" + NONCE[:-1]]), max_size=20))
def test_what_only_looks_like_the_mark_is_output(pieces: list[bytes]) -> None:
    trailer = Trailer(NONCE)
    heard = b"".join(trailer.feed(piece)[0] for piece in pieces) + trailer.rest()
    assert trailer.report is None
    assert heard == b"".join(pieces)


def test_an_endless_report_takes_no_memory() -> None:
    trailer = Trailer(NONCE)
    trailer.feed(b"\0" + NONCE + b" ")
    for _ in range(100):
        assert trailer.feed(b"x" * 10_000) == (b"", b"")
    trailer.feed(b"\0")
    assert trailer.report is not None
    assert len(trailer.report) == 8192


def test_a_disk_that_takes_nothing_costs_the_text_and_no_more(tmp_path: Path) -> None:
    folder = SpillFolder(tmp_path, "/output")
    (tmp_path / "0001.txt").mkdir()  # the name is taken, so the file cannot be made
    seen = shown([b"x" * 5000], 1000, folder)
    assert seen.spill is None
    assert "bytes left out; they could not be kept" in seen.text
