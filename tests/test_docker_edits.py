"""The file tool's answers: pages, edits, listings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.docker_sandbox.edits import RefusedError, inserted, listing, page, replaced

contents = st.text(st.sampled_from("ab\n\r\té"), max_size=60).map(str.encode)


def view(content: bytes, first: int = 1, last: int | None = None, limit: int = 10_000) -> str:
    return page([content], "/f", first, last, limit).text


# --- pages ------------------------------------------------------------------------------------------------------------


def test_lines_are_numbered() -> None:
    assert view(b"one\ntwo") == "     1\tone\n     2\ttwo\n"


def test_line_ends_of_windows_are_not_shown() -> None:
    assert view(b"one\r\ntwo\r\n") == "     1\tone\n     2\ttwo\n"


def test_what_cannot_be_seen_is_spelled_out() -> None:
    assert view(b"\x1b[31m\xff\n") == "     1\t\\x1b[31m\ufffd\n"


def test_an_empty_file_says_so() -> None:
    assert view(b"") == "[the file is empty]\n"


def test_a_range_may_end_beyond_the_end() -> None:
    assert view(b"1\n2\n3\n", 2, 99) == "     2\t2\n     3\t3\n"


def test_a_range_may_not_begin_beyond_the_end() -> None:
    with pytest.raises(RefusedError, match=r"/f has 3 lines; there is no line 4\."):
        view(b"1\n2\n3\n", 4)


def test_binary_files_are_not_shown() -> None:
    with pytest.raises(RefusedError, match="binary"):
        view(b"text\n\0")


def test_what_does_not_fit_is_left_out_in_whole_lines() -> None:
    seen = page([b"0123456789\n" * 100], "/f", 1, None, 100)
    assert seen.text.startswith("     1\t0123456789\n     2\t")
    assert "from line 6 on are left out; the file has 100 lines: view a range" in seen.text
    assert seen.cut_bytes == 95 * 11


def test_a_line_that_does_not_fit_is_shown_in_part() -> None:
    seen = page([b"x" * 5000], "/f", 1, None, 100)
    assert seen.text.startswith("     1\txxx")
    assert "line 1 is too long" in seen.text
    assert seen.cut_bytes > 0
    assert len(seen.text) < 300


@given(pieces=st.lists(contents, max_size=6), first=st.integers(1, 12), span=st.none() | st.integers(0, 12))
def test_a_page_is_the_same_however_the_content_is_cut(pieces: list[bytes], first: int, span: int | None) -> None:
    whole = b"".join(pieces)
    lines = whole.decode().split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    last = None if span is None else first + span
    try:
        seen = page(pieces, "/f", first, last, 10_000)
    except RefusedError:
        assert first > len(lines) > 0
        return
    if not lines:
        assert seen.text == "[the file is empty]\n"
        return
    numbers = [int(line.split("\t")[0]) for line in seen.text.split("\n")[:-1]]
    assert numbers == list(range(first, min(last or len(lines), len(lines)) + 1))
    assert seen.cut_bytes == 0


@given(pieces=st.lists(contents, max_size=6), limit=st.integers(1, 120))
def test_a_page_holds_no_more_than_it_may(pieces: list[bytes], limit: int) -> None:
    seen = page(pieces, "/f", 1, None, limit)
    assert len(seen.text.encode()) <= limit + 200
    assert (seen.cut_bytes > 0) == ("[..." in seen.text)


# --- replacing --------------------------------------------------------------------------------------------------------


def test_the_only_occurrence_is_replaced() -> None:
    assert replaced(b"a\nb\nc", "b", "B", "/f") == (b"a\nB\nc", 2)


def test_no_occurrence_and_several_are_refused() -> None:
    with pytest.raises(RefusedError, match="No match found"):
        replaced(b"a", "b", "B", "/f")
    with pytest.raises(RefusedError, match=r"Found 2 matches in /f .* at lines 1, 3; .* Provide more context"):
        replaced(b"a\nb\na", "a", "A", "/f")
    with pytest.raises(RefusedError, match="Found more than 10 matches"):
        replaced(b"a" * 50, "a", "A", "/f")


def test_overlapping_occurrences_are_two() -> None:
    with pytest.raises(RefusedError, match="Found 2 matches"):
        replaced(b"aaa", "aa", "b", "/f")


def test_nothing_cannot_be_replaced() -> None:
    with pytest.raises(RefusedError, match="empty"):
        replaced(b"a", "", "b", "/f")


def test_binary_files_are_not_edited() -> None:
    for edit in (lambda: replaced(b"a\0", "a", "b", "/f"), lambda: inserted(b"a\0", 0, "b", "/f")):
        with pytest.raises(RefusedError, match="binary"):
            edit()


def test_lines_of_windows_are_matched_and_stay_lines_of_windows() -> None:
    content = b"a\r\nb\r\nc\r\n"
    assert replaced(content, "a\nb\n", "x\ny\nz\n", "/f") == (b"x\r\ny\r\nz\r\nc\r\n", 1)
    assert inserted(content, 1, "x\ny", "/f") == b"a\r\nx\r\ny\r\nb\r\nc\r\n"


@given(before=st.binary(max_size=30), after=st.binary(max_size=30), new=st.text(max_size=10))
def test_other_bytes_stay_as_they_are(before: bytes, after: bytes, new: str) -> None:
    content = before + b"<needle>" + after
    if b"\0" in content:
        return
    assert replaced(content, "<needle>", new, "/f")[0] == before + new.encode() + after


# --- inserting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "text", "result"),
    [
        (b"", 0, "a", b"a"),
        (b"b\n", 0, "a", b"a\nb\n"),
        (b"a\nc\n", 1, "b\n", b"a\nb\nc\n"),
        (b"a\n", 1, "b", b"a\nb"),
        (b"a", 1, "b\n", b"a\nb\n"),
        (b"a\nb", 1, "", b"a\nb"),
    ],
)
def test_lines_go_between_lines(content: bytes, line: int, text: str, result: bytes) -> None:
    assert inserted(content, line, text, "/f") == result


def test_lines_that_are_not_there_are_refused() -> None:
    for line in (-1, 3):
        with pytest.raises(RefusedError, match=r"/f has 2 lines; text can be inserted after line 0 to 2\."):
            inserted(b"1\n2", line, "x", "/f")


# --- listings ---------------------------------------------------------------------------------------------------------


def test_a_listing_is_sorted_and_marks_directories() -> None:
    text = listing("/workspace", [("b", False), ("a/c", False), ("a", True)])
    assert text.splitlines()[1:] == ["/workspace/a/", "/workspace/a/c", "/workspace/b"]


def test_an_empty_directory_says_so() -> None:
    assert listing("/workspace", []) == "/workspace has no entries, or only hidden ones.\n"


def test_the_root_is_listed_without_a_double_slash() -> None:
    assert listing("/", [("etc", True)]).splitlines()[1:] == ["/etc/"]


def test_names_cannot_pretend_to_be_lines() -> None:
    assert listing("/w", [("a\nb\x1b\udc80", False)]).splitlines()[1:] == ["/w/a\\nb\\x1b\\udc80"]


def test_a_long_listing_ends_with_a_note() -> None:
    lines = listing("/w", [(f"{number:05}", False) for number in range(3000)]).splitlines()
    assert len(lines) == 1002
    assert "more than 1,000 entries" in lines[-1]
