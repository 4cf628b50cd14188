"""Keeps and finds: one `Store` writes a folder, any number of `Archive`s read it.

What `Store.keep` returned from survives the death of the process and of the machine. See `_schema` for
the tables, `_files` for the pictures and `export` for what is written out. A room beside the way that has
tables of its own writes them through `Beside` and reads them by `Archive.reading`; `schema` holds them.
"""

from landwatch.store import _external as external
from landwatch.store import _schema as schema
from landwatch.store._archive import Archive, Mark
from landwatch.store._beside import Beside
from landwatch.store._columns import Columns, Series, all_series, stream_columns
from landwatch.store._days import DAY, SLOT, SLOTS, add_conditions, newest_conditions, split
from landwatch.store._in_force import InForce, Poses
from landwatch.store._memory import Memory
from landwatch.store._outbox import insert, outboxes, put
from landwatch.store._records import (
    WORST,
    CameraRecord,
    Glance,
    Outbox,
    PictureRecord,
    Pruned,
    ShownCamera,
    Size,
    Station,
    event_columns,
    micros,
    moment,
    text,
    to_event,
)
from landwatch.store._whole import whole
from landwatch.store._writer import Store

__all__ = [
    "DAY",
    "SLOT",
    "SLOTS",
    "WORST",
    "Archive",
    "Beside",
    "CameraRecord",
    "Columns",
    "Glance",
    "InForce",
    "Mark",
    "Memory",
    "Outbox",
    "PictureRecord",
    "Poses",
    "Pruned",
    "Series",
    "ShownCamera",
    "Size",
    "Station",
    "Store",
    "add_conditions",
    "all_series",
    "event_columns",
    "external",
    "insert",
    "micros",
    "moment",
    "newest_conditions",
    "outboxes",
    "put",
    "schema",
    "split",
    "stream_columns",
    "text",
    "to_event",
    "whole",
]
