"""The tables of what clients of the SensorThings API own: sensors of others beside the cameras.

`thing`, `sensor`, `quantity`, `location` and `feature` hold numbers of the API (`landwatch.web.sta.model`),
since they may name a camera as well as a row of these tables. JSON is text, times are as in `_schema`.
Numbers of deleted rows are never used again.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Table, Text

from landwatch.store._schema import KEY, metadata

__all__ = [
    "features",
    "locations",
    "move_places",
    "moves",
    "observations",
    "placements",
    "quantities",
    "sensors",
    "streams",
    "things",
]

things = Table(
    "external_things",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("properties", Text),
    sqlite_autoincrement=True,
)

locations = Table(
    "external_locations",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("location", Text, nullable=False),  # GeoJSON
    Column("properties", Text),
    sqlite_autoincrement=True,
)

placements = Table(
    "external_placements",
    metadata,
    Column("thing_id", ForeignKey("external_things.id"), primary_key=True),
    Column("location", BigInteger, primary_key=True, index=True),
)

moves = Table(
    "external_moves",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("thing_id", ForeignKey("external_things.id"), nullable=False, index=True),
    Column("time", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

move_places = Table(
    "external_move_places",
    metadata,
    Column("move_id", ForeignKey("external_moves.id"), primary_key=True),
    Column("location", BigInteger, primary_key=True, index=True),
)

sensors = Table(
    "external_sensors",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("metadata", Text, nullable=False),  # JSON
    Column("properties", Text),
    sqlite_autoincrement=True,
)

quantities = Table(
    "external_quantities",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("properties", Text),
    sqlite_autoincrement=True,
)

streams = Table(
    "external_streams",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("kind", Text, nullable=False),  # observationType
    Column("unit", Text, nullable=False),  # JSON
    Column("area", Text),  # GeoJSON
    Column("properties", Text),
    Column("thing", BigInteger, nullable=False, index=True),
    Column("sensor", BigInteger, nullable=False, index=True),
    Column("quantity", BigInteger, nullable=False, index=True),
    sqlite_autoincrement=True,
)

features = Table(
    "external_features",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("feature", Text, nullable=False),  # GeoJSON
    Column("properties", Text),
    Column("location", BigInteger, index=True),  # which it was made from
    sqlite_autoincrement=True,
)

observations = Table(
    "external_observations",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("stream_id", ForeignKey("external_streams.id"), nullable=False),
    Column("feature", BigInteger, nullable=False, index=True),
    Column("time", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("result_time", BigInteger),
    Column("valid_from", BigInteger),
    Column("valid_until", BigInteger),
    Column("number", Float),  # the result, where it is one
    Column("words", Text),  # the result, where it is text
    Column("result", Text, nullable=False),  # JSON
    Column("quality", Text),  # JSON
    Column("parameters", Text),  # JSON
    Index(None, "stream_id", "time"),
    sqlite_autoincrement=True,
)
