"""Writes readings, events and cameras as CSV or JSON lines, a row at a time.

Columns, in this order, in both forms:

    readings  camera, time, quantity, value, unit, sigma, absent, flags, method, region
    events    event, camera, hazard, state, opened, time, score, region, file, still
    cameras   name, title, latitude, longitude, elevation, interval, kind, followed, newest, newest_shown

Times are RFC 3339 with Z, to the microsecond where there are any. In CSV an absent value is an empty cell,
flags are joined by a space, a region is `left top right bottom` and a truth `true` or `false`; in JSON they
are null, a list, a list of four and a truth. `events` has a row for each change of an event. Cells of CSV
that a spreadsheet would take for a formula get an apostrophe in front.

`describe_readings` gives what stands beside a CSV file of readings after CSV on the Web [2], so that others'
tools know its types. `parquet` and `netcdf` write readings in those forms.

References:
    [1] OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection.
    [2] W3C, "Metadata Vocabulary for Tabular Data", 2015, www.w3.org/TR/tabular-metadata.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import IO, Any, Literal

from landwatch.clock import aware
from landwatch.store._archive import Archive
from landwatch.store._records import CameraRecord
from landwatch.types import Event, Quantity, Reading

__all__ = [
    "CAMERA_COLUMNS",
    "EVENT_COLUMNS",
    "READING_COLUMNS",
    "Form",
    "describe_readings",
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
READING_TYPES: Mapping[str, tuple[str, str]] = {
    "camera": ("string", "Name of the camera."),
    "time": ("dateTimeStamp", "When the picture was taken, UTC."),
    "quantity": ("string", "What was read; `notes` say what each is."),
    "value": ("double", "The value, in the row's unit; empty where nothing was seen."),
    "unit": ("string", "UCUM."),
    "sigma": ("double", "Standard uncertainty of the value, in the row's unit."),
    "absent": ("string", "Why there is no value."),
    "flags": ("string", "Names of the rules that make the value doubtful."),
    "method": ("string", "Instrument and version."),
    "region": ("integer", "Left, top, right and bottom in the picture. [px]"),
}
"""Type and meaning of each column of readings."""

SEVERAL = frozenset({"flags", "region"})
"""Columns whose cells hold several values, parted by a space."""

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


def describe_readings(name: str, quantities: Mapping[str, Quantity]) -> str:
    """Return the metadata, a JSON text, of a CSV file of readings: NAME-metadata.json beside it.

    Args:
        name: of the CSV file, without a folder.
        quantities: what the quantities in it are, by name.
    """
    columns: list[dict[str, Any]] = []
    for column in READING_COLUMNS:
        datatype, meaning = READING_TYPES[column]
        several = {"separator": " "} if column in SEVERAL else {}
        columns.append(
            {"name": column, "titles": column, "datatype": datatype, "dc:description": meaning, **several}
        )
    notes = [
        {"quantity": key, "title": one.title, "unit": one.unit, "standard_name": one.standard_name}
        for key, one in quantities.items()
    ]
    table = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dc:title": "Readings of the land from cameras",
        "notes": notes,
        "tableSchema": {"columns": columns},
    }
    return json.dumps(table, ensure_ascii=False, indent=2) + "\n"


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
