"""Greenness by PhenoCam's rules."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from landwatch.config import Camera
from landwatch.errors import ConfigError
from landwatch.measure import instruments_of, read
from landwatch.past import Past
from landwatch.testing import picture

WHOLE = {"region": [[0, 0], [63, 0], [63, 47], [0, 47]]}


def greenness(pixels, settings=None, mask=None, past=None):
    camera = Camera(name="test", source={"kind": "folder"}, measure={"greenness": settings or WHOLE})
    readings = read(picture(pixels, mask=mask), past or Past(), (), instruments_of(camera))
    return {reading.quantity: reading for reading in readings}


def plain(*colour):
    return np.full((48, 64, 3), colour, np.uint8)


def test_grey_is_one_third():
    assert greenness(plain(100, 100, 100))["gcc"].value == pytest.approx(1 / 3)


def test_the_coordinates_are_shares_of_the_sum():
    # 50 + 100 + 50 = 200
    found = greenness(plain(50, 100, 50))
    assert (found["gcc"].value, found["rcc"].value) == (0.5, 0.25)
    assert [found[f"{name}_mean"].value for name in ("red", "green", "blue")] == [50, 100, 50]


@given(st.tuples(*[st.integers(62, 80)] * 3), st.integers(1, 3))
def test_brightness_does_not_change_greenness(colour, gain):
    once = greenness(plain(*colour))["gcc"].value
    more = greenness(plain(*(level * gain for level in colour)))["gcc"].value
    assert more == pytest.approx(once, abs=1e-12)


def test_only_the_region_counts():
    pixels = plain(10, 200, 10)
    pixels[10:20, 10:20] = (60, 60, 120)
    inner = {"region": [[10, 10], [19, 10], [19, 19], [10, 19]]}
    found = greenness(pixels, inner)["gcc"]
    assert (found.value, found.region) == (0.25, (10, 10, 20, 20))


def test_what_was_removed_is_left_out():
    pixels = plain(50, 100, 50)
    pixels[:8] = (255, 0, 0)
    mask = np.zeros((48, 64), np.uint8)
    mask[:8] = 255  # 8 of 48 rows: a sixth, within the fifth that may be removed
    assert greenness(pixels, mask=mask)["gcc"].value == 0.5


def test_a_region_that_is_mostly_removed_is_absent():
    mask = np.zeros((48, 64), np.uint8)
    mask[:12] = 255  # a quarter
    found = greenness(plain(50, 100, 50), mask=mask)
    assert {r.absent for r in found.values()} == {"masked"}


def test_a_region_in_deep_shade_is_dark_not_zero():
    pixels = plain(120, 130, 140)
    pixels[:10, :10] = 2
    found = greenness(pixels, {"region": [[0, 0], [9, 0], [9, 9], [0, 9]]})
    assert {r.absent for r in found.values()} == {"dark"}


def test_a_mask_file_is_zero_inside(tmp_path):
    mask = np.full((48, 64), 255, np.uint8)
    mask[10:20, 10:20] = 0
    Image.fromarray(mask).save(tmp_path / "oak.tif")
    pixels = plain(10, 200, 10)
    pixels[10:20, 10:20] = (60, 60, 120)
    assert greenness(pixels, {"mask": str(tmp_path / "oak.tif")})["gcc"].value == 0.25


def test_a_relative_mask_is_found_from_the_folder(tmp_path):
    Image.fromarray(np.zeros((48, 64), np.uint8)).save(tmp_path / "oak.tif")
    camera = Camera(name="test", source={"kind": "folder"}, measure={"greenness": {"mask": "oak.tif"}})
    settings = instruments_of(camera, tmp_path)["greenness"]
    assert settings.mask == tmp_path / "oak.tif"


def test_a_mask_of_another_size_fails_by_name(tmp_path):
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(tmp_path / "small.tif")
    found = greenness(plain(50, 100, 50), {"mask": str(tmp_path / "small.tif")})
    assert {(r.absent, r.flags) for r in found.values()} == {("failed", ("MeasureError",))}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "write either mask"),
        ({"mask": "nowhere.tif"}, "there is no mask file nowhere.tif"),
        ({"region": [[0, 0], [1, 1]]}, "at least 3 corners, not 2"),
        ({"region": [[0, 0], [9, 0], [9, 9]], "most_masked": 2}, "most_masked = 2.0 is not within 0 to 1"),
        ({"regoin": [[0, 0], [1, 1]]}, "did you mean 'region'"),
    ],
)
def test_wrong_settings_stop_the_start(settings, message):
    with pytest.raises(ConfigError, match=message):
        instruments_of(Camera(name="test", source={"kind": "folder"}, measure={"greenness": settings}))


def test_all_of_phenocams_published_means_are_met(shared):
    folder = shared / "data/instruments/greenness"
    with (folder / "reference.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    for row in rows:
        with Image.open(folder / row["file"]) as image:
            found = greenness(np.asarray(image.convert("RGB")), {"mask": str(folder / "mask.tif")})
        for quantity in ("gcc", "rcc", "red_mean", "green_mean", "blue_mean"):
            assert found[quantity].value == pytest.approx(float(row[quantity]), abs=5e-6, rel=0)
