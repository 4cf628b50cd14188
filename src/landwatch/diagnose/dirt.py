"""Dirt on the glass: a drop, a web or a splash before a part of the view.

Such a part no longer shows its land, while the rest does; it comes at once, and looks the same from picture
to picture. Blocks tell whether there may be such a part; its outline is then sought in small windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from landwatch.diagnose._look import Look, before, grade, unknown
from landwatch.diagnose._scene import BURNT, CLOSE, DROWNED, Plane, Scene, is_foggy, scene
from landwatch.past import Past, Small
from landwatch.types import Picture, Pixels

UNIT = "%"
GIVES_WAY_TO = frozenset(
    {
        "black",
        "exposure",
        "moved",
        "torn",
        "covered",
        "haze",
        "blur",
        "scene",
        "noise",
        "stripes",
        "infrared",
    }
)

FLAT = 0.4
"""Share of its usual contrast below which a window has lost its detail. [1]"""

UNLIKE = 0.5
"""Likeness below which a window or a block does not show the land as ever. [1]"""

FAINT = 0.7
"""Share of its usual contrast below which a part of a block may be hidden. [1]"""

STRANGE = 0.5
"""Energy of what differs from the land as ever, in the land's own, above which a window is hidden: through
dirt that leaves less than 0.3 of the contrast it is more, and so it is where other structure is seen. [1]"""

SAME = 0.3
"""Share of that energy that may change from picture to picture on the glass. [1]"""

GRAIN = 4.0
"""Energy of noise in a small copy. [0-255, squared]"""

LIGHT = (0.3, 1.3)
"""Range of the brightness, in that of the reference, by which a window's contrast may change with it. [1]"""

RESTLESS = 0.12
"""Share of the windows that change from picture to picture when light or water does: then, and where pictures
lie far apart, only parts without any detail are dirt. [1]"""

MOST = 50.0
"""Share of the land beyond which it is not a part that has changed. [%]"""

WINDOW = 7
"""Side of a window. [px of the small copy]"""

SHARES = np.full(WINDOW, 1.0 / WINDOW, np.float32)
"""Of each row and column in the mean of a window. [1]"""

TEXTURE = 3.0
"""Contrast above which a window of the reference has detail. [0-255]"""

LEAST = 5
"""Side of the least spot that counts: smaller ones come and go with the light. [px of the small copy]"""

EDGE = 16
"""This part of the height at top and bottom is left out: captions and clocks. [1]"""

RISE = 0.5
"""Share of the way to "still dirty" that one picture makes: three equal ones are sure. [1]"""

SURE = 0.8
"""Running share of pictures in which a window was hidden, above which it is dirty. [1]"""

SUDDEN = 0.7
"""Share of the spots that came within two pictures, if they are dirt; a tide creeps. [1]"""

MARKED = 0.2
"""Running share above which a window is looked at in the next picture too. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Share of the textured land that may be hidden by dirt."""

    doubtful: float = 3.0
    """[%]"""
    bad: float = 10.0
    """[%]"""


@dataclass(slots=True)
class _Note:
    hidden: Plane | None = None
    """(height, width) of the small copy: running share of the pictures in which the land was hidden. [1]"""
    is_marked: bool = False
    """Whether any of it is beyond `MARKED`."""
    number: int = 0
    """Pictures looked at so far."""
    clear: int = 0
    """Number of the last picture in which no block had lost its detail."""
    shown: NDArray[np.int32] | None = None
    """(height, width): number of the last picture in which the land was seen."""


def look(picture: Picture, past: Past, settings: Settings) -> Look:
    """Return the share of the land that has stayed hidden [%]."""
    seen = scene(picture, past)
    if why := seen.obstacle():
        return unknown(why)
    assert seen.usual is not None
    assert seen.likeness is not None
    if is_foggy(seen):
        return unknown("fog")
    note = past.note("diagnose.dirt", _Note)
    if note.hidden is None or note.hidden.shape != seen.fine.shape:
        note.hidden = np.zeros(seen.fine.shape, np.float32)
        note.shown = np.zeros(seen.fine.shape, np.int32)
    assert note.shown is not None
    note.number += 1
    lost = (seen.likeness < UNLIKE) | (seen.contrast < FAINT * seen.usual.contrast)
    lost &= seen.textured
    share, is_sudden = 0.0, True
    if not lost.any() and not note.is_marked:
        note.clear = note.number
    else:
        hidden, detailed, kept = _hidden(seen, past.small[-1] if past.small else None)
        note.shown[(kept > 0) & ~hidden] = note.number
        # What was removed was not seen: what was known of it stands.
        cv2.accumulateWeighted(hidden.astype(np.float32), note.hidden, RISE, kept)
        note.is_marked = bool(cv2.hasNonZero(cv2.inRange(note.hidden, MARKED, 1.0)))
        stays = np.asarray(note.hidden > SURE, np.uint8)
        spots = cv2.morphologyEx(stays, cv2.MORPH_OPEN, np.ones((LEAST, LEAST), np.uint8))
        known = detailed & ((kept > 0) | (stays > 0))
        share = 100.0 * cv2.countNonZero(spots) / max(1, int(np.count_nonzero(known)))
        since = np.maximum(note.shown, note.clear)[spots > 0]
        if since.size:
            together = np.convolve(np.bincount(since - since.min()), np.ones(2, np.intp), mode="same")
            is_sudden = int(together.max()) >= SUDDEN * since.size
    if share >= settings.doubtful and not is_sudden:
        return unknown("it has spread slowly: water, snow or shade", share)
    if share > MOST:
        return unknown("most of the land has changed", share)
    state = grade(share, settings.doubtful, settings.bad, before(past, "dirt"))
    words = ""
    if state != "good":
        words = f"{share:.0f} % of the land has lost its detail: dirt or a drop on the glass"
    return Look(value=share, state=state, detail=words)


def _hidden(
    seen: Scene, earlier: Small | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return where the land is hidden, where it has any detail, and a mask of where nothing was removed:
    (height, width) of the small copy."""
    assert seen.usual is not None
    now, was = seen.levels, seen.usual.gray
    height, width = now.shape
    (mean, here), (usual, there) = _energy(now), _energy(was)
    both = _mean(now * was) - mean * usual
    detailed = np.asarray(there > TEXTURE**2, np.bool_)
    detailed[: height // EDGE] = detailed[height - height // EDGE :] = False
    kept = _kept(seen.small)[:height, :width]
    moves = _moves(seen, earlier, there)
    if moves is None or np.count_nonzero(moves & detailed) > RESTLESS * np.count_nonzero(detailed):
        hidden = here < FLAT**2 * there
        hidden &= both < UNLIKE * np.sqrt(np.maximum(here * there, 0.0) + 1.0)
    else:
        gain = np.clip((mean + 1.0) / (usual + 1.0), *LIGHT)
        # Of now - gain * was: here - 2 gain both + gain^2 there, beyond STRANGE * gain^2 there.
        strange = here + gain * ((1.0 - STRANGE) * gain * there - 2.0 * both)
        hidden = (strange > GRAIN) & ~moves
    hidden &= detailed & (mean > DROWNED) & (mean < BURNT)
    return hidden, detailed, kept


def _moves(seen: Scene, earlier: Small | None, there: Plane) -> NDArray[np.bool_] | None:
    """Return where the picture is another than the one before; None where that cannot be said."""
    if (
        earlier is None
        or earlier.gray.shape != seen.small.gray.shape
        or seen.small.taken - earlier.taken > CLOSE
    ):
        return None
    height, width = seen.levels.shape
    _, change = _energy(seen.levels - earlier.gray[:height, :width].astype(np.float32))
    return np.asarray((change > SAME * there + GRAIN) & (_kept(earlier)[:height, :width] > 0), np.bool_)


def _energy(plane: Plane) -> tuple[Plane, Plane]:
    """Return mean and variance of the window around each place."""
    mean = _mean(plane)
    return mean, _mean(plane * plane) - mean * mean


def _mean(plane: Plane) -> Plane:
    # Of floats OpenCV's box filter takes half as long again, for it adds up in doubles.
    return np.asarray(cv2.sepFilter2D(plane, cv2.CV_32F, SHARES, SHARES), np.float32)


def _kept(small: Small) -> Pixels:
    """Return 255 where no window reaches what was removed."""
    if not cv2.hasNonZero(small.removed):
        return np.full_like(small.removed, 255)
    near = cv2.dilate(small.removed, np.ones((WINDOW, WINDOW), np.uint8))
    return np.asarray(cv2.bitwise_not(near), np.uint8)
