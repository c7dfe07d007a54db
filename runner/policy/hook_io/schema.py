"""What a hook said, by its JSON.

    {"continue": false, "stopReason": ..., "systemMessage": ..., "decision": "block", "reason": ...,
     "hookSpecificOutput": {"hookEventName": ..., "permissionDecision": "deny", "permissionDecisionReason": ...}}

Rules that live here and nowhere else:

* A field of the wrong type, a decision nobody knows, an answer for another moment or the same key twice is an answer
  that cannot be read. So is a field that seems to mean one of those that decide, but is misspelt or misplaced.
* Other fields nobody knows are passed over: hooks print what they like beside their answer.
* Where both forms of a decision are given, the older `decision` and `permissionDecision`, the stricter counts.
* What a hook wants remembered counts for this run; what it wants and cannot have is said in `Said.why`.
"""

import json
from difflib import get_close_matches
from typing import Literal, NoReturn, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from runner.ports import Moment, Said
from runner.types import WORKSPACE, Layer, Mode, Occasion, Rule, Source, Verdict, Word

TEXT_CHARS = 10_000
"""Longest context a hook may add. Source: the published limit."""

FIELDS = 200
"""So many fields are looked at for misspelling; more is no answer. Our choice: an answer has at most 20."""

ALIKE = 0.9
"""How alike a field must be to one that decides to count as misspelt (`difflib` ratio). Our choice: one slip in
`decision`, two in `permissionDecision`, and no other published field."""

DECIDING = {
    name.lower(): name
    for name in (
        "continue",
        "decision",
        "hookSpecificOutput",
        "hookEventName",
        "permissionDecision",
        "updatedInput",
        "additionalContext",
        "behavior",
        "updatedPermissions",
        "interrupt",
    )
}
"""Fields that must not be lost: as they are compared -> as they are spelt."""

TOP = frozenset({"continue", "decision", "hookSpecificOutput"})
ALWAYS = frozenset({"hookEventName", "additionalContext"})
ANSWER = frozenset({"behavior", "updatedInput", "updatedPermissions", "interrupt"})
SPECIFIC = {Occasion.BEFORE: ALWAYS | {"permissionDecision", "updatedInput"}, Occasion.ASKED: ALWAYS | {"decision"}}
"""Which of those have a meaning where."""

ECHOED = frozenset({"hook_event_name"})
"""A field of what hooks are told that looks like one they answer with: some print all they were told."""

REFUSING = frozenset({"deny", "denied", "block", "blocked", "reject", "ask"})
"""Words that mean a decision even in a field nobody knows."""

REPLACING = ("updatedToolOutput", "updatedMCPToolOutput")

MODE_NAMES = {mode.value: mode for mode in Mode} | {"manual": Mode.DEFAULT}

Fields = dict[str, object]


class Unreadable(Exception):
    """The answer cannot be read. `str()` is a clause about the hook that says why."""


class Top(Word, frozen=True, kw_only=True, rename="camel"):
    """The fields of every answer."""

    continue_: bool = msgspec.field(default=True, name="continue")
    async_: bool = msgspec.field(default=False, name="async")
    stop_reason: str = ""
    suppress_output: bool = False
    system_message: str = ""
    decision: Literal["approve", "block"] | UnsetType = UNSET
    reason: str = ""
    hook_specific_output: Fields | UnsetType = UNSET


class RuleText(Word, frozen=True, kw_only=True, rename="camel"):
    """A rule as a permission update writes it."""

    tool_name: str
    rule_content: str | None = None


class Update(Word, frozen=True, kw_only=True, rename="camel"):
    """Something to be remembered."""

    type: Literal["addRules", "replaceRules", "removeRules", "setMode", "addDirectories", "removeDirectories"]
    rules: tuple[RuleText, ...] = ()
    behavior: Literal["allow", "deny", "ask"] | None = None
    mode: str | None = None
    destination: str | None = None


class Request(Word, frozen=True, kw_only=True, rename="camel"):
    """The answer to a PermissionRequest."""

    behavior: Literal["allow", "deny"]
    updated_input: Fields | UnsetType = UNSET
    updated_permissions: tuple[Update, ...] = ()
    message: str = ""
    interrupt: bool = False


class Specific(Word, frozen=True, kw_only=True, rename="camel"):
    """The fields of `hookSpecificOutput`, of all moments together."""

    additional_context: str = ""
    permission_decision: Literal["allow", "deny", "ask", "defer"] | UnsetType = UNSET
    permission_decision_reason: str = ""
    updated_input: Fields | UnsetType = UNSET
    decision: Request | UnsetType = UNSET
    retry: bool = False


T = TypeVar("T", bound=Word)


def read(moment: Moment, hook: str, text: str) -> Said:
    """Return what an answer says; `took_ms` is 0.

    Args:
        moment: what the hook was asked about.
        hook: how people know it.
        text: the JSON object.

    Raises:
        Unreadable: not the answer to this.
    """
    try:
        fields = _parsed(text)
        top = _checked(fields, TOP, "", Top)
        _refuse_foreign(fields)
        if top.async_:
            return _later(fields, hook)
        specific = _specific(moment, top.hook_specific_output)
        return _said(moment, hook, top, specific)
    except RecursionError:
        raise Unreadable("answered with JSON that is nested too deeply") from None


def _parsed(text: str) -> Fields:
    try:
        fields = json.loads(
            text, object_pairs_hook=_without_twins, parse_constant=_no_number, parse_float=_finite_number
        )
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("answered with half a character (a lone surrogate)") from None
    except ValueError as error:
        raise Unreadable(f"answered with something that is not valid JSON ({error})") from error
    if not isinstance(fields, dict):
        raise Unreadable("answered with JSON that is no object")
    return fields


def _without_twins(pairs: list[tuple[str, object]]) -> Fields:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Unreadable("answered with JSON that has the same key twice")
    return fields


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite_number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:20]} is too large")
    return value


def _checked(fields: Fields, known: frozenset[str], place: str, shape: type[T]) -> T:
    """Return the fields as the shape they must have; none that decides may be lost."""
    if len(fields) > FIELDS:
        raise Unreadable(f"answered with more than {FIELDS} fields")
    for name in fields:
        meant = _meant(name)
        if meant is None or name in known:
            continue
        if name == meant:
            raise Unreadable(f"answered with `{name}` where it has no meaning{place}")
        raise Unreadable(f"answered with `{_short(name)}`, which nobody knows; perhaps it means `{meant}`")
    try:
        return msgspec.convert(fields, shape)
    except msgspec.ValidationError as error:
        raise Unreadable(f"answered with a field of a wrong kind{place}: {error}") from error


def _meant(name: str) -> str | None:
    """Return the deciding field that a name is, or seems to be."""
    if name in ECHOED or len(name) > 2 * max(map(len, DECIDING)):
        return None
    folded = "".join(char for char in name.lower() if char.isalnum())
    alike = get_close_matches(folded, DECIDING, n=1, cutoff=ALIKE)
    return DECIDING[alike[0]] if alike else None


def _refuse_foreign(fields: Fields) -> None:
    """Refuse an answer in the words of another product, which would otherwise say nothing."""
    if fields.keys() & Top.__struct_encode_fields__:
        return
    for name, value in fields.items():
        if isinstance(value, str) and value.lower() in REFUSING:
            raise Unreadable(f"answered with `{_short(name)}: {value}`, which is no decision that anybody knows")


def _later(fields: Fields, hook: str) -> Said:
    """Return that a hook says nothing which goes on in the background."""
    if not fields.keys() <= {"async", "asyncTimeout"}:
        raise Unreadable("answered both now and later (`async`)")
    return Said(hook=hook)


def _specific(moment: Moment, fields: Fields | UnsetType) -> Specific:
    if fields is UNSET:
        return Specific()
    event = fields.get("hookEventName")
    if event != moment.occasion.value:
        given = f"for {_short(event)}" if isinstance(event, str) else "without `hookEventName`"
        raise Unreadable(f"answered {given} when it was asked for {moment.occasion.value}")
    place = " in `hookSpecificOutput`"
    if moment.occasion is Occasion.ASKED and isinstance(request := fields.get("decision"), dict):
        _checked(request, ANSWER, place, Request)
    if any(name in fields for name in REPLACING):
        raise Unreadable("wants to replace the output of a tool, which is not supported")
    specific = _checked(fields, SPECIFIC.get(moment.occasion, ALWAYS), place, Specific)
    if len(specific.additional_context) > TEXT_CHARS:
        raise Unreadable(f"answered with more than {TEXT_CHARS:,} characters of context")
    return specific


def _said(moment: Moment, hook: str, top: Top, specific: Specific) -> Said:
    request = specific.decision if isinstance(specific.decision, Request) else None
    verdict, reasons = _verdict(moment, top, specific)
    rules, mode, unmet = _remembered(request)
    if verdict is not Verdict.DENY or not reasons:
        reasons = [*reasons, *unmet, top.system_message]
    stop = None
    if not top.continue_:
        stop = top.stop_reason or top.reason or "A hook ended the run."
    elif request is not None and request.interrupt and request.behavior == "deny":
        stop = request.message or "A hook ended the run."
    updated = specific.updated_input if request is None else request.updated_input
    context = [specific.additional_context, "This call may be tried again." if specific.retry else ""]
    return Said(
        hook=hook,
        verdict=verdict,
        why="\n".join(reason for reason in reasons if reason),
        input_json=_json(updated) if isinstance(updated, dict) and verdict is not Verdict.DENY else None,
        context="\n".join(text for text in context if text),
        stop=stop,
        rules=rules,
        mode=mode,
    )


def _verdict(moment: Moment, top: Top, specific: Specific) -> tuple[Verdict | None, list[str]]:
    """Return the strictest verdict given, and the reasons."""
    given: list[Verdict] = []
    reasons = [specific.permission_decision_reason, top.reason]
    if top.decision == "block":
        given.append(Verdict.DENY)
    elif top.decision == "approve" and moment.occasion is Occasion.BEFORE:
        given.append(Verdict.ALLOW)
    if specific.permission_decision == "defer":
        given.append(Verdict.ASK)
        reasons.append("The hook deferred this call: it waits for an answer.")
    elif isinstance(specific.permission_decision, str):
        given.append(Verdict(specific.permission_decision))
    if isinstance(specific.decision, Request):
        given.append(Verdict(specific.decision.behavior))
        reasons.insert(0, specific.decision.message)
    return max(given, default=None), [reason for reason in reasons if reason]


def _remembered(request: Request | None) -> tuple[tuple[Rule, ...], Mode | None, list[str]]:
    """Return the rules and the mode a hook sets for this run, and sentences about what it cannot have."""
    rules: list[Rule] = []
    mode: Mode | None = None
    unmet: list[str] = []
    if request is None or request.behavior == "deny":
        return (), None, []
    for update in request.updated_permissions:
        if update.type == "addRules":
            rules += _rules(update)
        elif update.type == "setMode":
            if update.mode not in MODE_NAMES:
                raise Unreadable(f"wants to set a mode that nobody knows ({_short(update.mode or 'none')})")
            mode = MODE_NAMES[update.mode]
        else:
            unmet.append(f"The hook also asked for {update.type}, which is not supported: nothing was changed by that.")
            continue
        if update.destination and update.destination != "session":
            unmet.append(f"What the hook wants kept ({_short(update.destination)}) counts for this run only.")
    return tuple(rules), mode, list(dict.fromkeys(unmet))


def _rules(update: Update) -> list[Rule]:
    if update.behavior is None:
        raise Unreadable("wants to add rules without saying what they do (`behavior`)")
    rules = []
    for text in update.rules:
        if not text.tool_name or set(text.tool_name) & set("() \t\n"):
            raise Unreadable("wants to add a rule without the name of a tool")
        name = text.tool_name if text.rule_content is None else f"{text.tool_name}({text.rule_content})"
        rules.append(
            Rule(
                id=name,
                verdict=Verdict(update.behavior),
                tool=text.tool_name,
                specifier=text.rule_content,
                source=Source(layer=Layer.SESSION, root=WORKSPACE),
            )
        )
    return rules


def _short(name: str) -> str:
    return "".join(char for char in name[:60] if char.isprintable())


def _json(fields: Fields) -> str:
    return msgspec.json.encode(fields).decode()
