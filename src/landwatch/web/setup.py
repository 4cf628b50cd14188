"""Pages that set a camera up: find it, try it, look at a cleared picture, add it, wait for the first reading.

All of it is for signed-in operators alone, since it makes the server ask addresses. What was typed to log in
to a camera is never shown again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool

from landwatch.config import Place
from landwatch.errors import UsageError
from landwatch.setup import NEEDS, Asked, Desk, Entry, Trial, cadence, proposals
from landwatch.types import Outcome
from landwatch.upkeep import Asset, Book, Site
from landwatch.web.operator import Operator, form, pairs
from landwatch.web.pages import desk_of, page
from landwatch.web.problems import Missing

__all__ = ["router"]

LONGEST_NAME = 64
"""Of a camera or a site. [1]"""

DAY_S = 86_400

router = APIRouter(include_in_schema=False)


@router.get("/setup")
def begin(request: Request) -> Response:
    """Which camera it is."""
    return _start(request)


@router.post("/setup/search")
async def search(request: Request) -> Response:
    """Search one network interface for cameras."""
    fields = await _form(request)
    interface = fields.get("interface", "")
    try:
        devices = await run_in_threadpool(_desk(request).search, interface)
    except UsageError as error:
        return _start(request, refused=str(error))
    return _start(request, interface=interface, devices=devices)


@router.post("/setup/try")
async def begin_trial(request: Request) -> Response:
    """Begin to try a camera."""
    fields = await _form(request)
    try:
        asked = Asked(
            url=fields.get("address", "").strip() or fields.get("found", ""),
            hazard=fields.get("hazard", ""),
            user=fields.get("user", "").strip(),
            password=SecretStr(fields.get("password", "")),
        )
        id = await run_in_threadpool(_desk(request).begin, asked)
    except UsageError as error:
        return _start(request, refused=str(error))
    return RedirectResponse(f"/setup/trials/{id}", 303)


@router.get("/setup/trials/{id}")
def trial(request: Request, id: str) -> Response:
    """How far a trial has come, what it gave, and how to add the camera."""
    return page(request, "setup_trial.html", here="fleet", **_trial(request, id))


@router.get("/parts/setup/trials/{id}")
def trial_part(request: Request, id: str) -> Response:
    """What of a trial's page changes while it runs; once it is over, the whole page is to be fetched."""
    answer = page(request, "parts/setup_trial.html", again=True, **_trial(request, id))
    if _found(request, id).is_over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.get("/setup/trials/{id}/picture.jpg")
def picture(request: Request, id: str) -> Response:
    """The cleared picture of a trial, which is kept nowhere."""
    outcome = _found(request, id).outcome
    if not isinstance(outcome, Outcome) or outcome.still is None:
        raise Missing("there is no picture of this trial")
    return Response(outcome.still.content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/setup/trials/{id}")
async def add(request: Request, id: str) -> Response:
    """Add the camera of a trial."""
    given = await pairs(request)
    fields = dict(given)
    _operator(request).check_form(request, fields)
    found = _found(request, id)
    instruments = tuple(value for key, value in given if key == "measure")
    try:
        await run_in_threadpool(_add, request, found, fields, instruments)
    except UsageError as error:
        told = _trial(request, id) | {
            "typed": defaultdict(str, fields),
            "chosen": instruments,
            "refused": str(error),
        }
        answer = page(request, "setup_trial.html", here="fleet", **told)
        answer.status_code = 422
        return answer
    return RedirectResponse(f"/setup/cameras/{fields['name']}", 303)


@router.get("/setup/cameras/{name}")
def added(request: Request, name: str) -> Response:
    """What has come of a camera that was added."""
    return page(request, "setup_added.html", here="fleet", **_added(request, name))


@router.get("/parts/setup/cameras/{name}")
def added_part(request: Request, name: str) -> Response:
    """The same, fetched again until there is something to look at."""
    return page(request, "parts/setup_added.html", again=True, **_added(request, name))


def _add(request: Request, found: Trial, fields: dict[str, str], instruments: tuple[str, ...]) -> None:
    desk, name = _desk(request), fields.get("name", "").strip()
    offer = next(
        (one.offer for one in _working(found) if one.offer.url == fields.get("offer")),
        None,
    )
    if offer is None:
        raise UsageError("choose one of the addresses that gave a picture")
    ready = {one.instrument for one in proposals(found.asked.hazard) if one.ready}
    if not ready.issuperset(instruments):
        raise UsageError(f"of the instruments these read as they are: {', '.join(sorted(ready)) or 'none'}")
    site = fields.get("site", "").strip()[:LONGEST_NAME]
    entry = Entry(
        name=name,
        kind=offer.kind,
        url=offer.url,
        title=fields.get("title", "").strip()[:200],
        interval=_number(fields, "interval", "seconds between pictures") or cadence(found.asked.hazard),
        place=_place(fields),
        measure=instruments,
    )
    desk.add(found, entry)
    about = found.found.about if found.found else None
    if site or about:
        upkeep = desk_of(request)
        key = _keep_site(request, site) if site else None
        make, model = (about.manufacturer, about.model) if about else ("", "")
        upkeep.keep_assets([Asset(camera=name, site=key, make=make, model=model)])
    fields["name"] = name


def _keep_site(request: Request, title: str) -> str:
    """Return the name of a site, which is made where there is none of that title."""
    book: Book = request.app.state.book
    known = {one.name: one.title or one.name for one in book.sites()}
    for name, called in known.items():
        if title in (name, called):
            return name
    name = _free(_slug(title) or "site", known)
    desk_of(request).keep_sites([Site(name=name, title=title)])
    return name


def _start(
    request: Request, *, interface: str = "", devices: tuple[Any, ...] | None = None, refused: str = ""
) -> Response:
    desk: Desk | None = request.app.state.setup
    may = desk is not None and _operator(request).has_session(request)
    answer = page(
        request,
        "setup.html",
        here="fleet",
        is_possible=desk is not None,
        interfaces=desk.interfaces() if may and desk is not None else {},
        interface=interface,
        devices=devices,
        hazards=NEEDS,
        refused=refused,
    )
    if refused:
        answer.status_code = 422
    return answer


def _trial(request: Request, id: str) -> dict[str, Any]:
    found = _found(request, id)
    book: Book = request.app.state.book
    about = found.found.about if found.found else None
    taken = request.app.state.archive.titles()
    name = _free(_slug(about.model if about else "") or "camera", taken)
    hazard = found.asked.hazard
    return {
        "trial": found,
        "host": found.host,
        "works": _working(found),
        "outcome": found.outcome if isinstance(found.outcome, Outcome) else None,
        "outage": None if isinstance(found.outcome, Outcome) else found.outcome,
        "least": NEEDS[hazard][0],
        "proposals": proposals(hazard),
        "chosen": tuple(one.instrument for one in proposals(hazard) if one.ready),
        "sites": [one.title or one.name for one in book.sites()],
        "pace": cadence(hazard),
        "day": DAY_S,
        "typed": defaultdict(str, name=name),
        "refused": "",
    }


def _added(request: Request, name: str) -> dict[str, Any]:
    _signed_in(request)
    archive = request.app.state.archive
    record = archive.camera(name)
    newest = record.newest if record else None
    readings = archive.readings(name, limit=1) if record else []
    return {"name": name, "camera": record, "newest": newest, "reads": bool(readings)}


def _working(found: Trial) -> list[Any]:
    """Return the trials of addresses that gave a picture."""
    return [one for one in found.found.trials if one.seconds is not None] if found.found else []


def _found(request: Request, id: str) -> Trial:
    _signed_in(request)
    found = _desk(request).trial(id)
    if found is None:
        raise Missing("this trial is no longer remembered; try the camera again")
    return found


async def _form(request: Request) -> dict[str, str]:
    fields = await form(request)
    _operator(request).check_form(request, fields)
    return fields


def _operator(request: Request) -> Operator:
    operator: Operator = request.app.state.operator
    return operator


def _signed_in(request: Request) -> None:
    if not _operator(request).has_session(request):
        raise HTTPException(403, "cameras are set up by operators; sign in at /operator")


def _desk(request: Request) -> Desk:
    desk: Desk | None = request.app.state.setup
    if desk is None:
        raise HTTPException(503, "this server follows no configuration's file, so no camera can be added")
    return desk


def _place(fields: dict[str, str]) -> Place | None:
    latitude, longitude = (_number(fields, key, key) for key in ("latitude", "longitude"))
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise UsageError("a place has a latitude from -90 to 90 and a longitude from -180 to 180, in degrees")
    return Place(latitude=latitude, longitude=longitude)


def _number(fields: dict[str, str], key: str, what: str) -> float | None:
    text = fields.get(key, "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{what}: {text!r} is no number") from None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_NAME].strip("-")


def _free(name: str, taken: Container[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:58]}-{number}"
    return free
