"""Events as features, by OGC API Features: a point where the camera stands, and how the event stands.

References:
    [1] OGC 17-069r4, "OGC API - Features - Part 1: Core corrigendum".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from landwatch.alert import Book, Life, LifeState, Severity, stand
from landwatch.clock import iso
from landwatch.store import Archive, Mark, Station
from landwatch.types import Event
from landwatch.web import camera_features
from landwatch.web.asked import CAMERA, WORD, Nothing, Question
from landwatch.web.ogc import (
    GEOJSON,
    MARK,
    OPENAPI,
    Area,
    GeoJson,
    Span,
    SpanText,
    documented,
    feature_page,
    inside,
    link,
    marked,
    object_with,
    point,
    root,
)
from landwatch.web.problems import ANSWERS, NOT_FOUND, Missing

__all__ = ["AskEvents", "graded", "router"]

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)

MOST = 1000
"""Features in one answer. [1]"""

AT_ONCE = 500
"""Events that are read at a time. [1]"""

MOST_READ = 10_000
"""Events that are looked at for one page: where few of them are as severe as asked for, it has fewer. [1]"""

router = APIRouter(prefix="/features", tags=["events"], responses=ANSWERS)

EventId = Annotated[str, Path(min_length=1, max_length=128, description="The event's id.")]


class AskEvents(Question):
    bbox: Area | None = None
    datetime: SpanText | None = None
    hazard: str | None = Field(default=None, pattern=WORD, description="Only of this hazard.")
    camera: str | None = Field(default=None, pattern=CAMERA, description="Only of this camera.")
    state: LifeState | None = Field(default=None, description="Only events that stand so.")
    severity: Severity | None = Field(default=None, description="Only events that are so bad.")
    drill: bool | None = Field(default=None, description="Only exercises, or only what is none.")
    limit: int = Field(default=100, ge=1, le=MOST, description="At most so many.")
    after: str | None = Field(
        default=None, pattern=MARK, description="From the link `next` of the page before."
    )


_LANDING = object_with("title", "description", "links")
_COLLECTIONS = object_with("collections", "links")
_COLLECTION = object_with("id", "title", "extent", "links")
_FEATURE = object_with("id", "geometry", "properties", type="Feature")
_FEATURES = object_with("features", "links", "numberReturned", "timeStamp", type="FeatureCollection")


@router.get("", responses=documented(_LANDING, "Where to go on."))
def get_landing(request: Request, ask: Nothing) -> dict[str, Any]:
    """What features there are, and what describes them."""
    here = f"{root(request)}/features"
    return {
        "title": "Landwatch: events and cameras",
        "description": "Hazards that fixed cameras have seen, from their opening to their end; the cameras.",
        "links": [
            link("self", here),
            link("service-desc", f"{root(request)}/api/v1/openapi.json", OPENAPI),
            link("conformance", f"{here}/conformance"),
            link("data", f"{here}/collections"),
        ],
    }


@router.get("/conformance", responses=documented(object_with("conformsTo"), "Names of classes."))
def get_conformance(ask: Nothing) -> dict[str, Any]:
    """What of the standard holds here."""
    return {"conformsTo": CONFORMANCE}


@router.get("/collections", responses=documented(_COLLECTIONS, "All collections."))
def list_collections(request: Request, ask: Nothing) -> dict[str, Any]:
    """The collections: events, and cameras."""
    here = f"{root(request)}/features/collections"
    both = [_collection(request), camera_features.collection(request)]
    return {"collections": both, "links": [link("self", here)]}


@router.get("/collections/events", responses=documented(_COLLECTION, "The collection."))
def get_collection(request: Request, ask: Nothing) -> dict[str, Any]:
    """The collection of events."""
    return _collection(request)


@router.get(
    "/collections/events/items",
    response_class=GeoJson,
    responses=documented(_FEATURES, "A page of events.", GEOJSON),
)
def list_events(request: Request, ask: Annotated[AskEvents, Query()]) -> GeoJson:
    """Events, those that opened last first. Exercises are among them, marked by `drill`."""
    archive: Archive = request.app.state.archive
    stations = archive.stations()
    found, mark = _find(request, ask, stations)
    features = [_feature(request, life, event, stations) for life, event in found]
    return feature_page(request, "events", features, mark)


@router.get(
    "/collections/events/items/{id}",
    response_class=GeoJson,
    responses={**NOT_FOUND, **documented(_FEATURE, "An event.", GEOJSON)},
)
def get_event(request: Request, id: EventId, ask: Nothing) -> GeoJson:
    """One event."""
    archive: Archive = request.app.state.archive
    book: Book = request.app.state.events
    life = book.life(id)
    if life is not None:
        (event,) = archive.newest_events([id])
        return GeoJson(_feature(request, life, event, archive.stations()))
    raise Missing(f"no event has the id {id!r}; /features/collections/events/items lists them")


def graded(life: Life, event: Event) -> Any:
    """Return how bad, how soon and how sure an event is, in CAP's words."""
    return stand(life.hazard, life.state, [event.score] if event.origin == "pictures" else [])


def _find(
    request: Request, ask: AskEvents, stations: Mapping[str, Station]
) -> tuple[list[tuple[Life, Event]], Mark | None]:
    """Return a page of events, and where it ended if there may be more."""
    book: Book = request.app.state.events
    archive: Archive = request.app.state.archive
    span = ask.datetime or Span(None, None)
    cameras = None
    if ask.camera is not None or ask.bbox is not None:
        cameras = [
            name
            for name, station in stations.items()
            if ask.camera in (None, name) and inside(station.place, ask.bbox)
        ]
    found: list[tuple[Life, Event]] = []
    mark = marked(ask.after)
    # Without a filter that only Landwatch knows, one look is enough.
    at_once = ask.limit + 1 if ask.severity is None else AT_ONCE
    for _ in range(0, MOST_READ, at_once):
        page = book.page(
            states=None if ask.state is None else [ask.state],
            cameras=cameras,
            hazard=ask.hazard,
            drill=ask.drill,
            first=span.first,
            last=span.last,
            after=mark,
            limit=at_once,
        )
        events = {event.id: event for event in archive.newest_events([life.event for _, life in page])}
        for at, life in page:
            event = events[life.event]
            if ask.severity in (None, graded(life, event).severity):
                if len(found) == ask.limit:
                    return found, mark
                found.append((life, event))
            mark = at
        if len(page) < at_once:
            return found, None
    return found, mark


def _collection(request: Request) -> dict[str, Any]:
    here = f"{root(request)}/features/collections/events"
    archive: Archive = request.app.state.archive
    places = [station.place for station in archive.stations().values() if station.place is not None]
    east, north = [place.longitude for place in places], [place.latitude for place in places]
    box = [min(east), min(north), max(east), max(north)] if places else [-180, -90, 180, 90]
    return {
        "id": "events",
        "title": "Events",
        "description": "Hazard events; the point of each is where the camera stands that saw it.",
        "itemType": "feature",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "extent": {"spatial": {"bbox": [box]}, "temporal": {"interval": [[None, None]]}},
        "links": [link("self", here), link("items", f"{here}/items", GEOJSON)],
    }


def _feature(request: Request, life: Life, event: Event, stations: Mapping[str, Station]) -> dict[str, Any]:
    here = root(request)
    told = graded(life, event)
    return {
        "type": "Feature",
        "id": life.event,
        "geometry": point(stations[life.camera].place),
        "properties": {
            "hazard": life.hazard,
            "camera": life.camera,
            "state": life.state,
            "drill": life.drill,
            "origin": life.origin,
            "severity": told.severity,
            "urgency": told.urgency,
            "certainty": told.certainty,
            "opened": iso(life.opened),
            "changed": iso(life.changed),
            "ended": None if life.ended is None else iso(life.ended),
            "cause": life.cause,
            "into": life.into,
            "still": event.still,
        },
        "links": [
            link("self", f"{here}/features/collections/events/items/{life.event}", GEOJSON),
            link("collection", f"{here}/features/collections/events"),
            link("related", f"{here}/api/v1/events/{life.event}/location", GEOJSON),
        ],
    }
