"""When cameras are asked, and asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from landwatch.source._feed import Pace, name_of
from landwatch.source._neighbours import Neighbours
from landwatch.source._retry import Backoff

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@given(st.floats(1, 3600), st.floats(0, 0.999), st.floats(0, 1e6))
def test_turns_settle_on_the_cameras_own_grid(interval: float, phase: float, now: float) -> None:
    pace = Pace(interval, phase)
    first = pace.due(now)
    assert now <= first <= now + min(interval, 5.0)
    pace._last = first
    second = pace.due(first)
    assert interval / 2 - 1e-6 <= second - first <= interval * 1.5 + 1e-6
    pace._last = second
    third = pace.due(second)
    assert abs(third - second - interval) < 1e-3 * interval + 1e-6


def test_a_late_turn_is_left_out_not_made_up_for() -> None:
    pace = Pace(10.0, 0.25)
    pace._last = 102.5
    # At 127 s the turns of 112.5 and 122.5 have passed; the next is at 132.5.
    assert pace.due(127.0) == 132.5


def test_waits_grow_to_one_and_a_half_cadences() -> None:
    backoff = Backoff(10.0, seed=1)
    waits = [backoff.failed("refused") for _ in range(10)]
    for place, wait in enumerate(waits):
        longest = min(15.0, 2.0**place)
        assert longest / 2 <= wait <= longest
    backoff.worked()
    assert backoff.failed("refused") <= 1.0


def test_a_refused_password_is_not_tried_at_every_turn() -> None:
    backoff = Backoff(10.0, seed=1)
    waits = [backoff.failed("auth") for _ in range(12)]
    assert 150.0 <= waits[-1] <= 300.0


def test_names_tell_when_a_picture_came() -> None:
    assert name_of(NOON + timedelta(microseconds=7500)) == "20260701T120000007Z"


def test_when_every_camera_fails_the_trouble_is_here() -> None:
    neighbours = Neighbours()
    for camera in "abc":
        neighbours.failed(camera, "timeout")
    assert neighbours.all_fail
    neighbours.failed("b", "auth")
    assert not neighbours.all_fail
    neighbours.failed("b", "refused")
    neighbours.worked("c")
    assert not neighbours.all_fail
    neighbours.left("c")
    assert not neighbours.all_fail


def test_two_cameras_that_fail_may_share_a_switch() -> None:
    neighbours = Neighbours()
    neighbours.failed("a", "timeout")
    neighbours.failed("b", "timeout")
    assert not neighbours.all_fail
