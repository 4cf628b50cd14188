"""Rates over time: what each day, week and month says, and what it does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from landwatch.upkeep.history import MOST_PERIODS, history, usual_step

from .made import NOON, at, outcome

DAY_S = 86_400


@pytest.fixture
def reading(store, desk, clock):
    """What is kept of four cameras that were all heard on the day of `NOON`, and c0 alone two days later."""
    for n in range(4):
        store.keep(outcome(60, f"c{n}"))
    clock.set(at(2 * DAY_S + 600))
    store.keep(outcome(2 * DAY_S + 60, "c0"))
    return desk.book.reading


def told(reading, start, end, step):
    return history(reading, start, end, step, now=at(2 * DAY_S + 600))


def test_a_day_on_which_nothing_was_kept_has_no_rates_and_is_not_zero(reading):
    day = NOON.date()
    before, first, silent, third = told(reading, day - timedelta(days=1), day + timedelta(days=3), "day")
    assert (before.counts, silent.counts) == (None, None)
    assert silent.value("online") is None
    assert first.value("online") is not None
    # From midnight to ten past noon are 146 slots of five minutes; four cameras, one heard in one slot.
    assert third.counts["online"] == (1, 4 * 146)


def test_days_add_up_to_the_week(reading):
    monday = NOON.date() - timedelta(days=NOON.weekday())
    days = told(reading, monday, monday + timedelta(days=7), "day")
    (week,) = told(reading, monday, monday + timedelta(days=7), "week")
    heard = sum(one.counts["online"][0] for one in days if one.counts)
    assert week.counts["online"][0] == heard == 5


@pytest.mark.parametrize(
    ("step", "starts"),
    [
        ("week", [date(2026, 5, 28), date(2026, 6, 1), date(2026, 6, 8)]),
        ("month", [date(2026, 5, 28), date(2026, 6, 1)]),
    ],
)
def test_weeks_begin_on_monday_and_months_on_their_first(reading, step, starts):
    periods = told(reading, date(2026, 5, 28), date(2026, 6, 10), step)
    assert [one.start for one in periods] == starts
    assert [one.end for one in periods] == [*starts[1:], date(2026, 6, 10)]


def test_of_too_many_periods_the_newest_are_told(reading):
    end = NOON.date() + timedelta(days=1)
    start = end - timedelta(days=MOST_PERIODS + 1)
    assert (usual_step(start + timedelta(days=1), end), usual_step(start, end)) == ("day", "week")
    days = told(reading, start, end, "day")
    assert (len(days), days[0].start, days[-1].end) == (MOST_PERIODS, start + timedelta(days=1), end)
