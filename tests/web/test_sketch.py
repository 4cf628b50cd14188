"""Where things are drawn."""

from __future__ import annotations

import pytest

from landwatch.types import Region
from landwatch.web.sketch import sketch
from landwatch.where import Location, Locator, Sight
from tests.web.test_triage import cameras

MIDDLE: Region = (150, 60, 170, 90)


def test_a_bearing_to_the_east_goes_right_and_one_to_the_north_goes_up():
    found = Locator(cameras()).locate(
        [Sight(camera="ridge", region=MIDDLE), Sight(camera="south", region=MIDDLE)]
    )
    drawn = sketch(found)
    spots = dict(drawn.cameras)
    assert spots["ridge"][0] < drawn.place[0]
    assert spots["ridge"][1] == pytest.approx(drawn.place[1], abs=6)
    assert spots["south"][1] > drawn.place[1]
    assert spots["south"][0] == pytest.approx(drawn.place[0], abs=6)
    # From south to the place is 0.08 deg of a great circle, 8.9 km; the bar is of the same scale.
    length, km = drawn.bar
    up = spots["south"][1] - drawn.place[1]
    assert up / length * float(km) == pytest.approx(8.9, rel=0.05)


def test_nothing_is_drawn_where_no_bearing_is_known():
    assert sketch(None) is None
    assert sketch(Location()) is None
