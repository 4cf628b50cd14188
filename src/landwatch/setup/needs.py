"""What each hazard needs of a camera's picture, and which instruments read it."""

from __future__ import annotations

from dataclasses import dataclass

from landwatch import rooms
from landwatch.config import Camera, settings_of
from landwatch.errors import ConfigError, UsageError
from landwatch.past import SMALL_WIDTH

__all__ = ["NEEDS", "Proposal", "cadence", "hazard_of", "least_width", "proposals"]

NEEDS: dict[str, tuple[int, str]] = {
    "smoke": (1280, "a column 30 m wide is 4 px across at 10 km"),
    "flood": (1280, "a rise of 2 cm is 1 px on a gauge 20 m away"),
    "landslide": (1920, "a tenth of a px, which motion is measured to, is 3 cm at 500 m"),
    "fog": (640, "hills and masts fade, which are dozens of px wide"),
    "snow": (640, "a region of a twentieth of the width has 32 px"),
    "ice": (1280, "a floe of 0.5 m is 6 px across at 100 m"),
    "greenness": (640, "a mean over a crown of 20 x 20 px is sure to a tenth of a level"),
    "upkeep": (SMALL_WIDTH, "most checks of the camera look at copies of that width"),
}
"""Width that each hazard needs [px], and why, for a lens of 60 degrees: 1280 px are then 1222 px a radian."""

CADENCE_S = {"smoke": 10.0}
"""Between pictures [s]; a plume grows within minutes."""

SLOW_S = 60.0
"""Between pictures where nothing grows within minutes. [s]"""

INSTRUMENTS = {
    "river": "flood",
    "water": "flood",
    "motion": "landslide",
    "visibility": "fog",
    "levels": "greenness",
    "drift": "upkeep",
}
"""Hazards of instruments that are called otherwise, by the beginning of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An instrument that fits what a camera is for."""

    instrument: str
    ready: bool
    """Whether it reads as it is; else it must be told first what to look at."""


def hazard_of(camera: Camera) -> str:
    """Return the hazard of a camera's instruments that needs the most pixels; upkeep where it has none."""
    told = [_hazard(name) for name in camera.measure]
    return max((name for name in told if name in NEEDS), key=lambda name: NEEDS[name][0], default="upkeep")


def least_width(hazard: str) -> int:
    """Return the width that a hazard needs. [px]

    Raises:
        UsageError: naming the hazards there are.
    """
    if hazard not in NEEDS:
        raise UsageError(f"no hazard called {hazard!r}; there are: {', '.join(sorted(NEEDS))}")
    return NEEDS[hazard][0]


def cadence(hazard: str) -> float:
    """Return the slowest cadence that a hazard is seen in time with. [s]"""
    return CADENCE_S.get(hazard, SLOW_S)


def proposals(hazard: str) -> tuple[Proposal, ...]:
    """Return the instruments that read a hazard, in order of name."""
    return tuple(
        Proposal(instrument=name, ready=_is_ready(name, module.Settings))
        for name, module in rooms.modules("measure").items()
        if _hazard(name) == hazard
    )


def _hazard(instrument: str) -> str:
    return next((hazard for start, hazard in INSTRUMENTS.items() if instrument.startswith(start)), instrument)


def _is_ready(name: str, kind: type) -> bool:
    try:
        settings_of(kind, {}, name)
    except ConfigError:
        return False
    return True
