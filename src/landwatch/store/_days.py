"""Sums a camera and day, kept as pictures and states are: rates over a month read these, not each picture.

A day is one of UTC. A picture counts on the day on which it was taken, whenever it comes. A camera was heard
in a slot of five minutes if a frame arrived in it, or, where pictures are rare, if one arrived so shortly
before that the camera is not late yet. Bits are set, never cleared, and all else is added up, so order and
restarts do not matter; taking stills away changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from landwatch.store import _schema as schema
from landwatch.store._outbox import insert

__all__ = ["DAY", "SLOT", "SLOTS", "Tally", "add_conditions", "heard", "newest_conditions", "split"]

DAY = 86_400_000_000
"""[us]"""

SLOTS = 288
"""Of a day. [1]"""

SLOT = DAY // SLOTS
"""[us]"""

PATIENCE = 3
"""A camera is late after so many of its intervals, as `upkeep.watch` has it. [1]"""

REMEMBERED = 50_000
"""Days of cameras whose bits are in memory at most: two of 10,000 cameras, and late ones. [1]"""

_days = schema.days
_bits = select(_days.c.slots).where(_days.c.camera_id == bindparam("camera"), _days.c.day == bindparam("one"))

_conditions, _cameras = schema.conditions, schema.cameras
_later = _conditions.alias()
newest_conditions = (
    select(_conditions)
    .select_from(_cameras)
    .join(
        _conditions,
        _conditions.c.id
        == select(_later.c.id)
        .where(_later.c.camera_id == _cameras.c.id)
        .order_by(_later.c.since.desc(), _later.c.id.desc())
        .limit(1)
        .scalar_subquery(),
    )
)
"""How each camera is now: one search of the index a camera, however long the history."""

PAGE = 500
"""Cameras that one statement names. [1]"""

STATES = ("good", "doubtful", "bad")
SUMS = ("pictures", "timed", "delay")


class Tally:
    """Adds what was kept to its days. For the store's one writer."""

    def __init__(self) -> None:
        self._bits: dict[tuple[int, int], int] = {}

    def forget(self) -> None:
        """Forget what was written: it may have been taken back."""
        self._bits.clear()

    def add(
        self, connection: Connection, pictures: Iterable[Mapping[str, Any]], intervals: Mapping[int, float]
    ) -> None:
        """Add rows of `pictures`; `intervals` [s] of cameras by id."""
        sums: dict[tuple[int, int], dict[str, int]] = {}
        for row in pictures:
            camera = row["camera_id"]
            first, last = heard(row["received"], intervals[camera])
            for slot in range(first, last + 1):
                self._set(connection, sums, camera, slot)
            if row["status"] == "forgotten":
                continue
            entry = self._entry(connection, sums, camera, row["taken"] // DAY)
            entry["pictures"] += 1
            # What was timed on arrival says nothing of the way.
            if row["time_from"] != "clock":
                entry["timed"] += 1
                entry["delay"] += max(0, row["received"] - row["taken"])
        if not sums:
            return
        rows = [
            {
                "camera_id": camera,
                "day": day,
                **entry,
                "slots": self._bits[camera, day].to_bytes(SLOTS // 8, "little"),
                "online": self._bits[camera, day].bit_count(),
            }
            for (camera, day), entry in sorted(sums.items())
        ]
        _upsert(connection, rows, added=SUMS, set_=("slots", "online"))
        if len(self._bits) > REMEMBERED:
            self._bits.clear()

    def _set(
        self, connection: Connection, sums: dict[tuple[int, int], dict[str, int]], camera: int, slot: int
    ) -> None:
        day, index = divmod(slot, SLOTS)
        known = self._bits.get((camera, day))
        if known is None or not known >> index & 1:
            self._entry(connection, sums, camera, day)
            self._bits[camera, day] |= 1 << index

    def _entry(
        self, connection: Connection, sums: dict[tuple[int, int], dict[str, int]], camera: int, day: int
    ) -> dict[str, int]:
        key = (camera, day)
        if key not in self._bits:
            found = connection.scalar(_bits, {"camera": camera, "one": day})
            self._bits[key] = int.from_bytes(found or b"", "little")
        return sums.setdefault(key, dict.fromkeys(SUMS, 0))


def heard(received: int, interval: float) -> tuple[int, int]:
    """Return the first and the last slot since 1970 in which a frame that came then [us] says "online"."""
    first = received // SLOT
    return first, max(first, (received + int(PATIENCE * interval * 1e6)) // SLOT - 1)


def split(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the days that a span [us] touches, each with how much of the span is in it [us]."""
    while start < end:
        day = start // DAY
        stop = min(end, (day + 1) * DAY)
        yield day, stop - start
        start = stop


def add_conditions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add to the days of cameras how they were until these new rows of `conditions`, which follow."""
    cameras = sorted({row["camera_id"] for row in rows})
    newest: dict[int, tuple[str, int]] = {}
    for start in range(0, len(cameras), PAGE):
        chosen = _cameras.c.id.in_(cameras[start : start + PAGE])
        for known in connection.execute(newest_conditions.where(chosen)):
            newest[known.camera_id] = (known.state, known.since)
    sums: dict[tuple[int, int], dict[str, int]] = {}
    for row in rows:
        camera = row["camera_id"]
        state, since = newest.get(camera, ("unknown", 0))
        newest[camera] = (row["state"], row["since"])
        if state in STATES:  # what is left of a day is unknown
            for day, length in split(since, row["since"]):
                sums.setdefault((camera, day), dict.fromkeys(STATES, 0))[state] += length
    if sums:
        days = [{"camera_id": camera, "day": day, **entry} for (camera, day), entry in sorted(sums.items())]
        _upsert(connection, days, added=STATES)


def _upsert(
    connection: Connection,
    rows: list[dict[str, Any]],
    *,
    added: Sequence[str],
    set_: Sequence[str] = (),
) -> None:
    statement = insert(connection, _days)
    new = statement.excluded
    changed = {name: _days.c[name] + new[name] for name in added} | {name: new[name] for name in set_}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["camera_id", "day"], set_=changed), rows
    )
