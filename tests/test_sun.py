"""The sun's place, and day or night from a picture."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from landwatch import testing
from landwatch.config import Place
from landwatch.past import shrink
from landwatch.sun import light, position

SAN_DIEGO = Place(latitude=32.7, longitude=-117.2)


def small(level, *, taken=testing.NOON, blue=None):
    pixels = np.full((60, 80, 3), level, np.uint8)
    if blue is not None:
        pixels[..., 2] = blue
    return shrink(testing.picture(pixels, taken=taken))


def test_at_the_june_solstice_the_sun_is_the_tilt_of_the_earth_off_the_zenith_of_the_equator():
    noon = datetime(2026, 6, 21, 12, 2, tzinfo=UTC)  # equation of time: -1.8 min
    assert position(noon, 0, 0).elevation == pytest.approx(90 - 23.44, abs=0.02)


def test_at_the_pole_the_elevation_is_the_declination_at_any_hour():
    at_noon = position(datetime(2026, 12, 21, 12, tzinfo=UTC), 90, 0).elevation
    at_midnight = position(datetime(2026, 12, 21, 23, tzinfo=UTC), 90, 0).elevation
    assert at_noon == pytest.approx(-23.44, abs=0.01)
    assert at_midnight == pytest.approx(at_noon, abs=0.01)


def test_a_degree_east_is_four_minutes_earlier():
    here = position(datetime(2026, 3, 20, 15, 0, tzinfo=UTC), 0, 0)
    east = position(datetime(2026, 3, 20, 14, 56, tzinfo=UTC), 0, 1)
    assert east.elevation == pytest.approx(here.elevation, abs=0.01)


def test_the_sun_is_in_the_east_before_noon_and_in_the_west_after_it():
    # At an equinox the sun of the equator runs along the prime vertical.
    assert position(datetime(2026, 3, 20, 8, tzinfo=UTC), 0, 0).azimuth == pytest.approx(90, abs=1)
    assert position(datetime(2026, 3, 20, 16, tzinfo=UTC), 0, 0).azimuth == pytest.approx(270, abs=1)


def test_the_noon_sun_of_the_north_is_in_the_south():
    noon = position(datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 46.5, 0)
    assert noon.elevation == pytest.approx(90 - 46.5 + 23.44, abs=0.02)
    assert noon.azimuth == pytest.approx(180, abs=0.5)


def test_a_grey_picture_of_a_foggy_noon_is_day():
    assert light(small(150)) == "day"


def test_a_black_picture_is_night_where_no_place_is_known():
    assert light(small(10)) == "night"


def test_a_black_picture_under_a_high_sun_is_dark_not_night():
    local_noon = datetime(2026, 7, 1, 20, tzinfo=UTC)
    assert light(small(10, taken=local_noon), SAN_DIEGO) == "dark"


def test_a_bright_picture_after_dusk_is_night_where_the_place_is_known():
    local_midnight = datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert light(small(120, taken=local_midnight), SAN_DIEGO) == "night"


def test_a_dim_picture_without_any_colour_is_infra_red_night():
    assert light(small(50)) == "night"
    assert light(small(50, blue=58)) == "day"


def test_a_picture_removed_throughout_still_has_a_light():
    pixels = np.full((60, 80, 3), 150, np.uint8)
    assert light(shrink(testing.picture(pixels, mask=np.full((60, 80), 255, np.uint8)))) == "day"
