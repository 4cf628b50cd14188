"""Bearings that meet: where, how sure, and why not."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from landwatch.where import Fix, Refusal, cross, outline
from landwatch.where.cross import EARTH, LEAST_ANGLE

from .lands import EAST, MIDDLE, PLUME, WEST, at, is_inside, towards


def both(sigma, off=(0.0, 0.0), target=PLUME):
    return cross([towards("west", WEST, target, sigma, off[0]), towards("east", EAST, target, sigma, off[1])])


def test_exact_bearings_meet_at_the_plume():
    fix = both(0.2)
    assert EARTH.inv(fix.longitude, fix.latitude, *PLUME)[2] < 0.1


def test_the_ellipse_of_two_bearings_is_that_of_the_book():
    # The plume is sqrt(15^2 + 5^2) = 15.811 km from each camera; 0.2 degrees are 55.19 m across each bearing.
    # Each is atan(5 / 15) = 18.435 degrees from north: along north that is 55.19 / (sqrt 2 sin), across it
    # 55.19 / (sqrt 2 cos).
    # 2.4477 standard deviations hold 95 %.
    across = math.hypot(15_000, 5000) * math.radians(0.2)
    angle = math.atan2(5000, 15_000)
    fix = both(0.2)
    assert fix.major == pytest.approx(2.4477 * across / (math.sqrt(2) * math.sin(angle)), rel=1e-3)
    assert fix.minor == pytest.approx(2.4477 * across / (math.sqrt(2) * math.cos(angle)), rel=1e-3)
    assert min(fix.azimuth, 180 - fix.azimuth) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 2.0])
def test_95_of_100_truths_are_inside_the_ellipse(sigma):
    random = np.random.default_rng(1)
    inside = [is_inside(both(sigma, random.normal(0, sigma, 2)), PLUME) for _ in range(600)]
    # Of 600 draws at 95 % the standard deviation is 0.9 %.
    assert 0.93 <= np.mean(inside) <= 0.97


def test_ellipses_hold_up_to_where_bearings_are_refused_as_parallel():
    # The bearings meet at an angle whose sine is 0.6; the angle's deviation is sqrt(2) of a bearing's.
    sigma = math.degrees(0.6) / math.sqrt(2) / (LEAST_ANGLE * 1.1)
    random = np.random.default_rng(2)
    found = [both(sigma, random.normal(0, sigma, 2)) for _ in range(600)]
    fixes = [fix for fix in found if isinstance(fix, Fix)]
    assert len(fixes) > 300
    assert np.mean([is_inside(fix, PLUME) for fix in fixes]) > 0.92


def test_a_third_camera_makes_the_ellipse_smaller():
    third = towards("beyond", at(90, 12_000, PLUME), PLUME, 0.2)
    two = [towards("west", WEST, PLUME, 0.2), towards("east", EAST, PLUME, 0.2)]
    assert cross([*two, third]).major < cross(two).major / 2


def test_meridians_turn_and_the_place_is_still_right():
    # At 70 degrees of latitude 40 km to the east turn north by 0.99 degrees: 260 m at 15 km.
    start = (20.0, 70.0)
    target = at(30, 20_000, start)
    fix = cross(
        [
            towards("one", at(270, 20_000, start), target, 0.1),
            towards("other", at(90, 20_000, start), target, 0.1),
        ]
    )
    assert EARTH.inv(fix.longitude, fix.latitude, *target)[2] < 0.1


@pytest.mark.parametrize(
    ("bearings", "reason"),
    [
        ([towards("west", WEST, PLUME, 0.2)], "few"),
        ([towards("west", WEST, PLUME, 0.2), towards("west", WEST, PLUME, 0.2)], "few"),
        ([towards("a", WEST, PLUME, 0.2), towards("b", at(0, 100, WEST), PLUME, 0.2)], "parallel"),
        ([towards("west", WEST, EAST, 0.5), towards("east", EAST, WEST, 0.5)], "parallel"),
        ([towards("west", WEST, at(300, 9000), 0.2), towards("east", EAST, at(60, 9000), 0.2)], "diverging"),
        ([towards("west", WEST, at(0, 80_000), 0.01), towards("east", EAST, at(0, 80_000), 0.01)], "far"),
        (
            [
                towards("west", WEST, PLUME, 0.1),
                towards("east", EAST, PLUME, 0.1),
                towards("mid", MIDDLE, at(20, 15_000), 0.1),
            ],
            "apart",
        ),
    ],
)
def test_bearings_that_tell_no_place_say_why(bearings, reason):
    found = cross(bearings)
    assert isinstance(found, Refusal)
    assert found.reason == reason


def test_the_outline_is_a_closed_ring_that_turns_left():
    fix = both(0.5)
    ring = outline(fix)
    assert ring[0] == ring[-1]
    doubled = sum((a[0] * b[1] - b[0] * a[1]) for a, b in pairwise(ring))
    assert doubled > 0
    lengths = [EARTH.inv(fix.longitude, fix.latitude, *corner)[2] for corner in ring]
    assert max(lengths) == pytest.approx(fix.major, rel=1e-6)
    assert min(lengths) == pytest.approx(fix.minor, rel=1e-6)
