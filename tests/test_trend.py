"""Where readings go, and when they may meet a threshold: sums that a reader can redo."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from landwatch.config import Rule
from landwatch.testing import NOON
from landwatch.trend import SPAN, course
from landwatch.types import Reading

FLOOD = Rule(hazard="flood", quantity="river_level", enter=3.0, leave=2.5)
FOG = Rule(hazard="fog", quantity="visibility", enter=1000.0, leave=1500.0)


def series(slope, *, start=2.0, noise=0.0, quantity="river_level", hours=6.0, count=73, **more):
    """Return readings that change by `slope` an hour, the last of them at noon."""
    random = np.random.default_rng(3)
    told = {"unit": "m", "method": "river/1@1", "sigma": None} | more
    return [
        Reading(
            camera="bank",
            quantity=quantity,
            time=NOON - timedelta(hours=hours - at),
            value=start + slope * at + noise * random.standard_normal(),
            **told,
        )
        for at in np.linspace(0.0, hours, count)
    ]


def test_a_river_that_rises_meets_the_threshold_when_the_line_does():
    found = course(series(0.1, noise=0.002), [FLOOD])
    assert found.slope == pytest.approx(0.1, abs=0.002)
    assert found.now == pytest.approx(2.6, abs=0.005)
    (ahead,) = found.ahead
    assert ahead.state == "nearing"
    assert ahead.earliest <= 0.4 / 0.1 <= ahead.latest


def test_a_doubtful_slope_has_no_latest_time_within_the_span():
    found = course(series(0.1, sigma=0.12), [FLOOD])
    # The ends may each err by 0.12 m: sqrt(2) 0.12 / 6 h = 0.028 m/h.
    assert found.slope_sigma == pytest.approx(0.028, abs=0.001)
    (ahead,) = found.ahead
    assert ahead.earliest == pytest.approx(0.4 / (0.1 + 1.96 * 0.0283), rel=0.01)
    assert ahead.latest is None, "0.4 m / 0.0446 m/h is 9 h"


@pytest.mark.parametrize(
    ("slope", "noise", "state"),
    [(0.0, 0.01, "far"), (-0.1, 0.002, "far"), (0.02, 0.001, "far"), (0.3, 0.001, "beyond")],
)
def test_no_time_is_told_without_a_trend_towards_the_threshold_within_the_span(slope, noise, state):
    (ahead,) = course(series(slope, noise=noise), [FLOOD]).ahead
    assert (ahead.state, ahead.earliest, ahead.latest) == (state, None, None)


def test_fog_comes_from_above():
    falling = series(-1000.0, start=8000.0, quantity="visibility", unit="m")
    (ahead,) = course(falling, [FOG, FLOOD]).ahead
    assert ahead.state == "nearing"
    assert ahead.earliest == pytest.approx(1.0, abs=0.01)


def test_bounds_and_readings_of_an_older_version_have_no_part_in_it():
    old = series(5.0, method="river/1@0")
    bounds = series(5.0, flags=("at_least",))
    steady = series(0.1, noise=0.001)
    mixed = sorted([*old, *bounds, *steady], key=lambda one: (one.time, one.method, not one.flags))
    found = course(mixed, [FLOOD])
    assert found.readings == len(steady)
    assert found.slope == pytest.approx(0.1, abs=0.001)


def test_only_the_span_counts_and_long_series_are_thinned():
    before = series(-4.0, hours=30.0, count=3001)
    found = course([one for one in before if one.time < NOON - SPAN] + series(0.1, count=2001), [])
    assert found.slope == pytest.approx(0.1, abs=1e-6)
    assert found.readings == pytest.approx(223, abs=1)
    assert found.hours == pytest.approx(6.0, abs=0.05)


def test_too_few_readings_have_no_course():
    assert course([], [FLOOD]) is None
    assert course(series(0.1, count=7), [FLOOD]) is None
    absent = Reading(
        camera="bank",
        quantity="river_level",
        time=NOON,
        value=None,
        unit="m",
        method="river/1@1",
        absent="fog",
    )
    assert course([absent] * 20, [FLOOD]) is None
