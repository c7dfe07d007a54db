"""How a call is decided: hooks, ladder, classifier and person are asked, and what they say becomes events.

Rules that live here and nowhere else:

* Deciding fails closed: whatever a hook, the analyser, the ladder, a classifier or an approver raises is a no. A
  classifier that says it is unavailable is not: that stops the run, and is never disguised as a denial.
* An answer about another action than the one that was asked about is no answer.
* Hooks are asked about what the model wants. What they, or a person, put in its place is compiled and judged anew,
  without asking them again; what cannot be compiled is a no.
* A hook that stands in for a person cannot answer what a rule says a person must be asked.
* A plan that is approved ends mode plan: in the mode that was chosen with it, else in mode default.

Theory of operation: a step goes in, events come out, and nothing is recorded here. So an answer can still be thrown
away when the world has changed while it was given.

Not promised: that a hook is asked once. A run that is killed in between asks again, and so does a change of mode.
"""

import functools
from collections.abc import Callable
from typing import Protocol, assert_never

from runner.errors import DoorError
from runner.events import (
    Answered,
    Attended,
    Decided,
    Entry,
    Event,
    Hooked,
    ModeChanged,
    News,
    Parked,
    Rejected,
    RulesAdded,
)
from runner.policy.effects import shell_effects
from runner.policy.hook_io import failure, merged, silent
from runner.policy.ladder import judge
from runner.policy.published import Untranslatable, ours, published
from runner.ports import Answer, Approver, Classifier, Hook, Moment, Said
from runner.run import Ask, Attend, Consult, Judge, Pending, Run, heed
from runner.tools import Rejection, Resolve, answers_in, compile_call, effects_of
from runner.types import (
    WORKSPACE,
    Action,
    Decision,
    Mode,
    Occasion,
    Probe,
    Propose,
    Question,
    Rung,
    ToolCall,
    Verdict,
)
from runner.views.evidence import evidence
from runner.views.moments import moment_text

Deliberation = Judge | Consult | Ask | Attend
"""The steps in which somebody is asked."""

NO_ANSWER = "Nobody answered. Decide yourself, and say in your final answer what you assumed."
APPROVED = "The plan is approved. Carry it out."
APPROVED_CHANGED = "The plan is approved with changes. Carry out this one:\n\n{plan}"

_analyse = functools.lru_cache(maxsize=16)(shell_effects)  # a call is read when it is judged and when it is to run


class Deciders(Protocol):
    """Who is asked, and who knows where paths lead."""

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """All hooks; each knows for itself which moments are its own."""

    @property
    def classifier(self) -> Classifier:
        """Auto mode's judge."""

    @property
    def approver(self) -> Approver:
        """The person, or whoever stands in for one."""

    @property
    def resolve(self) -> Resolve:
        """Tells where a box path really is."""


def deliberate(step: Deliberation, run: Run, entries: list[Entry], who: Deciders) -> tuple[Event, ...]:
    """Return what came of asking. At least one event.

    Args:
        step: what is to be decided.
        run: what is true now.
        entries: the run so far.
        who: is asked.

    Raises:
        DoorError: a classifier or an approver could not be asked. Nothing was decided.
    """
    match step:
        case Judge():
            return _judged(step, run, entries, who)
        case Consult(actions=actions):
            decisions = _consulted(actions, entries, who)
            pairs = zip(actions, decisions, strict=True)
            return tuple(Decided(call_id=one.call_id, action=one, decision=said) for one, said in pairs)
        case Ask(pending=pending, action=action, decision=decision):
            return _asked(pending, action, decision, run, who)
        case Attend():
            return _attended(step, run, entries, who)
        case _:
            assert_never(step)


def told(action: Action, run: Run) -> tuple[Event, ...]:
    """Return what comes of a permitted question or plan to which nobody said anything."""
    return (
        *_leaving_plan(action, None, run),
        Answered(call_id=action.call_id, text=_result(action, "", changed=False)),
    )


def still_means(action: Action, run: Run, who: Deciders) -> bool:
    """Return whether the action would do what was judged, here and now: same directory, same places of its paths."""
    if isinstance(action.operation, Probe):
        return True
    try:
        now = effects_of(action.operation, cwd=run.cwd, analyse=_analyse, resolve=who.resolve)
    except Exception:  # noqa: BLE001 - failing closed means: whatever goes wrong
        return False
    return now == action.effects


# --- the ladder -------------------------------------------------------------------------------------------------------


def _judged(step: Judge, run: Run, entries: list[Entry], who: Deciders) -> tuple[Event, ...]:
    call = step.call
    try:
        action = _compiled(call, run, who)
        moment = _moment(Occasion.BEFORE, call, run, entries)
    except (Rejection, Untranslatable) as wrong:
        return (Rejected(call_id=call.id, why=str(wrong)),)
    said = _heard(who.hooks, moment)
    joint = merged(said)
    made = call
    try:
        made = _rewritten(call, moment.tool, joint.input_json)
        action = action if made is call else _compiled(made, run, who)
    except (Rejection, Untranslatable) as wrong:
        joint = failure(joint.hook, f"made a call of this that cannot be made ({wrong})", "Mend what it answers.")
        made = call
    hooks = (joint,) if said else ()
    decision = _decide(action, lambda: judge(action, policy=step.policy, mode=step.mode, hooks=hooks))
    return (*(_record(moment, one) for one in said), _decided(made, call, action, decision))


def _compiled(call: ToolCall, run: Run, who: Deciders) -> Action:
    """Return what a call would do.

    Raises:
        Rejection: it is none, or it cannot be understood.
    """
    try:
        return compile_call(
            call,
            cwd=run.cwd,
            workspace=WORKSPACE,
            analyse=_analyse,
            resolve=who.resolve,
            depth=len(run.suspended),
            planning=run.mode is Mode.PLAN,
        )
    except Rejection:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise Rejection(f"What this call would do cannot be told, so it was not made ({what}).") from error


def _rewritten(call: ToolCall, name: str, input_json: str | None) -> ToolCall:
    """Return the call with other arguments, given in the form of the published tool of that name; None: itself.

    Raises:
        Untranslatable: they are none of our tool.
    """
    if input_json is None:
        return call
    made = ours(name, input_json, call.tool, call.input_json, workspace=WORKSPACE)
    return ToolCall(id=call.id, tool=call.tool, input_json=made)


def _decide(action: Action, decider: Callable[[], Decision]) -> Decision:
    """Return what a decider says about this action; a decider that fails, or speaks of another, has denied."""
    try:
        decision = decider()
    except Exception as error:  # noqa: BLE001 - failing closed means: whatever goes wrong
        return _fault(action, f"{type(error).__name__}: {error}")
    return decision if decision.covers == action.digest else _fault(action, "it answered about another action")


def _fault(action: Action, what: str) -> Decision:
    why = f"Deciding failed, and what cannot be decided is denied ({what})."
    return action.decide(Verdict.DENY, rung=Rung.FAULT, why=why)


def _decided(made: ToolCall, call: ToolCall, action: Action, decision: Decision, *, stop: bool = False) -> Decided:
    input_json = None if made.input_json == call.input_json else made.input_json
    return Decided(call_id=call.id, action=action, decision=decision, input_json=input_json, stop=stop)


# --- the classifier ---------------------------------------------------------------------------------------------------


def _consulted(actions: tuple[Action, ...], entries: list[Entry], who: Deciders) -> tuple[Decision, ...]:
    try:
        decisions = who.classifier.judge(evidence(entries, actions))
    except DoorError:
        raise
    except Exception as error:  # noqa: BLE001 - failing closed means: whatever goes wrong
        return tuple(_fault(action, f"{type(error).__name__}: {error}") for action in actions)
    answers = {decision.covers: decision for decision in decisions if decision.verdict is not Verdict.CLASSIFY}
    return tuple(answers.get(action.digest) or _fault(action, "the classifier left it out") for action in actions)


# --- the person, and who stands in for one ----------------------------------------------------------------------------


def _asked(pending: Pending, action: Action, decision: Decision, run: Run, who: Deciders) -> tuple[Event, ...]:
    try:
        answer = who.approver.ask(action, decision)
    except DoorError:
        raise
    except Exception as error:  # noqa: BLE001 - failing closed means: whatever goes wrong
        answer = Answer(decision=_fault(action, f"{type(error).__name__}: {error}"))
    if answer is None:
        return (Parked(call_id=action.call_id),)
    return _answered(pending, action, answer, run, who, by="the person who was asked")


def _answered(
    pending: Pending, action: Action, answer: Answer, run: Run, who: Deciders, *, by: str
) -> tuple[Event, ...]:
    """Return what an answer means: rules and mode first, because they void verdicts, then the verdict itself."""
    made, final, decision = _agreed(pending, action, answer, run, who)
    added = (RulesAdded(rules=answer.rules),) if answer.rules else ()
    verdict = _decided(made, pending.call, final, decision, stop=answer.stop)
    wish = None if answer.mode is None else ModeChanged(mode=answer.mode, by=by)
    if decision.verdict is Verdict.DENY or not isinstance(final.operation, Question | Propose):
        return (*added, *_heeded(run, wish), verdict)
    text = _result(final, answer.text or answers_in(answer.input_json or ""), changed=final != action)
    return (*added, *_leaving_plan(final, wish, run), verdict, Answered(call_id=action.call_id, text=text))


def _agreed(
    pending: Pending, action: Action, answer: Answer, run: Run, who: Deciders
) -> tuple[ToolCall, Action, Decision]:
    """Return the call, the action and the verdict that an answer comes to. What it changed the ladder may deny."""
    call, said = pending.made, answer.decision
    if said.covers != action.digest or said.verdict not in {Verdict.ALLOW, Verdict.DENY}:
        return call, action, _fault(action, f"the answer was {said.verdict.value}, or about another action")
    if said.verdict is Verdict.DENY or answer.input_json is None:
        return call, action, said
    try:
        name, _ = published(call.tool, call.input_json, workspace=WORKSPACE)
        made = _rewritten(call, name, answer.input_json)
        final = _compiled(made, run, who)
    except (Rejection, Untranslatable) as wrong:
        return call, action, _fault(action, f"the answer made a call of it that cannot be made: {wrong}")
    judged = _decide(final, lambda: judge(final, policy=run.policy, mode=run.mode, hooks=()))
    if judged.verdict is Verdict.DENY:
        return made, final, judged
    return made, final, final.decide(Verdict.ALLOW, rung=said.rung, why=said.why, latency_ms=said.latency_ms)


def _leaving_plan(action: Action, wish: News | None, run: Run) -> tuple[Event, ...]:
    """Return the changes of mode that a permitted call brings: those wished for, and the end of mode plan."""
    changes = _heeded(run, wish)
    stays = run.mode is Mode.PLAN and not any(isinstance(event, ModeChanged) for event in changes)
    if not (stays and isinstance(action.operation, Propose)):
        return changes
    return (*changes, *_heeded(run, ModeChanged(mode=Mode.DEFAULT, by="the approved plan")))


def _heeded(run: Run, news: News | None) -> tuple[Event, ...]:
    event = None if news is None else heed(run, news)
    return () if event is None else (event,)


def _result(action: Action, text: str, *, changed: bool) -> str:
    """Return what the model gets as the result of a permitted question or plan."""
    match action.operation:
        case Propose(plan=plan) if changed:
            return f"{APPROVED_CHANGED.format(plan=plan)}\n\n{text}".strip()
        case Propose():
            return f"{APPROVED}\n\n{text}".strip()
        case _:
            return text or NO_ANSWER


# --- hooks ------------------------------------------------------------------------------------------------------------


def _attended(step: Attend, run: Run, entries: list[Entry], who: Deciders) -> tuple[Event, ...]:
    pending = step.pending
    moment = _moment(step.occasion, pending.made if pending else None, run, entries)
    said = _heard(who.hooks, moment)
    records = tuple(_record(moment, one) for one in said)
    closed = Attended(occasion=step.occasion, call_id=pending.call.id if pending else None)
    if step.occasion is not Occasion.ASKED or not said or pending is None or pending.action is None:
        return (*records, closed)
    joint, action = merged(said), pending.action
    if (decision := _stand_in(joint, action, pending.decision)) is None:
        return (*records, closed)
    answer = Answer(decision=decision, input_json=joint.input_json, rules=joint.rules, mode=joint.mode)
    return (*records, *_answered(pending, action, answer, run, who, by=f"the hook {joint.hook}"))


def _stand_in(joint: Said, action: Action, asked: Decision | None) -> Decision | None:
    """Return the verdict of hooks that answer for the person; None when the person is to be asked."""
    if joint.verdict is Verdict.DENY:
        rung = Rung.FAULT if joint.failed else Rung.HOOK
        return action.decide(Verdict.DENY, rung=rung, why=joint.why, latency_ms=joint.took_ms)
    if joint.verdict is Verdict.ALLOW and asked is not None and asked.rung is not Rung.ASK_RULE:
        why = joint.why or f"The hook `{joint.hook}` allows it."
        return action.decide(Verdict.ALLOW, rung=Rung.HOOK, why=why, latency_ms=joint.took_ms)
    return None


def _moment(occasion: Occasion, call: ToolCall | None, run: Run, entries: list[Entry]) -> Moment:
    """Return what hooks are told.

    Raises:
        Untranslatable: the call's arguments are no object.
    """
    tool, input_json = ("", "{}") if call is None else published(call.tool, call.input_json, workspace=WORKSPACE)
    return Moment(
        occasion=occasion,
        run_id=run.run_id,
        cwd=run.cwd,
        mode=run.mode,
        call_id="" if call is None else call.id,
        tool=tool,
        input_json=input_json,
        text=moment_text(entries, occasion, None if call is None else call.id),
        again=occasion is Occasion.STOP and run.objections > 0,
    )


def _heard(hooks: tuple[Hook, ...], moment: Moment) -> tuple[Said, ...]:
    """Return what hooks have to say, in their order; silent ones left out. One that fails has said no."""
    return tuple(said for hook in hooks if (said := _ask_hook(hook, moment)) is not None and not silent(said))


def _ask_hook(hook: Hook, moment: Moment) -> Said | None:
    name = getattr(hook, "__qualname__", type(hook).__qualname__)
    try:
        said = hook(moment)
        wrong = _wrong_with(said, moment.occasion)
    except Exception as error:  # noqa: BLE001 - failing closed means: whatever goes wrong
        return failure(name, f"failed with {type(error).__name__}: {error}", "Mend it, or take it away.")
    return failure(name, wrong, "Mend what it answers.") if wrong else said


def _wrong_with(said: object, occasion: Occasion) -> str:
    """Return why an answer would be lost or misunderstood at this moment; empty when it would not."""
    if said is None:
        return ""
    if not isinstance(said, Said):
        return f"answered with {type(said).__name__}, which is no answer"
    if said.verdict is Verdict.CLASSIFY:
        return "left the call to the classifier, which no hook can"
    approves = occasion is Occasion.ASKED and said.verdict is Verdict.ALLOW
    if said.input_json is not None and not (approves or occasion is Occasion.BEFORE):
        return "changed the call where it cannot be changed"
    if (said.rules or said.mode is not None) and occasion is not Occasion.ASKED:
        return "set rules or a mode where only a call can be judged"
    return ""


def _record(moment: Moment, said: Said) -> Hooked:
    return Hooked(
        occasion=moment.occasion,
        call_id=moment.call_id or None,
        hook=said.hook,
        verdict=said.verdict,
        why=said.why,
        context=said.context,
        stop=said.stop,
        rewrote=said.input_json is not None,
        failed=said.failed,
        took_ms=said.took_ms,
    )
