"""What hooks are told of a moment beside the call it is about: the prompt, a result, a reason, the last words.

Rules that live here and nowhere else:

* A hook is told what the model was told: a result in the same words, cut where it was cut.

Not promised: that it is safe to print. A result is whatever a program in the box wrote.
"""

from typing import assert_never

from runner.events import Answered, Decided, Entry, ExecEnded, Replied, Resumed, Returned, RunEnded, RunStarted
from runner.types import Occasion
from runner.views.transcript import execution_text


def moment_text(entries: list[Entry], occasion: Occasion, call_id: str | None) -> str:
    """Return what `Moment.text` is. Cost: one pass, from the end.

    Args:
        entries: the run so far.
        occasion: which kind of moment.
        call_id: the call it is about, if any.
    """
    match occasion:
        case Occasion.START:
            return "resume" if any(isinstance(entry.event, Resumed) for entry in entries) else "startup"
        case Occasion.PROMPT:
            return next((entry.event.task.prompt for entry in entries if isinstance(entry.event, RunStarted)), "")
        case Occasion.BEFORE | Occasion.ASKED:
            return ""
        case Occasion.DENIED | Occasion.AFTER:
            return next((text for entry in reversed(entries) if (text := _of_call(entry, call_id)) is not None), "")
        case Occasion.STOP:
            return next((e.event.reply.text for e in reversed(entries) if isinstance(e.event, Replied)), "")
        case Occasion.END:
            return next((e.event.outcome.ending.value for e in reversed(entries) if isinstance(e.event, RunEnded)), "")
        case _:
            assert_never(occasion)


def _of_call(entry: Entry, call_id: str | None) -> str | None:
    match entry.event:
        case Decided(call_id=about, decision=decision) if about == call_id:
            return decision.why
        case ExecEnded(call_id=about, execution=execution) if about == call_id:
            return execution_text(execution)
        case Answered(call_id=about, text=text) | Returned(call_id=about, text=text) if about == call_id:
            return text
        case _:
            return None
