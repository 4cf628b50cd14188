"""The JSON API of what people do about events, and of where cameras are blind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from landwatch.alert import KEY, LONGEST_NOTE, Book, Cause, Duty
from landwatch.store import Archive
from landwatch.web.asked import CAMERA, LAST, WORD
from landwatch.web.models import BlindOut, DismissalOut, EventLife, Listing, Moment, PeopleAct, PeopleRole
from landwatch.web.problems import ANSWERS, NOT_FOUND, WRITING, Missing, taking

__all__ = ["event_life", "router"]

EVENT = r"^[A-Za-z0-9._-]{1,128}$"

router = APIRouter(prefix="/api/v1", responses=ANSWERS)


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenEventIn(_In):
    """An event that somebody else than the rules has found, or an exercise."""

    camera: str = Field(pattern=CAMERA)
    hazard: str = Field(pattern=r"^[a-z0-9_]{1,32}$", examples=["smoke", "flood"])
    role: PeopleRole = "duty"
    drill: bool = Field(default=False, strict=True, description="An exercise: told as one, never as real.")
    note: str = Field(default="", max_length=LONGEST_NOTE)


class ActOnEventIn(_In):
    """Something to be done about an event."""

    act: PeopleAct
    role: PeopleRole
    version: int = Field(ge=0, strict=True, le=LAST, description="Of the event that was looked at.")
    cause: Cause | None = Field(default=None, description="Why it is none; for dismiss alone.")
    note: str = Field(default="", max_length=LONGEST_NOTE)
    into: str | None = Field(default=None, pattern=EVENT, description="For merge: what it is the same as.")
    desk: str = Field(
        default="", max_length=40, description="For hand_over: to a role, or one of `alert.desks`."
    )


class AskBlind(_In):
    camera: str | None = Field(default=None, pattern=CAMERA, description="Its history, newest first.")
    since: Moment | None = Field(default=None, description="Of a history: what lasted beyond this time.")
    until: Moment | None = Field(default=None, description="Of a history: what began before this time.")
    limit: int = Field(default=100, ge=1, le=1000, description="Of a history: at most so many.")


class AskDismissals(_In):
    camera: str | None = Field(default=None, pattern=CAMERA, description="Only of this camera.")
    hazard: str | None = Field(default=None, pattern=WORD, description="Only of this hazard.")
    since: Moment | None = Field(default=None, description="Dismissed at this time or later.")
    limit: int = Field(default=100, ge=1, le=1000, description="At most so many.")


def _writes(request: Request) -> Duty:
    request.app.state.access.demand(request, "act:events")
    duty: Duty = taking(request.app.state.duty)
    return duty


def _book(request: Request) -> Book:
    book: Book = request.app.state.events
    return book


ToDuty = Annotated[Duty, Depends(_writes)]
FromBook = Annotated[Book, Depends(_book)]


@router.post("/events", status_code=201, tags=["events"], responses=WRITING)
def open_event(request: Request, duty: ToDuty, wanted: OpenEventIn) -> EventLife:
    """Open an event by hand, or an exercise."""
    life = duty.open_event(wanted.camera, wanted.hazard, wanted.role, note=wanted.note, drill=wanted.drill)
    request.app.state.news.publish(life.camera)
    return event_life(request.app.state.archive, duty.book, life.event)


@router.post("/events/{id}/acts", status_code=201, tags=["events"], responses={**WRITING, **NOT_FOUND})
def act_on_event(
    request: Request,
    id: Annotated[str, Path(min_length=1, max_length=128, description="The event's id.")],
    duty: ToDuty,
    wanted: ActOnEventIn,
    idempotency_key: Annotated[
        str | None,
        Header(pattern=KEY.pattern, description="Of this act, which is done once however often it is sent."),
    ] = None,
) -> EventLife:
    """Do something about an event. Where it has changed since `version`, 409 tells how it stands now."""
    duty.follow()
    if duty.book.life(id) is None:
        raise Missing(f"no event has the id {id!r}; /api/v1/events lists them")
    life = duty.act(
        id,
        wanted.act,
        wanted.role,
        version=wanted.version,
        cause=wanted.cause or "",
        note=wanted.note,
        into=wanted.into,
        desk=wanted.desk,
        key=idempotency_key,
    )
    request.app.state.news.publish(life.camera)
    return event_life(request.app.state.archive, duty.book, id)


@router.get("/dismissals", tags=["events"])
def list_dismissals(book: FromBook, ask: Annotated[AskDismissals, Query()]) -> Listing[DismissalOut]:
    """False alarms with their causes, those dismissed last first; drills are none."""
    found = book.dismissals(ask.camera, ask.hazard, ask.since, limit=ask.limit + 1)
    items = tuple(DismissalOut.model_validate(one) for one in found[: ask.limit])
    return Listing[DismissalOut](items=items, more=len(found) > ask.limit)


@router.get("/blind", tags=["cameras"])
def list_blind(book: FromBook, ask: Annotated[AskBlind, Query()]) -> Listing[BlindOut]:
    """Which cameras cannot see which hazards now; or when one could not, newest first."""
    if ask.camera is None:
        now = tuple(BlindOut.model_validate(one) for one in book.blind())
        return Listing[BlindOut](items=now, more=False)
    found = book.blind_times(ask.camera, ask.since, ask.until, limit=ask.limit + 1)
    items = tuple(BlindOut.model_validate(one) for one in found[: ask.limit])
    return Listing[BlindOut](items=items, more=len(found) > ask.limit)


def event_life(archive: Archive, book: Book, id: str) -> EventLife:
    """Return one event with all that the pictures said and people did.

    Raises:
        Missing: if there is none of this id.
    """
    changes = archive.event(id)
    if not changes:
        raise Missing(f"no event has the id {id!r}; /api/v1/events lists them")
    return EventLife.of(changes, book)
