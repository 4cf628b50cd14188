"""Where a camera's readings go, and when they may meet a threshold: the JSON API and a part of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from landwatch.config import Rule
from landwatch.store import Archive
from landwatch.trend import FOLLOWED, SPAN, Course, course
from landwatch.web.asked import CameraName, Nothing
from landwatch.web.models import Listing
from landwatch.web.pages import note_count, page, record_of
from landwatch.web.problems import ANSWERS, NOT_FOUND

__all__ = ["api", "courses_of", "router"]

api = APIRouter(prefix="/api/v1", tags=["readings"], responses=ANSWERS)
router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])

MOST_READINGS = 30_000
"""Of one quantity: more than `SPAN` at one a second. [1]"""


class AheadOut(BaseModel):
    """When a quantity may meet a threshold, if it goes on as it does. An aid, no forecast."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    hazard: str
    threshold: float
    state: Literal["beyond", "nearing", "far"] = Field(
        description="beyond: it is there already; far: not within the hours that were looked at, or no trend."
    )
    earliest: float | None = Field(description="By the fastest slope of the 95 % interval. [h]")
    latest: float | None = Field(description="By the slowest; null where that is not within the hours. [h]")


class CourseOut(BaseModel):
    """Where the readings of one quantity go."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    quantity: str
    unit: str = Field(description="UCUM.")
    method: str
    readings: int = Field(description="Readings that the line was laid through.")
    hours: float = Field(description="From the first to the last of them. [h]")
    now: float = Field(description="Of the line, at the last reading.")
    slope: float = Field(description="Median of slopes between all pairs. [unit/h]")
    slope_sigma: float = Field(description="Standard uncertainty; neighbours err alike. [unit/h]")
    is_trend: bool = Field(description='Whether "no trend" is rejected at 5 %.')
    ahead: tuple[AheadOut, ...]


@api.get("/cameras/{name}/courses", responses=NOT_FOUND)
def list_courses(name: CameraName, request: Request, ask: Nothing) -> Listing[CourseOut]:
    """Where level, visibility and motion go by the newest readings, and when they may meet thresholds."""
    record_of(request, name)
    found = _courses(request, name)
    return Listing[CourseOut](items=tuple(CourseOut.model_validate(one) for one in found), more=False)


@router.get("/parts/cameras/{name}/courses")
def courses_part(request: Request, name: str, hazard: str = "") -> Response:
    """The same for the camera's page, which asks for it once it is shown; for an event's, of its hazard."""
    record_of(request, name)
    found = [
        one
        for one in _courses(request, name)
        if not hazard or any(ahead.hazard == hazard for ahead in one.ahead)
    ]
    return page(request, "parts/courses.html", again=True, courses=found)


def _courses(request: Request, name: str) -> list[Course]:
    rules: Mapping[str, Sequence[Rule]] = request.app.state.rules
    return courses_of(request.app.state.archive, name, rules.get(name, ()))


def courses_of(archive: Archive, camera: str, rules: Sequence[Rule]) -> list[Course]:
    """Return where those quantities of a camera go that have readings enough, in order of name."""
    record = archive.camera(camera)
    if record is None or record.newest is None:
        return []
    since = record.newest.taken - SPAN
    each = (
        archive.readings(camera, quantity, since=since, limit=MOST_READINGS) for quantity in sorted(FOLLOWED)
    )
    return [found for readings in each if (found := course(readings, rules)) is not None]
