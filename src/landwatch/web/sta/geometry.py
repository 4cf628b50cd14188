"""Geospatial functions of `$filter`, planar in degrees of WGS 84, by shapely.

The databases need no extension: a condition is tried on every place of a source, of which there are few (a
camera has one), and only the rows that meet it are named to the database.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from landwatch.web.sta.faults import Wrong
from landwatch.web.sta.model import Source, Value
from landwatch.web.sta.tree import Call, Literal, Node, Path

__all__ = ["MEASURES", "PREDICATES", "geometry_of", "is_geometry", "matching"]

MOST_PLACES = 50_000
"""On which a condition is tried at most. Five times the cameras of the largest fleet. [1]"""

PREDICATES: dict[str, Callable[..., Any]] = {
    "geo.intersects": shapely.intersects,
    "st_equals": shapely.equals,
    "st_disjoint": shapely.disjoint,
    "st_touches": shapely.touches,
    "st_within": shapely.within,
    "st_overlaps": shapely.overlaps,
    "st_crosses": shapely.crosses,
    "st_intersects": shapely.intersects,
    "st_contains": shapely.contains,
    "st_relate": shapely.relate_pattern,
}
"""Functions that are true or false."""

MEASURES: dict[str, Callable[..., Any]] = {"geo.distance": shapely.distance, "geo.length": shapely.length}
"""Functions that give degrees."""

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def geometry_of(told: Any) -> BaseGeometry:
    """Return the geometry of GeoJSON, of a feature's too.

    Raises:
        ValueError: if it is none.
    """
    if isinstance(told, dict) and told.get("type") == "Feature":
        told = told.get("geometry")
    if not isinstance(told, dict) or "type" not in told:
        raise ValueError("no GeoJSON geometry: an object with type and coordinates")
    try:
        return shape(told)
    except (shapely.errors.ShapelyError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"no GeoJSON geometry: {error}") from None


def is_geometry(node: Node) -> bool:
    """True when a node is a call of this module's functions."""
    return isinstance(node, Call) and (node.name in PREDICATES or node.name in MEASURES)


def matching(
    connection: Connection, call: Call, comparison: str | None, bound: float, source: Source, value: Value
) -> list[int]:
    """Return the rows of a source whose geometry meets a condition.

    Args:
        connection: to read the geometries.
        call: a function of this module, of which one argument at least is a property.
        comparison: how the call's measure is compared, such as lt; None for what is true or false.
        bound: with what it is compared. [deg]
        source: where the geometries are.
        value: the property there.

    Raises:
        Wrong: if an argument is no geometry, or there are too many places.
    """
    columns = [column for column in (value.column, value.other) if column is not None]
    present = (value.column.is_not(None), *source.only)
    statement = select(source.row, *columns).select_from(source.table).where(*present).limit(MOST_PLACES + 1)
    found = connection.execute(statement).all()
    if len(found) > MOST_PLACES:
        raise Wrong(f"$filter: {call.name} is tried on at most {MOST_PLACES} places, and there are more")
    rows, places = [], []
    for row, *columns_of_place in found:
        place = _place(*columns_of_place)
        if place is not None:
            rows.append(row)
            places.append(place)
    arguments = [places if isinstance(node, Path) else _constant(call, node) for node in call.arguments]
    if comparison is None:
        said = PREDICATES[call.name](*arguments)
    else:
        said = [COMPARISONS[comparison](measure, bound) for measure in MEASURES[call.name](*arguments)]
    return [row for row, is_so in zip(rows, said, strict=True) if is_so]


def _place(first: Any, second: Any = None) -> BaseGeometry | None:
    if second is not None:
        return shapely.Point(second, first)
    try:
        return geometry_of(json.loads(first))
    except ValueError:
        return None  # a client may describe a place in words


def _constant(call: Call, node: Node) -> Any:
    if isinstance(node, Literal) and node.kind == "geometry":
        words = str(node.value).rpartition(";")[2]  # without SRID=4326
        try:
            return shapely.from_wkt(words)
        except shapely.errors.ShapelyError as error:
            raise Wrong(f"$filter: {words!r} is no well-known text: {error}") from None
    if isinstance(node, Literal) and node.kind == "text" and call.name == "st_relate":
        return str(node.value)
    raise Wrong(f"$filter: {call.name} takes a property and geography'...' with well-known text")
