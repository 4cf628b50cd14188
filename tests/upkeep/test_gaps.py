"""Differences between kinds of cameras, and what may be said of them."""

from __future__ import annotations

import math

import pytest
from scipy.stats import t as student

from landwatch.upkeep import Asset, Site
from landwatch.upkeep._sums import Sums
from landwatch.upkeep.gaps import CONFIDENCE, _clusters, _gap, _interval, _Side, gaps
from tests.upkeep.made import NOON
from tests.upkeep.test_rates import MIDNIGHT, TODAY, archive, condition  # noqa: F401


def side(*parts, whole=100):
    return _Side(len(parts), tuple((part, whole) for part in parts))


def test_the_interval_is_that_of_welch():
    low, high = _interval(side(50, 60, 70, 80, 90), side(90, 90, 95, 100, 100), 0.95)
    # Of equal sites the ratio's variance is that of a mean: s^2 / n, 250 / 5 and 25 / 5 in %^2.
    half = student.ppf(0.975, (50 + 5) ** 2 / (50**2 / 4 + 5**2 / 4)) * math.sqrt(50 + 5)
    assert (low, high) == pytest.approx(((70 - 95 - half) / 100, (70 - 95 + half) / 100))


def test_cameras_of_one_site_are_one_observation():
    sums = [Sums(asset=Asset(camera=f"c{n}", site="hill"), meant=10, good=n) for n in range(4)]
    alone = [Sums(asset=Asset(camera=f"d{n}"), meant=10, good=5) for n in range(2)]
    idle = [Sums(asset=Asset(camera="e"), meant=0)]
    found = _clusters([*sums, *alone, *idle], lambda one: (one.good, one.meant))
    assert (found.cameras, sorted(found.sites)) == (6, [(5, 10), (5, 10), (6, 40)])


@pytest.mark.parametrize(
    ("these", "verdict"),
    [
        (side(10, 12, 14, 16, 18), "behind"),
        (side(95, 96, 97, 98, 99), "ahead"),
        (side(10, 40, 60, 80, 99), "no difference shown"),
        (side(10, 12, 14, 16), "too few"),
    ],
)
def test_the_verdict_says_no_more_than_the_interval(these, verdict):
    found = _gap("settlement", "rural", ("urban",), "good", these, side(50, 52, 54, 56, 58))
    assert found.verdict == verdict
    assert (found.low is None) == (verdict == "too few")


def test_sites_that_are_all_alike_give_no_interval():
    assert _interval(side(*[100] * 9), side(*[100] * 9), CONFIDENCE) == (None, None)
    found = _gap("settlement", "rural", ("urban",), "good", side(*[0] * 9), side(*[100] * 9))
    assert (found.difference, found.verdict) == (-1.0, "all alike")


def test_a_fleet_without_registers_has_nothing_to_compare(store, archive):  # noqa: F811
    found = gaps(archive.reading, TODAY, TODAY.replace(day=3), now=NOON)
    assert [(gap.by, gap.rate, gap.value, gap.verdict) for gap in found][:2] == [
        ("settlement", "online", None, "too few"),
        ("settlement", "good", None, "too few"),
    ]
    assert len(found) == 9


def test_rural_cameras_are_compared_with_urban_ones(desk, archive, clock):  # noqa: F811
    desk.keep_sites([Site(name="ridge", settlement="urban")])
    desk.keep_conditions([condition("c0", NOON, "good"), condition("c3", NOON, "bad")])
    found = gaps(archive.reading, TODAY, TODAY.replace(day=2), now=MIDNIGHT.replace(day=2))
    (good,) = (gap for gap in found if (gap.by, gap.rate) == ("settlement", "good"))
    assert (good.value, good.other, good.difference) == (0, 1 / 3, -1 / 3)
    assert (good.cameras, good.sites) == ((1, 3), (1, 1))
