"""The JSON API of upkeep: registers to read, work orders to read and to follow."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from landwatch.types import FindingState
from landwatch.upkeep import Act, Book, Desk, Lifecycle, Opening, Role
from landwatch.upkeep.desk import LONGEST_NOTE
from landwatch.upkeep.records import Income, OrderState, Origin, Scope, Settlement
from landwatch.web.asked import CAMERA, LAST, Nothing
from landwatch.web.models import Listing, Time
from landwatch.web.problems import ANSWERS, NOT_FOUND, WRITING, Missing, taking

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["upkeep"], responses=ANSWERS)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrganisationOut(_Out):
    """Who builds, manages or maintains cameras. How its desk is reached is not told."""

    name: str
    title: str


class SiteOut(_Out):
    """Where cameras stand."""

    name: str
    title: str
    latitude: float | None = Field(description="[deg]")
    longitude: float | None = Field(description="[deg]")
    area: str = Field(description="Administrative area.")
    settlement: Settlement
    income: Income = Field(description="Class of the area among its country's, as its users have it.")


class LevelOut(_Out):
    """A service level."""

    name: str
    target: float = Field(description="Share of time that a camera is to be good. [%]")
    response: float = Field(description="Until it is acknowledged, in service time. [h]")
    repair: float = Field(description="Until it is mended, in service time. [h]")
    hours: str
    zone: str
    holidays: str
    escalation: str


class AssetOut(_Out):
    """What is known of a camera as property."""

    camera: str
    site: str | None
    make: str
    model: str
    serial: str
    installed: date | None
    built_by: str | None
    managed_by: str | None
    maintained_by: str | None
    contract: str
    warranty: date | None
    level: str | None
    lifecycle: Lifecycle


class ConditionOut(_Out):
    """How a camera is, from `since` on."""

    camera: str
    since: Time
    noted: Time = Field(description="When it had lasted long enough to be believed.")
    state: FindingState
    cause: str = Field(description="A check, no_picture or unusable; empty where there is none.")
    detail: str
    before: str | None = Field(description="SHA-256 of the last cleared picture of the better state.")
    after: str | None = Field(description="SHA-256 of a cleared picture of this state.")


class OrderOut(_Out):
    """A work order as it is now."""

    id: int
    scope: Scope
    subject: str = Field(description="Name of the camera or the site; empty for the fleet.")
    cause: str
    detail: str
    origin: Origin
    state: OrderState
    opened: Time
    since: Time
    organisation: str | None = Field(description="Who is to mend it.")
    level: str | None
    respond_by: Time | None
    repair_by: Time | None = Field(description="null while it is on hold as well.")
    acknowledged: Time | None
    done: Time | None
    closed: Time | None
    before: str | None
    after: str | None
    mended: str | None
    version: int = Field(description="Send it with an act, so that nothing that has changed is acted on.")


class StepOut(_Out):
    """One thing that was done with a work order."""

    time: Time
    act: Act
    state: OrderState
    role: Role
    organisation: str | None
    note: str


class OrderLife(_Out):
    """A work order with all that was done, oldest first."""

    order: OrderOut
    steps: tuple[StepOut, ...]


class OpenIn(_In):
    """A new work order."""

    camera: str = Field(pattern=CAMERA)
    cause: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["blur", "bracket"])
    note: str = Field(default="", max_length=LONGEST_NOTE)
    role: Literal["maintainer", "manager", "inspector"] = "manager"


class ActIn(_In):
    """Something to be done with a work order."""

    act: Literal["assign", "acknowledge", "hold", "resume", "done", "verify", "reopen", "cancel", "note"]
    role: Literal["maintainer", "manager", "inspector"]
    version: int = Field(ge=0, strict=True, le=LAST)
    note: str = Field(default="", max_length=LONGEST_NOTE)
    organisation: str | None = Field(default=None, pattern=CAMERA)


class AskOrders(_In):
    standing: bool | None = Field(default=None, description="Only those that are not closed, or that are.")
    scope: Scope | None = Field(default=None, description="Only of this kind of subject.")
    subject: str | None = Field(default=None, pattern=CAMERA, description="Only of this camera or site.")
    organisation: str | None = Field(
        default=None, pattern=CAMERA, description="Only those that it is to mend."
    )
    limit: int = Field(default=100, ge=1, le=1000, description="At most so many.")


class AskConditions(_In):
    camera: str | None = Field(default=None, pattern=CAMERA, description="Its history, newest first.")
    limit: int = Field(default=100, ge=1, le=1000, description="Of a history.")


def _book(request: Request) -> Book:
    book: Book = request.app.state.book
    return book


def _writes(request: Request) -> Desk:
    request.app.state.access.demand(request, "act:orders")
    desk: Desk = taking(request.app.state.desk)
    return desk


FromBook = Annotated[Book, Depends(_book)]
ToDesk = Annotated[Desk, Depends(_writes)]
Number = Annotated[int, Path(ge=1, le=LAST, description="Number of the work order.")]


@router.get("/organisations")
def list_organisations(book: FromBook, ask: Nothing) -> Listing[OrganisationOut]:
    """Organisations, in order of name."""
    items = tuple(OrganisationOut.model_validate(one) for one in book.organisations())
    return Listing[OrganisationOut](items=items, more=False)


@router.get("/sites")
def list_sites(book: FromBook, ask: Nothing) -> Listing[SiteOut]:
    """Sites, in order of name."""
    return Listing[SiteOut](items=tuple(SiteOut.model_validate(one) for one in book.sites()), more=False)


@router.get("/levels")
def list_levels(book: FromBook, ask: Nothing) -> Listing[LevelOut]:
    """Service levels, in order of name."""
    return Listing[LevelOut](items=tuple(LevelOut.model_validate(one) for one in book.levels()), more=False)


@router.get("/assets")
def list_assets(book: FromBook, ask: Nothing) -> Listing[AssetOut]:
    """What is known of cameras as property, in order of name."""
    return Listing[AssetOut](items=tuple(AssetOut.model_validate(one) for one in book.assets()), more=False)


@router.get("/conditions")
def list_conditions(book: FromBook, ask: Annotated[AskConditions, Query()]) -> Listing[ConditionOut]:
    """How each camera is now; or how one was, newest first."""
    found = book.conditions(ask.camera, limit=ask.limit + 1)
    kept = found if ask.camera is None else found[: ask.limit]
    items = tuple(ConditionOut.model_validate(one) for one in kept)
    return Listing[ConditionOut](items=items, more=len(found) > len(kept))


@router.get("/orders")
def list_orders(book: FromBook, ask: Annotated[AskOrders, Query()]) -> Listing[OrderOut]:
    """Work orders, those that were opened last first."""
    found = book.orders(
        standing=ask.standing,
        scope=ask.scope,
        subject=ask.subject,
        organisation=ask.organisation,
        limit=ask.limit + 1,
    )
    items = tuple(OrderOut.model_validate(one) for one in found[: ask.limit])
    return Listing[OrderOut](items=items, more=len(found) > ask.limit)


@router.get("/orders/{number}", responses=NOT_FOUND)
def get_order(number: Number, book: FromBook, ask: Nothing) -> OrderLife:
    """One work order with all that was done."""
    return _life(book, number)


@router.post("/orders", status_code=201, responses=WRITING)
def open_order(request: Request, desk: ToDesk, wanted: OpenIn) -> OrderLife:
    """Open a work order, or find the one that stands for this camera and cause."""
    opening = Opening(
        scope="camera",
        subject=wanted.camera,
        cause=wanted.cause,
        origin="hand",
        since=request.app.state.clock.now(),
        detail=wanted.note,
    )
    order, _ = desk.open_order(opening, wanted.role, note=wanted.note)
    request.app.state.news.publish()
    return _life(desk.book, order.id)


@router.post("/orders/{number}/steps", status_code=201, responses={**WRITING, **NOT_FOUND})
def act(request: Request, number: Number, desk: ToDesk, wanted: ActIn) -> OrderLife:
    """Do something with a work order."""
    if desk.book.order(number) is None:
        raise Missing(f"there is no order {number}; /api/v1/orders lists them")
    desk.act(
        number,
        wanted.act,
        wanted.role,
        note=wanted.note,
        organisation=wanted.organisation,
        version=wanted.version,
    )
    request.app.state.news.publish()
    return _life(desk.book, number)


def _life(book: Book, number: int) -> OrderLife:
    order = book.order(number)
    if order is None:
        raise Missing(f"there is no order {number}; /api/v1/orders lists them")
    return OrderLife(
        order=OrderOut.model_validate(order),
        steps=tuple(StepOut.model_validate(step) for step in book.steps(number)),
    )
