"""What cameras have learnt from their quiet hours: for the API, the camera's page and an event's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from landwatch.alert import LEAST_HOURS, Cause, Known, Quiet, WolfPlace
from landwatch.alert.quiet import Why
from landwatch.lesson import GRID, cell_region, spot_of
from landwatch.types import Event, Region
from landwatch.web.asked import Nothing
from landwatch.web.models import Listing
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.web.words import N_

__all__ = ["REASONS", "learnt", "router", "wolf_at"]

REASONS: Mapping[Why, str] = {
    "rule": N_("as the rule says: too few quiet hours are known yet"),
    "history": N_("learnt from quiet hours to keep the budget"),
    "lowest": N_("the lowest that is allowed: the camera is quieter than its budget"),
    "highest": N_("the highest that is allowed: the camera may cost more than its budget"),
}
"""Why a threshold is what it is, for people."""

router = APIRouter(prefix="/api/v1", responses=ANSWERS)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class WolfOut(_Out):
    """A place of the picture that has cried wolf: what it showed did not become a hazard."""

    left: float = Field(description="Of the place, as a share of the picture's width.")
    top: float = Field(description="As a share of its height.")
    right: float
    bottom: float
    hours: int = Field(description="In which something there cried.")
    dismissed: int = Field(description="Events that opened there and were dismissed.")
    causes: tuple[Cause, ...] = Field(description="Why, the most frequent first.")
    asked: float = Field(description="Score that is asked there now, of nothing larger than what cried.")

    @classmethod
    def of(cls, place: WolfPlace) -> WolfOut:
        """Return the answer for a place."""
        left, top, right, bottom = cell_region(place.cell, GRID)
        columns, rows = GRID
        return cls(
            left=left / columns,
            top=top / rows,
            right=right / columns,
            bottom=bottom / rows,
            hours=place.hours,
            dismissed=place.dismissed,
            causes=place.causes,
            asked=place.asked,
        )


class LearntOut(_Out):
    """What one camera has learnt of one hazard from its quiet hours."""

    hazard: str
    budget: float = Field(description="Alarms that it may cost a week.")
    threshold: float = Field(description="Score that is asked where nothing has cried wolf.")
    rule: float = Field(description="The rule's own threshold, before anything is learnt.")
    why: Why = Field(
        description="rule: too few quiet hours are known. history: learnt. lowest, highest: the bound holds."
    )
    hours: int = Field(description="Quiet hours that are known.")
    least_hours: int = Field(description="So many are needed to learn a threshold.")
    expected: float | None = Field(description="Alarms a week at it; null while nothing is learnt.")
    lower: float | None = Field(description="Of the 95 % interval of `expected`.")
    upper: float | None
    places: tuple[WolfOut, ...] = Field(description="Places that cry wolf, the one that asks most first.")

    @classmethod
    def of(cls, known: Known) -> LearntOut:
        """Return the answer for what is known."""
        return cls(
            hazard=known.hazard,
            budget=known.budget,
            threshold=known.enter,
            rule=known.rule,
            why=known.why,
            hours=known.hours,
            least_hours=LEAST_HOURS,
            expected=known.expected,
            lower=known.lower,
            upper=known.upper,
            places=tuple(WolfOut.of(place) for place in known.places),
        )


@router.get("/cameras/{name}/learnt", tags=["events"], responses=NOT_FOUND)
def list_learnt(
    request: Request,
    name: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="The camera's name.")],
    ask: Nothing,
) -> Listing[LearntOut]:
    """What a camera asks of the scores of each hazard whose rule has a budget, and why."""
    if request.app.state.archive.camera(name) is None:
        raise Missing(f"no camera is called {name!r}; /api/v1/cameras lists them")
    items = tuple(LearntOut.of(known) for known in learnt(request, name))
    return Listing[LearntOut](items=items, more=False)


def learnt(request: Request, camera: str) -> tuple[Known, ...]:
    """Return what a camera has learnt; nothing where this server only shows what was kept."""
    quiet: Quiet | None = request.app.state.quiet
    return quiet.known(camera, request.app.state.clock.now()) if quiet is not None else ()


def wolf_at(request: Request, changes: Sequence[Event]) -> tuple[WolfPlace, Region] | None:
    """Return the place that cried wolf at which an event began, with its box [px]; None if it is none."""
    first = next((one for one in changes if one.region is not None and one.still is not None), None)
    size = request.app.state.stills.size(first.still) if first else None
    if first is None or size is None:
        return None
    cell = spot_of(first.region, size).cell
    for known in learnt(request, first.camera):
        for place in known.places:
            if (known.hazard, place.cell) == (first.hazard, cell):
                return place, cell_region(cell, size)
    return None
