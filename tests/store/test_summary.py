"""Readings by hours, days and months: sums that a reader can redo."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import xarray
from pyarrow import parquet

from landwatch.errors import UsageError
from landwatch.store import summary
from landwatch.store._columns import NONE, Columns, Series
from landwatch.types import ABSENCES, Quantity

START = datetime(2026, 7, 1, 22, tzinfo=UTC)
RIVER = Series("gauge", "river_level", "m", "river/2@1")


def columns(values, *, step=timedelta(minutes=30), series=RIVER, doubtful=()) -> Columns:
    """Return readings of one series from `START` on; None is fog."""
    count = len(values)
    times = [START + index * step for index in range(count)]
    return Columns(
        time=np.array([int(time.timestamp() * 1e6) for time in times], np.int64),
        series=np.zeros(count, np.int32),
        value=np.array([np.nan if value is None else value for value in values]),
        sigma=np.full(count, np.nan),
        absent=np.array([ABSENCES.index("fog") if value is None else NONE for value in values], np.int8),
        flags=np.array([0 if index in doubtful else NONE for index in range(count)], np.int32),
        region=np.full((count, 4), NONE, np.int32),
        all_series=[series],
        all_flags=[("drop",)],
    )


def of(values, every, how="mean", **more) -> summary.Summary:
    (series,) = summary.gather([columns(values, **more)])
    return summary.summarise(series, every, how)


def test_an_hour_has_its_mean_its_count_and_its_spread():
    found = of([1.0, 2.0, 3.0, 5.0], "hour", doubtful=(3,))
    assert found.value.tolist() == [1.5, 4.0]
    assert (found.count.tolist(), found.doubtful.tolist()) == ([2, 2], [0, 1])
    assert found.spread.tolist() == pytest.approx([np.sqrt(0.5), np.sqrt(2.0)])


def test_a_day_ends_at_midnight_of_utc():
    found = of([1.0, 1.0, 1.0, 1.0, 7.0], "day")  # four until 23:30, the fifth at 00:00
    assert found.value.tolist() == [1.0, 7.0]
    assert found.start[1] == found.end[0] == int(datetime(2026, 7, 2, tzinfo=UTC).timestamp() * 1e6)


def test_a_month_is_as_long_as_it_is():
    found = of([1.0, 3.0], "month", "max", step=timedelta(days=31))
    assert found.value.tolist() == [1.0, 3.0]
    assert [(end - start) / 86_400e6 for start, end in zip(found.start, found.end, strict=True)] == [31, 31]


def test_the_median_is_not_moved_by_one_wild_reading():
    assert of([1.0, 1.2], "hour", "median").value.tolist() == [1.1]
    assert of([1.0, 1.0, 99.0], "day", "median").value.tolist() == [1.0]


def test_what_was_not_seen_is_counted_and_is_not_zero():
    found = of([None, 2.0, None, None], "hour")
    assert found.absent.tolist() == [1, 2]
    assert (found.value[0], np.isnan(found.value[1])) == (2.0, True)
    assert found.why == ("fog", "fog")


def test_an_hour_without_a_reading_has_no_row():
    assert len(of([1.0, 1.0], "hour", step=timedelta(hours=3)).start) == 2


def test_versions_of_a_method_are_one_series_and_both_are_named():
    newer = Series("gauge", "river_level", "m", "river/2@2")
    (found,) = summary.gather([columns([1.0]), columns([2.0], series=newer)])
    assert found.methods == ("river/2@1", "river/2@2")


def test_too_much_is_refused_before_memory_is_gone(monkeypatch):
    monkeypatch.setattr(summary, "MOST", 3)
    with pytest.raises(UsageError, match="more than 3 readings; ask for fewer series or a shorter span"):
        summary.gather([columns([1.0, 2.0]), columns([1.0, 2.0])])


def test_csv_parquet_and_netcdf_tell_the_same(tmp_path):
    found = [of([1.0, 2.0, None, None], "hour")]
    known = {"river_level": Quantity(name="river_level", unit="m", title="River level")}
    out = io.StringIO(newline="")
    summary.write_csv(found, out)
    first, second = csv.DictReader(io.StringIO(out.getvalue()))
    assert (first["start"], first["value"], first["count"]) == ("2026-07-01T22:00:00Z", "1.5", "2")
    assert (second["value"], second["absent"]) == ("", "2")
    summary.write_files(found, tmp_path / "a.parquet", known)
    table = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["value"] for row in table] == [1.5, None]
    assert table[0]["start"] == START
    summary.write_files(found, tmp_path / "a.nc", known)
    with xarray.open_dataset(tmp_path / "a.nc") as read:
        level = read["river_level_gauge"]
        assert level.values[0] == 1.5
        assert np.isnan(level.values[1])
        assert (level.attrs["units"], level.attrs["cell_methods"]) == ("m", "time: mean")
        assert read["river_level_gauge_absent"].values.tolist() == [0, 2]
