"""What several hooks say together about one moment.

Rules that live here and nowhere else:

* The strictest verdict counts, whoever gave it; all reasons are kept, the strictest first.
* An approval covers the input its hook saw or made. It does not cover what another hook made of that input.
* Two different rewrites cannot both be done, and there is no right one: that is a no.
* Rules and a mode are set only where all agree on yes.
"""

import msgspec

from runner.ports import Said
from runner.types import Verdict

AMBIGUOUS = (
    "Two hooks rewrote this call in different ways, so it is not made. A hook that fails counts as a no. "
    "Let one hook rewrite, or let both agree."
)
CONTRADICTORY = (
    "Two hooks set different modes. A hook that fails counts as a no. Let one hook set the mode, or let both agree."
)


def merged(said: tuple[Said, ...]) -> Said:
    """Return what all hooks together say; with one hook, what that one says.

    Args:
        said: what each said, in the order of the settings; empty: nobody was asked.
    """
    if len(said) == 1:
        return said[0]
    rewrites = {_canonical(hook.input_json): hook.input_json for hook in said if hook.input_json is not None}
    counted = tuple(_covering(hook, rewrites) for hook in said)
    modes = {hook.mode for hook in said if hook.mode is not None}
    verdict = max((hook.verdict for hook in counted if hook.verdict is not None), default=None)
    failed = any(hook.failed for hook in said)
    reasons = [hook.why for hook in sorted(counted, key=_strictness, reverse=True) if hook.why]
    conflict = AMBIGUOUS if len(rewrites) > 1 else CONTRADICTORY if len(modes) > 1 else ""
    if conflict and verdict is not Verdict.DENY:
        verdict, failed, reasons = Verdict.DENY, True, [conflict, *reasons]
    agreed = verdict is Verdict.ALLOW
    return Said(
        hook=", ".join(dict.fromkeys(hook.hook for hook in counted if verdict is None or hook.verdict is verdict))
        or ", ".join(dict.fromkeys(hook.hook for hook in said)),
        verdict=verdict,
        why="\n".join(dict.fromkeys(reasons)),
        input_json=None if verdict is Verdict.DENY else next(iter(rewrites.values()), None),
        context="\n".join(hook.context for hook in said if hook.context),
        stop="; ".join(dict.fromkeys(hook.stop for hook in said if hook.stop is not None)) or _stopped(said),
        rules=tuple(rule for hook in counted if agreed for rule in hook.rules),
        mode=next((hook.mode for hook in counted if agreed and hook.mode is not None), None),
        failed=failed,
        took_ms=sum(hook.took_ms for hook in said),
    )


def _covering(hook: Said, rewrites: dict[bytes, str]) -> Said:
    """Return what a hook said, without its approval where that was for another input than the one that will be used."""
    own = hook.input_json is not None
    if hook.verdict is not Verdict.ALLOW or own or not rewrites:
        return hook
    return msgspec.structs.replace(hook, verdict=None, rules=(), mode=None)


def _strictness(hook: Said) -> int:
    return 0 if hook.verdict is None else 1 + list(Verdict).index(hook.verdict)


def _canonical(input_json: str) -> bytes:
    """Return a text that is equal for equal JSON, whatever the order of its keys."""
    try:
        return msgspec.json.encode(msgspec.json.decode(input_json), order="deterministic")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return input_json.encode(errors="backslashreplace")


def _stopped(said: tuple[Said, ...]) -> str | None:
    """Return an empty reason where a hook stopped the run without one."""
    return "" if any(hook.stop is not None for hook in said) else None
