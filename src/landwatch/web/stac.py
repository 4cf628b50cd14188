"""Cleared pictures by the STAC API: what there is of a camera, and search by area and time.

References:
    [1] Radiant Earth, "STAC API specification 1.0.0": core, collections, features and item search.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BeforeValidator, Field, WithJsonSchema
from shapely.errors import ShapelyError
from shapely.geometry import Point, shape

from landwatch.store import Archive, Mark, PictureRecord, ShownCamera, stac
from landwatch.views import Book
from landwatch.web.asked import CameraName, Nothing, Question
from landwatch.web.ogc import (
    GEOJSON,
    MARK,
    OPENAPI,
    Area,
    Box,
    GeoJson,
    Listed,
    Names,
    Span,
    SpanText,
    documented,
    inside,
    link,
    marked,
    next_page,
    object_with,
    root,
)
from landwatch.web.problems import ANSWERS, NOT_FOUND, WRITING, Missing

__all__ = ["CONFORMANCE", "router"]

CONFORMANCE = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)

MOST = 1000
"""Items in one answer. [1]"""

router = APIRouter(prefix="/stac", tags=["pictures"], responses=ANSWERS)


def _shape(told: Any) -> Any:
    """Return the shape that GeoJSON describes, which an address holds as text."""
    try:
        return shape(json.loads(told) if isinstance(told, str) else told)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ShapelyError):
        raise ValueError(
            'write a GeoJSON geometry, such as {"type": "Point", "coordinates": [9, 46]}'
        ) from None


Shape = Annotated[
    Any,
    BeforeValidator(_shape),
    WithJsonSchema({"type": "object", "description": "A GeoJSON geometry that cameras stand in."}),
]
ShapeText = Annotated[
    Shape,
    WithJsonSchema(
        {
            "type": "string",
            "contentMediaType": GEOJSON,
            "description": "A GeoJSON geometry that cameras stand in.",
        }
    ),
]
Limit = Annotated[int, Field(ge=1, le=MOST, description="At most so many.")]
Token = Annotated[str | None, Field(pattern=MARK, description="From the link `next` of the page before.")]


class AskItems(Question):
    bbox: Area | None = None
    datetime: SpanText | None = None
    limit: Limit = 10
    token: Token = None


class AskSearch(AskItems):
    collections: Names | None = Field(default=None, description="Names of cameras.")
    ids: Names | None = Field(default=None, description="Names of items.")
    intersects: ShapeText | None = None


class SearchIn(AskItems):
    """What to look for."""

    bbox: Box | None = None
    collections: Listed | None = Field(default=None, description="Names of cameras.")
    ids: Listed | None = Field(default=None, description="Names of items.")
    intersects: Shape | None = None


_ITEM = object_with("id", "geometry", "properties", "assets", "links", "stac_version", type="Feature")
_ITEMS = object_with("features", "links", "numberReturned", type="FeatureCollection")
_COLLECTION = object_with(
    "id", "description", "license", "extent", "links", "stac_version", type="Collection"
)


_CATALOG = object_with("id", "description", "links", "conformsTo", type="Catalog")


@router.get("", responses=documented(_CATALOG, "The catalog."))
def get_landing(request: Request, ask: Nothing) -> dict[str, Any]:
    """The catalog of cleared pictures, and where to go on."""
    here = f"{root(request)}/stac"
    archive: Archive = request.app.state.archive
    children = [
        link("child", f"{here}/collections/{camera.name}", title=camera.title or camera.name)
        for camera in archive.shown_cameras()
    ]
    links = [
        link("self", here),
        link("root", here),
        link("conformance", f"{here}/conformance"),
        link("data", f"{here}/collections"),
        link("search", f"{here}/search", GEOJSON, method="GET"),
        link("search", f"{here}/search", GEOJSON, method="POST"),
        link(
            "service-desc",
            f"{root(request)}/api/v1/openapi.json",
            OPENAPI,
        ),
        *children,
    ]
    told = stac.catalog(
        "landwatch", "Landwatch", "What fixed cameras see of the land; nobody is in it.", links
    )
    return {**told, "conformsTo": CONFORMANCE}


@router.get("/conformance", responses=documented(object_with("conformsTo"), "Names of conformance classes."))
def get_conformance(ask: Nothing) -> dict[str, Any]:
    """What of the standards holds here."""
    return {"conformsTo": CONFORMANCE}


@router.get("/collections", responses=documented(object_with("collections", "links"), "All collections."))
def list_collections(request: Request, ask: Nothing) -> dict[str, Any]:
    """The cameras of which cleared pictures are kept, in order of name."""
    archive: Archive = request.app.state.archive
    here = f"{root(request)}/stac"
    links = [link("self", f"{here}/collections"), link("root", here)]
    return {
        "collections": [_collection(request, camera) for camera in archive.shown_cameras()],
        "links": links,
    }


@router.get("/collections/{camera}", responses={**NOT_FOUND, **documented(_COLLECTION, "A collection.")})
def get_collection(request: Request, camera: CameraName, ask: Nothing) -> dict[str, Any]:
    """One camera."""
    return _collection(request, _camera(request, camera))


@router.get(
    "/collections/{camera}/items",
    response_class=GeoJson,
    responses={**NOT_FOUND, **documented(_ITEMS, "A page of items.", GEOJSON)},
)
def list_items(request: Request, camera: CameraName, ask: Annotated[AskItems, Query()]) -> GeoJson:
    """Cleared pictures of a camera, newest first."""
    known = _camera(request, camera)
    cameras = [known] if inside(known.place, ask.bbox) else []
    pictures, mark = _find(request, cameras, ask)
    more = [] if mark is None else [link("next", next_page(request, "token", mark), GEOJSON)]
    return _page(request, [known], pictures, more)


@router.get(
    "/collections/{camera}/items/{item}",
    response_class=GeoJson,
    responses={**NOT_FOUND, **documented(_ITEM, "An item.", GEOJSON)},
)
def get_item(
    request: Request,
    camera: CameraName,
    item: Annotated[str, Path(min_length=1, max_length=128, description="The item's name.")],
    ask: Nothing,
) -> GeoJson:
    """One cleared picture."""
    known = _camera(request, camera)
    for found in _named(request, [known], [item]):
        return GeoJson(_item(request, known, found, _views(request, [camera])(camera, found.taken)))
    raise Missing(f"no picture {item!r} of {camera} is kept; /stac/collections/{camera}/items lists them")


@router.get("/search", response_class=GeoJson, responses=documented(_ITEMS, "A page of items.", GEOJSON))
def search(request: Request, ask: Annotated[AskSearch, Query()]) -> GeoJson:
    """Cleared pictures of all cameras by area and time, newest first."""
    cameras, pictures, mark = _searched(request, ask)
    more = [] if mark is None else [link("next", next_page(request, "token", mark), GEOJSON)]
    return _page(request, cameras, pictures, more)


@router.post(
    "/search",
    response_class=GeoJson,
    responses={400: WRITING[400], **documented(_ITEMS, "A page of items.", GEOJSON)},
)
def search_by_post(request: Request, ask: SearchIn) -> GeoJson:
    """The same for questions too long for an address. Nothing is changed."""
    cameras, pictures, mark = _searched(request, ask)
    more = []
    if mark is not None:
        body = {"token": f"{mark[0]}.{mark[1]}"}
        address = f"{root(request)}/stac/search"
        more = [link("next", address, GEOJSON, method="POST", body=body, merge=True)]
    return _page(request, cameras, pictures, more)


def _searched(
    request: Request, ask: AskSearch | SearchIn
) -> tuple[list[ShownCamera], list[PictureRecord], Mark | None]:
    archive: Archive = request.app.state.archive
    cameras = [
        camera
        for camera in archive.shown_cameras()
        if (ask.collections is None or camera.name in ask.collections) and inside(camera.place, ask.bbox)
        if ask.intersects is None or _stands_in(camera, ask.intersects)
    ]
    if ask.ids is None:
        return (cameras, *_find(request, cameras, ask))
    span = ask.datetime or Span(None, None)
    found = [
        picture
        for picture in _named(request, cameras, ask.ids[:MOST])
        if (span.first is None or span.first <= picture.taken)
        and (span.last is None or picture.taken <= span.last)
    ]
    return cameras, found[: ask.limit], None


def _stands_in(camera: ShownCamera, area: Any) -> bool:
    return camera.place is not None and bool(
        area.intersects(Point(camera.place.longitude, camera.place.latitude))
    )


def _find(
    request: Request, cameras: Sequence[ShownCamera], ask: AskItems
) -> tuple[list[PictureRecord], Mark | None]:
    archive: Archive = request.app.state.archive
    span = ask.datetime or Span(None, None)
    names = [camera.name for camera in cameras]
    return archive.shown(names, span.first, span.until, after=marked(ask.token), limit=ask.limit)


def _named(request: Request, cameras: Sequence[ShownCamera], ids: Sequence[str]) -> list[PictureRecord]:
    """Return the pictures of some items, newest first."""
    archive: Archive = request.app.state.archive
    found: dict[tuple[str, str], PictureRecord] = {}
    for name in dict.fromkeys(ids):
        taken = stac.item_time(name)
        if taken is None:
            continue
        near = [camera.name for camera in cameras if camera.first <= taken <= camera.last]
        at, _ = archive.shown(near, taken, Span(taken, taken).until, limit=MOST)
        found.update(((one.camera, name), one) for one in at if stac.item_id(one) == name)
    return sorted(found.values(), key=lambda one: one.taken, reverse=True)


def _camera(request: Request, name: str) -> ShownCamera:
    archive: Archive = request.app.state.archive
    for camera in archive.shown_cameras(name):
        return camera
    raise Missing(f"no cleared picture of a camera {name!r} is kept; /stac/collections lists those that have")


def _page(
    request: Request,
    cameras: Sequence[ShownCamera],
    pictures: Sequence[PictureRecord],
    more: Sequence[dict[str, Any]],
) -> GeoJson:
    known = {camera.name: camera for camera in cameras}
    here = root(request)
    view_of = _views(request, {picture.camera for picture in pictures})
    return GeoJson(
        {
            "type": "FeatureCollection",
            "features": [
                _item(request, known[picture.camera], picture, view_of(picture.camera, picture.taken))
                for picture in pictures
            ],
            "numberReturned": len(pictures),
            "links": [
                link("self", f"{here}{request.url.path}", GEOJSON),
                link("root", f"{here}/stac"),
                *more,
            ],
        }
    )


def _collection(request: Request, camera: ShownCamera) -> dict[str, Any]:
    here = f"{root(request)}/stac"
    links = [
        link("self", f"{here}/collections/{camera.name}"),
        link("root", here),
        link("parent", here),
        link("items", f"{here}/collections/{camera.name}/items", GEOJSON),
    ]
    return stac.collection(camera, links, request.app.state.locator.pose(camera.name))


def _views(request: Request, cameras: Collection[str]) -> Callable[[str, datetime], int | None]:
    book: Book = request.app.state.views
    return book.in_force(cameras)


def _item(request: Request, camera: ShownCamera, picture: PictureRecord, view: int | None) -> dict[str, Any]:
    here = f"{root(request)}/stac"
    collection = f"{here}/collections/{camera.name}"
    links = [
        link("self", f"{collection}/items/{stac.item_id(picture)}", GEOJSON),
        link("root", here),
        link("parent", collection),
        link("collection", collection),
    ]
    return stac.item(camera, picture, view, f"{root(request)}/api/v1/stills/{picture.still}.jpg", links)
