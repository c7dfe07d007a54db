r"""Text and JSON that survive the way through the wire, the journal and back.

Rules that live here and nowhere else:

* No text holds a lone surrogate: pairs are joined, the rest becomes U+FFFD. Neither UTF-8 nor a journal can hold one,
  and a model can write `\ud800`.
* The input of a tool call is always the text of a JSON object that every reader reads the same. What a model wrote
  that is none is kept as a string inside one, so that the tool table can refuse it and the model can read what it did.

Not promised: that the text of such an object is canonical; it is the model's own wherever that is possible.
"""

import json
import math
from typing import Any

MAX_DEPTH = 100
"""Deepest nesting of a tool call's input. Our choice: the tools need 2; Python's readers fail near 1,000."""

UNREADABLE = "INVALID_JSON"
"""Name under which an unreadable input is kept. Source: the vendor's advice on streamed tool input."""


def whole(text: str) -> str:
    """Return the text without lone surrogates. Text that UTF-8 can hold comes back as it is."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def compact(value: object) -> str:
    """Return a JSON value as one line of text that UTF-8 can hold.

    Raises:
        ValueError: it holds NaN or an infinity, which JSON cannot.
    """
    return whole(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def read_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object a text holds, or None: no JSON, no object, too deep, or numbers JSON cannot hold."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _is_plain(value) else None


def input_text(text: str) -> str:
    """Return the JSON object that a tool call's input is taken to be, as text: `text` itself if it is one."""
    text = whole(text)
    value = read_object(text or "{}")
    if value is None:
        return compact({UNREADABLE: text})
    unescaped = json.dumps(value, ensure_ascii=False)
    return (text or "{}") if unescaped == whole(unescaped) else compact(value)


def input_object(text: str) -> dict[str, Any]:
    """Return what `input_text` stands for, ready to be sent."""
    return read_object(input_text(text)) or {}


def _is_plain(value: object) -> bool:
    """Whether every number is finite and the nesting at most `MAX_DEPTH`. Without recursion, so it cannot fail."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH or (isinstance(item, float) and not math.isfinite(item)):
            return False
        if isinstance(item, dict):
            waiting += [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            waiting += [(inner, depth + 1) for inner in item]
    return True
