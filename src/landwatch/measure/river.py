"""River level on a target, a staff gauge or a surveyed bank, day and infra-red night, with its rate of rise.

The calibrated points place levels in the picture; marks are found anew in each picture, so that a camera
that sags or is nudged does not read as a flood. The water line is found in the picture drawn anew in levels,
and its level is given raw, filtered, and as a rate of rise. Water climbs a wall, so the edge that is seen is
a little higher than the level; that is taken off.

References:
    [1] T. M. Gilmore, F. Birgand, K. W. Chapman, "Source and magnitude of error in an inexpensive image-based
        water level measurement system", Journal of Hydrology 496, 178-186, 2013,
        10.1016/j.jhydrol.2013.05.011.
    [2] P.-G. de Gennes, F. Brochard-Wyart, D. Quere, "Capillarity and Wetting Phenomena", 2004, section 2.3.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from landwatch.measure._shore import Line, find_line, find_step
from landwatch.measure._strip import Strip, plane_strip, profile_strip
from landwatch.measure._target import STILL, Drift, Marks, Survey, find_drift, read_points
from landwatch.measure._tide import Follower
from landwatch.past import Past
from landwatch.sun import light
from landwatch.types import ILL, Absence, Picture, Pixels, Quantity, Reading, Region, Shape

QUANTITIES = (
    Quantity(name="river_level", unit="m", title="River level, raw", low=-500.0, high=9000.0),
    Quantity(name="river_level_filtered", unit="m", title="River level, filtered", low=-500.0, high=9000.0),
    Quantity(name="river_rise", unit="m/h", title="Rate of rise of the river", low=-1000.0, high=1000.0),
)
NEEDS = frozenset({"healthy", "unmasked"})
SHAPES = (
    Shape(
        key="points",
        kind="points",
        title="Points of known level, from the target or down the bank",
        columns="x, y [px], across [m] (left out down a bank), level [m]",
        usual="0, 0",
    ),
)
VERSION = 1

CLIMB = 0.002
"""How far above the level the water's edge is seen on a wall: up to 3.9 mm where it wets fully [2]; 1.9 mm
between the edge and the axis of the mirror on the board of docs/river.md. [m]"""

CLIMB_SIGMA = 0.001
"""[m]"""

DEEPER = 0.25
"""The line is looked for so far below the lowest point, in parts of the points' height. [1]"""

FLAT = 20.0
"""Spread of the luma of a target in fog, or of none: paint in clear air has five times as much. [0-255]"""

MOST_HIDDEN = 0.3
"""Share of the searched part that removal may take before it is blamed for a line that is not found. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The calibrated points, from a file or in place, and where the line is looked for."""

    calibration: Path | None = None
    """JSON file {"points": [{"x_px", "y_px", "x_cm", "y_cm"}, …]} (or `x_m`, `y_m`); without x a profile."""
    points: tuple[tuple[float, ...], ...] | None = None
    """In place of the file: [x px, y px, x m, level m] on a plane, [x px, y px, level m] down a profile."""
    marks: Marks = "bow-tie"
    """What is sought anew: "bow-tie", "outline" (corners of an octagon or a board, in order) or "none"."""
    columns: tuple[float, float] | None = None
    """Left and right end of the line, in px of the calibration picture; the outermost points if None."""
    levels: tuple[float, float] | None = None
    """Lowest and highest level of the line, without the offset [m]; the points' and some below if None."""
    width: float = 20.0
    """Of the strip along a profile. [px]"""
    reach: float = 30.0
    """How far from its calibrated place a mark is sought. [px]"""
    offset: float = 0.0
    """Added to the level: from the points' zero to the datum, or to agree with a gauge. [m]"""

    def __post_init__(self) -> None:
        if (self.calibration is None) == (self.points is None):
            raise ValueError('write either calibration = "FILE.json" or points = [[x_px, y_px, x, level], …]')
        survey = self.survey()
        if survey.is_plane:
            survey.to_pixels()
        elif self.marks != "none":
            raise ValueError('the points of a profile are no marks; write marks = "none"')
        elif len(set(survey.levels)) != len(survey.levels):
            raise ValueError("two points of the profile are of one level")
        elif self.columns is not None:
            raise ValueError("columns are for a plane; the strip along a profile has a width")
        for name, pair in (("columns", self.columns), ("levels", self.levels)):
            if pair is not None and pair[0] >= pair[1]:
                raise ValueError(f"{name} = {list(pair)}: write the lower end first")
        if self.width < 8.0:
            raise ValueError(f"width = {self.width} px is too narrow to tell a line; 8 at least")
        if not 0.0 < self.reach <= 200.0:
            raise ValueError(f"reach = {self.reach} px is not within 0 to 200")

    def survey(self) -> Survey:
        """Return the points.

        Raises:
            ValueError: for a file or points that cannot be used.
        """
        rows = read_points(self.calibration) if self.calibration is not None else list(self.points or ())
        sizes = {len(row) for row in rows}
        if sizes not in ({3}, {4}) or len(rows) < (4 if sizes == {4} else 2):
            raise ValueError(
                "a plane needs four points [x px, y px, x m, level m] or more, a profile two or more "
                "[x px, y px, level m], all of one form"
            )
        array = np.array(rows, np.float64)
        return Survey(array[:, :2], array[:, 2:])


@dataclass(frozen=True, slots=True)
class _Ready:
    """What follows from the settings alone."""

    settings: Settings
    survey: Survey
    strip: Strip

    @classmethod
    def of(cls, settings: Settings) -> _Ready:
        survey = settings.survey()
        low, high = float(survey.levels.min()), float(survey.levels.max())
        if survey.is_plane:
            bottom, top = settings.levels or (low - DEEPER * (high - low), high)
            return cls(settings, survey, plane_strip(survey, settings.columns, bottom, top))
        bottom, top = settings.levels or (low, high)
        return cls(settings, survey, profile_strip(survey, settings.width, bottom, top))


@dataclass(slots=True)
class _Note:
    ready: _Ready | None = None
    follower: Follower = field(default_factory=Follower)


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return the level raw and filtered and its rate of rise; absent with the reason without a line."""
    note = past.note("measure.river", _Note)
    if note.ready is None or note.ready.settings != settings:
        note.ready, note.follower = _Ready.of(settings), Follower()
    survey, strip = note.ready.survey, note.ready.strip
    moved = past.findings.get("moved")
    if settings.marks == "none" and moved is not None and moved.state in ILL:
        return _absent(picture, "moved")
    gray = np.asarray(cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    drift = find_drift(gray, survey, settings.marks, settings.reach)
    if drift is None:
        return _absent(picture, _why(picture, past, gray, strip, STILL, "moved"))
    line = _look(gray, picture.removal.mask, strip, drift)
    if line is not None and drift.found:
        # What lies where marks were calibrated, but below the line, is their reflection.
        dry = find_drift(gray, survey, settings.marks, settings.reach, above=strip.level(line.row))
        if dry is None:
            return _absent(picture, "moved")
        if not np.array_equal(dry.matrix, drift.matrix):
            drift = dry
            line = _look(gray, picture.removal.mask, strip, drift)
    if line is None:
        return _absent(picture, _why(picture, past, gray, strip, drift, "failed"), flags=("no-line",))
    return _readings(picture, note.ready, note.follower, line, drift)


def _look(gray: Pixels, removed: Pixels, strip: Strip, drift: Drift) -> Line | None:
    """Return the water line in the strip."""
    drawn = strip.draw(gray, drift, outside=0, smooth=True)
    hidden = strip.draw(removed, drift, outside=255, smooth=False)
    return find_step(drawn, hidden) if strip.plane is None else find_line(drawn, hidden)


def _readings(
    picture: Picture, ready: _Ready, follower: Follower, line: Line, drift: Drift
) -> tuple[Reading, ...]:
    survey, strip = ready.survey, ready.strip
    on_target = strip.level(line.row)
    level = on_target - CLIMB + ready.settings.offset
    middle = strip.place(line.row, (strip.shape[1] - 1) / 2, drift)
    rows = float(np.hypot(line.sigma, drift.sigma_at(middle)))
    sigma = float(np.sqrt((strip.pitch * rows) ** 2 + survey.residual() ** 2 + CLIMB_SIGMA**2))
    is_beyond = not survey.levels.min() <= on_target <= survey.levels.max()
    flags = {"beyond-points": is_beyond, "few-marks": drift.found == 2}
    raw = Reading(
        camera=picture.camera,
        quantity="river_level",
        time=picture.taken,
        value=level,
        unit="m",
        method=f"river/{VERSION}",
        sigma=sigma,
        flags=tuple(name for name, is_so in flags.items() if is_so),
        region=_region(picture, strip, line, drift),
    )
    said = follower.hear(picture.taken, level, sigma)
    unconfirmed = () if said.confirmed else ("unconfirmed",)
    filtered = dataclasses.replace(
        raw, quantity="river_level_filtered", value=said.level, sigma=said.sigma, flags=unconfirmed
    )
    rise = dataclasses.replace(
        filtered,
        quantity="river_rise",
        unit="m/h",
        value=said.rise,
        sigma=said.rise_sigma,
        absent="warming" if said.rise is None else None,
    )
    return raw, filtered, rise


def _region(picture: Picture, strip: Strip, line: Line, drift: Drift) -> Region:
    """Return the box of the line in the picture. [px]"""
    half = (strip.shape[1] - 1) / 2
    ends = [strip.place(line.row + side * line.slope, half + side, drift) for side in (-half, half)]
    (left, top), (right, bottom) = np.floor(np.min(ends, axis=0)), np.ceil(np.max(ends, axis=0)) + 1
    return (
        int(np.clip(left, 0, picture.width - 1)),
        int(np.clip(top, 0, picture.height - 1)),
        int(np.clip(right, 1, picture.width)),
        int(np.clip(bottom, 1, picture.height)),
    )


def _why(
    picture: Picture, past: Past, gray: Pixels, strip: Strip, drift: Drift, otherwise: Absence
) -> Absence:
    """Return why target or line is not found: removed, in the dark, in fog, or `otherwise`."""
    hidden = strip.draw(picture.removal.mask, drift, outside=0, smooth=False)
    if float(np.mean(hidden > 0)) > MOST_HIDDEN:
        return "masked"
    lit = light(past.present or past.begin(picture), past.place)
    if lit != "day":
        return lit
    low, high = np.percentile(strip.draw(gray, drift, outside=0, smooth=False), (5.0, 95.0))
    return "fog" if high - low < FLAT else otherwise


def _absent(picture: Picture, reason: Absence, flags: tuple[str, ...] = ()) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            camera=picture.camera,
            quantity=quantity.name,
            time=picture.taken,
            value=None,
            unit=quantity.unit,
            method=f"river/{VERSION}",
            absent=reason,
            flags=flags,
        )
        for quantity in QUANTITIES
    )
