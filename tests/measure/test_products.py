"""PhenoCam's summary products."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timedelta

import pytest

from landwatch.errors import MeasureError
from landwatch.measure._products import Statistics, read_statistics, summaries

at = datetime.fromisoformat
"""Local time without an offset, as PhenoCam's files have it."""


def shot(taken, gcc=0.4, *, sun=40.0, levels=(60.0, 80.0, 60.0), white_balanced=False):
    return Statistics(
        name=f"{taken}.jpg", taken=taken, sun=sun, white_balanced=white_balanced, levels=levels, gcc=gcc
    )


def test_the_ninetieth_percentile_lies_between_order_statistics():
    noon = at("2020-01-01T12")
    # Of 0.30, 0.32, … 0.38 the place is 0.9 * 4 = 3.6: 0.36 + 0.6 * 0.02 = 0.372
    found = list(summaries([shot(noon + timedelta(hours=i), 0.3 + 0.02 * i) for i in range(5)], 1))
    assert [(row["gcc_90"], row["gcc_50"], row["image_count"]) for row in found] == [
        ("0.37200", "0.34000", "5")
    ]


def test_windows_of_three_days_start_anew_each_year_and_empty_ones_are_kept():
    found = list(summaries([shot(at("2019-12-26T12")), shot(at("2020-01-05T12"))], 3))
    # Day 360 of 2019 is in 358 to 360; 361, 364, and in 2020 1 and 4 follow. Rows bear the middle day.
    assert [(row["date"], row["image_count"]) for row in found] == [
        ("2019-12-25", "1"),
        ("2019-12-28", "0"),
        ("2019-12-31", "0"),
        ("2020-01-02", "0"),
        ("2020-01-05", "1"),
    ]
    assert found[1]["gcc_90"] == "NA"


@pytest.mark.parametrize(
    "left_out",
    [
        {"sun": 9.9},
        {"levels": (30.0, 40.0, 29.0)},
        {"levels": (222.0, 222.0, 222.0)},
        {"white_balanced": True},
    ],
)
def test_low_sun_dark_bright_and_white_balanced_pictures_are_left_out(left_out):
    noon = at("2020-06-01T12")
    (row,) = summaries([shot(noon), shot(noon + timedelta(hours=1), 0.9, **left_out)], 1)
    assert (row["image_count"], row["gcc_mean"]) == ("1", "0.40000")


def test_the_midday_picture_is_the_nearest_to_noon_of_the_middle_day():
    days = [at(f"2020-01-0{day}T{hour}") for day in (1, 2, 3) for hour in (10, 13)]
    (row,) = summaries([shot(day) for day in days], 3)
    assert row["midday_filename"] == "2020-01-02 13:00:00.jpg"


def test_a_file_of_another_kind_is_refused_by_name():
    with pytest.raises(MeasureError, match=r"levels\.csv has no column"):
        list(read_statistics(["a,b\n", "1,2\n"], "levels.csv"))


def test_all_windows_of_harvard_forest_are_as_phenocams_software_makes_them(shared):
    folder = shared / "data/instruments/greenness"
    with gzip.open(folder / "harvard_roistats.csv.gz", "rt") as lines:
        found = list(summaries(read_statistics(lines, "harvard"), 3))
    with (folder / "harvard_3day.csv").open() as file:
        wanted = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len(wanted) == 213
    assert [row["date"] for row in found] == [row["date"] for row in wanted]
    for mine, theirs in zip(found, wanted, strict=True):
        assert list(mine) == list(theirs)
        for column, text in theirs.items():
            try:
                number = float(text)
            except ValueError:
                assert mine[column] == text
            else:
                assert float(mine[column]) == pytest.approx(number, abs=1.01e-5, rel=0)
