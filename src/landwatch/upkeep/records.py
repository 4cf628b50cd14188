"""What upkeep knows: who is responsible, what stands where, how cameras are, and the work on them.

Nobody has a name here: work is given to organisations, and what was done was done in a role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from landwatch.types import FindingState

__all__ = [
    "ACTS",
    "CLOSED",
    "INCOMES",
    "LIFECYCLES",
    "ORDER_STATES",
    "PEOPLE",
    "ROLES",
    "SETTLEMENTS",
    "Act",
    "Asset",
    "Attachment",
    "Condition",
    "Income",
    "Lifecycle",
    "LifecycleChange",
    "Opening",
    "Order",
    "OrderState",
    "Organisation",
    "Origin",
    "Role",
    "Scope",
    "Settlement",
    "Site",
    "Step",
]

Lifecycle = Literal["planned", "active", "maintenance", "retired"]
"""What is meant to be with a camera; another thing than how it is."""
LIFECYCLES: tuple[Lifecycle, ...] = get_args(Lifecycle)

Settlement = Literal["urban", "rural", "unknown"]
SETTLEMENTS: tuple[Settlement, ...] = get_args(Settlement)

Income = Literal["low", "middle", "high", "unknown"]
"""Class of an administrative area among its country's, as its users' statistics have it."""
INCOMES: tuple[Income, ...] = get_args(Income)

Scope = Literal["camera", "site", "fleet"]
Origin = Literal["pictures", "hand", "report"]
"""Who opened an order: the pictures themselves, somebody at a desk, or somebody at the pole."""

OrderState = Literal["open", "assigned", "acknowledged", "on_hold", "done", "verified", "cancelled"]
ORDER_STATES: tuple[OrderState, ...] = get_args(OrderState)
CLOSED: frozenset[OrderState] = frozenset({"verified", "cancelled"})

Act = Literal[
    "open",
    "assign",
    "acknowledge",
    "hold",
    "resume",
    "done",
    "verify",
    "reopen",
    "cancel",
    "note",
    "escalate",
]
ACTS: tuple[Act, ...] = get_args(Act)

Role = Literal["maintainer", "manager", "inspector", "visitor", "pictures", "clock"]
"""In which role something was done. `visitor` stood at the pole; `pictures` and `clock` are Landwatch."""
ROLES: tuple[Role, ...] = get_args(Role)
PEOPLE: tuple[Role, ...] = ("maintainer", "manager", "inspector")
"""Roles that somebody at a desk may act in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who builds, manages or maintains cameras."""

    name: str
    """Lower case, digits, dot, dash, underscore."""
    title: str = ""
    contact: str = ""
    """Of a desk, never of somebody: an e-mail address or an Apprise URL. No page shows it, nor the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where cameras stand."""

    name: str
    title: str = ""
    latitude: float | None = None
    """[deg]"""
    longitude: float | None = None
    """[deg]"""
    area: str = ""
    """Administrative area, as its users write it."""
    settlement: Settlement = "unknown"
    income: Income = "unknown"
    """Of the area, not of anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """What is known of a camera as property."""

    camera: str
    """Name of the camera in the configuration; a planned one may not be there yet."""
    site: str | None = None
    make: str = ""
    model: str = ""
    serial: str = ""
    installed: date | None = None
    built_by: str | None = None
    managed_by: str | None = None
    maintained_by: str | None = None
    contract: str = ""
    """Number of the contract."""
    warranty: date | None = None
    """Its last day."""
    level: str | None = None
    """Service level."""
    lifecycle: Lifecycle = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleChange:
    """One change of a camera's lifecycle."""

    time: datetime
    lifecycle: Lifecycle
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a camera is, from `since` to the next condition's."""

    camera: str
    since: datetime
    noted: datetime
    """When it had lasted long enough to be believed."""
    state: FindingState
    cause: str
    """A check, `no_picture` or `unusable`; empty where the state is good or unknown."""
    detail: str = ""
    before: str | None = None
    """SHA-256 of the last cleared picture of the better state."""
    after: str | None = None
    """SHA-256 of a cleared picture of this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a new work order says."""

    scope: Scope
    subject: str
    """Name of the camera or the site; empty for the fleet."""
    cause: str
    """What the pictures must no longer show: a check, no_picture, unusable; or a word of whoever opens it."""
    origin: Origin
    since: datetime
    """When the trouble began."""
    detail: str = ""
    before: str | None = None
    after: str | None = None
    repair_by: datetime | None = None
    """By when it is to be mended; None for the time of the service level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A work order as it is now."""

    id: int
    scope: Scope
    subject: str
    cause: str
    detail: str
    origin: Origin
    state: OrderState
    opened: datetime
    since: datetime
    organisation: str | None
    """Who is to mend it."""
    level: str | None
    respond_by: datetime | None
    repair_by: datetime | None
    """None while the order is on hold as well."""
    acknowledged: datetime | None
    done: datetime | None
    closed: datetime | None
    before: str | None
    """SHA-256 of the last cleared picture that was well."""
    after: str | None
    """SHA-256 of a cleared picture that shows the trouble."""
    mended: str | None
    """SHA-256 of the cleared picture that shows the repair."""
    version: int
    """One more with each step: who acts on what he saw names it, and is refused if it has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done with a work order. Steps are never changed or deleted."""

    time: datetime
    act: Act
    state: OrderState
    """Of the order after it."""
    role: Role
    organisation: str | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A text that belongs to a work order."""

    time: datetime
    name: str
    media_type: str
    sha256: str
    content: str
