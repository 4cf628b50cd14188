"""Exports have the columns that their module promises, in both forms."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re

import pytest

from landwatch.store import Archive, Store, export
from tests.store import made


@pytest.fixture
def kept(store: Store, archive: Archive) -> Archive:
    flagged = dataclasses.replace(
        made.reading(0.25, 0.5), sigma=0.01, flags=("hazy", "low"), region=(1, 2, 3, 4)
    )
    store.keep(made.outcome(0, readings=(flagged, made.reading(10, None)), events=(made.event(0),)))
    store.keep(made.outcome(20, None, events=(made.event(20, "closed"),)))
    return archive


def test_the_columns_are_those_that_are_documented() -> None:
    documented = dict(
        re.findall(r"^    (readings|events|cameras) +(.+)$", export.__doc__ or "", re.MULTILINE)
    )
    assert {name: tuple(columns.split(", ")) for name, columns in documented.items()} == {
        "readings": export.READING_COLUMNS,
        "events": export.EVENT_COLUMNS,
        "cameras": export.CAMERA_COLUMNS,
    }


def test_readings_as_json_lines(kept: Archive) -> None:
    out = io.StringIO()
    assert export.export_readings(kept, out, "json") == 2
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == {
        "camera": "ridge",
        "time": "2026-07-01T12:00:00.250000Z",
        "quantity": "greenness",
        "value": 0.5,
        "unit": "1",
        "sigma": 0.01,
        "absent": None,
        "flags": ["hazy", "low"],
        "method": "greenness/1",
        "region": [1, 2, 3, 4],
    }
    assert (second["value"], second["absent"]) == (None, "night")


def test_readings_as_csv(kept: Archive) -> None:
    out = io.StringIO(newline="")
    assert export.export_readings(kept, out, "csv") == 2
    assert out.getvalue().split("\r\n") == [
        "camera,time,quantity,value,unit,sigma,absent,flags,method,region",
        "ridge,2026-07-01T12:00:00.250000Z,greenness,0.5,1,0.01,,hazy low,greenness/1,1 2 3 4",
        "ridge,2026-07-01T12:00:10Z,greenness,,1,,night,,greenness/1,",
        "",
    ]


def test_an_export_of_nothing_is_a_header_in_csv_and_nothing_in_json(archive: Archive) -> None:
    table, lines = io.StringIO(newline=""), io.StringIO()
    assert export.export_events(archive, table, "csv") == export.export_events(archive, lines, "json") == 0
    assert table.getvalue() == ",".join(export.EVENT_COLUMNS) + "\r\n"
    assert lines.getvalue() == ""


def test_events_have_a_row_for_each_change(kept: Archive) -> None:
    out = io.StringIO()
    assert export.export_events(kept, out, "json", camera="ridge", hazard="smoke") == 2
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["event"], row["state"], row["region"]) for row in rows] == [
        ("e1", "opened", [10, 20, 30, 40]),
        ("e1", "closed", [10, 20, 30, 40]),
    ]
    assert tuple(rows[0]) == export.EVENT_COLUMNS


def test_cameras_tell_their_newest_pictures(kept: Archive) -> None:
    out = io.StringIO(newline="")
    assert export.export_cameras(kept, out, "csv") == 1
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert row == {
        "name": "ridge",
        "title": "山脊 · Ridge",
        "latitude": "30.5",
        "longitude": "103.25",
        "elevation": "2100.0",
        "interval": "10.0",
        "kind": "snapshot",
        "followed": "true",
        "newest": "2026-07-01T12:00:20Z",
        "newest_shown": "2026-07-01T12:00:00Z",
    }


def test_a_title_that_is_a_formula_is_written_as_text(store: Store, archive: Archive) -> None:
    store.enroll([made.camera().model_copy(update={"title": "=HYPERLINK(1)"})])
    out = io.StringIO(newline="")
    export.export_cameras(archive, out, "csv")
    assert next(csv.DictReader(io.StringIO(out.getvalue())))["title"] == "'=HYPERLINK(1)"


def test_a_span_and_a_camera_narrow_the_export(kept: Archive) -> None:
    out = io.StringIO()
    assert export.export_readings(kept, out, "json", since=made.at(1), until=made.at(11)) == 1
    assert export.export_readings(kept, out, "json", camera="valley") == 0
    assert export.export_readings(kept, out, "json", quantity="snow") == 0
