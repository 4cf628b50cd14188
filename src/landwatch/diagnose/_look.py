"""What a check returns, and how a value becomes a state that does not flicker."""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.past import Past
from landwatch.types import ILL, FindingState

__all__ = ["Look", "before", "grade", "unknown"]

SLACK = 0.8
"""A state is left only when the value is this share of its threshold away from nothing. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one check sees in one picture."""

    value: float | None
    """In the check's `UNIT`; None where it cannot be judged."""
    state: FindingState
    detail: str = ""
    """A short English sentence for people."""


def unknown(why: str, value: float | None = None) -> Look:
    """Return that a check cannot be judged, and why."""
    return Look(value=value, state="unknown", detail=why)


def before(past: Past, check: str) -> FindingState:
    """Return the state of a check at the picture before; unknown at first."""
    found = past.findings.get(check)
    return "unknown" if found is None else found.state


def grade(value: float, doubtful: float, bad: float, was: FindingState) -> FindingState:
    """Return the state of a value that is the worse the greater it is, with a way in and a way out.

    Args:
        value: what was seen, >= 0.
        doubtful: where doubt begins, > 0.
        bad: where the fault is sure, >= doubtful.
        was: the state before; doubtful and bad are held until the value falls to `SLACK` of their threshold.
    """
    if value >= bad or (was == "bad" and value >= bad * SLACK):
        return "bad"
    if value >= doubtful or (was in ILL and value >= doubtful * SLACK):
        return "doubtful"
    return "good"
