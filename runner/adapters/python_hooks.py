"""Hooks that are Python functions, written as for the Agent SDK.

    def hook(input: dict, tool_use_id: str | None, context: dict) -> dict | None

Rules that live here and nowhere else:

* The function gets what a command gets on stdin and returns what a command prints: the same fields, the same meaning.
  `continue_` and `async_` stand for `continue` and `async`, which Python keeps for itself. None: no opinion.
* It may be `async`; then it runs on an event loop of its own.
* What it raises, returns that is no answer, or does not return in time, is a no that says so (`Said.failed`).

Theory of operation: each call runs in a thread of its own, because that is the only way to stop waiting for it.

Not promised: that a function which is too late is ended. A thread cannot be killed; what it does later is its own
business, and its answer is thrown away. An `async` function is cancelled, if it lets itself be.
"""

import asyncio
import functools
import inspect
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from runner.errors import UsageError
from runner.policy.hook_io import answered_text, deadline_s, failure, matcher, told
from runner.ports import Hook, Moment, Said
from runner.types import Occasion

Callback = Callable[[dict[str, Any], str | None, dict[str, Any]], object]
"""A function as the Agent SDK calls it: input, id of the call, context -> answer, None, or an awaitable of these."""

WAKE_S = 0.1
"""How often the waiting thread looks up: the system may hand a signal to the other thread, which wakes nobody. Ours."""

UNDERSCORED = {"continue_": "continue", "async_": "async"}
"""Names that Python keeps for itself, and the fields they stand for. Source: the Agent SDK's types."""


class Matcher(Protocol):
    """What the Agent SDK calls a `HookMatcher`; `timeout` is in seconds, None the usual one."""

    matcher: str | None
    hooks: list[Any]
    timeout: float | None


@dataclass(frozen=True, kw_only=True)
class PythonHook:
    """A function that is asked at one kind of moment.

    Attributes:
        occasion: the kind of moment.
        function: in the style of the Agent SDK.
        name: how people know it.
        matches: whether it is asked at a moment.
        deadline_s: how long it may take.
        must_answer: None counts as a failure.
    """

    occasion: Occasion
    function: Callback
    name: str
    matches: Callable[[Moment], bool]
    deadline_s: float
    must_answer: bool = False

    def __call__(self, moment: Moment) -> Said | None:
        """Return what the function says about this moment; None when it is not asked. Takes at most `deadline_s`."""
        if not self.matches(moment):
            return None
        begun_s = time.monotonic()
        call = _Call(self.function, moment, self.deadline_s)
        thread = threading.Thread(target=call.make, name=f"hook {self.name}", daemon=True)
        thread.start()
        until_s = begun_s + self.deadline_s
        while not call.over.wait(min(WAKE_S, until_s - time.monotonic())) and time.monotonic() < until_s:
            pass  # not `join`, which takes a thread for ended when a signal comes
        took_ms = round((time.monotonic() - begun_s) * 1000)
        if call.is_late or not call.over.is_set():
            what = f"gave no answer within {self.deadline_s:g} s"
            return failure(self.name, what, "Make it faster or give it a longer `timeout`.", took_ms)
        if call.error is not None:
            what = f"raised {type(call.error).__name__}{_said(call.error)}"
            return failure(self.name, what, "Mend it, or take it out.", took_ms)
        return self._understood(moment, call.answer, took_ms)

    def _understood(self, moment: Moment, answer: object, took_ms: int) -> Said:
        if answer is None and not self.must_answer:
            return Said(hook=self.name, took_ms=took_ms)
        if not isinstance(answer, Mapping):
            what = f"answered with {type(answer).__name__} instead of a dict"
            return failure(self.name, what, "Let it return a dict, or None for no opinion.", took_ms)
        fields = {UNDERSCORED.get(name, name): value for name, value in answer.items()}
        try:
            text = json.dumps(fields)
        except (TypeError, ValueError, RecursionError) as error:
            what = f"answered with something that is no JSON ({error})"
            return failure(self.name, what, "Let it return texts, numbers, lists and dicts.", took_ms)
        if len(fields) < len(answer):
            what = "answered with the same field twice, with and without `_`"
            return failure(self.name, what, "Leave one of them out.", took_ms)
        return answered_text(moment, self.name, text, took_ms=took_ms)


def callback_hook(
    function: Callback,
    occasion: Occasion,
    *,
    pattern: str = "",
    timeout_s: float | None = None,
    must_answer: bool = False,
) -> Hook:
    """Return a function of the Agent SDK's style as a hook.

    Args:
        function: takes (input, tool_use_id, context).
        occasion: the moment it is asked at.
        pattern: a matcher as in the settings; empty: always.
        timeout_s: None: the moment's usual time.
        must_answer: None counts as a failure, as with `on_failure="block"` of the Agent SDK.

    Raises:
        UsageError: the matcher or the timeout is wrong.
    """
    return PythonHook(
        occasion=occasion,
        function=function,
        name=_name(function),
        matches=matcher(pattern, occasion),
        deadline_s=deadline_s(occasion, timeout_s),
        must_answer=must_answer,
    )


def python_hooks(hooks: Mapping[str, Iterable[Matcher]]) -> tuple[Hook, ...]:
    """Return the hooks that the Agent SDK's `hooks` option names, in their order.

    Args:
        hooks: from the name of a moment (`PreToolUse`, ...) to matchers, each with its functions.

    Raises:
        UsageError: a run has no such moment, or a matcher or a timeout is wrong.
    """
    occasions = {occasion.value: occasion for occasion in Occasion}
    unknown = [name for name in hooks if name not in occasions]
    if unknown:
        hint = f"There are {', '.join(occasions)}."
        raise UsageError(f"hooks cannot be called at {', '.join(unknown)}: a run has no such moment", hint=hint)
    return tuple(
        callback_hook(
            function,
            occasions[name],
            pattern=group.matcher or "",
            timeout_s=group.timeout,
            must_answer=getattr(group, "on_failure", None) == "block",
        )
        for name, groups in hooks.items()
        for group in groups
        for function in group.hooks
    )


class _Call:
    """One call of a function, made in a thread. Once it is `over`, `error` is set or `answer` is what it returned."""

    def __init__(self, function: Callback, moment: Moment, limit_s: float) -> None:
        """Nothing is called yet."""
        self._function = function
        self._moment = moment
        self._limit_s = limit_s
        self.answer: object = None
        self.error: BaseException | None = None
        self.over = threading.Event()
        self.is_late = False

    def make(self) -> None:
        """Call the function; never raises."""
        try:
            given = json.loads(told(self._moment))
            answer = self._function(given, self._moment.call_id or None, {"signal": None})
            self.answer = asyncio.run(self._awaited(answer)) if inspect.isawaitable(answer) else answer
        except BaseException as error:  # noqa: BLE001 - whatever a user's function raises, an exit included, is its no
            self.error = error
        self.over.set()

    async def _awaited(self, answer: Awaitable[object]) -> object:
        try:
            async with asyncio.timeout(self._limit_s) as limit:
                return await answer
        finally:
            self.is_late = limit.expired()


def _name(function: Callback) -> str:
    if isinstance(function, functools.partial):
        return _name(function.func)
    return getattr(function, "__qualname__", "") or type(function).__qualname__


def _said(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f" ({lines[0][:200]})" if lines else ""
