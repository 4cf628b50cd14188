"""What makes a page, and the page of a camera: whole, and in the part fetched again."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from landwatch import __version__
from landwatch.alert import LEAST_HOURS, Book
from landwatch.clock import iso
from landwatch.i18n import LANGUAGES, choose, localise, translator
from landwatch.lesson import cell_region
from landwatch.store import Archive, CameraRecord
from landwatch.upkeep import Book as Register
from landwatch.upkeep import Desk
from landwatch.web import plots
from landwatch.web.learnt import REASONS, learnt
from landwatch.web.operator import Operator
from landwatch.web.problems import Missing, taking
from landwatch.web.settings import told
from landwatch.web.standing import entries
from landwatch.web.states import LATE_INTERVALS, STATES, health, is_late, without_address
from landwatch.web.strip import compared, stretches
from landwatch.web.words import SPANS, Words

__all__ = [
    "MOST_OPEN",
    "desk_of",
    "error_page",
    "note_count",
    "page",
    "reader_language",
    "record_of",
    "router",
    "words_of",
]

MOST_OPEN = 200
"""Open events that a page shows. [1]"""

STRIP = 24
"""Recent pictures under a camera's newest. [1]"""

CHANGES = 12
"""Changes of a camera's findings that its page shows. [1]"""

OUTAGES = 8
"""Outages that a camera's page shows. [1]"""

YEAR_S = 365 * 86_400
"""How long a chosen language is remembered. [s]"""


def note_count(request: Request) -> None:
    """Note the count of news before a page is made: what comes while it is made is told again, not lost."""
    request.state.count = request.app.state.news.count


router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])


@router.get("/cameras/{name}")
def camera(request: Request, name: str) -> Response:
    """One camera."""
    return page(request, "camera.html", **_camera(request, name), **_past(request, name), here="fleet")


@router.get("/parts/cameras/{name}")
def camera_part(request: Request, name: str) -> Response:
    """What of a camera's page changes, fetched again when there is something new of it."""
    return page(request, "parts/camera.html", **_camera(request, name), again=True)


@router.get("/parts/cameras/{name}/past")
def camera_past(request: Request, name: str) -> Response:
    """The span that is plotted in few pictures, and what the checks said at its start and say now."""
    return page(request, "parts/past.html", **_past(request, name), again=True)


@router.get("/cameras/{name}/plots.json")
def camera_plots(request: Request, name: str) -> Response:
    """The readings that a camera's page plots."""
    told = plots.columns(
        request.app.state.archive, record_of(request, name), _hours(request), words_of(request)
    )
    return JSONResponse(told, headers={"Cache-Control": "no-cache"})


def error_page(request: Request, status: int, detail: str) -> Response:
    """Return an error as a page, for people."""
    response = page(request, "error.html", status=status, detail=detail, here="")
    response.status_code = status
    return response


def _camera(request: Request, name: str) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    now = request.app.state.clock.now()
    record = record_of(request, name)
    book: Book = request.app.state.events
    register: Register = request.app.state.book
    shown = record.newest_shown
    names = [other.name for other in archive.stations().values() if other.followed or other.name == name]
    at = names.index(name)
    return {
        "camera": record,
        "title": record.title or record.name,
        "health": health(record, now),
        "late": is_late(shown.taken if shown else None, record.interval, now),
        "shown": shown,
        "not_shown": record.newest if record.newest != shown else None,
        "strip": archive.pictures(name, status="cleared", limit=STRIP),
        "events": [one.event for one in entries(archive, book, camera=name, stands=True, limit=MOST_OPEN)],
        "past_events": entries(archive, book, camera=name, stands=False, limit=5),
        "blind": book.blind(name),
        "learnt": learnt(request, name),
        "learnt_why": REASONS,
        "least_hours": LEAST_HOURS,
        "wolf_box": cell_region,
        "changes": archive.findings(name, limit=CHANGES, changes=True)[::-1],
        "outages": archive.outages(name, limit=OUTAGES),
        "settings": told(request, name),
        "owned": next(iter(register.assets(name)), None),
        "orders": register.orders(standing=True, scope="camera", subject=name),
        "lately": request.app.state.lately.of(name, now),
        "newest_readings": _newest_readings(archive, record),
        "hours": _hours(request),
        "all_hours": plots.HOURS,
        "before": names[at - 1] if len(names) > 1 else None,
        "after": names[(at + 1) % len(names)] if len(names) > 1 else None,
    }


def _past(request: Request, name: str) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    record = record_of(request, name)
    start, end = plots.span(record, _hours(request), request.app.state.clock.now())
    return {
        "stretches": stretches(archive, name, start, end),
        "compared": compared(archive, record, start),
        "then": start,
    }


def _newest_readings(archive: Archive, camera: CameraRecord) -> list[Any]:
    """Return the newest reading of each quantity within the last few pictures, in order of name."""
    if camera.newest is None:
        return []
    since = camera.newest.taken - timedelta(seconds=10 * camera.interval)
    found = {reading.quantity: reading for reading in archive.readings(camera=camera.name, since=since)}
    return [reading for _, reading in sorted(found.items())]


def desk_of(request: Request) -> Desk:
    """Return where work orders are written.

    Raises:
        HTTPException: 503, if there is none.
    """
    desk: Desk = taking(request.app.state.desk)
    return desk


def record_of(request: Request, name: str) -> CameraRecord:
    """Return a camera.

    Raises:
        Missing: if there is none of that name.
    """
    archive: Archive = request.app.state.archive
    record = archive.camera(name)
    if record is None:
        raise Missing(f"no camera is called {name!r}")
    return record


def _hours(request: Request) -> int:
    asked = request.query_params.get("hours", "")
    return next((hours for hours in plots.HOURS if str(hours) == asked), plots.HOURS[0])


def reader_language(request: Request) -> str:
    """Return the language that a reader wishes: by the address, a cookie, or the browser."""
    return choose(
        request.query_params.get("lang"),
        request.cookies.get("lang"),
        request.headers.get("accept-language"),
    )


def words_of(request: Request) -> Words:
    """Return what says things in the language that a reader wishes, with numbers as where the reader is."""
    language = reader_language(request)
    tag = localise(language, request.headers.get("accept-language"))
    return Words(translator(language), request.app.state.clock.now(), tag)


def page(
    request: Request, template: str, *, again: bool = False, here: str = "", **values: Any
) -> HTMLResponse:
    """Return a template, filled, in the language that the reader wishes.

    Args:
        request: for it.
        template: its file.
        again: whether it is a part that is fetched again.
        here: entry of the navigation that it belongs to.
        values: what else it shows.
    """
    words = words_of(request)
    operator: Operator = request.app.state.operator
    html = (
        _environment()
        .get_template(template)
        .render(
            w=words,
            _=words.text,
            plural=words.plural,
            iso=iso,
            late_after=LATE_INTERVALS,
            language=words.language,
            languages=_languages(request),
            states=STATES,
            demo=request.app.state.demo,
            alarms=request.app.state.news.alarms,
            count=getattr(request.state, "count", 0),
            version=__version__,
            again=again,
            here=here,
            path=request.url.path,
            query=request.url.query,
            script_words=_script_words(words),
            **{
                "may_sign_in": operator.exists,
                "is_operator": operator.has_session(request),
                "proof": operator.proof(request),
                **values,
            },
        )
    )
    response = HTMLResponse(html)
    response.headers["Content-Language"] = words.language
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Language, Cookie"
    if "lang" in request.query_params:
        response.set_cookie("lang", words.language, max_age=YEAR_S, samesite="lax", httponly=True)
    return response


def _languages(request: Request) -> list[tuple[str, str, str]]:
    """Return tag, name and address of this page in each language."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return [(tag, name, "?" + urlencode([*kept, ("lang", tag)])) for tag, name in LANGUAGES.items()]


def _script_words(words: Words) -> str:
    """Return what the page's scripts say, as JSON."""
    say = words.say
    return json.dumps(
        {
            **{key: say(form) for key, form in SPANS.items()},
            "zone": say("Times are in {zone}."),
            "offline": say("No connection to Landwatch since {time}. What is shown is old."),
            "absent": say("no value: {reason}"),
            "absent_all": say("no reading"),
            "time": say("Time"),
            "no_picture": say("no picture at this time"),
            "no_readings": say("No readings in this span of time."),
            "plot": say("Plot of {title}: use the left and right arrow keys to read values."),
        },
        ensure_ascii=False,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("landwatch.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = _asset
    environment.filters["without_address"] = without_address
    return environment


@cache
def _asset(name: str) -> str:
    """Return the address of a shipped file, which changes with its content."""
    content = (files("landwatch.web") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"
