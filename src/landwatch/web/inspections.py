"""Inspections: pages, the JSON API, and reports as PDF. All of it is only shown; commands write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from landwatch.errors import UsageError
from landwatch.upkeep import Book
from landwatch.upkeep import inspections as kept
from landwatch.upkeep.inspections import Campaign, Mark, Marking, Visit
from landwatch.upkeep.rates import Dimension
from landwatch.web.asked import Nothing
from landwatch.web.models import Listing, Time
from landwatch.web.pages import page, words_of
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing
from landwatch.web.report import pdf
from landwatch.web.words import N_

__all__ = ["api", "router"]

NAME = r"^[a-z0-9][a-z0-9_-]{0,31}$"

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["upkeep"], responses=ANSWERS)


WORDS: Mapping[str, str] = {
    "pass": N_("pass"),
    "fail": N_("fail"),
    "inapplicable": N_("does not apply"),
}


class VisitOut(BaseModel):
    """One camera of a sample."""

    model_config = ConfigDict(frozen=True)

    camera: str
    stratum: str
    score: float = Field(description="Weight of what passed over that of what applies. [1]")
    complete: bool
    marks: dict[str, Mark]


class FindingOut(BaseModel):
    """What failed, and the work order that was opened for it."""

    model_config = ConfigDict(frozen=True)

    camera: str
    item: str
    note: str
    time: Time
    order: int | None


class CampaignOut(BaseModel):
    """An inspection as it is now."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    inspector: str = Field(description="The organisation that inspects.")
    strata: Dimension
    seed: int = Field(description="Of the draw.")
    rectify: float = Field(description="Time to mend what was found. [d]")
    opened: Time
    closed: Time | None
    score: float | None = Field(description="Mean of the cameras that are complete. [1]")
    visits: tuple[VisitOut, ...]
    findings: tuple[FindingOut, ...]


def _book(request: Request) -> Book:
    book: Book = request.app.state.book
    return book


FromBook = Annotated[Book, Depends(_book)]
Name = Annotated[str, Path(pattern=NAME, description="The inspection's name.")]


@api.get("/inspections")
def list_inspections(book: FromBook, ask: Nothing) -> Listing[CampaignOut]:
    """Inspections, the newest first."""
    return Listing[CampaignOut](items=tuple(_out(one) for one in kept.campaigns(book.reading)), more=False)


@api.get("/inspections/{name}", responses=NOT_FOUND)
def get_inspection(name: Name, book: FromBook, ask: Nothing) -> CampaignOut:
    """One inspection."""
    return _out(_campaign(book, name))


@router.get("/inspections")
def inspections_page(request: Request, book: FromBook) -> Response:
    """All inspections."""
    return page(request, "inspections.html", campaigns=kept.campaigns(book.reading), here="rates")


@router.get("/inspections/{name}")
def inspection_page(request: Request, name: str, book: FromBook) -> Response:
    """One inspection."""
    found = _campaign(book, name)
    return page(
        request, "inspection.html", found=found, inspector=_inspector(book, found), words=WORDS, here="rates"
    )


@router.get("/inspections/{name}/report.pdf")
def inspection_report(request: Request, name: str, book: FromBook) -> Response:
    """One inspection as PDF, in the reader's language."""
    found = _campaign(book, name)
    content = pdf(found, _inspector(book, found), words_of(request))
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{found.name}.pdf"', "Cache-Control": "no-store"},
    )


def _campaign(book: Book, name: str) -> Campaign:
    try:
        return kept.campaign(book.reading, name)
    except UsageError as error:
        raise Missing(str(error)) from None


def _inspector(book: Book, found: Campaign) -> str:
    return next(one.title or one.name for one in book.organisations() if one.name == found.inspector)


def _out(one: Campaign) -> CampaignOut:
    return CampaignOut(
        name=one.name,
        title=one.title,
        inspector=one.inspector,
        strata=one.strata,
        seed=one.seed,
        rectify=one.rectify,
        opened=one.opened,
        closed=one.closed,
        score=one.score,
        visits=tuple(_visit(visit) for visit in one.visits),
        findings=tuple(_finding(visit, found) for visit, found in one.findings),
    )


def _visit(visit: Visit) -> VisitOut:
    return VisitOut(
        camera=visit.camera,
        stratum=visit.stratum,
        score=visit.score,
        complete=visit.is_complete,
        marks={name: found.mark for name, found in sorted(visit.marks.items())},
    )


def _finding(visit: Visit, found: Marking) -> FindingOut:
    return FindingOut(
        camera=visit.camera,
        item=found.item,
        note=found.note,
        time=found.time,
        order=found.order.id if found.order else None,
    )
