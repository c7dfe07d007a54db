"""Brace expansion: `{a,b}` and `{1..9}`, which makes several words of one before anything else is expanded.

Rules that live here and nowhere else:

* Only unquoted braces count; quoted text and expansions inside are carried along as they are. But braces are expanded
  before `$name` is read: `$x{a,b}` is `$xa $xb`.
* `{x}` and `{` alone are text. A sequence counts up or down, with a step, padded with zeros as bash pads it.
* More than `WORDS` results are not made, and a lone `$`, which braces might give a name, is not followed: `Unexpanded`.
"""

import re

import msgspec

from runner.policy.bash.tree import Parameter, Piece, Text

WORDS = 256
"""Most words that one word may become. Our choice; ordinary use stays under 30."""

BRACES = 50
"""Most opening braces in a word, which bounds the search for their ends. Our choice."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")
_NAME_CHARACTERS = re.compile(r"[A-Za-z_0-9]*")
_SEQUENCE = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?\Z|([a-z])\.\.([a-z])(?:\.\.(-?\d+))?\Z", re.ASCII)
_STRANGE_SEQUENCE = re.compile(r"[A-Za-z]\.\.[A-Za-z](?:\.\.-?\d+)?\Z", re.ASCII)

Item = Piece | str
"""One unquoted character, or a piece that braces do not look into."""


class Unexpanded(Exception):
    """The word becomes more words than anybody should look at, or it is not certain which."""


def expand_braces(pieces: tuple[Piece, ...]) -> list[tuple[Piece, ...]]:
    """Return the words that braces make of a word, in order; the word itself when there is nothing to expand."""
    items: list[Item] = []
    for piece in pieces:
        if isinstance(piece, Text) and not piece.quoted:
            items.extend(piece.text)
        else:
            items.append(piece)
    if items.count("{") > BRACES or "$" in items:
        raise Unexpanded
    words = _expanded(items, 0)
    return [pieces] if len(words) == 1 and words[0] is items else [_pieces(word) for word in words]


def _expanded(items: list[Item], depth: int) -> list[list[Item]]:
    if depth > 10:  # noqa: PLR2004 deeper nesting of braces than anybody writes
        raise Unexpanded
    opening = 0
    while True:
        try:
            opening = items.index("{", opening)
        except ValueError:
            return [items]
        closing, commas = _closing(items, opening)
        inside = None
        if closing is None:
            opening += 1
            continue
        if commas:
            inside = _alternatives(items, opening, closing, commas, depth)
        else:
            inside = _counted(items[opening + 1 : closing])
        if inside is not None:
            break
        opening += 1
    before, after = items[:opening], _expanded(items[closing + 1 :], depth)
    if len(inside) * len(after) > WORDS:
        raise Unexpanded
    return [[*before, *middle, *end] for middle in inside for end in after]


def _closing(items: list[Item], opening: int) -> tuple[int | None, list[int]]:
    depth = 0
    commas: list[int] = []
    for at in range(opening, len(items)):
        item = items[at]
        if item == "{":
            depth += 1
        elif item == "}":
            depth -= 1
            if not depth:
                return at, commas
        elif item == "," and depth == 1:
            commas.append(at)
    return None, commas


def _alternatives(items: list[Item], opening: int, closing: int, commas: list[int], depth: int) -> list[list[Item]]:
    found: list[list[Item]] = []
    begin = opening + 1
    for end in [*commas, closing]:
        found.extend(_expanded(items[begin:end], depth + 1))
        if len(found) > WORDS:
            raise Unexpanded
        begin = end + 1
    return found


def _counted(inside: list[Item]) -> list[list[Item]] | None:
    """Return what `{inside}` counts; None when it is no sequence."""
    text = "".join(item if isinstance(item, str) else "\0" for item in inside)
    match = _SEQUENCE.match(text)
    if not match:
        if _STRANGE_SEQUENCE.match(text):  # runs through punctuation
            raise Unexpanded
        return None
    first, last, step, low, high, letters = match.groups()
    if low is not None:
        numbers = _range(ord(low), ord(high), int(letters or 1))
        return [[chr(number)] for number in numbers]
    width = max(len(first), len(last)) if re.match(r"-?0\d", first) or re.match(r"-?0\d", last) else 0
    return [list(f"{number:0{width}d}") for number in _range(int(first), int(last), int(step or 1))]


def _range(first: int, last: int, step: int) -> range:
    step = abs(step) or 1
    if abs(last - first) // step >= WORDS:
        raise Unexpanded
    return range(first, last + 1, step) if last >= first else range(first, last - 1, -step)


def _pieces(items: list[Item]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    text = ""
    for item in items:
        if isinstance(item, str):
            text += item
            continue
        _add(text, pieces)
        text = ""
        pieces.append(item)
    _add(text, pieces)
    return tuple(pieces)


def _add(text: str, pieces: list[Piece]) -> None:
    """Add literal text; what of it goes on with the name of a `$name` before it belongs to that."""
    last = pieces[-1] if pieces else None
    if isinstance(last, Parameter) and not last.quoted and last.source == "$" + last.name and _NAME.match(last.name):
        end = _NAME_CHARACTERS.match(text)
        more = end.group() if end else ""
        pieces[-1] = msgspec.structs.replace(last, name=last.name + more, source=last.source + more)
        text = text[len(more) :]
    if text:
        pieces.append(Text(text))
