"""From regions in pictures to places on the land."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from landwatch.config import Camera, Place, Pose
from landwatch.errors import MeasureError
from landwatch.view import KnownPoint, View, calibrate
from landwatch.where import Locator, Refusal, Sight, bearing_of, geojson, range_on, view_of
from landwatch.where.cross import EARTH

from .lands import EAST, MIDDLE, PLUME, WEST, at, camera, grid, is_inside, towards


def test_the_middle_of_the_picture_is_seen_where_the_camera_looks():
    bearing = bearing_of(camera("west", WEST, 30.0), (600, 200, 680, 360), (1280, 720))
    assert (bearing.azimuth, bearing.elevation) == pytest.approx((30.0, 0.0), abs=1e-9)
    # A region 80 px wide whose edges are known to 16 px: sqrt(80^2 + 16^2) / sqrt(12) = 23.55 px, at 1280 px
    # a radian 1.054 degrees; with 0.1 degrees of the view 1.059. Its lower edge: 16 / sqrt(12) px are 0.207.
    assert bearing.sigma == pytest.approx(1.059, abs=0.001)
    assert bearing.sigma_elevation == pytest.approx(math.hypot(0.2067, 0.1), abs=0.001)


def test_a_smaller_picture_of_the_same_shape_has_the_same_bearing():
    wanted = camera("west", WEST, 30.0)
    whole = bearing_of(wanted, (200, 200, 240, 400), (1280, 720))
    assert bearing_of(wanted, (100, 100, 120, 200), (640, 360)) == whole


def test_a_camera_that_is_not_calibrated_is_refused_by_name():
    bare = camera("west", WEST, 30.0).model_copy(update={"view": None})
    with pytest.raises(MeasureError, match=r"camera west has no view; see landwatch cameras calibrate"):
        bearing_of(bare, (0, 0, 10, 10))
    with pytest.raises(MeasureError, match="another shape; calibrate it again"):
        bearing_of(camera("west", WEST, 30.0), (0, 0, 10, 10), (640, 480))


def test_a_pose_gives_its_covariance_to_the_view():
    pose = Pose(
        size=(640, 480), azimuth=1, elevation=2, focal=500, sigma={"azimuth": 0.2, "elevation": 0.1},
        covariance=((0.04, 0.01), (0.01, 0.01)),
    )  # fmt: skip
    assert view_of(pose).free == ("azimuth", "elevation")
    assert view_of(pose).covariance.tolist() == [[0.04, 0.01], [0.01, 0.01]]


def test_95_of_100_simulated_plumes_are_inside_the_ellipse_of_cameras_calibrated_by_clicks():
    """Two cameras 10 km apart, each fitted to twelve clicked points; a plume at 15 km, its base hidden in
    it."""
    random = np.random.default_rng(3)
    true = {"west": (WEST, 18.0), "east": (EAST, 342.0)}
    spots = np.array([[x, y] for x in (60.0, 450.0, 830.0, 1220.0) for y in (80.0, 360.0, 640.0)])
    inside = []
    for _ in range(8):
        fitted = {}
        for name, (place, azimuth) in true.items():
            view = View(
                lens="rectilinear", size=(1280, 720), azimuth=azimuth, elevation=0.5, roll=0.3, focal=1280.0
            )
            seen = spots + random.normal(0, 2.0, spots.shape)
            points = [
                KnownPoint(x=x, y=y, azimuth=a, elevation=e, sigma=2.0)
                for (x, y), (a, e) in zip(seen, view.directions(spots), strict=True)
            ]
            found = calibrate(points, (1280, 720)).view
            doubts = np.sqrt(np.diagonal(found.covariance))
            pose = Pose(
                size=(1280, 720), azimuth=found.azimuth % 360, elevation=found.elevation, roll=found.roll,
                focal=found.focal, sigma=dict(zip(found.free, map(float, doubts), strict=True)),
                covariance=tuple(map(tuple, found.covariance.tolist())),
            )  # fmt: skip
            fitted[name] = (view, camera(name, place, azimuth).model_copy(update={"view": pose}))
        locator = Locator([known for _, known in fitted.values()])
        for _ in range(30):
            plume = at(random.uniform(-8, 8), random.uniform(14_000, 16_000))
            wide = random.uniform(15, 60)
            sights = []
            for name, (view, known) in fitted.items():
                azimuth, _, _ = EARTH.inv(known.place.longitude, known.place.latitude, *plume)
                x, y = view.pixels(np.array([[azimuth, 0.0]]))[0]
                left = x - random.uniform(0, wide)  # the wind drifts the plume to either side of its base
                region = tuple(round(edge) for edge in (left, y - 80, left + wide, y))
                sights.append(Sight(camera=name, region=region, size=(1280, 720)))
            inside.append(is_inside(locator.locate(sights).fix, plume))
    assert len(inside) == 240
    assert np.mean(inside) >= 0.95


def test_one_camera_sees_how_far_level_land_is_from_how_deep_it_looks():
    # From 600 m above level land, 5 degrees down: 600 / tan 5 = 6858 m, and with the earth's sinking of
    # d^2 * 0.87 / (2 * 6378137) = 3.2 m the ray goes 36 m farther.
    bearing = replace(
        towards("hill", MIDDLE, at(45, 9000), 0.05),
        elevation=-5.0,
        place=Place(longitude=8.0, latitude=50.0, elevation=600),
    )
    found = range_on(grid(lambda east, north: 0 * east), bearing)
    assert found.distance == pytest.approx(6858 + 36, rel=0.004)
    assert EARTH.inv(8.0, 50.0, found.longitude, found.latitude)[2] == pytest.approx(found.distance, rel=1e-6)
    # A change of the elevation by 0.05 degrees and of the land by 4 m (0.033 degrees) moves it by
    # 600 / sin(5)^2 * 0.00105 = 83 m; 2.24 times that to either side.
    assert (found.farthest - found.nearest) / 2 == pytest.approx(2.24 * 83, rel=0.1)


def test_truths_are_in_the_patch_of_one_camera_on_rough_land():
    def height(east, north):
        return 150 * np.sin(east / 2100) * np.sin(north / 1700) + north / 60

    terrain, random = grid(height), np.random.default_rng(5)
    place = Place(longitude=8.0, latitude=50.0, elevation=300.0)
    inside, refused = 0, 0
    for _ in range(80):
        true = replace(
            towards("hill", MIDDLE, at(random.uniform(0, 360), 9000), 0.2),
            place=place, elevation=random.uniform(-6, -1), sigma_elevation=0.15,
        )  # fmt: skip
        standing = range_on(terrain, replace(true, sigma_elevation=1e-3))
        seen = range_on(
            terrain,
            replace(true, azimuth=true.azimuth + random.normal(0, 0.2), elevation=true.elevation +
            random.normal(0, 0.15)), )  # fmt: skip
        if isinstance(standing, Refusal) or isinstance(seen, Refusal):
            refused += 1
        else:
            inside += seen.nearest <= standing.distance <= seen.farthest
    assert refused < 40
    assert inside / (80 - refused) >= 0.93


def test_what_is_seen_at_the_sky_has_no_range():
    up = replace(towards("hill", MIDDLE, PLUME, 0.1), elevation=2.0)
    assert range_on(grid(lambda east, north: 0 * east, span_m=90_000, cell=0.01), up).reason == "sky"
    assert range_on(grid(lambda east, north: 0 * east), up).reason == "off"


def test_two_sights_give_a_place_as_geojson_and_one_gives_the_land_it_meets():
    cameras = [camera("west", WEST, 18.0), camera("east", EAST, 342.0)]
    regions = []
    for known in cameras:
        azimuth, _, _ = EARTH.inv(known.place.longitude, known.place.latitude, *PLUME)
        x, y = view_of(known.view).pixels(np.array([[azimuth, -1.0]]))[0]
        regions.append((round(x) - 8, round(y) - 60, round(x) + 8, round(y)))
    sights = [Sight(camera=known.name, region=region) for known, region in zip(cameras, regions, strict=True)]
    locator = Locator(cameras, grid(lambda east, north: 0 * east - 150))
    told = geojson(locator.locate(sights), {"event": "e1"})
    json.dumps(told, allow_nan=False)
    kinds = [feature["properties"]["kind"] for feature in told["features"]]
    assert kinds == ["bearing", "bearing", "place", "ellipse"]
    place = told["features"][2]
    assert EARTH.inv(*place["geometry"]["coordinates"], *PLUME)[2] < 300
    assert place["properties"]["cameras"] == ["west", "east"]
    below = Sight(camera="west", region=(600, 400, 616, 440))
    alone = geojson(locator.locate([below]))
    assert [feature["properties"]["kind"] for feature in alone["features"]] == ["bearing", "place", "patch"]


def test_what_does_not_help_is_named():
    cameras = [camera("west", WEST, 18.0), camera("beside", at(0, 50, WEST), 18.0)]
    region = (630, 300, 650, 360)
    found = Locator(cameras).locate(
        [Sight(camera=name, region=region) for name in ("west", "beside", "stranger")]
    )
    assert [bearing.camera for bearing in found.bearings] == ["west", "beside"]
    assert (found.fix, found.range) == (None, None)
    assert found.refused[0].detail == "camera stranger is not in the configuration"
    assert "nearly parallel" in found.refused[1].detail


def test_a_camera_looks_at_what_lies_between_the_edges_of_its_view():
    pose = Pose(
        size=(200, 100), azimuth=0.0, elevation=0.0, focal=100.0, sigma={"azimuth": 1, "elevation": 1}
    )
    north = Camera(name="north", source={"kind": "folder"}, place=Place(latitude=46, longitude=9), view=pose)
    locator = Locator([north, north.model_copy(update={"name": "blank", "view": None})])
    # The half width is the focal length, so each edge is atan(1) = 45 deg from the axis.
    assert [locator.looks_at("north", 46.1, 9 + east) for east in (-0.2, 0.0, 0.1, 0.2)] == [
        False,  # 0.2 deg east are 0.139 deg of a great circle, more than 0.1 deg north
        True,
        True,  # 0.069 deg
        False,
    ]
    assert locator.looks_at("blank", 46.1, 9.0) is None
