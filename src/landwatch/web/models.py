"""What the API answers with, as it is described in its OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from landwatch.alert import Act, AlertKind, Blind, Book, LifeState, Role
from landwatch.clock import iso
from landwatch.store import CameraRecord, PictureRecord
from landwatch.types import (
    Absence,
    Event,
    EventState,
    Finding,
    FindingState,
    Origin,
    Outage,
    Reading,
    Region,
    Status,
    TimeFrom,
)
from landwatch.web.states import Health, without_address

__all__ = [
    "BlindOut",
    "CameraOut",
    "Day",
    "DismissalOut",
    "EventLife",
    "EventOut",
    "Fault",
    "FindingOut",
    "HealthOut",
    "LifeOut",
    "ListedEvent",
    "Listing",
    "Moment",
    "OutageOut",
    "PeopleAct",
    "PeopleRole",
    "PictureOut",
    "Problem",
    "ReadingOut",
    "Time",
    "time_of",
]

T = TypeVar("T")

RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def time_of(text: object) -> datetime:
    """Return the aware UTC time of an RFC 3339 text; what no `datetime` can hold becomes the nearest."""
    found = RFC3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("write an RFC 3339 time with a zone, such as 2026-07-01T12:00:00Z")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if second > 60 or int(found[10] or 0) > 23 or int(found[11] or 0) > 59:
        raise ValueError("there is no such time of day")
    if year == 0:
        return FIRST
    fraction = 0 if second < 60 else 999_999
    fraction = int((found[7] or "").ljust(6, "0")[:6]) if found[7] and second < 60 else fraction
    # A leap second is the last microsecond of its minute: no `datetime` can hold it.
    local = datetime(year, month, day, hour, minute, min(second, 59), fraction, tzinfo=UTC)
    shift = timedelta(hours=int(found[10] or 0), minutes=int(found[11] or 0))
    try:
        return local - shift if found[9] != "-" else local + shift
    except OverflowError:
        return FIRST if found[9] != "-" else LAST


_DATE_TIME: dict[str, Any] = {
    "type": "string",
    "format": "date-time",
    "examples": ["2026-07-01T12:00:00Z"],
}

Time = Annotated[datetime, PlainSerializer(iso, return_type=str), WithJsonSchema(_DATE_TIME)]
"""A time in an answer: RFC 3339, UTC, with Z."""

Moment = Annotated[datetime, BeforeValidator(time_of), WithJsonSchema(_DATE_TIME)]
"""A time in a question: RFC 3339 with any offset."""


def _day(text: object) -> object:
    """Return a day's text as it is; a number, which could be taken for seconds, is refused."""
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is None:
        raise ValueError("write a day such as 2026-07-01")
    return text


Day = Annotated[date, BeforeValidator(_day)]
"""A day in a question."""


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Fault(_Out):
    """What is wrong with one part of a question."""

    place: str = Field(description="query, path, header or body.", examples=["query"])
    parameter: str = Field(description="Its name; empty for all of the place.", examples=["limit"])
    detail: str = Field(description="What is allowed.")


class Problem(_Out):
    """Problem details, RFC 9457."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"description": "Problem details (RFC 9457)."})

    type: str = Field(default="about:blank", description="Identifies the kind of problem.")
    title: str = Field(description="The kind of problem, the same each time.", examples=["Not Found"])
    status: int = Field(description="The HTTP status code.", examples=[404])
    detail: str = Field(description="What was wrong this time, and the way out.")
    instance: str = Field(description="The path that was asked for.")
    errors: tuple[Fault, ...] = Field(default=(), description="Each parameter that is wrong.")


class PlaceOut(_Out):
    """Where a camera stands, WGS 84."""

    latitude: float = Field(description="[deg]")
    longitude: float = Field(description="[deg]")
    elevation: float | None = Field(description="Above mean sea level. [m]")


class PictureOut(_Out):
    """What is kept of one frame: cleared with a still, withheld or forgotten without."""

    camera: str
    name: str = Field(description="What the source calls the frame.")
    taken: Time = Field(description="Capture time.")
    time_from: TimeFrom = Field(description="Where the capture time came from.")
    received: Time
    status: Status
    reason: str | None = Field(description="Why there is no picture; null for a cleared one.")
    still: str | None = Field(description="SHA-256 of the cleared picture; null if none is kept.")
    width: int | None = Field(description="[px]")
    height: int | None = Field(description="[px]")
    url: str | None = Field(description="Path of the cleared picture.")

    @classmethod
    def of(cls, record: PictureRecord) -> PictureOut:
        """Return the answer for a record, without the masked band: a series of it would tell of people."""
        return cls(
            camera=record.camera,
            name=record.name,
            taken=record.taken,
            time_from=record.time_from,
            received=record.received,
            status=record.status,
            reason=record.reason,
            still=record.still,
            width=record.width,
            height=record.height,
            url=f"/api/v1/stills/{record.still}.jpg" if record.still else None,
        )


class FindingOut(_Out):
    """What one check said of a camera at one time."""

    camera: str
    check: str
    time: Time
    state: FindingState
    value: float | None
    unit: str = Field(description="UCUM.")
    since: Time = Field(description="When the camera came into this state.")
    detail: str

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        """Return the answer for a finding."""
        return cls.model_validate(finding)


class ReadingOut(_Out):
    """One value of the land at one time; what was not seen has no value, and says why."""

    camera: str
    quantity: str
    time: Time
    value: float | None
    unit: str = Field(description="UCUM.")
    sigma: float | None = Field(description="Standard uncertainty, in `unit`.")
    absent: Absence | None = Field(description="Why there is no value.")
    flags: tuple[str, ...] = Field(description="Rules that make the value doubtful.")
    method: str = Field(description="Instrument and version.", examples=["greenness/1"])
    region: Region | None = Field(description="Left, top, right, bottom in the original picture. [px]")

    @classmethod
    def of(cls, reading: Reading) -> ReadingOut:
        """Return the answer for a reading."""
        return cls.model_validate(reading)


class EventOut(_Out):
    """One state of a hazard event."""

    id: str
    hazard: str
    camera: str
    state: EventState
    opened: Time
    time: Time = Field(description="When it came into this state.")
    score: float = Field(description="Of the rule that holds it open. [1]")
    region: Region | None = Field(description="Left, top, right, bottom in the original picture. [px]")
    file: str = Field(description="Name of the frame that made the change.")
    still: str | None = Field(description="SHA-256 of the cleared picture that made the change.")
    origin: Origin = Field(description="Whether the rules opened it, or somebody by hand.")
    drill: bool = Field(description="An exercise: nothing of it is real.")

    @classmethod
    def of(cls, event: Event) -> EventOut:
        """Return the answer for an event."""
        return cls.model_validate(event)


PeopleAct = Literal[
    "acknowledge", "confirm", "dismiss", "close", "reopen", "merge", "split", "hand_over", "note"
]
PeopleRole = Literal["duty", "expert", "authority"]


class LifeOut(_Out):
    """How an event stands with people, beside what the pictures say."""

    event: str
    hazard: str
    camera: str
    origin: Origin
    drill: bool
    state: LifeState
    opened: Time
    changed: Time = Field(description="Time of the newest act.")
    ended: Time | None = Field(description="Since when the pictures no longer show it.")
    cause: str = Field(description="Why it was dismissed; empty where it was not.")
    into: str | None = Field(description="Id of the event that it was merged into.")
    version: int = Field(description="Send it with an act, so that nothing that has changed is acted on.")
    desk: str = Field(description="To which it was handed over: a role, or a desk of the configuration.")


class ListedEvent(EventOut):
    """What the pictures say of an event last, and how it stands with people."""

    life: LifeOut | None = Field(description="null in the moment before the pictures' word is followed.")


class DeedOut(_Out):
    """One thing that was done about an event."""

    time: Time
    act: Act
    state: LifeState
    role: Role
    cause: str
    note: str
    desk: str = Field(description="To which it was handed over; empty for other acts.")


class AlertOut(_Out):
    """One alert that was written for an outlet."""

    outlet: str
    identifier: str
    sender: str
    sent: Time
    kind: AlertKind
    act: str


class StripOut(_Out):
    """One cleared picture from around an event's opening."""

    still: str = Field(description="SHA-256 of the cleared picture.")
    taken: Time


class EventLife(_Out):
    """An event from its opening on."""

    id: str
    hazard: str
    camera: str
    state: EventState = Field(description="What the pictures say.")
    opened: Time
    origin: Origin
    drill: bool
    life: LifeOut | None = Field(description="How it stands with people.")
    changes: tuple[EventOut, ...] = Field(description="What the pictures said, oldest first.")
    deeds: tuple[DeedOut, ...] = Field(description="What was done about it, oldest first.")
    alerts: tuple[AlertOut, ...] = Field(description="What was told of it, oldest first.")
    merged: tuple[str, ...] = Field(description="Ids of the events that were merged into it.")
    strip: tuple[StripOut, ...] = Field(description="From before and after its opening, oldest first.")

    @classmethod
    def of(cls, changes: Sequence[Event], book: Book) -> EventLife:
        """Return the answer for an event of which these are the changes in the pictures."""
        newest = changes[-1]
        life = book.life(newest.id)
        return cls(
            id=newest.id,
            hazard=newest.hazard,
            camera=newest.camera,
            state=newest.state,
            opened=newest.opened,
            origin=newest.origin,
            drill=newest.drill,
            life=None if life is None else LifeOut.model_validate(life),
            changes=tuple(EventOut.of(change) for change in changes),
            deeds=tuple(DeedOut.model_validate(deed) for deed in book.deeds(newest.id)),
            alerts=tuple(AlertOut.model_validate(alert) for alert in book.alerts(newest.id)),
            merged=tuple(one.event for one in book.merged(newest.id)),
            strip=tuple(StripOut.model_validate(one) for one in book.strip(newest.id)),
        )


class DismissalOut(_Out):
    """One false alarm of one camera with its cause."""

    event: str
    hazard: str
    camera: str
    opened: Time
    dismissed: Time
    cause: str
    score: float = Field(description="The greatest that the rule had. [1]")
    region: Region | None = Field(description="Left, top, right, bottom in the original picture. [px]")
    still: str | None = Field(description="SHA-256 of the cleared picture that opened it.")


class BlindOut(_Out):
    """That a camera cannot see a hazard: it says nothing of whether there is one."""

    camera: str
    hazard: str
    why: str = Field(
        description="Why readings are absent, a check that is bad, or stale where no picture comes.",
        examples=["night", "fog", "covered", "moved", "stale"],
    )
    began: Time = Field(description="When it went blind, for whatever reason.")
    since: Time = Field(description="Since when for this reason.")
    until: Time | None = Field(description="When it could see again; null while it cannot.")


class OutageOut(_Out):
    """A turn in which a camera gave no picture."""

    camera: str
    time: Time
    kind: str = Field(examples=["refused", "timeout", "auth", "protocol", "ended", "missing"])
    message: str

    @classmethod
    def of(cls, outage: Outage) -> OutageOut:
        """Return the answer for an outage."""
        return cls(
            camera=outage.camera,
            time=outage.time,
            kind=outage.kind,
            message=without_address(outage.message),
        )


class CameraOut(_Out):
    """A camera and the newest of what is known of it."""

    name: str
    title: str
    place: PlaceOut | None
    interval: float = Field(description="Time between pictures. [s]")
    kind: str = Field(description="Of source; never its address.")
    followed: bool = Field(description="Whether pictures are taken from it now.")
    state: FindingState = Field(description="The worst of its checks, and of how old its newest picture is.")
    late: bool = Field(
        description="Whether its newest picture is older than three intervals, or there is none."
    )
    newest: PictureOut | None = Field(description="The newest frame, kept or not.")
    newest_shown: PictureOut | None = Field(description="The newest cleared picture.")
    findings: tuple[FindingOut, ...] = Field(description="The newest of each check.")
    last_outage: OutageOut | None
    blind: tuple[BlindOut, ...] = Field(
        description="Hazards that it cannot see now. That it tells of no event of these means nothing."
    )

    @classmethod
    def of(cls, record: CameraRecord, health: Health, blind: Sequence[Blind] = ()) -> CameraOut:
        """Return the answer for a camera that is in the state `health`."""
        place = record.place
        return cls(
            name=record.name,
            title=record.title,
            place=None if place is None else PlaceOut.model_validate(place),
            interval=record.interval,
            kind=record.kind,
            followed=record.followed,
            state=health.state,
            late=health.late,
            newest=None if record.newest is None else PictureOut.of(record.newest),
            newest_shown=None if record.newest_shown is None else PictureOut.of(record.newest_shown),
            findings=tuple(FindingOut.of(finding) for finding in record.findings),
            last_outage=None if record.last_outage is None else OutageOut.of(record.last_outage),
            blind=tuple(BlindOut.model_validate(one) for one in blind),
        )


class Listing(_Out, Generic[T]):
    """Some of what there is."""

    items: tuple[T, ...]
    more: bool = Field(
        description="Whether there is more than `limit` allowed; ask again by `since`, `until` or `after`."
    )


class HealthOut(_Out):
    """Whether Landwatch is at work, and its pictures are fresh."""

    status: Literal["ok", "empty", "starting", "stale", "alarm", "stopped"] = Field(
        description=(
            "ok: the keeper keeps and at least one camera is fresh; empty: no camera is enrolled; starting: "
            "nothing was kept yet; stale: no camera is fresh, or nothing was kept for long; alarm: a part "
            "has stopped and needs a person; stopped: the keeper has stopped."
        )
    )
    alarms: list[str] = Field(description="What operators must be told since the start.")
    cameras: int = Field(description="Cameras that are followed.")
    fresh: int = Field(description="Cameras with a cleared picture within three of their intervals.")
    newest_commit: Time | None = Field(description="When something was kept last.")
    now: Time
    version: str
