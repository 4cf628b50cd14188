"""Writes readings, events and cameras as CSV, JSON lines or GeoJSON, a row at a time.

Columns, in this order, in all forms:

    readings  camera, time, quantity, value, unit, sigma, absent, flags, method, region
    events    event, camera, hazard, state, opened, time, score, region, file, still
    cameras   name, title, latitude, longitude, elevation, interval, kind, followed, newest, newest_shown

Times are RFC 3339 with Z, to the microsecond where there are any. In CSV an absent value is an empty cell,
flags are joined by a space, a region is `left top right bottom` and a truth `true` or `false`; in JSON they
are null, a list, a list of four and a truth. In GeoJSON [3] the columns are the properties of a feature that
lies where its camera stands, or nowhere where the owner does not say. `events` has a row for each change of
an event. Cells of CSV that a spreadsheet would take for a formula get an apostrophe in front.

`describe_readings` gives what stands beside a CSV file of readings after CSV on the Web [2], so that others'
tools know its types. `parquet` and `netcdf` write readings in those forms.

References:
    [1] OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection.
    [2] W3C, "Metadata Vocabulary for Tabular Data", 2015, www.w3.org/TR/tabular-metadata.
    [3] H. Butler et al., "The GeoJSON Format", RFC 7946, 2016.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import isnan
from typing import IO, Any, Literal

import numpy as np

from landwatch.clock import aware
from landwatch.store._archive import Archive
from landwatch.store._columns import NONE, Columns, stream_columns
from landwatch.store._records import CameraRecord
from landwatch.types import ABSENCES, Event, Quantity

__all__ = [
    "CAMERA_COLUMNS",
    "EVENT_COLUMNS",
    "READING_COLUMNS",
    "Form",
    "describe_readings",
    "export_cameras",
    "export_events",
    "export_readings",
    "write_readings",
]

Form = Literal["csv", "json", "geojson"]
"""CSV after RFC 4180 with a header, one JSON object a line, or a FeatureCollection."""

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
    return write_readings(stream_columns(archive, camera, quantity, since, until), out, form, archive)


def write_readings(readings: Iterable[Columns], out: IO[str], form: Form, archive: Archive) -> int:
    """Write readings in the order in which they come, and return how many."""
    rows = (row for some in readings for row in _reading_rows(some))
    return _write(out, form, READING_COLUMNS, rows, archive)


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
    return _write(out, form, EVENT_COLUMNS, (_event(one) for one in found), archive)


def export_cameras(archive: Archive, out: IO[str], form: Form) -> int:
    """Write the cameras with the times of their newest pictures, and return how many."""
    return _write(out, form, CAMERA_COLUMNS, (_camera(one) for one in archive.cameras()), archive)


def _write(
    out: IO[str], form: Form, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]], archive: Archive
) -> int:
    count = 0
    if form == "csv":
        table = csv.writer(out)
        table.writerow(columns)
        for row in rows:
            table.writerow([_plain(cell) for cell in row])
            count += 1
    elif form == "json":
        for row in rows:
            out.write(_json(dict(zip(columns, row, strict=True))) + "\n")
            count += 1
    else:
        points = {one.name: _point(one) for one in archive.cameras()}
        key = columns.index("camera" if "camera" in columns else "name")
        out.write('{"type":"FeatureCollection","features":[')
        for row in rows:
            properties = dict(zip(columns, row, strict=True))
            feature = {"type": "Feature", "geometry": points[str(row[key])], "properties": properties}
            out.write((",\n" if count else "\n") + _json(feature))
            count += 1
        out.write("\n]}\n")
    return count


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def _point(camera: CameraRecord) -> dict[str, Any] | None:
    """Return where a camera stands, longitude first as GeoJSON has it [deg, deg, m]."""
    if camera.place is None:
        return None
    elevation = [] if camera.place.elevation is None else [camera.place.elevation]
    return {"type": "Point", "coordinates": [camera.place.longitude, camera.place.latitude, *elevation]}


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


def _reading_rows(some: Columns) -> Iterator[tuple[Cell, ...]]:
    whole = some.time % 1_000_000 == 0
    moments = some.time.astype("datetime64[us]")
    times = np.where(whole, np.datetime_as_string(moments, "s"), np.datetime_as_string(moments, "us"))
    for time, series, value, sigma, absent, flags, region in zip(
        times.tolist(),
        some.series.tolist(),
        some.value.tolist(),
        some.sigma.tolist(),
        some.absent.tolist(),
        some.flags.tolist(),
        some.region.tolist(),
        strict=True,
    ):
        about = some.all_series[series]
        yield (
            about.camera,
            f"{time}Z",
            about.quantity,
            value if absent == NONE else None,
            about.unit,
            None if isnan(sigma) else sigma,
            None if absent == NONE else ABSENCES[absent],
            () if flags == NONE else some.all_flags[flags],
            about.method,
            None if region[0] == NONE else tuple(region),
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
