"""The triage desk: one queue of events that stand, and one of them with all that helps to judge it.

Without JavaScript it is links and forms. With it each act is a key, goes into a queue in the browser first,
and is sent from there under a key of its own until the server has answered: a connection that drops loses
nothing, and an act that is sent twice is done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from landwatch.alert import CAUSES, LONGEST_NOTE, PEOPLE, RULES, Book, Outdated, Strip
from landwatch.i18n import translator
from landwatch.store import Archive
from landwatch.types import Event, Region
from landwatch.web.duty import MOST_EVENTS, about, desks, perform
from landwatch.web.neighbours import neighbours
from landwatch.web.pages import note_count, page, reader_language
from landwatch.web.sketch import sketch
from landwatch.web.standing import Entry, entries

__all__ = ["router"]

ACTS = ("acknowledge", "confirm", "dismiss", "hand_over", "close", "note")
"""What is done here; to join, part and open again there is the event's own page."""

ORDER = ("open", "acknowledged", "confirmed")
"""How the queue goes: first what nobody has looked at."""

NUMBERS = "1234567890abcdefghijklmnopqrstuvwxyz"
"""Keys of what is chosen from a list, in its order."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """One picture of an event's strip."""

    picture: Strip
    size: tuple[int, int]
    """Width and height. [px]"""
    region: Region | None
    """Where the hazard was at that time, or, before it opened, where it would be."""
    is_before: bool


@router.get("/triage")
def triage(request: Request) -> Response:
    """The queue, and the event that the address names or the first one."""
    return page(request, "triage.html", **_triage(request), said=_said(request), here="triage")


@router.get("/parts/triage")
def triage_part(request: Request) -> Response:
    """The same when another event is chosen."""
    return page(request, "parts/triage.html", **_triage(request), again=True)


@router.get("/parts/triage/queue")
def queue_part(request: Request) -> Response:
    """The queue, fetched again when there is something new."""
    return page(request, "parts/triage_queue.html", **_queue(request), again=True)


@router.get("/parts/triage/seen")
def seen_part(request: Request) -> Response:
    """The event, fetched again when there is something new."""
    return page(request, "parts/triage_seen.html", **_seen(request, _wish(request)), again=True)


@router.post("/triage/{id}")
async def act(request: Request, id: str) -> Response:
    """Do something about an event: for a script 204, for a person the page again."""
    is_script = "text/html" not in request.headers.get("accept", "")
    try:
        await perform(request, id)
    except Outdated:
        if is_script:
            raise
        return RedirectResponse(_address(id, late="1"), 303)
    return Response(status_code=204) if is_script else RedirectResponse(_address(id), 303)


def _said(request: Request) -> dict[str, str]:
    """Return what the page's script says."""
    say = translator(reader_language(request))
    return {
        "unsent": say("not sent yet"),
        "sign_in": say("not sent: sign in as operator again"),
        "late": say("not done: somebody was first; look again"),
        "refused": say("not done: {detail}"),
        "back": say("do not send it"),
        "away": say("put away"),
        "look": say("look"),
        "sound_on": say("Sound is on"),
        "sound_off": say("Sound is off"),
        "fresh": say("A new event: {event}"),
        "done": say("Written down: {act}"),
        "unreachable": say("This event cannot be fetched now."),
    }


def _address(id: str, **more: str) -> str:
    return "/triage?" + urlencode({"event": id, **more})


def _wish(request: Request) -> str:
    return request.query_params.get("event", "")


def _queue(request: Request) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    book: Book = request.app.state.events
    standing = entries(archive, book, stands=True, limit=MOST_EVENTS)
    queue = sorted(standing, key=lambda one: ORDER.index(one.state))
    return {
        "queue": queue,
        "waiting": sum(one.state == "open" for one in queue),
        "chosen": _wish(request) or _first(queue),
        "titles": archive.titles(),
    }


def _first(queue: Sequence[Entry]) -> str:
    return queue[0].event.id if queue else ""


def _triage(request: Request) -> dict[str, Any]:
    told = _queue(request)
    seen = _seen(request, told["chosen"]) if told["chosen"] else {"event": None}
    return {
        **seen,
        **told,
        "acts": ACTS,
        "rules": {act: {"states": sorted(rule.states), "after": rule.after} for act, rule in RULES.items()},
        "roles": PEOPLE,
        "desks": list(zip(NUMBERS, desks(request), strict=False)),
        "causes": list(zip(NUMBERS, CAUSES, strict=False)),
        "longest": LONGEST_NOTE,
    }


def _seen(request: Request, id: str) -> dict[str, Any]:
    told = about(request, id)
    changes: Sequence[Event] = told["changes"][::-1]
    deeds = [deed for deed in told["deeds"] if deed.role in PEOPLE]
    return {
        **told,
        "frames": [_framed(one, changes, request) for one in told["strip"]],
        "neighbours": neighbours(request, changes, told["where"]),
        "sketch": sketch(told["where"]),
        # Who acted on what had changed is told who was first.
        "first": deeds[0] if deeds and "late" in request.query_params else None,
    }


def _framed(one: Strip, changes: Sequence[Event], request: Request) -> Framed:
    seen = [change.region for change in changes if change.time <= one.taken and change.region is not None]
    later = [change.region for change in changes if change.region is not None]
    return Framed(
        picture=one,
        size=request.app.state.stills.size(one.still),
        region=seen[-1] if seen else later[0] if later else None,
        is_before=one.taken < changes[0].opened,
    )
