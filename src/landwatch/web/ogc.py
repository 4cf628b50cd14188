"""What interfaces of the OGC's kind share: areas and spans in questions, links and pages in answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from landwatch.clock import iso
from landwatch.config import Place
from landwatch.web.models import time_of

__all__ = [
    "GEOJSON",
    "MARK",
    "OPENAPI",
    "Area",
    "Box",
    "GeoJson",
    "Listed",
    "Names",
    "Span",
    "SpanText",
    "documented",
    "feature_page",
    "inside",
    "link",
    "marked",
    "next_page",
    "object_with",
    "point",
    "root",
]

INSTANT = timedelta(microseconds=1)

GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"

MARK = r"^-?[0-9]{1,18}\.[0-9]{1,18}$"
"""How a page's mark is written: where the page before ended, a time in microseconds and a row."""


class GeoJson(JSONResponse):
    """An answer of RFC 7946."""

    media_type = GEOJSON


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time; both ends belong to it, and one that is None is open."""

    first: datetime | None
    last: datetime | None

    @property
    def until(self) -> datetime | None:
        """The end outside of it, as the archive asks for it."""
        try:
            return None if self.last is None else self.last + INSTANT
        except OverflowError:
            return None


def _split(told: Any) -> Any:
    """Return the words of a list that is written with commas, as in an address."""
    if isinstance(told, str):
        told = [told]
    if isinstance(told, list) and all(isinstance(one, str) for one in told):
        return [word for one in told for word in one.split(",")]
    return told


def _area(box: tuple[float, ...]) -> tuple[float, ...]:
    if len(box) not in (4, 6):
        raise ValueError("west, south, east, north in degrees of WGS 84; or 6 numbers with heights")
    west, south, east, north = box if len(box) == 4 else (box[0], box[1], box[3], box[4])
    if not all(-180 <= one <= 180 for one in (west, east)):
        raise ValueError("a longitude lies within -180 and 180 deg")
    if not -90 <= south <= north <= 90:
        raise ValueError("south is at most north, and both lie within -90 and 90 deg")
    return west, south, east, north


_NUMBERS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 6,
    "examples": [[9.5, 46.2, 10.2, 46.8]],
    "description": "West, south, east, north; west of its west end it goes over 180 deg. [deg]",
}
_SPAN: dict[str, Any] = {
    "type": "string",
    "examples": ["2026-07-01T12:00:00Z", "2026-07-01T00:00:00Z/..", "../2026-07-02T00:00:00Z"],
    "description": "A time, or two with / between; both ends belong to it, and one may be `..`.",
}

Box = Annotated[tuple[float, ...], AfterValidator(_area), WithJsonSchema(_NUMBERS)]
"""A box in a body: west, south, east, north. [deg]"""

Area = Annotated[Box, BeforeValidator(_split)]
"""A box with commas between its numbers. [deg]"""

Listed = tuple[Annotated[str, Field(min_length=1, max_length=128)], ...]
"""Names in a body."""

Names = Annotated[Listed, BeforeValidator(_split)]
"""Names with commas between them."""


def _span(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    ends = [None if one in ("", "..") else time_of(one) for one in text.split("/")]
    first, last = ends * 2 if len(ends) == 1 else ends if len(ends) == 2 else (None, None)
    if first is None and last is None:
        raise ValueError("write a time such as 2026-07-01T12:00:00Z, or two with / between; one may be ..")
    if first is not None and last is not None and first > last:
        raise ValueError("the first time is later than the second")
    return Span(first, last)


SpanText = Annotated[Span, BeforeValidator(_span), WithJsonSchema(_SPAN)]
"""A time or a span of time, as OGC API Features writes them."""


def inside(place: Place | None, area: tuple[float, ...] | None) -> bool:
    """Return whether a place lies in a box; one that is not known lies in none."""
    if area is None:
        return True
    if place is None:
        return False
    west, south, east, north = area
    lies = west <= place.longitude <= east
    if west > east:
        lies = place.longitude >= west or place.longitude <= east
    return lies and south <= place.latitude <= north


def point(place: Place | None) -> dict[str, Any] | None:
    """Return a place as GeoJSON."""
    return None if place is None else {"type": "Point", "coordinates": [place.longitude, place.latitude]}


def object_with(*required: str, **constants: str) -> dict[str, Any]:
    """Return the schema of an object that has some members, and some with one value alone."""
    fixed = {name: {"const": value} for name, value in constants.items()}
    return {"type": "object", "required": [*required, *constants], "properties": fixed}


def documented(
    schema: dict[str, Any], description: str, media_type: str = "application/json"
) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI describes a good answer."""
    return {200: {"description": description, "content": {media_type: {"schema": schema}}}}


def root(request: Request) -> str:
    """Return the address under which this server is reached, without a slash at its end."""
    address: str = request.app.state.address or str(request.base_url)
    return address.rstrip("/")


def link(relation: str, href: str, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    """Return a link of an answer."""
    return {"rel": relation, "href": href, "type": media_type, **more}


def feature_page(
    request: Request, collection: str, features: Sequence[dict[str, Any]], mark: tuple[int, int] | str | None
) -> GeoJson:
    """Return a page of a collection's features; where `mark` says that it ended, there is a next one."""
    links = [
        link("self", f"{root(request)}{request.url.path}", GEOJSON),
        link("collection", f"{root(request)}/features/collections/{collection}"),
    ]
    if mark is not None:
        links.append(link("next", next_page(request, "after", mark), GEOJSON))
    return GeoJson(
        {
            "type": "FeatureCollection",
            "timeStamp": iso(request.app.state.clock.now()),
            "numberReturned": len(features),
            "features": features,
            "links": links,
        }
    )


def marked(text: str | None) -> tuple[int, int] | None:
    """Return where the page before ended."""
    if text is None:
        return None
    time, _, row = text.partition(".")
    return int(time), int(row)


def next_page(request: Request, name: str, mark: tuple[int, int] | str) -> str:
    """Return the address of the page after this one, which asks the same."""
    asked: Iterable[tuple[str, str]] = request.query_params.multi_items()
    kept = [(key, value) for key, value in asked if key != name]
    after = mark if isinstance(mark, str) else f"{mark[0]}.{mark[1]}"
    return f"{root(request)}{request.url.path}?{urlencode([*kept, (name, after)])}"
