"""Creates, changes and deletes what clients own: sensors of others beside the cameras.

What Landwatch knows or measures itself (cameras, sites, instruments, readings) is refused; but an external
Datastream may belong to a camera, stand at its place, and be of a quantity that Landwatch measures too.

References:
    [1] OGC 18-088, "OGC SensorThings API Part 1: Sensing Version 1.1", 10.2 to 10.4 (table 25: what is
        deleted with what).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from landwatch.store import external, micros
from landwatch.web.sta.faults import Refused, Wrong
from landwatch.web.sta.geometry import geometry_of
from landwatch.web.sta.model import CAMERA, ENTITIES, EXTERNAL, LARGEST, RELATIONS, number_of, take
from landwatch.web.sta.pages import Near, Reader
from landwatch.web.sta.tree import instant

__all__ = ["FIELDS", "LINKS", "LONGEST_RESULT", "LONGEST_TEXT", "Writer"]

LONGEST_TEXT = 2_000
"""Of a name or a description. [1]"""

LONGEST_JSON = 16_384
"""Of a property that is JSON: a river's outline; too little for a picture. [1]"""

LONGEST_RESULT = 1_000
"""Of a result that is no number. Pictures are no results: they have not gone through removal. [1]"""

MOST_CREATED = 1_000
"""Entities that one entity may be sent with. [1]"""


@dataclass(frozen=True, slots=True)
class _Field:
    columns: tuple[str, ...]
    check: Callable[[str, Any], tuple[Any, ...]]
    """Takes the property's name and value, returns what is stored in the columns."""
    is_required: bool = True


def _words(name: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Wrong(f"{name}: a text of at most {LONGEST_TEXT} characters")
    return (value,)


def _dumped(name: str, value: Any, most: int = LONGEST_JSON) -> str:
    told = json.dumps(value, separators=(",", ":"))
    if len(told) > most:
        raise Wrong(f"{name}: JSON of at most {most} characters, not {len(told)}")
    return told


def _any(name: str, value: Any) -> tuple[Any, ...]:
    return (_dumped(name, value),)


def _object(name: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, dict | None):
        raise Wrong(f"{name}: a JSON object")
    return (None if value is None else _dumped(name, value),)


def _geojson(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, dict) and "type" in value:
        try:
            geometry_of(value)
        except ValueError as error:
            raise Wrong(f"{name}: {error}") from None
    elif not isinstance(value, dict | str | None):
        raise Wrong(f"{name}: GeoJSON, or words")
    return (None if value is None else _dumped(name, value),)


def _shape(name: str, value: Any) -> tuple[Any, ...]:
    if value is None:
        raise Wrong(f"{name}: a GeoJSON geometry, such as a Point")
    return _geojson(name, value)


def _unit(name: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, dict) or not {"name", "symbol", "definition"} <= set(value):
        raise Wrong(f"{name}: an object with name, symbol and definition (null where there is no unit)")
    return (_dumped(name, value),)


def _moment(name: str, value: Any) -> tuple[Any, ...]:
    try:
        return (None if value is None else micros(instant(value)),)
    except (TypeError, ValueError) as error:
        raise Wrong(f"{name}: a time such as 2026-05-01T12:00:00Z; {error}") from None


def _instant(name: str, value: Any) -> tuple[Any, ...]:
    if value is None:
        raise Wrong(f"{name}: a time such as 2026-05-01T12:00:00Z")
    return _moment(name, value)


def _span(name: str, value: Any) -> tuple[Any, ...]:
    if value is None:
        return (None, None)
    if not isinstance(value, str):
        raise Wrong(f"{name}: a time, or two with / between them")
    start, mark, end = value.partition("/")
    first, last = _moment(name, start)[0], _moment(name, end)[0] if mark else None
    if last is not None and last < first:
        raise Wrong(f"{name}: it ends before it starts")
    return (first, last)


def _result(name: str, value: Any) -> tuple[Any, ...]:
    told = _dumped(name, value, LONGEST_RESULT)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and abs(value) >= 1e300:
        raise Wrong(f"{name}: a number below 1e300")
    return (float(value) if is_number else None, value if isinstance(value, str) else None, told)


NAMED = {"name": _Field(("name",), _words), "description": _Field(("description",), _words)}
PROPERTIES = {"properties": _Field(("properties",), _object, False)}
ENCODED = {"encodingType": _Field(("encoding",), _words)}

FIELDS: dict[str, dict[str, _Field]] = {
    "Things": {**NAMED, **PROPERTIES},
    "Locations": {**NAMED, **ENCODED, "location": _Field(("location",), _shape), **PROPERTIES},
    "HistoricalLocations": {"time": _Field(("time",), _instant)},
    "Datastreams": {
        **NAMED,
        "observationType": _Field(("kind",), _words),
        "unitOfMeasurement": _Field(("unit",), _unit),
        "observedArea": _Field(("area",), _geojson, False),
        **PROPERTIES,
    },
    "Sensors": {**NAMED, **ENCODED, "metadata": _Field(("metadata",), _any), **PROPERTIES},
    "ObservedProperties": {**NAMED, "definition": _Field(("definition",), _words), **PROPERTIES},
    "Observations": {
        "result": _Field(("number", "words", "result"), _result),
        "phenomenonTime": _Field(("time", "until"), _span, False),
        "resultTime": _Field(("result_time",), _moment, False),
        "resultQuality": _Field(("quality",), _any, False),
        "validTime": _Field(("valid_from", "valid_until"), _span, False),
        "parameters": _Field(("parameters",), _object, False),
    },
    "FeaturesOfInterest": {**NAMED, **ENCODED, "feature": _Field(("feature",), _shape), **PROPERTIES},
}
"""What a client may say of each entity."""

TABLES: dict[str, Table] = {
    "Things": external.things,
    "Locations": external.locations,
    "HistoricalLocations": external.moves,
    "Datastreams": external.streams,
    "Sensors": external.sensors,
    "ObservedProperties": external.quantities,
    "Observations": external.observations,
    "FeaturesOfInterest": external.features,
}

LINKS: dict[str, dict[str, str]] = {
    "Datastreams": {"Thing": "thing", "Sensor": "sensor", "ObservedProperty": "quantity"},
    "HistoricalLocations": {"Thing": "thing_id"},
    "Observations": {"Datastream": "stream_id", "FeatureOfInterest": "feature"},
}
"""The column of each relation to one entity."""

IGNORED = {"@iot.id", "id", "@iot.selfLink"}
TOLD_BY_OBSERVATIONS = {"phenomenonTime", "resultTime"}
"""Of a Datastream: it follows from what it holds, and what a client says of it is left out."""


class Writer:
    """Writes one request in one transaction."""

    def __init__(self, connection: Connection, reader: Reader, now: datetime) -> None:
        """Take where to write, what finds entities there, and what time it is."""
        self._connection = connection
        self._reader = reader
        self._now = now
        self._created = 0

    def create(self, entity: str, body: Any, near: Near | None = None) -> int:
        """Create an entity, with those that stand within it, and return its number.

        Raises:
            Wrong: naming what is missing or not understood.
            Refused: if it were to change what is Landwatch's own.
        """
        links = {}
        if near is not None:
            links[RELATIONS[near[0]][near[2]].inverse] = near[1]
        return self._create(entity, body, links)

    def change(self, entity: str, number: int, body: Any, *, is_whole: bool) -> None:
        """Change an entity.

        Args:
            entity: its set.
            number: its number.
            body: the properties to change, as JSON.
            is_whole: whether what is not there loses its value.

        Raises:
            Wrong: naming what is not understood.
            Refused: if it is Landwatch's own.
        """
        row = self._own(entity, number)
        fields = self._fields(entity, body, is_new=is_whole)
        if not is_whole:
            fields = {
                column: value for column, value in fields.items() if column in self._named(entity, body)
            }
        if entity == "Observations" and fields.get("time", 0) is None:
            raise Wrong("phenomenonTime: a time such as 2026-05-01T12:00:00Z")
        for nav, column in LINKS.get(entity, {}).items():
            if nav in body:
                fields[column] = self._stored(
                    entity, nav, self._linked(RELATIONS[entity][nav].entity, nav, body[nav])
                )
        table = TABLES[entity]
        if fields:
            self._connection.execute(table.update().where(table.c.id == row).values(**fields))
        if entity == "Things" and "Locations" in body:
            self._place(
                number, [self._linked("Locations", "Locations", each) for each in _listed("Locations", body)]
            )
        if entity == "Locations" and "Things" in body:
            for each in _listed("Things", body):
                self._place(self._linked("Things", "Things", each), [number])

    def delete(self, entity: str, number: int) -> None:
        """Delete an entity, and what cannot be without it.

        Raises:
            Refused: if it is Landwatch's own.
        """
        row = self._own(entity, number)
        streams, moves = external.streams, external.moves
        seen = external.observations
        if entity in ("Things", "Sensors", "ObservedProperties"):
            column = {"Things": streams.c.thing, "Sensors": streams.c.sensor}.get(entity, streams.c.quantity)
            self._drop_streams(column == number)
        if entity == "Things":
            self._drop_moves(moves.c.thing_id == row)
            placed = external.placements
            self._connection.execute(placed.delete().where(placed.c.thing_id == row))
        if entity == "Locations":
            places, placed = external.move_places, external.placements
            self._drop_moves(moves.c.id.in_(select(places.c.move_id).where(places.c.location == number)))
            self._connection.execute(placed.delete().where(placed.c.location == number))
            features = external.features
            self._connection.execute(
                features.update().where(features.c.location == number).values(location=None)
            )
        if entity == "HistoricalLocations":
            self._drop_moves(moves.c.id == row)
        if entity == "Datastreams":
            self._drop_streams(streams.c.id == row)
        if entity == "FeaturesOfInterest":
            self._connection.execute(seen.delete().where(seen.c.feature == number))
        table = TABLES[entity]
        self._connection.execute(table.delete().where(table.c.id == row))

    def _drop_streams(self, which: Any) -> None:
        streams, seen = external.streams, external.observations
        chosen = select(streams.c.id).where(which)
        self._connection.execute(seen.delete().where(seen.c.stream_id.in_(chosen)))
        self._connection.execute(streams.delete().where(which))

    def _drop_moves(self, which: Any) -> None:
        moves, places = external.moves, external.move_places
        rows = list(self._connection.scalars(select(moves.c.id).where(which)))
        for start in range(0, len(rows), MOST_CREATED):
            few = rows[start : start + MOST_CREATED]
            self._connection.execute(places.delete().where(places.c.move_id.in_(few)))
            self._connection.execute(moves.delete().where(moves.c.id.in_(few)))

    def _create(self, entity: str, body: Any, links: dict[str, int]) -> int:
        self._created += 1
        if self._created > MOST_CREATED:
            raise Wrong(f"one request creates at most {MOST_CREATED} entities; send them in parts")
        fields = self._fields(entity, body, is_new=True)
        for nav, column in LINKS.get(entity, {}).items():
            number = links.get(nav)
            if number is None and nav in body:
                number = self._resolved(RELATIONS[entity][nav].entity, nav, body[nav])
            if number is None and nav == "FeatureOfInterest":
                continue
            if number is None:
                raise Wrong(f'{nav}: say which, as {{"@iot.id": 1}}, or describe a new one')
            fields[column] = self._stored(entity, nav, number)
        if entity == "Observations":
            if fields["time"] is None:
                fields["time"] = micros(self._now)
            if "feature" not in fields:
                fields["feature"] = self._feature_of(fields["stream_id"])
        inserted = self._connection.execute(TABLES[entity].insert().values(**fields)).inserted_primary_key
        assert inserted is not None
        number = number_of(EXTERNAL, inserted[0])
        self._create_within(entity, number, body, links)
        return number

    def _create_within(self, entity: str, number: int, body: dict[str, Any], links: dict[str, int]) -> None:
        """Create or link what stands in an entity's lists."""
        if entity in ("Things", "HistoricalLocations"):
            places = [self._resolved("Locations", "Locations", each) for each in _listed("Locations", body)]
            places += [links["Locations"]] if "Locations" in links else []
            if entity == "Things" and places:
                self._place(number, places)
            elif places:
                self._visit(take(number)[1], places)
        if entity == "Locations":
            things = [self._resolved("Things", "Things", each) for each in _listed("Things", body)]
            for thing in [*things, *([links["Things"]] if "Things" in links else [])]:
                self._place(thing, [number])
            if "HistoricalLocations" in links:
                self._visit(self._own("HistoricalLocations", links["HistoricalLocations"]), [number])
        for nav, relation in RELATIONS[entity].items():
            if relation.is_many and nav not in ("Locations", "Things"):
                for each in _listed(nav, body):
                    self._create(relation.entity, each, {relation.inverse: number})

    def _place(self, thing: int, places: Sequence[int]) -> None:
        """Say where a thing is from now on, and keep since when."""
        row = self._own("Things", thing)
        placed = external.placements
        self._connection.execute(placed.delete().where(placed.c.thing_id == row))
        rows = [{"thing_id": row, "location": place} for place in dict.fromkeys(places)]
        if rows:
            self._connection.execute(placed.insert(), rows)
            move = external.moves.insert().values(thing_id=row, time=micros(self._now))
            inserted = self._connection.execute(move).inserted_primary_key
            assert inserted is not None
            self._visit(inserted[0], places)

    def _visit(self, move: int, places: Sequence[int]) -> None:
        rows = [{"move_id": move, "location": place} for place in dict.fromkeys(places)]
        self._connection.execute(external.move_places.insert(), rows)

    def _feature_of(self, stream: int) -> int:
        """Return the feature that an observation is of where none is named: the place of its thing."""
        streams, features, placed = (
            external.streams,
            external.features,
            external.placements,
        )
        thing = self._connection.execute(select(streams.c.thing).where(streams.c.id == stream)).scalar_one()
        kind, row = take(thing)
        if kind == CAMERA:
            return int(thing)
        places = select(placed.c.location).where(placed.c.thing_id == row).order_by(placed.c.location)
        place = self._connection.execute(places).scalar() if kind == EXTERNAL else thing
        if place is None or not self._reader.is_there("Locations", place):
            raise Wrong("FeatureOfInterest: name one, or give the Thing a Location that it can be made from")
        found = self._connection.execute(select(features.c.id).where(features.c.location == place)).scalar()
        if found is None:
            told = self._reader.place(place)
            values = self._fields("FeaturesOfInterest", {**told, "feature": told["location"]}, is_new=True)
            made = features.insert().values(**values, location=place)
            inserted = self._connection.execute(made).inserted_primary_key
            assert inserted is not None
            found = inserted[0]
        return number_of(EXTERNAL, found)

    def _fields(self, entity: str, body: Any, *, is_new: bool) -> dict[str, Any]:
        """Return columns and values of the properties in a body."""
        if not isinstance(body, dict):
            raise Wrong(f"a {ENTITIES[entity]} is a JSON object")
        known = FIELDS[entity]
        allowed = set(known) | set(RELATIONS[entity]) | IGNORED
        for name in body:
            is_left_out = entity == "Datastreams" and name in TOLD_BY_OBSERVATIONS
            made_from = entity == "FeaturesOfInterest" and name == "location"
            if name not in allowed and not is_left_out and not made_from and "@iot." not in name:
                raise Wrong(
                    f"{ENTITIES[entity]}: no property {name!r}; there are: {', '.join(sorted(allowed))}"
                )
        fields: dict[str, Any] = {}
        for name, each in known.items():
            if name in body:
                fields.update(zip(each.columns, each.check(name, body[name]), strict=True))
            elif is_new and each.is_required:
                raise Wrong(f"{ENTITIES[entity]}: {name} is missing")
            elif is_new:
                fields.update(dict.fromkeys(each.columns))
        return fields

    def _named(self, entity: str, body: dict[str, Any]) -> set[str]:
        return {column for name, each in FIELDS[entity].items() if name in body for column in each.columns}

    def _own(self, entity: str, number: int) -> int:
        """Return the row of an entity that clients own."""
        kind, row = take(number)
        if kind != EXTERNAL:
            raise Refused(
                f"{ENTITIES[entity]} {number} is Landwatch's own; by this API only what others measure "
                "beside the cameras is written"
            )
        return row

    def _resolved(self, entity: str, nav: str, told: Any) -> int:
        """Return the number of an entity that is named, or create the one that is described."""
        return self._linked(entity, nav, told) if _is_link(told) else self._create(entity, told, {})

    def _linked(self, entity: str, nav: str, told: Any) -> int:
        if not _is_link(told):
            raise Wrong(f'{nav}: name one that is there, as {{"@iot.id": 1}}')
        number = told.get("@iot.id", told.get("id"))
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= LARGEST:
            raise Wrong(f"{nav}: @iot.id is a whole number")
        if not self._reader.is_there(entity, number):
            raise Wrong(f"{nav}: no {ENTITIES[entity]} has the number {number}")
        return number

    def _stored(self, entity: str, nav: str, number: int) -> int:
        """Return what a column of `LINKS` holds: a row where it is always a client's, or a number."""
        is_row = LINKS[entity][nav].endswith("_id")
        return self._own(RELATIONS[entity][nav].entity, number) if is_row else number


def _is_link(told: Any) -> bool:
    # Some clients send the whole entity with its number; what is new has none.
    return isinstance(told, dict) and ("@iot.id" in told or set(told) == {"id"})


def _listed(nav: str, body: dict[str, Any]) -> list[Any]:
    listed = body.get(nav, [])
    if not isinstance(listed, list):
        raise Wrong(f"{nav}: a list")
    return listed
