"""How many alarms a week a threshold costs, from the highest scores of quiet hours.

The evidence that noise leaves has an exponential tail: each further minute in which something wrong stays at
its place takes a like share of what is left. So peaks over a base [1] are taken as exponential with a scale
that is not known. Scale and rate have gamma posteriors, and their uncertainty is in each figure: with few
hours the expected rate falls as a power of the threshold only.

References:
    [1] M. R. Leadbetter, "On a basis for 'peaks over threshold' modeling", Statistics & Probability Letters
        12, 357-362, 1991, 10.1016/0167-7152(91)90107-3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import gamma

__all__ = ["Peak", "Tail", "tail_of"]

Peak = tuple[float, float]
"""The highest evidence of one quiet hour, in odds of the score, and what the hour counts for. [1]"""

SHARE = 0.1
"""Of the hours, whose peaks make the tail. [1]"""

LEAST, MOST = 10, 100
"""Peaks in the tail: fewer tell no scale, more reach down into what is no tail. [1]"""

GUESS = 0.5
"""Scale that one further peak is taken to have told, before any is known. [odds] Half the evidence that the
rule that ships asks for."""

POINTS = 60
"""Of each posterior, at which an interval is taken. [1]"""

ABOVE = 1.000001
"""Times a peak: a threshold that it does not reach. [1]"""

INSIDE = (0.025, 0.975)
"""Chances of less, at the two ends of an interval. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The highest peaks of quiet hours."""

    peaks: tuple[Peak, ...]
    """All, the highest first."""
    base: float
    """Above which they lie. [odds]"""
    count: float
    """How many, each for what its hour counts. [1]"""
    total: float
    """Of what they exceed the base by. [odds]"""
    weeks: float
    """In which they were seen, counted in the same way."""

    def rate(self, evidence: float) -> float:
        """Return the alarms a week that are expected at a threshold of so much evidence [odds].

        It is never less than what was seen: near the base a tail need not be exponential yet.
        """
        beyond = max(0.0, evidence - self.base)
        stays = float((1.0 + beyond / (self.total + GUESS)) ** -(self.count + 1.0))
        seen = self._reach(evidence)
        fitted = ((self.count if evidence >= self.base else seen) + 0.5) * stays
        return max(seen + 0.5 if seen else 0.0, fitted) / self.weeks

    def interval(self, evidence: float) -> tuple[float, float]:
        """Return between which rates a week the one at a threshold [odds] lies with a chance of 95 %."""
        beyond = max(0.0, evidence - self.base)
        chances = (np.arange(POINTS) + 0.5) / POINTS
        seen = self._reach(evidence)
        counts = gamma.ppf(chances, (self.count if evidence >= self.base else seen) + 0.5)
        steepness = gamma.ppf(chances, self.count + 1.0) / (self.total + GUESS)
        fitted = np.quantile(counts[:, None] * np.exp(-beyond * steepness)[None], INSIDE)
        counted = gamma.ppf(INSIDE, seen + 0.5)
        low, high = min(fitted[0], counted[0]), max(fitted[1], counted[1])
        return float(low) / self.weeks, float(high) / self.weeks

    def threshold(self, budget: float) -> float:
        """Return the evidence [odds] at which no more alarms a week are expected; the base at least."""
        allowed = budget * self.weeks
        by_fit = ((self.count + 0.5) / allowed) ** (1.0 / (self.count + 1.0)) - 1.0
        fitted = self.base + (self.total + GUESS) * max(0.0, float(by_fit))
        seen, above = self.base, 0.0
        for peak, weight in self.peaks:
            above += weight
            if above + 0.5 > allowed:
                seen = peak * ABOVE
                break
        return max(fitted, seen)

    def _reach(self, evidence: float) -> float:
        """Return how many peaks reach some evidence [odds], each for what its hour counts. [1]"""
        return sum(weight for peak, weight in self.peaks if peak >= evidence)


def tail_of(peaks: Sequence[Peak], weeks: float) -> Tail:
    """Return the tail of the peaks of quiet hours, which were seen in so many weeks."""
    ranked = sorted(peaks, reverse=True)
    size = min(MOST, max(LEAST, round(SHARE * len(ranked))), len(ranked) - 1)
    base = ranked[size][0]
    return Tail(
        peaks=tuple(ranked),
        base=base,
        count=sum(weight for _, weight in ranked[:size]),
        total=sum(weight * (evidence - base) for evidence, weight in ranked[:size]),
        weeks=weeks,
    )
