"""Pages of a camera's view: its versions, drawing on a cleared picture, and what a draft would give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from landwatch.errors import UsageError
from landwatch.store import Archive, CameraRecord
from landwatch.views import LONGEST_NOTE, Book, Desk, Draft, Trial, Version, changes, summarise
from landwatch.web import drafts, plots
from landwatch.web.operator import Operator, form
from landwatch.web.pages import note_count, page, record_of, words_of
from landwatch.web.problems import Missing
from landwatch.web.settings import short

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext finds messages that are translated later
    return message


ORIGINS: Mapping[str, str] = {
    "file": N_("the configuration"),
    "page": N_("an operator, on the page"),
    "command": N_("a command"),
}
"""Who made a version."""


@router.get("/cameras/{name}/views")
def versions(request: Request, name: str) -> Response:
    """All versions of a camera's view, newest first."""
    record = record_of(request, name)
    book: Book = request.app.state.views
    found = book.versions(name)
    return page(
        request,
        "views.html",
        here="fleet",
        camera=record,
        versions=[(one, _told(before, one)) for before, one in pairwise([None, *found[::-1]]) if one][::-1],
        origins=ORIGINS,
    )


@router.get("/cameras/{name}/draw")
def draw(request: Request, name: str) -> Response:
    """Draw on the newest cleared picture."""
    record = record_of(request, name)
    trial = _desk(request).trial(request.query_params.get("trial", ""))
    newest = _newest(request, name)
    tables: Mapping[str, Any] = newest.settings["measure"]
    if trial is not None and trial.draft.camera.name == name:
        tables = trial.draft.camera.measure
    asked = request.query_params.get("instrument", "")
    instrument = asked or next(iter(tables), drafts.instruments()[0])
    table = tables.get(instrument, {})
    return _drawing(
        request,
        record,
        instrument,
        fields=drafts.fields_of(instrument, table),
        rest=drafts.rest_of(instrument, table),
        after=newest.number,
        configured=set(tables),
    )


@router.post("/cameras/{name}/draw")
async def take_drawing(request: Request, name: str) -> Response:
    """Try a draft, or save it."""
    operator: Operator = request.app.state.operator
    fields = await form(request)
    operator.check_form(request, fields)
    desk, instrument, note = _desk(request), fields.get("instrument", ""), fields.get("note", "")
    record = await run_in_threadpool(record_of, request, name)
    after = fields.get("after", "")

    def drafted() -> Draft:
        newest = _newest(request, name)
        tables = {**newest.settings["measure"], instrument: drafts.read(instrument, fields)}
        number = int(after) if after.isascii() and after.isdigit() else 0
        return desk.draft(name, tables, number, "page")

    try:
        draft = await run_in_threadpool(drafted)
        if fields.get("do") == "save":
            await run_in_threadpool(desk.save, draft, note)
            return RedirectResponse(f"/cameras/{name}/views", 303)
        id = await run_in_threadpool(desk.begin, draft)
    except UsageError as error:
        typed = tuple(
            drafts.Field(shape=shape, lines=fields.get(f"shape.{shape.key}", ""), outlines=())
            for shape in drafts.shapes_of(instrument)
        )
        answer = _drawing(
            request,
            record,
            instrument,
            fields=typed,
            rest=fields.get("rest", ""),
            after=int(after) if after.isascii() and after.isdigit() else 0,
            configured=set(),
            note=note,
            refused=str(error),
        )
        answer.status_code = 422
        return answer
    return RedirectResponse(f"/cameras/{name}/trials/{id}", 303)


@router.get("/cameras/{name}/trials/{id}")
def trial(request: Request, name: str, id: str) -> Response:
    """How far a trial has come, and what it gave."""
    return page(request, "trial.html", here="fleet", **_trial(request, name, id))


@router.get("/parts/cameras/{name}/trials/{id}")
def trial_part(request: Request, name: str, id: str) -> Response:
    """What of a trial's page changes while it runs; once it is over, the whole page is to be fetched."""
    answer = page(request, "parts/trial.html", again=True, **_trial(request, name, id))
    if _found(request, name, id).is_over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/cameras/{name}/trials/{id}")
async def save_trial(request: Request, name: str, id: str) -> Response:
    """Save the draft of a trial as the newest version."""
    operator: Operator = request.app.state.operator
    fields = await form(request)
    operator.check_form(request, fields)
    found = _found(request, name, id)
    await run_in_threadpool(_desk(request).save, found.draft, fields.get("note", ""))
    return RedirectResponse(f"/cameras/{name}/views", 303)


@router.get("/cameras/{name}/trials/{id}/plots.json")
def trial_plots(request: Request, name: str, id: str) -> Response:
    """The readings of a trial, beside those of the same pictures that are kept."""
    found, archive = _found(request, name, id), request.app.state.archive
    told = plots.trial_columns(archive, record_of(request, name), found.readings, words_of(request))
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _drawing(request: Request, record: CameraRecord, instrument: str, **values: Any) -> Response:
    shown = record.newest_shown
    return page(
        request,
        "draw.html",
        here="fleet",
        **{
            "camera": record,
            "shown": shown,
            "instrument": instrument,
            "instruments": drafts.instruments(),
            "longest": LONGEST_NOTE,
            "drawing_words": _script_words(request),
            "note": "",
            "refused": "",
            **values,
        },
    )


def _script_words(request: Request) -> str:
    """Return what the script of drawing says, as JSON."""
    say = words_of(request).say
    return json.dumps({"point": say("{shape}, point {n} of {of}: {x}, {y}")}, ensure_ascii=False)


def _trial(request: Request, name: str, id: str) -> dict[str, Any]:
    record, found = record_of(request, name), _found(request, name, id)
    archive: Archive = request.app.state.archive
    readings = found.readings
    kept = archive.readings(name, since=readings[0].time, limit=plots.MOST_READINGS) if readings else []
    times = {reading.time for reading in readings}
    beside = {one.quantity: one for one in summarise([one for one in kept if one.time in times])}
    return {
        "camera": record,
        "trial": found,
        "rows": [(one, beside.get(one.quantity)) for one in summarise(readings)],
        "longest": LONGEST_NOTE,
    }


def _desk(request: Request) -> Desk:
    desk: Desk | None = request.app.state.drafts
    if desk is None:
        raise HTTPException(503, "this server only shows what was kept; nothing can be drawn here")
    return desk


def _newest(request: Request, name: str) -> Version:
    found = _desk(request).newest(name)
    if found is None:
        raise Missing(f"no camera called {name!r} is followed, so its view cannot be changed")
    return found


def _found(request: Request, name: str, id: str) -> Trial:
    found = _desk(request).trial(id)
    if found is None or found.draft.camera.name != name:
        raise Missing("this trial is no longer remembered; try the draft again")
    return found


def _told(before: Version | None, version: Version) -> list[tuple[str, str, str]]:
    """Return what a version changed, in short: the key, and its value before and after."""
    if before is None:
        return []
    return [(key, short(old), short(new)) for key, old, new in changes(before.settings, version.settings)]
