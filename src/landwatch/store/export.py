"""Writes readings, events and cameras as CSV or JSON lines, a row at a time.

Columns, in this order, in both forms:

    readings  camera, time, quantity, value, unit, sigma, absent, flags, method, region
    events    event, camera, hazard, state, opened, time, score, region, file, still
    cameras   name, title, latitude, longitude, elevation, interval, kind, followed, newest, newest_shown

Times are RFC 3339 with Z, to the microsecond where there are any. In CSV an absent value is an empty cell,
flags are joined by a space, a region is `left top right bottom` and a truth `true` or `false`; in JSON they
are null, a list, a list of four and a truth. `events` has a row for each change of an event. Cells of CSV
that a spreadsheet would take for a formula get an apostrophe in front.

References:
    [1] OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Literal

from landwatch.clock import aware
from landwatch.store._archive import Archive
from landwatch.store._records import CameraRecord
from landwatch.types import Event, Reading

__all__ = [
    "CAMERA_COLUMNS",
    "EVENT_COLUMNS",
    "READING_COLUMNS",
    "Form",
    "export_cameras",
    "export_events",
    "export_readings",
]

Form = Literal["csv", "json"]
"""CSV after RFC 4180 with a header, or one JSON object a line."""

Cell = str | float | int | bool | tuple[int, ...] | tuple[str, ...] | None

READING_COLUMNS = (
    "camera",
    "time",
    "quantity",
    "value",
    "unit",
    "sigma",
    "absent",
    "flags",
    "method",
    "region",
)
EVENT_COLUMNS = (
    "event",
    "camera",
    "hazard",
    "state",
    "opened",
    "time",
    "score",
    "region",
    "file",
    "still",
)
CAMERA_COLUMNS = (
    "name",
    "title",
    "latitude",
    "longitude",
    "elevation",
    "interval",
    "kind",
    "followed",
    "newest",
    "newest_shown",
)


def export_readings(
    archive: Archive,
    out: IO[str],
    form: Form,
    *,
    camera: str | None = None,
    quantity: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Write the readings of a span, oldest first, and return how many.

    A CSV file must be opened with `newline=""`.
    """
    found = archive.stream_readings(camera, quantity, since, until)
    return _write(out, form, READING_COLUMNS, (_reading(one) for one in found))


def export_events(
    archive: Archive,
    out: IO[str],
    form: Form,
    *,
    camera: str | None = None,
    hazard: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Write each change of each event of a span, oldest first, and return how many."""
    found = archive.stream_events(camera, hazard, since, until)
    return _write(out, form, EVENT_COLUMNS, (_event(one) for one in found))


def export_cameras(archive: Archive, out: IO[str], form: Form) -> int:
    """Write the cameras with the times of their newest pictures, and return how many."""
    return _write(out, form, CAMERA_COLUMNS, (_camera(one) for one in archive.cameras()))


def _write(out: IO[str], form: Form, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> int:
    count = 0
    table = csv.writer(out)
    if form == "csv":
        table.writerow(columns)
    for row in rows:
        if form == "csv":
            table.writerow([_plain(cell) for cell in row])
        else:
            line = dict(zip(columns, row, strict=True))
            out.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
        count += 1
    return count


def _plain(cell: Cell) -> str | float | int:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, tuple):
        return " ".join(str(part) for part in cell)
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + cell
    return cell


def _iso(moment: datetime) -> str:
    return aware(moment).isoformat().replace("+00:00", "Z")


def _reading(one: Reading) -> tuple[Cell, ...]:
    return (
        one.camera,
        _iso(one.time),
        one.quantity,
        one.value,
        one.unit,
        one.sigma,
        one.absent,
        one.flags,
        one.method,
        one.region,
    )


def _event(one: Event) -> tuple[Cell, ...]:
    return (
        one.id,
        one.camera,
        one.hazard,
        one.state,
        _iso(one.opened),
        _iso(one.time),
        one.score,
        one.region,
        one.file,
        one.still,
    )


def _camera(one: CameraRecord) -> tuple[Cell, ...]:
    place = one.place
    return (
        one.name,
        one.title,
        place.latitude if place else None,
        place.longitude if place else None,
        place.elevation if place else None,
        one.interval,
        one.kind,
        one.followed,
        _iso(one.newest.taken) if one.newest else None,
        _iso(one.newest_shown.taken) if one.newest_shown else None,
    )
