"""The entities of SensorThings, and where in the store each of them is.

An entity set has up to three sources: what Landwatch knows of its own (cameras, sites, series of readings)
and what clients own (tables `external_*`). A number of the API is four times the row's number plus the
source's `kind`, so it never changes and no two sources share one.

References:
    [1] OGC 18-088, "OGC SensorThings API Part 1: Sensing Version 1.1", 8.2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, literal_column

__all__ = [
    "BITS",
    "CAMERA",
    "ENTITIES",
    "EXTERNAL",
    "GEOJSON",
    "LARGEST",
    "RELATIONS",
    "SITE",
    "Link",
    "Property",
    "Relation",
    "Source",
    "Value",
    "number_of",
    "read_json",
    "shifted",
    "span",
    "stamp",
    "take",
]

BITS = 2
"""Of a number that tell its source. [bit]"""

EXTERNAL, CAMERA, SITE = 0, 1, 2
"""Kinds of sources. What is derived from cameras (series, instruments) has the kind of cameras."""

GEOJSON = "application/geo+json"

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - without its zone, which is written as Z

LARGEST = 2**53 - 1
"""Number that every reader of JSON keeps."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One navigation property."""

    entity: str
    """The set at its other end."""
    is_many: bool
    inverse: str
    """Its name seen from there."""


ENTITIES = {
    "Things": "Thing",
    "Locations": "Location",
    "HistoricalLocations": "HistoricalLocation",
    "Datastreams": "Datastream",
    "Sensors": "Sensor",
    "ObservedProperties": "ObservedProperty",
    "Observations": "Observation",
    "FeaturesOfInterest": "FeatureOfInterest",
}
"""Every entity set and the name of one of its entities."""

RELATIONS: dict[str, dict[str, Relation]] = {
    "Things": {
        "Locations": Relation("Locations", True, "Things"),
        "HistoricalLocations": Relation("HistoricalLocations", True, "Thing"),
        "Datastreams": Relation("Datastreams", True, "Thing"),
    },
    "Locations": {
        "Things": Relation("Things", True, "Locations"),
        "HistoricalLocations": Relation("HistoricalLocations", True, "Locations"),
    },
    "HistoricalLocations": {
        "Thing": Relation("Things", False, "HistoricalLocations"),
        "Locations": Relation("Locations", True, "HistoricalLocations"),
    },
    "Datastreams": {
        "Thing": Relation("Things", False, "Datastreams"),
        "Sensor": Relation("Sensors", False, "Datastreams"),
        "ObservedProperty": Relation("ObservedProperties", False, "Datastreams"),
        "Observations": Relation("Observations", True, "Datastream"),
    },
    "Sensors": {"Datastreams": Relation("Datastreams", True, "Sensor")},
    "ObservedProperties": {"Datastreams": Relation("Datastreams", True, "ObservedProperty")},
    "Observations": {
        "Datastream": Relation("Datastreams", False, "Observations"),
        "FeatureOfInterest": Relation("FeaturesOfInterest", False, "Observations"),
    },
    "FeaturesOfInterest": {"Observations": Relation("Observations", True, "FeatureOfInterest")},
}
"""Which entity leads to which."""


@dataclass(frozen=True, slots=True)
class Value:
    """How a property is compared and sorted."""

    kind: str
    """number, text, bool, time, span, json, result, geometry or id."""
    column: ColumnElement[Any]
    other: ColumnElement[Any] | None = None
    """The end of a span; the text of a result."""
    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class Property:
    """How a property is shown."""

    columns: tuple[ColumnElement[Any], ...]
    show: Callable[..., Any]
    """Takes the columns' values and returns JSON."""
    is_optional: bool = False
    """Left out where it is None."""


@dataclass(frozen=True, slots=True)
class Link:
    """The one entity that a property such as `Thing` leads to."""

    kind: int | None
    """Of the other's source; None where the column holds a number of the API."""
    column: ColumnElement[Any]
    reached: Callable[[Any], ColumnElement[bool]] | None = None
    """Which rows lead to the other's row, where that is found faster than by the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows that are entities of one set."""

    entity: str
    kind: int
    table: FromClause
    row: ColumnElement[Any]
    only: tuple[ColumnElement[bool], ...] = ()
    """What a row must be, to be an entity."""
    properties: Mapping[str, Property]
    values: Mapping[str, Value]
    """By name, or by path within a property that is made up of columns."""
    links: Mapping[str, Link] = field(default_factory=dict)


def number_of(kind: int, row: int) -> int:
    """Return the number of an entity."""
    return (row << BITS) + kind


def take(number: int) -> tuple[int, int]:
    """Return kind and row of a number."""
    return number % 2**BITS, number >> BITS


def shifted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the row of a column that holds numbers."""
    return column.bitwise_rshift(literal_column(str(BITS)))


def stamp(micros: int | None) -> str | None:
    """Return a stored time as ISO 8601."""
    if micros is None:
        return None
    # As many digits in all, where there are no microseconds: so texts sort as times do.
    timespec = "microseconds" if micros % 1000 else "milliseconds"
    seconds, rest = divmod(micros, 1_000_000)
    return (EPOCH + timedelta(0, seconds, rest)).isoformat("T", timespec) + "Z"


def span(start: int | None, end: int | None) -> str | None:
    """Return a stored interval, or an instant where it has no end."""
    if start is None:
        return None
    return f"{stamp(start)}" if end is None else f"{stamp(start)}/{stamp(end)}"


def read_json(text: str | None) -> Any:
    """Return stored JSON."""
    return None if text is None else json.loads(text)
