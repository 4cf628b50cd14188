"""Writes what outlets are to carry of a step of a work order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from landwatch import config
from landwatch.clock import iso
from landwatch.types import Message
from landwatch.upkeep.records import Act, Order, Organisation, Role

__all__ = ["DESK_KIND", "messages"]

DESK_KIND = "apprise"
"""The kind of outlet that reaches desks of organisations; each other one gets every step once."""

TO_MENDER: frozenset[Act] = frozenset({"assign", "reopen", "escalate", "cancel", "verify"})
TO_MANAGER: frozenset[Act] = frozenset(
    {"open", "acknowledge", "hold", "resume", "done", "verify", "escalate"}
)
"""Which steps are told to the desk of who mends, and to that of who manages the camera. An order that has
somebody to mend it is assigned as it is opened."""


def messages(
    order: Order,
    act: Act,
    role: Role,
    note: str,
    time: datetime,
    outlets: Sequence[config.Outlet],
    *,
    mender: Organisation | None,
    manager: Organisation | None,
    also: Organisation | None = None,
) -> Iterator[Message]:
    """Yield a message for each outlet and desk that is to be told of a step.

    Args:
        order: as it is after the step.
        act: what was done.
        role: in which role.
        note: what was said about it.
        time: when, aware UTC.
        outlets: those that carry work orders.
        mender: who is to mend it.
        manager: who manages the camera.
        also: who is told because a deadline is over.
    """
    desks = {
        one.name: one
        for one, acts in ((mender, TO_MENDER), (manager, TO_MANAGER), (also, frozenset({act})))
        if one is not None and one.contact and act in acts
    }
    body = _body(order, act, role, note, time)
    for outlet in outlets:
        if outlet.kind != DESK_KIND:
            yield _message(outlet.name, "", body, time)
            continue
        for desk in desks.values():
            yield _message(
                outlet.name,
                desk.name,
                {**body, "key": f"{body['key']}-{desk.name}", "to": desk.contact},
                time,
            )


def _message(outlet: str, lane: str, body: dict[str, object], time: datetime) -> Message:
    return Message(
        outlet=outlet,
        key=str(body["key"]),
        kind="order",
        time=time,
        body=json.dumps(body, ensure_ascii=False, allow_nan=False),
        lane=lane,
    )


def _body(order: Order, act: Act, role: Role, note: str, time: datetime) -> dict[str, object]:
    change = f"{order.scope}\n{order.subject}\n{order.cause}\n{order.opened.isoformat()}\n{order.version}"
    return {
        "kind": "order",
        "key": hashlib.sha256(change.encode("utf-8", "backslashreplace")).hexdigest()[:32],
        "order": order.id,
        "act": act,
        "role": role,
        "note": note,
        "time": iso(time),
        "state": order.state,
        "scope": order.scope,
        "subject": order.subject,
        "cause": order.cause,
        "detail": order.detail,
        "organisation": order.organisation,
        "opened": iso(order.opened),
        "respond_by": iso(order.respond_by) if order.respond_by else None,
        "repair_by": iso(order.repair_by) if order.repair_by else None,
        "before": order.before,
        "after": order.after,
        "mended": order.mended,
    }
