"""What may be done about an event, in which state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landwatch.alert.records import CAUSES, PEOPLE, STANDING, Act, Life, LifeState, Role
from landwatch.errors import UsageError

__all__ = ["RULES", "Rule", "allowed", "next_state"]

LOOKED_AT: frozenset[LifeState] = frozenset(STANDING)
ANY: frozenset[LifeState] = frozenset({*STANDING, "dismissed", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When one act of people is allowed."""

    states: frozenset[LifeState]
    """Of the event before it."""
    after: LifeState | None
    """Of the event after it; None where it stays as it is."""
    says_why: bool = False
    """Whether it needs a note."""


RULES: Mapping[Act, Rule] = {
    "acknowledge": Rule(states=frozenset({"open"}), after="acknowledged"),
    "confirm": Rule(states=frozenset({"open", "acknowledged"}), after="confirmed"),
    "dismiss": Rule(states=LOOKED_AT, after="dismissed"),
    "close": Rule(states=LOOKED_AT, after="closed"),
    # What was put aside is opened again with a reason, so that who put it aside sees what has changed.
    "reopen": Rule(states=frozenset({"dismissed", "closed"}), after="open", says_why=True),
    "merge": Rule(states=LOOKED_AT, after="merged"),
    "split": Rule(states=frozenset({"merged"}), after="open", says_why=True),
    "hand_over": Rule(states=LOOKED_AT, after=None),
    "note": Rule(states=ANY, after=None, says_why=True),
}


def next_state(life: Life, act: Act, role: Role, cause: str, note: str) -> LifeState:
    """Return the state of an event after an act of people.

    Raises:
        UsageError: if the act is not allowed now, or not without a cause or a note.
    """
    rule = RULES.get(act)
    if rule is None or life.state not in rule.states:
        may = ", ".join(allowed(life)) or "nothing"
        raise UsageError(f"event {life.event} is {life.state}, so nobody can {act} it; possible are: {may}")
    if role not in PEOPLE:
        raise UsageError(f"a {role} may not {act}; allowed are: {', '.join(PEOPLE)}")
    if (act == "dismiss") != bool(cause) or (cause and cause not in CAUSES):
        raise UsageError(
            f"event {life.event}: {act} with the cause {cause!r}; only dismiss has one, one of: "
            f"{', '.join(CAUSES)}"
        )
    if rule.says_why and not note.strip():
        raise UsageError(f"event {life.event}: {act} needs a note that says why")
    return rule.after or life.state


def allowed(life: Life) -> tuple[Act, ...]:
    """Return what people may do about an event now."""
    return tuple(act for act, rule in RULES.items() if life.state in rule.states)
