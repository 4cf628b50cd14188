"""The filter of river levels: what passes is smoothed away, what persists is not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.measure._tide import Follower
from landwatch.testing import NOON


def follow(levels, *, minutes=1.0, sigma=0.002):
    follower = Follower()
    return [
        follower.hear(NOON + timedelta(minutes=minutes * number), level, sigma)
        for number, level in enumerate(levels)
    ]


def test_a_steady_rise_is_followed_without_lag():
    # 5 mm a minute is 0.3 m/h.
    said = follow([1.0 + 0.005 * number for number in range(60)])[-1]
    assert said.level == pytest.approx(1.295, abs=1e-4)
    assert said.rise == pytest.approx(0.3, abs=1e-3)


def test_a_tide_is_followed_within_its_own_uncertainty():
    # 1 m of amplitude in 12.4 h: 0.5 m/h at most.
    times = np.arange(0, 720, 15)
    tide = np.sin(2 * np.pi * times / (12.4 * 60))
    for truth, said in zip(tide, follow(tide, minutes=15), strict=True):
        assert said.confirmed
        assert abs(said.level - truth) < 2 * said.sigma


def test_ripples_are_smoothed():
    noise = np.random.default_rng(1).normal(0, 0.003, 200)
    said = follow(1.0 + noise, sigma=0.003)
    assert np.std([each.level for each in said[20:]]) < 0.6 * 0.003


def test_one_stray_reading_does_not_move_the_level():
    said = follow([1.0] * 30 + [1.5] + [1.0] * 5)
    assert not said[30].confirmed
    assert said[30].level == pytest.approx(1.0, abs=1e-3)
    assert said[30].sigma == pytest.approx(0.5, abs=1e-3)
    assert all(each.confirmed for each in said[31:])
    assert said[-1].level == pytest.approx(1.0, abs=1e-3)


@given(st.floats(0.05, 5.0))
def test_a_flood_wave_of_any_height_comes_through_one_reading_late_at_most(height):
    said = follow([1.0] * 30 + [1.0 + height, 1.0 + 1.2 * height])
    assert said[31].confirmed
    assert said[31].level == pytest.approx(1.0 + 1.2 * height, abs=0.01 + 0.01 * height)
    # A fifth of the height in a minute.
    assert said[31].rise == pytest.approx(12.0 * height, rel=0.25)


def test_three_readings_that_contradict_start_anew():
    said = follow([1.0] * 30 + [1.5, 0.5, 1.4])
    assert [each.confirmed for each in said[30:]] == [False, False, True]
    assert said[32].level == 1.4


def test_a_long_gap_or_a_clock_set_back_starts_anew():
    follower = Follower()
    follower.hear(NOON, 1.0, 0.002)
    later = follower.hear(NOON + timedelta(hours=7), 3.0, 0.002)
    assert (later.level, later.rise) == (3.0, None)
    back = follower.hear(NOON, 2.0, 0.002)
    assert (back.level, back.rise) == (2.0, None)


def test_two_readings_of_one_moment_give_no_rate():
    follower = Follower()
    follower.hear(NOON, 1.0, 0.002)
    assert follower.hear(NOON, 1.001, 0.002).rise is None


def test_the_uncertainty_of_the_rate_holds_what_it_says():
    rng = np.random.default_rng(2)
    misses = []
    for _ in range(40):
        said = follow(1.0 + rng.normal(0, 0.003, 30), sigma=0.003)[-1]
        misses.append(abs(said.rise) / said.rise_sigma)
    # The rate does not wander here, so the filter is more careful than it need be: 95 % lie within 2.
    assert np.mean(np.array(misses) < 2.0) >= 0.95
