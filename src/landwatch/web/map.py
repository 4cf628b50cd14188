"""The map: cameras by state, what they see, events with their bearings and places, now or on a day.

Tables below it tell the same.

The map itself is drawn by the browser from columns of all cameras, so that a filter or another time of a day
asks the server for nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from landwatch.clock import iso
from landwatch.config import Map
from landwatch.store import Archive
from landwatch.types import Event
from landwatch.web.fleet import Tile, Wish, explained, tally, tiles_of
from landwatch.web.ogc import GeoJson
from landwatch.web.pages import note_count, page, words_of
from landwatch.web.problems import Missing
from landwatch.web.replay import DAY, asked, day_of, tiles_at
from landwatch.web.states import STATES
from landwatch.web.where import all_located
from landwatch.where import Locator, geojson

__all__ = ["Atlas", "router"]

DIGITS = 5
"""Of degrees on the map: a metre. [1]"""

PAGE = 100
"""Cameras on one page of the table. [1]"""

MOST_PLACED = 50
"""Events that are drawn where they are; so many at once are one disaster, and each costs bearings. [1]"""

HELD_S = 0.0005
"""How long a survey of the fleet is good, for each of its cameras: making it takes about a third of that, so
20,000 cameras are looked through once in 10 s at most, and a dozen each time. [s]"""

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_count)])


@dataclass(frozen=True)
class Survey:
    """All followed cameras at one time."""

    made: datetime
    tiles: tuple[Tile, ...]
    events: tuple[Event, ...]
    """Open ones, those that opened last first."""
    outlooks: Mapping[str, tuple[float, float]]

    @cached_property
    def columns(self) -> bytes:
        """What the map draws of the cameras, as JSON."""
        return bytes(GeoJson(_columns(self.tiles, self.outlooks)).body)


class Atlas:
    """Holds the newest survey of the fleet for those who look at the map, and what lies beneath it."""

    def __init__(self, settings: Map) -> None:
        self.settings = settings
        self._survey: Survey | None = None
        self._lock = threading.Lock()

    def survey(self, request: Request) -> Survey:
        """Return a survey that is at most a moment old; the larger the fleet, the longer the moment."""
        archive: Archive = request.app.state.archive
        locator: Locator = request.app.state.locator
        with self._lock:
            now = request.app.state.clock.now()
            held = self._survey
            if held is None or now - held.made >= timedelta(seconds=HELD_S * len(held.tiles)):
                tiles, events = tiles_of(request, archive.glances())
                held = Survey(now, tuple(tiles), tuple(events), locator.outlooks)
                self._survey = held
            return held


@router.get("/map")
def whole(request: Request) -> Response:
    """The map and its tables."""
    settings: Map = request.app.state.atlas.settings
    return page(
        request,
        "map.html",
        **_tables(request),
        here="map",
        has_tiles=settings.tiles is not None,
        has_boundaries=settings.boundaries is not None,
        attribution=settings.attribution,
        map_words=_words(request),
    )


@router.get("/parts/map")
def tables(request: Request) -> Response:
    """The tables, fetched again when there is something new."""
    return page(request, "parts/map.html", **_tables(request), again=True)


@router.get("/parts/map/{name}")
def card(request: Request, name: str) -> Response:
    """What is said of one camera that was chosen on the map."""
    record = request.app.state.archive.camera(name)
    if record is None:
        raise Missing(f"no camera is called {name!r}")
    moment = asked(request)
    tiles, _ = tiles_at(request, [record.glance], moment) if moment else tiles_of(request, [record.glance])
    if not tiles:
        raise Missing(f"the camera {name!r} is not followed any more")
    return page(
        request,
        "parts/map_camera.html",
        tile=tiles[0] if moment else explained(request, tiles)[0],
        picture=None if moment else record.newest_shown,
        outlook=request.app.state.locator.outlooks.get(name),
    )


@router.get("/map/cameras.json")
def cameras(request: Request) -> Response:
    """All cameras that have a place, in columns."""
    survey: Survey = request.app.state.atlas.survey(request)
    return _kept(request, survey.columns, "application/json")


@router.get("/map/events.json")
def events(request: Request) -> Response:
    """Where open events are, as GeoJSON."""
    survey: Survey = request.app.state.atlas.survey(request)
    features = [feature for told in _placed(request, survey.events).values() for feature in told["features"]]
    answer = GeoJson({"type": "FeatureCollection", "features": features})
    return _kept(request, bytes(answer.body), GeoJson.media_type)


@router.get("/map/day.json")
def day(request: Request) -> Response:
    """What changed on the day that the address names; times are seconds from its start."""
    moment = asked(request)
    if moment is None:
        raise Missing("name a day as in /map/day.json?day=2026-07-01")
    told = day_of(request, moment)
    places = _placed(request, [span.event for span in told.events])

    def at(time: datetime | None) -> float:
        return DAY.total_seconds() if time is None else (time - told.since).total_seconds()

    return GeoJson(
        {
            "from": iso(told.since),
            "states": [[one.camera, at(one.since), STATES.index(one.state)] for one in told.conditions],
            "blind": [[one.camera, at(one.since), at(one.until)] for one in told.blind],
            "events": [
                {
                    "cameras": span.cameras,
                    "from": at(span.event.opened),
                    "until": at(span.until),
                    "features": places.get(span.event.id, {"features": []})["features"],
                }
                for span in told.events
            ],
        },
        headers={"Cache-Control": "no-cache"},
    )


@router.get("/map/base.pmtiles")
def base(request: Request) -> Response:
    """The operator's tiles, of which the browser asks for ranges."""
    return _file(request.app.state.atlas.settings.tiles, "application/vnd.pmtiles")


@router.get("/map/boundaries.json")
def boundaries(request: Request) -> Response:
    """The operator's boundaries."""
    return _file(request.app.state.atlas.settings.boundaries, GeoJson.media_type)


def _file(path: Path | None, media_type: str) -> Response:
    if path is None:
        raise Missing("this Landwatch has no such file of its own; see [map] in the configuration")
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "no-cache"})


def _kept(request: Request, body: bytes, media_type: str) -> Response:
    """Return an answer that a browser which has it already is not sent again."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _columns(tiles: Sequence[Tile], outlooks: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    placed = [(tile, tile.camera.place) for tile in tiles if tile.camera.place is not None]
    looks = [outlooks.get(tile.camera.name) for tile, _ in placed]
    return {
        "names": [tile.camera.name for tile, _ in placed],
        "titles": [tile.title for tile, _ in placed],
        "east": [round(place.longitude, DIGITS) for _, place in placed],
        "north": [round(place.latitude, DIGITS) for _, place in placed],
        "states": [STATES.index(tile.state) for tile, _ in placed],
        "events": [index for index, (tile, _) in enumerate(placed) if tile.events],
        "blind": [index for index, (tile, _) in enumerate(placed) if tile.blind],
        "looks": {index: [round(edge, 1) for edge in look] for index, look in enumerate(looks) if look},
    }


def _placed(request: Request, events: Sequence[Event]) -> dict[str, dict[str, Any]]:
    """Return the places of events as GeoJSON, by their ids; of those that have one."""
    archive: Archive = request.app.state.archive
    say = words_of(request)
    chosen = [archive.event(one.id) for one in events[:MOST_PLACED]]
    found = {}
    for changes, location in zip(chosen, all_located(request, chosen), strict=True):
        if location is not None:
            newest = changes[-1]
            about = {"event": newest.id, "title": say.name(newest.hazard), "drill": newest.drill}
            found[newest.id] = geojson(location, about)
    return found


def _tables(request: Request) -> dict[str, Any]:
    """Return what the tables tell: a page of the cameras that are chosen, and all events."""
    moment = asked(request)
    archive: Archive = request.app.state.archive
    tiles: Sequence[Tile]
    standing: Sequence[Event]
    if moment is None:
        survey: Survey = request.app.state.atlas.survey(request)
        tiles, standing = survey.tiles, survey.events
    else:
        tiles, standing = tiles_at(request, archive.glances(), moment)
    wish = Wish.of(request.query_params)
    shown = [tile for tile in tiles if wish.fits(tile, {})]
    pages = max(1, -(-len(shown) // PAGE))
    number = min(wish.number, pages)
    rows = shown[(number - 1) * PAGE : number * PAGE]
    places = all_located(request, [archive.event(one.id) for one in standing[:MOST_PLACED]])
    return {
        "total": len(tiles),
        "counts": {kind: count for kind, count in tally(tiles).items() if kind != "order"},
        "wish": wish,
        "moment": moment,
        "number": number,
        "pages": [
            (other, _address(request, other)) for other in (number - 1, number + 1) if 0 < other <= pages
        ],
        "of_pages": pages,
        "shown": len(shown),
        "rows": rows if moment else explained(request, rows),
        "unplaced": sum(tile.camera.place is None for tile in tiles),
        "standing": list(zip_longest(standing, places)),
        "titles": {tile.camera.name: tile.title for tile in tiles},
        "outlooks": request.app.state.locator.outlooks,
    }


def _address(request: Request, number: int) -> str:
    """Return the address of another page of the table, with the same choice."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "page"]
    return "/map?" + urlencode([*kept, ("page", str(number))]) + "#cameras"


def _words(request: Request) -> str:
    """Return what the map's script says, as JSON."""
    say = words_of(request).say
    return json.dumps(
        {
            "states": [say(word) for word in STATES],
            "map": say("Map of the cameras: arrow keys move it, plus and minus change its scale."),
            "failed": say("This browser cannot draw the map. The tables below tell the same."),
            "play": say("Play"),
            "pause": say("Pause"),
        },
        ensure_ascii=False,
    )
