"""Asks what the model wants to know: one question after the other, by number or in the person's own words.

Rules that live here and nowhere else:

* Numbers are ours and stand before the bar; a label cannot bring its own.
* The answer is the label; of several, all of them. Own words have at least two characters, so that a slip of one key
  answers nothing.
* A question that is left to the model has no answer. A question that is parked parks all of them.
"""

import re

import msgspec

from runner.adapters.terminal_approver.dialogue import TRIES, YES, Reply
from runner.adapters.terminal_approver.screen import REASON_CHARS, Screen, barred, ruler
from runner.adapters.terminal_approver.sheet import text_rows
from runner.tools import Asked, answers_in
from runner.types import Question, Verdict
from runner.views.visible import visible

LEAST = 2
"""Fewest characters of an answer in own words. Our choice."""

_NUMBERS = re.compile(r"\d+(?:[\s,]+\d+)*,?")


def ask_questions(screen: Screen, question: Question) -> Reply | None:
    """Return the answers as the text the model gets; None: not now.

    Raises:
        msgspec.ValidationError: these are no checked questions.
    """
    asked = msgspec.json.decode(question.questions_json, type=tuple[Asked, ...])
    answers: dict[str, list[str]] = {}
    for number, one in enumerate(asked, start=1):
        answer = _ask(screen, one, f"{number} of {len(asked)}" if len(asked) > 1 else "")
        if answer is None:
            return None
        if answer:
            answers[one.question] = answer
    text = answers_in(msgspec.json.encode({"answers": answers}).decode())
    return Reply(verdict=Verdict.ALLOW, why=YES, text=text)


def _ask(screen: Screen, asked: Asked, place: str) -> list[str] | None:
    """Return the labels or words that answer one question; empty: the model decides; None: not now."""
    cut = _show(screen, asked, place, whole=False)
    several = asked.multi_select
    keys = [
        "[numbers] several, with commas" if several else "[number] that one",
        "or your own words",
        "[d] let the model decide",
        "[q] stop and park",
        *(["[s] show all"] if cut else []),
    ]
    for _ in range(TRIES):
        line = screen.answer(keys)
        match line.lower() if line is not None else None:
            case "s" | "show":
                _show(screen, asked, place, whole=True)
            case "d":
                return []
            case None | "q" | "quit":
                return None
            case _:
                answer, wrong = _answer(asked, line or "")
                if answer:
                    return answer
                screen.show([wrong])
    return None


def _show(screen: Screen, asked: Asked, place: str, *, whole: bool) -> bool:
    width = screen.width
    title = f"The model asks ({place})" if place else "The model asks"
    body = text_rows(f"{asked.header}: {asked.question}", width, whole=whole)
    rows, cut = ["", ruler(title, width), *body.rows], body.cut
    for number, option in enumerate(asked.options, start=1):
        rows += barred(option.label, width, f" {number} ", prose=True)
        if option.description.strip():
            more = text_rows(option.description, width, whole=whole, head="     ")
            rows += more.rows
            cut = cut or more.cut
    screen.show(rows)
    return cut


def _answer(asked: Asked, line: str) -> tuple[list[str], str]:
    """Return what a line answers, or what is wrong with it."""
    labels = [option.label for option in asked.options]
    if _NUMBERS.fullmatch(line):
        numbers = sorted({int(number) for number in re.findall(r"\d{1,9}", line)})
        if numbers[0] < 1 or numbers[-1] > len(labels):
            return [], f"Please choose from 1 to {len(labels)}."
        if len(numbers) > 1 and not asked.multi_select:
            return [], "Please choose one of them."
        return [labels[number - 1] for number in numbers], ""
    if len(line) < LEAST:
        return [], "Please answer with a number, or in a few words."
    return [next((label for label in labels if label.lower() == line.lower()), visible(line[:REASON_CHARS]))], ""
