"""Motion of the ground in a region: a landslide, a rock face, a dam, a glacier, a spoil heap.

Patches on a grid, or at given points, are found again by phase correlation (`landwatch.patches`) after the
view has been laid on its reference. Ground that is known to stand still is measured in the same way; what
it seems to do is taken off, and how differently its parts seem to move, each as large as the region, is the
uncertainty: light, heat and registration err there as they do in the region. The displacement along a given
direction is therefore signed and its interval is meant to hold. Velocity and acceleration with their tests
are in `landwatch.trend`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from landwatch.config import Rule
from landwatch.errors import MeasureError
from landwatch.past import Past
from landwatch.patches import Patches, find, remember
from landwatch.trend import SURE, Trend, trend
from landwatch.types import Absence, Picture, Pixels, Quantity, Reading, Region, Shape

Array = NDArray[np.float64]
Corners = tuple[tuple[float, float], ...]

LIMITS = (
    "motion along the line of sight is not seen; ground that changes its look (snow, growth) is lost; it "
    "counts from the first picture of the view's version, unless a reference is given"
)
QUANTITIES = (
    Quantity(name="ground_shift_x", unit="{px}", title="Shift of the ground to the right", limits=LIMITS),
    Quantity(name="ground_shift_y", unit="{px}", title="Shift of the ground down the picture", limits=LIMITS),
    Quantity(name="ground_velocity_px", unit="{px}/d", title="Velocity of the ground in the picture"),
    Quantity(
        name="ground_displacement",
        unit="m",
        title="Displacement of the ground",
        limits="as good as the scale that was given, whose own uncertainty is not in it",
    ),
    Quantity(name="ground_velocity", unit="m/d", title="Velocity of the ground"),
    Quantity(name="ground_acceleration", unit="m/d2", title="Acceleration of the ground"),
    Quantity(
        name="ground_time_to_failure",
        unit="h",
        title="Time to failure by the inverse velocity",
        low=0.0,
        limits="an aid for who watches the slope, always flagged, no forecast: many slopes that get faster "
        "come to rest",
    ),
)
NEEDS = frozenset({"healthy", "registered", "unmasked"})
SHAPES = (
    Shape(key="region", kind="polygon", title="Ground that may move", columns="x, y [px]"),
    Shape(key="stable", kind="polygons", title="Ground that stands still", columns="x, y [px]"),
    Shape(key="points", kind="points", title="Points in place of a grid", columns="x, y [px]"),
    Shape(
        key="plane",
        kind="points",
        title="Four points or more of the ground's plane",
        columns="x, y [px], east, north [m]",
        usual="0, 0",
    ),
)
VERSION = 1

FIT = 0.3
"""Fit of a patch below which its ground was not found again. [1]"""

LEAST = 5
"""Patches of the region, and of each part of the stable ground, that must be found. [1]"""

AGAIN = 3
"""Times that the region is sought at most, until it lies within a px of where it was sought. [1]"""

LOCKING = 0.02
"""Standard uncertainty of a shift that all patches share: demosaicing, sharpening and the blocks of JPEG draw
shifts towards whole px. [px]"""

AFFINE = 7
"""Parts from which turn and stretch of the view are taken from the stable ground too. [1]"""

STRAY = 5.0
"""Parts of the stable ground that lie further from the others, in their spread, are clouds or water. [1]"""

PARTS = (4, 12)
"""Least and most parts that the stable ground is cut into. [1]"""

TEXTURE = 3.0
"""Standard deviation of a patch below which nothing can be found in it. [0-255]"""

LONGEST = 240
"""Readings kept for the trend; of a longer series every second is dropped. [1]"""

EARLIEST = 0.25
"""Share of the window that must have passed: over minutes, hundredths of a px are metres a day. [1]"""

LEAVE = 0.5
"""Share of the alarm below which a velocity speaks against the hazard. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the ground may move, where it does not, and what a px is."""

    region: Corners
    """Corners (x, y) of the polygon that may move, in px of the reference."""
    points: Corners = ()
    """Places (x, y) in the region that are measured instead of a grid. [px]"""
    stable: tuple[Corners, ...] = ()
    """Polygons of ground that stands still; all outside the region where none are given. [px]"""
    reference: Path | None = None
    """A cleared still from which displacement counts; the first of the view's version where none is given."""
    direction: tuple[float, float] = (0.0, 1.0)
    """Right and down: the direction along which displacement and velocity count, such as downhill. [1]"""
    metres_per_px: float | None = None
    """Size of a px on the ground along the direction. [m/px]"""
    plane: tuple[tuple[float, float, float, float], ...] = ()
    """Four or more points (x, y [px], east, north [m]) of the plane in which the ground moves, in place of
    `metres_per_px`."""
    spacing: int = 16
    """Between the patches of the grid. [px]"""
    size: int = 32
    """Side of a patch; motion of up to half of it between two pictures is followed. [px]"""
    window: float = 24.0
    """Time over which velocity and acceleration are told, once a quarter of it has passed. [h]"""
    alarm: float | None = None
    """Velocity that opens a landslide event: m/d with a scale, else px/d; none where not given."""

    def __post_init__(self) -> None:
        if len(self.region) < 3:
            raise ValueError(f"a region has at least 3 corners, not {len(self.region)}")
        if self.plane and len(self.plane) < 4:
            raise ValueError(f"a plane takes 4 points (x, y, east, north) at least, not {len(self.plane)}")
        if self.plane and self.metres_per_px is not None:
            raise ValueError("write either metres_per_px or plane")
        if self.metres_per_px is not None and self.metres_per_px <= 0:
            raise ValueError(f"metres_per_px = {self.metres_per_px:g} is not above 0")
        if not np.hypot(*self.direction) > 0:
            raise ValueError("direction = [0, 0] points nowhere; [0, 1] is down the picture")
        if self.spacing < 2 or self.size not in (16, 24, 32, 48, 64):
            raise ValueError("spacing is 2 or more, and size one of 16, 24, 32, 48, 64")
        if not self.window > 0:
            raise ValueError(f"window = {self.window:g} is not above 0")
        if self.alarm is not None and self.alarm <= 0:
            raise ValueError(f"alarm = {self.alarm:g} is not above 0")
        if self.reference is not None and not self.reference.is_file():
            raise ValueError(f"there is no reference {self.reference}")

    @property
    def has_scale(self) -> bool:
        """Whether metres can be told."""
        return self.metres_per_px is not None or bool(self.plane)


def rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the rule that the settings ask for: a landslide where the velocity passes the alarm."""
    if settings.alarm is None:
        return ()
    quantity = "ground_velocity" if settings.has_scale else "ground_velocity_px"
    return (
        Rule(
            hazard="landslide",
            quantity=quantity,
            enter=settings.alarm,
            leave=LEAVE * settings.alarm,
            k=2,
            m=3,
            clear=6,
            unless=("no_trend",),
        ),
    )


@dataclass(slots=True, eq=False)
class _Known:
    settings: Settings
    size: tuple[int, int]
    moving: Patches
    parts: tuple[Patches, ...]
    box: Region
    along: Array
    """Unit vector (2,) of the direction."""
    scale: float | None
    """Metres that a px along the direction is in the region."""


@dataclass(slots=True)
class _Note:
    known: _Known | None = None
    last: Array = field(default_factory=lambda: np.zeros(2))
    """Shift of the region in the newest picture. [px]"""
    series: deque[tuple[datetime, float]] = field(default_factory=deque)
    """Time and displacement along the direction [px], oldest first."""


def measure(picture: Picture, past: Past, settings: Settings) -> tuple[Reading, ...]:
    """Return shift, displacement and its trend since the reference.

    Raises:
        MeasureError: if the picture was not registered, or the settings leave too little ground to measure.
    """
    found = past.alignment
    if found is None or found.refused is not None:
        raise MeasureError(f"{picture.name} was not registered")
    note = past.note("measure.motion", _Note)
    size = (picture.height, picture.width)
    if note.known is None or note.known.settings != settings or note.known.size != size:
        note.known, note.series, note.last = _prepared(picture, settings), deque(), np.zeros(2)
    known, plane = note.known, picture.pixels[..., 1]
    removed = picture.removal.mask

    def shifts(patches: Patches, start: Array) -> tuple[Array, Array, Array, bool]:
        """Return places, shifts in the picture, their uncertainties, and whether most were hidden."""
        sought = found.place(patches.places + start)
        seen = find(patches, plane, sought)
        hidden = _hidden(removed, sought + seen.offsets, patches.size)
        good = (seen.fits > FIT) & ~hidden
        shifted = sought + seen.offsets - patches.places
        return (
            np.asarray(patches.places[good], np.float64),
            shifted[good],
            seen.sigmas[good],
            bool(hidden.mean() > 0.5),
        )

    still = [shifts(part, np.zeros(2)) for part in known.parts]
    centres = np.array([part[0].mean(axis=0) for part in still if len(part[0]) >= LEAST])
    grounds = np.array([np.median(part[1], axis=0) for part in still if len(part[0]) >= LEAST])
    if len(grounds) < PARTS[0]:
        hidden = sum(part[3] for part in still) > len(still) / 2
        return _readings(picture, known, absent="masked" if hidden else "bare")
    stood = _stood(centres, grounds, known.moving.places.mean(axis=0))
    if stood is None:
        return _readings(picture, known, absent="moved")
    base, spread = stood
    # Patches that moved far are found less surely: seek them anew where the most of them went.
    start, shift, doubt = note.last, np.zeros(2), np.zeros(2)
    for _ in range(AGAIN):
        _, own, sigmas, is_hidden = shifts(known.moving, start)
        if len(own) < LEAST:
            note.last = np.zeros(2)
            return _readings(picture, known, absent="masked" if is_hidden else "bare")
        seen, doubt = _middle(own, sigmas)
        shift = seen - base
        if np.abs(shift - start).max() < 1.0:
            break
        start = shift
    sigma = np.sqrt(np.maximum(spread, doubt) ** 2 + LOCKING**2)
    note.last = shift
    _append(note, picture.taken, float(shift @ known.along), settings.window)
    return _readings(picture, known, shift=shift, sigma=sigma, moved=_trend(note, settings.window))


def _prepared(picture: Picture, settings: Settings) -> _Known:
    """Return the patches of the reference.

    Raises:
        MeasureError: if the reference cannot be read, or there is too little ground with structure.
    """
    pixels, removed = picture.pixels, picture.removal.mask
    if settings.reference is not None:
        loaded = cv2.imread(str(settings.reference), cv2.IMREAD_COLOR_RGB)
        if loaded is None or loaded.shape != pixels.shape:
            raise MeasureError(
                f"the reference {settings.reference} is no picture of {picture.width}x{picture.height} px"
            )
        pixels, removed = np.asarray(loaded, np.uint8), np.zeros_like(removed)
    height, width = removed.shape
    region = _filled((settings.region,), width, height)
    if settings.stable:
        steady = _filled(settings.stable, width, height) & ~region
    else:
        # Ground beside the region may be dragged along, and no patch may reach into it.
        steady = ~(cv2.dilate(region.astype(np.uint8), np.ones((2 * settings.size, 2 * settings.size))) > 0)
    half = settings.size // 2
    if settings.points:
        own = np.rint(np.array(settings.points)).astype(np.int64)
    else:
        # Patches across the border would see both what moves and what does not.
        whole = np.ones((settings.size, settings.size), np.uint8)
        within = cv2.erode(region.astype(np.uint8), whole, borderValue=0) > 0
        own = _grid(within, settings.spacing, half)
        own = own if len(own) >= LEAST else _grid(region, settings.spacing, half)
    plane = pixels[..., 1]
    moving = _textured(plane, removed, own, settings.size)
    ground = _textured(plane, removed, _grid(steady, settings.spacing, half), settings.size)
    if len(moving) < LEAST or len(ground) < LEAST * PARTS[0]:
        raise MeasureError(
            f"{len(moving)} patches with structure in the region and {len(ground)} on stable ground; "
            f"it takes {LEAST} and {LEAST * PARTS[0]}: choose larger polygons or a smaller spacing"
        )
    columns, rows = own[:, 0], own[:, 1]
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    along = np.array(settings.direction) / np.hypot(*settings.direction)
    return _Known(
        settings=settings,
        size=(height, width),
        moving=remember(plane, moving, settings.size),
        parts=tuple(remember(plane, part, settings.size) for part in _parts(ground, len(moving))),
        box=box,
        along=along,
        scale=_scale(settings, moving.mean(axis=0), along),
    )


def _filled(polygons: tuple[Corners, ...], width: int, height: int) -> NDArray[np.bool_]:
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.rint(np.array(corners)).astype(np.int32) for corners in polygons], 255)
    return np.asarray(canvas > 0)


def _grid(inside: NDArray[np.bool_], spacing: int, half: int) -> NDArray[np.int64]:
    """Return the places (n, 2) of a grid that lie inside, patches and all within the picture."""
    height, width = inside.shape
    rows, columns = np.mgrid[half : height - half + 1 : spacing, half : width - half + 1 : spacing]
    rows, columns = np.minimum(rows, height - 1), np.minimum(columns, width - 1)
    chosen = inside[rows, columns]
    return np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.int64)


def _textured(plane: Pixels, removed: Pixels, places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return those places whose patch has structure and was not removed."""
    half, kept = size // 2, []
    height, width = plane.shape
    for x, y in places:
        if half <= x <= width - half and half <= y <= height - half:
            around = (slice(y - half, y + half), slice(x - half, x + half))
            if plane[around].std() > TEXTURE and not removed[around].any():
                kept.append((x, y))
    return np.array(kept, np.int64).reshape(-1, 2)


def _parts(places: NDArray[np.int64], like: int) -> list[NDArray[np.int64]]:
    """Return stable places in compact parts of about as many patches as the region has, cut by halves."""
    wanted = int(np.clip(len(places) // max(like, LEAST), *PARTS))
    parts = [places]
    while len(parts) < wanted:
        parts.sort(key=len)
        largest = parts.pop()
        axis = int(np.ptp(largest, axis=0).argmax())
        order = largest[:, axis].argsort(kind="stable")
        parts += [largest[order[: len(order) // 2]], largest[order[len(order) // 2 :]]]
    return [part[:: max(1, len(part) // max(like, LEAST))] for part in parts]


def _scale(settings: Settings, middle: Array, along: Array) -> float | None:
    """Return the metres of a px along the direction at the middle of the region; None without a scale."""
    if settings.metres_per_px is not None:
        return settings.metres_per_px
    if not settings.plane:
        return None
    points = np.array(settings.plane, np.float64)
    onto, _ = cv2.findHomography(points[:, :2], points[:, 2:])
    if onto is None:
        raise MeasureError("the points of the plane lie on one line; give four that span the region")
    ends = np.stack([middle - along / 2, middle + along / 2])
    lifted = np.c_[ends, np.ones(2)] @ np.asarray(onto).T
    low, high = lifted[:, :2] / lifted[:, 2:]
    return float(np.hypot(*(high - low)))


def _hidden(removed: Pixels, places: Array, size: int) -> NDArray[np.bool_]:
    """Return at which places something was removed within the patch."""
    if not cv2.countNonZero(removed):
        return np.zeros(len(places), np.bool_)
    share = cv2.blur((removed > 0).astype(np.float32), (size, size))
    columns = np.clip(np.rint(places[:, 0]), 0, removed.shape[1] - 1).astype(int)
    rows = np.clip(np.rint(places[:, 1]), 0, removed.shape[0] - 1).astype(int)
    return np.asarray(share[rows, columns] > 0.02)


def _middle(offsets: Array, sigmas: Array) -> tuple[Array, Array]:
    """Return the median of offsets (n, 2), and its standard uncertainty where they err independently. [px]"""
    middle = np.median(offsets, axis=0)
    spread = 1.4826 * np.median(np.abs(offsets - middle), axis=0)
    own = np.sqrt(np.median(sigmas**2))
    # A median is by a quarter less sure than a mean; patches that overlap are worth half.
    return middle, 1.2533 * np.maximum(spread, own) / np.sqrt(max(len(offsets) / 2, 1.0))


def _stood(centres: Array, grounds: Array, at: Array) -> tuple[Array, Array] | None:
    """Return how still ground seems to shift at a place, and how sure; None where it disagrees.

    The parts (n, 2) follow the turn and stretch of the view, but not what moving ground did to registration.
    How far each part lies from what the others say of its place is how far the region may.
    """
    away = (centres - at) / 100.0
    terms = np.c_[np.ones(len(away)), away] if len(away) > AFFINE else np.ones((len(away), 1))
    used = np.ones(len(away), np.bool_)
    for _ in range(2):
        factors = np.linalg.lstsq(terms[used], grounds[used], rcond=None)[0]
        rest = grounds - terms @ factors
        usual = np.maximum(1.4826 * np.median(np.abs(rest[used]), axis=0), LOCKING)
        used = (np.abs(rest) < STRAY * usual).all(axis=1)
        if used.sum() < max(PARTS[0], terms.shape[1] + 2):
            return None
    chosen = terms[used]
    inverse = np.linalg.pinv(chosen.T @ chosen)
    factors = inverse @ chosen.T @ grounds[used]
    leverage = np.einsum("ij,jk,ik->i", chosen, inverse, chosen)
    alone = (grounds[used] - chosen @ factors) / np.maximum(1 - leverage, 0.1)[:, None]
    # Few parts tell their spread badly: Student's t.
    student = float(stats.t.ppf(0.975, len(chosen) - chosen.shape[1])) / SURE
    return factors[0], np.sqrt((alone**2).mean(axis=0)) * student


def _append(note: _Note, taken: datetime, value: float, window: float) -> None:
    if note.series and taken <= note.series[-1][0]:
        return
    note.series.append((taken, value))
    while note.series[0][0] < taken - timedelta(hours=window):
        note.series.popleft()
    if len(note.series) > LONGEST:
        note.series = deque(list(note.series)[::-2][::-1])


def _trend(note: _Note, window: float) -> Trend | None:
    last = note.series[-1][0]
    if last - note.series[0][0] < timedelta(hours=EARLIEST * window):
        return None
    hours = np.array([(time - last).total_seconds() / 3600 for time, _ in note.series])
    return trend(hours, np.array([value for _, value in note.series]), LOCKING)


def _readings(
    picture: Picture,
    known: _Known,
    *,
    shift: Array | None = None,
    sigma: Array | None = None,
    moved: Trend | None = None,
    absent: Absence = "warming",
) -> tuple[Reading, ...]:
    """Return the readings; those in metres only where a scale was given."""
    values: dict[str, tuple[float, float]] = {}
    flags: tuple[str, ...] = ()
    scale = known.scale
    if shift is not None and sigma is not None:
        values["ground_shift_x"] = float(shift[0]), float(sigma[0])
        values["ground_shift_y"] = float(shift[1]), float(sigma[1])
        if scale is not None:
            doubt = float(np.hypot(*(sigma * known.along)))
            values["ground_displacement"] = float(shift @ known.along) * scale, doubt * scale
    if moved is not None:
        flags = () if moved.is_trend else ("no_trend",)
        values["ground_velocity_px"] = moved.velocity * 24, moved.velocity_sigma * 24
        if scale is not None:
            values["ground_velocity"] = moved.velocity * 24 * scale, moved.velocity_sigma * 24 * scale
            if moved.acceleration is not None and moved.acceleration_sigma is not None:
                daily = 24**2 * scale
                values["ground_acceleration"] = moved.acceleration * daily, moved.acceleration_sigma * daily
        if moved.failure is not None:
            values["ground_time_to_failure"] = moved.failure
    told = []
    for quantity in QUANTITIES:
        if quantity.unit.startswith("m") and scale is None:
            continue
        if quantity.name == "ground_time_to_failure" and quantity.name not in values:
            continue
        value, sigma_of = values.get(quantity.name, (None, None))
        mine = flags if "velocity" in quantity.name else ()
        told.append(
            Reading(
                camera=picture.camera,
                quantity=quantity.name,
                time=picture.taken,
                value=value,
                sigma=sigma_of,
                unit=quantity.unit,
                method=f"motion/{VERSION}",
                absent=absent if value is None else None,
                flags=("inverse_velocity",) if quantity.name == "ground_time_to_failure" else mine,
                region=known.box,
            )
        )
    return tuple(told)
