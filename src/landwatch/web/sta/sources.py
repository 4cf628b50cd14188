"""Where the entities of each set come from: Landwatch's own tables, and those of clients.

A camera is a Thing with a Location and a FeatureOfInterest, what it sees; a site is a Thing with a Location.
A series of readings is a Datastream, its method (instrument and version) a Sensor, its quantity an
ObservedProperty. A HistoricalLocation of a camera says since when there are frames from its place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, literal, select
from sqlalchemy.sql import FromClause

from landwatch.store import external, schema
from landwatch.web.sta.model import (
    CAMERA,
    EXTERNAL,
    GEOJSON,
    RELATIONS,
    SITE,
    Link,
    Property,
    Source,
    Value,
    read_json,
    shifted,
    span,
    stamp,
)

__all__ = ["joined", "outer_sources", "sources"]

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"

UCUM = "https://ucum.org/ucum"


def sources(entity: str) -> tuple[Source, ...]:
    """Return the sources of an entity set, with tables of their own names, so that they can be joined."""
    return tuple(make() for make in SOURCES[entity])


@cache
def outer_sources(entity: str) -> tuple[Source, ...]:
    """Return the sources of an entity set, always the same: for the set that a statement is about."""
    return sources(entity)


def joined(
    near: tuple[str, int, Any], nav: str, far: Source, link: Link | None
) -> ColumnElement[bool] | None:
    """Return what a row of `far` must be to be what `nav` of `near` leads to; None where it leads elsewhere.

    Args:
        near: the entity set, the kind and the row (a number or a column) that it leads from.
        nav: name of the relation.
        far: where it may lead to.
        link: of `near`, where the relation leads to one entity.
    """
    entity, kind, row = near
    relation = RELATIONS[entity][nav]
    if not relation.is_many:
        assert link is not None
        if link.kind is not None:
            return and_(far.row == link.column) if link.kind == far.kind else None
        return and_(far.row == shifted(link.column), link.column % 4 == far.kind)
    if relation.inverse in far.links:
        back = far.links[relation.inverse]
        if back.kind is None:
            return and_(back.column == row * 4 + kind)
        if back.kind != kind:
            return None
        on: ColumnElement[bool] = back.reached(row) if back.reached is not None else back.column == row
        return on
    return _paired(entity, kind, row, far)


def _paired(entity: str, kind: int, row: Any, far: Source) -> ColumnElement[bool] | None:
    """Return what joins entities of which each may lead to several: Locations with what was there."""
    if entity == "Locations":
        table, column = PAIRS[far.entity]
        if far.kind == EXTERNAL:
            return far.row.in_(
                select(column).where(table.c.location == row * 4 + kind).correlate_except(table)
            )
        return and_(far.row == row) if far.kind == kind else None
    table, column = PAIRS[entity]
    if kind == EXTERNAL:
        return (far.row * 4 + far.kind).in_(
            select(table.c.location).where(column == row).correlate_except(table)
        )
    return and_(far.row == row) if far.kind == kind else None


PAIRS: dict[str, tuple[Table, ColumnElement[Any]]] = {
    "Things": (external.placements, external.placements.c.thing_id),
    "HistoricalLocations": (external.move_places, external.move_places.c.move_id),
}


def _plain(column: ColumnElement[Any], *, is_optional: bool = False) -> Property:
    return Property((column,), _same, is_optional)


def _json(column: ColumnElement[Any], *, is_optional: bool = False) -> Property:
    return Property((column,), read_json, is_optional)


def _fixed(value: Any) -> Property:
    return Property((), lambda: value)


def _same(value: Any) -> Any:
    return value


def _text(column: ColumnElement[Any]) -> Value:
    return Value("text", column, is_nullable=False)


def _fixed_text(words: str) -> Value:
    return _text(literal(words))


def _titled(table: FromClause) -> ColumnElement[Any]:
    return func.coalesce(func.nullif(table.c.title, ""), table.c.name)


def _point(latitude: float, longitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _camera_things() -> Source:
    camera, asset, site = schema.cameras.alias(), schema.assets.alias(), schema.sites.alias()
    stands = site.join(asset, asset.c.site_id == site.c.id)
    of = select(site.c.name).select_from(stands).where(asset.c.camera == camera.c.name)
    place = of.correlate_except(stands).scalar_subquery()

    def properties(kind: str, followed: bool, interval: float, where: str | None) -> dict[str, Any]:
        told = {"kind": "camera", "source": kind, "followed": bool(followed), "interval": interval}
        return told if where is None else {**told, "site": where}

    return Source(
        entity="Things",
        kind=CAMERA,
        table=camera,
        row=camera.c.id,
        properties={
            "name": _plain(camera.c.name),
            "description": _plain(_titled(camera)),
            "properties": Property((camera.c.kind, camera.c.followed, camera.c.interval, place), properties),
        },
        values={
            "name": _text(camera.c.name),
            "description": _text(_titled(camera)),
            "properties/kind": _fixed_text("camera"),
            "properties/source": _text(camera.c.kind),
            "properties/followed": Value("bool", camera.c.followed, is_nullable=False),
            "properties/interval": Value("number", camera.c.interval, is_nullable=False),
            "properties/site": Value("text", place),
        },
    )


def _site_things() -> Source:
    site = schema.sites.alias()
    return Source(
        entity="Things",
        kind=SITE,
        table=site,
        row=site.c.id,
        properties={
            "name": _plain(site.c.name),
            "description": _plain(_titled(site)),
            "properties": Property(
                (site.c.area, site.c.settlement),
                lambda area, settlement: {"kind": "site", "area": area, "settlement": settlement},
            ),
        },
        values={
            "name": _text(site.c.name),
            "description": _text(_titled(site)),
            "properties/kind": _fixed_text("site"),
            "properties/area": _text(site.c.area),
            "properties/settlement": _text(site.c.settlement),
        },
    )


def _named(table: FromClause, *, rest: dict[str, str], optional: tuple[str, ...] = ()) -> Any:
    """Return properties and values of a client's table: names of the API to columns."""
    columns = {"name": "name", "description": "description", **rest}
    properties = {name: _plain(table.c[column]) for name, column in columns.items()}
    values = {name: _text(table.c[column]) for name, column in columns.items()}
    for name in optional:
        properties[name] = _json(table.c[name], is_optional=True)
        values[name] = Value("json", table.c[name])
    return properties, values


def _external_things() -> Source:
    thing = external.things.alias()
    properties, values = _named(thing, rest={}, optional=("properties",))
    return Source(
        entity="Things", kind=EXTERNAL, table=thing, row=thing.c.id, properties=properties, values=values
    )


def _place_of(table: Table, kind: int, entity: str, shape: str, words: str) -> Source:
    """Return a source of places that are columns: Locations and FeaturesOfInterest of cameras and sites."""
    place = table.alias()
    described = literal(f"{words} ") + place.c.name
    return Source(
        entity=entity,
        kind=kind,
        table=place,
        row=place.c.id,
        only=(place.c.latitude.is_not(None),) if entity == "Locations" else (),
        properties={
            "name": _plain(place.c.name),
            "description": _plain(described),
            "encodingType": _fixed(GEOJSON),
            shape: Property(
                (place.c.latitude, place.c.longitude),
                lambda latitude, longitude: None if latitude is None else _point(latitude, longitude),
            ),
        },
        values={
            "name": _text(place.c.name),
            "description": _text(described),
            "encodingType": _fixed_text(GEOJSON),
            shape: Value("geometry", place.c.latitude, place.c.longitude),
        },
    )


def _external_places(table: Table, entity: str, shape: str) -> Source:
    place = table.alias()
    properties, values = _named(place, rest={"encodingType": "encoding"}, optional=("properties",))
    properties[shape] = _json(place.c[shape])
    values[shape] = Value("geometry", place.c[shape])
    return Source(
        entity=entity, kind=EXTERNAL, table=place, row=place.c.id, properties=properties, values=values
    )


def _camera_moves() -> Source:
    camera, picture = schema.cameras.alias(), schema.pictures.alias()
    first = (
        select(func.min(picture.c.taken))
        .where(picture.c.camera_id == camera.c.id)
        .correlate_except(picture)
        .scalar_subquery()
    )
    return Source(
        entity="HistoricalLocations",
        kind=CAMERA,
        table=camera,
        row=camera.c.id,
        only=(camera.c.latitude.is_not(None), first.is_not(None)),
        properties={"time": Property((first,), stamp)},
        values={"time": Value("time", first, is_nullable=False)},
        links={"Thing": Link(CAMERA, camera.c.id)},
    )


def _external_moves() -> Source:
    move = external.moves.alias()
    return Source(
        entity="HistoricalLocations",
        kind=EXTERNAL,
        table=move,
        row=move.c.id,
        properties={"time": Property((move.c.time,), stamp)},
        values={"time": Value("time", move.c.time, is_nullable=False)},
        links={"Thing": Link(EXTERNAL, move.c.thing_id)},
    )


def _first_of(column: str, of: FromClause) -> ColumnElement[Any]:
    """Return the number of the oldest series that shares a column's value."""
    other = schema.series.alias()
    oldest = select(func.min(other.c.id)).where(other.c[column] == of.c[column])
    return oldest.correlate_except(other).scalar_subquery()


def _sharing(column: str, of: FromClause) -> Callable[[Any], ColumnElement[bool]]:
    def reached(row: Any) -> ColumnElement[bool]:
        other = schema.series.alias()
        shared = select(other.c[column]).where(other.c.id == row).correlate_except(other)
        return of.c[column] == shared.scalar_subquery()

    return reached


def _series_streams() -> Source:
    series, camera, reading = schema.series.alias(), schema.cameras.alias(), schema.readings.alias()
    of = reading.c.series_id == series.c.id
    first = select(func.min(reading.c.time)).where(of).correlate_except(reading).scalar_subquery()
    last = select(func.max(reading.c.time)).where(of).correlate_except(reading).scalar_subquery()
    name = series.c.quantity + " at " + camera.c.name
    words = series.c.quantity + " as " + series.c.method + " reads it"
    return Source(
        entity="Datastreams",
        kind=CAMERA,
        table=series.join(camera, camera.c.id == series.c.camera_id),
        row=series.c.id,
        properties={
            "name": _plain(name),
            "description": _plain(words),
            "observationType": _fixed(MEASUREMENT),
            "unitOfMeasurement": Property(
                (series.c.unit,), lambda unit: {"name": unit, "symbol": unit, "definition": UCUM}
            ),
            "phenomenonTime": Property((first, last), span, is_optional=True),
            "resultTime": Property((first, last), span, is_optional=True),
        },
        values={
            "name": _text(name),
            "description": _text(words),
            "observationType": _fixed_text(MEASUREMENT),
            "unitOfMeasurement/name": _text(series.c.unit),
            "unitOfMeasurement/symbol": _text(series.c.unit),
            "unitOfMeasurement/definition": _fixed_text(UCUM),
            "phenomenonTime": Value("span", first, last),
            "resultTime": Value("span", first, last),
        },
        links={
            "Thing": Link(CAMERA, series.c.camera_id),
            "Sensor": Link(CAMERA, _first_of("method", series), _sharing("method", series)),
            "ObservedProperty": Link(CAMERA, _first_of("quantity", series), _sharing("quantity", series)),
        },
    )


def _external_streams() -> Source:
    stream, seen, last_seen = (
        external.streams.alias(),
        external.observations.alias(),
        external.observations.alias(),
    )
    first = select(func.min(seen.c.time)).where(seen.c.stream_id == stream.c.id).correlate_except(seen)
    start = first.scalar_subquery()
    # The newest by its start, for which there is an index; one that ends later may have started earlier.
    last = (
        select(func.coalesce(last_seen.c.until, last_seen.c.time))
        .where(last_seen.c.stream_id == stream.c.id)
        .order_by(last_seen.c.time.desc())
        .limit(1)
        .correlate_except(last_seen)
        .scalar_subquery()
    )
    properties, values = _named(stream, rest={"observationType": "kind"}, optional=("properties",))
    properties |= {
        "unitOfMeasurement": _json(stream.c.unit),
        "observedArea": _json(stream.c.area, is_optional=True),
        "phenomenonTime": Property((start, last), span, is_optional=True),
    }
    values |= {
        "unitOfMeasurement": Value("json", stream.c.unit),
        "observedArea": Value("geometry", stream.c.area),
        "phenomenonTime": Value("span", start, last),
    }
    return Source(
        entity="Datastreams",
        kind=EXTERNAL,
        table=stream,
        row=stream.c.id,
        properties=properties,
        values=values,
        links={
            "Thing": Link(None, stream.c.thing),
            "Sensor": Link(None, stream.c.sensor),
            "ObservedProperty": Link(None, stream.c.quantity),
        },
    )


def _firsts(column: str) -> tuple[FromClause, ColumnElement[bool]]:
    """Return the series, and which of them are the oldest of their column's value."""
    series, each = schema.series.alias(), schema.series.alias()
    return series, series.c.id.in_(select(func.min(each.c.id)).group_by(each.c[column]))


def _instruments() -> Source:
    series, is_first = _firsts("method")
    described = literal("Landwatch instrument ") + series.c.method

    def parts(method: str) -> dict[str, str]:
        name, _, version = method.partition("/")
        return {"instrument": name, "version": version}

    return Source(
        entity="Sensors",
        kind=CAMERA,
        table=series,
        row=series.c.id,
        only=(is_first,),
        properties={
            "name": _plain(series.c.method),
            "description": _plain(described),
            "encodingType": _fixed("text/plain"),
            "metadata": _plain(series.c.method),
            "properties": Property((series.c.method,), parts),
        },
        values={
            "name": _text(series.c.method),
            "description": _text(described),
            "encodingType": _fixed_text("text/plain"),
            "metadata": _text(series.c.method),
        },
    )


def _external_sensors() -> Source:
    sensor = external.sensors.alias()
    properties, values = _named(sensor, rest={"encodingType": "encoding"}, optional=("properties",))
    properties["metadata"] = _json(sensor.c.metadata)
    values["metadata"] = Value("json", sensor.c.metadata)
    return Source(
        entity="Sensors", kind=EXTERNAL, table=sensor, row=sensor.c.id, properties=properties, values=values
    )


def _quantities() -> Source:
    series, is_first = _firsts("quantity")
    urn = literal("urn:landwatch:quantity:") + series.c.quantity
    return Source(
        entity="ObservedProperties",
        kind=CAMERA,
        table=series,
        row=series.c.id,
        only=(is_first,),
        properties={
            "name": _plain(series.c.quantity),
            "definition": _plain(urn),
            "description": _plain(series.c.quantity),
        },
        values={
            "name": _text(series.c.quantity),
            "definition": _text(urn),
            "description": _text(series.c.quantity),
        },
    )


def _external_quantities() -> Source:
    quantity = external.quantities.alias()
    properties, values = _named(quantity, rest={"definition": "definition"}, optional=("properties",))
    return Source(
        entity="ObservedProperties",
        kind=EXTERNAL,
        table=quantity,
        row=quantity.c.id,
        properties=properties,
        values=values,
    )


def _readings() -> Source:
    reading, series = schema.readings.alias(), schema.series.alias()
    camera = (
        select(series.c.camera_id)
        .where(series.c.id == reading.c.series_id)
        .correlate_except(series)
        .scalar_subquery()
    )

    def of_camera(row: Any) -> ColumnElement[bool]:
        its = series.alias()
        return reading.c.series_id.in_(select(its.c.id).where(its.c.camera_id == row).correlate_except(its))

    def quality(sigma: float | None, absent: str | None, flags: str | None) -> dict[str, Any]:
        return {"uncertainty": sigma, "absent": absent, "flags": read_json(flags) or []}

    return Source(
        entity="Observations",
        kind=CAMERA,
        table=reading,
        row=reading.c.id,
        properties={
            "phenomenonTime": Property((reading.c.time,), stamp),
            "result": _plain(reading.c.value),
            "resultTime": Property((reading.c.time,), stamp),
            "resultQuality": Property((reading.c.sigma, reading.c.absent, reading.c.flags), quality),
        },
        values={
            "phenomenonTime": Value("time", reading.c.time, is_nullable=False),
            "resultTime": Value("time", reading.c.time, is_nullable=False),
            "result": Value("number", reading.c.value),
            "resultQuality/uncertainty": Value("number", reading.c.sigma),
            "resultQuality/absent": Value("text", reading.c.absent),
        },
        links={
            "Datastream": Link(CAMERA, reading.c.series_id),
            "FeatureOfInterest": Link(CAMERA, camera, of_camera),
        },
    )


def _external_observations() -> Source:
    seen = external.observations.alias()
    return Source(
        entity="Observations",
        kind=EXTERNAL,
        table=seen,
        row=seen.c.id,
        properties={
            "phenomenonTime": Property((seen.c.time, seen.c.until), span),
            "result": _json(seen.c.result),
            "resultTime": Property((seen.c.result_time,), stamp),
            "resultQuality": _json(seen.c.quality, is_optional=True),
            "validTime": Property((seen.c.valid_from, seen.c.valid_until), span, is_optional=True),
            "parameters": _json(seen.c.parameters, is_optional=True),
        },
        values={
            "phenomenonTime": Value(
                "span", seen.c.time, func.coalesce(seen.c.until, seen.c.time), is_nullable=False
            ),
            "resultTime": Value("time", seen.c.result_time),
            "result": Value("result", seen.c.number, seen.c.words),
            "resultQuality": Value("json", seen.c.quality),
            "validTime": Value("span", seen.c.valid_from, seen.c.valid_until),
            "parameters": Value("json", seen.c.parameters),
        },
        links={
            "Datastream": Link(EXTERNAL, seen.c.stream_id),
            "FeatureOfInterest": Link(None, seen.c.feature),
        },
    )


SOURCES: dict[str, tuple[Callable[[], Source], ...]] = {
    "Things": (_external_things, _camera_things, _site_things),
    "Locations": (
        lambda: _external_places(external.locations, "Locations", "location"),
        lambda: _place_of(schema.cameras, CAMERA, "Locations", "location", "Place of camera"),
        lambda: _place_of(schema.sites, SITE, "Locations", "location", "Place of site"),
    ),
    "HistoricalLocations": (_external_moves, _camera_moves),
    "Datastreams": (_external_streams, _series_streams),
    "Sensors": (_external_sensors, _instruments),
    "ObservedProperties": (_external_quantities, _quantities),
    "Observations": (_external_observations, _readings),
    "FeaturesOfInterest": (
        lambda: _external_places(external.features, "FeaturesOfInterest", "feature"),
        lambda: _place_of(schema.cameras, CAMERA, "FeaturesOfInterest", "feature", "Land seen by camera"),
    ),
}
"""How each source is made, of every set."""
