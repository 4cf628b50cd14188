"""Rates and gaps: pages and the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from landwatch.errors import UsageError
from landwatch.store import Archive
from landwatch.upkeep import Gap, Survey, gaps, survey
from landwatch.upkeep.gaps import Verdict
from landwatch.upkeep.history import STEPS, Period, Step, history, usual_step
from landwatch.upkeep.rates import DIMENSIONS, LONGEST_D, RATES, Dimension, Group, Rate, RateName, month
from landwatch.web.models import Day, Listing, Time
from landwatch.web.pages import page
from landwatch.web.problems import ANSWERS
from landwatch.web.words import N_, RATE_TITLES

__all__ = ["api", "router"]

MOST_GROUPS = 500
"""On a page; the API and the command have all. [1]"""

EARLIEST, LATEST = date(1980, 1, 1), date(9998, 12, 31)
"""No camera is older; and the day after it is still a date."""

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["upkeep"], responses=ANSWERS)


DEFINITIONS: Mapping[RateName, str] = {
    "online": N_("five-minute slots in which the camera was heard, of those in which it was meant to work"),
    "good": N_("time in good condition, of the time in which it was meant to work"),
    "completeness": N_("pictures that came, of those that were expected"),
    "delay": N_("mean time from capture to arrival, of pictures with a capture time of their own"),
    "in_time": N_("work orders mended by their deadline, of those whose deadline is over"),
    "on_target": N_("cameras that reach the target of their service level, of those that have one"),
    "repair": N_("mean time from opening to mending, of work orders mended and verified"),
}

KINDS: Mapping[str, str] = {
    "all": N_("All"),
    "camera": N_("Camera"),
    "site": N_("Site"),
    "area": N_("Area"),
    "settlement": N_("Urban or rural"),
    "income": N_("Income of the area"),
    "make": N_("Make"),
    "age": N_("Age"),
    "built_by": N_("Built by"),
    "managed_by": N_("Managed by"),
    "maintained_by": N_("Maintained by"),
}

STEP_WORDS: Mapping[Step, str] = {"day": N_("by day"), "week": N_("by week"), "month": N_("by month")}

NAMES: Mapping[str, str] = {
    "urban": N_("urban"),
    "rural": N_("rural"),
    "low": N_("low income"),
    "middle": N_("middle income"),
    "high": N_("high income"),
    "0-2": N_("under 2 years"),
    "2-5": N_("2 to 5 years"),
    "5-8": N_("5 to 8 years"),
    "8+": N_("8 years and more"),
    "behind": N_("behind"),
    "ahead": N_("ahead"),
    "no difference shown": N_("no difference shown"),
    "too few": N_("too few sites to tell"),
    "all alike": N_("all sites alike, so no interval"),
}


class RateOut(BaseModel):
    """One rate of one group."""

    model_config = ConfigDict(frozen=True)

    group: str | None = Field(description="null for all cameras; empty where the register does not say.")
    cameras: int = Field(description="That were meant to work at some time.")
    rate: RateName
    value: float | None = Field(description="null where there is nothing to count.")
    unit: str = Field(description="UCUM.")
    numerator: float
    denominator: float
    counted: str = Field(description="What numerator and denominator count.")
    excluded: dict[str, float] = Field(description="What is not counted, or not as good, by reason.")


class SurveyOut(BaseModel):
    """Rates of the groups of a fleet."""

    model_config = ConfigDict(frozen=True)

    by: Dimension
    start: date
    end: date = Field(description="The day after the last one.")
    as_of: Time
    left_out: int = Field(description="Cameras that are neither registered nor followed any longer.")
    rates: tuple[RateOut, ...]


class GapOut(BaseModel):
    """How far one kind of cameras is from the others in one rate."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    by: Dimension
    of: str
    others: tuple[str, ...]
    rate: RateName
    value: float | None
    other: float | None
    difference: float | None = Field(description="Negative where it falls behind. [1]")
    low: float | None = Field(description="Of the interval; all intervals hold together with 95 %.")
    high: float | None
    cameras: tuple[int, int]
    sites: tuple[int, int]
    verdict: Verdict


class AskDays(BaseModel):
    """Which days; the last thirty where nothing is said. The answer says which were counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    end: Day | None = Field(default=None, description="The day after the last one; else tomorrow.")
    days: int = Field(default=30, ge=1, le=LONGEST_D, description="How many, up to `end`.")


class AskRates(AskDays):
    """Which days, and grouped by what."""

    by: Dimension = Field(default="all", description="What the cameras are put together by.")


class AskHistory(AskDays):
    """Which days, and by what."""

    step: Step | None = Field(default=None, description="The shortest that can be plotted where left out.")


class PeriodOut(BaseModel):
    """Rates of all cameras over a day, a week from Monday, or a month; the first and last may be cut."""

    model_config = ConfigDict(frozen=True)

    start: date
    end: date = Field(description="The day after the last one.")
    online: float | None = Field(description="null where nothing was kept of any camera.")
    good: float | None
    completeness: float | None

    @classmethod
    def of(cls, period: Period) -> PeriodOut:
        """Return the answer for a period."""
        return cls(
            start=period.start,
            end=period.end,
            online=period.value("online"),
            good=period.value("good"),
            completeness=period.value("completeness"),
        )


class HistoryOut(BaseModel):
    """Rates over time, oldest first."""

    model_config = ConfigDict(frozen=True)

    step: Step
    as_of: Time
    periods: tuple[PeriodOut, ...]
    more: bool = Field(
        description="Whether there are earlier ones; ask by a longer step, or for an earlier end."
    )


@api.get("/rates")
def get_rates(request: Request, ask: Annotated[AskRates, Query()]) -> SurveyOut:
    """Rates of the fleet, each with what was counted and what was not."""
    found = _survey(request, ask.by, *_days(ask, request))
    return SurveyOut(
        by=found.by,
        start=found.start,
        end=found.end,
        as_of=found.as_of,
        left_out=found.left_out,
        rates=tuple(
            _out(None if group is found.total else group.name, group, rate)
            for group in (*found.groups, found.total)
            for rate in group.rates.values()
        ),
    )


@api.get("/gaps")
def get_gaps(request: Request, ask: Annotated[AskDays, Query()]) -> Listing[GapOut]:
    """Where the rural, the poor and the old fall behind."""
    found = _gaps(request, *_days(ask, request))
    return Listing[GapOut](items=tuple(GapOut.model_validate(gap) for gap in found), more=False)


@api.get("/rates/history")
def get_history(request: Request, ask: Annotated[AskHistory, Query()]) -> HistoryOut:
    """Rates of all cameras over time; a time in which nothing was kept has none."""
    start, end = _days(ask, request)
    step = ask.step or usual_step(start, end)
    archive: Archive = request.app.state.archive
    found = history(archive.reading, start, end, step, now=_now(request))
    return HistoryOut(
        step=step,
        as_of=_now(request),
        periods=tuple(PeriodOut.of(period) for period in found),
        more=found[0].start > start,
    )


@router.get("/rates")
def rates_page(request: Request) -> Response:
    """Rates as a table and bars."""
    start, end = _asked(request)
    wanted = request.query_params.get("by")
    by: Dimension = next((one for one in DIMENSIONS if one == wanted), "settlement")
    found = _survey(request, by, start, end)
    return page(
        request,
        "rates.html",
        found=found,
        last=found.end - timedelta(days=1),
        listed=found.groups[:MOST_GROUPS],
        more=max(0, len(found.groups) - MOST_GROUPS),
        by=by,
        step=next((one for one in STEPS if one == request.query_params.get("step")), usual_step(start, end)),
        steps=STEP_WORDS,
        days=(end - start).days,
        here="rates",
        **_words(),
    )


@router.get("/gaps")
def gaps_page(request: Request) -> Response:
    """Where somebody falls behind."""
    start, end = _asked(request)
    found = _gaps(request, start, end)
    return page(
        request, "gaps.html", gaps=found, start=start, last=end - timedelta(days=1), here="rates", **_words()
    )


def _words() -> dict[str, Any]:
    return {"titles": RATE_TITLES, "definitions": DEFINITIONS, "kinds": KINDS, "names": NAMES, "order": RATES}


def _asked(request: Request) -> tuple[date, date]:
    """Return the days of a page's address, whose `to` is the last day itself."""
    query = request.query_params
    try:
        start = date.fromisoformat(query["from"]) if query.get("from") else None
        last = date.fromisoformat(query["to"]) if query.get("to") else None
    except ValueError:
        raise UsageError("write dates such as 2026-07-01") from None
    return _span(start, min(last, LATEST) + timedelta(days=1) if last else None, request)


def _days(ask: AskDays, request: Request) -> tuple[date, date]:
    end = min(max(ask.end or month(_now(request))[1], EARLIEST), LATEST)
    return end - timedelta(days=ask.days), end


def _span(start: date | None, end: date | None, request: Request) -> tuple[date, date]:
    usual_start, usual_end = month(request.app.state.clock.now())
    end = end or usual_end
    if start is None:
        start = usual_start if end == usual_end else date.fromordinal(max(1, end.toordinal() - 30))
    return start, end


def _survey(request: Request, by: Dimension, start: date, end: date) -> Survey:
    archive: Archive = request.app.state.archive
    return survey(archive.reading, start, end, by=by, now=_now(request))


def _gaps(request: Request, start: date, end: date) -> tuple[Gap, ...]:
    archive: Archive = request.app.state.archive
    return gaps(archive.reading, start, end, now=_now(request))


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.clock.now()
    return now


def _out(name: str | None, group: Group, rate: Rate) -> RateOut:
    return RateOut(
        group=name,
        cameras=group.cameras,
        rate=rate.name,
        value=rate.value,
        unit=rate.unit,
        numerator=rate.numerator,
        denominator=rate.denominator,
        counted=rate.counted,
        excluded=dict(rate.excluded),
    )
