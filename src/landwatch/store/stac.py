"""Cleared pictures as STAC 1.1: a collection a camera, an item a picture that is kept.

An item has its one asset, the cleared picture, with size and checksum, where the sun stood, and of the
removal the status and the model's hash; nothing tells whether anything was removed. Where a camera stands is
told, where it looks only in its collection: an item names the version of the view that was in force.

References:
    [1] Radiant Earth, "SpatioTemporal Asset Catalog specification 1.1.0", stacspec.org.
    [2] stac-extensions: "view" 1.0.0, "file" 2.1.0 (checksums are multihashes).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from landwatch.clock import aware
from landwatch.config import Place, Pose
from landwatch.errors import StoreError
from landwatch.store._archive import Archive
from landwatch.store._records import PictureRecord, ShownCamera
from landwatch.store._whole import whole
from landwatch.sun import position

__all__ = ["VERSION", "catalog", "collection", "item", "item_id", "item_time", "write"]

VERSION = "1.1.0"

VIEW = "https://stac-extensions.github.io/view/v1.0.0/schema.json"
FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json"

SHA2_256 = "1220"
"""How the multihash of a SHA-256 begins: its code, and its 32 bytes."""

STAMP = "%Y%m%dT%H%M%S.%fZ"
"""How an item's name begins."""

DIGITS = 12
"""Of the picture's SHA-256 in an item's name: two pictures of one camera and microsecond differ by it."""

WORLD = [-180.0, -90.0, 180.0, 90.0]
"""Where a camera may stand whose place is not known."""

PAGE = 500
"""Pictures that are read at a time."""

Link = Mapping[str, Any]


def item_id(picture: PictureRecord) -> str:
    """Return the name of the item of a picture that is kept."""
    return f"{picture.taken.strftime(STAMP)}-{(picture.still or '')[:DIGITS]}"


def item_time(name: str) -> datetime | None:
    """Return when the picture of an item of that name was taken; None if no item is called so."""
    stamp, _, digits = name.partition("-")
    try:
        taken = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return taken if len(digits) == DIGITS else None


def catalog(name: str, title: str, description: str, links: Sequence[Link]) -> dict[str, Any]:
    """Return a catalog."""
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": name,
        "title": title,
        "description": description,
        "links": list(links),
    }


def collection(camera: ShownCamera, links: Sequence[Link], pose: Pose | None = None) -> dict[str, Any]:
    """Return the collection of a camera's cleared pictures.

    Args:
        camera: of which at least one picture is kept.
        links: to the collection itself and to what is above and below it.
        pose: where it looks now, if that is known.
    """
    newest = None if camera.followed else _time(camera.last)
    summaries: dict[str, Any] = {"platform": [camera.name], "landwatch:status": ["cleared"]}
    if pose is not None:
        summaries["view:azimuth"] = _only(pose.azimuth)
        if pose.elevation <= 0:
            # The extension knows no view above the horizon.
            summaries["view:off_nadir"] = _only(90.0 + pose.elevation)
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "stac_extensions": [VIEW, FILE],
        "id": camera.name,
        "title": camera.title or camera.name,
        "description": (
            f"Pictures of the fixed camera {camera.name}, one about every {camera.interval:g} s. People and "
            "vehicles were removed in memory, before anything was kept."
        ),
        "license": "other",
        "extent": {
            "spatial": {"bbox": [_bbox(camera.place) or WORLD]},
            "temporal": {"interval": [[_time(camera.first), newest]]},
        },
        "summaries": summaries,
        "item_assets": {
            "picture": {"type": "image/jpeg", "roles": ["data"], "title": "The cleared picture"},
        },
        "links": list(links),
    }


def item(
    camera: ShownCamera, picture: PictureRecord, view: int | None, picture_href: str, links: Sequence[Link]
) -> dict[str, Any]:
    """Return the item of a cleared picture that is kept.

    Args:
        camera: which took it.
        picture: with a still.
        view: number of the version of the camera's view that was in force, or None.
        picture_href: where the still is.
        links: to the item itself and to what is above it.
    """
    properties: dict[str, Any] = {
        "datetime": _time(picture.taken),
        "platform": camera.name,
        "landwatch:status": picture.status,
        "landwatch:removal_model": picture.model,
        "landwatch:time_from": picture.time_from,
    }
    if view is not None:
        properties["landwatch:view"] = view
    place = camera.place
    told: dict[str, Any] = {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [FILE],
        "id": item_id(picture),
        "collection": camera.name,
        "geometry": None,
        "properties": properties,
    }
    if place is not None:
        sun = position(picture.taken, place.latitude, place.longitude)
        properties["view:sun_azimuth"] = round(sun.azimuth, 2)
        properties["view:sun_elevation"] = round(sun.elevation, 2)
        told["stac_extensions"].append(VIEW)
        told["geometry"] = {"type": "Point", "coordinates": [place.longitude, place.latitude]}
        told["bbox"] = _bbox(place)
    told["assets"] = {
        "picture": {
            "href": picture_href,
            "type": "image/jpeg",
            "roles": ["data"],
            "title": "The cleared picture",
            "file:size": picture.bytes,
            "file:checksum": f"{SHA2_256}{picture.still}",
        }
    }
    told["links"] = list(links)
    return told


def write(
    archive: Archive,
    folder: Path,
    cameras: Sequence[ShownCamera],
    since: datetime | None,
    until: datetime | None,
    poses: Mapping[str, Pose],
    view_of: Callable[[str, datetime], int | None],
    done: Callable[[], None],
) -> None:
    """Write a catalog that needs nothing else: cameras, their days, the items of each day and their pictures.

    A file takes its name only when it is whole, and an item only when its picture is there. Items that are
    there are left as they are, so a second run goes on where the first one ended.

    Args:
        archive: what is read.
        folder: where the catalog goes.
        cameras: whose pictures.
        since: first time, or None.
        until: end of the span, outside of it, or None.
        poses: where cameras look now.
        view_of: tells the number of the version of a camera's view that was in force at a time.
        done: called after each picture.

    Raises:
        StoreError: if it cannot be written.
    """
    try:
        for camera in cameras:
            found = _pictures(archive, camera.name, since, until)
            for day, pictures in groupby(found, key=lambda one: f"{aware(one.taken):%Y-%m-%d}"):
                for picture in pictures:
                    view = view_of(camera.name, picture.taken)
                    _write_item(archive, folder / camera.name / day, camera, picture, view)
                    done()
                _write_day(folder / camera.name / day, camera)
            _write_collection(folder / camera.name, camera, poses.get(camera.name))
        names = sorted(path.parent.name for path in folder.glob("*/collection.json"))
        links = [
            _link("root", "./catalog.json"),
            *(_link("child", f"./{name}/collection.json") for name in names),
        ]
        told = catalog("landwatch", "Landwatch", "What fixed cameras see of the land.", links)
        _put(folder / "catalog.json", told)
    except OSError as error:
        raise StoreError(f"cannot write {error.filename or folder}: {error.strerror}") from None


def _pictures(
    archive: Archive, camera: str, since: datetime | None, until: datetime | None
) -> Iterator[PictureRecord]:
    """Yield pictures that are kept, newest first."""
    mark = None
    while True:
        page, mark = archive.shown([camera], since, until, after=mark, limit=PAGE)
        yield from page
        if mark is None:
            return


def _write_item(
    archive: Archive, folder: Path, camera: ShownCamera, picture: PictureRecord, view: int | None
) -> None:
    name = item_id(picture)
    if (folder / f"{name}.json").exists():
        return
    still = archive.still(picture.still or "")
    if still is None:  # pruned since it was found
        return
    folder.mkdir(parents=True, exist_ok=True)
    with whole(folder / f"{name}.jpg") as part:
        shutil.copyfile(still, part)
    links = [
        _link("root", "../../catalog.json"),
        _link("collection", "../collection.json"),
        _link("parent", "./catalog.json"),
    ]
    _put(folder / f"{name}.json", item(camera, picture, view, f"./{name}.jpg", links))


def _write_day(folder: Path, camera: ShownCamera) -> None:
    items = sorted(path.name for path in folder.glob("2*.json"))
    links = [
        _link("root", "../../catalog.json"),
        _link("parent", "../collection.json"),
        *(_link("item", f"./{name}", "application/geo+json") for name in items),
    ]
    told = catalog(f"{camera.name}-{folder.name}", folder.name, f"A day (UTC) of {camera.name}.", links)
    if items:
        _put(folder / "catalog.json", told)


def _write_collection(folder: Path, camera: ShownCamera, pose: Pose | None) -> None:
    days = sorted(path.parent.name for path in folder.glob("*/catalog.json"))
    links = [
        _link("root", "../catalog.json"),
        _link("parent", "../catalog.json"),
        *(_link("child", f"./{day}/catalog.json") for day in days),
    ]
    if days:
        _put(folder / "collection.json", collection(camera, links, pose))


def _put(path: Path, told: Mapping[str, Any]) -> None:
    with whole(path) as part:
        part.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _link(relation: str, href: str, media_type: str = "application/json") -> dict[str, str]:
    return {"rel": relation, "href": href, "type": media_type}


def _bbox(place: Place | None) -> list[float] | None:
    return None if place is None else [place.longitude, place.latitude, place.longitude, place.latitude]


def _only(value: float) -> dict[str, float]:
    return {"minimum": value, "maximum": value}


def _time(moment: datetime) -> str:
    return aware(moment).isoformat().replace("+00:00", "Z")
