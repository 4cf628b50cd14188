"""The page that compares readings: what the address asks is what is shown, downloaded and cited."""

from __future__ import annotations

import csv
import io

import pytest
from pyarrow import parquet

ASKED = "series=ridge:smoke&series=ridge:gcc&from=2026-07-01&to=2026-07-01"


def rows(site, query: str) -> list[dict[str, str]]:
    answer = site.get(f"/measure/readings.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_readings_are_downloaded_as_they_were_taken(site):
    found = rows(site, ASKED)
    assert {row["quantity"] for row in found} == {"smoke", "gcc"}
    assert len(found) == 2 * 180  # half an hour, every ten seconds
    assert all((row["value"] == "") == (row["absent"] == "fog") for row in found)


def test_by_the_hour_each_number_says_on_how_many_readings_it_stands(site):
    found = rows(site, f"{ASKED}&every=hour&how=max")
    (smoke,) = [row for row in found if row["quantity"] == "smoke"]
    # Fog is where 0.42 < index / 180 < 0.5: index 76 to 89.
    assert (smoke["count"], smoke["absent"], smoke["statistic"]) == ("166", "14", "max")


def test_parquet_and_netcdf_hold_what_csv_holds(site, tmp_path):
    told = rows(site, ASKED)
    content = site.get(f"/measure/readings.parquet?{ASKED}").content
    table = parquet.read_table(io.BytesIO(content))
    assert table.num_rows == len(told)
    assert site.get(f"/measure/readings.nc?{ASKED}").content[1:4] == b"HDF"
    assert site.get(f"/measure/readings.nc?{ASKED}&every=day").content[1:4] == b"HDF"


def test_plots_keep_units_apart_and_say_why_there_is_a_gap(site):
    told = site.get(f"/measure/plots.json?{ASKED}").json()
    (plot,) = told["plots"]  # both are ratios
    assert len(plot["series"]) == 2
    shown = dict(zip(plot["series"][0]["values"], plot["series"][0]["shown"], strict=True))
    assert shown[None] == "fog"


def test_the_page_cites_what_it_shows(site):
    page = site.get(f"/measure?{ASKED}&every=day&how=median").text
    assert "median by the day of UTC" in page
    assert "Version greenness/1; smoke/1; Landwatch" in page
    assert "@misc{landwatch20260701," in page
    assert "cff-version: 1.2.0" in page


@pytest.mark.parametrize("query", ["series=none:smoke", "series=ridge", "from=x&to=y&every=year&how=guess"])
def test_what_an_address_cannot_mean_is_left_out_or_named(site, query):
    assert site.get(f"/measure?{query}").status_code == 200
    assert site.get(f"/measure/plots.json?{query}").json()["plots"] == []


def test_an_unknown_form_is_told_with_those_there_are(site):
    answer = site.get(f"/measure/readings.xls?{ASKED}")
    assert (answer.status_code, "csv, parquet, nc" in answer.json()["detail"]) == (404, True)
