"""What cannot be seen is written out; a line stays a line; a part says that it is one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.views.visible import (
    cells,
    commandless,
    escaped_json,
    hard_wrapped,
    one_line,
    shorten,
    shorten_path,
    visible,
    visible_name,
    word_wrapped,
)

anything = st.text(max_size=200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, ünïcode, 字", "plain text, ünïcode, 字"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb", r"a\rb"),
        ("a\r\nb", "a\nb"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("rm\u00a0-rf", r"rm\xa0-rf"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\U000e0041tag", r"\U000e0041tag"),
        ("\ufe0fvariation\U000e0100", r"\ufe0fvariation\U000e0100"),
        ("\u3164filler", r"\u3164filler"),
        ("\udcff", r"\udcff"),
        ("\tindented", "    indented"),
        ("a\u2028b", r"a\u2028b"),
        ("::error::x\n  ::set-env::y", "\\x3a:error::x\n  \\x3a:set-env::y"),
        ("a::b", "a::b"),
        ("x ##[group] ###[y] ##vso[z", r"x #\x23[group] ##\x23[y] #\x23vso[z"),
        ("## heading", "## heading"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(anything)
def test_only_printable_characters_and_line_breaks_remain(text: str) -> None:
    assert all(char == "\n" or char.isprintable() for char in visible(text))


@given(anything)
def test_making_visible_twice_is_making_visible_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(anything, anything)
def test_pieces_that_are_harmless_alone_are_made_harmless_together(first: str, second: str) -> None:
    for joined in (
        visible(first) + visible(second),
        visible_name(first) + "::" + visible(second),
        "##" + visible(second),
    ):
        whole = commandless(joined)
        assert "##[" not in whole
        assert not any(line.lstrip(" ").startswith("::") for line in whole.split("\n"))


@given(anything)
def test_a_name_is_always_one_line(text: str) -> None:
    assert visible_name(text).isprintable()


@given(anything, st.integers(24, 120))
def test_one_line_is_one_line_and_fits(text: str, width: int) -> None:
    line = one_line(text, width)
    assert line.isprintable()
    assert cells(line) <= width


def test_one_line_begins_with_the_first_words_and_tells_of_the_rest() -> None:
    assert one_line("\n\n  first \t line \nsecond\nthird\n", 80) == "first line [+2 lines]"
    assert one_line("a\nb", 80) == "a [+1 line]"
    assert one_line("", 80) == ""


def test_space_cannot_push_the_rest_of_a_command_out_of_sight() -> None:
    assert one_line("ls" + " " * 70 + "; rm -rf ~", 40) == "ls ; rm -rf ~"


def test_a_megabyte_on_a_line_is_cut_without_reading_it_all() -> None:
    assert one_line("x" * 1_000_000, 40) == "x" * 39 + "…"


@given(anything.map(visible_name), st.integers(2, 60))
def test_shortening_keeps_the_beginning_or_of_a_path_the_end(text: str, width: int) -> None:
    for short, kept in ((shorten(text, width), text.startswith), (shorten_path(text, width), text.endswith)):
        assert cells(short) <= width
        assert short == text or kept(short.strip("…"))


@given(anything, st.integers(2, 60))
def test_hard_wrapping_loses_nothing_and_fits_however_wide_a_terminal_draws(text: str, width: int) -> None:
    lines = hard_wrapped(text, width)
    assert "\n".join("".join(pieces) for pieces in lines) == visible(text)
    assert all(sum(1 if char.isascii() else 2 for char in piece) <= width for pieces in lines for piece in pieces)


@given(anything)
def test_breaking_a_text_into_lines_makes_no_command_for_a_ci_system(text: str) -> None:
    for line in word_wrapped(f"word ::{text} ::set-env::x", 12):
        assert not line.lstrip().startswith("::")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_json_is_the_same_json_and_printable(text: str) -> None:
    document = escaped_json(json.dumps({"text": text}, ensure_ascii=False).encode()).decode()
    assert json.loads(document) == {"text": text}
    assert document.isprintable()
    assert "##[" not in document
