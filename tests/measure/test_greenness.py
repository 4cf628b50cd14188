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
    pixels = plain(60, 120, 60)
    pixels[:10, :10] = 100
    inner = {"region": [[0, 0], [9, 0], [9, 9], [0, 9]]}
    assert greenness(pixels, inner)["gcc"].value == pytest.approx(1 / 3)


def test_infra_red_pictures_have_a_level_and_no_greenness():
    random = np.random.default_rng(1)
    grey = np.repeat(random.integers(80, 121, (48, 64, 1)), 3, axis=2).astype(np.uint8)
    found = greenness(grey)
    assert {found[name].absent for name in ("gcc", "rcc")} == {"dark"}
    assert found["red_mean"].value == found["blue_mean"].value == pytest.approx(grey.mean(), abs=1e-9)
    assert {reading.flags for reading in found.values()} == {("monochrome",)}


@pytest.mark.parametrize(
    ("colour", "flags"),
    [
        ((33, 34, 35), ()),  # 102
        ((32, 34, 33), ("underexposed",)),  # 99
        ((220, 225, 218), ()),  # 663
        ((222, 225, 219), ("overexposed",)),  # 666
        ((40, 60, 250), ("clipped",)),
    ],
)
def test_exposure_is_flagged_by_phenocams_limits(colour, flags):
    pixels = plain(255, 90, 20)  # around a region without light of the air: its left tenth is black
    pixels[:10, :20] = colour
    pixels[:10, :1] = 0
    inner = {"region": [[1, 0], [19, 0], [19, 9], [1, 9]]}
    found = greenness(pixels, inner)["gcc"].flags
    assert tuple(flag for flag in found if flag != "haze") == flags


@pytest.mark.parametrize(("kept", "flags"), [(1.0, ()), (0.6, ()), (0.3, ("haze",))])
def test_haze_is_flagged_where_the_air_gives_most_of_the_light(kept, flags):
    random = np.random.default_rng(2)
    leaves = random.integers(0, 120, (48, 64, 3)) * (0.7, 1.0, 0.3)
    pixels = kept * leaves + (1.0 - kept) * 200  # Koschmieder: what is left of the land, and the air's light
    pixels[:20] = 200  # sky
    lower = {"region": [[0, 20], [63, 20], [63, 47], [0, 47]]}
    assert greenness(pixels.astype(np.uint8), lower)["gcc"].flags == flags


def test_the_uncertainty_grows_by_what_removal_hides():
    pixels = plain(50, 100, 50)
    pixels[:, ::2] = (60, 140, 40)  # deviations 5, 20 and 5, means 55, 120 and 45: the sum is 220
    mask = np.zeros((48, 64), np.uint8)
    whole = greenness(pixels)["gcc"].sigma
    # gcc = 120 / 220; of each mean half a level: hypot(100, 120, 120) / 220^2 * 0.5, and 0.007 by the light
    assert whole == pytest.approx(np.hypot(np.sqrt(100**2 + 2 * 120**2) / 220**2 * 0.5, 0.007))
    mask[:6] = 255  # an eighth
    found = greenness(pixels, mask=mask)["green_mean"]
    assert found.sigma == pytest.approx(np.hypot(0.5, 20 / 8))
    assert greenness(pixels, mask=mask)["gcc"].sigma > whole


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
