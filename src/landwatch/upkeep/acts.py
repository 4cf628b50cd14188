"""What may be done with a work order, in which state, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landwatch.errors import UsageError
from landwatch.upkeep.records import PEOPLE, Act, Order, OrderState, Role

__all__ = ["RULES", "Rule", "allowed", "next_state"]

STANDING: frozenset[OrderState] = frozenset({"open", "assigned", "acknowledged", "on_hold", "done"})
WAITING: frozenset[OrderState] = frozenset({"open", "assigned", "acknowledged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When one act is allowed."""

    states: frozenset[OrderState]
    """Of the order before it."""
    roles: tuple[Role, ...]
    """Who may do it."""
    says_why: bool = False
    """Whether it needs a note."""


RULES: Mapping[Act, Rule] = {
    "assign": Rule(states=WAITING, roles=("manager", "clock")),
    "acknowledge": Rule(states=frozenset({"open", "assigned"}), roles=PEOPLE),
    "hold": Rule(states=WAITING, roles=PEOPLE, says_why=True),
    "resume": Rule(states=frozenset({"on_hold"}), roles=PEOPLE),
    "done": Rule(states=STANDING - {"done"}, roles=PEOPLE),
    # Who mended it does not say himself that it is mended: the pictures do, or somebody else.
    "verify": Rule(states=STANDING, roles=("manager", "inspector", "pictures")),
    "reopen": Rule(states=frozenset({"done"}), roles=("manager", "inspector", "pictures"), says_why=True),
    "cancel": Rule(states=STANDING, roles=("manager",), says_why=True),
    "note": Rule(states=STANDING, roles=(*PEOPLE, "visitor", "pictures"), says_why=True),
    "escalate": Rule(states=WAITING, roles=("clock",)),
}
"""Every act but `open`."""


def next_state(order: Order, act: Act, role: Role, note: str) -> OrderState:
    """Return the state of an order after an act.

    Raises:
        UsageError: if the act is not allowed now, not by this role, or not without a note.
    """
    rule = RULES.get(act)
    if rule is None or order.state not in rule.states:
        may = ", ".join(allowed(order, role)) or "nothing"
        raise UsageError(f"order {order.id} is {order.state}, so it cannot {act}; a {role} may: {may}")
    if role not in rule.roles:
        raise UsageError(f"a {role} may not {act} order {order.id}; allowed are: {', '.join(rule.roles)}")
    if rule.says_why and not note.strip():
        raise UsageError(f"order {order.id}: {act} needs a note that says why")
    after: dict[Act, OrderState] = {
        "assign": "assigned",
        "acknowledge": "acknowledged",
        "hold": "on_hold",
        "done": "done",
        "verify": "verified",
        "cancel": "cancelled",
    }
    if act in ("resume", "reopen"):
        return "acknowledged" if order.acknowledged else "assigned" if order.organisation else "open"
    return after.get(act, order.state)


def allowed(order: Order, role: Role) -> tuple[Act, ...]:
    """Return what a role may do with an order now."""
    return tuple(act for act, rule in RULES.items() if order.state in rule.states and role in rule.roles)
