"""Where the rural, the poor and the old fall behind: differences of rates between two kinds of cameras.

Cameras of one site share its power, its line and its weather, so it is sites that are compared, not cameras:
a rate is a ratio of sums over sites, and its variance that of the ratio estimator for clusters [1, sec. 6.4]

    s^2 = m / (m - 1) sum_i (x_i - R y_i)^2 / (sum_i y_i)^2

with the site's numerator x_i and denominator y_i and R their ratio. A difference has the interval of Welch's
t [2]. All comparisons of a page hold together with 95 % (Bonferroni). Where either side has fewer than
five sites, or where all sites are alike, no interval is honest, and none is given.

References:
    [1] W. G. Cochran, "Sampling Techniques", 3rd ed., Wiley, 1977.
    [2] B. L. Welch, "The generalization of 'Student's' problem when several different population variances
        are involved", Biometrika 34, 28-35, 1947, 10.2307/2332510.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from scipy.stats import t as student

from landwatch.store import micros
from landwatch.upkeep._sums import Sums, sums_of
from landwatch.upkeep.book import Book, Reading
from landwatch.upkeep.rates import OLD, Dimension, RateName, days_of, key_of

__all__ = ["COMPARED", "LEAST_SITES", "SHARES", "Gap", "Verdict", "gaps"]

LEAST_SITES = 5
"""On each side. With fewer a variance is guessed from too little. [1]"""

CONFIDENCE = 0.95
"""Of all intervals of a page together. [1]"""

Verdict = Literal["behind", "ahead", "no difference shown", "too few", "all alike"]

COMPARED: tuple[tuple[Dimension, str, tuple[str, ...]], ...] = (
    ("settlement", "rural", ("urban",)),
    ("income", "low", ("middle", "high")),
    ("age", OLD, ("0-2", "2-5", "5-8")),
)
"""By what, who may fall behind, and behind whom. What is not known is on neither side."""

SHARES: Mapping[RateName, Callable[[Sums], tuple[int, int]]] = {
    "online": lambda one: (one.online, one.slots),
    "good": lambda one: (one.good, one.meant),
    "completeness": lambda one: (one.complete, one.expected),
}
"""Numerator and denominator of a camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far one kind of cameras is from the others in one rate."""

    by: Dimension
    of: str
    others: tuple[str, ...]
    rate: RateName
    value: float | None
    """Rate of `of`. [1]"""
    other: float | None
    """Rate of the others. [1]"""
    cameras: tuple[int, int]
    sites: tuple[int, int]
    """A camera without a site is one of its own."""
    low: float | None
    """Lower end of the interval of the difference. [1]"""
    high: float | None
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        """`value` minus `other`; negative where it falls behind. [1]"""
        return None if self.value is None or self.other is None else self.value - self.other


def gaps(reading: Reading, start: date, end: date, *, now: datetime) -> tuple[Gap, ...]:
    """Return all comparisons, from the day `start` to the day before `end`.

    Raises:
        UsageError: if there is no day in between, or too many.
    """
    first, last = days_of(start, end)
    with reading() as connection:
        sums, _ = sums_of(connection, first, last, micros(now))
        sites = {site.name: site for site in Book(lambda: nullcontext(connection)).sites()}
    found = []
    for by, of, others in COMPARED:
        keys = [key_of(one.asset, sites, by, end) for one in sums]
        these = [one for one, key in zip(sums, keys, strict=True) if key == of]
        those = [one for one, key in zip(sums, keys, strict=True) if key in others]
        for rate, share in SHARES.items():
            found.append(_gap(by, of, others, rate, _clusters(these, share), _clusters(those, share)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Side:
    cameras: int
    sites: Sequence[tuple[int, int]]
    """Numerator and denominator of each."""

    @property
    def rate(self) -> float | None:
        total = sum(whole for _, whole in self.sites)
        return sum(part for part, _ in self.sites) / total if total else None

    @property
    def variance(self) -> float:
        """Of the rate. [1]"""
        count, rate = len(self.sites), self.rate or 0.0
        total = sum(whole for _, whole in self.sites)
        return count / (count - 1) * sum((part - rate * whole) ** 2 for part, whole in self.sites) / total**2


def _clusters(sums: Iterable[Sums], share: Callable[[Sums], tuple[int, int]]) -> _Side:
    sites: dict[tuple[str, str], tuple[int, int]] = {}
    cameras = 0
    for one in sums:
        part, whole = share(one)
        if not whole:
            continue
        cameras += 1
        site = one.asset.site
        key = ("site", site) if site else ("camera", one.asset.camera)
        before = sites.get(key, (0, 0))
        sites[key] = (before[0] + part, before[1] + whole)
    return _Side(cameras, tuple(sites.values()))


def _gap(by: Dimension, of: str, others: tuple[str, ...], rate: RateName, these: _Side, those: _Side) -> Gap:
    low, high = _interval(these, those, 1 - (1 - CONFIDENCE) / (len(COMPARED) * len(SHARES)))
    is_few = min(len(these.sites), len(those.sites)) < LEAST_SITES
    verdict: Verdict = "too few" if is_few else "all alike"
    if low is not None and high is not None:
        verdict = "behind" if high < 0 else "ahead" if low > 0 else "no difference shown"
    return Gap(
        by=by,
        of=of,
        others=others,
        rate=rate,
        value=these.rate,
        other=those.rate,
        cameras=(these.cameras, those.cameras),
        sites=(len(these.sites), len(those.sites)),
        low=low,
        high=high,
        verdict=verdict,
    )


def _interval(these: _Side, those: _Side, confidence: float) -> tuple[float | None, float | None]:
    if min(len(these.sites), len(those.sites)) < LEAST_SITES:
        return None, None
    one, other = these.variance, those.variance
    if one + other == 0:
        return None, None
    freedom = (one + other) ** 2 / (
        one**2 / (len(these.sites) - 1) + other**2 / (len(those.sites) - 1)
    )  # fmt: skip
    half = float(student.ppf((1 + confidence) / 2, freedom)) * math.sqrt(one + other)
    difference = (these.rate or 0.0) - (those.rate or 0.0)
    return max(-1.0, difference - half), min(1.0, difference + half)
