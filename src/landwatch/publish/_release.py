"""Writes what the outlets are to carry of an outcome: each change of an event, once an outlet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from landwatch.clock import iso
from landwatch.types import Event, Message, Outcome

__all__ = ["release"]


def release(outcome: Outcome, outlets: Sequence[str]) -> tuple[Message, ...]:
    """Return a message for each event that the outcome changed and each outlet, in order.

    Args:
        outcome: what is kept of one frame.
        outlets: names of the outlets.
    """
    return tuple(
        Message(
            outlet=outlet,
            key=_key(event),
            kind="event",
            time=outcome.received,
            body=json.dumps(_body(event), ensure_ascii=False, allow_nan=False),
        )
        for event in outcome.events
        for outlet in outlets
    )


def _key(event: Event) -> str:
    """Return the name of one change of one event, the same whenever it is told."""
    change = f"{event.id}\n{event.state}\n{event.time.isoformat()}"
    return hashlib.sha256(change.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _body(event: Event) -> dict[str, object]:
    return {
        "kind": "event",
        "key": _key(event),
        "event": event.id,
        "hazard": event.hazard,
        "state": event.state,
        "camera": event.camera,
        "file": event.file,
        "opened": iso(event.opened),
        "time": iso(event.time),
        "region": list(event.region) if event.region is not None else None,
        "score": event.score,
        "still": event.still,
        "drill": event.drill,
    }
