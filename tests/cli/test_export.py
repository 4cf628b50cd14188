"""`landwatch export` in the forms that others' tools read."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import json
import sys
from datetime import UTC, datetime

import csvw
import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray

from landwatch.config import Camera
from landwatch.store import netcdf
from landwatch.types import ABSENCES
from tests.store import made


def visibility(seconds, value, *, sigma=None, flags=(), camera="ridge", absent=None):
    plain = made.reading(seconds, value, "visibility")
    return dataclasses.replace(
        plain,
        camera=camera,
        unit="m",
        sigma=sigma,
        flags=flags,
        absent=absent if value is None else None,
        method="visibility/1",
    )


def greenness(seconds, value):
    return dataclasses.replace(
        made.reading(seconds, value, "gcc"), sigma=0.01, method="greenness/1", region=(1, 2, 3, 4)
    )


@pytest.fixture
def folder(tmp_path):
    """A store with two cameras, ridge and the placeless ford."""
    with made.opened(tmp_path / "store") as store:
        store.enroll([made.camera(), Camera(name="ford", source={"kind": "folder"})])
        store.keep(
            made.outcome(
                0, readings=(visibility(0, 500.0, sigma=50.0, flags=("fog", "dusk")), greenness(0, 0.5))
            )
        )
        store.keep(
            made.outcome(
                0, camera="ford", readings=(visibility(0, 2000.0, flags=("at_least",), camera="ford"),)
            )
        )
        store.keep(made.outcome(10.25, readings=(visibility(10.25, None, absent="night"),)))
    return tmp_path / "store"


def leaves(seconds, gcc):
    """Statistics of one picture: levels that sum up to 200."""
    values = {"gcc": gcc, "red_mean": 60.0, "green_mean": 80.0, "blue_mean": 60.0}
    return tuple(made.reading(seconds, value, name) for name, value in values.items())


@pytest.fixture
def grown(tmp_path):
    """A store with five pictures half an hour apart, from 4 h UTC on: the sun is high at the ridge."""
    with made.opened(tmp_path / "store") as store:
        for index in range(5):
            seconds = -8 * 3600 + 1800 * index
            store.keep(made.outcome(seconds, readings=leaves(seconds, 0.30 + 0.02 * index)))
        dusk = 3600  # 13 h UTC: the sun is down
        store.keep(made.outcome(dusk, readings=leaves(dusk, 0.9)))
    return tmp_path / "store"


@pytest.fixture
def export(landwatch, folder, tmp_path):
    """Run `landwatch export readings` into a file and return its path."""

    def run(form, *more):
        out = tmp_path / f"readings.{form}"
        ran = landwatch("export", "readings", "--store", folder, "--format", form, "--out", out, *more)
        assert (ran.code, ran.out) == (0, "")
        return out

    return run


def test_parquet_holds_every_reading_with_its_types(export):
    table = pq.read_table(export("parquet"))
    rows = table.to_pylist()
    assert [(row["camera"], row["quantity"], row["value"]) for row in rows] == [
        ("ridge", "visibility", 500.0),
        ("ridge", "gcc", 0.5),
        ("ford", "visibility", 2000.0),
        ("ridge", "visibility", None),
    ]
    assert rows[0]["flags"] == ["fog", "dusk"]
    assert rows[1]["region"] == [1, 2, 3, 4]
    assert (rows[3]["time"], rows[3]["absent"]) == (datetime(2026, 7, 1, 12, 0, 10, 250000, UTC), "night")
    known = json.loads(table.schema.metadata[b"landwatch.quantities"])
    assert known["visibility"]["standard_name"] == "visibility_in_air"


def test_csv_on_the_web_is_read_with_its_types(export):
    out = export("csvw")
    table = csvw.Table.from_file(out.with_name("readings.csvw-metadata.json"))
    assert table.url.string == out.name
    rows = list(table.iterdicts(strict=True))
    assert [row["value"] for row in rows] == [500.0, 0.5, 2000.0, None]
    assert (rows[0]["flags"], rows[0]["sigma"]) == (["fog", "dusk"], 50.0)
    assert rows[1]["region"] == [1, 2, 3, 4]
    assert rows[3]["time"] == datetime(2026, 7, 1, 12, 0, 10, 250000, UTC)


def test_netcdf_opens_as_time_series_by_the_cf_conventions(export):
    with xarray.open_dataset(export("netcdf")) as file:
        assert (file.attrs["Conventions"], file.attrs["featureType"]) == ("CF-1.11", "timeSeries")
        assert file["station_name"].attrs["cf_role"] == "timeseries_id"
        assert file["station_index"].attrs["instance_dimension"] == "station"
        stations = [str(file["station_name"].values[index]) for index in file["station_index"].values]
        assert sorted(zip(stations, file["visibility"].values[:2], strict=False)) == [
            ("ford", 2000.0),
            ("ridge", 500.0),
        ]
        assert stations[2] == "ridge"
        ridge = stations.index("ridge")
        assert file["lat"].values[file["station_index"].values[ridge]] == 30.5
        assert np.isnan(file["lat"].values[file["station_index"].values[stations.index("ford")]])
        assert file["time"].values[2] == np.datetime64("2026-07-01T12:00:10.250000")
        seen = file["visibility"]
        assert (seen.attrs["standard_name"], seen.attrs["units"]) == ("visibility_in_air", "m")
        assert np.isnan(seen.values[2])
        beside = seen.attrs["ancillary_variables"].split()
        assert set(beside) <= set(file.variables)
        spread = file["visibility_uncertainty"]
        assert spread.attrs["standard_name"] == "visibility_in_air standard_error"
        assert (spread.values[ridge], spread.attrs["units"]) == (50.0, "m")
        absent = file["visibility_absent"]
        assert absent.attrs["flag_meanings"].split() == ["present", *ABSENCES]
        assert list(absent.values) == [0, 0, 1 + ABSENCES.index("night")]
        flags = file["visibility_flags"]
        meanings = dict(zip(flags.attrs["flag_meanings"].split(), flags.attrs["flag_masks"], strict=True))
        assert flags.values[ridge] == meanings["fog"] + meanings["dusk"]
        assert flags.values[stations.index("ford")] == meanings["at_least"]
        assert file["gcc_method"].attrs["flag_meanings"] == "greenness_1"
        assert list(file["gcc_region"].values[ridge]) == [1, 2, 3, 4]
        assert "standard_name" not in file["gcc"].attrs


def test_netcdf_leaves_out_cameras_that_were_not_asked_for(export):
    with xarray.open_dataset(export("netcdf", "--camera", "ford")) as file:
        assert list(file["station_name"].values) == ["ford"]
        assert list(file["visibility"].values) == [2000.0]


def test_rows_of_several_windows_are_all_written(monkeypatch, export):
    monkeypatch.setattr("landwatch.store._columns.MOST", 1)
    with xarray.open_dataset(export("netcdf")) as file:
        assert sorted(file["visibility"].values[:2]) == [500.0, 2000.0]
        assert np.isnan(file["visibility"].values[2])
        assert np.nansum(file["gcc"].values) == 0.5


def test_one_camera_is_chosen_as_the_manual_says(export):
    with xarray.open_dataset(export("netcdf")) as file:
        one = file.isel(obs=file["station_index"] == list(file["station_name"]).index("ridge"))
        assert list(one["visibility"].where(one["visibility_absent"] == 0).dropna("obs").values) == [500.0]


@pytest.mark.parametrize(
    ("ucum", "udunits"),
    [
        ("1", "1"),
        ("m", "m"),
        ("deg", "degree"),
        ("{px}", "1"),
        ("m/h", "m h-1"),
        ("{px}/d", "d-1"),
        ("m/d2", "m d-2"),
    ],
)
def test_units_are_written_as_udunits_has_them(ucum, udunits):
    assert netcdf.udunits(ucum) == udunits


@pytest.mark.parametrize(("form", "package"), [("parquet", "pyarrow"), ("netcdf", "netCDF4")])
def test_a_missing_extra_says_how_to_install_it_and_leaves_no_file(
    monkeypatch, landwatch, folder, tmp_path, form, package
):
    monkeypatch.setitem(sys.modules, package, None)
    ran = landwatch("export", "readings", "--store", folder, "--format", form, "--out", tmp_path / "r")
    assert ran.code == 2
    assert "pip install 'landwatch[export]'" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_forms_of_files_ask_for_a_file(landwatch, folder):
    ran = landwatch("export", "readings", "--store", folder, "--format", "parquet")
    assert ran.code == 2
    assert "name one by --out FILE" in ran.err


def test_greenness_of_a_store_becomes_phenocams_product(landwatch, grown):
    ran = landwatch("export", "greenness", "--store", grown, "--camera", "ridge", "--product", "1day")
    assert ran.code == 0
    (row,) = csv.DictReader(ran.out.splitlines())
    # Of 0.30, 0.32, … 0.38 the place is 0.9 * 4 = 3.6: 0.36 + 0.6 * 0.02 = 0.372
    assert (row["date"], row["image_count"], row["gcc_90"]) == ("2026-07-01", "5", "0.37200")
    # 103.25 deg east are 7 h, so that noon is at 5 h UTC.
    assert (row["midday_filename"], row["midday_gcc"]) == (f"{-7 * 3600}.jpg", "0.34000")


def test_standard_time_moves_noon(landwatch, grown):
    ran = landwatch("export", "greenness", "--store", grown, "--camera", "ridge", "--utc-offset", "8")
    (row,) = csv.DictReader(ran.out.splitlines())
    assert row["midday_filename"] == f"{-8 * 3600}.jpg"


def test_greenness_of_a_file_becomes_phenocams_product(landwatch, tmp_path):
    columns = "date,local_std_time,filename,solar_elev,awbflag,gcc,r_mean,g_mean,b_mean"
    rows = [f"2020-01-01,1{hour}:00:00,{hour}.jpg,40,0,0.3{hour},60,80,60" for hour in range(5)]
    (tmp_path / "roistats.csv.gz").write_bytes(
        gzip.compress("\n".join(["# a note", columns, *rows]).encode())
    )
    ran = landwatch("export", "greenness", tmp_path / "roistats.csv.gz", "--out", tmp_path / "day.csv")
    assert ran.code == 0
    with (tmp_path / "day.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["date"], row["gcc_90"]) == ("2020-01-02", "0.33600")  # 0.33 + 0.6 * 0.01


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "name a ROISTATS file, or a camera of a store"),
        (
            ["--store", "STORE", "--camera", "lake"],
            "no camera called 'lake' in the store; there are: ford, ridge",
        ),
        (["--store", "STORE", "--camera", "ford"], "camera ford has no place"),
        (["--store", "STORE", "--camera", "ridge"], "camera ridge has no picture with enough sun"),
        (["FILE.csv", "--store", "STORE"], "leave out the other options"),
        (["FILE.csv"], "cannot read FILE.csv"),
    ],
)
def test_a_product_that_cannot_be_made_says_what_is_missing(landwatch, folder, options, message):
    ran = landwatch("export", "greenness", *[folder if option == "STORE" else option for option in options])
    assert ran.code == 2
    assert message in ran.err


@pytest.mark.parametrize("form", ["parquet", "csv", "geojson"])
def test_a_bag_is_written_and_told(landwatch, folder, tmp_path, form):
    ran = landwatch("export", "bag", tmp_path / "bag", "--store", folder, "--format", form)
    assert ran.code == 0
    assert json.loads(ran.out) == {"folder": str(tmp_path / "bag"), "files": 1, "readings": 4}
