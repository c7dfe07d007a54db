"""Asks the person at the terminal: what would be done, in full, why it is asked, and the ways to answer.

Rules that live here and nowhere else:

* Nothing else draws on the terminal, and no key is taken, while it is asked.
* A terminal that went away answers nothing: the question is parked.

Not promised: that a person reads it. It waits for as long as the person does; unattended runs have another approver.
"""

import termios
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TextIO

from runner.adapters.terminal_approver.calls import ask_about_call
from runner.adapters.terminal_approver.dialogue import Reply, Standing
from runner.adapters.terminal_approver.plans import ask_about_plan
from runner.adapters.terminal_approver.questions import ask_questions
from runner.adapters.terminal_approver.screen import Screen
from runner.ports import Answer
from runner.types import Action, Decision, Mode, Propose, Question, Rung


class TerminalApprover:
    """Asks on a stream and reads the answer from another."""

    def __init__(
        self,
        view_suspend: Callable[[], AbstractContextManager[None]],
        input_stream: TextIO,
        output_stream: TextIO,
        *,
        standing: Callable[[], Standing],
        switch: Callable[[Mode], object],
    ) -> None:
        """Ask on `output_stream`, read from `input_stream`.

        Args:
            view_suspend: returns a context in which no live view draws on the same terminal.
            input_stream: where answers come from; discarded up to the question if it is a terminal.
            output_stream: where the question goes.
            standing: returns what the call was judged by.
            switch: asks for another mode, in which the call that is asked about is then judged anew.
        """
        self._suspend = view_suspend
        self._screen = Screen(input_stream, output_stream)
        self._standing = standing
        self._switch = switch

    def ask(self, action: Action, decision: Decision) -> Answer | None:
        """Return the person's ALLOW or DENY, or None to park: asked for, the end of input, or no sensible answer.

        Also None when another mode was asked for: then it is another question.
        """
        begun_s = time.monotonic()
        reply: Reply | None = None
        with self._suspend(), suppress(OSError, ValueError, termios.error):
            reply = self._reply(action, decision)
        if reply is None:
            return None
        said = action.decide(
            reply.verdict,
            rung=Rung.APPROVER,
            why=reply.why,
            instead=reply.instead,
            latency_ms=round((time.monotonic() - begun_s) * 1000),
        )
        return Answer(decision=said, text=reply.text, rules=reply.rules, mode=reply.mode)

    def remind(self) -> None:
        """Show once more what is being waited for, if it is; for a signal handler, when the process goes on."""
        self._screen.remind()

    def _reply(self, action: Action, decision: Decision) -> Reply | None:
        now = self._standing()
        match action.operation:
            case Question() as question:
                return ask_questions(self._screen, question)
            case Propose() as proposed:
                return ask_about_plan(self._screen, proposed, now.policy)
            case _:
                return ask_about_call(self._screen, action, decision, now, self._switch)
