"""When a hook is asked, for how long, and what it is told.

Rules that live here and nowhere else:

* A matcher is a list of whole names or a regular expression; what cannot be either is refused when it is loaded.
* In doubt a hook is asked.
* A hook that says nothing about time has less of it than it was published with.
"""

import math
import re
import warnings
from collections.abc import Callable

import msgspec

from runner.errors import UsageError
from runner.policy.published import response
from runner.ports import Moment
from runner.types import Occasion

DEADLINE_S = {Occasion.PROMPT: 30.0, Occasion.END: 1.5}
"""How long a hook may take where it does not say. Source: the published defaults."""

USUAL_DEADLINE_S = 60.0
"""The same at all other moments. Our choice: the published 600 s is too long to notice that something hangs."""

LONGEST_S = 24 * 3600.0
"""The most a hook may ask for. Our choice: a hook may wait for a person elsewhere, and every wait ends."""

LONGEST_END_S = 60.0
"""The same at SessionEnd. Source: the published bound."""

PATTERN_CHARS = 1000
"""Longest matcher. Our choice."""

SUBJECT_CHARS = 200
"""Longest name in which a regular expression is looked for; a hook is asked about any longer one. Our choice: names
of tools have at most 128 characters, and the time a bad expression takes grows with the name."""

ALIASES = {"Agent": ("Task",)}
"""Former names of tools, which matchers may still use. Source: the published list of renamed tools."""

Matches = Callable[[Moment], bool]


def matcher(pattern: str, occasion: Occasion) -> Matches:
    """Return the test whether a hook with this matcher is asked at a moment.

    Args:
        pattern: empty or `*`: always. Letters, digits, `_`, `|`, `,` and spaces: a list of whole names. Anything else:
            a regular expression, found anywhere in the name. The name is the tool's; at SessionStart the source, at
            SessionEnd the reason; at other moments there is none, and the pattern is ignored.
        occasion: the moment it is for; at any other it is not asked.

    Raises:
        UsageError: no regular expression, or too long.
    """
    found = _name_test(pattern.strip())
    return lambda moment: moment.occasion is occasion and found(_names(moment))


def deadline_s(occasion: Occasion, configured_s: float | None) -> float:
    """Return how long a hook may take.

    Args:
        occasion: the moment it is for.
        configured_s: what its settings say, in seconds; None: nothing. More than the longest means the longest.

    Raises:
        UsageError: no number above zero.
    """
    if configured_s is None:
        return DEADLINE_S.get(occasion, USUAL_DEADLINE_S)
    if not (math.isfinite(configured_s) and configured_s > 0):
        raise UsageError("a hook's timeout is no number of seconds above zero", hint="Write for example 10.")
    return min(float(configured_s), LONGEST_END_S if occasion is Occasion.END else LONGEST_S)


def told(moment: Moment, transcript_path: str = "") -> bytes:
    """Return what a hook is told: one line of JSON.

    Args:
        moment: its `input_json` is a JSON object.
        transcript_path: host path of a record of the run; empty: there is none it could read.
    """
    facts: dict[str, object] = {
        "session_id": moment.run_id,
        "transcript_path": transcript_path,
        "cwd": moment.cwd,
        "permission_mode": moment.mode.value,
        "hook_event_name": moment.occasion.value,
    }
    match moment.occasion:
        case Occasion.START:
            facts["source"] = moment.text or "startup"
        case Occasion.PROMPT:
            facts["prompt"] = moment.text
        case Occasion.BEFORE | Occasion.ASKED:
            facts |= _call(moment)
        case Occasion.DENIED:
            facts |= _call(moment) | {"reason": moment.text}
        case Occasion.AFTER:
            facts |= _call(moment) | {"tool_response": response(moment.tool, moment.input_json, moment.text)}
        case Occasion.STOP:
            facts |= {"stop_hook_active": moment.again, "last_assistant_message": moment.text}
        case Occasion.END:
            facts["reason"] = moment.text or "other"
    return msgspec.json.encode(facts) + b"\n"


def _call(moment: Moment) -> dict[str, object]:
    given = msgspec.json.decode(moment.input_json, type=dict[str, object])
    return {"tool_name": moment.tool, "tool_input": given, "tool_use_id": moment.call_id}


def _name_test(pattern: str) -> Callable[[tuple[str, ...]], bool]:
    if pattern in ("", "*"):
        return lambda _names: True
    if len(pattern) > PATTERN_CHARS:
        raise UsageError(
            f"a hook's matcher has more than {PATTERN_CHARS:,} characters",
            hint="Name the tools, or leave the matcher out and let the hook decide.",
        )
    if re.fullmatch(r"[A-Za-z0-9_|, ]+", pattern):
        wanted = {name.strip() for name in re.split(r"[|,]", pattern)}
        return lambda names: not names or bool(wanted & set(names))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a later Python may read a bracket otherwise is no news to the user
            expression = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"a hook's matcher is no regular expression: {pattern[:80]} ({error})",
            hint="Write names as in `Edit|Write`, or a regular expression as in `mcp__.*`.",
        ) from error

    def found(name: str) -> bool:
        return len(name) > SUBJECT_CHARS or expression.search(name) is not None

    return lambda names: not names or any(found(name) for name in names)


def _names(moment: Moment) -> tuple[str, ...]:
    """Return the names a matcher may mean; empty where there are none."""
    match moment.occasion:
        case Occasion.BEFORE | Occasion.ASKED | Occasion.DENIED | Occasion.AFTER:
            return (moment.tool, *ALIASES.get(moment.tool, ()))
        case Occasion.START:
            return (moment.text or "startup",)
        case Occasion.END:
            return (moment.text, "other") if moment.text else ("other",)
        case Occasion.PROMPT | Occasion.STOP:
            return ()
