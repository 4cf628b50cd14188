"""How one rule hears a series of readings."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from landwatch.config import Rule
from landwatch.lesson import Lesson, Spot
from landwatch.types import Reading, Region

__all__ = ["Hearing", "speaks", "union"]

Voice = Literal["for", "against", "between"]


def speaks(rule: Rule, value: float, lesson: Lesson | None = None, spot: Spot | None = None) -> Voice:
    """Return whether a value speaks for the hazard, against it, or lies between the rule's two thresholds.

    Args:
        rule: its thresholds, unless the camera has learnt others.
        value: of the reading.
        lesson: what the camera has learnt, for a rule with a budget.
        spot: where the reading's region stands.
    """
    if lesson is not None and spot is not None:
        if value >= lesson.asked(spot):
            return "for"
        return "against" if value < rule.leave * lesson.enter / rule.enter else "between"
    if rule.enter > rule.leave:
        return "for" if value >= rule.enter else "against" if value < rule.leave else "between"
    return "for" if value <= rule.enter else "against" if value > rule.leave else "between"


@dataclass(slots=True)
class Hearing:
    """What one rule has heard of one camera."""

    rule: Rule
    recent: deque[bool] = field(init=False)
    """Whether each of the last m present readings spoke for the hazard."""
    against: int = 0
    """Readings in a row that spoke against it."""
    heard: bool = False
    """Whether any reading of the quantity came, be it absent."""
    voice: Voice = "between"
    """Of the newest present reading."""

    def __post_init__(self) -> None:
        self.recent = deque(maxlen=self.rule.m)

    def hear(self, reading: Reading, lesson: Lesson | None = None, spot: Spot | None = None) -> None:
        """Take one reading of the rule's quantity; an absent one changes nothing."""
        self.heard = True
        if reading.value is None:
            return
        self.voice = speaks(self.rule, reading.value, lesson, spot)
        # A least value tells of nothing low: the land stood out as in clear air, only not how clear it is.
        if "at_least" in reading.flags and self.rule.enter < self.rule.leave:
            self.voice = "against"
        if self.voice == "for" and not set(self.rule.unless).isdisjoint(reading.flags):
            self.voice = "between"
        self.recent.append(self.voice == "for")
        self.against = self.against + 1 if self.voice == "against" else 0

    @property
    def enters(self) -> bool:
        """Whether k of the last m readings speak for the hazard, the newest among them."""
        return self.voice == "for" and sum(self.recent) >= self.rule.k

    @property
    def leaves(self) -> bool:
        """Whether enough readings in a row spoke against the hazard."""
        return self.against >= self.rule.clear

    def reset(self) -> None:
        """Forget what was heard, after an event was closed."""
        self.recent.clear()
        self.against = 0


def union(first: Region | None, second: Region | None) -> Region | None:
    """Return the least box that holds both regions. [px]"""
    if first is None or second is None:
        return first or second
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )
