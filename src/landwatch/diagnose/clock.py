"""The camera's clock: how far it is from ours, as the camera tells its time beside its pictures.

Landwatch takes capture times by its own clock, so a wrong one moves no reading; but the time that is burnt
into the picture, and that of files the camera keeps or pushes, is as wrong as the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.past import Past
from landwatch.types import Picture

UNIT = "s"

NEVER_SET_S = 366 * 86400.0
"""A clock so far behind counts from where its maker set it. [s]"""

QUARTER_S = 900.0
"""Time zones differ by quarters of an hour. [s]"""

NEAR_S = 60.0
"""An error so near to whole quarters of an hour is a zone or a summer time set wrongly. [s]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How wrong a clock may be."""

    doubtful: float = 5.0
    """A clock that any time server sets is within a tenth of it. [s]"""
    bad: float = 60.0
    """Pictures of two cameras no longer show the same minute. [s]"""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the camera's clock minus ours [s]; unknown where the camera tells no time."""
    drift = picture.drift
    if drift is None:
        return unknown("the camera does not tell its time")
    # Of what may be the telling's own error, the camera is not blamed.
    wrong = max(0.0, abs(drift.ahead) - drift.within)
    state = grade(wrong, settings.doubtful, settings.bad, before(past, "clock"))
    return Look(value=drift.ahead, state=state, detail="" if state == "good" else _sentence(drift.ahead))


def _sentence(ahead: float) -> str:
    if ahead < -NEVER_SET_S:
        detail = "the camera's clock was never set: give it a time server"
    elif abs(ahead) >= QUARTER_S - NEAR_S and abs(ahead - QUARTER_S * round(ahead / QUARTER_S)) <= NEAR_S:
        detail = (
            f"the camera's clock is {ahead / 3600:+.2f} h from ours: look at its time zone and summer time"
        )
    elif ahead > 0:
        detail = f"the camera's clock is {ahead:.0f} s ahead of ours: give it a time server"
    else:
        detail = f"the camera's clock is {-ahead:.0f} s behind ours: give it a time server"
    return detail
