"""Pages of events: the list, and one event with what people do about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from landwatch.alert import CAUSES, HAZARDS, LONGEST_NOTE, PEOPLE, RULES, Book, Duty, Role, allowed
from landwatch.errors import UsageError
from landwatch.store import Archive
from landwatch.types import Event
from landwatch.web.learnt import wolf_at
from landwatch.web.operator import Operator, form
from landwatch.web.pages import note_count, page
from landwatch.web.problems import Missing, taking
from landwatch.web.standing import entries, entry
from landwatch.web.where import REASONS, located

__all__ = ["about", "desks", "perform", "router"]

MOST_EVENTS = 200
"""Events in the list. [1]"""

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])


@router.get("/events")
def events(request: Request) -> Response:
    """All events, those that stand first."""
    told = {**_events(request), "hazards": HAZARDS, "roles": PEOPLE, "longest": LONGEST_NOTE}
    return page(request, "events.html", **told, here="events")


@router.post("/events")
async def begin(request: Request) -> Response:
    """Open an event that a person has found, or a drill."""
    fields, duty, role = await _on_duty(request)
    if role is None or fields.get("as") not in ("drill", "real"):
        raise UsageError("say in which role, and whether it is a drill or real")
    life = await run_in_threadpool(
        lambda: duty.open_event(
            fields.get("camera", ""),
            fields.get("hazard", ""),
            role,
            note=fields.get("note", ""),
            drill=fields["as"] == "drill",
        )
    )
    request.app.state.news.publish(life.camera)
    return RedirectResponse(f"/events/{quote(life.event)}", 303)


@router.get("/parts/events")
def events_part(request: Request) -> Response:
    """The list, fetched again when there is something new."""
    return page(request, "parts/events.html", **_events(request), again=True)


@router.get("/events/{id}")
def event(request: Request, id: str) -> Response:
    """One event from its opening on."""
    told = about(request, id)
    return page(request, "event.html", **told, same=_same(request, told["event"]), here="events")


@router.get("/parts/events/{id}")
def event_part(request: Request, id: str) -> Response:
    """The life of an event, fetched again when there is something new."""
    return page(request, "parts/event.html", **about(request, id), again=True)


@router.post("/events/{id}")
async def act(request: Request, id: str) -> Response:
    """Do something about an event."""
    await perform(request, id)
    return RedirectResponse(request.url.path, 303)


async def perform(request: Request, id: str) -> None:
    """Do what a form of a page says about an event.

    Raises:
        HTTPException: if the form is not the operator's, or the server takes nothing.
        UsageError: if the act is not allowed now.
    """
    fields, duty, role = await _on_duty(request)
    life = await run_in_threadpool(duty.book.life, id)
    if life is None or role is None:
        raise Missing(f"no event has the id {id!r}, or there is no such role")
    implied = "dismiss" if fields.get("cause") else "hand_over"
    wanted = next((one for one in RULES if one == fields.get("act", implied)), None)
    if wanted is None:
        raise UsageError(f"event {id} is {life.state}; possible are: {', '.join(allowed(life))}")
    version = fields.get("version", "")
    await run_in_threadpool(
        lambda: duty.act(
            id,
            wanted,
            role,
            version=int(version) if version.isascii() and version.isdigit() else -1,
            cause=fields.get("cause", "") if wanted == "dismiss" else "",
            note=fields.get("note", ""),
            into=fields.get("into", "").strip() or None if wanted == "merge" else None,
            desk=fields.get("desk", "") if wanted == "hand_over" else "",
            key=fields.get("key") or None,
        )
    )
    request.app.state.news.publish()


async def _on_duty(request: Request) -> tuple[dict[str, str], Duty, Role | None]:
    """Return the fields of an operator's form, where it is to be written, and in which role.

    Raises:
        HTTPException: if the form is not the operator's, or the server takes nothing.
    """
    operator: Operator = request.app.state.operator
    fields = await form(request)
    operator.check_form(request, fields)
    role = next((one for one in PEOPLE if one == fields.get("role")), None)
    return fields, taking(request.app.state.duty), role


def desks(request: Request) -> tuple[str, ...]:
    """Return to whom an event may be handed over."""
    duty: Duty | None = request.app.state.duty
    return PEOPLE if duty is None else duty.desks


def _events(request: Request) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    book: Book = request.app.state.events
    only = request.query_params.get("show", "")
    only = only if only in ("open", "closed") else ""
    standing = entries(archive, book, stands=True, limit=MOST_EVENTS) if only != "closed" else []
    over = entries(archive, book, stands=False, limit=MOST_EVENTS) if only != "open" else []
    return {"only": only, "listed": [*standing, *over], "titles": archive.titles()}


def about(request: Request, id: str) -> dict[str, Any]:
    """Return what pages say of one event.

    Raises:
        Missing: if there is none of this id.
    """
    archive: Archive = request.app.state.archive
    book: Book = request.app.state.events
    changes = archive.event(id)
    if not changes:
        raise Missing(f"no event has the id {id!r}")
    found = entry(book, changes)
    life = found.life
    return {
        "event": changes[-1],
        "changes": changes[::-1],
        "entry": found,
        "deeds": book.deeds(id)[::-1],
        "alerts": book.alerts(id)[::-1],
        "merged": book.merged(id),
        "strip": [one for one in book.strip(id) if request.app.state.stills.size(one.still)],
        "acts": allowed(life) if life else (),
        "roles": PEOPLE,
        "causes": CAUSES,
        "desks": desks(request),
        "longest": LONGEST_NOTE,
        "titles": archive.titles(),
        "size_of": request.app.state.stills.size,
        "where": located(request, changes),
        "wolf": wolf_at(request, changes),
        "where_reasons": REASONS,
    }


def _same(request: Request, event: Event) -> list[Event]:
    """Return events that one could be a part of."""
    standing = entries(request.app.state.archive, request.app.state.events, stands=True, limit=MOST_EVENTS)
    return [
        one.event
        for one in standing
        if one.event.id != event.id and (one.event.hazard, one.event.drill) == (event.hazard, event.drill)
    ]
