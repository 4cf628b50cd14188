"""The JSON API: what cameras there are, how they are, what they see. Read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import Field

from landwatch.alert import Blind, Book
from landwatch.clock import Clock, iso
from landwatch.store import Archive, CameraRecord
from landwatch.types import EventState, FindingState, Status
from landwatch.web.asked import CAMERA, WORD, CameraName, Nothing, Question
from landwatch.web.duty_api import event_life
from landwatch.web.models import (
    CameraOut,
    EventLife,
    EventOut,
    FindingOut,
    ListedEvent,
    Listing,
    Moment,
    OutageOut,
    PictureOut,
    ReadingOut,
)
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.web.states import health, is_late, state_of
from landwatch.web.stills import Stills

__all__ = ["router"]

T = TypeVar("T")

MOST = 1000
"""Most pictures, findings, events or outages in one answer. [1]"""

MOST_READINGS = 10_000
"""Most readings in one answer: a day of one series at 10 s. [1]"""

IMMUTABLE = "public, max-age=31536000, immutable"
"""A still is named by its content, so it never changes."""

router = APIRouter(prefix="/api/v1", responses=ANSWERS)


def _archive(request: Request) -> Archive:
    archive: Archive = request.app.state.archive
    return archive


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _stills(request: Request) -> Stills:
    stills: Stills = request.app.state.stills
    return stills


def _book(request: Request) -> Book:
    book: Book = request.app.state.events
    return book


FromArchive = Annotated[Archive, Depends(_archive)]
FromBook = Annotated[Book, Depends(_book)]
FromClock = Annotated[Clock, Depends(_clock)]
FromStills = Annotated[Stills, Depends(_stills)]

SHA256 = r"^[0-9a-f]{64}$"

Width = Literal["240", "480", "960"]

CameraFilter = Annotated[str | None, Field(pattern=CAMERA, description="Only of this camera.")]
Since = Annotated[Moment | None, Field(description="Not before this time.")]
Until = Annotated[Moment | None, Field(description="Before this time.")]
Limit = Annotated[int, Field(ge=1, le=MOST, description="At most so many.")]


class AskCameras(Question):
    state: FindingState | None = Field(default=None, description="Only cameras in this state.")
    after: str | None = Field(
        default=None, pattern=CAMERA, description="Only cameras whose names come after this one's."
    )
    limit: Limit = 100


class AskPictures(Question):
    since: Since = None
    until: Until = None
    status: Status | None = Field(default=None, description="Only frames of this status.")
    limit: Limit = 100


class AskStill(Question):
    width: Width | None = Field(default=None, description="A copy of at most this width. [px]")


class AskReadings(Question):
    camera: CameraFilter = None
    quantity: str | None = Field(default=None, pattern=WORD, description="Only of this quantity.")
    since: Since = None
    until: Until = None
    limit: int = Field(default=1000, ge=1, le=MOST_READINGS, description="At most so many.")


class AskFindings(Question):
    camera: str = Field(pattern=CAMERA, description="Of this camera.")
    check: str | None = Field(default=None, pattern=WORD, description="Only of this check.")
    since: Since = None
    until: Until = None
    changes: bool = Field(default=False, description="Only those with which the state changed.")
    limit: Limit = 100


class AskEvents(Question):
    camera: CameraFilter = None
    hazard: str | None = Field(default=None, pattern=WORD, description="Only of this hazard.")
    state: EventState | None = Field(default=None, description="Only events that are in this state now.")
    since: Since = None
    limit: Limit = 100


class AskOutages(Question):
    camera: CameraFilter = None
    since: Since = None
    limit: Limit = 100


@router.get("/cameras", tags=["cameras"])
def list_cameras(
    archive: FromArchive, book: FromBook, clock: FromClock, ask: Annotated[AskCameras, Query()]
) -> Listing[CameraOut]:
    """Cameras with their states and newest pictures, in order of name."""
    now = clock.now()
    chosen = [
        camera.name
        for camera in archive.glances()
        if (ask.after is None or camera.name > ask.after) and ask.state in (None, state_of(camera, now))
    ]
    blind: dict[str, list[Blind]] = defaultdict(list)
    for one in book.blind():
        blind[one.camera].append(one)
    records = archive.cameras(chosen[: ask.limit])
    items = tuple(CameraOut.of(camera, health(camera, now), blind[camera.name]) for camera in records)
    return Listing[CameraOut](items=items, more=len(chosen) > len(items))


@router.get("/cameras/{name}", tags=["cameras"], responses=NOT_FOUND)
def get_camera(
    name: CameraName,
    archive: FromArchive,
    book: FromBook,
    clock: FromClock,
    ask: Nothing,
) -> CameraOut:
    """One camera with its state, findings and newest pictures."""
    camera = _camera(archive, name)
    return CameraOut.of(camera, health(camera, clock.now()), book.blind(name))


@router.get("/cameras/{name}/pictures", tags=["pictures"], responses=NOT_FOUND)
def list_pictures(
    name: CameraName, archive: FromArchive, ask: Annotated[AskPictures, Query()]
) -> Listing[PictureOut]:
    """Frames of a camera and what became of them, newest first."""
    _camera(archive, name)
    found = archive.pictures(name, since=ask.since, until=ask.until, limit=ask.limit + 1, status=ask.status)
    return _listing(Listing[PictureOut], map(PictureOut.of, found), ask.limit)


_JPEG: dict[str, Any] = {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}


def _header(description: str, **schema: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


@router.get(
    "/cameras/{name}/newest.jpg",
    tags=["pictures"],
    response_class=Response,
    responses={
        **NOT_FOUND,
        200: {
            "description": "The newest cleared picture, however old: look at its age.",
            **_JPEG,
            "headers": {
                "ETag": _header("SHA-256 of the picture."),
                "Landwatch-Taken": _header("Capture time.", format="date-time"),
                "Landwatch-Age": _header("Time since then. [s]"),
                "Landwatch-Late": _header("true when it is older than three intervals of the camera."),
            },
        },
        304: {"description": "It is still the picture that `If-None-Match` names."},
    },
)
def get_newest(
    name: CameraName,
    archive: FromArchive,
    clock: FromClock,
    stills: FromStills,
    ask: Annotated[AskStill, Query()],
    if_none_match: Annotated[str | None, Header(description="ETag of the picture at hand.")] = None,
) -> Response:
    """The newest cleared picture of a camera, with its age."""
    camera = _camera(archive, name)
    newest, now = camera.newest_shown, clock.now()
    if newest is None or newest.still is None:
        raise Missing(
            f"there is no cleared picture of {name} yet; see /api/v1/cameras/{name}/pictures for why"
        )
    tag = f'"{newest.still}-{ask.width}"' if ask.width else f'"{newest.still}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Landwatch-Taken": iso(newest.taken),
        "Landwatch-Age": f"{(now - newest.taken).total_seconds():.3f}",
        "Landwatch-Late": "true" if is_late(newest.taken, camera.interval, now) else "false",
    }
    if if_none_match is not None and tag in (part.strip() for part in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return _still(stills, newest.still, ask.width, headers)


@router.get(
    "/stills/{sha256}.jpg",
    tags=["pictures"],
    response_class=Response,
    responses={**NOT_FOUND, 200: {"description": "A cleared picture.", **_JPEG}},
)
def get_still(
    sha256: Annotated[str, Path(pattern=SHA256, description="SHA-256 of the picture, hexadecimal.")],
    stills: FromStills,
    ask: Annotated[AskStill, Query()],
) -> Response:
    """A cleared picture by the SHA-256 of its content."""
    return _still(stills, sha256, ask.width, {"Cache-Control": IMMUTABLE, "ETag": f'"{sha256}"'})


@router.get("/readings", tags=["readings"])
def list_readings(archive: FromArchive, ask: Annotated[AskReadings, Query()]) -> Listing[ReadingOut]:
    """The newest readings of the land that fit, oldest first."""
    found = archive.readings(
        camera=ask.camera, quantity=ask.quantity, since=ask.since, until=ask.until, limit=ask.limit + 1
    )
    return _listing(Listing[ReadingOut], map(ReadingOut.of, found), ask.limit, newest_last=True)


@router.get("/findings", tags=["cameras"])
def list_findings(archive: FromArchive, ask: Annotated[AskFindings, Query()]) -> Listing[FindingOut]:
    """The newest findings of a camera that fit, oldest first."""
    found = archive.findings(
        ask.camera,
        check=ask.check,
        since=ask.since,
        until=ask.until,
        limit=ask.limit + 1,
        changes=ask.changes,
    )
    return _listing(Listing[FindingOut], map(FindingOut.of, found), ask.limit, newest_last=True)


@router.get("/events", tags=["events"])
def list_events(
    archive: FromArchive, book: FromBook, ask: Annotated[AskEvents, Query()]
) -> Listing[ListedEvent]:
    """What the pictures say of each event last, newest first, and how it stands with people."""
    found = archive.events(
        camera=ask.camera, hazard=ask.hazard, state=ask.state, since=ask.since, limit=ask.limit + 1
    )
    lives = book.of([event.id for event in found])
    items = [
        ListedEvent.model_validate({**EventOut.of(event).model_dump(), "life": lives.get(event.id)})
        for event in found
    ]
    return _listing(Listing[ListedEvent], items, ask.limit)


@router.get("/events/{id}", tags=["events"], responses=NOT_FOUND)
def get_event(
    id: Annotated[str, Path(min_length=1, max_length=128, description="The event's id.")],
    archive: FromArchive,
    book: FromBook,
    ask: Nothing,
) -> EventLife:
    """One event, with every change in the pictures and every act of people."""
    return event_life(archive, book, id)


@router.get("/outages", tags=["cameras"])
def list_outages(archive: FromArchive, ask: Annotated[AskOutages, Query()]) -> Listing[OutageOut]:
    """Turns in which cameras gave no picture, newest first."""
    found = archive.outages(camera=ask.camera, since=ask.since, limit=ask.limit + 1)
    return _listing(Listing[OutageOut], map(OutageOut.of, found), ask.limit)


def _camera(archive: Archive, name: str) -> CameraRecord:
    camera = archive.camera(name)
    if camera is None:
        raise Missing(f"no camera is called {name!r}; /api/v1/cameras lists them")
    return camera


def _still(stills: Stills, sha256: str, width: Width | None, headers: dict[str, str]) -> Response:
    content = stills.content(sha256, int(width) if width else None)
    if content is None:
        raise Missing(f"no picture {sha256} is kept; it may be older than pictures are kept")
    return Response(content, media_type="image/jpeg", headers=headers)


def _listing(
    kind: type[Listing[T]], found: Iterable[T], limit: int, *, newest_last: bool = False
) -> Listing[T]:
    items = tuple(found)
    kept = items[-limit:] if newest_last else items[:limit]
    return kind(items=kept, more=len(items) > limit)
