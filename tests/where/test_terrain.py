"""Grids of heights from files, horizons, and views that are turned by what stands still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from landwatch.config import Place
from landwatch.errors import ConfigError, MeasureError
from landwatch.view import KnownPoint, View
from landwatch.where import Terrain, skyline, turn_to_landmarks, turn_to_skyline

from .lands import MIDDLE, grid

HEIGHTS = np.arange(12, dtype=np.float32).reshape(3, 4)
HERE = Place(longitude=MIDDLE[0], latitude=MIDDLE[1], elevation=600.0)
TRUE = View(lens="rectilinear", size=(960, 540), azimuth=40.0, elevation=1.0, roll=1.0, focal=900.0)


def tiff(path: Path, code: int, scale: float, x: float, y: float, heights=HEIGHTS) -> Path:
    keys = (1, 1, 0, 2, 1025, 0, 1, 1, 2048 if code == 4326 else 3072, 0, 1, code)
    tags = [
        (33550, "d", 3, (scale, scale, 0.0)),
        (33922, "d", 6, (0.0, 0.0, 0.0, x, y, 0.0)),
        (34735, "H", 12, keys),
        (42113, "s", 0, "-32768"),
    ]
    tifffile.imwrite(path, heights, extratags=tags, photometric="minisblack", metadata=None)
    return path


def test_a_geotiff_gives_the_heights_of_its_cells_at_their_middles(tmp_path):
    # The corner of the first cell is at 8 E, 50 N; cells are 0.1 degrees: its middle is 8.05 E, 49.95 N.
    land = Terrain.read(tiff(tmp_path / "land.tif", 4326, 0.1, 8.0, 50.0))
    found = land.heights(np.array([8.05, 8.15, 8.10, 8.01]), np.array([49.95, 49.85, 49.95, 49.95]))
    assert found[:3] == pytest.approx([0.0, 5.0, 0.5], abs=1e-4)
    assert np.isnan(found[3])


def test_a_geotiff_in_metres_of_utm_is_found_by_degrees(tmp_path):
    # 9 E is the middle of zone 32: 500 000 m east; 5 540 000 m north is 50.0123 degrees.
    land = Terrain.read(tiff(tmp_path / "land.tif", 32632, 1000.0, 499_000.0, 5_541_500.0))
    assert land.heights(np.array([9.0]), np.array([50.0123]))[0] == pytest.approx(4.5, abs=0.1)


def test_cells_without_a_height_are_unknown(tmp_path):
    holed = HEIGHTS.copy()
    holed[1, 1] = -32768
    land = Terrain.read(tiff(tmp_path / "land.tif", 4326, 0.1, 8.0, 50.0, holed))
    assert np.isnan(land.heights(np.array([8.15]), np.array([49.85]))[0])


def test_an_ascii_grid_is_read(tmp_path):
    file = tmp_path / "land.asc"
    file.write_text(
        "ncols 4\nnrows 3\nxllcorner 8.0\nyllcorner 49.7\ncellsize 0.1\nNODATA_value -9999\n"
        "0 1 2 3\n4 5 6 7\n8 9 10 11\n"
    )
    assert Terrain.read(file).heights(np.array([8.15]), np.array([49.85]))[0] == pytest.approx(5.0, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.tif", None, "cannot read"),
        ("text.tif", b"no picture at all", "write a GeoTIFF"),
        ("short.asc", b"ncols 4\nnrows 3\n0 1 2\n", "write a GeoTIFF"),
    ],
)
def test_a_file_that_is_no_grid_is_refused_by_name(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=rf"terrain: .*{name}.*{words}|terrain: {words} .*{name}"):
        Terrain.read(tmp_path / name)


def test_a_tiff_without_a_place_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "bare.tif", HEIGHTS)
    with pytest.raises(ConfigError, match=r"bare.tif .*ModelPixelScale"):
        Terrain.read(tmp_path / "bare.tif")


def hills(east, north):
    """Land with peaks in all directions, none like another."""
    random, height = np.random.default_rng(7), np.zeros(np.shape(east))
    for _ in range(60):
        x, y, high, wide = (
            *random.uniform(-20_000, 20_000, 2),
            random.uniform(300, 1400),
            random.uniform(800, 2500),
        )
        height += high * np.exp(-((east - x) ** 2 + (north - y) ** 2) / (2 * wide**2))
    return np.where(np.hypot(east, north) < 3000, 500.0, height)


@pytest.fixture(scope="module")
def land() -> Terrain:
    return grid(hills)


def test_a_ridge_stands_as_high_over_the_horizon_as_its_height_over_its_distance():
    # 1000 m above the eye at 10 km, less the earth's sinking there of 10000^2 * 0.87 / (2 * 6378137) = 6.8 m.
    wall = grid(lambda east, north: np.where(north > 10_000, 1600.0, 0.0), cell=0.001)
    found = wall.horizon(HERE, np.array([0.0]))
    assert found[0] == pytest.approx(np.degrees(np.arctan2(993.2, 10_000)), abs=0.1)


def test_a_camera_under_the_land_is_refused_with_both_heights():
    with pytest.raises(MeasureError, match="600 m high and the land there 900 m"):
        grid(lambda east, north: 0 * east + 900).horizon(HERE, np.array([0.0]))


def seen_from(view: View, terrain: Terrain) -> np.ndarray:
    """Return where the skyline is in the picture of a view, one place a column."""
    azimuths = np.arange(view.azimuth - 50, view.azimuth + 50, 0.1)
    places = view.pixels(np.stack([azimuths % 360, terrain.horizon(HERE, azimuths % 360)], axis=1))
    columns = np.arange(3.0, view.size[0], 6.0)
    return np.stack([columns, np.interp(columns, places[:, 0], places[:, 1])], axis=1)


def test_a_view_that_was_turned_is_found_again_by_the_skyline(land):
    seen = seen_from(TRUE, land)
    seen[:, 1] += np.random.default_rng(1).normal(0, 1.5, len(seen))
    turned = replace(TRUE, azimuth=300.0, elevation=-2.0, roll=0.0)
    found = turn_to_skyline(turned, seen, land, HERE).view
    doubt = np.sqrt(np.diagonal(found.covariance))
    for name, sigma in zip(("azimuth", "elevation", "roll"), doubt, strict=True):
        assert abs(getattr(found, name) - getattr(TRUE, name)) < 3 * sigma
    assert doubt[0] < 0.2


def test_the_skyline_of_a_picture_is_where_the_sky_ends(land):
    seen = seen_from(TRUE, land)
    rows = np.interp(np.arange(960) + 0.5, *seen.T)
    below = np.arange(540)[:, None] + 0.5 > rows
    random = np.random.default_rng(2)
    gray = np.where(below, 70 + random.normal(0, 12, below.shape), 190 + random.normal(0, 2, below.shape))
    picture = np.repeat(gray.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    found = skyline(picture)
    off = found[:, 1] - np.interp(found[:, 0], np.arange(960) + 0.5, rows)
    assert len(found) > 140
    assert np.median(np.abs(off)) < 2.0


def test_an_even_picture_has_no_skyline():
    noise = np.random.default_rng(3).integers(100, 140, (270, 480, 3), dtype=np.uint8)
    with pytest.raises(MeasureError, match="no skyline"):
        skyline(noise)


def test_a_level_horizon_tells_no_direction():
    plain = grid(lambda east, north: 0 * east)
    seen = np.stack([np.arange(3.0, 960, 6.0), np.full(160, 300.0)], axis=1)
    with pytest.raises(MeasureError, match="use landmarks"):
        turn_to_skyline(TRUE, seen, plain, HERE)


def test_two_landmarks_turn_a_view_and_one_does_not():
    spots = np.array([[100.0, 200.0], [850.0, 400.0]])
    points = [
        KnownPoint(x=x, y=y, azimuth=azimuth, elevation=elevation)
        for (x, y), (azimuth, elevation) in zip(spots, TRUE.directions(spots), strict=True)
    ]
    found = turn_to_landmarks(replace(TRUE, azimuth=20.0, elevation=-4.0, roll=-2.0), points).view
    for name in ("azimuth", "elevation", "roll"):
        assert getattr(found, name) == pytest.approx(getattr(TRUE, name), abs=1e-3)
    with pytest.raises(MeasureError, match="takes 2 at least"):
        turn_to_landmarks(TRUE, points[:1])
