"""Visibility as the meteorological optical range (MOR), from dark targets at known distances.

Air between camera and target takes light away and adds its own, so that the contrast of a target fades with
distance d as exp(-s d), Koschmieder's law [1]. The MOR is where 5 % of it is left, ln(20) / s [2]. Against
a patch of sky it is C = C0 exp(-s d) + g (1 - exp(-s d)): the air before the target is darker than that sky
by a share g, the more so the lower one looks, for dark land lights it less from below. Targets of one group
(grass, trees) share g and an inherent contrast C0 that is known only roughly, for it follows sun and
season. C0 and g are fitted along with s, by the profile of the likelihood over a grid. A target that has
vanished still says that the air is no clearer than so, and one that stands out as ever that it is no
thicker, so both ends are censored: where the targets cannot tell the value from a larger one it is the
greatest that they exclude being below, with the flag `at_least`; where even the nearest has vanished it is
the least that they exclude being above, with the flag `at_most`. Neither has a standard uncertainty.

Flags: `fog` below 1 km, `haze` from 1 to 5 km, `dusk` while sun or sky are low, `uneven` where one range
does not explain all targets: a fog bank, a shower between them, drops on the glass, snow on the ground.
Rain, mist and haze of the same range look alike in one picture and are not told apart.

References:
    [1] H. Koschmieder, "Theorie der horizontalen Sichtweite", Beitraege zur Physik der freien Atmosphaere 12,
        33-53 and 171-181, 1924.
    [2] WMO, "Guide to Instruments and Methods of Observation", WMO-No. 8, volume I, chapter 9, 2018.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.errors import MeasureError
from landwatch.past import Past
from landwatch.sun import position
from landwatch.types import Absence, Picture, Quantity, Reading, Region, Shape

QUANTITIES = (
    Quantity(
        name="visibility",
        unit="m",
        title="Meteorological optical range",
        low=0.0,
        high=100_000.0,
        standard_name="visibility_in_air",
        limits="by day only, and no better than the distances of the targets; on 36 pictures of a day at "
        "De Bilt, with targets from 14 to 323 m that were drawn before, all 8 below 1 km and no other were "
        "called fog, 7 of the 8 were within a factor 2 of the sensor beside, and all bounds held; the "
        "fit was shaped on these",
    ),
)
NEEDS = frozenset({"daylight", "unmasked"})
SHAPES = (
    Shape(
        key="sky",
        kind="boxes",
        title="Sky just above the horizon",
        columns="left, top, right, bottom [px]",
    ),
    Shape(
        key="target",
        kind="boxes",
        title="Dark targets at known distances",
        columns="left, top, right, bottom [px], distance [m], contrast in clear air [1], name, group",
        beside=("distance", "contrast", "name", "group"),
        usual="100, 0.8, target, trees",
    ),
)
VERSION = 1

KOSCHMIEDER = math.log(20.0)
"""Optical depth at which 5 % of the contrast is left, which defines the MOR. [1]"""

RANGES = np.geomspace(10.0, 100_000.0, 185)
"""Ranges that are tried: steps of 5 %, from fog that hides a hand's reach to air without any haze. [m]"""

DARKER = np.linspace(-0.5, 1.0, 16)
"""Where between the stated contrast (0) and that of black (1) a group's may lie. Below an overcast sky or
against the sun it lies above the stated, on snow or under a thundercloud below. [1]"""

DARKER_SPREAD = 0.2
"""Standard deviation of it below 0; from 0 to 1 all is as likely. [1]"""

VEILS = np.linspace(0.0, 0.4, 9)
"""Shares g by which the air before a group may be darker than the sky; all as likely. [1]"""

FLOOR = 0.03
"""Contrast that clouds, glare and the lens feign. [1]"""

ROUGHNESS = 0.08
"""Relative deviation of one target's contrast from its group's: shade, texture. [1]"""

SURE = 2.0
"""Fall of the log-likelihood at which a range is excluded: two standard deviations. [1]"""

FOG, HAZE = 1000.0, 5000.0
"""WMO's limits of fog, and of mist and haze. [m]"""

NIGHT_LEVEL, DUSK_LEVEL = 0.02, 0.15
"""Luminance of the sky, as a share of white, below which a picture is one of night, and of dusk. [1]"""

NIGHT_DEG, DUSK_DEG = -6.0, 5.0
"""Elevation of the sun below which it lights nothing, and below which the sky is uneven. [deg]"""

LIT = -0.2
"""Contrast of a target that is brighter than a dim sky: lamps light it, not the sky. [1]"""

MISFIT = 9.0
"""Squared deviation a target beyond which one range does not explain the picture: three sigma. [1]"""

LEAST_SEEN = 0.5
"""Share of a patch that removal must leave. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A patch of land that is darker than the sky."""

    name: str
    """For people."""
    region: Region
    """Left, top, right, bottom. [px]"""
    distance: float
    """From the camera. [m]"""
    contrast: float
    """Against the sky on a clear picture with the sun behind the camera, where it is least: 1 - Y / Y(sky) of
    the linear luminances; about 0.6 for grass, 0.8 for trees. [1]"""
    group: str = ""
    """Targets of one group look alike and share the deviation of their contrasts; its own where empty."""

    def __post_init__(self) -> None:
        if self.distance <= 0.0:
            raise ValueError(f"target {self.name}: distance = {self.distance} is not above 0")
        if not 0.2 <= self.contrast <= 1.0:
            raise ValueError(f"target {self.name}: contrast = {self.contrast} is not within 0.2 to 1")
        _check_region(self.region, f"target {self.name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the sky and the targets are."""

    sky: tuple[Region, ...]
    """Patches of sky just above the horizon: left, top, right, bottom. [px]"""
    target: tuple[Target, ...]
    """Patches at several distances: the nearest bounds how thick a fog can be told, the farthest how clear
    an air."""
    distance_error: float = 0.1
    """Relative standard uncertainty that all distances share. [1]"""
    place: tuple[float, float] | None = None
    """Latitude and longitude [deg], to know day from a lit night where no camera's place is configured."""

    def __post_init__(self) -> None:
        if not self.sky:
            raise ValueError("sky is empty; draw a patch of sky just above the horizon")
        if len(self.target) < 2:
            raise ValueError(f"{len(self.target)} target is too few; draw two or more at several distances")
        for region in self.sky:
            _check_region(region, "sky")
        if not 0.0 < self.distance_error < 1.0:
            raise ValueError(f"distance_error = {self.distance_error} is not within 0 to 1")


def _check_region(region: Region, what: str) -> None:
    left, top, right, bottom = region
    if left < 0 or top < 0 or right <= left or bottom <= top:
        raise ValueError(f"{what}: region {list(region)} is not left, top, right, bottom")


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return the visibility; absent at night and where removal took the sky or all but one target.

    Raises:
        MeasureError: if a patch lies outside the picture.
    """
    skies = [_luminance(picture, region) for region in settings.sky]
    seen = (
        np.concatenate([one for one in skies if one is not None])
        if any(s is not None for s in skies)
        else None
    )
    if seen is None:
        return (_absent(picture, "masked"),)
    sky = float(np.median(seen))
    height = _sun(picture, past, settings)
    if sky < NIGHT_LEVEL or (height is not None and height < NIGHT_DEG):
        return (_absent(picture, "night"),)
    found = [
        (target, 1.0 - float(levels.mean()) / sky)
        for target in settings.target
        if (levels := _luminance(picture, target.region)) is not None
    ]
    if len(found) < 2:
        return (_absent(picture, "masked"),)
    contrasts = np.array([contrast for _, contrast in found])
    if height is None and sky < 0.5 and contrasts.min() < LIT:
        return (_absent(picture, "night"),)
    value, sigma, flags = estimate(tuple(target for target, _ in found), contrasts, settings)
    if sky < DUSK_LEVEL or (height is not None and height < DUSK_DEG):
        flags = (*flags, "dusk")
    return (
        Reading(
            camera=picture.camera,
            quantity="visibility",
            time=picture.taken,
            value=value,
            sigma=sigma,
            unit="m",
            method=f"visibility/{VERSION}",
            flags=flags,
        ),
    )


def estimate(
    targets: tuple[Target, ...], contrasts: NDArray[np.float64], settings: Settings
) -> tuple[float, float | None, tuple[str, ...]]:
    """Return range [m], its standard uncertainty [m] (None for a bound) and flags for contrasts (target,)."""
    misfit = _misfit(targets, contrasts)
    best = int(misfit.argmin())
    kept = misfit - misfit[best] <= 2.0 * SURE
    low, high = (float(RANGES[i]) for i in np.flatnonzero(kept)[[0, -1]])
    flags = ("uneven",) if misfit[best] > MISFIT * len(targets) else ()
    # A bound must hold for distances that are wrong by twice their uncertainty, too.
    widened = math.exp(2.0 * settings.distance_error)
    if kept[-1]:
        return low / widened, None, ("at_least", *flags)
    if kept[0]:
        value = min(high * widened, float(RANGES[-1]))
        return value, None, ("at_most", *_thickness(value), *flags)
    likelihood = np.exp((misfit[best] - misfit) / 2.0)
    value = math.exp(float((likelihood @ np.log(RANGES)) / likelihood.sum()))
    spread = math.hypot(math.log(high / low) / 4.0, settings.distance_error)
    return value, value * spread, (*_thickness(value), *flags)


def _thickness(value: float) -> tuple[str, ...]:
    return ("fog",) if value < FOG else ("haze",) if value < HAZE else ()


def _misfit(targets: tuple[Target, ...], contrasts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least sum of squared deviations for each of `RANGES`, over groups' contrasts and veils."""
    model = _model(targets)
    terms = (contrasts - model.expected) ** 2 * model.weight + model.share
    total = np.zeros(len(RANGES))
    for group in model.groups:
        total += (terms[..., group].sum(axis=-1) + model.prior).min(axis=(1, 2))
    return total


@dataclass(frozen=True, slots=True)
class _Model:
    expected: NDArray[np.float64]
    """Contrast that (range, veil, offset, target) would show. [1]"""
    weight: NDArray[np.float64]
    """Of the squared deviation. [1]"""
    prior: NDArray[np.float64]
    """Squared deviation of the group's contrast (offset) from what is usual. [1]"""
    share: NDArray[np.float64]
    """Of the likelihood's norm: without it a model would gain by being vague. [1]"""
    groups: tuple[list[int], ...]


@lru_cache(maxsize=64)
def _model(targets: tuple[Target, ...]) -> _Model:
    distances = np.array([target.distance for target in targets])
    inherent = np.array([target.contrast for target in targets])
    starting = inherent + DARKER[:, None] * (1.0 - inherent)
    kept = np.exp(-KOSCHMIEDER * distances / RANGES[:, None])[:, None, None, :]
    expected = starting * kept + VEILS[:, None, None] * (1.0 - kept)
    spread = FLOOR**2 + (ROUGHNESS * expected) ** 2
    names: dict[str, list[int]] = {}
    for index, target in enumerate(targets):
        names.setdefault(target.group or f"\0{index}", []).append(index)
    prior = np.square(np.minimum(DARKER, 0.0) / DARKER_SPREAD)
    return _Model(expected, 1.0 / spread, prior, np.log(spread / FLOOR**2), tuple(names.values()))


def _sun(picture: Picture, past: Past, settings: Settings) -> float | None:
    """Return the elevation of the sun [deg], None where nobody says where the camera stands."""
    if past.place is not None:
        return position(picture.taken, past.place.latitude, past.place.longitude).elevation
    if settings.place is not None:
        return position(picture.taken, *settings.place).elevation
    return None


def _luminance(picture: Picture, region: Region) -> NDArray[np.float64] | None:
    """Return the luminance [share of white] of what removal left of a patch, None if too little."""
    left, top, right, bottom = region
    if right > picture.width or bottom > picture.height:
        raise MeasureError(
            f"the patch {list(region)} lies outside a picture of {picture.width}x{picture.height} px; "
            "draw it on a picture of this camera"
        )
    levels = LINEAR[picture.pixels[top:bottom, left:right]] @ WEIGHTS
    removed = picture.removal.mask[top:bottom, left:right]
    if cv2.countNonZero(removed) == 0:
        return np.asarray(levels.ravel())
    left_over = removed == 0
    if left_over.mean() < LEAST_SEEN:
        return None
    return np.asarray(levels[left_over])


def _absent(picture: Picture, reason: Absence) -> Reading:
    return Reading(
        camera=picture.camera,
        quantity="visibility",
        time=picture.taken,
        value=None,
        unit="m",
        method=f"visibility/{VERSION}",
        absent=reason,
    )


WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Luminance of linear sRGB (IEC 61966-2-1). [1]"""


def _linear() -> NDArray[np.float64]:
    share = np.arange(256) / 255.0
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


LINEAR = _linear()
"""Light of each sRGB level, as a share of white (IEC 61966-2-1). [1]"""
