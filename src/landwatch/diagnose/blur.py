"""Loss of sharpness against the camera's own past.

Sharpness is the energy of differences between neighbours over that of differences across four pixels, on
some rows at full resolution. Contrast divides out, so haze and low light change it little; blur takes the
neighbours' differences away first.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import cv2
import numpy as np

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.past import Past
from landwatch.sun import light
from landwatch.types import Picture

UNIT = "1"

BANDS = 12
"""Bands of rows that are looked at, spread over the picture. [1]"""

ROWS = 24
"""Rows in a band. [px]"""

FAR = 4
"""Distance of the coarse differences. [px]"""

LEAST_CONTRAST = 3.0
"""Root mean square of the coarse differences below which nothing is there to be sharp. [0-255]"""

GOOD_DAYS = 60
"""Sharpness values remembered, thinned to `SPACING_S`. [1]"""

SPACING_S = 300.0
"""Least time between remembered values, so that a slow loss is seen against hours, not minutes. [s]"""

LEAST_PAST = 5
"""Remembered values before the camera's own past is trusted. [1]"""

BLURRED = 0.02
"""Absolute sharpness that no focused camera falls below, for cameras without a past. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many times less sharp than its own past a camera may be."""

    doubtful: float = 2.2
    """[1]"""
    bad: float = 3.5
    """[1]"""


@dataclass(slots=True)
class _Note:
    values: deque[float] = field(default_factory=lambda: deque(maxlen=GOOD_DAYS))
    last: float = -math.inf


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return how many times less sharp the picture is than the camera's past; 1 is as ever. [1]"""
    small = past.present or past.begin(picture)
    if light(small, past.place) != "day":
        return unknown("night")
    sharp = sharpness(picture)
    if sharp is None:
        return unknown("too little contrast to tell")
    note = past.note("diagnose.blur", _Note)
    usual = float(np.median(note.values)) if len(note.values) >= LEAST_PAST else max(sharp, 2 * BLURRED)
    loss = usual / max(sharp, 1e-6)
    state = grade(loss, settings.doubtful, settings.bad, before(past, "blur"))
    now = picture.taken.timestamp()
    if state == "good" and (now - note.last >= SPACING_S or len(note.values) < LEAST_PAST):
        note.values.append(sharp)
        note.last = now
    words = (
        "" if state == "good" else f"{loss:.1f} times less sharp than it was: out of focus, or glass misted"
    )
    return Look(value=loss, state=state, detail=words)


def sharpness(picture: Picture) -> float | None:
    """Return fine over coarse difference energy [1] where nothing was removed; None without contrast."""
    fine = coarse = 0.0
    count = 0
    if picture.width <= 2 * FAR:
        return None
    for index in range(BANDS):
        top = int((index + 0.5) * picture.height / BANDS) - ROWS // 2
        rows = slice(max(0, top), min(picture.height, top + ROWS))
        green = cv2.extractChannel(picture.pixels[rows], 1)
        removed = picture.removal.mask[rows]
        keep = (
            cv2.bitwise_not(cv2.dilate(removed, np.ones((3, 2 * FAR + 1), np.uint8)))
            if removed.any()
            else None
        )
        near = None if keep is None else np.ascontiguousarray(keep[:, 1:])
        far = None if keep is None else np.ascontiguousarray(keep[:, FAR:])
        fine += cv2.norm(green[:, 1:], green[:, :-1], cv2.NORM_L2SQR, mask=near)
        coarse += cv2.norm(green[:, FAR:], green[:, :-FAR], cv2.NORM_L2SQR, mask=far)
        count += green[:, FAR:].size if far is None else cv2.countNonZero(far)
    if count == 0 or coarse / count < LEAST_CONTRAST**2:
        return None
    return fine / coarse
