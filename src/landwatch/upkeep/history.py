"""Rates over time: how the fleet did by day, week or month.

A time in which nothing at all was kept of any camera, because Landwatch did not run or was not there yet, has
no rates: what nobody looked at is not broken. In `rates`, which judges, it counts as not online.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from landwatch.store import micros
from landwatch.upkeep._sums import Fleet, Sums, sums_of
from landwatch.upkeep.book import Reading
from landwatch.upkeep.gaps import SHARES
from landwatch.upkeep.rates import RateName, days_of

__all__ = ["STEPS", "Period", "Step", "history", "usual_step"]

Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = get_args(Step)

MOST_PERIODS = 130
"""Of one plot: four months by day, two and a half years by week, ten by month. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Rates of the fleet over a day, a week from Monday, or a month; the first and the last may be cut."""

    start: date
    end: date
    """The day after the last one."""
    counts: Mapping[RateName, tuple[float, float]] | None
    """Numerators and denominators; None where nothing was kept of any camera."""

    def value(self, rate: RateName) -> float | None:
        """Return a rate; None where there is nothing to count. [1]"""
        part, whole = self.counts[rate] if self.counts else (0, 0)
        return part / whole if whole else None


def usual_step(start: date, end: date) -> Step:
    """Return the shortest step that a plot of these days can show."""
    return next((step for step in STEPS if len(list(_periods(start, end, step))) <= MOST_PERIODS), "month")


def history(reading: Reading, start: date, end: date, step: Step, *, now: datetime) -> tuple[Period, ...]:
    """Return the newest periods, `MOST_PERIODS` at most, from the day `start` to the day before `end`.

    Raises:
        UsageError: if there is no day in between, or too many.
    """
    days_of(start, end)
    periods = list(_periods(start, end, step))[-MOST_PERIODS:]
    with reading() as connection:
        fleet = Fleet.of(connection)
        return tuple(
            Period(
                start=first,
                end=after,
                counts=_counts(sums_of(connection, *days_of(first, after), micros(now), fleet)[0]),
            )
            for first, after in periods
        )


def _periods(start: date, end: date, step: Step) -> Iterator[tuple[date, date]]:
    while start < end:
        if step == "day":
            after = start + timedelta(days=1)
        elif step == "week":
            after = start + timedelta(days=7 - start.weekday())
        else:
            after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield start, min(after, end)
        start = after


def _counts(sums: list[Sums]) -> Mapping[RateName, tuple[float, float]] | None:
    if not any(one.online or one.pictures or one.good or one.doubtful or one.bad for one in sums):
        return None
    parts = {rate: [share(one) for one in sums] for rate, share in SHARES.items()}
    return {rate: (sum(part for part, _ in of), sum(whole for _, whole in of)) for rate, of in parts.items()}
