"""What `${name operator operand}` makes of a text that is certain.

Rules that live here and nowhere else:

* Matching a pattern may take at most `STEPS` steps; where it could take more the result is not certain.
* None means: not certain. An operator that is not listed is not certain.
"""

import re

STEPS = 200_000
"""A pattern with n stars takes up to length^(n+1) steps. Our choice: a path of 400 characters and one star, 2 ms."""

_SPECIAL = re.compile(r"[*?\[\]\\]")
_INTEGERS = re.compile(r"\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?\Z", re.ASCII)


def applied(text: str, operator: str, pattern: str, replacement: str) -> str | None:
    """Return `${x operator pattern / replacement}` for a certain `x`.

    Args:
        text: what the variable holds.
        operator: `#` `##` `%` `%%` `/` `//` `^` `^^` `,` `,,` `:` `@U` `@u` `@L`.
        pattern: a shell pattern in which quoted special characters stand behind a backslash; for `:` the numbers.
        replacement: of `/` and `//`.
    """
    if operator == ":":
        return _substring(text, pattern)
    if operator in {"^", "^^", ",", ",,", "@U", "@u", "@L"}:
        return None if pattern or not text.isascii() else _case(text, operator)
    if operator not in {"#", "##", "%", "%%", "/", "//"}:
        return None
    if operator in {"/", "//"}:
        return _replaced(text, operator, pattern, replacement)
    expression = _expression(pattern, text)
    if expression is None:
        return None
    ends = range(len(text) + 1)
    if operator[0] == "#":
        order = reversed(ends) if operator == "##" else iter(ends)
        return next((text[end:] for end in order if expression.fullmatch(text, 0, end)), text)
    order = iter(ends) if operator == "%%" else reversed(ends)
    return next((text[:start] for start in order if expression.fullmatch(text, start)), text)


def of_pattern(names: str, operator: str, pattern: str) -> str | None:
    """Return the pattern of what `${x operator pattern}` makes of the names that the pattern `names` stands for."""
    literal = not _SPECIAL.search(pattern)
    if operator in {"%", "%%"} and pattern and literal:
        return names[: -len(pattern)] if names.endswith(pattern) and not names[: -len(pattern)].endswith("\\") else None
    if operator == "##" and pattern == "*/":
        return names.rpartition("/")[2] or None
    if operator == "%" and pattern == "/*" and "/" in names:
        return names.rpartition("/")[0] or None
    return None


def _case(text: str, operator: str) -> str:
    match operator:
        case "^^" | "@U":
            return text.upper()
        case ",," | "@L":
            return text.lower()
        case "^" | "@u":
            return text[:1].upper() + text[1:]
        case _:
            return text[:1].lower() + text[1:]


def _substring(text: str, numbers: str) -> str | None:
    match = _INTEGERS.match(numbers)
    if not match:
        return None
    begin = int(match.group(1))
    begin = begin if begin >= 0 else len(text) + begin
    if begin < 0:
        return ""
    if match.group(2) is None:
        return text[begin:]
    length = int(match.group(2))
    end = begin + length if length >= 0 else len(text) + length
    return text[begin:end] if end >= begin else None


def _replaced(text: str, operator: str, pattern: str, replacement: str) -> str | None:
    if not pattern or "&" in replacement or "\\" in replacement:
        return text if not pattern else None
    anchor = pattern[0] if operator == "/" and pattern[0] in "#%" else ""
    expression = _expression(pattern[len(anchor) :], text)
    if expression is None or (not pattern[len(anchor) :] and not anchor):
        return None
    if anchor == "#":
        match = expression.match(text)
        return replacement + text[match.end() :] if match else text
    if anchor == "%":
        start = next((start for start in range(len(text) + 1) if expression.fullmatch(text, start)), None)
        return text if start is None else text[:start] + replacement
    if expression.fullmatch(""):
        return None
    return expression.sub(lambda _: replacement, text, count=1 if operator == "/" else 0)


def _expression(pattern: str, text: str) -> re.Pattern[str] | None:
    """Return the regular expression of a pattern; None when it has brackets or would take too long on the text."""
    parts: list[str] = []
    stars = 0
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        elif char == "*":
            stars += 1
            parts.append(".*")
        elif char == "?":
            parts.append(".")
        elif char == "[":
            return None
        else:
            parts.append(re.escape(char))
        at += 1
    if (len(text) + 1) ** (stars + 1) > STEPS or len(text) * len(pattern) > STEPS:
        return None
    return re.compile("".join(parts), re.DOTALL)
