"""What a hook said, by its exit code and what it printed.

Rules that live here and nowhere else:

* An answer is the JSON alone: text before or after it makes it unreadable, on stdout. stderr is for people.
* Exit code 2 is a no, whatever stands on stdout. Any code but 0 and 2 is a failure, whatever stands there.
* The sentence about a failure says what happened, that it counts as a no, and what can be done.
"""

import re

import msgspec

from runner.policy.hook_io.schema import TEXT_CHARS, Unreadable, read
from runner.ports import Moment, Said
from runner.types import Occasion, Verdict

OUTPUT_BYTES = 64 * 1024
"""Longest answer. Our choice: six times the longest text that may stand in one."""

LABEL_CHARS = 80
"""So much of a command names it in a sentence. Our choice."""

LINE_CHARS = 200
"""So much of the last line of stderr is shown when a hook fails. Our choice."""

BLOCKED = 2
"""The exit code that is a no. Source: the published table of exit codes."""

KNOWN_CODES = {126: " (it may not be executed)", 127: " (there is no such command)"}
"""What a shell means by an exit code. Source: POSIX, Shell Command Language, 2.8.2."""


def answered(
    moment: Moment, hook: str, *, exit_code: int, stdout: bytes, stderr: bytes, signal: str = "", took_ms: int = 0
) -> Said:
    """Return what a command that ended said.

    Args:
        moment: what it was asked about.
        hook: the command.
        exit_code: of the command; without meaning when `signal` is given.
        stdout: all it printed there. More than `OUTPUT_BYTES` is a failure.
        stderr: what it printed there, or the beginning of that.
        signal: name of the signal that ended it; empty: none did.
        took_ms: how long it took.
    """
    if exit_code == 0 and not signal:
        return _printed(moment, hook, stdout, took_ms)
    text = _trimmed(stdout)
    said = answered_text(moment, hook, text, took_ms=took_ms) if text.startswith("{") else Said(hook=hook)
    if signal or exit_code != BLOCKED:
        meant = said.verdict is Verdict.DENY and not said.failed
        then = f"It had said no: {said.why}" if meant else "Mend it, or take it out of the settings."
        return failure(hook, _end(exit_code, signal) + _last_line(stderr), then, took_ms)
    base = Said(hook=hook) if said.failed else msgspec.structs.replace(said, input_json=None, rules=(), mode=None)
    why = base.why if base.verdict is Verdict.DENY else clipped(stderr.decode(errors="replace").strip())
    return msgspec.structs.replace(
        base, verdict=Verdict.DENY, why=why or f"The hook `{label(hook)}` says no.", took_ms=took_ms
    )


def answered_text(moment: Moment, hook: str, text: str, *, took_ms: int = 0) -> Said:
    """Return what a JSON object says that a hook answered with.

    Args:
        moment: what it was asked about.
        hook: how people know it.
        text: the JSON.
        took_ms: how long it took.
    """
    if len(text.encode(errors="surrogatepass")) > OUTPUT_BYTES:
        return failure(hook, f"answered with more than {OUTPUT_BYTES:,} bytes", "Let it say less.", took_ms)
    try:
        said = read(moment, hook, text)
    except Unreadable as unreadable:
        return failure(hook, str(unreadable), "Mend what it answers.", took_ms)
    why = clipped(said.why)
    if said.verdict is Verdict.DENY and not why:
        why = f"The hook `{label(hook)}` says no."
    return msgspec.structs.replace(said, why=why, took_ms=took_ms)


def failure(hook: str, what: str, then: str, took_ms: int = 0) -> Said:
    """Return the no of a hook that could not be asked, or whose answer could not be read.

    Args:
        hook: how people know it.
        what: a clause that says what happened; the hook is its subject.
        then: a sentence that says what can be done.
        took_ms: how long it took.
    """
    why = f"The hook `{label(hook)}` {what}. A hook that fails counts as a no. {then}"
    return Said(hook=hook, verdict=Verdict.DENY, why=why, failed=True, took_ms=took_ms)


def silent(said: Said) -> bool:
    """Return whether a hook was asked and had nothing to say."""
    return said == Said(hook=said.hook, took_ms=said.took_ms)


def label(hook: str) -> str:
    """Return a hook's name as a part of a sentence."""
    name = " ".join(hook.split()).replace("`", "'")
    return name if len(name) <= LABEL_CHARS else name[: LABEL_CHARS - 3] + "..."


def clipped(text: str) -> str:
    """Return a text with what is too long of it left out, and saying so."""
    if len(text) <= TEXT_CHARS:
        return text
    return f"{text[:TEXT_CHARS]} [{len(text) - TEXT_CHARS:,} more characters]"


def _printed(moment: Moment, hook: str, stdout: bytes, took_ms: int) -> Said:
    """Return what a command said that ended with 0."""
    if len(stdout) > OUTPUT_BYTES:
        return failure(hook, f"printed more than {OUTPUT_BYTES:,} bytes", "Let it print its answer only.", took_ms)
    text = _trimmed(stdout)
    if text.startswith("{"):
        if not _is_utf8(stdout):
            return failure(hook, "printed JSON that is not UTF-8", "Mend what it prints.", took_ms)
        return answered_text(moment, hook, text, took_ms=took_ms)
    takes_text = moment.occasion in (Occasion.START, Occasion.PROMPT)
    if _holds_answer(text, takes_text=takes_text):
        then = "Let it print the JSON alone, and anything else to stderr."
        return failure(hook, "printed other text before its JSON", then, took_ms)
    context = text if takes_text else ""
    if len(context) > TEXT_CHARS:
        return failure(hook, f"printed more than {TEXT_CHARS:,} characters of context", "Let it say less.", took_ms)
    return Said(hook=hook, context=context, took_ms=took_ms)


def _trimmed(stdout: bytes) -> str:
    """Return the text without blanks around it, and without the mark that some systems put before UTF-8."""
    return stdout.decode(errors="replace").strip().strip("\ufeff").strip()


def _is_utf8(output: bytes) -> bool:
    try:
        output.decode()
    except UnicodeDecodeError:
        return False
    return True


def _holds_answer(text: str, *, takes_text: bool) -> bool:
    """Whether a text seems to have an answer inside, which nobody would read.

    Where text is context it may well speak of hooks, so only the surest sign counts there.
    """
    signs = "hookSpecificOutput" if takes_text else "hookSpecificOutput|decision|continue"
    return re.search(rf'"(?:{signs})"\s*:', text[text.find("{") :]) is not None if "{" in text else False


def _end(exit_code: int, signal: str) -> str:
    if signal:
        return f"was ended by {signal}"
    return f"ended with exit code {exit_code}{KNOWN_CODES.get(exit_code, '')}"


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    line = "".join(char if char.isprintable() else " " for char in lines[-1]).strip() if lines else ""
    return f": {line[:LINE_CHARS]}" if line else ""
