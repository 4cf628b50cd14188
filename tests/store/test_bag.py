"""A bag holds every reading once, in files whose sums are told, and goes on where it was stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from landwatch.errors import StoreError, UsageError
from landwatch.store import Archive, Store, bag, stream_columns
from landwatch.types import Reading
from tests.store import made

STARTS = [datetime(2026, month, 28, tzinfo=UTC) for month in (5, 8)]
"""Twelve half days from each: they reach into June and September; nothing is read in July."""

TIMES = [(start - made.NOON).total_seconds() + 43_200 * turn for start in STARTS for turn in range(12)]
ASKED = bag.Question(form="parquet")


@pytest.fixture
def filled(store: Store, archive: Archive) -> Archive:
    store.keep_all(
        [made.outcome(seconds, None, readings=(made.reading(seconds, seconds / 1e6),)) for seconds in TIMES]
    )
    return archive


def readings(folder: Path) -> list[tuple[datetime, float]]:
    tables = [pq.read_table(file).to_pylist() for file in sorted((folder / "data").iterdir())]
    return [(row["time"], row["value"]) for table in tables for row in table]


def kept() -> list[tuple[datetime, float]]:
    return [(made.at(seconds), seconds / 1e6) for seconds in TIMES]


def test_a_bag_has_a_file_for_each_month_with_readings(filled: Archive, tmp_path: Path) -> None:
    state = bag.write_bag(filled, tmp_path / "bag", ASKED, {})
    assert [part.name for part in state.parts] == [
        f"data/readings-2026-{month:02d}.parquet" for month in (5, 6, 8, 9)
    ]
    assert (state.rows, state.months, state.done, state.complete) == (24, 5, 5, True)
    assert readings(tmp_path / "bag") == kept()


def test_a_bag_is_valid_for_the_tool_of_those_who_wrote_the_standard(filled: Archive, tmp_path: Path) -> None:
    bag.write_bag(filled, tmp_path / "bag", ASKED, {})
    opened = bagit.Bag(str(tmp_path / "bag"))
    opened.validate()
    assert opened.info["External-Description"].endswith("form parquet")


def test_a_description_stands_beside_each_file_of_csv(filled: Archive, tmp_path: Path) -> None:
    state = bag.write_bag(filled, tmp_path / "bag", bag.Question(form="csvw"), {})
    assert [part.name for part in state.parts[:2]] == [
        "data/readings-2026-05.csv",
        "data/readings-2026-05.csv-metadata.json",
    ]
    bagit.Bag(str(tmp_path / "bag")).validate()


def test_a_question_of_a_span_is_answered_by_that_span(filled: Archive, tmp_path: Path) -> None:
    asked = bag.Question(form="parquet", since=made.at(TIMES[3]), until=made.at(TIMES[8]))
    bag.write_bag(filled, tmp_path / "bag", asked, {})
    assert readings(tmp_path / "bag") == kept()[3:8]


def test_nothing_to_write_makes_an_empty_bag(archive: Archive, tmp_path: Path) -> None:
    state = bag.write_bag(archive, tmp_path / "bag", ASKED, {})
    assert (state.parts, state.complete) == ((), True)
    bagit.Bag(str(tmp_path / "bag")).validate()


def test_a_bag_that_was_killed_goes_on_where_it_stopped(
    filled: Archive, tmp_path: Path, url: SecretStr | None
) -> None:
    folder = tmp_path / "bag"
    command = [sys.executable, "-m", "tests.store.test_bag", str(filled.folder), str(folder)]
    command += [url.get_secret_value()] if url else []
    killed = subprocess.run(command, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    begun = bag.progress_of(folder)
    assert begun is not None
    assert (begun.done, begun.complete) == (2, False)
    inodes = [(folder / part.name).stat().st_ino for part in begun.parts]
    told: list[int] = []
    state = bag.write_bag(filled, folder, ASKED, {}, lambda state: told.append(state.done))
    assert told == [2, 3, 4, 5]
    assert [(folder / part.name).stat().st_ino for part in state.parts[:2]] == inodes
    assert readings(folder) == kept()
    bagit.Bag(str(folder)).validate()


def test_a_file_that_was_changed_is_written_again(filled: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "bag"
    bag.write_bag(filled, folder, ASKED, {})
    (folder / "data" / "readings-2026-06.parquet").write_bytes(b"other")
    bag.write_bag(filled, folder, ASKED, {})
    assert readings(folder) == kept()


def test_a_bag_ends_where_it_was_begun_to_end(filled: Archive, store: Store, tmp_path: Path) -> None:
    first = bag.write_bag(filled, tmp_path / "bag", ASKED, {})
    late = TIMES[-1] + 10
    store.keep(made.outcome(late, None, readings=(made.reading(late, 1.0),)))
    assert bag.write_bag(filled, tmp_path / "bag", ASKED, {}) == first


def test_the_bag_of_another_question_is_not_gone_on_with(filled: Archive, tmp_path: Path) -> None:
    bag.write_bag(filled, tmp_path / "bag", ASKED, {})
    with pytest.raises(UsageError, match="another question, form parquet; name another folder"):
        bag.write_bag(filled, tmp_path / "bag", bag.Question(form="csv"), {})


def test_a_folder_of_something_else_is_left_alone(filled: Archive, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"1")
    with pytest.raises(UsageError, match="holds something else"):
        bag.write_bag(filled, tmp_path / "photos", ASKED, {})
    assert [file.name for file in (tmp_path / "photos").iterdir()] == ["one.jpg"]


def test_a_record_of_progress_that_is_broken_says_what_to_do(filled: Archive, tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "export.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"export\.json.*begin anew"):
        bag.write_bag(filled, tmp_path / "bag", ASKED, {})


def test_columns_are_the_readings_whatever_the_windows(
    filled: Archive, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = (made.reading(TIMES[4], None, "smoke"), made.reading(TIMES[4], 0.5, "gcc"))
    store.keep(made.outcome(TIMES[4], None, readings=two))
    monkeypatch.setattr("landwatch.store._columns.MOST", 3)
    monkeypatch.setattr("landwatch.store._columns.ENOUGH", 2)
    found = [
        (int(time), columns.all_series[series].quantity, float(value))
        for columns in stream_columns(filled, "ridge")
        for time, series, value in zip(columns.time, columns.series, columns.value, strict=True)
    ]
    one_by_one: list[Reading] = list(filled.stream_readings("ridge"))
    assert str(found) == str(
        [
            (
                int(one.time.timestamp() * 1e6),
                one.quantity,
                float("nan") if one.value is None else one.value,
            )
            for one in one_by_one
        ]
    )


def test_geojson_lies_where_the_camera_stands(filled: Archive, tmp_path: Path) -> None:
    path = tmp_path / "readings.geojson"
    assert bag.write_file(filled, path, bag.Question(form="geojson"), {}) == 24
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["type"] == "FeatureCollection"
    first = told["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [103.25, 30.5, 2100.0]}
    assert first["properties"]["value"] == TIMES[0] / 1e6
    assert len(told["features"]) == 24


def _die_after_two(state: bag.State) -> None:
    if state.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    address = SecretStr(sys.argv[3]) if len(sys.argv) > 3 else None
    with Archive(Path(sys.argv[1]), url=address) as opened:
        bag.write_bag(opened, Path(sys.argv[2]), ASKED, {}, _die_after_two)
