"""The tables of the store.

Times are whole microseconds since 1970-01-01 UTC in 64-bit integers: exact for every `datetime`, sorted as
numbers, the same in SQLite and PostgreSQL, and a third of the size of text. Flags, regions and messages
are JSON text. A reading names its series (camera, quantity, unit, method) and a finding its check (camera,
check, unit), so that a row of either costs some forty bytes.

Nothing here is about a person: of the removal there are the status, its reason, the model's hash and the
band that the masked share lies in. A test holds the list of columns.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

__all__ = [
    "cameras",
    "checks",
    "events",
    "findings",
    "messages",
    "metadata",
    "outages",
    "pictures",
    "readings",
    "series",
    "stills",
    "store",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is called INTEGER; it has 64 bits there too."""

store = Table("store", metadata, Column("name", Text, primary_key=True))
"""One random name, which the folder of pictures has as well: so each finds the other."""

cameras = Table(
    "cameras",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("latitude", Float),  # [deg]
    Column("longitude", Float),  # [deg]
    Column("elevation", Float),  # [m]
    Column("interval", Float, nullable=False),  # [s]
    Column("kind", Text, nullable=False),
    Column("followed", Boolean, nullable=False),
)

stills = Table(
    "stills",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),  # [px]
    Column("height", Integer, nullable=False),  # [px]
    Column("bytes", BigInteger, nullable=False),
    Column("newest", BigInteger, nullable=False),  # capture time of the newest picture that is this still
    Index(None, "newest"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("time_from", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("masked", Float),  # upper end of the band [1]
    Column("model", Text),
    Column("still_id", ForeignKey("stills.id", ondelete="SET NULL")),
    CheckConstraint("masked IN (0.0, 0.01, 0.05, 0.2, 1.0)", name="masked_is_a_band"),
    CheckConstraint("status = 'cleared' OR still_id IS NULL", name="only_cleared_has_still"),
    Index(None, "camera_id", "taken"),
    Index(None, "still_id"),
    Index(
        "ix_pictures_shown",
        "camera_id",
        "taken",
        sqlite_where=text("still_id IS NOT NULL"),
        postgresql_where=text("still_id IS NOT NULL"),
    ),
)

series = Table(
    "series",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("quantity", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("method", Text, nullable=False),
    UniqueConstraint("camera_id", "quantity", "unit", "method"),
)

readings = Table(
    "readings",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("value", Float),
    Column("sigma", Float),
    Column("absent", Text),
    Column("flags", Text),
    Column("region", Text),  # of the land, in px of the original picture
    CheckConstraint("(value IS NULL) <> (absent IS NULL)", name="value_or_absent"),
    Index(None, "series_id", "time"),
    Index(None, "time"),
)

checks = Table(
    "checks",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    UniqueConstraint("camera_id", "name", "unit"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("check_id", ForeignKey("checks.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("value", Float),
    Column("since", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "check_id", "time"),
)

events = Table(
    "events",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("event", Text, nullable=False),
    Column("hazard", Text, nullable=False),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("score", Float, nullable=False),  # of the rule [1]
    Column("region", Text),  # of the hazard, in px of the original picture
    Column("file", Text, nullable=False),
    Column("still", Text),
    Index(None, "event"),
    Index(None, "camera_id", "event"),
    Index(None, "still"),
)

outages = Table(
    "outages",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "camera_id", "time"),
    Index(None, "time"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("outlet", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("delivered", BigInteger),
    UniqueConstraint("outlet", "key"),
    Index(None, "outlet", "delivered"),
)
