"""The camera's clock against ours."""

from __future__ import annotations

import numpy as np
import pytest

from landwatch.diagnose import clock
from landwatch.past import Past
from landwatch.testing import picture
from landwatch.types import Drift

PIXELS = np.full((48, 64, 3), 120, np.uint8)
HOUR = 3600.0


def seen(ahead: float, within: float = 0.5) -> clock.Look:
    told = picture(PIXELS, drift=Drift(ahead=ahead, within=within))
    return clock.look(told, Past(), clock.Settings())


def test_a_camera_that_tells_no_time_is_unknown():
    found = clock.look(picture(PIXELS), Past(), clock.Settings())
    assert (found.value, found.state) == (None, "unknown")


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(0.0, "good"), (-4.0, "good"), (6.0, "doubtful"), (-6.0, "doubtful"), (61.0, "bad"), (-HOUR, "bad")],
)
def test_the_value_is_the_cameras_clock_minus_ours(ahead, state):
    found = seen(ahead)
    assert (found.value, found.state) == (ahead, state)


def test_what_may_be_the_tellings_own_error_is_not_the_cameras():
    # 8 s ahead, known to 4 s: it may be 4 s ahead, which is below 5 s.
    assert seen(8.0, within=4.0).state == "good"


def test_a_whole_number_of_quarter_hours_is_a_time_zone():
    assert "+8.00 h from ours: look at its time zone" in seen(8 * HOUR + 3).detail
    assert "-5.75 h from ours" in seen(-5.75 * HOUR).detail
    assert "400 s ahead" in seen(400).detail
    assert "2000 s behind" in seen(-2000).detail


def test_a_clock_of_1970_was_never_set():
    assert "never set" in seen(-56 * 365 * 86400.0).detail
