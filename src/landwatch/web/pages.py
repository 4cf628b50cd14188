"""The pages: the fleet, a camera, the events, one event; each whole, and in the part fetched again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from landwatch import __version__
from landwatch.alert import Blind, Book
from landwatch.clock import iso
from landwatch.i18n import LANGUAGES, choose, translator
from landwatch.store import Archive, CameraRecord
from landwatch.types import Event
from landwatch.web import plots
from landwatch.web.problems import Missing
from landwatch.web.standing import entries
from landwatch.web.states import LATE_INTERVALS, STATES, Health, health, is_shown_late, without_address
from landwatch.web.words import SPANS, Words

__all__ = ["error_page", "note_count", "page", "reader_language", "router", "titles"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One camera in the grid."""

    camera: CameraRecord
    health: Health
    events: tuple[Event, ...]
    """Open ones."""
    blind: tuple[Blind, ...]
    """To which hazards."""
    late: bool
    """Whether the picture that is shown is late."""

    @property
    def title(self) -> str:
        """What people call the camera."""
        return self.camera.title or self.camera.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which cameras the fleet page shows, and in which order."""

    state: str
    """A state, "hazard", "blind", or "" for all."""
    words: str
    sort: str
    """"name" or "state"."""

    @classmethod
    def of(cls, request: Request) -> Wish:
        """Return what the address asks for; what it cannot mean is left out."""
        query = request.query_params
        state = query.get("state", "")
        return cls(
            state=state if state in (*STATES, "hazard", "blind") else "",
            words=query.get("q", "").strip()[:100],
            sort="state" if query.get("sort") == "state" else "name",
        )

    def fits(self, tile: Tile) -> bool:
        """True for a camera that is to be shown."""
        if self.state in ("hazard", "blind"):
            if not (tile.events if self.state == "hazard" else tile.blind):
                return False
        elif self.state and tile.health.state != self.state:
            return False
        text = f"{tile.camera.name} {tile.camera.title}".casefold()
        return all(word in text for word in self.words.casefold().split())

    @property
    def any(self) -> bool:
        """True when some cameras may be left out."""
        return bool(self.state or self.words)


@router.get("/")
def fleet(request: Request) -> Response:
    """All cameras at a glance."""
    return page(request, "fleet.html", **_fleet(request), here="fleet")


@router.get("/parts/fleet")
def fleet_part(request: Request) -> Response:
    """The grid, fetched again when there is something new."""
    return page(request, "parts/fleet.html", **_fleet(request), again=True)


@router.get("/cameras/{name}")
def camera(request: Request, name: str) -> Response:
    """One camera."""
    return page(request, "camera.html", **_camera(request, name), here="fleet")


@router.get("/parts/cameras/{name}")
def camera_part(request: Request, name: str) -> Response:
    """What of a camera's page changes, fetched again when there is something new of it."""
    return page(request, "parts/camera.html", **_camera(request, name), again=True)


@router.get("/cameras/{name}/plots.json")
def camera_plots(request: Request, name: str) -> Response:
    """The readings that a camera's page plots."""
    archive: Archive = request.app.state.archive
    told = plots.columns(archive, _record(archive, name), _hours(request), _words(request))
    return JSONResponse(told, headers={"Cache-Control": "no-cache"})


def error_page(request: Request, status: int, detail: str) -> Response:
    """Return an error as a page, for people."""
    response = page(request, "error.html", status=status, detail=detail, here="")
    response.status_code = status
    return response


def _fleet(request: Request) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    now = request.app.state.clock.now()
    book: Book = request.app.state.events
    open_now = [one.event for one in entries(archive, book, stands=True, limit=MOST_OPEN)]
    by_camera: dict[str, list[Event]] = defaultdict(list)
    for standing in open_now:
        for name in (standing.camera, *(one.camera for one in book.merged(standing.id))):
            by_camera[name].append(standing)
    blind: dict[str, list[Blind]] = defaultdict(list)
    for one in book.blind():
        blind[one.camera].append(one)
    cameras = archive.cameras()
    tiles = [
        Tile(
            camera=record,
            health=health(record, now),
            events=tuple(by_camera[record.name]),
            blind=tuple(blind[record.name]),
            late=is_shown_late(record, now),
        )
        for record in cameras
        if record.followed
    ]
    wish = Wish.of(request)
    shown = [tile for tile in tiles if wish.fits(tile)]
    if wish.sort == "state":
        shown.sort(key=lambda tile: (not tile.events, STATES.index(tile.health.state), tile.camera.name))
    counts = Counter(tile.health.state for tile in tiles)
    return {
        "tiles": shown,
        "total": len(tiles),
        "counts": {state: counts[state] for state in STATES},
        "with_events": sum(bool(tile.events) for tile in tiles),
        "blind": sum(bool(tile.blind) for tile in tiles),
        "wish": wish,
        "open_events": open_now,
        "titles": {record.name: record.title or record.name for record in cameras},
        "left": [record for record in cameras if not record.followed],
        "density": _density(len(shown)),
    }


def _density(count: int) -> str:
    """Return how large tiles are, so that as many as can be fit on a screen."""
    return "few" if count <= 6 else "some" if count <= 15 else "many" if count <= 24 else "most"


def _camera(request: Request, name: str) -> dict[str, Any]:
    archive: Archive = request.app.state.archive
    now = request.app.state.clock.now()
    record = _record(archive, name)
    book: Book = request.app.state.events
    shown = record.newest_shown
    names = [other.name for other in archive.cameras() if other.followed or other.name == name]
    at = names.index(name)
    return {
        "camera": record,
        "title": record.title or record.name,
        "health": health(record, now),
        "late": is_shown_late(record, now),
        "shown": shown,
        "not_shown": record.newest if record.newest != shown else None,
        "strip": archive.pictures(name, status="cleared", limit=STRIP),
        "events": [one.event for one in entries(archive, book, camera=name, stands=True, limit=MOST_OPEN)],
        "past_events": entries(archive, book, camera=name, stands=False, limit=5),
        "blind": book.blind(name),
        "changes": archive.findings(name, limit=CHANGES, changes=True)[::-1],
        "outages": archive.outages(name, limit=OUTAGES),
        "newest_readings": _newest_readings(archive, record),
        "hours": _hours(request),
        "all_hours": plots.HOURS,
        "before": names[at - 1] if len(names) > 1 else None,
        "after": names[(at + 1) % len(names)] if len(names) > 1 else None,
    }


def _newest_readings(archive: Archive, camera: CameraRecord) -> list[Any]:
    """Return the newest reading of each quantity within the last few pictures, in order of name."""
    if camera.newest is None:
        return []
    since = camera.newest.taken - timedelta(seconds=10 * camera.interval)
    found = {reading.quantity: reading for reading in archive.readings(camera=camera.name, since=since)}
    return [reading for _, reading in sorted(found.items())]


def titles(archive: Archive) -> dict[str, str]:
    """Return what people call cameras, by their names."""
    return {record.name: record.title or record.name for record in archive.cameras()}


def _record(archive: Archive, name: str) -> CameraRecord:
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


def _words(request: Request) -> Words:
    return Words(translator(reader_language(request)), request.app.state.clock.now())


def page(request: Request, template: str, **values: Any) -> HTMLResponse:
    """Return a template, filled, in the language that the reader wishes."""
    words = _words(request)
    html = (
        _environment()
        .get_template(template)
        .render(
            w=words,
            _=words.text,
            plural=words.say.plural,
            iso=iso,
            late_after=LATE_INTERVALS,
            language=words.language,
            languages=_languages(request),
            states=STATES,
            demo=request.app.state.demo,
            alarms=request.app.state.news.alarms,
            count=getattr(request.state, "count", 0),
            version=__version__,
            path=request.url.path,
            query=request.url.query,
            script_words=_script_words(words),
            **{"again": False, "here": "", **values},
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
