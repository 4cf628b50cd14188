"""How fast a series moves, whether it is a trend or noise, and whether it gets faster.

Velocity is the median of the slopes between all pairs [1], which a fifth of bad points does not move;
whether it is a trend is asked of Kendall's rank correlation [2]. Neighbouring readings err alike (shadows,
heat), so that n of them are worth fewer: the intervals are widened by sqrt((1 + r) / (1 - r)) for a
correlation r from one to the next [3]. Before a slope fails, the inverse of its velocity often falls along
a line, which meets zero at the failure [4]; often is not always, so that is an aid and no forecast.

The time to a threshold is that line drawn on, as an interval between the fastest and the slowest slope that
the series bears out, and never further than the span that was looked at: an aid for who watches, no forecast.

References:
    [1] P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63,
        1379-1389, 1968, 10.1080/01621459.1968.10480934.
    [2] H. B. Mann, "Nonparametric tests against trend", Econometrica 13, 245-259, 1945, 10.2307/1907187.
    [3] G. V. Bayley and J. M. Hammersley, "The effective number of independent observations in an
        autocorrelated time series", J. R. Stat. Soc. Suppl. 8, 184-197, 1946, 10.2307/2983560.
    [4] T. Fukuzono, "A new method for predicting the failure time of a slope", Proc. 4th Int. Conf. and
        Field Workshop on Landslides, Tokyo, 145-150, 1985.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from landwatch.config import Rule
from landwatch.types import Reading

__all__ = ["FOLLOWED", "SPAN", "SURE", "Ahead", "Course", "Trend", "course", "trend"]

Array = NDArray[np.float64]

LEAST = 8
"""Readings from which a velocity is told. [1]"""

ENOUGH = 16
"""Readings from which an acceleration is told. [1]"""

MOST_ALIKE = 0.9
"""Correlation of neighbours above which the widening is no longer believed to grow. [1]"""

PARTS = 4
"""Into so many parts a series is cut for the inverse velocity. [1]"""

SURE = 1.96
"""A two-sided 95 % interval in standard deviations. [1]"""


FOLLOWED = ("river_level", "visibility", "ground_velocity", "ground_velocity_px", "ground_displacement")
"""Quantities whose course is told."""

SMOOTHED = {"river_level_filtered": "river_level"}
"""What rules may ask of in place of a followed quantity: filtered readings err too much alike for a slope."""

SPAN = timedelta(hours=6)
"""Time that a course is taken over: a flood wave, a fog that comes in, a slope that gets faster."""

MOST = 240
"""Readings that a line is laid through, evenly over the span. [1]"""

BOUNDS = frozenset({"at_least", "at_most"})
"""Flags of values that are no more than bounds, which have no slope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """When a series may meet a threshold, if it goes on as it does."""

    hazard: str
    threshold: float
    state: Literal["beyond", "nearing", "far"]
    """beyond: it is there already. nearing: the time is told. far: not within the span that was looked at, or
    the slope is within its own uncertainty of none."""
    earliest: float | None = None
    """By the fastest slope of the 95 % interval. [h]"""
    latest: float | None = None
    """By the slowest one; None where that is not within the span. [h]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where the readings of one quantity go."""

    quantity: str
    unit: str
    method: str
    readings: int
    """That the line was laid through. [1]"""
    hours: float
    """From the first to the last of them. [h]"""
    now: float
    """Of the line, at the last reading."""
    slope: float
    """[unit/h]"""
    slope_sigma: float
    """[unit/h]"""
    is_trend: bool
    """Whether "no trend" is rejected at 5 %."""
    ahead: tuple[Ahead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What a series of displacements does; in its unit and hours."""

    velocity: float
    velocity_sigma: float
    is_trend: bool
    """Whether Kendall's test, for neighbours that err alike, rejects "no trend" at 5 %, and the velocity is
    beyond its own interval."""
    acceleration: float | None
    acceleration_sigma: float | None
    failure: tuple[float, float] | None
    """Hours from the last reading until the inverse velocity meets zero, and the standard uncertainty; None
    where the motion does not surely get faster."""


def trend(hours: Array, values: Array, floor: float) -> Trend | None:
    """Return what a series does; None with fewer than `LEAST` readings or no time between them.

    Args:
        hours: (n,), growing.
        values: (n,).
        floor: standard uncertainty of each value that does not show as scatter, because it changes slowly.
    """
    if len(hours) < LEAST or hours[-1] <= hours[0]:
        return None
    velocity, middle, low, high = stats.theilslopes(values, hours, 0.95)
    wider = _widening(values - middle - velocity * hours)
    scatter = max(float(high - low) / (2 * SURE), 1e-12) * wider
    sigma = float(np.hypot(scatter, np.sqrt(2) * floor / (hours[-1] - hours[0])))
    chance = float(stats.kendalltau(hours, values).pvalue)
    is_monotone = np.isfinite(chance) and float(stats.norm.isf(max(chance, 1e-300) / 2)) / wider > SURE
    is_trend = bool(is_monotone and abs(velocity) > SURE * sigma)
    acceleration: tuple[float, float] | tuple[None, None] = (None, None)
    failure = None
    if len(hours) >= ENOUGH:
        acceleration = _bend(hours, values)
        if is_trend and abs(acceleration[0]) > SURE * acceleration[1] and acceleration[0] * velocity > 0:
            failure = _failure(hours, values * np.sign(velocity))
    return Trend(
        velocity=float(velocity),
        velocity_sigma=sigma,
        is_trend=is_trend,
        acceleration=acceleration[0],
        acceleration_sigma=acceleration[1],
        failure=failure,
    )


def _widening(rest: Array) -> float:
    """Return by how much neighbours that err alike widen an interval. [1]"""
    power = float(rest @ rest)
    alike = float(rest[1:] @ rest[:-1]) / power if power > 0 else 0.0
    # A short series finds less correlation than there is, by about (1 + 4 r) / n.
    alike = min(max(alike + (1 + 4 * alike) / len(rest), 0.0), MOST_ALIKE)
    return float(np.sqrt((1 + alike) / (1 - alike)))


def _bend(hours: Array, values: Array) -> tuple[float, float]:
    """Return the second derivative of a parabola through the series, and its standard uncertainty."""
    middle, span = hours.mean(), hours[-1] - hours[0]
    place = (hours - middle) / span
    curve, covariance = np.polyfit(place, values, 2, cov="unscaled")
    rest = values - np.polyval(curve, place)
    spread = float(rest @ rest) / (len(hours) - 3)
    sigma = np.sqrt(covariance[0, 0] * spread) * _widening(rest)
    student = float(stats.t.ppf(0.975, len(hours) - 3)) / SURE
    return float(2 * curve[0] / span**2), float(2 * sigma / span**2) * student


def _failure(hours: Array, values: Array) -> tuple[float, float] | None:
    """Return hours until the line through the inverse velocities of the parts meets zero, and how sure."""
    times, inverse, weights = [], [], []
    for part in np.array_split(np.arange(len(hours)), PARTS):
        line = stats.linregress(hours[part], values[part])
        if not line.slope > SURE * line.stderr:
            return None
        times.append(float(hours[part].mean()))
        inverse.append(1 / line.slope)
        weights.append(line.slope**2 / max(line.stderr, 1e-12))
    curve, covariance = np.polyfit(times, inverse, 1, w=weights, cov="unscaled")
    slope, height = curve
    if slope >= 0:
        return None
    zero = -height / slope
    grade = np.array([height / slope**2, -1 / slope])
    doubt = float(np.sqrt(grade @ covariance @ grade))
    ahead = float(zero - hours[-1])
    return (ahead, doubt) if ahead > 0 else None


def course(readings: Sequence[Reading], rules: Sequence[Rule]) -> Course | None:
    """Return where a quantity goes, by its newest readings of one method; None where they are too few.

    Args:
        readings: of one quantity, oldest first; those before `SPAN` are left out.
        rules: whose way in is a threshold of this quantity.
    """
    if not readings:
        return None
    last = readings[-1]
    usable = [
        one
        for one in readings
        if one.value is not None
        and one.method == last.method
        and one.time >= last.time - SPAN
        and BOUNDS.isdisjoint(one.flags)
    ]
    usable = usable[:: -max(1, -(-len(usable) // MOST))][::-1]
    if not usable:
        return None
    end = usable[-1].time
    hours = np.array([(one.time - end).total_seconds() / 3600 for one in usable])
    values = np.array([one.value for one in usable], np.float64)
    floor = float(np.median([one.sigma or 0.0 for one in usable]))
    found = trend(hours, values, floor)
    if found is None:
        return None
    now = float(np.median(values - found.velocity * hours))
    span = float(-hours[0])
    return Course(
        quantity=last.quantity,
        unit=last.unit,
        method=last.method,
        readings=len(usable),
        hours=span,
        now=now,
        slope=found.velocity,
        slope_sigma=found.velocity_sigma,
        is_trend=found.is_trend,
        ahead=tuple(
            _ahead(rule, now, found, span)
            for rule in rules
            if SMOOTHED.get(rule.quantity, rule.quantity) == last.quantity
        ),
    )


def _ahead(rule: Rule, now: float, found: Trend, span: float) -> Ahead:
    """Return when a line meets a rule's way in."""
    side = 1.0 if rule.enter > rule.leave else -1.0
    left = side * (rule.enter - now)
    if left <= 0:
        return Ahead(hazard=rule.hazard, threshold=rule.enter, state="beyond")
    slow, fast = (side * found.velocity + z * found.velocity_sigma for z in (-SURE, SURE))
    if not found.is_trend or slow <= 0 or left / fast > span:
        return Ahead(hazard=rule.hazard, threshold=rule.enter, state="far")
    latest = left / slow
    return Ahead(
        hazard=rule.hazard,
        threshold=rule.enter,
        state="nearing",
        earliest=left / fast,
        latest=latest if latest <= span else None,
    )
