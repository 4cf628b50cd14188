"""Service time: sums over weekends, holidays and the two days of daylight saving that a reader can redo."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.errors import UsageError
from landwatch.upkeep.level import ALWAYS, Level, due, served, until


def level(hours: str = "mon-fri 08:00-17:00", zone: str = "UTC", holidays: str = "", **more) -> Level:
    return Level(name="l", target=99, response=4, repair=8, hours=hours, zone=zone, holidays=holidays, **more)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


FRIDAY, MONDAY = (2026, 7, 3), (2026, 7, 6)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (utc(*FRIDAY, 8), 4, utc(*FRIDAY, 12)),
        (utc(*FRIDAY, 8), 9, utc(*FRIDAY, 17)),  # the whole day, and not a moment of the next
        (utc(*FRIDAY, 16), 2, utc(*MONDAY, 9)),  # one hour on Friday, one on Monday
        (utc(*FRIDAY, 3), 1, utc(*FRIDAY, 9)),  # before it opens
        (utc(2026, 7, 4, 12), 1, utc(*MONDAY, 9)),  # on Saturday
        (utc(*FRIDAY, 17), 0, utc(*MONDAY, 8)),  # no time at all, from when it opens
        (utc(*FRIDAY, 12), 45, utc(2026, 7, 10, 12)),  # 5 h, four days of 9 h, 4 h
    ],
)
def test_a_deadline_counts_only_hours_of_service(start, hours, end):
    assert due(level(), start, hours) == end


def test_a_holiday_is_no_day_of_service():
    off = level(holidays="2026-07-06, 2026-07-07")
    assert due(off, utc(*FRIDAY, 16), 2) == utc(2026, 7, 8, 9)
    assert served(off, utc(*FRIDAY, 16), utc(2026, 7, 8, 9)) == timedelta(hours=2)


def test_hours_are_those_of_the_zone():
    # Shanghai is 8 h ahead: 08:00 there is 00:00 UTC, and Monday begins on Sunday at 16:00 UTC.
    china = level(zone="Asia/Shanghai")
    assert due(china, utc(*FRIDAY, 8), 2) == utc(*MONDAY, 1)


def test_the_day_that_daylight_saving_makes_short_has_23_hours():
    # Zurich, 29 March 2026: 02:00 becomes 03:00. From Saturday 23:00 UTC (midnight there) 24 h are 24 h,
    # so they end at 01:00 on Monday there, which is Sunday 23:00 UTC.
    swiss = level(ALWAYS, "Europe/Zurich")
    assert served(swiss, utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)) == timedelta(hours=23)
    assert due(swiss, utc(2026, 3, 28, 23), 24) == utc(2026, 3, 29, 23)


def test_a_night_shift_over_the_hour_that_is_left_out_is_an_hour_short():
    night = level("sun 00:00-06:00", "Europe/Zurich")
    assert served(night, utc(2026, 3, 28), utc(2026, 3, 31)) == timedelta(hours=5)
    # Opens at 23:00 UTC; 02:00 to 03:00 is not there, so the fifth hour ends at 06:00 there, 04:00 UTC.
    assert due(night, utc(2026, 3, 28, 20), 5) == utc(2026, 3, 29, 4)


def test_a_night_shift_over_the_hour_that_comes_twice_is_an_hour_longer():
    # Zurich, 25 October 2026: 03:00 becomes 02:00.
    night = level("sun 00:00-06:00", "Europe/Zurich")
    assert served(night, utc(2026, 10, 24), utc(2026, 10, 26)) == timedelta(hours=7)
    assert due(night, utc(2026, 10, 24), 7) == utc(2026, 10, 25, 5)


def test_an_hour_that_comes_twice_is_served_once_where_two_parts_meet_in_it():
    parts = level("sun 00:00-02:30, sun 02:30-06:00", "Europe/Zurich")
    assert served(parts, utc(2026, 10, 24), utc(2026, 10, 26)) == timedelta(hours=7)


def test_days_may_go_over_the_end_of_the_week():
    weekend = level("sat-mon 10:00-12:00")
    assert due(weekend, utc(2026, 7, 4, 0), 6) == utc(*MONDAY, 12)


LEVELS = st.sampled_from(
    [level(), level(ALWAYS, "America/New_York"), level("sat-sun 01:00-04:00", "Europe/Zurich", "2026-03-29")]
)
MOMENTS = st.integers(0, 334 * 86_400).map(lambda seconds: utc(2026, 1, 1) + timedelta(seconds=seconds))


@given(LEVELS, MOMENTS, st.integers(0, 40 * 60))
def test_until_a_deadline_as_much_service_passes_as_it_allows(level, start, minutes):
    end = due(level, start, minutes / 60)
    assert abs(served(level, start, end) - timedelta(minutes=minutes)) < timedelta(microseconds=10)


@given(LEVELS, MOMENTS, MOMENTS, MOMENTS)
def test_service_of_two_spans_adds_up(level, first, second, third):
    first, second, third = sorted((first, second, third))
    assert served(level, first, second) + served(level, second, third) == served(level, first, third)


def test_time_until_a_deadline_that_is_over_is_less_than_zero():
    assert until(level(), utc(*FRIDAY, 10), utc(*FRIDAY, 12)) == timedelta(hours=2)
    assert until(level(), utc(*MONDAY, 9), utc(*FRIDAY, 16)) == timedelta(hours=-2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hours": "weekdays"}, "hours = 'weekdays': write days and times"),
        ({"hours": "mon 17:00-08:00"}, "the first before the second"),
        ({"hours": "mon 08:00-24:30"}, "times go from 00:00 to 24:00"),
        ({"zone": "Mars/Olympus"}, "no such time zone"),
        ({"zone": "../../etc/passwd"}, "no such time zone"),
        ({"holidays": "2026-13-01"}, "write dates such as 2026-01-01"),
        ({"escalation": "repair+1:boss"}, "roles are built_by, managed_by, maintained_by"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(change, message):
    with pytest.raises(UsageError, match=message):
        level(**change)


def test_hours_that_never_come_are_named():
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(4000))
    never = level("mon 08:00-09:00", holidays=" ".join(day.isoformat() for day in days))
    with pytest.raises(UsageError, match="not over within ten years"):
        due(never, utc(2026, 1, 1), 1)
