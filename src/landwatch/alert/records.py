"""What is known of an event beside what the pictures say: how it stands, who did what, what was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from landwatch.types import Origin

__all__ = [
    "CAUSES",
    "PEOPLE",
    "STANDING",
    "STATES",
    "Act",
    "Alert",
    "AlertKind",
    "Blind",
    "Cause",
    "Deed",
    "Dismissal",
    "Life",
    "LifeState",
    "Role",
    "Stand",
    "Strip",
]

LifeState = Literal["open", "acknowledged", "confirmed", "dismissed", "closed", "merged"]
"""open: nobody has looked. acknowledged: somebody is looking. confirmed: somebody has found it to be so.
dismissed: it is not so. closed: over. merged: the same as another event, which is followed instead."""

STATES: tuple[LifeState, ...] = get_args(LifeState)
STANDING: tuple[LifeState, ...] = ("open", "acknowledged", "confirmed")
"""States in which an event is still somebody's business."""

Act = Literal[
    "open",
    "update",
    "over",
    "acknowledge",
    "confirm",
    "dismiss",
    "close",
    "reopen",
    "merge",
    "split",
    "hand_over",
    "note",
]
"""open, update and over follow the pictures; over: they no longer show it."""

Role = Literal["duty", "expert", "authority", "pictures", "clock"]
PEOPLE: tuple[Role, ...] = ("duty", "expert", "authority")
"""The desk on duty, who knows the hazard or the place, and who must act. Roles: nobody has a name here."""

Cause = Literal[
    "cloud",
    "fog",
    "dust",
    "steam",
    "chimney",
    "glint",
    "lights",
    "rain",
    "shadow",
    "insects",
    "permitted_fire",
    "waves",
    "plants",
    "camera",
    "test",
    "other",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Why what was seen is not the hazard."""

AlertKind = Literal["Alert", "Update", "Cancel"]
"""CAP's msgType."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How one event stands."""

    event: str
    hazard: str
    camera: str
    origin: Origin
    drill: bool
    state: LifeState
    opened: datetime
    changed: datetime
    """Time of the newest act, aware UTC."""
    ended: datetime | None
    """Since when the pictures no longer show it."""
    cause: str
    """Why it was dismissed; empty where it was not."""
    into: str | None
    """Id of the event that it was merged into."""
    version: int
    """One more with each act: who acts says which one was looked at."""
    desk: str = ""
    """Whose business it is since it was handed over: a role of `PEOPLE` or a desk of the configuration."""

    @property
    def stands(self) -> bool:
        """True while it is still somebody's business."""
        return self.state in STANDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One act in the life of an event."""

    time: datetime
    act: Act
    state: LifeState
    """Of the event after it."""
    role: Role
    cause: str
    note: str
    desk: str = ""
    """To whom the event was handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message that was written for an outlet."""

    outlet: str
    identifier: str
    sender: str
    sent: datetime
    kind: AlertKind
    act: str
    """What it tells: an act, or told_again, renew or moved_on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One cleared picture from around an event's opening."""

    still: str
    """SHA-256."""
    taken: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """One false alarm of one camera with its cause: what an instrument may learn from."""

    event: str
    hazard: str
    camera: str
    opened: datetime
    dismissed: datetime
    cause: str
    score: float
    """The greatest that the rule had. [1]"""
    region: tuple[int, int, int, int] | None
    """Where the pictures showed it last. [px]"""
    still: str | None
    """SHA-256 of the cleared picture that opened it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """That a camera cannot see a hazard."""

    camera: str
    hazard: str
    why: str
    """Why a reading was absent, a check that is bad, or stale."""
    began: datetime
    """When it went blind, for whatever reason, aware UTC."""
    since: datetime
    """When it became blind for this reason."""
    until: datetime | None
    """When it could see again; None while it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What alerts say of a hazard in CAP's words."""

    category: str
    severity: str
    urgency: str
    certainty: str
