"""Lens, pose, and their calibration from known points."""

from __future__ import annotations

import math

import numpy as np
import pytest

from landwatch.config import Place
from landwatch.errors import MeasureError
from landwatch.view import KnownPoint, View, calibrate, direction_to

SIZE = (1280, 720)
NORTH = View(lens="rectilinear", size=SIZE, azimuth=0.0, elevation=0.0, roll=0.0, focal=640.0)
TRUE = {
    "rectilinear": View(lens="rectilinear", size=SIZE, azimuth=359.2, elevation=-4.0, roll=1.5, focal=1400.0),
    "fisheye": View(lens="fisheye", size=SIZE, azimuth=200.0, elevation=-20.0, roll=-3.0, focal=420.0),
    "brown": View(
        lens="brown", size=SIZE, azimuth=120.0, elevation=2.0, roll=0.5, focal=900.0, k1=-0.25, k2=0.06
    ),
}
SPOTS = np.array([[x, y] for x in (60.0, 400.0, 700.0, 1200.0) for y in (50.0, 300.0, 680.0)])


def clicked(view, sigma=0.0, seed=0, count=12):
    random = np.random.default_rng(seed)
    directions = view.directions(SPOTS[:count])
    seen = SPOTS[:count] + random.normal(0, sigma, (count, 2)) if sigma else SPOTS[:count]
    return [
        KnownPoint(x=x, y=y, azimuth=azimuth, elevation=elevation, sigma=sigma or 1.0)
        for (x, y), (azimuth, elevation) in zip(seen, directions, strict=True)
    ]


def test_a_picture_twice_as_wide_as_its_focal_length_spans_ninety_degrees():
    edges = np.array([[0.0, 360.0], [640.0, 360.0], [1280.0, 360.0]])
    assert NORTH.directions(edges)[:, 0] == pytest.approx([315.0, 0.0, 45.0])
    assert NORTH.directions(np.array([[640.0, 1000.0]]))[0] == pytest.approx([0.0, -45.0])


def test_a_fisheye_puts_equal_angles_at_equal_distances():
    eye = View(lens="fisheye", size=SIZE, azimuth=90.0, elevation=0.0, roll=0.0, focal=100.0)
    steps = np.array([[640.0 + 100.0 * math.radians(angle), 360.0] for angle in (0, 30, 60, 90, 120)])
    assert eye.directions(steps)[:, 0] == pytest.approx([90, 120, 150, 180, 210])


def test_a_camera_rolled_clockwise_sees_the_right_hand_of_the_picture_sink():
    rolled = View(lens="rectilinear", size=SIZE, azimuth=0.0, elevation=0.0, roll=10.0, focal=640.0)
    assert rolled.directions(np.array([[1280.0, 360.0]]))[0, 1] < -5


@pytest.mark.parametrize("lens", TRUE)
def test_a_pixel_gives_the_direction_that_gives_the_pixel(lens):
    assert TRUE[lens].pixels(TRUE[lens].directions(SPOTS)) == pytest.approx(SPOTS, abs=2e-3)


def test_what_is_behind_the_camera_is_in_no_pixel():
    assert np.isnan(NORTH.pixels(np.array([[180.0, 0.0]]))[0, 0])


@pytest.mark.parametrize("lens", TRUE)
def test_a_view_is_found_again_from_exact_points(lens):
    found = calibrate(clicked(TRUE[lens]), SIZE, lens)
    assert found.rms < 1e-3
    for name in ("azimuth", "elevation", "roll"):
        assert getattr(found.view, name) == pytest.approx(getattr(TRUE[lens], name), abs=1e-3)
    assert found.view.focal == pytest.approx(TRUE[lens].focal, rel=1e-4)
    assert found.view.k1 == pytest.approx(TRUE[lens].k1, abs=1e-3)


@pytest.mark.parametrize("lens", ["rectilinear", "fisheye"])
def test_intervals_of_directions_hold_for_noisy_points(lens):
    inside = []
    for seed in range(20):
        view = calibrate(clicked(TRUE[lens], sigma=1.5, seed=seed, count=8), SIZE, lens).view
        spots = np.array([[200.0, 200.0], [900.0, 500.0]])
        off = (view.directions(spots) - TRUE[lens].directions(spots) + 180) % 360 - 180
        doubt = np.sqrt(np.diagonal(view.spread(spots, sigma=1e-6), axis1=1, axis2=2))
        inside.append(np.abs(off) < 1.96 * doubt)
    assert 0.88 <= np.mean(inside) <= 1.0


def test_a_wrong_click_is_named():
    points = clicked(TRUE["rectilinear"], sigma=0.5, seed=1)
    points[5] = KnownPoint(
        x=points[5].x + 40, y=points[5].y, azimuth=points[5].azimuth, elevation=points[5].elevation, sigma=0.5
    )
    assert 5 in calibrate(points, SIZE).doubtful


def test_too_few_points_are_refused_with_how_many_it_takes():
    with pytest.raises(MeasureError, match="2 known points; a rectilinear view needs 3 at least"):
        calibrate(clicked(NORTH, count=2), SIZE)


def test_a_pixel_at_forty_five_degrees_down_meets_level_ground_as_far_as_it_is_below():
    view = View(lens="rectilinear", size=SIZE, azimuth=90.0, elevation=0.0, roll=0.0, focal=640.0)
    places, spread = view.on_plane(
        np.array([[640.0, 1000.0], [640.0, 100.0]]),
        np.array([0.0, 0.0, -30.0]),
        np.array([0.0, 0.0, 1.0]),
        1.0,
    )
    assert places[0] == pytest.approx([30.0, 0.0, -30.0])
    # East is 30 m * 640 / rows below the middle: 30 * 640 / 640**2 a px down; north is 30 / 640 a px right.
    assert np.sqrt(np.diagonal(spread[0])) == pytest.approx([30 / 640, 30 / 640, 0.0], rel=1e-3, abs=1e-9)
    assert np.isnan(places[1]).all()


def test_a_point_due_east_on_the_equator_is_at_ninety_degrees_and_sinks_with_the_earth():
    here = Place(latitude=0.0, longitude=0.0, elevation=0.0)
    azimuth, elevation = direction_to(here, 0.0, 0.1, 0.0)
    distance = 6378137.0 * math.sin(math.radians(0.1))
    assert azimuth == pytest.approx(90.0)
    # Half the angle at the earth's middle, less the refraction's 0.13 of it.
    assert elevation == pytest.approx(-0.05 * (1 - 0.13), rel=1e-3)
    assert distance == pytest.approx(11131.9, abs=0.1)
